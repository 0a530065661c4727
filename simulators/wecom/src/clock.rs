//! The simulator's time: the real time plus what an administrator added.
//!
//! Token lifetimes and the one-hour block after wrong secrets are counted on this clock, so a test
//! can let two hours pass without waiting for them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, movable forwards.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    added_ms: u64,
}

impl Clock {
    /// The present moment.
    pub fn now_ms(&self) -> u64 {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(real.as_millis()).unwrap_or(u64::MAX).saturating_add(self.added_ms)
    }

    /// Moves the clock forwards.
    pub fn advance(&mut self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.added_ms = self.added_ms.saturating_add(by);
    }
}
