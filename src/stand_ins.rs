//! What stands in for the systems of connectors while a workflow is rehearsed: one list, and all that a rehearsal needs to
//! know of them.
//!
//! ```text
//!  objects and files of a case ─► StandIn::start ─► settings and secrets of a connection
//! ```
//!
//! A connector that is in no stand-in's hands cannot be rehearsed; the case says so. The tenant's own directory needs none.

mod files;
pub mod played;
mod wecom;

use std::{collections::BTreeMap, path::Path};

use async_trait::async_trait;
use futures::future::BoxFuture;
use idflow_sdk::{Record, Schema};

use crate::demo::organisation::Organisation;
use played::Played;

/// All stand-ins.
pub static ALL: &[&dyn StandIn] = &[&files::Files, &wecom::Company];

/// The one for a connector.
#[must_use]
pub fn find(connector: &str) -> Option<&'static dyn StandIn> {
    ALL.iter().copied().find(|stand_in| stand_in.connector() == connector)
}

/// The one with which people can play.
#[must_use]
pub fn playable() -> Option<&'static dyn StandIn> {
    ALL.iter().copied().find(|stand_in| stand_in.is_playable())
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors;

    #[test]
    fn each_plays_a_connector_of_its_own() {
        let names: Vec<&str> = ALL.iter().map(|stand_in| stand_in.connector()).collect();
        for name in &names {
            assert!(connectors::find(name).is_some_and(|spec| !spec.local), "{name}");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
    }
}
