//! Accounts, what they may do in a tenant, sessions, tokens and one-time links.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A role of people. Workflows name them in `approval.by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Owner,
    /// Everything but reading private values.
    Admin,
    /// Runs workflows and looks after what they leave undecided.
    Operator,
    /// Looks, and approves.
    Approver,
    /// Looks.
    Viewer,
}

/// One thing that somebody may do. Each operation of the API names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Permission {
    /// Look at runs, plans and items, with private values masked.
    #[serde(rename = "run:view")]
    RunView,
    /// Start runs, also those that only plan.
    #[serde(rename = "run:start")]
    RunStart,
    /// Approve and reject held runs and removals.
    #[serde(rename = "run:approve")]
    RunApprove,
    /// Cancel, pause, resume and pin runs.
    #[serde(rename = "run:control")]
    RunControl,
    /// Look at workflows and templates.
    #[serde(rename = "workflow:view")]
    WorkflowView,
    /// Save workflows and put them away.
    #[serde(rename = "workflow:edit")]
    WorkflowEdit,
    /// Activate and pause workflows, and make secrets of webhooks.
    #[serde(rename = "workflow:activate")]
    WorkflowActivate,
    /// Look at connections.
    #[serde(rename = "connection:view")]
    ConnectionView,
    /// Add, change, test and remove connections.
    #[serde(rename = "connection:edit")]
    ConnectionEdit,
    /// Look at the directory, with private values masked.
    #[serde(rename = "directory:view")]
    DirectoryView,
    /// Import into the directory.
    #[serde(rename = "directory:import")]
    DirectoryImport,
    /// Make and change departments and people by hand.
    #[serde(rename = "directory:edit")]
    DirectoryEdit,
    /// Look at links and at what is undecided.
    #[serde(rename = "link:view")]
    LinkView,
    /// Change links, and decide what no rule could.
    #[serde(rename = "link:manage")]
    LinkManage,
    /// Look at the store.
    #[serde(rename = "store:view")]
    StoreView,
    /// Forget old runs.
    #[serde(rename = "store:manage")]
    StoreManage,
    /// Look at accounts and tokens.
    #[serde(rename = "account:view")]
    AccountView,
    /// Make and change accounts, and revoke tokens of others.
    #[serde(rename = "account:manage")]
    AccountManage,
    /// Look at one's own sessions and tokens and change them, the password and preferences. Every account may; a token may
    /// not.
    #[serde(rename = "account:self")]
    AccountSelf,
    /// Ask who one is. Everybody may who is known.
    #[serde(rename = "session:view")]
    SessionView,
    /// Read the audit.
    #[serde(rename = "audit:view")]
    AuditView,
    /// Send messages to people, look at those that were sent, and take them back.
    #[serde(rename = "message:send")]
    MessageSend,
    /// Send messages to everybody.
    #[serde(rename = "message:broadcast")]
    MessageBroadcast,
    /// Read private values.
    #[serde(rename = "pii:read")]
    PiiRead,
    /// Begin to bring people into the tenant from another system. Only its owners may.
    #[serde(rename = "tenant:setup")]
    TenantSetup,
    /// Make, name and put away tenants. It belongs to whoever runs the installation, and to no role of a tenant.
    #[serde(rename = "tenant:manage")]
    TenantManage,
}

/// An account, as it is in the tenant that one looks from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// The name to sign in with.
    pub name: String,
    /// What people call it.
    pub display: String,
    /// The address for mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether it may sign in.
    pub disabled: bool,
    /// Whether it has a password.
    pub has_password: bool,
    /// Its roles here.
    pub roles: Vec<Role>,
    /// Its single permissions here, beside those of its roles.
    pub permissions: Vec<Permission>,
    /// When it was made.
    pub created: String,
    /// When it signed in last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_in: Option<String>,
    /// The tag of its state: an edit that sends it as `If-Match` changes this state or nothing.
    #[serde(default)]
    pub etag: String,
}

/// An account to make.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The name to sign in with; an address for mail will do. It cannot be changed later.
    pub name: String,
    /// What people call it; the name where nothing is given.
    #[serde(default)]
    pub display: Option<String>,
    /// The address for mail.
    #[serde(default)]
    pub email: Option<String>,
    /// Its roles here.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Single permissions beside them.
    #[serde(default)]
    pub permissions: Vec<Permission>,
}

/// What an account may do here from now on; nothing at all takes it out of the tenant.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// Its roles.
    pub roles: Vec<Role>,
    /// Single permissions beside them.
    #[serde(default)]
    pub permissions: Vec<Permission>,
}

/// A link that is good once, with the account that it is for. It is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OneTimeLink {
    /// The account; absent when it makes the first owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// What follows the address of the server.
    pub path: String,
    /// What a program redeems.
    pub code: String,
    /// Until when it is good.
    pub expires: String,
}

/// For whom a link is made.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkFor {
    /// The account, by name or id. Without one: the only owner, or whoever becomes the first one.
    #[serde(default)]
    pub account: Option<String>,
}

/// A password to set for another account, by the operator of the machine.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenPassword {
    /// The password.
    #[schema(write_only)]
    pub password: String,
}

/// Another password for oneself.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password until now; left out when there is none.
    #[serde(default)]
    #[schema(write_only)]
    pub old_password: Option<String>,
    /// The password from now on.
    #[schema(write_only)]
    pub password: String,
}

/// What somebody shows to sign in.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The name.
    pub name: String,
    /// The password.
    #[schema(write_only)]
    pub password: String,
}

/// A one-time link that somebody uses.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Redeem {
    /// Its code.
    #[schema(write_only)]
    pub code: String,
    /// The sign-in name of the first owner; nothing for others.
    #[serde(default)]
    pub name: Option<String>,
    /// The password from now on. On a loopback address it may be left out as long as the account has none.
    #[serde(default)]
    #[schema(write_only)]
    pub password: Option<String>,
}

/// How people proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// By the key of the data folder.
    Local,
    /// By a session.
    Session,
    /// By a token.
    Token,
}

/// A tenant in which somebody may do something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnTenant {
    /// Its id.
    pub id: String,
    /// One's roles there.
    pub roles: Vec<Role>,
}

/// Who one is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The name that logs and the audit show.
    pub actor: String,
    /// How that was proved.
    pub proof: Proof,
    /// The account; absent for the holder of the local key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The tenant that this call is about.
    pub tenant: String,
    /// The tenants that one may look at.
    pub tenants: Vec<OwnTenant>,
    /// One's roles in this tenant.
    pub roles: Vec<Role>,
    /// What one may do in this tenant.
    pub permissions: Vec<Permission>,
    /// Language, zone and theme, as far as they were chosen.
    pub preferences: Preferences,
    /// The id of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What every write of this session has to send as `X-Idflow-Csrf`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csrf: Option<String>,
}

/// What somebody chose for themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// `zh` or `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// A time zone, for example `Asia/Shanghai`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// `light`, `dark` or `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// The name of the account.
    pub account: String,
    /// When somebody signed in.
    pub created: String,
    /// When it was used last, to within five minutes.
    pub seen: String,
    /// When it ends, if nothing is done in it before.
    pub expires: String,
    /// From where.
    pub address: String,
    /// With what, as that says about itself.
    pub agent: String,
    /// How somebody signed in: `password`, `link`, `oidc`, `wecom`; empty for one from before this was noted.
    #[serde(default)]
    pub way: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Whose sessions.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SessionFilter {
    /// The account, by name or id; one's own where nothing is given.
    pub account: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// A token of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The account in whose name it acts; absent for one that the operator of the machine made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What it may do, as long as its account may.
    pub permissions: Vec<Permission>,
    /// When it was made.
    pub created: String,
    /// Until when it is good.
    pub expires: String,
    /// When it was used last, to within five minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<String>,
    /// The token itself, shown when it is made and never again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A token to make.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What people call it.
    pub name: String,
    /// What it may do: permissions that one has.
    pub permissions: Vec<Permission>,
    /// For how many days it is good: 90 where nothing is said, 365 at most.
    #[serde(default)]
    pub days: Option<u32>,
}

/// What was ended, taken away or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Changed {
    /// Its id.
    pub id: String,
    /// What was done: `signed_out`, `revoked`, `changed`.
    pub done: String,
    /// Sessions that ended with it.
    #[serde(default)]
    pub sessions: u64,
}
