//! Where in the store does something sealed stand? One list for whoever has to find all of it: a change of the master key
//! ([`Holder`] by [`Holder`]), and a start without one.
//!
//! A place that is forgotten here would be lost with the old key. Three things see to it: a test compares the list with the
//! files that seal; [`Whose`] is matched without a rest where it is opened; and at its end a change of the key reads the whole
//! store for what the old key has sealed ([`remains`]).

use serde::de::DeserializeOwned;

use super::{
    Kv, StoreError, accounts, catalogue, codec::Loaded, examinations, idempotency, keys, keys::Key, notices,
    pages::Pages, provider, receivers, table::Table, tables, templates, tenants, uploads, webhooks,
};
use crate::model::id::Tenant;

/// What a sealed text is bound to: without this it cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// A secret of the connection with this id.
    Connection {
        /// Its id.
        id: String,
        /// The setting.
        setting: String,
    },
    /// A key of a receiver of callbacks.
    Receiver {
        /// The id of its connection.
        id: String,
        /// The receiver.
        receiver: String,
        /// The key.
        key: String,
    },
    /// The secret of an address that starts runs.
    Hook {
        /// Its path.
        path: String,
    },
    /// The secret by which the calls of a notification are signed.
    Rule {
        /// The id of the rule.
        id: String,
    },
    /// The password of the mail server.
    Mail,
    /// The client secret for OpenID Connect.
    Oidc,
    /// The private key by which bundles of templates are signed.
    Signing,
    /// The key of an uploaded file.
    Upload {
        /// The id of the file.
        id: String,
    },
    /// A secret, key, ticket, code or link of the provider's way.
    Provider {
        /// What it is bound to.
        place: String,
    },
    /// The answer of a call that may come again.
    Answer {
        /// The name of the call.
        name: String,
    },
}

/// What stands sealed in one commit's worth of entries.
#[derive(Debug, Clone)]
pub struct Found {
    /// Whose it is; nothing: the installation's.
    pub tenant: Option<Tenant>,
    /// What it is called.
    pub name: String,
    /// Keys and values in which the texts stand.
    pub entries: Vec<super::Entry>,
    /// The texts.
    pub texts: Vec<(Whose, String)>,
}

/// A table with something sealed in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Secrets of connections; and which of them were refused, which is told by the sealed text.
    Connections,
    /// Keys of receivers of callbacks.
    Receivers,
    /// Secrets of addresses that start runs.
    Hooks,
    /// Secrets of notifications.
    Rules,
    /// Passwords of mail servers.
    Mail,
    /// The client secret for OpenID Connect.
    Oidc,
    /// The key by which bundles of templates are signed.
    Signing,
    /// Keys of uploaded files.
    Uploads,
    /// What the provider of the installation has and was told, and what companies granted to it.
    Provider,
    /// Answers that are given once more.
    Answers,
}

impl Holder {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Connections,
        Self::Receivers,
        Self::Hooks,
        Self::Rules,
        Self::Mail,
        Self::Oidc,
        Self::Signing,
        Self::Uploads,
        Self::Provider,
        Self::Answers,
    ];

    /// The file that seals what stands there.
    #[must_use]
    pub const fn sealed_by(self) -> &'static str {
        match self {
            Self::Connections => "src/app/connections/change.rs",
            Self::Receivers => "src/app/callbacks.rs",
            Self::Hooks => "src/app/webhooks.rs",
            Self::Rules => "src/app/notify/rules.rs",
            Self::Mail => "src/app/notify/mail_server.rs",
            Self::Oidc => "src/app/accounts/ways/oidc.rs",
            Self::Signing => "src/app/template_bundles.rs",
            Self::Uploads => "src/app/uploads/sealed.rs",
            Self::Provider => "src/app/provider/mod.rs",
            Self::Answers => "src/app/idempotency.rs",
        }
    }

    /// Whether it is of use for more than a day: what is not is no loss.
    #[must_use]
    pub const fn lasts(self) -> bool {
        !matches!(self, Self::Answers)
    }

    /// What stands there.
    ///
    /// # Errors
    /// Those of the store; values that cannot be read.
    pub async fn find(self, store: &dyn Kv) -> Result<Vec<Found>, StoreError> {
        match self {
            Self::Connections => connections(store).await,
            Self::Receivers => of_receivers(store).await,
            Self::Hooks => {
                each(store, &webhooks::HOOKS, keys::HOOK, |_, hook: &webhooks::Hook| {
                    let whose = || Whose::Hook { path: hook.path.clone() };
                    let all = hook.sealed.iter().chain(hook.before.iter().map(|before| &before.sealed));
                    (hook.path.clone(), all.map(|text| (whose(), text.clone())).collect())
                })
                .await
            }
            Self::Rules => {
                each(store, &notices::RULES, keys::NOTICE, |_, rule: &notices::Rule| {
                    let texts = match &rule.channel {
                        notices::Channel::Webhook { sealed, .. } => {
                            vec![(Whose::Rule { id: rule.id.clone() }, sealed.clone())]
                        }
                        notices::Channel::Message { .. } | notices::Channel::Mail { .. } => Vec::new(),
                    };
                    (rule.name.clone(), texts)
                })
                .await
            }
            Self::Mail => {
                each(store, &notices::MAIL, keys::NOTICE, |_, mail: &notices::Mail| {
                    (mail.host.clone(), mail.sealed.iter().map(|text| (Whose::Mail, text.clone())).collect())
                })
                .await
            }
            Self::Oidc => {
                let below = accounts::OIDC.key_of_store();
                below_key(store, &accounts::OIDC, None, below, |_, oidc: &accounts::StoredOidc| {
                    (oidc.issuer.clone(), oidc.sealed.iter().map(|text| (Whose::Oidc, text.clone())).collect())
                })
                .await
            }
            Self::Signing => {
                let below = templates::SIGNING.key_of_store();
                below_key(store, &templates::SIGNING, None, below, |_, key: &templates::SigningKey| {
                    ("template bundles".into(), vec![(Whose::Signing, key.sealed.clone())])
                })
                .await
            }
            Self::Uploads => {
                each(store, &uploads::UPLOADS, keys::UPLOAD, |_, upload: &uploads::StoredUpload| {
                    (upload.name.clone(), vec![(Whose::Upload { id: upload.id.clone() }, upload.sealed.clone())])
                })
                .await
            }
            Self::Provider => {
                let mut all = Vec::new();
                for held in provider::sealed(store).await? {
                    let whose = |place| Whose::Provider { place };
                    let texts = held.texts.into_iter().map(|(place, text)| (whose(place), text)).collect();
                    all.push(Found { tenant: held.tenant, name: held.name, entries: vec![held.entry], texts });
                }
                Ok(all)
            }
            Self::Answers => {
                each(store, &idempotency::CALLS, keys::HOOK_CALL, |name, call: &idempotency::Call| {
                    let whose = || Whose::Answer { name: name.to_string() };
                    (name.to_string(), call.answer.iter().map(|text| (whose(), text.clone())).collect())
                })
                .await
            }
        }
    }
}

/// The secrets of connections. Which of them were refused stands beside them as a copy of the sealed text, so both change in
/// one commit.
async fn connections(store: &dyn Kv) -> Result<Vec<Found>, StoreError> {
    let mut all = each(store, &catalogue::CONNECTIONS, keys::CONNECTION, |_, stored: &catalogue::StoredConnection| {
        let whose = |setting: &String| Whose::Connection { id: stored.id.clone(), setting: setting.clone() };
        (stored.name.clone(), stored.sealed.iter().map(|(setting, text)| (whose(setting), text.clone())).collect())
    })
    .await?;
    for found in &mut all {
        let Some(tenant) = &found.tenant else { continue };
        let key = examinations::LOOKED.key(tenant).name(&found.name);
        if let Some(beside) = examinations::LOOKED.loaded(store, key.clone()).await? {
            found.entries.push((key.bytes(), beside.raw()));
        }
    }
    Ok(all)
}

/// The keys of receivers: they are bound to the id of their connection.
async fn of_receivers(store: &dyn Kv) -> Result<Vec<Found>, StoreError> {
    let mut all = Vec::new();
    for tenant in tenants::with(store, keys::CALLBACK).await? {
        let below = receivers::KEYS.key(&tenant);
        for (key, name, loaded) in entries(store, &receivers::KEYS, below).await? {
            let Some(stored) = catalogue::connection(store, &tenant, &name).await? else { continue };
            let mut texts = Vec::new();
            for (receiver, kept) in &loaded.value {
                let before = kept.former().flat_map(|before| &before.sealed);
                texts.extend(kept.sealed.iter().chain(before).map(|(key, text)| {
                    let (id, receiver) = (stored.value.id.clone(), receiver.clone());
                    (Whose::Receiver { id, receiver, key: key.clone() }, text.clone())
                }));
            }
            all.push(Found { tenant: Some(tenant.clone()), name, entries: vec![(key, loaded.raw())], texts });
        }
    }
    Ok(all)
}

/// What a value holds: its name, and the sealed texts. The first argument is the name in its key.
type Look<V> = fn(&str, &V) -> (String, Vec<(Whose, String)>);

/// The values of a table in all tenants.
async fn each<V: DeserializeOwned>(
    store: &dyn Kv,
    table: &'static Table<V>,
    kind: u8,
    look: Look<V>,
) -> Result<Vec<Found>, StoreError> {
    let mut all = Vec::new();
    for tenant in tenants::with(store, kind).await? {
        let below = table.key(&tenant);
        all.extend(below_key(store, table, Some(tenant), below, look).await?);
    }
    Ok(all)
}

async fn below_key<V: DeserializeOwned>(
    store: &dyn Kv,
    table: &'static Table<V>,
    tenant: Option<Tenant>,
    below: Key,
    look: Look<V>,
) -> Result<Vec<Found>, StoreError> {
    let found = entries(store, table, below).await?.into_iter().filter_map(|(key, name, loaded)| {
        let (name, texts) = look(&name, &loaded.value);
        let found = Found { tenant: tenant.clone(), name, entries: vec![(key, loaded.raw())], texts };
        (!found.texts.is_empty()).then_some(found)
    });
    Ok(found.collect())
}

/// The entries below a key: the whole key, the name behind what was asked for, the value.
async fn entries<V: DeserializeOwned>(
    store: &dyn Kv,
    table: &'static Table<V>,
    below: Key,
) -> Result<Vec<(Vec<u8>, String, Loaded<V>)>, StoreError> {
    let mut all = Vec::new();
    let mut pages = table.pages(below.clone());
    while let Some(page) = pages.next(store).await? {
        for (rest, value) in page {
            all.push((below.clone().raw(rest.bytes()).bytes(), rest.name(0), value?));
        }
    }
    Ok(all)
}

/// What lasts and is sealed, counted.
pub async fn number(store: &dyn Kv) -> Result<usize, StoreError> {
    let mut number = 0;
    for holder in Holder::ALL.into_iter().filter(|holder| holder.lasts()) {
        number += holder.find(store).await?.iter().map(|found| found.texts.len()).sum::<usize>();
    }
    Ok(number)
}

/// Reads the whole store for values in which this text stands; gives the classes of the first few. What is sealed stands in
/// values that are not compressed.
pub async fn remains(store: &dyn Kv, text: &str) -> Result<Vec<&'static str>, StoreError> {
    const MOST: usize = 5;
    let mut found = Vec::new();
    let mut pages = Pages::of_range(vec![0], vec![keys::RESERVED], 256);
    while let Some(page) = pages.next(store).await? {
        for (key, value) in &page {
            if value.windows(text.len()).any(|part| part == text.as_bytes()) {
                found.push(tables::of(key).map_or("other", super::table::Described::class));
            }
        }
        if found.len() >= MOST {
            break;
        }
    }
    Ok(found)
}
