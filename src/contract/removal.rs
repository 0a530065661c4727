//! Removals that wait for a person, and what people decide about them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    item::{Action, InWords},
    problem::{Issue, Text},
};

/// How a removal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemovalState {
    /// It waits for a decision.
    Waiting,
    /// The next run that plans it carries it out.
    Approved,
    /// Somebody decided that it is never done.
    Kept,
    /// It was done.
    Done,
    /// It was tried and went wrong.
    Failed,
    /// No plan wants it any more.
    Gone,
}

/// What the caller may do with a removal as it is now. A step may name those who approve: they alone can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemovalVerb {
    /// Approve it.
    Approve,
    /// Decide that the object stays.
    Keep,
}

/// What is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemovalObject {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its key in the source.
    pub source: String,
    /// Its key in the target.
    pub target: String,
    /// What people call it.
    pub name: String,
}

/// One field of a removal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RemovalField {
    /// Its name.
    pub field: String,
    /// What people call it.
    #[serde(default)]
    pub title: Text,
    /// What was known of it.
    pub before: serde_json::Value,
    /// What is written.
    pub after: serde_json::Value,
    /// The same for people: words instead of flags; absent where nobody knows the field any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_words: Option<InWords>,
}

/// What somebody decided about a removal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemovalDecision {
    /// It is never to be done; else it is approved.
    pub keep: bool,
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
    /// Why, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A removal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Removal {
    /// The first digits of its digest, by which people name it.
    pub id: String,
    /// Its digest.
    pub digest: String,
    /// How it stands.
    pub state: RemovalState,
    /// The workflow that wants it.
    pub workflow: String,
    /// The step that would carry it out.
    pub step: String,
    /// How the object is removed.
    pub action: Action,
    /// What is removed.
    pub object: RemovalObject,
    /// What is written.
    pub fields: Vec<RemovalField>,
    /// Why it waits.
    pub why: Issue,
    /// What is to be known before it is approved.
    pub warnings: Vec<Issue>,
    /// Since when it is wanted without a break.
    pub since: String,
    /// When a plan wanted it last.
    pub seen: String,
    /// Until when the question or the approval stands.
    pub until: Option<String>,
    /// The run that wanted it last.
    pub run: String,
    /// What was decided.
    pub decided: Option<RemovalDecision>,
    /// When it was done, went wrong, or was gone.
    pub over: Option<String>,
    /// Why it went wrong.
    pub error: Option<Issue>,
    /// What the caller may do with it now.
    #[serde(default)]
    pub allowed: Vec<RemovalVerb>,
}

/// Which removals.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RemovalFilter {
    /// Only those of this workflow.
    pub workflow: Option<String>,
    /// Only those in this state: `waiting`, `approved`, `kept`, `done`, `failed`, `gone`.
    pub state: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// Which removals a decision is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemovalsMeant {
    /// Only those of this workflow.
    #[serde(default)]
    pub workflow: Option<String>,
    /// Only those in this state; those that wait for a decision where nothing is said.
    #[serde(default)]
    pub state: Option<RemovalState>,
}

/// A decision about removals: about those that are named, or about as many as fit a filter.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemovalChoice {
    /// Their ids, or the first digits of them. Several workflows may ask about one removal: then it is decided for all of them in
    /// which there is something to decide.
    #[serde(default)]
    pub ids: Vec<String>,
    /// Instead of ids: all that fit, with `expected`.
    #[serde(default)]
    pub filter: Option<RemovalsMeant>,
    /// How many fit the filter, as they were seen: the `total` of the list. With another number nothing is decided.
    #[serde(default)]
    pub expected: Option<u64>,
    /// The same as `expected` with an empty filter, as it was called before.
    #[serde(default)]
    pub all: Option<u64>,
    /// With `ids` or `all`: only those of this workflow.
    #[serde(default)]
    pub workflow: Option<String>,
    /// Why, for whoever asks later; shown with the decision and kept in the audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Start the workflows, which carry out what was approved.
    #[serde(default)]
    pub run: bool,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DecidedRemovals {
    /// The removals. Of those that are approved by their number, the ones that were planned too long ago stay as they are and say
    /// `waiting`.
    pub removals: Vec<Removal>,
    /// The runs that were started.
    pub runs: Vec<String>,
    /// Why a workflow that wants some of them was not started. What was decided stays decided: its next run carries it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Issue>,
}
