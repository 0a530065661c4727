//! The applying half of a run: rows of a plan to calls, in the order of the graph, with the journal ahead of every call.
//!
//! Rows that wait for nothing are announced together, a window at a time. While they are carried out, the next ones are
//! announced and the answers so far are written, in one commit, so the disk works while the network does. An answer is on disk
//! before anything that depends on it is announced, or in the same commit. What the links remember is written with the answer.

use std::{collections::BTreeMap, sync::atomic::AtomicBool};

use futures::future::BoxFuture;
use idflow_sdk::{FieldId, Problem};
use tracing::Instrument;

use super::{
    applier::{Applier, StepEnd, ends_the_run},
    bulk, call,
    calls::Calls,
    decide::{self, Next, Queue},
    ledger::RowState,
    pair::pair_of,
    progress::Watch,
    send::{self, Sent},
    session::{Answer, Session, Window},
    unknown,
};
use crate::{
    model::{
        change::{Action, Planned, RowIndex},
        event::{Event, Outcome},
        outcomes::{NOT_WELL, WRITTEN},
        run::{Mark, Status},
    },
    store::{Batch, StoreError, marks},
    workflow::compiled::{Step, StepIndex, Work, Writing},
};

/// Rows announced in one commit. Larger windows mean fewer syncs and more to look up after a crash.
const WINDOW: usize = 64;

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
        for place in self.workflow.graph.order().to_vec() {
            let step = &self.workflow.steps[place];
            if matches!(step.work, Work::Read(_)) {
                continue;
            }
            let mine = std::mem::take(&mut of_step[place]);
            if !failed.is_empty() {
                self.not_attempted(&mine, &Problem::new("earlier_step_failed")).await?;
                continue;
            }
            self.progress.enter(&step.id);
            let span = tracing::info_span!("step", id = %step.id);
            let end = match step.writing() {
                Some(writing) => Box::pin(self.step(place, writing, mine)).instrument(span).await?,
                None => Box::pin(self.errand(place)).instrument(span).await?,
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
    async fn errand(&mut self, place: StepIndex) -> Result<StepEnd, StoreError> {
        if let Some(end) = self.stop() {
            return Ok(end);
        }
        let step = &self.workflow.steps[place];
        let _limit = self.limit(step);
        if step.callee().is_some() {
            return Box::pin(call::step(self, place)).await;
        }
        let errand = send::Errand {
            core: self.core,
            workflow: self.workflow,
            progress: self.progress,
            patience: send::Patience::Step,
            owned: &self.owned,
            about: "",
        };
        let sent = errand.step(self.log, self.messages, step, &self.scope).await?;
        self.tell_scope(place);
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

    async fn step(&mut self, place: StepIndex, writing: &Writing, mine: Vec<usize>) -> Result<StepEnd, StoreError> {
        let now = self.core.clock.now_ms();
        let state = self.state(place);
        state.status = Status::Applying;
        state.started.get_or_insert(now);
        let step = &self.workflow.steps[place];
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
            self.log.note(Event::StepStarted { step: u16::try_from(place).unwrap_or(u16::MAX) });
            match self.session(place, (step, writing), &todo).await {
                Ok(session) if self.stale => {
                    unknown::look(self, &session, &todo).await?;
                    self.not_attempted(&todo, &Problem::new("plan_old")).await?;
                    StepEnd::Done
                }
                Ok(session) if self.ends_early(step, &mine) => {
                    unknown::look(self, &session, &todo).await?;
                    self.windows(&session, &todo, &mine).await?
                }
                Ok(session) if self.progress.is_stopped() => {
                    // For now: what was announced is looked up when the run goes on.
                    unknown::jobs(self, &session, &todo).await?;
                    self.windows(&session, &todo, &mine).await?
                }
                Ok(mut session) => {
                    self.link_only(&session, &todo).await?;
                    let writes =
                        todo.iter().map(|at| self.ledger.row(*at)).filter(|row| row.writes()).map(|row| &row.set);
                    let known = todo.iter().any(|at| self.jobs.contains_key(at));
                    session.job = known || bulk::way(&*session.connection, writing.uses.action, writes).1;
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
        let state = self.state(place);
        state.status = status;
        state.counts = counts;
        state.ended = Some(now);
        state.why = why;
        if !todo.is_empty() {
            let step = u16::try_from(place).unwrap_or(u16::MAX);
            self.log.note(Event::StepEnded { step, status: status.as_str().into() });
        }
        self.tell_scope(place);
        Ok(end)
    }

    async fn session<'b>(
        &mut self,
        place: StepIndex,
        (step, writing): (&'b Step, &'b Writing),
        todo: &[usize],
    ) -> Result<Session<'b>, Problem> {
        let action = writing.uses.action;
        let alias = self.workflow.alias_of(&writing.uses);
        let connection = self.core.connect.open(&alias.reference, alias.connector.name).await?;
        let params = step.with.evaluate(&self.scope)?;
        let pair = action.kind.and_then(|kind| pair_of(self.core, self.workflow, place, kind));
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
        let (own, owned) = (Session::places(writing, in_order), self.owned.clone());
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
            Some(problem) if matches!(&*problem.code, "blocked" | "plan_old") => {
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

    async fn windows(&mut self, session: &Session<'_>, todo: &[usize], mine: &[usize]) -> Result<StepEnd, StoreError> {
        let mut queue = Queue::new(self.ledger.rows(), todo);
        let mut state = Applying {
            unwritten: Vec::new(),
            failures: decide::failures(&self.ledger, mine),
            stop: self.ended_before(session.step, mine),
        };
        let untouched = if session.job {
            self.by_jobs(session, mine, &mut queue, &mut state).await?
        } else {
            self.by_calls(session, mine, &mut queue, &mut state).await?
        };
        if !state.unwritten.is_empty() {
            // Nothing here depends on these any more: they go along with what comes next.
            let mut links = Batch::default();
            let events = self.answers(session, std::mem::take(&mut state.unwritten), &mut links).await?;
            self.log.along(links);
            events.into_iter().for_each(|event| self.log.note(event));
            if self.log.is_heavy() {
                self.log.commit().await?;
            }
        }
        if let Some(end @ (StepEnd::Paused(_) | StepEnd::Left)) = state.stop {
            // Announced, not tried: they are open when the run goes on.
            self.withdraw(untouched);
            return Ok(end);
        }
        if let Some(end) = state.stop {
            // Of what an earlier process announced and this one did not come to.
            unknown::look(self, session, todo).await?;
            let problem = match &end {
                StepEnd::Failed(problems) => problems.first().cloned().unwrap_or_else(|| Problem::new("step_failed")),
                StepEnd::Stopped(problem) => problem.clone(),
                StepEnd::Done | StepEnd::Paused(_) | StepEnd::Left => Problem::new("step_failed"),
            };
            self.not_attempted(todo, &problem).await?;
            return Ok(end);
        }
        // A circle of waiting rows cannot be: the plan broke it.
        self.not_attempted(todo, &Problem::new("blocked").arg("by", "")).await?;
        Ok(StepEnd::Done)
    }

    /// Row by row: announced a window at a time, carried out as many at a time as there are places. The next window is
    /// announced, with the answers so far, while the rest of the one before is carried out. Gives the rows that were announced
    /// and not begun.
    async fn by_calls(
        &mut self,
        session: &Session<'_>,
        mine: &[usize],
        queue: &mut Queue,
        state: &mut Applying,
    ) -> Result<Vec<usize>, StoreError> {
        let (core, progress) = (self.core, self.progress);
        let (rows, context) = (self.ledger.rows().clone(), self.context.clone());
        let mut calls = Calls::new(core, progress, &context, session, &rows);
        let window = WINDOW.max(session.writing.uses.action.batch);
        let mut commit: Option<BoxFuture<'_, Result<(), StoreError>>> = None;
        let mut announced: Vec<usize> = Vec::new();
        loop {
            // Whoever stops it comes first: what is not done because of that is no failure of the step.
            state.stop = self.stop().or_else(|| state.stop.take());
            if state.stop.is_some() {
                calls.close();
            }
            if commit.is_none() {
                // What comes next, when half of what was announced is begun.
                let room = (2 * window).saturating_sub(calls.at_work()).min(window);
                let room = if state.stop.is_some() || calls.unbegun() > window / 2 { 0 } else { room };
                announced = self.take_ready(queue, state, room);
                let written = !state.unwritten.is_empty() && calls.at_work() > 0 && calls.all_wait();
                if !announced.is_empty() || state.unwritten.len() >= window || written {
                    match self.batch(session, std::mem::take(&mut state.unwritten), &announced).await {
                        Ok(batch) => commit = Some(core.store.commit(batch)),
                        Err(error) => {
                            calls.abandon().await;
                            return Err(error);
                        }
                    }
                }
            }
            if commit.is_none() && calls.at_work() == 0 {
                return Ok(std::mem::take(&mut calls.untouched));
            }
            let committed = async {
                match &mut commit {
                    Some(commit) => commit.await,
                    None => std::future::pending().await,
                }
            };
            let one_waits = calls.one_waits();
            tokio::select! {
                biased;
                result = committed => {
                    commit = None;
                    if let Err(error) = result {
                        // What is in flight cannot be called back, but nothing follows it.
                        calls.abandon().await;
                        return Err(error);
                    }
                    calls.begin(&self.ledger, &std::mem::take(&mut announced));
                }
                Some(answers) = calls.next() => {
                    self.take_answers(answers, queue, state);
                    if let Some(problem) = calls.broken.take() {
                        state.stop.get_or_insert(StepEnd::Failed(vec![problem]));
                    }
                    if state.stop.is_none() {
                        state.stop = self.too_many(session.step, mine, state.failures);
                    }
                    if session.lost() {
                        calls.abandon().await;
                        return Err(StoreError::Fenced);
                    }
                }
                () = one_waits => {}
                () = progress.stopped(), if state.stop.is_none() => {}
            }
        }
    }

    /// The same by import jobs, one after the other. Gives the rows that were announced and not handed in.
    async fn by_jobs(
        &mut self,
        session: &Session<'_>,
        mine: &[usize],
        queue: &mut Queue,
        state: &mut Applying,
    ) -> Result<Vec<usize>, StoreError> {
        let window = session.connection.bulk().map_or(WINDOW, |jobs| jobs.most().max(WINDOW));
        loop {
            if state.stop.is_none() {
                state.stop = self.stop();
            }
            let room = if state.stop.is_some() { 0 } else { window };
            let announced = self.take_ready(queue, state, room);
            if announced.is_empty() {
                return Ok(Vec::new());
            }
            // A job notes its name in the journal, which has one writer: first what waits.
            let batch = self.batch(session, std::mem::take(&mut state.unwritten), &announced).await?;
            self.core.store.commit(batch).await?;
            let Window { answers, broken, untouched } = bulk::carry_out(self, session, &announced).await?;
            self.take_answers(answers, queue, state);
            state.stop = self.stop().or_else(|| state.stop.take());
            if state.stop.is_none() {
                state.stop = match broken {
                    Some(problem) => Some(StepEnd::Failed(vec![problem])),
                    None => self.too_many(session.step, mine, state.failures),
                };
            }
            if session.lost() {
                return Err(StoreError::Fenced);
            }
            if state.stop.is_some() {
                return Ok(untouched);
            }
        }
    }

    /// Up to so many rows that wait for nothing. Those that what they wait for leaves nothing to do are over.
    fn take_ready(&mut self, queue: &mut Queue, state: &mut Applying, most: usize) -> Vec<usize> {
        let Next { ready, blocked } = queue.next(&mut self.ledger, most);
        for (row, by) in blocked {
            self.progress.row(false);
            state.unwritten.push(Answer::without_call(row, 0, Outcome::Blocked { by }));
        }
        ready
    }

    /// These rows are over.
    fn take_answers(&mut self, answers: Vec<Answer>, queue: &mut Queue, state: &mut Applying) {
        for answer in answers {
            let at = answer.row as usize;
            let good = answer.outcome.is_good();
            let word = answer.outcome.as_str();
            tracing::debug!(item = %self.ledger.row(at).key(), attempt = answer.attempt, ms = answer.ms, word, "item");
            self.progress.row(good);
            if !good {
                state.failures += 1;
            }
            self.ledger.close(at, answer.outcome.clone());
            state.unwritten.push(answer);
            queue.over(at);
        }
    }

    /// Takes back that these rows, of which it is certain that nothing was sent, were about to be.
    fn withdraw(&mut self, rows: Vec<usize>) {
        let rows: Vec<RowIndex> = rows
            .into_iter()
            .filter(|at| self.ledger.is_open(*at))
            .map(|at| RowIndex::try_from(at).unwrap_or(RowIndex::MAX))
            .collect();
        if !rows.is_empty() {
            self.log.note(Event::Withdrawn { rows });
        }
    }

    /// One commit: answers with what the links remember, and the next announcements.
    async fn batch(
        &mut self,
        session: &Session<'_>,
        answers: Vec<Answer>,
        next: &[usize],
    ) -> Result<Batch, StoreError> {
        let mut batch = Batch::default();
        let mut events = self.answers(session, answers, &mut batch).await?;
        if !next.is_empty() {
            let mark = Mark { run: self.log.run.run, seq: self.log.run.seq };
            marks::put(&mut batch, &self.core.tenant, &session.system, &mark)?;
        }
        for at in next {
            if self.ledger.is_open(*at) {
                events.push(Event::Intent { row: RowIndex::try_from(*at).unwrap_or(RowIndex::MAX), attempt: 1 });
            }
        }
        self.log.window(events, batch)
    }

    fn step_counts(&self, mine: &[usize]) -> BTreeMap<String, u64> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for at in mine {
            *counts.entry(self.ledger.word(*at)).or_default() += 1;
        }
        counts.into_iter().map(|(word, number)| (word.to_string(), number)).collect()
    }
}

/// How far the rows of a step are.
struct Applying {
    /// Answers that are not on disk yet.
    unwritten: Vec<Answer>,
    failures: usize,
    /// How the step ends before its last row.
    stop: Option<StepEnd>,
}
