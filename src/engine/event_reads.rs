//! What a run by events may keep to: what was told since everything was read last, if it is sure that nothing was missed.
//!
//! A part is enough only as long as every step since then went well: the last full read is of the same definition and not older
//! than [`FULL_AFTER`], the run before ended, and no event was lost on the way. Otherwise everything is read, which heals
//! whatever was missed.

use std::{collections::HashSet, sync::Arc};

use idflow_sdk::{Kind, Problem, Told};

use super::{Core, pair::pair_of};
use crate::{
    model::{
        change::Row,
        run::{Mode, Run, Status},
        trigger::{ConnectionEvent, TriggerKind},
    },
    store::{
        Batch, StoreError, catalogue,
        receivers::{self, Addressee, Heard, Sound},
        removals::{EntryPages, Found},
        renamed_keys, runs,
        runs::Baseline,
        tenants,
    },
    workflow::compiled::Workflow,
};

/// After so long everything is read again, in milliseconds: a night, and the time that a nightly run takes.
const FULL_AFTER: i64 = 26 * 3600 * 1000;
/// So many runs are looked at to find the one before.
const BACK: u64 = 50;

/// The events of a run.
#[derive(Debug, Clone)]
pub(super) struct Changes {
    /// The connection that told of them, by the name that links know it by.
    pub connection: String,
    /// What happened.
    pub told: Arc<[Told]>,
}

/// What a run may keep to, or why everything is read although it began by events.
pub(super) enum Keep {
    /// Everything, and there is nothing to say about it.
    All,
    /// Everything, because something may have been missed.
    AllBecause(Problem),
    /// What was told.
    Changes(Changes),
}

/// What this run may keep to. `baseline`: what is known of the last full read.
pub(super) async fn keep_to(
    core: &Core,
    workflow: &Workflow,
    run: &Run,
    baseline: &Baseline,
) -> Result<Keep, StoreError> {
    if run.trigger.kind != TriggerKind::Event || run.retry_of.is_some() {
        return Ok(Keep::All);
    }
    let events: Vec<ConnectionEvent> = match serde_json::from_value(run.trigger.body["events"].clone()) {
        Ok(events) => events,
        Err(_) => return Ok(Keep::All),
    };
    let Some(connection) = events.first().map(|event| event.connection.clone()) else { return Ok(Keep::All) };
    if core.connect.connectors().iter().any(|spec| spec.local && spec.name == connection) {
        return Ok(Keep::All);
    }
    if run.trigger.body["missed"] == true || events.iter().any(|event| event.missed) {
        return Ok(Keep::AllBecause(Problem::new("events_maybe_missed")));
    }
    // What was told while nobody listened, because the workflow or its tenant rested, is known to nobody; and nobody knows when
    // something was read by a clock that was ahead.
    let now = core.clock.now_ms();
    let rested = heard_since(core, run).await?.is_some_and(|since| baseline.read_at < since);
    if baseline.read_at > 0 && (rested || baseline.read_at > now) {
        return Ok(Keep::AllBecause(Problem::new("events_maybe_missed")));
    }
    let fresh = baseline.read_at > now.saturating_sub(FULL_AFTER);
    let known = baseline.read_at > 0 && baseline.content == run.content && fresh;
    let several = events.iter().any(|event| event.connection != connection);
    if !known || several || !went_well(core, run).await? {
        return Ok(Keep::All);
    }
    // Whose link moves is seen among all.
    if is_to_follow(core, workflow, &connection).await? {
        return Ok(Keep::All);
    }
    let told = events.into_iter().map(|event| Told {
        name: event.kind,
        object: event.object.map(|object| (object.kind, object.id)),
        details: event.details,
    });
    Ok(Keep::Changes(Changes { connection, told: told.collect() }))
}

/// Whether a link of the workflow is to follow a new key of which this connection told.
async fn is_to_follow(core: &Core, workflow: &Workflow, connection: &str) -> Result<bool, StoreError> {
    let mut looked = HashSet::new();
    for step in 0..workflow.steps.len() {
        for kind in Kind::ALL {
            let Some(pair) = pair_of(core, workflow, step, kind).filter(|pair| pair.source == connection) else {
                continue;
            };
            if looked.insert((pair.target.clone(), kind))
                && !renamed_keys::before(&*core.store, &pair).await?.is_empty()
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Since when the workflow of a run listens without a pause, in milliseconds since 1970.
async fn heard_since(core: &Core, run: &Run) -> Result<Option<i64>, StoreError> {
    let head = catalogue::workflow(&*core.store, &core.tenant, &run.workflow).await?;
    let tenant = tenants::get(&*core.store, &core.tenant).await?;
    Ok(head.and_then(|head| head.value.live_since).max(tenant.and_then(|tenant| tenant.restored)))
}

/// Whether events should have brought what this run finds: it looks at everything by itself, and its workflow listens to
/// another system.
pub(super) async fn should_know(core: &Core, workflow: &Workflow, run: &Run) -> Result<bool, StoreError> {
    let others = workflow.events.iter().filter_map(|event| workflow.connections.get(event.connection));
    let by_itself = matches!(run.trigger.kind, TriggerKind::Schedule | TriggerKind::Manual);
    let listens = by_itself && run.retry_of.is_none() && others.into_iter().any(|alias| !alias.connector.local);
    // What a run before this one was told and did not carry out, events had brought.
    Ok(listens && went_well(core, run).await?)
}

/// Notes beside the addresses of those systems that they had told nothing of this: whoever looks whether a receiver works sees
/// it there. That it cannot be noted hinders no run.
pub(super) async fn note_missed(core: &Core, workflow: &Workflow, problem: &Problem) {
    let heard = Heard { at: core.clock.now_ms(), why: Some(problem.clone()) };
    let mut batch = Batch::default();
    for alias in workflow.events.iter().filter_map(|event| workflow.connections.get(event.connection)) {
        let Some(receiver) = alias.connector.inbound.first() else { continue };
        let whose = Addressee { tenant: core.tenant.clone(), connection: alias.reference.clone() };
        if let Err(error) = receivers::note(&mut batch, &whose, receiver.name, Sound::Missed, &heard) {
            tracing::warn!(%error, "events that did not come cannot be noted");
        }
    }
    if !batch.is_empty()
        && let Err(error) = core.store.commit(batch).await
    {
        tracing::warn!(%error, "events that did not come cannot be noted");
    }
}

/// How many changes of a plan no event can have brought: not those removals that an earlier run has found, and that wait.
pub(super) async fn untold(core: &Core, workflow: &str, rows: &[Row]) -> Result<usize, StoreError> {
    let mut found: HashSet<(Kind, String, String)> = HashSet::new();
    if rows.iter().any(|row| row.removes && row.writes()) {
        let mut pages = EntryPages::new(&core.tenant, Some(workflow));
        while let Some(page) = pages.next(&*core.store).await? {
            let open = page.into_iter().map(|entry| entry.removal).filter(|removal| removal.found == Found::Open);
            found.extend(open.map(|removal| (removal.kind, removal.source, removal.target)));
        }
    }
    let known = |row: &Row| row.removes && found.contains(&(row.kind, row.source.to_string(), row.target.to_string()));
    Ok(rows.iter().filter(|row| row.writes() && !known(row)).count())
}

/// Whether the run before this one ended, and did what it was started for.
async fn went_well(core: &Core, run: &Run) -> Result<bool, StoreError> {
    for number in (run.no.saturating_sub(BACK).max(1)..run.no).rev() {
        let id = runs::by_number(&*core.store, &core.tenant, &run.workflow, number).await?;
        let before = match id {
            Some(id) => runs::get(&*core.store, &core.tenant, id).await?,
            None => None,
        };
        let Some(before) = before else { return Ok(false) };
        // Those see a plan only, or what another run left.
        let aside = matches!(before.trigger.kind, TriggerKind::Retry | TriggerKind::Removals | TriggerKind::Test);
        if before.mode == Mode::Plan || aside {
            continue;
        }
        let good = matches!(before.status, Status::Succeeded | Status::SucceededNoChange | Status::Partial);
        return Ok(good && before.ended.is_some());
    }
    Ok(false)
}
