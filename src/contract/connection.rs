//! Connections: accounts of other systems, what their connectors ask for, and how a test went.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    callback::Callback,
    plan::Reads,
    problem::{Issue, Text},
    workflow::WorkflowState,
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
    /// The same, with when each was given last.
    #[serde(default)]
    pub secrets_set: Vec<SecretSet>,
    /// When it was added.
    pub created: String,
    /// When it was changed.
    pub changed: String,
    /// That it rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sick: Option<Sick>,
    /// How its last test went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested: Option<Tested>,
    /// The workflows that name it; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflows: Option<Vec<String>>,
    /// Where it is used: workflow by workflow, with the steps; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<Vec<ConnectionUse>>,
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

/// A secret that a connection has; its value is never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecretSet {
    /// Its name.
    pub name: String,
    /// When it was given last; absent where an earlier version of the program kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
}

/// How the last test of a connection went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tested {
    /// When.
    pub at: String,
    /// Whether it could be used.
    pub ok: bool,
}

/// A workflow that uses a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConnectionUse {
    /// The workflow.
    pub workflow: String,
    /// What people call it; absent where it does not compile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// Its state.
    pub state: WorkflowState,
    /// The versions that name it: the active one, the newest.
    pub versions: Vec<u64>,
    /// The names that the connection has in the workflow.
    pub aliases: Vec<String>,
    /// The steps that use it.
    pub steps: Vec<String>,
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
    /// Refuse where there is one of that name already.
    #[serde(default)]
    pub only_new: bool,
}

/// A change of a connection: what is not named stays, what is null is taken away.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionChange {
    /// Settings.
    #[serde(default)]
    pub settings: BTreeMap<String, Option<String>>,
    /// Secrets; written, never read back.
    #[serde(default)]
    #[schema(write_only)]
    pub secrets: BTreeMap<String, Option<String>>,
}

/// Settings to try before they are saved.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The connection that is to be changed: what is not given here is taken from it. A new one has none.
    #[serde(default)]
    pub connection: Option<String>,
    /// Settings.
    #[serde(default)]
    pub settings: BTreeMap<String, Option<String>>,
    /// Secrets; they are used for this test and kept nowhere.
    #[serde(default)]
    #[schema(write_only)]
    pub secrets: BTreeMap<String, Option<String>>,
}

/// New secrets for a connection, which are tried before the old ones go.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// The secrets.
    #[serde(default)]
    #[schema(write_only)]
    pub secrets: BTreeMap<String, String>,
    /// Keep them although the test does not go well: the old ones may be void already.
    #[serde(default)]
    pub anyway: bool,
}

/// What became of new secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rotated {
    /// Whether they are in use now; if not, the old ones are.
    pub rotated: bool,
    /// The connection.
    pub connection: Connection,
    /// How the test with them went.
    pub report: TestReport,
}

/// A connection that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemovedConnection {
    /// Its name.
    pub name: String,
    /// Always true.
    pub removed: bool,
}

/// What is typed or chosen for a setting. A form that does not know one takes a line of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettingKind {
    /// A line of text.
    Text,
    /// A whole number.
    Number,
    /// An address.
    Url,
    /// A folder of the machine on which idflow runs.
    Folder,
    /// One of `choices`.
    Choice,
}

/// A word that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettingChoice {
    /// The value.
    pub value: String,
    /// What it means.
    pub title: Text,
}

/// One setting that a connector asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// What stands above its field.
    pub title: Text,
    /// What is typed or chosen.
    pub kind: SettingKind,
    /// Whether it is a secret.
    pub secret: bool,
    /// Whether it must be given.
    pub required: bool,
    /// What holds where nothing is given.
    pub default: Option<String>,
    /// What it is and where to find it.
    pub doc: Text,
    /// The unit of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text>,
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// A regular expression that a good value matches as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What can be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<SettingChoice>,
    /// Where the value is found: the path through the pages of the other system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub find: Option<Text>,
    /// The page of the other system to begin at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Whether it is left alone in most cases.
    pub advanced: bool,
    /// Whether it says which system or account this is: two connections must not have the same.
    pub identity: bool,
    /// It is not asked for where another setting has this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<Unless>,
}

/// A setting and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unless {
    /// The setting.
    pub setting: String,
    /// The value.
    pub value: String,
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

/// What an action does with objects of its system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionEffect {
    /// It reads.
    Read,
    /// It makes.
    Create,
    /// It changes.
    Update,
    /// It makes what is not there, and changes what is.
    Upsert,
    /// It takes access away.
    Remove,
    /// It sends a message.
    Send,
}

/// An action of a connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConnectorAction {
    /// As `uses` names it: `wecom/create_user`.
    pub uses: String,
    /// What it does.
    pub title: Text,
    /// What it does with objects.
    pub effect: ActionEffect,
}

/// An event that connections of a connector send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConnectorEvent {
    /// Its name in `types`.
    pub name: String,
    /// What happened.
    pub doc: Text,
}

/// A connector: a kind of system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Connector {
    /// Its name: the `type` of its connections.
    pub connector: String,
    /// What people call it.
    pub title: Text,
    /// Whether connections of it can be added; the tenant's own directory has none.
    pub connectable: bool,
    /// Its settings, in the order in which a form asks them.
    pub settings: Vec<Setting>,
    /// What it can do.
    pub actions: Vec<ConnectorAction>,
    /// The events that its connections can send.
    pub events: Vec<ConnectorEvent>,
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
