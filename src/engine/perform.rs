//! One call with its repeats. Whatever may have been done although nobody said so, because an answer was lost or the process was
//! killed, is looked up in the target before anything is repeated.

use std::{sync::Arc, sync::atomic::Ordering};

use idflow_sdk::{Call, Context, Error, ErrorKind, ObjectCall, Problem, Record};

use super::{
    Core, calm,
    flight::{Aside, Flight, Performed, State, Work},
    look::{Next, look, mend},
    progress::Progress,
    retry::{self, waits_for},
    session::Session,
};
use crate::model::change::{Action, Row};

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

/// One call with its repeats. Whatever may have been done is looked up before it is repeated. `None` when nothing was begun.
pub(super) async fn perform(
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
                        again(index, Next::Look, unconfirmed(error), &mut results);
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

/// A look whose answer nobody understands tells nothing of the call before it, which may have been done: that is what is said,
/// with the answer beside it, and it is looked again.
fn unconfirmed(error: Error) -> Error {
    match error.kind {
        ErrorKind::Unexpected => {
            let problem = Problem::new("lost_answer_unconfirmed").arg("cause", error.problem.code.to_string());
            Error::new(ErrorKind::Unknown, problem)
        }
        _ => error,
    }
}

fn elapsed(core: &Core, begun: i64) -> u32 {
    u32::try_from(core.clock.now_ms().saturating_sub(begun)).unwrap_or(u32::MAX)
}
