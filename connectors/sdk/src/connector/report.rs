//! What a look at a connection gives: a test of what it may do, and how much a read would give.

use std::collections::BTreeMap;

use crate::message::Problem;

/// The result of `connection test`.
#[derive(Debug, Clone, Default)]
pub struct CheckReport {
    /// What was looked at, in order.
    pub findings: Vec<Finding>,
    /// What the credentials allow: `read_tree`, `write_user` … with the credential that allows it.
    pub capabilities: BTreeMap<&'static str, bool>,
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What was looked at: `app_secret`, `visible_range`.
    pub subject: &'static str,
    /// `None` when it is as it should be.
    pub problem: Option<Problem>,
    /// Whether the problem stops runs (otherwise it is a warning).
    pub fatal: bool,
}

/// How much a read would give.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// What each part of what is asked for gives.
    pub parts: Vec<PreviewPart>,
    /// How many departments it would give.
    pub departments: u64,
    /// How many people it would give, each once.
    pub people: u64,
    /// How many people more than one part names.
    pub overlap: u64,
    /// How many people can be seen at all.
    pub visible: u64,
    /// How many people there are, where that is known.
    pub of: Option<u64>,
    /// How many of those who are asked for cannot be seen, or have no name that can be seen.
    pub nameless: u64,
    /// Things to tell.
    pub notices: Vec<Problem>,
    /// Why not everything could be looked at.
    pub incomplete_because: Option<Problem>,
}

/// What one part of what is asked for gives.
#[derive(Debug, Clone)]
pub struct PreviewPart {
    /// The parameter: `departments`, `people`, `tags`.
    pub parameter: &'static str,
    /// What is asked for, as it is written.
    pub text: String,
    /// How many departments.
    pub departments: u64,
    /// How many people.
    pub people: u64,
    /// Why it gives nothing, or less than is asked for.
    pub problem: Option<Problem>,
}
