//! A close look at a connection, what has to be entered in its system, and the files by which the system sees whose our domain is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    callback::Callback,
    connection::TestFinding,
    plan::Reads,
    problem::{Issue, Text},
};

/// How to look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Examine {
    /// Try secrets again that the system refused a short while ago. Too many wrong ones make it refuse our address.
    #[serde(default)]
    pub again: bool,
}

/// Whether a secret may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AbilityVerdict {
    /// It may.
    Yes,
    /// It may not.
    No,
    /// Nobody has asked, or the answer does not tell.
    Unknown,
}

/// What one secret may do, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AbilityRow {
    /// Its name.
    pub capability: String,
    /// What people call it.
    pub title: Text,
    /// The setting that holds the secret.
    pub credential: String,
    /// What people call that.
    pub credential_title: Text,
    /// Whether it may.
    pub verdict: AbilityVerdict,
    /// The call that told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The code of its answer; 0 is success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// What is in the way, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Issue>,
}

/// Whether a value stands in the system as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueState {
    /// It stands there.
    Same,
    /// Nothing stands there.
    Missing,
    /// Something else stands there.
    Different,
    /// What stands there cannot be read, or was not read yet.
    Unknown,
}

/// A value to be entered in the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntegrationValue {
    /// Its name.
    pub name: String,
    /// What the system calls it.
    pub title: Text,
    /// The value; absent while it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub there: Option<String>,
    /// Whether that is the value.
    pub state: ValueState,
    /// The path through the pages of the system to where it is entered.
    pub find: Text,
    /// The page to begin at.
    pub link: String,
}

/// An address of ours that the system does not trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UntrustedAddress {
    /// The address.
    pub address: String,
    /// The setting of the secret that it said so to: each has a list of its own.
    pub credential: String,
    /// When.
    pub at: String,
}

/// What a close look found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExaminationReport {
    /// The connection.
    pub name: String,
    /// When it was looked at.
    pub at: String,
    /// Whether it can be used.
    pub ok: bool,
    /// What is not as it should be: each cause once, with what to do.
    pub findings: Vec<TestFinding>,
    /// What each secret may do.
    pub abilities: Vec<AbilityRow>,
    /// Which part of the system can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Text>,
    /// Fields that cannot be seen, tried on one object.
    pub hidden: Vec<String>,
    /// The addresses of ours that the system did not trust in the last day.
    pub addresses: Vec<UntrustedAddress>,
    /// What has to be entered in the system.
    pub values: Vec<IntegrationValue>,
    /// HTTP exchanges that it took.
    pub api: Reads,
}

/// What has to be entered in the system of a connection, and how that stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Integration {
    /// The connection.
    pub name: String,
    /// The address under which people reach the server; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// What has to be entered.
    pub values: Vec<IntegrationValue>,
    /// The addresses at which the system calls, and what was heard there.
    pub callbacks: Vec<Callback>,
    /// The files by which the system sees whose the domain is.
    pub files: Vec<SiteFile>,
    /// The addresses of ours that the system did not trust in the last day.
    pub addresses: Vec<UntrustedAddress>,
    /// The newest close look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examined: Option<ExaminationReport>,
}

/// A file that is served at the top of our domain, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteFile {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub content: String,
    /// Its address; absent where the server has no public one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Who gave it.
    pub by: String,
    /// When.
    pub at: String,
}

/// A file to be served.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSiteFile {
    /// Its name, as the system gave it.
    pub name: String,
    /// What it holds: nothing is added and nothing is taken away.
    pub content: String,
}

/// How it went when the file was fetched as the system would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteFileCheck {
    /// Its name.
    pub name: String,
    /// Where it was fetched.
    pub url: String,
    /// Whether what came is what was given.
    pub ok: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Issue>,
}

/// A file that is not served any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemovedSiteFile {
    /// Its name.
    pub name: String,
    /// Always true.
    pub removed: bool,
}

/// Departments by patterns of paths or by ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeDepartments {
    /// Those that are wanted.
    #[serde(default)]
    pub include: Vec<String>,
    /// Those that are not.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// A part of a system, as a reading step asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeAsked {
    /// Departments.
    #[serde(default)]
    pub departments: ScopeDepartments,
    /// People, by account.
    #[serde(default)]
    pub people: Vec<String>,
    /// Tags, by name or id.
    #[serde(default)]
    pub tags: Vec<String>,
    /// `all`, or `people_only`: then no department is brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The department that people are put into where none is brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holding_department: Option<String>,
}

/// What one part of a scope gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScopePart {
    /// `departments`, `people` or `tags`.
    pub parameter: String,
    /// What is asked for, as it is written.
    pub text: String,
    /// How many departments.
    pub departments: u64,
    /// How many people.
    pub people: u64,
    /// Why it gives nothing, or less than is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Issue>,
}

/// What a scope would give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScopePreview {
    /// The connection.
    pub name: String,
    /// Part by part.
    pub parts: Vec<ScopePart>,
    /// How many departments in all.
    pub departments: u64,
    /// How many people in all, each once.
    pub people: u64,
    /// How many people more than one part names.
    pub overlap: u64,
    /// How many of them have no name that can be seen: nobody is made of those.
    pub nameless: u64,
    /// How many people of the system can be seen.
    pub visible: u64,
    /// How many people there are in it; absent where nobody can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// Things to know.
    pub notices: Vec<Issue>,
    /// Why not everything could be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<Issue>,
    /// HTTP exchanges that it took.
    pub api: Reads,
}

/// What a first setup is given: settings and secrets of the connection that people come from.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupBegin {
    /// The name of the connection; absent: the usual one.
    #[serde(default)]
    pub name: Option<String>,
    /// Settings; what is not given stays.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Secrets; written, never read back.
    #[serde(default)]
    #[schema(write_only)]
    pub secrets: BTreeMap<String, String>,
}

/// The go-ahead for the first run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupStart {
    /// The hash of the plan that was looked at; another plan is refused. Absent: whatever the plan is.
    #[serde(default)]
    pub plan: Option<String>,
}

/// How a step of a setup stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetupStepState {
    /// It comes later.
    Todo,
    /// It is at work.
    Doing,
    /// A person has to do something.
    Waiting,
    /// It is done.
    Done,
    /// It failed.
    Failed,
}

/// The steps of a setup, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetupStepName {
    /// Settings and secrets are kept.
    Connection,
    /// They were looked at closely.
    Doctor,
    /// What would change is known.
    Plan,
    /// It is carried out.
    Run,
    /// People are in the directory.
    Directory,
}

/// A step of a setup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SetupStep {
    /// Which.
    pub step: SetupStepName,
    /// What people call it.
    pub title: Text,
    /// How it stands.
    pub state: SetupStepState,
    /// Why it failed or waits, with the next step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Issue>,
    /// The run that does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<super::run::Run>,
}

/// A setup as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SetupState {
    /// The connector.
    pub connector: String,
    /// The connection.
    pub connection: String,
    /// The workflow that brings people in, once it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Who began it.
    pub by: String,
    /// When.
    pub at: String,
    /// Whether all of it is done.
    pub done: bool,
    /// Its steps.
    pub steps: Vec<SetupStep>,
}

/// A connector that people can come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetupSource {
    /// The connector.
    pub connector: String,
    /// What people call it.
    pub title: Text,
    /// The template whose workflow brings people in.
    pub template: String,
    /// The usual name of its connection.
    pub connection: String,
}

/// Whether a tenant has begun, and how its setup stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Setup {
    /// Whether the directory is still empty.
    pub needed: bool,
    /// Whether the caller may set it up.
    pub may: bool,
    /// Who may: the sign-in names of the owners.
    pub owners: Vec<String>,
    /// How many departments the directory holds, those that are removed not counted.
    pub departments: u64,
    /// How many people, those that have left not counted.
    pub people: u64,
    /// Where people can come from.
    pub sources: Vec<SetupSource>,
    /// The setup that was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<SetupState>,
}
