//! Calls that a system makes to us: at which addresses, what arrives there, and what a connector makes of it.
//!
//! The server keeps the address and knows nothing of the system; the connector verifies and reads the call and knows
//! nothing of HTTP beyond a query and a body. An event is a hint that something changed: what it became is read again.

use crate::message::Text;

/// One address of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Receiver {
    /// The last part of the address; empty for the connection's first one.
    pub name: &'static str,
    /// What is sent there, and where in the system it is entered.
    pub doc: Text,
}

/// A call as it arrived.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// The receiver's name.
    pub receiver: &'a str,
    /// The query, decoded.
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
    /// The key of the object it is about, where it says one.
    pub key: Option<String>,
    /// When it happened, in milliseconds since 1970, by the system's clock.
    pub at_ms: i64,
}
