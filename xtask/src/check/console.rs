//! The console's own checks, in two stages: what its sources show in seconds (its types are those of the document of the API,
//! nothing is left for its linter and formatter, its tests pass), and its pages in a browser against the program and the
//! simulator. Its packages are installed first, a browser and Node too where that can be done.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::console::{
    self,
    tools::{self, Tools},
};
use xtask::{
    output,
    workspace::{cargo, root},
};

/// What its sources show.
pub fn sources() -> Result<bool> {
    let Some((tools, _)) = tools()? else { return Ok(true) };
    npm(&tools, "check:sources", &[])
}

/// Whether its pages can be tried here; what is missing is installed first where that can be done.
pub fn ready() -> bool {
    matches!(tools::for_tests(), Ok(Ok(_)))
}

/// Its bundle, and its pages in a browser.
pub fn pages() -> Result<bool> {
    let Some((tools, browser)) = tools()? else { return Ok(true) };
    // With the tests beside it each dependency has the features that the other tests need, and none is built twice.
    let building = ["build", "--workspace", "--locked", "--test", "it", "--bin", "idflow", "--bin", "wecom-sim"];
    if !cargo(&building).status().context("cargo cannot be run")?.success() {
        return Ok(false);
    }
    let built = |name: &str| -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        target.join("debug").join(name)
    };
    let there = [("IDFLOW_BIN", built("idflow")), ("WECOM_SIM_BIN", built("wecom-sim")), ("CHROMIUM_BIN", browser)];
    npm(&tools, "check:pages", &there)
}

/// Runs a script of the console's.
fn npm(tools: &Tools, script: &str, variables: &[(&str, PathBuf)]) -> Result<bool> {
    let mut check = Command::new(&tools.npm);
    check.args(["run", script]).current_dir(console::folder());
    check.envs(variables.iter().map(|(name, value)| (*name, value)));
    Ok(check.status().context("npm cannot be run")?.success())
}

/// Node and a browser, its packages installed; none where a tool is missing, which is said, and a fault where `CI` is set.
fn tools() -> Result<Option<(Tools, PathBuf)>> {
    match tools::for_tests()? {
        Ok((tools, browser)) => {
            console::packages(&tools)?;
            Ok(Some((tools, browser)))
        }
        Err(missing) if std::env::var_os("CI").is_some() => bail!("{missing}"),
        Err(missing) => {
            output::say(&format!(
                "SKIPPED: the check of the console; {missing} (Debian: apt-get install nodejs npm chromium)"
            ));
            Ok(None)
        }
    }
}
