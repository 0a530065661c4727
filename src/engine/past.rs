//! What a run that goes on has behind it, from one look at its journal, a piece at a time: what became of its rows, which
//! jobs are at work, which messages were sent.

use std::{collections::HashMap, sync::Arc};

use super::{Core, ledger::RowState, send::Messages};
use crate::{
    model::{
        event::{Entry, Event, Outcome},
        run::Run,
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
    /// Rows that were left to the next run by somebody who did not come to the end of it.
    pub put_off: Vec<usize>,
}

impl Past {
    /// Reads the journal of a run.
    pub async fn read(core: &Core, run: &Run) -> Result<Self, StoreError> {
        let mut past = Self { rows: vec![RowState::Open; run.rows as usize], ..Self::default() };
        runs::each_entry(&*core.store, &core.tenant, run.run, |entry| past.take(entry)).await?;
        past.jobs.retain(|row, _| past.rows.get(*row) == Some(&RowState::Announced));
        Ok(past)
    }

    fn take(&mut self, entry: Entry) {
        self.last = entry.seq;
        self.paused = matches!(entry.event, Event::Continued { .. });
        if !self.paused {
            self.moved = entry.at;
        }
        self.messages.take(&entry.event);
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

    fn set(&mut self, row: usize, at: RowState) {
        if let Some(row) = self.rows.get_mut(row) {
            *row = at;
        }
    }
}
