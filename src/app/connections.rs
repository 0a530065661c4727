//! Connections: add, change, list, test.

use std::collections::BTreeMap;

use idflow_sdk::{ConnectorSpec, Context, Identity, Meter, NextKind, Problem, Secret, text};

use super::{
    App, AppError, Desk,
    connect::Connections,
    error::about_connection,
    expected::{Expected, tag},
    paging, time, words,
};
use crate::{
    connectors,
    contract::{
        connection::{
            Connection, ConnectorSettings, NewConnection, RemovedConnection, Setting, Sick, TestFinding, TestReport,
        },
        page::{Page, Paging},
        plan::Reads,
        problem::{Next, Text},
    },
    engine::Connect,
    model::id::{is_snake_case, new_ulid},
    store::{
        Batch, catalogue,
        catalogue::{StoredConnection, WorkflowState},
        codec::Loaded,
        health,
        identities::{Account, Holder},
        links,
    },
    workflow::suggest,
};

/// How often a connection is looked at again when others are written at the same time.
const TRIES: usize = 16;

/// The connectors that have something to connect to.
fn connectable() -> String {
    let with_settings = connectors::ALL.iter().filter(|spec| !spec.settings.is_empty());
    with_settings.map(|spec| spec.name).collect::<Vec<_>>().join(", ")
}

impl App {
    /// Adds a connection, or changes the one of that name: what is not given stays.
    ///
    /// # Errors
    /// The setting that is wrong, and what to do about it. Nothing is stored then.
    pub async fn put_connection(&self, new: NewConnection) -> Result<Connection, AppError> {
        self.put_connection_if(new, &Expected::Anything).await
    }

    /// The same, as long as the connection is as it was expected.
    ///
    /// # Errors
    /// As [`App::put_connection`]; [`super::error::Kind::Stale`].
    pub async fn put_connection_if(&self, new: NewConnection, expected: &Expected) -> Result<Connection, AppError> {
        for _ in 0..TRIES {
            if let Some(view) = self.put_once(&new, expected).await? {
                return Ok(view);
            }
        }
        Err(crate::store::StoreError::Conflict.into())
    }

    /// The same; nothing when another connection was written meanwhile, so that what was looked at may be wrong by now.
    async fn put_once(&self, new: &NewConnection, expected: &Expected) -> Result<Option<Connection>, AppError> {
        let mark = catalogue::connections_mark(&*self.store, &self.tenant).await?;
        let mut notices = Vec::new();
        let spec = connectors::find(&new.connector).filter(|spec| !spec.settings.is_empty()).ok_or_else(|| {
            let error = AppError::invalid("connector_unknown").arg("connector", &new.connector);
            error.arg("names", connectable()).field("connector")
        })?;
        let name = text::trim(&new.name);
        if !is_snake_case(name) {
            return Err(AppError::invalid("connection_name_invalid").arg("name", name).field("name"));
        }
        if [super::connect::IMPORT, connectors::DIRECTORY.name].contains(&name) {
            return Err(AppError::conflict("connection_built_in").arg("name", name).field("name"));
        }
        let old = catalogue::connection(&*self.store, &self.tenant, name).await?;
        expected.check(old.as_ref().map(|old| tag(&old.value)).as_deref(), || look(name))?;
        if let Some(old) = &old
            && old.value.connector != new.connector
        {
            let error = AppError::conflict("connection_of_other_type").arg("name", name);
            return Err(error.arg("found", &old.value.connector).field("name"));
        }
        let now = self.now();
        let mut stored = old.as_ref().map_or_else(
            || StoredConnection {
                id: new_ulid(now),
                name: name.into(),
                connector: new.connector.clone(),
                settings: BTreeMap::new(),
                sealed: BTreeMap::new(),
                created: now,
                changed: now,
            },
            |old| old.value.clone(),
        );
        for (given, secret) in
            new.settings.iter().map(|entry| (entry, false)).chain(new.secrets.iter().map(|e| (e, true)))
        {
            let (key, value) = given;
            let Some(setting) = spec.settings.iter().find(|setting| setting.name == key) else {
                let names: Vec<&str> = spec.settings.iter().map(|setting| setting.name).collect();
                let error = AppError::invalid("setting_unknown").arg("connector", spec.name).arg("key", key);
                return Err(error.arg("names", names.join(", ")).field(format!("settings.{key}")));
            };
            if setting.secret && !secret {
                let error = AppError::invalid("setting_is_secret").arg("key", key).arg("name", name);
                return Err(error.field(format!("settings.{key}")));
            }
            if secret && !setting.secret {
                let error = AppError::invalid("secret_is_setting").arg("key", key).arg("name", name);
                return Err(error.field(format!("secrets.{key}")));
            }
            let trimmed = text::trim(value);
            if trimmed.len() < value.len() {
                notices.push(Text {
                    zh: format!("“{key}”：首尾的空白已去掉"),
                    en: format!("`{key}`: white space at the ends was dropped"),
                });
            }
            if let Some(check) = setting.check
                && let Err(problem) = check(trimmed)
            {
                let error = AppError::invalid("setting_wrong").arg("key", key).because(words::show(&problem));
                return Err(error.field(format!("{}.{key}", if secret { "secrets" } else { "settings" })));
            }
            if secret {
                let place = Connections::place(&stored, key);
                stored.sealed.insert(key.clone(), self.sealer.seal(&place, &Secret::new(trimmed.into()))?);
            } else {
                stored.settings.insert(key.clone(), trimmed.into());
            }
        }
        for setting in spec.settings.iter().filter(|setting| setting.required) {
            let there = stored.settings.contains_key(setting.name) || stored.sealed.contains_key(setting.name);
            if !there {
                let place = if setting.secret { "secrets" } else { "settings" };
                let error = AppError::invalid("setting_needed").arg("key", setting.name);
                return Err(error.words("doc", words::both(setting.doc)).field(format!("{place}.{}", setting.name)));
            }
        }
        self.connections.open_stored(&stored).map_err(|problem| not_usable(&problem))?;
        self.refuse_double(spec, &stored).await?;
        let mut batch = Batch::default();
        self.take_account(&mut batch, old.as_ref().map(|old| &old.value), &stored).await?;
        if let Some(old) = &old {
            self.refuse_another_company(spec, &old.value, &stored).await?;
        }
        stored.changed = now.max(stored.changed + 1);
        catalogue::put_connection(&mut batch, &self.tenant, old.as_ref(), &stored)?;
        catalogue::move_connections_mark(&mut batch, &self.tenant, mark.as_ref())?;
        let callbacks = match old {
            None => self.make_receivers(&mut batch, &stored)?,
            Some(_) => Vec::new(),
        };
        match self.store.commit(batch).await {
            Err(crate::store::StoreError::Conflict) => return Ok(None),
            done => done?,
        }
        self.receivers_changed(&stored);
        let mut view = view(&stored);
        view.callbacks = callbacks;
        view.notices = notices;
        Ok(Some(view))
    }

    /// The same account twice would sync the same people twice.
    async fn refuse_double(&self, spec: &ConnectorSpec, new: &StoredConnection) -> Result<(), AppError> {
        let Some(account) = spec.account(&new.settings) else { return Ok(()) };
        for other in catalogue::connections(&*self.store, &self.tenant).await? {
            let same = other.connector == new.connector
                && other.name != new.name
                && spec.account(&other.settings).as_ref() == Some(&account);
            if same {
                return Err(identity_field(
                    spec,
                    AppError::conflict("connection_double")
                        .arg("name", &other.name)
                        .arg("fields", identity_names(&new.connector)),
                ));
            }
        }
        Ok(())
    }

    /// Notes in `batch` that the account is that of this connection, and gives back the one that it was connected to before.
    async fn take_account(
        &self,
        batch: &mut Batch,
        old: Option<&StoredConnection>,
        new: &StoredConnection,
    ) -> Result<(), AppError> {
        let (before, now) = (old.and_then(account), account(new));
        if let Some(account) = &now {
            let found = account.holder(&*self.store).await?;
            if let Some(holder) = found.as_ref().map(|found| &found.value).filter(|found| found.tenant != self.tenant) {
                let theirs = catalogue::connection(&*self.store, &holder.tenant, &holder.connection).await?;
                // Where another version of idflow has removed it, the note is left over.
                if theirs.is_some_and(|theirs| self::account(&theirs.value).as_ref() == Some(account)) {
                    let error =
                        AppError::conflict("connection_elsewhere").arg("fields", identity_names(&new.connector));
                    return Err(match connectors::find(&new.connector) {
                        Some(spec) => identity_field(spec, error),
                        None => error,
                    });
                }
            }
            let holder = Holder { tenant: self.tenant.clone(), connection: new.name.clone() };
            account.take(batch, found.as_ref(), &holder)?;
        }
        if let Some(before) = before.filter(|before| now.as_ref() != Some(before)) {
            self.free_account(batch, &before, &new.name).await?;
        }
        Ok(())
    }

    /// Gives an account back, if it is that of this connection.
    async fn free_account(&self, batch: &mut Batch, account: &Account, name: &str) -> Result<(), AppError> {
        let holder = account.holder(&*self.store).await?.map(|found| found.value);
        if holder.is_some_and(|holder| holder.tenant == self.tenant && holder.connection == name) {
            account.free(batch);
        }
        Ok(())
    }

    /// Links say which account is whose. In another company the same ids are other people.
    async fn refuse_another_company(
        &self,
        spec: &ConnectorSpec,
        old: &StoredConnection,
        new: &StoredConnection,
    ) -> Result<(), AppError> {
        let system = |stored: &StoredConnection| spec.system(&stored.settings);
        if system(old) == system(new) {
            return Ok(());
        }
        let links = links::count(&*self.store, &self.tenant, &new.name).await?;
        if links == 0 {
            return Ok(());
        }
        let error = AppError::conflict("connection_other_company").arg("name", &new.name);
        let error = error.arg("number", links.to_string()).arg("corp", system(old).unwrap_or_default());
        Err(identity_field(spec, error))
    }

    /// All connections.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn connections(&self, wanted: &Paging) -> Result<Page<Connection>, AppError> {
        let sick = health::all(&*self.store, &self.tenant).await?;
        let stored = catalogue::connections(&*self.store, &self.tenant).await?;
        let shown = |stored: &StoredConnection| {
            let sick = sick.iter().find(|sick| sick.connection == stored.name).map(sickness);
            Connection { sick, ..view(stored) }
        };
        paging::cut(stored.iter().map(shown).collect(), wanted.limit, wanted.cursor.as_deref())
    }

    /// One connection, and which workflows use it.
    ///
    /// # Errors
    /// An unknown name, the store.
    pub async fn connection(&self, name: &str) -> Result<Connection, AppError> {
        let stored = self.stored_connection(name).await?;
        let mut view = view(&stored.value);
        view.workflows = Some(self.users_of(name).await?);
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
    /// As [`App::remove_connection`]; [`super::error::Kind::Stale`].
    pub async fn remove_connection_if(&self, name: &str, expected: &Expected) -> Result<RemovedConnection, AppError> {
        let stored = self.stored_connection(name).await?;
        expected.check(Some(&tag(&stored.value)), || look(name))?;
        let users = self.users_of(name).await?;
        if !users.is_empty() {
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
        health::clear(&mut batch, &self.tenant, name);
        self.drop_receivers(&mut batch, &stored.value);
        self.store.commit(batch).await?;
        Ok(RemovedConnection { name: name.into(), removed: true })
    }

    /// The workflows that name a connection, in the version that is active or in the newest; not those that are put away.
    async fn users_of(&self, name: &str) -> Result<Vec<String>, AppError> {
        let mut users = Vec::new();
        for head in catalogue::workflows(&*self.store, &self.tenant).await? {
            if head.state == WorkflowState::Archived {
                continue;
            }
            for version in [head.active, Some(head.latest)].into_iter().flatten() {
                let text = self.workflow_text(&head.id, Some(version)).await?.text;
                // One that this version of idflow cannot compile may still be meant to be mended: its text tells.
                let uses = self.connections.compile(&text).map_or_else(
                    |_| text.contains(name),
                    |compiled| compiled.connections.iter().any(|alias| alias.reference == name),
                );
                if uses && !users.contains(&head.id) {
                    users.push(head.id.clone());
                }
            }
        }
        Ok(users)
    }

    /// What a connector asks for: its settings, with where to find each value.
    ///
    /// # Errors
    /// An unknown connector.
    pub fn connector_settings(&self, name: &str) -> Result<ConnectorSettings, AppError> {
        let spec = connectors::find(name).ok_or_else(|| {
            AppError::not_found("connector_unknown").arg("connector", name).arg("names", connectable())
        })?;
        let setting = |setting: &idflow_sdk::SettingSpec| Setting {
            name: setting.name.into(),
            secret: setting.secret,
            required: setting.required,
            default: setting.default.map(ToString::to_string),
            doc: words::both(setting.doc),
        };
        Ok(ConnectorSettings {
            connector: spec.name.into(),
            title: words::both(spec.title),
            settings: spec.settings.iter().map(setting).collect(),
        })
    }

    /// Tries a connection.
    ///
    /// # Errors
    /// An unknown name, settings that cannot be used.
    pub async fn test_connection(&self, name: &str) -> Result<TestReport, AppError> {
        let stored = self.stored_connection(name).await?;
        let connection = self.connections.open_stored(&stored.value).map_err(|problem| not_usable(&problem))?;
        let meter = std::sync::Arc::new(Meter::default());
        let context = Context { meter: meter.clone(), ..Context::at(self.now()) };
        let report = connection.check(&context).await;
        let ok = !report.findings.iter().any(|finding| finding.fatal && finding.problem.is_some());
        if ok {
            // Runs that start by themselves need not rest any longer.
            let mut batch = Batch::default();
            health::clear(&mut batch, &self.tenant, name);
            self.store.commit(batch).await?;
        }
        let finding = |finding: idflow_sdk::Finding| TestFinding {
            ok: finding.problem.is_none(),
            fatal: finding.fatal && finding.problem.is_some(),
            error: finding.problem.as_ref().map(words::show),
            subject: finding.subject.to_string(),
        };
        Ok(TestReport {
            name: name.into(),
            ok,
            findings: report.findings.into_iter().map(finding).collect(),
            capabilities: report.capabilities.iter().map(|(name, can)| (name.to_string(), *can)).collect(),
            api: Reads { calls: meter.read()[0] },
        })
    }
}

impl Desk<'_> {
    /// A connection with what the caller may do with it.
    #[must_use]
    pub fn with_connection_verbs(&self, view: Connection) -> Connection {
        Connection { allowed: self.caller.verbs_of_connection(), ..view }
    }

    /// All connections, each with what the caller may do with it.
    ///
    /// # Errors
    /// Those of the store.
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
            Some(similar) => unknown(name).arg(words::SIMILAR, similar),
            None => unknown(name),
        })
    }
}

/// What is known of a connection that does not work.
pub(super) fn sickness(sick: &health::Sick) -> Sick {
    Sick {
        failures: sick.failures,
        since: time(sick.since),
        rests_until: time(sick.until),
        error: words::show(&sick.problem),
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
    let telling = settings.iter().filter(|setting| setting.identity != Identity::None);
    telling.map(|setting| setting.name).collect::<Vec<_>>().join(" + ")
}

pub(super) fn unknown(name: &str) -> AppError {
    AppError::not_found("connection_missing").arg("name", name)
}

fn not_usable(problem: &Problem) -> AppError {
    AppError::invalid("connection_wrong").because(words::show(problem))
}

fn view(stored: &StoredConnection) -> Connection {
    Connection {
        id: stored.id.clone(),
        name: stored.name.clone(),
        connector: stored.connector.clone(),
        title: stored.settings.get("title").unwrap_or(&stored.name).clone(),
        settings: stored.settings.clone(),
        secrets: stored.sealed.keys().cloned().collect(),
        created: time(stored.created),
        changed: time(stored.changed),
        sick: None,
        workflows: None,
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
