//! Who would become somebody else under the same key, and which fields would be lost?

use idflow_sdk::{FieldId, Record, Value, schema::REFUSED_VALUES};

use crate::reconcile::{Task, refused};

impl Task {
    /// Counts who would become somebody else, and which fields would be lost.
    pub(super) fn note_losses(&mut self, source: &str, record: &Record, before: &Record, differing: &[FieldId]) {
        let schema = self.mapping.target;
        if schema.is_gone(record) {
            return;
        }
        let has = |record: &Record, id: FieldId| match record.value(id) {
            Some(Value::List(items)) => !items.is_empty(),
            value => value.is_some(),
        };
        // A default that takes the place of a value is a loss as well: whoever had left, too, comes back by a blank.
        let by_default = self.defaulted.get(source).map(|fields| &**fields).unwrap_or_default();
        let lost = differing.iter().filter(|id| by_default.contains(id) && has(before, **id) && has(record, **id));
        for id in lost {
            *self.cleared.entry(*id).or_default() += 1;
        }
        if schema.is_gone(before) {
            return;
        }
        // A value that cannot be used is another one than before, too: two columns that changed places show in both.
        let refused = refused::fields(schema, record);
        let changed =
            |id: &FieldId| has(before, *id) && (refused.contains(id) || (differing.contains(id) && has(record, *id)));
        if schema.identity().iter().filter(|aspect| aspect.iter().any(changed)).count() > 1 {
            self.shifted += 1;
        }
        self.renamed += u64::from(schema.field(schema.label).is_some_and(|id| changed(&id)));
        // What was remembered about the source is no value of the object.
        let own = |id: &FieldId| schema.field(REFUSED_VALUES) != Some(*id);
        for id in differing.iter().filter(|id| own(id) && has(before, **id) && !has(record, **id)) {
            *self.cleared.entry(*id).or_default() += 1;
        }
    }

    /// Objects that would become somebody else under the same key. Other names for most people are no renamings: another
    /// column was taken for the name.
    #[must_use]
    pub fn would_shift(&self) -> u64 {
        let most = !self.is_tree() && self.renamed.saturating_mul(2) > self.compared;
        if most { self.shifted.max(self.renamed) } else { self.shifted }
    }
}
