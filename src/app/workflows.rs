//! Workflows: create, activate, pause, list, draw, validate.

use idflow_sdk::NextKind;
use serde::Deserialize;

use super::{
    App, AppError, Desk,
    error::about_workflow,
    expected::{Expected, tag},
    findings, paging, run_view, templates, time, words,
};
use crate::{
    connectors,
    contract::{
        page::Page,
        problem::{Next, Text},
        template::Alias,
        workflow as shown,
        workflow::{
            Broken, LastRun, NewWorkflow, NextDue, Picture, RunDot, SavedWorkflow, Triggers, WorkflowFilter,
            WorkflowText,
        },
    },
    engine::{Connect, aside::aside},
    model::{definition::Schedule, id::is_snake_case, run::Run},
    store::{
        Batch, catalogue,
        catalogue::{StoredDraft, StoredWorkflow, WorkflowState, WorkflowVersion},
        codec::Loaded,
        events, follow,
        follow::Follower,
        runs, schedules, wakes,
    },
    workflow::{
        self, Environment,
        compiled::Workflow,
        cron,
        diagnostic::{Diagnostic, Language},
        graph::Graph,
        signature::{Signature, Summary},
        suggest,
    },
};

/// So many of the last runs are shown beside a workflow.
const MOST_RECENT: usize = 30;

/// Compiles, or tells all findings.
pub(super) fn checked(file: &str, text: &str) -> Result<(Workflow, Vec<Diagnostic>), AppError> {
    let environment = Environment { connectors: connectors::ALL, ..Default::default() };
    let outcome = aside(|| workflow::compile(file, text, &environment));
    match outcome.workflow {
        Some(compiled) => Ok((compiled, outcome.diagnostics)),
        None => {
            let mut error = AppError::invalid("workflow_has_errors").arg("file", file).arg("workflow", file);
            error.findings = findings::all(file, text, &outcome.diagnostics);
            Err(error)
        }
    }
}

/// A text that becomes a version.
pub(super) struct Saving<'a> {
    /// Its name, for messages.
    pub file: &'a str,
    /// The YAML.
    pub text: &'a str,
    /// The template that it was made from.
    pub template: Option<String>,
    /// Connections that were named for it.
    pub bound: &'a [shown::Bound],
    /// Why it is saved.
    pub note: Option<&'a str>,
    /// The draft that it was, which goes.
    pub draft: Option<&'a Loaded<StoredDraft>>,
    /// The state of the workflow that it is for.
    pub expected: &'a Expected,
}

/// What a version is made of.
pub(super) struct NewVersion<'a> {
    /// The YAML.
    pub text: &'a str,
    /// The template that it was made from.
    pub template: Option<&'a str>,
    /// Why it is saved.
    pub note: Option<&'a str>,
}

impl App {
    /// Saves a workflow; an existing id gets a new version.
    ///
    /// # Errors
    /// All findings of the compiler, an unknown template, a wrong id.
    pub async fn create_workflow(&self, new: NewWorkflow, by: &str) -> Result<SavedWorkflow, AppError> {
        self.create_workflow_if(new, by, &Expected::Anything).await
    }

    /// The same, as long as the workflow is as it was expected.
    ///
    /// # Errors
    /// As [`App::create_workflow`]; [`super::error::Kind::Stale`].
    pub async fn create_workflow_if(
        &self,
        new: NewWorkflow,
        by: &str,
        expected: &Expected,
    ) -> Result<SavedWorkflow, AppError> {
        let (text, template) = match (&new.template, &new.text) {
            (Some(id), None) => (templates::find(id)?.text.to_string(), Some(id.clone())),
            (None, Some(text)) => (text.clone(), None),
            _ => return Err(AppError::invalid("workflow_source_missing").field("template")),
        };
        let file = new.file.clone().or_else(|| new.template.clone()).unwrap_or_else(|| "workflow".into());
        if let Some(id) = &new.id
            && !is_snake_case(id)
        {
            return Err(AppError::invalid("workflow_id_invalid").arg("id", id).field("id"));
        }
        let text = templates::adapt(&text, new.id.as_deref(), &new.connections)?;
        let saving =
            Saving { file: &file, text: &text, template, bound: &new.connections, note: None, draft: None, expected };
        self.save_version(saving, by).await
    }

    /// Saves a text as the newest version of the workflow that it says it is; the same text once more changes nothing.
    ///
    /// # Errors
    /// All findings of the compiler.
    pub(super) async fn save_version(&self, new: Saving<'_>, by: &str) -> Result<SavedWorkflow, AppError> {
        let Saving { file, text, template, bound, note, draft, expected } = new;
        let (compiled, warnings) = checked(file, text)?;
        for shown::Bound { alias, name } in bound {
            let built_in =
                compiled.connections.iter().any(|known| known.alias == *alias && known.connector.settings.is_empty());
            if !built_in && catalogue::connection(&*self.store, &self.tenant, name).await?.is_none() {
                return Err(super::connections::unknown(name));
            }
        }
        let notices = self.notices(file, text, &compiled, bound).await;
        self.goes_with_others(file, text, &compiled).await?;
        for _ in 0..8 {
            let old = catalogue::workflow(&*self.store, &self.tenant, &compiled.id).await?;
            expected.check(old.as_ref().map(|old| tag(&old.value)).as_deref(), || look(&compiled.id))?;
            let mut batch = Batch::default();
            if let Some(draft) = draft {
                catalogue::drop_draft(&mut batch, &self.tenant, draft);
            }
            let version = NewVersion { text, template: template.as_deref(), note };
            let (head, changed) = self.put_version(&mut batch, old.as_ref(), &version, &compiled, by).await?;
            if changed {
                catalogue::put_workflow(&mut batch, &self.tenant, old.as_ref(), &head)?;
            }
            match self.store.commit(batch).await {
                Ok(()) => {
                    return Ok(SavedWorkflow {
                        etag: tag(&head),
                        id: head.id,
                        version: head.latest,
                        state: state(head.state),
                        active: head.active,
                        changed,
                        notices,
                        warnings: if changed { findings::all(file, text, &warnings) } else { Vec::new() },
                    });
                }
                Err(crate::store::StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // Whoever else works on the draft is faster each time.
        Err(crate::store::StoreError::Conflict.into())
    }

    /// Puts a version into a batch, nothing where the newest one has this text already; gives the head that is to be put
    /// beside it, and whether it is another one.
    pub(super) async fn put_version(
        &self,
        batch: &mut Batch,
        old: Option<&Loaded<StoredWorkflow>>,
        new: &NewVersion<'_>,
        compiled: &Workflow,
        by: &str,
    ) -> Result<(StoredWorkflow, bool), AppError> {
        if let Some(old) = old {
            let latest = catalogue::version(&*self.store, &self.tenant, &compiled.id, old.value.latest).await?;
            if latest.is_some_and(|latest| latest.text == new.text) {
                return Ok((old.value.clone(), false));
            }
        }
        let now = self.now();
        let mut head = old.map_or_else(
            || StoredWorkflow {
                id: compiled.id.clone(),
                latest: 0,
                active: None,
                state: WorkflowState::Draft,
                runs: 0,
                template: None,
                created: now,
                activated: None,
                from_folder: false,
            },
            |old| old.value.clone(),
        );
        head.latest += 1;
        // Whoever writes a version by hand has a workflow of his own from then on.
        head.template = new.template.map(ToString::to_string);
        let version = WorkflowVersion {
            version: head.latest,
            text: new.text.into(),
            saved: now,
            by: Some(by.into()),
            note: new.note.map(ToString::to_string),
        };
        catalogue::put_version(batch, &self.tenant, &head.id, &version)?;
        let signature = Signature::new(Ok(Summary::of(compiled)));
        catalogue::put_signature(batch, &self.tenant, &head.id, version.version, &signature)?;
        for webhook in &compiled.webhooks {
            catalogue::want_path(batch, &self.tenant, &webhook.path, &head.id);
        }
        Ok((head, true))
    }

    /// What stands in the way of activating it and can be mended by then: connections that are not there or of another type,
    /// inputs that nobody gives.
    async fn notices(&self, file: &str, text: &str, compiled: &Workflow, named: &[shown::Bound]) -> Vec<Text> {
        let mut notices = Vec::new();
        let environment = Environment { connectors: connectors::ALL, ..Environment::default() };
        let live = aside(|| workflow::compile_live(file, text, &environment)).diagnostics;
        for finding in live.iter().filter(|finding| finding.code == "E0606") {
            let (zh, en) = (&finding.message.zh, &finding.message.en);
            let (zh, en) = (format!("还不能启用：E0606 {zh}"), format!("it cannot be activated yet: E0606 {en}"));
            notices.push(Text { zh, en });
        }
        for shown::Bound { alias, name } in named {
            let Some(wanted) = compiled.connections.iter().find(|connection| connection.alias == *alias) else {
                continue;
            };
            if let Err(problem) = self.connections.known(name, wanted.connector.name).await {
                let shown = words::show(&problem);
                notices.push(Text {
                    zh: format!("{alias}={name}：{}；{}", shown.reason.zh, shown.hint.zh),
                    en: format!("{alias}={name}: {}; {}", shown.reason.en, shown.hint.en),
                });
            }
        }
        notices
    }

    /// Makes sure that there is such a workflow: a list of nothing must not hide a slip of the hand.
    pub(super) async fn is_known(&self, id: &str) -> Result<(), AppError> {
        self.head(id).await.map(|_| ())
    }

    async fn expected_head(&self, id: &str, expected: &Expected) -> Result<Loaded<StoredWorkflow>, AppError> {
        let head = self.head(id).await?;
        expected.check(Some(&tag(&head.value)), || look(id)).map(|()| head)
    }

    pub(super) async fn head(&self, id: &str) -> Result<Loaded<StoredWorkflow>, AppError> {
        let found = catalogue::workflow(&*self.store, &self.tenant, id).await?;
        match found {
            Some(found) => Ok(found),
            None => Err(self.no_workflow(id).await?),
        }
    }

    /// That there is no such workflow, with the one that was probably meant.
    pub(super) async fn no_workflow(&self, id: &str) -> Result<AppError, AppError> {
        let all = catalogue::workflows(&*self.store, &self.tenant).await?;
        let similar = suggest::nearest(id, all.iter().map(|workflow| workflow.id.as_str())).map(ToString::to_string);
        let error = AppError::not_found("workflow_unknown").arg("workflow", id);
        Ok(match similar {
            Some(similar) => error.arg(super::words::SIMILAR, similar),
            None => error,
        })
    }

    /// The text of a workflow's newest version, or of one version.
    ///
    /// # Errors
    /// An unknown workflow or version.
    pub async fn workflow_text(&self, id: &str, version: Option<u64>) -> Result<WorkflowText, AppError> {
        let head = self.head(id).await?;
        let version = version.unwrap_or(head.value.latest);
        let stored = catalogue::version(&*self.store, &self.tenant, id, version).await?;
        let unknown = || AppError::not_found("version_unknown").arg("workflow", id).arg("version", version.to_string());
        Ok(WorkflowText { id: id.into(), version, text: stored.ok_or_else(unknown)?.text })
    }

    /// Activates the newest version: its triggers are live from now on.
    ///
    /// # Errors
    /// A connection that is missing, of another type or without a right that a step needs; a webhook path that another
    /// workflow has; a called workflow that is not active, or that calls this one.
    pub async fn activate(&self, id: &str, by: &str) -> Result<shown::Workflow, AppError> {
        self.activate_if(id, by, &Expected::Anything).await
    }

    /// The same, as long as the workflow is as it was expected.
    ///
    /// # Errors
    /// As [`App::activate`]; [`super::error::Kind::Stale`].
    pub async fn activate_if(&self, id: &str, by: &str, expected: &Expected) -> Result<shown::Workflow, AppError> {
        let head = self.expected_head(id, expected).await?;
        let text = self.workflow_text(id, None).await?.text;
        let (compiled, _) = checked(id, &text)?;
        let notices = self.may_go_live(id, &text, &compiled).await?;
        let mut batch = Batch::default();
        let new = self.put_live(&mut batch, Some(&head), head.value.clone(), &compiled, by).await?;
        self.store.commit(batch).await?;
        let mut view = view(&new, Some(&Summary::of(&compiled)));
        view.hooks = Some(self.hooks(id).await?);
        view.notices = notices;
        Ok(view)
    }

    /// Makes the newest version live in a batch; `head` is the workflow as it will be otherwise.
    pub(super) async fn put_live(
        &self,
        batch: &mut Batch,
        old: Option<&Loaded<StoredWorkflow>>,
        head: StoredWorkflow,
        compiled: &Workflow,
        by: &str,
    ) -> Result<StoredWorkflow, AppError> {
        let mut new = head;
        new.active = Some(new.latest);
        new.state = WorkflowState::Active;
        new.activated = Some((self.now(), by.into()));
        let id = new.id.as_str();
        catalogue::put_workflow(batch, &self.tenant, old, &new)?;
        // Whoever looks after schedules finds out when it is due.
        wakes::put_changed(batch, &self.tenant, wakes::What::Schedules, self.now(), id.as_bytes());
        self.hold_hooks(compiled, batch).await?;
        let after = compiled.after.iter();
        let after = after.map(|after| Follower { after: after.workflow.clone(), statuses: after.statuses.clone() });
        self.follows(batch, id, &after.collect::<Vec<_>>()).await?;
        self.listens(batch, id, Some(compiled)).await?;
        Ok(new)
    }

    /// Puts a workflow away in a batch.
    pub(super) async fn put_away(
        &self,
        batch: &mut Batch,
        head: &Loaded<StoredWorkflow>,
    ) -> Result<StoredWorkflow, AppError> {
        let mut new = head.value.clone();
        new.state = WorkflowState::Archived;
        catalogue::put_workflow(batch, &self.tenant, Some(head), &new)?;
        self.drop_hooks(&new.id, None, batch).await?;
        self.follows(batch, &new.id, &[]).await?;
        self.listens(batch, &new.id, None).await?;
        Ok(new)
    }

    /// What the workflow follows from now on (`on.after`), in the commit that changes its state.
    async fn follows(&self, batch: &mut Batch, id: &str, now: &[Follower]) -> Result<(), AppError> {
        let before = follow::followed_by(&*self.store, &self.tenant, id).await?;
        Ok(follow::set(batch, &self.tenant, id, &before, now)?)
    }

    /// What the workflow listens to from now on (`on.event`), in the commit that changes its state.
    async fn listens(&self, batch: &mut Batch, id: &str, live: Option<&Workflow>) -> Result<(), AppError> {
        let wanted = live.into_iter().flat_map(|live| live.events.iter().map(move |event| (live, event)));
        let wanted = wanted.filter_map(|(live, event)| {
            let alias = live.connections.get(event.connection)?;
            let gathering = events::Gathering {
                collect_ms: i64::try_from(event.collect.as_millis()).unwrap_or(i64::MAX),
                most: event.most,
            };
            let connection = self.connections.link_name(&alias.reference, alias.connector.name);
            Some((connection, event.types.clone(), gathering))
        });
        let wanted: Vec<events::Wanted> = wanted.collect();
        Ok(events::listen(&*self.store, batch, &self.tenant, id, &wanted).await?)
    }

    /// Puts the triggers of a workflow to rest.
    ///
    /// # Errors
    /// An unknown workflow, or one that is not active or not as it was expected.
    pub async fn pause_workflow(&self, id: &str, expected: &Expected) -> Result<shown::Workflow, AppError> {
        let head = self.expected_head(id, expected).await?;
        if head.value.state != WorkflowState::Active {
            return Err(AppError::conflict("workflow_not_active").arg("workflow", id));
        }
        let mut new = head.value.clone();
        new.state = WorkflowState::Paused;
        let mut batch = Batch::default();
        catalogue::put_workflow(&mut batch, &self.tenant, Some(&head), &new)?;
        self.follows(&mut batch, id, &[]).await?;
        self.listens(&mut batch, id, None).await?;
        self.store.commit(batch).await?;
        Ok(view(&new, None))
    }

    /// Puts a workflow away: nothing starts it, and it is no longer listed unless asked for. Its runs stay. Activating it
    /// brings it back.
    ///
    /// # Errors
    /// An unknown workflow, one that is not as it was expected, the store.
    pub async fn archive_workflow(&self, id: &str, expected: &Expected) -> Result<shown::Workflow, AppError> {
        let head = self.expected_head(id, expected).await?;
        let mut batch = Batch::default();
        let new = self.put_away(&mut batch, &head).await?;
        self.store.commit(batch).await?;
        Ok(view(&new, None))
    }

    /// A workflow with what became of its due times, and whether its active version still compiles.
    async fn shown(&self, head: &StoredWorkflow) -> Result<shown::Workflow, AppError> {
        let version = head.active.unwrap_or(head.latest);
        let signature = self.connections.signatures(&[(head.id.as_str(), version)]).await?.pop().flatten();
        let unknown = || AppError::not_found("version_unknown").arg("workflow", &head.id);
        let signature = signature.ok_or_else(|| unknown().arg("version", version.to_string()))?;
        let mut view = view(head, signature.summary());
        let number = runs::last_number(&*self.store, &self.tenant, &head.id).await?.max(head.runs);
        view.runs = number;
        let last = match runs::by_number(&*self.store, &self.tenant, &head.id, number).await? {
            Some(run) => runs::get(&*self.store, &self.tenant, run).await?,
            None => None,
        };
        view.last = last.as_ref().map(last_run);
        match &signature.says {
            Ok(compiled) => {
                view.triggers = Some(triggers(compiled, head.state == WorkflowState::Active, self.now()));
                for (place, schedule) in view.schedules.iter_mut().enumerate() {
                    let mark = schedules::get(&*self.store, &self.tenant, &head.id, place).await?;
                    let missed = mark.map(|mark| mark.value.missed).unwrap_or_default();
                    let shown = |missed: &schedules::Missed| shown::Missed {
                        at: time(missed.at),
                        due: time(missed.due),
                        count: missed.count,
                        why: words::show(&missed.why),
                    };
                    schedule.missed = missed.iter().map(shown).collect();
                }
            }
            // Checked by an older version: its triggers start nothing until it is mended.
            Err(finding) => view.broken = Broken::deserialize(finding).ok(),
        }
        Ok(view)
    }

    /// The last runs of a workflow, the newest last.
    async fn recent_runs(&self, id: &str, last: u64, most: usize) -> Result<Vec<RunDot>, AppError> {
        let mut dots = Vec::new();
        let first = last.saturating_sub(most as u64) + 1;
        for number in first..=last {
            let Some(run) = runs::by_number(&*self.store, &self.tenant, id, number).await? else { continue };
            if let Some(run) = runs::get(&*self.store, &self.tenant, run).await? {
                let LastRun { run, no, status, at, .. } = last_run(&run);
                dots.push(RunDot { run, no, status, at });
            }
        }
        Ok(dots)
    }

    /// A picture of a workflow or template.
    ///
    /// # Errors
    /// An unknown name, an unknown format, errors in the file.
    pub async fn graph(&self, id: &str, format: &str, lang: &str) -> Result<Picture, AppError> {
        let text = match templates::find(id) {
            Ok(template) if catalogue::workflow(&*self.store, &self.tenant, id).await?.is_none() => {
                template.text.to_string()
            }
            _ => self.workflow_text(id, None).await?.text,
        };
        Ok(Picture { id: id.into(), format: format.into(), picture: draw(id, &text, format, lang)? })
    }
}

impl Desk<'_> {
    /// All workflows.
    ///
    /// # Errors
    /// A wrong limit or cursor; those of the store.
    pub async fn workflows(&self, wanted: &WorkflowFilter) -> Result<Page<shown::Workflow>, AppError> {
        let mut all = catalogue::workflows_each(&*self.store, &self.tenant).await?;
        if let Some(only) = wanted.state {
            all.retain(|(_, head)| match head {
                Ok(head) => state(head.state) == only,
                Err(_) => only == shown::WorkflowState::Unreadable,
            });
        }
        let page = paging::cut(all, wanted.limit, wanted.cursor.as_deref())?;
        let recent = wanted.recent.unwrap_or(0);
        if recent > MOST_RECENT {
            return Err(AppError::invalid("limit_too_high").arg("most", MOST_RECENT.to_string()).field("recent"));
        }
        let mut items = Vec::with_capacity(page.items.len());
        for (id, head) in page.items {
            items.push(match head {
                Ok(head) => {
                    let view = self.with_verbs(&head, self.shown(&head).await?);
                    let recent = self.recent_runs(&head.id, view.runs, recent).await?;
                    shown::Workflow { recent, ..view }
                }
                // One that cannot be read hides no other.
                Err(error) => {
                    let (zh, en) = (format!("保存的内容无法读取：{error}"), error.to_string());
                    let broken = Broken { code: "store_corrupt".into(), message: Text { zh, en } };
                    shown::Workflow { broken: Some(broken), ..blank(id) }
                }
            });
        }
        Ok(Page { items, next: page.next, total: page.total })
    }

    fn with_verbs(&self, head: &StoredWorkflow, view: shown::Workflow) -> shown::Workflow {
        shown::Workflow { allowed: self.caller.verbs_of_workflow(head.state), ..view }
    }

    /// One workflow: its state, its triggers and what became of them, its addresses.
    ///
    /// # Errors
    /// An unknown workflow, and those of the store.
    pub async fn workflow(&self, id: &str) -> Result<shown::Workflow, AppError> {
        let head = self.head(id).await?;
        let mut view = self.with_verbs(&head.value, self.shown(&head.value).await?);
        view.hooks = Some(self.hooks(id).await?);
        view.recent = self.recent_runs(id, view.runs, MOST_RECENT).await?;
        Ok(view)
    }

    /// Activates the newest version: its triggers are live from now on.
    ///
    /// # Errors
    /// A connection that is missing, of another type or without a right that a step needs; a webhook path that another
    /// workflow has; a called workflow that is not active, or that calls this one.
    pub async fn activate_workflow(&self, id: &str, expected: &Expected) -> Result<shown::Workflow, AppError> {
        if !self.caller.is_operator()
            && let Ok(stored) = self.workflow_text(id, None).await
        {
            self.may_activate_reading(&stored.text).await?;
        }
        self.activate_if(id, &self.caller.actor, expected).await
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
        _ => return Err(AppError::invalid("picture_format_unknown").arg("word", format).field("format")),
    })
}

fn last_run(run: &Run) -> LastRun {
    let brief = run_view::brief(run);
    LastRun {
        run: brief.run,
        no: brief.no,
        workflow: brief.workflow,
        kind: brief.kind,
        status: brief.status,
        at: time(run.ended.or(run.started).unwrap_or(run.accepted)),
    }
}

/// What starts a workflow; of schedules also when, while it is active.
fn triggers(compiled: &Summary, active: bool, now: i64) -> Triggers {
    let now = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
    let next = |schedule: &Schedule| {
        let next = cron::next_after(&schedule.cron, &schedule.timezone, now).ok().flatten();
        next.filter(|_| active).map(|next| time(next.timestamp_millis()))
    };
    let due = |schedule: &Schedule| NextDue {
        cron: schedule.cron.clone(),
        timezone: schedule.timezone.clone(),
        next: next(schedule),
    };
    Triggers {
        manual: compiled.manual,
        schedules: compiled.schedules.iter().map(due).collect(),
        webhooks: compiled.webhooks.iter().map(|webhook| webhook.path.clone()).collect(),
        after: compiled.after.iter().map(|after| after.workflow.clone()).collect(),
    }
}

pub(super) const fn state(state: WorkflowState) -> shown::WorkflowState {
    match state {
        WorkflowState::Draft => shown::WorkflowState::Draft,
        WorkflowState::Active => shown::WorkflowState::Active,
        WorkflowState::Paused => shown::WorkflowState::Paused,
        WorkflowState::Archived => shown::WorkflowState::Archived,
    }
}

/// A workflow of which nothing is known but its id.
fn blank(id: String) -> shown::Workflow {
    shown::Workflow {
        id,
        state: shown::WorkflowState::Unreadable,
        latest: 0,
        active: None,
        runs: 0,
        template: None,
        created: None,
        activated: None,
        name: None,
        connections: Vec::new(),
        schedules: Vec::new(),
        after: Vec::new(),
        webhooks: Vec::new(),
        events: Vec::new(),
        triggers: None,
        last: None,
        recent: Vec::new(),
        broken: None,
        hooks: None,
        notices: Vec::new(),
        allowed: Vec::new(),
        etag: String::new(),
    }
}

/// Where to look at a workflow again.
pub(super) fn look(id: &str) -> Next {
    about_workflow(NextKind::ShowWorkflow, id)
}

fn view(head: &StoredWorkflow, compiled: Option<&Summary>) -> shown::Workflow {
    let view = shown::Workflow {
        etag: tag(head),
        state: state(head.state),
        latest: head.latest,
        active: head.active,
        runs: head.runs,
        template: head.template.clone(),
        created: Some(time(head.created)),
        activated: head.activated.as_ref().map(|(at, by)| shown::Activated { at: time(*at), by: by.clone() }),
        ..blank(head.id.clone())
    };
    let Some(compiled) = compiled else { return view };
    let schedule = |schedule: &Schedule| shown::Schedule {
        cron: schedule.cron.clone(),
        timezone: schedule.timezone.clone(),
        inputs: schedule.inputs.clone().into(),
        missed: Vec::new(),
    };
    let after = |after: &workflow::compiled::After| shown::After {
        workflow: after.workflow.clone(),
        status: after.statuses.iter().map(|status| run_view::status(*status)).collect(),
        inputs: after.inputs.clone().into(),
    };
    let events = |(alias, types): &(String, Vec<String>)| shown::Events {
        connection: Some(alias.clone()),
        types: types.clone(),
    };
    let alias = |(alias, connector, reference): &(String, String, String)| Alias {
        alias: alias.clone(),
        connector: connector.clone(),
        reference: reference.clone(),
    };
    shown::Workflow {
        name: Some(Text { zh: compiled.name.zh.clone(), en: compiled.name.en.clone() }),
        connections: compiled.connections.iter().map(alias).collect(),
        schedules: compiled.schedules.iter().map(schedule).collect(),
        after: compiled.after.iter().map(after).collect(),
        webhooks: compiled.webhooks.iter().map(|webhook| webhook.path.clone()).collect(),
        events: compiled.events.iter().map(events).collect(),
        ..view
    }
}
