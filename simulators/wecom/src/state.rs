//! The state format: what is loaded into a simulator and what a snapshot holds.
//!
//! These types are plain data. Everything except ids has a default, so a test writes only what it
//! is about; unknown keys are refused, so a typing error is not silently ignored. A snapshot is the
//! same format with every field present, and loading it gives the same simulator again.

mod apps;
mod fields;
mod options;
mod people;
mod suites;

use serde::{Deserialize, Serialize};

use crate::options::Identity;

pub use apps::{AppKind, AppState, ContactsReads, ContactsState, VisibleState};
pub use fields::{HiddenField, OauthField, SensitiveFields};
pub use options::{CorpOptions, ImportFileErrors, MailboxChange, MissingDepartment, UnknownDepartment};
pub use people::{DepartmentState, TagState, UserState};
pub use suites::{AuthorizationState, EventForm, ReceiverState, SuiteKind, SuiteState};

/// Everything a simulator holds that callers can change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The corps, by corp id.
    pub corps: Vec<CorpState>,
    /// Apps of service providers (服务商), by suite id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suites: Vec<SuiteState>,
}

impl State {
    /// One corp with a root department, the contact-sync secret and one app that sees everybody.
    pub fn one_corp(identity: &Identity) -> Self {
        Self { corps: vec![CorpState::new(identity)], ..Self::default() }
    }
}

/// One corp.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpState {
    /// The corp id (企业ID).
    pub corpid: String,
    /// The corp's name; also the root department's when that is not listed.
    #[serde(default)]
    pub name: String,
    /// How this corp's platform behaves where the documentation leaves a choice.
    #[serde(default)]
    pub options: CorpOptions,
    /// The contact-sync secret (通讯录同步).
    #[serde(default)]
    pub contacts: ContactsState,
    /// The self-built apps (自建应用).
    #[serde(default)]
    pub apps: Vec<AppState>,
    /// The departments; the root (id 1) is added when missing.
    #[serde(default)]
    pub departments: Vec<DepartmentState>,
    /// The members.
    #[serde(default)]
    pub users: Vec<UserState>,
    /// Userids that were sent an invitation, one entry per invitation.
    #[serde(default)]
    pub invited: Vec<String>,
    /// The tags.
    #[serde(default)]
    pub tags: Vec<TagState>,
    /// The highest department id ever used; ids are never given twice.
    #[serde(default)]
    pub highest_department_id: u32,
}

impl CorpState {
    /// A corp with nothing but its root department.
    pub fn new(identity: &Identity) -> Self {
        Self {
            corpid: identity.corp_id.clone(),
            name: identity.corp_name.clone(),
            contacts: ContactsState { secret: identity.contacts_secret.clone(), ..Default::default() },
            apps: vec![AppState::new(identity.agent_id, &identity.app_secret)],
            ..Default::default()
        }
    }
}
