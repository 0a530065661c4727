//! What starts runs by itself: schedules that are edited or paused, inputs that nobody is there to give, starts that are
//! refused, webhooks and those who call them, and what `finally` reads.

use std::{
    fs::File,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Stdio},
    time::Duration,
};

use idflow::store::{Batch, Store, catalogue, catalogue::WorkflowVersion, location::Location};
use serde_json::{Value, json};
use wecom_sim::{Effect, FaultRule, Faults};

use super::support::{Corp, House, Organisation, eventually};

const PATIENCE: Duration = Duration::from_secs(60);
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2026-03-02 00:00 in China, a Monday.
const MONDAY: i64 = 1_772_380_800_000;

/// A workflow that reads the directory, with these triggers.
fn reads(id: &str, on: &str) -> String {
    format!(
        "dsl: 1\nid: {id}\nname: {{zh: 读, en: Read}}\non:\n{on}connections:\n  directory: {{type: directory, ref: default}}\nsteps:\n  \
         - {{id: read, name: {{zh: 读, en: Read}}, uses: directory/read}}\n"
    )
}

fn write(house: &House, name: &str, text: &str) -> String {
    let file = house.path(name);
    std::fs::write(&file, text).expect("the file is written");
    file.display().to_string()
}

fn create(house: &House, name: &str, text: &str) {
    let file = write(house, &format!("{name}.yaml"), text);
    house.good(&["workflow", "create", "--file", &file]);
}

fn activate(house: &House, name: &str, text: &str) {
    create(house, name, text);
    house.good(&["workflow", "activate", name, "--yes"]);
}

fn runs(house: &House, workflow: &str) -> Vec<Value> {
    let runs = house.good(&["runs", "list", "--workflow", workflow]);
    runs.as_array().expect("runs").iter().filter(|run| !run["ended"].is_null()).cloned().collect()
}

/// The due times of a workflow's scheduled runs, the oldest first.
fn due(house: &House, workflow: &str) -> Vec<String> {
    let mut due: Vec<String> =
        runs(house, workflow).iter().filter_map(|run| run["trigger"]["due"].as_str().map(str::to_string)).collect();
    due.sort();
    due
}

fn at(ms: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(ms).expect("a time");
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// A server whose log goes into a file.
struct Logged(Child);

impl Drop for Logged {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server in this working directory.
fn serve_in(house: &House, folder: &Path, log: &str, more: &[(&str, &str)]) -> Logged {
    let _ = std::fs::remove_file(house.data().join("server.json"));
    let child = house
        .command(&["serve"])
        .current_dir(folder)
        .envs(more.iter().copied())
        .stdout(Stdio::null())
        .stderr(File::create(house.path(log)).expect("a log"))
        .spawn()
        .expect("the server starts");
    let server = Logged(child);
    eventually("the server answers", PATIENCE, || house.data().join("server.json").exists().then_some(()));
    server
}

fn log(house: &House, name: &str) -> String {
    std::fs::read_to_string(house.path(name)).expect("the log")
}

/// What the store holds, changed beside the program.
fn in_store(house: &House, change: impl AsyncFnOnce(Store)) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        // A server that was killed lets go of the folder when it is gone.
        let store = Location::Folder(house.data()).open().await.expect("the store opens");
        change(store).await;
    });
}

/// Puts a text into the place of an active version, as an older idflow may have let it pass.
fn replace_active(house: &House, id: &str, text: &str) {
    let text = text.to_string();
    in_store(house, async |store| {
        let tenant = idflow::model::id::Tenant::default_tenant();
        let head = catalogue::workflow(&*store, &tenant, id).await.expect("read").expect("the workflow");
        let mut new = head.value.clone();
        new.latest += 1;
        new.active = Some(new.latest);
        let mut batch = Batch::default();
        let version = WorkflowVersion { version: new.latest, text, saved: 0, by: None, note: None };
        catalogue::put_version(&mut batch, &tenant, id, &version).expect("packed");
        catalogue::put_workflow(&mut batch, &tenant, Some(&head), &new).expect("packed");
        store.commit(batch).await.expect("written");
    });
}

/// What no version compiles.
fn broken(id: &str, on: &str) -> String {
    reads(id, on).replace("directory/read", "directory/no_such_action")
}

const NEEDS: &str = "  manual: {inputs: {word: {type: string, required: true, label: {zh: 词, en: Word}}}}\n";

#[test]
fn a_trigger_without_a_value_for_a_required_input_is_not_activated() {
    let house = House::new();
    activate(&house, "other", &reads("other", "  manual: {}\n"));
    for (trigger, place) in [
        ("  schedule: [{cron: '* * * * *', timezone: UTC}]\n", "'* * * * *'"),
        ("  webhook: {path: hr, verify: token}\n", "hr"),
        ("  after: {workflow: other}\n", "other"),
    ] {
        let text = reads("sch", &format!("{NEEDS}{trigger}"));
        let file = write(&house, "sch.yaml", &text);
        // Nobody has to find out by activating it.
        let told = house.text(&["validate", &file]).expect(0);
        assert!(told.err.contains("E0606"), "{}", told.err);
        let made = house.good(&["workflow", "create", "--file", &file]);
        assert!(made["notices"][0]["zh"].as_str().is_some_and(|text| text.contains("还不能启用")), "{made}");
        let refused = house.ask(&["workflow", "activate", "sch", "--yes"]).expect(1).json();
        let found = &refused["error"]["details"][0];
        assert_eq!(found["code"], "E0606", "{refused}");
        let line = text.lines().nth(usize::try_from(found["line"].as_u64().expect("a line")).expect("small") - 1);
        assert!(line.is_some_and(|line| line.contains(place)), "{trigger}: {line:?}");
        // By hand it can be given.
        house.ask(&["plan", "sch", "--input", "word=x"]).expect(0);
    }
    // What it gives is looked at like what a call gives.
    for (inputs, code) in [
        ("{word: x}", None),
        ("{wrod: x}", Some("E0502")),
        ("{word: '{{run.id}}'}", Some("E0402")),
        ("{word: [a]}", Some("E0402")),
        ("[word]", Some("E0203")),
    ] {
        let text =
            reads("sch", &format!("{NEEDS}  schedule: [{{cron: '* * * * *', timezone: UTC, inputs: {inputs}}}]\n"));
        let file = write(&house, "sch.yaml", &text);
        let found = house.ask(&["validate", &file]);
        let codes: Vec<Value> =
            found.json().as_array().expect("findings").iter().map(|one| one["code"].clone()).collect();
        match code {
            None => assert!(codes.is_empty(), "{inputs}: {codes:?}"),
            Some(code) => assert!(codes.contains(&json!(code)), "{inputs}: {codes:?}"),
        }
    }
    // A default is a value, too.
    let text = reads(
        "sch",
        "  manual: {inputs: {word: {type: string, required: true, default: x}}}\n  webhook: {path: hr, verify: token}\n",
    );
    create(&house, "sch", &text);
    house.good(&["workflow", "activate", "sch", "--yes"]);
}

#[test]
fn a_schedule_and_a_follower_give_inputs() {
    let house = House::new().clocked(MONDAY);
    let typed = "  manual: {inputs: {word: {type: string, required: true}, many: {type: integer, default: 1}}}\n";
    activate(
        &house,
        "hourly",
        &reads(
            "hourly",
            &format!("{typed}  schedule: [{{cron: '0 * * * *', timezone: UTC, inputs: {{word: hr, many: 7}}}}]\n"),
        ),
    );
    activate(
        &house,
        "next",
        &reads("next", &format!("{typed}  after: {{workflow: hourly, inputs: {{word: after}}}}\n")),
    );
    let server = house.serve();
    house.set_clock(MONDAY + HOUR);
    let followed = eventually("the run that follows", PATIENCE, || runs(&house, "next").pop());
    let scheduled = runs(&house, "hourly").pop().expect("the scheduled run");
    for (run, inputs) in
        [(scheduled, json!({"word": "hr", "many": 7})), (followed, json!({"word": "after", "many": 1}))]
    {
        let shown = house.good(&["runs", "show", run["run"].as_str().expect("id")]);
        assert_eq!(shown["inputs"], inputs, "{shown}");
        assert_eq!(shown["status"], "succeeded_no_change", "{shown}");
    }
    server.kill();
    // What starts it is shown: in the list, in the picture.
    let list = house.good(&["workflow", "list"]);
    let next = list.as_array().expect("a list").iter().find(|one| one["id"] == "next").expect("it is listed").clone();
    assert_eq!(next["after"][0]["workflow"], "hourly", "{next}");
    assert!(house.text(&["workflow", "list"]).out.contains("after hourly"));
    assert!(house.text(&["workflow", "list", "--lang", "zh"]).out.contains("在 hourly 之后"));
    assert!(house.text(&["graph", "next"]).out.contains("after hourly"));
}

#[test]
fn an_active_workflow_that_no_longer_compiles_says_so_and_stops_nobody() {
    let house = House::new().clocked(MONDAY);
    let every_minute = "  manual: {}\n  schedule: [{cron: '* * * * *', timezone: UTC}]\n";
    for id in ["alpha", "broken", "zulu"] {
        activate(&house, id, &reads(id, every_minute));
    }
    replace_active(&house, "broken", &broken("broken", every_minute));
    // A head that nobody can read comes before the others in the alphabet.
    in_store(&house, async |store| {
        let all = idflow::store::scan_prefix(&*store, b"").await.expect("everything");
        let (key, _) = all.iter().find(|(key, _)| key.ends_with(b"head\0alpha\0")).expect("the head of alpha");
        let mut batch = Batch::default();
        batch.put(key.clone(), vec![9, 9, 9]);
        store.commit(batch).await.expect("written");
    });
    let server = serve_in(&house, &house.path(""), "log", &[]);
    for minute in 1..=3 {
        house.set_clock(MONDAY + minute * MINUTE);
        eventually("the healthy schedule fires", PATIENCE, || {
            (due(&house, "zulu").len() == usize::try_from(minute).expect("small")).then_some(())
        });
    }
    let list = house.good(&["workflow", "list"]);
    let one = |id: &str| list.as_array().expect("a list").iter().find(|one| one["id"] == id).expect("listed").clone();
    assert_eq!(one("broken")["broken"]["code"], "E0501", "{}", one("broken"));
    assert!(!one("alpha")["broken"].is_null() && one("zulu")["broken"].is_null(), "{list}");
    let text = house.text(&["workflow", "list"]);
    assert!(text.out.contains("active, does not compile"), "{}", text.out);
    assert!(text.err.contains("E0501"), "{}", text.err);
    assert!(house.text(&["workflow", "show", "broken", "--lang", "zh"]).err.contains("不能编译"));
    drop(server);
    let log = log(&house, "log");
    assert_eq!(log.matches("does not compile").count(), 1, "{log}");
    assert_eq!(log.matches("cannot be looked at").count(), 1, "{log}");
    assert!(log.lines().count() < 20, "{log}");
}

/// An older idflow let it go live: each due time is settled once, with a failed run that names the input.
#[test]
fn a_due_time_that_is_refused_leaves_a_failed_run() {
    let house = House::new().clocked(MONDAY);
    let hourly = "  schedule: [{cron: '0 * * * *', timezone: UTC, catchup: all}]\n";
    activate(&house, "sch", &reads("sch", &format!("  manual: {{}}\n{hourly}")));
    replace_active(&house, "sch", &reads("sch", &format!("{NEEDS}{hourly}")));
    house.set_clock(MONDAY + 2 * HOUR + 1000);
    let server = serve_in(&house, &house.path(""), "log", &[]);
    eventually("both due times are settled", PATIENCE, || (due(&house, "sch").len() >= 2).then_some(()));
    house.set_clock(MONDAY + 2 * HOUR + 30_000);
    house.set_clock(MONDAY + 3 * HOUR + 1000);
    eventually("the next one, too", PATIENCE, || (due(&house, "sch").len() >= 3).then_some(()));
    drop(server);
    assert_eq!(due(&house, "sch"), [at(MONDAY + HOUR), at(MONDAY + 2 * HOUR), at(MONDAY + 3 * HOUR)]);
    for run in runs(&house, "sch") {
        assert_eq!(run["status"], "failed", "{run}");
        assert_eq!(run["why"][0]["code"], "start_input_missing", "{run}");
        assert!(run["why"][0]["reason"]["en"].as_str().is_some_and(|text| text.contains("word")), "{run}");
    }
    let log = log(&house, "log");
    assert_eq!(log.matches("could not start a run").count(), 3, "one line for each: {log}");
}

#[test]
fn a_follower_that_cannot_start_leaves_a_failed_run() {
    let house = House::new().clocked(MONDAY);
    activate(&house, "first", &reads("first", "  manual: {}\n"));
    activate(&house, "second", &reads("second", "  manual: {}\n  after: {workflow: first}\n"));
    replace_active(&house, "second", &reads("second", &format!("{NEEDS}  after: {{workflow: first}}\n")));
    house.ask(&["run", "first", "--wait"]).expect(0);
    let server = house.serve();
    let run = eventually("the refused start is told", PATIENCE, || runs(&house, "second").pop());
    assert_eq!((&run["status"], &run["trigger"]["kind"]), (&json!("failed"), &json!("after")), "{run}");
    assert_eq!(
        (&run["why"][0]["code"], &run["why"][0]["reason"]["zh"].is_string()),
        (&json!("start_input_missing"), &true)
    );
    server.kill();
    // Whoever ended a day ago starts nothing any more, and that is told, too.
    activate(
        &house,
        "second",
        &reads("second", "  manual: {}\n  after: {workflow: first, status: [succeeded_no_change]}\n"),
    );
    house.ask(&["run", "first", "--wait"]).expect(0);
    house.set_clock(MONDAY + 2 * DAY);
    let server = house.serve();
    let late = eventually("the late start is told", PATIENCE, || {
        runs(&house, "second").into_iter().find(|run| run["why"][0]["code"] == "start_too_late")
    });
    assert_eq!(late["status"], "failed", "{late}");
    server.kill();
    assert_eq!(runs(&house, "second").len(), 2, "each start is told once");
}

#[test]
fn a_due_time_waits_for_room_and_is_told_once() {
    let house = House::new().clocked(MONDAY);
    activate(
        &house,
        "hourly",
        &reads("hourly", "  manual: {}\n  schedule: [{cron: '0 * * * *', timezone: UTC, catchup: latest}]\n"),
    );
    let server = serve_in(&house, &house.path(""), "log", &[("IDFLOW_DISK_FLOOR", "9000000GB")]);
    house.set_clock(MONDAY + HOUR + 1000);
    let missed = eventually("the waiting time is told", PATIENCE, || {
        let shown = house.good(&["workflow", "show", "hourly"]);
        shown["schedules"][0]["missed"].as_array().and_then(|all| all.last().cloned())
    });
    assert_eq!((&missed["why"]["code"], &missed["due"]), (&json!("due_waits"), &json!(at(MONDAY + HOUR))), "{missed}");
    // A dozen looks later there is no second line about it.
    house.set_clock(MONDAY + HOUR + 30_000);
    house.good(&["workflow", "list"]);
    drop(server);
    let log = log(&house, "log");
    assert_eq!(log.matches("cannot start a run yet").count(), 1, "{log}");
    let server = serve_in(&house, &house.path(""), "log2", &[]);
    eventually("it starts when there is room", PATIENCE, || {
        (due(&house, "hourly") == [at(MONDAY + HOUR)]).then_some(())
    });
    drop(server);
}

#[test]
fn missed_times_that_are_skipped_are_told() {
    let house = House::new().clocked(MONDAY);
    activate(
        &house,
        "hourly",
        &reads("hourly", "  manual: {}\n  schedule: [{cron: '0 * * * *', timezone: UTC, catchup: skip}]\n"),
    );
    house.set_clock(MONDAY + 3 * HOUR + 5 * MINUTE);
    let server = house.serve();
    let missed = eventually("what was missed is told", PATIENCE, || {
        let shown = house.good(&["workflow", "show", "hourly"]);
        shown["schedules"][0]["missed"].as_array().and_then(|all| all.last().cloned())
    });
    assert_eq!((&missed["count"], &missed["why"]["code"]), (&json!(3), &json!("due_missed")), "{missed}");
    assert_eq!(missed["due"], at(MONDAY + 3 * HOUR));
    server.kill();
    assert!(runs(&house, "hourly").is_empty());
}

/// A schedule of the day, edited after it ran: a time that is past then is not run, one that comes is, once.
#[test]
fn a_schedule_edited_the_same_day() {
    let house = House::new().clocked(MONDAY);
    let tick = |rule: &str, catchup: &str| {
        let on = format!(
            "  manual: {{}}\n  schedule:\n    - {{cron: \"{rule}\", timezone: Asia/Shanghai, catchup: {catchup}}}\n"
        );
        activate(&house, "tick", &reads("tick", &on));
    };
    tick("15 1 * * *", "latest");
    let server = house.serve();
    house.set_clock(MONDAY + HOUR + 15 * MINUTE + 1000);
    let mut wanted = vec![at(MONDAY + HOUR + 15 * MINUTE)];
    eventually("the first run", PATIENCE, || (due(&house, "tick") == wanted).then_some(()));
    house.set_clock(MONDAY + 6 * HOUR);
    tick("15 2 * * *", "latest");
    house.set_clock(MONDAY + 7 * HOUR);
    tick("0 9 * * *", "all");
    house.set_clock(MONDAY + 9 * HOUR + 1000);
    wanted.push(at(MONDAY + 9 * HOUR));
    eventually("nine o'clock", PATIENCE, || (due(&house, "tick").len() >= 2).then_some(()));
    house.set_clock(MONDAY + 20 * HOUR);
    // The next day's run says that everything before it was looked at.
    house.set_clock(MONDAY + DAY + 9 * HOUR + 1000);
    wanted.push(at(MONDAY + DAY + 9 * HOUR));
    eventually("the next day", PATIENCE, || (due(&house, "tick").len() >= 3).then_some(()));
    assert_eq!(due(&house, "tick"), wanted);
    server.kill();
}

/// Nothing is made up for a pause; everything for an outage, with `catchup: all`.
#[test]
fn a_pause_is_not_made_up_for_and_an_outage_is() {
    let house = House::new().clocked(MONDAY);
    let on = "  manual: {}\n  schedule:\n    - {cron: \"0 9 * * *\", timezone: Asia/Shanghai, catchup: all}\n";
    activate(&house, "tick", &reads("tick", on));
    let nine = |day: i64| MONDAY + day * DAY + 9 * HOUR;
    let server = house.serve();
    house.set_clock(nine(0) + 1000);
    let mut wanted = vec![at(nine(0))];
    eventually("the first day", PATIENCE, || (due(&house, "tick") == wanted).then_some(()));
    house.good(&["workflow", "pause", "tick"]);
    house.set_clock(nine(3) + HOUR);
    house.good(&["workflow", "activate", "tick", "--yes"]);
    house.set_clock(nine(4) + 1000);
    wanted.push(at(nine(4)));
    eventually("the first day after the pause", PATIENCE, || (due(&house, "tick").len() >= 2).then_some(()));
    assert_eq!(due(&house, "tick"), wanted);
    server.kill();
    house.set_clock(nine(7) + HOUR);
    let server = house.serve();
    wanted.extend([at(nine(5)), at(nine(6)), at(nine(7))]);
    eventually("three days of outage", PATIENCE, || (due(&house, "tick").len() >= 5).then_some(()));
    assert_eq!(due(&house, "tick"), wanted);
    server.kill();
}

/// A run each minute that takes longer than a minute: never two at a time, none lost, none doubled.
#[test]
fn runs_that_overlap_take_turns() {
    for on_conflict in ["queue", "skip", "cancel_running"] {
        let corp = Corp::start();
        let house = House::new().clocked(MONDAY);
        house.connect(&corp);
        let shown = house.good(&["template", "show", "wecom_downstream_full"]);
        let text = shown["text"]
            .as_str()
            .expect("the text")
            .replace("on_conflict: queue", &format!("on_conflict: {on_conflict}"));
        assert!(text.contains(on_conflict), "the template names what happens");
        let (head, rest) = text.split_once("connections:\n").expect("connections");
        house.workflow_text(&format!(
            "{}\n  schedule: [{{cron: \"* * * * *\", timezone: Asia/Shanghai, catchup: all}}]\n\nconnections:\n{rest}",
            head.trim_end()
        ));
        Organisation::generated(1, 3).write(&house.source());
        house.import(&[]).expect(0);
        // Each list takes longer than two of the minutes below.
        corp.set_faults(Faults { seed: 1, rules: vec![FaultRule::new("/cgi-bin/user/list_id", Effect::DelayMs(300))] });
        let server = house.serve();
        let minutes = 6;
        for minute in 1..=minutes {
            house.set_clock(MONDAY + minute * MINUTE + 1000);
            eventually("the minute is taken", PATIENCE, || {
                let all = house.good(&["runs", "list", "--workflow", "sync"]);
                (all.as_array().expect("runs").len() >= usize::try_from(minute).expect("small")).then_some(())
            });
        }
        let all = eventually("all of them end", PATIENCE, || {
            let all = runs(&house, "sync");
            (all.len() == usize::try_from(minutes).expect("small")).then_some(all)
        });
        server.kill();
        let wanted: Vec<String> = (1..=minutes).map(|minute| at(MONDAY + minute * MINUTE)).collect();
        assert_eq!(due(&house, "sync"), wanted, "{on_conflict}: each minute once");
        let statuses: Vec<&str> = all.iter().filter_map(|run| run["status"].as_str()).collect();
        let good = |status: &&&str| status.starts_with("succeeded");
        match on_conflict {
            "queue" => assert_eq!(statuses.iter().filter(good).count(), all.len(), "{statuses:?}"),
            // Those that found somebody at work say so.
            _ => assert!(
                statuses.iter().all(|status| good(&status) || *status == "cancelled"),
                "{on_conflict}: {statuses:?}"
            ),
        }
        assert_eq!(corp.now()["users"].as_array().map(Vec::len), Some(3), "{on_conflict}");
        let mut spans: Vec<(&str, &str)> =
            all.iter().filter_map(|run| Some((run["started"].as_str()?, run["ended"].as_str()?))).collect();
        spans.sort_unstable();
        assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{on_conflict}: two at a time: {spans:?}");
        let creates = corp.requests().iter().filter(|request| request.path == "/cgi-bin/user/create").count();
        assert_eq!(creates, 3, "{on_conflict}: nobody is made twice");
    }
}

/// A relative folder is the same one, wherever the server was started.
#[test]
fn a_relative_path_is_the_same_with_and_without_a_server() {
    let house = House::new();
    for (folder, text) in [("hr", "k,n\n1,a\n"), ("elsewhere/hr", "k,n,other\n1,a,x\n")] {
        std::fs::create_dir_all(house.path(folder)).expect("a folder");
        std::fs::write(house.path(folder).join("users.csv"), text).expect("written");
    }
    house.good(&["connection", "add", "csv", "--name", "own", "--set", "folder=hr"]);
    for (id, reference, path) in [("rel", "import", "hr/users.csv"), ("own", "own", "users.csv")] {
        let text = format!(
            "dsl: 1\nid: {id}\nname: {{zh: 读, en: Read}}\non: {{manual: {{}}}}\nconnections: {{csv: {{type: csv, ref: {reference}}}}}\nsteps:\n  \
             - id: read\n    name: {{zh: 读, en: Read}}\n    uses: csv/read\n    with: {{path: {path}, key: k, columns: {{k: k, n: n}}}}\n"
        );
        activate(&house, id, &text);
    }
    // The one elsewhere has a column that nothing is read from, and that would be told.
    let told = |id: &str| house.ask(&["run", id, "--wait"]).expect(0).json()["notices"].clone();
    let alone = [told("rel"), told("own")];
    let server = serve_in(&house, &house.path("elsewhere"), "log", &[]);
    let served = [told("rel"), told("own")];
    drop(server);
    assert_eq!(alone, served);
    assert_eq!(alone, [json!([]), json!([])], "the file beside the data folder");
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
fn a_webhook_address_is_looked_at_when_it_is_saved_and_says_how_to_call_it() {
    let house = House::new();
    let hooked = |id: &str, path: &str, verify: &str| {
        reads(id, &format!("  manual: {{}}\n  webhook: [{{path: \"{path}\", verify: {verify}}}]\n"))
    };
    // Refused when it is saved: no path, and one that somebody else has.
    let blank = write(&house, "one.yaml", &hooked("one", "hr ready", "token"));
    let refused = house.ask(&["workflow", "create", "--file", &blank]).expect(1);
    assert!(refused.out.contains("E0203"), "{}", refused.out);
    let fixed = house.text(&["validate", "--fix", &blank]);
    assert!(fixed.code == 1 && !fixed.err.contains("fixed"), "an address is not guessed: {}", fixed.err);
    activate(&house, "one", &hooked("one", "hr", "token"));
    let twice = write(&house, "two.yaml", &hooked("two", "hr", "token"));
    let refused = house.ask(&["workflow", "create", "--file", &twice]).expect(1);
    assert!(refused.out.contains("E0604"), "{}", refused.out);
    activate(&house, "two", &hooked("two", "hr-two", "hmac_sha256"));

    // Whoever makes the secret learns what the caller has to send.
    let made = house.good(&["workflow", "hook", "one", "--new-secret", "hr"]);
    let secret = made["secret"].as_str().expect("the secret").to_string();
    assert_eq!(made["call"], "Authorization: Bearer SECRET");
    let other = house.text(&["workflow", "hook", "two"]).expect(0);
    assert!(other.out.contains("X-Idflow-Signature: t="), "{}", other.out);
    for page in ["docs/guide/triggers.md", "docs/guide/triggers.zh.md"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("the page");
        for words in [
            "Authorization: Bearer",
            "X-Idflow-Signature: t=",
            "openssl dgst -sha256 -hmac",
            "Idempotency-Key",
            "--listen",
        ] {
            assert!(text.contains(words), "`{words}` stands in {page}");
        }
    }

    let server = house.serve();
    let note: Value =
        serde_json::from_slice(&std::fs::read(house.data().join("server.json")).expect("a note")).expect("JSON");
    let address = note["address"].as_str().expect("an address").to_string();
    let header = made["call"].as_str().expect("how").replace("SECRET", &secret) + "\r\n";
    let call = || post(&address, "/hooks/default/hr", &header, "{}");
    let (accepted, answer) = call();
    assert_eq!(accepted, 202, "{answer}");
    house.good(&["workflow", "pause", "one"]);
    let (paused, answer) = call();
    assert_eq!(paused, 409, "{answer}");
    let shown = house.good(&["workflow", "hook", "one"]);
    assert_eq!(shown[0]["refused"]["why"]["code"], "start_refused", "{shown}");
    server.kill();

    // Active, and not to be compiled any more: the caller is told, and so is the log of runs.
    house.good(&["workflow", "activate", "one", "--yes"]);
    replace_active(&house, "one", &broken("one", "  webhook: [{path: hr, verify: token}]\n"));
    let server = house.serve();
    let note: Value =
        serde_json::from_slice(&std::fs::read(house.data().join("server.json")).expect("a note")).expect("JSON");
    let address = note["address"].as_str().expect("an address").to_string();
    let (status, answer) = post(&address, "/hooks/default/hr", &header, "{}");
    assert!((400..500).contains(&status), "{status} {answer}");
    let failed = eventually("the failed run", PATIENCE, || {
        runs(&house, "one").into_iter().find(|run| run["status"] == "failed")
    });
    assert_eq!(
        (&failed["why"][0]["code"], &failed["trigger"]["kind"]),
        (&json!("workflow_invalid"), &json!("webhook"))
    );
    server.kill();
}

#[test]
fn an_event_says_at_activation_that_nothing_receives_it() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let text = reads("joiner", "  event: [{connection: wecom, types: [create_user]}]\n")
        .replace("connections:\n", "connections:\n  wecom: {type: wecom, ref: main}\n");
    create(&house, "joiner", &text);
    let active = house.good(&["workflow", "activate", "joiner", "--yes"]);
    let notices = active["notices"].as_array().expect("notices");
    assert!(
        notices.iter().any(|notice| notice["en"].as_str().is_some_and(|text| text.contains("on.event"))),
        "{active}"
    );
}

/// A read in `finally` is carried out; when it fails, the reason is its own.
#[test]
fn finally_reads_and_tells_the_truth_about_it() {
    let house = House::new();
    std::fs::write(house.path("s.csv"), "no,name\n1,Ann\n").expect("written");
    let text = |last: &str| {
        format!(
            "dsl: 1\nid: fin\nname: {{zh: p, en: p}}\non: {{manual: {{}}}}\nconnections: {{csv: {{type: csv, ref: import}}}}\nsteps:\n  - {{id: read, \
             name: {{zh: 读, en: Read}}, uses: csv/read, with: {{path: s.csv, key: no, columns: {{no: no, name: name}}}}}}\nfinally:\n  - {{id: last, name: {{zh: \
             终, en: Last}}, uses: csv/read, with: {{path: {last}, key: no, columns: {{no: no, name: name}}}}}}\n"
        )
    };
    activate(&house, "fin", &text("s.csv"));
    let run = house.ask(&["run", "fin", "--wait"]).expect(0).json();
    assert_eq!((&run["status"], &run["notices"]), (&json!("succeeded_no_change"), &json!([])), "{run}");
    let shown = house.good(&["runs", "show", run["run"].as_str().expect("id")]);
    let last = shown["steps"].as_array().expect("steps").iter().find(|step| step["step"] == "last").expect("the step");
    assert_eq!((&last["status"], &last["why"]), (&json!("succeeded"), &Value::Null), "{last}");
    activate(&house, "fin", &text("gone.csv"));
    let run = house.ask(&["run", "fin", "--wait"]).expect(0).json();
    assert_eq!(run["notices"][0]["code"], "file_not_found", "{run}");
    let shown = house.good(&["runs", "show", run["run"].as_str().expect("id")]);
    let last = shown["steps"].as_array().expect("steps").iter().find(|step| step["step"] == "last").expect("the step");
    assert_eq!((&last["status"], &last["why"]["code"]), (&json!("failed"), &json!("file_not_found")), "{last}");
    // What it cannot do is an error.
    let fine = text("s.csv");
    let (head, _) = fine.split_once("finally:\n").expect("finally");
    let writes =
        format!("{head}finally:\n  - {{id: last, name: {{zh: 终, en: Last}}, uses: directory/offboard_user}}\n");
    let found = house.ask(&["validate", &write(&house, "writes.yaml", &writes)]).expect(1).json();
    let found = found.as_array().expect("findings");
    assert!(found.iter().any(|finding| finding["code"] == "E0507"), "{found:?}");
}

/// `finally` starts another workflow, once, and does not wait for it.
#[test]
fn finally_starts_another_workflow_once() {
    let house = House::new();
    activate(&house, "other", &reads("other", "  manual: {inputs: {word: {type: string, required: true}}}\n"));
    let text = reads("first", "  manual: {}\n")
        + "finally:\n  - {id: go, name: {zh: 接着, en: Go}, uses: workflow/other, with: {word: \"{{run.status}}\"}}\n";
    activate(&house, "first", &text);
    let server = house.serve();
    let run = house.ask(&["run", "first", "--wait"]).expect(0).json();
    assert_eq!((&run["status"], &run["notices"]), (&json!("succeeded_no_change"), &json!([])), "{run}");
    let other = eventually("the other workflow runs", PATIENCE, || runs(&house, "other").pop());
    let other = house.good(&["runs", "show", other["run"].as_str().expect("id")]);
    assert_eq!(other["inputs"], json!({"word": "succeeded_no_change"}), "{other}");
    assert_eq!((&other["trigger"]["parent"], &other["trigger"]["kind"]), (&run["run"], &json!("workflow")), "{other}");
    server.kill();
    let server = house.serve();
    house.ask(&["run", "first", "--wait"]).expect(0);
    eventually("the next one", PATIENCE, || (runs(&house, "other").len() >= 2).then_some(()));
    server.kill();
    assert_eq!(runs(&house, "other").len(), 2, "one for each run");
}
