//! What is an object called in a text?

use idflow_sdk::{FieldId, KeyRule, Record, Schema, Type};

/// What people call an object: its name and its account, or its path. A key that idflow made says nothing to anybody.
pub(super) fn called(schema: &Schema, record: &Record, key: &str) -> String {
    let text = |id: FieldId| record.text(id).filter(|text| !text.is_empty());
    let by = |fits: &dyn Fn(Type) -> bool| {
        let place = schema.fields.iter().position(|spec| fits(spec.ty))?;
        text(FieldId::try_from(place).ok()?)
    };
    let name = schema.field(schema.label).and_then(text);
    let own = match schema.key {
        KeyRule::Ulid => by(&|ty| matches!(ty, Type::Caseless)).or_else(|| by(&|ty| matches!(ty, Type::Path))),
        _ => Some(key),
    };
    match (name, own) {
        (Some(name), Some(own)) => format!("{name} ({own})"),
        (Some(one), None) | (None, Some(one)) => one.to_string(),
        (None, None) => "?".into(),
    }
}
