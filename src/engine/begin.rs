//! How this process begins to work on a run: a task of its own, which is heard of when it ends, however it does.

use std::sync::Arc;

use tracing::Instrument;

use super::{Core, drive, group_queue::QueueEntry, guard, lease, put_off};
use crate::{
    model::{
        id::RunId,
        run::{Run, Status},
        trace::Trace,
    },
    store::{StoreError, runs},
};

/// The log of what begins and ends.
const RUNS: &str = "idflow::runs";

/// Takes a run out of those that are worked on when dropped.
struct Leaving<'a>(&'a Core, RunId);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.leave(self.1);
    }
}

/// Takes a place in the run's concurrency group and works on the run in the background. Places are taken in the order of the
/// calls. `new`: the run was accepted just now, by this process, which reserved it before it was on disk.
pub(super) fn begin(core: &Arc<Core>, header: Run, new: bool) {
    let run = header.run;
    if !new && !core.reserve(run) {
        return;
    }
    if *core.leaving.borrow() {
        return core.leave(run);
    }
    let group = if header.only_tells() { lease::telling_group(run) } else { header.group_name().to_string() };
    let place = QueueEntry::take(core, lease::of_group(core, &group), run);
    let span = tracing::info_span!(
        target: RUNS, "run", id = %run, trace = %Trace::of_run(run, 1).id, workflow = %header.workflow,
    );
    let core = core.clone();
    // Thousands may wait for their turn: meanwhile a task holds little.
    let header = Box::new(header);
    let work = async move {
        // Also when the work panics: whoever waits for the run must not wait for ever.
        let _leaving = Leaving(&core, run);
        tracing::info!(
            target: RUNS, no = header.no, by = %header.trigger.actor, state = header.status.as_str(), "run begins"
        );
        // Nothing is done on the word of a store that may have lost something.
        let done = match core.store.sound().await {
            Ok(()) => guard::caught(Box::pin(drive::drive(&core, place, header, new))).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => {
                core.rested(run);
                tell_rest(&core, run).await;
            }
            Err(StoreError::Fenced) => tracing::warn!("another node goes on with this run"),
            Err(error) => {
                put_off::pause(&core, run);
                tracing::error!(%error, "a run stopped; it is tried again");
            }
        }
    };
    tokio::spawn(work.instrument(span));
}

/// Tells in the log how a run came to rest, and why it is not well if it is not.
async fn tell_rest(core: &Core, run: RunId) {
    if !tracing::enabled!(target: RUNS, tracing::Level::INFO) {
        return;
    }
    let Ok(Some(run)) = runs::get(&*core.store, &core.tenant, run).await else { return };
    let state = run.status.as_str();
    let (calls, writes) = (run.api.calls, run.api.writes);
    let why = run.why.first().map(|why| &*why.code).filter(|code| *code != "plan_only").unwrap_or_default();
    if matches!(run.status, Status::Held | Status::Partial | Status::Failed) {
        tracing::warn!(target: RUNS, no = run.no, state, why, calls, writes, "run is at rest and wants somebody to look");
    } else {
        tracing::info!(target: RUNS, no = run.no, state, calls, writes, "run is at rest");
    }
}
