//! Runs actions: a window of rows to calls, with retries. Whatever may have been done although nobody said so, because an
//! answer was lost or the process was killed, is looked up in the target before anything is repeated.

use std::sync::Arc;

use futures::{StreamExt, stream::FuturesUnordered};
use idflow_sdk::{
    Call, Connection, Context, Error, ErrorKind, Exchange, KeyRule, ObjectCall, Params, Problem, Record, Schema,
};

use super::{Core, apply::At, lease::Held, progress::Progress, retry};
use crate::{
    model::{
        change::{Action, Planned, Row, RowIndex},
        event::Outcome,
    },
    store::links::Pair,
    workflow::compiled::Step,
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
    pub connection: Arc<dyn Connection>,
    pub params: Params,
    pub pair: Pair,
    /// The system behind the connection.
    pub system: String,
    /// Whether rows go as import jobs.
    pub job: bool,
    /// Whether calls may be begun.
    pub held: Option<Held>,
}

impl Session<'_> {
    /// Whether another node may have taken the group over: then nothing more is begun here.
    pub fn lost(&self) -> bool {
        self.held.as_ref().is_some_and(|held| !held.is_good())
    }

    /// How many calls may be in flight now.
    fn width(&self) -> usize {
        let wanted = self.step.foreach.as_ref().and_then(|foreach| foreach.max_parallel).unwrap_or(u32::MAX);
        self.connection.width(self.step.action).clamp(1, wanted.max(1) as usize)
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

/// Carries a window out, with as many calls in flight as the connection allows at the moment. A configuration error ends
/// it: every further call would fail too.
pub(super) async fn carry_out(
    core: &Core,
    progress: &Progress,
    context: &Context,
    session: &Session<'_>,
    rows: &[Row],
    at: &[At],
    window: &[usize],
) -> Window {
    let mut answers = Vec::with_capacity(window.len());
    let mut broken: Option<Problem> = None;
    let mut waiting = window.chunks(session.step.action.batch.max(1));
    let mut at_work = FuturesUnordered::new();
    loop {
        while at_work.len() < session.width() && broken.is_none() && !progress.is_stopped() && !session.lost() {
            let Some(group) = waiting.next() else { break };
            at_work.push(async move {
                let (records, left_out): (Vec<_>, Vec<_>) =
                    group.iter().map(|place| record_of(rows, at, *place)).unzip();
                let context = Context { evidence: Arc::default(), ..context.clone() };
                let mut aside = Aside::default();
                let results = perform(core, progress, &context, session, rows, at, group, &records, &mut aside).await;
                (group, results, left_out, aside)
            });
        }
        let Some((group, results, left_out, mut aside)) = at_work.next().await else { break };
        broken = broken.or(aside.stop.take());
        for ((place, (result, attempt, ms)), left_out) in group.iter().zip(results).zip(left_out) {
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
                // Nothing was done, and nobody wants it any more: the row stays as it was announced.
                Err(error)
                    if matches!(error.kind, ErrorKind::RateLimited(_) | ErrorKind::Unavailable)
                        && progress.is_stopped() =>
                {
                    continue;
                }
                Err(error) => {
                    if error.kind == ErrorKind::Configuration {
                        broken.get_or_insert_with(|| (*error.problem).clone());
                    }
                    (Outcome::Failed(*error.problem), Vec::new())
                }
            };
            let row = RowIndex::try_from(*place).unwrap_or(RowIndex::MAX);
            // Those of a call for several objects are kept with the first.
            let exchanges = std::mem::take(&mut aside.exchanges);
            answers.push(Answer { row, attempt, outcome, ms, left_out, warnings, made: false, exchanges });
        }
    }
    drop(at_work);
    Window { answers, broken, untouched: waiting.flatten().copied().collect() }
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
        let error = match mend(&now(core, context), session, row, fields).await {
            Ok(warnings) => return Ok(warnings),
            Err(error) => error,
        };
        let later = matches!(error.kind, ErrorKind::RateLimited(_));
        attempt += u32::from(!later);
        match retry::wait(&session.step.retry, &error, if later { 1 } else { attempt }, core.random()) {
            Some(span) if !progress.is_stopped() => {
                context.meter.retry();
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

/// One call with its repeats. Whatever may have been done is looked up before it is repeated.
#[allow(clippy::too_many_arguments, reason = "each is a different thing that the call needs")]
async fn perform(
    core: &Core,
    progress: &Progress,
    context: &Context,
    session: &Session<'_>,
    rows: &[Row],
    at: &[At],
    group: &[usize],
    records: &[Record],
    aside: &mut Aside,
) -> Vec<Performed> {
    // After a restart an announced row without an answer is unknown.
    let mut open: Vec<(usize, Next)> = (0..group.len())
        .map(|index| (index, if at[group[index]] == At::Announced { Next::Look } else { Next::Call }))
        .collect();
    let mut results: Vec<Option<Performed>> = (0..group.len()).map(|_| None).collect();
    // Objects of which a call may have been done although nobody said so.
    let relinked = |row: &Row| row.replaces.as_ref().is_some_and(|(_, target)| *target == row.target);
    let mut doubtful: Vec<bool> =
        open.iter().map(|(index, next)| matches!(next, Next::Look) || relinked(&rows[group[*index]])).collect();
    let mut attempt: u16 = 1;
    let first = core.clock.now_ms();
    // How long one item may take, its repeats included.
    let patience = session.step.foreach.as_ref().and_then(|foreach| foreach.timeout);
    loop {
        let context = &now(core, context);
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
            let span = retry::wait(&session.step.retry, &error, next_attempt, core.random());
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
            let call = Call { action: session.step.action, params: &session.params, objects };
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
        open = left;
        open.extend(late);
        aside.exchanges.extend(context.evidence.take().into_iter().map(|exchange| (attempt, exchange)));
        let Some(span) = wait else { break };
        let spent = u64::try_from(core.clock.now_ms() - first).unwrap_or(0);
        if patience.is_some_and(|patience| std::time::Duration::from_millis(spent) + span > patience) {
            break;
        }
        if !span.is_zero() {
            progress.wait(&*core.clock, shown, span).await;
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
        // Repeating an update changes nothing more; what is missing was not done.
        _ => Some(Next::Call),
    })
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
