use super::*;
use crate::workflow::tests::compiled;

#[test]
fn every_key_has_its_row() {
    assert_eq!(
        include_str!("../keys.rs").matches("\nkeys!(").count(),
        keys::ALL.len(),
        "a sort of map is missing in keys::ALL"
    );
    for keys in keys::ALL {
        for key in keys.known {
            let row = find(keys.id, key).unwrap_or_else(|| panic!("`{key}` in `{}` has no row", keys.id));
            assert!(!row.doc.zh.is_empty() && !row.doc.en.is_empty());
        }
    }
    for (place, row) in ROWS.iter().enumerate() {
        let twin = ROWS[..place].iter().any(|other| other.place == row.place && other.key == row.key);
        assert!(!twin, "{}.{} occurs twice", row.place, row.key);
    }
}

#[test]
fn names_are_those_that_the_compiler_knows() {
    use crate::workflow::scope;
    assert!(ROOTS.iter().map(|row| row.0).eq(scope::ROOTS.iter().copied()));
    assert!(RUN.iter().map(|row| row.0).eq(scope::RUN.iter().map(|row| row.0)));
}

/// What the compiler says when a word that cannot be right stands there.
#[test]
fn words_are_those_that_the_compiler_takes() {
    let frame = |text: &str| format!("id: x\n{text}\n");
    let mapped =
        |key: &str| frame(&format!("mappings: {{m: {{from: a/b, to: a/b, fields: {{f: {{value: x, {key}: ???}}}}}}}}"));
    let step = |inside: &str| frame(&format!("steps: [{{id: s, uses: a/b, {inside}}}]"));
    let texts = |place: &str, key: &str| match place {
        "input" => frame(&format!("on: {{manual: {{inputs: {{i: {{{key}: ???}}}}}}}}")),
        "schedule" => frame(&format!("on: {{schedule: {{cron: x, {key}: ???}}}}")),
        "concurrency" | "safety" | "requires" => frame(&format!("{place}: {{{key}: ???}}")),
        "retry" => frame(&format!("defaults: {{retry: {{{key}: ???}}}}")),
        "field" => mapped(key),
        "mapping" => frame(&format!("mappings: {{m: {{from: a/b, to: a/b, {key}: ???, fields: {{f: x}}}}}}")),
        "proposal" => {
            frame(&format!("mappings: {{m: {{from: a/b, to: a/b, propose: [{{{key}: ???}}], fields: {{f: x}}}}}}"))
        }
        "step" => step(&format!("{key}: ???")),
        "webhook" => frame(&format!("on: {{webhook: {{path: x, {key}: ???}}}}")),
        "after" => frame(&format!("on: {{after: {{workflow: y, {key}: ???}}}}")),
        "foreach" | "approval" => step(&format!("{place}: {{{key}: ???}}")),
        other => panic!("where does `{other}` stand?"),
    };
    for row in ROWS {
        let (Shape::Words(words) | Shape::WordList(words)) = row.shape else { continue };
        // Keys that are not there yet have no words yet.
        if !keys_of(row.place).is_some_and(|keys| keys.known.contains(&row.key)) {
            continue;
        }
        let text = texts(row.place, row.key);
        let outcome = compiled(&text);
        let wanted = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let told = outcome
            .diagnostics
            .iter()
            .any(|finding| finding.code == "E0203" && finding.message.en == format!("only {wanted} can stand here"));
        let all: Vec<_> = outcome.diagnostics.iter().map(|finding| &finding.message.en).collect();
        assert!(told, "{}.{}: {wanted}; {all:?}", row.place, row.key);
    }
}
