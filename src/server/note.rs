//! The note that whoever owns a data folder leaves in it: where it answers, and the token for it. Only the owner of
//! the folder can read it.

use std::{io::Write, net::SocketAddr, path::Path};

use serde::{Deserialize, Serialize};

/// Its name in the data folder.
pub const FILE: &str = "server.json";

/// The note.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Note {
    /// Where the server answers.
    pub address: SocketAddr,
    /// The token it wants.
    pub token: String,
    /// Its process.
    pub pid: u32,
    /// The command, when it only answers until its own work is done; empty for one that answers until it is stopped.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub passing: String,
}

/// A new random token.
#[must_use]
pub fn new_token() -> String {
    let mut bytes = [0u8; 32];
    // The operating system's source of randomness is there from boot on; a guessable token must never exist.
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    crate::reconcile::hash::hex(&bytes)
}

impl Note {
    /// Writes the note, whole or not at all.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, data_dir: &Path) -> std::io::Result<()> {
        let temporary = data_dir.join("server.json.new");
        let _ = std::fs::remove_file(&temporary);
        let mut options = std::fs::File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(temporary, data_dir.join(FILE))
    }

    /// Reads the note, if there is one that makes sense.
    #[must_use]
    pub fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_str(&std::fs::read_to_string(data_dir.join(FILE)).ok()?).ok()
    }

    /// Takes this note away; that of another process stays.
    pub fn remove(&self, data_dir: &Path) {
        if Self::read(data_dir).is_some_and(|note| note.token == self.token) {
            let _ = std::fs::remove_file(data_dir.join(FILE));
        }
    }
}
