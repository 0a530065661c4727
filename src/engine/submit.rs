//! Runs come in here: checked, numbered, put on disk, and only then given an id.

use idflow_sdk::Problem;

use super::Engine;
use crate::{
    model::{
        event::Event,
        id::RunId,
        run::{Approved, Counts, Mode, Run, Status, Trigger},
    },
    store::{Batch, StoreError, catalogue, catalogue::WorkflowState, runs},
    workflow::compiled::{InputType, Workflow},
};

/// What somebody wants to run.
#[derive(Debug, Clone)]
pub struct Request {
    /// The workflow.
    pub workflow: String,
    /// Whether it writes.
    pub mode: Mode,
    /// Its inputs, as given: text values are read by the input's type.
    pub inputs: serde_json::Map<String, serde_json::Value>,
    /// Why.
    pub trigger: Trigger,
    /// The caller approves the plan as computed.
    pub approve: bool,
    /// Changes that must hold together with the acceptance: the mark of a schedule.
    pub along: Batch,
}

/// Why a run was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refused {
    /// There is no such workflow.
    #[error("there is no workflow `{0}`; `idflow workflow list` shows what there is")]
    NoWorkflow(String),
    /// There is no such run.
    #[error("there is no run `{0}`; `idflow runs list` shows what there is")]
    NoRun(String),
    /// It is not active.
    #[error("workflow `{0}` is not active; activate it with `idflow workflow activate {0}`")]
    NotActive(String),
    /// It has no manual trigger.
    #[error("workflow `{0}` cannot be started by hand: it has no `on.manual`")]
    NotManual(String),
    /// The stored definition does not compile.
    #[error("workflow `{0}` has errors: {1}")]
    Broken(String, String),
    /// An input is wrong.
    #[error("input `{0}`: {1}")]
    Input(String, String),
    /// The run is in another state.
    #[error("run {0} is {1}, not held")]
    NotHeld(RunId, &'static str),
    /// The approval does not fit the plan.
    #[error("run {0} has the plan {1}; the approval names {2}")]
    OtherPlan(RunId, String, String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Accepts a run and begins to work on it.
    ///
    /// # Errors
    /// See [`Refused`]. When this returns an id, the run is on disk.
    pub async fn submit(&self, request: Request) -> Result<RunId, Refused> {
        let core = &self.core;
        for _ in 0..16 {
            let Some(head) = catalogue::workflow(&*core.store, &core.tenant, &request.workflow).await? else {
                return Err(Refused::NoWorkflow(request.workflow));
            };
            let active = head.value.active.filter(|_| head.value.state == WorkflowState::Active);
            let version = match (request.mode, active) {
                // A plan shows what the newest version would do, active or not.
                (Mode::Plan, _) => head.value.latest,
                (Mode::Apply, Some(version)) => version,
                (Mode::Apply, None) => return Err(Refused::NotActive(request.workflow)),
            };
            let stored = catalogue::version(&*core.store, &core.tenant, &request.workflow, version).await?;
            let text = stored.map(|stored| stored.text).unwrap_or_default();
            let workflow =
                core.connect.compile(&text).map_err(|message| Refused::Broken(request.workflow.clone(), message))?;
            if request.trigger.kind == "manual" && !workflow.manual {
                return Err(Refused::NotManual(request.workflow));
            }
            let inputs = inputs(&workflow, &request.inputs)?;
            let now = core.clock.now_ms();
            let mut run = Run {
                run: RunId::new(now),
                no: head.value.runs + 1,
                workflow: request.workflow.clone(),
                version,
                content: workflow.content.clone(),
                mode: request.mode,
                trigger: request.trigger.clone(),
                inputs,
                approve: request.approve,
                status: Status::Queued,
                why: Vec::new(),
                counts: Counts::default(),
                planned: Counts::default(),
                source: Default::default(),
                complete: false,
                safety: Vec::new(),
                plan: None,
                planned_at: None,
                rows: 0,
                approvals: Vec::new(),
                api: Default::default(),
                accepted: now,
                started: None,
                ended: None,
                resumed: Vec::new(),
                steps: Vec::new(),
                notices: Vec::new(),
                seq: 0,
                engine: env!("CARGO_PKG_VERSION").into(),
            };
            let mut new_head = head.value.clone();
            new_head.runs += 1;
            let mut batch = request.along.clone();
            runs::create(&mut batch, &core.tenant, &mut run, now)?;
            catalogue::put_workflow(&mut batch, &core.tenant, Some(&head), &new_head)?;
            match core.store.commit(batch).await {
                Ok(()) => {
                    self.launch(&run).await;
                    return Ok(run.run);
                }
                // Somebody numbered a run at the same time. A schedule's mark that moved is final.
                Err(StoreError::Conflict) if request.along.is_empty() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// A person approves a held run. `plan` names the plan that was looked at; `None`: the one that is held now.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn approve(&self, run: RunId, by: &str, plan: Option<&str>, source_checked: bool) -> Result<(), Refused> {
        let mut held = self.held(run).await?;
        let hash = held.plan.clone().unwrap_or_default();
        if let Some(plan) = plan.filter(|plan| *plan != hash) {
            return Err(Refused::OtherPlan(run, hash, plan.into()));
        }
        let now = self.core.clock.now_ms();
        held.approvals.push(Approved { by: by.into(), at: now, plan: hash.clone(), source_checked });
        held.status = Status::Queued;
        held.why.clear();
        let mut batch = Batch::default();
        let event = Event::Approved { by: by.into(), hash, source_checked };
        runs::append(&mut batch, &self.core.tenant, &mut held, now, vec![event])?;
        self.core.store.commit(batch).await?;
        self.launch(&held).await;
        Ok(())
    }

    /// A person refuses a held run.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn reject(&self, run: RunId, by: &str) -> Result<(), Refused> {
        let mut held = self.held(run).await?;
        let now = self.core.clock.now_ms();
        held.status = Status::Cancelled;
        held.why = vec![Problem::new("rejected").arg("by", by)];
        held.ended = Some(now);
        let mut batch = Batch::default();
        let events = vec![Event::Rejected { by: by.into() }, Event::Ended { status: "cancelled".into() }];
        runs::append(&mut batch, &self.core.tenant, &mut held, now, events)?;
        Ok(self.core.store.commit(batch).await?)
    }

    /// Asks a run to stop: a held or waiting one at once, a working one at its next call.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn cancel(&self, run: RunId, by: &str) -> Result<(), Refused> {
        if let Some(progress) = self.core.live().get(&run) {
            progress.cancel();
            return Ok(());
        }
        self.reject(run, by).await
    }

    async fn held(&self, run: RunId) -> Result<Run, Refused> {
        let found = runs::get(&*self.core.store, &self.core.tenant, run).await?;
        let found = found.ok_or_else(|| Refused::NoRun(run.to_string()))?;
        if found.status == Status::Held && !self.core.live().contains_key(&run) {
            Ok(found)
        } else {
            Err(Refused::NotHeld(run, found.status.as_str()))
        }
    }
}

/// Inputs by their types, with defaults; unknown, missing and wrong ones are named.
fn inputs(
    workflow: &Workflow,
    given: &serde_json::Map<String, serde_json::Value>,
) -> Result<serde_json::Value, Refused> {
    use serde_json::Value;
    let wrong = |name: &str, what: String| Refused::Input(name.into(), what);
    let mut inputs = serde_json::Map::new();
    if let Some(unknown) = given.keys().find(|name| workflow.inputs.iter().all(|input| input.name != **name)) {
        let names = workflow.inputs.iter().map(|input| format!("`{}`", input.name)).collect::<Vec<_>>().join(", ");
        let there = if names.is_empty() { "this workflow has none".into() } else { format!("there are: {names}") };
        return Err(wrong(unknown, format!("there is no such input; {there}")));
    }
    for input in &workflow.inputs {
        let Some(value) = given.get(&input.name).or(input.default.as_ref()) else {
            if input.required {
                return Err(wrong(&input.name, "a value is needed".into()));
            }
            continue;
        };
        let text = value.as_str();
        let value = match (&input.ty, value) {
            (InputType::Boolean, Value::Bool(_)) | (InputType::Integer, Value::Number(_)) => value.clone(),
            (InputType::Boolean, _) => match text {
                Some("true") => Value::Bool(true),
                Some("false") => Value::Bool(false),
                _ => return Err(wrong(&input.name, format!("`{value}` is neither true nor false"))),
            },
            (InputType::Integer, _) => match text.and_then(|text| text.parse::<i64>().ok()) {
                Some(number) => number.into(),
                None => return Err(wrong(&input.name, format!("`{value}` is not a whole number"))),
            },
            (InputType::Duration, _) => match text {
                Some(text) if crate::workflow::parse::scalar::parse_duration(text).is_some() => value.clone(),
                _ => return Err(wrong(&input.name, format!("{value} is not a time span such as `30d` or `0d`"))),
            },
            (InputType::Enum(words), _) => match text {
                Some(text) if words.iter().any(|word| word == text) => value.clone(),
                _ => return Err(wrong(&input.name, format!("{value} is none of {}", words.join(", ")))),
            },
            (InputType::String, Value::String(_)) => value.clone(),
            (InputType::String, _) => Value::String(value.to_string()),
        };
        inputs.insert(input.name.clone(), value);
    }
    Ok(Value::Object(inputs))
}
