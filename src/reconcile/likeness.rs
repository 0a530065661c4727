//! Who in a target in use is like whom in the source?

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
    /// It would be one, if nothing spoke against it, see [`super::Task::doubt`].
    Doubted(Problem),
}

/// What the match rules alone say of an object.
pub(super) enum ByRule {
    /// It is this one.
    This(Box<str>),
    /// Nobody is found, or what the rule asks for cannot be seen.
    Nobody,
    /// It cannot be decided, for another reason.
    Refused,
}
