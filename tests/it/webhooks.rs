//! Webhooks: calls that were recorded, rotated secrets, too many calls, and the examples of docs/guide/triggers.md.

use std::{
    fs::File,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use wecom_sim::Latency;

use super::support::{Cluster, Corp, House, Organisation, PATIENCE, eventually};

/// 2026-03-02 00:00 in China.
const MONDAY: i64 = 1_772_380_800_000;
const MINUTE: i64 = 60_000;
const KEY: &str = "7d1f0e7ab3d94f6288aa417d9be0c35f5c1f0e7ab3d94f6288aa417d9be0c35f";
const URL: &str = "/hooks/default/hr";

fn activate(house: &House, verify: &str) {
    let text = format!(
        "dsl: 1\nid: sync\nname: {{zh: 读, en: Read}}\non:\n  webhook: {{path: hr, verify: {verify}}}\nconnections:\n  directory: \
         {{type: directory, ref: default}}\nsteps:\n  - {{id: read, name: {{zh: 读, en: Read}}, uses: directory/read}}\n"
    );
    let file = house.path("sync.yaml");
    std::fs::write(&file, text).expect("written");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    house.good(&["workflow", "activate", "sync", "--yes"]);
}

fn new_secret(house: &House, more: &[&str]) -> String {
    let made = house.good(&[&["workflow", "hook", "sync", "--new-secret", "hr"][..], more].concat());
    made["secret"].as_str().expect("the secret").to_string()
}

fn address(house: &House) -> String {
    let note = std::fs::read(house.data().join("server.json")).expect("a note");
    let note: Value = serde_json::from_slice(&note).expect("JSON");
    note["address"].as_str().expect("an address").to_string()
}

fn sign(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The header of a call that was signed at this time.
fn signed(secret: &str, ms: i64, body: &str) -> String {
    let seconds = ms / 1000;
    format!("X-Idflow-Signature: t={seconds},v1={}\r\n", sign(secret, &format!("{seconds}.{body}")))
}

/// Status, head and body of an answer.
fn post(address: &str, headers: &str, body: &str) -> (u16, String, Value) {
    let mut stream = TcpStream::connect(address).expect("the server");
    let length = body.len();
    write!(
        stream,
        "POST {URL} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
    (status, head.to_lowercase(), serde_json::from_str(body).unwrap_or(Value::Null))
}

/// The same with another method and a query.
fn call(address: &str, method: &str, query: &str, headers: &str, body: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).expect("the server");
    let length = body.len();
    write!(
        stream,
        "{method} {URL}{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
    (status, head.to_lowercase(), body.to_string())
}

fn runs(house: &House) -> usize {
    house.good(&["runs", "list", "--workflow", "sync", "--limit", "500"]).as_array().expect("runs").len()
}

#[track_caller]
fn says(answer: &Value, words: &str) {
    let text = format!("{}; {}", answer["detail"], answer["hint"]["en"]);
    assert!(text.contains(words), "`{words}` is missing: {answer}");
}

#[test]
fn a_call_that_somebody_has_recorded_starts_nothing() {
    let house = House::new().clocked(MONDAY);
    activate(&house, "hmac_sha256");
    let secret = new_secret(&house, &[]);
    let body = r#"{"batch": 7}"#;
    let recorded = signed(&secret, MONDAY, body);
    let server = house.serve();
    let (status, _, first) = post(&address(&house), &recorded, body);
    assert_eq!(status, 202, "{first}");
    for _ in 0..99 {
        let (status, _, again) = post(&address(&house), &recorded, body);
        assert_eq!((status, &again["repeated"], &again["run"]), (200, &true.into(), &first["run"]), "{again}");
    }
    // Remembered over a crash.
    server.kill();
    let server = house.serve();
    let (status, _, again) = post(&address(&house), &recorded, body);
    assert_eq!((status, &again["run"]), (200, &first["run"]), "{again}");
    assert_eq!(runs(&house), 1);
    // Changed in any way it is nobody's.
    for (headers, body) in [
        (signed(&secret, MONDAY, body), r#"{"batch": 8}"#),
        (recorded.replace("v1=", "v1=0"), body),
        (recorded.replace("t=", "t=1"), body),
        (String::new(), body),
        (signed("another secret", MONDAY, body), body),
    ] {
        let (status, _, answer) = post(&address(&house), &headers, body);
        assert_eq!(status, 403, "{headers}: {answer}");
        says(&answer, "there is no such webhook");
    }
    // The body alone could be repeated for ever; whoever can sign it is told so.
    for header in ["X-Idflow-Signature", "X-Hub-Signature-256"] {
        let (status, _, answer) =
            post(&address(&house), &format!("{header}: sha256={}\r\n", sign(&secret, body)), body);
        assert_eq!(status, 403, "{answer}");
        says(&answer, "hmac_sha256_body");
        assert!(answer["hint"]["en"].as_str().is_some_and(|hint| hint.contains("t=SECONDS,v1=HEX")), "{answer}");
    }
    // Later it is too old, however often it comes.
    house.set_clock(MONDAY + 6 * MINUTE);
    for _ in 0..3 {
        let (status, _, answer) = post(&address(&house), &recorded, body);
        assert_eq!(status, 403, "{answer}");
        says(&answer, "360 seconds");
        let hint = answer["hint"]["zh"].as_str().expect("a hint");
        assert!(hint.contains("用密钥对") && !hint.contains("with the secret"), "{answer}");
    }
    let (status, _, answer) = post(&address(&house), &signed(&secret, MONDAY + 20 * MINUTE, body), body);
    assert_eq!(status, 403, "a time to come: {answer}");
    assert_eq!(runs(&house), 1);
    let shown = house.good(&["workflow", "hook", "sync"]);
    assert!(shown[0]["refused"]["why"].to_string().contains("seconds from the time here"), "{shown}");
    let (status, _, answer) = post(&address(&house), &signed(&secret, MONDAY + 6 * MINUTE, body), body);
    assert_eq!(status, 202, "{answer}");
    assert_eq!(runs(&house), 2);
    server.kill();
}

#[test]
fn a_caller_may_send_the_same_again_under_the_same_name() {
    let house = House::new().clocked(MONDAY);
    activate(&house, "hmac_sha256");
    let secret = new_secret(&house, &[]);
    let server = house.serve();
    let call = |ms: i64, name: &str, body: &str| {
        post(&address(&house), &format!("{}Idempotency-Key: {name}\r\n", signed(&secret, ms, body)), body)
    };
    let (status, _, first) = call(MONDAY, "batch-7", "{}");
    assert_eq!(status, 202, "{first}");
    house.set_clock(MONDAY + 60 * MINUTE);
    let (status, _, again) = call(MONDAY + 60 * MINUTE, "batch-7", "{}");
    assert_eq!((status, &again["run"]), (200, &first["run"]), "{again}");
    // Whoever has recorded the repetition cannot make another call of it by leaving the name out.
    let (status, _, bare) = post(&address(&house), &signed(&secret, MONDAY + 60 * MINUTE, "{}"), "{}");
    assert_eq!((status, &bare["run"]), (200, &first["run"]), "{bare}");
    let (status, _, other) = call(MONDAY + 60 * MINUTE, "batch-7", r#"{"other": 1}"#);
    assert_eq!(status, 409, "{other}");
    says(&other, "another body");
    assert_eq!(call(MONDAY + 60 * MINUTE, "batch-8", "{ }").0, 202);
    // After a day the name is forgotten, and with the next call it is gone from the store.
    let later = MONDAY + 26 * 60 * MINUTE;
    house.set_clock(later);
    assert_eq!(call(later, "batch-7", "{}").0, 202);
    assert_eq!(call(later, "", r#"{"a":1,"a":2}"#).0, 422, "a name that stands twice");
    assert_eq!(call(later, &"x".repeat(300), "{}").0, 422);
    assert_eq!(runs(&house), 3);
    // A refused call is not remembered.
    house.good(&["workflow", "pause", "sync"]);
    assert_eq!(call(later, "batch-9", "[]").0, 409);
    house.good(&["workflow", "activate", "sync", "--yes"]);
    assert_eq!(call(later, "batch-9", "[]").0, 202);
    server.kill();
}

#[test]
fn one_call_to_two_nodes_starts_one_run() {
    let Some(cluster) = Cluster::start() else { return };
    let nodes = [(); 2].map(|()| {
        let mut house = House::new();
        house.set("IDFLOW_STORE", &cluster.url("hooks"));
        house.set("IDFLOW_MASTER_KEY", KEY);
        house.clocked(MONDAY)
    });
    for house in &nodes {
        house.set_clock(MONDAY);
    }
    activate(&nodes[0], "hmac_sha256");
    let secret = new_secret(&nodes[0], &[]);
    let servers: Vec<_> = nodes.iter().map(House::serve).collect();
    let places: Vec<String> = nodes.iter().map(address).collect();
    for round in 0..10 {
        let body = format!("[{round}]");
        let header = signed(&secret, MONDAY, &body);
        let answers: Vec<u16> = std::thread::scope(|scope| {
            let calls: Vec<_> = (0..6)
                .map(|number| {
                    let (place, header, body) = (&places[number % 2], &header, &body);
                    scope.spawn(move || post(place, header, body).0)
                })
                .collect();
            calls.into_iter().map(|call| call.join().expect("answered")).collect()
        });
        assert_eq!(answers.iter().filter(|status| **status == 202).count(), 1, "round {round}: {answers:?}");
        assert!(answers.iter().all(|status| [200, 202].contains(status)), "round {round}: {answers:?}");
    }
    assert_eq!(runs(&nodes[1]), 10);
    for server in servers {
        server.kill();
    }
}

#[test]
fn secrets_change_without_a_gap() {
    let house = House::new().clocked(MONDAY);
    activate(&house, "hmac_sha256");
    let server = house.serve();
    let first = new_secret(&house, &[]);
    let mut number = 0;
    let mut call = |header: &dyn Fn(&str) -> String| {
        number += 1;
        let body = format!("[{number}]");
        post(&address(&house), &header(&body), &body).0
    };
    let with = |secret: &str| {
        let secret = secret.to_string();
        move |body: &str| signed(&secret, MONDAY, body)
    };
    assert_eq!(call(&with(&first)), 202);
    // The receiver takes both for a while.
    let second = new_secret(&house, &["--keep-old", "2h"]);
    assert_eq!((call(&with(&first)), call(&with(&second))), (202, 202));
    let shown = house.good(&["workflow", "hook", "sync"]);
    assert_eq!(shown[0]["old_secret_until"], "2026-03-01T18:00:00.000Z", "{shown}");
    house.set_clock(MONDAY + 119 * MINUTE);
    assert_eq!(call(&|body| signed(&first, MONDAY + 119 * MINUTE, body)), 202);
    house.set_clock(MONDAY + 120 * MINUTE);
    assert_eq!(call(&|body| signed(&first, MONDAY + 120 * MINUTE, body)), 403);
    // The sender signs with both.
    house.set_clock(MONDAY);
    let third = new_secret(&house, &[]);
    assert_eq!((call(&with(&second)), call(&with(&third))), (403, 202));
    let both = |body: &str| {
        let old = signed(&second, MONDAY, body);
        let new = signed(&third, MONDAY, body);
        format!("{},{}", old.trim_end(), new.split_once(',').expect("two parts").1)
    };
    assert_eq!(call(&both), 202);
    // Two new ones in a row shut out nobody who has only the one before them; a third without a time ends all.
    let (fourth, fifth) = (new_secret(&house, &["--keep-old", "1h"]), new_secret(&house, &["--keep-old", "2h"]));
    assert_eq!((call(&with(&third)), call(&with(&fourth)), call(&with(&fifth))), (202, 202, 202));
    house.set_clock(MONDAY + 61 * MINUTE);
    let later = |secret: &str| {
        let secret = secret.to_string();
        move |body: &str| signed(&secret, MONDAY + 61 * MINUTE, body)
    };
    assert_eq!((call(&later(&third)), call(&later(&fourth))), (403, 202));
    let sixth = new_secret(&house, &[]);
    assert_eq!((call(&later(&fourth)), call(&later(&fifth)), call(&later(&sixth))), (403, 403, 202));
    house.set_clock(MONDAY);
    let long = house.ask(&["workflow", "hook", "sync", "--new-secret", "hr", "--keep-old", "8d"]).expect(1);
    assert!(long.out.contains("7 days"), "{}", long.out);
    server.kill();
}

#[test]
fn the_body_alone_is_signed_where_the_workflow_says_so() {
    let house = House::new();
    activate(&house, "hmac_sha256_body");
    let secret = new_secret(&house, &[]);
    let server = house.serve();
    let header = format!("X-Hub-Signature-256: sha256={}\r\n", sign(&secret, "{}"));
    assert_eq!(post(&address(&house), &header, "{}").0, 202);
    let named = format!("{header}Idempotency-Key: 72d3162e\r\n");
    assert_eq!(post(&address(&house), &named, "{}").0, 202);
    assert_eq!(post(&address(&house), &named, "{}").0, 200);
    assert_eq!(post(&address(&house), &header, "[]").0, 403);
    server.kill();
    // Whoever signs may sign in the other way with the same secret; whoever shows it needs another one.
    activate(&house, "hmac_sha256");
    assert_eq!(house.good(&["workflow", "hook", "sync"])[0]["has_secret"], true);
    activate(&house, "token");
    assert_eq!(house.good(&["workflow", "hook", "sync"])[0]["has_secret"], false);
}

/// A server whose log goes into a file.
struct Logged(Child);

impl Logged {
    fn start(house: &House) -> Self {
        let log = File::create(house.path("log")).expect("a log");
        let child = house.command(&["serve"]).stdout(Stdio::null()).stderr(log).spawn().expect("it starts");
        eventually("the server answers", PATIENCE, || house.data().join("server.json").exists().then_some(()));
        Self(child)
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn too_many_calls_are_refused_for_a_while_and_do_not_fill_the_log() {
    let house = House::new().clocked(MONDAY);
    activate(&house, "hmac_sha256");
    let secret = new_secret(&house, &[]);
    let server = Logged::start(&house);
    let place = address(&house);
    let call = |number: usize, ms: i64| {
        let body = format!("[{number}]");
        post(&place, &signed(&secret, ms, &body), &body)
    };
    // Wrong ones do not keep the right ones out.
    let wrong: Vec<u16> = (0..200).map(|_| post(&place, &signed("x", MONDAY, "{}"), "{}").0).collect();
    assert!(wrong[..100].iter().all(|status| *status == 403), "{wrong:?}");
    assert!(wrong[150..].iter().all(|status| *status == 429), "{wrong:?}");
    let right: Vec<(u16, String, Value)> = (0..80).map(|number| call(number, MONDAY)).collect();
    let accepted = right.iter().filter(|(status, ..)| *status == 202).count();
    let (status, head, answer) = &right[79];
    assert_eq!((accepted, *status), (60, 429), "{answer}");
    let after = head.lines().find_map(|line| line.strip_prefix("retry-after: ")).expect("when to call again");
    let after: i64 = after.trim().parse().expect("seconds");
    assert!((1..=60).contains(&after), "{head}");
    house.set_clock(MONDAY + after * 1000);
    assert_eq!(call(79, MONDAY + after * 1000).0, 202, "after {after} s");
    assert_eq!(runs(&house), 61);
    drop(server);
    let log = std::fs::read_to_string(house.path("log")).expect("the log");
    let lines = log.lines().filter(|line| line.contains("wrong secret")).count();
    assert_eq!(lines, 1, "{log}");
}

#[test]
fn runs_that_wait_do_not_pile_up() {
    let corp = Corp::start();
    let house = House::new().clocked(MONDAY);
    house.connect(&corp);
    Organisation::generated(2, 8).write(&house.source());
    house.import(&[]).expect(0);
    let shown = house.good(&["template", "show", "wecom_downstream_full"]);
    let text = shown["text"].as_str().expect("the text");
    house.workflow_text(&text.replacen("\non:\n", "\non:\n  webhook: {path: hr, verify: hmac_sha256}\n", 1));
    let secret = new_secret(&house, &[]);
    // Nothing ends while this lasts.
    corp.set_latency(Latency { ms: 600_000, jitter_ms: 0 });
    let server = house.serve();
    let answers: Vec<(u16, String, Value)> = (0..56)
        .map(|number| {
            let body = format!("[{number}]");
            post(&address(&house), &signed(&secret, MONDAY, &body), &body)
        })
        .collect();
    let accepted = answers.iter().filter(|(status, ..)| *status == 202).count();
    // One is at work, 50 wait.
    assert!((50..=51).contains(&accepted), "{accepted}");
    let (status, head, answer) = &answers[55];
    assert_eq!(*status, 429, "{answer}");
    assert!(head.contains("retry-after: "), "{head}");
    says(answer, "50 runs of workflow `sync` wait");
    server.kill();
}

/// The blocks of docs/guide/triggers.md in this language that call a signed webhook.
fn examples(language: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/triggers.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let fence = format!("```{language}\n");
    let blocks = page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    blocks.filter(|block| block.contains("X-Idflow-Signature")).map(ToString::to_string).collect()
}

#[test]
fn the_documented_callers_are_accepted() {
    let house = House::new();
    activate(&house, "hmac_sha256");
    let secret = new_secret(&house, &[]);
    let server = house.serve();
    let url = format!("http://{}{URL}", address(&house));
    let mut accepted = 0;
    for (language, program, needs) in [("sh", "sh", &["openssl", "curl"][..]), ("python", "python3", &[])] {
        let blocks = examples(language);
        assert!(!blocks.is_empty(), "no example in {language}");
        let there =
            |name: &&str| Command::new(name).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
        if !needs.iter().chain(&[program]).all(there) {
            eprintln!("skipped: {program} {needs:?} is not there");
            continue;
        }
        let file = house.path("caller");
        std::fs::write(&file, &blocks[0]).expect("written");
        for wanted in [r#""run":""#, r#""repeated":true"#] {
            let done =
                Command::new(program).arg(&file).env("URL", &url).env("SECRET", &secret).output().expect("it runs");
            let out = String::from_utf8_lossy(&done.stdout).replace(": ", ":");
            assert!(out.contains(wanted), "{language}: {out}{}", String::from_utf8_lossy(&done.stderr));
        }
        accepted += 1;
    }
    assert_eq!(runs(&house), accepted);
    server.kill();
}

#[test]
fn other_methods_an_answer_that_waits_and_what_steps_read_of_a_call() {
    let house = House::new();
    let told = "dsl: 1\nid: told\nname: {zh: 被告知, en: Told}\non: {manual: {inputs: {what: {type: string, required: \
                true}}}}\nconnections:\n  directory: {type: directory, ref: default}\nsteps:\n  - {id: read, name: {zh: 读, en: \
                Read}, uses: directory/read}\n";
    let file = house.path("told.yaml");
    std::fs::write(&file, told).expect("written");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    house.good(&["workflow", "activate", "told", "--yes"]);
    let text = "dsl: 1\nid: sync\nname: {zh: 读, en: Read}\non:\n  webhook: {path: hr, verify: header, header: X-Api-Key, methods: [GET, \
                PUT], wait: 30s, status: 201, reply: '{\"good\": true}'}\nconnections:\n  directory: {type: directory, ref: \
                default}\nsteps:\n  - {id: read, name: {zh: 读, en: Read}, uses: directory/read}\n  - {id: tell, name: {zh: 告知, en: Tell}, \
                uses: workflow/told, with: {what: \"{{trigger.method}} {{trigger.query.batch}} {{trigger.headers.x-from}} \
                {{trigger.headers.x-api-key}}\"}}\n";
    let file = house.path("sync.yaml");
    std::fs::write(&file, text).expect("written");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    house.good(&["workflow", "activate", "sync", "--yes"]);
    let secret = new_secret(&house, &[]);
    let server = house.serve();
    let address = address(&house);
    let key = format!("X-Api-Key: {secret}\r\nX-From: hr\r\n");
    let (status, head, body) = call(&address, "GET", "?batch=7", &key, "");
    assert_eq!((status, body.as_str()), (201, r#"{"good": true}"#), "{head}");
    assert!(head.contains("x-idflow-run: ") && head.contains("content-type: application/json"), "{head}");
    // The run is over when the answer comes, and its steps have read the call, but for the secret.
    let run = &house.good(&["runs", "list", "--workflow", "told"])[0];
    let shown = house.good(&["runs", "show", run["run"].as_str().expect("its id")]);
    assert_eq!(shown["inputs"]["what"].as_str().map(str::trim), Some("GET 7 hr"), "{shown}");
    assert_eq!(call(&address, "POST", "", &key, "{}").0, 422, "a method that is not named");
    assert_eq!(call(&address, "PUT", "", "X-Api-Key: other\r\n", "{}").0, 403);
    let (status, _, body) = call(&address, "PUT", "", &key, "not JSON");
    assert_eq!(status, 422);
    assert!(
        body.contains("请求内容不是 JSON：格式不对（第 1 行第 2 列）") && body.contains("at line 1 column 2"),
        "{body}"
    );
    assert_eq!(call(&address, "PUT", "", &format!("Authorization: Bearer {secret}\r\n"), "{}").0, 403);
    let large = format!("?x={}", "y".repeat(9000));
    assert_eq!(call(&address, "PUT", &large, &key, "{}").0, 422);
    assert_eq!(runs(&house), 1);
    let line = &house.good(&["workflow", "hook", "sync"])[0];
    assert_eq!((&line["call"], &line["wait_ms"]), (&Value::from("x-api-key: SECRET"), &Value::from(30_000)), "{line}");
    server.kill();
    assert!(house.files().iter().all(|(_, bytes)| !bytes.windows(secret.len()).any(|part| part == secret.as_bytes())));
}
