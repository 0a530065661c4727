//! The objects of the target as far as they were read, sorted for look-up by key, by parent and by a field's value.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use idflow_sdk::{Field, FieldId, Gather, KeyRule, Record, RootIs, Schema, Seen, Snapshot, Value, schema::canonical};

use super::{heads::Heads, links::compare_keys, steps};
use crate::model::cells::Cells;

/// An object of the target, as small as it can be.
#[derive(Debug)]
struct There {
    key: Box<str>,
    cells: Cells,
}

/// What was read of the target.
#[derive(Debug)]
pub struct TargetTable {
    /// The schema of the records.
    pub schema: &'static Schema,
    objects: Vec<There>,
    /// Their keys, to be looked up; `None` when some were added since.
    heads: Option<Heads>,
    /// The number of fields that are known of every object: those which it does not name are empty.
    known: FieldId,
    /// What an empty parent means.
    pub root: Option<Value>,
    /// What that root is called.
    pub root_name: Option<Box<str>>,
    /// What a root of the source is here.
    pub root_is: RootIs,
    /// The highest number seen.
    pub highest_key: i64,
    /// Whether objects may be there that the list does not have.
    pub partial: bool,
    /// What the target keeps as it is, by key without case.
    kept: HashSet<(Box<str>, FieldId)>,
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

/// The objects of a snapshot, packed as they come.
#[derive(Debug)]
pub struct TargetObjects {
    schema: &'static Schema,
    /// The field that is the key, which is not kept twice.
    key: Option<FieldId>,
    objects: Vec<There>,
}

impl TargetObjects {
    /// Nothing yet, of objects that look like this.
    #[must_use]
    pub fn new(schema: &'static Schema) -> Self {
        let key = match schema.key {
            KeyRule::Natural(name) => schema.field(name),
            _ => None,
        };
        Self { schema, key, objects: Vec::new() }
    }
}

impl Gather for TargetObjects {
    fn begin(&mut self) {
        self.objects.clear();
    }

    fn take(&mut self, mut seen: Seen) {
        if let Some(id) = self.key {
            seen.record.take(id);
        }
        self.objects.push(There { key: seen.key, cells: seen.record.into() });
    }
}

impl TargetTable {
    /// Sorts a snapshot.
    #[must_use]
    pub fn new(schema: &'static Schema, mut snapshot: Snapshot) -> Self {
        let mut gathered = TargetObjects::new(schema);
        std::mem::take(&mut snapshot.objects).into_iter().for_each(|seen| gathered.take(seen));
        Self::of(gathered, snapshot)
    }

    /// Sorts what was gathered of a snapshot.
    #[must_use]
    pub fn of(gathered: TargetObjects, snapshot: Snapshot) -> Self {
        let TargetObjects { schema, mut objects, .. } = gathered;
        objects.sort_unstable_by(|a, b| compare_keys(&a.key, &b.key));
        objects.shrink_to_fit();
        Self {
            schema,
            heads: Some(heads_of(&objects)),
            objects,
            known: if snapshot.absent_is_empty { FieldId::try_from(schema.fields.len()).unwrap_or(0) } else { 0 },
            root: snapshot.root,
            root_name: snapshot.root_name,
            root_is: snapshot.root_is,
            highest_key: snapshot.highest_key,
            partial: snapshot.partial,
            kept: snapshot.kept.into_iter().map(|(key, id)| (key.to_lowercase().into(), id)).collect(),
            children: None,
            by_value: HashMap::new(),
        }
    }

    /// Writes keys as these, sorted without case, write them: a system may give a key back in another case than it took it, and to
    /// idflow it stays the one that it was.
    pub fn spell_as<'k>(&mut self, keys: impl Iterator<Item = &'k str>) {
        if !self.schema.has_caseless_keys() {
            return;
        }
        let mut objects = self.objects.iter_mut().peekable();
        for key in keys {
            while objects.next_if(|there| compare_keys(&there.key, key).is_lt()).is_some() {}
            if let Some(there) = objects.next_if(|there| compare_keys(&there.key, key).is_eq())
                && *there.key != *key
            {
                there.key = key.into();
            }
        }
    }

    /// Takes these keys, sorted without case, for objects that are there: of a list that is only a part nobody can tell. Nothing
    /// is known of their fields.
    pub fn believe<'k>(&mut self, keys: impl Iterator<Item = &'k str>) {
        let mut listed = self.objects.iter().peekable();
        let mut unlisted = Vec::new();
        for key in keys {
            while listed.next_if(|there| compare_keys(&there.key, key).is_lt()).is_some() {}
            if listed.peek().is_none_or(|there| compare_keys(&there.key, key).is_ne()) {
                unlisted.push(There { key: key.into(), cells: Cells::new() });
            }
        }
        if unlisted.is_empty() {
            return;
        }
        self.objects.append(&mut unlisted);
        self.objects.sort_unstable_by(|a, b| compare_keys(&a.key, &b.key));
        self.heads = Some(heads_of(&self.objects));
    }

    /// Whether the target keeps this field of the object as it is, whatever is written.
    #[must_use]
    pub fn keeps(&self, key: &str, id: FieldId) -> bool {
        !self.kept.is_empty() && self.kept.contains(&(key.to_lowercase().into(), id))
    }

    /// What was read of the object with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Seen> {
        steps::took(1);
        self.place(key).map(|place| self.at(place))
    }

    /// Whether the object with this key has these fields, exactly as they are written here.
    #[must_use]
    pub fn has_all(&self, key: &str, record: &Record) -> bool {
        steps::took(1);
        self.place(key).is_some_and(|place| self.objects[place as usize].cells.hold(record, self.known))
    }

    /// An object as it was read.
    fn seen(&self, there: &There) -> Seen {
        Seen { key: there.key.clone(), record: seen(there, self.known) }
    }

    /// Whether there is an object with this key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.place(key).is_some()
    }

    /// The place of the object with this key.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<u32> {
        let alike = self.alike(key);
        let place = alike.start + self.objects[alike].binary_search_by(|seen| compare_keys(&seen.key, key)).ok()?;
        u32::try_from(place).ok()
    }

    /// Where an object with this key can only be.
    fn alike(&self, key: &str) -> Range<usize> {
        self.heads.as_ref().map_or(0..self.objects.len(), |heads| heads.places(key))
    }

    /// Takes over what was read later, in full.
    pub fn refine(&mut self, seen: Seen) {
        if let Ok(place) = self.objects.binary_search_by(|old| compare_keys(&old.key, &seen.key)) {
            let mut record = self.objects[place].cells.record();
            record.merge(&seen.record);
            self.objects[place].cells = record.into();
            // They may have changed with it.
            self.by_value.clear();
        }
    }

    /// Takes an object that the list lacked.
    pub fn add(&mut self, mut seen: Seen) {
        let Err(place) = self.objects.binary_search_by(|old| compare_keys(&old.key, &seen.key)) else { return };
        if let KeyRule::Natural(name) = self.schema.key
            && let Some(id) = self.schema.field(name)
        {
            seen.record.take(id);
        }
        self.objects.insert(place, There { key: seen.key, cells: seen.record.into() });
        // They hold places.
        self.heads = None;
        self.children = None;
        self.by_value.clear();
    }

    /// All objects, sorted by key.
    pub fn objects(&self) -> impl Iterator<Item = Seen> {
        self.objects.iter().map(|there| self.seen(there))
    }

    /// The keys of all objects, sorted.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.objects.iter().map(|there| &*there.key)
    }

    /// Whether the object is kept but no longer there.
    #[must_use]
    pub fn is_gone(&self, seen: &Seen) -> bool {
        self.schema.is_gone(&seen.record)
    }

    /// The object at this place.
    #[must_use]
    pub fn at(&self, place: u32) -> Seen {
        steps::took(1);
        self.seen(&self.objects[place as usize])
    }

    /// The key of the object at this place.
    #[must_use]
    pub fn key_at(&self, place: u32) -> &str {
        steps::took(1);
        &self.objects[place as usize].key
    }

    /// The objects below this parent (`None` is the top) with this name, and those whose name we may not see. Objects that
    /// are no longer there are left out.
    pub fn children(&mut self, parent: Option<&Value>, name: FieldId, wanted: &Field) -> (&[u32], &[u32]) {
        let schema = self.schema;
        let ty = schema.spec(name).ty;
        let field = schema.parent.and_then(|name| schema.field(name));
        let children = self.children.get_or_insert_with(|| {
            let mut children = Children::default();
            let records = self.objects.iter().map(|there| seen(there, self.known)).enumerate();
            for (place, record) in records.filter(|(_, record)| !schema.is_gone(record)) {
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                let parent = field.and_then(|field| record.value(field)).cloned();
                match record.get(name) {
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
            let records = self.objects.iter().map(|there| seen(there, self.known)).enumerate();
            for (place, record) in records.filter(|(_, record)| !schema.is_gone(record)) {
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                match record.get(field) {
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

/// The keys of objects that are sorted by them, to be looked up.
fn heads_of(objects: &[There]) -> Heads {
    Heads::of(objects.iter().map(|there| &*there.key), true)
}

/// What was read of an object. The fields below `known` are known of every object.
fn seen(there: &There, known: FieldId) -> Record {
    there.cells.record_up_to(known)
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use idflow_sdk::{FieldSpec, Kind, Text, Type};

    use super::*;

    static FIELDS: [FieldSpec; 2] = [
        FieldSpec::new("name", Type::Text, Text::new("姓名", "name")),
        FieldSpec::new("mobile", Type::Phone, Text::new("手机", "mobile")),
    ];
    static PEOPLE: Schema = Schema {
        connector: "test",
        kind: Kind::User,
        fields: Cow::Borrowed(&FIELDS),
        key: KeyRule::Ulid,
        numeric_keys: false,
        label: "name",
        parent: None,
        max_depth: None,
        gone_when: None,
        at_least_one: &[],
    };

    #[test]
    fn what_a_target_does_not_name_is_empty_where_it_says_so_and_unknown_elsewhere() {
        let (name, mobile): (FieldId, FieldId) = (0, 1);
        let person = |key: &str, record: Record| Seen { key: key.into(), record };
        for absent_is_empty in [true, false] {
            let objects = vec![
                person("B", [(name, Field::from_text("李娜"))].into_iter().collect()),
                person("a", [(mobile, Field::from_text("15400000001"))].into_iter().collect()),
            ];
            let mut table = TargetTable::new(&PEOPLE, Snapshot { objects, absent_is_empty, ..Snapshot::default() });
            assert_eq!(table.keys().collect::<Vec<_>>(), ["a", "B"], "sorted without case");
            assert!(table.has("A") && table.has("b") && !table.has("c") && table.get("c").is_none());
            let seen = table.get("b").expect("there");
            assert_eq!((&*seen.key, seen.record.text(name)), ("B", Some("李娜")));
            assert_eq!(seen.record.get(mobile), absent_is_empty.then_some(&Field::Empty));
            let (found, hidden) = table.having(mobile, &Field::from_text("15400000001"));
            assert_eq!((found.len(), hidden.len()), (1, usize::from(!absent_is_empty)));
            table.refine(person("b", [(mobile, Field::from_text("15400000002"))].into_iter().collect()));
            let seen = table.get("B").expect("there");
            assert_eq!((seen.record.text(name), seen.record.text(mobile)), (Some("李娜"), Some("15400000002")));
        }
    }
}
