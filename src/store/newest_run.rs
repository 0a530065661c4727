//! Which is the newest run of a workflow that ended like this?
//!
//! Any number of others may have come since: plans, runs that were refused while their group was busy, a share that was away for
//! days. The index passes them over, so that "the last good run" does not end where some number of headers does.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Kv, StoreError,
    run_index::{self, About, Wanted},
};
use crate::model::{
    id::{RunId, Tenant},
    run::{Run, Status},
};

/// How many headers are read at first, and at most, at once.
const FIRST: usize = 4;
const MOST: usize = 256;

/// The states of runs that went through.
pub const WENT_WELL: [Status; 3] = [Status::Succeeded, Status::SucceededNoChange, Status::Partial];

/// The newest run of a workflow in one of these states that fits, of all or of those that were accepted before one.
///
/// # Errors
/// Those of the store.
pub async fn newest(
    store: &dyn Kv,
    tenant: &Tenant,
    (workflow, before): (&str, Option<RunId>),
    states: &[Status],
    fits: impl Fn(&Run) -> bool,
) -> Result<Option<Arc<Run>>, StoreError> {
    let mut newest: Option<Arc<Run>> = None;
    for state in states {
        let wanted = Wanted {
            workflow: Some(workflow.into()),
            terms: BTreeSet::from([(About::Status, state.as_str().into())]),
            ..Wanted::default()
        };
        let (mut end, mut size) = (before, FIRST);
        loop {
            let page = run_index::find(store, tenant, &wanted, end, size).await?;
            let (full, last) = (page.len() == size, page.last().map(|run| run.run));
            let is_newer = |run: &Arc<Run>| newest.as_ref().is_none_or(|newest| newest.run < run.run);
            if let Some(found) = page.into_iter().take_while(is_newer).find(|run| fits(run)) {
                newest = Some(found);
                break;
            }
            let older = last.zip(newest.as_ref()).is_some_and(|(last, newest)| last < newest.run);
            if !full || older {
                break;
            }
            (end, size) = (last, (size * 2).min(MOST));
        }
    }
    Ok(newest)
}
