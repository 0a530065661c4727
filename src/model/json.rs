//! JSON in which a name stands twice in one object. Readers differ in which of the two they believe: what a proxy or a person
//! looked at may not be what is carried out. So such a body is refused as a whole, whatever it is read into.

use std::{collections::BTreeSet, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Looks through a text for names that stand twice, and for anything that is no JSON.
///
/// # Errors
/// The first such name, or where the text is no JSON, with its line and column.
pub fn no_name_twice(bytes: &[u8]) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Any.deserialize(&mut reader)?;
    reader.end()
}

/// Any value; nothing of it is kept.
struct Any;

impl<'de> DeserializeSeed<'de> for Any {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Any)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            if names.contains(&name) {
                let name: String = name.chars().take(100).collect();
                return Err(de::Error::custom(format_args!("the name `{name}` stands twice")));
            }
            names.insert(name);
            fields.next_value_seed(Any)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_in_an_object() {
        for good in ["{}", "[]", "null", r#"{"a": {"b": 1}, "b": [{"a": 1.5}, {"a": -1}]}"#, r#" "x" "#, "true"] {
            assert!(no_name_twice(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [r#"{"a": 1, "a": 1}"#, r#"[{"x": {"a": 1, "b": 2, "\u0061": 3}}]"#, "{} {}", "{", "", "\u{0}"] {
            assert!(no_name_twice(bad.as_bytes()).is_err(), "{bad}");
        }
        let deep = "[".repeat(100_000);
        assert!(no_name_twice(deep.as_bytes()).is_err());
        let said = no_name_twice(br#"{"a": 1, "a": 1}"#).unwrap_err().to_string();
        assert!(said.starts_with("the name `a` stands twice at line 1"), "{said}");
    }
}
