//! How does a run end, who is told of it, and which runs follow?

use idflow_sdk::Problem;

use super::driver::Driver;
use crate::{
    engine::{
        followers,
        message_steps::{self, Sent},
        rests, written_so_far,
    },
    model::{
        event::Event,
        run::{ErrorGroup, Mode, Status},
    },
    store::{Batch, StoreError, runs},
    workflow::{
        compiled::{Work, Workflow},
        scope::Scope,
    },
};

/// What became of the messages of `finally`.
pub(super) enum Told {
    /// Those that were wanted were sent, or nobody knows.
    Done,
    /// None was sent.
    Nobody(Problem),
    /// This process ends before they are.
    Left,
}

impl Driver {
    /// The end of a run of which nothing else is known.
    pub(super) async fn end_plainly(&mut self, status: Status, why: Vec<Problem>) -> Result<(), StoreError> {
        let now = self.core.clock.now_ms();
        // Nothing is at work in a run that is over.
        for step in self.log.run.steps.iter_mut().filter(|step| step.status == Status::Applying) {
            step.status = if status == Status::Cancelled { Status::Cancelled } else { Status::Failed };
            step.ended.get_or_insert(now);
            step.why = step.why.take().or_else(|| why.first().cloned());
        }
        self.log.run.status = status;
        self.log.run.why = why;
        self.log.run.ended = Some(now);
        let mut along = Batch { notify: true, ..Batch::default() };
        runs::forget_asked(&mut along, &self.core.tenant, self.run_id());
        written_so_far::note(&self.core, &self.log.run, &mut along).await?;
        self.log.along(along);
        self.log.commit_with(Event::Ended { status: status.as_str().into() }).await
    }

    /// The end: messages first, then the state, with whatever follows from it. What it is going to be is written down with
    /// the first message, so that a crash in between does not lead to another end.
    pub(super) async fn end(
        &mut self,
        workflow: &Workflow,
        scope: &Scope,
        status: Status,
        mut why: Vec<Problem>,
    ) -> Result<(), StoreError> {
        if self.log.run.ending.is_none() && why.iter().any(|problem| problem.code == "run_timeout") {
            // What it waited for in vain, if a system wants to be left alone.
            why.extend(rests::causes(&self.core, workflow).await);
        }
        if self.log.run.errors.is_empty() {
            let group = |problem: &Problem| ErrorGroup {
                count: 1,
                problem: problem.clone(),
                first: String::new(),
                first_name: String::new(),
            };
            let groups = why.iter().map(group);
            if matches!(status, Status::Failed) {
                self.log.run.errors = groups.collect();
            }
        }
        self.log.run.why.clone_from(&why);
        if self.log.run.mode != Mode::Plan {
            let told = self.log.run.ending.replace((status, why.clone())).is_some();
            if !told && !workflow.finally.is_empty() {
                // On disk before anybody is told of it, and the next of the group need not wait for that.
                return self.log.commit().await;
            }
            match self.tell(workflow, scope, status).await? {
                Told::Left => return self.log.commit().await,
                Told::Nobody(problem) => why.push(problem),
                Told::Done => {}
            }
            self.follow(status).await?;
        }
        self.log.run.ending = None;
        tracing::info!(status = status.as_str(), calls = self.log.run.api.calls, "run ends");
        self.end_plainly(status, why).await
    }

    /// Notes the runs that follow this end.
    pub(super) async fn follow(&mut self, status: Status) -> Result<(), StoreError> {
        let mut along = Batch::default();
        followers::note(&self.core, &self.log.run, status, &mut along).await?;
        self.log.along(along);
        Ok(())
    }

    /// Tells of a state that was written before anybody could be told: a run that was put on hold, or that a person or the
    /// time ended while it was.
    pub(super) async fn catch_up(&mut self, workflow: &Workflow, scope: &Scope) -> Result<(), StoreError> {
        let status = self.log.run.status;
        match self.tell(workflow, scope, status).await? {
            Told::Left => return self.log.commit().await,
            Told::Nobody(problem) => self.log.run.why.push(problem),
            Told::Done => {}
        }
        let mut along = Batch { notify: true, ..Batch::default() };
        if status.is_end() {
            self.follow(status).await?;
            runs::forget_asked(&mut along, &self.core.tenant, self.run_id());
        }
        self.log.run.untold = false;
        self.log.along(along);
        self.log.commit().await
    }

    /// The steps of `finally`, about this state. Gives why it matters when none of their messages arrived.
    pub(super) async fn tell(&mut self, workflow: &Workflow, scope: &Scope, about: Status) -> Result<Told, StoreError> {
        if workflow.finally.is_empty() {
            return Ok(Told::Done);
        }
        let scope = message_steps::closing(&self.core, scope, &self.log.run, about);
        // A run may be put on hold more than once, each time for another plan.
        let what = match self.log.run.approvals.len() {
            approved if about == Status::Held && approved > 0 => format!("held {}", approved + 1),
            _ => about.as_str().to_string(),
        };
        let (mut wanted, mut failed) = (0, 0);
        let (core, progress) = (self.core.clone(), self.progress.clone());
        let patience = message_steps::Patience::Closing(progress.times_asked());
        let errand = message_steps::Errand {
            core: &core,
            workflow,
            progress: &progress,
            patience,
            owned: &self.owned,
            about: &what,
        };
        for step in &workflow.finally {
            progress.enter(&step.id);
            let sent = errand.step(&mut self.log, &mut self.messages, step, &scope).await?;
            if sent == Sent::Stopped {
                return Ok(Told::Left);
            }
            // Reads, and other workflows, tell nobody.
            let message = matches!(step.work, Work::Send(_));
            wanted += u64::from(message && sent != Sent::NotWanted);
            if let Sent::Problem(problem) = sent {
                // A message whose answer was lost may have arrived.
                failed += u64::from(message && problem.code != "message_unknown");
                if !self.log.run.notices.contains(&problem) {
                    self.log.run.notices.push(problem);
                }
            }
        }
        if wanted > 0 && failed == wanted {
            return Ok(Told::Nobody(Problem::new("nobody_told").arg("number", failed.to_string())));
        }
        Ok(Told::Done)
    }
}
