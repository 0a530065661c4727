//! Headers of runs as they are shown: words instead of codes, times as text.

use idflow_sdk::Problem;
use serde_json::{Value, json};

use super::{mask, time, words};
use crate::{
    engine::messages::of_run,
    model::{
        id::RunId,
        run::{Approved, Counts, ErrorGroup, Run, Status, StepState, Trigger},
    },
};

/// A problem in words. `reveal`: with the private values in it.
#[must_use]
pub fn shown(problem: &Problem, reveal: bool) -> words::Shown {
    if reveal { words::show(problem) } else { words::show(&mask::problem(problem, &[], &[])) }
}

/// The same, with the run's own id where the next step has `RUN`: what is shown can be typed.
#[must_use]
pub fn shown_of(run: RunId, problem: &Problem, reveal: bool) -> words::Shown {
    let mut shown = shown(problem, reveal);
    for hint in [&mut shown.hint.zh, &mut shown.hint.en] {
        *hint = of_run(hint, run);
    }
    shown
}

fn planned_counts(run: &Run) -> Counts {
    run.planned.clone().with_words(&["create", "update", "remove", "unchanged"])
}

/// A run in a line of a list.
#[must_use]
pub fn brief(run: &Run) -> Value {
    json!({
        "run": run.run.to_string(),
        "no": run.no,
        "workflow": run.workflow,
        "kind": run.trigger.kind,
        "status": run.status.as_str(),
    })
}

/// The plan of a run without its changes.
#[must_use]
pub fn plan(run: &Run, reveal: bool) -> Value {
    let held = run.why.iter().filter(|why| why.code != "plan_only").map(|why| shown_of(run.run, why, reveal));
    json!({
        "run": run.run.to_string(),
        "workflow": run.workflow,
        "version": run.version,
        "hash": run.plan,
        "counts": planned_counts(run),
        "complete": run.complete,
        "waiting_removals": run.waiting,
        "safety": run.safety,
        "held": held.collect::<Vec<_>>(),
        "notices": run.notices.iter().map(|notice| shown_of(run.run, notice, reveal)).collect::<Vec<_>>(),
        "api": {"calls": run.api.calls},
        "costs": run.costs,
        "calls_needed": run.costs.iter().map(|cost| cost.calls).sum::<u64>(),
        "ms_needed": run.costs.iter().map(|cost| cost.ms).sum::<u64>(),
        "kept": run.kept,
    })
}

fn trigger(trigger: &Trigger) -> Value {
    json!({
        "kind": trigger.kind,
        "due": trigger.due.map(time),
        "fired": time(trigger.fired),
        "actor": trigger.actor,
        "parent": trigger.parent.map(|parent| parent.to_string()),
        "chain": trigger.chain,
    })
}

fn approval(approval: &Approved) -> Value {
    json!({
        "by": approval.by, "at": time(approval.at), "plan": approval.plan, "computed": approval.computed,
        "source_checked": approval.source_checked,
    })
}

fn errors(group: &ErrorGroup, reveal: bool) -> Value {
    json!({"count": group.count, "error": shown(&group.problem, reveal), "first": group.first, "first_name": group.first_name})
}

fn step(step: &StepState, reveal: bool) -> Value {
    json!({
        "step": step.step,
        "status": step.status.as_str(),
        "counts": step.counts,
        "started": step.started.map(time),
        "ended": step.ended.map(time),
        "why": step.why.as_ref().map(|why| shown(why, reveal)),
        "child": step.child.map(|child| child.to_string()),
    })
}

/// A run as it is shown.
#[must_use]
pub fn view(run: &Run, reveal: bool) -> Value {
    let problem = |problem: &Problem| shown_of(run.run, problem, reveal);
    let why: Vec<_> = run.why.iter().map(problem).collect();
    json!({
        "run": run.run.to_string(),
        "no": run.no,
        "workflow": run.workflow,
        "version": run.version,
        "content": format!("sha256:{}", run.content),
        "mode": run.mode,
        "trigger": trigger(&run.trigger),
        "retry_of": run.retry_of.map(|other| other.to_string()),
        "inputs": run.inputs,
        "status": run.status.as_str(),
        "status_why": why.first(),
        "why": why,
        "counts": run.counts,
        "planned": planned_counts(run),
        "source": run.source,
        "complete": run.complete,
        "waiting_removals": run.waiting,
        "safety": run.safety,
        "plan": run.plan,
        "rows": run.rows,
        "costs": run.costs,
        "errors": run.errors.iter().map(|group| errors(group, reveal)).collect::<Vec<_>>(),
        "group": run.group,
        "expires": run.expires.filter(|_| run.status == Status::Held).map(time),
        "paused_from": run.paused_from.map(Status::as_str),
        "kept": run.kept,
        "approvals": run.approvals.iter().map(approval).collect::<Vec<_>>(),
        "approved_by_caller": run.approve,
        "api": run.api,
        "queued_ms": run.started.map(|started| started - run.accepted),
        "accepted": time(run.accepted),
        "started": run.started.map(time),
        "ended": run.ended.map(time),
        "resumed": run.resumed.iter().map(|at| time(*at)).collect::<Vec<_>>(),
        "steps": run.steps.iter().map(|state| step(state, reveal)).collect::<Vec<_>>(),
        "notices": run.notices.iter().map(problem).collect::<Vec<_>>(),
        "engine": run.engine,
    })
}
