//! The words for what becomes of a row, and which of them mean what.

use super::{
    change::{Action, Planned, Row},
    event::Outcome,
};

/// What a step's objects are counted as, the words of outcomes: what `steps.ID.counts` has in a workflow.
pub const COUNTED: &[&str] = &[
    "created",
    "updated",
    "removed",
    "unchanged",
    "skipped",
    "blocked",
    "ambiguous",
    "invalid",
    "failed",
    "not_attempted",
];

/// Those that a good run cannot have, the worst first.
pub const NOT_WELL: [&str; 5] = ["failed", "blocked", "ambiguous", "invalid", "not_attempted"];

/// Those of objects that were written.
pub const WRITTEN: &[&str] = &["created", "updated", "removed"];

/// The word for what became of a row; `outcome`: that of its last attempt, if there was one.
#[must_use]
pub fn word(row: &Row, outcome: Option<&Outcome>) -> &'static str {
    match (&row.planned, outcome) {
        (Planned::Skipped(_), _) => "skipped",
        (Planned::Blocked { .. }, _) => "blocked",
        (Planned::Ambiguous(_), _) => "ambiguous",
        (Planned::Invalid(_), _) => "invalid",
        // An update that takes access away, or lets somebody leave, is a removal, as the limits have it.
        (Planned::Do, Some(Outcome::Updated)) if row.removes => Outcome::Removed.as_str(),
        (Planned::Do, Some(outcome)) => outcome.as_str(),
        (Planned::Do, None) if matches!(row.action, Action::Link | Action::None) => "unchanged",
        (Planned::Do, None) => "not_attempted",
    }
}
