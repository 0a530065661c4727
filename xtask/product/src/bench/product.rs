//! The product, used as its owner would: one command after the other, over one data folder.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};
use chrono::DateTime;
use serde_json::Value;
use wecom_sim::Identity;

use super::process::{self, Used};

const CONNECTION: &str = "bench_corp";
/// The workflow of the benchmark.
pub const WORKFLOW: &str = "bench_downstream";

/// The exit code of a run that waits for an approval.
pub const HELD: i32 = 4;
/// And of one of which some objects are not as wanted.
pub const PARTIAL: i32 = 3;

/// A data folder and the binary that works on it.
pub struct Product {
    binary: PathBuf,
    folder: PathBuf,
}

/// How the connection of the benchmark writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jobs {
    /// By import jobs where they are faster, as it ships.
    AsShipped,
    /// By single calls only: the bare client repeats those, and cannot send uploads again.
    Off,
}

/// A sync as measured.
pub struct Ran {
    /// What the process used.
    pub used: Used,
    /// What the run itself says, from started to ended.
    pub run_ms: f64,
    /// How many objects it touched.
    pub created_or_changed: u64,
}

impl Product {
    /// Over a new data folder below `folder`.
    pub fn new(binary: &Path, folder: &Path) -> Self {
        Self { binary: binary.into(), folder: folder.into() }
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The answer of a command that succeeds.
    pub fn say(&self, arguments: &[&str]) -> Result<Value> {
        Ok(self.call(arguments)?.0)
    }

    /// Imports two CSV files.
    pub fn import(&self, source: &Path) -> Result<Used> {
        let source = source.display().to_string();
        Ok(self.call(&["directory", "import", &source, "--yes"])?.1)
    }

    /// Makes the connection and an active workflow.
    pub fn connect(&self, base_url: &str, jobs: Jobs) -> Result<()> {
        self.connect_with(base_url, jobs, &[])
    }

    /// The same with some words of the workflow's template changed.
    pub fn connect_with(&self, base_url: &str, jobs: Jobs, words: &[(&str, &str)]) -> Result<()> {
        let identity = Identity::default();
        let corp = format!("corp_id={}", identity.corp_id);
        let agent = format!("agent_id={}", identity.agent_id);
        let url = format!("base_url={base_url}");
        self.call(&[
            "connection",
            "add",
            "wecom",
            "--name",
            CONNECTION,
            "--set",
            "title=Benchmark",
            "--set",
            &corp,
            "--set",
            &agent,
            "--set",
            &url,
            // The bare client keeps no limits.
            "--set",
            "limits=per_minute=10000000,per_hour=100000000",
            "--set",
            if jobs == Jobs::Off { "import_jobs=off" } else { "import_jobs=auto" },
            "--secret",
            "app_secret=env:BENCH_APP",
            "--secret",
            "contacts_secret=env:BENCH_CONTACTS",
        ])?;
        let alias = format!("wecom={CONNECTION}");
        let shown = self.call(&["template", "show", "wecom_downstream_full"])?.0;
        let mut text = shown["text"].as_str().context("the template has no text")?.to_string();
        for (old, new) in words {
            if !text.contains(old) {
                bail!("the template has no `{old}`");
            }
            text = text.replace(old, new);
        }
        let file = self.folder.join("workflow.yaml");
        std::fs::write(&file, text)?;
        let file = file.display().to_string();
        self.call(&["workflow", "create", "--file", &file, "--id", WORKFLOW, "--connection", &alias])?;
        self.call(&["workflow", "activate", WORKFLOW, "--yes"])?;
        Ok(())
    }

    /// Runs the workflow.
    pub fn sync(&self) -> Result<Ran> {
        let (ended, used) = self.call(&["run", WORKFLOW, "--yes", "--wait"])?;
        let run = ended["run"].as_str().context("the answer names no run")?;
        let shown = self.call(&["runs", "show", run])?.0;
        let at = |name: &str| -> Result<_> {
            let text = shown[name].as_str().with_context(|| format!("the run has no `{name}`"))?;
            Ok(DateTime::parse_from_rfc3339(text)?.timestamp_millis())
        };
        let millis = at("ended")? - at("started")?;
        let kinds = ended["counts"].as_object().into_iter().flatten();
        let touched = kinds.flat_map(|(_, counts)| ["created", "updated", "removed"].map(|word| counts[word].as_u64()));
        Ok(Ran { used, run_ms: millis as f64, created_or_changed: touched.flatten().sum() })
    }

    /// Imports two CSV files, whatever they change: what is held all the same is approved.
    pub fn import_anyway(&self, source: &Path) -> Result<()> {
        let source = source.display().to_string();
        let (run, _) = self.ends_with(&[0, PARTIAL, HELD], &["directory", "import", &source, "--yes"])?;
        if run["status"] != "held" {
            return Ok(());
        }
        let run = run["run"].as_str().context("the answer names no run")?;
        self.ends_with(&[0, PARTIAL], &["runs", "approve", run, "--source-checked"]).map(|_| ())
    }

    /// Runs the workflow without approving anything; it must end with one of these exit codes.
    pub fn run(&self, codes: &[i32]) -> Result<(Value, Used)> {
        self.ends_with(codes, &["run", WORKFLOW, "--wait"])
    }

    /// Approves or rejects a run that is held.
    pub fn decide(&self, how: &str, run: &Value) -> Result<()> {
        let run = run["run"].as_str().context("the answer names no run")?;
        self.ends_with(&[0, PARTIAL], &["runs", how, run]).map(|_| ())
    }

    /// One command; anything but success ends the benchmark.
    fn call(&self, arguments: &[&str]) -> Result<(Value, Used)> {
        self.ends_with(&[0], arguments)
    }

    fn ends_with(&self, codes: &[i32], arguments: &[&str]) -> Result<(Value, Used)> {
        let identity = Identity::default();
        let mut command = Command::new(&self.binary);
        command
            .arg("--data-dir")
            .arg(self.data())
            .args(["--output", "json", "--lang", "en"])
            .args(arguments)
            .env_remove("IDFLOW_MASTER_KEY")
            .env_remove("IDFLOW_CLOCK_FILE")
            .env_remove("IDFLOW_LOG")
            .env("BENCH_APP", identity.app_secret)
            .env("BENCH_CONTACTS", identity.contacts_secret);
        let ended = process::run(&mut command, &self.folder)?;
        if !ended.status.code().is_some_and(|code| codes.contains(&code)) {
            let words = arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ");
            bail!("idflow {words}: {}\n{}\n{}", ended.status, ended.err.trim(), ended.out.trim());
        }
        let value = serde_json::from_str(&ended.out).map_err(|error| anyhow!("idflow answered no JSON: {error}"))?;
        Ok((value, ended.used))
    }
}
