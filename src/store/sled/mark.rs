//! How far the store had come when it acknowledged last, kept beside the log.
//!
//! sled drops the end of a damaged log without a word. So every group of commits writes its number into the log, and after
//! the sync, before anybody is answered, into the file `acknowledged`. A log that ends before that number has lost
//! something that somebody relies on, and is not opened.
//!
//! The file is written in place and not synced: that costs a few microseconds, survives the death of the process, and after
//! a power cut is at most behind the log, never ahead of it.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::store::StoreError;

/// The name of the file in the data folder.
const FILE: &str = "acknowledged";
/// Key of the number in the log.
const KEY: &[u8] = &[super::PART, super::PART, b'n'];

/// The number of the last acknowledged group of commits.
pub struct Mark {
    file: File,
    path: PathBuf,
    number: u64,
}

impl Mark {
    /// Opens the file and compares it with the log.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the log has lost something that was acknowledged.
    pub fn open(folder: &Path, db: &::sled::Db) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        let failed = |error: std::io::Error| super::refused(&path, &error);
        let mut file =
            File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
        let mut text = String::new();
        // Bytes that are no text count as a number that is not known.
        if file.read_to_string(&mut text).is_err() {
            text.clear();
        }
        let acknowledged: u64 = text.trim().parse().unwrap_or(0);
        let stored = db.get(KEY).map_err(|error| super::failed(&error))?;
        let number = stored.and_then(|bytes| Some(u64::from_be_bytes(bytes.as_ref().try_into().ok()?))).unwrap_or(0);
        if number < acknowledged {
            return Err(StoreError::Corrupt(format!(
                "{} is damaged: it ends at write {number}, but {acknowledged} were acknowledged. Go back to a backup; \
                 or, if there is none, delete {} to go on with what is left, knowing that the last writes are gone",
                folder.join("store").display(),
                path.display()
            )));
        }
        Ok(Self { file, path, number })
    }

    /// Puts the next number into the log.
    pub fn begin(&self, db: &::sled::Db) -> Result<(), StoreError> {
        db.insert(KEY, &(self.number + 1).to_be_bytes()).map(|_| ()).map_err(|error| super::failed(&error))
    }

    /// The log is on disk: now the number may be noted.
    pub fn done(&mut self) -> Result<(), StoreError> {
        self.number += 1;
        let text = format!("{:020}\n", self.number);
        let written = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.write_all(text.as_bytes()));
        written.map_err(|error| super::refused(&self.path, &error))
    }
}
