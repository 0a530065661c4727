//! One page for each code: what it means, why it matters, a wrong and a right example, how to mend it.
//!
//! `idflow explain`, the language server, SARIF and the reference documentation show the same pages. Examples are parts of a
//! file: top-level keys with what stands under them. A test puts each into a small workflow and compiles it: the wrong one
//! must give its code, the right one no error. Codes that [`codes`] does not know are not shown, so a page may be
//! written before its check.

use idflow_sdk::Text;

use super::{
    codes::{self, Code},
    suggest::nearest,
};

mod connectors;
mod keys;
mod page;
mod references;
mod safety;
#[cfg(test)]
mod tests;
mod values;
mod warnings;

pub use page::{Judged, Page};

const ALL: &[&[Page]] =
    &[keys::PAGES, references::PAGES, values::PAGES, connectors::PAGES, safety::PAGES, warnings::PAGES];

/// The page of a code, in any case.
#[must_use]
pub fn find(code: &str) -> Option<&'static Page> {
    let known = codes::CODES.iter().find(|row| row.code.eq_ignore_ascii_case(code))?;
    ALL.iter().copied().flatten().find(|page| page.code == known.code)
}

/// The code that was probably meant.
#[must_use]
pub fn similar(code: &str) -> Option<&'static str> {
    let upper = code.trim().to_ascii_uppercase();
    let digits: String = upper.chars().filter(char::is_ascii_digit).collect();
    let all = || codes::CODES.iter().map(|row| row.code);
    all()
        .find(|known| !digits.is_empty() && known.get(1..) == Some(digits.as_str()))
        .or_else(|| nearest(&upper, all()))
        .or_else(|| all().find(|known| known.get(..3) == upper.get(..3)))
}

/// A group of codes.
#[derive(Debug)]
pub struct Group {
    /// What they are about.
    pub title: Text,
    /// The codes.
    pub codes: Vec<&'static Code>,
}

/// All codes by group.
#[must_use]
pub fn groups() -> Vec<Group> {
    const TITLES: &[(&str, Text)] = &[
        ("E01", Text::new("YAML 本身", "The YAML itself")),
        ("E02", Text::new("键和值的写法", "Keys and how values are written")),
        ("E03", Text::new("步骤之间的引用和先后", "Steps, references and order")),
        ("E04", Text::new("模板和表达式", "Templates and expressions")),
        ("E05", Text::new("动作、连接和映射", "Actions, connections and mappings")),
        ("E06", Text::new("触发", "Triggers")),
        ("E07", Text::new("安全", "Safety")),
        ("W08", Text::new("警告", "Warnings")),
    ];
    TITLES
        .iter()
        .map(|(prefix, title)| Group {
            title: *title,
            codes: codes::CODES.iter().filter(|row| row.code.starts_with(prefix)).collect(),
        })
        .collect()
}
