//! Which column of the file is which of ours, told by the first row that is not blank. A header that cannot be followed
//! to the letter ends the read: a column taken for another would change everybody at once.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::{Error, Problem, text};

use crate::{
    layout::{Column, Layout},
    names, near,
    problems::{invalid, shown},
    raw::{End, RawRow},
};

/// How many headers a problem lists.
const LISTED: usize = 50;

/// Where the columns stand.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// How many fields a row has.
    pub(crate) width: usize,
    /// For each column of the layout its place in the file.
    pub(crate) places: Vec<Option<usize>>,
    /// Columns of the file that nothing is read from.
    pub(crate) ignored: Vec<String>,
    /// Those of them that are most likely meant for a column which the file lacks: `手机号码 → mobile (mobile, 手机)`.
    pub(crate) guessed: Vec<String>,
    /// Those of them that most likely tell who is still there, where people are read without such a column.
    pub(crate) states: Vec<String>,
}

impl Header {
    /// Finds the columns of the layout in a header.
    pub(crate) fn new(layout: &Layout, row: &RawRow, file: &str) -> Result<Self, Error> {
        if row.end == End::OpenQuote {
            let problem = Problem::new("file_truncated").arg("file", file).arg("line", row.line.to_string());
            return Err(invalid(problem));
        }
        if row.bad_bytes {
            return Err(invalid(Problem::new("encoding_invalid_bytes").arg("at", format!("{file}:{}", row.line))));
        }
        if row.stray_quote {
            return Err(invalid(Problem::new("row_quotes").arg("at", format!("{file}:{}", row.line))));
        }
        if row.oversized {
            return Err(invalid(Problem::new("not_csv").arg("file", file).arg("found", "?")));
        }
        let names: Vec<String> = row.iter().map(folded).collect();
        let mut by_name = BTreeMap::new();
        let mut twice = BTreeSet::new();
        for (place, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if by_name.insert(name.as_str(), place).is_some() {
                twice.insert(name.as_str());
            }
        }
        let listed =
            |name: &str| layout.columns.iter().flat_map(|column| &column.headers).any(|header| folded(header) == name);
        // Its own name, which people read in messages, is a header as well, unless another column goes by it.
        let own = |column: &Column| {
            let name = folded(&column.name);
            by_name.get(&*name).copied().filter(|_| !listed(&name))
        };
        let place = |column: &Column| {
            column.headers.iter().find_map(|header| by_name.get(&*folded(header)).copied()).or_else(|| own(column))
        };
        let places: Vec<Option<usize>> = layout.columns.iter().map(place).collect();

        let missing: Vec<String> = layout
            .columns
            .iter()
            .zip(&places)
            .filter(|(column, place)| column.present && place.is_none())
            .map(|(column, _)| accepted(column))
            .collect();
        if !missing.is_empty() {
            let problem = Problem::new("header_missing_column").arg("columns", missing.join("; ")).arg("file", file);
            return Err(invalid(problem.arg("found", list(row.iter()))));
        }
        if !twice.is_empty() {
            let problem =
                Problem::new("header_duplicate_column").arg("column", list(twice.into_iter())).arg("file", file);
            return Err(invalid(problem));
        }
        let unused = |(place, _): &(usize, &str)| !names[*place].is_empty() && !places.contains(&Some(*place));
        let ignored: Vec<String> =
            row.iter().enumerate().filter(unused).map(|(_, name)| shown(text::trim(name))).collect();
        let lacking =
            || layout.columns.iter().zip(&places).filter(|(_, place)| place.is_none()).map(|(column, _)| column);
        // Whoever left and is read without a status would be taken for active.
        for column in lacking().filter(|column| names::is_status(&column.name)) {
            if let Some(header) = ignored.iter().find(|header| near::tells_status(&folded(header))) {
                let problem = Problem::new("status_column_unread").arg("file", file).arg("header", header.as_str());
                return Err(invalid(problem.arg("columns", accepted(column))));
            }
        }
        let guess = |header: &String| {
            let meant = |column: &&Column| column.headers.iter().any(|known| near::alike(header, known));
            let second = |column: &&Column| names::is_status(&column.name) && near::tells_status(&folded(header));
            let column = lacking().find(meant).or_else(|| layout.columns.iter().find(second))?;
            Some(format!("{header} → {}", accepted(column)))
        };
        let guessed = ignored.iter().filter_map(guess).collect();
        let reads_states = layout.columns.iter().any(|column| names::is_status(&column.name));
        let people = names::lists_people(&layout.columns[layout.key].name);
        let tells = |header: &&String| people && !reads_states && near::tells_status(&folded(header));
        let states = ignored.iter().filter(tells).cloned().collect();
        Ok(Self { width: row.count, places, ignored, guessed, states })
    }
}

/// The form in which equal headers are identical.
fn folded(header: &str) -> String {
    let visible: String = header.chars().filter(|c| !text::is_invisible(*c)).collect();
    text::trim(&text::plain(text::trim(&visible))).to_ascii_lowercase()
}

/// A column with the headers it may have: `name (name, 姓名)`.
fn accepted(column: &Column) -> String {
    format!("{} ({})", column.name, column.headers.join(", "))
}

/// Names one after the other, as many as fit.
pub(crate) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<String> =
        names.map(|name| shown(text::trim(name))).filter(|name| !name.is_empty()).take(LISTED + 1).collect();
    if names.len() > LISTED {
        names[LISTED] = "…".to_string();
    }
    names.join(", ")
}
