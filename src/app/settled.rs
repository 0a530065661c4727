//! Is what went wrong with an object over by now? Somebody who failed in March and was made in April is no open matter, and a
//! list that shows them for good hides the others.
//!
//! A later run of the same workflow that looked at everything knows: whoever went wrong there again is open, everybody else is
//! not. Of runs that look at a part of a list, as those of uploaded files do, the links tell who was made since.

use std::collections::{BTreeSet, HashMap, HashSet};

use idflow_sdk::Kind;

use super::{AppError, Desk, names};
use crate::{
    model::{
        change::Row,
        id::RunId,
        run::{Mode, Run},
    },
    store::{
        links::{self, Pair},
        newest_run::{WENT_WELL, newest},
        runs,
    },
    workflow::compiled::Workflow,
};

/// Of a run in which more went wrong nobody is told apart: then nothing counts as settled by it.
const MOST_BAD: usize = 5000;

/// A whole run, with the objects that went wrong in it.
type Whole = (RunId, HashSet<(Kind, Box<str>)>);

/// The newest whole run of each workflow.
#[derive(Default)]
pub(super) struct Settled {
    whole: HashMap<String, Option<Whole>>,
}

/// Whether a run looked at everything.
fn is_whole(run: &Run) -> bool {
    run.mode == Mode::Apply && run.complete && !run.is_part()
}

impl Settled {
    /// Whether the matter of a row of this run is over.
    pub(super) async fn is(
        &mut self,
        desk: &Desk<'_>,
        (run, workflow): (&Run, &Workflow),
        row: &Row,
    ) -> Result<bool, AppError> {
        if !self.whole.contains_key(&run.workflow) {
            let found = newest_whole(desk, &run.workflow).await?;
            self.whole.insert(run.workflow.clone(), found);
        }
        let whole = self.whole.get(&run.workflow).and_then(Option::as_ref);
        if let Some((_, bad)) = whole.filter(|(newest, _)| *newest > run.run) {
            return Ok(!bad.contains(&(row.kind, row.source.clone())));
        }
        was_linked_since(desk, workflow, run, row).await
    }
}

async fn newest_whole(desk: &Desk<'_>, workflow: &str) -> Result<Option<Whole>, AppError> {
    let (store, tenant) = (&*desk.store, &desk.tenant);
    let Some(whole) = newest(store, tenant, (workflow, None), &WENT_WELL, is_whole).await? else { return Ok(None) };
    let items = runs::bad_items(store, tenant, Some(whole.run), None, MOST_BAD + 1).await?;
    if items.len() > MOST_BAD {
        return Ok(None);
    }
    let groups: BTreeSet<(RunId, u32)> = items.iter().map(|item| (item.run, item.row / runs::GROUP)).collect();
    let groups: Vec<(RunId, u32)> = groups.into_iter().collect();
    let found = runs::get_groups(store, tenant, &groups).await?;
    let rows: HashMap<u32, Vec<Row>> = groups.into_iter().map(|(_, group)| group).zip(found).collect();
    let row = |row: u32| rows.get(&(row / runs::GROUP))?.get((row % runs::GROUP) as usize);
    let bad = items.iter().filter_map(|item| row(item.row)).map(|row| (row.kind, row.source.clone()));
    Ok(Some((whole.run, bad.collect())))
}

/// Whether the object got a counterpart after the run that could not make it.
async fn was_linked_since(desk: &Desk<'_>, workflow: &Workflow, run: &Run, row: &Row) -> Result<bool, AppError> {
    let Some(step) = workflow.steps.get(usize::from(row.step)) else { return Ok(false) };
    let source = names::source_of(workflow, step).map(|source| names::link_name(desk, workflow, source));
    let pair = Pair {
        tenant: desk.tenant.clone(),
        source: source.unwrap_or_default(),
        target: names::link_name(desk, workflow, step),
        kind: row.kind,
    };
    let link = links::of_source(&*desk.store, &pair, &row.source).await?;
    let ended = run.ended.unwrap_or(run.accepted);
    Ok(link.is_some_and(|link| link.gone.is_none() && link.since > ended))
}
