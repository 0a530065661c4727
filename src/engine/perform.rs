//! One call with its repeats. Whatever may have been done although nobody said so, because an answer was lost or the process was
//! killed, is looked up in the target before anything is repeated.

mod tries;

use std::{sync::atomic::Ordering, time::Duration};

use idflow_sdk::{Context, Error, ErrorKind, Problem, Record};

use super::{
    Core,
    flight::{Aside, CallState, Flight, Performed, Work},
    look::{Next, mend},
    progress::Progress,
    rests,
    retry::{self, waits_for},
    session::Session,
};
use crate::model::change::Row;
use tries::{Tries, now};

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
        let Some(permit) = session.permit(progress, None).await else {
            return Err(Error::new(ErrorKind::Unavailable, Problem::new("lost_answer")));
        };
        let result = mend(&now(core, context), session, row, fields).await;
        drop(permit);
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
                    rests::note(core, &session.system, &*session.connection).await;
                }
                progress.wait(&*core.clock, waits_for(&error), span).await;
            }
            _ => return Err(error),
        }
    }
}

/// One call with its repeats. Whatever may have been done is looked up before it is repeated. `None` when nothing was begun.
pub(super) async fn perform(
    work: &Work<'_>,
    state: &CallState,
    group: &[usize],
    records: &[Record],
    unknown: Vec<bool>,
    aside: &mut Aside,
) -> Option<Vec<Performed>> {
    let Work { core, progress, session, .. } = *work;
    let mut permit = Some(work.first_permit(state, group.len()).await?);
    let mut flight = Some(Flight::new(state, progress));
    let mut open: Vec<(usize, Next)> = unknown
        .into_iter()
        .enumerate()
        .map(|(index, unknown)| (index, if unknown { Next::Look } else { Next::Call }))
        .collect();
    let mut tries = Tries::new(work, group, records, &open);
    let first = core.clock.now_ms();
    // How long one item may take, its repeats included.
    let patience = session.writing.foreach.timeout;
    loop {
        let mut round = tries.round();
        let calls = tries.look_before(&mut round, open).await;
        if !calls.is_empty() {
            tries.call(&mut round, calls, aside).await;
        }
        let repeats = !round.left.is_empty();
        let wait = round.wait.or((!round.late.is_empty()).then_some(Duration::ZERO));
        open = std::mem::take(&mut round.left);
        open.append(&mut round.late);
        let exchanges = round.context.evidence.take().into_iter();
        aside.exchanges.extend(exchanges.map(|exchange| (tries.attempt, exchange)));
        let Some(span) = wait.filter(|_| !state.abandoned.load(Ordering::Relaxed)) else { break };
        let spent = u64::try_from(core.clock.now_ms() - first).unwrap_or(0);
        if patience.is_some_and(|patience| Duration::from_millis(spent) + span > patience) {
            break;
        }
        if repeats {
            // It is somebody else's turn meanwhile, unless the rows of the step wait for each other.
            let own = permit.take().map(|permit| permit.own).filter(|_| session.in_order);
            drop(flight.take());
            state.waits.notify_one();
            if !span.is_zero() {
                if round.shown == "rate_limited" {
                    rests::note(core, &session.system, &*session.connection).await;
                }
                progress.wait(&*core.clock, round.shown, span).await;
            }
            permit = session.permit(progress, own).await;
            flight = Some(Flight::new(state, progress));
        }
        let given_up = permit.is_none() && !progress.is_stopped();
        if given_up || session.lost() || state.abandoned.load(Ordering::Relaxed) {
            // Another node may have the run: it looks at what stays announced.
            break;
        }
        if let Some(stop) = progress.stop() {
            tries.look_at_the_end(&round, open, stop.is_for_now()).await;
            break;
        }
        round.context.meter.retry();
        if !round.only_later {
            tries.attempt = tries.attempt.saturating_add(1);
        }
    }
    drop((permit, flight));
    Some(tries.performed())
}
