//! The name of a plan: SHA-256 of the workflow's content hash and the sorted changes. Times, counts and keys that idflow
//! picks are left out, so that the same change found again has the same name and an approval holds.

use std::{borrow::Cow, collections::HashMap};

use idflow_sdk::{Field, KeyRule, Kind, Schema, Type, Value};
use sha2::{Digest, Sha256};

use super::Known;
use crate::model::change::{Action, Row};

/// The hash of a plan, as `sha256:` and hex.
#[must_use]
pub fn plan_hash(content: &str, mut changes: Vec<[u8; 32]>) -> String {
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

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What names a source object in a plan: its key; or, where idflow has picked that itself, what people call it and where it
/// stands. The same data in another installation then makes a plan of the same name.
fn label<'r>(source: &Schema, row: &'r Row) -> Cow<'r, str> {
    if matches!(source.key, KeyRule::Ulid) {
        Cow::Owned(format!("{}\n{}", row.name, row.at.as_deref().unwrap_or_default()))
    } else {
        Cow::Borrowed(&row.source)
    }
}

/// The names of source objects that others may refer to before they are made.
#[derive(Debug, Default)]
pub struct Labels(HashMap<(Kind, Box<str>), Box<str>>);

impl Labels {
    /// Takes in what a row makes.
    pub fn learn(&mut self, source: &Schema, row: &Row) {
        if row.action == Action::Create && matches!(source.key, KeyRule::Ulid) {
            self.0.insert((row.kind, row.source.clone()), label(source, row).into());
        }
    }

    fn of<'l>(&'l self, kind: Kind, source: &'l str) -> &'l str {
        self.0.get(&(kind, source.into())).map_or(source, |label| label)
    }
}

/// The digest of one change; `None` for rows that write nothing.
#[must_use]
pub fn change_digest(source: &Schema, schema: &Schema, known: &Known, labels: &Labels, row: &Row) -> Option<[u8; 32]> {
    if !row.writes() {
        return None;
    }
    let mut hash = Sha256::new();
    let mut feed = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    feed(row.kind.as_str());
    feed(row.action.as_str());
    feed(&label(source, row));
    let picked = row.action == Action::Create && !matches!(schema.key, KeyRule::Natural(_));
    feed(if picked { "" } else { &row.target });
    for (id, after) in row.set.iter() {
        feed(&schema.spec(id).name);
        feed(&row.before.get(id).map_or_else(|| "?".to_string(), |before| before.to_json().to_string()));
        feed(&stable(schema, known, labels, id, after));
    }
    Some(hash.finalize().into())
}

/// A value in which references to objects that are still to be made name their source.
fn stable(schema: &Schema, known: &Known, labels: &Labels, id: idflow_sdk::FieldId, field: &Field) -> String {
    let kind = match schema.spec(id).ty {
        Type::Ref(kind) | Type::Refs { kind, .. } => kind,
        Type::Members => Kind::Department,
        _ => return field.to_json().to_string(),
    };
    let name = |value: &Value| {
        let key = value.to_key().unwrap_or_default();
        known
            .picked(kind, &key)
            .map_or_else(|| value.clone(), |source| Value::text(format!("new:{}", labels.of(kind, source))))
    };
    let Some(value) = field.value() else { return "null".into() };
    let stable =
        match value {
            Value::List(items) => Value::list(items.iter().map(|item| match item {
                Value::Map(entries) => Value::map(entries.iter().map(|(key, value)| {
                    (key.clone(), if &**key == "department" { name(value) } else { value.clone() })
                })),
                other => name(other),
            })),
            other => name(other),
        };
    stable.to_json().to_string()
}
