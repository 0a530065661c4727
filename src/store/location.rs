//! Where a store is, as people write it: a folder, or the URL of a database.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc};

use super::{
    Store, StoreError, format,
    memory::MemoryStore,
    postgres::{Address, PostgresStore},
    sled::SledStore,
};

/// Where a store is.
#[derive(Debug, Clone)]
pub enum Location {
    /// In memory, and forgotten: for rehearsals and tests of templates.
    Memory,
    /// In a folder of this machine, by sled.
    Folder(PathBuf),
    /// In a PostgreSQL database.
    Postgres(Box<Address>),
}

impl Location {
    /// Opens the store, makes it if need be, and makes sure that this version may work with it.
    ///
    /// # Errors
    /// Those of the backend; [`StoreError::Newer`].
    pub async fn open(&self) -> Result<Store, StoreError> {
        let store = self.bare().await?;
        format::agree(&*store).await?;
        Ok(store)
    }

    /// Opens the store as it is, without asking who wrote it.
    pub async fn bare(&self) -> Result<Store, StoreError> {
        Ok(match self {
            Self::Memory => Arc::new(MemoryStore::default()),
            Self::Folder(folder) => SledStore::open_async(folder.clone()).await?,
            Self::Postgres(address) => Arc::new(PostgresStore::open(Address::clone(address)).await?),
        })
    }

    /// Opens the store although it may have lost something, to look at what is left. Says what it has lost.
    pub async fn inspect(&self) -> Result<(Store, Option<String>), StoreError> {
        match self {
            Self::Folder(folder) => {
                let folder = folder.clone();
                let opened = tokio::task::spawn_blocking(move || SledStore::inspect(&folder)).await;
                let (store, lost) = opened.map_err(|error| StoreError::Unavailable(error.to_string()))??;
                Ok((Arc::new(store), lost))
            }
            _ => Ok((self.bare().await?, None)),
        }
    }

    /// Whether there is a store to read from. Of a database only opening it tells.
    #[must_use]
    pub fn is_there(&self) -> bool {
        match self {
            Self::Memory => false,
            Self::Folder(folder) => super::exchange::is_there(folder) || super::sled::was_there(folder),
            Self::Postgres(_) => true,
        }
    }

    /// Whether there is a password in it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        matches!(self, Self::Postgres(address) if address.has_password())
    }

    /// Which store it is, in words that are the same however it is spelled; nothing secret is in them.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Memory => "memory".into(),
            Self::Folder(folder) => {
                let whole = std::fs::canonicalize(folder).or_else(|_| std::path::absolute(folder));
                whole.as_deref().unwrap_or(folder).display().to_string()
            }
            Self::Postgres(address) => address.place(),
        }
    }

    /// Whether several processes may work with it at the same time.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl FromStr for Location {
    type Err = String;

    /// `postgres://…` or `postgresql://…` is a database; anything else without a scheme is a folder.
    fn from_str(text: &str) -> Result<Self, String> {
        if Address::is_meant(text) {
            return Ok(Self::Postgres(Box::new(text.parse()?)));
        }
        match text.split_once("://") {
            // The rest is not repeated: there may be a password in it.
            Some((scheme, _)) => {
                Err(format!("there is no store of the kind `{scheme}`: give a folder or postgres://…"))
            }
            None if text.is_empty() => Err("the store is empty: give a folder or postgres://…".into()),
            None => Ok(Self::Folder(text.into())),
        }
    }
}

/// Without the password.
impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => formatter.write_str("memory"),
            Self::Folder(folder) => folder.display().fmt(formatter),
            Self::Postgres(address) => address.fmt(formatter),
        }
    }
}
