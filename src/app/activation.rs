//! May this workflow go live? What a file alone cannot tell: whether its connections can do what its steps ask for, whether
//! another workflow has its addresses, and whether the workflows it calls are there.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::{Class, Context};

use super::{App, AppError, findings, problem_words};
use crate::{
    connectors,
    contract::problem::Text,
    engine::{Connect, blocking::aside},
    store::{catalogue, catalogue::WorkflowState},
    workflow::{
        self, Environment, compiled::Workflow, diagnostic::Severity, opposite, other_workflows::Library,
        signature::Summary,
    },
};

impl App {
    /// What is known of the other workflows that matter to this one, as they would run: those it calls or follows, those
    /// they call or follow in turn, and those that want one of its addresses.
    async fn library(&self, own: &str, workflow: &Summary) -> Result<Library, AppError> {
        let (store, tenant) = (&*self.store, &self.tenant);
        let mut library = Library::default();
        let neighbours = |summary: &Summary| -> Vec<String> {
            summary.calls.iter().chain(summary.after.iter().map(|after| &after.workflow)).cloned().collect()
        };
        let mut waiting = neighbours(workflow);
        for webhook in &workflow.webhooks {
            waiting.extend(catalogue::wanted_by(store, tenant, &webhook.path).await?);
        }
        let mut seen: BTreeSet<String> = BTreeSet::from([own.to_string()]);
        let mut all_there = true;
        while let Some(id) = waiting.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            // One that cannot be read is shown in the list; the others can still be compared.
            let head = catalogue::workflow(store, tenant, &id).await.ok().flatten().map(|head| head.value);
            let Some(head) = head.filter(|head| head.state != WorkflowState::Archived) else {
                all_there = false;
                continue;
            };
            let version = head.active.unwrap_or(head.latest);
            let signature = self.connections.signatures(&[(id.as_str(), version)]).await?.pop().flatten();
            if let Some(summary) = signature.as_ref().and_then(|signature| signature.summary()) {
                library.insert_summary(&id, summary);
                waiting.extend(neighbours(summary));
            }
        }
        if !all_there {
            // A name that is nearly right is told with the right one.
            for (id, head) in catalogue::workflows_each(store, tenant).await? {
                if id != own && head.is_ok_and(|head| head.state != WorkflowState::Archived) {
                    library.insert_ids([id]);
                }
            }
        }
        Ok(library)
    }

    /// Refuses a workflow that cannot go live; gives back what could not be looked at.
    ///
    /// # Errors
    /// The first reason, naming the alias, the address or the workflow.
    pub(super) async fn may_go_live(&self, id: &str, text: &str, compiled: &Workflow) -> Result<Vec<Text>, AppError> {
        required(compiled)?;
        self.compiles(id, text, compiled, true).await?;
        self.callees_are_live(compiled, &[]).await?;
        let mut notices = self.connections_can(compiled).await?;
        notices.extend(self.brought_back(id, compiled).await?);
        notices.extend(self.deaf(compiled).await?);
        Ok(notices)
    }

    /// The connections whose events the workflow waits for and from which nothing ever arrived.
    async fn deaf(&self, compiled: &Workflow) -> Result<Vec<Text>, AppError> {
        let mut notices = Vec::new();
        let mut seen = Vec::new();
        for event in &compiled.events {
            let Some(alias) = compiled.connections.get(event.connection).filter(|alias| !alias.connector.local) else {
                continue;
            };
            let name = &alias.reference;
            if seen.contains(name) {
                continue;
            }
            seen.push(name.clone());
            if self.callbacks(name).await?.iter().any(|address| address.reached) {
                continue;
            }
            notices.push(Text {
                zh: format!("`on.event`：“{name}”还没有收到过回调；把回调地址和密钥填到对方系统（idflow connection callbacks {name}）"),
                en: format!(
                    "`on.event`: nothing has been received from `{name}` yet; enter its address and keys in the other system \
                     (idflow connection callbacks {name})"
                ),
            });
        }
        Ok(notices)
    }

    /// The active workflows that bring back fields which this one always writes (W0812).
    async fn brought_back(&self, id: &str, compiled: &Workflow) -> Result<Vec<Text>, AppError> {
        let flows = opposite::flows(compiled);
        let mut notices = Vec::new();
        for (other, head) in catalogue::workflows_each(&*self.store, &self.tenant).await? {
            let Ok(head) = head else { continue };
            let (Some(version), WorkflowState::Active) = (head.active, head.state) else { continue };
            if flows.is_empty() || other == id {
                continue;
            }
            let signature = self.connections.signatures(&[(other.as_str(), version)]).await?.pop().flatten();
            let Some(summary) = signature.as_ref().and_then(|signature| signature.summary()) else { continue };
            let names = opposite::both_ways(&flows, &summary.flows);
            if names.is_empty() {
                continue;
            }
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            notices.push(Text {
                zh: format!(
                    "W0812：工作流 `{other}` 反方向写同样的字段（{}）：后运行的一方说了算。在其中一个方向写 `write: create` 或 `write: fill`",
                    names.join("、")
                ),
                en: format!(
                    "W0812: workflow `{other}` writes the same fields in the other direction ({}): whoever runs last is right. \
                     Write `write: create` or `write: fill` in one of the two",
                    names.join(", ")
                ),
            });
        }
        Ok(notices)
    }

    /// Checks a file against the other workflows of the tenant: inputs of those it calls, circles, addresses.
    ///
    /// # Errors
    /// The first finding in words, all of them as details.
    pub(super) async fn goes_with_others(&self, file: &str, text: &str, compiled: &Workflow) -> Result<(), AppError> {
        self.compiles(file, text, compiled, false).await
    }

    /// The same; `live`: with its triggers, which ask nobody for inputs.
    async fn compiles(&self, file: &str, text: &str, compiled: &Workflow, live: bool) -> Result<(), AppError> {
        let id = &compiled.id;
        let summary = Summary::of(compiled);
        if !live && summary.calls.is_empty() && summary.after.is_empty() && summary.webhooks.is_empty() {
            // It has nothing to do with any other.
            return Ok(());
        }
        let library = self.library(id, &summary).await?;
        let environment = Environment { connectors: connectors::ALL, library: Some(&library) };
        let outcome = aside(|| {
            if live {
                workflow::compile_live(file, text, &environment)
            } else {
                workflow::compile(file, text, &environment)
            }
        });
        if outcome.workflow.is_some() {
            return Ok(());
        }
        let first = outcome.diagnostics.iter().find(|finding| finding.severity == Severity::Error);
        let code = match first.map(|finding| finding.code) {
            Some("E0606") => "workflow_not_activatable",
            _ => "workflow_not_with_others",
        };
        let (mut why, mut hint) = (Text::default(), Text::default());
        if let Some(first) = first {
            why.zh = format!("{}：{}", first.code, first.message.zh);
            why.en = format!("{}: {}", first.code, first.message.en);
            if let Some(help) = first.help.first() {
                hint = Text { zh: help.zh.clone(), en: help.en.clone() };
            }
        }
        let mut error = AppError::conflict(code).arg("id", id).words("why", why).words("hint", hint);
        error.findings = findings::all(file, text, &outcome.diagnostics);
        Err(error)
    }

    /// `beside`: workflows that go live together with it.
    pub(super) async fn callees_are_live(&self, compiled: &Workflow, beside: &[&str]) -> Result<(), AppError> {
        for step in &compiled.steps {
            let Some(callee) = step.callee().filter(|callee| !beside.contains(callee)) else { continue };
            let head = catalogue::workflow(&*self.store, &self.tenant, callee).await?;
            if !head.as_ref().is_some_and(|head| head.value.state == WorkflowState::Active) {
                let code = if head.is_some() { "callee_not_active" } else { "callee_missing" };
                let error = AppError::conflict(code).arg("step", &step.id).arg("callee", callee);
                return Err(error.arg("workflow", callee));
            }
        }
        Ok(())
    }

    /// Opens every connection and asks it for what the steps need of it. A system that does not answer is no reason to
    /// refuse: nothing runs by being activated.
    pub(super) async fn connections_can(&self, compiled: &Workflow) -> Result<Vec<Text>, AppError> {
        let mut notices = Vec::new();
        for (place, alias) in compiled.connections.iter().enumerate() {
            let connection = match self.connections.open(&alias.reference, alias.connector.name).await {
                Ok(connection) => connection,
                Err(problem) => {
                    let error = AppError::conflict("connection_not_usable").arg("alias", &alias.alias);
                    return Err(error.because(problem_words::show(&problem)));
                }
            };
            let mut needed: BTreeMap<&str, &str> = BTreeMap::new();
            for right in compiled.requires.rights.iter().filter(|_| !alias.connector.local) {
                needed.insert(right, "requires");
            }
            for step in compiled.steps.iter().chain(&compiled.finally) {
                if let Some(uses) = step.uses().filter(|uses| uses.connection == place)
                    && let Some(capability) = uses.action.capability
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
                .any(|problem| matches!(problem_words::show(problem).class, Class::Temporary | Class::Unknown));
            for (capability, step) in needed {
                // A capability that the report does not name was not asked for.
                if report.capabilities.get(capability).copied().unwrap_or(true) {
                    continue;
                }
                let because = problem.map(problem_words::show);
                let why = because.as_ref().map_or_else(Text::default, |cause| Text {
                    zh: format!("：{}", cause.reason.zh),
                    en: format!(": {}", cause.reason.en),
                });
                let hint = because.as_ref().map_or_else(
                    || Text { zh: "测试这个连接".into(), en: "test the connection".into() },
                    |cause| cause.hint.clone(),
                );
                let mut error = AppError::conflict("capability_missing").arg("alias", &alias.alias);
                error = error.arg("capability", capability).arg("step", step).arg("connection", &alias.reference);
                error = error.words("why", why).words("hint", hint);
                if passing {
                    let Text { zh, en } = error.issue().reason;
                    notices.push(Text { zh: format!("不能确定：{zh}"), en: format!("not sure: {en}") });
                    continue;
                }
                error.cause = because.map(Box::new);
                return Err(error);
            }
        }
        Ok(notices)
    }
}

/// What `requires` says of this idflow and this tenant; rights are asked of the connections.
///
/// # Errors
/// What is not as it must be.
pub(super) fn required(compiled: &Workflow) -> Result<(), AppError> {
    let engine = env!("CARGO_PKG_VERSION");
    if !compiled.requires.is_served_by(engine) {
        let [major, minor, patch] = compiled.requires.engine.unwrap_or_default();
        let error = AppError::conflict("requires_newer").arg("id", &compiled.id).arg("own", engine);
        return Err(error.arg("wanted", format!("{major}.{minor}.{patch}")));
    }
    if let Some(kind) = &compiled.requires.directory
        && !workflow::vocabulary::DIRECTORIES.contains(&kind.as_str())
    {
        let error = AppError::conflict("requires_directory").arg("id", &compiled.id).arg("wanted", kind);
        return Err(error.arg("own", workflow::vocabulary::DIRECTORIES.join(", ")));
    }
    Ok(())
}
