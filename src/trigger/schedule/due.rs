//! Which due times have come, and which of them are made up for.

use idflow_sdk::Problem;

use crate::{
    model::definition::{Catchup, Schedule},
    store::{
        catalogue::StoredWorkflow,
        codec::Loaded,
        schedules::{Mark, Missed},
    },
    workflow::cron::Rule,
};

/// A due time older than this was missed: nothing ran when it came.
pub(super) const LATE_MS: i64 = 60_000;

/// A mark that is further ahead than this was set by a clock that was wrong.
pub(super) const AHEAD_MS: i64 = 48 * 3600 * 1000;

/// Missed times of one schedule that are run at most, with `catchup: all`.
pub(super) const MOST_CAUGHT_UP: usize = 1000;

/// Since when the due times of a workflow count, in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    /// Since when its triggers are live without a pause: what was due before that is nobody's business. A new version of an
    /// active workflow changes nothing about an expression that it keeps.
    pub(super) live: i64,
    /// Since when the version is active: an expression that is new counts from then on.
    pub(super) activated: i64,
}

impl Since {
    /// `restored`: when the store was restored; what was due before that is not made up for.
    pub(super) fn of(head: &StoredWorkflow, restored: i64) -> Self {
        let activated = head.activated.as_ref().map_or(head.created, |(at, _)| *at);
        Self { live: head.live_since.unwrap_or(activated).max(restored), activated: activated.max(restored) }
    }
}

/// What a schedule did not start so far.
pub(super) fn missed(mark: Option<&Loaded<Mark>>) -> Vec<Missed> {
    mark.map(|mark| mark.value.missed.clone()).unwrap_or_default()
}

/// Due times since the last look.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DueTimes {
    /// The newest, at most [`MOST_CAUGHT_UP`].
    pub(super) newest: Vec<i64>,
    /// How many there were before them, and the last of those.
    pub(super) older: Option<(u64, i64)>,
}

impl DueTimes {
    pub(super) fn is_empty(&self) -> bool {
        self.newest.is_empty() && self.older.is_none()
    }

    pub(super) fn drop_older(&mut self) {
        let extra = self.newest.len().saturating_sub(MOST_CAUGHT_UP);
        if let Some(last) = extra.checked_sub(1).and_then(|last| self.newest.get(last)).copied() {
            let before = self.older.map_or(0, |(count, _)| count);
            self.older = Some((before + extra as u64, last));
            self.newest.drain(..extra);
        }
    }
}

/// What becomes of a due time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settled {
    /// Up to where it is settled.
    pub(super) due: i64,
    /// Whether it starts a run.
    pub(super) runs: bool,
    /// How many due times start nothing, the last of them, and why.
    pub(super) left_out: Option<(u64, i64, Problem)>,
}

/// The due times after `from` and up to `now`, in milliseconds since 1970, and the first one after them.
pub(super) fn due_times(rule: &Rule, from: i64, now: i64) -> (DueTimes, Option<i64>) {
    let mut due = DueTimes::default();
    let mut at = from;
    let mut next = None;
    while let Some(found) = rule.next_after(at) {
        at = found;
        if at > now {
            next = Some(at);
            break;
        }
        due.newest.push(at);
        // A process that slept for years needs the newest times only.
        if due.newest.len() > 2 * MOST_CAUGHT_UP {
            due.drop_older();
        }
    }
    due.drop_older();
    (due, next)
}

/// Which due times run, by `catchup`; the others are only settled.
pub(super) fn settle(schedule: &Schedule, due: &DueTimes, now: i64) -> Vec<Settled> {
    let late = |at: i64| now - at > LATE_MS;
    let Some(last) = due.newest.last().copied() else { return Vec::new() };
    match schedule.catchup {
        Catchup::All => {
            let older = due.older.map(|(count, last)| {
                let why = Problem::new("due_too_many").arg("most", MOST_CAUGHT_UP.to_string());
                Settled { due: last, runs: false, left_out: Some((count, last, why)) }
            });
            let run = |due: &i64| Settled { due: *due, runs: true, left_out: None };
            older.into_iter().chain(due.newest.iter().map(run)).collect()
        }
        Catchup::Latest => {
            let (before, older) = (&due.newest[..due.newest.len() - 1], due.older.map_or(0, |(count, _)| count));
            let left_out = before.last().map(|at| (before.len() as u64 + older, *at, Problem::new("due_older")));
            vec![Settled { due: last, runs: true, left_out }]
        }
        Catchup::Skip => {
            let mut missed = due.newest.iter().filter(|at| late(**at) || **at != last);
            let count = missed.clone().count() as u64 + due.older.map_or(0, |(count, _)| count);
            let left_out = missed.next_back().map(|at| (count, *at, Problem::new("due_missed")));
            vec![Settled { due: last, runs: !late(last), left_out }]
        }
    }
}
