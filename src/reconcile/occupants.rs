//! Who is still in a department that is to be deleted?

use std::collections::{HashMap, HashSet};

use idflow_sdk::{FieldId, Kind, Problem, Record, Type};

use super::Task;
use crate::model::change::{Action, Row};

/// How many of those who are still in a department are named.
const MOST_NAMED: usize = 5;

/// Tells of departments that are going to be deleted who is still in them, as far as the target's list of these objects says
/// and the plan does not take them away: whoever approves the deletion knows that it cannot succeed, and whom to move.
pub fn name_occupants(task: &Task, rows: &mut [Row]) {
    let schema = task.mapping.target;
    let is_tree = schema.parent.is_some();
    let first = task.first_row as usize;
    let deleted: HashMap<Box<str>, usize> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.kind == Kind::Department && row.action == Action::Delete && row.writes())
        .map(|(index, row)| (row.target.clone(), index))
        .collect();
    if deleted.is_empty() {
        return;
    }
    let homes = |record: &Record| -> HashSet<Box<str>> {
        let refers = |id: FieldId| match schema.spec(id).ty {
            Type::Ref(Kind::Department) => is_tree && schema.parent == Some(&*schema.spec(id).name),
            Type::Refs { kind: Kind::Department, .. } | Type::Members { kind: Kind::Department } => true,
            _ => false,
        };
        record.iter().filter(|(id, _)| refers(*id)).flat_map(|(_, field)| super::references::keys_of(field)).collect()
    };
    let mine: HashMap<&str, &Row> =
        rows.iter().skip(first).filter(|row| row.writes()).map(|row| (&*row.target, row)).collect();
    let mut found: HashMap<usize, Vec<String>> = HashMap::new();
    for seen in task.target.objects() {
        let row = mine.get(&*seen.key);
        if row.is_some_and(|row| row.action == Action::Delete) {
            continue;
        }
        let moved = row.map(|row| homes(&row.set.record())).unwrap_or_default();
        for home in homes(&seen.record) {
            if let Some(index) = deleted.get(&home).filter(|_| moved.is_empty() || moved.contains(&home)) {
                let label = schema.field(schema.label).and_then(|id| seen.record.text(id));
                let name = label.map_or_else(|| seen.key.to_string(), |label| format!("{label} ({})", seen.key));
                found.entry(*index).or_default().push(name);
            }
        }
    }
    for (index, mut names) in found {
        let number = names.len();
        names.truncate(MOST_NAMED);
        if number > MOST_NAMED {
            names.push("…".into());
        }
        let code = if is_tree { "department_has_departments" } else { "department_has_people" };
        let problem = Problem::new(code).arg("number", number.to_string()).arg("who", names.join(", "));
        rows[index].warnings.push(problem);
    }
}
