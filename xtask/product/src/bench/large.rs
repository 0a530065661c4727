//! Large companies: processor time and memory, which a busy machine hardly changes. A first import of 300,000 rows, the same
//! files again, and then, in another data folder, the first and the unchanged sync of 257,000 people with settings as they
//! ship, so that the first one goes by import jobs.
//!
//! Beside them stands what nobody can do without: reading the bytes of the files and finding its lines and fields, and the
//! requests of the unchanged sync sent again (uploads cannot be, so the first sync has nothing beside it).

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::{
    bare,
    process::{self, Used},
    product::{Jobs, Product},
    simulator::Simulator,
};

/// What was measured of a large company.
#[derive(Debug, Clone, Serialize)]
pub struct Large {
    /// Rows of the imported `users.csv`.
    pub rows: usize,
    /// Rows of its `departments.csv`.
    pub departments: usize,
    /// Files to an empty directory.
    pub import: Used,
    /// The same files again.
    pub again: Used,
    /// Processor time of reading the same files bare.
    pub read_cpu_ms: u64,
    /// People of the syncs.
    pub people: usize,
    /// Into an empty company, by import jobs.
    pub first: Used,
    /// How many business requests that took.
    pub first_requests: usize,
    /// With nothing to do.
    pub unchanged: Used,
    /// How many business requests that took.
    pub unchanged_requests: usize,
    /// Processor time of the same requests sent bare.
    pub unchanged_bare_cpu_ms: u64,
}

/// Measures.
pub async fn measure(binary: &Path, simulator: &Path, rows: usize, people: usize) -> Result<Large> {
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("source");
    let departments = write(rows, &source)?;
    let product = Product::new(binary, folder.path());
    let import = product.import(&source)?;
    let again = product.import(&source)?;
    let before = process::own_cpu_ms();
    let fields = read_bare(&source.join("departments.csv"))? + read_bare(&source.join("users.csv"))?;
    let read_cpu_ms = process::own_cpu_ms() - before;
    if fields < rows {
        bail!("{fields} fields in {rows} rows: the bare reading means nothing");
    }
    drop(folder);

    let folder = tempfile::tempdir()?;
    let source = folder.path().join("source");
    write(people, &source)?;
    let simulator = Simulator::start(simulator).await?;
    let product = Product::new(binary, folder.path());
    product.import(&source)?;
    product.connect(&simulator.base_url, Jobs::AsShipped)?;
    simulator.forget_requests().await?;
    let first = product.sync()?;
    let first_requests = simulator.requests().await?.len();
    simulator.forget_requests().await?;
    let unchanged = product.sync()?;
    let requests = simulator.requests().await?;
    if unchanged.created_or_changed > 0 {
        bail!("the second sync changed {} objects: nothing had changed", unchanged.created_or_changed);
    }
    let before = process::own_cpu_ms();
    bare::replay(&simulator, &requests).await?;
    Ok(Large {
        rows,
        departments,
        import,
        again,
        read_cpu_ms,
        people,
        first: first.used,
        first_requests,
        unchanged: unchanged.used,
        unchanged_requests: requests.len(),
        unchanged_bare_cpu_ms: process::own_cpu_ms() - before,
    })
}

/// Writes the files of an organisation of so many people; gives how many departments it has.
fn write(people: usize, folder: &Path) -> Result<usize> {
    let organisation = idflow::demo::organisation::generate(super::SEED, people);
    organisation.write(folder)?;
    Ok(organisation.departments.len())
}

/// Reads a file and counts its fields, with nothing remembered of them.
fn read_bare(path: &Path) -> Result<usize> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let text = std::str::from_utf8(&bytes)?;
    Ok(text.lines().map(|line| line.split(',').filter(|field| !field.is_empty()).count()).sum())
}

/// Each figure of the table: what, processor time, bare, requests, peak memory in KiB.
pub fn lines(large: &Large) -> Vec<String> {
    let line = |what: String, used: &Used, bare: Option<u64>, requests: Option<usize>| {
        format!(
            "| {what} | {:.2} s | {} | {} | {:.2} s | {:.0} MiB |",
            used.cpu_ms as f64 / 1000.0,
            bare.map_or("–".into(), |ms| format!("{:.2} s", ms as f64 / 1000.0)),
            requests.map_or("–".into(), |number| number.to_string()),
            used.wall_ms / 1000.0,
            used.peak_kib as f64 / 1024.0,
        )
    };
    let (rows, people) = (large.rows, large.people);
    vec![
        "| large company | processor time | of that bare | requests | process | peak memory |".into(),
        "|---|---:|---:|---:|---:|---:|".into(),
        line(format!("first import of {rows} rows"), &large.import, Some(large.read_cpu_ms), None),
        line(format!("the same files again, {rows} rows"), &large.again, Some(large.read_cpu_ms), None),
        line(format!("first sync of {people} people"), &large.first, None, Some(large.first_requests)),
        line(
            format!("unchanged sync of {people} people"),
            &large.unchanged,
            Some(large.unchanged_bare_cpu_ms),
            Some(large.unchanged_requests),
        ),
    ]
}

/// Each aim in words, what was measured, and whether that is good enough. They are for the sizes that are measured by
/// default.
pub fn aims(large: &Large) -> Vec<(String, String, bool)> {
    let (rows, people) = (large.rows, large.people);
    let cpu = |what: String, used: &Used, most: u64| {
        let aim = format!("{what}: at most {} s of processor time", most / 1000);
        (aim, format!("{:.2} s", used.cpu_ms as f64 / 1000.0), used.cpu_ms <= most)
    };
    let memory = |what: String, used: &Used, most: u64| {
        let aim = format!("{what}: at most {most} MiB");
        (aim, format!("{:.0} MiB", used.peak_kib as f64 / 1024.0), used.peak_kib <= most * 1024)
    };
    let import = || format!("first import of {rows} rows");
    let unchanged = || format!("unchanged sync of {people} people");
    vec![
        cpu(import(), &large.import, 20_000),
        memory(import(), &large.import, 350),
        cpu(format!("the same files again, {rows} rows"), &large.again, 8_000),
        cpu(unchanged(), &large.unchanged, 8_000),
        memory(unchanged(), &large.unchanged, 300),
        (
            format!("{}: at most 40 requests", unchanged()),
            large.unchanged_requests.to_string(),
            large.unchanged_requests <= 40,
        ),
        memory(format!("first sync of {people} people"), &large.first, 400),
    ]
}
