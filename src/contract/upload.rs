//! Files that are uploaded into the directory: what is in them, which column is which field, and their import.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::{Issue, Text};

/// The largest file, in bytes.
pub const MOST_BYTES: u64 = 200 << 20;

/// What an upload is called.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UploadName {
    /// The name of the file, for people.
    #[serde(default)]
    #[param(required = false)]
    pub name: String,
}

/// Which file with headers to fill in.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UploadBlankForm {
    /// Its form: `csv` or `xlsx`; `xlsx` where nothing is said.
    pub format: Option<String>,
    /// The language of the headers: `zh` or `en`; `zh` where nothing is said.
    pub lang: Option<String>,
}

/// A sheet of an uploaded workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadSheet {
    /// Its name; empty for a CSV file.
    pub name: String,
    /// Whether whoever opens the workbook does not see it.
    pub hidden: bool,
}

/// The form of an uploaded file, by what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UploadFormat {
    /// Comma-separated values, or with another separator.
    Csv,
    /// An Excel workbook.
    Xlsx,
}

/// An uploaded file. It is removed when its time is over, or once its import is over without a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Upload {
    /// Its id.
    pub id: String,
    /// The name of the file.
    pub name: String,
    /// Its form.
    pub format: UploadFormat,
    /// Its size.
    pub bytes: u64,
    /// Its sheets; a CSV file has one.
    pub sheets: Vec<UploadSheet>,
    /// When it came.
    pub created: String,
    /// Who sent it.
    pub by: String,
    /// Until when it is kept.
    pub expires: String,
    /// The run that imports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

/// How departments are named in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DepartmentsBy {
    /// By the ids of an import of departments, joined by `;`.
    Id,
    /// By their path from the root down, several joined by `;`.
    #[default]
    Path,
}

/// How departments are named, and what stands between the names of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadDepartments {
    /// By id or by path.
    #[serde(default)]
    pub by: DepartmentsBy,
    /// What separates the names of a path.
    #[serde(default = "slash")]
    pub separator: String,
    /// Whether departments that are missing are made, which is possible by path, with one department in each row.
    #[serde(default)]
    pub create: bool,
}

fn slash() -> String {
    "/".into()
}

impl Default for UploadDepartments {
    fn default() -> Self {
        Self { by: DepartmentsBy::Path, separator: slash(), create: false }
    }
}

/// How a file is read: what is not said is found out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadReading {
    /// The sheet; the first one that is not hidden where nothing is said.
    #[serde(default)]
    pub sheet: Option<String>,
    /// The number of the row with the headers, from 1; found where nothing is said.
    #[serde(default)]
    pub header_row: Option<u64>,
    /// Field to header. Nothing: what is proposed, or what the workflow keeps.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// How departments are named. Nothing: as it looks.
    #[serde(default)]
    pub departments: Option<UploadDepartments>,
    /// Words for states beside those that are known, each with what it means: `active`, `disabled` or `left`.
    #[serde(default)]
    pub states: BTreeMap<String, String>,
    /// A workflow that keeps a mapping; all of the above but sheet and header row is then as it was kept.
    #[serde(default)]
    pub workflow: Option<String>,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    pub reveal: bool,
}

/// A column of an uploaded file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadColumn {
    /// Its header.
    pub header: String,
    /// The field that it is read as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// A field that a column can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadField {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Text,
    /// Whether nobody is imported without it.
    pub required: bool,
}

/// A row of an uploaded file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UploadRow {
    /// Its number in the file, from 1.
    pub row: u64,
    /// Its cells, one for each column; private ones are masked.
    pub cells: Vec<String>,
    /// Whether it would be imported.
    pub refused: bool,
    /// What there is to say about it.
    pub findings: Vec<Issue>,
}

/// What is wrong with several rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UploadProblem {
    /// What it is; of the first such row.
    pub issue: Issue,
    /// In how many rows.
    pub rows: u64,
    /// The first of them.
    pub first_row: u64,
    /// Whether these rows are not imported.
    pub refused: bool,
}

/// What is in an uploaded file, and what its import would make of each row. Whom it would create or change is what a plan says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UploadPreview {
    /// The sheet.
    pub sheet: String,
    /// The row with the headers, from 1.
    pub header_row: u64,
    /// The columns, each with the field that it is read as.
    pub columns: Vec<UploadColumn>,
    /// The fields that columns can be.
    pub fields: Vec<UploadField>,
    /// The required fields that no column is read as: nothing can be imported before that is mended.
    pub missing_fields: Vec<String>,
    /// How departments are named.
    pub departments: UploadDepartments,
    /// Departments that rows name and that are not in the directory; at most 100 of them.
    pub missing_departments: Vec<String>,
    /// How many there are.
    pub missing_departments_total: u64,
    /// The first rows.
    pub rows: Vec<UploadRow>,
    /// The first rows with something to say about, wherever they stand.
    pub rows_with_findings: Vec<UploadRow>,
    /// What is wrong, the most frequent first.
    pub problems: Vec<UploadProblem>,
    /// How many rows there are below the headers.
    pub total: u64,
    /// How many of them would not be imported.
    pub refused: u64,
    /// What is worth knowing of the file as a whole.
    pub notes: Vec<Issue>,
    /// Workflows that were made of a file with these headers: one of them imports this one in one step.
    pub workflows: Vec<String>,
}

/// An import that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadStarted {
    /// The id of its run.
    pub run: String,
    /// What is worth knowing of the file as a whole, as its preview says it.
    #[serde(default)]
    pub notes: Vec<Issue>,
}

/// How an uploaded file is imported: by a mapping, which is kept as a workflow, or by a workflow that was kept before.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadImport {
    /// The sheet; the first one that is not hidden where nothing is said.
    #[serde(default)]
    pub sheet: Option<String>,
    /// The row with the headers; found where nothing is said.
    #[serde(default)]
    pub header_row: Option<u64>,
    /// Field to header. Nothing: the mapping that the workflow keeps, else what is proposed.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// How departments are named. Nothing: as it looks.
    #[serde(default)]
    pub departments: Option<UploadDepartments>,
    /// Words for states beside those that are known, each with what it means: `active`, `disabled` or `left`.
    #[serde(default)]
    pub states: BTreeMap<String, String>,
    /// Whether the file is the full list: whoever was imported by this workflow before and is not in it leaves.
    #[serde(default)]
    pub full: bool,
    /// The id of the workflow that keeps the mapping; `upload_people` where nothing is said.
    #[serde(default)]
    pub workflow: Option<String>,
    /// The version of that workflow whose mapping is meant, as the plan names it: where another one is active by now, nothing is
    /// imported, and none is kept.
    #[serde(default)]
    pub version: Option<u64>,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// The caller approves the plan as computed.
    #[serde(default)]
    pub approve: bool,
    /// Only plan; the file stays.
    #[serde(default)]
    pub plan: bool,
}
