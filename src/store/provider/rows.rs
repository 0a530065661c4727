//! What is kept of a service provider, its suites, and how far each company is?

use std::collections::BTreeMap;

use idflow_sdk::{Grant, Problem};
use serde::{Deserialize, Serialize};

use crate::{model::id::Tenant, store::receivers::StoredKeys};

/// A provider: one for each connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredProvider {
    /// The connector.
    pub connector: String,
    /// A ULID; part of the addresses for commands.
    pub id: String,
    /// Settings as given.
    pub settings: BTreeMap<String, String>,
    /// Secrets, sealed.
    pub sealed: BTreeMap<String, String>,
    /// When each was given last.
    #[serde(default)]
    pub sealed_at: BTreeMap<String, i64>,
    /// The keys of its addresses, by grant.
    pub keys: BTreeMap<String, StoredKeys>,
    /// Who changed it last.
    pub by: String,
    /// When.
    pub changed: i64,
}

/// What one app of a provider was told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSuite {
    /// The newest ticket, sealed, with when it was sent.
    #[serde(default)]
    pub ticket: Option<(i64, String)>,
    /// When a command came last.
    #[serde(default)]
    pub heard: Option<i64>,
    /// Commands that came lately, with when.
    #[serde(default)]
    pub seen: Vec<(String, i64)>,
}

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// A company authorised: a sealed code, and what the invitation carried.
    Authorised {
        /// The code, sealed.
        code: String,
        /// What the invitation carried.
        state: Option<String>,
    },
    /// A company changed what it granted.
    Changed(String),
    /// It took it back.
    Withdrawn(String),
    /// A secret was replaced: a sealed code for the new one.
    Replaced(String),
}

/// A command that is still to be worked off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCommand {
    /// A ULID.
    pub id: String,
    /// The connector.
    pub connector: String,
    /// Which app of the provider.
    pub grant: Grant,
    /// What.
    pub wanted: Wanted,
    /// When it was sent, by the system's clock.
    pub sent: i64,
    /// When it came.
    pub taken: i64,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next.
    pub next: i64,
    /// What its code was exchanged for: a code is good once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeemed: Option<StoredRedeemed>,
}

/// What a code was exchanged for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRedeemed {
    /// The company.
    pub company: String,
    /// What people call it.
    pub title: String,
    /// Who authorised.
    pub who: Option<String>,
    /// The permanent code, sealed.
    pub code: String,
    /// Settings that follow.
    pub settings: BTreeMap<String, String>,
    /// Secrets that follow, sealed.
    pub secrets: BTreeMap<String, String>,
}

/// Whose an invitation or a company is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whose {
    /// The tenant.
    pub tenant: Tenant,
    /// The connection.
    pub connection: String,
}

/// A stage that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// There is a link.
    Invited,
    /// The company authorised.
    AppBuilt,
    /// The app is online.
    Online,
    /// People may be changed.
    ContactsGranted,
    /// Not any more.
    Expired,
    /// It was taken back.
    Cancelled,
}

/// How a stage was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The system told.
    Callback,
    /// A person said so.
    Operator,
    /// Time passed.
    Time,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredStep {
    /// The stage.
    pub stage: Stage,
    /// When.
    pub at: i64,
    /// How.
    pub how: How,
    /// By whom.
    pub by: String,
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLink {
    /// What comes back with the authorisation.
    pub state: String,
    /// The link, sealed.
    pub url: String,
    /// Until when it is good.
    pub until: i64,
    /// Who made it.
    pub by: String,
}

/// A grant of a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredGrant {
    /// The company.
    pub company: String,
    /// What people call it.
    pub title: String,
    /// What proves it, sealed.
    pub code: String,
    /// When it was authorised, by the system's clock: a command from before says nothing about it.
    pub sent: i64,
    /// Since when.
    pub from: i64,
    /// Until when; nothing for one without an end.
    pub until: Option<i64>,
    /// Whether a harmless call has shown that it is good; for the app: that it is published.
    pub confirmed: Option<bool>,
}

/// How far the authorisation behind a connection is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredWay {
    /// What was reached, oldest first.
    pub steps: Vec<StoredStep>,
    /// The app.
    #[serde(default)]
    pub app: Option<StoredGrant>,
    /// The right to change people.
    #[serde(default)]
    pub contacts: Option<StoredGrant>,
    /// Invitations by grant.
    #[serde(default)]
    pub links: BTreeMap<String, StoredLink>,
    /// What went wrong last.
    #[serde(default)]
    pub error: Option<(i64, Problem)>,
}

/// An authorisation that belongs to no connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredStray {
    /// When it came.
    pub at: i64,
    /// The company.
    pub company: Option<String>,
    /// Why it was not taken.
    pub why: Problem,
}
