//! Where in a sorted list may a key stand?
//!
//! That is asked for every object among hundreds of thousands, whose keys lie all over the memory: a search that looks at the
//! keys themselves waits for the memory at each step. So their beginnings lie side by side as numbers that sort as the keys do,
//! without what all of them begin with, and of the keys themselves hardly more than one is looked at.

use std::{cmp::Ordering, ops::Range};

/// So many bytes of each key are kept, behind what all of them begin with.
const BYTES: usize = 16;
/// Hardly ever do more keys begin alike for so long: up to so many are counted one by one.
const FEW: usize = 4;

/// The beginnings of the keys of a sorted list.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// Whether keys are compared without ASCII case.
    caseless: bool,
    /// What all keys begin with.
    common: Box<[u8]>,
    /// By place.
    numbers: Vec<u128>,
}

impl Heads {
    /// Nothing but what these keys begin with, in whatever order they come.
    pub fn shape<'k>(keys: impl Iterator<Item = &'k str>, caseless: bool) -> Self {
        Self { caseless, common: common(keys, caseless), numbers: Vec::new() }
    }

    /// The beginnings of keys that come in their order.
    pub fn of<'k>(keys: impl Iterator<Item = &'k str> + Clone, caseless: bool) -> Self {
        let mut heads = Self::shape(keys.clone(), caseless);
        heads.numbers = keys.map(|key| heads.number(key)).collect();
        heads
    }

    /// Sorts items by their keys. `compare` is the order of the keys; of equal ones it may tell which comes first.
    pub fn sort<T>(
        items: &mut [T],
        caseless: bool,
        key: impl Fn(&T) -> &str,
        compare: impl Fn(&T, &T) -> Ordering,
    ) -> Self {
        let mut heads = Self::shape(items.iter().map(&key), caseless);
        items.sort_by_cached_key(|item| heads.number(key(item)));
        heads.numbers = items.iter().map(|item| heads.number(key(item))).collect();
        let mut rest = items;
        for alike in heads.numbers.chunk_by(|one, other| one == other) {
            let (these, after) = rest.split_at_mut(alike.len());
            these.sort_unstable_by(&compare);
            rest = after;
        }
        heads
    }

    /// The beginning of one of the keys as a number.
    pub fn number(&self, key: &str) -> u128 {
        self.head(key).unwrap_or(0)
    }

    /// The same of any key; `None` where it does not begin as all of them do.
    fn head(&self, key: &str) -> Option<u128> {
        let (first, rest) = key.as_bytes().split_at_checked(self.common.len())?;
        let same = if self.caseless { first.eq_ignore_ascii_case(&self.common) } else { *first == *self.common };
        if !same {
            return None;
        }
        let mut head = [0; BYTES];
        for (to, from) in head.iter_mut().zip(rest) {
            *to = if self.caseless { from.to_ascii_lowercase() } else { *from };
        }
        Some(u128::from_be_bytes(head))
    }

    /// The places of the keys that begin as this one does: if it is there, it is one of them.
    pub fn places(&self, key: &str) -> Range<usize> {
        let Some(head) = self.head(key) else { return 0..0 };
        let first = self.numbers.partition_point(|number| *number < head);
        let rest = &self.numbers[first..];
        let few = rest.iter().take(FEW).take_while(|number| **number == head).count();
        let count = if few < FEW { few } else { rest.partition_point(|number| *number == head) };
        first..first + count
    }
}

/// What all of these keys begin with.
fn common<'k>(mut keys: impl Iterator<Item = &'k str>, caseless: bool) -> Box<[u8]> {
    let first = keys.next().unwrap_or_default().as_bytes();
    let same = |one: u8, other: u8| if caseless { one.eq_ignore_ascii_case(&other) } else { one == other };
    let length = keys.fold(first.len(), |length, key| {
        let pairs = first[..length].iter().zip(key.as_bytes());
        pairs.take_while(|(one, other)| same(**one, **other)).count()
    });
    Box::from(&first[..length])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reconcile::links::compare_keys;

    fn order(caseless: bool) -> impl Fn(&String, &String) -> Ordering {
        move |one, other| if caseless { compare_keys(one, other) } else { one.cmp(other) }
    }

    proptest! {
        #[test]
        fn a_key_stands_where_its_beginning_says(
            start in "[aB部]{0,4}",
            ends in proptest::collection::vec("[abA\u{0}1]{0,3}(0123456789abcdef)?[aB]{0,2}", 0..40),
            other in "[aB部]{0,4}[abA1]{0,3}",
            caseless in any::<bool>(),
        ) {
            let compare = order(caseless);
            let mut keys: Vec<String> = ends.iter().map(|end| format!("{start}{end}")).collect();
            let asked: Vec<String> = keys.iter().cloned().chain([other, start, String::new()]).collect();
            let mut sorted = keys.clone();
            sorted.sort_by(&compare);
            let heads = Heads::sort(&mut keys, caseless, |key| key.as_str(), &compare);
            prop_assert!(keys.is_sorted_by(|one, next| compare(one, next).is_le()));
            let same = keys.iter().zip(&sorted).all(|(one, other)| compare(one, other).is_eq());
            prop_assert!(same, "{keys:?} {sorted:?}");
            let again = Heads::of(keys.iter().map(String::as_str), caseless);
            for key in &asked {
                let places = heads.places(key);
                prop_assert_eq!(again.places(key), places.clone());
                for (place, there) in keys.iter().enumerate().filter(|(_, there)| compare(there, key).is_eq()) {
                    prop_assert!(places.contains(&place), "{key:?} is {there:?} at {place}, not in {places:?}");
                }
            }
        }
    }

    #[test]
    fn of_many_keys_that_begin_alike_all_are_looked_at() {
        let start = "x".repeat(40);
        let mut keys: Vec<String> = (0..100).map(|number| format!("{start}{number:040}")).collect();
        keys.insert(0, "a".into());
        let heads = Heads::of(keys.iter().map(String::as_str), false);
        assert_eq!((heads.places("a"), heads.places(&keys[7]), heads.places("b")), (0..1, 1..101, 1..1));
        let none = Heads::of(std::iter::empty(), true);
        assert_eq!(none.places("a"), 0..0);
    }
}
