//! Texts and lists in braces, as far as they are written.

use super::{End, MAX_DEPTH, Role, Scanner, Segment};
use crate::workflow::diagnostic::Span;

impl Scanner<'_> {
    pub(super) fn quoted(&mut self, quote: char, indent: usize) -> (Span, String) {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            match c {
                '\n' if !self.goes_on(indent) => {
                    let end = start + self.text.get(start..self.at).unwrap_or_default().trim_end().len();
                    return (Span::new(start, end), text);
                }
                '\\' if quote == '"' => {
                    text.push(c);
                    self.at += 1;
                    if let Some(next) = self.peek() {
                        text.push(next);
                        self.at += next.len_utf8();
                    }
                    continue;
                }
                c if c == quote => {
                    self.at += 1;
                    if quote == '\'' && self.peek() == Some('\'') {
                        text.push('\'');
                        self.at += 1;
                        continue;
                    }
                    let end = self.at;
                    if self.done() {
                        self.stop(Role::Nothing, end);
                    }
                    return (Span::new(start, end), text);
                }
                c => text.push(c),
            }
            self.at += c.len_utf8();
        }
        let end = self.text.len();
        self.stop(Role::Value, start);
        (Span::new(start, end), text)
    }

    /// A `|` or `>` block: all lines that are indented more.
    pub(super) fn block(&mut self, indent: usize) -> (Span, String) {
        let start = self.at;
        let mut end = self.line_end();
        let mut closed = false;
        let mut at = end + 1;
        while at < self.text.len() {
            let line_end = self.text.get(at..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |l| at + l);
            let line = self.text.get(at..line_end).unwrap_or_default();
            let content = line.trim_start_matches(' ');
            // The level of a block below `- ` is that of its key, or of the dash.
            if !content.trim().is_empty() && line.len() - content.len() <= self.base(indent) {
                closed = true;
                break;
            }
            end = line_end;
            at = line_end + 1;
        }
        let text = self.text.get(start..end).unwrap_or_default().to_string();
        let last_indent = self.text.get(..self.text.len()).map_or(0, |all| {
            let line = all.rsplit('\n').next().unwrap_or_default();
            if line.trim().is_empty() { line.len() } else { usize::MAX }
        });
        self.at = end;
        if !closed && end >= self.text.len() {
            if last_indent <= self.base(indent) && text.contains('\n') {
                // A blank line that is not indented any more: the block is over.
                self.inner.clear();
                self.end = Some(self.blank(last_indent));
                self.at = self.text.len();
            } else {
                self.stop(Role::Value, start);
            }
        }
        (Span::new(start, start + text.trim_end().len()), text)
    }

    /// The indent that content must exceed.
    pub(super) fn base(&self, indent: usize) -> usize {
        self.levels.last().map_or(indent, |level| level.indent)
    }

    pub(super) fn plain(&mut self, flow: bool) -> (Span, String) {
        let start = self.at;
        let line_end = self.line_end();
        let line = self.text.get(start..line_end).unwrap_or_default();
        let mut end = line.find(" #").unwrap_or(line.len());
        if flow {
            let mut before = ' ';
            for (place, c) in line.char_indices() {
                if matches!(c, ',' | '}' | ']') || (before == ':' && c == ' ') {
                    end = end.min(place);
                    break;
                }
                before = c;
            }
        }
        let text = line.get(..end).unwrap_or_default().trim_end();
        self.at = start + end;
        if self.at >= self.text.len() {
            self.stop(Role::Value, start);
        }
        (Span::new(start, start + text.len()), text.to_string())
    }

    /// Blanks, line breaks and comments inside brackets; false when the indentation says that it is over.
    pub(super) fn space(&mut self, indent: usize) -> bool {
        while let Some(c) = self.peek() {
            match c {
                '\n' if !self.goes_on(self.base(indent)) => return false,
                '#' => self.at = self.line_end(),
                c if c.is_whitespace() => self.at += c.len_utf8(),
                _ => return true,
            }
        }
        true
    }

    /// A bracket; the scanner stands at it. False when it was not closed.
    pub(super) fn flow(&mut self, indent: usize, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            self.at = self.line_end();
            return false;
        }
        let map = self.peek() == Some('{');
        self.at += 1;
        let mut number = 0;
        while self.end.is_none() {
            if !self.space(indent) {
                return false;
            }
            let Some(c) = self.peek() else {
                if map {
                    self.stop(Role::Key, self.text.len());
                } else {
                    self.inner.push(Segment::Item(number));
                    self.stop(Role::Value, self.text.len());
                    self.inner.pop();
                }
                return false;
            };
            match c {
                '}' | ']' => {
                    self.at += 1;
                    if self.done() {
                        self.stop(Role::Nothing, self.text.len());
                    }
                    return true;
                }
                ',' => {
                    number += 1;
                    self.at += 1;
                }
                _ if map => {
                    if !self.flow_entry(indent, depth) {
                        return false;
                    }
                }
                _ => {
                    self.inner.push(Segment::Item(number));
                    let good = self.flow_value(indent, depth, None);
                    self.inner.pop();
                    if !good {
                        return false;
                    }
                }
            }
        }
        false
    }

    /// `key: value` between braces.
    pub(super) fn flow_entry(&mut self, indent: usize, depth: usize) -> bool {
        let start = self.at;
        if matches!(self.peek(), Some('{' | '[')) {
            // An unquoted template, or nonsense.
            return self.flow(indent, depth + 1);
        }
        let quote = self.peek().filter(|c| matches!(c, '"' | '\''));
        let (span, key) = match quote {
            Some(quote) => {
                let (span, key) = self.quoted(quote, indent);
                if self.end.as_ref().is_some_and(|end| end.role == Role::Value) {
                    self.end = Some(End { path: self.path(), role: Role::Key, start });
                }
                (span, key)
            }
            None => {
                let line = self.text.get(start..self.line_end()).unwrap_or_default();
                let end = line.find([':', ',', '}', ']']).unwrap_or(line.len());
                let key = line.get(..end).unwrap_or_default().trim_end().to_string();
                self.at = start + end;
                if self.done() {
                    self.stop(Role::Key, start);
                }
                (Span::new(start, start + key.len()), key)
            }
        };
        if self.end.is_some() {
            return false;
        }
        self.inner.push(Segment::Key(key));
        let good = if self.peek() == Some(':') {
            self.at += 1;
            self.flow_value(indent, depth, Some(span))
        } else {
            let at = self.at;
            self.note(span, Span::new(at, at), String::new());
            // Whatever stands here, the next round must find something else.
            self.at == start || self.peek().is_some()
        };
        self.inner.pop();
        if self.at == start {
            self.at += self.peek().map_or(1, char::len_utf8);
        }
        good
    }

    pub(super) fn flow_value(&mut self, indent: usize, depth: usize, key: Option<Span>) -> bool {
        let place = self.facts.len();
        let at = self.at;
        self.note(key.unwrap_or(Span::new(at, at)), Span::new(at, at), String::new());
        if !self.space(indent) {
            return false;
        }
        let start = self.at;
        let mut good = true;
        let (span, text) = match self.peek() {
            None => {
                self.stop(Role::Value, self.text.len());
                (Span::new(start, start), String::new())
            }
            Some(',' | '}' | ']') => (Span::new(at, at), String::new()),
            Some('{' | '[') => {
                good = self.flow(indent, depth + 1);
                (Span::new(start, self.at.min(self.text.len())), String::new())
            }
            Some(_) => {
                let got = self.scalar_or_flow(indent, true);
                if self.at == start && self.end.is_none() {
                    self.at += self.peek().map_or(1, char::len_utf8);
                }
                got
            }
        };
        if let Some(fact) = self.facts.get_mut(place) {
            fact.value = span;
            fact.text = text;
        }
        good && self.end.is_none()
    }
}
