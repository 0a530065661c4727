//! Values to bytes and back. The first byte names the format, so that old bytes stay readable for ever:
//!
//! | byte | what follows |
//! |---|---|
//! | 1 | postcard |
//! | 2 | postcard, compressed by zstd |
//! | 3 | JSON |
//!
//! Postcard holds what is plentiful and whose shape is frozen (journal events, plan rows, links, directory objects); JSON
//! what is rare and grows new fields (run headers, connections, workflows).

use std::cell::RefCell;

use serde::{Serialize, de::DeserializeOwned};
use zstd::bulk::{Compressor, Decompressor};

use super::StoreError;

const POSTCARD: u8 = 1;
const COMPRESSED: u8 = 2;
const JSON: u8 = 3;

/// Below this size compression does not pay: single links and people stay as they are, groups of rows and events shrink.
const COMPRESS_FROM: usize = 1536;
/// Room for a person or a link: a value that grows byte by byte is copied at each doubling.
const USUAL: usize = 512;
/// How hard to compress.
const LEVEL: i32 = 3;

thread_local! {
    /// Making these costs far more than one use of them.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn compress(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(compressor) => compressor.compress(plain),
        None => kept.insert(Compressor::new(LEVEL)?).compress(plain),
    })
}

fn decompress(packed: &[u8], size: usize) -> std::io::Result<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(decompressor) => decompressor.decompress(packed, size),
        None => kept.insert(Decompressor::new()?).decompress(packed, size),
    })
}

/// The largest value we take back; protects against a damaged length.
const MAX_BYTES: usize = 256 << 20;

/// Postcard, compressed when large.
///
/// # Errors
/// [`StoreError::Corrupt`] when the value cannot be encoded, which is a mistake of ours.
pub fn pack<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    let mut plain = Vec::with_capacity(USUAL);
    plain.push(POSTCARD);
    let plain = postcard::to_extend(value, plain).map_err(|error| mistake(&error))?;
    if plain.len() < COMPRESS_FROM { Ok(plain) } else { compressed(&plain[1..]) }
}

/// What was packed, compressed. This and [`mistake`] know no type: what does is compiled for each that is stored.
fn compressed(plain: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut packed = vec![COMPRESSED];
    let body = compress(plain).map_err(|error| mistake(&error))?;
    packed.extend_from_slice(&u32::try_from(plain.len()).unwrap_or(u32::MAX).to_be_bytes());
    packed.extend_from_slice(&body);
    Ok(packed)
}

#[cold]
fn mistake(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt(error.to_string())
}

/// JSON.
///
/// # Errors
/// As [`pack`].
pub fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![JSON];
    serde_json::to_writer(&mut bytes, value).map_err(|error| mistake(&error))?;
    Ok(bytes)
}

/// A value together with the bytes it was read from: what a commit expects to find unchanged.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// The value.
    pub value: T,
    raw: Vec<u8>,
}

impl<T: DeserializeOwned> Loaded<T> {
    /// Reads stored bytes.
    pub fn read(raw: Option<Vec<u8>>) -> Result<Option<Self>, StoreError> {
        raw.map(Self::of).transpose()
    }

    /// Reads the bytes of an entry.
    pub fn of(raw: Vec<u8>) -> Result<Self, StoreError> {
        Ok(Self { value: unpack(&raw)?, raw })
    }
}

impl<T> Loaded<T> {
    /// The bytes.
    #[must_use]
    pub fn raw(&self) -> Vec<u8> {
        self.raw.clone()
    }
}

/// Reads what [`pack`] or [`json`] wrote.
///
/// # Errors
/// [`StoreError::Corrupt`] naming what is wrong: unknown format, damaged bytes.
pub fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    let room;
    let body = match bytes.split_first() {
        Some((&POSTCARD, body)) => body,
        Some((&COMPRESSED, body)) => {
            room = decompressed(body)?;
            &room[..]
        }
        Some((&JSON, body)) => return serde_json::from_slice(body).map_err(|error| mistake(&error)),
        Some((other, _)) => return Err(unknown(*other)),
        None => return Err(mistake(&"nothing there")),
    };
    postcard::from_bytes(body).map_err(|error| mistake(&error))
}

#[cold]
fn unknown(format: u8) -> StoreError {
    mistake(&format_args!("format {format} is unknown to this version; a newer idflow wrote it"))
}

/// Reads what [`pack`] wrote where it lies, for as long as `look` looks at it.
pub fn look<'b, T: serde::Deserialize<'b>, R>(
    bytes: &'b [u8],
    room: &'b mut Vec<u8>,
    look: impl FnOnce(T) -> R,
) -> Result<R, StoreError> {
    let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(error.to_string());
    let plain = match bytes.split_first() {
        Some((&POSTCARD, body)) => body,
        Some((&COMPRESSED, body)) => {
            *room = decompressed(body)?;
            &*room
        }
        _ => return Err(corrupt(&"not packed")),
    };
    postcard::from_bytes(plain).map(look).map_err(|error| corrupt(&error))
}

/// The bytes that were compressed.
fn decompressed(body: &[u8]) -> Result<Vec<u8>, StoreError> {
    let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(error.to_string());
    let (size, body) = body.split_at_checked(4).ok_or_else(|| corrupt(&"cut short"))?;
    let size = size.iter().fold(0usize, |size, byte| (size << 8) | usize::from(*byte));
    if size > MAX_BYTES {
        return Err(corrupt(&"impossible length"));
    }
    decompress(body, size).map_err(|error| corrupt(&error))
}

/// Whether bytes have the form of a stored value, as far as that can be seen without knowing its type.
pub fn sound(bytes: &[u8]) -> Result<(), StoreError> {
    match bytes.split_first() {
        Some((&JSON, body)) => {
            let read = serde_json::from_slice::<serde::de::IgnoredAny>(body);
            read.map(|_| ()).map_err(|error| StoreError::Corrupt(error.to_string()))
        }
        // A value of the type nothing is read from any body; what is wrong before the body is told.
        _ => unpack::<()>(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_refuses_damage() {
        let long: Vec<String> = (0..1000).map(|n| format!("value {n}")).collect();
        let packed = pack(&long).unwrap();
        assert!(packed.len() < 8000);
        assert_eq!(unpack::<Vec<String>>(&packed).unwrap(), long);
        assert_eq!(unpack::<Vec<String>>(&json(&long).unwrap()).unwrap(), long);
        for cut in 0..packed.len() {
            assert!(unpack::<Vec<String>>(&packed[..cut]).is_err());
        }
        assert!(unpack::<Vec<String>>(&[9, 1]).unwrap_err().to_string().contains("newer"));
    }
}
