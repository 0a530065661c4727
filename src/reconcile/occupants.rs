//! Who is still in a department that is to be deleted?
//!
//! Whoever left the source stays where he is until he is deleted, after a time of grace or never. The target refuses to delete a
//! department that somebody is in, so such a one waits for him, and nobody is asked about it before that.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{FieldId, Kind, Problem, Record, Schema, Type};

use super::{Ends, Known, Task};
use crate::model::change::{Action, Dependency, Planned, Row, RowIndex};

/// How many of those who are still in a department are named.
const MOST_NAMED: usize = 5;

/// Those who are in a department.
#[derive(Default)]
struct Occupants {
    /// They left the source and stay here.
    left: Vec<String>,
    others: Vec<String>,
    /// The rows that delete the rest.
    deleted_by: Vec<usize>,
}

/// The departments that are going to be deleted, by their keys there, with their rows.
fn deleted(rows: &[Row]) -> HashMap<Box<str>, usize> {
    let all = rows.iter().enumerate();
    all.filter(|(_, row)| row.kind == Kind::Department && row.action == Action::Delete && row.writes())
        .map(|(index, row)| (row.target.clone(), index))
        .collect()
}

/// The departments that an object is in.
fn homes(schema: &Schema, record: &Record) -> HashSet<Box<str>> {
    let refers = |id: FieldId| match schema.spec(id).ty {
        Type::Ref(Kind::Department) => schema.parent == Some(&*schema.spec(id).name),
        Type::Refs { kind: Kind::Department, .. } | Type::Members { kind: Kind::Department } => true,
        _ => false,
    };
    record.iter().filter(|(id, _)| refers(*id)).flat_map(|(_, field)| super::references::keys_of(field)).collect()
}

/// Who is still in a department that is to be deleted, is gone from the list, and had been linked by another workflow: whoever
/// nobody else reads has left as well. Of each his keys in the source and in the target.
pub fn leavers_of_others(task: &Task, known: &Known, rows: &[Row]) -> Vec<Ends> {
    let schema = task.mapping.target;
    let deleted = deleted(rows);
    let wanted = task.sees_to_gone() && schema.parent.is_none() && !deleted.is_empty();
    let Some(links) = known.links(task.kind).filter(|_| wanted) else {
        return Vec::new();
    };
    let objects =
        task.target.objects().filter(|seen| homes(schema, &seen.record).iter().any(|home| deleted.contains_key(home)));
    let entries = objects.filter_map(|seen| links.of_target(&seen.key));
    let gone = entries.filter(|place| !links.was_seen(*place)).map(|place| links.entry(place));
    gone.filter(|entry| !task.is_mine(entry) && task.is_gone(&entry.source))
        .map(|entry| (entry.source.clone(), entry.target.clone()))
        .collect()
}

/// Tells of departments that are going to be deleted who is still in them, as far as the target's list of these objects says
/// and the plan does not take them away: whoever approves the deletion knows that it cannot succeed, and whom to move. Those that
/// wait for somebody who left are not deleted now; gives their number.
pub fn name_occupants(task: &Task, known: &Known, rows: &mut [Row]) -> u64 {
    let schema = task.mapping.target;
    let is_tree = schema.parent.is_some();
    let first = task.first_of_all();
    let deleted = deleted(rows);
    if deleted.is_empty() || !task.sees_to_gone() {
        return 0;
    }
    let homes = |record: &Record| homes(schema, record);
    let mine: HashMap<&str, usize> =
        (first..rows.len()).filter(|place| rows[*place].writes()).map(|place| (&*rows[place].target, place)).collect();
    let mut found: HashMap<usize, Occupants> = HashMap::new();
    for seen in task.target.objects() {
        let row = mine.get(&*seen.key).map(|place| &rows[*place]);
        let is_deleted = row.is_some_and(|row| row.action == Action::Delete);
        let moved = row.filter(|_| !is_deleted).map(|row| homes(&row.set.record())).unwrap_or_default();
        for home in homes(&seen.record) {
            let Some(index) = deleted.get(&home).filter(|_| moved.is_empty() || moved.contains(&home)) else {
                continue;
            };
            let of = found.entry(*index).or_default();
            if is_deleted {
                of.deleted_by.extend(mine.get(&*seen.key).filter(|_| !is_tree));
                continue;
            }
            let label = schema.field(schema.label).and_then(|id| seen.record.text(id));
            let name = label.map_or_else(|| seen.key.to_string(), |label| format!("{label} ({})", seen.key));
            match !is_tree && task.has_left(known, &seen.key) {
                true => of.left.push(name),
                false => of.others.push(name),
            }
        }
    }
    drop(mine);
    let mut wait: Vec<(usize, Problem)> = Vec::new();
    for (index, Occupants { left, others, deleted_by }) in found {
        if !left.is_empty() {
            wait.push((index, told("department_has_leavers", left)));
        }
        if !others.is_empty() {
            let code = if is_tree { "department_has_departments" } else { "department_has_people" };
            rows[index].warnings.push(told(code, others));
        }
        // Whether they are deleted may be for a person to say; the department goes after them.
        let step = |place: usize| task.steps.position.get(usize::from(rows[place].step)).copied();
        let needs: Vec<Dependency> = deleted_by
            .into_iter()
            .filter(|place| step(*place) <= step(index))
            .filter_map(|place| RowIndex::try_from(place).ok())
            .map(|row| Dependency { row, leave_out: None })
            .collect();
        rows[index].needs.extend(needs);
    }
    leave_waiting(rows, wait)
}

/// What is said of those who are still there.
fn told(code: &'static str, mut names: Vec<String>) -> Problem {
    let number = names.len();
    names.truncate(MOST_NAMED);
    if number > MOST_NAMED {
        names.push("…".into());
    }
    Problem::new(code).arg("number", number.to_string()).arg("who", names.join(", "))
}

/// Takes these deletions out of the plan, and those of the departments above them.
fn leave_waiting(rows: &mut [Row], mut wait: Vec<(usize, Problem)>) -> u64 {
    if wait.is_empty() {
        return 0;
    }
    let mut above: HashMap<usize, Vec<usize>> = HashMap::new();
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| row.kind == Kind::Department && row.writes()) {
        for need in row.needs.iter().filter(|_| row.action == Action::Delete) {
            above.entry(need.row as usize).or_default().push(place);
        }
    }
    wait.sort_by_key(|(place, _)| *place);
    let mut number = 0;
    while let Some((place, problem)) = wait.pop() {
        if !rows[place].writes() {
            continue;
        }
        wait.extend(above.remove(&place).unwrap_or_default().into_iter().map(|other| (other, problem.clone())));
        let row = &mut rows[place];
        row.planned = Planned::Skipped(problem.into());
        // Nothing is removed, and nobody is asked.
        row.action = Action::None;
        row.removes = false;
        row.needs.clear();
        number += 1;
    }
    number
}

impl Task {
    /// Whether an object of the target is that of somebody who is gone from the source, and whom no other workflow or list has.
    pub(super) fn has_left(&self, known: &Known, target: &str) -> bool {
        let Some(links) = known.links(self.kind) else { return false };
        links.of_target(target).is_some_and(|place| {
            let entry = links.entry(place);
            let mine = self.is_mine(entry) && !self.stays_for_others(&entry.target);
            !links.was_seen(place) && self.is_gone(&entry.source) && (mine || self.left.contains(&entry.target))
        })
    }
}
