//! Up to which time the clock is believed. A clock that jumps (a bad battery, a restored machine) must not decide what is
//! old: what was seen last is kept, and a time far beyond it counts only when a second look hours later agrees, or a third one
//! where all of them lie far apart.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, keys, keys::Key, table::Table};
use crate::model::id::Tenant;

/// The times that were seen, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The last that is believed.
    pub at: i64,
    /// The first one beyond it that is not, yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<i64>,
    /// It came long after another such time, and nobody saw the clock go back in between.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

pub(super) static CLOCK: Table<Seen> = Table::json(keys::META, "other").part("clock");

fn key(tenant: &Tenant) -> Key {
    CLOCK.key(tenant)
}

/// What was seen last; `None` when nobody looked.
pub async fn get(store: &dyn Kv, tenant: &Tenant) -> Result<Option<Seen>, StoreError> {
    CLOCK.get(store, key(tenant)).await
}

/// Notes what was seen.
pub fn put(batch: &mut Batch, tenant: &Tenant, seen: Seen) -> Result<(), StoreError> {
    CLOCK.put(batch, key(tenant), &seen)
}
