//! What a workflow does with the links of another one that does not see to leavers any more.

use super::{
    super::{
        Known,
        called::called,
        links::{LinkEntry, Owner},
    },
    Task,
};

/// So many objects of such links, or this share of all links, may be missing in the list: they have left, most likely, and are asked
/// about one by one. More say that this workflow looks at less than the other one did; nobody is removed for that.
const FEW: usize = 20;
const SHARE: usize = 5;

impl Task {
    /// Whether some step removes what is gone from the source.
    #[must_use]
    pub fn removes_what_is_gone(&self) -> bool {
        self.complete && !self.steps.removals.is_empty()
    }

    /// Decides whether what is gone of links that others left is this workflow's business.
    pub fn look_at_heritage(&mut self, known: &Known) {
        let Some(links) = known.links(self.kind) else { return };
        let entries = links.entries().iter().enumerate();
        let missing = entries.filter(|(index, entry)| {
            matches!(entry.owner, Owner::Free(_))
                && !entry.gone
                && !links.was_seen(*index)
                && (self.gone.is_empty() || self.is_gone(&entry.source))
        });
        let all = usize::try_from(links.live()).unwrap_or(usize::MAX);
        self.inherits = missing.count() <= FEW.max(all / SHARE);
    }

    /// Whether this workflow sees to what is gone of this link.
    pub(in crate::reconcile) fn is_mine(&self, entry: &LinkEntry) -> bool {
        match entry.owner {
            Owner::Own => true,
            Owner::Free(_) => self.inherits,
            Owner::Other(_) | Owner::Opposite => false,
        }
    }

    /// Whether the link at this place, of an object that is in the source, is taken over.
    pub(in crate::reconcile) fn takes_over(&self, known: &Known, index: usize) -> bool {
        let free = || known.links(self.kind).is_some_and(|links| matches!(links.entry(index).owner, Owner::Free(_)));
        !self.steps.removals.is_empty() && free()
    }

    /// Whether the target still has the object of this link, with access.
    #[must_use]
    pub fn was_there(&self, entry: &LinkEntry) -> bool {
        entry.removed_at().is_none() && self.target.get(&entry.target).is_some_and(|seen| !self.target.is_gone(&seen))
    }

    /// What people call the object of a link that is gone from the source.
    #[must_use]
    pub fn name_of_gone(&self, known: &Known, entry: &LinkEntry) -> String {
        match self.target.get(&entry.target) {
            Some(_) => self.called_there(known, &entry.target),
            None => called(&self.mapping.source, &idflow_sdk::Record::new(), &entry.source),
        }
    }
}
