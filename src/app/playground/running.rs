//! The playgrounds that run, by tenant.

use std::collections::BTreeMap;

use tokio::sync::Mutex;

use crate::{contract::playground::PlaygroundTrouble, stand_ins::played::Played};

/// All that run, by tenant.
#[derive(Default)]
pub struct Playgrounds(pub(super) Mutex<BTreeMap<String, Running>>);

/// One that runs.
pub(super) struct Running {
    pub(super) played: Box<dyn Played>,
    pub(super) started: i64,
    pub(super) trouble: PlaygroundTrouble,
}
