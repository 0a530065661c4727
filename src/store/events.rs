//! Events that wait for the workflows which listen for them (`on.event`).
//!
//! Who listens to which connection is written when a workflow is activated, so that an event nobody wants costs nothing. An
//! event is noted once for each workflow that wants it: in the commit that makes the change, where that is ours, and before the
//! sender is answered where it is not. It is deleted in the commit that accepts the run which tells of it.

use std::{collections::HashMap, time::Duration};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Batch, Kv, StoreError, codec, keys, keys::Key, renamed_keys, table::Table};
use crate::model::{id::Tenant, trigger::ConnectionEvent};

/// How long the id of an event that a system has sent is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// A workflow that listens to a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The workflow.
    pub workflow: String,
    /// The types of events that it wants.
    pub types: Vec<String>,
    /// How they are gathered.
    #[serde(flatten)]
    pub gathering: Gathering,
}

/// How events become runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gathering {
    /// How long events are gathered after the first one, in milliseconds.
    pub collect_ms: i64,
    /// So many events one run is told of at most.
    pub most: usize,
}

impl Default for Gathering {
    fn default() -> Self {
        Self { collect_ms: 3000, most: 500 }
    }
}

impl Gathering {
    /// The stricter of both, where a workflow listens to several connections.
    #[must_use]
    fn and(self, other: Self) -> Self {
        Self { collect_ms: self.collect_ms.min(other.collect_ms), most: self.most.min(other.most).max(1) }
    }
}

/// What a workflow listens to: a connection, types of its events, how they are gathered.
pub type Wanted = (String, Vec<String>, Gathering);

/// Listeners, by connection.
pub(super) static LISTENERS: Table<Vec<Listener>> = Table::json(keys::EVENT, "workflows").part("by");
/// Events that wait, by workflow, in the order of their own ids.
pub(super) static WAITING: Table<ConnectionEvent> = Table::json(keys::EVENT, "workflows").part("due");
/// Until when an event is remembered, by connection and id.
pub(super) static SEEN: Table<i64> = Table::json(keys::EVENT, "workflows").part("seen");

/// The key under which it stands who listens to a connection.
#[must_use]
pub fn listeners_key(tenant: &Tenant, connection: &str) -> Vec<u8> {
    LISTENERS.key(tenant).name(connection).bytes()
}

/// Who listens, from what stands under [`listeners_key`].
///
/// # Errors
/// A value that cannot be read.
pub fn listeners_of(value: Option<&[u8]>) -> Result<Vec<Listener>, StoreError> {
    Ok(value.map(codec::unpack).transpose()?.unwrap_or_default())
}

/// Replaces what a workflow listens to: connections with the types of events.
pub async fn listen(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    workflow: &str,
    wanted: &[Wanted],
) -> Result<(), StoreError> {
    let mine = |connection: &str| -> Option<Listener> {
        let mine = || wanted.iter().filter(|(name, ..)| name == connection);
        let types: Vec<String> = mine().flat_map(|(_, types, _)| types.clone()).collect();
        let gathering = mine().map(|(.., gathering)| *gathering).reduce(Gathering::and).unwrap_or_default();
        (!types.is_empty()).then(|| Listener { workflow: workflow.into(), types, gathering })
    };
    let mut known = Vec::new();
    let mut pages = LISTENERS.pages(LISTENERS.key(tenant));
    while let Some(page) = pages.next(store).await? {
        for (rest, old) in page {
            let (connection, old) = (rest.name(0), old?);
            let mut new: Vec<Listener> =
                old.value.iter().filter(|listener| listener.workflow != workflow).cloned().collect();
            new.extend(mine(&connection));
            let key = LISTENERS.key(tenant).name(&connection);
            if new.is_empty() {
                LISTENERS.take(batch, key, &old);
            } else if new != old.value {
                LISTENERS.replace(batch, key, Some(&old), &new)?;
            }
            known.push(connection);
        }
    }
    for (connection, ..) in wanted {
        if !known.contains(connection)
            && let Some(listener) = mine(connection)
        {
            LISTENERS.add(batch, LISTENERS.key(tenant).name(connection), &vec![listener])?;
            known.push(connection.clone());
        }
    }
    Ok(())
}

/// How the events of each workflow that listens are gathered.
pub async fn gatherings(store: &dyn Kv, tenant: &Tenant) -> Result<HashMap<String, Gathering>, StoreError> {
    let mut found: HashMap<String, Gathering> = HashMap::new();
    for listener in LISTENERS.all(store, LISTENERS.key(tenant)).await?.into_iter().flatten() {
        let known = found.entry(listener.workflow).or_insert(listener.gathering);
        *known = known.and(listener.gathering);
    }
    Ok(found)
}

fn waiting_key(tenant: &Tenant, workflow: &str, event: &ConnectionEvent) -> Key {
    WAITING.key(tenant).name(workflow).name(&event.id)
}

/// Notes an event for everybody who wants it.
pub fn note(
    batch: &mut Batch,
    tenant: &Tenant,
    listeners: &[Listener],
    event: &ConnectionEvent,
) -> Result<(), StoreError> {
    for listener in listeners.iter().filter(|listener| listener.types.contains(&event.kind)) {
        WAITING.put(batch, waiting_key(tenant, &listener.workflow, event), event)?;
        batch.notify = true;
    }
    Ok(())
}

/// Notes an event that a system has sent, in a commit of its own, so that it can be acknowledged. `name` is the system's own
/// name of it: the same one is noted once, also over restarts. `along` is written with it. Gives whether it was new.
///
/// # Errors
/// Those of the store; [`StoreError::Conflict`] when the same event came twice in this moment.
pub async fn accept(
    store: &dyn Kv,
    tenant: &Tenant,
    name: &str,
    event: &ConnectionEvent,
    along: Batch,
) -> Result<bool, StoreError> {
    let digest = digest(name);
    let key = || SEEN.key(tenant).name(&event.connection).name(&digest);
    let seen = SEEN.loaded(store, key()).await?;
    if seen.as_ref().is_some_and(|until| until.value > event.at) {
        return Ok(false);
    }
    let listeners = listeners_of(store.get(&listeners_key(tenant, &event.connection)).await?.as_deref())?;
    let mut batch = along;
    let until = event.at.saturating_add(i64::try_from(REMEMBERED.as_millis()).unwrap_or(i64::MAX));
    SEEN.replace(&mut batch, key(), seen.as_ref(), &until)?;
    note(&mut batch, tenant, &listeners, event)?;
    store.commit(batch).await.map(|()| true)
}

/// A name of any length and letters as one that fits into a key.
fn digest(name: &str) -> String {
    Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The workflows for which events wait.
pub async fn awaited(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
    let prefix = WAITING.key(tenant).bytes();
    let (mut from, end) = (prefix.clone(), keys::end_of(&prefix));
    let mut found = Vec::new();
    loop {
        let first = store.scan(from, end.clone(), 1, false).await?;
        let Some((key, _)) = first.first() else { return Ok(found) };
        let name = key[prefix.len().min(key.len())..].split(|byte| *byte == 0).next().unwrap_or_default();
        let workflow = String::from_utf8_lossy(name).into_owned();
        from = keys::end_of(&WAITING.key(tenant).name(&workflow).bytes());
        found.push(workflow);
    }
}

/// The oldest events that wait for a workflow, at most so many. One that cannot be read is told and stays.
pub async fn waiting(
    store: &dyn Kv,
    tenant: &Tenant,
    workflow: &str,
    most: usize,
) -> Result<Vec<ConnectionEvent>, StoreError> {
    let prefix = WAITING.key(tenant).name(workflow).bytes();
    let end = keys::end_of(&prefix);
    let page = store.scan(prefix, end, most, false).await?;
    page.iter().map(|(_, value)| codec::unpack(value)).collect()
}

/// Takes events away; the commit fails when somebody else was faster.
pub fn take(batch: &mut Batch, tenant: &Tenant, workflow: &str, events: &[ConnectionEvent]) -> Result<(), StoreError> {
    for event in events {
        WAITING.expect(batch, waiting_key(tenant, workflow, event), event)?;
        WAITING.drop(batch, waiting_key(tenant, workflow, event));
    }
    Ok(())
}

/// Forgets ids of events that are no longer remembered, a page of them, and new keys that nobody has to follow any more.
pub async fn forget(store: &dyn Kv, tenant: &Tenant, now: i64) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    let mut pages = SEEN.pages(SEEN.key(tenant));
    while let Some(page) = pages.next(store).await? {
        for (rest, until) in page {
            if until.as_ref().is_ok_and(|until| until.value <= now) {
                SEEN.drop(&mut batch, SEEN.key(tenant).name(&rest.name(0)).name(&rest.name(1)));
            }
        }
    }
    renamed_keys::forget(store, &mut batch, tenant, now).await?;
    if batch.is_empty() { Ok(()) } else { store.commit(batch).await }
}
