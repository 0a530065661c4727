//! The contract of the directory's storage. The store implements it; the directory connector is an ordinary connector
//! over it, so the engine needs no special case for the tenant's own data.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{error::Error, schema::Kind, value::Record};

/// A stored department or user. The key is its ULID; fields are numbered by the directory connector's schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The ULID, as text.
    pub key: Box<str>,
    /// All its fields; an absent one is empty.
    pub record: Record,
}

/// Where the directory of one tenant is kept.
#[async_trait]
pub trait DirectoryStore: Send + Sync {
    /// Up to `limit` objects of a kind with keys after `after`, by key.
    async fn page(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Stored>, Error>;

    /// These objects; missing ones are left out.
    async fn get(&self, kind: Kind, keys: &[&str]) -> Result<Vec<Stored>, Error>;

    /// A mark that is another one after each write: who reads in several pages compares it before and after.
    async fn mark(&self) -> Result<String, Error>;

    /// Writes these objects whole, all or none, durable when it returns, and sets another mark with them.
    async fn put(&self, kind: Kind, objects: Vec<Stored>) -> Result<(), Error>;
}
