//! The compiler's answers in the shapes of the protocol. Positions count lines from 0 and UTF-16 units.

use lsp_types::{Position, Range};
use serde_json::{Value, json};

use crate::{
    cli::Lang,
    model::definition::Localized,
    workflow::{
        assist::{Hover, Sort, Suggestion},
        diagnostic::{Diagnostic, Severity, Source, Span},
    },
};

/// What the server can do.
pub fn capabilities() -> Value {
    json!({
        "capabilities": {
            "positionEncoding": "utf-16",
            "textDocumentSync": {"openClose": true, "change": 1},
            "completionProvider": {"triggerCharacters": [":", " ", ".", "/", "{", "\"", "'", "[", "("]},
            "hoverProvider": true,
            "definitionProvider": true,
            "codeActionProvider": {"codeActionKinds": ["quickfix", "source.fixAll.idflow"]},
        },
        "serverInfo": {"name": "idflow", "version": env!("CARGO_PKG_VERSION")},
    })
}

fn pick(text: &Localized, lang: Lang) -> &str {
    match lang {
        Lang::Zh => &text.zh,
        Lang::En => &text.en,
    }
}

fn pick_pair(text: &(String, String), lang: Lang) -> &str {
    match lang {
        Lang::Zh => &text.0,
        Lang::En => &text.1,
    }
}

/// The byte of a position.
pub fn offset(position: Position, source: &Source<'_>) -> usize {
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    source.byte(number(position.line), number(position.character))
}

fn position(byte: usize, source: &Source<'_>) -> Position {
    let (line, column) = source.utf16(byte);
    Position::new(u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// The range of a span.
pub fn range(span: Span, source: &Source<'_>) -> Range {
    Range::new(position(span.start, source), position(span.end.max(span.start), source))
}

/// A finding.
pub fn finding(finding: &Diagnostic, source: &Source<'_>, uri: &str, lang: Lang) -> Value {
    let mut message = pick(&finding.message, lang).to_string();
    for help in &finding.help {
        message.push('\n');
        message.push_str(pick(help, lang));
    }
    let related: Vec<Value> = finding
        .related
        .iter()
        .map(|related| {
            json!({
                "location": {"uri": uri, "range": range(related.span, source)},
                "message": pick(&related.message, lang),
            })
        })
        .collect();
    let mut value = json!({
        "range": range(finding.span, source),
        "severity": match finding.severity { Severity::Error => 1, Severity::Warning => 2 },
        "code": finding.code,
        "source": "idflow",
        "message": message,
        "relatedInformation": related,
    });
    // What is not used is shown faded.
    if finding.code == "W0803" {
        value["tags"] = json!([1]);
    }
    value
}

/// The mend of a finding.
pub fn action(found: &Diagnostic, source: &Source<'_>, uri: &str, lang: Lang) -> Value {
    let edits: Vec<Value> =
        found.fixes.iter().map(|fix| json!({"range": range(fix.span, source), "newText": fix.text})).collect();
    let title = found.help.last().map_or_else(|| pick(&found.message, lang), |help| pick(help, lang));
    let title = match found.fixes.as_slice() {
        [fix] if !fix.span.range().is_empty() && fix.text.chars().count() <= 60 => match lang {
            Lang::Zh => format!("改为 `{}`", fix.text),
            Lang::En => format!("write `{}`", fix.text),
        },
        [fix] if fix.text.chars().count() <= 60 => match lang {
            Lang::Zh => format!("加上 `{}`", fix.text.trim_start_matches([',', ' '])),
            Lang::En => format!("add `{}`", fix.text.trim_start_matches([',', ' '])),
        },
        _ => title.to_string(),
    };
    json!({
        "title": format!("{}: {title}", found.code),
        "kind": "quickfix",
        "diagnostics": [finding(found, source, uri, lang)],
        "isPreferred": true,
        "edit": {"changes": {uri: edits}},
    })
}

/// All mends of a file at once.
pub fn fix_all(text: &str, source: &Source<'_>, uri: &str, lang: Lang) -> Value {
    let whole = range(Span::new(0, source.text.len()), source);
    json!({
        "title": match lang { Lang::Zh => "修正所有确定的错误", Lang::En => "apply all certain fixes" },
        "kind": "source.fixAll.idflow",
        "edit": {"changes": {uri: [{"range": whole, "newText": text}]}},
    })
}

/// Suggestions, in their order.
pub fn items(made: &[Suggestion], source: &Source<'_>, offset: usize, lang: Lang) -> Vec<Value> {
    let item = |(place, made): (usize, &Suggestion)| {
        // An edit of a suggestion stays on its line.
        let span = if source.slice(made.replace).contains('\n') { Span::new(offset, offset) } else { made.replace };
        let mut item = json!({
            "label": made.label,
            "kind": match made.sort {
                Sort::Key => 10,
                Sort::Word => 12,
                Sort::Action => 2,
                Sort::Name => 6,
                Sort::Field => 5,
                Sort::Function => 3,
            },
            "sortText": format!("{place:04}"),
            "textEdit": {"range": range(span, source), "newText": made.insert},
        });
        // Editors compare what stands in the range with this.
        if made.insert.starts_with('"') {
            item["filterText"] = made.insert.as_str().into();
        }
        let (detail, doc) = (pick_pair(&made.detail, lang), pick_pair(&made.doc, lang));
        if !detail.is_empty() {
            item["detail"] = detail.into();
        }
        if !doc.is_empty() {
            item["documentation"] = json!({"kind": "markdown", "value": doc});
        }
        item
    };
    made.iter().enumerate().map(item).collect()
}

/// An explanation.
pub fn hover(hover: &Hover, source: &Source<'_>, lang: Lang) -> Value {
    let text = match lang {
        Lang::Zh => &hover.zh,
        Lang::En => &hover.en,
    };
    json!({"contents": {"kind": "markdown", "value": text}, "range": range(hover.span, source)})
}
