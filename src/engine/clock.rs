//! The time: the real one, and ones that tests move. Nothing else in the product asks for the time.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use async_trait::async_trait;

/// Where the time comes from.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970, UTC.
    fn now_ms(&self) -> i64;

    /// Waits; a moved clock decides for itself how long that takes.
    async fn sleep(&self, span: Duration);
}

/// The wall clock of this machine, also where runs follow another clock: it goes on while the machine is suspended.
#[must_use]
pub fn wall() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        chrono::Utc::now().timestamp_millis()
    }

    async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    now: AtomicI64,
    moved: tokio::sync::Notify,
}

impl ManualClock {
    /// A clock at this time.
    #[must_use]
    pub fn at(now_ms: i64) -> Self {
        Self { now: AtomicI64::new(now_ms), moved: tokio::sync::Notify::new() }
    }

    /// Moves it.
    pub fn advance(&self, span: Duration) {
        self.now.fetch_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    /// Sets it to this time, be it an earlier one.
    pub fn set(&self, now_ms: i64) {
        self.now.store(now_ms, Ordering::SeqCst);
        self.moved.notify_waiters();
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    async fn sleep(&self, span: Duration) {
        let until = self.now_ms().saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
        loop {
            let moved = self.moved.notified();
            if self.now_ms() >= until {
                return;
            }
            moved.await;
        }
    }
}

/// A clock read from a file that holds milliseconds since 1970: for tests that drive a server from outside. An unreadable
/// file leaves the clock where it was.
#[derive(Debug)]
pub struct FileClock {
    path: PathBuf,
    last: AtomicI64,
}

impl FileClock {
    /// A clock that follows this file.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, last: AtomicI64::new(0) }
    }
}

#[async_trait]
impl Clock for FileClock {
    fn now_ms(&self) -> i64 {
        let read = std::fs::read_to_string(&self.path).ok().and_then(|text| text.trim().parse().ok());
        match read {
            Some(now) => {
                self.last.store(now, Ordering::SeqCst);
                now
            }
            None => self.last.load(Ordering::SeqCst),
        }
    }

    async fn sleep(&self, span: Duration) {
        // Whoever moves the file wants an answer soon: long waits are cut into short looks at the file.
        let mut before = self.now_ms();
        let mut until = before.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
        loop {
            let now = self.now_ms();
            // Whoever waits does not wait longer because the clock was put back.
            until = until.saturating_sub(before.saturating_sub(now).max(0));
            before = now;
            if now >= until {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
