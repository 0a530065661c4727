//! Connections: accounts of other systems, what their connectors ask for, and how a test went.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    callback::Callback,
    plan::Reads,
    problem::{Issue, Text},
};

/// A connection that rests because it stopped runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sick {
    /// How many runs it stopped one after the other.
    pub failures: u32,
    /// Since when.
    pub since: String,
    /// Until when runs that start by themselves rest.
    pub rests_until: String,
    /// Why.
    pub error: Issue,
}

/// What the caller may do with a connection as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionVerb {
    /// Change its settings and secrets.
    Edit,
    /// Try it.
    Test,
    /// Remove it.
    Remove,
}

/// A connection. Secrets are never shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Connection {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The connector.
    pub connector: String,
    /// What people call it.
    pub title: String,
    /// Its settings.
    pub settings: BTreeMap<String, String>,
    /// The names of the secrets that it has.
    pub secrets: Vec<String>,
    /// When it was added.
    pub created: String,
    /// When it was changed.
    pub changed: String,
    /// That it rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sick: Option<Sick>,
    /// The workflows that name it; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflows: Option<Vec<String>>,
    /// How many objects are linked through it; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<u64>,
    /// The addresses at which its system calls; those of a new connection come with their keys, shown this once. Empty in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callbacks: Vec<Callback>,
    /// What somebody should know of the change that was just made.
    #[serde(default)]
    pub notices: Vec<Text>,
    /// What the caller may do with it now.
    #[serde(default)]
    pub allowed: Vec<ConnectionVerb>,
    /// The tag of its state: an edit that sends it as `If-Match` changes this state or nothing.
    #[serde(default)]
    pub etag: String,
}

/// A connection as somebody gives it: what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    /// The connector.
    pub connector: String,
    /// Its name: lower-case letters, digits and `_`.
    pub name: String,
    /// Settings.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Secrets; written, never read back.
    #[serde(default)]
    #[schema(write_only)]
    pub secrets: BTreeMap<String, String>,
}

/// A connection that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemovedConnection {
    /// Its name.
    pub name: String,
    /// Always true.
    pub removed: bool,
}

/// One setting that a connector asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Whether it is a secret.
    pub secret: bool,
    /// Whether it must be given.
    pub required: bool,
    /// What holds where nothing is given.
    pub default: Option<String>,
    /// What it is and where to find it.
    pub doc: Text,
}

/// What a connector asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConnectorSettings {
    /// The connector.
    pub connector: String,
    /// What people call it.
    pub title: Text,
    /// Its settings.
    pub settings: Vec<Setting>,
}

/// One thing that a test looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TestFinding {
    /// What was looked at.
    pub subject: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// Whether the connection cannot be used without it.
    pub fatal: bool,
    /// What is wrong.
    pub error: Option<Issue>,
}

/// How the test of a connection went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TestReport {
    /// The connection.
    pub name: String,
    /// Whether it can be used.
    pub ok: bool,
    /// What was looked at.
    pub findings: Vec<TestFinding>,
    /// What the connection may do, as far as that was asked.
    pub capabilities: BTreeMap<String, bool>,
    /// HTTP exchanges that the test took.
    pub api: Reads,
}
