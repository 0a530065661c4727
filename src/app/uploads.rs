//! Uploads: a file comes in piece by piece, is looked at, and is imported by a mapping that is kept as a workflow.

pub mod blank;
mod blocking;
pub mod columns;
pub mod flow;
pub(super) mod folder;
mod import;
mod keep;
mod preview;
mod reading;
pub(super) mod sealed;
pub mod sheet;
pub(super) mod source;

use std::{io::Write as _, path::Path};

use futures::{Stream, StreamExt};
use idflow_sdk::Problem;

pub use self::keep::{MOST_BYTES, MOST_FILES};
use self::{
    blocking::{blocking, problem},
    folder::{RAW, disk},
    sealed::FileKey,
};
use super::{AppError, Desk};
use crate::{
    contract::{
        page::{Page, Paging},
        upload::{Upload, UploadFormat, UploadSheet},
    },
    model::id::new_ulid,
    store::{
        runs,
        uploads::{self, StoredUpload},
    },
};

impl Desk<'_> {
    /// Takes a file in, piece by piece.
    ///
    /// # Errors
    /// A file that is too large, that is no table, or that cannot be written.
    pub async fn upload<E: std::fmt::Display>(
        &self,
        name: &str,
        mut pieces: impl Stream<Item = Result<axum::body::Bytes, E>> + Unpin,
    ) -> Result<Upload, AppError> {
        self.sweep_for_another().await?;
        let id = new_ulid(self.now());
        let folder = self.work_folder()?;
        let stored = self.take_in(folder.path(), &id, name, &mut pieces).await?;
        if let Err(error) = self.make_room().await {
            tracing::warn!(%error, "an uploaded file could not be removed");
        }
        self.caller.trail.about(&id);
        let shown = keep::view(&stored, &self.retention().await?);
        let told = serde_json::json!({"name": shown.name, "bytes": shown.bytes, "format": shown.format});
        self.caller.trail.change(serde_json::Value::Null, told);
        Ok(shown)
    }

    async fn take_in<E: std::fmt::Display>(
        &self,
        folder: &Path,
        id: &str,
        name: &str,
        pieces: &mut (impl Stream<Item = Result<axum::body::Bytes, E>> + Unpin),
    ) -> Result<StoredUpload, AppError> {
        let path = folder.join(RAW);
        let mut file = std::fs::File::create(&path).map_err(|error| disk(&error))?;
        let mut bytes = 0_u64;
        while let Some(piece) = pieces.next().await {
            let cut = |error: E| problem(Problem::new("upload_cut_short").arg("what", error.to_string()));
            let piece = piece.map_err(cut)?;
            bytes += piece.len() as u64;
            if bytes > MOST_BYTES {
                return Err(problem(Problem::new("upload_too_large").arg("most", (MOST_BYTES >> 20).to_string())));
            }
            // A piece is small, and written into the memory of the system.
            file.write_all(&piece).map_err(|error| disk(&error))?;
        }
        drop(file);
        let looked = path.clone();
        let called = source::shown(name).unwrap_or_default();
        let (format, sheets) = blocking(move || match sheet::format(&looked)? {
            UploadFormat::Xlsx => Ok((UploadFormat::Xlsx, sheet::sheets(&looked)?)),
            UploadFormat::Csv => {
                let (_, encoding) = reading::first_rows(&looked, &called, 1)?;
                sheet::refuse_binary(&looked, encoding)?;
                Ok((UploadFormat::Csv, vec![UploadSheet { name: String::new(), hidden: false }]))
            }
        })
        .await?;
        let (key, sealed) = FileKey::make(&self.sealer, id)?;
        let kept = key.keep(&*self.store, &self.tenant, RAW, &path).await;
        let stored = StoredUpload {
            id: id.into(),
            name: name.chars().filter(|c| !c.is_control()).take(200).collect(),
            format: keep::word(format),
            bytes,
            sheets: sheets.into_iter().map(|sheet| (sheet.name, sheet.hidden)).collect(),
            created: self.now(),
            by: self.caller.actor.clone(),
            run: None,
            sealed,
            parts: [(RAW.to_string(), bytes)].into(),
        };
        let kept = match kept {
            Ok(_) => uploads::put(&*self.store, &self.tenant, None, &stored).await.map_err(AppError::from),
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            // What cannot be taken back now goes with what others have left.
            let _ = uploads::drop_pieces(&*self.store, &self.tenant, id, None).await;
            return Err(error);
        }
        Ok(stored)
    }

    /// The files that are there, the newest first.
    pub async fn uploads(&self, paging: &Paging) -> Result<Page<Upload>, AppError> {
        let limit = super::paging::limit(paging.limit)?;
        self.sweep_uploads().await?;
        let settings = self.retention().await?;
        let mut all = self.all_uploads().await?;
        all.sort_by(|a, b| b.id.cmp(&a.id));
        let total = all.len() as u64;
        let mut rest = all.iter().filter(|meta| paging.cursor.as_ref().is_none_or(|cursor| meta.id < *cursor));
        let items: Vec<Upload> = rest.by_ref().take(limit).map(|stored| keep::view(stored, &settings)).collect();
        let next = items.last().map(|last| last.id.clone()).filter(|_| rest.next().is_some());
        Ok(Page { items, next, total: paging.cursor.is_none().then_some(total) })
    }

    /// One of them.
    ///
    /// # Errors
    /// There is none of that id.
    pub async fn show_upload(&self, id: &str) -> Result<Upload, AppError> {
        self.sweep_uploads().await?;
        Ok(keep::view(&self.stored_upload(id).await?.value, &self.retention().await?))
    }

    /// Removes a file.
    ///
    /// # Errors
    /// No such file; an import that is not over.
    pub async fn remove_upload(&self, id: &str) -> Result<Upload, AppError> {
        let stored = self.stored_upload(id).await?;
        if let Some(run) = stored.value.run.as_ref().and_then(|run| run.parse().ok())
            && runs::get(&*self.store, &self.tenant, run).await?.is_some_and(|run| !run.status.is_end())
        {
            return Err(AppError::conflict("upload_in_use").arg("run", run.to_string()));
        }
        self.drop_upload(&stored).await?;
        Ok(keep::view(&stored.value, &self.retention().await?))
    }
}
