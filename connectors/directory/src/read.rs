//! `directory/read`: departments (parents first), then people, as far as the scope covers them.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use idflow_sdk::{
    Error, Field, Kind, Page, Params, Predicate, Problem, Reader, Record, SourceObject, Summary, Value,
    directory::{DirectoryStore, Stored},
};

use crate::{
    schema::{department, user},
    scope::{Scope, escape},
};

const PAGE: usize = 1000;

/// One department on the way to its path.
struct Node {
    record: Record,
    path: String,
    covered: bool,
    included: bool,
}

pub struct DirectoryReader {
    store: Arc<dyn DirectoryStore>,
    scope: Scope,
    filter: Option<Predicate>,
    /// Departments by key; filled by the first call of `next`.
    departments: Option<HashMap<Box<str>, Node>>,
    after: Option<String>,
    done: bool,
}

impl DirectoryReader {
    pub fn new(store: Arc<dyn DirectoryStore>, params: &Params) -> Self {
        let texts = |name: &str| -> Vec<String> {
            let items = params.get(name).and_then(Value::as_list).unwrap_or_default();
            items.iter().filter_map(|item| item.as_text().map(ToString::to_string)).collect()
        };
        Self {
            store,
            scope: Scope::new(&texts("departments.include"), &texts("departments.exclude")),
            filter: params.predicates.get("users.where").cloned(),
            departments: None,
            after: None,
            done: false,
        }
    }

    async fn departments(&mut self) -> Result<Page, Error> {
        let nodes = load_tree(&*self.store).await?;
        let nodes = self.cover(nodes);
        let mut keys: Vec<&Box<str>> = nodes.iter().filter(|(_, node)| node.included).map(|(key, _)| key).collect();
        keys.sort_by(|a, b| {
            let depth = |key: &str| nodes.get(key).map_or(0, |node| node.path.matches('/').count());
            (depth(a), a).cmp(&(depth(b), b))
        });
        let objects = keys
            .into_iter()
            .filter_map(|key| {
                let node = nodes.get(key)?;
                let mut record = node.record.clone();
                record.set(department::ID, Field::Value(Value::Text(key.clone())));
                record.set(department::PATH, Field::Value(Value::text(node.path.as_str())));
                fill_empty(&mut record, &crate::schema::DEPARTMENT);
                Some(SourceObject { key: key.clone(), record, at: None, refused: None, warnings: Vec::new() })
            })
            .collect();
        self.departments = Some(nodes);
        Ok(Page { output: "departments", objects })
    }

    /// Marks what the scope covers, and the departments above, which come along.
    fn cover(&self, mut nodes: HashMap<Box<str>, Node>) -> HashMap<Box<str>, Node> {
        let mut above = Vec::new();
        for node in nodes.values_mut() {
            node.covered = self.scope.covers(&node.path);
            node.included = node.covered;
            if node.covered
                && let Some(parent) = node.record.text(department::PARENT)
            {
                above.push(Box::<str>::from(parent));
            }
        }
        while let Some(key) = above.pop() {
            if let Some(node) = nodes.get_mut(&key)
                && !node.included
            {
                node.included = true;
                if let Some(parent) = node.record.text(department::PARENT) {
                    above.push(parent.into());
                }
            }
        }
        nodes
    }

    /// The person as the scope shows them; `None` when out of scope.
    fn person(&self, stored: Stored) -> Option<SourceObject> {
        let nodes = self.departments.as_ref()?;
        let mut record = stored.record;
        let members = record.value(user::DEPARTMENTS).and_then(Value::as_list).unwrap_or_default();
        let covered = |member: &Value| {
            member
                .entry("department")
                .and_then(Value::as_text)
                .and_then(|key| nodes.get(key))
                .is_some_and(|n| n.covered)
        };
        let kept: Vec<Value> = members.iter().filter(|member| covered(member)).cloned().collect();
        if kept.is_empty() && !members.is_empty() {
            return None;
        }
        if kept.len() < members.len() {
            record.set(user::DEPARTMENTS, Field::Value(Value::List(kept.clone().into())));
        }
        let first = kept.first().and_then(|member| member.entry("department")).cloned();
        let main = record.value(user::PRIMARY_DEPARTMENT).cloned();
        let inside = main.as_ref().is_some_and(|main| kept.iter().any(|m| m.entry("department") == Some(main)));
        if !inside {
            record.set(user::PRIMARY_DEPARTMENT, first.map_or(Field::Empty, Field::Value));
        }
        record.set(user::ID, Field::Value(Value::Text(stored.key.clone())));
        fill_empty(&mut record, &crate::schema::USER);
        let mut object = SourceObject { key: stored.key, record, at: None, refused: None, warnings: Vec::new() };
        if let Some(filter) = &self.filter {
            match filter(&object.record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(problem) => object.refused = Some(Box::new(problem)),
            }
        } else if crate::schema::USER.is_gone(&object.record) {
            return None;
        }
        Some(object)
    }
}

#[async_trait]
impl Reader for DirectoryReader {
    async fn next(&mut self) -> Result<Option<Page>, Error> {
        if self.departments.is_none() {
            return self.departments().await.map(Some);
        }
        if self.done {
            return Ok(None);
        }
        let page = self.store.page(Kind::User, self.after.as_deref(), PAGE).await?;
        self.done = page.len() < PAGE;
        self.after = page.last().map(|stored| stored.key.to_string());
        let objects = page.into_iter().filter_map(|stored| self.person(stored)).collect();
        Ok(Some(Page { output: "users", objects }))
    }

    fn summary(&self) -> Summary {
        Summary { complete: self.done, incomplete_because: None, notices: Vec::new() }
    }
}

/// In the directory every field is known: what is not stored is empty.
pub fn fill_empty(record: &mut Record, schema: &idflow_sdk::Schema) {
    for id in 0..schema.fields.len() {
        if let Ok(id) = idflow_sdk::FieldId::try_from(id)
            && record.get(id).is_none()
        {
            record.set(id, Field::Empty);
        }
    }
}

/// All departments that are not removed, with their paths.
async fn load_tree(store: &dyn DirectoryStore) -> Result<HashMap<Box<str>, Node>, Error> {
    let mut records: HashMap<Box<str>, Record> = HashMap::new();
    let mut after: Option<String> = None;
    loop {
        let page = store.page(Kind::Department, after.as_deref(), PAGE).await?;
        let last = page.len() < PAGE;
        after = page.last().map(|stored| stored.key.to_string());
        for stored in page {
            if !crate::schema::DEPARTMENT.is_gone(&stored.record) {
                records.insert(stored.key, stored.record);
            }
        }
        if last {
            break;
        }
    }
    let paths = paths(&records);
    Ok(records
        .into_iter()
        .map(|(key, record)| {
            let path = paths.get(&key).cloned().unwrap_or_default();
            (key, Node { record, path, covered: false, included: false })
        })
        .collect())
}

/// The path of each department. A parent that is missing counts as none, so that nothing is lost.
pub fn paths(records: &HashMap<Box<str>, Record>) -> HashMap<Box<str>, String> {
    let mut paths: HashMap<Box<str>, String> = HashMap::with_capacity(records.len());
    for start in records.keys() {
        let mut chain = Vec::new();
        let mut key: Box<str> = start.clone();
        let mut base = String::new();
        loop {
            if let Some(path) = paths.get(&key) {
                base.clone_from(path);
                break;
            }
            let Some(record) = records.get(&key) else { break };
            if chain.len() > records.len() {
                break;
            }
            chain.push(key.clone());
            match record.text(department::PARENT) {
                Some(parent) => key = parent.into(),
                None => break,
            }
        }
        for key in chain.into_iter().rev() {
            let name = records.get(&key).and_then(|record| record.text(department::NAME)).unwrap_or_default();
            base = format!("{base}/{}", escape(name));
            paths.insert(key, base.clone());
        }
    }
    paths
}

/// A problem of ours, as an error.
pub fn unsupported(what: &str) -> Error {
    Error::new(idflow_sdk::ErrorKind::Unsupported, Problem::new("directory_unsupported").arg("what", what))
}
