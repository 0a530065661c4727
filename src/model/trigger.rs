//! Why a run exists: what started it, when, for whom, and what came along.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id::RunId;

/// What started a run. The words are what is stored, and what templates read as `run.trigger`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// A person.
    Manual,
    /// A due time of `on.schedule`.
    Schedule,
    /// A call of an address of `on.webhook`.
    Webhook,
    /// Events of a connection, `on.event`.
    Event,
    /// The end of a run of another workflow, `on.after`.
    After,
    /// A step of another workflow: `uses: workflow/ID`.
    Workflow,
    /// A person who fills the directory from files.
    Import,
    /// A person who repeats what went wrong in another run.
    Retry,
    /// A person who decided about removals that waited.
    Removals,
    /// A test of a workflow, on a store of its own.
    Test,
}

impl TriggerKind {
    /// All of them, in the order in which they are listed.
    pub const ALL: &[Self] = &[
        Self::Manual,
        Self::Schedule,
        Self::Webhook,
        Self::Event,
        Self::After,
        Self::Workflow,
        Self::Import,
        Self::Retry,
        Self::Removals,
        Self::Test,
    ];

    /// The word used in JSON, in templates and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Schedule => "schedule",
            Self::Webhook => "webhook",
            Self::Event => "event",
            Self::After => "after",
            Self::Workflow => "workflow",
            Self::Import => "import",
            Self::Retry => "retry",
            Self::Removals => "removals",
            Self::Test => "test",
        }
    }

    /// Whether nobody waits for the run: it came without a person, so it may be left out while a connection does not work.
    #[must_use]
    pub const fn is_by_itself(self) -> bool {
        matches!(self, Self::Schedule | Self::Webhook | Self::Event | Self::After)
    }
}

impl std::fmt::Display for TriggerKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a run exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// What started it.
    pub kind: TriggerKind,
    /// The due time, for schedules; milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<i64>,
    /// When it was started.
    pub fired: i64,
    /// Who started it.
    pub actor: String,
    /// The run that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RunId>,
    /// Whether nobody waits for it, although a step of another run started it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detached: bool,
    /// The workflows that led to it, the first one first: a workflow that is among them is not started again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
    /// What came along: the JSON of a webhook, the events of `on.event`.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub body: serde_json::Value,
    /// What else a webhook was called with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<HookCall>,
    /// What started the run with which all this came along, where this one is for what that one left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<TriggerKind>,
}

/// The query and the headers of a call that held the secret. Those of a signed call are not kept: nobody signed them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookCall {
    /// The method.
    pub method: String,
    /// The query; of several values of a name the last.
    pub query: BTreeMap<String, String>,
    /// The headers, with small names; without those that prove who is calling.
    pub headers: BTreeMap<String, String>,
}

impl Trigger {
    /// Started by `actor` at this time, with nothing that came along.
    #[must_use]
    pub fn new(kind: TriggerKind, actor: impl Into<String>, fired: i64) -> Self {
        Self {
            kind,
            due: None,
            fired,
            actor: actor.into(),
            parent: None,
            detached: false,
            chain: Vec::new(),
            body: serde_json::Value::Null,
            call: None,
            first: None,
        }
    }

    /// Started by `actor` for what the run left that `of` had started: all that came along with that one comes along again.
    #[must_use]
    pub fn again(kind: TriggerKind, actor: impl Into<String>, fired: i64, (run, of): (RunId, &Self)) -> Self {
        Self {
            due: of.due,
            parent: Some(run),
            body: of.body.clone(),
            call: of.call.clone(),
            first: Some(of.origin()),
            ..Self::new(kind, actor, fired)
        }
    }

    /// What started the run with which everything came along.
    #[must_use]
    pub fn origin(&self) -> TriggerKind {
        self.first.unwrap_or(self.kind)
    }

    /// The run that called this one by a step, and waits for it.
    #[must_use]
    pub fn caller(&self) -> Option<RunId> {
        self.parent.filter(|_| self.kind == TriggerKind::Workflow && !self.detached)
    }
}

/// Something that happened in the system of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionEvent {
    /// Its id; ids of one connection sort by time.
    pub id: String,
    /// The connection, by the name that links know it by.
    pub connection: String,
    /// What happened, one of the events of the connector.
    #[serde(rename = "type")]
    pub kind: String,
    /// To what: the key of the object in that system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<EventObject>,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Others before it may have been lost: they could not be stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missed: bool,
    /// What else the system says of it, by name; a name of a field above never stands here.
    #[serde(flatten)]
    pub details: BTreeMap<String, String>,
}

/// The object of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventObject {
    /// Its kind: `user`, `department`.
    pub kind: String,
    /// Its key.
    pub id: String,
}

/// The events that one run is told of: what `trigger` has in a run by `on.event`. The newest event is spelled out, so that a
/// workflow for single events need not walk through the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Burst {
    /// The type of the newest event.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its connection.
    pub connection: String,
    /// Its object.
    pub object: Option<EventObject>,
    /// When it happened, in milliseconds since 1970.
    pub at: i64,
    /// What else the system says of it.
    #[serde(flatten)]
    pub details: BTreeMap<String, String>,
    /// All of them, the oldest first.
    pub events: Vec<ConnectionEvent>,
    /// Others may have been lost before them: nobody could listen, or they could not be stored.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub missed: bool,
}

impl Burst {
    /// These events, the oldest first; nothing without any.
    #[must_use]
    pub fn of(events: &[ConnectionEvent]) -> Option<Self> {
        let newest = events.last()?;
        Some(Self {
            kind: newest.kind.clone(),
            connection: newest.connection.clone(),
            object: newest.object.clone(),
            at: newest.at,
            details: newest.details.clone(),
            events: events.to_vec(),
            missed: events.iter().any(|event| event.missed),
        })
    }

    /// As a run keeps it.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_word_is_the_shown_one() {
        for kind in TriggerKind::ALL {
            let stored = serde_json::to_value(kind).unwrap();
            assert_eq!(stored, kind.as_str());
            assert_eq!(serde_json::from_value::<TriggerKind>(stored).unwrap(), *kind);
        }
    }
}
