//! Open connections for the engine: looked up by name, unsealed, opened once and kept until their settings change.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use async_trait::async_trait;
use hashlink::LruCache;
use idflow_sdk::{Connection, ConnectorSpec, OpenRequest, Params, Problem, directory::DirectoryStore};

use super::{
    findings,
    open_folders::{Roots, is_below},
    seal::Sealer,
    uploads::{
        folder,
        source::{Unsealing, is_uploaded},
    },
};
use crate::{
    connectors,
    engine::{Connect, Tenants, Words, blocking::aside, clock::Clock},
    model::{id::Tenant, run::Status},
    store::{
        Batch, Store, StoreError, catalogue,
        catalogue::StoredConnection,
        directory::{Directory, Now},
    },
    workflow::{
        self,
        compiled::Workflow,
        diagnostic::{Severity, Source},
        signature::{Signature, Summary},
    },
};

/// The built-in connection that `directory import` reads through.
pub const IMPORT: &str = "import";
/// The setting that names a folder of this machine.
pub const FOLDER: &str = "folder";

/// Compiled workflows that are kept: those that were used last, as long as their texts are no longer than this together.
/// Compiled they take some twenty times as much.
const MOST_COMPILED: usize = 512;
const MOST_TEXT: usize = 2 << 20;
/// Signatures that are kept in memory.
const MOST_SIGNATURES: usize = 2048;

/// An open connection, and when its settings were changed last.
type Opened = (i64, Arc<dyn Connection>);

/// Compiled workflows by content hash, those that were used last.
struct Compiled {
    kept: LruCache<String, (usize, Arc<Workflow>)>,
    /// The length of their texts together.
    text: usize,
}

impl Compiled {
    fn new() -> Self {
        Self { kept: LruCache::new_unbounded(), text: 0 }
    }

    fn get(&mut self, content: &str) -> Option<Arc<Workflow>> {
        self.kept.get(content).map(|(_, workflow)| workflow.clone())
    }

    fn keep(&mut self, content: String, length: usize, workflow: Arc<Workflow>) {
        self.text += length;
        if let Some((before, _)) = self.kept.insert(content, (length, workflow)) {
            self.text -= before;
        }
        while self.kept.len() > MOST_COMPILED || (self.text > MOST_TEXT && self.kept.len() > 1) {
            let Some((_, (length, _))) = self.kept.remove_lru() else { break };
            self.text -= length;
        }
    }
}

/// A workflow and version.
type Version = (String, u64);

/// Connections of one tenant.
pub struct Connections {
    store: Store,
    tenant: Tenant,
    sealer: Arc<Sealer>,
    /// Where relative folders begin, wherever the program was started.
    base: PathBuf,
    /// Where uploaded files are unsealed as long as they are read.
    scratch: Arc<OnceLock<PathBuf>>,
    /// What is open to the network; nothing where nobody says so.
    roots: Arc<OnceLock<Arc<Roots>>>,
    /// When directory events happen.
    now: Now,
    open: Mutex<HashMap<String, Opened>>,
    compiled: Mutex<Compiled>,
    signatures: Mutex<LruCache<Version, Arc<Signature>>>,
}

impl Connections {
    /// The connections of this tenant.
    #[must_use]
    pub fn new(store: Store, tenant: Tenant, sealer: Arc<Sealer>, base: PathBuf, now: Now) -> Self {
        let compiled = Mutex::new(Compiled::new());
        let signatures = Mutex::new(LruCache::new(MOST_SIGNATURES));
        let (scratch, roots) = Default::default();
        Self { store, tenant, sealer, base, scratch, roots, now, open: Mutex::default(), compiled, signatures }
    }

    /// The tenant's directory.
    #[must_use]
    pub fn directory(&self) -> Arc<dyn DirectoryStore> {
        Arc::new(self.own_directory())
    }

    /// The same, for whoever changes it by hand.
    #[must_use]
    pub fn own_directory(&self) -> Directory {
        let directory = Directory::new(self.store.clone(), self.tenant.clone());
        directory.telling(connectors::directory_events, self.now.clone())
    }

    /// The folder that is meant by a setting: a relative one begins where the data folder lies.
    #[must_use]
    pub fn folder_from(&self, folder: &str) -> PathBuf {
        self.base.join(folder)
    }

    /// Where the relative paths of a connection begin, and whether it was given a folder of its own.
    pub async fn files_of(&self, name: &str) -> Result<(PathBuf, bool), StoreError> {
        let stored = match name {
            IMPORT => None,
            _ => catalogue::connection(&*self.store, &self.tenant, name).await?,
        };
        let folder = stored.and_then(|stored| stored.value.settings.get(FOLDER).cloned()).unwrap_or_default();
        Ok((self.folder_from(&folder), !folder.trim().is_empty()))
    }

    /// Whether a file is open to the network: below an open folder, or below the connection's own.
    #[must_use]
    pub fn is_open(&self, file: &Path, own: Option<&Path>) -> bool {
        self.roots.get().is_some_and(|roots| roots.is_open(file)) || own.is_some_and(|own| is_below(file, own))
    }

    /// Where a secret of a connection is sealed for.
    #[must_use]
    pub fn seal_context(connection: &StoredConnection, secret: &str) -> String {
        Self::place_of(&connection.id, secret)
    }

    /// The same by the id of the connection.
    #[must_use]
    pub fn place_of(id: &str, secret: &str) -> String {
        format!("{id}/{secret}")
    }

    /// Opens a stored connection, without keeping it.
    ///
    /// # Errors
    /// Secrets that cannot be unsealed, settings that the connector refuses.
    pub fn open_stored(&self, stored: &StoredConnection) -> Result<Arc<dyn Connection>, Problem> {
        let spec = connectors::find(&stored.connector)
            .ok_or_else(|| Problem::new("connection_unknown").arg("name", stored.name.clone()))?;
        let mut settings: BTreeMap<String, String> = stored.settings.clone();
        for setting in spec.settings.iter().filter(|setting| !setting.secret) {
            if let Some(default) = setting.default {
                settings.entry(setting.name.into()).or_insert_with(|| default.into());
            }
        }
        // A file must not depend on where the server was started.
        if spec.settings.iter().any(|setting| setting.name == FOLDER) {
            let folder = settings.get(FOLDER).map(String::as_str).unwrap_or_default();
            let whole = self.base.join(folder);
            settings.insert(FOLDER.into(), whole.display().to_string());
        }
        let mut secrets = BTreeMap::new();
        for (name, sealed) in &stored.sealed {
            let secret = self
                .sealer
                .unseal(&Self::seal_context(stored, name), sealed)
                .ok_or_else(|| Problem::new("secret_unreadable").arg("name", stored.name.clone()))?;
            secrets.insert(name.clone(), secret);
        }
        let granted =
            super::provider::granted::for_connection(&self.store, &self.tenant, &self.sealer, &self.now, stored);
        let request =
            OpenRequest { name: stored.name.clone(), settings, secrets, directory: self.directory(), granted };
        (spec.open)(request).map_err(|error| *error.problem)
    }

    /// The connection as it is stored, or built in; it must be of this connector.
    ///
    /// # Errors
    /// There is none of that name, or one of another type.
    pub async fn known(&self, name: &str, connector: &str) -> Result<StoredConnection, Problem> {
        let failed = |error: StoreError| *idflow_sdk::Error::from(error).problem;
        let stored = match self.built_in(name, connector) {
            Some(stored) => stored,
            None => match catalogue::connection(&*self.store, &self.tenant, name).await.map_err(failed)? {
                Some(stored) => stored.value,
                None => return Err(Problem::new("connection_unknown").arg("name", name)),
            },
        };
        if stored.connector != connector {
            return Err(Problem::new("connection_other_type")
                .arg("name", name)
                .arg("found", stored.connector)
                .arg("wanted", connector));
        }
        Ok(stored)
    }

    fn built_in(&self, name: &str, connector: &str) -> Option<StoredConnection> {
        let built_in = is_local(connector) || (connector == connectors::IMPORT.name && name == IMPORT);
        built_in.then(|| StoredConnection {
            id: name.into(),
            name: name.into(),
            connector: connector.into(),
            settings: BTreeMap::new(),
            sealed: BTreeMap::new(),
            sealed_at: BTreeMap::new(),
            created: 0,
            changed: 0,
            tested: None,
        })
    }
}

/// Whether the objects of this connector are the tenant's own.
fn is_local(connector: &str) -> bool {
    connectors::find(connector).is_some_and(|spec| spec.local)
}

/// The connections of all tenants of a store.
pub struct AllConnections {
    store: Store,
    sealer: Arc<Sealer>,
    base: PathBuf,
    scratch: Arc<OnceLock<PathBuf>>,
    roots: Arc<OnceLock<Arc<Roots>>>,
    now: Now,
    tenants: Mutex<HashMap<Tenant, Arc<Connections>>>,
}

impl AllConnections {
    /// Over a store; relative folders begin at `base`.
    #[must_use]
    pub fn new(store: Store, sealer: Arc<Sealer>, base: PathBuf, clock: Arc<dyn Clock>) -> Self {
        let now: Now = Arc::new(move || clock.now_ms());
        let (scratch, roots) = Default::default();
        Self { store, sealer, base, scratch, roots, now, tenants: Mutex::default() }
    }

    /// Uploaded files are unsealed in this folder as long as they are read.
    pub fn unseals_in(&self, folder: PathBuf) {
        let _ = self.scratch.set(folder);
    }

    /// Below these folders files are read for whoever comes over the network.
    pub fn opens(&self, roots: Arc<Roots>) {
        let _ = self.roots.set(roots);
    }

    /// Those of a tenant; the same ones each time.
    #[must_use]
    pub fn of(&self, tenant: &Tenant) -> Arc<Connections> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let (store, sealer, base) = (self.store.clone(), self.sealer.clone(), self.base.clone());
            let mut made = Connections::new(store, tenant.clone(), sealer, base, self.now.clone());
            made.scratch = self.scratch.clone();
            made.roots = self.roots.clone();
            made
        };
        tenants.entry(tenant.clone()).or_insert_with(|| Arc::new(new())).clone()
    }
}

impl Tenants for AllConnections {
    fn of(&self, tenant: &Tenant) -> Arc<dyn Connect> {
        self.of(tenant)
    }
}

/// What this compiler finds in a text.
pub(super) fn sign(id: &str, text: &str) -> Signature {
    let environment = workflow::Environment { connectors: connectors::ALL, ..Default::default() };
    let outcome = aside(|| workflow::compile(id, text, &environment));
    Signature::new(match outcome.workflow {
        Some(workflow) => Ok(Summary::of(&workflow)),
        None => {
            let first = outcome.diagnostics.iter().find(|finding| finding.severity == Severity::Error);
            Err(first.map(|finding| findings::as_stored(finding, &Source::new(id, text))).unwrap_or_default())
        }
    })
}

impl Connections {
    /// Compiles a stored version and keeps what was found beside it.
    async fn sign(&self, id: &str, version: u64) -> Result<Option<Signature>, StoreError> {
        let Some(stored) = catalogue::version(&*self.store, &self.tenant, id, version).await? else { return Ok(None) };
        let signature = sign(id, &stored.text);
        let mut batch = Batch::default();
        catalogue::put_signature(&mut batch, &self.tenant, id, version, &signature)?;
        // It can be made again at any time.
        if let Err(error) = self.store.commit(batch).await {
            tracing::debug!(%error, workflow = id, version, "the signature of a workflow is not kept");
        }
        Ok(Some(signature))
    }
}

#[async_trait]
impl Connect for Connections {
    async fn open(&self, name: &str, connector: &str) -> Result<Arc<dyn Connection>, Problem> {
        let stored = self.known(name, connector).await?;
        let key = format!("{connector}/{name}");
        let lock = || self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((changed, connection)) = lock().get(&key)
            && *changed == stored.changed
        {
            return Ok(connection.clone());
        }
        let mut connection = self.open_stored(&stored)?;
        if connector == connectors::IMPORT.name && name == IMPORT {
            connection = Arc::new(Unsealing {
                inner: connection,
                store: self.store.clone(),
                tenant: self.tenant.clone(),
                sealer: self.sealer.clone(),
                scratch: self.scratch.get().cloned().unwrap_or_else(|| self.base.join(folder::FOLDER)),
            });
        }
        lock().insert(key, (stored.changed, connection.clone()));
        Ok(connection)
    }

    async fn may_read(&self, name: &str, connector: &str, params: &Params) -> Result<(), Problem> {
        let path = params.text("path").unwrap_or_default();
        if connector != connectors::IMPORT.name || (name == IMPORT && is_uploaded(path)) {
            return Ok(());
        }
        let (folder, own) = self.files_of(name).await.map_err(|error| *idflow_sdk::Error::from(error).problem)?;
        let whole = folder.join(path);
        match aside(|| self.is_open(&whole, own.then_some(&*folder))) {
            true => Ok(()),
            false => Err(Problem::new("folder_closed").arg("folder", whole.display().to_string())),
        }
    }

    fn link_name(&self, name: &str, connector: &str) -> String {
        // The tenant's own objects are one system, whatever an alias calls it.
        if is_local(connector) { connector.into() } else { name.into() }
    }

    async fn system(&self, name: &str, connector: &str) -> Result<String, StoreError> {
        let stored = match self.built_in(name, connector) {
            Some(_) => None,
            None => catalogue::connection(&*self.store, &self.tenant, name).await?,
        };
        let system =
            connectors::find(connector).zip(stored).and_then(|(spec, stored)| spec.system(&stored.value.settings));
        Ok(match system {
            Some(system) => format!("{connector} {system}"),
            None => self.link_name(name, connector),
        })
    }

    async fn settings(&self, name: &str, connector: &str) -> Result<serde_json::Value, StoreError> {
        if self.built_in(name, connector).is_some() {
            return Ok(serde_json::json!({"name": name}));
        }
        let stored = catalogue::connection(&*self.store, &self.tenant, name).await?;
        let mut settings = serde_json::Map::new();
        if let Some(spec) = connectors::find(connector) {
            for setting in spec.settings.iter().filter(|setting| !setting.secret) {
                let given = stored.as_ref().and_then(|stored| stored.value.settings.get(setting.name).cloned());
                let value = given.or_else(|| setting.default.map(ToString::to_string)).unwrap_or_default();
                settings.insert(setting.name.into(), value.into());
            }
        }
        settings.insert("name".into(), name.into());
        Ok(settings.into())
    }

    fn compile(&self, text: &str) -> Result<Arc<Workflow>, String> {
        let content = workflow::content_of(text);
        if let Some(workflow) = self.compiled(&content) {
            return Ok(workflow);
        }
        let environment = workflow::Environment { connectors: connectors::ALL, ..Default::default() };
        let outcome = aside(|| workflow::compile("workflow", text, &environment));
        let workflow = outcome.workflow.map(Arc::new).ok_or_else(|| {
            outcome
                .diagnostics
                .first()
                .map_or_else(String::new, |finding| format!("{}: {}", finding.code, finding.message.en))
        })?;
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.keep(content, text.len(), workflow.clone());
        Ok(workflow)
    }

    fn compiled(&self, content: &str) -> Option<Arc<Workflow>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(content)
    }

    async fn signatures(&self, versions: &[(&str, u64)]) -> Result<Vec<Option<Arc<Signature>>>, StoreError> {
        let memory = || self.signatures.lock().unwrap_or_else(PoisonError::into_inner);
        let owned = |(id, version): (&str, u64)| (id.to_string(), version);
        let mut found: Vec<Option<Arc<Signature>>> = {
            let mut memory = memory();
            versions.iter().map(|version| memory.get(&owned(*version)).cloned()).collect()
        };
        let asked: Vec<usize> = (0..versions.len()).filter(|index| found[*index].is_none()).collect();
        let keys: Vec<(&str, u64)> = asked.iter().map(|index| versions[*index]).collect();
        let kept = catalogue::signatures::<Signature>(&*self.store, &self.tenant, &keys).await?;
        for (index, kept) in asked.into_iter().zip(kept) {
            let (id, version) = versions[index];
            let signature = match kept.filter(Signature::is_current) {
                Some(signature) => Some(signature),
                None => self.sign(id, version).await?,
            };
            let Some(signature) = signature.map(Arc::new) else { continue };
            memory().insert(owned(versions[index]), signature.clone());
            found[index] = Some(signature);
        }
        Ok(found)
    }

    fn words(&self, problem: &Problem) -> Words {
        let shown = super::problem_words::show(problem);
        Words { code: shown.code, reason: shown.reason.zh, hint: shown.hint.zh }
    }

    fn is_sickness(&self, problem: &Problem) -> bool {
        use idflow_sdk::Class;
        matches!(super::problem_words::show(problem).class, Class::Configuration | Class::Temporary | Class::Unknown)
    }

    fn status_text(&self, status: Status) -> String {
        status.words().zh.into()
    }

    fn connectors(&self) -> &'static [&'static ConnectorSpec] {
        connectors::ALL
    }
}
