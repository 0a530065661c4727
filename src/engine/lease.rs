//! The right to something that one node at a time may have: a concurrency group, or a system that is written. The store
//! grants it for a time; the holder renews it, and lets go of it in good time when it cannot.
//!
//! Every commit of a run names the lease of its group, and the store refuses it once another node has taken over. What goes
//! out to other systems cannot be refused there: nothing is begun, and nothing is left in flight, later than [`MARGIN`]
//! before the end.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::{task::JoinHandle, time::Instant};

use super::{Core, clock::wall};
use crate::{model::id::RunId, store::StoreError};

/// How long what a vanished node had rests. Its own next start need not wait for that.
const TTL: Duration = Duration::from_secs(9);
/// How often a lease is renewed.
const RENEWAL: Duration = Duration::from_secs(3);
/// Between the last moment of a call and the end of the lease: what the other side may still make of a call that was given
/// up.
const MARGIN: Duration = Duration::from_secs(2);

/// A held lease; given back when dropped.
pub(super) struct Lease {
    core: Arc<Core>,
    name: String,
    epoch: u64,
    state: Arc<LeaseState>,
    renewal: JoinHandle<()>,
}

/// How long a lease is held for certain.
pub(super) struct LeaseState {
    lost: AtomicBool,
    until: Mutex<Until>,
    /// A store that one process owns takes nothing away from it.
    shared: bool,
}

/// A moment, by two clocks: the steady one stands still while a machine is suspended, and the other can be set.
struct Until {
    steady: Instant,
    wall: SystemTime,
}

impl Until {
    fn from_now(span: Duration) -> Self {
        Self { steady: Instant::now() + span, wall: wall() + span }
    }

    /// What is left of it, by the clock that says less.
    fn left(&self) -> Duration {
        let steady = self.steady.saturating_duration_since(Instant::now());
        steady.min(self.wall.duration_since(wall()).unwrap_or_default())
    }
}

impl LeaseState {
    fn until(&self) -> std::sync::MutexGuard<'_, Until> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long calls may still be in flight; zero when another node may have taken over soon.
    pub fn left(&self) -> Duration {
        if !self.shared {
            return Duration::MAX;
        }
        if self.lost.load(Ordering::Relaxed) {
            return Duration::ZERO;
        }
        self.until().left().saturating_sub(MARGIN)
    }
}

impl Lease {
    /// Asks once.
    pub async fn claim(core: &Arc<Core>, name: &str) -> Result<Option<Self>, StoreError> {
        // The time is taken before the question: the store's answer is never older.
        let until = Until::from_now(TTL);
        let Some(epoch) = core.store.claim(name, &core.node, TTL).await? else { return Ok(None) };
        let state = LeaseState { lost: AtomicBool::new(false), until: Mutex::new(until), shared: core.shared };
        let state = Arc::new(state);
        let renewal = tokio::spawn(renew(core.clone(), name.to_string(), epoch, state.clone()));
        Ok(Some(Self { core: core.clone(), name: name.to_string(), epoch, state, renewal }))
    }

    /// What every commit names.
    pub fn fence(&self) -> (String, u64) {
        (self.name.clone(), self.epoch)
    }

    /// How long it is held for certain.
    pub fn state(&self) -> &Arc<LeaseState> {
        &self.state
    }

    /// The right as those see it who make calls under it, which is no better than `also`.
    pub fn right(&self, also: &Arc<LeaseState>) -> idflow_sdk::Lease {
        let states = [self.state.clone(), also.clone()];
        let good = move || states.iter().all(|state| !state.left().is_zero());
        idflow_sdk::Lease::new(&self.name, self.epoch, self.core.shared.then_some(&*self.core.node), good)
    }

    /// Nothing more is done under it here, and what was given up may still be on its way: it is not given back, it ends by
    /// itself.
    pub fn lose(&self) {
        self.state.lost.store(true, Ordering::Relaxed);
        self.renewal.abort();
    }

    fn is_lost(&self) -> bool {
        self.state.lost.load(Ordering::Relaxed)
    }

    /// Gives it back now.
    pub async fn give_back(mut self) {
        self.renewal.abort();
        let name = std::mem::take(&mut self.name);
        if !self.is_lost() {
            release(&self.core, name, self.epoch).await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
        if self.name.is_empty() || self.is_lost() {
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

async fn renew(core: Arc<Core>, name: String, epoch: u64, state: Arc<LeaseState>) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        let until = Until::from_now(TTL);
        match core.store.renew(&name, epoch, TTL).await {
            Ok(true) => *state.until() = until,
            Ok(false) => {
                state.lost.store(true, Ordering::Relaxed);
                tracing::warn!(name, "another node has taken this over");
                return;
            }
            // The store is away. The lease may be over when it is back; until then nothing new is begun.
            Err(error) => tracing::warn!(%error, name, "a lease could not be renewed"),
        }
    }
}

/// The name of the lease of a concurrency group.
pub(super) fn of_group(core: &Core, group: &str) -> String {
    format!("{}/group/{group}", core.tenant.as_str())
}

/// The group of a run of which only that is left to do: to tell people.
pub(super) fn telling_group(run: RunId) -> String {
    format!("telling {run}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(steady: Duration, on_the_wall: Duration) -> LeaseState {
        let until = Until { steady: Instant::now() + steady, wall: wall() + on_the_wall };
        LeaseState { lost: AtomicBool::new(false), until: Mutex::new(until), shared: true }
    }

    #[test]
    fn the_clock_that_says_less_is_believed_and_a_margin_is_kept() {
        let (long, short) = (Duration::from_secs(60), Duration::from_secs(1));
        assert!(state(long, long).left() > Duration::from_secs(50));
        // Suspended: the steady clock stood still. Set back: the other one says too much.
        assert_eq!(state(long, short).left(), Duration::ZERO);
        assert_eq!(state(short, long).left(), Duration::ZERO);
        let lost = state(long, long);
        lost.lost.store(true, Ordering::Relaxed);
        assert_eq!(lost.left(), Duration::ZERO);
    }
}
