//! The provider's way: what a service provider is set up with, and how far the authorisation of a company is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    connection::{SecretSet, Setting},
    problem::{Issue, Text},
    trigger::RefusedCall,
};

/// What a company grants, each by an authorisation of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderGrant {
    /// The app that the provider builds.
    App,
    /// To change departments and people, for two hours.
    Contacts,
}

/// Where the authorisation of a company stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderStage {
    /// Nobody was invited.
    NotInvited,
    /// There is a link; nobody has authorised by it.
    Invited,
    /// The company has authorised; the provider builds and publishes the app.
    AppBuilt,
    /// The app is online: people can be read.
    Online,
    /// People can be changed as well, for a while.
    ContactsGranted,
    /// That while is over; people can be read.
    Expired,
    /// The company or the operator took the authorisation back.
    Cancelled,
}

/// How a stage was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderMove {
    /// The system told.
    Callback,
    /// A person said so.
    Operator,
    /// Time passed.
    Time,
}

/// A stage that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderStep {
    /// Which.
    pub stage: ProviderStage,
    /// What it is called.
    pub title: Text,
    /// When.
    pub at: String,
    /// How.
    pub how: ProviderMove,
    /// By whom: an account, or whoever authorised in the company.
    pub by: String,
}

/// An invitation that is good now. A page draws the link as a QR code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderLink {
    /// To what.
    pub grant: ProviderGrant,
    /// The link; absent for whoever may not change the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Until when it is good.
    pub until: String,
    /// Who made it.
    pub by: String,
}

/// What the caller may do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderVerb {
    /// Invite the company to have the app built.
    InviteApp,
    /// Invite it to let people be changed.
    InviteContacts,
    /// Say that the company has authorised.
    SayAppBuilt,
    /// Say that the app is online.
    SayOnline,
    /// Say that people may be changed.
    SayContactsGranted,
    /// Say that they may not any more.
    SayExpired,
    /// Let go of the authorisation.
    Release,
}

/// Something that this way does not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderUnsupported {
    /// Its name.
    pub name: String,
    /// What it is.
    pub what: Text,
    /// Why not.
    pub why: Text,
}

/// How far the authorisation behind a connection is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProviderWay {
    /// The connection.
    pub connection: String,
    /// Whether the connection comes by a provider; one with secrets of its own does not, and all else is empty.
    pub by_provider: bool,
    /// Whether a provider is set up for the installation.
    pub provider_ready: bool,
    /// Where it stands.
    pub stage: ProviderStage,
    /// What that is called.
    pub title: Text,
    /// What to do next, and who.
    pub next: Text,
    /// What the caller may do.
    pub allowed: Vec<ProviderVerb>,
    /// The company, as people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The company, as it is named to the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_id: Option<String>,
    /// Whether the system says that the app is published; absent where it was not asked yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<bool>,
    /// Until when people may be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts_until: Option<String>,
    /// Whether a harmless call has shown that they may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts_confirmed: Option<bool>,
    /// Invitations that are good now.
    pub links: Vec<ProviderLink>,
    /// The stages that were reached, the newest first.
    pub steps: Vec<ProviderStep>,
    /// What went wrong last, until something went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Issue>,
    /// How the company takes its authorisation back by itself.
    pub release: Text,
    /// What this way does not do, each with its reason.
    pub unsupported: Vec<ProviderUnsupported>,
}

/// An invitation to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProviderInvitation {
    /// To what.
    pub grant: ProviderGrant,
}

/// The stages that a person can say were reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderSaid {
    /// The company has authorised.
    AppBuilt,
    /// The app is online.
    Online,
    /// People may be changed.
    ContactsGranted,
    /// They may not any more.
    Expired,
}

/// A person's word, where no callback came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderWord {
    /// What was reached.
    pub stage: ProviderSaid,
    /// For `app_built` and `contacts_granted`: the code of the authorisation (`auth_code`), which is good once, for ten minutes.
    #[serde(default)]
    #[schema(write_only)]
    pub auth_code: Option<String>,
    /// For `app_built` without a code: what follows from the authorisation (WeCom: `corp_id`, `agent_id`).
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Likewise (WeCom: `app_secret`, the permanent code).
    #[serde(default)]
    #[schema(write_only)]
    pub secrets: BTreeMap<String, String>,
}

/// An address for commands, as it is entered in the provider's console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProviderReceiver {
    /// What it is about.
    pub grant: ProviderGrant,
    /// The address, from the server's own on.
    pub url: String,
    /// Where it is entered.
    pub doc: Text,
    /// When its keys were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys_made: Option<String>,
    /// Until when the keys before the present ones stay good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_keys_until: Option<String>,
    /// When the newest ticket came; without one nothing can be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ticket: Option<String>,
    /// When a command came last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_command: Option<String>,
    /// The last call that was refused, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_refused: Option<RefusedCall>,
    /// The new keys; shown this once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<BTreeMap<String, String>>,
}

/// An authorisation that belongs to no connection, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProviderStray {
    /// When it came.
    pub at: String,
    /// The company, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Why it was not taken.
    pub error: Issue,
}

/// The provider of the installation. Secrets are never shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProviderState {
    /// The connector.
    pub connector: String,
    /// Whether it is set up.
    pub ready: bool,
    /// What is asked for, as a form needs it.
    pub asked: Vec<Setting>,
    /// Its settings.
    pub settings: BTreeMap<String, String>,
    /// The secrets that it has.
    pub secrets: Vec<SecretSet>,
    /// Who changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// The addresses for commands.
    pub receivers: Vec<ProviderReceiver>,
    /// Authorisations that belong to no connection, the newest first.
    pub strays: Vec<ProviderStray>,
    /// What this way does not do, each with its reason.
    pub unsupported: Vec<ProviderUnsupported>,
    /// The tag of its state: an edit that sends it as `If-Match` changes this state or nothing.
    #[serde(default)]
    pub etag: String,
}

/// The provider as somebody gives it: what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderChange {
    /// Settings; null takes one away.
    #[serde(default)]
    pub settings: BTreeMap<String, Option<String>>,
    /// Secrets; written, never read back.
    #[serde(default)]
    #[schema(write_only)]
    pub secrets: BTreeMap<String, Option<String>>,
}

/// Which address gets new keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderKeys {
    /// What it is about.
    pub grant: ProviderGrant,
}
