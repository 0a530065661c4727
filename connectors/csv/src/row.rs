//! One row of the file to one object, or to the reason why it is none. This file holds the policy: what is repaired
//! silently, what is repaired and told, and what makes a row unusable.
//!
//! A refused row still counts as present, so its key is taken whenever that is safe. Where it is not, the read as a
//! whole is incomplete: a person whose row cannot be recognised must not look like one who left. For the same reason
//! damage never turns into a plain blank where a blank means something: in lists, words and needed columns it refuses.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{BuildHasher, RandomState},
};

use idflow_sdk::{Blank, Field, FieldId, Predicate, Problem, Record, SourceObject, Value};

use crate::{
    cells::{self, Odd},
    clean,
    header::Header,
    layout::{Column, Layout},
    names::{self, Codes},
    problems::{about, shown},
    raw::{End, RawRow},
};

/// The longest key, in characters; longer ones are text that slipped into the column.
const MAX_KEY: usize = 256;

/// Turns the rows of one file into objects.
pub(crate) struct Rows {
    layout: Layout,
    header: Header,
    predicate: Option<Predicate>,
    /// The fields that it looks at.
    asked: BTreeSet<FieldId>,
    codes: Codes,
    /// The file's name, for positions.
    file: String,
    /// Hashes of the keys so far, with the lines they stand on.
    seen: HashMap<u64, u64>,
    hasher: RandomState,
    /// For each column the cells that say "none", and in which words.
    nothing: BTreeMap<usize, (u64, BTreeSet<String>)>,
    /// Whether a last line without a line end is cut off: the file had one the last time.
    line_end: bool,
}

/// How many different words for "none" are repeated.
const WORDS: usize = 8;
/// Of a row with more separators than this too many, or too few, no more places are looked at.
const MOST_SHIFTS: usize = 8;

/// What a row is.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The object; `None` for blank rows and those that the condition leaves out.
    pub(crate) object: Option<SourceObject>,
    /// Why nobody can tell anymore what the whole file holds.
    pub(crate) incomplete: Option<Problem>,
}

/// A row being converted: what its cells say, and what is wrong with it so far.
#[derive(Default)]
struct Draft {
    record: Record,
    refused: Option<Problem>,
    warnings: Vec<Problem>,
    defaulted: Vec<FieldId>,
    lost: Vec<(FieldId, Problem)>,
}

impl Draft {
    /// Keeps the first reason.
    fn refuse(&mut self, problem: Problem) {
        self.refused.get_or_insert(problem);
    }

    /// A value cannot be read: it is told, and a condition that looks at it cannot be answered.
    fn lose(&mut self, place: usize, problem: Problem) {
        if let Ok(id) = FieldId::try_from(place) {
            self.lost.push((id, problem.clone()));
        }
        self.warnings.push(problem);
    }

    /// Refuses a row of which one of these cannot be read.
    fn refuse_lost(&mut self, asked: &BTreeSet<FieldId>) {
        if let Some((_, problem)) = self.lost.iter().find(|(id, _)| asked.contains(id)) {
            self.warnings.retain(|warning| warning != problem);
            self.refused.get_or_insert(problem.clone());
        }
    }

    fn set(&mut self, place: usize, field: Field) {
        if let Ok(id) = FieldId::try_from(place) {
            self.record.set(id, field);
        }
    }
}

impl Rows {
    /// For the rows below this header.
    pub(crate) fn new(
        layout: Layout,
        header: Header,
        filter: (Option<Predicate>, BTreeSet<FieldId>),
        file: String,
    ) -> Self {
        let codes = Codes::of_key(&layout.columns[layout.key].name);
        let (predicate, asked) = filter;
        Self {
            layout,
            header,
            predicate,
            asked,
            codes,
            file,
            seen: HashMap::new(),
            hasher: RandomState::new(),
            nothing: BTreeMap::new(),
            line_end: false,
        }
    }

    /// A last line without a line end is cut off from now on, whatever it holds.
    pub(crate) const fn expect_line_end(&mut self) {
        self.line_end = true;
    }

    /// What is worth telling once about all rows.
    pub(crate) fn notices(&self) -> Vec<Problem> {
        let told = |(place, (count, words)): (&usize, &(u64, BTreeSet<String>))| {
            about("words_for_none", &self.layout.columns[*place].name)
                .arg("file", self.file.as_str())
                .arg("count", count.to_string())
                .arg("words", words.iter().cloned().collect::<Vec<_>>().join(", "))
        };
        self.nothing.iter().map(told).collect()
    }

    /// Converts one row.
    pub(crate) fn convert(&mut self, row: &RawRow) -> Outcome {
        let whole = !row.bad_bytes && !row.oversized && row.end != End::OpenQuote && !self.unended(row);
        if whole && row.iter().all(|field| idflow_sdk::text::trim(field).is_empty()) {
            return Outcome::default();
        }
        let at = format!("{}:{}", self.file, row.line);
        let mut outcome = Outcome { object: None, incomplete: self.doubt(row, &at) };
        let mut draft = Draft { refused: self.misshapen(row, &at), ..Draft::default() };
        let traces = draft.refused.as_ref().map(|_| self.traces(row)).unwrap_or_default();
        let key = match self.key(row, &at, &mut draft.warnings) {
            Ok(key) => key,
            Err(problem) => {
                outcome.incomplete.get_or_insert_with(|| problem.clone());
                draft.refuse(problem);
                String::new()
            }
        };
        if draft.refused.is_none() {
            draft.record = Record::with_room(self.layout.columns.len());
            self.fill(row, &key, &mut draft);
        }
        draft.refuse_lost(&self.asked);
        if draft.refused.is_none()
            && let Some(predicate) = &self.predicate
        {
            match predicate(&draft.record) {
                Ok(true) => {}
                Ok(false) => return outcome,
                Err(problem) => draft.refuse(problem),
            }
        }
        // A value that is none, at the very end of the file: it may be the beginning of one.
        if row.end == End::File && draft.refused.is_some() {
            outcome.incomplete.get_or_insert_with(|| self.truncated(row));
        }
        if !key.is_empty()
            && let Some(first) = self.first(&key, row.line)
        {
            let problem = about(self.codes.key_duplicate(), &self.key_column().name);
            draft.refused = Some(problem.arg("key", shown(&key)).arg("line", first.to_string()));
        }
        outcome.object = Some(SourceObject {
            key: key.into(),
            record: draft.record,
            at: Some(at.into()),
            refused: draft.refused.map(Box::new),
            warnings: draft.warnings,
            traces,
            defaulted: draft.defaulted,
            lost: draft.lost,
        });
        outcome
    }

    /// The columns of these fields that the file has, by their places.
    pub(crate) fn columns_of(&self, fields: &[String]) -> Vec<usize> {
        let columns = self.layout.columns.iter().zip(&self.header.places).enumerate();
        let there = columns.filter(|(_, (column, place))| place.is_some() && fields.contains(&column.name));
        there.map(|(at, _)| at).collect()
    }

    /// Takes the columns out that have a value in this row. A row of another shape says nothing of any.
    pub(crate) fn leave_blank(&self, row: &RawRow, columns: &mut Vec<usize>) {
        if row.count != self.header.width {
            return;
        }
        columns.retain(|at| {
            let column = &self.layout.columns[*at];
            let cell = self.header.places[*at].and_then(|place| row.field(place)).unwrap_or_default();
            let cleaned = clean::clean(cell, false);
            cleaned.text.is_empty()
                || (clean::says_none(&cleaned.text, names::is_detail(&column.name)) && !column.keeps_words())
        });
    }

    /// What is said of a column without a value.
    pub(crate) fn blank(&self, at: usize) -> Blank {
        let column = &self.layout.columns[at];
        Blank { field: column.name.clone(), default: column.default.is_some() }
    }

    fn key_column(&self) -> &Column {
        &self.layout.columns[self.layout.key]
    }

    /// Why a row cannot be split into the columns of the header.
    fn misshapen(&self, row: &RawRow, at: &str) -> Option<Problem> {
        if row.end == End::OpenQuote {
            return Some(self.truncated(row));
        }
        if row.bad_bytes {
            return Some(Problem::new("encoding_invalid_bytes").arg("at", at));
        }
        if row.stray_quote {
            return Some(Problem::new("row_quotes").arg("at", at));
        }
        if row.oversized {
            return Some(Problem::new("row_too_long").arg("at", at));
        }
        if row.count != self.header.width {
            let problem = Problem::new("row_shape").arg("expected", self.header.width.to_string());
            return Some(problem.arg("found", row.count.to_string()));
        }
        self.unended(row).then(|| self.line_end_missing(row))
    }

    /// What a row may say that does not have its shape: a separator too many, or too few, has moved what stands behind it, so
    /// each cell is looked for at all places where it can be. Lists and words tell nobody from another.
    fn traces(&self, row: &RawRow) -> Vec<Record> {
        let (found, width) = (row.count, self.header.width);
        let cell = |(place, column): (usize, &Column), by: usize| -> Option<(FieldId, Field)> {
            if place == self.layout.key || !column.words.is_empty() || column.separator.is_some() {
                return None;
            }
            let at = self.header.places[place]?;
            let at = if found < width { at.checked_sub(by)? } else { at + by };
            let raw = row.field(at).filter(|_| row.intact(at))?;
            let cleaned = clean::clean(raw, column.name == "name");
            (!cleaned.text.is_empty())
                .then(|| Some((FieldId::try_from(place).ok()?, Field::from_text(&cleaned.text))))?
        };
        let moved = found.abs_diff(width).min(MOST_SHIFTS);
        (0..=moved)
            .map(|by| self.layout.columns.iter().enumerate().filter_map(|column| cell(column, by)).collect())
            .collect()
    }

    /// Whether the row lacks the line end that the file had the last time.
    fn unended(&self, row: &RawRow) -> bool {
        self.line_end && row.end == End::File
    }

    fn truncated(&self, row: &RawRow) -> Problem {
        Problem::new("file_truncated").arg("file", self.file.as_str()).arg("line", row.line.to_string())
    }

    fn line_end_missing(&self, row: &RawRow) -> Problem {
        Problem::new("line_end_missing").arg("file", self.file.as_str()).arg("line", row.line.to_string())
    }

    /// Why a row casts doubt on what else the file holds: it may be cut off, or have swallowed others.
    fn doubt(&self, row: &RawRow, at: &str) -> Option<Problem> {
        let short = row.count < self.header.width;
        if row.end == End::OpenQuote || (row.end == End::File && short) {
            return Some(self.truncated(row));
        }
        if self.unended(row) {
            return Some(self.line_end_missing(row));
        }
        let shape = row.count != self.header.width || row.oversized || row.stray_quote;
        (shape && row.spans_lines).then(|| Problem::new("row_quotes").arg("at", at))
    }

    /// The key, where it can be trusted. In a row of the wrong width that is so in the first column only: further on, a
    /// separator too many or too few may have put another value in its place.
    fn key(&self, row: &RawRow, at: &str, warnings: &mut Vec<Problem>) -> Result<String, Problem> {
        let column = self.key_column();
        let missing = || about(self.codes.key_missing(), &column.name).arg("at", at);
        let place = self.header.places[self.layout.key].ok_or_else(missing)?;
        let short = row.count < self.header.width;
        let cut = row.end == End::File && (short || self.line_end) && place + 1 == row.count;
        let shifted = place > 0 && (row.count != self.header.width || row.stray_quote);
        let raw = row.field(place).filter(|_| row.intact(place) && !cut && !shifted).ok_or_else(missing)?;
        if clean::has_line_break(raw) {
            return Err(missing());
        }
        let cleaned = clean::clean(raw, false);
        if cleaned.text.is_empty() {
            return Err(missing());
        }
        if clean::says_none(&cleaned.text, false) {
            return Err(missing());
        }
        if clean::is_error_value(&cleaned.text) || clean::is_damaged_number(&cleaned.text, false) {
            return Err(about("excel_mangled", &column.name).arg("value", shown(&cleaned.text)));
        }
        if cleaned.text.chars().count() > MAX_KEY {
            return Err(about("key_too_long", &column.name).arg("at", at).arg("limit", MAX_KEY.to_string()));
        }
        if cleaned.control {
            warnings.push(about("value_control_char", &column.name));
        }
        Ok(cleaned.text.into_owned())
    }

    /// The line on which this key stood before; if on none, it is remembered.
    fn first(&mut self, key: &str, line: u64) -> Option<u64> {
        match self.seen.entry(self.hasher.hash_one(key)) {
            std::collections::hash_map::Entry::Occupied(entry) => Some(*entry.get()),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(line);
                None
            }
        }
    }

    /// Reads the cells of a row that has its shape.
    fn fill(&mut self, row: &RawRow, key: &str, draft: &mut Draft) {
        for (place, column) in self.layout.columns.iter().enumerate() {
            if place == self.layout.key {
                draft.set(place, Field::from_text(key));
                continue;
            }
            let mut cell = self.header.places[place].and_then(|place| row.field(place));
            let trimmed = idflow_sdk::text::trim(cell.unwrap_or_default());
            if clean::says_none(trimmed, names::is_detail(&column.name)) && !column.keeps_words() {
                let (count, words) = self.nothing.entry(place).or_default();
                *count += 1;
                if words.len() < WORDS {
                    words.insert(trimmed.to_string());
                }
                cell = Some("");
            }
            if column.default.is_some()
                && cell.is_some_and(|cell| clean::clean(cell, false).text.is_empty())
                && let Ok(id) = FieldId::try_from(place)
            {
                draft.defaulted.push(id);
            }
            if let Some(field) = self.cell(row, place, cell, draft) {
                draft.set(place, field);
            }
        }
        self.look_at_main(draft);
    }

    /// The main department is one of a person's departments: with another one nobody knows which of the two cells is right.
    fn look_at_main(&self, draft: &mut Draft) {
        let of = |name: &str| {
            let place = self.layout.columns.iter().position(|column| column.name == name)?;
            draft.record.value(FieldId::try_from(place).ok()?)
        };
        let (Some(main), Some(departments)) = (of(names::MAIN), of(names::DEPARTMENTS).and_then(Value::as_list)) else {
            return;
        };
        let mut items = departments.iter().map(|item| item.entry("department").unwrap_or(item));
        if items.any(|item| item == main) {
            return;
        }
        // Spaces in a path say nothing.
        let bare = |key: &str| key.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let Some(main) = main.to_key() else { return };
        let listed: Vec<Box<str>> =
            departments.iter().filter_map(|item| item.entry("department").unwrap_or(item).to_key()).collect();
        if listed.is_empty() || listed.iter().any(|key| bare(key) == bare(&main)) {
            return;
        }
        let problem = about("main_department_not_listed", names::MAIN).arg("main", shown(&main));
        draft.refuse(problem.arg("departments", crate::header::list(listed.iter().map(|key| &**key))));
    }

    /// One cell. `None`: the file does not have the column, or the value is lost, so nothing is known.
    fn cell(&self, row: &RawRow, at: usize, cell: Option<&str>, draft: &mut Draft) -> Option<Field> {
        let column = &self.layout.columns[at];
        let cleaned = clean::clean(cell.unwrap_or_default(), column.name == "name");
        if cleaned.control {
            draft.warnings.push(about(self.codes.control(&column.name), &column.name));
        }
        let text = &*cleaned.text;
        if column.words.is_empty() && mangled(column, text) {
            let problem = about("excel_mangled", &column.name).arg("value", shown(text));
            if column.required || column.present || column.separator.is_some() {
                draft.refuse(problem);
            } else {
                draft.lose(at, problem);
            }
            return None;
        }
        if text.is_empty() {
            return match (&column.default, cell) {
                (Some(default), _) => Some(self.value(row, at, default, draft)),
                (None, _) if column.required => {
                    draft.refuse(about(self.codes.missing(&column.name), &column.name));
                    Some(Field::Empty)
                }
                (None, None) => None,
                (None, Some(_)) => Some(self.value(row, at, "", draft)),
            };
        }
        if !column.words.is_empty() {
            let Some(meaning) = column.words.get(text).or_else(|| column.words.get(&text.to_lowercase())) else {
                let allowed = crate::header::list(column.words.keys().map(String::as_str));
                let problem = about(self.codes.word(&column.name), &column.name);
                draft.refuse(problem.arg("word", shown(text)).arg("allowed", allowed));
                return Some(Field::Empty);
            };
            return Some(Field::from_text(meaning));
        }
        if column.name == "order" && !cells::is_order(text) {
            draft.lose(at, about("dept_order_invalid", &column.name).arg("value", shown(text)));
            return Some(Field::Empty);
        }
        Some(self.value(row, at, text, draft))
    }

    /// Text by the type of its column. A list without items is a value: it says that there are none.
    fn value(&self, row: &RawRow, at: usize, text: &str, draft: &mut Draft) -> Field {
        let column = &self.layout.columns[at];
        let Some(separator) = &column.separator else { return Field::from_text(text) };
        let Some(flags) = column.flags else { return Field::Value(cells::items(text, separator)) };
        let raw = self.header.places[flags].and_then(|place| row.field(place)).unwrap_or_default();
        let flags_column = &self.layout.columns[flags];
        let cleaned = clean::clean(raw, false);
        let flags =
            if cleaned.text.is_empty() { flags_column.default.as_deref().unwrap_or_default() } else { &cleaned.text };
        let (members, odd): (Value, _) = cells::members(text, flags, separator);
        match odd {
            Some(Odd::Flag(odd)) => {
                draft.lose(at, about("flag_invalid", &flags_column.name).arg("value", shown(&odd)));
            }
            Some(Odd::Number(found, expected)) => {
                let problem = about("flags_number", &flags_column.name).arg("found", found.to_string());
                draft.refuse(problem.arg("expected", expected.to_string()));
            }
            None => {}
        }
        Field::Value(members)
    }
}

/// Whether a spreadsheet damaged the value beyond repair. Numbers are looked at where ids and numbers of phones stand; in
/// a title `4001.0` is text.
fn mangled(column: &Column, text: &str) -> bool {
    let phone = names::is_phone(&column.name);
    let number = |text: &str| {
        let ids = || names::is_account(&column.name) || names::refers(&column.name) || column.separator.is_some();
        clean::is_damaged_number(text, phone) && (phone || ids())
    };
    let damaged = |text: &str| clean::is_error_value(text) || number(text);
    match &column.separator {
        Some(separator) => text.split(separator.as_str()).any(|item| damaged(idflow_sdk::text::trim(item))),
        None => damaged(text),
    }
}
