//! What people and triggers do with runs: they are begun, approved, refused, paused, cancelled. What is asked for is on disk
//! before anybody is answered.

use idflow_sdk::Problem;

use super::{
    Core, Engine, Refused, Request,
    accept::{TRIES, blank, open_tenant, prepare},
};
use crate::{
    model::{
        event::Event,
        id::RunId,
        run::{Approved, Ask, Asked, Mode, Run, SafetyCheck, Status},
    },
    store::{Batch, StoreError, catalogue, runs},
};

/// How long a decision waits for the messages that tell of the held run.
const MESSAGES: std::time::Duration = std::time::Duration::from_secs(30);
/// How often they are hurried.
const HURRY: std::time::Duration = std::time::Duration::from_millis(500);

/// A run that is reserved here, until it begins or is not accepted.
struct Reserved<'a> {
    core: &'a Core,
    run: RunId,
    kept: bool,
}

impl<'a> Reserved<'a> {
    fn new(core: &'a Core, run: RunId) -> Self {
        core.reserve(run);
        Self { core, run, kept: false }
    }

    fn keep(mut self) -> RunId {
        self.kept = true;
        self.run
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.core.leave(self.run);
        }
    }
}

impl Engine {
    /// Accepts a run and begins to work on it.
    ///
    /// # Errors
    /// See [`Refused`]. When this returns an id, the run is on disk.
    pub async fn submit(&self, request: Request) -> Result<RunId, Refused> {
        let core = &self.core;
        open_tenant(core).await?;
        for _ in 0..TRIES {
            let mut accepted = prepare(core, request.clone()).await?;
            let batch = accepted.batch()?;
            // Before it is on disk, where others would find it and begin.
            let reserved = Reserved::new(core, accepted.run.run);
            match core.store.commit(batch).await {
                Ok(()) => {
                    let run = reserved.keep();
                    core.begin(accepted.run, true);
                    return Ok(run);
                }
                // Another node gave the same number out. A schedule's mark that moved is final.
                Err(StoreError::Conflict) if request.along.is_empty() => core.forget_number(&request.workflow),
                Err(error) => {
                    core.forget_number(&request.workflow);
                    return Err(error.into());
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Writes down that a run could not start, as a failed run with the reason: nobody was there to be told. What comes
    /// along with the request is settled in the same commit. Without such a workflow there is nothing to show it at.
    ///
    /// # Errors
    /// Those of the store; [`StoreError::Conflict`] when another node was faster.
    pub async fn settle_refused(&self, request: Request, why: Problem) -> Result<Option<RunId>, StoreError> {
        let core = &self.core;
        for _ in 0..TRIES {
            let Some(head) = catalogue::workflow(&*core.store, &core.tenant, &request.workflow).await? else {
                core.store.commit(request.along).await?;
                return Ok(None);
            };
            let version = request.version.or(head.value.active).unwrap_or(head.value.latest);
            let stored = catalogue::version(&*core.store, &core.tenant, &request.workflow, version).await?;
            let text = stored.map(|stored| stored.text).unwrap_or_default();
            let content = core.connect.compile(&text).map(|workflow| workflow.content.clone()).unwrap_or_default();
            let now = core.clock.now_ms();
            let number = core.number(&request.workflow, head.value.runs).await?;
            let inputs = serde_json::Value::Object(request.inputs.clone());
            let mut run = blank(now, number, version, content, inputs, request.clone());
            // It waits for nobody.
            run.group = format!("refused/{}", run.run);
            run.status = Status::Failed;
            run.why = vec![why.clone()];
            run.ended = Some(now);
            run.untold = true;
            let mut batch = request.along.clone();
            runs::create(&mut batch, &core.tenant, &mut run, now)?;
            let reserved = Reserved::new(core, run.run);
            match core.store.commit(batch).await {
                Ok(()) => {
                    let id = reserved.keep();
                    core.begin(run, true);
                    return Ok(Some(id));
                }
                Err(StoreError::Conflict) if request.along.is_empty() => core.forget_number(&request.workflow),
                Err(error) => {
                    core.forget_number(&request.workflow);
                    return Err(error);
                }
            }
        }
        Err(StoreError::Conflict)
    }

    /// A person approves a held run. `plan` names the plan that was looked at; `None`: the one that is held now.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn approve(&self, run: RunId, by: &str, plan: Option<&str>, source_checked: bool) -> Result<(), Refused> {
        let mut held = self.held(run).await?;
        open_tenant(&self.core).await?;
        if held.expires.is_some_and(|expires| self.core.clock.now_ms() >= expires) {
            // By a clock that jumped nothing ends, and nothing begins.
            if !self.core.trusts_clock().await? {
                return Err(Refused::ClockDoubted(run));
            }
            self.expire(held).await?;
            return Err(Refused::Expired(run));
        }
        let hash = held.plan.clone().unwrap_or_default();
        if let Some(plan) = plan.filter(|plan| *plan != hash) {
            return Err(Refused::OtherPlan(run, hash, plan.into()));
        }
        let now = self.core.clock.now_ms();
        let doubted = |check: &&SafetyCheck| source_checked && check.source && !check.ok;
        let lifted = held.safety.iter().filter(doubted).cloned().collect();
        let plan = hash.clone();
        let approved = Approved { by: by.into(), at: now, plan, computed: None, source_checked, lifted, void: false };
        held.approvals.push(approved);
        held.status = Status::Queued;
        held.why.clear();
        let mut batch = Batch { notify: true, ..Batch::default() };
        let event = Event::Approved { by: by.into(), hash, source_checked };
        runs::append(&mut batch, &self.core.tenant, &mut held, now, vec![event])?;
        self.core.store.commit(batch).await?;
        self.core.start(held);
        Ok(())
    }

    /// A person refuses a held run.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn reject(&self, run: RunId, by: &str) -> Result<(), Refused> {
        let held = self.held(run).await?;
        Ok(self.end_at_rest(held, "rejected", Event::Rejected { by: by.into() }, by).await?)
    }

    /// Ends a run that nobody works on, for a person.
    async fn end_at_rest(&self, mut run: Run, code: &'static str, event: Event, by: &str) -> Result<(), StoreError> {
        let now = self.core.clock.now_ms();
        run.status = Status::Cancelled;
        run.why = vec![Problem::new(code).arg("by", by)];
        run.ended = Some(now);
        run.untold = true;
        let mut batch = Batch { notify: true, ..Batch::default() };
        let events = vec![event, Event::Ended { status: "cancelled".into() }];
        runs::append(&mut batch, &self.core.tenant, &mut run, now, events)?;
        self.core.store.commit(batch).await?;
        self.core.start(run);
        Ok(())
    }

    /// Ends a held run that nobody decided about.
    pub(super) async fn expire(&self, mut held: Run) -> Result<(), StoreError> {
        let now = self.core.clock.now_ms();
        held.status = Status::Cancelled;
        held.why = vec![Problem::new("approval_expired")];
        held.ended = Some(now);
        held.untold = true;
        let mut batch = Batch { notify: true, ..Batch::default() };
        let events = vec![Event::Expired, Event::Ended { status: "cancelled".into() }];
        runs::append(&mut batch, &self.core.tenant, &mut held, now, events)?;
        match self.core.store.commit(batch).await {
            Ok(()) => {
                self.core.start(held);
                Ok(())
            }
            // Somebody decided, or another node was faster.
            Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Asks a run to stop for good: a held or paused one at once, a working one before its next call, wherever it is
    /// worked on.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn cancel(&self, run: RunId, by: &str) -> Result<(), Refused> {
        let found = self.found(run).await?;
        match found.status {
            Status::Held => self.reject(run, by).await,
            // It never began, and no process works on it: that of its start is gone.
            Status::Queued if found.started.is_none() && !self.core.shared && !self.core.live().contains_key(&run) => {
                Ok(self.end_at_rest(found, "cancelled", Event::Cancelled { by: by.into() }, by).await?)
            }
            Status::Paused => {
                let asked = Asked { ask: Ask::Cancel, by: by.into() };
                for called in self.paused_with(&found).await?.into_iter().chain([found]) {
                    // It goes on to its end, which is where it is cancelled: what was announced is looked up first.
                    self.core.ask(called.run, asked.clone()).await?;
                    self.core.go_on(called, by).await?;
                }
                Ok(())
            }
            status if status.is_end() => Err(Refused::Over(run, status)),
            _ => Ok(self.core.ask(run, Asked { ask: Ask::Cancel, by: by.into() }).await?),
        }
    }

    /// Asks a run to stop for now, before its next call. It keeps its plan; `resume` lets it go on.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn pause(&self, run: RunId, by: &str) -> Result<(), Refused> {
        let found = self.found(run).await?;
        if found.status.is_end() || matches!(found.status, Status::Held | Status::Paused) {
            return Err(Refused::Over(run, found.status));
        }
        Ok(self.core.ask(run, Asked { ask: Ask::Pause, by: by.into() }).await?)
    }

    /// Lets a paused run go on where it was.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn resume(&self, run: RunId, by: &str) -> Result<(), Refused> {
        let found = self.found(run).await?;
        open_tenant(&self.core).await?;
        if found.status != Status::Paused {
            return Err(Refused::NotPaused(run, found.status));
        }
        for called in self.paused_with(&found).await?.into_iter().chain([found]) {
            self.core.go_on(called, by).await?;
        }
        Ok(())
    }

    /// The paused runs that a paused one waits for, the one that nobody else waits for first: a pause reaches them, so going on
    /// does, too.
    async fn paused_with(&self, run: &Run) -> Result<Vec<Run>, Refused> {
        let (mut paused, mut waits) = (Vec::new(), run.clone());
        while let Some(called) = waits.steps.iter().filter(|step| step.ended.is_none()).find_map(|step| step.child) {
            let called = self.found(called).await?;
            if called.status != Status::Paused {
                break;
            }
            paused.insert(0, called.clone());
            waits = called;
        }
        Ok(paused)
    }

    async fn found(&self, run: RunId) -> Result<Run, Refused> {
        let found = runs::get(&*self.core.store, &self.core.tenant, run).await?;
        found.ok_or_else(|| Refused::NoRun(run.to_string()))
    }

    async fn held(&self, run: RunId) -> Result<Run, Refused> {
        let mut found = self.found(run).await?;
        let begun = tokio::time::Instant::now();
        while found.status == Status::Held && begun.elapsed() < MESSAGES {
            let Some(progress) = self.core.live().get(&run).cloned() else { break };
            // Its messages are still on their way. Those that wait for another try are not waited for: somebody is here.
            progress.hurry();
            let waited = tokio::time::timeout(HURRY, self.wait(run)).await.ok().transpose()?;
            found = waited.flatten().unwrap_or(found);
        }
        if found.status == Status::Held && !self.core.live().contains_key(&run) {
            Ok(found)
        } else {
            Err(match found.mode {
                Mode::Plan => Refused::OnlyPlanned(run, found.workflow),
                Mode::Apply | Mode::Retry => Refused::NotHeld(run, found.status),
            })
        }
    }
}
