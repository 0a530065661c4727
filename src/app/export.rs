//! Plans and items as files: JSON, JSON lines, CSV and XLSX, written row by row into a temporary file, so that 300,000
//! rows take no more memory than 300.
//!
//! Tables show values as plans do: names in place of ids, and in a Chinese table every word in Chinese; whatever reads them as a
//! program takes JSON. In tables a changed field is a line of its own, with what is known of its object repeated; an object without changed
//! fields has one line. CSV begins with a byte order mark and ends lines as Excel does; what a spreadsheet would take for
//! a formula is preceded by `'` (OWASP, "CSV Injection"). Cells of XLSX are typed: text is never a formula there.

use std::{
    fs::File,
    io::{BufWriter, Seek, SeekFrom, Write},
    str::FromStr,
};

use rust_xlsxwriter::Workbook;
use serde::Serialize;
use serde_json::Value;

use super::{App, AppError, Desk, item_words, run_view};
use crate::{
    contract::{
        item::{FieldChange, Item},
        problem::Text,
    },
    engine::blocking::aside,
    model::{
        id::RunId,
        run::{Mode, Status},
    },
};

/// Rows of a sheet, as far as XLSX goes.
const MOST_ROWS: u32 = 1_048_576;
/// Characters of a cell, as far as XLSX goes.
const MOST_CHARS: usize = 32_767;

/// The heads of tables: as programs look for them, and in Chinese.
const COLUMNS: [(&str, &str); 25] = [
    ("run", "运行"),
    ("step", "步骤"),
    ("key", "标识"),
    ("kind", "类型"),
    ("source", "来源标识"),
    ("target", "目标标识"),
    ("name", "名称"),
    ("at", "位置"),
    ("action", "操作"),
    ("removes", "是否移除"),
    ("outcome", "结果"),
    ("rule", "匹配方式"),
    ("field", "字段"),
    ("before", "原值"),
    ("after", "新值"),
    ("from", "依据"),
    ("applied", "已写入"),
    ("code", "代码"),
    ("reason", "原因"),
    ("hint", "建议"),
    ("blocked_by", "受阻于"),
    ("warnings", "提醒"),
    ("time", "时间"),
    ("attempts", "尝试次数"),
    ("ms", "耗时（毫秒）"),
];

/// The heads of tables in a language.
fn columns(lang: &str) -> [&'static str; 25] {
    COLUMNS.map(|(en, zh)| if lang == "zh" { zh } else { en })
}

/// Forms of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One object with all of it.
    Json,
    /// An item on each line.
    Jsonl,
    /// A table for Excel and everything else.
    Csv,
    /// A workbook.
    Xlsx,
}

impl FromStr for Format {
    type Err = AppError;

    fn from_str(text: &str) -> Result<Self, AppError> {
        Ok(match text {
            "json" => Self::Json,
            "jsonl" => Self::Jsonl,
            "csv" => Self::Csv,
            "xlsx" => Self::Xlsx,
            _ => return Err(AppError::invalid("export_format_unknown").arg("word", text).field("format")),
        })
    }
}

impl Format {
    /// The media type.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Jsonl => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// What to export.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The form.
    pub format: Format,
    /// The plan, or what became of it; by default what there is.
    pub plan: Option<bool>,
    /// Show private values as they are.
    pub reveal: bool,
    /// The key of the language of heads and reasons in tables: `zh` or `en`. JSON has the same names in all languages.
    pub lang: &'static str,
}

fn failed(error: impl std::fmt::Display) -> AppError {
    crate::store::StoreError::Unavailable(format!("the export cannot be written: {error}")).into()
}

impl Desk<'_> {
    /// Writes the rows of a run into a temporary file that has no name, and gives it at its beginning.
    ///
    /// # Errors
    /// An unknown run, a run without a plan, the store, the disk.
    pub async fn export(&self, run: RunId, wanted: Wanted) -> Result<File, AppError> {
        let header = self.header(run).await?;
        let reveal = self.reveals(wanted.reveal)?;
        App::has_plan(&header)?;
        let before = matches!(header.status, Status::Queued | Status::Planning | Status::Held);
        let plan = wanted.plan.unwrap_or(header.mode == Mode::Plan || before);
        let mut reader = self.reader(&header, reveal, !plan).await?;
        let mut out = match plan {
            true => {
                let head = serde_json::to_value(run_view::plan(&header, reveal)).map_err(failed)?;
                Out::begin(wanted.format, head, "changes", wanted.lang)?
            }
            false => {
                let head = serde_json::to_value(run_view::view(&header, reveal)).map_err(failed)?;
                Out::begin(wanted.format, head, "items", wanted.lang)?
            }
        };
        while let Some(rows) = reader.next(&*self.store).await? {
            reader.lens.learn(self, &rows.iter().map(|(_, row)| row).collect::<Vec<_>>()).await?;
            aside(|| {
                let run = header.run.to_string();
                rows.into_iter().try_for_each(|(place, row)| out.item(&run, &reader.item(place, &row), wanted.lang))
            })?;
        }
        tokio::task::spawn_blocking(move || out.end()).await.map_err(failed)?
    }
}

/// A file that is being written.
enum Out {
    Json { file: BufWriter<File>, first: bool },
    Jsonl(BufWriter<File>),
    Csv(Box<csv::Writer<File>>),
    Xlsx(Box<Book>),
}

struct Book {
    book: Workbook,
    sheets: usize,
    row: u32,
    lang: &'static str,
}

impl Out {
    fn begin(format: Format, mut head: Value, list: &str, lang: &'static str) -> Result<Self, AppError> {
        let file = tempfile::tempfile().map_err(failed)?;
        Ok(match format {
            Format::Json => {
                let mut file = BufWriter::new(file);
                // The object stays open for its list. A plan's groups are counted over all of them, which nobody has done here.
                if let Some(head) = head.as_object_mut() {
                    head.remove(list);
                    head.remove("groups");
                }
                let text = serde_json::to_string(&head).map_err(failed)?;
                let open = text.strip_suffix('}').unwrap_or("{");
                write!(file, "{open},\"{list}\":[").map_err(failed)?;
                Self::Json { file, first: true }
            }
            Format::Jsonl => Self::Jsonl(BufWriter::new(file)),
            Format::Csv => {
                let mut file = file;
                file.write_all("\u{feff}".as_bytes()).map_err(failed)?;
                let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file);
                table.write_record(columns(lang)).map_err(failed)?;
                Self::Csv(Box::new(table))
            }
            Format::Xlsx => {
                let mut book = Book { book: Workbook::new(), sheets: 0, row: MOST_ROWS, lang };
                book.sheet()?;
                Self::Xlsx(Box::new(book))
            }
        })
    }

    fn item(&mut self, run: &str, item: &Item, lang: &str) -> Result<(), AppError> {
        match self {
            Self::Json { file, first } => {
                if !std::mem::replace(first, false) {
                    file.write_all(b",").map_err(failed)?;
                }
                file.write_all(b"\n").map_err(failed)?;
                serde_json::to_writer(file, item).map_err(failed)
            }
            Self::Jsonl(file) => {
                serde_json::to_writer(&mut *file, item).map_err(failed)?;
                file.write_all(b"\n").map_err(failed)
            }
            Self::Csv(table) => {
                lines(run, item, lang, |cells| table.write_record(cells.iter().map(|cell| safe(cell))).map_err(failed))
            }
            Self::Xlsx(book) => lines(run, item, lang, |cells| book.line(cells)),
        }
    }

    fn end(self) -> Result<File, AppError> {
        let mut file = match self {
            Self::Json { mut file, .. } => {
                file.write_all(b"\n]}\n").map_err(failed)?;
                file.into_inner().map_err(failed)?
            }
            Self::Jsonl(file) => file.into_inner().map_err(failed)?,
            Self::Csv(table) => table.into_inner().map_err(failed)?,
            Self::Xlsx(mut book) => {
                let mut file = tempfile::tempfile().map_err(failed)?;
                book.book.save_to_writer(BufWriter::new(&mut file)).map_err(failed)?;
                file
            }
        };
        file.flush().map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        Ok(file)
    }
}

impl Book {
    fn sheet(&mut self) -> Result<(), AppError> {
        self.sheets += 1;
        let sheet = self.book.add_worksheet_with_constant_memory().map_err(failed)?;
        let name = if self.lang == "zh" { "明细" } else { "rows" };
        sheet.set_name(format!("{name} {}", self.sheets)).map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (place, name) in (0..).zip(columns(self.lang)) {
            sheet.write_string(0, place, name).map_err(failed)?;
        }
        self.row = 1;
        Ok(())
    }

    fn line(&mut self, cells: &[String]) -> Result<(), AppError> {
        if self.row >= MOST_ROWS {
            self.sheet()?;
        }
        let sheet = self.book.worksheet_from_index(self.sheets - 1).map_err(failed)?;
        for (place, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(self.row, place, cut(cell)).map_err(failed)?;
        }
        self.row += 1;
        Ok(())
    }
}

/// The longest text that a cell takes; XLSX counts UTF-16 units.
fn cut(text: &str) -> &str {
    let mut units = 0;
    for (at, char) in text.char_indices() {
        units += char.len_utf16();
        if units > MOST_CHARS {
            return &text[..at];
        }
    }
    text
}

/// With what a cell begins that some spreadsheet takes for a formula; the wide signs where one writes Chinese or Japanese.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A cell that no spreadsheet takes for a formula.
fn safe(cell: &str) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_string() }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The word of an enum, as it stands in JSON.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).map(|value| cell(&value)).unwrap_or_default()
}

/// A text in one language.
fn told<'a>(text: &'a Text, lang: &str) -> &'a str {
    if lang == "zh" { &text.zh } else { &text.en }
}

/// A number or a text that may be missing.
fn maybe(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A value as people read it; nothing where there is none.
fn shown(words: Option<&Text>, value: &Value, lang: &str) -> String {
    match words {
        Some(words) if words.en != "–" => told(words, lang).to_string(),
        Some(_) => String::new(),
        None => cell(value),
    }
}

/// What is told of an item in words: in Chinese as plans say them, in English as JSON has them.
struct Words {
    kind: String,
    action: String,
    outcome: String,
    rule: String,
}

impl Words {
    fn of(item: &Item, rule: &str, zh: bool) -> Self {
        let (object, why) = (&item.object, item.error.as_ref());
        if !zh {
            let outcome = item.outcome.clone().unwrap_or_else(|| maybe(item.planned.map(word)));
            return Self { kind: object.kind.clone(), action: word(item.action), outcome, rule: rule.into() };
        }
        let outcome = match &item.outcome {
            Some(outcome) => item_words::outcome_of(outcome, why).0,
            None => item.planned.map_or("", |planned| item_words::not_done(planned, why).0),
        };
        Self {
            kind: item_words::kind(&object.kind, &object.system).0.into(),
            action: item_words::action(item.action).0.into(),
            outcome: outcome.into(),
            rule: item_words::rule(rule).0.into(),
        }
    }
}

/// The lines of an item.
fn lines(
    run: &str,
    item: &Item,
    lang: &str,
    mut write: impl FnMut(&[String]) -> Result<(), AppError>,
) -> Result<(), AppError> {
    let (object, error) = (&item.object, item.error.as_ref());
    let warnings = item.warnings.iter().map(|warning| format!("{}: {}", warning.code, told(&warning.reason, lang)));
    let warnings = warnings.collect::<Vec<_>>().join("; ");
    // How an object was recognised says nothing where nothing was done with it.
    let attempted = item.outcome.as_deref() != Some("not_attempted");
    let rule = if attempted { item.rule.as_str() } else { "" };
    let Words { kind, action, outcome, rule } = Words::of(item, rule, lang == "zh");
    let yes = |yes: bool| match (lang, yes) {
        ("zh", true) => "是".to_string(),
        ("zh", false) => "否".to_string(),
        (_, yes) => yes.to_string(),
    };
    let fields = item.diff.iter().map(Some);
    for field in fields.chain(item.diff.is_empty().then_some(None)) {
        let before = |field: &FieldChange| match field.before_unknown {
            true => "?".into(),
            false => shown(field.in_words.as_ref().map(|words| &words.before), &field.before, lang),
        };
        let after = |field: &FieldChange| shown(field.in_words.as_ref().map(|words| &words.after), &field.after, lang);
        let title = |field: &FieldChange| match field.title.zh.as_str() {
            title if lang == "zh" && !title.is_empty() => title.to_string(),
            _ => field.field.clone(),
        };
        write(&[
            run.to_string(),
            item.step.clone(),
            item.key.clone(),
            kind.clone(),
            object.source.clone(),
            object.target.clone(),
            object.name.clone(),
            maybe(object.at.as_ref()),
            action.clone(),
            yes(item.removes),
            outcome.clone(),
            rule.clone(),
            field.map(title).unwrap_or_default(),
            field.map(before).unwrap_or_default(),
            field.map(after).unwrap_or_default(),
            maybe(field.and_then(|field| field.from.as_ref())),
            field.and_then(|field| field.applied).map(yes).unwrap_or_default(),
            maybe(error.map(|error| &error.code)),
            maybe(error.map(|error| told(&error.reason, lang))),
            maybe(error.map(|error| told(&error.hint, lang))),
            maybe(item.blocked_by.as_ref()),
            warnings.clone(),
            maybe(item.at.as_ref()),
            maybe(item.attempts),
            maybe(item.ms),
        ])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use serde_json::json;

    use super::*;

    #[test]
    fn formulas_and_lengths() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+861", "'+861"),
            ("-5", "'-5"),
            ("@x", "'@x"),
            ("\t=1", "'\t=1"),
            ("\n=1", "'\n=1"),
            ("＝1+1", "'＝1+1"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(safe(cell), written);
        }
        let long = "长".repeat(40_000);
        assert_eq!(cut(&long).chars().count(), MOST_CHARS);
        assert_eq!(cut("短"), "短");
    }

    #[test]
    fn json_stays_one_object() {
        let mut out = Out::begin(Format::Json, json!({"run": "x", "items": [], "groups": []}), "items", "en").unwrap();
        let item = json!({
            "row": 0, "step": "s", "key": "u:1", "action": "update", "diff": [], "removes": false, "rule": "linked",
            "object": {"type": "user", "source": "1", "at": null, "name": "x", "target": "1"},
            "error": null, "warnings": [], "blocked_by": null,
        });
        let item: Item = serde_json::from_value(item).unwrap();
        for number in 0..3 {
            out.item("x", &Item { row: number, ..item.clone() }, "en").unwrap();
        }
        let mut text = String::new();
        out.end().unwrap().read_to_string(&mut text).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["run"], "x");
        let items = value["items"].as_array().unwrap();
        assert_eq!(items.iter().map(|item| item["row"].clone()).collect::<Vec<_>>(), [json!(0), json!(1), json!(2)]);
        assert!(value.get("groups").is_none());
    }
}
