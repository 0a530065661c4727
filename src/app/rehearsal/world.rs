//! The world of one case: an application that keeps everything in memory, its directory, its links, its files, and a
//! stand-in for each system that the workflow speaks to. Everything is gone when the stage is.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use idflow_sdk::{ConnectorSpec, Kind, Record, Schema, directory::Writer};
use serde_json::Value;

use super::{
    objects::{self, Object},
    test_file::{Case, test_wrong, wrong},
};
use crate::{
    app::{App, AppError, Settings, connect},
    contract::{connection::NewConnection, workflow::NewWorkflow},
    engine::{Connect, Request},
    model::{
        change::Row,
        id::new_ulid,
        run::{Mode, Run},
        trigger::{Trigger, TriggerKind},
    },
    stand_ins::{self, Held, Scene, Stop},
    store::{location::Location, runs},
    workflow::compiled::{InputType, Step, Uses, Work, Workflow},
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
    /// How the stand-ins end.
    stops: Vec<Stop>,
    folder: Option<Folder>,
}

/// The objects of the target.
pub(super) struct Target(Vec<(&'static Schema, Vec<Object>)>);

impl Target {
    /// As a stand-in takes them.
    fn held(&self) -> Vec<Held<'_>> {
        fn one(object: &Object) -> (&str, &Record) {
            (&object.key, &object.record)
        }
        let all = self.0.iter();
        all.map(|(schema, objects)| Held { schema, objects: objects.iter().map(one).collect() }).collect()
    }

    /// Those of a kind.
    pub(super) fn of(&self, kind: Kind) -> &[Object] {
        self.0.iter().find(|(schema, _)| schema.kind == kind).map_or(&[], |(_, objects)| objects)
    }
}

impl Stage {
    /// Sets the stage for a case.
    ///
    /// # Errors
    /// A workflow with errors, objects that do not fit their system, systems that cannot be played.
    pub async fn set(script: &Script<'_>, case: &Case, given: &super::settings::Settings) -> Result<Self, AppError> {
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
        let id = app.create_workflow(new, "test").await?.id;
        let workflow = app.connections.compile(script.text).map_err(test_wrong)?;
        let mut stage = Self { app, id, workflow, inputs: case.inputs.clone(), stops: Vec::new(), folder };
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
        let trigger = Trigger::new(TriggerKind::Test, "test", self.app.now());
        let inputs = std::mem::take(&mut self.inputs);
        let request = Request { mode: Mode::Plan, inputs, ..Request::new(&self.id, trigger) };
        let run = self.app.engine.submit(request).await?;
        let header = self.app.engine.wait(run).await?;
        let header = header.ok_or_else(|| test_wrong(format!("run {run} was lost")))?;
        let rows = runs::get_plan(&*self.app.store, &self.app.tenant, run).await?;
        Ok((header, rows))
    }

    /// Ends the stand-ins.
    pub async fn clear(self) {
        for stop in self.stops {
            stop().await;
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
            let reads = self.workflow.steps.iter().filter(|step| matches!(step.work, Work::Read(_)));
            let mut reads = reads.filter(|step| step.schema(kind).is_some());
            let Some(read) = reads.next() else {
                let message = "the workflow reads no such objects: its source is given as `files`";
                return Err(wrong(script.file, first.defined, message));
            };
            if let (Work::Read(uses), Some(schema)) = (&read.work, read.schema(kind))
                && uses.connector.local
            {
                self.fill(kind, &objects::read(script.file, schema, written)?).await?;
            }
        }
        Ok(())
    }

    /// The system that the workflow writes to, and the connections to all others.
    async fn target(&mut self, script: &Script<'_>, case: &Case) -> Result<Target, AppError> {
        let mut written: Vec<&Uses> = Vec::new();
        for writing in self.workflow.steps.iter().filter_map(Step::writing).filter(|writing| writing.mapping.is_some())
        {
            if written.iter().all(|other| self.reference(other) != self.reference(&writing.uses)) {
                written.push(&writing.uses);
            }
        }
        // One that only sends has the system of its messages; nothing is written there.
        if written.is_empty() {
            let sending = self.workflow.steps.iter().filter_map(|step| match &step.work {
                Work::Send(sending) => Some(&sending.uses),
                _ => None,
            });
            written.extend(sending.take(1));
        }
        let [uses] = written.as_slice() else {
            let names: Vec<&str> = written.iter().map(|uses| self.reference(uses)).collect();
            return Err(test_wrong(format!(
                "{}: a test has one target, and this workflow writes to {}: {}",
                script.workflow_file,
                names.len(),
                names.join(", ")
            )));
        };
        let (connector, reference) = (uses.connector, self.reference(uses).to_string());
        let mut target = Target(Vec::new());
        for (kind, written) in [(Kind::Department, &case.target.departments), (Kind::User, &case.target.users)] {
            match (connector.schema(kind), written.first()) {
                (Some(schema), _) => target.0.push((schema, objects::read(script.file, schema, written)?)),
                (None, Some(first)) => {
                    let message = format!("{} has no objects of the kind {}", connector.name, kind.as_str());
                    return Err(wrong(script.file, first.defined, message));
                }
                (None, None) => {}
            }
        }
        let source = self.remote_source(script, case, &reference)?;
        let aliases: Vec<(String, &'static ConnectorSpec)> =
            self.workflow.connections.iter().map(|alias| (alias.reference.clone(), alias.connector)).collect();
        for (number, (name, spec)) in aliases.iter().enumerate() {
            let before = aliases[..number].iter().any(|(other, _)| other == name);
            if !before && !spec.local && name != connect::IMPORT {
                let holds = match &source {
                    _ if *name == reference => Some(&target),
                    Some((of, source)) if of == name => Some(source),
                    _ => None,
                };
                let failed = |error| test_wrong(format!("{}: case `{}`: {error}", script.file, case.name));
                self.connect(name, spec, number, holds).await?.map_err(failed)?;
            }
        }
        if connector.local {
            for (schema, objects) in &target.0 {
                self.fill(schema.kind, objects).await?;
            }
        }
        Ok(target)
    }

    /// What the system holds that the workflow reads, where that is neither the directory nor the target, with its connection.
    fn remote_source(
        &self,
        script: &Script<'_>,
        case: &Case,
        target: &str,
    ) -> Result<Option<(String, Target)>, AppError> {
        let reads = self.workflow.steps.iter().filter_map(|step| match &step.work {
            Work::Read(uses) if !uses.connector.local && self.reference(uses) != target => Some(uses),
            _ => None,
        });
        let Some(uses) = reads.into_iter().find(|uses| !uses.connector.schemas.is_empty()) else { return Ok(None) };
        let mut held = Target(Vec::new());
        for (kind, written) in [(Kind::Department, &case.source.departments), (Kind::User, &case.source.users)] {
            if let Some(schema) = uses.connector.schema(kind) {
                held.0.push((schema, objects::read(script.file, schema, written)?));
            }
        }
        Ok(Some((self.reference(uses).to_string(), held)))
    }

    /// Connects to a stand-in that holds these objects; in words, why there is none.
    async fn connect(
        &mut self,
        name: &str,
        spec: &'static ConnectorSpec,
        number: usize,
        holds: Option<&Target>,
    ) -> Result<Result<(), String>, AppError> {
        let Some(stand_in) = stand_ins::find(spec.name) else {
            return Ok(Err(format!("nothing stands in for {}", spec.name)));
        };
        let holds: Vec<Held<'_>> = holds.map(Target::held).unwrap_or_default();
        let files = self.folder.as_ref().map(|Folder(folder)| folder.as_path());
        let playing = match stand_in.start(&Scene { number, holds: &holds, files }).await {
            Ok(playing) => playing,
            Err(why) => return Ok(Err(why)),
        };
        self.stops.extend(playing.stop);
        let (settings, secrets) = (playing.settings, playing.secrets);
        let new = NewConnection { connector: spec.name.into(), name: name.into(), settings, secrets, only_new: false };
        self.app.put_connection(new).await?;
        Ok(Ok(()))
    }

    /// Puts objects into the directory, under their keys.
    async fn fill(&self, kind: Kind, objects: &[Object]) -> Result<(), AppError> {
        let records: HashMap<&str, &Record> = objects.iter().map(|object| (&*object.key, &object.record)).collect();
        let keys: Vec<&str> = objects.iter().map(|object| &*object.key).collect();
        let mut fill = |key: &str, _: Option<Record>| -> Record {
            let record = records.get(key).into_iter().flat_map(|record| record.iter());
            record.filter(|(_, field)| field.value().is_some()).map(|(id, field)| (id, field.clone())).collect()
        };
        let filled = self.app.connections.directory().update(kind, &keys, &Writer::default(), &mut fill).await;
        filled.map_err(|error| test_wrong(crate::app::problem_words::show(&error.problem).reason.en))
    }

    /// The name of the connection of an action.
    pub(super) fn reference(&self, uses: &Uses) -> &str {
        &self.workflow.alias_of(uses).reference
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
