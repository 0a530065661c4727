//! Between plan and apply: may it go on, must it be held, must it end? And which removals wait for a person by themselves, while
//! everything else goes on? Pure.

mod open;
mod question;

use idflow_sdk::Problem;

use crate::model::{
    change::{Planned, Row},
    definition::OnExceed,
    run::SafetyCheck,
};
use open::Open;

pub use open::exceeded;
pub use question::Question;

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
    let seen = question.approvals.iter().any(|approval| approval.covers(question.hash));
    let approved = question.approve || seen;
    let mut hold = of_source(question, rows);
    let source_holds = !hold.is_empty();
    let mut open = Open::of(question, rows);
    if !approved {
        let all = open.why_all(source_holds);
        let limit = match open.over_limit(&mut hold) {
            Ok(limit) => limit,
            Err(problems) => return Judged { gate: Gate::Fail(problems), waiting: Vec::new() },
        };
        let inherited = open.inherited();
        open.in_steps(&inherited, &mut hold);
        open.one_by_one(all.as_ref(), limit.as_ref());
    } else if !seen {
        // Whoever approved beforehand has seen nobody of those whom this workflow never had in its list.
        open.inherited();
    }
    let Open { asks, waiting, .. } = open;
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

/// Why the source itself is in doubt: nothing goes on then, whoever approved the plan.
fn of_source(question: &Question<'_>, rows: &[Row]) -> Vec<Problem> {
    let lifted = |check: &SafetyCheck| question.approvals.iter().any(|approval| approval.lifts(check));
    // What a first run would link is shown in its plan: whoever approved that plan has seen it.
    let seen = |check: &SafetyCheck| {
        check.rule == "adopt" && question.approvals.iter().any(|approval| approval.covers(question.hash))
    };
    let broken = question.checks.iter().filter(|check| !check.ok && check.source && !lifted(check) && !seen(check));
    let mut hold: Vec<Problem> = broken.map(exceeded).collect();
    if !hold.is_empty() {
        // Whoever looks why the source became smaller is told.
        let removals = rows.iter().filter(|row| row.removes && row.writes()).count().to_string();
        hold.extend(question.shrunk.iter().map(|lost| lost.clone().arg("number", removals.clone())));
    }
    hold
}

/// Takes removals out of a plan.
pub fn keep_back(rows: &mut [Row], code: &'static str) {
    for row in rows.iter_mut().filter(|row| row.removes && row.writes()) {
        row.planned = Planned::Skipped(Problem::new(code).into());
    }
}
