//! What the figures were measured on, and whether it was left alone. No names of hosts or folders.

use std::{path::Path, process::Command, thread::sleep, time::Duration};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// A machine is left alone when no more than this share of its processors is used.
const QUIET: f64 = 0.1;

/// A machine and what ran on it.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// The model of the processors.
    pub cpu: String,
    /// How many of them may be used.
    pub cores: usize,
    /// Main memory.
    pub memory_mib: u64,
    /// The kernel.
    pub kernel: String,
    /// The compiler.
    pub rustc: String,
    /// The version of the product.
    pub idflow: String,
    /// When the measured binary was built, or what `--date` said.
    pub date: String,
}

/// Looks around.
pub fn read(binary: &Path, date: Option<String>) -> Result<Machine> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| -> Option<String> {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_string())
    };
    let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
    let memory: u64 = memory.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(0);
    let date = match date {
        Some(date) => date,
        None => DateTime::<Utc>::from(std::fs::metadata(binary)?.modified()?).format("%Y-%m-%d").to_string(),
    };
    Ok(Machine {
        cpu: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".into()),
        cores: std::thread::available_parallelism()?.get(),
        memory_mib: memory / 1024,
        kernel: read("/proc/sys/kernel/osrelease").trim().to_string(),
        rustc: says(Command::new("rustc").arg("--version"))?,
        idflow: says(Command::new(binary).arg("--version"))?,
        date,
    })
}

/// Waits until the processors have nothing else to do, for half a minute at most; whether they have.
pub fn is_quiet() -> bool {
    (0..30).any(|_| busy_share(Duration::from_secs(1)).is_none_or(|share| share <= QUIET))
}

/// How much of the processors' time was used during this wait.
fn busy_share(wait: Duration) -> Option<f64> {
    let (idle, all) = ticks()?;
    sleep(wait);
    let (idle_after, all_after) = ticks()?;
    Some(1.0 - (idle_after - idle) / (all_after - all).max(1.0))
}

/// Idle ticks and all ticks since the machine started.
fn ticks() -> Option<(f64, f64)> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let fields = stat.lines().next()?.split_whitespace().skip(1);
    let ticks: Vec<f64> = fields.filter_map(|field| field.parse().ok()).collect();
    // The fourth is idle, the fifth idle while a disk works; those after the eighth are counted in the first already.
    let all: f64 = ticks.iter().take(8).sum();
    Some((ticks.get(3)? + ticks.get(4)?, all))
}

fn says(command: &mut Command) -> Result<String> {
    let answer = command.output().with_context(|| format!("{} cannot be run", command.get_program().display()))?;
    Ok(String::from_utf8_lossy(&answer.stdout).trim().to_string())
}
