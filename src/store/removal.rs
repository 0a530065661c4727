//! What is known of a removal, how it stands, and where it is kept.

use idflow_sdk::{Kind, Problem};
use serde::{Deserialize, Serialize};

use super::{keys, keys::Key};
use crate::model::{
    change::Action,
    id::{RunId, Tenant},
};

/// What runs know of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The last plan wants it.
    Open,
    /// It was carried out.
    Done,
    /// It was tried and went wrong.
    Failed,
    /// The last complete plan does not want it any more.
    Gone,
}

/// One field of a removal: what was there and what is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub field: String,
    /// What was known of it.
    pub before: serde_json::Value,
    /// What is written.
    pub after: serde_json::Value,
}

/// A removal that needs a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Removal {
    /// Its digest, in hex: both connections, kind, action, both keys, fields, before and after. A removal that differs in any of
    /// them is another one.
    pub id: String,
    /// The workflow that wants it.
    pub workflow: String,
    /// The step that would carry it out.
    pub step: String,
    /// The kind of object.
    pub kind: Kind,
    /// How it is removed.
    pub action: Action,
    /// Its key in the source.
    pub source: String,
    /// Its key in the target.
    pub target: String,
    /// What people call it.
    pub name: String,
    /// What is written.
    pub fields: Vec<Field>,
    /// Why it waits.
    pub why: Problem,
    /// What is to be known before it is approved, such as who is still in a department.
    #[serde(default)]
    pub warnings: Vec<Problem>,
    /// When it was wanted for the first time without a break; an approval belongs to one such time.
    pub since: i64,
    /// When a plan wanted it last.
    pub seen: i64,
    /// How long the question stands after that, and an approval after it was given.
    pub patience: i64,
    /// The run that wanted it last.
    pub run: RunId,
    /// What runs know of it.
    pub found: Found,
    /// When it was done, went wrong, or was gone.
    #[serde(default)]
    pub over: Option<i64>,
    /// Why it went wrong.
    #[serde(default)]
    pub problem: Option<Problem>,
}

/// What somebody decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// It is never to be done, until somebody decides otherwise; else it is approved.
    pub keep: bool,
    /// Who.
    pub by: String,
    /// When.
    pub at: i64,
    /// The [`Removal::since`] that was approved.
    pub since: i64,
    /// Why, in the words of whoever decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// How a removal stands, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredRemovalState {
    /// It waits for a decision.
    Waiting,
    /// The next run that plans it carries it out.
    Approved,
    /// Somebody decided that it is never done.
    Kept,
    /// It was done.
    Done,
    /// It was tried and went wrong, and is tried again: it is approved still.
    Failed,
    /// No plan wants it any more.
    Gone,
}

impl StoredRemovalState {
    /// All of them, as words.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("waiting", Self::Waiting),
        ("approved", Self::Approved),
        ("kept", Self::Kept),
        ("done", Self::Done),
        ("failed", Self::Failed),
        ("gone", Self::Gone),
    ];

    /// The word used in JSON and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, state)| *state == self).map_or("", |(word, _)| word)
    }
}

/// How a removal stands of which runs know this: when it was wanted first, and how long an approval holds.
pub(super) fn state(
    found: Found,
    (since, patience): (i64, i64),
    decision: Option<&Decision>,
    now: i64,
) -> StoredRemovalState {
    let holds = |one: &Decision| !one.keep && one.since == since && now < one.at.saturating_add(patience);
    let approved = decision.is_some_and(holds);
    match found {
        Found::Done => StoredRemovalState::Done,
        Found::Gone => StoredRemovalState::Gone,
        _ if decision.is_some_and(|decision| decision.keep) => StoredRemovalState::Kept,
        Found::Open if approved => StoredRemovalState::Approved,
        // The next run tries again as long as the approval holds; after that it waits for another one.
        Found::Failed if approved => StoredRemovalState::Failed,
        Found::Open | Found::Failed => StoredRemovalState::Waiting,
    }
}

/// What stands after the key of a removal for what was decided about it.
pub(super) const DECISION: &str = "decision";

/// Where what runs know of a removal is kept.
pub(super) fn key(tenant: &Tenant, workflow: &str, id: &str) -> Key {
    Key::new(keys::REMOVAL, tenant).name(workflow).name(id)
}

/// Where what was decided about a removal is kept.
pub(super) fn decision_key(tenant: &Tenant, workflow: &str, id: &str) -> Vec<u8> {
    key(tenant, workflow, id).name(DECISION).bytes()
}
