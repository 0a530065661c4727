//! How do the rows of one step get on their way: those that are ready, a window at a time, by calls or by jobs?

use futures::future::BoxFuture;
use idflow_sdk::Problem;

use crate::{
    engine::{
        applier::{Applier, StepEnd},
        calls::Calls,
        decide::{self, Next, Queue},
        import_jobs, rests,
        session::{Answer, Session, Window},
        unconfirmed,
    },
    model::{
        change::RowIndex,
        event::{Event, Outcome},
        run::Mark,
    },
    store::{Batch, StoreError, last_writers},
};

/// Rows announced in one commit. Larger windows mean fewer syncs and more to look up after a crash.
const WINDOW: usize = 64;

impl Applier<'_> {
    pub(super) async fn windows(
        &mut self,
        session: &Session<'_>,
        todo: &[usize],
        mine: &[usize],
    ) -> Result<StepEnd, StoreError> {
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
        if decide::some_for_later(&self.ledger, todo) {
            rests::note(self.core, &session.system, &*session.connection).await;
        }
        if let Some(end @ (StepEnd::Paused(_) | StepEnd::Left)) = state.stop {
            // Announced, not tried: they are open when the run goes on.
            self.withdraw(untouched);
            return Ok(end);
        }
        if let Some(end) = state.stop {
            // Of what an earlier process announced and this one did not come to.
            unconfirmed::look(self, session, todo).await?;
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
            let Window { answers, broken, untouched } = import_jobs::carry_out(self, session, &announced).await?;
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
            // What is left for a later run says nothing against this step.
            let left = matches!(&answer.outcome, Outcome::NotAttempted(why) if decide::is_for_later(why));
            if !good && !left {
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
            last_writers::put(&mut batch, &self.core.tenant, &session.system, &mark)?;
        }
        for at in next {
            if self.ledger.is_open(*at) {
                events.push(Event::Intent { row: RowIndex::try_from(*at).unwrap_or(RowIndex::MAX), attempt: 1 });
            }
        }
        self.log.window(events, batch)
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
