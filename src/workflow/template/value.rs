//! What a part of a template gives: a value, nothing, or the reason why there is none.

use std::borrow::Cow;

use idflow_sdk::{Field, Problem, Value};

/// What an expression gives.
#[derive(Debug, Clone)]
pub(crate) enum Got<'a> {
    /// A value.
    Value(Cow<'a, Value>),
    /// Known to be empty.
    Empty,
    /// The source does not show it.
    Hidden,
}

impl Got<'_> {
    pub(crate) fn owned(value: Value) -> Self {
        Got::Value(Cow::Owned(value))
    }

    pub(crate) fn text(text: &str) -> Self {
        match Field::from_text(text) {
            Field::Empty => Got::Empty,
            Field::Value(value) => Self::owned(value),
        }
    }
}

/// Why there is no value.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A reference is not decided yet.
    Later,
    /// All references were left out: the field is not written.
    Absent,
    /// Another item stands in the way.
    Blocked(String),
    /// A rule is broken.
    Invalid(Problem),
}

/// A template that cannot be filled.
pub(crate) fn cannot(template: &str, zh: &str, en: &str) -> Problem {
    Problem::new("template_value").arg("template", template).arg("what_zh", zh).arg("what_en", en)
}

/// A value as text, where that loses nothing.
pub(crate) fn as_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Int(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Value::List(_) | Value::Map(_) => None,
    }
}
