//! Connections and workflows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Batch, Kv, StoreError, codec, codec::Loaded, keys, keys::Key, scan_prefix, table::Table, table::TablePages,
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
    /// When each secret was given last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sealed_at: BTreeMap<String, i64>,
    /// When it was made.
    pub created: i64,
    /// When it was changed last.
    pub changed: i64,
    /// When it was tested last, and whether it could be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested: Option<(i64, bool)>,
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
    /// Whether whoever activated it came over the network: what it starts by itself reads no other file of the server than those
    /// that are open to the network.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fenced: bool,
    /// Since when its triggers are live without a pause between; nothing where an earlier version of the program activated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_since: Option<i64>,
    /// Whether its text comes from a folder that is applied as a whole: it goes when its file does.
    #[serde(default, skip_serializing_if = "is_false")]
    pub from_folder: bool,
    /// The name of that folder, as it was applied: it goes with no other. None: it was applied without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_false(flag: &bool) -> bool {
    !*flag
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
    /// By whom; nothing for one that an earlier version of the program saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, in words of whoever saved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A text that somebody works on: it may have errors, and nothing starts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredDraft {
    /// The id of the workflow that it is to become a version of.
    pub id: String,
    /// The YAML.
    pub text: String,
    /// The version that it began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
    /// The template that it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Who saved it last.
    pub by: String,
    /// When it was begun.
    pub created: i64,
    /// When it was saved last.
    pub saved: i64,
    /// How often it was saved.
    pub revision: u64,
}

pub(super) static CONNECTIONS: Table<StoredConnection> = Table::json(keys::CONNECTION, "connections");
/// Stands for all connections together. Whoever writes one because of how the others are expects that none was written
/// meanwhile.
pub(super) static CONNECTIONS_MARK: Table<u64> = Table::json(keys::META, "other").part("connections");
pub(super) static HEADS: Table<StoredWorkflow> = Table::json(keys::WORKFLOW, "workflows").part("head");
pub(super) static DRAFTS: Table<StoredDraft> = Table::json(keys::WORKFLOW, "workflows").part("draft");
pub(super) static VERSIONS: Table<WorkflowVersion> = Table::json(keys::WORKFLOW, "workflows").part("version");

fn connection_key(tenant: &Tenant, name: &str) -> Key {
    CONNECTIONS.key(tenant).name(name)
}

fn head_key(tenant: &Tenant, id: &str) -> Key {
    HEADS.key(tenant).name(id)
}

fn version_key(tenant: &Tenant, id: &str, version: u64) -> Key {
    VERSIONS.key(tenant).name(id).number(version)
}

/// The connection of this name.
pub async fn connection(
    store: &dyn Kv,
    tenant: &Tenant,
    name: &str,
) -> Result<Option<Loaded<StoredConnection>>, StoreError> {
    CONNECTIONS.loaded(store, connection_key(tenant, name)).await
}

/// What marks how the connections are; another value after each change of one of them.
pub async fn connections_mark(store: &dyn Kv, tenant: &Tenant) -> Result<Option<Loaded<u64>>, StoreError> {
    CONNECTIONS_MARK.loaded(store, CONNECTIONS_MARK.key(tenant)).await
}

/// Moves the mark on, expecting that it is as it was read.
pub fn move_connections_mark(
    batch: &mut Batch,
    tenant: &Tenant,
    before: Option<&Loaded<u64>>,
) -> Result<(), StoreError> {
    let next = before.map_or(1, |before| before.value.wrapping_add(1));
    CONNECTIONS_MARK.replace(batch, CONNECTIONS_MARK.key(tenant), before, &next)
}

/// All connections by name.
pub async fn connections(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<StoredConnection>, StoreError> {
    CONNECTIONS.all(store, CONNECTIONS.key(tenant)).await
}

/// Writes a connection; `old` is what stood there.
pub fn put_connection(
    batch: &mut Batch,
    tenant: &Tenant,
    old: Option<&Loaded<StoredConnection>>,
    new: &StoredConnection,
) -> Result<(), StoreError> {
    CONNECTIONS.replace(batch, connection_key(tenant, &new.name), old, new)
}

/// Removes a connection that is still as it was read.
pub fn drop_connection(batch: &mut Batch, tenant: &Tenant, old: &Loaded<StoredConnection>) {
    CONNECTIONS.take(batch, connection_key(tenant, &old.value.name), old);
}

/// The head of a workflow.
pub async fn workflow(store: &dyn Kv, tenant: &Tenant, id: &str) -> Result<Option<Loaded<StoredWorkflow>>, StoreError> {
    HEADS.loaded(store, head_key(tenant, id)).await
}

/// All heads by id.
pub async fn workflows(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<StoredWorkflow>, StoreError> {
    HEADS.all(store, HEADS.key(tenant)).await
}

/// A head, or why it cannot be read, with the id of the workflow.
pub type Head = (String, Result<StoredWorkflow, StoreError>);

/// All heads by id, each for itself: one that cannot be read does not hide the others.
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
    WorkflowPages(HEADS.pages(HEADS.key(tenant)))
}

/// See [`workflow_pages`].
pub struct WorkflowPages(TablePages<StoredWorkflow>);

impl WorkflowPages {
    /// The next page; `None` at the end.
    pub async fn next(&mut self, store: &dyn Kv) -> Result<Option<Vec<Head>>, StoreError> {
        let Some(page) = self.0.next(store).await? else { return Ok(None) };
        Ok(Some(page.into_iter().map(|(id, head)| (id.name(0), head.map(|head| head.value))).collect()))
    }
}

/// Writes a head; `old` is what stood there.
pub fn put_workflow(
    batch: &mut Batch,
    tenant: &Tenant,
    old: Option<&Loaded<StoredWorkflow>>,
    new: &StoredWorkflow,
) -> Result<(), StoreError> {
    HEADS.replace(batch, head_key(tenant, &new.id), old, new)
}

/// One version.
pub async fn version(
    store: &dyn Kv,
    tenant: &Tenant,
    id: &str,
    version: u64,
) -> Result<Option<WorkflowVersion>, StoreError> {
    VERSIONS.get(store, version_key(tenant, id, version)).await
}

/// Writes a version.
pub fn put_version(batch: &mut Batch, tenant: &Tenant, id: &str, version: &WorkflowVersion) -> Result<(), StoreError> {
    VERSIONS.add(batch, version_key(tenant, id, version.version), version)
}

/// All versions of a workflow, the oldest first.
pub async fn versions(store: &dyn Kv, tenant: &Tenant, id: &str) -> Result<Vec<WorkflowVersion>, StoreError> {
    VERSIONS.all(store, VERSIONS.key(tenant).name(id)).await
}

fn draft_key(tenant: &Tenant, id: &str) -> Key {
    DRAFTS.key(tenant).name(id)
}

/// The draft of a workflow.
pub async fn draft(store: &dyn Kv, tenant: &Tenant, id: &str) -> Result<Option<Loaded<StoredDraft>>, StoreError> {
    DRAFTS.loaded(store, draft_key(tenant, id)).await
}

/// All drafts by id.
pub async fn drafts(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<StoredDraft>, StoreError> {
    DRAFTS.all(store, DRAFTS.key(tenant)).await
}

/// Writes a draft; `old` is what stood there.
pub fn put_draft(
    batch: &mut Batch,
    tenant: &Tenant,
    old: Option<&Loaded<StoredDraft>>,
    new: &StoredDraft,
) -> Result<(), StoreError> {
    DRAFTS.replace(batch, draft_key(tenant, &new.id), old, new)
}

/// Removes a draft that is still as it was read.
pub fn drop_draft(batch: &mut Batch, tenant: &Tenant, old: &Loaded<StoredDraft>) {
    DRAFTS.take(batch, draft_key(tenant, &old.value.id), old);
}

fn signature_key(tenant: &Tenant, id: &str, version: u64) -> Vec<u8> {
    Key::new(keys::SIGNATURE, tenant).name("of").name(id).number(version).bytes()
}

/// What was kept of versions beside their texts, in the order asked; one that cannot be read is as good as none.
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
pub async fn wanted_by(store: &dyn Kv, tenant: &Tenant, path: &str) -> Result<Vec<String>, StoreError> {
    let prefix = Key::new(keys::SIGNATURE, tenant).name("path").name(path).bytes();
    let found = scan_prefix(store, &prefix).await?;
    let id = |key: &[u8]| String::from_utf8_lossy(key.get(prefix.len()..).unwrap_or_default()).into_owned();
    Ok(found.iter().map(|(key, _)| id(key).trim_end_matches('\0').to_string()).collect())
}
