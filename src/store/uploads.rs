//! Files that people uploaded: what is known of each, and its content in sealed pieces, so that every node of the store reads them.
//!
//! A file has parts: `raw` as it came, and the rows that an import reads. What a part holds is sealed by whoever writes it;
//! here it is bytes. The entry of the file comes last and goes first, so pieces without one are left from a crash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Batch, Kv, StoreError,
    codec::Loaded,
    keys::{self, Key},
    pages::Pages,
    table::Table,
};
use crate::model::{id::Tenant, run::Run};

/// The code of a file that is not there any more: it goes once it was imported, and nobody can read it again.
pub const UPLOAD_MISSING: &str = "upload_missing";

/// What the path begins with by which a run reads such a file.
pub const SCHEME: &str = "upload:";

/// Pieces that are deleted in one commit.
const MOST_DROPPED: usize = 64;

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredUpload {
    /// Its id.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// Its form: `csv` or `xlsx`.
    pub format: String,
    /// Its length as it came.
    pub bytes: u64,
    /// Its sheets, and whether each is hidden.
    pub sheets: Vec<(String, bool)>,
    /// When it came.
    pub created: i64,
    /// Who brought it.
    pub by: String,
    /// The run that imports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The key of its parts, sealed.
    pub sealed: String,
    /// The parts, with the length of each.
    pub parts: BTreeMap<String, u64>,
}

pub(super) static UPLOADS: Table<StoredUpload> = Table::json(keys::UPLOAD, "uploads");

/// Whether a run reads such a file. Its rows were written by the mapping of the run's own version: by another one they would mean
/// something else.
#[must_use]
pub fn read_by(run: &Run) -> bool {
    let mut inputs = run.inputs.as_object().into_iter().flat_map(|inputs| inputs.values());
    inputs.any(|value| value.as_str().is_some_and(|path| path.starts_with(SCHEME)))
}

/// The key of a piece.
fn piece_key(tenant: &Tenant, id: &str, part: &str, number: u64) -> Key {
    Key::new(keys::UPLOAD_PIECE, tenant).name(id).name(part).number(number)
}

/// One file.
pub async fn get(store: &dyn Kv, tenant: &Tenant, id: &str) -> Result<Option<Loaded<StoredUpload>>, StoreError> {
    UPLOADS.loaded(store, UPLOADS.key(tenant).name(id)).await
}

/// All of a tenant, the oldest first.
pub async fn all(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<StoredUpload>, StoreError> {
    UPLOADS.all(store, UPLOADS.key(tenant)).await
}

/// Writes what is known of a file over what was read.
///
/// # Errors
/// Those of the store; a conflict: somebody else was faster.
pub async fn put(
    store: &dyn Kv,
    tenant: &Tenant,
    old: Option<&Loaded<StoredUpload>>,
    new: &StoredUpload,
) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    put_in(&mut batch, tenant, old, new)?;
    store.commit(batch).await
}

/// The same in a commit with something else.
pub fn put_in(
    batch: &mut Batch,
    tenant: &Tenant,
    old: Option<&Loaded<StoredUpload>>,
    new: &StoredUpload,
) -> Result<(), StoreError> {
    UPLOADS.replace(batch, UPLOADS.key(tenant).name(&new.id), old, new)
}

/// Writes a piece of a part.
pub async fn put_piece(
    store: &dyn Kv,
    tenant: &Tenant,
    (id, part, number): (&str, &str, u64),
    bytes: Vec<u8>,
) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    batch.put(piece_key(tenant, id, part, number).bytes(), bytes);
    store.commit(batch).await
}

/// A piece of a part.
pub async fn piece(
    store: &dyn Kv,
    tenant: &Tenant,
    (id, part, number): (&str, &str, u64),
) -> Result<Option<Vec<u8>>, StoreError> {
    store.get(&piece_key(tenant, id, part, number).bytes()).await
}

/// Removes a file that is as it was read, and then its pieces.
///
/// # Errors
/// Those of the store; a conflict: somebody else was faster.
pub async fn remove(store: &dyn Kv, tenant: &Tenant, old: &Loaded<StoredUpload>) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    UPLOADS.take(&mut batch, UPLOADS.key(tenant).name(&old.value.id), old);
    store.commit(batch).await?;
    drop_pieces(store, tenant, &old.value.id, None).await
}

/// Removes the pieces of a file, or of one of its parts.
pub async fn drop_pieces(store: &dyn Kv, tenant: &Tenant, id: &str, part: Option<&str>) -> Result<(), StoreError> {
    let file = Key::new(keys::UPLOAD_PIECE, tenant).name(id);
    let prefix = match part {
        Some(part) => file.name(part),
        None => file,
    };
    let mut pages = Pages::of_prefix(prefix.bytes(), MOST_DROPPED);
    while let Some(page) = pages.next(store).await? {
        let deletes = page.into_iter().map(|(key, _)| key).collect();
        store.commit(Batch { deletes, ..Batch::default() }).await?;
    }
    Ok(())
}

/// The files that have pieces, by their ids; each costs one question.
pub async fn with_pieces(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
    let below = Key::new(keys::UPLOAD_PIECE, tenant).bytes();
    let (mut from, end) = (below.clone(), keys::end_of(&below));
    let mut found = Vec::new();
    loop {
        let first = store.scan(from, end.clone(), 1, false).await?;
        let Some((key, _)) = first.first() else { return Ok(found) };
        let id: Vec<u8> = key.iter().skip(below.len()).copied().take_while(|byte| *byte != 0).collect();
        from = [&below[..], &id, &[1]].concat();
        found.push(String::from_utf8_lossy(&id).into_owned());
    }
}
