//! Evidence: the exchanges of a run that did not go well, as they were on the wire, for whoever has to find out why.
//!
//! The connector notes them, with private values masked and secrets left out; the engine keeps them beside the journal.
//! They are never read to decide anything.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize};

use crate::message::Problem;

/// Exchanges that are kept between two looks; what comes after them is not.
const MOST: usize = 64;

/// One exchange that was refused, or whose answer did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Method and call: `POST user/create`.
    pub api: String,
    /// When it was begun, in milliseconds since 1970, by the engine's clock.
    pub at: i64,
    /// How long it took.
    pub ms: u32,
    /// The system's code, as it writes it; `None` when no answer could be read.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "errcode", deserialize_with = "code")]
    pub code: Option<String>,
    /// The system's words, whole.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "errmsg")]
    pub text: Option<String>,
    /// What the vendor's support asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The address that the system saw us come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_ip: Option<String>,
    /// What it means.
    pub problem: Problem,
    /// What was sent, masked; long ones are cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// A code. Up to version 0.1 it was kept as a number, under the name `errcode`.
fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Code {
        Number(i64),
        Text(String),
    }
    Ok(Option::<Code>::deserialize(deserializer)?.map(|code| match code {
        Code::Number(number) => number.to_string(),
        Code::Text(text) => text,
    }))
}

/// Where exchanges are noted.
#[derive(Debug, Default)]
pub struct Evidence(Mutex<Vec<Exchange>>);

impl Evidence {
    /// Notes one.
    pub fn note(&self, exchange: Exchange) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST {
            kept.push(exchange);
        }
    }

    /// What was noted since the last look.
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_with_a_number_is_read() {
        let old = r#"{"api": "POST user/create", "at": 1, "ms": 2, "errcode": 60104, "errmsg": "mobile existed",
            "problem": {"code": "WECOM_60104", "field": null, "args": []}}"#;
        let read: Exchange = serde_json::from_str(old).unwrap();
        assert_eq!((read.code.as_deref(), read.text.as_deref()), (Some("60104"), Some("mobile existed")));
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Exchange>(&written).unwrap(), read);
    }
}
