//! The addresses at which systems call us: whose they are, their keys, and what was heard last.
//!
//! An address holds the id of its connection, which tells the tenant; so this one table belongs to no tenant. Keys are sealed.
//! What was heard is for people who look whether a receiver works: it is written without expecting anything, so that calls
//! at the same moment do not refuse each other.

use std::collections::BTreeMap;

use idflow_sdk::Problem;
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec::Loaded, keys, keys::Key, table::Table};
use crate::model::id::Tenant;

/// Whose address it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    /// The tenant.
    pub tenant: Tenant,
    /// The name of its connection.
    pub connection: String,
}

/// The keys of a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredKeys {
    /// By name, sealed.
    pub sealed: BTreeMap<String, String>,
    /// When they were made.
    pub made: i64,
    /// Those before them, which are still good for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// Those before them, the newest first, each as long as it is good: whoever makes keys twice has entered none of them yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<Before>,
}

/// Replaced keys of an address that are kept beside the last ones.
const MOST_OLDER: usize = 8;

impl StoredKeys {
    /// These keys in place of others, which stay good until then; those before them stay as long as they were to.
    #[must_use]
    pub fn in_place_of(mut self, old: Option<Self>, now: i64, until: i64) -> Self {
        if let Some(old) = old {
            self.older = old.before.into_iter().chain(old.older).filter(|before| now < before.until).collect();
            // Of many the oldest stay: those are the ones at work.
            let more = self.older.len().saturating_sub(MOST_OLDER);
            self.older.drain(..more);
            self.before = Some(Before { sealed: old.sealed, until });
        }
        self
    }

    /// The keys before these, the newest first, with the time until when they are good.
    pub fn former(&self) -> impl Iterator<Item = &Before> {
        self.before.iter().chain(&self.older)
    }
}

/// Keys that were replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// By name, sealed.
    pub sealed: BTreeMap<String, String>,
    /// Until when they are good.
    pub until: i64,
}

/// The keys of a connection's receivers, by the name of the receiver.
pub type Receivers = BTreeMap<String, StoredKeys>;

/// What can be heard at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// The system tried the address out.
    Echo,
    /// It told something.
    Event,
    /// A call was refused.
    Refused,
    /// A look at everything found changes of which nothing had been told.
    Missed,
}

impl Sound {
    const fn word(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Event => "event",
            Self::Refused => "refused",
            Self::Missed => "missed",
        }
    }
}

/// What was heard last of one sort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// When.
    pub at: i64,
    /// Why it was refused; how much was missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Problem>,
}

pub(super) static ADDRESSEES: Table<Addressee> = Table::json(keys::CALLBACK_ADDRESS, "connections");
pub(super) static KEYS: Table<Receivers> = Table::json(keys::CALLBACK, "connections").part("keys");
pub(super) static HEARD: Table<Heard> = Table::json(keys::CALLBACK, "connections").part("heard");

fn address(id: &str) -> Key {
    ADDRESSEES.key_of_store().name(id)
}

fn keys_of(tenant: &Tenant, connection: &str) -> Key {
    KEYS.key(tenant).name(connection)
}

fn heard_key(tenant: &Tenant, connection: &str, receiver: &str, sound: Sound) -> Key {
    HEARD.key(tenant).name(connection).name(sound.word()).name(receiver)
}

/// Whose address this is.
pub async fn addressee(store: &dyn Kv, id: &str) -> Result<Option<Addressee>, StoreError> {
    ADDRESSEES.get(store, address(id)).await
}

/// The keys of a connection's receivers.
pub async fn of(store: &dyn Kv, tenant: &Tenant, connection: &str) -> Result<Option<Loaded<Receivers>>, StoreError> {
    KEYS.loaded(store, keys_of(tenant, connection)).await
}

/// The keys of all connections of a tenant.
pub async fn all(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<Receivers>, StoreError> {
    KEYS.all(store, KEYS.key(tenant)).await
}

/// Writes the keys of the connection with this id over what was read, and gives it its address.
pub fn put(
    batch: &mut Batch,
    id: &str,
    whose: &Addressee,
    before: Option<&Loaded<Receivers>>,
    receivers: &Receivers,
) -> Result<(), StoreError> {
    ADDRESSEES.put(batch, address(id), whose)?;
    KEYS.replace(batch, keys_of(&whose.tenant, &whose.connection), before, receivers)
}

/// Forgets a connection that is removed, with what was heard at these receivers.
pub fn drop(batch: &mut Batch, id: &str, whose: &Addressee, receivers: &[&str]) {
    ADDRESSEES.drop(batch, address(id));
    KEYS.drop(batch, keys_of(&whose.tenant, &whose.connection));
    for receiver in receivers {
        for sound in [Sound::Echo, Sound::Event, Sound::Refused, Sound::Missed] {
            HEARD.drop(batch, heard_key(&whose.tenant, &whose.connection, receiver, sound));
        }
    }
}

/// Notes what was heard.
pub fn note(
    batch: &mut Batch,
    whose: &Addressee,
    receiver: &str,
    sound: Sound,
    heard: &Heard,
) -> Result<(), StoreError> {
    HEARD.put(batch, heard_key(&whose.tenant, &whose.connection, receiver, sound), heard)
}

/// What was heard last at a receiver: the echo, the event, the refused call.
pub async fn heard(
    store: &dyn Kv,
    tenant: &Tenant,
    connection: &str,
    receiver: &str,
) -> Result<[Option<Heard>; 3], StoreError> {
    let sounds = [Sound::Echo, Sound::Event, Sound::Refused];
    let keys = sounds.map(|sound| heard_key(tenant, connection, receiver, sound)).into();
    let mut found = HEARD.many(store, keys).await?.into_iter();
    Ok(std::array::from_fn(|_| found.next().flatten()))
}

/// When a look at everything last found changes of which this receiver had heard nothing, and how many.
pub async fn missed(
    store: &dyn Kv,
    tenant: &Tenant,
    connection: &str,
    receiver: &str,
) -> Result<Option<Heard>, StoreError> {
    HEARD.get(store, heard_key(tenant, connection, receiver, Sound::Missed)).await
}
