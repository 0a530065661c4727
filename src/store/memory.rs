//! The reference implementation: a sorted map under a lock. Most tests run on it.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::watch;

use super::{Batch, Entry, Gate, Kv, Still, StoreError, leases::Leases};

/// A store that forgets.
#[derive(Debug)]
pub struct MemoryStore {
    state: Mutex<MemoryState>,
    changes: watch::Sender<u64>,
    gate: Gate,
}

#[derive(Debug, Default)]
struct MemoryState {
    map: BTreeMap<Vec<u8>, Vec<u8>>,
    leases: Leases,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self { state: Mutex::default(), changes: watch::Sender::new(0), gate: Gate::default() }
    }
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, MemoryState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Kv for MemoryStore {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.lock().map.get(key).cloned())
    }

    async fn get_many(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let state = self.lock();
        Ok(keys.iter().map(|key| state.map.get(key).cloned()).collect())
    }

    async fn scan(&self, from: Vec<u8>, to: Vec<u8>, limit: usize, backwards: bool) -> Result<Vec<Entry>, StoreError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let state = self.lock();
        let range = state.map.range((Bound::Included(from), Bound::Excluded(to))).map(|(k, v)| (k.clone(), v.clone()));
        Ok(if backwards { range.rev().take(limit).collect() } else { range.take(limit).collect() })
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        batch.check()?;
        let _open = self.gate.read().await;
        let mut state = self.lock();
        if !state.leases.admit(batch.fence.as_ref()) {
            return Err(StoreError::Fenced);
        }
        if batch.expect.iter().any(|(key, value)| state.map.get(key) != value.as_ref()) {
            return Err(StoreError::Conflict);
        }
        for key in &batch.deletes {
            state.map.remove(key);
        }
        state.map.extend(batch.puts);
        drop(state);
        if batch.notify {
            self.changes.send_modify(|changes| *changes += 1);
        }
        Ok(())
    }

    async fn size(&self) -> Result<u64, StoreError> {
        Ok(self.lock().map.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum())
    }

    async fn claim(&self, name: &str, _node: &str, ttl: Duration) -> Result<Option<u64>, StoreError> {
        Ok(self.lock().leases.claim(name, ttl))
    }

    async fn renew(&self, name: &str, epoch: u64, ttl: Duration) -> Result<bool, StoreError> {
        Ok(self.lock().leases.renew(name, epoch, ttl))
    }

    async fn release(&self, name: &str, epoch: u64) -> Result<(), StoreError> {
        self.lock().leases.release(name, epoch);
        Ok(())
    }

    async fn still(&self) -> Option<Still> {
        Some(Still(self.gate.clone().write_owned().await))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
