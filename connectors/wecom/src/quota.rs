//! How often an API may still be called: what the last minute and the last hour have taken, and how long a refusal lasts.
//! Pure; the time is an argument.
//!
//! WeCom counts by company and API in windows of a minute and an hour and does not say where they begin. A bucket
//! therefore holds what any minute and any hour may take, whatever their beginning: it may be emptied at once and fills
//! up as calls leave the window. A rate limiter that hands calls out evenly would either slow down a few thousand writes
//! for no reason or, with a burst allowed, let nearly twice the limit into one minute.
//!
//! After a refusal (45009) nothing tells which window was hit: the bucket is shut for a minute, and when the first call
//! after that is refused too, for an hour. What is refused after that hour as well is no matter of minutes or hours: the quota of
//! a day or a month is used up (so many members a month, so many messages a day). No call is worth waiting for then; one in six
//! hours shows whether it is free again.

use std::{collections::VecDeque, time::Duration};

use idflow_sdk::{ErrorKind, Problem};

/// How long a bucket is shut after a first refusal.
pub(crate) const FIRST_BLOCK: Duration = Duration::from_secs(60);
/// How long it is shut when the refusals go on.
pub(crate) const LONG_BLOCK: Duration = Duration::from_secs(3600);

/// How long it is shut when they go on after that, too.
pub(crate) const DAYS_BLOCK: Duration = Duration::from_secs(6 * 3600);
/// What is told then.
const OF_DAYS: &str = "wecom_quota_of_days";
/// The refusal that counts. A proxy in between that wants less has no days.
const REFUSAL: &str = "WECOM_45009";

/// How many calls of one API the company may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// In any minute.
    pub per_minute: u32,
    /// In any hour.
    pub per_hour: u32,
}

impl Limits {
    /// Nine tenths of what is published for one company and one API (10,000 and 150,000): other programs call too.
    pub const DEFAULT: Self = Self { per_minute: 9_000, per_hour: 135_000 };
    /// The same for one address, whatever the company (20,000 and 600,000).
    pub const ADDRESS: Self = Self { per_minute: 18_000, per_hour: 540_000 };
    /// What one member may get of one app. More vanishes, and nobody is told.
    pub const RECEIVER: Self = Self { per_minute: 30, per_hour: 1_000 };
    /// No limit of ours.
    pub const NONE: Self = Self { per_minute: u32::MAX, per_hour: u32::MAX };
}

/// Calls of a sliding window, counted in slots. What counts is the slots that touch the window, so it errs by one slot to
/// the safe side.
#[derive(Debug)]
struct Window {
    slot_ms: i64,
    slots: i64,
    counts: VecDeque<(i64, u32)>,
    used: u32,
}

impl Window {
    const fn new(slot_ms: i64, slots: i64) -> Self {
        Self { slot_ms, slots, counts: VecDeque::new(), used: 0 }
    }

    fn forget(&mut self, now: i64) {
        let slot = now.div_euclid(self.slot_ms);
        while let Some((first, count)) = self.counts.front().copied()
            && first + self.slots < slot
        {
            self.used -= count;
            self.counts.pop_front();
        }
    }

    /// How long until one more call fits; `None`: now.
    fn wait(&mut self, now: i64, limit: u32) -> Option<Duration> {
        self.forget(now);
        let mut used = self.used;
        let mut until = None;
        for (slot, count) in &self.counts {
            if used < limit {
                break;
            }
            used -= count;
            until = Some((slot + self.slots + 1) * self.slot_ms);
        }
        until.map(|until| millis(until - now))
    }

    fn take(&mut self, now: i64) {
        let slot = now.div_euclid(self.slot_ms);
        self.used += 1;
        match self.counts.back_mut() {
            Some((last, count)) if *last >= slot => *count += 1,
            _ => self.counts.push_back((slot, 1)),
        }
    }

    /// The time that so many more calls need because of this window alone.
    fn span(&mut self, now: i64, limit: u32, calls: u64) -> Duration {
        self.forget(now);
        let over = (u64::from(self.used) + calls).saturating_sub(u64::from(limit));
        let windows = over.div_ceil(u64::from(limit.max(1)));
        millis(self.slot_ms * self.slots).saturating_mul(u32::try_from(windows).unwrap_or(u32::MAX))
    }
}

/// A refusal that still holds.
#[derive(Debug)]
struct Block {
    until: i64,
    /// What WeCom said: later calls repeat the first cause.
    cause: Problem,
    /// How many refusals in a row.
    refusals: u8,
}

/// What one API of one company may still take.
#[derive(Debug)]
pub(crate) struct Bucket {
    minute: Window,
    hour: Window,
    block: Option<Block>,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { minute: Window::new(5_000, 12), hour: Window::new(60_000, 60), block: None }
    }
}

/// Why a call has to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wait {
    /// How long.
    pub rest: Duration,
    /// What WeCom said, if it refused; otherwise our own count is full.
    pub cause: Option<Problem>,
}

impl Wait {
    /// What it means for whoever wanted to call.
    pub fn kind(&self) -> ErrorKind {
        match &self.cause {
            Some(cause) if cause.code == OF_DAYS => ErrorKind::UsedUp(self.rest),
            _ => ErrorKind::RateLimited(self.rest),
        }
    }
}

impl Bucket {
    /// Counts a call, or says why it has to wait.
    pub fn take(&mut self, now: i64, limits: Limits) -> Result<(), Wait> {
        self.room(now, limits)?;
        self.minute.take(now);
        self.hour.take(now);
        Ok(())
    }

    /// Whether a call fits, and why not; nothing is counted.
    pub fn room(&mut self, now: i64, limits: Limits) -> Result<(), Wait> {
        if let Some(block) = &self.block
            && now < block.until
        {
            return Err(Wait { rest: millis(block.until - now), cause: Some(block.cause.clone()) });
        }
        let rest = self.minute.wait(now, limits.per_minute).max(self.hour.wait(now, limits.per_hour));
        if let Some(rest) = rest {
            return Err(Wait { rest, cause: None });
        }
        Ok(())
    }

    /// The refusal that holds now: until when, and what WeCom said.
    pub fn shut(&self, now: i64) -> Option<(i64, &Problem)> {
        self.block.as_ref().filter(|block| now < block.until).map(|block| (block.until, &block.cause))
    }

    /// A refusal that somebody else heard.
    pub fn shut_until(&mut self, until: i64, cause: Problem) {
        if self.block.as_ref().is_none_or(|block| block.until < until) {
            let refusals = if cause.code == OF_DAYS { 3 } else { 1 };
            self.block = Some(Block { until, cause, refusals });
        }
    }

    /// Whether nothing of it counts any more.
    pub fn is_idle(&mut self, now: i64) -> bool {
        self.hour.forget(now);
        self.hour.used == 0 && self.block.as_ref().is_none_or(|block| block.until <= now)
    }

    /// A call of `sent` to this API was refused; returns how long the bucket is shut, and what is told of it. Calls that were
    /// under way when it was shut say nothing new.
    pub fn refused(&mut self, sent: i64, now: i64, api: &str, cause: Problem) -> Wait {
        let before = match &self.block {
            Some(block) if sent < block.until => {
                return Wait { rest: millis((block.until - now).max(0)), cause: Some(block.cause.clone()) };
            }
            Some(block) => block.refusals,
            None => 0,
        };
        let refusals = before.saturating_add(1);
        let (rest, cause) = match refusals {
            1 => (FIRST_BLOCK, cause),
            3.. if cause.code == REFUSAL => (DAYS_BLOCK, Problem::new(OF_DAYS).arg("api", api)),
            _ => (LONG_BLOCK, cause),
        };
        self.block = Some(Block { until: now + as_millis(rest), cause: cause.clone(), refusals });
        Wait { rest, cause: Some(cause) }
    }

    /// A call of `sent` was answered.
    pub fn answered(&mut self, sent: i64) {
        if self.block.as_ref().is_some_and(|block| sent >= block.until) {
            self.block = None;
        }
    }

    /// The time that so many more calls need because of the limits, waiting for a refusal to end included.
    pub fn span(&mut self, now: i64, limits: Limits, calls: u64) -> Duration {
        let blocked = self.block.as_ref().map_or(0, |block| (block.until - now).max(0));
        let windows = self.minute.span(now, limits.per_minute, calls).max(self.hour.span(now, limits.per_hour, calls));
        windows + millis(blocked)
    }
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn as_millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: Limits = Limits { per_minute: 10, per_hour: 25 };

    fn cause() -> Problem {
        Problem::new("WECOM_45009")
    }

    fn rest(bucket: &mut Bucket, now: i64) -> Option<u64> {
        bucket.take(now, FEW).err().map(|wait| wait.rest.as_secs())
    }

    #[test]
    fn no_minute_and_no_hour_takes_more_than_its_limit() {
        let mut bucket = Bucket::default();
        let mut sent: Vec<i64> = Vec::new();
        let mut now = 1_234;
        while now < 3 * 3_600_000 {
            match bucket.take(now, FEW) {
                Ok(()) => sent.push(now),
                Err(wait) => {
                    assert!(wait.rest > Duration::ZERO && wait.rest <= LONG_BLOCK + FIRST_BLOCK, "{wait:?}");
                    now += as_millis(wait.rest);
                    assert!(bucket.take(now, FEW).is_ok(), "after the wait there is room");
                    sent.push(now);
                }
            }
            now += 700;
        }
        for (window, limit) in [(60_000, 10), (3_600_000, 25)] {
            for (first, start) in sent.iter().enumerate() {
                let inside = sent[first..].iter().take_while(|at| **at < start + window).count();
                assert!(inside <= limit, "{inside} calls in {window} ms from {start}");
            }
        }
        assert!(sent.len() > 60, "{}", sent.len());
    }

    #[test]
    fn a_refusal_shuts_for_a_minute_then_for_an_hour() {
        let mut bucket = Bucket::default();
        assert_eq!(rest(&mut bucket, 0), None);
        assert_eq!(rest(&mut bucket, 10), None);
        assert_eq!(bucket.refused(0, 1_000, "x", cause()).rest, FIRST_BLOCK);
        // The other call that was under way is refused too: the same refusal.
        assert_eq!(bucket.refused(10, 1_500, "x", cause()).rest.as_millis(), 59_500);
        let wait = bucket.take(31_000, FEW).expect_err("shut");
        assert_eq!((wait.rest.as_secs(), wait.cause), (30, Some(cause())));
        assert_eq!(rest(&mut bucket, 61_000), None);
        assert_eq!(bucket.refused(61_000, 61_100, "x", cause()).rest, LONG_BLOCK);
        assert_eq!(rest(&mut bucket, 61_100 + 1_800_000), Some(1_800));
        let open = 61_100 + 3_600_000;
        assert_eq!(rest(&mut bucket, open), None);
        bucket.answered(10);
        let of_days = bucket.refused(open, open + 1, "user/create", cause());
        assert_eq!(of_days.kind(), ErrorKind::UsedUp(DAYS_BLOCK), "an old answer proves nothing");
        assert_eq!(of_days.cause.as_ref().and_then(|cause| cause.get("api")), Some("user/create"));
        let wait = bucket.take(open + 3_700_000, FEW).expect_err("shut");
        assert!(matches!(wait.kind(), ErrorKind::UsedUp(rest) if rest < DAYS_BLOCK), "{wait:?}");
        // One call in six hours asks again.
        let open = open + 1 + as_millis(DAYS_BLOCK);
        assert_eq!(rest(&mut bucket, open), None);
        assert_eq!(bucket.refused(open, open + 1, "x", cause()).kind(), ErrorKind::UsedUp(DAYS_BLOCK));
        let open = open + 1 + as_millis(DAYS_BLOCK);
        assert_eq!(rest(&mut bucket, open), None);
        bucket.answered(open);
        assert_eq!(bucket.refused(open + 5, open + 6, "x", cause()).rest, FIRST_BLOCK);
    }

    #[test]
    fn a_proxy_that_wants_less_has_no_days() {
        let (mut bucket, mut now) = (Bucket::default(), 0);
        for rest in [FIRST_BLOCK, LONG_BLOCK, LONG_BLOCK, LONG_BLOCK] {
            let wait = bucket.refused(now, now, "x", Problem::new("wecom_server_busy"));
            assert_eq!(wait.kind(), ErrorKind::RateLimited(rest));
            now += as_millis(rest);
        }
    }

    #[test]
    fn a_refusal_that_another_process_heard_counts() {
        let mut heard = Bucket::default();
        heard.refused(0, 1_000, "x", cause());
        let (until, said) = heard.shut(1_000).map(|(until, said)| (until, said.clone())).expect("shut");
        let mut bucket = Bucket::default();
        bucket.shut_until(until, said);
        assert_eq!(rest(&mut bucket, 31_000), Some(30));
        bucket.shut_until(1, cause());
        assert_eq!(rest(&mut bucket, 31_000), Some(30), "an older one changes nothing");
        assert_eq!((rest(&mut bucket, until), bucket.shut(until)), (None, None));
        assert_eq!(bucket.refused(until, until + 1, "x", cause()).rest, LONG_BLOCK, "the next one is the second");
    }

    #[test]
    fn time_needed_by_the_limits() {
        let mut bucket = Bucket::default();
        for (calls, seconds) in [(0, 0), (10, 0), (11, 60), (20, 60), (21, 120), (26, 3_600), (51, 7_200)] {
            assert_eq!(bucket.span(0, FEW, calls).as_secs(), seconds, "{calls}");
        }
        assert_eq!(rest(&mut bucket, 0), None);
        assert_eq!(bucket.span(0, FEW, 10).as_secs(), 60);
        bucket.refused(0, 0, "x", cause());
        assert_eq!(bucket.span(20_000, FEW, 1).as_secs(), 40);
        assert_eq!(Bucket::default().span(0, Limits::DEFAULT, 150_000).as_secs(), 3_600);
    }
}
