//! What is happening right now, for whoever watches. Kept in memory only; the log is the truth.

mod snapshot;
mod stops;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use idflow_sdk::Problem;

use super::{clock::Clock, permits::Permit};
use crate::{
    model::run::{Ask, Asked},
    reconcile::Halt,
};

pub use snapshot::{ELSEWHERE, FREE_PLACE, GROUP, SYSTEM, Snapshot, Waiting};
pub use stops::Stop;
use stops::{Limit, Stops};

/// Counters of one run that is being worked on.
#[derive(Debug)]
pub struct Progress {
    step: Mutex<String>,
    total: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    read: AtomicU64,
    waiting: Mutex<Waits>,
    /// Its place among the runs at work.
    permit: Mutex<Option<Permit>>,
    stops: Mutex<Stops>,
    /// Set while anything asks the run to stop: for loops that have no time for more.
    halt: Halt,
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
            permit: Mutex::default(),
            stops: Mutex::default(),
            halt: Halt::default(),
            stop: tokio::sync::Notify::new(),
            begun: Mutex::default(),
            over: tokio::sync::watch::Sender::new(false),
        }
    }
}

/// What is waited for at the moment, by the number of the wait.
#[derive(Debug, Default)]
struct Waits {
    last: u64,
    open: BTreeMap<u64, Waiting>,
    /// What somebody tells to wait for without a number.
    told: Option<Waiting>,
    /// Calls in flight: while there are some, nothing is waited for.
    busy: usize,
}

/// A wait that is shown until this is dropped.
struct ShownWait<'p>(&'p Progress, u64);

impl Drop for ShownWait<'_> {
    fn drop(&mut self) {
        self.0.waits_now().open.remove(&self.1);
    }
}

/// Something goes on until this is dropped.
pub(super) struct Busy<'p>(&'p Progress);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut waits = self.0.waits_now();
        waits.busy = waits.busy.saturating_sub(1);
    }
}

/// A time limit that is watched until this is dropped.
#[derive(Debug)]
pub struct Watch {
    progress: Arc<Progress>,
    number: u64,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
        let mut stops = self.progress.stops();
        stops.limits.retain(|limit| limit.number != self.number);
        self.progress.halt.set(stops.stop().is_some());
    }
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

    fn stops(&self) -> std::sync::MutexGuard<'_, Stops> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self, change: impl FnOnce(&mut Stops)) {
        let mut stops = self.stops();
        change(&mut stops);
        self.halt.set(stops.stop().is_some());
        drop(stops);
        self.stop.notify_waiters();
    }

    /// Asks the run to stop, for good or for now.
    pub fn ask(&self, asked: Asked) {
        self.changed(|stops| {
            stops.times += 1;
            // What is cancelled cannot be paused any more.
            if stops.asked.as_ref().is_none_or(|before| before.ask != Ask::Cancel) {
                stops.asked = Some(asked);
            }
        });
    }

    /// The same, of a request that the store tells of again and again.
    pub fn remind(&self, asked: Asked) {
        if self.asked().is_none_or(|before| before != asked) {
            self.ask(asked);
        }
    }

    /// Whoever waits for another try of news gives up; nothing else is asked of the run.
    pub fn hurry(&self) {
        self.changed(|stops| stops.times += 1);
    }

    /// What it was asked.
    #[must_use]
    pub fn asked(&self) -> Option<Asked> {
        self.stops().asked.clone()
    }

    /// How often it was asked: whoever waits in spite of that gives up when somebody asks once more.
    #[must_use]
    pub fn times_asked(&self) -> u64 {
        self.stops().times
    }

    /// This process ends.
    pub fn leave(&self) {
        self.changed(|stops| stops.leaving = true);
    }

    /// Whether this process ends.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.stops().leaving
    }

    /// The run must not go on, for this reason, until what this gives is dropped.
    pub fn forbid(self: &Arc<Self>, problem: Problem) -> Watch {
        let mut number = 0;
        self.changed(|stops| {
            stops.watches += 1;
            number = stops.watches;
            stops.limits.push(Limit { number, problem, passed: true });
        });
        Watch { progress: self.clone(), number, task: tokio::spawn(std::future::ready(())) }
    }

    /// Watches a time limit: when it is passed by this clock, the run is to stop for this reason.
    #[must_use]
    pub fn limit(self: &Arc<Self>, clock: Arc<dyn Clock>, span: Duration, problem: Problem) -> Watch {
        let mut stops = self.stops();
        stops.watches += 1;
        let number = stops.watches;
        stops.limits.push(Limit { number, problem, passed: false });
        drop(stops);
        let progress = self.clone();
        let task = tokio::spawn(async move {
            clock.sleep(span).await;
            progress.changed(|stops| {
                // Whoever is not watched any more cannot be late.
                stops.limits.iter_mut().filter(|limit| limit.number == number).for_each(|limit| limit.passed = true);
            });
        });
        Watch { progress: self.clone(), number, task }
    }

    /// Why it is to stop.
    #[must_use]
    pub fn stop(&self) -> Option<Stop> {
        self.stops().stop()
    }

    /// The time limit that is passed.
    #[must_use]
    pub fn late(&self) -> Option<Problem> {
        self.stops().limits.iter().find(|limit| limit.passed).map(|limit| limit.problem.clone())
    }

    /// Whether it is to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.halt.is_set()
    }

    /// The same for loops elsewhere.
    #[must_use]
    pub fn halt(&self) -> Halt {
        self.halt.clone()
    }

    /// Waits until it is to stop.
    pub async fn stopped(&self) {
        loop {
            let stopped = self.stop.notified();
            if self.is_stopped() {
                return;
            }
            stopped.await;
        }
    }

    /// Waits until somebody cancels the run; gives who.
    pub async fn cancelled(&self) -> String {
        loop {
            let stopped = self.stop.notified();
            match self.stop() {
                Some(Stop::Asked(asked)) if asked.ask == Ask::Cancel => return asked.by,
                _ => stopped.await,
            }
        }
    }

    /// Waits until somebody asks once more than so many times, or this process ends.
    pub async fn asked_again(&self, times: u64) {
        loop {
            let stopped = self.stop.notified();
            if self.times_asked() > times || self.is_leaving() {
                return;
            }
            stopped.await;
        }
    }

    /// Waits by this clock, or until the run is to stop.
    pub async fn wait(&self, clock: &dyn Clock, why: &str, span: Duration) {
        self.wait_or(clock, why, span, self.stopped()).await;
    }

    /// Waits by this clock, or until something else happens.
    pub async fn wait_or(&self, clock: &dyn Clock, why: &str, span: Duration, until: impl Future<Output = ()>) {
        let end = clock.now_ms().saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
        let number = {
            let mut waits = self.waits_now();
            waits.last += 1;
            let number = waits.last;
            waits.open.insert(number, Waiting { why: why.into(), until: Some(end), at_work: None });
            number
        };
        let _shown = ShownWait(self, number);
        tokio::select! {
            biased;
            () = until => {}
            () = clock.sleep(span) => {}
        }
    }

    fn waits_now(&self) -> std::sync::MutexGuard<'_, Waits> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is waited for has no time.
    pub fn waits_for(&self, why: &str) {
        self.waits(Some(Waiting { why: why.into(), until: None, at_work: None }));
    }

    /// Has its place among the runs at work.
    pub(super) fn work(&self, permit: Option<Permit>) {
        *self.permit.lock().unwrap_or_else(PoisonError::into_inner) = permit;
    }

    /// Gives its place back, if it has one.
    pub(super) fn rest(&self) -> Option<Permit> {
        self.permit.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Turns out to be as large as this.
    pub(super) fn is_large(&self, permits: &super::permits::Permits, objects: u64) {
        self.permit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .inspect(|permit| permit.fit(permits, objects));
    }

    /// Tells what is waited for.
    pub fn waits(&self, waiting: Option<Waiting>) {
        self.waits_now().told = waiting;
    }

    /// A call is in flight until what this gives is dropped.
    pub(super) fn busy(&self) -> Busy<'_> {
        self.waits_now().busy += 1;
        Busy(self)
    }

    /// What is waited for while nothing goes on: what ends first.
    fn waiting(&self) -> Option<Waiting> {
        let waits = self.waits_now();
        let first = || waits.open.values().min_by_key(|wait| wait.until).cloned();
        waits.told.clone().or_else(|| if waits.busy == 0 { first() } else { None })
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
            waiting: self.waiting(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::clock::ManualClock;

    fn asked(ask: Ask) -> Asked {
        Asked { ask, by: "a".into() }
    }

    #[tokio::test]
    async fn of_several_waits_the_one_that_ends_first_is_shown_while_nothing_goes_on() {
        let clock = ManualClock::at(0);
        let progress = Progress::default();
        let shown = || progress.look().waiting.map(|waiting| waiting.why);
        let mut late = Box::pin(progress.wait(&clock, "rate_limited", Duration::from_secs(60)));
        let mut soon = Box::pin(progress.wait(&clock, "retry", Duration::from_secs(2)));
        assert!(futures::poll!(late.as_mut()).is_pending() && futures::poll!(soon.as_mut()).is_pending());
        assert_eq!(shown().as_deref(), Some("retry"));
        let call = progress.busy();
        assert_eq!(shown(), None);
        drop(call);
        clock.advance(Duration::from_secs(2));
        assert!(futures::poll!(soon.as_mut()).is_ready() && futures::poll!(late.as_mut()).is_pending());
        assert_eq!(shown().as_deref(), Some("rate_limited"));
        drop(late);
        assert_eq!(shown(), None);
    }

    async fn settled(until: impl Fn() -> bool) {
        for _ in 0..1000 {
            if until() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_limit_stops_until_nobody_watches_it_any_more() {
        let clock = Arc::new(ManualClock::at(0));
        let progress = Arc::new(Progress::default());
        let halt = progress.halt();
        let run = progress.limit(clock.clone(), Duration::from_secs(10), Problem::new("run_timeout"));
        let step = progress.limit(clock.clone(), Duration::from_secs(5), Problem::new("step_timeout"));
        settled(|| false).await;
        assert!(progress.stop().is_none() && !halt.is_set());
        clock.advance(Duration::from_secs(5));
        settled(|| halt.is_set()).await;
        assert_eq!(progress.late().map(|problem| problem.code.to_string()), Some("step_timeout".into()));
        drop(step);
        assert!(progress.stop().is_none() && !halt.is_set());
        clock.advance(Duration::from_secs(5));
        settled(|| halt.is_set()).await;
        assert_eq!(progress.late().map(|problem| problem.code.to_string()), Some("run_timeout".into()));
        drop(run);
        assert!(!halt.is_set());
    }

    #[tokio::test]
    async fn who_asks_comes_before_the_time_and_a_reminder_is_not_a_second_request() {
        let clock = Arc::new(ManualClock::at(0));
        let progress = Arc::new(Progress::default());
        let _limit = progress.limit(clock.clone(), Duration::ZERO, Problem::new("run_timeout"));
        settled(|| progress.is_stopped()).await;
        progress.ask(asked(Ask::Pause));
        progress.remind(asked(Ask::Pause));
        assert_eq!(progress.times_asked(), 1);
        progress.ask(asked(Ask::Cancel));
        progress.ask(asked(Ask::Pause));
        assert_eq!(progress.stop(), Some(Stop::Asked(asked(Ask::Cancel))));
        assert_eq!(progress.times_asked(), 3);
        // Nobody waits for a run that is to stop.
        progress.wait(&*clock, "retry", Duration::from_secs(3600)).await;
    }
}
