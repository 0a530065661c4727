//! Keys that a system said were given up: whoever had one may be gone, and somebody else may have it.
//!
//! An event is a hint, and the run that it starts may see nobody missing: deleted and made again in one moment, a key is there
//! all the same. So the word is kept beside the links until a run has looked who has the key now. Meanwhile nobody is taken for
//! the one who had it. A key that nothing is linked to is no matter.

use idflow_sdk::Kind;
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, keys, keys::Key, links, table::Table};
use crate::model::id::Tenant;

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreedKey {
    /// The key.
    pub key: String,
    /// The event that said so.
    pub event: String,
    /// When it was heard, in milliseconds since 1970.
    pub heard: i64,
}

/// By connection, key in lower case, and event.
pub(super) static FREED: Table<FreedKey> = Table::json(keys::EVENT, "links").part("freed");

fn of_key(tenant: &Tenant, connection: &str, key: &str) -> Key {
    FREED.key(tenant).name(connection).name(&key.to_lowercase())
}

/// Notes that a connection has given up the key of a person, where somebody is linked to it.
///
/// # Errors
/// Those of the store.
pub async fn note(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    connection: &str,
    freed: &FreedKey,
) -> Result<(), StoreError> {
    if links::is_linked(store, tenant, connection, Kind::User, &freed.key).await? {
        FREED.put(batch, of_key(tenant, connection, &freed.key).name(&freed.event), freed)?;
    }
    Ok(())
}

/// All that a connection has given up and no run has looked at since.
///
/// # Errors
/// Those of the store.
pub async fn all(store: &dyn Kv, tenant: &Tenant, connection: &str) -> Result<Vec<FreedKey>, StoreError> {
    FREED.all(store, FREED.key(tenant).name(connection)).await
}

/// Whether this is one of them.
///
/// # Errors
/// Those of the store.
pub async fn is(store: &dyn Kv, tenant: &Tenant, connection: &str, key: &str) -> Result<bool, StoreError> {
    let from = of_key(tenant, connection, key).bytes();
    let end = keys::end_of(&from);
    Ok(!store.scan(from, end, 1, false).await?.is_empty())
}

/// A run has looked who has the key now.
pub fn over(batch: &mut Batch, tenant: &Tenant, connection: &str, freed: &FreedKey) {
    FREED.drop(batch, of_key(tenant, connection, &freed.key).name(&freed.event));
}

/// Forgets all that a connection has given up: from now on its keys are those of another system.
///
/// # Errors
/// Those of the store.
pub async fn forget_all(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    connection: &str,
) -> Result<(), StoreError> {
    all(store, tenant, connection).await?.iter().for_each(|freed| over(batch, tenant, connection, freed));
    Ok(())
}
