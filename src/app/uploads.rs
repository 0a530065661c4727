//! Uploads: a file comes in piece by piece, is looked at, and is imported by a mapping that is kept as a workflow.

pub mod blank;
pub mod columns;
pub mod flow;
mod import;
mod keep;
mod preview;
mod reading;
pub mod sheet;

use std::{io::Write as _, path::Path};

use futures::{Stream, StreamExt};
use idflow_sdk::Problem;

pub use self::keep::{KEPT_MS, MOST_BYTES, MOST_FILES};
use self::keep::{Meta, RAW};
use super::{AppError, Desk, error::Kind};
use crate::{
    contract::{
        page::{Page, Paging},
        upload::{Upload, UploadFormat, UploadSheet},
    },
    model::id::new_ulid,
    store::runs,
};

fn problem(problem: Problem) -> AppError {
    AppError::new(Kind::Invalid, problem)
}

fn disk(error: &std::io::Error) -> AppError {
    AppError::new(Kind::Unavailable, Problem::new("upload_disk").arg("what", error.to_string()))
}

/// Something that reads a whole file, away from those who must not wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, AppError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(problem),
        // Whatever a crafted file does to its reader ends with that file.
        Err(_) => Err(problem(sheet::unreadable("the reader of the file failed"))),
    }
}

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
        self.sweep_uploads().await?;
        if self.uploads_there() >= MOST_FILES {
            return Err(AppError::too_many(60, "upload_many"));
        }
        let id = new_ulid(self.now());
        let place = self.make_place(&id).map_err(|error| disk(&error))?;
        let taken = self.take_in(&place, &id, name, &mut pieces).await;
        if taken.is_err() {
            let _ = std::fs::remove_dir_all(&place);
        }
        let meta = taken?;
        self.caller.trail.about(&id);
        let told = serde_json::json!({"name": meta.name, "bytes": meta.bytes, "format": meta.format});
        self.caller.trail.change(serde_json::Value::Null, told);
        Ok(meta.view())
    }

    async fn take_in<E: std::fmt::Display>(
        &self,
        place: &Path,
        id: &str,
        name: &str,
        pieces: &mut (impl Stream<Item = Result<axum::body::Bytes, E>> + Unpin),
    ) -> Result<Meta, AppError> {
        let path = place.join(RAW);
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
        let (format, sheets) = blocking(move || match sheet::format(&path)? {
            UploadFormat::Xlsx => Ok((UploadFormat::Xlsx, sheet::sheets(&path)?)),
            UploadFormat::Csv => {
                let (_, encoding) = reading::first_rows(&path, 1)?;
                sheet::refuse_binary(&path, encoding)?;
                Ok((UploadFormat::Csv, vec![UploadSheet { name: String::new(), hidden: false }]))
            }
        })
        .await?;
        let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
        let by = self.caller.actor.clone();
        let meta = Meta { id: id.into(), name, format, bytes, sheets, created: self.now(), by, run: None };
        meta.write(place)?;
        Ok(meta)
    }

    /// The files that are there, the newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn uploads(&self, paging: &Paging) -> Result<Page<Upload>, AppError> {
        let limit = super::paging::limit(paging.limit)?;
        self.sweep_uploads().await?;
        let mut all = self.all_uploads();
        all.sort_by(|a, b| b.id.cmp(&a.id));
        let total = all.len() as u64;
        let mut rest = all.iter().filter(|meta| paging.cursor.as_ref().is_none_or(|cursor| meta.id < *cursor));
        let items: Vec<Upload> = rest.by_ref().take(limit).map(Meta::view).collect();
        let next = items.last().map(|last| last.id.clone()).filter(|_| rest.next().is_some());
        Ok(Page { items, next, total: paging.cursor.is_none().then_some(total) })
    }

    /// One of them.
    ///
    /// # Errors
    /// There is none of that id.
    pub async fn show_upload(&self, id: &str) -> Result<Upload, AppError> {
        self.sweep_uploads().await?;
        Ok(self.meta(id)?.1.view())
    }

    /// Removes a file.
    ///
    /// # Errors
    /// No such file; an import that is not over.
    pub async fn remove_upload(&self, id: &str) -> Result<Upload, AppError> {
        let (place, meta) = self.meta(id)?;
        if let Some(run) = meta.run.as_ref().and_then(|run| run.parse().ok())
            && runs::get(&*self.store, &self.tenant, run).await?.is_some_and(|run| !run.status.is_end())
        {
            return Err(AppError::conflict("upload_in_use").arg("run", run.to_string()));
        }
        std::fs::remove_dir_all(&place).map_err(|error| disk(&error))?;
        Ok(meta.view())
    }
}
