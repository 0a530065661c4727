//! What was found for an object that no rule finds?

use idflow_sdk::Problem;

/// What was found for an object of the source.
#[derive(Debug, Clone)]
pub(super) enum Likeness {
    /// It is this object of the target, by this likeness.
    Same {
        /// The target's key.
        key: Box<str>,
        /// Why: `name and department`.
        by: String,
    },
    /// It may be one of these.
    Like(Vec<Box<str>>),
    /// It would be one, if nothing spoke against it, see [`Task::doubt`](super::Task::doubt).
    Doubted(Problem),
}
