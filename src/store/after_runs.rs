//! What starts when a run of another workflow ends (`on.after`).
//!
//! Who follows whom is written when a workflow is activated, so that the end of a run costs one look. A due start is noted
//! in the commit that ends the run, and the note is deleted in the commit that accepts the new run: it starts once.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, keys, keys::Key, table::Table};
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
    /// The step of `finally` that asked for it; two of them may name one workflow, and so may `on.after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// When it ended.
    pub at: i64,
    /// The inputs, where a step of `finally` gives them; those of `on.after` are looked up when it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<serde_json::Map<String, serde_json::Value>>,
}

pub(super) static FOLLOWERS: Table<Follower> = Table::json(keys::FOLLOW, "workflows").part("by");
pub(super) static DUE: Table<Due> = Table::json(keys::FOLLOW, "workflows").part("due");

fn follower_key(tenant: &Tenant, after: &str, workflow: &str) -> Key {
    FOLLOWERS.key(tenant).name(after).name(workflow)
}

fn due_key(tenant: &Tenant, due: &Due) -> Key {
    let key = DUE.key(tenant).run(due.parent).name(&due.workflow);
    match &due.step {
        Some(step) => key.name(step),
        None => key,
    }
}

/// Replaces what a workflow follows.
pub fn set(
    batch: &mut Batch,
    tenant: &Tenant,
    workflow: &str,
    before: &[Follower],
    now: &[Follower],
) -> Result<(), StoreError> {
    for follower in before.iter().filter(|old| now.iter().all(|new| new.after != old.after)) {
        FOLLOWERS.drop(batch, follower_key(tenant, &follower.after, workflow));
    }
    for follower in now {
        FOLLOWERS.put(batch, follower_key(tenant, &follower.after, workflow), follower)?;
    }
    Ok(())
}

/// What a workflow follows at present.
pub async fn followed_by(store: &dyn Kv, tenant: &Tenant, workflow: &str) -> Result<Vec<Follower>, StoreError> {
    let all = FOLLOWERS.entries(store, FOLLOWERS.key(tenant)).await?;
    Ok(all.into_iter().filter(|(names, _)| names.name(1) == workflow).map(|(_, follower)| follower).collect())
}

/// Who follows this workflow.
pub async fn of(store: &dyn Kv, tenant: &Tenant, workflow: &str) -> Result<Vec<(String, Follower)>, StoreError> {
    let found = FOLLOWERS.entries(store, FOLLOWERS.key(tenant).name(workflow)).await?;
    Ok(found.into_iter().map(|(names, follower)| (names.name(0), follower)).collect())
}

/// Notes a start.
pub fn note(batch: &mut Batch, tenant: &Tenant, due: &Due) -> Result<(), StoreError> {
    batch.notify = true;
    DUE.put(batch, due_key(tenant, due), due)
}

/// Takes a note away; the commit fails when somebody else was faster.
pub fn take(batch: &mut Batch, tenant: &Tenant, due: &Due) -> Result<(), StoreError> {
    DUE.expect(batch, due_key(tenant, due), due)?;
    DUE.drop(batch, due_key(tenant, due));
    Ok(())
}

/// All starts that are due, each for itself: one that cannot be read does not keep the others.
pub async fn due(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<Result<Due, StoreError>>, StoreError> {
    let mut found = Vec::new();
    let mut pages = DUE.pages(DUE.key(tenant));
    while let Some(page) = pages.next(store).await? {
        found.extend(page.into_iter().map(|(_, due)| due.map(|due| due.value)));
    }
    Ok(found)
}
