//! What a loop makes of the objects that were read: which of them, under which key, and (for paths) which departments.
//!
//! Objects go through page by page. An object that the loop leaves out is still there: it is neither written nor taken for
//! gone.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use idflow_sdk::{Field, FieldId, Problem, Record, Schema, SourceObject, Value};

use crate::{
    reconcile::{Halt, department_tree::folded_path},
    workflow::{
        compiled::{Foreach, Paths},
        department_path,
        expression::Prepared,
        scope::Scope,
    },
};

/// The loop of one task.
pub(super) struct Items {
    foreach: Foreach,
    /// The fields of what the task is given: of a path its name, its parent and itself.
    source: Arc<Schema>,
    seen: HashSet<Box<str>>,
    /// Of the paths that were seen the one under which each department goes, by their form in which equal ones are identical.
    paths: HashMap<Box<str>, Box<str>>,
}

/// What came of a page.
#[derive(Default)]
pub(super) struct Taken {
    /// For the task.
    pub objects: Vec<SourceObject>,
    /// Keys of objects that are there and left out.
    pub present: Vec<Box<str>>,
    /// Whether some object could not be told from others: nothing may be removed then.
    pub unreadable: bool,
    /// Whether a row that cannot be used may name what no other row does: what was made of such names is not gone then.
    pub unsure: bool,
}

impl Items {
    pub fn new(foreach: &Foreach, source: &Arc<Schema>) -> Self {
        Self { foreach: foreach.clone(), source: Arc::clone(source), seen: HashSet::new(), paths: HashMap::new() }
    }

    /// Whether objects are made here that the source does not have.
    pub const fn derives(&self) -> bool {
        self.foreach.paths.is_some()
    }

    /// Whether its filter looks at this field.
    pub fn asks(&self, field: FieldId) -> bool {
        self.foreach.filter.as_ref().is_some_and(|condition| condition.reads(field))
    }

    /// Takes a page.
    pub fn take(&mut self, objects: Vec<SourceObject>, scope: &Scope, halt: &Halt) -> Taken {
        let Foreach { key, distinct, filter, paths, .. } = &self.foreach;
        if key.is_none() && !distinct && filter.is_none() && paths.is_none() {
            return Taken { objects, ..Taken::default() };
        }
        let mut taken = Taken::default();
        let filter = filter.as_ref().map(|condition| condition.prepare(scope));
        for object in objects {
            if halt.is_set() {
                break;
            }
            self.one(object, scope, filter.as_ref(), &mut taken);
        }
        taken
    }

    fn one(&mut self, mut object: SourceObject, scope: &Scope, filter: Option<&Prepared>, taken: &mut Taken) {
        if let Some(paths) = &self.foreach.paths {
            // A row that cannot be used says so where people are made of it.
            if object.refused.is_none() && !object.key.is_empty() {
                let paths = paths.clone();
                self.departments(object, &paths, scope, taken);
            } else {
                taken.unsure = true;
            }
            return;
        }
        // A row that cannot be used counts as present under the same key as the others, or nobody can tell who it is.
        if let Some(key) = self.foreach.key.as_ref().filter(|_| !object.key.is_empty()) {
            let value = key.evaluate(Some(&object.record), scope).ok().flatten();
            object.key = value.as_ref().and_then(Field::value).and_then(Value::to_key).unwrap_or_default();
            taken.unreadable |= object.key.is_empty();
        }
        // Nobody knows whether it is meant where what the filter looks at cannot be read.
        object.refuse_lost(|id| self.asks(id));
        if let Some(filter) = filter.filter(|_| object.refused.is_none()) {
            match filter.test(&object.record) {
                Ok(true) => {}
                Ok(false) => {
                    taken.present.push(object.key);
                    return;
                }
                Err(problem) => object.refused = Some(Box::new(problem)),
            }
        }
        if self.foreach.distinct && !object.key.is_empty() && !self.seen.insert(object.key.clone()) {
            return;
        }
        taken.objects.push(object);
    }

    /// Every level of the object's paths that was not there yet, parents first.
    fn departments(&mut self, object: SourceObject, from: &Paths, scope: &Scope, taken: &mut Taken) {
        let value = match from.value.evaluate(Some(&object.record), scope) {
            Ok(Some(Field::Value(value))) => value,
            Ok(Some(_)) => return,
            // Nobody knows which departments it names.
            Ok(None) => {
                taken.unsure = true;
                return;
            }
            Err(problem) => {
                taken.unsure = true;
                taken.objects.push(SourceObject { refused: Some(Box::new(problem)), ..object });
                return;
            }
        };
        let single = [value.clone()];
        for path in value.as_list().unwrap_or(&single) {
            let text = path.entry("department").or_else(|| path.entry("key")).unwrap_or(path).to_key();
            let Some(text) = text else {
                let problem = Problem::new("template_value")
                    .arg("template", from.value.text())
                    .arg("what_zh", "路径不是文本")
                    .arg("what_en", "a path is text");
                taken.unsure = true;
                taken.objects.push(SourceObject { refused: Some(Box::new(problem)), ..object });
                return;
            };
            let names = department_path::names(&text, &from.separator);
            // The deepest level first: where it is known, so is everything above.
            if names.is_empty() || self.paths.contains_key(folded_path(&names).as_str()) {
                continue;
            }
            if let Err(problem) = department_path::check(&names) {
                taken.unsure = true;
                taken.objects.push(SourceObject { refused: Some(Box::new(problem)), ..object });
                return;
            }
            let mut above: Option<Box<str>> = None;
            for depth in 1..=names.len() {
                let folded = folded_path(&names[..depth]);
                if !self.paths.contains_key(folded.as_str()) {
                    let own = department_path::key(&names[depth - 1..depth]);
                    let key: Box<str> = format!("{}{own}", above.as_deref().unwrap_or_default()).into();
                    let name = names.get(depth - 1).map(String::as_str).unwrap_or_default();
                    taken.objects.push(self.department(key.clone(), (name, above.take()), object.at.clone()));
                    self.paths.insert(folded.as_str().into(), key);
                }
                above = self.paths.get(folded.as_str()).cloned();
            }
        }
    }

    fn department(&self, key: Box<str>, (name, above): (&str, Option<Box<str>>), at: Option<Box<str>>) -> SourceObject {
        let mut record = Record::new();
        let mut set = |name: &str, field: Field| {
            if let Some(id) = self.source.field(name) {
                record.set(id, field);
            }
        };
        set("name", Field::from_text(name));
        set("parent", above.map_or(Field::Empty, |above| Field::Value(Value::text(above))));
        set("path", Field::Value(Value::text(&*key)));
        SourceObject { at, ..SourceObject::new(key, record) }
    }
}
