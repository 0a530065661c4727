//! How many calls of webhooks are taken, and how many wrong ones are told in the log. Per process, in memory: a node that
//! restarts begins anew.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::model::id::Tenant;

/// Good calls of one path: so many at once, and then one for each interval.
const BURST: i64 = 60;
const INTERVAL_MS: i64 = 1_000;
/// Calls that are refused for what they show, of all paths together: whoever calls cannot tell by them which paths there are.
const WRONG_BURST: i64 = 120;
const WRONG_INTERVAL_MS: i64 = 500;
/// How often wrong calls of one path are told in the log.
const TELL_MS: i64 = 60_000;

/// The limits of one process.
#[derive(Debug, Default)]
pub struct Limits {
    state: Mutex<LimitCounts>,
}

/// A path of a tenant.
type Path = (Tenant, String);

/// Paths are those of active workflows, so these maps do not grow by what strangers call.
#[derive(Debug, Default)]
struct LimitCounts {
    good: HashMap<Path, Allowance>,
    wrong: Allowance,
    told: HashMap<Path, Told>,
}

/// What was told of wrong calls of a path.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// When it was told last.
    at: i64,
    /// Calls since then.
    since: u32,
}

/// A bucket that fills again with time, as the time at which it will be full.
#[derive(Debug, Clone, Copy, Default)]
struct Allowance {
    full_at: i64,
}

impl Allowance {
    /// Takes one; else the seconds until there is one.
    fn take(&mut self, now: i64, burst: i64, interval: i64) -> Result<(), u32> {
        // A clock that was set back must not close the door: what is far ahead is of another time.
        let ahead = self.full_at.saturating_sub(now);
        let full_at = if ahead > 2 * burst * interval { now } else { now + ahead.clamp(0, burst * interval) };
        let wait = full_at + interval - (now + burst * interval);
        if wait > 0 {
            self.full_at = full_at;
            return Err(u32::try_from((wait + 999) / 1_000).unwrap_or(u32::MAX));
        }
        self.full_at = full_at + interval;
        Ok(())
    }
}

impl Limits {
    fn state(&self) -> std::sync::MutexGuard<'_, LimitCounts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a good call of a path; else the seconds after which the next one is taken.
    pub fn good(&self, (tenant, path): (&Tenant, &str), now: i64) -> Result<(), u32> {
        self.state().good.entry((tenant.clone(), path.to_string())).or_default().take(now, BURST, INTERVAL_MS)
    }

    /// Counts a wrong call, of whatever path.
    pub fn wrong(&self, now: i64) -> Result<(), u32> {
        self.state().wrong.take(now, WRONG_BURST, WRONG_INTERVAL_MS)
    }

    /// Whether a wrong call of a path is told in the log, and how many there were since the last one that was.
    pub fn tells(&self, (tenant, path): (&Tenant, &str), now: i64) -> Option<u32> {
        let mut state = self.state();
        let told = state.told.entry((tenant.clone(), path.to_string())).or_insert(Told { at: i64::MIN, since: 0 });
        told.since = told.since.saturating_add(1);
        let due = told.at > now || now.saturating_sub(told.at) >= TELL_MS;
        due.then(|| std::mem::replace(told, Told { at: now, since: 0 }).since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_burst_and_then_one_for_each_interval() {
        let limits = Limits::default();
        let (a, b) = (Tenant::default_tenant(), "b".parse().expect("an id"));
        let now = 1_000_000;
        assert_eq!((0..100).filter(|_| limits.good((&a, "a"), now).is_ok()).count() as i64, BURST);
        assert_eq!(limits.good((&a, "a"), now), Err(1));
        assert!(limits.good((&a, "b"), now).is_ok(), "another path");
        assert!(limits.good((&b, "a"), now).is_ok(), "of another tenant");
        assert!(limits.good((&a, "a"), now + INTERVAL_MS).is_ok());
        assert!(limits.good((&a, "a"), now + INTERVAL_MS).is_err());
        // The clock goes back by a day.
        assert!(limits.good((&a, "a"), now - 86_400_000).is_ok());
        // And by a second: that opens nothing.
        assert!((0..100).filter(|_| limits.good((&a, "a"), now - 86_400_000).is_ok()).count() > 0);
        assert!(limits.good((&a, "a"), now - 86_401_000).is_err());
    }

    #[test]
    fn wrong_calls_are_told_once_a_minute() {
        let (limits, tenant) = (Limits::default(), Tenant::default_tenant());
        let told: Vec<Option<u32>> = (0..1000).map(|_| limits.tells((&tenant, "a"), 5)).collect();
        assert_eq!((told[0], told.iter().flatten().count()), (Some(1), 1));
        assert_eq!(limits.tells((&tenant, "a"), 5 + TELL_MS), Some(1000));
        assert_eq!((0..1000).filter(|_| limits.wrong(5).is_ok()).count() as i64, WRONG_BURST);
    }
}
