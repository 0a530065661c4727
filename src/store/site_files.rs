//! Files that are served at the top of our domain, because some system looks there to see whose it is. The domain is that of the
//! installation, so the table belongs to no tenant; each file says whose it is.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec::Loaded, keys, keys::Key, table::Table};
use crate::model::id::Tenant;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub content: String,
    /// The tenant that gave it.
    pub tenant: Tenant,
    /// Who.
    pub by: String,
    /// When.
    pub at: i64,
}

pub(super) static FILES: Table<StoredFile> = Table::json(keys::SITE_FILE, "connections");

fn key(name: &str) -> Key {
    FILES.key_of_store().name(name)
}

/// The file of this name.
pub async fn get(store: &dyn Kv, name: &str) -> Result<Option<Loaded<StoredFile>>, StoreError> {
    FILES.loaded(store, key(name)).await
}

/// The files of a tenant.
pub async fn of(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<StoredFile>, StoreError> {
    let all = FILES.all(store, FILES.key_of_store()).await?;
    Ok(all.into_iter().filter(|file| file.tenant == *tenant).collect())
}

/// Writes one over what was read.
pub fn put(batch: &mut Batch, before: Option<&Loaded<StoredFile>>, file: &StoredFile) -> Result<(), StoreError> {
    FILES.replace(batch, key(&file.name), before, file)
}

/// Removes one.
pub fn drop(batch: &mut Batch, name: &str) {
    FILES.drop(batch, key(name));
}
