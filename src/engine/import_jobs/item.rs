//! What is a row on its way through a job, and how far is it?

use std::borrow::Cow;

use idflow_sdk::{Error, FieldId, Problem, Record};

/// One row on its way through a job.
pub(super) struct Item {
    pub at: usize,
    /// Rows of one group share a job.
    pub group: u64,
    pub record: Record,
    pub left_out: Vec<FieldId>,
    /// Fields that follow by a call of their own.
    pub rest: Record,
    pub state: RowStage,
    /// It was unknown once: before it is handed in again it is looked for, each time.
    pub maybe_done: bool,
    /// The journal says that it is about to be handed in.
    pub noted: bool,
    /// What was read of it, made already, while its job was at work.
    pub seen: Option<Record>,
}

impl Item {
    /// Whether the job that is at work has it.
    pub(super) const fn is_in(&self) -> bool {
        matches!(self.state, RowStage::In)
    }

    /// All that is to be written.
    pub(super) fn whole(&self) -> Cow<'_, Record> {
        if self.rest.is_empty() {
            return Cow::Borrowed(&self.record);
        }
        let mut whole = self.record.clone();
        whole.merge(&self.rest);
        Cow::Owned(whole)
    }
}

pub(super) enum RowStage {
    /// To be handed in.
    Open,
    /// Nobody knows whether a job has it.
    Unknown,
    /// In the job that is at work.
    In,
    /// By a call of its own.
    Alone,
    /// Over.
    Over(Result<Vec<Problem>, Error>),
}
