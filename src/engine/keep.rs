//! What is left of a plan that was computed again: what was approved, or what went wrong before.

use std::collections::HashSet;

use idflow_sdk::Problem;

use super::{Core, outcomes::Outcomes, removals::NOT_APPROVED};
use crate::{
    model::{
        change::{Planned, Row, item_key},
        id::RunId,
        outcomes::{self, NOT_WELL},
    },
    reconcile::{hash::row_digests, safety},
    store::{StoreError, runs},
    workflow::compiled::Workflow,
};

/// Keeps a plan that was computed again to what was approved, change by change: kind, action, both keys, fields, what was
/// there and what is to be. A change that differs in any of them is one that nobody saw. If it takes access away it waits
/// for an approval of its own, and so does one that takes an object which was there for one of the source; others go along while
/// all of them together are within the limits. Gives how many wait.
pub(super) fn keep_to_approved(
    workflow: &Workflow,
    facts: &safety::Facts,
    rows: &mut [Row],
    approved: &[Row],
) -> usize {
    let seen = row_digests(workflow, approved);
    let seen: HashSet<[u8; 32]> = approved
        .iter()
        .zip(seen)
        .filter(|(row, _)| row.writes() || row.binds())
        .filter_map(|(_, digest)| digest)
        .collect();
    let now = row_digests(workflow, rows);
    let is_new =
        |at: &usize| (rows[*at].writes() || rows[*at].binds()) && now[*at].is_none_or(|digest| !seen.contains(&digest));
    let new: Vec<usize> = (0..rows.len()).filter(is_new).collect();
    let waits = |row: &Row| row.removes || row.takes();
    let additions: Vec<Row> = new.iter().map(|at| rows[*at].clone()).filter(|row| !waits(row)).collect();
    let within = safety::judge(&workflow.safety, facts, &additions).iter().all(|check| check.ok || check.source);
    let mut put_off = 0;
    for at in new {
        if waits(&rows[at]) || !within {
            rows[at].planned = Planned::Skipped(Problem::new(NOT_APPROVED).into());
            put_off += 1;
        }
    }
    put_off
}

/// Leaves in a plan what went wrong in another run, with what that waits for; nothing else is written.
pub(super) async fn keep_to_retried(
    core: &Core,
    rows: &mut [Row],
    other: RunId,
    only: &[u32],
) -> Result<(), StoreError> {
    let before = runs::get_plan(&*core.store, &core.tenant, other).await?;
    let done = Outcomes::read(&*core.store, &core.tenant, other, before.len()).await?;
    let mut wanted: HashSet<String> = HashSet::new();
    for (place, row) in before.iter().enumerate() {
        if !only.is_empty() && !only.iter().any(|one| *one as usize == place) {
            continue;
        }
        if NOT_WELL.contains(&outcomes::word(row, done.get(place).as_ref().map(|done| &done.outcome))) {
            wanted.insert(item_key(row.kind, &row.source));
        }
    }
    let mut keep: Vec<bool> = rows.iter().map(|row| wanted.contains(&item_key(row.kind, &row.source))).collect();
    // What a kept row waits for stands before it or after it: look until nothing more is found.
    let mut open: Vec<usize> = (0..rows.len()).filter(|at| keep[*at]).collect();
    while let Some(at) = open.pop() {
        let needs = rows[at].needs.iter().map(|need| need.row as usize).chain(rows[at].object.map(|row| row as usize));
        for other in needs.collect::<Vec<_>>() {
            if !std::mem::replace(&mut keep[other], true) {
                open.push(other);
            }
        }
    }
    for (row, keep) in rows.iter_mut().zip(keep) {
        if row.writes() && !keep {
            row.planned = Planned::Skipped(Problem::new("not_retried").into());
        }
    }
    Ok(())
}
