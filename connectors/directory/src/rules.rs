//! The directory's own rules for values: lengths, shapes, repairs. Limits of a target are not its business.

use idflow_sdk::{Field, FieldId, Kind, Problem, Record, Schema, Type, Value, phone, text};

use crate::schema;

const MAX_CHARS: usize = 256;
const MAX_ENTRIES: usize = 100;

/// Checks and repairs a record, see [`idflow_sdk::Connection::conform`].
pub fn conform(
    schema: &Schema,
    record: &mut Record,
    complete: bool,
    warnings: &mut Vec<Problem>,
) -> Result<(), Problem> {
    let ids: Vec<FieldId> = record.iter().map(|(id, _)| id).collect();
    for id in ids {
        let spec = schema.spec(id);
        let name = &*spec.name;
        let Some(value) = record.value(id).cloned() else { continue };
        match (&spec.ty, &value) {
            (Type::Phone, Value::Text(phone)) => match repair_phone(phone) {
                Some(repaired) if repaired == phone.as_str() => {}
                Some(repaired) => record.set(id, Field::Value(Value::text(repaired))),
                // Not emptied: whoever had a good number keeps it until there is a better one.
                None => {
                    warnings.push(lost("mobile_invalid", name, phone));
                    record.take(id);
                }
            },
            (Type::Email, Value::Text(address)) if !text::is_email(address) => {
                warnings.push(lost("email_invalid", name, address));
                record.take(id);
            }
            (_, Value::Text(words)) => {
                if !text::is_simple(words) && words.chars().any(text::is_invisible) {
                    let visible: String = words
                        .chars()
                        .map(|c| if c == '\n' || c == '\r' || c == '\t' { ' ' } else { c })
                        .filter(|c| !text::is_invisible(*c))
                        .collect();
                    warnings.push(Problem {
                        code: if spec.name == "name" {
                            "name_control_char".into()
                        } else {
                            "value_control_char".into()
                        },
                        field: Some(spec.name.clone()),
                        args: vec![("field".into(), name.to_string())],
                    });
                    record.set(id, Field::from_text(text::trim(&visible)));
                }
                // No text has more characters than bytes.
                if words.len() > MAX_CHARS && words.chars().count() > MAX_CHARS {
                    return Err(too("value_too_long", name));
                }
            }
            (_, Value::List(items)) if items.len() > MAX_ENTRIES => return Err(too("list_too_long", name)),
            _ => {}
        }
    }
    if complete {
        let missing = |id: FieldId| record.value(id).is_none();
        match schema.kind {
            Kind::Department if missing(schema::department::NAME) => {
                return Err(Problem::new("dept_name_missing").field("name"));
            }
            Kind::User if missing(schema::user::USERNAME) => {
                return Err(Problem::new("userid_missing").field("username"));
            }
            Kind::User if missing(schema::user::NAME) => return Err(Problem::new("name_missing").field("name")),
            _ => {}
        }
    }
    Ok(())
}

/// Mainland numbers as 11 digits, all others with `+` and country code; `None` when it is no number of a mobile.
fn repair_phone(written: &str) -> Option<String> {
    phone::read(written, phone::HOME).filter(|number| phone::is_mobile(number))
}

fn lost(code: &'static str, field: &str, value: &str) -> Problem {
    Problem {
        code: code.into(),
        field: Some(field.to_string().into()),
        args: vec![("field".into(), field.to_string()), ("value".into(), value.chars().take(64).collect())],
    }
}

fn too(code: &'static str, field: &str) -> Problem {
    let field = field.to_string();
    Problem { code: code.into(), field: Some(field.clone().into()), args: vec![("field".into(), field)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones() {
        for (given, kept) in [
            ("+86 15498000015", Some("15498000015")),
            ("154-9800-0015", Some("15498000015")),
            ("+1 555 010 0199", Some("+15550100199")),
            ("1.55E+10", None),
            ("12345", None),
            ("11111111111", None),
            ("5551234567", None),
            ("+86 010-88880001", None),
            ("15400000021转8001", None),
        ] {
            assert_eq!(repair_phone(given).as_deref(), kept, "{given}");
        }
    }
}
