//! Long things a piece at a time: the plan and the journal of a run of 300,000 rows are never in memory as a whole.

use super::{
    Batch, Kv, StoreError, codec,
    keys::{self, GROUP, Key},
};
use crate::model::{
    change::Row,
    event::{Entry, Event},
    id::{RunId, Tenant},
};

/// Entries of one piece.
const PAGE: usize = 64;

/// All entries with this prefix, page by page.
///
/// # Errors
/// Those of [`Kv::scan`].
pub async fn scan_prefix(store: &dyn Kv, prefix: &[u8]) -> Result<Vec<super::Entry>, StoreError> {
    let mut entries: Vec<super::Entry> = Vec::new();
    let mut pages = Pages::of_prefix(prefix.to_vec(), 1000);
    while let Some(page) = pages.next(store).await? {
        entries.extend(page);
    }
    Ok(entries)
}

/// So few keys are asked for one by one.
pub(super) const FEW: usize = 8;

/// The values of several keys, in their order, where it is likely that none is there: what is made together lies together, and
/// one look at where all of it would lie answers for all.
pub async fn of_made(store: &dyn Kv, keys: Vec<Vec<u8>>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
    if let (Some(first), Some(last)) = (keys.iter().min(), keys.iter().max())
        && keys.len() > FEW
        && store.scan(first.clone(), [&**last, &[0]].concat(), 1, false).await?.is_empty()
    {
        return Ok(vec![None; keys.len()]);
    }
    store.get_many(keys).await
}

/// The entries of a range, page by page.
#[derive(Debug, Clone)]
pub struct Pages {
    from: Vec<u8>,
    end: Vec<u8>,
    size: usize,
    over: bool,
}

impl Pages {
    /// Everything with this prefix.
    #[must_use]
    pub fn of_prefix(prefix: Vec<u8>, size: usize) -> Self {
        let end = keys::end_of(&prefix);
        Self::of_range(prefix, end, size)
    }

    /// Everything in `from..end`.
    #[must_use]
    pub fn of_range(from: Vec<u8>, end: Vec<u8>, size: usize) -> Self {
        Self { from, end, size, over: false }
    }

    /// Pages have this many entries from now on.
    pub const fn resize(&mut self, size: usize) {
        self.size = size;
    }

    /// The next page; `None` at the end.
    pub async fn next(&mut self, store: &dyn Kv) -> Result<Option<Vec<super::Entry>>, StoreError> {
        if self.over {
            return Ok(None);
        }
        let page = store.scan(self.from.clone(), self.end.clone(), self.size, false).await?;
        self.over = page.len() < self.size;
        match page.last() {
            Some((key, _)) => {
                self.from.clone_from(key);
                self.from.push(0);
                Ok(Some(page))
            }
            None => Ok(None),
        }
    }
}

/// The rows of a plan, piece by piece.
#[derive(Debug, Clone)]
pub struct PlanPages(Pages);

impl PlanPages {
    /// The plan of this run.
    #[must_use]
    pub fn new(tenant: &Tenant, run: RunId) -> Self {
        Self(Pages::of_prefix(Key::new(keys::PLAN, tenant).run(run).bytes(), PAGE))
    }

    /// The same from the stored group of this row on.
    #[must_use]
    pub fn from_row(tenant: &Tenant, run: RunId, row: u32) -> Self {
        let prefix = Key::new(keys::PLAN, tenant).run(run);
        let from = prefix.clone().number(u64::from(row / GROUP)).bytes();
        Self(Pages::of_range(from, keys::end_of(&prefix.bytes()), PAGE))
    }

    /// The next rows and the place of the first of them; `None` at the end.
    pub async fn next(&mut self, store: &dyn Kv) -> Result<Option<(usize, Vec<Row>)>, StoreError> {
        let Some(page) = self.0.next(store).await? else { return Ok(None) };
        let first = page.first().map_or(0, |(key, _)| keys::last_number(key) as usize * GROUP as usize);
        let mut rows = Vec::with_capacity(page.len() * GROUP as usize);
        for (_, value) in &page {
            rows.extend(codec::unpack::<Vec<Row>>(value)?);
        }
        Ok(Some((first, rows)))
    }
}

/// The journal of a run, piece by piece.
#[derive(Debug, Clone)]
pub struct JournalPages(Pages);

impl JournalPages {
    /// The journal of this run.
    #[must_use]
    pub fn new(tenant: &Tenant, run: RunId) -> Self {
        Self(Pages::of_prefix(Key::new(keys::JOURNAL, tenant).run(run).bytes(), PAGE))
    }

    /// The same from the commit on whose first event has this number, or from the next one.
    #[must_use]
    pub fn from_event(tenant: &Tenant, run: RunId, first: u64) -> Self {
        let prefix = Key::new(keys::JOURNAL, tenant).run(run);
        let from = prefix.clone().number(first).bytes();
        Self(Pages::of_range(from, keys::end_of(&prefix.bytes()), PAGE))
    }

    /// The next entries; `None` at the end.
    pub async fn next(&mut self, store: &dyn Kv) -> Result<Option<Vec<Entry>>, StoreError> {
        let Some(commits) = self.commits(store).await? else { return Ok(None) };
        let mut entries = Vec::new();
        for (first, at, events) in commits {
            let numbered = events.into_iter().enumerate();
            entries.extend(numbered.map(|(place, event)| Entry { seq: first + place as u64, at, event }));
        }
        Ok(Some(entries))
    }

    /// The same as they were committed: the number of the first event of each commit, its time, its events.
    pub async fn commits(&mut self, store: &dyn Kv) -> Result<Option<Vec<Commit>>, StoreError> {
        let Some(page) = self.0.next(store).await? else { return Ok(None) };
        let commit = |(key, value): &super::Entry| {
            let (at, events) = codec::unpack(value)?;
            Ok((keys::last_number(key), at, events))
        };
        page.iter().map(commit).collect::<Result<_, _>>().map(Some)
    }
}

/// Events that were committed together: the number of the first, their time, and they.
pub type Commit = (u64, i64, Vec<Event>);

/// Adds the deletion of everything with this prefix to a commit.
pub async fn delete_prefix(store: &dyn Kv, batch: &mut Batch, prefix: Vec<u8>) -> Result<(), StoreError> {
    let mut pages = Pages::of_prefix(prefix, 1000);
    while let Some(page) = pages.next(store).await? {
        batch.deletes.extend(page.into_iter().map(|(key, _)| key));
    }
    Ok(())
}
