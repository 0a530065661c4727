//! Evidence: the exchanges of a run that did not go well, as they were on the wire, for whoever has to find out why.
//!
//! The connector notes them, with private values masked and secrets left out; the engine keeps them beside the journal.
//! They are never read to decide anything.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

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
    /// The system's code; `None` when no answer could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errcode: Option<i64>,
    /// The system's words, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errmsg: Option<String>,
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
