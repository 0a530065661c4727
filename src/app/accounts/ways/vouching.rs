//! Does who vouched for an identity still vouch for it? A connection of another company, app or address is somebody else.

use super::{oidc, wecom};
use crate::{
    app::accounts::Accounts,
    model::id::Tenant,
    store::{
        StoreError,
        accounts::{self, StoredIdentity, StoredOidc},
        catalogue,
    },
};

impl Accounts {
    /// Whether who vouches for an identity still is who did: the connection, or the provider, as it is now.
    pub(in crate::app::accounts) async fn vouches(&self, one: &StoredIdentity) -> Result<bool, StoreError> {
        let Some(connection) = &one.connection else {
            let provider = accounts::get::<StoredOidc>(&*self.store, oidc::ONE).await?;
            return Ok(provider.is_some_and(|provider| provider.value.issuer == one.issuer));
        };
        let Some(Ok(tenant)) = one.tenant.as_deref().map(str::parse::<Tenant>) else { return Ok(false) };
        let stored = catalogue::connection(&*self.store, &tenant, connection).await?;
        Ok(stored.is_some_and(|stored| wecom::issuer(&stored.value) == one.issuer))
    }
}
