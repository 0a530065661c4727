//! What people decided about pairs, as a plan sees it: by the source's key. A decision stands after a link and before the
//! match rules. See [`crate::store::decisions`] for how they are kept.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::links::{compare_keys, folded};
use crate::store::decisions::Choice;

pub use crate::store::links::RENAMED;

/// The rule of a link that a person decided on.
pub const DECISION: &str = "decision";
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
    /// Objects of the source that a review did not let in: they are left alone, linked or not.
    kept_out: HashSet<Box<str>>,
    /// Whether case says nothing about the keys of the source, and of the target: people write them as they like.
    caseless: [bool; 2],
}

impl Decisions {
    /// None yet, about objects whose keys are compared without case: in the source, and in the target.
    #[must_use]
    pub fn without_case(source: bool, target: bool) -> Self {
        Self { caseless: [source, target], ..Self::default() }
    }

    fn source<'k>(&self, key: &'k str) -> Cow<'k, str> {
        folded(self.caseless[0], key)
    }

    fn target<'k>(&self, key: &'k str) -> Cow<'k, str> {
        folded(self.caseless[1], key)
    }

    /// Takes a decision about the object with this key, which is one of the source or one of the target.
    pub fn add(&mut self, of_source: bool, key: &str, choice: &Choice) {
        let own: Box<str> = if of_source { self.source(key) } else { self.target(key) }.into();
        match (choice, of_source) {
            (Choice::Link(other), true) => drop(self.said.insert(own, Said::Link(other.clone()))),
            (Choice::Link(other), false) => drop(self.said.insert(self.source(other).into(), Said::Link(key.into()))),
            (Choice::Never(other), true) => drop(self.never.insert((own, self.target(other).into()))),
            (Choice::Never(other), false) => drop(self.never.insert((self.source(other).into(), own))),
            (Choice::Create, true) => drop(self.said.insert(own, Said::Create)),
            (Choice::Ignore, true) => drop(self.said.insert(own, Said::Ignore)),
            // What is to be made of an object of the target is the business of whoever reads there.
            (Choice::Create, false) => {}
            (Choice::Ignore, false) => drop(self.alone.insert(own)),
        }
    }

    /// A review did not let this object of the source in.
    pub fn keep_out(&mut self, key: &str) {
        let key: Box<str> = self.source(key).into();
        self.kept_out.insert(key);
    }

    /// Whether a review did not let this object of the source in.
    pub(super) fn keeps_out(&self, source: &str) -> bool {
        !self.kept_out.is_empty() && self.kept_out.contains(&*self.source(source))
    }

    /// Two objects of the source are not the same: that was decided where they come from.
    pub fn keep_apart(&mut self, new: &str, old: &str) {
        self.apart.insert((self.source(new).into(), self.source(old).into()));
    }

    /// Whether the new object of the source may be what the old one was.
    pub(super) fn may_follow(&self, new: &str, old: &str) -> bool {
        !self.apart.contains(&(self.source(new).into(), self.source(old).into()))
    }

    /// The source has this object.
    pub(super) fn saw(&mut self, source: &str) {
        let source = self.source(source);
        if self.said.contains_key(&*source) {
            self.seen.insert(source.into());
        }
    }

    /// The objects of the source that were decided about and are there.
    pub(super) fn seen(&self) -> impl Iterator<Item = &Box<str>> {
        self.seen.iter()
    }

    /// Whether this object was decided about and the source does not have it.
    #[must_use]
    pub fn is_unseen(&self, source: &str) -> bool {
        let source = self.source(source);
        self.said.contains_key(&*source) && !self.seen.contains(&*source)
    }

    pub(super) fn of(&self, source: &str) -> Option<&Said> {
        self.said.get(&*self.source(source))
    }

    /// Whether somebody said that the two are not the same.
    pub(super) fn are_two(&self, source: &str, target: &str) -> bool {
        !self.never.is_empty() && self.never.contains(&(self.source(source).into(), self.target(target).into()))
    }

    /// Whether somebody said that the object is left alone.
    pub(super) fn leaves_alone(&self, source: &str, target: &str) -> bool {
        self.alone.contains(&*self.target(target)) || matches!(self.of(source), Some(Said::Ignore))
    }

    /// Whether somebody said that the two are the same.
    #[must_use]
    pub fn are_one(&self, source: &str, target: &str) -> bool {
        matches!(self.of(source), Some(Said::Link(said)) if compare_keys(said, target).is_eq())
    }

    /// Whether the two may be one.
    #[must_use]
    pub fn allows(&self, source: &str, target: &str) -> bool {
        !self.alone.contains(&*self.target(target)) && !self.are_two(source, target)
    }
}
