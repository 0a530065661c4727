//! Servers elsewhere that somebody has logged in to: their addresses and tokens, in a file of the user that nobody else reads
//! (`servers.json` in the folder `idflow` of the user's settings).

use std::{io::Write, path::Path};

use serde::{Deserialize, Serialize};

/// A server, and what is shown to it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its address without a path: `https://id.example.com`.
    pub url: String,
    /// The token. It is shown to this address only.
    pub token: String,
    /// A certificate in PEM that signs the server's, where that is none the system trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
}

/// All of them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Servers {
    /// The address of the one that commands go to where nothing else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// Each address once.
    #[serde(default)]
    pub servers: Vec<Server>,
}

impl Servers {
    /// Reads them; none where there is no file.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(file: &Path) -> std::io::Result<Self> {
        match std::fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(std::io::Error::other),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes them, readable for the user alone. The file is the old or the new one, never half of it.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, file: &Path) -> std::io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        let mut making = std::fs::DirBuilder::new();
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
            making.mode(0o700);
            options.mode(0o600);
        }
        making.recursive(true).create(folder)?;
        let next = file.with_extension(format!("{}.new", std::process::id()));
        // One that is left there may have other rights.
        let _ = std::fs::remove_file(&next);
        let mut out = options.open(&next)?;
        out.write_all(&serde_json::to_vec_pretty(self)?)?;
        out.sync_all()?;
        std::fs::rename(next, file)
    }

    /// The one with this address.
    #[must_use]
    pub fn find(&self, url: &str) -> Option<&Server> {
        self.servers.iter().find(|server| server.url == url)
    }

    /// The one that commands go to where nothing else is said.
    #[must_use]
    pub fn current(&self) -> Option<&Server> {
        self.find(self.current.as_deref()?)
    }

    /// Adds one, or puts it in the place of that with its address; it is the current one now.
    pub fn put(&mut self, server: Server) {
        self.servers.retain(|one| one.url != server.url);
        self.current = Some(server.url.clone());
        self.servers.push(server);
    }

    /// Forgets one; says whether it was there.
    pub fn forget(&mut self, url: &str) -> bool {
        let before = self.servers.len();
        self.servers.retain(|one| one.url != url);
        if self.current.as_deref() == Some(url) {
            self.current = None;
        }
        self.servers.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_kept_for_the_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("idflow/servers.json");
        assert!(Servers::read(&file).unwrap() == Servers::default());
        let of = |url: &str, token: &str| Server { url: url.into(), token: token.into(), ca: None };
        let mut servers = Servers::default();
        servers.put(of("https://a", "1"));
        servers.put(of("https://b", "2"));
        servers.put(of("https://a", "3"));
        servers.write(&file).unwrap();
        servers.write(&file).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        }
        let mut read = Servers::read(&file).unwrap();
        assert!(read == servers && read.current().unwrap().token == "3" && read.servers.len() == 2);
        assert!(read.forget("https://a") && !read.forget("https://a") && read.current().is_none());
    }
}
