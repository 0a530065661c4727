//! A deed that comes from elsewhere, by no request of a person: noted before its commit and recorded after it, so that a process
//! that ends in between leaves an entry, too.

use super::recorder::{Deed, Recorder};
use crate::{app::AppError, model::id::Tenant, store::StoreError};

impl Recorder {
    /// Notes a deed, commits, and records it. What somebody else's change kept from being done is forgotten; where nobody knows
    /// whether it was done, the note stays, and becomes an entry that says so.
    ///
    /// # Errors
    /// Those of the commit, and of the store.
    pub async fn around(
        &self,
        tenant: &Tenant,
        deed: Deed,
        commit: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), AppError> {
        let begun = self.begin(tenant, Deed { outcome: "begun".into(), ..deed.clone() }).await?;
        match commit.await {
            Ok(()) => self.settle(&begun, deed).await,
            Err(error) => {
                if matches!(error, StoreError::Conflict) {
                    self.forget(&begun).await?;
                }
                Err(error.into())
            }
        }
    }
}
