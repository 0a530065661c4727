//! A backup: everything of a store in one file, which says itself whether it is whole.
//!
//! ```text
//! zstd of:  "idflow backup 1\n"   a line of JSON (form, version, time)   entries   u32::MAX   a line of JSON (number, checksum)
//! entry:    length of key (u32, little end first)   length of value   key   value
//! ```
//!
//! It is read while nobody commits ([`super::Kv::still`]), so it is the store of one moment, and checked entry by entry when it
//! is read again.

use std::io::{self, BufRead, BufReader, Read, Write};

use serde::{Deserialize, Serialize};

use super::{
    Batch, Entry, Kv, StoreError, codec,
    copy::{Amount, Checksum, CopyError, Everything, clear, sum},
    format,
};

const MAGIC: &[u8] = b"idflow backup 1\n";
/// How everything begins that zstd has packed (RFC 8878, 3.1.1).
const PACKED: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// After the last entry.
const END: u32 = u32::MAX;
/// The longest value that is read; no store of ours holds longer ones.
const MOST_VALUE: u32 = 1 << 30;
/// Bytes of entries that are committed at once.
const AT_ONCE: usize = 8 << 20;
/// How hard it is compressed: three times smaller at a hundred megabytes a second.
const LEVEL: i32 = 3;

/// What a backup says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    /// The form of the data.
    pub form: u64,
    /// The version of idflow that wrote it.
    pub version: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

#[derive(Serialize, Deserialize)]
struct Tail {
    entries: u64,
    bytes: u64,
    checksum: String,
}

fn failed(error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full(error.to_string()),
        _ => StoreError::Unavailable(format!("the backup: {error}")),
    }
}

/// What is wrong with a file that is to be a backup. It says nothing of any store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It is something else.
    #[error("the file is not a backup")]
    NoBackup,
    /// It ends too early.
    #[error("the backup is cut short")]
    CutShort,
    /// Its bytes are not those that were written.
    #[error("the backup is damaged")]
    Changed,
}

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::CutShort } else { Self::Changed }
    }
}

/// Why a backup was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is not as it was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// A newer idflow wrote it, or the store that it goes to does not work.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ReadError> for StoreError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged(damage) => Self::Corrupt(damage.to_string()),
            ReadError::Store(error) => error,
        }
    }
}

/// Writes everything. Nobody may commit meanwhile.
///
/// # Errors
/// Those of the store and of the file.
pub async fn write(store: &dyn Kv, out: impl Write + Send, at: i64) -> Result<Amount, StoreError> {
    let io = |error: io::Error| failed(&error);
    let mut out = zstd::stream::write::Encoder::new(out, LEVEL).map_err(io)?;
    out.write_all(MAGIC).map_err(io)?;
    let head = Head { form: format::FORMAT, version: env!("CARGO_PKG_VERSION").into(), at };
    let line = |value: String| format!("{value}\n").into_bytes();
    out.write_all(&line(serde_json::to_string(&head).unwrap_or_default())).map_err(io)?;
    let (mut amount, mut checksum) = (Amount::default(), Checksum::default());
    let mut pages = Everything::of(store);
    while let Some(page) = pages.next().await? {
        for entry in &page {
            checksum.add(entry);
            let (key, value) = entry;
            amount.entries += 1;
            amount.bytes += (key.len() + value.len()) as u64;
            let lengths = [key.len(), value.len()].map(|length| u32::try_from(length).unwrap_or(END));
            for length in lengths {
                out.write_all(&length.to_le_bytes()).map_err(io)?;
            }
            out.write_all(key).and_then(|()| out.write_all(value)).map_err(io)?;
        }
    }
    let tail = Tail { entries: amount.entries, bytes: amount.bytes, checksum: checksum.hex() };
    out.write_all(&END.to_le_bytes()).map_err(io)?;
    out.write_all(&line(serde_json::to_string(&tail).unwrap_or_default())).map_err(io)?;
    out.finish().and_then(|mut out| out.flush()).map_err(io)?;
    Ok(amount)
}

/// A backup that is being read.
struct Reading<R: Read> {
    input: BufReader<zstd::stream::read::Decoder<'static, BufReader<R>>>,
}

impl<R: Read> Reading<R> {
    fn open(input: R) -> Result<(Self, Head), Damage> {
        let mut input = BufReader::new(input);
        let begun = input.fill_buf().map_err(|_| Damage::NoBackup)?.starts_with(PACKED);
        let decoder = zstd::stream::read::Decoder::with_buffer(input)?;
        let mut reading = Self { input: BufReader::new(decoder) };
        let mut magic = vec![0; MAGIC.len()];
        let read = reading.input.read_exact(&mut magic).map_err(Damage::from);
        match (begun, read) {
            (true, Ok(())) if magic == MAGIC => {}
            // It begins as everything that is packed this way, and no further: a piece of one is not read.
            (true, Err(damage)) => return Err(damage),
            _ => return Err(Damage::NoBackup),
        }
        let head = reading.line()?;
        Ok((reading, head))
    }

    fn line<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, Damage> {
        let mut line = Vec::new();
        (&mut self.input).take(64 << 10).read_until(b'\n', &mut line)?;
        let damage = if line.ends_with(b"\n") { Damage::Changed } else { Damage::CutShort };
        serde_json::from_slice(&line).map_err(|_| damage)
    }

    fn number(&mut self) -> Result<u32, Damage> {
        let mut bytes = [0; 4];
        self.input.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn bytes(&mut self, length: u32) -> Result<Vec<u8>, Damage> {
        let mut bytes = Vec::new();
        let read = (&mut self.input).take(u64::from(length)).read_to_end(&mut bytes)?;
        if read == length as usize { Ok(bytes) } else { Err(Damage::CutShort) }
    }

    fn entry(&mut self) -> Result<Option<Entry>, Damage> {
        let key = self.number()?;
        if key == END {
            return Ok(None);
        }
        let value = self.number()?;
        if key as usize > super::MAX_KEY || value > MOST_VALUE {
            return Err(Damage::Changed);
        }
        Ok(Some((self.bytes(key)?, self.bytes(value)?)))
    }
}

/// Reads a backup to its end; `each` is given its entries in pieces.
fn read<R: Read>(
    input: R,
    mut each: impl FnMut(Vec<Entry>) -> Result<(), StoreError>,
) -> Result<(Head, Amount, String), ReadError> {
    let (mut reading, head) = Reading::open(input)?;
    if head.form > format::FORMAT {
        return Err(StoreError::Newer(format!("the backup has form {}, written by {}", head.form, head.version)).into());
    }
    let (mut amount, mut checksum) = (Amount::default(), Checksum::default());
    let (mut piece, mut size) = (Vec::new(), 0);
    while let Some(entry) = reading.entry()? {
        checksum.add(&entry);
        let bytes = entry.0.len() + entry.1.len();
        amount.entries += 1;
        amount.bytes += bytes as u64;
        size += bytes;
        piece.push(entry);
        if size >= AT_ONCE {
            each(std::mem::take(&mut piece))?;
            size = 0;
        }
    }
    if !piece.is_empty() {
        each(piece)?;
    }
    let tail: Tail = reading.line()?;
    let checksum = checksum.hex();
    if (tail.entries, tail.bytes, &tail.checksum) != (amount.entries, amount.bytes, &checksum) {
        return Err(Damage::Changed.into());
    }
    // What stands behind the end is of something else.
    if !reading.input.fill_buf().map_err(Damage::from)?.is_empty() {
        return Err(Damage::Changed.into());
    }
    Ok((head, amount, checksum))
}

/// Reads a backup through, and says whether it is whole.
///
/// # Errors
/// That it is not.
pub fn check(input: impl Read) -> Result<(Head, Amount), ReadError> {
    read(input, |_| Ok(())).map(|(head, amount, _)| (head, amount))
}

/// Writes a backup into an empty store, and compares what stands there then. Until that is done no program works with the store.
///
/// # Errors
/// A backup that is damaged, a store that is not empty, those of the store.
pub async fn restore(input: impl Read + Send + 'static, to: &dyn Kv) -> Result<(Head, Amount), CopyError> {
    clear(to).await?;
    let (send, mut pieces) = tokio::sync::mpsc::channel::<Vec<Entry>>(2);
    let gone = || StoreError::Unavailable("the store has stopped".into());
    let reading =
        tokio::task::spawn_blocking(move || read(input, |piece| send.blocking_send(piece).map_err(|_| gone())));
    while let Some(puts) = pieces.recv().await {
        to.commit(Batch { puts, ..Batch::default() }).await?;
    }
    let (head, amount, checksum) =
        reading.await.map_err(|error| StoreError::Unavailable(error.to_string()))?.map_err(StoreError::from)?;
    let (found, sum) = sum(to).await?;
    if (found, &sum) != (amount, &checksum) {
        return Err(CopyError::Differs(format!(
            "{} entries with checksum {checksum} in the backup, {} with {sum} in the store",
            amount.entries, found.entries
        )));
    }
    to.commit(Batch { deletes: vec![format::copying_key()], ..Batch::default() }).await?;
    restored(to, head.at).await?;
    format::agree(to).await?;
    Ok((head, amount))
}

/// Says that what stands in the store is of an earlier time (milliseconds since 1970): whoever works with it first ends what was
/// under way then.
///
/// # Errors
/// Those of the store.
pub async fn restored(store: &dyn Kv, at: i64) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    batch.put(format::restored_key(), codec::json(&at)?);
    store.commit(batch).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStore;

    #[tokio::test]
    async fn what_is_backed_up_comes_back_and_what_is_damaged_does_not() {
        let store = MemoryStore::default();
        let mut batch = Batch::default();
        for number in 0..2_000u32 {
            batch.put([b"k".as_slice(), &number.to_be_bytes()].concat(), vec![7; (number % 90) as usize]);
        }
        store.commit(batch).await.unwrap();
        // As every store that somebody works with.
        format::agree(&store).await.unwrap();
        let mut file = Vec::new();
        let amount = write(&store, &mut file, 5).await.unwrap();
        assert_eq!((amount, check(&file[..]).unwrap().0.at), (sum(&store).await.unwrap().0, 5));
        let other = MemoryStore::default();
        restore(io::Cursor::new(file.clone()), &other).await.unwrap();
        // What was under way is known to be of an earlier time, until somebody works with it.
        assert!(other.get(&format::restored_key()).await.unwrap().is_some());
        other.commit(Batch { deletes: vec![format::restored_key()], ..Batch::default() }).await.unwrap();
        assert_eq!(sum(&store).await.unwrap(), sum(&other).await.unwrap());
        // Not into what is there already.
        assert!(matches!(restore(io::Cursor::new(file.clone()), &other).await, Err(CopyError::NotEmpty)));
        let damage = |bytes: &[u8]| match check(bytes) {
            Err(ReadError::Damaged(damage)) => Some(damage),
            _ => None,
        };
        for cut in [4, 10, file.len() / 5, file.len() / 2, file.len() - 1] {
            assert_eq!(damage(&file[..cut]), Some(Damage::CutShort), "cut at {cut}");
        }
        let packed = zstd::encode_all(&[b'l'; 100][..], 3).unwrap();
        for other in [&b""[..], &b"x"[..], &b"PK\x03\x04 a workbook"[..], &packed[..]] {
            assert_eq!(damage(other), Some(Damage::NoBackup));
        }
        for place in (0..file.len()).step_by(file.len() / 40 + 1) {
            let mut bad = file.clone();
            bad[place] ^= 0x55;
            // A flipped bit is found, or means nothing.
            if let Ok((head, found)) = check(&bad[..]) {
                assert_eq!((head.at, found), (5, amount), "at {place}");
            }
        }
        let broken = MemoryStore::default();
        assert!(restore(io::Cursor::new(file[..file.len() / 2].to_vec()), &broken).await.is_err());
        // What was begun is no store, and another try begins anew.
        assert!(restore(io::Cursor::new(file), &broken).await.is_ok());
    }
}
