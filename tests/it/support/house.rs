//! One installation: a data folder and a source folder in a temporary place, and the real binary run in it.
//!
//! Everything that any command prints is kept, so that a test can look for what must not be there.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
};

use serde_json::Value;
use tempfile::TempDir;

use super::corp::{self, Corp};

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    /// Its exit code; -1 when it was killed.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Answer {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\nout: {}\nerr: {}", self.out, self.err))
    }

    /// The answer, after making sure of the exit code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\nout: {}\nerr: {}", self.out, self.err);
        self
    }
}

/// A command that makes the data folder and needs nothing.
pub const BEGIN: [&str; 4] = ["workflow", "create", "--template", "csv_to_directory"];

/// An installation.
pub struct House {
    folder: TempDir,
    variables: Vec<(String, String)>,
    heard: Mutex<String>,
}

impl House {
    /// An empty one.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("src")).expect("a source folder");
        let variables = vec![
            ("APP".into(), corp::APP_SECRET.into()),
            ("CONTACTS".into(), corp::CONTACTS_SECRET.into()),
            ("USER".into(), "wang.min".into()),
            ("LC_ALL".into(), "C".into()),
        ];
        Self { folder, variables, heard: Mutex::default() }
    }

    /// One with the connection `main`, both secrets given, and this template as workflow `sync`, active.
    pub fn ready(corp: &Corp, template: &str) -> Self {
        let house = Self::new();
        house.connect(corp);
        house.workflow(template);
        house
    }

    /// The same whose time is that of a file.
    pub fn clocked(mut self, ms: i64) -> Self {
        self.set_clock(ms);
        let file = self.path("clock").display().to_string();
        self.variables.push(("IDFLOW_CLOCK_FILE".into(), file));
        self
    }

    /// Moves the time; a reader sees the old or the new one, never half of it.
    pub fn set_clock(&self, ms: i64) {
        let next = self.path("clock.next");
        std::fs::write(&next, ms.to_string()).expect("the clock is written");
        std::fs::rename(next, self.path("clock")).expect("the clock is moved");
    }

    /// Another variable of the environment.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.into(), value.into()));
    }

    /// A place in the temporary folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The folder with departments.csv and users.csv.
    pub fn source(&self) -> PathBuf {
        self.path("src")
    }

    /// The binary with these arguments, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_idflow"));
        for name in [
            "IDFLOW_DATA_DIR",
            "IDFLOW_STORE",
            "IDFLOW_TENANT",
            "IDFLOW_MASTER_KEY",
            "IDFLOW_CLOCK_FILE",
            "IDFLOW_LOG",
            "IDFLOW_SERVER",
            "IDFLOW_TOKEN",
            "NO_COLOR",
            "LANG",
        ] {
            command.env_remove(name);
        }
        // What whoever runs the tests has logged in to is none of their business.
        command.env("XDG_CONFIG_HOME", self.path("settings"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder.path()).stdin(Stdio::null()).arg("--data-dir").arg(self.data()).args(args);
        command
    }

    /// Runs a command that answers people.
    pub fn text(&self, args: &[&str]) -> Answer {
        let done = self.command(args).output().expect("the binary runs");
        let answer = Answer {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8(done.stdout).expect("UTF-8"),
            err: String::from_utf8(done.stderr).expect("UTF-8"),
        };
        let mut heard = self.heard.lock().expect("no panic while listening");
        heard.push_str(&answer.out);
        heard.push_str(&answer.err);
        answer
    }

    /// Runs a command that answers programs.
    pub fn ask(&self, args: &[&str]) -> Answer {
        let mut all = vec!["--output", "json"];
        all.extend(args);
        self.text(&all)
    }

    /// Runs a command that must end with 0, and gives its JSON.
    #[track_caller]
    pub fn good(&self, args: &[&str]) -> Value {
        self.ask(args).expect(0).json()
    }

    /// All that any command printed.
    pub fn heard(&self) -> String {
        self.heard.lock().expect("no panic while listening").clone()
    }

    /// Adds the connection `main` with both secrets.
    #[track_caller]
    pub fn connect(&self, corp: &Corp) {
        self.connect_with(corp, &[], true);
    }

    /// Adds the connection `main` with more settings, with or without the app.
    #[track_caller]
    pub fn connect_with(&self, corp: &Corp, more: &[&str], app: bool) {
        let url = format!("base_url={}", corp.base_url());
        let corp_id = format!("corp_id={}", corp::CORP_ID);
        let agent_id = format!("agent_id={}", corp::AGENT_ID);
        let mut args = vec!["connection", "add", "wecom", "--name", "main", "--set", &corp_id, "--set", &url];
        args.extend(["--secret", "contacts_secret=env:CONTACTS"]);
        if app {
            args.extend(["--set", &agent_id, "--secret", "app_secret=env:APP"]);
        }
        for setting in more {
            args.extend(["--set", setting]);
        }
        self.good(&args);
    }

    /// Makes the workflow `sync` from a template and activates it. Repeated calls do not wait.
    #[track_caller]
    pub fn workflow(&self, template: &str) {
        self.workflow_changed(template, &[]);
    }

    /// The same with some words of the template changed.
    #[track_caller]
    pub fn workflow_changed(&self, template: &str, words: &[(&str, &str)]) {
        let shown = self.good(&["template", "show", template]);
        let text = shown["text"].as_str().expect("the template's text");
        let slow = "delay: 1s, max_delay: 60s";
        assert!(text.contains(slow), "{template} waits otherwise than thought");
        let mut text = text.replace(slow, "delay: 0s, max_delay: 0s");
        for (old, new) in words {
            assert!(text.contains(old), "{template} has no `{old}`");
            text = text.replace(old, new);
        }
        self.workflow_text(&text);
    }

    /// Makes the workflow `sync` from a text and activates it.
    #[track_caller]
    pub fn workflow_text(&self, text: &str) {
        let file = self.path("sync.yaml");
        std::fs::write(&file, text).expect("the workflow is written");
        let file = file.display().to_string();
        self.good(&["workflow", "create", "--file", &file, "--id", "sync", "--connection", "wecom=main"]);
        self.good(&["workflow", "activate", "sync", "--yes"]);
    }

    /// Imports the source folder.
    pub fn import(&self, more: &[&str]) -> Answer {
        let folder = self.source().display().to_string();
        let mut args = vec!["directory", "import", folder.as_str()];
        args.extend(more);
        self.ask(&args)
    }

    /// Runs `sync`, approved.
    pub fn sync(&self, more: &[&str]) -> Answer {
        let mut args = vec!["run", "sync", "--wait", "--yes"];
        args.extend(more);
        self.ask(&args)
    }

    /// Runs `sync` for the first time against a company that is in use: it is held, and a person approves what it links.
    #[track_caller]
    pub fn adopt(&self) -> Value {
        let held = self.sync(&[]).expect(4).json();
        assert!(held["why"].to_string().contains("\"adopt\""), "held for another reason: {}", held["why"]);
        self.ask(&["runs", "approve", held["run"].as_str().expect("the run's id")]).expect(0).json()
    }

    /// The items of a run, of which this is the answer.
    #[track_caller]
    pub fn items(&self, run: &Value) -> Vec<Value> {
        let id = run["run"].as_str().expect("the run's id");
        let items = self.good(&["runs", "items", id]);
        items.as_array().expect("items").clone()
    }

    /// Starts a server.
    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// The same with more arguments.
    pub fn serve_with(&self, more: &[&str]) -> Server {
        let mut child = self
            .command(&[&["--output", "json", "serve"][..], more].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let out = child.stdout.take().expect("its output");
        let mut lines = BufReader::new(out);
        // The answer stands in a JSON object over several lines; the address comes before the object ends.
        let mut line = String::new();
        while !line.contains("address") {
            line.clear();
            let read = lines.read_line(&mut line).expect("the server's output");
            assert!(read > 0, "the server ended before it answered");
        }
        Server { child, _lines: lines }
    }

    /// The bytes of every file of the data folder.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.data(), &mut files);
        files
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            files.push((path, bytes));
        }
    }
}

/// A running server. Dropping it kills it.
pub struct Server {
    child: Child,
    _lines: BufReader<std::process::ChildStdout>,
}

impl Server {
    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Kills it without warning.
    pub fn kill(mut self) {
        self.end();
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(asked.success(), "the server is there");
        let ended = self.child.wait().expect("it ends");
        assert!(ended.success(), "{ended}");
    }

    /// Waits until it ends without being asked to; gives its exit code.
    pub fn ended_by_itself(mut self) -> Option<i32> {
        super::eventually("the server ends", super::PATIENCE, || self.child.try_wait().expect("a child")).code()
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
