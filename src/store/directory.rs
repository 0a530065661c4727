//! The directory's storage: one value for each department and person, keyed by ULID.

use std::collections::HashMap;

use async_trait::async_trait;
use idflow_sdk::{
    Error, Kind, Lease, Record,
    directory::{Change, DirectoryStore, Stored},
};

use super::{Batch, Store, StoreError, codec, keys, keys::Key, table::Table};
use crate::model::id::{Tenant, new_ulid};

/// How often objects are read again that somebody else changes at the same time.
const TRIES: u32 = 64;

pub(super) static OBJECTS: Table<Stored> = Table::packed(keys::DIRECTORY, "directory");
pub(super) static MARK: Table<String> = Table::json(keys::DIRECTORY_MARK, "directory");

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

    async fn update(&self, kind: Kind, keys: &[&str], lease: Option<&Lease>, change: Change<'_>) -> Result<(), Error> {
        let places: Vec<Vec<u8>> = keys.iter().map(|key| self.key(kind, key)).collect();
        for _ in 0..TRIES {
            let found = self.store.get_many(places.clone()).await?;
            let mut batch = Batch { fence: lease.map(Lease::fence), ..Batch::default() };
            // One that is named twice is changed twice.
            let mut new: HashMap<&str, Record> = HashMap::new();
            for ((key, place), was) in keys.iter().zip(&places).zip(found) {
                let record = match new.remove(key) {
                    Some(record) => Some(record),
                    None => was.as_deref().map(codec::unpack::<Stored>).transpose()?.map(|stored| stored.record),
                };
                let record = change(key, record);
                batch.put(place.clone(), codec::pack(&Stored { key: (*key).into(), record: record.clone() })?);
                new.insert(key, record);
                batch.expect.push((place.clone(), was));
            }
            // Never the same twice, and nobody has to read the last one: writers do not stand in each other's way.
            batch.put(self.mark_key(), codec::json(&new_ulid(0))?);
            match self.store.commit(batch).await {
                // Somebody else changed one of them in this moment.
                Err(StoreError::Conflict) => {}
                other => return Ok(other?),
            }
        }
        Err(StoreError::Conflict.into())
    }
}
