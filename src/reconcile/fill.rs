//! `write: fill`: a field that is written only where the target is known to have no value. What cannot be seen is not
//! empty.

use std::borrow::Cow;

use idflow_sdk::{Field, FieldId, Record, Value};

use super::Task;

/// Whether the target has no value, as far as anybody can see.
fn is_vacant(field: Option<&Field>) -> bool {
    match field {
        None => false,
        Some(Field::Empty) => true,
        Some(Field::Value(value)) => value.as_list().is_some_and(<[Value]>::is_empty),
    }
}

impl Task {
    /// The fields of the record that are left to the target, which has a value.
    fn filled(&self, record: &Record, before: &Record) -> Vec<FieldId> {
        let fill = self.mapping.fields.iter().filter(|field| field.fill_only).map(|field| field.target);
        fill.filter(|id| record.get(*id).is_some() && !is_vacant(before.get(*id))).collect()
    }

    /// Takes out what the target has a value for.
    pub(super) fn leave_filled(&self, record: &mut Record, before: &Record) {
        for id in self.filled(record, before) {
            record.take(id);
        }
    }

    /// The same, without a copy where nothing is taken out.
    pub(super) fn without_filled<'r>(&self, record: Cow<'r, Record>, before: &Record) -> Cow<'r, Record> {
        if self.filled(&record, before).is_empty() {
            return record;
        }
        let mut record = record.into_owned();
        self.leave_filled(&mut record, before);
        Cow::Owned(record)
    }
}
