//! The only file that prints. Data goes to standard output, everything else to standard error; a closed pipe is success.

use std::io::{IsTerminal, Write};

use chrono::{DateTime, Local};
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use serde::Serialize;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::Lang;

/// Writes data. A reader that has gone away has seen enough.
pub fn data(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ =
        out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    let _ = out.flush();
}

/// Writes data as JSON.
pub fn json(value: &impl Serialize) {
    // Sorted by name, as they always were.
    let value = serde_json::to_value(value).unwrap_or_default();
    data(&serde_json::to_string_pretty(&value).unwrap_or_default());
}

/// JSON with a list in it that is never held as a whole: what stands around the list, then each item as it comes. It reads as
/// [`json`] writes it.
pub struct JsonWithList {
    after: String,
    indent: String,
    empty: bool,
}

impl JsonWithList {
    /// Writes what stands before the list of this name, which is empty in `value`.
    pub fn begin(value: &impl Serialize, list: &str) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        let text = serde_json::to_string_pretty(&value).unwrap_or_default();
        // Of a value with names the list stands on a line of its own, two blanks in.
        let place = format!("\n  \"{list}\": []");
        let (before, after) = text.split_once(&place).unwrap_or((&text, ""));
        if after.is_empty() {
            part(before);
        } else {
            part(&format!("{before}\n  \"{list}\": ["));
        }
        Self { after: after.to_string(), indent: "\n    ".into(), empty: true }
    }

    /// Writes an item.
    pub fn item(&mut self, item: &impl Serialize) {
        let item = serde_json::to_value(item).and_then(|item| serde_json::to_string_pretty(&item)).unwrap_or_default();
        let comma = if std::mem::replace(&mut self.empty, false) { "" } else { "," };
        part(&format!("{comma}{}{}", self.indent, item.replace('\n', &self.indent)));
    }

    /// Writes what stands behind the list.
    pub fn end(self) {
        let close = if self.empty { "]" } else { "\n  ]" };
        data(&if self.after.is_empty() { String::from("\n") } else { format!("{close}{}", self.after) });
    }
}

/// Writes data that goes on.
fn part(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes bytes as they are; false when nobody reads them any more.
#[must_use]
pub fn bytes(bytes: &[u8]) -> bool {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).is_ok()
}

/// Says something that is not data.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Tells an error and the next step.
pub fn error(lang: Lang, message: &str, hint: Option<&str>) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "{}{message}", lang.pick("错误：", "error: "));
    if let Some(hint) = hint {
        let _ = writeln!(err, "  {}{hint}", lang.pick("提示：", "hint: "));
    }
}

/// Asks a yes-or-no question; anything but yes is no.
pub async fn ask(lang: Lang, question: &str) -> bool {
    let _ = write!(std::io::stderr().lock(), "{question}{}", lang.pick("[是(y)/否(N)] ", " [y/N] "));
    // Elsewhere than where everything else goes on: other commands are answered meanwhile, and an interrupt is heard.
    let read = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map(|_| answer)
    });
    let answer = read.await.ok().and_then(Result::ok).unwrap_or_default();
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是")
}

/// Whether somebody can be asked.
#[must_use]
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Whether progress is drawn rather than told.
#[must_use]
pub fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Lines around the head only: a rule between every two rows makes a list twice as long.
const STYLE: TableStyle = TableStyle::new()
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));

/// A table with these columns. On a terminal it is as wide as that at most.
#[must_use]
pub fn table(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_header(columns.to_vec());
    if let Some(width) = width().and_then(|width| u16::try_from(width).ok()) {
        table.set_width(width);
    }
    table
}

/// Says that a list has nothing in it.
pub fn nothing(lang: Lang) {
    say(lang.pick("没有内容", "nothing there"));
}

/// A list as a table, or that there is nothing.
pub fn list(lang: Lang, table: Table) {
    if table.is_empty() { nothing(lang) } else { show(table) }
}

/// A table whose rows are cut with … where the terminal is too narrow; elsewhere nothing is cut.
pub fn show(mut table: Table) {
    table.set_truncation_indicator("…");
    for row in table.row_iter_mut() {
        let lines = row.cell_iter().map(|cell| cell.content().lines().count()).max().unwrap_or(1);
        row.max_height(lines.max(1));
    }
    data(&table.to_string());
}

/// How wide the terminal is on which data are shown; nothing where there is none.
#[must_use]
pub fn width() -> Option<usize> {
    let out = std::io::stdout();
    let size = out.is_terminal().then(|| rustix::termios::tcgetwinsize(&out).ok()).flatten()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

/// How wide a line of short texts becomes where nobody says how wide the terminal is.
const WIDTH: usize = 100;

/// Short texts in lines behind `begin`, as many as fit; further lines begin below the first text.
pub fn filled(lang: Lang, begin: &str, parts: impl IntoIterator<Item = String>) {
    let (separator, width) = (lang.pick("；", "; "), self::width().unwrap_or(WIDTH));
    let indent = " ".repeat(cells(begin));
    let (mut line, mut start) = (String::new(), begin);
    for part in parts {
        let longer = cells(&line) + cells(&part) + cells(begin) + 2;
        if !line.is_empty() && longer > width {
            data(&format!("{start}{line}"));
            line.clear();
            start = &indent;
        }
        if !line.is_empty() {
            line.push_str(separator);
        }
        line.push_str(&part);
    }
    if !line.is_empty() {
        data(&format!("{start}{line}"));
    }
}

/// How many cells of a terminal a text takes: Chinese characters take two.
#[must_use]
pub fn cells(text: &str) -> usize {
    text.width()
}

/// A time as people read it: by the clock of this machine, with its distance from UTC.
#[must_use]
pub fn when(time: Option<&str>) -> String {
    let Some(text) = time else { return "–".into() };
    DateTime::parse_from_rfc3339(text).map_or_else(
        |_| text.to_string(),
        |time| time.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S %:z").to_string(),
    )
}

/// A JSON value as a cell: text without quotes, nothing for null.
#[must_use]
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
