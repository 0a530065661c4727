//! Which items of a large run have this step, outcome, kind or code, and which are about this object?
//!
//! What became of a row stands in the journal and what it is about in the plan; a page of a filtered list would read both as
//! a whole. So for an ended run of at least [`LEAST_ROWS`] rows the answer is kept: for each term the rows that have it, as
//! spans, a piece for every [`CHUNK`] rows; and which commits of the journal tell of which rows. It is made when somebody
//! filters the items of the run for the first time, from what never changes any more: runs that nobody looks at pay nothing,
//! neither when they are carried out nor on disk, and neither do runs with few rows. It goes with the rows.
//!
//! What objects are called is kept as a column of texts, made when somebody looks for a text for the first time.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Batch, Kv, StoreError, codec,
    codec::Loaded,
    keys,
    keys::Key,
    pages::{Pages, delete_prefix},
    run_index::plain,
    table::Keys,
};
use crate::model::{
    change::RowIndex,
    id::{RunId, Tenant},
    run::{Kept, Run},
};

/// Of runs with fewer rows everything is read: that takes some milliseconds.
pub const LEAST_ROWS: u32 = 1_000;
/// Rows of one piece of a term.
pub const CHUNK: u32 = 4_096;
/// Rows of one piece of the texts.
const TEXTS: u32 = 1_024;
/// Commits of the journal in one value.
const COMMITS: usize = 2_048;
/// Pieces that are written in one commit.
const AT_ONCE: usize = 256;

/// Where it stands what is kept of a run. Under `h` it stood before actions and fields were kept, under `i` before the codes of
/// warnings were, under `k` before the kinds of objects were: such an index is made anew.
const HEAD: &[u8] = b"l";

pub(super) static ENTRIES: Keys = Keys::new(keys::ITEM_TERM, "indexes");

/// What a term is about; the letter stands in keys and is never given a second meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The step.
    Step,
    /// What became of it.
    Outcome,
    /// A code of what is wrong with it or told of it.
    Code,
    /// What is done.
    Action,
    /// A field that changes.
    Field,
    /// The kind of its object.
    Kind,
}

impl About {
    const fn letter(self) -> u8 {
        match self {
            Self::Step => b's',
            Self::Outcome => b'o',
            Self::Code => b'c',
            Self::Action => b'a',
            Self::Field => b'f',
            Self::Kind => b'k',
        }
    }
}

/// A term.
pub type Term = (About, String);

/// The terms of a code: the whole, and the number in it.
pub fn of_code(code: &str) -> impl Iterator<Item = Term> + '_ {
    let number = code.rsplit_once('_').map(|(_, number)| number).filter(|number| number.parse::<u64>().is_ok());
    [Some(code), number].into_iter().flatten().map(|code| (About::Code, plain(code)))
}

/// Rows in their order: the first and the last of each span.
type Spans = Vec<(RowIndex, RowIndex)>;

/// A commit of the journal: its first event, and the first and the last row that it tells the outcome of.
pub type Commit = (u64, RowIndex, RowIndex);

/// What is kept of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its rows.
    pub rows: u32,
    /// Whether the texts are there.
    pub texts: bool,
}

fn start(tenant: &Tenant, run: RunId) -> Key {
    Key::new(keys::ITEM_TERM, tenant).run(run)
}

fn head_key(tenant: &Tenant, run: RunId) -> Vec<u8> {
    start(tenant, run).raw(HEAD).bytes()
}

fn term_key(start: Key, (about, text): &Term) -> Key {
    start.raw(&[b't', about.letter()]).name(text)
}

/// What is kept of a run; `None`: nothing yet.
pub async fn head(store: &dyn Kv, tenant: &Tenant, run: RunId) -> Result<Option<Head>, StoreError> {
    store.get(&head_key(tenant, run)).await?.as_deref().map(codec::unpack).transpose()
}

/// Whether the items of a run can be indexed: everything is there, and nothing will change.
#[must_use]
pub fn is_wanted(run: &Run) -> bool {
    run.status.is_end() && !run.untold && run.kept == Kept::All && run.rows >= LEAST_ROWS
}

/// The number of a term in an index that is being made.
pub type TermNumber = usize;

/// An index that is being made.
#[derive(Debug, Default)]
pub struct Builder {
    terms: BTreeMap<Term, TermNumber>,
    spans: Vec<Spans>,
    commits: Vec<Commit>,
    texts: Vec<(RowIndex, String)>,
}

impl Builder {
    /// The number of a term.
    pub fn number(&mut self, term: Term) -> TermNumber {
        let next = self.terms.len();
        let number = *self.terms.entry(term).or_insert(next);
        if number == next {
            self.spans.push(Spans::new());
        }
        number
    }

    /// A row that people are shown has these terms; rows come in their order.
    pub fn row(&mut self, row: RowIndex, terms: &[TermNumber]) {
        for number in terms {
            let Some(spans) = self.spans.get_mut(*number) else { continue };
            match spans.last_mut() {
                Some((_, last)) if *last >= row => {}
                Some((_, last)) if *last + 1 == row && !row.is_multiple_of(CHUNK) => *last = row,
                _ => spans.push((row, row)),
            }
        }
    }

    /// What the object of a row is called: its key, its key in the target, its name. Rows come in their order.
    pub fn text(&mut self, row: RowIndex, names: [&str; 3]) {
        self.texts.push((row, names.join("\u{1f}")));
    }

    /// A commit of the journal that tells of rows.
    pub fn commit(&mut self, commit: Commit) {
        self.commits.push(commit);
    }

    /// Writes it, a part at a time, as long as the header of the run is as it was read; what tells that it is there comes last.
    /// False: the run has changed meanwhile.
    pub async fn write(
        self,
        store: &dyn Kv,
        tenant: &Tenant,
        run: &Loaded<Run>,
        texts: bool,
    ) -> Result<bool, StoreError> {
        let start = start(tenant, run.value.run);
        let mut puts: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for (term, number) in &self.terms {
            let spans = self.spans.get(*number).map(Vec::as_slice).unwrap_or_default();
            let key = term_key(start.clone(), term);
            for piece in spans.chunk_by(|(one, _), (other, _)| one / CHUNK == other / CHUNK) {
                let number = piece.first().map_or(0, |(first, _)| first / CHUNK);
                puts.push((key.clone().number(u64::from(number)).bytes(), codec::pack(&piece)?));
            }
        }
        for (number, piece) in self.commits.chunks(COMMITS).enumerate() {
            puts.push((start.clone().raw(b"j").number(number as u64).bytes(), codec::pack(&piece)?));
        }
        for piece in self.texts.chunk_by(|(one, _), (other, _)| one / TEXTS == other / TEXTS) {
            let number = piece.first().map_or(0, |(first, _)| first / TEXTS);
            puts.push((start.clone().raw(b"x").number(u64::from(number)).bytes(), codec::pack(&piece)?));
        }
        puts.push((head_key(tenant, run.value.run), codec::json(&Head { rows: run.value.rows, texts })?));
        for part in puts.chunks(AT_ONCE) {
            let mut batch = Batch { puts: part.to_vec(), ..Batch::default() };
            super::runs::expect(&mut batch, tenant, run);
            match store.commit(batch).await {
                Ok(()) => {}
                Err(StoreError::Conflict) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

/// Which items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those that have all of these terms.
    pub terms: BTreeSet<Term>,
    /// Those in whose key, name or account this text is.
    pub find: Option<String>,
    /// Those whose key, name or account is this text.
    pub object: Option<String>,
}

impl Wanted {
    /// Whether texts are asked for.
    #[must_use]
    pub const fn texts(&self) -> bool {
        self.find.is_some() || self.object.is_some()
    }

    /// Whether what an object is called fits: its key with the letter of its kind, its key in the target, its name.
    #[must_use]
    pub fn called(&self, names: [&str; 3]) -> bool {
        let key = names[0].split_once(':').map_or(names[0], |(_, key)| key);
        let key = key.strip_suffix('+').unwrap_or(key);
        let is = |object: &str| key == object || names.contains(&object);
        self.find.as_deref().is_none_or(|find| names.iter().any(|name| name.contains(find)))
            && self.object.as_deref().is_none_or(is)
    }
}

/// The rows that are wanted from `first` on, without the first `skip` of them, at most `limit`; and how many there are in all
/// where that is known without reading texts.
pub async fn find(
    store: &dyn Kv,
    tenant: &Tenant,
    run: RunId,
    head: Head,
    wanted: &Wanted,
    (first, mut skip, limit): (RowIndex, usize, usize),
) -> Result<(Vec<RowIndex>, Option<u64>), StoreError> {
    let start = start(tenant, run);
    // Without a term every row that people are shown: each has an outcome.
    let mut spans: Option<Spans> = None;
    let mut terms: Vec<Spans> = Vec::new();
    for term in &wanted.terms {
        terms.push(spans_below(store, term_key(start.clone(), term)).await?);
    }
    if terms.is_empty() {
        let mut all = spans_below(store, start.clone().raw(&[b't', About::Outcome.letter()])).await?;
        all.sort_unstable();
        terms.push(all);
    }
    for term in terms {
        spans = Some(spans.map_or(term.clone(), |spans| both(&spans, &term)));
    }
    let spans = spans.unwrap_or_default();
    let total: u64 = spans.iter().map(|(from, to)| u64::from(to - from) + 1).sum();
    let rows = spans.iter().flat_map(|(from, to)| *from..=*to).filter(|row| *row >= first && *row < head.rows);
    if !wanted.texts() {
        return Ok((rows.skip(skip).take(limit).collect(), Some(total)));
    }
    let mut found = Vec::new();
    let mut piece: (Option<RowIndex>, BTreeMap<RowIndex, String>) = (None, BTreeMap::new());
    for row in rows {
        if piece.0 != Some(row / TEXTS) {
            let key = start.clone().raw(b"x").number(u64::from(row / TEXTS)).bytes();
            let texts: Option<Vec<(RowIndex, String)>> =
                store.get(&key).await?.as_deref().map(codec::unpack).transpose()?;
            piece = (Some(row / TEXTS), texts.unwrap_or_default().into_iter().collect());
        }
        let mut names = piece.1.get(&row).map(String::as_str).unwrap_or_default().split('\u{1f}');
        let mut name = || names.next().unwrap_or_default();
        if wanted.called([name(), name(), name()]) {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            found.push(row);
            if found.len() == limit {
                break;
            }
        }
    }
    Ok((found, None))
}

async fn spans_below(store: &dyn Kv, below: Key) -> Result<Spans, StoreError> {
    let mut spans = Spans::new();
    let mut pages = Pages::of_prefix(below.bytes(), 500);
    while let Some(page) = pages.next(store).await? {
        for (_, value) in page {
            spans.extend(codec::unpack::<Spans>(&value)?);
        }
    }
    Ok(spans)
}

/// The rows that are in both.
fn both(one: &[(RowIndex, RowIndex)], other: &[(RowIndex, RowIndex)]) -> Spans {
    let (mut a, mut b, mut both) = (0, 0, Spans::new());
    while let (Some((from, to)), Some((begin, end))) = (one.get(a), other.get(b)) {
        let (low, high) = (*from.max(begin), *to.min(end));
        if low <= high {
            both.push((low, high));
        }
        if to < end { a += 1 } else { b += 1 }
    }
    both
}

/// The first events of the commits of the journal that tell of any of these rows, in their order.
pub async fn commits(
    store: &dyn Kv,
    tenant: &Tenant,
    run: RunId,
    rows: &BTreeSet<RowIndex>,
) -> Result<Vec<u64>, StoreError> {
    let mut found = Vec::new();
    let mut pages = Pages::of_prefix(start(tenant, run).raw(b"j").bytes(), 100);
    while let Some(page) = pages.next(store).await? {
        for (_, value) in page {
            let commits: Vec<Commit> = codec::unpack(&value)?;
            let tells = |(_, from, to): &&Commit| rows.range(*from..=*to).next().is_some();
            found.extend(commits.iter().filter(tells).map(|(seq, ..)| *seq));
        }
    }
    Ok(found)
}

/// Forgets what is kept of a run.
pub(super) async fn forget(store: &dyn Kv, batch: &mut Batch, tenant: &Tenant, run: RunId) -> Result<(), StoreError> {
    delete_prefix(store, batch, start(tenant, run).bytes()).await
}

/// Looks for indexes of runs that have no rows any more, and for pieces that are missing: each row has one step and one outcome.
/// `found` hears of each.
pub async fn check(store: &dyn Kv, found: &mut (dyn FnMut(&[u8], &str) + Send)) -> Result<(), StoreError> {
    let mut from = vec![keys::ITEM_TERM];
    loop {
        let Some((key, _)) = store.scan(from, keys::end_of(&[keys::ITEM_TERM]), 1, false).await?.pop() else {
            return Ok(());
        };
        let length = key.iter().position(|byte| *byte == 0).map_or(key.len(), |end| (end + 17).min(key.len()));
        let below = key[..length].to_vec();
        from = keys::end_of(&below);
        let Some(run) = super::runs::id_at_end(&below) else {
            found(&key, "the index of items has an entry of which there is nothing");
            continue;
        };
        let header = store.get(&Key::beside(keys::RUN, &below).run(run).bytes()).await?;
        let whole = header.as_deref().and_then(|header| codec::unpack::<Run>(header).ok());
        if whole.is_none_or(|run| run.kept != Kept::All) {
            found(&below, "the index of items has entries of a run without rows");
            continue;
        }
        // One that is being made, or was not made to the end, is not used.
        if store.get(&[&below, HEAD].concat()).await?.is_none() {
            continue;
        }
        let mut all = Vec::new();
        for about in [About::Step, About::Outcome] {
            let start = Key::beside(keys::ITEM_TERM, &below).run(run).raw(&[b't', about.letter()]);
            let rows: BTreeSet<RowIndex> =
                spans_below(store, start).await?.into_iter().flat_map(|(from, to)| from..=to).collect();
            all.push(rows);
        }
        if all[0] != all[1] {
            found(&below, "the index of items lacks entries");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_cut_with_each_other() {
        assert_eq!(both(&[(0, 9), (20, 30)], &[(5, 22), (30, 40)]), [(5, 9), (20, 22), (30, 30)]);
        assert_eq!(both(&[(0, 3)], &[(4, 9)]), []);
        assert_eq!(both(&[], &[(4, 9)]), []);
    }

    #[test]
    fn objects_are_called_by_each_of_their_names() {
        let wanted = |find: Option<&str>, object: Option<&str>| Wanted {
            find: find.map(Into::into),
            object: object.map(Into::into),
            ..Wanted::default()
        };
        let names = ["u:10086+", "zhangsan", "张三"];
        assert!(wanted(None, Some("10086")).called(names) && wanted(None, Some("张三")).called(names));
        assert!(!wanted(None, Some("张")).called(names) && wanted(Some("张"), None).called(names));
        assert!(!wanted(Some("张"), Some("lisi")).called(names));
    }
}
