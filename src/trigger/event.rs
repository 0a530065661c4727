//! Events of connections (`on.event`): what happens in a short time is one run, not one for each.
//!
//! Events stand in the store before anything starts from them (`src/store/events.rs`), so none is lost by a crash, and they are
//! taken out in the commit that accepts the run, so none starts two. The directory notes its own events with the change
//! itself. A system that sends events hands them to [`accept`], and is answered when that returns.
//!
//! A run is told of every event since the last one: it begins when `collect` has passed since the first (3 s by default), and
//! while one waits for its turn the next are gathered.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use idflow_sdk::Problem;

use crate::{
    engine::{Engine, Refused, Request},
    model::{
        id::Tenant,
        run::Status,
        trigger::{Burst, ConnectionEvent, Trigger, TriggerKind},
    },
    store::{Batch, StoreError, catalogue, catalogue::WorkflowState, events, keys, runs, tenants},
};

/// How often is looked for events, and how often at least in case a hint was lost.
const LOOK: Duration = Duration::from_millis(250);
const ASK: Duration = Duration::from_secs(1);
/// How often ids of old events are forgotten.
const FORGET_MS: i64 = 3600 * 1000;

/// Gathers events for all tenants.
pub struct Gatherer {
    engine: Engine,
    /// When events of a workflow were seen first that are not told yet.
    since: HashMap<(Tenant, String), i64>,
    /// The workflows that this process has started by events: before the first run, nobody may have listened.
    started: HashSet<(Tenant, String)>,
    forgotten: i64,
}

/// Notes an event that a system has sent; `name` is the system's own name of it. When this returns it may be acknowledged: it
/// stands in the store. Gives whether it was new.
///
/// # Errors
/// Those of the store: then it must not be acknowledged, and comes again.
pub async fn accept(engine: &Engine, name: &str, event: &ConnectionEvent, along: Batch) -> Result<bool, StoreError> {
    let core = engine.core();
    match events::accept(&*core.store, &core.tenant, name, event, along.clone()).await {
        // The same event on another node, or somebody began to listen: once more.
        Err(StoreError::Conflict) => events::accept(&*core.store, &core.tenant, name, event, along).await,
        done => done,
    }
}

impl Gatherer {
    /// For all tenants of this engine's store.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine, since: HashMap::new(), started: HashSet::new(), forgotten: i64::MIN }
    }

    /// Starts what is due until the task is dropped.
    pub async fn watch(mut self) {
        let mut changes = self.engine.core().store.changes();
        let mut asked: Option<tokio::time::Instant> = None;
        loop {
            let hint = changes.has_changed().unwrap_or(false);
            if hint || !self.since.is_empty() || asked.is_none_or(|asked| asked.elapsed() >= ASK) {
                changes.mark_unchanged();
                asked = Some(tokio::time::Instant::now());
                if let Err(error) = self.look().await {
                    tracing::warn!(%error, "events could not be looked at; trying again");
                }
            }
            self.engine.core().clock.sleep(LOOK).await;
            tokio::task::yield_now().await;
        }
    }

    /// Starts the runs whose events have been gathered.
    pub async fn look(&mut self) -> Result<(), StoreError> {
        let engine = self.engine.clone();
        let now = engine.core().clock.now_ms();
        let forgets = !(0..FORGET_MS).contains(&now.saturating_sub(self.forgotten));
        let mut seen = HashMap::new();
        for tenant in tenants::with(&*engine.core().store, keys::EVENT).await? {
            let of = engine.of(&tenant);
            let core = of.core();
            if forgets {
                events::forget(&*core.store, &tenant, now).await?;
            }
            let gatherings = events::gatherings(&*core.store, &tenant).await?;
            for workflow in events::awaited(&*core.store, &tenant).await? {
                let gathering = gatherings.get(&workflow).copied().unwrap_or_default();
                let key = (tenant.clone(), workflow);
                // A clock that was put back begins anew.
                let since = self.since.get(&key).copied().filter(|since| *since <= now).unwrap_or(now);
                let ripe = now - since >= gathering.collect_ms;
                if ripe && start(&of, &key.1, gathering.most, !self.started.contains(&key)).await? {
                    self.started.insert(key);
                } else {
                    seen.insert(key, since);
                }
            }
        }
        if forgets {
            self.forgotten = now;
        }
        self.since = seen;
        Ok(())
    }
}

/// Starts the run of a workflow for which events wait; false when it is not time yet. `first`: the first one of this process.
async fn start(engine: &Engine, workflow: &str, most: usize, first: bool) -> Result<bool, StoreError> {
    let core = engine.core();
    let (store, tenant) = (&*core.store, &core.tenant);
    let head = catalogue::workflow(store, tenant, workflow).await?.map(|head| head.value);
    let events = match events::waiting(store, tenant, workflow, most).await {
        Ok(events) => events,
        Err(error @ StoreError::Corrupt(_)) => {
            // The others are not to blame.
            if core.said(&format!("events of {workflow}: {error}")) {
                tracing::warn!(workflow, %error, "the events of a workflow cannot be read; it is not started by them");
            }
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    let Some(mut burst) = Burst::of(&events) else { return Ok(true) };
    // Events of our own are stored with the change itself.
    let local = core.connect.connectors().iter().any(|spec| spec.local && spec.name == burst.connection);
    burst.missed |= first && !local;
    if burst.missed {
        let connection = &burst.connection;
        tracing::info!(workflow, connection, "events may have been missed: the next run of them reads everything");
    }
    let mut along = Batch::default();
    events::take(&mut along, tenant, workflow, &events)?;
    if head.is_none_or(|head| head.state != WorkflowState::Active) {
        // It was put to rest meanwhile: nobody listens any more.
        return match core.store.commit(along).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(true),
            Err(error) => Err(error),
        };
    }
    // A run that has not begun yet is the one that looks; what came since is told to the next.
    let newest = runs::list(store, tenant, Some(workflow), 1).await?;
    if newest.iter().any(|run| run.status == Status::Queued && run.trigger.kind == TriggerKind::Event) {
        return Ok(false);
    }
    let trigger = Trigger::new(TriggerKind::Event, burst.connection.clone(), core.clock.now_ms());
    let trigger = Trigger { body: burst.to_json(), ..trigger };
    let request = Request { along, ..Request::new(workflow, trigger) };
    let why: Problem = match engine.submit(request.clone()).await {
        Ok(run) => {
            tracing::info!(%run, workflow, events = events.len(), "events started a run");
            return Ok(true);
        }
        // Another node was faster.
        Err(Refused::Store(StoreError::Conflict)) => return Ok(true),
        Err(Refused::Store(error)) => return Err(error),
        // It starts when there is room again.
        Err(refused) if refused.passes() => {
            if core.said(&format!("events of {workflow}: {refused}")) {
                tracing::warn!(workflow, %refused, "events cannot start a run yet");
            }
            return Ok(false);
        }
        Err(refused) => refused.problem(),
    };
    tracing::warn!(workflow, code = %why.code, "events could not start a run");
    match engine.settle_refused(request, why).await {
        Ok(_) | Err(StoreError::Conflict) => Ok(true),
        Err(error) => Err(error),
    }
}
