//! What is most likely wrong near the place where YAML stopped making sense: a missing space, a bracket that an earlier line
//! left open, text that needs quotes, punctuation of Chinese prose. Each with the edit that mends it.

use crate::workflow::diagnostic::{Fix, Span};

/// A likely cause.
pub struct Cause {
    /// The words that are wrong.
    pub span: Span,
    /// What it is: zh, en.
    pub label: (&'static str, &'static str),
    /// What to do: zh, en.
    pub help: (&'static str, &'static str),
    /// The edits.
    pub fixes: Vec<Fix>,
}

/// Only so much of the file before the error is looked through.
const WINDOW: usize = 64 << 10;

/// The likeliest cause of an error at `at`.
pub fn cause(text: &str, at: usize) -> Option<Cause> {
    let line = line_at(text, at);
    let above = line.start.checked_sub(1).map(|end| line_at(text, end));
    open_bracket(text, at, line.start)
        .or_else(|| in_line(text, line.clone()))
        .or_else(|| above.and_then(|above| missing_space(text, above)))
}

fn line_at(text: &str, at: usize) -> std::ops::Range<usize> {
    let at = text.floor_char_boundary(at.min(text.len()));
    let start = text[..at].rfind('\n').map_or(0, |place| place + 1);
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    start..end
}

fn in_line(text: &str, line: std::ops::Range<usize>) -> Option<Cause> {
    if line.len() > 2_000 {
        return None;
    }
    missing_space(text, line.clone()).or_else(|| punctuation(text, line.clone())).or_else(|| unquoted(text, line))
}

/// `id:people`, `-id: people`.
fn missing_space(text: &str, line: std::ops::Range<usize>) -> Option<Cause> {
    let written = text.get(line.clone())?;
    if written.len() > 2_000 {
        return None;
    }
    let indent = written.len() - written.trim_start().len();
    let mut at = indent;
    let rest = &written[at..];
    if rest.starts_with('-') && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) && rest.contains(':') {
        let place = line.start + at + 1;
        return Some(Cause {
            span: Span::new(place - 1, place),
            label: ("`-` 后面缺少空格", "a space is missing after `-`"),
            help: ("写作 `- id: …`", "write `- id: …`"),
            fixes: vec![Fix { span: Span::new(place, place), text: " ".into() }],
        });
    }
    if let Some(item) = rest.strip_prefix("- ") {
        at += 2 + (item.len() - item.trim_start().len());
    }
    let word = written[at..].bytes().take_while(|byte| byte.is_ascii_lowercase() || *byte == b'_').count();
    let after = written.get(at + word..)?;
    let colon = after.starts_with(':') && !after[1..].starts_with([' ', '\r', '/']) && after.len() > 1;
    let full = after.starts_with('：');
    if word == 0 || !(colon || full) {
        return None;
    }
    let place = line.start + at + word;
    let taken = if full { '：'.len_utf8() } else { 1 };
    Some(Cause {
        span: Span::new(line.start + at, place + taken),
        label: ("冒号后面缺少空格", "a space is missing after the colon"),
        help: (
            "键写作 `key: value`，冒号是半角，后面有空格",
            "a key is written `key: value`, with a space after the colon",
        ),
        fixes: vec![Fix { span: Span::new(place, place + taken), text: ": ".into() }],
    })
}

/// `，` and its kin where YAML wants ASCII.
fn punctuation(text: &str, line: std::ops::Range<usize>) -> Option<Cause> {
    const SIGNS: &[(char, &str)] =
        &[('，', ", "), ('：', ": "), ('｛', "{"), ('｝', "}"), ('［', "["), ('］', "]"), ('“', "\""), ('”', "\"")];
    let written = text.get(line.clone())?;
    if !written.contains(['{', '[', '｛', '［']) {
        return None;
    }
    let mut quote = None;
    for (place, c) in written.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => continue,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => {}
        }
        if let Some((_, ascii)) = SIGNS.iter().find(|(sign, _)| *sign == c) {
            let span = Span::new(line.start + place, line.start + place + c.len_utf8());
            let text = if written[place + c.len_utf8()..].starts_with(' ') { ascii.trim_end() } else { ascii };
            return Some(Cause {
                span,
                label: ("这里是全角标点", "punctuation of Chinese prose"),
                help: ("YAML 的标点用半角", "YAML takes ASCII punctuation"),
                fixes: vec![Fix { span, text: text.into() }],
            });
        }
    }
    None
}

/// `key: text: more`, `key: @text`: the value needs quotes.
fn unquoted(text: &str, line: std::ops::Range<usize>) -> Option<Cause> {
    let written = text.get(line.clone())?.trim_end();
    let colon = written.find(": ")?;
    let value = written[colon + 2..].trim_start();
    let value = value.split(" #").next().unwrap_or(value).trim_end();
    let odd = value.starts_with(['@', '`', '%', '*', '&', '!']) || value.contains(": ") || value.ends_with(':');
    if !odd || value.starts_with(['"', '\'', '{', '[', '|', '>']) || written[..colon].contains(['{', '[', '#']) {
        return None;
    }
    let start = line.start + written.find(value)?;
    let span = Span::new(start, start + value.len());
    Some(Cause {
        span,
        label: ("这段文字要加引号", "this text needs quotes"),
        help: ("用双引号把整个值括起来", "put the whole value in double quotes"),
        fixes: vec![Fix { span, text: format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")) }],
    })
}

/// A `{` or `[` that a line before this one left open.
fn open_bracket(text: &str, at: usize, line: usize) -> Option<Cause> {
    let from = text.floor_char_boundary(at.saturating_sub(WINDOW));
    let from = if from == 0 { 0 } else { text[from..].find('\n').map_or(from, |place| from + place + 1) };
    let mut open: Vec<(usize, char)> = Vec::new();
    let (mut quote, mut before) = (None, '\n');
    for (place, c) in text.get(from..line)?.char_indices() {
        match quote {
            Some('#') if c == '\n' => quote = None,
            Some(open) if c == open && open != '#' => quote = None,
            Some(_) => {}
            None if c == '#' && matches!(before, ' ' | '\n') => quote = Some('#'),
            None if matches!(c, '"' | '\'') && matches!(before, ' ' | '[' | '{' | ',' | ':' | '\n') => quote = Some(c),
            // In plain text a bracket opens nothing; it does after a colon, a comma, a dash or another bracket.
            None if matches!(c, '{' | '[') && (matches!(before, ' ' | '[' | '{' | ',' | '\n')) => {
                open.push((from + place, c))
            }
            None if matches!(c, '}' | ']') => drop(open.pop()),
            None => {}
        }
        // A quote that is still open at the end of its line would swallow the rest.
        if c == '\n' && quote.is_some_and(|open| open != '#') {
            quote = None;
        }
        before = c;
    }
    let (first, _) = open.first().copied()?;
    let whole = line_at(text, first);
    let written = text.get(whole.clone())?;
    let end = whole.start + written.split(" #").next().unwrap_or(written).trim_end().len();
    // What a later line closes was opened on purpose over several lines.
    let closers: String = open
        .iter()
        .rev()
        .filter(|(place, _)| whole.contains(place))
        .map(|(_, c)| if *c == '{' { '}' } else { ']' })
        .collect();
    Some(Cause {
        span: Span::new(first, end.max(first + 1)),
        label: ("这个括号没有关闭", "this bracket is never closed"),
        help: ("补上缺少的括号", "add the missing bracket"),
        fixes: vec![Fix { span: Span::new(end, end), text: closers }],
    })
}
