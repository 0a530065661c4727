//! What callers do with the accounts of others: look, make, grant, disable, make a link.
//!
//! * Whoever looks from a tenant sees the accounts that may do something there, and no others.
//! * Nobody gives what they do not have; only an owner makes or changes an owner.
//! * What concerns an account as a whole (disabling it, its password) is done from a tenant only when the account has nothing
//!   elsewhere. The operator of the machine may do it anyway.
//! * A tenant that has an owner keeps one that can sign in.

use super::{
    super::{
        Desk,
        expected::{Expected, tag},
        paging,
    },
    Accounts, AppError, Permission, Role, TRIES, Via, accounts,
    names::{MOST_NAME, check_name, normal},
    permissions_of, roles_of, shown_time,
};
use crate::{
    contract::{
        account::{Account, Changed, GivenPassword, LinkFor, NewAccount, NewGrant, OneTimeLink},
        page::{Page, Paging},
        problem::Next,
    },
    model::id::{Tenant, new_ulid},
    store::{
        Batch, StoreError,
        accounts::{Grant, StoredAccount},
        codec::Loaded,
    },
};
use idflow_sdk::NextKind;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn check_display(text: &str, field: &'static str) -> Result<String, AppError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MOST_NAME || text.chars().any(char::is_control) {
        return Err(AppError::invalid("text_wrong").arg("most", MOST_NAME.to_string()).field(field));
    }
    Ok(text.into())
}

/// An account as it is seen from a tenant.
pub(super) fn view(account: &StoredAccount, grant: &Grant) -> Account {
    Account {
        id: account.id.clone(),
        name: account.name.clone(),
        display: account.display.clone(),
        email: account.email.clone(),
        disabled: account.disabled,
        has_password: account.password.is_some(),
        roles: roles_of(grant).into_iter().collect(),
        permissions: grant.permissions.iter().filter_map(|name| Permission::of(name)).collect(),
        created: shown_time(account.created),
        signed_in: account.signed_in.map(shown_time),
        // A sign-in is no edit.
        etag: tag(&(&account.id, account.changed, account.disabled, grant)),
    }
}

fn told(grant: &Grant) -> Value {
    json!({"roles": grant.roles, "permissions": grant.permissions})
}

/// A grant as somebody gives it.
fn granted(roles: &[Role], permissions: &[Permission]) -> Result<Grant, AppError> {
    if let Some(other) = permissions.iter().find(|permission| !Permission::SINGLE.contains(permission)) {
        let error = AppError::invalid("permission_not_single").arg("permission", other.as_str());
        let single = Permission::SINGLE.map(Permission::as_str).join(", ");
        return Err(error.arg("single", single).field("permissions"));
    }
    let roles: BTreeSet<Role> = roles.iter().copied().collect();
    let permissions: BTreeSet<Permission> = permissions.iter().copied().collect();
    Ok(Grant {
        roles: roles.into_iter().map(|role| role.as_str().to_string()).collect(),
        permissions: permissions.into_iter().map(|permission| permission.as_str().to_string()).collect(),
    })
}

/// An account with all that it may do.
pub(super) struct Found {
    pub(super) stored: Loaded<StoredAccount>,
    pub(super) here: Grant,
    elsewhere: bool,
}

impl Desk<'_> {
    /// The accounts of this tenant.
    ///
    /// # Errors
    /// A wrong cursor, the store.
    pub async fn accounts(&self, wanted: &Paging) -> Result<Page<Account>, AppError> {
        let grants = accounts::all_grants(&*self.store).await?;
        let tenant = self.caller.tenant.as_str();
        let all = accounts::all::<StoredAccount>(&*self.store).await?.into_iter().filter_map(|account| {
            grants.get(&(account.id.clone(), tenant.to_string())).map(|grant| view(&account, grant))
        });
        paging::cut(all.collect(), wanted.limit, wanted.cursor.as_deref())
    }

    /// The account of this id or name, when it is one of this tenant.
    pub(super) async fn found(&self, given: &str) -> Result<Found, AppError> {
        self.found_among(given, self.caller.is_operator()).await
    }

    /// The same; `all`: also one that may do nothing here.
    async fn found_among(&self, given: &str, all: bool) -> Result<Found, AppError> {
        let unknown = || AppError::not_found("account_missing").arg("name", given);
        let id = accounts::by_name(&*self.store, &normal(given)).await?.unwrap_or_else(|| given.to_string());
        let stored = accounts::get::<StoredAccount>(&*self.store, &id).await?.ok_or_else(unknown)?;
        let mut grants = accounts::grants(&*self.store, &id).await?;
        let here = grants.remove(self.caller.tenant.as_str());
        // Whoever has nothing here is nobody here, but for those who look after all tenants.
        let here = here.or_else(|| all.then(Grant::default)).ok_or_else(unknown)?;
        Ok(Found { stored, here, elsewhere: !grants.is_empty() })
    }

    /// Whether the caller runs the installation, by what it may do here or in another tenant.
    async fn runs_installation(&self) -> Result<bool, AppError> {
        let caller = self.caller;
        if caller.is_operator() || caller.may(Permission::TenantManage) {
            return Ok(true);
        }
        let by_session = matches!(caller.via, Via::Session(_)) && !caller.only_here;
        let Some(account) = caller.account.as_ref().filter(|_| by_session) else { return Ok(false) };
        let grants = accounts::grants(&*self.store, account).await?;
        Ok(grants.values().any(|grant| permissions_of(grant).contains(&Permission::TenantManage)))
    }

    /// One account.
    ///
    /// # Errors
    /// One that nobody has, the store.
    pub async fn account(&self, given: &str) -> Result<Account, AppError> {
        let found = self.found(given).await?;
        Ok(view(&found.stored.value, &found.here))
    }

    /// Refuses to give or take what the caller does not have.
    fn within_reach(&self, grant: &Grant) -> Result<(), AppError> {
        let owner = roles_of(grant).contains(&Role::Owner);
        let mut more = permissions_of(grant).into_iter().filter(|permission| !self.caller.may(*permission));
        let own = [Permission::AccountSelf, Permission::SessionView];
        if owner && !self.caller.roles.contains(&Role::Owner) {
            return Err(AppError::refused("only_owners"));
        }
        match more.find(|permission| !own.contains(permission)) {
            Some(permission) => Err(AppError::refused("more_than_own").arg("permission", permission.as_str())),
            None => Ok(()),
        }
    }

    /// Refuses what concerns an account as a whole to somebody who answers for a part of it.
    pub(super) fn within_tenant(&self, found: &Found) -> Result<(), AppError> {
        self.within_reach(&found.here)?;
        if found.elsewhere && !self.caller.is_operator() {
            return Err(AppError::refused("account_elsewhere").arg("name", &found.stored.value.name));
        }
        Ok(())
    }

    /// Refuses a change after which a tenant that has an owner would have none that can sign in.
    async fn keeps_an_owner(&self, account: &str, tenant: &Tenant) -> Result<(), AppError> {
        let owner = Role::Owner.as_str();
        let grants = accounts::all_grants(&*self.store).await?;
        let owners = grants
            .iter()
            .filter(|((_, of), grant)| of == tenant.as_str() && grant.roles.iter().any(|role| role == owner));
        let owners: Vec<&str> = owners.map(|((account, _), _)| account.as_str()).collect();
        if !owners.contains(&account) {
            return Ok(());
        }
        for other in owners.into_iter().filter(|other| *other != account) {
            let other = accounts::get::<StoredAccount>(&*self.store, other).await?;
            if other.is_some_and(|other| !other.value.disabled) {
                return Ok(());
            }
        }
        Err(AppError::conflict("last_owner").arg("tenant", tenant.as_str()))
    }

    /// Makes an account with roles here, and a link by which whoever it is for sets a password.
    ///
    /// # Errors
    /// A name that is wrong or taken, rights that the caller does not have.
    pub async fn new_account(&self, new: &NewAccount) -> Result<OneTimeLink, AppError> {
        let name = normal(&new.name);
        check_name(&name)?;
        let display = check_display(new.display.as_deref().unwrap_or(&name), "display")?;
        let email = new.email.as_deref().map(str::trim).filter(|email| !email.is_empty());
        if let Some(wrong) = email.filter(|email| !idflow_sdk::text::is_email(email)) {
            return Err(AppError::invalid("email_wrong").arg("text", wrong).field("email"));
        }
        let grant = granted(&new.roles, &new.permissions)?;
        if grant == Grant::default() {
            return Err(AppError::invalid("roles_missing").field("roles"));
        }
        self.within_reach(&grant)?;
        for _ in 0..TRIES {
            let mark = accounts::mark(&*self.store).await?;
            if accounts::by_name(&*self.store, &name).await?.is_some() {
                return Err(AppError::conflict("sign_in_name_taken").arg("name", &name).field("name"));
            }
            let now = self.now();
            let account = StoredAccount {
                id: new_ulid(now),
                name: name.clone(),
                display: display.clone(),
                email: email.map(Into::into),
                preferences: Default::default(),
                disabled: false,
                password: None,
                created: now,
                changed: now,
                signed_in: None,
            };
            let mut batch = Batch::default();
            accounts::take_name(&mut batch, &account)?;
            accounts::put(&mut batch, None, &account)?;
            accounts::put_grant(&mut batch, &account.id, &self.caller.tenant, Some(&grant))?;
            accounts::move_mark(&mut batch, mark.as_ref())?;
            match self.store.commit(batch).await {
                Err(StoreError::Conflict) => continue,
                done => done?,
            }
            self.caller.trail.about(&account.id);
            let mark = accounts::mark(&*self.store).await?;
            return self.link_of(&account, &grant, &mark).await;
        }
        Err(StoreError::Conflict.into())
    }

    async fn link_of(
        &self,
        account: &StoredAccount,
        grant: &Grant,
        mark: &Option<Loaded<u64>>,
    ) -> Result<OneTimeLink, AppError> {
        let link = self.accounts_of_all().link(Some(&account.id), Some(mark)).await?;
        Ok(OneTimeLink { account: Some(view(account, grant)), path: link.path, code: link.code, expires: link.expires })
    }

    /// A link that is good once: for an account, for the only owner, or for whoever becomes the first one.
    ///
    /// # Errors
    /// An account that is not there, is disabled or is not the caller's to change.
    pub async fn new_link(&self, wanted: &LinkFor) -> Result<OneTimeLink, AppError> {
        let given = match &wanted.account {
            Some(given) => given.clone(),
            None => {
                if let Some(link) = self.accounts_of_all().first_link().await? {
                    return Ok(OneTimeLink { account: None, path: link.path, code: link.code, expires: link.expires });
                }
                let owners = self.all_accounts().await?;
                let mut owners = owners.into_iter().filter(|account| account.roles.contains(&Role::Owner));
                match (owners.next(), owners.next()) {
                    (Some(only), None) => only.id,
                    (None, _) => return Err(AppError::invalid("account_no_owner").field("account")),
                    _ => return Err(AppError::invalid("account_not_named").field("account")),
                }
            }
        };
        // Read first: what the account may do is not to change between the look at it and the link.
        let mark = accounts::mark(&*self.store).await?;
        let found = self.found(&given).await?;
        self.within_tenant(&found)?;
        if found.stored.value.disabled {
            return Err(AppError::conflict("account_disabled").arg("name", &found.stored.value.name));
        }
        self.caller.trail.about(&found.stored.value.id);
        self.link_of(&found.stored.value, &found.here, &mark).await
    }

    async fn all_accounts(&self) -> Result<Vec<Account>, AppError> {
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.accounts(&Paging { limit: Some(crate::contract::page::MOST), cursor }).await?;
            all.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    /// What an account may do here from now on.
    ///
    /// # Errors
    /// Rights that the caller does not have, the last owner, an account that is not as it was expected.
    pub async fn grant(&self, given: &str, new: &NewGrant, expected: &Expected) -> Result<Account, AppError> {
        let grant = granted(&new.roles, &new.permissions)?;
        self.within_reach(&grant)?;
        for _ in 0..TRIES {
            let mark = accounts::mark(&*self.store).await?;
            // Whoever runs the installation brings back who has lost the last role, and lets people of one tenant into another.
            let found = self.found_among(given, self.runs_installation().await?).await?;
            self.within_reach(&found.here)?;
            let account = &found.stored.value;
            expected.check(Some(&view(account, &found.here).etag), || Next::new(NextKind::ListAccounts))?;
            if !grant.roles.iter().any(|role| role == Role::Owner.as_str()) {
                self.keeps_an_owner(&account.id, &self.caller.tenant).await?;
            }
            let mut batch = Batch::default();
            let kept = Some(&grant).filter(|grant| **grant != Grant::default());
            accounts::put_grant(&mut batch, &account.id, &self.caller.tenant, kept)?;
            accounts::move_mark(&mut batch, mark.as_ref())?;
            // Whoever made one for it may not do so for what it may do now.
            self.accounts_of_all().drop_links(&mut batch, &account.id).await?;
            match self.store.commit(batch).await {
                Err(StoreError::Conflict) => continue,
                done => done?,
            }
            self.caller.trail.about(&account.id);
            self.caller.trail.change(told(&found.here), told(&grant));
            return Ok(view(account, &grant));
        }
        Err(StoreError::Conflict.into())
    }

    /// Disables an account, whose sessions end, or enables it again.
    ///
    /// # Errors
    /// An account that is not the caller's to change, the last owner of a tenant.
    pub async fn disable_account(&self, given: &str, disabled: bool, expected: &Expected) -> Result<Account, AppError> {
        let set = |account: &mut StoredAccount| account.disabled = disabled;
        let (changed, _) = self.change(given, set, (disabled, disabled), expected).await?;
        self.caller.trail.change(json!({"disabled": !disabled}), json!({"disabled": disabled}));
        Ok(changed)
    }

    /// Sets the password of an account: by the operator of the machine only, others make a link.
    ///
    /// # Errors
    /// A caller who is not, a password that is too short.
    pub async fn give_password(&self, given: &str, new: &GivenPassword) -> Result<Changed, AppError> {
        if !self.caller.is_operator() {
            return Err(AppError::refused("only_locally"));
        }
        super::passwords::check(&new.password)?;
        let hash = self.accounts_of_all().hasher.hash(&new.password).await?;
        let set = |account: &mut StoredAccount| account.password = Some(hash.clone());
        let (changed, sessions) = self.change(given, set, (false, true), &Expected::Anything).await?;
        Ok(Changed { id: changed.id, done: "changed".into(), sessions })
    }

    /// Changes an account; gives it, and how many of its sessions ended. `takes_away`: it can do less than before; `ends`: whoever
    /// is signed in as it is so no longer.
    async fn change(
        &self,
        given: &str,
        how: impl Fn(&mut StoredAccount),
        (takes_away, ends): (bool, bool),
        expected: &Expected,
    ) -> Result<(Account, u64), AppError> {
        for _ in 0..TRIES {
            let mark = accounts::mark(&*self.store).await?;
            let found = self.found(given).await?;
            self.within_tenant(&found)?;
            let mut new = found.stored.value.clone();
            expected.check(Some(&view(&new, &found.here).etag), || Next::new(NextKind::ListAccounts))?;
            if takes_away {
                for tenant in accounts::grants(&*self.store, &new.id).await?.keys() {
                    if let Ok(tenant) = tenant.parse() {
                        self.keeps_an_owner(&new.id, &tenant).await?;
                    }
                }
            }
            how(&mut new);
            new.changed = self.now();
            let mut batch = Batch::default();
            accounts::put(&mut batch, Some(&found.stored), &new)?;
            accounts::move_mark(&mut batch, mark.as_ref())?;
            let ended = match ends {
                true => self.accounts_of_all().ends(&mut batch, &new.id, None).await?,
                false => 0,
            };
            match self.store.commit(batch).await {
                Err(StoreError::Conflict) => continue,
                done => done?,
            }
            self.caller.trail.about(&new.id);
            return Ok((view(&new, &found.here), ended));
        }
        Err(StoreError::Conflict.into())
    }

    /// Accounts, below what a desk checks.
    pub(super) fn accounts_of_all(&self) -> &Accounts {
        self.who()
    }
}
