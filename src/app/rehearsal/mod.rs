//! Rehearsals: what a workflow would do to a small company that its author describes, without any network.
//!
//! ```text
//!  NAME.test.yaml ─► written ─► objects ─► stage ─► plan ─► verdict
//!  NAME.yaml ──────────────────────────────┘ in memory, simulator
//! ```
//!
//! The plan is that of the real engine over real connectors; only the store, the directory and the company behind the
//! connections are made up. Nothing is applied: a test says which plan is right, not whether a platform accepts it.
//!
//! Deliberately absent: printing, and a way to look at a tenant's own data.

mod links;
mod objects;
mod settings;
mod test_file;
mod verdict;
mod world;

use std::path::Path;

use super::AppError;
use crate::contract::problem::Text;
pub use settings::Settings;

use test_file::{Case, test_wrong, wrong};
use world::{Script, Stage};

/// How the names of test files end.
pub const SUFFIX: &str = ".test.yaml";

/// What became of a test file.
#[derive(Debug, Clone)]
pub struct Report {
    /// The file.
    pub file: String,
    /// The workflow.
    pub workflow: String,
    /// Its cases.
    pub cases: Vec<CaseReport>,
}

/// What became of a case.
#[derive(Debug, Clone)]
pub struct CaseReport {
    /// Its name.
    pub name: String,
    /// Whether the plan is as expected.
    pub passed: bool,
    /// What is otherwise, in sentences.
    pub differences: Vec<Text>,
}

impl Report {
    /// Whether every case is as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.cases.iter().all(|case| case.passed)
    }
}

/// Runs a test file against the workflow beside it.
///
/// # Errors
/// Files that cannot be read or are not of the format, and workflows with errors. A case that cannot be played is a
/// difference of that case.
pub async fn rehearse(path: &Path, settings: &Settings) -> Result<Report, AppError> {
    let file = path.display().to_string();
    let test = test_file::parse(&file, &text(path)?)?;
    let name = &test.workflow.value;
    if Path::new(name).file_name().is_none_or(|plain| plain != name.as_str()) {
        let message = "`workflow` is the name of a file in the same folder, without `.yaml`";
        return Err(wrong(&file, test.workflow.defined, message));
    }
    let beside = path.with_file_name(format!("{name}.yaml"));
    let workflow = text(&beside).map_err(|error| wrong(&file, test.workflow.defined, error))?;
    let workflow_file = beside.display().to_string();
    let script = Script { file: &file, workflow_file: &workflow_file, text: &workflow };
    super::workflows::checked(script.workflow_file, script.text)?;
    let mut cases = Vec::with_capacity(test.cases.len());
    for case in &test.cases {
        let differences = match play(&script, case, settings).await {
            Ok(differences) => differences,
            Err(error) => vec![error.issue().reason],
        };
        cases.push(CaseReport { name: case.name.clone(), passed: differences.is_empty(), differences });
    }
    Ok(Report { file, workflow: name.clone(), cases })
}

async fn play(script: &Script<'_>, case: &Case, settings: &Settings) -> Result<Vec<Text>, AppError> {
    let mut stage = Stage::set(script, case, settings).await?;
    let planned = stage.plan().await;
    let differences = planned.map(|(run, rows)| verdict::differences(&case.expect, &stage.workflow, &run, &rows));
    stage.clear().await;
    differences
}

fn text(path: &Path) -> Result<String, AppError> {
    let file = path.display();
    let bytes = std::fs::read(path).map_err(|error| test_wrong(format!("{file}: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to().to_string();
        AppError::invalid("test_not_utf8").arg("file", file.to_string()).arg("at", at)
    })
}
