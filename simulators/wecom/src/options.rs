//! How a simulator is started: address, identity of the default corp, speed, seed, limits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::state::State;

/// The corp id of a simulator that was given no state.
pub const DEFAULT_CORP_ID: &str = "wwsim0000000000001";
/// The corp name of a simulator that was given no state.
pub const DEFAULT_CORP_NAME: &str = "Simulated Corp";
/// The app id of a simulator that was given no state.
pub const DEFAULT_AGENT_ID: i64 = 1_000_002;
/// The app secret of a simulator that was given no state.
pub const DEFAULT_APP_SECRET: &str = "sim-app-secret";
/// The contact-sync secret of a simulator that was given no state.
pub const DEFAULT_CONTACTS_SECRET: &str = "sim-contacts-secret";

/// Ids and secrets of a corp with one app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The corp id.
    pub corp_id: String,
    /// The corp name, also the root department's.
    pub corp_name: String,
    /// The app's id.
    pub agent_id: i64,
    /// The app's secret.
    pub app_secret: String,
    /// The contact-sync secret.
    pub contacts_secret: String,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            corp_id: DEFAULT_CORP_ID.to_owned(),
            corp_name: DEFAULT_CORP_NAME.to_owned(),
            agent_id: DEFAULT_AGENT_ID,
            app_secret: DEFAULT_APP_SECRET.to_owned(),
            contacts_secret: DEFAULT_CONTACTS_SECRET.to_owned(),
        }
    }
}

/// How to start a simulator.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// A word that stands in every admin path (`/_sim/WORD/snapshot`), for a state that not everybody on the machine may read.
    pub admin_key: Option<String>,
    /// What the simulator holds at the start.
    pub state: State,
    /// How long each answer takes.
    pub latency: Latency,
    /// The seed of tokens and jitter.
    pub seed: u64,
    /// How many requests the log keeps; the oldest go first.
    pub log_capacity: usize,
    /// How many wrong secrets within an hour block the address at `gettoken` for an hour.
    pub wrong_secret_limit: u32,
    /// How much a corp may call.
    pub limits: Limits,
    /// How fast import jobs are.
    pub import_speed: ImportSpeed,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            admin_key: None,
            state: State::one_corp(&Identity::default()),
            latency: Latency::default(),
            seed: 1,
            log_capacity: 1_000_000,
            wrong_secret_limit: 2000,
            limits: Limits::default(),
            import_speed: ImportSpeed::default(),
        }
    }
}

impl Options {
    /// The defaults with another state.
    pub fn with_state(state: State) -> Self {
        Self { state, ..Self::default() }
    }
}

/// How fast import jobs are; a job keeps the speed that was set when it was submitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImportSpeed {
    /// Rows a second; a thousandth is the slowest.
    pub rows_per_second: f64,
    /// How long a job says that it has started before its first row, in milliseconds.
    pub start_ms: u64,
}

impl Default for ImportSpeed {
    fn default() -> Self {
        Self { rows_per_second: 2000.0, start_ms: 100 }
    }
}

impl ImportSpeed {
    /// How long one row takes, in milliseconds.
    pub(crate) fn row_ms(self) -> f64 {
        1000.0 / self.rows_per_second.max(0.001)
    }
}

/// How long each answer of the platform takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// The fixed part, in milliseconds.
    #[serde(default)]
    pub ms: u64,
    /// The most that is added at random, in milliseconds.
    #[serde(default)]
    pub jitter_ms: u64,
}

impl Latency {
    /// A fixed time without jitter.
    pub fn fixed(ms: u64) -> Self {
        Self { ms, jitter_ms: 0 }
    }

    /// The time of the call with this number.
    pub(crate) fn of_call(self, seed: u64, number: u64) -> Duration {
        let jitter = match self.jitter_ms {
            0 => 0,
            // The seed is set apart from the one tokens are drawn from.
            most => crate::chance::mix(!seed, number) % most.saturating_add(1),
        };
        Duration::from_millis(self.ms.saturating_add(jitter))
    }
}
