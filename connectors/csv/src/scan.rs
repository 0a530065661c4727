//! One pass over one file: opening, header, pages of rows, and what the read amounts to. Blocking; `reader` runs it
//! away from the threads that serve everything else. Memory: one piece of text, one row, one page, and a hash of every
//! key.

use std::{
    collections::BTreeSet,
    fs::File,
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use encoding_rs::Encoding;
use idflow_sdk::{Blank, Ending, Error, FieldId, Page, Part, Predicate, Problem, SourceObject, Summary, text};

use crate::{
    encoding::{self, By, Found, Input, Pieces},
    header::{Header, list},
    layout::Layout,
    problems::{invalid, io_error},
    raw::{End, RawRow},
    row::Rows,
    tokens::Tokens,
};

/// How many rows a page has.
const PAGE: usize = 1000;

/// What is read from a file.
pub(crate) struct Wanted {
    /// The columns.
    pub(crate) layout: Layout,
    /// The encoding, unless it is to be found out.
    pub(crate) encoding: Option<&'static Encoding>,
    /// Which rows to keep.
    pub(crate) predicate: Option<Predicate>,
    /// The fields that it looks at.
    pub(crate) asked: BTreeSet<FieldId>,
    /// Whether the file is only a part of the list.
    pub(crate) partial: bool,
}

/// A file being read.
pub(crate) struct Scan {
    /// Its name, for positions.
    file: String,
    tokens: Tokens,
    rows: Rows,
    row: RawRow,
    /// The file on the disk and what it was like when it was opened.
    state: Option<(File, Stamp)>,
    summary: Summary,
    /// Columns of ours that the file does not have.
    absent: Vec<String>,
    /// Where the file lies and how it is said to be encoded, for a look at whole columns.
    again: Option<(PathBuf, Option<&'static Encoding>)>,
    ended: bool,
}

/// What tells that a file was written to.
type Stamp = (u64, Option<SystemTime>);

impl Scan {
    /// Opens a file and reads its header.
    pub(crate) fn open(path: &Path, wanted: Wanted) -> Result<Self, Error> {
        let shown = path.display().to_string();
        let failed = |error: io::Error| io_error(&shown, &error);
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if metadata.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        if !metadata.is_file() {
            return Err(failed(io::Error::other("not a regular file")));
        }
        let file = File::open(path).map_err(failed)?;
        let stamp = stamp(&file).map_err(failed)?;
        let second = file.try_clone().map_err(failed)?;
        let name = path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        let encoding = wanted.encoding;
        let mut scan = Self::start(Box::new(file), name, wanted)?;
        scan.again = Some((path.to_path_buf(), encoding));
        scan.state = Some((second, stamp));
        Ok(scan)
    }

    /// Begins to read `input`, which goes by the name `file`.
    pub(crate) fn start(input: Box<dyn Input>, file: String, wanted: Wanted) -> Result<Self, Error> {
        let failed = |error: io::Error| io_error(&file, &error);
        let (found, mut tokens) = begin(input, &file, wanted.encoding)?;
        let mut row = RawRow::default();
        loop {
            if !tokens.next(&mut row).map_err(failed)? {
                return Err(invalid(Problem::new("file_empty").arg("file", file)));
            }
            if row.bad_bytes || row.iter().any(|field| !text::trim(field).is_empty()) {
                break;
            }
        }
        let header = Header::new(&wanted.layout, &row, &file)?;
        tokens.below_header(header.width);
        let summary = Summary {
            notices: notices(&file, found, wanted.encoding, &tokens, &header),
            part: wanted.partial.then(|| Part { output: "rows", gone: Vec::new() }),
            ending: Some(ending(&row, "")),
            ..Summary::default()
        };
        let missing = wanted.layout.columns.iter().zip(&header.places).filter(|(_, place)| place.is_none());
        let absent = missing.map(|(column, _)| column.name.to_string()).collect();
        let rows = Rows::new(wanted.layout, header, (wanted.predicate, wanted.asked), file.clone());
        Ok(Self { file, tokens, rows, row, state: None, summary, absent, again: None, ended: false })
    }

    /// The next page, `None` at the end.
    pub(crate) fn page(&mut self) -> Result<Option<Page>, Error> {
        let mut objects: Vec<SourceObject> = Vec::new();
        while !self.ended && objects.len() < PAGE {
            if !self.tokens.next(&mut self.row).map_err(|error| io_error(&self.file, &error))? {
                self.end();
                break;
            }
            let outcome = self.rows.convert(&self.row);
            let key = outcome.object.as_ref().map_or("", |object| &*object.key);
            self.summary.ending = Some(ending(&self.row, key));
            if let Some(problem) = outcome.incomplete {
                self.doubt(problem);
            }
            objects.extend(outcome.object);
        }
        Ok((!objects.is_empty()).then_some(Page { output: "rows", objects }))
    }

    /// The file ended with the end of a line the last time.
    pub(crate) fn expect_line_end(&mut self) {
        self.rows.expect_line_end();
    }

    /// Columns of ours that the file does not have.
    pub(crate) fn absent(&self) -> Vec<String> {
        self.absent.clone()
    }

    /// Of these columns those that are there and have no value in any row. The file is gone through for itself, as far as the
    /// row in which the last of them has its first value: that is one of the first as a rule.
    pub(crate) fn blank(&self, fields: &[String]) -> Result<Vec<Blank>, Error> {
        let mut columns = self.rows.columns_of(fields);
        let Some((path, encoding)) = self.again.as_ref().filter(|_| !columns.is_empty()) else { return Ok(Vec::new()) };
        let failed = |error: io::Error| io_error(&self.file, &error);
        let (_, mut tokens) = begin(Box::new(File::open(path).map_err(failed)?), &self.file, *encoding)?;
        let (mut row, mut header, mut rows) = (RawRow::default(), true, 0u64);
        while !columns.is_empty() && tokens.next(&mut row).map_err(failed)? {
            if row.iter().all(|field| text::trim(field).is_empty()) {
                continue;
            }
            if std::mem::take(&mut header) {
                tokens.below_header(row.count);
                continue;
            }
            rows += 1;
            self.rows.leave_blank(&row, &mut columns);
        }
        // Of a file without rows nothing is said.
        columns.retain(|_| rows > 0);
        Ok(columns.into_iter().map(|at| self.rows.blank(at)).collect())
    }

    /// What the read amounts to.
    pub(crate) fn summary(&self) -> Summary {
        Summary { complete: self.ended && self.summary.incomplete_because.is_none(), ..self.summary.clone() }
    }

    /// The first reason counts, except that a file cut short is the reason for whatever else looked wrong.
    fn doubt(&mut self, problem: Problem) {
        let because = &mut self.summary.incomplete_because;
        if because.is_none() || problem.code == "file_truncated" {
            *because = Some(problem);
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.summary.notices.extend(self.rows.notices());
        let changed = self.state.as_ref().is_some_and(|(file, before)| stamp(file).ok() != Some(*before));
        if changed {
            self.doubt(Problem::new("file_changed").arg("file", self.file.as_str()));
        }
    }
}

/// Finds out how a file is encoded, and refuses one that is no table.
pub(crate) fn begin(
    mut input: Box<dyn Input>,
    file: &str,
    declared: Option<&'static Encoding>,
) -> Result<(Found, Tokens), Error> {
    let failed = |error: io::Error| io_error(file, &error);
    let mut magic = [0; 8];
    let length = input.read(&mut magic).map_err(failed)?;
    if let Some(found) = binary(&magic[..length]) {
        return Err(not_csv(file, found));
    }
    input.rewind().map_err(failed)?;
    let found = encoding::detect(&mut *input, declared).map_err(failed)?;
    let tokens = Tokens::new(Pieces::new(input, found.encoding)).map_err(failed)?;
    if let Some(found) = markup(tokens.beginning()) {
        return Err(not_csv(file, found));
    }
    Ok((found, tokens))
}

/// How the file ends, if it ends with this row.
fn ending(row: &RawRow, key: &str) -> Ending {
    if row.end == End::Line { Ending::Line } else { Ending::Open(key.into()) }
}

fn stamp(file: &File) -> io::Result<Stamp> {
    let metadata = file.metadata()?;
    Ok((metadata.len(), metadata.modified().ok()))
}

fn not_csv(file: &str, found: &str) -> Error {
    invalid(Problem::new("not_csv").arg("file", file).arg("found", found))
}

/// Files that are no text, by their first bytes.
fn binary(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "XLSX / ZIP"),
        (b"PK\x05\x06", "ZIP"),
        (b"\xd0\xcf\x11\xe0", "XLS"),
        (b"%PDF", "PDF"),
        // Text, but none that is read; the first two bytes are those of UTF-16.
        (b"\xff\xfe\0\0", "UTF-32"),
        (b"\0\0\xfe\xff", "UTF-32"),
    ];
    MAGIC.into_iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| name)
}

/// Text that is no table, by its first character.
fn markup(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches(text::is_blank);
    let list = |rest: &str| rest.trim_start_matches(text::is_blank).starts_with('{');
    match text.chars().next()? {
        '<' => Some("HTML / XML"),
        '{' => Some("JSON"),
        '[' if list(&text[1..]) => Some("JSON"),
        _ => None,
    }
}

/// What is worth telling once about a file.
fn notices(
    file: &str,
    found: Found,
    declared: Option<&'static Encoding>,
    tokens: &Tokens,
    header: &Header,
) -> Vec<Problem> {
    let mut notices = Vec::new();
    let name = found.encoding.name();
    match (found.by, declared) {
        (By::Guess, _) => notices.push(Problem::new("encoding_guessed").arg("file", file).arg("encoding", name)),
        (By::Mark, Some(declared)) if declared != found.encoding => {
            let problem = Problem::new("encoding_differs").arg("file", file).arg("declared", declared.name());
            notices.push(problem.arg("encoding", name));
        }
        _ => {}
    }
    let separator = match tokens.separator() {
        b';' => Some(";"),
        b'\t' => Some("TAB"),
        _ => None,
    };
    if let Some(separator) = separator {
        notices.push(Problem::new("separator_guessed").arg("file", file).arg("separator", separator));
    }
    if !header.guessed.is_empty() {
        notices.push(Problem::new("columns_unread").arg("file", file).arg("columns", header.guessed.join("; ")));
    }
    if !header.states.is_empty() {
        let columns = list(header.states.iter().map(String::as_str));
        notices.push(Problem::new("status_unread").arg("file", file).arg("columns", columns));
    }
    if !header.ignored.is_empty() {
        let columns = list(header.ignored.iter().map(String::as_str));
        notices.push(Problem::new("columns_ignored").arg("file", file).arg("columns", columns));
    }
    notices
}
