//! Connections that do not work at present: since when, why, and when they are tried again.

use idflow_sdk::Problem;
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, keys, keys::Key, table::Table};
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

pub(super) static SICK: Table<Sick> = Table::json(keys::SICK, "connections");

fn key(tenant: &Tenant, connection: &str) -> Key {
    SICK.key(tenant).name(connection)
}

/// What is known of these connections; healthy ones are not in the answer.
pub async fn of(store: &dyn Kv, tenant: &Tenant, connections: &[&str]) -> Result<Vec<Sick>, StoreError> {
    let found = SICK.many(store, connections.iter().map(|name| key(tenant, name)).collect()).await?;
    Ok(found.into_iter().flatten().collect())
}

/// All sick connections.
pub async fn all(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<Sick>, StoreError> {
    SICK.all(store, SICK.key(tenant)).await
}

/// Writes what is known.
pub fn put(batch: &mut Batch, tenant: &Tenant, sick: &Sick) -> Result<(), StoreError> {
    SICK.put(batch, key(tenant, &sick.connection), sick)
}

/// It works again.
pub fn clear(batch: &mut Batch, tenant: &Tenant, connection: &str) {
    SICK.drop(batch, key(tenant, connection));
}
