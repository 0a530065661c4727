//! How entries are read: whole ones, and long ones from their parts.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::store::{Entry, StoreError, keys};

/// A batch being applied; over when dropped, also by a panic of sled.
pub(super) struct Turn<'a>(pub(super) &'a AtomicU64);

impl<'a> Turn<'a> {
    pub(super) fn begin(turn: &'a AtomicU64) -> Self {
        turn.fetch_add(1, Ordering::AcqRel);
        Self(turn)
    }
}

pub(super) fn part_key(key: &[u8], index: usize) -> Vec<u8> {
    let mut part = Vec::with_capacity(key.len() + 5);
    part.push(PART);
    part.extend_from_slice(key);
    part.extend_from_slice(&(index as u32).to_be_bytes());
    part
}

/// The store as readers see it.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) db: ::sled::Db,
    /// Odd while a batch is being applied. A long value is read in several steps, and sled guards each of them only.
    pub(super) turn: Arc<AtomicU64>,
}

impl Reader {
    pub(super) fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.db.get(key).map_err(|error| failed(&error))? {
            Some(stored) => self.whole(key, &stored),
            None => Ok(None),
        }
    }

    /// The value that is stored under the key, put together from its parts if need be; `None` when it was deleted just now.
    pub(super) fn whole(&self, key: &[u8], stored: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match stored.split_first() {
            Some((&WHOLE, value)) => Ok(Some(value.to_vec())),
            Some((&PARTS, _)) => loop {
                let turn = self.turn.load(Ordering::Acquire);
                let read = if turn.is_multiple_of(2) { Some(self.long(key)) } else { None };
                match read {
                    Some(read) if self.turn.load(Ordering::Acquire) == turn => return read,
                    // A batch came in between.
                    _ => thread::yield_now(),
                }
            },
            _ => Err(unknown_form()),
        }
    }

    /// The value as it is now, in several steps.
    pub(super) fn long(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(stored) = self.db.get(key).map_err(|error| failed(&error))? else { return Ok(None) };
        match stored.split_first() {
            Some((&WHOLE, value)) => Ok(Some(value.to_vec())),
            Some((&PARTS, length)) => {
                let length = keys::last_number(length) as usize;
                let mut value = Vec::with_capacity(length.min(64 << 20));
                for index in 0..length.div_ceil(MAX_VALUE) {
                    let part = self
                        .db
                        .get(part_key(key, index))
                        .map_err(|error| failed(&error))?
                        .ok_or_else(|| StoreError::Corrupt("a part of a long value is missing".into()))?;
                    value.extend_from_slice(&part);
                }
                if value.len() == length {
                    Ok(Some(value))
                } else {
                    Err(StoreError::Corrupt("a long value is cut short".into()))
                }
            }
            _ => Err(unknown_form()),
        }
    }

    /// At most `limit` entries of a range.
    pub(super) fn scan(&self, from: &[u8], to: &[u8], limit: usize, backwards: bool) -> Result<Vec<Entry>, StoreError> {
        let take = |item: ::sled::Result<(::sled::IVec, ::sled::IVec)>| {
            let found = item.map_err(|error| failed(&error)).and_then(|(key, stored)| {
                let value = self.whole(&key, &stored)?;
                Ok(value.map(|value| (key.to_vec(), value)))
            });
            found.transpose()
        };
        // What is ours lies in the middle of the keys and is nobody's business. That a range has nothing in it sled finds out as
        // slowly as what it has, and behind ours there is hardly ever anything.
        let range = |from: &[u8], to: &[u8]| (from < to).then(|| self.db.range(from..to)).into_iter().flatten();
        let (ours, after): (&[u8], &[u8]) = (&[PART], &[PART + 1]);
        let (below, above) = (range(from.min(ours), to.min(ours)), range(from.max(after), to.max(after)));
        if backwards {
            above.rev().chain(below.rev()).filter_map(take).take(limit).collect()
        } else {
            below.chain(above).filter_map(take).take(limit).collect()
        }
    }
}

/// The longest value that sled is given.
pub(super) const MAX_VALUE: usize = 4000;

/// First byte of a stored value: all of it follows.
pub(super) const WHOLE: u8 = 0;

/// First byte of a stored value: its length follows, the bytes are in parts.
pub(super) const PARTS: u8 = 1;

/// Kind byte of parts, and of what else is ours.
pub(super) const PART: u8 = keys::RESERVED;

/// An error of sled.
pub(super) fn failed(error: &::sled::Error) -> StoreError {
    match error {
        ::sled::Error::Io(error) => {
            // sled copies errors of the system as text, so the kind alone may be lost.
            let said = error.to_string();
            let full = matches!(
                error.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
            ) || ["StorageFull", "QuotaExceeded", "FileTooLarge"].iter().any(|kind| said.contains(kind));
            let text = system_words(&said);
            if full { StoreError::Full(text) } else { StoreError::Unavailable(text) }
        }
        ::sled::Error::Corruption { at, .. } => StoreError::Corrupt(match at {
            Some(at) => format!("its files are damaged at {at:?}"),
            None => "its files are damaged".into(),
        }),
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// What the system said, out of an error that was copied in the form for programmers.
fn system_words(said: &str) -> String {
    let words = said.split_once("message: \"").and_then(|(_, rest)| rest.split_once('"'));
    words.map_or(said, |(words, _)| words).to_string()
}

pub(super) fn unknown_form() -> StoreError {
    StoreError::Corrupt("a value of an unknown form".into())
}
