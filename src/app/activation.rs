//! May this workflow go live? What a file alone cannot tell: whether its connections can do what its steps ask for, whether
//! another workflow has its addresses, and whether the workflows it calls are there.

use std::collections::BTreeMap;

use idflow_sdk::{Class, Context};

use super::{App, AppError, words};
use crate::{
    connectors,
    engine::Connect,
    store::{
        catalogue,
        catalogue::{StoredWorkflow, WorkflowState},
    },
    workflow::{
        self, Environment,
        compiled::Workflow,
        diagnostic::{Severity, Source},
        library::Library,
    },
};

impl App {
    /// The other workflows of the tenant, as they would run: the active version, else the newest.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn library(&self, except: &str) -> Result<Library, AppError> {
        let mut library = Library::default();
        for (_, head) in catalogue::workflows_each(&*self.store, &self.tenant).await? {
            // One that cannot be read is shown in the list; the others can still be compared.
            let Ok(head) = head else { continue };
            if head.id == except || head.state == WorkflowState::Archived {
                continue;
            }
            let version = head.active.unwrap_or(head.latest);
            let Some(stored) = catalogue::version(&*self.store, &self.tenant, &head.id, version).await? else {
                continue;
            };
            let environment = Environment { connectors: connectors::ALL, ..Environment::default() };
            if let Some(compiled) = workflow::compile(&head.id, &stored.text, &environment).workflow {
                library.insert(&compiled);
            }
        }
        Ok(library)
    }

    /// Refuses a workflow that cannot go live; gives back what could not be looked at.
    ///
    /// # Errors
    /// The first reason, naming the alias, the address or the workflow.
    pub(super) async fn may_go_live(&self, id: &str, text: &str, compiled: &Workflow) -> Result<Vec<String>, AppError> {
        self.compiles(id, text, id, true).await?;
        self.callees_are_live(compiled).await?;
        let mut notices = self.connections_can(compiled).await?;
        if !compiled.events.is_empty() {
            notices.push(
                "`on.event` is kept for later: no system is listened to yet, so this trigger starts no run; use a schedule"
                    .into(),
            );
        }
        Ok(notices)
    }

    /// Checks a file against the other workflows of the tenant: inputs of those it calls, circles, addresses.
    ///
    /// # Errors
    /// The first finding in words, all of them as details.
    pub(super) async fn goes_with_others(&self, file: &str, text: &str, id: &str) -> Result<(), AppError> {
        self.compiles(file, text, id, false).await
    }

    /// The same; `live`: with its triggers, which ask nobody for inputs.
    async fn compiles(&self, file: &str, text: &str, id: &str, live: bool) -> Result<(), AppError> {
        let library = self.library(id).await?;
        let environment = Environment { connectors: connectors::ALL, library: Some(&library) };
        let outcome = if live {
            workflow::compile_live(file, text, &environment)
        } else {
            workflow::compile(file, text, &environment)
        };
        if outcome.workflow.is_some() {
            return Ok(());
        }
        let source = Source::new(file, text);
        let first = outcome.diagnostics.iter().find(|finding| finding.severity == Severity::Error);
        let message = first.map_or_else(String::new, |finding| format!("{}: {}", finding.code, finding.message.en));
        let what = match first.map(|finding| finding.code) {
            Some("E0606") => "cannot be activated",
            _ => "does not go with the others",
        };
        let mut error = AppError::conflict(format!("workflow `{id}` {what}: {message}"));
        error.hint = first.and_then(|finding| finding.help.first()).map(|help| help.en.clone());
        error.details = Some(outcome.diagnostics.iter().map(|finding| finding.to_json(&source)).collect());
        Err(error)
    }

    async fn callees_are_live(&self, compiled: &Workflow) -> Result<(), AppError> {
        let heads = catalogue::workflows(&*self.store, &self.tenant).await?;
        for step in &compiled.steps {
            let Some(callee) = &step.calls else { continue };
            let live = |head: &&StoredWorkflow| head.id == *callee && head.state == WorkflowState::Active;
            if !heads.iter().any(|head| live(&head)) {
                let there = heads.iter().any(|head| head.id == *callee);
                let what = if there { "is not active" } else { "does not exist" };
                return Err(AppError::conflict(format!("step `{}` calls workflow `{callee}`, which {what}", step.id))
                    .hint(format!("`idflow workflow activate {callee}` first")));
            }
        }
        Ok(())
    }

    /// Opens every connection and asks it for what the steps need of it. A system that does not answer is no reason to
    /// refuse: nothing runs by being activated.
    async fn connections_can(&self, compiled: &Workflow) -> Result<Vec<String>, AppError> {
        let mut notices = Vec::new();
        for (place, alias) in compiled.connections.iter().enumerate() {
            let connection = match self.connections.open(&alias.reference, alias.connector.name).await {
                Ok(connection) => connection,
                Err(problem) => {
                    let shown = words::show(&problem);
                    return Err(AppError::conflict(format!("connection `{}`: {}", alias.alias, shown.reason.en))
                        .hint(shown.hint.en));
                }
            };
            let mut needed: BTreeMap<&'static str, &str> = BTreeMap::new();
            for step in compiled.steps.iter().chain(&compiled.finally) {
                if step.calls.is_none()
                    && step.connection == place
                    && let Some(capability) = step.action.capability
                {
                    needed.entry(capability).or_insert(&step.id);
                }
            }
            if needed.is_empty() {
                continue;
            }
            let context = Context::at(self.now());
            let report = connection.check(&context).await;
            let problem = report.findings.iter().find_map(|finding| finding.problem.as_ref());
            let passing = report
                .findings
                .iter()
                .filter_map(|finding| finding.problem.as_ref())
                .any(|problem| matches!(words::show(problem).class, Class::Temporary | Class::Unknown));
            for (capability, step) in needed {
                // A capability that the report does not name was not asked for.
                if report.capabilities.get(capability).copied().unwrap_or(true) {
                    continue;
                }
                let because = problem.map(words::show);
                let why = because.as_ref().map_or_else(String::new, |shown| format!(": {}", shown.reason.en));
                let message =
                    format!("connection `{}` lacks `{capability}`, which step `{step}` needs{why}", alias.alias);
                if passing {
                    notices.push(format!("not sure: {message}"));
                    continue;
                }
                let hint = because.map_or_else(
                    || format!("`idflow connection test {}` tells more", alias.reference),
                    |shown| shown.hint.en,
                );
                return Err(AppError::conflict(format!("E0506: {message}")).hint(hint));
            }
        }
        Ok(notices)
    }
}
