//! Connections and workflows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Batch, Kv, StoreError,
    codec::{self, Loaded},
    keys,
    keys::Key,
    pages::Pages,
    scan_prefix,
};
use crate::model::id::Tenant;

/// A connection as it is stored: secrets are sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredConnection {
    /// A ULID; part of the callback URL.
    pub id: String,
    /// Its name: snake_case, unique in the tenant.
    pub name: String,
    /// The connector.
    pub connector: String,
    /// Settings as given.
    pub settings: BTreeMap<String, String>,
    /// Secrets, sealed and in hex.
    pub sealed: BTreeMap<String, String>,
    /// When it was made.
    pub created: i64,
    /// When it was changed last.
    pub changed: i64,
}

/// The state of a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkflowState {
    /// Never activated.
    Draft,
    /// Its triggers are live.
    Active,
    /// Its triggers rest.
    Paused,
    /// Put away.
    Archived,
}

/// The head of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredWorkflow {
    /// Its id.
    pub id: String,
    /// The newest version, from 1.
    pub latest: u64,
    /// The version that triggers start.
    pub active: Option<u64>,
    /// Its state.
    pub state: WorkflowState,
    /// The number of the last run.
    pub runs: u64,
    /// The template it was made from.
    pub template: Option<String>,
    /// When it was made.
    pub created: i64,
    /// When it was activated last, and by whom.
    pub activated: Option<(i64, String)>,
}

/// One version of a workflow; never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowVersion {
    /// Its number.
    pub version: u64,
    /// The YAML.
    pub text: String,
    /// When it was saved.
    pub saved: i64,
}

fn connection_key(tenant: &Tenant, name: &str) -> Vec<u8> {
    Key::new(keys::CONNECTION, tenant).name(name).bytes()
}

fn head_key(tenant: &Tenant, id: &str) -> Vec<u8> {
    Key::new(keys::WORKFLOW, tenant).name("head").name(id).bytes()
}

fn version_key(tenant: &Tenant, id: &str, version: u64) -> Vec<u8> {
    Key::new(keys::WORKFLOW, tenant).name("version").name(id).number(version).bytes()
}

/// The connection of this name.
///
/// # Errors
/// Those of the store.
pub async fn connection(
    store: &dyn Kv,
    tenant: &Tenant,
    name: &str,
) -> Result<Option<Loaded<StoredConnection>>, StoreError> {
    Loaded::read(store.get(&connection_key(tenant, name)).await?)
}

/// Stands for all connections together. Whoever writes one because of how the others are expects that none was written
/// meanwhile.
fn connections_mark_key(tenant: &Tenant) -> Vec<u8> {
    Key::new(keys::META, tenant).name("connections").bytes()
}

/// What marks how the connections are; another value after each change of one of them.
///
/// # Errors
/// Those of the store.
pub async fn connections_mark(store: &dyn Kv, tenant: &Tenant) -> Result<Option<Loaded<u64>>, StoreError> {
    Loaded::read(store.get(&connections_mark_key(tenant)).await?)
}

/// Moves the mark on, expecting that it is as it was read.
///
/// # Errors
/// Those of the codec.
pub fn move_connections_mark(
    batch: &mut Batch,
    tenant: &Tenant,
    before: Option<&Loaded<u64>>,
) -> Result<(), StoreError> {
    let key = connections_mark_key(tenant);
    batch.expect.push((key.clone(), before.map(Loaded::raw)));
    batch.put(key, codec::json(&before.map_or(1, |before| before.value.wrapping_add(1)))?);
    Ok(())
}

/// All connections by name.
///
/// # Errors
/// Those of the store.
pub async fn connections(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<StoredConnection>, StoreError> {
    let entries = scan_prefix(store, &Key::new(keys::CONNECTION, tenant).bytes()).await?;
    entries.iter().map(|(_, value)| codec::unpack(value)).collect()
}

/// Writes a connection; `old` is what stood there.
///
/// # Errors
/// Those of the codec.
pub fn put_connection(
    batch: &mut Batch,
    tenant: &Tenant,
    old: Option<&Loaded<StoredConnection>>,
    new: &StoredConnection,
) -> Result<(), StoreError> {
    let key = connection_key(tenant, &new.name);
    batch.expect.push((key.clone(), old.map(Loaded::raw)));
    batch.put(key, codec::json(new)?);
    Ok(())
}

/// Removes a connection that is still as it was read.
pub fn drop_connection(batch: &mut Batch, tenant: &Tenant, old: &Loaded<StoredConnection>) {
    let key = connection_key(tenant, &old.value.name);
    batch.expect.push((key.clone(), Some(old.raw())));
    batch.deletes.push(key);
}

/// The head of a workflow.
///
/// # Errors
/// Those of the store.
pub async fn workflow(store: &dyn Kv, tenant: &Tenant, id: &str) -> Result<Option<Loaded<StoredWorkflow>>, StoreError> {
    Loaded::read(store.get(&head_key(tenant, id)).await?)
}

/// All heads by id.
///
/// # Errors
/// Those of the store.
pub async fn workflows(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<StoredWorkflow>, StoreError> {
    let entries = scan_prefix(store, &Key::new(keys::WORKFLOW, tenant).name("head").bytes()).await?;
    entries.iter().map(|(_, value)| codec::unpack(value)).collect()
}

/// A head, or why it cannot be read, with the id of the workflow.
pub type Head = (String, Result<StoredWorkflow, StoreError>);

/// All heads by id, each for itself: one that cannot be read does not hide the others.
///
/// # Errors
/// Those of the store.
pub async fn workflows_each(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<Head>, StoreError> {
    let mut heads = Vec::new();
    let mut pages = workflow_pages(tenant);
    while let Some(page) = pages.next(store).await? {
        heads.extend(page);
    }
    Ok(heads)
}

/// The same, page by page.
#[must_use]
pub fn workflow_pages(tenant: &Tenant) -> WorkflowPages {
    let prefix = Key::new(keys::WORKFLOW, tenant).name("head").bytes();
    WorkflowPages { length: prefix.len(), pages: Pages::of_prefix(prefix, 1000) }
}

/// See [`workflow_pages`].
pub struct WorkflowPages {
    length: usize,
    pages: Pages,
}

impl WorkflowPages {
    /// The next page; `None` at the end.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn next(&mut self, store: &dyn Kv) -> Result<Option<Vec<Head>>, StoreError> {
        let Some(page) = self.pages.next(store).await? else { return Ok(None) };
        let id = |key: &[u8]| String::from_utf8_lossy(key.get(self.length..).unwrap_or_default()).into_owned();
        let head = |(key, value): &super::Entry| (id(key).trim_end_matches('\0').to_string(), codec::unpack(value));
        Ok(Some(page.iter().map(head).collect()))
    }
}

/// Writes a head; `old` is what stood there.
///
/// # Errors
/// Those of the codec.
pub fn put_workflow(
    batch: &mut Batch,
    tenant: &Tenant,
    old: Option<&Loaded<StoredWorkflow>>,
    new: &StoredWorkflow,
) -> Result<(), StoreError> {
    let key = head_key(tenant, &new.id);
    batch.expect.push((key.clone(), old.map(Loaded::raw)));
    batch.put(key, codec::json(new)?);
    Ok(())
}

/// One version.
///
/// # Errors
/// Those of the store.
pub async fn version(
    store: &dyn Kv,
    tenant: &Tenant,
    id: &str,
    version: u64,
) -> Result<Option<WorkflowVersion>, StoreError> {
    store.get(&version_key(tenant, id, version)).await?.as_deref().map(codec::unpack).transpose()
}

/// Writes a version.
///
/// # Errors
/// Those of the codec.
pub fn put_version(batch: &mut Batch, tenant: &Tenant, id: &str, version: &WorkflowVersion) -> Result<(), StoreError> {
    let key = version_key(tenant, id, version.version);
    batch.expect.push((key.clone(), None));
    batch.put(key, codec::json(version)?);
    Ok(())
}

fn signature_key(tenant: &Tenant, id: &str, version: u64) -> Vec<u8> {
    Key::new(keys::SIGNATURE, tenant).name("of").name(id).number(version).bytes()
}

/// What was kept of versions beside their texts, in the order asked; one that cannot be read is as good as none.
///
/// # Errors
/// Those of the store.
pub async fn signatures<T: DeserializeOwned>(
    store: &dyn Kv,
    tenant: &Tenant,
    versions: &[(&str, u64)],
) -> Result<Vec<Option<T>>, StoreError> {
    let keys = versions.iter().map(|(id, version)| signature_key(tenant, id, *version)).collect();
    let found = store.get_many(keys).await?;
    Ok(found.into_iter().map(|value| codec::unpack(&value?).ok()).collect())
}

/// Keeps something beside the text of a version. It follows from the text, so whoever writes last is right.
///
/// # Errors
/// Those of the codec.
pub fn put_signature<T: Serialize>(
    batch: &mut Batch,
    tenant: &Tenant,
    id: &str,
    version: u64,
    signature: &T,
) -> Result<(), StoreError> {
    batch.put(signature_key(tenant, id, version), codec::json(signature)?);
    Ok(())
}

/// Notes that a workflow has a version that wants this address. Whether it still does, its signature tells.
pub fn want_path(batch: &mut Batch, tenant: &Tenant, path: &str, id: &str) {
    batch.put(Key::new(keys::SIGNATURE, tenant).name("path").name(path).name(id).bytes(), Vec::new());
}

/// The workflows of which some version wanted this address.
///
/// # Errors
/// Those of the store.
pub async fn wanted_by(store: &dyn Kv, tenant: &Tenant, path: &str) -> Result<Vec<String>, StoreError> {
    let prefix = Key::new(keys::SIGNATURE, tenant).name("path").name(path).bytes();
    let found = scan_prefix(store, &prefix).await?;
    let id = |key: &[u8]| String::from_utf8_lossy(key.get(prefix.len()..).unwrap_or_default()).into_owned();
    Ok(found.iter().map(|(key, _)| id(key).trim_end_matches('\0').to_string()).collect())
}
