//! What one run of a program costs: time on the clock, time on the processors, and the most memory it held.
//!
//! Linux keeps the peak of a process in `/proc/PID/status` (VmHWM) until it ends, so it is read every few milliseconds;
//! what is taken in the very last moments can be missed.

use std::{
    fs::File,
    path::Path,
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// How often the process is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Processor time is counted in ticks of this length on every Linux that Rust runs on.
const TICK_MS: u64 = 10;

/// What a process used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Used {
    /// From start to end.
    pub wall_ms: f64,
    /// On all processors, user and system.
    pub cpu_ms: u64,
    /// The most that was resident.
    pub peak_kib: u64,
}

/// A process that ended.
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// What it used.
    pub used: Used,
}

/// Runs a command to its end. Its output goes through files in `folder`, so that no pipe can fill up.
pub fn run(command: &mut Command, folder: &Path) -> Result<Ended> {
    let (out, err) = (folder.join("stdout"), folder.join("stderr"));
    command.stdin(Stdio::null()).stdout(File::create(&out)?).stderr(File::create(&err)?);
    let begun = Instant::now();
    let mut child = command.spawn().context("the program cannot be started")?;
    let proc = Path::new("/proc").join(child.id().to_string());
    let (mut peak_kib, mut cpu_ms) = (0, 0);
    let (status, wall) = loop {
        peak_kib = peak(&proc).unwrap_or(0).max(peak_kib);
        cpu_ms = cpu(&proc).unwrap_or(0).max(cpu_ms);
        if let Some(status) = child.try_wait()? {
            break (status, begun.elapsed());
        }
        std::thread::sleep(LOOK);
    };
    Ok(Ended {
        status,
        out: std::fs::read_to_string(out)?,
        err: std::fs::read_to_string(err)?,
        used: Used { wall_ms: wall.as_secs_f64() * 1000.0, cpu_ms, peak_kib },
    })
}

/// What this process used of the processors so far, in milliseconds.
pub fn own_cpu_ms() -> u64 {
    cpu(Path::new("/proc/self")).unwrap_or(0)
}

/// The most that a process held so far, in KiB.
pub fn peak_of(pid: u32) -> Option<u64> {
    peak(&Path::new("/proc").join(pid.to_string()))
}

/// What a process holds now, in KiB.
pub fn resident_of(pid: u32) -> Option<u64> {
    status(&Path::new("/proc").join(pid.to_string()), "VmRSS:")
}

/// The processor time of a process so far, in milliseconds.
pub fn cpu_of(pid: u32) -> Option<u64> {
    cpu(&Path::new("/proc").join(pid.to_string()))
}

fn peak(proc: &Path) -> Option<u64> {
    status(proc, "VmHWM:")
}

fn status(proc: &Path, word: &str) -> Option<u64> {
    let status = std::fs::read_to_string(proc.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_whitespace().next()?.parse().ok()
}

fn cpu(proc: &Path) -> Option<u64> {
    let stat = std::fs::read_to_string(proc.join("stat")).ok()?;
    // The name, in brackets, may hold blanks; counting starts behind it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) * TICK_MS)
}
