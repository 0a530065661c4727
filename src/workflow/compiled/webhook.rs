//! Which addresses start a run, and how does a caller show who it is?

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One entry of `on.webhook`: an address that starts a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// The last part of the address, unique within a tenant: letters, digits, `-`, `_`, `.` and `/` between parts.
    pub path: String,
    /// How the caller shows who it is.
    pub verify: Verify,
    /// How far a signed time may be from ours.
    pub window: Duration,
    /// The methods that are taken.
    #[serde(default = "post")]
    pub methods: Vec<String>,
    /// The header in which the secret comes, for [`Verify::Header`].
    #[serde(default)]
    pub header: Option<String>,
    /// How long the answer waits for the end of the run; without it the run's id is answered at once.
    #[serde(default)]
    pub wait: Option<Duration>,
    /// The status of the answer to a call that did what it should.
    #[serde(default)]
    pub status: Option<u16>,
    /// Its body.
    #[serde(default)]
    pub reply: Option<String>,
}

/// The methods of an address that names none.
fn post() -> Vec<String> {
    vec!["POST".into()]
}

/// How the caller of a webhook shows who it is. There is no way to leave it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verify {
    /// Time and body are signed with a shared secret (HMAC with SHA-256): a call that somebody has recorded is worth nothing.
    HmacSha256,
    /// The body alone is signed, for senders that can do no more: whoever records a call can repeat it.
    HmacSha256Body,
    /// A secret word comes along.
    Token,
    /// A secret word comes along as the password of `Authorization: Basic`, with the user name `idflow`.
    Basic,
    /// A secret word comes along in a header of another name.
    Header,
}

impl Verify {
    /// The word used in YAML.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac_sha256",
            Self::HmacSha256Body => "hmac_sha256_body",
            Self::Token => "token",
            Self::Basic => "basic",
            Self::Header => "header",
        }
    }
}
