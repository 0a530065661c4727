//! The world of one case: an application that keeps everything in memory, its directory, its links, its files, and a
//! simulator where the workflow speaks to WeCom. Everything is gone when the stage is.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use idflow_sdk::{Kind, Record};
use serde_json::Value;
use wecom_sim::{Identity, Limits, Options, Running, Simulator, State};

use super::{
    objects::{self, Object},
    test_wrong,
    written::{Case, wrong},
};
use crate::{
    app::{App, AppError, Settings, connect},
    contract::{connection::NewConnection, run::NewRun, workflow::NewWorkflow},
    engine::Connect,
    model::{change::Row, id::new_ulid, run::Run},
    store::{location::Location, runs},
    workflow::compiled::{InputType, Step, Workflow},
};

/// Seals the secrets of a simulator, which are no secrets; nothing is written to a disk.
const MASTER_KEY: &str = "6964666c6f77206964666c6f77206964666c6f77206964666c6f77206964666c";
/// The input that a workflow takes the folder of its files from.
const FOLDER_INPUT: &str = "folder";

/// Where a test file and its workflow come from.
pub struct Script<'a> {
    /// The name of the test file, for messages.
    pub file: &'a str,
    /// The name of the workflow file, for messages.
    pub workflow_file: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// A stage that is set.
pub struct Stage {
    /// The application.
    pub(super) app: App,
    /// The workflow's id.
    pub(super) id: String,
    /// The workflow that plays on it.
    pub workflow: std::sync::Arc<Workflow>,
    inputs: serde_json::Map<String, Value>,
    simulator: Option<Running>,
    folder: Option<Folder>,
}

/// The objects of the target.
pub(super) struct Target {
    departments: Vec<Object>,
    users: Vec<Object>,
}

impl Target {
    /// Those of a kind.
    pub(super) fn of(&self, kind: Kind) -> &[Object] {
        if kind == Kind::Department { &self.departments } else { &self.users }
    }
}

impl Stage {
    /// Sets the stage for a case.
    ///
    /// # Errors
    /// A workflow with errors, objects that do not fit their system, systems that cannot be played.
    pub async fn set(script: &Script<'_>, case: &Case, given: &super::Settings) -> Result<Self, AppError> {
        let settings = Settings {
            data_dir: given.scratch.clone(),
            store: Location::Memory,
            master_key: Some(MASTER_KEY.into()),
            clock: given.clock.clone(),
            disk_floor: 0,
            at_work: None,
        };
        let app = App::open(settings).await?;
        let folder = if case.source.files.is_empty() { None } else { Some(Folder::make(&given.scratch, app.now())?) };
        let new = NewWorkflow {
            text: Some(script.text.into()),
            file: Some(script.workflow_file.into()),
            ..NewWorkflow::default()
        };
        let id = app.create_workflow(new).await?.id;
        let workflow = app.connections.compile(script.text).map_err(test_wrong)?;
        let mut stage = Self { app, id, workflow, inputs: case.inputs.clone(), simulator: None, folder };
        stage.files(script, case)?;
        stage.source(script, case).await?;
        let target = stage.target(script, case).await?;
        stage.links(script, case, &target).await?;
        stage.app.activate(&stage.id, "test").await?;
        Ok(stage)
    }

    /// Computes the plan.
    ///
    /// # Errors
    /// Inputs that the workflow refuses.
    pub async fn plan(&mut self) -> Result<(Run, Vec<Row>), AppError> {
        let new = NewRun { inputs: std::mem::take(&mut self.inputs), plan: true, approve: false };
        let run = self.app.start(&self.id, new, "test", "test").await?;
        let header = self.app.engine.wait(run).await?;
        let header = header.ok_or_else(|| test_wrong(format!("run {run} was lost")))?;
        let rows = runs::get_plan(&*self.app.store, &self.app.tenant, run).await?;
        Ok((header, rows))
    }

    /// Ends the simulator.
    pub async fn clear(self) {
        if let Some(simulator) = self.simulator {
            simulator.stop().await;
        }
    }

    /// The files that the workflow reads, and the input that says where they are.
    fn files(&mut self, script: &Script<'_>, case: &Case) -> Result<(), AppError> {
        let Some(Folder(folder)) = &self.folder else { return Ok(()) };
        for (name, text) in &case.source.files {
            if Path::new(name).file_name().is_none_or(|plain| plain != name.as_str()) {
                return Err(wrong(script.file, text.defined, format!("`{name}` is not the plain name of a file")));
            }
            let failed = |error| test_wrong(format!("{name}: {error}"));
            std::fs::write(folder.join(name), &text.value).map_err(failed)?;
        }
        let asks = self.workflow.inputs.iter().any(|input| input.name == FOLDER_INPUT && input.ty == InputType::String);
        if asks && !self.inputs.contains_key(FOLDER_INPUT) {
            self.inputs.insert(FOLDER_INPUT.into(), folder.display().to_string().into());
        }
        Ok(())
    }

    /// The directory, when the workflow reads it.
    async fn source(&self, script: &Script<'_>, case: &Case) -> Result<(), AppError> {
        for (kind, written) in [(Kind::Department, &case.source.departments), (Kind::User, &case.source.users)] {
            let Some(first) = written.first() else { continue };
            let read = self
                .workflow
                .steps
                .iter()
                .find(|step| step.action.name == "read" && step.connector.name == connect::DIRECTORY);
            let Some(schema) = read.and_then(|step| step.connector.schema(kind)) else {
                let message = "the workflow does not read the directory: its source is given as `files`";
                return Err(wrong(script.file, first.defined, message));
            };
            self.fill(kind, &objects::read(script.file, schema, written)?).await?;
        }
        Ok(())
    }

    /// The system that the workflow writes to, and the connections to all others.
    async fn target(&mut self, script: &Script<'_>, case: &Case) -> Result<Target, AppError> {
        let mut written: Vec<&Step> = Vec::new();
        for step in self.workflow.steps.iter().filter(|step| step.mapping.is_some()) {
            if written.iter().all(|other| self.reference(other) != self.reference(step)) {
                written.push(step);
            }
        }
        let [step] = written.as_slice() else {
            let names: Vec<&str> = written.iter().map(|step| self.reference(step)).collect();
            return Err(test_wrong(format!(
                "{}: a test has one target, and this workflow writes to {}: {}",
                script.workflow_file,
                names.len(),
                names.join(", ")
            )));
        };
        let (connector, reference) = (step.connector, self.reference(step).to_string());
        let schema = |kind: Kind| {
            connector
                .schema(kind)
                .ok_or_else(|| test_wrong(format!("{} has no objects of the kind {}", connector.name, kind.as_str())))
        };
        let (department, user) = (schema(Kind::Department)?, schema(Kind::User)?);
        let target = Target {
            departments: objects::read(script.file, department, &case.target.departments)?,
            users: objects::read(script.file, user, &case.target.users)?,
        };
        let identity = |number: usize| Identity { corp_id: format!("wwtest{number:012}"), ..Identity::default() };
        let mut corps = Vec::new();
        let mut connections = Vec::new();
        for alias in &self.workflow.connections {
            if connections.iter().any(|(name, _, _): &(String, &str, _)| *name == alias.reference) {
                continue;
            }
            let corp = (alias.connector.name == "wecom").then(|| identity(corps.len()));
            if let Some(identity) = &corp {
                let holds = if alias.reference == reference {
                    objects::company(identity, (department, &target.departments), (user, &target.users))?
                } else {
                    State::one_corp(identity)
                };
                corps.extend(holds.corps);
            }
            connections.push((alias.reference.clone(), alias.connector.name, corp));
        }
        if !corps.is_empty() {
            let limits = Limits::unlimited_calls();
            let simulator = Simulator::start(Options { limits, ..Options::with_state(State { corps }) }).await;
            let failed =
                |error: wecom_sim::Error| test_wrong(format!("{}: case `{}`: {error}", script.file, case.name));
            self.simulator = Some(simulator.map_err(failed)?);
        }
        for (name, connector, corp) in connections {
            self.connect(name, connector, corp).await?;
        }
        if connector.name == connect::DIRECTORY {
            for kind in [Kind::Department, Kind::User] {
                self.fill(kind, target.of(kind)).await?;
            }
        }
        Ok(target)
    }

    async fn connect(&self, name: String, connector: &str, corp: Option<Identity>) -> Result<(), AppError> {
        let mut new = NewConnection {
            connector: connector.into(),
            name,
            settings: std::collections::BTreeMap::new(),
            secrets: std::collections::BTreeMap::new(),
        };
        match (connector, corp, &self.simulator) {
            (connect::DIRECTORY, ..) => return Ok(()),
            ("csv", ..) if new.name == connect::IMPORT => return Ok(()),
            ("csv", ..) => {
                let folder = self.folder.as_ref().map(|Folder(folder)| folder.display().to_string());
                new.settings.extend(folder.map(|folder| ("folder".into(), folder)));
            }
            (_, Some(corp), Some(simulator)) => {
                let settings = [
                    ("corp_id", corp.corp_id),
                    ("agent_id", corp.agent_id.to_string()),
                    ("base_url", simulator.base_url()),
                ];
                new.settings.extend(settings.map(|(name, value)| (name.into(), value)));
                let secrets = [("app_secret", corp.app_secret), ("contacts_secret", corp.contacts_secret)];
                new.secrets.extend(secrets.map(|(name, value)| (name.into(), value)));
            }
            _ => return Err(test_wrong(format!("there is no simulator for {connector}"))),
        }
        self.app.put_connection(new).await.map(|_| ())
    }

    /// Puts objects into the directory, under their keys.
    async fn fill(&self, kind: Kind, objects: &[Object]) -> Result<(), AppError> {
        let records: HashMap<&str, &Record> = objects.iter().map(|object| (&*object.key, &object.record)).collect();
        let keys: Vec<&str> = objects.iter().map(|object| &*object.key).collect();
        let mut fill = |key: &str, _: Option<Record>| -> Record {
            let record = records.get(key).into_iter().flat_map(|record| record.iter());
            record.filter(|(_, field)| field.value().is_some()).map(|(id, field)| (id, field.clone())).collect()
        };
        let filled = self.app.connections.directory().update(kind, &keys, None, &mut fill).await;
        filled.map_err(|error| test_wrong(crate::app::words::show(&error.problem).reason.en))
    }

    /// The name of the connection that a step works on.
    pub(super) fn reference(&self, step: &Step) -> &str {
        &self.workflow.connections[step.connection].reference
    }
}

/// A temporary folder that goes with its stage.
struct Folder(PathBuf);

impl Folder {
    fn make(scratch: &Path, now: i64) -> Result<Self, AppError> {
        let path = scratch.join(format!("idflow-test-{}", new_ulid(now)));
        std::fs::create_dir(&path).map_err(|error| test_wrong(format!("{}: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
