//! The name of a plan: SHA-256 of the workflow's content hash and the sorted changes. Times, counts and keys that idflow
//! picks are left out, so that the same change found again has the same name and an approval holds.

use std::collections::HashMap;

use idflow_sdk::{Field, KeyRule, Kind, Schema, Type, Value};
use sha2::{Digest, Sha256};

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

/// By what the digests of a plan's changes name source objects.
#[derive(Debug, Default)]
pub struct Names<'a> {
    /// Objects that the plan makes under keys that it picks, by kind and that key: the key of their source object.
    picked: HashMap<(Kind, &'a str), &'a str>,
    /// What stands for the key of a source object, by kind and key.
    labels: HashMap<(Kind, &'a str), String>,
}

impl<'a> Names<'a> {
    /// By their keys: what an approval of a single change binds to.
    #[must_use]
    pub fn of(rows: &'a [Row]) -> Self {
        let made = rows.iter().filter(|row| row.action == Action::Create);
        let picked = made.map(|row| ((row.kind, &*row.target), &*row.source)).collect();
        Self { picked, labels: HashMap::new() }
    }

    /// Where idflow has picked the key itself, by what people call the object and where it stands: the same data in another
    /// installation then makes a plan of the same name.
    #[must_use]
    pub fn without_picked(mut self, rows: &'a [Row], picked: impl Fn(&Row) -> bool) -> Self {
        for row in rows.iter().filter(|row| picked(row)) {
            let label = format!("{}\n{}", row.name, row.at.as_deref().unwrap_or_default());
            self.labels.entry((row.kind, &*row.source)).or_insert(label);
        }
        self
    }

    fn source<'n>(&'n self, kind: Kind, source: &'n str) -> &'n str {
        self.labels.get(&(kind, source)).map_or(source, String::as_str)
    }

    fn made<'n>(&'n self, kind: Kind, target: &str) -> Option<&'n str> {
        self.picked.get(&(kind, target)).map(|source| self.source(kind, source))
    }
}

/// The digest of one change, whether it is carried out or not: kind, action, both keys, and field by field what it writes,
/// with what was known before. Two plans hold the same change when they hold the same digest.
#[must_use]
pub fn change_digest(schema: &Schema, names: &Names<'_>, row: &Row) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut feed = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    feed(row.kind.as_str());
    feed(row.action.as_str());
    feed(names.source(row.kind, &row.source));
    let free = row.action == Action::Create && !matches!(schema.key, KeyRule::Natural(_));
    feed(if free { "" } else { &row.target });
    for (id, after) in row.set.iter() {
        feed(&schema.spec(id).name);
        feed(&row.before.get(id).map_or_else(|| "?".to_string(), |before| before.to_json().to_string()));
        feed(&stable(schema, names, id, after));
    }
    hash.finalize().into()
}

/// A value in which references to objects that are still to be made name their source.
fn stable(schema: &Schema, names: &Names<'_>, id: idflow_sdk::FieldId, field: &Field) -> String {
    let kind = match schema.spec(id).ty {
        Type::Ref(kind) | Type::Refs { kind, .. } => kind,
        Type::Members => Kind::Department,
        _ => return field.to_json().to_string(),
    };
    let name = |value: &Value| {
        let key = value.to_key().unwrap_or_default();
        names.made(kind, &key).map_or_else(|| value.clone(), |source| Value::text(format!("new:{source}")))
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
