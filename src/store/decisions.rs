//! What people decided about pairs that no rule may decide: the same person, another one, a new one, leave it alone.
//!
//! A decision is about an object of a connection, seen from the other one of a pair (as a rule the directory), so that runs
//! in both directions find the same. `never` stands beside others: somebody may be none of several.

use idflow_sdk::Kind;
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, keys, keys::Key, table::Table};
use crate::model::id::Tenant;

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// It is the object with this key.
    Link(Box<str>),
    /// It is none of those that are there: it is made.
    Create,
    /// It is left alone.
    Ignore,
    /// It is not the object with this key.
    Never(Box<str>),
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The connection of the object that it is about.
    pub connection: String,
    /// The other connection of the pair.
    pub with: String,
    /// The kind of object.
    pub kind: Kind,
    /// The object's key.
    pub key: Box<str>,
    /// What was decided.
    pub choice: Choice,
    /// By whom.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Why, in the person's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The workflow in whose plan the question stood: its reads tell when the object is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// The person of the directory who was not let in by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
}

impl Decision {
    fn place(&self, tenant: &Tenant) -> Key {
        let never = match &self.choice {
            Choice::Never(other) => other,
            _ => "",
        };
        prefix(tenant, &self.connection, &self.with).kind(self.kind).name(&self.key).name(never)
    }

    /// Writes it. It replaces what was said of the object before; that it is this one, that it is not.
    pub fn put(&self, batch: &mut Batch, tenant: &Tenant) -> Result<(), StoreError> {
        if let Choice::Link(other) = &self.choice {
            Self { choice: Choice::Never(other.clone()), ..self.clone() }.drop(batch, tenant);
        }
        DECISIONS.put(batch, self.place(tenant), self)
    }

    /// The same over what stands there now: the commit fails when somebody else decides at the same moment. That it is not
    /// this one also replaces that it is.
    pub async fn put_over(&self, store: &dyn Kv, batch: &mut Batch, tenant: &Tenant) -> Result<(), StoreError> {
        match &self.choice {
            Choice::Link(other) => {
                Self { choice: Choice::Never(other.clone()), ..self.clone() }.drop(batch, tenant);
            }
            Choice::Never(other) => {
                let contrary = Self { choice: Choice::Link(other.clone()), ..self.clone() };
                let said = DECISIONS.loaded(store, contrary.place(tenant)).await?;
                // That it is a third one holds on.
                if let Some(said) = said.filter(|said| said.value.choice == contrary.choice) {
                    DECISIONS.take(batch, contrary.place(tenant), &said);
                }
            }
            Choice::Create | Choice::Ignore => {}
        }
        let old = DECISIONS.loaded(store, self.place(tenant)).await?;
        DECISIONS.replace(batch, self.place(tenant), old.as_ref(), self)
    }

    /// Takes it away.
    pub fn drop(&self, batch: &mut Batch, tenant: &Tenant) {
        DECISIONS.drop(batch, self.place(tenant));
    }
}

pub(super) static DECISIONS: Table<Decision> = Table::json(keys::DECISION, "links");

fn prefix(tenant: &Tenant, connection: &str, with: &str) -> Key {
    DECISIONS.key(tenant).name(connection).name(with)
}

/// The decisions about objects of a connection, seen from another one.
pub async fn of_pair(
    store: &dyn Kv,
    tenant: &Tenant,
    connection: &str,
    with: &str,
) -> Result<Vec<Decision>, StoreError> {
    DECISIONS.all(store, prefix(tenant, connection, with)).await
}

/// All decisions.
pub async fn all(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<Decision>, StoreError> {
    DECISIONS.all(store, DECISIONS.key(tenant)).await
}

/// Forgets all decisions about objects of a connection; gives how many there were.
///
/// # Errors
/// Those of the store.
pub async fn forget(store: &dyn Kv, batch: &mut Batch, tenant: &Tenant, connection: &str) -> Result<u64, StoreError> {
    let mut number = 0;
    for one in all(store, tenant).await? {
        if one.connection == connection || one.with == connection {
            one.drop(batch, tenant);
            number += 1;
        }
    }
    Ok(number)
}

/// Which end of a pair the decisions are about: the one that is not the directory. True: the one that is written.
#[must_use]
pub fn by_target(source: &str, directory: &str) -> bool {
    source == directory
}
