//! A close look at a connection: what each of its secrets may do, by which answer, and what else has to be entered in the
//! system. It takes a handful of calls and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    connector::CheckReport,
    message::{Problem, Text},
};

/// What stands around a connection: how it is reached from outside, and what was found out before.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The address under which people reach the server, without a slash at its end.
    pub public_url: Option<String>,
    /// The page that people of this tenant begin at, below that address: `/w/default`.
    pub home: String,
    /// The addresses at which the system calls.
    pub receivers: Vec<ReceiverState>,
    /// The events that workflows listen for.
    pub awaited: BTreeSet<String>,
    /// Secrets that the system refused a short while ago and that are still the same, by the names of their settings: they
    /// are not tried again.
    pub refused: BTreeMap<String, Problem>,
    /// The addresses of ours that the system saw lately.
    pub addresses: Vec<String>,
}

/// How a receiver of a connection is.
#[derive(Debug, Clone, Default)]
pub struct ReceiverState {
    /// Its name.
    pub name: String,
    /// Its address, from the server's own on.
    pub path: String,
    /// Whether anything with the right keys ever arrived.
    pub reached: bool,
    /// Why calls are refused now.
    pub trouble: Option<Problem>,
}

/// What a close look found.
#[derive(Debug, Clone, Default)]
pub struct Examination {
    /// What a test finds, and what stands around the connection. Each cause is one finding.
    pub report: CheckReport,
    /// What each secret may do.
    pub abilities: Vec<Ability>,
    /// Which part of the system can be seen.
    pub range: Option<Problem>,
    /// Fields that cannot be seen, tried on one object.
    pub hidden: Vec<String>,
    /// The addresses of ours that the system does not trust, each with the setting of the secret that it said so to.
    pub addresses: Vec<(&'static str, String)>,
    /// What has to be entered in the system.
    pub values: Vec<ToCopy>,
    /// The secrets that were refused, by the names of their settings.
    pub refused: BTreeMap<String, Problem>,
}

/// Whether something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Nobody has asked, or the answer does not tell.
    #[default]
    Unknown,
}

/// What one secret may do, and how that is known.
#[derive(Debug, Clone)]
pub struct Ability {
    /// Its name.
    pub name: &'static str,
    /// What people call it.
    pub title: Text,
    /// The setting that holds the secret.
    pub credential: &'static str,
    /// What people call that.
    pub credential_title: Text,
    /// Whether it may.
    pub verdict: Verdict,
    /// The call that told.
    pub api: &'static str,
    /// The system's code in its answer; 0 is success. `None`: it was not asked.
    pub code: Option<i64>,
    /// What to do about it.
    pub remedy: Option<Problem>,
}

/// A value to be entered in the system.
#[derive(Debug, Clone)]
pub struct ToCopy {
    /// Its name.
    pub name: &'static str,
    /// What the system calls it.
    pub title: Text,
    /// The path through the pages of the system to where it is entered.
    pub find: Text,
    /// The page to begin at.
    pub link: &'static str,
    /// The value. `None`: it is not known yet.
    pub value: Option<String>,
    /// What stands there now, where that can be read.
    pub there: Option<String>,
}

impl ToCopy {
    /// Whether what stands there is the value; `None` where one of the two is unknown.
    #[must_use]
    pub fn is_same(&self) -> Option<bool> {
        let plain = |text: &str| text.trim_end_matches('/').to_lowercase();
        Some(plain(self.value.as_deref()?) == plain(self.there.as_deref()?))
    }
}

impl From<CheckReport> for Examination {
    fn from(report: CheckReport) -> Self {
        Self { report, ..Self::default() }
    }
}
