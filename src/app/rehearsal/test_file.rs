//! A test file as its author wrote it, see `workflows/README.md` for the format.
//!
//! Only the shape is checked here: which keys there are and what sort of value each has, with line and column where it is
//! otherwise. Whether an object has the fields of its system is found out when it is put on stage.

use std::collections::BTreeMap;

use idflow_sdk::Kind;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use serde_yaml::{Error, Location, MessageFormatter, Spanned, UserMessageFormatter};

use crate::app::AppError;

/// A test file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestFile {
    /// The workflow: the name of the file beside this one, without `.yaml`.
    pub workflow: Spanned<String>,
    /// What it is tried on.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows.
    pub name: String,
    /// Inputs of the run.
    #[serde(default)]
    pub inputs: Map<String, Value>,
    /// What the read steps see.
    #[serde(default)]
    pub source: SourceState,
    /// What is there before the run.
    #[serde(default)]
    pub target: Objects,
    /// What an earlier run has joined.
    #[serde(default)]
    pub links: Vec<Spanned<Link>>,
    /// What the plan has to be.
    pub expect: Expect,
}

/// An object: its `key` and its fields.
pub type Object = Spanned<Map<String, Value>>;

/// What the read steps see: objects of the directory, or files.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceState {
    /// Departments.
    #[serde(default)]
    pub departments: Vec<Object>,
    /// People.
    #[serde(default)]
    pub users: Vec<Object>,
    /// Files by name.
    #[serde(default)]
    pub files: BTreeMap<String, Spanned<String>>,
}

/// What the target holds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objects {
    /// Departments.
    #[serde(default)]
    pub departments: Vec<Object>,
    /// People.
    #[serde(default)]
    pub users: Vec<Object>,
}

/// A pair that an earlier run has joined.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Their kind.
    pub kind: Kind,
    /// The key in the source.
    pub source: String,
    /// The key in the target.
    pub target: String,
    /// How long ago access was taken away in the target: `40d`.
    #[serde(default)]
    pub removed_for: Option<String>,
}

/// What the plan has to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Objects by step.
    #[serde(default)]
    pub counts: BTreeMap<String, Spanned<StepCounts>>,
    /// Single changes.
    #[serde(default)]
    pub changes: Vec<Spanned<Change>>,
    /// Whether the plan waits for somebody.
    #[serde(default)]
    pub held: Option<bool>,
}

/// How many objects a step has something to do for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StepCounts {
    /// It makes.
    pub create: u64,
    /// It changes.
    pub update: u64,
    /// It removes.
    pub remove: u64,
    /// It finds as wanted; not looked at where it is not written.
    pub unchanged: Option<u64>,
    /// It leaves out.
    pub skipped: u64,
    /// It cannot write, because a rule is broken.
    pub invalid: u64,
    /// It cannot write, because another object stands in the way.
    pub blocked: u64,
    /// It leaves to a person.
    pub ambiguous: u64,
}

/// One change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The step.
    pub step: String,
    /// The key in the source.
    pub key: String,
    /// The field; without one, `after` names several.
    #[serde(default)]
    pub field: Option<String>,
    /// Its value before; not looked at where it is not written.
    #[serde(default, deserialize_with = "written")]
    pub before: Option<Value>,
    /// Its value afterwards; not looked at where it is not written.
    #[serde(default, deserialize_with = "written")]
    pub after: Option<Value>,
}

/// A value that may be `null`: written or not is the question.
fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Reads a test file.
///
/// # Errors
/// Anything that is not of the format, with its line and column.
pub fn parse(file: &str, text: &str) -> Result<TestFile, AppError> {
    serde_yaml::from_str(text).map_err(|error| {
        // What is wrong behind an alias is wrong where the anchor is.
        let mut cause = &error;
        while let Error::WithSnippet { error, .. } | Error::AliasError { error, .. } = cause {
            cause = error;
        }
        let message = UserMessageFormatter.format_message(cause);
        match cause.location().or_else(|| error.location()) {
            Some(location) => wrong(file, location, message),
            None => test_wrong(format!("{file}: {message}")),
        }
    })
}

/// Something in a test file is wrong.
pub fn wrong(file: &str, location: Location, message: impl std::fmt::Display) -> AppError {
    test_wrong(format!("{file}:{}:{}: {message}", location.line(), location.column()))
}

/// A test that cannot be played, or cannot be read.
pub fn test_wrong(what: impl Into<String>) -> AppError {
    AppError::invalid("test_wrong").arg("what", what)
}
