//! References to people who are going: whoever is gone from the source and is removed, or is not there any more. Nobody is written
//! with one of them, whether he is new or changes, and that is told; who is as he was keeps what he has. Everybody else who is
//! linked can be referred to, in the list or not.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Field, FieldId, Problem, Type, Value};

use crate::{
    reconcile::{
        Known, Task,
        task::{AsideState, Found},
    },
    workflow::{compiled::WhenUnresolved, template::unknown_code},
};

/// The fields that are written without such references, and whom those mean: by the value, the key in the source.
#[derive(Default)]
pub(in crate::reconcile) struct Going {
    fields: Vec<FieldId>,
    who: HashMap<Value, Box<str>>,
}

impl Task {
    /// Who is going. From now on references do not find them.
    pub(in crate::reconcile) fn note_going(&self, known: &mut Known) -> Going {
        let schema = self.mapping.target;
        let own =
            |id: FieldId| matches!(schema.spec(id).ty, Type::Ref(kind) | Type::Refs { kind, .. } if kind == self.kind);
        let fields = self.mapping.fields.iter().filter(|field| own(field.target));
        let Some(links) = known.links(self.kind).filter(|_| fields.clone().next().is_some()) else {
            return Going::default();
        };
        // Who takes the place of another is there.
        let taken: HashSet<&str> = self
            .aside
            .iter()
            .filter_map(|aside| match &aside.found {
                Found::Matched { key, .. } | Found::New(key) => Some(&**key),
                Found::Linked(_) | Found::Nothing => None,
            })
            .collect();
        let entries = links.entries().iter().enumerate();
        let unseen =
            entries.filter(|(place, entry)| !entry.gone && !links.was_seen(*place) && self.is_gone(&entry.source));
        let going = unseen.filter(|(place, entry)| {
            let removed = self.is_mine(entry) && !self.steps.removals.is_empty();
            let stays = self.stays_for_others(&entry.target) || self.suspects.contains_key(place);
            (!self.target.has(&entry.target) || (removed && !stays)) && !taken.contains(&*entry.target)
        });
        let (places, who): (Vec<usize>, _) =
            going.map(|(place, entry)| (place, (schema.key_value(&entry.target), entry.source.clone()))).unzip();
        let fields = fields.filter(|field| field.when_unresolved == WhenUnresolved::Omit).map(|field| field.target);
        let going = Going { fields: fields.collect(), who };
        known.go(self.kind, places);
        going
    }

    /// An object that was mapped before the list had ended: what it refers to may be going.
    pub(in crate::reconcile) fn leave_out_going(&mut self, index: usize, going: &Going) {
        if going.who.is_empty() {
            return;
        }
        let AsideState::Wanted { record: packed, create_only, .. } = &self.aside[index].state else { return };
        let schema = self.mapping.target;
        let (mut record, only, mut told) = (packed.record(), create_only.record(), Vec::new());
        for id in &going.fields {
            let Some(value) = record.value(*id) else { continue };
            let all = value.as_list().unwrap_or(std::slice::from_ref(value));
            let (lost, kept): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|one| going.who.contains_key(one));
            if lost.is_empty() {
                continue;
            }
            let field = &schema.spec(*id).name;
            told.extend(lost.iter().filter_map(|one| going.who.get(one)).map(|key| Problem {
                field: Some(field.clone()),
                ..Problem::new(unknown_code(self.kind, field)).arg("key", &**key)
            }));
            record.take(*id);
            if !kept.is_empty() {
                record.set(*id, Field::Value(Value::List(kept.into())));
            }
        }
        if told.is_empty() {
            return;
        }
        let print = self.print(&record, &only);
        let aside = &mut self.aside[index];
        aside.object.warnings.extend(told);
        if let AsideState::Wanted { record: packed, fingerprint, .. } = &mut aside.state {
            (*packed, *fingerprint) = (record.into(), print);
        }
    }
}
