//! A folder of workflows, applied as a whole: what would change first, then all of it or nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    draft::DifferenceLine,
    problem::{Finding, Issue, Text},
};

/// A file of the folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetFile {
    /// Its name.
    pub name: String,
    /// The YAML.
    pub text: String,
}

/// A folder of workflows.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkflowSet {
    /// The files.
    #[serde(default)]
    pub files: Vec<SetFile>,
    /// What the folder is called: only workflows that were applied under the same name before are those of this folder.
    #[serde(default)]
    pub name: Option<String>,
    /// Archive workflows that were applied from this folder before and whose file is gone.
    #[serde(default)]
    pub prune: bool,
    /// Make live what is saved.
    #[serde(default)]
    pub activate: bool,
    /// Change nothing; only say what would change.
    #[serde(default)]
    pub plan: bool,
    /// The digest of the differences that were seen; where they are others by now, nothing is changed.
    #[serde(default)]
    pub expected: Option<String>,
}

/// What happens to a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetChangeKind {
    /// It is new.
    Create,
    /// It gets a new version.
    Update,
    /// Its newest version goes live; the text is the same.
    Activate,
    /// Nothing.
    Unchanged,
    /// It is put away.
    Archive,
    /// Its file is gone, and it stays: nobody asked for its removal.
    Left,
    /// Its file has errors.
    Invalid,
}

/// What happens to one workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SetChange {
    /// The workflow; the name of the file where it cannot be read.
    pub id: String,
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What happens.
    pub kind: SetChangeKind,
    /// The version that it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// The version that it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// What is different, by what the texts say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<DifferenceLine>,
    /// The same line by line, as a unified diff.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unified: String,
    /// What the compiler found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Why it cannot be applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Issue>,
}

/// What a folder changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SetOutcome {
    /// Whether it can be applied.
    pub ok: bool,
    /// Whether it was.
    pub applied: bool,
    /// How many workflows change.
    pub changing: usize,
    /// The digest of these differences.
    pub digest: String,
    /// One by one.
    pub changes: Vec<SetChange>,
    /// What could not be looked at.
    #[serde(default)]
    pub notices: Vec<Text>,
}
