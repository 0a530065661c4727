//! Runs come in here: checked, numbered, put on disk, and only then given an id.

use idflow_sdk::Problem;

use super::{Core, Engine, drive};
use crate::{
    model::{
        event::Event,
        id::{RunId, Tenant},
        run::{Approved, Ask, Asked, Counts, Mode, Run, SafetyCheck, Status},
        trigger::{Trigger, TriggerKind},
    },
    store::{Batch, StoreError, catalogue, catalogue::WorkflowState, once::Ticket, runs, tenants},
    workflow::compiled::{InputType, Workflow},
};

/// How long a decision waits for the messages that tell of the held run.
const MESSAGES: std::time::Duration = std::time::Duration::from_secs(30);

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
    /// Why.
    pub trigger: Trigger,
    /// The caller approves the plan as computed.
    pub approve: bool,
    /// Changes that must hold together with the acceptance: the mark of a schedule.
    pub along: Batch,
    /// The run whose failed items are repeated.
    pub retry_of: Option<RunId>,
    /// Of those only these rows; all where there is none.
    pub retry_rows: Vec<u32>,
    /// A version, instead of the active one.
    pub version: Option<u64>,
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
            trigger,
            approve: false,
            along: Batch::default(),
            retry_of: None,
            retry_rows: Vec::new(),
            version: None,
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
    /// The approval does not fit the plan.
    OtherPlan(RunId, String, String),
    /// There is no room for another run.
    DiskFull(super::room::Look),
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
        f.write_str(&super::messages::reason(&self.why()).1)
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
            Self::NotOver(run, status) => of_run("run_not_over", *run, *status),
            Self::Forgotten(run) => Problem::new("items_forgotten").arg("run", run.to_string()),
            Self::NotPaused(run, status) => of_run("run_not_paused", *run, *status),
            Self::Over(run, status) => of_run("run_over", *run, *status),
            Self::Expired(run) => Problem::new("approval_too_late").arg("run", run.to_string()),
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
        let (zh, en) = super::messages::reason(&self.why());
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

/// The code of a required input without a value.
const NEEDED: &str = "start_input_missing";

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
async fn open_tenant(core: &Core) -> Result<(), Refused> {
    match tenants::get(&*core.store, &core.tenant).await? {
        Some(row) if row.archived.is_some() => Err(Refused::Archived(row.id)),
        _ => Ok(()),
    }
}

/// Checks a request and makes the run of it, with a number of its own.
pub(super) async fn prepare(core: &Core, request: Request) -> Result<Accepted, Refused> {
    core.has_room()?;
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
    let stored = catalogue::version(&*core.store, &core.tenant, &request.workflow, version).await?;
    let text = stored.map(|stored| stored.text).unwrap_or_default();
    let workflow = core.connect.compile(&text).map_err(|message| Refused::Broken(request.workflow.clone(), message))?;
    if request.trigger.kind == TriggerKind::Manual && !workflow.manual {
        return Err(Refused::NotManual(request.workflow));
    }
    let inputs = inputs(&workflow, &request.inputs)?;
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
    let mut run = blank(now, number, version, workflow.content.clone(), inputs, request);
    run.meaning.clone_from(&workflow.meaning);
    run.group = drive::group_of(core, &run, &workflow).await?;
    Ok(Accepted { tenant: core.tenant.clone(), now, along, ticket, run })
}

/// A run of which nothing is known but the request.
fn blank(now: i64, number: u64, version: u64, content: String, inputs: serde_json::Value, request: Request) -> Run {
    Run {
        run: RunId::new(now),
        no: number,
        workflow: request.workflow,
        version,
        content,
        meaning: String::new(),
        mode: request.mode,
        trigger: request.trigger,
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
        group: String::new(),
        expires: None,
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
        waiting: 0,
        marks: Default::default(),
        indexed: None,
        stumbled: 0,
        rests: None,
    }
}

/// A run that is reserved here, until it begins or is not accepted.
struct Reserved<'a> {
    core: &'a Core,
    run: RunId,
    kept: bool,
}

impl<'a> Reserved<'a> {
    fn new(core: &'a Core, run: RunId) -> Self {
        core.reserve(run);
        Self { core, run, kept: false }
    }

    fn keep(mut self) -> RunId {
        self.kept = true;
        self.run
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.core.leave(self.run);
        }
    }
}

impl Engine {
    /// Accepts a run and begins to work on it.
    ///
    /// # Errors
    /// See [`Refused`]. When this returns an id, the run is on disk.
    pub async fn submit(&self, request: Request) -> Result<RunId, Refused> {
        let core = &self.core;
        open_tenant(core).await?;
        for _ in 0..TRIES {
            let mut accepted = prepare(core, request.clone()).await?;
            let batch = accepted.batch()?;
            // Before it is on disk, where others would find it and begin.
            let reserved = Reserved::new(core, accepted.run.run);
            match core.store.commit(batch).await {
                Ok(()) => {
                    let run = reserved.keep();
                    core.begin(accepted.run, true);
                    return Ok(run);
                }
                // Another node gave the same number out. A schedule's mark that moved is final.
                Err(StoreError::Conflict) if request.along.is_empty() => core.forget_number(&request.workflow),
                Err(error) => {
                    core.forget_number(&request.workflow);
                    return Err(error.into());
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Writes down that a run could not start, as a failed run with the reason: nobody was there to be told. What comes
    /// along with the request is settled in the same commit. Without such a workflow there is nothing to show it at.
    ///
    /// # Errors
    /// Those of the store; [`StoreError::Conflict`] when another node was faster.
    pub async fn settle_refused(&self, request: Request, why: Problem) -> Result<Option<RunId>, StoreError> {
        let core = &self.core;
        for _ in 0..TRIES {
            let Some(head) = catalogue::workflow(&*core.store, &core.tenant, &request.workflow).await? else {
                core.store.commit(request.along).await?;
                return Ok(None);
            };
            let version = request.version.or(head.value.active).unwrap_or(head.value.latest);
            let stored = catalogue::version(&*core.store, &core.tenant, &request.workflow, version).await?;
            let text = stored.map(|stored| stored.text).unwrap_or_default();
            let content = core.connect.compile(&text).map(|workflow| workflow.content.clone()).unwrap_or_default();
            let now = core.clock.now_ms();
            let number = core.number(&request.workflow, head.value.runs).await?;
            let inputs = serde_json::Value::Object(request.inputs.clone());
            let mut run = blank(now, number, version, content, inputs, request.clone());
            // It waits for nobody.
            run.group = format!("refused/{}", run.run);
            run.status = Status::Failed;
            run.why = vec![why.clone()];
            run.ended = Some(now);
            run.untold = true;
            let mut batch = request.along.clone();
            runs::create(&mut batch, &core.tenant, &mut run, now)?;
            let reserved = Reserved::new(core, run.run);
            match core.store.commit(batch).await {
                Ok(()) => {
                    let id = reserved.keep();
                    core.begin(run, true);
                    return Ok(Some(id));
                }
                Err(StoreError::Conflict) if request.along.is_empty() => core.forget_number(&request.workflow),
                Err(error) => {
                    core.forget_number(&request.workflow);
                    return Err(error);
                }
            }
        }
        Err(StoreError::Conflict)
    }

    /// A person approves a held run. `plan` names the plan that was looked at; `None`: the one that is held now.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn approve(&self, run: RunId, by: &str, plan: Option<&str>, source_checked: bool) -> Result<(), Refused> {
        let mut held = self.held(run).await?;
        open_tenant(&self.core).await?;
        if held.expires.is_some_and(|expires| self.core.clock.now_ms() >= expires) {
            self.expire(held).await?;
            return Err(Refused::Expired(run));
        }
        let hash = held.plan.clone().unwrap_or_default();
        if let Some(plan) = plan.filter(|plan| *plan != hash) {
            return Err(Refused::OtherPlan(run, hash, plan.into()));
        }
        let now = self.core.clock.now_ms();
        let doubted = |check: &&SafetyCheck| source_checked && check.source && !check.ok;
        let lifted = held.safety.iter().filter(doubted).cloned().collect();
        let plan = hash.clone();
        held.approvals.push(Approved { by: by.into(), at: now, plan, computed: None, source_checked, lifted });
        held.status = Status::Queued;
        held.why.clear();
        let mut batch = Batch { notify: true, ..Batch::default() };
        let event = Event::Approved { by: by.into(), hash, source_checked };
        runs::append(&mut batch, &self.core.tenant, &mut held, now, vec![event])?;
        self.core.store.commit(batch).await?;
        self.core.start(held);
        Ok(())
    }

    /// A person refuses a held run.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn reject(&self, run: RunId, by: &str) -> Result<(), Refused> {
        let held = self.held(run).await?;
        Ok(self.end_at_rest(held, "rejected", Event::Rejected { by: by.into() }, by).await?)
    }

    /// Ends a run that nobody works on, for a person.
    async fn end_at_rest(&self, mut run: Run, code: &'static str, event: Event, by: &str) -> Result<(), StoreError> {
        let now = self.core.clock.now_ms();
        run.status = Status::Cancelled;
        run.why = vec![Problem::new(code).arg("by", by)];
        run.ended = Some(now);
        run.untold = true;
        let mut batch = Batch { notify: true, ..Batch::default() };
        let events = vec![event, Event::Ended { status: "cancelled".into() }];
        runs::append(&mut batch, &self.core.tenant, &mut run, now, events)?;
        self.core.store.commit(batch).await?;
        self.core.start(run);
        Ok(())
    }

    /// Ends a held run that nobody decided about.
    pub(super) async fn expire(&self, mut held: Run) -> Result<(), StoreError> {
        let now = self.core.clock.now_ms();
        held.status = Status::Cancelled;
        held.why = vec![Problem::new("approval_expired")];
        held.ended = Some(now);
        held.untold = true;
        let mut batch = Batch { notify: true, ..Batch::default() };
        let events = vec![Event::Expired, Event::Ended { status: "cancelled".into() }];
        runs::append(&mut batch, &self.core.tenant, &mut held, now, events)?;
        match self.core.store.commit(batch).await {
            Ok(()) => {
                self.core.start(held);
                Ok(())
            }
            // Somebody decided, or another node was faster.
            Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Asks a run to stop for good: a held or paused one at once, a working one before its next call, wherever it is
    /// worked on.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn cancel(&self, run: RunId, by: &str) -> Result<(), Refused> {
        let found = self.found(run).await?;
        match found.status {
            Status::Held => self.reject(run, by).await,
            // It never began, and no process works on it: that of its start is gone.
            Status::Queued if found.started.is_none() && !self.core.shared && !self.core.live().contains_key(&run) => {
                Ok(self.end_at_rest(found, "cancelled", Event::Cancelled { by: by.into() }, by).await?)
            }
            Status::Paused => {
                // It goes on to its end, which is where it is cancelled: what was announced is looked up first.
                let asked = Asked { ask: Ask::Cancel, by: by.into() };
                self.core.ask(run, asked).await?;
                self.go_on(found, by).await
            }
            status if status.is_end() => Err(Refused::Over(run, status)),
            _ => Ok(self.core.ask(run, Asked { ask: Ask::Cancel, by: by.into() }).await?),
        }
    }

    /// Asks a run to stop for now, before its next call. It keeps its plan; `resume` lets it go on.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn pause(&self, run: RunId, by: &str) -> Result<(), Refused> {
        let found = self.found(run).await?;
        if found.status.is_end() || matches!(found.status, Status::Held | Status::Paused) {
            return Err(Refused::Over(run, found.status));
        }
        Ok(self.core.ask(run, Asked { ask: Ask::Pause, by: by.into() }).await?)
    }

    /// Lets a paused run go on where it was.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn resume(&self, run: RunId, by: &str) -> Result<(), Refused> {
        let found = self.found(run).await?;
        open_tenant(&self.core).await?;
        if found.status != Status::Paused {
            return Err(Refused::NotPaused(run, found.status));
        }
        self.go_on(found, by).await
    }

    async fn go_on(&self, mut run: Run, by: &str) -> Result<(), Refused> {
        let now = self.core.clock.now_ms();
        run.status = run.paused_from.take().unwrap_or(Status::Queued);
        run.why.clear();
        let mut batch = Batch { notify: true, ..Batch::default() };
        runs::append(&mut batch, &self.core.tenant, &mut run, now, vec![Event::Continued { by: by.into() }])?;
        self.core.store.commit(batch).await?;
        self.core.start(run);
        Ok(())
    }

    async fn found(&self, run: RunId) -> Result<Run, Refused> {
        let found = runs::get(&*self.core.store, &self.core.tenant, run).await?;
        found.ok_or_else(|| Refused::NoRun(run.to_string()))
    }

    async fn held(&self, run: RunId) -> Result<Run, Refused> {
        let mut found = self.found(run).await?;
        if found.status == Status::Held && self.core.live().contains_key(&run) {
            // Its messages are still on their way.
            found = tokio::time::timeout(MESSAGES, self.wait(run)).await.ok().transpose()?.flatten().unwrap_or(found);
        }
        if found.status == Status::Held && !self.core.live().contains_key(&run) {
            Ok(found)
        } else {
            Err(Refused::NotHeld(run, found.status))
        }
    }
}

/// Inputs by their types, with defaults; unknown, missing and wrong ones are named.
fn inputs(
    workflow: &Workflow,
    given: &serde_json::Map<String, serde_json::Value>,
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
                return Err(Refused::Input(input.name.clone(), Problem::new(NEEDED).arg("input", &input.name)));
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
                Some(text) if crate::workflow::parse::scalar::parse_duration(text).is_some() => value.clone(),
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
