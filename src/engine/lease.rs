//! The right to work on a concurrency group: held by one node at a time, so that the limits of a connection hold across
//! nodes. Every commit of a run names the lease, and the store refuses it once another node has taken the group over.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinHandle, time::Instant};

use super::Core;
use crate::store::StoreError;

/// How long the groups of a node that vanished rest. Its own next start need not wait for that.
const TTL: Duration = Duration::from_secs(9);
/// How often a lease is renewed.
const RENEWAL: Duration = Duration::from_secs(3);
/// What a call in flight may take after the lease is over by this machine's reckoning: nothing is begun later than this
/// before the end.
const MARGIN: Duration = Duration::from_secs(2);

/// A held lease; given back when dropped.
pub(super) struct Lease {
    core: Arc<Core>,
    name: String,
    epoch: u64,
    state: Arc<State>,
    renewal: JoinHandle<()>,
}

struct State {
    lost: AtomicBool,
    until: Mutex<Instant>,
}

impl State {
    fn until(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Asks once.
    pub async fn claim(core: &Arc<Core>, group: &str) -> Result<Option<Self>, StoreError> {
        let name = format!("{}/group/{group}", core.tenant.as_str());
        // The time is taken before the question: the store's answer is never older.
        let asked = Instant::now();
        let Some(epoch) = core.store.claim(&name, &core.node, TTL).await? else { return Ok(None) };
        let state = Arc::new(State { lost: AtomicBool::new(false), until: Mutex::new(asked + TTL) });
        let renewal = tokio::spawn(renew(core.clone(), name.clone(), epoch, state.clone()));
        Ok(Some(Self { core: core.clone(), name, epoch, state, renewal }))
    }

    /// What every commit names.
    pub fn fence(&self) -> (String, u64) {
        (self.name.clone(), self.epoch)
    }

    /// Whether calls may be begun under it.
    pub fn watch(&self) -> Held {
        Held(self.state.clone())
    }
}

impl Lease {
    /// Gives it back now.
    pub async fn give_back(mut self) {
        self.renewal.abort();
        release(&self.core, std::mem::take(&mut self.name), self.epoch).await;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
        if self.name.is_empty() {
            return;
        }
        let (core, name, epoch) = (self.core.clone(), std::mem::take(&mut self.name), self.epoch);
        if let Ok(handle) = tokio::runtime::Handle::try_current() {
            handle.spawn(async move { release(&core, name, epoch).await });
        }
    }
}

async fn release(core: &Core, name: String, epoch: u64) {
    if let Err(error) = core.store.release(&name, epoch).await {
        tracing::debug!(%error, name, "a lease could not be given back; it ends by itself");
    }
}

/// Whether a lease is still held, for those who make calls under it.
#[derive(Clone)]
pub(super) struct Held(Arc<State>);

impl Held {
    /// False when another node may have taken over.
    pub fn is_good(&self) -> bool {
        !self.0.lost.load(Ordering::Relaxed) && Instant::now() + MARGIN < *self.0.until()
    }
}

async fn renew(core: Arc<Core>, name: String, epoch: u64, state: Arc<State>) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        let asked = Instant::now();
        match core.store.renew(&name, epoch, TTL).await {
            Ok(true) => *state.until() = asked + TTL,
            Ok(false) => {
                state.lost.store(true, Ordering::Relaxed);
                tracing::warn!(name, "another node has taken this group over");
                return;
            }
            // The store is away. The lease may be over when it is back; until then nothing new is begun.
            Err(error) => tracing::warn!(%error, name, "a lease could not be renewed"),
        }
    }
}
