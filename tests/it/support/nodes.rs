//! Nodes over one database: cables that can be cut and mended, processes that can be frozen, and what the simulated platform
//! tells about who wrote.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use wecom_sim::{Identity, Latency, State};

use super::{Cluster, Corp, House, corp};

/// The master key that nodes share.
pub const KEY: &str = "5c1f0e7ab3d94f6288aa417d9be0c35f5c1f0e7ab3d94f6288aa417d9be0c35f";

/// A socket in a folder of its own that leads to the database unless it is cut.
pub struct Cable {
    _folder: tempfile::TempDir,
    cut: Arc<AtomicBool>,
    mute: Arc<AtomicBool>,
    ends: Arc<Mutex<Vec<UnixStream>>>,
}

impl Cable {
    /// One that leads to this database, and the address of a schema by way of it.
    pub fn lay(cluster: &Cluster, schema: &str) -> (Self, String) {
        let direct = cluster.url(schema);
        let database: PathBuf =
            direct.split("host=").nth(1).and_then(|rest| rest.split('&').next()).expect("a folder").into();
        let folder = tempfile::Builder::new().prefix("cable").tempdir_in("/tmp").expect("a folder with a short path");
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("a socket");
        let cut = Arc::new(AtomicBool::new(false));
        let mute = Arc::new(AtomicBool::new(false));
        let ends: Arc<Mutex<Vec<UnixStream>>> = Arc::default();
        let (is_cut, is_mute, kept) = (cut.clone(), mute.clone(), ends.clone());
        let to = database.join(".s.PGSQL.5432");
        std::thread::spawn(move || accept(&listener, &is_cut, &is_mute, &kept, &to));
        let url = direct.replace(&database.display().to_string(), &folder.path().display().to_string());
        (Self { _folder: folder, cut, mute, ends }, url)
    }

    /// Nothing that is sent arrives any more, and nobody is told: what a filter does, or a machine without power.
    pub fn mute(&self) {
        self.mute.store(true, Ordering::SeqCst);
    }

    /// Cuts it: what goes through it ends, and nothing new comes about.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        for end in self.ends.lock().expect("no panic").drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Mends it.
    pub fn mend(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}

fn accept(
    listener: &UnixListener,
    is_cut: &AtomicBool,
    is_mute: &Arc<AtomicBool>,
    kept: &Mutex<Vec<UnixStream>>,
    to: &Path,
) {
    for near in listener.incoming() {
        let Ok(near) = near else { return };
        if is_cut.load(Ordering::SeqCst) {
            continue;
        }
        let Ok(far) = UnixStream::connect(to) else { continue };
        let both = |stream: &UnixStream| (stream.try_clone().expect("twice"), stream.try_clone().expect("twice"));
        let ((near_in, near_out), (far_in, far_out)) = (both(&near), both(&far));
        let mut kept = kept.lock().expect("no panic");
        if is_cut.load(Ordering::SeqCst) {
            continue;
        }
        kept.extend([near, far]);
        let (here, there) = (is_mute.clone(), is_mute.clone());
        std::thread::spawn(move || relay(near_in, far_out, &here));
        std::thread::spawn(move || relay(far_in, near_out, &there));
    }
}

fn relay(mut from: UnixStream, mut to: UnixStream, is_mute: &AtomicBool) {
    let mut buffer = [0u8; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if is_mute.load(Ordering::SeqCst) {
            continue;
        }
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Sends a signal to a process: `STOP` freezes it, `CONT` lets it go on.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").arg("-s").arg(name).arg(process.to_string()).status();
    assert!(sent.is_ok_and(|status| status.success()), "the process takes {name}");
}

/// A node at this address.
pub fn node(url: &str) -> House {
    let mut house = House::new();
    house.set("IDFLOW_STORE", url);
    house.set("IDFLOW_MASTER_KEY", KEY);
    house
}

/// The company of this number.
pub fn identity(number: usize) -> Identity {
    Identity {
        corp_id: format!("ww{number:016x}"),
        corp_name: format!("Company {number}"),
        agent_id: corp::AGENT_ID,
        app_secret: corp::APP_SECRET.into(),
        contacts_secret: corp::CONTACTS_SECRET.into(),
    }
}

/// So many companies behind one address.
pub fn companies(number: usize, latency: Latency) -> Corp {
    let mut state = State::one_corp(&identity(0));
    for number in 1..number {
        state.corps.extend(State::one_corp(&identity(number)).corps);
    }
    let companies = Corp::with(state);
    companies.set_latency(latency);
    companies
}

/// Adds the connection `cN` to the company of this number.
pub fn connect(house: &House, companies: &Corp, number: usize, more: &[&str]) {
    let name = format!("c{number}");
    let corp_id = format!("corp_id={}", identity(number).corp_id);
    let (url, agent) = (format!("base_url={}", companies.base_url()), format!("agent_id={}", corp::AGENT_ID));
    let mut args =
        vec!["connection", "add", "wecom", "--name", &name, "--set", &corp_id, "--set", &url, "--set", &agent];
    args.extend(["--secret", "contacts_secret=env:CONTACTS", "--secret", "app_secret=env:APP"]);
    for setting in more {
        args.extend(["--set", setting]);
    }
    house.good(&args);
}

/// The text of a template without its waits.
pub fn template(house: &House, name: &str) -> String {
    let shown = house.good(&["template", "show", name]);
    let text = shown["text"].as_str().expect("the template");
    assert!(text.contains("delay: 1s, max_delay: 60s"), "the template's waits");
    text.replace("delay: 1s, max_delay: 60s", "delay: 0s, max_delay: 0s")
}

/// Makes a workflow of this text and activates it.
pub fn workflow(house: &House, id: &str, text: &str, connections: &[&str]) {
    let file = house.path(&format!("{id}.yaml"));
    std::fs::write(&file, text).expect("written");
    let file = file.display().to_string();
    let mut args = vec!["workflow", "create", "--file", &file, "--id", id];
    for connection in connections {
        args.extend(["--connection", connection]);
    }
    house.good(&args);
    house.good(&["workflow", "activate", id, "--yes"]);
}

/// By which right something was sent: its number, and the node.
pub fn right(lease: Option<&str>) -> Option<(u64, String)> {
    let (epoch, node) = lease?.split_once(' ')?;
    Some((epoch.parse().ok()?, node.to_string()))
}

/// Writes that a node sent although another one had the company already: by the platform's own list, each with what came
/// before. Rights of one company have numbers that grow, so once a request came under a larger one, no write may come under
/// a smaller one.
///
/// A process that is frozen between its look at the lease and the call that hands the bytes to the network hands them over
/// when it wakes: no look can be later than the last one, and the platform knows no fence. So for each time that a node was
/// frozen one such write is told, and does not count.
pub fn late_writes(companies: &Corp, frozen: usize) -> Vec<String> {
    let mut late = all_late_writes(companies);
    for write in late.drain(..frozen.min(late.len())) {
        eprintln!("sent by a node that was frozen in the act of sending: {write}");
    }
    late
}

fn all_late_writes(companies: &Corp) -> Vec<String> {
    let mut newest: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let written: std::collections::BTreeSet<u64> = companies.effects().iter().map(|effect| effect.request).collect();
    let mut late = Vec::new();
    for request in companies.requests() {
        // Messages are sent beside the runs that write.
        if request.path.contains("/message/") {
            continue;
        }
        let Some(corp) = request.corpid.clone() else { continue };
        let Some((epoch, node)) = right(request.lease.as_deref()) else { continue };
        match newest.get(&corp) {
            Some((before, by)) if *before > epoch => {
                if written.contains(&request.seq) {
                    late.push(format!(
                        "{corp}: {} {} under {epoch} of {node}, after {before} of {by}: {}",
                        request.seq, request.path, request.body
                    ));
                }
            }
            _ => drop(newest.insert(corp, (epoch, node))),
        }
    }
    late
}

/// The nodes that wrote to the companies.
pub fn writers(companies: &Corp) -> std::collections::BTreeSet<String> {
    let requests: BTreeMap<u64, Option<String>> =
        companies.requests().into_iter().map(|request| (request.seq, request.lease)).collect();
    let by = |request: u64| right(requests.get(&request)?.as_deref()).map(|(_, node)| node);
    companies.effects().iter().filter_map(|effect| by(effect.request)).collect()
}
