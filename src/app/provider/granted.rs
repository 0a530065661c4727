//! What a connection asks when it needs a right that a company granted: looked up in the store at every use, so that a run sees
//! an authorisation end while it is at work.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use idflow_sdk::{Context, Error, ErrorKind, Grant, Granted, Problem, Provider, ProviderSpec, Secret, provider::Held};

use super::{by_provider, open, stages, ticket};
use crate::{
    app::{connections::address, seal::Sealer},
    connectors,
    model::id::Tenant,
    store::{Store, StoreError, catalogue::StoredConnection, directory::Now, provider as store},
};

/// What a connection may use; nothing for one with secrets of its own.
pub(in crate::app) fn for_connection(
    kv: &Store,
    tenant: &Tenant,
    sealer: &Arc<Sealer>,
    now: &Now,
    stored: &StoredConnection,
) -> Option<Arc<dyn Granted>> {
    let way = by_provider(stored)?;
    Some(Arc::new(OfConnection {
        store: kv.clone(),
        tenant: tenant.clone(),
        sealer: sealer.clone(),
        now: now.clone(),
        connection: stored.name.clone(),
        connector: stored.connector.clone(),
        leads_to: connectors::find(&stored.connector)
            .map_or_else(Vec::new, |spec| address::leads_to(spec.settings, &stored.settings)),
        way,
        opened: Mutex::default(),
    }))
}

struct OfConnection {
    store: Store,
    tenant: Tenant,
    sealer: Arc<Sealer>,
    now: Now,
    connection: String,
    connector: String,
    /// Where the connection sends what it is given here.
    leads_to: Vec<String>,
    way: &'static ProviderSpec,
    /// The provider, and the version of its settings that it was opened from.
    opened: Mutex<Option<(i64, Arc<dyn Provider>)>>,
}

fn of_store(error: StoreError) -> Error {
    error.into()
}

impl OfConnection {
    async fn provider(&self) -> Result<Arc<dyn Provider>, Error> {
        let stored = store::provider(&*self.store, &self.connector).await.map_err(of_store)?;
        let missing = || Error::new(ErrorKind::Configuration, Problem::new("provider_missing"));
        let stored = stored.ok_or_else(missing)?.value;
        if address::leads_to(self.way.settings, &stored.settings) != self.leads_to {
            let problem = Problem::new("provider_other_address").arg("name", &*self.connection);
            return Err(Error::new(ErrorKind::Configuration, problem));
        }
        let known = self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((changed, provider)) = known
            && changed == stored.changed
        {
            return Ok(provider);
        }
        let provider =
            open(&self.sealer, &stored, self.way).map_err(|problem| Error::new(ErrorKind::Configuration, problem))?;
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some((stored.changed, provider.clone()));
        Ok(provider)
    }

    async fn stored_way(&self) -> Result<store::StoredWay, Error> {
        let found = store::way(&*self.store, &self.tenant, &self.connection).await.map_err(of_store)?;
        Ok(found.map(|found| found.value).unwrap_or_default())
    }
}

#[async_trait]
impl Granted for OfConnection {
    async fn stands(&self, grant: Grant) -> Result<(), Error> {
        stages::stands(&self.connection, &self.stored_way().await?, grant, (self.now)())
    }

    async fn token(&self, context: &Context) -> Result<(Secret, Duration), Error> {
        let kept = self.stored_way().await?;
        let now = (self.now)();
        stages::stands(&self.connection, &kept, Grant::Contacts, now)?;
        let missing = || {
            Error::new(
                ErrorKind::Configuration,
                Problem::new("provider_contacts_missing").arg("name", &*self.connection),
            )
        };
        let contacts = kept.contacts.as_ref().ok_or_else(missing)?;
        let place = store::code_context(&self.tenant, &self.connection, Grant::Contacts);
        let unreadable =
            || Error::new(ErrorKind::Configuration, Problem::new("secret_unreadable").arg("name", &*self.connection));
        let code = self.sealer.unseal(&place, &contacts.code).ok_or_else(unreadable)?;
        let provider = self.provider().await?;
        let ticket = ticket(&*self.store, &self.sealer, &self.connector, Grant::Contacts).await.map_err(of_store)?;
        let held = Held { grant: Grant::Contacts, ticket: ticket.as_ref(), company: &contacts.company, code: &code };
        let (token, lifetime) = provider.token(context, &held).await?;
        let left = contacts.until.map_or(lifetime, |until| {
            Duration::from_millis(u64::try_from(until.saturating_sub(now)).unwrap_or_default())
        });
        Ok((token, lifetime.min(left)))
    }
}
