//! What did a workflow write in the last day? Each run leaves a note in the commit that ends it, under the time when it
//! ended: a run that waited a week for its approval counts on the day on which it wrote, and of thousands of runs only those
//! of the day are read.

use std::collections::BTreeMap;

use super::{Batch, Kv, StoreError, codec, keys, keys::Key, pages::Pages, table::Table};
use crate::model::{
    id::{RunId, Tenant},
    run::Counts,
};

/// Notes are kept a little longer than anybody asks for.
const KEEP_MS: i64 = 48 * 3600 * 1000;
/// So many old notes go with one new one: more than come.
const SWEEP: usize = 16;

pub(super) static WRITTEN: Table<Counts> = Table::json(keys::WRITTEN_TODAY, "runs");

fn of(tenant: &Tenant, workflow: &str, time: i64) -> Key {
    WRITTEN.key(tenant).name(workflow).number(u64::try_from(time).unwrap_or(0))
}

/// A run of a workflow ends now with these counts.
///
/// # Errors
/// Those of the store and of the codec.
pub async fn note(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    workflow: &str,
    (run, counts): (RunId, &Counts),
    now: i64,
) -> Result<(), StoreError> {
    let old = of(tenant, workflow, now.saturating_sub(KEEP_MS)).bytes();
    let old = store.scan(of(tenant, workflow, 0).bytes(), old, SWEEP, false).await?;
    batch.deletes.extend(old.into_iter().map(|(key, _)| key));
    WRITTEN.put(batch, of(tenant, workflow, now).run(run), counts)
}

/// What the runs of a workflow wrote that ended since then.
pub async fn since(
    store: &dyn Kv,
    tenant: &Tenant,
    workflow: &str,
    time: i64,
) -> Result<BTreeMap<RunId, Counts>, StoreError> {
    let end = keys::end_of(&WRITTEN.key(tenant).name(workflow).bytes());
    let mut found = BTreeMap::new();
    let mut pages = Pages::of_range(of(tenant, workflow, time).bytes(), end, 1000);
    while let Some(page) = pages.next(store).await? {
        for (key, value) in &page {
            if let Some(run) = super::runs::id_at_end(key) {
                found.insert(run, codec::unpack(value)?);
            }
        }
    }
    Ok(found)
}
