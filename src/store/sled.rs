//! The embedded store: sled, with what it takes to lose nothing.
//!
//! * One owner thread commits. What arrives while it syncs is its next batch, so many small commits share one sync; there
//!   is no timer.
//! * `flush` alone is not durable: it is followed by `sync_data` on our own handle of the log file, then acknowledged.
//! * No value is longer than 4,000 bytes: sled would write longer ones to unsynced files. They are cut into parts under
//!   keys of their own.
//! * sled panics on damaged files: that becomes an error that says so (`calm`). It also drops the end of a damaged log
//!   silently: we notice and refuse (`mark`).
//! * After a write that failed nothing is acknowledged or told any more until the folder is opened again.
//! * sled notes where everything lies only when it is opened, and reads what was written since at the next opening. So after
//!   much was written the files are closed and opened again as soon as nobody wants anything: a kill then leaves little to read.
//!
//! One process owns the folder: a lock on `lock` beside it is taken first.

mod calm;
mod compare;
mod mark;

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};

use calm::calmly;
use compare::Comparison;
use mark::{Mark, Opened, State, Tally};

use super::{Batch, Entry, Gate, Kv, Still, StoreError, keys, leases::Leases};

/// The longest value that sled is given.
const MAX_VALUE: usize = 4000;
/// First byte of a stored value: all of it follows.
const WHOLE: u8 = 0;
/// First byte of a stored value: its length follows, the bytes are in parts.
const PARTS: u8 = 1;
/// Kind byte of parts, and of what else is ours.
const PART: u8 = keys::RESERVED;
/// Commits that may wait for the owner thread.
const QUEUE: usize = 1024;
/// Reads of at most so many entries are done where they are asked for: they are mostly in memory, and a hop to another
/// thread costs ten times as much. Larger ones go to a thread where blocking is allowed.
const SMALL: usize = 256;
/// A store of at most so many entries is compared before anybody works with it; a larger one meanwhile.
const EAGER: u64 = 20_000;
/// So many entries are compared between two commits.
const SOME: usize = 256;
/// After so many bytes of keys and values the files are opened anew, when nobody wanted to write for this long. They make
/// two or three times as much log, and a hundred megabytes of log take a quarter of a second of reading.
const UNNOTED: u64 = 4 << 20;
const QUIET: Duration = Duration::from_secs(1);
/// On a disk with less than this left nothing is opened anew.
const NOTE_ROOM: u64 = 64 << 20;
/// Memory for sled's pages.
const CACHE: u64 = 8 << 20;

/// Whether something was acknowledged here once: then a store that is missing is a loss and no beginning.
#[must_use]
pub fn was_there(folder: &Path) -> bool {
    mark::is_there(folder)
}

/// How many bytes the keys and values of a folder take, as far as that was noted.
pub(super) fn live_bytes(folder: &Path) -> Option<u64> {
    mark::live_bytes(folder)
}

/// What became of the comparison; `None`: it is under way.
type Verdict = Option<Result<(), StoreError>>;

type Reply = oneshot::Sender<Result<(), StoreError>>;

/// Why a write failed. From then on memory and disk may differ, so nothing is acknowledged or told any more.
type Broken = Arc<OnceLock<StoreError>>;

/// The store as readers see it.
#[derive(Clone)]
struct Reader {
    db: ::sled::Db,
    /// Odd while a batch is being applied. A long value is read in several steps, and sled guards each of them only.
    turn: Arc<AtomicU64>,
}

/// The store for whoever reads; `None` while the files are closed for a moment, and after they could not be opened again.
type Shared = Arc<RwLock<Option<Reader>>>;

/// A batch being applied; over when dropped, also by a panic of sled.
struct Turn<'a>(&'a AtomicU64);

impl<'a> Turn<'a> {
    fn begin(turn: &'a AtomicU64) -> Self {
        turn.fetch_add(1, Ordering::AcqRel);
        Self(turn)
    }
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

/// Opens, and again for a moment while sled's own lock is held: its threads let go of the files a little after the store
/// was dropped. Who may work with the folder was settled by our lock before.
pub(super) fn patiently(open: impl Fn() -> ::sled::Result<::sled::Db>) -> ::sled::Result<::sled::Db> {
    for _ in 0..200 {
        match open() {
            Err(::sled::Error::Io(error)) if error.to_string().contains("could not acquire lock") => {
                thread::sleep(std::time::Duration::from_millis(10));
            }
            other => return other,
        }
    }
    open()
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
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))
            .map_err(|error| refused(folder, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(StoreError::Locked(folder.display().to_string())),
            Err(std::fs::TryLockError::Error(error)) => return Err(refused(folder, &error)),
        }
        super::compact::settle(folder)?;
        let path = folder.join("store");
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

/// Opens the files.
fn open(path: &Path) -> Result<::sled::Db, StoreError> {
    forget_half_snapshots(path).map_err(|error| refused(path, &error))?;
    let config = ::sled::Config::new().path(path).cache_capacity(CACHE).mode(::sled::Mode::HighThroughput);
    patiently(|| config.open()).map_err(|error| failed(&error))
}

/// Removes snapshots that were being written when the process died or the disk was full. sled writes one beside the last, under
/// a name of its own, and gives it its right name when it is whole; but at a start it takes the half one for the newest and calls
/// the store damaged. The log from the last whole one on is kept until then, so nothing is lost with it.
fn forget_half_snapshots(path: &Path) -> io::Result<()> {
    let files = match std::fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        files => files?,
    };
    for file in files {
        let file = file?;
        let name = file.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            std::fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

/// An error of the file system.
fn refused(path: &Path, error: &io::Error) -> StoreError {
    let text = format!("{}: {error}", path.display());
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            StoreError::Full(text)
        }
        _ => StoreError::Unavailable(text),
    }
}

/// An error of sled.
fn failed(error: &::sled::Error) -> StoreError {
    match error {
        ::sled::Error::Io(error) => {
            // sled copies errors of the system as text, so the kind alone may be lost.
            let text = error.to_string();
            let full = matches!(
                error.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
            ) || ["StorageFull", "QuotaExceeded", "FileTooLarge"].iter().any(|kind| text.contains(kind));
            if full { StoreError::Full(text) } else { StoreError::Unavailable(text) }
        }
        ::sled::Error::Corruption { at, .. } => StoreError::Corrupt(match at {
            Some(at) => format!("its files are damaged at {at:?}"),
            None => "its files are damaged".into(),
        }),
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// What the owner thread needs.
struct Owner {
    /// `None` after the files could not be opened again.
    reader: Option<Reader>,
    shared: Shared,
    path: PathBuf,
    /// Bytes that were written since the files were opened.
    unnoted: u64,
    log: File,
    mark: Mark,
    /// Where the store stands after what was applied last.
    state: State,
    /// The comparison of everything with what should be there, while it is under way.
    comparison: Option<Comparison>,
    verdict: watch::Sender<Verdict>,
    leases: Arc<Mutex<Leases>>,
    changes: watch::Sender<u64>,
    broken: Broken,
}

impl Owner {
    /// Writes what comes; while nothing does, and a little after each commit, it compares.
    fn run(&mut self, queue: &mpsc::Receiver<(Batch, Reply)>) {
        loop {
            let first = if self.comparison.is_some() {
                match queue.try_recv() {
                    Ok(first) => Some(first),
                    Err(mpsc::TryRecvError::Empty) => None,
                    Err(mpsc::TryRecvError::Disconnected) => return,
                }
            } else if self.unnoted >= UNNOTED {
                match queue.recv_timeout(QUIET) {
                    Ok(first) => Some(first),
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        self.open_anew();
                        None
                    }
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                }
            } else {
                match queue.recv() {
                    Ok(first) => Some(first),
                    Err(mpsc::RecvError) => return,
                }
            };
            if let Some(first) = first {
                self.write(first, queue);
            }
            self.compare();
        }
    }

    /// Closes the files and opens them again, if nobody is reading. Whoever wants to read meanwhile waits.
    fn open_anew(&mut self) {
        // Somebody who reads for long would keep all others waiting: another time.
        let Ok(mut shared) = self.shared.try_write() else { return };
        self.unnoted = 0;
        // What is noted takes room, and files that cannot be opened for want of it help nobody.
        if fs4::available_space(&self.path).is_ok_and(|free| free < NOTE_ROOM) {
            return;
        }
        let Some(turn) = shared.take_if(|_| self.broken.get().is_none()).map(|reader| reader.turn) else { return };
        // The last of those who know the files.
        self.reader = None;
        let opened = calmly(|| {
            let db = open(&self.path)?;
            // Whether nothing else is missing the next start finds out, as always.
            if State::read(&db)?.unwrap_or_default().number != self.state.number {
                return Err(StoreError::Corrupt("it is not as it was when it was closed".into()));
            }
            Ok(db)
        });
        match opened {
            Ok(db) => {
                let reader = Reader { db, turn };
                *shared = Some(reader.clone());
                self.reader = Some(reader);
            }
            Err(error) => {
                tracing::error!(%error, "the store cannot be opened again; start again when that is mended");
                let _ = self.broken.set(error);
            }
        }
    }

    /// Compares some entries. What is found to be missing ends all work with the store.
    fn compare(&mut self) {
        let Some(mut comparison) = self.comparison.take() else { return };
        if self.broken.get().is_some() {
            self.verdict.send_replace(Some(self.broken.get().cloned().map_or(Ok(()), Err)));
            return;
        }
        let Some(Reader { db, .. }) = &self.reader else { return };
        let wanted = self.state.entries.unwrap_or(mark::Sums::NOTHING);
        let error = match compare::told(|| Ok(comparison.step(db, wanted, SOME)?.transpose())) {
            Ok(Ok(None)) => {
                self.comparison = Some(comparison);
                return;
            }
            Ok(Ok(Some(found))) => {
                // From now on the bytes are known, too.
                self.state.entries = Some(found);
                match self.mark.matches(&self.state) {
                    Ok(()) => {
                        self.verdict.send_replace(Some(Ok(())));
                        // What was read for it need not stay in memory.
                        self.unnoted = UNNOTED;
                        return;
                    }
                    Err(error) => error,
                }
            }
            Ok(Err(lost)) => StoreError::Corrupt(self.mark.damage(&lost)),
            Err(error) => error,
        };
        tracing::error!(%error, "what is stored was compared with what was acknowledged; nothing more is done with it");
        let _ = self.broken.set(error.clone());
        self.verdict.send_replace(Some(Err(error)));
    }

    /// Takes what is waiting, writes it as one, syncs, answers all.
    fn write(&mut self, first: (Batch, Reply), queue: &mpsc::Receiver<(Batch, Reply)>) {
        let mut replies = Vec::new();
        let mut notify = false;
        let mut waiting = Some(first);
        let mut breath = true;
        loop {
            let Some((batch, reply)) = waiting.take().or_else(|| queue.try_recv().ok()) else {
                // Where several are at work, one turn for them brings more commits into this sync.
                if std::mem::take(&mut breath) && replies.len() > 1 {
                    thread::yield_now();
                    continue;
                }
                break;
            };
            if self.broken.get().is_some() {
                replies.push(reply);
                continue;
            }
            let hint = batch.notify;
            // Batches are applied one by one, because a later one may expect what an earlier one wrote.
            match calmly(|| self.admit(batch)) {
                Ok(()) => {
                    notify |= hint;
                    replies.push(reply);
                }
                Err(refused @ (StoreError::Conflict | StoreError::Fenced)) => {
                    let _ = reply.send(Err(refused));
                }
                Err(error) => {
                    let _ = self.broken.set(error);
                    replies.push(reply);
                }
            }
            if replies.len() >= QUEUE {
                break;
            }
        }
        if self.broken.get().is_none()
            && !replies.is_empty()
            && let Err(error) = calmly(|| self.sync())
        {
            tracing::error!(%error, "the store cannot be written any more; start again when that is mended");
            let _ = self.broken.set(error);
        }
        let written = self.broken.get().cloned().map_or(Ok(()), Err);
        for reply in replies {
            let _ = reply.send(written.clone());
        }
        if written.is_ok() && notify {
            self.changes.send_modify(|changes| *changes += 1);
        }
    }

    /// Applies a batch if its lease is held. The leases stay locked meanwhile: nobody takes one over in between.
    fn admit(&mut self, batch: Batch) -> Result<(), StoreError> {
        let leases = locked(&self.leases);
        if !leases.admit(batch.fence.as_ref()) {
            return Err(StoreError::Fenced);
        }
        let Some(reader) = &self.reader else { return Err(closed()) };
        let mut tally = Tally { state: self.state, comparison: self.comparison.as_mut() };
        self.unnoted += batch.puts.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum::<u64>();
        apply(reader, &mut tally, batch)?;
        self.state = tally.state;
        Ok(())
    }

    /// Makes durable what was applied.
    fn sync(&mut self) -> Result<(), StoreError> {
        let Some(reader) = &self.reader else { return Err(closed()) };
        reader.db.flush().map_err(|error| failed(&error))?;
        self.log.sync_data().map_err(|error| refused(Path::new("the log"), &error))?;
        self.mark.done(&self.state)
    }
}

fn locked(leases: &Mutex<Leases>) -> MutexGuard<'_, Leases> {
    leases.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does a batch.
fn apply(reader: &Reader, tally: &mut Tally<'_>, batch: Batch) -> Result<(), StoreError> {
    let db = &reader.db;
    let mut absent: Vec<&[u8]> = Vec::new();
    for (key, expected) in &batch.expect {
        match expected {
            None => absent.push(key),
            Some(_) if &reader.read(key)? != expected => return Err(StoreError::Conflict),
            Some(_) => {}
        }
    }
    // Of what was not there just now nothing has to be taken away.
    absent.sort_unstable();
    if !are_absent(db, &absent)? {
        return Err(StoreError::Conflict);
    }
    // A put counts more than a delete, and of two puts of one key the last counts.
    let mut puts = batch.puts;
    puts.reverse();
    puts.sort_by(|a, b| a.0.cmp(&b.0));
    puts.dedup_by(|later, kept| later.0 == kept.0);
    let mut deletes = batch.deletes;
    deletes.retain(|key| puts.binary_search_by(|(put, _)| put.cmp(key)).is_err());
    deletes.sort_unstable();
    deletes.dedup();
    tally.state.number += 1;
    let mut changes = ::sled::Batch::default();
    for key in deletes {
        take_away(db, &key, tally, &mut changes)?;
    }
    for (key, value) in puts {
        if absent.binary_search(&key.as_slice()).is_err() {
            take_away(db, &key, tally, &mut changes)?;
        }
        let mut insert = |key: Vec<u8>, stored: Vec<u8>| {
            tally.add(&key, &stored);
            changes.insert(key, stored);
        };
        if value.len() < MAX_VALUE {
            let mut stored = Vec::with_capacity(value.len() + 1);
            stored.push(WHOLE);
            stored.extend_from_slice(&value);
            insert(key, stored);
        } else {
            for (index, part) in value.chunks(MAX_VALUE).enumerate() {
                insert(part_key(&key, index), part.to_vec());
            }
            let mut stored = vec![PARTS];
            stored.extend_from_slice(&(value.len() as u64).to_be_bytes());
            insert(key, stored);
        }
    }
    tally.state.record(&mut changes);
    let turn = Turn::begin(&reader.turn);
    let applied = db.apply_batch(changes);
    drop(turn);
    applied.map_err(|error| failed(&error))
}

/// Whether none of these sorted keys is there. What is made together lies together: the next key that is there answers for all
/// that are before it.
fn are_absent(db: &::sled::Db, mut keys: &[&[u8]]) -> Result<bool, StoreError> {
    while let [first, rest @ ..] = keys {
        let Some(next) = db.range(*first..).next() else { return Ok(true) };
        let (next, _) = next.map_err(|error| failed(&error))?;
        if *next == **first {
            return Ok(false);
        }
        keys = &rest[rest.partition_point(|key| **key < *next)..];
    }
    Ok(true)
}

/// Removes what stands under a key now, with its parts if it has any.
fn take_away(
    db: &::sled::Db,
    key: &[u8],
    tally: &mut Tally<'_>,
    changes: &mut ::sled::Batch,
) -> Result<(), StoreError> {
    let Some(old) = db.get(key).map_err(|error| failed(&error))? else { return Ok(()) };
    if let Some((&PARTS, length)) = old.split_first() {
        let count = (keys::last_number(length) as usize).div_ceil(MAX_VALUE);
        for index in 0..count {
            let part = part_key(key, index);
            if let Some(stored) = db.get(&part).map_err(|error| failed(&error))? {
                tally.remove(&part, &stored);
                changes.remove(part);
            }
        }
    }
    tally.remove(key, &old);
    changes.remove(key);
    Ok(())
}

fn part_key(key: &[u8], index: usize) -> Vec<u8> {
    let mut part = Vec::with_capacity(key.len() + 5);
    part.push(PART);
    part.extend_from_slice(key);
    part.extend_from_slice(&(index as u32).to_be_bytes());
    part
}

impl Reader {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.db.get(key).map_err(|error| failed(&error))? {
            Some(stored) => self.whole(key, &stored),
            None => Ok(None),
        }
    }

    /// The value that is stored under the key, put together from its parts if need be; `None` when it was deleted just now.
    fn whole(&self, key: &[u8], stored: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match stored.split_first() {
            Some((&WHOLE, value)) => Ok(Some(value.to_vec())),
            Some((&PARTS, _)) => loop {
                let turn = self.turn.load(Ordering::Acquire);
                let read = if turn.is_multiple_of(2) { Some(self.long(key)) } else { None };
                match read {
                    Some(read) if self.turn.load(Ordering::Acquire) == turn => return read,
                    // A batch came in between.
                    _ => thread::yield_now(),
                }
            },
            _ => Err(unknown_form()),
        }
    }

    /// The value as it is now, in several steps.
    fn long(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(stored) = self.db.get(key).map_err(|error| failed(&error))? else { return Ok(None) };
        match stored.split_first() {
            Some((&WHOLE, value)) => Ok(Some(value.to_vec())),
            Some((&PARTS, length)) => {
                let length = keys::last_number(length) as usize;
                let mut value = Vec::with_capacity(length.min(64 << 20));
                for index in 0..length.div_ceil(MAX_VALUE) {
                    let part = self
                        .db
                        .get(part_key(key, index))
                        .map_err(|error| failed(&error))?
                        .ok_or_else(|| StoreError::Corrupt("a part of a long value is missing".into()))?;
                    value.extend_from_slice(&part);
                }
                if value.len() == length {
                    Ok(Some(value))
                } else {
                    Err(StoreError::Corrupt("a long value is cut short".into()))
                }
            }
            _ => Err(unknown_form()),
        }
    }

    /// At most `limit` entries of a range.
    fn scan(&self, from: &[u8], to: &[u8], limit: usize, backwards: bool) -> Result<Vec<Entry>, StoreError> {
        let take = |item: ::sled::Result<(::sled::IVec, ::sled::IVec)>| {
            let found = item.map_err(|error| failed(&error)).and_then(|(key, stored)| {
                let value = self.whole(&key, &stored)?;
                Ok(value.map(|value| (key.to_vec(), value)))
            });
            found.transpose()
        };
        // What is ours lies in the middle of the keys and is nobody's business.
        let (ours, after): (&[u8], &[u8]) = (&[PART], &[PART + 1]);
        let below = self.db.range(from.min(ours)..to.min(ours));
        let above = self.db.range(from.max(after)..to.max(after));
        if backwards {
            above.rev().chain(below.rev()).filter_map(take).take(limit).collect()
        } else {
            below.chain(above).filter_map(take).take(limit).collect()
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("its files are closed".into())
}

fn unknown_form() -> StoreError {
    StoreError::Corrupt("a value of an unknown form".into())
}

/// Reads while nobody closes the files.
fn within<T>(shared: &Shared, work: impl FnOnce(&Reader) -> Result<T, StoreError>) -> Result<T, StoreError> {
    let reader = shared.read().unwrap_or_else(PoisonError::into_inner);
    work(reader.as_ref().ok_or_else(closed)?)
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
        done.map_err(|error| StoreError::Unavailable(error.to_string()))?
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

    async fn still(&self) -> Option<Still> {
        Some(Still(self.gate.clone().write_owned().await))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
