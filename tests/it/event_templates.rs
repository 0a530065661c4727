//! The templates that start by events, over the real directory and the simulator: who is concerned is written, nobody else is asked
//! about, and a burst is a few runs.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use wecom_sim::NewReceiver;

use super::support::{Corp, House, Organisation, corp, eventually};

const PATIENCE: Duration = Duration::from_secs(120);
/// 2026-03-02 00:00 UTC, a Monday.
const MONDAY: i64 = 1_772_409_600_000;

fn runs(house: &House, workflow: &str) -> Vec<Value> {
    house.good(&["runs", "list", "--workflow", workflow]).as_array().expect("runs").clone()
}

/// Lets time pass until this is so.
fn pass<T>(house: &House, now: &mut i64, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    eventually(what, PATIENCE, || {
        *now += 4000;
        house.set_clock(*now);
        look()
    })
}

/// How often each path was called beyond `before`.
fn calls_since(corp: &Corp, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let now = corp.counts().calls;
    now.into_iter()
        .map(|(path, count)| (path.clone(), count - before.get(&path).copied().unwrap_or_default()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

#[test]
fn an_edit_by_hand_reaches_wecom_and_asks_about_nobody_else() {
    let mut now = MONDAY;
    let corp = Corp::start();
    let house = House::new().clocked(now);
    house.connect(&corp);
    house.workflow("wecom_downstream_event");
    Organisation::generated(3, 40).write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user0001")["enable"], 1, "everybody is there");
    let _server = house.serve();
    // The import was an event, too: a run that finds nothing to do.
    let by_events = |house: &House| {
        runs(house, "sync")
            .into_iter()
            .filter(|run| run["trigger"]["kind"] == "event" && !run["ended"].is_null())
            .count()
    };
    pass(&house, &mut now, "the run of the import", || (by_events(&house) == 1).then_some(()));

    let add = [
        "directory",
        "person",
        "add",
        "hand.made",
        "Hand Made",
        "--department",
        "/Company/North",
        "--set",
        "mobile=15400009999",
        "--set",
        "title=New",
    ];
    let before = corp.counts().calls;
    house.good(&add);
    pass(&house, &mut now, "the joiner", || (corp.member("hand.made")["position"] == "New").then_some(()));
    house.good(&["directory", "person", "edit", "hand.made", "--set", "title=Fellow"]);
    pass(&house, &mut now, "the change", || (corp.member("hand.made")["position"] == "Fellow").then_some(()));
    house.good(&["directory", "person", "leave", "hand.made"]);
    pass(&house, &mut now, "the leaver", || (corp.member("hand.made")["enable"] == 0).then_some(()));
    let calls = calls_since(&corp, &before);
    let people: u64 = calls.iter().filter(|(path, _)| path.contains("/user/")).map(|(_, count)| count).sum();
    assert!(people <= 20, "40 others were asked about: {calls:?}");
    assert_eq!(calls.get("/cgi-bin/user/create"), Some(&1), "{calls:?}");
    assert_eq!(corp.member("user0001")["enable"], 1);
}

#[test]
fn a_burst_of_callbacks_is_a_few_runs_and_all_of_it_is_in_the_directory() {
    let passed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let mut now = i64::try_from(passed.as_millis()).expect("a time");
    let corp = Corp::start();
    let house = House::new().clocked(now);
    let url = format!("base_url={}", corp.base_url());
    let (id, agent) = (format!("corp_id={}", corp::CORP_ID), format!("agent_id={}", corp::AGENT_ID));
    let made = house.good(&[
        "connection",
        "add",
        "wecom",
        "--name",
        "main",
        "--set",
        &id,
        "--set",
        &url,
        "--set",
        &agent,
        "--secret",
        "contacts_secret=env:CONTACTS",
        "--secret",
        "app_secret=env:APP",
    ]);
    house.workflow("wecom_upstream_event");
    let _server = house.serve();
    let note: Value =
        serde_json::from_slice(&std::fs::read(house.data().join("server.json")).expect("a note")).expect("JSON");
    let line = &made["callbacks"][0];
    let keys = &line["keys"];
    let text = |value: &Value| value.as_str().expect("text").to_string();
    let receiver = NewReceiver {
        corpid: corp::CORP_ID.into(),
        agentid: None,
        url: format!("http://{}{}", text(&note["address"]), text(&line["url"])),
        token: text(&keys["Token"]),
        encoding_aes_key: text(&keys["EncodingAESKey"]),
        ..NewReceiver::default()
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(corp.save_receiver(receiver)).expect("the echo is right");
    for number in 0..120 {
        let member = json!({
            "userid": format!("new{number:03}"), "name": format!("New {number:03}"), "department": [1],
            "mobile": format!("15400{number:06}"),
        });
        corp.by_hand(corp::CORP_ID, "user/create", &member).expect("by hand");
    }
    eventually("all are delivered", PATIENCE, || {
        let sent = corp.callbacks();
        let good = sent.iter().filter(|one| one.attempts.iter().any(|call| call.status == Some(200)));
        (good.count() == 120).then_some(())
    });
    let people =
        |house: &House| house.good(&["directory", "find", "New 1", "--limit", "50"]).as_array().map_or(0, Vec::len);
    pass(&house, &mut now, "everybody", || (people(&house) == 20).then_some(()));
    let started = runs(&house, "sync");
    assert!(started.len() <= 5, "{} runs for one burst", started.len());
    assert!(started.iter().all(|run| run["trigger"]["kind"] == "event"), "{started:?}");
}
