//! The embedded store: sled, with what it takes to lose nothing.
//!
//! * One owner thread commits. What arrives while it syncs is its next batch, so many small commits share one sync; there
//!   is no timer.
//! * `flush` alone is not durable: it is followed by `sync_data` on our own handle of the log file, then acknowledged.
//! * No value is longer than 4,000 bytes: sled would write longer ones to unsynced files. They are cut into parts under
//!   keys of their own.
//! * sled panics on damaged files, so it is opened under `catch_unwind` and a damaged folder is reported, not touched.
//!
//! One process owns the folder: a lock on `lock` beside it is taken first.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};

use super::{Batch, Entry, Kv, StoreError, keys, leases::Leases};

/// The longest value that sled is given.
const MAX_VALUE: usize = 4000;
/// First byte of a stored value: all of it follows.
const WHOLE: u8 = 0;
/// First byte of a stored value: its length follows, the bytes are in parts.
const PARTS: u8 = 1;
/// Kind byte of parts.
const PART: u8 = 0xfe;
/// Commits that may wait for the owner thread.
const QUEUE: usize = 1024;
/// Memory for sled's pages.
const CACHE: u64 = 16 << 20;

type Reply = oneshot::Sender<Result<(), StoreError>>;

/// A data folder.
pub struct SledStore {
    db: ::sled::Db,
    /// Closed when the store is dropped, which ends the owner thread.
    commits: Option<mpsc::SyncSender<(Batch, Reply)>>,
    owner: Option<thread::JoinHandle<()>>,
    leases: Arc<Mutex<Leases>>,
    changes: watch::Sender<u64>,
    _lock: File,
}

impl Drop for SledStore {
    /// Whoever opens the folder next must find nobody at work in it.
    fn drop(&mut self) {
        self.commits = None;
        if let Some(owner) = self.owner.take() {
            let _ = owner.join();
        }
    }
}

impl SledStore {
    /// Opens or makes the data folder.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it, [`StoreError::Corrupt`] when sled cannot read it,
    /// [`StoreError::Unavailable`] when the disk refuses.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let unavailable =
            |error: &dyn std::fmt::Display| StoreError::Unavailable(format!("{}: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(|error| unavailable(&error))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))
            .map_err(|error| unavailable(&error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(StoreError::Locked(folder.display().to_string())),
            Err(std::fs::TryLockError::Error(error)) => return Err(unavailable(&error)),
        }
        super::compact::settle(folder)?;
        let path = folder.join("store");
        let opened = std::panic::catch_unwind(|| {
            ::sled::Config::new().path(&path).cache_capacity(CACHE).mode(::sled::Mode::HighThroughput).open()
        });
        let db = match opened {
            Ok(Ok(db)) => db,
            Ok(Err(error)) => return Err(unavailable(&error)),
            Err(_) => {
                return Err(StoreError::Corrupt(format!(
                    "{} is damaged; restore it from a backup or move it aside to begin anew",
                    path.display()
                )));
            }
        };
        let log = File::options().read(true).write(true).open(path.join("db")).map_err(|error| unavailable(&error))?;
        let (commits, queue) = mpsc::sync_channel(QUEUE);
        let leases = Arc::new(Mutex::new(Leases::default()));
        let changes = watch::Sender::new(0);
        let owner = Owner { db: db.clone(), log, leases: leases.clone(), changes: changes.clone() };
        let owner = thread::Builder::new()
            .name("store".into())
            .spawn(move || owner.run(&queue))
            .map_err(|error| unavailable(&error))?;
        Ok(Self { db, commits: Some(commits), owner: Some(owner), leases, changes, _lock: lock })
    }

    /// Opens a folder on a thread where blocking is allowed.
    ///
    /// # Errors
    /// Those of [`SledStore::open`].
    pub async fn open_async(folder: PathBuf) -> Result<Arc<Self>, StoreError> {
        tokio::task::spawn_blocking(move || Self::open(&folder).map(Arc::new))
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?
    }
}

/// What the owner thread needs.
struct Owner {
    db: ::sled::Db,
    log: File,
    leases: Arc<Mutex<Leases>>,
    changes: watch::Sender<u64>,
}

impl Owner {
    /// Takes what is waiting, writes it as one, syncs, answers all.
    fn run(&self, queue: &mpsc::Receiver<(Batch, Reply)>) {
        while let Ok(first) = queue.recv() {
            let mut replies = Vec::new();
            let mut written = Ok(());
            let mut notify = false;
            for (batch, reply) in std::iter::once(first).chain(queue.try_iter().take(QUEUE)) {
                let hint = batch.notify;
                // Batches are applied one by one, because a later one may expect what an earlier one wrote.
                match self.admit(batch) {
                    Ok(()) => {
                        notify |= hint;
                        replies.push(reply);
                    }
                    Err(refused @ (StoreError::Conflict | StoreError::Fenced)) => {
                        let _ = reply.send(Err(refused));
                    }
                    Err(error) => {
                        written = Err(error);
                        replies.push(reply);
                        break;
                    }
                }
            }
            if written.is_ok() && !replies.is_empty() {
                written = self
                    .db
                    .flush()
                    .map_err(|error| StoreError::Unavailable(error.to_string()))
                    .and_then(|_| self.log.sync_data().map_err(|error| StoreError::Unavailable(error.to_string())));
            }
            let good = written.is_ok();
            for reply in replies {
                let _ = reply.send(written.clone());
            }
            if good && notify {
                self.changes.send_modify(|changes| *changes += 1);
            }
        }
    }

    /// Applies a batch if its lease is held. The leases stay locked meanwhile: nobody takes one over in between.
    fn admit(&self, batch: Batch) -> Result<(), StoreError> {
        let leases = locked(&self.leases);
        if !leases.admit(batch.fence.as_ref()) {
            return Err(StoreError::Fenced);
        }
        apply(&self.db, batch)
    }
}

fn locked(leases: &Mutex<Leases>) -> MutexGuard<'_, Leases> {
    leases.lock().unwrap_or_else(PoisonError::into_inner)
}

fn apply(db: &::sled::Db, batch: Batch) -> Result<(), StoreError> {
    let failed = |error: ::sled::Error| StoreError::Unavailable(error.to_string());
    for (key, expected) in &batch.expect {
        if &read(db, key)? != expected {
            return Err(StoreError::Conflict);
        }
    }
    let mut changes = ::sled::Batch::default();
    for key in batch.deletes {
        drop_parts(db, &key, &mut changes)?;
        changes.remove(key);
    }
    for (key, value) in batch.puts {
        drop_parts(db, &key, &mut changes)?;
        if value.len() < MAX_VALUE {
            let mut stored = Vec::with_capacity(value.len() + 1);
            stored.push(WHOLE);
            stored.extend_from_slice(&value);
            changes.insert(key, stored);
        } else {
            for (index, part) in value.chunks(MAX_VALUE).enumerate() {
                changes.insert(part_key(&key, index), part);
            }
            let mut stored = vec![PARTS];
            stored.extend_from_slice(&(value.len() as u64).to_be_bytes());
            changes.insert(key, stored);
        }
    }
    db.apply_batch(changes).map_err(failed)
}

/// Removes the parts of the value that stands there now, if it has any.
fn drop_parts(db: &::sled::Db, key: &[u8], changes: &mut ::sled::Batch) -> Result<(), StoreError> {
    let old = db.get(key).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    if let Some((&PARTS, length)) = old.as_deref().and_then(<[u8]>::split_first) {
        let count = (keys::last_number(length) as usize).div_ceil(MAX_VALUE);
        for index in 0..count {
            changes.remove(part_key(key, index));
        }
    }
    Ok(())
}

fn part_key(key: &[u8], index: usize) -> Vec<u8> {
    let mut part = Vec::with_capacity(key.len() + 5);
    part.push(PART);
    part.extend_from_slice(key);
    part.extend_from_slice(&(index as u32).to_be_bytes());
    part
}

fn read(db: &::sled::Db, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    match db.get(key).map_err(|error| StoreError::Unavailable(error.to_string()))? {
        Some(stored) => whole(db, key, &stored).map(Some),
        None => Ok(None),
    }
}

/// The value, put together from its parts if need be.
fn whole(db: &::sled::Db, key: &[u8], stored: &[u8]) -> Result<Vec<u8>, StoreError> {
    match stored.split_first() {
        Some((&WHOLE, value)) => Ok(value.to_vec()),
        Some((&PARTS, length)) => {
            let length = keys::last_number(length) as usize;
            let mut value = Vec::with_capacity(length.min(64 << 20));
            for index in 0..length.div_ceil(MAX_VALUE) {
                let part = db
                    .get(part_key(key, index))
                    .map_err(|error| StoreError::Unavailable(error.to_string()))?
                    .ok_or_else(|| StoreError::Corrupt("a part of a long value is missing".into()))?;
                value.extend_from_slice(&part);
            }
            if value.len() == length { Ok(value) } else { Err(StoreError::Corrupt("a long value is cut short".into())) }
        }
        _ => Err(StoreError::Corrupt("a value of an unknown form".into())),
    }
}

/// Runs blocking work on sled where blocking is allowed.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Unavailable(error.to_string()))?
}

#[async_trait]
impl Kv for SledStore {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let (db, key) = (self.db.clone(), key.to_vec());
        blocking(move || read(&db, &key)).await
    }

    async fn get_many(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let db = self.db.clone();
        blocking(move || keys.iter().map(|key| read(&db, key)).collect()).await
    }

    async fn scan(&self, from: Vec<u8>, to: Vec<u8>, limit: usize, backwards: bool) -> Result<Vec<Entry>, StoreError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let db = self.db.clone();
        blocking(move || {
            let take = |item: ::sled::Result<(::sled::IVec, ::sled::IVec)>| {
                let (key, stored) = item.map_err(|error| StoreError::Unavailable(error.to_string()))?;
                let value = whole(&db, &key, &stored)?;
                Ok((key.to_vec(), value))
            };
            let range = db.range(from..to);
            if backwards { range.rev().take(limit).map(take).collect() } else { range.take(limit).map(take).collect() }
        })
        .await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let gone = || StoreError::Unavailable("the store has stopped".into());
        let (reply, answer) = oneshot::channel();
        let mut message = (batch, reply);
        loop {
            let Some(commits) = &self.commits else { return Err(gone()) };
            match commits.try_send(message) {
                Ok(()) => break,
                Err(mpsc::TrySendError::Full(back)) => {
                    message = back;
                    tokio::task::yield_now().await;
                }
                Err(mpsc::TrySendError::Disconnected(_)) => return Err(gone()),
            }
        }
        answer.await.map_err(|_| gone())?
    }

    async fn size(&self) -> Result<u64, StoreError> {
        let db = self.db.clone();
        blocking(move || db.size_on_disk().map_err(|error| StoreError::Unavailable(error.to_string()))).await
    }

    async fn claim(&self, name: &str, _node: &str, ttl: Duration) -> Result<Option<u64>, StoreError> {
        Ok(locked(&self.leases).claim(name, ttl))
    }

    async fn renew(&self, name: &str, epoch: u64, ttl: Duration) -> Result<bool, StoreError> {
        Ok(locked(&self.leases).renew(name, epoch, ttl))
    }

    async fn release(&self, name: &str, epoch: u64) -> Result<(), StoreError> {
        locked(&self.leases).release(name, epoch);
        Ok(())
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
