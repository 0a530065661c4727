//! What became of a message that was sent?

use idflow_sdk::Problem;

use crate::contract::problem::Text;

/// What became of a message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// It was taken.
    Done,
    /// It was taken for some, and the others will never get it.
    Partly(Problem),
    /// It was not, and may be later.
    Again(Problem),
    /// It was not, and will not be.
    Never(Problem),
    /// Nobody knows.
    Unknown(Problem),
}

/// A text in both languages.
pub(super) fn both(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text { zh: zh.into(), en: en.into() }
}
