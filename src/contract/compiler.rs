//! The compiler over text that is not saved: findings, completion, explanation, picture, and edits by path.
//!
//! Every place is told in bytes, in characters and in UTF-16 units, because editors and browsers count in different ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    connection::ActionEffect,
    problem::{Finding, Issue, Owner, Severity, Text},
    workflow::Alias,
};

/// A text to look at.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceText {
    /// The YAML.
    #[serde(default)]
    pub text: String,
    /// Its name, for messages.
    #[serde(default)]
    pub file: Option<String>,
    /// Whether its triggers are to go live: inputs that nobody would be there to give are errors then.
    #[serde(default)]
    pub live: bool,
}

/// A place in a text.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The YAML.
    #[serde(default)]
    pub text: String,
    /// The line, from 1.
    #[serde(default)]
    pub line: usize,
    /// The column, from 1, in UTF-16 units, as browsers and editors count.
    #[serde(default)]
    pub utf16_column: usize,
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TextRange {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The first UTF-16 unit of the whole text, from 0.
    pub utf16_start: usize,
    /// The UTF-16 unit after the last.
    pub utf16_end: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The column, from 1, in UTF-16 units.
    pub utf16_column: usize,
    /// The line of the end.
    pub end_line: usize,
    /// The column after the end, in characters.
    pub end_column: usize,
    /// The column after the end, in UTF-16 units.
    pub utf16_end_column: usize,
}

/// What the compiler says about a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Checked {
    /// Whether nothing is an error.
    pub ok: bool,
    /// Everything that was found, in the order of the text.
    pub findings: Vec<Finding>,
    /// What stands in it, also with errors; absent where it is no workflow at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<FileOutline>,
    /// The tag of the text.
    pub etag: String,
}

/// A finding as `validate` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ValidatedFinding {
    /// The finding. Of one that was mended the places are those of the text before.
    #[serde(flatten)]
    pub finding: Finding,
    /// Whether it was mended; absent where nothing was to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<bool>,
}

/// When a code comes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeJudged {
    /// When the file is checked.
    Validate,
    /// When the workflow is activated: the file alone does not show it.
    Activate,
}

/// The page of a code that the compiler gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodePage {
    /// The code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is called.
    pub title: Text,
    /// What it means.
    pub meaning: Text,
    /// Why it matters.
    pub why: Text,
    /// How to mend it.
    pub fix: Text,
    /// A part of a file that has it.
    pub wrong: String,
    /// The same part without it.
    pub right: String,
    /// When it comes up.
    pub judged: CodeJudged,
}

/// The setting of a workflow that a code comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeSetting {
    /// Its path: `safety.max_removals`.
    pub key: String,
    /// What it does.
    pub doc: Text,
    /// What counts where it is not written; may be empty.
    pub default: String,
}

/// A code that runs, connections and items give. `{…}` in its texts stands for what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemPage {
    /// The code.
    pub code: String,
    /// What happened.
    pub reason: Text,
    /// Who can mend it.
    pub owner: Owner,
    /// What to do about it.
    pub hint: Text,
    /// The setting that it comes from, if any.
    pub setting: Option<CodeSetting>,
}

/// A code in the list of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeTitle {
    /// The code.
    pub code: String,
    /// What it is called.
    pub title: Text,
}

/// Codes that are about the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeGroup {
    /// What they are about.
    pub title: Text,
    /// The codes, in order.
    pub codes: Vec<CodeTitle>,
}

/// What stands in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FileOutline {
    /// `id`.
    pub id: Option<String>,
    /// `name`.
    pub name: Option<Text>,
    /// `labels`.
    pub labels: BTreeMap<String, String>,
    /// `connections`.
    pub connections: Vec<Alias>,
    /// The whole file as JSON, templates and expressions as texts: what forms show, by the paths that edits name.
    #[schema(value_type = serde_json::Value)]
    pub content: serde_json::Value,
}

/// What a node of a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// What starts the workflow.
    Trigger,
    /// A step.
    Step,
    /// A step that is carried out when the run ends.
    Finally,
}

/// What starts a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TriggerWords {
    /// `manual`, `schedule`, `webhook`, `event`, `after`.
    pub kind: String,
    /// The rule, the path, the events or the workflows.
    pub detail: String,
}

/// A node of a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GraphNode {
    /// The id of the step; `on` for what starts the workflow.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// What people call it.
    pub title: Text,
    /// `uses`: the action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<String>,
    /// What the action does with objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<ActionEffect>,
    /// The alias of its connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The connection that the alias stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The mapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<String>,
    /// What starts it, for the first node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<TriggerWords>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<TextRange>,
    /// Errors in it.
    pub errors: usize,
    /// Warnings in it.
    pub warnings: usize,
}

/// What comes before what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GraphEdge {
    /// The id of the node before.
    pub from: String,
    /// The id of the node after.
    pub to: String,
}

/// The picture of a text as nodes and edges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextGraph {
    /// The nodes, in the order in which they are carried out; empty where nothing can be made of the text.
    pub nodes: Vec<GraphNode>,
    /// The edges.
    pub edges: Vec<GraphEdge>,
    /// Whether the text has no error.
    pub ok: bool,
}

/// What a suggestion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionSort {
    /// A key.
    Key,
    /// One of some words.
    Word,
    /// An action.
    Action,
    /// A name of the file: a step, a mapping, a connection.
    Name,
    /// A field or property.
    Field,
    /// A helper or function.
    Function,
}

/// Something that can be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Suggested {
    /// What it is called.
    pub label: String,
    /// What to write.
    pub insert: String,
    /// What it replaces.
    pub replace: TextRange,
    /// What it is.
    pub sort: SuggestionSort,
    /// What it is, in a few words.
    pub detail: Text,
    /// What it means, as Markdown.
    pub doc: Text,
}

/// What can be written at a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Completion {
    /// The suggestions, the best first.
    pub items: Vec<Suggested>,
}

/// An explanation of what stands at a place; empty where there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HoverText {
    /// What it explains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<TextRange>,
    /// As Markdown.
    pub text: Text,
}

/// Where what stands at a place is defined; nothing where it is not in the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DefinitionPlace {
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<TextRange>,
}

/// A step of a path: a key, the `id` of an entry of a list, or a place in a list, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum PathPart {
    /// A place in a list.
    Item(usize),
    /// A key, or the `id` of an entry of a list.
    Key(String),
}

/// What is done at a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EditKind {
    /// `value` stands there; what is missing on the way is made.
    #[default]
    Set,
    /// Nothing stands there.
    Remove,
    /// `value` stands there, before what stood there. The path ends in a place of a list; one beyond the last is the end.
    Insert,
    /// The entry of a list moves to the place `to`.
    Move,
    /// The key is called `name`.
    Rename,
}

/// One edit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextEdit {
    /// Where: `["steps", "create_user", "with", "to_invite"]`.
    pub path: Vec<PathPart>,
    /// What is done; `set` where nothing is said.
    #[serde(default)]
    pub kind: EditKind,
    /// The value.
    #[serde(default)]
    #[schema(value_type = serde_json::Value)]
    pub value: Option<serde_json::Value>,
    /// The place to move to, from 0.
    #[serde(default)]
    pub to: Option<usize>,
    /// The new name of a key.
    #[serde(default)]
    pub name: Option<String>,
}

/// Edits of a text, made one after the other; all or none.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditText {
    /// The YAML.
    #[serde(default)]
    pub text: String,
    /// Its name, for messages.
    #[serde(default)]
    pub file: Option<String>,
    /// The edits.
    #[serde(default)]
    pub edits: Vec<TextEdit>,
}

/// A text after edits, with what the compiler says about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EditedText {
    /// The YAML.
    pub text: String,
    /// Whether it is another one than before.
    pub changed: bool,
    /// What the compiler says about it.
    #[serde(flatten)]
    pub checked: Checked,
}

/// A mapping to try with one object of the directory.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewMapping {
    /// The YAML of the workflow.
    #[serde(default)]
    pub text: String,
    /// The mapping; the first one for people where none is named.
    #[serde(default)]
    pub mapping: Option<String>,
    /// The key, account, employee number or name of the object; the first of the directory where none is named.
    #[serde(default)]
    pub key: Option<String>,
    /// Show private values as they are.
    #[serde(default)]
    pub reveal: bool,
}

/// What a field comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PreviewOutcome {
    /// `value`; an empty one clears the target's.
    Value,
    /// Nothing: the target's value stays.
    LeftOut,
    /// The object is left out.
    Skipped,
    /// It refers to another object, and is known in a plan only.
    Later,
    /// It breaks a rule: `error`.
    Wrong,
}

/// A field of a mapping, for one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreviewField {
    /// The target's field.
    pub field: String,
    /// What it is.
    pub title: Text,
    /// What it comes to.
    pub outcome: PreviewOutcome,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = serde_json::Value)]
    pub value: Option<serde_json::Value>,
    /// The rule that it breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Issue>,
    /// The line of the text, from 1.
    pub line: usize,
}

/// A mapping over one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MappingPreview {
    /// The mapping.
    pub mapping: String,
    /// The key of the object.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The fields, in the order of the text.
    pub fields: Vec<PreviewField>,
}
