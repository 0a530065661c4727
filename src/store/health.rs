//! Connections that do not work at present: since when, why, and when they are tried again.

use idflow_sdk::Problem;
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec, keys, keys::Key, scan_prefix};
use crate::model::id::Tenant;

/// What is known of a sick connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sick {
    /// The connection.
    pub connection: String,
    /// Runs in a row that it stopped.
    pub failures: u32,
    /// When the first of them failed.
    pub since: i64,
    /// Runs that nobody started by hand rest until then.
    pub until: i64,
    /// The first cause.
    pub problem: Problem,
}

fn key(tenant: &Tenant, connection: &str) -> Vec<u8> {
    Key::new(keys::SICK, tenant).name(connection).bytes()
}

/// What is known of these connections; healthy ones are not in the answer.
///
/// # Errors
/// Those of the store.
pub async fn of(store: &dyn Kv, tenant: &Tenant, connections: &[&str]) -> Result<Vec<Sick>, StoreError> {
    let keys = connections.iter().map(|name| key(tenant, name)).collect();
    let found = store.get_many(keys).await?;
    found.iter().flatten().map(|value| codec::unpack(value)).collect()
}

/// All sick connections.
///
/// # Errors
/// Those of the store.
pub async fn all(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<Sick>, StoreError> {
    let entries = scan_prefix(store, &Key::new(keys::SICK, tenant).bytes()).await?;
    entries.iter().map(|(_, value)| codec::unpack(value)).collect()
}

/// Writes what is known.
///
/// # Errors
/// Those of the codec.
pub fn put(batch: &mut Batch, tenant: &Tenant, sick: &Sick) -> Result<(), StoreError> {
    batch.put(key(tenant, &sick.connection), codec::json(sick)?);
    Ok(())
}

/// It works again.
pub fn clear(batch: &mut Batch, tenant: &Tenant, connection: &str) {
    batch.deletes.push(key(tenant, connection));
}
