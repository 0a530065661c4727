//! Lists of departments of which the source does not tell everything: without the flags of who leads, or cut to what the
//! reader may see. What is not said stays as the target has it, and a new entry leads nothing.

use idflow_sdk::{Field, FieldId, Record, Type, Value, schema::is_others};

use super::{Known, Task};

/// Whether something is left open in this list.
fn open(items: &[Value]) -> bool {
    items.iter().any(|item| matches!(item, Value::Map(_)) && item.entry("leader").is_none())
}

impl Task {
    /// The fields that may be left open.
    fn open_fields(&self, record: &Record) -> Vec<FieldId> {
        let schema = self.mapping.target;
        let ids = record.iter().map(|(id, _)| id).filter(|id| matches!(schema.spec(*id).ty, Type::Members { .. }));
        ids.filter(|id| record.value(*id).and_then(Value::as_list).is_some_and(open)).collect()
    }

    /// Fills what is left open from what the target has.
    pub(super) fn fill_members(&self, known: &Known, record: &mut Record, before: &Record) {
        for id in self.open_fields(record) {
            let Type::Members { kind } = self.mapping.target.spec(id).ty else { continue };
            let wanted = record.value(id).and_then(Value::as_list).unwrap_or_default().to_vec();
            let had = before.value(id).and_then(Value::as_list).unwrap_or_default();
            let department = |item: &Value| item.entry("department").cloned();
            let mut whole: Vec<Value> = Vec::with_capacity(wanted.len());
            for item in wanted.iter().filter(|item| !is_others(item)) {
                let old = || had.iter().find(|old| department(old) == department(item));
                whole.push(match (item.entry("leader"), department(item)) {
                    (None, Some(key)) => {
                        let leader = old().and_then(|old| old.entry("leader")).cloned().unwrap_or(Value::Bool(false));
                        Value::map([("department".into(), key), ("leader".into(), leader)])
                    }
                    _ => item.clone(),
                });
            }
            if wanted.iter().any(is_others) {
                // What the source sees and does not name is no longer so; what it cannot see is not its business.
                let unseen = |old: &&Value| {
                    let key = department(old).and_then(|key| key.to_key());
                    key.is_some_and(|key| !known.is_seen(kind, &key))
                };
                let named: Vec<Option<Value>> = whole.iter().map(department).collect();
                whole.extend(had.iter().filter(unseen).filter(|old| !named.contains(&department(old))).cloned());
            }
            record.set(id, Field::Value(Value::List(whole.into())));
        }
    }

    /// The same, without a copy where nothing is open.
    pub(super) fn with_members<'r>(
        &self,
        known: &Known,
        record: &'r Record,
        before: &Record,
    ) -> std::borrow::Cow<'r, Record> {
        if self.open_fields(record).is_empty() {
            return std::borrow::Cow::Borrowed(record);
        }
        let mut record = record.clone();
        self.fill_members(known, &mut record, before);
        std::borrow::Cow::Owned(record)
    }
}
