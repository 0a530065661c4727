//! What if a run cannot be carried on? Something stored cannot be read, or the program has a fault. It is tried again after
//! pauses that grow, and ends after some tries with its cause, so that it neither reads a whole company every second nor
//! keeps its group from working.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;
use idflow_sdk::Problem;

use super::{Core, drive, lease::Lease};
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

/// Whether an error is one of the run. A store that is away, or a node that was faster, says nothing about it.
pub(super) const fn counts(error: &StoreError) -> bool {
    matches!(error, StoreError::Corrupt(_) | StoreError::Conflict)
}

/// Works on a run; what goes wrong is counted in its header.
pub(super) async fn guarded(
    core: &Core,
    run: RunId,
    lease: &Lease,
    work: impl Future<Output = Result<(), StoreError>>,
) -> Result<(), StoreError> {
    let done = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason was given");
        Err(StoreError::Corrupt(format!("a fault of the program: {text}")))
    });
    if let Err(error) = &done
        && counts(error)
        && let Err(second) = note(core, run, lease, error).await
    {
        tracing::warn!(%run, error = %second, "that a run could not be carried on cannot be noted");
        core.rest(run, rest(1));
    }
    done
}

async fn note(core: &Core, run: RunId, lease: &Lease, error: &StoreError) -> Result<(), StoreError> {
    let Some(old) = runs::loaded(&*core.store, &core.tenant, run).await? else { return Ok(()) };
    if drive::at_rest(&old.value) {
        return Ok(());
    }
    let mut new = old.value.clone();
    new.stumbled += 1;
    let mut batch = Batch { fence: Some(lease.fence()), ..Batch::default() };
    if new.stumbled >= MOST {
        end(core, &mut new, &mut batch, error);
    }
    core.rest(run, rest(new.stumbled));
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
