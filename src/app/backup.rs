//! A backup of the whole installation while it works.

use std::{
    fs::File,
    io::{BufWriter, Seek, SeekFrom, Write},
};

use super::{AppError, Desk};
use crate::store::{StoreError, backup};

fn failed(error: std::io::Error) -> AppError {
    StoreError::Unavailable(format!("the backup cannot be written: {error}")).into()
}

impl Desk<'_> {
    /// Writes everything of all tenants into a temporary file that has no name, and gives it at its beginning. Nobody commits
    /// while the store is read; a database is backed up by its own means.
    ///
    /// # Errors
    /// A store that cannot hold still, those of the store and the disk.
    pub async fn backup(&self) -> Result<File, AppError> {
        self.store.sound().await?;
        let mut file = tempfile::tempfile().map_err(failed)?;
        let still = self.store.still().await.ok_or_else(|| AppError::conflict("backup_of_database"))?;
        let written = backup::write(&*self.store, BufWriter::new(&mut file), self.now()).await;
        drop(still);
        written?;
        file.flush().and_then(|()| file.seek(SeekFrom::Start(0))).map_err(failed)?;
        Ok(file)
    }
}
