//! Evidence of runs: exchanges that did not go well, by the row they were about. Written beside the journal, never replayed.

use idflow_sdk::Exchange;
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec, keys, pages::Pages, table::Table};
use crate::model::{
    change::RowIndex,
    id::{RunId, Tenant},
};

/// Rows of the plan come before what was about no row of it: tokens, lists, jobs.
const NO_ROW: u64 = u64::MAX;

/// One exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The row it was about.
    #[serde(skip)]
    pub row: Option<RowIndex>,
    /// The attempt at the row, from 1.
    pub attempt: u16,
    /// What took place.
    #[serde(flatten)]
    pub exchange: Exchange,
}

pub(super) static EVIDENCE: Table<Kept> = Table::json(keys::EVIDENCE, "calls");

/// Keeps an exchange; `number` tells those of one row apart.
pub fn keep(batch: &mut Batch, tenant: &Tenant, run: RunId, number: u64, kept: &Kept) -> Result<(), StoreError> {
    let row = kept.row.map_or(NO_ROW, u64::from);
    EVIDENCE.put(batch, EVIDENCE.key(tenant).run(run).number(row).number(number), kept)
}

/// What is kept of a run, or of one row of it, at most so many.
pub async fn of(
    store: &dyn Kv,
    tenant: &Tenant,
    run: RunId,
    row: Option<RowIndex>,
    limit: usize,
) -> Result<Vec<Kept>, StoreError> {
    let prefix = EVIDENCE.key(tenant).run(run);
    let prefix = row.map_or_else(|| prefix.clone(), |row| prefix.clone().number(u64::from(row))).bytes();
    let mut found = Vec::new();
    let mut pages = Pages::of_prefix(prefix, limit.clamp(1, 500));
    while let Some(page) = pages.next(store).await? {
        for (key, value) in page {
            if found.len() == limit {
                return Ok(found);
            }
            let mut kept: Kept = codec::unpack(&value)?;
            kept.row = keys::last_number(&key[..key.len() - 8]).try_into().ok();
            found.push(kept);
        }
    }
    Ok(found)
}
