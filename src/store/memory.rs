//! The reference implementation: a sorted map under a lock. Most tests run on it.

use std::{collections::BTreeMap, ops::Bound, sync::Mutex};

use async_trait::async_trait;

use super::{Batch, Entry, Kv, StoreError};

/// A store that forgets.
#[derive(Debug, Default)]
pub struct MemoryStore {
    map: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryStore {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        self.map.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl Kv for MemoryStore {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.lock().get(key).cloned())
    }

    async fn get_many(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let map = self.lock();
        Ok(keys.iter().map(|key| map.get(key).cloned()).collect())
    }

    async fn scan(&self, from: Vec<u8>, to: Vec<u8>, limit: usize, backwards: bool) -> Result<Vec<Entry>, StoreError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let map = self.lock();
        let range = map.range((Bound::Included(from), Bound::Excluded(to))).map(|(k, v)| (k.clone(), v.clone()));
        Ok(if backwards { range.rev().take(limit).collect() } else { range.take(limit).collect() })
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let mut map = self.lock();
        if batch.expect.iter().any(|(key, value)| map.get(key) != value.as_ref()) {
            return Err(StoreError::Conflict);
        }
        for key in &batch.deletes {
            map.remove(key);
        }
        map.extend(batch.puts);
        Ok(())
    }

    async fn size(&self) -> Result<u64, StoreError> {
        Ok(self.lock().iter().map(|(key, value)| (key.len() + value.len()) as u64).sum())
    }
}
