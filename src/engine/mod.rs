//! The engine: accepts runs, plans them, holds or carries them out, survives being killed.
//!
//! [`Engine`] is the handle. Each run that is not at rest is driven by one task, the only writer of that run; runs of one
//! concurrency group take turns. What a run does is decided elsewhere, in pure code: [`crate::reconcile`] makes the plan,
//! [`gate`] says whether it may go on, [`retry`] whether a call is repeated. Here it is carried out: [`plan`] reads,
//! [`apply`] and `perform` write, [`drive`] leads from one state to the next and puts each on disk.
//!
//! Deliberately absent: which connectors exist (they come through [`Connect`]), the clock of the machine, HTTP.

pub mod apply;
pub mod aside;
mod bulk;
mod call;
mod calm;
pub mod clock;
mod doubt;
pub mod drive;
mod extent;
pub mod gate;
pub mod hold;
mod items;
mod lease;
mod left;
pub mod messages;
mod names;
mod owned;
mod past;
mod perform;
pub mod permits;
mod place;
pub mod plan;
pub mod progress;
mod quarantine;
pub mod removals;
pub mod retry;
pub mod room;
mod send;
mod stumble;
pub mod submit;
mod tend;
mod unknown;
pub mod verdict;
mod verify;
mod writer;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use idflow_sdk::{Connection, ConnectorSpec, Problem};
use tracing::Instrument;

use crate::{
    model::{
        id::{RunId, Tenant, new_ulid},
        run::{Asked, Run, Status},
    },
    store::{Store, StoreError, keys, runs, tenants},
    workflow::{compiled::Workflow, signature::Signature},
};
use clock::Clock;
use progress::Progress;

pub use submit::{Refused, Request};

/// Where open connections come from.
#[async_trait]
pub trait Connect: Send + Sync {
    /// The connection of this name, which must be of this connector.
    async fn open(&self, name: &str, connector: &str) -> Result<Arc<dyn Connection>, Problem>;

    /// The name that links know the connection by.
    fn link_name(&self, name: &str, connector: &str) -> String;

    /// The system that it leads to: two connections of one company have the same.
    ///
    /// # Errors
    /// Those of the store: a company whose id cannot be read is not one without an id.
    async fn system(&self, name: &str, connector: &str) -> Result<String, StoreError>;

    /// Its settings without secrets, for templates.
    ///
    /// # Errors
    /// Those of the store.
    async fn settings(&self, name: &str, connector: &str) -> Result<serde_json::Value, StoreError>;

    /// Compiles a stored workflow; the same text is compiled once.
    fn compile(&self, text: &str) -> Result<Arc<Workflow>, String>;

    /// What is known of versions of workflows without compiling them, in the order asked; `None` where there is no such
    /// version.
    async fn signatures(&self, versions: &[(&str, u64)]) -> Result<Vec<Option<Arc<Signature>>>, StoreError>;

    /// The workflow with this content hash, if it was compiled lately.
    fn compiled(&self, content: &str) -> Option<Arc<Workflow>>;

    /// A problem in words, for messages to people.
    fn words(&self, problem: &Problem) -> Words;

    /// Whether the problem is one of the connection itself: its rights, its secret, or that nobody answers.
    fn is_sickness(&self, problem: &Problem) -> bool;

    /// A state in words, for messages to people.
    fn status_text(&self, status: Status) -> String;

    /// The connectors.
    fn connectors(&self) -> &'static [&'static ConnectorSpec];
}

/// Where the open connections of each tenant come from.
pub trait Tenants: Send + Sync {
    /// Those of this tenant.
    fn of(&self, tenant: &Tenant) -> Arc<dyn Connect>;
}

/// A problem in words.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Its code.
    pub code: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

/// The log of what begins and ends.
const RUNS: &str = "idflow::runs";

/// What the runs of all tenants share.
pub struct Process {
    /// Where everything is kept.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How many runs may be at work at once.
    permits: permits::Permits,
    seed: std::sync::atomic::AtomicU64,
    /// A random id of this process, for people who look at leases.
    node: String,
    /// Whether other processes work on the same store.
    shared: bool,
    /// Whether new runs can be written down; without it nobody looks.
    room: std::sync::OnceLock<room::Room>,
    /// The times that were seen last, and what of them is on disk.
    seen: Mutex<Option<crate::store::times::Seen>>,
    noted: Mutex<Option<crate::store::times::Seen>>,
    /// Whether this process ends.
    leaving: tokio::sync::watch::Sender<bool>,
}

/// What every part of the engine works with: the runs of one tenant, and what all tenants share.
pub struct Core {
    process: Arc<Process>,
    /// Whose runs these are.
    pub tenant: Tenant,
    /// Connections.
    pub connect: Arc<dyn Connect>,
    live: Mutex<HashMap<RunId, Arc<Progress>>>,
    groups: Mutex<HashMap<String, Group>>,
    /// The last number of each workflow's runs.
    numbers: Mutex<HashMap<String, u64>>,
    /// What was told in the log and still stands.
    said: Mutex<std::collections::BTreeSet<String>>,
    /// Until when runs rest that could not be carried on, and how often that was so in a row.
    resting: Mutex<HashMap<RunId, (i64, u32)>>,
}

impl std::ops::Deref for Core {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

/// Takes a run out of those that are worked on when dropped.
struct Leaving<'a>(&'a Core, RunId);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.leave(self.1);
    }
}

/// The runs that stand in one row, for a concurrency group or for a system, in their order; the first one works.
#[derive(Default)]
struct Group {
    /// Each with what calls it when its turn comes.
    queue: VecDeque<(RunId, Arc<tokio::sync::Notify>)>,
}

impl Process {
    /// A number in 0..1 for jitter; nothing depends on its quality.
    fn random(&self) -> f64 {
        use std::sync::atomic::Ordering;
        let mut x = self.seed.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Refuses when there is no room for another run.
    fn has_room(&self) -> Result<(), Refused> {
        match self.room.get().map(room::Room::look) {
            Some(look) if look.level() == room::Level::Full => Err(Refused::DiskFull(look)),
            _ => Ok(()),
        }
    }

    /// Waits until this process is about to end.
    async fn left(&self) {
        // The sender lives as long as `self`.
        let _ = self.leaving.subscribe().wait_for(|leaving| *leaving).await;
    }
}

impl Core {
    fn new(process: Arc<Process>, tenant: Tenant, connect: Arc<dyn Connect>) -> Self {
        Self {
            process,
            tenant,
            connect,
            live: Mutex::default(),
            groups: Mutex::default(),
            numbers: Mutex::default(),
            said: Mutex::default(),
            resting: Mutex::default(),
        }
    }

    /// Takes a place in the run's concurrency group and works on the run in the background. Places are taken in the order
    /// of the calls.
    fn start(self: &Arc<Self>, header: Run) {
        self.begin(header, false);
    }

    /// Marks a run as worked on here; false when it is already.
    fn reserve(&self, run: RunId) -> bool {
        let mut live = self.live();
        let new = !live.contains_key(&run);
        live.entry(run).or_default();
        new
    }

    /// The same; `new`: the run was accepted just now, by this process, which reserved it before it was on disk.
    fn begin(self: &Arc<Self>, header: Run, new: bool) {
        let run = header.run;
        if !new && !self.reserve(run) {
            return;
        }
        if *self.leaving.borrow() {
            return self.leave(run);
        }
        let group = header.group_name().to_string();
        let group = if drive::only_tells(&header) { drive::telling_group(run) } else { group };
        let place = place::Place::take(self, drive::lease_of(self, &group), run);
        let span = tracing::info_span!(target: RUNS, "run", id = %run, workflow = %header.workflow);
        let core = self.clone();
        // Thousands may wait for their turn: meanwhile a task holds little.
        let header = Box::new(header);
        let work = async move {
            // Also when the work panics: whoever waits for the run must not wait for ever.
            let _leaving = Leaving(&core, run);
            tracing::info!(
                target: RUNS, no = header.no, by = %header.trigger.actor, state = header.status.as_str(), "run begins"
            );
            // Nothing is done on the word of a store that may have lost something.
            let done = match core.store.sound().await {
                Ok(()) => stumble::caught(Box::pin(drive::drive(&core, place, header, new))).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => {
                    core.rested(run);
                    core.tell_rest(run).await;
                }
                Err(StoreError::Fenced) => tracing::warn!("another node goes on with this run"),
                Err(error) => {
                    stumble::pause(&core, run);
                    tracing::error!(%error, "a run stopped; it is tried again");
                }
            }
        };
        tokio::spawn(work.instrument(span));
    }

    /// Tells in the log how a run came to rest, and why it is not well if it is not.
    async fn tell_rest(&self, run: RunId) {
        if !tracing::enabled!(target: RUNS, tracing::Level::INFO) {
            return;
        }
        let Ok(Some(run)) = runs::get(&*self.store, &self.tenant, run).await else { return };
        let state = run.status.as_str();
        let (calls, writes) = (run.api.calls, run.api.writes);
        let why = run.why.first().map(|why| &*why.code).filter(|code| *code != "plan_only").unwrap_or_default();
        if matches!(run.status, Status::Held | Status::Partial | Status::Failed) {
            tracing::warn!(target: RUNS, no = run.no, state, why, calls, writes, "run is at rest and wants somebody to look");
        } else {
            tracing::info!(target: RUNS, no = run.no, state, calls, writes, "run is at rest");
        }
    }

    /// Nobody works on the run here any more.
    fn leave(&self, run: RunId) {
        let progress = self.live().remove(&run);
        progress.inspect(|progress| {
            progress.rest();
            progress.end();
        });
    }

    /// Asks something of a run: at once where it is worked on here, through the store in any case, so that neither a crash
    /// nor another node misses it.
    async fn ask(&self, run: RunId, asked: Asked) -> Result<(), StoreError> {
        // Here first: what the store tells of later is then the same request, not a second one.
        if let Some(progress) = self.live().get(&run) {
            progress.ask(asked.clone());
        }
        let mut batch = crate::store::Batch::default();
        runs::ask(&mut batch, &self.tenant, run, &asked)?;
        self.store.commit(batch).await
    }

    /// The next number of a run of this workflow. Numbers are given out without asking the store each time; the commit that
    /// takes one finds out when another node was faster.
    async fn number(&self, workflow: &str, at_least: u64) -> Result<u64, StoreError> {
        let known = self.numbers().contains_key(workflow);
        let last = if known { 0 } else { runs::last_number(&*self.store, &self.tenant, workflow).await?.max(at_least) };
        let mut numbers = self.numbers();
        let number = numbers.entry(workflow.to_string()).or_insert(last);
        *number = (*number).max(last) + 1;
        Ok(*number)
    }

    /// Notes that something is told in the log; false when it was told before.
    pub fn said(&self, what: &str) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has that much to say says it again.
        if said.len() >= 10_000 {
            said.clear();
        }
        said.insert(what.to_string())
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, (i64, u32)>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run was carried on as far as it went: nothing is held against it any more.
    fn rested(&self, run: RunId) {
        self.resting().remove(&run);
    }

    fn forget_number(&self, workflow: &str) {
        self.numbers().remove(workflow);
    }

    fn numbers(&self) -> std::sync::MutexGuard<'_, HashMap<String, u64>> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, Arc<Progress>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn groups(&self) -> std::sync::MutexGuard<'_, HashMap<String, Group>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an engine is among others.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// Whether other processes work on the same store.
    pub shared: bool,
    /// The name of what only one process at a time owns, if there is such a thing: its next start takes over at once what
    /// it was working on.
    pub place: Option<String>,
    /// How many small runs may be at work at once; by default that depends on the cores.
    pub at_work: Option<usize>,
}

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
        let now = clock.now_ms();
        let seed = std::sync::atomic::AtomicU64::new(u64::try_from(now).unwrap_or(1));
        let process = Arc::new(Process {
            store,
            clock,
            permits: permits::Permits::new(node.at_work),
            seed,
            shared: node.shared,
            node: node.place.map_or_else(|| new_ulid(now), |place| format!("{place}/{}", new_ulid(now))),
            room: std::sync::OnceLock::new(),
            seen: Mutex::default(),
            noted: Mutex::default(),
            leaving: tokio::sync::watch::Sender::new(false),
        });
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
    pub fn guard(&self, room: room::Room) {
        let _ = self.core.room.set(room);
    }

    /// How much room there is, if somebody looks.
    #[must_use]
    pub fn room(&self) -> Option<room::Look> {
        self.core.room.get().map(room::Room::look)
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
    ///
    /// # Errors
    /// Those of the store.
    pub async fn scope_of(&self, run: &Run, workflow: &Workflow) -> Result<crate::workflow::scope::Scope, StoreError> {
        drive::scope(&self.core, run, workflow).await
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
    ///
    /// # Errors
    /// Those of the store.
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
        open.retain(|(_, run)| !drive::at_rest(run));
        // Whoever was writing goes on first: the plans of the others do not know what it still has to write.
        open.sort_by_key(|(_, run)| (run.status != Status::Applying, run.run));
        let ids = open.iter().map(|(_, run)| run.run).collect();
        open.into_iter().for_each(|(core, run)| core.start(run));
        Ok(ids)
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
    ///
    /// # Errors
    /// Those of the store.
    pub async fn wait(&self, run: RunId) -> Result<Option<Run>, StoreError> {
        loop {
            let Some(progress) = self.core.live().get(&run).cloned() else { break };
            progress.ended().await;
        }
        runs::get(&*self.core.store, &self.core.tenant, run).await
    }
}
