//! Where does a plan read, and where does it write? Whoever approves it wants to know which company it is about, and how old
//! what was read is.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::{Identity, SettingSpec};

use super::{App, AppError, Desk, connect::FOLDER, problem_words::both, time, uploads::source::name_in};
use crate::{
    contract::{
        plan::{Plan, PlanSetting, PlanSide, WrittenLast},
        problem::Text,
    },
    engine::Connect,
    model::{definition::Localized, run::Run},
    store::{catalogue, runs},
    workflow::compiled::{ConnectionAlias, Step, Work, Workflow},
};

fn text(localized: &Localized) -> Text {
    Text { zh: localized.zh.clone(), en: localized.en.clone() }
}

impl Desk<'_> {
    /// Names of workflow and steps, and the systems that a plan is about.
    pub(super) async fn tell_sides(&self, header: &Run, plan: &mut Plan) -> Result<(), AppError> {
        let workflow = self.workflow_of(header).await?;
        plan.name = text(&workflow.name);
        plan.steps = workflow.steps.iter().map(|step| (step.id.clone(), text(&step.name))).collect();
        let reading = used(&workflow, |step| matches!(step.work, Work::Read(_)), |step| file_of(step, &header.inputs));
        plan.reads = self.sides(header, &workflow, reading).await?;
        // What is called a path where something is written is that of a department.
        let writing = used(&workflow, |step| matches!(step.work, Work::Write(_)), |_| None);
        plan.writes = self.sides(header, &workflow, writing).await?;
        Ok(())
    }
}

/// The connections of some steps by their places in the file, with the files that are read there.
fn used(
    workflow: &Workflow,
    counts: fn(&Step) -> bool,
    file_of: impl Fn(&Step) -> Option<String>,
) -> BTreeMap<usize, BTreeSet<String>> {
    let mut used: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for step in workflow.steps.iter().filter(|step| counts(step)) {
        if let Some(uses) = step.uses() {
            used.entry(uses.connection).or_default().extend(file_of(step));
        }
    }
    used
}

impl App {
    async fn sides(
        &self,
        header: &Run,
        workflow: &Workflow,
        used: BTreeMap<usize, BTreeSet<String>>,
    ) -> Result<Vec<PlanSide>, AppError> {
        let mut sides = Vec::new();
        for (place, files) in used {
            let side = self.side(header, &workflow.connections[place]).await?;
            sides.push(PlanSide { files: files.into_iter().collect(), ..side });
        }
        Ok(sides)
    }

    async fn side(&self, header: &Run, alias: &ConnectionAlias) -> Result<PlanSide, AppError> {
        let spec = alias.connector;
        let stored = match spec.local {
            true => None,
            false => catalogue::connection(&*self.store, &self.tenant, &alias.reference).await?,
        };
        let given = stored.map(|stored| stored.value.settings).unwrap_or_default();
        let telling = |setting: &&SettingSpec| setting.identity != Identity::None || setting.name == FOLDER;
        let settings = spec.settings.iter().filter(telling).filter_map(|setting| {
            let value = given.get(setting.name).filter(|value| !value.is_empty())?.clone();
            let named = Text { zh: setting.name.into(), en: setting.name.into() };
            let title = Some(both(setting.form.title)).filter(|title| !title.zh.is_empty()).unwrap_or(named);
            Some(PlanSetting { name: setting.name.into(), title, value })
        });
        let settings: Vec<PlanSetting> = settings.collect();
        let system = self.connections.system(&alias.reference, spec.name).await?;
        Ok(PlanSide {
            connection: alias.reference.clone(),
            connector: spec.name.into(),
            system: both(spec.title),
            title: given.get("title").filter(|title| !title.is_empty()).cloned(),
            settings,
            files: Vec::new(),
            written: self.written_last(header, &system).await?,
        })
    }

    /// Who had written to a system when the plan was computed, as long as that run is known.
    async fn written_last(&self, header: &Run, system: &str) -> Result<Option<WrittenLast>, AppError> {
        let Some(mark) = header.marks.get(system) else { return Ok(None) };
        let found = runs::get(&*self.store, &self.tenant, mark.run).await?;
        Ok(found.map(|run| WrittenLast {
            run: run.run.to_string(),
            no: run.no,
            workflow: run.workflow.clone(),
            by: run.trigger.actor.clone(),
            at: time(run.ended.unwrap_or(run.accepted)),
            inputs: run.inputs,
        }))
    }
}

/// The file that a step reads, with the inputs of the run in it; other templates stay as they are written.
fn file_of(step: &Step, inputs: &serde_json::Value) -> Option<String> {
    let mut path = step.with.literal.get("path")?.as_str()?.to_string();
    for (name, value) in inputs.as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
        path = path.replace(&format!("{{{{inputs.{name}}}}}"), &value);
    }
    // An uploaded file is called as whoever sent it knows it.
    Some(name_in(&path).map(ToString::to_string).unwrap_or(path))
}
