//! How far the first setup of a tenant is: which connection, workflow and runs it made. What became of them is asked of them.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, keys, table::Table};
use crate::model::id::{RunId, Tenant};

/// A setup that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSetup {
    /// The connector.
    pub connector: String,
    /// The connection.
    pub connection: String,
    /// The workflow that brings people in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// The run that planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<RunId>,
    /// The run that carries it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Who began it.
    pub by: String,
    /// When.
    pub at: i64,
}

pub(super) static SETUPS: Table<StoredSetup> = Table::json(keys::SETUP, "connections");

/// That of a tenant.
pub async fn of(store: &dyn Kv, tenant: &Tenant) -> Result<Option<StoredSetup>, StoreError> {
    SETUPS.get(store, SETUPS.key(tenant)).await
}

/// Keeps it.
pub fn put(batch: &mut Batch, tenant: &Tenant, setup: &StoredSetup) -> Result<(), StoreError> {
    SETUPS.put(batch, SETUPS.key(tenant), setup)
}
