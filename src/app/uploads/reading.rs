//! A file as its import reads it: which row has the headers, and the rows below as a CSV file in which each row stands on the
//! line that it has in the file that was uploaded, so that "line 12" is row 12 wherever it is said.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use idflow_sdk::{Problem, text};

use super::{
    blocking::blocking,
    columns::{HEADER_ROWS, Known, folded},
    flow::FILE,
    folder::RAW,
    keep,
    sheet::{self, Cell, Noticed, Sort, unreadable},
    source,
};
use crate::{
    app::AppError,
    connectors,
    contract::upload::{UploadFormat, UploadSheet},
    store::uploads::StoredUpload,
};

/// Rows that are shown.
pub(super) const SHOWN: usize = 20;
/// The last row that can have the headers.
const LAST_HEADER: u64 = 1000;
/// What a line break inside a cell is written as, so that a row takes one line: it is read as a line break, too.
const BREAK: &str = "\u{2028}";

/// Numbered rows of text.
pub(super) type Rows = Vec<(u64, Vec<String>)>;

/// What a file is called where something is said of its rows: as whoever gave it knows it.
pub(super) fn called(stored: &StoredUpload) -> String {
    source::shown(&stored.name).unwrap_or_else(|| FILE.into())
}

/// The first rows of a CSV file, which is called so in messages.
///
/// # Errors
/// A file that is no table.
pub(super) fn first_rows(path: &Path, name: &str, most: usize) -> Result<(Rows, &'static str), Problem> {
    let sample = connectors::import_sample(path, name, most).map_err(|error| *error.problem)?;
    if sample.rows.is_empty() {
        return Err(Problem::new("upload_empty"));
    }
    Ok((sample.rows, sample.encoding))
}

/// Goes through the cells below a header of a file that was written; `each` is given what was gathered so far and says whether to
/// go on.
///
/// # Errors
/// A file that cannot be read.
pub(super) async fn column<T: Default + Send + 'static>(
    file: &Path,
    header: String,
    mut each: impl FnMut(&mut T, &str) -> bool + Send + 'static,
) -> Result<T, AppError> {
    let path = file.to_path_buf();
    blocking(move || {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (mut place, mut found) = (None, T::default());
        let rows = &mut |_: u64, cells: Vec<String>| match place {
            None => {
                place = cells.iter().position(|cell| folded(cell) == header);
                true
            }
            Some(place) => cells.get(place).is_none_or(|cell: &String| each(&mut found, cell)),
        };
        connectors::import_rows(&path, &name, rows).map_err(|error| *error.problem)?;
        Ok(found)
    })
    .await
}

/// The beginning of a file.
pub(super) struct Beginning {
    /// The sheet; empty for a CSV file.
    pub(super) sheet: String,
    /// The row with the headers.
    pub(super) header_row: u64,
    /// The headers.
    pub(super) headers: Vec<String>,
    /// The first rows below.
    pub(super) first: Rows,
    /// What was noticed in a workbook.
    pub(super) noticed: Noticed,
    encoding: &'static str,
}

/// The sheet that is meant: the named one, else the first that is not hidden.
fn chosen(sheets: &[UploadSheet], named: Option<&str>) -> Result<String, AppError> {
    let found = match named {
        Some(named) => sheets.iter().find(|sheet| sheet.name == named),
        None => sheets.iter().find(|sheet| !sheet.hidden).or(sheets.first()),
    };
    let unknown = || {
        let (sheet, listed) = (named.unwrap_or_default(), listed(sheets));
        // The only sheet of a CSV file has no name.
        match listed.is_empty() {
            true => AppError::invalid("upload_csv_has_no_sheets").arg("sheet", sheet).field("sheet"),
            false => {
                AppError::not_found("upload_sheet_unknown").arg("sheet", sheet).arg("sheets", listed).field("sheet")
            }
        }
    };
    found.map(|sheet| sheet.name.clone()).ok_or_else(unknown)
}

/// The sheets by name, those first that can be seen.
fn listed(sheets: &[UploadSheet]) -> String {
    let of = |hidden: bool| sheets.iter().filter(move |sheet| sheet.hidden == hidden);
    let names: Vec<&str> =
        of(false).chain(of(true)).map(|sheet| &*sheet.name).filter(|name| !name.is_empty()).collect();
    names.join(", ")
}

/// What is said where no row looks like headers.
fn no_header(format: UploadFormat, name: &str, sheet: &str, sheets: &[UploadSheet]) -> Problem {
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    match format {
        // The headers may stand on another sheet: a cover comes first in many workbooks.
        UploadFormat::Xlsx if sheets.len() > 1 => {
            Problem::new("upload_no_header_in_sheet").arg("sheet", sheet).arg("sheets", listed(sheets))
        }
        UploadFormat::Csv if end.starts_with("xls") => Problem::new("upload_no_workbook").arg("end", end),
        _ => Problem::new("upload_no_header"),
    }
}

/// That the row that was named has no headers, with those that could have them.
fn blank(row: u64, rows: &Rows, mut otherwise: Problem) -> Problem {
    otherwise.code = match &*otherwise.code {
        "upload_no_header_in_sheet" => "upload_header_row_blank_in_sheet".into(),
        "upload_no_header" => "upload_header_row_blank".into(),
        _ => return otherwise,
    };
    let numbers: Vec<String> = rows.iter().take(5).map(|(number, _)| number.to_string()).collect();
    otherwise.arg("row", row.to_string()).arg("rows", numbers.join(", "))
}

fn texts(row: &[Cell]) -> Vec<String> {
    row.iter().map(|cell| cell.text.clone()).collect()
}

/// Looks at the beginning of a file.
///
/// # Errors
/// A sheet that there is not, a header row that is blank, a file that cannot be read.
pub(super) async fn begin(
    place: &Path,
    stored: &StoredUpload,
    named: Option<&str>,
    header_row: Option<u64>,
) -> Result<Beginning, AppError> {
    if header_row.is_some_and(|row| row == 0 || row > LAST_HEADER) {
        let refused = AppError::invalid("upload_header_row").arg("most", LAST_HEADER.to_string());
        return Err(refused.field("header_row"));
    }
    let sheets = keep::sheets_of(stored);
    let sheet = chosen(&sheets, named)?;
    let (path, format, name) = (place.join(RAW), keep::format_of(stored), called(stored));
    let no_header = no_header(format, &name, &sheet, &sheets);
    blocking(move || {
        let most = SHOWN + HEADER_ROWS + header_row.and_then(|row| usize::try_from(row).ok()).unwrap_or_default();
        let (mut rows, encoding, noticed) = match format {
            UploadFormat::Csv => {
                let (rows, encoding) = first_rows(&path, &name, most)?;
                (rows, encoding, Noticed::default())
            }
            UploadFormat::Xlsx => {
                let mut rows = Rows::new();
                sheet::rows(&path, &sheet, &mut |number, row| {
                    rows.push((number, texts(row)));
                    rows.len() < most
                })?;
                (rows, "", sheet::noticed(&path, &sheet)?)
            }
        };
        let at = match header_row {
            Some(wanted) => rows.iter().position(|(number, _)| *number == wanted),
            None => Known::new().header_row(&rows),
        };
        let Some(at) = at else {
            let refused = match header_row {
                Some(row) => blank(row, &rows, no_header),
                None => no_header,
            };
            return Err(refused.field("header_row"));
        };
        let first = rows.split_off(at + 1);
        let (header_row, headers) = rows.pop().ok_or(no_header)?;
        let headers = headers.iter().map(|header| text::trim(header).to_string()).collect();
        Ok(Beginning { sheet, header_row, headers, first, noticed, encoding })
    })
    .await
}

/// What was found while the rows of a workbook were written.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Rows with more columns than are read.
    pub(super) wide: u64,
    /// Cells of the key that are numbers, and whether others are not, or are shorter or longer.
    pub(super) numbers: u64,
    pub(super) uneven: bool,
    /// The first rows of these.
    pub(super) number_rows: BTreeSet<u64>,
}

/// Rows with a number for a key that are told apart.
const NUMBER_ROWS: usize = 10_000;
/// So many of them are named.
const NUMBERS_NAMED: usize = 5;

impl Written {
    /// The rows whose key is a number, where that may have lost zeros.
    pub(super) fn doubtful(&self) -> impl Iterator<Item = u64> {
        self.number_rows.iter().copied().filter(|_| self.uneven)
    }

    /// The first of them, for people.
    pub(super) fn numbers_named(&self) -> String {
        let more = if self.number_rows.len() > NUMBERS_NAMED { " …" } else { "" };
        let named: Vec<String> = self.number_rows.iter().take(NUMBERS_NAMED).map(u64::to_string).collect();
        format!("{}{more}", named.join(", "))
    }
}

/// Writes the rows from the header on into a file in a folder of its own, which has the name that people know; gives its path
/// and what was found.
///
/// # Errors
/// A file that cannot be read or written.
pub(super) async fn write(
    place: &Path,
    stored: &StoredUpload,
    beginning: &Beginning,
    (key, read): (&str, BTreeSet<String>),
) -> Result<(PathBuf, Written), AppError> {
    // It can be read by its owner alone.
    let folder =
        tempfile::Builder::new().prefix("rows-").tempdir_in(place).map_err(|error| super::folder::disk(&error))?;
    let folder = folder.keep();
    let (raw, out, format) = (place.join(RAW), folder.join(called(stored)), keep::format_of(stored));
    let (header, sheet, encoding) = (beginning.header_row, beginning.sheet.clone(), beginning.encoding);
    let place_of = |wanted: &str| beginning.headers.iter().position(|header| folded(header) == folded(wanted));
    let key = place_of(key);
    let read: BTreeSet<usize> = read.iter().filter_map(|header| place_of(header)).collect();
    let done = blocking(move || {
        let written = match format {
            UploadFormat::Csv => cut(&raw, &out, header, encoding).map(|()| Written::default()),
            UploadFormat::Xlsx => convert((&raw, &sheet), &out, header, (key, &read)),
        };
        written.map(|written| (out, written))
    })
    .await;
    match done {
        Ok(done) => Ok(done),
        Err(error) => {
            let _ = std::fs::remove_dir_all(&folder);
            Err(error)
        }
    }
}

/// What is worth knowing of a file as a whole.
pub(super) fn notes(stored: &StoredUpload, begun: &Beginning, written: &Written) -> Vec<Problem> {
    let hidden = stored.sheets.iter().filter(|(_, hidden)| *hidden).count() as u64;
    [
        ("upload_formulas", begun.noticed.formulas),
        ("upload_merged", begun.noticed.merged),
        ("upload_numbers", if written.uneven { written.numbers } else { 0 }),
        ("upload_wide", written.wide),
        ("upload_hidden_sheets", hidden),
    ]
    .into_iter()
    .filter(|(_, number)| *number > 0)
    .map(|(code, number)| Problem::new(code).arg("number", number.to_string()).arg("rows", written.numbers_named()))
    .collect()
}

fn failed(error: impl std::fmt::Display) -> Problem {
    Problem::new("upload_disk").arg("what", error.to_string())
}

/// Copies a CSV file as it is, byte for byte, but for what stands above the headers: of that the line ends stay.
fn cut(raw: &Path, out: &Path, header: u64, encoding: &str) -> Result<(), Problem> {
    if header <= 1 {
        // The same bytes: what its reader finds in them is not hidden.
        return std::fs::hard_link(raw, out).or_else(|_| std::fs::copy(raw, out).map(|_| ())).map_err(failed);
    }
    let mut input = std::io::BufReader::new(File::open(raw).map_err(unreadable)?);
    let mut output = BufWriter::new(File::create(out).map_err(failed)?);
    // The line ends of UTF-16 are two bytes; in all other encodings that are read no part of a character looks like one.
    let (mark, newline, carriage): (&[u8], &[u8], &[u8]) = match encoding {
        "UTF-16LE" => (&[0xff, 0xfe], &[b'\n', 0], &[b'\r', 0]),
        "UTF-16BE" => (&[0xfe, 0xff], &[0, b'\n'], &[0, b'\r']),
        _ => (&[], b"\n", b"\r"),
    };
    output.write_all(mark).map_err(failed)?;
    let mut line = 1;
    let mut unit = [0; 2];
    let mut after_return = false;
    let wide = newline.len();
    // A lone carriage return ends a line as well; what comes after it is looked at before the header begins.
    while line < header {
        let unit = &mut unit[..wide];
        if input.read_exact(unit).is_err() {
            break;
        }
        let (ends, returns) = (*unit == *newline, *unit == *carriage);
        if ends && std::mem::take(&mut after_return) {
            continue;
        }
        after_return = returns;
        if ends || returns {
            output.write_all(newline).map_err(failed)?;
            line += 1;
        }
    }
    let mut rest = std::io::BufReader::new(input);
    if after_return {
        let next = std::io::BufRead::fill_buf(&mut rest).map_err(unreadable)?;
        if next.starts_with(newline) {
            std::io::BufRead::consume(&mut rest, wide);
        }
    }
    std::io::copy(&mut rest, &mut output).map_err(failed)?;
    output.flush().map_err(failed)
}

/// Writes a sheet as CSV. Where a column is read, a day is no day: none of the fields of a person here is one.
fn convert(
    (raw, sheet): (&Path, &str),
    out: &Path,
    header: u64,
    (key, read): (Option<usize>, &BTreeSet<usize>),
) -> Result<Written, Problem> {
    let mut output = BufWriter::new(File::create(out).map_err(failed)?);
    let mut trouble = None;
    let mut written = Written::default();
    let (mut line, mut width) = (1, 0);
    let mut lengths = BTreeSet::new();
    written.wide = sheet::rows(raw, sheet, &mut |number, row| {
        if number < header {
            return true;
        }
        if number == header {
            width = row.len();
        } else if let Some(cell) = key.and_then(|key| row.get(key)).filter(|cell| !cell.text.is_empty()) {
            written.numbers += u64::from(cell.sort == Sort::Number);
            if cell.sort == Sort::Number && written.number_rows.len() < NUMBER_ROWS {
                written.number_rows.insert(number);
            }
            written.uneven |= cell.sort != Sort::Number;
            lengths.insert(cell.text.len());
        }
        written.wide += u64::from(row.len() > width);
        let mut text = "\n".repeat(usize::try_from(number - line).unwrap_or_default());
        // A row that ends early is one whose last cells are blank; what stands right of the headers has no column.
        for place in 0..width {
            let cell = row.get(place).cloned().unwrap_or_default();
            let told = match cell.sort {
                Sort::Day if read.contains(&place) => sheet::damaged_day(&cell.text),
                _ => cell.text,
            };
            let told = told.replace("\r\n", BREAK).replace(['\r', '\n'], BREAK).replace('"', "\"\"");
            text.push_str(if place == 0 { "\"" } else { ",\"" });
            text.push_str(&told);
            text.push('"');
        }
        text.push('\n');
        line = number + 1;
        trouble = output.write_all(text.as_bytes()).err();
        trouble.is_none()
    })?;
    written.uneven |= lengths.len() > 1;
    match trouble.map_or_else(|| output.flush(), Err) {
        Ok(()) => Ok(written),
        Err(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_above_the_headers_is_cut_and_lines_keep_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let (raw, out) = (folder.path().join("raw"), folder.path().join("out"));
        let text = "花名册,,\r\n,,\r\n工号,姓名,部门\r\n1,张伟,研发\r\n";
        let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let (gb, ..) = encoding_rs::GB18030.encode(text);
        for bytes in [
            text.as_bytes().to_vec(),
            text.replace("\r\n", "\n").into_bytes(),
            text.replace("\r\n", "\r").into_bytes(),
            [b"\xef\xbb\xbf".to_vec(), text.as_bytes().to_vec()].concat(),
            gb.into_owned(),
            [vec![0xff, 0xfe], wide(text)].concat(),
        ] {
            std::fs::write(&raw, &bytes).unwrap();
            let (rows, encoding) = first_rows(&raw, FILE, 10).unwrap();
            let header = rows.iter().find(|(_, row)| row[0] == "工号").unwrap().0;
            cut(&raw, &out, header, encoding).unwrap();
            let (cut, _) = first_rows(&out, FILE, 10).unwrap();
            assert_eq!(cut, rows[rows.len() - 2..], "{encoding}");
            std::fs::remove_file(&out).unwrap();
        }
    }
}
