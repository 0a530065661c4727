use serde_json::json;

use super::*;

fn path(text: &str) -> Vec<Segment> {
    let segment = |part: &str| part.parse().map_or_else(|_| Segment::Key(part.into()), Segment::Item);
    text.split('.').filter(|part| !part.is_empty()).map(segment).collect()
}

fn set(text: &str, at: &str, value: Value) -> String {
    change(text, &path(at), &Change::Set(value)).unwrap_or_else(|wrong| panic!("{at}: {wrong:?}"))
}

#[test]
fn a_value_changes_and_the_rest_stays() {
    let text = "# top\na: 1 # one\nb: {c: x, d: \"y\"}\nl:\n  - id: p\n    n: 1\n  # between\n  - id: q\n";
    assert_eq!(set(text, "a", json!(2)), text.replace("a: 1", "a: 2"));
    assert_eq!(set(text, "b.d", json!("z: w")), text.replace("\"y\"", "\"z: w\""));
    assert_eq!(set(text, "b.e", json!(["k"])), text.replace("\"y\"}", "\"y\", e: [k]}"));
    assert_eq!(set(text, "l.q.num", json!("true")), text.replace("id: q\n", "id: q\n    num: \"true\"\n"));
    assert_eq!(set(text, "l.p.n", json!(null)), text.replace("n: 1", "n: null"));
    assert_eq!(
        set(text, "l.p", json!({"id": "p", "m": 2})),
        text.replace("    n: 1\n", "    m: 2\n"),
        "a map is changed key by key"
    );
}

#[test]
fn missing_places_are_made() {
    assert_eq!(set("", "a.b", json!(1)), "a: {b: 1}\n");
    assert_eq!(set("on:\n", "on.schedule.0.cron", json!("0 2 * * *")), "on: {schedule: [{cron: \"0 2 * * *\"}]}\n");
    assert_eq!(set("on:\n  manual: {}\nz: 1\n", "on.x.w", json!("k")), "on:\n  manual: {}\n  x: {w: k}\nz: 1\n");
    assert_eq!(set("on:\r\n  a: 1\r\n", "on.b", json!(2)), "on:\r\n  a: 1\r\n  b: 2\r\n");
    let text = change("s:\n  - id: a\n", &path("s.1"), &Change::Insert(json!({"id": "b", "uses": "x/y"})));
    assert_eq!(text.as_deref(), Ok("s:\n  - id: a\n  - {id: b, uses: x/y}\n"));
}

#[test]
fn entries_go_and_move() {
    let text = "s:\n  - id: a # A\n    x: 1\n  - id: b\n    y: 2\n";
    let done = |at: &str, what: Change| change(text, &path(at), &what);
    assert_eq!(done("s.a.x", Change::Remove).as_deref(), Ok("s:\n  - id: a # A\n  - id: b\n    y: 2\n"));
    assert_eq!(done("s.a.id", Change::Remove).as_deref(), Ok("s:\n  - x: 1\n  - id: b\n    y: 2\n"));
    assert_eq!(done("s.a", Change::Remove).as_deref(), Ok("s:\n  - id: b\n    y: 2\n"));
    assert_eq!(done("s.b", Change::Move(0)).as_deref(), Ok("s:\n  - id: b\n    y: 2\n  - id: a # A\n    x: 1\n"));
    assert_eq!(done("s", Change::Rename("steps".into())).as_deref(), Ok(text.replace("s:\n", "steps:\n").as_str()));
    assert_eq!(done("s.c", Change::Remove), Err(Wrong::NoPlace(1)));
}

#[test]
fn what_stands_elsewhere_is_left_alone() {
    let text = "x: &x {y: 1}\na: *x\nb: 2\n";
    assert_eq!(change(text, &path("a.y"), &Change::Set(json!(3))), Err(Wrong::NotPossible));
    assert_eq!(set(text, "b", json!(3)), text.replace("b: 2", "b: 3"));
    assert_eq!(change("a: {{b}}\n", &path("a"), &Change::Set(json!(1))), Err(Wrong::Unreadable));
}

proptest::proptest! {
    #[test]
    fn a_value_reads_back_as_it_was(text in "\\PC{0,20}|[ -~\n]{0,30}|[0-9.+-]{1,6}") {
        for file in ["k: v # note\nz: 1\n", "k: {a: 1}\n", "- k: 1\n", "k:\n  a: 1\n", "k: \"q\"\n", "k: |\n  a\n  b\nz: 1\n"] {
            let at = if file.starts_with('-') { "0.k" } else { "k" };
            for value in [json!(text), json!({text.as_str(): 1}), json!([text, {"x": {"y": text}}])] {
                let done = change(file, &path(at), &Change::Set(value.clone()));
                proptest::prop_assert!(done.is_ok(), "{:?} in {:?}: {:?}", value, file, done);
            }
        }
    }
}
