//! The applying half of a run: rows of a plan to calls, in the order of the graph, with the journal ahead of every call.
//!
//! Rows that wait for nothing are announced together, a window at a time. While a window is carried out, the next one is
//! announced and the answers of the one before are written, in one commit, so the disk works while the network does. An
//! answer is on disk before anything that depends on it is announced. What the links remember is written with the answer.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Context, Effect, Problem};
use tracing::Instrument;

use super::{
    Core,
    perform::{Answer, Session, carry_out, went_well},
    progress::Progress,
};
use crate::{
    model::{
        change::{Action, Planned, Row, RowIndex},
        definition::Amount,
        event::{Event, Outcome},
        run::{Api, Run, Status, StepState},
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
    /// When applying began.
    pub begun: i64,
    /// What earlier processes and states of the run counted.
    pub api_before: Api,
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
            let span = tracing::info_span!("step", id = %step.id);
            match self.step(place, mine).instrument(span).await? {
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
        tracing::info!(rows = todo.len(), "step begins");
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
                    let word = answer.outcome.as_str();
                    tracing::debug!(item = %self.rows[at].key(), attempt = answer.attempt, ms = answer.ms, word, "item");
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
        // Waiting for a person takes as long as it takes: only work counts.
        self.core.clock.now_ms() - self.begun > i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX)
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
                    if let Some((source, target)) = &row.replaces {
                        links::drop(batch, pair, source, target);
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
        self.run.api = super::api(&self.context.meter, &self.api_before);
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
