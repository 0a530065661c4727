//! What a failed call means for the engine. The connector maps its system's codes to a kind; the engine alone decides
//! about waiting and repeating.

use std::time::Duration;

use crate::message::Problem;

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was sent is wrong; sending it again is useless. The item fails, the others go on.
    Invalid,
    /// Somebody else has the value or the name. The item fails.
    Conflict,
    /// The object is not there.
    NotFound,
    /// Settings, secret or rights are wrong: every further call would fail too. The step stops.
    Configuration,
    /// Try again, not before this time has passed; the whole bucket waits.
    RateLimited(Duration),
    /// So many calls were made that none is taken for a day or a month: nothing was done, and no run waits for it. What was to
    /// be done is left for a later run, and everything else goes on. It is asked again after this time, not before.
    UsedUp(Duration),
    /// Try again soon: busy, a write conflict, a connection that was refused before anything was sent.
    Unavailable,
    /// No answer arrived: nobody knows whether it was done. Look before repeating.
    Unknown,
    /// The system cannot do this.
    Unsupported,
    /// An answer that no rule explains.
    Unexpected,
}

/// A failed call.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .problem.code)]
pub struct Error {
    /// What to do about it.
    pub kind: ErrorKind,
    /// What happened, in words when read.
    pub problem: Box<Problem>,
}

impl Error {
    /// An error.
    #[must_use]
    pub fn new(kind: ErrorKind, problem: Problem) -> Self {
        Self { kind, problem: Box::new(problem) }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        matches!(self.kind, ErrorKind::RateLimited(_) | ErrorKind::Unavailable | ErrorKind::Unknown)
    }

    /// Whether it may have been done all the same: nobody answered, or whoever says "busy" has done it. What was refused for
    /// its rate, or never sent because of it, was not done.
    #[must_use]
    pub const fn maybe_done(&self) -> bool {
        matches!(self.kind, ErrorKind::Unavailable | ErrorKind::Unknown)
    }
}
