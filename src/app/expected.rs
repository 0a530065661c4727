//! Which state of an object an edit is meant for. Whoever read it before and sends what it was tagged with changes that state
//! or nothing: of two people who edit the same object, the second is told instead of undoing what the first has done.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::AppError;
use crate::{contract::problem::Next, model::hex::hex};

/// Digits of a tag.
const DIGITS: usize = 16;

/// What must be there for an edit to take place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expected {
    /// Whatever there is.
    #[default]
    Anything,
    /// No such object: it is to be made (`If-None-Match: *`).
    Nothing,
    /// Some such object: it is to be changed (`If-Match: *`).
    Something,
    /// The object in a state with one of these tags (`If-Match`).
    One(Vec<String>),
}

impl Expected {
    /// Refuses an edit that was meant for something else. `now` is the tag of what is there; `look` says where to look again.
    ///
    /// # Errors
    /// [`super::error::RefusalKind::Stale`].
    pub fn check(&self, now: Option<&str>, look: impl FnOnce() -> Next) -> Result<(), AppError> {
        let code = match (self, now) {
            (Self::Anything, _) | (Self::Nothing, None) | (Self::Something, Some(_)) => return Ok(()),
            (Self::One(tags), Some(now)) if tags.iter().any(|tag| tag == now) => return Ok(()),
            (Self::Nothing, Some(_)) => "there_already",
            (Self::One(_), Some(_)) => "changed_since",
            (Self::One(_) | Self::Something, None) => "gone_since",
        };
        Err(AppError::stale(code).next(look()))
    }
}

/// The tag of a state: another one for another value.
#[must_use]
pub fn tag(value: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    let mut tag = hex(&Sha256::digest(bytes));
    tag.truncate(DIGITS);
    tag
}

#[cfg(test)]
mod tests {
    use idflow_sdk::NextKind;

    use super::*;

    #[test]
    fn edits_are_for_the_state_that_was_read() {
        let one = Expected::One(vec!["a".into(), "b".into()]);
        let code = |expected: &Expected, now| {
            let checked = expected.check(now, || Next::new(NextKind::ListConnections));
            checked.err().map(|error| error.problem.code.to_string())
        };
        assert_eq!(code(&one, Some("b")), None);
        assert_eq!(code(&one, Some("c")).as_deref(), Some("changed_since"));
        assert_eq!(code(&one, None).as_deref(), Some("gone_since"));
        assert_eq!(code(&Expected::Nothing, Some("a")).as_deref(), Some("there_already"));
        assert_eq!(code(&Expected::Nothing, None), None);
        assert_eq!(code(&Expected::Something, None).as_deref(), Some("gone_since"));
        assert_eq!(code(&Expected::Anything, None), None);
    }
}
