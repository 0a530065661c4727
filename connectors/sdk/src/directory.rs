//! The contract of the directory's storage. The store implements it; the directory connector is an ordinary connector
//! over it, so the engine needs no special case for the tenant's own data.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{error::Error, lease::Lease, schema::Kind, value::Record};

/// A stored department or user. The key is its ULID; fields are numbered by the directory connector's schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The ULID, as text.
    pub key: Box<str>,
    /// All its fields; an absent one is empty.
    pub record: Record,
}

/// Who has written something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// A run, by its id.
    Run(Arc<str>),
    /// A person, or a program of one, as it stands in the log.
    Person(Arc<str>),
}

/// On whose behalf something is written, and under which right.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    /// The right under which it is written: once that is not held any more, nothing is. `None`: nobody else writes.
    pub lease: Option<Lease>,
    /// Whom the history of the objects names. `None`: it is not kept.
    pub by: Option<By>,
}

/// What objects become: by its key, and from what it is now, if it is there.
pub type Change<'c> = &'c mut (dyn FnMut(&str, Option<Record>) -> Record + Send);

/// Where the directory of one tenant is kept.
#[async_trait]
pub trait DirectoryStore: Send + Sync {
    /// Up to `limit` objects of a kind with keys after `after`, by key.
    async fn page(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Stored>, Error>;

    /// These objects; missing ones are left out.
    async fn get(&self, kind: Kind, keys: &[&str]) -> Result<Vec<Stored>, Error>;

    /// A mark that is another one after each write: who reads in several pages compares it before and after.
    async fn mark(&self) -> Result<String, Error>;

    /// Changes these objects, all or none, durable when it returns, and sets another mark with them. What somebody else
    /// writes between the reading and the writing is not lost: then they are read again, so `change` may be asked more than
    /// once. Under a lease that is not held any more nothing is written.
    async fn update(&self, kind: Kind, keys: &[&str], writer: &Writer, change: Change<'_>) -> Result<(), Error>;
}
