//! When are two values the same to a system?

use super::{Schema, Type};
use crate::{
    text,
    value::{Field, FieldId, Record, Value},
};

impl Schema {
    /// True when the two fields mean the same to this system. `Flags` fields compare in [`Schema::differing`] only.
    #[must_use]
    pub fn same(&self, id: FieldId, left: &Field, right: &Field) -> bool {
        let ty = self.spec(id).ty;
        left == right
            || canonical(ty, left) == canonical(ty, right)
            || (matches!(ty, Type::Refs { .. }) && meet(ty, left, right))
    }

    /// The fields of `wanted` whose value differs from what `known` says; a field unknown there is not listed.
    #[must_use]
    pub fn differing(&self, wanted: &Record, known: &Record) -> Vec<FieldId> {
        let mut differing = Vec::new();
        for (id, field) in wanted.iter() {
            let Some(before) = known.get(id) else { continue };
            let same = match self.spec(id).ty {
                Type::Flags { of } => match self.field(of) {
                    Some(list) if known.get(list).is_some() => {
                        flag_map(wanted.get(list).or_else(|| known.get(list)), field)
                            == flag_map(known.get(list), before)
                    }
                    _ => field == before,
                },
                _ => self.same(id, field, before),
            };
            if !same {
                differing.push(id);
            }
        }
        differing
    }

    /// Equal for records that [`Schema::differing`] calls equal and that name the same fields. Used to skip unchanged
    /// objects without reading what was written.
    #[must_use]
    pub fn fingerprint(&self, record: &Record) -> u64 {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for (id, field) in record.iter() {
            hash.update(id.to_be_bytes());
            match self.spec(id).ty {
                Type::Flags { of } => {
                    let list = self.field(of).and_then(|list| record.get(list));
                    feed(&mut hash, Some(&flag_map(list, field)));
                }
                ty => feed(&mut hash, canonical(ty, field).as_ref()),
            }
        }
        let bytes = hash.finalize();
        u64::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]])
    }
}

/// Whether two lists name the same objects: keys are keys in either case.
fn meet(ty: Type, left: &Field, right: &Field) -> bool {
    let lower = |field: &Field| {
        let lower = |item: &Value| item.as_text().map_or_else(|| item.clone(), |text| Value::text(text.to_lowercase()));
        let items = field.value().and_then(Value::as_list)?;
        canonical(ty, &Field::Value(Value::list(items.iter().map(lower))))
    };
    lower(left).is_some_and(|left| Some(left) == lower(right))
}

/// The form in which equal values of a type are identical; `None` is empty.
#[must_use]
pub fn canonical(ty: Type, field: &Field) -> Option<Value> {
    let value = field.value()?;
    Some(match (ty, value) {
        (Type::Caseless | Type::Email, Value::Text(text)) if !is_lower(text) => Value::text(text.to_lowercase()),
        (Type::Phone, Value::Text(text)) => Value::text(text::phone_digits(text)),
        (Type::Refs { ordered: false, .. }, Value::List(items)) => {
            if items.len() < 2 {
                return Some(value.clone());
            }
            let mut items = items.to_vec();
            items.sort();
            items.dedup();
            Value::List(items.into())
        }
        (Type::Members { .. }, Value::List(items)) if items.len() > 1 => {
            let mut items = items.to_vec();
            items.sort();
            Value::List(items.into())
        }
        _ => value.clone(),
    })
}

/// Whether lower case changes nothing, as far as the bytes tell.
pub(super) fn is_lower(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

/// Ids with their flags, sorted by id; missing flags are false.
pub(super) fn flag_map(list: Option<&Field>, flags: &Field) -> Value {
    let ids = list.and_then(Field::value).and_then(Value::as_list).unwrap_or_default();
    let flags = flags.value().and_then(Value::as_list).unwrap_or_default();
    let mut pairs: Vec<Value> = ids
        .iter()
        .enumerate()
        .map(|(place, id)| {
            let flag = matches!(flags.get(place), Some(Value::Bool(true) | Value::Int(1)));
            Value::List(vec![id.clone(), Value::Bool(flag)].into())
        })
        .collect();
    pairs.sort();
    Value::List(pairs.into())
}

pub(super) fn feed(hash: &mut sha2::Sha256, value: Option<&Value>) {
    use sha2::Digest;
    match value {
        None => hash.update([0]),
        Some(Value::Bool(flag)) => hash.update([1, u8::from(*flag)]),
        Some(Value::Int(number)) => {
            hash.update([2]);
            hash.update(number.to_be_bytes());
        }
        Some(Value::Text(text)) => feed_text(hash, text),
        Some(Value::List(items)) => {
            hash.update([4]);
            hash.update((items.len() as u64).to_be_bytes());
            for item in items {
                feed(hash, Some(item));
            }
        }
        Some(Value::Map(entries)) => {
            hash.update([5]);
            hash.update((entries.len() as u64).to_be_bytes());
            for (name, value) in entries {
                feed_text(hash, name);
                feed(hash, Some(value));
            }
        }
    }
}

pub(super) fn feed_text(hash: &mut sha2::Sha256, text: &str) {
    use sha2::Digest;
    hash.update([3]);
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}
