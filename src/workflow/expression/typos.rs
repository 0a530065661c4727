//! What was surely meant by an expression that cannot be read: words and signs of other languages, one `=`, quotes of prose.

use cel::parser::Parser;

use super::limits::too_much;

/// The expression in our spelling, and whether that is surely what was meant. `None` when nothing is known to be wrong, or it
/// still cannot be read.
pub fn spelled(text: &str) -> Option<(String, bool)> {
    let (closed, mut certain) = with_closed_quote(text);
    let (out, alike) = with_brackets(respelled(&closed)?);
    certain &= alike;
    let reads = |out: &str| !too_much(out) && Parser::new().max_recursion_depth(64).parse(out).is_ok();
    (out != text && reads(&out)).then_some((out, certain))
}

/// Where a quote ends that nobody closed: at the end, or before what can be no part of a text that is compared. Then others
/// may have been meant.
const BEHIND: &[&str] = &["&&", "||", " and ", " or ", "==", "!=", "<", ">", ",", ")", "]", "?"];

/// With a last quote that is open closed, and whether there is only one place for that.
fn with_closed_quote(text: &str) -> (String, bool) {
    let mut open = None;
    for (place, c) in text.char_indices() {
        open = match (open, c) {
            (None, '"' | '“') => Some((place, c, '"', '”')),
            (None, '\'' | '‘') => Some((place, c, '\'', '’')),
            (Some((_, _, plain, prose)), _) if c == plain || c == prose => None,
            (open, _) => open,
        };
    }
    let Some((place, c, plain, _)) = open else { return (text.to_string(), true) };
    let start = place + c.len_utf8();
    let tail = &text[start..];
    match BEHIND.iter().filter_map(|sign| tail.find(sign)).min() {
        Some(cut) => (format!("{}{plain}{}", text[..start + cut].trim_end(), separated(&tail[cut..])), false),
        None => (format!("{text}{plain}"), true),
    }
}

/// An operator has a blank before it.
fn separated(rest: &str) -> String {
    let tight = rest.starts_with([' ', ',', ')', ']']);
    if tight { rest.to_string() } else { format!(" {rest}") }
}

/// With the brackets that lack at the end, or without the last one that is too many, and whether it cannot matter where they
/// were meant to stand.
fn with_brackets(mut text: String) -> (String, bool) {
    let (mut open, mut extra, mut quote) = (Vec::new(), 0_usize, None);
    let (mut all, mut any, mut not, mut more) = (false, false, false, None);
    for (place, c) in text.char_indices() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (_, Some(closing)) if c == closing => quote = None,
            (_, Some(_)) => {}
            ('(', None) => open.push(place),
            (')', None) => extra += usize::from(open.pop().is_none()),
            ('&', None) => all = true,
            ('|', None) => any = true,
            ('!', None) if !text[place..].starts_with("!=") => not = true,
            _ => {}
        }
        if quote.is_none() && matches!(c, '&' | '|' | ',' | '=' | '<' | '>' | '?') {
            more = Some(place);
        }
    }
    // Of one kind of operator it is all the same how it is grouped, unless a part of it is denied.
    let alike = !(all && any);
    match (open.as_slice(), extra) {
        ([], 0) => (text, true),
        ([], 1) if text.ends_with(')') => {
            text.pop();
            (text, alike && !not)
        }
        ([first, ..], 0) if open.len() <= 4 => {
            let nothing_swallowed = more.is_none_or(|place| place < *first);
            let whole = *first == 0 && open.len() == 1 && alike && !text.contains(',');
            let closing = ")".repeat(open.len());
            (text + &closing, nothing_swallowed || whole)
        }
        _ => (text, false),
    }
}

/// Words and signs of other languages as ours.
fn respelled(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 8);
    let mut quote = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = c.len_utf8();
        if let Some(open) = quote {
            let closes = c == open || (open == '"' && c == '”') || (open == '\'' && c == '’');
            out.push(if closes { open } else { c });
            quote = if closes { None } else { quote };
            rest = &rest[length..];
            continue;
        }
        let (written, taken) = sign(rest).unwrap_or_else(|| {
            let word = word(rest);
            match (word, out.ends_with(['.', '_']) || out.ends_with(char::is_alphanumeric)) {
                ("", _) | (_, true) => (rest.get(..length).unwrap_or_default(), length),
                ("and" | "AND", _) => ("&&", word.len()),
                ("or" | "OR", _) => ("||", word.len()),
                ("not" | "NOT", _) => ("!", word.len() + usize::from(rest[word.len()..].starts_with(' '))),
                ("is" | "IS", _) => match denied(&rest[word.len()..]) {
                    Some(more) => ("!=", word.len() + more),
                    None => ("==", word.len()),
                },
                ("True", _) => ("true", word.len()),
                ("False", _) => ("false", word.len()),
                ("None" | "nil" | "NULL", _) => ("null", word.len()),
                _ => (word, word.len()),
            }
        });
        quote = match written {
            "\"" => Some('"'),
            "'" => Some('\''),
            _ => None,
        };
        out.push_str(written);
        rest = rest.get(taken..)?;
    }
    Some(out)
}

/// How many bytes a `not` behind an `is` takes.
fn denied(rest: &str) -> Option<usize> {
    let trimmed = rest.trim_start();
    let not = word(trimmed);
    (matches!(not, "not" | "NOT") && trimmed.len() < rest.len()).then(|| rest.len() - trimmed.len() + not.len())
}

/// A sign of another language at the beginning of `rest`: what to write, and how many bytes it takes.
fn sign(rest: &str) -> Option<(&'static str, usize)> {
    const SIGNS: &[(&str, &str)] = &[
        ("===", "=="),
        ("!==", "!="),
        ("<>", "!="),
        ("==", "=="),
        ("!=", "!="),
        ("<=", "<="),
        (">=", ">="),
        ("=<", "<="),
        ("=>", ">="),
        ("&&", "&&"),
        ("||", "||"),
        ("=", "=="),
        ("&", "&&"),
        ("|", "||"),
        ("“", "\""),
        ("”", "\""),
        ("‘", "'"),
        ("’", "'"),
        ("（", "("),
        ("）", ")"),
        ("，", ","),
    ];
    SIGNS.iter().find(|(from, _)| rest.starts_with(from)).map(|(from, to)| (*to, from.len()))
}

fn word(rest: &str) -> &str {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    &rest[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_are_read() {
        for (text, meant) in [
            ("a = 'x'", Some("a == 'x'")),
            ("a === 'x'", Some("a == 'x'")),
            ("a <> 'x'", Some("a != 'x'")),
            ("a and b", Some("a && b")),
            ("a or not b", Some("a || !b")),
            ("a & b | c", Some("a && b || c")),
            ("a == “x”", Some("a == \"x\"")),
            ("a == 'x", Some("a == 'x'")),
            ("(a && b", Some("(a && b)")),
            ("a && b)", Some("a && b")),
            ("a == 'and or'", None),
            ("band == 1", None),
            ("a ==", None),
            ("x is null", Some("x == null")),
            ("x is not null", Some("x != null")),
            ("x IS NOT NULL", Some("x != null")),
            ("a.startsWith('x'", Some("a.startsWith('x')")),
            ("a && has(b.c", Some("a && has(b.c)")),
            ("a.startsWith('(') and b", Some("a.startsWith('(') && b")),
        ] {
            assert_eq!(spelled(text), meant.map(|meant| (meant.to_string(), true)), "{text}");
        }
    }

    #[test]
    fn what_may_mean_another_thing_is_no_more_than_suggested() {
        for (text, meant) in [
            ("a != 'x && has(b.c)", "a != 'x' && has(b.c)"),
            ("a != 'x || b", "a != 'x' || b"),
            ("has(b.c) && a.contains('x)", "has(b.c) && a.contains('x')"),
            ("(a || b && c", "(a || b && c)"),
            ("!(a && b", "!(a && b)"),
            ("a || (b == 'x' && c", "a || (b == 'x' && c)"),
            ("a && b || c)", "a && b || c"),
            ("!a && b)", "!a && b"),
        ] {
            assert_eq!(spelled(text), Some((meant.to_string(), false)), "{text}");
        }
    }
}
