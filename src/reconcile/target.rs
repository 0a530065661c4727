//! The objects of the target as far as they were read, sorted for look-up by key, by parent and by a field's value.

use std::collections::HashMap;

use idflow_sdk::{Field, FieldId, KeyRule, Record, RootIs, Schema, Seen, Snapshot, Value, schema::canonical};

use super::{links::compare_keys, steps};

/// What was read of the target.
#[derive(Debug)]
pub struct TargetTable {
    /// The schema of the records.
    pub schema: &'static Schema,
    objects: Vec<Seen>,
    /// What an empty parent means.
    pub root: Option<Value>,
    /// What that root is called.
    pub root_name: Option<Box<str>>,
    /// What a root of the source is here.
    pub root_is: RootIs,
    /// The highest number seen.
    pub highest_key: i64,
    children: Option<Children>,
    by_value: HashMap<FieldId, Values>,
}

/// Objects of a tree by their parent: those whose name is known by it, and the others.
#[derive(Debug, Default)]
struct Children {
    named: HashMap<(Option<Value>, Value), Vec<u32>>,
    hidden: HashMap<Option<Value>, Vec<u32>>,
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
            root_name: snapshot.root_name,
            root_is: snapshot.root_is,
            highest_key: snapshot.highest_key,
            children: None,
            by_value: HashMap::new(),
        }
    }

    /// What was read of the object with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Seen> {
        steps::took(1);
        self.objects.binary_search_by(|seen| compare_keys(&seen.key, key)).ok().map(|place| &self.objects[place])
    }

    /// The place of the object with this key.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<u32> {
        let place = self.objects.binary_search_by(|seen| compare_keys(&seen.key, key)).ok()?;
        u32::try_from(place).ok()
    }

    /// Takes over what was read later, in full.
    pub fn refine(&mut self, seen: Seen) {
        if let Ok(place) = self.objects.binary_search_by(|old| compare_keys(&old.key, &seen.key)) {
            self.objects[place].record.merge(&seen.record);
            // They may have changed with it.
            self.by_value.clear();
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

    /// The object at this place.
    #[must_use]
    pub fn at(&self, place: u32) -> &Seen {
        steps::took(1);
        &self.objects[place as usize]
    }

    /// The objects below this parent (`None` is the top) with this name, and those whose name we may not see. Objects that
    /// are no longer there are left out.
    pub fn children(&mut self, parent: Option<&Value>, name: FieldId, wanted: &Field) -> (&[u32], &[u32]) {
        let schema = self.schema;
        let ty = schema.spec(name).ty;
        let field = schema.parent.and_then(|name| schema.field(name));
        let children = self.children.get_or_insert_with(|| {
            let mut children = Children::default();
            for (place, seen) in self.objects.iter().enumerate().filter(|(_, seen)| !schema.is_gone(&seen.record)) {
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                let parent = field.and_then(|field| seen.record.value(field)).cloned();
                match seen.record.get(name) {
                    None => children.hidden.entry(parent).or_default().push(place),
                    Some(known) => {
                        if let Some(known) = canonical(ty, known) {
                            children.named.entry((parent, known)).or_default().push(place);
                        }
                    }
                }
            }
            children
        });
        let parent = parent.cloned();
        let hidden = children.hidden.get(&parent).map(Vec::as_slice).unwrap_or_default();
        let named = canonical(ty, wanted).and_then(|wanted| children.named.get(&(parent, wanted)));
        (named.map(Vec::as_slice).unwrap_or_default(), hidden)
    }

    /// The objects whose field has this value, and those of which the field is unknown, without those that are no longer
    /// there.
    pub fn having(&mut self, field: FieldId, value: &Field) -> (&[u32], &[u32]) {
        let schema = self.schema;
        let ty = schema.spec(field).ty;
        let values = self.by_value.entry(field).or_insert_with(|| {
            let mut values = Values::default();
            for (place, seen) in self.objects.iter().enumerate().filter(|(_, seen)| !schema.is_gone(&seen.record)) {
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
        let found = canonical(ty, value).and_then(|value| values.places.get(&value));
        (found.map(Vec::as_slice).unwrap_or_default(), &values.hidden)
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
