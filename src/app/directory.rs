//! The directory: filled from a folder, and shown.

use std::path::Path;

use idflow_sdk::{Kind, directory::DirectoryStore};
use serde_json::{Value, json};

use super::{App, AppError, mask, runs::NewRun, workflows::NewWorkflow};
use crate::{
    model::id::RunId,
    store::{catalogue, catalogue::WorkflowState},
};

/// The workflow behind `directory import`.
pub const IMPORT_WORKFLOW: &str = "csv_to_directory";

impl App {
    /// Starts an import of `departments.csv` and `users.csv` in a folder: a full state.
    ///
    /// # Errors
    /// A folder without the two files; those of a run.
    pub async fn import(&self, folder: &str, mut new: NewRun) -> Result<RunId, AppError> {
        let path = Path::new(folder);
        if !path.is_absolute() {
            return Err(AppError::invalid(format!("`{folder}` is not an absolute path")));
        }
        if !path.is_dir() {
            return Err(AppError::not_found(format!("there is no folder {folder}"))
                .hint("give a folder with departments.csv and users.csv"));
        }
        for file in ["departments.csv", "users.csv"] {
            let found = std::fs::metadata(path.join(file));
            if let Err(error) = &found
                && error.kind() == std::io::ErrorKind::PermissionDenied
            {
                return Err(AppError::invalid(format!("{folder} cannot be read: permission denied"))
                    .hint("let the user that idflow runs as read the folder and its files"));
            }
            if !found.is_ok_and(|found| found.is_file()) {
                return Err(AppError::not_found(format!("{folder} has no {file}"))
                    .hint("an import needs both departments.csv and users.csv: they are a full state"));
            }
        }
        self.ensure_import_workflow().await?;
        new.inputs.insert("folder".into(), folder.into());
        self.start(IMPORT_WORKFLOW, new, "import").await
    }

    /// The import's workflow is made from its template at first use, and follows the template of this version.
    async fn ensure_import_workflow(&self) -> Result<(), AppError> {
        let old = catalogue::workflow(&*self.store, &self.tenant, IMPORT_WORKFLOW).await?;
        if old.as_ref().is_none_or(|old| old.value.template.is_some()) {
            let new = NewWorkflow { template: Some(IMPORT_WORKFLOW.into()), ..NewWorkflow::default() };
            let made = self.create_workflow(new).await?;
            let active = old.is_some_and(|old| old.value.state == WorkflowState::Active);
            if made["changed"] == true || !active {
                self.activate_workflow(IMPORT_WORKFLOW, "owner").await?;
            }
        }
        Ok(())
    }

    /// What the directory holds: counts, or the objects of one kind, with private values masked unless `reveal`. `find` looks
    /// at what is shown.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn directory(
        &self,
        kind: Option<Kind>,
        find: Option<&str>,
        limit: usize,
        reveal: bool,
    ) -> Result<Value, AppError> {
        let directory = self.connections.directory();
        match kind {
            None => {
                let mut counts = json!({});
                for kind in [Kind::Department, Kind::User] {
                    counts[kind.as_str()] = count(&*directory, kind).await?;
                }
                Ok(json!({ "counts": counts }))
            }
            Some(kind) => list(&*directory, kind, find, limit, reveal).await,
        }
    }
}

pub(super) fn schema(kind: Kind) -> &'static idflow_sdk::Schema {
    match kind {
        Kind::Department => &idflow_directory::schema::DEPARTMENT,
        _ => &idflow_directory::schema::USER,
    }
}

pub(super) fn failed(error: &idflow_sdk::Error) -> AppError {
    AppError::from(crate::store::StoreError::Unavailable(super::words::show(&error.problem).reason.en))
}

async fn count(directory: &dyn DirectoryStore, kind: Kind) -> Result<Value, AppError> {
    let schema = schema(kind);
    let status = schema.field("status");
    let mut counts: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
    let mut after: Option<String> = None;
    loop {
        let page = directory.page(kind, after.as_deref(), 1000).await.map_err(|error| failed(&error))?;
        for stored in &page {
            let word = status.and_then(|id| stored.record.text(id)).unwrap_or("active");
            *counts.entry(word.into()).or_default() += 1;
        }
        match page.last() {
            Some(last) if page.len() == 1000 => after = Some(last.key.to_string()),
            _ => return Ok(json!(counts)),
        }
    }
}

async fn list(
    directory: &dyn DirectoryStore,
    kind: Kind,
    find: Option<&str>,
    limit: usize,
    reveal: bool,
) -> Result<Value, AppError> {
    let schema = schema(kind);
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = directory.page(kind, after.as_deref(), 1000).await.map_err(|error| failed(&error))?;
        for stored in &page {
            let mut object = serde_json::Map::new();
            object.insert("id".into(), stored.key.to_string().into());
            for (id, field) in stored.record.iter() {
                let spec = schema.spec(id);
                let shown = if reveal { field.to_json() } else { mask::field(spec, field).0 };
                object.insert(spec.name.to_string(), shown);
            }
            let object = Value::Object(object);
            if find.is_none_or(|find| object.to_string().contains(find)) {
                found.push(object);
                if found.len() >= limit {
                    return Ok(found.into());
                }
            }
        }
        match page.last() {
            Some(last) if page.len() == 1000 => after = Some(last.key.to_string()),
            _ => return Ok(found.into()),
        }
    }
}
