//! `cargo xtask check`: what a change must pass.
//!
//! Every stage runs, whatever became of those before it; quick ones come first. Tests run in the development profile only,
//! so nothing is built twice. Each stage says its name and time; the last lines are a table of all. The time at the end is
//! counted from the moment at which cargo was started, so the building of this checker is in it.
//!
//! The browser waits for pages and the tests wait for servers: where both stages are wanted, the browser works while the tests
//! do, and what it says is shown when they are through.

mod beside;
mod commands;
mod console;
mod dependencies;
mod licences;
mod postgres;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use beside::Beside;

use xtask::output;

/// What to check.
#[derive(Debug)]
pub struct Args {
    /// Only these stages; all where none is named.
    pub only: Vec<String>,
    /// Name the stages and stop.
    pub list: bool,
}

/// One thing looked at. It prints what it finds and says whether all is well.
struct Stage {
    name: &'static str,
    what: &'static str,
    look: fn() -> Result<bool>,
}

const STAGES: &[Stage] = &[
    Stage { name: "format", what: "rustfmt would change nothing", look: commands::format },
    Stage { name: "dependencies", what: "every dependency is used", look: || told(&dependencies::findings()?) },
    Stage { name: "licences", what: "every licence is allowed", look: || told(&licences::findings()?) },
    Stage { name: "console", what: "the console's types, lint, format and tests", look: console::sources },
    Stage { name: "tests", what: "all tests, and that generated files are up to date", look: commands::tests },
    Stage { name: "doctests", what: "the examples in the docs", look: commands::doctests },
    Stage { name: "clippy", what: "no lint warns", look: commands::clippy },
    Stage { name: "browser", what: "the console's pages in a browser", look: console::pages },
    Stage { name: "docs", what: "rustdoc, private items included", look: commands::docs },
];

/// Runs the stages; true when all are well.
pub fn run(args: &Args) -> Result<bool> {
    if args.list {
        for stage in STAGES {
            output::data(&format!("{:14}{}", stage.name, stage.what));
        }
        return Ok(true);
    }
    if let Some(unknown) = args.only.iter().find(|only| STAGES.iter().all(|stage| stage.name != only.as_str())) {
        let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
        bail!("there is no stage `{unknown}`; there are {}", names.join(", "));
    }
    let before = since_start();
    let begun = Instant::now();
    let mut ends: Vec<(&Stage, bool, Duration)> = Vec::new();
    let wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    let mut browser: Option<Beside> = None;
    for stage in STAGES.iter().filter(|stage| wanted(stage.name)) {
        if stage.name == "tests" && wanted("browser") && console::ready() {
            browser = Some(Beside::start("browser")?);
        }
        output::say(&format!("== {}: {}", stage.name, stage.what));
        let at = Instant::now();
        let (good, took) = match browser.take_if(|beside| beside.stage() == stage.name) {
            Some(beside) => beside.end(),
            None => {
                let good = (stage.look)().unwrap_or_else(|error| {
                    output::say(&format!("{}: {error:#}", stage.name));
                    false
                });
                (good, at.elapsed())
            }
        };
        output::say(&format!("== {}: {} in {:.1} s", stage.name, word(good), took.as_secs_f64()));
        ends.push((stage, good, took));
    }
    output::say("");
    if let Some(before) = before {
        output::say(&format!("{:14}{:8}{:7.1} s", "this checker", "built", before.as_secs_f64()));
    }
    for (stage, good, took) in &ends {
        output::say(&format!("{:14}{:8}{:7.1} s", stage.name, word(*good), took.as_secs_f64()));
    }
    let good = ends.iter().all(|(_, good, _)| *good);
    let verdict = if good { "all is well" } else { "FAILED" };
    let whole = before.unwrap_or_default() + begun.elapsed();
    output::say(&format!("check: {verdict} after {:.0} s", whole.as_secs_f64()));
    Ok(good)
}

fn word(good: bool) -> &'static str {
    if good { "ok" } else { "FAILED" }
}

/// How long this process has been there. `cargo run` becomes the program that it has built, so that is since somebody typed
/// the command. Only Linux tells.
fn since_start() -> Option<Duration> {
    /// In which the kernel counts for programs, on every machine.
    const PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in brackets may contain anything; the twentieth word after it is the start, in ticks since the machine's.
    let start: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let now: f64 = std::fs::read_to_string("/proc/uptime").ok()?.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(now - start / PER_SECOND).ok()
}

/// Prints findings; none is well.
fn told(findings: &[String]) -> Result<bool> {
    for finding in findings {
        output::say(finding);
    }
    Ok(findings.is_empty())
}
