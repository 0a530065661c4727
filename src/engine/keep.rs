//! What is left of a plan that was computed again: what was approved, what went wrong before, or the removals for which a file is
//! read once more.

use std::collections::HashSet;

use idflow_sdk::{Kind, Problem};

use super::{Core, outcomes::Outcomes, pair::pair_of, scope};
use crate::{
    model::{
        change::{Planned, Row},
        id::RunId,
        outcomes::{self, NOT_WELL},
    },
    reconcile::{hash::row_digests, safety},
    store::{StoreError, removals::Standing, runs},
    workflow::compiled::Workflow,
};

/// What is said of a change for which a file was not read once more.
pub(super) const NOT_FOR_REMOVALS: &str = "not_for_removals";

/// A change of a plan: the connections that it leads from and to, by their places in the workflow, and its digest.
type Change = (Option<(usize, usize)>, [u8; 32]);

/// The changes of these rows. One list may fill two systems under the same keys: a digest alone does not tell them apart.
fn changes(workflow: &Workflow, rows: &[Row]) -> Vec<Option<Change>> {
    let between = |row: &Row| {
        let writing = workflow.steps.get(usize::from(row.step))?.writing()?;
        let source = workflow.steps.get(writing.foreach.step)?.uses()?;
        Some((source.connection, writing.uses.connection))
    };
    rows.iter().zip(row_digests(workflow, rows)).map(|(row, digest)| Some((between(row), digest?))).collect()
}

/// Keeps a plan that was computed again to what was approved, change by change: both systems, kind, action, both keys, fields,
/// what was there and what is to be. A change that differs in any of them is one that nobody saw. If it takes access away it waits
/// for an approval of its own, and so does one that takes an object which was there for one of the source; others go along while
/// all of them together are within the limits. Gives how many wait.
pub(super) fn keep_to_approved(
    workflow: &Workflow,
    facts: &safety::Facts,
    rows: &mut [Row],
    approved: &[Row],
) -> usize {
    let seen: HashSet<Change> = approved
        .iter()
        .zip(changes(workflow, approved))
        .filter(|(row, _)| row.writes() || row.binds())
        .filter_map(|(_, change)| change)
        .collect();
    let now = changes(workflow, rows);
    let is_new =
        |at: &usize| (rows[*at].writes() || rows[*at].binds()) && now[*at].is_none_or(|change| !seen.contains(&change));
    let new: Vec<usize> = (0..rows.len()).filter(is_new).collect();
    let waits = |row: &Row| row.removes || row.takes();
    let additions: Vec<Row> = new.iter().map(|at| rows[*at].clone()).filter(|row| !waits(row)).collect();
    let within = safety::judge(&workflow.safety, facts, &additions).iter().all(|check| check.ok || check.source);
    let mut put_off = 0;
    for at in new {
        if waits(&rows[at]) || !within {
            rows[at].planned = Planned::Skipped(Problem::new("not_approved").into());
            put_off += 1;
        }
    }
    put_off
}

/// Between which two systems a step writes.
type Ends = Option<(String, String)>;

/// Those of the steps of a workflow.
fn ends(core: &Core, workflow: &Workflow) -> Vec<Ends> {
    let steps = workflow.steps.iter().enumerate().map(|(index, step)| {
        let pair = pair_of(core, workflow, index, step.writing()?.uses.action.kind?)?;
        Some((pair.source, pair.target))
    });
    steps.collect()
}

/// The object of a row of one plan, so that the same one is found in another plan: one list may fill two systems. Where another
/// version leads to another connection, the other plan does not know these systems, and the key has to do.
fn object<'a>(row: &'a Row, own: &'a [Ends], other: &[Ends]) -> (Kind, &'a str, Option<&'a (String, String)>) {
    let ends = own.get(usize::from(row.step)).and_then(Option::as_ref);
    (row.kind, &*row.source, ends.filter(|ends| other.iter().flatten().any(|known| known == *ends)))
}

/// Leaves in a plan what went wrong in another run, with what that waits for; nothing else is written.
pub(super) async fn keep_to_retried(
    core: &Core,
    workflow: &Workflow,
    rows: &mut [Row],
    other: RunId,
    only: &[u32],
) -> Result<(), StoreError> {
    let before = runs::get_plan(&*core.store, &core.tenant, other).await?;
    let done = Outcomes::read(&*core.store, &core.tenant, other, before.len()).await?;
    let by = match runs::get(&*core.store, &core.tenant, other).await? {
        Some(run) => scope::workflow_of(core, &run).await?.ok(),
        None => None,
    };
    let (were, are) = (by.map(|workflow| ends(core, &workflow)).unwrap_or_default(), ends(core, workflow));
    let mut wanted = HashSet::new();
    for (place, row) in before.iter().enumerate() {
        if !only.is_empty() && !only.iter().any(|one| *one as usize == place) {
            continue;
        }
        if NOT_WELL.contains(&outcomes::word(row, done.get(place).as_ref().map(|done| &done.outcome))) {
            wanted.insert(object(row, &were, &are));
        }
    }
    let mut keep: Vec<bool> = rows.iter().map(|row| wanted.contains(&object(row, &are, &were))).collect();
    add_needed(rows, &mut keep, |_| true);
    for (row, keep) in rows.iter_mut().zip(keep) {
        if row.writes() && !keep {
            row.planned = Planned::Skipped(Problem::new("not_retried").into());
        }
    }
    Ok(())
}

/// Leaves in the plan of a file that is read once more for its removals those that somebody approved, with what they wait for: of
/// everything else a later file may have said something else. What was asked and not decided waits as before. Gives the places of
/// what is left out.
pub(super) fn keep_to_removals(rows: &mut [Row], standing: &[Option<Standing>]) -> Vec<usize> {
    let mut keep: Vec<bool> = standing.iter().map(|one| *one == Some(Standing::Approved)).collect();
    // A removal that has to come first needs an approval of its own.
    add_needed(rows, &mut keep, |row| !row.removes);
    let is_outside = |at: &usize| {
        let row = &rows[*at];
        !keep[*at] && standing[*at].is_none() && (row.writes() || row.binds())
    };
    let outside: Vec<usize> = (0..rows.len()).filter(is_outside).collect();
    for at in &outside {
        rows[*at].planned = Planned::Skipped(Problem::new(NOT_FOR_REMOVALS).into());
    }
    outside
}

/// Adds to the rows that are kept what they wait for. That stands before them or after them: it is looked for until nothing more
/// is found.
fn add_needed(rows: &[Row], keep: &mut [bool], may: impl Fn(&Row) -> bool) {
    let mut open: Vec<usize> = (0..rows.len()).filter(|at| keep[*at]).collect();
    while let Some(at) = open.pop() {
        let needs = rows[at].needs.iter().map(|need| need.row as usize);
        for other in needs.chain(rows[at].object.map(|row| row as usize)) {
            if may(&rows[other]) && !std::mem::replace(&mut keep[other], true) {
                open.push(other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use idflow_sdk::Kind;

    use super::*;
    use crate::model::change::{Action, Dependency};

    fn row(source: &str, action: Action, needs: &[u32]) -> Row {
        let needs = needs.iter().map(|row| Dependency { row: *row, leave_out: None }).collect();
        let removes = matches!(action, Action::Disable | Action::Delete);
        Row { action, needs, removes, ..Row::new(0, Kind::User, source.into(), source.into()) }
    }

    #[test]
    fn an_approved_removal_brings_along_what_it_waits_for_and_no_other_removal() {
        let plan = [
            (row("the new department", Action::Create, &[]), None, true),
            (row("who moves there", Action::Update, &[0]), None, true),
            (row("the old department", Action::Delete, &[1, 4, 5]), Some(Standing::Approved), true),
            (row("who has another name", Action::Update, &[0]), None, false),
            // Whether it waits is for the gate to say, and what it needs waits with it.
            (row("who was asked about", Action::Disable, &[6]), Some(Standing::Waiting), true),
            (row("who was not asked about", Action::Disable, &[]), None, false),
            (row("who comes", Action::Create, &[]), None, false),
        ];
        let standing: Vec<Option<Standing>> = plan.iter().map(|(_, standing, _)| *standing).collect();
        let goes: Vec<bool> = plan.iter().map(|(.., goes)| *goes).collect();
        let mut rows: Vec<Row> = plan.into_iter().map(|(row, ..)| row).collect();
        let outside = keep_to_removals(&mut rows, &standing);
        assert_eq!(rows.iter().map(Row::writes).collect::<Vec<bool>>(), goes);
        assert_eq!(outside, [3, 5, 6]);
        // Judged again after a pause, it is the same plan.
        assert_eq!(keep_to_removals(&mut rows, &standing), Vec::<usize>::new());
    }
}
