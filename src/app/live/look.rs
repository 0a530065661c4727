//! Looks what is new in a tenant, as long as somebody watches.
//!
//! Runs at work here are looked at ten times a second: their counters cost nothing, and whoever watches sees them soon. Headers
//! are read half as often and where something moved, and of all open runs once a second, because another node may have moved
//! them. What waits and which connections rest is
//! looked at when something was committed that wakes others, and every few seconds in any case.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use tokio::sync::watch;

use super::{
    super::{App, AppError, Caller, caller::Role, connections::sickness, run_view},
    ring::{About, Feed, Told},
};
use crate::{
    contract::{
        live::{LiveConnection, LiveEvent, LiveItems, LiveProgress, LiveWaiting, Topic},
        run::Progress,
    },
    engine::progress::Snapshot,
    model::{
        event::Event,
        id::RunId,
        run::{Run, Status},
    },
    store::{
        failing_connections,
        failing_connections::Sick,
        pages::JournalPages,
        removal_index::{self, Part, Standing},
        removals::StoredRemovalState,
        runs::{self, BadItem},
    },
};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// Headers of runs that moved are read, and new runs looked for, with each of so many looks.
const HEADERS: u64 = 2;
/// All open runs are looked at with each of so many looks.
const ALL_RUNS: u64 = 10;
/// What else there is, with each of so many.
const ALL_ELSE: u64 = 50;
/// So long somebody looks although nobody watches: whoever was cut off comes back.
const LINGER: u64 = 600;
/// New runs of one look.
const MOST_NEW: usize = 256;
/// Items of one event.
const MOST_ITEMS: usize = 20;

/// What is known.
struct Known {
    app: App,
    /// The text of the last event about each open run.
    runs: HashMap<RunId, Arc<Told>>,
    open: BTreeSet<RunId>,
    held: u64,
    newest: RunId,
    counters: BTreeMap<RunId, Snapshot>,
    /// Runs that moved since their headers were read.
    unread: BTreeSet<RunId>,
    /// The next event of the journal of each run at work.
    read: HashMap<RunId, u64>,
    sick: BTreeMap<String, Sick>,
    waiting: Option<LiveWaiting>,
    hints: watch::Receiver<u64>,
}

/// Looks until nobody has watched for a while, or the server stops.
pub(super) async fn watch(app: App, feed: Arc<Feed>, news: watch::Sender<u64>) {
    let live = app.live().clone();
    let mut stopping = live.stopping.subscribe();
    let now = app.engine.core().clock.now_ms();
    let hints = app.store.changes();
    let mut known = Known {
        app,
        runs: HashMap::new(),
        open: BTreeSet::new(),
        held: 0,
        newest: RunId::first_of(now),
        counters: BTreeMap::new(),
        unread: BTreeSet::new(),
        read: HashMap::new(),
        sick: BTreeMap::new(),
        waiting: None,
        hints,
    };
    let mut idle = 0;
    for look in 0u64.. {
        match known.look(&feed, look).await {
            Ok(true) => {
                news.send_replace(look + 1);
            }
            Ok(false) => {}
            // Whoever waits for the first look is told by the end of this task.
            Err(error) if look == 0 => {
                tracing::warn!(%error, "what is to be watched cannot be read");
                return;
            }
            Err(error) => tracing::debug!(%error, "what is watched cannot be read at present"),
        }
        idle = if feed.viewers() == 0 { idle + 1 } else { 0 };
        if idle > LINGER {
            // Under the lock under which others come: nobody comes to a feed at which nobody looks.
            let mut feeds = live.feeds();
            if feed.viewers() == 0 {
                feeds.retain(|_, other| !Arc::ptr_eq(other, &feed));
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

/// How far those runs are that moved.
fn progress_of(moved: &BTreeSet<RunId>, counters: &BTreeMap<RunId, Snapshot>) -> Vec<(RunId, Arc<Told>)> {
    let told = |run: &RunId| {
        let shown: Progress = run_view::progress(counters.get(run)?.clone());
        let event = LiveEvent::Progress(LiveProgress { run: run.to_string(), progress: shown });
        Some((*run, Told::new(Topic::Progress, Some(*run), &event)))
    };
    moved.iter().filter_map(told).collect()
}

impl Known {
    /// Looks once; tells whether something is new.
    async fn look(&mut self, feed: &Feed, look: u64) -> Result<bool, AppError> {
        let first = look == 0;
        let mut found: Vec<(Option<About>, Arc<Told>)> = Vec::new();
        let counters: BTreeMap<RunId, Snapshot> = self.app.engine.progress_of_all().into_iter().collect();
        let moved = |run: &RunId, now: &Snapshot| self.counters.get(run).is_none_or(|before| now.differs(before));
        let moved: BTreeSet<RunId> =
            counters.iter().filter(|(run, now)| moved(run, now)).map(|(run, _)| *run).collect();
        let left: BTreeSet<RunId> = self.counters.keys().filter(|run| !counters.contains_key(*run)).copied().collect();
        let failed = |run: &RunId| {
            let before = self.counters.get(run).map_or(0, |before| before.failed);
            counters.get(run).is_none_or(|now| now.failed > before)
        };
        let failing: BTreeSet<RunId> = moved.union(&left).filter(|run| failed(run)).copied().collect();
        self.unread.extend(&moved);
        let mut wanted = left.clone();
        if look.is_multiple_of(HEADERS) {
            wanted.append(&mut self.unread);
        }
        if look.is_multiple_of(ALL_RUNS) {
            let open: BTreeSet<RunId> = runs::open_ids(&*self.app.store, &self.app.tenant).await?.into_iter().collect();
            wanted.extend(open.union(&self.open));
            self.open = open;
        }
        let mut headers = runs::get_many(&*self.app.store, &self.app.tenant, wanted).await?;
        // Runs that came and went between two looks.
        let new = match look.is_multiple_of(HEADERS) {
            true => runs::after(&*self.app.store, &self.app.tenant, self.newest, MOST_NEW).await?,
            false => Vec::new(),
        };
        self.newest = new.last().map_or(self.newest, |run| run.run.max(self.newest));
        let read: BTreeSet<RunId> = headers.iter().map(|run| run.run).collect();
        headers.extend(
            new.into_iter().map(Arc::new).filter(|run| !counters.contains_key(&run.run) && !read.contains(&run.run)),
        );
        // What went wrong is told before the end that it led to: whoever waits for the end looks no further.
        for run in failing {
            self.items(run, first, &mut found).await?;
        }
        for header in &headers {
            self.run(header, first, &mut found);
        }
        if look.is_multiple_of(ALL_RUNS) {
            let is_held = |run: &&Arc<Run>| run.status == Status::Held && self.open.contains(&run.run);
            self.held = headers.iter().filter(is_held).count() as u64;
        }
        for run in &left {
            self.read.remove(run);
        }
        let hinted = self.hints.has_changed().unwrap_or(false);
        if hinted || look.is_multiple_of(ALL_ELSE) {
            self.hints.mark_unchanged();
            self.connections(first, &mut found).await?;
        }
        if look.is_multiple_of(ALL_RUNS) {
            self.waiting(hinted || look.is_multiple_of(ALL_ELSE), &mut found).await?;
        }
        let progress = progress_of(&moved, &counters);
        self.counters = counters;
        let mut ring = feed.ring();
        ring.looks = look + 1;
        for run in &left {
            ring.progress.remove(run);
        }
        let news = first || !found.is_empty() || !progress.is_empty();
        for (run, told) in progress {
            ring.progress.insert(run, (look + 1, told));
        }
        for (about, told) in found {
            if let Some(about) = about {
                let over = matches!(&about, About::Run(run) if !self.runs.contains_key(run));
                let well = matches!(&about, About::Connection(name) if !self.sick.contains_key(name));
                ring.stands(about, (!over && !well).then(|| told.clone()));
            }
            // How things stood before somebody watched is no news.
            if !first {
                ring.push(told);
            }
        }
        Ok(news)
    }

    /// A run as it is now, if it is another than before.
    fn run(&mut self, header: &Run, first: bool, found: &mut Vec<(Option<About>, Arc<Told>)>) {
        let over = header.status.is_end();
        if first && over {
            return;
        }
        let told = Told::new(Topic::Runs, Some(header.run), &LiveEvent::Run(Box::new(run_view::live(header))));
        if self.runs.get(&header.run).is_some_and(|before| before.data == told.data) {
            return;
        }
        if over {
            self.runs.remove(&header.run);
            self.open.remove(&header.run);
        } else {
            self.runs.insert(header.run, told.clone());
            self.open.insert(header.run);
        }
        found.push((Some(About::Run(header.run)), told));
    }

    /// What went wrong in a run since the last look.
    async fn items(
        &mut self,
        run: RunId,
        first: bool,
        found: &mut Vec<(Option<About>, Arc<Told>)>,
    ) -> Result<(), AppError> {
        let mut next = self.read.get(&run).copied().unwrap_or(1);
        let mut bad: Vec<BadItem> = Vec::new();
        let mut more = 0;
        let mut pages = JournalPages::from_event(&self.app.tenant, run, next);
        while let Some(commits) = pages.commits(&*self.app.store).await? {
            for (number, _, events) in commits {
                next = number + events.len() as u64;
                for event in events {
                    if let Event::Done { row, outcome, .. } = event
                        && !outcome.is_good()
                    {
                        bad.push(BadItem { run, row, outcome: Some(outcome) });
                    }
                }
                let many = bad.len().saturating_sub(MOST_ITEMS);
                more += many as u64;
                bad.drain(..many);
            }
        }
        self.read.insert(run, next);
        if first || bad.is_empty() {
            return Ok(());
        }
        bad.reverse();
        let nobody = Caller::new(self.app.tenant.clone(), "live", [Role::Viewer]);
        let items = self.app.desk(&nobody).show_bad(&bad, false, None).await?;
        let event = LiveEvent::Items(LiveItems { run: run.to_string(), items, more });
        found.push((None, Told::new(Topic::Items, Some(run), &event)));
        Ok(())
    }

    async fn connections(&mut self, first: bool, found: &mut Vec<(Option<About>, Arc<Told>)>) -> Result<(), AppError> {
        let sick = failing_connections::all(&*self.app.store, &self.app.tenant).await?;
        let sick: BTreeMap<String, Sick> = sick.into_iter().map(|sick| (sick.connection.clone(), sick)).collect();
        let before = std::mem::replace(&mut self.sick, sick);
        let mut tell = |connection: &str, sick: Option<&Sick>| {
            let event = LiveConnection { connection: connection.into(), sick: sick.map(sickness) };
            let told = Told::new(Topic::Connections, None, &LiveEvent::Connection(Box::new(event)));
            found.push((Some(About::Connection(connection.into())), told));
        };
        for (name, sick) in self.sick.iter().filter(|(name, sick)| before.get(*name) != Some(*sick)) {
            tell(name, Some(sick));
        }
        for name in before.keys().filter(|name| !first && !self.sick.contains_key(*name)) {
            tell(name, None);
        }
        Ok(())
    }

    async fn waiting(&mut self, read: bool, found: &mut Vec<(Option<About>, Arc<Told>)>) -> Result<(), AppError> {
        let mut removals = self.waiting.unwrap_or_default().removals;
        if read || self.waiting.is_none() {
            let now = self.app.now();
            let waits = |one: &Standing| one.state(now) == StoredRemovalState::Waiting;
            let (store, tenant) = (&*self.app.store, &self.app.tenant);
            removals = removal_index::count(store, tenant, Part::Wanted, None, waits).await?;
        }
        let waiting = LiveWaiting { held: self.held, removals };
        if self.waiting != Some(waiting) {
            self.waiting = Some(waiting);
            found.push((Some(About::Waiting), Told::new(Topic::Waiting, None, &LiveEvent::Waiting(waiting))));
        }
        Ok(())
    }
}
