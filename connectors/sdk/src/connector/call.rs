//! What is a connection asked to write, with which parameters, and what does it say of it?

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use crate::{
    action::ActionSpec,
    message::Problem,
    value::{FieldId, Record, Value},
};

/// A test of one object, compiled from an expression by the engine.
pub type Predicate = Arc<dyn Fn(&Record) -> Result<bool, Problem> + Send + Sync>;

/// Evaluated parameters of a step.
#[derive(Clone, Default)]
pub struct Params {
    /// Plain values by name; an empty or absent value is not in the map.
    pub values: BTreeMap<String, Value>,
    /// Conditions by parameter name (`where`, `users.where`).
    pub predicates: BTreeMap<String, Predicate>,
    /// The fields that each of them looks at.
    pub asked: BTreeMap<String, BTreeSet<FieldId>>,
    /// Parameters as JSON, for those that are maps of lists.
    pub json: BTreeMap<String, serde_json::Value>,
    /// Time spans by name.
    pub durations: BTreeMap<String, Duration>,
}

impl Params {
    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The text of a parameter.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_text)
    }

    /// A flag, or this default.
    #[must_use]
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(default)
    }
}

impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Params")
            .field("values", &self.values)
            .field("predicates", &self.predicates.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// A list of which only what changed was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The output.
    pub output: &'static str,
    /// The objects that the system said are gone, and that a look has shown to be gone.
    pub gone: Vec<Box<str>>,
}

/// What a root of a source is in the tree of a target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RootIs {
    /// An object below the target's root.
    #[default]
    Below,
    /// The target's root itself, if it is the only root of the source.
    Itself,
    /// The target's root itself, if it is the only one that bears its name.
    ItselfByName,
}

/// One object to be written.
#[derive(Debug, Clone, Copy)]
pub struct ObjectCall<'a> {
    /// Its key in the target (chosen before the call).
    pub key: &'a str,
    /// The fields to write, nothing else.
    pub record: &'a Record,
}

/// One call: an action on one or (where the action takes batches) several objects.
#[derive(Debug)]
pub struct Call<'a> {
    /// The action.
    pub action: &'static ActionSpec,
    /// Its parameters.
    pub params: &'a Params,
    /// The objects, at most [`ActionSpec::batch`].
    pub objects: Vec<ObjectCall<'a>>,
}

/// A write that was done.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// What the system told beside success.
    pub warnings: Vec<Problem>,
    /// Why nothing more of the step may be written: the system is not as the plan thinks, and did more than was asked.
    pub stop: Option<Problem>,
}
