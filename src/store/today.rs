//! What did a workflow write in the last day? Each run leaves a note in the commit that ends it, under the time when it
//! ended: a run that waited a week for its approval counts on the day on which it wrote, and of thousands of runs only those
//! of the day are read.

use std::collections::BTreeMap;

use super::{Batch, Kv, StoreError, codec, keys, keys::Key};
use crate::model::{
    id::{RunId, Tenant},
    run::Counts,
};

/// Notes are kept a little longer than anybody asks for.
const KEEP_MS: i64 = 48 * 3600 * 1000;
/// So many old notes go with one new one: more than come.
const SWEEP: usize = 16;

fn of(tenant: &Tenant, workflow: &str, time: i64) -> Key {
    Key::new(keys::WRITTEN_TODAY, tenant).name(workflow).number(u64::try_from(time).unwrap_or(0))
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
    batch.put(of(tenant, workflow, now).run(run).bytes(), codec::json(counts)?);
    Ok(())
}

/// What the runs of a workflow wrote that ended since then.
///
/// # Errors
/// Those of the store.
pub async fn since(
    store: &dyn Kv,
    tenant: &Tenant,
    workflow: &str,
    time: i64,
) -> Result<BTreeMap<RunId, Counts>, StoreError> {
    let end = keys::end_of(&Key::new(keys::WRITTEN_TODAY, tenant).name(workflow).bytes());
    let mut from = of(tenant, workflow, time).bytes();
    let mut found = BTreeMap::new();
    loop {
        let page = store.scan(from, end.clone(), 1000, false).await?;
        for (key, value) in &page {
            if let Some(run) = super::runs::id_at_end(key) {
                found.insert(run, codec::unpack(value)?);
            }
        }
        match page.last() {
            Some((key, _)) if page.len() == 1000 => {
                from = key.clone();
                from.push(0);
            }
            _ => return Ok(found),
        }
    }
}
