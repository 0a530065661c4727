//! Workflows that start when a run of another one ends: `on.after`, and calls in `finally`.
//!
//! A start is noted in the commit that ends the run (`src/store/after_runs.rs`), and the note is deleted in the commit that accepts
//! the new run: it starts once, whatever crashes and however many nodes look.

use std::time::Duration;

use idflow_sdk::Problem;

use super::call;
use crate::{
    engine::{Engine, Refused, Request},
    model::trigger::{Trigger, TriggerKind},
    store::{Batch, StoreError, after_runs, after_runs::Due, catalogue, keys, tenants},
};

/// A start that was due longer ago than this is forgotten: nobody expects it any more.
const FORGOTTEN_MS: i64 = 24 * 3600 * 1000;
/// The time between two looks at least.
const BREATH: Duration = Duration::from_millis(50);
/// How often the store is asked at least, in case a hint was lost.
const ASK: Duration = Duration::from_secs(1);

/// Starts what is due until the task is dropped.
pub async fn watch(engine: Engine) {
    let mut changes = engine.core().store.changes();
    loop {
        if let Err(error) = start_due(&engine).await {
            tracing::warn!(%error, "runs that follow others could not be started; it is tried again");
        }
        // Many hints at once are one reason to look.
        tokio::time::sleep(BREATH).await;
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep(ASK) => {}
        }
    }
}

/// Starts every run that is due, in all tenants.
pub async fn start_due(engine: &Engine) -> Result<(), StoreError> {
    for tenant in tenants::with(&*engine.core().store, keys::FOLLOW).await? {
        start_due_of_tenant(&engine.of(&tenant)).await?;
    }
    Ok(())
}

async fn start_due_of_tenant(engine: &Engine) -> Result<(), StoreError> {
    let core = engine.core();
    for due in after_runs::due(&*core.store, &core.tenant).await? {
        let started = match due {
            Ok(due) => start(engine, &due).await,
            Err(error) => Err(error),
        };
        match started {
            Ok(()) | Err(StoreError::Conflict) => {}
            // The others are not to blame.
            Err(error @ StoreError::Corrupt(_)) => complain(engine, "a start that is due", &error),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Starts a run that follows another, or settles that it cannot: a failed run tells why.
async fn start(engine: &Engine, due: &Due) -> Result<(), StoreError> {
    let core = engine.core();
    let now = core.clock.now_ms();
    let mut request = match &due.inputs {
        Some(inputs) => call::request(due, inputs, now),
        None => {
            let trigger = Trigger::new(TriggerKind::After, "after", now);
            let trigger = Trigger { parent: Some(due.parent), chain: due.chain.clone(), ..trigger };
            Request { inputs: inputs_after(engine, due).await?, ..Request::new(&due.workflow, trigger) }
        }
    };
    let mut along = Batch::default();
    after_runs::take(&mut along, &core.tenant, due)?;
    request.along = along;
    let why = if now - due.at > FORGOTTEN_MS {
        Problem::new("start_too_late")
    } else {
        match engine.submit(request.clone()).await {
            Ok(run) => {
                tracing::info!(%run, workflow = due.workflow, parent = %due.parent, "a run follows another");
                return Ok(());
            }
            Err(Refused::Store(error)) => return Err(error),
            // It starts when there is room again.
            Err(refused) if refused.passes() => {
                complain(engine, &format!("the run of `{}` that should follow another", due.workflow), &refused);
                return Ok(());
            }
            Err(refused) => refused.problem(),
        }
    };
    tracing::warn!(workflow = due.workflow, parent = %due.parent, code = %why.code, "a run that should follow cannot start");
    engine.settle_refused(request, why).await.map(|_| ())
}

/// What `on.after` of the workflow says about the inputs, for the workflow that ended.
async fn inputs_after(engine: &Engine, due: &Due) -> Result<serde_json::Map<String, serde_json::Value>, StoreError> {
    let core = engine.core();
    let head = catalogue::workflow(&*core.store, &core.tenant, &due.workflow).await?;
    let Some(active) = head.and_then(|head| head.value.active) else { return Ok(serde_json::Map::new()) };
    // One that does not compile is refused for that reason.
    let signature = core.connect.signatures(&[(&due.workflow, active)]).await?.pop().flatten();
    let after = signature.as_ref().and_then(|signature| signature.summary()).and_then(|summary| {
        summary.after.iter().find(|after| due.chain.last().is_some_and(|ended| *ended == after.workflow))
    });
    Ok(after.map(|after| after.inputs.clone()).unwrap_or_default())
}

/// Tells in the log what stands in the way: once, not with every look.
fn complain(engine: &Engine, what: &str, why: &dyn std::fmt::Display) {
    let said = format!("{what}: {why}");
    if engine.core().said(&said) {
        tracing::warn!("{said}");
    }
}
