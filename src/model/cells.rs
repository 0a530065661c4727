//! The fields of a row, packed. A plan may have hundreds of thousands of rows, each with a dozen fields, and most are looked
//! at a few times only: as bytes they take a quarter of the room of a [`Record`]. What only moves fields about never unpacks them.

use std::fmt;

use idflow_sdk::{Field, FieldId, Record, Str, Value};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    ser::{Error as _, SerializeSeq},
};

/// The known fields of one object, sorted by [`FieldId`], as bytes: of each field its number, the length of its value, and
/// that. What is read is a copy. Stored and shown as the [`Record`] that it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cells(Box<[u8]>);

impl Cells {
    /// Without fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The record.
    #[must_use]
    pub fn record(&self) -> Record {
        Record::of_sorted(Parts(&self.0).count(), self.iter())
    }

    /// The record, in which every field below `known` that is not here is empty.
    #[must_use]
    pub fn record_up_to(&self, known: FieldId) -> Record {
        if known == 0 {
            return self.record();
        }
        let mut parts = Parts(&self.0).peekable();
        let mut next = 0;
        let fields = std::iter::from_fn(|| {
            let empty = next < known && parts.peek().is_none_or(|(id, _)| *id > next);
            let (id, field) = match empty {
                true => (next, Field::Empty),
                false => parts.next().and_then(|(id, bytes)| Some((id, read(bytes)?)))?,
            };
            next = id.saturating_add(1);
            Some((id, field))
        });
        Record::of_sorted(usize::from(known).max(Parts(&self.0).count()), fields)
    }

    /// The part of the record that these fields make; the others are not even looked at.
    #[must_use]
    pub fn pick(&self, ids: &[FieldId]) -> Record {
        let wanted = Parts(&self.0).filter(|(id, _)| ids.contains(id));
        wanted.filter_map(|(id, bytes)| Some((id, read(bytes)?))).collect()
    }

    /// The same without all fields but one.
    #[must_use]
    pub fn only(&self, id: FieldId) -> Self {
        let mut bytes = Vec::new();
        if let Some((id, value)) = Parts(&self.0).find(|(field, _)| *field == id) {
            bytes.reserve_exact(value.len() + 7);
            append(&mut bytes, id, value);
        }
        Self(bytes.into())
    }

    /// What is known of field `id`; `None` is unknown.
    #[must_use]
    pub fn get(&self, id: FieldId) -> Option<Field> {
        let mut parts = Parts(&self.0);
        parts.find(|(field, _)| *field >= id).filter(|(field, _)| *field == id).and_then(|(_, bytes)| read(bytes))
    }

    /// Whether anything is known of field `id`.
    #[must_use]
    pub fn has(&self, id: FieldId) -> bool {
        Parts(&self.0).any(|(field, _)| field == id)
    }

    /// The value of field `id`, if it is known and not empty.
    #[must_use]
    pub fn value(&self, id: FieldId) -> Option<Value> {
        match self.get(id)? {
            Field::Value(value) => Some(value),
            Field::Empty => None,
        }
    }

    /// The text of field `id`, if it is known and is text.
    #[must_use]
    pub fn text(&self, id: FieldId) -> Option<Str> {
        match self.value(id)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The known fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (FieldId, Field)> {
        Parts(&self.0).filter_map(|(id, bytes)| Some((id, read(bytes)?)))
    }

    /// The known fields in order, where they lie.
    pub fn refs(&self) -> impl Iterator<Item = (FieldId, FieldRef<'_>)> {
        Parts(&self.0).filter_map(|(id, bytes)| Some((id, postcard::from_bytes(bytes).ok()?)))
    }

    /// What is known of field `id`, where it lies; `None` is unknown.
    #[must_use]
    pub fn get_ref(&self, id: FieldId) -> Option<FieldRef<'_>> {
        let (_, bytes) = Parts(&self.0).find(|(field, _)| *field >= id).filter(|(field, _)| *field == id)?;
        postcard::from_bytes(bytes).ok()
    }

    /// Whether every field of the record is the same here, byte for byte; below `known` a field that is not here is empty.
    /// Nothing is unpacked for it.
    #[must_use]
    pub fn hold(&self, record: &Record, known: FieldId) -> bool {
        let mut parts = Parts(&self.0).peekable();
        let mut packed = Vec::with_capacity(128);
        record.iter().all(|(id, field)| {
            while parts.next_if(|(other, _)| *other < id).is_some() {}
            match (parts.next_if(|(other, _)| *other == id), field) {
                (None, Field::Empty) => id < known,
                (None, Field::Value(_)) => false,
                (Some((_, bytes)), Field::Empty) => bytes == EMPTY,
                (Some((_, bytes)), Field::Value(_)) => {
                    packed.clear();
                    match postcard::to_extend(field, std::mem::take(&mut packed)) {
                        Ok(written) => packed = written,
                        Err(_) => return false,
                    }
                    packed == bytes
                }
            }
        })
    }

    /// The numbers of the known fields in order.
    pub fn ids(&self) -> impl Iterator<Item = FieldId> {
        Parts(&self.0).map(|(id, _)| id)
    }

    /// True when no field is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets field `id`, replacing what was known.
    pub fn set(&mut self, id: FieldId, field: Field) {
        let one = Self::from_iter([(id, field)]);
        self.merge(&one);
    }

    /// Forgets field `id` and returns what was known of it.
    pub fn take(&mut self, id: FieldId) -> Option<Field> {
        let taken = self.get(id)?;
        *self = self.keeping(|other, _| other != id);
        Some(taken)
    }

    /// Takes over every field that `newer` knows.
    pub fn merge(&mut self, newer: &Self) {
        if newer.is_empty() {
            return;
        }
        let mut bytes = Vec::with_capacity(self.0.len() + newer.0.len());
        let (mut old, mut new) = (Parts(&self.0).peekable(), Parts(&newer.0).peekable());
        loop {
            let next = match (old.peek(), new.peek()) {
                (Some((one, _)), Some((other, _))) if one < other => old.next(),
                (Some((one, _)), Some((other, _))) => {
                    if one == other {
                        old.next();
                    }
                    new.next()
                }
                (Some(_), None) => old.next(),
                _ => new.next(),
            };
            let Some((id, value)) = next else { break };
            append(&mut bytes, id, value);
        }
        *self = Self(bytes.into());
    }

    /// The fields that have a value.
    #[must_use]
    pub fn filled(self) -> Self {
        let empty = |value: &[u8]| value == EMPTY;
        if Parts(&self.0).any(|(_, value)| empty(value)) { self.keeping(|_, value| !empty(value)) } else { self }
    }

    /// Some of the fields, as they lie there.
    fn keeping(&self, keep: impl Fn(FieldId, &[u8]) -> bool) -> Self {
        let mut bytes = Vec::with_capacity(self.0.len());
        for (id, value) in Parts(&self.0).filter(|(id, value)| keep(*id, value)) {
            append(&mut bytes, id, value);
        }
        Self(bytes.into())
    }
}

/// How an empty field is packed: the number of [`Field::Empty`].
const EMPTY: &[u8] = &[0];

/// Adds a field that is packed already.
fn append(bytes: &mut Vec<u8>, id: FieldId, value: &[u8]) {
    bytes.extend_from_slice(&id.to_le_bytes());
    match u8::try_from(value.len()) {
        Ok(short) if short < LONG => bytes.push(short),
        _ => {
            bytes.push(LONG);
            bytes.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
    }
    bytes.extend_from_slice(value);
}

/// A [`Field`] whose texts stay where they lie: what is only written on needs no copy of its own.
#[derive(Debug, Serialize, Deserialize)]
pub enum FieldRef<'a> {
    /// As [`Field::Empty`].
    Empty,
    /// As [`Field::Value`].
    #[serde(borrow)]
    Value(ValueRef<'a>),
}

/// A [`Value`] whose texts stay where they lie.
#[derive(Debug, Serialize, Deserialize)]
pub enum ValueRef<'a> {
    /// As [`Value::Bool`].
    Bool(bool),
    /// As [`Value::Int`].
    Int(i64),
    /// As [`Value::Text`].
    Text(&'a str),
    /// As [`Value::List`].
    #[serde(borrow)]
    List(Vec<ValueRef<'a>>),
    /// As [`Value::Map`].
    #[serde(borrow)]
    Map(Vec<(&'a str, ValueRef<'a>)>),
}

/// A [`Record`] whose texts stay where they lie.
#[derive(Debug, Deserialize)]
pub struct RecordRef<'a> {
    #[serde(borrow)]
    fields: Vec<(FieldId, FieldRef<'a>)>,
}

impl<'a> RecordRef<'a> {
    /// The text of field `id`, if it is known and is text.
    #[must_use]
    pub fn text(&self, id: FieldId) -> Option<&'a str> {
        self.fields.iter().find(|(field, _)| *field == id).and_then(|(_, field)| match field {
            FieldRef::Value(ValueRef::Text(text)) => Some(*text),
            _ => None,
        })
    }

    /// Whether field `id` holds a key of which this is true, by itself or in a list.
    #[must_use]
    pub fn names(&self, id: FieldId, is: &dyn Fn(&str) -> bool) -> bool {
        let field = self.fields.iter().find(|(field, _)| *field == id);
        matches!(field, Some((_, FieldRef::Value(value))) if value.names(is))
    }
}

impl ValueRef<'_> {
    fn names(&self, is: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Bool(_) => false,
            Self::Int(number) => is(&number.to_string()),
            Self::Text(text) => is(text),
            Self::List(items) => items.iter().any(|item| item.names(is)),
            Self::Map(entries) => entries.iter().any(|(_, item)| item.names(is)),
        }
    }
}

/// A record as it is stored and shown.
#[derive(Serialize)]
struct Packed<'a> {
    fields: FieldsRef<'a>,
}

struct FieldsRef<'a>(&'a [u8]);

impl Serialize for FieldsRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_seq(Some(Parts(self.0).count()))?;
        for (id, bytes) in Parts(self.0) {
            let field: FieldRef<'_> = postcard::from_bytes(bytes).map_err(S::Error::custom)?;
            fields.serialize_element(&(id, field))?;
        }
        fields.end()
    }
}

/// The fields as they lie there: number and bytes.
struct Parts<'a>(&'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = (FieldId, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, mut rest) = self.0.split_first_chunk::<3>()?;
        let mut length = usize::from(head[2]);
        if head[2] == LONG {
            let (long, after) = rest.split_first_chunk::<4>()?;
            (length, rest) = (usize::try_from(u32::from_le_bytes(*long)).ok()?, after);
        }
        let (bytes, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((FieldId::from_le_bytes([head[0], head[1]]), bytes))
    }
}

/// Stands for the length of a value when that follows in four bytes.
const LONG: u8 = u8::MAX;

fn read(bytes: &[u8]) -> Option<Field> {
    postcard::from_bytes(bytes).ok()
}

impl Cells {
    /// Packs fields, in the order of their numbers.
    fn pack<'f, F: Serialize + 'f>(fields: impl Iterator<Item = (FieldId, &'f F)>) -> Self {
        let mut bytes = Vec::with_capacity(512);
        for (id, field) in fields {
            bytes.extend_from_slice(&id.to_le_bytes());
            let place = bytes.len();
            bytes.push(0);
            // Writing to memory does not fail.
            let Ok(longer) = postcard::to_extend(field, bytes) else { return Self::default() };
            bytes = longer;
            let length = bytes.len().saturating_sub(place + 1);
            match u8::try_from(length) {
                Ok(short) if short < LONG => bytes[place] = short,
                _ => {
                    bytes[place] = LONG;
                    let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
                    bytes.splice(place + 1..place + 1, length);
                }
            }
        }
        Self(bytes.as_slice().into())
    }
}

impl From<&Record> for Cells {
    fn from(record: &Record) -> Self {
        if record.is_empty() { Self::default() } else { Self::pack(record.iter()) }
    }
}

impl From<Record> for Cells {
    fn from(record: Record) -> Self {
        Self::from(&record)
    }
}

impl FromIterator<(FieldId, Field)> for Cells {
    fn from_iter<I: IntoIterator<Item = (FieldId, Field)>>(fields: I) -> Self {
        Record::from_iter(fields).into()
    }
}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.record().fmt(f)
    }
}

impl Serialize for Cells {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Packed { fields: FieldsRef(&self.0) }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A text of JSON may have to be unescaped; what is stored is read where it lies.
        if deserializer.is_human_readable() {
            return Record::deserialize(deserializer).map(Self::from);
        }
        let RecordRef { fields } = RecordRef::deserialize(deserializer)?;
        Ok(if fields.is_empty() { Self::default() } else { Self::pack(fields.iter().map(|(id, field)| (*id, field))) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            ".{0,40}".prop_map(Value::text),
            "[a-z]{250,260}".prop_map(Value::text),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::list),
                proptest::collection::vec((".{0,20}", inner), 0..4)
                    .prop_map(|entries| Value::map(entries.into_iter().map(|(name, value)| (name.into(), value)))),
            ]
        })
    }

    proptest! {
        #[test]
        fn cells_are_the_record_that_was_packed(
            fields in proptest::collection::vec((0..400u16, proptest::option::of(value())), 0..20),
            other in 0..400u16,
            more in proptest::collection::vec((0..400u16, proptest::option::of(value())), 0..6),
        ) {
            let more: Record =
                more.into_iter().map(|(id, value)| (id, value.map_or(Field::Empty, Field::Value))).collect();
            let fields = fields.into_iter().map(|(id, value)| (id, value.map_or(Field::Empty, Field::Value)));
            let record: Record = fields.collect();
            let mut cells = Cells::from(&record);
            prop_assert_eq!(cells.record(), record.clone());
            for id in record.iter().map(|(id, _)| id).chain([other]) {
                prop_assert_eq!(cells.get(id), record.get(id).cloned());
                prop_assert_eq!(cells.value(id), record.value(id).cloned());
                prop_assert_eq!(cells.text(id).map(String::from), record.text(id).map(String::from));
                prop_assert_eq!(cells.has(id), record.get(id).is_some());
                prop_assert_eq!(cells.only(id), Cells::from(cells.pick(&[id])));
            }
            let some: Vec<u16> = record.iter().map(|(id, _)| id).step_by(2).chain([other]).collect();
            let picked: Record =
                record.iter().filter(|(id, _)| some.contains(id)).map(|(id, field)| (id, field.clone())).collect();
            prop_assert_eq!(cells.pick(&some), picked);
            prop_assert_eq!(postcard::to_allocvec(&cells).unwrap(), postcard::to_allocvec(&record).unwrap());
            prop_assert_eq!(&postcard::from_bytes::<Cells>(&postcard::to_allocvec(&record).unwrap()).unwrap(), &cells);
            prop_assert_eq!(serde_json::to_string(&cells).unwrap(), serde_json::to_string(&record).unwrap());
            let mut merged = Cells::from(&record);
            merged.merge(&Cells::from(&more));
            let mut both = record.clone();
            both.merge(&more);
            prop_assert_eq!(merged.record(), both.clone());
            let filled: Record =
                both.iter().filter(|(_, field)| field.value().is_some()).map(|(id, field)| (id, field.clone())).collect();
            prop_assert_eq!(merged.filled(), Cells::from(filled));
            prop_assert!(cells.hold(&record, 0));
            let mut full = record.clone();
            full.fill_empty(other);
            prop_assert_eq!(cells.record_up_to(other), full);
            let same = more.iter().all(|(id, field)| match record.get(id) {
                None => id < other && *field == Field::Empty,
                known => known == Some(field),
            });
            prop_assert_eq!(cells.hold(&more, other), same);
            let mut changed = record.clone();
            changed.set(other, Field::Empty);
            cells.set(other, Field::Empty);
            prop_assert_eq!(cells.record(), changed);
            cells.take(other);
            let mut without = record;
            without.take(other);
            prop_assert_eq!(cells, Cells::from(without));
        }
    }
}
