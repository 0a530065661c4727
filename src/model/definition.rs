//! The parts of a workflow's definition that the engine acts on: retry, safety, schedules, approvals.
//!
//! The compiler fills them from YAML with defaults in place, so nothing here is optional that has a default.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The roles of people, from the one that may do everything down. `approval.by` names some of them.
pub const ROLES: &[&str] = &["owner", "admin", "operator", "approver", "viewer"];

/// A text in both languages; where the author gave one, both are the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Localized {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Localized {
    /// The same words in both languages.
    #[must_use]
    pub fn same(text: &str) -> Self {
        Self { zh: text.into(), en: text.into() }
    }
}

/// Classes of errors that a retry policy can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryOn {
    /// No answer within the time limit.
    Timeout,
    /// The system asked to slow down.
    RateLimited,
    /// The system failed or was busy.
    ServerError,
    /// Not there (yet).
    NotFound,
}

/// How the wait between attempts grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// The same each time.
    Constant,
    /// Doubled each time.
    Exponential,
}

/// `retry`: when and how often a failed call is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all, the first included.
    pub max_attempts: u32,
    /// How the wait grows.
    pub backoff: Backoff,
    /// The first wait.
    pub delay: Duration,
    /// The longest wait.
    pub max_delay: Duration,
    /// Whether waits are spread at random (by up to half).
    pub jitter: bool,
    /// Which errors are worth another attempt.
    pub on: Vec<RetryOn>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            backoff: Backoff::Exponential,
            delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(60),
            jitter: true,
            on: vec![RetryOn::Timeout, RetryOn::RateLimited, RetryOn::ServerError],
        }
    }
}

/// A number, or a share of something.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Amount {
    /// So many.
    Count(u64),
    /// So many percent (5.0 is 5 %).
    Percent(f64),
}

/// Limits of one sort of change, each counted per object kind.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ChangeLimit {
    /// At most so many in one run.
    pub max: Option<u64>,
    /// At most this share, in percent, of the objects linked before the run.
    pub max_percent: Option<f64>,
    /// At most so many in one day.
    pub max_per_day: Option<u64>,
}

/// What happens to a plan that exceeds a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExceed {
    /// Write nothing and ask.
    #[default]
    Hold,
    /// Keep the removals back, do the rest.
    HoldRemovals,
    /// Give up.
    Fail,
}

/// `safety`: judged on the plan, before the first write.
#[derive(Debug, Clone, PartialEq)]
pub struct Safety {
    /// Fewer in-scope objects than this: something is wrong with the source.
    pub source_min: Option<u64>,
    /// Fewer in-scope objects than at the last good run, by more than this many percent.
    pub source_shrink: Option<f64>,
    /// At most this share, in percent, of the objects becomes somebody else under the same key.
    pub identity_shift: f64,
    /// At most this share, in percent, of the objects loses one field.
    pub mass_clear: f64,
    /// Limits on creations.
    pub create: ChangeLimit,
    /// Limits on updates.
    pub update: ChangeLimit,
    /// Limits on removals: disable and delete both count.
    pub remove: ChangeLimit,
    /// What to do above a limit.
    pub on_exceed: OnExceed,
}

/// What a file that says nothing about them has for `identity_shift` and `mass_clear`: they are always on.
pub const USUAL_SHARE: f64 = 5.0;

impl Default for Safety {
    fn default() -> Self {
        Self {
            source_min: None,
            source_shrink: None,
            identity_shift: USUAL_SHARE,
            mass_clear: USUAL_SHARE,
            create: ChangeLimit::default(),
            update: ChangeLimit::default(),
            remove: ChangeLimit::default(),
            on_exceed: OnExceed::default(),
        }
    }
}

/// What happens to due times that passed while nothing ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Catchup {
    /// They are skipped.
    Skip,
    /// One run for the latest of them.
    #[default]
    Latest,
    /// One run for each.
    All,
}

/// One entry of `on.schedule`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Five fields, or an @name.
    pub cron: String,
    /// An IANA zone name.
    pub timezone: String,
    /// What to do about missed times.
    pub catchup: Catchup,
    /// The inputs of the runs that it starts.
    pub inputs: serde_json::Map<String, serde_json::Value>,
}

/// What a new run does when its concurrency group is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// It waits.
    #[default]
    Queue,
    /// It ends at once, saying why.
    Skip,
    /// It cancels the one that runs.
    CancelRunning,
}

/// Who does not approve: whoever had to do with it before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FourEyes {
    /// Whoever started the run.
    Starter,
    /// Whoever saved the version of the workflow.
    Editor,
}

impl FourEyes {
    /// The word in workflows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Editor => "editor",
        }
    }
}

/// `approval` of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Ask whenever the step has something to do; otherwise only when a limit is exceeded.
    pub always: bool,
    /// The roles that may decide.
    pub by: Vec<String>,
    /// Who may not, whatever their role.
    pub not: Vec<FourEyes>,
    /// How long the question stands.
    pub expires_after: Duration,
}
