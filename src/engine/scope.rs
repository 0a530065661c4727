//! What a run is a run of, and what its templates and conditions can read.

use std::sync::Arc;

use super::Core;
use crate::{
    model::{run::Run, time::time},
    store::{StoreError, catalogue},
    workflow::{
        compiled::Workflow,
        scope::{Given, RunFacts, Scope, StepFacts},
    },
};

/// The workflow of a run, or why it does not compile.
pub(super) async fn workflow_of(core: &Core, run: &Run) -> Result<Result<Arc<Workflow>, String>, StoreError> {
    if let Some(workflow) = core.connect.compiled(&run.content) {
        return Ok(Ok(workflow));
    }
    let stored = catalogue::version(&*core.store, &core.tenant, &run.workflow, run.version).await?;
    Ok(core.connect.compile(&stored.map(|stored| stored.text).unwrap_or_default()))
}

/// The name of a run's concurrency group; that of the workflow where the definition names none.
pub(super) async fn group_of(core: &Core, run: &Run, workflow: &Workflow) -> Result<String, StoreError> {
    Ok(match &workflow.group {
        Some(template) => {
            let scope = scope(core, run, workflow).await?;
            template.render(&scope).unwrap_or_else(|_| workflow.id.clone())
        }
        None => workflow.id.clone(),
    })
}

/// What templates and conditions can read.
pub(super) async fn scope(core: &Core, run: &Run, workflow: &Workflow) -> Result<Scope, StoreError> {
    let mut connections = serde_json::Map::new();
    for alias in &workflow.connections {
        let settings = core.connect.settings(&alias.reference, alias.connector.name).await?;
        connections.insert(alias.alias.clone(), settings);
    }
    let facts = RunFacts {
        id: run.run.to_string(),
        number: run.no,
        workflow: run.workflow.clone(),
        workflow_name: workflow.name.zh.clone(),
        status: run.status.as_str(),
        status_text: String::new(),
        due: time(run.trigger.due.unwrap_or(run.trigger.fired)),
        started: time(run.started.unwrap_or(run.accepted)),
        trigger: run.trigger.kind.as_str(),
        url: format!("/runs/{}", run.run),
        waiting_removals: run.waiting,
        top_errors: Vec::new(),
    };
    let mut scope = Scope::new(Given {
        inputs: &run.inputs,
        vars: &workflow.vars,
        connections,
        run: facts,
        trigger: &run.trigger,
        steps: workflow.steps.iter().map(|step| &*step.id).collect(),
    });
    scope.take_reads(&run.reads);
    // After a restart, and for the messages at the end.
    for state in run.steps.iter().filter(|state| state.ended.is_some()) {
        if workflow.steps.iter().any(|step| step.id == state.step) {
            scope.tell_step(&state.step, &StepFacts::new(state.status, &state.counts));
        }
    }
    // A variable that cannot be filled is told by whatever reads it.
    if let Err(problem) = workflow.fill_vars(&mut scope) {
        tracing::warn!(code = %problem.code, "a variable of the workflow cannot be filled");
    }
    Ok(scope)
}
