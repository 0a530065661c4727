//! Which items of a plan have to do with each other? A reason that names somebody who stands in the plan, too, is read together
//! with what is planned for him: two who exchange a value, a department and those who are still in it.

use std::collections::HashMap;

use super::item::Other;
use crate::contract::item::{Item, Planned};

/// Among more items than this nobody looks for the other one by eye.
const MOST: usize = 1000;

/// For each item, by its place in the order in which they are shown, the others that have to do with it.
#[must_use]
pub fn find<'p>(shown: &[&'p Item]) -> HashMap<usize, Vec<Other<'p>>> {
    let mut found: HashMap<usize, Vec<Other<'p>>> = HashMap::new();
    if shown.len() > MOST {
        return found;
    }
    let names: Vec<Option<String>> = shown.iter().map(|item| named(item)).collect();
    for (place, item) in shown.iter().enumerate() {
        let text = reasons(item);
        if text.is_empty() {
            continue;
        }
        for (other, name) in names.iter().enumerate().filter(|(other, _)| *other != place) {
            if name.as_ref().is_some_and(|name| text.contains(name)) {
                note(&mut found, shown, place, other);
                note(&mut found, shown, other, place);
            }
        }
    }
    found
}

fn note<'p>(found: &mut HashMap<usize, Vec<Other<'p>>>, shown: &[&'p Item], at: usize, other: usize) {
    let others = found.entry(at).or_default();
    if !others.iter().any(|known| known.item.row == shown[other].row) {
        others.push(Other { item: shown[other], below: other > at });
    }
}

/// How reasons name an object: by name and account, or by its path.
fn named(item: &Item) -> Option<String> {
    let object = &item.object;
    match object.at.as_deref().filter(|at| object.kind == "department" && at.starts_with('/')) {
        // A path that is the beginning of another one is named by others all the time.
        Some(_) if item.planned == Some(Planned::Do) => None,
        Some(path) => Some(path.to_string()),
        None if object.name.is_empty() || object.target.is_empty() => None,
        None => Some(format!("{} ({})", object.name, object.target)),
    }
}

/// What is said about an item, in the language in which names stand as they are.
fn reasons(item: &Item) -> String {
    let issues = item.error.iter().chain(&item.warnings);
    issues.map(|issue| issue.reason.en.as_str()).collect::<Vec<_>>().join("\n")
}
