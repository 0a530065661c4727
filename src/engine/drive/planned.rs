//! What goes into a plan, and what of it is written into the header and the store?

use std::time::Duration;

use idflow_sdk::Problem;

use super::driver::Driver;
use crate::{
    engine::{
        abandoned_jobs,
        blocking::Aside,
        event_reads, names,
        plan::{Plan, PlanError, Planner},
        progress::{Progress, Stop},
        quarantine,
    },
    model::{
        change::Row,
        event::Event,
        run::{Mode, Status},
    },
    store::{
        Batch, StoreError, freed_keys, last_writers,
        runs::{self, Baseline},
    },
    workflow::{compiled::Workflow, scope::Scope},
};

/// How often a run that waits for room on the disk looks again.
const ROOM: Duration = Duration::from_secs(5);
/// Planning that takes longer is shown in the header; shorter ones cost no commit.
const SHOWN_AFTER: Duration = Duration::from_millis(200);

/// Why there is no plan.
enum NoPlan {
    /// The run is to stop.
    Stopped(Stop),
    /// A step could not be carried out, or a connection rests.
    Failed(Vec<Problem>),
}

impl Driver {
    /// Makes a plan and lets it be judged. `approved`: the rows that people saw, where there are some.
    pub(super) async fn plan(
        &mut self,
        workflow: &Workflow,
        mut scope: Scope,
        approved: Option<Vec<Row>>,
    ) -> Result<(), StoreError> {
        let (mut plan, baseline) = match self.compute(workflow, &scope).await? {
            Ok(made) => made,
            Err(NoPlan::Stopped(stop)) => return self.stopped(workflow, &scope, stop).await,
            Err(NoPlan::Failed(why)) => return self.end(workflow, &scope, Status::Failed, why).await,
        };
        let mut rows = std::mem::take(&mut plan.rows);
        self.keep_what_is_wanted(workflow, &mut plan, &mut rows, approved.as_deref()).await?;
        self.progress.is_large(&self.core.permits, rows.len() as u64);
        names::tell(&mut rows);
        let stored = self.log.run.plan.is_some();
        let fresh = self.note_plan(workflow, plan, &rows, &baseline).await?;
        scope.take_reads(&self.log.run.reads);
        self.gate(workflow, scope, rows, Some(fresh), stored).await
    }

    /// The plan, as soon as there is room for it and nobody rests, with what it was measured by; what it says of decisions
    /// goes along with it.
    async fn compute(
        &mut self,
        workflow: &Workflow,
        scope: &Scope,
    ) -> Result<Result<(Plan, Baseline), NoPlan>, StoreError> {
        let core = self.core.clone();
        if let Some(stop) = self.wait_for_room().await {
            return Ok(Err(NoPlan::Stopped(stop)));
        }
        let sick = quarantine::look(&core, workflow).await?;
        if let Some(why) = quarantine::rests(&core, &self.log.run, &sick) {
            return Ok(Err(NoPlan::Failed(why)));
        }
        self.log.run.status = Status::Planning;
        self.log.note(Event::Planning);
        if let Some(stop) = self.wait_for_jobs(workflow).await? {
            return Ok(Err(NoPlan::Stopped(stop)));
        }
        // Before anything is read: what is written from here on may be missing in the plan.
        let systems = self.leads_to(workflow).await?;
        self.log.run.marks = last_writers::of(&*core.store, &core.tenant, systems.values().cloned().collect()).await?;
        self.log.run.systems = systems;
        let baseline = runs::baseline(&*core.store, &core.tenant, &workflow.id).await?.unwrap_or_default();
        let planned = self.read(workflow, scope, &baseline).await?;
        let mut along = Batch::default();
        let plan = match planned {
            Err(stop) => return Ok(Err(NoPlan::Stopped(stop))),
            Ok(Err(PlanError { step, problem })) => {
                quarantine::failed(&core, workflow, &step, &problem, &sick, &mut along)?;
                self.log.along(along);
                return Ok(Err(NoPlan::Failed(vec![problem, Problem::new("step_failed").arg("step", step)])));
            }
            Ok(Ok(plan)) => plan,
        };
        quarantine::well(&core, &sick, &mut along);
        if self.log.run.mode != Mode::Plan {
            for (old, new) in &plan.follow {
                old.drop(&mut along, &core.tenant);
                if !plan.over.contains(new) {
                    new.put(&mut along, &core.tenant)?;
                }
            }
            plan.over.iter().for_each(|decision| decision.drop(&mut along, &core.tenant));
            for (connection, freed) in &plan.freed {
                freed_keys::over(&mut along, &core.tenant, connection, freed);
            }
        }
        self.log.along(along);
        Ok(Ok((plan, baseline)))
    }

    /// Waits for room on the disk; gives why the run is to stop meanwhile.
    async fn wait_for_room(&self) -> Option<Stop> {
        while self.core.has_room().is_err() {
            tracing::warn!("the disk is full; the run waits for room before it plans");
            self.progress.wait(&*self.core.clock, "disk_full", ROOM).await;
            if let Some(stop) = self.progress.stop() {
                return Some(stop);
            }
        }
        None
    }

    /// Waits for jobs that an earlier run left at work; gives why the run is to stop meanwhile.
    async fn wait_for_jobs(&mut self, workflow: &Workflow) -> Result<Option<Stop>, StoreError> {
        let left = abandoned_jobs::find(&self.core, workflow).await?;
        if left.is_empty() {
            return Ok(None);
        }
        self.log.commit().await?;
        let over = abandoned_jobs::wait(&self.core, left, &self.log.context(), &self.progress).await;
        self.log.along(over);
        Ok(self.progress.stop())
    }

    /// Reads sources and targets, and compares them.
    async fn read(
        &mut self,
        workflow: &Workflow,
        scope: &Scope,
        baseline: &Baseline,
    ) -> Result<Result<Result<Plan, PlanError>, Stop>, StoreError> {
        let (core, progress) = (self.core.clone(), self.progress.clone());
        let planner = Planner {
            core: &core,
            workflow,
            scope,
            context: self.log.context(),
            progress: &progress,
            before: baseline.source.clone(),
            filled: baseline.filled.clone(),
            until: self.log.run.until.clone(),
            ranges: baseline.ranges.clone(),
            line_ends: baseline.line_ends.clone(),
            today: self.today(workflow).await?,
            scope_before: baseline.scope.clone(),
            keep: event_reads::keep_to(&core, workflow, &self.log.run, baseline).await?,
            fenced: self.log.run.fenced,
        };
        let mut planning = Aside(Box::pin(planner.plan()));
        let planned = match tokio::time::timeout(SHOWN_AFTER, unless_stopped(&progress, &mut planning)).await {
            Ok(planned) => planned,
            Err(_) => {
                self.log.commit().await?;
                unless_stopped(&progress, &mut planning).await
            }
        };
        // What a stopped planning came to, if anything, is no plan.
        Ok(match (planned, progress.stop()) {
            (Err(stop), _) | (Ok(_), Some(stop)) => Err(stop),
            (Ok(planned), None) => Ok(planned),
        })
    }
}

/// What the future comes to, unless the run is to stop before.
async fn unless_stopped<T>(progress: &Progress, work: impl Future<Output = T>) -> Result<T, Stop> {
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = progress.stopped() => Err(progress.stop().unwrap_or(Stop::Leaving)),
    }
}
