//! Which bytes of the file stand for which part of a scalar's text.
//!
//! For most scalars it is an addition. Escapes, doubled quotes and folded lines make the text shorter than what was
//! written; then both are walked side by side.

use super::{Data, Node, Style};
use crate::workflow::diagnostic::Span;

impl Node {
    /// The bytes in `source` of a part of this scalar's text.
    #[must_use]
    pub fn place(&self, source: &str, part: std::ops::Range<usize>) -> Span {
        match &self.data {
            Data::Scalar(text, style) => place(source, self.span, text, *style, part),
            _ => self.span,
        }
    }
}

/// The bytes in `source` of `part` of `text`, which was written at `span`.
fn place(source: &str, span: Span, text: &str, style: Style, part: std::ops::Range<usize>) -> Span {
    let written = source.get(span.range()).unwrap_or_default();
    let quote = if style == Style::Quoted { written.chars().next() } else { None };
    let lead = usize::from(quote.is_some());
    let inner = written.get(lead..).unwrap_or_default();
    if inner.starts_with(text) {
        let start = span.start + lead;
        return clamp(Span::new(start + part.start, start + part.end), span);
    }
    let header = style == Style::Block && written.starts_with(['|', '>']);
    let mut at = if header { written.find('\n').map_or(0, |place| place + 1) } else { lead };
    let (mut start, mut end) = (None, None);
    for (place, c) in text.char_indices().chain(std::iter::once((text.len(), '\0'))) {
        if place == text.len() {
            start = start.or((part.start >= place).then_some(at));
            end = end.or((part.end >= place).then_some(at));
            break;
        }
        let (from, to) = step(written, at, c, quote);
        if place == part.start {
            start = Some(from);
        }
        if place == part.end {
            end = Some(at.min(from));
        }
        at = to;
    }
    let start = start.unwrap_or(0);
    clamp(Span::new(span.start + start, span.start + end.unwrap_or(start).max(start)), span)
}

fn clamp(found: Span, span: Span) -> Span {
    Span::new(found.start.clamp(span.start, span.end), found.end.clamp(span.start, span.end))
}

/// Where in `written`, at or after `at`, the character `c` of the text was written.
fn step(written: &str, at: usize, c: char, quote: Option<char>) -> (usize, usize) {
    let mut at = at;
    loop {
        let Some(next) = written.get(at..).and_then(|rest| rest.chars().next()) else { return (at, at) };
        let after = at + next.len_utf8();
        if next == '\\' && quote == Some('"') {
            let length = escape(&written[after..]);
            if written[after..].starts_with(['\n', '\r']) {
                at = after + length;
                continue;
            }
            return (at, after + length);
        }
        if next == '\'' && quote == Some('\'') && c == '\'' {
            return (at, (after + 1).min(written.len()));
        }
        if next == c {
            return (at, after);
        }
        if next.is_whitespace() {
            // A folded line break: the text has one space, the file a break and an indent.
            if c == ' ' && matches!(next, '\n' | '\r') {
                let rest = &written[at..];
                return (at, at + (rest.len() - rest.trim_start().len()));
            }
            at = after;
            continue;
        }
        return (at, after);
    }
}

/// How many bytes follow the backslash of an escape.
fn escape(rest: &str) -> usize {
    let digits = match rest.chars().next() {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        Some(other) => return other.len_utf8(),
        None => return 0,
    };
    1 + rest[1..].bytes().take(digits).take_while(u8::is_ascii_hexdigit).count()
}
