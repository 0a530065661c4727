//! Which form of data a store holds, so that an older program does not touch what it would misread.
//!
//! The number grows when keys or values change in a way that the version before could not read or would spoil. A program
//! that finds a larger number refuses; one that finds a smaller number brings the store up to its own.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec, ends, keys, object_index, removal_index, run_index};

/// The form that this version reads and writes. Stores from before the number was written have form 1. With form 2 runs and
/// the directory have indexes, which the version before would not keep up to date.
pub const FORMAT: u64 = 2;

/// What a store says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The form of its data.
    pub format: u64,
    /// The version of idflow that wrote this.
    pub by: String,
}

/// The key: facts about the whole store belong to no tenant.
#[must_use]
pub fn key() -> Vec<u8> {
    [&[keys::META, 0], &b"format"[..]].concat()
}

/// The key that stands in a store while another one is copied into it.
#[must_use]
pub fn copying_key() -> Vec<u8> {
    [&[keys::META, 0], &b"copying"[..]].concat()
}

/// The key that stands in a store that was restored from a backup, until somebody has begun to work with it: what it says is
/// under way was so at the time of the backup.
#[must_use]
pub fn restored_key() -> Vec<u8> {
    [&[keys::META, 0], &b"restored"[..]].concat()
}

/// What the store says about itself; `None` for one that is new or from before the number.
pub async fn written(store: &dyn Kv) -> Result<Option<Written>, StoreError> {
    store.get(&key()).await?.as_deref().map(codec::unpack).transpose()
}

/// Makes sure that this version may work with the store.
///
/// # Errors
/// [`StoreError::Newer`] when a newer version wrote it; [`StoreError::HalfCopied`] when it is the target of a copy that did
/// not come to its end; otherwise those of the store.
pub async fn agree(store: &dyn Kv) -> Result<(), StoreError> {
    let ours = Written { format: FORMAT, by: env!("CARGO_PKG_VERSION").into() };
    let facts = store.get_many(vec![key(), copying_key(), ends::key()]).await?;
    if facts.get(1).is_some_and(Option::is_some) {
        return Err(StoreError::HalfCopied);
    }
    match facts.first().and_then(Option::as_deref).map(codec::unpack::<Written>).transpose()? {
        Some(found) if found.format > FORMAT => Err(StoreError::Newer(format!(
            "its data has form {}, written by version {}; this is version {} and knows up to form {FORMAT}",
            found.format, found.by, ours.by
        ))),
        // Indexes are built while the store is in use, in pieces; until then lists read what there is.
        Some(found) if found.format < FORMAT => {
            let mut batch = Batch::default();
            batch.put(key(), codec::json(&ours)?);
            store.commit(batch).await?;
            Box::pin(agree(store)).await
        }
        Some(_) if facts.get(2).is_some_and(Option::is_some) => Ok(()),
        Some(_) => ends::complete(store).await,
        None => {
            let mut batch = Batch { expect: vec![(key(), None)], ..Batch::default() };
            batch.put(key(), codec::json(&ours)?);
            let old = has(store, keys::LINK).await?;
            if !has(store, keys::RUN).await? {
                run_index::note_complete(&mut batch)?;
            }
            if !has(store, keys::DIRECTORY).await? {
                object_index::note_complete(&mut batch)?;
            }
            if !has(store, keys::REMOVAL).await? {
                removal_index::note_complete(&mut batch)?;
            }
            if !old {
                ends::note(&mut batch)?;
            }
            match store.commit(batch).await {
                // Another node was faster, with the same or its own version: look again.
                Err(StoreError::Conflict) => Box::pin(agree(store)).await,
                Ok(()) if old => ends::complete(store).await,
                other => other,
            }
        }
    }
}

/// Whether there is anything of this kind.
async fn has(store: &dyn Kv, kind: u8) -> Result<bool, StoreError> {
    Ok(!store.scan(vec![kind], keys::end_of(&[kind]), 1, false).await?.is_empty())
}
