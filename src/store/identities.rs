//! Which account of another system is connected already, in whatever tenant? Two connections of one account would write to the
//! same people without knowing of each other.
//!
//! An entry stands for the settings that identify an account (of WeCom: corp id and agent id) and belongs to no tenant. It is
//! written in the commit that writes the connection, and expected as it was read: of two connections that are made at the same
//! moment one is refused.

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec::Loaded, keys, keys::Key, table::Table};
use crate::model::id::Tenant;

/// Who has an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The tenant.
    pub tenant: Tenant,
    /// The name of its connection.
    pub connection: String,
}

pub(super) static HOLDERS: Table<Holder> = Table::json(keys::IDENTITY, "connections");

/// An account of another system: the connector, and what its settings tell of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    connector: String,
    account: String,
}

impl Account {
    /// The account with this identity.
    #[must_use]
    pub fn new(connector: &str, account: &str) -> Self {
        Self { connector: connector.into(), account: account.into() }
    }

    fn key(&self) -> Key {
        HOLDERS.key_of_store().name(&self.connector).raw(self.account.as_bytes())
    }

    /// Who has it.
    pub async fn holder(&self, store: &dyn Kv) -> Result<Option<Loaded<Holder>>, StoreError> {
        HOLDERS.loaded(store, self.key()).await
    }

    /// Gives it to a connection; `before` is who had it when that was looked at.
    pub fn take(&self, batch: &mut Batch, before: Option<&Loaded<Holder>>, holder: &Holder) -> Result<(), StoreError> {
        HOLDERS.replace(batch, self.key(), before, holder)
    }

    /// Gives it back.
    pub fn free(&self, batch: &mut Batch) {
        HOLDERS.drop(batch, self.key());
    }
}
