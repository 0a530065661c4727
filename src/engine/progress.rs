//! What is happening right now, for whoever watches. Kept in memory only; the log is the truth.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::model::run::{Ask, Asked};

/// Counters of one run that is being worked on.
#[derive(Debug)]
pub struct Progress {
    step: Mutex<String>,
    total: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    read: AtomicU64,
    waiting: Mutex<Option<Waiting>>,
    asked: Mutex<Option<Asked>>,
    stop: tokio::sync::Notify,
    /// When carrying out began.
    begun: Mutex<Option<tokio::time::Instant>>,
    over: tokio::sync::watch::Sender<bool>,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            step: Mutex::default(),
            total: AtomicU64::new(0),
            done: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            read: AtomicU64::new(0),
            waiting: Mutex::default(),
            asked: Mutex::default(),
            stop: tokio::sync::Notify::new(),
            begun: Mutex::default(),
            over: tokio::sync::watch::Sender::new(false),
        }
    }
}

/// Why nothing happens right now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Waiting {
    /// The code of what is waited for: `rate_limited`, `import_job`, `group`.
    pub why: String,
    /// Until when, in milliseconds since 1970, as far as that is known.
    pub until: Option<i64>,
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
    /// What is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// Rows a second since carrying out began, waits included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_s: Option<f64>,
    /// Milliseconds until the last row at that rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta_ms: Option<u64>,
}

impl Progress {
    /// Enters a step.
    pub fn enter(&self, step: &str) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = step.to_string();
    }

    /// So many rows will be carried out.
    pub fn expect(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(tokio::time::Instant::now());
    }

    /// Nobody works on the run here any more.
    pub fn end(&self) {
        self.over.send_replace(true);
    }

    /// Waits until nobody works on the run here any more.
    pub async fn ended(&self) {
        // The sender lives as long as `self`.
        let _ = self.over.subscribe().wait_for(|over| *over).await;
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

    /// Asks the run to stop, for good or for now.
    pub fn ask(&self, asked: Asked) {
        let mut place = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        // What is cancelled cannot be paused any more.
        if place.as_ref().is_none_or(|before| before.ask != Ask::Cancel) {
            *place = Some(asked);
        }
        drop(place);
        self.stop.notify_waiters();
    }

    /// What it was asked.
    #[must_use]
    pub fn asked(&self) -> Option<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it was asked to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Waits by this clock, or until the run is asked to stop.
    pub async fn wait(&self, clock: &dyn super::clock::Clock, why: &str, span: std::time::Duration) {
        let until = clock.now_ms().saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
        self.waits(Some(Waiting { why: why.into(), until: Some(until) }));
        let stopped = self.stop.notified();
        if !self.is_stopped() {
            tokio::select! {
                () = clock.sleep(span) => {}
                () = stopped => {}
            }
        }
        self.waits(None);
    }

    /// Tells what is waited for.
    pub fn waits(&self, waiting: Option<Waiting>) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = waiting;
    }

    /// The counters now.
    #[must_use]
    pub fn look(&self) -> Snapshot {
        let (total, done) = (self.total.load(Ordering::Relaxed), self.done.load(Ordering::Relaxed));
        let begun = *self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let rate = begun.filter(|_| done > 0).map(|begun| done as f64 / begun.elapsed().as_secs_f64().max(0.001));
        Snapshot {
            rate_per_s: rate.map(|rate| (rate * 10.0).round() / 10.0),
            eta_ms: rate.map(|rate| (total.saturating_sub(done) as f64 / rate * 1000.0) as u64),
            step: self.step.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            total,
            done,
            failed: self.failed.load(Ordering::Relaxed),
            read: self.read.load(Ordering::Relaxed),
            waiting: self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}
