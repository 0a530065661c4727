//! Signing in by accounts of other systems: which ways there are, whose accounts are bound, and OpenID Connect.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WayKind {
    /// By name and password.
    Password,
    /// By an account of WeCom.
    Wecom,
    /// By OpenID Connect.
    Oidc,
}

/// A way to sign in that is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignInWay {
    /// What it is.
    pub kind: WayKind,
    /// What the button says, where somebody named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What a browser opens, on the address of the server; `?to=/…` after it says where it comes back to. Empty for the password.
    pub start: String,
}

/// Ways to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignInWays {
    /// Those that are offered.
    pub ways: Vec<SignInWay>,
}

/// For which tenant.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub struct WaysFilter {
    /// The tenant; the one from the start where none is named. One that is not there has the ways of all.
    #[serde(default)]
    pub tenant: Option<String>,
}

/// An account of another system by which somebody signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoundIdentity {
    /// Its id.
    pub id: String,
    /// The name of the account here.
    pub account: String,
    /// By what.
    pub way: WayKind,
    /// The connection, of WeCom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// Who it is there: the userid, or the subject.
    pub subject: String,
    /// Who bound it, and how.
    pub by: String,
    /// When.
    pub bound: String,
    /// When somebody signed in by it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<String>,
    /// The person of the directory for whom it stands; without one it is whoever has this userid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// When it ended; nobody signs in by it any more, until somebody binds again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<EndedWhy>,
}

/// Why nobody signs in by an account of another system any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndedWhy {
    /// The person for whom it stood has left.
    PersonLeft,
    /// The system has given it up: the member was deleted there, or has another userid.
    KeyGivenUp,
}

/// Whose.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IdentityFilter {
    /// Those of this account, by name or id.
    pub account: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// An account of another system to bind.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIdentity {
    /// The account here, by name or id.
    pub account: String,
    /// The connection, of WeCom; without one OpenID Connect is meant.
    #[serde(default)]
    pub connection: Option<String>,
    /// The userid, or the subject that the provider gives.
    pub subject: String,
}

/// How people sign in by OpenID Connect.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcSettings {
    /// The address of the provider.
    pub issuer: String,
    /// What the provider calls us.
    pub client_id: String,
    /// What we prove ourselves with; it is never shown. Left out, the one from before stays; empty, there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(write_only)]
    pub client_secret: Option<String>,
    /// What the button says.
    #[serde(default)]
    pub title: Option<String>,
    /// Whether an address for mail that the provider has verified binds an account at its first sign-in: one that has this
    /// address, no password, and nobody bound to it. Otherwise an administrator binds it, or its person by an invitation.
    #[serde(default)]
    pub by_email: bool,
    /// What is asked for beside `openid`; `email` and `profile` where nothing is said.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
}

/// OpenID Connect as it is set up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OidcState {
    /// Whether it is set up.
    pub set_up: bool,
    /// The settings, without the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<OidcSettings>,
    /// Whether there is a secret.
    pub has_secret: bool,
    /// Whether the configuration of the server says so: it is changed there, and nowhere else.
    #[serde(default)]
    pub by_server: bool,
    /// What the provider has to know as the address to which browsers come back, behind the address of the server.
    pub back: String,
    /// The tag of its state: an edit that sends it as `If-Match` changes this state or nothing.
    #[serde(default)]
    pub etag: String,
}

/// People who are asked to give what only they can give: mobile, mail, gender. Each gets a message with a link.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsentInvitation {
    /// People of the directory, by account, number or id.
    #[serde(default)]
    pub receivers: Vec<String>,
    /// Everybody who is linked and whose mobile number is not known.
    #[serde(default)]
    pub all_hidden: bool,
    /// What stands in the message, in place of the usual words.
    #[serde(default)]
    pub text: Option<String>,
    /// Send nothing: only count.
    #[serde(default)]
    pub only_check: bool,
}

/// How far an invitation to consent has come, counted over all that were sent through a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConsentCount {
    /// People who were invited.
    pub invited: u64,
    /// People who gave something.
    pub gave: u64,
    /// People who answered and gave nothing.
    pub gave_nothing: u64,
    /// People who were invited and have not answered.
    pub waiting: u64,
    /// People of whom something was given that could not be kept, because it belongs to somebody else.
    pub conflicts: u64,
    /// People to whom a message goes, or would go.
    pub receivers: u64,
    /// The message that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What a browser opens to give it, on the address of the server.
    pub start: String,
}
