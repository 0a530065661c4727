//! Calls that a system makes to us: at which addresses, what arrives there, and what a connector makes of it.
//!
//! The server keeps the address and the keys and knows nothing of the system; the connector verifies and reads the call and
//! knows nothing of HTTP beyond a query and a body. An event is a hint that something changed: what it became is read again.

use std::collections::BTreeMap;

use crate::{message::Text, secret::Secret};

/// One address of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Receiver {
    /// The last part of the address; empty for the connection's first one.
    pub name: &'static str,
    /// What is sent there, and where in the system it is entered.
    pub doc: Text,
    /// What the system signs and encrypts its calls with: made by us, shown once, and entered there.
    pub keys: &'static [KeySpec],
}

/// A secret of a receiver: random letters and digits.
#[derive(Debug, Clone, Copy)]
pub struct KeySpec {
    /// What the system calls it.
    pub name: &'static str,
    /// How many characters it has.
    pub length: usize,
}

/// The secrets of a receiver by name, all made at the same time.
pub type Keys = BTreeMap<String, Secret>;

/// A call as it arrived.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// The receiver's name.
    pub receiver: &'a str,
    /// The secrets that are good now, the newest first.
    pub keys: &'a [Keys],
    /// The query, decoded; a `+` in it is a `+`.
    pub query: &'a [(String, String)],
    /// The body. `None`: a GET, by which systems try out an address.
    pub body: Option<&'a [u8]>,
    /// The time, in milliseconds since 1970.
    pub now_ms: i64,
}

impl Incoming<'_> {
    /// A parameter of the query.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What was made of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The body of the answer.
    pub answer: String,
    /// What happened. They are kept before the answer is sent.
    pub events: Vec<Event>,
}

/// One thing that happened in the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name, one of [`ConnectorSpec::events`](crate::ConnectorSpec::events).
    pub name: &'static str,
    /// The same for each delivery of the same event, so that a second one starts nothing.
    pub id: String,
    /// The object it is about, where it says one: its kind (`user`, `department`, or a word of the system) and its key.
    pub object: Option<(&'static str, String)>,
    /// What else it says, by the names under which a workflow reads it (`trigger.NAME`).
    pub details: BTreeMap<&'static str, String>,
    /// When it happened, in milliseconds since 1970, by the system's clock.
    pub at_ms: i64,
    /// Whether the key of the object is free afterwards, so that somebody else may get it: what had it was deleted, or has
    /// another one.
    pub frees_key: bool,
}

/// The detail of an event by which a system says that the object has this key from now on. A link follows it.
pub const NEW_KEY: &str = "new_userid";

/// An event as it is handed back later: to a read that may keep to what changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// What happened: one of the events of the connector.
    pub name: String,
    /// To what: kind and key of the object.
    pub object: Option<(String, String)>,
    /// What else the system said of it, by name.
    pub details: BTreeMap<String, String>,
}
