//! Workflows: their state, their triggers and what became of them, their text and picture.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    problem::{Finding, Issue, Text},
    run::{Counts, Mode, Status},
    trigger::Hook,
};

/// The state of a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkflowState {
    /// Never activated.
    Draft,
    /// Its triggers are live.
    Active,
    /// Its triggers rest.
    Paused,
    /// Put away.
    Archived,
    /// What is stored cannot be read.
    Unreadable,
}

/// When a workflow went live, and who did that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Activated {
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
}

/// Due times that started nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Missed {
    /// When that was noticed.
    pub at: String,
    /// The last of the due times.
    pub due: String,
    /// How many.
    pub count: u64,
    /// Why.
    pub why: Issue,
}

/// A schedule as it is written, with what it missed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Schedule {
    /// The rule: five fields of cron.
    pub cron: String,
    /// The time zone.
    pub timezone: String,
    /// Inputs that it gives.
    #[schema(value_type = Object)]
    pub inputs: serde_json::Value,
    /// Due times that started nothing, the newest last.
    #[serde(default)]
    pub missed: Vec<Missed>,
}

/// A workflow that is followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct After {
    /// The workflow.
    pub workflow: String,
    /// The ends that count.
    pub status: Vec<Status>,
    /// Inputs that it gives.
    #[schema(value_type = Object)]
    pub inputs: serde_json::Value,
}

/// Events of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Events {
    /// The name of the connection in the workflow.
    pub connection: Option<String>,
    /// The types of events.
    pub types: Vec<String>,
}

/// When a schedule fires next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NextDue {
    /// The rule.
    pub cron: String,
    /// The time zone.
    pub timezone: String,
    /// The next time; null while the workflow is not active.
    pub next: Option<String>,
}

/// What starts a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Triggers {
    /// Whether people start it.
    pub manual: bool,
    /// Its schedules.
    pub schedules: Vec<NextDue>,
    /// The paths of its webhooks.
    pub webhooks: Vec<String>,
    /// The workflows that it follows.
    pub after: Vec<String>,
}

/// The newest run of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LastRun {
    /// Its id.
    pub run: String,
    /// Its number.
    pub no: u64,
    /// The workflow.
    pub workflow: String,
    /// What started it.
    pub kind: String,
    /// Its state.
    pub status: Status,
    /// Whether it writes.
    pub mode: Mode,
    /// Objects by planned action; absent where it has no plan yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Counts>,
    /// When it ended, began or was accepted.
    pub at: String,
}

/// A run as a dot in the strip of the last ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunDot {
    /// Its id.
    pub run: String,
    /// Its number.
    pub no: u64,
    /// Its state.
    pub status: Status,
    /// Whether it writes.
    pub mode: Mode,
    /// Objects by planned action; absent where it has no plan yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Counts>,
    /// When it ended, began or was accepted.
    pub at: String,
}

/// Which workflows.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WorkflowFilter {
    /// Only those in this state.
    pub state: Option<WorkflowState>,
    /// How many of the last runs are told of each, at most 30; none where nothing is said.
    #[param(maximum = 30)]
    pub recent: Option<usize>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// Why a workflow cannot be used any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Broken {
    /// The code.
    pub code: String,
    /// What is wrong.
    pub message: Text,
}

/// What the caller may do with a workflow as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkflowVerb {
    /// Start a run of it.
    Run,
    /// Plan what it would do.
    Plan,
    /// Save a new version.
    Edit,
    /// Make the newest version live.
    Activate,
    /// Put its triggers to rest.
    Pause,
    /// Put it away.
    Archive,
}

/// A workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Workflow {
    /// Its id.
    pub id: String,
    /// Its state.
    pub state: WorkflowState,
    /// Its newest version.
    #[serde(default)]
    pub latest: u64,
    /// The version that is live.
    pub active: Option<u64>,
    /// How many runs it had.
    #[serde(default)]
    pub runs: u64,
    /// The template that it was made from.
    pub template: Option<String>,
    /// When it was made.
    pub created: Option<String>,
    /// When it went live.
    pub activated: Option<Activated>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// The connections that it names.
    #[serde(default)]
    pub connections: Vec<Alias>,
    /// Its schedules.
    #[serde(default)]
    pub schedules: Vec<Schedule>,
    /// The workflows that it follows.
    #[serde(default)]
    pub after: Vec<After>,
    /// The paths of its webhooks.
    #[serde(default)]
    pub webhooks: Vec<String>,
    /// The events that it waits for.
    #[serde(default)]
    pub events: Vec<Events>,
    /// What starts it, and when next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggers: Option<Triggers>,
    /// Its newest run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastRun>,
    /// Its last runs, the newest last; in lists only where `recent` asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<RunDot>,
    /// Why it cannot be used any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<Broken>,
    /// Its addresses; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hooks: Option<Vec<Hook>>,
    /// What somebody should know of the deed that was just done.
    #[serde(default)]
    pub notices: Vec<Text>,
    /// What the caller may do with it now.
    #[serde(default)]
    pub allowed: Vec<WorkflowVerb>,
    /// The tag of its state: an edit that sends it as `If-Match` changes this state or nothing.
    #[serde(default)]
    pub etag: String,
}

/// A connection for a name of the workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The name in the workflow.
    pub alias: String,
    /// The connection.
    pub name: String,
}

/// A workflow to save: from a template or from its YAML.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkflow {
    /// The template that it is made from.
    #[serde(default)]
    pub template: Option<String>,
    /// Or its YAML.
    #[serde(default)]
    pub text: Option<String>,
    /// The name of the file, for messages.
    #[serde(default)]
    pub file: Option<String>,
    /// Its id; the one in the text where none is given.
    #[serde(default)]
    pub id: Option<String>,
    /// Connections for names of the workflow.
    #[serde(default)]
    pub connections: Vec<Bound>,
}

/// A workflow that was saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SavedWorkflow {
    /// Its id.
    pub id: String,
    /// The version that was saved, or that had this text already.
    pub version: u64,
    /// Its state.
    pub state: WorkflowState,
    /// The version that is live.
    pub active: Option<u64>,
    /// Whether a version was saved.
    pub changed: bool,
    /// The tag of the state that the workflow has now: an edit that sends it as `If-Match` changes this state or nothing.
    #[serde(default)]
    pub etag: String,
    /// What stands in the way of activating it and can be mended by then.
    pub notices: Vec<Text>,
    /// What the compiler found that is no error.
    #[serde(default)]
    pub warnings: Vec<Finding>,
}

/// Which version of the text.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VersionLook {
    /// The version; the newest where none is given.
    pub version: Option<u64>,
}

/// The text of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkflowText {
    /// The workflow.
    pub id: String,
    /// The version.
    pub version: u64,
    /// The YAML.
    pub text: String,
}

/// Which picture.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PictureLook {
    /// `text`, `dot`, `svg` or `mermaid`; text where nothing is said.
    pub format: Option<String>,
    /// `zh` or `en`.
    pub lang: Option<String>,
}

/// The picture of a workflow or template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Picture {
    /// The workflow or template.
    pub id: String,
    /// The form.
    pub format: String,
    /// The picture.
    pub picture: String,
}

/// A connection that a workflow names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Alias {
    /// Its name in the workflow.
    pub alias: String,
    /// The connector.
    #[serde(rename = "type")]
    pub connector: String,
    /// The connection that is meant.
    #[serde(rename = "ref")]
    pub reference: String,
}
