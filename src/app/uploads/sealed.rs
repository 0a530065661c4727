//! How the content of uploaded files is sealed: each file has a key of its own, which the master key seals, and its parts lie in
//! the store in pieces, each sealed (XChaCha20-Poly1305) and bound to its file, its part, its number, and whether it is the last
//! one. So pieces cannot be moved, left out or cut off, and a change of the master key touches the one key only.

use std::{io::Read as _, path::Path};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use idflow_sdk::{Problem, Secret};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::folder::disk;
use crate::{
    app::{
        error::{AppError, RefusalKind},
        seal::{Sealer, no_randomness},
    },
    model::hex::{from_hex, hex},
    model::id::Tenant,
    store::{Kv, uploads},
};

/// Bytes of a piece before it is sealed.
const PIECE: usize = 256 << 10;
const KEY_BYTES: usize = 32;

/// What the key of a file is sealed for.
pub(in crate::app) fn seal_context(id: &str) -> String {
    format!("upload/{id}")
}

/// The key of one file.
pub(in crate::app) struct FileKey {
    id: String,
    cipher: XChaCha20Poly1305,
}

fn damaged(id: &str) -> AppError {
    AppError::new(RefusalKind::Unavailable, Problem::new("upload_damaged").arg("id", id.to_string()))
}

impl FileKey {
    /// A new one, and as it is kept.
    pub(in crate::app) fn make(sealer: &Sealer, id: &str) -> Result<(Self, String), AppError> {
        let mut key = Zeroizing::new([0u8; KEY_BYTES]);
        getrandom::fill(&mut *key).map_err(|error| no_randomness(&error))?;
        let sealed = sealer.seal(&seal_context(id), &Secret::new(hex(&*key)))?;
        Ok((Self::of(id, &*key)?, sealed))
    }

    /// The one that is kept.
    pub(in crate::app) fn open(sealer: &Sealer, id: &str, sealed: &str) -> Result<Self, AppError> {
        let unreadable = || AppError::conflict("secret_unreadable").arg("name", id);
        let secret = sealer.unseal(&seal_context(id), sealed).ok_or_else(unreadable)?;
        let key = Zeroizing::new(from_hex(secret.expose()).ok_or_else(unreadable)?);
        Self::of(id, &key)
    }

    fn of(id: &str, key: &[u8]) -> Result<Self, AppError> {
        let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| AppError::invalid("seal_failed"))?;
        Ok(Self { id: id.into(), cipher })
    }

    /// The number of a piece is part of its nonce: with a key of its own for each file, and another beginning for each part,
    /// none comes twice.
    fn nonce(part: &str, number: u64) -> [u8; 24] {
        let mut nonce = [0; 24];
        nonce[..16].copy_from_slice(&Sha256::digest(part.as_bytes())[..16]);
        nonce[16..].copy_from_slice(&number.to_be_bytes());
        nonce
    }

    fn bound(&self, part: &str, number: u64, last: bool) -> String {
        format!("{}/{part}/{number}/{last}", self.id)
    }

    fn seal(&self, part: &str, number: u64, last: bool, plain: &[u8]) -> Result<Vec<u8>, AppError> {
        let bound = self.bound(part, number, last);
        let payload = Payload { msg: plain, aad: bound.as_bytes() };
        let nonce = Self::nonce(part, number);
        self.cipher.encrypt((&nonce).into(), payload).map_err(|_| AppError::invalid("seal_failed"))
    }

    fn unseal(&self, part: &str, number: u64, last: bool, sealed: &[u8]) -> Option<Vec<u8>> {
        let bound = self.bound(part, number, last);
        let nonce = Self::nonce(part, number);
        self.cipher.decrypt((&nonce).into(), Payload { msg: sealed, aad: bound.as_bytes() }).ok()
    }

    /// Puts the content of a file on disk into the store as a part; says its length.
    pub(in crate::app) async fn keep(
        &self,
        store: &dyn Kv,
        tenant: &Tenant,
        part: &str,
        path: &Path,
    ) -> Result<u64, AppError> {
        let mut file = std::fs::File::open(path).map_err(|error| disk(&error))?;
        let (mut number, mut bytes) = (0, 0);
        let mut piece = read_piece(&mut file)?;
        loop {
            let next = read_piece(&mut file)?;
            let last = next.is_empty();
            bytes += piece.len() as u64;
            let sealed = self.seal(part, number, last, &piece)?;
            uploads::put_piece(store, tenant, (&self.id, part, number), sealed).await?;
            if last {
                return Ok(bytes);
            }
            piece = next;
            number += 1;
        }
    }

    /// Writes a part of this length into a new file that its owner alone reads.
    pub(in crate::app) async fn write(
        &self,
        store: &dyn Kv,
        tenant: &Tenant,
        (part, bytes): (&str, u64),
        path: &Path,
    ) -> Result<(), AppError> {
        use std::io::Write as _;
        let mut options = std::fs::File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|error| disk(&error))?;
        let pieces = bytes.div_ceil(PIECE as u64).max(1);
        let mut written = 0;
        for number in 0..pieces {
            let sealed = uploads::piece(store, tenant, (&self.id, part, number)).await?;
            let sealed = sealed.ok_or_else(|| damaged(&self.id))?;
            let plain = self.unseal(part, number, number + 1 == pieces, &sealed).ok_or_else(|| damaged(&self.id))?;
            written += plain.len() as u64;
            file.write_all(&plain).map_err(|error| disk(&error))?;
        }
        if written == bytes { Ok(()) } else { Err(damaged(&self.id)) }
    }
}

/// The next piece; empty at the end.
fn read_piece(file: &mut std::fs::File) -> Result<Vec<u8>, AppError> {
    let mut piece = Vec::with_capacity(PIECE);
    file.take(PIECE as u64).read_to_end(&mut piece).map_err(|error| disk(&error))?;
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStore;

    #[tokio::test]
    async fn a_file_comes_back_as_it_was_and_no_piece_of_it_can_be_changed_moved_or_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let sealer = Sealer::open(Some(&"11".repeat(32)), Path::new("/nowhere")).unwrap();
        let tenant = Tenant::default_tenant();
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let store = MemoryStore::default();
            let (key, sealed) = FileKey::make(&sealer, "01A").unwrap();
            let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let (from, to) = (folder.path().join(format!("{length}.in")), folder.path().join(format!("{length}.out")));
            std::fs::write(&from, &content).unwrap();
            let bytes = key.keep(&store, &tenant, "raw", &from).await.unwrap();
            assert_eq!(bytes, length as u64);
            let again = FileKey::open(&sealer, "01A", &sealed).unwrap();
            again.write(&store, &tenant, ("raw", bytes), &to).await.unwrap();
            assert_eq!(std::fs::read(&to).unwrap(), content);
            assert!(FileKey::open(&sealer, "01B", &sealed).is_err(), "the key is bound to its file");
            let refused = async |what: &str, bytes: u64| {
                let out = folder.path().join(format!("{length}-{what}"));
                assert!(again.write(&store, &tenant, ("raw", bytes), &out).await.is_err(), "{length}: {what}");
            };
            if length > PIECE {
                refused("cut off", bytes - PIECE as u64).await;
                let last = uploads::piece(&store, &tenant, ("01A", "raw", 1)).await.unwrap().unwrap();
                uploads::put_piece(&store, &tenant, ("01A", "raw", 0), last).await.unwrap();
                refused("moved", bytes).await;
            }
            let mut first = uploads::piece(&store, &tenant, ("01A", "raw", 0)).await.unwrap().unwrap();
            first[0] ^= 1;
            uploads::put_piece(&store, &tenant, ("01A", "raw", 0), first).await.unwrap();
            refused("changed", bytes).await;
            uploads::drop_pieces(&store, &tenant, "01A", None).await.unwrap();
            refused("gone", bytes).await;
            assert!(uploads::with_pieces(&store, &tenant).await.unwrap().is_empty());
        }
    }
}
