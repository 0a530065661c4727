//! Calls of the API that named themselves (`Idempotency-Key`), and what they were answered, as long as the same call may come
//! again. A call is noted before it is carried out. One that starts a run is settled in the commit that accepts the run, so
//! that it starts one run, whatever crashes.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec::Loaded, keys, keys::Key, table::Table, webhook_calls};
use crate::model::id::{RunId, Tenant};

/// A call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The digest of its method, path and query.
    pub operation: String,
    /// The digest of its body.
    pub body: String,
    /// Until when it is remembered.
    pub until: i64,
    /// When it began.
    pub began: i64,
    /// The process that carries it out, or did.
    pub process: String,
    /// Whether it was carried out.
    pub done: bool,
    /// The run that it has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// What it was answered, sealed: it may hold what is shown once only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

pub(super) static CALLS: Table<Call> = Table::json(keys::HOOK_CALL, "other").part("once");

fn key(tenant: &Tenant, name: &str) -> Key {
    CALLS.key(tenant).name(name)
}

/// The call of this name, a digest.
pub async fn find(store: &dyn Kv, tenant: &Tenant, name: &str) -> Result<Option<Loaded<Call>>, StoreError> {
    CALLS.loaded(store, key(tenant, name)).await
}

/// Notes a call over what was read.
pub fn put(
    batch: &mut Batch,
    tenant: &Tenant,
    name: &str,
    before: Option<&Loaded<Call>>,
    call: &Call,
) -> Result<(), StoreError> {
    let key = key(tenant, name);
    webhook_calls::ends(batch, tenant, call.until, &key.clone().bytes());
    CALLS.replace(batch, key, before, call)
}

/// Forgets a call that has changed nothing.
pub fn drop(batch: &mut Batch, tenant: &Tenant, name: &str, call: &Loaded<Call>) {
    CALLS.take(batch, key(tenant, name), call);
}

/// A call that is being carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its name, a digest.
    pub name: String,
    /// As it was noted.
    pub call: Call,
}

impl Ticket {
    /// Settles the call in the commit that accepts its run.
    pub fn settle(&self, batch: &mut Batch, tenant: &Tenant, run: RunId) -> Result<(), StoreError> {
        let key = key(tenant, &self.name);
        CALLS.expect(batch, key.clone(), &self.call)?;
        CALLS.put(batch, key, &Call { done: true, run: Some(run), ..self.call.clone() })
    }
}
