//! May every crate, and every package that ships with the console, be used under a licence that we allow?
//!
//! Reads the SPDX expressions of `cargo metadata` and of the console's lock file: of an OR one side must be allowed, of an AND both. A crate without an
//! expression is a finding. An exception (`WITH`) only widens what a licence permits, so it is passed over.

use anyhow::Result;

use crate::console;
use xtask::workspace::Metadata;

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// The crates and packages that may not be used, in words.
pub fn findings() -> Result<Vec<String>> {
    let crates = Metadata::read()?.packages.into_iter().map(|package| (package.name, package.version, package.license));
    let all = crates.chain(console::licences::shipped()?);
    let refused = all.filter(|(_, _, licence)| !licence.as_deref().is_some_and(allowed));
    let refused = refused.map(|(name, version, licence)| {
        let licence = licence.as_deref().unwrap_or("none stated");
        format!("{name} {version}: the licence is not on the list: {licence}")
    });
    Ok(refused.collect())
}

/// Whether an expression can be met with what is allowed. What is not understood is not allowed.
fn allowed(expression: &str) -> bool {
    // Old manifests write `MIT/Apache-2.0` for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any(&mut rest) == Some(true) && rest.is_empty()
}

/// Alternatives.
fn any(words: &mut &[&str]) -> Option<bool> {
    let mut good = all(words)?;
    while words.first() == Some(&"OR") {
        *words = &words[1..];
        good |= all(words)?;
    }
    Some(good)
}

/// What must hold together; binds more tightly than alternatives.
fn all(words: &mut &[&str]) -> Option<bool> {
    let mut good = one(words)?;
    while words.first() == Some(&"AND") {
        *words = &words[1..];
        good &= one(words)?;
    }
    Some(good)
}

/// A licence, or an expression in brackets.
fn one(words: &mut &[&str]) -> Option<bool> {
    let (first, rest) = words.split_first()?;
    *words = rest;
    if *first == "(" {
        let good = any(words)?;
        let (close, rest) = words.split_first()?;
        *words = rest;
        return (*close == ")").then_some(good);
    }
    if words.first() == Some(&"WITH") {
        *words = words.get(2..)?;
    }
    Some(ALLOWED.contains(first))
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn expressions_are_read_as_spdx_means_them() {
        assert!(allowed("MIT"));
        assert!(allowed("MIT/Apache-2.0"));
        assert!(allowed("GPL-3.0-only OR MIT"));
        assert!(allowed("(MIT OR GPL-3.0-only) AND Unicode-3.0"));
        assert!(allowed("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only"));
        assert!(!allowed("MIT AND GPL-3.0-only"));
        assert!(!allowed("GPL-3.0-only"));
        assert!(!allowed("MIT OR"));
        assert!(!allowed("(MIT"));
        assert!(!allowed("MIT ISC"));
    }
}
