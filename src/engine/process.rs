//! What every part of the engine works with: what the runs of all tenants share in this process, and the runs of one tenant
//! that are worked on here.
//!
//! Deliberately absent: what working on a run means. That is told from above, when the engine is made.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    clock::Clock,
    connect::Connect,
    disk_space::{Level, Look, Room},
    permits::Permits,
    progress::Progress,
};
use crate::{
    model::{
        event::Event,
        id::{RunId, Tenant, new_ulid},
        run::{Asked, Run, Status},
    },
    store::{Store, StoreError, runs},
};

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

/// What the runs of all tenants share.
pub struct Process {
    /// Where everything is kept.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How many runs may be at work at once.
    pub(super) permits: Permits,
    seed: AtomicU64,
    /// A random id of this process, for people who look at leases.
    pub(super) node: String,
    /// Whether other processes work on the same store.
    pub(super) shared: bool,
    /// Whether new runs can be written down; without it nobody looks.
    pub(super) room: OnceLock<Room>,
    /// The times that were seen last, and what of them is on disk.
    pub(super) seen: Mutex<Option<crate::store::believed_time::Seen>>,
    pub(super) noted: Mutex<Option<crate::store::believed_time::Seen>>,
    /// Whether this process ends.
    pub(super) leaving: tokio::sync::watch::Sender<bool>,
    /// Begins to work on a run. Whoever works on a run may begin another one, so this is told from above.
    work: Work,
}

/// Begins to work on a run in the background; see [`Core::begin`].
pub(super) type Work = fn(&Arc<Core>, Run, bool);

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

/// The runs that stand in one row, for a concurrency group or for a system, in their order; the first one works.
#[derive(Default)]
pub(super) struct Group {
    /// Each with what calls it when its turn comes.
    pub queue: VecDeque<(RunId, Arc<tokio::sync::Notify>)>,
}

impl Process {
    /// A process as this node is one; `work` begins to work on a run.
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>, node: Node, work: Work) -> Self {
        let now = clock.now_ms();
        Self {
            store,
            clock,
            permits: Permits::new(node.at_work),
            seed: AtomicU64::new(u64::try_from(now).unwrap_or(1)),
            shared: node.shared,
            node: node.place.map_or_else(|| new_ulid(now), |place| format!("{place}/{}", new_ulid(now))),
            room: OnceLock::new(),
            seen: Mutex::default(),
            noted: Mutex::default(),
            leaving: tokio::sync::watch::Sender::new(false),
            work,
        }
    }

    /// A number in 0..1 for jitter; nothing depends on its quality.
    pub(super) fn random(&self) -> f64 {
        let mut x = self.seed.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// How much room there is, where there is none for another run.
    pub(super) fn has_room(&self) -> Result<(), Look> {
        match self.room.get().map(Room::look) {
            Some(look) if look.level() == Level::Full => Err(look),
            _ => Ok(()),
        }
    }

    /// Waits until this process is about to end.
    pub(super) async fn left(&self) {
        // The sender lives as long as `self`.
        let _ = self.leaving.subscribe().wait_for(|leaving| *leaving).await;
    }
}

impl Core {
    pub(super) fn new(process: Arc<Process>, tenant: Tenant, connect: Arc<dyn Connect>) -> Self {
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
    pub(super) fn start(self: &Arc<Self>, header: Run) {
        self.begin(header, false);
    }

    /// The same; `new`: the run was accepted just now, by this process, which reserved it before it was on disk.
    pub(super) fn begin(self: &Arc<Self>, header: Run, new: bool) {
        (self.process.work)(self, header, new);
    }

    /// Marks a run as worked on here; false when it is already.
    pub(super) fn reserve(&self, run: RunId) -> bool {
        let mut live = self.live();
        let new = !live.contains_key(&run);
        live.entry(run).or_default();
        new
    }

    /// Nobody works on the run here any more.
    pub(super) fn leave(&self, run: RunId) {
        let progress = self.live().remove(&run);
        progress.inspect(|progress| {
            progress.rest();
            progress.end();
        });
    }

    /// Asks something of a run: at once where it is worked on here, through the store in any case, so that neither a crash
    /// nor another node misses it.
    pub(super) async fn ask(&self, run: RunId, asked: Asked) -> Result<(), StoreError> {
        // Here first: what the store tells of later is then the same request, not a second one.
        if let Some(progress) = self.live().get(&run) {
            progress.ask(asked.clone());
        }
        let mut batch = crate::store::Batch::default();
        runs::ask(&mut batch, &self.tenant, run, &asked)?;
        self.store.commit(batch).await
    }

    /// A paused run goes on where it was.
    pub(super) async fn go_on(self: &Arc<Self>, mut run: Run, by: &str) -> Result<(), StoreError> {
        let now = self.clock.now_ms();
        run.status = run.paused_from.take().unwrap_or(Status::Queued);
        run.why.clear();
        let mut batch = crate::store::Batch { notify: true, ..crate::store::Batch::default() };
        runs::append(&mut batch, &self.tenant, &mut run, now, vec![Event::Continued { by: by.into() }])?;
        self.store.commit(batch).await?;
        self.start(run);
        Ok(())
    }

    /// The next number of a run of this workflow. Numbers are given out without asking the store each time; the commit that
    /// takes one finds out when another node was faster.
    pub(super) async fn number(&self, workflow: &str, at_least: u64) -> Result<u64, StoreError> {
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

    pub(super) fn resting(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, (i64, u32)>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run was carried on as far as it went: nothing is held against it any more.
    pub(super) fn rested(&self, run: RunId) {
        self.resting().remove(&run);
    }

    pub(super) fn forget_number(&self, workflow: &str) {
        self.numbers().remove(workflow);
    }

    fn numbers(&self) -> std::sync::MutexGuard<'_, HashMap<String, u64>> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn live(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, Arc<Progress>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn groups(&self) -> std::sync::MutexGuard<'_, HashMap<String, Group>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
