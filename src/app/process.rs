//! Which process is this, among all that ever worked on the store?

use std::sync::OnceLock;

use crate::model::id::new_ulid;

/// After this time a call on another node is believed to have ended with its process.
pub(super) const AT_WORK_MS: i64 = 10 * 60 * 1000;

/// What this process is called among all that ever worked on the store.
pub(super) fn process() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| new_ulid(0))
}
