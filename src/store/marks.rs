//! Who wrote last to each system. A plan remembers the marks of the systems that it is about; one that has moved since, by
//! another run, says that the plan is out of date. The mark goes along with the announcement of what is written.

use std::collections::BTreeMap;

use super::{Batch, Kv, StoreError, codec, keys, keys::Key};
use crate::model::{id::Tenant, run::Mark};

fn key(tenant: &Tenant, system: &str) -> Vec<u8> {
    Key::new(keys::WRITTEN_LAST, tenant).name(system).bytes()
}

/// The marks of these systems; those that nobody wrote to have none.
///
/// # Errors
/// Those of the store.
pub async fn of(store: &dyn Kv, tenant: &Tenant, systems: Vec<String>) -> Result<BTreeMap<String, Mark>, StoreError> {
    let found = store.get_many(systems.iter().map(|system| key(tenant, system)).collect()).await?;
    let marked = systems.into_iter().zip(found).filter_map(|(system, value)| Some((system, value?)));
    marked.map(|(system, value)| Ok((system, codec::unpack(&value)?))).collect()
}

/// A run is about to write to a system.
///
/// # Errors
/// Those of the codec.
pub fn put(batch: &mut Batch, tenant: &Tenant, system: &str, mark: &Mark) -> Result<(), StoreError> {
    batch.put(key(tenant, system), codec::json(mark)?);
    Ok(())
}
