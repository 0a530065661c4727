//! The engine: accepts runs, plans them, holds or carries them out, survives being killed.
//!
//! [`Engine`] is the handle. Each run that is not at rest is driven by one task, the only writer of that run; runs of one
//! concurrency group take turns. What a run does is decided elsewhere, in pure code: [`crate::reconcile`] makes the plan,
//! [`gate`] says whether it may go on, [`retry`] whether a call is repeated. Here it is carried out: [`plan`] reads,
//! [`apply`] and `perform` write, [`drive`] leads from one state to the next and puts each on disk.
//!
//! Deliberately absent: which connectors exist (they come through [`Connect`]), the clock of the machine, HTTP.

mod abandoned_jobs;
mod accept;
mod applier;
pub mod apply;
mod at_work;
mod begin;
pub mod blocking;
mod calls;
mod child_run;
pub mod clock;
mod clock_doubt;
mod connect;
pub mod counted_in;
mod decide;
mod disabling;
pub mod disk_space;
pub mod drive;
mod event_reads;
mod extent;
mod flight;
mod followers;
pub mod gate;
mod group_queue;
mod guard;
pub mod hold;
mod housekeeping;
mod import_jobs;
mod keep;
mod lease;
mod ledger;
mod look;
mod loop_items;
mod message_steps;
pub mod messages;
mod names;
mod not_made;
pub mod outcomes;
mod owned;
mod pair;
mod perform;
pub mod permits;
pub mod plan;
mod process;
pub mod progress;
mod put_off;
mod quarantine;
mod remember;
pub mod removals;
mod replay;
mod rests;
pub mod retry;
mod scope;
mod session;
mod stale_references;
mod submit;
mod unconfirmed;
pub mod verdict;
mod verify;
pub mod wanted_work;
mod writer;
mod written_so_far;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    model::{
        id::{RunId, Tenant},
        run::{Ask, Asked, Run, Status},
    },
    store::{Batch, Store, StoreError, format, keys, runs, tenants},
    workflow::compiled::Workflow,
};
use clock::Clock;
use progress::Progress;

pub use accept::{Refused, Request};
pub use connect::{Connect, Tenants, Words};
pub use process::{Core, Node, Process};

/// Who ends the runs that were under way when a backup was made.
const RESTORED_BY: &str = "restore";

/// The handle on the runs of one tenant; [`Engine::of`] gives that of another one. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    core: Arc<Core>,
    all: Arc<All>,
}

/// The tenants whose runs this process has looked at.
struct All {
    process: Arc<Process>,
    connect: Arc<dyn Tenants>,
    cores: Mutex<HashMap<Tenant, Arc<Core>>>,
}

impl All {
    fn core(&self, tenant: &Tenant) -> Arc<Core> {
        let mut cores = self.cores.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Core::new(self.process.clone(), tenant.clone(), self.connect.of(tenant)));
        cores.entry(tenant.clone()).or_insert_with(new).clone()
    }

    fn cores(&self) -> Vec<Arc<Core>> {
        self.cores.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

impl Engine {
    /// An engine over a store, for all its tenants; the handle is on the runs of this one.
    #[must_use]
    pub fn new(store: Store, tenant: &Tenant, clock: Arc<dyn Clock>, connect: Arc<dyn Tenants>, node: Node) -> Self {
        let process = Arc::new(Process::new(store, clock, node, begin::begin));
        let all = Arc::new(All { process, connect, cores: Mutex::default() });
        Self { core: all.core(tenant), all }
    }

    /// The handle on the runs of a tenant. Whether there is such a tenant is for whoever asks.
    #[must_use]
    pub fn of(&self, tenant: &Tenant) -> Self {
        Self { core: self.all.core(tenant), all: self.all.clone() }
    }

    /// What the engine works with.
    #[must_use]
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Refuses new runs while there is less room than this. The first call counts.
    pub fn guard(&self, room: disk_space::Room) {
        let _ = self.core.room.set(room);
    }

    /// How much room there is, if somebody looks.
    #[must_use]
    pub fn room(&self) -> Option<disk_space::Look> {
        self.core.room.get().map(disk_space::Room::look)
    }

    /// What a run is doing right now, if it is being worked on.
    #[must_use]
    pub fn progress(&self, run: RunId) -> Option<progress::Snapshot> {
        let mut look = self.core.live().get(&run).map(|progress| progress.look())?;
        if let Some(waiting) = look.waiting.as_mut().filter(|waiting| waiting.why == progress::FREE_PLACE) {
            waiting.at_work = Some(self.core.permits.at_work(&self.core.tenant));
        }
        Some(look)
    }

    /// What templates and conditions of a workflow can read in this run.
    pub async fn scope_of(&self, run: &Run, workflow: &Workflow) -> Result<crate::workflow::scope::Scope, StoreError> {
        scope::scope(&self.core, run, workflow).await
    }

    /// The runs of this tenant that this process works on right now, each with its counters.
    #[must_use]
    pub fn progress_of_all(&self) -> Vec<(RunId, progress::Snapshot)> {
        let live: Vec<RunId> = self.core.live().keys().copied().collect();
        live.into_iter().filter_map(|run| Some((run, self.progress(run)?))).collect()
    }

    /// The runs that this process works on right now, of all tenants.
    #[must_use]
    pub fn at_work(&self) -> Vec<RunId> {
        self.all.cores().iter().flat_map(|core| core.live().keys().copied().collect::<Vec<_>>()).collect()
    }

    /// Goes on with every run that a stopped process left behind, of all tenants.
    pub async fn recover(&self) -> Result<Vec<RunId>, StoreError> {
        self.core.trusts_clock().await?;
        let store = &*self.core.store;
        let unread = |id: RunId, error: &StoreError| {
            // The others are not to blame.
            tracing::error!(run = %id, %error, "a run cannot be read and does not go on");
        };
        for tenant in tenants::with(store, keys::OPEN_RUN).await? {
            for (id, error) in runs::index_open(store, &tenant).await? {
                unread(id, &error);
            }
        }
        let mut open = Vec::new();
        for tenant in tenants::with(store, keys::RUN_AT_WORK).await? {
            let core = self.all.core(&tenant);
            let found = runs::at_work(store, &tenant, None).await?;
            for (entry, run) in found.iter().zip(runs::headers(store, &tenant, &found).await?) {
                match run {
                    Ok(run) => open.extend(run.map(|run| (core.clone(), run.value))),
                    Err(error) => unread(entry.run, &error),
                }
            }
        }
        open.retain(|(_, run)| !run.is_at_rest());
        // Whoever was writing goes on first: the plans of the others do not know what it still has to write.
        open.sort_by_key(|(_, run)| (run.status != Status::Applying, run.run));
        let ids = open.iter().map(|(_, run)| run.run).collect();
        if store.get(&format::restored_key()).await?.is_some() {
            self.end_what_was_restored(&open).await?;
        }
        open.into_iter().for_each(|(core, run)| core.start(run));
        Ok(ids)
    }

    /// Ends the runs that were under way when a backup was made: others have written since, so their plans are of no use. What
    /// they had announced is looked up, nothing more is written; the next run compares first, as every run does.
    async fn end_what_was_restored(&self, open: &[(Arc<Core>, Run)]) -> Result<(), StoreError> {
        for (core, run) in open {
            tracing::warn!(run = %run.run, "it was under way when the backup was made, and is cancelled");
            core.ask(run.run, Asked { ask: Ask::Cancel, by: RESTORED_BY.into() }).await?;
        }
        // Nobody is to approve a plan of that time either.
        let store = &*self.core.store;
        for tenant in tenants::with(store, keys::OPEN_RUN).await? {
            for run in runs::open(store, &tenant).await?.iter().filter(|run| run.is_at_rest()) {
                if let Err(refused) = self.of(&tenant).cancel(run.run, RESTORED_BY).await {
                    tracing::warn!(run = %run.run, ?refused, "it rested when the backup was made, and stays as it was");
                }
            }
        }
        self.core.store.commit(Batch { deletes: vec![format::restored_key()], ..Batch::default() }).await
    }

    /// Lets go of every run before this process ends: what is in flight is waited for, at most so long, and written down;
    /// what was only announced is taken back. The runs go on with the next start.
    pub async fn leave(&self, most: std::time::Duration) {
        self.all.process.leaving.send_replace(true);
        let live = |core: &Arc<Core>| core.live().values().cloned().collect::<Vec<_>>();
        let all: Vec<Arc<Progress>> = self.all.cores().iter().flat_map(live).collect();
        all.iter().for_each(|progress| progress.leave());
        let ended = async {
            for progress in &all {
                progress.ended().await;
            }
        };
        if tokio::time::timeout(most, ended).await.is_err() {
            tracing::warn!("a run was still at work; what it announced is looked up when it goes on");
        }
    }

    /// Waits until nobody works on the run: it is over, or held.
    pub async fn wait(&self, run: RunId) -> Result<Option<Run>, StoreError> {
        loop {
            let Some(progress) = self.core.live().get(&run).cloned() else { break };
            progress.ended().await;
        }
        runs::get(&*self.core.store, &self.core.tenant, run).await
    }
}
