//! What a caller of the application is told when something is refused: a kind, what is wrong, and the next step.

use crate::{engine::Refused, store::StoreError};

/// Kinds of refusal; the edges turn them into status and exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What was given is wrong.
    Invalid,
    /// It is not there.
    NotFound,
    /// It is in a state in which this cannot be done.
    Conflict,
    /// The caller may not.
    Refused,
    /// The machine or the store does not work.
    Unavailable,
    /// Another process owns the data folder.
    InUse,
    /// It is too much at once; the same is good later.
    TooMany {
        /// How many seconds later.
        after_secs: u32,
    },
}

/// A refusal.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    /// Its kind.
    pub kind: Kind,
    /// What is wrong, naming the thing.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// More, for machines: findings of the compiler.
    pub details: Option<serde_json::Value>,
}

impl AppError {
    /// Something given is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { kind: Kind::Invalid, message: message.into(), hint: None, details: None }
    }

    /// Something is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self { kind: Kind::NotFound, ..Self::invalid(message) }
    }

    /// Something is in another state.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { kind: Kind::Conflict, ..Self::invalid(message) }
    }

    /// The caller may not.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { kind: Kind::Refused, ..Self::invalid(message) }
    }

    /// It is too much at once.
    pub fn too_many(after_secs: u32, message: impl Into<String>) -> Self {
        Self { kind: Kind::TooMany { after_secs }, ..Self::invalid(message) }
    }

    /// The same with a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let kind = match error {
            StoreError::Conflict | StoreError::Fenced => Kind::Conflict,
            StoreError::Locked(_) => Kind::InUse,
            StoreError::Refused(_) => Kind::Invalid,
            _ => Kind::Unavailable,
        };
        Self { kind, ..Self::invalid(error.to_string()) }.hint(error.hint())
    }
}

impl From<Refused> for AppError {
    fn from(refused: Refused) -> Self {
        let message = refused.to_string();
        match refused {
            Refused::Store(error) => error.into(),
            Refused::NoWorkflow(_) | Refused::NoRun(_) => Self::not_found(message),
            Refused::NotActive(_)
            | Refused::NotManual(_)
            | Refused::NotHeld(..)
            | Refused::NotOver(..)
            | Refused::NotPaused(..)
            | Refused::Over(..)
            | Refused::Expired(_)
            | Refused::Forgotten(_)
            | Refused::OtherPlan(..) => Self::conflict(message),
            Refused::DiskFull(_) => Self { kind: Kind::Unavailable, ..Self::invalid(message) }.hint(
                "make room on the disk (`idflow store prune`, then `idflow store compact`), or lower --disk-floor",
            ),
            Refused::Broken(..) | Refused::Input(..) => Self::invalid(message),
        }
    }
}
