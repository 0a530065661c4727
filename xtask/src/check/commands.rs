//! The stages that are calls of cargo. Their output goes where ours goes, so the test runner's closing line stays visible.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::postgres;
use xtask::{output, workspace::cargo};

/// Whether rustfmt would change something.
pub fn format() -> Result<bool> {
    run(cargo(&["fmt", "--all", "--check"]))
}

/// Whether a lint warns, in tests and examples too.
pub fn clippy() -> Result<bool> {
    run(cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
}

/// All tests but those in the docs; with nextest where it is installed. Those of the PostgreSQL store must run where the
/// server is there or can be installed.
pub fn tests() -> Result<bool> {
    let postgres = postgres::there()?;
    let nextest = cargo(&["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let mut command = if nextest.is_ok_and(|status| status.success()) {
        if !run(cargo(&["nextest", "run", "--workspace", "--locked", "--no-run"]))? {
            return Ok(false);
        }
        // What the build wrote is on disk before tests wait for theirs.
        let _ = Command::new("sync").status();
        // Many tests wait for servers that they start and kill: with one at a time each core is idle for a part of it.
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = (2 * cores).to_string();
        cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--test-threads", &threads])
    } else {
        output::say("cargo-nextest is not installed: cargo test does it");
        cargo(&["test", "--workspace", "--tests", "--locked", "--no-fail-fast"])
    };
    if postgres {
        command.env("IDFLOW_TEST_REQUIRE_POSTGRES", "1");
    }
    let good = run(command)?;
    if !postgres {
        output::say("SKIPPED: the tests on PostgreSQL; its server is not installed");
    }
    Ok(good)
}

/// The tests in the docs, which nextest does not run.
pub fn doctests() -> Result<bool> {
    run(cargo(&["test", "--workspace", "--doc", "--locked"]))
}

/// Whether the docs can be built, those of private items included.
pub fn docs() -> Result<bool> {
    let mut command = cargo(&["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"]);
    command.env("RUSTDOCFLAGS", "-Dwarnings");
    run(command)
}

fn run(mut command: Command) -> Result<bool> {
    let status = command.status().with_context(|| format!("{} cannot be run", command.get_program().display()))?;
    Ok(status.success())
}
