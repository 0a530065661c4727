//! Steps that write no objects: messages at the end of a run, runs of other workflows; and runs started from outside.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use wecom_sim::{Effect, FaultRule, Faults, Latency};

use super::support::{Corp, House, Organisation, PATIENCE, eventually};

fn template(house: &House, id: &str) -> String {
    let shown = house.good(&["template", "show", id]);
    shown["text"].as_str().expect("the text").replace("delay: 1s, max_delay: 60s", "delay: 0s, max_delay: 0s")
}

fn prepared() -> (Corp, House) {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let organisation = Organisation::generated(2, 8);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    (corp, house)
}

const TELL: &str = "
finally:
  - id: tell
    name: {zh: 通知, en: Tell}
    if: 'run.status in [\"succeeded\", \"partial\", \"failed\", \"held\"]'
    uses: wecom/send_message
    with:
      to_users: [user0000]
      markdown: |
        第 {{run.number}} 次运行：{{run.status_text}}，新建 {{steps.create_user.counts.created}} 人
        {{#each run.top_errors}}
        > {{count}} × {{code}} {{reason}} → {{hint}}
        {{/each}}
";

#[test]
fn a_message_tells_how_the_run_ended() {
    let (corp, house) = prepared();
    house.workflow_text(&format!("{}{TELL}", template(&house, "wecom_downstream_full")));
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    let sent = corp.messages();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let content = serde_json::to_value(&sent[0]).expect("a message")["content"].to_string();
    assert!(content.contains("第 1 次运行：成功，新建 8 人"), "{content}");
    // Nothing to tell when nothing changed.
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
    assert_eq!(corp.messages().len(), 1);
}

#[test]
fn a_message_whose_answer_was_lost_is_not_sent_again() {
    let (corp, house) = prepared();
    house.workflow_text(&format!("{}{TELL}", template(&house, "wecom_downstream_full")));
    corp.set_faults(Faults { seed: 1, rules: vec![FaultRule::new("/cgi-bin/message/send", Effect::Lost)] });
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    let codes: Vec<&str> =
        run["notices"].as_array().expect("notices").iter().filter_map(|notice| notice["code"].as_str()).collect();
    assert!(codes.contains(&"message_unknown"), "{run}");
    assert_eq!(corp.messages().len(), 1, "it was delivered once");
}

#[test]
fn errors_are_told_by_sort() {
    let (corp, house) = prepared();
    house.workflow_text(&format!("{}{TELL}", template(&house, "wecom_downstream_full")));
    let refused = Effect::Error { errcode: 60104, errmsg: None };
    corp.set_faults(Faults {
        seed: 1,
        rules: vec![FaultRule::new("/cgi-bin/user/create", refused).matching("user0003")],
    });
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(run["status"], "partial", "{run}");
    let sent = serde_json::to_value(corp.messages()).expect("messages").to_string();
    assert!(sent.contains("1 × WECOM_60104"), "{sent}");
}

/// A company in step, and eight more people than a run may make without asking.
fn too_many() -> (Corp, House) {
    let (corp, house) = prepared();
    let asking = template(&house, "wecom_downstream_full").replace("create: {max: 500}", "create: {max: 5}");
    house.workflow_text(&format!("{asking}{}", TELL.replace("\"held\"", "\"held\", \"cancelled\"")));
    house.sync(&[]).expect(0);
    Organisation::generated(2, 16).write(&house.source());
    house.import(&[]).expect(0);
    (corp, house)
}

fn told(corp: &Corp) -> Vec<String> {
    let content = |message| serde_json::to_value(message).expect("a message")["content"].to_string();
    corp.messages().iter().map(content).collect()
}

/// Whoever decides about a held run does not wait until its message gets through.
#[test]
fn a_held_run_is_decided_about_while_its_message_waits() {
    let (corp, house) = too_many();
    // Only what tells that it is held: how it ends is told as well, and would wait in the same way.
    let busy = Effect::Error { errcode: 45009, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/message/send", busy).matching("待审批")]));
    let _server = house.serve();
    let calls = || corp.counts().calls.get("/cgi-bin/message/send").copied().unwrap_or_default();
    for decision in ["reject", "approve"] {
        let before = calls();
        let run = house.good(&["run", "sync"]);
        let id = run["run"].as_str().expect("id");
        eventually("the message waits", PATIENCE, || (calls() > before).then_some(()));
        eventually("it is held", PATIENCE, || (house.good(&["runs", "show", id])["status"] == "held").then_some(()));
        let decided = house.command(&["--output", "json", "runs", decision, id]).spawn();
        let mut decided = decided.expect("it starts");
        let state = || house.good(&["runs", "show", id])["status"].clone();
        // What follows may wait for the pace of the platform: it is decided, which is what this is about.
        eventually("it is decided", PATIENCE, || (state() != "held").then_some(()));
        let _ = decided.kill();
        let _ = decided.wait();
    }
}

#[test]
fn a_held_run_is_told_and_so_is_its_rejection() {
    let (corp, house) = too_many();
    let run = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    let id = run["run"].as_str().expect("id");
    assert!(told(&corp).last().is_some_and(|last| last.contains("第 2 次运行：待审批")), "{:?}", told(&corp));
    // What to do next stands in it.
    assert!(told(&corp).last().is_some_and(|last| last.contains("查看预演，确认后批准")), "{:?}", told(&corp));
    house.good(&["runs", "reject", id]);
    assert_eq!(house.good(&["runs", "show", id])["status"], "cancelled");
    assert!(told(&corp).last().is_some_and(|last| last.contains("第 2 次运行：已取消")), "{:?}", told(&corp));
    assert_eq!(told(&corp).len(), 3);
}

#[test]
fn a_held_run_whose_message_was_cut_short_says_so_after_a_restart() {
    let (corp, house) = too_many();
    corp.set_faults(Faults { seed: 1, rules: vec![FaultRule::new("/cgi-bin/message/send", Effect::Hang)] });
    // The run before has sent a message, too.
    let before = corp.requests().last().map_or(0, |request| request.seq);
    let server = house.serve();
    let run = house.good(&["run", "sync"]);
    let id = run["run"].as_str().expect("id");
    let until = |what: &str, wanted: &dyn Fn(&Value) -> bool| {
        let shown = || house.good(&["runs", "show", id]);
        eventually(what, PATIENCE, || wanted(&shown()).then_some(()));
    };
    until("the message is on its way", &|_| {
        corp.requests_after(before).iter().any(|request| request.path.ends_with("message/send"))
    });
    server.kill();
    corp.set_faults(Faults::default());
    let _server = house.serve();
    until("nobody knows whether it arrived", &|run| run["notices"].to_string().contains("message_unknown"));
    assert_eq!(house.good(&["runs", "show", id])["status"], "held");
    assert_eq!(told(&corp).len(), 1, "it is not sent again: {:?}", told(&corp));
    house.good(&["runs", "approve", id, "--yes"]);
    assert_eq!(corp.now()["users"].as_array().map(Vec::len), Some(16));
}

#[test]
fn a_run_that_is_killed_while_it_tells_its_end_keeps_it() {
    let (corp, house) = prepared();
    let strict = template(&house, "wecom_downstream_full").replace("max_failures: 5%", "max_failures: 1");
    assert!(strict.contains("max_failures: 1"), "the template's limit");
    house.workflow_text(&format!("{strict}{TELL}"));
    let refusal = Effect::Error { errcode: 60104, errmsg: None };
    corp.set_faults(Faults::rules([
        FaultRule::new("/cgi-bin/user/create", refusal),
        FaultRule::new("/cgi-bin/message/send", Effect::Hang),
    ]));
    let server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    let id = run["run"].as_str().expect("id");
    let sending = || corp.requests().iter().any(|request| request.path.ends_with("message/send"));
    eventually("the message is on its way", PATIENCE, || sending().then_some(()));
    server.kill();
    corp.set_faults(Faults::default());
    let _server = house.serve();
    let ended = eventually("the run ends", PATIENCE, || {
        let shown = house.good(&["runs", "show", id]);
        (!shown["ended"].is_null()).then_some(shown)
    });
    assert_eq!((&ended["status"], &ended["status_why"]["code"]), (&"failed".into(), &"too_many_failures".into()));
    let sent = corp.requests().iter().filter(|request| request.path.ends_with("message/send")).count();
    assert_eq!(sent, 1, "nothing is told twice, and nothing else");
}

const PARENT: &str = "dsl: 1
id: morning
name: {zh: 早间, en: Morning}
on: {manual: {}}
connections:
  directory: {type: directory, ref: default}
steps:
  - id: look
    name: {zh: 读取, en: Look}
    uses: directory/read
  - id: push
    name: {zh: 推送, en: Push}
    uses: workflow/sync
";

fn parent(house: &House) {
    let file = house.path("morning.yaml");
    std::fs::write(&file, PARENT).expect("written");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    house.good(&["workflow", "activate", "morning", "--yes"]);
}

#[test]
fn a_called_workflow_is_a_run_of_its_own() {
    let (corp, house) = prepared();
    house.workflow_text(&template(&house, "wecom_downstream_full"));
    parent(&house);
    let run = house.ask(&["run", "morning", "--wait", "--yes"]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    let shown = house.good(&["runs", "show", run["run"].as_str().expect("id")]);
    let child = shown["steps"].as_array().expect("steps").iter().find(|step| step["step"] == "push").expect("the call");
    let child = house.good(&["runs", "show", child["child"].as_str().expect("the child's id")]);
    assert_eq!((&child["workflow"], &child["status"]), (&"sync".into(), &"succeeded".into()));
    assert_eq!(child["trigger"]["parent"], run["run"]);
    assert_eq!(corp.now()["users"].as_array().map(Vec::len), Some(8));
    // Nothing changed: the caller says so.
    let again = house.ask(&["run", "morning", "--wait", "--yes"]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change", "{again}");
}

/// A pause reaches the run that is waited for, and so do going on and a cancel.
#[test]
fn a_called_run_goes_on_with_its_caller() {
    let (corp, house) = prepared();
    house.workflow_text(&template(&house, "wecom_downstream_full"));
    parent(&house);
    let _server = house.serve();
    for cancelled in [false, true] {
        corp.set_latency(Latency { ms: 150, jitter_ms: 0 });
        Organisation::generated(2, if cancelled { 60 } else { 40 }).write(&house.source());
        house.import(&["--yes"]).expect(0);
        let run = house.good(&["run", "morning", "--yes"]);
        let id = run["run"].as_str().expect("id").to_string();
        let called = || {
            let shown = house.good(&["runs", "show", &id]);
            let steps = shown["steps"].as_array().expect("steps").clone();
            let push = steps.into_iter().find(|step| step["step"] == "push");
            push.and_then(|step| step["child"].as_str().map(ToString::to_string))
        };
        let child = eventually("the called run", PATIENCE, called);
        let status = |run: &str| house.good(&["runs", "show", run])["status"].as_str().expect("a state").to_string();
        eventually("it writes", PATIENCE, || (status(&child) == "applying").then_some(()));
        house.good(&["runs", "pause", &id]);
        let both = |wanted: &str| (status(&id) == wanted && status(&child) == wanted).then_some(());
        eventually("both are paused", PATIENCE, || both("paused"));
        corp.set_latency(Latency::default());
        house.good(&["runs", if cancelled { "cancel" } else { "resume" }, &id]);
        eventually("both are over", PATIENCE, || both(if cancelled { "cancelled" } else { "succeeded" }));
    }
}

#[test]
fn a_called_run_that_is_held_counts() {
    let (corp, house) = prepared();
    house.workflow_text(&template(&house, "wecom_downstream_full").replace("create: {max: 500}", "create: {max: 5}"));
    parent(&house);
    let run = house.ask(&["run", "morning", "--wait"]).expect(3).json();
    assert_eq!(run["status"], "partial", "{run}");
    assert_eq!(run["why"][0]["code"], "called_run_failed", "{run}");
    let shown = house.good(&["runs", "show", run["run"].as_str().expect("id")]);
    let step = shown["steps"].as_array().expect("steps").iter().find(|step| step["step"] == "push").expect("the call");
    assert_eq!((&step["status"], &step["why"]["code"]), (&"held".into(), &"called_run_held".into()), "{step}");
    assert_eq!(corp.now()["users"].as_array().map(Vec::len), Some(0));
}

fn post(address: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("the server");
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    (status, answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_string())
}

#[test]
fn a_webhook_starts_a_run_for_those_who_sign() {
    let (_corp, house) = prepared();
    let text = template(&house, "wecom_downstream_full");
    assert!(text.contains("\non:\n"), "the template's triggers");
    house.workflow_text(&text.replacen("\non:\n", "\non:\n  webhook: {path: hr-ready, verify: hmac_sha256}\n", 1));
    let server = house.serve();
    let note: Value =
        serde_json::from_slice(&std::fs::read(house.data().join("server.json")).expect("a note")).expect("JSON");
    let address = note["address"].as_str().expect("an address").to_string();
    let url = "/hooks/default/hr-ready";
    // Without a secret nobody may.
    let (unset, refusal) = post(&address, url, "", "{}");
    assert_eq!(unset, 403, "{refusal}");
    let made = house.good(&["workflow", "hook", "sync", "--new-secret", "hr-ready"]);
    let secret = made["secret"].as_str().expect("the secret");
    let body = r#"{"batch": 7}"#;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    let seconds = std::time::UNIX_EPOCH.elapsed().expect("a time after 1970").as_secs();
    mac.update(format!("{seconds}.{body}").as_bytes());
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let (wrong, same) =
        post(&address, url, &format!("X-Idflow-Signature: t={seconds},v1={}\r\n", "0".repeat(64)), body);
    let (nowhere, words) = post(&address, "/hooks/default/elsewhere", "", body);
    assert_eq!((wrong, nowhere), (403, 403));
    assert_eq!(same, words, "a wrong secret and a wrong path look the same");
    let (accepted, answer) = post(&address, url, &format!("X-Idflow-Signature: t={seconds},v1={signature}\r\n"), body);
    assert_eq!(accepted, 202, "{answer}");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    let run = house.good(&["runs", "show", answer["run"].as_str().expect("the run")]);
    assert_eq!(run["trigger"]["kind"], "webhook", "{run}");
    assert!(!house.heard().contains(&signature));
    server.kill();
}

/// A chain of calls in which somebody would wait for a group that one of the callers holds ends, and says so.
#[test]
fn a_chain_of_calls_does_not_wait_for_itself() {
    let house = House::new();
    let make = |id: &str, group: &str, calls: Option<&str>| {
        let steps = match calls {
            Some(other) => format!("  - {{id: go, name: {{zh: 调用, en: Go}}, uses: workflow/{other}}}\n"),
            None => "  - {id: look, name: {zh: 读取, en: Look}, uses: directory/read}\n".to_string(),
        };
        let text = format!(
            "dsl: 1\nid: {id}\nname: {{zh: 甲, en: A}}\non: {{manual: {{}}}}\nconnections:\n  directory: {{type: directory, ref: \
             default}}\nconcurrency: {{group: {group}}}\nsteps:\n{steps}"
        );
        let file = house.path(&format!("{id}.yaml"));
        std::fs::write(&file, text).expect("written");
        house.good(&["workflow", "create", "--file", &file.display().to_string()]);
        house.good(&["workflow", "activate", id, "--yes"]);
    };
    make("last", "east", None);
    make("middle", "west", Some("last"));
    make("first", "east", Some("middle"));
    let run = house.ask(&["run", "first", "--wait", "--yes"]).expect(1).json();
    assert_eq!(run["status"], "failed", "{run}");
    assert_eq!(run["why"][0]["code"], "call_same_group", "{run}");
    // Called by somebody else it is no circle.
    let fine = house.ask(&["run", "middle", "--wait", "--yes"]).expect(0).json();
    assert_eq!(fine["status"], "succeeded_no_change", "{fine}");
}
