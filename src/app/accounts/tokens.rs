//! Tokens of programs: a secret of 256 bits that is shown once, with what it may do and until when.

use super::{
    super::{Desk, paging},
    AppError, Permission, Via, accounts, drawn, shown_time,
};
use crate::{
    contract::{
        account::{Changed, NewToken, Token},
        page::{Page, Paging},
    },
    model::id::new_ulid,
    store::{
        Batch,
        accounts::{StoredAccount, StoredToken},
    },
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// How tokens begin, so that people and scanners of files know them.
pub(super) const PREFIX: &str = "idflow_";
/// Days that a token is good where nothing is said, and at most.
const USUAL_DAYS: u32 = 90;
const MOST_DAYS: u32 = 365;
/// Tokens of one tenant.
const MOST: usize = 1_000;

fn view(token: &StoredToken, names: &BTreeMap<String, String>) -> Token {
    Token {
        id: token.id.clone(),
        name: token.name.clone(),
        account: token.account.as_ref().map(|id| names.get(id).unwrap_or(id).clone()),
        permissions: token.permissions.iter().filter_map(|name| Permission::of(name)).collect(),
        created: shown_time(token.created),
        expires: shown_time(token.expires),
        used: token.used.map(shown_time),
        token: None,
    }
}

impl Desk<'_> {
    /// Whether a token is the caller's own.
    fn owns(&self, token: &StoredToken) -> bool {
        token.account.is_some() && token.account == self.caller.account
    }

    async fn tokens_here(&self) -> Result<Vec<StoredToken>, AppError> {
        let mut all = accounts::all::<StoredToken>(&*self.store).await?;
        all.retain(|token| token.tenant == self.caller.tenant.as_str());
        Ok(all)
    }

    async fn names(&self) -> Result<BTreeMap<String, String>, AppError> {
        let all = accounts::all::<StoredAccount>(&*self.store).await?;
        Ok(all.into_iter().map(|account| (account.id, account.name)).collect())
    }

    /// Tokens of this tenant: one's own, or all for whoever looks after accounts.
    ///
    /// # Errors
    /// A wrong cursor, the store.
    pub async fn tokens(&self, wanted: &Paging) -> Result<Page<Token>, AppError> {
        let all = self.caller.may(Permission::AccountView);
        let names = self.names().await?;
        let found = self.tokens_here().await?.into_iter().filter(|token| all || self.owns(token));
        paging::cut(found.map(|token| view(&token, &names)).collect(), wanted.limit, wanted.cursor.as_deref())
    }

    /// Makes a token that may do some of what its maker may.
    ///
    /// # Errors
    /// Permissions that the caller does not have, a life that is too long.
    pub async fn new_token(&self, new: &NewToken) -> Result<Token, AppError> {
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(AppError::invalid("text_wrong").arg("most", "100").field("name"));
        }
        let days = new.days.unwrap_or(USUAL_DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(AppError::invalid("token_days_wrong").arg("most", MOST_DAYS.to_string()).field("days"));
        }
        let wanted: BTreeSet<Permission> = new.permissions.iter().copied().collect();
        if wanted.is_empty() {
            return Err(AppError::invalid("token_without_permission").field("permissions"));
        }
        for permission in &wanted {
            // What only a person does is done by none: another password, another token.
            if *permission == Permission::AccountSelf {
                return Err(AppError::refused("token_not_self").field("permissions"));
            }
            if !self.caller.may(*permission) {
                let error = AppError::refused("more_than_own").arg("permission", permission.as_str());
                return Err(error.field("permissions"));
            }
        }
        if self.tokens_here().await?.len() >= MOST {
            return Err(AppError::conflict("tokens_many").arg("most", MOST.to_string()));
        }
        let now = self.now();
        let id = new_ulid(now);
        let (token, hash) = drawn(PREFIX, &id);
        let stored = StoredToken {
            id,
            name: name.into(),
            hash,
            tenant: self.caller.tenant.as_str().into(),
            account: self.caller.account.clone(),
            permissions: wanted.iter().map(|permission| permission.as_str().to_string()).collect(),
            created: now,
            expires: now + i64::from(days) * 86_400_000,
            used: None,
        };
        let mut batch = Batch::default();
        accounts::put(&mut batch, None, &stored)?;
        self.store.commit(batch).await?;
        self.caller.trail.about(&stored.id);
        let names = self.names().await?;
        Ok(Token { token: Some(token), ..view(&stored, &names) })
    }

    /// Takes a token away: one's own, or any for whoever manages accounts.
    ///
    /// # Errors
    /// One that is not there, or that is somebody else's, which looks the same.
    pub async fn revoke_token(&self, id: &str) -> Result<Changed, AppError> {
        let unknown = || AppError::not_found("token_missing").arg("id", id);
        let token = accounts::get::<StoredToken>(&*self.store, id).await?.ok_or_else(unknown)?.value;
        let here = token.tenant == self.caller.tenant.as_str();
        let may = self.owns(&token) || self.caller.may(Permission::AccountManage);
        if !here || !may || matches!(self.caller.via, Via::Token(_)) {
            return Err(unknown());
        }
        let mut batch = Batch::default();
        accounts::forget(&mut batch, &token);
        self.store.commit(batch).await?;
        self.caller.trail.change(json!({"name": token.name, "permissions": token.permissions}), json!(null));
        Ok(Changed { id: id.into(), done: "revoked".into(), sessions: 0 })
    }
}
