//! A run's place among those that are at work at once: how large it is, and what it waits for.

use super::{
    Core,
    progress::{self, Progress},
};
use crate::{
    model::run::{Run, Status},
    store::{StoreError, runs},
};

/// As how many objects a run counts before anything is read: those of the last good run, or the rows it has.
pub(super) async fn size(core: &Core, run: &Run) -> Result<u64, StoreError> {
    let before = runs::baseline(&*core.store, &core.tenant, &run.workflow).await?;
    let objects: u64 = before.map(|before| before.source.values().sum()).unwrap_or_default();
    Ok(if run.status == Status::Applying { u64::from(run.rows) } else { objects })
}

/// Whether a run has got its place among those at work.
pub(super) enum Took {
    AtOnce,
    /// It had to wait, or needs none because it is to stop.
    Later,
    /// This process ends.
    Nothing,
}

/// Takes the run's place among those at work, and tells meanwhile that it waits for one.
pub(super) async fn take_place(core: &Core, progress: &Progress, objects: u64) -> Took {
    let mut permit = std::pin::pin!(core.permits.take(&core.tenant, objects));
    if let Some(permit) = futures::FutureExt::now_or_never(&mut permit) {
        progress.work(permit);
        return Took::AtOnce;
    }
    progress.waits_for(progress::FREE_PLACE);
    tokio::select! {
        permit = permit => progress.work(permit),
        () = progress.stopped() => {}
    }
    progress.waits(None);
    if progress.is_leaving() { Took::Nothing } else { Took::Later }
}
