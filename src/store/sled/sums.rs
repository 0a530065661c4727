//! What is in the store, added up: one entry more or less changes it.

/// Key of the record in the log.
pub const KEY: &[u8] = &[super::read::PART, super::read::PART, b'n'];

/// Entries together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// How many.
    pub count: u64,
    /// The wrapping sum of their checksums.
    pub sum: u64,
    /// The bytes of keys and values; `None`: not known, the record is from before they were counted.
    pub bytes: Option<u64>,
}

impl Sums {
    /// Nothing, with bytes that are known.
    pub const NOTHING: Self = Self { count: 0, sum: 0, bytes: Some(0) };

    /// Counts an entry that comes.
    pub fn add(&mut self, key: &[u8], stored: &[u8]) {
        self.count = self.count.wrapping_add(1);
        self.sum = self.sum.wrapping_add(checksum(key, stored));
        self.bytes = self.bytes.map(|bytes| bytes.wrapping_add((key.len() + stored.len()) as u64));
    }

    /// Counts an entry that goes.
    pub fn remove(&mut self, key: &[u8], stored: &[u8]) {
        self.count = self.count.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(checksum(key, stored));
        self.bytes = self.bytes.map(|bytes| bytes.wrapping_sub((key.len() + stored.len()) as u64));
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
