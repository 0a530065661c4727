//! Leases of a store that one process owns: in memory, because they end with the process anyway.
//!
//! The rules are those of [`super::Kv::claim`]: a lease is held until it is released or somebody else's claim is granted.
//! Being over its time does not end it, it only lets others take it. Epochs come from one counter for all names, so an
//! epoch that was granted once is never granted again.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

#[derive(Debug)]
struct HeldLease {
    epoch: u64,
    until: Instant,
}

/// Who holds what.
#[derive(Debug, Default)]
pub struct Leases {
    held: HashMap<String, HeldLease>,
    last: u64,
}

impl Leases {
    /// Grants the lease when nobody holds it or its time is over.
    pub fn claim(&mut self, name: &str, ttl: Duration) -> Option<u64> {
        let now = Instant::now();
        if self.held.get(name).is_some_and(|held| now < held.until) {
            return None;
        }
        self.last += 1;
        self.held.insert(name.to_string(), HeldLease { epoch: self.last, until: now + ttl });
        Some(self.last)
    }

    /// Lengthens the lease when it is still held with this epoch.
    pub fn renew(&mut self, name: &str, epoch: u64, ttl: Duration) -> bool {
        match self.held.get_mut(name) {
            Some(held) if held.epoch == epoch => {
                held.until = Instant::now() + ttl;
                true
            }
            _ => false,
        }
    }

    /// Gives the lease back; nothing happens when it is not held with this epoch.
    pub fn release(&mut self, name: &str, epoch: u64) {
        if self.holds(name, epoch) {
            self.held.remove(name);
        }
    }

    /// Whether the lease is held with this epoch.
    #[must_use]
    pub fn holds(&self, name: &str, epoch: u64) -> bool {
        self.held.get(name).is_some_and(|held| held.epoch == epoch)
    }

    /// Whether a commit with this fence may go on.
    #[must_use]
    pub fn admit(&self, fence: Option<&(String, u64)>) -> bool {
        fence.is_none_or(|(name, epoch)| self.holds(name, *epoch))
    }
}
