//! What is wrong, in words: an [`Issue`] of a run, an item or a connection, a [`Finding`] of the compiler, and a [`Refusal`],
//! which is what the API answers when it does not do what was asked.

pub use idflow_sdk::{Class, NextKind, Owner};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What the operating system says about a file, in both languages; the common cases in words, everything with its number.
#[must_use]
pub fn system(error: &std::io::Error) -> Text {
    use std::io::ErrorKind as Kind;
    let zh = match error.kind() {
        Kind::NotFound => "文件或目录不存在",
        Kind::PermissionDenied => "没有权限",
        Kind::AlreadyExists => "已经存在",
        Kind::IsADirectory => "这是目录，不是文件",
        Kind::NotADirectory => "这不是目录",
        Kind::StorageFull => "磁盘空间不足",
        Kind::ReadOnlyFilesystem => "文件系统只读",
        Kind::InvalidData => "内容不是 UTF-8 文本",
        Kind::AddrInUse => "端口已被占用",
        Kind::AddrNotAvailable => "本机没有这个地址",
        Kind::BrokenPipe => "管道已关闭",
        Kind::TimedOut => "超时",
        _ => "系统错误",
    };
    let number = error.raw_os_error().map(|number| format!("（{number}）")).unwrap_or_default();
    Text { zh: format!("{zh}{number}"), en: error.to_string() }
}

/// A next step, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Next {
    /// What can be done.
    pub kind: NextKind,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// The connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The key of an object in the connection, the name of a setting, or the code that finds the items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The object of the other side of a link, by its key there: as a rule a person of the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The removal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removal: Option<String>,
    /// The input of the workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
}

/// Something that is wrong with a run, an item or a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Issue {
    /// Its code; the catalogue of codes explains it.
    pub code: String,
    /// What sort of trouble.
    pub class: Class,
    /// Who can mend it.
    pub owner: Owner,
    /// The field it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Why it happened.
    pub reason: Text,
    /// What to do about it.
    pub hint: Text,
    /// The next step here, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
    /// The vendor's own page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The workflow cannot be used.
    Error,
    /// The workflow can be used; somebody should look.
    Warning,
}

/// A place of a workflow's text: lines and columns from 1; columns count characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// The line where it begins.
    pub line: usize,
    /// The column where it begins, in characters.
    pub column: usize,
    /// The line where it ends.
    pub end_line: usize,
    /// The column after its end, in characters.
    pub end_column: usize,
    /// What it has to do with the finding.
    pub message: Text,
}

/// A replacement of bytes in a workflow's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fix {
    /// The first byte to replace.
    pub start: usize,
    /// The byte after the last; equal to `start` for an insertion.
    pub end: usize,
    /// What to write there.
    pub text: String,
}

/// What the compiler has to say about a place of a workflow's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// Its code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The name of the text.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The line of the end.
    pub end_line: usize,
    /// The column after the end, in characters.
    pub end_column: usize,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The column, from 1, in UTF-16 units, as browsers and editors count.
    pub utf16_column: usize,
    /// The column after the end, in UTF-16 units.
    pub utf16_end_column: usize,
    /// What is wrong.
    pub message: Text,
    /// Why it matters and how to mend it; a line for each piece of advice.
    pub help: Text,
    /// Other places that belong to it.
    pub related: Vec<Place>,
    /// Edits that mend it; all are applied together.
    pub fixes: Vec<Fix>,
    /// Whether the edits change the spelling only, and can be applied unseen.
    pub certain: bool,
}

/// One thing that is wrong with what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field of the body, the parameter, or the place in the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The code.
    pub code: String,
    /// What is wrong with it.
    pub reason: Text,
}

/// A refusal, as `application/problem+json` (RFC 9457). `title` and `detail` are in the language that the caller accepts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Refusal {
    /// Always `about:blank`: `code` names the sort of problem.
    #[serde(rename = "type")]
    pub about: String,
    /// The sort of refusal in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The code; the catalogue of codes explains it.
    pub code: String,
    /// What is wrong, in the language that the caller accepts.
    pub detail: String,
    /// What is wrong.
    pub reason: Text,
    /// What to do about it.
    pub hint: Text,
    /// Who can mend it.
    pub owner: Owner,
    /// The next step here, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
    /// What is wrong in detail: with a field of the body, or with a place of a workflow's text.
    #[serde(default)]
    pub errors: Vec<FieldError>,
    /// What the compiler found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What another system, or a run, said before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Issue>>,
}

impl Next {
    /// A next step about nothing in particular.
    #[must_use]
    pub const fn new(kind: NextKind) -> Self {
        Self { kind, run: None, workflow: None, connection: None, key: None, person: None, removal: None, input: None }
    }
}
