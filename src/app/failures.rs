//! The newest items that went wrong, over all runs. Only the groups of rows that are shown are read: the index says where
//! they stand and what became of them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{AppError, Desk, paging, plan_view::Lens, settled::Settled};
use crate::{
    contract::{
        item::{FailedItem, FailureFilter},
        page::Page,
    },
    engine::outcomes::Done,
    model::{change::Row, event::Outcome, id::RunId, run::Run},
    store::{runs, runs::BadItem},
    workflow::compiled::Workflow,
};

/// How many runs of a workflow are looked at for failures.
const MOST_RUNS: usize = 1000;

/// How often a page looks further for what is open. What it has by then is the page, and `next` goes on behind.
const MOST_LOOKS: usize = 10;

/// Where a page begins: before this row of this run.
fn before(cursor: Option<&str>) -> Result<Option<(RunId, u32)>, AppError> {
    let Some(cursor) = cursor else { return Ok(None) };
    let place = cursor.split_once('.').and_then(|(run, row)| Some((run.parse().ok()?, row.parse().ok()?)));
    place.map(Some).ok_or_else(paging::wrong_cursor)
}

/// How the rows of a version are shown, with the version.
type Seen = (Lens, Arc<Workflow>);

impl Desk<'_> {
    /// Items, of the newest runs first; of one workflow, or of all.
    pub async fn failures(&self, filter: &FailureFilter) -> Result<Page<FailedItem>, AppError> {
        let limit = paging::limit(filter.limit)?;
        let reveal = self.reveals(filter.reveal)?;
        let mut at = before(filter.cursor.as_deref())?;
        let mut items: Vec<FailedItem> = Vec::new();
        let mut settled = Settled::default();
        for looked in 0..MOST_LOOKS {
            let mut found = self.bad_items(filter.workflow.as_deref(), at, limit + 1).await?;
            if let Some(id) = filter.workflow.as_deref().filter(|_| found.is_empty() && looked == 0) {
                self.is_known(id).await?;
            }
            let more = found.len() > limit;
            found.truncate(limit);
            at = found.last().filter(|_| more).map(|item| (item.run, item.row));
            let shown = self.show_bad(&found, reveal, Some(&mut settled)).await?;
            items.extend(shown.into_iter().filter(|item| !(filter.open && item.settled)));
            // What is settled leaves room for others.
            if !filter.open || at.is_none() || items.len() >= limit {
                break;
            }
        }
        let mut next = at.map(|(run, row)| format!("{run}.{row}"));
        if items.len() > limit {
            items.truncate(limit);
            next = items.last().map(|item| format!("{}.{}", item.run, item.item.row));
        }
        Ok(Page { items, next, total: None })
    }

    /// Items that went wrong, as they are shown, in their order; those of which the run or the row is gone are left out. `judge`:
    /// what tells whether each is over by now; of a run that is at work none is.
    pub(super) async fn show_bad(
        &self,
        found: &[BadItem],
        reveal: bool,
        mut judge: Option<&mut Settled>,
    ) -> Result<Vec<FailedItem>, AppError> {
        let wanted: BTreeSet<RunId> = found.iter().map(|item| item.run).collect();
        let headers = runs::get_many(&*self.store, &self.tenant, wanted).await?;
        let headers: HashMap<RunId, Arc<Run>> = headers.into_iter().map(|run| (run.run, run)).collect();
        let groups: BTreeSet<(RunId, u32)> = found.iter().map(|item| (item.run, item.row / runs::GROUP)).collect();
        let groups: Vec<(RunId, u32)> = groups.into_iter().collect();
        let rows = runs::get_groups(&*self.store, &self.tenant, &groups).await?;
        let rows: HashMap<(RunId, u32), Vec<Row>> = groups.into_iter().zip(rows).collect();
        let mut lenses: HashMap<(String, u64), Option<Seen>> = HashMap::new();
        let mut items = Vec::with_capacity(found.len());
        for item in found {
            let Some(header) = headers.get(&item.run) else { continue };
            let place = (item.row % runs::GROUP) as usize;
            let Some(row) = rows.get(&(item.run, item.row / runs::GROUP)).and_then(|rows| rows.get(place)) else {
                continue;
            };
            let version = (header.workflow.clone(), header.version);
            if !lenses.contains_key(&version) {
                let workflow = self.workflow_of(header).await.ok();
                let lens = workflow.map(|workflow| (Lens::new(Arc::clone(&workflow), reveal), workflow));
                lenses.insert(version.clone(), lens);
            }
            // A stored version that this program cannot compile any more has no names for its fields.
            let Some(Some((lens, workflow))) = lenses.get(&version) else { continue };
            let done = item.outcome.clone().map(|outcome| done(header, outcome));
            let mut shown = lens.item(item.row as usize, row, Some(done.as_ref()));
            // The index does not know these two.
            (shown.attempts, shown.ms) = (None, None);
            // What was found before anything was sent has no time of its own: the plan found it.
            let found = header.ended.or(header.planned_at).unwrap_or(header.accepted);
            shown.at.get_or_insert_with(|| super::time(found));
            let settled = match judge.as_deref_mut() {
                Some(judge) => judge.is(self, (header, workflow), row).await?,
                None => false,
            };
            items.push(FailedItem {
                item: shown,
                run: header.run.to_string(),
                workflow: header.workflow.clone(),
                no: header.no,
                settled,
            });
        }
        Ok(items)
    }

    async fn bad_items(
        &self,
        workflow: Option<&str>,
        before: Option<(RunId, u32)>,
        limit: usize,
    ) -> Result<Vec<BadItem>, AppError> {
        let Some(workflow) = workflow else {
            return Ok(runs::bad_items(&*self.store, &self.tenant, None, before, limit).await?);
        };
        let mut found = Vec::new();
        let ids = runs::ids_of(&*self.store, &self.tenant, workflow, MOST_RUNS).await?;
        for run in ids.into_iter().filter(|run| before.is_none_or(|(last, _)| *run <= last)) {
            if found.len() >= limit {
                break;
            }
            let before = before.filter(|(last, _)| *last == run);
            found.extend(runs::bad_items(&*self.store, &self.tenant, Some(run), before, limit - found.len()).await?);
        }
        Ok(found)
    }
}

fn done(header: &Run, outcome: Outcome) -> Done {
    let (left_out, warnings) = (Vec::new(), Vec::new());
    Done { outcome, attempt: 0, ms: 0, left_out, warnings, at: header.ended.unwrap_or(header.accepted) }
}
