//! What a file says, as far as it can be made out while somebody is typing.
//!
//! The compiler's YAML reader gives up at the first mistake, which is what half a line looks like. This one never gives up:
//! it goes by indentation and brackets, line by line, notes every key and value with its path, and says in which role the
//! text ends. An unclosed bracket or quote ends where the indentation says that its line is over. It knows no anchors, tags or
//! merges: they occur in no workflow that matters to an editor.
//!
//! Given a text cut off at the cursor it finds the place of the cursor; given the whole text it finds the names to offer.

mod scalars;

use std::{cell::OnceCell, collections::HashMap};

use crate::workflow::diagnostic::Span;

/// How deep brackets are followed; beyond that nothing is noted.
const MAX_DEPTH: usize = 60;
/// Files above this size are not looked into.
const MAX_BYTES: usize = 2 << 20;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Under this key.
    Key(String),
    /// The entry of a list, from 0.
    Item(usize),
}

impl Segment {
    /// The key.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Item(_) => None,
        }
    }
}

/// A key with its value, or an entry of a list.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Where it stands.
    pub path: Vec<Segment>,
    /// The bytes of the key, quotes included; empty for entries of lists.
    pub key: Span,
    /// The bytes of the value, quotes and brackets included; empty while there is none, or when it follows on other lines.
    pub value: Span,
    /// The text of a scalar, without its quotes.
    pub text: String,
}

/// In which role a text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// In or before a key of the map at the path.
    Key,
    /// In or before the value at the path.
    Value,
    /// At the beginning of a line: a key of a map at the path, or the value itself.
    Either,
    /// After something complete, or in a comment.
    Nothing,
}

/// The end of a text.
#[derive(Debug, Clone)]
pub struct End {
    /// Where it is.
    pub path: Vec<Segment>,
    /// In which role.
    pub role: Role,
    /// The first byte of what is being written there.
    pub start: usize,
}

/// A file as far as it can be made out.
#[derive(Debug)]
pub struct Sketch {
    /// Everything that was noted, in the order of the file.
    pub facts: Vec<Fact>,
    /// How it ends.
    pub end: End,
    /// The first fact of each path; made when it is first asked for.
    places: OnceCell<HashMap<Vec<Segment>, usize>>,
}

struct Level {
    indent: usize,
    segment: Segment,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    levels: Vec<Level>,
    /// Segments of brackets, on top of `levels`.
    inner: Vec<Segment>,
    facts: Vec<Fact>,
    end: Option<End>,
}

impl Sketch {
    /// Reads a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text = if text.len() > MAX_BYTES { "" } else { text };
        let mut scanner = Scanner { text, at: 0, levels: Vec::new(), inner: Vec::new(), facts: Vec::new(), end: None };
        while scanner.at < text.len() && scanner.end.is_none() {
            scanner.line();
        }
        let end = scanner.end.take().unwrap_or_else(|| scanner.blank(0));
        Self { facts: scanner.facts, end, places: OnceCell::new() }
    }

    /// The fact at a path.
    #[must_use]
    pub fn at(&self, path: &[Segment]) -> Option<&Fact> {
        let places = self.places.get_or_init(|| {
            // From the end, so that the first of two twins wins.
            self.facts.iter().enumerate().rev().map(|(place, fact)| (fact.path.clone(), place)).collect()
        });
        self.facts.get(*places.get(path)?)
    }

    /// The facts directly below a path.
    pub fn below<'a>(&'a self, path: &'a [Segment]) -> impl Iterator<Item = &'a Fact> {
        self.facts.iter().filter(move |fact| fact.path.len() == path.len() + 1 && fact.path.starts_with(path))
    }

    /// The innermost fact whose key holds this byte.
    #[must_use]
    pub fn key_at(&self, offset: usize) -> Option<&Fact> {
        self.facts.iter().rfind(|fact| fact.key.start < fact.key.end && holds(fact.key, offset))
    }

    /// The innermost fact whose value holds this byte.
    #[must_use]
    pub fn value_at(&self, offset: usize) -> Option<&Fact> {
        self.facts
            .iter()
            .filter(|fact| holds(fact.value, offset))
            .max_by_key(|fact| (fact.path.len(), fact.value.start))
    }
}

const fn holds(span: Span, offset: usize) -> bool {
    span.start <= offset && offset <= span.end
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn done(&self) -> bool {
        self.at >= self.text.len()
    }

    fn line_end(&self) -> usize {
        self.rest().find('\n').map_or(self.text.len(), |length| self.at + length)
    }

    fn path(&self) -> Vec<Segment> {
        self.levels.iter().map(|level| level.segment.clone()).chain(self.inner.iter().cloned()).collect()
    }

    fn stop(&mut self, role: Role, start: usize) {
        let end = End { path: self.path(), role, start };
        self.end.get_or_insert(end);
        self.at = self.text.len();
    }

    /// The end at an empty line with this indent.
    fn blank(&mut self, indent: usize) -> End {
        self.levels.truncate(self.levels.iter().position(|level| level.indent >= indent).unwrap_or(self.levels.len()));
        End { path: self.path(), role: Role::Either, start: self.text.len() }
    }

    fn line(&mut self) {
        let start = self.at;
        let end = self.line_end();
        let line = self.text.get(start..end).unwrap_or_default();
        let content = line.trim_start_matches([' ', '\t', '\u{feff}']);
        let indent = line.len() - content.len();
        if content.trim_end().is_empty() {
            if end == self.text.len() {
                self.end = Some(self.blank(indent));
            }
            self.at = end + 1;
            return;
        }
        if content.starts_with('#') || content.starts_with("---") || content.starts_with('%') {
            if end == self.text.len() {
                self.stop(Role::Nothing, end);
            }
            self.at = end + 1;
            return;
        }
        self.at = start + indent;
        let mut column = indent;
        // Entries of lists: `- `, also several on one line.
        while self.rest().starts_with("- ") || self.text.get(self.at..self.line_end()).map(str::trim_end) == Some("-") {
            self.levels
                .truncate(self.levels.iter().position(|level| level.indent > column).unwrap_or(self.levels.len()));
            let number = match self.levels.last() {
                Some(Level { indent, segment: Segment::Item(number) }) if *indent == column => {
                    let number = number + 1;
                    self.levels.pop();
                    number
                }
                _ => 0,
            };
            self.levels.push(Level { indent: column, segment: Segment::Item(number) });
            let after = self.rest().get(1..).unwrap_or_default();
            let blanks = after.len() - after.trim_start_matches(' ').len();
            self.at += 1 + blanks;
            column += 1 + blanks;
            if self.done() || self.rest().starts_with(['\n', '\r']) {
                let at = self.at;
                self.note(Span::new(at, at), Span::new(at, at), String::new());
                if self.done() {
                    self.stop(Role::Either, self.text.len());
                }
                self.at = self.line_end() + 1;
                return;
            }
        }
        self.entry(column);
        if self.end.is_none() {
            // What follows a value on its line is a comment, or nothing that can be told.
            let rest = self.text.get(self.at..self.line_end()).unwrap_or_default().trim();
            if self.line_end() == self.text.len() && (!rest.is_empty() || self.at <= self.text.len()) {
                self.stop(Role::Nothing, self.text.len());
            }
            self.at = self.line_end() + 1;
        }
    }

    /// `key: value`, a key that is being typed, or an entry of a list without a key.
    fn entry(&mut self, column: usize) {
        let start = self.at;
        let Some((key, key_end)) = self.block_key() else {
            self.levels
                .truncate(self.levels.iter().position(|level| level.indent >= column).unwrap_or(self.levels.len()));
            let open = self.rest().starts_with(['{', '[', '"', '\'']);
            if !open && self.line_end() == self.text.len() && !self.rest().contains(" #") {
                self.stop(Role::Either, start);
                return;
            }
            self.value(column);
            return;
        };
        self.levels.truncate(self.levels.iter().position(|level| level.indent >= column).unwrap_or(self.levels.len()));
        self.levels.push(Level { indent: column, segment: Segment::Key(key) });
        let key_span = Span::new(start, key_end);
        let place = self.facts.len();
        let colon = self.at;
        self.note(key_span, Span::new(colon, colon), String::new());
        let blanks = self.rest().len() - self.rest().trim_start_matches(' ').len();
        self.at += blanks;
        if self.done() {
            self.stop(Role::Value, self.text.len());
            return;
        }
        if self.rest().starts_with(['\n', '\r']) {
            return;
        }
        if self.rest().starts_with('#') {
            if self.line_end() == self.text.len() {
                self.stop(Role::Nothing, self.text.len());
            }
            return;
        }
        let (span, text) = self.scalar_or_flow(column, false);
        if let Some(fact) = self.facts.get_mut(place) {
            fact.value = span;
            fact.text = text;
        }
    }

    /// A value without a key: an entry of a list.
    fn value(&mut self, column: usize) {
        let place = self.facts.len();
        let at = self.at;
        self.note(Span::new(at, at), Span::new(at, at), String::new());
        let (span, text) = self.scalar_or_flow(column, false);
        if let Some(fact) = self.facts.get_mut(place) {
            fact.value = span;
            fact.text = text;
        }
    }

    /// The key at the beginning of a line, and the byte after it; the scanner stands behind its colon.
    fn block_key(&mut self) -> Option<(String, usize)> {
        let line = self.text.get(self.at..self.line_end())?;
        let quote = line.chars().next().filter(|c| matches!(c, '"' | '\''));
        if let Some(quote) = quote {
            let close = line.get(1..)?.find(quote)? + 1;
            let after = line.get(close + 1..)?;
            let blanks = after.len() - after.trim_start_matches(' ').len();
            let colon = after.trim_start_matches(' ');
            if !colon.starts_with(':') {
                return None;
            }
            let key_end = self.at + close + 1;
            let key = line.get(1..close)?.to_string();
            self.at = key_end + blanks + 1;
            return Some((key, key_end));
        }
        if line.starts_with(['{', '[', '|', '>', '*', '&']) {
            return None;
        }
        let colon = line
            .char_indices()
            .find(|(place, c)| {
                *c == ':'
                    && line.get(place + 1..).is_none_or(|rest| rest.is_empty() || rest.starts_with([' ', '\r', '\t']))
            })
            .map(|(place, _)| place)?;
        let key = line.get(..colon)?;
        if key.contains(" #") {
            return None;
        }
        let key_end = self.at + key.trim_end().len();
        self.at += colon + 1;
        Some((key.trim_end().to_string(), key_end))
    }

    fn note(&mut self, key: Span, value: Span, text: String) {
        let path = self.path();
        self.facts.push(Fact { path, key, value, text });
    }

    /// Any value; gives its bytes and, for scalars, its text.
    fn scalar_or_flow(&mut self, indent: usize, flow: bool) -> (Span, String) {
        // `&name` before a value.
        while !flow && self.rest().starts_with('&') {
            let line = self.text.get(self.at..self.line_end()).unwrap_or_default();
            let word = line.find(' ').unwrap_or(line.len());
            self.at += word;
            self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
            if word == line.len() {
                return (Span::new(self.at, self.at), String::new());
            }
        }
        let start = self.at;
        match self.peek() {
            Some('{' | '[') => {
                self.flow(indent, 0);
                (Span::new(start, self.at.min(self.text.len())), String::new())
            }
            Some(quote @ ('"' | '\'')) => self.quoted(quote, indent),
            Some('|' | '>') if !flow => self.block(indent),
            _ => self.plain(flow),
        }
    }

    /// Whether the line that begins after the line break at the scanner belongs to what was begun with this indent.
    fn goes_on(&self, indent: usize) -> bool {
        for line in self.rest().split('\n').skip(1) {
            let content = line.trim_start_matches(' ');
            if content.trim().is_empty() {
                continue;
            }
            return line.len() - content.len() > indent || content.starts_with(['}', ']']);
        }
        // Nothing follows: whoever types here is still inside.
        true
    }
}

#[cfg(test)]
mod tests;
