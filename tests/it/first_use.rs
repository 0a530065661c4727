//! What somebody meets who uses idflow for the first time: a mistyped folder, a first sync that wants to be watched, a
//! command that is stopped, lists that must not mislead.

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use wecom_sim::{Effect, FaultRule, Faults, Latency};

use super::support::{Corp, House, Organisation, PATIENCE, eventually};

/// A company whose first sync of 40 people takes a while.
fn slow() -> (Corp, House, Organisation) {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let organisation = Organisation::generated(2, 40);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    corp.set_latency(Latency { ms: 150, jitter_ms: 0 });
    (corp, house, organisation)
}

/// A command of its own process, without a server.
fn spawn(house: &House, args: &[&str]) -> Child {
    let mut command = house.command(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// Waits until `run sync` of another process answers and writes; gives the run.
fn at_work(corp: &Corp, house: &House, before: u64) -> String {
    eventually("some objects are made", PATIENCE, || (corp.writes() > before + 3).then_some(()));
    let runs = house.good(&["runs", "list", "--workflow", "sync"]);
    runs[0]["run"].as_str().expect("an id").to_string()
}

fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

fn creates(corp: &Corp) -> usize {
    corp.requests().iter().filter(|request| request.path.ends_with("/create")).count()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn a_mistyped_folder_is_an_error_and_nothing_is_made() {
    let house = House::new();
    for args in [
        &["runs", "list"][..],
        &["runs", "show", "sync#1"],
        &["runs", "failures"],
        &["workflow", "list"],
        &["workflow", "activate", "sync", "--yes"],
        &["connection", "list"],
        &["connection", "test", "main"],
        &["directory", "show"],
        &["plan", "sync"],
        &["run", "sync"],
        &["store", "size"],
        &["store", "prune"],
        &["store", "check"],
        &["tenant", "retention", "default", "--usual"],
        &["tenant", "rename", "default", "Head office"],
        &["tenant", "archive", "default"],
    ] {
        let answer = house.ask(args).expect(1);
        let message = answer.json()["error"]["message"].as_str().expect("a message").to_string();
        assert!(message.contains("there is no"), "{args:?}: {message}");
        assert!(!house.data().exists(), "{args:?} has made a folder");
    }
    let chinese = house.text(&["--lang", "zh", "runs", "list"]).expect(1);
    assert!(chinese.err.contains("没有 idflow 的数据") && chinese.err.contains("--data-dir"), "{}", chinese.err);
    // What ships with the program can be read anywhere.
    assert!(house.text(&["template", "list"]).expect(0).out.contains("wecom_downstream_full"));
    house.text(&["graph", "wecom_downstream_full"]).expect(0);
    // And so can what would have to be set up.
    assert_eq!(house.good(&["setup"])["current"], serde_json::Value::Null);
    assert!(!house.data().exists());
}

#[test]
fn a_lost_master_key_is_an_error_and_no_new_one_is_made() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let key = house.data().join("master.key");
    let kept = std::fs::read_to_string(&key).expect("the key");
    std::fs::remove_file(&key).expect("it is removed");
    for args in [&["connection", "list"][..], &["run", "sync"], &["serve"]] {
        let refused = house.ask(args).expect(1).json()["error"].clone();
        assert!(refused["message"].as_str().is_some_and(|text| text.contains("6 sealed secrets")), "{refused}");
        assert!(refused["hint"].as_str().is_some_and(|text| text.contains("IDFLOW_MASTER_KEY")), "{refused}");
        assert!(!key.exists(), "{args:?}");
    }
    std::fs::write(&key, kept).expect("it is put back");
    assert_eq!(house.good(&["connection", "test", "main"])["ok"], true);
    // Where nothing is sealed a new one costs nothing.
    let other = House::new();
    Organisation::generated(2, 3).write(&other.source());
    other.import(&[]).expect(0);
    std::fs::remove_file(other.data().join("master.key")).expect("it is removed");
    other.good(&["directory", "show"]);
}

#[test]
fn what_is_kept_and_exported_is_for_its_owner_only() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(2, 4).write(&house.source());
    house.import(&[]).expect(0);
    assert_eq!(mode(&house.data()), 0o700);
    assert!(!house.heard().contains("chmod"), "{}", house.heard());
    let file = house.path("plan.csv");
    let name = file.display().to_string();
    house.text(&["plan", "sync", "--export", &name]).expect(0);
    assert_eq!(mode(&file), 0o600);
    // What is there is not lost without being asked for.
    std::fs::write(&file, "mine").expect("written");
    let refused = house.text(&["plan", "sync", "--export", &name]).expect(1);
    assert!(refused.err.contains("--overwrite"), "{}", refused.err);
    house.text(&["runs", "export", "sync#1", &name, "--plan"]).expect(1);
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "mine");
    house.text(&["runs", "export", "sync#1", &name, "--plan", "--overwrite"]).expect(0);
    assert!(std::fs::read_to_string(&file).expect("the file").contains("create_user"));
}

#[test]
fn a_run_without_a_server_can_be_watched_and_answers_everything() {
    let (corp, house, organisation) = slow();
    let running = spawn(&house, &["--output", "json", "run", "sync", "--yes"]);
    let id = at_work(&corp, &house, 0);
    let shown = house.good(&["runs", "show", &id]);
    assert_eq!((&shown["status"], &shown["abandoned"]), (&"applying".into(), &false.into()), "{shown}");
    assert!(shown["progress"]["total"].as_u64().is_some_and(|total| total > 0), "{shown}");
    // A server does not push in.
    let refused = house.ask(&["serve"]).expect(1).json()["error"].clone();
    assert!(refused["hint"].as_str().is_some_and(|hint| hint.contains("`idflow run`")), "{refused}");
    // What another command starts is carried out, and waited for by both.
    let second = spawn(&house, &["--output", "json", "run", "sync"]);
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    let first = running.wait_with_output().expect("it ends");
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let second = second.wait_with_output().expect("it ends");
    let told: Value = serde_json::from_slice(&second.stdout).expect("JSON");
    assert_eq!(told["status"], "succeeded_no_change", "{told}");
    assert!(!house.data().join("server.json").exists(), "nobody answers any more");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    assert_eq!(creates(&corp), 40 + organisation.departments.len());
}

#[test]
fn a_run_can_be_cancelled_from_another_terminal() {
    let (corp, house, _) = slow();
    let running = spawn(&house, &["--output", "json", "run", "sync", "--yes"]);
    let id = at_work(&corp, &house, 0);
    house.good(&["runs", "cancel", &id]);
    let ended = running.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(house.good(&["runs", "show", &id])["status"], "cancelled");
}

/// Both commands were stopped. The run that never began is over as soon as somebody cancels it; the one that stopped in the middle
/// has to look at what was done, and says when that will be.
#[test]
fn what_nobody_works_on_can_be_cancelled() {
    let (corp, house, _) = slow();
    let first = spawn(&house, &["run", "sync", "--yes"]);
    let begun = at_work(&corp, &house, 0);
    interrupt(&first);
    first.wait_with_output().expect("it ends");
    let second = spawn(&house, &["run", "sync", "--yes"]);
    let runs = || house.good(&["runs", "list", "--workflow", "sync"]).as_array().cloned().unwrap_or_default();
    eventually("the second run is accepted", PATIENCE, || (runs().len() == 2).then_some(()));
    interrupt(&second);
    second.wait_with_output().expect("it ends");
    let queued = runs()[0]["run"].as_str().expect("an id").to_string();
    assert_eq!((&runs()[0]["status"], &runs()[1]["status"]), (&"queued".into(), &"applying".into()));
    let told = house.text(&["runs", "cancel", &queued]).expect(0);
    assert!(!told.err.contains("nobody works"), "{told:?}");
    assert_eq!(runs()[0]["status"], "cancelled");
    let told = house.text(&["runs", "cancel", &begun]).expect(0);
    assert!(told.err.contains("nobody works on it now") && told.err.contains("idflow serve"), "{told:?}");
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    let _server = house.serve();
    eventually("it is over", PATIENCE, || (runs()[1]["status"] == "cancelled").then_some(()));
}

#[test]
fn an_interrupted_run_says_what_becomes_of_it_and_goes_on_later() {
    let (corp, house, organisation) = slow();
    let running = spawn(&house, &["run", "sync", "--yes"]);
    let id = at_work(&corp, &house, 0);
    interrupt(&running);
    let ended = running.wait_with_output().expect("it ends");
    let told = String::from_utf8(ended.stderr).expect("UTF-8");
    assert_eq!(ended.status.code(), Some(130), "{told}");
    assert!(told.contains("stopped") && told.contains(&id), "{told}");
    assert!(!house.data().join("server.json").exists());
    assert_eq!(house.good(&["runs", "show", &id])["abandoned"], true);
    let shown = house.text(&["runs", "show", &id]).expect(0).out;
    assert!(shown.contains("nobody works on it now"), "{shown}");
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    let again = house.text(&["run", "sync", "--yes"]).expect(0);
    assert!(again.err.contains(&format!("resuming 1 unfinished run: {id}")), "{}", again.err);
    assert_eq!(house.good(&["runs", "show", &id])["status"], "succeeded");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    assert_eq!(corp.check().creates_of_existing, 0);
}

/// A run that somebody starts while another command is about to end is finished by that command or by his own; it does not
/// fail because the other process ended under it.
#[test]
fn an_import_beside_a_run_that_ends_is_carried_out() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(2, 40).write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let folder = house.source().display().to_string();
    for round in 0..6 {
        let others = [spawn(&house, &["run", "sync", "--wait"]), spawn(&house, &["plan", "sync"])];
        let import = spawn(&house, &["directory", "import", &folder]);
        let import = import.wait_with_output().expect("it ends");
        let said = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
        assert_eq!(import.status.code(), Some(0), "{round}: {}{}", said(&import.stdout), said(&import.stderr));
        for other in others {
            let other = other.wait_with_output().expect("it ends");
            assert_eq!(other.status.code(), Some(0), "{round}: {}{}", said(&other.stdout), said(&other.stderr));
        }
    }
    let runs = house.good(&["runs", "list", "--limit", "100"]);
    let ends: Vec<_> = runs.as_array().expect("runs").iter().map(|run| run["status"].to_string()).collect();
    assert!(ends.iter().all(|end| end.contains("succeeded")), "{ends:?}");
}

#[test]
fn whoever_waits_for_a_command_that_is_stopped_goes_on_with_its_runs() {
    let (corp, house, organisation) = slow();
    let running = spawn(&house, &["run", "sync", "--yes"]);
    let first = at_work(&corp, &house, 0);
    let waiting = spawn(&house, &["--output", "json", "run", "sync", "--yes"]);
    let runs = || house.good(&["runs", "list", "--workflow", "sync"]).as_array().map_or(0, Vec::len);
    eventually("the second run is accepted", PATIENCE, || (runs() == 2).then_some(()));
    interrupt(&running);
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    assert_eq!(running.wait_with_output().expect("it ends").status.code(), Some(130));
    let ended = waiting.wait_with_output().expect("it ends");
    let err = String::from_utf8_lossy(&ended.stderr).to_string();
    let told: Value = serde_json::from_slice(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {err}"));
    assert!(told["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{told}");
    assert_eq!(house.good(&["runs", "show", &first])["status"], "succeeded");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    assert_eq!(corp.check().creates_of_existing, 0);
}

#[test]
fn whoever_only_plans_does_not_go_on_with_a_run_that_was_stopped() {
    let (corp, house, _) = slow();
    let running = spawn(&house, &["run", "sync", "--yes"]);
    let first = at_work(&corp, &house, 0);
    let planning = spawn(&house, &["--output", "json", "plan", "sync"]);
    let runs = || house.good(&["runs", "list", "--workflow", "sync"]).as_array().map_or(0, Vec::len);
    eventually("the plan is asked for", PATIENCE, || (runs() == 2).then_some(()));
    interrupt(&running);
    assert_eq!(running.wait_with_output().expect("it ends").status.code(), Some(130));
    let ended = planning.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("was stopped"));
    assert_eq!(house.good(&["runs", "show", &first])["abandoned"], true);
}

#[test]
fn the_same_plan_on_the_same_data_has_one_name_and_one_order() {
    let plan = || {
        let corp = Corp::start();
        let house = House::ready(&corp, "wecom_downstream_full");
        Organisation::generated(5, 30).write(&house.source());
        house.import(&[]).expect(0);
        let plan = house.good(&["plan", "sync"]);
        let changes = plan["changes"].as_array().expect("changes");
        let names: Vec<String> = changes.iter().map(|change| change["object"]["name"].to_string()).collect();
        (plan["hash"].clone(), names)
    };
    let (first, second) = (plan(), plan());
    assert_eq!(first, second);
    assert!(first.1.len() > 30);
}

#[test]
fn a_mistake_can_be_looked_at_and_put_away() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let text = house.text(&["workflow", "show", "sync"]).expect(0).out;
    assert!(text.contains("id: sync") && text.contains("steps:"), "{text}");
    assert_eq!(house.good(&["workflow", "show", "sync", "--number", "1"])["version"], 1);
    house.ask(&["workflow", "show", "sync", "--number", "7"]).expect(1);

    let shown = house.good(&["connection", "show", "main"]);
    assert_eq!((&shown["workflows"][0], &shown["links"]), (&"sync".into(), &0.into()), "{shown}");
    assert!(!house.text(&["connection", "show", "main"]).expect(0).out.contains(super::support::corp::APP_SECRET));
    let used = house.ask(&["connection", "remove", "main"]).expect(1);
    assert!(used.err.contains("is used by sync"), "{}", used.err);

    house.good(&["workflow", "archive", "sync"]);
    assert_eq!(house.good(&["workflow", "list"]), serde_json::json!([]));
    assert_eq!(house.good(&["workflow", "list", "--all"])[0]["state"], "archived");
    house.ask(&["run", "sync"]).expect(1);
    house.good(&["workflow", "activate", "sync", "--yes"]);
    Organisation::generated(2, 3).write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);

    // Who is whose must not be forgotten with a connection.
    house.good(&["workflow", "archive", "sync"]);
    let linked = house.ask(&["connection", "remove", "main"]).expect(1);
    assert!(linked.err.contains("are linked"), "{}", linked.err);

    let other = House::new();
    other.connect(&corp);
    other.good(&["connection", "remove", "main"]);
    assert_eq!(other.good(&["connection", "list"]), serde_json::json!([]));
    other.ask(&["connection", "remove", "main"]).expect(1);
}

#[test]
fn a_workflow_is_not_made_with_a_connection_that_is_not_there() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let args = ["workflow", "create", "--template", "wecom_downstream_full", "--connection"];
    let refused = house.ask(&[&args[..], &["wecom=nosuch"]].concat()).expect(1);
    assert!(refused.err.contains("there is no connection `nosuch`"), "{}", refused.err);
    house.good(&[&args[..], &["wecom=main"]].concat());
}

#[test]
fn lists_say_when_and_how_and_the_next_step_can_be_typed() {
    // 2026-03-02 01:00:30 UTC.
    const START: i64 = 1_772_413_230_000;
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect(&corp);
    let text = house.good(&["template", "show", "wecom_downstream_full"])["text"].as_str().expect("text").to_string();
    let mark = "connections:\n";
    let (head, rest) = text.split_once(mark).expect("connections");
    let schedule = "  schedule: [{cron: \"0 2 * * *\", timezone: Asia/Shanghai}]\n\n";
    let text = format!("{}\n{schedule}{mark}{rest}", head.trim_end());
    house.workflow_text(&text.replace("create: {max: 500}", "create: {max: 3}"));
    Organisation::generated(2, 8).write(&house.source());
    house.import(&[]).expect(0);

    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    let id = held["run"].as_str().expect("an id");
    for lang in ["zh", "en"] {
        let hint = held["why"][0]["hint"][lang].as_str().expect("a hint");
        assert!(hint.contains(&format!("idflow runs approve {id}")), "{hint}");
    }
    let shown = house.text(&["plan", "sync"]).expect(0).out;
    assert!(shown.contains("! create people: 8 (limit 3)"), "{shown}");
    // What has done nothing has no numbers of what it did.
    let list = house.text(&["runs", "list", "--workflow", "sync"]).expect(0).out;
    let rows: Vec<&str> = list.lines().filter(|line| line.contains("sync v1")).collect();
    let numbers = |row: &str| row.split_whitespace().rev().take_while(|word| word.parse::<u64>().is_ok()).count();
    assert_eq!(rows.iter().map(|row| numbers(row)).collect::<Vec<_>>(), [1, 1], "a plan and a held run: {list}");
    house.good(&["runs", "approve", id, "--yes"]);
    let shown = house.text(&["runs", "show", id]).expect(0).out;
    assert!(!shown.contains("writing takes"), "what is over takes no more calls: {shown}");

    let listed = &house.good(&["workflow", "list"])[1];
    assert_eq!((&listed["id"], &listed["runs"]), (&"sync".into(), &2.into()), "{listed}");
    assert_eq!(listed["last"]["no"], 2);
    assert_eq!(listed["triggers"]["schedules"][0]["next"], "2026-03-02T18:00:00.000Z");
    let text = house.text(&["workflow", "list"]).expect(0).out;
    assert!(text.contains("next 2026-03-0"), "{text}");
    let departments = house.text(&["directory", "show", "department"]).expect(0).out;
    assert!(departments.contains('/'), "{departments}");

    // One who cannot be sent is counted somewhere, and has a time.
    corp.set_faults(Faults::rules([FaultRule::new(
        "/cgi-bin/user/list_id",
        Effect::Error { errcode: 60020, errmsg: None },
    )]));
    house.ask(&["run", "sync", "--wait"]).expect(1);
    let refused = house.text(&["runs", "export", "sync#3", "items.csv"]).expect(1);
    assert!(refused.err.contains("run 3 of sync has no plan"), "{}", refused.err);
}

#[test]
fn people_who_cannot_be_sent_are_counted_and_have_a_time() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let mut organisation = Organisation::generated(2, 5);
    organisation.change("E0001", "mobile", "");
    organisation.change("E0001", "email", "");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(3);
    let failures = house.good(&["runs", "failures"]);
    assert!(failures[0]["at"].is_string(), "{failures}");
    let list = house.text(&["runs", "list", "--workflow", "sync"]).expect(0).out;
    let row = list.lines().find(|line| line.contains("partial")).expect("the run");
    assert_eq!(row.split_whitespace().last(), Some("1"), "{list}");
    // Who fails again is shown once.
    house.sync(&[]).expect(3);
    assert_eq!(house.good(&["runs", "failures"]).as_array().map(Vec::len), Some(2));
    let told = house.text(&["runs", "failures"]).expect(0).out;
    assert!(told.contains("sync#2, 20") && told.contains(", also in #1"), "{told}");
    assert_eq!(told.matches("contact_missing").count(), 1, "{told}");
}

/// An empty list says that there is nothing, and not that the name was mistyped.
#[test]
fn a_slip_in_a_filter_is_no_empty_list() {
    let (corp, house, _) = slow();
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    for args in [
        &["runs", "list", "--workflow", "snyc"][..],
        &["runs", "failures", "--workflow", "snyc"],
        &["removals", "list", "--workflow", "snyc"],
    ] {
        let refused = house.ask(args).expect(1).json();
        assert!(refused["error"]["message"].as_str().is_some_and(|text| text.contains("snyc")), "{args:?}: {refused}");
        let known: Vec<&str> = args.iter().map(|arg| if *arg == "snyc" { "sync" } else { *arg }).collect();
        assert_eq!(house.good(&known), Value::Array(Vec::new()), "{args:?}");
    }
    let run = house.sync(&[]).expect(0).json();
    let id = run["run"].as_str().expect("an id");
    let refused = house.ask(&["runs", "items", id, "--outcome", "faild"]).expect(1).json();
    assert!(refused["error"]["hint"].as_str().is_some_and(|text| text.contains("failed")), "{refused}");
    assert_eq!(house.good(&["runs", "items", id, "--outcome", "failed"]), Value::Array(Vec::new()));
}

#[test]
fn codes_of_runs_are_explained_too_and_shells_are_helped() {
    let house = House::new();
    let page = house.text(&["explain", "WECOM_60020"]).expect(0).out;
    assert!(page.starts_with("WECOM_60020") && page.contains('→'), "{page}");
    assert!(house.good(&["explain", "contact_missing"])["reason"]["zh"].is_string());
    // Limits of a run name the setting they come from; nothing that only a run could fill stands in the text.
    for (code, setting, default) in [
        ("identity_shift", "safety.identity_shift", "5%"),
        ("mass_clear", "safety.mass_clear", "5%"),
        ("source_shrink", "safety.source_shrink", ""),
    ] {
        let page = house.text(&["explain", code, "--both"]).expect(0).out;
        assert_eq!(page.matches(setting).count(), 2, "{page}");
        assert!(page.contains(default) && !page.contains('{'), "{page}");
    }
    assert!(!house.text(&["explain", "removals_waiting"]).expect(0).out.contains(['{', '|', '#']));
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(house.text(&["completions", shell]).expect(0).out.contains("idflow"));
    }
    assert!(!house.data().exists());
}

#[test]
fn a_wrong_log_filter_is_refused_and_a_server_tells_of_its_runs() {
    let (corp, mut house, _) = slow();
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    let log = house.path("log");
    let out = std::fs::File::create(&log).expect("a file");
    let mut server = house.command(&["serve"]).stdout(Stdio::null()).stderr(out).spawn().expect("it starts");
    eventually("it answers", PATIENCE, || house.data().join("server.json").exists().then_some(()));
    house.good(&["run", "sync", "--yes", "--wait"]);
    let told = || std::fs::read_to_string(&log).expect("the log");
    eventually("the end is told", PATIENCE, || told().contains("run is at rest").then_some(()));
    let told = told();
    assert!(told.contains("run begins") && told.contains("wang.min") && told.contains("succeeded"), "{told}");
    // Of which run, in a log of many.
    let id = house.good(&["runs", "list", "--workflow", "sync"])[0]["run"].as_str().expect("an id").to_string();
    let lines = told.lines().filter(|line| line.contains("idflow::runs"));
    assert!(
        lines.clone().count() >= 2 && lines.clone().all(|line| line.contains(&id) && line.contains("sync")),
        "{told}"
    );
    server.kill().expect("it is stopped");
    server.wait().expect("it ends");

    house.set("IDFLOW_LOG", "foo=bar=baz");
    let refused = house.text(&["runs", "list"]).expect(2);
    assert!(refused.err.contains("IDFLOW_LOG") && refused.err.contains("foo=bar=baz"), "{}", refused.err);
}

#[test]
fn the_demo_says_that_it_approves_and_speaks_chinese() {
    let house = House::new();
    let english = house.text(&["demo", "--people", "501"]).expect(0);
    assert!(english.err.contains("the demo does that itself"), "{}", english.err);
    assert!(english.err.contains("removed at the end"), "{}", english.err);
    let chinese = house.text(&["--lang", "zh", "demo", "--people", "12"]).expect(0);
    let steps = chinese.err.lines().filter(|line| line.starts_with(|char: char| char.is_ascii_digit()));
    let steps: Vec<&str> = steps.collect();
    assert_eq!(steps.len(), 7, "{}", chinese.err);
    assert!(steps.iter().all(|step| step.contains(|char| ('\u{4e00}'..='\u{9fff}').contains(&char))), "{steps:?}");
    assert!(!chinese.err.contains("the demo does that itself") && !chinese.err.contains("演示代为批准"));
}

#[test]
fn a_fields_own_name_is_a_header_and_a_slip_is_answered_with_what_was_meant() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let write = |file: &str, text: &str| std::fs::write(house.source().join(file), text).expect("written");
    write("departments.csv", "dept_id,parent,name\nD1,,Company\nD2,D1,North\n");
    write("users.csv", "external_id,username,name,mobile,departments\nE1,li.lei,Li Lei,15400000001,D2\n");
    house.import(&[]).expect(0);
    let shown = house.text(&["directory", "show", "user"]).expect(0).out;
    assert!(shown.contains("li.lei") && shown.contains("/Company/North"), "{shown}");
    for (args, meant) in [
        (&["run", "synk"][..], "did you mean `sync`?"),
        (&["plan", "snyc"], "did you mean `sync`?"),
        (&["workflow", "pause", "sync_"], "did you mean `sync`?"),
        (&["connection", "test", "mian"], "did you mean `main`?"),
    ] {
        let refused = house.ask(args).expect(1).json()["error"].clone();
        assert!(refused["hint"].as_str().is_some_and(|hint| hint.contains(meant)), "{args:?}: {refused}");
    }
    let other = house.ask(&["run", "something"]).expect(1).json()["error"].clone();
    assert!(!other.to_string().contains("did you mean"), "{other}");
}

/// The import makes its workflow from the template; whoever writes a version of his own keeps it.
#[test]
fn an_import_does_not_replace_the_workflow_that_somebody_wrote() {
    let house = House::new();
    Organisation::generated(2, 4).write(&house.source());
    house.import(&[]).expect(0);
    let text = house.good(&["template", "show", "csv_to_directory"])["text"].as_str().expect("a text").to_string();
    let file = house.path("own.yaml");
    std::fs::write(&file, format!("# ours\n{text}")).expect("written");
    let saved = house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    assert_eq!((&saved["version"], &saved["changed"]), (&Value::from(2), &Value::from(true)), "{saved}");
    house.good(&["workflow", "activate", "csv_to_directory", "--yes"]);
    house.import(&[]).expect(0);
    let shown = house.good(&["workflow", "show", "csv_to_directory"]);
    assert_eq!((&shown["active"], &shown["latest"]), (&Value::from(2), &Value::from(2)), "{shown}");
}
