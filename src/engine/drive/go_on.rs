//! Where does a run go on: at its end, at its plan, at the gate, or in the middle of what it writes? How is it paused
//! or stopped before it wrote anything?

use std::time::Duration;

use idflow_sdk::Problem;

use super::driver::{Driver, PLAN_AGE_MS};
use crate::{
    engine::{blocking::Aside, progress::Stop, replay::Past},
    model::{
        definition::OnConflict,
        event::Event,
        run::{Approved, Ask, Status},
    },
    store::{Batch, StoreError, runs},
    workflow::{compiled::Workflow, scope::Scope},
};

/// How long a run works at most where its workflow says nothing.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl Driver {
    pub(super) async fn work(&mut self, workflow: &Workflow, scope: Scope) -> Result<(), StoreError> {
        let now = self.core.clock.now_ms();
        let mut past = Past::default();
        if self.log.run.seq > 1 {
            past = Aside(Box::pin(Past::read(&self.core, &self.log.run))).await?;
            self.messages = std::mem::take(&mut past.messages);
            self.log.counts_too(past.uncounted);
        }
        if self.log.run.untold {
            return self.catch_up(workflow, &scope).await;
        }
        if let Some((status, why)) = self.log.run.ending.clone() {
            return self.end(workflow, &scope, status, why).await;
        }
        let elsewhere = self.leads_elsewhere(workflow).await?;
        // Held until the work is done: what was announced is looked up, and nothing more is written.
        let _forbidden = match self.means_another(workflow) {
            None if self.log.run.status == Status::Applying => {
                elsewhere.clone().map(|problem| self.progress.forbid(problem))
            }
            None => None,
            Some(problem) if self.log.run.status == Status::Applying => Some(self.progress.forbid(problem)),
            Some(problem) if self.log.run.plan.is_some() => {
                return self.end(workflow, &scope, Status::Failed, vec![problem]).await;
            }
            Some(problem) => {
                self.read_anew = Some(Problem { code: "read_anew".into(), ..problem });
                None
            }
        };
        // Nobody has planned it yet, or nobody wrote down by what; what is forbidden stays so over a restart.
        if self.read_anew.is_some() || self.log.run.meaning.is_empty() {
            self.log.run.meaning.clone_from(&workflow.meaning);
        }
        let limit = workflow.timeout.unwrap_or(LONGEST);
        // Waiting for a turn, or for a person, takes as long as it takes: only work counts.
        let _limit = self.progress.limit(self.core.clock.clone(), limit, Problem::new("run_timeout"));
        if self.log.run.status == Status::Applying {
            return self.resume(workflow, scope, past).await;
        }
        if let Some(stop) = self.progress.stop() {
            return self.stopped(workflow, &scope, stop).await;
        }
        let fresh = self.log.run.started.replace(self.log.run.started.unwrap_or(now)).is_none();
        if fresh && self.core.shared && workflow.on_conflict == OnConflict::Skip {
            // On disk before anything else: another node must not take it for one that has not begun.
            self.log.commit().await?;
        }
        if let Some(problem) = elsewhere {
            self.void_approvals(problem);
        }
        let approved_at = self.log.run.approvals.last().filter(|approval| !approval.void).cloned();
        // A plan that a crash left in pieces is nothing that anybody approved: the new one is held again.
        let approved = match approved_at {
            Some(_) => runs::plan_of(&*self.core.store, &self.core.tenant, &self.log.run).await?,
            None => None,
        };
        let fresh = match self.log.run.planned_at {
            Some(at) if approved.is_some() => {
                (0..PLAN_AGE_MS).contains(&(now - at)) && !self.is_overtaken(workflow).await?
            }
            _ => false,
        };
        match approved {
            Some(rows) if fresh && self.log.run.plan.as_deref().is_some_and(|plan| covers(&approved_at, plan)) => {
                self.gate(workflow, scope, rows, None, true).await
            }
            approved => self.plan(workflow, scope, approved).await,
        }
    }

    /// Whether this version of idflow makes another workflow of the text than the one by which the run was accepted.
    fn means_another(&self, workflow: &Workflow) -> Option<Problem> {
        let run = &self.log.run;
        let other = !run.meaning.is_empty() && run.meaning != workflow.meaning;
        other.then(|| {
            Problem::new("means_another")
                .arg("workflow", workflow.id.clone())
                .arg("version", run.version.to_string())
                .arg("before", run.engine.clone())
                .arg("now", env!("CARGO_PKG_VERSION"))
        })
    }

    /// What was approved was planned for another system: the run is planned anew, as one that nobody has approved yet.
    fn void_approvals(&mut self, problem: Problem) {
        self.log.run.approvals.iter_mut().for_each(|approval| approval.void = true);
        self.read_anew = Some(problem);
    }

    /// A run that is to stop before it wrote anything.
    pub(super) async fn stopped(&mut self, workflow: &Workflow, scope: &Scope, stop: Stop) -> Result<(), StoreError> {
        match stop {
            Stop::Asked(asked) if asked.ask == Ask::Pause => self.pause(Status::Queued, &asked.by).await,
            Stop::Asked(asked) => {
                let why = vec![Problem::new("cancelled").arg("by", asked.by.clone())];
                self.log.note(Event::Cancelled { by: asked.by });
                self.end(workflow, scope, Status::Cancelled, why).await
            }
            Stop::Late(problem) => {
                let step = self.progress.look().step;
                let at = (!step.is_empty()).then(|| Problem::new("step_failed").arg("step", step));
                self.end(workflow, scope, Status::Failed, std::iter::once(problem).chain(at).collect()).await
            }
            // It is planned anew.
            Stop::Leaving => Ok(()),
        }
    }

    pub(super) async fn pause(&mut self, from: Status, by: &str) -> Result<(), StoreError> {
        let core = self.core.clone();
        let mut along = Batch { notify: true, ..Batch::default() };
        match runs::asked_of(&*core.store, &core.tenant, self.run_id()).await? {
            Some(asked) if asked.ask == Ask::Pause => {
                runs::forget_pause(&mut along, &core.tenant, self.run_id(), &asked)?;
            }
            // It was cancelled meanwhile: the next look at the open runs sees to it.
            Some(_) => return Err(StoreError::Conflict),
            None => {}
        }
        self.log.run.paused_from = Some(from);
        self.log.run.status = Status::Paused;
        self.log.run.why = vec![Problem::new("paused").arg("by", by)];
        self.log.along(along);
        self.log.commit_with(Event::Paused { by: by.into() }).await
    }
}

fn covers(approval: &Option<Approved>, plan: &str) -> bool {
    approval.as_ref().is_some_and(|approval| approval.covers(plan))
}
