//! Import jobs: many announced rows in one upload, where that is faster than single calls and loses nothing.
//!
//! The journal notes a job's name as soon as it is known, so after a crash the job is asked for its results. When the name
//! was lost the rows are unknown, not failed: the target is looked at until it stands still, what arrived is adopted, and
//! only the rest is handed in again.

mod ask;
mod follow;
mod hand_in;
mod item;
mod locked_out;
mod read_back;
mod settle;
mod submit;
mod way;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use idflow_sdk::{Bulk, Carried, Problem};

use super::{
    abandoned_jobs,
    applier::Applier,
    calls,
    session::{Session, Window},
};
use crate::store::StoreError;
use ask::ask;
use follow::follow;
use hand_in::jobs;
use item::{Item, RowStage};
use read_back::read_back;
use way::job;

pub(super) use way::way;

/// Carries a window of announced rows out.
pub(super) async fn carry_out(
    applier: &mut Applier<'_>,
    session: &Session<'_>,
    window: &[usize],
) -> Result<Window, StoreError> {
    let Some(bulk) = session.connection.bulk() else {
        return Ok(single(applier, session, window).await);
    };
    let Sorted { mut items, mut alone, known } = sort(applier, session, bulk, window);
    let lost = items.iter().filter(|item| item.noted && item.maybe_done).count();
    if lost > 0 {
        abandoned_jobs::note(applier, session, None, lost)?;
    }
    // What was handed in before a restart is asked for first.
    for (job, indexes) in known {
        ask(applier, session, &mut items, &indexes, &job, Duration::ZERO).await?;
    }
    let broken = by_group(applier, session, &mut items).await?;
    alone.extend(items.iter().filter(|item| matches!(item.state, RowStage::Alone)).map(|item| item.at));
    read_back(applier, session, &mut items).await;
    // What a job cannot carry follows, and what cannot go by a job goes alone.
    let mut answers = follow(applier, session, items, window.len()).await;
    if broken.is_some() {
        return Ok(Window { answers, broken, untouched: Vec::new() });
    }
    let mut done = single(applier, session, &alone).await;
    // The journal may say that a job has them.
    done.untouched.clear();
    answers.append(&mut done.answers);
    Ok(Window { answers, ..done })
}

/// The rows of a window by how they go.
#[derive(Default)]
struct Sorted {
    /// Those that a job can carry.
    items: Vec<Item>,
    /// Those that it cannot.
    alone: Vec<usize>,
    /// Jobs that were handed in before a restart, with the places of their items.
    known: BTreeMap<Arc<str>, Vec<usize>>,
}

fn sort(applier: &mut Applier<'_>, session: &Session<'_>, bulk: &dyn Bulk, window: &[usize]) -> Sorted {
    let Sorted { mut items, mut alone, mut known } = Sorted::default();
    for at in window {
        let (record, left_out) = applier.ledger.record(*at);
        let fields = match bulk.carries(session.writing.uses.action, &record) {
            Carried::Whole => Vec::new(),
            Carried::Without(fields) => fields,
            Carried::Nothing => {
                alone.push(*at);
                continue;
            }
        };
        let group = bulk.group(session.writing.uses.action, &record);
        let job = applier.jobs.remove(at);
        let noted = job.is_some();
        let job = job.filter(|name| !name.is_empty());
        let state = match (&job, applier.ledger.is_announced(*at)) {
            (Some(_), _) => RowStage::In,
            (None, true) => RowStage::Unknown,
            _ => RowStage::Open,
        };
        if let Some(job) = job {
            known.entry(job).or_default().push(items.len());
        }
        let mut record = record;
        let rest = fields.into_iter().filter_map(|id| Some((id, record.take(id)?))).collect();
        let maybe_done = matches!(state, RowStage::Unknown);
        items.push(Item { at: *at, group, record, left_out, rest, state, maybe_done, noted, seen: None });
    }
    Sorted { items, alone, known }
}

/// Hands in the items of each group, or leaves them to single calls where those are faster. Gives why no more can be written.
async fn by_group(
    applier: &mut Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
) -> Result<Option<Problem>, StoreError> {
    let mut groups: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| !matches!(item.state, RowStage::Over(_))) {
        groups.entry(item.group).or_default().push(index);
    }
    let mut broken = None;
    for indexes in groups.into_values() {
        let followed = indexes.iter().filter(|index| !items[**index].rest.is_empty()).count();
        let certain =
            indexes.iter().all(|index| matches!(items[*index].state, RowStage::Open) && !items[*index].maybe_done);
        if certain && job(&*session.connection, session.writing.uses.action, indexes.len(), followed).is_none() {
            for index in indexes {
                items[index].state = RowStage::Alone;
            }
        } else if broken.is_none() {
            broken = jobs(applier, session, items, &indexes).await?;
        }
    }
    Ok(broken)
}

async fn single(applier: &Applier<'_>, session: &Session<'_>, window: &[usize]) -> Window {
    calls::carry_out(applier.core, applier.progress, &applier.context, session, &applier.ledger, window).await
}
