//! Workflow tests: what `idflow test` answers.

use serde::{Deserialize, Serialize};

/// What became of the cases of all files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// Whether every case is as expected.
    pub passed: bool,
    /// The files.
    pub files: Vec<TestFile>,
}

/// What became of a test file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TestFile {
    /// The file.
    pub file: String,
    /// The workflow; absent when the file cannot be played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Whether every case is as expected.
    pub passed: bool,
    /// Its cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<TestCase>,
    /// Why it cannot be played, in the language of the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What to do about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What the compiler found, or what was said before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<serde_json::Value>>,
}

/// What became of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCase {
    /// Its name.
    pub name: String,
    /// Whether the plan is as expected.
    pub passed: bool,
    /// What is otherwise, in sentences, in the language of the reader.
    #[serde(default)]
    pub differences: Vec<String>,
}
