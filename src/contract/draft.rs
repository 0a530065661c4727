//! Drafts: texts that somebody works on, also with errors; and versions, with what is different between them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    compiler::{Checked, TextEdit},
    problem::Text,
    run::RunRef,
    workflow::SavedWorkflow,
};

/// A draft in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DraftLine {
    /// The id of the workflow that it is to become a version of.
    pub id: String,
    /// What people call it, where the text says so.
    pub name: Option<Text>,
    /// The version that it began with; absent for a workflow that is new.
    pub base: Option<u64>,
    /// The template that it was made from.
    pub template: Option<String>,
    /// Who saved it last.
    pub by: String,
    /// When it was begun.
    pub created: String,
    /// When it was saved last.
    pub saved: String,
    /// The tag of how it is.
    pub etag: String,
}

/// A draft with its text and what the compiler says about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Draft {
    /// What stands in lists.
    #[serde(flatten)]
    pub line: DraftLine,
    /// The YAML.
    pub text: String,
    /// What the compiler says about it.
    pub checked: Checked,
}

/// The text of a draft.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftText {
    /// The YAML; it may have errors.
    #[serde(default)]
    pub text: String,
}

/// Edits of a draft by path; all or none.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftEdits {
    /// The edits, made one after the other.
    #[serde(default)]
    pub edits: Vec<TextEdit>,
}

/// Which version a draft begins with.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginDraft {
    /// The version; the newest where none is given.
    #[serde(default)]
    pub version: Option<u64>,
}

/// One connection for everything of its connector.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UseConnection {
    /// The connection.
    #[serde(default)]
    pub name: String,
}

/// Saves a draft as a version.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveDraft {
    /// Why, in your own words.
    #[serde(default)]
    pub note: Option<String>,
}

/// Plans what a draft would change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDraft {
    /// Inputs by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub inputs: serde_json::Map<String, serde_json::Value>,
    /// Plan no further than this step.
    #[serde(default)]
    pub until: Option<String>,
}

/// The plan of a draft: the draft stays, and its text is a version that is not live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlannedDraft {
    /// The version that was planned.
    pub saved: SavedWorkflow,
    /// The run that computes the plan.
    pub run: RunRef,
}

/// A draft that was thrown away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DroppedDraft {
    /// Its id.
    pub id: String,
    /// Always true.
    pub dropped: bool,
}

/// A version of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VersionLine {
    /// Its number.
    pub version: u64,
    /// When it was saved.
    pub saved: String,
    /// Who saved it.
    pub by: Option<String>,
    /// Why.
    pub note: Option<String>,
    /// Whether it is live.
    pub active: bool,
    /// Whether it is the newest.
    pub latest: bool,
    /// The tag of its text.
    pub etag: String,
}

/// Which two texts are compared.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DifferenceLook {
    /// The older one: a version; the active one where none is given, else the one before the newest.
    pub from: Option<u64>,
    /// The newer one: a version; the draft where there is one and none is given, else the newest version.
    pub to: Option<u64>,
}

/// One difference, by what the texts say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DifferenceLine {
    /// Where: keys, ids of entries, places in lists.
    pub path: Vec<String>,
    /// What stood there; null where it is new.
    #[schema(value_type = serde_json::Value)]
    pub before: Option<serde_json::Value>,
    /// What stands there; null where it is gone.
    #[schema(value_type = serde_json::Value)]
    pub after: Option<serde_json::Value>,
    /// In words: “adds field `position` of mapping `user`”.
    pub words: Text,
}

/// What is different between two texts of a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextDifference {
    /// The older version; absent where there is none.
    pub from: Option<u64>,
    /// The newer version; absent for the draft.
    pub to: Option<u64>,
    /// What is different; empty where only comments and layout are, or where a text cannot be read.
    pub lines: Vec<DifferenceLine>,
    /// The same line by line, as a unified diff.
    pub unified: String,
}

/// Goes back to a version.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// The version whose text becomes that of a new one.
    #[serde(default)]
    pub version: u64,
    /// Why, in your own words.
    #[serde(default)]
    pub note: Option<String>,
}

/// Workflows to pause: those that are named, or all that are active.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseMany {
    /// The workflows.
    #[serde(default)]
    pub workflows: Vec<String>,
    /// All that are active.
    #[serde(default)]
    pub all: bool,
    /// Of those, only such with the label `app` of this value.
    #[serde(default)]
    pub app: Option<String>,
    /// How many were seen; where it is another number by now, nothing is paused.
    #[serde(default)]
    pub expected: Option<usize>,
}

/// What became of workflows that were to be paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PausedMany {
    /// Those that rest now.
    pub paused: Vec<String>,
    /// Those that were not active.
    pub skipped: Vec<String>,
}
