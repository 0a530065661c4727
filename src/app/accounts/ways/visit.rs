//! A sign-in elsewhere: what a browser asks for, where it is sent, what it brings back, and who that is.

use serde::{Deserialize, Serialize};

use crate::{app::accounts::SignedIn, model::id::Tenant};

/// What a browser asks for when it begins.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Begin {
    /// Where it wants to be afterwards.
    #[serde(default)]
    pub to: Option<String>,
    /// An invitation: the code of a link that is good once.
    #[serde(default)]
    pub invitation: Option<String>,
    /// `login`, or `consent`: to give what only the person can give.
    #[serde(default)]
    pub purpose: Option<String>,
}

impl Begin {
    pub(super) fn gives(&self) -> bool {
        self.purpose.as_deref() == Some("consent")
    }
}

/// What it brings back.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Back {
    /// The code.
    #[serde(default)]
    pub code: Option<String>,
    /// The state.
    #[serde(default)]
    pub state: Option<String>,
    /// Why there is no code.
    #[serde(default)]
    pub error: Option<String>,
    /// Who answers (RFC 9207).
    #[serde(default)]
    pub iss: Option<String>,
}

/// Where a browser is sent, and what it keeps until it comes back.
pub struct Sent {
    /// The page of the other system.
    pub location: String,
    /// The value of the cookie.
    pub kept: String,
}

/// Somebody who came back and is signed in.
pub struct Entered {
    /// Who.
    pub signed: SignedIn,
    /// Where the browser wants to be.
    pub to: String,
}

/// A sign-in that is under way; sealed in a cookie.
#[derive(Serialize, Deserialize)]
pub(super) struct Attempt {
    pub(super) way: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    pub(super) expires: i64,
    pub(super) to: String,
    #[serde(default)]
    pub(super) invitation: Option<String>,
    #[serde(default)]
    pub(super) gives: bool,
}

/// Who came back.
pub(super) struct Came<'a> {
    /// `oidc`, or the connector's name.
    pub(super) way: &'a str,
    pub(super) issuer: &'a str,
    pub(super) subject: &'a str,
    /// The same as the system writes it.
    pub(super) key: &'a str,
    /// What the system calls them, where that is known.
    pub(super) name: Option<&'a str>,
    /// The tenant whose connection says so, and the connection.
    pub(super) of: Option<(&'a Tenant, &'a str)>,
    /// An address for mail that was verified, where that may bind an account.
    pub(super) email: Option<&'a str>,
}
