//! A person decided about removals that waited: the workflow that wants them runs again.

use super::{manual::By, retry};
use crate::{
    engine::{Engine, Refused, Request},
    model::{
        id::RunId,
        trigger::{Trigger, TriggerKind},
    },
    store::runs,
};

/// Starts the workflow as the run was started that found the removals.
///
/// # Errors
/// See [`Refused`].
pub async fn start(engine: &Engine, workflow: &str, found_by: RunId, by: By<'_>) -> Result<RunId, Refused> {
    let core = engine.core();
    let found = runs::get(&*core.store, &core.tenant, found_by).await?;
    let fenced = match &found {
        Some(found) => retry::fenced(found, by, true),
        None => Some(by.fenced),
    };
    let inputs = found.and_then(|run| run.inputs.as_object().cloned()).unwrap_or_default();
    let trigger = Trigger::new(TriggerKind::Removals, by.actor, core.clock.now_ms());
    let trigger = Trigger { parent: Some(found_by), ..trigger };
    engine.submit(Request { inputs, fenced, ..Request::new(workflow, trigger) }).await
}
