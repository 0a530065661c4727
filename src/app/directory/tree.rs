//! The departments as a tree: who is below whom, paths, and which department a person names.

use std::collections::{BTreeSet, HashMap};

use idflow_sdk::{Kind, Record, directory::DirectoryStore};

use crate::{
    app::{App, AppError, Desk, paging},
    contract::{
        directory::{TreeLook, TreeNode},
        page::Page,
    },
    reconcile::department_tree::DepartmentTree,
    store::{
        object_index::{self, Wanted},
        object_terms::department as fields,
    },
};

/// The deepest tree that is walked: a circle, which nobody should be able to make, ends here.
const MAX_DEPTH: usize = 100;
/// Objects that are read at once.
const PAGE: usize = 1000;

/// A department.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// The one above.
    pub parent: Option<String>,
    /// Whether it was removed.
    pub gone: bool,
}

/// All departments of a moment, by id.
#[derive(Debug, Default)]
pub struct Tree(HashMap<String, Node>);

impl Tree {
    /// Reads it.
    pub async fn read(directory: &dyn DirectoryStore) -> Result<Self, AppError> {
        let mut nodes = HashMap::new();
        let mut after: Option<String> = None;
        loop {
            let page = directory.page(Kind::Department, after.as_deref(), PAGE).await;
            let page = page.map_err(|error| super::failed(&error))?;
            for stored in &page {
                nodes.insert(stored.key.to_string(), node(&stored.record));
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.key.to_string()),
                _ => return Ok(Self(nodes)),
            }
        }
    }

    /// A department.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Node> {
        self.0.get(id)
    }

    /// How it is with a department changed.
    pub fn set(&mut self, id: &str, record: &Record) {
        self.0.insert(id.into(), node(record));
    }

    /// The departments right below one, or the roots; those that were removed are left out.
    pub fn below<'t>(&'t self, parent: Option<&'t str>) -> impl Iterator<Item = (&'t str, &'t Node)> {
        let mine = move |(_, node): &(&'t str, &'t Node)| node.parent.as_deref() == parent && !node.gone;
        self.0.iter().map(|(id, node)| (id.as_str(), node)).filter(mine)
    }

    /// Whether one is the other, or somewhere below it.
    #[must_use]
    pub fn is_within(&self, id: &str, other: &str) -> bool {
        let mut at = Some(id);
        for _ in 0..MAX_DEPTH {
            match at {
                Some(id) if id == other => return true,
                Some(id) => at = self.0.get(id).and_then(|node| node.parent.as_deref()),
                None => return false,
            }
        }
        true
    }

    /// The path of a department, `/a/b`.
    #[must_use]
    pub fn path(&self, id: &str) -> String {
        let mut names = Vec::new();
        let mut at = Some(id);
        while let Some(node) = at.and_then(|id| self.0.get(id)).filter(|_| names.len() < MAX_DEPTH) {
            names.push(node.name.replace('\\', "\\\\").replace('/', "\\/"));
            at = node.parent.as_deref();
        }
        names.reverse();
        format!("/{}", names.join("/"))
    }

    /// The departments that are there, as paths name them.
    #[must_use]
    pub fn by_name(&self) -> DepartmentTree {
        let mut tree = DepartmentTree::default();
        for (id, node) in self.0.iter().filter(|(_, node)| !node.gone) {
            tree.add(node.parent.as_deref(), &node.name, id);
        }
        tree
    }

    /// The department that is meant by an id or a path. `field` is where it was named.
    ///
    /// # Errors
    /// There is none, or it was removed.
    pub fn named(&self, named: &str, field: &str) -> Result<String, AppError> {
        let unknown = || AppError::invalid("department_unknown").arg("key", named).field(field.to_string());
        if !named.starts_with('/') {
            let found = self.0.get(named).filter(|node| !node.gone);
            return found.map(|_| named.to_string()).ok_or_else(unknown);
        }
        let path = format!("/{}", named.trim_matches('/'));
        let mut found: Vec<&String> =
            self.0.iter().filter(|(id, node)| !node.gone && self.path(id) == path).map(|(id, _)| id).collect();
        match (found.pop(), found.is_empty()) {
            (Some(id), true) => Ok(id.clone()),
            _ => Err(unknown()),
        }
    }
}

fn node(record: &Record) -> Node {
    let schema = super::schema(Kind::Department);
    Node {
        name: record.text(fields::NAME).unwrap_or_default().into(),
        parent: record.text(fields::PARENT).map(Into::into),
        gone: schema.is_gone(record),
    }
}

impl Desk<'_> {
    /// Departments right below one, in their order, each with how much is in it.
    ///
    /// # Errors
    /// There is no such department; the store.
    pub async fn directory_tree(&self, look: &TreeLook) -> Result<Page<TreeNode>, AppError> {
        let directory = self.connections.directory();
        let parent = look.parent.as_deref().filter(|parent| !parent.is_empty());
        let tree = Tree::read(&*directory).await?;
        if let Some(parent) = parent
            && tree.get(parent).is_none()
        {
            return Err(super::missing(parent));
        }
        let mine = tree.0.iter().filter(|(_, node)| node.parent.as_deref() == parent && (look.removed || !node.gone));
        let ids: Vec<&str> = mine.map(|(id, _)| id.as_str()).collect();
        let stored = directory.get(Kind::Department, &ids).await.map_err(|error| super::failed(&error))?;
        let schema = super::schema(Kind::Department);
        let order = schema.field("order");
        let mut nodes: Vec<TreeNode> = stored
            .iter()
            .map(|stored| TreeNode {
                id: stored.key.to_string(),
                name: stored.record.text(fields::NAME).unwrap_or_default().into(),
                order: order.and_then(|id| stored.record.value(id)?.as_int()),
                status: if schema.is_gone(&stored.record) { "removed" } else { "active" }.into(),
                departments: 0,
                people: 0,
            })
            .collect();
        nodes.sort_by(|one, other| {
            let place = |node: &TreeNode| (node.order.unwrap_or(i64::MAX), node.name.clone(), node.id.clone());
            place(one).cmp(&place(other))
        });
        let mut page = paging::cut(nodes, look.limit, look.cursor.as_deref())?;
        let shown: BTreeSet<String> = page.items.iter().map(|node| node.id.clone()).collect();
        for node in &mut page.items {
            node.people = self.members(&node.id).await?;
            node.departments = 0;
        }
        for child in tree.0.values().filter(|child| !child.gone) {
            if let Some(parent) = child.parent.as_ref().filter(|parent| shown.contains(*parent))
                && let Some(node) = page.items.iter_mut().find(|node| node.id == *parent)
            {
                node.departments += 1;
            }
        }
        Ok(page)
    }
}

impl App {
    /// How many people belong to a department itself and have not left.
    pub(super) async fn members(&self, department: &str) -> Result<u64, AppError> {
        let wanted = Wanted { kind: Kind::User, find: None, contacts: false, department: Some(department.to_string()) };
        let schema = super::schema(Kind::User);
        let mut number = 0;
        let mut after = None;
        loop {
            let page = object_index::find(&*self.store, &self.tenant, &wanted, after.as_ref(), PAGE).await?;
            number += page.iter().filter(|(_, stored)| !schema.is_gone(&stored.record)).count() as u64;
            match page.last() {
                Some((place, _)) if page.len() == PAGE => after = Some(place.clone()),
                _ => return Ok(number),
            }
        }
    }
}
