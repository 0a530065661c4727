//! Whoever has another key by now, as the source's system told: the link follows. Nobody has left whose new key the list has, and
//! nobody is who had that link by a key alone: the new key may have been given up since, somebody else may be linked to it from
//! before, and the old one may have its next holder already. Then a person decides.

use idflow_sdk::Problem;

use super::{
    Known, LinkEntry, Task,
    changed::Same,
    decisions::{RENAMED, Said},
    links::{compare_keys, folded},
    matching::Match,
    task::OldLink,
};
use crate::model::change::Planned;

impl Task {
    /// Whether the source's system told that an object has this key now.
    pub(super) fn is_renamed(&self, key: &str) -> bool {
        !self.former_keys.is_empty()
            && self.former_keys.contains_key(&*folded(self.mapping.source.has_caseless_keys(), key))
    }

    /// The living link at the key that this object had before, where its counterpart is there and may be the object's.
    pub(super) fn former_link(&self, known: &Known, new: &str) -> Option<usize> {
        if self.former_keys.is_empty() {
            return None;
        }
        let old = self.former_keys.get(&*folded(self.mapping.source.has_caseless_keys(), new))?;
        let links = known.links(self.kind)?;
        let same = || links.entries().iter().position(|entry| !entry.gone && compare_keys(&entry.source, old).is_eq());
        let link = links.of_source(old).or_else(same)?;
        let entry = links.entry(link);
        let may_be = !entry.gone && self.target.has(&entry.target) && self.decisions.allows(new, &entry.target);
        may_be.then_some(link)
    }

    /// The object that had another key before: its link follows. The old key must be gone, or another's by now, as somebody said.
    pub(super) fn by_new_key(&self, known: &Known, place: usize) -> Option<Match> {
        let link = self.former_link(known, &self.aside[place].object.key)?;
        let links = known.links(self.kind)?;
        let entry = links.entry(link);
        let anothers = self.decisions.are_two(&entry.source, &entry.target);
        let seen = links.was_seen(link);
        if !anothers && !seen && !self.is_gone(&entry.source) {
            return None;
        }
        if seen && !anothers || self.may_be_next(place, entry) {
            let problem = self.told_of_new_key(known, place, link);
            return Some(Match::Refused(Planned::Ambiguous(problem.into())));
        }
        Some(Match::To { key: entry.target.clone(), rule: RENAMED.into(), instead_of: Some(link) })
    }

    /// Whether the new key may have gone to the next one since: it was given up, or whoever was told to have it has left. So may the
    /// old one, before its holder was renamed. The same name says that it has not.
    fn may_be_next(&self, place: usize, entry: &LinkEntry) -> bool {
        let aside = &self.aside[place];
        // Of whom the link there is not, somebody has said already.
        let said = matches!(aside.old_link.as_deref(), Some(OldLink::Apart(_)));
        let freed = !said && self.is_given_up(0, &aside.object.key) || self.is_given_up(0, &entry.source);
        // Whoever had the old key was said to be another one, and it is not there any more: then that one may be renamed.
        let another = self.decisions.are_two(&entry.source, &entry.target) && self.is_gone(&entry.source);
        let leaves = || self.leavers.iter().any(|(_, target)| *target == entry.target);
        if !freed && !another && self.was_there(entry) && !leaves() {
            return false;
        }
        let there = self.target.get(&entry.target).map(|seen| seen.record).unwrap_or_default();
        !self.is_of_one_name(&aside.object.cells.record(), &there)
    }

    /// Whether somebody else has this key by now, whose link is at the one that he had before.
    pub(super) fn has_new_holder(&self, known: &Known, key: &str) -> bool {
        self.former_link(known, key).is_some_and(|link| self.is_left_behind(known, link))
    }

    /// Whoever has another key by now and was not followed there has not left, whatever became of that row.
    pub(super) fn keep_the_renamed(&mut self, known: &Known) {
        for place in 0..self.aside.len() {
            let key = &self.aside[place].object.key;
            let Some(link) = self.former_link(known, key) else { continue };
            let Some(target) = known.links(self.kind).map(|links| &links.entry(link).target) else { continue };
            let other = match self.decisions.of(key) {
                Some(Said::Link(said)) => compare_keys(said, target).is_ne(),
                Some(Said::Create) => true,
                Some(Said::Ignore) | None => false,
            };
            if !other && !self.given.contains(&link) && self.is_left_behind(known, link) {
                let problem = self.told_of_new_key(known, place, link);
                self.suspects.entry(link).or_insert(problem);
            }
        }
    }

    /// Whether the list has not the key of this link, and its counterpart has something to lose.
    fn is_left_behind(&self, known: &Known, link: usize) -> bool {
        known.links(self.kind).is_some_and(|links| {
            let entry = links.entry(link);
            !links.was_seen(link) && self.is_gone(&entry.source) && self.was_there(entry)
        })
    }

    /// What is said of the new key and of the old one: it is the same account, under another name.
    fn told_of_new_key(&self, known: &Known, place: usize, link: usize) -> Problem {
        self.key_changed(known, place, &[(link, Same { account: true, ..Same::default() })])
    }
}
