//! The templates that start by events, over the real directory and the simulator: who is concerned is written, nobody else is asked
//! about, and a burst is a few runs.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use wecom_sim::{Effect, FaultRule, Faults, NewReceiver};

use super::support::{Corp, House, Organisation, corp, eventually, house::Server};

const PATIENCE: Duration = Duration::from_secs(120);
/// 2026-03-02 00:00 UTC, a Monday.
const MONDAY: i64 = 1_772_409_600_000;

fn runs(house: &House, workflow: &str) -> Vec<Value> {
    house.good(&["runs", "list", "--workflow", workflow]).as_array().expect("runs").clone()
}

/// Lets time pass until this is so.
pub(super) fn pass<T>(house: &House, now: &mut i64, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
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

/// A house whose directory follows a company: its callback address is entered there, and a server runs.
pub(super) fn follows(corp: &Corp, now: i64) -> (House, Server) {
    follows_by(corp, now, &[])
}

/// The same with some words of the template changed.
pub(super) fn follows_by(corp: &Corp, now: i64, words: &[(&str, &str)]) -> (House, Server) {
    listens(corp, now, |house| house.workflow_changed("wecom_upstream_event", words))
}

/// A house that has begun so, and is told by a company what happens there: a server runs.
fn listens(corp: &Corp, now: i64, begin: impl Fn(&House)) -> (House, Server) {
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
    begin(&house);
    let server = house.serve();
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
        form: serde_json::from_value(json!("full")).ok(),
        ..NewReceiver::default()
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(corp.save_receiver(receiver)).expect("the echo is right");
    (house, server)
}

pub(super) fn this_moment() -> i64 {
    let passed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    i64::try_from(passed.as_millis()).expect("a time")
}

/// Departments below the company, ten and more from number 2 on, with three members each.
fn wide(departments: u32) -> Corp {
    let corp = Corp::start();
    for number in 2..2 + departments {
        let department = json!({"id": number, "name": format!("Team {number}"), "parentid": 1});
        corp.by_hand(corp::CORP_ID, "department/create", &department).expect("made");
        for seat in 0..3 {
            let member = json!({"userid": format!("t{number}s{seat}"), "name": format!("Old {number} {seat}"), "department": [number],
                "mobile": format!("154{:08}", number * 10 + seat)});
            corp.by_hand(corp::CORP_ID, "user/create", &member).expect("made");
        }
    }
    corp
}

/// The runs that are over or wait for a person.
pub(super) fn over(house: &House) -> Vec<Value> {
    let all = runs(house, "sync").into_iter();
    all.filter(|run| !run["ended"].is_null() || run["status"] == "held").collect()
}

/// Waits until the server has taken so many events.
pub(super) fn delivered(corp: &Corp, number: usize) {
    eventually("all are delivered", PATIENCE, || {
        let sent = corp.callbacks();
        let good = sent.iter().filter(|one| one.attempts.iter().any(|call| call.status == Some(200)));
        (good.count() == number).then_some(())
    });
}

/// One exchange with the platform.
fn exchange(corp: &Corp, method: &str, target: &str, body: &str) -> Value {
    let base = corp.base_url();
    let address = base.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).expect("the simulator");
    let length = body.len();
    write!(
        stream,
        "{method} /cgi-bin/{target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let json = answer.split_once("\r\n\r\n").expect("a body").1;
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// A token of the contact sync: what is written with it is told to nobody.
fn silent(corp: &Corp) -> String {
    let target = format!("gettoken?corpid={}&corpsecret={}", corp::CORP_ID, corp::CONTACTS_SECRET);
    exchange(corp, "GET", &target, "")["access_token"].as_str().expect("a token").to_string()
}

#[test]
fn a_callback_reads_whom_it_names_and_only_what_was_read_to_be_deleted_is_gone() {
    let mut now = this_moment();
    let corp = wide(24);
    let (house, _server) = follows(&corp, now);
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    let user = |corp: &Corp, before: &BTreeMap<String, u64>| {
        let calls = calls_since(corp, before);
        let of = |path: &str| calls.get(&format!("/cgi-bin/{path}")).copied().unwrap_or_default();
        (of("user/list") + of("user/list_id"), of("user/get"))
    };
    // The first one reads everything: nobody listened before.
    hand("user/update", json!({"userid": "t2s0", "position": "First"}));
    delivered(&corp, 1);
    pass(&house, &mut now, "the first run", || (over(&house).len() == 1).then_some(()));
    let first = over(&house);
    assert_eq!((&first[0]["source"]["user"], &first[0]["part"]), (&json!(72), &Value::Null), "{}", first[0]);
    assert_eq!(first[0]["notices"].to_string().matches("events_maybe_missed").count(), 1, "{}", first[0]["notices"]);

    let before = corp.counts().calls;
    hand("user/update", json!({"userid": "t2s1", "position": "Second"}));
    hand("user/create", json!({"userid": "joins", "name": "Joins", "department": [3], "mobile": "15499999999"}));
    hand("user/delete", json!({"userid": "t4s2"}));
    hand("department/create", json!({"id": 90, "name": "Late", "parentid": 3}));
    hand("user/create", json!({"userid": "late", "name": "Late", "department": [90], "mobile": "15499999998"}));
    delivered(&corp, 6);
    pass(&house, &mut now, "the second run", || (over(&house).len() == 2).then_some(()));
    let second = over(&house).into_iter().find(|run| run["part"] == true).expect("a part");
    assert_eq!(second["counts"]["user"]["removed"], 1, "{second:#}");
    assert_eq!(second["counts"]["user"]["created"], 2, "{second:#}");
    assert_eq!(second["counts"]["user"]["updated"], 1, "{second:#}");
    assert_eq!(second["counts"]["department"]["created"], 1, "{second:#}");
    // Three members, and the members of the new department by a list, because the scope goes by departments.
    assert_eq!(user(&corp, &before), (1, 3), "{:?}", calls_since(&corp, &before));

    // Nobody tells of these two: what was read of another says nothing about them.
    let token = silent(&corp);
    let gone = exchange(&corp, "GET", &format!("user/delete?userid=t5s0&access_token={token}"), "");
    let changed = json!({"userid": "t5s1", "position": "Silent"}).to_string();
    let changed = exchange(&corp, "POST", &format!("user/update?access_token={token}"), &changed);
    assert_eq!((&gone["errcode"], &changed["errcode"]), (&json!(0), &json!(0)), "{gone} {changed}");
    hand("user/update", json!({"userid": "t5s2", "position": "Third"}));
    delivered(&corp, 7);
    pass(&house, &mut now, "the third run", || (over(&house).len() == 3).then_some(()));
    let all = house.good(&["directory", "show", "user", "--limit", "100000"]).to_string();
    assert!(all.contains("Third") && !all.contains("Silent"), "{all}");
    assert!(over(&house).iter().filter(|run| run["counts"]["user"]["removed"] == 1).count() == 1, "he has not left");
    // A department is gone, and nobody has told that its only member is: that is no failure, and the next full look knows.
    let gone = exchange(&corp, "GET", &format!("user/delete?userid=late&access_token={token}"), "");
    assert_eq!(gone["errcode"], 0, "{gone}");
    hand("department/delete", json!({"id": 90}));
    delivered(&corp, 8);
    pass(&house, &mut now, "the fourth run", || (over(&house).len() == 4).then_some(()));
    let fourth = over(&house).into_iter().find(|run| run["counts"]["department"]["skipped"] == 1).expect("a part");
    assert_eq!((&fourth["part"], &fourth["status"]), (&json!(true), &json!("succeeded_no_change")), "{fourth:#}");
    // A full look finds all of it, and says that no event had brought it.
    house.ask(&["run", "sync", "--wait"]);
    let last = over(&house).into_iter().find(|run| run["trigger"]["kind"] == "manual").expect("a full run");
    assert_eq!(
        (&last["counts"]["user"]["removed"], &last["counts"]["user"]["updated"]),
        (&json!(2), &json!(1)),
        "{last:#}"
    );
    assert_eq!(last["counts"]["department"]["removed"], 1, "{last:#}");
    assert!(last["notices"].to_string().contains("events_not_told"), "{}", last["notices"]);
    let line = house.good(&["connection", "callbacks", "main"])[0].clone();
    assert_eq!(line["last_missed"]["why"]["code"], "events_not_told", "{line}");
    assert!(house.text(&["connection", "callbacks", "main"]).out.contains("events that did not come"), "{line}");
    let parts = over(&house).iter().filter(|run| run["part"] == true).count();
    assert_eq!(parts, 3);
}

/// Somebody leaves while the workflow rests, which nobody is told: the next run by events reads everything, and sees it.
fn reads_everything_after_a_pause(corp: &Corp, house: &House, now: &mut i64) {
    let before = over(house).len();
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    house.good(&["workflow", "pause", "sync"]);
    hand("user/delete", json!({"userid": "t4s2"}));
    delivered(corp, 2);
    *now += 60_000;
    house.set_clock(*now);
    house.good(&["workflow", "activate", "sync", "--yes"]);
    hand("user/update", json!({"userid": "t2s1", "position": "Second"}));
    delivered(corp, 3);
    pass(house, now, "the run after it", || (over(house).len() == before + 1).then_some(()));
    let last = over(house).into_iter().max_by_key(|run| run["no"].as_u64()).expect("a run");
    assert_eq!((&last["part"], &last["counts"]["user"]["removed"]), (&Value::Null, &json!(1)), "{last:#}");
    assert!(last["notices"].to_string().contains("events_maybe_missed"), "{}", last["notices"]);
}

/// What is told while the workflow rests is known to nobody, so the first run after it reads everything.
#[test]
fn what_was_told_during_a_pause_is_read_afterwards() {
    let mut now = this_moment();
    let corp = wide(24);
    let (house, _server) = follows(&corp, now);
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    hand("user/update", json!({"userid": "t2s0", "position": "First"}));
    delivered(&corp, 1);
    pass(&house, &mut now, "the first run", || (over(&house).len() == 1).then_some(()));
    reads_everything_after_a_pause(&corp, &house, &mut now);
}

/// Nobody knows when everything was read by a clock that was ahead: the first run after it reads everything.
#[test]
fn what_was_read_by_a_clock_that_was_ahead_is_read_again() {
    let mut now = this_moment();
    let corp = wide(24);
    let nightly = ("  schedule: [{cron: \"0 1 * * *\", timezone: Asia/Shanghai}]\n", "");
    let (house, _server) = follows_by(&corp, now, &[nightly]);
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    hand("user/update", json!({"userid": "t2s0", "position": "First"}));
    delivered(&corp, 1);
    pass(&house, &mut now, "the first run", || (over(&house).len() == 1).then_some(()));
    house.set_clock(now + 3 * 86_400_000);
    house.ask(&["run", "sync", "--wait"]).expect(0);
    house.set_clock(now);
    reads_everything_after_a_pause(&corp, &house, &mut now);
}

/// A question that a run about everything left stands although runs about a part come after it.
#[test]
fn a_run_about_a_part_leaves_open_what_it_did_not_look_at() {
    let mut now = this_moment();
    let corp = wide(24);
    let (house, _server) = follows(&corp, now);
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    house.good(&["directory", "person", "add", "t3s0", "Somebody Else"]);
    hand("user/update", json!({"userid": "t2s0", "position": "First"}));
    delivered(&corp, 1);
    pass(&house, &mut now, "the first run", || (over(&house).len() == 1).then_some(()));
    let open = || house.good(&["match", "list"])["open"].to_string();
    assert!(open().contains("t3s0"), "{}", open());
    hand("user/update", json!({"userid": "t2s1", "position": "Second"}));
    delivered(&corp, 2);
    pass(&house, &mut now, "the second run", || (over(&house).len() == 2).then_some(()));
    assert!(over(&house).iter().any(|run| run["part"] == true));
    assert!(open().contains("t3s0"), "{}", open());
    house.good(&["match", "decide", "main", "t3s0", "--same"]);
    house.good(&["run", "sync", "--wait", "--yes"]);
    assert!(!open().contains("t3s0"), "{}", open());
}

/// A company with members whose userids WeCom made itself, so that each may be changed once.
pub(super) fn generated(members: usize) -> Corp {
    let mut state = corp::empty();
    for number in 0..members {
        let made = json!({"userid": format!("gen{number}"), "name": format!("Gen {number}"), "department": [1],
            "mobile": format!("154000000{number:02}"), "status": 1, "generated_userid": true});
        state.corps[0].users.push(serde_json::from_value(made).expect("a member"));
    }
    Corp::with(state)
}

/// Who is who: ids in the directory by name.
pub(super) fn ids(house: &House) -> BTreeMap<String, String> {
    let all = house.good(&["directory", "show", "user", "--limit", "100000"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    all.as_array().expect("people").iter().map(|one| (text(&one["name"]), text(&one["id"]))).collect()
}

#[test]
fn a_new_userid_moves_the_link_as_the_event_says() {
    let mut now = this_moment();
    let corp = generated(4);
    let (house, _server) = follows(&corp, now);
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    hand("user/update", json!({"userid": "gen0", "position": "First"}));
    delivered(&corp, 1);
    pass(&house, &mut now, "the first run", || (over(&house).len() == 1).then_some(()));
    let before = ids(&house);
    // Three people, and somebody new.
    for (old, new) in [("gen1", "second.zero"), ("gen2", "third.zero"), ("gen3", "fourth.zero")] {
        hand("user/update", json!({"userid": old, "new_userid": new}));
    }
    hand("user/create", json!({"userid": "joins", "name": "Joins", "department": [1], "mobile": "15499999999"}));
    delivered(&corp, 5);
    pass(&house, &mut now, "the second run", || (over(&house).len() == 2).then_some(()));
    let run = over(&house).into_iter().max_by_key(|run| run["no"].as_u64()).expect("a run");
    assert_eq!((&run["status"], &run["counts"]["user"]["created"]), (&json!("succeeded"), &json!(1)), "{run:#}");
    assert_eq!(run["counts"]["user"]["removed"], 0, "{run:#}");
    let mut after = ids(&house);
    assert!(after.remove("Joins").is_some());
    assert_eq!(after, before, "everybody is who they were");
    for userid in ["second.zero", "third.zero", "fourth.zero"] {
        let links = house.good(&["link", "list", "main", "--find", userid]);
        assert!(links.to_string().contains(userid), "{links}");
    }
    house.ask(&["run", "sync", "--wait"]).expect(0);
}

/// Which run reads it first does not matter: an event of a new userid is known to all of them, and outlives one that fails.
#[test]
fn a_new_userid_is_known_to_whichever_run_comes_first() {
    let mut now = this_moment();
    let corp = generated(40);
    let (house, _server) = follows(&corp, now);
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    hand("user/update", json!({"userid": "gen0", "position": "First"}));
    delivered(&corp, 1);
    pass(&house, &mut now, "the first run", || (over(&house).len() == 1).then_some(()));
    let before = ids(&house);
    // The clock stands: the event is still gathered, and somebody starts a run.
    hand("user/update", json!({"userid": "gen1", "new_userid": "second.zero"}));
    delivered(&corp, 2);
    let run = house.sync(&[]).expect(0).json();
    let counts = &run["counts"]["user"];
    assert_eq!((&counts["removed"], &counts["created"]), (&json!(0), &json!(0)), "{run:#}");
    assert_eq!(house.good(&["link", "resolve", "main", "second.zero"])["name"], "Gen 1");
    pass(&house, &mut now, "the run of the event", || (over(&house).len() == 3).then_some(()));
    assert_eq!(ids(&house), before);
    // The run that is told of one fails.
    let down = Effect::Error { errcode: 40014, errmsg: None };
    corp.set_faults(Faults::rules([
        FaultRule::new("/cgi-bin/department/list", down.clone()),
        FaultRule::new("/cgi-bin/department/simplelist", down),
    ]));
    hand("user/update", json!({"userid": "gen2", "new_userid": "third.zero"}));
    delivered(&corp, 3);
    pass(&house, &mut now, "the run that fails", || {
        over(&house).iter().any(|run| run["status"] == "failed").then_some(())
    });
    corp.set_faults(Faults::default());
    // The connection rests for a while after that.
    now += 24 * 3600 * 1000;
    house.set_clock(now);
    let run = house.sync(&[]).expect(0).json();
    let counts = &run["counts"]["user"];
    assert_eq!((&counts["removed"], &counts["created"]), (&json!(0), &json!(0)), "{run:#}");
    assert_eq!(house.good(&["link", "resolve", "main", "third.zero"])["name"], "Gen 2");
    assert_eq!(ids(&house), before);
    house.sync(&[]).expect(0);
}

/// Deleted and made again under another name before anybody looked: the word that it was given up is not lost.
#[test]
fn a_userid_that_was_given_up_and_given_again_in_one_burst_is_asked_about() {
    let mut now = this_moment();
    let corp = generated(12);
    let (house, _server) = follows(&corp, now);
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    hand("user/update", json!({"userid": "gen0", "position": "First"}));
    delivered(&corp, 1);
    pass(&house, &mut now, "the first run", || (over(&house).len() == 1).then_some(()));
    let before = ids(&house);
    hand("user/delete", json!({"userid": "gen3"}));
    delivered(&corp, 2);
    // From this moment on, before any run has looked.
    let refused = house.ask(&["link", "resolve", "main", "gen3"]).expect(1).json();
    assert_eq!(refused["error"]["code"], "link_in_doubt", "{refused}");
    hand("user/create", json!({"userid": "gen3", "name": "赵六", "department": [1], "mobile": "15411110003"}));
    delivered(&corp, 3);
    pass(&house, &mut now, "the second run", || (over(&house).len() == 2).then_some(()));
    assert_eq!(ids(&house), before);
    let open = house.good(&["match", "list", "--connection", "main", "--filter", "open"]).to_string();
    assert!(open.contains("key_given_again"), "{open}");
    house.good(&["match", "decide", "main", "gen3", "--same"]);
    house.sync(&[]).expect(0);
    assert_eq!(house.good(&["link", "resolve", "main", "gen3"])["name"], "赵六");
    // One who is back under his own name asks nobody.
    hand("user/delete", json!({"userid": "gen4"}));
    hand("user/create", json!({"userid": "gen4", "name": "Gen 4", "department": [1], "mobile": "15411110004"}));
    delivered(&corp, 5);
    house.sync(&[]).expect(0);
    assert_eq!(house.good(&["link", "resolve", "main", "gen4"])["name"], "Gen 4");
}

/// Whether whoever had a userid has left is told by the whole list, which a run by events reads for that.
#[test]
fn a_run_by_events_reads_everything_where_a_userid_is_said_to_be_anothers() {
    let mut now = this_moment();
    let corp = generated(40);
    let (house, _server) = follows(&corp, now);
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    hand("user/update", json!({"userid": "gen0", "position": "First"}));
    delivered(&corp, 1);
    pass(&house, &mut now, "the first run", || (over(&house).len() == 1).then_some(()));
    hand("user/delete", json!({"userid": "gen3"}));
    hand("user/create", json!({"userid": "gen3", "name": "赵六", "department": [1], "mobile": "15411110003"}));
    delivered(&corp, 3);
    pass(&house, &mut now, "the second run", || (over(&house).len() == 2).then_some(()));
    house.good(&["match", "decide", "main", "gen3", "--other"]);
    hand("user/update", json!({"userid": "gen3", "position": "New"}));
    delivered(&corp, 4);
    pass(&house, &mut now, "the third run", || (over(&house).len() == 3).then_some(()));
    let all = house.good(&["directory", "show", "user", "--limit", "100000"]);
    let status = |name: &str| {
        let one = all.as_array().expect("people").iter().find(|one| one["name"] == name);
        one.map(|one| one["status"].clone())
    };
    assert_eq!((status("Gen 3"), status("赵六")), (Some(json!("left")), Some(json!("active"))), "{all:#}");
}

/// The same downstream, where the list tells no names: who has the userid is looked at before it counts as known.
#[test]
fn a_userid_that_was_given_up_and_given_again_is_looked_at_downstream_too() {
    let corp = Corp::start();
    let (house, _server) = listens(&corp, this_moment(), |house| {
        house.workflow("wecom_downstream_full");
        Organisation::generated(3, 12).write(&house.source());
        house.import(&[]).expect(0);
        house.sync(&[]).expect(0);
    });
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    for (userid, name, mobile) in [("user0003", "赵六", "15411110003"), ("user0004", "Person 0004", "15411110004")] {
        let department = corp.member(userid)["department"].clone();
        hand("user/delete", json!({"userid": userid}));
        let again = json!({"userid": userid, "name": name, "department": department, "mobile": mobile});
        hand("user/create", again);
    }
    delivered(&corp, 4);
    let refused = || house.ask(&["link", "resolve", "main", "user0003"]).expect(1).json()["error"]["code"].clone();
    assert_eq!(refused(), "link_in_doubt");
    for _ in 0..2 {
        let run = house.sync(&[]).expect(3).json();
        let items = house.items(&run);
        let asked = items.iter().filter(|item| item["error"]["code"] == "key_given_again").count();
        assert_eq!(asked, 1, "{run:#} {items:#?}");
        assert_eq!((refused(), &corp.member("user0003")["name"]), (json!("link_in_doubt"), &json!("赵六")));
    }
    // One who is back under his own name asks nobody.
    assert_eq!(house.good(&["link", "resolve", "main", "user0004"])["name"], "Person 0004");
}

/// Whoever is named in the scope is shown with all departments of theirs, and so is everybody else: also in a run by events.
#[test]
fn a_part_takes_no_membership_away_that_a_full_look_gives_back() {
    let mut now = this_moment();
    let corp = wide(12);
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    hand("user/update", json!({"userid": "t2s0", "department": [2, 9]}));
    let scope = "departments: {include: [\"/**\"], exclude: []}";
    let named =
        "departments: {include: [\"/*/Team 2\", \"/*/Team 3\", \"/*/Team 4\"], exclude: []}\n      people: [t9s0]";
    let (house, _server) = follows_by(&corp, now, &[(scope, named)]);
    let memberships = |house: &House| {
        let all = house.good(&["directory", "show", "user", "--limit", "100000"]);
        let one = all.as_array().expect("people").iter().find(|one| one["name"] == "Old 2 0").cloned().expect("he");
        one["departments"].as_array().map_or(0, Vec::len)
    };
    hand("user/update", json!({"userid": "t2s1", "position": "First"}));
    delivered(&corp, 1);
    pass(&house, &mut now, "the first run", || (over(&house).len() == 1).then_some(()));
    assert_eq!(memberships(&house), 2);
    hand("user/update", json!({"userid": "t2s0", "position": "Second"}));
    delivered(&corp, 2);
    pass(&house, &mut now, "the second run", || (over(&house).len() == 2).then_some(()));
    assert_eq!(memberships(&house), 2, "{:#?}", over(&house));
    assert!(house.good(&["directory", "show", "user", "--limit", "100000"]).to_string().contains("Second"));
}

#[test]
fn a_burst_of_callbacks_is_a_few_runs_and_all_of_it_is_in_the_directory() {
    let mut now = this_moment();
    // 2,000 events in ten seconds by `IDFLOW_CALLBACK_BURST=2000`.
    let burst = std::env::var("IDFLOW_CALLBACK_BURST").ok().and_then(|text| text.parse().ok()).unwrap_or(200_usize);
    let corp = wide(12);
    let (house, _server) = follows(&corp, now);
    let begun = std::time::Instant::now();
    for number in 0..burst {
        let member = json!({
            "userid": format!("new{number:04}"), "name": format!("New {number:04}"), "department": [1],
            "mobile": format!("15500{number:06}"),
        });
        corp.by_hand(corp::CORP_ID, "user/create", &member).expect("by hand");
    }
    delivered(&corp, burst);
    let took = begun.elapsed();
    let (before, last) = (corp.counts().calls, now);
    let people = |house: &House| {
        let shown = house.good(&["directory", "show", "user", "--limit", "100000"]).to_string();
        shown.matches("\"new").count().min(shown.matches("New ").count())
    };
    // The time of the house stands still while a run is at work: what passes is what idflow waits by itself.
    eventually("everybody", 4 * PATIENCE, || {
        let at_work = runs(&house, "sync").iter().any(|run| run["ended"].is_null());
        if at_work {
            return None;
        }
        if people(&house) >= burst {
            return Some(());
        }
        now += 2000;
        house.set_clock(now);
        None
    });
    let (waited, real) = (now - last, begun.elapsed());
    let started = runs(&house, "sync");
    assert!(started.len() <= 5, "{} runs for one burst", started.len());
    assert!(started.iter().all(|run| run["trigger"]["kind"] == "event"), "{started:?}");
    assert!(waited <= 30_000, "{waited} ms of the house's time");
    let calls: u64 = calls_since(&corp, &before).values().sum();
    // At most what reading everything costs, for each run: 13 lists, the ids, the tree twice, the range twice, tokens; never
    // one for each event.
    assert!(calls <= 25 * started.len() as u64, "{calls} calls: {:?}", calls_since(&corp, &before));
    let number = started.len();
    eprintln!(
        "{burst} events delivered in {took:?}, {number} runs, {calls} calls, {waited} ms waited, {real:?} in all"
    );
}
