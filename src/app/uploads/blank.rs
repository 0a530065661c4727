//! A file with headers to fill in.

use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
};

use idflow_sdk::Problem;
use rust_xlsxwriter::{Format, Note, Workbook};

use super::{blocking::problem, columns::TARGETS};
use crate::{
    app::{AppError, Desk},
    contract::upload::UploadBlankForm,
};

/// What stands on the sheet with an example, in Chinese and in English, in the order of the fields. Among the rows that are
/// filled in it would be imported as somebody who does not exist.
const EXAMPLE: [(&str, &str); 12] = [
    ("0013", "0013"),
    ("zhangsan", "zhang.san"),
    ("张三", "Zhang San"),
    ("13800000000", "13800000000"),
    ("zhangsan@example.com", "zhang.san@example.com"),
    ("工程师", "Engineer"),
    ("男", "male"),
    ("总部/研发部/前端组", "Company/Engineering/Web"),
    ("0", "0"),
    ("", ""),
    ("0007", "0007"),
    ("在职", "active"),
];
/// Rows whose cells are text in the workbook: Excel keeps the zeros of what is entered there.
const ROWS: u32 = 2000;

/// The forms of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlankForm {
    /// With commas.
    Csv,
    /// A workbook.
    Xlsx,
}

impl BlankForm {
    /// The media type.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

impl Desk<'_> {
    /// A file with headers; a workbook has an example on a sheet of its own.
    ///
    /// # Errors
    /// An unknown form or language; a disk that cannot be written.
    pub fn blank_upload(&self, wanted: &UploadBlankForm) -> Result<(File, BlankForm), AppError> {
        let form = match wanted.format.as_deref() {
            None | Some("xlsx") => BlankForm::Xlsx,
            Some("csv") => BlankForm::Csv,
            Some(other) => {
                return Err(AppError::invalid("export_format_unknown").arg("word", other).field("format"));
            }
        };
        let zh = match wanted.lang.as_deref() {
            None | Some("zh") => true,
            Some("en") => false,
            Some(other) => return Err(AppError::invalid("language_unknown").arg("word", other).field("lang")),
        };
        let failed = |what: String| problem(Problem::new("upload_disk").arg("what", what));
        let mut file = tempfile::tempfile().map_err(|error| failed(error.to_string()))?;
        let pick = |(chinese, english): (&'static str, &'static str)| if zh { chinese } else { english };
        let headers = TARGETS.map(|target| pick(target.title));
        let example = EXAMPLE.map(pick);
        match form {
            BlankForm::Csv => {
                let text = format!("\u{feff}{}\r\n", headers.join(","));
                file.write_all(text.as_bytes()).map_err(|error| failed(error.to_string()))?;
            }
            BlankForm::Xlsx => {
                workbook(&mut file, zh, &headers, &example).map_err(|error| failed(error.to_string()))?;
            }
        }
        file.seek(SeekFrom::Start(0)).map_err(|error| failed(error.to_string()))?;
        Ok((file, form))
    }
}

fn workbook(
    file: &mut File,
    zh: bool,
    headers: &[&str; 12],
    example: &[&str; 12],
) -> Result<(), rust_xlsxwriter::XlsxError> {
    let mut book = Workbook::new();
    let text = Format::new().set_num_format("@");
    let bold = text.clone().set_bold();
    let sheet = book.add_worksheet();
    sheet.set_name(if zh { "人员" } else { "People" })?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, header) in (0_u16..).zip(headers) {
        sheet.set_column_width(column, 18)?;
        sheet.write_string_with_format(0, column, *header, &bold)?;
        if TARGETS[usize::from(column)].required {
            sheet.insert_note(0, column, &Note::new(if zh { "必填" } else { "Required" }))?;
        }
        for row in 1..ROWS {
            sheet.write_blank(row, column, &text)?;
        }
    }
    let shown = book.add_worksheet();
    shown.set_name(if zh { "示例" } else { "Example" })?;
    for (column, (header, cell)) in (0_u16..).zip(headers.iter().zip(example)) {
        shown.set_column_width(column, 18)?;
        shown.write_string_with_format(0, column, *header, &bold)?;
        shown.write_string_with_format(1, column, *cell, &text)?;
    }
    book.save_to_writer(file)
}
