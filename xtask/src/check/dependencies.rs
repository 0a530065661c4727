//! Is every dependency used?
//!
//! A dependency counts as used when its name stands where Rust would take it for a crate: before `::`, or after `use` or
//! `extern crate`. Plain comments do not count, doc comments do, because examples are there. That needs no network and no
//! other tool; a local module of the same name can hide an unused dependency, which is the price.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, Result};

use xtask::workspace::{Dependency, Metadata, Package, root, rust_files};

/// Where the code that ships is.
const SHIPPED: &[&str] = &["src"];
/// Where the rest is.
const BESIDE: &[&str] = &["tests", "benches", "examples"];

/// What is not used, in words.
pub fn findings() -> Result<Vec<String>> {
    let metadata = Metadata::read()?;
    let mut findings = Vec::new();
    for member in metadata.members() {
        of_member(member, &mut findings)?;
    }
    findings.extend(shared_but_unused(&metadata)?);
    Ok(findings)
}

fn of_member(member: &Package, findings: &mut Vec<String>) -> Result<()> {
    let folder = member.manifest_path.parent().unwrap_or(root());
    let shipped = text(folder, SHIPPED)?;
    let beside = text(folder, BESIDE)?;
    let script = std::fs::read_to_string(folder.join("build.rs")).unwrap_or_default();
    for dependency in &member.dependencies {
        let name = in_code(dependency);
        let used = match dependency.kind.as_deref() {
            Some("build") => names(&script, &name),
            _ => names(&shipped, &name) || names(&beside, &name),
        };
        if !used {
            findings.push(format!("{}: `{}` is not used", member.name, dependency.name));
        } else if dependency.kind.is_none() && !names(&shipped, &name) {
            findings.push(format!(
                "{}: `{}` is only used by tests: make it a dev-dependency",
                member.name, dependency.name
            ));
        }
    }
    Ok(())
}

fn in_code(dependency: &Dependency) -> String {
    dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_")
}

/// The code of some folders of a crate, without plain comments.
fn text(folder: &Path, below: &[&str]) -> Result<String> {
    let mut text = String::new();
    for name in below {
        for path in rust_files(&folder.join(name))? {
            let code = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            for line in code.lines().filter(|line| !is_plain_comment(line)) {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    Ok(text)
}

fn is_plain_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") && !line.starts_with("///") && !line.starts_with("//!")
}

/// Whether code names a crate.
fn names(code: &str, name: &str) -> bool {
    let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        if part(before.as_bytes().last()) || part(after.as_bytes().first()) {
            return false;
        }
        after.starts_with("::") || ["use ", "extern crate "].iter().any(|word| before.ends_with(word))
    })
}

/// Entries of `[workspace.dependencies]` that no member takes.
fn shared_but_unused(metadata: &Metadata) -> Result<Vec<String>> {
    let shared = std::fs::read_to_string(root().join("Cargo.toml")).context("Cargo.toml")?;
    let shared = shared.lines().skip_while(|line| line.trim() != "[workspace.dependencies]").skip(1);
    let shared = shared.take_while(|line| !line.starts_with('['));
    let shared: BTreeSet<&str> = shared.filter(|line| !line.starts_with('#')).filter_map(key).collect();
    let mut taken = BTreeSet::new();
    for member in metadata.members() {
        let manifest = std::fs::read_to_string(&member.manifest_path).context("a Cargo.toml")?;
        let inherited = manifest.lines().filter(|line| line.contains("workspace = true"));
        taken.extend(inherited.filter_map(key).map(|key| key.trim_end_matches(".workspace").to_string()));
    }
    let unused = shared.into_iter().filter(|name| !taken.contains(*name));
    Ok(unused.map(|name| format!("the workspace: `{name}` is taken by no member")).collect())
}

fn key(line: &str) -> Option<&str> {
    line.split_once('=').map(|(key, _)| key.trim()).filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{is_plain_comment, names};

    #[test]
    fn a_crate_is_named_by_path_or_use() {
        assert!(names("let x = csv::Reader::new();", "csv"));
        assert!(names("use csv as table;", "csv"));
        assert!(names("#[derive(thiserror::Error)]", "thiserror"));
        assert!(!names("read the csv file; my_csv::x; csv_core::y", "csv"));
    }

    #[test]
    fn examples_in_docs_are_code() {
        assert!(is_plain_comment("  // csv::x"));
        assert!(!is_plain_comment("/// csv::x"));
    }
}
