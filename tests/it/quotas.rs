//! Calls that WeCom wants no more of: for a minute, for an hour, and until the day or the month is over.

use serde_json::{Value, json};
use wecom_sim::{Effect, FaultRule, Faults, Limits};

use super::support::{Corp, House, Organisation, PATIENCE, corp, eventually};

/// Saturday, 21 November 2026.
const START: i64 = 1_795_219_200_000;
const CREATE: &str = "/cgi-bin/user/create";

fn refused() -> Effect {
    Effect::Error { errcode: 45009, errmsg: None }
}

fn id(run: &Value) -> &str {
    run["run"].as_str().expect("an id")
}

fn team(corp: &Corp) -> u64 {
    let now = corp.now();
    let mut all = now["departments"].as_array().expect("departments").iter();
    all.find(|one| one["name"] == "Team 000").and_then(|one| one["id"].as_u64()).expect("the team")
}

/// Whoever is refused for the rate was not made: a member of the same userid is somebody else's.
#[test]
fn a_member_made_by_somebody_else_while_a_refused_call_waits_is_not_ours() {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect_with(&corp, &["import_jobs=off", "source_root=company"], false);
    house.workflow("wecom_downstream_full");
    Organisation::generated(1, 1).write(&house.source());
    house.import(&[]).expect(0);
    corp.set_faults(Faults::rules([FaultRule::new(CREATE, refused()).times(1)]));
    let _server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    let refused = || corp.counts().calls.get(CREATE).copied().unwrap_or_default() > 0;
    eventually("it is refused, and waits", PATIENCE, || refused().then_some(()));
    let stranger = json!({"userid": "user0000", "name": "别人", "mobile": "15499990000", "department": [team(&corp)]});
    corp.by_hand(corp::CORP_ID, "user/create", &stranger).expect("by hand");
    let mut now = START;
    let ended = eventually("the run ends", PATIENCE, || {
        now += 30_000;
        house.set_clock(now);
        Some(house.good(&["runs", "show", id(&run)])).filter(|run| !run["ended"].is_null())
    });
    let people = &ended["counts"]["user"];
    assert_eq!((&people["created"], &people["failed"]), (&json!(0), &json!(1)), "{ended:#}");
    let items = Value::from(house.items(&run)).to_string();
    assert!(items.contains("WECOM_60102"), "{items}");
    assert_eq!(house.ask(&["link", "resolve", "main", "user0000"]).code, 1, "nobody is linked to a stranger");
}

/// How a run ends when the clock moves on by ten minutes again and again while it waits, and how many hours it took.
fn through_the_hours(house: &House, run: &Value) -> (Value, i64) {
    let mut now = START;
    let ended = eventually("the run ends", PATIENCE, || {
        let shown = house.good(&["runs", "show", id(run)]);
        if shown["progress"]["waiting"]["why"] == "rate_limited" {
            now += 600_000;
            house.set_clock(now);
        }
        Some(shown).filter(|shown| !shown["ended"].is_null())
    });
    (ended, (now - START) / 3_600_000)
}

/// When the members of a month are all made, everything else goes on, and the run says what is used up.
#[test]
fn a_month_that_is_used_up_keeps_nobody_from_losing_access() {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect_with(&corp, &["import_jobs=off"], true);
    house.workflow("wecom_downstream_full");
    let mut organisation = Organisation::generated(2, 20);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    corp.set_limits(Limits { members_created_per_month: Some(20), ..Limits::default() });
    for number in 20..26 {
        organisation.person(number, "T000", "E0000");
    }
    organisation.change("E0011", "enabled", "0");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let _server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    let (ended, hours) = through_the_hours(&house, &run);
    assert_eq!(corp.member("user0011")["enable"], 0, "{ended:#}");
    assert_eq!(ended["status"], "partial", "{ended:#}");
    let people = &ended["counts"]["user"];
    assert_eq!((&people["created"], &people["not_attempted"]), (&json!(0), &json!(6)), "{ended:#}");
    assert!(ended.to_string().contains("wecom_quota_of_days"), "{ended:#}");
    assert!(hours < 2, "{hours} hours");
    let calls = || corp.requests().iter().filter(|request| request.path == CREATE).count();
    let before = calls();
    // Another run does not wait for it at all, and asks for nobody.
    let again = house.good(&["run", "sync", "--yes"]);
    let (ended, _) = through_the_hours(&house, &again);
    assert_eq!((&ended["counts"]["user"]["not_attempted"], calls()), (&json!(6), before), "{ended:#}");
}
