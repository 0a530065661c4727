//! How does a plan wait for a person, and what is said of its removals?

use std::collections::{BTreeSet, HashSet};

use idflow_sdk::Problem;

use super::driver::Driver;
use crate::{
    engine::removals::PATIENCE_MS,
    model::{
        change::{DOUBTS, Row},
        event::Event,
        run::Status,
    },
    store::{Batch, StoreError},
    workflow::compiled::Workflow,
};

impl Driver {
    /// Says how many removals wait, and why where the list itself is in doubt; how many are kept, or are carried out because
    /// somebody approved them.
    pub(super) fn tell_removals(
        &mut self,
        workflow: &Workflow,
        waiting: &[(usize, Problem)],
        kept: usize,
        approved_by: BTreeSet<String>,
    ) {
        let run = &mut self.log.run;
        run.waiting = waiting.len() as u64;
        let of_list = |code: &str| matches!(code, "range_shrunk" | "scope_changed") || DOUBTS.contains(&code);
        run.notices.retain(|notice| {
            let code = &*notice.code;
            !matches!(code, "removals_waiting" | "removals_kept" | "removals_approved") && !of_list(code)
        });
        run.notices.extend(removals_waiting(workflow, run.waiting));
        for (_, why) in waiting.iter().filter(|(_, why)| of_list(&why.code)) {
            if run.notices.iter().all(|notice| notice.code != why.code) {
                run.notices.push(why.clone());
            }
        }
        if kept > 0 {
            run.notices.push(Problem::new("removals_kept").arg("number", kept.to_string()));
        }
        if !approved_by.is_empty() {
            let by: Vec<String> = approved_by.into_iter().collect();
            run.notices.push(Problem::new("removals_approved").arg("by", by.join(", ")));
        }
    }

    pub(super) async fn hold(
        &mut self,
        workflow: &Workflow,
        rows: &[Row],
        why: Vec<Problem>,
    ) -> Result<(), StoreError> {
        let asked: HashSet<usize> = rows.iter().filter(|row| row.writes()).map(|row| usize::from(row.step)).collect();
        let patience = asked
            .iter()
            .filter_map(|place| workflow.steps.get(*place)?.approval())
            .map(|approval| i64::try_from(approval.expires_after.as_millis()).unwrap_or(i64::MAX))
            .min();
        let concerned = rows.iter().filter(|row| row.writes() || row.binds()).map(|row| usize::from(row.step));
        let concerned: HashSet<usize> = concerned.collect();
        let ids = concerned.iter().filter_map(|place| Some(workflow.steps.get(*place)?.id.to_string()));
        self.log.run.concerns = Some(ids.collect());
        let now = self.core.clock.now_ms();
        self.log.run.expires = Some(now.saturating_add(patience.unwrap_or(PATIENCE_MS)));
        self.log.run.why.clone_from(&why);
        // On disk before anybody is told of it.
        self.log.run.status = Status::Held;
        self.log.run.untold = !workflow.finally.is_empty();
        self.log.along(Batch { notify: true, ..Batch::default() });
        self.log.commit_with(Event::Held { why }).await?;
        Ok(())
    }
}

/// That so many removals wait, with the way to decide.
fn removals_waiting(workflow: &Workflow, number: u64) -> Option<Problem> {
    let problem =
        || Problem::new("removals_waiting").arg("number", number.to_string()).arg("workflow", workflow.id.clone());
    (number > 0).then(problem)
}
