//! Sick connections: a connection that stops runs rests for a while, longer each time, and says so. Runs that a person
//! starts are always tried; when one of them gets through, the connection is well again.

use idflow_sdk::Problem;

use super::Core;
use crate::{
    model::run::Run,
    store::{Batch, StoreError, failing_connections, failing_connections::Sick},
    workflow::compiled::Workflow,
};

/// The first rest, and the longest.
const SHORTEST_MS: i64 = 60 * 1000;
const LONGEST_MS: i64 = 6 * 3600 * 1000;

/// How long a connection rests after so many failures in a row.
fn rest_ms(failures: u32) -> i64 {
    (SHORTEST_MS << failures.saturating_sub(1).min(20)).min(LONGEST_MS)
}

fn names(workflow: &Workflow) -> Vec<&str> {
    let outside = workflow.connections.iter().filter(|alias| !alias.connector.local);
    outside.map(|alias| alias.reference.as_str()).collect()
}

/// What is known of the connections of a workflow.
pub(super) async fn look(core: &Core, workflow: &Workflow) -> Result<Vec<Sick>, StoreError> {
    failing_connections::of(&*core.store, &core.tenant, &names(workflow)).await
}

/// Why a run must not begin now: the rest of a connection, and the first cause of it.
pub(super) fn rests(core: &Core, run: &Run, sick: &[Sick]) -> Option<Vec<Problem>> {
    let by_itself = run.trigger.kind.is_by_itself();
    let now = core.clock.now_ms();
    // What was noted by a clock that was ahead is no reason to rest for longer than anything rests.
    let rests = |sick: &&Sick| now < sick.until && sick.until - now <= LONGEST_MS;
    let sick = sick.iter().filter(|_| by_itself).find(rests)?;
    let until = chrono::DateTime::from_timestamp_millis(sick.until).map(|time| time.to_rfc3339()).unwrap_or_default();
    let rests = Problem::new("connection_rests").arg("name", sick.connection.clone()).arg("until", until);
    Some(vec![rests, sick.problem.clone()])
}

/// Notes in `batch` what a step's failure says about its connection.
pub(super) fn failed(
    core: &Core,
    workflow: &Workflow,
    step: &str,
    problem: &Problem,
    before: &[Sick],
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let found = workflow.steps.iter().find(|known| known.id == step).and_then(|step| step.uses());
    let Some(alias) = found.map(|uses| workflow.alias_of(uses)) else { return Ok(()) };
    // What is not there, or is something else, has nothing to rest from.
    let absent = matches!(&*problem.code, "connection_unknown" | "connection_other_type");
    if alias.connector.local || absent || !core.connect.is_sickness(problem) {
        return Ok(());
    }
    let now = core.clock.now_ms();
    let before = before.iter().find(|sick| sick.connection == alias.reference);
    let failures = before.map_or(0, |sick| sick.failures) + 1;
    let sick = Sick {
        connection: alias.reference.clone(),
        failures,
        since: before.map_or(now, |sick| sick.since),
        until: now.saturating_add(rest_ms(failures)),
        problem: before.map_or_else(|| problem.clone(), |sick| sick.problem.clone()),
    };
    tracing::warn!(connection = sick.connection, failures, code = %sick.problem.code, "a connection rests for a while");
    failing_connections::put(batch, &core.tenant, &sick)
}

/// Notes in `batch` that all connections of a workflow answered.
pub(super) fn well(core: &Core, sick: &[Sick], batch: &mut Batch) {
    for sick in sick {
        tracing::info!(connection = sick.connection, "a connection works again");
        failing_connections::clear(batch, &core.tenant, &sick.connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_to_a_limit() {
        let minutes: Vec<i64> = [1, 2, 3, 9, 10, 40].into_iter().map(|failures| rest_ms(failures) / 60_000).collect();
        assert_eq!(minutes, [1, 2, 4, 256, 360, 360]);
    }
}
