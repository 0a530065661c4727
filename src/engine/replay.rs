//! What a run that goes on has behind it, from one look at its journal, a piece at a time: what became of its rows, which
//! jobs are at work, which messages were sent.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{Core, ledger::RowState, message_steps::Messages};
use crate::{
    model::{
        change::RowIndex,
        event::{Entry, Event, Outcome},
        run::{Api, Run},
    },
    store::{StoreError, runs},
};

/// The code of rows that are left to the next run because their plan is old.
pub(super) const PLAN_OLD: &str = "plan_old";

/// What the journal says.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// What was sent.
    pub messages: Messages,
    /// What became of each row.
    pub rows: Vec<RowState>,
    /// The job that each announced row went with.
    pub jobs: HashMap<usize, Arc<str>>,
    /// The number of the last event.
    pub last: u64,
    /// The run was paused and goes on: nothing happened since.
    pub paused: bool,
    /// When something happened last, in milliseconds since 1970.
    pub moved: i64,
    /// Calls that the journal tells of and the header does not count: windows of a step go ahead of it. Only rows that were
    /// announced after it was written are in here, so that no call is counted twice; of those that were not answered nobody
    /// knows whether they were sent.
    pub uncounted: Api,
    /// The last event that the header knew.
    counted: u64,
    /// Rows that were announced after it, each to go by a call of its own.
    since: HashSet<RowIndex>,
    /// Rows that were left to the next run by somebody who did not come to the end of it.
    pub put_off: Vec<usize>,
}

impl Past {
    /// Reads the journal of a run.
    pub async fn read(core: &Core, run: &Run) -> Result<Self, StoreError> {
        let (past, read) = Self::as_far_as_it_goes(core, run).await;
        read.map(|()| past)
    }

    /// The same as far as the journal can be read, with what stands in the way of the rest.
    pub async fn as_far_as_it_goes(core: &Core, run: &Run) -> (Self, Result<(), StoreError>) {
        let rows = vec![RowState::Open; run.rows as usize];
        let mut past = Self { rows, counted: run.seq, ..Self::default() };
        let read = runs::each_entry(&*core.store, &core.tenant, run.run, |entry| past.take(entry)).await;
        past.jobs.retain(|row, _| past.rows.get(*row) == Some(&RowState::Announced));
        (past, read)
    }

    fn take(&mut self, entry: Entry) {
        self.last = entry.seq;
        self.paused = matches!(entry.event, Event::Continued { .. });
        if !self.paused {
            self.moved = entry.at;
        }
        self.messages.take(&entry.event);
        self.count(&entry);
        match entry.event {
            Event::Intent { row, .. } => {
                self.set(row as usize, RowState::Announced);
                self.jobs.remove(&(row as usize));
            }
            Event::Job { job, rows } => {
                let job: Arc<str> = job.into();
                self.jobs.extend(rows.into_iter().map(|row| (row as usize, job.clone())));
            }
            Event::Withdrawn { rows } => {
                for row in rows {
                    if let Some(at) = self.rows.get_mut(row as usize).filter(|at| **at == RowState::Announced) {
                        *at = RowState::Open;
                    }
                }
            }
            Event::Done { row, outcome, .. } => {
                if matches!(&outcome, Outcome::NotAttempted(problem) if problem.code == PLAN_OLD) {
                    self.put_off.push(row as usize);
                }
                self.set(row as usize, RowState::Over(outcome));
            }
            Event::Doubted { row, problem } => self.set(row as usize, RowState::Over(Outcome::Failed(problem))),
            Event::Resumed { .. } => self.put_off.clear(),
            _ => {}
        }
    }

    fn count(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Intent { row, .. } if entry.seq > self.counted => drop(self.since.insert(*row)),
            Event::Job { rows, .. } | Event::Withdrawn { rows } => self.since.retain(|row| !rows.contains(row)),
            Event::Done { row, attempt, outcome, .. } if self.since.remove(row) => {
                if matches!(outcome, Outcome::Created | Outcome::Updated | Outcome::Removed) {
                    let calls = u64::from(*attempt).max(1);
                    self.uncounted.calls += calls;
                    self.uncounted.writes += 1;
                    self.uncounted.retries += calls - 1;
                }
            }
            _ => {}
        }
    }

    fn set(&mut self, row: usize, at: RowState) {
        if let Some(row) = self.rows.get_mut(row) {
            *row = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_after_the_header_was_written_is_counted_once() {
        let mut past = Past { rows: vec![RowState::Open; 6], counted: 3, ..Past::default() };
        let intent = |row| Event::Intent { row, attempt: 1 };
        let done = |row, attempt, outcome| Event::Done {
            row,
            attempt,
            outcome,
            ms: 1,
            left_out: Vec::new(),
            warnings: Vec::new(),
        };
        let events = [
            Event::Accepted,
            // The header was written with these two: whether it counts their calls nobody knows.
            intent(0),
            intent(1),
            done(0, 1, Outcome::Created),
            intent(2),
            intent(3),
            intent(4),
            intent(5),
            done(2, 3, Outcome::Created),
            done(3, 1, Outcome::Updated),
            done(4, 1, Outcome::Unchanged),
            Event::Job { job: "j".into(), rows: vec![5] },
            done(5, 1, Outcome::Created),
        ];
        for (seq, event) in (1..).zip(events) {
            past.take(Entry { seq, at: 0, event });
        }
        assert_eq!(past.uncounted, Api { calls: 4, writes: 2, retries: 2, bytes: 0 });
    }
}
