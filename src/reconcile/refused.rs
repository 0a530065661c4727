//! Which values of the source could not be used? A target that has a field for it remembers them, so that the next system,
//! which then misses a value, can name the first cause.

use idflow_sdk::{Field, FieldId, Problem, Record, Schema, Type, Value, schema::REFUSED_VALUES};

use crate::workflow::{
    compiled::Mapping,
    template::{NOT_MADE, is_unresolved},
};

/// Notes in the wanted record which values were left out, and why, as far as the warnings tell; gives their fields, each as
/// often as it was left out. References that nobody is at the other end of are given and not noted: the next system asks for
/// its own links.
pub(super) fn remember(mapping: &Mapping, record: &mut Record, warnings: &[Problem]) -> Vec<FieldId> {
    let schema = mapping.target;
    let Some(id) = schema.field(REFUSED_VALUES) else { return Vec::new() };
    let mut fields = unresolved(mapping, warnings);
    let mut refused = Vec::new();
    let mut contacts = false;
    for field in &mapping.fields {
        let spec = schema.spec(field.target);
        contacts |= matches!(spec.ty, Type::Phone | Type::Email);
        let refers = matches!(spec.ty, Type::Ref(_) | Type::Refs { .. } | Type::Members { .. });
        let empty = record.value(field.target).is_none_or(|value| value.as_list().is_some_and(<[Value]>::is_empty));
        if !empty || matches!(spec.ty, Type::Flags { .. }) {
            continue;
        }
        let mut read = Vec::new();
        field.value.reads(&mut read);
        let of_it = |name: &str| name == spec.name || read.iter().any(|id| mapping.source.spec(*id).name == name);
        let told = |warning: &&Problem| warning.field.as_deref().is_some_and(of_it) && !is_by_itself(&warning.code);
        if let Some(warning) = warnings.iter().find(told) {
            if !refers {
                refused.push(Value::text(format!("{} ({})", spec.name, warning.code)));
            }
            fields.push(field.target);
        }
    }
    // A mapping that knows nothing of what is remembered leaves it alone.
    if contacts || !refused.is_empty() {
        record.set(id, if refused.is_empty() { Field::Empty } else { Field::Value(Value::list(refused)) });
    }
    fields
}

/// Whether a warning of a reference is counted by itself.
fn is_by_itself(code: &str) -> bool {
    is_unresolved(code) || code == "manager_by_name" || NOT_MADE.contains(&code)
}

/// The fields of the references that were left out.
fn unresolved(mapping: &Mapping, warnings: &[Problem]) -> Vec<FieldId> {
    let names = warnings.iter().filter(|warning| is_unresolved(&warning.code)).filter_map(|one| one.field.as_deref());
    names.filter_map(|name| mapping.target.field(name)).collect()
}

/// The note of a value that a record cannot have because somebody else has it. What was noted before stays.
pub(super) fn noted(schema: &Schema, record: &Record, field: &str, code: &str) -> Option<(FieldId, Field)> {
    let id = schema.field(REFUSED_VALUES)?;
    let mut values = record.value(id).and_then(Value::as_list).unwrap_or_default().to_vec();
    values.retain(|value| value.as_text().is_none_or(|text| text.split(' ').next() != Some(field)));
    values.push(Value::text(format!("{field} ({code})")));
    values.sort_by(|one, other| one.as_text().cmp(&other.as_text()));
    Some((id, Field::Value(Value::list(values))))
}

/// The fields of a wanted record that have values in the source which could not be used.
pub(super) fn fields(schema: &Schema, record: &Record) -> Vec<FieldId> {
    let values = schema.field(REFUSED_VALUES).and_then(|id| record.value(id)?.as_list()).unwrap_or_default();
    let name = |value: &Value| value.as_text().and_then(|text| text.split(' ').next().map(str::to_string));
    values.iter().filter_map(|value| schema.field(&name(value)?)).collect()
}

/// What was remembered about an object of the source.
pub(super) fn recall(schema: &Schema, record: &Record) -> Option<Problem> {
    let values = record.value(schema.field(REFUSED_VALUES)?)?.as_list()?;
    let values: Vec<&str> = values.iter().filter_map(Value::as_text).collect();
    (!values.is_empty()).then(|| Problem::new("refused_at_import").arg("values", values.join(", ")))
}
