//! What a plan covers, in words that are equal only when it is the same: parameters with their values, conditions with the
//! inputs and variables that they read, match rules, and the connections on both sides. What is gone from a list means
//! something else once any of these changed, so removals wait then.

use std::fmt::Write;

use idflow_sdk::Params;
use serde_json::Value;

use crate::workflow::{
    compiled::{Foreach, Mapping, MatchRule, Step, WithValue},
    scope::Scope,
};

/// What of a scope differs from run to run by somebody's choice.
const CHOSEN: &[&str] = &["vars", "inputs", "connections", "trigger"];

/// The parameter that says that a file is a part of the list. From a part nobody is gone, so it changes nothing of what that
/// means in a full list.
const PART: &str = "partial";

/// The extent of a read: `places` are the parameters that say where the source lies.
pub(super) fn of_read(step: &Step, params: &Params, places: &[&str], connection: &str, scope: &Scope) -> String {
    let mut extent = format!("{}@{connection}:", step.id);
    for entry in step.with.entries.iter().filter(|entry| entry.name.as_str() != PART) {
        let name = entry.name.as_str();
        let value = match &entry.value {
            WithValue::Predicate(condition, _) => with_chosen(condition.text(), scope),
            WithValue::Template(template, _) if places.contains(&name) => template.text().to_string(),
            _ => match (params.json.get(name), params.values.get(name), params.durations.get(name)) {
                (Some(json), ..) => json.to_string(),
                (_, Some(value), _) => value.to_json().to_string(),
                (.., Some(span)) => span.as_millis().to_string(),
                _ => String::new(),
            },
        };
        let _ = write!(extent, "{name}={}:{value};", value.len());
    }
    extent
}

/// The extent of a loop: which objects it takes, and how they are recognised.
pub(super) fn of_loop(foreach: &Foreach, mapping: &Mapping, connection: &str, scope: &Scope) -> String {
    let mut extent = format!(">{connection}:");
    for rule in &mapping.rules {
        match rule {
            MatchRule::Linked => extent.push_str("linked;"),
            MatchRule::Equal { text, .. } => {
                let _ = write!(extent, "{};", with_chosen(text, scope));
            }
        }
    }
    let paths = foreach.paths.as_ref().map(|paths| &paths.value);
    for part in [foreach.key.as_ref(), paths].into_iter().flatten() {
        let _ = write!(extent, "{};", with_chosen(part.text(), scope));
    }
    if let Some(filter) = &foreach.filter {
        let _ = write!(extent, "{};", with_chosen(filter.text(), scope));
    }
    extent
}

/// A text, and the value of every input, variable, setting of a connection or part of the trigger that it names.
fn with_chosen(text: &str, scope: &Scope) -> String {
    let mut shown = text.to_string();
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = text;
    let mut before = None;
    while let Some(c) = rest.chars().next() {
        if !part(c) {
            before = Some(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        if before == Some('.') || !CHOSEN.contains(&word) {
            continue;
        }
        // As far as the names lead; what is looked up in any other way is the whole of what was reached.
        let mut value = scope.part(word).unwrap_or(&Value::Null);
        while let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|c| !part(c)).unwrap_or(after.len());
            let Some(next) = value.get(&after[..end]) else { break };
            value = next;
            rest = &after[end..];
        }
        let _ = write!(shown, "|{value}");
    }
    shown
}

/// An extent as it is kept.
pub(super) fn digest(text: &str) -> String {
    use sha2::{Digest, Sha256};
    crate::model::hex::hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_condition_differs_when_what_it_reads_differs() {
        let scope = Scope::of;
        let one = scope(json!({"vars": {"area": {"north": "N"}, "list": [1]}, "inputs": {"only": "a"}}));
        let other = scope(json!({"vars": {"area": {"north": "X"}, "list": [2]}, "inputs": {"only": "b"}}));
        for text in [
            "user.title == vars.area.north",
            "user.title == inputs.only",
            "size(vars.list) > 0",
            "vars[\"list\"] == 1",
            "user.title.startsWith(vars.area.north)",
        ] {
            assert_ne!(with_chosen(text, &one), with_chosen(text, &other), "{text}");
        }
        for text in ["user.title == \"x\"", "user.vars == 1 && user.inputs == 2", "steps.a.counts.rows > 0"] {
            assert_eq!(with_chosen(text, &one), with_chosen(text, &other), "{text}");
        }
    }
}
