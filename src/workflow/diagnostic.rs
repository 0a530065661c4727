//! What the compiler has to say about a file: one shape for the command line, the API and the console.
//!
//! A [`Diagnostic`] has a stable code, the exact bytes it is about, words in zh and en, further places, advice and, where
//! the mend is certain, edits that can be applied as they are. Positions count bytes of the file as it was given; lines and
//! columns (in characters) are derived from them by [`Source`], so that nobody computes them twice.
//!
//! Deliberately absent: any parser's inner words, and any printing; the command line prints.

use std::{ops::Range, sync::OnceLock};

use crate::model::definition::Localized;

mod render;
pub mod sarif;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The workflow cannot be used.
    Error,
    /// The workflow can be used; somebody should look.
    Warning,
}

/// The language of the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// Bytes of the file, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// From here to there.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The bytes as a range.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// Another place that belongs to the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What it has to do with it.
    pub message: Localized,
}

/// One replacement of bytes. All fixes of a finding are applied together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The bytes to replace; empty for an insertion.
    pub span: Span,
    /// What to write there.
    pub text: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The code, from the table in [`codes`](super::codes).
    pub code: &'static str,
    /// How bad it is; the first letter of the code says it.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub message: Localized,
    /// A few words under the caret.
    pub label: Option<Localized>,
    /// Why it matters and how to mend it.
    pub help: Vec<Localized>,
    /// Other places.
    pub related: Vec<Related>,
    /// A mend that can be applied as it is.
    pub fixes: Vec<Fix>,
    /// Whether the mend changes the spelling only. Others are offered, and a person chooses: `--fix` leaves them alone.
    pub certain: bool,
}

/// All that is said of a file, or of a part of it.
pub type Findings = Vec<Diagnostic>;

/// Whether these findings leave a usable part.
pub(crate) fn no_errors(findings: &[Diagnostic]) -> bool {
    findings.iter().all(|finding| finding.severity != Severity::Error)
}

/// Messages quote the file, and a word of the file may be as long as the file is.
const MAX_WORDS: usize = 2_000;

/// Both languages at once.
pub(crate) fn both(zh: impl Into<String>, en: impl Into<String>) -> Localized {
    Localized { zh: shortened(zh.into()), en: shortened(en.into()) }
}

/// The text without its middle, where it is longer than anybody reads.
fn shortened(text: String) -> String {
    if text.len() <= MAX_WORDS {
        return text;
    }
    let first = &text[..text.floor_char_boundary(MAX_WORDS / 2)];
    let last = &text[text.ceil_char_boundary(text.len() - MAX_WORDS / 2)..];
    format!("{first} … {last}")
}

impl Diagnostic {
    /// A finding. Codes beginning with `W` are warnings.
    #[must_use]
    pub fn new(code: &'static str, span: Span, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let severity = if code.starts_with('W') { Severity::Warning } else { Severity::Error };
        Self {
            code,
            severity,
            span,
            message: both(zh, en),
            label: None,
            help: Vec::new(),
            related: Vec::new(),
            fixes: Vec::new(),
            certain: true,
        }
    }

    /// The same with words under the caret.
    #[must_use]
    pub fn label(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.label = Some(both(zh, en));
        self
    }

    /// The same with one more line of advice.
    #[must_use]
    pub fn help(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.help.push(both(zh, en));
        self
    }

    /// The same with another place.
    #[must_use]
    pub fn related(mut self, span: Span, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.related.push(Related { span, message: both(zh, en) });
        self
    }

    /// The same with an edit that mends it, and cannot change what was meant.
    #[must_use]
    pub fn fix(mut self, span: Span, text: impl Into<String>) -> Self {
        self.fixes.push(Fix { span, text: text.into() });
        self
    }

    /// The same with an edit that would mend it if it is what was meant: a value, a time, a dependency is never guessed.
    #[must_use]
    pub fn suggest(self, span: Span, text: impl Into<String>) -> Self {
        self.fix_if(false, span, text)
    }

    /// The same with an edit: a mend when it is `certain`, else a suggestion.
    #[must_use]
    pub fn fix_if(mut self, certain: bool, span: Span, text: impl Into<String>) -> Self {
        self.certain &= certain;
        self.fix(span, text)
    }
}

/// A file with its line starts.
#[derive(Debug)]
pub struct Source<'a> {
    /// Its name, as the reader knows it.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
    lines: Vec<usize>,
    /// How many UTF-16 units stand before each line; counted when somebody asks.
    units: OnceLock<Vec<usize>>,
}

impl<'a> Source<'a> {
    /// Finds the lines.
    #[must_use]
    pub fn new(file: &'a str, text: &'a str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(place, _)| place + 1)).collect();
        Self { file, text, lines, units: OnceLock::new() }
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    #[must_use]
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let byte = self.boundary(byte);
        let line = self.lines.partition_point(|start| *start <= byte);
        let start = self.lines.get(line.wrapping_sub(1)).copied().unwrap_or_default();
        (line.max(1), self.text.get(start..byte).map_or(0, |text| text.chars().count()) + 1)
    }

    /// Line and column of a byte, both from 0; the column counts UTF-16 units, as editors do.
    #[must_use]
    pub fn utf16(&self, byte: usize) -> (usize, usize) {
        let byte = self.boundary(byte);
        let line = self.lines.partition_point(|start| *start <= byte).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or_default();
        (line, self.text.get(start..byte).map_or(0, |text| text.encode_utf16().count()))
    }

    /// How many UTF-16 units stand before a byte.
    #[must_use]
    pub fn units(&self, byte: usize) -> usize {
        let before = self.units.get_or_init(|| {
            let lines = self.text.split_inclusive('\n').scan(0, |sum, line| {
                *sum += line.encode_utf16().count();
                Some(*sum)
            });
            std::iter::once(0).chain(lines).collect()
        });
        let (line, column) = self.utf16(byte);
        before.get(line).copied().unwrap_or_default() + column
    }

    /// The byte at a line and column of [`Source::utf16`]. Columns beyond the end of a line mean its end, lines beyond the
    /// last the end of the text.
    #[must_use]
    pub fn byte(&self, line: usize, column: usize) -> usize {
        let Some(start) = self.lines.get(line).copied() else { return self.text.len() };
        let end = self.lines.get(line + 1).copied().unwrap_or(self.text.len());
        let written = self.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r']);
        let mut units = 0;
        for (place, c) in written.char_indices() {
            if units >= column {
                return start + place;
            }
            units += c.len_utf16();
        }
        start + written.len()
    }

    /// The line of a byte, from 1.
    #[must_use]
    pub fn line(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte).max(1)
    }

    /// The text under a span.
    #[must_use]
    pub fn slice(&self, span: Span) -> &'a str {
        self.text.get(self.boundary(span.start)..self.boundary(span.end)).unwrap_or_default()
    }

    /// The nearest character boundary at or before `byte`.
    pub(crate) fn boundary(&self, byte: usize) -> usize {
        self.text.floor_char_boundary(byte.min(self.text.len()))
    }
}

#[cfg(test)]
mod tests;
