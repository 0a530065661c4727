//! The server that the tests of the PostgreSQL store start for themselves.

use std::{path::Path, process::Command};

use anyhow::{Context, Result};

use xtask::output;

/// Whether the server's programs are there; where they are missing and can be installed, they are.
pub fn there() -> Result<bool> {
    if found() {
        return Ok(true);
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if !root || !Path::new("/usr/bin/apt-get").exists() {
        output::say("the PostgreSQL server is not installed (Debian: apt-get install postgresql)");
        return Ok(false);
    }
    output::say("installing the PostgreSQL server for the tests");
    for arguments in [&["update", "-qq"][..], &["install", "-y", "-qq", "--no-install-recommends", "postgresql"]] {
        let done = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
        if !done.context("apt-get cannot be run")?.success() {
            output::say(&format!("apt-get {} failed", arguments.join(" ")));
            return Ok(false);
        }
    }
    Ok(found())
}

/// The server is in the path, or where Debian puts it.
fn found() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    std::env::split_paths(&path)
        .chain(debian.map(|version| version.path().join("bin")))
        .any(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}
