//! Links that are good once, for an hour. One without an account makes the first owner; one for an account signs in and sets
//! its password. Only hashes are stored: a link is shown when it is made.

use super::{Accounts, AppError, accounts, drawn, shown_time};
use crate::{
    app::caller::Role,
    model::id::new_ulid,
    store::{
        Batch, StoreError,
        accounts::{Grant, OneTime, StoredAccount, StoredIdentity},
        codec::Loaded,
    },
};

/// How long a link is good.
const LASTS_MS: i64 = 3_600_000;
/// How what is redeemed begins.
pub(super) const PREFIX: &str = "once_";
/// Where a browser redeems a link, on the address of the server.
pub const PATH: &str = "/welcome/";

/// A link that was just made.
pub struct Link {
    /// What is redeemed.
    pub code: String,
    /// What follows the address of the server.
    pub path: String,
    /// Until when it is good, RFC 3339.
    pub expires: String,
}

/// The refusal of a link, whatever is wrong with it.
pub(super) fn not_good() -> AppError {
    AppError::new(super::RefusalKind::Unknown, idflow_sdk::Problem::new("link_not_good"))
}

impl Accounts {
    /// Makes a link for an account; those that it had are good no more. `mark`: accounts and grants as they were when it was
    /// decided that there may be one.
    pub(super) async fn link(
        &self,
        account: Option<&str>,
        mark: Option<&Option<Loaded<u64>>>,
    ) -> Result<Link, StoreError> {
        let now = self.now();
        let id = new_ulid(now);
        let (code, hash) = drawn(PREFIX, &id);
        let new = OneTime { id, hash, account: account.map(Into::into), expires: now + LASTS_MS };
        let mut batch = Batch::default();
        for old in accounts::all::<OneTime>(&*self.store).await? {
            // Several nodes make a first link each at their start; the first that is used ends the others.
            if old.expires <= now || (account.is_some() && old.account.as_deref() == account) {
                accounts::forget(&mut batch, &old);
            }
        }
        accounts::put(&mut batch, None, &new)?;
        if let Some(mark) = mark {
            accounts::expect_mark(&mut batch, mark.as_ref());
        }
        self.store.commit(batch).await?;
        Ok(Link { path: format!("{PATH}{code}"), code, expires: shown_time(new.expires) })
    }

    /// Drops the links of an account in the commit after which whoever made them may no longer have been allowed to.
    pub(super) async fn drop_links(&self, batch: &mut Batch, account: &str) -> Result<(), StoreError> {
        for link in accounts::all::<OneTime>(&*self.store).await? {
            if link.account.as_deref() == Some(account) {
                accounts::forget(batch, &link);
            }
        }
        Ok(())
    }

    /// A link that makes the first owner, as long as there is no account.
    pub async fn first_link(&self) -> Result<Option<Link>, AppError> {
        if self.is_empty().await? { Ok(Some(self.link(None, None).await?)) } else { Ok(None) }
    }

    /// The same; and a link for the only owner, where that one has nothing to sign in with again: no password, and nobody who
    /// vouches for them. Gives their name with it.
    pub async fn way_in(&self) -> Result<Option<(Link, Option<String>)>, AppError> {
        if let Some(first) = self.first_link().await? {
            return Ok(Some((first, None)));
        }
        let mut owners = Vec::new();
        for account in accounts::all::<StoredAccount>(&*self.store).await? {
            let grants = accounts::grants(&*self.store, &account.id).await?;
            let owns = |grant: &Grant| grant.roles.iter().any(|role| role == Role::Owner.as_str());
            if !account.disabled && grants.values().any(owns) {
                owners.push(account);
            }
        }
        let [owner] = owners.as_slice() else { return Ok(None) };
        let bound = accounts::all::<StoredIdentity>(&*self.store).await?;
        if owner.password.is_some() || bound.iter().any(|one| one.account == owner.id) {
            return Ok(None);
        }
        Ok(Some((self.link(Some(&owner.id), None).await?, Some(owner.name.clone()))))
    }
}
