//! May a plan be carried out, and what of it? A plan that has to wait for a person is put on hold.

use std::collections::{BTreeSet, HashMap, HashSet};

use idflow_sdk::Problem;

use super::driver::Driver;
use crate::{
    engine::{
        blocking::Aside,
        gate::{self, Gate, Judged, Question},
        keep::keep_to_removals,
        ledger::Ledger,
        plan::SOURCE_GONE,
        removals::Queue,
    },
    model::{
        change::{Action, Planned, Row},
        definition::OnExceed,
        event::Event,
        run::{Mode, Status},
        trigger::TriggerKind,
    },
    reconcile::{Ends, links::TAKEN_OVER, safety},
    store::{Batch, StoreError, decisions::Decision, removals::Standing, uploads},
    workflow::{
        compiled::{StepIndex, Workflow},
        scope::Scope,
    },
};

/// What is known of a plan that was computed just now, beside its rows.
pub(super) struct Fresh {
    pub facts: safety::Facts,
    /// The scope or the match rules differ from those of the last applied version.
    pub scope_changed: bool,
    pub shrunk: Vec<Problem>,
    /// The steps whose removals the plan knows completely; `None` when it does not.
    pub judged: Option<BTreeSet<StepIndex>>,
    /// Decisions about objects that the source does not have any more.
    pub unseen: Vec<Decision>,
    /// Whoever was gone, as a removal says, and stands in a list again.
    pub back: HashSet<Ends>,
}

impl Driver {
    /// `fresh`: the plan was computed just now. `stored`: an earlier state of it is on disk.
    pub(super) async fn gate(
        &mut self,
        workflow: &Workflow,
        scope: Scope,
        rows: Vec<Row>,
        fresh: Option<Fresh>,
        stored: bool,
    ) -> Result<(), StoreError> {
        let (answer, rows) = Aside(Box::pin(self.judge(workflow, rows, fresh, stored))).await?;
        if self.log.run.mode == Mode::Plan {
            let mut why = vec![Problem::new("plan_only")];
            if let Gate::Hold(reasons) | Gate::Fail(reasons) = answer {
                why.extend(reasons);
            }
            return self.end(workflow, &scope, Status::SucceededNoChange, why).await;
        }
        match answer {
            Gate::Fail(why) => self.end(workflow, &scope, Status::Failed, why).await,
            Gate::Hold(why) => self.hold(workflow, &rows, why).await,
            Gate::Go => {
                self.log.run.status = Status::Applying;
                self.log.run.why.clear();
                self.log.run.expires = None;
                let ledger = Ledger::new(rows, Vec::new());
                self.apply(workflow, scope, ledger, HashMap::new(), false).await
            }
        }
    }

    /// Whether the plan may be carried out, and what of it. The plan as it is now goes to the disk.
    async fn judge(
        &mut self,
        workflow: &Workflow,
        mut rows: Vec<Row>,
        fresh: Option<Fresh>,
        stored: bool,
    ) -> Result<(Gate, Vec<Row>), StoreError> {
        let core = self.core.clone();
        let hash = self.log.run.plan.clone().unwrap_or_default();
        let mut queue = Queue::read(&core, workflow, &rows).await?;
        let again = self.reads_again();
        if again {
            queue.keep_to_list(self.log.run.trigger.parent);
        }
        let now = core.clock.now_ms();
        let kept = queue.leave_kept(&mut rows, now);
        let mut blocked = Queue::leave_above(&mut rows);
        let standing = queue.standing(&rows, now);
        let outside = if again { keep_to_removals(&mut rows, &standing) } else { Vec::new() };
        if let Some(fresh) = &fresh {
            // Removals that are decided one by one are no matter of limits: old questions do not keep new leavers from being
            // disabled.
            let alone = workflow.safety.on_exceed == OnExceed::HoldRemovals;
            let asks = |row: &Row| {
                let step = workflow.steps.get(usize::from(row.step));
                step.and_then(|step| step.approval()).is_some_and(|approval| approval.always)
            };
            let limited = |(row, standing): &(&Row, &Option<Standing>)| match standing {
                // Asked about one by one, whatever the workflow says.
                _ if row.removes && *row.rule == *TAKEN_OVER => false,
                Some(Standing::Approved) => false,
                Some(Standing::Waiting | Standing::Kept) => !alone,
                None => !(alone && row.removes && (asks(row) || row.doubt().is_some())),
            };
            let open = rows.iter().zip(&standing).filter(limited);
            self.log.run.safety = safety::judge(&workflow.safety, &fresh.facts, open.map(|(row, _)| row));
        }
        let question = Question {
            workflow,
            checks: &self.log.run.safety,
            hash: &hash,
            approvals: &self.log.run.approvals,
            approve: self.log.run.approve,
            scope_changed: fresh.as_ref().is_some_and(|fresh| fresh.scope_changed),
            shrunk: fresh.as_ref().map_or(&[], |fresh| &fresh.shrunk),
            standing: &standing,
        };
        let Judged { gate: answer, mut waiting } = gate::judge(&question, &rows);
        queue.keep_first_cause(&mut waiting);
        queue.leave_waiting(&mut rows, &waiting);
        let left_out = kept.iter().copied().chain(outside).chain(waiting.iter().map(|(at, _)| *at));
        let left_out: Vec<usize> = left_out.collect();
        // An incomplete read removes nobody, and so nothing is freed.
        let kept_back =
            |(at, row): (usize, &Row)| (row.removes && matches!(row.planned, Planned::Skipped(_))).then_some(at);
        let mut stay: Vec<usize> = rows.iter().enumerate().filter_map(kept_back).collect();
        stay.extend(Queue::leave_names(&mut rows));
        blocked.extend(Queue::leave_blocked(workflow, &mut rows, &stay));
        self.log.run.rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        self.count_left_out(&rows, &left_out, &blocked);
        let going = matches!(answer, Gate::Go);
        self.tell_removals(workflow, &waiting, kept.len(), queue.approvers(&standing));
        if going && self.log.run.mode != Mode::Plan {
            let judged = fresh.as_ref().and_then(|fresh| Some((fresh.judged.as_ref()?, &fresh.back)));
            let learnt = queue.note(&core, workflow, &rows, &waiting, judged, self.run_id())?;
            self.log.along(learnt);
        }
        if let Some(fresh) = fresh.as_ref().filter(|_| self.log.run.mode != Mode::Plan) {
            self.forget_unseen(&fresh.unseen, going && !again);
        }
        let changed = !left_out.is_empty() || !blocked.is_empty();
        if fresh.is_some() || changed {
            self.log.run.costs = self.costs(workflow, &rows).await;
            self.keep_plan(&rows, stored).await?;
        }
        if fresh.is_some() {
            self.log.note(Event::Planned { hash, rows: self.log.run.rows });
        }
        Ok((answer, rows))
    }

    /// Whether it reads a file of before once more, for removals that somebody approved.
    fn reads_again(&self) -> bool {
        let run = &self.log.run;
        run.trigger.kind == TriggerKind::Removals && uploads::read_by(run)
    }

    /// What was decided about objects that the source does not have any more is over when the plan is carried out. A list that a
    /// person is still to look at says nothing of them, nor does one of before.
    fn forget_unseen(&mut self, unseen: &[Decision], counts: bool) {
        if !counts {
            return self.log.run.notices.retain(|notice| *notice.code != *SOURCE_GONE);
        }
        let mut along = Batch::default();
        unseen.iter().for_each(|decision| decision.drop(&mut along, &self.core.tenant));
        self.log.along(along);
    }

    /// Counts what is not carried out by this run, and what waits for it, as what became of it.
    fn count_left_out(&mut self, rows: &[Row], left_out: &[usize], blocked: &[usize]) {
        let skipped = left_out.iter().map(|at| (*at, "skipped"));
        let follows = |at: &usize| matches!(rows[*at].planned, Planned::Skipped(_));
        let behind = blocked.iter().map(|at| (*at, if follows(at) { "skipped" } else { "blocked" }));
        for (at, to) in skipped.chain(behind) {
            let row = &rows[at];
            let word = match row.action {
                _ if row.object.is_some() => continue,
                _ if row.removes => "remove",
                Action::Create => "create",
                Action::Update => "update",
                Action::Link => "unchanged",
                _ => "remove",
            };
            self.log.run.planned.moved(row.kind, word, to);
        }
    }
}
