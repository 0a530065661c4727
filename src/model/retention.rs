//! How long things of a tenant are kept: settings, with the bounds that they have.

use serde::{Deserialize, Serialize};

/// The shortest time that an audit is kept, in days. China's Cybersecurity Law (Article 21) asks for logs of at least six
/// months; the longest six months have 184 days.
pub const AUDIT_FLOOR_DAYS: u32 = 184;
/// The longest time that files are kept that somebody uploaded, in days: numbers and addresses of people stand in them.
pub const UPLOADS_MOST_DAYS: u32 = 30;
/// The longest time of all others, in days.
pub const MOST_DAYS: u32 = 3650;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// How long things are kept, in days: of runs after their end, of all others since they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// Calls that did not go well.
    pub calls: u32,
    /// Changes that were carried out.
    pub changes: u32,
    /// Items that went wrong.
    pub failures: u32,
    /// Runs.
    pub runs: u32,
    /// Entries of the audit.
    pub audit: u32,
    /// Files that somebody uploaded.
    pub uploads: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { calls: 30, changes: 90, failures: 180, runs: 400, audit: 730, uploads: 1 }
    }
}

/// What is wrong with settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// A number of days out of its bounds: the field, the least and the most.
    Bounds(&'static str, u32, u32),
    /// What is kept of a run grows with its age; the field that is too long.
    Order(&'static str),
}

impl Retention {
    /// Whether they can be: each in its bounds, and of a run ever less.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn check(&self) -> Result<(), Wrong> {
        for (name, days, least, most) in [
            ("calls", self.calls, 1, MOST_DAYS),
            ("changes", self.changes, 1, MOST_DAYS),
            ("failures", self.failures, 1, MOST_DAYS),
            ("runs", self.runs, 1, MOST_DAYS),
            ("audit", self.audit, AUDIT_FLOOR_DAYS, MOST_DAYS),
            ("uploads", self.uploads, 1, UPLOADS_MOST_DAYS),
        ] {
            if !(least..=most).contains(&days) {
                return Err(Wrong::Bounds(name, least, most));
            }
        }
        if self.calls > self.runs {
            return Err(Wrong::Order("calls"));
        }
        if self.changes > self.failures {
            return Err(Wrong::Order("changes"));
        }
        if self.failures > self.runs {
            return Err(Wrong::Order("failures"));
        }
        Ok(())
    }

    /// Days in milliseconds.
    #[must_use]
    pub const fn ms(days: u32) -> i64 {
        days as i64 * DAY_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_order_are_kept() {
        let usual = Retention::default();
        assert_eq!(usual.check(), Ok(()));
        assert_eq!(Retention { audit: 183, ..usual }.check(), Err(Wrong::Bounds("audit", 184, 3650)));
        assert_eq!(Retention { audit: 184, ..usual }.check(), Ok(()));
        assert_eq!(Retention { uploads: 31, ..usual }.check(), Err(Wrong::Bounds("uploads", 1, 30)));
        assert_eq!(Retention { calls: 0, ..usual }.check(), Err(Wrong::Bounds("calls", 1, 3650)));
        assert_eq!(Retention { changes: 181, ..usual }.check(), Err(Wrong::Order("changes")));
        assert_eq!(Retention { runs: 179, ..usual }.check(), Err(Wrong::Order("failures")));
    }
}
