//! The links of one pair of connections and one kind, as small as they can be: keys and fingerprints. What was written
//! is read later, for changed objects only.

use std::{borrow::Cow, cmp::Ordering};

use super::{heads::Heads, steps};

/// The keys of the two ends of a link: source, then target.
pub type Ends = (Box<str>, Box<str>);

/// The rule of a row by which a link of another workflow becomes this one's.
pub const TAKEN_OVER: &str = "taken_over";

/// The rule of a row of somebody who waited and whom somebody has let in.
pub const LET_IN: &str = "let_in";

/// The fingerprint of a link whose object is gone from the list and stays, because another list has it: nothing that a mapping
/// wants has it, and where that other list drops the object as well, this one does not keep it.
pub const LET_GO: u64 = u64::MAX;

/// To which workflow a link belongs: only that one removes its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The one that plans.
    Own,
    /// One that does not see to leavers any more, by its place in the table: whoever does and finds the object takes it over.
    Free(u16),
    /// Another one, which sees to leavers itself.
    Other(u16),
    /// One that works in the other direction: what is gone there is its business.
    Opposite,
}

/// How the workflow of a link stands to leavers of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// It does not see to them any more.
    Free,
    /// It does.
    Sees,
    /// It writes the other end.
    Opposite,
}

/// One link.
#[derive(Debug, Clone)]
pub struct LinkEntry {
    /// The source's key.
    pub source: Box<str>,
    /// The target's key.
    pub target: Box<str>,
    /// Fingerprint of what the mapping wanted last time.
    pub fingerprint: u64,
    /// Whose it is.
    pub owner: Owner,
    /// The source's end is written as well, by a workflow of the other direction: what was last written here may be old.
    pub both_ways: bool,
    /// The target object was deleted.
    pub gone: bool,
    /// It began to wait for a review, and nobody has let it in since.
    pub waits: bool,
    /// What most links have nothing of.
    pub notes: Option<Box<LinkNotes>>,
}

/// What is known of some links only.
#[derive(Debug, Clone, Default)]
pub struct LinkNotes {
    /// When access was taken away.
    pub removed_at: Option<i64>,
    /// The key that the mapping would have given, where the object was there before under another one.
    pub otherwise: Option<Box<str>>,
    /// What the source called the object, where what was last written does not tell.
    pub called: Option<Box<str>>,
}

impl LinkNotes {
    /// For a link; none where there is nothing to note.
    #[must_use]
    pub fn boxed(self) -> Option<Box<Self>> {
        let any = self.removed_at.is_some() || self.otherwise.is_some() || self.called.is_some();
        any.then(|| Box::new(self))
    }
}

impl LinkEntry {
    /// When access was taken away.
    #[must_use]
    pub fn removed_at(&self) -> Option<i64> {
        self.notes.as_ref()?.removed_at
    }

    /// See [`LinkNotes::otherwise`].
    #[must_use]
    pub fn otherwise(&self) -> Option<&str> {
        self.notes.as_ref()?.otherwise.as_deref()
    }

    /// See [`LinkNotes::called`].
    #[must_use]
    pub fn called(&self) -> Option<&str> {
        self.notes.as_ref()?.called.as_deref()
    }
}

/// All links of a pair and kind.
#[derive(Debug, Default)]
pub struct LinkTable {
    entries: Vec<LinkEntry>,
    /// The keys of the source, to be looked up.
    heads: Heads,
    /// Whether the keys of the source are looked up without case.
    caseless: bool,
    /// Places of live entries, sorted by target key without case.
    by_target: Vec<u32>,
    seen: Vec<bool>,
    /// The workflows that [`Owner`] names by their places.
    workflows: Vec<Box<str>>,
}

/// Compares keys without ASCII case: userids differ in nothing else.
#[must_use]
pub fn compare_keys(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    // Most keys begin alike, and tables of them are searched for every object: what is the same is passed eight at a time.
    while let (Some((one, rest)), Some((other, more))) = (a.split_first_chunk::<8>(), b.split_first_chunk::<8>()) {
        if one != other {
            break;
        }
        (a, b) = (rest, more);
    }
    match a.iter().zip(b).position(|(one, other)| !one.eq_ignore_ascii_case(other)) {
        Some(index) => a[index].to_ascii_lowercase().cmp(&b[index].to_ascii_lowercase()),
        None => a.len().cmp(&b.len()),
    }
}

/// A key as keys are compared: without ASCII case where case says nothing.
#[must_use]
pub fn folded(caseless: bool, key: &str) -> Cow<'_, str> {
    match caseless && key.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(key.to_ascii_lowercase()),
        false => Cow::Borrowed(key),
    }
}

impl LinkTable {
    /// Sorts the entries for look-up.
    #[must_use]
    pub fn new(entries: Vec<LinkEntry>) -> Self {
        Self::sorted(entries, false)
    }

    /// The same where keys of the source that differ in case alone are one, see [`idflow_sdk::Schema::has_caseless_keys`]: a
    /// link keeps the spelling that it was made with.
    #[must_use]
    pub fn without_case(entries: Vec<LinkEntry>) -> Self {
        Self::sorted(entries, true)
    }

    fn sorted(mut entries: Vec<LinkEntry>, caseless: bool) -> Self {
        // Where links are keyed by the target, a source object can have a gone link beside its live one.
        let compare = |a: &str, b: &str| if caseless { compare_keys(a, b) } else { a.cmp(b) };
        entries.shrink_to_fit();
        let by_source = |a: &LinkEntry, b: &LinkEntry| compare(&a.source, &b.source).then(a.gone.cmp(&b.gone));
        let heads = Heads::sort(&mut entries, caseless, |entry| &*entry.source, by_source);
        let by_target = live_by_target(&entries);
        let seen = vec![false; entries.len()];
        Self { entries, heads, caseless, by_target, seen, workflows: Vec::new() }
    }

    /// The workflows that links belong to, by their places, and how each stands to leavers.
    pub fn belong_to(&mut self, workflows: Vec<Box<str>>, stands: &[Stand]) {
        for entry in &mut self.entries {
            let Owner::Other(at) = entry.owner else { continue };
            match stands.get(usize::from(at)) {
                Some(Stand::Free) => entry.owner = Owner::Free(at),
                Some(Stand::Opposite) => entry.owner = Owner::Opposite,
                Some(Stand::Sees) | None => {}
            }
        }
        self.workflows = workflows;
    }

    /// The other workflow that the link at this place belongs to.
    #[must_use]
    pub fn owner(&self, index: usize) -> Option<&str> {
        match self.entries[index].owner {
            Owner::Own | Owner::Opposite => None,
            Owner::Free(at) | Owner::Other(at) => self.workflows.get(usize::from(at)).map(|name| &**name),
        }
    }

    /// The link of this source object: the live one if there is one, else one whose object is gone.
    #[must_use]
    pub fn of_source(&self, key: &str) -> Option<usize> {
        let compare = |entry: &LinkEntry| match self.caseless {
            true => compare_keys(&entry.source, key),
            false => (*entry.source).cmp(key),
        };
        let alike = self.heads.places(key);
        let index = alike.start + self.entries[alike].partition_point(|entry| compare(entry).is_lt());
        self.entries.get(index).filter(|entry| compare(entry).is_eq()).map(|_| index)
    }

    /// The key of a source object as its link writes it, if it has one.
    #[must_use]
    pub fn spelled<'k>(&'k self, key: &'k str) -> &'k str {
        match self.of_source(key) {
            Some(index) if self.caseless => &self.entries[index].source,
            _ => key,
        }
    }

    /// A key of the source, as keys are looked up that have no link.
    #[must_use]
    pub fn folded<'k>(&self, key: &'k str) -> Cow<'k, str> {
        folded(self.caseless, key)
    }

    /// The targets of all live links, sorted without case.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.by_target.iter().map(|at| &*self.entries[*at as usize].target)
    }

    /// All live links in the order of their targets without case, each with its place.
    pub fn by_target(&self) -> impl Iterator<Item = (&str, usize)> {
        self.by_target.iter().map(|at| (&*self.entries[*at as usize].target, *at as usize))
    }

    /// Whether a department was linked whose path lies below this one.
    #[must_use]
    pub fn has_below(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let index = self.entries.partition_point(|entry| *entry.source < *below);
        self.entries.get(index).is_some_and(|entry| entry.source.starts_with(&below))
    }

    /// The live link of this target object.
    #[must_use]
    pub fn of_target(&self, key: &str) -> Option<usize> {
        steps::took(1);
        let index = self.by_target.binary_search_by(|at| compare_keys(&self.entries[*at as usize].target, key)).ok()?;
        Some(self.by_target[index] as usize)
    }

    /// The entry at this place.
    #[must_use]
    pub fn entry(&self, index: usize) -> &LinkEntry {
        &self.entries[index]
    }

    /// The source has this object.
    pub fn mark_seen(&mut self, index: usize) {
        self.seen[index] = true;
    }

    /// Whether the source had this object.
    #[must_use]
    pub fn was_seen(&self, index: usize) -> bool {
        self.seen[index]
    }

    /// All entries.
    #[must_use]
    pub fn entries(&self) -> &[LinkEntry] {
        &self.entries
    }

    /// How many are live.
    #[must_use]
    pub fn live(&self) -> u64 {
        self.by_target.len() as u64
    }
}

/// The places of the live entries, sorted by target key without case.
fn live_by_target(entries: &[LinkEntry]) -> Vec<u32> {
    let target = |place: u32| &*entries[place as usize].target;
    let live = (0u32..).zip(entries).filter(|(_, entry)| !entry.gone);
    let heads = Heads::shape(live.clone().map(|(_, entry)| &*entry.target), true);
    let mut sorted: Vec<(u128, u32)> = live.map(|(place, entry)| (heads.number(&entry.target), place)).collect();
    sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| compare_keys(target(a.1), target(b.1))));
    sorted.into_iter().map(|(_, place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(source: &str, target: &str, gone: bool) -> LinkEntry {
        LinkEntry {
            source: source.into(),
            target: target.into(),
            fingerprint: 0,
            owner: Owner::Own,
            both_ways: false,
            gone,
            waits: false,
            notes: None,
        }
    }

    #[test]
    fn hundreds_of_thousands_of_links_are_small() {
        let size = size_of::<LinkEntry>();
        assert!(size <= 56, "{size}");
    }

    #[test]
    fn keys_are_compared_without_case_and_by_their_bytes() {
        let all = [
            "",
            "a",
            "B",
            "abcdefgh",
            "ABCDEFGH",
            "ABCDEFGHi",
            "abcdefgz12345678",
            "abcdefgZ12345679",
            "张三",
            "张Z",
            "é",
            "É",
        ];
        for a in all {
            for b in all {
                let fold = |text: &str| text.bytes().map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>();
                assert_eq!(compare_keys(a, b), fold(a).cmp(&fold(b)), "{a} {b}");
            }
        }
    }

    #[test]
    fn a_key_in_another_case_has_the_same_link_where_case_says_nothing() {
        let all = || vec![entry("ZhangSan", "1", false), entry("lisi", "2", false), entry("Abc", "3", false)];
        let (plain, caseless) = (LinkTable::new(all()), LinkTable::without_case(all()));
        assert_eq!((plain.of_source("zhangsan"), plain.spelled("zhangsan")), (None, "zhangsan"));
        for (key, spelled) in [("zhangsan", "ZhangSan"), ("ZHANGSAN", "ZhangSan"), ("LiSi", "lisi"), ("abc", "Abc")] {
            assert_eq!(caseless.spelled(key), spelled);
        }
        assert_eq!(
            (caseless.of_source("zhang"), caseless.spelled("Wang"), &*caseless.folded("Wang")),
            (None, "Wang", "wang")
        );
    }

    #[test]
    fn a_live_link_counts_more_than_those_of_earlier_lives() {
        // Somebody who left, was deleted, and came back under another account; in every order of reading.
        let all = [entry("1", "a", false), entry("2", "lisi", true), entry("2", "lisi2", false), entry("2", "l", true)];
        for turn in 0..all.len() {
            let mut entries = all.to_vec();
            entries.rotate_left(turn);
            let table = LinkTable::new(entries);
            let found = table.of_source("2").expect("a link");
            assert_eq!(&*table.entry(found).target, "lisi2");
            assert_eq!(table.of_source("3"), None);
            assert_eq!(table.live(), 2);
        }
        let gone = LinkTable::new(vec![entry("2", "lisi", true)]);
        assert!(gone.of_source("2").is_some_and(|index| gone.entry(index).gone));
    }
}
