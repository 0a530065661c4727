//! How did it go: what is a run after its plan was carried out, and what does the next one measure itself by?

use std::{collections::HashMap, sync::Arc};

use idflow_sdk::Problem;

use super::driver::Driver;
use crate::{
    engine::{
        applier::Applier,
        apply::Ending,
        blocking::{Aside, aside},
        ledger::Ledger,
        not_made::{self, Lacking},
        remember, removals, stale_references, verdict, verify,
    },
    model::{
        outcomes::{NOT_WELL, WRITTEN},
        run::{Mode, Run, Status},
    },
    store::{
        Batch, StoreError,
        runs::{self, Baseline},
    },
    workflow::{compiled::Workflow, scope::Scope},
};

/// What a good end does not hide: notices that stand among its reasons, too.
const NOT_ALL: &[&str] = &[
    "removals_waiting",
    "changed_since_approval",
    "leavers_input",
    "leavers_step",
    "leavers_no_step",
    "leavers_of_other",
    "column_gone",
    "column_blank",
    "managers_not_made",
    "references_not_made",
];
/// Sorts of errors that a header keeps.
const MOST_ERRORS: usize = 20;

impl Driver {
    pub(super) async fn apply(
        &mut self,
        workflow: &Workflow,
        scope: Scope,
        ledger: Ledger,
        jobs: HashMap<usize, Arc<str>>,
        stale: bool,
    ) -> Result<(), StoreError> {
        let progress = self.progress.clone();
        let core = self.core.clone();
        let context = self.log.context();
        let mut applier = Applier {
            core: &core,
            workflow,
            log: &mut self.log,
            messages: &mut self.messages,
            owned: self.owned.clone(),
            written: &self.written,
            given_back: None,
            ledger,
            left: !jobs.is_empty(),
            jobs,
            scope,
            context,
            progress: &progress,
            stale,
        };
        let ending = applier.apply().await?;
        let Applier { mut ledger, scope, .. } = applier;
        match &ending {
            Ending::Paused(by) => {
                // What it did so far counts for the limits of this day.
                let run = &mut self.log.run;
                (run.counts, run.unsure) =
                    aside(|| (verdict::written(&run.planned, &ledger), verdict::unsure(&ledger)));
                return self.pause(Status::Applying, by).await;
            }
            // The answers that came are kept.
            Ending::Left => return self.log.commit().await,
            _ => {}
        }
        if matches!(ending, Ending::Through | Ending::StepFailed(_)) {
            verify::verify(&core, &mut self.log, &progress, workflow, &mut ledger).await?;
        }
        stale_references::forget(&core, &mut self.log, workflow, &ledger).await?;
        Aside(Box::pin(verdict::index(&mut self.log, &core.tenant, &ledger))).await?;
        let run = &mut self.log.run;
        (run.counts, run.errors) =
            aside(|| (verdict::counts(&run.planned, &ledger), verdict::groups(&ledger, MOST_ERRORS)));
        run.unsure = aside(|| verdict::unsure(&ledger));
        let lacking = aside(|| Lacking::of_run(workflow, &ledger));
        run.notices.retain(|notice| !not_made::NOTICES.contains(&&*notice.code));
        run.notices.extend(lacking.notices());
        let mut along = Batch::default();
        along.append(removals::settle(&core, workflow, &ledger, run.run).await?);
        along.append(remember::let_go(&core, workflow, ledger.rows()).await?);
        let Some((status, why)) = state_after(ending, run, workflow, (&ledger, &lacking)) else { return Ok(()) };
        if is_good(status) {
            self.note_baseline(workflow, &mut along).await?;
        }
        self.log.along(along);
        self.end(workflow, &scope, status, why).await
    }

    /// What the next run measures itself by, where this one read everything, and most of it was usable.
    async fn note_baseline(&self, workflow: &Workflow, along: &mut Batch) -> Result<(), StoreError> {
        let (core, run) = (&self.core, &self.log.run);
        // What was mostly refused is no measure for the next file.
        let refused = run.counts.total("invalid");
        let usable = refused == 0 || refused * 2 <= run.counts.all();
        // What changed says nothing about all the others; nor does a part of a list say how long that is.
        if !(usable && run.complete && (!run.part || !run.partial.is_empty()) && run.mode == Mode::Apply) {
            return Ok(());
        }
        let old = runs::baseline(&*core.store, &core.tenant, &workflow.id).await?.unwrap_or_default();
        let scope = if run.scope.is_empty() { old.scope.clone() } else { run.scope.clone() };
        let mut filled = if run.filled.is_empty() { old.filled.clone() } else { run.filled.clone() };
        let mut source = run.source.clone();
        for kind in &run.partial {
            source.remove(kind);
            source.extend(old.source.get(kind).map(|number| (*kind, *number)));
        }
        if !run.partial.is_empty() {
            for (step, fields) in &old.filled {
                filled.entry(step.clone()).or_default().extend(fields.iter().cloned());
            }
        }
        let ranges = if run.ranges.is_empty() { old.ranges.clone() } else { run.ranges.clone() };
        let baseline = Baseline {
            source,
            scope,
            filled,
            ranges,
            line_ends: run.line_ends.clone(),
            read_at: run.planned_at.unwrap_or_default(),
            content: run.content.clone(),
        };
        if baseline != old {
            runs::put_baseline(along, &core.tenant, &workflow.id, &baseline)?;
        }
        Ok(())
    }
}

fn is_good(status: Status) -> bool {
    matches!(status, Status::Succeeded | Status::SucceededNoChange | Status::Partial)
}

/// The state of a run whose steps ended so, and why; `None` for one that is not over.
fn state_after(
    ending: Ending,
    run: &Run,
    workflow: &Workflow,
    (ledger, lacking): (&Ledger, &Lacking),
) -> Option<(Status, Vec<Problem>)> {
    let bad: u64 = NOT_WELL.iter().map(|word| run.counts.total(word)).sum();
    let (unwell, child_wrote) = unwell_steps(run, workflow);
    let writes: u64 = WRITTEN.iter().map(|word| run.counts.total(word)).sum();
    let (status, mut why) = match ending {
        Ending::StepFailed(why) => (Status::Failed, why),
        Ending::Stopped(why) if why.code == "cancelled" => (Status::Cancelled, vec![why]),
        Ending::Stopped(why) => (Status::Failed, vec![why]),
        Ending::Paused(_) | Ending::Left => return None,
        // Whatever else went well: a run with a step that was not carried out is no success.
        Ending::Through if bad > 0 || !unwell.is_empty() => {
            let mut why = verdict::not_well(&run.counts, verdict::in_part(ledger), lacking.written());
            why.extend(unwell);
            (Status::Partial, why)
        }
        Ending::Through if writes == 0 && !child_wrote => (Status::SucceededNoChange, Vec::new()),
        Ending::Through => (Status::Succeeded, Vec::new()),
    };
    if is_good(status) {
        // Whoever only looks at the state is told here that it is not all.
        why.extend(run.notices.iter().filter(|notice| NOT_ALL.contains(&&*notice.code)).cloned());
    }
    Some((status, why))
}

/// Why a run is not as wanted although none of its items says so: steps that could not be carried out, and called runs that
/// are not over, or not well; and whether a called run wrote something.
fn unwell_steps(run: &Run, workflow: &Workflow) -> (Vec<Problem>, bool) {
    let (mut why, mut wrote) = (Vec::new(), false);
    // The steps of `finally` are told beside it.
    let steps = workflow.steps.iter().filter_map(|step| run.steps.iter().find(|state| state.step == step.id));
    for state in steps {
        wrote |= state.child.is_some() && state.status != Status::SucceededNoChange;
        let well = matches!(state.status, Status::Succeeded | Status::SucceededNoChange | Status::Queued);
        if state.child.is_some() && !well {
            why.push(Problem::new("called_run_failed"));
            why.extend(state.why.clone());
        } else if matches!(state.status, Status::Failed | Status::Cancelled) {
            why.extend(state.why.clone());
            why.push(Problem::new("step_failed").arg("step", state.step.clone()));
        }
    }
    (why, wrote)
}
