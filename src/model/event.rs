//! The vocabulary of the journal. Events are appended, numbered from 1 without gaps, and never changed; old formats
//! replay for ever, so variants are only added at the end, and so are fields, under a new variant.

use std::borrow::Cow;

use idflow_sdk::{FieldId, Problem};
use serde::{Deserialize, Serialize};

use super::{change::RowIndex, id::RunId};

/// What became of one attempt at a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Made.
    Created,
    /// Changed.
    Updated,
    /// Access was taken away.
    Removed,
    /// It was as wanted already.
    Unchanged,
    /// The target refused, or nobody knows.
    Failed(Problem),
    /// Another item stood in the way.
    Blocked {
        /// Its key.
        by: String,
    },
    /// It was not tried.
    NotAttempted(Problem),
}

impl Outcome {
    /// The word used in JSON and on the command line.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Removed => "removed",
            Self::Unchanged => "unchanged",
            Self::Failed(_) => "failed",
            Self::Blocked { .. } => "blocked",
            Self::NotAttempted(_) => "not_attempted",
        }
    }

    /// Whether what depends on it may go on.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Created | Self::Updated | Self::Removed | Self::Unchanged)
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The run is on disk.
    Accepted,
    /// Reading and planning begin (again).
    Planning,
    /// The plan is on disk.
    Planned {
        /// Its hash.
        hash: String,
        /// Its rows.
        rows: u32,
    },
    /// It waits for a person.
    Held {
        /// Why.
        why: Vec<Problem>,
    },
    /// A person approved.
    Approved {
        /// Who.
        by: String,
        /// Which plan.
        hash: String,
        /// Whether the source checks were lifted.
        source_checked: bool,
    },
    /// A person refused.
    Rejected {
        /// Who.
        by: String,
    },
    /// A step begins.
    StepStarted {
        /// Its place.
        step: u16,
    },
    /// A call is about to be made.
    Intent {
        /// The row.
        row: RowIndex,
        /// From 1.
        attempt: u16,
    },
    /// The answer, or what is known of it.
    Done {
        /// The row.
        row: RowIndex,
        /// From 1; 0 when no call was made.
        attempt: u16,
        /// What became of it.
        outcome: Outcome,
        /// How long the call took.
        ms: u32,
        /// Fields that were left out because what they refer to failed.
        left_out: Vec<FieldId>,
        /// What the target told beside success.
        warnings: Vec<Problem>,
    },
    /// A step is over.
    StepEnded {
        /// Its place.
        step: u16,
        /// Its state.
        status: Cow<'static, str>,
    },
    /// The run is over.
    Ended {
        /// Its state.
        status: Cow<'static, str>,
    },
    /// The run goes on after a restart.
    Resumed {
        /// Rows whose answer is unknown.
        unknown: u32,
    },
    /// Somebody cancelled it.
    Cancelled {
        /// Who.
        by: String,
    },
    /// Somebody stopped it for now.
    Paused {
        /// Who.
        by: String,
    },
    /// Somebody let it go on.
    Continued {
        /// Who.
        by: String,
    },
    /// Nobody decided in time.
    Expired,
    /// Announced rows were handed in as an import job, or are about to be.
    Job {
        /// The system's name for it; empty before it is known.
        job: String,
        /// The rows it carries.
        rows: Vec<RowIndex>,
    },
    /// A message is about to be sent.
    Sending {
        /// The step's id.
        step: Cow<'static, str>,
        /// The state of the run that it is about; empty for steps before the end.
        about: Cow<'static, str>,
    },
    /// What became of a message.
    Sent {
        /// The step's id.
        step: Cow<'static, str>,
        /// The state of the run that it is about.
        about: Cow<'static, str>,
        /// Why it was not sent, or nobody knows.
        problem: Option<Problem>,
        /// What the system told beside success.
        warnings: Vec<Problem>,
    },
    /// A step started a run of another workflow.
    Called {
        /// The step's place.
        step: u16,
        /// The run.
        run: RunId,
    },
    /// What the target showed afterwards is not what was written.
    Doubted {
        /// The row.
        row: RowIndex,
        /// What is wrong.
        problem: Problem,
    },
    /// Announced rows of which nothing was sent: they are open again.
    Withdrawn {
        /// The rows.
        rows: Vec<RowIndex>,
    },
}

/// An event with its number and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Number in its run, from 1.
    pub seq: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// What happened.
    pub event: Event,
}
