//! What is a run by hand asked for?

use serde::{Deserialize, Serialize};

use crate::model::definition::Localized;

/// One input of a manual run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: InputType,
    /// What stands when none is given.
    pub default: Option<serde_json::Value>,
    /// Whether a run needs it.
    pub required: bool,
    /// What to call it.
    pub label: Localized,
}

/// The type of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputType {
    /// True or false.
    Boolean,
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A time span.
    Duration,
    /// One of these words.
    Enum(Vec<String>),
}
