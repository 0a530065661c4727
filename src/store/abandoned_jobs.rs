//! Import jobs that may still be at work although the run that handed them in is over or paused. The next run of the same
//! system plans when they are done: what a job is just making would look missing.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec::Loaded, keys, keys::Key, table::Table};
use crate::model::id::{RunId, Tenant};

/// A job that was left at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftJob {
    /// The system it is at work in: several connections may lead there.
    pub place: String,
    /// Its name; `None` when the answer that told it was lost.
    pub job: Option<String>,
    /// The run that handed it in.
    pub run: RunId,
    /// Nobody waits for it longer than this.
    pub until: i64,
}

pub(super) static LEFT: Table<LeftJob> = Table::json(keys::LEFT_JOB, "connections");

fn of_place(tenant: &Tenant, place: &str) -> Key {
    LEFT.key(tenant).name(place)
}

/// The jobs left at work in these places.
pub async fn left(
    store: &dyn Kv,
    tenant: &Tenant,
    places: impl IntoIterator<Item = String>,
) -> Result<Vec<Loaded<LeftJob>>, StoreError> {
    let mut jobs = Vec::new();
    for place in places {
        let mut pages = LEFT.pages(of_place(tenant, &place));
        while let Some(page) = pages.next(store).await? {
            for (_, job) in page {
                jobs.push(job?);
            }
        }
    }
    Ok(jobs)
}

/// A job is left at work. Each run has a note of its own.
pub fn leave(batch: &mut Batch, tenant: &Tenant, job: &LeftJob) -> Result<(), StoreError> {
    LEFT.put(batch, of_place(tenant, &job.place).run(job.run), job)
}

/// What this run left at work there is over.
pub fn over(batch: &mut Batch, tenant: &Tenant, place: &str, run: RunId) {
    LEFT.drop(batch, of_place(tenant, place).run(run));
}

/// A job that another run left is over; refused when that run has noted something else meanwhile.
pub fn settled(batch: &mut Batch, tenant: &Tenant, job: &Loaded<LeftJob>) {
    LEFT.take(batch, of_place(tenant, &job.value.place).run(job.value.run), job);
}
