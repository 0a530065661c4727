//! Findings as SARIF 2.1.0, the format in which code review tools take remarks.
//!
//! Columns count UTF-16 units, which every consumer of SARIF must understand; bytes are given beside them. Paths are
//! relative where the caller gave relative ones. The words of a result are English with the Chinese ones in its properties,
//! because a message has one text only.

use serde_json::{Value, json};

use super::{Diagnostic, Severity, Source, Span};
use crate::workflow::{codes, explain};

/// One file with what was found in it.
#[derive(Debug)]
pub struct Report<'a> {
    /// The file.
    pub source: Source<'a>,
    /// Its findings.
    pub findings: &'a [Diagnostic],
}

/// The log of one run of the compiler; `version` is that of the program, `help` the address of its documentation.
#[must_use]
pub fn sarif(reports: &[Report<'_>], version: &str) -> Value {
    let mut artifacts = Vec::new();
    let mut results = Vec::new();
    for (place, report) in reports.iter().enumerate() {
        artifacts
            .push(json!({"location": {"uri": uri(report.source.file)}, "sourceLanguage": "yaml", "encoding": "UTF-8"}));
        results.extend(report.findings.iter().map(|finding| result(finding, &report.source, place)));
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "idflow",
                "semanticVersion": version,
                "version": version,
                "rules": codes::CODES.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "utf16CodeUnits",
            "artifacts": artifacts,
            "results": results,
        }],
    })
}

fn rule(row: &codes::Code) -> Value {
    let page = explain::find(row.code);
    let help = |text: fn(&explain::Page) -> &'static str| page.map(text).unwrap_or_default();
    json!({
        "id": row.code,
        "shortDescription": {"text": row.title.en},
        "fullDescription": {"text": help(|page| page.meaning.en)},
        "help": {"text": format!("{}\n\n{}", help(|page| page.mend.en), help(|page| page.mend.zh))},
        "defaultConfiguration": {"level": if row.code.starts_with('W') { "warning" } else { "error" }},
        "properties": {"title_zh": row.title.zh, "meaning_zh": help(|page| page.meaning.zh)},
    })
}

fn result(finding: &Diagnostic, source: &Source<'_>, artifact: usize) -> Value {
    let mut text = finding.message.en.clone();
    for help in &finding.help {
        text.push('\n');
        text.push_str(&help.en);
    }
    let help_zh = finding.help.iter().map(|help| help.zh.as_str()).collect::<Vec<_>>().join("\n");
    let location = |span: Span| {
        json!({
            "artifactLocation": {"uri": uri(source.file), "index": artifact},
            "region": region(span, source),
        })
    };
    let mut result = json!({
        "ruleId": finding.code,
        "level": match finding.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "message": {"text": text},
        "locations": [{"physicalLocation": location(finding.span)}],
        "properties": {"message_zh": finding.message.zh, "help_zh": help_zh},
    });
    if let Some(place) = codes::CODES.iter().position(|row| row.code == finding.code) {
        result["ruleIndex"] = place.into();
    }
    if !finding.related.is_empty() {
        result["relatedLocations"] = finding
            .related
            .iter()
            .enumerate()
            .map(|(id, related)| {
                json!({
                    "id": id,
                    "physicalLocation": location(related.span),
                    "message": {"text": related.message.en},
                })
            })
            .collect();
    }
    if !finding.fixes.is_empty() {
        let replacements: Vec<Value> = finding
            .fixes
            .iter()
            .map(|fix| json!({"deletedRegion": region(fix.span, source), "insertedContent": {"text": fix.text}}))
            .collect();
        result["fixes"] = json!([{
            "description": {"text": finding.help.first().map_or("fix", |help| help.en.as_str())},
            "artifactChanges": [{
                "artifactLocation": {"uri": uri(source.file), "index": artifact},
                "replacements": replacements,
            }],
        }]);
    }
    result
}

fn region(span: Span, source: &Source<'_>) -> Value {
    let start = source.boundary(span.start);
    let end = source.boundary(span.end.max(start));
    let ((line, column), (end_line, end_column)) = (source.utf16(start), source.utf16(end));
    json!({
        "startLine": line + 1,
        "startColumn": column + 1,
        "endLine": end_line + 1,
        "endColumn": end_column + 1,
        "byteOffset": start,
        "byteLength": end - start,
    })
}

/// A path as a relative reference, or as a `file:` address when it is absolute.
fn uri(file: &str) -> String {
    let mut uri = String::with_capacity(file.len());
    if file.starts_with('/') {
        uri.push_str("file://");
    }
    let path = file.strip_prefix("./").unwrap_or(file);
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        for (path, wanted) in [
            ("a/b.yaml", "a/b.yaml"),
            ("./a b.yaml", "a%20b.yaml"),
            ("/x/流.yaml", "file:///x/%E6%B5%81.yaml"),
            ("<stdin>", "%3Cstdin%3E"),
        ] {
            assert_eq!(uri(path), wanted);
        }
    }

    #[test]
    fn places_are_in_utf_16_and_in_bytes() {
        let text = "a: 1\nname: 𠀀工x\n";
        let at = text.find('x').unwrap();
        let source = Source::new("f", text);
        let region = region(Span::new(at, at + 1), &source);
        assert_eq!(
            (&region["startLine"], &region["startColumn"], &region["endColumn"]),
            (&json!(2), &json!(10), &json!(11))
        );
        assert_eq!((&region["byteOffset"], &region["byteLength"]), (&json!(at), &json!(1)));
    }
}
