//! What people do with a run that exists: stop it for now, let it go on, repeat what went wrong in it.

use super::{
    App, AppError, Desk,
    run_view::{self, reference},
    unified_diff::unified_diff,
    uploads::source::name_in,
};
use crate::{
    contract::run::{Retry, RetryLook, RetryPreview, RunRef},
    model::{id::RunId, outcomes::NOT_WELL, run::Run},
    trigger::{
        manual::By,
        retry::{self, Again},
    },
};

/// Items that a preview lists.
const LISTED: usize = 20;

impl Desk<'_> {
    /// Stops a run for now; it keeps its plan.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn pause_run(&self, run: RunId) -> Result<RunRef, AppError> {
        self.engine.pause(run, &self.caller.actor).await?;
        Ok(reference(run))
    }

    /// Lets a paused run go on.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn resume_run(&self, run: RunId) -> Result<RunRef, AppError> {
        self.engine.resume(run, &self.caller.actor).await?;
        Ok(reference(run))
    }

    /// Repeats what went wrong in a run, and only that.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn retry_run(&self, run: RunId, wanted: &Retry) -> Result<RunRef, AppError> {
        let mut judged = None;
        if wanted.approve {
            let header = self.header(run).await?;
            let version = retry::version(&self.engine, &header, wanted.newest).await?;
            self.may_approve_version(&header.workflow, version).await?;
            judged = Some(version);
        }
        self.went_wrong(run, &wanted.rows).await?;
        let by = By { judged, ..self.by() };
        let again = Again { by, newest: wanted.newest, approve: wanted.approve, rows: &wanted.rows };
        Ok(reference(retry::start(&self.engine, run, again).await?))
    }

    /// Refuses rows that did not go wrong.
    async fn went_wrong(&self, run: RunId, rows: &[u32]) -> Result<(), AppError> {
        if rows.is_empty() {
            return Ok(());
        }
        let header = self.header(run).await?;
        retry::can_be_repeated(&header)?;
        let mut wrong = std::collections::BTreeSet::new();
        let mut reader = self.reader(&header, false, true).await?;
        while let Some(found) = reader.next(&*self.store).await? {
            let bad = found.iter().filter(|(place, row)| NOT_WELL.contains(&reader.word(*place, row)));
            wrong.extend(bad.filter_map(|(place, _)| u32::try_from(*place).ok()));
        }
        match rows.iter().find(|row| !wrong.contains(row)) {
            Some(fine) => Err(AppError::conflict("retry_row_fine").arg("row", fine.to_string()).field("rows")),
            None => Ok(()),
        }
    }

    /// Plans such a repetition without carrying it out.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn plan_retry(&self, run: RunId, wanted: &Retry) -> Result<RunRef, AppError> {
        self.went_wrong(run, &wanted.rows).await?;
        let again = Again { by: self.by(), newest: wanted.newest, approve: wanted.approve, rows: &wanted.rows };
        Ok(reference(retry::plan(&self.engine, run, again).await?))
    }

    /// What a repetition would be about, from what is stored: the items by outcome, and how the workflow differs.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn retry_preview(&self, run: RunId, look: &RetryLook) -> Result<RetryPreview, AppError> {
        let header = self.header(run).await?;
        retry::can_be_repeated(&header)?;
        let mut reader = self.reader(&header, self.reveals(look.reveal)?, true).await?;
        let version = retry::version(&self.engine, &header, look.newest).await?;
        let mut preview = RetryPreview {
            run: run_view::brief(&header),
            version: header.version,
            by_version: version,
            diff: self.differences(&header.workflow, header.version, version).await?,
            file: file_of(&header),
            number: 0,
            repeats: Default::default(),
            items: Vec::new(),
        };
        while let Some(rows) = reader.next(&*self.store).await? {
            for (place, row) in rows {
                let word = reader.word(place, &row);
                if !NOT_WELL.contains(&word) {
                    continue;
                }
                preview.number += 1;
                let words = preview.repeats.entry(row.kind.as_str().into()).or_default();
                *words.entry(word.into()).or_default() += 1;
                if preview.items.len() < LISTED {
                    preview.items.push(reader.item(place, &row));
                }
            }
        }
        Ok(preview)
    }
}

/// The uploaded file that a run read, and that a repetition reads again.
fn file_of(header: &Run) -> Option<String> {
    header.inputs.as_object()?.values().find_map(|value| name_in(value.as_str()?)).map(Into::into)
}

impl App {
    /// The lines in which two versions of a workflow differ, as a unified diff; empty when they are the same.
    async fn differences(&self, workflow: &str, from: u64, to: u64) -> Result<String, AppError> {
        if from == to {
            return Ok(String::new());
        }
        let old = self.workflow_text(workflow, Some(from)).await?.text;
        let new = self.workflow_text(workflow, Some(to)).await?.text;
        let name = |version: u64| format!("{workflow} version {version}");
        Ok(unified_diff(&old, &new, 3, (&name(from), &name(to))))
    }
}
