//! An uploaded file becomes a run, by a mapping that is kept as a workflow.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::text;

use super::{
    columns::{self, Known, TARGETS, folded},
    flow::{self, Mapping},
    keep::TRIES,
    reading::{self, Beginning},
};
use crate::{
    app::{AppError, Desk, expected::Expected, problem_words},
    contract::{
        problem::Text,
        run::NewRun,
        upload::{DepartmentsBy, UploadDepartments, UploadImport, UploadStarted},
        workflow::NewWorkflow,
    },
    engine::Refused,
    model::id::{RunId, is_snake_case},
    store::{
        Batch, StoreError, catalogue,
        catalogue::{StoredWorkflow, WorkflowState},
        uploads::{self, StoredUpload},
    },
    trigger::import,
};

/// The workflow that keeps a mapping, where no other one is named.
pub const WORKFLOW: &str = "upload_people";
/// What a word of a state can mean.
const STATES: [&str; 3] = ["active", "disabled", "left"];
/// Rows that tell how departments are named.
const TELLING: usize = 40;

/// How a file is to be read.
pub(super) struct Meant {
    pub(super) mapping: Mapping,
    /// Whether somebody said so: it is to be kept.
    pub(super) given: bool,
}

impl Meant {
    /// What a caller says.
    pub(super) fn given(
        columns: &BTreeMap<String, String>,
        departments: Option<&UploadDepartments>,
        states: &BTreeMap<String, String>,
    ) -> (Mapping, bool, bool) {
        let mapping = Mapping {
            columns: columns.clone(),
            departments: departments.cloned().unwrap_or_default(),
            states: states.clone(),
            full: false,
        };
        (mapping, !columns.is_empty(), departments.is_some())
    }
}

/// How departments are most likely named in these cells.
fn departments_of(begun: &Beginning, header: Option<&String>) -> UploadDepartments {
    let usual = UploadDepartments::default();
    let place = header.and_then(|wanted| begun.headers.iter().position(|one| folded(one) == folded(wanted)));
    let Some(place) = place else { return usual };
    let cells = begun.first.iter().take(TELLING).filter_map(|(_, row)| row.get(place).map(|cell| text::trim(cell)));
    let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
    let by_path = columns::PATHS.iter().any(|known| header.is_some_and(|header| folded(header) == *known));
    let id = |cell: &&str| cell.bytes().all(|byte| byte.is_ascii_alphanumeric() || b";-_".contains(&byte));
    match columns::path_separator(cells.iter().copied()) {
        Some(separator) => UploadDepartments { separator: separator.into(), ..usual },
        None if !by_path
            && !cells.is_empty()
            && cells.iter().all(id)
            && cells.iter().any(|cell| cell.bytes().any(|byte| byte.is_ascii_digit())) =>
        {
            UploadDepartments { by: DepartmentsBy::Id, ..usual }
        }
        None => usual,
    }
}

/// The headers of a file, for whoever is asked for one of them.
fn headers(begun: &Beginning) -> String {
    const MOST: usize = 30;
    let named: Vec<&str> = begun.headers.iter().map(|one| &**one).filter(|one| !one.is_empty()).collect();
    let more = if named.len() > MOST { ", …" } else { "" };
    format!("{}{more}", named[..named.len().min(MOST)].join(", "))
}

/// Something is asked for that the mapping of a workflow has otherwise.
fn kept_otherwise(workflow: Option<&str>, field: &'static str) -> AppError {
    AppError::conflict("upload_mapping_kept").arg("workflow", workflow.unwrap_or_default()).field(field)
}

/// Another version is active than the one whose mapping is meant.
fn other_version(workflow: &str, version: u64) -> AppError {
    let refused = AppError::conflict("upload_version_other").arg("workflow", workflow);
    refused.arg("version", version.to_string()).field("version")
}

impl Desk<'_> {
    /// How a file is to be read: as somebody says, as the workflow keeps it, else as it looks. `complete`: it is to be imported
    /// so, and what is missing is refused.
    pub(super) async fn mapping_for(
        &self,
        begun: &Beginning,
        (mut mapping, has_columns, has_departments): (Mapping, bool, bool),
        workflow: Option<&str>,
        complete: bool,
    ) -> Result<Meant, AppError> {
        let mut given = has_columns;
        if !has_columns {
            let kept = match workflow {
                Some(workflow) => Some(self.kept_mapping(workflow).await?.ok_or_else(|| {
                    AppError::not_found("upload_no_mapping").arg("workflow", workflow).field("workflow")
                })),
                None => None,
            };
            match kept {
                Some(Ok(kept)) => {
                    // The workflow is run as it is, so nothing else can be asked of it.
                    let other = has_departments && mapping.departments != kept.departments;
                    let usual = columns::words("status");
                    let means = |word: &String| kept.states.get(word).or_else(|| usual.get(word));
                    let word = mapping.states.iter().any(|(word, meaning)| means(word) != Some(meaning));
                    for (differs, field) in [(other, "departments"), (word, "states")] {
                        if differs {
                            return Err(kept_otherwise(workflow, field));
                        }
                    }
                    return self.checked(begun, Meant { mapping: kept, given: false }, complete);
                }
                // A workflow that is to be made takes what is proposed.
                Some(Err(refused)) if !complete || self.workflow_exists(workflow).await? => return Err(refused),
                _ => {}
            }
            mapping.columns = Known::new().propose(&begun.headers);
            given = true;
        }
        if !has_departments {
            mapping.departments = departments_of(begun, mapping.columns.get("departments"));
        }
        self.checked(begun, Meant { mapping, given }, complete)
    }

    async fn workflow_exists(&self, workflow: Option<&str>) -> Result<bool, AppError> {
        match workflow {
            Some(id) => Ok(catalogue::workflow(&*self.store, &self.tenant, id).await?.is_some()),
            None => Ok(false),
        }
    }

    fn checked(&self, begun: &Beginning, meant: Meant, complete: bool) -> Result<Meant, AppError> {
        let Mapping { columns, departments, states, .. } = &meant.mapping;
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        for header in &begun.headers {
            *taken.entry(folded(header)).or_default() = "";
        }
        for (field, header) in columns {
            if columns::find(field).is_none() {
                let fields = TARGETS.map(|target| target.name).join(", ");
                let refused = AppError::invalid("upload_field_unknown").arg("field", field).arg("fields", fields);
                return Err(refused.field("columns"));
            }
            match taken.insert(folded(header), field) {
                None => {
                    let refused = AppError::invalid("upload_column_missing").arg("header", header).arg("field", field);
                    return Err(refused.arg("headers", headers(begun)).field("columns"));
                }
                Some("") => {}
                Some(other) => {
                    let refused = AppError::invalid("upload_column_twice").arg("header", header).arg("field", field);
                    return Err(refused.arg("other", other).field("columns"));
                }
            }
        }
        let missing: Vec<_> = TARGETS.iter().filter(|one| one.required && !columns.contains_key(one.name)).collect();
        if complete && !missing.is_empty() {
            let zh: Vec<String> = missing.iter().map(|one| format!("{}（{}）", one.title.0, one.name)).collect();
            let en: Vec<String> = missing.iter().map(|one| format!("{} ({})", one.title.1, one.name)).collect();
            let fields = Text { zh: zh.join("、"), en: en.join(", ") };
            let refused = AppError::invalid("upload_field_missing").words("fields", fields);
            return Err(refused.arg("headers", headers(begun)).field("columns"));
        }
        let separator = &departments.separator;
        let plain = (1..=3).contains(&separator.chars().count())
            && !separator.contains(['\'', '"', '{', '}', ';'])
            && !separator.chars().any(char::is_control);
        if !plain {
            return Err(AppError::invalid("upload_separator").field("departments.separator"));
        }
        for (word, meaning) in states {
            if word.trim().is_empty() || !STATES.contains(&meaning.as_str()) {
                let refused = AppError::invalid("upload_state_wrong").arg("word", word).arg("meaning", meaning);
                return Err(refused.field("states"));
            }
        }
        Ok(meant)
    }

    /// Imports a file: by a mapping, which is kept as a workflow, or by one that was kept before.
    ///
    /// # Errors
    /// A mapping that lacks a field or names a column that is not there; those of a run.
    pub async fn import_upload(&self, id: &str, wanted: UploadImport) -> Result<UploadStarted, AppError> {
        if wanted.plan {
            self.caller.trail.deed("plan_upload");
        }
        self.unused_upload(id).await?;
        let workflow = wanted.workflow.clone().unwrap_or_else(|| WORKFLOW.into());
        if let Some(version) = wanted.version {
            self.is_meant(&workflow, version).await?;
        }
        let (place, stored) = self.unsealed_upload(id).await?;
        let begun = reading::begin(place.path(), &stored.value, wanted.sheet.as_deref(), wanted.header_row).await?;
        let given = Meant::given(&wanted.columns, wanted.departments.as_ref(), &wanted.states);
        let mut meant = self.mapping_for(&begun, given, wanted.workflow.as_deref(), true).await?;
        if meant.given {
            meant.mapping.full = wanted.full;
        } else if wanted.full && !meant.mapping.full {
            return Err(kept_otherwise(wanted.workflow.as_deref(), "full"));
        }
        let read: BTreeSet<String> = meant.mapping.columns.values().cloned().collect();
        let key = meant.mapping.columns.get("external_id").cloned().unwrap_or_default();
        let (file, written) = reading::write(place.path(), &stored.value, &begun, (&key, read)).await?;
        self.may_import(&file, &meant).await?;
        let notes = reading::notes(&stored.value, &begun, &written);
        let rows = self.keep_rows(&stored, &file).await?;
        let run = self.start_import((id, rows), &workflow, &meant, &wanted).await?;
        Ok(UploadStarted { run: run.to_string(), notes: notes.iter().map(problem_words::show).collect() })
    }

    /// Refuses what is wrong about these rows, before anything is kept.
    async fn may_import(&self, file: &std::path::Path, meant: &Meant) -> Result<(), AppError> {
        if meant.mapping.makes_departments() && self.joins_departments(file, &meant.mapping).await? {
            return Err(AppError::invalid("upload_paths_joined").field("departments.create"));
        }
        self.refuse_lost_zeros(file, &meant.mapping).await
    }

    /// Starts the run that reads these rows. The mapping is kept once nothing of the file is refused any more.
    async fn start_import(
        &self,
        (id, rows): (&str, String),
        workflow: &str,
        meant: &Meant,
        wanted: &UploadImport,
    ) -> Result<RunId, AppError> {
        // The rows are those of this mapping: whoever keeps another one at the same moment has a version of their own.
        let version = match meant.given && wanted.version.is_none() {
            true => self.keep_mapping(workflow, wanted.name.as_deref(), &meant.mapping).await?,
            false => self.version_with(workflow, meant, wanted.plan).await?,
        };
        if let Some(other) = wanted.version.filter(|named| *named != version) {
            return Err(other_version(workflow, other));
        }
        if wanted.approve {
            self.may_approve_version(workflow, version).await?;
        }
        let inputs = [("folder".to_string(), rows.into())].into_iter().collect();
        let new = NewRun { inputs, approve: wanted.approve, plan: wanted.plan, ..NewRun::default() };
        if wanted.plan {
            return Ok(import::start(&self.engine, (workflow, Some(version)), new, self.by()).await?);
        }
        // The file and its run know of each other from one commit on, whatever happens to this process.
        for _ in 0..TRIES {
            let stored = self.unused_upload(id).await?;
            let run = RunId::new(self.now());
            let used = StoredUpload { run: Some(run.to_string()), ..stored.value.clone() };
            let mut along = Batch::default();
            uploads::put_in(&mut along, &self.tenant, Some(&stored), &used)?;
            match import::start_once(&self.engine, (workflow, Some(version)), new.clone(), self.by(), (run, along))
                .await
            {
                // Somebody plans the same file, or another node gave the number of the run out.
                Err(Refused::Store(StoreError::Conflict)) => {}
                started => return Ok(started?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Whether a row names several departments: which of them is to be made where cannot be told from one path.
    async fn joins_departments(&self, file: &std::path::Path, mapping: &Mapping) -> Result<bool, AppError> {
        let header = mapping.columns.get("departments").map(|header| folded(header)).unwrap_or_default();
        let each = |found: &mut bool, cell: &str| {
            *found |= cell.contains([';', '；']);
            !*found
        };
        reading::column(file, header, each).await
    }

    /// Keeps a mapping as a workflow, which is active from then on; gives the version that has it.
    async fn keep_mapping(&self, id: &str, name: Option<&str>, mapping: &Mapping) -> Result<u64, AppError> {
        if !is_snake_case(id) {
            return Err(AppError::invalid("workflow_id_wrong").arg("id", id).field("workflow"));
        }
        let old = catalogue::workflow(&*self.store, &self.tenant, id).await?;
        let mut called: Option<(String, String)> =
            name.map(text::trim).filter(|name| !name.is_empty()).map(|name| (name.into(), name.into()));
        if old.is_some() {
            let text = self.workflow_text(id, None).await?.text;
            let before = Mapping::kept(&text);
            let taken = || AppError::conflict("upload_workflow_taken").arg("workflow", id).field("workflow");
            let before = before.ok_or_else(taken)?;
            let named = flow::called(&text);
            // What somebody wrote into it by hand is not written over.
            if before.text(id, (&named.0, &named.1)) != text {
                return Err(taken());
            }
            called.get_or_insert(named);
        }
        let (zh, en) = called.unwrap_or_else(|| ("上传的人员".into(), "Uploaded people".into()));
        let new = NewWorkflow { text: Some(mapping.text(id, (&zh, &en))), ..NewWorkflow::default() };
        let made = self.create_workflow(new, &self.caller.actor).await?;
        self.caller.trail.keeps();
        let active = old.is_some_and(|old| old.value.state == WorkflowState::Active);
        // The newest one may have this mapping without being live: somebody brought it back, or was cut off before that.
        if !active || made.active != Some(made.version) {
            self.make_live(id).await?;
        }
        Ok(made.version)
    }

    /// Activates the newest version, also while others do so.
    async fn make_live(&self, id: &str) -> Result<(), AppError> {
        for _ in 0..TRIES {
            match self.activate_if(id, self.activator(), &Expected::Anything).await {
                Err(error) if error.problem.code == "store_conflict" => {}
                done => return done.map(drop),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// The active version of a workflow, which still keeps the mapping by which the file was looked at. What is shown before an
    /// import goes by the same, also where the workflow rests and imports nothing.
    async fn version_with(&self, id: &str, meant: &Meant, plan: bool) -> Result<u64, AppError> {
        let head = catalogue::workflow(&*self.store, &self.tenant, id).await?.map(|head| head.value);
        let is_live = |head: &StoredWorkflow| head.state == WorkflowState::Active && head.active.is_some();
        let head = head.filter(|head| plan || is_live(head)).ok_or_else(|| Refused::NotActive(id.into()))?;
        let version = head.active.unwrap_or(head.latest);
        let stored = catalogue::version(&*self.store, &self.tenant, id, version).await?;
        match stored.and_then(|stored| Mapping::kept(&stored.text)) {
            Some(kept) if kept == meant.mapping => Ok(version),
            // Whoever says both a mapping and a version may mean two things.
            _ if meant.given => Err(kept_otherwise(Some(id), "columns")),
            _ => Err(StoreError::Conflict.into()),
        }
    }

    /// Refuses where another version is active than the one that is meant, before anything is read.
    async fn is_meant(&self, id: &str, version: u64) -> Result<(), AppError> {
        let head = catalogue::workflow(&*self.store, &self.tenant, id).await?;
        match head.and_then(|head| head.value.active) {
            Some(active) if active == version => Ok(()),
            _ => Err(other_version(id, version)),
        }
    }

    /// Whether a workflow reads what is uploaded: it keeps the mapping of a file.
    pub(in crate::app) async fn reads_uploads(&self, id: &str) -> Result<bool, AppError> {
        Ok(self.kept_mapping(id).await?.is_some())
    }

    /// The mapping that a workflow keeps; `None` where it keeps none.
    pub(super) async fn kept_mapping(&self, id: &str) -> Result<Option<Mapping>, AppError> {
        let Some(head) = catalogue::workflow(&*self.store, &self.tenant, id).await? else { return Ok(None) };
        let version = head.value.active.unwrap_or(head.value.latest);
        let stored = catalogue::version(&*self.store, &self.tenant, id, version).await?;
        Ok(stored.and_then(|stored| Mapping::kept(&stored.text)))
    }

    /// The workflows that keep a mapping all of whose headers are here.
    pub(super) async fn fitting(&self, headers: &[String]) -> Result<Vec<String>, AppError> {
        let headers: BTreeSet<String> = headers.iter().map(|header| folded(header)).collect();
        let mut found = Vec::new();
        for head in catalogue::workflows(&*self.store, &self.tenant).await? {
            if head.state == WorkflowState::Active
                && let Some(kept) = self.kept_mapping(&head.id).await?
                && kept.columns.values().all(|header| headers.contains(&folded(header)))
            {
                found.push(head.id);
            }
        }
        Ok(found)
    }
}
