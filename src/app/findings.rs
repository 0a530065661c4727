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

/// A finding as it is kept beside a version that does not compile.
#[must_use]
pub fn as_stored(found: &Diagnostic, source: &Source<'_>) -> serde_json::Value {
    serde_json::to_value(finding(found, source)).unwrap_or_default()
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
    use crate::workflow::diagnostic::Span;

    #[test]
    fn json_has_the_published_shape() {
        let source = Source::new("a.yaml", "id: x\nid: y\n");
        let found = Diagnostic::new("E0103", Span::new(6, 8), "键重复", "the key `id` occurs twice")
            .help("删除一个", "remove one")
            .fix(Span::new(6, 12), "");
        let json = as_stored(&found, &source);
        assert_eq!(json["code"], "E0103");
        assert_eq!((&json["line"], &json["column"], &json["end_column"]), (&2.into(), &1.into(), &3.into()));
        assert_eq!((&json["utf16_column"], &json["utf16_end_column"]), (&1.into(), &3.into()));
        assert_eq!(json["severity"], "error");
        assert_eq!(json["message"]["zh"], "键重复");
        assert_eq!(json["help"]["en"], "remove one");
        assert_eq!(json["fixes"][0], serde_json::json!({"start": 6, "end": 12, "text": ""}));
        assert_eq!((&json["related"], &json["certain"]), (&serde_json::json!([]), &true.into()));
    }
}
