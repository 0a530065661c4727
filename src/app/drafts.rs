//! Drafts: texts that somebody works on. They are kept with all their errors, on the server, so that nothing is lost by a
//! reload; each change names the tag that its author saw, so that two people do not undo each other's work. Nothing starts a
//! draft: it becomes a version by being saved, and live by being activated.

use super::{
    App, AppError, Desk, compiler,
    expected::{Expected, tag},
    paging, time,
    workflows::{Saving, look},
};
use crate::{
    connectors,
    contract::{
        compiler::{EditKind, PathPart, TextEdit},
        draft::{BeginDraft, Draft, DraftEdits, DraftLine, DraftText, DroppedDraft, PlanDraft, PlannedDraft},
        page::{Page, Paging},
        problem::Text,
        run::NewRun,
        workflow::{SavedWorkflow, Workflow},
    },
    engine::blocking::aside,
    model::id::is_snake_case,
    store::{Batch, StoreError, catalogue, catalogue::StoredDraft, codec::Loaded},
    workflow::{Environment, outline},
};

/// The longest note.
const MOST_NOTE: usize = 500;

fn line(draft: &StoredDraft) -> DraftLine {
    let outline = outline::outline(&draft.text, &Environment::new(connectors::ALL));
    let name = outline.and_then(|outline| outline.name).map(|name| Text { zh: name.zh, en: name.en });
    DraftLine {
        id: draft.id.clone(),
        name,
        base: draft.base,
        template: draft.template.clone(),
        by: draft.by.clone(),
        created: time(draft.created),
        saved: time(draft.saved),
        etag: tag(draft),
    }
}

fn view(draft: &StoredDraft) -> Draft {
    aside(|| Draft {
        line: line(draft),
        checked: compiler::look(&draft.id, &draft.text, false),
        text: draft.text.clone(),
    })
}

/// What a draft is begun with.
pub(super) struct Begin {
    /// Its text.
    pub text: String,
    /// The version that it begins with.
    pub base: Option<u64>,
    /// The template that it is made from.
    pub template: Option<String>,
}

impl App {
    /// All drafts.
    ///
    /// # Errors
    /// A wrong limit or cursor, the store.
    pub async fn drafts(&self, wanted: &Paging) -> Result<Page<DraftLine>, AppError> {
        let all = catalogue::drafts(&*self.store, &self.tenant).await?;
        paging::cut(all.iter().map(line).collect(), wanted.limit, wanted.cursor.as_deref())
    }

    /// One draft, with what the compiler says about it.
    ///
    /// # Errors
    /// There is none, the store.
    pub async fn draft(&self, id: &str) -> Result<Draft, AppError> {
        Ok(view(&self.stored_draft(id).await?.value))
    }

    pub(super) async fn stored_draft(&self, id: &str) -> Result<Loaded<StoredDraft>, AppError> {
        let found = catalogue::draft(&*self.store, &self.tenant, id).await?;
        found.ok_or_else(|| AppError::not_found("draft_unknown").arg("id", id))
    }
}

impl Desk<'_> {
    /// Saves the text of a draft; one that is not there is begun.
    ///
    /// # Errors
    /// Somebody has changed it since, a wrong id, a text that is too large.
    pub async fn put_draft(&self, id: &str, new: DraftText, expected: &Expected) -> Result<Draft, AppError> {
        self.write_draft(
            id,
            expected,
            Some(Begin { text: String::new(), base: None, template: None }),
            |_| Ok(new.text),
        )
        .await
    }

    /// Edits a draft by paths; comments and order stay.
    ///
    /// # Errors
    /// The edit that cannot be made, and as [`Desk::put_draft`].
    pub async fn edit_draft(&self, id: &str, edits: DraftEdits, expected: &Expected) -> Result<Draft, AppError> {
        self.write_draft(id, expected, None, |draft| aside(|| compiler::edited(&draft.text, &edits.edits))).await
    }

    /// Uses one connection for all that is of its connector: every name of the workflow for a connection of that type stands
    /// for it, and steps that name another one no longer do.
    ///
    /// # Errors
    /// An unknown connection, and as [`Desk::edit_draft`].
    pub async fn use_connection(&self, id: &str, name: &str, expected: &Expected) -> Result<Draft, AppError> {
        let stored = catalogue::connection(&*self.store, &self.tenant, name).await?;
        let stored = stored.ok_or_else(|| super::connections::unknown(name).field("name"))?.value;
        self.write_draft(id, expected, None, |draft| {
            aside(|| compiler::edited(&draft.text, &edits_for(&draft.text, &stored.connector, name)))
        })
        .await
    }

    /// Begins a draft with a version of the workflow; one that is there already stays as it is.
    ///
    /// # Errors
    /// An unknown workflow or version.
    pub async fn begin_draft(&self, id: &str, begin: &BeginDraft) -> Result<Draft, AppError> {
        if let Some(draft) = catalogue::draft(&*self.store, &self.tenant, id).await? {
            return Ok(view(&draft.value));
        }
        let text = self.workflow_text(id, begin.version).await?;
        let head = self.head(id).await?.value;
        // A text that is changed makes it a workflow of its own; one that is not keeps its template.
        self.new_draft(id, Begin { text: text.text, base: Some(text.version), template: head.template }).await
    }

    /// Makes a draft.
    ///
    /// # Errors
    /// There is one of that id, a wrong id.
    pub(super) async fn new_draft(&self, id: &str, begin: Begin) -> Result<Draft, AppError> {
        if catalogue::draft(&*self.store, &self.tenant, id).await?.is_some() {
            return Err(AppError::conflict("draft_taken").arg("id", id).field("id"));
        }
        let text = begin.text.clone();
        self.write_draft(id, &Expected::Nothing, Some(begin), |_| Ok(text)).await
    }

    async fn write_draft(
        &self,
        id: &str,
        expected: &Expected,
        begin: Option<Begin>,
        text: impl FnOnce(&StoredDraft) -> Result<String, AppError>,
    ) -> Result<Draft, AppError> {
        let old = catalogue::draft(&*self.store, &self.tenant, id).await?;
        let now = self.now();
        let mut new = match (&old, begin) {
            (Some(old), _) => {
                expected.check(Some(&tag(&old.value)), || look(id))?;
                old.value.clone()
            }
            (None, Some(begin)) => {
                expected.check(None, || look(id))?;
                if !is_snake_case(id) {
                    return Err(AppError::invalid("workflow_id_invalid").arg("id", id).field("id"));
                }
                StoredDraft {
                    id: id.into(),
                    text: begin.text,
                    base: begin.base,
                    template: begin.template,
                    by: String::new(),
                    created: now,
                    saved: now,
                    revision: 0,
                }
            }
            (None, None) => return Err(AppError::not_found("draft_unknown").arg("id", id)),
        };
        let text = text(&new)?;
        if text.len() > crate::workflow::yaml::MAX_BYTES {
            let most = (crate::workflow::yaml::MAX_BYTES >> 10).to_string();
            return Err(AppError::invalid("text_too_large").arg("most", most).field("text"));
        }
        new.text = text;
        new.by.clone_from(&self.caller.actor);
        new.saved = now;
        new.revision += 1;
        let mut batch = Batch::default();
        catalogue::put_draft(&mut batch, &self.tenant, old.as_ref(), &new)?;
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => return Err(AppError::stale("changed_since").next(look(id))),
            done => done?,
        }
        Ok(view(&new))
    }

    /// Throws a draft away.
    ///
    /// # Errors
    /// There is none; somebody has changed it since.
    pub async fn drop_draft(&self, id: &str, expected: &Expected) -> Result<DroppedDraft, AppError> {
        let old = self.stored_draft(id).await?;
        expected.check(Some(&tag(&old.value)), || look(id))?;
        let mut batch = Batch::default();
        catalogue::drop_draft(&mut batch, &self.tenant, &old);
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => return Err(AppError::stale("changed_since").next(look(id))),
            done => done?,
        }
        Ok(DroppedDraft { id: id.into(), dropped: true })
    }

    /// Saves a draft as the newest version; the draft is over then.
    ///
    /// # Errors
    /// All findings of the compiler; a text that says it is another workflow; somebody has changed the draft since.
    pub async fn save_draft(
        &self,
        id: &str,
        note: Option<&str>,
        expected: &Expected,
    ) -> Result<SavedWorkflow, AppError> {
        let draft = self.checked_draft(id, expected).await?;
        let note = note.map(str::trim).filter(|note| !note.is_empty());
        if note.is_some_and(|note| note.chars().count() > MOST_NOTE) {
            return Err(AppError::invalid("note_too_long").arg("most", MOST_NOTE.to_string()).field("note"));
        }
        let saving = Saving {
            file: id,
            text: &draft.value.text,
            template: origin(&draft.value),
            bound: &[],
            note,
            draft: Some(&draft),
            expected: &Expected::Anything,
        };
        self.save_version(saving, &self.caller.actor).await
    }

    /// Saves a draft and makes it live.
    ///
    /// # Errors
    /// Those of saving and of activating; what was saved stays saved.
    pub async fn activate_draft(&self, id: &str, expected: &Expected) -> Result<Workflow, AppError> {
        // What cannot go live is told before anything is saved.
        let draft = self.checked_draft(id, expected).await?;
        self.caller.needs(super::caller::Permission::WorkflowEdit)?;
        let (compiled, _) = super::workflows::checked(id, &draft.value.text)?;
        self.may_go_live(id, &draft.value.text, &compiled).await?;
        let as_seen = Expected::One(vec![tag(&draft.value)]);
        self.save_draft(id, None, &as_seen).await?;
        self.caller.trail.keeps();
        self.activate_workflow(id, &Expected::Anything).await
    }

    /// Plans what a draft would change. Its text becomes a version that is not live; the draft stays.
    ///
    /// # Errors
    /// All findings of the compiler, and what stands in the way of a run.
    pub async fn plan_draft(&self, id: &str, wanted: PlanDraft, expected: &Expected) -> Result<PlannedDraft, AppError> {
        let draft = self.checked_draft(id, expected).await?;
        self.caller.needs(super::caller::Permission::WorkflowEdit)?;
        let saving = Saving {
            file: id,
            text: &draft.value.text,
            template: origin(&draft.value),
            bound: &[],
            note: None,
            draft: None,
            expected: &Expected::Anything,
        };
        let saved = self.save_version(saving, &self.caller.actor).await?;
        self.caller.trail.keeps();
        let new = NewRun { inputs: wanted.inputs, plan: true, until: wanted.until, ..NewRun::default() };
        let run = self.start_run(id, new).await?;
        Ok(PlannedDraft { saved, run })
    }

    /// A draft as the caller saw it, whose text says that it is that workflow.
    async fn checked_draft(&self, id: &str, expected: &Expected) -> Result<Loaded<StoredDraft>, AppError> {
        let draft = self.stored_draft(id).await?;
        expected.check(Some(&tag(&draft.value)), || look(id))?;
        let (compiled, _) = super::workflows::checked(id, &draft.value.text)?;
        if compiled.id != id {
            let error = AppError::invalid("draft_of_other").arg("id", id).arg("found", &compiled.id);
            return Err(error.field("text"));
        }
        Ok(draft)
    }
}

/// What makes everything of this connector use this connection.
fn edits_for(text: &str, connector: &str, name: &str) -> Vec<TextEdit> {
    let Some(outline) = outline::outline(text, &Environment::new(connectors::ALL)) else { return Vec::new() };
    let key = |key: &str| PathPart::Key(key.into());
    let set =
        |path: Vec<PathPart>, value: serde_json::Value| TextEdit { path, value: Some(value), ..TextEdit::default() };
    let mut edits = Vec::new();
    let of_type: Vec<&String> =
        outline.connections.iter().filter(|(_, ty, _)| ty == connector).map(|(alias, ..)| alias).collect();
    for alias in &of_type {
        edits.push(set(vec![key("connections"), key(alias), key("ref")], name.into()));
    }
    if of_type.is_empty() {
        let value = serde_json::json!({"type": connector, "ref": name});
        edits.push(set(vec![key("connections"), key(connector)], value));
    }
    for step in outline.steps.iter().filter(|step| step.uses.split('/').next() == Some(connector)) {
        let list = if step.last { "finally" } else { "steps" };
        let written = outline.content[list].as_array().into_iter().flatten();
        let named = written.filter(|item| item["id"] == step.id.as_str()).find_map(|item| item["connection"].as_str());
        // A name that is none of the workflow's connections is in the way of the one that is meant.
        if named.is_some_and(|named| !of_type.iter().any(|alias| *alias == named)) {
            edits.push(TextEdit {
                path: vec![key(list), key(&step.id), key("connection")],
                kind: EditKind::Remove,
                ..TextEdit::default()
            });
        }
    }
    edits
}

/// The template that a saved draft is known to be made from. The import's own workflow follows its template only as long as
/// nobody has written in it.
fn origin(draft: &StoredDraft) -> Option<String> {
    let template = draft.template.as_deref()?;
    let text = super::templates::find(template).ok()?.text;
    (draft.id != template || draft.text == text).then(|| template.to_string())
}
