//! What does a system not want to be asked at present? Written when it says so, read by whoever works with it next: another
//! process, another node, or this one after a crash.

use idflow_sdk::Rest;

use super::{Batch, Kv, StoreError, keys, table::Table};
use crate::model::id::Tenant;

pub(super) static RESTS: Table<Vec<Rest>> = Table::json(keys::RESTS, "connections");

/// What rests, as it was noted last.
pub async fn of(store: &dyn Kv, tenant: &Tenant, system: &str) -> Result<Vec<Rest>, StoreError> {
    Ok(RESTS.get(store, RESTS.key(tenant).name(system)).await?.unwrap_or_default())
}

/// Notes what rests.
pub fn put(batch: &mut Batch, tenant: &Tenant, system: &str, rests: &Vec<Rest>) -> Result<(), StoreError> {
    RESTS.put(batch, RESTS.key(tenant).name(system), rests)
}
