//! Calls of addresses that have started a run, as long as the same call could come again. What is written when the run is
//! accepted expects that nobody has written it before, so one call starts one run on all nodes, over restarts.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec, codec::Loaded, keys, keys::Key, table::Table};
use crate::model::id::Tenant;

/// Entries that one commit forgets at most.
const MOST_FORGOTTEN: usize = 100;

/// A call that has started a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The digest of its body: another body under the same name is another call.
    pub body: String,
    /// The run, known a moment after it was accepted.
    pub run: Option<String>,
    /// Until when it is remembered.
    pub until: i64,
}

pub(super) static CALLS: Table<Call> = Table::json(keys::HOOK_CALL, "workflows").part("call");

fn call_key(tenant: &Tenant, path: &str, name: &str) -> Key {
    CALLS.key(tenant).name(path).name(name)
}

/// Entries by the time when they are forgotten; the key of the call follows.
fn end_key(tenant: &Tenant, until: i64, call: &[u8]) -> Vec<u8> {
    let mut key = Key::new(keys::HOOK_CALL, tenant).name("end").number(u64::try_from(until).unwrap_or(0)).bytes();
    key.extend_from_slice(call);
    key
}

/// The call of this name (a digest) at an address.
pub async fn find(store: &dyn Kv, tenant: &Tenant, path: &str, name: &str) -> Result<Option<Loaded<Call>>, StoreError> {
    CALLS.loaded(store, call_key(tenant, path, name)).await
}

/// Remembers a call over what was read.
pub fn put(
    batch: &mut Batch,
    tenant: &Tenant,
    (path, name): (&str, &str),
    before: Option<&Loaded<Call>>,
    call: &Call,
) -> Result<(), StoreError> {
    let key = call_key(tenant, path, name);
    ends(batch, tenant, call.until, &key.clone().bytes());
    CALLS.replace(batch, key, before, call)
}

/// Notes when what stands under a key is forgotten.
pub(super) fn ends(batch: &mut Batch, tenant: &Tenant, until: i64, call: &[u8]) {
    batch.put(end_key(tenant, until, call), Vec::new());
}

/// What all that is forgotten knows.
#[derive(Deserialize)]
struct Until {
    until: i64,
}

/// Forgets some of the calls whose time is over.
pub async fn forget(store: &dyn Kv, tenant: &Tenant, now: i64, batch: &mut Batch) -> Result<(), StoreError> {
    let prefix = Key::new(keys::HOOK_CALL, tenant).name("end").bytes();
    let to = Key::new(keys::HOOK_CALL, tenant).name("end").number(u64::try_from(now).unwrap_or(0)).bytes();
    let ends = store.scan(prefix.clone(), to, MOST_FORGOTTEN, false).await?;
    let calls: Vec<Vec<u8>> = ends.iter().map(|(key, _)| key[(prefix.len() + 8).min(key.len())..].to_vec()).collect();
    let values = store.get_many(calls.clone()).await?;
    for ((end, _), (call, value)) in ends.into_iter().zip(calls.into_iter().zip(values)) {
        batch.deletes.push(end);
        let until = value.as_deref().map(codec::unpack::<Until>).transpose().ok().flatten().map(|call| call.until);
        // The same name may have been used anew.
        if until.is_some_and(|until| until < now) {
            batch.deletes.push(call);
        }
    }
    Ok(())
}
