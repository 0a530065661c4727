//! `cargo xtask`: the project's own commands.
//!
//! * `check` is what CI runs, runnable here;
//! * `schema` writes the files that are made from the code;
//! * `bench` measures the product against the simulator and writes docs/benchmarks.md;
//! * `fuzz` tries made-up inputs on the compiler;
//! * `crash` kills the server again and again;
//! * `report` lists long files and missing module docs: information, not a gate.
//!
//! Nothing here is part of the product.

mod bench;
mod check;
mod crash;
mod fuzz;
mod generated;
mod language;
mod output;
mod report;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything that CI looks at.
    Check(check::Args),
    /// Write the files that are made from the code.
    Schema,
    /// Measure the product against the simulator.
    Bench(bench::Args),
    /// Made-up inputs to the compiler, as long as wanted.
    Fuzz(fuzz::Args),
    /// Kill the server again and again, on both stores.
    Crash(crash::Args),
    /// Long files and missing module docs.
    Report,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Schema => generated::write().map(|()| true),
        Command::Bench(args) => bench::run(&args).map(|()| true),
        Command::Fuzz(args) => fuzz::run(&args, workspace::root()).map(|()| true),
        Command::Crash(args) => crash::run(&args),
        Command::Report => report::run().map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            output::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
