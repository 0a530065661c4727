//! The applying half of a run: rows of a plan to calls, in the order of the graph, with the journal ahead of every call.
//!
//! Rows that wait for nothing are announced together, a window at a time. While they are carried out, the next ones are
//! announced and the answers so far are written, in one commit, so the disk works while the network does. An answer is on disk
//! before anything that depends on it is announced, or in the same commit. What the links remember is written with the answer.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap},
    sync::{Arc, atomic::AtomicBool},
};

use futures::future::BoxFuture;
use idflow_sdk::{Context, Kind, Problem};
use tracing::Instrument;

use super::{
    Core, bulk, call,
    owned::{self, Owned},
    perform::{Answer, Calls, Session, Window, record_of, went_well},
    progress::{Progress, Stop, Watch},
    send::{self, Messages, Sent},
    unknown,
    verdict::{BAD, WRITTEN},
    writer::Writer,
};
use crate::{
    model::{
        cells::Cells,
        change::{Action, Planned, Row, RowIndex},
        definition::Amount,
        event::{Event, Outcome},
        run::{Ask, Mark, Status, StepState},
    },
    reconcile::Ends,
    store::{
        Batch, StoreError,
        links::{self, End, Pair},
        marks,
    },
    workflow::{
        compiled::{Foreach, Step, StepIndex, Uses, Work, Workflow, Writing},
        scope::{Scope, StepFacts},
    },
};

/// Rows announced in one commit. Larger windows mean fewer syncs and more to look up after a crash.
const WINDOW: usize = 64;

/// Where a row stands.
#[derive(Debug, Clone, PartialEq)]
pub enum At {
    /// Not begun.
    Open,
    /// Announced; without an outcome after a restart: unknown.
    Announced,
    /// Over.
    Over(Outcome),
}

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

pub(super) struct Applier<'a> {
    pub core: &'a Arc<Core>,
    pub workflow: &'a Workflow,
    pub log: &'a mut Writer,
    pub messages: &'a mut Messages,
    /// Under which calls are made.
    pub owned: Arc<Owned>,
    /// The systems that the workflow writes.
    pub written: &'a BTreeSet<String>,
    /// Who had written last to them when they were given back, for a called run.
    pub given_back: Option<BTreeMap<String, Mark>>,
    pub rows: Arc<Vec<Row>>,
    pub at: Vec<At>,
    /// Announced rows that were handed in as a job before a restart.
    pub jobs: HashMap<usize, Arc<str>>,
    /// Whether the store says that a job may be at work.
    pub left: bool,
    pub scope: Scope,
    pub context: Context,
    pub progress: &'a Arc<Progress>,
    /// The plan is out of date: what was announced is only looked at, and nothing more is written.
    pub stale: bool,
}

impl Applier<'_> {
    /// Carries the plan out.
    pub async fn apply(&mut self) -> Result<Ending, StoreError> {
        let total = (0..self.rows.len()).filter(|at| self.rows[*at].writes() && !self.is_over(*at)).count();
        self.progress.expect(total as u64);
        let mut of_step: Vec<Vec<usize>> = vec![Vec::new(); self.workflow.steps.len()];
        for (at, row) in self.rows.iter().enumerate() {
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
                    let rest: Vec<usize> = (0..self.rows.len()).collect();
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

    /// What later conditions and messages can read of a step.
    pub(super) fn tell_scope(&mut self, place: StepIndex) {
        let id = self.workflow.steps[place].id.clone();
        let Some(state) = self.log.run.steps.iter().find(|state| state.step == id) else { return };
        self.scope.tell_step(&id, &StepFacts::new(state.status, &state.counts));
    }

    /// How a step ends when the run is to stop.
    pub(super) fn stop(&self) -> Option<StepEnd> {
        Some(match self.progress.stop()? {
            Stop::Asked(asked) => match asked.ask {
                Ask::Cancel => StepEnd::Stopped(Problem::new("cancelled").arg("by", asked.by)),
                Ask::Pause => StepEnd::Paused(asked.by),
            },
            Stop::Late(problem) if ends_the_run(&problem) => StepEnd::Stopped(problem),
            Stop::Late(problem) => StepEnd::Failed(vec![problem]),
            Stop::Leaving => StepEnd::Left,
        })
    }

    /// Watches the time of a step.
    fn limit(&self, step: &Step) -> Option<Watch> {
        let late = Problem::new("step_timeout").arg("step", step.id.clone());
        step.timeout.map(|span| self.progress.limit(self.core.clock.clone(), span, late))
    }

    fn is_over(&self, row: usize) -> bool {
        matches!(self.at[row], At::Over(_))
    }

    pub(super) fn state(&mut self, place: StepIndex) -> &mut StepState {
        self.log.state(&self.workflow.steps[place].id)
    }

    async fn step(&mut self, place: StepIndex, writing: &Writing, mine: Vec<usize>) -> Result<StepEnd, StoreError> {
        let now = self.core.clock.now_ms();
        let state = self.state(place);
        state.status = Status::Applying;
        state.started.get_or_insert(now);
        let step = &self.workflow.steps[place];
        let _limit = self.limit(step);
        let todo: Vec<usize> =
            mine.iter().copied().filter(|at| self.rows[*at].planned == Planned::Do && !self.is_over(*at)).collect();
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
                    let writes = todo.iter().map(|at| &self.rows[*at]).filter(|row| row.writes()).map(|row| &row.set);
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
        let any_bad = counts.iter().any(|(word, number)| BAD.contains(&word.as_str()) && *number > 0);
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

    /// Gives back what is written while a called run is waited for.
    pub(super) async fn lend(&mut self) -> Result<(), StoreError> {
        if self.given_back.is_none() {
            let written = self.written.iter().cloned().collect();
            self.given_back = Some(marks::of(&*self.core.store, &self.core.tenant, written).await?);
        }
        self.owned.give_systems_back().await;
        Ok(())
    }

    /// Takes back what was lent. When somebody else has written there meanwhile, the plan is out of date.
    async fn take_back(&mut self) -> Result<(), StoreError> {
        let Some(before) = self.given_back.take() else { return Ok(()) };
        self.owned.take(&self.log.run, self.written, self.progress, &mut false).await?;
        let written = self.written.iter().cloned().collect();
        self.stale |= owned::others_wrote(self.core, self.log.run.run, written, &before).await?;
        Ok(())
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
        let mut writes = todo.iter().map(|at| &self.rows[*at]).filter(|row| row.writes());
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
        let only: Vec<usize> = todo.iter().copied().filter(|at| self.rows[*at].action == Action::Link).collect();
        if !only.is_empty() && self.log.waits() {
            // Links that wait to be written could be read below.
            self.log.commit().await?;
        }
        for group in only.chunks(512) {
            let answers: Vec<(usize, Vec<idflow_sdk::FieldId>)> = group.iter().map(|at| (*at, Vec::new())).collect();
            let mut batch = Batch::default();
            self.write_links(session, &answers, &mut batch).await?;
            self.log.along(batch);
            if self.log.is_heavy() {
                self.log.commit().await?;
            }
            for at in group {
                self.at[*at] = At::Over(Outcome::Unchanged);
            }
        }
        Ok(())
    }

    /// How a step that ended before a restart did not end well: what its rows tell is in the journal, what followed from
    /// it may not be.
    fn ended_before(&self, step: &Step, mine: &[usize]) -> Option<StepEnd> {
        let told = mine.iter().find_map(|at| match &self.at[*at] {
            At::Over(Outcome::NotAttempted(problem)) => Some(problem.clone()),
            _ => None,
        });
        match told {
            Some(problem) if problem.code == "cancelled" || ends_the_run(&problem) => Some(StepEnd::Stopped(problem)),
            // These were told row by row.
            Some(problem) if matches!(&*problem.code, "blocked" | "plan_old") => {
                self.too_many(step, mine, self.failures(mine))
            }
            Some(problem) => Some(StepEnd::Failed(vec![problem])),
            None => self.too_many(step, mine, self.failures(mine)),
        }
    }

    /// The end of a step of which so many rows failed; `None` when it allows them. A share is one of all objects that the
    /// loop goes over, also of those that needed no write.
    fn too_many(&self, step: &Step, mine: &[usize], failures: usize) -> Option<StepEnd> {
        let writing = step.writing()?;
        let stops = writing.foreach.stop_on_item_error;
        let kind = writing.uses.action.kind;
        let scope = kind.and_then(|kind| self.log.run.source.get(&kind)).copied().unwrap_or(0);
        let objects = mine.len().max(usize::try_from(scope).unwrap_or(usize::MAX));
        if failures <= allowed_failures(&writing.foreach, objects) && !(failures > 0 && stops) {
            return None;
        }
        let problem = Problem::new("too_many_failures");
        let mut why = vec![problem.arg("step", step.id.clone()).arg("number", failures.to_string())];
        why.extend(mine.iter().find_map(|at| match &self.at[*at] {
            At::Over(Outcome::Failed(first)) => Some(first.clone()),
            _ => None,
        }));
        Some(StepEnd::Failed(why))
    }

    fn failures(&self, mine: &[usize]) -> usize {
        let failed = |at: &&usize| matches!(&self.at[**at], At::Over(Outcome::Failed(_)));
        mine.iter().filter(|at| self.rows[**at].writes()).filter(failed).count()
    }

    /// Whether a step ends before its first row, so that what was announced before a restart is only looked at.
    fn ends_early(&self, step: &Step, mine: &[usize]) -> bool {
        let over = self.progress.stop().is_some_and(|stop| !stop.is_for_now());
        over || self.ended_before(step, mine).is_some()
    }

    async fn windows(&mut self, session: &Session<'_>, todo: &[usize], mine: &[usize]) -> Result<StepEnd, StoreError> {
        let mut queue = Queue::new(&self.rows, todo);
        let mut state = Applying {
            unwritten: Vec::new(),
            failures: self.failures(mine),
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
        let (rows, context) = (self.rows.clone(), self.context.clone());
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
                    calls.begin(&self.at, &std::mem::take(&mut announced));
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
        let mut next: Vec<usize> = Vec::new();
        while next.len() < most {
            let Some(Reverse(at)) = queue.ready.pop() else { break };
            let Some(by) = self.blocked(at) else {
                next.push(at);
                continue;
            };
            let answer = Answer {
                row: RowIndex::try_from(at).unwrap_or(RowIndex::MAX),
                attempt: 0,
                outcome: Outcome::Blocked { by },
                ms: 0,
                left_out: Vec::new(),
                warnings: Vec::new(),
                made: false,
                exchanges: Vec::new(),
            };
            self.progress.row(false);
            self.at[at] = At::Over(answer.outcome.clone());
            state.unwritten.push(answer);
            queue.free(at);
        }
        next
    }

    /// These rows are over.
    fn take_answers(&mut self, answers: Vec<Answer>, queue: &mut Queue, state: &mut Applying) {
        for answer in answers {
            let at = answer.row as usize;
            let good = answer.outcome.is_good();
            let word = answer.outcome.as_str();
            tracing::debug!(item = %self.rows[at].key(), attempt = answer.attempt, ms = answer.ms, word, "item");
            self.progress.row(good);
            if !good {
                state.failures += 1;
            }
            self.at[at] = At::Over(answer.outcome.clone());
            state.unwritten.push(answer);
            queue.free(at);
        }
    }

    /// Takes back that these rows, of which it is certain that nothing was sent, were about to be.
    fn withdraw(&mut self, rows: Vec<usize>) {
        let rows: Vec<RowIndex> = rows
            .into_iter()
            .filter(|at| self.at[*at] == At::Open)
            .map(|at| RowIndex::try_from(at).unwrap_or(RowIndex::MAX))
            .collect();
        if !rows.is_empty() {
            self.log.note(Event::Withdrawn { rows });
        }
    }

    /// The item that stands in the way of a row whose dependencies are over.
    fn blocked(&self, at: usize) -> Option<String> {
        self.rows[at]
            .needs
            .iter()
            .find_map(|need| {
                let other = need.row as usize;
                let good = went_well(&self.rows[other], &self.at[other]);
                (!good && need.leave_out.is_none()).then(|| self.rows[other].cause())
            })
            .or_else(|| self.nothing_left(at))
    }

    /// The item because of which nothing is left to write of an update.
    fn nothing_left(&self, at: usize) -> Option<String> {
        let row = &self.rows[at];
        if row.action != Action::Update || row.set.is_empty() {
            return None;
        }
        let (record, _) = record_of(&self.rows, &self.at, at);
        if record.iter().next().is_some() {
            return None;
        }
        let bad = row.needs.iter().map(|need| need.row as usize);
        bad.into_iter()
            .find(|other| !went_well(&self.rows[*other], &self.at[*other]))
            .map(|other| self.rows[other].cause())
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
            if self.at[*at] == At::Open {
                events.push(Event::Intent { row: RowIndex::try_from(*at).unwrap_or(RowIndex::MAX), attempt: 1 });
            }
        }
        self.log.window(events, batch)
    }

    /// The events of these answers, with what the links remember in `links`.
    pub(super) async fn answers(
        &mut self,
        session: &Session<'_>,
        mut answers: Vec<Answer>,
        links: &mut Batch,
    ) -> Result<Vec<Event>, StoreError> {
        for answer in &mut answers {
            self.log.witness(links, Some(answer.row), std::mem::take(&mut answer.exchanges))?;
        }
        let written: Vec<(usize, Vec<idflow_sdk::FieldId>)> = answers
            .iter()
            .filter(|answer| answer.outcome.is_good() || answer.made)
            .map(|answer| (answer.row as usize, answer.left_out.clone()))
            .collect();
        self.write_links(session, &written, links).await?;
        let done = |answer: Answer| Event::Done {
            row: answer.row,
            attempt: answer.attempt,
            outcome: answer.outcome,
            ms: answer.ms,
            left_out: answer.left_out,
            warnings: answer.warnings,
        };
        Ok(answers.into_iter().map(done).collect())
    }

    /// What the links remember of these rows.
    async fn write_links(
        &self,
        session: &Session<'_>,
        done: &[(usize, Vec<idflow_sdk::FieldId>)],
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let pair = &session.pair;
        let now = self.core.clock.now_ms();
        let fresh = |at: usize| self.rows[at].base.is_some();
        let ends: Vec<(&str, &str)> = done
            .iter()
            .filter(|(at, _)| !fresh(*at))
            .map(|(at, _)| (&*self.rows[*at].source, &*self.rows[*at].target))
            .collect();
        let mut old = links::get(&*self.core.store, pair, &ends).await?.into_iter();
        // Two rows of one object in one commit build on each other.
        let mut seen: HashMap<Ends, links::Link> = HashMap::new();
        // Those that are made now, with the links whose place they take.
        let mut made: HashMap<Ends, Option<(&str, &str)>> = HashMap::new();
        for (at, left_out) in done {
            let row = &self.rows[*at];
            let name = (row.source.clone(), row.target.clone());
            let stored = if fresh(*at) { None } else { old.next().flatten() };
            let mut link = match (seen.remove(&name), stored, &row.base) {
                (Some(link), ..) => link,
                (None, Some(link), _) => link,
                (None, None, base) => {
                    let replaces = row.replaces.as_ref().map(|ends| (&*ends.0, &*ends.1));
                    made.insert(name.clone(), replaces);
                    let written = base.as_ref().map(Cells::record).unwrap_or_default();
                    let source = End { key: row.source.clone(), ..End::default() };
                    let target = End { key: row.target.clone(), written, ..End::default() };
                    pair.link(source, target, &self.workflow.id, &row.rule, now)
                }
            };
            if row.removes && matches!(row.action, Action::Delete | Action::Link) {
                link.gone = Some(now);
            }
            let (_, target) = pair.ends_mut(&mut link);
            for (id, field) in row.set.iter().filter(|(id, _)| !left_out.contains(id)) {
                target.written.set(id, field);
            }
            target.fingerprint = if left_out.is_empty() { row.fingerprint } else { 0 };
            if row.removes && row.action == Action::Delete {
                target.removed_at.get_or_insert(now);
            } else if row.removes {
                // The time of grace begins when access was taken away last.
                target.removed_at = Some(now);
            } else if !matches!(row.action, Action::Link) && row.action == Action::Update {
                target.removed_at = None;
            }
            seen.insert(name, link);
        }
        let mut new: Vec<links::New<'_>> = Vec::new();
        for (name, link) in &seen {
            match made.get(name) {
                Some(replaces) => new.push((link, *replaces)),
                None => links::put(batch, pair, link)?,
            }
        }
        let added = links::add(&*self.core.store, batch, pair, &new).await?;
        for ((link, _), _) in new.iter().zip(added).filter(|(_, added)| !added) {
            // Somebody else made a link of one of the ends meanwhile; that one stays.
            tracing::warn!(first = %link.first.key, second = %link.second.key, "a link was not kept: an end has another");
        }
        Ok(())
    }

    /// Marks what is left of these rows as not attempted. Of those that were announced before a restart nobody knows.
    async fn not_attempted(&mut self, rows: &[usize], why: &Problem) -> Result<(), StoreError> {
        let left: Vec<usize> =
            rows.iter().copied().filter(|at| self.rows[*at].writes() && !self.is_over(*at)).collect();
        for group in left.chunks(512) {
            for at in group {
                let outcome = match self.at[*at] {
                    At::Announced => Outcome::Failed(Problem::new("lost_answer")),
                    _ => Outcome::NotAttempted(why.clone()),
                };
                self.log.note(Event::Done {
                    row: RowIndex::try_from(*at).unwrap_or(RowIndex::MAX),
                    attempt: 0,
                    outcome: outcome.clone(),
                    ms: 0,
                    left_out: Vec::new(),
                    warnings: Vec::new(),
                });
                self.at[*at] = At::Over(outcome);
            }
            if self.log.is_heavy() {
                self.log.commit().await?;
            }
        }
        Ok(())
    }

    fn step_counts(&self, mine: &[usize]) -> std::collections::BTreeMap<String, u64> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for at in mine {
            *counts.entry(outcome_word(&self.rows[*at], &self.at[*at])).or_default() += 1;
        }
        counts.into_iter().map(|(word, number)| (word.to_string(), number)).collect()
    }
}

/// Between which systems the links of a step's objects hold; `None` when there is no such step.
pub(super) fn pair_of(core: &Core, workflow: &Workflow, place: StepIndex, kind: Kind) -> Option<Pair> {
    let step = workflow.steps.get(place)?;
    let name = |uses: &Uses| {
        let alias = workflow.alias_of(uses);
        core.connect.link_name(&alias.reference, alias.connector.name)
    };
    let source = step.writing().and_then(|writing| workflow.steps.get(writing.foreach.step)?.uses());
    let source = source.map(name).unwrap_or_default();
    Some(Pair { tenant: core.tenant.clone(), source, target: name(step.uses()?), kind })
}

/// Whether a reason to stop ends the run, and not a step alone.
pub(super) fn ends_the_run(problem: &Problem) -> bool {
    matches!(&*problem.code, "run_timeout" | "means_another")
}

/// How a step ended.
pub(super) enum StepEnd {
    Done,
    Failed(Vec<Problem>),
    Stopped(Problem),
    Paused(String),
    Left,
}

/// The word for what became of a row.
#[must_use]
pub fn outcome_word(row: &Row, at: &At) -> &'static str {
    match (&row.planned, at) {
        (Planned::Skipped(_), _) => "skipped",
        (Planned::Blocked { .. }, _) => "blocked",
        (Planned::Ambiguous(_), _) => "ambiguous",
        (Planned::Invalid(_), _) => "invalid",
        (Planned::Do, At::Over(outcome)) => outcome.as_str(),
        (Planned::Do, _) if matches!(row.action, Action::Link | Action::None) => "unchanged",
        (Planned::Do, _) => "not_attempted",
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

/// The rows of a step that are still to be announced, in an order in which none comes before what it waits for.
struct Queue {
    /// The first of the plan go first: rows that lie together in the plan lie together in the store, too.
    ready: BinaryHeap<Reverse<usize>>,
    /// For how many others each row waits, by its place.
    waiting: Vec<u32>,
    /// Who is waited for, and who waits, in this order.
    waits: Vec<(RowIndex, RowIndex)>,
    /// Rows that are over.
    over: Vec<bool>,
}

impl Queue {
    fn new(rows: &[Row], todo: &[usize]) -> Self {
        let mut inside = vec![false; rows.len()];
        todo.iter().filter(|at| rows[**at].writes()).for_each(|at| inside[*at] = true);
        let (mut ready, mut waiting, mut waits) = (Vec::new(), vec![0; rows.len()], Vec::new());
        for at in todo.iter().copied().filter(|at| inside[*at]) {
            let first = waits.len();
            let needs = rows[at].needs.iter().map(|need| need.row);
            let at_row = RowIndex::try_from(at).unwrap_or(RowIndex::MAX);
            waits.extend(needs.filter(|other| inside.get(*other as usize) == Some(&true)).map(|other| (other, at_row)));
            // One that is needed twice is waited for once.
            waits[first..].sort_unstable();
            let mut last = None;
            let mut kept = first;
            for place in first..waits.len() {
                if last != Some(waits[place]) {
                    last = Some(waits[place]);
                    waits[kept] = waits[place];
                    kept += 1;
                }
            }
            waits.truncate(kept);
            waiting[at] = u32::try_from(kept - first).unwrap_or(u32::MAX);
            if kept == first {
                ready.push(Reverse(at));
            }
        }
        waits.sort_unstable();
        Self { ready: ready.into(), waiting, waits, over: vec![false; rows.len()] }
    }

    /// A row is over: what waited for it may be ready.
    fn free(&mut self, at: usize) {
        if std::mem::replace(&mut self.over[at], true) {
            return;
        }
        let first = self.waits.partition_point(|(other, _)| (*other as usize) < at);
        for (_, dependent) in self.waits[first..].iter().take_while(|(other, _)| *other as usize == at) {
            let dependent = *dependent as usize;
            self.waiting[dependent] = self.waiting[dependent].saturating_sub(1);
            if self.waiting[dependent] == 0 {
                self.ready.push(Reverse(dependent));
            }
        }
    }
}

fn allowed_failures(foreach: &Foreach, rows: usize) -> usize {
    match foreach.max_failures {
        None => usize::MAX,
        Some(Amount::Count(count)) => usize::try_from(count).unwrap_or(usize::MAX),
        // Of a handful, one may always fail: 5 % of 8 is not zero.
        Some(Amount::Percent(share)) => ((rows as f64 * share / 100.0).floor() as usize).max(1),
    }
}
