//! A person decided about removals that waited: the workflow that wants them runs again.

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
pub async fn start(engine: &Engine, workflow: &str, found_by: RunId, actor: &str) -> Result<RunId, Refused> {
    let core = engine.core();
    let found = runs::get(&*core.store, &core.tenant, found_by).await?;
    let inputs = found.and_then(|run| run.inputs.as_object().cloned()).unwrap_or_default();
    let trigger = Trigger::new(TriggerKind::Removals, actor, core.clock.now_ms());
    let trigger = Trigger { parent: Some(found_by), ..trigger };
    engine.submit(Request { inputs, ..Request::new(workflow, trigger) }).await
}
