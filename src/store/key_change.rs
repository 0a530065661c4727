//! Is the master key being changed, and which one has the store now?

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec::Loaded, keys, table::Table};

/// A change of the master key: begun, and perhaps done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange {
    /// The id of the key before.
    pub from: String,
    /// The id of the new one.
    pub to: String,
    /// When it began.
    pub begun: i64,
    /// When it was done; nothing: it is underway, and both keys are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<i64>,
}

pub(super) static KEY_CHANGE: Table<KeyChange> = Table::json(keys::META, "other").part("key_change");

/// The newest change of the master key.
pub async fn newest(store: &dyn Kv) -> Result<Option<Loaded<KeyChange>>, StoreError> {
    KEY_CHANGE.loaded(store, KEY_CHANGE.key_of_store()).await
}

/// Notes a change over what was read.
///
/// # Errors
/// Those of the store; a conflict: somebody else changes the key.
pub async fn note(store: &dyn Kv, old: Option<&Loaded<KeyChange>>, new: &KeyChange) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    KEY_CHANGE.replace(&mut batch, KEY_CHANGE.key_of_store(), old, new)?;
    store.commit(batch).await
}
