//! The values of conditions, and when two of them are the same.
//!
//! Values are borrowed from the object and the scope wherever that can be. Each value may be empty, and an empty one equals
//! nothing: what asks for "empty" (`== ""`, `== null`) is another question, see [`super::tree::Node::Blank`].
//! The type of a field says how its text is compared; where a type is known on one side only, it holds for both.

use std::{borrow::Cow, cmp::Ordering, sync::Arc};

use idflow_sdk::{Value, text};
use serde_json::Value as Json;

use super::span;

/// A value.
#[derive(Debug, Clone)]
pub enum Val<'a> {
    /// Nothing: not given, hidden, or known to be empty.
    Empty,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number: only what others sent can have one.
    Float(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// A time span, in seconds.
    Span(i64),
    /// A list or a map of an object.
    Value(&'a Value),
    /// A list or a map of the scope.
    Json(&'a Json),
    /// A list that was made.
    List(Arc<Vec<Val<'a>>>),
    /// A map that was kept.
    Map(Arc<Vec<(String, Val<'a>)>>),
}

/// How the text of two values is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// Letter by letter.
    Exact,
    /// Without case: accounts and addresses.
    Caseless,
    /// As phone numbers.
    Phone,
    /// As time spans.
    Span,
}

impl Fold {
    /// How values of two kinds are compared.
    pub const fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Span, _) | (_, Self::Span) => Self::Span,
            (Self::Phone, _) | (_, Self::Phone) => Self::Phone,
            (Self::Caseless, _) | (_, Self::Caseless) => Self::Caseless,
            (Self::Exact, Self::Exact) => Self::Exact,
        }
    }

    /// The form in which texts that count as the same are the same.
    pub fn apply<'t>(self, written: &'t str) -> Cow<'t, str> {
        match self {
            Self::Exact | Self::Span => Cow::Borrowed(written),
            Self::Phone if is_phone(written) => {
                let digits = text::phone_digits(written);
                if digits == written { Cow::Borrowed(written) } else { Cow::Owned(digits) }
            }
            Self::Caseless | Self::Phone if written.is_ascii() => {
                if written.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    Cow::Owned(written.to_ascii_lowercase())
                } else {
                    Cow::Borrowed(written)
                }
            }
            Self::Caseless | Self::Phone => Cow::Owned(written.to_lowercase()),
        }
    }
}

/// Whether a text is written like a phone number. A word beside a number is no number without its letters.
fn is_phone(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | '.' | '/') || text::is_blank(c))
}

impl<'a> Val<'a> {
    /// Of an object.
    pub fn of_value(value: &'a Value) -> Self {
        match value {
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Int(number) => Self::Int(*number),
            Value::Text(text) => Self::of_text(Cow::Borrowed(text.as_str())),
            Value::List(_) | Value::Map(_) => Self::Value(value),
        }
    }

    /// Of the scope.
    pub fn of_json(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Empty,
            Json::Bool(flag) => Self::Bool(*flag),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Self::Int(number),
                None => number.as_f64().map_or(Self::Empty, Self::Float),
            },
            Json::String(text) => Self::of_text(Cow::Borrowed(text)),
            Json::Array(_) | Json::Object(_) => Self::Json(json),
        }
    }

    /// Text; an empty one is empty.
    pub fn of_text(text: Cow<'a, str>) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// The same, with nothing borrowed.
    pub fn keep(&self) -> Val<'static> {
        match self {
            Self::Empty => Val::Empty,
            Self::Bool(flag) => Val::Bool(*flag),
            Self::Int(number) => Val::Int(*number),
            Self::Float(number) => Val::Float(*number),
            Self::Text(text) => Val::Text(Cow::Owned(text.to_string())),
            Self::Span(seconds) => Val::Span(*seconds),
            _ if self.is_map() => Val::Map(Arc::new(
                self.names().into_iter().map(|name| (name.to_string(), self.entry(name).keep())).collect(),
            )),
            _ => Val::List(Arc::new((0..self.len()).map(|index| self.at(index).keep()).collect())),
        }
    }

    /// Whether there is nothing.
    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether there is nothing, or a list of nothing.
    pub fn is_blank(&self) -> bool {
        self.is_empty() || (self.is_list() && matches!(self.len(), 0))
    }

    /// Whether it is true. Nothing is not.
    pub const fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// Whether it is a list.
    pub const fn is_list(&self) -> bool {
        matches!(self, Self::Value(Value::List(_)) | Self::Json(Json::Array(_)) | Self::List(_))
    }

    /// Whether it has names and values.
    pub const fn is_map(&self) -> bool {
        matches!(self, Self::Value(Value::Map(_)) | Self::Json(Json::Object(_)) | Self::Map(_))
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Value(Value::List(items)) => items.len(),
            Self::Value(Value::Map(entries)) => entries.len(),
            Self::Json(Json::Array(items)) => items.len(),
            Self::Json(Json::Object(entries)) => entries.len(),
            Self::List(items) => items.len(),
            Self::Map(entries) => entries.len(),
            _ => 0,
        }
    }

    /// One entry of a list.
    pub fn at(&self, index: usize) -> Val<'a> {
        match self {
            Self::Value(Value::List(items)) => items.get(index).map_or(Val::Empty, Val::of_value),
            Self::Json(Json::Array(items)) => items.get(index).map_or(Val::Empty, Val::of_json),
            Self::List(items) => items.get(index).cloned().unwrap_or(Val::Empty),
            _ => Val::Empty,
        }
    }

    /// What stands under a name.
    pub fn entry(&self, name: &str) -> Val<'a> {
        match self {
            Self::Value(value) => value.entry(name).map_or(Val::Empty, Val::of_value),
            Self::Json(Json::Object(entries)) => entries.get(name).map_or(Val::Empty, Val::of_json),
            Self::Map(entries) => {
                entries.iter().find(|(known, _)| known == name).map_or(Val::Empty, |(_, value)| value.clone())
            }
            _ => Val::Empty,
        }
    }

    /// The names of a map, in its order.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Value(Value::Map(entries)) => entries.iter().map(|(name, _)| &**name).collect(),
            Self::Json(Json::Object(entries)) => entries.keys().map(String::as_str).collect(),
            Self::Map(entries) => entries.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// As text, where that loses nothing.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Int(number) => Some(Cow::Owned(number.to_string())),
            Self::Float(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    /// As a time span.
    pub fn span(&self) -> Option<i64> {
        match self {
            Self::Span(seconds) => Some(*seconds),
            Self::Text(text) => span::parse(text),
            _ => None,
        }
    }

    /// Whether two values are the same. Nothing is the same as nothing else, not even as nothing.
    pub fn same(&self, other: &Val<'_>, fold: Fold) -> bool {
        match (self, other) {
            (Self::Empty, _) | (_, Val::Empty) => false,
            (Self::Bool(left), Val::Bool(right)) => left == right,
            (Self::Text(left), Val::Text(right)) if fold != Fold::Span => fold.apply(left) == fold.apply(right),
            (Self::Text(_) | Self::Span(_), Val::Text(_) | Val::Span(_)) => {
                self.span().is_some_and(|left| Some(left) == other.span())
            }
            (Self::Int(left), Val::Int(right)) => left == right,
            (Self::Int(_) | Self::Float(_), Val::Int(_) | Val::Float(_)) => self.number() == other.number(),
            // What has no type of its own (a custom field, the body of a call) may be a number written as text.
            (Self::Text(_), Val::Int(_) | Val::Float(_)) | (Self::Int(_) | Self::Float(_), Val::Text(_)) => {
                self.text() == other.text()
            }
            _ if self.is_list() && other.is_list() => {
                self.len() == other.len() && (0..self.len()).all(|index| alike(&self.at(index), &other.at(index), fold))
            }
            _ if self.is_map() && other.is_map() => {
                self.len() == other.len()
                    && self.names().into_iter().all(|name| alike(&self.entry(name), &other.entry(name), fold))
            }
            _ => false,
        }
    }

    /// Which comes first. `None` where that is no question: one is empty, or they are of two kinds.
    pub fn order(&self, other: &Val<'_>, fold: Fold) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Val::Int(right)) => Some(left.cmp(right)),
            (Self::Text(left), Val::Text(right)) if fold != Fold::Span => {
                Some(fold.apply(left).cmp(&fold.apply(right)))
            }
            (Self::Text(_) | Self::Span(_), Val::Text(_) | Val::Span(_)) => Some(self.span()?.cmp(&other.span()?)),
            (Self::Int(_) | Self::Float(_) | Self::Text(_), Val::Int(_) | Val::Float(_) | Val::Text(_)) => {
                self.number()?.partial_cmp(&other.number()?)
            }
            _ => None,
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "compared with a number that has a fraction, or none that large")]
    fn number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Text(text) => text.trim().parse::<i64>().ok().map(|number| number as f64),
            _ => None,
        }
    }
}

/// Entries of lists and maps: there, nothing is as good as nothing.
fn alike(left: &Val<'_>, right: &Val<'_>, fold: Fold) -> bool {
    (left.is_empty() && right.is_empty()) || left.same(right, fold)
}
