//! What indexes of an older store lack, and what is put off until nobody waits for it: done in pieces, beside the work of a
//! server, for all tenants. A start never waits for it, and until it is done lists read what there is.

use super::{Kv, StoreError, object_index, removal_index, run_index};

/// Does one piece, of some hundred entries. False: there is nothing to do.
pub async fn step(store: &dyn Kv) -> Result<bool, StoreError> {
    Ok(run_index::complete(store).await?
        || object_index::complete(store).await?
        || removal_index::complete(store).await?
        || object_index::carry_out(store, None).await?)
}
