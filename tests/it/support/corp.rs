//! A simulated WeCom company in this process, on a runtime of its own, with the ids and secrets that the tests use.

use std::ops::Deref;

use serde_json::Value;
use tokio::runtime::Runtime;
use wecom_sim::{Identity, Options, Running, Simulator, State};

/// The company.
pub const CORP_ID: &str = "ww0123456789abcdef";
/// Its app.
pub const AGENT_ID: i64 = 1_000_002;
/// The app's secret.
pub const APP_SECRET: &str = "app-secret-Zk4wQ9tVb2";
/// The secret of the contact sync.
pub const CONTACTS_SECRET: &str = "contacts-secret-Yh7mR3cXn8";

/// A running company.
pub struct Corp {
    running: Running,
    _runtime: Runtime,
}

impl Deref for Corp {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

/// The company with nothing but its root department.
pub fn empty() -> State {
    State::one_corp(&Identity {
        corp_id: CORP_ID.into(),
        corp_name: "Simulated Corp".into(),
        agent_id: AGENT_ID,
        app_secret: APP_SECRET.into(),
        contacts_secret: CONTACTS_SECRET.into(),
    })
}

impl Corp {
    /// An empty company.
    pub fn start() -> Self {
        Self::with(empty())
    }

    /// A company in this state.
    pub fn with(state: State) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime for the simulator");
        let running = runtime.block_on(Simulator::start(Options::with_state(state))).expect("the simulator starts");
        Self { running, _runtime: runtime }
    }

    /// The company as it is now.
    pub fn now(&self) -> Value {
        self.running.snapshot()["corps"][0].take()
    }

    /// One member, or null.
    pub fn member(&self, userid: &str) -> Value {
        let now = self.now();
        let users = now["users"].as_array().expect("users");
        users.iter().find(|user| user["userid"] == userid).cloned().unwrap_or(Value::Null)
    }

    /// How many calls changed something so far.
    pub fn writes(&self) -> u64 {
        self.running.counts().writes
    }
}
