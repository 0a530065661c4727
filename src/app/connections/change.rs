//! Connections are added and changed: each value is checked, secrets are sealed, and no account is connected twice.
//!
//! All that is wrong is told at once, each with the field of the form that it belongs to.

use std::collections::BTreeMap;

use idflow_sdk::{ConnectorSpec, Secret, SettingSpec, text};

use super::{account, address, form::connectable, identity_field, identity_names, not_usable, view};
use crate::{
    app::{App, AppError, connect::Connections, expected::Expected, problem_words},
    connectors,
    contract::{
        connection::{Connection, ConnectionChange, NewConnection},
        problem::Text,
    },
    model::{
        id::{is_snake_case, new_ulid},
        run::{Run, Status},
    },
    store::{
        Batch, StoreError, catalogue,
        catalogue::StoredConnection,
        codec::Loaded,
        identities::{Account, Holder},
        links, runs,
    },
};

/// How often a connection is looked at again when others are written at the same time.
const TRIES: usize = 16;

/// Values by name; nothing for one that is taken away.
pub(super) type Values = BTreeMap<String, Option<String>>;

/// What is to become of a connection.
pub(super) struct Wanted {
    /// The connector.
    pub connector: String,
    /// Its name.
    pub name: String,
    /// Settings that are given.
    pub settings: Values,
    /// Secrets that are given.
    pub secrets: Values,
}

/// A connection that is not stored yet, and what somebody should know of it.
pub(super) struct Made {
    /// As it would be stored.
    pub stored: StoredConnection,
    /// Its connector.
    pub spec: &'static ConnectorSpec,
    /// What was changed in what was given.
    pub notices: Vec<Text>,
}

fn given(values: BTreeMap<String, String>) -> Values {
    values.into_iter().map(|(key, value)| (key, Some(value))).collect()
}

/// The settings that a connection needs and does not have.
fn lacking(spec: &ConnectorSpec, stored: &StoredConnection) -> Vec<AppError> {
    let asked = |setting: &&SettingSpec| {
        let otherwise =
            setting.unless.is_some_and(|(name, value)| stored.settings.get(name).is_some_and(|given| given == value));
        let there = stored.settings.contains_key(setting.name) || stored.sealed.contains_key(setting.name);
        setting.required && !otherwise && !there
    };
    let error = |setting: &SettingSpec| {
        let place = if setting.secret { "secrets" } else { "settings" };
        let error = AppError::invalid("setting_needed").arg("key", setting.name);
        error.words("doc", problem_words::both(setting.doc)).field(format!("{place}.{}", setting.name))
    };
    spec.settings.iter().filter(asked).map(error).collect()
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
    /// As [`App::put_connection`]; [`crate::app::error::RefusalKind::Stale`].
    pub async fn put_connection_if(&self, new: NewConnection, expected: &Expected) -> Result<Connection, AppError> {
        let name = text::trim(&new.name).to_string();
        let (settings, secrets) = (given(new.settings), given(new.secrets));
        let wanted = Wanted { connector: new.connector, name, settings, secrets };
        self.write_connection(&wanted, expected, |old| match old {
            Some(old) if new.only_new => {
                Err(AppError::conflict("connection_name_taken").arg("name", &old.value.name).field("name"))
            }
            _ => Ok(()),
        })
        .await
    }

    /// Changes a connection.
    ///
    /// # Errors
    /// As [`App::put_connection_if`]; an unknown name.
    pub async fn change_connection(
        &self,
        name: &str,
        change: ConnectionChange,
        expected: &Expected,
    ) -> Result<Connection, AppError> {
        let stored = self.stored_connection(name).await?;
        let ConnectionChange { settings, secrets } = change;
        let wanted = Wanted { connector: stored.value.connector, name: name.into(), settings, secrets };
        self.write_connection(&wanted, expected, |old| old.map(|_| ()).ok_or_else(|| super::unknown(name))).await
    }

    pub(super) async fn write_connection(
        &self,
        wanted: &Wanted,
        expected: &Expected,
        fits: impl Fn(Option<&Loaded<StoredConnection>>) -> Result<(), AppError>,
    ) -> Result<Connection, AppError> {
        for _ in 0..TRIES {
            if let Some(view) = self.write_once(wanted, expected, &fits).await? {
                return Ok(view);
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// The same; nothing when another connection was written meanwhile, so that what was looked at may be wrong by now.
    async fn write_once(
        &self,
        wanted: &Wanted,
        expected: &Expected,
        fits: impl Fn(Option<&Loaded<StoredConnection>>) -> Result<(), AppError>,
    ) -> Result<Option<Connection>, AppError> {
        let mark = catalogue::connections_mark(&*self.store, &self.tenant).await?;
        let old = catalogue::connection(&*self.store, &self.tenant, &wanted.name).await?;
        expected.check(old.as_ref().map(|old| super::tag(&old.value)).as_deref(), || super::look(&wanted.name))?;
        fits(old.as_ref())?;
        let Made { stored, spec, mut notices } = self.made(wanted, old.as_ref().map(|old| &old.value))?;
        self.connections.open_stored(&stored).map_err(|problem| not_usable(spec, &problem))?;
        self.refuse_double(spec, &stored).await?;
        let mut batch = Batch::default();
        self.take_account(&mut batch, old.as_ref().map(|old| &old.value), &stored).await?;
        if let Some(old) = &old
            && self.goes_to_another_company(spec, &old.value, &stored).await?
        {
            let number = self.forget_objects(&mut batch, &stored.name).await?;
            notices.extend((number > 0).then(|| decisions_dropped(number)));
        }
        catalogue::put_connection(&mut batch, &self.tenant, old.as_ref(), &stored)?;
        catalogue::move_connections_mark(&mut batch, &self.tenant, mark.as_ref())?;
        let callbacks = match old {
            None => self.make_receivers(&mut batch, &stored)?,
            Some(_) => Vec::new(),
        };
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => return Ok(None),
            done => done?,
        }
        self.receivers_changed(&stored);
        Ok(Some(Connection { notices, callbacks, ..view(&stored) }))
    }

    /// The connection as it would be, from how it was and what is given.
    pub(super) fn made(&self, wanted: &Wanted, old: Option<&StoredConnection>) -> Result<Made, AppError> {
        let mut wrong = Vec::new();
        let spec = connectors::find(&wanted.connector).filter(|spec| !spec.settings.is_empty()).ok_or_else(|| {
            let error = AppError::invalid("connector_unknown").arg("connector", &wanted.connector);
            error.arg("names", connectable()).field("connector")
        })?;
        let name = wanted.name.as_str();
        if !is_snake_case(name) {
            wrong.push(AppError::invalid("connection_name_invalid").arg("name", name).field("name"));
        } else if [crate::app::connect::IMPORT, connectors::DIRECTORY.name].contains(&name) {
            wrong.push(AppError::conflict("connection_built_in").arg("name", name).field("name"));
        }
        if let Some(old) = old
            && old.connector != wanted.connector
        {
            let error = AppError::conflict("connection_of_other_type").arg("name", name);
            wrong.push(error.arg("found", &old.connector).field("name"));
        }
        let now = self.now();
        let mut stored = old.cloned().unwrap_or_else(|| StoredConnection {
            id: new_ulid(now),
            name: name.into(),
            connector: wanted.connector.clone(),
            settings: BTreeMap::new(),
            sealed: BTreeMap::new(),
            sealed_at: BTreeMap::new(),
            created: now,
            changed: now,
            tested: None,
        });
        let mut notices = Vec::new();
        let settings = wanted.settings.iter().map(|entry| (entry, false));
        for ((key, value), secret) in settings.chain(wanted.secrets.iter().map(|entry| (entry, true))) {
            let place = if secret { "secrets" } else { "settings" };
            let setting = match setting_of(spec, name, key, secret) {
                Ok(setting) => setting,
                Err(error) => {
                    wrong.push(error.field(format!("{place}.{key}")));
                    continue;
                }
            };
            let Some(value) = value else {
                stored.settings.remove(key);
                stored.sealed.remove(key);
                stored.sealed_at.remove(key);
                continue;
            };
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
                let error = AppError::invalid("setting_wrong").arg("key", key).because(problem_words::show(&problem));
                wrong.push(error.field(format!("{place}.{key}")));
            }
            if secret {
                let sealed =
                    self.sealer.seal(&Connections::seal_context(&stored, key), &Secret::new(trimmed.into()))?;
                stored.sealed.insert(key.clone(), sealed);
                stored.sealed_at.insert(key.clone(), now);
            } else {
                stored.settings.insert(key.clone(), trimmed.into());
            }
        }
        wrong.extend(lacking(spec, &stored));
        let before = old.map_or(&stored.settings, |old| &old.settings);
        wrong.extend(address::kept(spec.settings, (before, &stored.settings), &stored.sealed, &wanted.secrets));
        if let Some(first) = AppError::all(wrong) {
            return Err(first);
        }
        stored.changed = now.max(stored.changed + 1);
        Ok(Made { stored, spec, notices })
    }

    /// The same account twice would sync the same people twice.
    pub(super) async fn refuse_double(&self, spec: &ConnectorSpec, new: &StoredConnection) -> Result<(), AppError> {
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
                if theirs.is_some_and(|theirs| super::account(&theirs.value).as_ref() == Some(account)) {
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
    pub(super) async fn free_account(&self, batch: &mut Batch, account: &Account, name: &str) -> Result<(), AppError> {
        let holder = account.holder(&*self.store).await?.map(|found| found.value);
        if holder.is_some_and(|holder| holder.tenant == self.tenant && holder.connection == name) {
            account.free(batch);
        }
        Ok(())
    }

    /// Whether the connection leads to another company from now on. Links say which account is whose, and in another company the
    /// same ids are other people: with links it does not go there, nor while a run may be writing what it planned for this one.
    async fn goes_to_another_company(
        &self,
        spec: &ConnectorSpec,
        old: &StoredConnection,
        new: &StoredConnection,
    ) -> Result<bool, AppError> {
        let system = |stored: &StoredConnection| spec.system(&stored.settings);
        if system(old) == system(new) {
            return Ok(false);
        }
        let links = links::count(&*self.store, &self.tenant, &new.name).await?;
        if links > 0 {
            let error = AppError::conflict("connection_other_company").arg("name", &new.name);
            let error = error.arg("number", links.to_string()).arg("corp", system(old).unwrap_or_default());
            return Err(identity_field(spec, error));
        }
        let concerns = |run: &&Run| {
            let known = run.systems.is_empty() || run.systems.contains_key(&new.name);
            known && matches!(run.status, Status::Applying | Status::Planning)
        };
        let busy = runs::working(&*self.store, &self.tenant, None).await?;
        match busy.iter().find(concerns) {
            None => Ok(true),
            Some(run) => {
                let error = AppError::conflict("run_at_work").arg("run", run.run.to_string());
                Err(identity_field(spec, error.arg("workflow", &run.workflow)))
            }
        }
    }
}

/// That what people decided about the accounts of the company before is forgotten.
fn decisions_dropped(number: u64) -> Text {
    Text {
        zh: format!("针对原企业账号的决定已清除（{number} 条）"),
        en: format!("decisions about accounts of the company before are forgotten ({number})"),
    }
}

/// The setting of this name, given as what it is.
fn setting_of(spec: &ConnectorSpec, name: &str, key: &str, secret: bool) -> Result<&'static SettingSpec, AppError> {
    let Some(setting) = spec.settings.iter().find(|setting| setting.name == key) else {
        let names: Vec<&str> = spec.settings.iter().map(|setting| setting.name).collect();
        let error = AppError::invalid("setting_unknown").arg("connector", spec.name).arg("key", key);
        return Err(error.arg("names", names.join(", ")));
    };
    match (setting.secret, secret) {
        (true, false) => Err(AppError::invalid("setting_is_secret").arg("key", key).arg("name", name)),
        (false, true) => Err(AppError::invalid("secret_is_setting").arg("key", key).arg("name", name)),
        _ => Ok(setting),
    }
}
