use super::*;

fn path(path: &[Segment]) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Key(key) => key.clone(),
            Segment::Item(number) => number.to_string(),
        })
        .collect::<Vec<_>>()
        .join(".")
}

#[test]
fn facts_have_their_paths() {
    let text = "id: x # one\non:\n  schedule:\n  - {cron: \"0 2 * * *\", timezone: Asia/Shanghai}\nsteps:\n- id: a\n  needs: [b,\n    c]\n  \
                with: {users: {where: 'user.name == \"x\"'}, text: |\n  - id: b\n    markdown: |\n      hi: there\n\n      you\n    map: user\n";
    let text = text
        .replace(", text: |\n  - id: b\n    markdown", "}\n- id: b\n  name: {zh: 读, en: R}\n  markdown")
        .replace("    map", "  map");
    let sketch = Sketch::new(&text);
    let facts: Vec<String> =
        sketch.facts.iter().map(|fact| format!("{}={}", path(&fact.path), fact.text.trim())).collect();
    for wanted in [
        "id=x",
        "on.schedule.0.cron=0 2 * * *",
        "on.schedule.0.timezone=Asia/Shanghai",
        "steps.0.id=a",
        "steps.0.needs.0=b",
        "steps.0.needs.1=c",
        "steps.0.with.users.where=user.name == \"x\"",
        "steps.1.id=b",
        "steps.1.name.zh=读",
        "steps.1.map=user",
    ] {
        assert!(facts.contains(&wanted.to_string()), "{wanted}\n{facts:#?}");
    }
    assert!(!facts.iter().any(|fact| fact.contains("hi") && !fact.starts_with("steps.1.markdown")), "{facts:#?}");
}

#[test]
fn the_end_is_known() {
    for (text, wanted) in [
        ("", "Either "),
        ("ti", "Either "),
        ("dsl: 1\n", "Either "),
        ("timeout: ", "Value timeout"),
        ("timeout: 3", "Value timeout"),
        ("timeout: 3h # ", "Nothing timeout"),
        ("on:\n  ", "Either on"),
        ("on:\n  schedule:\n    - ", "Either on.schedule.0"),
        ("on:\n  schedule:\n    - cron: x\n      ", "Either on.schedule.0"),
        ("on:\n  schedule:\n    - {cron: x, ", "Key on.schedule.0"),
        ("on:\n  schedule:\n    - {cron: x, time", "Key on.schedule.0"),
        ("on:\n  schedule:\n    - {cron: x, timezone: Asia/", "Value on.schedule.0.timezone"),
        ("steps:\n  - id: a\n    uses: directory/read\n    ", "Either steps.0"),
        ("steps:\n  - id: a\n    uses: directory/read\n  ", "Either steps"),
        ("steps:\n  - id: a\n    uses: directory/read\n  - us", "Either steps.1"),
        ("steps:\n- id: a\n- id: b\n  needs: [a, ", "Value steps.1.needs.1"),
        ("steps:\n- id: a\n- id: b\n  needs:\n  - ", "Either steps.1.needs.0"),
        ("m:\n  user:\n    fields:\n      name: \"{{source.", "Value m.user.fields.name"),
        ("m: {user: {fields: {name: \"{{so", "Value m.user.fields.name"),
        // What is broken above must not matter below.
        ("connections: {a: {type: x\nsteps:\n  - id: a\n    map: ", "Value steps.0.map"),
        ("name: \"open\nsteps:\n  - id: a\n    map: ", "Value steps.0.map"),
        ("ste ps\nsteps:\n  - id: a\n    map: ", "Value steps.0.map"),
        ("text: |\n  a: b\n  ", "Value text"),
        ("text: |\n  a: b\n", "Either "),
    ] {
        let sketch = Sketch::new(text);
        assert_eq!(format!("{:?} {}", sketch.end.role, path(&sketch.end.path)), wanted, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_has_an_end(text in "[ \\n\\-:{}\\[\\],\"'#|>&*a-c你🙂\\t\\\\]{0,80}") {
        let sketch = Sketch::new(&text);
        for fact in &sketch.facts {
            proptest::prop_assert!(text.get(fact.value.range()).is_some(), "{:?}", fact);
            proptest::prop_assert!(text.get(fact.key.range()).is_some(), "{:?}", fact);
        }
        proptest::prop_assert!(sketch.end.start <= text.len());
    }
}
