//! Is everything there that was acknowledged?
//!
//! sled drops the end of a damaged log without a word, and in the middle of it whatever of a damaged segment it had to read
//! again. So every batch carries a record of where the store stands after it: the number of the batch, and how many entries
//! there are with which sum. And a file beside the log, `acknowledged`, holds the number that was acknowledged last, and up
//! to which number everything was compared. When a store is opened
//!
//! * a log that ends before the acknowledged number has lost its end;
//! * after new batches all entries are read once and compared with the record: a gap shows. Where nothing was written since
//!   the last comparison, nothing is read: what sled finds by its own snapshot carries checksums.
//!
//! The file is written in place and not synced: that costs a few microseconds, survives the death of the process, and after
//! a power cut is at most behind the log, never ahead of it. Deleting it means: go on with what is there.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::calm::calmly;
use crate::store::StoreError;

/// The name of the file in the data folder.
const FILE: &str = "acknowledged";
/// Key of the record in the log.
const KEY: &[u8] = &[super::PART, super::PART, b'n'];

/// Where a store stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct State {
    /// Batches so far.
    pub number: u64,
    /// How many entries there are, and the wrapping sum of their checksums; `None` when that is not known because a damaged
    /// store was taken as it is.
    pub entries: Option<(u64, u64)>,
}

impl State {
    /// The state before the first batch.
    const EMPTY: Self = Self { number: 0, entries: Some((0, 0)) };

    /// Counts an entry that comes.
    pub fn add(&mut self, key: &[u8], stored: &[u8]) {
        if let Some((count, sum)) = &mut self.entries {
            *count = count.wrapping_add(1);
            *sum = sum.wrapping_add(checksum(key, stored));
        }
    }

    /// Counts an entry that goes.
    pub fn remove(&mut self, key: &[u8], stored: &[u8]) {
        if let Some((count, sum)) = &mut self.entries {
            *count = count.wrapping_sub(1);
            *sum = sum.wrapping_sub(checksum(key, stored));
        }
    }

    /// Adds the record to the batch after which the store stands here.
    pub fn record(&self, changes: &mut ::sled::Batch) {
        let mut record = self.number.to_be_bytes().to_vec();
        if let Some((count, sum)) = self.entries {
            record.extend_from_slice(&count.to_be_bytes());
            record.extend_from_slice(&sum.to_be_bytes());
        }
        changes.insert(KEY, record);
    }

    fn read(db: &::sled::Db) -> Result<Option<Self>, StoreError> {
        let Some(record) = db.get(KEY).map_err(|error| super::failed(&error))? else { return Ok(None) };
        let part = |place: usize| {
            let bytes = record.get(place * 8..place * 8 + 8)?;
            Some(u64::from_be_bytes(bytes.try_into().ok()?))
        };
        Ok(Some(Self { number: part(0).unwrap_or(0), entries: part(1).zip(part(2)) }))
    }
}

/// CRC-32 over lengths and bytes. Entries are lost by accident here, not by intent.
fn checksum(key: &[u8], stored: &[u8]) -> u64 {
    let mut hash = crc32fast::Hasher::new();
    hash.update(&(key.len() as u32).to_be_bytes());
    hash.update(key);
    hash.update(stored);
    u64::from(hash.finalize())
}

/// Reads all entries.
fn count(db: &::sled::Db) -> Result<Option<(u64, u64)>, StoreError> {
    let mut state = State::EMPTY;
    for entry in db.iter() {
        let (key, stored) = entry.map_err(|error| super::failed(&error))?;
        if key != KEY {
            state.add(&key, &stored);
        }
    }
    Ok(state.entries)
}

/// Whether something was acknowledged in this data folder.
pub fn is_there(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// The file `acknowledged`.
pub struct Mark {
    file: File,
    path: PathBuf,
    compared: u64,
}

impl Mark {
    /// Opens the file and compares it with the log. Gives where the store stands, and what it has lost, if anything.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn open(folder: &Path, db: &::sled::Db) -> Result<(Self, State, Option<String>), StoreError> {
        let path = folder.join(FILE);
        let failed = |error: std::io::Error| super::refused(&path, &error);
        let mut file =
            File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
        let mut text = String::new();
        // Bytes that are no text count as numbers that are not known.
        if file.read_to_string(&mut text).is_err() {
            text.clear();
        }
        let mut numbers = text.split_whitespace().map(|number| number.parse::<u64>().ok());
        let noted = numbers.next().flatten().zip(numbers.next().flatten());
        let mut mark = Self { file, path, compared: noted.map_or(0, |(_, compared)| compared) };
        let stored = State::read(db)?;
        let unknown = State { number: 0, entries: None };
        let lost = match (stored, noted) {
            (None, Some((acknowledged, _))) if acknowledged > 0 => {
                Some(format!("it is empty, but {acknowledged} writes were acknowledged"))
            }
            (Some(state), Some((acknowledged, _))) if state.number < acknowledged => {
                Some(format!("it ends at write {}, but {acknowledged} were acknowledged", state.number))
            }
            (Some(state), Some((_, compared))) if state.number == compared || state.entries.is_none() => None,
            (Some(state), Some(_)) => match calmly(|| count(db)) {
                Ok(found) if found == state.entries => None,
                Ok(found) => {
                    let of = |entries: Option<(u64, u64)>| entries.map_or(0, |(count, _)| count);
                    Some(format!(
                        "{} entries should be there and {} are, not all of them as they were written",
                        of(state.entries),
                        of(found)
                    ))
                }
                Err(StoreError::Corrupt(why)) => Some(why),
                Err(error) => return Err(error),
            },
            // No note: somebody takes the store as it is, or it is new, or older than these records.
            (stored, _) => {
                let state = State { entries: calmly(|| count(db)).unwrap_or(None), ..stored.unwrap_or(unknown) };
                mark.compared = state.number;
                mark.done(state.number)?;
                return Ok((mark, state, None));
            }
        };
        let state = stored.unwrap_or(unknown);
        if let Some(lost) = lost {
            let lost = format!(
                "{} is damaged: {lost}. Go back to a backup; or, if there is none, delete {} to go on with what is left, \
                 knowing that something is gone",
                folder.join("store").display(),
                mark.path.display()
            );
            return Ok((mark, state, Some(lost)));
        }
        mark.compared = state.number;
        mark.done(state.number)?;
        Ok((mark, state, None))
    }

    /// The log is on disk up to this number: now it may be noted.
    pub fn done(&mut self, number: u64) -> Result<(), StoreError> {
        let text = format!("{number:020} {:020}\n", self.compared);
        let written = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.write_all(text.as_bytes()));
        written.map_err(|error| super::refused(&self.path, &error))
    }
}
