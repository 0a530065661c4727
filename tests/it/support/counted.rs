//! A store that counts what it is asked: what costs more with everything that is kept shows in the numbers, on any machine.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use idflow::store::{Batch, Entry, Kv, Store, StoreError, memory::MemoryStore};
use tokio::sync::watch;

/// The store.
pub struct Counted {
    inner: Store,
    calls: AtomicU64,
    bytes: AtomicU64,
    full: AtomicBool,
    /// Commits that are still taken, and one; 0: all.
    most: AtomicU64,
}

/// What a store was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Reads and commits.
    pub calls: u64,
    /// Bytes that were read.
    pub bytes: u64,
}

impl Counted {
    /// An empty one.
    pub fn new() -> Arc<Self> {
        Self::over(Arc::new(MemoryStore::default()))
    }

    /// One over another store.
    pub fn over(inner: Store) -> Arc<Self> {
        let (calls, bytes, full, most) = Default::default();
        Arc::new(Self { inner, calls, bytes, full, most })
    }

    /// What it was asked since the last time.
    pub fn asked(&self) -> Asked {
        Asked { calls: self.calls.swap(0, Ordering::SeqCst), bytes: self.bytes.swap(0, Ordering::SeqCst) }
    }

    /// Whether there is no room for anything from now on.
    pub fn fill(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// Takes this many commits from now on and no more, as if whoever writes were killed then; `None`: all.
    pub fn stop_after(&self, commits: Option<u64>) {
        self.most.store(commits.map_or(0, |commits| commits + 1), Ordering::SeqCst);
    }

    fn call<'v>(&self, read: impl IntoIterator<Item = &'v Vec<u8>>) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let bytes: usize = read.into_iter().map(Vec::len).sum();
        self.bytes.fetch_add(bytes as u64, Ordering::SeqCst);
    }
}

#[async_trait]
impl Kv for Counted {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.inner.get(key).await?;
        self.call(&found);
        Ok(found)
    }

    async fn get_many(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let found = self.inner.get_many(keys).await?;
        self.call(found.iter().flatten());
        Ok(found)
    }

    async fn scan(&self, from: Vec<u8>, to: Vec<u8>, limit: usize, backwards: bool) -> Result<Vec<Entry>, StoreError> {
        let found = self.inner.scan(from, to, limit, backwards).await?;
        self.call(found.iter().flat_map(|(key, value)| [key, value]));
        Ok(found)
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.call(&None);
        let most = self.most.load(Ordering::SeqCst);
        if most > 1 {
            self.most.store(most - 1, Ordering::SeqCst);
        }
        if self.full.load(Ordering::SeqCst) || most == 1 {
            return Err(StoreError::Full("nothing is left".into()));
        }
        self.inner.commit(batch).await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.inner.size().await
    }

    async fn claim(&self, name: &str, node: &str, ttl: Duration) -> Result<Option<u64>, StoreError> {
        self.inner.claim(name, node, ttl).await
    }

    async fn renew(&self, name: &str, epoch: u64, ttl: Duration) -> Result<bool, StoreError> {
        self.inner.renew(name, epoch, ttl).await
    }

    async fn release(&self, name: &str, epoch: u64) -> Result<(), StoreError> {
        self.inner.release(name, epoch).await
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes()
    }
}
