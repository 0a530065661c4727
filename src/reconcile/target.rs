//! The objects of the target as far as they were read, sorted for look-up by key, by parent and by a field's value.

use std::collections::HashMap;

use idflow_sdk::{Field, FieldId, KeyRule, Record, Schema, Seen, Snapshot, Value, schema::canonical};

use super::links::compare_keys;

/// What was read of the target.
#[derive(Debug)]
pub struct TargetTable {
    /// The schema of the records.
    pub schema: &'static Schema,
    objects: Vec<Seen>,
    /// What an empty parent means.
    pub root: Option<Value>,
    /// The highest number seen.
    pub highest_key: i64,
    children: Option<HashMap<Option<Value>, Vec<u32>>>,
    by_value: HashMap<FieldId, Values>,
}

/// Objects by the value of one field.
#[derive(Debug, Default)]
struct Values {
    places: HashMap<Value, Vec<u32>>,
    /// Objects of which the field is unknown.
    hidden: Vec<u32>,
}

impl TargetTable {
    /// Sorts a snapshot.
    #[must_use]
    pub fn new(schema: &'static Schema, snapshot: Snapshot) -> Self {
        let mut objects = snapshot.objects;
        // The key is not kept twice.
        if let KeyRule::Natural(name) = schema.key
            && let Some(id) = schema.field(name)
        {
            for seen in &mut objects {
                seen.record =
                    seen.record.iter().filter(|(field, _)| *field != id).map(|(id, f)| (id, f.clone())).collect();
            }
        }
        objects.sort_unstable_by(|a, b| compare_keys(&a.key, &b.key));
        objects.shrink_to_fit();
        Self {
            schema,
            objects,
            root: snapshot.root,
            highest_key: snapshot.highest_key,
            children: None,
            by_value: HashMap::new(),
        }
    }

    /// What was read of the object with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Seen> {
        self.objects.binary_search_by(|seen| compare_keys(&seen.key, key)).ok().map(|place| &self.objects[place])
    }

    /// Takes over what was read later, in full.
    pub fn refine(&mut self, seen: Seen) {
        if let Ok(place) = self.objects.binary_search_by(|old| compare_keys(&old.key, &seen.key)) {
            self.objects[place].record.merge(&seen.record);
        }
    }

    /// All objects.
    #[must_use]
    pub fn objects(&self) -> &[Seen] {
        &self.objects
    }

    /// Whether the object is kept but no longer there.
    #[must_use]
    pub fn is_gone(&self, seen: &Seen) -> bool {
        self.schema.is_gone(&seen.record)
    }

    /// The objects below this parent; `None` is the top.
    pub fn children(&mut self, parent: Option<&Value>) -> Vec<&Seen> {
        let field = self.schema.parent.and_then(|name| self.schema.field(name));
        let children = self.children.get_or_insert_with(|| {
            let mut children: HashMap<Option<Value>, Vec<u32>> = HashMap::new();
            for (place, seen) in self.objects.iter().enumerate() {
                let parent = field.and_then(|field| seen.record.value(field)).cloned();
                children.entry(parent).or_default().push(u32::try_from(place).unwrap_or(u32::MAX));
            }
            children
        });
        let places = children.get(&parent.cloned()).map(Vec::as_slice).unwrap_or_default();
        places.iter().map(|place| &self.objects[*place as usize]).collect()
    }

    /// The objects whose field has this value, and those of which the field is unknown.
    pub fn having(&mut self, field: FieldId, value: &Field) -> (Vec<&Seen>, Vec<&Seen>) {
        let schema = self.schema;
        let ty = schema.spec(field).ty;
        let values = self.by_value.entry(field).or_insert_with(|| {
            let mut values = Values::default();
            for (place, seen) in self.objects.iter().enumerate() {
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                match seen.record.get(field) {
                    None => values.hidden.push(place),
                    Some(known) => {
                        if let Some(value) = canonical(ty, known) {
                            values.places.entry(value).or_default().push(place);
                        }
                    }
                }
            }
            values
        });
        let found =
            canonical(ty, value).and_then(|value| values.places.get(&value)).map(Vec::as_slice).unwrap_or_default();
        let pick = |places: &[u32]| places.iter().map(|place| &self.objects[*place as usize]).collect();
        (pick(found), pick(&values.hidden))
    }
}

/// What is known of an object: what was written, overlaid by what was read. Flags go with the list they belong to: when
/// the list was read in another order than it was written, the written pair stays; when it differs, old flags mean
/// nothing.
#[must_use]
pub fn overlay(schema: &Schema, written: &Record, read: &Record) -> Record {
    let mut known = written.clone();
    for (id, field) in read.iter() {
        if written.get(id).is_some_and(|written| schema.same(id, written, field)) {
            continue;
        }
        known.set(id, field.clone());
        for (place, spec) in schema.fields.iter().enumerate() {
            if let idflow_sdk::Type::Flags { of } = spec.ty
                && schema.spec(id).name == of
                && let Ok(flags) = FieldId::try_from(place)
                && read.get(flags).is_none()
            {
                known.take(flags);
            }
        }
    }
    known
}
