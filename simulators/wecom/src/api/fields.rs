//! Typed reading of queries and bodies: a wrong JSON type is 40058, as on current servers.
//!
//! A `null` counts as absent. Presence and ranges are the business of each call, because the codes
//! for a missing field differ from call to call.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::errors::ApiError;

/// The decoded query of a request; the first of equal names counts.
#[derive(Debug, Default)]
pub(crate) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    pub fn parse(raw: &'a str) -> Self {
        Self(form_urlencoded::parse(raw.as_bytes()).collect())
    }

    /// The query that the plain values of an object make.
    pub fn of(values: &'a Map<String, Value>) -> Self {
        let text = |value: &'a Value| match value {
            Value::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(other.to_string()),
        };
        Self(values.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), text(value))).collect())
    }

    /// The value of a name; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        (!value.is_empty()).then_some(&**value)
    }

    /// A department id: absent, or a number.
    pub fn id(&self, name: &str) -> Result<Option<u32>, ApiError> {
        let parsed = self.get(name).map(|text| text.parse().map_err(|_| ApiError::wrong_type(name, "uint32")));
        parsed.transpose()
    }

    /// The query without secrets, for the request log.
    pub fn without_secrets(&self) -> String {
        let mut kept = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            if !matches!(
                &**name,
                "access_token" | "corpsecret" | "suite_access_token" | "provider_access_token" | "code"
            ) {
                kept.append_pair(name, value);
            }
        }
        kept.finish()
    }
}

/// Reads a body as a JSON object.
pub(crate) fn parse_body(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(ApiError::new(40058, "request body expect type `object`. invalid Request Parameter")),
        Err(_) => Err(ApiError::new(40058, "invalid json. invalid Request Parameter")),
    }
}

/// Whether a body holds a `\uXXXX` escape.
pub(crate) fn has_unicode_escape(body: &[u8]) -> bool {
    let mut bytes = body.iter();
    while let Some(byte) = bytes.next() {
        // The byte after a backslash belongs to it, so that `\\u` is not an escape.
        if *byte == b'\\' && bytes.next() == Some(&b'u') {
            return true;
        }
    }
    false
}

/// The fields of a JSON object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(pub &'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn typed<T>(
        self,
        name: &str,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| ApiError::wrong_type(name, kind)),
        }
    }

    pub fn text(self, name: &str) -> Result<Option<&'a str>, ApiError> {
        self.typed(name, "string", Value::as_str)
    }

    pub fn uint(self, name: &str) -> Result<Option<u32>, ApiError> {
        self.typed(name, "uint32", as_uint)
    }

    /// A number that saturates at the ends of uint32, as the order of a department does.
    pub fn saturating_uint(self, name: &str) -> Result<Option<u32>, ApiError> {
        self.typed(name, "uint32", |value| match (value.as_u64(), value.as_i64()) {
            (Some(large), _) => Some(u32::try_from(large).unwrap_or(u32::MAX)),
            (None, Some(_)) => Some(0),
            (None, None) => None,
        })
    }

    pub fn flag(self, name: &str) -> Result<Option<bool>, ApiError> {
        self.typed(name, "bool", Value::as_bool)
    }

    pub fn object(self, name: &str) -> Result<Option<&'a Map<String, Value>>, ApiError> {
        self.typed(name, "object", Value::as_object)
    }

    pub fn list(self, name: &str) -> Result<Option<&'a [Value]>, ApiError> {
        self.typed(name, "array", |value| value.as_array().map(Vec::as_slice))
    }

    pub fn uints(self, name: &str) -> Result<Option<Vec<u32>>, ApiError> {
        let Some(list) = self.list(name)? else { return Ok(None) };
        let numbers: Option<Vec<u32>> = list.iter().map(as_uint).collect();
        numbers.map(Some).ok_or_else(|| ApiError::wrong_type(name, "uint32"))
    }

    pub fn texts(self, name: &str) -> Result<Option<Vec<&'a str>>, ApiError> {
        let Some(list) = self.list(name)? else { return Ok(None) };
        let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
        texts.map(Some).ok_or_else(|| ApiError::wrong_type(name, "string"))
    }
}

fn as_uint(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_told_from_escaped_backslashes() {
        assert!(has_unicode_escape(br#"{"name":"\u674e"}"#));
        assert!(has_unicode_escape(br#"{"name":"\\\u674e"}"#));
        assert!(!has_unicode_escape(br#"{"name":"\\u674e"}"#));
        assert!(!has_unicode_escape("{\"name\":\"李\\n\"}".as_bytes()));
    }

    #[test]
    fn orders_saturate_and_ids_do_not() {
        let body = parse_body(br#"{"a":-5,"b":4294967296,"c":1.5,"d":"1","e":null}"#).expect("an object");
        let fields = Fields(&body);
        assert_eq!(fields.saturating_uint("a"), Ok(Some(0)));
        assert_eq!(fields.saturating_uint("b"), Ok(Some(u32::MAX)));
        assert!(fields.saturating_uint("c").is_err() && fields.saturating_uint("d").is_err());
        assert!(fields.uint("a").is_err() && fields.uint("b").is_err());
        assert_eq!(fields.uint("e"), Ok(None));
    }
}
