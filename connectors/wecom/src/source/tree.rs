//! The departments of a source: those that can be seen, parents first. What has no visible parent stands at the top and is
//! told; the number of the company decides nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use idflow_sdk::{Context, Error, ErrorKind, Field, Problem, Record, SourceObject, Value, scope::escape};

use crate::{
    client::{AgentRow, Client, DepartmentRow, Who},
    codes,
    config::{Config, Exports},
    error::{code_of, own},
    export::{self, What},
    schema::department,
    tree::{self, COMPANY},
};

/// How many names a notice has.
const NAMED: usize = 10;

/// A level of a path that is not WeCom's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Level {
    /// Its path, which is its key as well: no department's number begins with a slash.
    pub key: String,
    name: String,
}

/// One department.
#[derive(Debug)]
struct Node {
    row: DepartmentRow,
    /// The parent, where it can be seen.
    parent: Option<i64>,
    name: Option<String>,
    name_en: Option<String>,
    /// The names from the top that can be seen; `None` when one of them is hidden.
    path: Option<String>,
}

/// The departments that can be seen, at or below the connection's root.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: BTreeMap<i64, Node>,
    /// The departments that the app can see, whose members it may list.
    visible: BTreeSet<i64>,
    /// Whether a part of the company is left out because of the connection's root.
    cut: bool,
    /// The departments of that part.
    left_out: BTreeSet<i64>,
}

/// The departments that the app sees, by an export.
async fn exported(client: &Client, context: &Context) -> Result<Vec<DepartmentRow>, Error> {
    let mut all = Vec::new();
    let mut take = |row| match serde_json::from_value(serde_json::Value::Object(row)) {
        Ok(row) => {
            all.push(row);
            Ok(())
        }
        Err(_) => Err(tree::incomplete("export/department".to_string())),
    };
    export::rows(client, context, What::Departments, &mut take).await?;
    Ok(all)
}

/// The levels of a path.
pub(super) fn levels(path: &str) -> Vec<Level> {
    let mut key = String::new();
    let levels = idflow_sdk::scope::names(path).into_iter().map(|name| {
        key.push('/');
        key.push_str(&escape(&name));
        Level { key: key.clone(), name }
    });
    levels.collect()
}

/// The departments of `people_only`: the levels of one path, which are not WeCom's.
pub(super) fn holding(path: &[Level]) -> Vec<SourceObject> {
    let mut above: Option<&Level> = None;
    let mut objects = Vec::with_capacity(path.len());
    for level in path {
        let mut record = Record::new();
        record.set(department::NAME, Field::from_text(&level.name));
        record.set(department::PATH, Field::from_text(&level.key));
        record.set(department::PARENTID, above.map_or(Field::Empty, |level| Field::from_text(&level.key)));
        objects.push(object(&level.key, record));
        above = Some(level);
    }
    objects
}

fn object(key: &str, record: Record) -> SourceObject {
    SourceObject::new(key.into(), record)
}

impl Tree {
    /// Reads the departments: the names first, so that what is made between the two reads has no name and is not created.
    pub async fn read(
        client: &Client,
        context: &Context,
        config: &Config,
        agent: Option<&AgentRow>,
        notices: &mut Vec<Problem>,
    ) -> Result<Self, Error> {
        let names = match agent {
            None => None,
            Some(agent) => match client.departments(context).await {
                Ok(rows) => Some(rows),
                Err(error) if code_of(&error) == Some(codes::TOO_LARGE) && config.exports != Exports::Off => {
                    Some(exported(client, context).await?)
                }
                // An app with people in its range and no department.
                Err(error) if agent.departments().is_empty() && code_of(&error).is_some_and(codes::is_out_of_range) => {
                    Some(Vec::new())
                }
                Err(error) => return Err(error),
            },
        };
        let contacts = client.has(Who::Contacts);
        let rows = match (&names, contacts) {
            (_, true) => client.department_ids(context).await?,
            (Some(names), false) => names.clone(),
            (None, false) => Vec::new(),
        };
        let whole = contacts || agent.is_some_and(AgentRow::sees_all);
        let tree = Self::of(rows, names.as_deref(), whole, config.root_department, config.own_app)?;
        tree.tell(names.is_some(), whole, notices);
        Ok(tree)
    }

    /// The departments of these lists. Half a tree is refused as a whole.
    fn of(
        rows: Vec<DepartmentRow>,
        names: Option<&[DepartmentRow]>,
        whole: bool,
        root: i64,
        own_app: bool,
    ) -> Result<Self, Error> {
        let parents = tree::parents(&rows)?;
        if whole {
            if !parents.contains_key(&COMPANY) {
                return Err(tree::incomplete(format!("id {COMPANY}")));
            }
            tree::connected(&rows, &parents)?;
        }
        if root != COMPANY && !parents.contains_key(&root) {
            let problem = Problem::new("wecom_root_not_found").field("root_department");
            return Err(own(ErrorKind::Configuration, problem.arg("department", root.to_string())));
        }
        let named: HashMap<i64, &DepartmentRow> = names.unwrap_or_default().iter().map(|row| (row.id, row)).collect();
        let visible = named.keys().copied().collect();
        let text = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
        let mut nodes = BTreeMap::new();
        for row in rows {
            let parent = row.parentid.filter(|parent| parents.contains_key(parent));
            let seen = named.get(&row.id).copied();
            let mut name = seen.and_then(|row| text(row.name.as_ref()));
            if !own_app && name.as_deref() == Some(row.id.to_string().as_str()) {
                name = None;
            }
            let name_en = seen.and_then(|row| text(row.name_en.as_ref()));
            nodes.insert(row.id, Node { parent, name, name_en, row, path: None });
        }
        let mut tree = Self { nodes, visible, cut: root != COMPANY, left_out: BTreeSet::new() };
        for id in tree.nodes.keys() {
            if tree.lineage(*id).count() > tree.nodes.len() {
                return Err(tree::incomplete(format!("id {id} → {id}")));
            }
        }
        if tree.cut {
            let inside: BTreeSet<i64> =
                tree.nodes.keys().copied().filter(|id| tree.lineage(*id).any(|above| above == root)).collect();
            tree.left_out = tree.nodes.keys().copied().filter(|id| !inside.contains(id)).collect();
            tree.nodes.retain(|id, _| inside.contains(id));
            tree.visible.retain(|id| inside.contains(id));
            if let Some(node) = tree.nodes.get_mut(&root) {
                (node.parent, node.row.parentid) = (None, None);
            }
        }
        let paths: Vec<(i64, Option<String>)> = tree.ids().map(|id| (id, tree.spell(id))).collect();
        for (id, path) in paths {
            if let Some(node) = tree.nodes.get_mut(&id) {
                node.path = path;
            }
        }
        Ok(tree)
    }

    /// What there is to say of them.
    fn tell(&self, named: bool, whole: bool, notices: &mut Vec<Problem>) {
        if !named {
            notices.push(Problem::new("wecom_names_hidden"));
        } else {
            let hidden = self.nodes.values().filter(|node| node.name.is_none()).count();
            if hidden > 0 {
                notices.push(Problem::new("wecom_names_partly_hidden").arg("count", hidden.to_string()));
            }
        }
        let lost = |node: &&Node| node.parent.is_none() && node.row.parentid.is_some_and(|parent| parent > 0);
        let tops: Vec<&Node> = self.nodes.values().filter(lost).collect();
        if !whole && !tops.is_empty() {
            let names: Vec<String> = tops.iter().take(NAMED).map(|node| self.called(node.row.id)).collect();
            let more = if tops.len() > NAMED { "…" } else { "" };
            let problem = Problem::new("wecom_parents_invisible").arg("count", tops.len().to_string());
            notices.push(problem.arg("names", format!("{}{more}", names.join(", "))));
        }
    }

    /// All of them, by number.
    pub fn ids(&self) -> impl Iterator<Item = i64> + '_ {
        self.nodes.keys().copied()
    }

    /// The departments whose members the app may list.
    pub fn visible(&self) -> &BTreeSet<i64> {
        &self.visible
    }

    /// Whether it is among them.
    pub fn has(&self, id: i64) -> bool {
        self.nodes.contains_key(&id)
    }

    /// Whether a part of the company is left out because of the connection's root.
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// Whether it is there, outside of the connection's root.
    pub fn is_left_out(&self, id: i64) -> bool {
        self.left_out.contains(&id)
    }

    /// Whether somebody is in one of them, or they are the whole company.
    pub fn holds(&self, record: &Record) -> bool {
        !self.cut || super::people::departments(record).any(|id| self.has(id))
    }

    /// The department and those above it, as far as they can be seen. In a circle it does not end before it has more items
    /// than there are departments.
    pub fn lineage(&self, id: i64) -> impl Iterator<Item = i64> {
        let first = self.nodes.get(&id).map(|_| id);
        let up = |id: &i64| self.nodes.get(id).and_then(|node| node.parent);
        std::iter::successors(first, up).take(self.nodes.len() + 1)
    }

    /// These and everything above them.
    pub fn with_all_above(&self, ids: BTreeSet<i64>) -> BTreeSet<i64> {
        ids.into_iter().flat_map(|id| self.lineage(id).collect::<Vec<_>>()).collect()
    }

    /// The path of names from the top that can be seen; `None` when a name on the way is hidden.
    pub fn path(&self, id: i64) -> Option<&str> {
        self.nodes.get(&id)?.path.as_deref()
    }

    fn spell(&self, id: i64) -> Option<String> {
        let mut names: Vec<String> = Vec::new();
        for above in self.lineage(id) {
            names.push(escape(self.nodes.get(&above)?.name.as_deref()?));
        }
        names.reverse();
        Some(format!("/{}", names.join("/")))
    }

    /// What people call a department: its path, its name, or its number.
    pub fn called(&self, id: i64) -> String {
        let name = || self.nodes.get(&id).and_then(|node| node.name.clone());
        self.path(id).map(str::to_owned).or_else(name).unwrap_or_else(|| id.to_string())
    }

    /// These departments as objects, parents first.
    pub fn objects(&self, included: Option<&BTreeSet<i64>>) -> Vec<SourceObject> {
        let mut ids: Vec<(usize, i64)> = self
            .ids()
            .filter(|id| included.is_none_or(|included| included.contains(id)))
            .map(|id| (self.lineage(id).count(), id))
            .collect();
        ids.sort_unstable();
        ids.into_iter().filter_map(|(_, id)| Some(object(&id.to_string(), self.record(self.nodes.get(&id)?)))).collect()
    }

    fn record(&self, node: &Node) -> Record {
        let mut record = Record::new();
        record.set(department::ID, Field::Value(Value::Int(node.row.id)));
        if let Some(name) = &node.name {
            record.set(department::NAME, Field::from_text(name));
        }
        if let Some(name) = &node.name_en {
            record.set(department::NAME_EN, Field::from_text(name));
        }
        record.set(department::PARENTID, node.parent.map_or(Field::Empty, |parent| Field::Value(Value::Int(parent))));
        if let Some(order) = node.row.order {
            record.set(department::ORDER, Field::Value(Value::Int(order)));
        }
        if let Some(path) = self.path(node.row.id) {
            record.set(department::PATH, Field::from_text(path));
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, parentid: i64, name: &str) -> DepartmentRow {
        DepartmentRow { id, name: Some(name.into()), name_en: None, parentid: Some(parentid), order: Some(id) }
    }

    fn tree(rows: &[DepartmentRow], whole: bool, root: i64) -> Result<Tree, String> {
        Tree::of(rows.to_vec(), Some(rows), whole, root, true).map_err(|error| error.problem.code.into_owned())
    }

    #[test]
    fn several_roots_stand_at_the_top_and_a_hidden_name_has_no_path() {
        let rows = [row(5, 2, "销售"), row(6, 5, "华/北"), row(9, 7, "研发"), row(10, 9, ""), row(11, 10, "平台")];
        let tree = tree(&rows, false, 1).expect("a tree");
        let paths: Vec<Option<&str>> = tree.ids().map(|id| tree.path(id)).collect();
        assert_eq!(paths, [Some("/销售"), Some("/销售/华\\/北"), Some("/研发"), None, None]);
        let objects = tree.objects(None);
        let tops: Vec<&str> = objects
            .iter()
            .filter(|object| object.record.get(department::PARENTID) == Some(&Field::Empty))
            .map(|object| &*object.key)
            .collect();
        assert_eq!(tops, ["5", "9"]);
        let mut notices = Vec::new();
        tree.tell(true, false, &mut notices);
        assert_eq!(
            notices.iter().map(|notice| &*notice.code).collect::<Vec<_>>(),
            ["wecom_names_partly_hidden", "wecom_parents_invisible"]
        );
        assert_eq!(notices[1].get("names"), Some("/销售, /研发"));
    }

    #[test]
    fn half_a_tree_is_refused() {
        for (rows, whole, root, code) in [
            (vec![row(2, 1, "a")], true, 1, "wecom_tree_incomplete"),
            (vec![row(1, 0, "c"), row(3, 2, "a")], true, 1, "wecom_tree_incomplete"),
            (vec![row(2, 3, "a"), row(3, 2, "b")], false, 1, "wecom_tree_incomplete"),
            (vec![row(2, 1, "a"), row(2, 1, "a")], false, 1, "wecom_tree_incomplete"),
            (vec![row(0, 1, "a")], false, 1, "wecom_tree_incomplete"),
            (vec![row(1, 0, "c")], true, 7, "wecom_root_not_found"),
        ] {
            assert_eq!(tree(&rows, whole, root).map(|_| ()), Err(code.to_owned()), "{rows:?}");
        }
        let below = tree(&[row(1, 0, "c"), row(2, 1, "a"), row(3, 2, "b"), row(4, 1, "x")], true, 2).expect("a tree");
        assert_eq!(below.ids().collect::<Vec<_>>(), [2, 3]);
        assert_eq!(below.path(3), Some("/a/b"));
    }
}
