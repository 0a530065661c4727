//! Workflows: create, activate, pause, list, draw, validate.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{App, AppError, run_view, templates, time, words};
use crate::{
    connectors,
    engine::{Connect, aside::aside},
    model::{definition::Schedule, id::is_snake_case, run::Run},
    store::{
        Batch, catalogue,
        catalogue::{StoredWorkflow, WorkflowState, WorkflowVersion},
        codec::Loaded,
        follow,
        follow::Follower,
        runs, schedules, wakes,
    },
    workflow::{
        self, Environment,
        compiled::Workflow,
        cron,
        diagnostic::{Diagnostic, Language, Source},
        graph::Graph,
        signature::{Signature, Summary},
    },
};

/// A workflow as somebody gives it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NewWorkflow {
    /// The template it is made from.
    pub template: Option<String>,
    /// Or its YAML.
    pub text: Option<String>,
    /// The name of the file, for messages.
    pub file: Option<String>,
    /// Its id; the one in the text where none is given.
    pub id: Option<String>,
    /// Connections by alias.
    #[serde(default)]
    pub connections: Vec<(String, String)>,
}

/// Compiles, or tells all findings.
pub(super) fn checked(file: &str, text: &str) -> Result<(Workflow, Vec<Diagnostic>), AppError> {
    let environment = Environment { connectors: connectors::ALL, ..Default::default() };
    let outcome = aside(|| workflow::compile(file, text, &environment));
    match outcome.workflow {
        Some(compiled) => Ok((compiled, outcome.diagnostics)),
        None => {
            let source = Source::new(file, text);
            let findings: Vec<Value> = outcome.diagnostics.iter().map(|finding| finding.to_json(&source)).collect();
            let mut error = AppError::invalid(format!("{file} has errors"))
                .hint(format!("`idflow validate {file}` shows each with its place and a fix"));
            error.details = Some(findings.into());
            Err(error)
        }
    }
}

impl App {
    /// Saves a workflow; an existing id gets a new version.
    ///
    /// # Errors
    /// All findings of the compiler, an unknown template, a wrong id.
    pub async fn create_workflow(&self, new: NewWorkflow) -> Result<Value, AppError> {
        let (text, template) = match (&new.template, &new.text) {
            (Some(id), None) => (templates::find(id)?.text.to_string(), Some(id.clone())),
            (None, Some(text)) => (text.clone(), None),
            _ => {
                return Err(
                    AppError::invalid("give either a template or a file").hint("--template NAME or --file FLOW.yaml")
                );
            }
        };
        let file = new.file.clone().or_else(|| new.template.clone()).unwrap_or_else(|| "workflow".into());
        if let Some(id) = &new.id
            && !is_snake_case(id)
        {
            return Err(AppError::invalid(format!("`{id}` cannot name a workflow"))
                .hint("use lower-case letters, digits and `_`, a letter first: `downstream_main`"));
        }
        let text = templates::adapt(&text, new.id.as_deref(), &new.connections)?;
        let (compiled, warnings) = checked(&file, &text)?;
        for (alias, name) in &new.connections {
            let built_in =
                compiled.connections.iter().any(|known| known.alias == *alias && known.connector.settings.is_empty());
            if !built_in && catalogue::connection(&*self.store, &self.tenant, name).await?.is_none() {
                return Err(super::connections::unknown(name));
            }
        }
        let notices = self.notices(&file, &text, &compiled, &new.connections).await;
        self.goes_with_others(&file, &text, &compiled).await?;
        for _ in 0..8 {
            let old = catalogue::workflow(&*self.store, &self.tenant, &compiled.id).await?;
            if let Some(old) = &old {
                let latest = catalogue::version(&*self.store, &self.tenant, &compiled.id, old.value.latest).await?;
                if latest.is_some_and(|latest| latest.text == text) {
                    return Ok(json!({
                        "id": compiled.id, "version": old.value.latest, "state": old.value.state, "changed": false,
                        "notices": notices,
                    }));
                }
            }
            let now = self.now();
            let mut head = old.as_ref().map_or_else(
                || StoredWorkflow {
                    id: compiled.id.clone(),
                    latest: 0,
                    active: None,
                    state: WorkflowState::Draft,
                    runs: 0,
                    template: template.clone(),
                    created: now,
                    activated: None,
                },
                |old| old.value.clone(),
            );
            head.latest += 1;
            let version = WorkflowVersion { version: head.latest, text: text.clone(), saved: now };
            let mut batch = Batch::default();
            catalogue::put_version(&mut batch, &self.tenant, &head.id, &version)?;
            let signature = Signature::new(Ok(Summary::of(&compiled)));
            catalogue::put_signature(&mut batch, &self.tenant, &head.id, version.version, &signature)?;
            for webhook in &compiled.webhooks {
                catalogue::want_path(&mut batch, &self.tenant, &webhook.path, &head.id);
            }
            catalogue::put_workflow(&mut batch, &self.tenant, old.as_ref(), &head)?;
            match self.store.commit(batch).await {
                Ok(()) => {
                    return Ok(json!({
                        "id": head.id,
                        "version": head.latest,
                        "state": head.state,
                        "active": head.active,
                        "changed": true,
                        "notices": notices,
                        "warnings": warnings.iter().map(|finding| finding.to_json(&Source::new(&file, &text))).collect::<Vec<_>>(),
                    }));
                }
                Err(crate::store::StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(crate::store::StoreError::Conflict.into())
    }

    /// What stands in the way of activating it and can be mended by then: connections that are not there or of another type,
    /// inputs that nobody gives.
    async fn notices(&self, file: &str, text: &str, compiled: &Workflow, named: &[(String, String)]) -> Vec<Value> {
        let mut notices = Vec::new();
        let environment = Environment { connectors: connectors::ALL, ..Environment::default() };
        let live = aside(|| workflow::compile_live(file, text, &environment)).diagnostics;
        for finding in live.iter().filter(|finding| finding.code == "E0606") {
            let (zh, en) = (&finding.message.zh, &finding.message.en);
            notices.push(json!({"zh": format!("还不能启用：E0606 {zh}"), "en": format!("it cannot be activated yet: E0606 {en}")}));
        }
        for (alias, name) in named {
            let Some(wanted) = compiled.connections.iter().find(|connection| connection.alias == *alias) else {
                continue;
            };
            if let Err(problem) = self.connections.known(name, wanted.connector.name).await {
                let shown = words::show(&problem);
                notices.push(json!({
                    "zh": format!("{alias}={name}：{}；{}", shown.reason.zh, shown.hint.zh),
                    "en": format!("{alias}={name}: {}; {}", shown.reason.en, shown.hint.en),
                }));
            }
        }
        notices
    }

    /// Makes sure that there is such a workflow: a list of nothing must not hide a slip of the hand.
    pub(super) async fn is_known(&self, id: &str) -> Result<(), AppError> {
        self.head(id).await.map(|_| ())
    }

    async fn head(&self, id: &str) -> Result<Loaded<StoredWorkflow>, AppError> {
        catalogue::workflow(&*self.store, &self.tenant, id).await?.ok_or_else(|| {
            AppError::not_found(format!("there is no workflow `{id}`"))
                .hint("`idflow workflow list` shows what there is; `idflow workflow create` makes one")
        })
    }

    /// The text of a workflow's newest version, or of one version.
    ///
    /// # Errors
    /// An unknown workflow or version.
    pub async fn workflow_text(&self, id: &str, version: Option<u64>) -> Result<String, AppError> {
        let head = self.head(id).await?;
        let version = version.unwrap_or(head.value.latest);
        let stored = catalogue::version(&*self.store, &self.tenant, id, version).await?;
        let stored = stored.ok_or_else(|| AppError::not_found(format!("workflow `{id}` has no version {version}")))?;
        Ok(stored.text)
    }

    /// Activates the newest version: its triggers are live from now on.
    ///
    /// # Errors
    /// A connection that is missing, of another type or without a right that a step needs; a webhook path that another
    /// workflow has; a called workflow that is not active, or that calls this one.
    pub async fn activate_workflow(&self, id: &str, by: &str) -> Result<Value, AppError> {
        let head = self.head(id).await?;
        let text = self.workflow_text(id, None).await?;
        let (compiled, _) = checked(id, &text)?;
        let mut notices = self.may_go_live(id, &text, &compiled).await?;
        if !compiled.events.is_empty() {
            notices.push(
                "`on.event`: this version receives no events of any connection yet, so they start nothing; add a schedule or a webhook"
                    .into(),
            );
        }
        let mut new = head.value.clone();
        new.active = Some(new.latest);
        new.state = WorkflowState::Active;
        new.activated = Some((self.now(), by.into()));
        let mut batch = Batch::default();
        catalogue::put_workflow(&mut batch, &self.tenant, Some(&head), &new)?;
        // Whoever looks after schedules finds out when it is due.
        wakes::put_changed(&mut batch, &self.tenant, wakes::What::Schedules, self.now(), id.as_bytes());
        self.hold_hooks(&compiled, &mut batch).await?;
        let after = compiled.after.iter();
        let after = after.map(|after| Follower { after: after.workflow.clone(), statuses: after.statuses.clone() });
        self.follows(&mut batch, id, &after.collect::<Vec<_>>()).await?;
        self.store.commit(batch).await?;
        let mut view = view(&new, Some(&Summary::of(&compiled)));
        view["hooks"] = self.hooks(id).await?;
        view["notices"] = notices.into();
        Ok(view)
    }

    /// What the workflow follows from now on (`on.after`), in the commit that changes its state.
    async fn follows(&self, batch: &mut Batch, id: &str, now: &[Follower]) -> Result<(), AppError> {
        let before = follow::followed_by(&*self.store, &self.tenant, id).await?;
        Ok(follow::set(batch, &self.tenant, id, &before, now)?)
    }

    /// Puts the triggers of a workflow to rest.
    ///
    /// # Errors
    /// An unknown workflow, or one that is not active.
    pub async fn pause_workflow(&self, id: &str) -> Result<Value, AppError> {
        let head = self.head(id).await?;
        if head.value.state != WorkflowState::Active {
            return Err(AppError::conflict(format!("workflow `{id}` is not active")));
        }
        let mut new = head.value.clone();
        new.state = WorkflowState::Paused;
        let mut batch = Batch::default();
        catalogue::put_workflow(&mut batch, &self.tenant, Some(&head), &new)?;
        self.follows(&mut batch, id, &[]).await?;
        self.store.commit(batch).await?;
        Ok(view(&new, None))
    }

    /// Puts a workflow away: nothing starts it, and it is no longer listed unless asked for. Its runs stay. Activating it
    /// brings it back.
    ///
    /// # Errors
    /// An unknown workflow, the store.
    pub async fn archive_workflow(&self, id: &str) -> Result<Value, AppError> {
        let head = self.head(id).await?;
        let mut new = head.value.clone();
        new.state = WorkflowState::Archived;
        let mut batch = Batch::default();
        catalogue::put_workflow(&mut batch, &self.tenant, Some(&head), &new)?;
        self.drop_hooks(id, None, &mut batch).await?;
        self.follows(&mut batch, id, &[]).await?;
        self.store.commit(batch).await?;
        Ok(view(&new, None))
    }

    /// All workflows.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn workflows(&self) -> Result<Value, AppError> {
        let mut views = Vec::new();
        for (id, head) in catalogue::workflows_each(&*self.store, &self.tenant).await? {
            views.push(match head {
                Ok(head) => self.shown(&head).await?,
                // One that cannot be read hides no other.
                Err(error) => {
                    let (zh, en) = (format!("保存的内容无法读取：{error}"), error.to_string());
                    json!({"id": id, "state": "unreadable", "broken": {"code": "store", "message": {"zh": zh, "en": en}}})
                }
            });
        }
        Ok(views.into())
    }

    /// One workflow: its state, its triggers and what became of them, its addresses.
    ///
    /// # Errors
    /// An unknown workflow, and those of the store.
    pub async fn workflow(&self, id: &str) -> Result<Value, AppError> {
        let head = self.head(id).await?;
        let mut view = self.shown(&head.value).await?;
        view["hooks"] = self.hooks(id).await?;
        Ok(view)
    }

    /// A workflow with what became of its due times, and whether its active version still compiles.
    async fn shown(&self, head: &StoredWorkflow) -> Result<Value, AppError> {
        let version = head.active.unwrap_or(head.latest);
        let signature = self.connections.signatures(&[(head.id.as_str(), version)]).await?.pop().flatten();
        let signature =
            signature.ok_or_else(|| AppError::not_found(format!("workflow `{}` has no version {version}", head.id)))?;
        let mut view = view(head, signature.summary());
        let number = runs::last_number(&*self.store, &self.tenant, &head.id).await?.max(head.runs);
        view["runs"] = number.into();
        let last = match runs::by_number(&*self.store, &self.tenant, &head.id, number).await? {
            Some(run) => runs::get(&*self.store, &self.tenant, run).await?,
            None => None,
        };
        view["last"] = last.as_ref().map(last_run).into();
        match &signature.says {
            Ok(compiled) => {
                view["triggers"] = triggers(compiled, head.state == WorkflowState::Active, self.now());
                for place in 0..compiled.schedules.len() {
                    let mark = schedules::get(&*self.store, &self.tenant, &head.id, place).await?;
                    let missed = mark.map(|mark| mark.value.missed).unwrap_or_default();
                    view["schedules"][place]["missed"] = missed
                        .iter()
                        .map(|missed| {
                            json!({
                                "at": time(missed.at), "due": time(missed.due), "count": missed.count,
                                "why": words::show(&missed.why),
                            })
                        })
                        .collect();
                }
            }
            // Checked by an older version: its triggers start nothing until it is mended.
            Err(finding) => view["broken"] = finding.clone(),
        }
        Ok(view)
    }

    /// A picture of a workflow or template.
    ///
    /// # Errors
    /// An unknown name, an unknown format, errors in the file.
    pub async fn graph(&self, id: &str, format: &str, lang: &str) -> Result<String, AppError> {
        let text = match templates::find(id) {
            Ok(template) if catalogue::workflow(&*self.store, &self.tenant, id).await?.is_none() => {
                template.text.to_string()
            }
            _ => self.workflow_text(id, None).await?,
        };
        draw(id, &text, format, lang)
    }
}

/// A picture of a workflow's text.
///
/// # Errors
/// Errors in the text, an unknown format.
pub fn draw(file: &str, text: &str, format: &str, lang: &str) -> Result<String, AppError> {
    let (compiled, _) = checked(file, text)?;
    let language = if lang == "zh" { Language::Zh } else { Language::En };
    Ok(match format {
        "text" => Graph::to_text(&compiled, language),
        "dot" => Graph::to_dot(&compiled, language),
        "svg" => Graph::to_svg(&compiled, language),
        "mermaid" => Graph::to_mermaid(&compiled, language),
        _ => {
            return Err(AppError::invalid(format!("`{format}` is no format")).hint("formats: text, dot, svg, mermaid"));
        }
    })
}

fn last_run(run: &Run) -> Value {
    let mut brief = run_view::brief(run);
    brief["at"] = time(run.ended.or(run.started).unwrap_or(run.accepted)).into();
    brief
}

/// What starts a workflow; of schedules also when, while it is active.
fn triggers(compiled: &Summary, active: bool, now: i64) -> Value {
    let now = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
    let next = |schedule: &Schedule| {
        let next = cron::next_after(&schedule.cron, &schedule.timezone, now).ok().flatten();
        next.filter(|_| active).map(|next| time(next.timestamp_millis()))
    };
    json!({
        "manual": compiled.manual,
        "schedules": compiled.schedules.iter().map(|schedule| json!({
            "cron": schedule.cron, "timezone": schedule.timezone, "next": next(schedule),
        })).collect::<Vec<_>>(),
        "webhooks": compiled.webhooks.iter().map(|webhook| webhook.path.as_str()).collect::<Vec<_>>(),
        "after": compiled.after.iter().map(|after| after.workflow.as_str()).collect::<Vec<_>>(),
    })
}

fn view(head: &StoredWorkflow, compiled: Option<&Summary>) -> Value {
    let mut view = json!({
        "id": head.id,
        "state": head.state,
        "latest": head.latest,
        "active": head.active,
        "runs": head.runs,
        "template": head.template,
        "created": time(head.created),
        "activated": head.activated.as_ref().map(|(at, by)| json!({"at": time(*at), "by": by})),
    });
    if let Some(compiled) = compiled {
        view["name"] = json!({"zh": compiled.name.zh, "en": compiled.name.en});
        view["connections"] = compiled
            .connections
            .iter()
            .map(|(alias, connector, reference)| json!({"alias": alias, "type": connector, "ref": reference}))
            .collect();
        view["schedules"] = compiled
            .schedules
            .iter()
            .map(|schedule| json!({"cron": schedule.cron, "timezone": schedule.timezone, "inputs": schedule.inputs}))
            .collect();
        view["after"] = compiled
            .after
            .iter()
            .map(|after| {
                let statuses: Vec<&str> = after.statuses.iter().map(|status| status.as_str()).collect();
                json!({"workflow": after.workflow, "status": statuses, "inputs": after.inputs})
            })
            .collect();
        view["webhooks"] = compiled.webhooks.iter().map(|webhook| webhook.path.clone()).collect();
        view["events"] =
            compiled.events.iter().map(|(alias, types)| json!({"connection": alias, "types": types})).collect();
    }
    view
}
