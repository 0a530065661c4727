//! How is a plan kept, with what it will cost, for whoever decides about it?

use super::driver::Driver;
use crate::{
    engine::import_jobs,
    model::{change::Row, run::StepCost},
    store::{Batch, StoreError, runs},
    workflow::compiled::Workflow,
};

/// Plans of at most so many rows are written together with what follows.
const SMALL_PLAN: usize = 1024;

impl Driver {
    /// What each step of the plan will cost.
    pub(super) async fn costs(&self, workflow: &Workflow, rows: &[Row]) -> Vec<StepCost> {
        let mut writes = vec![0usize; workflow.steps.len()];
        for row in rows.iter().filter(|row| row.writes()) {
            if let Some(number) = writes.get_mut(usize::from(row.step)) {
                *number += 1;
            }
        }
        let mut costs = Vec::new();
        for index in workflow.graph.order().iter().copied().filter(|index| writes[*index] > 0) {
            let step = &workflow.steps[index];
            let Some(uses) = step.uses() else { continue };
            let alias = workflow.alias_of(uses);
            // A connection that cannot be opened is told when its turn comes.
            let Ok(connection) = self.core.connect.open(&alias.reference, alias.connector.name).await else { continue };
            let records = rows.iter().filter(|row| usize::from(row.step) == index && row.writes()).map(|row| &row.set);
            let (estimate, job) = import_jobs::way(&*connection, uses.action, records);
            costs.push(StepCost {
                step: step.id.clone(),
                objects: writes[index] as u64,
                calls: estimate.calls,
                ms: u64::try_from(estimate.time.as_millis()).unwrap_or(u64::MAX),
                job,
            });
        }
        costs
    }

    /// `stored`: an earlier plan of the run is on disk.
    pub(super) async fn keep_plan(&mut self, rows: &[Row], stored: bool) -> Result<(), StoreError> {
        let (core, run) = (self.core.clone(), self.run_id());
        if rows.len() <= SMALL_PLAN {
            let mut along = Batch::default();
            runs::plan_along(&*core.store, &mut along, &core.tenant, run, rows).await?;
            self.log.along(along);
            return Ok(());
        }
        // It takes several commits. Meanwhile the header tells of no plan, so that a crash leaves none that looks whole.
        let plan = self.log.run.plan.take();
        if stored {
            self.log.commit().await?;
        }
        runs::put_plan(&*core.store, &core.tenant, run, rows, self.log.fence()).await?;
        self.log.run.plan = plan;
        Ok(())
    }
}
