//! Runs: what is known of one, how one is started, and what people decide about it.

mod asked;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    bindings::Bindings,
    problem::{Issue, Text},
};

pub use asked::{Approve, Export, Pin, Pinned, Retry, RetryLook, RetryPreview};

/// The state of a run or a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waiting for its turn.
    Queued,
    /// Reading and comparing.
    Planning,
    /// Waiting for a person.
    Held,
    /// Writing.
    Applying,
    /// A person has stopped it for now; it goes on where it was.
    Paused,
    /// Everything is as wanted, something was written.
    Succeeded,
    /// Everything was as wanted before.
    SucceededNoChange,
    /// Every step was reached and some item is not as wanted.
    Partial,
    /// The plan or a step could not be carried out.
    Failed,
    /// A person or a rule ended it.
    Cancelled,
}

/// Whether a run writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It does.
    Apply,
    /// It ends with its plan.
    Plan,
    /// It writes, and only what went wrong in another run.
    Retry,
}

/// How much of a run is still kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Everything.
    All,
    /// Only the items that went wrong.
    Failures,
    /// Only what stands in this object.
    Header,
}

/// What the caller may do with a run as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunVerb {
    /// Approve its plan.
    Approve,
    /// Refuse its plan.
    Reject,
    /// Stop it for good.
    Cancel,
    /// Stop it for now.
    Pause,
    /// Let it go on.
    Resume,
    /// Repeat what went wrong.
    Retry,
    /// Keep it whole, or no longer.
    Pin,
    /// Read private values in it.
    Reveal,
}

/// Objects by kind (`user`, `department`) and word (`created`, `failed`; in plans `create`, `update`).
pub type Counts = BTreeMap<String, BTreeMap<String, u64>>;

/// Why a run exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Trigger {
    /// `manual`, `schedule`, `import`, `workflow`, `after`, `webhook`, `retry`, `removals`.
    pub kind: String,
    /// The due time, for schedules.
    pub due: Option<String>,
    /// When it was started.
    pub fired: String,
    /// Who started it.
    pub actor: String,
    /// The run that started it.
    pub parent: Option<String>,
    /// The workflows that led to it, the first one first.
    pub chain: Vec<String>,
}

/// One approval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
    /// The hash of the plan that the person saw.
    pub plan: String,
    /// The hash of the plan that was computed later and kept to what the person saw.
    pub computed: Option<String>,
    /// Whether the person looked at the source.
    pub source_checked: bool,
}

/// Problems of the same sort, counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorGroup {
    /// How many items.
    pub count: u64,
    /// One of them, in words.
    pub error: Issue,
    /// The key of the first item.
    pub first: String,
    /// What people call it.
    pub first_name: String,
}

/// One limit of `safety`, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SafetyCheck {
    /// The rule: `remove.max_percent`.
    pub rule: String,
    /// The kind it was counted for.
    pub kind: String,
    /// The limit; rules that end in `percent` are in percent.
    pub limit: f64,
    /// What the plan does.
    pub actual: f64,
    /// Whether it is within the limit.
    pub ok: bool,
    /// Whether it is about the source: only a person who looked at the source can lift it.
    pub source: bool,
}

/// HTTP exchanges of a run; at least so many where it went on after a restart: what was sent in the moment in which a process
/// ended is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Api {
    /// All.
    pub calls: u64,
    /// Those that write.
    pub writes: u64,
    /// Those that repeat an earlier one.
    pub retries: u64,
    /// Bytes of bodies.
    pub bytes: u64,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepState {
    /// Its id.
    pub step: String,
    /// Its state.
    pub status: Status,
    /// Rows it carries out, by outcome.
    pub counts: BTreeMap<String, u64>,
    /// When it began.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// Why it was skipped or failed.
    pub why: Option<Issue>,
    /// The run that it started.
    pub child: Option<String>,
}

/// What a step of a plan will cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepCost {
    /// Its id.
    pub step: String,
    /// Objects to write.
    pub objects: u64,
    /// HTTP exchanges.
    pub calls: u64,
    /// Milliseconds, by latency and quotas.
    pub ms: u64,
    /// Whether they go as import jobs.
    pub job: bool,
}

/// Why nothing happens right now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// The code of what is waited for: `rate_limited`, `import_job`, `group`.
    pub why: String,
    /// Until when, as far as that is known.
    pub until: Option<String>,
    /// How many runs are at work, where a free place is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_work: Option<u64>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
}

/// How far a run is that is at work in this process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// The step at work.
    pub step: String,
    /// Rows to carry out in this run.
    pub total: u64,
    /// Rows carried out.
    pub done: u64,
    /// Rows that failed.
    pub failed: u64,
    /// Objects read so far.
    pub read: u64,
    /// What is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// Rows a second since carrying out began, waits included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_s: Option<f64>,
    /// Milliseconds until the last row at that rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta_ms: Option<u64>,
}

/// A run in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunBrief {
    /// Its id.
    pub run: String,
    /// Its number among the runs of the workflow, from 1.
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
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Run {
    /// Its id.
    pub run: String,
    /// Its number among the runs of the workflow, from 1.
    pub no: u64,
    /// The workflow.
    pub workflow: String,
    /// The version of the workflow.
    pub version: u64,
    /// SHA-256 of the definition.
    pub content: String,
    /// Whether it writes.
    pub mode: Mode,
    /// Why it exists.
    pub trigger: Trigger,
    /// The run whose failed items it repeats.
    pub retry_of: Option<String>,
    /// Its inputs by name.
    #[schema(value_type = Object)]
    pub inputs: serde_json::Value,
    /// Its state.
    pub status: Status,
    /// The first reason for the state.
    pub status_why: Option<Issue>,
    /// Why it is in that state.
    pub why: Vec<Issue>,
    /// Objects by outcome.
    pub counts: Counts,
    /// Objects by planned action.
    pub planned: Counts,
    /// Objects of the source in scope, by kind.
    pub source: BTreeMap<String, u64>,
    /// Whether every read was complete.
    pub complete: bool,
    /// Whether only those objects were read that events told of, or that stand in a file which is a part of the list: `source`
    /// counts them alone, and nothing is known of the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub part: bool,
    /// Who is who, by kind, as its plan found it: how many were bound, are bound or made by it, or wait for a person.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bindings: BTreeMap<String, Bindings>,
    /// Removals of its plan that wait for a person.
    pub waiting_removals: u64,
    /// Limits, judged.
    pub safety: Vec<SafetyCheck>,
    /// The hash of the plan.
    pub plan: Option<String>,
    /// How many rows the plan has.
    pub rows: u32,
    /// What the plan costs, step by step.
    pub costs: Vec<StepCost>,
    /// What went wrong, the most frequent first.
    pub errors: Vec<ErrorGroup>,
    /// Its concurrency group.
    pub group: String,
    /// When a held run gives up waiting.
    pub expires: Option<String>,
    /// Where a paused run was.
    pub paused_from: Option<Status>,
    /// How much of it is still kept.
    pub kept: Kept,
    /// Approvals.
    pub approvals: Vec<Approval>,
    /// Whether the caller approved the plan as computed.
    pub approved_by_caller: bool,
    /// HTTP exchanges.
    pub api: Api,
    /// Milliseconds that it waited for its turn.
    pub queued_ms: Option<i64>,
    /// When it was accepted.
    pub accepted: String,
    /// When it began.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// When it went on after restarts.
    pub resumed: Vec<String>,
    /// Its steps.
    pub steps: Vec<StepState>,
    /// Things told once by the reads.
    pub notices: Vec<Issue>,
    /// The version of idflow that accepted it.
    pub engine: String,
    /// Whether it is kept whole, however old it becomes; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Runs that it started or that follow it, once it is over; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<RunBrief>>,
    /// Whether nobody works on it at present although it is not over; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandoned: Option<bool>,
    /// How far it is, while it is at work here; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// What the caller may do with it now.
    #[serde(default)]
    pub allowed: Vec<RunVerb>,
}

/// What somebody wants to run.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// Inputs by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub inputs: serde_json::Map<String, serde_json::Value>,
    /// The caller approves the plan as computed.
    #[serde(default)]
    pub approve: bool,
    /// Only plan.
    #[serde(default)]
    pub plan: bool,
    /// Plan no further than this step; for plans only.
    #[serde(default)]
    pub until: Option<String>,
}

/// A run that a deed started or was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunRef {
    /// Its id.
    pub run: String,
}

/// Which runs.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunFilter {
    /// Only those of this workflow.
    pub workflow: Option<String>,
    /// Only those in this state: `queued`, `planning`, `held`, `applying`, `paused`, `succeeded`, `succeeded_no_change`,
    /// `partial`, `failed`, `cancelled`.
    pub state: Option<String>,
    /// Only those that were started so: `manual`, `schedule`, `import`, `workflow`, `after`, `webhook`, `retry`, `removals`.
    pub trigger: Option<String>,
    /// Only those that write (`apply`), that end with their plan (`plan`), or that repeat what went wrong in another (`retry`).
    pub mode: Option<String>,
    /// Only those that this person or program started, by the whole name.
    pub actor: Option<String>,
    /// Only those that were accepted at this time or later: RFC 3339, a day in UTC, or how long ago: `90m`, `24h`, `7d`.
    pub since: Option<String>,
    /// Only those that were accepted before this time.
    pub until: Option<String>,
    /// Only those that are told of in all of these words, each a whole one: the workflow or a part of its id, who started
    /// it, its number, the code of what went wrong.
    pub text: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// How to show a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunLook {
    /// Answer only when the run is over or held; where another node carries it out, after a minute at the latest.
    #[serde(default)]
    #[param(required = false)]
    pub wait: bool,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}
