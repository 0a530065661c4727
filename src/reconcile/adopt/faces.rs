//! What is an object of the source recognised by, where no rule decides?

use std::collections::BTreeSet;

use idflow_sdk::{FieldId, Kind, Type, Unique, Value, schema::canonical};

use crate::reconcile::{Known, Task};

/// What the source knows of an object that could be somebody.
pub(super) struct Face {
    pub source: Box<str>,
    /// Where it stands among those of the source.
    pub place: usize,
    pub label: Option<Value>,
    pub homes: BTreeSet<Box<str>>,
    pub unique: Vec<(FieldId, Value)>,
}

impl Task {
    /// What the source says of everybody whom no rule knows.
    pub(super) fn faces(&mut self, known: &mut Known) -> Vec<Face> {
        let (places, _) = self.unknown(known);
        let schema = self.mapping.target;
        let label = schema.field(schema.label);
        let homes: Vec<FieldId> = self.home_fields();
        let unique = self.unique_fields();
        let references = known.references();
        let faces = places
            .into_iter()
            .map(|place| {
                let object = &self.aside[place].object;
                let record = object.cells.record();
                let value = |id: FieldId| {
                    let field = self.mapping.value_of(id, &record, &self.scope, &references)?;
                    canonical(schema.spec(id).ty, &field)
                };
                let keys = |id: &FieldId| {
                    let field = self.mapping.value_of(*id, &record, &self.scope, &references);
                    field.map(|field| crate::reconcile::references::keys_of(&field)).unwrap_or_default()
                };
                Face {
                    source: object.key.clone(),
                    place,
                    label: label.and_then(value),
                    homes: homes.iter().flat_map(keys).collect(),
                    unique: unique.iter().filter_map(|id| Some((*id, value(*id)?))).collect(),
                }
            })
            .collect();
        known.only_tried();
        faces
    }

    /// The departments that an object of the target is in.
    pub(in crate::reconcile) fn homes_of(&self, key: &str) -> BTreeSet<Box<str>> {
        let Some(seen) = self.target.get(key) else { return BTreeSet::new() };
        let fields = self.home_fields();
        fields.iter().filter_map(|id| seen.record.get(*id)).flat_map(crate::reconcile::references::keys_of).collect()
    }

    pub(in crate::reconcile) fn home_fields(&self) -> Vec<FieldId> {
        let schema = self.mapping.target;
        let is_home = |ty: Type| {
            matches!(ty, Type::Refs { kind: Kind::Department, .. } | Type::Members { kind: Kind::Department })
        };
        (0..schema.fields.len())
            .filter_map(|place| FieldId::try_from(place).ok())
            .filter(|id| is_home(schema.spec(*id).ty))
            .collect()
    }

    pub(super) fn unique_fields(&self) -> Vec<FieldId> {
        let schema = self.mapping.target;
        (0..schema.fields.len())
            .filter_map(|place| FieldId::try_from(place).ok())
            .filter(|id| matches!(schema.spec(*id).unique, Some(Unique::EachCall | Unique::AtEnd)))
            .collect()
    }
}
