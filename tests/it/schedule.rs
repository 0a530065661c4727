//! Schedules under a running server: each due time starts one run, whatever is started by hand in between and however
//! often the server is killed.
//!
//! The time is a file that the test moves minute by minute.

use std::time::Duration;

use serde_json::Value;
use wecom_sim::{Effect, FaultRule, Faults};

use super::support::{Chance, Corp, House, Organisation, PATIENCE, eventually};

/// 2026-03-02 01:00:30 UTC.
const START: i64 = 1_772_413_230_000;
const MINUTE: i64 = 60_000;
/// The first due time.
const FIRST: i64 = START - 30_000 + MINUTE;

/// An installation whose workflow `sync` is due every minute.
fn every_minute(corp: &Corp) -> House {
    let house = House::new().clocked(START);
    house.connect(corp);
    let shown = house.good(&["template", "show", "wecom_downstream_full"]);
    let text = shown["text"].as_str().expect("the text");
    let mark = "connections:\n";
    let (head, rest) = text.split_once(mark).expect("the template has connections");
    let schedule = "  schedule: [{cron: \"* * * * *\", timezone: Asia/Shanghai, catchup: latest}]\n\n";
    house.workflow_text(&format!("{}\n{schedule}{mark}{rest}", head.trim_end()));
    Organisation::generated(2, 6).write(&house.source());
    house.import(&[]).expect(0);
    house
}

fn runs(house: &House) -> Vec<Value> {
    let runs = house.good(&["runs", "list", "--workflow", "sync"]);
    runs.as_array().expect("runs").clone()
}

/// The due times of the runs that the schedule started, the oldest first, after all of them have ended.
fn due(house: &House) -> Vec<String> {
    let runs = eventually("the runs end", PATIENCE, || {
        let runs = runs(house);
        runs.iter().all(|run| !run["ended"].is_null()).then_some(runs)
    });
    let scheduled = runs.iter().filter(|run| run["trigger"]["kind"] == "schedule");
    let mut due: Vec<String> =
        scheduled.map(|run| run["trigger"]["due"].as_str().expect("a due time").to_string()).collect();
    due.reverse();
    due
}

/// A due time as runs tell it.
fn at(ms: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(ms).expect("a time");
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn wait_for(house: &House, number: usize) {
    eventually(&format!("{number} scheduled runs"), PATIENCE, || (due(house).len() >= number).then_some(()));
}

#[test]
fn each_minute_starts_one_run_and_a_manual_run_does_not_count() {
    let corp = Corp::start();
    let house = every_minute(&corp);
    let server = house.serve();
    let mut wanted = Vec::new();
    for number in 0..4 {
        let time = FIRST + number * MINUTE;
        // Just before it is due nothing happens; what is due then would be seen with the next minute at the latest.
        house.set_clock(time - 1);
        assert_eq!(due(&house), wanted, "before minute {number}");
        // Whoever waits a quarter of a second by this clock sees the time pass.
        house.set_clock(time + 1_000);
        wanted.push(at(time));
        wait_for(&house, wanted.len());
        assert_eq!(due(&house), wanted, "in minute {number}");
        if number == 1 {
            let manual = house.ask(&["run", "sync", "--wait"]).expect(0).json();
            assert_eq!(manual["status"], "succeeded_no_change");
        }
        house.set_clock(time + 30_000);
    }
    drop(server);
    let runs = runs(&house);
    assert_eq!(runs.len(), 5);
    for run in &runs {
        let by_hand = run["trigger"]["kind"] == "manual";
        assert_eq!(run["trigger"]["actor"], if by_hand { "wang.min" } else { "schedule" }, "{run}");
        assert_eq!(run["trigger"]["due"].is_null(), by_hand);
        assert!(run["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{run}");
    }
    assert_eq!(runs.iter().filter(|run| run["trigger"]["kind"] == "manual").count(), 1);
    assert_eq!(corp.now()["users"].as_array().expect("users").len(), 6);
}

#[test]
fn killed_servers_neither_lose_nor_repeat_a_due_time() {
    let corp = Corp::start();
    let house = every_minute(&corp);
    let mut chance = Chance::new(11);
    let mut wanted = Vec::new();
    let mut server = house.serve();
    for number in 0..6 {
        let time = FIRST + number * MINUTE;
        house.set_clock(time + 1_000);
        wanted.push(at(time));
        // Before, while or after the run is accepted and carried out.
        std::thread::sleep(Duration::from_millis(chance.within(0..400)));
        server.kill();
        server = house.serve();
        wait_for(&house, wanted.len());
        assert_eq!(due(&house), wanted, "after kill {number}");
    }
    // Down while three times pass: the latest is made up for, once.
    server.kill();
    let now = FIRST + 8 * MINUTE;
    house.set_clock(now + 5_000);
    server = house.serve();
    wanted.push(at(now));
    wait_for(&house, wanted.len());
    house.set_clock(now + MINUTE + 1_000);
    wanted.push(at(now + MINUTE));
    wait_for(&house, wanted.len());
    server.kill();
    assert_eq!(due(&house), wanted);
    let statuses: Vec<Value> = runs(&house).iter().map(|run| run["status"].clone()).collect();
    assert!(
        statuses.iter().all(|status| status.as_str().is_some_and(|word| word.starts_with("succeeded"))),
        "{statuses:?}"
    );
}

/// A connection that stops runs rests; a person's run brings it back. The clock also jumps back in between: no due time
/// fires twice.
#[test]
fn a_sick_connection_rests_and_says_so() {
    let corp = Corp::start();
    let house = every_minute(&corp);
    corp.set_faults(Faults {
        seed: 1,
        rules: vec![FaultRule::new("/cgi-bin/user/list_id", Effect::Error { errcode: 60020, errmsg: None })],
    });
    let server = house.serve();
    let runs = || -> Vec<Value> {
        let all = house.good(&["runs", "list", "--workflow", "sync"]);
        all.as_array().expect("runs").iter().filter(|run| !run["ended"].is_null()).cloned().collect()
    };
    let first = |run: &Value| run["why"][0]["code"].as_str().unwrap_or_default().to_string();
    for number in 1..=6 {
        house.set_clock(START + number * MINUTE);
        eventually("the run of this minute", PATIENCE, || {
            (runs().len() == usize::try_from(number).expect("small")).then_some(())
        });
    }
    let all = runs();
    let resting = all.iter().filter(|run| first(run) == "connection_rests").count();
    assert!((2..6).contains(&resting), "{resting} of 6 runs rested");
    assert!(all.iter().all(|run| run["status"] == "failed"));
    // The first cause stands beside it.
    let told = all.iter().find(|run| first(run) == "connection_rests").expect("one rested");
    assert_ne!(told["why"][1]["code"], "connection_rests");
    let list = house.good(&["connection", "list"]);
    assert!(list[0]["sick"]["failures"].as_u64().is_some_and(|failures| failures >= 1), "{list}");
    // The clock is put back: those minutes were served.
    house.set_clock(START + 2 * MINUTE);
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(runs().len(), 6, "a due time fired twice");
    house.set_clock(START + 6 * MINUTE + 1000);
    corp.set_faults(Faults::default());
    let run = house.ask(&["run", "sync", "--yes", "--wait"]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert!(house.good(&["connection", "list"])[0]["sick"].is_null());
    server.kill();
}
