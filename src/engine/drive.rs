//! Leads one run from state to state: its turn in the concurrency group, plan, gate, apply, verdict. Each state is on
//! disk before the next begins, so the same code goes on after a crash.

mod admit;
mod carried_out;
mod driver;
mod early;
mod ending;
mod go_on;
mod held;
mod keep_plan;
mod planned;
mod resume;
mod still_wanted;
mod today;

use std::{collections::BTreeSet, sync::Arc};

use idflow_sdk::Problem;

use super::{
    Core,
    at_work::{Took, size, take_place},
    group_queue::QueueEntry,
    guard,
    lease::{self, Lease},
    owned::{self, Owned},
    progress::{self, Progress},
    put_off, rests,
    scope::{scope, workflow_of},
    written_so_far::Written,
};
use crate::{
    model::{
        definition::OnConflict,
        event::Event,
        id::RunId,
        run::{Mode, Run, Status},
    },
    store::{StoreError, runs},
};
use driver::Driver;
use early::{cancel_others, end_before_it_began, others_before, who_is_ahead};

/// Works on a run until it is over, held or paused. `run` is its header when it took its place; `new`: it was accepted just
/// now, by this process.
pub(super) async fn drive(core: &Arc<Core>, place: QueueEntry, run: Box<Run>, new: bool) -> Result<(), StoreError> {
    let id = place.run();
    let progress = core.live().get(&id).cloned().unwrap_or_default();
    let workflow = match workflow_of(core, &run).await {
        Ok(workflow) => workflow,
        Err(error) => return guard::unowned(core, &place, error).await,
    };
    let fresh = run.started.is_none() && !run.only_tells();
    if fresh {
        match workflow.map(|workflow| workflow.on_conflict).unwrap_or_default() {
            OnConflict::CancelRunning => cancel_others(core, &run).await?,
            OnConflict::Skip if !others_before(core, &run).await?.is_empty() => {
                return end_before_it_began(core, id, Problem::new("group_busy"), None).await;
            }
            OnConflict::Skip | OnConflict::Queue => {}
        }
    }
    let group = run.group_name().to_string();
    // For telling people nobody needs a place.
    let objects = if run.only_tells() { None } else { Some(size(core, &run).await?) };
    // The header that was just accepted is the newest, unless there was time for others.
    let mut newest = (new && !place.behind && !core.shared).then_some(run);
    // What stands in the way: another run, or another node that works on this one.
    let (mut ahead, mut seen) = (progress::GROUP, None);
    let lease = loop {
        progress.waits_for(ahead);
        tokio::select! {
            () = place.turn() => {}
            () = core.left() => return Ok(()),
            by = progress.cancelled(), if fresh => return Box::pin(cancel_waiting(core, place, by, progress)).await,
        }
        progress.waits(None);
        if let Some(objects) = objects {
            match take_place(core, &progress, objects).await {
                Took::AtOnce => {}
                Took::Later => newest = None,
                Took::Nothing => return Ok(()),
            }
        }
        match place.claim().await? {
            Some(lease) => break lease,
            None => newest = None,
        }
        // Whoever waits for another node keeps nobody here from work.
        progress.rest();
        progress.waits_for(ahead);
        tokio::select! {
            () = QueueEntry::look(core) => {}
            by = progress.cancelled(), if fresh => return Box::pin(cancel_waiting(core, place, by, progress)).await,
        }
        match runs::get(&*core.store, &core.tenant, id).await? {
            Some(now) if now.is_at_rest() => return Ok(()),
            Some(now) => ahead = who_is_ahead(core, &now, &mut seen).await?,
            None => return Ok(()),
        }
    };
    let owned = Arc::new(Owned::group(core, lease));
    let result = Box::pin(in_turn(core, &owned, (id, &group), newest, &progress)).await;
    progress.rest();
    // Before the next in the row asks for it.
    give_back(owned).await;
    drop(place);
    result?;
    Box::pin(tell_apart(core, id, progress)).await
}

/// Gives back what a run owned; nobody works under it any more.
async fn give_back(owned: Arc<Owned>) {
    if let Some(owned) = Arc::into_inner(owned) {
        owned.give_back().await;
    }
}

/// Works on a run that has its group.
async fn in_turn(
    core: &Arc<Core>,
    owned: &Arc<Owned>,
    (id, group): (RunId, &str),
    newest: Option<Box<Run>>,
    progress: &Arc<Progress>,
) -> Result<(), StoreError> {
    if core.shared {
        // A node that vanished may have left a run of this group half-way: nobody plans before that has come to its end.
        for other in runs::working(&*core.store, &core.tenant, Some(group)).await? {
            let half_way = other.status == Status::Applying && !other.only_tells() && !put_off::rests(core, &other);
            if other.run != id && half_way {
                let theirs = core.live().entry(other.run).or_default().clone();
                tracing::info!(run = %other.run, "a run that another node left goes on here");
                // It works in our place.
                theirs.work(progress.rest());
                let work = Box::pin(carry_on(core, other.run, None, owned, theirs.clone()));
                let carried = Box::pin(guard::guarded(core, other.run, owned, work)).await;
                owned.give_systems_back().await;
                progress.work(theirs.rest());
                core.leave(other.run);
                match carried {
                    // One that cannot go on keeps no other from its turn.
                    Err(error) if put_off::counts(&error) => {}
                    other => other?,
                }
            }
        }
    }
    let work = Box::pin(carry_on(core, id, newest, owned, progress.clone()));
    Box::pin(guard::guarded(core, id, owned, work)).await
}

/// Ends a run that waits for its turn: nothing was begun, so there is nothing to wait for.
async fn cancel_waiting(
    core: &Arc<Core>,
    place: QueueEntry,
    by: String,
    progress: Arc<Progress>,
) -> Result<(), StoreError> {
    let id = place.run();
    let why = Problem::new("cancelled").arg("by", by.clone());
    end_before_it_began(core, id, why, Some(Event::Cancelled { by })).await?;
    drop(place);
    tell_apart(core, id, progress).await
}

/// Tells people of a run that is over or held. It took no longer than it had to: messages may wait for an hour, and its
/// group goes on meanwhile.
async fn tell_apart(core: &Arc<Core>, id: RunId, progress: Arc<Progress>) -> Result<(), StoreError> {
    let run = runs::get(&*core.store, &core.tenant, id).await?;
    if !run.as_ref().is_some_and(Run::only_tells) || progress.is_leaving() {
        return Ok(());
    }
    // Another node may be at it.
    let Some(lease) = Lease::claim(core, &lease::of_group(core, &lease::telling_group(id))).await? else {
        return Ok(());
    };
    let owned = Arc::new(Owned::group(core, lease));
    let work = Box::pin(carry_on(core, id, None, &owned, progress));
    let result = Box::pin(guard::guarded(core, id, &owned, work)).await;
    give_back(owned).await;
    result
}

/// Works on a run that has its group: takes what it writes, and goes on from where it is.
async fn carry_on(
    core: &Arc<Core>,
    id: RunId,
    newest: Option<Box<Run>>,
    owned: &Arc<Owned>,
    progress: Arc<Progress>,
) -> Result<(), StoreError> {
    // What was read before the lease may be old: another node may have worked on the run.
    let run = match newest {
        Some(run) => Some(*run),
        None => runs::get(&*core.store, &core.tenant, id).await?,
    };
    let Some(mut run) = run.filter(|run| !run.is_at_rest()) else { return Ok(()) };
    if let Some(asked) = runs::asked_of(&*core.store, &core.tenant, id).await? {
        progress.ask(asked);
    }
    let workflow = workflow_of(core, &run).await?;
    let mut written = BTreeSet::new();
    if let Ok(workflow) = &workflow
        && run.mode != Mode::Plan
        && !run.only_tells()
    {
        written = owned::written(core, workflow).await?;
        let mut waited = false;
        if !owned.take(&run, &written, &progress, &mut waited).await? && progress.is_leaving() {
            return Ok(());
        }
        if waited {
            let now = runs::get(&*core.store, &core.tenant, id).await?;
            let Some(now) = now.filter(|run| !run.is_at_rest()) else { return Ok(()) };
            run = now;
        }
    }
    let mut driver = Driver::new(core, run, owned.clone(), written, progress);
    let workflow = match workflow {
        Ok(workflow) => workflow,
        // It ended already, and nobody can be told.
        Err(_) if driver.log.run.untold => {
            if driver.log.run.status.is_end() {
                driver.follow(driver.log.run.status).await?;
            }
            driver.log.run.untold = false;
            return driver.log.commit().await;
        }
        Err(_) if driver.log.run.ending.is_some() => {
            let (status, why) = driver.log.run.ending.take().unwrap_or((Status::Failed, Vec::new()));
            driver.follow(status).await?;
            return driver.end_plainly(status, why).await;
        }
        Err(message) => {
            // Windows of a step go ahead of the header.
            let mut last = driver.log.run.seq;
            runs::each_entry(&*core.store, &core.tenant, id, |entry| last = entry.seq).await?;
            driver.log.run.seq = last;
            // Whatever of it was carried out counts for this day, with what may have been.
            let written = Box::pin(Written::of(core, &driver.log.run)).await?;
            (driver.log.run.counts, driver.log.run.unsure) = (written.sure, written.unsure);
            let why = vec![Problem::new("workflow_invalid").arg("message", message)];
            driver.follow(Status::Failed).await?;
            return driver.end_plainly(Status::Failed, why).await;
        }
    };
    let scope = scope(core, &driver.log.run, &workflow).await?;
    rests::remember(core, &workflow).await?;
    // Apart from the futures around it, which would be as large as all of it together.
    Box::pin(driver.work(&workflow, scope)).await
}
