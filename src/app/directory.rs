//! The directory: filled from a folder, and shown.

mod detail;
mod edit;
pub(super) mod masters;
mod review;
mod rules;
pub(super) mod tree;
mod values;

use std::{collections::BTreeMap, path::Path};

pub(super) use tree::Tree;

use idflow_sdk::{
    Kind,
    directory::{DirectoryStore, Stored},
};

use super::{App, AppError, Desk, caller::Permission, mask, paging, run_view::reference};
use crate::{
    connectors,
    contract::{
        directory::{DirectoryCounts, DirectoryFilter, DirectoryObject, Import},
        page::{MOST_COUNTED, Page},
        run::{NewRun, RunRef},
        workflow::NewWorkflow,
    },
    store::{
        catalogue,
        catalogue::WorkflowState,
        object_index::{self, ObjectCursor, Wanted},
    },
    trigger::{import, manual::By},
};

/// The status of whoever waits for a look.
const WAITING: &str = "pending_review";

/// The workflow behind `directory import`.
pub const IMPORT_WORKFLOW: &str = "csv_to_directory";

/// The kind that a word names; a person where there is none.
pub(super) fn kind_of(word: Option<&str>) -> Result<Kind, AppError> {
    let Some(word) = word else { return Ok(Kind::User) };
    let kind = Kind::parse(word).filter(|kind| connectors::DIRECTORY.schema(*kind).is_some());
    kind.ok_or_else(|| AppError::invalid("kind_unknown").arg("word", word).field("kind"))
}

/// Refuses a folder that has not the files of an import.
///
/// # Errors
/// No such folder; one that cannot be read, or without one of the files.
pub fn has_import_files(folder: &str) -> Result<(), AppError> {
    let path = Path::new(folder);
    if !path.is_dir() {
        return Err(AppError::not_found("folder_missing").arg("folder", folder).field("folder"));
    }
    for file in ["departments.csv", "users.csv"] {
        let found = std::fs::metadata(path.join(file));
        if found.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied) {
            return Err(AppError::invalid("folder_not_readable").arg("folder", folder).field("folder"));
        }
        if !found.is_ok_and(|found| found.is_file()) {
            let error = AppError::not_found("import_file_missing").arg("folder", folder).arg("file", file);
            return Err(error.field("folder"));
        }
    }
    Ok(())
}

impl Desk<'_> {
    /// Starts an import of `departments.csv` and `users.csv` in a folder: a full state.
    ///
    /// # Errors
    /// A folder without the two files; those of a run.
    pub async fn import(&self, import: Import) -> Result<RunRef, AppError> {
        let Import { folder, approve, plan, mut inputs } = import;
        if plan {
            self.caller.trail.deed("plan_directory_import");
        }
        let path = Path::new(&folder);
        if !path.is_absolute() {
            return Err(AppError::invalid("folder_not_absolute").arg("folder", &folder).field("folder"));
        }
        self.may_read_folder(path).map_err(|refused| refused.field("folder"))?;
        has_import_files(&folder)?;
        self.ensure_import_workflow().await?;
        inputs.insert("folder".into(), folder.into());
        let judged = self.may_approve_at_start(IMPORT_WORKFLOW, approve).await?;
        let new = NewRun { inputs, approve, plan, until: None };
        let by = By { judged, ..self.by() };
        Ok(reference(import::start(&self.engine, (IMPORT_WORKFLOW, None), new, by).await?))
    }

    /// Departments or people, with private values masked unless asked for. What is found by a telephone number or an address
    /// is found by whoever may read those.
    pub async fn directory(&self, filter: &DirectoryFilter) -> Result<Page<DirectoryObject>, AppError> {
        let kind = kind_of(Some(&filter.kind))?;
        let limit = paging::limit(filter.limit)?;
        let reveal = self.reveals(filter.reveal)?;
        let after = filter.cursor.as_deref().map(place).transpose()?;
        let (found, next) = self.objects(filter, after.clone(), limit).await?;
        let more = next.is_some();
        let next = next.map(|(word, id)| format!("{id}{word}"));
        let schema = schema(kind);
        let view = |stored: &Stored| {
            let fields = stored.record.iter().map(|(id, field)| {
                let spec = schema.spec(id);
                let shown = if reveal { field.to_json() } else { mask::field(spec, field).0 };
                (spec.name.to_string(), shown)
            });
            DirectoryObject { id: stored.key.to_string(), fields: fields.collect() }
        };
        let total = match (&after, more) {
            (None, false) => Some(found.len() as u64),
            // A status is looked at in each object.
            (None, true) if filter.status.is_some() => None,
            (None, true) => {
                let wanted = self.objects_wanted(filter)?;
                let count = object_index::count(&*self.store, &self.tenant, &wanted, MOST_COUNTED);
                self.all.uncounted.total((&self.tenant, &wanted), self.now(), count).await?
            }
            (Some(_), _) => None,
        };
        Ok(Page { items: found.iter().map(|(_, stored)| view(stored)).collect(), next, total })
    }

    fn objects_wanted(&self, filter: &DirectoryFilter) -> Result<Wanted, AppError> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        Ok(Wanted {
            kind: kind_of(Some(&filter.kind))?,
            find: given(&filter.find),
            contacts: self.caller.may(Permission::PiiRead),
            department: given(&filter.department),
        })
    }

    /// The objects that a filter finds behind a place, at most so many, and where the next ones begin.
    async fn objects(
        &self,
        filter: &DirectoryFilter,
        mut after: Option<ObjectCursor>,
        limit: usize,
    ) -> Result<(Vec<(ObjectCursor, Stored)>, Option<ObjectCursor>), AppError> {
        let wanted = self.objects_wanted(filter)?;
        let kind = wanted.kind;
        let status = filter.status.as_ref().filter(|text| !text.trim().is_empty());
        let field = schema(kind).field("status");
        let fits = |stored: &Stored| {
            let word = field.and_then(|field| stored.record.text(field)).unwrap_or("active");
            status.is_none_or(|status| *word == **status)
        };
        let at_once = if status.is_some() { limit.max(PAGE) } else { limit + 1 };
        let mut found: Vec<(ObjectCursor, Stored)> = Vec::new();
        loop {
            let page = object_index::find(&*self.store, &self.tenant, &wanted, after.as_ref(), at_once).await?;
            let is_last = page.len() < at_once;
            after = page.last().map(|(place, _)| place.clone()).or(after);
            found.extend(page.into_iter().filter(|(_, stored)| fits(stored)));
            if is_last || found.len() > limit {
                break;
            }
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(place, _)| place.clone());
        Ok((found, next))
    }
}

/// There is no such object.
fn missing(id: &str) -> AppError {
    AppError::not_found("directory_object_missing").arg("key", id)
}

/// Where a page begins: an id, and behind it the word by which its object was found.
fn place(cursor: &str) -> Result<ObjectCursor, AppError> {
    let (id, word) = cursor.split_at_checked(26).ok_or_else(paging::wrong_cursor)?;
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(paging::wrong_cursor());
    }
    Ok((word.into(), id.into()))
}

impl App {
    /// The import's workflow is made from its template at first use, and follows the template of this version, unless
    /// somebody wrote one of his own.
    async fn ensure_import_workflow(&self) -> Result<(), AppError> {
        let old = catalogue::workflow(&*self.store, &self.tenant, IMPORT_WORKFLOW).await?;
        if old.as_ref().is_none_or(|old| old.value.template.is_some()) {
            let new = NewWorkflow { template: Some(IMPORT_WORKFLOW.into()), ..NewWorkflow::default() };
            let made = self.create_workflow(new, "idflow").await?;
            let active = old.is_some_and(|old| old.value.state == WorkflowState::Active);
            // The newest one may be that of the template without being live: whoever made it was cut off before that.
            if !active || made.active != Some(made.version) {
                self.activate(IMPORT_WORKFLOW, "owner").await?;
            }
        }
        Ok(())
    }

    /// How many of each kind and status the directory holds.
    pub async fn directory_counts(&self) -> Result<DirectoryCounts, AppError> {
        let directory = self.connections.directory();
        let mut counts = BTreeMap::new();
        for kind in connectors::DIRECTORY.schemas.iter().map(|schema| schema.kind) {
            counts.insert(kind.as_str().into(), count(&*directory, kind).await?);
        }
        Ok(DirectoryCounts { counts })
    }
}

/// Objects that are read at once.
const PAGE: usize = 1000;

pub(super) fn schema(kind: Kind) -> &'static idflow_sdk::Schema {
    let own = connectors::DIRECTORY;
    own.schema(kind).or_else(|| own.schema(Kind::User)).unwrap_or(own.schemas[0])
}

pub(super) fn failed(error: &idflow_sdk::Error) -> AppError {
    AppError::new(super::error::RefusalKind::Unavailable, idflow_sdk::Problem::new("directory_failed"))
        .because(super::problem_words::show(&error.problem))
}

async fn count(directory: &dyn DirectoryStore, kind: Kind) -> Result<BTreeMap<String, u64>, AppError> {
    let schema = schema(kind);
    let status = schema.field("status");
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut after: Option<String> = None;
    loop {
        let page = directory.page(kind, after.as_deref(), PAGE).await.map_err(|error| failed(&error))?;
        for stored in &page {
            let word = status.and_then(|id| stored.record.text(id)).unwrap_or("active");
            *counts.entry(word.into()).or_default() += 1;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.key.to_string()),
            _ => return Ok(counts),
        }
    }
}
