//! Keys that a system said were given up: whoever had one may be gone, and somebody else may have it.
//!
//! An event is a hint, and the run that it starts may see nobody missing: deleted and made again in one moment, a key is there
//! all the same. So the word is kept beside the links until a run has looked who has the key now. Meanwhile nobody is taken for
//! the one who had it. Each pair of connections has links of its own: what a run of one has found says nothing of another's. A key
//! that nothing is linked to is no matter, unless a link is to follow there.

use idflow_sdk::Kind;
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, keys, keys::Key, links, renamed_keys, table::Table};
use crate::model::id::Tenant;

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreedKey {
    /// The key.
    pub key: String,
    /// The event that said so.
    pub event: String,
    /// When it was heard, in milliseconds since 1970.
    pub heard: i64,
    /// The other connection of the pair whose link it is about; empty where an older version kept it, of all of them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub with: String,
}

impl FreedKey {
    /// Whether it is about the links with this other connection.
    #[must_use]
    pub fn is_of(&self, other: &str) -> bool {
        self.with.is_empty() || self.with == other
    }

    fn place(&self, tenant: &Tenant, connection: &str) -> Key {
        let key = of_key(tenant, connection, &self.key).name(&self.event);
        if self.with.is_empty() { key } else { key.name(&self.with) }
    }
}

/// By connection, key in lower case, event, and the other connection.
pub(super) static FREED: Table<FreedKey> = Table::json(keys::EVENT, "links").part("freed");

fn of_key(tenant: &Tenant, connection: &str, key: &str) -> Key {
    FREED.key(tenant).name(connection).name(&key.to_lowercase())
}

/// Notes that a connection has given up the key of a person, for each pair in which somebody is linked to it, or is to be, because
/// he was renamed and no run has followed yet.
///
/// # Errors
/// Those of the store.
pub async fn note(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    connection: &str,
    freed: &FreedKey,
) -> Result<(), StoreError> {
    let pairs = links::places(store, tenant, connection).await?;
    for pair in pairs.into_iter().filter(|pair| pair.kind == Kind::User) {
        let linked = links::of_source_in_any_case(store, &pair, &freed.key).await?.is_some();
        if linked || renamed_keys::leads_to(store, &pair, &freed.key).await? {
            let freed = FreedKey { with: pair.target, ..freed.clone() };
            FREED.put(batch, freed.place(tenant, connection), &freed)?;
        }
    }
    Ok(())
}

/// All that a connection has given up and no run between it and the other one has looked at since.
///
/// # Errors
/// Those of the store.
pub async fn all(
    store: &dyn Kv,
    tenant: &Tenant,
    (connection, other): (&str, &str),
) -> Result<Vec<FreedKey>, StoreError> {
    let all = FREED.all(store, FREED.key(tenant).name(connection)).await?;
    Ok(all.into_iter().filter(|freed| freed.is_of(other)).collect())
}

/// Whether this is one of them.
///
/// # Errors
/// Those of the store.
pub async fn is(store: &dyn Kv, tenant: &Tenant, between: (&str, &str), key: &str) -> Result<bool, StoreError> {
    let all = FREED.all(store, of_key(tenant, between.0, key)).await?;
    Ok(all.iter().any(|freed| freed.is_of(between.1)))
}

/// A run has looked who has the key now.
pub fn over(batch: &mut Batch, tenant: &Tenant, connection: &str, freed: &FreedKey) {
    FREED.drop(batch, freed.place(tenant, connection));
}

/// Forgets all that a connection has given up: from now on its keys are those of another system.
///
/// # Errors
/// Those of the store.
pub async fn forget_all(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    connection: &str,
) -> Result<(), StoreError> {
    let all = FREED.all(store, FREED.key(tenant).name(connection)).await?;
    all.iter().for_each(|freed| over(batch, tenant, connection, freed));
    Ok(())
}
