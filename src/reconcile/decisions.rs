//! What people decided about pairs, as a plan sees it: by the source's key. A decision stands after a link and before the
//! match rules. See [`crate::store::decisions`] for how they are kept.

use std::collections::{HashMap, HashSet};

use crate::store::decisions::Choice;

/// The rule of a link that a person decided on.
pub const DECISION: &str = "decision";
/// The rule of a link that follows a new key, as the source's system told.
pub const RENAMED: &str = "renamed";
/// The argument of a problem that lists what an object could be, as JSON; no text shows it.
pub const CANDIDATES: &str = "candidate_list";

/// The code of what would be made beside objects of its name.
pub const BESIDE: &str = "made_beside";

/// What was said about an object of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// It is this object of the target.
    Link(Box<str>),
    /// It is none that is there.
    Create,
    /// It is left alone.
    Ignore,
}

/// All decisions between two connections about one kind.
#[derive(Debug, Default)]
pub struct Decisions {
    said: HashMap<Box<str>, Said>,
    never: HashSet<(Box<str>, Box<str>)>,
    /// The objects of the source that were decided about and are there.
    seen: HashSet<Box<str>>,
    /// Objects of the source that are not the same, the new one first.
    apart: HashSet<(Box<str>, Box<str>)>,
    /// Objects of the target that are left alone.
    alone: HashSet<Box<str>>,
}

impl Decisions {
    /// Takes a decision about the object with this key, which is one of the source or one of the target.
    pub fn add(&mut self, of_source: bool, key: &str, choice: &Choice) {
        let key: Box<str> = key.into();
        match (choice, of_source) {
            (Choice::Link(other), true) => drop(self.said.insert(key, Said::Link(other.clone()))),
            (Choice::Link(other), false) => drop(self.said.insert(other.clone(), Said::Link(key))),
            (Choice::Never(other), true) => drop(self.never.insert((key, other.clone()))),
            (Choice::Never(other), false) => drop(self.never.insert((other.clone(), key))),
            (Choice::Create, true) => drop(self.said.insert(key, Said::Create)),
            (Choice::Ignore, true) => drop(self.said.insert(key, Said::Ignore)),
            // What is to be made of an object of the target is the business of whoever reads there.
            (Choice::Create, false) => {}
            (Choice::Ignore, false) => drop(self.alone.insert(key)),
        }
    }

    /// Two objects of the source are not the same: that was decided where they come from.
    pub fn keep_apart(&mut self, new: &str, old: &str) {
        self.apart.insert((new.into(), old.into()));
    }

    /// Whether the new object of the source may be what the old one was.
    pub(super) fn may_follow(&self, new: &str, old: &str) -> bool {
        !self.apart.contains(&(new.into(), old.into()))
    }

    /// The source has this object.
    pub(super) fn saw(&mut self, source: &str) {
        if self.said.contains_key(source) {
            self.seen.insert(source.into());
        }
    }

    /// The objects that were decided about and that the source does not have.
    pub fn unseen(&self) -> impl Iterator<Item = &str> {
        self.said.keys().filter(|key| !self.seen.contains(*key)).map(|key| &**key)
    }

    pub(super) fn of(&self, source: &str) -> Option<&Said> {
        self.said.get(source)
    }

    /// Whether somebody said that the two are not the same.
    pub(super) fn are_two(&self, source: &str, target: &str) -> bool {
        !self.never.is_empty() && self.never.contains(&(source.into(), target.into()))
    }

    /// Whether somebody said that the object is left alone.
    pub(super) fn leaves_alone(&self, source: &str, target: &str) -> bool {
        self.alone.contains(target) || matches!(self.said.get(source), Some(Said::Ignore))
    }

    /// Whether the two may be one.
    #[must_use]
    pub fn allows(&self, source: &str, target: &str) -> bool {
        !self.alone.contains(target) && !self.never.contains(&(source.into(), target.into()))
    }
}
