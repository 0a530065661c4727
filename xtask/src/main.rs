//! `cargo xtask`: the project's own commands.
//!
//! * `build` builds the console and the program with it; `demo` builds both and shows them;
//! * `check` is what CI runs, runnable here;
//! * `crash` kills the server again and again, and freezes and cuts off nodes;
//! * `report` lists long files and missing module docs: information, not a gate;
//! * `schema` (or `openapi`), `bench` and `fuzz` need the product itself and are handed on to the package `xtask-product`.
//!
//! Nothing here is part of the product, and nothing here needs it: `cargo xtask check` says its first word before anything
//! large is built.

mod arguments;
mod build;
mod check;
mod console;
mod crash;
mod report;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use arguments::Arguments;
use xtask::{output, workspace};

const HELP: &str = "\
The project's own commands.

Usage: cargo xtask COMMAND

  build    the console (where Node is installed) and the program with it
             --profile NAME release unless said; `lean` is built soon and runs slowly
  demo     build all in the profile `lean`, start a simulated WeCom and the server with
           invented people, and print a link that signs in; Ctrl-C ends it
  check    everything that CI looks at
             --only STAGE   only this stage; may be given several times
             --list         name the stages and stop
  schema   write the files that are made from the code
  openapi  the same: the document of the API is one of them
  bench    measure the product against the simulator; `bench --help` says more
  fuzz     made-up inputs to the compiler, as long as wanted; `fuzz --help` says more
  crash    kill the server again and again, on both stores
             --kills N      kills on each store, 500 unless said
             --events N     kills, freezes and cuts of nodes, 60 unless said
             --seed N       the seed of the moments
  report   long files and missing module docs";

fn main() -> ExitCode {
    match run(Arguments::read()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            output::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: Arguments) -> Result<bool> {
    let Some(command) = arguments.word() else { bail!("which command?\n\n{HELP}") };
    match command.as_str() {
        "build" => {
            let profile = arguments.values("--profile")?.pop().unwrap_or_else(|| "release".into());
            arguments.nothing_more()?;
            build::run(&profile)
        }
        "demo" => build::demo(arguments.all()),
        "check" => {
            let args = check::Args { only: arguments.values("--only")?, list: arguments.flag("--list") };
            arguments.nothing_more()?;
            check::run(&args)
        }
        "crash" => {
            let kills = arguments.number("--kills")?.unwrap_or(500);
            let events = arguments.number("--events")?.unwrap_or(60);
            let args = crash::Args { kills, events, seed: arguments.number("--seed")? };
            arguments.nothing_more()?;
            crash::run(&args)
        }
        "report" => {
            arguments.nothing_more()?;
            report::run().map(|()| true)
        }
        "schema" | "openapi" => {
            arguments.nothing_more()?;
            // As a test of the whole workspace: every dependency then has the features that the other tests need, and none is
            // built twice.
            let mut writing = workspace::cargo(&["test", "--workspace", "--locked", "--bin", "xtask-product", "--"]);
            writing.args(["generated_files", "--nocapture"]).env(workspace::WRITE_GENERATED, "1");
            let written = writing.status().context("cargo cannot be run")?.success();
            // The console's types are made from the document of the API.
            if let (true, Ok(tools)) = (written, console::tools::found()) {
                console::packages(&tools)?;
                console::npm(&tools, &["run", "--silent", "contract"])?;
            }
            Ok(written)
        }
        "bench" | "fuzz" => {
            let mut handed = workspace::cargo(&["run", "--locked", "--package", "xtask-product", "--", &command]);
            let status = handed.args(arguments.all()).status().context("cargo cannot be run")?;
            Ok(status.success())
        }
        "help" | "--help" | "-h" => {
            output::data(HELP);
            Ok(true)
        }
        other => bail!("there is no command `{other}`\n\n{HELP}"),
    }
}
