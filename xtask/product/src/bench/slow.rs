//! A slow WeCom: every answer takes 20 ms, and 110 departments with 5,000 people go into an empty company, by import jobs and
//! by single calls, undisturbed and with one call in a hundred failing.
//!
//! What counts is time on the clock, nearly all of it waiting, so a busy machine changes it only so much. How long the
//! platform itself worked on the job is told beside it: nothing can be faster.

use std::{fs, io::Write, path::Path};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::json;

use super::{
    process::Used,
    product::{Jobs, Product},
    simulator::Simulator,
};

/// How long an answer takes.
const LATENCY_MS: u64 = 20;
/// Below the company: so many, and below each of them so many teams, 110 in all.
const DIVISIONS: usize = 9;
const TEAMS: usize = 100;
/// One in so many belongs to two departments; of every other one the second is the main one.
const ONE_IN_TWO: usize = 33;
/// Of so many calls, one fails.
const ONE_IN_FAILS: f64 = 100.0;

/// What was measured of a slow WeCom.
#[derive(Debug, Clone, Serialize)]
pub struct Slow {
    /// How many people.
    pub people: usize,
    /// In how many departments.
    pub departments: usize,
    /// How long an answer takes.
    pub latency_ms: u64,
    /// By import jobs.
    pub jobs: Way,
    /// How long the platform worked on them.
    pub job_ms: u64,
    /// By import jobs, some single calls failing.
    pub jobs_disturbed: Way,
    /// By single calls.
    pub single: Way,
    /// By single calls, some failing.
    pub single_disturbed: Way,
}

/// One sync.
#[derive(Debug, Clone, Serialize)]
pub struct Way {
    /// The process from start to end.
    pub process: Used,
    /// The run itself, from started to ended.
    pub run_ms: f64,
    /// How many business requests it sent.
    pub requests: usize,
    /// How many of them a fault was put on.
    pub failed: usize,
}

/// Measures.
pub async fn measure(binary: &Path, simulator: &Path, people: usize) -> Result<Slow> {
    let (jobs, job_ms) = sync(binary, simulator, people, Jobs::AsShipped, false).await?;
    if job_ms == 0 {
        bail!("no import job was taken");
    }
    Ok(Slow {
        people,
        departments: 1 + DIVISIONS + TEAMS,
        latency_ms: LATENCY_MS,
        jobs,
        job_ms,
        jobs_disturbed: sync(binary, simulator, people, Jobs::AsShipped, true).await?.0,
        single: sync(binary, simulator, people, Jobs::Off, false).await?.0,
        single_disturbed: sync(binary, simulator, people, Jobs::Off, true).await?.0,
    })
}

/// One sync into an empty company, and how long the platform worked on jobs.
async fn sync(binary: &Path, simulator: &Path, people: usize, jobs: Jobs, disturbed: bool) -> Result<(Way, u64)> {
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("source");
    write(people, &source)?;
    let simulator = Simulator::start(simulator).await?;
    let product = Product::new(binary, folder.path());
    product.import(&source)?;
    product.connect(&simulator.base_url, jobs)?;
    simulator.put("latency", &json!({"ms": LATENCY_MS})).await?;
    if disturbed {
        // Busy, a write conflict, an error of a proxy, an answer that is lost: of single calls, not of those around a job.
        let effects = [json!({"errcode": -1}), json!({"errcode": 6000}), json!({"http": 502}), json!({"lost": true})];
        let calls = ["/cgi-bin/department/*", "/cgi-bin/user/create", "/cgi-bin/user/update"];
        let rate = 1.0 / ONE_IN_FAILS / effects.len() as f64;
        let rule = |path: &str, effect: &serde_json::Value| json!({"path": path, "rate": rate, "effect": effect});
        let rules: Vec<_> =
            calls.iter().flat_map(|path| effects.iter().map(move |effect| rule(path, effect))).collect();
        simulator.put("faults", &json!({"seed": super::SEED, "rules": rules})).await?;
    }
    simulator.forget_requests().await?;
    let ran = product.sync()?;
    let made = (1 + DIVISIONS + TEAMS + people) as u64;
    if ran.created_or_changed != made {
        bail!("{} objects were made or changed, not {made}", ran.created_or_changed);
    }
    let requests = simulator.requests().await?;
    let failed = requests.iter().filter(|request| request.fault.is_some()).count();
    let way = Way { process: ran.used, run_ms: ran.run_ms, requests: requests.len(), failed };
    Ok((way, simulator.job_ms().await?))
}

/// Writes the files: nobody has a manager, because those follow by calls of their own in any case.
fn write(people: usize, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = fs::File::create(folder.join("departments.csv"))?;
    let mut text = String::from("dept_id,parent_id,name,order\nC,,Company,1\n");
    for number in 0..DIVISIONS {
        text += &format!("D{number},C,Division {number},{}\n", number + 1);
    }
    for number in 0..TEAMS {
        text += &format!("T{number},D{},Team {number},{}\n", number % DIVISIONS, number + 1);
    }
    file.write_all(text.as_bytes()).context("departments.csv")?;
    let mut text =
        String::from("external_id,userid,name,mobile,email,position,departments,is_leader,main_department,enabled\n");
    for number in 0..people {
        let (first, second) = (number % TEAMS, (number / ONE_IN_TWO * 7 + 1) % TEAMS);
        let (departments, leads, main) = if number % ONE_IN_TWO == 0 && first != second {
            let main = if number % 2 == 0 { second } else { first };
            (format!("T{first};T{second}"), "0;1", main)
        } else {
            (format!("T{first}"), "0", first)
        };
        text += &format!(
            "E{number},user{number},Person {number},154{number:08},user{number}@example.com,Engineer,{departments},{leads},T{main},1\n"
        );
    }
    fs::write(folder.join("users.csv"), text).context("users.csv")
}

fn ways(slow: &Slow) -> [(&'static str, &Way); 4] {
    [
        ("by import jobs", &slow.jobs),
        ("by import jobs, one single call in a hundred failing", &slow.jobs_disturbed),
        ("by single calls", &slow.single),
        ("by single calls, one in a hundred failing", &slow.single_disturbed),
    ]
}

/// Each figure of the table.
pub fn lines(slow: &Slow) -> Vec<String> {
    let Slow { people, departments, latency_ms, job_ms, .. } = slow;
    let mut lines = vec![
        format!(
            "| first sync of {departments} departments and {people} people, {latency_ms} ms a call | requests | of them failed | process | run |"
        ),
        "|---|---:|---:|---:|---:|".into(),
    ];
    for (what, way) in ways(slow) {
        let (process, run) = (way.process.wall_ms / 1000.0, way.run_ms / 1000.0);
        lines.push(format!("| {what} | {} | {} | {process:.2} s | {run:.2} s |", way.requests, way.failed));
    }
    lines.push(String::new());
    lines.push(format!("The platform itself worked {:.2} s on the undisturbed job.", *job_ms as f64 / 1000.0));
    lines
}

/// Each aim in words, what was measured, and whether that is good enough.
pub fn aims(slow: &Slow) -> Vec<(String, String, bool)> {
    let what = format!("{} departments and {} people, {} ms a call", slow.departments, slow.people, slow.latency_ms);
    let ratio = |disturbed: &Way, way: &Way| disturbed.run_ms / way.run_ms;
    let single = ratio(&slow.single_disturbed, &slow.single);
    vec![
        (
            format!("{what}, by import jobs: at most 3 s"),
            format!("{:.2} s", slow.jobs.run_ms / 1000.0),
            slow.jobs.run_ms <= 3000.0,
        ),
        (
            format!("{what}, by import jobs: at most 260 requests"),
            slow.jobs.requests.to_string(),
            slow.jobs.requests <= 260,
        ),
        (
            format!("{what}, by single calls, one in a hundred failing: at most 1.3 × undisturbed"),
            format!("{single:.2} ×"),
            single <= 1.3,
        ),
    ]
}
