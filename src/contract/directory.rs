//! The directory: departments and people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{item::InWords, link::Link, problem::Text};

/// How many of each kind and status the directory holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryCounts {
    /// Objects by kind and status.
    pub counts: BTreeMap<String, BTreeMap<String, u64>>,
}

/// A department or a person: its id, and its fields by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryObject {
    /// Its id.
    pub id: String,
    /// Its fields.
    #[serde(flatten)]
    pub fields: BTreeMap<String, serde_json::Value>,
}

/// Which objects of the directory.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DirectoryFilter {
    /// `user` or `department`.
    pub kind: String,
    /// Only those that are found by this: the beginning of a name, also in letters (`zhangsan`, `zs`), of an account or a number;
    /// with `pii:read` also a telephone number or an address in full. The best match comes first.
    pub find: Option<String>,
    /// Only people of this department, by its id; of departments, those right below it.
    pub department: Option<String>,
    /// Only those with this status: `active`, `disabled`, `left`, `pending_review`; of departments `active`, `removed`.
    pub status: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}

/// A folder to import.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The folder of the server with `departments.csv` and `users.csv`, as an absolute path.
    pub folder: String,
    /// The caller approves the plan as computed.
    #[serde(default)]
    pub approve: bool,
    /// Only plan.
    #[serde(default)]
    pub plan: bool,
    /// Inputs by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub inputs: serde_json::Map<String, serde_json::Value>,
}

/// Which departments of the tree.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TreeLook {
    /// Those right below this department, by its id; the roots where nothing is said.
    pub parent: Option<String>,
    /// Also those that were removed.
    #[serde(default)]
    #[param(required = false)]
    pub removed: bool,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// A department of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TreeNode {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its place among its siblings; smaller first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
    /// `active` or `removed`.
    pub status: String,
    /// How many departments are right below it.
    pub departments: u64,
    /// How many people belong to it itself and have not left.
    pub people: u64,
}

/// Who wrote something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryWriter {
    /// The person or program, by the name in the log; absent for a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// What people call the workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_name: Option<Text>,
    /// When; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A workflow that fills a field from its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldMaster {
    /// The workflow.
    pub workflow: String,
    /// What people call it.
    pub name: Text,
}

/// A field of an object: its value, who wrote it, and who may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryField {
    /// Its name in mappings.
    pub name: String,
    /// What people call it.
    pub title: Text,
    /// The value; `null` where it is empty.
    #[schema(value_type = serde_json::Value)]
    pub value: serde_json::Value,
    /// Whether something of it was hidden.
    pub masked: bool,
    /// The workflow that fills it; then nobody changes it by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master: Option<FieldMaster>,
    /// Whether it can be changed by hand, as far as the field is concerned.
    pub editable: bool,
    /// Who wrote it last, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<DirectoryWriter>,
}

/// A department by id and path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DepartmentPath {
    /// Its id.
    pub id: String,
    /// Its path, `/a/b`.
    pub path: String,
}

/// What can be done with an object of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryVerb {
    /// Change its fields.
    Edit,
    /// Lock a person out, who stays a member.
    Disable,
    /// Let a person in again, or bring back who has left or was removed.
    Enable,
    /// A person leaves; a department is removed.
    Remove,
    /// Put it into another department.
    Move,
}

impl DirectoryVerb {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Remove => "remove",
            Self::Move => "move",
        }
    }
}

/// A department or a person, with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryDetail {
    /// Its id.
    pub id: String,
    /// `user` or `department`.
    pub kind: String,
    /// What people call it.
    pub label: String,
    /// Its status.
    pub status: String,
    /// What it is now, for `If-Match`.
    pub etag: String,
    /// Its fields, all of them.
    pub fields: Vec<DirectoryField>,
    /// The departments that it names, and of a department its own path.
    pub departments: Vec<DepartmentPath>,
    /// Which objects of other systems it is.
    pub links: Vec<Link>,
    /// When it was made.
    pub created: String,
    /// What the caller may do with it now.
    pub allowed: Vec<DirectoryVerb>,
}

/// A field that was changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldEdit {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Text,
    /// As it was; `null`: empty.
    #[schema(value_type = serde_json::Value)]
    pub before: serde_json::Value,
    /// As it is afterwards.
    #[schema(value_type = serde_json::Value)]
    pub after: serde_json::Value,
    /// The same for people: names instead of ids, words instead of flags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_words: Option<InWords>,
}

/// Something that happened to an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    /// `created` or `changed`.
    pub what: TimelineKind,
    /// When.
    pub at: String,
    /// Who did it; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<DirectoryWriter>,
    /// What was changed.
    pub changes: Vec<FieldEdit>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    /// It was made.
    Created,
    /// Something of it was changed.
    Changed,
}

/// Which part of a timeline.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TimelineLook {
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}

/// How one object is looked at.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ObjectLook {
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}

/// A department or person to be made by hand.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDirectoryObject {
    /// `user` or `department`.
    pub kind: String,
    /// Its fields by name. Departments are named by id or by path (`/a/b`).
    #[schema(value_type = Object)]
    pub fields: serde_json::Map<String, serde_json::Value>,
}

/// Fields to be changed by hand.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectoryEdit {
    /// New values by name; `null` empties a field. What is not named stays.
    #[schema(value_type = Object)]
    pub fields: serde_json::Map<String, serde_json::Value>,
}

/// Where to.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectoryMove {
    /// The departments of a person, or the one above a department, by id or path; none: a department becomes a root.
    #[serde(default)]
    pub to: Vec<String>,
}

/// What is done with many at once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectoryBulk {
    /// What to do: `disable`, `enable`, `remove` or `move`.
    pub verb: DirectoryVerb,
    /// With whom: the filter of a list.
    pub filter: BulkFilter,
    /// How many that were when somebody looked. If it is another number now, nothing is done.
    pub expected: u64,
    /// Where to move them, by id or path.
    #[serde(default)]
    pub to: Vec<String>,
    /// Only say how many it would be.
    #[serde(default)]
    pub count_only: bool,
}

/// Whom something is done with.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkFilter {
    /// `user` or `department`.
    pub kind: String,
    /// As in the list.
    #[serde(default)]
    pub find: Option<String>,
    /// As in the list.
    #[serde(default)]
    pub department: Option<String>,
    /// As in the list.
    #[serde(default)]
    pub status: Option<String>,
    /// Only these, by id.
    #[serde(default)]
    pub ids: Vec<String>,
}

/// What was done with many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BulkDone {
    /// How many the filter finds.
    pub found: u64,
    /// How many were changed; the others were so already.
    pub changed: u64,
}

/// Which of those who wait for a review.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReviewFilter {
    /// Only those found by this: the beginning of a name (also in pinyin or its initials), account or number.
    pub find: Option<String>,
    /// Only those of this department, by its id.
    pub department: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// Somebody who waits for a review: in the directory, and not yet let in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReviewPerson {
    /// The id in the directory.
    pub id: String,
    /// The name.
    pub name: String,
    /// The account.
    pub username: String,
    /// The employee number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_no: Option<String>,
    /// The departments.
    pub departments: Vec<DepartmentPath>,
    /// Where the person comes from: the objects of other systems, with the workflow that brought them.
    pub links: Vec<Link>,
    /// What the person is now, for `If-Match`.
    pub etag: String,
}

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// The person is let in: active.
    Approve,
    /// The person is not: left.
    Reject,
}

/// About whom it is decided.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewDecision {
    /// Their ids in the directory; all of them wait, or nothing is decided.
    #[serde(default)]
    pub ids: Vec<String>,
    /// Why; kept in the audit.
    #[serde(default)]
    pub comment: Option<String>,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReviewDone {
    /// About how many.
    pub decided: u64,
}
