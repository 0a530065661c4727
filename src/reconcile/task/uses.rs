//! Who will still refer to departments, so that none of these is removed?

use std::collections::HashMap;

use idflow_sdk::{FieldId, Kind, Type};

use super::Task;
use crate::{
    model::change::Row,
    reconcile::{Known, called::called},
};

impl Task {
    /// Notes who of the target's objects will still refer to departments, so that none of these is removed. Whoever left
    /// the source does not count, nor do objects that nobody linked in a system that refuses such a removal by itself.
    pub(in crate::reconcile) fn note_uses(&self, known: &mut Known, rows: &[Row]) {
        let schema = self.mapping.target;
        let fields: Vec<FieldId> = (0..schema.fields.len())
            .filter_map(|id| FieldId::try_from(id).ok())
            .filter(|id| {
                let ty = schema.spec(*id).ty;
                matches!(
                    ty,
                    Type::Ref(Kind::Department)
                        | Type::Refs { kind: Kind::Department, .. }
                        | Type::Members { kind: Kind::Department }
                )
            })
            .collect();
        if fields.is_empty() || !known.may_lose(Kind::Department) {
            return;
        }
        let changes: HashMap<&str, &Row> =
            rows.iter().filter(|row| row.writes()).map(|row| (&*row.target, row)).collect();
        for seen in self.target.objects() {
            let change = changes.get(&*seen.key);
            let after = |id: FieldId| change.and_then(|row| row.set.get(id)).or_else(|| seen.record.get(id).cloned());
            if self.target.is_gone(&seen) || change.is_some_and(|row| row.removes && schema.is_gone(&row.set.record()))
            {
                continue;
            }
            let (counts, unread) =
                match known.links(self.kind).and_then(|links| Some((links, links.of_target(&seen.key)?))) {
                    // Whoever is not in a part of the list is there as before, unless he is known to be gone; so is whoever is
                    // the business of another workflow that may read him, or stands in another list.
                    Some((links, place)) if !links.was_seen(place) => {
                        (!self.has_left(known, &seen.key), !self.is_gone(&links.entry(place).source))
                    }
                    Some(_) => (true, false),
                    None => (schema.gone_when.is_some(), false),
                };
            if !counts {
                continue;
            }
            let mut keys: Vec<Box<str>> = fields
                .iter()
                .filter_map(|id| after(*id))
                .flat_map(|field| crate::reconcile::references::keys_of(&field))
                .collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                known.uses(Kind::Department, key, unread, || called(schema, &seen.record, &seen.key));
            }
        }
    }
}
