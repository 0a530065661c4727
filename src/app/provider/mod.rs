//! The provider's way: a service provider is set up once for the installation; a company authorises its app by scanning a code,
//! and what it granted becomes the settings and secrets of a connection.
//!
//! | question | file |
//! |---|---|
//! | what is a provider set up with? | `settings` |
//! | what does its system tell it? | `commands` |
//! | what follows from that? | `work` |
//! | where does the authorisation of a company stand? | `stages` |
//! | what can people do about it? | `way` |
//! | may a run use it now, and begin? | `granted`, `start` |
//! | what is nearly over? | `ending` |

pub mod commands;
mod ending;
pub(super) mod granted;
mod settings;
mod stages;
mod start;
mod way;
mod work;

use std::sync::Arc;

use idflow_sdk::{
    ConnectorSpec, Error, Grant, Problem, Provider, ProviderSpec, Secret,
    provider::{ProviderRequest, Unsupported},
};

use super::{AppError, error::RefusalKind, problem_words, seal::Sealer, time};
use crate::{
    connectors,
    contract::provider::{ProviderGrant, ProviderUnsupported},
    store::{Kv, StoreError, catalogue::StoredConnection, provider as store, provider::StoredProvider},
};

/// Seals something of this way; whatever of it is sealed is found again by `store::provider::sealed`.
fn seal(sealer: &Sealer, place: &str, secret: &Secret) -> Result<String, AppError> {
    sealer.seal(place, secret)
}

/// The connector of this name, and its provider's way.
fn way_of(connector: &str) -> Result<(&'static ConnectorSpec, &'static ProviderSpec), AppError> {
    let found = connectors::find(connector).and_then(|spec| Some((spec, spec.provider?)));
    found.ok_or_else(|| {
        let names: Vec<&str> =
            connectors::ALL.iter().filter(|spec| spec.provider.is_some()).map(|spec| spec.name).collect();
        AppError::not_found("provider_connector").arg("connector", connector).arg("names", names.join(", "))
    })
}

/// Whether a connection comes by a provider.
fn by_provider(stored: &StoredConnection) -> Option<&'static ProviderSpec> {
    let way = connectors::find(&stored.connector)?.provider?;
    let (setting, value) = way.mode;
    stored.settings.get(setting).is_some_and(|given| given == value).then_some(way)
}

/// What calls the system, opened from what is stored.
fn open(sealer: &Sealer, stored: &StoredProvider, way: &ProviderSpec) -> Result<Arc<dyn Provider>, Problem> {
    let mut settings = stored.settings.clone();
    for setting in way.settings.iter().filter(|setting| !setting.secret) {
        if let Some(default) = setting.default {
            settings.entry(setting.name.into()).or_insert_with(|| default.into());
        }
    }
    let unseal = |(name, sealed): (&String, &String)| {
        let secret = sealer.unseal(&store::seal_context(&stored.connector, name), sealed)?;
        Some((name.clone(), secret))
    };
    let secrets: Option<_> = stored.sealed.iter().map(unseal).collect();
    let secrets = secrets.ok_or_else(|| Problem::new("secret_unreadable").arg("name", stored.connector.clone()))?;
    (way.open)(ProviderRequest { settings, secrets }).map_err(|error| *error.problem)
}

/// The newest ticket of an app of the provider.
async fn ticket(kv: &dyn Kv, sealer: &Sealer, connector: &str, grant: Grant) -> Result<Option<Secret>, StoreError> {
    let suite = store::suite(kv, connector, grant).await?;
    let sealed = suite.and_then(|suite| suite.value.ticket);
    Ok(sealed.and_then(|(_, sealed)| sealer.unseal(&store::ticket_context(connector, grant), &sealed)))
}

/// What the system refused.
fn failed(error: Error) -> AppError {
    let kind = if error.retryable() { RefusalKind::Unavailable } else { RefusalKind::Conflict };
    AppError::new(kind, *error.problem)
}

const fn shown(grant: Grant) -> ProviderGrant {
    match grant {
        Grant::App => ProviderGrant::App,
        Grant::Contacts => ProviderGrant::Contacts,
    }
}

const fn meant(grant: ProviderGrant) -> Grant {
    match grant {
        ProviderGrant::App => Grant::App,
        ProviderGrant::Contacts => Grant::Contacts,
    }
}

fn unsupported(all: &[Unsupported]) -> Vec<ProviderUnsupported> {
    let shown = |one: &Unsupported| ProviderUnsupported {
        name: one.name.into(),
        what: problem_words::both(one.what),
        why: problem_words::both(one.why),
    };
    all.iter().map(shown).collect()
}
