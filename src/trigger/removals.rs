//! A person decided about removals that waited: the workflow that wants them runs again.

use std::collections::BTreeSet;

use super::{manual::By, retry};
use crate::{
    engine::{Engine, Refused, Request},
    model::{
        id::RunId,
        run::Run,
        trigger::{Trigger, TriggerKind},
    },
    store::{StoreError, catalogue, catalogue::WorkflowState, runs, uploads},
};

/// Starts the workflow once for each list in which the removals were found: each uploaded file is one; any other source is read
/// once, as by the last run. Gives the runs, and why one was not started.
pub async fn start_each(
    engine: &Engine,
    workflow: &str,
    found_by: &BTreeSet<RunId>,
    by: By<'_>,
) -> (Vec<RunId>, Option<Refused>) {
    let (mut started, mut refused) = (Vec::new(), None);
    let lists = match lists(engine, found_by).await {
        Ok(lists) => lists,
        Err(error) => return (started, Some(error.into())),
    };
    for list in lists {
        match start(engine, workflow, list, by).await {
            Ok(run) => started.push(run),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    (started, refused)
}

/// The last run of each list, the oldest list first: what the newest one says stands in the end.
async fn lists(engine: &Engine, found_by: &BTreeSet<RunId>) -> Result<Vec<RunId>, StoreError> {
    let core = engine.core();
    let (mut lists, mut read, mut elsewhere) = (Vec::new(), Vec::new(), false);
    for id in found_by.iter().rev() {
        let found = runs::get(&*core.store, &core.tenant, *id).await?;
        let upload = found.filter(uploads::read_by).map(|run| run.inputs);
        let is_new = match &upload {
            Some(inputs) => !read.contains(inputs),
            None => !std::mem::replace(&mut elsewhere, true),
        };
        if is_new {
            lists.push(*id);
        }
        read.extend(upload);
    }
    lists.reverse();
    Ok(lists)
}

/// A run for approved removals is due when it begins: a list that is named by the day is that of today, and nobody is judged by an
/// older one.
fn as_of_today(trigger: Trigger) -> Trigger {
    Trigger { due: None, ..trigger }
}

/// Starts the workflow as the run was started that found the removals.
async fn start(engine: &Engine, workflow: &str, found_by: RunId, by: By<'_>) -> Result<RunId, Refused> {
    let core = engine.core();
    let found = runs::get(&*core.store, &core.tenant, found_by).await?;
    let version = own_version(found.as_ref());
    if version.is_some() {
        needs_active(engine, workflow).await?;
    }
    let fenced = match &found {
        Some(found) => retry::fenced(found, by, version.is_none()),
        None => Some(by.fenced),
    };
    let (kind, now) = (TriggerKind::Removals, core.clock.now_ms());
    let trigger = match &found {
        Some(run) => as_of_today(Trigger::again(kind, by.actor, now, (found_by, &run.trigger))),
        None => Trigger { parent: Some(found_by), ..Trigger::new(kind, by.actor, now) },
    };
    let inputs = found.and_then(|run| run.inputs.as_object().cloned()).unwrap_or_default();
    engine.submit(Request { inputs, fenced, version, ..Request::new(workflow, trigger) }).await
}

/// The version by which the removals that a run found are carried out; `None` where there is no such workflow.
///
/// # Errors
/// Those of the store.
pub async fn version(engine: &Engine, workflow: &str, found: Option<&Run>) -> Result<Option<u64>, StoreError> {
    if let Some(version) = own_version(found) {
        return Ok(Some(version));
    }
    let core = engine.core();
    let head = catalogue::workflow(&*core.store, &core.tenant, workflow).await?;
    Ok(head.map(|head| head.value.active.unwrap_or(head.value.latest)))
}

/// The version of a run that read an upload: its rows are read again by the mapping by which they were written, also where
/// another file was planned since, which made that one's mapping the active one.
fn own_version(found: Option<&Run>) -> Option<u64> {
    found.filter(|run| uploads::read_by(run)).map(|run| run.version)
}

/// Refuses a workflow that is not active: one that is named by its version is not asked when it is accepted.
async fn needs_active(engine: &Engine, workflow: &str) -> Result<(), Refused> {
    let core = engine.core();
    match catalogue::workflow(&*core.store, &core.tenant, workflow).await? {
        None => Err(Refused::NoWorkflow(workflow.into())),
        Some(head) if head.value.state != WorkflowState::Active => Err(Refused::NotActive(workflow.into())),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_due_is_not_due_again() {
        let first = Trigger { due: Some(1), body: "x".into(), ..Trigger::new(TriggerKind::Schedule, "somebody", 2) };
        let again = as_of_today(Trigger::again(TriggerKind::Removals, "somebody", 3, (RunId::new(1), &first)));
        assert_eq!((again.due, again.body), (None, first.body), "the list of today, with what came along");
    }
}
