//! A person fills the directory from files. The workflow behind it need not be one that people start.

use super::manual::{self, By};
use crate::{
    contract::run::NewRun,
    engine::{Engine, Refused, Request},
    model::{id::RunId, trigger::TriggerKind},
    store::Batch,
};

/// Starts the workflow that reads the files, by this version of it; as usual where none is named.
///
/// # Errors
/// See [`Refused`].
pub async fn start(
    engine: &Engine,
    (workflow, version): (&str, Option<u64>),
    new: NewRun,
    by: By<'_>,
) -> Result<RunId, Refused> {
    let request = manual::request(engine, workflow, new, TriggerKind::Import, by);
    engine.submit(Request { version, ..request }).await
}

/// The same of a file that is read once: which run that is, is known in the commit that accepts it.
///
/// # Errors
/// See [`Refused`]; a conflict where the file is not as it was expected.
pub async fn start_once(
    engine: &Engine,
    (workflow, version): (&str, Option<u64>),
    new: NewRun,
    by: By<'_>,
    (id, along): (RunId, Batch),
) -> Result<RunId, Refused> {
    let request = manual::request(engine, workflow, new, TriggerKind::Import, by);
    engine.submit(Request { id: Some(id), along, version, ..request }).await
}
