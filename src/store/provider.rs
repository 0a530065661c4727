//! The provider of the installation, what it was told, and how far the authorisation of each company is. Tickets, codes and
//! links are sealed.

mod contexts;
mod rows;

use idflow_sdk::Grant;

use super::{
    Batch, Kv, StoreError,
    codec::Loaded,
    keys::{self, Key},
    receivers::Heard,
    table::Table,
};
use crate::model::id::Tenant;

pub use contexts::{code_context, command_context, key_context, link_context, seal_context, ticket_context};
pub use rows::{
    How, Stage, StoredCommand, StoredGrant, StoredLink, StoredProvider, StoredRedeemed, StoredStep, StoredStray,
    StoredSuite, StoredWay, Wanted, Whose,
};

pub(super) static PROVIDERS: Table<StoredProvider> = Table::json(keys::PROVIDER, "connections").part("provider");
pub(super) static SUITES: Table<StoredSuite> = Table::json(keys::PROVIDER, "connections").part("suite");
pub(super) static REFUSED: Table<Heard> = Table::json(keys::PROVIDER, "connections").part("refused");
pub(super) static COMMANDS: Table<StoredCommand> = Table::json(keys::PROVIDER, "connections").part("command");
pub(super) static INVITED: Table<Whose> = Table::json(keys::PROVIDER, "connections").part("invited");
pub(super) static COMPANIES: Table<Whose> = Table::json(keys::PROVIDER, "connections").part("company");
pub(super) static STRAYS: Table<Vec<StoredStray>> = Table::json(keys::PROVIDER, "connections").part("strays");
pub(super) static WAYS: Table<StoredWay> = Table::json(keys::PROVIDER, "connections").part("way");

/// An entry with something sealed in it.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Whose it is; nothing: the installation's.
    pub tenant: Option<Tenant>,
    /// What it is called.
    pub name: String,
    /// Key and value.
    pub entry: super::Entry,
    /// The texts, each with what it is bound to.
    pub texts: Vec<(String, String)>,
}

/// Everything that is sealed here.
pub async fn sealed(store: &dyn Kv) -> Result<Vec<Sealed>, StoreError> {
    let mut all = Vec::new();
    for stored in PROVIDERS.all(store, PROVIDERS.key_of_store()).await? {
        let connector = stored.connector.as_str();
        if let Some(loaded) = provider(store, connector).await? {
            let stored = &loaded.value;
            let mut texts: Vec<(String, String)> =
                stored.sealed.iter().map(|(name, text)| (seal_context(connector, name), text.clone())).collect();
            for (receiver, keys) in &stored.keys {
                let before = keys.former().flat_map(|before| &before.sealed);
                let keys = keys.sealed.iter().chain(before);
                texts.extend(keys.map(|(name, text)| (key_context(connector, receiver, name), text.clone())));
            }
            let entry = (provider_key(connector).bytes(), loaded.raw());
            all.push(Sealed { tenant: None, name: connector.into(), entry, texts });
        }
        for grant in Grant::ALL {
            let Some(loaded) = suite(store, connector, grant).await? else { continue };
            let Some((_, ticket)) = loaded.value.ticket.clone() else { continue };
            let entry = (suite_key(connector, grant).bytes(), loaded.raw());
            let texts = vec![(ticket_context(connector, grant), ticket)];
            all.push(Sealed { tenant: None, name: connector.into(), entry, texts });
        }
    }
    for waiting in commands(store).await? {
        let Some(loaded) = command(store, &waiting.id).await? else { continue };
        let mut texts = match &loaded.value.wanted {
            Wanted::Authorised { code, .. } | Wanted::Replaced(code) => vec![code.clone()],
            Wanted::Changed(_) | Wanted::Withdrawn(_) => Vec::new(),
        };
        if let Some(redeemed) = &loaded.value.redeemed {
            texts.push(redeemed.code.clone());
            texts.extend(redeemed.secrets.values().cloned());
        }
        let bound = command_context(&loaded.value.connector);
        let entry = (command_key(&waiting.id).bytes(), loaded.raw());
        let texts = texts.into_iter().map(|text| (bound.clone(), text)).collect();
        all.push(Sealed { tenant: None, name: loaded.value.connector.clone(), entry, texts });
    }
    for tenant in super::tenants::with(store, keys::PROVIDER).await? {
        for (rest, _) in WAYS.entries(store, WAYS.key(&tenant)).await? {
            let connection = rest.name(0);
            let Some(loaded) = way(store, &tenant, &connection).await? else { continue };
            let grants = [(Grant::App, &loaded.value.app), (Grant::Contacts, &loaded.value.contacts)];
            let codes = grants.into_iter().filter_map(|(grant, held)| {
                Some((code_context(&tenant, &connection, grant), held.as_ref()?.code.clone()))
            });
            let links = loaded.value.links.iter().filter_map(|(word, link)| {
                Some((link_context(&tenant, &connection, Grant::of(word)?), link.url.clone()))
            });
            let texts = codes.chain(links).collect();
            let entry = (way_key(&tenant, &connection).bytes(), loaded.raw());
            all.push(Sealed { tenant: Some(tenant.clone()), name: connection, entry, texts });
        }
    }
    all.retain(|held| !held.texts.is_empty());
    Ok(all)
}

fn provider_key(connector: &str) -> Key {
    PROVIDERS.key_of_store().name(connector)
}

fn suite_key(connector: &str, grant: Grant) -> Key {
    SUITES.key_of_store().name(connector).name(grant.word())
}

fn refused_key(connector: &str, grant: Grant) -> Key {
    REFUSED.key_of_store().name(connector).name(grant.word())
}

fn command_key(id: &str) -> Key {
    COMMANDS.key_of_store().name(id)
}

fn invited_key(state: &str) -> Key {
    INVITED.key_of_store().name(state)
}

fn company_key(connector: &str, company: &str) -> Key {
    COMPANIES.key_of_store().name(connector).name(company)
}

fn strays_key(connector: &str) -> Key {
    STRAYS.key_of_store().name(connector)
}

fn way_key(tenant: &Tenant, connection: &str) -> Key {
    WAYS.key(tenant).name(connection)
}

/// The provider of a connector.
pub async fn provider(store: &dyn Kv, connector: &str) -> Result<Option<Loaded<StoredProvider>>, StoreError> {
    PROVIDERS.loaded(store, provider_key(connector)).await
}

/// All providers.
pub async fn providers(store: &dyn Kv) -> Result<Vec<StoredProvider>, StoreError> {
    PROVIDERS.all(store, PROVIDERS.key_of_store()).await
}

/// Writes a provider over what was read.
pub fn put_provider(
    batch: &mut Batch,
    old: Option<&Loaded<StoredProvider>>,
    new: &StoredProvider,
) -> Result<(), StoreError> {
    PROVIDERS.replace(batch, provider_key(&new.connector), old, new)
}

/// Removes a provider with what it was told.
pub fn drop_provider(batch: &mut Batch, old: &Loaded<StoredProvider>) {
    let connector = &old.value.connector;
    PROVIDERS.take(batch, provider_key(connector), old);
    STRAYS.drop(batch, strays_key(connector));
    for grant in Grant::ALL {
        SUITES.drop(batch, suite_key(connector, grant));
        REFUSED.drop(batch, refused_key(connector, grant));
    }
}

/// What an app of a provider was told.
pub async fn suite(store: &dyn Kv, connector: &str, grant: Grant) -> Result<Option<Loaded<StoredSuite>>, StoreError> {
    SUITES.loaded(store, suite_key(connector, grant)).await
}

/// Writes it over what was read.
pub fn put_suite(
    batch: &mut Batch,
    (connector, grant): (&str, Grant),
    old: Option<&Loaded<StoredSuite>>,
    new: &StoredSuite,
) -> Result<(), StoreError> {
    SUITES.replace(batch, suite_key(connector, grant), old, new)
}

/// Forgets what an app was told: it is another one.
pub fn drop_suite(batch: &mut Batch, connector: &str, grant: Grant) {
    SUITES.drop(batch, suite_key(connector, grant));
}

/// The last call that was refused.
pub async fn refused(store: &dyn Kv, connector: &str, grant: Grant) -> Result<Option<Heard>, StoreError> {
    REFUSED.get(store, refused_key(connector, grant)).await
}

/// Notes one.
pub fn put_refused(batch: &mut Batch, connector: &str, grant: Grant, heard: &Heard) -> Result<(), StoreError> {
    REFUSED.put(batch, refused_key(connector, grant), heard)
}

/// What is still to be worked off, oldest first.
pub async fn commands(store: &dyn Kv) -> Result<Vec<StoredCommand>, StoreError> {
    COMMANDS.all(store, COMMANDS.key_of_store()).await
}

/// One of them, as it is now.
pub async fn command(store: &dyn Kv, id: &str) -> Result<Option<Loaded<StoredCommand>>, StoreError> {
    COMMANDS.loaded(store, command_key(id)).await
}

/// Writes one over what was read.
pub fn put_command(
    batch: &mut Batch,
    old: Option<&Loaded<StoredCommand>>,
    new: &StoredCommand,
) -> Result<(), StoreError> {
    COMMANDS.replace(batch, command_key(&new.id), old, new)
}

/// Writes one that nobody else works at now.
pub fn keep_command(batch: &mut Batch, new: &StoredCommand) -> Result<(), StoreError> {
    COMMANDS.put(batch, command_key(&new.id), new)
}

/// One is worked off.
pub fn drop_command(batch: &mut Batch, id: &str) {
    COMMANDS.drop(batch, command_key(id));
}

/// Whose invitation this is.
pub async fn invited(store: &dyn Kv, state: &str) -> Result<Option<Whose>, StoreError> {
    INVITED.get(store, invited_key(state)).await
}

/// Notes whose it is.
pub fn put_invited(batch: &mut Batch, state: &str, whose: &Whose) -> Result<(), StoreError> {
    INVITED.put(batch, invited_key(state), whose)
}

/// It is good no more.
pub fn drop_invited(batch: &mut Batch, state: &str) {
    INVITED.drop(batch, invited_key(state));
}

/// Whose company this is.
pub async fn company(store: &dyn Kv, connector: &str, company: &str) -> Result<Option<Loaded<Whose>>, StoreError> {
    COMPANIES.loaded(store, company_key(connector, company)).await
}

/// Notes whose it is.
pub fn put_company(
    batch: &mut Batch,
    (connector, company): (&str, &str),
    old: Option<&Loaded<Whose>>,
    whose: &Whose,
) -> Result<(), StoreError> {
    COMPANIES.replace(batch, company_key(connector, company), old, whose)
}

/// It is nobody's.
pub fn drop_company(batch: &mut Batch, connector: &str, company: &str) {
    COMPANIES.drop(batch, company_key(connector, company));
}

/// Authorisations that belong to no connection, oldest first.
pub async fn strays(store: &dyn Kv, connector: &str) -> Result<Option<Loaded<Vec<StoredStray>>>, StoreError> {
    STRAYS.loaded(store, strays_key(connector)).await
}

/// Writes them over what was read.
pub fn put_strays(
    batch: &mut Batch,
    connector: &str,
    old: Option<&Loaded<Vec<StoredStray>>>,
    new: &Vec<StoredStray>,
) -> Result<(), StoreError> {
    STRAYS.replace(batch, strays_key(connector), old, new)
}

/// How far the authorisation behind a connection is.
pub async fn way(store: &dyn Kv, tenant: &Tenant, connection: &str) -> Result<Option<Loaded<StoredWay>>, StoreError> {
    WAYS.loaded(store, way_key(tenant, connection)).await
}

/// Writes it over what was read.
pub fn put_way(
    batch: &mut Batch,
    (tenant, connection): (&Tenant, &str),
    old: Option<&Loaded<StoredWay>>,
    new: &StoredWay,
) -> Result<(), StoreError> {
    WAYS.replace(batch, way_key(tenant, connection), old, new)
}

/// Forgets it, with the connection.
pub fn drop_way(batch: &mut Batch, tenant: &Tenant, connection: &str, connector: &str, way: &StoredWay) {
    WAYS.drop(batch, way_key(tenant, connection));
    for link in way.links.values() {
        drop_invited(batch, &link.state);
    }
    for grant in [&way.app, &way.contacts].into_iter().flatten() {
        drop_company(batch, connector, &grant.company);
    }
}
