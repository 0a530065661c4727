//! Values as YAML: in braces on one line where they are small, else in lines with an indent of two.

use serde_json::Value;

use crate::workflow::yaml::{self, Plain};

/// Longer values get lines of their own.
const LONG: usize = 90;

/// A text as a scalar: without quotes where it reads back as the same text, to tools of YAML 1.1 too.
#[must_use]
pub fn word(text: &str) -> String {
    let signs = |c: char| {
        matches!(c, '{' | '}' | '[' | ']' | ',' | '&' | '*' | '!' | '|' | '>' | '%' | '@' | '`' | '"' | '\'' | '#')
    };
    let old =
        ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&text.to_ascii_lowercase().as_str());
    let plain = matches!(yaml::resolve(text), Plain::Text(_))
        && !old
        && text.trim() == text
        && !text.starts_with(|c: char| signs(c) || matches!(c, '-' | '?' | ':' | '=' | '<' | '.' | '+'))
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(['{', '}', '[', ']', ',', '\\', '"', '\u{feff}', '\u{85}', '\u{2028}', '\u{2029}'])
        && !text.contains(char::is_control);
    if plain {
        return text.into();
    }
    // A JSON string is a YAML one; `'…'` is easier to read where there are quotes in it.
    if text.contains('"') && !text.contains('\\') && !text.contains(is_odd) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    // Some readers take these for line breaks, also between quotes.
    let escaped = |text: String, odd: char| text.replace(odd, &format!("\\u{:04x}", u32::from(odd)));
    ['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']
        .into_iter()
        .fold(serde_json::to_string(text).unwrap_or_default(), escaped)
}

/// Characters that only a text in double quotes can hold, with a backslash.
#[must_use]
pub fn is_odd(c: char) -> bool {
    c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// A value on one line, with braces.
#[must_use]
pub fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => word(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", word(key), flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// What goes on one line.
fn short(value: &Value) -> Option<String> {
    let deep = |value: &Value| match value {
        Value::Object(entries) => entries.values().any(Value::is_object),
        Value::Array(items) => items.iter().any(Value::is_object) && items.len() > 1,
        Value::String(text) => text.contains('\n'),
        _ => false,
    };
    let line = flow(value);
    (!deep(value) && line.chars().count() <= LONG).then_some(line)
}

/// `key: value`, the first line without indent, further ones with that of a key that stands at `indent`.
#[must_use]
pub fn entry(key: &str, value: &Value, indent: usize) -> String {
    format!("{}:{}", word(key), after_colon(value, indent))
}

/// What stands behind the colon of a key at `indent`: a blank and a line, or lines.
#[must_use]
pub fn after_colon(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent + 2);
    if let Some(line) = short(value) {
        return format!(" {line}");
    }
    match value {
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| format!("\n{pad}{}", entry(key, value, indent + 2))).collect()
        }
        Value::Array(items) => items.iter().map(|value| format!("\n{pad}{}", item(value, indent + 2))).collect(),
        Value::String(text) => format!(" {}", block(text, indent + 2).unwrap_or_else(|| word(text))),
        other => format!(" {}", flow(other)),
    }
}

/// `- value` for a dash at `indent`, the first line without it.
#[must_use]
pub fn item(value: &Value, indent: usize) -> String {
    match (short(value), value) {
        (Some(line), Value::Object(entries)) if entries.len() > 3 && !line.is_empty() => lines(value, indent),
        (Some(line), _) => format!("- {line}"),
        (None, Value::Object(_)) => lines(value, indent),
        (None, other) => format!("- {}", flow(other)),
    }
}

fn lines(value: &Value, indent: usize) -> String {
    let pad = format!("\n{}", " ".repeat(indent + 2));
    let entries = value.as_object().into_iter().flatten();
    let entries: Vec<String> = entries.map(|(key, value)| entry(key, value, indent + 2)).collect();
    format!("- {}", entries.join(&pad))
}

/// A text of several lines as a `|` block; `None` where that would not read back as the same text.
fn block(text: &str, indent: usize) -> Option<String> {
    let odd = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    let body = text.strip_suffix('\n');
    let (body, sign) = body.map_or((text, "|-"), |body| (body, "|"));
    if text.contains(odd) || body.starts_with([' ', '\n']) || body.ends_with(['\n', ' ']) || body.is_empty() {
        return None;
    }
    let pad = " ".repeat(indent);
    let lines = body.split('\n').map(|line| if line.is_empty() { "\n".to_string() } else { format!("\n{pad}{line}") });
    Some(format!("{sign}{}", lines.collect::<String>()))
}
