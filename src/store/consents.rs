//! Who was asked for what only they can give, and what they gave: by connection and key there.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, keys, keys::Key, table::Table};
use crate::model::id::Tenant;

/// One person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredConsent {
    /// The key in the system.
    pub key: String,
    /// When the person was invited last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited: Option<i64>,
    /// When the person answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<i64>,
    /// The fields that were given and stand in the directory now.
    #[serde(default)]
    pub given: Vec<String>,
    /// Fields that were given and could not be kept.
    #[serde(default)]
    pub refused: Vec<String>,
}

pub(super) static CONSENTS: Table<StoredConsent> = Table::json(keys::CALLBACK, "connections").part("consent");

fn of_connection(tenant: &Tenant, connection: &str) -> Key {
    CONSENTS.key(tenant).name(connection)
}

/// What is known of a person.
pub async fn get(
    store: &dyn Kv,
    tenant: &Tenant,
    connection: &str,
    key: &str,
) -> Result<Option<StoredConsent>, StoreError> {
    CONSENTS.get(store, of_connection(tenant, connection).name(key)).await
}

/// Everybody of a connection.
pub async fn all(store: &dyn Kv, tenant: &Tenant, connection: &str) -> Result<Vec<StoredConsent>, StoreError> {
    CONSENTS.all(store, of_connection(tenant, connection)).await
}

/// Forgets what is known of a person.
pub fn forget(batch: &mut Batch, tenant: &Tenant, connection: &str, key: &str) {
    CONSENTS.drop(batch, of_connection(tenant, connection).name(key));
}

/// Writes what is known of a person.
pub fn put(batch: &mut Batch, tenant: &Tenant, connection: &str, new: &StoredConsent) -> Result<(), StoreError> {
    CONSENTS.put(batch, of_connection(tenant, connection).name(&new.key), new)
}
