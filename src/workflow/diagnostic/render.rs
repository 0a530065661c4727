//! How a finding looks in a terminal: title, the lines with carets, advice.
//!
//! `annotate-snippets` knows the width of Chinese characters, so the carets stand where they belong. The text it is given
//! reaches from the first marked line to the last, for it looks at every byte; it shows the lines that carry a mark.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Language, Severity, Source, Span};
use crate::model::definition::Localized;

/// Places further away than this many bytes are left out: what lies between has to be looked through.
const MAX_APART: usize = 64 << 10;
/// Longer lines are not shown as they should be.
const MAX_LINE: usize = 160;

impl Diagnostic {
    /// As text with the source underlined, in the manner of rustc; `colour` adds terminal colours.
    #[must_use]
    pub fn render(&self, source: &Source<'_>, language: Language, colour: bool) -> String {
        let pick = |text: &Localized| {
            sanitized(match language {
                Language::Zh => &text.zh,
                Language::En => &text.en,
            })
            .into_owned()
        };
        let level = match (self.severity, language) {
            (Severity::Error, Language::En) => Level::ERROR,
            (Severity::Warning, Language::En) => Level::WARNING,
            (Severity::Error, Language::Zh) => Level::ERROR.with_name("错误"),
            (Severity::Warning, Language::Zh) => Level::WARNING.with_name("警告"),
        };
        let help = match language {
            Language::En => Level::HELP,
            Language::Zh => Level::HELP.with_name("建议"),
        };
        let first = marked(source, self.span);
        let others: Vec<_> = self
            .related
            .iter()
            .map(|related| (marked(source, related.span), related))
            .filter(|(span, _)| span.start.abs_diff(first.start) < MAX_APART)
            .collect();
        let start = others.iter().fold(first.start, |start, (span, _)| start.min(span.start));
        let end = others.iter().fold(first.end, |end, (span, _)| end.max(span.end));
        let start = source.text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |place| place + 1);
        let end =
            source.text.get(end..).and_then(|after| after.find('\n')).map_or(source.text.len(), |place| end + place);
        let shown = source.text.get(start..end).unwrap_or_default();
        let moved = |span: std::ops::Range<usize>| span.start.saturating_sub(start)..span.end.saturating_sub(start);
        let mut primary = AnnotationKind::Primary.span(moved(first));
        if let Some(label) = &self.label {
            primary = primary.label(pick(label));
        }
        let mut snippet = Snippet::source(shown).line_start(source.line(start)).path(source.file).annotation(primary);
        for (span, related) in others {
            snippet = snippet.annotation(AnnotationKind::Context.span(moved(span)).label(pick(&related.message)));
        }
        let mut group: Group<'_> = level.primary_title(pick(&self.message)).id(self.code).element(snippet);
        for text in &self.help {
            group = group.element(help.clone().message(pick(text)));
        }
        if let Some(line) = mended(self, source) {
            let (name, said) = match language {
                Language::En => ("fix", format!("write `{line}`")),
                Language::Zh => ("修改", format!("写成 `{line}`")),
            };
            group = group.element(Level::HELP.with_name(name).message(sanitized(&said).into_owned()));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// The line as the edits leave it. Nothing, where the advice says it already or a line is too long to be read.
fn mended(diagnostic: &Diagnostic, source: &Source<'_>) -> Option<String> {
    let first = diagnostic.fixes.iter().map(|fix| fix.span.start).min()?;
    let last = diagnostic.fixes.iter().map(|fix| fix.span.end).max()?;
    let start = source.text.get(..first)?.rfind('\n').map_or(0, |place| place + 1);
    let end = source.text.get(last..)?.find('\n').map_or(source.text.len(), |place| last + place);
    let said = |fix: &super::Fix| {
        let text = fix.text.trim().trim_end_matches(',').trim_matches(['"', '\'']);
        diagnostic.help.iter().any(|help| text.len() > 1 && help.en.contains(text))
    };
    if end - start > MAX_LINE || diagnostic.fixes.iter().all(said) {
        return None;
    }
    let mut fixes: Vec<_> = diagnostic.fixes.iter().collect();
    fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
    let mut line = source.text.get(start..end)?.to_string();
    for fix in fixes {
        let range = fix.span.start.checked_sub(start)?..fix.span.end.checked_sub(start)?;
        line.get(range.clone())?;
        line.replace_range(range, &fix.text);
    }
    let line = line.trim();
    (!line.contains(['\n', '\r']) && line.len() <= MAX_LINE).then(|| line.to_string())
}

/// The span on character boundaries, inside the text, and cut at the end of its first line: a caret under a whole block
/// says less than one under its beginning.
fn marked(source: &Source<'_>, span: Span) -> std::ops::Range<usize> {
    let start = source.boundary(span.start);
    let end = source.boundary(span.end.max(span.start));
    let text = source.text.get(start..end).unwrap_or_default();
    let first = text.find(['\n', '\r']).map_or(end, |length| start + length);
    start..first
}

/// Messages quote the file; a quoted control character must not reach a terminal.
fn sanitized(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| c.is_control() && c != '\n') {
        text.chars().filter(|c| !c.is_control() || *c == '\n').collect::<String>().into()
    } else {
        text.into()
    }
}
