//! What changed in a corp, kept until the receivers of events are told: who was what before, and what after.
//!
//! Nothing is kept unless somebody listens, so that a corp without receivers pays nothing for it.

use super::members::{Key, Member};
use super::tree::Department;

/// What is told of a department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub id: u32,
    pub name: String,
    pub parent: u32,
    pub order: u32,
}

impl Node {
    pub fn of(department: &Department) -> Self {
        Self { id: department.id, name: department.name.clone(), parent: department.parent, order: department.order }
    }
}

/// One change of one object.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// A member came, changed or went.
    Member { key: Key, before: Option<Box<Member>>, after: Option<Box<Member>> },
    /// A department came, changed or went.
    Department { before: Option<Node>, after: Option<Node> },
    /// Members and departments joined or left a tag.
    Tag { id: u32, added: Vec<String>, removed: Vec<String>, added_parties: Vec<u32>, removed_parties: Vec<u32> },
}

/// The changes since the receivers were told; nothing is kept while nobody listens.
#[derive(Debug, Default)]
pub(crate) struct Changes(Option<Vec<Change>>);

impl Changes {
    /// Begins to keep changes.
    pub fn listen(&mut self) {
        self.0.get_or_insert_default();
    }

    pub fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// Keeps a change, if anybody listens.
    pub fn keep(&mut self, change: impl FnOnce() -> Change) {
        if let Some(changes) = &mut self.0 {
            changes.push(change());
        }
    }

    /// Ends listening and hands over what was kept.
    pub fn take(&mut self) -> Vec<Change> {
        self.0.take().unwrap_or_default()
    }
}
