//! What was surely meant by an expression that cannot be read: words and signs of other languages, one `=`, quotes of prose.

use cel::parser::Parser;

use super::limits::too_much;

/// The expression in our spelling. `None` when nothing is known to be wrong, or it still cannot be read.
pub fn spelled(text: &str) -> Option<String> {
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
        let (written, taken) = sign(rest, &out).unwrap_or_else(|| {
            let word = word(rest);
            match (word, out.ends_with(['.', '_']) || out.ends_with(char::is_alphanumeric)) {
                ("", _) | (_, true) => (rest.get(..length).unwrap_or_default(), length),
                ("and" | "AND", _) => ("&&", word.len()),
                ("or" | "OR", _) => ("||", word.len()),
                ("not" | "NOT", _) => ("!", word.len() + usize::from(rest[word.len()..].starts_with(' '))),
                ("is", _) => ("==", word.len()),
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
    if let Some(open) = quote {
        out.push(open);
    }
    let open = out.matches('(').count().saturating_sub(out.matches(')').count());
    out.push_str(&")".repeat(open.min(4)));
    if out.ends_with(')') && out.matches(')').count() == out.matches('(').count() + 1 {
        out.pop();
    }
    (out != text && !too_much(&out) && Parser::new().max_recursion_depth(64).parse(&out).is_ok()).then_some(out)
}

/// A sign of another language at the beginning of `rest`: what to write, and how many bytes it takes.
fn sign(rest: &str, before: &str) -> Option<(&'static str, usize)> {
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
    let _ = before;
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
        ] {
            assert_eq!(spelled(text).as_deref(), meant, "{text}");
        }
    }
}
