//! One writing step at work: its connection, its permits for calls, and what its rows are answered with.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use idflow_sdk::{Connection, Exchange, FieldId, Params, Problem, Slot};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{owned::Owned, progress::Progress};
use crate::{
    model::{change::RowIndex, event::Outcome},
    store::links::Pair,
    workflow::compiled::{Step, Writing},
};

/// An answer that is not on disk yet.
#[derive(Debug)]
pub(super) struct Answer {
    pub row: RowIndex,
    pub attempt: u16,
    pub outcome: Outcome,
    pub ms: u32,
    pub left_out: Vec<FieldId>,
    pub warnings: Vec<Problem>,
    /// The object is there although not as wanted: the links know it all the same.
    pub made: bool,
    /// Exchanges that did not go well, with their attempts.
    pub exchanges: Vec<(u16, Exchange)>,
}

impl Answer {
    /// About a row for which no call was made by this process.
    pub fn without_call(row: usize, attempt: u16, outcome: Outcome) -> Self {
        Self {
            row: RowIndex::try_from(row).unwrap_or(RowIndex::MAX),
            attempt,
            outcome,
            ms: 0,
            left_out: Vec::new(),
            warnings: Vec::new(),
            made: false,
            exchanges: Vec::new(),
        }
    }
}

/// One step at work.
pub(super) struct Session<'a> {
    pub step: &'a Step,
    /// Its loop.
    pub writing: &'a Writing,
    pub connection: Arc<dyn Connection>,
    pub params: Params,
    pub pair: Pair,
    /// The system behind the connection.
    pub system: String,
    /// Whether rows go as import jobs.
    pub job: bool,
    /// Whether one row waits for the other, its repeats included.
    pub in_order: bool,
    /// The permits for calls of this step.
    pub own: Arc<Semaphore>,
    /// Under which calls are made.
    pub owned: Arc<Owned>,
    /// It was seen once that they may not: what was given up for that is not taken up again here.
    pub gone: AtomicBool,
}

/// A permit for one call: of the step, and of the system.
pub(super) struct CallPermit {
    pub own: OwnedSemaphorePermit,
    _slot: Option<Slot>,
}

impl Session<'_> {
    /// Whether another node may have taken over: then nothing more is begun here.
    pub fn lost(&self) -> bool {
        if !self.owned.is_good() {
            self.gone.store(true, Ordering::Relaxed);
        }
        self.gone.load(Ordering::Relaxed)
    }

    /// The permits for calls of a step: as many as the connector declares and the workflow allows.
    pub fn permits(writing: &Writing, in_order: bool) -> Arc<Semaphore> {
        let wanted = writing.foreach.max_parallel.unwrap_or(u32::MAX);
        let most = if in_order { 1 } else { writing.uses.action.max_parallel.min(wanted).max(1) };
        Arc::new(Semaphore::new(most as usize))
    }

    /// Waits for a permit for one call; `None` when none may be begun any more. The step's own permit may be kept from before.
    pub async fn permit(&self, progress: &Progress, own: Option<OwnedSemaphorePermit>) -> Option<CallPermit> {
        let permit = async {
            let own = match own {
                Some(own) => own,
                None => self.own.clone().acquire_owned().await.ok()?,
            };
            let slot = match self.connection.slots() {
                Some(slots) => Some(slots.take().await),
                None => None,
            };
            Some(CallPermit { own, _slot: slot })
        };
        let permit = tokio::select! {
            biased;
            () = progress.stopped() => None,
            permit = permit => permit,
        };
        permit.filter(|_| !self.lost())
    }
}

/// What came of a window.
#[derive(Default)]
pub(super) struct Window {
    pub answers: Vec<Answer>,
    /// Why no further call can succeed.
    pub broken: Option<Problem>,
    /// Rows that nothing was begun for.
    pub untouched: Vec<usize>,
}
