//! What building and trying the console needs: Node with npm, and a browser. Where they are missing and can be installed, a check
//! installs them.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use xtask::output;

/// The oldest Node that the build works with.
const OLDEST: (u32, u32) = (20, 19);
/// By which names browsers that can be driven go.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Node and npm.
pub struct Tools {
    pub node: PathBuf,
    pub npm: PathBuf,
}

/// What is there, or in words what is not.
pub fn found() -> std::result::Result<Tools, String> {
    let node = in_path("node").ok_or("Node is not installed")?;
    let answer = Command::new(&node).arg("--version").output();
    let version = answer.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_string()).unwrap_or_default();
    if !new_enough(&version) {
        let (major, minor) = OLDEST;
        return Err(format!("Node {version} is too old: {major}.{minor} or newer is needed"));
    }
    let npm = in_path("npm").ok_or("npm is not installed")?;
    Ok(Tools { node, npm })
}

/// A browser for the tests.
pub fn browser() -> Option<PathBuf> {
    BROWSERS.into_iter().find_map(in_path)
}

/// The tools and a browser, after installing what is missing where that is possible; or in words what is missing.
pub fn for_tests() -> Result<std::result::Result<(Tools, PathBuf), String>> {
    if let (Ok(tools), Some(browser)) = (found(), browser()) {
        return Ok(Ok((tools, browser)));
    }
    let mut wanted = Vec::new();
    if in_path("node").is_none() || in_path("npm").is_none() {
        wanted.extend(["nodejs", "npm"]);
    }
    if browser().is_none() {
        // Without a font for Chinese its characters are boxes, and their widths are wrong.
        wanted.extend(["chromium", "fonts-noto-cjk"]);
    }
    install(&wanted)?;
    Ok(match (found(), browser()) {
        (Ok(tools), Some(browser)) => Ok((tools, browser)),
        (Err(missing), _) => Err(missing),
        (Ok(_), None) => Err("there is no Chromium".into()),
    })
}

/// Installs packages, for root on Debian. What could not be installed is noticed by whoever looks for it afterwards.
fn install(packages: &[&str]) -> Result<()> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if packages.is_empty() || !root || !Path::new("/usr/bin/apt-get").exists() {
        return Ok(());
    }
    output::say(&format!("installing {} for the tests of the console", packages.join(", ")));
    let installing = [&["install", "-y", "-qq", "--no-install-recommends"][..], packages].concat();
    for arguments in [&["update", "-qq"][..], &installing] {
        let done = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
        if !done.context("apt-get cannot be run")?.success() {
            output::say(&format!("apt-get {} failed", arguments.join(" ")));
            break;
        }
    }
    Ok(())
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Whether a version as `node --version` writes it is new enough.
fn new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse::<u32>().ok());
    matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::new_enough;

    #[test]
    fn versions_are_compared_by_number() {
        for good in ["v20.19.0", "v20.20.2", "v22.1.0", "24.0"] {
            assert!(new_enough(good), "{good}");
        }
        for bad in ["v20.9.0", "v18.20.1", "", "v", "node"] {
            assert!(!new_enough(bad), "{bad}");
        }
    }
}
