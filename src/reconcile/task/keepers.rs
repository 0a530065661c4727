//! Who keeps which value that may occur once?
//!
//! Nearly everybody keeps one or two, and of hardly any of them somebody wants to know: they are noted one behind the other, which
//! takes half the room of a table, and put in order before the first question.

use super::aside::Keeper;

/// Who keeps a value, by the hash of field and value. Of several who keep one it is who was noted last.
#[derive(Debug, Clone, Default)]
pub(in crate::reconcile) struct Keepers {
    /// The first of them in the order of their hashes, each once; the others as they were noted.
    noted: Vec<(u64, Keeper)>,
    in_order: usize,
}

impl Keepers {
    /// Notes who keeps a value.
    pub fn insert(&mut self, hash: u64, keeper: Keeper) {
        self.noted.push((hash, keeper));
    }

    /// Notes what others have noted.
    pub fn extend(&mut self, others: &Self) {
        self.noted.extend_from_slice(&others.noted);
    }

    /// Puts all that was noted in order, so that a question is answered at once.
    pub fn sort(&mut self) {
        if self.in_order == self.noted.len() {
            return;
        }
        // Of equal ones the last stays the last.
        self.noted.sort_by_key(|(hash, _)| *hash);
        self.noted.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        self.in_order = self.noted.len();
    }

    /// Who keeps this value.
    pub fn get(&self, hash: u64) -> Option<&Keeper> {
        let (in_order, since) = self.noted.split_at(self.in_order);
        let found = since.iter().rev().find(|(other, _)| *other == hash);
        let before = || in_order.get(in_order.binary_search_by_key(&hash, |(other, _)| *other).ok()?);
        found.or_else(before).map(|(_, keeper)| keeper)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_last_who_was_noted_keeps_it(
            notes in proptest::collection::vec((0u64..20, 0usize..1000, prop::bool::weighted(0.2)), 0..60),
        ) {
            let (mut keepers, mut table) = (Keepers::default(), HashMap::new());
            for (hash, place, sort) in notes {
                keepers.insert(hash, Keeper::of(place));
                table.insert(hash, Keeper::of(place));
                if sort {
                    keepers.sort();
                }
                for hash in 0..20 {
                    prop_assert_eq!(keepers.get(hash), table.get(&hash));
                }
            }
            let mut others = Keepers::default();
            others.insert(3, Keeper::Target("a".into()));
            keepers.extend(&others);
            keepers.sort();
            prop_assert_eq!(keepers.get(3), Some(&Keeper::Target("a".into())));
        }
    }
}
