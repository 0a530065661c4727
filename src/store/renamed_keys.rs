//! New keys that a system told of: whoever had one has another one from now on, and links follow.
//!
//! Which run reads the new key first is chance: the one that the event starts, one that somebody starts meanwhile, or the one
//! after a run that failed. So it is kept here, in the commit that accepts the event and whoever listens, and every plan over the
//! connection looks here. It says nothing any more once a link stands at the new key, and none at the old one.

use std::collections::HashMap;

use idflow_sdk::{Kind, NEW_KEY};
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, keys, links, table::Table};
use crate::model::{id::Tenant, trigger::ConnectionEvent};

/// So long what is carried out is kept: a run may be at work that has read the old key.
const CARRIED_OUT_MS: i64 = 24 * 3600 * 1000;
/// So long what nobody carries out is kept.
const FORGOTTEN_MS: i64 = 90 * 24 * 3600 * 1000;

/// What was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenamedKey {
    /// The kind of object.
    pub kind: Kind,
    /// The key that it had.
    pub old: String,
    /// The key that it has.
    pub new: String,
    /// When it was told, in milliseconds since 1970.
    pub at: i64,
}

/// By connection and event, in the order in which they came.
pub(super) static RENAMED: Table<RenamedKey> = Table::json(keys::EVENT, "links").part("renamed");

/// The key that an object had before the first event that still counts, by kind and by the key that it has after the last.
pub type Before = HashMap<(Kind, Box<str>), Box<str>>;

/// Keeps the new key of which an event tells, if it tells of one.
///
/// # Errors
/// The codec.
pub fn note(batch: &mut Batch, tenant: &Tenant, event: &ConnectionEvent) -> Result<(), StoreError> {
    let Some(new) = event.details.get(NEW_KEY).filter(|new| !new.is_empty()) else { return Ok(()) };
    let Some(object) = event.object.as_ref().filter(|object| object.id != *new) else { return Ok(()) };
    let Some(kind) = Kind::ALL.iter().copied().find(|kind| kind.as_str() == object.kind) else { return Ok(()) };
    let renamed = RenamedKey { kind, old: object.id.clone(), new: new.clone(), at: event.at };
    RENAMED.put(batch, RENAMED.key(tenant).name(&event.connection).name(&event.id), &renamed)
}

/// What a connection told and no link has followed yet.
///
/// # Errors
/// Those of the store.
pub async fn before(store: &dyn Kv, tenant: &Tenant, connection: &str) -> Result<Before, StoreError> {
    let all = RENAMED.all(store, RENAMED.key(tenant).name(connection)).await?;
    Ok(chained(still(store, tenant, connection, all).await?))
}

/// Those of them that still count: a link is at the old key, or will be once another one is followed, and none at the new one.
async fn still(
    store: &dyn Kv,
    tenant: &Tenant,
    connection: &str,
    all: Vec<RenamedKey>,
) -> Result<Vec<RenamedKey>, StoreError> {
    let mut found: Vec<RenamedKey> = Vec::new();
    for one in all {
        let follows = found.iter().any(|before| before.kind == one.kind && before.new.eq_ignore_ascii_case(&one.old));
        let counts = follows || links::is_linked(store, tenant, connection, one.kind, &one.old).await?;
        // Somebody may be renamed back, to the key at which his link still is.
        let back = found.iter().any(|before| before.kind == one.kind && before.old.eq_ignore_ascii_case(&one.new));
        if counts && (back || !links::is_linked(store, tenant, connection, one.kind, &one.new).await?) {
            found.push(one);
        }
    }
    Ok(found)
}

/// Several new keys of one object are one: somebody may be renamed twice, and back.
fn chained(all: Vec<RenamedKey>) -> Before {
    let mut before = Before::new();
    for one in all {
        let first = before.remove(&(one.kind, one.old.as_str().into())).unwrap_or_else(|| one.old.as_str().into());
        if *first != *one.new {
            before.insert((one.kind, one.new.into()), first);
        }
    }
    before
}

/// Forgets what links have followed, and what nobody followed for long.
///
/// # Errors
/// Those of the store.
pub async fn forget(store: &dyn Kv, batch: &mut Batch, tenant: &Tenant, now: i64) -> Result<(), StoreError> {
    for (rest, one) in RENAMED.entries(store, RENAMED.key(tenant)).await? {
        let (connection, event) = (rest.name(0), rest.name(1));
        let age = now.saturating_sub(one.at);
        let over = age > FORGOTTEN_MS
            || age > CARRIED_OUT_MS && !links::is_linked(store, tenant, &connection, one.kind, &one.old).await?;
        if over {
            RENAMED.drop(batch, RENAMED.key(tenant).name(&connection).name(&event));
        }
    }
    Ok(())
}

/// Forgets all that a connection told: from now on its keys are those of another system.
///
/// # Errors
/// Those of the store.
pub async fn forget_all(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    connection: &str,
) -> Result<(), StoreError> {
    let all = RENAMED.key(tenant).name(connection);
    for (rest, _) in RENAMED.entries(store, all.clone()).await? {
        RENAMED.drop(batch, all.clone().name(&rest.name(0)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &str, new: &str) -> RenamedKey {
        RenamedKey { kind: Kind::User, old: old.into(), new: new.into(), at: 0 }
    }

    #[test]
    fn somebody_may_be_renamed_twice_and_back() {
        let of = |all: &[(&str, &str)]| {
            let mut pairs: Vec<(String, String)> = chained(all.iter().map(|(old, new)| told(old, new)).collect())
                .into_iter()
                .map(|((_, new), old)| (old.to_string(), new.to_string()))
                .collect();
            pairs.sort();
            pairs
        };
        let pair = |old: &str, new: &str| (old.to_string(), new.to_string());
        assert_eq!(of(&[("a", "b"), ("c", "d")]), [pair("a", "b"), pair("c", "d")]);
        assert_eq!(of(&[("a", "b"), ("b", "c")]), [pair("a", "c")]);
        assert_eq!(of(&[("a", "b"), ("b", "a")]), []);
    }
}
