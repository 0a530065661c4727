//! Announced rows on their way: as many calls at a time as there are places, each row on its own way through calls and waits.

use std::sync::{Arc, atomic::Ordering};

use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use idflow_sdk::{Context, ErrorKind, FieldId, Problem};

use super::{
    Core, decide,
    flight::{Aside, CallState, Performed, Work},
    ledger::Ledger,
    look::WAS_THERE,
    perform::perform,
    progress::Progress,
    session::{Answer, Session, Window},
};
use crate::model::{
    change::{Action, Row, RowIndex},
    event::Outcome,
};

/// Rows that are at work at most when many are carried out at once.
const AT_WORK: usize = 128;

/// Carries rows out, so many at a time as there are places for. A configuration error ends it: every further call would fail
/// too.
pub(super) async fn carry_out(
    core: &Core,
    progress: &Progress,
    context: &Context,
    session: &Session<'_>,
    ledger: &Ledger,
    window: &[usize],
) -> Window {
    let mut calls = Calls::new(core, progress, context, session, ledger.rows());
    let mut window = window.chunks(session.writing.uses.action.batch.max(1));
    let mut answers = Vec::new();
    loop {
        while calls.at_work() < AT_WORK
            && let Some(group) = window.next()
        {
            calls.begin(ledger, group);
        }
        let Some(more) = calls.next().await else { break };
        answers.extend(more);
    }
    Window { answers, broken: calls.broken.take(), untouched: calls.untouched }
}

/// Announced rows on their way. Each goes its own way through calls and waits: while one waits for its retry, without a place,
/// the others go on.
pub(super) struct Calls<'a> {
    work: Work<'a>,
    state: Arc<CallState>,
    going: FuturesUnordered<BoxFuture<'a, Gone>>,
    /// Rows in `going`.
    rows: usize,
    /// Why no further call can succeed.
    pub broken: Option<Problem>,
    /// Rows that nothing was begun for.
    pub untouched: Vec<usize>,
}

/// Rows of one call that are over, or were not begun: then there are no results.
struct Gone {
    group: Vec<usize>,
    results: Option<Vec<Performed>>,
    left_out: Vec<Vec<FieldId>>,
    aside: Aside,
}

impl<'a> Calls<'a> {
    pub fn new(
        core: &'a Core,
        progress: &'a Progress,
        context: &'a Context,
        session: &'a Session<'a>,
        rows: &'a [Row],
    ) -> Self {
        Self {
            work: Work { core, progress, context, session, rows },
            state: Arc::default(),
            going: FuturesUnordered::new(),
            rows: 0,
            broken: None,
            untouched: Vec::new(),
        }
    }

    /// Sends these announced rows on their way, in this order as far as there are places.
    pub fn begin(&mut self, ledger: &Ledger, indexes: &[usize]) {
        for group in indexes.chunks(self.work.session.writing.uses.action.batch.max(1)) {
            let (records, left_out): (Vec<_>, Vec<_>) = group.iter().map(|index| ledger.record(*index)).unzip();
            // After a restart an announced row without an answer is unknown.
            let unknown = group.iter().map(|index| ledger.is_announced(*index)).collect();
            let (work, state, group) = (self.work, self.state.clone(), group.to_vec());
            self.rows += group.len();
            state.unbegun.fetch_add(group.len(), Ordering::Relaxed);
            self.going.push(Box::pin(async move {
                let mut aside = Aside::default();
                let results = perform(&work, &state, &group, &records, unknown, &mut aside).await;
                Gone { group, results, left_out, aside }
            }));
        }
    }

    /// How many rows are on their way.
    pub fn at_work(&self) -> usize {
        self.rows
    }

    /// How many of them wait for their first place.
    pub fn unbegun(&self) -> usize {
        self.state.unbegun.load(Ordering::Relaxed)
    }

    /// Whether all of them wait for a repeat.
    pub fn all_wait(&self) -> bool {
        self.unbegun() == 0 && self.state.in_flight.load(Ordering::Relaxed) == 0
    }

    /// Ends when one more of them has begun to wait.
    pub fn one_waits(&self) -> impl Future<Output = ()> + use<'a> {
        let state = self.state.clone();
        async move { state.waits.notified().await }
    }

    /// Begins nothing new; what was begun goes on.
    pub fn close(&self) {
        self.state.closed.store(true, Ordering::Relaxed);
    }

    /// Waits until nothing is in flight, and sends nothing more.
    pub async fn abandon(&mut self) {
        self.close();
        self.state.abandoned.store(true, Ordering::Relaxed);
        while self.state.in_flight.load(Ordering::Relaxed) > 0 && self.next().await.is_some() {}
    }

    /// The answers of the next call that is over; `None` when nothing is on its way.
    pub async fn next(&mut self) -> Option<Vec<Answer>> {
        let Gone { group, results, left_out, mut aside } = self.going.next().await?;
        self.rows -= group.len();
        if let Some(stop) = aside.stop.take() {
            self.break_off(stop);
        }
        let Some(results) = results else {
            self.untouched.extend(group);
            return Some(Vec::new());
        };
        let mut answers = Vec::with_capacity(group.len());
        for ((index, (result, attempt, ms)), left_out) in group.into_iter().zip(results).zip(left_out) {
            let row = &self.work.rows[index];
            let (outcome, warnings) = match result {
                Ok(warnings) => {
                    let outcome = match row.action {
                        Action::Create if warnings.iter().any(|warning| warning.code == WAS_THERE) => {
                            Outcome::Unchanged
                        }
                        Action::Create => Outcome::Created,
                        Action::Disable | Action::Delete => Outcome::Removed,
                        _ => Outcome::Updated,
                    };
                    (outcome, warnings)
                }
                // Nothing was done, and nobody wants it any more: the row stays as it was announced.
                Err(error)
                    if matches!(error.kind, ErrorKind::RateLimited(_) | ErrorKind::Unavailable) && self.is_over() =>
                {
                    continue;
                }
                Err(error) => {
                    if error.kind == ErrorKind::Configuration {
                        self.break_off((*error.problem).clone());
                    }
                    (decide::not_done(error), Vec::new())
                }
            };
            let row = RowIndex::try_from(index).unwrap_or(RowIndex::MAX);
            // Those of a call for several objects are kept with the first.
            let exchanges = std::mem::take(&mut aside.exchanges);
            answers.push(Answer { row, attempt, outcome, ms, left_out, warnings, made: false, exchanges });
        }
        Some(answers)
    }

    fn break_off(&mut self, why: Problem) {
        self.close();
        self.broken.get_or_insert(why);
    }

    /// Whether nothing more is sent.
    fn is_over(&self) -> bool {
        self.work.is_over() || self.state.abandoned.load(Ordering::Relaxed)
    }
}
