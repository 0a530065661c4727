//! The header of a run, by its id.

use super::{Kv, StoreError, codec::Loaded, keys, table::Table};
use crate::model::{
    id::{RunId, Tenant},
    run::Run,
};

pub(super) static RUNS: Table<Run> = Table::json(keys::RUN, "runs");

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
) -> Result<Vec<Run>, StoreError> {
    let found = RUNS.many(store, runs.into_iter().map(|run| RUNS.key(tenant).run(run)).collect()).await?;
    Ok(found.into_iter().flatten().collect())
}
