//! What did this workflow do in the last day, for the limits per day?

use std::collections::BTreeMap;

use idflow_sdk::Kind;

use super::driver::Driver;
use crate::{
    store::{StoreError, runs, today},
    workflow::compiled::Workflow,
};

/// So many runs are looked at that may have left no note of what they wrote.
const NEWEST: usize = 2000;

impl Driver {
    /// What this workflow did in the last 24 hours, for limits per day.
    pub(super) async fn today(&self, workflow: &Workflow) -> Result<BTreeMap<(&'static str, Kind), u64>, StoreError> {
        let limits = [workflow.safety.create, workflow.safety.update, workflow.safety.remove];
        let mut today = BTreeMap::new();
        if limits.iter().all(|limit| limit.max_per_day.is_none()) {
            return Ok(today);
        }
        let since = self.core.clock.now_ms() - 24 * 3600 * 1000;
        let (store, tenant) = (&*self.core.store, &self.core.tenant);
        let mut written = today::since(store, tenant, &workflow.id, since).await?;
        // Runs of a version that left no notes.
        for run in runs::list(store, tenant, Some(&workflow.id), NEWEST).await? {
            if run.ended.is_none_or(|ended| ended >= since) {
                written.entry(run.run).or_insert_with(|| run.at_most());
            }
        }
        for counts in written.into_values() {
            for kind in counts.0.keys() {
                for (word, done) in [("create", "created"), ("update", "updated"), ("remove", "removed")] {
                    *today.entry((word, *kind)).or_default() += counts.get(*kind, done);
                }
            }
        }
        Ok(today)
    }
}
