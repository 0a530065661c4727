//! What a file is, and the cells of a sheet of an XLSX workbook.
//!
//! A workbook is a zip archive, so what it grows to is measured before anything of it is believed. Cells are read one after the
//! other: a sheet that says it has a million columns takes no more memory than the cells that are there.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use calamine::{DataRef, Reader as _, SheetVisible, Xlsx};
use idflow_sdk::Problem;

use crate::contract::upload::{UploadFormat, UploadSheet};

/// What a workbook may grow to, in bytes.
const MOST_UNPACKED: u64 = 400 << 20;
/// Parts of a workbook.
const MOST_PARTS: usize = 10_000;
/// Columns of a sheet that are read.
pub const MOST_COLUMNS: usize = 300;
/// The longest cell that is read, in bytes: what Excel itself keeps.
const MOST_CELL: usize = 32 << 10;
/// What Excel shows of a formula that it did not compute. A workbook that no spreadsheet program has saved has no values for its
/// formulas, and that is no blank.
const NOT_COMPUTED: &str = "#CALC!";
/// The longest number of digits that a format may want.
const MOST_DIGITS: usize = 64;
/// From here on a number has lost digits in a spreadsheet: it keeps 15 of them.
const EXACT: f64 = 1e15;

/// A cell that is worth something, and what it is in the workbook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// What it is.
    pub sort: Sort,
}

impl Cell {
    /// A whole number as it is shown by a format that wants so many digits: its zeros were not lost.
    fn pad(&mut self, digits: usize) {
        let whole = self.sort == Sort::Number && self.text.bytes().all(|byte| byte.is_ascii_digit());
        if digits > 1 && whole && !self.text.is_empty() {
            self.text = format!("{:0>digits$}", self.text);
            self.sort = Sort::Text;
        }
    }
}

/// What a cell is in the workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Text, or nothing.
    #[default]
    Text,
    /// A number: zeros before it were lost when it was entered.
    Number,
    /// A day, written year-month-day: nobody knows what was entered.
    Day,
}

/// What was noticed in a workbook.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Noticed {
    /// Cells with a formula: what was last computed for them is read.
    pub formulas: u64,
    /// Ranges of merged cells: only the first cell of a range has the value.
    pub merged: u64,
    /// Rows with more columns than are read.
    pub wide: u64,
}

/// What is done with a row: its number in the file, from 1, and its cells. False: no more rows are wanted.
pub type Each<'e> = &'e mut dyn FnMut(u64, &[Cell]) -> bool;

pub(super) fn unreadable(what: impl std::fmt::Display) -> Problem {
    let what: String = what.to_string().chars().take(200).collect();
    Problem::new("upload_unreadable").arg("what", what)
}

/// The form of a file, by how it begins: what somebody called it says nothing.
///
/// # Errors
/// A file of another kind.
pub fn format(path: &Path) -> Result<UploadFormat, Problem> {
    let mut head = [0; 8];
    let read = File::open(path).and_then(|mut file| file.read(&mut head)).map_err(unreadable)?;
    match &head[..read] {
        [] => Err(Problem::new("upload_empty")),
        [b'P', b'K', 3, 4, ..] => Ok(UploadFormat::Xlsx),
        // An old workbook (.xls), or one with a password.
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(Problem::new("upload_old_excel")),
        _ => Ok(UploadFormat::Csv),
    }
}

/// Refuses what is no text: a text has no byte 0, but for one whose characters are two bytes, and hardly any other control
/// character.
///
/// # Errors
/// A file of another kind, such as a picture.
pub fn refuse_binary(path: &Path, encoding: &str) -> Result<(), Problem> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64 << 10).read_to_end(&mut head));
    read.map_err(unreadable)?;
    if !encoding.starts_with("UTF-16") && is_binary(&head) {
        return Err(Problem::new("upload_no_table"));
    }
    Ok(())
}

/// Whether bytes are those of no text: one 0, or one control character in twenty, where of bytes by chance it is one in nine.
fn is_binary(head: &[u8]) -> bool {
    let controls = head.iter().filter(|byte| byte.is_ascii_control() && !b"\t\n\r\x0c\x1a".contains(byte)).count();
    head.contains(&0) || (controls > 2 && controls * 20 > head.len())
}

/// Unpacks a workbook once, to see what it grows to: what its own list says can be a lie.
fn measure(path: &Path) -> Result<(), Problem> {
    let file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut archive = zip::ZipArchive::new(file).map_err(unreadable)?;
    let too_large = || Problem::new("upload_grows").arg("most", (MOST_UNPACKED >> 20).to_string());
    if archive.len() > MOST_PARTS {
        return Err(too_large());
    }
    let mut left = MOST_UNPACKED;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(unreadable)?;
        let read = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(unreadable)?;
        left = left.checked_sub(read).ok_or_else(too_large)?;
    }
    Ok(())
}

fn book(path: &Path) -> Result<Xlsx<BufReader<File>>, Problem> {
    Xlsx::new(BufReader::new(File::open(path).map_err(unreadable)?)).map_err(unreadable)
}

/// The sheets of a workbook, which is looked at for the first time.
///
/// # Errors
/// A file that is no workbook, or grows beyond what is read.
pub fn sheets(path: &Path) -> Result<Vec<UploadSheet>, Problem> {
    measure(path)?;
    let book = book(path)?;
    let sheet = |sheet: &calamine::Sheet| UploadSheet {
        name: sheet.name.clone(),
        hidden: sheet.visible != SheetVisible::Visible,
    };
    let sheets: Vec<UploadSheet> = book.sheets_metadata().iter().map(sheet).collect();
    if sheets.is_empty() { Err(Problem::new("upload_empty")) } else { Ok(sheets) }
}

/// What is noticed in a sheet as a whole, beside its rows.
///
/// # Errors
/// A file that cannot be read.
pub fn noticed(path: &Path, sheet: &str) -> Result<Noticed, Problem> {
    let mut book = book(path)?;
    let merged = book.merge_cells_by_sheet_name(sheet).map(|ranges| ranges.len() as u64).unwrap_or_default();
    let mut cells = book.worksheet_cells_reader(sheet).map_err(unreadable)?;
    let mut formulas = 0;
    while let Some(cell) = cells.next_formula().map_err(unreadable)? {
        formulas += u64::from(!cell.get_value().is_empty());
    }
    Ok(Noticed { formulas, merged, wide: 0 })
}

/// Reads the rows of a sheet; blank ones are left out. Gives the number of rows with more columns than are read.
///
/// # Errors
/// A file that cannot be read, a sheet that there is not.
pub fn rows(path: &Path, sheet: &str, each: Each<'_>) -> Result<u64, Problem> {
    let mut book = book(path)?;
    if !book.sheets_metadata().iter().any(|known| known.name == sheet) {
        let sheets: Vec<&str> = book.sheets_metadata().iter().map(|known| &*known.name).collect();
        return Err(Problem::new("upload_sheet_unknown").arg("sheet", sheet).arg("sheets", sheets.join(", ")));
    }
    let mut cells = book.worksheet_cells_reader(sheet).map_err(unreadable)?;
    let zeros: Vec<usize> = cells.styles().iter().map(zeros).collect();
    // The same cells once more, with their formats: hardly any workbook needs it.
    let mut formatted = zeros.iter().any(|zeros| *zeros > 1).then(|| self::book(path)).transpose()?;
    let mut formats = match formatted.as_mut() {
        Some(book) => Some(book.worksheet_cells_reader(sheet).map_err(unreadable)?),
        None => None,
    };
    let mut row: Vec<Cell> = Vec::new();
    let mut at: Option<u32> = None;
    let mut too_wide = 0;
    let mut wide = false;
    let mut flush = |at: Option<u32>, row: &mut Vec<Cell>| {
        let blank = row.iter().all(|cell| cell.text.trim().is_empty());
        let go_on = at.filter(|_| !blank).is_none_or(|at| each(u64::from(at) + 1, row));
        row.clear();
        go_on
    };
    while let Some(record) = cells.next_cell_with_formula_metadata().map_err(unreadable)? {
        let (line, column) = record.pos;
        let format = match formats.as_mut() {
            Some(formats) => formats.next_cell_with_style_id().map_err(unreadable)?.map(|(_, format)| format),
            None => None,
        };
        if at != Some(line) {
            if !flush(at, &mut row) {
                return Ok(too_wide);
            }
            too_wide += u64::from(std::mem::take(&mut wide));
            at = Some(line);
        }
        let mut cell = read(&record.value);
        if record.value == DataRef::Empty && record.formula.is_some() {
            cell.text = NOT_COMPUTED.into();
        }
        cell.pad(format.and_then(|format| zeros.get(format)).copied().unwrap_or_default());
        if cell.text.is_empty() {
            continue;
        }
        let column = column as usize;
        if column >= MOST_COLUMNS {
            wide = true;
            continue;
        }
        if row.len() <= column {
            row.resize(column + 1, Cell::default());
        }
        row[column] = cell;
    }
    flush(at, &mut row);
    Ok(too_wide + u64::from(wide))
}

/// A cell as its reader sees it: a whole number without a point, a date as a date. What Excel shows instead of a value (`#N/A`)
/// stays: it is no blank.
fn read(cell: &DataRef<'_>) -> Cell {
    let text = |text: &str| Cell { text: text.into(), sort: Sort::Text };
    let number = |text: String| Cell { text, sort: Sort::Number };
    let mut cell = match cell {
        DataRef::Int(value) => number(value.to_string()),
        DataRef::Float(value) if value.fract() == 0.0 && value.abs() < EXACT => number(format!("{value:.0}")),
        // Its last digits are gone, and it must not look as if they were not.
        DataRef::Float(value) if value.abs() >= EXACT => number(format!("{value:E}").replacen('E', "E+", 1)),
        DataRef::Float(value) => number(value.to_string()),
        DataRef::String(value) => text(value),
        DataRef::SharedString(value) => text(value),
        DataRef::Bool(flag) => text(&flag.to_string()),
        DataRef::DateTime(time) if time.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            let mut told = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) != (0, 0, 0) {
                told.push_str(&format!(" {hour:02}:{minute:02}:{second:02}"));
            }
            Cell { text: told, sort: Sort::Day }
        }
        DataRef::DateTime(time) => number(time.as_f64().to_string()),
        DataRef::DateTimeIso(value) => Cell { text: value.clone(), sort: Sort::Day },
        DataRef::DurationIso(value) => text(value),
        DataRef::Error(error) => text(&error.to_string()),
        DataRef::Empty => Cell::default(),
    };
    if cell.text.len() > MOST_CELL {
        cell.text.truncate(cell.text.floor_char_boundary(MOST_CELL));
    }
    cell
}

/// How many digits a format wants, which consists of nothing but zeros: `0000`.
fn zeros(style: &calamine::Style) -> usize {
    let code = style.number_format.as_ref().map(|format| format.format_code.split(';').next().unwrap_or_default());
    code.filter(|code| code.bytes().all(|byte| byte == b'0') && code.len() <= MOST_DIGITS).map_or(0, str::len)
}

/// A day as Excel shows what somebody wrote as `3-1`, where no day can be meant: whoever reads ids refuses it as damaged.
#[must_use]
pub fn damaged_day(text: &str) -> String {
    let mut parts = text.split(['-', ' ', 'T']).skip(1);
    match (parts.next().and_then(|part| part.parse::<u8>().ok()), parts.next().and_then(|part| part.parse::<u8>().ok()))
    {
        (Some(month), Some(day)) => format!("{month}月{day}日"),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_say_what_they_are() {
        for (cell, text, sort) in [
            (DataRef::Float(13.0), "13", Sort::Number),
            (DataRef::Float(0.5), "0.5", Sort::Number),
            (DataRef::Float(1.234_567_890_123_456_8e17), "1.2345678901234568E+17", Sort::Number),
            (DataRef::SharedString("0013"), "0013", Sort::Text),
            (DataRef::Empty, "", Sort::Text),
        ] {
            assert_eq!(read(&cell), Cell { text: text.into(), sort }, "{text}");
        }
        // Bytes by chance without a 0, and a text in which somebody once hit a wrong key.
        assert!(is_binary(b"\xd9\x01\x84t\x12\x9e\x1b\x7fQ\xe0\x03"));
        assert!(!is_binary("工号,姓名\n1,张\u{1}伟\n2,李娜\n".as_bytes()) && !is_binary(b"a,b\r\n\t\x0c,c\r\n"));
        assert_eq!(damaged_day("2026-03-01"), "3月1日");
        assert_eq!(damaged_day("x"), "x");
    }
}
