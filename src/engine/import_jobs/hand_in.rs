//! How are rows handed in, job after job, until every one is over, or goes alone?

use idflow_sdk::{Error, ErrorKind, Problem};

use super::{
    ask::ask,
    item::{Item, RowStage},
    settle::settle,
    submit::{Tries, alone, announce, not_taken, submit, taken},
};
use crate::{
    engine::{abandoned_jobs, applier::Applier, retry::SOON, session::Session},
    store::StoreError,
};

/// How often a job is handed in at most.
const MOST_JOBS: u32 = 5;

/// Job after job, until every one of these items is over. Gives why nothing can be written.
pub(super) async fn jobs(
    applier: &mut Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    indexes: &[usize],
) -> Result<Option<Problem>, StoreError> {
    let Some(bulk) = session.connection.bulk() else { return Ok(None) };
    let mut tries = Tries { attempt: 1, handed_in: 0, waited: 0 };
    loop {
        if session.lost() {
            return Ok(None);
        }
        let stop = applier.progress.stop();
        let for_now = stop.as_ref().is_some_and(|stop| stop.is_for_now());
        if indexes.iter().any(|index| matches!(items[*index].state, RowStage::Unknown)) {
            if for_now {
                // They stay announced, and are looked for when the run goes on.
                return Ok(None);
            }
            look_for_unknown(applier, session, items, indexes).await;
            continue;
        }
        let mut open: Vec<usize> =
            indexes.iter().copied().filter(|index| matches!(items[*index].state, RowStage::Open)).collect();
        if open.is_empty() {
            return Ok(None);
        }
        // What has to be read back is made first, so that it can be read while the others are made.
        open.sort_by_key(|index| items[*index].rest.is_empty());
        if stop.is_some() {
            // They stay announced: cancelled ones end as not attempted, unless a job may have them; paused ones are
            // looked up later.
            if !for_now {
                let maybe_done: Vec<usize> = open.into_iter().filter(|index| items[*index].maybe_done).collect();
                end(items, &maybe_done, &Error::new(ErrorKind::Unknown, Problem::new("lost_answer")));
            }
            return Ok(None);
        }
        if bulk.most() == 0 {
            alone(applier, items, &open);
            continue;
        }
        announce(applier, items, &open).await?;
        tries.handed_in += 1;
        if tries.handed_in > MOST_JOBS {
            // Jobs leave these out; a call of its own says why.
            alone(applier, items, &open);
            continue;
        }
        match submit(applier, session, bulk, items, &open).await {
            Ok(submitted) => {
                tries.attempt = 1;
                if let Some(name) = taken(applier, session, items, &open, submitted).await? {
                    ask(applier, session, items, indexes, &name, SOON).await?;
                }
            }
            Err(error) if error.kind == ErrorKind::Unsupported => {
                tracing::info!(code = %error.problem.code, "import jobs are not taken; the objects go one by one");
                alone(applier, items, &open);
            }
            Err(error) if error.kind == ErrorKind::Configuration => {
                let problem = (*error.problem).clone();
                end(items, &open[..1], &error);
                return Ok(Some(problem));
            }
            Err(error) if error.kind == ErrorKind::Unknown => {
                for index in &open {
                    items[*index].state = RowStage::Unknown;
                    items[*index].maybe_done = true;
                }
                abandoned_jobs::note(applier, session, None, open.len())?;
                applier.context.meter.retry();
            }
            Err(error) => not_taken(applier, session, items, &open, &error, &mut tries).await,
        }
    }
}

/// Tells apart which of the unknown items are there.
async fn look_for_unknown(applier: &mut Applier<'_>, session: &Session<'_>, items: &mut [Item], indexes: &[usize]) {
    match settle(applier, session, items, indexes).await {
        // Whoever is to be changed is always there: that says nothing about the job.
        Ok(whole) if whole && session.writing.uses.action.effect.creates() => abandoned_jobs::over(applier, session),
        Ok(_) => {}
        Err(error) => {
            for index in indexes {
                if matches!(items[*index].state, RowStage::Unknown) {
                    items[*index].state = RowStage::Over(Err(error.clone()));
                }
            }
        }
    }
}

fn end(items: &mut [Item], indexes: &[usize], error: &Error) {
    for index in indexes {
        items[*index].state = RowStage::Over(Err(error.clone()));
    }
}
