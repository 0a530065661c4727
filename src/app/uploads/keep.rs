//! Where uploaded files lie, and when they go.
//!
//! A file lies in the store, sealed, so that every node reads it; it is unsealed into a folder of its own below the data folder
//! for as long as somebody looks at it. It goes when the tenant's settings say, a day after it came as a rule, or as soon as its
//! import is over without a failure; a run that waits for an approval reads its file again, so until that is over the file
//! stays, also where it repeats another one; so it does as long as removals that the import found are open. By a clock that
//! jumped no file is old, unless a person brings another one. Where there are as many as are kept, the oldest whose import is over
//! makes room for that.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use ulid::Ulid;

use super::{
    super::{App, AppError, time},
    folder::{FOLDER, RAW, work_folder},
    sealed::FileKey,
    source,
};
use crate::{
    contract::upload::{Upload, UploadFormat, UploadSheet},
    model::{
        retention::Retention,
        run::{Run, Status},
    },
    store::{
        StoreError,
        codec::Loaded,
        removals::{self, StoredRemovalState},
        runs,
        uploads::{self, StoredUpload, UPLOAD_MISSING},
    },
};

/// The largest file.
pub const MOST_BYTES: u64 = crate::contract::upload::MOST_BYTES;
/// Files of one tenant that are kept at once.
pub const MOST_FILES: usize = 20;
/// Plans of one file whose rows are kept at once.
const MOST_PLANS: usize = 4;
/// How often a file is written to when others do so at the same moment.
pub(super) const TRIES: usize = 16;
/// How often it is looked whether a file's time is over.
const EVERY: std::time::Duration = std::time::Duration::from_secs(300);
/// What a process that was killed has left goes after this time.
const LEFT_MS: i64 = 3600 * 1000;

/// The form of a file.
pub(super) fn format_of(stored: &StoredUpload) -> UploadFormat {
    serde_json::from_value(stored.format.clone().into()).unwrap_or(UploadFormat::Csv)
}

/// The word of a form.
pub(super) fn word(format: UploadFormat) -> String {
    serde_json::to_value(format).ok().and_then(|word| word.as_str().map(ToString::to_string)).unwrap_or_default()
}

/// The sheets of a file.
pub(super) fn sheets_of(stored: &StoredUpload) -> Vec<UploadSheet> {
    stored.sheets.iter().map(|(name, hidden)| UploadSheet { name: name.clone(), hidden: *hidden }).collect()
}

/// A file as it is shown; it is kept for so many days.
pub(super) fn view(stored: &StoredUpload, settings: &Retention) -> Upload {
    Upload {
        id: stored.id.clone(),
        name: stored.name.clone(),
        format: format_of(stored),
        bytes: stored.bytes,
        sheets: sheets_of(stored),
        created: time(stored.created),
        by: stored.by.clone(),
        expires: time(stored.created.saturating_add(Retention::ms(settings.uploads))),
        run: stored.run.clone(),
    }
}

/// Whether one of these runs, which are not over, reads a file.
fn is_read(open: &[Run], id: &str) -> bool {
    open.iter().any(|run| !run.status.is_end() && source::reads(run, id))
}

impl App {
    fn uploads_folder(&self) -> PathBuf {
        self.all.data_dir.join(FOLDER)
    }

    /// A folder in which a file can be looked at; it goes when it is dropped.
    pub(super) fn work_folder(&self) -> Result<tempfile::TempDir, AppError> {
        work_folder(&self.uploads_folder(), &self.tenant)
    }

    pub(super) async fn all_uploads(&self) -> Result<Vec<StoredUpload>, AppError> {
        Ok(uploads::all(&*self.store, &self.tenant).await?)
    }

    /// What is known of a file.
    pub(super) async fn stored_upload(&self, id: &str) -> Result<Loaded<StoredUpload>, AppError> {
        let missing = || AppError::not_found(UPLOAD_MISSING).arg("id", id);
        let id = Ulid::from_string(id).map_err(|_| missing())?.to_string();
        uploads::get(&*self.store, &self.tenant, &id).await?.ok_or_else(missing)
    }

    /// A file unsealed, as [`RAW`] in a folder that goes when it is dropped.
    pub(super) async fn unsealed_upload(
        &self,
        id: &str,
    ) -> Result<(tempfile::TempDir, Loaded<StoredUpload>), AppError> {
        let stored = self.stored_upload(id).await?;
        let key = FileKey::open(&self.sealer, &stored.value.id, &stored.value.sealed)?;
        let folder = self.work_folder()?;
        let part = (RAW, stored.value.bytes);
        key.write(&*self.store, &self.tenant, part, &folder.path().join(RAW)).await?;
        Ok((folder, stored))
    }

    /// The same of one that no import has read.
    pub(super) async fn unused_upload(&self, id: &str) -> Result<Loaded<StoredUpload>, AppError> {
        let stored = self.stored_upload(id).await?;
        match &stored.value.run {
            Some(run) => Err(AppError::conflict("upload_used").arg("run", run)),
            None => Ok(stored),
        }
    }

    /// Keeps the rows that a run is to read as another part of their file; gives the folder by which it reads them.
    pub(super) async fn keep_rows(&self, stored: &Loaded<StoredUpload>, path: &Path) -> Result<String, AppError> {
        let id = &stored.value.id;
        let key = FileKey::open(&self.sealer, id, &stored.value.sealed)?;
        // Parts sort by time: those of the oldest plans go first.
        let part = format!("rows-{}", crate::model::id::new_ulid(self.now()));
        let bytes = key.keep(&*self.store, &self.tenant, &part, path).await?;
        match self.note_rows(id, &part, bytes).await {
            Ok(old) => {
                for part in old {
                    uploads::drop_pieces(&*self.store, &self.tenant, id, Some(&part)).await?;
                }
                Ok(source::folder(id, &part, &stored.value.name))
            }
            Err(refused) => {
                uploads::drop_pieces(&*self.store, &self.tenant, id, Some(&part)).await?;
                Err(refused)
            }
        }
    }

    /// Notes a part at its file; gives those of old plans, which are parts of it no more. Others may plan the same file meanwhile.
    async fn note_rows(&self, id: &str, part: &str, bytes: u64) -> Result<Vec<String>, AppError> {
        for _ in 0..TRIES {
            let stored = self.unused_upload(id).await?;
            let mut new = stored.value.clone();
            new.parts.insert(part.into(), bytes);
            let rows: Vec<String> = new.parts.keys().filter(|part| *part != RAW).cloned().collect();
            let old: Vec<String> = rows[..rows.len().saturating_sub(MOST_PLANS)].to_vec();
            new.parts.retain(|part, _| !old.contains(part));
            match uploads::put(&*self.store, &self.tenant, Some(&stored), &new).await {
                Err(StoreError::Conflict) => {}
                done => return Ok(done.map(|()| old)?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Whether a removal that a run found is still to be decided about, or to be carried out: that is done by another run, which
    /// reads the same rows again.
    async fn is_awaited(&self, run: &Run) -> Result<bool, AppError> {
        let now = self.now();
        let mut found_by = BTreeSet::new();
        let mut pages = removals::EntryPages::new(&self.tenant, Some(&run.workflow));
        while let Some(page) = pages.next(&*self.store).await? {
            let open = page
                .iter()
                .filter(|entry| matches!(entry.state(now), StoredRemovalState::Waiting | StoredRemovalState::Approved));
            found_by.extend(open.map(|entry| entry.removal.run));
        }
        for id in found_by {
            // Whoever carries them out reads what the first one read, and may be the last that found them.
            let same = |found: &Run| found.inputs == run.inputs;
            if id == run.run || runs::get(&*self.store, &self.tenant, id).await?.is_some_and(|found| same(&found)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes a file with its content.
    pub(super) async fn drop_upload(&self, stored: &Loaded<StoredUpload>) -> Result<(), AppError> {
        Ok(uploads::remove(&*self.store, &self.tenant, stored).await?)
    }

    /// Removes files whose time is over, and what processes that were killed have left. A file whose import is not over stays.
    pub async fn sweep_uploads(&self) -> Result<(), AppError> {
        let trusted = self.engine.trusts_clock().await?;
        self.sweep_files(trusted).await?;
        self.sweep_left(trusted).await
    }

    /// The same before a person brings another file: old is what is old by the clock as it is, as in everything that a person
    /// starts. What is left of others goes by a clock that is believed: it may be a file that is on its way.
    ///
    /// # Errors
    /// There are as many files as are kept, and none of them can go.
    pub(super) async fn sweep_for_another(&self) -> Result<(), AppError> {
        let trusted = self.engine.trusts_clock().await?;
        self.sweep_files(true).await?;
        self.sweep_left(trusted).await?;
        let over = (self.all_uploads().await?.len() + 1).saturating_sub(MOST_FILES);
        if self.spent_uploads(over).await?.len() < over {
            return Err(AppError::too_many(60, "upload_many"));
        }
        Ok(())
    }

    /// Removes the oldest files that can go, if there are more than are kept. Not before the one is there that they make room for:
    /// where that is refused nothing goes.
    pub(super) async fn make_room(&self) -> Result<(), AppError> {
        let over = self.all_uploads().await?.len().saturating_sub(MOST_FILES);
        for stored in self.spent_uploads(over).await? {
            self.let_file_go(&stored).await?;
        }
        Ok(())
    }

    /// The oldest files of which nobody needs anything any more, so many at most: their import is over, whatever it came to.
    async fn spent_uploads(&self, most: usize) -> Result<Vec<StoredUpload>, AppError> {
        let mut spent = Vec::new();
        if most == 0 {
            return Ok(spent);
        }
        let open = runs::open(&*self.store, &self.tenant).await?;
        for stored in self.all_uploads().await? {
            if spent.len() == most {
                break;
            }
            let Some(run) = self.import_of(&stored).await? else { continue };
            if !is_read(&open, &stored.id) && run.status.is_end() && !self.is_awaited(&run).await? {
                spent.push(stored);
            }
        }
        Ok(spent)
    }

    /// The run that imports a file, or did.
    async fn import_of(&self, stored: &StoredUpload) -> Result<Option<Run>, AppError> {
        match stored.run.as_ref().and_then(|run| run.parse().ok()) {
            Some(run) => Ok(runs::get(&*self.store, &self.tenant, run).await?),
            None => Ok(None),
        }
    }

    /// Removes a file that is as it was judged: somebody may have begun with it since.
    async fn let_file_go(&self, judged: &StoredUpload) -> Result<(), AppError> {
        let stored = uploads::get(&*self.store, &self.tenant, &judged.id).await?;
        if let Some(stored) = stored.filter(|stored| stored.value == *judged)
            && let Err(error) = self.drop_upload(&stored).await
        {
            tracing::warn!(%error, "an uploaded file could not be removed");
        }
        Ok(())
    }

    /// Removes the files that nobody needs any more; `by_age`: also those that are old by the clock.
    async fn sweep_files(&self, by_age: bool) -> Result<(), AppError> {
        let kept = Retention::ms(self.retention().await?.uploads);
        let all = self.all_uploads().await?;
        let open = if all.is_empty() { Vec::new() } else { runs::open(&*self.store, &self.tenant).await? };
        for stored in all {
            let old = by_age && self.now().saturating_sub(stored.created) >= kept;
            let goes = match &self.import_of(&stored).await? {
                _ if is_read(&open, &stored.id) => false,
                None => old,
                Some(run) => match (run.status, run.waiting) {
                    (Status::Succeeded | Status::SucceededNoChange, 0) | (Status::Cancelled, _) => true,
                    (status, _) => old && status.is_end() && !self.is_awaited(run).await?,
                },
            };
            if goes {
                self.let_file_go(&stored).await?;
            }
        }
        Ok(())
    }

    /// Removes what processes that were killed have left, if the clock is to be trusted with its age.
    async fn sweep_left(&self, trusted: bool) -> Result<(), AppError> {
        for id in uploads::with_pieces(&*self.store, &self.tenant).await? {
            let born = Ulid::from_string(&id).map_or(0, |ulid| i64::try_from(ulid.timestamp_ms()).unwrap_or(0));
            let left = trusted && self.now().saturating_sub(born) >= LEFT_MS;
            if left && uploads::get(&*self.store, &self.tenant, &id).await?.is_none() {
                uploads::drop_pieces(&*self.store, &self.tenant, &id, None).await?;
            }
        }
        self.sweep_folders();
        Ok(())
    }

    /// Removes folders of processes that were killed while they looked at a file.
    fn sweep_folders(&self) {
        let shelf = self.uploads_folder().join(self.tenant.as_str());
        for entry in std::fs::read_dir(shelf).into_iter().flatten().flatten() {
            let changed = entry.metadata().and_then(|found| found.modified());
            let age = changed.ok().and_then(|changed| changed.elapsed().ok()).unwrap_or_default();
            if age.as_millis() >= u128::from(LEFT_MS.unsigned_abs())
                && let Err(error) = std::fs::remove_dir_all(entry.path())
            {
                tracing::warn!(%error, folder = %entry.path().display(), "an unsealed file could not be removed");
            }
        }
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
