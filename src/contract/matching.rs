//! Matching: what no rule could decide, and what people decided.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Issue;

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// It is the same as the candidate.
    Same,
    /// It is another one than the candidate.
    Other,
    /// It is nobody who is there, and is made.
    Create,
    /// It is left alone.
    Ignore,
}

/// A decision about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// The connection.
    pub connection: String,
    /// The other connection of the pair.
    pub with: String,
    /// `user` or `department`.
    pub kind: String,
    /// The key of the object in the connection.
    pub key: String,
    /// What was decided.
    pub choice: Choice,
    /// The key of the other object.
    pub candidate: Option<String>,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: String,
    /// Why.
    pub why: String,
}

/// What an object could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    /// Its key.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// Its departments, as far as they are known: by them namesakes are told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// How much speaks for it, where the workflow proposes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u32>,
    /// What speaks for it: `name`, `pinyin`, `department`, `position`, `alias`, `manager`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
}

/// An object that waits for a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Undecided {
    /// The run that left it undecided.
    pub run: String,
    /// The workflow.
    pub workflow: String,
    /// The connection.
    pub connection: String,
    /// The other connection of the pair.
    pub with: String,
    /// `user` or `department`.
    pub kind: String,
    /// The key of the object in the connection; null when it could be several.
    pub key: Option<String>,
    /// What people call it.
    pub name: String,
    /// Where it stands; the departments of somebody who is in the directory.
    pub at: Option<String>,
    /// The key of its item.
    pub item: String,
    /// Why it is undecided.
    pub error: Option<Issue>,
    /// What it could be.
    pub candidates: Vec<Candidate>,
    /// What was decided since.
    #[serde(default)]
    pub decided: Vec<Decision>,
}

/// Which undecided objects or decisions.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MatchingFilter {
    /// Only those of this connection.
    pub connection: Option<String>,
    /// Only these undecided objects: `open` (nothing was decided since), `decided`, `proposed` (with one candidate), `ambiguous`
    /// (with several), `alone` (with none), `beside` (would be made beside objects of its name by a plan that nobody has approved).
    pub filter: Option<String>,
    /// Only those whose key or name, also in letters (`zhangsan`, `zs`), or that of a candidate, begins with this.
    pub find: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// What somebody decides.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// The connection.
    pub connection: String,
    /// The other connection of the pair; the directory where none is named.
    #[serde(default)]
    pub with: Option<String>,
    /// `user` or `department`; a person where nothing is said.
    #[serde(default)]
    pub kind: Option<String>,
    /// The key of the object in that connection.
    pub key: String,
    /// What is decided.
    pub choice: Choice,
    /// Which of several candidates, by its key or its label. With `other`, by its key: that one alone; all of them where none is
    /// named.
    #[serde(default)]
    pub candidate: Option<String>,
    /// Why, for whoever asks later.
    #[serde(default)]
    pub why: String,
}

/// Decisions: all of them are kept, or none.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// What is decided.
    pub decisions: Vec<NewDecision>,
}

/// Decisions that were kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decided {
    /// What was kept.
    pub decisions: Vec<Decision>,
}
