//! Text to a checked graph. Pure: no I/O, no clock; actions and fields are learned from the connectors' tables, which are
//! an argument.
//!
//! ```text
//!  text ─► yaml (spanned tree) ─► parse (written) ─► check ─► compiled::Workflow
//!                                   keys, foreign      │
//!                names ◄── template, expression ◄──────┤
//!                                        graph, cron ◄─┘
//! ```
//!
//! * [`yaml`], [`parse`], [`duration`], [`syntax`]: what the author wrote, with positions;
//! * [`names`], [`template`], [`helpers`], [`expression`]: the two small languages inside values;
//! * [`check`]: every rule; [`graph`]: what comes before what; [`cron`], [`trigger`]: schedules;
//! * [`diagnostic`], [`codes`], [`yaml_edit`], [`explain`]: what is said about it; [`apply_fixes`]: what can be done about it;
//! * [`vocabulary`]: what stands under each key; [`json_schema`], [`assist`]: what editors are told;
//! * [`difference`]: what is different between two texts, in words;
//! * [`outline`]: what stands in a file, also in one with errors;
//! * [`scope`]: what templates and conditions can read;
//! * [`compiled`], [`evaluate`]: what the engine runs; [`meaning`]: whether that is what a run began with; [`signature`]: what is kept beside a stored text.
//!
//! Deliberately absent: connections of a tenant, the past, and anything a run finds out.

use idflow_sdk::ConnectorSpec;

pub mod apply_fixes;
pub mod assist;
pub mod check;
pub mod codes;
pub mod compiled;
pub mod cron;
pub mod department_path;
pub mod diagnostic;
pub mod difference;
pub mod duration;
pub mod evaluate;
pub mod explain;
pub mod expression;
pub mod foreign;
pub mod graph;
pub mod helpers;
pub mod json_schema;
pub mod keys;
pub mod meaning;
pub mod messages;
pub mod names;
pub mod opposite;
pub mod other_workflows;
pub mod outline;
pub mod parse;
pub mod scope;
pub mod secret;
pub mod signature;
pub mod suggest;
pub mod syntax;
pub mod template;
#[cfg(test)]
mod tests;
pub mod trigger;
pub mod types;
pub mod vocabulary;
pub mod yaml;
pub mod yaml_edit;

pub use check::{compile, compile_live};

use compiled::Workflow;
use diagnostic::Diagnostic;

/// What a file is checked against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Environment<'a> {
    /// The connectors that are compiled in.
    pub connectors: &'a [&'static ConnectorSpec],
    /// Other workflows, as far as they are known.
    pub library: Option<&'a other_workflows::Library>,
}

impl<'a> Environment<'a> {
    /// These connectors, and nothing else that is known.
    #[must_use]
    pub const fn new(connectors: &'a [&'static ConnectorSpec]) -> Self {
        Self { connectors, library: None }
    }
}

/// What became of a file.
#[derive(Debug)]
pub struct Outcome {
    /// The workflow, exactly when no finding is an error.
    pub workflow: Option<Workflow>,
    /// All findings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// The content hash of a definition: SHA-256 of its text, in hexadecimal digits.
#[must_use]
pub fn content_of(text: &str) -> String {
    use std::fmt::Write;

    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
