//! What people do with a run that exists: stop it for now, let it go on, repeat what went wrong in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{App, AppError, run_view};
use crate::{
    engine::{Refused, Request, verdict::BAD},
    model::{
        id::RunId,
        run::{Kept, Mode, Run, Trigger},
    },
    store::{Batch, catalogue},
};

/// Items that a preview lists.
const LISTED: usize = 20;

impl App {
    /// Stops a run for now; it keeps its plan.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn pause_run(&self, run: RunId, by: &str) -> Result<(), AppError> {
        Ok(self.engine.pause(run, by).await?)
    }

    /// Lets a paused run go on.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn resume_run(&self, run: RunId, by: &str) -> Result<(), AppError> {
        Ok(self.engine.resume(run, by).await?)
    }

    /// Repeats what went wrong in a run, and only that.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn retry_run(&self, run: RunId, by: &str, newest: bool, approve: bool) -> Result<RunId, AppError> {
        Self::has_items(&self.header(run).await?)?;
        Ok(self.engine.retry(run, by, newest, approve).await?)
    }

    /// Plans such a repetition without carrying it out.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn plan_retry(&self, run: RunId, by: &str, newest: bool) -> Result<RunId, AppError> {
        let header = self.header(run).await?;
        Self::has_items(&header)?;
        let version = self.version_for(&header, newest).await?;
        let trigger = Trigger {
            kind: "retry".into(),
            due: header.trigger.due,
            fired: self.now(),
            actor: by.into(),
            parent: Some(run),
            chain: Vec::new(),
            body: serde_json::Value::Null,
        };
        let request = Request {
            workflow: header.workflow,
            mode: Mode::Plan,
            inputs: header.inputs.as_object().cloned().unwrap_or_default(),
            trigger,
            approve: false,
            along: Batch::default(),
            retry_of: Some(run),
            version: Some(version),
        };
        Ok(self.engine.submit(request).await?)
    }

    /// What a repetition would be about, from what is stored: the items by outcome, and how the workflow differs.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn retry_preview(&self, run: RunId, newest: bool, reveal: bool) -> Result<Value, AppError> {
        let header = self.header(run).await?;
        Self::has_items(&header)?;
        let mut reader = self.reader(&header, reveal, true).await?;
        let mut repeats: BTreeMap<&'static str, BTreeMap<&'static str, u64>> = BTreeMap::new();
        let mut items = Vec::new();
        let mut number = 0u64;
        while let Some(rows) = reader.next(&*self.store).await? {
            for (place, row) in rows {
                let word = reader.word(place, &row);
                if !BAD.contains(&word) {
                    continue;
                }
                number += 1;
                *repeats.entry(row.kind.as_str()).or_default().entry(word).or_default() += 1;
                if items.len() < LISTED {
                    items.push(reader.item(place, &row));
                }
            }
        }
        let version = self.version_for(&header, newest).await?;
        Ok(json!({
            "run": run_view::brief(&header),
            "version": header.version,
            "by_version": version,
            "diff": self.differences(&header.workflow, header.version, version).await?,
            "number": number,
            "repeats": repeats,
            "items": items,
        }))
    }

    /// Only a run that is over, had a plan, and whose failed items are still kept can be repeated.
    fn has_items(header: &Run) -> Result<(), AppError> {
        if !header.status.is_end() || header.mode == Mode::Plan || header.plan.is_none() {
            return Err(Refused::NotOver(header.run, header.status.as_str()).into());
        }
        if header.kept == Kept::Header {
            return Err(AppError::conflict(format!("the items of run {} are not kept any more", header.run))
                .hint("run the workflow again: everything is compared anew"));
        }
        Ok(())
    }

    async fn version_for(&self, header: &Run, newest: bool) -> Result<u64, AppError> {
        if !newest {
            return Ok(header.version);
        }
        let head = catalogue::workflow(&*self.store, &self.tenant, &header.workflow).await?;
        let active = head.and_then(|head| head.value.active);
        active.ok_or_else(|| {
            AppError::conflict(format!("workflow `{}` has no active version", header.workflow))
                .hint(format!("activate it with `idflow workflow activate {}`", header.workflow))
        })
    }

    /// The lines in which two versions of a workflow differ, as a unified diff; empty when they are the same.
    async fn differences(&self, workflow: &str, from: u64, to: u64) -> Result<String, AppError> {
        if from == to {
            return Ok(String::new());
        }
        let old = self.workflow_text(workflow, Some(from)).await?;
        let new = self.workflow_text(workflow, Some(to)).await?;
        Ok(similar::TextDiff::from_lines(&old, &new)
            .unified_diff()
            .context_radius(3)
            .header(&format!("{workflow} version {from}"), &format!("{workflow} version {to}"))
            .to_string())
    }
}
