//! Where uploaded files lie, and when they go.
//!
//! A file lies in a folder of its own below the data folder, by tenant, readable by the owner of the data folder alone. It goes
//! after a day, or as soon as its import is over without a failure; a run that waits for an approval reads its file again, so
//! until that is over the file stays. It lies on the machine that took it: several nodes share the folder `uploads`, or are
//! asked through a proxy that keeps to one of them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    super::{App, AppError, time},
    disk,
};
use crate::{
    contract::upload::{Upload, UploadFormat, UploadSheet},
    model::run::Status,
    store::runs,
};

/// The largest file.
pub const MOST_BYTES: u64 = 200 << 20;
/// How long a file is kept.
pub const KEPT_MS: i64 = 24 * 3600 * 1000;
/// Files of one tenant that are kept at once.
pub const MOST_FILES: usize = 20;
/// How often it is looked whether a file's time is over.
const EVERY: std::time::Duration = std::time::Duration::from_secs(300);

/// The folder of all of them, in the data folder.
pub(in crate::app) const FOLDER: &str = "uploads";
const META: &str = "upload.json";
/// The file as it came.
pub(super) const RAW: &str = "raw";

/// What is known of a file, beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) format: UploadFormat,
    pub(super) bytes: u64,
    pub(super) sheets: Vec<UploadSheet>,
    pub(super) created: i64,
    pub(super) by: String,
    /// The run that imports it.
    pub(super) run: Option<String>,
}

impl Meta {
    /// Keeps it.
    pub(super) fn write(&self, place: &Path) -> Result<(), AppError> {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        let next = place.join("upload.next");
        let written = std::fs::write(&next, bytes).and_then(|()| std::fs::rename(&next, place.join(META)));
        written.map_err(|error| disk(&error))
    }

    fn read(place: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(place.join(META)).ok()?).ok()
    }

    pub(super) fn view(&self) -> Upload {
        Upload {
            id: self.id.clone(),
            name: self.name.clone(),
            format: self.format,
            bytes: self.bytes,
            sheets: self.sheets.clone(),
            created: time(self.created),
            by: self.by.clone(),
            expires: time(self.created.saturating_add(KEPT_MS)),
            run: self.run.clone(),
        }
    }
}

/// Makes a folder that nobody else reads: names and numbers of people lie in it.
fn make_folder(place: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(place)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(place, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

impl App {
    /// The folder of the tenant's files.
    pub(in crate::app) fn shelf(&self) -> PathBuf {
        self.all.data_dir.join(FOLDER).join(self.tenant.as_str())
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        let found = std::fs::read_dir(self.shelf()).into_iter().flatten().flatten();
        found.map(|entry| entry.path())
    }

    pub(super) fn uploads_there(&self) -> usize {
        self.folders().count()
    }

    pub(super) fn all_uploads(&self) -> Vec<Meta> {
        self.folders().filter_map(|folder| Meta::read(&folder)).collect()
    }

    pub(super) fn make_place(&self, id: &str) -> std::io::Result<PathBuf> {
        let place = self.shelf().join(id);
        make_folder(&self.all.data_dir.join(FOLDER))?;
        make_folder(&place)?;
        Ok(place)
    }

    /// The folder of a file, and what is known of it.
    pub(super) fn meta(&self, id: &str) -> Result<(PathBuf, Meta), AppError> {
        let missing = || AppError::not_found("upload_missing").arg("id", id);
        let id: ulid::Ulid = ulid::Ulid::from_string(id).map_err(|_| missing())?;
        let place = self.shelf().join(id.to_string());
        let meta = Meta::read(&place).ok_or_else(missing)?;
        Ok((place, meta))
    }

    /// Removes files whose time is over. One whose import is not over stays.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn sweep_uploads(&self) -> Result<(), AppError> {
        for folder in self.folders() {
            let id = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // One that never came in whole has no more than the time in its name.
            let born = ulid::Ulid::from_string(&id).map_or(0, |ulid| i64::try_from(ulid.timestamp_ms()).unwrap_or(0));
            let old = self.now().saturating_sub(born) >= KEPT_MS;
            let run = Meta::read(&folder).and_then(|meta| meta.run?.parse().ok());
            let run = match run {
                Some(run) => runs::get(&*self.store, &self.tenant, run).await?.map(|run| run.status),
                None => None,
            };
            let goes = match run {
                None => old,
                Some(Status::Succeeded | Status::SucceededNoChange | Status::Cancelled) => true,
                Some(status) => old && status.is_end(),
            };
            if goes && let Err(error) = std::fs::remove_dir_all(&folder) {
                tracing::warn!(%error, folder = %folder.display(), "an uploaded file could not be removed");
            }
        }
        Ok(())
    }

    /// The same for all tenants, as long as the server runs.
    pub async fn keep_sweeping_uploads(self) {
        loop {
            match crate::store::tenants::all(&*self.store).await {
                Ok(tenants) => {
                    for tenant in tenants {
                        if let Err(error) = self.of(&tenant.id).sweep_uploads().await {
                            tracing::warn!(%error, "uploaded files could not be looked after");
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "uploaded files could not be looked after"),
            }
            self.engine.core().clock.sleep(EVERY).await;
            tokio::task::yield_now().await;
        }
    }
}
