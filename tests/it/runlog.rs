//! What people see of plans and runs, and what they can do with them: pause, repeat, export, look at failures, keep and
//! forget.

use calamine::{Data, Reader, Xlsx, open_workbook};
use idflow::{
    model::{id::Tenant, run::Status},
    store::{Batch, Kv, after_runs, sled::SledStore},
};
use serde_json::Value;
use wecom_sim::{Effect, FaultRule, Faults, Latency};

use super::support::{Api, Corp, House, Organisation, PATIENCE, eventually};

/// 2026-03-02 01:00:30 UTC.
const START: i64 = 1_772_413_230_000;
const DAY: i64 = 24 * 3600 * 1000;

/// A company and an installation with so many people imported, nothing synced.
fn imported(people: usize) -> (Corp, House, Organisation) {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let organisation = Organisation::generated(4, people);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    (corp, house, organisation)
}

/// Members of these numbers are refused at every attempt.
fn refuse(corp: &Corp, numbers: &[usize]) {
    let rules = numbers.iter().map(|number| {
        let effect = Effect::Error { errcode: 60104, errmsg: None };
        FaultRule::new("/cgi-bin/user/create", effect).matching(format!("user{number:04}\""))
    });
    corp.set_faults(Faults::rules(rules.collect::<Vec<_>>()));
}

fn id(run: &Value) -> &str {
    run["run"].as_str().expect("an id")
}

fn creates(corp: &Corp) -> usize {
    corp.requests().iter().filter(|request| request.path.ends_with("/create")).count()
}

#[test]
fn a_paused_run_goes_on_and_ends_as_if_undisturbed() {
    let (corp, house, organisation) = imported(60);
    corp.set_latency(Latency { ms: 150, jitter_ms: 0 });
    let server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    eventually("some objects are made", PATIENCE, || (corp.writes() > 5).then_some(()));
    house.good(&["runs", "pause", id(&run)]);
    let paused = eventually("it pauses", PATIENCE, || {
        let shown = house.good(&["runs", "show", id(&run)]);
        (shown["status"] == "paused").then_some(shown)
    });
    assert_eq!((&paused["paused_from"], &paused["ended"]), (&"applying".into(), &Value::Null), "{paused}");
    assert_eq!(paused["why"][0]["code"], "paused");
    let before = corp.writes();
    assert!(before < 67, "all was done before the pause");
    // A restart does not wake it.
    server.kill();
    let server = house.serve();
    assert_eq!(house.good(&["runs", "show", id(&run)])["status"], "paused");
    assert_eq!(corp.writes(), before, "nothing is written while it rests");
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    let again = house.ask(&["runs", "pause", "sync#1"]).expect(1);
    assert!(again.json()["error"]["message"].as_str().is_some_and(|text| text.contains("paused")));
    let done = house.good(&["runs", "resume", "sync#1", "--wait"]);
    assert_eq!(done["status"], "succeeded", "{done}");
    drop(server);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    assert_eq!(creates(&corp), 67, "nothing is made twice");
    house.ask(&["runs", "resume", id(&run)]).expect(1);
}

#[test]
fn whoever_waits_for_another_try_when_a_run_is_paused_gets_it_later() {
    let corp = Corp::start();
    let house = House::new();
    house.connect_with(&corp, &["import_jobs=off"], true);
    let text = house.good(&["template", "show", "wecom_downstream_full"])["text"].as_str().expect("a text").to_string();
    house.workflow_text(&text);
    Organisation::generated(2, 8).write(&house.source());
    house.import(&[]).expect(0);
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", Effect::Http(500)).matching("user0005")]));
    let _server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    let tries = || corp.requests().iter().filter(|request| request.fault.is_some()).count();
    eventually("a second try", PATIENCE, || (tries() > 1).then_some(()));
    house.good(&["runs", "pause", id(&run)]);
    let status = || house.good(&["runs", "show", id(&run)])["status"].clone();
    eventually("it pauses", PATIENCE, || (status() == "paused").then_some(()));
    corp.set_faults(Faults::default());
    let done = house.good(&["runs", "resume", id(&run), "--wait"]);
    assert_eq!((&done["status"], &done["counts"]["user"]["created"]), (&"succeeded".into(), &8.into()), "{done}");
    assert_eq!(corp.check().creates_of_existing, 0);
}

#[test]
fn a_run_that_stood_still_writes_nothing_by_its_old_plan() {
    let (corp, house, mut organisation, run) = paused_before_a_removal();
    house.set_clock(START + 11 * 60 * 1000);
    house.ask(&["runs", "resume", id(&run)]).expect(3);
    let [creates, removals] = put_off(&house, &run);
    assert!(creates != "create_user: 0" && removals == "deprovision_user: 1", "{creates}, {removals}");
    assert_eq!(corp.member("user0019")["enable"], 1, "nobody is removed by a plan of before");
    house.sync(&["--input", "remove_leavers=true"]).expect(0);
    organisation.change("E0019", "enabled", "0");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

#[test]
fn a_run_that_goes_on_after_others_wrote_writes_nothing_by_its_old_plan() {
    let (corp, house, organisation, run) = paused_before_a_removal();
    // Whoever was to leave is back, and another run has done the rest.
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&["--input", "remove_leavers=true"]).expect(0);
    let before = corp.writes();
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    house.ask(&["runs", "resume", id(&run)]).expect(3);
    // Those who were announced are looked up and found; the rest is put off.
    assert_eq!(put_off(&house, &run)[1], "deprovision_user: 1");
    assert_eq!(corp.writes(), before);
    assert_eq!(corp.check().creates_of_existing, 0);
}

/// A server whose run is paused among its creates, before it disables a leaver. The organisation still has that person.
fn paused_before_a_removal() -> (Corp, House, Organisation, Value) {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect_with(&corp, &["import_jobs=off"], true);
    house.workflow("wecom_downstream_full");
    let mut organisation = Organisation::generated(2, 20);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    (20..60).for_each(|number| organisation.person(number, "T001", ""));
    let mut without = organisation.clone();
    without.people.remove("E0019");
    without.write(&house.source());
    house.import(&[]).expect(0);

    corp.set_latency(Latency { ms: 150, jitter_ms: 0 });
    let server = house.serve();
    let before = corp.writes();
    let run = house.good(&["run", "sync", "--yes", "--input", "remove_leavers=true"]);
    eventually("some people are made", PATIENCE, || (corp.writes() > before + 3).then_some(()));
    house.good(&["runs", "pause", id(&run)]);
    eventually("it pauses", PATIENCE, || (house.good(&["runs", "show", id(&run)])["status"] == "paused").then_some(()));
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    server.kill();
    (corp, house, organisation, run)
}

#[test]
fn a_paused_run_is_overtaken_however_many_runs_came_since() {
    let (corp, house, organisation, run) = paused_before_a_removal();
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&["--input", "remove_leavers=true"]).expect(0);
    let before = corp.writes();
    // An evening of runs that write nothing.
    let text = "dsl: 1\nid: idle\nname: {zh: 空, en: Idle}\non: {manual: {}}\n\
                connections: {directory: {type: directory, ref: default}}\n\
                steps:\n  - {id: look, name: {zh: 读, en: Look}, uses: directory/read}\n";
    std::fs::write(house.path("idle.yaml"), text).expect("written");
    house.good(&["workflow", "create", "--file", &house.path("idle.yaml").display().to_string()]);
    house.good(&["workflow", "activate", "idle", "--yes"]);
    let server = house.serve();
    (0..205).for_each(|_| drop(house.good(&["run", "idle"])));
    drop(server);
    house.ask(&["runs", "resume", id(&run)]).expect(3);
    assert_eq!(put_off(&house, &run)[1], "deprovision_user: 1");
    assert_eq!(corp.writes(), before);
}

/// How many items of these steps were put off, once the run has ended as `partial`.
#[track_caller]
fn put_off(house: &House, run: &Value) -> [String; 2] {
    let shown = house.good(&["runs", "show", id(run)]);
    assert_eq!(shown["status"], "partial", "{shown}");
    ["create_user", "deprovision_user"].map(|step| {
        let items = house.good(&["runs", "items", id(run), "--outcome", "not_attempted", "--step", step]);
        let items = items.as_array().expect("items");
        assert!(items.iter().all(|item| item["error"]["code"] == "plan_old"), "{items:?}");
        format!("{step}: {}", items.len())
    })
}

#[test]
fn a_retry_repeats_only_what_failed_and_a_second_one_does_nothing() {
    let (corp, house, organisation) = imported(60);
    refuse(&corp, &[3, 5]);
    let first = house.sync(&[]).expect(3).json();
    assert_eq!(first["counts"]["user"]["failed"], 2, "{first}");
    let none = house.ask(&["runs", "list", "--limit", "0"]).expect(1).json();
    assert_eq!(none["error"]["code"], "limit_too_low", "{none}");
    let shown = house.good(&["runs", "show", "sync#1"]);
    let group = &shown["errors"][0];
    assert_eq!((&group["error"]["code"], &group["count"]), (&"WECOM_60104".into(), &2.into()), "{shown}");
    assert!(group["first"].as_str().is_some_and(|key| key.starts_with("u:")));
    let text = house.text(&["runs", "show", "sync#1"]).expect(0).out;
    assert!(text.contains("WECOM_60104 × 2"), "{text}");
    // People are called by their names, not by keys that idflow made.
    let called = group["first_name"].as_str().expect("a name");
    assert!(["(user0003)", "(user0005)"].iter().any(|account| called.ends_with(account)), "{called}");
    assert!(text.contains(&format!("first {called}")), "{text}");

    corp.set_faults(Faults::default());
    corp.clear_requests();
    let retried = house.good(&["runs", "retry", "sync#1", "--wait"]);
    assert_eq!((&retried["status"], &retried["counts"]["user"]["created"]), (&"succeeded".into(), &2.into()));
    let writes: Vec<_> = corp.requests().into_iter().filter(|request| request.path.ends_with("user/create")).collect();
    let mut made: Vec<&str> = writes.iter().filter_map(|request| request.userid.as_deref()).collect();
    made.sort_unstable();
    assert_eq!(made, ["user0003", "user0005"]);
    let shown = house.good(&["runs", "show", "sync#2"]);
    assert_eq!((&shown["retry_of"], &shown["mode"]), (&first["run"], &"retry".into()), "{shown}");
    let parent = house.good(&["runs", "show", "sync#1"]);
    assert_eq!(parent["children"][0]["run"], shown["run"], "{parent}");

    corp.clear_requests();
    let second = house.good(&["runs", "retry", "sync#1"]);
    assert_eq!((&second["status"], &second["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()), "{second}");
    assert_eq!(creates(&corp), 0);
    // Links and the managers of the two came with the next run at the latest.
    house.sync(&[]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    house.ask(&["runs", "retry", "sync#99"]).expect(1);
}

/// A run that left one person behind, and a newer version; gives its text.
fn failed_and_edited() -> (Corp, House, String) {
    let (corp, house, _) = imported(8);
    refuse(&corp, &[1]);
    house.sync(&[]).expect(3);
    corp.set_faults(Faults::default());
    let text = std::fs::read_to_string(house.path("sync.yaml")).expect("the workflow");
    let newer = text.replace("source_shrink: 10%", "source_shrink: 20%");
    house.workflow_text(&newer);
    (corp, house, newer)
}

#[test]
fn a_retry_with_the_newest_version_shows_the_difference_first() {
    let (_corp, house, _) = failed_and_edited();
    let told = house.text(&["runs", "retry", "sync#1", "--newest"]).expect(0).out;
    for part in
        ["repeats 1 item of sync#1", "-  source_shrink: 10%", "+  source_shrink: 20%", "plan sha256:", "succeeded"]
    {
        assert!(told.contains(part), "no `{part}` in\n{told}");
    }
    let newest = &house.good(&["runs", "list", "--workflow", "sync"])[0];
    assert_eq!((&newest["version"], &newest["status"]), (&2.into(), &"succeeded".into()), "{newest}");
}

/// Another version is activated while the plan of a repetition is made: nothing is repeated by what nobody saw.
#[test]
fn a_retry_is_by_the_version_that_was_shown() {
    let (corp, house, text) = failed_and_edited();
    let _server = house.serve();
    // The first call of the plan takes as long as somebody needs to activate another version.
    corp.clear_requests();
    corp.set_latency(Latency { ms: 9_000, jitter_ms: 0 });
    let told = std::thread::scope(|scope| {
        let retry = scope.spawn(|| house.text(&["runs", "retry", "sync#1", "--newest"]));
        eventually("it reads", PATIENCE, || (!corp.requests().is_empty()).then_some(()));
        corp.set_latency(Latency::default());
        house.workflow_text(&text.replace("source_shrink: 20%", "source_shrink: 30%"));
        retry.join().expect("it ends")
    });
    let told = told.expect(1);
    assert!(told.err.contains("version 3 was activated meanwhile"), "{told:?}");
    let runs = house.good(&["runs", "list", "--workflow", "sync", "--mode", "retry"]);
    assert_eq!(count(&runs), 0, "{runs}");
    house.text(&["runs", "retry", "sync#1", "--newest"]).expect(0);
}

#[test]
fn an_approval_that_nobody_gives_expires() {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    let mut organisation = Organisation::generated(4, 40);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let text = std::fs::read_to_string(house.path("sync.yaml")).expect("the workflow");
    house.workflow_text(&text.replace("create: {max: 500}", "create: {max: 0}"));
    organisation.person(77, "T000", "");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    let shown = house.good(&["runs", "show", id(&held)]);
    let expires = shown["expires"].as_str().expect("a time");
    assert!(expires.starts_with("2026-03-09"), "seven days later, not {expires}");
    assert!(house.text(&["runs", "show", id(&held)]).out.contains("waits for an approval until 2026-03-"));
    // A clock that jumped neither ends it nor lets it begin.
    house.set_clock(START + 8 * DAY);
    let refused = house.ask(&["runs", "approve", id(&held)]).expect(1);
    assert_eq!(refused.json()["error"]["code"], "approval_clock_doubted", "{}", refused.out);
    assert_eq!(house.good(&["runs", "show", id(&held)])["status"], "held");
    // Hours later it is believed.
    house.set_clock(START + 8 * DAY + DAY / 8);
    let refused = house.ask(&["runs", "approve", id(&held)]).expect(1);
    assert!(refused.err.contains("waited too long"), "{}", refused.err);
    let shown = house.good(&["runs", "show", id(&held)]);
    assert_eq!((&shown["status"], &shown["why"][0]["code"]), (&"cancelled".into(), &"approval_expired".into()));
    assert_eq!(shown["expires"], Value::Null);
}

#[test]
fn a_follower_starts_once_however_often_the_server_dies() {
    let (_corp, house, _) = imported(4);
    let text = std::fs::read_to_string(house.path("sync.yaml")).expect("the workflow");
    let file = house.path("second.yaml");
    std::fs::write(&file, text).expect("written");
    let file = file.display().to_string();
    house.good(&["workflow", "create", "--file", &file, "--id", "second", "--connection", "wecom=main"]);
    house.good(&["workflow", "activate", "second", "--yes"]);
    let tenant = Tenant::default_tenant();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let followed = |id: &str| {
        let store = SledStore::open(&house.data()).expect("the store");
        runtime.block_on(after_runs::followed_by(&store, &tenant, id)).expect("read")
    };
    let rule = after_runs::Follower { after: "sync".into(), statuses: vec![Status::Succeeded] };
    let mut batch = Batch::default();
    after_runs::set(&mut batch, &tenant, "second", &[], std::slice::from_ref(&rule)).expect("encoded");
    runtime.block_on(SledStore::open(&house.data()).expect("the store").commit(batch)).expect("committed");
    assert_eq!(followed("second"), [rule]);
    assert_eq!(followed("sync"), []);
    // Nobody is there who would start it.
    let run = house.sync(&[]).expect(0).json();
    let list = || house.good(&["runs", "list", "--workflow", "second"]).as_array().expect("runs").clone();
    assert!(list().is_empty());
    for _ in 0..3 {
        let server = house.serve();
        eventually("it follows", PATIENCE, || (!list().is_empty()).then_some(()));
        server.kill();
    }
    let server = house.serve();
    eventually("it ends", PATIENCE, || list().iter().all(|run| !run["ended"].is_null()).then_some(()));
    drop(server);
    let followers = list();
    assert_eq!(followers.len(), 1, "{followers:?}");
    let trigger = &followers[0]["trigger"];
    assert_eq!((&trigger["kind"], &trigger["parent"]), (&"after".into(), &run["run"]));
    assert_eq!(trigger["chain"], serde_json::json!(["sync"]));
    assert_eq!(house.good(&["runs", "show", id(&run)])["children"][0]["workflow"], "second");
    // At rest, it follows nobody.
    house.good(&["workflow", "pause", "second"]);
    assert_eq!(followed("second"), []);
}

#[test]
fn plans_are_grouped_and_exported_in_every_form() {
    let (_corp, house, mut organisation) = imported(6);
    organisation.change("E0002", "position", "=HYPERLINK(\"http://x\")");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let [csv, xlsx, json] =
        ["csv", "xlsx", "json"].map(|form| house.path(&format!("plan.{form}")).display().to_string());
    let text = house.text(&["plan", "sync", "--why", "--export", &csv]).expect(0).out;
    for part in [
        "writing takes ",
        "  limits and source checks: ",
        "create 7 departments",
        "create 6 members",
        "mappings.user.mobile:L",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    let plan = house.good(&["plan", "sync", "--export", &json]);
    house.good(&["plan", "sync", "--export", &xlsx]);
    let fields: usize = plan["changes"].as_array().expect("changes").iter().map(lines).sum();
    assert!(fields > 60, "{fields}");
    assert!(plan["calls_needed"].as_u64().is_some_and(|calls| calls >= 13), "{}", plan["costs"]);
    let groups = plan["groups"].as_array().expect("groups");
    assert_eq!(groups.iter().map(|group| group["count"].as_u64().unwrap_or(0)).sum::<u64>(), count(&plan["changes"]));

    let bytes = std::fs::read(&csv).expect("the file");
    assert!(bytes.starts_with(b"\xef\xbb\xbf"), "a byte order mark");
    let mut table = csv::Reader::from_reader(&bytes[3..]);
    let place = table.headers().expect("headers").iter().position(|name| name == "after").expect("after");
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), fields);
    assert!(rows.iter().any(|row| row[place].starts_with("'=HYPERLINK")), "a formula is defused");
    assert!(rows.iter().all(|row| !row[place].starts_with(['=', '+', '@'])));

    let mut book: Xlsx<_> = open_workbook(&xlsx).expect("it opens");
    let sheet = book.worksheet_range("rows 1").expect("a sheet");
    assert_eq!(sheet.height(), fields + 1);
    let text = |row: usize, column: usize| sheet.get((row, column)).map(ToString::to_string).unwrap_or_default();
    for (number, row) in rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate().skip(1) {
            assert_eq!(text(number + 1, column), cell.strip_prefix('\'').unwrap_or(cell), "row {number}, {column}");
        }
    }
    let formulas = sheet.used_cells().filter(|(_, _, cell)| !matches!(cell, Data::String(_)));
    assert_eq!(formulas.count(), 0, "everything is text");
    let file: Value = serde_json::from_slice(&std::fs::read(&json).expect("the file")).expect("JSON");
    assert_eq!((&file["changes"], &file["hash"]), (&plan["changes"], &plan["hash"]));

    // What became of it, as lines.
    house.sync(&[]).expect(0);
    let jsonl = house.path("items.jsonl").display().to_string();
    house.text(&["runs", "export", "sync#4", &jsonl]).expect(0);
    let items = house.good(&["runs", "items", "sync#4"]);
    let written = std::fs::read_to_string(&jsonl).expect("the file");
    let written: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(Value::Array(written), items);
    let refused = house.text(&["runs", "export", "sync#4", "items.doc"]).expect(1);
    assert!(refused.err.contains(".xlsx"), "{}", refused.err);
    house.text(&["runs", "export", "sync#9", "items.csv"]).expect(1);
    assert!(!house.path("items.csv").exists() && !house.path("items.csv.part").exists());
}

fn lines(item: &Value) -> usize {
    item["diff"].as_array().map_or(0, Vec::len).max(1)
}

fn count(list: &Value) -> u64 {
    list.as_array().expect("a list").len() as u64
}

#[test]
fn private_values_are_masked_everywhere_unless_asked_for() {
    let (corp, house, _) = imported(4);
    let refusal = Effect::Error { errcode: 60104, errmsg: Some("mobile 15400000002 existed".into()) };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", refusal).matching("user0002\"")]));
    let plan = house.good(&["plan", "sync"]);
    let hash = plan["hash"].clone();
    house.sync(&[]).expect(3);
    let csv = house.path("items.csv").display().to_string();
    house.text(&["runs", "export", "sync#2", &csv]).expect(0);
    house.text(&["runs", "calls", "sync#2"]).expect(0);
    house.text(&["directory", "show", "user"]).expect(0);
    let open_csv = house.path("open.csv").display().to_string();
    house.text(&["runs", "export", "sync#2", &open_csv, "--reveal"]).expect(0);
    let before = house.heard();
    let exported = std::fs::read_to_string(&csv).expect("the file");
    for text in [&before, &exported] {
        assert!(!text.contains("15400000002") && !text.contains("user0002@example.com"), "{text}");
        assert!(text.contains("154****0002") && text.contains("u***@example.com"), "{text}");
    }
    assert!(std::fs::read_to_string(&open_csv).expect("the file").contains("15400000002"));
    for more in [
        &["runs", "items", "sync#2", "--reveal"][..],
        &["runs", "failures", "--reveal"],
        &["plan", "sync", "--reveal"],
        &["directory", "show", "user", "--reveal"],
    ] {
        let shown = house.ask(more).expect(0).out;
        assert!(shown.contains("15400000002") && shown.contains("user0002@example.com"), "{more:?}: {shown}");
    }
    assert_eq!(house.good(&["runs", "show", "sync#1"])["plan"], hash, "the hash is that of the real values");
    assert_eq!(corp.member("user0001")["mobile"], "15400000001", "what is written is not masked");
}

#[test]
fn calls_that_did_not_go_well_are_kept_for_a_month() {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    Organisation::generated(2, 8).write(&house.source());
    house.import(&[]).expect(0);
    let refusal = FaultRule::new("/cgi-bin/user/create", Effect::Error { errcode: 60104, errmsg: None });
    let lost = FaultRule::new("/cgi-bin/user/create", Effect::Lost).matching("user0003").times(1);
    corp.set_faults(Faults::rules([refusal.matching("user0002"), lost]));
    house.sync(&[]).expect(3);
    let calls = house.good(&["runs", "calls", "sync#1"]);
    let about = |key: &str| {
        let calls = calls.as_array().expect("a list").iter();
        calls.filter(|call| call["request"].as_str().is_some_and(|sent| sent.contains(key))).collect::<Vec<_>>()
    };
    let [refused] = about("user0002")[..] else { panic!("{calls}") };
    assert_eq!((&refused["api"], &refused["code"]), (&"POST user/create".into(), &"60104".into()), "{refused}");
    assert_eq!((&refused["step"], &refused["attempt"]), (&"create_user".into(), &1.into()), "{refused}");
    assert_eq!(refused["error"]["code"], "WECOM_60104");
    assert!(refused["vendor_trace"].as_str().is_some_and(|trace| trace.len() > 8), "{refused}");
    assert!(refused["from_ip"].as_str().is_some_and(|ip| ip.contains('.')), "{refused}");
    assert!(refused["request"].as_str().is_some_and(|sent| sent.contains("154****0002")), "{refused}");
    let [unanswered] = about("user0003")[..] else { panic!("{calls}") };
    assert_eq!((&unanswered["code"], &unanswered["error"]["code"]), (&Value::Null, &"wecom_no_answer".into()));
    let key = refused["key"].as_str().expect("a key");
    assert_eq!(house.good(&["runs", "calls", "sync#1", "--find", key]), serde_json::json!([refused]));
    // What is wrong with the connection is about nobody.
    corp.set_faults(Faults::rules([FaultRule::new(
        "/cgi-bin/user/list_id",
        Effect::Error { errcode: 60011, errmsg: None },
    )]));
    house.sync(&[]).expect(1);
    let calls = house.good(&["runs", "calls", "sync#2"]);
    assert!(calls.as_array().is_some_and(|calls| !calls.is_empty() && calls.iter().all(|call| call["key"].is_null())));
    let items = house.good(&["runs", "items", "sync#1"]);
    house.set_clock(START + 31 * DAY);
    assert_eq!(house.good(&["store", "prune"])["calls"], 2);
    assert_eq!(house.good(&["runs", "calls", "sync#1"]), serde_json::json!([]));
    assert_eq!(house.good(&["runs", "items", "sync#1"]), items, "the items stay");
}

/// An answer is lost, and the answer to the question what became of it is not understood: it is asked again.
#[test]
fn a_look_whose_answer_nobody_understands_is_repeated() {
    let (corp, house, _) = imported(8);
    let lost = FaultRule::new("/cgi-bin/user/create", Effect::Lost).matching("user0003").times(1);
    let odd = FaultRule::new("/cgi-bin/user/get", Effect::Html("<html>".into()));
    corp.set_faults(Faults::rules([lost, odd.times(1)]));
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["created"], 8, "{run}");
    assert_eq!(corp.check().creates_of_existing, 0);
}

#[test]
fn the_newest_failures_come_first() {
    let (corp, house, _) = imported(60);
    refuse(&corp, &[2, 4]);
    house.sync(&[]).expect(3);
    refuse(&corp, &[4]);
    house.sync(&[]).expect(3);
    let failures = house.good(&["runs", "failures"]);
    let failures = failures.as_array().expect("a list");
    let seen: Vec<(u64, &str)> = failures
        .iter()
        .map(|item| (item["no"].as_u64().expect("a number"), item["object"]["target"].as_str().expect("a key")))
        .collect();
    assert!(seen.is_sorted_by_key(|(run, _)| std::cmp::Reverse(*run)), "{seen:?}");
    assert!(seen.contains(&(2, "user0004")), "{seen:?}");
    assert_eq!(seen.iter().filter(|(run, _)| *run == 1).count(), 2);
    // Whoever is to get a leader who is not there waits for that one.
    for item in failures {
        let refused = ["user0002", "user0004"].contains(&item["object"]["target"].as_str().expect("a key"));
        assert_eq!(item["error"]["code"], if refused { "WECOM_60104" } else { "blocked" }, "{item}");
    }
    assert!(failures.iter().all(|item| item["at"].is_string()), "{failures:?}");
    // Whoever a later run had no trouble with is no open matter; who failed again, and what failed last, is.
    for item in failures {
        let open = item["no"] == 2 || seen.contains(&(2, item["object"]["target"].as_str().expect("a key")));
        assert_eq!(item["settled"], !open, "{item}");
    }
    assert!(failures.iter().any(|item| item["settled"] == true), "{failures:?}");
    let told = house.text(&["runs", "failures"]).expect(0).out;
    let settled = told.lines().filter(|line| line.ends_with(", settled since")).count();
    assert_eq!(settled, failures.iter().filter(|item| item["settled"] == true).count(), "{told}");
    let one = house.good(&["runs", "failures", "--workflow", "sync", "--limit", "1"]);
    assert_eq!((one.as_array().map(Vec::len), &one[0]["no"]), (Some(1), &2.into()));
    let refused = house.ask(&["runs", "failures", "--workflow", "nothing"]).expect(1);
    assert!(refused.out.contains("there is no workflow `nothing`"), "{refused:?}");

    // A page of what is open is full, whatever is settled between.
    let still_open = failures.iter().filter(|item| item["settled"] == false).count();
    let _server = house.serve();
    let api = Api::of(&house);
    let owner = api.first_owner(&house);
    let (mut found, mut from) = (0, String::new());
    for _ in 0..failures.len() + 1 {
        let page = api.get(&owner, &format!("/failures?open=true&limit=1{from}")).is(200);
        let shown = page["items"].as_array().expect("items").len();
        found += shown;
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(shown, 1, "{page:#}");
        from = format!("&cursor={next}");
    }
    assert_eq!(found, still_open);
}

#[test]
fn runs_become_less_with_time_and_pinned_ones_stay() {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    Organisation::generated(2, 40).write(&house.source());
    house.import(&[]).expect(0);
    refuse(&corp, &[3]);
    house.sync(&[]).expect(3);
    corp.set_faults(Faults::default());
    let whole = house.good(&["runs", "items", "sync#1"]);
    house.sync(&[]).expect(0);
    house.good(&["runs", "pin", "sync#2"]);
    let pinned = house.good(&["runs", "items", "sync#2"]);
    assert_eq!(house.good(&["runs", "show", "sync#2"])["pinned"], true);

    house.set_clock(START + 89 * DAY);
    assert_eq!(house.good(&["store", "prune"])["changes"], 0);
    assert_eq!(house.good(&["runs", "items", "sync#1"]), whole);

    house.set_clock(START + 91 * DAY);
    let pruned = house.good(&["store", "prune"]);
    assert_eq!((&pruned["failures"], &pruned["headers"]), (&0.into(), &0.into()), "{pruned}");
    let left = house.good(&["runs", "items", "sync#1"]);
    let failed = house.good(&["runs", "items", "sync#1", "--outcome", "failed"]);
    // What is left is numbered anew.
    let unnumbered = |items: &Value| -> Vec<Value> {
        let items = items.as_array().expect("items").iter().filter(|item| item["outcome"] == "failed").cloned();
        items
            .map(|mut item| {
                item.as_object_mut().expect("an item").remove("row");
                item
            })
            .collect()
    };
    assert_eq!(unnumbered(&failed), unnumbered(&whole), "failures stay as they were");
    assert!(count(&left) < count(&whole) && left.as_array().is_some_and(|items| items.iter().all(bad)), "{left}");
    assert_eq!(house.good(&["runs", "show", "sync#1"])["kept"], "failures");
    assert_eq!(house.good(&["runs", "items", "sync#2"]), pinned, "a pinned run stays whole");
    assert_eq!(count(&house.good(&["runs", "failures"])), count(&left));
    assert_eq!(house.good(&["store", "prune"])["changes"], 0, "a second pass finds nothing");

    house.set_clock(START + 181 * DAY);
    house.good(&["store", "prune"]);
    assert_eq!(house.good(&["runs", "items", "sync#1"]), serde_json::json!([]));
    assert_eq!(house.good(&["runs", "failures"]), serde_json::json!([]));
    let shown = house.good(&["runs", "show", "sync#1"]);
    assert_eq!((&shown["kept"], &shown["counts"]["user"]["failed"]), (&"header".into(), &1.into()));
    assert!(house.ask(&["runs", "retry", "sync#1"]).expect(1).err.contains("not kept"));

    house.set_clock(START + 401 * DAY);
    house.good(&["store", "prune"]);
    house.ask(&["runs", "show", "sync#1"]).expect(1);
    assert_eq!(house.good(&["runs", "items", "sync#2"]), pinned);
    house.good(&["runs", "pin", "sync#2", "--off"]);
    house.good(&["store", "prune"]);
    house.ask(&["runs", "show", "sync#2"]).expect(1);
    assert_eq!(house.good(&["runs", "list"]), serde_json::json!([]));
    // Links are no part of the run log, and numbers are not given out again.
    let last = house.sync(&[]).expect(0).json();
    assert_eq!(last["status"], "succeeded_no_change", "{last}");
    assert_eq!(house.good(&["runs", "list"])[0]["no"], 3);
}

/// A repetition waits for a person while the run that it repeats grows old: which item was meant is still known when it is
/// approved.
#[test]
fn what_is_being_repeated_is_not_pruned() {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    Organisation::generated(2, 60).write(&house.source());
    house.import(&[]).expect(0);
    refuse(&corp, &[3, 5]);
    house.sync(&[]).expect(3);
    corp.set_faults(Faults::default());
    let failed = house.good(&["runs", "items", "sync#1", "--outcome", "failed"]);
    let last = failed.as_array().and_then(|items| items.iter().find(|item| item["object"]["target"] == "user0005"));
    let row = last.expect("the item")["row"].to_string();
    let text = std::fs::read_to_string(house.path("sync.yaml")).expect("the workflow");
    house.workflow_text(&text.replace("create: {max: 500}", "create: {max: 0}"));
    house.set_clock(START + 89 * DAY);
    let held = house.ask(&["runs", "retry", "sync#1", "--row", &row, "--newest", "--wait"]).expect(4).json();
    house.set_clock(START + 91 * DAY);
    house.good(&["store", "prune"]);
    let kept = || house.good(&["runs", "show", "sync#1"])["kept"].clone();
    assert_eq!(kept(), "all");
    corp.clear_requests();
    house.ask(&["runs", "approve", id(&held)]);
    let made: Vec<_> = corp.requests().into_iter().filter(|request| request.path.ends_with("user/create")).collect();
    let made: Vec<&str> = made.iter().filter_map(|request| request.userid.as_deref()).collect();
    assert_eq!(made, ["user0005"]);
    house.good(&["store", "prune"]);
    assert_eq!(kept(), "failures", "nobody repeats it any more");
}

fn bad(item: &Value) -> bool {
    matches!(item["outcome"].as_str(), Some("failed" | "blocked" | "ambiguous" | "invalid" | "not_attempted"))
}

#[test]
fn a_server_prunes_by_itself() {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    Organisation::generated(2, 6).write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let _server = house.serve();
    let kept = || house.good(&["runs", "show", "sync#1"])["kept"].clone();
    assert_eq!(kept(), "all");
    house.set_clock(START + 92 * DAY);
    let doubted = || !house.good(&["store", "size"])["clock_doubted_since"].is_null();
    eventually("it wonders about the time", PATIENCE, || doubted().then_some(()));
    assert_eq!(kept(), "all", "a clock that jumped makes nothing old");
    house.set_clock(START + 92 * DAY + DAY / 8);
    eventually("it prunes", PATIENCE, || (kept() == "failures").then_some(()));
}

#[test]
fn a_full_disk_refuses_runs_and_nothing_else() {
    let (corp, house, _) = imported(4);
    let refused = house.ask(&["--disk-floor", "100000TB", "run", "sync", "--wait"]).expect(1);
    let error = refused.json()["error"].clone();
    assert!(error["message"].as_str().is_some_and(|text| text.contains("MB left")), "{error}");
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("store prune")), "{error}");
    assert_eq!(corp.writes(), 0);
    let listed = house.text(&["--disk-floor", "100000TB", "runs", "list"]).expect(0);
    assert!(listed.err.contains("warning: the disk"), "{}", listed.err);
    house.ask(&["--disk-floor", "much", "runs", "list"]).expect(2);
    let sizes = house.good(&["store", "size"]);
    assert!(sizes["on_disk"].as_u64().is_some_and(|bytes| bytes > 0), "{sizes}");
    let classes: Vec<&str> =
        sizes["classes"].as_array().expect("classes").iter().filter_map(|class| class["class"].as_str()).collect();
    for class in ["journal", "plans", "runs", "directory", "workflows", "connections"] {
        assert!(classes.contains(&class), "{classes:?}");
    }
    assert!(!house.text(&["runs", "list"]).err.contains("warning"));
    house.sync(&[]).expect(0);
}

/// A plan is no success: wherever a run is named, it says whether it wrote and what it planned.
#[test]
fn a_run_that_only_planned_says_so_wherever_it_is_named() {
    let (corp, house, _) = imported(12);
    let plan = house.good(&["plan", "sync"]);
    assert_eq!(corp.writes(), 0);
    let planned = |shown: &Value, mode: &str| {
        assert_eq!(shown["mode"], mode, "{shown}");
        assert_eq!(shown["planned"]["user"]["create"], 12, "{shown}");
    };
    let workflow = house.good(&["workflow", "show", "sync"]);
    planned(&workflow["last"], "plan");
    planned(&workflow["recent"][0], "plan");
    let run = house.sync(&[]).expect(0).json();
    let workflow = house.good(&["workflow", "show", "sync"]);
    planned(&workflow["last"], "apply");
    planned(&workflow["recent"][1], "apply");
    let all = house.good(&["workflow", "list"]);
    let mine = all.as_array().expect("workflows").iter().find(|one| one["id"] == "sync").expect("it is listed");
    planned(&mine["last"], "apply");
    let why = house.good(&["why", "user0003"]);
    let runs: Vec<&Value> = why["runs"].as_array().expect("runs").iter().map(|one| &one["run"]).collect();
    let of = |run: &Value| runs.iter().find(|shown| shown["run"] == run["run"]).copied().expect("it is there");
    planned(of(&plan), "plan");
    planned(of(&run), "apply");

    // Lists give the one or the other, page by page.
    for _ in 0..3 {
        house.good(&["plan", "sync"]);
    }
    let ids = |more: &[&str]| -> Vec<String> {
        let runs = house.good(&[&["runs", "list", "--workflow", "sync"][..], more].concat());
        runs.as_array().expect("runs").iter().map(|run| id(run).to_string()).collect()
    };
    assert_eq!(ids(&["--mode", "apply"]), [id(&run)]);
    assert_eq!(ids(&["--mode", "plan"]).len(), 4);
    assert_eq!(ids(&["--mode", "plan"]).last().map(String::as_str), Some(id(&plan)));
    assert_eq!(ids(&["--mode", "plan", "--limit", "3"]).len(), 3);
    assert_eq!(ids(&["--mode", "plan", "--state", "succeeded"]), Vec::<String>::new());
    assert_eq!(ids(&["--mode", "retry"]), Vec::<String>::new());
    let refused = house.ask(&["runs", "list", "--mode", "dry"]).expect(1).json();
    assert_eq!(refused["error"]["code"], "run_mode_unknown", "{refused}");
}

/// A run counts by kind, so the list behind a number is of that kind alone.
#[test]
fn items_are_listed_by_the_kind_of_their_objects() {
    let (_corp, house, _) = imported(6);
    let run = house.sync(&[]).expect(0).json();
    let _server = house.serve();
    let api = Api::of(&house);
    let owner = api.first_owner(&house);
    let items = |filter: &str| -> Vec<Value> {
        let page = api.get(&owner, &format!("/runs/{}/items?limit=500{filter}", id(&run))).is(200);
        page["items"].as_array().expect("items").clone()
    };
    let made = items("&outcome=created");
    for kind in ["department", "user"] {
        let of_kind: Vec<Value> = made.iter().filter(|item| item["object"]["type"] == kind).cloned().collect();
        assert!(!of_kind.is_empty() && of_kind.len() < made.len(), "{kind}: {}", of_kind.len());
        assert_eq!(items(&format!("&outcome=created&kind={kind}")), of_kind, "{kind}");
        assert_eq!(run["counts"][kind]["created"], of_kind.len(), "{kind}");
        // The same by a command.
        let told = house.good(&["runs", "items", id(&run), "--outcome", "created", "--kind", kind]);
        assert_eq!(told, Value::Array(of_kind), "{kind}");
    }
    assert_eq!(items("&kind=row"), Vec::<Value>::new());
    let refused = api.get(&owner, &format!("/runs/{}/items?kind=person", id(&run)));
    refused.refused(422, "item_kind_unknown");
    assert_eq!(refused.json()["errors"][0]["field"], "kind", "{}", refused.text);
}
