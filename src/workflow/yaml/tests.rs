use super::*;
use crate::workflow::diagnostic::Source;

fn tree(text: &str) -> Node {
    let mut findings = Vec::new();
    let node = read(text, &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    node.unwrap()
}

/// Code and underlined text of every finding.
fn findings(text: &str) -> Vec<(&'static str, String)> {
    let mut findings = Vec::new();
    read(text, &mut findings);
    let source = Source::new("t", text);
    findings.iter().map(|finding| (finding.code, source.slice(finding.span).to_string())).collect()
}

#[test]
fn nodes_know_their_bytes() {
    let text = "a: 1\nlist: [x, 'y z']\nmap:\n  k: {p: q}\n  l: end   # why\nempty:\nlast: |\n  one\n  two\n";
    let root = tree(text);
    let at = |key: &str| {
        let node = root.get(key).unwrap();
        &text[node.span.range()]
    };
    assert_eq!(at("a"), "1");
    assert_eq!(at("list"), "[x, 'y z']");
    assert_eq!(at("map"), "k: {p: q}\n  l: end");
    assert_eq!(&text[root.get("map").unwrap().get("k").unwrap().span.range()], "{p: q}");
    assert_eq!(at("empty"), "");
    assert!(root.get("empty").unwrap().is_null());
    assert_eq!(root.get("last").unwrap().text(), Some("one\ntwo\n"));
    assert_eq!(&text[root.get("list").unwrap().list().unwrap()[1].span.range()], "'y z'");
    let entry = &root.map().unwrap()[2];
    assert_eq!(&text[entry.key_span.range()], "map");
}

#[test]
fn scalars_follow_yaml_1_2() {
    for (written, meant) in [
        ("yes", Plain::Text("yes")),
        ("on", Plain::Text("on")),
        ("true", Plain::Bool(true)),
        ("\"true\"", Plain::Text("true")),
        ("12", Plain::Int(12)),
        ("-3", Plain::Int(-3)),
        ("1.5", Plain::Float(1.5)),
        ("0140", Plain::Text("0140")),
        ("5%", Plain::Text("5%")),
        ("~", Plain::Null),
        ("99999999999999999999", Plain::Text("99999999999999999999")),
    ] {
        assert_eq!(tree(&format!("v: {written}")).get("v").unwrap().scalar(), Some(meant), "{written}");
    }
}

#[test]
fn parts_of_scalars_are_found_again() {
    for (written, part) in [
        ("plain source.mobil x", "source.mobil"),
        ("\"{{source.mobil}}\"", "source.mobil"),
        ("'it''s source.mobil'", "source.mobil"),
        ("\"a\\t\\u4e2d source.mobil\"", "source.mobil"),
        ("\"折\\\"叠 source.mobil\"", "source.mobil"),
        ("\"one\n   two source.mobil\"", "source.mobil"),
        ("|\n  first\n    second source.mobil\n", "source.mobil"),
        (">-\n  first\n  second source.mobil\n", "source.mobil"),
    ] {
        let text = format!("v: {written}");
        let root = tree(&text);
        let node = root.get("v").unwrap();
        let value = node.text().unwrap();
        let start = value.find(part).unwrap();
        let span = node.place(&text, start..start + part.len());
        assert_eq!(&text[span.range()], part, "{text}");
    }
}

#[test]
fn faults_are_underlined() {
    for (text, code, under) in [
        ("a: 1\nb: 2\na: 3\n", "E0103", "a"),
        ("m:\n  name: {{source.name}}\n", "E0102", "{{source.name}}"),
        ("m: {value: {{source.name}}, x: 1}\n", "E0102", "{{source.name}}"),
        ("m:\n  name: {{source.a}} {{source.b}}\n", "E0102", "{{source.a}} {{source.b}}"),
        ("m:\n  name: {{eq source.status 'active'}}\n  k: v\n", "E0102", "{{eq source.status 'active'}}"),
        ("a: [1, 2\n", "E0101", "["),
        ("a: *x\n", "E0101", "*x"),
        ("a: 1\n---\nb: 2\n", "E0101", "---"),
        ("? [a]\n: b\n", "E0101", "[a]"),
    ] {
        assert_eq!(findings(text), [(code, under.to_string())], "{text}");
    }
    assert_eq!(findings("a:\n\tb: 1\n")[0].0, "E0101");
    assert_eq!(findings("a: \"open\n")[0].0, "E0101");
}

#[test]
fn small_files_cannot_become_big_ones() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    assert_eq!(findings(&bomb)[0].0, "E0106");
    assert_eq!(findings(&"[".repeat(10_000))[0].0, "E0106");
    assert_eq!(findings(&"- ".repeat(10_000))[0].0, "E0106");
    assert_eq!(findings(&"x".repeat(MAX_BYTES + 1))[0].0, "E0106");
    assert_eq!(findings("a: &a [*a]\n")[0].0, "E0101");
}
