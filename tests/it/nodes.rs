//! Three equal nodes over one PostgreSQL, each of which is killed, frozen and cut off from the database, again and again,
//! while it writes. Judged by what the outside saw: the simulator's own list of requests, which tells nodes apart.
//!
//! * every one of these events comes in the middle: the node has written part of what is to be written to a company, and
//!   somebody else (or its own next start) writes the rest;
//! * no write comes from a node whose right to the company another one has by then;
//! * nothing is done twice: no object is made a second time, and no change is sent again that was done;
//! * every accepted run ends well, and every company ends as the organisation is.
//!
//! Between the runs people change, come and go on, so that every run has work to do. `IDFLOW_NODE_EVENTS` says how many events
//! there are (16 by default; `cargo xtask crash` takes 60).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use wecom_sim::Latency;

use super::support::{
    Cluster, Corp, House, Organisation, PATIENCE, eventually,
    house::Server,
    nodes::{Cable, companies, connect, identity, late_writes, node, right, signal, template, workflow},
};

const NODES: usize = 3;
const COMPANIES: usize = 6;
/// People of the first wave, and how many come with each other one.
const PEOPLE: usize = 36;
const MORE: usize = 3;
/// Longer than anybody's right outlives its last renewal.
const TTL: Duration = Duration::from_secs(10);
/// Events of one wave: a node that is frozen, one that is cut off, and kills of those that are left.
const OF_A_WAVE: usize = 4;

fn wanted_events() -> usize {
    std::env::var("IDFLOW_NODE_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(16)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Freeze,
    Cut,
    Kill,
}

/// A node: its installation, its cable, the server if it runs, and what was done to it.
struct Node {
    house: House,
    cable: Cable,
    server: Option<Server>,
    /// The part of its name that it keeps when it starts again.
    place: String,
    away: Option<(What, Instant)>,
}

impl Node {
    fn does(&mut self, what: What) {
        let server = self.server.as_ref().expect("it runs");
        match what {
            What::Freeze => signal(server.process(), "STOP"),
            What::Cut => self.cable.cut(),
            What::Kill => {
                self.server.take().expect("it runs").kill();
                self.server = Some(self.house.serve());
                return;
            }
        }
        self.away = Some((what, Instant::now()));
    }

    fn comes_back(&mut self) {
        match self.away.take() {
            Some((What::Freeze, _)) => signal(self.server.as_ref().expect("it runs").process(), "CONT"),
            Some((What::Cut, _)) => self.cable.mend(),
            Some((What::Kill, _)) | None => {}
        }
    }
}

/// What a company was written in this wave: how often, and by whom last.
#[derive(Debug, Default, Clone)]
struct Written {
    times: usize,
    place: String,
    last: u64,
}

/// Reads the list of writes as it grows.
#[derive(Default)]
struct Watcher {
    seen: u64,
    companies: BTreeMap<String, Written>,
}

impl Watcher {
    fn begin(&mut self) {
        self.companies.clear();
    }

    fn look(&mut self, corp: &Corp) {
        for request in corp.requests_after(self.seen) {
            self.seen = request.seq;
            let writes = ["create", "update", "delete"].iter().any(|word| request.path.ends_with(word));
            let (Some(id), true, Some(0)) = (request.corpid, writes, request.errcode) else { continue };
            let Some((_, node)) = right(request.lease.as_deref()) else { continue };
            let written = self.companies.entry(id).or_default();
            written.times += 1;
            written.last = request.at_ms;
            written.place = node.split('/').next().unwrap_or_default().to_string();
        }
    }
}

fn start(cluster: &Cluster) -> Vec<Node> {
    (0..NODES)
        .map(|_| {
            let (cable, url) = Cable::lay(cluster, "nodes");
            // A node that is cut off gives up soon, so that a wave ends.
            let house = node(&format!("{url}&wait=5"));
            Node { house, cable, server: None, place: String::new(), away: None }
        })
        .collect()
}

/// Each node serves alone once, so that its name is known.
fn learn_names(nodes: &mut [Node], corp: &Corp, organisation: &mut Organisation) {
    for (number, node) in nodes.iter_mut().enumerate() {
        organisation.change("E0000", "position", &format!("Before {number}"));
        organisation.write(&node.house.source());
        node.house.import(&[]).expect(0);
        let mut watcher =
            Watcher { seen: corp.requests().last().map_or(0, |request| request.seq), ..Watcher::default() };
        let server = node.house.serve();
        node.house.ask(&["run", "sync_0", "--wait", "--yes"]).expect(0);
        server.stop();
        watcher.look(corp);
        node.place = watcher.companies.values().next().expect("it wrote").place.clone();
    }
    let names: BTreeSet<&String> = nodes.iter().map(|node| &node.place).collect();
    assert_eq!(names.len(), nodes.len(), "nodes have names of their own: {names:?}");
}

fn prepare(nodes: &[Node], corp: &Corp) {
    let house = &nodes[0].house;
    let text = template(house, "wecom_downstream_full");
    for number in 0..COMPANIES {
        connect(house, corp, number, &["import_jobs=off"]);
        let (id, alias) = (format!("sync_{number}"), format!("wecom=c{number}"));
        workflow(house, &id, &text, &[&alias]);
    }
    for number in 0..COMPANIES {
        house.ask(&["run", &format!("sync_{number}"), "--wait", "--yes"]).expect(0);
    }
}

/// Waits until a node that is not away is in the middle of a company: some of it is written in this wave, and more is to be.
fn in_the_middle(
    nodes: &[Node],
    corp: &Corp,
    watcher: &mut Watcher,
    expected: usize,
    patience: Duration,
) -> Option<usize> {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        watcher.look(corp);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
        let open = watcher.companies.values().filter(|written| {
            // The last write was just now, so its run is at it.
            (2..expected - 4).contains(&written.times) && now.saturating_sub(written.last) < 200
        });
        for written in open {
            let found = nodes.iter().position(|node| node.away.is_none() && node.place == written.place);
            if let Some(node) = found {
                return Some(node);
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None
}

#[derive(Debug, Default)]
struct Tally {
    waves: usize,
    freezes: usize,
    cuts: usize,
    kills: usize,
    taken_over: usize,
}

impl Tally {
    fn events(&self) -> usize {
        self.freezes + self.cuts + self.kills
    }
}

fn wave(nodes: &mut [Node], corp: &Corp, organisation: &mut Organisation, watcher: &mut Watcher, tally: &mut Tally) {
    tally.waves += 1;
    let people = PEOPLE + MORE * tally.waves;
    for number in 0..people {
        if number >= people - MORE {
            organisation.person(number, "T001", "");
        }
        organisation.change(&format!("E{number:04}"), "position", &format!("Wave {} of {number}", tally.waves));
    }
    organisation.write(&nodes[0].house.source());
    nodes[0].house.import(&[]).expect(0);
    watcher.look(corp);
    watcher.begin();
    let mut accepted = Vec::new();
    for number in 0..COMPANIES {
        let run = nodes[number % NODES].house.good(&["run", &format!("sync_{number}"), "--yes"]);
        accepted.push(run["run"].as_str().expect("an id").to_string());
    }
    // One is always there, so that somebody can take over, and so that people can ask.
    for what in [What::Freeze, What::Cut, What::Kill, What::Kill].into_iter().take(OF_A_WAVE) {
        let patience = Duration::from_secs(if what == What::Kill { 20 } else { 8 });
        let Some(victim) = in_the_middle(nodes, corp, watcher, people, patience) else { continue };
        if what != What::Kill && nodes.iter().filter(|node| node.away.is_none()).count() == 1 {
            continue;
        }
        nodes[victim].does(what);
        match what {
            What::Freeze => tally.freezes += 1,
            What::Cut => tally.cuts += 1,
            What::Kill => tally.kills += 1,
        }
    }
    for node in nodes.iter_mut() {
        if let Some((_, since)) = node.away {
            // Until what it had is somebody else's.
            while since.elapsed() < TTL {
                std::thread::sleep(Duration::from_millis(50));
            }
            node.comes_back();
        }
    }
    for run in accepted {
        let ended = eventually("every run ends", PATIENCE, || {
            let run = nodes[0].house.ask(&["runs", "show", &run]);
            (run.code == 0).then(|| run.json()).filter(|run| !run["ended"].is_null())
        });
        let status = ended["status"].as_str().expect("a state");
        assert!(status.starts_with("succeeded"), "wave {}: {ended}", tally.waves);
        tally.taken_over += usize::from(ended["resumed"].as_array().is_some_and(|times| !times.is_empty()));
    }
    watcher.look(corp);
}

/// Changes that were done more than once: the same body to the same call of the same company, answered with success.
fn done_twice(corp: &Corp) -> Vec<String> {
    let mut done: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    let written: BTreeSet<u64> =
        corp.effects().iter().filter(|effect| effect.errcode == 0).map(|effect| effect.request).collect();
    for request in corp.requests() {
        if written.contains(&request.seq) {
            let about = format!("{} {}", request.body, request.query);
            *done.entry((request.corpid.unwrap_or_default(), request.path, about)).or_default() += 1;
        }
    }
    done.into_iter().filter(|(_, times)| *times > 1).map(|(what, times)| format!("{times} times {what:?}")).collect()
}

#[test]
fn nodes_that_are_killed_frozen_and_cut_off_while_they_write() {
    let Some(cluster) = Cluster::start() else { return };
    let mut nodes = start(&cluster);
    let corp = companies(COMPANIES, Latency { ms: 12, jitter_ms: 6 });
    let mut organisation = Organisation::generated(4, PEOPLE);
    organisation.write(&nodes[0].house.source());
    nodes[0].house.import(&[]).expect(0);
    prepare(&nodes, &corp);
    learn_names(&mut nodes, &corp, &mut organisation);
    for node in &mut nodes {
        node.server = Some(node.house.serve());
    }
    corp.clear_requests();

    let (wanted, mut tally, mut watcher) = (wanted_events(), Tally::default(), Watcher::default());
    let begun = Instant::now();
    // A wave in which nobody was hit, because everything went too fast, does not count and is not repeated for ever.
    for _ in 0..wanted {
        wave(&mut nodes, &corp, &mut organisation, &mut watcher, &mut tally);
        if tally.events() >= wanted {
            break;
        }
    }
    eprintln!("{tally:?} in {:?}", begun.elapsed());
    assert!(tally.events() >= wanted, "too few events came in the middle of writing: {tally:?}");
    assert!(tally.freezes * 8 >= wanted && tally.cuts * 8 >= wanted, "too few of a sort: {tally:?}");
    assert!(tally.taken_over * 2 >= wanted, "hardly any run was gone on with: {tally:?}");

    assert_eq!(late_writes(&corp, tally.freezes), Vec::<String>::new(), "writes of nodes whose right another one had");
    assert_eq!(done_twice(&corp), Vec::<String>::new());
    let check = corp.check();
    assert_eq!((check.creates_of_existing, check.parallel_writes_of_one_object), (0, 0), "{check:?}");
    let snapshot = corp.snapshot();
    let each = snapshot["corps"].as_array().expect("companies");
    assert_eq!(each.len(), COMPANIES);
    for company in each {
        assert_eq!(organisation.differences(company), Vec::<String>::new());
    }
    // Run numbers of a workflow: each once.
    let all = nodes[0].house.good(&["runs", "list", "--limit", "1000"]);
    let mut numbers: Vec<(&str, u64)> = all
        .as_array()
        .expect("runs")
        .iter()
        .map(|run| (run["workflow"].as_str().expect("id"), run["no"].as_u64().expect("no")))
        .collect();
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "a run number was given out twice");
    assert!(corp.requests().iter().all(|request| {
        request.corpid.as_ref().is_none_or(|id| (0..COMPANIES).any(|number| identity(number).corp_id == *id))
    }));
    let checked = nodes[0].house.good(&["store", "check"]);
    assert_eq!(checked["damaged"], Value::Array(Vec::new()), "{checked}");
    for node in nodes {
        node.server.into_iter().for_each(Server::kill);
    }
}
