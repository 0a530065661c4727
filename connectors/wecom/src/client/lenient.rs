//! What do servers write where nothing is there, or otherwise than the documents say?

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A value of which `null` says the same as its absence: there is none.
pub(crate) fn or_empty<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A whole number, also one that is written as a text; anything else is not known.
pub(crate) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "or_empty")]
        list: Vec<i64>,
        #[serde(default, deserialize_with = "number")]
        order: Option<i64>,
    }

    #[test]
    fn nothing_is_nothing_however_it_is_written() {
        for (json, list, order) in [
            ("{}", vec![], None),
            (r#"{"list":null,"order":null}"#, vec![], None),
            (r#"{"list":[1],"order":100000000}"#, vec![1], Some(100_000_000)),
            (r#"{"order":"100000000"}"#, vec![], Some(100_000_000)),
            (r#"{"order":"first"}"#, vec![], None),
        ] {
            assert_eq!(serde_json::from_str::<Row>(json).unwrap(), Row { list, order }, "{json}");
        }
        assert!(serde_json::from_str::<Row>(r#"{"list":"x"}"#).is_err());
    }
}
