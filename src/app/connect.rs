//! Open connections for the engine: looked up by name, unsealed, opened once and kept until their settings change.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use idflow_sdk::{Connection, ConnectorSpec, OpenRequest, Problem, directory::DirectoryStore};

use super::seal::Sealer;
use crate::{
    connectors,
    engine::{Connect, Words},
    model::{id::Tenant, run::Status},
    store::{Store, catalogue, catalogue::StoredConnection, directory::Directory},
    workflow::{self, compiled::Workflow},
};

/// The built-in connection that `directory import` reads through.
pub const IMPORT: &str = "import";
/// The name that links know the tenant's directory by.
pub const DIRECTORY: &str = "directory";

/// The setting that names a folder of this machine.
pub const FOLDER: &str = "folder";

/// Compiled workflows that are kept.
const MOST_COMPILED: usize = 512;

/// An open connection, and when its settings were changed last.
type Opened = (i64, Arc<dyn Connection>);

/// Connections of one tenant.
pub struct Connections {
    store: Store,
    tenant: Tenant,
    sealer: Arc<Sealer>,
    /// Where relative folders begin, wherever the program was started.
    base: PathBuf,
    open: Mutex<HashMap<String, Opened>>,
    /// By content hash.
    compiled: Mutex<HashMap<String, Arc<Workflow>>>,
}

impl Connections {
    /// The connections of this tenant.
    #[must_use]
    pub fn new(store: Store, tenant: Tenant, sealer: Arc<Sealer>, base: PathBuf) -> Self {
        Self { store, tenant, sealer, base, open: Mutex::default(), compiled: Mutex::default() }
    }

    /// The tenant's directory.
    #[must_use]
    pub fn directory(&self) -> Arc<dyn DirectoryStore> {
        Arc::new(Directory::new(self.store.clone(), self.tenant.clone()))
    }

    /// Where a secret of a connection is sealed for.
    #[must_use]
    pub fn place(connection: &StoredConnection, secret: &str) -> String {
        format!("{}/{secret}", connection.id)
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
                .unseal(&Self::place(stored, name), sealed)
                .ok_or_else(|| Problem::new("secret_unreadable").arg("name", stored.name.clone()))?;
            secrets.insert(name.clone(), secret);
        }
        let request = OpenRequest { name: stored.name.clone(), settings, secrets, directory: self.directory() };
        match connectors::open(&stored.connector, request) {
            Some(Ok(connection)) => Ok(connection),
            Some(Err(error)) => Err(*error.problem),
            None => Err(Problem::new("connection_unknown").arg("name", stored.name.clone())),
        }
    }

    /// The connection as it is stored, or built in; it must be of this connector.
    ///
    /// # Errors
    /// There is none of that name, or one of another type.
    pub async fn known(&self, name: &str, connector: &str) -> Result<StoredConnection, Problem> {
        let failed = |error: crate::store::StoreError| *idflow_sdk::Error::from(error).problem;
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
        let built_in = connector == "directory" || (connector == "csv" && name == IMPORT);
        built_in.then(|| StoredConnection {
            id: name.into(),
            name: name.into(),
            connector: connector.into(),
            settings: BTreeMap::new(),
            sealed: BTreeMap::new(),
            created: 0,
            changed: 0,
        })
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
        let connection = self.open_stored(&stored)?;
        lock().insert(key, (stored.changed, connection.clone()));
        Ok(connection)
    }

    fn link_name(&self, name: &str, connector: &str) -> String {
        if connector == "directory" { DIRECTORY.into() } else { name.into() }
    }

    async fn system(&self, name: &str, connector: &str) -> String {
        // What tells companies apart is the same that two connections must not share with another app.
        let settings = self.settings(name, connector).await;
        match settings["corp_id"].as_str().filter(|corp| !corp.is_empty()) {
            Some(corp) => format!("{connector} {corp}"),
            None => self.link_name(name, connector),
        }
    }

    async fn settings(&self, name: &str, connector: &str) -> serde_json::Value {
        if self.built_in(name, connector).is_some() {
            return serde_json::json!({"name": name});
        }
        let stored = catalogue::connection(&*self.store, &self.tenant, name).await.ok().flatten();
        let mut settings = serde_json::Map::new();
        if let Some(spec) = connectors::find(connector) {
            for setting in spec.settings.iter().filter(|setting| !setting.secret) {
                let given = stored.as_ref().and_then(|stored| stored.value.settings.get(setting.name).cloned());
                let value = given.or_else(|| setting.default.map(ToString::to_string)).unwrap_or_default();
                settings.insert(setting.name.into(), value.into());
            }
        }
        settings.insert("name".into(), name.into());
        settings.into()
    }

    fn compile(&self, text: &str) -> Result<Arc<Workflow>, String> {
        let content = workflow::content_of(text);
        if let Some(workflow) = self.compiled(&content) {
            return Ok(workflow);
        }
        let outcome = workflow::compile(
            "workflow",
            text,
            &workflow::Environment { connectors: connectors::ALL, ..Default::default() },
        );
        let workflow = outcome.workflow.map(Arc::new).ok_or_else(|| {
            outcome
                .diagnostics
                .first()
                .map_or_else(String::new, |finding| format!("{}: {}", finding.code, finding.message.en))
        })?;
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        // Texts come and go as they are edited; there is no order worth keeping among so few.
        if compiled.len() >= MOST_COMPILED {
            compiled.clear();
        }
        compiled.insert(content, workflow.clone());
        Ok(workflow)
    }

    fn compiled(&self, content: &str) -> Option<Arc<Workflow>> {
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.get(content).cloned()
    }

    fn words(&self, problem: &Problem) -> Words {
        let shown = super::words::show(problem);
        Words { code: shown.code, reason: shown.reason.zh, hint: shown.hint.zh }
    }

    fn is_sickness(&self, problem: &Problem) -> bool {
        use idflow_sdk::Class;
        matches!(super::words::show(problem).class, Class::Configuration | Class::Temporary | Class::Unknown)
    }

    fn status_text(&self, status: Status) -> String {
        super::words::status(status).zh.into()
    }

    fn connectors(&self) -> &'static [&'static ConnectorSpec] {
        connectors::ALL
    }
}
