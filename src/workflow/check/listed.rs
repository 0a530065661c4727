//! Which fields have the objects that a step's output lists?

use std::sync::Arc;

use idflow_sdk::{Kind, Schema};

use super::action::Action;

/// What a step's output lists, for the steps that loop over it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// The fields of the rows, for files.
    pub rows: Option<Arc<Schema>>,
}

/// The schema of what a step's output lists.
pub(crate) fn listed(action: &Action, kind: Kind, given: &Given) -> Option<Arc<Schema>> {
    if kind == Kind::Row
        && let Some(rows) = &given.rows
    {
        return Some(Arc::clone(rows));
    }
    action.connector.schema(kind).map(owned)
}

/// A schema of a table, shared.
pub(crate) fn owned(schema: &'static Schema) -> Arc<Schema> {
    Arc::new(Schema { fields: std::borrow::Cow::Borrowed(&schema.fields), ..*schema })
}
