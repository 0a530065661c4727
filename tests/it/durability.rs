//! Killed at any moment, again and again: nothing accepted is lost, nothing is made twice, and the end is that of an
//! undisturbed run.
//!
//! The moments come from a seed that is printed; `IDFLOW_TEST_SEED` sets it. The simulator's list of requests is the
//! witness: a create of something that was there already would show in it.

use std::{
    collections::{HashMap, HashSet},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::Value;
use wecom_sim::{Effect, FaultRule, Faults, Latency, RequestRecord};

use super::support::{Chance, Corp, House, Organisation, PATIENCE, copy_folder, eventually};

const PEOPLE: usize = 600;
const TEAMS: usize = 30;
const KILLS: usize = 15;
/// The witness counts single calls; import jobs have their own in `crash`.
const BY_CALLS: &[&str] = &["import_jobs=off"];

fn seed() -> u64 {
    let seed = std::env::var("IDFLOW_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_260_301);
    eprintln!("seed {seed}");
    seed
}

/// A company whose calls take long enough to be killed in between, and an installation that has imported everybody.
fn prepared(organisation: &Organisation) -> (Corp, House) {
    let corp = Corp::start();
    corp.set_latency(Latency { ms: 2, jitter_ms: 1 });
    let house = House::new();
    house.connect_with(&corp, BY_CALLS, true);
    house.workflow("wecom_downstream_full");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    (corp, house)
}

/// The same installation again, down to the ids it has picked, connected to another company.
fn copy_of(house: &House) -> (Corp, House) {
    let corp = Corp::start();
    corp.set_latency(Latency { ms: 2, jitter_ms: 1 });
    let other = House::new();
    copy_folder(&house.data(), &other.data());
    other.connect_with(&corp, BY_CALLS, true);
    (corp, other)
}

/// Runs the sync and kills it when it is time; false when it was faster.
fn run_and_kill(house: &House, mut is_time: impl FnMut() -> bool) -> bool {
    let mut child = house
        .command(&["--output", "json", "run", "sync", "--wait", "--yes"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    while !is_time() {
        if child.try_wait().expect("the child is there").is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("killed");
    child.wait().expect("the child ends");
    true
}

/// What was made, by path and key; fails when anything was made twice or asked for although it was there.
fn creates(requests: &[RequestRecord]) -> HashMap<(String, String), usize> {
    let mut made: HashMap<(String, String), usize> = HashMap::new();
    for request in requests.iter().filter(|request| request.path.ends_with("/create")) {
        let key = match request.path.as_str() {
            "/cgi-bin/user/create" => request.body["userid"].as_str().expect("userid").to_string(),
            _ => request.body["id"].to_string(),
        };
        assert!(
            !matches!(request.errcode, Some(60102 | 60008 | 60104 | 60106)),
            "{} of {key} was answered {:?}: it was there already\n{}",
            request.path,
            request.errcode,
            story(requests, &key)
        );
        if request.errcode == Some(0) {
            *made.entry((request.path.clone(), key)).or_default() += 1;
        }
    }
    for ((path, key), times) in &made {
        assert_eq!(*times, 1, "{path} of {key} was done {times} times");
    }
    made
}

/// All that was asked about a member or department, in order.
fn story(requests: &[RequestRecord], key: &str) -> String {
    let about = |request: &&RequestRecord| {
        request.userid.as_deref() == Some(key) || request.department.is_some_and(|id| id.to_string() == key)
    };
    let line = |request: &RequestRecord| {
        format!(
            "{} {} {} {:?} {:?} fault {:?}",
            request.seq, request.method, request.path, request.http_status, request.errcode, request.fault
        )
    };
    requests.iter().filter(about).map(line).collect::<Vec<_>>().join("\n")
}

fn runs(house: &House) -> Vec<Value> {
    house.good(&["runs", "list", "--workflow", "sync"]).as_array().expect("runs").clone()
}

/// What an undisturbed run leaves behind, and how long it takes.
fn undisturbed(house: &House) -> (Value, Duration) {
    let (corp, other) = copy_of(house);
    let begun = Instant::now();
    let run = other.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    (corp.now(), begun.elapsed())
}

#[test]
fn killed_many_times_it_ends_as_if_undisturbed() {
    let mut chance = Chance::new(seed());
    let organisation = Organisation::generated(TEAMS, PEOPLE);
    let (corp, house) = prepared(&organisation);
    let (wanted, whole) = undisturbed(&house);
    // Short lives, so that there is something left to do at every kill.
    let longest = u64::try_from(whole.as_millis()).expect("some seconds") / 5;
    let mut kills = 0;
    let mut while_writing = 0;
    for kill in 0..KILLS {
        let before = corp.writes();
        let (begun, after) = (Instant::now(), Duration::from_millis(chance.within(30..longest.max(200))));
        // Every other one comes while something is being written, however fast that is.
        let written = before + chance.within(1..25);
        let killed = run_and_kill(&house, || match kill % 2 {
            0 => begun.elapsed() >= after,
            _ => corp.writes() >= written,
        });
        let total = corp.writes();
        kills += usize::from(killed);
        while_writing += usize::from(killed && total > before && total < (PEOPLE + TEAMS) as u64);
    }
    eprintln!("{kills} kills, {while_writing} of them while objects were being made; undisturbed {whole:?}");
    assert!(kills >= 10, "only {kills} kills hit a living process");
    assert!(while_writing >= 3, "only {while_writing} kills came while objects were being made");

    // Runs of one group take turns, and a process ends with its own: the others go on in the next one.
    for _ in 0..KILLS {
        let last = house.sync(&[]).expect(0).json();
        assert!(last["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{last}");
        if runs(&house).iter().all(|run| !run["ended"].is_null()) {
            break;
        }
    }
    for run in runs(&house) {
        let fine = run["status"].as_str().is_some_and(|status| status.starts_with("succeeded"));
        assert!(fine, "an accepted run is {}: {}", run["status"], run["why"]);
    }
    let made = creates(&corp.requests());
    assert_eq!(made.len(), PEOPLE + TEAMS + 3);
    let now = corp.now();
    assert_eq!(organisation.differences(&now), Vec::<String>::new());
    assert_eq!(now, wanted, "the company is that of an undisturbed run");
    let again = house.sync(&[]).expect(0).json();
    assert_eq!((&again["status"], &again["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()));
}

#[test]
fn lost_answers_and_server_errors_make_nothing_twice() {
    let seed = seed();
    let mut chance = Chance::new(seed);
    let organisation = Organisation::generated(TEAMS, PEOPLE);
    let (corp, house) = prepared(&organisation);
    let (wanted, whole) = undisturbed(&house);
    let rules = [Effect::Lost, Effect::Http(500)].map(|effect| FaultRule::new("*", effect).rate(0.02));
    corp.set_faults(Faults { seed, rules: rules.to_vec() });
    let longest = u64::try_from(whole.as_millis()).expect("some seconds") / 2;
    for _ in 0..3 {
        let (begun, after) = (Instant::now(), Duration::from_millis(chance.within(100..longest.max(200))));
        run_and_kill(&house, || begun.elapsed() >= after);
    }
    for _ in 0..3 {
        let run = house.sync(&[]).json();
        if run["status"].as_str().is_some_and(|status| status.starts_with("succeeded")) {
            break;
        }
    }
    let acted: u64 = corp.requests().iter().filter(|request| request.fault.is_some()).count() as u64;
    assert!(acted >= 10, "only {acted} faults acted");
    corp.set_faults(Faults::default());
    let last = house.sync(&[]).expect(0).json();
    assert!(last["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{last}");
    creates(&corp.requests());
    let now = corp.now();
    assert_eq!(organisation.differences(&now), Vec::<String>::new());
    // Whoever is made by a later run than the others is counted later.
    assert_eq!(by_name(&now), by_name(&wanted), "the company is that of an undisturbed run");
}

/// A company with the names of its departments, each once here, in the place of their numbers.
fn by_name(company: &Value) -> Value {
    let departments = company["departments"].as_array().expect("departments");
    let names: HashMap<u64, &Value> =
        departments.iter().filter_map(|one| Some((one["id"].as_u64()?, &one["name"]))).collect();
    assert_eq!(names.values().collect::<HashSet<_>>().len(), departments.len(), "each name once");
    let mut named = renamed(company, &names, false);
    named.as_object_mut().expect("a company").remove("highest_department_id");
    let list = named["departments"].as_array_mut().expect("departments");
    list.sort_by_key(|one| one["name"].to_string());
    named
}

/// `here`: what is looked at names departments by numbers.
fn renamed(value: &Value, names: &HashMap<u64, &Value>, here: bool) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| renamed(item, names, here)).collect(),
        Value::Object(fields) => {
            let named =
                |name: &str| matches!(name, "id" | "parentid" | "department" | "departments" | "main_department");
            fields.iter().map(|(name, value)| (name.clone(), renamed(value, names, named(name)))).collect()
        }
        Value::Number(number) if here => {
            let name = number.as_u64().and_then(|id| names.get(&id));
            name.map_or_else(|| value.clone(), |name| (*name).clone())
        }
        other => other.clone(),
    }
}

/// What was announced when a cancelled run was killed is looked up: whoever was made is told as made, and linked.
#[test]
fn a_cancelled_run_that_is_killed_knows_whom_it_made() {
    let organisation = Organisation::generated(2, 40);
    let (corp, house) = prepared(&organisation);
    // Done at once, answered late.
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", Effect::DelayMs(700))]));
    let server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    let id = run["run"].as_str().expect("id");
    let members = || corp.now()["users"].as_array().map_or(0, Vec::len);
    eventually("somebody is made", PATIENCE, || (members() > 0).then_some(()));
    house.good(&["runs", "cancel", id]);
    server.kill();
    corp.set_faults(Faults::default());
    let _server = house.serve();
    let ended = eventually("the run ends", PATIENCE, || {
        let shown = house.good(&["runs", "show", id]);
        (!shown["ended"].is_null()).then_some(shown)
    });
    assert_eq!(ended["status"], "cancelled", "{ended}");
    let counts = &ended["counts"]["user"];
    assert_eq!(counts["created"], members(), "{ended}");
    assert_eq!(counts["not_attempted"], 40 - members(), "{ended}");
    let next = house.sync(&[]).expect(0).json();
    assert_eq!(next["counts"]["user"]["created"], 40 - counts["created"].as_u64().expect("a number"), "{next}");
    creates(&corp.requests());
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}
