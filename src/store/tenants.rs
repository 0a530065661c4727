//! Which tenants are there? A tenant is a row; what belongs to it begins with its id. The tenant `default` is there from the
//! start and needs no row as long as nothing about it was changed.

use serde::{Deserialize, Serialize};

use super::{
    Batch, Kv, StoreError,
    codec::Loaded,
    keys::{self, Key},
    table::Table,
};
use crate::model::{id::Tenant, retention::Retention};

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTenant {
    /// Its id.
    pub id: Tenant,
    /// What people call it.
    pub name: String,
    /// When it was made; milliseconds since 1970.
    pub created: i64,
    /// Since when it is put away: nothing is started in it, and its data stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<i64>,
    /// When it was taken up again last. What was due before that is not made up for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<i64>,
    /// Its house number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub house_number: Option<String>,
    /// How long its things are kept, where that is not as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
}

/// Whose a house number is, or was: it is never another tenant's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct House {
    /// The tenant.
    pub tenant: Tenant,
    /// Since when; milliseconds since 1970.
    pub since: i64,
}

impl StoredTenant {
    /// The tenant that is there from the start, without a row.
    fn from_the_start() -> Self {
        let id = Tenant::default_tenant();
        let name = id.as_str().into();
        Self { name, id, created: 0, archived: None, restored: None, house_number: None, retention: None }
    }
}

pub(super) static TENANTS: Table<StoredTenant> = Table::json(keys::TENANT, "tenants");

pub(super) static HOUSES: Table<House> = Table::json(keys::HOUSE, "tenants");

/// Upper and lower case are one number.
fn house_key(number: &str) -> Key {
    HOUSES.key_of_store().name(&number.to_ascii_lowercase())
}

/// Whose a house number is or was.
pub async fn house(store: &dyn Kv, number: &str) -> Result<Option<Loaded<House>>, StoreError> {
    HOUSES.loaded(store, house_key(number)).await
}

/// Takes a number that nobody has or had.
pub fn take_house(batch: &mut Batch, number: &str, house: &House) -> Result<(), StoreError> {
    HOUSES.replace(batch, house_key(number), None, house)
}

/// The tenant of this id; without a row nothing but the one from the start.
pub async fn get(store: &dyn Kv, tenant: &Tenant) -> Result<Option<StoredTenant>, StoreError> {
    let row = loaded(store, tenant).await?.map(|row| row.value);
    Ok(row.or_else(|| (*tenant == Tenant::default_tenant()).then(StoredTenant::from_the_start)))
}

/// The row of a tenant, if it has one, to be changed.
pub async fn loaded(store: &dyn Kv, tenant: &Tenant) -> Result<Option<Loaded<StoredTenant>>, StoreError> {
    TENANTS.loaded(store, TENANTS.key(tenant)).await
}

/// All tenants by id.
pub async fn all(store: &dyn Kv) -> Result<Vec<StoredTenant>, StoreError> {
    let mut all = TENANTS.all(store, Key::of_all(keys::TENANT)).await?;
    let first = StoredTenant::from_the_start();
    if let Err(place) = all.binary_search_by(|row| row.id.as_str().cmp(first.id.as_str())) {
        all.insert(place, first);
    }
    Ok(all)
}

/// Writes a row; `old` is what stood there. Whoever looks after tenants is told.
pub fn put(batch: &mut Batch, old: Option<&Loaded<StoredTenant>>, new: &StoredTenant) -> Result<(), StoreError> {
    batch.notify = true;
    TENANTS.replace(batch, TENANTS.key(&new.id), old, new)
}

/// The tenants that have entries of a kind, in the order of their ids. Each costs one question, and the others nothing: whoever
/// looks after all tenants asks only about those that have something to be looked after.
pub async fn with(store: &dyn Kv, kind: u8) -> Result<Vec<Tenant>, StoreError> {
    let mut found = Vec::new();
    let mut from = vec![kind];
    loop {
        let first = store.scan(from, vec![kind + 1], 1, false).await?;
        let Some((key, _)) = first.first() else { return Ok(found) };
        let id: Vec<u8> = key.iter().skip(1).copied().take_while(|byte| *byte != 0).collect();
        if let Some(tenant) = std::str::from_utf8(&id).ok().and_then(|id| id.parse().ok()) {
            found.push(tenant);
        }
        // After everything of that tenant.
        from = [&[kind][..], &id, &[1]].concat();
    }
}
