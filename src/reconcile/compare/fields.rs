//! Which fields of an object differ from what is wanted, its flags and companions included?

use idflow_sdk::{Field, FieldId, Record, Schema, Type, Value};

use crate::{model::change::Row, reconcile::Task};

impl Task {
    /// Nobody is their own manager: such an entry is left out, and told. Gives the fields in which it stood.
    pub(super) fn leave_out_self(&self, record: &mut Record, row: &mut Row) -> Vec<FieldId> {
        let schema = self.mapping.target;
        let mut left = Vec::new();
        let own = schema.key_value(&row.target);
        for field in &self.mapping.fields {
            let id = field.target;
            let Type::Refs { kind, .. } = schema.spec(id).ty else { continue };
            let items = record.value(id).and_then(Value::as_list).unwrap_or_default();
            if kind != self.kind || row.target.is_empty() || !items.contains(&own) {
                continue;
            }
            let others: Vec<Value> = items.iter().filter(|item| **item != own).cloned().collect();
            record.set(id, Field::Value(Value::List(others.into())));
            row.warnings.push(idflow_sdk::Problem {
                field: Some(schema.spec(id).name.clone()),
                ..idflow_sdk::Problem::new("manager_self")
            });
            left.push(id);
        }
        left
    }
}

/// The flags of a list that changes, where the mapping has none of its own: whatever stays in the list keeps its flag. `None`
/// where they are not known, or nothing is flagged.
fn carried(schema: &Schema, list: FieldId, wanted: &Record, before: &Record) -> Option<Field> {
    let flags = schema.companion(list).filter(|flags| matches!(schema.spec(*flags).ty, Type::Flags { .. }))?;
    let (items, had) = (wanted.value(list)?.as_list()?, before.value(list)?.as_list()?);
    let set = before.value(flags)?.as_list()?;
    if set.len() != had.len() || set.iter().all(|flag| flag.as_bool() != Some(true)) {
        return None;
    }
    let flag =
        |item: &Value| had.iter().position(|other| other == item).is_some_and(|at| set[at].as_bool() == Some(true));
    Some(Field::Value(Value::list(items.iter().map(|item| Value::Bool(flag(item))))))
}

/// The fields that are to be written. `never`: nothing was written to this object before.
pub(super) fn differing(schema: &Schema, record: &mut Record, before: &Record, never: bool) -> Vec<FieldId> {
    let mut differing = schema.differing(record, before);
    for (id, field) in record.iter() {
        // Never written, not readable: what a first link cannot see is taken as equal, a new line of a mapping is not.
        if before.get(id).is_none() && !never && field.value().is_some() {
            differing.push(id);
        }
    }
    for id in differing.clone() {
        let Some(pair) = schema.companion(id) else { continue };
        if record.get(pair).is_some() {
            differing.push(pair);
        } else if let Some(flags) = carried(schema, id, record, before) {
            // Nobody wants other flags: they stay with what they belong to.
            record.set(pair, flags);
            differing.push(pair);
        }
    }
    differing
}
