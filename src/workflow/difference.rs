//! What is different between two texts of a workflow, in words: by what they say, not by their lines. Order of keys, comments
//! and layout make no difference here; lists of steps and other entries with ids are compared by id.

use serde_json::Value;

use super::{diagnostic::both, yaml};
use crate::model::definition::Localized;

/// More differences than this are counted only.
const MOST: usize = 500;
/// Longer values are cut in the words.
const LONG: usize = 60;

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where: keys, ids of entries, places in lists.
    pub path: Vec<String>,
    /// What stood there; nothing where it is new.
    pub before: Option<Value>,
    /// What stands there; nothing where it is gone.
    pub after: Option<Value>,
    /// In words.
    pub words: Localized,
}

/// The differences, by their paths; nothing where a text cannot be read.
#[must_use]
pub fn between(before: &str, after: &str) -> Option<Vec<Difference>> {
    let read = |text: &str| yaml::read(text, &mut Vec::new()).map(|root| root.to_json());
    let (before, after) = (read(before)?, read(after)?);
    let mut found = Vec::new();
    compare(&before, &after, &mut Vec::new(), &mut found);
    Some(found)
}

fn compare(before: &Value, after: &Value, path: &mut Vec<String>, found: &mut Vec<Difference>) {
    if before == after || found.len() >= MOST {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if is_map(path) => {
            for (key, value) in new {
                path.push(key.clone());
                match old.get(key) {
                    Some(before) => compare(before, value, path, found),
                    None => note(None, Some(value), path, found),
                }
                path.pop();
            }
            for (key, value) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
                path.push(key.clone());
                note(Some(value), None, path, found);
                path.pop();
            }
        }
        (Value::Array(old), Value::Array(new)) if old.iter().chain(new).all(|item| id(item).is_some()) => {
            by_id(old, new, path, found);
        }
        (Value::Array(old), Value::Array(new)) if old.iter().chain(new).any(Value::is_object) => {
            for place in 0..old.len().max(new.len()) {
                path.push((place + 1).to_string());
                match (old.get(place), new.get(place)) {
                    (Some(before), Some(after)) => compare(before, after, path, found),
                    (before, after) => note(before, after, path, found),
                }
                path.pop();
            }
        }
        _ => note(Some(before), Some(after), path, found),
    }
}

/// Whether a map is gone into: a name in two languages and one entry of a schedule say more as a whole.
fn is_map(path: &[String]) -> bool {
    !matches!(path, [.., last] if last == "name" || last == "label")
}

fn id(item: &Value) -> Option<&str> {
    item.get("id")?.as_str()
}

fn by_id(old: &[Value], new: &[Value], path: &mut Vec<String>, found: &mut Vec<Difference>) {
    let find = |list: &[Value], wanted: Option<&str>| list.iter().position(|item| id(item) == wanted);
    for item in new {
        path.push(id(item).unwrap_or_default().into());
        match find(old, id(item)).and_then(|place| old.get(place)) {
            Some(before) => compare(before, item, path, found),
            None => note(None, Some(item), path, found),
        }
        path.pop();
    }
    for item in old.iter().filter(|item| find(new, id(item)).is_none()) {
        path.push(id(item).unwrap_or_default().into());
        note(Some(item), None, path, found);
        path.pop();
    }
    let shared = |list: &[Value], other: &[Value]| -> Vec<String> {
        let there = list.iter().filter(|item| find(other, id(item)).is_some());
        there.filter_map(id).map(ToString::to_string).collect()
    };
    let (before, after) = (shared(old, new), shared(new, old));
    if before != after && found.len() < MOST {
        let what = path.join(".");
        let order = after.join("、");
        let words = both(format!("{what}：顺序改为 {order}"), format!("{what}: now in the order {}", after.join(", ")));
        let list = |ids: Vec<String>| Some(ids.into_iter().map(Value::from).collect());
        found.push(Difference { path: path.clone(), before: list(before), after: list(after), words });
    }
}

fn note(before: Option<&Value>, after: Option<&Value>, path: &[String], found: &mut Vec<Difference>) {
    if found.len() < MOST {
        let words = words(before, after, path);
        found.push(Difference { path: path.to_vec(), before: before.cloned(), after: after.cloned(), words });
    }
}

/// A value as it is read in a sentence.
fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".into(),
        other => super::yaml_edit::write::flow(other),
    };
    let text = text.replace('\n', " ");
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn words(before: Option<&Value>, after: Option<&Value>, path: &[String]) -> Localized {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let (zh, en) = subject(&parts);
    match (before, after) {
        (None, Some(value)) if is_whole(&parts) => told_whole("新增", "adds", (zh, en), value),
        (Some(value), None) if is_whole(&parts) => told_whole("删除", "removes", (zh, en), value),
        (before, after) => {
            let (before, after) = (before.map_or("–".into(), short), after.map_or("–".into(), short));
            both(format!("{zh}：{before} → {after}"), format!("{en}: {before} → {after}"))
        }
    }
}

fn told_whole(did: &str, does: &str, (zh, en): (String, String), value: &Value) -> Localized {
    let what = gist(value);
    match what.is_empty() {
        true => both(format!("{did}{zh}"), format!("{does} {en}")),
        false => both(format!("{did}{zh}（{what}）"), format!("{does} {en} ({what})")),
    }
}

/// What a step does, or when a trigger fires, as it is written; nothing of other things.
fn gist(value: &Value) -> String {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    match value {
        Value::Array(items) => {
            let each: Vec<String> = items.iter().map(gist).filter(|text| !text.is_empty()).collect();
            each.join("; ")
        }
        _ => ["uses", "cron", "path", "workflow"].into_iter().find_map(text).unwrap_or_default().into(),
    }
}

/// Whether a path is that of a thing with a name of its own, which is added or removed as a whole.
fn is_whole(parts: &[&str]) -> bool {
    matches!(
        parts,
        ["steps" | "finally" | "mappings" | "connections" | "vars", _]
            | ["mappings", _, "fields", _]
            | ["on", _]
            | ["on", "schedule" | "event" | "webhook" | "after", _]
            | ["on", "manual", "inputs", _]
    )
}

/// What a path is about.
fn subject(parts: &[&str]) -> (String, String) {
    let rest = |rest: &[&str]| rest.join(".");
    match parts {
        ["mappings", mapping, "fields", field] => {
            (format!("映射 {mapping} 的字段 `{field}`"), format!("field `{field}` of mapping `{mapping}`"))
        }
        ["mappings", mapping, "fields", field, more @ ..] => {
            let more = rest(more);
            (
                format!("映射 {mapping} 的字段 `{field}` 的 {more}"),
                format!("`{more}` of field `{field}` in mapping `{mapping}`"),
            )
        }
        ["mappings", mapping] => (format!("映射 `{mapping}`"), format!("mapping `{mapping}`")),
        ["steps" | "finally", step] => (format!("步骤 `{step}`"), format!("step `{step}`")),
        ["steps" | "finally", step, more @ ..] => {
            let more = rest(more);
            (format!("步骤 `{step}` 的 {more}"), format!("`{more}` of step `{step}`"))
        }
        ["connections", alias] => (format!("连接 `{alias}`"), format!("connection `{alias}`")),
        ["connections", alias, "ref"] => {
            (format!("连接 `{alias}` 使用的账号"), format!("account of connection `{alias}`"))
        }
        ["safety", more @ ..] if !more.is_empty() => {
            let more = rest(more);
            (format!("安全限制 {more}"), format!("limit {more}"))
        }
        ["on", "manual", "inputs", input] => (format!("启动参数 `{input}`"), format!("input `{input}`")),
        ["on", "schedule"] | ["on", "schedule", _] => ("定时".into(), "schedule".into()),
        ["on", kind] => (format!("触发方式 `{kind}`"), format!("trigger `{kind}`")),
        ["on", kind, more @ ..] => {
            let more = rest(more);
            (format!("触发方式 `{kind}` 的 {more}"), format!("`{more}` of trigger `{kind}`"))
        }
        ["name"] => ("名称".into(), "name".into()),
        ["description"] => ("说明".into(), "description".into()),
        parts => (format!("`{}`", rest(parts)), format!("`{}`", rest(parts))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> Vec<(String, String)> {
        between(before, after).unwrap().into_iter().map(|one| (one.words.en, one.words.zh)).collect()
    }

    #[test]
    fn differences_in_words() {
        let before = "safety: {remove: {max: 20}} # limit\nmappings: {user: {fields: {name: a}}}\nsteps:\n  - {id: a, uses: x/y}\n  - {id: b}\n";
        let after = "steps:\n  - {id: b}\n  - {id: a, uses: x/y, if: inputs.z}\n  - {id: c, uses: x/z}\nsafety: {remove: {max: 50}}\nmappings: {user: {fields: {name: a, position: p}}}\n";
        let told = told(before, after);
        let en: Vec<&str> = told.iter().map(|(en, _)| en.as_str()).collect();
        for wanted in [
            "`if` of step `a`: – → inputs.z",
            "adds step `c` (x/z)",
            "steps: now in the order b, a",
            "limit remove.max: 20 → 50",
            "adds field `position` of mapping `user`",
        ] {
            assert!(en.contains(&wanted), "{wanted}: {en:?}");
        }
        assert_eq!(en.len(), 5);
        assert!(told.iter().any(|(_, zh)| zh == "安全限制 remove.max：20 → 50"), "{told:?}");
        assert!(self::told(before, before).is_empty());
        let [manual, nightly, twice] =
            ["", "  schedule: [{cron: 45 4 * * *}]\n", "  schedule: [{cron: 45 4 * * *}, {cron: 0 12 * * *}]\n"]
                .map(|more| format!("on:\n  manual: {{}}\n{more}"));
        assert_eq!(self::told(&manual, &nightly)[0].1, "新增定时（45 4 * * *）");
        assert_eq!(self::told(&nightly, &twice)[0].0, "adds schedule (0 12 * * *)");
        assert_eq!(self::told(&twice, &manual)[0].0, "removes schedule (45 4 * * *; 0 12 * * *)");
    }
}
