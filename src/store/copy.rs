//! Everything from one store into another.
//!
//! Pages of bounded size are read from the source and committed to the target. While that goes on a mark in the target says
//! so, and no program works with it; a copy that was interrupted begins anew. At the end both are read once more: their
//! entries must have the same number and the same checksum.

use sha2::{Digest, Sha256};

use super::{Batch, Kv, StoreError, format, keys, pages::Pages};
use crate::model::hex::hex;

/// About how many bytes one page holds. A page has at least one entry, however long.
const PAGE_BYTES: usize = 8 << 20;
/// The most entries of a page.
const PAGE: usize = 1000;

/// What was copied or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// Entries.
    pub entries: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
}

/// Why a copy did not take place.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There is nothing in the source.
    #[error("the source is empty")]
    Nothing,
    /// The target is in use.
    #[error("the target is not empty")]
    NotEmpty,
    /// Source and target differ after the copy.
    #[error("the copy differs from the source: {0}")]
    Differs(String),
    /// One of the stores failed.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Reads a store page by page, in order, without what belongs to the store itself.
pub(super) struct Everything<'a> {
    store: &'a dyn Kv,
    pages: Pages,
}

impl<'a> Everything<'a> {
    pub fn of(store: &'a dyn Kv) -> Self {
        Self { store, pages: Pages::of_range(Vec::new(), keys::end_of(&[]), 100) }
    }

    pub async fn next(&mut self) -> Result<Option<Vec<super::Entry>>, StoreError> {
        let Some(mut page) = self.pages.next(self.store).await? else { return Ok(None) };
        let each = page.iter().map(size).sum::<usize>() / page.len().max(1);
        self.pages.resize((PAGE_BYTES / each.max(1)).clamp(1, PAGE));
        page.retain(|(key, _)| !is_own(key));
        Ok(Some(page))
    }
}

fn size((key, value): &super::Entry) -> usize {
    key.len() + value.len()
}

/// The amount and checksum of all entries.
pub async fn sum(store: &dyn Kv) -> Result<(Amount, String), StoreError> {
    let mut hash = Checksum::default();
    let mut amount = Amount::default();
    let mut pages = Everything::of(store);
    while let Some(page) = pages.next().await? {
        page.iter().for_each(|entry| hash.add(entry));
        amount.entries += page.len() as u64;
        amount.bytes += page.iter().map(size).sum::<usize>() as u64;
    }
    Ok((amount, hash.hex()))
}

/// A checksum over entries in their order, without what belongs to the store itself: SHA-256 over lengths and bytes.
#[derive(Default)]
pub struct Checksum(Sha256);

impl Checksum {
    /// Adds an entry.
    pub fn add(&mut self, (key, value): &super::Entry) {
        if is_own(key) {
            return;
        }
        for part in [key, value] {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
    }

    /// The sum so far, in hex.
    #[must_use]
    pub fn hex(self) -> String {
        hex(&self.0.finalize())
    }
}

/// What belongs to the store itself and is not copied.
fn is_own(key: &[u8]) -> bool {
    *key == *format::key() || *key == *format::copying_key()
}

/// Copies everything; `told` hears how much was copied so far. Gives the amount and the checksum of both.
///
/// # Errors
/// See [`CopyError`]. The source is only read.
pub async fn copy(
    from: &dyn Kv,
    to: &dyn Kv,
    mut told: impl FnMut(Amount) + Send,
) -> Result<(Amount, String), CopyError> {
    if let Some(found) = format::written(from).await?.filter(|found| found.format > format::FORMAT) {
        return Err(StoreError::Newer(format!("the source has form {}, written by {}", found.format, found.by)).into());
    }
    from.sound().await?;
    let mut pages = Everything::of(from);
    let mut page = pages.next().await?.unwrap_or_default();
    if page.is_empty() {
        page = pages.next().await?.unwrap_or_default();
    }
    if page.is_empty() {
        return Err(CopyError::Nothing);
    }
    clear(to).await?;
    let mut amount = Amount::default();
    loop {
        amount.entries += page.len() as u64;
        amount.bytes += page.iter().map(size).sum::<usize>() as u64;
        to.commit(Batch { puts: page, ..Batch::default() }).await?;
        told(amount);
        match pages.next().await? {
            Some(next) => page = next,
            None => break,
        }
    }
    let (ours, theirs) = (sum(from).await?, sum(to).await?);
    if ours != theirs {
        return Err(CopyError::Differs(format!(
            "{} entries with checksum {} there, {} with {} here; does somebody still work with one of them?",
            ours.0.entries, ours.1, theirs.0.entries, theirs.1
        )));
    }
    to.commit(Batch { deletes: vec![format::copying_key()], ..Batch::default() }).await?;
    format::agree(to).await?;
    Ok(theirs)
}

/// Makes the target ready: it must be empty, or hold an interrupted copy, which is removed.
pub(super) async fn clear(to: &dyn Kv) -> Result<(), CopyError> {
    let interrupted = to.get(&format::copying_key()).await?.is_some();
    let mut pages = Everything::of(to);
    while let Some(page) = pages.next().await? {
        if page.is_empty() {
            continue;
        }
        if !interrupted {
            return Err(CopyError::NotEmpty);
        }
        to.commit(Batch { deletes: page.into_iter().map(|(key, _)| key).collect(), ..Batch::default() }).await?;
    }
    let mut begin = Batch { deletes: vec![format::key()], ..Batch::default() };
    begin.put(format::copying_key(), Vec::new());
    Ok(to.commit(begin).await?)
}
