//! Accounts of the installation, what they may do in each tenant, their sessions, tokens and one-time links.
//!
//! Of whatever proves who somebody is, only a hash is stored: argon2id of passwords, which people choose, and SHA-256 of
//! what the program draws at random, which nobody can guess.
//!
//! Accounts are few and change rarely, and rules look at all of them ("a tenant keeps an owner"). So every change of an
//! account or of a grant also moves one mark, and two of them at the same time are a conflict.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Batch, Kv, StoreError,
    codec::Loaded,
    keys::{self, Key},
    table::Table,
};
use crate::model::id::Tenant;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAccount {
    /// A ULID.
    pub id: String,
    /// The name to sign in with, in lower case; it never changes, and is what logs and the audit show.
    pub name: String,
    /// What people call it.
    pub display: String,
    /// The address for mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `language`, `zone`, `theme`.
    #[serde(default)]
    pub preferences: BTreeMap<String, String>,
    /// A disabled account proves nothing to anybody.
    #[serde(default)]
    pub disabled: bool,
    /// The hash of its password (argon2id, in PHC form).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// When it was made.
    pub created: i64,
    /// When it was changed.
    pub changed: i64,
    /// When it signed in last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_in: Option<i64>,
}

/// What an account may do in one tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its roles, by name.
    pub roles: Vec<String>,
    /// Single permissions beside them, by name.
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSession {
    /// A ULID.
    pub id: String,
    /// The account.
    pub account: String,
    /// The hash of its secret.
    pub hash: String,
    /// When somebody signed in.
    pub created: i64,
    /// When it was used last, to within some minutes.
    pub seen: i64,
    /// From where.
    pub address: String,
    /// With what, as that says about itself.
    pub agent: String,
    /// How somebody signed in: `password`, `link`, `oidc`, or the connector's name.
    #[serde(default)]
    pub way: String,
    /// The only tenant that it is good for: whoever looks after a connection of one tenant vouches for people there, and
    /// nowhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The [`StoredIdentity`] by which somebody signed in: the session ends with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
}

/// A token of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredToken {
    /// A ULID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The hash of its secret.
    pub hash: String,
    /// The tenant that it is good for.
    pub tenant: String,
    /// The account in whose name it acts, which bounds it; without one it was made by the operator of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What it may do, by name.
    pub permissions: Vec<String>,
    /// When it was made.
    pub created: i64,
    /// Until when it is good.
    pub expires: i64,
    /// When it was used last, to within some minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<i64>,
}

/// A link that is good once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTime {
    /// A ULID.
    pub id: String,
    /// The hash of its secret.
    pub hash: String,
    /// The account that it signs in; without one it makes the first owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Until when it is good.
    pub expires: i64,
}

/// Somebody of another system who may sign in as an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredIdentity {
    /// The digest of who vouches for it, and of who it is there.
    pub id: String,
    /// The account.
    pub account: String,
    /// `oidc`, or the connector's name.
    pub way: String,
    /// Who vouches for it.
    pub issuer: String,
    /// Who it is there.
    pub subject: String,
    /// The tenant whose connection it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The name of the connection, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// Who bound it, and how.
    pub by: String,
    /// When.
    pub bound: i64,
    /// When somebody signed in by it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<i64>,
    /// The person of the directory who was linked to it when it was bound, or when somebody first signed in by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What the system called whoever signed in by it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<String>,
    /// That it is over. It is kept, so that everybody sees why; whoever binds again takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// That nobody signs in by an identity any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Since when.
    pub at: i64,
    /// Why.
    pub why: EndedBy,
}

/// Why nobody signs in by an identity any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The person for whom it stood has left.
    PersonLeft,
    /// The system has given its key up: the member was deleted there, or has another key.
    KeyGivenUp,
}

/// How people sign in by OpenID Connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredOidc {
    /// Always the same: there is one.
    pub id: String,
    /// The address of the provider.
    pub issuer: String,
    /// What the provider calls us.
    pub client_id: String,
    /// What we prove ourselves with, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// What the button says.
    pub title: String,
    /// Whether a verified address for mail binds an account at its first sign-in.
    #[serde(default)]
    pub by_email: bool,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
}

pub(super) static ACCOUNTS: Table<StoredAccount> = Table::json(keys::ACCOUNT, "accounts").part("id");
pub(super) static NAMES: Table<String> = Table::json(keys::ACCOUNT, "accounts").part("name");
pub(super) static GRANTS: Table<Grant> = Table::json(keys::ACCOUNT, "accounts").part("grant");
pub(super) static MARK: Table<u64> = Table::json(keys::ACCOUNT, "accounts").part("mark");
pub(super) static SESSIONS: Table<StoredSession> = Table::json(keys::SESSION, "accounts");
pub(super) static TOKENS: Table<StoredToken> = Table::json(keys::TOKEN, "accounts");
pub(super) static LINKS: Table<OneTime> = Table::json(keys::ONE_TIME, "accounts");
pub(super) static IDENTITIES: Table<StoredIdentity> = Table::json(keys::ACCOUNT, "accounts").part("identity");
pub(super) static OIDC: Table<StoredOidc> = Table::json(keys::ACCOUNT, "accounts").part("oidc");
/// Sign-ins that came back from another system, until when they are remembered.
pub(super) static SPENT: Table<i64> = Table::json(keys::ACCOUNT, "accounts").part("spent");
/// Those that are forgotten in one commit.
const MOST_SPENT: usize = 100;

/// What belongs to the installation and is found by its id.
pub trait Kept: Serialize + DeserializeOwned + 'static {
    /// Its table.
    fn table() -> &'static Table<Self>;
    /// Its id.
    fn id(&self) -> &str;
}

macro_rules! kept {
    ($($type:ty => $table:ident),*) => {$(
        impl Kept for $type {
            fn table() -> &'static Table<Self> {
                &$table
            }
            fn id(&self) -> &str {
                &self.id
            }
        }
    )*};
}

kept!(StoredAccount => ACCOUNTS, StoredSession => SESSIONS, StoredToken => TOKENS, OneTime => LINKS,
    StoredIdentity => IDENTITIES, StoredOidc => OIDC);

fn key<T: Kept>(id: &str) -> Key {
    T::table().key_of_store().name(id)
}

/// The one with this id.
pub async fn get<T: Kept>(store: &dyn Kv, id: &str) -> Result<Option<Loaded<T>>, StoreError> {
    // An id from outside may be anything; one that cannot stand in a key is nobody's.
    if id.is_empty() || id.len() > 64 || id.contains('\0') {
        return Ok(None);
    }
    T::table().loaded(store, key::<T>(id)).await
}

/// All of a sort, by id, so the oldest first.
pub async fn all<T: Kept>(store: &dyn Kv) -> Result<Vec<T>, StoreError> {
    T::table().all(store, T::table().key_of_store()).await
}

/// Writes one; `old` is what stood there.
pub fn put<T: Kept>(batch: &mut Batch, old: Option<&Loaded<T>>, new: &T) -> Result<(), StoreError> {
    T::table().replace(batch, key::<T>(new.id()), old, new)
}

/// Removes one that is still as it was read.
pub fn drop_one<T: Kept>(batch: &mut Batch, old: &Loaded<T>) {
    T::table().take(batch, key::<T>(old.value.id()), old);
}

/// Removes one, however it is.
pub fn forget<T: Kept>(batch: &mut Batch, one: &T) {
    T::table().drop(batch, key::<T>(one.id()));
}

/// The id of the account with this sign-in name.
pub async fn by_name(store: &dyn Kv, name: &str) -> Result<Option<String>, StoreError> {
    if name.len() > 1024 || name.contains('\0') {
        return Ok(None);
    }
    NAMES.get(store, NAMES.key_of_store().name(name)).await
}

/// Takes a sign-in name that nobody has.
pub fn take_name(batch: &mut Batch, account: &StoredAccount) -> Result<(), StoreError> {
    NAMES.add(batch, NAMES.key_of_store().name(&account.name), &account.id)
}

/// What marks how accounts and grants are.
pub async fn mark(store: &dyn Kv) -> Result<Option<Loaded<u64>>, StoreError> {
    MARK.loaded(store, MARK.key_of_store()).await
}

/// Moves the mark on, expecting that it is as it was read.
pub fn move_mark(batch: &mut Batch, before: Option<&Loaded<u64>>) -> Result<(), StoreError> {
    let next = before.map_or(1, |before| before.value.wrapping_add(1));
    MARK.replace(batch, MARK.key_of_store(), before, &next)
}

/// Expects that the mark is as it was read.
pub fn expect_mark(batch: &mut Batch, before: Option<&Loaded<u64>>) {
    batch.expect.push((MARK.key_of_store().bytes(), before.map(Loaded::raw)));
}

fn grants_of(account: &str) -> Key {
    GRANTS.key_of_store().name(account)
}

/// What an account may do, by tenant.
pub async fn grants(store: &dyn Kv, account: &str) -> Result<BTreeMap<String, Grant>, StoreError> {
    let found = GRANTS.entries(store, grants_of(account)).await?;
    Ok(found.into_iter().map(|(rest, grant)| (rest.name(0), grant)).collect())
}

/// What every account may do, by account and tenant.
pub async fn all_grants(store: &dyn Kv) -> Result<BTreeMap<(String, String), Grant>, StoreError> {
    let found = GRANTS.entries(store, GRANTS.key_of_store()).await?;
    Ok(found.into_iter().map(|(rest, grant)| ((rest.name(0), rest.name(1)), grant)).collect())
}

/// What an account may do in one tenant.
pub async fn grant(store: &dyn Kv, account: &str, tenant: &Tenant) -> Result<Option<Grant>, StoreError> {
    GRANTS.get(store, grants_of(account).name(tenant.as_str())).await
}

/// Writes what an account may do in a tenant; `None` for nothing. Whoever calls this moves the mark.
pub fn put_grant(batch: &mut Batch, account: &str, tenant: &Tenant, grant: Option<&Grant>) -> Result<(), StoreError> {
    let key = grants_of(account).name(tenant.as_str());
    match grant {
        Some(grant) => GRANTS.put(batch, key, grant),
        None => {
            GRANTS.drop(batch, key);
            Ok(())
        }
    }
}

/// Notes that a sign-in came back; the same one a second time is a conflict. Old notes go.
pub async fn spend(store: &dyn Kv, batch: &mut Batch, state: &str, until: i64, now: i64) -> Result<(), StoreError> {
    let time = |ms: i64| u64::try_from(ms).unwrap_or(0);
    let all = SPENT.key_of_store();
    for (key, _) in store.scan(all.clone().bytes(), all.clone().number(time(now)).bytes(), MOST_SPENT, false).await? {
        batch.deletes.push(key);
    }
    SPENT.add(batch, all.number(time(until)).name(state), &until)
}
