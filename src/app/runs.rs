//! Runs: start, plan, list, show, items, approve.

use std::collections::BTreeMap;

use idflow_sdk::Kind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{App, AppError, plan_view::planned_word, run_view, time, words};
use crate::{
    engine::{Connect, Request},
    model::{
        change::{Action, Row},
        id::RunId,
        run::{Mode, Run, Status, Trigger},
    },
    store::{Batch, catalogue, retention, runs},
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
    /// Show private values as they are.
    #[serde(default)]
    pub reveal: bool,
}

/// How much of a plan to show.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PlanLook {
    /// At most so many changes of each group; all, in the order of the plan, when absent.
    pub limit: Option<usize>,
    /// Show private values as they are.
    #[serde(default)]
    pub reveal: bool,
}

/// The groups in which a plan is shown, in this order: what is done before what is not, removals last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sort {
    planned: u8,
    removes: bool,
    step: u16,
    kind: Kind,
    action: Action,
}

impl Sort {
    fn of(row: &Row) -> Self {
        let planned = PLANNED.iter().position(|name| *name == planned_word(&row.planned)).unwrap_or_default();
        let planned = u8::try_from(planned).unwrap_or_default();
        Self { planned, removes: row.removes && planned == 0, step: row.step, kind: row.kind, action: row.action }
    }
}

/// What may become of an item.
const OUTCOMES: &[&str] = &[
    "created",
    "updated",
    "removed",
    "unchanged",
    "skipped",
    "blocked",
    "ambiguous",
    "invalid",
    "failed",
    "not_attempted",
];

/// What may stand of a row in a plan, in the order in which it is shown.
const PLANNED: &[&str] = &["do", "invalid", "ambiguous", "blocked", "skipped"];

fn planned_name(place: u8) -> &'static str {
    PLANNED.get(usize::from(place)).copied().unwrap_or("do")
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
    pub async fn wait_run(&self, run: RunId, reveal: bool) -> Result<Value, AppError> {
        self.engine.wait(run).await?;
        self.run(run, reveal).await
    }

    /// The run that a text names: its id, or `WORKFLOW#NUMBER`.
    ///
    /// # Errors
    /// A text that is neither, a number that no run has.
    pub async fn find_run(&self, text: &str) -> Result<RunId, AppError> {
        let hint = "`idflow runs list` shows what there is";
        let Some((workflow, number)) = text.split_once('#') else {
            return text
                .parse()
                .map_err(|message: String| AppError::invalid(format!("{message}, nor WORKFLOW#NUMBER")).hint(hint));
        };
        let number = number
            .parse()
            .map_err(|_| AppError::invalid(format!("`{number}` is not the number of a run")).hint(hint))?;
        let found = runs::by_number(&*self.store, &self.tenant, workflow, number).await?;
        found.ok_or_else(|| AppError::not_found(format!("workflow `{workflow}` has no run {number}")).hint(hint))
    }

    pub(super) async fn header(&self, run: RunId) -> Result<Run, AppError> {
        runs::get(&*self.store, &self.tenant, run).await?.ok_or_else(|| {
            AppError::not_found(format!("there is no run `{run}`")).hint("`idflow runs list` shows what there is")
        })
    }

    pub(super) async fn workflow_of(&self, run: &Run) -> Result<std::sync::Arc<Workflow>, AppError> {
        let stored = catalogue::version(&*self.store, &self.tenant, &run.workflow, run.version).await?;
        let text = stored.map(|stored| stored.text).unwrap_or_default();
        self.connections
            .compile(&text)
            .map_err(|message| AppError::conflict(format!("version {} of the workflow: {message}", run.version)))
    }

    /// One run, with the runs that it started or that follow it.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn run(&self, run: RunId, reveal: bool) -> Result<Value, AppError> {
        let header = self.header(run).await?;
        let mut view = run_view::view(&header, reveal);
        view["pinned"] = retention::is_pinned(&*self.store, &self.tenant, run).await?.into();
        if header.status.is_end() {
            let after = runs::after(&*self.store, &self.tenant, run, 200).await?;
            let mine = after.iter().filter(|other| other.trigger.parent == Some(run) || other.retry_of == Some(run));
            view["children"] = mine.map(run_view::brief).collect();
        }
        let moving = matches!(header.status, Status::Queued | Status::Planning | Status::Applying);
        // Among several nodes another one may be at it.
        view["abandoned"] = (moving && !self.shared && self.engine.progress(run).is_none()).into();
        if let Some(progress) = self.engine.progress(run) {
            let text = progress.waiting.as_ref().and_then(words::waiting);
            let mut progress = json!(progress);
            if let Some(until) = progress["waiting"]["until"].as_i64() {
                progress["waiting"]["until"] = time(until).into();
            }
            if let Some(text) = text {
                progress["waiting"]["text"] = json!(text);
            }
            view["progress"] = progress;
        }
        Ok(view)
    }

    /// The newest runs first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn runs(&self, workflow: Option<&str>, limit: usize) -> Result<Value, AppError> {
        let runs = runs::list(&*self.store, &self.tenant, workflow, limit).await?;
        if let Some(id) = workflow.filter(|_| runs.is_empty()) {
            self.is_known(id).await?;
        }
        Ok(runs.iter().map(|run| run_view::view(run, false)).collect())
    }

    /// What became of each object that was not simply unchanged.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn items(&self, run: RunId, filter: &ItemFilter) -> Result<Value, AppError> {
        if let Some(word) = filter.outcome.as_deref().filter(|word| !OUTCOMES.contains(word)) {
            let hint = format!("one of {}", OUTCOMES.join(", "));
            return Err(AppError::invalid(format!("`{word}` is no outcome of an item")).hint(hint));
        }
        let header = self.header(run).await?;
        let mut reader = self.reader(&header, filter.reveal, true).await?;
        let mut items = Vec::new();
        while let Some(rows) = reader.next(&*self.store).await? {
            for (place, row) in rows {
                let here = filter.step.as_deref().is_none_or(|step| step == reader.lens.step(&row))
                    && filter.outcome.as_deref().is_none_or(|outcome| outcome == reader.word(place, &row))
                    && filter.find.as_deref().is_none_or(|find| {
                        row.key().contains(find) || row.name.contains(find) || row.target.contains(find)
                    });
                if here {
                    items.push(reader.item(place, &row));
                }
                if filter.limit.is_some_and(|limit| items.len() >= limit) {
                    return Ok(items.into());
                }
            }
        }
        Ok(items.into())
    }

    /// Refuses when the plan of a run could not be computed.
    pub(super) fn has_plan(header: &Run) -> Result<(), AppError> {
        if header.status != Status::Failed || header.plan.is_some() {
            return Ok(());
        }
        let what = format!("run {} of {} has no plan: it failed before there was one", header.no, header.workflow);
        let mut error = AppError::conflict(&what);
        if let Some(first) = header.why.first() {
            let shown = run_view::shown_of(header.run, first, false);
            error = AppError::conflict(format!("{what}: {}", shown.reason.en)).hint(shown.hint.en.clone());
            error.details = serde_json::to_value(shown).ok();
        }
        Err(error)
    }

    /// The plan of a run: all changes in their order, or at most so many of each group, group by group.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn plan_of(&self, run: RunId, look: &PlanLook) -> Result<Value, AppError> {
        let header = self.header(run).await?;
        Self::has_plan(&header)?;
        let mut reader = self.reader(&header, look.reveal, false).await?;
        let mut groups: BTreeMap<Sort, (u64, Vec<Value>)> = BTreeMap::new();
        let mut changes = Vec::new();
        while let Some(rows) = reader.next(&*self.store).await? {
            for (place, row) in rows {
                let (number, first) = groups.entry(Sort::of(&row)).or_default();
                *number += 1;
                match look.limit {
                    None => changes.push(reader.item(place, &row)),
                    Some(limit) if first.len() < limit => first.push(reader.item(place, &row)),
                    Some(_) => {}
                }
            }
        }
        let mut listed = Vec::new();
        for (sort, (number, first)) in groups {
            listed.push(json!({
                "step": reader.lens.step_name(sort.step),
                "kind": sort.kind.as_str(),
                "action": sort.action.as_str(),
                "planned": planned_name(sort.planned),
                "removes": sort.removes,
                "count": number,
            }));
            changes.extend(first);
        }
        let mut plan = run_view::plan(&header, look.reveal);
        plan["groups"] = listed.into();
        plan["changes"] = changes.into();
        Ok(plan)
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
