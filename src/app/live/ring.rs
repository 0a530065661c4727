//! What was found about a tenant lately: a ring of events, and how things stand now.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::watch;

use crate::{
    app::proof,
    contract::live::{LiveEvent, Topic},
    model::id::RunId,
};

/// Events that are kept, and their bytes.
const MOST_EVENTS: usize = 2_048;
const MOST_BYTES: usize = 4 << 20;
/// Of how many runs it is told to a new viewer how they stand; the newest.
const MOST_STANDING: usize = 200;

/// An event as it is sent.
#[derive(Debug)]
pub(super) struct Told {
    pub topic: Topic,
    pub run: Option<RunId>,
    pub name: &'static str,
    pub data: String,
}

impl Told {
    pub fn new(topic: Topic, run: Option<RunId>, event: &LiveEvent) -> Arc<Self> {
        let data = serde_json::to_string(event).unwrap_or_default();
        Arc::new(Self { topic, run, name: event.name(), data })
    }
}

/// What a place in the [`Ring`] is about: how something stands is told by the last event about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    Waiting,
    Connection(String),
    Run(RunId),
}

/// The events.
#[derive(Debug, Default)]
pub(super) struct Ring {
    /// The number of the first event that is kept; they are numbered from 1.
    pub first: u64,
    pub events: VecDeque<Arc<Told>>,
    bytes: usize,
    pub standing: BTreeMap<About, Arc<Told>>,
    /// The newest counters of each run at work, with the number of the look that found them.
    pub progress: BTreeMap<RunId, (u64, Arc<Told>)>,
    /// The number of the last look.
    pub looks: u64,
}

impl Ring {
    /// The number of the last event.
    pub fn last(&self) -> u64 {
        self.first + self.events.len() as u64 - 1
    }

    /// Adds an event.
    pub fn push(&mut self, told: Arc<Told>) {
        self.bytes += told.data.len();
        self.events.push_back(told);
        while self.events.len() > MOST_EVENTS || (self.bytes > MOST_BYTES && self.events.len() > 1) {
            let Some(old) = self.events.pop_front() else { break };
            self.bytes -= old.data.len();
            self.first += 1;
        }
    }

    /// How something stands now; `None`: there is nothing to tell of it any more.
    pub fn stands(&mut self, about: About, told: Option<Arc<Told>>) {
        match told {
            Some(told) => {
                self.standing.insert(about, told);
            }
            None => {
                self.standing.remove(&about);
            }
        }
        // Runs come last and in the order of time: the oldest goes.
        let runs = self.standing.range(About::Run(RunId::first_of(0))..);
        if runs.clone().count() > MOST_STANDING
            && let Some(oldest) = runs.map(|(about, _)| about.clone()).next()
        {
            self.standing.remove(&oldest);
        }
    }
}

/// What is looked at for one tenant.
#[derive(Debug)]
pub(super) struct Feed {
    /// Tells the events of this feed from those of another start or node.
    pub epoch: String,
    ring: Mutex<Ring>,
    /// Changes when there is something new; closed when nobody looks any more.
    news: watch::Receiver<u64>,
    viewers: AtomicUsize,
}

impl Feed {
    pub fn new() -> (Self, watch::Sender<u64>) {
        let (tell, news) = watch::channel(0);
        let ring = Ring { first: 1, ..Ring::default() };
        (Self { epoch: proof::random(8), ring: Mutex::new(ring), news, viewers: AtomicUsize::new(0) }, tell)
    }

    pub fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.clone()
    }

    /// Whether nobody looks any more.
    pub fn is_over(&self) -> bool {
        self.news.has_changed().is_err()
    }

    /// Waits until somebody has looked; false when that did not succeed.
    pub async fn ready(&self) -> bool {
        self.news().wait_for(|looks| *looks > 0).await.is_ok()
    }

    pub fn viewers(&self) -> usize {
        self.viewers.load(Ordering::Relaxed)
    }

    pub fn come(&self) {
        self.viewers.fetch_add(1, Ordering::Relaxed);
    }

    pub fn go(&self) {
        self.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: usize) -> Arc<Told> {
        Arc::new(Told { topic: Topic::Runs, run: None, name: "run", data: "x".repeat(bytes) })
    }

    #[test]
    fn the_ring_is_bounded_in_events_and_bytes() {
        let mut ring = Ring { first: 1, ..Ring::default() };
        assert_eq!(ring.last(), 0);
        for _ in 0..3 * MOST_EVENTS {
            ring.push(told(10));
        }
        assert_eq!((ring.events.len(), ring.last()), (MOST_EVENTS, 3 * MOST_EVENTS as u64));
        for _ in 0..8 {
            ring.push(told(MOST_BYTES / 4));
        }
        assert!(ring.bytes <= MOST_BYTES && ring.events.len() <= 4, "{} bytes", ring.bytes);
        assert_eq!(ring.last(), 3 * MOST_EVENTS as u64 + 8, "no number is given twice");
        ring.push(told(2 * MOST_BYTES));
        assert_eq!(ring.events.len(), 1, "one is told however long it is");
    }

    #[test]
    fn how_many_runs_stand_is_bounded_and_the_newest_stay() {
        let mut ring = Ring { first: 1, ..Ring::default() };
        ring.stands(About::Waiting, Some(told(1)));
        for ms in 0..2 * MOST_STANDING as i64 {
            ring.stands(About::Run(RunId::first_of(ms)), Some(told(1)));
        }
        assert_eq!(ring.standing.len(), MOST_STANDING + 1);
        assert!(ring.standing.contains_key(&About::Waiting));
        assert!(ring.standing.contains_key(&About::Run(RunId::first_of(2 * MOST_STANDING as i64 - 1))));
        ring.stands(About::Waiting, None);
        assert!(!ring.standing.contains_key(&About::Waiting));
    }
}
