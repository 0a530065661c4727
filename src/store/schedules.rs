//! When each schedule of a workflow fired last. The mark is written in the same commit as the run it started, so a due
//! time is neither lost nor repeated by a crash.

use serde::{Deserialize, Serialize};

use super::{
    Batch, Kv, StoreError,
    codec::{self, Loaded},
    keys,
    keys::Key,
};
use crate::model::id::Tenant;

/// The mark of one schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The expression and zone it belongs to; when they change the mark begins anew.
    pub rule: String,
    /// Due times up to this one are settled; milliseconds since 1970.
    pub settled: i64,
}

fn key(tenant: &Tenant, workflow: &str, place: usize) -> Vec<u8> {
    Key::new(keys::SCHEDULE, tenant).name(workflow).number(place as u64).bytes()
}

/// The mark of the schedule at this place of the workflow.
///
/// # Errors
/// Those of the store.
pub async fn get(
    store: &dyn Kv,
    tenant: &Tenant,
    workflow: &str,
    place: usize,
) -> Result<Option<Loaded<Mark>>, StoreError> {
    Loaded::read(store.get(&key(tenant, workflow, place)).await?)
}

/// Writes a mark, expecting that nobody moved it meanwhile.
///
/// # Errors
/// Those of the codec.
pub fn put(
    batch: &mut Batch,
    tenant: &Tenant,
    workflow: &str,
    place: usize,
    old: Option<&Loaded<Mark>>,
    mark: &Mark,
) -> Result<(), StoreError> {
    let key = key(tenant, workflow, place);
    batch.expect.push((key.clone(), old.map(Loaded::raw)));
    batch.put(key, codec::json(mark)?);
    Ok(())
}
