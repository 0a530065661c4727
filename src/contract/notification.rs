//! Notifications: who is told of what goes wrong, waits, or is well again, by which way, and what became of each message.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::{Issue, Text};

/// What somebody can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationEvent {
    /// A run has failed.
    RunFailed,
    /// A run waits for an approval.
    RunHeld,
    /// A run has ended, and some objects are not as wanted.
    RunPartial,
    /// A run has succeeded after one that had not.
    RunRecovered,
    /// The time for the approval of a run is nearly over.
    ApprovalExpiring,
    /// Removals wait for a decision that did not wait before.
    RemovalsWaiting,
    /// A connection stops runs.
    ConnectionUnhealthy,
    /// Calls of a system to our address are refused.
    CallbackUnhealthy,
    /// A right that a company granted to a provider's app is nearly over.
    GrantExpiring,
}

/// The way of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum NotificationChannel {
    /// A message of the app of a connection.
    Message {
        /// The connection.
        connection: String,
        /// The accounts there of those who get it.
        #[serde(default)]
        to_users: Vec<String>,
        /// The departments there, by id.
        #[serde(default)]
        to_departments: Vec<String>,
        /// The tags there, by id.
        #[serde(default)]
        to_tags: Vec<String>,
    },
    /// A mail, by the mail server of the tenant.
    Mail {
        /// The addresses.
        to: Vec<String>,
    },
    /// A signed call of an address.
    Webhook {
        /// The address: `https://` or `http://`.
        url: String,
    },
}

/// The language of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationLanguage {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// Hours in which nothing is sent; what happens meanwhile is told in one message afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// When they begin: `22:00`.
    pub from: String,
    /// When they end: `07:30`; before `from` it is on the next day.
    pub to: String,
    /// The zone of both: `Asia/Shanghai`.
    pub timezone: String,
}

/// A rule: who is told of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationRule {
    /// Its id: lower-case letters, digits and `_`, a letter first.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether it is in use.
    pub enabled: bool,
    /// What it tells of.
    pub events: Vec<NotificationEvent>,
    /// The workflows whose runs it tells of; all where none is named.
    pub workflows: Vec<String>,
    /// The way.
    pub channel: NotificationChannel,
    /// The language.
    pub language: NotificationLanguage,
    /// When nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
    /// How long what happens is gathered into one message after the first, in milliseconds.
    pub collect_ms: i64,
    /// How long before an approval expires it is told, in milliseconds.
    pub expiring_ms: i64,
    /// When it was changed last.
    pub changed: String,
    /// By whom.
    pub changed_by: String,
    /// How much waits to be told.
    pub waiting: u64,
    /// What became of its newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<NotificationDelivery>,
    /// The secret by which the calls of an address are signed, shown when it is made and never again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The tag of its state: an edit that sends it as `If-Match` changes this state or nothing.
    #[serde(default)]
    pub etag: String,
}

/// A rule as it is to be.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutNotificationRule {
    /// What people call it; by default its id.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it is in use; it is where nothing is said.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// What it tells of.
    pub events: Vec<NotificationEvent>,
    /// The workflows whose runs it tells of; all where none is named.
    #[serde(default)]
    pub workflows: Vec<String>,
    /// The way.
    pub channel: NotificationChannel,
    /// The language; Chinese where nothing is said.
    #[serde(default)]
    pub language: NotificationLanguage,
    /// When nothing is sent.
    #[serde(default)]
    pub quiet: Option<QuietHours>,
    /// How long what happens is gathered after the first, in milliseconds: at most an hour; a minute where nothing is said.
    #[serde(default)]
    pub collect_ms: Option<i64>,
    /// How long before an approval expires it is told, in milliseconds: at most 7 days; 4 hours where nothing is said.
    #[serde(default)]
    pub expiring_ms: Option<i64>,
    /// Make a new secret for the calls of its address.
    #[serde(default)]
    pub new_secret: bool,
}

/// A rule that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemovedNotificationRule {
    /// Its id.
    pub id: String,
    /// That it is.
    pub removed: bool,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is on its way.
    Sending,
    /// It was not taken, and is sent again.
    Waiting,
    /// It was taken.
    Delivered,
    /// It was not taken, and is not sent again.
    Failed,
    /// The process ended while it was sent: nobody knows, and it is not sent again.
    Unknown,
}

/// One thing that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationItem {
    /// What.
    pub event: NotificationEvent,
    /// When.
    pub happened: String,
    /// What happened.
    pub what: Text,
    /// What to do next.
    pub next: Text,
    /// The workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// Where to look.
    pub url: String,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationDelivery {
    /// Its id; a call of an address has it as `Idempotency-Key`.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// The way: `message`, `mail` or `webhook`.
    pub channel: String,
    /// What became of it.
    pub state: DeliveryState,
    /// Whether somebody only tried the rule.
    pub test: bool,
    /// When it was made.
    pub created: String,
    /// How often it was sent.
    pub tries: u32,
    /// When it is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try: Option<String>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// What went wrong with it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Issue>,
    /// What it tells.
    pub items: Vec<NotificationItem>,
}

/// Which messages.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// Those of this rule.
    pub rule: Option<String>,
    /// Those in this state.
    pub state: Option<DeliveryState>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// How the mail server is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// Encrypted from the first byte (usually port 465).
    #[default]
    Tls,
    /// Encrypted after `STARTTLS`, else not at all spoken to (usually port 587).
    Starttls,
    /// Not encrypted; without a password only (usually port 25).
    None,
}

/// The mail server of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailSettings {
    /// Whether there is one.
    pub configured: bool,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub security: MailSecurity,
    /// The account; empty: it asks for none.
    pub username: String,
    /// Whether there is a password.
    pub has_password: bool,
    /// Who mails come from: an address, or `Name <address>`.
    pub from: String,
    /// Further certificates that are believed, in PEM, for a company's own authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// When it was changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// The tag of its state: an edit that sends it as `If-Match` changes this state or nothing.
    #[serde(default)]
    pub etag: String,
}

/// The mail server as it is to be.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutMailSettings {
    /// Its host.
    pub host: String,
    /// Its port; 465, 587 or 25 by the way it is spoken to where nothing is said.
    #[serde(default)]
    #[schema(maximum = 65535)]
    pub port: Option<u16>,
    /// How it is spoken to; encrypted where nothing is said.
    #[serde(default)]
    pub security: MailSecurity,
    /// The account; nothing: it asks for none.
    #[serde(default)]
    pub username: Option<String>,
    /// The password. Left out, the one before stays, as long as host and account are the same.
    #[serde(default)]
    pub password: Option<String>,
    /// Who mails come from: an address, or `Name <address>`.
    pub from: String,
    /// Further certificates that are believed, in PEM, for a company's own authority.
    #[serde(default)]
    pub ca: Option<String>,
}

/// To whom a mail is sent for a try.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailTrial {
    /// The address.
    pub to: String,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationTrial {
    /// Whether the message was taken.
    pub delivered: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Issue>,
}
