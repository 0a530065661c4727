//! What flows between systems: values, fields and records.
//!
//! A [`Record`] is sparse: a field that is absent was not read (it is *hidden* in the words of the design) or is not
//! named by the mapping; a field that is present is either [`Field::Empty`] or a value. So the three states of an
//! attribute, value, empty and hidden, cannot be confused, and "not there" can never overwrite anything.
//!
//! Fields are numbered by their place in the [`Schema`](crate::Schema), which keeps 100,000 people small in memory. For the
//! same reason short texts lie in the value itself, and copies of longer texts, lists, maps and records share what they
//! hold until one of them is changed: a record is copied in one step, however large it is.

use ecow::{EcoString, EcoVec};
use serde::{Deserialize, Serialize};

/// A text of a [`Value`]: up to 15 bytes in place, longer ones shared by all copies.
pub type Str = EcoString;

/// The place of a field in its [`Schema`](crate::Schema), from 0.
pub type FieldId = u16;

/// One value. Numbers are whole: no system we speak to has fractions in its directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text. Never empty after [`Field::from_text`]; an empty text is [`Field::Empty`].
    Text(Str),
    /// A list, in order. An empty list is a value.
    List(EcoVec<Value>),
    /// Names to values, sorted by name: custom fields, and entries such as `{department, leader}`.
    Map(EcoVec<(Str, Value)>),
}

/// A field that is present in a [`Record`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Field {
    /// Known to be empty.
    Empty,
    /// Known to have this value.
    Value(Value),
}

/// The known fields of one object, sorted by [`FieldId`]. An absent field is unknown, never empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record {
    fields: EcoVec<(FieldId, Field)>,
}

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    /// A list value.
    #[must_use]
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(exactly(items))
    }

    /// A map value; the entries are sorted here.
    #[must_use]
    pub fn map(entries: impl IntoIterator<Item = (Str, Self)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|b, a| a.0 == b.0);
        Self::Map(entries.into())
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The flag, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The items, if it is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entry `name`, if this is a map that has it.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().find(|(key, _)| &**key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// An object's key as text: text as it is, a number in decimal.
    #[must_use]
    pub fn to_key(&self) -> Option<Box<str>> {
        match self {
            Self::Text(text) => Some(text.as_str().into()),
            Self::Int(number) => Some(number.to_string().into()),
            _ => None,
        }
    }

    /// The same value as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Bool(flag) => (*flag).into(),
            Self::Int(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(entries) => entries
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    /// A value from JSON. `null` is [`Field::Empty`]; fractions are refused.
    ///
    /// # Errors
    /// The offending number, when it is not a whole 64-bit one, or `null` inside a list.
    pub fn from_json(json: &serde_json::Value) -> Result<Field, String> {
        Ok(Field::Value(match json {
            serde_json::Value::Null => return Ok(Field::Empty),
            serde_json::Value::Bool(flag) => Self::Bool(*flag),
            serde_json::Value::Number(number) => {
                Self::Int(number.as_i64().ok_or_else(|| format!("`{number}` is not a whole number"))?)
            }
            serde_json::Value::String(text) => return Ok(Field::from_text(text)),
            serde_json::Value::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    match Self::from_json(item)? {
                        Field::Value(value) => list.push(value),
                        Field::Empty => return Err("an empty entry in a list".into()),
                    }
                }
                Self::List(list.into())
            }
            serde_json::Value::Object(entries) => {
                let mut map = Vec::with_capacity(entries.len());
                for (name, value) in entries {
                    if let Field::Value(value) = Self::from_json(value)? {
                        map.push((name.as_str().into(), value));
                    }
                }
                Self::map(map)
            }
        }))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl Field {
    /// Text, or [`Field::Empty`] for the empty text.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Value(Value::text(text)) }
    }

    /// The value, unless it is empty.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Empty => None,
            Self::Value(value) => Some(value),
        }
    }

    /// As JSON; empty is `null`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.value().map_or(serde_json::Value::Null, Value::to_json)
    }
}

impl Record {
    /// A record without fields.
    #[must_use]
    pub const fn new() -> Self {
        Self { fields: EcoVec::new() }
    }

    /// A record without fields, with room for so many: one that grows field by field is copied at each doubling.
    #[must_use]
    pub fn with_room(count: usize) -> Self {
        Self { fields: EcoVec::with_capacity(count) }
    }

    /// A record of these fields, which are sorted and each there once, in one step.
    #[must_use]
    pub fn of_sorted(count: usize, fields: impl Iterator<Item = (FieldId, Field)>) -> Self {
        let mut record = Self { fields: EcoVec::with_capacity(count) };
        for (id, field) in fields {
            record.set(id, field);
        }
        record
    }

    /// What is known of field `id`; `None` is unknown.
    #[must_use]
    pub fn get(&self, id: FieldId) -> Option<&Field> {
        match self.fields.binary_search_by_key(&id, |(field, _)| *field) {
            Ok(place) => Some(&self.fields[place].1),
            Err(_) => None,
        }
    }

    /// The value of field `id`, if it is known and not empty.
    #[must_use]
    pub fn value(&self, id: FieldId) -> Option<&Value> {
        self.get(id).and_then(Field::value)
    }

    /// The text of field `id`, if it is known and is text.
    #[must_use]
    pub fn text(&self, id: FieldId) -> Option<&str> {
        self.value(id).and_then(Value::as_text)
    }

    /// Sets field `id`, replacing what was known.
    pub fn set(&mut self, id: FieldId, field: Field) {
        match self.fields.last() {
            Some((last, _)) if *last < id => self.fields.push((id, field)),
            None => self.fields.push((id, field)),
            _ => match self.fields.binary_search_by_key(&id, |(field, _)| *field) {
                Ok(place) => self.fields.make_mut()[place].1 = field,
                Err(place) => self.fields.insert(place, (id, field)),
            },
        }
    }

    /// Takes every field below `count` that is not known for empty.
    pub fn fill_empty(&mut self, count: FieldId) {
        let mut fields = EcoVec::with_capacity(self.fields.len().max(usize::from(count)));
        let mut known = std::mem::take(&mut self.fields).into_iter().peekable();
        for id in 0..count {
            fields.push(known.next_if(|(field, _)| *field == id).unwrap_or((id, Field::Empty)));
        }
        fields.extend(known);
        self.fields = fields;
    }

    /// Forgets field `id` and returns what was known of it.
    pub fn take(&mut self, id: FieldId) -> Option<Field> {
        let place = self.fields.binary_search_by_key(&id, |(field, _)| *field).ok()?;
        Some(self.fields.remove(place).1)
    }

    /// The known fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (FieldId, &Field)> {
        self.fields.iter().map(|(id, field)| (*id, field))
    }

    /// How many fields are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// True when no field is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Takes over every field that `newer` knows.
    pub fn merge(&mut self, newer: &Self) {
        if self.is_empty() {
            self.clone_from(newer);
            return;
        }
        for (id, field) in newer.iter() {
            self.set(id, field.clone());
        }
    }
}

impl FromIterator<(FieldId, Field)> for Record {
    fn from_iter<I: IntoIterator<Item = (FieldId, Field)>>(fields: I) -> Self {
        let mut fields: Vec<(FieldId, Field)> = fields.into_iter().collect();
        // Records are kept by the hundred thousand and hardly ever grow: no room is left. Of two fields of one number the
        // later one counts.
        if fields.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            fields.reverse();
            fields.sort_by_key(|(id, _)| *id);
            fields.dedup_by_key(|(id, _)| *id);
        }
        Self { fields: fields.into() }
    }
}

/// All of them, without room for more.
fn exactly<T: Clone>(items: impl IntoIterator<Item = T>) -> EcoVec<T> {
    items.into_iter().collect::<Vec<T>>().into()
}
