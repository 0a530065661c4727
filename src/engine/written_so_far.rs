//! What did a run write, and what may it have written? The limits of a day count both, also of a run that ends in the middle of
//! its plan, because it cannot be carried on.

use super::{Core, ledger::RowState, replay::Past};
use crate::{
    model::{
        change::{Action, Planned, Row, RowIndex},
        event::Outcome,
        outcomes::WRITTEN,
        run::{Counts, Run},
    },
    store::{Batch, StoreError, runs, today},
};

/// An argument of what is told of a row whose last call nobody answered: no look told what became of it.
pub(super) const MAYBE_DONE: &str = "maybe_done";
/// The codes of what was announced, or answered as done, and may be there whatever is said of it.
const MAY_BE_THERE: [&str; 6] = [
    "lost_answer",
    "lost_answer_unconfirmed",
    "verify_missing",
    "verify_still_there",
    "verify_differs",
    "verify_keeps_access",
];

/// What is known of it, as far as its journal and its plan can be read.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Objects that were written.
    pub sure: Counts,
    /// Those of which nobody will find out whether they were.
    pub unsure: Counts,
}

impl Written {
    /// Reads what a run wrote so far.
    ///
    /// # Errors
    /// A store that is away. What is damaged says nothing.
    pub async fn of(core: &Core, run: &Run) -> Result<Self, StoreError> {
        let mut written = Self::default();
        let (past, read) = Past::as_far_as_it_goes(core, run).await;
        what_is_there(read)?;
        for (group, states) in past.rows.chunks(runs::GROUP as usize).enumerate() {
            if states.iter().all(|state| *state == RowState::Open) {
                continue;
            }
            let first = RowIndex::try_from(group).unwrap_or(RowIndex::MAX).saturating_mul(runs::GROUP);
            let rows = what_is_there(runs::get_group(&*core.store, &core.tenant, run.run, first).await)?;
            for (row, state) in rows.unwrap_or_default().iter().zip(states) {
                written.count(row, state);
            }
        }
        Ok(written)
    }

    fn count(&mut self, row: &Row, state: &RowState) {
        // A later row of an object is no object of its own.
        if row.object.is_some() {
            return;
        }
        let word = state.word(row);
        if WRITTEN.contains(&word) {
            self.sure.add(row.kind, word, 1);
        } else if let Some(word) = maybe(row, state) {
            self.unsure.add(row.kind, word, 1);
        }
    }
}

/// Notes what a run wrote, with what it may have written, for the limits of the day on which it ends.
pub(super) async fn note(core: &Core, run: &Run, batch: &mut Batch) -> Result<(), StoreError> {
    let at_most = run.at_most();
    if WRITTEN.iter().any(|word| at_most.total(word) > 0) {
        let now = core.clock.now_ms();
        today::note(&*core.store, batch, &core.tenant, &run.workflow, (run.run, &at_most), now).await?;
    }
    Ok(())
}

/// What became of a row of which nobody knows, if it was done: `None` where that is known, and where nothing was to be written.
pub(super) fn maybe(row: &Row, state: &RowState) -> Option<&'static str> {
    let unknown = match state {
        RowState::Announced => true,
        RowState::Over(Outcome::Failed(problem)) => {
            problem.get(MAYBE_DONE).is_some() || MAY_BE_THERE.contains(&&*problem.code)
        }
        RowState::Open | RowState::Over(_) => false,
    };
    let wanted = unknown && row.planned == Planned::Do;
    wanted.then(|| hoped(row)).filter(|word| WRITTEN.contains(word))
}

/// What becomes of a row that goes well.
const fn hoped(row: &Row) -> &'static str {
    match row.action {
        _ if row.removes => "removed",
        Action::Create => "created",
        Action::Update => "updated",
        Action::Disable | Action::Delete => "removed",
        Action::Link | Action::None => "unchanged",
    }
}

/// Nothing where what is stored is damaged.
fn what_is_there<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(StoreError::Corrupt(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use idflow_sdk::{Kind, Problem};

    use super::*;

    #[test]
    fn what_was_announced_may_have_been_written() {
        let row = |action, removes| Row { action, removes, ..Row::new(0, Kind::User, "1".into(), "t".into()) };
        let mut written = Written::default();
        written.count(&row(Action::Create, false), &RowState::Over(Outcome::Created));
        written.count(&row(Action::Create, false), &RowState::Announced);
        written.count(&row(Action::Create, false), &RowState::Open);
        written.count(&row(Action::Create, false), &RowState::Over(Outcome::Failed(Problem::new("a"))));
        written.count(&row(Action::Update, true), &RowState::Over(Outcome::Updated));
        written.count(&row(Action::Delete, true), &RowState::Announced);
        written.count(&Row { object: Some(0), ..row(Action::Update, false) }, &RowState::Over(Outcome::Updated));
        let of = |counts: &Counts| WRITTEN.iter().map(|word| counts.get(Kind::User, word)).collect::<Vec<_>>();
        assert_eq!((of(&written.sure), of(&written.unsure)), (vec![1, 0, 1], vec![1, 0, 1]));
        // Nobody answered, and whatever was answered is not so: that may be there as well.
        for why in [Problem::new("lost_answer"), Problem::new("verify_differs"), Problem::new("a").arg(MAYBE_DONE, "1")]
        {
            written.count(&row(Action::Update, false), &RowState::Over(Outcome::Failed(why)));
        }
        // What links only remember is written nowhere else.
        written.count(&row(Action::Link, false), &RowState::Announced);
        assert_eq!((of(&written.sure), of(&written.unsure)), (vec![1, 0, 1], vec![1, 3, 1]));
    }
}
