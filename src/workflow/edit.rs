//! Where and how a missing entry can be put into a map, so that a finding can carry it as an edit.
//!
//! An entry goes before one that is there: in a flow map with a comma, in a block map on a line of its own with the same
//! indent. Whatever stands around it, comments included, stays as it is.

use super::diagnostic::{Fix, Span};

/// `entry` (`key: value`) before the entry whose key begins at `at`. `None` where neither form would be right.
#[must_use]
pub fn before(source: &str, at: usize, entry: &str) -> Option<Fix> {
    let lead = source.get(..at)?;
    let line = lead.rfind('\n').map_or(0, |place| place + 1);
    let own = lead.get(line..)?.trim_start_matches('\u{feff}');
    let span = Span::new(at, at);
    // In a block only blanks and the dashes of lists stand before a key.
    if own.chars().all(|c| matches!(c, ' ' | '-')) {
        let ending = if source.get(..line)?.ends_with("\r\n") { "\r\n" } else { "\n" };
        return Some(Fix { span, text: format!("{entry}{ending}{}", " ".repeat(own.chars().count())) });
    }
    let before = lead.trim_end();
    (before.ends_with('{') || before.ends_with(',')).then(|| Fix { span, text: format!("{entry}, ") })
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

/// The first byte of the key whose value begins at `value`, when it is `key` on the same line.
#[must_use]
pub fn key_of(source: &str, value: usize, key: &str) -> Option<usize> {
    let lead = source.get(..value)?.trim_end_matches(' ').strip_suffix(':')?;
    let bare = lead.trim_end_matches(['"', '\'']);
    let start = bare.strip_suffix(key)?.len();
    Some(start - usize::from(lead.len() > bare.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(source: &str, key: &str) -> Option<String> {
        let fix = before(source, source.find(key)?, "new: 1")?;
        let mut text = source.to_string();
        text.replace_range(fix.span.range(), &fix.text);
        Some(text)
    }

    #[test]
    fn entries_go_where_the_map_allows() {
        assert_eq!(with("a:\n  b: 1\n", "b").unwrap(), "a:\n  new: 1\n  b: 1\n");
        assert_eq!(with("a:\n  - b: 1\n", "b").unwrap(), "a:\n  - new: 1\n    b: 1\n");
        assert_eq!(with("a: {b: 1}\n", "b").unwrap(), "a: {new: 1, b: 1}\n");
        assert_eq!(with("a: {c: 0, b: 1}\n", "b").unwrap(), "a: {c: 0, new: 1, b: 1}\n");
        assert_eq!(with("a:\r\n  b: 1\r\n", "b").unwrap(), "a:\r\n  new: 1\r\n  b: 1\r\n");
        assert_eq!(with("a: b\n", "b"), None);
    }

    #[test]
    fn keys_are_found_again() {
        let source = "- \"uses\": x\n  uses:  y\n";
        assert_eq!(key_of(source, source.find('x').unwrap(), "uses"), source.find('"'));
        assert_eq!(key_of(source, source.find('y').unwrap(), "uses"), source.find("uses:  "));
        assert_eq!(key_of(source, source.find('y').unwrap(), "map"), None);
    }
}
