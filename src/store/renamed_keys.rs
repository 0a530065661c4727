//! New keys that a system told of: whoever had one has another one from now on, and links follow.
//!
//! Which run reads the new key first is chance: the one that the event starts, one that somebody starts meanwhile, or the one
//! after a run that failed. So it is kept here, in the commit that accepts the event and whoever listens, and every plan over the
//! connection looks here. Each pair of connections has links of its own, and follows by itself: it says nothing any more to a pair
//! whose link was moved, whatever became of the others. Whoever had the new key before may still be linked to it.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Kind, NEW_KEY};
use serde::{Deserialize, Serialize};

use super::{
    Batch, Kv, StoreError, keys,
    links::{self, Link, Pair},
    table::Table,
};
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
    /// When it was told, in milliseconds since 1970, by the system's clock.
    pub at: i64,
    /// When it was heard, by ours, which links go by; 0 where an older version kept it.
    #[serde(default)]
    pub heard: i64,
}

impl RenamedKey {
    fn since(&self) -> i64 {
        if self.heard > 0 { self.heard } else { self.at }
    }
}

/// By connection and event, in the order in which they came.
pub(super) static RENAMED: Table<RenamedKey> = Table::json(keys::EVENT, "links").part("renamed");

/// The key that an object had before the first event that still counts, by kind and by the key that it has after the last.
pub type Before = HashMap<(Kind, Box<str>), Box<str>>;

/// Keeps the new key of which an event tells, if it tells of one.
///
/// # Errors
/// The codec.
pub fn note(batch: &mut Batch, tenant: &Tenant, event: &ConnectionEvent, heard: i64) -> Result<(), StoreError> {
    let Some(new) = event.details.get(NEW_KEY).filter(|new| !new.is_empty()) else { return Ok(()) };
    let Some(object) = event.object.as_ref().filter(|object| object.id != *new) else { return Ok(()) };
    let Some(kind) = Kind::ALL.iter().copied().find(|kind| kind.as_str() == object.kind) else { return Ok(()) };
    let renamed = RenamedKey { kind, old: object.id.clone(), new: new.clone(), at: event.at, heard };
    RENAMED.put(batch, RENAMED.key(tenant).name(&event.connection).name(&event.id), &renamed)
}

/// What the connection that is read told and no link of this pair has followed yet.
///
/// # Errors
/// Those of the store.
pub async fn before(store: &dyn Kv, pair: &Pair) -> Result<Before, StoreError> {
    let all = RENAMED.all(store, RENAMED.key(&pair.tenant).name(&pair.source)).await?;
    Ok(chained(still(store, pair, all).await?))
}

/// Whether a link of this pair is to follow to this key.
///
/// # Errors
/// Those of the store.
pub async fn leads_to(store: &dyn Kv, pair: &Pair, key: &str) -> Result<bool, StoreError> {
    Ok(before(store, pair).await?.keys().any(|(_, new)| new.eq_ignore_ascii_case(key)))
}

/// Those of them that still count in this pair: a link is at the old key, or will be once another one is followed, and the one at
/// the new key, if any, is that of somebody who had it before.
async fn still(store: &dyn Kv, pair: &Pair, all: Vec<RenamedKey>) -> Result<Vec<RenamedKey>, StoreError> {
    let mut found: Vec<RenamedKey> = Vec::new();
    // A userid in another case is the same one.
    let is_other = |one: &RenamedKey| one.kind != Kind::User || !one.old.eq_ignore_ascii_case(&one.new);
    for one in all.into_iter().filter(|one| one.kind == pair.kind && is_other(one)) {
        let follows = found.iter().any(|before| before.new.eq_ignore_ascii_case(&one.old));
        // Somebody may be renamed back, to the key at which his link still is.
        let back = found.iter().any(|before| before.old.eq_ignore_ascii_case(&one.new));
        let counts = follows || is_his(store, pair, &one).await?;
        if counts && (back || !has_followed(store, pair, &one).await?) {
            found.push(one);
        }
    }
    Ok(found)
}

/// Whether the link at the old key is that of whoever has the new one.
async fn is_his(store: &dyn Kv, pair: &Pair, one: &RenamedKey) -> Result<bool, StoreError> {
    let Some(link) = linked(store, pair, &one.old).await? else { return Ok(false) };
    // One that was made since is the next holder's, or was made by a run that had read the old key: then nobody knows the new one.
    Ok(link.since <= one.since() || !links::is_linked(store, &pair.tenant, &pair.source, one.kind, &one.new).await?)
}

/// Whether the link at the new key was made after it was told.
async fn has_followed(store: &dyn Kv, pair: &Pair, one: &RenamedKey) -> Result<bool, StoreError> {
    Ok(linked(store, pair, &one.new).await?.is_some_and(|link| link.since >= one.since()))
}

/// The living link of a key. Keys of people are taken in any case.
async fn linked(store: &dyn Kv, pair: &Pair, key: &str) -> Result<Option<Link>, StoreError> {
    match pair.kind {
        Kind::User => links::of_source_in_any_case(store, pair, key).await,
        _ => links::of_source(store, pair, key).await,
    }
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
    // The new keys of what is kept: whoever was renamed twice has his link at the first of three.
    let mut kept: HashSet<(String, Kind, String)> = HashSet::new();
    for (rest, one) in RENAMED.entries(store, RENAMED.key(tenant)).await? {
        let (connection, event) = (rest.name(0), rest.name(1));
        let place = |key: &str| (connection.clone(), one.kind, key.to_ascii_lowercase());
        let age = now.saturating_sub(one.at);
        let over = age > FORGOTTEN_MS
            || age > CARRIED_OUT_MS
                && !kept.contains(&place(&one.old))
                && !links::is_linked(store, tenant, &connection, one.kind, &one.old).await?;
        if over {
            RENAMED.drop(batch, RENAMED.key(tenant).name(&connection).name(&event));
        } else {
            kept.insert(place(&one.new));
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
        RenamedKey { kind: Kind::User, old: old.into(), new: new.into(), at: 0, heard: 0 }
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
