//! What keys are called in plans: the path of a department, the name of a person. Whoever approves a plan knows no ids.
//!
//! Three places know names: the plan itself, for what it makes; the directory, for its own keys; and links, which lead from
//! the key of another system to an object of the directory, or to the name that was last written there. Only rows that are
//! shown are looked up.

use std::collections::{BTreeSet, HashMap};

use idflow_sdk::{Field, FieldId, Kind, Schema, Type, Value, directory::DirectoryStore as _};
use serde_json::Value as Json;

use super::{App, AppError};
use crate::{
    connectors,
    contract::problem::Text,
    engine::Connect,
    model::change::{Action, Row},
    store::{
        directory::Directory,
        links::{self, Pair},
    },
    workflow::compiled::{Step, Work, Workflow},
};

/// So many names are remembered at most: an export of many rows takes no more memory than one of few.
const MOST_KNOWN: usize = 50_000;
/// The deepest tree whose paths are told.
const MAX_DEPTH: usize = 50;

/// A key in a system.
type NameKey = (String, Kind, Box<str>);

/// A department: its name, and the key of the one above it.
struct Node {
    name: Box<str>,
    parent: Option<Box<str>>,
}

/// A department that the plan renames or moves: what it was called, and the key of the one that it stood below, where that changes.
struct Moved {
    name: Option<Box<str>>,
    parent: Option<Box<str>>,
}

/// Names by key. What was looked for and not found is remembered, too.
#[derive(Default)]
pub struct Names {
    known: HashMap<NameKey, Option<String>>,
    /// Where people of the directory stand who have no counterpart yet, by their keys: account, number, departments.
    people: HashMap<Box<str>, Option<String>>,
    /// Departments of the directory, and those that the plan makes, by system.
    nodes: HashMap<(String, Box<str>), Node>,
    /// What the plan renames or moves, by system and the path afterwards.
    moved: HashMap<String, HashMap<String, Moved>>,
    /// Where those stood before, by step: to be looked up with the next rows.
    stood_below: Vec<(u16, Box<str>)>,
}

impl Names {
    /// The name of a key.
    #[must_use]
    pub fn get(&self, system: &str, kind: Kind, key: &str) -> Option<&str> {
        self.known.get(&(system.to_string(), kind, key.into()))?.as_deref()
    }

    /// The path of a department as it was before the plan, which renames or moves it or one above it.
    #[must_use]
    pub fn before(&self, system: &str, key: &str) -> Option<String> {
        self.get(system, Kind::Department, key).map(|path| self.earlier(system, path, 0))
    }

    fn earlier(&self, system: &str, path: &str, depth: usize) -> String {
        let Some(moved) = self.moved.get(system).filter(|_| depth < MAX_DEPTH) else { return path.into() };
        let mut above = path;
        let (own, moved) = loop {
            if let Some(moved) = moved.get(above) {
                break (above, moved);
            }
            match above.rsplit_once('/') {
                Some((higher, _)) if !higher.is_empty() => above = higher,
                _ => return path.into(),
            }
        };
        let (above, last) = own.rsplit_once('/').unwrap_or(("", own));
        let parent = moved.parent.as_deref().and_then(|parent| self.get(system, Kind::Department, parent));
        let above = self.earlier(system, parent.unwrap_or(above), depth + 1);
        format!("{above}/{}{}", moved.name.as_deref().unwrap_or(last), &path[own.len()..])
    }

    /// Remembers what a department was called and where it stood.
    fn note_moved(&mut self, system: &str, schema: &Schema, row: &Row) {
        let Some(path) = row.at.as_deref().filter(|at| at.starts_with('/')) else { return };
        let before = |field: &str| text_of(row.before.get(schema.field(field)?)?.value()?);
        let moved = Moved { name: before(schema.label), parent: schema.parent.and_then(before) };
        self.stood_below.extend(moved.parent.iter().map(|parent| (row.step, parent.clone())));
        if moved.name.is_some() || moved.parent.is_some() {
            self.moved.entry(system.into()).or_default().insert(path.into(), moved);
        }
    }

    /// What tells somebody of the directory from his namesakes.
    #[must_use]
    pub fn person(&self, key: &str) -> Option<&str> {
        self.people.get(key)?.as_deref()
    }

    /// Remembers what a plan says of the objects that it makes, or takes for those of the source: no link tells of them yet.
    pub fn notice(&mut self, app: &App, workflow: &Workflow, row: &Row) {
        if row.kind == Kind::Department
            && row.action == Action::Update
            && let Some((step, schema)) = step_of(workflow, row)
        {
            self.note_moved(&link_name(app, workflow, step), schema, row);
        }
        let made = row.action == Action::Create;
        if !(made || row.takes()) || row.target.is_empty() {
            return;
        }
        let Some((step, schema)) = step_of(workflow, row) else { return };
        let system = link_name(app, workflow, step);
        let place = (system.clone(), row.kind, row.target.clone());
        match row.at.as_deref().filter(|at| row.kind == Kind::Department && at.starts_with('/')) {
            Some(path) => drop(self.known.insert(place, Some(path.into()))),
            // Its parent may be as it was, and is not in the row then.
            None if row.kind == Kind::Department && !made => {
                drop(self.known.insert(place, Some(row.name.to_string())));
            }
            None if row.kind == Kind::Department => {
                let parent = schema.parent.and_then(|parent| row.set.text(schema.field(parent)?));
                let parent = parent.map(|parent| (&*parent).into());
                self.nodes.insert((system, row.target.clone()), Node { name: row.name.clone(), parent });
            }
            None => drop(self.known.insert(place, Some(row.called()))),
        }
    }

    /// Finds out what the keys in these rows are called.
    pub async fn learn(&mut self, app: &App, workflow: &Workflow, rows: &[&Row]) -> Result<(), AppError> {
        if self.known.len() > MOST_KNOWN || self.people.len() > MOST_KNOWN {
            self.known.clear();
            self.people.clear();
        }
        let mut wanted: HashMap<u16, BTreeSet<(Kind, Box<str>)>> = HashMap::new();
        for row in rows {
            self.notice(app, workflow, row);
            let Some((step, schema)) = step_of(workflow, row) else { continue };
            if row.kind == Kind::User && row.target.is_empty() && !self.people.contains_key(&row.source) {
                let source = source_of(workflow, step).map(|source| link_name(app, workflow, source));
                if source.as_deref() == Some(connectors::DIRECTORY.name) {
                    let found = self.find_person(app, &row.source).await?;
                    self.people.insert(row.source.clone(), found);
                }
            }
            for (id, field) in row.set.iter().chain(row.before.iter()) {
                let keys = keys(schema, id, &field).into_iter();
                wanted.entry(row.step).or_default().extend(keys);
            }
        }
        for (step, parent) in std::mem::take(&mut self.stood_below) {
            wanted.entry(step).or_default().insert((Kind::Department, parent));
        }
        for (place, keys) in wanted {
            let Some(step) = workflow.steps.get(usize::from(place)) else { continue };
            let system = link_name(app, workflow, step);
            let source = source_of(workflow, step).map(|source| link_name(app, workflow, source));
            for (kind, key) in keys {
                let place = (system.clone(), kind, key.clone());
                if self.known.contains_key(&place) {
                    continue;
                }
                let name = self.look(app, (source.as_deref(), &system), kind, &key).await?;
                self.known.insert(place, name);
            }
        }
        Ok(())
    }

    /// Finds out what the keys in a value of a system are called, whose objects are linked with those of this source.
    pub async fn learn_value(
        &mut self,
        app: &App,
        (source, system): (&str, &str),
        keys_of: (&Schema, FieldId, &Field),
    ) -> Result<(), AppError> {
        let (schema, id, field) = keys_of;
        for (kind, key) in keys(schema, id, field) {
            let place = (system.to_string(), kind, key.clone());
            if !self.known.contains_key(&place) {
                let name = self.look(app, (Some(source), system), kind, &key).await?;
                self.known.insert(place, name);
            }
        }
        Ok(())
    }

    async fn look(
        &mut self,
        app: &App,
        (source, system): (Option<&str>, &str),
        kind: Kind,
        key: &str,
    ) -> Result<Option<String>, AppError> {
        let ours = connectors::DIRECTORY.name;
        if system == ours || self.nodes.contains_key(&(system.to_string(), key.into())) {
            return self.here(app, system, kind, key).await;
        }
        let Some(source) = source else { return Ok(None) };
        // Seen from the written side: what is the counterpart of this key?
        let pair = Pair { tenant: app.tenant.clone(), source: system.into(), target: source.into(), kind };
        let Some(link) = links::of_source(&*app.store, &pair, key).await? else { return Ok(None) };
        let (end, other) = pair.ends(&link);
        if source == ours {
            return self.here(app, ours, kind, &other.key.clone()).await;
        }
        let schema = connectors::ALL.iter().flat_map(|spec| spec.schemas).find(|schema| {
            schema.kind == kind && schema.field(schema.label).is_some_and(|id| end.written.text(id).is_some())
        });
        Ok(schema.and_then(|schema| end.written.text(schema.field(schema.label)?)).map(ToString::to_string))
    }

    /// Account, number and departments of somebody of the directory.
    async fn find_person(&mut self, app: &App, key: &str) -> Result<Option<String>, AppError> {
        let schema = connectors::DIRECTORY.schemas.iter().find(|schema| schema.kind == Kind::User);
        let Some(schema) = schema else { return Ok(None) };
        let directory = Directory::new(app.store.clone(), app.tenant.clone());
        let found = directory.get(Kind::User, &[key]).await;
        let found = found.map_err(|error| AppError::new(super::error::RefusalKind::Unavailable, *error.problem))?;
        let Some(person) = found.first() else { return Ok(None) };
        let field = |name: &str| person.record.get(schema.field(name)?);
        let text = |name: &str| field(name)?.value()?.as_text().map(ToString::to_string);
        let mut parts: Vec<String> = text("username").into_iter().chain(text("employee_no")).collect();
        parts.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
        let departments = field("departments").map(crate::reconcile::references::keys_of).unwrap_or_default();
        for department in departments {
            parts.extend(self.here(app, connectors::DIRECTORY.name, Kind::Department, &department).await?);
        }
        Ok((!parts.is_empty()).then(|| parts.join(", ")))
    }

    /// An object of the directory, or one that the plan makes.
    async fn here(&mut self, app: &App, system: &str, kind: Kind, key: &str) -> Result<Option<String>, AppError> {
        let directory = Directory::new(app.store.clone(), app.tenant.clone());
        let schema = connectors::DIRECTORY.schemas.iter().find(|schema| schema.kind == kind);
        let Some(schema) = schema else { return Ok(None) };
        let failed = |error: idflow_sdk::Error| AppError::new(super::error::RefusalKind::Unavailable, *error.problem);
        if kind != Kind::Department {
            let found = directory.get(kind, &[key]).await.map_err(failed)?;
            let text = |field: &str| found.first()?.record.text(schema.field(field)?).map(ToString::to_string);
            return Ok(match (text(schema.label), text("username")) {
                (Some(name), Some(account)) => Some(format!("{name} ({account})")),
                (one, other) => one.or(other),
            });
        }
        let (mut names, mut at) = (Vec::new(), Some(Box::<str>::from(key)));
        while let Some(key) = at.filter(|_| names.len() < MAX_DEPTH) {
            let place = (system.to_string(), key);
            if !self.nodes.contains_key(&place) && system == connectors::DIRECTORY.name {
                let found = directory.get(kind, &[&place.1]).await.map_err(failed)?;
                if let Some(stored) = found.first() {
                    let text = |field: &str| Some(Box::<str>::from(stored.record.text(schema.field(field)?)?));
                    let name = text(schema.label).unwrap_or_default();
                    let parent = schema.parent.and_then(text);
                    self.nodes.insert(place.clone(), Node { name, parent });
                }
            }
            let Some(node) = self.nodes.get(&place) else { break };
            names.push(node.name.clone());
            at = node.parent.clone();
        }
        names.reverse();
        Ok((!names.is_empty()).then(|| format!("/{}", names.join("/"))))
    }
}

fn step_of<'w>(workflow: &'w Workflow, row: &Row) -> Option<(&'w Step, &'static Schema)> {
    let step = workflow.steps.get(usize::from(row.step))?;
    Some((step, step.schema(row.kind)?))
}

/// The name under which the objects that a step writes are linked.
pub(super) fn link_name(app: &App, workflow: &Workflow, step: &Step) -> String {
    let alias = step.uses().map(|uses| workflow.alias_of(uses));
    alias.map(|alias| app.connections.link_name(&alias.reference, alias.connector.name)).unwrap_or_default()
}

/// The step that reads what a step writes.
pub(super) fn source_of<'w>(workflow: &'w Workflow, step: &Step) -> Option<&'w Step> {
    let source = workflow.steps.get(step.writing()?.foreach.step)?;
    matches!(source.work, Work::Read(_)).then_some(source)
}

/// The keys in a value.
fn keys(schema: &Schema, id: FieldId, field: &Field) -> Vec<(Kind, Box<str>)> {
    let Field::Value(value) = field else { return Vec::new() };
    match schema.spec(id).ty {
        Type::Ref(kind) => text_of(value).map(|key| (kind, key)).into_iter().collect(),
        Type::Refs { kind, .. } => list(value).iter().filter_map(text_of).map(|key| (kind, key)).collect(),
        Type::Members { kind } => list(value).iter().filter_map(|one| Some((kind, member(one)?.0))).collect(),
        _ => Vec::new(),
    }
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::List(items) => items,
        _ => &[],
    }
}

fn text_of(value: &Value) -> Option<Box<str>> {
    match value {
        Value::Text(text) => Some((&**text).into()),
        Value::Int(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// The key of a membership, and whether it is that of a head.
fn member(value: &Value) -> Option<(Box<str>, bool)> {
    let Value::Map(entries) = value else { return None };
    let get = |wanted: &str| entries.iter().find(|(name, _)| &**name == wanted).map(|(_, value)| value);
    Some((text_of(get("department")?)?, get("leader") == Some(&Value::Bool(true))))
}

fn both(text: &str) -> Text {
    Text { zh: text.into(), en: text.into() }
}

fn joined(texts: impl IntoIterator<Item = Text>) -> Text {
    let (zh, en): (Vec<String>, Vec<String>) = texts.into_iter().map(|text| (text.zh, text.en)).unzip();
    if zh.is_empty() {
        return both("–");
    }
    Text { zh: zh.join("、"), en: en.join(", ") }
}

/// A value in words. `shown` is the value as the reader may see it, `field` what is stored; `of` gives another field of the
/// same record, and `name` the name of a key.
pub fn in_words(
    schema: &Schema,
    id: FieldId,
    shown: &Json,
    field: Option<&Field>,
    of: &dyn Fn(FieldId) -> Option<Field>,
    name: &dyn Fn(Kind, &str) -> Option<String>,
) -> Text {
    let called = |kind: Kind, key: &str| both(&name(kind, key).unwrap_or_else(|| key.to_string()));
    let value = match field {
        Some(Field::Value(value)) => value,
        _ => return both("–"),
    };
    match schema.spec(id).ty {
        Type::Ref(kind) => text_of(value).map(|key| called(kind, &key)).unwrap_or_else(|| plain(shown)),
        Type::Refs { kind, .. } => joined(list(value).iter().filter_map(text_of).map(|key| called(kind, &key))),
        Type::Members { kind } => joined(list(value).iter().filter_map(member).map(|(key, head)| {
            let Text { zh, en } = called(kind, &key);
            if head { Text { zh: format!("{zh}（负责人）"), en: format!("{en} (head)") } } else { Text { zh, en } }
        })),
        Type::Flags { of: other } => {
            let others = schema.field(other).and_then(of);
            let keys = match (&others, schema.field(other)) {
                (Some(field), Some(id)) => keys(schema, id, field),
                _ => Vec::new(),
            };
            let set = list(value).iter().enumerate().filter(|(_, flag)| **flag == Value::Bool(true));
            let set: Vec<Text> = set
                .map(|(at, _)| keys.get(at).map_or_else(|| plain(&true.into()), |(kind, key)| called(*kind, key)))
                .collect();
            if set.is_empty() { plain(&false.into()) } else { joined(set) }
        }
        Type::Enum(_) => shown.as_str().map_or_else(|| plain(shown), word),
        _ => plain(shown),
    }
}

/// The same of a value of which only what is shown was kept.
pub fn kept_in_words(schema: &Schema, id: FieldId, shown: &Json) -> Text {
    match (schema.spec(id).ty, shown.as_str()) {
        (Type::Enum(_), Some(text)) => word(text),
        _ => plain(shown),
    }
}

/// Whether flags are all off: nobody has to be told that.
#[must_use]
pub fn says_nothing(schema: &Schema, id: FieldId, field: &Field) -> bool {
    match (schema.spec(id).ty, field) {
        (Type::Flags { .. }, Field::Value(value)) => list(value).iter().all(|flag| *flag != Value::Bool(true)),
        (_, Field::Empty) => true,
        _ => false,
    }
}

/// Words of enums.
fn word(value: &str) -> Text {
    let (zh, en) = match value {
        "active" => ("正常", "active"),
        "disabled" => ("已禁用", "disabled"),
        "left" => ("已离职", "left the company"),
        "pending_review" => ("待审核", "waits for review"),
        "removed" => ("已移除", "removed"),
        "male" => ("男", "male"),
        "female" => ("女", "female"),
        other => return both(other),
    };
    Text { zh: zh.into(), en: en.into() }
}

fn plain(value: &Json) -> Text {
    match value {
        Json::Null => both("–"),
        Json::Bool(true) => Text { zh: "是".into(), en: "yes".into() },
        Json::Bool(false) => Text { zh: "否".into(), en: "no".into() },
        Json::String(text) => both(text),
        Json::Array(items) => joined(items.iter().map(plain)),
        Json::Object(fields) => joined(fields.iter().map(|(name, value)| {
            let Text { zh, en } = plain(value);
            Text { zh: format!("{name} {zh}"), en: format!("{name} {en}") }
        })),
        number => both(&number.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_somebody_stood_is_told_as_it_was() {
        let mut names = Names::default();
        for (key, path) in
            [("1", "/C"), ("2", "/C/HR"), ("3", "/C/HR/Market"), ("4", "/C/HR/Market/South"), ("5", "/C/Lab")]
        {
            names.known.insert(("main".into(), Kind::Department, key.into()), Some(path.into()));
        }
        // Market stood below the company and HR was called People.
        let moved = names.moved.entry("main".into()).or_default();
        moved.insert("/C/HR/Market".into(), Moved { name: None, parent: Some("1".into()) });
        moved.insert("/C/HR".into(), Moved { name: Some("People".into()), parent: None });
        let before = |key| names.before("main", key);
        assert_eq!(before("4").as_deref(), Some("/C/Market/South"));
        assert_eq!(before("2").as_deref(), Some("/C/People"));
        assert_eq!(before("5").as_deref(), Some("/C/Lab"));
        assert_eq!(names.before("other", "5"), None);
        // Two that change places, one below the other, end all the same.
        let moved = names.moved.entry("main".into()).or_default();
        moved.insert("/C/Lab".into(), Moved { name: None, parent: Some("2".into()) });
        moved.insert("/C/HR".into(), Moved { name: None, parent: Some("5".into()) });
        assert!(names.before("main", "5").is_some());
    }
}
