//! Where the workspace is, what is in it, and how its cargo is called.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The variable that lets the test of the generated files write them.
pub const WRITE_GENERATED: &str = "XTASK_WRITE_GENERATED";

/// The top of the workspace.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// A cargo that runs at the top of the workspace.
///
/// `cargo run` describes the xtask package in the environment. Build scripts that watch those variables (ring has one)
/// would take every call from here for a change and build again, so they are taken out.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|start| text.starts_with(start)) {
            command.env_remove(&name);
        }
    }
    command
}

/// What `cargo metadata` says, as far as it is needed.
#[derive(Debug)]
pub struct Metadata {
    /// Every crate of the lock file.
    pub packages: Vec<Package>,
    workspace_members: Vec<String>,
}

/// A crate.
#[derive(Debug)]
pub struct Package {
    id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence expression.
    pub license: Option<String>,
    /// The place of its `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// What it asks for.
    pub dependencies: Vec<Dependency>,
}

/// One line of `[dependencies]` or its sisters.
#[derive(Debug)]
pub struct Dependency {
    /// The name of the crate.
    pub name: String,
    /// The name it has here, if another.
    pub rename: Option<String>,
    /// `dev`, `build`, or nothing.
    pub kind: Option<String>,
}

impl Metadata {
    /// Asks cargo.
    pub fn read() -> Result<Self> {
        let answer =
            cargo(&["metadata", "--format-version", "1", "--locked"]).output().context("cargo cannot be run")?;
        if !answer.status.success() {
            bail!("cargo metadata: {}", String::from_utf8_lossy(&answer.stderr).trim());
        }
        let told: Value = serde_json::from_slice(&answer.stdout).context("cargo metadata is not understood")?;
        Ok(Self {
            packages: list(&told["packages"])?.iter().map(Package::read).collect::<Result<_>>()?,
            workspace_members: list(&told["workspace_members"])?.iter().map(text).collect::<Result<_>>()?,
        })
    }

    /// The crates of this workspace.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }
}

impl Package {
    fn read(told: &Value) -> Result<Self> {
        let dependency = |told: &Value| {
            Ok(Dependency {
                name: text(&told["name"])?,
                rename: told["rename"].as_str().map(ToString::to_string),
                kind: told["kind"].as_str().map(ToString::to_string),
            })
        };
        Ok(Self {
            id: text(&told["id"])?,
            name: text(&told["name"])?,
            version: text(&told["version"])?,
            license: told["license"].as_str().map(ToString::to_string),
            manifest_path: text(&told["manifest_path"])?.into(),
            dependencies: list(&told["dependencies"])?.iter().map(dependency).collect::<Result<_>>()?,
        })
    }
}

/// Read by hand: serde's macros would take longer to build than the whole checker.
fn text(told: &Value) -> Result<String> {
    told.as_str().map(ToString::to_string).context("cargo metadata is not understood: a text is missing")
}

fn list(told: &Value) -> Result<&Vec<Value>> {
    told.as_array().context("cargo metadata is not understood: a list is missing")
}

/// The Rust files below a folder, sorted; build output and hidden folders are left out.
pub fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A path as people read it: from the top of the workspace.
pub fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
