//! The addresses at which systems call us, and what was heard there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    problem::{Issue, Text},
    trigger::RefusedCall,
};

/// An address of a connection, as it is entered in the system behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Callback {
    /// Its name in the connection; empty for the first one.
    pub receiver: String,
    /// The address, from the server's own on.
    pub url: String,
    /// What is sent there, and where in the system it is entered.
    pub doc: Text,
    /// Whether it has keys; without them every call is refused.
    pub has_keys: bool,
    /// When its keys were made.
    pub keys_made: Option<String>,
    /// Until when the keys before the present ones stay good.
    pub old_keys_until: Option<String>,
    /// Whether anything with the right keys ever arrived.
    pub reached: bool,
    /// When the system tried the address out last.
    pub last_echo: Option<String>,
    /// When it told something last.
    pub last_event: Option<String>,
    /// The last call that was refused, and why.
    pub last_refused: Option<RefusedCall>,
    /// When a look at everything last found changes of which nothing had been told here, and how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_missed: Option<MissedEvents>,
    /// What to do, where calls are refused now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Issue>,
    /// The new keys, by the names that the system has for them; shown this once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<BTreeMap<String, String>>,
}

/// Changes that no event had brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MissedEvents {
    /// When a full read found them.
    pub at: String,
    /// How many, and what to do where that happens often.
    pub why: Issue,
}

/// Which address gets new keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallbackKeys {
    /// Its name in the connection; empty for the first one.
    #[serde(default)]
    pub receiver: String,
}
