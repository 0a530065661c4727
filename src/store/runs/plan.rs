//! Plans of runs, in groups of rows.

use super::PLANS;
use crate::{
    model::{
        change::{Row, RowIndex},
        id::{RunId, Tenant},
        run::Run,
    },
    store::{
        Batch, Kv, StoreError, codec,
        keys::{self, GROUP, Key},
        pages, scan_prefix,
    },
};

/// Writes the rows of a plan, replacing an earlier plan of the run, under this lease.
pub async fn put_plan(
    store: &dyn Kv,
    tenant: &Tenant,
    run: RunId,
    rows: &[Row],
    fence: Option<(String, u64)>,
) -> Result<(), StoreError> {
    let prefix = Key::new(keys::PLAN, tenant).run(run).bytes();
    let mut batch = Batch { fence: fence.clone(), ..Batch::default() };
    batch.deletes.extend(scan_prefix(store, &prefix).await?.into_iter().map(|(key, _)| key));
    for (place, group) in rows.chunks(GROUP as usize).enumerate() {
        batch.put(Key::new(keys::PLAN, tenant).run(run).number(place as u64).bytes(), codec::pack(&group)?);
        if batch.puts.len() >= 64 {
            let next = Batch { fence: fence.clone(), ..Batch::default() };
            store.commit(std::mem::replace(&mut batch, next)).await?;
        }
    }
    store.commit(batch).await
}

/// The rows of a plan, as part of a commit, in the place of whatever is there of an earlier one; for plans that are small
/// enough for one commit.
///
/// # Errors
/// Those of the store and of the codec.
pub async fn plan_along(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    run: RunId,
    rows: &[Row],
) -> Result<(), StoreError> {
    pages::delete_prefix(store, batch, Key::new(keys::PLAN, tenant).run(run).bytes()).await?;
    for (place, group) in rows.chunks(GROUP as usize).enumerate() {
        batch.put(Key::new(keys::PLAN, tenant).run(run).number(place as u64).bytes(), codec::pack(&group)?);
    }
    Ok(())
}

/// The plan that the header of a run tells of; `None` when a crash left another one, or a part of it.
pub async fn plan_of(store: &dyn Kv, tenant: &Tenant, run: &Run) -> Result<Option<Vec<Row>>, StoreError> {
    let rows = get_plan(store, tenant, run.run).await?;
    Ok(Some(rows).filter(|rows| run.plan.is_some() && rows.len() == run.rows as usize))
}

/// The rows that are stored of a plan.
pub async fn get_plan(store: &dyn Kv, tenant: &Tenant, run: RunId) -> Result<Vec<Row>, StoreError> {
    Ok(PLANS.all(store, PLANS.key(tenant).run(run)).await?.into_iter().flatten().collect())
}

/// The group of rows that holds `row`.
pub async fn get_group(store: &dyn Kv, tenant: &Tenant, run: RunId, row: RowIndex) -> Result<Vec<Row>, StoreError> {
    let key = PLANS.key(tenant).run(run).number(u64::from(row / GROUP));
    Ok(PLANS.get(store, key).await?.unwrap_or_default())
}

/// Several groups of rows, each by its number, in the order asked; a group that is not there is empty.
pub async fn get_groups(store: &dyn Kv, tenant: &Tenant, groups: &[(RunId, u32)]) -> Result<Vec<Vec<Row>>, StoreError> {
    let key = |(run, group): &(RunId, u32)| PLANS.key(tenant).run(*run).number(u64::from(*group));
    Ok(PLANS.many(store, groups.iter().map(key).collect()).await?.into_iter().map(Option::unwrap_or_default).collect())
}
