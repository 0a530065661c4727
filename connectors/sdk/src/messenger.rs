//! Messages that somebody sends through a system outside of runs: to people, to departments, to everybody.
//!
//! A message can be too large for one call, so it is taken apart first; each part is one call, made once. What is not known
//! to have failed is never sent again by itself, or somebody would get it twice.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{connector::Context, error::Error, message::Problem};

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Markdown, as far as the system has it.
    Markdown(String),
    /// A card that opens an address.
    Card {
        /// Its title.
        title: String,
        /// What stands below it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// What it opens.
        url: String,
    },
}

/// Who gets it, by the keys of the system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receivers {
    /// Everybody whom the account can reach; then the lists say nothing.
    pub everybody: bool,
    /// People.
    pub people: Vec<String>,
    /// Departments, with all below them.
    pub departments: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
}

/// What the system said about a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The system's own id of what was sent, by which it is taken back.
    pub id: Option<String>,
    /// The system's code; 0 is success.
    pub code: i64,
    /// Its text.
    pub text: String,
    /// Who did not get it: unknown there, or out of reach.
    pub missed: Receivers,
    /// People who did not get it, because nobody pays for them.
    pub unlicensed: Vec<String>,
}

/// Sending, for connections that can.
#[async_trait]
pub trait Messenger: Send + Sync {
    /// Takes a message apart, each part for one call.
    ///
    /// # Errors
    /// What is wrong with it; the problem names the field.
    fn parts(&self, content: &Content, to: &Receivers) -> Result<Vec<Receivers>, Problem>;

    /// The keys of tags by what people call them, in order; `None` where there is no such tag.
    ///
    /// # Errors
    /// The system cannot be asked.
    async fn tags(&self, context: &Context, names: &[String]) -> Result<Vec<Option<String>>, Error>;

    /// Sends a part.
    ///
    /// # Errors
    /// [`ErrorKind::RateLimited`](crate::error::ErrorKind::RateLimited): nothing was sent, it has to wait;
    /// [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable): nothing was sent;
    /// [`ErrorKind::Unknown`](crate::error::ErrorKind::Unknown): nobody knows. Others: it was refused.
    async fn send(&self, context: &Context, content: &Content, to: &Receivers) -> Result<Delivery, Error>;

    /// Takes back what was sent under this id.
    ///
    /// # Errors
    /// The system refuses: it is too old, for example.
    async fn recall(&self, context: &Context, id: &str) -> Result<(), Error>;
}
