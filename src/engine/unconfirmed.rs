//! Rows that a stopped process had announced, of a run that is to end before they are carried out: the target is looked at,
//! so that what was done is known and linked. Nothing is written to it.

use std::time::Duration;

use idflow_sdk::{FieldId, JobState, Kind, Record};

use super::{
    abandoned_jobs,
    applier::Applier,
    look::is_other,
    session::{Answer, Session},
};
use crate::{
    model::{
        change::{Action, Row},
        event::Outcome,
    },
    store::{Batch, StoreError},
};

/// The waits between looks that fail.
const TRIES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];

/// What a look says about a row.
enum Told {
    /// It was done, but for these fields, or nobody can see them.
    Done(Outcome, Vec<FieldId>),
    /// It was not.
    Open,
    /// Nobody can say.
    Unknown,
}

/// Finds out what became of the announced ones among these rows.
pub(super) async fn look(applier: &mut Applier<'_>, session: &Session<'_>, rows: &[usize]) -> Result<(), StoreError> {
    let announced: Vec<usize> = rows.iter().copied().filter(|at| applier.ledger.is_announced(*at)).collect();
    let Some(first) = announced.first() else { return Ok(()) };
    let at_work = jobs(applier, session, &announced).await?;
    let kind = applier.ledger.row(*first).kind;
    let keys: Vec<&str> = announced.iter().map(|at| &*applier.ledger.row(*at).target).collect();
    let Some(found) = find(applier, session, kind, &keys).await else { return Ok(()) };
    let mut answers = Vec::new();
    for (at, found) in announced.into_iter().zip(found) {
        let told = judge(session, applier.ledger.row(at), found);
        match told {
            Told::Done(outcome, left_out) => {
                applier.ledger.close(at, outcome.clone());
                answers.push(Answer { left_out, ..Answer::without_call(at, 1, outcome) });
            }
            Told::Open if !at_work => applier.ledger.reopen(at),
            Told::Open | Told::Unknown => {}
        }
    }
    let mut links = Batch::default();
    let events = applier.answers(session, answers, &mut links).await?;
    applier.log.along(links);
    events.into_iter().for_each(|event| applier.log.note(event));
    Ok(())
}

/// What the target has under these keys; `None` when it does not say, also not when it is asked again.
async fn find(applier: &Applier<'_>, session: &Session<'_>, kind: Kind, keys: &[&str]) -> Option<Vec<Option<Record>>> {
    for span in TRIES.into_iter().map(Some).chain([None]) {
        let error = match session.connection.lookup_many(&applier.log.context(), kind, keys).await {
            Ok(found) => return Some(found),
            Err(error) => error,
        };
        // The run is to stop, so nobody waits for long.
        let span = span.filter(|_| error.retryable() && !session.lost())?;
        applier.context.meter.retry();
        applier.core.clock.sleep(span).await;
    }
    None
}

/// Whether a job may be at work on these rows; then it is noted for the next run.
pub(super) async fn jobs(applier: &mut Applier<'_>, session: &Session<'_>, rows: &[usize]) -> Result<bool, StoreError> {
    let named = rows.iter().filter_map(|at| applier.jobs.get(at)).max_by_key(|name| name.len()).cloned();
    let Some(name) = named else { return Ok(false) };
    if let Some(bulk) = session.connection.bulk().filter(|_| !name.is_empty()) {
        for _ in 0..2 {
            match bulk.poll(&applier.log.context(), &name, &[]).await {
                Ok(JobState::Done(_)) => {
                    abandoned_jobs::over(applier, session);
                    return Ok(false);
                }
                Ok(JobState::Running { again, .. }) => {
                    applier.core.clock.sleep(again.min(Duration::from_secs(1))).await
                }
                Err(_) => break,
            }
        }
    }
    abandoned_jobs::note(applier, session, Some(&*name).filter(|name| !name.is_empty()), rows.len())?;
    Ok(true)
}

fn judge(session: &Session<'_>, row: &Row, found: Option<Record>) -> Told {
    let Some(schema) = session.connection.spec().schema(row.kind) else { return Told::Unknown };
    match (row.action, found) {
        (Action::Delete, None) => Told::Done(Outcome::Removed, Vec::new()),
        (Action::Delete, Some(_)) | (Action::Create, None) => Told::Open,
        (Action::Create, Some(read)) if is_other(schema, &row.set.record(), &read) => Told::Open,
        (Action::Create, Some(read)) => {
            let mut left_out = schema.differing(&row.set.record(), &read);
            left_out.extend(row.set.ids().filter(|id| read.get(*id).is_none()));
            Told::Done(Outcome::Created, left_out)
        }
        (_, Some(read)) if !schema.differing(&row.set.record(), &read).is_empty() => Told::Open,
        (_, Some(read)) if row.set.ids().all(|id| read.get(id).is_some()) => {
            let removed = matches!(row.action, Action::Disable);
            Told::Done(if removed { Outcome::Removed } else { Outcome::Updated }, Vec::new())
        }
        _ => Told::Unknown,
    }
}
