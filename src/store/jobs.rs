//! Import jobs that may still be at work although the run that handed them in is over or paused. The next run of the same
//! system plans when they are done: what a job is just making would look missing.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec, keys, keys::Key};
use crate::model::id::{RunId, Tenant};

/// A job that was left at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftJob {
    /// Where it is at work, by the name that links know the connection by.
    pub place: String,
    /// Its name; `None` when the answer that told it was lost.
    pub job: Option<String>,
    /// The run that handed it in.
    pub run: RunId,
    /// Nobody waits for it longer than this.
    pub until: i64,
}

fn key(tenant: &Tenant, place: &str) -> Vec<u8> {
    Key::new(keys::LEFT_JOB, tenant).name(place).bytes()
}

/// The jobs left at work in these places.
///
/// # Errors
/// Those of the store.
pub async fn left(store: &dyn Kv, tenant: &Tenant, places: &[String]) -> Result<Vec<LeftJob>, StoreError> {
    let keys = places.iter().map(|place| key(tenant, place)).collect();
    let found = store.get_many(keys).await?;
    found.iter().flatten().map(|value| codec::unpack(value)).collect()
}

/// A job is left at work.
///
/// # Errors
/// Those of the codec.
pub fn leave(batch: &mut Batch, tenant: &Tenant, job: &LeftJob) -> Result<(), StoreError> {
    batch.put(key(tenant, &job.place), codec::json(job)?);
    Ok(())
}

/// Nothing is left at work there.
pub fn over(batch: &mut Batch, tenant: &Tenant, place: &str) {
    batch.deletes.push(key(tenant, place));
}
