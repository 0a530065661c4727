//! Which notice of a run counts the warning of an item? Whoever is told of a number finds the items by the code of the notice.

use idflow_sdk::Problem;

use crate::workflow::template::NOT_MADE;

/// The notices whose items have a warning each.
const NOTICES: &[&str] =
    &["values_refused", "managers_by_name", "managers_not_made", "references_not_made", "keys_kept"];

/// Whether the items of a notice are found by its code.
#[must_use]
pub fn has_items(notice: &str) -> bool {
    NOTICES.contains(&notice)
}

/// The notice in which a warning is counted; `None` for what is told of one item only.
#[must_use]
pub fn counted_in(warning: &Problem) -> Option<&'static str> {
    match &*warning.code {
        "manager_by_name" => Some("managers_by_name"),
        "manager_not_made" => Some("managers_not_made"),
        "key_kept" => Some("keys_kept"),
        code if NOT_MADE.contains(&code) => Some("references_not_made"),
        // A value that is left out is told with the field that lacks it.
        _ => warning.field.as_ref().map(|_| "values_refused"),
    }
}
