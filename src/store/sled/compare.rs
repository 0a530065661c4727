//! Reads everything once and finds out whether it is what was written, while the store is in use.
//!
//! It goes through the keys in their order, some at a time, between two batches and on the same thread, and adds up what it
//! finds. What a batch changes behind the place where it has come to is changed in that sum, too; what it changes before
//! that place is read when its turn comes. At the end the sum is what the records of the batches say, unless an entry was
//! lost, or is an old one of its key: whoever writes over such a one takes away from the record what was never in it.

use super::{
    catch_panic::calmly,
    sums::{KEY, Sums},
};
use crate::store::StoreError;

/// A comparison under way.
pub struct Comparison {
    /// The first key that was not read yet.
    next: Vec<u8>,
    /// What is there before it.
    found: Sums,
}

impl Comparison {
    /// From the beginning.
    pub const fn new() -> Self {
        Self { next: Vec::new(), found: Sums::NOTHING }
    }

    /// An entry comes.
    pub fn add(&mut self, key: &[u8], stored: &[u8]) {
        if key < &self.next[..] {
            self.found.add(key, stored);
        }
    }

    /// An entry goes.
    pub fn remove(&mut self, key: &[u8], stored: &[u8]) {
        if key < &self.next[..] {
            self.found.remove(key, stored);
        }
    }

    /// Reads at most so many entries. At the end: what there is, or how it differs from what should be there.
    pub fn step(
        &mut self,
        db: &::sled::Db,
        wanted: Sums,
        most: usize,
    ) -> Result<Option<Result<Sums, String>>, StoreError> {
        let mut last = None;
        let mut read = 0;
        for entry in db.range(self.next.clone()..).take(most) {
            let (key, stored) = entry.map_err(|error| super::failed(&error))?;
            if key != KEY {
                self.found.add(&key, &stored);
            }
            read += 1;
            last = Some(key);
        }
        if let Some(last) = last {
            self.next = [&last[..], &[0]].concat();
        }
        if read == most {
            return Ok(None);
        }
        let found = self.found;
        Ok(Some(if (wanted.count, wanted.sum) == (found.count, found.sum) {
            Ok(found)
        } else {
            Err(format!(
                "{} entries should be there and {} are, not all of them as they were written",
                wanted.count, found.count
            ))
        }))
    }

    /// Reads to the end.
    pub fn finish(&mut self, db: &::sled::Db, wanted: Sums) -> Result<Result<Sums, String>, StoreError> {
        loop {
            if let Some(verdict) = self.step(db, wanted, 1000)? {
                return Ok(verdict);
            }
        }
    }
}

/// What sled panics about is a loss, too.
///
/// # Errors
/// Those of sled that say nothing about what is stored.
pub fn told<T>(work: impl FnOnce() -> Result<Result<T, String>, StoreError>) -> Result<Result<T, String>, StoreError> {
    match calmly(work) {
        Err(StoreError::Corrupt(why)) => Ok(Err(why)),
        other => other,
    }
}
