//! Works on a run as long as what it owns is held, and counts what goes wrong in its header: after some tries it ends with
//! its cause, so that it neither reads a whole company every second nor keeps its group from working.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt;
use idflow_sdk::Problem;

use super::{
    Core, followers,
    group_queue::QueueEntry,
    owned::Owned,
    put_off::{counts, rest_ms},
    written_so_far::{self, Written},
};
use crate::{
    model::{
        id::RunId,
        run::{Run, Status},
    },
    store::{Batch, StoreError, runs},
};

/// How often a run is tried.
const MOST: u32 = 6;

/// Work whose panic is an error.
pub(super) async fn caught(work: impl Future<Output = Result<(), StoreError>>) -> Result<(), StoreError> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason was given");
        Err(StoreError::Corrupt(format!("a fault of the program: {text}")))
    })
}

/// Works on a run as long as what it owns is held; what goes wrong is counted in its header.
pub(super) async fn guarded(
    core: &Core,
    run: RunId,
    owned: &Owned,
    work: impl Future<Output = Result<(), StoreError>>,
) -> Result<(), StoreError> {
    let done = caught(owned.while_held(work)).await;
    if let Err(error) = &done
        && counts(error)
        && let Err(second) = note(core, run, owned, error).await
    {
        tracing::warn!(%run, error = %second, "that a run could not be carried on cannot be noted");
    }
    done
}

/// An error before anything was owned: noted, if its group is free.
pub(super) async fn unowned(core: &Arc<Core>, place: &QueueEntry, error: StoreError) -> Result<(), StoreError> {
    if counts(&error)
        && let Some(lease) = place.free().await?
    {
        let owned = Owned::group(core, lease);
        let noted = note(core, place.run(), &owned, &error).await;
        owned.give_back().await;
        noted?;
    }
    Err(error)
}

async fn note(core: &Core, run: RunId, owned: &Owned, error: &StoreError) -> Result<(), StoreError> {
    let Some(old) = runs::loaded(&*core.store, &core.tenant, run).await? else { return Ok(()) };
    if old.value.is_at_rest() {
        return Ok(());
    }
    let mut new = old.value.clone();
    new.stumbled += 1;
    let mut batch = Batch { fence: Some(owned.fence()), ..Batch::default() };
    // What no store can keep is no better at the next try.
    if new.stumbled >= MOST || matches!(error, StoreError::Refused(_)) {
        // Whatever of it cannot be read, it ends.
        if let Err(error) = count(core, &mut new, &mut batch).await {
            tracing::warn!(%run, %error, "what a run wrote that cannot be carried on is not known");
        }
        end(core, &mut new, &mut batch, error);
        if let Err(error) = followers::note(core, &new, new.status, &mut batch).await {
            tracing::warn!(%run, %error, "the runs that follow one that cannot be carried on are not known");
        }
    }
    let until = core.clock.now_ms().saturating_add(rest_ms(new.stumbled));
    new.rests = (!new.status.is_end()).then_some(until);
    core.resting().insert(run, (until, new.stumbled));
    runs::replace(&mut batch, &core.tenant, &old, &new)?;
    core.store.commit(batch).await
}

/// What it wrote counts for the limits of the day, with what it may have written.
async fn count(core: &Core, run: &mut Run, batch: &mut Batch) -> Result<(), StoreError> {
    // One that only tells people of its end was counted.
    if !run.only_tells() {
        let written = Box::pin(Written::of(core, run)).await?;
        (run.counts, run.unsure) = (written.sure, written.unsure);
    }
    written_so_far::note(core, run, batch).await
}

fn end(core: &Core, run: &mut Run, batch: &mut Batch, error: &StoreError) {
    tracing::error!(run = %run.run, %error, "a run cannot be carried on and ends");
    let now = core.clock.now_ms();
    let why = Problem::new("run_broken").arg("message", error.to_string());
    for step in run.steps.iter_mut().filter(|step| step.status == Status::Applying) {
        step.status = Status::Failed;
        step.ended = Some(now);
        step.why = Some(why.clone());
    }
    run.status = Status::Failed;
    run.why = vec![why];
    run.ended = Some(now);
    (run.untold, run.ending) = (false, None);
    batch.notify = true;
    runs::forget_asked(batch, &core.tenant, run.run);
}
