//! How fast one company may be spoken to: the buckets of its APIs, how many writes may be in flight ([`Slots`]), and how
//! long calls take. Shared by all connections of the process to the same company, because WeCom counts them together.
//!
//! Nothing here waits. A call that would be too many is refused before it is sent, with the time it has to wait; the
//! engine waits, without holding a slot.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use idflow_sdk::{
    Context, Estimate, Problem,
    slots::{Begun, Slots},
};

use crate::{
    actions::WIDE,
    quota::{Bucket, Limits, Wait},
};

/// What a call takes until one was measured. A guess: nothing is published.
const LATENCY_MS: f64 = 100.0;
/// The least that a call is reckoned with, what is measured aside: below it our own work on an object outweighs the call.
const LEAST_MS: f64 = 1.0;
/// The time of a row in an import job, as a part of the time of a call, until a job was measured. A guess: nothing is
/// published, but a row needs no exchange of its own.
const ROW_PART: f64 = 0.05;
/// How much one measurement counts.
const WEIGHT: f64 = 0.1;
/// Companies nobody has a connection to are forgotten when there are more than this many.
const MOST_COMPANIES: usize = 64;
/// Members who got no message lately are forgotten when more than this many are known.
const MOST_RECEIVERS: usize = 20_000;

/// By address of the API and corp id.
type Companies = HashMap<(String, String), Arc<Pace>>;

/// One call that was let through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pass {
    /// The API and, for what is limited by app, the app.
    key: (&'static str, Option<i64>),
    /// When.
    at: i64,
    /// When, for the width.
    begun: Begun,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// An answer, also one that refuses the object.
    Clean,
    /// Busy, a write conflict, too many at a time, or no answer.
    Complaint,
}

/// The pace of one company.
pub(crate) struct Pace {
    started: Instant,
    state: Mutex<RateState>,
    /// How many writes may be in flight.
    slots: Arc<Slots>,
    /// What this machine may ask of the address, all companies together.
    address: Option<Arc<Pace>>,
}

#[derive(Default)]
struct RateState {
    /// What is added to the time since the start: the most that any context gave.
    ahead: Option<i64>,
    buckets: HashMap<(&'static str, Option<i64>), Bucket>,
    write_ms: Option<f64>,
    read_ms: Option<f64>,
    row_ms: Option<f64>,
    /// What each member got lately, by app and userid.
    receivers: HashMap<(i64, String), Bucket>,
}

impl Pace {
    pub(crate) fn new() -> Self {
        let slots = Arc::new(Slots::new(WIDE as usize));
        Self { started: Instant::now(), state: Mutex::default(), slots, address: None }
    }

    /// The pace of this company, the same for everybody who asks.
    pub fn of(base_url: &str, corp_id: &str) -> Arc<Self> {
        static ALL: OnceLock<Mutex<Companies>> = OnceLock::new();
        let mut all = ALL.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_COMPANIES {
            all.retain(|_, pace| Arc::strong_count(pace) > 1);
        }
        // No corp id is empty: under it stands what is counted for the address.
        let address = all.entry((base_url.to_owned(), String::new())).or_insert_with(|| Arc::new(Self::new())).clone();
        all.entry((base_url.to_owned(), corp_id.to_owned()))
            .or_insert_with(|| Arc::new(Self { address: Some(address), ..Self::new() }))
            .clone()
    }

    fn lock(&self) -> MutexGuard<'_, RateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call of `api` (of this app, when the limit is the app's), or says how long it has to wait.
    pub fn admit(&self, context: &Context, api: &'static str, app: Option<i64>, limits: Limits) -> Result<Pass, Wait> {
        let mut state = self.lock();
        let at = state.now(self.started, context);
        let bucket = state.buckets.entry((api, app)).or_default();
        bucket.room(at, limits)?;
        if let (Some(address), None) = (&self.address, app) {
            address.admit(context, api, None, Limits::ADDRESS)?;
        }
        bucket.take(at, limits)?;
        Ok(Pass { key: (api, app), at, begun: self.slots.begin() })
    }

    /// Counts a message of this app to each of these members, or says how long it has to wait until all of them may get
    /// one: what comes too often vanishes without an error.
    pub fn message(&self, context: &Context, app: i64, userids: &[&str]) -> Result<(), Duration> {
        let mut state = self.lock();
        let now = state.now(self.started, context);
        if state.receivers.len() > MOST_RECEIVERS {
            state.receivers.retain(|_, bucket| !bucket.is_idle(now));
        }
        let name = |userid: &str| (app, userid.to_lowercase());
        let full = |userid: &&str| {
            let bucket = state.receivers.get_mut(&name(userid))?;
            bucket.room(now, Limits::RECEIVER).err().map(|wait| wait.rest)
        };
        if let Some(rest) = userids.iter().filter_map(full).max() {
            return Err(rest);
        }
        for userid in userids {
            // There is room for each of them; somebody named twice may have one too many.
            let _ = state.receivers.entry(name(userid)).or_default().take(now, Limits::RECEIVER);
        }
        Ok(())
    }

    /// The call was refused as one too many; returns how long its bucket is shut, and what is told of it.
    pub fn refused(&self, context: &Context, pass: Pass, cause: &Problem) -> Wait {
        self.slots.complaint(pass.begun);
        let mut state = self.lock();
        let now = state.now(self.started, context);
        state.buckets.entry(pass.key).or_default().refused(pass.at, now, pass.key.0, cause.clone())
    }

    /// The buckets that are shut now: API, app, until when, and what WeCom said.
    pub fn shut(&self) -> Vec<(&'static str, Option<i64>, i64, Problem)> {
        let state = self.lock();
        let now = state.last(self.started);
        let shut = |(key, bucket): (&(&'static str, Option<i64>), &Bucket)| {
            bucket.shut(now).map(|(until, cause)| (key.0, key.1, until, cause.clone()))
        };
        state.buckets.iter().filter_map(shut).collect()
    }

    /// A bucket that another process found shut.
    pub fn shut_until(&self, api: &'static str, app: Option<i64>, until: i64, cause: Problem) {
        self.lock().buckets.entry((api, app)).or_default().shut_until(until, cause);
    }

    /// Takes note of what came of a call after so long; `small` says that its time tells about the system and not about
    /// the size of a list.
    pub fn heard(&self, pass: Pass, heard: Heard, write: bool, small: bool, took: Duration) {
        match heard {
            Heard::Complaint => self.slots.complaint(pass.begun),
            Heard::Clean => {
                if write {
                    self.slots.clean(pass.begun);
                }
                let mut state = self.lock();
                state.buckets.entry(pass.key).or_default().answered(pass.at);
                let ms = took.as_secs_f64() * 1000.0;
                match write {
                    true => measured(&mut state.write_ms, ms),
                    false if small => measured(&mut state.read_ms, ms),
                    false => {}
                }
            }
        }
    }

    /// How many writes may be in flight, for all connections to the company together.
    pub const fn slots(&self) -> &Arc<Slots> {
        &self.slots
    }

    /// What so many calls of one API cost, at most `most` at a time: the width grows while they are made.
    pub fn calls(&self, api: &'static str, app: Option<i64>, limits: Limits, calls: u64, most: usize) -> Estimate {
        let rounds = self.slots.rounds(calls, most);
        let mut state = self.lock();
        let now = state.last(self.started);
        let quota = state.buckets.entry((api, app)).or_default().span(now, limits, calls);
        let work = span(state.call_ms() * to_f64(rounds));
        Estimate { calls, time: work.max(quota) }
    }

    /// The time of one call.
    pub fn call_time(&self) -> Duration {
        span(self.lock().call_ms())
    }

    /// The time that an import job needs for so many rows.
    pub fn rows(&self, rows: usize) -> Duration {
        let state = self.lock();
        span(state.row_ms.unwrap_or(state.call_ms() * ROW_PART) * to_f64(rows as u64))
    }

    /// A job of so many rows took so long.
    pub fn job_took(&self, rows: usize, took: Duration) {
        let ms = took.as_secs_f64() * 1000.0 / to_f64(rows.max(1) as u64);
        self.lock().row_ms = Some(ms);
    }
}

impl RateState {
    /// The time. It follows the engine's clock forward, and goes on by itself where a caller holds an old context or the
    /// clock was put back, so that a bucket never stays empty for that reason.
    fn now(&mut self, started: Instant, context: &Context) -> i64 {
        let since = since(started);
        let ahead = self.ahead.unwrap_or(i64::MIN).max(context.now_ms.saturating_sub(since));
        self.ahead = Some(ahead);
        ahead.saturating_add(since)
    }

    fn last(&self, started: Instant) -> i64 {
        self.ahead.unwrap_or(0).saturating_add(since(started))
    }

    fn call_ms(&self) -> f64 {
        self.write_ms.or(self.read_ms).unwrap_or(LATENCY_MS).max(LEAST_MS)
    }
}

fn since(started: Instant) -> i64 {
    i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX)
}

fn measured(kept: &mut Option<f64>, ms: f64) {
    *kept = Some(kept.map_or(ms, |before| before + (ms - before) * WEIGHT));
}

/// A time span, a year at most: rough on purpose.
fn span(ms: f64) -> Duration {
    Duration::from_secs_f64((ms / 1000.0).clamp(0.0, 31_536_000.0))
}

#[allow(clippy::cast_precision_loss)]
fn to_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(now_ms: i64) -> Context {
        Context::at(now_ms)
    }

    const TWO: Limits = Limits { per_minute: 2, per_hour: 100 };

    #[test]
    fn connections_of_a_company_share_their_buckets() {
        let (one, two) = (Pace::of("http://127.0.0.1:1", "wwshare"), Pace::of("http://127.0.0.1:1", "wwshare"));
        assert!(one.admit(&context(0), "user/get", None, TWO).is_ok());
        assert!(two.admit(&context(0), "user/get", None, TWO).is_ok());
        assert!(one.admit(&context(0), "user/get", None, TWO).is_err());
        assert!(one.admit(&context(0), "user/list", None, TWO).is_ok(), "another API");
        assert!(one.admit(&context(0), "user/get", Some(7), TWO).is_ok(), "limited by app");
        let other = Pace::of("http://127.0.0.1:1", "wwother");
        assert!(other.admit(&context(0), "user/get", None, TWO).is_ok(), "another company");
        // A clock that was put back does not shut a bucket, one that moves on opens it.
        assert!(one.admit(&context(-86_400_000), "user/list", None, TWO).is_ok());
        assert!(two.admit(&context(66_000), "user/get", None, TWO).is_ok());
    }

    #[test]
    fn companies_behind_one_address_share_what_the_address_may() {
        let base = "http://127.0.0.1:2";
        let (one, two) = (Pace::of(base, "wwaddress1"), Pace::of(base, "wwaddress2"));
        for call in 0..18_000 {
            let pace = if call % 2 == 0 { &one } else { &two };
            assert!(pace.admit(&context(0), "user/get", None, Limits::NONE).is_ok(), "{call}");
        }
        assert!(two.admit(&context(0), "user/get", None, Limits::NONE).is_err());
        assert!(two.admit(&context(0), "user/list", None, Limits::NONE).is_ok(), "another API");
        assert!(two.admit(&context(0), "message/send", Some(7), Limits::NONE).is_ok(), "counted by app");
        assert!(Pace::of("http://127.0.0.1:3", "wwaddress2").admit(&context(0), "user/get", None, TWO).is_ok());
        assert!(one.admit(&context(66_000), "user/get", None, Limits::NONE).is_ok());
    }

    #[test]
    fn nobody_gets_more_messages_than_arrive() {
        let pace = Pace::new();
        for _ in 0..30 {
            assert_eq!(pace.message(&context(0), 7, &["li", "wu"]), Ok(()));
        }
        let wait = pace.message(&context(0), 7, &["zhao", "LI"]).expect_err("one too many within the minute");
        assert!(wait > Duration::from_secs(55) && wait <= Duration::from_secs(70), "{wait:?}");
        assert_eq!(pace.message(&context(0), 7, &["zhao"]), Ok(()), "others are not held up, and nothing was counted");
        assert_eq!(pace.message(&context(0), 8, &["li"]), Ok(()), "another app");
        assert_eq!(pace.message(&context(70_000), 7, &["li"]), Ok(()));
    }

    #[test]
    fn clean_writes_widen_the_way_and_any_complaint_narrows_it() {
        let pace = Pace::new();
        let pass = || pace.admit(&context(0), "user/update", None, Limits::DEFAULT).expect("room");
        let clean = |count: u32| {
            for _ in 0..count {
                pace.heard(pass(), Heard::Clean, true, true, Duration::from_millis(8));
            }
            pace.slots().width()
        };
        assert_eq!(clean(7), 8);
        assert_eq!(clean(100), 8, "never more than is declared");
        pace.heard(pass(), Heard::Clean, false, true, Duration::from_millis(1));
        pace.heard(pass(), Heard::Complaint, false, true, Duration::ZERO);
        assert_eq!(pace.slots().width(), 4);
        pace.refused(&context(0), pass(), &Problem::new("WECOM_45009"));
        assert_eq!(pace.slots().width(), 2);
        // When the minute is over, calls are let through again and the way widens again.
        assert!(pace.admit(&context(59_000), "user/update", None, Limits::DEFAULT).is_err());
        for _ in 0..6 {
            let pass = pace.admit(&context(61_000), "user/update", None, Limits::DEFAULT).expect("open again");
            pace.heard(pass, Heard::Clean, true, true, Duration::from_millis(8));
        }
        assert_eq!(pace.slots().width(), 8);
    }

    #[test]
    fn estimates_follow_what_was_measured() {
        let pace = Pace::new();
        let estimate = |calls, width| pace.calls("user/create", None, Limits::DEFAULT, calls, width);
        assert_eq!(estimate(100, 1), Estimate { calls: 100, time: Duration::from_secs(10) });
        assert_eq!(pace.rows(1_000), Duration::from_secs(5));
        let pass = pace.admit(&context(0), "user/create", None, Limits::DEFAULT).expect("room");
        pace.heard(pass, Heard::Clean, true, true, Duration::from_millis(8));
        // One clean answer is there, so two go together, then four, the rest by eights.
        assert_eq!(estimate(1_000, 8).time.as_millis(), 1_016);
        // 20,000 calls take 160 s, but no minute takes more than 9,000 of them.
        assert_eq!(estimate(20_000, 1).time, Duration::from_secs(160));
        assert_eq!(estimate(20_000, 4).time, Duration::from_secs(120));
        pace.job_took(1_000, Duration::from_secs(5));
        assert_eq!(pace.rows(2_000), Duration::from_secs(10));
    }
}
