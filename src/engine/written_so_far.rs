//! What did a run write that ends in the middle of its plan, because it cannot be carried on? The limits of a day count it,
//! whatever became of the run.

use super::{Core, ledger::RowState, replay::Past};
use crate::{
    model::{
        change::{Action, Row, RowIndex},
        outcomes::{self, WRITTEN},
        run::{Counts, Run},
    },
    store::{StoreError, runs},
};

/// What is known of it, as far as its journal and its plan can be read.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Objects that were written.
    pub sure: Counts,
    /// The same with those that were announced: nobody will find out what became of them.
    pub at_most: Counts,
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
        let (word, sure) = match state {
            RowState::Open => return,
            RowState::Announced => (hoped(row), false),
            RowState::Over(outcome) => (outcomes::word(row, Some(outcome)), true),
        };
        if WRITTEN.contains(&word) {
            self.at_most.add(row.kind, word, 1);
            if sure {
                self.sure.add(row.kind, word, 1);
            }
        }
    }
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
    use crate::model::event::Outcome;

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
        assert_eq!((of(&written.sure), of(&written.at_most)), (vec![1, 0, 1], vec![2, 0, 2]));
    }
}
