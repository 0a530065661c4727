//! The note that whoever owns a data folder leaves in it: where it answers. It is a hint and no proof: whoever answers
//! there may be somebody else by now ([`super::handshake`]), and it holds no secret.

use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// Its name in the data folder.
pub const FILE: &str = "server.json";

/// The note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Where the server answers.
    pub address: SocketAddr,
    /// Its process.
    pub pid: u32,
    /// When it began to answer, in milliseconds since 1970: another process may get the same number later.
    #[serde(default)]
    pub started: i64,
    /// The command, when it only answers until its own work is done; empty for one that answers until it is stopped.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub passing: String,
    /// Its store, without anything secret; notes of older versions do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// The address under which people reach it from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<String>,
}

impl Note {
    /// Writes the note, whole or not at all. Nobody waits for the disk: what it says is true as long as this process lives, and
    /// after a power cut there is no such process, and no note that can be read is as good as none.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, data_dir: &Path) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(data_dir)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.persist(data_dir.join(FILE)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Reads the note, if there is one that makes sense.
    #[must_use]
    pub fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_str(&std::fs::read_to_string(data_dir.join(FILE)).ok()?).ok()
    }

    /// Takes this note away; that of another process stays.
    pub fn remove(&self, data_dir: &Path) {
        if Self::read(data_dir).is_some_and(|note| note == *self) {
            let _ = std::fs::remove_file(data_dir.join(FILE));
        }
    }
}

/// A note that was left; gone when this is dropped.
pub struct Posted {
    /// The note.
    pub note: Note,
    data_dir: PathBuf,
}

impl Posted {
    /// Leaves a note.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(note: Note, data_dir: &Path) -> std::io::Result<Self> {
        note.write(data_dir)?;
        Ok(Self { note, data_dir: data_dir.to_path_buf() })
    }

    /// Takes it away.
    pub fn remove(&self) {
        self.note.remove(&self.data_dir);
    }
}

impl Drop for Posted {
    fn drop(&mut self) {
        self.remove();
    }
}
