//! `cargo xtask check`: what a change must pass.
//!
//! Quick stages come first and always run. A dear stage that fails lets the later dear ones be skipped, unless
//! `--keep-going` is given. Tests run in the development profile only, so nothing is built twice. Each stage says its name
//! and time; the last lines are a table of all.

mod commands;
mod dependencies;
mod licences;
mod postgres;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::{generated, output};

/// What to check.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this stage; may be given several times.
    #[arg(long, value_name = "STAGE")]
    only: Vec<String>,
    /// Run dear stages after a failure too.
    #[arg(long)]
    keep_going: bool,
    /// Name the stages and stop.
    #[arg(long)]
    list: bool,
}

/// One thing looked at. It prints what it finds and says whether all is well.
struct Stage {
    name: &'static str,
    what: &'static str,
    dear: bool,
    look: fn() -> Result<bool>,
}

const STAGES: &[Stage] = &[
    Stage { name: "format", what: "rustfmt would change nothing", dear: false, look: commands::format },
    Stage {
        name: "dependencies",
        what: "every dependency is used",
        dear: false,
        look: || told(&dependencies::findings()?),
    },
    Stage { name: "licences", what: "every licence is allowed", dear: false, look: || told(&licences::findings()?) },
    Stage {
        name: "generated",
        what: "generated files are up to date",
        dear: false,
        look: || told(&generated::stale()?),
    },
    Stage { name: "tests", what: "all tests", dear: true, look: commands::tests },
    Stage { name: "doctests", what: "the examples in the docs", dear: true, look: commands::doctests },
    Stage { name: "clippy", what: "no lint speaks", dear: true, look: commands::clippy },
    Stage { name: "docs", what: "rustdoc, private items included", dear: true, look: commands::docs },
];

/// How a stage ended.
enum Outcome {
    Good,
    Bad,
    Skipped,
}

/// Runs the stages; true when all that ran are well.
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
    let begun = Instant::now();
    let mut dear_failed = false;
    let mut ends: Vec<(&Stage, Outcome, Duration)> = Vec::new();
    for stage in STAGES.iter().filter(|stage| args.only.is_empty() || args.only.iter().any(|only| only == stage.name)) {
        if stage.dear && dear_failed && !args.keep_going {
            ends.push((stage, Outcome::Skipped, Duration::ZERO));
            continue;
        }
        output::say(&format!("== {}: {}", stage.name, stage.what));
        let at = Instant::now();
        let good = (stage.look)().unwrap_or_else(|error| {
            output::say(&format!("{}: {error:#}", stage.name));
            false
        });
        dear_failed |= stage.dear && !good;
        output::say(&format!(
            "== {}: {} in {:.1} s",
            stage.name,
            if good { "ok" } else { "FAILED" },
            at.elapsed().as_secs_f64()
        ));
        ends.push((stage, if good { Outcome::Good } else { Outcome::Bad }, at.elapsed()));
    }
    output::say("");
    for (stage, outcome, took) in &ends {
        let word = match outcome {
            Outcome::Good => "ok",
            Outcome::Bad => "FAILED",
            Outcome::Skipped => "skipped",
        };
        output::say(&format!("{:14}{word:8}{:7.1} s", stage.name, took.as_secs_f64()));
    }
    let good = ends.iter().all(|(_, outcome, _)| matches!(outcome, Outcome::Good));
    let word = if good { "all is well" } else { "FAILED" };
    output::say(&format!("check: {word} after {:.0} s", begun.elapsed().as_secs_f64()));
    Ok(good)
}

/// Prints findings; none is well.
fn told(findings: &[String]) -> Result<bool> {
    for finding in findings {
        output::say(finding);
    }
    Ok(findings.is_empty())
}
