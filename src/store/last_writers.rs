//! Who wrote last to each system. A plan remembers the marks of the systems that it is about; one that has moved since, by
//! another run, says that the plan is out of date. The mark goes along with the announcement of what is written.

use std::collections::BTreeMap;

use super::{Batch, Kv, StoreError, keys, keys::Key, table::Table};
use crate::model::{id::Tenant, run::Mark};

pub(super) static WRITTEN_LAST: Table<Mark> = Table::json(keys::WRITTEN_LAST, "other");

fn key(tenant: &Tenant, system: &str) -> Key {
    WRITTEN_LAST.key(tenant).name(system)
}

/// The marks of these systems; those that nobody wrote to have none.
pub async fn of(store: &dyn Kv, tenant: &Tenant, systems: Vec<String>) -> Result<BTreeMap<String, Mark>, StoreError> {
    let found = WRITTEN_LAST.many(store, systems.iter().map(|system| key(tenant, system)).collect()).await?;
    Ok(systems.into_iter().zip(found).filter_map(|(system, mark)| Some((system, mark?))).collect())
}

/// A run is about to write to a system.
pub fn put(batch: &mut Batch, tenant: &Tenant, system: &str, mark: &Mark) -> Result<(), StoreError> {
    WRITTEN_LAST.put(batch, key(tenant, system), mark)
}
