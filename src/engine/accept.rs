//! When does a request become a run? The workflow is found and compiled, the inputs are read by their types, and the run gets
//! its number. Nothing is on disk before [`Accepted::batch`] is committed.

use idflow_sdk::Problem;

use super::{Core, disk_space::Look, messages, scope};
use crate::{
    model::{
        id::{RunId, Tenant},
        run::{Counts, Mode, Run, Status},
        trigger::{Trigger, TriggerKind},
    },
    store::{Batch, StoreError, catalogue, catalogue::WorkflowState, idempotency::Ticket, runs, tenants},
    workflow::compiled::{InputType, Workflow},
};

/// How often a number is taken that another node was faster with.
pub(super) const TRIES: u32 = 16;

/// What somebody wants to run.
#[derive(Debug, Clone)]
pub struct Request {
    /// The workflow.
    pub workflow: String,
    /// Whether it writes.
    pub mode: Mode,
    /// Its inputs, as given: text values are read by the input's type.
    pub inputs: serde_json::Map<String, serde_json::Value>,
    /// Its id, where it is known before the run is.
    pub id: Option<RunId>,
    /// Why.
    pub trigger: Trigger,
    /// The caller approves the plan as computed.
    pub approve: bool,
    /// Whether it reads no file of the server but those that are open to the network; none: as whoever activated the workflow may.
    pub fenced: Option<bool>,
    /// Changes that must hold together with the acceptance: the mark of a schedule.
    pub along: Batch,
    /// The run whose failed items are repeated.
    pub retry_of: Option<RunId>,
    /// Of those only these rows; all where there is none.
    pub retry_rows: Vec<u32>,
    /// A version, instead of the active one.
    pub version: Option<u64>,
    /// The version of which it was asked whether the caller may approve it beforehand.
    pub judged: Option<u64>,
    /// The call that asks for it, settled when the run is accepted.
    pub ticket: Option<Ticket>,
    /// The step up to which is planned; of plans only.
    pub until: Option<String>,
}

impl Request {
    /// A run that writes, by the active version, without inputs; it needs no approval of its caller.
    #[must_use]
    pub fn new(workflow: impl Into<String>, trigger: Trigger) -> Self {
        Self {
            workflow: workflow.into(),
            mode: Mode::Apply,
            inputs: serde_json::Map::new(),
            id: None,
            trigger,
            approve: false,
            fenced: None,
            along: Batch::default(),
            retry_of: None,
            retry_rows: Vec::new(),
            version: None,
            judged: None,
            ticket: None,
            until: None,
        }
    }
}

/// Why a run was not accepted, or why something cannot be done with it.
#[derive(Debug, Clone)]
pub enum Refused {
    /// The tenant is put away.
    Archived(Tenant),
    /// There is no such workflow.
    NoWorkflow(String),
    /// There is no such run.
    NoRun(String),
    /// It is not active.
    NotActive(String),
    /// None of its versions is active.
    NoneActive(String),
    /// It has no manual trigger.
    NotManual(String),
    /// The stored definition does not compile.
    Broken(String, String),
    /// An input is missing or wrong, with what is wrong.
    Input(String, Problem),
    /// The run is in another state.
    NotHeld(RunId, Status),
    /// It is a plan of this workflow, and nobody carries it out.
    OnlyPlanned(RunId, String),
    /// The run cannot be repeated.
    NotOver(RunId, Status),
    /// Retention has taken its items.
    Forgotten(RunId),
    /// The run is not paused.
    NotPaused(RunId, Status),
    /// There is nothing to stop.
    Over(RunId, Status),
    /// Nobody decided in time.
    Expired(RunId),
    /// The same by a clock that may be wrong: it is still held.
    ClockDoubted(RunId),
    /// The approval does not fit the plan.
    OtherPlan(RunId, String, String),
    /// There is no room for another run.
    DiskFull(Look),
    /// The store.
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&messages::reason(&self.why()).1)
    }
}

impl std::error::Error for Refused {}

/// A problem about a run that is in the wrong state.
fn of_run(code: &'static str, run: RunId, status: Status) -> Problem {
    let words = status.words();
    Problem::new(code).arg("run", run.to_string()).arg("status_zh", words.zh).arg("status_en", words.en)
}

impl Refused {
    /// Why.
    #[must_use]
    pub fn why(&self) -> Problem {
        let of_workflow = |code, workflow: &str| Problem::new(code).arg("workflow", workflow);
        match self {
            Self::Archived(tenant) => Problem::new("tenant_archived").arg("tenant", tenant.as_str()),
            Self::NoWorkflow(workflow) => of_workflow("workflow_unknown", workflow),
            Self::NoRun(run) => Problem::new("run_unknown").arg("run", run),
            Self::NotActive(workflow) => of_workflow("workflow_not_active", workflow),
            Self::NoneActive(workflow) => of_workflow("version_none_active", workflow),
            Self::NotManual(workflow) => of_workflow("manual_trigger_missing", workflow),
            Self::Broken(workflow, message) => of_workflow("workflow_invalid", workflow).arg("message", message),
            Self::Input(_, problem) => problem.clone(),
            Self::NotHeld(run, status) => of_run("run_not_held", *run, *status),
            Self::OnlyPlanned(run, workflow) => of_workflow("run_only_planned", workflow).arg("run", run.to_string()),
            Self::NotOver(run, status) => of_run("run_not_over", *run, *status),
            Self::Forgotten(run) => Problem::new("items_forgotten").arg("run", run.to_string()),
            Self::NotPaused(run, status) => of_run("run_not_paused", *run, *status),
            Self::Over(run, status) => of_run("run_over", *run, *status),
            Self::Expired(run) => Problem::new("approval_too_late").arg("run", run.to_string()),
            Self::ClockDoubted(run) => Problem::new("approval_clock_doubted").arg("run", run.to_string()),
            Self::OtherPlan(run, plan, named) => {
                Problem::new("plan_other").arg("run", run.to_string()).arg("plan", plan).arg("named", named)
            }
            Self::DiskFull(look) => Problem::new("disk_full")
                .arg("free", (look.free.unwrap_or(0) >> 20).to_string())
                .arg("floor", (look.floor >> 20).to_string()),
            Self::Store(error) => Problem::new("store_failed").arg("message", error.to_string()),
        }
    }

    /// Why, for the log of runs and for whoever looks after a trigger.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Broken(..) => self.why(),
            Self::Input(_, problem) if problem.code == NEEDED => problem.clone(),
            _ => self.within("start_refused"),
        }
    }

    /// The reason as part of another problem, as `why`.
    #[must_use]
    pub fn within(&self, code: &'static str) -> Problem {
        let (zh, en) = messages::reason(&self.why());
        Problem::new(code).arg("why_zh", zh).arg("why_en", en)
    }

    /// The same with one more argument about an input.
    fn with(self, name: &'static str, value: String) -> Self {
        match self {
            Self::Input(input, problem) => Self::Input(input, problem.arg(name, value)),
            other => other,
        }
    }

    /// Whether the same request may be taken a moment later.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(self, Self::DiskFull(_) | Self::Store(_))
    }
}

/// The code of a required input without a value, where a trigger should have given it.
const NEEDED: &str = "start_input_missing";
/// The same where a person starts it.
const NEEDED_BY_HAND: &str = "input_needed";

/// A run that is ready to be written.
pub(super) struct Accepted {
    tenant: Tenant,
    now: i64,
    along: Batch,
    ticket: Option<Ticket>,
    /// The run.
    pub run: Run,
}

impl Accepted {
    /// The commit that accepts it.
    pub fn batch(&mut self) -> Result<Batch, StoreError> {
        let mut batch = std::mem::take(&mut self.along);
        if let Some(ticket) = &self.ticket {
            ticket.settle(&mut batch, &self.tenant, self.run.run)?;
        }
        runs::create(&mut batch, &self.tenant, &mut self.run, self.now)?;
        Ok(batch)
    }
}

/// Refuses where the tenant is put away. What was accepted before goes on, and may call other workflows.
pub(super) async fn open_tenant(core: &Core) -> Result<(), Refused> {
    match tenants::get(&*core.store, &core.tenant).await? {
        Some(row) if row.archived.is_some() => Err(Refused::Archived(row.id)),
        _ => Ok(()),
    }
}

/// Checks a request and makes the run of it, with a number of its own.
pub(super) async fn prepare(core: &Core, request: Request) -> Result<Accepted, Refused> {
    core.has_room().map_err(Refused::DiskFull)?;
    let Some(head) = catalogue::workflow(&*core.store, &core.tenant, &request.workflow).await? else {
        return Err(Refused::NoWorkflow(request.workflow));
    };
    let active = head.value.active.filter(|_| head.value.state == WorkflowState::Active);
    let version = match (request.version, request.mode, active) {
        (Some(version), ..) => version,
        // A plan shows what the newest version would do, active or not.
        (None, Mode::Plan, _) => head.value.latest,
        (None, Mode::Apply | Mode::Retry, Some(version)) => version,
        (None, Mode::Apply | Mode::Retry, None) => return Err(Refused::NotActive(request.workflow)),
    };
    // Another one was activated since then: by that, somebody else may have to approve it.
    if request.approve && request.mode != Mode::Plan && request.judged.is_some_and(|judged| judged != version) {
        return Err(StoreError::Conflict.into());
    }
    let stored = catalogue::version(&*core.store, &core.tenant, &request.workflow, version).await?;
    let text = stored.map(|stored| stored.text).unwrap_or_default();
    let workflow = core.connect.compile(&text).map_err(|message| Refused::Broken(request.workflow.clone(), message))?;
    if request.trigger.kind == TriggerKind::Manual && !workflow.manual {
        return Err(Refused::NotManual(request.workflow));
    }
    let needed = if request.trigger.kind.is_by_itself() { NEEDED } else { NEEDED_BY_HAND };
    let inputs = inputs(&workflow, &request.inputs, needed)?;
    if let Some(until) = &request.until {
        if request.mode != Mode::Plan {
            return Err(Refused::Input("until".into(), Problem::new("until_of_plans")));
        }
        if workflow.steps.iter().all(|step| step.id != *until) {
            let names: Vec<&str> = workflow.steps.iter().map(|step| step.id.as_str()).collect();
            let problem = Problem::new("until_unknown").arg("step", until).arg("names", names.join(", "));
            return Err(Refused::Input("until".into(), problem));
        }
    }
    let now = core.clock.now_ms();
    let number = core.number(&request.workflow, head.value.runs).await?;
    let (along, ticket) = (request.along.clone(), request.ticket.clone());
    let fenced = request.fenced.unwrap_or(head.value.fenced);
    let mut run = blank(now, number, version, workflow.content.clone(), inputs, request);
    run.fenced = fenced;
    run.meaning.clone_from(&workflow.meaning);
    run.group = scope::group_of(core, &run, &workflow).await?;
    Ok(Accepted { tenant: core.tenant.clone(), now, along, ticket, run })
}

/// A run of which nothing is known but the request.
pub(super) fn blank(
    now: i64,
    number: u64,
    version: u64,
    content: String,
    inputs: serde_json::Value,
    request: Request,
) -> Run {
    Run {
        run: request.id.unwrap_or_else(|| RunId::new(now)),
        no: number,
        workflow: request.workflow,
        version,
        content,
        meaning: String::new(),
        mode: request.mode,
        trigger: request.trigger,
        inputs,
        approve: request.approve,
        fenced: request.fenced.unwrap_or_default(),
        status: Status::Queued,
        why: Vec::new(),
        counts: Counts::default(),
        unsure: Counts::default(),
        planned: Counts::default(),
        source: Default::default(),
        complete: false,
        part: false,
        bindings: Default::default(),
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
        group: String::new(),
        expires: None,
        concerns: None,
        untold: false,
        ending: None,
        scope: String::new(),
        paused_from: None,
        retry_of: request.retry_of,
        retry_rows: request.retry_rows,
        until: request.until,
        costs: Vec::new(),
        errors: Vec::new(),
        reads: serde_json::Value::Null,
        kept: Default::default(),
        filled: Default::default(),
        ranges: Default::default(),
        partial: Default::default(),
        line_ends: Default::default(),
        waiting: 0,
        marks: Default::default(),
        systems: Default::default(),
        indexed: None,
        stumbled: 0,
        rests: None,
    }
}

/// Inputs by their types, with defaults; unknown, missing and wrong ones are named.
fn inputs(
    workflow: &Workflow,
    given: &serde_json::Map<String, serde_json::Value>,
    needed: &'static str,
) -> Result<serde_json::Value, Refused> {
    use serde_json::Value;
    let mut inputs = serde_json::Map::new();
    if let Some(unknown) = given.keys().find(|name| workflow.inputs.iter().all(|input| input.name != **name)) {
        let names = workflow.inputs.iter().map(|input| format!("`{}`", input.name)).collect::<Vec<_>>().join(", ");
        let problem = Problem::new("input_unknown").arg("input", unknown);
        return Err(Refused::Input(unknown.clone(), problem.arg("names", if names.is_empty() { "–" } else { &names })));
    }
    for input in &workflow.inputs {
        let wrong = |code: &'static str, value: &Value| {
            let problem = Problem::new(code).arg("input", &input.name);
            Refused::Input(input.name.clone(), problem.arg("value", value.to_string()))
        };
        let Some(value) = given.get(&input.name).or(input.default.as_ref()) else {
            if input.required {
                return Err(Refused::Input(input.name.clone(), Problem::new(needed).arg("input", &input.name)));
            }
            continue;
        };
        let text = value.as_str();
        let value = match (&input.ty, value) {
            (InputType::Boolean, Value::Bool(_)) | (InputType::Integer, Value::Number(_)) => value.clone(),
            (InputType::Boolean, _) => match text {
                Some("true") => Value::Bool(true),
                Some("false") => Value::Bool(false),
                _ => return Err(wrong("input_not_boolean", value)),
            },
            (InputType::Integer, _) => match text.and_then(|text| text.parse::<i64>().ok()) {
                Some(number) => number.into(),
                None => return Err(wrong("input_not_integer", value)),
            },
            (InputType::Duration, _) => match text {
                Some(text) if crate::workflow::duration::parse_duration(text).is_some() => value.clone(),
                _ => return Err(wrong("input_not_duration", value)),
            },
            (InputType::Enum(words), _) => match text {
                Some(text) if words.iter().any(|word| word == text) => value.clone(),
                _ => return Err(wrong("input_not_listed", value).with("words", words.join(", "))),
            },
            (InputType::String, Value::String(_)) => value.clone(),
            (InputType::String, _) => Value::String(value.to_string()),
        };
        inputs.insert(input.name.clone(), value);
    }
    Ok(Value::Object(inputs))
}
