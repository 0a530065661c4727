//! Templates of one's own, and the keys by which bundles of them are signed and trusted. A template is a tenant's, or everybody's;
//! keys belong to the installation.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec::Loaded, keys, keys::Key, table::Table};
use crate::model::id::Tenant;

/// A template that came in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTemplate {
    /// Its id.
    pub id: String,
    /// Its YAML.
    pub text: String,
    /// Its test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// The fingerprint of the key that signed its bundle.
    pub signed_by: String,
    /// When it was imported.
    pub imported: i64,
    /// By whom.
    pub by: String,
}

/// A key of another installation whose bundles are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedKey {
    /// Its fingerprint.
    pub fingerprint: String,
    /// What people call it.
    pub name: String,
    /// Since when.
    pub since: i64,
    /// By whom.
    pub by: String,
}

/// The key by which this installation signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// The public half, in hex.
    pub public: String,
    /// The private half, sealed.
    pub sealed: String,
    /// When it was made.
    pub made: i64,
}

pub(super) static TEMPLATES: Table<StoredTemplate> = Table::json(keys::TEMPLATE, "workflows").part("template");
pub(super) static TRUSTED: Table<TrustedKey> = Table::json(keys::TEMPLATE, "workflows").part("trusted");
pub(super) static SIGNING: Table<SigningKey> = Table::json(keys::TEMPLATE, "workflows").part("signing");

/// `None`: everybody's.
fn below(tenant: Option<&Tenant>) -> Key {
    tenant.map_or_else(|| TEMPLATES.key_of_store(), |tenant| TEMPLATES.key(tenant))
}

/// The template of this id of a tenant, or of everybody.
pub async fn get(
    store: &dyn Kv,
    tenant: Option<&Tenant>,
    id: &str,
) -> Result<Option<Loaded<StoredTemplate>>, StoreError> {
    TEMPLATES.loaded(store, below(tenant).name(id)).await
}

/// All of a tenant, or of everybody, by id.
pub async fn all(store: &dyn Kv, tenant: Option<&Tenant>) -> Result<Vec<StoredTemplate>, StoreError> {
    TEMPLATES.all(store, below(tenant)).await
}

/// Writes one over what was read.
pub fn put(
    batch: &mut Batch,
    tenant: Option<&Tenant>,
    old: Option<&Loaded<StoredTemplate>>,
    new: &StoredTemplate,
) -> Result<(), StoreError> {
    TEMPLATES.replace(batch, below(tenant).name(&new.id), old, new)
}

/// Removes one that is still as it was read.
pub fn take(batch: &mut Batch, tenant: Option<&Tenant>, old: &Loaded<StoredTemplate>) {
    TEMPLATES.take(batch, below(tenant).name(&old.value.id), old);
}

fn trusted_key(fingerprint: &str) -> Key {
    TRUSTED.key_of_store().name(fingerprint)
}

/// The key of this fingerprint, if it is trusted.
pub async fn trusted(store: &dyn Kv, fingerprint: &str) -> Result<Option<Loaded<TrustedKey>>, StoreError> {
    TRUSTED.loaded(store, trusted_key(fingerprint)).await
}

/// All trusted keys.
pub async fn all_trusted(store: &dyn Kv) -> Result<Vec<TrustedKey>, StoreError> {
    TRUSTED.all(store, TRUSTED.key_of_store()).await
}

/// Trusts a key.
pub fn trust(batch: &mut Batch, key: &TrustedKey) -> Result<(), StoreError> {
    TRUSTED.put(batch, trusted_key(&key.fingerprint), key)
}

/// Trusts it no longer.
pub fn distrust(batch: &mut Batch, old: &Loaded<TrustedKey>) {
    TRUSTED.take(batch, trusted_key(&old.value.fingerprint), old);
}

/// The key by which this installation signs, if it was made.
pub async fn signing(store: &dyn Kv) -> Result<Option<SigningKey>, StoreError> {
    SIGNING.get(store, SIGNING.key_of_store()).await
}

/// Keeps a new signing key, where there is none.
///
/// # Errors
/// Those of the store; a conflict: somebody else was faster.
pub async fn keep_signing(store: &dyn Kv, key: &SigningKey) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    SIGNING.add(&mut batch, SIGNING.key_of_store(), key)?;
    store.commit(batch).await
}
