//! A folder of workflows, as git keeps it, applied as a whole: what would change is told first, and then all of it is done in
//! one commit or nothing is. What left the folder is put away only where somebody asks for it, and only if it came from a
//! folder: a workflow that a person made in the console is none of the folder's business.

use std::collections::BTreeMap;

use super::{
    App, AppError, Desk, activation, compiler, findings, versions,
    workflows::{NewVersion, checked},
};
use crate::{
    connectors,
    contract::{
        problem::Text,
        set::{SetChange, SetChangeKind as Kind, SetOutcome, WorkflowSet},
    },
    engine::blocking::aside,
    store::{
        Batch, StoreError, catalogue,
        catalogue::{StoredWorkflow, WorkflowState},
        codec::Loaded,
    },
    workflow::{self, Environment, compiled::Workflow, other_workflows::Library, signature::Summary},
};

/// So many files are applied at once.
const MOST_FILES: usize = 500;

/// A workflow of the folder that compiles.
struct Member<'a> {
    file: &'a str,
    text: &'a str,
    compiled: Workflow,
    old: Option<Loaded<StoredWorkflow>>,
}

impl Member<'_> {
    /// Whether it is known as one of this folder.
    fn is_of(&self, set: &WorkflowSet) -> bool {
        self.old.as_ref().is_some_and(|old| old.value.from_folder && old.value.folder == set.name)
    }
}

/// What is to be done, looked at but not done.
struct Looked<'a> {
    changes: Vec<SetChange>,
    members: Vec<Member<'a>>,
    /// Workflows whose file is gone.
    gone: Vec<Loaded<StoredWorkflow>>,
    notices: Vec<Text>,
}

fn change(id: &str, file: Option<&str>, kind: Kind) -> SetChange {
    SetChange {
        id: id.into(),
        file: file.map(ToString::to_string),
        kind,
        from: None,
        to: None,
        lines: Vec::new(),
        unified: String::new(),
        findings: Vec::new(),
        error: None,
    }
}

fn wrong(id: &str, file: &str, error: AppError) -> SetChange {
    let mut change = change(id, Some(file), Kind::Invalid);
    change.error = Some(error.issue());
    change.findings = error.findings;
    change
}

impl Desk<'_> {
    /// Says what a folder changes, or changes it.
    ///
    /// # Errors
    /// No files, too many; differences that are others than those that were seen; files with errors, where something is to
    /// be changed.
    pub async fn apply_set(&self, set: &WorkflowSet) -> Result<SetOutcome, AppError> {
        if set.files.is_empty() {
            return Err(AppError::invalid("set_empty").field("files"));
        }
        if set.files.len() > MOST_FILES {
            return Err(AppError::invalid("edits_too_many").arg("most", MOST_FILES.to_string()).field("files"));
        }
        if set.activate {
            self.caller.needs(super::caller::Permission::WorkflowActivate)?;
        }
        if set.activate {
            for file in &set.files {
                self.may_activate_reading(&file.text).await?;
            }
        }
        let looked = self.look_at_set(set).await?;
        let invalid = looked.changes.iter().filter(|one| one.kind == Kind::Invalid).count();
        let changing = looked.changes.iter().filter(|one| !matches!(one.kind, Kind::Unchanged | Kind::Left)).count();
        let mut outcome = SetOutcome {
            ok: invalid == 0,
            applied: false,
            changing,
            digest: digest(&looked),
            changes: looked.changes.clone(),
            notices: looked.notices.clone(),
        };
        if set.plan {
            return Ok(outcome);
        }
        if set.expected.as_ref().is_some_and(|expected| *expected != outcome.digest) {
            return Err(AppError::conflict("set_stale").field("expected"));
        }
        if invalid > 0 {
            let mut error = AppError::invalid("set_has_errors").arg("number", invalid.to_string()).field("files");
            error.findings = looked.changes.iter().flat_map(|one| one.findings.clone()).collect();
            return Err(error);
        }
        // Whose they are is noted also where nothing changes.
        if changing > 0 || looked.members.iter().any(|member| !member.is_of(set)) {
            self.carry_out(set, &looked).await?;
            outcome.applied = changing > 0;
        }
        Ok(outcome)
    }

    async fn look_at_set<'a>(&self, set: &'a WorkflowSet) -> Result<Looked<'a>, AppError> {
        let mut looked = Looked { changes: Vec::new(), members: Vec::new(), gone: Vec::new(), notices: Vec::new() };
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for file in &set.files {
            let compiled = match checked(&file.name, &file.text) {
                Ok((compiled, _)) => compiled,
                Err(error) => {
                    looked.changes.push(wrong(&file.name, &file.name, error));
                    continue;
                }
            };
            if let Some(other) = seen.insert(compiled.id.clone(), &file.name) {
                let error = AppError::conflict("set_twice").arg("id", &compiled.id).arg("other", other);
                looked.changes.push(wrong(&compiled.id, &file.name, error));
                continue;
            }
            let old = catalogue::workflow(&*self.store, &self.tenant, &compiled.id).await?;
            looked.members.push(Member { file: &file.name, text: &file.text, compiled, old });
        }
        let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for head in catalogue::workflows(&*self.store, &self.tenant).await? {
            // Whose file has errors cannot be told: then nobody is taken for gone, and nothing is applied anyway.
            let there = seen.contains_key(&head.id) || !looked.changes.is_empty();
            if !head.from_folder || head.state == WorkflowState::Archived || there {
                continue;
            }
            if head.folder == set.name {
                looked.gone.extend(catalogue::workflow(&*self.store, &self.tenant, &head.id).await?);
            } else if set.prune {
                others.entry(head.folder.unwrap_or_default()).or_default().push(head.id);
            }
        }
        looked.notices.extend(others.iter().map(|(folder, ids)| of_other(folder, ids)));
        let library = self.library_with(&looked.members, if set.prune { &looked.gone } else { &[] }).await?;
        let ids: Vec<&str> = looked.members.iter().map(|member| member.compiled.id.as_str()).collect();
        let mut changes = Vec::new();
        for member in &looked.members {
            let mut shown = self.member_change(member, set.activate).await?;
            if let Err(error) = fits(member, &library, set.activate) {
                shown = wrong(&member.compiled.id, member.file, error);
            } else if set.activate && !matches!(shown.kind, Kind::Unchanged | Kind::Invalid) {
                match self.can_go_live(&member.compiled, &ids).await {
                    Ok(notices) => looked.notices.extend(notices),
                    Err(error) => shown = wrong(&member.compiled.id, member.file, error),
                }
            }
            changes.push(shown);
        }
        for gone in &looked.gone {
            let kind = if set.prune { Kind::Archive } else { Kind::Left };
            changes.push(SetChange { from: Some(gone.value.latest), ..change(&gone.value.id, None, kind) });
        }
        looked.changes.extend(changes);
        Ok(looked)
    }

    async fn can_go_live(&self, compiled: &Workflow, beside: &[&str]) -> Result<Vec<Text>, AppError> {
        activation::required(compiled)?;
        self.callees_are_live(compiled, beside).await?;
        self.connections_can(compiled).await
    }

    /// One commit for all of it.
    async fn carry_out(&self, set: &WorkflowSet, looked: &Looked<'_>) -> Result<(), AppError> {
        let mut batch = Batch::default();
        let by = &self.caller.actor;
        for member in &looked.members {
            let old = member.old.as_ref();
            let version = NewVersion { text: member.text, template: None, note: None };
            let (head, changed) = self.put_version(&mut batch, old, &version, &member.compiled, by).await?;
            let live = head.active == Some(head.latest) && head.state == WorkflowState::Active;
            let head = StoredWorkflow { from_folder: true, folder: set.name.clone(), ..head };
            if set.activate && !live {
                self.put_live(&mut batch, old, head, &member.compiled, self.activator()).await?;
            } else if changed || !member.is_of(set) {
                catalogue::put_workflow(&mut batch, &self.tenant, old, &head)?;
            }
        }
        for gone in looked.gone.iter().filter(|_| set.prune) {
            self.put_away(&mut batch, gone).await?;
        }
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => Err(AppError::conflict("set_stale")),
            done => Ok(done?),
        }
    }
}

impl App {
    /// What becomes of one workflow of the folder.
    async fn member_change(&self, member: &Member<'_>, activate: bool) -> Result<SetChange, AppError> {
        let id = &member.compiled.id;
        let Some(old) = &member.old else {
            let new = change(id, Some(member.file), Kind::Create);
            return Ok(SetChange { to: Some(1), ..new });
        };
        let head = &old.value;
        let latest = self.workflow_text(id, Some(head.latest)).await?.text;
        let live = head.active == Some(head.latest) && head.state == WorkflowState::Active;
        let mut shown = change(id, Some(member.file), Kind::Unchanged);
        shown.from = Some(head.latest);
        if latest != member.text {
            let told = aside(|| versions::told(Some(head.latest), Some(head.latest + 1), &latest, member.text));
            shown.kind = Kind::Update;
            shown.to = Some(head.latest + 1);
            shown.lines = told.lines;
            shown.unified = told.unified;
        } else if activate && !live {
            shown.kind = Kind::Activate;
            shown.to = Some(head.latest);
        }
        Ok(shown)
    }

    /// The other workflows as they will be.
    async fn library_with(&self, members: &[Member<'_>], gone: &[Loaded<StoredWorkflow>]) -> Result<Library, AppError> {
        let mut library = Library::default();
        for (id, head) in catalogue::workflows_each(&*self.store, &self.tenant).await? {
            let Some(head) = head.ok().filter(|head| head.state != WorkflowState::Archived) else { continue };
            if gone.iter().any(|gone| gone.value.id == id) {
                continue;
            }
            let version = head.active.unwrap_or(head.latest);
            let signature = crate::engine::Connect::signatures(&*self.connections, &[(id.as_str(), version)]).await?;
            match signature.first().and_then(Option::as_ref).and_then(|signature| signature.summary()) {
                Some(summary) => library.insert_summary(&id, summary),
                None => library.insert_ids([id]),
            }
        }
        for member in members {
            library.insert_summary(&member.compiled.id, &Summary::of(&member.compiled));
        }
        Ok(library)
    }
}

/// Whether a workflow fits the others as they will be.
fn fits(member: &Member<'_>, library: &Library, live: bool) -> Result<(), AppError> {
    let environment = Environment { connectors: connectors::ALL, library: Some(library) };
    let outcome = aside(|| match live {
        true => workflow::compile_live(member.file, member.text, &environment),
        false => workflow::compile(member.file, member.text, &environment),
    });
    if outcome.workflow.is_some() {
        return Ok(());
    }
    let mut error =
        AppError::invalid("workflow_has_errors").arg("file", member.file).arg("workflow", &member.compiled.id);
    error.findings = findings::all(member.file, member.text, &outcome.diagnostics);
    Err(error)
}

/// What is said of workflows that came from another folder and stay.
fn of_other(folder: &str, ids: &[String]) -> Text {
    let ids = ids.join(", ");
    match folder {
        "" => Text {
            zh: format!("这些工作流来自没有名称的文件夹，予以保留：{ids}；不再需要时请单独归档"),
            en: format!(
                "these came from a folder without a name and stay: {ids}; archive them by themselves where they are not wanted"
            ),
        },
        _ => Text {
            zh: format!(
                "这些工作流来自文件夹“{folder}”，予以保留：{ids}；如果就是这个文件夹，请用 --name 写明它的名称"
            ),
            en: format!(
                "these came from the folder `{folder}` and stay: {ids}; where that is this folder, name it with --name"
            ),
        },
    }
}

/// The name of these differences: another one when a file or a workflow changes.
fn digest(looked: &Looked<'_>) -> String {
    let mut text = String::new();
    for one in &looked.changes {
        let word = serde_json::to_string(&one.kind).unwrap_or_default();
        text.push_str(&format!("{} {word} {:?} {:?}\n", one.id, one.from, one.to));
    }
    for member in &looked.members {
        text.push_str(&format!("{} {}\n", member.compiled.id, compiler::tag(member.text)));
    }
    compiler::tag(&text)
}
