//! What is to be looked at when its time comes: schedules, held runs. Whoever looks after such things asks for what is due,
//! and never goes through all of them.
//!
//! An entry is a reminder and no more: what is to be done, if anything, is found out from the thing itself. So one too many
//! does no harm, one that is late is looked at at once, and two nodes may follow the same one. What must hold is that for
//! everything that is waited for there is one that is not later. Entries are put blindly; after a look the entry is taken
//! away together with putting the next one, expecting it as it was read, so that one that was put anew meanwhile stays.

use super::{Batch, Kv, StoreError, codec, keys, keys::Key, pages::Pages};
use crate::model::id::{Tenant, new_ulid};

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The schedules of a workflow, by its id.
    Schedules,
    /// A held run, by its id: whether its time for an approval is over.
    HeldRun,
    /// A message, by its id: whether its next part can go.
    Message,
}

impl What {
    const fn word(self) -> &'static str {
        match self {
            Self::Schedules => "schedules",
            Self::HeldRun => "held",
            Self::Message => "message",
        }
    }
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wake {
    /// When it is looked at; milliseconds since 1970.
    pub at: i64,
    /// Which thing.
    pub id: Vec<u8>,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Wake {
    /// The id as text.
    #[must_use]
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.id).into_owned()
    }

    /// Takes the entry away, if it is still as it was read.
    pub fn done(&self, batch: &mut Batch) {
        batch.expect.push((self.key.clone(), Some(self.value.clone())));
        batch.deletes.push(self.key.clone());
    }
}

fn prefix(tenant: &Tenant, what: What) -> Key {
    Key::new(keys::WAKE, tenant).name(what.word())
}

fn key(tenant: &Tenant, what: What, at: i64, id: &[u8]) -> Vec<u8> {
    let mut key = prefix(tenant, what).number(u64::try_from(at).unwrap_or(0)).bytes();
    key.extend_from_slice(id);
    key
}

/// Puts an entry.
pub fn put(batch: &mut Batch, tenant: &Tenant, what: What, at: i64, id: &[u8]) {
    batch.put(key(tenant, what, at, id), Vec::new());
}

/// The same for something that changed just now: whoever looks at it at the same moment does not take this entry away.
pub fn put_changed(batch: &mut Batch, tenant: &Tenant, what: What, at: i64, id: &[u8]) {
    // A text is always packed.
    let mark = codec::json(&new_ulid(at)).unwrap_or_default();
    batch.put(key(tenant, what, at, id), mark);
    batch.notify = true;
}

/// At most `limit` entries after `after` (those before were seen) whose time is not later than `now`, the earliest first.
pub async fn due(
    store: &dyn Kv,
    tenant: &Tenant,
    what: What,
    now: i64,
    after: Option<&Wake>,
    limit: usize,
) -> Result<Vec<Wake>, StoreError> {
    let prefix = prefix(tenant, what);
    let from = match after {
        Some(wake) => [&wake.key[..], &[0]].concat(),
        None => prefix.clone().bytes(),
    };
    let until = prefix.clone().number(u64::try_from(now).unwrap_or(0).saturating_add(1)).bytes();
    let length = prefix.bytes().len();
    let found = store.scan(from, until, limit, false).await?;
    Ok(found.into_iter().filter_map(|(key, value)| read(length, key, value)).collect())
}

/// When the first look of all is, whether its time has come or not.
pub async fn first(store: &dyn Kv, tenant: &Tenant, what: What) -> Result<Option<i64>, StoreError> {
    let prefix = prefix(tenant, what).bytes();
    let found = store.scan(prefix.clone(), keys::end_of(&prefix), 1, false).await?;
    Ok(found.into_iter().find_map(|(key, value)| read(prefix.len(), key, value)).map(|wake| wake.at))
}

/// When the next look after `now` is.
pub async fn next(store: &dyn Kv, tenant: &Tenant, what: What, now: i64) -> Result<Option<i64>, StoreError> {
    let prefix = prefix(tenant, what);
    let from = prefix.clone().number(u64::try_from(now).unwrap_or(0).saturating_add(1)).bytes();
    let prefix = prefix.bytes();
    let found = store.scan(from, keys::end_of(&prefix), 1, false).await?;
    Ok(found.into_iter().find_map(|(key, value)| read(prefix.len(), key, value)).map(|wake| wake.at))
}

/// All entries, page by page.
#[must_use]
pub fn all(tenant: &Tenant, what: What) -> AllWakes {
    let prefix = prefix(tenant, what).bytes();
    AllWakes { length: prefix.len(), pages: Pages::of_prefix(prefix, 1000) }
}

/// See [`all`].
pub struct AllWakes {
    length: usize,
    pages: Pages,
}

impl AllWakes {
    /// The next page; `None` at the end.
    pub async fn next(&mut self, store: &dyn Kv) -> Result<Option<Vec<Wake>>, StoreError> {
        let Some(page) = self.pages.next(store).await? else { return Ok(None) };
        Ok(Some(page.into_iter().filter_map(|(key, value)| read(self.length, key, value)).collect()))
    }
}

fn read(prefix: usize, key: Vec<u8>, value: Vec<u8>) -> Option<Wake> {
    let (at, id) = key.get(prefix..)?.split_at_checked(8)?;
    let at = i64::try_from(keys::last_number(at)).unwrap_or(i64::MAX);
    Some(Wake { at, id: id.to_vec(), key, value })
}
