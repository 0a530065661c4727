#![doc = include_str!("../README.md")]

mod admin;
mod answer;
mod api;
mod chance;
mod check;
mod clock;
mod corp;
mod errors;
mod faults;
mod flight;
mod limits;
mod log;
mod options;
mod quota;
mod running;
mod server;
pub mod state;
mod tokens;
mod world;

pub use check::{Check, JobStatus, Written};
pub use faults::{Effect, FaultRule, FaultStatus, Faults};
pub use limits::{ApiLimits, Block, Conflicts, Limits};
pub use log::{Action, CallerKind, Counts, EffectRecord, MessageRecord, ObjectKind, RequestRecord};
pub use options::{
    DEFAULT_AGENT_ID, DEFAULT_APP_SECRET, DEFAULT_CONTACTS_SECRET, DEFAULT_CORP_ID, DEFAULT_CORP_NAME, Identity,
    ImportSpeed, Latency, Options,
};
pub use quota::ApiUsage;
pub use running::{Error, Running, Simulator};
pub use state::State;
