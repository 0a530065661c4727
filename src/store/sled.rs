//! The embedded store: sled, with what it takes to lose nothing.
//!
//! * One owner thread commits. What arrives while it syncs is its next batch, so many small commits share one sync; there
//!   is no timer.
//! * `flush` alone is not durable: it is followed by `sync_data` on our own handle of the log file, then acknowledged.
//! * No value is longer than 4,000 bytes: sled would write longer ones to unsynced files. They are cut into parts under
//!   keys of their own.
//! * sled panics on damaged files: that becomes an error that says so (`catch_panic`). It also drops the end of a damaged log
//!   silently: we notice and refuse (`acknowledged`).
//! * After a write that failed nothing is acknowledged or told any more until the folder is opened again.
//! * sled notes where everything lies only when it is opened, and reads what was written since at the next opening. So after
//!   much was written the files are closed and opened again, as soon as nobody wants anything, or in between when that takes
//!   little of the time: a kill then leaves little to read.
//!
//! One process owns the folder: a lock on `lock` beside it is taken first.

mod acknowledged;
mod catch_panic;
mod compare;
mod owner;
mod read;
mod shared;
mod sums;

pub(super) use shared::patiently;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::RwLock;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;
use std::{fs::File, thread};

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};

use acknowledged::{Mark, Opened};
use catch_panic::calmly;
use owner::Owner;
use read::Reader;
use read::Turn;
use read::failed;

use super::{Batch, Entry, Gate, Kv, Still, StoreError, leases::Leases};
use shared::{Broken, QUEUE, Reply, Shared, Verdict, locked, open, refused, within};

/// Reads of at most so many entries are done where they are asked for: they are mostly in memory, and a hop to another
/// thread costs ten times as much. Larger ones go to a thread where blocking is allowed.
const SMALL: usize = 256;
/// A store of at most so many entries is compared before anybody works with it; a larger one meanwhile.
const EAGER: u64 = 20_000;

/// Whether something was acknowledged here once: then a store that is missing is a loss and no beginning.
#[must_use]
pub fn was_there(folder: &Path) -> bool {
    acknowledged::is_there(folder)
}

/// How many bytes the keys and values of a folder take, as far as that was noted.
pub(super) fn live_bytes(folder: &Path) -> Option<u64> {
    acknowledged::live_bytes(folder)
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

/// A data folder.
pub struct SledStore {
    reader: Shared,
    broken: Broken,
    /// Closed when the store is dropped, which ends the owner thread.
    commits: Option<mpsc::SyncSender<(Batch, Reply)>>,
    owner: Option<thread::JoinHandle<()>>,
    leases: Arc<Mutex<Leases>>,
    changes: watch::Sender<u64>,
    verdict: watch::Receiver<Verdict>,
    gate: Gate,
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

/// Locks a folder for this process.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))
        .map_err(|error| refused(folder, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Locked(folder.display().to_string())),
        Err(std::fs::TryLockError::Error(error)) => Err(refused(folder, &error)),
    }
}

impl SledStore {
    /// Opens or makes the data folder. Whether everything is there that was acknowledged is known when [`Kv::sound`] says
    /// so: of a large store that was killed only a while later.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it, [`StoreError::Corrupt`] when its files are damaged or end before
    /// what was acknowledged, [`StoreError::Full`] and [`StoreError::Unavailable`] when the disk refuses.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        match Self::begin(folder, EAGER)? {
            (store, None) => Ok(store),
            (_, Some(lost)) => Err(StoreError::Corrupt(lost)),
        }
    }

    /// Opens a folder whose store may have lost something, to look at what is left. Says what it has lost, after reading
    /// everything if need be.
    ///
    /// # Errors
    /// As [`SledStore::open`], as far as sled itself cannot open it.
    pub fn inspect(folder: &Path) -> Result<(Self, Option<String>), StoreError> {
        Self::begin(folder, u64::MAX)
    }

    /// Opens a folder. A store of at most so many entries is compared at once.
    fn begin(folder: &Path, at_once: u64) -> Result<(Self, Option<String>), StoreError> {
        super::folder::make(folder).map_err(|error| refused(folder, &error))?;
        let lock = lock(folder)?;
        super::exchange::settle(folder)?;
        let path = folder.join("store");
        let begun = Instant::now();
        let opened = calmly(|| {
            let db = open(&path)?;
            let opened = Mark::open(folder, &db)?;
            Ok((db, opened))
        });
        let (db, opened) = opened.map_err(|error| match error {
            StoreError::Corrupt(why) => StoreError::Corrupt(format!(
                "{}: {why}. Go back to a backup, or move the folder aside together with the file `acknowledged` to begin anew",
                path.display()
            )),
            StoreError::Unavailable(why) => StoreError::Unavailable(format!("{}: {why}", path.display())),
            other => other,
        })?;
        let Opened { mut mark, mut state, mut lost, mut comparison } = opened;
        if let Some(wanted) = state.entries.filter(|entries| entries.count <= at_once)
            && let Some(mut all) = comparison.take()
        {
            match compare::told(|| all.finish(&db, wanted))? {
                Ok(found) => {
                    state.entries = Some(found);
                    mark.matches(&state)?;
                }
                Err(found) => lost = Some(mark.damage(&found)),
            }
        }
        let log =
            File::options().read(true).write(true).open(path.join("db")).map_err(|error| refused(&path, &error))?;
        let (commits, queue) = mpsc::sync_channel(QUEUE);
        let leases = Arc::new(Mutex::new(Leases::default()));
        let broken = Broken::default();
        let changes = watch::Sender::new(0);
        let reader = Reader { db, turn: Arc::default() };
        let (verdict_of, verdict) = watch::channel(comparison.is_none().then_some(Ok(())));
        let shared: Shared = Arc::new(RwLock::new(Some(reader.clone())));
        let mut owner = Owner {
            reader: Some(reader),
            shared: shared.clone(),
            path,
            unnoted: 0,
            opened: (Instant::now(), begun.elapsed()),
            log,
            mark,
            state,
            comparison,
            verdict: verdict_of,
            leases: leases.clone(),
            changes: changes.clone(),
            broken: broken.clone(),
        };
        let owner = thread::Builder::new()
            .name("store".into())
            .spawn(move || owner.run(&queue))
            .map_err(|error| refused(folder, &error))?;
        Ok((
            Self {
                reader: shared,
                broken,
                commits: Some(commits),
                owner: Some(owner),
                leases,
                changes,
                verdict,
                gate: Gate::default(),
                _lock: lock,
            },
            lost,
        ))
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

impl SledStore {
    /// Reads a little, at once.
    fn look<T>(&self, work: impl FnOnce(&Reader) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match self.broken.get() {
            Some(broken) => Err(broken.clone()),
            None => calmly(|| within(&self.reader, work)),
        }
    }

    /// Reads where blocking is allowed.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if let Some(broken) = self.broken.get() {
            return Err(broken.clone());
        }
        let reader = self.reader.clone();
        let done = tokio::task::spawn_blocking(move || calmly(|| within(&reader, work))).await;
        match done {
            // The process ends. Nobody is told of a failure, which would be written into the run that asked.
            Err(ended) if ended.is_cancelled() => std::future::pending().await,
            done => done.map_err(|error| StoreError::Unavailable(error.to_string()))?,
        }
    }
}

#[async_trait]
impl Kv for SledStore {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.look(|reader| reader.read(key))
    }

    async fn get_many(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let few = keys.len() <= SMALL;
        let work = move |reader: &Reader| keys.iter().map(|key| reader.read(key)).collect();
        if few { self.look(work) } else { self.read(work).await }
    }

    async fn scan(&self, from: Vec<u8>, to: Vec<u8>, limit: usize, backwards: bool) -> Result<Vec<Entry>, StoreError> {
        if from >= to {
            return Ok(Vec::new());
        }
        // Most ranges turn out to be short.
        let first = self.look(|reader| reader.scan(&from, &to, limit.min(SMALL), backwards))?;
        if first.len() < SMALL || limit <= SMALL {
            return Ok(first);
        }
        let Some((last, _)) = first.last() else { return Ok(first) };
        let (mut from, mut to) = (from, to);
        if backwards {
            to.clone_from(last);
        } else {
            from.clone_from(last);
            from.push(0);
        }
        let rest = self.read(move |reader| reader.scan(&from, &to, limit - SMALL, backwards)).await?;
        Ok(first.into_iter().chain(rest).collect())
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        batch.check()?;
        let _open = self.gate.read().await;
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
        self.read(|reader| reader.db.size_on_disk().map_err(|error| failed(&error))).await
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

    async fn sound(&self) -> Result<(), StoreError> {
        let mut verdict = self.verdict.clone();
        let known = verdict.wait_for(Option::is_some).await.map(|known| known.clone());
        // The thread that compares has ended with the store.
        known.ok().flatten().unwrap_or_else(|| Err(StoreError::Unavailable("the store has stopped".into())))
    }

    fn closed(&self) -> Option<StoreError> {
        self.broken.get().cloned()
    }

    async fn still(&self) -> Option<Still> {
        Some(Still(self.gate.clone().write_owned().await))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
