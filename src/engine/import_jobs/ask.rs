//! What became of the rows of a job: is it over, is it given up, and is its word to be believed?

use std::time::Duration;

use idflow_sdk::{Applied, Error, ErrorKind, JobState};

use super::{
    item::{Item, RowStage},
    locked_out::look_at_the_locked_out,
    read_back::look_meanwhile,
    submit::alone,
};
use crate::{
    engine::{
        abandoned_jobs,
        applier::Applier,
        retry::{self, LATE, SOON},
        session::Session,
    },
    store::StoreError,
};

/// Looks at an unfinished job before it is given up; with the growing waits between them this is most of a day.
const MOST_LOOKS: u32 = 5000;
/// How long a job is still asked when the run is to stop; it is left at work then, and noted for the next plan.
const GRACE_MS: i64 = 60_000;
/// From so many per cent of a job on, those of its rows are looked at of which something has to be read back: they stand first.
const EARLY: u8 = 60;
/// A look at them takes several calls: a shorter wait is none for that.
const WORTH_A_LOOK: Duration = Duration::from_millis(250);

/// Asks a job, first after so long, until it is over, or until it is certain that it does not answer.
pub(super) async fn ask(
    applier: &mut Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    indexes: &[usize],
    job: &str,
    first: Duration,
) -> Result<(), StoreError> {
    let over = poll(applier, session, items, indexes, job, first).await?;
    let refused: Vec<usize> =
        indexes.iter().copied().filter(|index| matches!(items[*index].state, RowStage::Alone)).collect();
    alone(applier, items, &refused);
    look_at_the_locked_out(applier, session, items, indexes).await;
    for index in indexes {
        // Whatever is handed in again belongs to another job.
        items[*index].noted = false;
    }
    if over {
        abandoned_jobs::over(applier, session);
        return Ok(());
    }
    abandoned_jobs::note(applier, session, Some(job), indexes.len())
}

/// Asks a job until it is over: true, or gives up: its rows are unknown.
async fn poll(
    applier: &Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    indexes: &[usize],
    job: &str,
    first: Duration,
) -> Result<bool, StoreError> {
    let Some(bulk) = session.connection.bulk() else { return Ok(true) };
    let inside: Vec<usize> = indexes.iter().copied().filter(|index| items[*index].is_in()).collect();
    let keys: Vec<&str> = inside.iter().map(|index| &*applier.ledger.row(items[*index].at).target).collect();
    let creates = session.writing.uses.action.effect.creates();
    let (clock, progress) = (&*applier.core.clock, applier.progress);
    let (mut looks, mut failed) = (0, 0);
    let mut noticed: Option<(i64, u64)> = None;
    let (mut half_way, mut looked) = (false, false);
    let begun = clock.now_ms();
    if !first.is_zero() {
        progress.wait(clock, "import_job", first).await;
    }
    loop {
        looks += 1;
        if session.lost() {
            return Err(StoreError::Fenced);
        }
        let again = match bulk.poll(&applier.log.context(), job, &keys).await {
            Ok(JobState::Done(results)) => {
                take(items, &inside, results, creates);
                return Ok(true);
            }
            Ok(JobState::Running { again, percent }) => {
                failed = 0;
                half_way |= percent >= EARLY;
                let gone = u64::try_from(clock.now_ms().saturating_sub(begun)).unwrap_or(0);
                retry::ask_again(Duration::from_millis(gone), again)
            }
            // The file was taken and then refused as a whole: another one would fare no better. That nothing was done is not said.
            Err(error) if error.kind == ErrorKind::Unsupported => {
                tracing::info!(job, code = %error.problem.code, "an import file was refused; the objects go one by one");
                leave(items, &inside, creates);
                return Ok(true);
            }
            Err(error) if error.retryable() => {
                failed += 1;
                after(&error, failed)
            }
            Err(error) => {
                tracing::warn!(job, code = %error.problem.code, "a job's results cannot be read; its rows are looked up");
                doubt(items, &inside);
                // A job that the system has forgotten is over.
                return Ok(error.kind == ErrorKind::NotFound);
            }
        };
        let stop = progress.stop();
        if stop.as_ref().is_some_and(|stop| stop.is_for_now()) {
            // The journal has its name: it is asked when the run goes on.
            return Ok(false);
        }
        // A job cannot be taken back: whoever stops the run still wants to know what it did, but not for ever.
        let noticed = stop.map(|_| *noticed.get_or_insert_with(|| (clock.now_ms(), progress.times_asked())));
        let enough = noticed.is_some_and(|(since, times)| {
            clock.now_ms().saturating_sub(since) >= GRACE_MS || progress.times_asked() > times
        });
        if looks > MOST_LOOKS || enough {
            doubt(items, &inside);
            return Ok(false);
        }
        match noticed {
            None => {
                let wait = progress.wait(clock, "import_job", again);
                if half_way && again >= WORTH_A_LOOK && !std::mem::replace(&mut looked, true) {
                    look_meanwhile(applier, session, items, &inside, wait).await;
                } else {
                    wait.await;
                }
            }
            Some((_, times)) => progress.wait_or(clock, "import_job", again, progress.asked_again(times)).await,
        }
    }
}

/// Takes over what a job says of each of its items.
fn take(items: &mut [Item], inside: &[usize], results: Vec<Result<Applied, Error>>, creates: bool) {
    for (index, result) in inside.iter().zip(results) {
        items[*index].state = match result {
            Ok(applied) => RowStage::Over(Ok(applied.warnings)),
            Err(error) if error.kind == ErrorKind::Unknown => {
                items[*index].maybe_done = true;
                RowStage::Unknown
            }
            // A job that failed half-way has done some of its rows.
            Err(error) if error.maybe_done() && creates => {
                items[*index].maybe_done = true;
                RowStage::Unknown
            }
            Err(error) if error.retryable() => RowStage::Open,
            Err(error) => RowStage::Over(Err(error)),
        };
    }
    // Rows that a short answer leaves out are unknown, too.
    for index in inside {
        if items[*index].is_in() {
            items[*index].state = RowStage::Unknown;
        }
    }
}

/// These go by calls of their own. Of those that are made, nobody knows whether the job made them.
fn leave(items: &mut [Item], inside: &[usize], creates: bool) {
    for index in inside {
        items[*index].state = RowStage::Alone;
        items[*index].maybe_done |= creates;
    }
}

/// Nobody knows what a job did to these.
fn doubt(items: &mut [Item], inside: &[usize]) {
    for index in inside {
        items[*index].state = RowStage::Unknown;
        items[*index].maybe_done = true;
    }
}

/// How long is waited after so many questions in a row that had no answer.
fn after(error: &Error, failed: u32) -> Duration {
    match error.kind {
        ErrorKind::RateLimited(span) => span,
        _ => SOON * 2u32.saturating_pow(failed.min(10)),
    }
    .clamp(SOON, LATE)
}
