//! Import jobs: many objects in one upload, where a system offers that. The engine decides when; the connector knows what
//! a job can carry, how to hand one in and how to read what became of each row.
//!
//! The rows of a job have no order among each other, so an object that waits for another one (a value that is handed over, a
//! reference to somebody who is still to be made) does not go into the same job.
//!
//! A job only creates and updates. Jobs that delete what a file lacks have no place in this contract.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    action::ActionSpec,
    connector::{Applied, Call, Context, ObjectCall},
    error::Error,
    value::{FieldId, Record},
};

/// What writing a number of objects costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Estimate {
    /// HTTP exchanges.
    pub calls: u64,
    /// Time, as far as latency and the system's quotas are known.
    pub time: Duration,
}

impl Estimate {
    /// Both, one after the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { calls: self.calls + other.calls, time: self.time + other.time }
    }
}

/// What a job can carry of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// All of it.
    Whole,
    /// All but these fields, which follow by a call of their own once the job is over.
    Without(Vec<FieldId>),
    /// Nothing: the object goes by a call of its own (a field would be changed that the mapping does not name, or an
    /// empty value cannot be written in a file).
    Nothing,
}

/// A job that was handed in.
#[derive(Debug, Default)]
pub struct Submitted {
    /// Its name; `None` when no row was left to hand in.
    pub job: Option<String>,
    /// Rows that were refused before the upload, by their place in the call: a department that does not exist, an object
    /// that is to be created and is there already. They are not part of the job.
    pub refused: Vec<(usize, Error)>,
}

/// The state of a job.
#[derive(Debug)]
pub enum JobState {
    /// It is at work.
    Running {
        /// How far it is, 0 to 100.
        percent: u8,
        /// When to look again at the earliest.
        again: Duration,
    },
    /// It is over: one answer for each key that was asked for, in order. A row about which the job says nothing is
    /// [`ErrorKind::Unknown`](crate::error::ErrorKind::Unknown).
    Done(Vec<Result<Applied, Error>>),
}

/// The import jobs of a connection.
#[async_trait]
pub trait Bulk: Send + Sync {
    /// The most objects of one job. 0: none are handed in at present; those of before can still be looked at.
    fn most(&self) -> usize;

    /// What so many objects cost as a job of this action; `None` when the action has no job, or when so few objects are
    /// not worth one.
    fn estimate(&self, action: &ActionSpec, objects: usize) -> Option<Estimate>;

    /// Whether jobs are taken wherever they are possible, also when single calls would be faster.
    fn preferred(&self) -> bool {
        false
    }

    /// What a job can carry of this record.
    fn carries(&self, action: &ActionSpec, record: &Record) -> Carried;

    /// Which job a record fits in: one job holds records of one group only. A file with columns cannot leave a cell of an
    /// existing object untouched, so an update's group is the set of fields that it changes. Records of another group
    /// than the first one's are refused by [`Bulk::submit`] as
    /// [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable).
    fn group(&self, _action: &ActionSpec, _record: &Record) -> u64 {
        0
    }

    /// Fields that follow by a call of their own and may be as wanted already, because the system fills them from what the job
    /// carried, and nobody knows how: they are read first ([`Bulk::read_back`]).
    fn settles(&self, _action: &ActionSpec, _record: &Record) -> Vec<FieldId> {
        Vec::new()
    }

    /// What can be read of these objects, which were just written, in order: several at a time, and never more calls than
    /// objects. `None` where nothing can be read.
    ///
    /// # Errors
    /// Nothing could be read.
    async fn read_back(
        &self,
        _context: &Context,
        _action: &ActionSpec,
        objects: &[ObjectCall<'_>],
    ) -> Result<Vec<Option<Record>>, Error> {
        Ok(objects.iter().map(|_| None).collect())
    }

    /// Checks the rows against the system, uploads them and hands the job in. The records are whole: what a job cannot carry
    /// is in them too.
    ///
    /// # Errors
    /// [`ErrorKind::Unknown`](crate::error::ErrorKind::Unknown) when the answer to the handing in was lost: the job may be
    /// running. [`ErrorKind::RateLimited`](crate::error::ErrorKind::RateLimited) when another job is at work, and
    /// [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable) when the system does not answer: nothing was handed
    /// in. [`ErrorKind::Unsupported`](crate::error::ErrorKind::Unsupported) when the system does not take the file:
    /// nothing was handed in, and the objects go by calls of their own.
    async fn submit(&self, context: &Context, call: Call<'_>) -> Result<Submitted, Error>;

    /// Looks at a job. `keys` are those of the rows that it carries.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::error::ErrorKind::NotFound) when the system knows no such job any more: its rows are
    /// unknown, not failed. [`ErrorKind::Unsupported`](crate::error::ErrorKind::Unsupported) when the system took the file
    /// and then refused it as a whole: no row was done, and the objects go by calls of their own.
    async fn poll(&self, context: &Context, job: &str, keys: &[&str]) -> Result<JobState, Error>;
}
