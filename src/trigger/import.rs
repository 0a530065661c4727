//! A person fills the directory from files. The workflow behind it need not be one that people start.

use super::manual::{self, By};
use crate::{
    contract::run::NewRun,
    engine::{Engine, Refused, Request},
    model::{id::RunId, trigger::TriggerKind},
};

/// Starts the workflow that reads the files.
///
/// # Errors
/// See [`Refused`].
pub async fn start(engine: &Engine, workflow: &str, new: NewRun, by: By<'_>) -> Result<RunId, Refused> {
    engine.submit(manual::request(engine, workflow, new, TriggerKind::Import, by)).await
}

/// Plans by one version of it, which need not be live.
///
/// # Errors
/// See [`Refused`].
pub async fn plan(engine: &Engine, workflow: &str, version: u64, new: NewRun, by: By<'_>) -> Result<RunId, Refused> {
    let request = manual::request(engine, workflow, NewRun { plan: true, ..new }, TriggerKind::Import, by);
    engine.submit(Request { version: Some(version), ..request }).await
}
