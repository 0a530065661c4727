//! What is known of a part of a condition before anything is read.

use idflow_sdk::Type;
use serde_json::Value as Json;

use super::value::Fold;
use crate::workflow::{scope::EntryFields, types::Ty};

/// The type of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sort {
    /// Not known: it fits everywhere.
    Any,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Text, compared like this.
    Text(Fold),
    /// One of these words.
    Words(Vec<String>),
    /// The key of an object: text or a number.
    Key,
    /// A time span.
    Span,
    /// A list of such.
    List(Box<Self>),
    /// Names and values; `None` where any name may be there.
    Map(Option<Vec<(String, Self)>>),
}

impl Sort {
    /// Of a name, as the table of names has it.
    pub fn of(ty: &Ty) -> Self {
        match ty {
            Ty::Any => Self::Any,
            Ty::Bool => Self::Bool,
            Ty::Int => Self::Int,
            Ty::Text => Self::Text(Fold::Exact),
            Ty::Duration => Self::Span,
            Ty::Words(words) => Self::Words(words.clone()),
            Ty::Field(ty) => Self::of_field(*ty),
            Ty::List => Self::list(Self::Any),
            Ty::Map => Self::Map(None),
            Ty::References => Self::list(Self::Key),
            Ty::Reference => Self::Key,
            Ty::Flags => Self::list(Self::Bool),
        }
    }

    fn of_field(ty: Type) -> Self {
        match ty {
            Type::Text | Type::Path => Self::Text(Fold::Exact),
            Type::Caseless | Type::Email => Self::Text(Fold::Caseless),
            Type::Phone => Self::Text(Fold::Phone),
            Type::Int { .. } => Self::Int,
            Type::Bool => Self::Bool,
            Type::Enum(words) => Self::Words(words.iter().map(ToString::to_string).collect()),
            Type::Id | Type::Ref(_) => Self::Key,
            Type::Refs { .. } => Self::list(Self::Key),
            Type::Members { .. } => {
                let fields = vec![("department".into(), Self::Key), ("leader".into(), Self::Bool)];
                Self::list(Self::Map(Some(fields)))
            }
            Type::Flags { .. } => Self::list(Self::Bool),
            Type::Texts => Self::list(Self::Text(Fold::Exact)),
            Type::Custom => Self::Map(None),
        }
    }

    /// Of entries with these fields.
    pub fn of_entries(fields: EntryFields) -> Self {
        let fields = fields.iter().map(|(name, ty)| ((*name).to_string(), Self::of(ty)));
        Self::list(Self::Map(Some(fields.collect())))
    }

    /// Of a constant of the file.
    pub fn of_json(json: &Json) -> Self {
        match json {
            Json::Bool(_) => Self::Bool,
            Json::Number(number) if number.is_f64() => Self::Any,
            Json::Number(_) => Self::Int,
            Json::String(_) if !is_constant(json) => Self::Any,
            Json::String(_) => Self::Text(Fold::Exact),
            Json::Array(items) => Self::list(items.iter().map(Self::of_json).reduce(Self::with).unwrap_or(Self::Any)),
            Json::Object(entries) => {
                Self::Map(Some(entries.iter().map(|(name, json)| (name.clone(), Self::of_json(json))).collect()))
            }
            Json::Null => Self::Any,
        }
    }

    /// A list of such.
    pub fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    /// What holds for both.
    pub fn with(self, other: Self) -> Self {
        match (self, other) {
            (left, right) if left == right => left,
            (Self::List(left), Self::List(right)) => Self::list(left.with(*right)),
            (left, right) if left.is_text() && right.is_text() => Self::Text(left.fold().with(right.fold())),
            _ => Self::Any,
        }
    }

    /// How its text is compared.
    pub const fn fold(&self) -> Fold {
        match self {
            Self::Text(fold) => *fold,
            Self::Span => Fold::Span,
            _ => Fold::Exact,
        }
    }

    /// Whether it can stand where true or false is wanted.
    pub const fn is_bool(&self) -> bool {
        matches!(self, Self::Any | Self::Bool)
    }

    /// Whether it surely is text.
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Words(_))
    }

    /// Whether it can stand where text is wanted.
    pub const fn can_be_text(&self) -> bool {
        matches!(self, Self::Any | Self::Text(_) | Self::Words(_) | Self::Key)
    }

    /// Whether it can stand where a whole number is wanted.
    pub const fn can_be_int(&self) -> bool {
        matches!(self, Self::Any | Self::Int)
    }

    /// What its entries are, where a loop goes over it. `None` where there are none.
    pub fn entry(&self) -> Option<Self> {
        match self {
            Self::List(of) => Some((**of).clone()),
            Self::Map(_) => Some(Self::Text(Fold::Exact)),
            Self::Any => Some(Self::Any),
            _ => None,
        }
    }

    /// Whether the two can be the same, so that it makes sense to ask.
    pub fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::List(left), Self::List(right)) => left.meets(right),
            (Self::Map(_), Self::Map(_)) => true,
            (Self::Key, other) | (other, Self::Key) => other.is_text() || matches!(other, Self::Key | Self::Int),
            // A text that is no time span is told by whoever knows the text.
            (Self::Span, other) | (other, Self::Span) => other.is_text() || *other == Self::Span,
            (left, right) => left == right || (left.is_text() && right.is_text()),
        }
    }

    /// What it is called: zh, en.
    pub const fn title(&self) -> (&'static str, &'static str) {
        match self {
            Self::Any => ("未知类型", "a value"),
            Self::Bool => ("真假值", "true or false"),
            Self::Int => ("整数", "a whole number"),
            Self::Text(_) | Self::Words(_) => ("文本", "text"),
            Self::Key => ("编号", "a key"),
            Self::Span => ("时长", "a time span"),
            Self::List(_) => ("列表", "a list"),
            Self::Map(_) => ("映射", "a map"),
        }
    }
}

/// Whether nothing has to be filled in.
pub fn is_constant(json: &Json) -> bool {
    match json {
        Json::String(text) => !text.contains("{{"),
        Json::Array(items) => items.iter().all(is_constant),
        Json::Object(entries) => entries.values().all(is_constant),
        _ => true,
    }
}
