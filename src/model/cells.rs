//! The fields of a row, packed. A plan may have hundreds of thousands of rows, each with a dozen fields, and most are looked
//! at a few times only: as bytes they take a quarter of the room of a [`Record`].

use std::fmt;

use idflow_sdk::{Field, FieldId, Record, Str, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The known fields of one object, sorted by [`FieldId`], as bytes: of each field its number, the length of its value, and
/// that. What is read is a copy; each change packs everything anew. Stored and shown as the [`Record`] that it is.
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

    /// The part of the record that these fields make; the others are not even looked at.
    #[must_use]
    pub fn pick(&self, ids: &[FieldId]) -> Record {
        let wanted = Parts(&self.0).filter(|(id, _)| ids.contains(id));
        wanted.filter_map(|(id, bytes)| Some((id, read(bytes)?))).collect()
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
        let mut record = self.record();
        record.set(id, field);
        *self = record.into();
    }

    /// Forgets field `id` and returns what was known of it.
    pub fn take(&mut self, id: FieldId) -> Option<Field> {
        let mut record = self.record();
        let taken = record.take(id)?;
        *self = record.into();
        Some(taken)
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

impl From<&Record> for Cells {
    fn from(record: &Record) -> Self {
        if record.is_empty() {
            return Self::default();
        }
        let mut bytes = Vec::with_capacity(512);
        for (id, field) in record.iter() {
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
        self.record().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Record::deserialize(deserializer).map(Self::from)
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
        ) {
            let fields = fields.into_iter().map(|(id, value)| (id, value.map_or(Field::Empty, Field::Value)));
            let record: Record = fields.collect();
            let mut cells = Cells::from(&record);
            prop_assert_eq!(cells.record(), record.clone());
            for id in record.iter().map(|(id, _)| id).chain([other]) {
                prop_assert_eq!(cells.get(id), record.get(id).cloned());
                prop_assert_eq!(cells.value(id), record.value(id).cloned());
                prop_assert_eq!(cells.text(id).map(String::from), record.text(id).map(String::from));
                prop_assert_eq!(cells.has(id), record.get(id).is_some());
            }
            let some: Vec<u16> = record.iter().map(|(id, _)| id).step_by(2).chain([other]).collect();
            let picked: Record =
                record.iter().filter(|(id, _)| some.contains(id)).map(|(id, field)| (id, field.clone())).collect();
            prop_assert_eq!(cells.pick(&some), picked);
            prop_assert_eq!(postcard::to_allocvec(&cells).unwrap(), postcard::to_allocvec(&record).unwrap());
            prop_assert_eq!(&postcard::from_bytes::<Cells>(&postcard::to_allocvec(&record).unwrap()).unwrap(), &cells);
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
