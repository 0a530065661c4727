//! Edits that add something to a file, in the style in which it is written: a key to a map in braces goes before the
//! closing brace, a key to a map in lines gets a line of its own with the same indent.

use super::{
    diagnostic::{Fix, Span},
    yaml::{Data, Node, Style},
};

/// Adds `entry` (`key: value`, on one line) to a map. `None` when the node is no map.
#[must_use]
pub fn add_entry(source: &str, node: &Node, entry: &str) -> Option<Fix> {
    let entries = node.map()?;
    let written = source.get(node.span.range())?;
    let Some(last) = entries.last() else {
        return written.starts_with('{').then(|| insert(node.span.start + 1, entry));
    };
    if written.starts_with('{') {
        let end = last.value.span.end.max(last.key_span.end);
        // An empty value (`key:`) still needs its colon.
        let colon = source.get(end..).filter(|rest| last.value.is_null() && rest.starts_with(':')).map_or(0, |_| 1);
        return Some(insert(end + colon, &format!(", {entry}")));
    }
    let indent = " ".repeat(column(source, last.key_span.start));
    if one_line(source, &last.value) {
        let end = last.value.span.end.max(last.key_span.end);
        let line_end = source[end..].find(['\r', '\n']).map_or(source.len(), |place| end + place);
        return Some(insert(line_end, &format!("\n{indent}{entry}")));
    }
    Some(insert(last.key_span.start, &format!("{entry}\n{indent}")))
}

/// Adds a line before a key at the top of the file.
#[must_use]
pub fn before_key(source: &str, key: Span, line: &str) -> Fix {
    let indent = " ".repeat(column(source, key.start));
    insert(key.start, &format!("{line}\n{indent}"))
}

fn insert(at: usize, text: &str) -> Fix {
    Fix { span: Span::new(at, at), text: text.to_string() }
}

/// How far a byte stands from the beginning of its line. What is before it is indent and dashes.
fn column(source: &str, at: usize) -> usize {
    let start = source[..at].rfind('\n').map_or(0, |place| place + 1);
    source[start..at].chars().count()
}

/// Whether the value ends on the line on which it begins, so that another entry can follow on the next.
fn one_line(source: &str, node: &Node) -> bool {
    let written = source.get(node.span.range()).unwrap_or_default();
    match &node.data {
        Data::Scalar(_, Style::Block) => false,
        Data::Scalar(..) => !written.contains('\n'),
        Data::Map(_) | Data::List(_) => !written.contains('\n') && written.starts_with(['{', '[']),
        #[allow(unreachable_patterns, reason = "other kinds of node end where nobody knows")]
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::yaml;

    fn added(text: &str, path: &[&str], entry: &str) -> String {
        let root = yaml::read(text, &mut Vec::new()).unwrap();
        let node = path.iter().fold(&root, |node, key| match key.parse::<usize>() {
            Ok(place) => &node.list().unwrap()[place],
            Err(_) => node.get(key).unwrap(),
        });
        let fix = add_entry(text, node, entry).unwrap();
        let mut text = text.to_string();
        text.replace_range(fix.span.range(), &fix.text);
        text
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
        assert_eq!(added("a: 1\r\n", &[], "c: 2"), "a: 1\nc: 2\r\n");
    }
}
