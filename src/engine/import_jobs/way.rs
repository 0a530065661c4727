//! Is a job faster than single calls for these rows, and what does either cost?

use std::collections::HashMap;

use idflow_sdk::{ActionSpec, Carried, Connection, Estimate};

use crate::model::cells::Cells;

/// How these records are written soonest, what that costs, and whether jobs are part of it.
pub(in crate::engine) fn way<'r>(
    connection: &dyn Connection,
    action: &ActionSpec,
    records: impl Iterator<Item = &'r Cells>,
) -> (Estimate, bool) {
    let mut alone = 0;
    let mut groups: HashMap<u64, (usize, usize)> = HashMap::new();
    for cells in records {
        let Some(bulk) = connection.bulk() else {
            alone += 1;
            continue;
        };
        let record = cells.record();
        match (bulk.carries(action, &record), bulk.group(action, &record)) {
            (Carried::Nothing, _) => alone += 1,
            (carried, group) => {
                let (rows, followed) = groups.entry(group).or_default();
                *rows += 1;
                *followed += usize::from(matches!(carried, Carried::Without(_)));
            }
        }
    }
    let mut estimate = Estimate::default();
    let mut any = false;
    for (rows, followed) in groups.into_values() {
        match job(connection, action, rows, followed) {
            Some(cost) => {
                any = true;
                estimate = estimate.and(cost);
            }
            None => alone += rows,
        }
    }
    if alone > 0 {
        estimate = estimate.and(connection.estimate(action, alone));
    }
    (estimate, any)
}

/// What a job of so many rows costs, with the calls that follow it; `None` when single calls are faster.
pub(super) fn job(connection: &dyn Connection, action: &ActionSpec, rows: usize, followed: usize) -> Option<Estimate> {
    let bulk = connection.bulk()?;
    let mut cost = bulk.estimate(action, rows)?;
    if followed > 0 {
        cost = cost.and(connection.estimate(update_of(connection, action)?, followed));
    }
    (bulk.preferred() || cost.time < connection.estimate(action, rows).time).then_some(cost)
}

/// The action that changes objects of the same kind.
fn update_of(connection: &dyn Connection, action: &ActionSpec) -> Option<&'static ActionSpec> {
    let actions = connection.spec().actions.iter().copied();
    actions.into_iter().find(|other| other.kind == action.kind && other.effect.updates())
}
