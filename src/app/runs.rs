//! Runs: start, plan, list, show, items, approve.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{App, AppError, plan_view::Lens, time, words};
use crate::{
    engine::{Connect, Request, verdict},
    model::{
        change::{Action, Planned},
        id::RunId,
        run::{Counts, Mode, Run, Status, Trigger},
    },
    store::{Batch, catalogue, runs},
    workflow::compiled::Workflow,
};

/// What somebody wants to run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NewRun {
    /// Inputs by name.
    #[serde(default)]
    pub inputs: serde_json::Map<String, Value>,
    /// The caller approves the plan as computed.
    #[serde(default)]
    pub approve: bool,
    /// Only plan.
    #[serde(default)]
    pub plan: bool,
    /// Who it is.
    #[serde(default)]
    pub actor: String,
}

/// Which items to show.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ItemFilter {
    /// Only those with this outcome.
    pub outcome: Option<String>,
    /// Only those of this step.
    pub step: Option<String>,
    /// Only those whose key or name contains this.
    pub find: Option<String>,
    /// At most so many; all when absent.
    pub limit: Option<usize>,
}

impl App {
    /// Starts a run and gives its id once it is on disk.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn start_run(&self, workflow: &str, new: NewRun) -> Result<RunId, AppError> {
        self.start(workflow, new, "manual").await
    }

    pub(super) async fn start(&self, workflow: &str, new: NewRun, kind: &str) -> Result<RunId, AppError> {
        let actor = if new.actor.is_empty() { "owner".to_string() } else { new.actor };
        let request = Request {
            workflow: workflow.into(),
            mode: if new.plan { Mode::Plan } else { Mode::Apply },
            inputs: new.inputs,
            trigger: Trigger {
                kind: kind.into(),
                due: None,
                fired: self.now(),
                actor,
                parent: None,
                chain: Vec::new(),
                body: serde_json::Value::Null,
            },
            approve: new.approve,
            along: Batch::default(),
            retry_of: None,
            version: None,
        };
        Ok(self.engine.submit(request).await?)
    }

    /// Waits until a run is over or held.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn wait_run(&self, run: RunId) -> Result<Value, AppError> {
        self.engine.wait(run).await?;
        self.run(run).await
    }

    async fn header(&self, run: RunId) -> Result<Run, AppError> {
        runs::get(&*self.store, &self.tenant, run).await?.ok_or_else(|| {
            AppError::not_found(format!("there is no run `{run}`")).hint("`idflow runs list` shows what there is")
        })
    }

    async fn workflow_of(&self, run: &Run) -> Result<std::sync::Arc<Workflow>, AppError> {
        let stored = catalogue::version(&*self.store, &self.tenant, &run.workflow, run.version).await?;
        let text = stored.map(|stored| stored.text).unwrap_or_default();
        self.connections
            .compile(&text)
            .map_err(|message| AppError::conflict(format!("version {} of the workflow: {message}", run.version)))
    }

    /// One run.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn run(&self, run: RunId) -> Result<Value, AppError> {
        let header = self.header(run).await?;
        let mut view = view(&header);
        if let Some(progress) = self.engine.progress(run) {
            view["progress"] = json!(progress);
        }
        Ok(view)
    }

    /// The newest runs first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn runs(&self, workflow: Option<&str>, limit: usize) -> Result<Value, AppError> {
        Ok(runs::list(&*self.store, &self.tenant, workflow, limit).await?.iter().map(view).collect())
    }

    /// What became of each object that was not simply unchanged.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn items(&self, run: RunId, filter: &ItemFilter) -> Result<Value, AppError> {
        let header = self.header(run).await?;
        let workflow = self.workflow_of(&header).await?;
        let rows = runs::get_plan(&*self.store, &self.tenant, run).await?;
        let done = verdict::outcomes(self.engine.core(), run, rows.len()).await?;
        let lens = Lens::new(&workflow);
        let mut items = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            if row.planned == Planned::Do && matches!(row.action, Action::Link | Action::None) {
                continue;
            }
            if filter.step.as_deref().is_some_and(|step| step != lens.step(row)) {
                continue;
            }
            if let Some(find) = &filter.find
                && !row.key().contains(find.as_str())
                && !row.name.contains(find.as_str())
                && !row.target.contains(find.as_str())
            {
                continue;
            }
            let item = lens.item(&rows, place, Some(done[place].as_ref()));
            if filter.outcome.as_ref().is_some_and(|outcome| item["outcome"] != *outcome) {
                continue;
            }
            items.push(item);
            if filter.limit.is_some_and(|limit| items.len() >= limit) {
                break;
            }
        }
        Ok(items.into())
    }

    /// The plan of a run.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn plan_of(&self, run: RunId) -> Result<Value, AppError> {
        let header = self.header(run).await?;
        if header.status == Status::Failed && header.plan.is_none() {
            let mut error = AppError::conflict("the plan could not be computed");
            if let Some(first) = header.why.first() {
                let shown = words::show(first);
                error = AppError::conflict(format!("the plan could not be computed: {}", shown.reason.en))
                    .hint(shown.hint.en.clone());
                error.details = serde_json::to_value(shown).ok();
            }
            return Err(error);
        }
        let workflow = self.workflow_of(&header).await?;
        let rows = runs::get_plan(&*self.store, &self.tenant, run).await?;
        let lens = Lens::new(&workflow);
        let changes: Vec<Value> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.planned != Planned::Do || !matches!(row.action, Action::Link | Action::None))
            .map(|(place, _)| lens.item(&rows, place, None))
            .collect();
        let planned = planned_counts(&header);
        let held: Vec<Value> =
            header.why.iter().filter(|why| why.code != "plan_only").map(|why| json!(words::show(why))).collect();
        Ok(json!({
            "run": header.run.to_string(),
            "workflow": header.workflow,
            "version": header.version,
            "hash": header.plan,
            "counts": planned,
            "complete": header.complete,
            "safety": header.safety,
            "held": held,
            "notices": header.notices.iter().map(words::show).collect::<Vec<_>>(),
            "api": {"calls": header.api.calls},
            "changes": changes,
        }))
    }

    /// A person approves a held run.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn approve_run(
        &self,
        run: RunId,
        by: &str,
        plan: Option<&str>,
        source_checked: bool,
    ) -> Result<(), AppError> {
        Ok(self.engine.approve(run, by, plan, source_checked).await?)
    }

    /// A person refuses a held run.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn reject_run(&self, run: RunId, by: &str) -> Result<(), AppError> {
        Ok(self.engine.reject(run, by).await?)
    }

    /// Asks a run to stop.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn cancel_run(&self, run: RunId, by: &str) -> Result<(), AppError> {
        Ok(self.engine.cancel(run, by).await?)
    }
}

fn planned_counts(run: &Run) -> Counts {
    run.planned.clone().with_words(&["create", "update", "remove", "unchanged"])
}

/// A run as it is shown.
fn view(run: &Run) -> Value {
    let why: Vec<_> = run.why.iter().map(words::show).collect();
    json!({
        "run": run.run.to_string(),
        "no": run.no,
        "workflow": run.workflow,
        "version": run.version,
        "content": format!("sha256:{}", run.content),
        "mode": run.mode,
        "trigger": {
            "kind": run.trigger.kind,
            "due": run.trigger.due.map(time),
            "fired": time(run.trigger.fired),
            "actor": run.trigger.actor,
        },
        "inputs": run.inputs,
        "status": run.status.as_str(),
        "status_why": why.first(),
        "why": why,
        "counts": run.counts,
        "planned": planned_counts(run),
        "source": run.source,
        "complete": run.complete,
        "safety": run.safety,
        "plan": run.plan,
        "rows": run.rows,
        "approvals": run.approvals.iter().map(|approval| json!({
            "by": approval.by, "at": time(approval.at), "plan": approval.plan, "source_checked": approval.source_checked,
        })).collect::<Vec<_>>(),
        "approved_by_caller": run.approve,
        "api": run.api,
        "queued_ms": run.started.map(|started| started - run.accepted),
        "accepted": time(run.accepted),
        "started": run.started.map(time),
        "ended": run.ended.map(time),
        "resumed": run.resumed.iter().map(|at| time(*at)).collect::<Vec<_>>(),
        "steps": run.steps.iter().map(|step| json!({
            "step": step.step, "status": step.status.as_str(), "counts": step.counts,
            "started": step.started.map(time), "ended": step.ended.map(time), "why": step.why.as_ref().map(words::show),
        })).collect::<Vec<_>>(),
        "notices": run.notices.iter().map(words::show).collect::<Vec<_>>(),
        "engine": run.engine,
    })
}
