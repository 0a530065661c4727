//! What the threads of the store share.

use super::read::Reader;
use super::read::failed;
use crate::store::StoreError;
use crate::store::leases::Leases;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::thread;
use std::time::Duration;
use tokio::sync::oneshot;

/// Memory for sled's pages.
const CACHE: u64 = 8 << 20;

/// Commits that may wait for the owner thread.
pub(super) const QUEUE: usize = 1024;

/// So many entries are compared between two commits.
pub(super) const SOME: usize = 256;

/// After so many bytes of keys and values the files are opened anew, when nobody wanted to write for this long. They make
/// two or three times as much log, and a hundred megabytes of log take a quarter of a second of reading.
pub(super) const UNNOTED: u64 = 4 << 20;

pub(super) const QUIET: Duration = Duration::from_secs(1);

/// After so many bytes they are opened anew between two batches, too, as far as all that takes no more than one part in so many
/// of the time: whoever writes without a pause is hardly slower for it, and a kill in the middle leaves as little to read.
pub(super) const BUSY: u64 = 16 << 20;

/// See [`BUSY`].
pub(super) const SHARE: u32 = 30;

/// On a disk with less than this left nothing is opened anew.
pub(super) const NOTE_ROOM: u64 = 64 << 20;

/// What became of the comparison; `None`: it is under way.
pub(super) type Verdict = Option<Result<(), StoreError>>;

pub(super) type Reply = oneshot::Sender<Result<(), StoreError>>;

/// Why a write failed. From then on memory and disk may differ, so nothing is acknowledged or told any more.
pub(super) type Broken = Arc<OnceLock<StoreError>>;

/// The store for whoever reads; `None` while the files are closed for a moment, and after they could not be opened again.
pub(super) type Shared = Arc<RwLock<Option<Reader>>>;

/// Opens, and again for a moment while sled's own lock is held: its threads let go of the files a little after the store
/// was dropped. Who may work with the folder was settled by our lock before.
pub(in crate::store) fn patiently(open: impl Fn() -> ::sled::Result<::sled::Db>) -> ::sled::Result<::sled::Db> {
    for _ in 0..200 {
        match open() {
            Err(::sled::Error::Io(error)) if error.to_string().contains("could not acquire lock") => {
                thread::sleep(Duration::from_millis(10));
            }
            other => return other,
        }
    }
    open()
}

/// Opens the files.
pub(super) fn open(path: &Path) -> Result<::sled::Db, StoreError> {
    forget_half_snapshots(path).map_err(|error| refused(path, &error))?;
    let config = ::sled::Config::new().path(path).cache_capacity(CACHE).mode(::sled::Mode::HighThroughput);
    patiently(|| config.open()).map_err(|error| failed(&error))
}

/// Removes snapshots that were being written when the process died or the disk was full. sled writes one beside the last, under
/// a name of its own, and gives it its right name when it is whole; but at a start it takes the half one for the newest and calls
/// the store damaged. The log from the last whole one on is kept until then, so nothing is lost with it.
pub(super) fn forget_half_snapshots(path: &Path) -> io::Result<()> {
    let files = match std::fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        files => files?,
    };
    for file in files {
        let file = file?;
        let name = file.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            std::fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

/// An error of the file system.
pub(super) fn refused(path: &Path, error: &io::Error) -> StoreError {
    let text = format!("{}: {error}", path.display());
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            StoreError::Full(text)
        }
        _ => StoreError::Unavailable(text),
    }
}

pub(super) fn locked(leases: &Mutex<Leases>) -> MutexGuard<'_, Leases> {
    leases.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn closed() -> StoreError {
    StoreError::Unavailable("its files are closed".into())
}

/// Reads while nobody closes the files.
pub(super) fn within<T>(shared: &Shared, work: impl FnOnce(&Reader) -> Result<T, StoreError>) -> Result<T, StoreError> {
    let reader = shared.read().unwrap_or_else(PoisonError::into_inner);
    work(reader.as_ref().ok_or_else(closed)?)
}
