//! Items: one object inside a step, as it was planned or with what became of it; and the calls that did not go well.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::{Issue, Text};

/// What an item does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Makes the object.
    Create,
    /// Changes fields.
    Update,
    /// Takes access away by a field; the object stays.
    Disable,
    /// Deletes the object.
    Delete,
    /// Only remembers which object is which.
    Link,
    /// Nothing: there is a reason why.
    None,
}

/// What a plan says of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Planned {
    /// It is to be done.
    Do,
    /// A rule is broken.
    Invalid,
    /// Several objects could be meant.
    Ambiguous,
    /// Another item stands in the way.
    Blocked,
    /// A rule of the workflow leaves the object out, or it waits for a person.
    Skipped,
}

/// The object of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Object {
    /// Its kind: `user`, `department`, `row`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The connector of the system that is written: `wecom`, `directory`.
    #[serde(default)]
    pub system: String,
    /// Its key in the source.
    pub source: String,
    /// Where it stands: a line of a file, a department's path, or account and departments of somebody who is in the directory
    /// and has no counterpart yet.
    pub at: Option<String>,
    /// What people call it.
    pub name: String,
    /// Its key in the target; empty when there is none.
    pub target: String,
}

/// Values as people read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InWords {
    /// The value before.
    pub before: Text,
    /// The value after.
    pub after: Text,
}

/// What changes in one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// What people call it.
    #[serde(default)]
    pub title: Text,
    /// The value before.
    pub before: serde_json::Value,
    /// The value after.
    pub after: serde_json::Value,
    /// The same for people: names and paths instead of ids, words instead of flags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_words: Option<InWords>,
    /// Whether it need not be looked at: a sort value, a flag that nobody sets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub minor: bool,
    /// Whether part of the values is hidden.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// Whether nobody knows the value before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before_unknown: bool,
    /// The line of the mapping that asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Whether it was written; absent in plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<bool>,
}

/// One object inside a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Item {
    /// Its number in the plan, from 0.
    #[serde(default)]
    pub row: u32,
    /// The step.
    pub step: String,
    /// Its key, by which people search.
    pub key: String,
    /// The object.
    pub object: Object,
    /// What is done.
    pub action: Action,
    /// Field by field what changes.
    pub diff: Vec<FieldChange>,
    /// Whether it takes access away.
    pub removes: bool,
    /// How the object was recognised: `linked`, `created`, or the match rule.
    pub rule: String,
    /// What became of it: `created`, `updated`, `removed`, `unchanged`, `failed`, `blocked`, `ambiguous`, `invalid`,
    /// `skipped`, `not_attempted`; absent in plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// What the plan says of it; absent where its outcome is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Planned>,
    /// How often it was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u16>,
    /// Milliseconds that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u32>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Why it is not as wanted.
    pub error: Option<Issue>,
    /// What somebody should know.
    pub warnings: Vec<Issue>,
    /// The key of the item that stands in the way.
    pub blocked_by: Option<String>,
}

/// An item that went wrong, with its run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FailedItem {
    /// The item.
    #[serde(flatten)]
    pub item: Item,
    /// The run.
    pub run: String,
    /// The workflow.
    pub workflow: String,
    /// The number of the run.
    pub no: u64,
    /// Whether it is over by now: a later run that looked at everything found nothing wrong with it, or it was made since.
    #[serde(default)]
    pub settled: bool,
}

/// Which items of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemFilter {
    /// Only those with this outcome.
    pub outcome: Option<String>,
    /// Only those about objects of this kind: `department`, `user`, `row`, `group`.
    pub kind: Option<String>,
    /// Only those of this step.
    pub step: Option<String>,
    /// Only those with this code, or the number in it (`WECOM_60104` or `60104`): what went wrong with them, what is told of
    /// them, or a notice of the run that counts them (`values_refused`).
    pub code: Option<String>,
    /// Only those that do this: `create`, `update`, `disable`, `delete`, `link`, `none`.
    pub action: Option<String>,
    /// Only those in which this field changes.
    pub field: Option<String>,
    /// Only those of this object: its key in the source or in the target, or its name, in full.
    pub object: Option<String>,
    /// Only those whose key, name or account contains this.
    pub find: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Begin at this row of the plan.
    pub from: Option<u32>,
    /// Leave out so many of those that fit first: for whoever goes to a place in the middle of a long list.
    pub skip: Option<u32>,
    /// Without the fields that change and the names in them: a list that shows neither has its rows sooner.
    #[serde(default)]
    #[param(required = false)]
    pub brief: bool,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}

/// Which items that went wrong, over all runs.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FailureFilter {
    /// Only those of this workflow.
    pub workflow: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Only those whose matter is still open.
    #[serde(default)]
    #[param(required = false)]
    pub open: bool,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}

/// A call that did not go well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Call {
    /// The key of the item it was about.
    pub key: Option<String>,
    /// The step.
    pub step: Option<String>,
    /// Which attempt.
    pub attempt: Option<u16>,
    /// The method of the other system.
    pub api: String,
    /// When.
    pub at: String,
    /// Milliseconds until the answer.
    pub ms: u64,
    /// The code of the answer, as the other system writes it.
    pub code: Option<String>,
    /// The words of the answer.
    pub text: Option<String>,
    /// What the vendor asks for to find the call.
    pub vendor_trace: Option<String>,
    /// The address that the other system saw.
    pub from_ip: Option<String>,
    /// What was sent, without secrets.
    pub request: Option<String>,
    /// What it means.
    pub error: Issue,
}

/// Which calls.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallFilter {
    /// Only those about items whose key or name contains this.
    pub find: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}
