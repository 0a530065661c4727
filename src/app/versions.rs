//! Versions of workflows: which there are, what is different between them, and how one goes back to an earlier one. A version
//! never changes and never goes; going back makes a new one with the old text.

use super::{
    App, AppError, Desk, compiler, expected::Expected, paging, time, unified_diff::unified_diff, workflows::Saving,
};
use crate::{
    contract::{
        draft::{DifferenceLine, DifferenceLook, PauseMany, PausedMany, RollBack, TextDifference, VersionLine},
        page::{Page, Paging},
        problem::Text,
        workflow::SavedWorkflow,
    },
    engine::blocking::aside,
    store::{
        catalogue,
        catalogue::{WorkflowState, WorkflowVersion},
    },
    workflow::difference,
};

/// Lines around a change in a diff.
const AROUND: usize = 3;

impl App {
    /// The versions of a workflow, the newest first.
    ///
    /// # Errors
    /// An unknown workflow, the store.
    pub async fn versions(&self, id: &str, wanted: &Paging) -> Result<Page<VersionLine>, AppError> {
        let head = self.head(id).await?.value;
        let all = catalogue::versions(&*self.store, &self.tenant, id).await?;
        let line = |version: &WorkflowVersion| VersionLine {
            version: version.version,
            saved: time(version.saved),
            by: version.by.clone(),
            note: version.note.clone(),
            active: head.active == Some(version.version),
            latest: head.latest == version.version,
            etag: compiler::tag(&version.text),
        };
        paging::cut(all.iter().rev().map(line).collect(), wanted.limit, wanted.cursor.as_deref())
    }

    /// What is different between two versions, or a version and the draft.
    ///
    /// # Errors
    /// An unknown workflow or version.
    pub async fn difference(&self, id: &str, look: &DifferenceLook) -> Result<TextDifference, AppError> {
        let head = self.head(id).await?.value;
        let draft = match look.to {
            None => catalogue::draft(&*self.store, &self.tenant, id).await?,
            Some(_) => None,
        };
        let to = match &draft {
            Some(_) => None,
            None => Some(look.to.unwrap_or(head.latest)),
        };
        let before = to.map_or(head.latest, |to| to.saturating_sub(1));
        let from =
            look.from.or(head.active.filter(|active| Some(*active) != to)).or(Some(before).filter(|from| *from > 0));
        let older = match from {
            Some(version) => self.workflow_text(id, Some(version)).await?.text,
            None => String::new(),
        };
        let newer = match (draft, to) {
            (Some(draft), _) => draft.value.text,
            (None, to) => self.workflow_text(id, to).await?.text,
        };
        Ok(aside(|| told(from, to, &older, &newer)))
    }
}

/// The differences of two texts, in words and in lines.
pub(super) fn told(from: Option<u64>, to: Option<u64>, older: &str, newer: &str) -> TextDifference {
    let name =
        |version: Option<u64>| version.map_or_else(|| "draft".to_string(), |version| format!("version {version}"));
    let line = |one: difference::Difference| DifferenceLine {
        path: one.path,
        before: one.before,
        after: one.after,
        words: Text { zh: one.words.zh, en: one.words.en },
    };
    let unified = unified_diff(older, newer, AROUND, (&name(from), &name(to)));
    TextDifference {
        from,
        to,
        lines: difference::between(older, newer).unwrap_or_default().into_iter().map(line).collect(),
        unified,
    }
}

impl Desk<'_> {
    /// Makes a new version with the text of an earlier one. It is not live before it is activated.
    ///
    /// # Errors
    /// An unknown workflow or version, a text that this version of idflow does not compile any more.
    pub async fn roll_back(&self, id: &str, back: &RollBack, expected: &Expected) -> Result<SavedWorkflow, AppError> {
        let text = self.workflow_text(id, Some(back.version)).await?.text;
        let template = self.head(id).await?.value.template;
        let note = back.note.clone().unwrap_or_else(|| format!("← {}", back.version));
        let saving = Saving { file: id, text: &text, template, bound: &[], note: Some(&note), draft: None, expected };
        self.save_version(saving, &self.caller.actor).await
    }

    /// Puts the triggers of several workflows to rest.
    ///
    /// # Errors
    /// Nothing is named; the number that was seen is another one by now; an unknown workflow.
    pub async fn pause_many(&self, wanted: &PauseMany) -> Result<PausedMany, AppError> {
        if wanted.all != wanted.workflows.is_empty() {
            return Err(AppError::invalid("pause_nothing").field("workflows"));
        }
        let mut ids = Vec::new();
        if wanted.all {
            for head in catalogue::workflows(&*self.store, &self.tenant).await? {
                if head.state == WorkflowState::Active && self.is_of_app(&head.id, wanted.app.as_deref()).await? {
                    ids.push(head.id);
                }
            }
        } else {
            for id in &wanted.workflows {
                ids.push(self.head(id).await?.value.id);
            }
        }
        if let Some(expected) = wanted.expected
            && expected != ids.len()
        {
            let error = AppError::conflict("count_differs").arg("seen", expected.to_string());
            return Err(error.arg("found", ids.len().to_string()).field("expected"));
        }
        let mut done = PausedMany { paused: Vec::new(), skipped: Vec::new() };
        for id in ids {
            match self.pause_workflow(&id, &Expected::Anything).await {
                Ok(_) => done.paused.push(id),
                Err(error) if &*error.problem.code == "workflow_not_active" => done.skipped.push(id),
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    async fn is_of_app(&self, id: &str, app: Option<&str>) -> Result<bool, AppError> {
        let Some(app) = app else { return Ok(true) };
        let text = self.workflow_text(id, None).await?.text;
        let environment = crate::workflow::Environment::new(crate::connectors::ALL);
        let outline = crate::workflow::outline::outline(&text, &environment).unwrap_or_default();
        Ok(outline.labels.iter().any(|(key, value)| key == "app" && value == app))
    }
}
