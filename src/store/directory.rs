//! The directory's storage: one value for each department and person, keyed by ULID.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use idflow_sdk::{
    Error, Kind, Lease, Record,
    directory::{Change, DirectoryStore, Stored},
};

use super::{
    Batch, Store, StoreError, codec, events, keys, keys::Key, object_index, object_index::Changed, table::Table,
};
use crate::model::{
    id::{Tenant, new_ulid},
    trigger::{ConnectionEvent, EventObject},
};

/// How often objects are read again that somebody else changes at the same time.
const TRIES: u32 = 64;

pub(super) static OBJECTS: Table<Stored> = Table::packed(keys::DIRECTORY, "directory");
pub(super) static MARK: Table<String> = Table::json(keys::DIRECTORY_MARK, "directory");

/// What happened to an object, by what it was and what it is; nothing, where nobody is to be told.
pub type Between = fn(Kind, Option<&Record>, &Record) -> Option<&'static str>;

/// The time, in milliseconds since 1970.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The directory of one tenant.
pub struct Directory {
    store: Store,
    tenant: Tenant,
    /// How changes are told to workflows that listen, and by which clock.
    telling: Option<(Between, Now)>,
}

/// The name by which workflows listen to the directory.
pub const CONNECTION: &str = "directory";

impl Directory {
    /// The directory of this tenant.
    #[must_use]
    pub fn new(store: Store, tenant: Tenant) -> Self {
        Self { store, tenant, telling: None }
    }

    /// The same, whose changes are told to the workflows that listen for them.
    #[must_use]
    pub fn telling(mut self, between: Between, now: Now) -> Self {
        self.telling = Some((between, now));
        self
    }

    /// The event of a change, if it is one.
    fn event(&self, kind: Kind, key: &str, before: Option<&Record>, after: &Record) -> Option<ConnectionEvent> {
        let (between, now) = self.telling.as_ref()?;
        let at = now();
        Some(ConnectionEvent {
            id: new_ulid(at),
            connection: CONNECTION.into(),
            kind: between(kind, before, after)?.into(),
            object: Some(EventObject { kind: kind.as_str().into(), id: key.into() }),
            at,
            details: std::collections::BTreeMap::new(),
        })
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
        // Who listens is asked along with the objects: it costs no question of its own.
        let mut asked = places.clone();
        asked.extend(self.telling.is_some().then(|| events::listeners_key(&self.tenant, CONNECTION)));
        for _ in 0..TRIES {
            let mut found = self.store.get_many(asked.clone()).await?;
            let listeners = events::listeners_of(found.drain(places.len()..).next().flatten().as_deref())?;
            let mut batch = Batch { fence: lease.map(Lease::fence), ..Batch::default() };
            // One that is named twice is changed twice.
            let mut new: HashMap<&str, Record> = HashMap::new();
            let mut stored: HashMap<&str, Option<Record>> = HashMap::new();
            for ((key, place), was) in keys.iter().zip(&places).zip(found) {
                let before = match new.remove(key) {
                    Some(record) => Some(record),
                    None => {
                        let was = was.as_deref().map(codec::unpack::<Stored>).transpose()?.map(|stored| stored.record);
                        stored.insert(key, was.clone());
                        was
                    }
                };
                let was_so = (!listeners.is_empty()).then(|| before.clone());
                let record = change(key, before);
                if let Some(was_so) = was_so
                    && let Some(event) = self.event(kind, key, was_so.as_ref(), &record)
                {
                    events::note(&mut batch, &self.tenant, &listeners, &event)?;
                }
                batch.put(place.clone(), codec::pack(&Stored { key: (*key).into(), record: record.clone() })?);
                new.insert(key, record);
                batch.expect.push((place.clone(), was));
            }
            let changed: Vec<Changed<'_>> =
                new.iter().map(|(id, after)| Changed { id, before: stored.remove(id).flatten(), after }).collect();
            object_index::note(&*self.store, &mut batch, &self.tenant, kind, &changed).await?;
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
