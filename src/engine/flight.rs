//! What the calls of a step share while they are on their way: whether anything new may be begun, and how many are in flight.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use idflow_sdk::{Context, Error, Exchange, Problem};
use tokio::sync::Notify;

use super::{
    Core,
    progress::{Busy, Progress},
    session::{CallPermit, Session},
};
use crate::model::change::Row;

/// What every call of a step needs.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub core: &'a Core,
    pub progress: &'a Progress,
    pub context: &'a Context,
    pub session: &'a Session<'a>,
    pub rows: &'a [Row],
}

/// What [`super::calls::Calls`] and its rows tell each other.
#[derive(Default)]
pub(super) struct CallState {
    /// Nothing new is begun.
    pub closed: AtomicBool,
    /// What is in flight ends, and nothing more is sent, not even a repeat.
    pub abandoned: AtomicBool,
    /// Rows that wait for their first permit.
    pub unbegun: AtomicUsize,
    /// Calls in flight: they have a permit.
    pub in_flight: AtomicUsize,
    /// A row has begun to wait for its repeat.
    pub waits: Notify,
}

/// One call in flight, counted.
pub(super) struct Flight<'s> {
    state: &'s CallState,
    _busy: Busy<'s>,
}

impl<'s> Flight<'s> {
    pub fn new(state: &'s CallState, progress: &'s Progress) -> Self {
        state.in_flight.fetch_add(1, Ordering::Relaxed);
        Self { state, _busy: progress.busy() }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.state.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Work<'_> {
    /// The first permit for a call of so many rows; `None` when it is not to be begun.
    pub async fn first_permit(&self, state: &CallState, rows: usize) -> Option<CallPermit> {
        let closed = || state.closed.load(Ordering::Relaxed);
        let permit = if closed() || self.is_over() { None } else { self.session.permit(self.progress, None).await };
        state.unbegun.fetch_sub(rows, Ordering::Relaxed);
        permit.filter(|_| !closed())
    }

    /// Whether the run is to stop, or another node may have it.
    pub fn is_over(&self) -> bool {
        self.progress.is_stopped() || self.session.lost()
    }
}

/// What calls bring beside their results.
#[derive(Default)]
pub(super) struct Aside {
    /// Exchanges that did not go well, with their attempts.
    pub exchanges: Vec<(u16, Exchange)>,
    /// Why nothing more may be written.
    pub stop: Option<Problem>,
}

/// What one object of a call came to: its warnings or why not, the attempt, the time in milliseconds.
pub(super) type Performed = (Result<Vec<Problem>, Error>, u16, u32);
