//! The directory's storage: one value for each department and person, keyed by ULID.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use idflow_sdk::{
    Error, Field, Kind, Lease, Record,
    directory::{By, Change, DirectoryStore, Stored, Writer},
};

use super::{
    Batch, Store, StoreError, codec,
    departures::{self, Away},
    events, keys,
    keys::Key,
    object_history::{CONNECTION, HISTORY, Past},
    object_index,
    object_index::Changed,
    pages::{FEW, of_made},
    table::Table,
};
use crate::model::{
    id::{Tenant, new_ulid},
    trigger::{ConnectionEvent, EventObject},
};

/// How often objects are read again that somebody else changes at the same time.
const TRIES: u32 = 64;

pub(super) static OBJECTS: Table<Stored> = Table::packed(keys::DIRECTORY, "directory");
pub(super) static MARK: Table<String> = Table::json(keys::DIRECTORY_MARK, "directory");

/// The fields in which two records differ, as they were and as they are.
fn differing(before: Option<&Record>, after: &Record) -> Option<(Record, Record)> {
    let none = Record::default();
    let before = before.unwrap_or(&none);
    let fields: std::collections::BTreeSet<_> = before.iter().chain(after.iter()).map(|(id, _)| id).collect();
    let changed = fields.into_iter().filter(|id| before.value(*id) != after.value(*id));
    let (mut old, mut new) = (Record::default(), Record::default());
    for id in changed {
        old.set(id, before.get(id).cloned().unwrap_or(Field::Empty));
        new.set(id, after.get(id).cloned().unwrap_or(Field::Empty));
    }
    (!new.is_empty()).then_some((old, new))
}

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
            missed: false,
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

    /// One try to change objects; [`StoreError::Conflict`] when somebody else changed one of them in this moment, or, with
    /// `mark`, when anything of the directory was written since that mark was read.
    async fn once(
        &self,
        (kind, keys): (Kind, &[&str]),
        writer: &Writer,
        mark: Option<&str>,
        forgets: bool,
        change: Change<'_>,
    ) -> Result<(), StoreError> {
        let places: Vec<Vec<u8>> = keys.iter().map(|key| self.key(kind, key)).collect();
        let mut asked = vec![self.mark_key()];
        asked.extend(self.telling.is_some().then(|| events::listeners_key(&self.tenant, CONNECTION)));
        // Beside a few objects that costs no question of its own.
        let (found, more) = if places.len() > FEW {
            (of_made(&*self.store, places.clone()).await?, self.store.get_many(asked).await?)
        } else {
            let mut found = self.store.get_many(places.iter().cloned().chain(asked).collect()).await?;
            let more = found.split_off(places.len());
            (found, more)
        };
        let mut more = more.into_iter();
        let marked = more.next().flatten();
        let listeners = events::listeners_of(more.next().flatten().as_deref())?;
        let mut batch = Batch { fence: writer.lease.as_ref().map(Lease::fence), ..Batch::default() };
        if let Some(mark) = mark {
            if marked.as_deref().map(codec::unpack::<String>).transpose()?.unwrap_or_default() != mark {
                return Err(StoreError::Conflict);
            }
            batch.expect.push((self.mark_key(), marked));
        }
        // One that is named twice is changed twice.
        let mut new: HashMap<&str, Record> = HashMap::new();
        let mut stored: HashMap<&str, Option<Record>> = HashMap::new();
        let mut gone: Vec<(&str, Away)> = Vec::new();
        for ((key, place), was) in keys.iter().zip(&places).zip(found) {
            let before = match new.remove(key) {
                Some(record) => Some(record),
                None => {
                    let was = was.as_deref().map(codec::unpack::<Stored>).transpose()?.map(|stored| stored.record);
                    stored.insert(key, was.clone());
                    was
                }
            };
            let remembers = writer.by.is_some() && self.telling.is_some();
            let was_so = (!listeners.is_empty() || remembers).then(|| before.clone());
            let status = departures::status_of(before.as_ref());
            let mut record = change(key, before);
            if let Some(was_so) = was_so {
                // Where nobody listens, nothing is said.
                if !listeners.is_empty()
                    && let Some(event) = self.event(kind, key, was_so.as_ref(), &record)
                {
                    events::note(&mut batch, &self.tenant, &listeners, &event)?;
                }
                self.remember(&mut batch, (kind, key), writer, was_so.as_ref(), &record)?;
            }
            let away = departures::goes(kind, status.as_deref(), &record);
            gone.extend(away.map(|away| (*key, away)));
            if forgets || away == Some(Away::Left) {
                departures::forget_given(&*self.store, &mut batch, &self.tenant, key, &mut record).await?;
            }
            batch.put(place.clone(), codec::pack(&Stored { key: (*key).into(), record: record.clone() })?);
            new.insert(key, record);
            batch.expect.push((place.clone(), was));
        }
        if !gone.is_empty() {
            let now = self.telling.as_ref().map_or(0, |(_, now)| now());
            departures::end_with_people(&*self.store, &mut batch, &self.tenant, &gone, now).await?;
        }
        let changed: Vec<Changed<'_>> =
            new.iter().map(|(id, after)| Changed { id, before: stored.remove(id).flatten(), after }).collect();
        object_index::note(&*self.store, &mut batch, &self.tenant, kind, &changed).await?;
        // Never the same twice, and nobody has to read the last one: writers do not stand in each other's way.
        batch.put(self.mark_key(), codec::json(&new_ulid(0))?);
        self.store.commit(batch).await
    }

    /// Notes a change in the history of its object.
    fn remember(
        &self,
        batch: &mut Batch,
        (kind, key): (Kind, &str),
        writer: &Writer,
        before: Option<&Record>,
        after: &Record,
    ) -> Result<(), StoreError> {
        let (Some(by), Some((_, now))) = (&writer.by, &self.telling) else { return Ok(()) };
        if before.is_none() && matches!(by, By::Run(_)) {
            return Ok(());
        }
        let Some((before, after)) = differing(before, after) else { return Ok(()) };
        let at = now();
        let place = HISTORY.key(&self.tenant).kind(kind).name(key).name(&new_ulid(at));
        HISTORY.put(batch, place, &Past { by: by.clone(), at, before, after })
    }

    /// Takes what somebody gave on the page of a system out of their record: they were not the one who gave it.
    pub async fn forget_given(&self, id: &str) -> Result<(), StoreError> {
        if departures::person(&*self.store, &self.tenant, id).await?.is_none() {
            return Ok(());
        }
        for _ in 0..TRIES {
            let mut same = |_: &str, record: Option<Record>| record.unwrap_or_default();
            match self.once((Kind::User, &[id]), &Writer::default(), None, true, &mut same).await {
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
        Err(StoreError::Conflict)
    }

    /// Changes objects if nothing of the directory was written since this mark was read: whoever looked at other objects first
    /// (who has that account, what is below that department) relies on them. False: it was, so look again.
    pub async fn update_at(
        &self,
        mark: &str,
        kind: Kind,
        keys: &[&str],
        writer: &Writer,
        change: Change<'_>,
    ) -> Result<bool, StoreError> {
        match self.once((kind, keys), writer, Some(mark), false, change).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
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

    async fn update(&self, kind: Kind, keys: &[&str], writer: &Writer, change: Change<'_>) -> Result<(), Error> {
        for _ in 0..TRIES {
            match self.once((kind, keys), writer, None, false, change).await {
                // Somebody else changed one of them in this moment.
                Err(StoreError::Conflict) => {}
                other => return Ok(other?),
            }
        }
        Err(StoreError::Conflict.into())
    }
}
