//! Which files are the store, after a compaction that may have been interrupted?
//!
//! ```text
//! store            in use
//! store.copying    a copy being written; worth nothing, removed at the next start
//! store.next       a copy that is complete and on disk: it will be `store`
//! store.old        what was `store`, to be removed
//! ```
//!
//! A copy becomes `store.next` by one rename after all of it is on disk. From that moment on it is the store: whoever opens
//! the folder first finishes the exchange, and nobody writes to the old files any more. So a crash at any moment leaves one
//! good store.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use super::StoreError;

pub(super) const STORE: &str = "store";
pub(super) const COPYING: &str = "store.copying";
pub(super) const NEXT: &str = "store.next";
pub(super) const OLD: &str = "store.old";

/// Where a compaction is; tests stop it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Half of the copy is written.
    Copying,
    /// The copy is complete, nothing is renamed.
    Copied,
    /// The copy is the store from now on.
    Chosen,
    /// The old files are out of the way.
    Moved,
    /// The new files are in their place.
    InPlace,
}

/// The file system refuses.
pub(super) fn refused(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

/// Finishes or forgets a compaction that was interrupted. Whoever holds the lock of the folder calls this before it opens
/// the store.
///
/// # Errors
/// Those of the file system.
pub(super) fn settle(folder: &Path) -> Result<(), StoreError> {
    settle_until(folder, &mut |_| true).map(|_| ()).map_err(|error| refused(folder, &error))
}

/// Whether a folder holds a store, be it one whose compaction was interrupted.
#[must_use]
pub(super) fn is_there(folder: &Path) -> bool {
    folder.join(STORE).is_dir() || folder.join(NEXT).is_dir()
}

/// False: `go_on` said stop.
pub(super) fn settle_until(folder: &Path, go_on: &mut dyn FnMut(Moment) -> bool) -> io::Result<bool> {
    let (store, next, old) = (folder.join(STORE), folder.join(NEXT), folder.join(OLD));
    remove(&folder.join(COPYING))?;
    if next.exists() {
        if store.exists() {
            remove(&old)?;
            fs::rename(&store, &old)?;
            sync_folder(folder)?;
        }
        if !go_on(Moment::Moved) {
            return Ok(false);
        }
        fs::rename(&next, &store)?;
        sync_folder(folder)?;
        if !go_on(Moment::InPlace) {
            return Ok(false);
        }
    }
    remove(&old)?;
    Ok(true)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A folder's entries are on disk when it was synced itself; systems that cannot do that order renames on their own.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}
