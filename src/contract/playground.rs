//! The playground: a simulator inside the server on which a tenant tries things out, with what it was asked and what goes wrong in it.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A simulated company to try things out on. It lives in the memory of the server and is gone when the server ends.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Playground {
    /// Whether it runs.
    pub running: bool,
    /// The connection that leads to it.
    pub connection: String,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// Departments that it holds now, without the company itself.
    pub departments: u64,
    /// People whom it holds now.
    pub people: u64,
    /// Calls that came so far.
    pub calls: u64,
    /// How many of them changed something.
    pub writes: u64,
    /// What goes wrong in it.
    pub faults: Vec<PlaygroundFault>,
    /// What its app may see.
    pub range: PlaygroundRange,
    /// The newest calls, the newest first.
    pub seen: Vec<PlaygroundCall>,
}

/// How it begins. One that runs is replaced.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlayground {
    /// How many invented people it holds at the start, at most 5,000; nobody where nothing is said.
    #[serde(default)]
    #[schema(maximum = 5000)]
    pub people: Option<u32>,
}

/// What is to go wrong in it from now on, in the place of what did.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaygroundTrouble {
    /// What goes wrong; nothing where the list is empty.
    pub faults: Vec<PlaygroundFault>,
    /// What its app may see.
    #[serde(default)]
    pub range: PlaygroundRange,
}

/// What goes wrong with some calls.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaygroundFault {
    /// Which calls: a path, the beginning of one with `*` behind it, or `*` for all.
    pub path: String,
    /// What happens to them.
    pub kind: PlaygroundFaultKind,
    /// The code that they are answered with, of `errcode`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errcode: Option<i64>,
    /// By how much they are answered late, in milliseconds, of `delay`; at most 60,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// How many of a hundred calls; all where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 255)]
    pub percent: Option<u8>,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaygroundFaultKind {
    /// It is answered with a code, and nothing is done.
    #[default]
    Errcode,
    /// It is done at once and answered late.
    Delay,
    /// It is not done and never answered.
    NoAnswer,
    /// It is done, and the answer is lost.
    AnswerLost,
}

/// What the app of the simulated company may see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaygroundRange {
    /// The whole company.
    #[default]
    Whole,
    /// The first department below the company.
    OneDepartment,
    /// Nothing.
    Nobody,
}

/// A call that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlaygroundCall {
    /// Its number.
    pub seq: u64,
    /// When it came.
    pub at: String,
    /// Its path.
    pub path: String,
    /// The member or department that it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What it came to; absent where no answer was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errcode: Option<i64>,
    /// Whether something went wrong with it because it was to.
    pub spoilt: bool,
}

/// How much of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PlaygroundAsked {
    /// How many of the newest calls; 50 where nothing is said, at most 500.
    #[param(maximum = 65535)]
    pub calls: Option<u16>,
}
