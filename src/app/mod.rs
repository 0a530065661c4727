//! The application: what the product can do, behind one handle. The HTTP API exposes it, and the command line speaks to
//! that API only, so there is one way to do each thing.

pub mod accounts;
mod activation;
mod approving;
pub mod audit;
mod backup;
mod bundle;
pub mod callbacks;
pub mod caller;
pub mod compiler;
pub mod connect;
pub mod connections;
mod contested;
mod desk;
pub mod directory;
pub mod drafts;
pub mod error;
pub mod expected;
pub mod export;
mod failed_calls;
pub mod failures;
pub mod findings;
mod guarded;
mod house_numbers;
pub mod idempotency;
pub mod item_words;
mod items;
pub mod live;
pub mod mask;
pub mod matching;
pub mod messages;
mod names;
mod node_name;
pub mod notify;
pub mod open_folders;
mod paging;
mod plan_sides;
pub mod plan_view;
pub mod playground;
pub mod prerequisites;
pub mod preview;
pub mod problem_words;
mod process;
pub mod proof;
pub mod provider;
pub mod reader;
pub mod rehearsal;
pub mod removals;
pub mod retention;
pub mod retry;
pub mod roots;
pub mod run_filter;
mod run_view;
pub mod runs;
pub mod seal;
mod sending;
pub mod sets;
mod settled;
pub mod setup;
pub mod site_files;
pub mod supervise;
pub mod template_bundles;
pub mod templates;
pub mod tenants;
mod unified_diff;
pub mod uploads;
pub mod versions;
pub mod webhooks;
pub mod why;
pub mod workflows;
mod written_runs;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub use caller::Caller;
pub use desk::Desk;
pub use error::AppError;

use crate::{
    engine::{Engine, Node, clock::Clock, disk_space::Room},
    model::{
        id::{RunId, Tenant},
        time::time,
    },
    store::{Store, folder, location::Location},
    trigger::webhook::Webhooks,
};
use connect::{AllConnections, Connections};
use seal::Sealer;

/// What an application is built from.
#[derive(Clone)]
pub struct Settings {
    /// The data folder: the master key, and the store unless that is elsewhere.
    pub data_dir: PathBuf,
    /// The store.
    pub store: Location,
    /// The master key in hex, if it does not come from the data folder.
    pub master_key: Option<String>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Bytes that must be free on the disk of the data folder for a new run; 0: nobody looks.
    pub disk_floor: u64,
    /// How many small runs may be at work at once; by default that depends on the cores.
    pub at_work: Option<usize>,
}

impl Settings {
    /// The folders that belong to idflow alone.
    fn folders(&self) -> impl Iterator<Item = &Path> {
        let store = match &self.store {
            Location::Folder(folder) if *folder != self.data_dir => Some(folder.as_path()),
            _ => None,
        };
        let data = (!matches!(self.store, Location::Memory)).then_some(self.data_dir.as_path());
        data.into_iter().chain(store)
    }
}

/// The application, as it is for one tenant; [`App::of`] gives that of another one. Cheap to clone: store, engine and all
/// that goes on in the background are there once for all tenants.
#[derive(Clone)]
pub struct App {
    store: Store,
    tenant: Tenant,
    connections: Arc<Connections>,
    sealer: Arc<Sealer>,
    engine: Engine,
    all: Arc<ForAll>,
}

/// What all tenants share beside the store and the engine.
struct ForAll {
    connections: Arc<AllConnections>,
    webhooks: Webhooks,
    callbacks: callbacks::Callbacks,
    background: Arc<supervise::Supervisor>,
    accounts: Arc<accounts::Accounts>,
    oidc: accounts::ways::oidc_provider::Oidc,
    live: Arc<live::Live>,
    playgrounds: playground::Playgrounds,
    people: matching::people_lists::Lists,
    uncounted: paging::Uncounted,
    written_runs: written_runs::WrittenRuns,
    /// Held while the items of a run are indexed: whoever else asks for them meanwhile waits for that.
    indexing: tokio::sync::Mutex<()>,
    /// The address under which people reach the server, without a slash at its end.
    public: std::sync::OnceLock<String>,
    /// The address at which it listens on this machine, likewise.
    local: std::sync::OnceLock<String>,
    /// The data folder: uploaded files lie there.
    data_dir: PathBuf,
    /// Folders below which files are read for whoever comes over the network.
    roots: Arc<open_folders::Roots>,
    /// Whether other processes work on the same store.
    shared: bool,
    /// Which store it is, see [`Location::place`].
    place: String,
    /// What others could read before this start.
    was_open: Option<folder::WasOpen>,
    /// Held as long as the application lives.
    _place: Option<node_name::NodeName>,
}

/// How often a node looks for what others left out of the audit.
const AUDIT_LOOK: std::time::Duration = std::time::Duration::from_secs(300);

/// The folder in which the data folder lies: with the default data folder, the one where idflow is used.
fn beside(data_dir: &std::path::Path) -> std::path::PathBuf {
    let whole = std::path::absolute(data_dir).unwrap_or_else(|_| data_dir.to_path_buf());
    whole.parent().map_or(whole.clone(), std::path::Path::to_path_buf)
}

impl App {
    /// Opens store and data folder. Nothing runs yet; see [`App::recover`].
    ///
    /// # Errors
    /// A folder that cannot be used, or that another process uses.
    pub async fn open(settings: Settings) -> Result<Self, AppError> {
        let mut was_open = None;
        for folder in settings.folders() {
            let closed = folder::close(folder);
            let refused = |error: std::io::Error| AppError::invalid("folder_not_closed").arg("what", error.to_string());
            was_open = was_open.or(closed.map_err(refused)?);
        }
        let store = settings.store.open().await?;
        for folder in settings.folders() {
            folder::close_files(folder);
        }
        Self::begin(store, settings, was_open).await
    }

    /// The same over a store that is open already, in the place of the one that the settings name.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn over(store: Store, settings: Settings) -> Result<Self, AppError> {
        Self::begin(store, settings, None).await
    }

    async fn begin(store: Store, settings: Settings, was_open: Option<folder::WasOpen>) -> Result<Self, AppError> {
        let in_folder = matches!(settings.store, Location::Folder(_));
        let tenant = Tenant::default_tenant();
        let key = settings.data_dir.join("master.key");
        if settings.master_key.is_none() && !key.exists() {
            seal::refuse_lost_key(&*store, &key).await?;
        }
        if settings.store.is_shared() {
            // A store in a folder has made it already.
            folder::make(&settings.data_dir).map_err(|error| {
                let refused = AppError::invalid("data_folder_failed").arg("what", error.to_string());
                refused.arg("folder", settings.data_dir.display().to_string())
            })?;
        }
        let sealer = Arc::new(seal::keys(&*store, settings.master_key.as_deref(), &key).await?);
        let base = beside(&settings.data_dir);
        let connections = AllConnections::new(store.clone(), sealer.clone(), base, settings.clock.clone());
        connections.unseals_in(settings.data_dir.join(uploads::folder::FOLDER));
        let roots = Arc::new(open_folders::Roots::new(&settings.data_dir));
        connections.opens(roots.clone());
        let connections = Arc::new(connections);
        let store_place = settings.store.place();
        let place = match settings.store.is_shared() {
            true => node_name::NodeName::take(&settings.data_dir),
            false => None,
        };
        let node = Node {
            shared: settings.store.is_shared(),
            place: place.as_ref().map(|place| place.name.clone()),
            at_work: settings.at_work,
        };
        let recorder = Arc::new(audit::Recorder::new(store.clone(), settings.clock.clone()));
        // A store that cannot be read here is told of by whatever needs it.
        if let Err(error) = recorder.recover(settings.store.is_shared()).await {
            tracing::warn!(%error, "deeds of a process that ended are not in the audit yet");
        }
        let accounts = Arc::new(accounts::Accounts::new(store.clone(), settings.clock.clone(), recorder));
        let data_dir = settings.data_dir.clone();
        let engine = Engine::new(store.clone(), &tenant, settings.clock, connections.clone(), node);
        if settings.disk_floor > 0 && in_folder {
            let folder = settings.data_dir.clone();
            let free = Box::new(move || fs4::available_space(&folder).ok());
            engine.guard(Room { floor: settings.disk_floor, free });
        }
        let all = ForAll {
            place: store_place,
            data_dir,
            roots,
            connections: connections.clone(),
            webhooks: Webhooks::default(),
            callbacks: callbacks::Callbacks::default(),
            background: Arc::default(),
            accounts,
            oidc: Default::default(),
            live: Arc::default(),
            playgrounds: playground::Playgrounds::default(),
            people: Default::default(),
            uncounted: paging::Uncounted::default(),
            written_runs: written_runs::WrittenRuns::default(),
            indexing: tokio::sync::Mutex::default(),
            public: std::sync::OnceLock::new(),
            local: std::sync::OnceLock::new(),
            shared: settings.store.is_shared(),
            was_open,
            _place: place,
        };
        let connections = connections.of(&tenant);
        Ok(Self { store, tenant, connections, sealer, engine, all: Arc::new(all) })
    }

    /// The application as it is for a tenant. Whether there is such a tenant, and whether somebody may see it, is decided
    /// before; see [`App::tenant_of_request`].
    #[must_use]
    pub fn of(&self, tenant: &Tenant) -> Self {
        Self {
            store: self.store.clone(),
            tenant: tenant.clone(),
            connections: self.all.connections.of(tenant),
            sealer: self.sealer.clone(),
            engine: self.engine.of(tenant),
            all: self.all.clone(),
        }
    }

    /// People reach the server at this address.
    pub fn reached_at(&self, url: &str) {
        let _ = self.all.public.set(url.trim_end_matches('/').to_string());
    }

    /// The address under which people reach the server, if it has one.
    #[must_use]
    pub fn public_url(&self) -> Option<&str> {
        self.all.public.get().map(String::as_str)
    }

    /// What others on this machine could read until this start, which closed it.
    #[must_use]
    pub fn was_open(&self) -> Option<&folder::WasOpen> {
        self.all.was_open.as_ref()
    }

    /// Goes on with what a stopped process left behind, in all tenants; gives those runs.
    pub async fn recover(&self) -> Result<Vec<RunId>, AppError> {
        Ok(self.engine.recover().await?)
    }

    /// Records again and again what other nodes began and did not live to record.
    pub async fn audit_always(&self) {
        loop {
            if let Err(error) = self.who().recorder().recover(self.all.shared).await {
                tracing::warn!(%error, "deeds of a process that ended are not in the audit yet");
            }
            tokio::time::sleep(AUDIT_LOOK).await;
        }
    }

    /// Which store this is, in words without anything secret.
    #[must_use]
    pub fn store_place(&self) -> &str {
        &self.all.place
    }

    /// Whether the store answers.
    pub async fn store_answers(&self) -> bool {
        self.store.get(&[crate::store::keys::META]).await.is_ok()
    }

    /// Completes when somebody else has begun to change the master key, and this process has not both keys: what it would seal
    /// from then on, nobody could open. Over a store of its own there is nobody else.
    pub async fn key_is_changed(&self) -> AppError {
        if !self.all.shared {
            std::future::pending::<()>().await;
        }
        loop {
            tokio::time::sleep(seal::LOOK).await;
            match seal::still_fits(&*self.store, &self.sealer).await {
                Err(error) if matches!(error.kind, error::RefusalKind::Conflict) => return error,
                // What the store cannot tell now it tells at the next look.
                _ => {}
            }
        }
    }

    /// What goes on in the background of a server.
    #[must_use]
    pub fn background(&self) -> &Arc<supervise::Supervisor> {
        &self.all.background
    }

    /// Who there is, and how they prove it.
    #[must_use]
    pub fn who(&self) -> &Arc<accounts::Accounts> {
        &self.all.accounts
    }

    /// The engine, for triggers.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The tenant that this is about.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    fn now(&self) -> i64 {
        self.engine.core().clock.now_ms()
    }
}
