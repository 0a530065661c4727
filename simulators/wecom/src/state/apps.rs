//! What is an app, or the contact sync, and what may it see?

use serde::{Deserialize, Serialize};

use super::{
    fields::{HiddenField, OauthField, SensitiveFields},
    suites::ReceiverState,
};

/// The contact-sync secret and what it may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContactsState {
    /// The secret; an empty one means that contact sync is off.
    pub secret: String,
    /// Addresses that may call; empty means every address.
    pub trusted_ips: Vec<String>,
    /// What it may read.
    pub reads: ContactsReads,
    /// Whether it may write.
    pub edit: bool,
    /// Who is told of changes in the directory (设置接收事件服务器).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiver: Option<ReceiverState>,
}

impl Default for ContactsState {
    fn default() -> Self {
        Self {
            secret: String::new(),
            trusted_ips: Vec::new(),
            reads: ContactsReads::IdsOnly,
            edit: true,
            receiver: None,
        }
    }
}

/// What the contact-sync secret may read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactsReads {
    /// Ids only, as from an address that is new since August 2022.
    #[default]
    IdsOnly,
    /// Everything, as from an address used before.
    Full,
}

/// One self-built app.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppState {
    /// The app's id.
    pub agentid: i64,
    /// The app's name.
    #[serde(default)]
    pub name: String,
    /// The app's secret.
    pub secret: String,
    /// Whom the app may see (可见范围).
    #[serde(default)]
    pub visible: VisibleState,
    /// Addresses that may call; empty means every address.
    #[serde(default)]
    pub trusted_ips: Vec<String>,
    /// Whether the app reads phone numbers, addresses and the like.
    #[serde(default)]
    pub sensitive_fields: SensitiveFields,
    /// 1 when the app is disabled.
    #[serde(default)]
    pub close: u8,
    /// The logo's address.
    #[serde(default)]
    pub square_logo_url: String,
    /// What the app is for.
    #[serde(default)]
    pub description: String,
    /// The trusted domain.
    #[serde(default)]
    pub redirect_domain: String,
    /// Whether the app receives locations.
    #[serde(default)]
    pub report_location_flag: u8,
    /// Whether the app is told when a member enters it.
    #[serde(default)]
    pub isreportenter: u8,
    /// The app's home page.
    #[serde(default)]
    pub home_url: String,
    /// Only customized apps have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customized_publish_status: Option<u8>,
    /// Who built it.
    #[serde(default, skip_serializing_if = "AppKind::is_self_built")]
    pub kind: AppKind,
    /// Fields withheld from it beside the sensitive ones, as `name` (shown as the userid), `position` or `telephone`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden_fields: Vec<HiddenField>,
    /// Whether it is shown the userids of its provider in place of the company's, as providers' apps are that were authorised
    /// since the upgrade of their ids.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provider_ids: bool,
    /// The sensitive fields that the administrator lets members give to this app; all of them unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth_fields: Option<Vec<OauthField>>,
    /// Who gets its messages and events (接收消息).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<ReceiverState>,
}

/// Who built an app; what it is shown follows from that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppKind {
    /// The corp itself (自建应用).
    #[default]
    SelfBuilt,
    /// A provider for this corp (代开发应用): its permanent code is its secret.
    Customized,
    /// A provider for everybody (第三方应用): names, positions and leaders are withheld.
    ThirdParty,
}

impl AppKind {
    fn is_self_built(&self) -> bool {
        *self == Self::SelfBuilt
    }
}

impl AppState {
    /// An app that sees the whole corp.
    pub fn new(agentid: i64, secret: &str) -> Self {
        Self {
            agentid,
            name: "Simulated app".to_owned(),
            secret: secret.to_owned(),
            visible: VisibleState { departments: vec![1], ..Default::default() },
            ..Default::default()
        }
    }
}

/// A visible range.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VisibleState {
    /// Members, by userid.
    pub users: Vec<String>,
    /// Departments; their descendants are included.
    pub departments: Vec<u32>,
    /// Tags, with their members and departments.
    pub tags: Vec<u32>,
}
