//! The directory's storage: one value for each department and person, keyed by ULID.

use async_trait::async_trait;
use idflow_sdk::{
    Error, Kind,
    directory::{DirectoryStore, Stored},
};

use super::{Batch, Store, codec, keys, keys::Key};
use crate::model::id::Tenant;

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

    async fn put(&self, kind: Kind, objects: Vec<Stored>) -> Result<(), Error> {
        let mut batch = Batch::default();
        for object in objects {
            batch.put(self.key(kind, &object.key), codec::pack(&object)?);
        }
        Ok(self.store.commit(batch).await?)
    }
}
