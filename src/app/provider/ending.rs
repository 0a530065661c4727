//! Which rights that companies granted are nearly over?

use super::by_provider;
use crate::{
    app::{App, AppError},
    store::{catalogue, provider as store},
};

/// A right to edit contacts that is nearly over.
pub(in crate::app) struct Ending {
    pub connection: String,
    /// What people call the company.
    pub company: String,
    /// When it is over, in milliseconds since 1970.
    pub until: i64,
}

impl App {
    /// The rights of this tenant's connections that are over within so many milliseconds, and not yet.
    pub(in crate::app) async fn grants_that_end(&self, within: i64) -> Result<Vec<Ending>, AppError> {
        let now = self.now();
        let mut found = Vec::new();
        for stored in catalogue::connections(&*self.store, &self.tenant).await? {
            if by_provider(&stored).is_none() {
                continue;
            }
            let way = store::way(&*self.store, &self.tenant, &stored.name).await?;
            let Some(contacts) = way.and_then(|way| way.value.contacts) else { continue };
            if let Some(until) = contacts.until.filter(|until| now < *until && *until <= now.saturating_add(within)) {
                found.push(Ending { connection: stored.name, company: contacts.title, until });
            }
        }
        Ok(found)
    }
}
