//! A person repeats what went wrong in a run, and only that: everything is read again, and the plan is cut down to the items
//! that failed, were blocked, ambiguous, invalid or not attempted, with what they wait for.

use super::manual::By;
use crate::{
    engine::{Engine, Refused, Request},
    model::{
        id::RunId,
        run::{Kept, Mode, Run},
        trigger::{Trigger, TriggerKind},
    },
    store::{catalogue, runs},
};

/// What somebody wants to repeat.
#[derive(Debug, Clone, Copy)]
pub struct Again<'a> {
    /// Who.
    pub by: By<'a>,
    /// By the active version of the workflow instead of the run's own.
    pub newest: bool,
    /// The caller approves the plan as computed.
    pub approve: bool,
    /// Only these rows of the run; all that went wrong where there is none.
    pub rows: &'a [u32],
}

/// Repeats it.
///
/// # Errors
/// See [`Refused`].
pub async fn start(engine: &Engine, run: RunId, again: Again<'_>) -> Result<RunId, Refused> {
    let found = found(engine, run).await?;
    // The active version is asked for when the run is accepted.
    let version = (!again.newest).then_some(found.version);
    let request = request(engine, found, again, Mode::Retry);
    engine.submit(Request { version, ..request }).await
}

/// Plans such a repetition without carrying it out.
///
/// # Errors
/// See [`Refused`].
pub async fn plan(engine: &Engine, run: RunId, again: Again<'_>) -> Result<RunId, Refused> {
    let found = found(engine, run).await?;
    let version = version(engine, &found, again.newest).await?;
    let request = request(engine, found, again, Mode::Plan);
    engine.submit(Request { approve: false, version: Some(version), ..request }).await
}

fn request(engine: &Engine, found: Run, again: Again<'_>, mode: Mode) -> Request {
    let (now, of) = (engine.core().clock.now_ms(), (found.run, &found.trigger));
    let trigger = Trigger::again(TriggerKind::Retry, again.by.actor, now, of);
    Request {
        mode,
        inputs: found.inputs.as_object().cloned().unwrap_or_default(),
        approve: again.approve,
        retry_of: Some(found.run),
        retry_rows: again.rows.to_vec(),
        ticket: again.by.ticket.cloned(),
        judged: again.by.judged,
        fenced: fenced(&found, again.by, again.newest),
        ..Request::new(&found.workflow, trigger)
    }
}

/// Which files a run reads that repeats another one: all, for whoever sits at the machine; else those of the other one, and by
/// another version no more than whoever activated that may.
pub(super) fn fenced(found: &Run, by: By<'_>, newest: bool) -> Option<bool> {
    match (by.fenced, found.fenced, newest) {
        (false, ..) => Some(false),
        (true, true, _) => Some(true),
        (true, false, false) => Some(false),
        (true, false, true) => None,
    }
}

/// The run, if it can be repeated.
async fn found(engine: &Engine, run: RunId) -> Result<Run, Refused> {
    let core = engine.core();
    let found = runs::get(&*core.store, &core.tenant, run).await?;
    let found = found.ok_or_else(|| Refused::NoRun(run.to_string()))?;
    can_be_repeated(&found).map(|()| found)
}

/// Refuses a run that is not over, had no plan, or of which no failed items are kept.
///
/// # Errors
/// See [`Refused`].
pub fn can_be_repeated(run: &Run) -> Result<(), Refused> {
    if !run.status.is_end() || run.mode == Mode::Plan || run.plan.is_none() {
        return Err(Refused::NotOver(run.run, run.status));
    }
    if run.kept == Kept::Header {
        return Err(Refused::Forgotten(run.run));
    }
    Ok(())
}

/// The version by which a run is repeated.
///
/// # Errors
/// No version is active; those of the store.
pub async fn version(engine: &Engine, run: &Run, newest: bool) -> Result<u64, Refused> {
    if !newest {
        return Ok(run.version);
    }
    let core = engine.core();
    let head = catalogue::workflow(&*core.store, &core.tenant, &run.workflow).await?;
    let active = head.and_then(|head| head.value.active);
    active.ok_or_else(|| Refused::NoneActive(run.workflow.clone()))
}
