//! What the compiler gives to reconcile and the engine: a checked workflow in which every name is resolved.
//!
//! Nothing in here can fail because of how the file was written; what is left to fail is the data.

mod connection;
mod input;
mod mapping;
mod reference;
mod requires;
mod webhook;

use std::{sync::Arc, time::Duration};

use idflow_sdk::{ActionSpec, ConnectorSpec, Field, Kind, OutputSpec, ParamType, Problem, Schema};
use serde::{Deserialize, Serialize};

use super::{expression::Condition, graph::Graph, scope::Scope, template::Template};
use crate::model::{
    definition::{Amount, Approval, Localized, OnConflict, Retry, Safety, Schedule},
    run::Status,
};

pub use super::graph::StepIndex;
pub use connection::ConnectionAlias;
pub use input::{Input, InputType};
pub use mapping::{Accept, Evidence, Mapped, MappedField, Mapping, MatchRule, Proposals, Unmatched, WhenEmpty};
pub use reference::{References, Resolved, WhenUnresolved};
pub use requires::Requires;
pub use webhook::{Verify, Webhook};

/// The place of a mapping in [`Workflow::mappings`].
pub type MappingIndex = usize;

/// A checked workflow.
#[derive(Debug)]
pub struct Workflow {
    /// Its id.
    pub id: String,
    /// Its name for people; the id where none is given.
    pub name: Localized,
    /// `labels`.
    pub labels: Vec<(String, String)>,
    /// `requires`.
    pub requires: Requires,
    /// SHA-256 of the text, in hex.
    pub content: String,
    /// What it means for a run, see [`super::meaning`].
    pub meaning: String,
    /// Whether `on.manual` is there; a workflow without it cannot be started by hand.
    pub manual: bool,
    /// `on.manual.inputs`.
    pub inputs: Vec<Input>,
    /// `on.schedule`.
    pub schedules: Vec<Schedule>,
    /// `on.webhook`.
    pub webhooks: Vec<Webhook>,
    /// `on.event`.
    pub events: Vec<EventTrigger>,
    /// `on.after`, one for each workflow that is waited for.
    pub after: Vec<After>,
    /// `connections`, by alias.
    pub connections: Vec<ConnectionAlias>,
    /// `vars`, as a JSON object; templates stand in it as they are written, see [`Workflow::fill_vars`].
    pub vars: serde_json::Value,
    /// The entries of `vars` that are templates, in the order of the file: the path below `vars`, and the template.
    pub var_templates: Vec<(Vec<String>, Template)>,
    /// `concurrency.group`, if given.
    pub group: Option<Template>,
    /// `concurrency.on_conflict`.
    pub on_conflict: OnConflict,
    /// How long a run may take.
    pub timeout: Option<Duration>,
    /// `safety`.
    pub safety: Safety,
    /// The mappings, one for each (mapping, source schema) pair in use.
    pub mappings: Vec<Arc<Mapping>>,
    /// The steps as written.
    pub steps: Vec<Step>,
    /// The steps of `finally`.
    pub finally: Vec<Step>,
    /// The graph of `steps`.
    pub graph: Graph,
}

impl Workflow {
    /// Fills the templates of `vars` in a scope that has everything else. To be called once for each scope.
    ///
    /// # Errors
    /// A template that cannot be filled.
    pub fn fill_vars(&self, scope: &mut Scope) -> Result<(), Problem> {
        for (path, template) in &self.var_templates {
            let value = match template.evaluate(None, scope)? {
                Some(Field::Value(value)) => value.to_json(),
                Some(Field::Empty) | None => serde_json::Value::Null,
            };
            let mut at = scope.root.get_mut("vars");
            for name in path {
                at = at.and_then(|json| match json {
                    serde_json::Value::Array(items) => name.parse().ok().and_then(|index: usize| items.get_mut(index)),
                    other => other.get_mut(name),
                });
            }
            if let Some(at) = at {
                *at = value;
            }
        }
        Ok(())
    }
}

/// One entry of `on.event`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTrigger {
    /// The place in [`Workflow::connections`].
    pub connection: usize,
    /// The events that start a run, each one of [`ConnectorSpec::events`].
    pub types: Vec<String>,
    /// How long events are gathered after the first one.
    pub collect: std::time::Duration,
    /// So many events one run is told of at most.
    pub most: usize,
}

/// One workflow of `on.after`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// Its id; never this workflow's own.
    pub workflow: String,
    /// The states with which it must have ended: `succeeded`, `succeeded_no_change`, `partial`, `failed`, `cancelled`.
    pub statuses: Vec<Status>,
    /// The inputs of the run that follows.
    pub inputs: serde_json::Map<String, serde_json::Value>,
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// Its id.
    pub id: String,
    /// Its name for people; the id where none is given.
    pub name: Localized,
    /// What it does.
    pub work: Work,
    /// `with`, compiled.
    pub with: With,
    /// `if`.
    pub condition: Option<Condition>,
    /// How long the step may take.
    pub timeout: Option<Duration>,
    /// `on_error: continue`.
    pub continue_on_error: bool,
    /// The line of its `id` in the file, from 1.
    pub line: usize,
}

/// What a step does.
#[derive(Debug)]
pub enum Work {
    /// Reads objects, while the plan is made.
    Read(Uses),
    /// Goes over objects and writes each of them.
    Write(Box<Writing>),
    /// Sends something to people, once.
    Send(Sending),
    /// Runs the workflow of this id, with `with` as its inputs. It has its own plan and its own approvals.
    Call(String),
}

/// An action of a connection.
#[derive(Debug)]
pub struct Uses {
    /// The connector.
    pub connector: &'static ConnectorSpec,
    /// The action.
    pub action: &'static ActionSpec,
    /// The place in [`Workflow::connections`].
    pub connection: usize,
    /// `retry`, with defaults.
    pub retry: Retry,
}

/// A loop over objects with an action that creates, updates or removes.
#[derive(Debug)]
pub struct Writing {
    /// The action.
    pub uses: Uses,
    /// `foreach`.
    pub foreach: Foreach,
    /// `map`; a removal has none.
    pub mapping: Option<MappingIndex>,
    /// `approval`.
    pub approval: Option<Approval>,
}

/// A message.
#[derive(Debug)]
pub struct Sending {
    /// The action.
    pub uses: Uses,
    /// `on_unknown: resend`: a message whose answer was lost is sent again.
    pub resend: bool,
}

impl Step {
    /// Its action; `None` for a call of a workflow.
    #[must_use]
    pub const fn uses(&self) -> Option<&Uses> {
        match &self.work {
            Work::Read(uses) => Some(uses),
            Work::Write(writing) => Some(&writing.uses),
            Work::Send(sending) => Some(&sending.uses),
            Work::Call(_) => None,
        }
    }

    /// Its loop, if it writes.
    #[must_use]
    pub const fn writing(&self) -> Option<&Writing> {
        match &self.work {
            Work::Write(writing) => Some(writing),
            Work::Read(_) | Work::Send(_) | Work::Call(_) => None,
        }
    }

    /// Its `approval`.
    #[must_use]
    pub fn approval(&self) -> Option<&Approval> {
        self.writing().and_then(|writing| writing.approval.as_ref())
    }

    /// The workflow that it calls.
    #[must_use]
    pub fn callee(&self) -> Option<&str> {
        match &self.work {
            Work::Call(workflow) => Some(workflow),
            Work::Read(_) | Work::Write(_) | Work::Send(_) => None,
        }
    }

    /// The schema of the objects of this kind in its system.
    #[must_use]
    pub fn schema(&self, kind: Kind) -> Option<&'static Schema> {
        self.uses()?.connector.schema(kind)
    }

    /// What `uses` says in the file.
    #[must_use]
    pub fn uses_text(&self) -> String {
        match &self.work {
            Work::Call(workflow) => format!("workflow/{workflow}"),
            _ => self.uses().map_or_else(String::new, |uses| format!("{}/{}", uses.connector.name, uses.action.name)),
        }
    }
}

impl Workflow {
    /// The connection of an action.
    #[must_use]
    pub fn alias_of(&self, uses: &Uses) -> &ConnectionAlias {
        &self.connections[uses.connection]
    }
}

/// What a step goes over: an output of an earlier read step (a list, or a single object as a list of one).
#[derive(Debug, Clone)]
pub struct Foreach {
    /// The read step.
    pub step: StepIndex,
    /// Its output.
    pub output: &'static OutputSpec,
    /// `as`: the name of the object at hand in `key` and in parameters; `item` where none is given.
    pub variable: String,
    /// `key`: what tells one item from another, instead of the object's own key.
    pub key: Option<Template>,
    /// `distinct`: of several items with one key only the first counts.
    pub distinct: bool,
    /// `LIST.filter(x, condition)`: other objects are neither written nor taken for gone.
    pub filter: Option<Arc<Condition>>,
    /// The fields of the objects of the list.
    pub fields: Option<Arc<Schema>>,
    /// Items are paths of departments: every distinct path and everything above it is one department.
    pub paths: Option<Paths>,
    /// `order: parents_first`.
    pub parents_first: bool,
    /// `on_item_error: stop`.
    pub stop_on_item_error: bool,
    /// `max_failures`: above it the step fails.
    pub max_failures: Option<Amount>,
    /// `max_parallel`: it can only lower the connector's own width.
    pub max_parallel: Option<u32>,
    /// `timeout`: how long one item may take, its retries included.
    pub timeout: Option<Duration>,
}

/// Where the path of a department comes from (`directory/upsert_department` with `path`).
#[derive(Debug, Clone)]
pub struct Paths {
    /// The path, or a list of paths, for one object.
    pub value: Template,
    /// What separates the names of a path.
    pub separator: String,
}

/// The parameters of a step, compiled.
#[derive(Debug, Default)]
pub struct With {
    /// In the order of the file.
    pub entries: Vec<WithEntry>,
    /// The whole of `with` as JSON, templates as they are written: what [`ConnectorSpec::row_schema`] is given.
    pub literal: serde_json::Value,
}

/// One parameter.
#[derive(Debug)]
pub struct WithEntry {
    /// Its full name: `path`, `users.where`, `departments.include`.
    pub name: String,
    /// Its value.
    pub value: WithValue,
}

/// The value of a parameter.
#[derive(Debug)]
pub enum WithValue {
    /// A template (a literal is a template without braces), evaluated once for each run.
    Template(Template, ParamType),
    /// A list of templates.
    List(Vec<Template>),
    /// A time span given as a template.
    Duration(Template),
    /// A literal that is no template: numbers, flags, lists, maps.
    Json(serde_json::Value),
    /// A condition, evaluated for each object of this schema.
    Predicate(Arc<Condition>, Arc<Schema>),
}
