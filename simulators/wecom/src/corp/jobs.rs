//! Import jobs (异步任务): what is to be done, how far it is, and which of them are remembered.
//!
//! A job has no task of its own. Its steps are due at moments of the simulator's clock, and whoever
//! looks at the state first lets the steps that are due happen; so a job goes on whether or not the
//! caller that submitted it is still there, and moving the clock moves it.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Holder;
use super::members::Key;
use crate::options::ImportSpeed;
use crate::state::ReceiverState;

/// How many jobs are remembered, the running one included.
const KEPT: usize = 5;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobKind {
    SyncUser,
    ReplaceUser,
    ReplaceParty,
}

impl JobKind {
    /// The `type` of a result.
    pub fn name(self) -> &'static str {
        match self {
            Self::SyncUser => "sync_user",
            Self::ReplaceUser => "replace_user",
            Self::ReplaceParty => "replace_party",
        }
    }
}

/// One step of a job.
#[derive(Debug)]
pub(crate) enum Work {
    /// A row of a member file, in the form of a create or update body; `row` counts from 0.
    User { row: usize, body: Map<String, Value> },
    /// A member that the file lacks.
    DeleteUser(Key),
    /// A row of a department file.
    Party { row: usize, party: PartyRow },
    /// A department that the file lacks.
    DeleteParty(u32),
}

/// One row of a department file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartyRow {
    pub id: u32,
    pub name: String,
    /// 0 for the root.
    pub parent: u32,
    /// Nothing leaves it as it is.
    pub order: Option<u32>,
}

/// What became of one row.
#[derive(Debug, Clone)]
pub(crate) enum RowResult {
    User { userid: String, errcode: i64, errmsg: String },
    Party { action: u8, partyid: u32, errcode: i64, errmsg: String },
}

impl RowResult {
    pub fn errcode(&self) -> i64 {
        match self {
            Self::User { errcode, .. } | Self::Party { errcode, .. } => *errcode,
        }
    }
}

/// One import job.
#[derive(Debug)]
pub(crate) struct Job {
    pub id: Arc<str>,
    pub kind: JobKind,
    /// The number of the request that submitted it.
    pub request: u64,
    pub submitted_ms: u64,
    pub to_invite: bool,
    pub media_id: String,
    pub holder: Holder,
    /// The address to be called at the end.
    pub callback: Option<ReceiverState>,
    pub work: Vec<Work>,
    /// How many steps are done.
    pub done: usize,
    /// Rows of the file.
    pub total: usize,
    /// By row, in the order of the file.
    pub results: Vec<Option<RowResult>>,
    /// Why the job as a whole failed.
    pub failure: Option<i64>,
    /// After how many steps it is to fail with 302005.
    pub fails_after: Option<usize>,
    pub finished_ms: Option<u64>,
    pub speed: ImportSpeed,
}

impl Job {
    /// When its rows begin.
    fn begins_ms(&self) -> u64 {
        self.submitted_ms.saturating_add(self.speed.start_ms)
    }

    /// When a step, counted from 0, is due.
    pub fn due_ms(&self, step: usize) -> u64 {
        let after = (step as f64 + 1.0) * self.speed.row_ms();
        self.begins_ms().saturating_add(after.ceil() as u64)
    }

    /// How many steps are due.
    pub fn due(&self, now_ms: u64) -> usize {
        let passed = now_ms.saturating_sub(self.begins_ms());
        // Saturates, like every conversion from a float.
        ((passed as f64 / self.speed.row_ms()) as usize).min(self.work.len())
    }

    /// Whether its first phase, in which nothing is written, is over.
    pub fn has_begun(&self, now_ms: u64) -> bool {
        now_ms >= self.begins_ms()
    }

    /// 1 started, 2 running, 3 finished.
    pub fn status(&self, now_ms: u64) -> u8 {
        match self.finished_ms {
            Some(_) => 3,
            None if self.has_begun(now_ms) => 2,
            None => 1,
        }
    }

    pub fn percentage(&self) -> usize {
        if self.finished_ms.is_some() {
            return 100;
        }
        // A job that still runs never says 100.
        (self.done * 100).checked_div(self.work.len()).unwrap_or(0).min(99)
    }
}

/// The jobs of a corp.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    /// At most one job of a corp runs.
    pub running: Option<Box<Job>>,
    /// Those that ended, oldest first.
    ended: VecDeque<Box<Job>>,
    /// The ids of those that were forgotten.
    gone: HashSet<Arc<str>>,
}

/// What is known of a job id.
pub(crate) enum Found<'a> {
    Job(&'a Job),
    Gone,
    Unknown,
}

impl Jobs {
    /// Starts a job; nothing else may be running.
    pub fn start(&mut self, job: Job) {
        // The new one takes a place too.
        while self.ended.len() + 1 > KEPT
            && let Some(old) = self.ended.pop_front()
        {
            self.gone.insert(old.id);
        }
        self.running = Some(Box::new(job));
    }

    /// Puts a job back that was taken out of `running`.
    pub fn put_back(&mut self, job: Box<Job>) {
        if job.finished_ms.is_some() {
            self.ended.push_back(job);
        } else {
            self.running = Some(job);
        }
    }

    pub fn find(&self, id: &str) -> Found<'_> {
        match self.all().find(|job| &*job.id == id) {
            Some(job) => Found::Job(job),
            None if self.gone.contains(id) => Found::Gone,
            None => Found::Unknown,
        }
    }

    /// The remembered jobs, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Job> {
        self.ended.iter().chain(&self.running).map(|job| &**job)
    }
}
