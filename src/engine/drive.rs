//! Leads one run from state to state: its turn in the concurrency group, plan, gate, apply, verdict. Each state is on
//! disk before the next begins, so the same code goes on after a crash.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use idflow_sdk::{Context, Effect, Kind, Meter, Problem};

use super::{
    Core,
    apply::{Applier, At, Ending, outcome_word},
    gate::{self, Gate, Question},
    plan::{PlanError, Planner, keep_to_approved},
    progress::Progress,
};
use crate::{
    model::{
        change::{Action, Row},
        definition::OnConflict,
        event::{Event, Outcome},
        id::RunId,
        run::{Api, Counts, Mode, Run, Status},
    },
    store::{Batch, StoreError, catalogue, runs, runs::Baseline},
    workflow::compiled::{Scope, StepIndex, Workflow},
};

/// A plan older than this is computed again before it is carried out.
const PLAN_AGE_MS: i64 = 10 * 60 * 1000;

/// Words of run counts, shown even when zero.
const WORDS: &[&str] = &["created", "updated", "removed", "unchanged", "failed"];
/// Words that a good run cannot have, the worst first.
const BAD: &[&str] = &["failed", "blocked", "ambiguous", "invalid", "not_attempted"];

/// The name of a run's concurrency group; that of the workflow where the definition names none or is broken.
pub(super) async fn group_of(core: &Arc<Core>, run: &Run) -> String {
    let stored = catalogue::version(&*core.store, &core.tenant, &run.workflow, run.version).await;
    let text = stored.ok().flatten().map(|stored| stored.text).unwrap_or_default();
    let Ok(workflow) = core.connect.compile(&text) else { return run.workflow.clone() };
    match &workflow.group {
        Some(template) => {
            let scope = scope(core, run, &workflow).await;
            template.render(&scope).unwrap_or_else(|_| workflow.id.clone())
        }
        None => workflow.id.clone(),
    }
}

/// Works on a run until it is over or held.
pub(super) async fn drive(core: &Arc<Core>, place: Place) -> Result<(), StoreError> {
    let id = place.run;
    let Some(run) = runs::get(&*core.store, &core.tenant, id).await? else { return Ok(()) };
    if run.status.is_end() || run.status == Status::Held {
        return Ok(());
    }
    let progress = core.live().get(&id).cloned().unwrap_or_default();
    let stored = catalogue::version(&*core.store, &core.tenant, &run.workflow, run.version).await?;
    let text = stored.map(|stored| stored.text).unwrap_or_default();
    let api_before = run.api;
    let mut driver = Driver { core: core.clone(), run, progress, meter: Arc::new(Meter::default()), api_before };
    let workflow = match core.connect.compile(&text) {
        Ok(workflow) => workflow,
        Err(message) => {
            let why = vec![Problem::new("workflow_invalid").arg("message", message)];
            return driver.end(Status::Failed, why).await;
        }
    };
    let fresh = driver.run.started.is_none();
    match (place.ahead, workflow.on_conflict) {
        (Some(_), OnConflict::Skip) if fresh => {
            drop(place);
            return driver.end(Status::Cancelled, vec![Problem::new("group_busy")]).await;
        }
        (Some(other), OnConflict::CancelRunning) => {
            if let Some(progress) = core.live().get(&other) {
                progress.cancel();
            }
        }
        _ => {}
    }
    place.turn().await;
    let scope = scope(core, &driver.run, &workflow).await;
    let result = driver.work(&workflow, scope).await;
    drop(place);
    result
}

struct Driver {
    core: Arc<Core>,
    run: Run,
    progress: Arc<Progress>,
    meter: Arc<Meter>,
    /// What the run had counted when this process took it over.
    api_before: Api,
}

/// What templates and conditions can read.
async fn scope(core: &Arc<Core>, run: &Run, workflow: &Workflow) -> Scope {
    let mut connections = serde_json::Map::new();
    for alias in &workflow.connections {
        let settings = core.connect.settings(&alias.reference, alias.connector.name).await;
        connections.insert(alias.alias.clone(), settings);
    }
    let due = run.trigger.due.unwrap_or(run.trigger.fired);
    let time = |ms: i64| {
        chrono::DateTime::from_timestamp_millis(ms)
            .map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
            .unwrap_or_default()
    };
    let root = serde_json::json!({
        "inputs": run.inputs,
        "vars": workflow.vars,
        "connections": connections,
        "run": {
            "id": run.run.to_string(),
            "number": run.no,
            "due": time(due),
            "workflow": run.workflow,
            "workflow_name": workflow.name.zh,
            "status": run.status.as_str(),
        },
        "trigger": {"kind": run.trigger.kind, "actor": run.trigger.actor},
        "steps": {},
    });
    Scope { root }
}

impl Driver {
    fn context(&self) -> Context {
        Context { meter: self.meter.clone(), now_ms: self.core.clock.now_ms() }
    }

    async fn commit(&mut self, events: Vec<Event>) -> Result<(), StoreError> {
        self.commit_with(events, Batch::default()).await
    }

    async fn commit_with(&mut self, events: Vec<Event>, mut batch: Batch) -> Result<(), StoreError> {
        let now = self.core.clock.now_ms();
        self.run.api = super::api(&self.meter, &self.api_before);
        runs::append(&mut batch, &self.core.tenant, &mut self.run, now, events)?;
        self.core.store.commit(batch).await
    }

    async fn end(&mut self, status: Status, why: Vec<Problem>) -> Result<(), StoreError> {
        self.run.status = status;
        self.run.why = why;
        self.run.ended = Some(self.core.clock.now_ms());
        self.commit(vec![Event::Ended { status: status.as_str().into() }]).await
    }

    async fn work(&mut self, workflow: &Workflow, scope: Scope) -> Result<(), StoreError> {
        let now = self.core.clock.now_ms();
        if self.progress.is_cancelled() {
            return self.end(Status::Cancelled, vec![Problem::new("cancelled").arg("by", "")]).await;
        }
        if self.run.status == Status::Applying {
            return self.resume(workflow, scope).await;
        }
        self.run.started.get_or_insert(now);
        let approved_at = self.run.approvals.last().map(|approval| approval.plan.clone());
        let fresh = match self.run.planned_at {
            Some(at) => now - at < PLAN_AGE_MS && !self.others_wrote_since(at).await?,
            None => false,
        };
        if let (Some(hash), true) = (&approved_at, fresh)
            && self.run.plan.as_ref() == Some(hash)
        {
            let rows = runs::get_plan(&*self.core.store, &self.core.tenant, self.run.run).await?;
            return self.gate(workflow, scope, rows, None).await;
        }
        let approved = match approved_at {
            Some(_) => Some(runs::get_plan(&*self.core.store, &self.core.tenant, self.run.run).await?),
            None => None,
        };
        self.plan(workflow, scope, approved).await
    }

    /// What this workflow did in the last 24 hours, for limits per day.
    async fn today(&self) -> Result<BTreeMap<(&'static str, Kind), u64>, StoreError> {
        let since = self.core.clock.now_ms() - 24 * 3600 * 1000;
        let mut today = BTreeMap::new();
        for run in runs::list(&*self.core.store, &self.core.tenant, Some(&self.run.workflow), 2000).await? {
            if run.accepted < since {
                break;
            }
            for kind in run.counts.0.keys() {
                for (word, done) in [("create", "created"), ("update", "updated"), ("remove", "removed")] {
                    *today.entry((word, *kind)).or_default() += run.counts.get(*kind, done);
                }
            }
        }
        Ok(today)
    }

    /// Whether another run wrote something after this one was planned; then the plan may be out of date.
    async fn others_wrote_since(&self, planned_at: i64) -> Result<bool, StoreError> {
        let recent = runs::list(&*self.core.store, &self.core.tenant, None, 200).await?;
        Ok(recent.iter().any(|other| {
            other.run != self.run.run
                && other.mode == Mode::Apply
                && other.ended.is_none_or(|ended| ended >= planned_at)
                && ["created", "updated", "removed"].iter().any(|word| other.counts.total(word) > 0)
        }))
    }

    async fn plan(&mut self, workflow: &Workflow, scope: Scope, approved: Option<Vec<Row>>) -> Result<(), StoreError> {
        self.run.status = Status::Planning;
        self.commit(vec![Event::Planning]).await?;
        let baseline = runs::baseline(&*self.core.store, &self.core.tenant, &workflow.id).await?.unwrap_or_default();
        let planner = Planner {
            core: &self.core,
            workflow,
            scope: scope.clone(),
            context: self.context(),
            progress: &self.progress,
            before: baseline.source.clone(),
            today: self.today().await?,
        };
        let plan = match planner.plan().await {
            Ok(plan) => plan,
            Err(PlanError { step, problem }) => {
                let why = vec![problem, Problem::new("step_failed").arg("step", step)];
                return self.end(Status::Failed, why).await;
            }
        };
        if self.progress.is_cancelled() {
            return self.end(Status::Cancelled, vec![Problem::new("cancelled").arg("by", "")]).await;
        }
        let mut rows = plan.rows;
        if let Some(approved) = &approved {
            keep_to_approved(&workflow.safety, &plan.facts, &mut rows, approved);
            // What is left is what the approval saw, and additions within the limits.
            if let Some(last) = self.run.approvals.last_mut() {
                last.plan.clone_from(&plan.hash);
            }
        }
        self.run.plan = Some(plan.hash.clone());
        self.run.planned_at = Some(self.core.clock.now_ms());
        self.run.rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        self.run.planned = plan.counts;
        self.run.source = plan.source;
        self.run.complete = plan.complete;
        self.run.safety = plan.checks;
        self.run.notices = plan.notices;
        runs::put_plan(&*self.core.store, &self.core.tenant, self.run.run, &rows).await?;
        self.commit(vec![Event::Planned { hash: plan.hash, rows: self.run.rows }]).await?;
        let scope_changed = !baseline.scope.is_empty() && baseline.scope != digest(&plan.scope);
        self.gate(workflow, scope, rows, Some((plan.scope, scope_changed))).await
    }

    async fn gate(
        &mut self,
        workflow: &Workflow,
        scope: Scope,
        mut rows: Vec<Row>,
        judged: Option<(String, bool)>,
    ) -> Result<(), StoreError> {
        let hash = self.run.plan.clone().unwrap_or_default();
        let scope_changed = judged.as_ref().is_some_and(|(_, changed)| *changed);
        let question = Question {
            workflow,
            checks: &self.run.safety,
            hash: &hash,
            approvals: &self.run.approvals,
            approve: self.run.approve,
            scope_changed,
        };
        let before = rows.iter().filter(|row| row.writes()).count();
        let answer = gate::judge(&question, &mut rows);
        if rows.iter().filter(|row| row.writes()).count() != before {
            runs::put_plan(&*self.core.store, &self.core.tenant, self.run.run, &rows).await?;
        }
        if self.run.mode == Mode::Plan {
            let mut why = vec![Problem::new("plan_only")];
            if let Gate::Hold(reasons) | Gate::Fail(reasons) = answer {
                why.extend(reasons);
            }
            return self.end(Status::SucceededNoChange, why).await;
        }
        match answer {
            Gate::Fail(why) => self.end(Status::Failed, why).await,
            Gate::Hold(why) => {
                self.run.status = Status::Held;
                self.run.why.clone_from(&why);
                self.commit(vec![Event::Held { why }]).await
            }
            Gate::Go => {
                self.run.status = Status::Applying;
                self.run.why.clear();
                self.commit(Vec::new()).await?;
                let at = vec![At::Open; rows.len()];
                self.apply(workflow, scope, rows, at, judged.map(|(scope, _)| scope)).await
            }
        }
    }

    /// After a restart: what the journal says is over stays over, what was announced is unknown.
    async fn resume(&mut self, workflow: &Workflow, scope: Scope) -> Result<(), StoreError> {
        let rows = runs::get_plan(&*self.core.store, &self.core.tenant, self.run.run).await?;
        let journal = runs::read_journal(&*self.core.store, &self.core.tenant, self.run.run).await?;
        self.run.seq = journal.last().map_or(self.run.seq, |entry| entry.seq);
        let mut at = vec![At::Open; rows.len()];
        for entry in journal {
            match entry.event {
                Event::Intent { row, .. } => {
                    if let Some(at) = at.get_mut(row as usize) {
                        *at = At::Announced;
                    }
                }
                Event::Done { row, outcome, .. } => {
                    if let Some(at) = at.get_mut(row as usize) {
                        *at = At::Over(outcome);
                    }
                }
                _ => {}
            }
        }
        let unknown = at.iter().filter(|at| **at == At::Announced).count();
        self.run.resumed.push(self.core.clock.now_ms());
        self.commit(vec![Event::Resumed { unknown: u32::try_from(unknown).unwrap_or(u32::MAX) }]).await?;
        self.apply(workflow, scope, rows, at, None).await
    }

    async fn apply(
        &mut self,
        workflow: &Workflow,
        scope: Scope,
        rows: Vec<Row>,
        at: Vec<At>,
        scope_text: Option<String>,
    ) -> Result<(), StoreError> {
        let mut source_names: HashMap<StepIndex, String> = HashMap::new();
        for (place, step) in workflow.steps.iter().enumerate() {
            if step.action.effect == Effect::Read {
                let alias = &workflow.connections[step.connection];
                source_names.insert(place, self.core.connect.link_name(&alias.reference, alias.connector.name));
            }
        }
        let context = self.context();
        let progress = self.progress.clone();
        let core = self.core.clone();
        let mut applier = Applier {
            core: &core,
            workflow,
            run: &mut self.run,
            rows,
            at,
            scope,
            context,
            progress: &progress,
            source_names,
            begun: core.clock.now_ms(),
            api_before: self.api_before,
        };
        let ending = applier.apply().await?;
        let (rows, at) = (std::mem::take(&mut applier.rows), std::mem::take(&mut applier.at));
        drop(applier);
        self.run.counts = counts(&self.run.planned, &rows, &at);
        let bad: u64 = BAD.iter().map(|word| self.run.counts.total(word)).sum();
        let writes: u64 = ["created", "updated", "removed"].iter().map(|word| self.run.counts.total(word)).sum();
        let failed_items = Problem::new("items_failed").arg("number", bad.to_string());
        let (status, why) = match ending {
            Ending::StepFailed(why) => (Status::Failed, why),
            Ending::Stopped(why) if why.code == "cancelled" => (Status::Cancelled, vec![why]),
            Ending::Stopped(why) => (Status::Failed, vec![why]),
            Ending::Through if bad > 0 => (Status::Partial, vec![failed_items]),
            Ending::Through if writes == 0 => (Status::SucceededNoChange, Vec::new()),
            Ending::Through => (Status::Succeeded, Vec::new()),
        };
        let mut batch = Batch::default();
        if matches!(status, Status::Succeeded | Status::SucceededNoChange | Status::Partial) && self.run.complete {
            let old = runs::baseline(&*self.core.store, &self.core.tenant, &workflow.id).await?.unwrap_or_default();
            let baseline =
                Baseline { source: self.run.source.clone(), scope: scope_text.map_or(old.scope, |text| digest(&text)) };
            runs::put_baseline(&mut batch, &self.core.tenant, &workflow.id, &baseline)?;
        }
        self.run.status = status;
        self.run.why = why;
        self.run.ended = Some(self.core.clock.now_ms());
        tracing::info!(status = status.as_str(), calls = self.run.api.calls, "run ends");
        self.commit_with(vec![Event::Ended { status: status.as_str().into() }], batch).await
    }
}

fn digest(text: &str) -> String {
    use sha2::{Digest, Sha256};
    crate::reconcile::hash::hex(&Sha256::digest(text.as_bytes()))
}

