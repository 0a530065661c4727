//! Connections: add, change, list, test.

use std::collections::BTreeMap;

use idflow_sdk::{Context, Meter, Problem, Secret, text};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{App, AppError, connect::Connections, time, words};
use crate::{
    connectors,
    engine::Connect,
    model::id::{is_snake_case, new_ulid},
    store::{
        Batch, catalogue,
        catalogue::{StoredConnection, WorkflowState},
        health, links,
    },
};

/// How often a connection is looked at again when others are written at the same time.
const TRIES: usize = 16;

/// A connection as somebody gives it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewConnection {
    /// The connector.
    pub connector: String,
    /// Its name: snake_case.
    pub name: String,
    /// Settings.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Secrets; written, never read back.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
}

impl App {
    /// Adds a connection, or changes the one of that name: what is not given stays.
    ///
    /// # Errors
    /// The setting that is wrong, and what to do about it. Nothing is stored then.
    pub async fn put_connection(&self, new: NewConnection) -> Result<Value, AppError> {
        for _ in 0..TRIES {
            if let Some(view) = self.put_once(&new).await? {
                return Ok(view);
            }
        }
        Err(crate::store::StoreError::Conflict.into())
    }

    /// The same; nothing when another connection was written meanwhile, so that what was looked at may be wrong by now.
    async fn put_once(&self, new: &NewConnection) -> Result<Option<Value>, AppError> {
        let mark = catalogue::connections_mark(&*self.store, &self.tenant).await?;
        let mut notices = Vec::new();
        let spec = connectors::find(&new.connector).filter(|spec| !spec.settings.is_empty()).ok_or_else(|| {
            let names: Vec<&str> =
                connectors::ALL.iter().filter(|spec| !spec.settings.is_empty()).map(|spec| spec.name).collect();
            AppError::invalid(format!("there is no connector `{}` to connect to", new.connector))
                .hint(format!("connectors: {}", names.join(", ")))
        })?;
        let name = text::trim(&new.name);
        if !is_snake_case(name) {
            return Err(AppError::invalid(format!("`{name}` cannot name a connection"))
                .hint("use lower-case letters, digits and `_`, a letter first, at most 64 characters: `wecom_main`"));
        }
        if [super::connect::IMPORT, super::connect::DIRECTORY].contains(&name) {
            return Err(AppError::conflict(format!("`{name}` is built in")).hint("choose another name"));
        }
        let old = catalogue::connection(&*self.store, &self.tenant, name).await?;
        if let Some(old) = &old
            && old.value.connector != new.connector
        {
            return Err(AppError::conflict(format!("`{name}` is a connection of type {}", old.value.connector))
                .hint("choose another name"));
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
                return Err(AppError::invalid(format!("{} has no setting `{key}`", spec.name))
                    .hint(format!("settings: {}", names.join(", "))));
            };
            if setting.secret && !secret {
                return Err(AppError::invalid(format!("`{key}` is a secret and is not given as a setting"))
                    .hint(format!("use --secret {key}=env:NAME, file:PATH or -")));
            }
            if secret && !setting.secret {
                return Err(
                    AppError::invalid(format!("`{key}` is a setting, not a secret")).hint(format!("use --set {key}=…"))
                );
            }
            let trimmed = text::trim(value);
            if trimmed.len() < value.len() {
                notices.push(format!("`{key}`: white space at the ends was dropped"));
            }
            if let Some(check) = setting.check
                && let Err(problem) = check(trimmed)
            {
                return Err(in_words(&problem, &format!("`{key}`")));
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
                return Err(AppError::invalid(format!("`{}` is needed", setting.name)).hint(setting.doc.en));
            }
        }
        self.connections.open_stored(&stored).map_err(|problem| in_words(&problem, "the connection"))?;
        self.refuse_double(&stored).await?;
        if let Some(old) = &old {
            self.refuse_another_company(&old.value, &stored).await?;
        }
        stored.changed = now.max(stored.changed + 1);
        let mut batch = Batch::default();
        catalogue::put_connection(&mut batch, &self.tenant, old.as_ref(), &stored)?;
        catalogue::move_connections_mark(&mut batch, &self.tenant, mark.as_ref())?;
        match self.store.commit(batch).await {
            Err(crate::store::StoreError::Conflict) => return Ok(None),
            done => done?,
        }
        let mut view = view(&stored);
        view["notices"] = notices.into();
        Ok(Some(view))
    }

    /// The same corp and app twice would sync the same people twice.
    async fn refuse_double(&self, new: &StoredConnection) -> Result<(), AppError> {
        let Some(corp) = new.settings.get("corp_id") else { return Ok(()) };
        for other in catalogue::connections(&*self.store, &self.tenant).await? {
            let same = other.connector == new.connector
                && other.name != new.name
                && other.settings.get("corp_id") == Some(corp)
                && other.settings.get("agent_id") == new.settings.get("agent_id");
            if same {
                return Err(AppError::conflict(format!(
                    "connection `{}` has the same corp_id and agent_id",
                    other.name
                ))
                .hint("use that connection, or connect another app"));
            }
        }
        Ok(())
    }

    /// Links say which account is whose. In another company the same ids are other people.
    async fn refuse_another_company(&self, old: &StoredConnection, new: &StoredConnection) -> Result<(), AppError> {
        let corp = |stored: &StoredConnection| stored.settings.get("corp_id").cloned();
        if corp(old) == corp(new) {
            return Ok(());
        }
        let links = links::count(&*self.store, &self.tenant, &new.name).await?;
        if links == 0 {
            return Ok(());
        }
        Err(AppError::conflict(format!(
            "connection `{}` is linked with {links} objects of another company ({})",
            new.name,
            corp(old).unwrap_or_default()
        ))
        .hint("add a connection of another name for this company, and use it in the workflow"))
    }

    /// All connections.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn connections(&self) -> Result<Value, AppError> {
        let sick = health::all(&*self.store, &self.tenant).await?;
        let stored = catalogue::connections(&*self.store, &self.tenant).await?;
        let views = stored.iter().map(|stored| {
            let mut view = view(stored);
            if let Some(sick) = sick.iter().find(|sick| sick.connection == stored.name) {
                view["sick"] = json!({
                    "failures": sick.failures,
                    "since": time(sick.since),
                    "rests_until": time(sick.until),
                    "error": words::show(&sick.problem),
                });
            }
            view
        });
        Ok(views.collect())
    }

    /// One connection, and which workflows use it.
    ///
    /// # Errors
    /// An unknown name, the store.
    pub async fn connection(&self, name: &str) -> Result<Value, AppError> {
        let stored = catalogue::connection(&*self.store, &self.tenant, name).await?.ok_or_else(|| unknown(name))?;
        let mut view = view(&stored.value);
        view["workflows"] = self.users_of(name).await?.into();
        view["links"] = links::count(&*self.store, &self.tenant, name).await?.into();
        Ok(view)
    }

    /// Removes a connection. One that a workflow names, or through which objects are linked, stays: the links say which
    /// account is whose.
    ///
    /// # Errors
    /// An unknown name, a connection in use, the store.
    pub async fn remove_connection(&self, name: &str) -> Result<Value, AppError> {
        let stored = catalogue::connection(&*self.store, &self.tenant, name).await?.ok_or_else(|| unknown(name))?;
        let users = self.users_of(name).await?;
        if !users.is_empty() {
            return Err(AppError::conflict(format!("connection `{name}` is used by {}", users.join(", ")))
                .hint("change these workflows, or put them away with `idflow workflow archive ID`"));
        }
        let links = links::count(&*self.store, &self.tenant, name).await?;
        if links > 0 {
            return Err(AppError::conflict(format!("{links} objects are linked through connection `{name}`"))
                .hint("without the links nobody would know which account is whose; keep the connection"));
        }
        let mut batch = Batch::default();
        catalogue::drop_connection(&mut batch, &self.tenant, &stored);
        health::clear(&mut batch, &self.tenant, name);
        self.store.commit(batch).await?;
        Ok(json!({"name": name, "removed": true}))
    }

    /// The workflows that name a connection, in the version that is active or in the newest; not those that are put away.
    async fn users_of(&self, name: &str) -> Result<Vec<String>, AppError> {
        let mut users = Vec::new();
        for head in catalogue::workflows(&*self.store, &self.tenant).await? {
            if head.state == WorkflowState::Archived {
                continue;
            }
            for version in [head.active, Some(head.latest)].into_iter().flatten() {
                let text = self.workflow_text(&head.id, Some(version)).await?;
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
    pub fn connector_settings(&self, name: &str) -> Result<Value, AppError> {
        let all = crate::connectors::ALL;
        let Some(spec) = all.iter().find(|spec| spec.name == name) else {
            let names: Vec<&str> = all.iter().filter(|spec| !spec.settings.is_empty()).map(|spec| spec.name).collect();
            return Err(AppError::not_found(format!("there is no connector `{name}`"))
                .hint(format!("connectors: {}", names.join(", "))));
        };
        let settings = spec.settings.iter().map(|setting| {
            json!({
                "name": setting.name,
                "secret": setting.secret,
                "required": setting.required,
                "default": setting.default,
                "doc": {"zh": setting.doc.zh, "en": setting.doc.en},
            })
        });
        Ok(json!({
            "connector": spec.name,
            "title": {"zh": spec.title.zh, "en": spec.title.en},
            "settings": settings.collect::<Vec<_>>(),
        }))
    }

    /// Tries a connection.
    ///
    /// # Errors
    /// An unknown name, settings that cannot be used.
    pub async fn test_connection(&self, name: &str) -> Result<Value, AppError> {
        let stored = catalogue::connection(&*self.store, &self.tenant, name).await?;
        let stored = stored.ok_or_else(|| unknown(name))?;
        let connection =
            self.connections.open_stored(&stored.value).map_err(|problem| in_words(&problem, "the connection"))?;
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
        let findings: Vec<Value> = report
            .findings
            .iter()
            .map(|finding| {
                json!({
                    "subject": finding.subject,
                    "ok": finding.problem.is_none(),
                    "fatal": finding.fatal && finding.problem.is_some(),
                    "error": finding.problem.as_ref().map(words::show),
                })
            })
            .collect();
        Ok(json!({
            "name": name,
            "ok": ok,
            "findings": findings,
            "capabilities": report.capabilities,
            "api": {"calls": meter.read()[0]},
        }))
    }
}

pub(super) fn unknown(name: &str) -> AppError {
    AppError::not_found(format!("there is no connection `{name}`"))
        .hint("`idflow connection list` shows what there is; `idflow connection add` adds one")
}

fn in_words(problem: &Problem, about: &str) -> AppError {
    let shown = words::show(problem);
    let mut error = AppError::invalid(format!("{about}: {}", shown.reason.en)).hint(shown.hint.en.clone());
    error.details = serde_json::to_value(shown).ok();
    error
}

fn view(stored: &StoredConnection) -> Value {
    json!({
        "id": stored.id,
        "name": stored.name,
        "connector": stored.connector,
        "title": stored.settings.get("title").unwrap_or(&stored.name),
        "settings": stored.settings,
        "secrets": stored.sealed.keys().collect::<Vec<_>>(),
        "created": time(stored.created),
        "changed": time(stored.changed),
    })
}
