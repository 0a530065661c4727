//! What is known of a stored version without compiling it again: what starts it, what it asks for, whom it calls. It is made
//! once, kept beside the text, and made anew when a compiler of other rules comes along.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    compiled::{After, Input, Webhook, Workflow},
    opposite::{self, Flow},
};
use crate::model::definition::{Localized, Schedule};

/// Says which compiler judged. The number grows when a rule begins to refuse what was accepted before, or when more is
/// remembered here.
const COMPILER: &str = concat!(env!("CARGO_PKG_VERSION"), "/2");

/// A version, as a compiler found it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signature {
    by: String,
    /// What it says; or the first finding that is an error, as JSON.
    pub says: Result<Summary, serde_json::Value>,
}

/// What a version says about itself to others.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Its name for people.
    pub name: Localized,
    /// SHA-256 of the text, in hex.
    pub content: String,
    /// Whether it can be started by hand.
    pub manual: bool,
    /// `on.manual.inputs`.
    pub inputs: Vec<Input>,
    /// `on.schedule`.
    pub schedules: Vec<Schedule>,
    /// `on.webhook`.
    pub webhooks: Vec<Webhook>,
    /// `on.after`.
    pub after: Vec<After>,
    /// `on.event`: alias and types.
    pub events: Vec<(String, Vec<String>)>,
    /// The workflows it calls.
    pub calls: Vec<String>,
    /// `connections`: alias, connector and the name of the tenant's connection.
    pub connections: Vec<(String, String, String)>,
    /// The fields that it keeps as another system has them.
    #[serde(default)]
    pub flows: BTreeSet<Flow>,
}

impl Summary {
    /// What a workflow says.
    #[must_use]
    pub fn of(workflow: &Workflow) -> Self {
        let alias = |index: usize| workflow.connections.get(index).map(|alias| alias.alias.clone());
        let connections = workflow.connections.iter();
        Self {
            name: workflow.name.clone(),
            content: workflow.content.clone(),
            manual: workflow.manual,
            inputs: workflow.inputs.clone(),
            schedules: workflow.schedules.clone(),
            webhooks: workflow.webhooks.clone(),
            after: workflow.after.clone(),
            events: workflow
                .events
                .iter()
                .map(|event| (alias(event.connection).unwrap_or_default(), event.types.clone()))
                .collect(),
            flows: opposite::flows(workflow),
            calls: workflow.steps.iter().filter_map(|step| step.callee().map(ToString::to_string)).collect(),
            connections: connections
                .map(|alias| (alias.alias.clone(), alias.connector.name.to_string(), alias.reference.clone()))
                .collect(),
        }
    }
}

impl Signature {
    /// What this compiler found.
    #[must_use]
    pub fn new(says: Result<Summary, serde_json::Value>) -> Self {
        Self { by: COMPILER.into(), says }
    }

    /// Whether a compiler of the same rules made it.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.by == COMPILER
    }

    /// The summary of one that compiles.
    #[must_use]
    pub fn summary(&self) -> Option<&Summary> {
        self.says.as_ref().ok()
    }

    /// Why it does not compile, in a line.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        let finding = self.says.as_ref().err()?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
        Some(format!("{}: {}", text(&finding["code"]), text(&finding["message"]["en"])))
    }
}
