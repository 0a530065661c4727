//! Export jobs (异步导出): what is to be written down, and the encrypted files that came of it.
//!
//! Like an import, an export has no task of its own: it is worked off when its time on the simulator's clock has come and
//! somebody looks. Not part of the state.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Holder;
use crate::crypto::Key;

/// How many jobs are remembered.
const KEPT: usize = 20;
/// How long the address of a file is good after it was given: two hours.
const LINK_MS: u64 = 2 * 3_600_000;

/// How fast exports are; a job keeps the speed that was set when it was submitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExportSpeed {
    /// Rows a second; a thousandth is the slowest.
    pub rows_per_second: f64,
    /// How long a job waits before its first row, in milliseconds.
    pub start_ms: u64,
}

impl Default for ExportSpeed {
    fn default() -> Self {
        Self { rows_per_second: 20_000.0, start_ms: 100 }
    }
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportKind {
    SimpleUser,
    User,
    Department,
    TagUser(u32),
}

impl ExportKind {
    /// The `JobType` of the event at the end.
    pub fn name(self) -> &'static str {
        match self {
            Self::SimpleUser => "export_simple_user",
            Self::User => "export_user",
            Self::Department => "export_department",
            Self::TagUser(_) => "export_taguser",
        }
    }
}

/// One encrypted file.
#[derive(Debug)]
pub(crate) struct File {
    pub bytes: Bytes,
    pub md5: String,
}

/// One export job.
#[derive(Debug)]
pub(crate) struct Export {
    pub id: Arc<str>,
    pub kind: ExportKind,
    pub holder: Holder,
    pub key: Key,
    pub block_size: usize,
    pub begins_ms: u64,
    pub ends_ms: u64,
    /// The files once it is done; nothing when it failed.
    pub files: Option<Option<Vec<File>>>,
    /// When the addresses of the files were last given.
    pub given_ms: u64,
}

impl Export {
    /// 0 waiting, 1 running, 2 done, 3 failed.
    pub fn status(&self, now_ms: u64) -> u8 {
        match &self.files {
            Some(Some(_)) => 2,
            Some(None) => 3,
            None if now_ms >= self.begins_ms => 1,
            None => 0,
        }
    }
}

/// The export jobs of a corp, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Exports(VecDeque<Export>);

impl Exports {
    pub fn add(&mut self, export: Export) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(export);
    }

    /// Whether one is not yet over.
    pub fn are_pending(&self) -> bool {
        self.0.iter().any(|export| export.files.is_none())
    }

    /// Takes those whose time has come out; they are put back when they are done.
    pub fn take_due(&mut self, now_ms: u64) -> Vec<Export> {
        let is_due = |export: &Export| export.files.is_none() && now_ms >= export.ends_ms;
        if !self.0.iter().any(is_due) {
            return Vec::new();
        }
        let (due, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.0).into_iter().partition(is_due);
        self.0 = rest.into();
        due
    }

    pub fn find(&self, id: &str) -> Option<&Export> {
        self.0.iter().find(|export| &*export.id == id)
    }

    pub fn find_mut(&mut self, id: &str) -> Option<&mut Export> {
        self.0.iter_mut().find(|export| &*export.id == id)
    }

    /// A file whose address is still good.
    pub fn file(&self, id: &str, part: usize, now_ms: u64) -> Option<Bytes> {
        let export = self.find(id).filter(|export| now_ms.saturating_sub(export.given_ms) < LINK_MS)?;
        Some(export.files.as_ref()?.as_ref()?.get(part)?.bytes.clone())
    }
}
