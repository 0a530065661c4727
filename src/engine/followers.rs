//! Which runs follow the end of a run? They are noted in the commit that ends it.

use super::Core;
use crate::{
    model::run::{Mode, Run, Status},
    store::{Batch, StoreError, after_runs},
};

/// Notes the runs that follow when this one ends so. A plan is followed by none.
pub(super) async fn note(core: &Core, run: &Run, status: Status, along: &mut Batch) -> Result<(), StoreError> {
    if run.mode == Mode::Plan {
        return Ok(());
    }
    for (follower, rule) in after_runs::of(&*core.store, &core.tenant, &run.workflow).await? {
        // A circle of followers ends where it would begin anew.
        if rule.statuses.contains(&status)
            && let Some(chain) = run.leads_to(&follower)
        {
            let due = after_runs::Due {
                workflow: follower,
                parent: run.run,
                chain,
                at: core.clock.now_ms(),
                step: None,
                inputs: None,
            };
            after_runs::note(along, &core.tenant, &due)?;
        }
    }
    Ok(())
}
