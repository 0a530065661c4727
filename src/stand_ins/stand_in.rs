//! What answers as a system would: what it is told, and what it gives.

use std::{collections::BTreeMap, path::Path};

use async_trait::async_trait;
use futures::future::BoxFuture;
use idflow_sdk::{Record, Schema};

use super::played::Played;
use crate::demo::organisation::Organisation;

/// Something that answers as a system would.
#[async_trait]
pub trait StandIn: Send + Sync {
    /// The connector whose system it plays.
    fn connector(&self) -> &'static str;

    /// Begins to play one account.
    ///
    /// # Errors
    /// In words, why it cannot: an object that the system could not hold, a port that cannot be had.
    async fn start(&self, scene: &Scene<'_>) -> Result<Playing, String>;

    /// Whether people can play with it, see [`StandIn::open`].
    fn is_playable(&self) -> bool {
        false
    }

    /// Begins to play one account, of this name, for people who try things out on it. Three secret words that nobody else
    /// knows open it.
    ///
    /// # Errors
    /// In words, why it cannot.
    async fn open(&self, account: &str, words: [String; 3], holds: &Organisation) -> Result<Box<dyn Played>, String> {
        let _ = (words, holds);
        Err(format!("{} cannot be played for people ({account})", self.connector()))
    }
}

/// What an account holds when a case begins.
pub struct Scene<'a> {
    /// Which account of the case it is, from 0: two of them are two systems.
    pub number: usize,
    /// Its objects, by kind.
    pub holds: &'a [Held<'a>],
    /// The folder of the case's files, where it has some.
    pub files: Option<&'a Path>,
}

/// The objects of one kind.
pub struct Held<'a> {
    /// Their schema.
    pub schema: &'static Schema,
    /// Their keys, and what is written of them.
    pub objects: Vec<(&'a str, &'a Record)>,
}

/// How a stand-in ends.
pub type Stop = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// A stand-in at work.
#[derive(Default)]
pub struct Playing {
    /// The settings of a connection to it.
    pub settings: BTreeMap<String, String>,
    /// The secrets of a connection to it, which open nothing else.
    pub secrets: BTreeMap<String, String>,
    /// Ends it.
    pub stop: Option<Stop>,
}
