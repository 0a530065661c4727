//! Who refers to somebody that cannot be made is written without the reference: it is told without whom, and why that one is not
//! made. The source is right then, and whoever looks there finds nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use idflow_sdk::{FieldId, Problem};

use super::{
    ledger::{Ledger, RowState},
    verdict,
};
use crate::{
    model::{
        change::{Action, Planned, Row},
        event::Outcome,
        outcomes::WRITTEN,
    },
    workflow::{
        compiled::Workflow,
        template::{NOT_MADE, not_made, unknown_code},
    },
};

/// So many of those who are not made are named in what is told of all.
const NAMED: usize = 3;
/// The notices that this file makes.
pub(super) const NOTICES: &[&str] = &["managers_not_made", "references_not_made"];

/// Why a row is not carried out by the plan.
fn not_planned(row: &Row) -> Option<Problem> {
    match &row.planned {
        Planned::Do => None,
        Planned::Blocked { by } => Some(verdict::blocked(row.kind, by)),
        Planned::Ambiguous(problem) | Planned::Invalid(problem) | Planned::Skipped(problem) => {
            Some((**problem).clone())
        }
    }
}

/// The warning with the name and the cause of the one who is not made. What fills the words of the cause comes along.
fn with_cause(mut warning: Problem, row: &Row, why: &Problem) -> Problem {
    warning.args.clear();
    warning = warning.arg("by", row.called()).arg("item", row.key()).arg("cause", why.code.to_string());
    let known = |name: &str| ["by", "item", "cause"].contains(&name);
    warning.args.extend(why.args.iter().filter(|(name, _)| !known(name)).cloned());
    warning
}

/// The references of a row that are left out because a row that it needs was not carried out, as far as `why` says so.
fn left_out(workflow: &Workflow, rows: &[Row], at: usize, why: impl Fn(usize) -> Option<Problem>) -> Vec<Problem> {
    let row = &rows[at];
    let schema = workflow.steps.get(usize::from(row.step)).and_then(|step| step.schema(row.kind));
    let told = |needed: usize, field: FieldId| {
        let (why, spec) = (why(needed)?, schema?.spec(field));
        let warning = not_made(unknown_code(spec.ty.refers_to()?, &spec.name), "", "");
        Some(with_cause(Problem { field: Some(spec.name.clone()), ..warning }, &rows[needed], &why))
    };
    let soft = row.needs.iter().filter(|need| need.takes_from(rows).is_none());
    soft.filter_map(|need| told(need.row as usize, need.leave_out?)).collect()
}

/// Names in the warnings of a plan who is not made, and why.
pub(super) fn name(workflow: &Workflow, rows: &mut [Row]) {
    let refused = rows.iter().enumerate().filter(|(_, row)| row.planned != Planned::Do && row.object.is_none());
    let refused: HashMap<String, usize> = refused.map(|(at, row)| (row.key(), at)).collect();
    if refused.is_empty() {
        return;
    }
    for at in 0..rows.len() {
        let found = |warning: &Problem| {
            let by = &rows[*refused.get(warning.get("item")?)?];
            Some(with_cause(warning.clone(), by, &not_planned(by)?))
        };
        let mut warnings = rows[at].warnings.clone();
        for warning in warnings.iter_mut().filter(|warning| NOT_MADE.contains(&&*warning.code)) {
            if let Some(named) = found(warning) {
                *warning = named;
            }
        }
        if rows[at].writes() {
            let more = left_out(workflow, rows, at, |needed| not_planned(&rows[needed]));
            let is_new = |one: &Problem| warnings.iter().all(|known| known.get("item") != one.get("item"));
            let more: Vec<Problem> = more.into_iter().filter(is_new).collect();
            warnings.extend(more);
        }
        rows[at].warnings = warnings;
    }
}

/// What a row that was carried out lacks since a row that it needs was not, beside what the plan told.
pub(super) fn since_the_plan(workflow: &Workflow, ledger: &Ledger, at: usize) -> Vec<Problem> {
    let why = |needed: usize| match ledger.state(needed) {
        RowState::Over(Outcome::Failed(problem) | Outcome::NotAttempted(problem)) => Some(problem.clone()),
        RowState::Over(Outcome::Blocked { by }) => Some(verdict::blocked(ledger.row(needed).kind, by)),
        _ => None,
    };
    left_out(workflow, ledger.rows(), at, why)
}

/// How many lack somebody, and whom.
#[derive(Debug, Default)]
pub(super) struct Lacking {
    /// By notice: those who lack somebody, and the names of those who are lacking.
    told: BTreeMap<&'static str, (HashSet<usize>, Vec<String>)>,
    /// Those of them that were written.
    written: HashSet<usize>,
}

impl Lacking {
    /// Those of a plan.
    pub fn of_plan(rows: &[Row]) -> Self {
        let mut lacking = Self::default();
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.planned == Planned::Do) {
            lacking.take(at, row, &row.warnings);
        }
        lacking
    }

    /// Those of a run that was carried out.
    pub fn of_run(workflow: &Workflow, ledger: &Ledger) -> Self {
        let mut lacking = Self::default();
        for (at, row) in ledger.rows().iter().enumerate() {
            let untouched = row.planned == Planned::Do && matches!(row.action, Action::None | Action::Link);
            if !untouched && !ledger.went_well(at) {
                continue;
            }
            lacking.take(at, row, &row.warnings);
            lacking.take(at, row, &since_the_plan(workflow, ledger, at));
            let first = row.object.map_or(at, |first| first as usize);
            if lacking.lacks(first) && WRITTEN.contains(&ledger.word(at)) {
                lacking.written.insert(first);
            }
        }
        lacking
    }

    fn lacks(&self, first: usize) -> bool {
        self.told.values().any(|(who, _)| who.contains(&first))
    }

    fn take(&mut self, at: usize, row: &Row, warnings: &[Problem]) {
        for warning in warnings.iter().filter(|warning| NOT_MADE.contains(&&*warning.code)) {
            let code = if warning.code == NOT_MADE[0] { NOTICES[0] } else { NOTICES[1] };
            let (who, names) = self.told.entry(code).or_default();
            who.insert(row.object.map_or(at, |first| first as usize));
            let name = warning.get("by").unwrap_or_default();
            if names.len() <= NAMED && names.iter().all(|known| known != name) {
                names.push(name.into());
            }
        }
    }

    /// How many were written without somebody.
    pub fn written(&self) -> u64 {
        self.written.len() as u64
    }

    /// What is told of the whole run.
    pub fn notices(&self) -> impl Iterator<Item = Problem> {
        self.told.iter().map(|(code, (who, names))| {
            let more = if names.len() > NAMED { " …" } else { "" };
            let names = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            Problem::new(code).arg("number", who.len().to_string()).arg("names", format!("{names}{more}"))
        })
    }
}
