//! The directory's storage: one value for each department and person, keyed by ULID.

use async_trait::async_trait;
use idflow_sdk::{
    Error, Kind,
    directory::{DirectoryStore, Stored},
};

use super::{Batch, Store, codec, keys, keys::Key};
use crate::model::id::{Tenant, new_ulid};

/// The directory of one tenant.
pub struct Directory {
    store: Store,
    tenant: Tenant,
}

impl Directory {
    /// The directory of this tenant.
    #[must_use]
    pub fn new(store: Store, tenant: Tenant) -> Self {
        Self { store, tenant }
    }

    fn key(&self, kind: Kind, key: &str) -> Vec<u8> {
        Key::new(keys::DIRECTORY, &self.tenant).kind(kind).name(key).bytes()
    }

    fn mark_key(&self) -> Vec<u8> {
        Key::new(keys::DIRECTORY_MARK, &self.tenant).bytes()
    }
}

#[async_trait]
impl DirectoryStore for Directory {
    async fn page(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Stored>, Error> {
        let prefix = Key::new(keys::DIRECTORY, &self.tenant).kind(kind).bytes();
        let from = match after {
            Some(after) => {
                let mut from = self.key(kind, after);
                from.push(0);
                from
            }
            None => prefix.clone(),
        };
        let page = self.store.scan(from, keys::end_of(&prefix), limit, false).await?;
        Ok(page.iter().map(|(_, value)| codec::unpack(value)).collect::<Result<_, _>>()?)
    }

    async fn get(&self, kind: Kind, wanted: &[&str]) -> Result<Vec<Stored>, Error> {
        let values = self.store.get_many(wanted.iter().map(|key| self.key(kind, key)).collect()).await?;
        Ok(values.iter().flatten().map(|value| codec::unpack(value)).collect::<Result<_, _>>()?)
    }

    async fn mark(&self) -> Result<String, Error> {
        let mark = self.store.get(&self.mark_key()).await?;
        Ok(mark.as_deref().map(codec::unpack).transpose()?.unwrap_or_default())
    }

    async fn put(&self, kind: Kind, objects: Vec<Stored>) -> Result<(), Error> {
        let mut batch = Batch::default();
        for object in objects {
            batch.put(self.key(kind, &object.key), codec::pack(&object)?);
        }
        // Never the same twice, and nobody has to read the last one: writers do not stand in each other's way.
        batch.put(self.mark_key(), codec::json(&new_ulid(0))?);
        Ok(self.store.commit(batch).await?)
    }
}
