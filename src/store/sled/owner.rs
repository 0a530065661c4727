//! The one thread that writes.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::{
    super::{Batch, StoreError, keys, leases::Leases},
    acknowledged::{Acknowledged, Mark, Tally},
    catch_panic::calmly,
    compare::{self, Comparison},
    read::{MAX_VALUE, PARTS, Reader, Turn, WHOLE, failed, part_key},
    shared::{
        BUSY, Broken, NOTE_ROOM, QUEUE, QUIET, Reply, SHARE, SOME, Shared, UNNOTED, Verdict, closed, locked, open,
        refused,
    },
    sums::Sums,
};

/// What the owner thread needs.
pub(super) struct Owner {
    /// `None` after the files could not be opened again.
    pub(super) reader: Option<Reader>,
    pub(super) shared: Shared,
    pub(super) path: PathBuf,
    /// Bytes that were written since the files were opened.
    pub(super) unnoted: u64,
    /// When they were opened, and how long that took.
    pub(super) opened: (Instant, Duration),
    pub(super) log: File,
    pub(super) mark: Mark,
    /// Where the store stands after what was applied last.
    pub(super) state: Acknowledged,
    /// The comparison of everything with what should be there, while it is under way.
    pub(super) comparison: Option<Comparison>,
    pub(super) verdict: watch::Sender<Verdict>,
    pub(super) leases: Arc<Mutex<Leases>>,
    pub(super) changes: watch::Sender<u64>,
    pub(super) broken: Broken,
}

impl Owner {
    /// Writes what comes; while nothing does, and a little after each commit, it compares.
    pub(super) fn run(&mut self, queue: &mpsc::Receiver<(Batch, Reply)>) {
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
                if self.comparison.is_none() && self.has_much_to_note() {
                    self.open_anew();
                }
            }
            self.compare();
        }
    }

    /// Whether so much was written without a pause that a kill would leave long reading, and opening the files takes little of
    /// the time that was spent since.
    fn has_much_to_note(&self) -> bool {
        let (at, took) = self.opened;
        self.unnoted >= BUSY && at.elapsed() >= took.saturating_mul(SHARE)
    }

    /// Closes the files and opens them again, if nobody is reading. Whoever wants to read meanwhile waits.
    pub(super) fn open_anew(&mut self) {
        // Somebody who reads for long would keep all others waiting: another time.
        let Ok(mut shared) = self.shared.try_write() else { return };
        self.unnoted = 0;
        // What is noted takes room, and files that cannot be opened for want of it help nobody.
        if fs4::available_space(&self.path).is_ok_and(|free| free < NOTE_ROOM) {
            return;
        }
        let Some(turn) = shared.take_if(|_| self.broken.get().is_none()).map(|reader| reader.turn) else { return };
        let begun = Instant::now();
        // The last of those who know the files.
        self.reader = None;
        let opened = calmly(|| {
            let db = open(&self.path)?;
            // Whether nothing else is missing the next start finds out, as always.
            if Acknowledged::read(&db)?.unwrap_or_default().number != self.state.number {
                return Err(StoreError::Corrupt("it is not as it was when it was closed".into()));
            }
            Ok(db)
        });
        match opened {
            Ok(db) => {
                let reader = Reader { db, turn };
                *shared = Some(reader.clone());
                self.reader = Some(reader);
                self.opened = (Instant::now(), begun.elapsed());
            }
            Err(error) => {
                tracing::error!(%error, "the store cannot be opened again; start again when that is repaired");
                let _ = self.broken.set(error);
            }
        }
    }

    /// Compares some entries. What is found to be missing ends all work with the store.
    pub(super) fn compare(&mut self) {
        let Some(mut comparison) = self.comparison.take() else { return };
        if self.broken.get().is_some() {
            self.verdict.send_replace(Some(self.broken.get().cloned().map_or(Ok(()), Err)));
            return;
        }
        let Some(Reader { db, .. }) = &self.reader else { return };
        let wanted = self.state.entries.unwrap_or(Sums::NOTHING);
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
    pub(super) fn write(&mut self, first: (Batch, Reply), queue: &mpsc::Receiver<(Batch, Reply)>) {
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
            tracing::error!(%error, "the store cannot be written any more; start again when that is repaired");
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
    pub(super) fn admit(&mut self, batch: Batch) -> Result<(), StoreError> {
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
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        let Some(reader) = &self.reader else { return Err(closed()) };
        reader.db.flush().map_err(|error| failed(&error))?;
        self.log.sync_data().map_err(|error| refused(Path::new("the log"), &error))?;
        self.mark.done(&self.state)
    }
}

/// Does a batch.
pub(super) fn apply(reader: &Reader, tally: &mut Tally<'_>, batch: Batch) -> Result<(), StoreError> {
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
pub(super) fn are_absent(db: &::sled::Db, mut keys: &[&[u8]]) -> Result<bool, StoreError> {
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
pub(super) fn take_away(
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
