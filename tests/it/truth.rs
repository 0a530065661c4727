//! The run says what is so: steps that could not start, people who were never told, jobs that were taken although the answer
//! said otherwise, what became of what was announced.

use std::time::{Duration, Instant};

use idflow::{
    model::id::{RunId, Tenant},
    store::{Batch, Kv, catalogue, keys, sled::SledStore},
};
use serde_json::Value;
use wecom_sim::{Effect, FaultRule, Faults, Latency};

use super::support::{Corp, House, Organisation, eventually};

const PATIENCE: Duration = Duration::from_secs(120);

fn template(house: &House, id: &str) -> String {
    let shown = house.good(&["template", "show", id]);
    shown["text"].as_str().expect("the text").replace("delay: 1s, max_delay: 60s", "delay: 0s, max_delay: 0s")
}

/// A company and a directory of some people.
fn prepared(people: usize) -> (Corp, House, Organisation) {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let organisation = Organisation::generated(2, people);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    (corp, house, organisation)
}

fn codes(run: &Value) -> Vec<&str> {
    run["why"].as_array().into_iter().flatten().filter_map(|why| why["code"].as_str()).collect()
}

fn step(house: &House, run: &Value, id: &str) -> Value {
    let shown = house.good(&["runs", "show", run["run"].as_str().expect("id")]);
    let steps = shown["steps"].as_array().expect("steps").clone();
    steps.into_iter().find(|step| step["step"] == id).unwrap_or_else(|| panic!("no step {id} in {shown}"))
}

/// A workflow `morning` with this step after a read.
fn morning(house: &House, step: &str) {
    let text = format!(
        "dsl: 1
id: morning
name: {{zh: 早间, en: Morning}}
on: {{manual: {{}}}}
connections:
  directory: {{type: directory, ref: default}}
  wecom: {{type: wecom, ref: main}}
steps:
  - id: look
    name: {{zh: 读取, en: Look}}
    uses: directory/read
  - id: push
    name: {{zh: 推送, en: Push}}
    on_error: continue
{step}
"
    );
    create(house, "morning", &text);
}

/// Makes a workflow of a text and activates it.
fn create(house: &House, id: &str, text: &str) {
    let file = house.path(&format!("{id}.yaml"));
    std::fs::write(&file, text).expect("written");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    house.good(&["workflow", "activate", id, "--yes"]);
}

const CALL: &str = "    uses: workflow/sync";
const SEND: &str = "    uses: wecom/send_message\n    with: {to_users: [nobody], text: hello}";

#[test]
fn a_called_workflow_that_cannot_start_is_no_success() {
    let (corp, house, _) = prepared(8);
    house.workflow_text(&template(&house, "wecom_downstream_full"));
    morning(&house, CALL);
    house.good(&["workflow", "pause", "sync"]);
    let run = house.ask(&["run", "morning", "--wait", "--yes"]).expect(3).json();
    assert_eq!((&run["status"], codes(&run)), (&"partial".into(), vec!["call_refused", "step_failed"]), "{run}");
    assert_eq!(step(&house, &run, "push")["status"], "failed");
    assert_eq!(corp.writes(), 0);
}

#[test]
fn a_message_step_that_was_refused_is_no_success() {
    let (corp, house, _) = prepared(8);
    morning(&house, SEND);
    let refused = Effect::Error { errcode: 81013, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/message/send", refused)]));
    let run = house.ask(&["run", "morning", "--wait", "--yes"]).expect(3).json();
    assert_eq!((&run["status"], codes(&run)), (&"partial".into(), vec!["WECOM_81013", "step_failed"]), "{run}");
    assert_eq!(step(&house, &run, "push")["status"], "failed");
}

#[test]
fn a_step_of_a_called_run_that_took_too_long_is_over() {
    let (corp, house, _) = prepared(8);
    house.workflow_text(&template(&house, "wecom_downstream_full"));
    morning(&house, &format!("    timeout: 1s\n{CALL}"));
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", Effect::DelayMs(3000))]));
    let run = house.ask(&["run", "morning", "--wait", "--yes"]).expect(3).json();
    assert_eq!((&run["status"], codes(&run)), (&"partial".into(), vec!["called_run_failed", "step_timeout"]), "{run}");
    let step = step(&house, &run, "push");
    assert_eq!((&step["status"], &step["why"]["code"]), (&"failed".into(), &"step_timeout".into()), "{step}");
    assert!(!step["ended"].is_null(), "{step}");
}

const TELL: &str = "
finally:
  - id: tell
    name: {zh: 通知, en: Tell}
    uses: wecom/send_message
    with: {to_users: [user0000], text: '{{run.status_text}}'}
";

#[test]
fn a_run_of_which_nobody_was_told_says_so() {
    let (corp, house, mut organisation) = prepared(8);
    house.workflow_text(&format!("{}{TELL}", template(&house, "wecom_downstream_full")));
    let refused = Effect::Error { errcode: 81013, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/message/send", refused)]));
    // What it was to do is done, so it is a success; nobody heard of it.
    let run = house.sync(&[]).expect(0).json();
    assert_eq!((&run["status"], codes(&run)), (&"succeeded".into(), vec!["nobody_told"]), "{run}");
    assert!(run["notices"].to_string().contains("WECOM_81013"), "{run}");
    let reason = run["why"][0]["reason"]["en"].as_str().expect("a reason");
    assert_eq!(reason, "the message of this run was not sent: nobody was told");
    // A held run of which nobody was told waits for ever: that stands beside the reasons.
    (8..20).for_each(|number| organisation.person(number, "T001", ""));
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.workflow_text(&format!(
        "{}{TELL}",
        template(&house, "wecom_downstream_full").replace("create: {max: 500}", "create: {max: 5}")
    ));
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    assert_eq!(codes(&held), ["limit_count", "nobody_told"], "{held}");
    corp.set_faults(Faults::default());
    let id = held["run"].as_str().expect("id");
    let done = house.ask(&["runs", "approve", id, "--yes"]).expect(0).json();
    assert_eq!((&done["status"], codes(&done).len()), (&"succeeded".into(), 0), "{done}");
}

#[test]
fn what_was_done_beside_what_failed_is_counted() {
    let (corp, house, mut organisation) = prepared(8);
    house.workflow_text(&template(&house, "wecom_downstream_full"));
    house.sync(&[]).expect(0);
    let refused = Effect::Error { errcode: 60104, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", refused).matching("user0008")]));
    let texts = |run: &Value| {
        let reason = &run["why"][0]["reason"];
        (reason["en"].as_str().expect("en").to_string(), reason["zh"].as_str().expect("zh").to_string())
    };
    let mut step = |from: usize, to: usize| {
        (from..to).for_each(|number| organisation.person(number, "T001", ""));
        organisation.write(&house.source());
        house.import(&[]).expect(0);
        let run = house.sync(&[]).expect(3).json();
        assert_eq!(run["why"][0]["code"], "items_failed", "{run}");
        texts(&run)
    };
    let (en, zh) = step(8, 9);
    assert_eq!(en, "1 of 1 object failed; nothing was done");
    assert_eq!(zh, "1 项中有 1 项没有同步成功，本次没有写入任何内容");
    let (en, _) = step(9, 10);
    assert_eq!(en, "1 of 2 objects failed; the other one is done");
    let (en, zh) = step(10, 17);
    assert_eq!(en, "1 of 8 objects failed; the other 7 are done");
    assert_eq!(zh, "8 项中有 1 项没有同步成功，其余 7 项已完成");
}

fn refusal(errcode: i64) -> Effect {
    Effect::Error { errcode, errmsg: None }
}

fn sends(corp: &Corp) -> usize {
    corp.requests().iter().filter(|request| request.path.ends_with("message/send")).count()
}

#[test]
fn a_message_that_was_sent_although_the_answer_was_busy_is_not_sent_again() {
    let (corp, house, _) = prepared(8);
    house.workflow_text(&format!("{}{TELL}", template(&house, "wecom_downstream_full")));
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/message/send", refusal(-1)).after().times(1)]));
    let run = house.sync(&[]).expect(0).json();
    assert!(run["notices"].to_string().contains("message_unknown"), "{run}");
    // It may have arrived: nobody says that nobody was told.
    assert_eq!((&run["status"], codes(&run).len()), (&"succeeded".into(), 0), "{run}");
    assert_eq!((corp.messages().len(), sends(&corp)), (1, 1));
}

#[test]
fn a_message_is_sent_again_where_the_step_wants_it() {
    for effect in [refusal(-1), Effect::Lost] {
        let (corp, house, _) = prepared(8);
        let tell = TELL.replace("    with:", "    on_unknown: resend\n    with:");
        house.workflow_text(&format!("{}{tell}", template(&house, "wecom_downstream_full")));
        corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/message/send", effect).after().times(1)]));
        let run = house.sync(&[]).expect(0).json();
        assert!(!run["notices"].to_string().contains("message"), "{run}");
        assert_eq!((corp.messages().len(), sends(&corp)), (2, 2));
    }
}

/// The workflow with these lines before its connections.
fn with(house: &House, lines: &str) -> String {
    let text = template(house, "wecom_downstream_full");
    let without = text.lines().filter(|line| !line.starts_with("timeout:")).map(|line| format!("{line}\n"));
    without.collect::<String>().replacen("\nconnections:", &format!("\n{lines}\nconnections:"), 1)
}

fn id(run: &Value) -> &str {
    run["run"].as_str().expect("an id")
}

fn ended(house: &House, run: &Value) -> Value {
    eventually("the run ends", PATIENCE, || {
        let shown = house.good(&["runs", "show", id(run)]);
        (!shown["ended"].is_null()).then_some(shown)
    })
}

/// What a run with this time limit comes to when this call hangs or is refused for ever, and that it does not take long.
#[track_caller]
fn late(path: &str, effect: Effect) -> (Corp, Value) {
    let (corp, house, _) = prepared(30);
    house.workflow_text(&with(&house, "timeout: 2s"));
    corp.set_faults(Faults::rules([FaultRule::new(path, effect)]));
    let begun = Instant::now();
    let run = house.sync(&[]).expect(1).json();
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert_eq!((&run["status"], codes(&run)[0]), (&"failed".into(), "run_timeout"), "{run}");
    (corp, run)
}

#[test]
fn a_time_limit_ends_a_read_that_hangs() {
    late("/cgi-bin/user/list_id", Effect::Hang);
}

#[test]
fn a_time_limit_ends_a_read_that_is_told_to_wait() {
    late("/cgi-bin/user/list_id", refusal(45009));
}

#[test]
fn a_time_limit_ends_writes_that_are_told_to_wait() {
    let (corp, run) = late("/cgi-bin/user/create", refusal(45009));
    // Nobody was made, and nobody says that somebody was tried and failed.
    let people = &run["counts"]["user"];
    assert_eq!((&people["not_attempted"], &people["failed"]), (&30.into(), &0.into()), "{run}");
    assert!(codes(&run).contains(&"WECOM_45009"), "what it waited for is named: {run}");
    assert_eq!(corp.now()["users"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_step_may_take_no_longer_than_it_says() {
    let (corp, house, _) = prepared(200);
    let text = template(&house, "wecom_downstream_full");
    let step = "  - id: create_user\n";
    assert!(text.contains(step), "the template's step");
    house.workflow_text(&text.replace(step, &format!("{step}    timeout: 1s\n")));
    corp.set_latency(Latency { ms: 50, jitter_ms: 0 });
    let run = house.sync(&[]).expect(1).json();
    assert_eq!((&run["status"], codes(&run)[0]), (&"failed".into(), "step_timeout"), "{run}");
    let people = &run["counts"]["user"];
    let made = corp.now()["users"].as_array().map(Vec::len).unwrap_or_default() as u64;
    assert!(made < 200, "it took no longer: this says nothing");
    assert_eq!((people["created"].as_u64(), people["failed"].as_u64()), (Some(made), Some(0)), "{run}");
}

/// Sums over two lists for each of many rows: minutes, unless somebody looks at the time.
#[test]
fn a_time_limit_ends_conditions_too() {
    let house = House::new();
    let codes: Vec<String> = (0..100).map(|number| format!("code{number:04}")).collect();
    let rows: String = (0..30_000).map(|number| format!("{number},name{number}\n")).collect();
    std::fs::write(house.path("rows.csv"), format!("no,name\n{rows}")).expect("rows");
    let text = format!(
        "dsl: 1
id: sync
name: {{zh: 长, en: Long}}
timeout: 1s
on: {{manual: {{}}}}
vars: {{codes: [{}]}}
connections: {{csv: {{type: csv, ref: hr}}}}
steps:
  - id: read
    name: {{zh: 读, en: Read}}
    uses: csv/read
    with:
      path: rows.csv
      key: no
      columns: {{no: no, name: name}}
      where: '!vars.codes.exists(c, row.name.contains(c))'
",
        codes.join(", ")
    );
    house.good(&["connection", "add", "csv", "--name", "hr", "--set", &format!("folder={}", house.path("").display())]);
    create(&house, "sync", &text);
    let begun = Instant::now();
    let run = house.ask(&["run", "sync", "--wait"]).expect(1).json();
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert_eq!((&run["status"], self::codes(&run)[0]), (&"failed".into(), "run_timeout"), "{run}");
}

#[test]
fn a_run_that_reads_is_cancelled_at_once() {
    let (corp, house, _) = prepared(8);
    house.workflow_text(&template(&house, "wecom_downstream_full"));
    for effect in [Effect::Hang, refusal(45009)] {
        corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/list_id", effect)]));
        corp.clear_requests();
        let _server = house.serve();
        let run = house.good(&["run", "sync", "--yes"]);
        let asked = || corp.requests().iter().any(|request| request.path.ends_with("list_id"));
        eventually("it reads", PATIENCE, || asked().then_some(()));
        let begun = Instant::now();
        house.good(&["runs", "cancel", id(&run)]);
        assert_eq!(ended(&house, &run)["status"], "cancelled");
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    }
}

#[test]
fn messages_that_wait_keep_neither_the_group_nor_whoever_cancels() {
    let (corp, house, _) = prepared(8);
    house.workflow_text(&format!("{}{TELL}", template(&house, "wecom_downstream_full")));
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/message/send", refusal(45009))]));
    let _server = house.serve();
    let first = house.good(&["run", "sync", "--yes"]);
    eventually("the message waits", PATIENCE, || (sends(&corp) > 0).then_some(()));
    assert!(house.good(&["runs", "show", id(&first)])["ended"].is_null());
    // The next one of the group has its turn, and comes to where it waits for its own message.
    let second = house.good(&["run", "sync", "--yes"]);
    eventually("the second message waits", PATIENCE, || {
        let shown = house.good(&["runs", "show", id(&second)]);
        (shown["progress"]["step"] == "tell").then_some(())
    });
    for (run, status) in [(&first, "succeeded"), (&second, "succeeded_no_change")] {
        house.good(&["runs", "cancel", id(run)]);
        let run = ended(&house, run);
        // It was over before somebody had enough of waiting.
        assert_eq!((&run["status"], codes(&run)), (&status.into(), vec!["nobody_told"]), "{run}");
    }
}

/// A server whose run is among its creates; how it is ended is up to the caller.
fn among_creates(people: usize) -> (Corp, House, super::support::house::Server, Value) {
    let corp = Corp::start();
    let house = House::new();
    house.connect_with(&corp, &["import_jobs=off"], true);
    house.workflow("wecom_downstream_full");
    Organisation::generated(2, people).write(&house.source());
    house.import(&[]).expect(0);
    corp.set_latency(Latency { ms: 30, jitter_ms: 0 });
    let server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    let people = || corp.now()["users"].as_array().map_or(0, Vec::len);
    eventually("some people are made", PATIENCE, || (people() > 20).then_some(()));
    (corp, house, server, run)
}

/// Cancels a run that goes on after a restart: what is there is counted, what was never sent was not attempted.
#[track_caller]
fn cancelled_after_a_restart(corp: &Corp, house: &House, run: &Value, people: u64) {
    house.good(&["runs", "cancel", id(run)]);
    let run = ended(house, run);
    let made = corp.now()["users"].as_array().map(Vec::len).unwrap_or_default() as u64;
    assert!(made < people, "all were made: this says nothing");
    let counts = &run["counts"]["user"];
    assert_eq!((&run["status"], counts["failed"].as_u64()), (&"cancelled".into(), Some(0)), "{run}");
    assert_eq!(
        (counts["created"].as_u64(), counts["not_attempted"].as_u64()),
        (Some(made), Some(people - made)),
        "{run}"
    );
}

#[test]
fn a_run_that_is_cancelled_after_a_crash_says_what_is_there() {
    let (corp, house, server, run) = among_creates(300);
    server.kill();
    corp.set_latency(Latency { ms: 100, jitter_ms: 0 });
    corp.clear_requests();
    let _server = house.serve();
    // While it looks up what was announced.
    let asked = || corp.requests().iter().any(|request| request.path.contains("/user/"));
    eventually("it goes on", PATIENCE, || asked().then_some(()));
    cancelled_after_a_restart(&corp, &house, &run, 300);
}

#[test]
fn a_server_that_is_asked_to_stop_leaves_nothing_announced() {
    let (corp, house, server, run) = among_creates(300);
    server.stop();
    let made = corp.now()["users"].as_array().map_or(0, Vec::len);
    assert!(made < 300, "all were made: this says nothing");
    corp.clear_requests();
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    let _server = house.serve();
    let run = ended(&house, &run);
    assert_eq!((&run["status"], &run["counts"]["user"]["created"]), (&"succeeded".into(), &300.into()), "{run}");
    let looked = corp.requests().iter().filter(|request| request.path.ends_with("/user/get")).count();
    assert_eq!(looked, 0, "what was announced and not sent was taken back");
    assert_eq!(corp.check().creates_of_existing, 0);
}

/// A run whose server was killed among its writes, in a workflow with this limit, over a connection with these settings.
fn killed(limit: &str, settings: &[&str]) -> (Corp, House, Value) {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect_with(&corp, &[&["import_jobs=off"][..], settings].concat(), true);
    house.workflow_text(&template(&house, "wecom_downstream_full").replace("create: {max: 500}", limit));
    alarm(&house, "failed");
    Organisation::generated(2, 120).write(&house.source());
    house.import(&[]).expect(0);
    corp.set_latency(Latency { ms: 30, jitter_ms: 0 });
    let server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    eventually("some people are made", PATIENCE, || (corp.writes() > 10).then_some(()));
    server.kill();
    (corp, house, run)
}

/// Does something with the store of a house in which nothing runs.
fn stored<T>(house: &House, work: impl AsyncFnOnce(&SledStore) -> T) -> T {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = SledStore::open(&house.data()).expect("the store opens");
        work(&store).await
    })
}

/// This run once it is over; with each look so much time has passed.
fn over(house: &House, run: &Value, ms: i64) -> Value {
    let mut now = START;
    eventually("it ends", PATIENCE, || {
        let run = house.good(&["runs", "show", id(run)]);
        now += ms;
        house.set_clock(now);
        (!run["ended"].is_null()).then_some(run)
    })
}

/// Serves until this run is over. It is tried a few times, with pauses.
fn given_up(house: &House, run: &Value) -> Value {
    let _server = house.serve();
    over(house, run, 600_000)
}

/// A run that was killed among its writes and ended because the last part of its plan cannot be read any more, in a workflow
/// with this limit.
fn broken(limit: &str) -> (Corp, House, Value) {
    let (corp, house, run) = killed(limit, &[]);
    let number: RunId = id(&run).parse().expect("an id");
    stored(&house, async |store: &SledStore| {
        let prefix = keys::Key::new(keys::PLAN, &Tenant::default_tenant()).run(number).bytes();
        let rows = store.scan(prefix.clone(), keys::end_of(&prefix), 1, true).await.expect("plans");
        let mut batch = Batch::default();
        batch.deletes.extend(rows.into_iter().map(|(key, _)| key).next());
        assert!(!batch.deletes.is_empty());
        store.commit(batch).await.expect("the store writes");
    });
    let run = given_up(&house, &run);
    (corp, house, run)
}

/// Writes this text over that of the only version of `sync`; gives what was there.
fn text_over(house: &House, text: &str) -> String {
    stored(house, async |store: &SledStore| {
        let tenant = Tenant::default_tenant();
        let version = catalogue::version(store, &tenant, "sync", 1).await.expect("read");
        let mut version = version.expect("a version");
        let before = std::mem::replace(&mut version.text, text.into());
        let mut batch = Batch::default();
        catalogue::put_version(&mut batch, &tenant, "sync", &version).expect("packed");
        // It is there already.
        batch.expect.clear();
        store.commit(batch).await.expect("the store writes");
        before
    })
}

/// What is stored of a run cannot be read any more: it is tried a few times, with pauses, and ends with its cause.
#[test]
fn a_run_that_cannot_be_carried_on_ends() {
    let (_corp, house, run) = broken("create: {max: 500}");
    assert_eq!((&run["status"], codes(&run)), (&"failed".into(), vec!["run_broken"]), "{run}");
    assert!(run["why"][0]["reason"]["en"].as_str().is_some_and(|reason| reason.contains("plan")), "{run}");
    // Others have their turn.
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded");
}

/// A workflow `alarm` that follows `sync` when it ends so.
fn alarm(house: &House, status: &str) {
    let text = format!(
        "dsl: 1
id: alarm
name: {{zh: 警报, en: Alarm}}
on: {{after: {{workflow: sync, status: [{status}]}}}}
connections: {{directory: {{type: directory, ref: default}}}}
steps:
  - {{id: look, name: {{zh: 读取, en: Look}}, uses: directory/read}}
"
    );
    create(house, "alarm", &text);
}

/// The run of `alarm` that followed this one.
fn alarmed(house: &House, after: &Value) {
    eventually("the alarm", PATIENCE, || {
        let runs = house.good(&["runs", "list", "--workflow", "alarm"]);
        let first = runs.as_array().and_then(|runs| runs.first()).map(|run| run["run"].clone())?;
        let shown = house.good(&["runs", "show", first.as_str().expect("an id")]);
        (shown["trigger"]["parent"] == after["run"]).then_some(())
    });
}

/// Whoever follows runs that failed follows that one, too.
#[test]
fn a_run_that_cannot_be_carried_on_is_followed_as_any_that_failed() {
    let (_corp, house, run) = broken("create: {max: 500}");
    let _server = house.serve();
    alarmed(&house, &run);
}

/// What it wrote is told, and counts for the limits of the day with what it may have written: the next run does not begin at
/// nothing.
#[test]
fn what_a_run_wrote_that_cannot_be_carried_on_counts_for_the_day() {
    let (_corp, house, run) = broken("create: {max: 500, max_per_day: 119}");
    let made = &run["counts"]["department"]["created"];
    assert!(made.as_u64().is_some_and(|made| made > 0), "{run}");
    held_by_the_day(&house);
}

#[track_caller]
fn held_by_the_day(house: &House) {
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    assert!(codes(&held).contains(&"limit_count"), "{held}");
}

/// The same where it ends because its workflow cannot be read: of what was announced nobody will find out.
#[test]
fn what_a_run_wrote_whose_workflow_is_damaged_counts_for_the_day() {
    let (_corp, house, run) = killed("create: {max: 500, max_per_day: 119}", &[]);
    let text = text_over(&house, "dsl: 1\n");
    let run = given_up(&house, &run);
    assert_eq!((&run["status"], codes(&run)), (&"failed".into(), vec!["workflow_invalid"]), "{run}");
    text_over(&house, &text);
    held_by_the_day(&house);
}

/// The same of a run that is cancelled after the crash while the target does not say what became of what was announced.
#[test]
fn what_nobody_could_ask_about_counts_for_the_day() {
    let (corp, house, run) = killed("create: {max: 500, max_per_day: 119}", &["timeout_ms=1500"]);
    corp.set_latency(Latency::default());
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/*", Effect::Hang)]));
    corp.clear_requests();
    let server = house.serve();
    let asked = || corp.requests().iter().any(|request| request.path.contains("/user/"));
    eventually("it asks what became of them", PATIENCE, || asked().then_some(()));
    house.good(&["runs", "cancel", id(&run)]);
    let run = over(&house, &run, 5_000);
    assert_eq!(run["status"], "cancelled", "{run}");
    let failed = run["counts"]["user"]["failed"].as_u64();
    assert!(failed.is_some_and(|failed| failed > 0), "it was found out, so this says nothing: {run}");
    drop(server);
    corp.set_faults(Faults::default());
    held_by_the_day(&house);
}

/// The same of calls that were carried out and not answered, while nobody can look what became of them.
#[test]
fn what_was_made_without_an_answer_counts_for_the_day() {
    let (corp, house, _) = prepared(30);
    let limit = "create: {max: 500, max_per_day: 29}";
    house.workflow_text(&template(&house, "wecom_downstream_full").replace("create: {max: 500}", limit));
    corp.set_faults(Faults::rules([
        FaultRule::new("/cgi-bin/user/create", Effect::Lost),
        FaultRule::new("/cgi-bin/user/get", Effect::Http(500)),
    ]));
    let run = house.sync(&[]).json();
    let failed = run["counts"]["user"]["failed"].as_u64();
    assert!(failed.is_some_and(|failed| failed > 0), "they were answered: {run}");
    let made = corp.now()["users"].as_array().map(Vec::len).unwrap_or_default();
    assert!(made > 0, "nobody was made: {run}");
    corp.set_faults(Faults::default());
    held_by_the_day(&house);
}

const START: i64 = 1_772_413_230_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// A server whose clock stands at a time, with runs that are over, one that is held, and a schedule that makes up for
/// whatever it missed.
fn waiting_for_a_person() -> (Corp, House, Value) {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect(&corp);
    let text = template(&house, "wecom_downstream_full").replace("create: {max: 500}", "create: {max: 5}");
    let hourly = "  schedule: [{cron: \"0 * * * *\", timezone: Asia/Shanghai, catchup: all}]\n";
    let text = text.replacen("\nconnections:", &format!("\n{hourly}\nconnections:"), 1);
    house.workflow_text(&text);
    Organisation::generated(2, 8).write(&house.source());
    house.import(&[]).expect(0);
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    (corp, house, held)
}

fn doubted(house: &House) -> bool {
    !house.good(&["store", "size"])["clock_doubted_since"].is_null()
}

fn numbers(house: &House) -> Vec<u64> {
    let runs = house.good(&["runs", "list", "--limit", "2000"]);
    runs.as_array().expect("runs").iter().filter_map(|run| run["no"].as_u64()).collect()
}

#[test]
fn a_clock_that_jumps_and_is_put_right_changes_nothing() {
    let (_corp, house, held) = waiting_for_a_person();
    let before = numbers(&house);
    let _server = house.serve();
    let status = || house.good(&["runs", "show", id(&held)])["status"].clone();
    house.set_clock(START + 500 * DAY);
    eventually("it wonders about the time", PATIENCE, || doubted(&house).then_some(()));
    house.set_clock(START + 500 * DAY + 5_000);
    // The server may have pruned before the jump, by the right clock.
    let pruned = house.good(&["store", "size"])["pruned"].clone();
    assert!(pruned.as_str().is_none_or(|at| at.starts_with("2026-03-02T")), "{pruned}");
    assert_eq!(status(), "held");
    house.set_clock(START + 60_000);
    eventually("the time is right", PATIENCE, || (!doubted(&house)).then_some(()));
    assert_eq!((status(), numbers(&house)), ("held".into(), before.clone()));
    // The next hour is due as if nothing had been.
    house.set_clock(START + HOUR);
    eventually("a run of this hour", PATIENCE, || (numbers(&house).len() == before.len() + 1).then_some(()));
}

#[test]
fn a_clock_that_stays_is_believed_hours_later() {
    let (_corp, house, held) = waiting_for_a_person();
    let _server = house.serve();
    house.set_clock(START + 50 * DAY);
    eventually("it wonders about the time", PATIENCE, || doubted(&house).then_some(()));
    house.set_clock(START + 50 * DAY + 3 * HOUR);
    let run = ended(&house, &held);
    assert_eq!((&run["status"], codes(&run)), (&"cancelled".into(), vec!["approval_expired"]), "{run}");
    eventually("it prunes", PATIENCE, || {
        let size = house.good(&["store", "size"]);
        (!size["pruned"].is_null() && size["clock_doubted_since"].is_null()).then_some(())
    });
}

#[test]
fn old_runs_are_forgotten_again_after_a_pass_in_the_future() {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect(&corp);
    house.workflow_text(&template(&house, "wecom_downstream_full"));
    Organisation::generated(2, 8).write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    house.good(&["runs", "pin", "sync#1"]);
    // Somebody prunes by a clock that is two years ahead.
    house.set_clock(START + 730 * DAY);
    house.good(&["store", "prune"]);
    house.set_clock(START + DAY);
    house.sync(&[]).expect(0);
    house.set_clock(START + 93 * DAY);
    assert_eq!(house.good(&["store", "prune"])["changes"], 1, "the run of after is seen");
}

/// Every text for people that these answers hold.
fn texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::Object(words) if ["reason", "hint"].contains(&&**name) => {
                        into.extend(words.values().filter_map(|text| text.as_str()).map(ToString::to_string));
                    }
                    other => texts(other, into),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn no_reason_names_anybody_by_a_key_that_idflow_made() {
    let (corp, house, mut organisation) = prepared(8);
    house.workflow_text(&template(&house, "wecom_downstream_full"));
    house.sync(&[]).expect(0);
    // Two of one number, a department that is refused with its people, and a number that somebody else holds.
    organisation.department("X1", "T001", "Refused", 1);
    (8..12).for_each(|number| organisation.person(number, "X1", ""));
    organisation.person(12, "T001", "");
    organisation.person(13, "T001", "");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    corp.set_faults(Faults::rules([
        FaultRule::new("/cgi-bin/department/create", refusal(60008)),
        FaultRule::new("/cgi-bin/user/create", refusal(60104)).matching("user0012"),
    ]));
    let run = house.sync(&[]).json();
    let items = house.items(&run);
    let shown = house.good(&["runs", "show", id(&run)]);
    let failures = house.good(&["runs", "failures"]);
    let mut found = Vec::new();
    [&run, &Value::from(items), &shown, &failures].iter().for_each(|answer| texts(answer, &mut found));
    assert!(found.iter().any(|text| text.contains("Refused")), "nobody waits for the department: {found:?}");
    // The id of a run is what people type into the next command.
    let ours = |text: &&String| {
        text.replace(id(&run), "RUN")
            .split(|char: char| !char.is_ascii_alphanumeric())
            .any(|word| word.len() == 26 && word.starts_with("01"))
    };
    let wrong: Vec<&String> = found.iter().filter(ours).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(!found.iter().any(|text| text.contains("member ?") || text.contains("成员 ?")), "{found:?}");
}

/// A server with a run at work, in a workflow that deals with the next one in this way.
fn at_work(on_conflict: &str) -> (Corp, House, super::support::house::Server, Value) {
    let corp = Corp::start();
    let house = House::new();
    house.connect_with(&corp, &["import_jobs=off"], true);
    let text = template(&house, "wecom_downstream_full");
    let queue = "on_conflict: queue";
    assert!(text.contains(queue), "the template's concurrency");
    house.workflow_text(&text.replace(queue, &format!("on_conflict: {on_conflict}")));
    Organisation::generated(2, 100).write(&house.source());
    house.import(&[]).expect(0);
    corp.set_latency(Latency { ms: 30, jitter_ms: 0 });
    let server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    eventually("it writes", PATIENCE, || (corp.writes() > 10).then_some(()));
    (corp, house, server, run)
}

#[test]
fn a_run_that_finds_another_at_work_gives_up_where_the_workflow_says_so() {
    let (corp, house, _server, first) = at_work("skip");
    let second = house.good(&["run", "sync", "--yes"]);
    let second = ended(&house, &second);
    assert_eq!((&second["status"], codes(&second)), (&"cancelled".into(), vec!["group_busy"]), "{second}");
    assert_eq!(second["api"]["calls"], 0, "{second}");
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    let first = ended(&house, &first);
    assert_eq!((&first["status"], &first["counts"]["user"]["created"]), (&"succeeded".into(), &100.into()), "{first}");
    // In a free group it works as any other.
    let third = house.good(&["run", "sync", "--yes"]);
    assert_eq!(ended(&house, &third)["status"], "succeeded_no_change");
}

#[test]
fn a_run_ends_the_one_at_work_where_the_workflow_says_so() {
    let (corp, house, _server, first) = at_work("cancel_running");
    let second = house.good(&["run", "sync", "--yes"]);
    let first = ended(&house, &first);
    assert_eq!((&first["status"], codes(&first)), (&"cancelled".into(), vec!["cancelled"]), "{first}");
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    let second = ended(&house, &second);
    let made = |run: &Value| run["counts"]["user"]["created"].as_u64().expect("a number");
    assert_eq!((&second["status"], made(&first) + made(&second)), (&"succeeded".into(), 100), "{first} {second}");
    assert_eq!(first["counts"]["user"]["failed"], 0, "{first}");
    assert_eq!(corp.check().creates_of_existing, 0);
}

/// Nothing was begun of a run that waits for its turn: whoever cancels it does not wait for that.
#[test]
fn a_run_that_waits_for_its_turn_is_cancelled_at_once() {
    let (corp, house, _server, first) = at_work("queue");
    alarm(&house, "cancelled");
    corp.set_latency(Latency { ms: 3_000, jitter_ms: 0 });
    let second = house.good(&["run", "sync", "--yes"]);
    assert_eq!(house.good(&["runs", "show", id(&second)])["status"], "queued");
    house.good(&["runs", "cancel", id(&second)]);
    let second = ended(&house, &second);
    assert_eq!((&second["status"], codes(&second)), (&"cancelled".into(), vec!["cancelled"]), "{second}");
    assert!(second["why"][0]["reason"]["en"].as_str().is_some_and(|text| text.contains("wang.min")), "{second}");
    assert_eq!(house.good(&["runs", "show", id(&first)])["status"], "applying", "the other one is still at work");
    // Whoever follows cancelled runs follows this one, too.
    alarmed(&house, &second);
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    let third = house.good(&["run", "sync", "--yes"]);
    assert_eq!(ended(&house, &first)["status"], "succeeded");
    assert_eq!(ended(&house, &third)["status"], "succeeded_no_change", "the turn goes to the next one");
}

#[test]
fn a_limit_of_a_day_counts_what_other_runs_of_the_day_did() {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect(&corp);
    let limit = "create: {max: 500, max_per_day: 10}";
    house.workflow_text(&template(&house, "wecom_downstream_full").replace("create: {max: 500}", limit));
    let mut organisation = Organisation::generated(2, 8);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.ask(&["run", "sync", "--wait"]).expect(0);
    (8..12).for_each(|number| organisation.person(number, "T001", ""));
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    assert_eq!(codes(&held), ["limit_count"], "{held}");
    let reason = held["why"][0]["reason"]["en"].as_str().expect("a reason");
    assert!(reason.contains("12 additions a day"), "{reason}");
    house.good(&["runs", "reject", id(&held)]);
    // A day later the eight of yesterday do not count any more.
    house.set_clock(START + 25 * HOUR);
    let run = house.ask(&["run", "sync", "--wait"]).expect(0).json();
    assert_eq!(run["counts"]["user"]["created"], 4, "{run}");
}

/// What a paused run wrote counts, too.
#[test]
fn a_limit_of_a_day_counts_what_a_paused_run_did() {
    let corp = Corp::start();
    let house = House::new();
    house.connect_with(&corp, &["import_jobs=off"], true);
    let limit = "create: {max: 500, max_per_day: 100}";
    house.workflow_text(&template(&house, "wecom_downstream_full").replace("create: {max: 500}", limit));
    Organisation::generated(2, 80).write(&house.source());
    house.import(&[]).expect(0);
    corp.set_latency(Latency { ms: 100, jitter_ms: 0 });
    let _server = house.serve();
    let first = house.good(&["run", "sync", "--yes"]);
    let people = || corp.now()["users"].as_array().map_or(0, Vec::len);
    eventually("some people are made", PATIENCE, || (people() > 20).then_some(()));
    house.good(&["runs", "pause", id(&first)]);
    eventually("it is paused", PATIENCE, || {
        (house.good(&["runs", "show", id(&first)])["status"] == "paused").then_some(())
    });
    let made = people();
    assert!(made < 80, "it was over before it was paused");
    corp.set_latency(Latency::default());
    Organisation::generated(2, 110).write(&house.source());
    house.import(&["--yes"]).expect(0);
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    assert_eq!(codes(&held), ["limit_count"], "{held}");
    assert_eq!(people(), made);
}

#[test]
fn a_limit_fails_the_run_where_the_workflow_says_so() {
    let (corp, house, _) = prepared(8);
    let text = template(&house, "wecom_downstream_full").replace("create: {max: 500}", "create: {max: 5}");
    assert!(text.contains("on_exceed: hold_removals"), "the template's limits");
    house.workflow_text(&text.replace("on_exceed: hold_removals", "on_exceed: fail"));
    let run = house.ask(&["run", "sync", "--wait"]).expect(1).json();
    assert_eq!((&run["status"], codes(&run)), (&"failed".into(), vec!["limit_count"]), "{run}");
    assert_eq!(corp.writes(), 0);
}
