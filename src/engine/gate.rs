//! Between plan and apply: may it go on, must it be held, must it end? Pure.

use idflow_sdk::Problem;

use crate::{
    model::{
        change::{Planned, Row},
        definition::OnExceed,
        run::{Approved, SafetyCheck},
    },
    workflow::compiled::Workflow,
};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// Go on.
    Go,
    /// Wait for a person.
    Hold(Vec<Problem>),
    /// Give up.
    Fail(Vec<Problem>),
}

/// What is known when the gate is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The workflow.
    pub workflow: &'a Workflow,
    /// Limits, judged.
    pub checks: &'a [SafetyCheck],
    /// The hash of the plan.
    pub hash: &'a str,
    /// Approvals so far.
    pub approvals: &'a [Approved],
    /// The caller approved the plan as computed.
    pub approve: bool,
    /// The scope or the match rules differ from those of the last applied version.
    pub scope_changed: bool,
}

/// Judges a plan; with `on_exceed: hold_removals` it takes the removals out of `rows`.
pub fn judge(question: &Question<'_>, rows: &mut [Row]) -> Gate {
    let approved = question.approve || question.approvals.iter().any(|approval| approval.plan == question.hash);
    let source_checked = question.approvals.iter().any(|approval| approval.source_checked);
    let mut hold: Vec<Problem> = Vec::new();
    for check in question.checks.iter().filter(|check| !check.ok && check.source && !source_checked) {
        hold.push(exceeded(check));
    }
    let source_holds = !hold.is_empty();
    if !approved {
        let over: Vec<Problem> =
            question.checks.iter().filter(|check| !check.ok && !check.source).map(exceeded).collect();
        match question.workflow.safety.on_exceed {
            _ if over.is_empty() => {}
            OnExceed::Fail => return Gate::Fail(over),
            OnExceed::Hold => hold.extend(over),
            OnExceed::HoldRemovals => {
                if question.checks.iter().any(|check| !check.ok && !check.source && !check.rule.starts_with("remove")) {
                    hold.extend(over);
                } else {
                    keep_back(rows, "removals_held");
                }
            }
        }
        for (place, step) in question.workflow.steps.iter().enumerate() {
            let Some(approval) = &step.approval else { continue };
            let number = rows.iter().filter(|row| usize::from(row.step) == place && row.writes()).count();
            if approval.always && number > 0 {
                hold.push(
                    Problem::new("approval_needed").arg("step", step.id.clone()).arg("number", number.to_string()),
                );
            }
        }
        let removals = rows.iter().filter(|row| row.removes && row.writes()).count();
        if question.scope_changed && removals > 0 {
            hold.push(Problem::new("scope_changed").arg("number", removals.to_string()));
        }
    }
    if source_holds && question.workflow.safety.on_exceed == OnExceed::Fail {
        return Gate::Fail(hold);
    }
    if hold.is_empty() { Gate::Go } else { Gate::Hold(hold) }
}

/// Takes removals out of a plan.
pub fn keep_back(rows: &mut [Row], code: &'static str) {
    for row in rows.iter_mut().filter(|row| row.removes && row.writes()) {
        row.planned = Planned::Skipped(Problem::new(code));
    }
}

fn exceeded(check: &SafetyCheck) -> Problem {
    let code = match check.rule.as_str() {
        "source_min" => "source_min",
        "source_shrink" => "source_shrink",
        "target_missing" => "target_missing",
        "keys_changed" => "keys_changed",
        rule if rule.ends_with("percent") => "limit_percent",
        _ => "limit_count",
    };
    Problem::new(code)
        .arg("rule", check.rule.clone())
        .arg("kind", check.kind.as_str())
        .arg("limit", check.limit.to_string())
        .arg("actual", check.actual.to_string())
}
