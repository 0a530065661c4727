//! Builds the console and the program that contains it; shows the demo.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::console::{self, tools};
use xtask::{
    output,
    workspace::{cargo, root},
};

/// Builds all in a profile; false when cargo could not.
pub fn run(profile: &str) -> Result<bool> {
    match tools::found() {
        Ok(tools) => {
            output::say("console: building (it is put into the program)");
            console::bundle(&tools)?;
        }
        Err(missing) => output::say(&format!(
            "console: {missing}; the program is built without the web console, everything else is there.\n\
             控制台：未找到可用的 Node.js，程序不含 Web 控制台，其余功能都在。"
        )),
    }
    output::say(&format!("program: building in the profile `{profile}`"));
    let arguments = ["build", "--locked", "--profile", profile, "--package", "idflow", "--package", "wecom-sim"];
    let built = cargo(&arguments).status().context("cargo cannot be run")?.success();
    if built {
        output::say(&format!("built: {}", program(profile).display()));
    }
    Ok(built)
}

/// Builds all to be tried soon, and becomes the demo: a stop by Ctrl-C reaches that alone.
pub fn demo(more: impl Iterator<Item = String>) -> Result<bool> {
    if !run("lean")? {
        bail!("the program could not be built");
    }
    let mut demo = Command::new(program("lean"));
    demo.args(["demo", "--console"]).args(more);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        Err(demo.exec()).context("the demo cannot be run")
    }
    #[cfg(not(unix))]
    Ok(demo.status().context("the demo cannot be run")?.success())
}

/// The program that was built in a profile.
fn program(profile: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join(if profile == "dev" { "debug" } else { profile }).join("idflow")
}
