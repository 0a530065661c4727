//! Edits that add something to a file, in the style in which it is written: a key to a map in braces goes before the
//! closing brace, a key to a map in lines gets a line of its own with the same indent. Whatever stands around it, comments
//! included, stays as it is. [`change`] changes any place of a file by its path.

pub mod change;
pub mod write;

use super::{
    diagnostic::{Fix, Span},
    yaml::{Data, Entry, Node, Style},
};

/// Adds `entry` (`key: value`, on one line) to a map. `None` when the node is no map, or where neither form would be right.
#[must_use]
pub fn add_entry(source: &str, node: &Node, entry: &str) -> Option<Fix> {
    let entries = node.map()?;
    let written = source.get(node.span.range())?;
    let flow = written.starts_with('{');
    // What a merge key brought stands elsewhere in the file.
    let own = |known: &&Entry| !known.merged;
    let Some(last) = entries.iter().filter(own).max_by_key(|entry| entry.key_span.start) else {
        return (flow && written.trim_start_matches('{').trim_start().starts_with('}'))
            .then(|| insert(node.span.start + 1, entry));
    };
    // The value of an alias stands elsewhere too: nobody knows here where the entry ends.
    let here = last.key_span.end <= last.value.span.start && last.value.span.end <= node.span.end;
    let aliased = !last.value.is_null() && !here;
    if flow {
        if aliased {
            return before_key(source, last.key_span, entry);
        }
        let end = last.value.span.end.max(last.key_span.end);
        // An empty value (`key:`) still needs its colon.
        let colon = source.get(end..).filter(|rest| last.value.is_null() && rest.starts_with(':')).map_or(0, |_| 1);
        return Some(insert(end + colon, &format!(", {entry}")));
    }
    if !aliased && one_line(source, &last.value) {
        let indent = " ".repeat(column(source, last.key_span.start)?);
        let end = last.value.span.end.max(last.key_span.end);
        let line_end = source.get(end..)?.find(['\r', '\n']).map_or(source.len(), |index| end + index);
        return Some(insert(line_end, &format!("{}{indent}{entry}", line_break(source, last.key_span.start))));
    }
    before_key(source, last.key_span, entry)
}

/// Adds an entry before the one whose key is given: with a comma in braces, else on a line of its own.
#[must_use]
pub fn before_key(source: &str, key: Span, entry: &str) -> Option<Fix> {
    if let Some(column) = column(source, key.start) {
        let indent = " ".repeat(column);
        return Some(insert(key.start, &format!("{entry}{}{indent}", line_break(source, key.start))));
    }
    let before = source.get(..key.start)?.trim_end();
    before.ends_with(['{', ',']).then(|| insert(key.start, &format!("{entry}, ")))
}

/// `text` as the scalar at `span` would be written: with the quotes that stand there, or in double quotes where it needs some.
#[must_use]
pub fn quoted(source: &str, span: Span, text: &str) -> String {
    let written = source.get(span.range()).unwrap_or_default();
    if written.starts_with('\'') && !text.contains('\n') {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let signs = |c: char| {
        matches!(c, '{' | '}' | '[' | ']' | ',' | '&' | '*' | '!' | '|' | '>' | '%' | '@' | '`' | '"' | '\'' | '#')
    };
    let plain = !text.starts_with(|c: char| signs(c) || matches!(c, '-' | '?' | ':' | ' '))
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(['{', '}', '[', ']', ',', '\n', '\\']);
    if !written.starts_with('"') && plain {
        return text.to_string();
    }
    if !written.starts_with('"') && text.contains('"') && !text.contains('\n') {
        return format!("'{}'", text.replace('\'', "''"));
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn insert(at: usize, text: &str) -> Fix {
    Fix { span: Span::new(at, at), text: text.to_string() }
}

/// How far a key stands from the beginning of its line, when it is the first on it: only blanks and the dashes of lists are
/// before it then.
fn column(source: &str, at: usize) -> Option<usize> {
    let lead = source.get(..at)?;
    let line = lead.rfind('\n').map_or(0, |index| index + 1);
    let own = lead.get(line..)?.trim_start_matches('\u{feff}');
    own.chars().all(|c| matches!(c, ' ' | '-')).then_some(own.len())
}

/// How the line before this place ends; on the first line how the first line does.
fn line_break(source: &str, at: usize) -> &'static str {
    let before = source.get(..at).and_then(|lead| lead.rfind('\n'));
    let end = before.or_else(|| source.find('\n'));
    if end.and_then(|end| source.get(..end)).is_some_and(|lead| lead.ends_with('\r')) { "\r\n" } else { "\n" }
}

/// Whether the value ends on the line on which it begins, so that another entry can follow on the next.
fn one_line(source: &str, node: &Node) -> bool {
    let written = source.get(node.span.range()).unwrap_or_default();
    match &node.data {
        Data::Scalar(_, Style::Block) | Data::Broken => false,
        Data::Scalar(..) => !written.contains('\n'),
        Data::Map(_) | Data::List(_) => !written.contains('\n') && written.starts_with(['{', '[']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::yaml;

    fn fix(text: &str, path: &[&str], entry: &str) -> Option<String> {
        let root = yaml::read(text, &mut Vec::new()).unwrap();
        let node = path.iter().fold(&root, |node, key| match key.parse::<usize>() {
            Ok(index) => &node.list().unwrap()[index],
            Err(_) => node.get(key).unwrap(),
        });
        let fix = add_entry(text, node, entry)?;
        let mut text = text.to_string();
        text.replace_range(fix.span.range(), &fix.text);
        Some(text)
    }

    fn added(text: &str, path: &[&str], entry: &str) -> String {
        fix(text, path, entry).unwrap()
    }

    #[test]
    fn the_style_of_the_file_is_kept() {
        assert_eq!(added("a: {b: 1}\n", &["a"], "c: 2"), "a: {b: 1, c: 2}\n");
        assert_eq!(added("a: {}\n", &["a"], "c: 2"), "a: {c: 2}\n");
        assert_eq!(added("a:\n  b: 1  # one\nd: 3\n", &["a"], "c: 2"), "a:\n  b: 1  # one\n  c: 2\nd: 3\n");
        assert_eq!(
            added("s:\n  - id: x\n    with:\n      k: v\n", &["s", "0"], "c: 2"),
            "s:\n  - id: x\n    c: 2\n    with:\n      k: v\n"
        );
        assert_eq!(
            added("s:\n  - id: x\n    t: |\n      k\n", &["s", "0"], "c: 2"),
            "s:\n  - id: x\n    c: 2\n    t: |\n      k\n"
        );
        assert_eq!(added("s:\n- id: x\n", &["s", "0"], "c: 2"), "s:\n- id: x\n  c: 2\n");
        assert_eq!(added("a:\n  b: 1", &["a"], "c: 2"), "a:\n  b: 1\n  c: 2");
        assert_eq!(added("a: 1\r\n", &[], "c: 2"), "a: 1\r\nc: 2\r\n");
        assert_eq!(added("\u{feff}a: 1\n", &[], "c: 2"), "\u{feff}a: 1\nc: 2\n");
    }

    #[test]
    fn anchors_and_merge_keys_are_left_alone() {
        let text = "x: &x\n  y: 1\na:\n  <<: *x\n  b: 2\nd: 3\n";
        assert_eq!(added(text, &["a"], "c: 4"), "x: &x\n  y: 1\na:\n  <<: *x\n  b: 2\n  c: 4\nd: 3\n");
        assert_eq!(fix("x: &x {y: 1}\na: {<<: *x}\n", &["a"], "c: 4"), None);
        let text = "x: &x {y: 1}\na: {b: *x}\n";
        assert_eq!(added(text, &["a"], "c: 4"), "x: &x {y: 1}\na: {c: 4, b: *x}\n");
        assert_eq!(
            fix("s:\n  - &k id: x\n    t:\n      - 1\n", &["s", "0"], "c: 2").unwrap_or_default().find("  -     c"),
            None
        );
    }

    #[test]
    fn entries_go_before_others() {
        let before = |text: &str, key: &str| {
            let at = text.find(key).unwrap();
            let fix = before_key(text, Span::new(at, at + key.len()), "new: 1")?;
            let mut text = text.to_string();
            text.replace_range(fix.span.range(), &fix.text);
            Some(text)
        };
        assert_eq!(before("a:\n  b: 1\n", "b").unwrap(), "a:\n  new: 1\n  b: 1\n");
        assert_eq!(before("a:\n  - b: 1\n", "b").unwrap(), "a:\n  - new: 1\n    b: 1\n");
        assert_eq!(before("a: {b: 1}\n", "b").unwrap(), "a: {new: 1, b: 1}\n");
        assert_eq!(before("a: {c: 0, b: 1}\n", "b").unwrap(), "a: {c: 0, new: 1, b: 1}\n");
        assert_eq!(before("a:\r\n  b: 1\r\n", "b").unwrap(), "a:\r\n  new: 1\r\n  b: 1\r\n");
        assert_eq!(before("a: b\n", "b"), None);
    }
}
