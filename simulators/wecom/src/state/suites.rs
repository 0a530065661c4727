//! What is the app of a provider, and who has installed it? Where are events sent?

use serde::{Deserialize, Serialize};

/// An address that is called with events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverState {
    /// The address; only `http://` ones are called.
    pub url: String,
    /// The token that signs.
    pub token: String,
    /// The key that encrypts, 43 letters and digits.
    pub encoding_aes_key: String,
    /// How much an event tells; without it, what is usual since August 2022.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<EventForm>,
}

/// How much a change of the directory tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventForm {
    /// Ids only, and only when membership, userid or parent changed: addresses saved since 2022-08-15.
    Reduced,
    /// What the object is, or what of it changed: addresses saved before, and apps.
    Full,
}

/// One app of a service provider, as the platform keeps it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteState {
    /// Its id: `ww...` for an app, `dk...` for a template of customized apps.
    pub suite_id: String,
    /// Its secret.
    pub suite_secret: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What corps get from it.
    pub kind: SuiteKind,
    /// The provider's own corp.
    #[serde(default)]
    pub provider_corpid: String,
    /// The provider's own secret.
    #[serde(default)]
    pub provider_secret: String,
    /// Addresses that may call; empty means every address.
    #[serde(default)]
    pub trusted_ips: Vec<String>,
    /// Where tickets and authorisations are sent (指令回调).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<ReceiverState>,
    /// The corps that authorised it.
    #[serde(default)]
    pub authorizations: Vec<AuthorizationState>,
}

/// What corps get from an app of a provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuiteKind {
    /// A third-party app (第三方应用).
    #[default]
    ThirdParty,
    /// A customized app built from a template (代开发应用).
    Customized,
    /// No app, but the right to edit the directory (通讯录编辑授权).
    ContactEdit,
}

/// One corp that authorised an app of a provider.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationState {
    /// The corp.
    pub corpid: String,
    /// The app in that corp; 0 for the right to edit the directory.
    #[serde(default)]
    pub agentid: i64,
    /// The permanent code, once it was given.
    #[serde(default)]
    pub permanent_code: String,
    /// The administrator who scanned the code.
    #[serde(default)]
    pub admin: String,
    /// When it ends, in milliseconds since 1970 on the simulator's clock; for ever without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<u64>,
}
