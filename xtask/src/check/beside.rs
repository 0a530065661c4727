//! A stage that works while others do: this checker once more, with that stage only. What it says is kept until it is asked.

use std::{
    process::{Command, Output, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use xtask::output;

/// A stage at work.
pub struct Beside {
    stage: &'static str,
    work: JoinHandle<(std::io::Result<Output>, Duration)>,
}

impl Beside {
    /// Begins with a stage.
    pub fn start(stage: &'static str) -> Result<Self> {
        let this = std::env::current_exe().context("this program is not there any more")?;
        let mut command = Command::new(this);
        command.args(["check", "--only", stage]).stdin(Stdio::null());
        output::say(&format!("== {stage} begins, and is shown later"));
        let work = std::thread::spawn(move || {
            let begun = Instant::now();
            (command.output(), begun.elapsed())
        });
        Ok(Self { stage, work })
    }

    /// Which one.
    pub fn stage(&self) -> &'static str {
        self.stage
    }

    /// Waits for it and shows what it said: whether all is well, and how long it took.
    pub fn end(self) -> (bool, Duration) {
        let Ok((output, took)) = self.work.join() else { return (false, Duration::ZERO) };
        match output {
            Ok(said) => {
                output::pass_on(&said);
                (said.status.success(), took)
            }
            Err(error) => {
                output::say(&format!("{}: {error}", self.stage));
                (false, took)
            }
        }
    }
}
