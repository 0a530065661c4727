//! How does a run end, or make others end, before anything of it began?
//!
//! Whoever ends a run here has no lease of its group: it expects that nobody has begun with it.

use idflow_sdk::Problem;

use crate::{
    engine::{Core, followers, progress, scope::workflow_of},
    model::{
        event::Event,
        id::RunId,
        run::{Ask, Asked, Run, Status},
    },
    store::{Batch, StoreError, runs},
};

/// The runs of the same group that were accepted before this one, and that somebody works on, or is about to. Who holds the
/// group's lease says nothing: it may be held for this very run, or for one that is gone.
pub(super) async fn others_before(core: &Core, run: &Run) -> Result<Vec<Run>, StoreError> {
    let mut others = runs::working(&*core.store, &core.tenant, Some(run.group_name())).await?;
    others.retain(|other| other.run < run.run && !other.only_tells());
    Ok(others)
}

/// Why a run waits whose group another node has: for others of the group, or because that node works on this very run. Nothing
/// is written down of who works on what, so it is the only one of the group that anybody works on, or it moves from one look to
/// the next; one that was paused, or that a node which is gone has left, only waits. `seen`: as it was looked at last.
pub(super) async fn who_is_ahead(core: &Core, run: &Run, seen: &mut Option<u64>) -> Result<&'static str, StoreError> {
    let moves = seen.replace(run.seq).is_some_and(|seq| seq != run.seq);
    if run.status == Status::Queued {
        return Ok(progress::GROUP);
    }
    if moves {
        return Ok(progress::ELSEWHERE);
    }
    let group = runs::working(&*core.store, &core.tenant, Some(run.group_name())).await?;
    let alone = group.iter().all(|other| other.run == run.run || other.status == Status::Queued);
    Ok(if alone { progress::ELSEWHERE } else { progress::GROUP })
}

/// They are asked to stop.
pub(super) async fn cancel_others(core: &Core, run: &Run) -> Result<(), StoreError> {
    for other in others_before(core, run).await? {
        let asked = Asked { ask: Ask::Cancel, by: format!("run {}", run.run) };
        core.ask(other.run, asked).await?;
    }
    Ok(())
}

/// A run that gives way, or that somebody cancels while it waits, ends as it was accepted. It has no lease, so it expects that
/// nobody has begun with it: of two nodes that look at the same run one is right, and that is in its header.
pub(super) async fn end_before_it_began(
    core: &Core,
    id: RunId,
    why: Problem,
    event: Option<Event>,
) -> Result<(), StoreError> {
    let Some(old) = runs::loaded(&*core.store, &core.tenant, id).await? else { return Ok(()) };
    if old.value.is_at_rest() || old.value.started.is_some() {
        return Ok(());
    }
    let now = core.clock.now_ms();
    let mut run = old.value.clone();
    run.status = Status::Cancelled;
    // Whoever gives way has nothing to tell.
    run.untold = event.is_some() && workflow_of(core, &run).await?.is_ok_and(|workflow| !workflow.finally.is_empty());
    run.why = vec![why];
    run.ended = Some(now);
    let mut batch = Batch { notify: true, ..Batch::default() };
    runs::expect(&mut batch, &core.tenant, &old);
    runs::forget_asked(&mut batch, &core.tenant, id);
    let ended = Event::Ended { status: run.status.as_str().into() };
    if event.is_some() && !run.untold {
        followers::note(core, &run, run.status, &mut batch).await?;
    }
    runs::append(&mut batch, &core.tenant, &mut run, now, event.into_iter().chain([ended]).collect())?;
    match core.store.commit(batch).await {
        Err(StoreError::Conflict) => Ok(()),
        other => other,
    }
}
