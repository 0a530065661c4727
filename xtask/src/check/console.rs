//! The console's own check: its types are those of the document of the API, nothing is left for its linter, its tests pass, also
//! in a browser against the program and the simulator. Its packages are installed first, a browser and Node too where that can be
//! done.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::console::{self, tools};
use xtask::{
    output,
    workspace::{cargo, root},
};

/// Runs it; said to be skipped where a tool is missing, and a fault where `CI` is set.
pub fn look() -> Result<bool> {
    let (tools, browser) = match tools::for_tests()? {
        Ok(found) => found,
        Err(missing) if std::env::var_os("CI").is_some() => bail!("{missing}"),
        Err(missing) => {
            output::say(&format!(
                "SKIPPED: the check of the console; {missing} (Debian: apt-get install nodejs npm chromium)"
            ));
            return Ok(true);
        }
    };
    console::packages(&tools)?;
    // With the tests beside it each dependency has the features that the other tests need, and none is built twice.
    let building = ["build", "--workspace", "--locked", "--test", "it", "--bin", "idflow", "--bin", "wecom-sim"];
    if !cargo(&building).status().context("cargo cannot be run")?.success() {
        return Ok(false);
    }
    let built = |name: &str| -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        target.join("debug").join(name)
    };
    let mut check = std::process::Command::new(&tools.npm);
    check.args(["run", "check"]).current_dir(console::folder());
    check.env("IDFLOW_BIN", built("idflow")).env("WECOM_SIM_BIN", built("wecom-sim")).env("CHROMIUM_BIN", browser);
    Ok(check.status().context("npm cannot be run")?.success())
}
