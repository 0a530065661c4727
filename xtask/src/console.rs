//! The web console, as far as cargo cannot build it: which tools there are, its packages, its bundle. The program itself never
//! runs npm; it takes in what stands in `console/dist`.

pub mod licences;
pub mod tools;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use tools::Tools;
use xtask::{output, workspace::root};

/// Where the console's sources are.
pub fn folder() -> PathBuf {
    root().join("console")
}

/// Builds the console into `console/dist`, packed as the program serves it.
pub fn bundle(tools: &Tools) -> Result<()> {
    packages(tools)?;
    clear()?;
    for script in ["types", "build"] {
        npm(tools, &["run", "--silent", script])?;
    }
    let mut packing = Command::new(&tools.node);
    done(packing.arg("pack.mjs").current_dir(folder()), "node pack.mjs")
}

/// Installs the packages of the lock file, unless they are what was installed last. No script of a package is run.
pub fn packages(tools: &Tools) -> Result<()> {
    let lock = fs::read(folder().join("package-lock.json")).context("console/package-lock.json")?;
    let installed = folder().join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|last| last == lock) {
        return Ok(());
    }
    output::say("console: installing its packages (npm ci; only when the lock file has changed)");
    npm(tools, &["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    fs::write(&installed, lock).with_context(|| installed.display().to_string())
}

/// Runs npm in the folder of the console.
pub fn npm(tools: &Tools, arguments: &[&str]) -> Result<()> {
    done(Command::new(&tools.npm).args(arguments).current_dir(folder()), &format!("npm {}", arguments.join(" ")))
}

fn done(command: &mut Command, name: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("{name} cannot be run"))?;
    if !status.success() {
        bail!("console: {name} failed ({status})");
    }
    Ok(())
}

/// Takes away what was built before, so that nothing of it is served any more.
fn clear() -> Result<()> {
    let dist = folder().join("dist");
    let named = |path: &Path| path.display().to_string();
    for entry in fs::read_dir(&dist).with_context(|| named(&dist))? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name == ".gitignore") {
            continue;
        }
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.with_context(|| named(&path))?;
    }
    Ok(())
}
