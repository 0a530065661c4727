//! How fast a slow WeCom is written to: several calls at a time, nobody waits for somebody else's retry, and jobs leave little
//! to follow.

use std::{collections::HashSet, time::Duration};

use wecom_sim::{Effect, FaultRule, Faults, ImportSpeed, Latency, Limits};

use super::support::{Corp, House, Organisation, eventually};

const PATIENCE: Duration = Duration::from_secs(120);
const NOON: i64 = 1_772_420_400_000;

/// A company whose answers take a moment, so that calls meet.
fn slow() -> Corp {
    let corp = Corp::start();
    corp.set_latency(Latency { ms: 5, jitter_ms: 0 });
    corp
}

fn prepared(corp: &Corp, house: &House, organisation: &Organisation, more: &[&str], words: &[(&str, &str)]) {
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.connect_with(corp, more, true);
    house.workflow_changed("wecom_downstream_full", words);
}

/// Whoever has a manager is made after the manager.
fn without_managers(mut organisation: Organisation) -> Organisation {
    let people: Vec<String> = organisation.people.keys().cloned().collect();
    people.iter().for_each(|person| organisation.change(person, "manager", ""));
    organisation
}

#[track_caller]
fn in_step(house: &House, corp: &Corp, organisation: &Organisation) {
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    let again = house.sync(&[]).expect(0).json();
    assert_eq!((&again["status"], &again["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()), "{again}");
}

#[test]
fn departments_of_one_parent_go_side_by_side_and_children_after_their_parent() {
    let corp = slow();
    let house = House::new();
    let mut organisation = Organisation::generated(40, 60).with_few_managers();
    for team in 0..20 {
        organisation.department(&format!("S{team:03}"), &format!("T{team:03}"), "Shift", 1);
    }
    prepared(&corp, &house, &organisation, &["import_jobs=off"], &[]);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["department"]["created"], 63, "{run}");
    let check = corp.check();
    assert_eq!(check.refused, 0, "a child came before its parent, or a call met another: {check:?}");
    assert!((2..=8).contains(&check.most_parallel_writes), "{check:?}");
    assert_eq!(check.parallel_writes_of_one_object, 0, "{check:?}");
    in_step(&house, &corp, &organisation);
}

#[test]
fn departments_without_a_sort_value_are_made_in_the_order_of_the_source() {
    let corp = slow();
    let house = House::new();
    let organisation = Organisation::generated(30, 10);
    let order = "      order: {value: \"{{descending source.order}}\", when_empty: omit}";
    prepared(&corp, &house, &organisation, &["import_jobs=off"], &[(order, "      # nothing")]);
    // One of them has to be made twice; those behind it wait.
    let busy = Effect::Error { errcode: -1, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/department/create", busy).matching("Team 008").times(1)]));
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["department"]["created"], 33, "{run}");
    let made: Vec<String> = corp
        .requests()
        .into_iter()
        .filter(|request| request.path.ends_with("department/create") && request.errcode == Some(0))
        .map(|request| request.body["name"].as_str().expect("a name").to_string())
        .filter(|name| name.starts_with("Team"))
        .collect();
    for half in 0..2 {
        let number = |name: &String| name[5..].parse::<usize>().expect("a number");
        let mine: Vec<usize> = made.iter().map(number).filter(|number| number % 2 == half).collect();
        assert!(mine.is_sorted() && mine.len() == 15, "{mine:?}");
    }
}

/// The time stands still, so the retry of one member never comes. Everybody else is made all the same.
#[test]
fn while_one_waits_for_its_retry_the_others_go_on() {
    let corp = Corp::start();
    let house = House::new().clocked(NOON);
    let organisation = without_managers(Organisation::generated(8, 300));
    let patient = ("delay: 0s, max_delay: 0s", "delay: 60s, max_delay: 60s");
    prepared(&corp, &house, &organisation, &["import_jobs=off"], &[patient]);
    let busy = |word: &str| {
        let effect = Effect::Error { errcode: -1, errmsg: None };
        FaultRule::new("/cgi-bin/user/create", effect).matching(word).times(1)
    };
    corp.set_faults(Faults::rules([busy("user0007"), busy("user0130"), busy("user0299")]));
    let server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    let id = run["run"].as_str().expect("an id");
    let members = || corp.now()["users"].as_array().map_or(0, Vec::len);
    eventually("everybody else", PATIENCE, || (members() == 297).then_some(()));
    // Whoever has an answer is on disk; only three are on their way. A server that is killed now knows that.
    let shown = eventually("the wait is shown", PATIENCE, || {
        let shown = house.good(&["runs", "show", id]);
        (shown["progress"]["waiting"]["why"] == "retry").then_some(shown)
    });
    assert!(shown["ended"].is_null(), "{shown}");
    server.kill();
    house.set_clock(NOON + 61_000);
    let _server = house.serve();
    let over = eventually("the end", PATIENCE, || {
        let shown = house.good(&["runs", "show", id]);
        (!shown["ended"].is_null()).then_some(shown)
    });
    assert_eq!((&over["status"], &over["counts"]["user"]["created"]), (&"succeeded".into(), &300.into()), "{over}");
    let check = corp.check();
    assert_eq!(check.creates_of_existing, 0, "{check:?}");
    let looked = corp.counts().calls.get("/cgi-bin/user/get").copied().unwrap_or(0);
    assert!(looked <= 8, "only those without an answer are looked for: {looked}");
    in_step(&house, &corp, &organisation);
}

/// A company that takes one write at a time is written to one at a time, but for a few tries.
#[test]
fn a_company_that_minds_parallel_writes_is_hardly_asked_for_them() {
    let corp = slow();
    corp.set_limits(Limits { conflicts: wecom_sim::Conflicts::AnyWrite, ..Limits::default() });
    let house = House::new();
    let organisation = Organisation::generated(8, 300).with_few_managers();
    prepared(&corp, &house, &organisation, &["import_jobs=off"], &[]);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    let met = corp.requests().iter().filter(|request| request.errcode == Some(6000)).count();
    assert!((1..=24).contains(&met), "{met} of {} calls", corp.counts().write_calls);
    corp.set_limits(Limits::default());
    in_step(&house, &corp, &organisation);
}

/// People in two departments, half of them with the second as the main one, into a company that takes jobs.
fn with_two_departments() -> (Corp, House, Organisation) {
    let corp = Corp::start();
    corp.set_import_speed(ImportSpeed { rows_per_second: 5000.0, start_ms: 20 });
    let house = House::new();
    let mut organisation = without_managers(Organisation::generated(12, 300));
    for number in (0..300).step_by(3) {
        let (first, second) = (format!("T{:03}", number % 12), format!("T{:03}", (number / 3 + 1) % 12));
        if first == second {
            continue;
        }
        let person = format!("E{number:04}");
        organisation.change(&person, "departments", &format!("{first};{second}"));
        organisation.change(&person, "is_leader", if number % 2 == 0 { "0;1" } else { "1;0" });
        organisation.change(&person, "main_department", if number % 2 == 0 { &second } else { &first });
    }
    prepared(&corp, &house, &organisation, &["import_jobs=always"], &[]);
    (corp, house, organisation)
}

fn calls(corp: &Corp, path: &str) -> u64 {
    corp.counts().calls.get(path).copied().unwrap_or(0)
}

#[test]
fn main_departments_that_came_with_the_job_are_not_written_again() {
    let (corp, house, organisation) = with_two_departments();
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["created"], 300, "{run}");
    assert_eq!(calls(&corp, "/cgi-bin/user/update"), 0, "{:?}", corp.counts().calls);
    let read = calls(&corp, "/cgi-bin/user/list") + calls(&corp, "/cgi-bin/user/get");
    assert!((1..=12).contains(&read), "a list tells of many: {:?}", corp.counts().calls);
    let asked = calls(&corp, "/cgi-bin/batch/getresult");
    assert!((1..=20).contains(&asked), "{asked}");
    in_step(&house, &corp, &organisation);
}

#[test]
fn main_departments_are_read_while_the_job_is_still_at_work() {
    let (corp, house, organisation) = with_two_departments();
    corp.set_import_speed(ImportSpeed { rows_per_second: 120.0, start_ms: 20 });
    corp.clear_requests();
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["created"], 300, "{run}");
    let requests = corp.requests();
    let asked = requests.iter().rposition(|request| request.path == "/cgi-bin/batch/getresult").expect("a job");
    let lists: Vec<usize> = (0..requests.len()).filter(|place| requests[*place].path == "/cgi-bin/user/list").collect();
    assert!(!lists.is_empty() && lists.iter().all(|place| *place < asked), "{lists:?} {asked}");
    assert_eq!(calls(&corp, "/cgi-bin/user/update"), 0, "{:?}", corp.counts().calls);
    in_step(&house, &corp, &organisation);
}

#[test]
fn main_departments_that_wecom_chose_otherwise_are_put_right() {
    let (corp, house, organisation) = with_two_departments();
    let mut state = corp.state();
    state.corps[0].options.import_last_is_main = true;
    corp.load(state).expect("a state");
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    let two: HashSet<String> = corp.now()["users"]
        .as_array()
        .expect("users")
        .iter()
        .filter(|user| user["department"].as_array().is_some_and(|list| list.len() > 1))
        .map(|user| user["userid"].as_str().expect("an id").to_string())
        .collect();
    assert_eq!(calls(&corp, "/cgi-bin/user/update"), two.len() as u64, "each of them, once");
    in_step(&house, &corp, &organisation);
}

#[test]
fn main_departments_that_nobody_can_read_are_written() {
    let (corp, house, organisation) = with_two_departments();
    let no = Effect::Error { errcode: 60011, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/list", no)]));
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert!(calls(&corp, "/cgi-bin/user/update") > 80, "{:?}", corp.counts().calls);
    in_step(&house, &corp, &organisation);
}

#[test]
fn what_was_lost_side_by_side_is_found_and_made_once() {
    let corp = slow();
    let house = House::new();
    let organisation = Organisation::generated(8, 120).with_few_managers();
    prepared(&corp, &house, &organisation, &["import_jobs=off"], &[]);
    let lost = FaultRule::new("/cgi-bin/user/create", Effect::Lost).rate(0.1);
    let busy = FaultRule::new("/cgi-bin/user/create", Effect::Error { errcode: -1, errmsg: None }).rate(0.1);
    corp.set_faults(Faults { seed: 5, rules: vec![lost, busy] });
    corp.clear_requests();
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    corp.set_faults(Faults::default());
    assert_eq!(run["counts"]["user"]["created"], 120, "{run}");
    let check = corp.check();
    assert_eq!((check.creates_of_existing, check.parallel_writes_of_one_object), (0, 0), "{check:?}");
    assert_eq!(run["api"]["calls"].as_u64(), Some(corp.counts().calls.values().sum::<u64>()), "{run}");
    assert!(run["api"]["retries"].as_u64() > Some(5), "{run}");
    in_step(&house, &corp, &organisation);
}
