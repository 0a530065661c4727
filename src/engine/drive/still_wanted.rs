//! What of a plan is still wanted, and what is written of it into the header?

use idflow_sdk::Problem;

use super::{admit::Fresh, driver::Driver};
use crate::{
    engine::{
        event_reads, extent,
        keep::{keep_to_approved, keep_to_retried},
        plan::Plan,
    },
    model::{change::Row, run::Mode},
    reconcile::bindings::Counted,
    store::{StoreError, runs::Baseline},
    workflow::compiled::Workflow,
};

impl Driver {
    /// Keeps the plan to what went wrong before, and to what was approved; says what that leaves out.
    pub(super) async fn keep_what_is_wanted(
        &mut self,
        workflow: &Workflow,
        plan: &mut Plan,
        rows: &mut [Row],
        approved: Option<&[Row]>,
    ) -> Result<(), StoreError> {
        plan.notices.extend(self.read_anew.take());
        if let Some(other) = self.log.run.retry_of {
            let only = self.log.run.retry_rows.clone();
            keep_to_retried(&self.core, workflow, rows, other, &only).await?;
        }
        if let Some(approved) = approved {
            let put_off = keep_to_approved(workflow, &plan.facts, rows, approved);
            if put_off > 0 {
                plan.notices.push(Problem::new("changed_since_approval").arg("number", put_off.to_string()));
            }
            // What is left is what the approval saw, and additions within the limits.
            if let Some(last) = self.log.run.approvals.last_mut() {
                last.computed = Some(plan.hash.clone());
            }
        }
        Ok(())
    }

    /// Writes into the header what is known of the plan.
    pub(super) async fn note_plan(
        &mut self,
        workflow: &Workflow,
        mut plan: Plan,
        rows: &[Row],
        baseline: &Baseline,
    ) -> Result<Fresh, StoreError> {
        let core = &self.core;
        let run = &mut self.log.run;
        run.plan = Some(plan.hash);
        run.planned_at = Some(core.clock.now_ms());
        run.rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        run.planned = plan.counts;
        run.source = plan.source;
        run.complete = plan.complete;
        let mut bindings = Counted::of(&run.source);
        rows.iter().for_each(|row| bindings.count(row));
        run.bindings = bindings.done();
        run.part = !plan.facts.parts.is_empty();
        let extent = extent::digest(&plan.scope);
        let anew = baseline.read_at > 0 && baseline.content == run.content && plan.complete && !run.part;
        if anew && baseline.scope == extent && event_reads::should_know(core, workflow, run).await? {
            let number = event_reads::untold(core, &workflow.id, rows).await?;
            if number > 0 {
                let problem = Problem::new("events_not_told").arg("number", number.to_string());
                event_reads::note_missed(core, workflow, &problem).await;
                plan.notices.push(problem);
            }
        }
        run.notices = plan.notices;
        run.reads = plan.reads;
        run.filled = plan.filled;
        run.ranges = plan.ranges;
        run.partial = plan.partial;
        run.line_ends = plan.line_ends;
        run.scope = extent;
        let scope_changed = !baseline.scope.is_empty() && baseline.scope != run.scope;
        let judged = (plan.complete && run.mode == Mode::Apply).then_some(plan.judged);
        let (facts, shrunk, unseen, back) = (plan.facts, plan.shrunk, plan.unseen, plan.back);
        Ok(Fresh { facts, scope_changed, shrunk, judged, unseen, back })
    }
}
