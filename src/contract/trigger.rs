//! What starts workflows from outside: the addresses of webhooks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::Issue;

/// A call that started nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RefusedCall {
    /// When.
    pub at: String,
    /// Why.
    pub why: Issue,
}

/// The address of a webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Hook {
    /// The address, from the server's own on.
    pub url: String,
    /// Its path in the workflow.
    pub path: String,
    /// The workflow that it starts.
    pub workflow: String,
    /// How the caller is known: `hmac_sha256`, `hmac_sha256_body`, `token`, `basic` or `header`.
    pub verify: String,
    /// The methods that are taken.
    #[serde(default)]
    pub methods: Vec<String>,
    /// How long the answer waits for the end of the run, in milliseconds; absent: it has the run's id at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    /// Whether it has a secret; without one every call is refused.
    pub has_secret: bool,
    /// How far the signed time may be from the server's, in milliseconds, where the time is signed.
    pub window_ms: Option<i64>,
    /// Until when a secret before the present one stays good.
    pub old_secret_until: Option<String>,
    /// What the caller sends.
    pub call: String,
    /// The newest call that started nothing.
    pub refused: Option<RefusedCall>,
    /// The new secret, shown this once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// Which address gets a new secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HookPath {
    /// Its path in the workflow.
    pub path: String,
    /// How long the secret before it stays good, in milliseconds.
    #[serde(default)]
    pub keep_old_ms: i64,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TakenCall {
    /// The run; null when it is not known which one an earlier call started.
    pub run: Option<String>,
    /// The state of the run, where the answer waited for its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<super::run::Status>,
    /// Whether this call came before and has started nothing now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
}
