//! What if a run cannot be carried on? Something stored cannot be read, or the program has a fault. It is tried again after
//! pauses that grow, and ends after some tries with its cause, so that it neither reads a whole company every second nor
//! keeps its group from working.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use idflow_sdk::Problem;

use super::{Core, drive, owned::Owned, place::Place};
use crate::{
    model::{
        id::RunId,
        run::{Run, Status},
    },
    store::{Batch, StoreError, runs},
};

/// How often a run is tried.
const MOST: u32 = 6;

/// How long it rests after so many tries: seconds at first, minutes at last.
fn rest(stumbled: u32) -> Duration {
    Duration::from_secs(4u64.saturating_pow(stumbled.clamp(1, 5)))
}

fn rest_ms(stumbled: u32) -> i64 {
    i64::try_from(rest(stumbled).as_millis()).unwrap_or(i64::MAX)
}

/// Whether an error is one of the run. A store that is away, or a node that was faster, says nothing about it.
pub(super) const fn counts(error: &StoreError) -> bool {
    matches!(error, StoreError::Corrupt(_) | StoreError::Conflict | StoreError::Refused(_))
}

/// Whether a run that could not be carried on is left alone for a while, on every node.
pub(super) fn rests(core: &Core, run: &Run) -> bool {
    let now = core.clock.now_ms();
    // What was noted by a clock that was wrong is no reason to wait for longer than anything rests.
    let noted = run.rests.is_some_and(|until| now < until && until - now <= rest_ms(u32::MAX));
    rests_here(core, run.run) || noted
}

/// The same, as far as this node knows.
pub(super) fn rests_here(core: &Core, run: RunId) -> bool {
    core.resting().get(&run).is_some_and(|(until, _)| core.clock.now_ms() < *until)
}

/// A run stopped here for a reason that is perhaps not its own: the next try comes later than the one before. Nothing of it
/// is written down; whoever can write knows more ([`guarded`]).
pub(super) fn pause(core: &Core, run: RunId) {
    let now = core.clock.now_ms();
    let mut resting = core.resting();
    let (until, times) = resting.entry(run).or_default();
    // Noted a moment ago.
    if now < *until {
        return;
    }
    *times += 1;
    *until = now.saturating_add(rest_ms(*times));
}

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
pub(super) async fn unowned(core: &Arc<Core>, place: &Place, error: StoreError) -> Result<(), StoreError> {
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
    if drive::at_rest(&old.value) {
        return Ok(());
    }
    let mut new = old.value.clone();
    new.stumbled += 1;
    let mut batch = Batch { fence: Some(owned.fence()), ..Batch::default() };
    if new.stumbled >= MOST {
        end(core, &mut new, &mut batch, error);
    }
    let until = core.clock.now_ms().saturating_add(rest_ms(new.stumbled));
    new.rests = (!new.status.is_end()).then_some(until);
    core.resting().insert(run, (until, new.stumbled));
    runs::replace(&mut batch, &core.tenant, &old, &new)?;
    core.store.commit(batch).await
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
