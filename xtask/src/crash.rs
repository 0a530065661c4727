//! `cargo xtask crash`: the crash harness of the integration tests with more kills than a check has time for, and several nodes
//! that are killed, frozen and cut off while they write.

use anyhow::{Context, Result};

use xtask::workspace::cargo;

/// How hard.
#[derive(Debug)]
pub struct Args {
    /// Kills on each store.
    pub kills: usize,
    /// Kills, freezes and cuts of nodes.
    pub events: usize,
    /// The seed of the moments; by default the one of the check.
    pub seed: Option<u64>,
}

/// Runs it on both stores; true when all is well.
pub fn run(args: &Args) -> Result<bool> {
    let mut command = cargo(&["test", "--package", "idflow", "--test", "it", "--locked"]);
    command.args(["--", "crash::", "nodes::", "--nocapture", "--test-threads", "1"]);
    command.env("IDFLOW_CRASH_KILLS", args.kills.to_string());
    command.env("IDFLOW_NODE_EVENTS", args.events.to_string());
    if let Some(seed) = args.seed {
        command.env("IDFLOW_TEST_SEED", seed.to_string());
    }
    Ok(command.status().context("cargo cannot be run")?.success())
}
