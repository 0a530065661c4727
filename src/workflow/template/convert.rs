//! A value on its way into a target field: made the field's type where nothing is lost, refused otherwise.

use std::borrow::Cow;

use idflow_sdk::{Field, FieldSpec, Problem, Type, Value, text};

use super::as_text;

/// The value as the field wants it. Text is trimmed; empty text is empty.
///
/// # Errors
/// What does not fit, about this field.
pub fn convert(value: Cow<'_, Value>, spec: &FieldSpec) -> Result<Field, Problem> {
    let refuse = |problem: Problem| Problem { field: Some(spec.name.clone()), ..problem };
    convert_type(value, spec.ty).map_err(refuse)
}

/// The value as this type.
///
/// # Errors
/// What does not fit.
pub fn convert_type(value: Cow<'_, Value>, ty: Type) -> Result<Field, Problem> {
    let value = match value.as_ref() {
        Value::Text(written) => {
            let trimmed = text::trim(written);
            if trimmed.is_empty() {
                return Ok(Field::Empty);
            }
            let composed = text::composed(trimmed);
            let as_written = matches!(composed, Cow::Borrowed(_)) && trimmed.len() == written.len();
            if as_written { value } else { Cow::Owned(Value::text(composed)) }
        }
        _ => value,
    };
    match ty {
        Type::Text | Type::Caseless | Type::Email | Type::Phone | Type::Id | Type::Path => match value.as_ref() {
            Value::Text(_) => Ok(Field::Value(value.into_owned())),
            Value::Int(number) => Ok(Field::Value(Value::text(number.to_string()))),
            other => Err(wrong(other, "文本", "text")),
        },
        Type::Int { min, max } => {
            let number = match value.as_ref() {
                Value::Int(number) => *number,
                Value::Text(digits) => match digits.parse::<i64>() {
                    Ok(number) => number,
                    Err(_) => return Err(wrong(&value, "整数", "a whole number")),
                },
                other => return Err(wrong(other, "整数", "a whole number")),
            };
            if (min..=max).contains(&number) {
                return Ok(Field::Value(Value::Int(number)));
            }
            Err(Problem::new("value_range")
                .arg("value", number.to_string())
                .arg("min", min.to_string())
                .arg("max", max.to_string()))
        }
        Type::Bool => match value.as_ref() {
            Value::Bool(_) => Ok(Field::Value(value.into_owned())),
            Value::Int(number @ (0 | 1)) => Ok(Field::Value(Value::Bool(*number == 1))),
            Value::Text(word) => match word.as_str() {
                "true" | "1" => Ok(Field::Value(Value::Bool(true))),
                "false" | "0" => Ok(Field::Value(Value::Bool(false))),
                _ => Err(wrong(&value, "真假值", "true or false")),
            },
            other => Err(wrong(other, "真假值", "true or false")),
        },
        Type::Enum(words) => {
            let Some(word) = as_text(&value) else { return Err(wrong(&value, "一个词", "a word")) };
            if words.contains(&word.as_ref()) {
                return Ok(Field::Value(Value::text(word.as_ref())));
            }
            Err(Problem::new("value_word").arg("value", word).arg("words", words.join(", ")))
        }
        Type::Ref(_) => match value.as_ref() {
            Value::Text(_) | Value::Int(_) => Ok(Field::Value(value.into_owned())),
            other => Err(wrong(other, "一个引用", "a reference")),
        },
        Type::Refs { .. } | Type::Members { .. } | Type::Flags { .. } => match value.as_ref() {
            Value::List(_) => Ok(Field::Value(value.into_owned())),
            other => Err(wrong(other, "列表", "a list")),
        },
        Type::Texts => {
            let Value::List(items) = value.as_ref() else { return Err(wrong(&value, "列表", "a list")) };
            let mut texts = Vec::with_capacity(items.len());
            for item in items {
                match as_text(item) {
                    Some(item) => texts.push(Value::text(text::composed(text::trim(&item)))),
                    None => return Err(wrong(item, "文本", "text")),
                }
            }
            Ok(Field::Value(Value::List(texts.into())))
        }
        Type::Custom => match value.as_ref() {
            Value::Map(_) => Ok(Field::Value(value.into_owned())),
            other => Err(wrong(other, "映射", "a map")),
        },
    }
}

fn wrong(value: &Value, zh: &'static str, en: &'static str) -> Problem {
    let shown = as_text(value).map_or_else(|| value.to_json().to_string(), Cow::into_owned);
    let shown: String = shown.chars().take(60).collect();
    Problem::new("value_type").arg("value", shown).arg("expected_zh", zh).arg("expected_en", en)
}
