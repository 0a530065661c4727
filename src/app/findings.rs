//! What the compiler found, as every edge is told.

use crate::{
    contract::problem::{Finding, Fix, Place, Severity, Text},
    model::definition::Localized,
    workflow::diagnostic::{self, Diagnostic, Source},
};

fn text(words: &Localized) -> Text {
    Text { zh: words.zh.clone(), en: words.en.clone() }
}

/// A finding with its places counted.
#[must_use]
pub fn finding(found: &Diagnostic, source: &Source<'_>) -> Finding {
    let (line, column) = source.position(found.span.start);
    let (end_line, end_column) = source.position(found.span.end);
    let lines = |pick: fn(&Localized) -> &str| found.help.iter().map(pick).collect::<Vec<_>>().join("\n");
    Finding {
        code: found.code.into(),
        severity: match found.severity {
            diagnostic::Severity::Error => Severity::Error,
            diagnostic::Severity::Warning => Severity::Warning,
        },
        file: source.file.into(),
        line,
        column,
        end_line,
        end_column,
        start: found.span.start,
        end: found.span.end,
        utf16_column: source.utf16(found.span.start).1 + 1,
        utf16_end_column: source.utf16(found.span.end).1 + 1,
        message: text(&found.message),
        help: Text { zh: lines(|text| &text.zh), en: lines(|text| &text.en) },
        related: found
            .related
            .iter()
            .map(|related| {
                let (line, column) = source.position(related.span.start);
                let (end_line, end_column) = source.position(related.span.end);
                Place { line, column, end_line, end_column, message: text(&related.message) }
            })
            .collect(),
        fixes: found
            .fixes
            .iter()
            .map(|fix| Fix { start: fix.span.start, end: fix.span.end, text: fix.text.clone() })
            .collect(),
        certain: found.certain && !found.fixes.is_empty(),
    }
}

/// All findings of a text.
#[must_use]
pub fn all(file: &str, text: &str, found: &[Diagnostic]) -> Vec<Finding> {
    let source = Source::new(file, text);
    found.iter().map(|one| finding(one, &source)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{connectors, workflow};

    #[test]
    fn it_is_what_validate_prints() {
        let text = "dsl: 1\nid: 部门😀\nsteps: []\n";
        let found = workflow::compile("a.yaml", text, &workflow::Environment::new(connectors::ALL)).diagnostics;
        assert!(!found.is_empty());
        let source = Source::new("a.yaml", text);
        for one in &found {
            assert_eq!(serde_json::to_value(finding(one, &source)).unwrap(), one.to_json(&source));
        }
    }
}
