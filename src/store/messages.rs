//! Messages that people sent, with what became of each receiver. Ids are in the order of time, so the newest stand last.

use idflow_sdk::{Problem, messenger::Content};
use serde::{Deserialize, Serialize};

use super::{
    Batch, Kv, StoreError,
    codec::Loaded,
    keys::{self, Key},
    table::Table,
};
use crate::{
    contract::message::{ReceiverKind, ReceiverOutcome},
    model::id::Tenant,
};

/// Old messages that are forgotten in one commit.
const MOST_FORGOTTEN: usize = 50;

/// How far a message is, as far as that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The next part waits for its time.
    Waiting,
    /// A part is on its way.
    Sending,
    /// Nothing more is sent.
    Over,
}

/// One receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReceiver {
    /// What it is.
    pub kind: ReceiverKind,
    /// As it was asked for.
    pub given: String,
    /// What people call it.
    pub name: String,
    /// The key in the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What became of it.
    pub outcome: ReceiverOutcome,
}

/// What the system said about a part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPart {
    /// Its id of what was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its code.
    pub code: i64,
    /// Its text.
    pub text: String,
    /// When.
    pub at: i64,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMessage {
    /// A ULID.
    pub id: String,
    /// The connection.
    pub connection: String,
    /// Who sent it.
    pub by: String,
    /// When that was asked for.
    pub created: i64,
    /// What it says.
    pub content: Content,
    /// Whether it is for everybody.
    #[serde(default)]
    pub everybody: bool,
    /// Its receivers.
    pub receivers: Vec<StoredReceiver>,
    /// Parts about which the system answered, in order.
    #[serde(default)]
    pub parts: Vec<StoredPart>,
    /// How far it is.
    pub stage: Stage,
    /// When the next part is tried.
    pub due: i64,
    /// How often the next part was tried in vain.
    #[serde(default)]
    pub tries: u32,
    /// The process that sends a part, or did.
    #[serde(default)]
    pub process: String,
    /// Why it waits, or what stopped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalled: Option<i64>,
}

pub(super) static MESSAGES: Table<StoredMessage> = Table::json(keys::MESSAGE, "other");

fn key(tenant: &Tenant, id: &str) -> Key {
    MESSAGES.key(tenant).name(id)
}

/// The one with this id.
pub async fn get(store: &dyn Kv, tenant: &Tenant, id: &str) -> Result<Option<Loaded<StoredMessage>>, StoreError> {
    if id.is_empty() || id.len() > 64 || id.contains('\0') {
        return Ok(None);
    }
    MESSAGES.loaded(store, key(tenant, id)).await
}

/// Writes one; `old` is what stood there.
pub fn put(
    batch: &mut Batch,
    tenant: &Tenant,
    old: Option<&Loaded<StoredMessage>>,
    new: &StoredMessage,
) -> Result<(), StoreError> {
    MESSAGES.replace(batch, key(tenant, &new.id), old, new)
}

/// Messages before this id, the newest first.
pub async fn before(
    store: &dyn Kv,
    tenant: &Tenant,
    id: Option<&str>,
    limit: usize,
) -> Result<Vec<StoredMessage>, StoreError> {
    let from = MESSAGES.key(tenant).bytes();
    let until = id.map_or_else(|| keys::end_of(&from), |id| key(tenant, id).bytes());
    let found = store.scan(from, until, limit, true).await?;
    found.into_iter().map(|(_, value)| Ok(Loaded::of(value)?.value)).collect()
}

/// Forgets some that are over and were made before this time.
pub async fn forget(store: &dyn Kv, batch: &mut Batch, tenant: &Tenant, before: i64) -> Result<(), StoreError> {
    let from = MESSAGES.key(tenant).bytes();
    let until = keys::end_of(&from);
    for (key, value) in store.scan(from, until, MOST_FORGOTTEN, false).await? {
        let message: StoredMessage = Loaded::of(value)?.value;
        if message.created >= before {
            break;
        }
        if message.stage == Stage::Over {
            batch.deletes.push(key);
        }
    }
    Ok(())
}
