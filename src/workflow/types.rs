//! The types of values, as far as they are known before a run.

use std::fmt;

use idflow_sdk::Type;

/// The type of a value, as far as it is known before a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ty {
    /// Not known.
    Any,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// A time span, written as text.
    Duration,
    /// One of these words.
    Words(Vec<String>),
    /// A field of an object.
    Field(Type),
    /// A list.
    List,
    /// Names and values.
    Map,
    /// Keys of the target, from `target_ids`.
    References,
    /// A key of the target, from `target_id`.
    Reference,
    /// Flags, from `leader_flags`.
    Flags,
}

impl Ty {
    /// Whether it is true or false.
    #[must_use]
    pub const fn is_bool(&self) -> bool {
        matches!(self, Self::Bool | Self::Field(Type::Bool))
    }

    /// Whether it is a list.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(
            self,
            Self::List
                | Self::References
                | Self::Flags
                | Self::Field(Type::Refs { .. } | Type::Members { .. } | Type::Flags { .. } | Type::Texts)
        )
    }

    /// Whether it is a number.
    #[must_use]
    pub const fn is_int(&self) -> bool {
        matches!(self, Self::Int | Self::Field(Type::Int { .. }))
    }

    /// Whether it has text that can be joined with other text.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::Words(_)
                | Self::Duration
                | Self::Field(
                    Type::Text | Type::Caseless | Type::Email | Type::Phone | Type::Enum(_) | Type::Id | Type::Path
                )
        )
    }

    /// What it is called: zh, en.
    #[must_use]
    pub fn title(&self) -> (&'static str, &'static str) {
        match self {
            Self::Any => ("未知类型", "a value"),
            Self::Bool | Self::Field(Type::Bool) => ("真假值", "true or false"),
            Self::Int | Self::Field(Type::Int { .. }) => ("整数", "a whole number"),
            Self::Duration => ("时长", "a time span"),
            Self::Map | Self::Field(Type::Custom) => ("映射", "a map"),
            Self::Reference | Self::Field(Type::Ref(_)) => ("对另一个对象的引用", "a reference to another object"),
            Self::References | Self::Field(Type::Refs { .. } | Type::Members { .. }) => {
                ("对其他对象的引用列表", "a list of references")
            }
            Self::Flags | Self::Field(Type::Flags { .. }) => ("真假值列表", "a list of flags"),
            Self::List | Self::Field(Type::Texts) => ("列表", "a list"),
            _ => ("文本", "text"),
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title().1)
    }
}
