//! What survives a crash.
//!
//! One small contract, [`Kv`], is implemented by each backend: ordered keys, atomic durable commits, preconditions. All
//! that idflow keeps (runs and their journal, plans, links, the directory, connections, workflows, schedules) is typed
//! on top of it, once, in the files of this folder, so a second backend cannot behave differently. Keys are laid out in
//! [`keys`], values in [`codec`].
//!
//! A commit is durable when it returns. Whoever needs several things to hold together puts them into one [`Batch`].

pub mod abandoned_jobs;
pub mod accounts;
pub mod after_runs;
pub mod audit;
pub mod backup;
pub mod believed_time;
pub mod catalogue;
pub mod check;
pub mod codec;
pub mod compact;
pub mod consents;
pub mod copy;
pub mod decisions;
mod decoded;
pub mod departures;
pub mod directory;
pub mod ends;
pub mod events;
pub mod examinations;
mod exchange;
pub mod failed_calls;
pub mod failing_connections;
pub mod folder;
pub mod format;
pub mod freed_keys;
pub mod idempotency;
pub mod identities;
pub mod indexing;
pub mod item_index;
pub mod key_change;
pub mod keys;
pub mod last_writers;
pub mod leases;
pub mod link_notes;
pub mod links;
pub mod location;
pub mod memory;
pub mod messages;
pub mod newest_run;
pub mod notices;
pub mod object_history;
pub mod object_index;
pub mod object_terms;
pub mod pages;
pub mod postgres;
pub mod provider;
pub mod receivers;
pub mod removal;
pub mod removal_index;
pub mod removals;
pub mod renamed_keys;
pub mod rests;
pub mod retention;
pub mod run_headers;
pub mod run_index;
pub mod runs;
pub mod schedules;
pub mod sealed;
pub mod setups;
pub mod site_files;
pub mod sizes;
pub mod sled;
pub mod table;
pub mod tables;
pub mod templates;
pub mod tenants;
pub mod today;
pub mod uploads;
pub mod wakes;
pub mod webhook_calls;
pub mod webhooks;

pub use pages::scan_prefix;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use idflow_sdk::Problem;
use tokio::sync::watch;

/// A store, shared.
pub type Store = Arc<dyn Kv>;

/// What can go wrong with a store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A precondition of the commit does not hold: somebody else was faster.
    #[error("somebody else changed this at the same time")]
    Conflict,
    /// The lease that the commit was made under is held by somebody else by now, or by nobody: stop working on what it
    /// guards. Nothing of the batch was written.
    #[error("another node has taken this over")]
    Fenced,
    /// Stored bytes cannot be understood.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    /// What was to be written cannot be stored by any store: a key is far too long, or not one of ours. Another try would
    /// not fare better.
    #[error("this cannot be stored: {0}")]
    Refused(String),
    /// The data folder or database refuses to work, or is away.
    #[error("the store cannot be used: {0}")]
    Unavailable(String),
    /// There is no space left to write to.
    #[error("the store has no space left: {0}")]
    Full(String),
    /// A newer idflow wrote this store, in a form that this one may not touch.
    #[error("a newer idflow has written this store: {0}")]
    Newer(String),
    /// Another process works with this data folder.
    #[error("another process uses this data folder: {0}")]
    Locked(String),
    /// It is the target of a copy that did not come to its end.
    #[error("a copy into this store was interrupted")]
    HalfCopied,
}

impl From<StoreError> for idflow_sdk::Error {
    fn from(error: StoreError) -> Self {
        use idflow_sdk::ErrorKind;
        match error {
            // As every connector says it.
            StoreError::Fenced => Self::new(ErrorKind::Unavailable, Problem::new("lease_lost")),
            error => {
                Self::new(ErrorKind::Configuration, Problem::new("store_failed").arg("message", error.to_string()))
            }
        }
    }
}

/// The longest key; the index of PostgreSQL takes little more.
pub const MAX_KEY: usize = 2048;

/// While this is there, nobody commits.
pub struct Still(
    #[allow(dead_code, reason = "it is held, and nothing is done with it")] tokio::sync::OwnedRwLockWriteGuard<()>,
);

/// Lets commits through, until somebody wants them to stand still.
pub(crate) type Gate = Arc<tokio::sync::RwLock<()>>;

/// Key and value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// Changes that hold together.
#[derive(Debug, Default, Clone)]
pub struct Batch {
    /// What must be stored for the commit to take place; `None`: nothing.
    pub expect: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// What is written; of two values of one key the last counts.
    pub puts: Vec<Entry>,
    /// What is deleted; a key that is put as well ends with the put value.
    pub deletes: Vec<Vec<u8>>,
    /// The lease (name and epoch) under which this is written. The commit is refused with [`StoreError::Fenced`] when it
    /// is not held with this epoch at the moment of writing: a holder that was frozen can never write into what another
    /// has taken over.
    pub fence: Option<(String, u64)>,
    /// Wake those who watch [`Kv::changes`], on every node.
    pub notify: bool,
}

impl Batch {
    /// Adds a value.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.puts.push((key, value));
    }

    /// Whether every store can hold this; each asks before it writes.
    ///
    /// # Errors
    /// [`StoreError::Refused`] naming a key that is longer than [`MAX_KEY`] or begins with [`keys::RESERVED`].
    pub fn check(&self) -> Result<(), StoreError> {
        for (key, _) in &self.puts {
            if key.len() > MAX_KEY {
                let length = key.len();
                return Err(StoreError::Refused(format!(
                    "a key of {length} bytes is longer than {MAX_KEY}: some name or id is far too long"
                )));
            }
            if key.first() == Some(&keys::RESERVED) {
                return Err(StoreError::Refused("keys of this kind belong to the store itself".into()));
            }
        }
        Ok(())
    }

    /// True when there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.deletes.is_empty()
    }

    /// Takes over what `other` changes. A batch is written under one lease: the two may not name different ones.
    pub fn append(&mut self, other: Self) {
        debug_assert!(
            self.fence.is_none() || other.fence.is_none() || self.fence == other.fence,
            "one batch, one lease"
        );
        self.expect.extend(other.expect);
        self.puts.extend(other.puts);
        self.deletes.extend(other.deletes);
        self.fence = self.fence.take().or(other.fence);
        self.notify |= other.notify;
    }
}

/// Ordered keys and values.
#[async_trait]
pub trait Kv: Send + Sync {
    /// The value of a key.
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The values of several keys, in their order.
    async fn get_many(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// At most `limit` entries with `from <= key < to`, in order, or backwards from the end.
    async fn scan(&self, from: Vec<u8>, to: Vec<u8>, limit: usize, backwards: bool) -> Result<Vec<Entry>, StoreError>;

    /// Does all of the batch or nothing; durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a precondition does not hold; [`StoreError::Fenced`] when the batch has a fence and
    /// its lease is not held (looked at first).
    async fn commit(&self, batch: Batch) -> Result<(), StoreError>;

    /// Bytes on disk, as far as the backend knows.
    async fn size(&self) -> Result<u64, StoreError>;

    /// Asks for the lease `name` for `ttl`. Granted when nobody holds it, or when its time is over by the clock of the
    /// store (the database's, never this machine's). Gives the epoch of the grant: for one name every grant has a larger
    /// one than all before it. `None`: somebody holds it, perhaps another task of the same node.
    ///
    /// `node` is a random id for each start of a process. A node that keeps its place (a data folder of which only one
    /// process at a time can be the owner) puts that before it, `PLACE/START`: then the leases of an earlier start are
    /// granted at once, because whoever held them is certainly gone.
    ///
    /// A lease does not end by itself when its time is over, it can only be taken then: who was late and finds that nobody
    /// took it may go on. Renew after a third of `ttl`. With a store that one process owns, leases end with the process.
    async fn claim(&self, name: &str, node: &str, ttl: Duration) -> Result<Option<u64>, StoreError>;

    /// Holds the lease for `ttl` from now. False: it is not held with this epoch any more; stop what it guards.
    async fn renew(&self, name: &str, epoch: u64, ttl: Duration) -> Result<bool, StoreError>;

    /// Gives the lease back, so that others need not wait. Nothing happens when it is not held with this epoch.
    async fn release(&self, name: &str, epoch: u64) -> Result<(), StoreError>;

    /// Completes when it is certain that everything is there that was ever acknowledged. Before that nothing is done outside
    /// on the word of this store: what is missing in it could be taken for gone.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when something is missing; from then on every call is refused.
    async fn sound(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Why this process can do nothing with the store any more until it is opened anew, if that is so.
    fn closed(&self) -> Option<StoreError> {
        None
    }

    /// Keeps everybody from committing until what this gives is dropped, so that several reads see one moment. `None`: this store
    /// cannot, because others write to it as well.
    async fn still(&self) -> Option<Still> {
        None
    }

    /// A number that changes when this or another node has committed a batch with [`Batch::notify`]. Keep the receiver
    /// and await its `changed()`: what happens between two looks is not missed. It is a hint and no more: look at the
    /// store at least once a second as well, for a lost connection loses hints.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Completes at the next hint of [`Kv::changes`] after this call.
    async fn changed(&self) {
        let mut changes = self.changes();
        if changes.changed().await.is_err() {
            // The store is gone: there will be no hint.
            std::future::pending::<()>().await;
        }
    }
}
