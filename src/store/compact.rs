//! Space that is really given back: sled only ever reuses what was deleted, so its files never shrink. Here everything that
//! is stored is copied into fresh files, which then take the place of the old ones.
//! How the copy becomes the store is told in `exchange`.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

pub use super::exchange::Moment;

use super::{
    StoreError,
    exchange::{COPYING, NEXT, STORE, refused, settle, settle_until, sync_folder},
    sled::SledStore,
};
/// Entries that are copied as one write.
const CHUNK: usize = 2000;
/// Below this size on disk nothing is worth the trouble.
const WORTH: u64 = 1 << 30;
/// Memory for sled's pages while copying.
const CACHE: u64 = 16 << 20;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes on disk before.
    pub before: u64,
    /// Bytes on disk after.
    pub after: u64,
    /// Entries that were copied.
    pub entries: u64,
}

/// Takes the lock of a data folder, as long as the file lives.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("lock");
    let lock = File::options().create(true).truncate(false).write(true).open(&path);
    let lock = lock.map_err(|error| refused(&path, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => Err(StoreError::Locked(folder.display().to_string())),
        Err(fs::TryLockError::Error(error)) => Err(refused(&path, &error)),
    }
}

fn sync_tree(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_tree(&path)?
        } else {
            File::options().read(true).write(true).open(&path)?.sync_all()?
        }
    }
    sync_folder(path)
}

/// The bytes of a folder's files.
#[must_use]
pub fn bytes_on_disk(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => bytes_on_disk(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

fn open(path: &Path) -> Result<::sled::Db, StoreError> {
    let config = ::sled::Config::new().path(path).cache_capacity(CACHE).flush_every_ms(None);
    super::sled::patiently(|| config.open()).map_err(|error| refused(path, &error))
}

/// sled panics on damaged files; here that is an error like others.
fn calmly<T>(path: &Path, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(StoreError::Corrupt(format!("{} is damaged; it is left as it is", path.display()))))
}

/// Whether a folder has grown so far beyond what it holds that copying pays: less than a quarter of it is live, and it
/// takes more than a gigabyte. Files in good order are two or three times as large as what is in them, and a start is not
/// to wait for little. What is live is noted beside the store; where it is not yet, nothing is known to be gained.
#[must_use]
pub fn is_worthwhile(folder: &Path) -> bool {
    let size = bytes_on_disk(&folder.join(STORE));
    size > WORTH && super::sled::live_bytes(folder).is_some_and(|live| live < size / 4)
}

/// Copies the store of a folder that nobody uses into fresh files.
///
/// # Errors
/// [`StoreError::Locked`] when somebody uses it; those of the disk, with the old store untouched.
pub fn compact(folder: &Path) -> Result<Compacted, StoreError> {
    compact_until(folder, &mut |_| true)
}

/// The same, until `go_on` says stop: what a crash would leave behind.
///
/// # Errors
/// Those of [`compact`].
pub fn compact_until(folder: &Path, go_on: &mut dyn FnMut(Moment) -> bool) -> Result<Compacted, StoreError> {
    let store = folder.join(STORE);
    if !store.is_dir() {
        return Err(StoreError::Unavailable(format!("there is no store in {}", folder.display())));
    }
    // Whatever is looked at when a store is opened is looked at before the old files are given up.
    if let (_, Some(lost)) = SledStore::inspect(folder)? {
        return Err(StoreError::Corrupt(lost));
    }
    let _lock = lock(folder)?;
    settle(folder)?;
    let before = bytes_on_disk(&store);
    let copying = folder.join(COPYING);
    let Some(entries) = calmly(&store, || copy(&store, &copying, go_on))? else {
        return Ok(Compacted { before, after: before, entries: 0 });
    };
    let done = Compacted { before, after: bytes_on_disk(&copying), entries };
    let failed = |error: io::Error| refused(folder, &error);
    sync_tree(&copying).map_err(failed)?;
    if !go_on(Moment::Copied) {
        return Ok(done);
    }
    fs::rename(&copying, folder.join(NEXT)).map_err(failed)?;
    sync_folder(folder).map_err(failed)?;
    if go_on(Moment::Chosen) {
        settle_until(folder, go_on).map_err(failed)?;
    }
    Ok(done)
}

/// `None`: `go_on` said stop.
fn copy(from: &Path, to: &Path, go_on: &mut dyn FnMut(Moment) -> bool) -> Result<Option<u64>, StoreError> {
    let source = open(from)?;
    let target = open(to)?;
    let failed = |path: &Path, error: ::sled::Error| refused(path, &error);
    let mut batch = ::sled::Batch::default();
    let mut entries = 0u64;
    let mut waiting = 0;
    for entry in source.iter() {
        let (key, value) = entry.map_err(|error| failed(from, error))?;
        batch.insert(key, value);
        entries += 1;
        waiting += 1;
        if waiting == CHUNK {
            target.apply_batch(std::mem::take(&mut batch)).map_err(|error| failed(to, error))?;
            waiting = 0;
        }
    }
    if !go_on(Moment::Copying) {
        return Ok(None);
    }
    target.apply_batch(batch).map_err(|error| failed(to, error))?;
    target.flush().map_err(|error| failed(to, error))?;
    // What was written is what was read: counted once more before the old files are given up.
    if target.len() as u64 != entries {
        return Err(StoreError::Corrupt(format!("{}: the copy is not complete", to.display())));
    }
    Ok(Some(entries))
}
