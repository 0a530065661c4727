//! Mappings as compiled: fields, matching, what becomes of what is not matched.

use std::sync::Arc;

use idflow_sdk::{FieldId, Kind, Problem, Record, Schema};

use crate::workflow::template::Template;

use super::reference::WhenUnresolved;

/// A mapping for one source schema.
#[derive(Debug)]
pub struct Mapping {
    /// Its name under `mappings`.
    pub name: String,
    /// What it reads.
    pub source: Arc<Schema>,
    /// What it writes.
    pub target: &'static Schema,
    /// `match`, in order.
    pub rules: Vec<MatchRule>,
    /// `fields`, in the order of the file.
    pub fields: Vec<MappedField>,
    /// `propose`, `accept` and `unmatched`: what becomes of whom no rule decides.
    pub proposals: Option<Proposals>,
    /// `review: new`: whoever is made waits for a person to let him in.
    pub review_new: bool,
}

/// What becomes of whom no rule of `match` decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposals {
    /// What speaks for a pair, and how much.
    pub evidence: Vec<(Evidence, u32)>,
    /// Whether a proposal is taken without a person.
    pub accept: Accept,
    /// What becomes of whom nothing is proposed for.
    pub unmatched: Unmatched,
}

/// What two objects have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The name.
    Name,
    /// How the name sounds.
    Pinyin,
    /// A department.
    Department,
    /// The position.
    Position,
    /// The alias, or the alias of one is the name of the other.
    Alias,
    /// A manager.
    Manager,
}

impl Evidence {
    /// All of them with the scores that hold where none is given.
    pub const ALL: [(Self, u32); 6] = [
        (Self::Name, 60),
        (Self::Pinyin, 40),
        (Self::Department, 20),
        (Self::Position, 10),
        (Self::Alias, 10),
        (Self::Manager, 10),
    ];

    /// The word of it under `when`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Pinyin => "pinyin",
            Self::Department => "department",
            Self::Position => "position",
            Self::Alias => "alias",
            Self::Manager => "manager",
        }
    }
}

/// Whether a proposal is taken without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    /// Where the name stands once on both sides and the departments do not contradict.
    UniqueName,
    /// Never.
    Never,
}

impl Accept {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UniqueName => "unique_name",
            Self::Never => "never",
        }
    }
}

/// What becomes of whom nothing is proposed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmatched {
    /// It is made.
    Create,
    /// It waits for a person.
    Ask,
    /// It is left out.
    Skip,
}

impl Unmatched {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Ask => "ask",
            Self::Skip => "skip",
        }
    }
}

/// One rule of `match`.
#[derive(Debug)]
pub enum MatchRule {
    /// `linked`.
    Linked,
    /// `source… == target.field`.
    Equal {
        /// As written, for the log.
        text: String,
        /// The left side.
        source: Template,
        /// The target's field.
        target: FieldId,
    },
}

/// One entry of `fields`.
#[derive(Debug)]
pub struct MappedField {
    /// The target's field.
    pub target: FieldId,
    /// Its value.
    pub value: Template,
    /// `write: create`: never sent in an update.
    pub create_only: bool,
    /// `write: fill`: written only where the target has no value.
    pub fill_only: bool,
    /// `when_empty`.
    pub when_empty: WhenEmpty,
    /// `when_unresolved`; flags follow the references they belong to.
    pub when_unresolved: WhenUnresolved,
    /// Of which kind the objects are that its references mean.
    pub refers_to: Option<Kind>,
    /// The line in the file, from 1.
    pub line: usize,
}

/// What an empty value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenEmpty {
    /// The target's value is cleared.
    Clear,
    /// The target's value is left alone.
    Omit,
    /// The object is left out.
    SkipItem,
    /// Not written by the author because the value cannot be empty.
    Never,
}

/// What [`Mapping::evaluate`] makes of one object.
#[derive(Debug)]
pub enum Mapped {
    /// The wanted fields.
    Record {
        /// Their values. Fields with `when_empty: omit` and no value, or omitted references, are absent.
        record: Record,
        /// Losses, such as a reference that was left out because nobody has that key.
        warnings: Vec<Problem>,
        /// Fields that may occur once, that the source has no value for and that are left alone in the target: whoever
        /// has such a value keeps it until somebody else in the source takes it.
        alone: Vec<FieldId>,
    },
    /// A reference was answered with [`Resolved::Later`](super::Resolved::Later) and its policy does not leave it out.
    Later,
    /// `when_empty: skip_item`, with the field's name.
    Skip(String),
    /// Another item stands in the way.
    Blocked {
        /// Its key.
        item: String,
        /// The field that refers to it.
        field: FieldId,
    },
    /// A rule is broken.
    Invalid(Problem),
}
