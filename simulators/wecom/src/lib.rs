#![doc = include_str!("../README.md")]

mod admin;
mod answer;
mod api;
mod chance;
mod clock;
mod corp;
mod errors;
mod faults;
mod log;
mod options;
mod running;
mod server;
pub mod state;
mod tokens;
mod world;

pub use faults::{Effect, FaultRule, FaultStatus, Faults};
pub use log::{CallerKind, Counts, RequestRecord};
pub use options::{
    DEFAULT_AGENT_ID, DEFAULT_APP_SECRET, DEFAULT_CONTACTS_SECRET, DEFAULT_CORP_ID, DEFAULT_CORP_NAME, Identity,
    Latency, Options,
};
pub use running::{Error, Running, Simulator};
pub use state::State;
