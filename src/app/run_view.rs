//! Headers of runs as they are shown: words instead of codes, times as text.

use std::collections::BTreeMap;

use idflow_sdk::{Kind, NextKind, Problem};

use super::{mask, problem_words, time};
use crate::{
    contract::{
        bindings::Bindings,
        live::LiveRun,
        plan::{Plan, Reads},
        problem::{Issue, Text},
        run as shown,
        run::RunRef,
    },
    engine::progress,
    model::{
        id::RunId,
        run::{self, Approved, Counts, ErrorGroup, Kept, Mode, Run, SafetyCheck, Status, StepCost, StepState},
        trigger::{Trigger, TriggerKind},
    },
};

/// A problem in words. `reveal`: with the private values in it.
#[must_use]
pub fn shown(problem: &Problem, reveal: bool) -> Issue {
    if reveal { problem_words::show(problem) } else { problem_words::show(&mask::problem(problem, &[], &[])) }
}

/// The same; a next step that names neither run nor workflow is about this run.
#[must_use]
pub fn shown_of(run: &Run, problem: &Problem, reveal: bool) -> Issue {
    let mut issue = shown(problem, reveal);
    if let Some(next) = &mut issue.next {
        // What waits is this workflow's, also where another one is told of.
        if next.kind == NextKind::ListRemovals {
            next.workflow = None;
        }
        next.workflow.get_or_insert_with(|| run.workflow.clone());
        let approves = next.run.is_none() && matches!(next.kind, NextKind::ApproveRun | NextKind::CheckSource);
        if approves && run.status != Status::Held {
            otherwise_approved(run, &mut issue);
        } else {
            next.run.get_or_insert_with(|| run.run.to_string());
        }
    }
    issue
}

/// What to do where an approval is asked for and this run is none that waits for one.
fn otherwise_approved(run: &Run, issue: &mut Issue) {
    let Some(next) = &mut issue.next else { return };
    let (zh, en) = if run.mode == Mode::Plan && run.trigger.kind == TriggerKind::Import {
        // The files are given anew: the workflow alone does not know them.
        issue.next = None;
        ("预演不写入任何内容：导入时批准", "a plan writes nothing: it is approved with the import")
    } else if run.mode == Mode::Plan {
        // Whoever wants it starts a run, which is held for the same reason.
        next.kind = NextKind::RunWorkflow;
        ("预演不写入任何内容：运行工作流时批准", "a plan writes nothing: it is approved with the run")
    } else if run.waiting > 0 {
        // Everything else went on: the removals are what is left to decide.
        next.kind = NextKind::ListRemovals;
        return;
    } else {
        next.kind = NextKind::RunWorkflow;
        issue.hint = Text {
            zh: "这次运行没有在等待批准：核对来源与上限后重新运行".into(),
            en: "this run does not wait for an approval: look at the source and the limits, then run it again".into(),
        };
        return;
    };
    issue.hint = Text { zh: format!("{}；{zh}", issue.hint.zh), en: format!("{}; {en}", issue.hint.en) };
}

/// A state.
#[must_use]
pub const fn status(status: Status) -> shown::Status {
    match status {
        Status::Queued => shown::Status::Queued,
        Status::Planning => shown::Status::Planning,
        Status::Held => shown::Status::Held,
        Status::Applying => shown::Status::Applying,
        Status::Paused => shown::Status::Paused,
        Status::Succeeded => shown::Status::Succeeded,
        Status::SucceededNoChange => shown::Status::SucceededNoChange,
        Status::Partial => shown::Status::Partial,
        Status::Failed => shown::Status::Failed,
        Status::Cancelled => shown::Status::Cancelled,
    }
}

const fn kept(kept: Kept) -> shown::Kept {
    match kept {
        Kept::All => shown::Kept::All,
        Kept::Failures => shown::Kept::Failures,
        Kept::Header => shown::Kept::Header,
    }
}

fn counts(counts: &Counts) -> shown::Counts {
    counts.0.iter().map(|(kind, words)| (kind.as_str().into(), words.clone())).collect()
}

fn planned_counts(run: &Run) -> shown::Counts {
    counts(&run.planned.clone().with_words(&["create", "update", "remove", "unchanged"]))
}

fn safety(checks: &[SafetyCheck]) -> Vec<shown::SafetyCheck> {
    let check = |check: &SafetyCheck| shown::SafetyCheck {
        rule: check.rule.clone(),
        kind: check.kind.as_str().into(),
        limit: check.limit,
        actual: check.actual,
        ok: check.ok,
        source: check.source,
    };
    checks.iter().map(check).collect()
}

fn costs(costs: &[StepCost]) -> Vec<shown::StepCost> {
    let cost = |cost: &StepCost| shown::StepCost {
        step: cost.step.clone(),
        objects: cost.objects,
        calls: cost.calls,
        ms: cost.ms,
        job: cost.job,
    };
    costs.iter().map(cost).collect()
}

/// Who is who, by kind.
#[must_use]
pub fn bindings(counted: &BTreeMap<Kind, run::Bindings>) -> BTreeMap<String, Bindings> {
    let shown = |counts: &run::Bindings| Bindings {
        read: counts.read,
        bound: counts.bound,
        to_bind: counts.to_bind,
        to_create: counts.to_create,
        proposed: counts.proposed,
        ambiguous: counts.ambiguous,
        alone: counts.alone,
        ignored: counts.ignored,
        left_out: counts.left_out,
    };
    counted.iter().map(|(kind, counts)| (kind.as_str().into(), shown(counts))).collect()
}

/// A run in a line of a list.
#[must_use]
pub fn brief(run: &Run) -> shown::RunBrief {
    shown::RunBrief {
        run: run.run.to_string(),
        no: run.no,
        workflow: run.workflow.clone(),
        kind: run.trigger.kind.as_str().into(),
        status: status(run.status),
        mode: mode(run.mode),
        planned: run.plan.is_some().then(|| planned_counts(run)),
    }
}

/// The plan of a run without its changes.
#[must_use]
pub fn plan(run: &Run, reveal: bool) -> Plan {
    let held = run.why.iter().filter(|why| why.code != "plan_only").map(|why| shown_of(run, why, reveal));
    Plan {
        run: run.run.to_string(),
        workflow: run.workflow.clone(),
        name: Text::default(),
        version: run.version,
        hash: run.plan.clone(),
        counts: planned_counts(run),
        complete: run.complete,
        waiting_removals: run.waiting,
        safety: safety(&run.safety),
        held: held.collect(),
        notices: run.notices.iter().map(|notice| shown_of(run, notice, reveal)).collect(),
        api: Reads { calls: run.api.calls },
        costs: costs(&run.costs),
        calls_needed: run.costs.iter().map(|cost| cost.calls).sum(),
        ms_needed: run.costs.iter().map(|cost| cost.ms).sum(),
        kept: kept(run.kept),
        computed: run.planned_at.map(time),
        steps: BTreeMap::new(),
        reads: Vec::new(),
        writes: Vec::new(),
        bindings: BTreeMap::new(),
        contested: Vec::new(),
        groups: Vec::new(),
        changes: Vec::new(),
    }
}

fn trigger(trigger: &Trigger) -> shown::Trigger {
    shown::Trigger {
        kind: trigger.kind.as_str().into(),
        due: trigger.due.map(time),
        fired: time(trigger.fired),
        actor: trigger.actor.clone(),
        parent: trigger.parent.map(|parent| parent.to_string()),
        chain: trigger.chain.clone(),
    }
}

fn approval(approval: &Approved) -> shown::Approval {
    shown::Approval {
        by: approval.by.clone(),
        at: time(approval.at),
        plan: approval.plan.clone(),
        computed: approval.computed.clone(),
        source_checked: approval.source_checked,
    }
}

fn errors(group: &ErrorGroup, reveal: bool) -> shown::ErrorGroup {
    let error = shown(&group.problem, reveal);
    // Of several items each is about somebody else.
    let alone = group.first.split_once(':').filter(|_| group.count == 1).map(|(_, key)| key.trim_end_matches('+'));
    shown::ErrorGroup {
        count: group.count,
        error: match alone {
            Some(source) => problem_words::with_link(error, &group.problem, source),
            None => error,
        },
        first: group.first.clone(),
        first_name: group.first_name.clone(),
    }
}

fn step(step: &StepState, reveal: bool) -> shown::StepState {
    shown::StepState {
        step: step.step.clone(),
        status: status(step.status),
        counts: step.counts.clone(),
        started: step.started.map(time),
        ended: step.ended.map(time),
        why: step.why.as_ref().map(|why| shown(why, reveal)),
        child: step.child.map(|child| child.to_string()),
    }
}

/// How far a run is.
#[must_use]
pub fn progress(now: progress::Snapshot) -> shown::Progress {
    shown::Progress {
        step: now.step,
        total: now.total,
        done: now.done,
        failed: now.failed,
        read: now.read,
        waiting: now.waiting.map(|waiting| shown::Waiting {
            text: problem_words::waiting(&waiting),
            at_work: waiting.at_work.map(|number| number as u64),
            why: waiting.why,
            until: waiting.until.map(time),
        }),
        rate_per_s: now.rate_per_s,
        eta_ms: now.eta_ms,
    }
}

/// A run as streams tell of it.
#[must_use]
pub fn live(run: &Run) -> LiveRun {
    LiveRun {
        run: run.run.to_string(),
        no: run.no,
        workflow: run.workflow.clone(),
        mode: mode(run.mode),
        trigger: run.trigger.kind.as_str().into(),
        actor: run.trigger.actor.clone(),
        status: status(run.status),
        status_why: run.why.first().map(|why| shown_of(run, why, false)),
        counts: counts(&run.counts),
        planned: planned_counts(run),
        rows: run.rows,
        waiting_removals: run.waiting,
        steps: run.steps.iter().map(|state| step(state, false)).collect(),
        accepted: time(run.accepted),
        started: run.started.map(time),
        ended: run.ended.map(time),
        expires: run.expires.filter(|_| run.status == Status::Held).map(time),
    }
}

const fn mode(mode: Mode) -> shown::Mode {
    match mode {
        Mode::Apply => shown::Mode::Apply,
        Mode::Plan => shown::Mode::Plan,
        Mode::Retry => shown::Mode::Retry,
    }
}

/// A run as it is shown.
#[must_use]
pub fn view(run: &Run, reveal: bool) -> shown::Run {
    let problem = |problem: &Problem| shown_of(run, problem, reveal);
    let why: Vec<_> = run.why.iter().map(problem).collect();
    shown::Run {
        run: run.run.to_string(),
        no: run.no,
        workflow: run.workflow.clone(),
        version: run.version,
        content: format!("sha256:{}", run.content),
        mode: mode(run.mode),
        trigger: trigger(&run.trigger),
        retry_of: run.retry_of.map(|other| other.to_string()),
        inputs: run.inputs.clone(),
        status: status(run.status),
        status_why: why.first().cloned(),
        why,
        counts: counts(&run.counts),
        planned: planned_counts(run),
        source: run.source.iter().map(|(kind, number)| (kind.as_str().into(), *number)).collect(),
        complete: run.complete,
        part: run.part,
        bindings: bindings(&run.bindings),
        waiting_removals: run.waiting,
        safety: safety(&run.safety),
        plan: run.plan.clone(),
        rows: run.rows,
        costs: costs(&run.costs),
        errors: run.errors.iter().map(|group| errors(group, reveal)).collect(),
        group: run.group.clone(),
        expires: run.expires.filter(|_| run.status == Status::Held).map(time),
        paused_from: run.paused_from.map(status),
        kept: kept(run.kept),
        approvals: run.approvals.iter().filter(|one| !one.void).map(approval).collect(),
        approved_by_caller: run.approve,
        api: shown::Api {
            calls: run.api.calls,
            writes: run.api.writes,
            retries: run.api.retries,
            bytes: run.api.bytes,
        },
        queued_ms: run.started.map(|started| started - run.accepted),
        accepted: time(run.accepted),
        started: run.started.map(time),
        ended: run.ended.map(time),
        resumed: run.resumed.iter().map(|at| time(*at)).collect(),
        steps: run.steps.iter().map(|state| step(state, reveal)).collect(),
        notices: run.notices.iter().map(problem).collect(),
        engine: run.engine.clone(),
        pinned: None,
        children: None,
        abandoned: None,
        progress: None,
        allowed: Vec::new(),
    }
}

/// A run that a deed started or was about.
pub(super) fn reference(run: RunId) -> RunRef {
    RunRef { run: run.to_string() }
}
