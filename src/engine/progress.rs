//! What is happening right now, for whoever watches. Kept in memory only; the log is the truth.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Counters of one run that is being worked on.
#[derive(Debug, Default)]
pub struct Progress {
    step: Mutex<String>,
    total: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    read: AtomicU64,
    cancel: AtomicBool,
}

/// A look at the counters.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, Default)]
pub struct Snapshot {
    /// The step at work.
    pub step: String,
    /// Rows to carry out in this run.
    pub total: u64,
    /// Rows carried out.
    pub done: u64,
    /// Rows that failed.
    pub failed: u64,
    /// Objects read so far.
    pub read: u64,
}

impl Progress {
    /// Enters a step.
    pub fn enter(&self, step: &str) {
        *self.step.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = step.to_string();
    }

    /// So many rows will be carried out.
    pub fn expect(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    /// One row is over.
    pub fn row(&self, good: bool) {
        self.done.fetch_add(1, Ordering::Relaxed);
        if !good {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// So many objects were read.
    pub fn objects(&self, number: u64) {
        self.read.fetch_add(number, Ordering::Relaxed);
    }

    /// Asks the run to stop.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// The counters now.
    #[must_use]
    pub fn look(&self) -> Snapshot {
        Snapshot {
            step: self.step.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone(),
            total: self.total.load(Ordering::Relaxed),
            done: self.done.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            read: self.read.load(Ordering::Relaxed),
        }
    }
}
