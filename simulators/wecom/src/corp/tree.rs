//! The department tree with its indexes; it keeps them true and knows no API rules.
//!
//! Every look-up is one step: a department by id, a child by name, the members of a department. The
//! callers check the platform's rules first; a broken precondition here only makes a call do nothing.

use std::collections::{BTreeSet, HashMap};

use super::members::Key;

/// The id of the root department.
pub(crate) const ROOT: u32 = 1;
/// The order of the first child of a department.
pub(crate) const FIRST_ORDER: u32 = 100_000_000;
/// How much less each next sibling gets.
const ORDER_STEP: u32 = 1000;

/// One department.
#[derive(Debug)]
pub(crate) struct Department {
    pub id: u32,
    pub name: String,
    pub name_en: String,
    /// 0 for the root.
    pub parent: u32,
    pub order: u32,
    pub children: BTreeSet<u32>,
    children_by_name: HashMap<Box<str>, u32>,
    /// The direct members.
    pub members: BTreeSet<Key>,
    /// The direct members who head the department.
    pub leaders: BTreeSet<Key>,
}

/// All departments of a corp.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: HashMap<u32, Department>,
    highest: u32,
}

impl Tree {
    /// A tree of just the root.
    pub fn new(root_name: &str) -> Self {
        let mut tree = Self { nodes: HashMap::new(), highest: ROOT };
        tree.nodes.insert(ROOT, Department::new(ROOT, 0, root_name, "", FIRST_ORDER));
        tree
    }

    pub fn get(&self, id: u32) -> Option<&Department> {
        self.nodes.get(&id)
    }

    pub fn get_mut(&mut self, id: u32) -> Option<&mut Department> {
        self.nodes.get_mut(&id)
    }

    pub fn contains(&self, id: u32) -> bool {
        self.nodes.contains_key(&id)
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn highest_id(&self) -> u32 {
        self.highest
    }

    /// Remembers that ids up to this one were used.
    pub fn raise_highest(&mut self, id: u32) {
        self.highest = self.highest.max(id);
    }

    pub fn child_named(&self, parent: u32, name: &str) -> Option<u32> {
        self.nodes.get(&parent)?.children_by_name.get(name).copied()
    }

    /// The order the next child gets when the caller names none.
    pub fn next_order(&self, parent: u32) -> u32 {
        let siblings = self.nodes.get(&parent).map_or(0, |node| node.children.len());
        let less = u32::try_from(siblings).unwrap_or(u32::MAX).saturating_mul(ORDER_STEP);
        FIRST_ORDER.saturating_sub(less)
    }

    /// How many levels below the root a department lies.
    pub fn depth(&self, id: u32) -> usize {
        self.lineage(id).count().saturating_sub(1)
    }

    /// The department itself, its parent, and so on to the root.
    pub fn lineage(&self, id: u32) -> impl Iterator<Item = &Department> {
        std::iter::successors(self.nodes.get(&id), |node| self.nodes.get(&node.parent))
    }

    /// Whether a department is the other one or lies below it.
    pub fn is_within(&self, id: u32, ancestor: u32) -> bool {
        self.lineage(id).any(|node| node.id == ancestor)
    }

    /// How many levels the part below a department has.
    pub fn height(&self, id: u32) -> usize {
        let mut level = vec![id];
        let mut height = 0;
        loop {
            level = level.iter().filter_map(|id| self.nodes.get(id)).flat_map(|node| &node.children).copied().collect();
            if level.is_empty() {
                return height;
            }
            height += 1;
        }
    }

    /// The department and everything below it, by ascending id.
    pub fn subtree(&self, id: u32) -> Vec<u32> {
        let mut found = vec![id];
        let mut next = 0;
        while let Some(node) = found.get(next).and_then(|id| self.nodes.get(id)) {
            found.extend(&node.children);
            next += 1;
        }
        found.sort_unstable();
        found
    }

    /// Adds a department whose id, parent and name were checked.
    pub fn insert(&mut self, id: u32, parent: u32, name: &str, name_en: &str, order: u32) {
        if let Some(node) = self.nodes.get_mut(&parent) {
            node.children.insert(id);
            node.children_by_name.insert(name.into(), id);
            self.nodes.insert(id, Department::new(id, parent, name, name_en, order));
            self.raise_highest(id);
        }
    }

    /// Gives a department another name, another parent, or both.
    pub fn place(&mut self, id: u32, parent: u32, name: &str) {
        let Some(node) = self.nodes.get_mut(&id) else { return };
        let old_parent = std::mem::replace(&mut node.parent, parent);
        let old_name = std::mem::replace(&mut node.name, name.to_owned());
        if let Some(old) = self.nodes.get_mut(&old_parent) {
            old.children.remove(&id);
            old.children_by_name.remove(old_name.as_str());
        }
        if let Some(new) = self.nodes.get_mut(&parent) {
            new.children.insert(id);
            new.children_by_name.insert(name.into(), id);
        }
    }

    /// Removes a department that has neither children nor members.
    pub fn remove(&mut self, id: u32) {
        if let Some(node) = self.nodes.remove(&id)
            && let Some(parent) = self.nodes.get_mut(&node.parent)
        {
            parent.children.remove(&id);
            parent.children_by_name.remove(node.name.as_str());
        }
    }
}

impl Department {
    fn new(id: u32, parent: u32, name: &str, name_en: &str, order: u32) -> Self {
        Self {
            id,
            name: name.to_owned(),
            name_en: name_en.to_owned(),
            parent,
            order,
            children: BTreeSet::new(),
            children_by_name: HashMap::new(),
            members: BTreeSet::new(),
            leaders: BTreeSet::new(),
        }
    }

    /// Members and child departments directly under it.
    pub fn node_count(&self) -> usize {
        self.children.len() + self.members.len()
    }
}
