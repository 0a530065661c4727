//! Objects of a test file as records of their system. Pure.
//!
//! A field that the system does not have, or a value of another type, is told with its place; so is a key that the system
//! could not have given.

use std::collections::BTreeSet;

use idflow_sdk::{Access, Field, FieldId, FieldSpec, KeyRule, Record, Schema, Type, Value};
use serde_json::{Map, Value as Json};

use super::test_file::{self, wrong};
use crate::app::AppError;

/// An object of a test file.
#[derive(Debug)]
pub struct Object {
    /// Its key.
    pub key: Box<str>,
    /// The fields that are written; what the system derives is left out. A list that is left out is an empty one.
    pub record: Record,
}

/// The objects of one kind.
///
/// # Errors
/// What does not fit the schema, with its place.
pub fn read(file: &str, schema: &Schema, objects: &[test_file::Object]) -> Result<Vec<Object>, AppError> {
    let mut keys = BTreeSet::new();
    objects
        .iter()
        .map(|object| {
            let fail = |message: String| wrong(file, object.defined, message);
            let one = one(schema, &object.value).map_err(fail)?;
            if !keys.insert(one.key.clone()) {
                return Err(fail(format!("there are two objects of the key `{}`", one.key)));
            }
            Ok(one)
        })
        .collect()
}

fn one(schema: &Schema, written: &Map<String, Json>) -> Result<Object, String> {
    let kind = schema.kind.as_str();
    let key: Box<str> = match written.get("key") {
        Some(Json::String(text)) if !text.is_empty() => text.as_str().into(),
        Some(Json::Number(number)) => number.to_string().into(),
        _ => return Err(format!("this {kind} has no `key`")),
    };
    if schema.numeric_keys && key.parse::<u32>().is_err() {
        return Err(format!("the key of a {} {kind} is a number, not `{key}`", schema.connector));
    }
    let mut record = Record::new();
    for (name, json) in written.iter().filter(|(name, _)| *name != "key") {
        let Some(id) = schema.field(name) else {
            let names: Vec<&str> = schema.fields.iter().map(|spec| &*spec.name).collect();
            return Err(format!("a {} {kind} has no field `{name}`; fields: {}", schema.connector, names.join(", ")));
        };
        let spec = schema.spec(id);
        let field = Value::from_json(json).map_err(|message| format!("`{name}` of `{key}`: {message}"))?;
        if let Some(value) = field.value()
            && let Some(wanted) = misfit(spec, value)
        {
            return Err(format!("`{name}` of `{key}` is {json}; {wanted} is expected"));
        }
        if spec.access != Access::ReadOnly {
            record.set(id, field);
        }
    }
    for (place, spec) in schema.fields.iter().enumerate() {
        let list = matches!(spec.ty, Type::Refs { .. } | Type::Flags { .. } | Type::Members { .. });
        if let (true, Ok(id)) = (list, FieldId::try_from(place))
            && record.get(id).is_none()
        {
            record.set(id, Field::Value(Value::list([])));
        }
    }
    if let KeyRule::Natural(name) = schema.key
        && let Some(id) = schema.field(name)
    {
        match record.text(id) {
            None => record.set(id, Field::Value(Value::text(key.clone()))),
            Some(text) if text == &*key => {}
            Some(text) => return Err(format!("`{name}` is `{text}` and `key` is `{key}`; they are the same thing")),
        }
    }
    Ok(Object { key, record })
}

/// What the type of a field wants, when the value is something else.
fn misfit(spec: &FieldSpec, value: &Value) -> Option<String> {
    let all = |fits: fn(&Value) -> bool| value.as_list().is_some_and(|items| items.iter().all(fits));
    let (fits, wanted) = match spec.ty {
        Type::Text | Type::Caseless | Type::Email | Type::Phone | Type::Id | Type::Path => {
            (value.as_text().is_some(), "text (in quotes, if it looks like a number)".to_string())
        }
        Type::Int { .. } => (value.as_int().is_some(), "a whole number".into()),
        Type::Bool => (value.as_bool().is_some(), "true or false".into()),
        Type::Enum(words) => {
            (value.as_text().is_some_and(|text| words.contains(&text)), format!("one of {}", words.join(", ")))
        }
        Type::Ref(_) => (value.to_key().is_some(), "a key".into()),
        Type::Refs { .. } => (all(|item| item.to_key().is_some()), "a list of keys".into()),
        Type::Flags { .. } => (all(|item| item.as_bool().is_some()), "a list of true and false".into()),
        Type::Texts => (all(|item| item.as_text().is_some()), "a list of texts".into()),
        Type::Members { .. } => {
            let member = |item: &Value| item.entry("department").and_then(Value::to_key).is_some();
            (all(member), "a list such as [{department: d1, leader: true}]".into())
        }
        Type::Custom => (matches!(value, Value::Map(_)), "a map".into()),
    };
    (!fits).then_some(wanted)
}

/// What was last written, as far as the mapping names it: what the target holds.
pub fn last_written(object: Option<&Object>, fields: impl Iterator<Item = FieldId>) -> Record {
    let Some(object) = object else { return Record::new() };
    fields.map(|id| (id, object.record.get(id).cloned().unwrap_or(Field::Empty))).collect()
}
