//! What is to be decided of a plan that nobody approved as a whole?

use std::collections::HashSet;

use idflow_sdk::Problem;

use super::question::Question;
use crate::{
    model::{change::Row, definition::OnExceed, run::SafetyCheck},
    reconcile::links::TAKEN_OVER,
    store::removals::Standing,
};

/// What is to be decided of a plan that nobody approved as a whole.
pub(super) struct Open<'a> {
    pub question: &'a Question<'a>,
    pub rows: &'a [Row],
    /// Removals that nobody approved by themselves.
    pub undecided: Vec<usize>,
    /// What is asked about removals.
    pub asks: Vec<Problem>,
    pub waiting: Vec<(usize, Problem)>,
}

impl<'a> Open<'a> {
    pub(super) fn of(question: &'a Question<'a>, rows: &'a [Row]) -> Self {
        let mut open = Self { question, rows, undecided: Vec::new(), asks: Vec::new(), waiting: Vec::new() };
        let undecided = |at: &usize| rows[*at].removes && rows[*at].writes();
        open.undecided = (0..rows.len()).filter(undecided).collect();
        open.undecided.retain(|at| standing(question, *at) != Some(Standing::Approved));
        open
    }

    /// Why every removal waits, if it does: the list is another one than before. Asks about that, and about doubts of single
    /// rows.
    pub(super) fn why_all(&mut self, source_holds: bool) -> Option<Problem> {
        let mut all = None;
        let number = self.undecided.len().to_string();
        if self.question.scope_changed && !self.undecided.is_empty() {
            let problem = Problem::new("scope_changed").arg("number", number.clone());
            all = Some(problem.clone());
            self.asks.push(problem);
        }
        for lost in self.question.shrunk.iter().filter(|_| !self.undecided.is_empty()) {
            let problem = lost.clone().arg("number", number.clone());
            all = Some(problem.clone());
            if !source_holds {
                self.asks.push(problem);
            }
        }
        let mut doubts: Vec<&Problem> = self.undecided.iter().filter_map(|at| self.rows[*at].doubt()).collect();
        doubts.sort_by_key(|doubt| &doubt.code);
        doubts.dedup_by_key(|doubt| &doubt.code);
        self.asks.extend(doubts.into_iter().cloned());
        all
    }

    /// Why removals above a limit wait. Another limit holds the run, or ends it.
    pub(super) fn over_limit(&mut self, hold: &mut Vec<Problem>) -> Result<Option<Problem>, Vec<Problem>> {
        let over: Vec<&SafetyCheck> = self.question.checks.iter().filter(|check| !check.ok && !check.source).collect();
        let problems = || over.iter().map(|check| exceeded(check)).collect::<Vec<_>>();
        match self.question.workflow.safety.on_exceed {
            _ if over.is_empty() => {}
            OnExceed::Fail => return Err(problems()),
            OnExceed::HoldRemovals if over.iter().all(|check| check.rule.starts_with("remove")) => {
                self.asks.extend(problems());
                return Ok(over.first().map(|check| exceeded(check)));
            }
            OnExceed::Hold | OnExceed::HoldRemovals => hold.extend(problems()),
        }
        Ok(None)
    }

    /// What another workflow linked and this one never had in its list may be out of its scope: a person looks at each.
    pub(super) fn inherited(&mut self) -> Vec<usize> {
        let inherited: Vec<usize> =
            self.undecided.iter().copied().filter(|at| *self.rows[*at].rule == *TAKEN_OVER).collect();
        if !inherited.is_empty() {
            let problem = || Problem::new("removal_of_other").arg("number", inherited.len().to_string());
            self.asks.push(problem());
            self.waiting.extend(inherited.iter().map(|at| (*at, problem())));
        }
        inherited
    }

    /// Steps that always ask: the run is held for what they write, and their removals wait.
    pub(super) fn in_steps(&mut self, inherited: &[usize], hold: &mut Vec<Problem>) {
        for (place, step) in self.question.workflow.steps.iter().enumerate() {
            if !step.approval().is_some_and(|approval| approval.always) {
                continue;
            }
            let mine = |row: &&Row| usize::from(row.step) == place && row.writes();
            let problem = |number: usize| {
                Problem::new("approval_needed").arg("step", step.id.clone()).arg("number", number.to_string())
            };
            let others = self.rows.iter().filter(mine).filter(|row| !row.removes).count();
            if others > 0 {
                hold.push(problem(others));
            }
            let of_step = |at: &usize| usize::from(self.rows[*at].step) == place && !inherited.contains(at);
            let removals: Vec<usize> = self.undecided.iter().copied().filter(of_step).collect();
            if !removals.is_empty() {
                self.asks.push(problem(removals.len()));
                self.waiting.extend(removals.iter().map(|at| (*at, problem(removals.len()))));
            }
        }
    }

    /// Every other removal that waits, for the first of these reasons; in the order of the rows.
    pub(super) fn one_by_one(&mut self, all: Option<&Problem>, limit: Option<&Problem>) {
        let asked: HashSet<usize> = self.waiting.iter().map(|(at, _)| *at).collect();
        for at in self.undecided.iter().copied().filter(|at| !asked.contains(at)) {
            if let Some(why) = all.or(self.rows[at].doubt()).or(limit) {
                self.waiting.push((at, why.clone()));
            } else if standing(self.question, at) == Some(Standing::Waiting) {
                self.waiting.push((at, Problem::new("removal_undecided")));
            }
        }
        self.waiting.sort_by_key(|(at, _)| *at);
    }
}

pub(super) fn standing(question: &Question<'_>, at: usize) -> Option<Standing> {
    question.standing.get(at).copied().flatten()
}

/// What is said of a limit that was passed.
#[must_use]
pub fn exceeded(check: &SafetyCheck) -> Problem {
    let code = match check.rule.as_str() {
        "source_min" => "source_min",
        "source_shrink" => "source_shrink",
        "target_missing" => "target_missing",
        "keys_changed" => "keys_changed",
        "identity_shift" => "identity_shift",
        rule if rule.starts_with("mass_clear.") => "mass_clear",
        rule if rule.starts_with("filter_blank.") => "filter_column_blank",
        "adopt" => "adopt",
        rule if rule.ends_with("percent") => "limit_percent",
        _ => "limit_count",
    };
    let mut problem = Problem::new(code);
    let field = check.rule.strip_prefix("mass_clear.").or_else(|| check.rule.strip_prefix("filter_blank."));
    if let Some(field) = field {
        problem = problem.arg("field", field);
    }
    problem
        .arg("rule", check.rule.clone())
        .arg("kind", check.kind.as_str())
        .arg("limit", check.limit.to_string())
        .arg("actual", check.actual.to_string())
}
