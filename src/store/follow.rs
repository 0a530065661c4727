//! What starts when a run of another workflow ends (`on.after`).
//!
//! Who follows whom is written when a workflow is activated, so that the end of a run costs one look. A due start is noted
//! in the commit that ends the run, and the note is deleted in the commit that accepts the new run: it starts once.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec, keys, keys::Key, scan_prefix};
use crate::model::{
    id::{RunId, Tenant},
    run::Status,
};

/// One workflow that follows another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follower {
    /// The workflow that is waited for.
    pub after: String,
    /// The states with which it must have ended.
    pub statuses: Vec<Status>,
}

/// A start that is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The workflow to start.
    pub workflow: String,
    /// The run that ended.
    pub parent: RunId,
    /// The workflows that led to it.
    pub chain: Vec<String>,
    /// When it ended.
    pub at: i64,
    /// The inputs, where a step of `finally` gives them; those of `on.after` are looked up when it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<serde_json::Map<String, serde_json::Value>>,
}

fn follower_key(tenant: &Tenant, after: &str, workflow: &str) -> Vec<u8> {
    Key::new(keys::FOLLOW, tenant).name("by").name(after).name(workflow).bytes()
}

fn due_prefix(tenant: &Tenant) -> Key {
    Key::new(keys::FOLLOW, tenant).name("due")
}

/// Replaces what a workflow follows.
///
/// # Errors
/// Those of the codec.
pub fn set(
    batch: &mut Batch,
    tenant: &Tenant,
    workflow: &str,
    before: &[Follower],
    now: &[Follower],
) -> Result<(), StoreError> {
    for follower in before.iter().filter(|old| now.iter().all(|new| new.after != old.after)) {
        batch.deletes.push(follower_key(tenant, &follower.after, workflow));
    }
    for follower in now {
        batch.put(follower_key(tenant, &follower.after, workflow), codec::json(follower)?);
    }
    Ok(())
}

/// What a workflow follows at present.
///
/// # Errors
/// Those of the store.
pub async fn followed_by(store: &dyn Kv, tenant: &Tenant, workflow: &str) -> Result<Vec<Follower>, StoreError> {
    let prefix = Key::new(keys::FOLLOW, tenant).name("by").bytes();
    let entries = scan_prefix(store, &prefix).await?;
    let mine = entries.iter().filter(|(key, _)| {
        let names = key[prefix.len()..].split(|byte| *byte == 0);
        names.skip(1).take(1).eq([workflow.as_bytes()])
    });
    mine.map(|(_, value)| codec::unpack(value)).collect()
}

/// Who follows this workflow.
///
/// # Errors
/// Those of the store.
pub async fn of(store: &dyn Kv, tenant: &Tenant, workflow: &str) -> Result<Vec<(String, Follower)>, StoreError> {
    let prefix = Key::new(keys::FOLLOW, tenant).name("by").name(workflow).bytes();
    let mut followers = Vec::new();
    for (key, value) in scan_prefix(store, &prefix).await? {
        let name = key[prefix.len()..].split(|byte| *byte == 0).next().unwrap_or_default();
        followers.push((String::from_utf8_lossy(name).into_owned(), codec::unpack(&value)?));
    }
    Ok(followers)
}

/// Notes a start.
///
/// # Errors
/// Those of the codec.
pub fn note(batch: &mut Batch, tenant: &Tenant, due: &Due) -> Result<(), StoreError> {
    batch.put(due_prefix(tenant).run(due.parent).name(&due.workflow).bytes(), codec::json(due)?);
    batch.notify = true;
    Ok(())
}

/// Takes a note away; the commit fails when somebody else was faster.
///
/// # Errors
/// Those of the codec.
pub fn take(batch: &mut Batch, tenant: &Tenant, due: &Due) -> Result<(), StoreError> {
    let key = due_prefix(tenant).run(due.parent).name(&due.workflow).bytes();
    batch.expect.push((key.clone(), Some(codec::json(due)?)));
    batch.deletes.push(key);
    Ok(())
}

/// All starts that are due, each for itself: one that cannot be read does not keep the others.
///
/// # Errors
/// Those of the store.
pub async fn due(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<Result<Due, StoreError>>, StoreError> {
    let entries = scan_prefix(store, &due_prefix(tenant).bytes()).await?;
    Ok(entries.iter().map(|(_, value)| codec::unpack(value)).collect())
}
