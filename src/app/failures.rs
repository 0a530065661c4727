//! The newest items that went wrong, over all runs. Only the groups of rows that are shown are read: the index says where
//! they stand and what became of them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::{Value, json};

use super::{App, AppError, plan_view::Lens};
use crate::{
    engine::verdict::Done,
    model::{change::Row, event::Outcome, id::RunId, run::Run},
    store::{runs, runs::BadItem},
};

/// How many runs of a workflow are looked at for failures.
const MOST_RUNS: usize = 1000;

impl App {
    /// At most `limit` items, of the newest runs first; of one workflow, or of all.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn failures(&self, workflow: Option<&str>, limit: usize, reveal: bool) -> Result<Value, AppError> {
        let found = self.bad_items(workflow, limit).await?;
        if let Some(id) = workflow.filter(|_| found.is_empty()) {
            self.is_known(id).await?;
        }
        let wanted: BTreeSet<RunId> = found.iter().map(|item| item.run).collect();
        let headers = runs::get_many(&*self.store, &self.tenant, wanted).await?;
        let headers: HashMap<RunId, Run> = headers.into_iter().map(|run| (run.run, run)).collect();
        let groups: BTreeSet<(RunId, u32)> = found.iter().map(|item| (item.run, item.row / runs::GROUP)).collect();
        let groups: Vec<(RunId, u32)> = groups.into_iter().collect();
        let rows = runs::get_groups(&*self.store, &self.tenant, &groups).await?;
        let rows: HashMap<(RunId, u32), Vec<Row>> = groups.into_iter().zip(rows).collect();
        let mut lenses: HashMap<(String, u64), Option<Lens>> = HashMap::new();
        let mut items = Vec::with_capacity(found.len());
        for item in &found {
            let Some(header) = headers.get(&item.run) else { continue };
            let place = (item.row % runs::GROUP) as usize;
            let Some(row) = rows.get(&(item.run, item.row / runs::GROUP)).and_then(|rows| rows.get(place)) else {
                continue;
            };
            let version = (header.workflow.clone(), header.version);
            if !lenses.contains_key(&version) {
                let workflow = self.workflow_of(header).await.ok();
                let lens = workflow.map(|workflow| Lens::new(Arc::clone(&workflow), reveal));
                lenses.insert(version.clone(), lens);
            }
            // A stored version that this program cannot compile any more has no names for its fields.
            let Some(Some(lens)) = lenses.get(&version) else { continue };
            let done = item.outcome.clone().map(|outcome| done(header, outcome));
            let mut shown = lens.item(row, Some(done.as_ref()));
            // The index does not know these two.
            if let Some(shown) = shown.as_object_mut() {
                shown.remove("attempts");
                shown.remove("ms");
            }
            // What was found before anything was sent has no time of its own.
            if shown["at"].is_null() {
                shown["at"] = super::time(header.ended.unwrap_or(header.accepted)).into();
            }
            shown["run"] = json!(header.run.to_string());
            shown["workflow"] = json!(header.workflow);
            shown["no"] = json!(header.no);
            if shown["at"].is_null() {
                // The plan found it.
                shown["at"] = super::time(header.planned_at.or(header.ended).unwrap_or(header.accepted)).into();
            }
            items.push(shown);
        }
        Ok(items.into())
    }

    async fn bad_items(&self, workflow: Option<&str>, limit: usize) -> Result<Vec<BadItem>, AppError> {
        let Some(workflow) = workflow else {
            return Ok(runs::bad_items(&*self.store, &self.tenant, None, limit).await?);
        };
        let mut found = Vec::new();
        for run in runs::ids_of(&*self.store, &self.tenant, workflow, MOST_RUNS).await? {
            if found.len() >= limit {
                break;
            }
            found.extend(runs::bad_items(&*self.store, &self.tenant, Some(run), limit - found.len()).await?);
        }
        Ok(found)
    }
}

fn done(header: &Run, outcome: Outcome) -> Done {
    let (left_out, warnings) = (Vec::new(), Vec::new());
    Done { outcome, attempt: 0, ms: 0, left_out, warnings, at: header.ended.unwrap_or(header.accepted) }
}
