#![doc = include_str!("../README.md")]

mod admin;
mod answer;
mod api;
mod callback;
mod chance;
mod check;
mod clock;
mod console;
mod corp;
pub mod crypto;
mod due;
mod errors;
mod faults;
mod flight;
mod limits;
mod log;
mod options;
mod pages;
mod provider;
mod quota;
mod running;
mod server;
pub mod state;
mod tokens;
mod world;

pub use callback::verify::NewReceiver;
pub use callback::{CallbackAttempt, CallbackOutcome, CallbackRecord, CallbackSettings, ReleaseOrder};
pub use check::{Check, JobStatus, Written};
pub use corp::exports::ExportSpeed;
pub use corp::grants::{Person, Visitor};
pub use faults::{Effect, FaultRule, FaultStatus, Faults};
pub use limits::{ApiLimits, Block, Conflicts, Limits};
pub use log::{Action, CallerKind, Counts, EffectRecord, MessageRecord, ObjectKind, RequestRecord};
pub use options::{
    DEFAULT_AGENT_ID, DEFAULT_APP_SECRET, DEFAULT_CONTACTS_SECRET, DEFAULT_CORP_ID, DEFAULT_CORP_NAME, Identity,
    ImportSpeed, Latency, Options,
};
pub use provider::console::{AuthCode, Authorize, Authorized, ChangeRange};
pub use quota::ApiUsage;
pub use running::{Error, Running, Simulator};
pub use state::State;
