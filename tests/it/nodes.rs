//! Three equal nodes over one PostgreSQL: one is killed and one loses its database half-way. Every run comes to its end,
//! nothing is done twice, and no company is written by two nodes at once.

use std::{
    io::{Read, Write},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use wecom_sim::{Identity, Latency, State};

use super::support::{Cluster, Corp, House, Organisation, corp};

const RUNS: usize = 200;
const COMPANIES: usize = 10;
const KEY: &str = "5c1f0e7ab3d94f6288aa417d9be0c35f5c1f0e7ab3d94f6288aa417d9be0c35f";
const PATIENCE: Duration = Duration::from_secs(240);

/// A socket in a folder of its own that leads to the database until it is cut.
struct Cable {
    folder: tempfile::TempDir,
    cut: Arc<AtomicBool>,
    ends: Arc<Mutex<Vec<UnixStream>>>,
}

impl Cable {
    fn lay(database: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("cable").tempdir_in("/tmp").expect("a folder with a short path");
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("a socket");
        let cut = Arc::new(AtomicBool::new(false));
        let ends: Arc<Mutex<Vec<UnixStream>>> = Arc::default();
        let (is_cut, kept, to) = (cut.clone(), ends.clone(), database.join(".s.PGSQL.5432"));
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let Ok(near) = near else { return };
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(far) = UnixStream::connect(&to) else { continue };
                let both =
                    |stream: &UnixStream| (stream.try_clone().expect("twice"), stream.try_clone().expect("twice"));
                let ((near_in, near_out), (far_in, far_out)) = (both(&near), both(&far));
                kept.lock().expect("no panic").extend([near, far]);
                std::thread::spawn(move || relay(near_in, far_out));
                std::thread::spawn(move || relay(far_in, near_out));
            }
        });
        Self { folder, cut, ends }
    }

    fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        for end in self.ends.lock().expect("no panic").drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

fn relay(mut from: UnixStream, mut to: UnixStream) {
    let mut buffer = [0u8; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

fn identity(number: usize) -> Identity {
    Identity {
        corp_id: format!("ww{number:016x}"),
        corp_name: format!("Company {number}"),
        agent_id: corp::AGENT_ID,
        app_secret: corp::APP_SECRET.into(),
        contacts_secret: corp::CONTACTS_SECRET.into(),
    }
}

fn companies() -> Corp {
    let mut state = State::one_corp(&identity(0));
    for number in 1..COMPANIES {
        state.corps.extend(State::one_corp(&identity(number)).corps);
    }
    let companies = Corp::with(state);
    companies.set_latency(Latency { ms: 4, jitter_ms: 2 });
    companies
}

fn node(url: &str) -> House {
    let mut house = House::new();
    house.set("IDFLOW_STORE", url);
    house.set("IDFLOW_MASTER_KEY", KEY);
    house
}

fn connect(house: &House, companies: &Corp) {
    let template = house.good(&["template", "show", "wecom_downstream_full"]);
    let text = template["text"]
        .as_str()
        .expect("the template")
        .replace("delay: 1s, max_delay: 60s", "delay: 0s, max_delay: 0s");
    let file = house.path("sync.yaml");
    std::fs::write(&file, text).expect("written");
    let file = file.display().to_string();
    for number in 0..COMPANIES {
        let (name, id) = (format!("c{number}"), format!("sync_{number}"));
        let corp_id = format!("corp_id={}", identity(number).corp_id);
        let (url, agent) = (format!("base_url={}", companies.base_url()), format!("agent_id={}", corp::AGENT_ID));
        house.good(&[
            "connection",
            "add",
            "wecom",
            "--name",
            &name,
            "--set",
            &corp_id,
            "--set",
            &url,
            "--set",
            &agent,
            "--secret",
            "contacts_secret=env:CONTACTS",
            "--secret",
            "app_secret=env:APP",
        ]);
        let alias = format!("wecom={name}");
        house.good(&["workflow", "create", "--file", &file, "--id", &id, "--connection", &alias]);
        house.good(&["workflow", "activate", &id, "--yes"]);
    }
}

fn runs(house: &House) -> Vec<Value> {
    house.good(&["runs", "list", "--limit", "1000"]).as_array().expect("runs").clone()
}

#[test]
fn a_node_dies_and_a_node_is_cut_off() {
    let Some(cluster) = Cluster::start() else { return };
    let direct = cluster.url("nodes");
    let socket: PathBuf =
        direct.split("host=").nth(1).and_then(|rest| rest.split('&').next()).expect("a folder").into();
    let cable = Cable::lay(&socket);
    let cabled = direct.replace(&socket.display().to_string(), &cable.folder.path().display().to_string());
    let nodes = [node(&direct), node(&direct), node(&cabled)];
    let companies = companies();
    let organisation = Organisation::generated(4, 24);
    organisation.write(&nodes[0].source());
    nodes[0].import(&[]).expect(0);
    connect(&nodes[0], &companies);

    let mut servers: Vec<_> = nodes.iter().map(House::serve).map(Some).collect();
    let mut accepted = Vec::new();
    for number in 0..RUNS {
        if number == RUNS / 2 {
            servers[1].take().expect("the second node").kill();
            cable.cut();
        }
        let at = if number < RUNS / 2 { number % 3 } else { 0 };
        let workflow = format!("sync_{}", number % COMPANIES);
        let run = nodes[at].good(&["run", &workflow, "--yes"]);
        accepted.push(run["run"].as_str().expect("an id").to_string());
    }
    let begun = Instant::now();
    let ended = loop {
        let all = runs(&nodes[0]);
        let open = all.iter().filter(|run| run["ended"].is_null()).count();
        if open == 0 {
            break all;
        }
        assert!(begun.elapsed() < PATIENCE, "{open} runs do not end");
        std::thread::sleep(Duration::from_millis(200));
    };
    eprintln!("{} runs over {:?} after the last was accepted", ended.len(), begun.elapsed());
    let mine: Vec<&Value> =
        ended.iter().filter(|run| run["workflow"].as_str().is_some_and(|id| id.starts_with("sync_"))).collect();
    for id in &accepted {
        assert!(mine.iter().any(|run| run["run"] == id.as_str()), "the accepted run {id} is lost");
    }
    for run in &mine {
        let status = run["status"].as_str().expect("a state");
        assert!(status.starts_with("succeeded"), "{status}: {}", run["why"]);
    }
    // Run numbers of a workflow: each once.
    let mut numbers: Vec<(&str, u64)> =
        mine.iter().map(|run| (run["workflow"].as_str().expect("id"), run["no"].as_u64().expect("no"))).collect();
    numbers.sort_unstable();
    let count = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "a run number was given out twice");

    let check = companies.check();
    assert_eq!(check.creates_of_existing, 0, "{check:?}");
    assert_eq!(check.parallel_writes_of_one_object, 0, "two nodes wrote one company at once: {check:?}");
    let snapshot = companies.snapshot();
    let each = snapshot["corps"].as_array().expect("companies");
    assert_eq!(each.len(), COMPANIES);
    for company in each {
        assert_eq!(organisation.differences(company), Vec::<String>::new());
    }
    let checked = nodes[0].good(&["store", "check"]);
    assert_eq!(checked["damaged"], Value::Array(Vec::new()), "{checked}");
    for server in servers.into_iter().flatten() {
        server.kill();
    }
}
