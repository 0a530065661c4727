//! Workflows: create, activate, pause, list, draw, validate.

mod live;
mod view;

use idflow_sdk::NextKind;

pub(super) use view::state;

use view::blank;

use super::{
    App, AppError, Desk,
    error::about_workflow,
    expected::{Expected, tag},
    findings, paging, problem_words, templates,
};
use crate::{
    connectors,
    contract::{
        page::Page,
        problem::{Next, Text},
        workflow as shown,
        workflow::{Broken, NewWorkflow, Picture, SavedWorkflow, WorkflowFilter, WorkflowText},
    },
    engine::blocking::aside,
    model::id::is_snake_case,
    store::{
        Batch,
        catalogue::{self, StoredDraft, StoredWorkflow, WorkflowState, WorkflowVersion},
        codec::Loaded,
    },
    workflow::{
        self, Environment,
        compiled::Workflow,
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
    /// As [`App::create_workflow`]; [`super::error::RefusalKind::Stale`].
    pub async fn create_workflow_if(
        &self,
        new: NewWorkflow,
        by: &str,
        expected: &Expected,
    ) -> Result<SavedWorkflow, AppError> {
        let (text, template) = match (&new.template, &new.text) {
            (Some(id), None) => (self.any_template(id).await?.text, Some(id.clone())),
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
                fenced: false,
                live_since: None,
                from_folder: false,
                folder: None,
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
        for wanted in &compiled.connections {
            let alias = &wanted.alias;
            let given = named.iter().find(|bound| bound.alias == *alias).map(|bound| bound.name.as_str());
            let name = given.unwrap_or(&wanted.reference);
            if let Err(problem) = self.connections.known(name, wanted.connector.name).await {
                let shown = problem_words::show(&problem);
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
            Some(similar) => error.arg(super::problem_words::SIMILAR, similar),
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

    /// A picture of a workflow or template.
    ///
    /// # Errors
    /// An unknown name, an unknown format, errors in the file.
    pub async fn graph(&self, id: &str, format: &str, lang: &str) -> Result<Picture, AppError> {
        let text = match self.any_template(id).await {
            Ok(template) if catalogue::workflow(&*self.store, &self.tenant, id).await?.is_none() => template.text,
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
        self.activate_if(id, self.activator(), expected).await
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

/// Where to look at a workflow again.
pub(super) fn look(id: &str) -> Next {
    about_workflow(NextKind::ShowWorkflow, id)
}
