//! By which fields do the removing actions of a connector take access away?

use idflow_sdk::{ConnectorSpec, Effect, FieldId, Removal, Schema, Value};

/// The field and value by which each removing action of the connector takes access away.
pub(super) fn disabling(connector: &'static ConnectorSpec, schema: &Schema) -> Vec<(FieldId, Value)> {
    connector
        .actions
        .iter()
        .filter(|action| action.kind == Some(schema.kind))
        .filter_map(|action| match action.effect {
            Effect::Remove(Removal::Set { field, value }) => Some((schema.field(field)?, value.value())),
            _ => None,
        })
        .collect()
}
