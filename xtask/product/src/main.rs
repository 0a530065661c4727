//! The commands of `cargo xtask` that need the product itself. They stand apart so that the checker is built in seconds.
//!
//! Files that are made from the code are written by a test of this crate, see `generated`.

mod bench;
mod fuzz;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod language;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{output, workspace};

/// The project's own commands, as far as they need the product.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure the product against the simulator.
    Bench(bench::Args),
    /// Made-up inputs to the compiler, as long as wanted.
    Fuzz(fuzz::Args),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Bench(args) => bench::run(&args),
        Command::Fuzz(args) => fuzz::run(&args, workspace::root()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
