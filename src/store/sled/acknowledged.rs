//! Is everything there that was acknowledged?
//!
//! sled drops the end of a damaged log without a word, and in the middle of it whatever of a damaged segment it had to read
//! again. So every batch carries a record of where the store stands after it: the number of the batch, and how many entries
//! there are, with which sum and how many bytes. And a file beside the log, `acknowledged`, holds the number that was
//! acknowledged last, up to which number everything was compared, and the bytes. When a store is opened
//!
//! * a log that ends before the acknowledged number has lost its end;
//! * after new batches all entries are to be read once and compared with the record ([`super::compare`]): a gap shows. Where
//!   nothing was written since the last comparison, nothing is read: what sled finds by its own snapshot carries checksums.
//!
//! The file is written in place and not synced: that costs a few microseconds, survives the death of the process, and after
//! a power cut is at most behind the log, never ahead of it. Deleting it means: go on with what is there.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::{
    catch_panic::calmly,
    compare::Comparison,
    sums::{KEY, Sums},
};
use crate::store::StoreError;

/// The name of the file in the data folder.
const FILE: &str = "acknowledged";

/// Where a store stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Acknowledged {
    /// Batches so far.
    pub number: u64,
    /// What it holds; `None` when that is not known because a damaged store was taken as it is.
    pub entries: Option<Sums>,
}

impl Acknowledged {
    /// Adds the record to the batch after which the store stands here.
    pub fn record(&self, changes: &mut ::sled::Batch) {
        let mut record = self.number.to_be_bytes().to_vec();
        if let Some(Sums { count, sum, bytes }) = self.entries {
            for number in [Some(count), Some(sum), bytes].into_iter().flatten() {
                record.extend_from_slice(&number.to_be_bytes());
            }
        }
        changes.insert(KEY, record);
    }

    /// Where the store of these files stands.
    pub fn read(db: &::sled::Db) -> Result<Option<Self>, StoreError> {
        let Some(record) = db.get(KEY).map_err(|error| super::failed(&error))? else { return Ok(None) };
        let part = |place: usize| {
            let bytes = record.get(place * 8..place * 8 + 8)?;
            Some(u64::from_be_bytes(bytes.try_into().ok()?))
        };
        let entries = part(1).zip(part(2)).map(|(count, sum)| Sums { count, sum, bytes: part(3) });
        Ok(Some(Self { number: part(0).unwrap_or(0), entries }))
    }
}

/// What changes a store: it is counted, and told to a comparison that is under way.
pub struct Tally<'a> {
    /// Where the store will stand.
    pub state: Acknowledged,
    /// The comparison.
    pub comparison: Option<&'a mut Comparison>,
}

impl Tally<'_> {
    /// An entry comes.
    pub fn add(&mut self, key: &[u8], stored: &[u8]) {
        self.state.entries.iter_mut().for_each(|sums| sums.add(key, stored));
        self.comparison.iter_mut().for_each(|comparison| comparison.add(key, stored));
    }

    /// An entry goes.
    pub fn remove(&mut self, key: &[u8], stored: &[u8]) {
        self.state.entries.iter_mut().for_each(|sums| sums.remove(key, stored));
        self.comparison.iter_mut().for_each(|comparison| comparison.remove(key, stored));
    }
}

/// Reads all entries.
fn count(db: &::sled::Db) -> Result<Sums, StoreError> {
    let mut sums = Sums::NOTHING;
    for entry in db.iter() {
        let (key, stored) = entry.map_err(|error| super::failed(&error))?;
        if key != KEY {
            sums.add(&key, &stored);
        }
    }
    Ok(sums)
}

/// How many bytes the keys and values of a folder take, as far as that was noted.
pub fn live_bytes(folder: &Path) -> Option<u64> {
    std::fs::read_to_string(folder.join(FILE)).ok()?.split_whitespace().nth(2)?.parse().ok()
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

/// A store that was opened.
pub struct Opened {
    /// Its file.
    pub mark: Mark,
    /// Where it stands.
    pub state: Acknowledged,
    /// What it has lost, as far as that shows at once.
    pub lost: Option<String>,
    /// Whether all entries are to be compared.
    pub comparison: Option<Comparison>,
}

impl Mark {
    /// Opens the file and compares it with the log.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn open(folder: &Path, db: &::sled::Db) -> Result<Opened, StoreError> {
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
        let stored = Acknowledged::read(db)?;
        let unknown = Acknowledged { number: 0, entries: None };
        let mut comparison = None;
        let lost = match (stored, noted) {
            (None, Some((acknowledged, _))) if acknowledged > 0 => {
                Some(format!("it is empty, but {acknowledged} writes were acknowledged"))
            }
            (Some(state), Some((acknowledged, _))) if state.number < acknowledged => {
                Some(format!("it ends at write {}, but {acknowledged} were acknowledged", state.number))
            }
            (Some(state), Some((_, compared))) if state.number == compared || state.entries.is_none() => None,
            (Some(_), Some(_)) => {
                comparison = Some(Comparison::new());
                None
            }
            // No note: somebody takes the store as it is, or it is new, or older than these records.
            (stored, _) => {
                let state = Acknowledged { entries: calmly(|| count(db)).ok(), ..stored.unwrap_or(unknown) };
                mark.matches(&state)?;
                return Ok(Opened { mark, state, lost: None, comparison: None });
            }
        };
        let state = stored.unwrap_or(unknown);
        let lost = lost.map(|lost| mark.damage(&lost));
        if lost.is_none() && comparison.is_none() {
            mark.matches(&state)?;
        }
        Ok(Opened { mark, state, lost, comparison })
    }

    /// What a person is told of a loss.
    pub fn damage(&self, lost: &str) -> String {
        format!(
            "{} is damaged: {lost}. Go back to a backup; or, if there is none, delete {} to go on with what is left, \
             knowing that something is gone",
            self.path.with_file_name("store").display(),
            self.path.display()
        )
    }

    /// Everything is as it should be after the batch where the store stands.
    pub fn matches(&mut self, state: &Acknowledged) -> Result<(), StoreError> {
        self.compared = state.number;
        self.done(state)
    }

    /// The log is on disk up to here: now it may be noted.
    pub fn done(&mut self, state: &Acknowledged) -> Result<(), StoreError> {
        let (number, compared) = (state.number, self.compared);
        // Not known is no number.
        let bytes = state.entries.and_then(|sums| sums.bytes);
        let bytes = bytes.map_or_else(|| format!("{:20}", "-"), |bytes| format!("{bytes:020}"));
        let text = format!("{number:020} {compared:020} {bytes}\n");
        let written = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.write_all(text.as_bytes()));
        written.map_err(|error| super::refused(&self.path, &error))
    }
}
