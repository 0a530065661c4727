//! Long files and missing module docs. Information: some files are right at their length.

use anyhow::{Context, Result};

use xtask::{output, workspace};

/// More lines than this are worth a look.
const LONG: usize = 500;

/// Prints the report.
pub fn run() -> Result<()> {
    let mut long = Vec::new();
    let mut bare = Vec::new();
    let files = workspace::rust_files(workspace::root())?;
    let mut total = 0;
    for path in &files {
        let text = std::fs::read_to_string(path).with_context(|| workspace::short(path))?;
        let lines = text.lines().count();
        total += lines;
        if lines > LONG {
            long.push((lines, workspace::short(path)));
        }
        if !has_docs(&text) {
            bare.push(workspace::short(path));
        }
    }
    long.sort_unstable_by(|one, other| other.cmp(one));
    output::data(&format!("{} files, {total} lines", files.len()));
    output::data(&format!("\nmore than {LONG} lines: {}", long.len()));
    for (lines, path) in long {
        output::data(&format!("  {lines:5}  {path}"));
    }
    output::data(&format!("\nwithout module docs: {}", bare.len()));
    for path in bare {
        output::data(&format!("  {path}"));
    }
    Ok(())
}

/// Whether a file opens with `//!`; attributes and plain comments may stand before.
fn has_docs(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| {
        !(line.is_empty() || line.starts_with("#![") || line.starts_with("//") && !line.starts_with("//!"))
    });
    first.is_none_or(|line| line.starts_with("//!"))
}

#[cfg(test)]
mod tests {
    use super::has_docs;

    #[test]
    fn docs_are_seen_behind_attributes() {
        assert!(has_docs("#![allow(x)]\n\n//! What it answers.\nuse a;"));
        assert!(!has_docs("use a;\n//! too late"));
        assert!(has_docs(""));
    }
}
