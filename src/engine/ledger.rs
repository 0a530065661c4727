//! The rows of a plan, and where each of them stands.
//!
//! A row is open until it is announced, and over once it has an outcome. [`RowState::may_become`] is the table of what is
//! legal: nothing that is over is begun again, and what was done can only be doubted.

use std::sync::Arc;

use idflow_sdk::{FieldId, Record};

use crate::model::{
    change::{Action, Dependency, Planned, Row},
    event::Outcome,
    outcomes,
};

/// Where a row stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RowState {
    /// Not begun.
    Open,
    /// Announced; without an outcome after a restart: unknown.
    Announced,
    /// Over.
    Over(Outcome),
}

impl RowState {
    /// Whether a row that stands here may come to stand there.
    pub fn may_become(&self, next: &Self) -> bool {
        match (self, next) {
            // A look at the target after the run: what was said to be done is not.
            (Self::Over(before), Self::Over(after)) => before.is_good() && matches!(after, Outcome::Failed(_)),
            (Self::Over(_), Self::Open | Self::Announced) => false,
            // Announced and taken back, announced once more, and done or refused from wherever it was.
            (Self::Open | Self::Announced, _) => true,
        }
    }

    /// The word for what became of the row.
    pub fn word(&self, row: &Row) -> &'static str {
        let outcome = match self {
            Self::Over(outcome) => Some(outcome),
            Self::Open | Self::Announced => None,
        };
        outcomes::word(row, outcome)
    }
}

/// Where a row stands, as it is kept: of nearly all of 300,000 there is no more to say than a word.
#[derive(Debug)]
enum Kept {
    Word(&'static RowState),
    Told(Box<RowState>),
}

impl Kept {
    fn state(&self) -> &RowState {
        match self {
            Self::Word(state) => state,
            Self::Told(state) => state,
        }
    }
}

impl From<RowState> for Kept {
    fn from(state: RowState) -> Self {
        static OPEN: RowState = RowState::Open;
        static ANNOUNCED: RowState = RowState::Announced;
        static CREATED: RowState = RowState::Over(Outcome::Created);
        static UPDATED: RowState = RowState::Over(Outcome::Updated);
        static REMOVED: RowState = RowState::Over(Outcome::Removed);
        static UNCHANGED: RowState = RowState::Over(Outcome::Unchanged);
        Self::Word(match state {
            RowState::Open => &OPEN,
            RowState::Announced => &ANNOUNCED,
            RowState::Over(Outcome::Created) => &CREATED,
            RowState::Over(Outcome::Updated) => &UPDATED,
            RowState::Over(Outcome::Removed) => &REMOVED,
            RowState::Over(Outcome::Unchanged) => &UNCHANGED,
            told => return Self::Told(Box::new(told)),
        })
    }
}

/// The rows of a plan, each with where it stands.
#[derive(Debug)]
pub(super) struct Ledger {
    rows: Arc<Vec<Row>>,
    states: Vec<Kept>,
}

impl Ledger {
    /// Rows with what is known of the first of them; the others are open.
    pub fn new(rows: Vec<Row>, states: Vec<RowState>) -> Self {
        let mut states: Vec<Kept> = states.into_iter().map(Kept::from).collect();
        states.resize_with(rows.len(), || RowState::Open.into());
        Self { rows: Arc::new(rows), states }
    }

    /// All rows, in the order of the plan.
    pub const fn rows(&self) -> &Arc<Vec<Row>> {
        &self.rows
    }

    /// One of them.
    pub fn row(&self, row: usize) -> &Row {
        &self.rows[row]
    }

    /// Where it stands.
    pub fn state(&self, row: usize) -> &RowState {
        self.states[row].state()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// All rows with where they stand.
    pub fn iter(&self) -> impl Iterator<Item = (&Row, &RowState)> {
        self.rows.iter().zip(self.states.iter().map(Kept::state))
    }

    /// Whether nobody has begun with it.
    pub fn is_open(&self, row: usize) -> bool {
        *self.state(row) == RowState::Open
    }

    /// Whether it was announced and nobody knows what became of it.
    pub fn is_announced(&self, row: usize) -> bool {
        *self.state(row) == RowState::Announced
    }

    /// Whether it has an outcome.
    pub fn is_over(&self, row: usize) -> bool {
        matches!(self.state(row), RowState::Over(_))
    }

    /// Why it failed, if it did.
    pub fn failure(&self, row: usize) -> Option<&idflow_sdk::Problem> {
        match self.state(row) {
            RowState::Over(Outcome::Failed(problem)) => Some(problem),
            _ => None,
        }
    }

    /// Whether what a row stands for is there: it was done, or needed nothing but remembering.
    pub fn went_well(&self, row: usize) -> bool {
        match self.state(row) {
            RowState::Over(outcome) => outcome.is_good(),
            _ => self.rows[row].action == Action::Link && self.rows[row].planned == Planned::Do,
        }
    }

    /// Whether a row cannot be carried out because of another one that it needs.
    pub fn is_stopped_by(&self, need: &Dependency) -> bool {
        let other = need.row as usize;
        match need.takes_from(&self.rows) {
            Some(_) if self.is_over(other) => !self.went_well(other),
            Some(_) => self.rows[other].planned != Planned::Do,
            None => need.leave_out.is_none() && !self.went_well(other),
        }
    }

    /// The fields of a row that are written now, and those that are left out because what they refer to is not there.
    pub fn record(&self, row: usize) -> (Record, Vec<FieldId>) {
        let mut record = self.rows[row].set.record();
        let mut out = Vec::new();
        for need in &self.rows[row].needs {
            if let Some(field) = need.leave_out
                && need.takes_from(&self.rows).is_none()
                && !self.went_well(need.row as usize)
            {
                record.take(field);
                out.push(field);
            }
        }
        (record, out)
    }

    /// The word for what became of it.
    pub fn word(&self, row: usize) -> &'static str {
        self.state(row).word(&self.rows[row])
    }

    fn set(&mut self, row: usize, state: RowState) {
        debug_assert!(self.state(row).may_become(&state), "row {row}: {:?} to {state:?}", self.state(row));
        self.states[row] = state.into();
    }

    /// It is announced, and may have been done.
    pub fn announce(&mut self, row: usize) {
        self.set(row, RowState::Announced);
    }

    /// Nothing was done: it may be begun.
    pub fn reopen(&mut self, row: usize) {
        self.set(row, RowState::Open);
    }

    /// It is over.
    pub fn close(&mut self, row: usize, outcome: Outcome) {
        self.set(row, RowState::Over(outcome));
    }
}
