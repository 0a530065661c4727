//! A compiled template as a tree, and its value for one object.

use std::{borrow::Cow, sync::Arc};

use idflow_sdk::{Field, FieldId, Record, Value};

use super::{
    block::Block,
    lookup::Lookup,
    value::{Got, Stop, as_text, cannot},
};
use crate::workflow::{helpers::Helper, scope::Scope};

/// One node of a compiled template.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    /// A literal.
    Literal(Field),
    /// A field of the object at hand.
    Field(FieldId),
    /// A part of a field.
    Part(FieldId, Vec<String>),
    /// Something in the scope.
    Scope(Vec<String>),
    /// A helper.
    Call(Helper, Vec<Self>),
    /// Texts one after the other.
    Concat(Vec<Self>),
    /// The same where a text without one of its parts would be another one: it has no value then.
    Whole(Vec<Self>),
    /// A long text, rendered by handlebars.
    Block(Arc<Block>),
}

/// What an expression is evaluated against.
pub(crate) struct Frame<'a> {
    pub template: &'a str,
    pub record: Option<&'a Record>,
    pub scope: &'a Scope,
    pub lookup: Option<Lookup<'a>>,
}

impl Expr {
    pub(crate) fn evaluate<'a>(&'a self, frame: &Frame<'a>) -> Result<Got<'a>, Stop> {
        match self {
            Self::Literal(field) => Ok(borrowed(field)),
            Self::Field(id) => Ok(match frame.record.and_then(|record| record.get(*id)) {
                Some(field) => borrowed(field),
                None => Got::Hidden,
            }),
            Self::Part(id, path) => {
                let Some(field) = frame.record.and_then(|record| record.get(*id)) else { return Ok(Got::Hidden) };
                let mut value = field.value();
                for name in path {
                    value = value.and_then(|value| value.entry(name));
                }
                Ok(value.map_or(Got::Empty, |value| Got::Value(Cow::Borrowed(value))))
            }
            Self::Scope(path) => {
                let mut json = &frame.scope.root;
                for name in path {
                    json = json.get(name).unwrap_or(&serde_json::Value::Null);
                }
                match Value::from_json(json) {
                    Ok(Field::Value(value)) => Ok(Got::owned(value)),
                    Ok(Field::Empty) => Ok(Got::Empty),
                    Err(what) => Err(Stop::Invalid(cannot(frame.template, &what, &what))),
                }
            }
            Self::Call(helper, arguments) => helper.call(arguments, frame),
            Self::Concat(parts) | Self::Whole(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part.evaluate(frame)? {
                        Got::Hidden => return Ok(Got::Hidden),
                        Got::Empty if matches!(self, Self::Whole(_)) => return Ok(Got::Empty),
                        Got::Empty => {}
                        Got::Value(value) => match as_text(&value) {
                            Some(part) => text.push_str(&part),
                            None => {
                                return Err(Stop::Invalid(cannot(
                                    frame.template,
                                    "列表不能拼进文本",
                                    "a list cannot be part of a text",
                                )));
                            }
                        },
                    }
                }
                Ok(Got::text(&text))
            }
            Self::Block(block) => block.render(frame.scope).map(|text| Got::text(&text)).map_err(Stop::Invalid),
        }
    }

    pub(super) fn reads(&self, found: &mut Vec<FieldId>) {
        match self {
            Self::Field(id) | Self::Part(id, _) => found.push(*id),
            Self::Call(_, parts) | Self::Concat(parts) | Self::Whole(parts) => {
                parts.iter().for_each(|part| part.reads(found))
            }
            _ => {}
        }
    }

    pub(super) fn uses(&self, test: impl Fn(Helper) -> bool + Copy) -> bool {
        match self {
            Self::Call(helper, parts) => test(*helper) || parts.iter().any(|part| part.uses(test)),
            Self::Concat(parts) | Self::Whole(parts) => parts.iter().any(|part| part.uses(test)),
            _ => false,
        }
    }
}

const fn borrowed(field: &Field) -> Got<'_> {
    match field {
        Field::Empty => Got::Empty,
        Field::Value(value) => Got::Value(Cow::Borrowed(value)),
    }
}
