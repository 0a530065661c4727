//! What the engine costs beside the work: a durable run of three trivial steps, many of them at once, and the journal of a
//! large one. Beside them the bare cost of the same durability: one `fdatasync` of this disk.

use std::{
    io::Write,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use idflow::{
    app::{App, Settings},
    contract::workflow::NewWorkflow,
    engine::{Request, clock::SystemClock},
    model::{
        event::{Event, Outcome},
        id::{RunId, Tenant},
        trigger::{Trigger, TriggerKind},
    },
    store::{Batch, Kv, location::Location, runs, sled::SledStore},
};
use serde::{Deserialize, Serialize};

/// Runs one after the other, for the latency.
const ONE_BY_ONE: usize = 300;
/// Runs at once, for the rate.
const AT_ONCE: usize = 20_000;
/// Workflows that they belong to: runs of one workflow take turns.
const WORKFLOWS: usize = 256;
/// Items of the large journal.
const ITEMS: u32 = 100_000;
/// Items announced in one commit, as the engine does it.
const WINDOW: u32 = 64;

/// The figures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Engine {
    /// Median of one `fdatasync` after 4 KiB, microseconds.
    pub fdatasync_us: f64,
    /// Median of a durable run of three trivial steps, from the request to the end on disk, microseconds.
    pub run_us: f64,
    /// Such runs in a second, many at once.
    pub runs_per_second: f64,
    /// Journal of one item (announcement and outcome), microseconds, with the disk.
    pub journal_us: f64,
    /// The same, processor time.
    pub journal_cpu_us: f64,
    /// Bytes on disk for one item of the journal.
    pub bytes_per_item: f64,
}

/// Measures on the disk of this folder.
pub async fn measure(folder: &Path) -> Result<Engine> {
    let fdatasync_us = fdatasync(folder)?;
    let (run_us, runs_per_second) = durable_runs(&folder.join("runs")).await?;
    let (journal_us, journal_cpu_us, bytes_per_item) = journal(&folder.join("journal")).await?;
    Ok(Engine { fdatasync_us, run_us, runs_per_second, journal_us, journal_cpu_us, bytes_per_item })
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1e6
}

fn fdatasync(folder: &Path) -> Result<f64> {
    let path = folder.join("bare");
    let mut file = std::fs::File::create(&path)?;
    let block = [7u8; 4096];
    let mut times = Vec::new();
    for _ in 0..ONE_BY_ONE {
        let begun = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    std::fs::remove_file(&path)?;
    Ok(median(times))
}

fn trivial(number: usize) -> String {
    format!(
        "dsl: 1\nid: trivial_{number}\nname: {{zh: 空转, en: Trivial}}\non: {{manual: {{}}}}\nconnections:\n  directory: \
         {{type: directory, ref: default}}\nsteps:\n  - {{id: one, name: {{zh: 一, en: One}}, uses: directory/read}}\n  - \
         {{id: two, name: {{zh: 二, en: Two}}, uses: directory/read}}\n  - {{id: three, name: {{zh: 三, en: Three}}, uses: \
         directory/read}}\n"
    )
}

fn request(number: usize) -> Request {
    Request::new(format!("trivial_{number}"), Trigger::new(TriggerKind::Manual, "bench", 0))
}

async fn durable_runs(folder: &Path) -> Result<(f64, f64)> {
    let settings = Settings {
        data_dir: folder.to_path_buf(),
        store: Location::Folder(folder.to_path_buf()),
        master_key: None,
        clock: Arc::new(SystemClock),
        disk_floor: 0,
        at_work: None,
    };
    let app = App::open(settings).await?;
    for number in 0..WORKFLOWS {
        let new = NewWorkflow { text: Some(trivial(number)), ..NewWorkflow::default() };
        app.create_workflow(new, "bench").await?;
        app.activate(&format!("trivial_{number}"), "bench").await?;
    }
    let engine = app.engine().clone();
    let mut times = Vec::new();
    for number in 0..ONE_BY_ONE {
        let begun = Instant::now();
        let run = engine.submit(request(number % WORKFLOWS)).await?;
        let ended = engine.wait(run).await?.context("the run is there")?;
        if !ended.status.is_end() || ended.why.iter().any(|why| why.code == "step_failed") {
            bail!("a trivial run ended as {}: {:?}", ended.status.as_str(), ended.why);
        }
        times.push(begun.elapsed());
    }
    let begun = Instant::now();
    let mut at_work = tokio::task::JoinSet::new();
    for number in 0..AT_ONCE {
        if at_work.len() >= WORKFLOWS {
            at_work.join_next().await.transpose()?.transpose()?;
        }
        let engine = engine.clone();
        at_work.spawn(async move {
            let run = engine.submit(request(number % WORKFLOWS)).await?;
            engine.wait(run).await?;
            anyhow::Ok(())
        });
    }
    while let Some(done) = at_work.join_next().await {
        done??;
    }
    Ok((median(times), AT_ONCE as f64 / begun.elapsed().as_secs_f64()))
}

async fn journal(folder: &Path) -> Result<(f64, f64, f64)> {
    let store = SledStore::open_async(folder.to_path_buf()).await?;
    let tenant = Tenant::default_tenant();
    let run = RunId::new(1);
    let before = store.size().await?;
    let cpu = cpu_time();
    let begun = Instant::now();
    let mut seq = 1;
    let mut unwritten: Vec<Event> = Vec::new();
    for first in (0..ITEMS).step_by(WINDOW as usize) {
        let mut events = std::mem::take(&mut unwritten);
        let rows = first..(first + WINDOW).min(ITEMS);
        events.extend(rows.clone().map(|row| Event::Intent { row, attempt: 1 }));
        let mut batch = Batch::default();
        let number = events.len() as u64;
        runs::journal(&mut batch, &tenant, run, seq, 1, events)?;
        seq += number;
        store.commit(batch).await?;
        unwritten = rows
            .map(|row| Event::Done {
                row,
                attempt: 1,
                outcome: Outcome::Created,
                ms: row % 90,
                left_out: Vec::new(),
                warnings: Vec::new(),
            })
            .collect();
    }
    let mut batch = Batch::default();
    runs::journal(&mut batch, &tenant, run, seq, 1, unwritten)?;
    store.commit(batch).await?;
    let spent = begun.elapsed().as_secs_f64() * 1e6;
    let cpu = (cpu_time() - cpu) * 1e6;
    let read = runs::read_journal(&*store, &tenant, run).await?;
    if read.len() != 2 * ITEMS as usize {
        bail!("the journal holds {} events", read.len());
    }
    let bytes = store.size().await?.saturating_sub(before);
    let items = f64::from(ITEMS);
    Ok((spent / items, cpu / items, bytes as f64 / items))
}

/// Processor time of this process, in seconds.
fn cpu_time() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return 0.0 };
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    // Fields 14 and 15 of proc(5), in hundredths of a second.
    (ticks(11) + ticks(12)) / 100.0
}
