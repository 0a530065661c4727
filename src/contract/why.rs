//! Why is a person as they are in the other systems? The decision trace: in scope, match, mapping lines, plan, gate, call, answer.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{directory::DirectoryObject, item::Item, problem::Text, run::RunBrief};

/// A stage of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyStage {
    /// Is the person there, and what is known?
    Read,
    /// Is the person in the scope of the workflow?
    Scope,
    /// Which object of the other system is it?
    Match,
    /// What should stand there, by which line of the mapping?
    Map,
    /// What was planned?
    Plan,
    /// Was that held, and who let it go on?
    Gate,
    /// What was sent?
    Call,
    /// What came of it?
    Answer,
    /// How does it stand?
    Now,
}

/// How a stage came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyVerdict {
    /// It leads on.
    Yes,
    /// It ends here, and that is as wanted.
    No,
    /// Somebody has to look.
    Trouble,
    /// Nobody can tell.
    Unknown,
}

/// One stage, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WhyStep {
    /// Which.
    pub stage: WhyStage,
    /// How it came out.
    pub verdict: WhyVerdict,
    /// What is to be said.
    pub text: Text,
    /// The rule behind it: a condition, a match rule, a line of a mapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// When it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What a workflow says of the person as things are now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhyWorkflow {
    /// The workflow.
    pub workflow: String,
    /// Its active version.
    pub version: u64,
    /// The step that would write the person.
    pub step: String,
    /// The connection that it writes.
    pub connection: String,
    /// The stages, in their order.
    pub trace: Vec<WhyStep>,
}

/// What a run did with the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhyRun {
    /// The run.
    pub run: RunBrief,
    /// When it was accepted.
    pub accepted: String,
    /// The stages, in their order.
    pub trace: Vec<WhyStep>,
    /// The items.
    pub items: Vec<Item>,
}

/// The decision trace of one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Why {
    /// The key that the person was found by in the directory, or that was asked for.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The person as the directory has it; absent: it knows nobody of that key.
    pub person: Option<DirectoryObject>,
    /// What each active workflow says now.
    pub now: Vec<WhyWorkflow>,
    /// What runs did, the newest first.
    pub runs: Vec<WhyRun>,
    /// How many runs were looked at.
    pub looked_at: u64,
    /// Where to go on in older runs: `before` of the next question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What to look at.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhyLook {
    /// Only this run: its id, or WORKFLOW#NUMBER.
    pub run: Option<String>,
    /// Only runs that were accepted before this one: the `next` of the answer before.
    pub before: Option<String>,
    /// How many runs are looked at, without the previews of uploaded files; 20 where nothing is said, never more than 100.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<usize>,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}
