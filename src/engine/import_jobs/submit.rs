//! What becomes of rows that are handed in: which does a job have, and what follows where none was taken?

use std::borrow::Cow;

use idflow_sdk::{Bulk, Call, Error, ErrorKind, ObjectCall, Record, Submitted};

use super::item::{Item, RowStage};
use crate::{
    engine::{abandoned_jobs, applier::Applier, retry, session::Session},
    model::{change::RowIndex, event::Event},
    store::StoreError,
};

/// How often the end of another job is waited for.
const MOST_WAITS: u32 = 1000;

/// What was tried so far for these items.
pub(super) struct Tries {
    /// The next try to hand one in; waiting for another job is none.
    pub attempt: u32,
    pub handed_in: u32,
    pub waited: u32,
}

/// Writes down which items are about to be handed in: a crash from here on leaves rows behind of which nobody knows whether a
/// job has them.
pub(super) async fn announce(applier: &mut Applier<'_>, items: &mut [Item], open: &[usize]) -> Result<(), StoreError> {
    if open.iter().any(|index| !items[*index].noted) {
        let rows = open.iter().map(|index| row_index(items[*index].at)).collect();
        applier.log.commit_with(Event::Job { job: String::new(), rows }).await?;
        open.iter().for_each(|index| items[*index].noted = true);
    }
    Ok(())
}

pub(super) async fn submit(
    applier: &Applier<'_>,
    session: &Session<'_>,
    bulk: &dyn Bulk,
    items: &[Item],
    open: &[usize],
) -> Result<Submitted, Error> {
    let records: Vec<Cow<'_, Record>> = open.iter().map(|index| items[*index].whole()).collect();
    let objects = open
        .iter()
        .zip(&records)
        .map(|(index, record)| ObjectCall { key: &applier.ledger.row(items[*index].at).target, record })
        .collect();
    let call = Call { action: session.writing.uses.action, params: &session.params, objects };
    bulk.submit(&applier.log.context(), call).await
}

/// A job was handed in, unless nothing was left for it: which items it has, and its name.
pub(super) async fn taken(
    applier: &mut Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    open: &[usize],
    submitted: Submitted,
) -> Result<Option<String>, StoreError> {
    let mut inside = vec![true; open.len()];
    for (index, error) in submitted.refused {
        if let Some(mark) = inside.get_mut(index) {
            *mark = false;
            let item = &mut items[open[index]];
            // An earlier job has made it.
            let made = item.maybe_done && error.kind == ErrorKind::Conflict;
            item.state = if made { RowStage::Unknown } else { RowStage::Over(Err(error)) };
        }
    }
    let Some(name) = submitted.job else { return Ok(None) };
    let mut rows: Vec<RowIndex> = Vec::new();
    for (index, _) in open.iter().zip(inside).filter(|(_, inside)| *inside) {
        items[*index].state = RowStage::In;
        rows.push(row_index(items[*index].at));
    }
    tracing::info!(job = name, rows = rows.len(), "an import job was handed in");
    // One job at a time is taken: whatever was at work before is over.
    abandoned_jobs::over(applier, session);
    applier.log.commit_with(Event::Job { job: name.clone(), rows }).await?;
    Ok(Some(name))
}

/// Nothing was handed in. Another job at work is worth a long wait, and no failed attempt.
pub(super) async fn not_taken(
    applier: &Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    open: &[usize],
    error: &Error,
    tries: &mut Tries,
) {
    let core = applier.core;
    let later = matches!(error.kind, ErrorKind::RateLimited(_));
    if later {
        tries.waited += 1;
        tries.handed_in -= 1;
    } else {
        tries.attempt += 1;
    }
    let attempt = if later { 1 } else { tries.attempt };
    match retry::wait(&session.writing.uses.retry, error, attempt, core.random()) {
        Some(span) if tries.waited < MOST_WAITS => {
            applier.context.meter.retry();
            let why = if later { "import_job" } else { "retry" };
            applier.progress.wait(&*core.clock, why, span).await;
        }
        _ => {
            // Jobs do not work here at present. Nobody fails for that: those of whom it is certain that no
            // job has them go one by one.
            tracing::warn!(code = %error.problem.code, "no import job is taken; the objects go one by one");
            for index in open {
                let item = &mut items[*index];
                item.state = if item.maybe_done { RowStage::Over(Err(error.clone())) } else { RowStage::Alone };
            }
        }
    }
    // The job at work may be the one whose answer was lost.
    for index in open {
        let item = &mut items[*index];
        if item.maybe_done && matches!(item.state, RowStage::Open) {
            item.state = RowStage::Unknown;
        }
    }
}

/// These go by calls of their own; what may have been done already is looked up first.
pub(super) fn alone(applier: &mut Applier<'_>, items: &mut [Item], indexes: &[usize]) {
    for index in indexes {
        let item = &mut items[*index];
        item.state = RowStage::Alone;
        if item.maybe_done {
            applier.ledger.announce(item.at);
        }
    }
}

fn row_index(at: usize) -> RowIndex {
    RowIndex::try_from(at).unwrap_or(RowIndex::MAX)
}
