//! A PostgreSQL server of a test's own: a temporary cluster that answers on a socket in its folder and nowhere else.
//!
//! Making a cluster takes a second, so one is made once, kept beside the build, and copied. The server never runs as root:
//! for root everything is done as the user `postgres`. It dies with the thread that started it, even when the test process
//! is killed, and folders that a killed process left behind are removed by the next one.
//!
//! Where the server is not installed the tests that need it say so; with `IDFLOW_TEST_REQUIRE_POSTGRES=1` they fail.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    time::Duration,
};

use super::eventually;

/// How long the server may take to come up or go down.
const PATIENCE: Duration = super::PATIENCE;
/// What the folders are called; the process follows.
const PREFIX: &str = "idflow-pg-";

/// A running server. Dropping it stops it and removes its folder.
pub struct Cluster {
    bin: PathBuf,
    folder: PathBuf,
    server: Option<Server>,
}

/// The process, and the thread that it must not outlive.
struct Server {
    child: Child,
    _keeper: mpsc::Sender<()>,
}

impl Cluster {
    /// Starts one; `None` after saying that PostgreSQL is missing.
    pub fn start() -> Option<Self> {
        let Some(bin) = programs() else {
            let why = "skipped: PostgreSQL is not installed (initdb and postgres were not found)";
            assert!(std::env::var_os("IDFLOW_TEST_REQUIRE_POSTGRES").is_none(), "{why}");
            eprintln!("{why}");
            return None;
        };
        sweep();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Short, because the path of a socket may have 107 bytes only.
        let folder = std::env::temp_dir().join(format!("{PREFIX}{}-{number}", std::process::id()));
        copy(&template(&bin), &folder.join("data"));
        give_away(&folder);
        let mut cluster = Self { bin, folder, server: None };
        cluster.go_on();
        Some(cluster)
    }

    /// The address of a schema of it.
    pub fn url(&self, schema: &str) -> String {
        format!("postgres://postgres@localhost/postgres?host={}&schema={schema}", self.folder.display())
    }

    /// Starts the server again after [`Cluster::stop`] or [`Cluster::kill`].
    pub fn go_on(&mut self) {
        assert!(self.server.is_none(), "the server runs");
        // What a killed server left behind must not keep the next one from starting.
        let mut command = as_server(&self.bin.join("postgres"), true);
        command.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        for setting in ["listen_addresses=", "shared_buffers=16MB", "max_connections=100", "fsync=on"] {
            command.arg("-c").arg(setting);
        }
        let log = File::options().create(true).append(true).open(self.folder.join("log")).expect("the server's log");
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("the log twice")).stderr(log);
        command.current_dir(&self.folder);
        // The server dies with the thread that starts it: this one lives until the test lets go of it.
        let (keeper, wait) = mpsc::channel::<()>();
        let (send, started) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = send.send(command.spawn());
            let _ = wait.recv();
        });
        let mut child = started.recv().expect("the keeper").expect("the server starts");
        eventually("the server answers", PATIENCE, || {
            if let Some(ended) = child.try_wait().expect("the server is there") {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("the server ended: {ended}\n{log}");
            }
            let ready = Command::new(self.bin.join("pg_isready")).arg("-q").arg("-h").arg(&self.folder).status();
            ready.is_ok_and(|status| status.success()).then_some(())
        });
        self.server = Some(Server { child, _keeper: keeper });
    }

    /// Stops the server: sessions end with an error, everything is written.
    pub fn stop(&mut self) {
        self.end("INT");
    }

    /// Stops the server as a crash would: nothing is written any more, the next start recovers.
    pub fn kill(&mut self) {
        self.end("QUIT");
    }

    fn end(&mut self, signal: &str) {
        if let Some(mut server) = self.server.take() {
            let sent = Command::new("kill").arg("-s").arg(signal).arg(server.child.id().to_string()).status();
            assert!(sent.is_ok_and(|status| status.success()), "the server takes a signal");
            server.child.wait().expect("the server ends");
        }
    }

    /// Does something in the database, and gives what it answered, unaligned.
    pub fn sql(&self, text: &str) -> String {
        let done = Command::new(self.bin.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "postgres", "-c", text])
            .arg("-h")
            .arg(&self.folder)
            .output()
            .expect("psql runs");
        assert!(done.status.success(), "{text}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("UTF-8").trim().to_string()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The folder of the server's programs: from the path, or the newest where Debian puts them.
fn programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|folder| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file()))
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    id.stdout.trim_ascii() == b"0"
}

/// A program as the user that the server runs as, perhaps bound to the life of the thread that starts it.
fn as_server(program: &Path, bound: bool) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    if bound {
        command.args(["--pdeathsig", "QUIT"]);
    }
    // With a C locale nothing depends on the machine.
    command.env("LC_ALL", "C").arg(program);
    command
}

/// Makes the folder the server user's.
fn give_away(folder: &Path) {
    let mut modes = Command::new("chmod");
    assert!(modes.args(["-R", "u=rwX,go="]).arg(folder.join("data")).status().is_ok_and(|done| done.success()));
    if is_root() {
        let mut owner = Command::new("chown");
        assert!(owner.args(["-R", "postgres:postgres"]).arg(folder).status().is_ok_and(|done| done.success()));
    }
}

/// A cluster that nobody has worked with, kept beside the build.
fn template(bin: &Path) -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(tmp).expect("the build's folder");
    let kept = tmp.join("postgres-template");
    // One test process makes it, the others wait.
    let lock = File::create(tmp.join("postgres-template.lock")).expect("a lock");
    lock.lock().expect("the lock");
    if kept.is_dir() {
        return kept;
    }
    let work = std::env::temp_dir().join(format!("{PREFIX}{}-new", std::process::id()));
    std::fs::create_dir_all(&work).expect("a folder");
    if is_root() {
        let mut owner = Command::new("chown");
        assert!(owner.arg("postgres:postgres").arg(&work).status().is_ok_and(|done| done.success()));
    }
    let done = as_server(&bin.join("initdb"), false)
        .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"])
        .arg(work.join("data"))
        .current_dir(&work)
        .output()
        .expect("initdb runs");
    assert!(done.status.success(), "initdb: {}", String::from_utf8_lossy(&done.stderr));
    let next = tmp.join("postgres-template.next");
    let _ = std::fs::remove_dir_all(&next);
    copy(&work.join("data"), &next);
    std::fs::rename(&next, &kept).expect("the template gets its name");
    let _ = std::fs::remove_dir_all(&work);
    kept
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
    let done = Command::new("cp").arg("-R").arg(from).arg(to).status();
    assert!(done.is_ok_and(|done| done.success()), "{} is copied", from.display());
}

/// Removes the folders of processes that are gone.
fn sweep() {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
