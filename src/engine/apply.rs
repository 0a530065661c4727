//! The applying half of a run: rows of a plan to calls, in the order of the graph, with the journal ahead of every call.
//!
//! Rows that wait for nothing are announced together, a window at a time. While a window is carried out, the next one is
//! announced and the answers of the one before are written, in one commit, so the disk works while the network does. An
//! answer is on disk before anything that depends on it is announced. What the links remember is written with the answer.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Call, Connection, Context, Effect, Error, ErrorKind, ObjectCall, Params, Problem, Record};
use std::sync::Arc;

use super::{Core, progress::Progress, retry};
use crate::{
    model::{
        change::{Action, Planned, Row, RowIndex},
        definition::Amount,
        event::{Event, Outcome},
        run::{Run, Status, StepState},
    },
    store::{
        Batch, StoreError,
        links::{self, End, Pair},
        runs,
    },
    workflow::compiled::{Scope, Step, StepIndex, Workflow},
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
}

pub(super) struct Applier<'a> {
    pub core: &'a Core,
    pub workflow: &'a Workflow,
    pub run: &'a mut Run,
    pub rows: Vec<Row>,
    pub at: Vec<At>,
    pub scope: Scope,
    pub context: Context,
    pub progress: &'a Progress,
    pub source_names: HashMap<StepIndex, String>,
}

/// An answer that is not on disk yet.
#[derive(Debug)]
struct Answer {
    row: RowIndex,
    attempt: u16,
    outcome: Outcome,
    ms: u32,
    left_out: Vec<idflow_sdk::FieldId>,
    warnings: Vec<Problem>,
}

/// One step at work.
struct Session<'a> {
    step: &'a Step,
    connection: Arc<dyn Connection>,
    params: Params,
    pair: Pair,
}

impl Applier<'_> {
    /// Carries the plan out.
    pub async fn apply(&mut self) -> Result<Ending, StoreError> {
        let total = (0..self.rows.len()).filter(|at| self.rows[*at].writes() && !self.is_over(*at)).count();
        self.progress.expect(total as u64);
        let mut failed: Vec<Problem> = Vec::new();
        for place in self.workflow.graph.order().to_vec() {
            let step = &self.workflow.steps[place];
            if matches!(step.action.effect, Effect::Read | Effect::Send) {
                continue;
            }
            let number = u16::try_from(place).unwrap_or(u16::MAX);
            let mine: Vec<usize> = (0..self.rows.len()).filter(|at| self.rows[*at].step == number).collect();
            if !failed.is_empty() {
                self.not_attempted(&mine, &Problem::new("earlier_step_failed")).await?;
                continue;
            }
            self.progress.enter(&step.id);
            match self.step(place, mine).await? {
                StepEnd::Done => {}
                StepEnd::Failed(problems) if step.continue_on_error => self.run.notices.extend(problems),
                StepEnd::Failed(problems) => failed = problems,
                StepEnd::Stopped(problem) => {
                    let rest: Vec<usize> = (0..self.rows.len()).collect();
                    self.not_attempted(&rest, &problem).await?;
                    return Ok(Ending::Stopped(problem));
                }
            }
        }
        Ok(if failed.is_empty() { Ending::Through } else { Ending::StepFailed(failed) })
    }

    fn is_over(&self, row: usize) -> bool {
        matches!(self.at[row], At::Over(_))
    }

    fn state(&mut self, place: StepIndex) -> &mut StepState {
        let id = &self.workflow.steps[place].id;
        if let Some(at) = self.run.steps.iter().position(|state| state.step == *id) {
            return &mut self.run.steps[at];
        }
        self.run.steps.push(StepState {
            step: id.clone(),
            status: Status::Queued,
            counts: Default::default(),
            started: None,
            ended: None,
            why: None,
        });
        let last = self.run.steps.len() - 1;
        &mut self.run.steps[last]
    }

    async fn step(&mut self, place: StepIndex, mine: Vec<usize>) -> Result<StepEnd, StoreError> {
        let now = self.core.clock.now_ms();
        let state = self.state(place);
        state.status = Status::Applying;
        state.started.get_or_insert(now);
        let step = &self.workflow.steps[place];
        let todo: Vec<usize> =
            mine.iter().copied().filter(|at| self.rows[*at].planned == Planned::Do && !self.is_over(*at)).collect();
        let end = if todo.is_empty() {
            StepEnd::Done
        } else {
            self.commit_header(vec![Event::StepStarted { step: u16::try_from(place).unwrap_or(u16::MAX) }]).await?;
            match self.session(step).await {
                Ok(session) => {
                    self.link_only(&session, &todo).await?;
                    self.windows(&session, &todo, mine.len()).await?
                }
                Err(problem) => {
                    self.not_attempted(&todo, &problem).await?;
                    StepEnd::Failed(vec![problem])
                }
            }
        };
        let counts = self.step_counts(&mine);
        let bad = ["failed", "blocked", "ambiguous", "invalid", "not_attempted"];
        let any_bad = counts.iter().any(|(word, number)| bad.contains(&word.as_str()) && *number > 0);
        let changed =
            counts.iter().any(|(word, n)| ["created", "updated", "removed"].contains(&word.as_str()) && *n > 0);
        let status = match &end {
            StepEnd::Failed(_) => Status::Failed,
            StepEnd::Stopped(_) => Status::Cancelled,
            StepEnd::Done if any_bad => Status::Partial,
            StepEnd::Done if changed => Status::Succeeded,
            StepEnd::Done => Status::SucceededNoChange,
        };
        let now = self.core.clock.now_ms();
        let why = match &end {
            StepEnd::Failed(problems) => problems.first().cloned(),
            StepEnd::Stopped(problem) => Some(problem.clone()),
            StepEnd::Done => None,
        };
        let state = self.state(place);
        state.status = status;
        state.counts = counts;
        state.ended = Some(now);
        state.why = why;
        if !todo.is_empty() {
            let step = u16::try_from(place).unwrap_or(u16::MAX);
            self.commit_header(vec![Event::StepEnded { step, status: status.as_str().into() }]).await?;
        }
        Ok(end)
    }

    async fn session<'b>(&self, step: &'b Step) -> Result<Session<'b>, Problem> {
        let alias = &self.workflow.connections[step.connection];
        let connection = self.core.connect.open(&alias.reference, alias.connector.name).await?;
        let params = step.with.evaluate(&self.scope)?;
        let source = step.foreach.as_ref().and_then(|foreach| self.source_names.get(&foreach.step)).cloned();
        let kind = step.action.kind.ok_or_else(|| Problem::new("cannot_be_created"))?;
        let pair = Pair {
            tenant: self.core.tenant.clone(),
            source: source.unwrap_or_default(),
            target: self.core.connect.link_name(&alias.reference, alias.connector.name),
            kind,
        };
        Ok(Session { step, connection, params, pair })
    }

    /// Links that only have to be remembered.
    async fn link_only(&mut self, session: &Session<'_>, todo: &[usize]) -> Result<(), StoreError> {
        let only: Vec<usize> = todo.iter().copied().filter(|at| self.rows[*at].action == Action::Link).collect();
        for group in only.chunks(512) {
            let answers: Vec<(usize, Vec<idflow_sdk::FieldId>)> = group.iter().map(|at| (*at, Vec::new())).collect();
            let mut batch = Batch::default();
            self.write_links(session, &answers, &mut batch).await?;
            self.core.store.commit(batch).await?;
            for at in group {
                self.at[*at] = At::Over(Outcome::Unchanged);
            }
        }
        Ok(())
    }

    async fn windows(&mut self, session: &Session<'_>, todo: &[usize], of_step: usize) -> Result<StepEnd, StoreError> {
        let inside: HashSet<usize> = todo.iter().copied().filter(|at| self.rows[*at].writes()).collect();
        let mut waiting: HashMap<usize, usize> = HashMap::new();
        let mut dependents: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut ready: std::collections::VecDeque<usize> = std::collections::VecDeque::new();
        for at in todo.iter().copied().filter(|at| inside.contains(at)) {
            let needs = self.rows[at].needs.iter().map(|need| need.row as usize);
            let open: HashSet<usize> = needs.filter(|other| inside.contains(other)).collect();
            if open.is_empty() {
                ready.push_back(at);
            } else {
                waiting.insert(at, open.len());
                for other in open {
                    dependents.entry(other).or_default().push(at);
                }
            }
        }
        let allowed = allowed_failures(session.step, of_step);
        let window = WINDOW.max(session.step.action.batch);
        let mut failures = 0usize;
        let mut unwritten: Vec<Answer> = Vec::new();
        let mut announced: Vec<usize> = Vec::new();
        let mut stop: Option<StepEnd> = None;
        loop {
            if stop.is_none() {
                if self.progress.is_cancelled() {
                    stop = Some(StepEnd::Stopped(Problem::new("cancelled").arg("by", "")));
                } else if self.out_of_time() {
                    stop = Some(StepEnd::Stopped(Problem::new("run_timeout")));
                }
            }
            // What comes next, while the announced window is carried out.
            let mut next: Vec<usize> = Vec::new();
            while stop.is_none() && next.len() < window {
                let Some(at) = ready.pop_front() else { break };
                match self.blocked(at) {
                    None => next.push(at),
                    Some(by) => {
                        let answer = Answer {
                            row: RowIndex::try_from(at).unwrap_or(RowIndex::MAX),
                            attempt: 0,
                            outcome: Outcome::Blocked { by },
                            ms: 0,
                            left_out: Vec::new(),
                            warnings: Vec::new(),
                        };
                        self.progress.row(false);
                        self.at[at] = At::Over(answer.outcome.clone());
                        unwritten.push(answer);
                        free(&mut waiting, &mut dependents, &mut ready, at);
                    }
                }
            }
            if announced.is_empty() && next.is_empty() && unwritten.is_empty() {
                break;
            }
            let batch = self.batch(session, std::mem::take(&mut unwritten), &next).await?;
            let commit = self.core.store.commit(batch);
            if announced.is_empty() {
                commit.await?;
            } else {
                let rows = std::mem::take(&mut announced);
                let work = carry_out(self.core, self.progress, &self.context, session, &self.rows, &self.at, &rows);
                let (committed, (answers, broken)) = tokio::join!(commit, work);
                committed?;
                for answer in answers {
                    let at = answer.row as usize;
                    let good = answer.outcome.is_good();
                    self.progress.row(good);
                    if !good {
                        failures += 1;
                    }
                    self.at[at] = At::Over(answer.outcome.clone());
                    unwritten.push(answer);
                    free(&mut waiting, &mut dependents, &mut ready, at);
                }
                if stop.is_none() {
                    if let Some(problem) = broken {
                        stop = Some(StepEnd::Failed(vec![problem]));
                    } else if failures > allowed
                        || (failures > 0 && session.step.foreach.as_ref().is_some_and(|f| f.stop_on_item_error))
                    {
                        stop = Some(StepEnd::Failed(vec![
                            Problem::new("too_many_failures")
                                .arg("step", session.step.id.clone())
                                .arg("number", failures.to_string()),
                        ]));
                    }
                }
                if stop.is_some() {
                    // Announced, not tried: they end as not attempted.
                    next.clear();
                }
            }
            announced = next;
        }
        if let Some(end) = stop {
            let problem = match &end {
                StepEnd::Failed(problems) => problems.first().cloned().unwrap_or_else(|| Problem::new("step_failed")),
                StepEnd::Stopped(problem) => problem.clone(),
                StepEnd::Done => Problem::new("step_failed"),
            };
            self.not_attempted(todo, &problem).await?;
            return Ok(end);
        }
        // A circle of waiting rows cannot be: the plan broke it.
        self.not_attempted(todo, &Problem::new("blocked").arg("by", "")).await?;
        Ok(StepEnd::Done)
    }

    fn out_of_time(&self) -> bool {
        let Some(timeout) = self.workflow.timeout else { return false };
        let started = self.run.started.unwrap_or(self.run.accepted);
        self.core.clock.now_ms() - started > i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX)
    }

    /// The item that stands in the way of a row whose dependencies are over.
    fn blocked(&self, at: usize) -> Option<String> {
        self.rows[at].needs.iter().find_map(|need| {
            let other = need.row as usize;
            let good = went_well(&self.rows[other], &self.at[other]);
            (!good && need.leave_out.is_none()).then(|| self.rows[other].key())
        })
    }

    /// One commit: answers with what the links remember, and the next announcements.
    async fn batch(
        &mut self,
        session: &Session<'_>,
        answers: Vec<Answer>,
        next: &[usize],
    ) -> Result<Batch, StoreError> {
        let mut batch = Batch::default();
        let written: Vec<(usize, Vec<idflow_sdk::FieldId>)> = answers
            .iter()
            .filter(|answer| answer.outcome.is_good())
            .map(|answer| (answer.row as usize, answer.left_out.clone()))
            .collect();
        self.write_links(session, &written, &mut batch).await?;
        let mut events: Vec<Event> = Vec::with_capacity(answers.len() + next.len());
        for answer in answers {
            events.push(Event::Done {
                row: answer.row,
                attempt: answer.attempt,
                outcome: answer.outcome,
                ms: answer.ms,
                left_out: answer.left_out,
                warnings: answer.warnings,
            });
        }
        for at in next {
            if self.at[*at] == At::Open {
                events.push(Event::Intent { row: RowIndex::try_from(*at).unwrap_or(RowIndex::MAX), attempt: 1 });
            }
        }
        if !events.is_empty() {
            let first = self.run.seq + 1;
            self.run.seq += events.len() as u64;
            let now = self.core.clock.now_ms();
            runs::journal(&mut batch, &self.core.tenant, self.run.run, first, now, events)?;
        }
        Ok(batch)
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
        let mut seen: HashMap<(Box<str>, Box<str>), links::Link> = HashMap::new();
        for (at, left_out) in done {
            let row = &self.rows[*at];
            let name = (row.source.clone(), row.target.clone());
            let stored = if fresh(*at) { None } else { old.next().flatten() };
            let mut link = match (seen.remove(&name), stored, &row.base) {
                (Some(link), ..) => link,
                (None, Some(link), _) => link,
                (None, None, base) => {
                    if let Some(replaced) = &row.replaces {
                        links::drop(batch, pair, replaced, &row.target);
                    }
                    let written = base.clone().unwrap_or_default();
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
                target.written.set(id, field.clone());
            }
            target.fingerprint = if left_out.is_empty() { row.fingerprint } else { 0 };
            if row.removes {
                target.removed_at.get_or_insert(now);
            } else if !matches!(row.action, Action::Link) && row.action == Action::Update {
                target.removed_at = None;
            }
            seen.insert(name, link);
        }
        for link in seen.values() {
            links::put(batch, pair, link)?;
        }
        Ok(())
    }

    /// Marks what is left of these rows as not attempted.
    async fn not_attempted(&mut self, rows: &[usize], why: &Problem) -> Result<(), StoreError> {
        let left: Vec<usize> =
            rows.iter().copied().filter(|at| self.rows[*at].writes() && !self.is_over(*at)).collect();
        for group in left.chunks(512) {
            let events = group
                .iter()
                .map(|at| Event::Done {
                    row: RowIndex::try_from(*at).unwrap_or(RowIndex::MAX),
                    attempt: 0,
                    outcome: Outcome::NotAttempted(why.clone()),
                    ms: 0,
                    left_out: Vec::new(),
                    warnings: Vec::new(),
                })
                .collect();
            self.commit_header(events).await?;
            for at in group {
                self.at[*at] = At::Over(Outcome::NotAttempted(why.clone()));
            }
        }
        Ok(())
    }

    async fn commit_header(&mut self, events: Vec<Event>) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let now = self.core.clock.now_ms();
        self.run.api = super::api(&self.context.meter, &self.run.api);
        runs::append(&mut batch, &self.core.tenant, self.run, now, events)?;
        self.core.store.commit(batch).await
    }

    fn step_counts(&self, mine: &[usize]) -> std::collections::BTreeMap<String, u64> {
        let mut counts = std::collections::BTreeMap::new();
        for at in mine {
            let word = outcome_word(&self.rows[*at], &self.at[*at]);
            *counts.entry(word.to_string()).or_default() += 1;
        }
        counts
    }
}

/// How a step ended.
enum StepEnd {
    Done,
    Failed(Vec<Problem>),
    Stopped(Problem),
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

/// Whether what a row stands for is there: it was done, or needed nothing but remembering.
fn went_well(row: &Row, at: &At) -> bool {
    match at {
        At::Over(outcome) => outcome.is_good(),
        _ => row.action == Action::Link && row.planned == Planned::Do,
    }
}

/// A row is over: what waited for it may be ready.
fn free(
    waiting: &mut HashMap<usize, usize>,
    dependents: &mut HashMap<usize, Vec<usize>>,
    ready: &mut std::collections::VecDeque<usize>,
    at: usize,
) {
    for dependent in dependents.remove(&at).unwrap_or_default() {
        if let Some(left) = waiting.get_mut(&dependent) {
            *left -= 1;
            if *left == 0 {
                waiting.remove(&dependent);
                ready.push_back(dependent);
            }
        }
    }
}

fn allowed_failures(step: &Step, rows: usize) -> usize {
    match step.foreach.as_ref().and_then(|foreach| foreach.max_failures) {
        None => usize::MAX,
        Some(Amount::Count(count)) => usize::try_from(count).unwrap_or(usize::MAX),
        // Of a handful, one may always fail: 5 % of 8 is not zero.
        Some(Amount::Percent(share)) => ((rows as f64 * share / 100.0).floor() as usize).max(1),
    }
}

/// Carries a window out, one call after the other. A configuration error ends it: every further call would fail too.
async fn carry_out(
    core: &Core,
    progress: &Progress,
    context: &Context,
    session: &Session<'_>,
    rows: &[Row],
    at: &[At],
    window: &[usize],
) -> (Vec<Answer>, Option<Problem>) {
    let mut answers = Vec::with_capacity(window.len());
    for group in window.chunks(session.step.action.batch.max(1)) {
        if progress.is_cancelled() {
            break;
        }
        let mut records: Vec<Record> = Vec::with_capacity(group.len());
        let mut left_out: Vec<Vec<idflow_sdk::FieldId>> = Vec::with_capacity(group.len());
        for place in group {
            let mut record = rows[*place].set.clone();
            let mut out = Vec::new();
            for need in &rows[*place].needs {
                let other = need.row as usize;
                if let Some(field) = need.leave_out
                    && !went_well(&rows[other], &at[other])
                {
                    record.take(field);
                    out.push(field);
                }
            }
            records.push(record);
            left_out.push(out);
        }
        let results = perform(core, context, session, rows, at, group, &records).await;
        for ((place, (result, attempt, ms)), out) in group.iter().zip(results).zip(left_out) {
            let row = &rows[*place];
            let (outcome, warnings) = match result {
                Ok(warnings) => {
                    let outcome = match row.action {
                        Action::Create => Outcome::Created,
                        Action::Disable | Action::Delete => Outcome::Removed,
                        _ => Outcome::Updated,
                    };
                    (outcome, warnings)
                }
                Err(error) if error.kind == ErrorKind::Configuration => {
                    let problem = (*error.problem).clone();
                    answers.push(Answer {
                        row: RowIndex::try_from(*place).unwrap_or(RowIndex::MAX),
                        attempt,
                        outcome: Outcome::Failed(problem.clone()),
                        ms,
                        left_out: Vec::new(),
                        warnings: Vec::new(),
                    });
                    return (answers, Some(problem));
                }
                Err(error) => (Outcome::Failed(*error.problem), Vec::new()),
            };
            answers.push(Answer {
                row: RowIndex::try_from(*place).unwrap_or(RowIndex::MAX),
                attempt,
                outcome,
                ms,
                left_out: out,
                warnings,
            });
        }
    }
    (answers, None)
}

type Performed = (Result<Vec<Problem>, Error>, u16, u32);

/// What one object of a call needs next.
enum Next {
    /// The call.
    Call,
    /// A look at the target, because the call may have been done.
    Look,
    /// An update of what differs: the object was made, but not as wanted.
    Mend(Record),
}

/// One call with its repeats. Whatever may have been done is looked up before it is repeated.
async fn perform(
    core: &Core,
    context: &Context,
    session: &Session<'_>,
    rows: &[Row],
    at: &[At],
    group: &[usize],
    records: &[Record],
) -> Vec<Performed> {
    // After a restart an announced row without an answer is unknown.
    let mut open: Vec<(usize, Next)> = (0..group.len())
        .map(|index| (index, if at[group[index]] == At::Announced { Next::Look } else { Next::Call }))
        .collect();
    let mut results: Vec<Option<Performed>> = (0..group.len()).map(|_| None).collect();
    let mut attempt: u16 = 1;
    loop {
        let begun = core.clock.now_ms();
        let mut wait = None;
        let mut left: Vec<(usize, Next)> = Vec::new();
        let mut calls: Vec<usize> = Vec::new();
        let mut again = |index: usize, next: Next, error: Error, results: &mut Vec<Option<Performed>>| {
            let span = retry::wait(&session.step.retry, &error, u32::from(attempt) + 1, core.random());
            results[index] = Some((Err(error), attempt, elapsed(core, begun)));
            if let Some(span) = span {
                wait = wait.max(Some(span));
                left.push((index, next));
            }
        };
        for (index, next) in open {
            let row = &rows[group[index]];
            let next = match next {
                Next::Look => match look(context, session, row, &records[index]).await {
                    Ok(None) => {
                        results[index] = Some((Ok(Vec::new()), attempt, elapsed(core, begun)));
                        continue;
                    }
                    Ok(Some(next)) => next,
                    Err(error) => {
                        again(index, Next::Look, error, &mut results);
                        continue;
                    }
                },
                next => next,
            };
            match next {
                Next::Mend(fields) => match mend(context, session, row, &fields).await {
                    Ok(warnings) => results[index] = Some((Ok(warnings), attempt, elapsed(core, begun))),
                    Err(error) => again(index, Next::Look, error, &mut results),
                },
                _ => calls.push(index),
            }
        }
        if !calls.is_empty() {
            let objects = calls
                .iter()
                .map(|index| ObjectCall { key: &rows[group[*index]].target, record: &records[*index] })
                .collect();
            let call = Call { action: session.step.action, params: &session.params, objects };
            for (index, answer) in calls.into_iter().zip(session.connection.apply(context, call).await) {
                match answer {
                    Ok(applied) => results[index] = Some((Ok(applied.warnings), attempt, elapsed(core, begun))),
                    Err(error) => {
                        let next = if error.kind == ErrorKind::Unknown { Next::Look } else { Next::Call };
                        again(index, next, error, &mut results);
                    }
                }
            }
        }
        open = left;
        let Some(span) = wait else { break };
        core.clock.sleep(span).await;
        context.meter.retry();
        attempt = attempt.saturating_add(1);
    }
    results
        .into_iter()
        .map(|result| {
            result.unwrap_or_else(|| (Err(Error::new(ErrorKind::Unexpected, Problem::new("lost_answer"))), attempt, 0))
        })
        .collect()
}

fn elapsed(core: &Core, begun: i64) -> u32 {
    u32::try_from(core.clock.now_ms().saturating_sub(begun)).unwrap_or(u32::MAX)
}

/// What the target shows of a call whose answer was lost: `None` when it was done, else what is to be done.
async fn look(context: &Context, session: &Session<'_>, row: &Row, record: &Record) -> Result<Option<Next>, Error> {
    let found = session.connection.lookup(context, row.kind, &row.target).await?;
    Ok(match (row.action, found) {
        (Action::Delete, None) => None,
        // We chose the key: what stands under it is ours. What can be read and differs is mended, never made again.
        (Action::Create, Some(read)) => {
            let schema = session.connection.spec().schema(row.kind);
            let mut differing = schema.map(|schema| schema.differing(record, &read)).unwrap_or_default();
            if differing.is_empty() {
                return Ok(None);
            }
            let pairs: Vec<_> = differing.iter().filter_map(|id| schema?.companion(*id)).collect();
            differing.extend(pairs);
            Some(Next::Mend(differing.iter().filter_map(|id| Some((*id, record.get(*id)?.clone()))).collect()))
        }
        // Repeating an update changes nothing more; what is missing was not done.
        _ => Some(Next::Call),
    })
}

/// Updates fields of an object that was made.
async fn mend(context: &Context, session: &Session<'_>, row: &Row, fields: &Record) -> Result<Vec<Problem>, Error> {
    let actions = session.connection.spec().actions.iter();
    let update = actions.copied().find(|action| action.kind == Some(row.kind) && action.effect.updates());
    let Some(action) = update else { return Ok(Vec::new()) };
    let objects = vec![ObjectCall { key: &row.target, record: fields }];
    let mut answers = session.connection.apply(context, Call { action, params: &session.params, objects }).await;
    match answers.pop() {
        Some(answer) => answer.map(|applied| applied.warnings),
        None => Err(Error::new(ErrorKind::Unexpected, Problem::new("lost_answer"))),
    }
}
