//! A workflow as people are shown it.

use serde::Deserialize;

use crate::app::{App, AppError, expected::tag, problem_words, run_view, time};
use crate::{
    contract::{
        problem::Text,
        workflow as shown,
        workflow::{Alias, Broken, LastRun, NextDue, RunDot, Triggers},
    },
    engine::Connect,
    model::{definition::Schedule, run::Run},
    store::{
        catalogue::{StoredWorkflow, WorkflowState},
        runs, schedules,
    },
    workflow::{self, cron, signature::Summary},
};

pub(super) fn last_run(run: &Run) -> LastRun {
    let brief = run_view::brief(run);
    LastRun {
        run: brief.run,
        no: brief.no,
        workflow: brief.workflow,
        kind: brief.kind,
        status: brief.status,
        mode: brief.mode,
        planned: brief.planned,
        at: time(run.ended.or(run.started).unwrap_or(run.accepted)),
    }
}

/// What starts a workflow; of schedules also when, while it is active.
pub(super) fn triggers(compiled: &Summary, active: bool, now: i64) -> Triggers {
    let now = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
    let next = |schedule: &Schedule| {
        let next = cron::next_after(&schedule.cron, &schedule.timezone, now).ok().flatten();
        next.filter(|_| active).map(|next| time(next.timestamp_millis()))
    };
    let due = |schedule: &Schedule| NextDue {
        cron: schedule.cron.clone(),
        timezone: schedule.timezone.clone(),
        next: next(schedule),
    };
    Triggers {
        manual: compiled.manual,
        schedules: compiled.schedules.iter().map(due).collect(),
        webhooks: compiled.webhooks.iter().map(|webhook| webhook.path.clone()).collect(),
        after: compiled.after.iter().map(|after| after.workflow.clone()).collect(),
    }
}

/// A workflow of which nothing is known but its id.
pub(super) fn blank(id: String) -> shown::Workflow {
    shown::Workflow {
        id,
        state: shown::WorkflowState::Unreadable,
        latest: 0,
        active: None,
        runs: 0,
        template: None,
        created: None,
        activated: None,
        name: None,
        connections: Vec::new(),
        schedules: Vec::new(),
        after: Vec::new(),
        webhooks: Vec::new(),
        events: Vec::new(),
        triggers: None,
        last: None,
        recent: Vec::new(),
        broken: None,
        hooks: None,
        notices: Vec::new(),
        allowed: Vec::new(),
        etag: String::new(),
    }
}

pub(super) fn view(head: &StoredWorkflow, compiled: Option<&Summary>) -> shown::Workflow {
    let view = shown::Workflow {
        etag: tag(head),
        state: state(head.state),
        latest: head.latest,
        active: head.active,
        runs: head.runs,
        template: head.template.clone(),
        created: Some(time(head.created)),
        activated: head.activated.as_ref().map(|(at, by)| shown::Activated { at: time(*at), by: by.clone() }),
        ..blank(head.id.clone())
    };
    let Some(compiled) = compiled else { return view };
    let schedule = |schedule: &Schedule| shown::Schedule {
        cron: schedule.cron.clone(),
        timezone: schedule.timezone.clone(),
        inputs: schedule.inputs.clone().into(),
        missed: Vec::new(),
    };
    let after = |after: &workflow::compiled::After| shown::After {
        workflow: after.workflow.clone(),
        status: after.statuses.iter().map(|status| run_view::status(*status)).collect(),
        inputs: after.inputs.clone().into(),
    };
    let events = |(alias, types): &(String, Vec<String>)| shown::Events {
        connection: Some(alias.clone()),
        types: types.clone(),
    };
    let alias = |(alias, connector, reference): &(String, String, String)| Alias {
        alias: alias.clone(),
        connector: connector.clone(),
        reference: reference.clone(),
    };
    shown::Workflow {
        name: Some(Text { zh: compiled.name.zh.clone(), en: compiled.name.en.clone() }),
        connections: compiled.connections.iter().map(alias).collect(),
        schedules: compiled.schedules.iter().map(schedule).collect(),
        after: compiled.after.iter().map(after).collect(),
        webhooks: compiled.webhooks.iter().map(|webhook| webhook.path.clone()).collect(),
        events: compiled.events.iter().map(events).collect(),
        ..view
    }
}

impl App {
    /// A workflow with what became of its due times, and whether its active version still compiles.
    pub(super) async fn shown(&self, head: &StoredWorkflow) -> Result<shown::Workflow, AppError> {
        let version = head.active.unwrap_or(head.latest);
        let signature = self.connections.signatures(&[(head.id.as_str(), version)]).await?.pop().flatten();
        let unknown = || AppError::not_found("version_unknown").arg("workflow", &head.id);
        let signature = signature.ok_or_else(|| unknown().arg("version", version.to_string()))?;
        let mut view = view(head, signature.summary());
        let number = runs::last_number(&*self.store, &self.tenant, &head.id).await?.max(head.runs);
        view.runs = number;
        let last = match runs::by_number(&*self.store, &self.tenant, &head.id, number).await? {
            Some(run) => runs::get(&*self.store, &self.tenant, run).await?,
            None => None,
        };
        view.last = last.as_ref().map(last_run);
        match &signature.says {
            Ok(compiled) => {
                view.triggers = Some(triggers(compiled, head.state == WorkflowState::Active, self.now()));
                for (place, schedule) in view.schedules.iter_mut().enumerate() {
                    let mark = schedules::get(&*self.store, &self.tenant, &head.id, place).await?;
                    let missed = mark.map(|mark| mark.value.missed).unwrap_or_default();
                    let shown = |missed: &schedules::Missed| shown::Missed {
                        at: time(missed.at),
                        due: time(missed.due),
                        count: missed.count,
                        why: problem_words::show(&missed.why),
                    };
                    schedule.missed = missed.iter().map(shown).collect();
                }
            }
            // Checked by an older version: its triggers start nothing until it is mended.
            Err(finding) => view.broken = Broken::deserialize(finding).ok(),
        }
        Ok(view)
    }

    /// The last runs of a workflow, the newest last.
    pub(super) async fn recent_runs(&self, id: &str, last: u64, most: usize) -> Result<Vec<RunDot>, AppError> {
        let mut dots = Vec::new();
        let first = last.saturating_sub(most as u64) + 1;
        for number in first..=last {
            let Some(run) = runs::by_number(&*self.store, &self.tenant, id, number).await? else { continue };
            if let Some(run) = runs::get(&*self.store, &self.tenant, run).await? {
                let LastRun { run, no, status, mode, planned, at, .. } = last_run(&run);
                dots.push(RunDot { run, no, status, mode, planned, at });
            }
        }
        Ok(dots)
    }
}

pub(in crate::app) const fn state(state: WorkflowState) -> shown::WorkflowState {
    match state {
        WorkflowState::Draft => shown::WorkflowState::Draft,
        WorkflowState::Active => shown::WorkflowState::Active,
        WorkflowState::Paused => shown::WorkflowState::Paused,
        WorkflowState::Archived => shown::WorkflowState::Archived,
    }
}
