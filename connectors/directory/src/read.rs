//! `directory/read`: departments (parents first), then people, as far as the scope covers them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use idflow_sdk::{
    Error, Field, Kind, Page, Params, Predicate, Problem, Reader, Record, SourceObject, Summary, Value,
    directory::{DirectoryStore, Stored},
    scope::{Scope, escape},
};

use crate::schema::{department, user};

const PAGE: usize = 1000;
/// So many departments that are left out are named.
const NAMED: usize = 5;

/// One department on the way to its path.
struct Node {
    record: Record,
    path: String,
    covered: bool,
    included: bool,
    /// A department above it is not there: nobody can tell where it belongs.
    broken: bool,
}

/// The departments as they are, and the names of those that are removed.
#[derive(Default)]
struct Tree {
    nodes: HashMap<Box<str>, Node>,
    removed: HashMap<Box<str>, Box<str>>,
}

pub struct DirectoryReader {
    store: Arc<dyn DirectoryStore>,
    scope: Scope,
    filter: Option<Predicate>,
    /// Departments by key; filled by the first call of `next`.
    departments: Option<Tree>,
    after: Option<String>,
    done: bool,
    /// The directory's mark before the first page.
    mark: String,
    /// Whether somebody wrote to the directory before the last page was read.
    moved: bool,
    left_out: LeftOut,
}

/// What the scope leaves out: nobody is to be without an account because a pattern fits more than was meant, and nobody knows.
#[derive(Default)]
struct LeftOut {
    departments: usize,
    people: usize,
    /// The paths of the first departments, of each branch the highest.
    names: Vec<String>,
    /// What the first people are called.
    who: Vec<String>,
    /// Patterns of the scope that fit no department.
    idle: Vec<String>,
    /// Where one of them says what is included: who is there and left out. Their department may only be called otherwise now.
    outside: Option<HashSet<Box<str>>>,
}

impl LeftOut {
    fn notices(&self) -> Vec<Problem> {
        let idle = || Problem::new("scope_fits_nothing").arg("patterns", self.idle.join(", "));
        let more = (self.people > self.who.len()).then_some("…");
        let names = self.names.iter().chain(&self.who).map(String::as_str).chain(more);
        let left_out = || {
            Problem::new("left_out_by_scope")
                .arg("departments", self.departments.to_string())
                .arg("people", self.people.to_string())
                .arg("names", names.collect::<Vec<_>>().join(", "))
        };
        let left_out = (self.departments + self.people > 0).then(left_out);
        (!self.idle.is_empty()).then(idle).into_iter().chain(left_out).collect()
    }
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
            mark: String::new(),
            moved: false,
            left_out: LeftOut::default(),
        }
    }

    async fn departments(&mut self) -> Result<Page, Error> {
        self.mark = self.store.mark().await?;
        let mut tree = load_tree(&*self.store).await?;
        tree.nodes = self.cover(tree.nodes);
        let nodes = &tree.nodes;
        let out = |node: &Node| !node.included && !node.broken;
        let above = |node: &Node| node.record.text(department::PARENT).and_then(|key| nodes.get(key));
        let highest = nodes.values().filter(|node| out(node) && !above(node).is_some_and(out));
        let mut names: Vec<String> = highest.map(|node| node.path.clone()).collect();
        let there = || nodes.values().filter(|node| !node.broken).map(|node| &*node.path);
        names.sort();
        names.truncate(NAMED);
        self.left_out = LeftOut {
            departments: nodes.values().filter(|node| out(node)).count(),
            names,
            idle: self.scope.idle(there()),
            outside: self.scope.lacks(there()).then(HashSet::new),
            ..LeftOut::default()
        };
        let mut keys: Vec<&Box<str>> =
            nodes.iter().filter(|(_, node)| node.included || node.broken).map(|(key, _)| key).collect();
        keys.sort_by(|a, b| {
            let depth = |key: &str| nodes.get(key).map_or(0, |node| node.path.matches('/').count());
            (depth(a), a).cmp(&(depth(b), b))
        });
        let objects = keys
            .into_iter()
            .filter_map(|key| {
                let node = nodes.get(key)?;
                let mut record = node.record.clone();
                record.set(department::ID, Field::Value(Value::text(key)));
                record.set(department::PATH, Field::Value(Value::text(node.path.as_str())));
                fill_empty(&mut record, &crate::schema::DEPARTMENT);
                let refused = node.broken.then(|| {
                    let above = node.record.text(department::PARENT).unwrap_or_default();
                    Box::new(Problem::new("dept_parent_unknown").arg("key", tree.called(above)).field("parent"))
                });
                Some(SourceObject { refused, ..SourceObject::new(key.clone(), record) })
            })
            .collect();
        self.departments = Some(tree);
        Ok(Page { output: "departments", objects })
    }

    /// Marks what the scope covers, and the departments above, which come along.
    fn cover(&self, mut nodes: HashMap<Box<str>, Node>) -> HashMap<Box<str>, Node> {
        let mut above = Vec::new();
        for node in nodes.values_mut() {
            node.covered = !node.broken && self.scope.covers(&node.path);
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

    /// The person as the scope shows them; `None` when out of scope. Out of scope is somebody all of whose departments are
    /// there and not covered. Where a department is not there, nobody can tell: such a person is present and left alone.
    fn person(&mut self, stored: Stored) -> Option<SourceObject> {
        let tree = self.departments.as_ref()?;
        let mut record = stored.record;
        // First: what is set below has its place then.
        fill_empty(&mut record, &crate::schema::USER);
        let members = record.value(user::DEPARTMENTS).and_then(Value::as_list).unwrap_or_default();
        let node = |member: &Value| {
            let key = member.entry("department").and_then(Value::as_text)?;
            tree.nodes.get(key).filter(|node| !node.broken)
        };
        let lost = members.iter().find(|member| node(member).is_none());
        let lost = lost.map(|member| member.entry("department").and_then(Value::as_text).unwrap_or_default());
        let lost = lost.map(|key| Problem::new("department_unknown").arg("key", tree.called(key)).field("departments"));
        let covered = |member: &Value| node(member).is_some_and(|node| node.covered);
        let kept: Vec<Value> = members.iter().filter(|member| covered(member)).cloned().collect();
        if kept.is_empty() && !members.is_empty() && lost.is_none() {
            let wanted = match &self.filter {
                Some(filter) => filter(&record).unwrap_or(true),
                None => !crate::schema::USER.is_gone(&record),
            };
            self.left_out.people += usize::from(wanted);
            if let Some(outside) = self.left_out.outside.as_mut().filter(|_| wanted) {
                outside.insert(stored.key.clone());
            }
            if wanted && self.left_out.who.len() < NAMED {
                let text = |id| record.text(id).unwrap_or_default();
                self.left_out.who.push(format!("{} ({})", text(user::NAME), text(user::USERNAME)));
            }
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
        record.set(user::ID, Field::Value(Value::text(&stored.key)));
        let mut object = SourceObject::new(stored.key, record);
        // Whoever left is out of scope. A filter says so itself: it is made to let nobody through who left, unless it asks for
        // the status.
        if let Some(filter) = &self.filter {
            match filter(&object.record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(problem) => object.refused = Some(Box::new(problem)),
            }
        } else if crate::schema::USER.is_gone(&object.record) {
            return None;
        }
        if let Some(problem) = lost {
            // Whoever left is in no department any more: one that is dissolved keeps nobody from being locked out. Where he
            // belonged is unknown then, and not written anywhere.
            let is_covered = self.scope.is_everything() || !kept.is_empty();
            if is_covered && crate::schema::USER.is_gone(&object.record) {
                object.record.take(user::DEPARTMENTS);
                object.record.take(user::PRIMARY_DEPARTMENT);
            } else {
                object.refused.get_or_insert_with(|| Box::new(problem));
            }
        }
        Some(object)
    }
}

impl Tree {
    /// What people call a department, also one that is removed.
    fn called(&self, key: &str) -> String {
        match (self.nodes.get(key), self.removed.get(key)) {
            (Some(node), _) => node.path.clone(),
            (None, Some(name)) => name.to_string(),
            (None, None) => "?".into(),
        }
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
        if self.done {
            self.moved = self.store.mark().await? != self.mark;
        }
        self.after = page.last().map(|stored| stored.key.to_string());
        let mut objects = Vec::with_capacity(page.len());
        for stored in page {
            objects.extend(self.person(stored));
        }
        Ok(Some(Page { output: "users", objects }))
    }

    fn unsure(&self, output: &'static str, keys: &[&str]) -> Vec<(Box<str>, Problem)> {
        let Some(people) = &self.left_out.outside else { return Vec::new() };
        let is_there = |key: &&&str| match output {
            "users" => people.contains(**key),
            _ => self.departments.as_ref().is_some_and(|tree| tree.nodes.contains_key(**key)),
        };
        keys.iter().filter(is_there).map(|key| ((*key).into(), Problem::new("out_of_scope"))).collect()
    }

    fn summary(&self) -> Summary {
        Summary {
            complete: self.done && !self.moved,
            incomplete_because: self.moved.then(|| Problem::new("directory_moved")),
            moved: self.moved,
            notices: self.left_out.notices(),
            ..Summary::default()
        }
    }
}

/// In the directory every field is known: what is not stored is empty.
pub fn fill_empty(record: &mut Record, schema: &idflow_sdk::Schema) {
    record.fill_empty(idflow_sdk::FieldId::try_from(schema.fields.len()).unwrap_or(idflow_sdk::FieldId::MAX));
}

/// All departments that are not removed, with their paths.
async fn load_tree(store: &dyn DirectoryStore) -> Result<Tree, Error> {
    let mut removed = HashMap::new();
    let mut records: HashMap<Box<str>, Record> = HashMap::new();
    let mut after: Option<String> = None;
    loop {
        let page = store.page(Kind::Department, after.as_deref(), PAGE).await?;
        let last = page.len() < PAGE;
        after = page.last().map(|stored| stored.key.to_string());
        for stored in page {
            if !crate::schema::DEPARTMENT.is_gone(&stored.record) {
                records.insert(stored.key, stored.record);
            } else {
                let name = stored.record.text(department::NAME).unwrap_or_default().into();
                removed.insert(stored.key, name);
            }
        }
        if last {
            break;
        }
    }
    let paths = paths(&records);
    let broken = broken(&records);
    let nodes = records
        .into_iter()
        .map(|(key, record)| {
            let path = paths.get(&key).cloned().unwrap_or_default();
            let broken = broken.contains(&key);
            (key, Node { record, path, covered: false, included: false, broken })
        })
        .collect();
    Ok(Tree { nodes, removed })
}

/// The departments above which one is missing.
fn broken(records: &HashMap<Box<str>, Record>) -> HashSet<Box<str>> {
    let parent = |key: &str| records.get(key).and_then(|record| record.text(department::PARENT));
    let mut below: HashMap<&str, Vec<&Box<str>>> = HashMap::new();
    let mut open: Vec<&Box<str>> = Vec::new();
    for key in records.keys() {
        match parent(key) {
            Some(above) if records.contains_key(above) => below.entry(above).or_default().push(key),
            Some(_) => open.push(key),
            None => {}
        }
    }
    let mut broken = HashSet::new();
    while let Some(key) = open.pop() {
        if broken.insert(key.clone()) {
            open.extend(below.remove(&**key).unwrap_or_default());
        }
    }
    broken
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A directory in memory that gets another mark with each write.
    #[derive(Default)]
    struct Memory(Mutex<Held>);

    /// The number of writes, and what was written.
    type Held = (u64, HashMap<(Kind, Box<str>), Record>);

    impl Memory {
        fn put_now(&self, kind: Kind, key: &str, fields: &[(idflow_sdk::FieldId, Value)]) {
            let mut held = self.0.lock().unwrap();
            held.0 += 1;
            let record = fields.iter().map(|(id, value)| (*id, Field::Value(value.clone()))).collect();
            held.1.insert((kind, key.into()), record);
        }

        fn department(&self, key: &str, parent: Option<&str>, status: &str) {
            let mut fields = vec![(department::NAME, Value::text(key)), (department::STATUS, Value::text(status))];
            fields.extend(parent.map(|parent| (department::PARENT, Value::text(parent))));
            self.put_now(Kind::Department, key, &fields);
        }

        fn person(&self, key: &str, departments: &[&str]) {
            let member = |key: &&str| Value::map([("department".into(), Value::text(*key))]);
            let members = Value::list(departments.iter().map(member));
            self.put_now(Kind::User, key, &[(user::USERNAME, Value::text(key)), (user::DEPARTMENTS, members)]);
        }
    }

    #[async_trait]
    impl DirectoryStore for Memory {
        async fn page(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Stored>, Error> {
            let held = self.0.lock().unwrap();
            let mut all: Vec<Stored> = held
                .1
                .iter()
                .filter(|((of, key), _)| *of == kind && after.is_none_or(|after| **key > *after))
                .map(|((_, key), record)| Stored { key: key.clone(), record: record.clone() })
                .collect();
            all.sort_by(|a, b| a.key.cmp(&b.key));
            all.truncate(limit);
            Ok(all)
        }

        async fn get(&self, _: Kind, _: &[&str]) -> Result<Vec<Stored>, Error> {
            Ok(Vec::new())
        }

        async fn mark(&self) -> Result<String, Error> {
            Ok(self.0.lock().unwrap().0.to_string())
        }

        async fn update(
            &self,
            _: Kind,
            _: &[&str],
            _: &idflow_sdk::directory::Writer,
            _: idflow_sdk::directory::Change<'_>,
        ) -> Result<(), Error> {
            Ok(())
        }
    }

    /// A future that never waits.
    fn now<T>(future: impl Future<Output = T>) -> T {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::pin!(future).poll(&mut context) {
            std::task::Poll::Ready(value) => value,
            std::task::Poll::Pending => unreachable!("nothing here waits"),
        }
    }

    fn company() -> Arc<Memory> {
        let memory = Memory::default();
        memory.department("a", None, "active");
        memory.department("b", Some("a"), "active");
        memory.department("x", None, "removed");
        memory.department("y", Some("x"), "active");
        memory.person("in", &["b"]);
        memory.person("lost", &["b", "x"]);
        memory.person("below", &["y"]);
        memory.person("gone", &["nowhere"]);
        Arc::new(memory)
    }

    fn params(include: &str) -> Params {
        let mut params = Params::default();
        params.values.insert("departments.include".into(), Value::list([Value::text(include)]));
        params
    }

    #[test]
    fn whoever_is_in_a_department_that_is_not_there_is_present_and_refused() {
        for include in ["/a/**", "/a/b", "/z/**"] {
            let mut reader = DirectoryReader::new(company(), &params(include));
            let departments = now(reader.next()).unwrap().unwrap();
            let broken: Vec<_> =
                departments.objects.iter().filter(|object| object.refused.is_some()).map(|o| &*o.key).collect();
            assert_eq!(broken, ["y"], "{include}");
            let people = now(reader.next()).unwrap().unwrap().objects;
            let refused = |key: &str| {
                let person = people.iter().find(|person| *person.key == *key);
                person.map(|person| person.refused.as_ref().map(|problem| problem.code.to_string()))
            };
            for lost in ["lost", "below", "gone"] {
                assert_eq!(refused(lost), Some(Some("department_unknown".into())), "{lost} in {include}");
            }
            assert_eq!(refused("in"), (include != "/z/**").then_some(None), "{include}");
            assert!(reader.summary().complete);
        }
    }

    #[test]
    fn whoever_left_a_department_that_is_dissolved_is_not_refused() {
        for (include, refused) in [("/**", false), ("/a/**", true)] {
            let company = company();
            let member = Value::map([("department".into(), Value::text("x"))]);
            let fields = [
                (user::USERNAME, Value::text("left")),
                (user::DEPARTMENTS, Value::list([member])),
                (user::PRIMARY_DEPARTMENT, Value::text("x")),
                (user::STATUS, Value::text("left")),
            ];
            company.put_now(Kind::User, "left", &fields);
            let mut params = params(include);
            let everybody: Predicate = Arc::new(|_: &Record| Ok(true));
            params.predicates.insert("users.where".into(), everybody);
            let mut reader = DirectoryReader::new(company, &params);
            now(reader.next()).unwrap();
            let people = now(reader.next()).unwrap().unwrap().objects;
            let left = people.iter().find(|person| &*person.key == "left").expect("whoever left is read");
            // Whether a part has him, nobody can tell.
            assert_eq!(left.refused.is_some(), refused, "{include}");
            assert!(refused || left.record.get(user::DEPARTMENTS).is_none());
            let lost = people.iter().find(|person| &*person.key == "lost").expect("whoever is there is read");
            assert!(lost.refused.is_some(), "{include}");
        }
    }

    #[test]
    fn a_directory_that_was_written_to_meanwhile_was_not_read_completely() {
        let company = company();
        let mut reader = DirectoryReader::new(company.clone(), &params("/**"));
        now(reader.next()).unwrap();
        company.department("new", Some("a"), "active");
        company.person("in", &["new"]);
        let people = now(reader.next()).unwrap().unwrap().objects;
        let moved = people.iter().find(|person| &*person.key == "in").expect("whoever moved is present");
        assert_eq!(moved.refused.as_ref().map(|problem| &*problem.code), Some("department_unknown"));
        assert_eq!(now(reader.next()).unwrap().map(|page| page.objects.len()), None);
        let summary = reader.summary();
        assert!(summary.moved && !summary.complete && summary.incomplete_because.is_some());
    }
}
