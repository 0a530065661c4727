//! What does a system not want to be asked at present? Written when it says so, read by whoever works with it next: another
//! process, another node, or this one after a crash.

use idflow_sdk::Rest;

use super::{Batch, Kv, StoreError, codec, keys, keys::Key};
use crate::model::id::Tenant;

fn key(tenant: &Tenant, system: &str) -> Vec<u8> {
    Key::new(keys::RESTS, tenant).name(system).bytes()
}

/// What rests, as it was noted last.
///
/// # Errors
/// Those of the store.
pub async fn of(store: &dyn Kv, tenant: &Tenant, system: &str) -> Result<Vec<Rest>, StoreError> {
    Ok(store.get(&key(tenant, system)).await?.as_deref().map(codec::unpack).transpose()?.unwrap_or_default())
}

/// Notes what rests.
///
/// # Errors
/// Those of the codec.
pub fn put(batch: &mut Batch, tenant: &Tenant, system: &str, rests: &[Rest]) -> Result<(), StoreError> {
    batch.put(key(tenant, system), codec::json(&rests)?);
    Ok(())
}
