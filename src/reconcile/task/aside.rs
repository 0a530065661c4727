//! What is known of an object of the source that was put aside until its list ends?

use idflow_sdk::{FieldId, Problem};

use crate::model::cells::Cells;

/// What is known of an object that was put aside.
#[derive(Debug)]
pub(in crate::reconcile) enum AsideState {
    /// Not looked at yet.
    Open,
    /// The wanted record is known.
    Wanted {
        /// Fields for creation and updates.
        record: Cells,
        /// Fields for creation only.
        create_only: Cells,
        /// Fingerprint of `record` as the mapping gave it.
        fingerprint: u64,
        /// Unique fields that the source leaves empty and the mapping leaves alone.
        alone: Box<[FieldId]>,
    },
    /// It is a department that a path names and somebody else sees to: it is used as it is, without a row.
    Used,
    /// It stays as it is, with this reason.
    Refused(crate::model::change::Planned),
}

/// Who keeps a unique value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::reconcile) enum Keeper {
    /// The object whose link stands at this place.
    Link(usize),
    /// The object of the target with this key.
    Target(Box<str>),
}

impl Keeper {
    pub(in crate::reconcile) const fn of(index: usize) -> Self {
        Self::Link(index)
    }
}

/// How an object without a link was recognised.
#[derive(Debug, Clone)]
pub(in crate::reconcile) enum Found {
    /// It has a live link; the place of it.
    Linked(usize),
    /// It is this object of the target, by this rule.
    Matched {
        /// The target's key.
        key: Box<str>,
        /// The rule.
        rule: Box<str>,
        /// The link that is given up for it, by place.
        instead_of: Option<usize>,
    },
    /// It has to be made, with this key.
    New(Box<str>),
    /// Not decided.
    Nothing,
}

/// An object of the source, as small as it can be: hundreds of thousands may be put aside.
#[derive(Debug, Default)]
pub(in crate::reconcile) struct Object {
    pub key: Box<str>,
    pub cells: Cells,
    pub at: Option<Box<str>>,
    pub warnings: Vec<Problem>,
}

/// An object that was put aside.
#[derive(Debug)]
pub(in crate::reconcile) struct Aside {
    pub object: Object,
    pub found: Found,
    pub state: AsideState,
    /// The link that it had, where that says nothing any more. Hardly any has one.
    pub old_link: Option<Box<OldLink>>,
}

/// What becomes of whoever had a key of the source before, now that it is another's, as somebody said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reconcile) enum Former {
    /// The whole list has nobody else whose record this is: he has left.
    Leaves,
    /// The list was not read to its end: who has left is seen by a later run.
    Unread,
    /// This workflow does not see to him, or reads a part only: he keeps his access, and is told of.
    Stays,
    /// There is nobody to see to, or his account is the other one's by now, who is left alone.
    Nobody,
}

/// The target key of a link that says nothing any more.
#[derive(Debug)]
pub(in crate::reconcile) enum OldLink {
    /// The target no longer has such an object.
    Lost(Box<str>),
    /// A person, or a path, said that it is not the same object.
    Apart(Box<str>),
}

impl OldLink {
    /// Of a link that is lost, or another's: no link is both.
    pub fn of(lost: Option<Box<str>>, apart: Option<Box<str>>) -> Option<Box<Self>> {
        apart.map(Self::Apart).or(lost.map(Self::Lost)).map(Box::new)
    }
}

impl Aside {
    /// The target key of its link, when the target no longer has such an object.
    pub fn lost(&self) -> Option<&str> {
        match self.old_link.as_deref()? {
            OldLink::Lost(key) => Some(key),
            OldLink::Apart(_) => None,
        }
    }

    /// The target key of its link, when somebody said that it is not the same object.
    pub fn apart(&self) -> Option<&str> {
        match self.old_link.as_deref()? {
            OldLink::Apart(key) => Some(key),
            OldLink::Lost(_) => None,
        }
    }

    /// Forgets that the target no longer has the object of its link, if this is true of its key there, which is the answer.
    pub fn take_lost(&mut self, is: impl Fn(&str) -> bool) -> Option<Box<str>> {
        let key: Box<str> = self.lost().filter(|key| is(key))?.into();
        self.old_link = None;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundreds_of_thousands_of_objects_are_put_aside_in_little_room() {
        let size = size_of::<Aside>();
        assert!(size <= 192, "{size}");
    }
}
