//! The name of a plan: SHA-256 of the workflow's content hash and the sorted changes. Times, counts and keys that idflow
//! picks are left out, so that the same change found again has the same name and an approval holds.

use std::{borrow::Cow, collections::HashMap};

use idflow_sdk::{KeyRule, Kind, Schema};
use sha2::{Digest, Sha256};

use crate::{
    model::{
        cells::{FieldRef, ValueRef},
        change::{Action, Row},
        hex::hex,
    },
    workflow::compiled::Workflow,
};

/// The hash of a plan, as `sha256:` and hex. `most`: so many changes may come.
#[must_use]
pub fn plan_hash(content: &str, most: usize, found: impl Iterator<Item = [u8; 32]>) -> String {
    // All at once: growing would hold half of them twice.
    let mut changes = Vec::with_capacity(most);
    changes.extend(found);
    changes.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(content.as_bytes());
    for change in &changes {
        hash.update(change);
    }
    format!("sha256:{}", hex(&hash.finalize()))
}

/// The digest of what a person decided about an object of the source: a plan that follows it is not the plan without it.
#[must_use]
pub fn decision_digest(kind: Kind, source: &str, choice: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in ["decision", kind.as_str(), source, choice] {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().into()
}

/// By what the digests of a plan's changes name source objects. There may be hundreds of thousands: what a row says is not kept
/// beside it.
#[derive(Debug, Default)]
pub struct Names<'a> {
    /// Objects that the plan makes under keys that it picks, by kind and that key: their rows.
    picked: HashMap<(Kind, &'a str), &'a Row>,
    /// Source objects for whose keys their labels stand, by kind and key: the first row of each.
    labels: HashMap<(Kind, &'a str), &'a Row>,
}

/// What people call an object and where it stands.
fn label(row: &Row) -> String {
    format!("{}\n{}", row.name, row.at.as_deref().unwrap_or_default())
}

impl<'a> Names<'a> {
    /// By their keys: what an approval of a single change binds to.
    #[must_use]
    pub fn of(rows: &'a [Row]) -> Self {
        let made = rows.iter().filter(|row| row.action == Action::Create);
        // Growing would hold half of them twice.
        let mut picked = HashMap::with_capacity(made.clone().count());
        picked.extend(made.map(|row| ((row.kind, &*row.target), row)));
        Self { picked, labels: HashMap::new() }
    }

    /// Where idflow has picked the key itself, by what people call the object and where it stands: the same data in another
    /// installation then makes a plan of the same name.
    #[must_use]
    pub fn without_picked(mut self, rows: &'a [Row], picked: impl Fn(&Row) -> bool) -> Self {
        let labelled = rows.iter().filter(|row| picked(row));
        self.labels.reserve(labelled.clone().count());
        for row in labelled {
            self.labels.entry((row.kind, &*row.source)).or_insert(row);
        }
        self
    }

    fn source<'n>(&'n self, kind: Kind, source: &'n str) -> Cow<'n, str> {
        match self.labels.get(&(kind, source)) {
            Some(row) => Cow::Owned(label(row)),
            None => Cow::Borrowed(source),
        }
    }

    fn makes(&self, kind: Kind, target: &str) -> bool {
        self.picked.contains_key(&(kind, target))
    }

    fn made<'n>(&'n self, kind: Kind, target: &str) -> Option<Cow<'n, str>> {
        self.picked.get(&(kind, target)).map(|row| self.source(kind, &row.source))
    }
}

/// The digest of one change, whether it is carried out or not: kind, action, both keys, and field by field what it writes,
/// with what was known before. Two plans hold the same change when they hold the same digest.
#[must_use]
pub fn change_digest(schema: &Schema, names: &Names<'_>, row: &Row) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut text = Vec::new();
    let mut feed = |text: &[u8]| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    feed(row.kind.as_str().as_bytes());
    feed(row.action.as_str().as_bytes());
    feed(names.source(row.kind, &row.source).as_bytes());
    // Also of what is added to an object that the plan makes.
    let makes = row.action == Action::Create || names.makes(row.kind, &row.target);
    let free = makes && !matches!(schema.key, KeyRule::Natural(_));
    feed(if free { "" } else { &row.target }.as_bytes());
    for (id, after) in row.set.refs() {
        feed(schema.spec(id).name.as_bytes());
        text.clear();
        match row.before.get_ref(id) {
            Some(before) => write_field(&mut text, &before, &|_| None),
            None => text.push(b'?'),
        }
        feed(&text);
        text.clear();
        match schema.spec(id).ty.refers_to() {
            // References to objects that are still to be made name their source.
            Some(kind) => write_field(&mut text, &after, &|key| names.made(kind, key)),
            None => write_field(&mut text, &after, &|_| None),
        }
        feed(&text);
    }
    hash.finalize().into()
}

/// A field as JSON. `made` gives what a key stands for when it is that of an object that is still to be made.
fn write_field<'n>(text: &mut Vec<u8>, field: &FieldRef<'_>, made: &impl Fn(&str) -> Option<Cow<'n, str>>) {
    match field {
        FieldRef::Empty => text.extend_from_slice(b"null"),
        FieldRef::Value(ValueRef::List(items)) => write_list(text, items, |text, item| match item {
            // Only what stands under `department` is a key.
            ValueRef::Map(entries) => write_map(text, entries, |text, name, value| {
                if name == "department" { write_key(text, value, made) } else { write_value(text, value) }
            }),
            other => write_key(text, other, made),
        }),
        FieldRef::Value(value) => write_key(text, value, made),
    }
}

fn write_list(text: &mut Vec<u8>, items: &[ValueRef<'_>], write: impl Fn(&mut Vec<u8>, &ValueRef<'_>)) {
    text.push(b'[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        write(text, item);
    }
    text.push(b']');
}

fn write_map(text: &mut Vec<u8>, entries: &[(&str, ValueRef<'_>)], write: impl Fn(&mut Vec<u8>, &str, &ValueRef<'_>)) {
    text.push(b'{');
    for (place, (name, value)) in entries.iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        write_text(text, name);
        text.push(b':');
        write(text, name, value);
    }
    text.push(b'}');
}

fn write_key<'n>(text: &mut Vec<u8>, value: &ValueRef<'_>, made: &impl Fn(&str) -> Option<Cow<'n, str>>) {
    let source = match value {
        ValueRef::Text(key) => made(key),
        ValueRef::Int(number) => made(&number.to_string()),
        // What is no key was once looked up by the empty one.
        _ => made(""),
    };
    match source {
        Some(source) => write_text(text, &format!("new:{source}")),
        None => write_value(text, value),
    }
}

fn write_value(text: &mut Vec<u8>, value: &ValueRef<'_>) {
    match value {
        ValueRef::Text(written) => write_text(text, written),
        ValueRef::Bool(flag) => text.extend_from_slice(if *flag { b"true" } else { b"false" }),
        ValueRef::Int(number) => text.extend_from_slice(number.to_string().as_bytes()),
        ValueRef::List(items) => write_list(text, items, write_value),
        ValueRef::Map(entries) => write_map(text, entries, |text, _, value| write_value(text, value)),
    }
}

fn write_text(text: &mut Vec<u8>, written: &str) {
    // Writing to memory does not fail.
    drop(serde_json::to_writer(text, written));
}

/// What each row of a plan does, as a digest; `None` for rows of steps that are not there.
#[must_use]
pub fn row_digests(workflow: &Workflow, rows: &[Row]) -> Vec<Option<[u8; 32]>> {
    let names = Names::of(rows);
    rows.iter().map(|row| row_digest(workflow, &names, row)).collect()
}

/// The same of one row.
#[must_use]
pub fn row_digest(workflow: &Workflow, names: &Names<'_>, row: &Row) -> Option<[u8; 32]> {
    let schema = workflow.steps.get(usize::from(row.step))?.schema(row.kind)?;
    Some(change_digest(schema, names, row))
}

#[cfg(test)]
mod tests {
    use idflow_sdk::{Field, Value};

    use super::*;
    use crate::model::cells::Cells;

    #[test]
    fn a_key_that_was_picked_is_named_by_its_label() {
        let row = |source: &str, target: &str| Row {
            name: "陈静".into(),
            at: Some("/研发部".into()),
            action: Action::Create,
            ..Row::new(0, Kind::User, source.into(), target.into())
        };
        let rows = [row("01", "chen.jing"), row("02", "li.na")];
        let names = Names::of(&rows).without_picked(&rows, |row| &*row.source == "01");
        assert_eq!(names.made(Kind::User, "chen.jing").as_deref(), Some("陈静\n/研发部"));
        assert_eq!(names.made(Kind::User, "li.na").as_deref(), Some("02"));
        assert_eq!(names.made(Kind::User, "01"), None);
        assert_eq!(names.source(Kind::User, "01"), "陈静\n/研发部");
        assert!(names.makes(Kind::User, "li.na") && !names.makes(Kind::Department, "li.na"));
    }

    #[test]
    fn references_to_what_is_made_name_their_source() {
        let member = |key: &str, leader: bool| {
            Value::map([("department".into(), Value::text(key)), ("leader".into(), Value::Bool(leader))])
        };
        let made = |key: &str| (key == "d1").then_some(Cow::Borrowed("S\"1"));
        let text = |value: Value| {
            let mut text = Vec::new();
            let cells = Cells::from_iter([(0, Field::Value(value))]);
            write_field(&mut text, &cells.get_ref(0).unwrap(), &made);
            String::from_utf8(text).unwrap()
        };
        assert_eq!(text(Value::text("d1")), r#""new:S\"1""#);
        assert_eq!(text(Value::text("d2")), r#""d2""#);
        assert_eq!(
            text(Value::list([member("d1", true), member("d2", false)])),
            r#"[{"department":"new:S\"1","leader":true},{"department":"d2","leader":false}]"#
        );
        assert_eq!(text(Value::list([Value::text("d1"), Value::Int(7)])), r#"["new:S\"1",7]"#);
        let named = Value::map([("b".into(), Value::text("d1")), ("a".into(), Value::Int(1))]);
        assert_eq!(text(named), r#"{"a":1,"b":"d1"}"#);
        // What is no reference is the JSON of the value.
        let deep = Value::map([
            (
                "list".into(),
                Value::list([Value::Bool(true), Value::Int(-7), Value::list([Value::text("\u{1}\\\"名")])]),
            ),
            ("map".into(), Value::map([("x".into(), Value::Bool(false))])),
        ]);
        assert_eq!(text(deep.clone()), deep.to_json().to_string());
    }
}
