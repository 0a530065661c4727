//! What can be done with a system, and with which effect. An action without an effect cannot be written down, so no step
//! can slip past the plan.

use crate::{message::Text, schema::Kind, value::Value};

/// What an action does to its system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Makes objects that have no counterpart.
    Create,
    /// Changes objects that differ.
    Update,
    /// Makes or changes.
    Upsert,
    /// Takes access away.
    Remove(Removal),
    /// Sends something to people.
    Send,
}

impl Effect {
    /// Whether objects without counterpart are made.
    #[must_use]
    pub const fn creates(self) -> bool {
        matches!(self, Self::Create | Self::Upsert)
    }

    /// Whether objects that differ are changed.
    #[must_use]
    pub const fn updates(self) -> bool {
        matches!(self, Self::Update | Self::Upsert)
    }
}

/// How access is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// By setting a field; the object stays and can come back.
    Set {
        /// The field.
        field: &'static str,
        /// Its value afterwards.
        value: RemovedValue,
    },
    /// For good.
    Delete,
}

/// What a [`Removal::Set`] writes; a constant form of [`Value`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovedValue {
    /// A flag.
    Bool(bool),
    /// A word.
    Word(&'static str),
}

impl RemovedValue {
    /// The value.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Self::Bool(flag) => Value::Bool(flag),
            Self::Word(word) => Value::text(word),
        }
    }
}

/// The type of a parameter under `with`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// Text; a template.
    Text,
    /// Text in which block helpers are allowed; a template.
    LongText,
    /// The path of a department, or a list of them, made from each object of the step's loop; a template that can read the
    /// loop's variable. It takes the place of a mapping.
    Path,
    /// A whole number.
    Int,
    /// True or false.
    Bool,
    /// A time span such as `30d`.
    Duration,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// Names to texts or lists of texts, for example columns.
    Map,
    /// Names to names to texts, for example the words of a column.
    MapOfMaps,
    /// An expression (CEL) that is true or false for each object; the object has this name in it.
    Predicate {
        /// The variable's name: `user`, `row`.
        variable: &'static str,
    },
    /// `{include: [patterns], exclude: [patterns]}`.
    Scope,
    /// `{where: expression}`; the object has this name in it.
    Filter {
        /// The variable's name.
        variable: &'static str,
    },
}

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub struct ParamSpec {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: ParamType,
    /// Whether it must be given.
    pub required: bool,
    /// What it is.
    pub doc: Text,
}

/// One output of a step: `steps.ID.outputs.NAME`.
#[derive(Debug, Clone, Copy)]
pub struct OutputSpec {
    /// Its name.
    pub name: &'static str,
    /// The kind of the objects, for lists; `None` for a number.
    pub list_of: Option<Kind>,
    /// Whether it is a single object of that kind: its fields can be read (`steps.ID.outputs.NAME.FIELD`), and
    /// `foreach: {in: "[steps.ID.outputs.NAME]"}` goes over it.
    pub one: bool,
    /// Whether it lists what is gone (source keys that this workflow had linked).
    pub removed: bool,
    /// What it is.
    pub doc: Text,
}

/// One action: `connector/verb_noun`.
#[derive(Debug)]
pub struct ActionSpec {
    /// The name without the connector: `create_user`.
    pub name: &'static str,
    /// What it does, as an administrator would say it.
    pub title: Text,
    /// The kind it acts on; `None` for actions that are not about objects of one kind.
    pub kind: Option<Kind>,
    /// What it does to the system.
    pub effect: Effect,
    /// What a connection must be able to do for it, one of [`CheckReport::capabilities`](crate::CheckReport); asked when
    /// a workflow is activated.
    pub capability: Option<&'static str>,
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// What later steps can read.
    pub outputs: &'static [OutputSpec],
    /// How many calls may be in flight.
    pub max_parallel: u32,
    /// How many objects one call takes (1: one by one).
    pub batch: usize,
}
