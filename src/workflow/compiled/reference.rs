//! What does the target know an object by, and what becomes of a reference that it does not know?

use idflow_sdk::{Kind, Value};

use crate::workflow::department_path;

/// What a reference to an object that the target does not have means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenUnresolved {
    /// The reference is left out, and written by a later update.
    Omit,
    /// The object waits for the other one, and is blocked if that fails.
    Wait,
    /// The object is invalid.
    Fail,
}

/// Where `target_id` and its kin find what the target knows an object by.
pub trait References {
    /// The target's key of the source object `key` of this kind.
    fn resolve(&self, kind: Kind, key: &str) -> Resolved;
    /// The target's key of the department that these names mean, from the root down.
    fn resolve_path(&self, kind: Kind, names: &[String]) -> Resolved {
        self.resolve(kind, &department_path::key(names))
    }
    /// What an empty reference to a department means (the connection's root department).
    fn root(&self) -> Option<Value>;
}

/// The answer of [`References::resolve`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// The target's key, as the target writes references.
    Key(Value),
    /// Not decided yet: ask again when all objects of the kind are known.
    Later,
    /// It is in the source and cannot be written; the item with this key says why.
    Refused {
        /// The key of the item.
        item: String,
    },
    /// It stands for the whole source: no object of the target, but its top.
    Top,
    /// A path means several of them, which are named.
    Several(String),
    /// The source has no such object.
    Unknown,
}
