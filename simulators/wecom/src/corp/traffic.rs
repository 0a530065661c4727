//! What a corp's apps used up: messages by member and day, creations by month, lookups that missed.
//!
//! Nothing here is part of the state; loading a state starts it anew.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::members::Key;

pub(crate) const MINUTE_MS: u64 = 60_000;
pub(crate) const HOUR_MS: u64 = 3_600_000;
/// The platform's day is that of China, eight hours ahead of UTC.
const CHINA_MS: u64 = 8 * HOUR_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
pub(crate) const MONTH_MS: u64 = 30 * DAY_MS;
/// How long a message is of use to anybody: a card can be answered for 72 hours.
pub(crate) const SENT_MS: u64 = 3 * DAY_MS;
/// The longest interval in which repetitions are dropped.
const LONGEST_INTERVAL_MS: u64 = 4 * HOUR_MS;
/// From how many entries on old ones are looked for and forgotten.
const MANY: usize = 100_000;

/// A count that starts anew when its time is over.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    since_ms: u64,
    count: u64,
}

impl Tally {
    /// The count of a period that begins with its first event.
    pub fn within(&mut self, length_ms: u64, now_ms: u64) -> &mut u64 {
        if self.count == 0 || now_ms.saturating_sub(self.since_ms) >= length_ms {
            *self = Self { since_ms: now_ms, count: 0 };
        }
        &mut self.count
    }

    /// The count of the present day.
    pub fn today(&mut self, now_ms: u64) -> &mut u64 {
        let day = |ms: u64| ms.saturating_add(CHINA_MS) / DAY_MS;
        if day(self.since_ms) != day(now_ms) {
            *self = Self { since_ms: now_ms, count: 0 };
        }
        &mut self.count
    }
}

/// Why a message did not reach a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dropped {
    Frequency,
    Duplicate,
}

/// A message that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub agentid: i64,
    pub at_ms: u64,
    pub response_code: Option<String>,
}

/// The counts of a corp.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    /// Members created this month.
    pub created: Tally,
    /// Trusted domains set this month.
    pub domain_settings: Tally,
    /// Mobile numbers and addresses looked up in vain today.
    pub misses: Tally,
    /// Person-times by app.
    pub person_times: HashMap<i64, Tally>,
    by_member: HashMap<(i64, Key), (Tally, Tally)>,
    /// When a member last got a message of this hash.
    seen: HashMap<(i64, Key, u64), u64>,
    /// Messages by id.
    pub sent: HashMap<String, Sent>,
}

impl Traffic {
    /// Counts a message to a member, or says why it is dropped.
    pub fn deliver(
        &mut self,
        to: (i64, Key),
        content: u64,
        interval_ms: Option<u64>,
        (per_minute, per_hour): (Option<u64>, Option<u64>),
        now_ms: u64,
    ) -> Result<(), Dropped> {
        let seen = (to.0, to.1, content);
        if let (Some(interval), Some(last)) = (interval_ms, self.seen.get(&seen))
            && now_ms.saturating_sub(*last) < interval
        {
            return Err(Dropped::Duplicate);
        }
        let (minute, hour) = self.by_member.entry(to).or_default();
        let (minute, hour) = (minute.within(MINUTE_MS, now_ms), hour.within(HOUR_MS, now_ms));
        if per_minute.is_some_and(|most| *minute >= most) || per_hour.is_some_and(|most| *hour >= most) {
            return Err(Dropped::Frequency);
        }
        *minute += 1;
        *hour += 1;
        if self.seen.len() >= MANY {
            self.seen.retain(|_, at| now_ms.saturating_sub(*at) < LONGEST_INTERVAL_MS);
        }
        self.seen.insert(seen, now_ms);
        Ok(())
    }

    /// Remembers a message for as long as it can be taken back or answered.
    pub fn remember(&mut self, msgid: &str, sent: Sent) {
        if self.sent.len() >= MANY {
            self.sent.retain(|_, old| sent.at_ms.saturating_sub(old.at_ms) <= SENT_MS);
        }
        self.sent.insert(msgid.to_owned(), sent);
    }
}

/// A number that equal messages share.
pub(crate) fn hash_of(kind: &str, content: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind, content).hash(&mut hasher);
    hasher.finish()
}
