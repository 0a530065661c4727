//! Whether a caller is still who it was when a long answer began. Looking is not using: a stream in a forgotten tab does not
//! keep a session alive.

use super::{Accounts, AppError, Caller, Known, Permission, Via, accounts, sessions};
use crate::{
    model::id::Tenant,
    store::accounts::{StoredAccount, StoredSession, StoredToken},
};

impl Accounts {
    /// Whether the caller's proof is still good and still gives these permissions.
    pub async fn still(&self, caller: &Caller, needed: &[Permission]) -> Result<bool, AppError> {
        let now = self.now();
        let (account, bounds) = match &caller.via {
            Via::Local => return Ok(true),
            Via::Session(id) => {
                let session = accounts::get::<StoredSession>(&*self.store, id).await?;
                match session.filter(|session| sessions::end(&session.value) > now) {
                    Some(session) if self.stands(&session.value).await? => (Some(session.value.account), None),
                    _ => return Ok(false),
                }
            }
            Via::Token(id) => {
                let token = accounts::get::<StoredToken>(&*self.store, id).await?;
                match token.map(|token| token.value).filter(|token| token.expires > now) {
                    Some(token) => {
                        let Ok(tenant) = token.tenant.parse::<Tenant>() else { return Ok(false) };
                        let may = token.permissions.iter().filter_map(|name| Permission::of(name)).collect();
                        (token.account, Some((tenant, may)))
                    }
                    None => return Ok(false),
                }
            }
        };
        let account = match account {
            Some(id) => {
                let account = accounts::get::<StoredAccount>(&*self.store, &id).await?;
                match account.map(|account| account.value).filter(|account| !account.disabled) {
                    Some(account) => Some(account),
                    None => return Ok(false),
                }
            }
            None => None,
        };
        let only = caller.only_here.then(|| caller.tenant.clone());
        let known = Known { account, actor: caller.actor.clone(), via: caller.via.clone(), bounds, only };
        let now = self.caller(&known, &caller.tenant).await?;
        Ok(now.is_some_and(|now| needed.iter().all(|permission| now.may(*permission))))
    }
}
