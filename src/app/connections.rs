//! Connections: which there are, where each is used, and when one can go. How they are added and changed stands in `change`,
//! how they are tried in `trial`, what connectors ask for in `form`.

use idflow_sdk::{ConnectorSpec, Identity, NextKind, Problem};

use super::{App, AppError, Desk, error::about_connection, expected, expected::Expected, paging, problem_words, time};
use crate::{
    connectors,
    contract::{
        connection::{Connection, ConnectionUse, RemovedConnection, SecretSet, Sick, Tested},
        page::{Page, Paging},
        problem::{Next, Text},
    },
    engine::Connect,
    store::{
        Batch, catalogue,
        catalogue::{StoredConnection, WorkflowState},
        codec::Loaded,
        decisions, departures, examinations, failing_connections, freed_keys,
        identities::Account,
        links, renamed_keys,
    },
    workflow::suggest,
};

pub(super) mod address;
mod change;
mod examine;
pub(super) mod form;
mod scope;
mod trial;

impl App {
    /// All connections.
    pub async fn connections(&self, wanted: &Paging) -> Result<Page<Connection>, AppError> {
        let sick = failing_connections::all(&*self.store, &self.tenant).await?;
        let stored = catalogue::connections(&*self.store, &self.tenant).await?;
        let shown = |stored: &StoredConnection| {
            let sick = sick.iter().find(|sick| sick.connection == stored.name).map(sickness);
            Connection { sick, ..view(stored) }
        };
        paging::cut(stored.iter().map(shown).collect(), wanted.limit, wanted.cursor.as_deref())
    }

    /// One connection, and which workflows use it, with their steps.
    ///
    /// # Errors
    /// An unknown name, the store.
    pub async fn connection(&self, name: &str) -> Result<Connection, AppError> {
        let stored = self.stored_connection(name).await?;
        let mut view = view(&stored.value);
        let uses = self.users_of(name).await?;
        view.workflows = Some(uses.iter().map(|one| one.workflow.clone()).collect());
        view.uses = Some(uses);
        view.links = Some(links::count(&*self.store, &self.tenant, name).await?);
        view.callbacks = self.callbacks(name).await?;
        Ok(view)
    }

    /// Removes a connection. One that a workflow names, or through which objects are linked, stays: the links say which
    /// account is whose.
    ///
    /// # Errors
    /// An unknown name, a connection in use, the store.
    pub async fn remove_connection(&self, name: &str) -> Result<RemovedConnection, AppError> {
        self.remove_connection_if(name, &Expected::Anything).await
    }

    /// The same, as long as the connection is as it was expected.
    ///
    /// # Errors
    /// As [`App::remove_connection`]; [`super::error::RefusalKind::Stale`].
    pub async fn remove_connection_if(&self, name: &str, expected: &Expected) -> Result<RemovedConnection, AppError> {
        let stored = self.stored_connection(name).await?;
        expected.check(Some(&tag(&stored.value)), || look(name))?;
        let users = self.users_of(name).await?;
        if !users.is_empty() {
            let users: Vec<&str> = users.iter().map(|one| one.workflow.as_str()).collect();
            return Err(AppError::conflict("connection_in_use").arg("name", name).arg("workflows", users.join(", ")));
        }
        let links = links::count(&*self.store, &self.tenant, name).await?;
        if links > 0 {
            return Err(AppError::conflict("connection_linked").arg("name", name).arg("number", links.to_string()));
        }
        let mut batch = Batch::default();
        catalogue::drop_connection(&mut batch, &self.tenant, &stored);
        if let Some(account) = account(&stored.value) {
            self.free_account(&mut batch, &account, name).await?;
        }
        failing_connections::clear(&mut batch, &self.tenant, name);
        examinations::drop(&mut batch, &self.tenant, name);
        self.drop_receivers(&mut batch, &stored.value);
        self.drop_provider_way(&mut batch, &stored.value).await?;
        self.forget_objects(&mut batch, name).await?;
        self.store.commit(batch).await?;
        Ok(RemovedConnection { name: name.into(), removed: true })
    }

    /// Forgets what is known of the objects of a connection by their keys, because it goes, or leads to another system from now
    /// on: there the same keys are somebody else. Gives how many decisions of people were among that.
    async fn forget_objects(&self, batch: &mut Batch, name: &str) -> Result<u64, AppError> {
        let (store, tenant) = (&*self.store, &self.tenant);
        departures::end_connection(store, batch, tenant, name).await?;
        renamed_keys::forget_all(store, batch, tenant, name).await?;
        freed_keys::forget_all(store, batch, tenant, name).await?;
        Ok(decisions::forget(store, batch, tenant, name).await?)
    }

    /// The workflows that name a connection, in the version that is active or in the newest; not those that are put away.
    async fn users_of(&self, name: &str) -> Result<Vec<ConnectionUse>, AppError> {
        let mut users: Vec<ConnectionUse> = Vec::new();
        for head in catalogue::workflows(&*self.store, &self.tenant).await? {
            if head.state == WorkflowState::Archived {
                continue;
            }
            let mut found = ConnectionUse {
                workflow: head.id.clone(),
                name: None,
                state: super::workflows::state(head.state),
                versions: Vec::new(),
                aliases: Vec::new(),
                steps: Vec::new(),
            };
            for version in [head.active, Some(head.latest)].into_iter().flatten() {
                if found.versions.contains(&version) {
                    continue;
                }
                let text = self.workflow_text(&head.id, Some(version)).await?.text;
                // One that this version of idflow cannot compile may still be meant to be mended: its text tells.
                let Ok(compiled) = self.connections.compile(&text) else {
                    if text.contains(name) {
                        found.versions.push(version);
                    }
                    continue;
                };
                found.name = Some(Text { zh: compiled.name.zh.clone(), en: compiled.name.en.clone() });
                let mut named = false;
                for (place, alias) in compiled.connections.iter().enumerate() {
                    if alias.reference != name {
                        continue;
                    }
                    named = true;
                    push(&mut found.aliases, &alias.alias);
                    for step in compiled.steps.iter().chain(&compiled.finally) {
                        if step.uses().is_some_and(|uses| uses.connection == place) {
                            push(&mut found.steps, &step.id);
                        }
                    }
                }
                if named {
                    found.versions.push(version);
                }
            }
            if !found.versions.is_empty() {
                users.push(found);
            }
        }
        Ok(users)
    }
}

fn push(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.into());
    }
}

impl Desk<'_> {
    /// A connection with what the caller may do with it.
    #[must_use]
    pub fn with_connection_verbs(&self, view: Connection) -> Connection {
        Connection { allowed: self.caller.verbs_of_connection(), ..view }
    }

    /// All connections, each with what the caller may do with it.
    pub async fn list_connections(&self, wanted: &Paging) -> Result<Page<Connection>, AppError> {
        let page = self.connections(wanted).await?;
        let items = page.items.into_iter().map(|view| self.with_connection_verbs(view)).collect();
        Ok(Page { items, next: page.next, total: page.total })
    }
}

impl App {
    /// A connection as it is stored; where there is none of that name, the one that was probably meant is told.
    pub(super) async fn stored_connection(&self, name: &str) -> Result<Loaded<StoredConnection>, AppError> {
        if let Some(stored) = catalogue::connection(&*self.store, &self.tenant, name).await? {
            return Ok(stored);
        }
        let all = catalogue::connections(&*self.store, &self.tenant).await?;
        Err(match suggest::nearest(name, all.iter().map(|stored| stored.name.as_str())) {
            Some(similar) => unknown(name).arg(problem_words::SIMILAR, similar),
            None => unknown(name),
        })
    }
}

/// What is known of a connection that does not work.
pub(super) fn sickness(sick: &failing_connections::Sick) -> Sick {
    Sick {
        failures: sick.failures,
        since: time(sick.since),
        rests_until: time(sick.until),
        error: problem_words::show(&sick.problem),
    }
}

/// The same, about the setting that tells systems apart.
fn identity_field(spec: &ConnectorSpec, error: AppError) -> AppError {
    match spec.identities(Identity::System).next() {
        Some(setting) => error.field(format!("settings.{}", setting.name)),
        None => error,
    }
}

/// The account of another system that a connection leads to, if its settings tell.
pub(super) fn account(stored: &StoredConnection) -> Option<Account> {
    let account = connectors::find(&stored.connector)?.account(&stored.settings)?;
    Some(Account::new(&stored.connector, &account))
}

/// The settings that identify an account, as they are called.
fn identity_names(connector: &str) -> String {
    let settings = connectors::find(connector).map(|spec| spec.settings).unwrap_or_default();
    let telling = settings.iter().filter(|setting| form::tells_apart(setting));
    telling.map(|setting| setting.name).collect::<Vec<_>>().join(" + ")
}

pub(super) fn unknown(name: &str) -> AppError {
    AppError::not_found("connection_missing").arg("name", name)
}

/// Settings that do not go together, with the one to look at.
fn not_usable(spec: &ConnectorSpec, problem: &Problem) -> AppError {
    let error = AppError::invalid("connection_wrong").because(problem_words::show(problem));
    match form::place_of(spec, problem) {
        Some(place) => error.field(place),
        None => error,
    }
}

/// The tag of how a connection is. Being tried makes no other one of it.
fn tag(stored: &StoredConnection) -> String {
    expected::tag(&StoredConnection { tested: None, ..stored.clone() })
}

fn view(stored: &StoredConnection) -> Connection {
    Connection {
        id: stored.id.clone(),
        name: stored.name.clone(),
        connector: stored.connector.clone(),
        title: stored.settings.get("title").unwrap_or(&stored.name).clone(),
        settings: stored.settings.clone(),
        secrets: stored.sealed.keys().cloned().collect(),
        secrets_set: stored
            .sealed
            .keys()
            .map(|name| SecretSet { name: name.clone(), set: stored.sealed_at.get(name).map(|at| time(*at)) })
            .collect(),
        created: time(stored.created),
        changed: time(stored.changed),
        sick: None,
        tested: stored.tested.map(|(at, ok)| Tested { at: time(at), ok }),
        workflows: None,
        uses: None,
        links: None,
        callbacks: Vec::new(),
        notices: Vec::new(),
        allowed: Vec::new(),
        etag: tag(stored),
    }
}

/// Where to look at a connection again.
fn look(name: &str) -> Next {
    about_connection(NextKind::ShowConnection, name)
}
