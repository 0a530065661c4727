//! Runs actions: a window of rows to calls, with retries. Whatever may have been done although nobody said so, because an
//! answer was lost or the process was killed, is looked up in the target before anything is repeated.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use idflow_sdk::{
    Call, Connection, Context, Error, ErrorKind, Exchange, KeyRule, ObjectCall, Params, Problem, Record, Schema, Slot,
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::{
    Core,
    apply::At,
    calm,
    owned::Owned,
    progress::{Busy, Progress},
    retry,
};
use crate::{
    model::{
        change::{Action, Planned, Row, RowIndex},
        event::Outcome,
    },
    store::links::Pair,
    workflow::compiled::{Step, Writing},
};

/// An answer that is not on disk yet.
#[derive(Debug)]
pub(super) struct Answer {
    pub row: RowIndex,
    pub attempt: u16,
    pub outcome: Outcome,
    pub ms: u32,
    pub left_out: Vec<idflow_sdk::FieldId>,
    pub warnings: Vec<Problem>,
    /// The object is there although not as wanted: the links know it all the same.
    pub made: bool,
    /// Exchanges that did not go well, with their attempts.
    pub exchanges: Vec<(u16, Exchange)>,
}

/// One step at work.
pub(super) struct Session<'a> {
    pub step: &'a Step,
    /// Its loop.
    pub writing: &'a Writing,
    pub connection: Arc<dyn Connection>,
    pub params: Params,
    pub pair: Pair,
    /// The system behind the connection.
    pub system: String,
    /// Whether rows go as import jobs.
    pub job: bool,
    /// Whether one row waits for the other, its repeats included.
    pub in_order: bool,
    /// The places for calls of this step.
    pub own: Arc<Semaphore>,
    /// Under which calls are made.
    pub owned: Arc<Owned>,
    /// It was seen once that they may not: what was given up for that is not taken up again here.
    pub gone: AtomicBool,
}

/// A place for one call: of the step, and of the system.
struct Place {
    own: OwnedSemaphorePermit,
    _slot: Option<Slot>,
}

impl Session<'_> {
    /// Whether another node may have taken over: then nothing more is begun here.
    pub fn lost(&self) -> bool {
        if !self.owned.is_good() {
            self.gone.store(true, Ordering::Relaxed);
        }
        self.gone.load(Ordering::Relaxed)
    }

    /// The places for calls of a step: as many as the connector declares and the workflow allows.
    pub fn places(writing: &Writing, in_order: bool) -> Arc<Semaphore> {
        let wanted = writing.foreach.max_parallel.unwrap_or(u32::MAX);
        let most = if in_order { 1 } else { writing.uses.action.max_parallel.min(wanted).max(1) };
        Arc::new(Semaphore::new(most as usize))
    }

    /// Waits for a place for one call; `None` when none may be begun any more. The step's own place may be kept from before.
    async fn place(&self, progress: &Progress, own: Option<OwnedSemaphorePermit>) -> Option<Place> {
        let place = async {
            let own = match own {
                Some(own) => own,
                None => self.own.clone().acquire_owned().await.ok()?,
            };
            let slot = match self.connection.slots() {
                Some(slots) => Some(slots.take().await),
                None => None,
            };
            Some(Place { own, _slot: slot })
        };
        let place = tokio::select! {
            biased;
            () = progress.stopped() => None,
            place = place => place,
        };
        place.filter(|_| !self.lost())
    }
}

/// Whether what a row stands for is there: it was done, or needed nothing but remembering.
pub(super) fn went_well(row: &Row, at: &At) -> bool {
    match at {
        At::Over(outcome) => outcome.is_good(),
        _ => row.action == Action::Link && row.planned == Planned::Do,
    }
}

/// The fields of a row that are written now, and those that are left out because what they refer to is not there.
pub(super) fn record_of(rows: &[Row], at: &[At], place: usize) -> (Record, Vec<idflow_sdk::FieldId>) {
    let mut record = rows[place].set.record();
    let mut out = Vec::new();
    for need in &rows[place].needs {
        let other = need.row as usize;
        if let Some(field) = need.leave_out
            && !went_well(&rows[other], &at[other])
        {
            record.take(field);
            out.push(field);
        }
    }
    (record, out)
}

/// What came of a window.
#[derive(Default)]
pub(super) struct Window {
    pub answers: Vec<Answer>,
    /// Why no further call can succeed.
    pub broken: Option<Problem>,
    /// Rows that nothing was begun for.
    pub untouched: Vec<usize>,
}

/// Rows that are at work at most when many are carried out at once.
const AT_WORK: usize = 128;

/// Carries rows out, so many at a time as there are places for. A configuration error ends it: every further call would fail
/// too.
pub(super) async fn carry_out(
    core: &Core,
    progress: &Progress,
    context: &Context,
    session: &Session<'_>,
    rows: &[Row],
    at: &[At],
    window: &[usize],
) -> Window {
    let mut calls = Calls::new(core, progress, context, session, rows);
    let mut window = window.chunks(session.writing.uses.action.batch.max(1));
    let mut answers = Vec::new();
    loop {
        while calls.at_work() < AT_WORK
            && let Some(group) = window.next()
        {
            calls.begin(at, group);
        }
        let Some(more) = calls.next().await else { break };
        answers.extend(more);
    }
    Window { answers, broken: calls.broken.take(), untouched: calls.untouched }
}

/// Announced rows on their way. Each goes its own way through calls and waits: while one waits for its retry, without a place,
/// the others go on.
pub(super) struct Calls<'a> {
    work: Work<'a>,
    state: Arc<State>,
    going: FuturesUnordered<BoxFuture<'a, Gone>>,
    /// Rows in `going`.
    rows: usize,
    /// Why no further call can succeed.
    pub broken: Option<Problem>,
    /// Rows that nothing was begun for.
    pub untouched: Vec<usize>,
}

/// What every call of a step needs.
#[derive(Clone, Copy)]
struct Work<'a> {
    core: &'a Core,
    progress: &'a Progress,
    context: &'a Context,
    session: &'a Session<'a>,
    rows: &'a [Row],
}

/// What [`Calls`] and its rows tell each other.
#[derive(Default)]
struct State {
    /// Nothing new is begun.
    closed: AtomicBool,
    /// What is in flight ends, and nothing more is sent, not even a repeat.
    abandoned: AtomicBool,
    /// Rows that wait for their first place.
    unbegun: AtomicUsize,
    /// Calls in flight: they have a place.
    in_flight: AtomicUsize,
    /// A row has begun to wait for its repeat.
    waits: Notify,
}

/// Rows of one call that are over, or were not begun: then there are no results.
struct Gone {
    group: Vec<usize>,
    results: Option<Vec<Performed>>,
    left_out: Vec<Vec<idflow_sdk::FieldId>>,
    aside: Aside,
}

impl<'a> Calls<'a> {
    pub fn new(
        core: &'a Core,
        progress: &'a Progress,
        context: &'a Context,
        session: &'a Session<'a>,
        rows: &'a [Row],
    ) -> Self {
        Self {
            work: Work { core, progress, context, session, rows },
            state: Arc::default(),
            going: FuturesUnordered::new(),
            rows: 0,
            broken: None,
            untouched: Vec::new(),
        }
    }

    /// Sends these announced rows on their way, in this order as far as there are places.
    pub fn begin(&mut self, at: &[At], places: &[usize]) {
        for group in places.chunks(self.work.session.writing.uses.action.batch.max(1)) {
            let (records, left_out): (Vec<_>, Vec<_>) =
                group.iter().map(|place| record_of(self.work.rows, at, *place)).unzip();
            // After a restart an announced row without an answer is unknown.
            let unknown = group.iter().map(|place| at[*place] == At::Announced).collect();
            let (work, state, group) = (self.work, self.state.clone(), group.to_vec());
            self.rows += group.len();
            state.unbegun.fetch_add(group.len(), Ordering::Relaxed);
            self.going.push(Box::pin(async move {
                let mut aside = Aside::default();
                let results = perform(&work, &state, &group, &records, unknown, &mut aside).await;
                Gone { group, results, left_out, aside }
            }));
        }
    }

    /// How many rows are on their way.
    pub fn at_work(&self) -> usize {
        self.rows
    }

    /// How many of them wait for their first place.
    pub fn unbegun(&self) -> usize {
        self.state.unbegun.load(Ordering::Relaxed)
    }

    /// Whether all of them wait for a repeat.
    pub fn all_wait(&self) -> bool {
        self.unbegun() == 0 && self.state.in_flight.load(Ordering::Relaxed) == 0
    }

    /// Ends when one more of them has begun to wait.
    pub fn one_waits(&self) -> impl Future<Output = ()> + use<'a> {
        let state = self.state.clone();
        async move { state.waits.notified().await }
    }

    /// Begins nothing new; what was begun goes on.
    pub fn close(&self) {
        self.state.closed.store(true, Ordering::Relaxed);
    }

    /// Waits until nothing is in flight, and sends nothing more.
    pub async fn abandon(&mut self) {
        self.close();
        self.state.abandoned.store(true, Ordering::Relaxed);
        while self.state.in_flight.load(Ordering::Relaxed) > 0 && self.next().await.is_some() {}
    }

    /// The answers of the next call that is over; `None` when nothing is on its way.
    pub async fn next(&mut self) -> Option<Vec<Answer>> {
        let Gone { group, results, left_out, mut aside } = self.going.next().await?;
        self.rows -= group.len();
        if let Some(stop) = aside.stop.take() {
            self.break_off(stop);
        }
        let Some(results) = results else {
            self.untouched.extend(group);
            return Some(Vec::new());
        };
        let mut answers = Vec::with_capacity(group.len());
        for ((place, (result, attempt, ms)), left_out) in group.into_iter().zip(results).zip(left_out) {
            let row = &self.work.rows[place];
            let (outcome, warnings) = match result {
                Ok(warnings) => {
                    let outcome = match row.action {
                        Action::Create => Outcome::Created,
                        Action::Disable | Action::Delete => Outcome::Removed,
                        _ => Outcome::Updated,
                    };
                    (outcome, warnings)
                }
                // Nothing was done, and nobody wants it any more: the row stays as it was announced.
                Err(error)
                    if matches!(error.kind, ErrorKind::RateLimited(_) | ErrorKind::Unavailable) && self.is_over() =>
                {
                    continue;
                }
                Err(error) => {
                    if error.kind == ErrorKind::Configuration {
                        self.break_off((*error.problem).clone());
                    }
                    (Outcome::Failed(*error.problem), Vec::new())
                }
            };
            let row = RowIndex::try_from(place).unwrap_or(RowIndex::MAX);
            // Those of a call for several objects are kept with the first.
            let exchanges = std::mem::take(&mut aside.exchanges);
            answers.push(Answer { row, attempt, outcome, ms, left_out, warnings, made: false, exchanges });
        }
        Some(answers)
    }

    fn break_off(&mut self, why: Problem) {
        self.close();
        self.broken.get_or_insert(why);
    }

    /// Whether nothing more is sent.
    fn is_over(&self) -> bool {
        self.work.is_over() || self.state.abandoned.load(Ordering::Relaxed)
    }
}

/// One call in flight, counted.
struct Flight<'s> {
    state: &'s State,
    _busy: Busy<'s>,
}

impl<'s> Flight<'s> {
    fn new(state: &'s State, progress: &'s Progress) -> Self {
        state.in_flight.fetch_add(1, Ordering::Relaxed);
        Self { state, _busy: progress.busy() }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.state.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Work<'_> {
    /// The first place for a call of so many rows; `None` when it is not to be begun.
    async fn first_place(&self, state: &State, rows: usize) -> Option<Place> {
        let closed = || state.closed.load(Ordering::Relaxed);
        let place = if closed() || self.is_over() { None } else { self.session.place(self.progress, None).await };
        state.unbegun.fetch_sub(rows, Ordering::Relaxed);
        place.filter(|_| !closed())
    }

    /// Whether the run is to stop, or another node may have it.
    fn is_over(&self) -> bool {
        self.progress.is_stopped() || self.session.lost()
    }
}

/// Writes fields of an object that is there, after a job that could not carry them.
pub(super) async fn follow(
    core: &Core,
    progress: &Progress,
    context: &Context,
    session: &Session<'_>,
    row: &Row,
    fields: &Record,
) -> Result<Vec<Problem>, Error> {
    let mut attempt = 1;
    loop {
        let Some(place) = session.place(progress, None).await else {
            return Err(Error::new(ErrorKind::Unavailable, Problem::new("lost_answer")));
        };
        let result = mend(&now(core, context), session, row, fields).await;
        drop(place);
        let error = match result {
            Ok(warnings) => return Ok(warnings),
            Err(error) => error,
        };
        let later = matches!(error.kind, ErrorKind::RateLimited(_));
        attempt += u32::from(!later);
        match retry::wait(&session.writing.uses.retry, &error, if later { 1 } else { attempt }, core.random()) {
            Some(span) if !progress.is_stopped() => {
                context.meter.retry();
                if later {
                    calm::note(core, &session.system, &*session.connection).await;
                }
                progress.wait(&*core.clock, waits_for(&error), span).await;
            }
            _ => return Err(error),
        }
    }
}

/// What a call is given: the time of now, not of when the step began.
fn now(core: &Core, context: &Context) -> Context {
    Context { now_ms: core.clock.now_ms(), ..context.clone() }
}

/// What a wait is shown as.
pub(super) fn waits_for(error: &Error) -> &'static str {
    if matches!(error.kind, ErrorKind::RateLimited(_)) { "rate_limited" } else { "retry" }
}

/// What calls bring beside their results.
#[derive(Default)]
struct Aside {
    /// Exchanges that did not go well, with their attempts.
    exchanges: Vec<(u16, Exchange)>,
    /// Why nothing more may be written.
    stop: Option<Problem>,
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

/// One call with its repeats. Whatever may have been done is looked up before it is repeated. `None` when nothing was begun.
async fn perform(
    work: &Work<'_>,
    state: &State,
    group: &[usize],
    records: &[Record],
    unknown: Vec<bool>,
    aside: &mut Aside,
) -> Option<Vec<Performed>> {
    let Work { core, progress, session, rows, .. } = *work;
    let mut place = Some(work.first_place(state, group.len()).await?);
    let mut flight = Some(Flight::new(state, progress));
    // Evidence of one call is not mixed with that of others.
    let context = Context { evidence: Arc::default(), ..work.context.clone() };
    let mut open: Vec<(usize, Next)> = unknown
        .into_iter()
        .enumerate()
        .map(|(index, unknown)| (index, if unknown { Next::Look } else { Next::Call }))
        .collect();
    let mut results: Vec<Option<Performed>> = (0..group.len()).map(|_| None).collect();
    // Objects of which a call may have been done although nobody said so.
    let relinked = |row: &Row| row.replaces.as_ref().is_some_and(|ends| ends.1 == row.target);
    let mut doubtful: Vec<bool> =
        open.iter().map(|(index, next)| matches!(next, Next::Look) || relinked(&rows[group[*index]])).collect();
    let mut attempt: u16 = 1;
    let first = core.clock.now_ms();
    // How long one item may take, its repeats included.
    let patience = session.writing.foreach.timeout;
    loop {
        let context = &now(core, &context);
        let begun = context.now_ms;
        let mut wait: Option<std::time::Duration> = None;
        // A "later" of the system, or of our own bucket before anything was sent, is no failed attempt.
        let mut only_later = true;
        let mut shown = "retry";
        let mut left: Vec<(usize, Next)> = Vec::new();
        let mut late: Vec<(usize, Next)> = Vec::new();
        let mut calls: Vec<usize> = Vec::new();
        let mut again = |index: usize, next: Next, error: Error, results: &mut Vec<Option<Performed>>| {
            let later = matches!(error.kind, ErrorKind::RateLimited(_));
            let next_attempt = if later { 1 } else { u32::from(attempt) + 1 };
            let span = retry::wait(&session.writing.uses.retry, &error, next_attempt, core.random());
            shown = waits_for(&error);
            only_later &= later;
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
            let call = Call { action: session.writing.uses.action, params: &session.params, objects };
            for (index, answer) in calls.into_iter().zip(session.connection.apply(context, call).await) {
                match answer {
                    Ok(applied) => {
                        aside.stop = aside.stop.take().or(applied.stop);
                        results[index] = Some((Ok(applied.warnings), attempt, elapsed(core, begun)));
                    }
                    // It is there by now: a call of before was done late, or somebody else was faster. A look tells.
                    Err(error) if error.kind == ErrorKind::Conflict && std::mem::take(&mut doubtful[index]) => {
                        results[index] = Some((Err(error), attempt, elapsed(core, begun)));
                        late.push((index, Next::Look));
                    }
                    Err(error) => {
                        let unknown = error.kind == ErrorKind::Unknown;
                        // Whoever says "busy" may have done it all the same.
                        doubtful[index] |= error.retryable();
                        again(index, if unknown { Next::Look } else { Next::Call }, error, &mut results);
                    }
                }
            }
        }
        let wait = wait.or((!late.is_empty()).then_some(std::time::Duration::ZERO));
        let repeats = !left.is_empty();
        open = left;
        open.extend(late);
        aside.exchanges.extend(context.evidence.take().into_iter().map(|exchange| (attempt, exchange)));
        let Some(span) = wait.filter(|_| !state.abandoned.load(Ordering::Relaxed)) else { break };
        let spent = u64::try_from(core.clock.now_ms() - first).unwrap_or(0);
        if patience.is_some_and(|patience| std::time::Duration::from_millis(spent) + span > patience) {
            break;
        }
        if repeats {
            // It is somebody else's turn meanwhile, unless the rows of the step wait for each other.
            let own = place.take().map(|place| place.own).filter(|_| session.in_order);
            drop(flight.take());
            state.waits.notify_one();
            if !span.is_zero() {
                if shown == "rate_limited" {
                    calm::note(core, &session.system, &*session.connection).await;
                }
                progress.wait(&*core.clock, shown, span).await;
            }
            place = session.place(progress, own).await;
            flight = Some(Flight::new(state, progress));
        }
        let given_up = place.is_none() && !progress.is_stopped();
        if given_up || session.lost() || state.abandoned.load(Ordering::Relaxed) {
            // Another node may have the run: it looks at what stays announced.
            break;
        }
        // Nobody wants it any more. Of what may have been done one more look tells; what was not done stays announced.
        if let Some(stop) = progress.stop() {
            let paused = stop.is_for_now();
            for (index, next) in std::mem::take(&mut open) {
                if matches!(next, Next::Call) && !doubtful[index] {
                    continue;
                }
                let row = &rows[group[index]];
                let looked = look(&now(core, context), session, row, &records[index]).await;
                let open = matches!(looked, Ok(Some(Next::Call)))
                    && (row.action == Action::Create || matches!(next, Next::Call));
                let kind = if open || paused { ErrorKind::Unavailable } else { ErrorKind::Unknown };
                let result = match looked {
                    Ok(None) => Ok(Vec::new()),
                    _ => Err(Error::new(kind, Problem::new("lost_answer"))),
                };
                results[index] = Some((result, attempt, elapsed(core, begun)));
            }
            break;
        }
        context.meter.retry();
        if !only_later {
            attempt = attempt.saturating_add(1);
        }
    }
    drop((place, flight));
    let results = results.into_iter().map(|result| {
        result.unwrap_or_else(|| (Err(Error::new(ErrorKind::Unexpected, Problem::new("lost_answer"))), attempt, 0))
    });
    Some(results.collect())
}

fn elapsed(core: &Core, begun: i64) -> u32 {
    u32::try_from(core.clock.now_ms().saturating_sub(begun)).unwrap_or(u32::MAX)
}

/// What the target shows of a call whose answer was lost: `None` when it was done, else what is to be done.
async fn look(context: &Context, session: &Session<'_>, row: &Row, record: &Record) -> Result<Option<Next>, Error> {
    let found = session.connection.lookup(context, row.kind, &row.target).await?;
    Ok(match (row.action, found) {
        (Action::Delete, None) => None,
        // We chose the key: what stands under it is ours, unless it is plainly something else. What can be read and differs
        // is mended, never made again.
        (Action::Create, Some(read)) => {
            let schema = session.connection.spec().schema(row.kind);
            if schema.is_some_and(|schema| is_other(schema, record, &read)) {
                return Err(taken(&row.target));
            }
            let mut differing = schema.map(|schema| schema.differing(record, &read)).unwrap_or_default();
            if differing.is_empty() {
                return Ok(None);
            }
            let pairs: Vec<_> = differing.iter().filter_map(|id| schema?.companion(*id)).collect();
            differing.extend(pairs);
            Some(Next::Mend(differing.iter().filter_map(|id| Some((*id, record.get(*id)?.clone()))).collect()))
        }
        // It is as it was to be: it was done.
        (Action::Update, Some(read)) if is_as_wanted(session, row, record, &read) => None,
        // Repeating an update changes nothing more; what is missing was not done.
        _ => Some(Next::Call),
    })
}

/// Whether every field that is written can be read, and is as it is written.
fn is_as_wanted(session: &Session<'_>, row: &Row, record: &Record, read: &Record) -> bool {
    let Some(schema) = session.connection.spec().schema(row.kind) else { return false };
    let mut fields = record.iter().map(|(id, _)| id).peekable();
    fields.peek().is_some() && fields.all(|id| read.get(id).is_some()) && schema.differing(record, read).is_empty()
}

/// Whether what stands under a key that we chose is an object of somebody else: it has another name, or (where keys are
/// numbers that anybody gets next) another parent.
pub(super) fn is_other(schema: &Schema, wanted: &Record, read: &Record) -> bool {
    let numbered = matches!(schema.key, KeyRule::Sequence(_));
    let telling = [Some(schema.label), schema.parent.filter(|_| numbered)];
    let telling: Record = telling
        .into_iter()
        .flatten()
        .filter_map(|name| schema.field(name))
        .filter_map(|id| Some((id, wanted.get(id)?.clone())))
        .collect();
    !schema.differing(&telling, read).is_empty()
}

/// The key that was chosen for a new object is somebody else's by now.
pub(super) fn taken(key: &str) -> Error {
    Error::new(ErrorKind::Conflict, Problem::new("key_taken").arg("key", key))
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
