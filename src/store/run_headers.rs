//! The header of a run, by its id.

use std::sync::{Arc, LazyLock};

use super::{Kv, StoreError, codec::Loaded, decoded::Decoded, keys, keys::Key, table::Table};
use crate::model::{
    id::{RunId, Tenant},
    run::Run,
};

pub(super) static RUNS: Table<Run> = Table::json(keys::RUN, "runs");
/// Lists read the same few hundred again and again, and decoding them was most of the work.
static DECODED: LazyLock<Decoded<Run>> = LazyLock::new(Decoded::default);

/// The id of the run at the end of a key; `None` when it is too short for one.
pub(super) fn id_at_end(key: &[u8]) -> Option<RunId> {
    let tail = key.len().checked_sub(16)?;
    Some(RunId::from_bytes(key[tail..].try_into().ok()?))
}

/// A run.
pub async fn get(store: &dyn Kv, tenant: &Tenant, run: RunId) -> Result<Option<Run>, StoreError> {
    RUNS.get(store, RUNS.key(tenant).run(run)).await
}

/// A run with the bytes of its header, for commits that expect it unchanged.
pub async fn loaded(store: &dyn Kv, tenant: &Tenant, run: RunId) -> Result<Option<Loaded<Run>>, StoreError> {
    RUNS.loaded(store, RUNS.key(tenant).run(run)).await
}

/// Runs by id, in the order asked; those that are not there are left out.
pub async fn get_many(
    store: &dyn Kv,
    tenant: &Tenant,
    runs: impl IntoIterator<Item = RunId>,
) -> Result<Vec<Arc<Run>>, StoreError> {
    let keys: Vec<Vec<u8>> = runs.into_iter().map(|run| RUNS.key(tenant).run(run)).map(Key::bytes).collect();
    let values = store.get_many(keys.clone()).await?;
    let found = keys.into_iter().zip(values).filter_map(|(key, value)| Some((key, value?)));
    found.map(|(key, value)| DECODED.of(key, value)).collect()
}

/// The newest runs from one id on and before another, the newest first. Each is read once, where it is found.
pub(super) async fn newest(
    store: &dyn Kv,
    tenant: &Tenant,
    (from, end): (Option<RunId>, Option<RunId>),
    limit: usize,
) -> Result<Vec<Arc<Run>>, StoreError> {
    let prefix = RUNS.key(tenant);
    let start = prefix.clone().bytes();
    let end = end.map_or_else(|| keys::end_of(&start), |end| prefix.clone().run(end).bytes());
    let from = from.map_or(start, |from| prefix.run(from).bytes());
    let page = store.scan(from, end, limit, true).await?;
    page.into_iter().map(|(key, value)| DECODED.of(key, value)).collect()
}
