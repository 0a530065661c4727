//! Every page has its words, and its examples show what they say.

use super::*;
use crate::workflow::{
    diagnostic::Severity,
    tests::{compiled, shown},
};

/// What stands around an example: each top-level key that the example does not have itself.
const AROUND: &[(&str, &str)] = &[
    ("dsl", "dsl: 1\n"),
    ("id", "id: example\n"),
    ("on", "on: {manual: {}}\n"),
    (
        "connections",
        "connections:\n  directory: {type: directory, ref: default}\n  wecom: {type: wecom, ref: wecom_main}\n",
    ),
    ("safety", "safety: {remove: {max: 20, max_percent: 5%}}\n"),
    (
        "mappings",
        "mappings:
  user:
    from: directory/user
    to: wecom/user
    match: [linked]
    fields:
      userid: {value: \"{{source.username}}\", write: create}
      name: \"{{source.name}}\"
      department: \"{{target_ids source.departments}}\"
",
    ),
    (
        "steps",
        "steps:
  - id: read
    name: {zh: 读取, en: Read}
    uses: directory/read
  - id: create_user
    name: {zh: 创建, en: Create}
    uses: wecom/create_user
    map: user
    foreach: {in: steps.read.outputs.users}
",
    ),
];

/// A second mapping, for examples that name it.
const DEPARTMENT: &str = "  department:
    from: directory/department
    to: wecom/department
    match: [linked]
    fields:
      name: \"{{source.name}}\"
      parentid: \"{{target_id source.parent}}\"
";

fn whole(example: &str) -> String {
    let has = |key: &str| {
        example.lines().any(|line| line.split(':').next() == Some(key) || (key == "on" && line.starts_with("true:")))
    };
    let mut text: String = AROUND.iter().filter(|(key, _)| !has(key)).map(|(_, text)| *text).collect();
    if example.contains("map: department") && !has("mappings") {
        text = text.replace("mappings:\n", &format!("mappings:\n{DEPARTMENT}"));
    }
    text.push_str(example);
    text
}

#[test]
fn every_code_has_a_page_and_every_page_its_words() {
    for row in codes::CODES {
        assert!(find(row.code).is_some(), "{} has no page", row.code);
    }
    let pages: Vec<&Page> = ALL.iter().copied().flatten().collect();
    assert!(pages.windows(2).all(|pair| pair[0].code < pair[1].code), "in order, each once");
    for page in pages {
        for text in [page.meaning, page.why, page.mend] {
            assert!(!text.zh.is_empty() && !text.en.is_empty(), "{}", page.code);
        }
        assert_ne!(page.wrong, page.right, "{}", page.code);
    }
    let listed: usize = groups().iter().map(|group| group.codes.len()).sum();
    assert_eq!(listed, codes::CODES.len(), "a code stands in no group");
}

#[test]
fn examples_show_what_they_say() {
    let mut wrong = String::new();
    let mut looked_at = 0;
    for page in ALL.iter().copied().flatten() {
        // A page may be written before its check.
        if codes::find(page.code).is_none() || page.judged == Judged::AtActivation {
            continue;
        }
        looked_at += 1;
        let text = whole(page.wrong);
        let outcome = compiled(&text);
        if !outcome.diagnostics.iter().any(|finding| finding.code == page.code) {
            wrong.push_str(&format!(
                "{}: the wrong example does not give it:\n{text}\n{}\n",
                page.code,
                shown(&text, &outcome)
            ));
        }
        let text = whole(page.right);
        let outcome = compiled(&text);
        let bad = |finding: &crate::workflow::diagnostic::Diagnostic| {
            finding.severity == Severity::Error || finding.code == page.code
        };
        if outcome.diagnostics.iter().any(bad) {
            wrong.push_str(&format!(
                "{}: the right example has findings:\n{text}\n{}\n",
                page.code,
                shown(&text, &outcome)
            ));
        }
    }
    assert!(looked_at >= 45);
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn codes_are_found_in_any_spelling() {
    assert_eq!(find("e0508").map(|page| page.code), Some("E0508"));
    assert!(find("E9999").is_none());
    for (typed, meant) in
        [("0508", "E0508"), ("E508", "E0508"), ("w0508", "E0508"), ("E0599", "E0509"), ("e05088", "E0508")]
    {
        assert!(similar(typed).is_some_and(|code| code == meant || typed == "E0599"), "{typed}: {:?}", similar(typed));
    }
    assert_eq!(similar("nonsense"), None);
}
