//! What streams of server-sent events tell. Each event has the name of its `kind`, and as data the object below; `id` is what
//! `Last-Event-ID` or `?after=` resumes from.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    connection::Sick,
    item::FailedItem,
    problem::Issue,
    run::{Counts, Mode, Progress, Status, StepState},
};

/// What a stream can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Runs: new ones, and each change of their state or steps.
    Runs,
    /// How far the runs are that are at work on the node that answers.
    Progress,
    /// Items that go wrong, while they do.
    Items,
    /// How many runs and removals wait for a person.
    Waiting,
    /// Connections that rest because they do not work, and that work again.
    Connections,
}

/// Which events.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LiveFilter {
    /// What they are about, separated by commas: `runs`, `progress`, `items`, `waiting`, `connections`.
    pub topics: String,
    /// Beside that, everything about these runs: their ids, separated by commas.
    pub runs: Option<String>,
    /// The `id` of the last event that was seen, where `Last-Event-ID` cannot be sent.
    pub after: Option<String>,
    /// The tenant, where `X-Tenant-Id` cannot be sent.
    pub tenant: Option<String>,
}

/// Which events of one run.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunLiveFilter {
    /// The `id` of the last event that was seen, where `Last-Event-ID` cannot be sent.
    pub after: Option<String>,
    /// The tenant, where `X-Tenant-Id` cannot be sent.
    pub tenant: Option<String>,
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LiveEvent {
    /// The stream begins. Unless it goes on from where it was, events follow that tell how things stand.
    Hello(LiveHello),
    /// The server does not have the event any more after which the stream was to go on: look at everything again.
    Reset(LiveReset),
    /// A run is new, or has another state.
    Run(Box<LiveRun>),
    /// How far a run is; at most ten times a second.
    Progress(LiveProgress),
    /// Items went wrong.
    Items(LiveItems),
    /// So many wait for a person.
    Waiting(LiveWaiting),
    /// A connection rests, or works again.
    Connection(Box<LiveConnection>),
    /// Whoever reads is too slow: events are missing here, look at everything again.
    Lagged(LiveLagged),
    /// The stream ends.
    End(LiveEnd),
}

/// The beginning of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LiveHello {
    /// The time of the server.
    pub now: String,
    /// Whether the stream goes on exactly where it was.
    pub resumed: bool,
}

/// A stream that cannot go on where it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LiveReset {
    /// The event after which it was to go on.
    pub after: String,
}

/// A run as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveRun {
    /// Its id.
    pub run: String,
    /// Its number among the runs of the workflow, from 1.
    pub no: u64,
    /// The workflow.
    pub workflow: String,
    /// Whether it writes.
    pub mode: Mode,
    /// What started it, as in [`super::run::Trigger`].
    pub trigger: String,
    /// Who started it.
    pub actor: String,
    /// Its state.
    pub status: Status,
    /// The first reason for the state.
    pub status_why: Option<Issue>,
    /// Objects by outcome.
    pub counts: Counts,
    /// Objects by planned action.
    pub planned: Counts,
    /// Rows of its plan.
    pub rows: u32,
    /// Removals of its plan that wait for a person.
    pub waiting_removals: u64,
    /// Its steps.
    pub steps: Vec<StepState>,
    /// When it was accepted.
    pub accepted: String,
    /// When it began.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// When a held run gives up waiting.
    pub expires: Option<String>,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveProgress {
    /// The run.
    pub run: String,
    /// Its counters.
    pub progress: Progress,
}

/// Items of a run that went wrong just now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveItems {
    /// The run.
    pub run: String,
    /// The newest of them, 20 at most.
    pub items: Vec<FailedItem>,
    /// How many more went wrong in the same moment; the items of the run name them.
    pub more: u64,
}

/// What waits for a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LiveWaiting {
    /// Runs that are held.
    pub held: u64,
    /// Removals.
    pub removals: u64,
}

/// The health of a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveConnection {
    /// Its name.
    pub connection: String,
    /// That it rests; absent: it works.
    pub sick: Option<Sick>,
}

/// Events that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LiveLagged {
    /// How many, of all topics.
    pub missed: u64,
}

/// The end of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LiveEnd {
    /// Why.
    pub why: LiveEndWhy,
}

/// Why a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiveEndWhy {
    /// The server stops; another one, or the next start, goes on.
    Stopping,
    /// The session or token is not good any more, or may not see this any more.
    SessionEnded,
    /// The server lost what it reads from; come back later.
    Interrupted,
}

impl LiveEvent {
    /// The name of the event in the stream.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Reset(_) => "reset",
            Self::Run(_) => "run",
            Self::Progress(_) => "progress",
            Self::Items(_) => "items",
            Self::Waiting(_) => "waiting",
            Self::Connection(_) => "connection",
            Self::Lagged(_) => "lagged",
            Self::End(_) => "end",
        }
    }
}
