//! Values that people type, as fields of the directory. A value is understood whole or refused, and the field is named.

use idflow_sdk::{Access, Field, FieldId, Kind, Record, Schema, Type, Value, text};
use serde_json::Value as Json;

use super::tree::Tree;
use crate::app::AppError;

/// The most characters that the name of a field of one's own has.
const MOST_NAME: usize = 64;

fn wrong(name: &str, zh: &str, en: &str) -> AppError {
    let what = crate::contract::problem::Text { zh: zh.into(), en: en.into() };
    AppError::invalid("directory_value_wrong").arg("field", name).words("what", what).field(name)
}

/// The fields that somebody wants to set. Departments are named by id or by path.
///
/// # Errors
/// A field that there is not, one that nobody writes, a value of another type.
pub fn fields(schema: &Schema, given: &serde_json::Map<String, Json>, tree: &Tree) -> Result<Record, AppError> {
    let mut record = Record::default();
    for (name, json) in given {
        let Some(id) = schema.field(name) else {
            return Err(AppError::invalid("directory_field_unknown").arg("field", name).field(name.clone()));
        };
        if schema.spec(id).access == Access::ReadOnly {
            return Err(AppError::invalid("directory_field_read_only").arg("field", name).field(name.clone()));
        }
        record.set(id, field(schema, id, json, tree)?);
    }
    Ok(record)
}

/// One value.
fn field(schema: &Schema, id: FieldId, json: &Json, tree: &Tree) -> Result<Field, AppError> {
    let spec = schema.spec(id);
    let name = &*spec.name;
    if json.is_null() {
        return Ok(Field::Empty);
    }
    let text_of = |json: &Json| -> Result<String, AppError> {
        let text = json.as_str().ok_or_else(|| wrong(name, "需要文字", "a text is wanted"))?;
        Ok(text::composed(text::trim(text)).into_owned())
    };
    let key = |kind: Kind, json: &Json| -> Result<Value, AppError> {
        let key = text_of(json)?;
        if kind == Kind::Department { tree.named(&key, name).map(Value::text) } else { Ok(Value::text(key)) }
    };
    let list = || json.as_array().ok_or_else(|| wrong(name, "需要列表", "a list is wanted"));
    Ok(match spec.ty {
        Type::Text | Type::Caseless | Type::Email | Type::Phone => Field::from_text(&text_of(json)?),
        Type::Int { min, max } => {
            let number = json.as_i64().filter(|number| (min..=max).contains(number));
            let range =
                (format!("需要 {min} 到 {max} 之间的整数"), format!("a whole number from {min} to {max} is wanted"));
            Field::Value(Value::Int(number.ok_or_else(|| wrong(name, &range.0, &range.1))?))
        }
        Type::Bool => {
            let flag = json.as_bool().ok_or_else(|| wrong(name, "需要 true 或 false", "true or false is wanted"))?;
            Field::Value(Value::Bool(flag))
        }
        Type::Enum(words) => {
            let word = text_of(json)?;
            if !words.contains(&word.as_str()) {
                let words = words.join(", ");
                return Err(wrong(name, &format!("只能是 {words}"), &format!("it is one of {words}")));
            }
            Field::Value(Value::text(word))
        }
        Type::Ref(kind) => Field::Value(key(kind, json)?),
        Type::Refs { kind, .. } => {
            let keys = list()?.iter().map(|one| key(kind, one)).collect::<Result<Vec<_>, _>>()?;
            twice(name, &keys)?;
            Field::Value(Value::list(keys))
        }
        Type::Members { kind } => {
            let member = |one: &Json| -> Result<(Value, bool), AppError> {
                if one.is_string() {
                    return Ok((key(kind, one)?, false));
                }
                let only = |(name, _): (&String, &Json)| name == "department" || name == "leader";
                let map = one.as_object().filter(|map| map.iter().all(only));
                let map = map.ok_or_else(|| {
                    wrong(
                        name,
                        "每一项是部门，或 {department, leader}",
                        "each entry is a department, or {department, leader}",
                    )
                })?;
                let leader = map.get("leader").map_or(Some(false), Json::as_bool);
                let leader =
                    leader.ok_or_else(|| wrong(name, "leader 是 true 或 false", "`leader` is true or false"))?;
                Ok((key(kind, map.get("department").unwrap_or(&Json::Null))?, leader))
            };
            let members = list()?.iter().map(member).collect::<Result<Vec<_>, _>>()?;
            twice(name, &members.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>())?;
            let value =
                |(key, leader)| Value::map([("department".into(), key), ("leader".into(), Value::Bool(leader))]);
            Field::Value(Value::list(members.into_iter().map(value)))
        }
        Type::Texts => {
            let texts = list()?.iter().map(|one| text_of(one).map(Value::text)).collect::<Result<Vec<_>, _>>()?;
            Field::Value(Value::list(texts))
        }
        Type::Custom => custom(name, json)?,
        Type::Id | Type::Path | Type::Flags { .. } => {
            return Err(AppError::invalid("directory_field_read_only").arg("field", name).field(name.to_string()));
        }
    })
}

fn twice(name: &str, keys: &[Value]) -> Result<(), AppError> {
    let mut seen = std::collections::HashSet::new();
    match keys.iter().all(|key| seen.insert(key)) {
        true => Ok(()),
        false => Err(wrong(name, "同一项出现两次", "an entry stands there twice")),
    }
}

/// Named values of one's own: texts, whole numbers and flags.
fn custom(name: &str, json: &Json) -> Result<Field, AppError> {
    let map = json.as_object().ok_or_else(|| wrong(name, "需要名称与值", "names with values are wanted"))?;
    let mut entries = Vec::new();
    for (key, value) in map {
        if key.is_empty() || key.chars().count() > MOST_NAME || key.chars().any(char::is_control) {
            return Err(wrong(name, "名称不能为空、不能太长", "a name is empty or far too long"));
        }
        let scalar = value.is_string() || value.is_boolean() || value.is_i64();
        if !scalar && !value.is_null() {
            return Err(wrong(name, "值只能是文字、整数或是否", "a value is a text, a whole number or a flag"));
        }
        if let Ok(Field::Value(value)) = Value::from_json(value) {
            entries.push((key.as_str().into(), value));
        }
    }
    Ok(if entries.is_empty() { Field::Empty } else { Field::Value(Value::map(entries)) })
}
