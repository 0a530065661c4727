//! What a server costs that has little to do: the size of its program, how soon it is ready, what it holds in memory, what
//! ten thousand schedules cost while none is due, and when all of them are due in the same minute.
//!
//! `cargo xtask bench --server`. The processor time is that of the process, as the system counts it; only the starts are
//! times on the clock, the best of several, because a busy machine only ever adds.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use idflow::{
    app::{App, Settings},
    contract::workflow::NewWorkflow,
    engine::clock::ManualClock,
    model::id::Tenant,
    store::{Batch, Kv, location::Location, runs, sled::SledStore},
};
use serde::Serialize;

use super::process;

/// Entries of the large store.
const ENTRIES: u64 = 1_000_000;
/// Active schedules.
const SCHEDULES: usize = 10_000;
/// Starts of each kind.
const STARTS: usize = 3;
/// How long an idle server is looked at.
const IDLE: Duration = Duration::from_secs(20);
/// How long all runs may take.
const PATIENCE: Duration = Duration::from_secs(3600);
/// 2026-03-02 00:00 UTC.
pub const MONDAY: i64 = 1_772_409_600_000;
pub const HOUR: i64 = 3_600_000;

/// The figures.
#[derive(Debug, Serialize)]
pub struct Server {
    /// The program, bytes.
    binary_bytes: u64,
    /// From the start of the process to the line that it listens, on an empty folder.
    ready_empty_ms: f64,
    /// Resident then, after a while.
    idle_empty_kib: u64,
    /// The same on a store of a million entries whose process was killed.
    ready_large_ms: f64,
    idle_large_kib: u64,
    /// Processor time of the start until everything was compared.
    compared_large_cpu_ms: u64,
    /// Making and activating the schedules' workflows: the first thousand, and the last.
    made_first_ms: f64,
    made_last_ms: f64,
    /// Share of one core while none of them is due.
    idle_schedules_share: f64,
    idle_schedules_kib: u64,
    /// All of them due in one minute.
    due_at_once: DueAtOnce,
}

#[derive(Debug, Serialize)]
struct DueAtOnce {
    runs: usize,
    peak_kib: u64,
    cpu_ms: u64,
    wall_ms: f64,
}

/// A server that answers.
pub struct Running {
    child: Child,
    ready: Duration,
    /// Where it listens, as the beginning of a URL.
    pub address: String,
}

impl Running {
    pub fn start(binary: &Path, data: &Path, clock: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(binary);
        command.arg("--data-dir").arg(data).args(["--output", "json", "serve"]);
        if let Some(clock) = clock {
            command.env("IDFLOW_CLOCK_FILE", clock);
        }
        let begun = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let out = child.stdout.take().context("a pipe")?;
        let mut line = String::new();
        let mut out = BufReader::new(out);
        // The answer has several lines.
        while !line.contains("address") && out.read_line(&mut line)? > 0 {}
        let ready = begun.elapsed();
        ensure!(line.contains("address"), "the server does not listen: {line}");
        let address = format!("http://{}", line.rsplit('"').nth(1).context("an address")?);
        Ok(Self { child, ready, address })
    }

    fn cpu_ms(&self) -> u64 {
        process::cpu_of(self.child.id()).unwrap_or(0)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has had nothing to do for a while, and gives the processor time by then.
    pub fn rest(&self) -> Result<u64> {
        let begun = Instant::now();
        let mut before = self.cpu_ms();
        loop {
            std::thread::sleep(Duration::from_secs(3));
            let now = self.cpu_ms();
            // Three hundredths of a core are no work.
            if now - before < 90 {
                return Ok(now);
            }
            ensure!(begun.elapsed() < PATIENCE, "the server does not come to rest");
            before = now;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Measures this program on the disk of this folder.
pub async fn measure(binary: &Path, folder: &Path) -> Result<Server> {
    let binary_bytes = std::fs::metadata(binary)?.len();
    let (ready_empty_ms, idle_empty_kib, _) = starts(binary, folder, None)?;
    let killed = folder.join("killed");
    fill(&folder.join("filled"), &killed).await?;
    let (ready_large_ms, idle_large_kib, compared_large_cpu_ms) = starts(binary, folder, Some(&killed))?;
    let data = folder.join("schedules");
    let (made_first_ms, made_last_ms) = schedules(&data).await?;
    let clock = folder.join("clock");
    let set = |now: i64| std::fs::write(&clock, now.to_string());
    set(MONDAY + HOUR)?;
    let (idle_schedules_share, idle_schedules_kib) = {
        // Its clock is a file that it reads fifty times a second, which counts, too.
        let server = Running::start(binary, &data, Some(&clock))?;
        let before = server.rest()?;
        std::thread::sleep(IDLE);
        let share = (server.cpu_ms() - before) as f64 / IDLE.as_millis() as f64;
        (share, process::resident_of(server.child.id()).unwrap_or(0))
    };
    let due_at_once = {
        let server = Running::start(binary, &data, Some(&clock))?;
        let before = server.rest()?;
        let begun = Instant::now();
        set(MONDAY + 3 * HOUR + 1000)?;
        let cpu_ms = server.rest()? - before;
        let wall_ms = begun.elapsed().as_secs_f64() * 1000.0;
        DueAtOnce { runs: 0, peak_kib: process::peak_of(server.child.id()).unwrap_or(0), cpu_ms, wall_ms }
    };
    let due_at_once = DueAtOnce { runs: ran_once(&data).await?, ..due_at_once };
    Ok(Server {
        binary_bytes,
        ready_empty_ms,
        idle_empty_kib,
        ready_large_ms,
        idle_large_kib,
        compared_large_cpu_ms,
        made_first_ms,
        made_last_ms,
        idle_schedules_share,
        idle_schedules_kib,
        due_at_once,
    })
}

/// The shortest of several starts, what the server holds at rest, and the processor time until then.
fn starts(binary: &Path, folder: &Path, image: Option<&Path>) -> Result<(f64, u64, u64)> {
    let mut best = f64::MAX;
    let (mut resident, mut cpu) = (0, 0);
    for _ in 0..STARTS {
        let data = folder.join("data");
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        if let Some(image) = image {
            copy(image, &data)?;
        }
        let server = Running::start(binary, &data, None)?;
        best = best.min(server.ready.as_secs_f64() * 1000.0);
        cpu = server.rest()?;
        resident = process::resident_of(server.child.id()).unwrap_or(0);
    }
    Ok((best, resident, cpu))
}

pub fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("a name")?);
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            std::fs::copy(&path, &target)?;
            // What was acknowledged is on disk: whoever opens the copy must not wait for the copying.
            std::fs::File::open(&target)?.sync_all()?;
        }
    }
    Ok(())
}

/// A store as a killed process leaves it: a copy of its files while it is open.
async fn fill(data: &Path, killed: &Path) -> Result<()> {
    let store = SledStore::open(data)?;
    let mut key = 1u64;
    for _ in 0..ENTRIES / 500 {
        let mut batch = Batch::default();
        for _ in 0..500 {
            // Keys come in no order, as those of people and links do.
            key = key.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut value = vec![1u8];
            value.extend((0..100u8).map(|place| place ^ key.to_le_bytes()[usize::from(place % 8)]));
            batch.put([b"~/bench/", &key.to_be_bytes()[..]].concat(), value);
        }
        store.commit(batch).await?;
    }
    copy(data, killed)
}

/// Makes active workflows that are due at three every night; how long the first thousand and the last took.
pub async fn schedules(data: &Path) -> Result<(f64, f64)> {
    let settings = Settings {
        data_dir: data.to_path_buf(),
        store: Location::Folder(data.to_path_buf()),
        master_key: None,
        clock: Arc::new(ManualClock::at(MONDAY)),
        disk_floor: 0,
        at_work: None,
    };
    let failed = |error: idflow::app::AppError| anyhow::anyhow!("{error}: {:?}", error.findings);
    let app = App::open(settings).await.map_err(failed)?;
    let mut times = Vec::new();
    for thousand in 0..SCHEDULES / 1000 {
        let begun = Instant::now();
        for number in thousand * 1000..(thousand + 1) * 1000 {
            let id = format!("nightly_{number}");
            let text = format!(
                "dsl: 1\nid: {id}\nname: {{zh: 每夜, en: Nightly}}\non:\n  manual: {{}}\n  schedule: [{{cron: '0 3 * * *', \
                 timezone: UTC, catchup: latest}}]\nconnections:\n  directory: {{type: directory, ref: default}}\nsteps:\n  \
                 - {{id: read, name: {{zh: 读, en: Read}}, uses: directory/read}}\n"
            );
            let new = NewWorkflow { text: Some(text), ..NewWorkflow::default() };
            app.create_workflow(new, "bench").await.map_err(failed)?;
            app.activate(&id, "bench").await.map_err(failed)?;
        }
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok((times.first().copied().unwrap_or(0.0), times.last().copied().unwrap_or(0.0)))
}

/// How many workflows ran, each once and to its end.
async fn ran_once(data: &Path) -> Result<usize> {
    let store = SledStore::open(data)?;
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for run in runs::list(&store, &Tenant::default_tenant(), None, 10 * SCHEDULES).await? {
        ensure!(run.status.is_end(), "run {} is {}", run.run, run.status.as_str());
        *count.entry(run.workflow).or_default() += 1;
    }
    if let Some((workflow, count)) = count.iter().find(|(_, count)| **count != 1) {
        bail!("{workflow} ran {count} times");
    }
    ensure!(count.len() == SCHEDULES, "{} of {SCHEDULES} ran", count.len());
    Ok(count.len())
}
