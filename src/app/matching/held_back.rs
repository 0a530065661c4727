//! May an account of a connection be taken for the person who is linked to it? Not while somebody has to say whose it is, while
//! the removal of that person waits because the account was gone, or since the system said that it was given up: whoever has it now
//! may be its next holder. Signing in, systems that ask whose an account is, what people agree to give, and messages all ask here.

use std::collections::HashSet;

use idflow_sdk::Kind;

use crate::{
    app::{App, AppError},
    store::{
        StoreError, freed_keys,
        removals::{Entry, EntryPages, Found},
    },
};

/// The accounts of a connection that are nobody's for now.
pub(in crate::app) struct HeldBack {
    /// By key in lower case.
    keys: HashSet<String>,
    /// By key in lower case, and person.
    leaving: HashSet<(String, String)>,
}

impl HeldBack {
    /// Whether an account may not be taken for this person.
    pub fn holds(&self, key: &str, person: &str) -> bool {
        let key = key.to_lowercase();
        self.keys.contains(&key) || self.leaving.contains(&(key, person.to_string()))
    }
}

/// Whether a removal waits of somebody whose account is gone.
fn waits(one: &Entry) -> bool {
    let open = matches!(one.removal.found, Found::Open | Found::Failed);
    one.removal.kind == Kind::User && open && !one.is_kept()
}

impl App {
    /// Whether this account may not be taken for the person who is linked to it.
    pub(in crate::app) async fn is_held_back(
        &self,
        connection: &str,
        key: &str,
        person: &str,
    ) -> Result<bool, AppError> {
        let directory = self.directory_name();
        let between = (connection, directory.as_str());
        Ok(self.is_in_doubt(connection, key).await?
            || freed_keys::is(&*self.store, &self.tenant, between, key).await?
            || self.leaving().await?.contains(&(key.to_lowercase(), person.to_string())))
    }

    /// All of them, where many are asked about.
    pub(in crate::app) async fn held_back(&self, connection: &str) -> Result<HeldBack, AppError> {
        let open = self.open_items().await?.into_iter();
        let open = open.filter(|one| one.kind == Kind::User && one.connection == connection && !one.beside);
        let doubted = open.flat_map(|one| one.keys().into_iter().map(str::to_lowercase).collect::<Vec<_>>());
        let directory = self.directory_name();
        let between = (connection, directory.as_str());
        let freed = freed_keys::all(&*self.store, &self.tenant, between).await?.into_iter();
        let keys = doubted.chain(freed.map(|freed| freed.key.to_lowercase())).collect();
        Ok(HeldBack { keys, leaving: self.leaving().await? })
    }

    /// People whose removal waits, with the account that is gone.
    async fn leaving(&self) -> Result<HashSet<(String, String)>, StoreError> {
        let mut found = HashSet::new();
        let mut pages = EntryPages::new(&self.tenant, None);
        while let Some(page) = pages.next(&*self.store).await? {
            let waiting = page.iter().filter(|one| waits(one)).map(|one| &one.removal);
            found.extend(waiting.map(|removal| (removal.source.to_lowercase(), removal.target.clone())));
        }
        Ok(found)
    }
}
