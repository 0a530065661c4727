//! Secrets at rest: sealed with XChaCha20-Poly1305 under a master key, bound to their connection and name so that they
//! cannot be moved. The key comes from the environment or from a file made at first use.
//!
//! A sealed text names its key (`k1.ID.…`), so that two keys can be in use while everything is sealed anew: the first one
//! seals, each opens what is its own ([`rotate`]).

pub mod rotate;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use idflow_sdk::Secret;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::AppError;
use crate::{
    model::hex::{from_hex, hex},
    store::{
        Kv,
        key_change::{self, KeyChange},
        sealed,
    },
};

/// How often a process that shares its store looks whether its keys still are the store's.
pub const LOOK: Duration = Duration::from_secs(2);

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// What a sealed text begins with that names its key.
const NAMED: &str = "k1.";
/// Digits of the name of a key.
const ID_DIGITS: usize = 12;

/// One master key.
struct MasterKey {
    /// Its name: tells keys apart, and nothing of the key.
    id: String,
    cipher: XChaCha20Poly1305,
}

impl MasterKey {
    fn of(text: &str) -> Result<Self, AppError> {
        let bytes = from_hex(text).map(Zeroizing::new).filter(|bytes| bytes.len() == KEY_BYTES);
        let bytes = bytes.ok_or_else(|| AppError::invalid("key_wrong"))?;
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| AppError::invalid("key_wrong"))?;
        let digest = Sha256::new().chain_update(b"idflow: the name of a master key\n").chain_update(&*bytes).finalize();
        let mut id = hex(&digest[..]);
        id.truncate(ID_DIGITS);
        Ok(Self { id, cipher })
    }
}

/// The master keys: the first one seals, all open.
pub struct Sealer {
    keys: Vec<MasterKey>,
}

impl Sealer {
    /// The keys given (64 hex digits, `file:PATH` or `command:PROGRAM ARGUMENTS`, which prints them; several with `;` between
    /// them), or that of the file, which is made when it is missing.
    ///
    /// # Errors
    /// A key of the wrong form, or a file that cannot be read or written.
    pub fn open(given: Option<&str>, file: &Path) -> Result<Self, AppError> {
        let keys = match given {
            Some(text) => {
                text.split(';').map(|text| MasterKey::of(&given_key(text.trim())?)).collect::<Result<_, _>>()?
            }
            None => vec![match read(file)? {
                Some(text) => MasterKey::of(&text)?,
                None => MasterKey::of(&make(file)?)?,
            }],
        };
        Ok(Self { keys })
    }

    /// Opens by the key of this file, too, if it is there.
    ///
    /// # Errors
    /// A key of the wrong form, or a file that cannot be read.
    fn and(mut self, file: &Path) -> Result<Self, AppError> {
        if let Some(text) = read(file)? {
            let key = MasterKey::of(&text)?;
            if !self.knows(&key.id) {
                self.keys.push(key);
            }
        }
        Ok(self)
    }

    /// The name of the key that seals.
    #[must_use]
    pub fn id(&self) -> &str {
        self.keys.first().map_or("", |key| &key.id)
    }

    /// The name of the key that seals, and of those that only open.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        self.keys.iter().map(|key| &*key.id).collect()
    }

    fn knows(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id == id)
    }

    /// Whether a text was sealed by the key that seals now.
    fn is_newest(&self, sealed: &str) -> bool {
        sealed.strip_prefix(NAMED).and_then(|rest| rest.split_once('.')).is_some_and(|(id, _)| id == self.id())
    }

    /// Seals a secret for one place.
    ///
    /// # Errors
    /// None in practice; the cipher's signature allows one.
    pub fn seal(&self, context: &str, secret: &Secret) -> Result<String, AppError> {
        let mut nonce = [0u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| no_randomness(&error))?;
        let payload = Payload { msg: secret.expose().as_bytes(), aad: context.as_bytes() };
        let key = self.keys.first().ok_or_else(|| AppError::invalid("seal_failed"))?;
        let sealed = key.cipher.encrypt((&nonce).into(), payload).map_err(|_| AppError::invalid("seal_failed"))?;
        let sealed = hex(&[&nonce[..], &sealed].concat());
        Ok(format!("{NAMED}{}.{sealed}", key.id))
    }

    /// Opens a sealed secret; `None` when the key is another one or the text was changed.
    #[must_use]
    pub fn unseal(&self, context: &str, sealed: &str) -> Option<Secret> {
        // Before texts named their key, they were nothing but digits.
        let (id, digits) = match sealed.strip_prefix(NAMED) {
            Some(rest) => rest.split_once('.').map(|(id, digits)| (Some(id), digits))?,
            None => (None, sealed),
        };
        let bytes = from_hex(digits)?;
        let (nonce, body) = bytes.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let mut keys = self.keys.iter().filter(|key| id.is_none_or(|id| key.id == id));
        let plain = keys
            .find_map(|key| key.cipher.decrypt((&nonce).into(), Payload { msg: body, aad: context.as_bytes() }).ok())?;
        String::from_utf8(plain).ok().map(Secret::new)
    }
}

/// A key that somebody keeps elsewhere: as it is, in a file, or printed by a program, which is started without a shell.
fn given_key(text: &str) -> Result<Zeroizing<String>, AppError> {
    if let Some(path) = text.strip_prefix("file:") {
        let path = Path::new(path.trim());
        let read = std::fs::read_to_string(path).map_err(|error| of_file("key_unreadable", path, &error))?;
        return Ok(Zeroizing::new(Zeroizing::new(read).trim().to_string()));
    }
    let Some(command) = text.strip_prefix("command:") else { return Ok(Zeroizing::new(text.to_string())) };
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or_default();
    let failed = |what: String| AppError::invalid("key_command_failed").arg("program", program).arg("what", what);
    let done = std::process::Command::new(program).args(words).stdin(std::process::Stdio::null()).output();
    let done = done.map_err(|error| failed(error.to_string()))?;
    let printed = Zeroizing::new(done.stdout);
    if !done.status.success() {
        return Err(failed(done.status.to_string()));
    }
    let key = std::str::from_utf8(&printed).map_err(|error| failed(error.to_string()))?;
    Ok(Zeroizing::new(key.trim().to_string()))
}

/// The key that is made beside the one of the data folder.
fn next_to(file: &Path) -> PathBuf {
    file.with_extension("key.next")
}

fn before(file: &Path, id: &str) -> PathBuf {
    file.with_extension(format!("key.before-{id}"))
}

/// The keys of an application over this store: those given, or that of the file, with its successor or predecessor while a
/// change is underway.
///
/// # Errors
/// A key that is none; one that is not the store's; a change that is underway, of which a key is missing.
pub async fn keys(store: &dyn Kv, given: Option<&str>, file: &Path) -> Result<Sealer, AppError> {
    let mut sealer = Sealer::open(given, file)?;
    let Some(change) = key_change::newest(store).await?.map(|loaded| loaded.value) else { return Ok(sealer) };
    if change.done.is_none() && given.is_none() {
        sealer = sealer.and(&next_to(file))?.and(&before(file, &change.from))?;
    }
    fits(&sealer, &change)?;
    Ok(sealer)
}

/// Refuses keys with which nobody works with the store since this change: one of the two is missing while it is underway, another
/// one than the new one seals when it is done.
fn fits(sealer: &Sealer, change: &KeyChange) -> Result<(), AppError> {
    let (from, to) = (change.from.clone(), change.to.clone());
    if change.done.is_none() {
        return match sealer.knows(&from) && sealer.knows(&to) {
            true => Ok(()),
            false => Err(AppError::conflict("key_change_underway").arg("from", from).arg("to", to)),
        };
    }
    match sealer.id() == to {
        true => Ok(()),
        false => Err(AppError::conflict("key_other").arg("wanted", to).arg("given", sealer.id())),
    }
}

/// Whether keys that were right when they were opened still are: another process over the same database may have begun to change
/// the master key since.
///
/// # Errors
/// They are not; those of the store.
pub async fn still_fits(store: &dyn Kv, sealer: &Sealer) -> Result<(), AppError> {
    match key_change::newest(store).await? {
        Some(change) => fits(sealer, &change.value),
        None => Ok(()),
    }
}

/// Refuses a store that holds sealed secrets while there is no key: a new one would open none of them, and would stand in the
/// next backup as if it did.
///
/// # Errors
/// That one; those of the store.
pub async fn refuse_lost_key(store: &dyn Kv, file: &Path) -> Result<(), AppError> {
    let sealed = sealed::number(store).await?;
    if sealed == 0 {
        return Ok(());
    }
    let error = AppError::conflict("key_lost").arg("number", sealed.to_string());
    Err(error.arg("file", file.display().to_string()))
}

/// A refusal about a file.
fn of_file(code: &'static str, file: &Path, error: &std::io::Error) -> AppError {
    AppError::invalid(code).arg("file", file.display().to_string()).arg("what", error.to_string())
}

pub(in crate::app) fn no_randomness(error: &getrandom::Error) -> AppError {
    AppError::invalid("no_randomness").arg("what", error.to_string())
}

/// The key in a file; `None`: there is no such file.
fn read(file: &Path) -> Result<Option<Zeroizing<String>>, AppError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(Zeroizing::new(Zeroizing::new(text).trim().to_string()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(of_file("key_unreadable", file, &error)),
    }
}

/// Makes a key file that only its owner can read.
fn make(file: &Path) -> Result<Zeroizing<String>, AppError> {
    use std::io::Write;
    let failed = |error: std::io::Error| of_file("key_not_written", file, &error);
    let mut key = Zeroizing::new([0u8; KEY_BYTES]);
    getrandom::fill(&mut *key).map_err(|error| no_randomness(&error))?;
    let text = Zeroizing::new(hex(&*key));
    if let Some(folder) = file.parent() {
        crate::store::folder::make(folder).map_err(failed)?;
    }
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file).map_err(failed)?;
    writeln!(out, "{}", text.as_str()).map_err(failed)?;
    out.sync_all().map_err(failed)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_secrets_open_only_in_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        let sealer = Sealer::open(None, &file).unwrap();
        let sealed = sealer.seal("a/app_secret", &Secret::new("s3cret".into())).unwrap();
        assert!(!sealed.contains("s3cret"));
        let again = Sealer::open(None, &file).unwrap();
        assert_eq!(again.unseal("a/app_secret", &sealed).unwrap().expose(), "s3cret");
        assert!(again.unseal("b/app_secret", &sealed).is_none());
        assert!(Sealer::open(Some(&"0".repeat(64)), &file).unwrap().unseal("a/app_secret", &sealed).is_none());
        assert!(Sealer::open(Some("short"), &file).is_err());
        // Kept elsewhere: in another file, or printed by a program.
        let elsewhere = format!("file:{}", file.display());
        assert_eq!(
            Sealer::open(Some(&elsewhere), Path::new("/nowhere"))
                .unwrap()
                .unseal("a/app_secret", &sealed)
                .unwrap()
                .expose(),
            "s3cret"
        );
        let printed = format!("command:cat {}", file.display());
        let by_program = Sealer::open(Some(&printed), Path::new("/nowhere")).unwrap();
        assert_eq!(by_program.unseal("a/app_secret", &sealed).unwrap().expose(), "s3cret");
        for wrong in ["file:/nowhere/key", "command:", "command:false", "command:/nowhere/program"] {
            assert!(Sealer::open(Some(wrong), &file).is_err(), "{wrong}");
        }
    }
}
