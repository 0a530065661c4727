//! Messages to people: what is sent, to whom, and who got it.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Issue;

/// A card that opens an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageCard {
    /// Its title.
    pub title: String,
    /// What stands below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it opens.
    pub url: String,
}

/// A message to send. One of `text`, `markdown` and `card` says what; `receivers`, `departments` and `tags`, or `send_all`,
/// say to whom.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// The connection; the only one that can send, where none is named.
    #[serde(default)]
    pub connection: Option<String>,
    /// People of the directory, by account, number or id. Each has to be linked to an account of the connection.
    #[serde(default)]
    pub receivers: Vec<String>,
    /// Departments of the directory, by path or id, with all below them.
    #[serde(default)]
    pub departments: Vec<String>,
    /// Tags of the connected system, by name or number.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Everybody whom the app can reach. It needs `message:broadcast`.
    #[serde(default)]
    pub send_all: bool,
    /// That everybody is meant; without it `send_all` is refused.
    #[serde(default)]
    pub confirm_all: bool,
    /// Send to the others where somebody is unknown or has no link; otherwise nobody gets it.
    #[serde(default)]
    pub skip_unbound: bool,
    /// Send nothing: only say who would get it.
    #[serde(default)]
    pub only_check: bool,
    /// Plain text, 2048 bytes at most.
    #[serde(default)]
    pub text: Option<String>,
    /// Markdown, 2048 bytes at most.
    #[serde(default)]
    pub markdown: Option<String>,
    /// A card.
    #[serde(default)]
    pub card: Option<MessageCard>,
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// It was only looked at.
    Checked,
    /// It waits, because somebody would get too many at once, or the system did not answer.
    Waiting,
    /// It is being sent.
    Sending,
    /// Everybody it was for got it.
    Sent,
    /// Some did not get it.
    Partial,
    /// Nobody got it.
    Failed,
    /// Nobody knows whether it arrived; it is not sent again.
    Unknown,
    /// It was taken back.
    Recalled,
}

/// What a receiver is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiverKind {
    /// A person.
    Person,
    /// A department.
    Department,
    /// A tag.
    Tag,
}

/// What became of a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiverOutcome {
    /// Nothing yet.
    Waiting,
    /// It was sent.
    Sent,
    /// The directory, or the system, knows nobody of this name.
    Missing,
    /// The person, or the department, is not linked.
    Unbound,
    /// The person has left.
    Left,
    /// The account may have gone to somebody else.
    InDoubt,
    /// The system does not know the account, or the app cannot see it.
    OutOfReach,
    /// The system wants a licence for the account.
    Unlicensed,
    /// It was refused.
    Failed,
    /// Nobody knows.
    Unknown,
}

/// One receiver of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageReceiver {
    /// What it is.
    pub kind: ReceiverKind,
    /// As it was asked for.
    pub given: String,
    /// What people call it, where that is known.
    pub name: String,
    /// The key in the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What became of it.
    pub outcome: ReceiverOutcome,
}

/// What the system said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageResult {
    /// The system's code; 0 is success.
    pub errcode: i64,
    /// Its text.
    pub errmsg: String,
    /// Members who did not get it, joined by bars as WeCom does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub invaliduser: String,
    /// Departments that did not get it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub invalidparty: String,
    /// Tags that did not get it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub invalidtag: String,
    /// Members without a licence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unlicenseduser: String,
    /// The system's id of the message; of a long list of receivers the first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub msgid: String,
}

/// What can be done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageVerb {
    /// Take it back: within a day, and not where it waits.
    Recall,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Its id; empty for one that was only looked at.
    pub id: String,
    /// The connection.
    pub connection: String,
    /// How far it is.
    pub state: MessageState,
    /// Who sent it.
    pub by: String,
    /// When that was asked for.
    pub created: String,
    /// When it is tried next, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalled: Option<String>,
    /// The text, the Markdown, or the title of the card.
    pub text: String,
    /// `text`, `markdown` or `card`.
    pub form: String,
    /// Whether it is for everybody.
    pub send_all: bool,
    /// Its receivers; in a list the first hundred.
    pub receivers: Vec<MessageReceiver>,
    /// How many there are.
    pub total: u64,
    /// How many of them got it, as far as the system said.
    pub reached: u64,
    /// What the system said, once it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<MessageResult>,
    /// Why it waits, failed, or is not known to have arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Issue>,
    /// What the caller may do with it now.
    pub allowed: Vec<MessageVerb>,
}

/// Which messages.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MessageFilter {
    /// Those of this connection.
    pub connection: Option<String>,
    /// Those in this state.
    pub state: Option<MessageState>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}
