//! What a close look at a connection found last, so that it can be shown again; the addresses of ours that its system did not
//! trust; and which of its secrets were refused, so that they are not tried once more.

use std::collections::BTreeMap;

use idflow_sdk::Problem;
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, keys, keys::Key, table::Table};
use crate::model::id::Tenant;

/// A secret that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedSecret {
    /// The secret as it was sealed then: another one is another secret.
    pub sealed: String,
    /// When.
    pub at: i64,
    /// What the system said.
    pub problem: Problem,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// When.
    pub at: i64,
    /// When the connection was changed that was looked at.
    pub changed: i64,
    /// Whether it could be used.
    pub ok: bool,
    /// The report, as it was shown.
    pub report: serde_json::Value,
    /// Addresses that were not trusted: by setting of the secret and address, when.
    #[serde(default)]
    pub addresses: BTreeMap<String, BTreeMap<String, i64>>,
    /// Secrets that were refused, by the setting.
    #[serde(default)]
    pub refused: BTreeMap<String, RefusedSecret>,
}

pub(super) static LOOKED: Table<Looked> = Table::json(keys::CALLBACK, "connections").part("looked");

fn key(tenant: &Tenant, connection: &str) -> Key {
    LOOKED.key(tenant).name(connection)
}

/// What was found at this connection.
pub async fn of(store: &dyn Kv, tenant: &Tenant, connection: &str) -> Result<Option<Looked>, StoreError> {
    LOOKED.get(store, key(tenant, connection)).await
}

/// Keeps it.
pub fn put(batch: &mut Batch, tenant: &Tenant, connection: &str, looked: &Looked) -> Result<(), StoreError> {
    LOOKED.put(batch, key(tenant, connection), looked)
}

/// Forgets it.
pub fn drop(batch: &mut Batch, tenant: &Tenant, connection: &str) {
    LOOKED.drop(batch, key(tenant, connection));
}
