//! The applying half of a run: rows of a plan to calls, in the order of the graph, with the journal ahead of every call.
//!
//! Rows that wait for nothing are announced together, a window at a time. While they are carried out, the next ones are
//! announced and the answers so far are written, in one commit, so the disk works while the network does. An answer is on disk
//! before anything that depends on it is announced, or in the same commit. What the links remember is written with the answer.

mod windows;

use std::{collections::BTreeMap, sync::atomic::AtomicBool};

use idflow_sdk::{FieldId, Problem};
use tracing::Instrument;

use super::{
    applier::{Applier, StepEnd, ends_the_run},
    child_run, decide, import_jobs,
    ledger::RowState,
    message_steps::{self, Sent},
    pair::pair_of,
    progress::Watch,
    session::Session,
    unconfirmed,
};
use crate::{
    model::{
        change::{Action, Planned},
        event::{Event, Outcome},
        outcomes::{NOT_WELL, WRITTEN},
        run::Status,
    },
    store::{Batch, StoreError},
    workflow::compiled::{Step, StepIndex, Work, Writing},
};

/// How applying ended.
#[derive(Debug)]
pub enum Ending {
    /// Every step was reached.
    Through,
    /// A step could not be carried out.
    StepFailed(Vec<Problem>),
    /// Somebody or a time limit stopped it.
    Stopped(Problem),
    /// Somebody stopped it for now: what was not announced stays open.
    Paused(String),
    /// This process ends: the run goes on with the next start.
    Left,
}

impl Applier<'_> {
    /// Carries the plan out.
    pub async fn apply(&mut self) -> Result<Ending, StoreError> {
        let total =
            (0..self.ledger.len()).filter(|at| self.ledger.row(*at).writes() && !self.ledger.is_over(*at)).count();
        self.progress.expect(total as u64);
        let mut of_step: Vec<Vec<usize>> = vec![Vec::new(); self.workflow.steps.len()];
        for (at, row) in self.ledger.rows().iter().enumerate() {
            if let Some(rows) = of_step.get_mut(usize::from(row.step)) {
                rows.push(at);
            }
        }
        let mut failed: Vec<Problem> = Vec::new();
        for index in self.workflow.graph.order().to_vec() {
            let step = &self.workflow.steps[index];
            if matches!(step.work, Work::Read(_)) {
                continue;
            }
            let mine = std::mem::take(&mut of_step[index]);
            if !failed.is_empty() {
                self.not_attempted(&mine, &Problem::new("earlier_step_failed")).await?;
                continue;
            }
            self.progress.enter(&step.id);
            let span = tracing::info_span!("step", id = %step.id);
            let end = match step.writing() {
                Some(writing) => Box::pin(self.step(index, writing, mine)).instrument(span).await?,
                None => Box::pin(self.errand(index)).instrument(span).await?,
            };
            match end {
                StepEnd::Done => {}
                StepEnd::Failed(problems) if step.continue_on_error => self.log.run.notices.extend(problems),
                StepEnd::Failed(problems) => failed = problems,
                StepEnd::Paused(by) => return Ok(Ending::Paused(by)),
                StepEnd::Left => return Ok(Ending::Left),
                StepEnd::Stopped(problem) => {
                    let rest: Vec<usize> = (0..self.ledger.len()).collect();
                    self.not_attempted(&rest, &problem).await?;
                    return Ok(Ending::Stopped(problem));
                }
            }
        }
        Ok(if failed.is_empty() { Ending::Through } else { Ending::StepFailed(failed) })
    }

    /// A step that writes no objects: a message, or a run of another workflow.
    async fn errand(&mut self, index: StepIndex) -> Result<StepEnd, StoreError> {
        if let Some(end) = self.stop() {
            return Ok(end);
        }
        let step = &self.workflow.steps[index];
        let _limit = self.limit(step);
        if step.callee().is_some() {
            return Box::pin(child_run::step(self, index)).await;
        }
        let errand = message_steps::Errand {
            core: self.core,
            workflow: self.workflow,
            progress: self.progress,
            patience: message_steps::Patience::Step,
            owned: &self.owned,
            about: "",
        };
        let sent = errand.step(self.log, self.messages, step, &self.scope).await?;
        self.tell_scope(index);
        Ok(match sent {
            Sent::NotWanted | Sent::Done => StepEnd::Done,
            Sent::Problem(problem) => StepEnd::Failed(vec![problem]),
            Sent::Stopped => self.stop().unwrap_or(StepEnd::Done),
        })
    }

    /// Watches the time of a step.
    fn limit(&self, step: &Step) -> Option<Watch> {
        let late = Problem::new("step_timeout").arg("step", step.id.clone());
        step.timeout.map(|span| self.progress.limit(self.core.clock.clone(), span, late))
    }

    async fn step(&mut self, index: StepIndex, writing: &Writing, mine: Vec<usize>) -> Result<StepEnd, StoreError> {
        let now = self.core.clock.now_ms();
        let state = self.state(index);
        state.status = Status::Applying;
        state.started.get_or_insert(now);
        let step = &self.workflow.steps[index];
        let _limit = self.limit(step);
        let todo: Vec<usize> = mine
            .iter()
            .copied()
            .filter(|at| self.ledger.row(*at).planned == Planned::Do && !self.ledger.is_over(*at))
            .collect();
        tracing::info!(rows = todo.len(), "step begins");
        let end = if todo.is_empty() {
            self.ended_before(step, &mine).unwrap_or(StepEnd::Done)
        } else {
            self.take_back().await?;
            self.log.note(Event::StepStarted { step: u16::try_from(index).unwrap_or(u16::MAX) });
            match self.session(index, (step, writing), &todo).await {
                Ok(session) if self.stale => {
                    unconfirmed::look(self, &session, &todo).await?;
                    self.not_attempted(&todo, &Problem::new("plan_old")).await?;
                    StepEnd::Done
                }
                Ok(session) if self.ends_early(step, &mine) => {
                    unconfirmed::look(self, &session, &todo).await?;
                    self.windows(&session, &todo, &mine).await?
                }
                Ok(session) if self.progress.is_stopped() => {
                    // For now: what was announced is looked up when the run goes on.
                    unconfirmed::jobs(self, &session, &todo).await?;
                    self.windows(&session, &todo, &mine).await?
                }
                Ok(mut session) => {
                    self.link_only(&session, &todo).await?;
                    let writes =
                        todo.iter().map(|at| self.ledger.row(*at)).filter(|row| row.writes()).map(|row| &row.set);
                    let known = todo.iter().any(|at| self.jobs.contains_key(at));
                    session.job = known || import_jobs::way(&*session.connection, writing.uses.action, writes).1;
                    self.windows(&session, &todo, &mine).await?
                }
                Err(problem) => {
                    self.not_attempted(&todo, &problem).await?;
                    StepEnd::Failed(vec![problem])
                }
            }
        };
        if matches!(end, StepEnd::Paused(_) | StepEnd::Left) {
            return Ok(end);
        }
        let counts = self.step_counts(&mine);
        let any_bad = counts.iter().any(|(word, number)| NOT_WELL.contains(&word.as_str()) && *number > 0);
        let changed = counts.iter().any(|(word, number)| WRITTEN.contains(&word.as_str()) && *number > 0);
        let status = match &end {
            StepEnd::Failed(_) => Status::Failed,
            StepEnd::Stopped(_) | StepEnd::Paused(_) | StepEnd::Left => Status::Cancelled,
            StepEnd::Done if any_bad => Status::Partial,
            StepEnd::Done if changed => Status::Succeeded,
            StepEnd::Done => Status::SucceededNoChange,
        };
        let now = self.core.clock.now_ms();
        let why = match &end {
            StepEnd::Failed(problems) => problems.first().cloned(),
            StepEnd::Stopped(problem) => Some(problem.clone()),
            StepEnd::Done | StepEnd::Paused(_) | StepEnd::Left => None,
        };
        let state = self.state(index);
        state.status = status;
        state.counts = counts;
        state.ended = Some(now);
        state.why = why;
        if !todo.is_empty() {
            let step = u16::try_from(index).unwrap_or(u16::MAX);
            self.log.note(Event::StepEnded { step, status: status.as_str().into() });
        }
        self.tell_scope(index);
        Ok(end)
    }

    async fn session<'b>(
        &mut self,
        index: StepIndex,
        (step, writing): (&'b Step, &'b Writing),
        todo: &[usize],
    ) -> Result<Session<'b>, Problem> {
        let action = writing.uses.action;
        let alias = self.workflow.alias_of(&writing.uses);
        let connection = self.core.connect.open(&alias.reference, alias.connector.name).await?;
        let params = step.with.evaluate(&self.scope)?;
        let pair = action.kind.and_then(|kind| pair_of(self.core, self.workflow, index, kind));
        let pair = pair.ok_or_else(|| Problem::new("cannot_be_created"))?;
        let system = self.core.connect.system(&alias.reference, alias.connector.name).await;
        let system = system.map_err(|error| *idflow_sdk::Error::from(error).problem)?;
        // What is not owned, because the run is to stop, is only looked at.
        let right = self.owned.right_to(&system).unwrap_or_else(|| self.owned.right());
        self.log.works_under(right);
        self.context = self.log.context();
        let mut writes = todo.iter().map(|at| self.ledger.row(*at)).filter(|row| row.writes());
        let in_order =
            connection.keeps_order(action).is_some_and(|field| writes.any(|row| row.set.value(field).is_none()));
        let (own, owned) = (Session::permits(writing, in_order), self.owned.clone());
        Ok(Session {
            step,
            writing,
            connection,
            params,
            pair,
            system,
            job: false,
            in_order,
            own,
            owned,
            gone: AtomicBool::default(),
        })
    }

    /// Links that only have to be remembered.
    async fn link_only(&mut self, session: &Session<'_>, todo: &[usize]) -> Result<(), StoreError> {
        let only: Vec<usize> = todo.iter().copied().filter(|at| self.ledger.row(*at).action == Action::Link).collect();
        if !only.is_empty() && self.log.waits() {
            // Links that wait to be written could be read below.
            self.log.commit().await?;
        }
        for group in only.chunks(512) {
            let answers: Vec<(usize, Vec<FieldId>)> = group.iter().map(|at| (*at, Vec::new())).collect();
            let mut batch = Batch::default();
            self.remember(session, &answers, &mut batch).await?;
            self.log.along(batch);
            if self.log.is_heavy() {
                self.log.commit().await?;
            }
            for at in group {
                self.ledger.close(*at, Outcome::Unchanged);
            }
        }
        Ok(())
    }

    /// How a step that ended before a restart did not end well: what its rows tell is in the journal, what followed from
    /// it may not be.
    fn ended_before(&self, step: &Step, mine: &[usize]) -> Option<StepEnd> {
        let told = mine.iter().find_map(|at| match self.ledger.state(*at) {
            RowState::Over(Outcome::NotAttempted(problem)) => Some(problem.clone()),
            _ => None,
        });
        match told {
            Some(problem) if problem.code == "cancelled" || ends_the_run(&problem) => Some(StepEnd::Stopped(problem)),
            // These were told row by row.
            Some(problem) if matches!(&*problem.code, "blocked" | "plan_old") || decide::is_for_later(&problem) => {
                self.too_many(step, mine, decide::failures(&self.ledger, mine))
            }
            Some(problem) => Some(StepEnd::Failed(vec![problem])),
            None => self.too_many(step, mine, decide::failures(&self.ledger, mine)),
        }
    }

    /// The end of a step of which so many rows failed; `None` when it allows them.
    fn too_many(&self, step: &Step, mine: &[usize], failures: usize) -> Option<StepEnd> {
        let writing = step.writing()?;
        let scope = writing.uses.action.kind.and_then(|kind| self.log.run.source.get(&kind)).copied().unwrap_or(0);
        let objects = mine.len().max(usize::try_from(scope).unwrap_or(usize::MAX));
        if !decide::is_too_many(&writing.foreach, objects, failures) {
            return None;
        }
        let problem = Problem::new("too_many_failures");
        let mut why = vec![problem.arg("step", step.id.clone()).arg("number", failures.to_string())];
        why.extend(mine.iter().find_map(|at| self.ledger.failure(*at)).cloned());
        Some(StepEnd::Failed(why))
    }

    /// Whether a step ends before its first row, so that what was announced before a restart is only looked at.
    fn ends_early(&self, step: &Step, mine: &[usize]) -> bool {
        let over = self.progress.stop().is_some_and(|stop| !stop.is_for_now());
        over || self.ended_before(step, mine).is_some()
    }

    fn step_counts(&self, mine: &[usize]) -> BTreeMap<String, u64> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for at in mine {
            *counts.entry(self.ledger.word(*at)).or_default() += 1;
        }
        counts.into_iter().map(|(word, number)| (word.to_string(), number)).collect()
    }
}
