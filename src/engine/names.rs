//! Whom is a reason about? Items are told apart by keys, which people do not know. When a plan is made the names are known,
//! so they are put beside the keys once, and in the place of keys that stand in a text.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Kind, Problem};

use crate::model::change::{self, Planned, Row};

/// Arguments of problems that name another object.
const NAMING: &[&str] = &["holder", "by", "key", "candidates"];
/// The argument that names who is in a department, by accounts where the target shows nothing else of them.
const WHO: &str = "who";

/// Puts names beside the keys of these rows' reasons.
pub(super) fn tell(rows: &mut [Row]) {
    let about = |row: &Row| match &row.planned {
        Planned::Blocked { .. } | Planned::Invalid(_) | Planned::Ambiguous(_) => true,
        Planned::Skipped(problem) => problem.get(WHO).is_some() || !row.warnings.is_empty(),
        Planned::Do => !row.warnings.is_empty(),
    };
    if !rows.iter().any(about) {
        return;
    }
    let mut wanted: HashSet<&str> = HashSet::new();
    for row in rows.iter().filter(|row| about(row)) {
        let planned = match &row.planned {
            Planned::Blocked { by } => {
                wanted.insert(change::cause(by).key);
                None
            }
            Planned::Invalid(problem) | Planned::Ambiguous(problem) | Planned::Skipped(problem) => Some(&**problem),
            Planned::Do => None,
        };
        let problems = planned.into_iter().chain(&row.warnings);
        let args = problems.flat_map(|problem| &problem.args).filter(|(name, _)| NAMING.contains(&&**name));
        wanted.extend(args.map(|(_, value)| value.as_str()));
    }
    let accounts: HashSet<&str> = problems_of(rows).filter_map(|problem| problem.get(WHO)).flat_map(each).collect();
    let people = rows.iter().filter(|row| row.kind == Kind::User && accounts.contains(&*row.target));
    let people: HashMap<String, String> = people.map(|row| (row.target.to_string(), row.called())).collect();
    let named = rows.iter().map(|row| (row.key(), row)).filter(|(key, _)| wanted.contains(key.as_str()));
    // Several rows may be about one object: the one that tells most counts.
    let mut named: Vec<(String, String)> = named.map(|(key, row)| (key, row.cause())).collect();
    named.sort_by_key(|(_, cause)| change::cause(cause).keeper.is_some());
    let causes: HashMap<String, String> = named.into_iter().collect();
    for row in rows.iter_mut() {
        match &mut row.planned {
            Planned::Blocked { by } => {
                let change::Cause { key, name, way, .. } = change::cause(by);
                // What is a key only.
                if let Some(cause) = causes.get(key).filter(|_| name == key) {
                    *by = change::with_way(cause, way);
                }
            }
            Planned::Invalid(problem) | Planned::Ambiguous(problem) | Planned::Skipped(problem) => {
                name(problem, &causes, &people);
            }
            Planned::Do => {}
        }
        row.warnings.iter_mut().for_each(|problem| name(problem, &causes, &people));
    }
}

/// What is said of these rows.
fn problems_of(rows: &[Row]) -> impl Iterator<Item = &Problem> {
    rows.iter().flat_map(|row| {
        let planned = match &row.planned {
            Planned::Invalid(problem) | Planned::Ambiguous(problem) | Planned::Skipped(problem) => Some(&**problem),
            Planned::Do | Planned::Blocked { .. } => None,
        };
        planned.into_iter().chain(&row.warnings)
    })
}

/// The names of a list, one by one.
fn each(names: &str) -> impl Iterator<Item = &str> {
    names.split(", ")
}

fn name(problem: &mut Problem, causes: &HashMap<String, String>, people: &HashMap<String, String>) {
    if !people.is_empty() {
        for (_, value) in problem.args.iter_mut().filter(|(name, _)| &**name == WHO) {
            let named: Vec<&str> = each(value).map(|one| people.get(one).map_or(one, String::as_str)).collect();
            *value = named.join(", ");
        }
    }
    for (_, value) in problem.args.iter_mut().filter(|(name, _)| NAMING.contains(&&**name)) {
        if let Some(cause) = causes.get(&**value) {
            *value = change::cause(cause).name.to_string();
        }
    }
}
