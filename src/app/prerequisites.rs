//! What a template needs before a workflow is made of it, looked at now: the version of idflow, the directory, connections, and
//! what these may do.

use std::collections::BTreeSet;

use idflow_sdk::{Context, Kind};

use super::{
    App, AppError, Desk, activation, compiler, drafts::Begin, error::about_connection, problem_words, templates,
    workflows::checked,
};
use crate::{
    connectors,
    contract::{
        draft::Draft,
        problem::Text,
        template::{NewTemplateDraft, Prerequisite, PrerequisiteKind, Prerequisites},
    },
    engine::{Connect, blocking::aside},
    store::catalogue,
    workflow::compiled::{Work, Workflow},
};

fn one(kind: PrerequisiteKind, zh: impl Into<String>, en: impl Into<String>) -> Prerequisite {
    let title = Text { zh: zh.into(), en: en.into() };
    Prerequisite { kind, title, ok: Some(true), error: None, connector: None, connections: Vec::new() }
}

impl App {
    /// What a template needs, and whether it is so.
    ///
    /// # Errors
    /// An unknown template or connection, the store.
    pub async fn prerequisites(&self, id: &str, connection: Option<&str>) -> Result<Prerequisites, AppError> {
        let template = self.any_template(id).await?;
        let (compiled, _) = checked(id, &template.text)?;
        let mut items = Vec::new();
        let engine = env!("CARGO_PKG_VERSION");
        let mut item = one(PrerequisiteKind::Engine, format!("idflow {engine}"), format!("idflow {engine}"));
        if let Err(error) = activation::required(&compiled) {
            item.ok = Some(false);
            item.error = Some(error.issue());
        }
        items.push(item);
        if let Some(kind) = &compiled.requires.directory {
            items.push(one(PrerequisiteKind::Directory, "员工目录", format!("a directory of the kind `{kind}`")));
        }
        if reads_people(&compiled) {
            items.push(self.people().await?);
        }
        items.extend(self.connections_for(&compiled).await?);
        items.extend(self.rights_for(&compiled, connection).await?);
        let ok = items.iter().all(|item| item.ok != Some(false));
        Ok(Prerequisites { template: id.into(), ok, items })
    }

    async fn people(&self) -> Result<Prerequisite, AppError> {
        let mut item = one(PrerequisiteKind::People, "目录里有人员", "people in the directory");
        let page = self.connections.directory().page(Kind::User, None, 1).await;
        if page.map_err(|error| super::directory::failed(&error))?.is_empty() {
            item.ok = Some(false);
            item.error = Some(AppError::conflict("directory_empty").issue());
        }
        Ok(item)
    }

    /// Of each connector that a person has to connect: whether there is a connection.
    async fn connections_for(&self, compiled: &Workflow) -> Result<Vec<Prerequisite>, AppError> {
        let all = catalogue::connections(&*self.store, &self.tenant).await?;
        let mut seen = BTreeSet::new();
        let mut items = Vec::new();
        for alias in &compiled.connections {
            let spec = alias.connector;
            let asked = !spec.settings.is_empty() && alias.reference != super::connect::IMPORT;
            if !asked || !seen.insert(spec.name) {
                continue;
            }
            let title = problem_words::both(spec.title);
            let (zh, en) = (format!("{} 账号连接", title.zh), format!("a connection to {}", title.en));
            let mut item = one(PrerequisiteKind::Connection, zh, en);
            item.connector = Some(spec.name.into());
            item.connections =
                all.iter().filter(|one| one.connector == spec.name).map(|one| one.name.clone()).collect();
            if item.connections.is_empty() {
                item.ok = Some(false);
                let error = AppError::conflict("connection_needed").arg("connector", spec.name).words("title", title);
                item.error = Some(error.issue());
            }
            items.push(item);
        }
        Ok(items)
    }

    /// What the steps and `requires` ask of a connection; asked of it where one is named.
    async fn rights_for(&self, compiled: &Workflow, named: Option<&str>) -> Result<Vec<Prerequisite>, AppError> {
        let stored = match named {
            Some(name) => {
                let stored = catalogue::connection(&*self.store, &self.tenant, name).await?;
                Some(stored.ok_or_else(|| super::connections::unknown(name).field("connection"))?.value)
            }
            None => None,
        };
        let mut items = Vec::new();
        for spec in connectors::ALL.iter().filter(|spec| !spec.settings.is_empty()) {
            let mut needed: BTreeSet<&str> = BTreeSet::new();
            for step in compiled.steps.iter().chain(&compiled.finally) {
                let Some(uses) = step.uses() else { continue };
                let of_this =
                    compiled.connections.get(uses.connection).is_some_and(|one| one.connector.name == spec.name);
                needed.extend(uses.action.capability.filter(|_| of_this));
            }
            if compiled.connections.iter().any(|alias| alias.connector.name == spec.name) {
                needed.extend(compiled.requires.rights.iter().map(String::as_str));
            }
            let asked = stored.as_ref().filter(|stored| stored.connector == spec.name);
            if needed.is_empty() && asked.is_none() {
                continue;
            }
            let report = match asked {
                Some(stored) => match self.connections.open(&stored.name, spec.name).await {
                    Ok(open) => Some(open.check(&Context::at(self.now())).await),
                    Err(problem) => {
                        let mut item = one(PrerequisiteKind::Right, stored.name.clone(), stored.name.clone());
                        item.ok = Some(false);
                        item.error = Some(problem_words::show(&problem));
                        items.push(item);
                        continue;
                    }
                },
                None => None,
            };
            if let Some((report, stored)) = report.as_ref().zip(asked) {
                let broken = report.findings.iter().find(|finding| finding.fatal && finding.problem.is_some());
                let (zh, en) = (format!("“{}”可以使用", stored.name), format!("`{}` can be used", stored.name));
                let mut item = one(PrerequisiteKind::Right, zh, en);
                if let Some(problem) = broken.and_then(|finding| finding.problem.as_ref()) {
                    item.ok = Some(false);
                    item.error = Some(problem_words::show(problem));
                }
                items.push(item);
            }
            for right in needed {
                let mut item = one(PrerequisiteKind::Right, right, right);
                item.connector = Some(spec.name.into());
                item.ok = report.as_ref().and_then(|report| report.capabilities.get(right).copied());
                if item.ok == Some(false) {
                    let name = asked.map_or("", |stored| stored.name.as_str());
                    let problem =
                        report.iter().flat_map(|report| &report.findings).find_map(|one| one.problem.as_ref());
                    item.error = Some(match problem {
                        Some(problem) => problem_words::show(problem),
                        None => {
                            let next = about_connection(idflow_sdk::NextKind::TestConnection, name);
                            AppError::conflict("right_missing").arg("right", right).arg("name", name).next(next).issue()
                        }
                    });
                }
                items.push(item);
            }
        }
        Ok(items)
    }
}

/// Whether it reads people of the tenant's own directory.
fn reads_people(compiled: &Workflow) -> bool {
    compiled.steps.iter().any(|step| {
        let Work::Read(uses) = &step.work else { return false };
        compiled.connections.get(uses.connection).is_some_and(|alias| alias.connector.local)
    })
}

impl Desk<'_> {
    /// Makes a draft from a template, with its connections, scope, mapping and triggers.
    ///
    /// # Errors
    /// An unknown template or connection, an edit that cannot be made, a draft of that id.
    pub async fn draft_from_template(&self, template: &str, new: &NewTemplateDraft) -> Result<Draft, AppError> {
        let found = self.any_template(template).await?;
        for bound in &new.connections {
            if catalogue::connection(&*self.store, &self.tenant, &bound.name).await?.is_none() {
                return Err(super::connections::unknown(&bound.name).field("connections"));
            }
        }
        let id = new.id.as_deref().unwrap_or(&found.id);
        if catalogue::workflow(&*self.store, &self.tenant, id).await?.is_some() {
            return Err(AppError::conflict("workflow_taken").arg("id", id).field("id"));
        }
        let text = templates::adapt(&found.text, Some(id), &new.connections)?;
        let text = aside(|| compiler::edited(&text, &new.edits))?;
        self.new_draft(id, Begin { text, base: None, template: Some(found.id.clone()) }).await
    }
}
