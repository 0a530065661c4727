//! What was changed in departments and people, entry by entry.

use idflow_sdk::{Kind, Record, directory::By};
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec, keys, table::Table};
use crate::model::id::Tenant;

/// The name by which workflows listen to the directory.
pub const CONNECTION: &str = "directory";

/// What was changed in objects, by kind, id and the ULID of the change. Who made an object in an import stands in no entry of
/// its own: a first import of 300,000 people would write twice as much, and the object's id and link tell it.
pub(super) static HISTORY: Table<Past> = Table::packed(keys::OBJECT_HISTORY, "directory");

/// A change of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Who made it.
    pub by: By,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The fields that it changed, as they were; none of an object that it made.
    pub before: Record,
    /// The same fields as they are afterwards.
    pub after: Record,
}

/// The changes of an object, the newest first, that are older than the one with this id.
pub async fn history(
    store: &dyn Kv,
    tenant: &Tenant,
    (kind, key): (Kind, &str),
    before: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, Past)>, StoreError> {
    let below = HISTORY.key(tenant).kind(kind).name(key);
    let prefix = below.clone().bytes();
    let end = before.map_or_else(|| keys::end_of(&prefix), |before| below.name(before).bytes());
    let page = store.scan(prefix.clone(), end, limit, true).await?;
    let one = |(key, value): &(Vec<u8>, Vec<u8>)| {
        let id = key[prefix.len().min(key.len())..].strip_suffix(&[0]).unwrap_or_default();
        Ok((String::from_utf8_lossy(id).into_owned(), codec::unpack(value)?))
    };
    page.iter().map(one).collect()
}

/// Writes an entry of a history anew.
pub(super) fn rewrite(
    batch: &mut Batch,
    tenant: &Tenant,
    (kind, key): (Kind, &str),
    id: &str,
    past: &Past,
) -> Result<(), StoreError> {
    HISTORY.put(batch, HISTORY.key(tenant).kind(kind).name(key).name(id), past)
}
