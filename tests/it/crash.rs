//! The crash harness: a server is killed without warning at seeded random moments, again and again, while the simulated
//! WeCom refuses, hangs up and loses answers. Judged by what the outside saw: the simulator's own list of writes.
//!
//! * no accepted run is lost: every id that was given out is known later and comes to an end;
//! * no create is sent for an object that is there, by calls or by import jobs;
//! * the company ends exactly as after an undisturbed run;
//! * a restarted server goes on with the run; how soon is printed.
//!
//! `IDFLOW_CRASH_KILLS` says how many kills on each store (100 by default; `cargo xtask crash` takes 500), and
//! `IDFLOW_TEST_SEED` the moments.

use std::time::{Duration, Instant};

use serde_json::Value;
use wecom_sim::{Effect, FaultRule, Faults, ImportSpeed, Latency};

use super::support::{Chance, Corp, House, Organisation, PATIENCE, copy_folder, postgres};

const PEOPLE: usize = 260;
const TEAMS: usize = 16;
/// Kills within one run at most.
const KILLS_OF_A_RUN: usize = 8;

fn wanted_kills() -> usize {
    std::env::var("IDFLOW_CRASH_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

fn seed() -> u64 {
    std::env::var("IDFLOW_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_121)
}

/// A company whose calls and jobs take long enough to be killed in between.
fn company() -> Corp {
    let corp = Corp::start();
    corp.set_latency(Latency { ms: 1, jitter_ms: 1 });
    corp.set_import_speed(ImportSpeed { rows_per_second: 400.0, start_ms: 50 });
    corp
}

/// The ways that members take.
const WAYS: [&str; 2] = ["import_jobs=always", "import_jobs=off"];

struct Prepared {
    organisation: Organisation,
    /// An installation that has imported everybody and is connected to nothing.
    origin: House,
    /// What an undisturbed run leaves behind, by way.
    wanted: Vec<Value>,
    /// How long it takes.
    whole: Duration,
}

fn prepare() -> Prepared {
    let organisation = Organisation::generated(TEAMS, PEOPLE).with_few_managers();
    let origin = House::new();
    organisation.write(&origin.source());
    origin.import(&[]).expect(0);
    let mut wanted = Vec::new();
    let mut whole = Duration::ZERO;
    for way in WAYS {
        let corp = company();
        let house = House::new();
        copy_folder(&origin.data(), &house.data());
        house.connect_with(&corp, &[way], true);
        house.workflow("wecom_downstream_full");
        let begun = Instant::now();
        let run = house.sync(&[]).expect(0).json();
        whole = whole.max(begun.elapsed());
        assert_eq!(run["status"], "succeeded", "{run}");
        assert_eq!(corp.jobs().is_empty(), way.ends_with("off"), "{way}: jobs {:?}", corp.jobs());
        wanted.push(corp.now());
    }
    Prepared { organisation, origin, wanted, whole }
}

fn faults(chance: &mut Chance) -> Faults {
    let effects = [
        (Effect::Lost, 0.015),
        (Effect::Http(500), 0.015),
        (Effect::Reset, 0.01),
        (Effect::Error { errcode: -1, errmsg: None }, 0.015),
        (Effect::Error { errcode: 6000, errmsg: None }, 0.01),
        (Effect::Expire, 0.005),
    ];
    let rules = effects.into_iter().map(|(effect, rate)| FaultRule::new("*", effect).rate(rate)).collect();
    Faults { seed: chance.within(1..1 << 40), rules }
}

/// What happened over all rounds.
#[derive(Debug, Default)]
struct Tally {
    kills: usize,
    while_writing: usize,
    rounds: usize,
    faults: usize,
    slowest_resume: Duration,
}

fn header(house: &House, run: &str) -> Option<Value> {
    let answer = house.ask(&["runs", "show", run]);
    (answer.code == 0).then(|| answer.json())
}

fn is_over(run: &Value) -> bool {
    !run["ended"].is_null()
}

fn round(prepared: &Prepared, house: &House, way: usize, chance: &mut Chance, left: usize, tally: &mut Tally) {
    let corp = company();
    if chance.within(0..3) == 0 {
        // A job that outlives what is done around it.
        corp.set_import_speed(ImportSpeed { rows_per_second: 80.0, start_ms: 300 });
    }
    house.connect_with(&corp, &[WAYS[way]], true);
    house.workflow("wecom_downstream_full");
    if tally.rounds % 3 != 2 {
        corp.set_faults(faults(chance));
    }
    tally.rounds += 1;
    let longest = u64::try_from(prepared.whole.as_millis()).expect("some seconds") / 4;
    let mut server = house.serve();
    let run = house.good(&["run", "sync", "--yes"])["run"].as_str().expect("the run's id").to_string();
    for _ in 0..left.min(KILLS_OF_A_RUN) {
        std::thread::sleep(Duration::from_millis(chance.within(0..longest.max(100))));
        let before = header(house, &run).expect("an accepted run is known");
        let writes = corp.writes();
        server.kill();
        tally.kills += 1;
        tally.while_writing += usize::from(before["status"] == "applying" && writes > 0);
        let begun = Instant::now();
        server = house.serve();
        let resumed = |run: &Value| run["resumed"].as_array().map_or(0, Vec::len);
        loop {
            let now = header(house, &run).expect("an accepted run is known after a kill");
            if is_over(&now) {
                break;
            }
            if before["status"] == "applying" && resumed(&now) > resumed(&before) {
                tally.slowest_resume = tally.slowest_resume.max(begun.elapsed());
                break;
            }
            if before["status"] != "applying" && now["status"] != "queued" {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "the run does not go on: {now}");
            std::thread::sleep(Duration::from_millis(10));
        }
        if header(house, &run).is_some_and(|run| is_over(&run)) {
            break;
        }
    }
    let begun = Instant::now();
    let ended = loop {
        let now = header(house, &run).expect("the run is known");
        if is_over(&now) {
            break now;
        }
        assert!(begun.elapsed() < PATIENCE, "the run does not end: {now}");
        std::thread::sleep(Duration::from_millis(20));
    };
    let status = ended["status"].as_str().expect("a state");
    assert!(
        ["succeeded", "succeeded_no_change", "partial", "failed"].contains(&status),
        "the run ended as {status}: {ended}"
    );
    server.kill();
    tally.faults += corp.requests().iter().filter(|request| request.fault.is_some()).count();
    corp.set_faults(Faults::default());
    // What faults left undone is done by the next run; after that there is nothing left.
    let answer = house.sync(&[]);
    if answer.code != 0 {
        let failed = house.items(&answer.json());
        let told: std::collections::BTreeSet<String> = failed.iter().map(|item| item["error"].to_string()).collect();
        panic!("{}: {}\n{told:?}\njobs {:?}\nthe run before: {ended}", WAYS[way], answer.out, corp.jobs());
    }
    let healed = answer.json();
    assert!(healed["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{healed}");
    let check = corp.check();
    assert_eq!(check.creates_of_existing, 0, "creates for what was there: {check:?}");
    let now = corp.now();
    assert_eq!(prepared.organisation.differences(&now), Vec::<String>::new());
    assert_eq!(now, prepared.wanted[way], "the company is that of an undisturbed run ({})", WAYS[way]);
    let again = house.sync(&[]).expect(0).json();
    assert_eq!((&again["status"], &again["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()));
}

fn harness(name: &str, mut settle: impl FnMut(&mut House, &Prepared, usize)) {
    let wanted = wanted_kills();
    let seed = seed();
    let mut chance = Chance::new(seed);
    let prepared = prepare();
    let mut tally = Tally::default();
    while tally.kills < wanted {
        let mut house = House::new();
        settle(&mut house, &prepared, tally.rounds);
        let way = tally.rounds % WAYS.len();
        let left = wanted - tally.kills;
        round(&prepared, &house, way, &mut chance, left, &mut tally);
    }
    eprintln!(
        "{name}, seed {seed}: {} kills in {} runs, {} of them while objects were being written, {} faults; undisturbed \
         {:?}, slowest resume {:?}",
        tally.kills, tally.rounds, tally.while_writing, tally.faults, prepared.whole, tally.slowest_resume
    );
    assert!(tally.while_writing * 4 >= wanted, "too few kills came while objects were being written: {tally:?}");
    assert!(tally.faults >= wanted / 5, "too few faults: {tally:?}");
}

#[test]
fn kills_on_sled() {
    harness("sled", |house, prepared, _| copy_folder(&prepared.origin.data(), &house.data()));
}

#[test]
fn kills_on_postgresql() {
    let Some(cluster) = postgres::Cluster::start() else { return };
    harness("PostgreSQL", |house, prepared, round| {
        let url = cluster.url(&format!("crash_{round}"));
        let key = prepared.origin.data().join("master.key");
        std::fs::create_dir_all(house.data()).expect("a folder");
        std::fs::copy(key, house.data().join("master.key")).expect("the master key goes along");
        let from = prepared.origin.data().display().to_string();
        house.good(&["store", "copy", "--from", &from, "--to", &url]);
        house.set("IDFLOW_STORE", &url);
    });
}
