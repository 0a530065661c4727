//! A person fills the directory from files. The workflow behind it need not be one that people start.

use super::manual::{self, By};
use crate::{
    contract::run::NewRun,
    engine::{Engine, Refused},
    model::{id::RunId, trigger::TriggerKind},
};

/// Starts the workflow that reads the files.
///
/// # Errors
/// See [`Refused`].
pub async fn start(engine: &Engine, workflow: &str, new: NewRun, by: By<'_>) -> Result<RunId, Refused> {
    engine.submit(manual::request(engine, workflow, new, TriggerKind::Import, by)).await
}
