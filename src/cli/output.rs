//! The only file that prints. Data goes to standard output, everything else to standard error; a closed pipe is success.

use std::io::{IsTerminal, Write};

use chrono::{DateTime, Local};
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use serde_json::Value;

use super::Lang;

/// Writes data. A reader that has gone away has seen enough.
pub fn data(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ =
        out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    let _ = out.flush();
}

/// Writes data as JSON.
pub fn json(value: &Value) {
    data(&serde_json::to_string_pretty(value).unwrap_or_default());
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
pub async fn ask(question: &str) -> bool {
    let _ = write!(std::io::stderr().lock(), "{question} [y/N] ");
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
    table
}

/// A time as people read it: by the clock of this machine, with its distance from UTC.
#[must_use]
pub fn when(time: &Value) -> String {
    let Some(text) = time.as_str() else { return "–".into() };
    DateTime::parse_from_rfc3339(text).map_or_else(
        |_| text.to_string(),
        |time| time.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S %:z").to_string(),
    )
}

/// `1 item`, `7 items`.
#[must_use]
pub fn number_of(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
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
