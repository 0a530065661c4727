//! Between plan and apply: may it go on, must it be held, must it end? And which removals wait for a person by themselves, while
//! everything else goes on? Pure.

use idflow_sdk::Problem;

use crate::{
    model::{
        change::{Planned, Row},
        definition::OnExceed,
        run::{Approved, SafetyCheck},
    },
    reconcile::links::TAKEN_OVER,
    store::removals::Standing,
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
    /// The reads that see less than at the last good run, and what they lost.
    pub shrunk: &'a [Problem],
    /// How removals stand that were asked about before, row by row.
    pub standing: &'a [Option<Standing>],
}

/// What the gate says of a plan.
#[derive(Debug)]
pub struct Judged {
    /// Of the run.
    pub gate: Gate,
    /// Removals that wait for a person, by row, with the reason; none while the whole run waits.
    pub waiting: Vec<(usize, Problem)>,
}

/// Judges a plan.
///
/// A removal that needs an approval waits by itself: above a limit with `on_exceed: hold_removals`, in a step that always asks,
/// after a change of the scope, when the object may still be in the source ([`Row::doubt`]), and as long as nobody decided about a question that was asked before, whatever the limits say
/// by then. When the run is held for another reason, everything is decided together.
#[must_use]
pub fn judge(question: &Question<'_>, rows: &[Row]) -> Judged {
    let approved = question.approve || question.approvals.iter().any(|approval| approval.covers(question.hash));
    let lifted = |check: &SafetyCheck| question.approvals.iter().any(|approval| approval.lifts(check));
    let mut hold: Vec<Problem> = Vec::new();
    // What a first run would link is shown in its plan: whoever approved that plan has seen it.
    let seen = |check: &SafetyCheck| {
        check.rule == "adopt" && question.approvals.iter().any(|approval| approval.covers(question.hash))
    };
    for check in question.checks.iter().filter(|check| !check.ok && check.source && !lifted(check) && !seen(check)) {
        hold.push(exceeded(check));
    }
    let source_holds = !hold.is_empty();
    if source_holds {
        // Whoever looks why the source became smaller is told.
        let removals = rows.iter().filter(|row| row.removes && row.writes()).count().to_string();
        hold.extend(question.shrunk.iter().map(|lost| lost.clone().arg("number", removals.clone())));
    }
    let mut asks: Vec<Problem> = Vec::new();
    let mut waiting: Vec<(usize, Problem)> = Vec::new();
    if !approved {
        let over: Vec<&SafetyCheck> = question.checks.iter().filter(|check| !check.ok && !check.source).collect();
        let problems = || over.iter().map(|check| exceeded(check)).collect::<Vec<_>>();
        // Why every removal waits.
        let mut all: Option<Problem> = None;
        let standing = |at: usize| question.standing.get(at).copied().flatten();
        let undecided: Vec<usize> = (0..rows.len())
            .filter(|at| rows[*at].removes && rows[*at].writes() && standing(*at) != Some(Standing::Approved))
            .collect();
        if question.scope_changed && !undecided.is_empty() {
            let problem = Problem::new("scope_changed").arg("number", undecided.len().to_string());
            all = Some(problem.clone());
            asks.push(problem);
        }
        for lost in question.shrunk.iter().filter(|_| !undecided.is_empty()) {
            let problem = lost.clone().arg("number", undecided.len().to_string());
            all = Some(problem.clone());
            if !source_holds {
                asks.push(problem);
            }
        }
        let mut doubts: Vec<&Problem> = undecided.iter().filter_map(|at| rows[*at].doubt()).collect();
        doubts.sort_by_key(|doubt| &doubt.code);
        doubts.dedup_by_key(|doubt| &doubt.code);
        asks.extend(doubts.into_iter().cloned());
        let mut limit: Option<Problem> = None;
        match question.workflow.safety.on_exceed {
            _ if over.is_empty() => {}
            OnExceed::Fail => return Judged { gate: Gate::Fail(problems()), waiting: Vec::new() },
            OnExceed::HoldRemovals if over.iter().all(|check| check.rule.starts_with("remove")) => {
                limit = over.first().map(|check| exceeded(check));
                asks.extend(problems());
            }
            OnExceed::Hold | OnExceed::HoldRemovals => hold.extend(problems()),
        }
        // What another workflow linked and this one never had in its list may be out of its scope: a person looks at each.
        let inherited: Vec<usize> = undecided.iter().copied().filter(|at| *rows[*at].rule == *TAKEN_OVER).collect();
        if !inherited.is_empty() {
            let problem = || Problem::new("removal_of_other").arg("number", inherited.len().to_string());
            asks.push(problem());
            waiting.extend(inherited.iter().map(|at| (*at, problem())));
        }
        for (place, step) in question.workflow.steps.iter().enumerate() {
            let Some(approval) = step.approval() else { continue };
            let mine = |row: &&Row| usize::from(row.step) == place && row.writes();
            let problem = |number: usize| {
                Problem::new("approval_needed").arg("step", step.id.clone()).arg("number", number.to_string())
            };
            let others = rows.iter().filter(mine).filter(|row| !row.removes).count();
            let removals: Vec<usize> = undecided
                .iter()
                .copied()
                .filter(|at| usize::from(rows[*at].step) == place && !inherited.contains(at))
                .collect();
            if !approval.always {
                continue;
            }
            if others > 0 {
                hold.push(problem(others));
            }
            if !removals.is_empty() {
                asks.push(problem(removals.len()));
                waiting.extend(removals.iter().map(|at| (*at, problem(removals.len()))));
            }
        }
        let asked: std::collections::HashSet<usize> = waiting.iter().map(|(at, _)| *at).collect();
        for at in undecided.into_iter().filter(|at| !asked.contains(at)) {
            if let Some(why) = all.as_ref().or(rows[at].doubt()).or(limit.as_ref()) {
                waiting.push((at, why.clone()));
            } else if standing(at) == Some(Standing::Waiting) {
                waiting.push((at, Problem::new("removal_undecided")));
            }
        }
        waiting.sort_by_key(|(at, _)| *at);
    }
    if hold.is_empty() {
        return Judged { gate: Gate::Go, waiting };
    }
    if source_holds && question.workflow.safety.on_exceed == OnExceed::Fail {
        return Judged { gate: Gate::Fail(hold), waiting: Vec::new() };
    }
    // Whoever approves the plan approves its removals, too, and is told of all.
    hold.extend(asks);
    Judged { gate: Gate::Hold(hold), waiting: Vec::new() }
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
        "identity_shift" => "identity_shift",
        rule if rule.starts_with("mass_clear.") => "mass_clear",
        "adopt" => "adopt",
        rule if rule.ends_with("percent") => "limit_percent",
        _ => "limit_count",
    };
    let mut problem = Problem::new(code);
    if let Some(field) = check.rule.strip_prefix("mass_clear.") {
        problem = problem.arg("field", field);
    }
    problem
        .arg("rule", check.rule.clone())
        .arg("kind", check.kind.as_str())
        .arg("limit", check.limit.to_string())
        .arg("actual", check.actual.to_string())
}
