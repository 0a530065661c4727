//! Signing in: by name and password, or by a link that is good once.
//!
//! Whoever fails is told the same whatever was wrong, after the same time. Each try is counted first.

use super::{
    Accounts, AppError, Audited, By, Known, Origin, Permission, Via, accounts, hashed, links,
    names::{MOST_NAME, check_name, normal},
    not_signed_in, parted, passwords,
    proof::same,
};
use crate::{
    contract::account::{Redeem, Role, SignIn},
    model::id::{Tenant, new_ulid},
    store::{
        Batch,
        accounts::{Grant, OneTime, StoredAccount},
        codec::Loaded,
    },
};

/// Somebody who signed in.
pub struct SignedIn {
    /// The secret of the session, for a cookie.
    pub cookie: String,
    /// Who it is.
    pub known: Known,
}

impl Accounts {
    /// By name and password.
    ///
    /// # Errors
    /// Always the same one, whatever was wrong; too many tries.
    pub async fn sign_in(&self, shown: &SignIn, from: &Origin) -> Result<SignedIn, AppError> {
        let name = normal(&shown.name);
        self.count(&name, from)?;
        let id = accounts::by_name(&*self.store, &name).await?;
        let account = match &id {
            Some(id) => accounts::get::<StoredAccount>(&*self.store, id).await?,
            None => None,
        };
        let hash = account.as_ref().and_then(|account| account.value.password.as_deref());
        let right = self.hasher.is(&shown.password, hash).await?;
        match account.filter(|account| right && !account.value.disabled) {
            Some(account) => {
                self.throttle.good(&name, &from.address);
                self.enter(account.value, Audited::SIGN_IN, &By::PASSWORD, from).await
            }
            None => {
                let account = match id {
                    Some(id) => accounts::get::<StoredAccount>(&*self.store, &id).await?,
                    None => None,
                };
                self.tell(
                    account.as_ref().map(|account| &account.value),
                    Audited::SIGN_IN,
                    "sign_in_wrong",
                    By::PASSWORD.way,
                    from,
                )
                .await?;
                Err(not_signed_in())
            }
        }
    }

    /// Counts a try.
    fn count(&self, name: &str, from: &Origin) -> Result<(), AppError> {
        // Only the beginning of what somebody sends as a name is remembered.
        let name: String = name.chars().take(MOST_NAME).collect();
        let taken = self.throttle.take(&name, &from.address, self.now());
        taken.map_err(|seconds| AppError::too_many(seconds, "sign_in_often").arg("seconds", seconds.to_string()))
    }

    /// Begins a session of somebody who proved who they are.
    pub(super) async fn enter(
        &self,
        account: StoredAccount,
        deed: &str,
        by: &By<'_>,
        from: &Origin,
    ) -> Result<SignedIn, AppError> {
        let cookie = self.begin(&account, by, from).await?;
        self.tell(Some(&account), deed, "done", by.way, from).await?;
        let id = parted("", &cookie).map(|(id, _)| id.to_string()).unwrap_or_default();
        let actor = account.name.clone();
        let (via, only) = (Via::Session(id), by.tenant.cloned());
        Ok(SignedIn { cookie, known: Known { account: Some(account), actor, via, bounds: None, only } })
    }

    /// By a link that is good once. `near` says that the server is reached on a loopback address: there somebody may sign in
    /// without a password until there is one.
    ///
    /// # Errors
    /// A link that is not good, or not any more; a password that is missing or too short; a name that is taken.
    pub async fn redeem(&self, shown: &Redeem, near: bool, from: &Origin) -> Result<SignedIn, AppError> {
        let taken = self.throttle.take_unguessable(&from.address, self.now());
        taken.map_err(|seconds| AppError::too_many(seconds, "sign_in_often").arg("seconds", seconds.to_string()))?;
        let Some(link) = self.good_link(&shown.code).await? else {
            self.tell(None, Audited::REDEEM, "link_not_good", By::LINK.way, from).await?;
            return Err(links::not_good());
        };
        let mark = accounts::mark(&*self.store).await?;
        let old = match &link.value.account {
            Some(id) => {
                let account = accounts::get::<StoredAccount>(&*self.store, id).await?;
                Some(account.filter(|account| !account.value.disabled).ok_or_else(links::not_good)?)
            }
            // Of several first links only one makes an owner.
            None if self.is_empty().await? => None,
            None => return Err(links::not_good()),
        };
        let has_password = old.as_ref().is_some_and(|account| account.value.password.is_some());
        let hash = match shown.password.as_deref().filter(|password| !password.is_empty()) {
            Some(password) => {
                passwords::check(password)?;
                Some(self.hasher.hash(password).await?)
            }
            None if near && !has_password => None,
            None => return Err(AppError::invalid("password_needed").field("password")),
        };
        let now = self.now();
        let mut batch = Batch::default();
        accounts::drop_one(&mut batch, &link);
        let new = match &old {
            Some(old) => {
                let kept = old.value.clone();
                StoredAccount { password: hash.clone().or(kept.password.clone()), changed: now, ..kept }
            }
            None => {
                let name = normal(shown.name.as_deref().unwrap_or(Role::Owner.as_str()));
                check_name(&name)?;
                let new = StoredAccount {
                    id: new_ulid(now),
                    display: name.clone(),
                    name,
                    email: None,
                    preferences: Default::default(),
                    disabled: false,
                    password: hash.clone(),
                    created: now,
                    changed: now,
                    signed_in: None,
                };
                accounts::take_name(&mut batch, &new)?;
                // Whoever comes first also runs the installation.
                let permissions = Permission::OF_INSTALLATION.map(|permission| permission.as_str().to_string());
                let grant = Grant { roles: vec![Role::Owner.as_str().into()], permissions: permissions.into() };
                accounts::put_grant(&mut batch, &new.id, &Tenant::default_tenant(), Some(&grant))?;
                new
            }
        };
        accounts::put(&mut batch, old.as_ref(), &new)?;
        accounts::move_mark(&mut batch, mark.as_ref())?;
        if hash.is_some() && has_password {
            self.ends(&mut batch, &new.id, None).await?;
        }
        let begun = self.begin_telling(&new, Audited::REDEEM, from).await?;
        // Two who use one link at the same time: the second finds it gone.
        if let Err(error) = self.store.commit(batch).await {
            self.recorder.forget(&begun).await?;
            return Err(match error {
                crate::store::StoreError::Conflict => links::not_good(),
                other => other.into(),
            });
        }
        let signed = self.enter(new, Audited::REDEEM, &By::LINK, from).await?;
        self.recorder.forget(&begun).await?;
        Ok(signed)
    }

    /// The link of this code, if it is good.
    async fn good_link(&self, code: &str) -> Result<Option<Loaded<OneTime>>, AppError> {
        let Some((id, secret)) = parted(links::PREFIX, code) else { return Ok(None) };
        let found = accounts::get::<OneTime>(&*self.store, id).await?;
        Ok(found.filter(|link| same(&hashed(secret), &link.value.hash) && link.value.expires > self.now()))
    }

    /// Who has this token; nothing for one that is not good, or not any more.
    pub async fn by_token(&self, shown: &str) -> Result<Option<Known>, AppError> {
        use crate::store::accounts::StoredToken;
        let Some((id, secret)) = parted(super::tokens::PREFIX, shown) else { return Ok(None) };
        let Some(found) = accounts::get::<StoredToken>(&*self.store, id).await? else { return Ok(None) };
        let (token, now) = (&found.value, self.now());
        if !same(&hashed(secret), &token.hash) || token.expires <= now {
            return Ok(None);
        }
        let account = match &token.account {
            Some(id) => {
                let account = accounts::get::<StoredAccount>(&*self.store, id).await?;
                let Some(account) = account.filter(|account| !account.value.disabled) else { return Ok(None) };
                Some(account.value)
            }
            None => None,
        };
        let Ok(tenant) = token.tenant.parse::<Tenant>() else { return Ok(None) };
        if token.used.is_none_or(|used| now - used >= super::SEEN_MS) {
            let mut batch = Batch::default();
            accounts::put(&mut batch, Some(&found), &StoredToken { used: Some(now), ..token.clone() })?;
            match self.store.commit(batch).await {
                Ok(()) | Err(crate::store::StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let actor = account.as_ref().map_or_else(|| format!("token {}", token.name), |account| account.name.clone());
        let permissions = token.permissions.iter().filter_map(|name| Permission::of(name)).collect();
        Ok(Some(Known { account, actor, via: Via::Token(id.into()), bounds: Some((tenant, permissions)), only: None }))
    }
}
