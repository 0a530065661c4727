//! Which objects does a field refer to?

use idflow_sdk::{Field, Value};

/// The keys in a reference field.
#[must_use]
pub fn keys_of(field: &Field) -> Vec<Box<str>> {
    match field.value() {
        Some(Value::List(items)) => {
            items.iter().filter_map(|item| item.entry("department").unwrap_or(item).to_key()).collect()
        }
        Some(value) => value.to_key().into_iter().collect(),
        None => Vec::new(),
    }
}
