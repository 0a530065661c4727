//! What callers do about themselves: who they are, their sessions, password and preferences.

use std::collections::BTreeMap;

use super::{
    super::{Desk, paging},
    AppError, Permission, TRIES, Via, accounts, passwords, people, roles_of, sessions, shown_time,
};
use crate::{
    contract::{
        account::{Changed, Me, NewPassword, OwnTenant, Preferences, Proof, Session, SessionFilter},
        page::Page,
    },
    store::{
        Batch, StoreError,
        accounts::{StoredAccount, StoredSession},
        codec::Loaded,
    },
};

/// Preferences by name, as they are stored.
fn preferences(stored: &BTreeMap<String, String>) -> Preferences {
    let get = |name: &str| stored.get(name).cloned();
    Preferences { language: get("language"), zone: get("zone"), theme: get("theme") }
}

impl Desk<'_> {
    /// The caller's own account.
    async fn mine(&self) -> Result<Loaded<StoredAccount>, AppError> {
        let Some(id) = &self.caller.account else { return Err(AppError::conflict("no_account")) };
        accounts::get(&*self.store, id).await?.ok_or_else(|| AppError::conflict("no_account"))
    }

    /// Who the caller is.
    pub async fn me(&self) -> Result<Me, AppError> {
        let (caller, here) = (self.caller, self.caller.tenant.as_str());
        let (mut account, mut tenants, mut chosen) = (None, Vec::new(), Preferences::default());
        if let Some(id) = &caller.account {
            let stored = self.mine().await?.value;
            let grants = self.accounts_of_all().tenants_of(id).await?;
            for (tenant, grant) in grants {
                if tenant == here {
                    account = Some(people::view(&stored, &grant));
                }
                // A token is good for one tenant.
                if tenant == here || !(caller.only_here || matches!(caller.via, Via::Token(_))) {
                    tenants.push(OwnTenant { id: tenant, roles: roles_of(&grant).into_iter().collect() });
                }
            }
            chosen = preferences(&stored.preferences);
        } else {
            tenants.push(OwnTenant { id: here.into(), roles: caller.roles.iter().copied().collect() });
        }
        let (proof, session) = match &caller.via {
            Via::Local => (Proof::Local, None),
            Via::Session(id) => (Proof::Session, Some(id.clone())),
            Via::Token(_) => (Proof::Token, None),
        };
        Ok(Me {
            actor: caller.actor.clone(),
            proof,
            account,
            tenant: here.into(),
            tenants,
            roles: caller.roles.iter().copied().collect(),
            permissions: caller.permissions.iter().copied().collect(),
            preferences: chosen,
            session,
            csrf: None,
        })
    }

    /// Changes what the caller chose.
    ///
    /// # Errors
    /// An unknown language, zone or theme.
    pub async fn prefer(&self, new: &Preferences) -> Result<Preferences, AppError> {
        let one_of =
            |given: &Option<String>, known: &[&str]| given.as_deref().is_none_or(|given| known.contains(&given));
        let wrong = |field: &'static str| AppError::invalid("preference_unknown").arg("field", field).field(field);
        if !one_of(&new.language, &["zh", "en"]) {
            return Err(wrong("language"));
        }
        if !one_of(&new.theme, &["light", "dark", "system"]) {
            return Err(wrong("theme"));
        }
        if new.zone.as_deref().is_some_and(|zone| zone.parse::<chrono_tz::Tz>().is_err()) {
            return Err(wrong("zone"));
        }
        let old = self.mine().await?;
        let pairs = [("language", &new.language), ("zone", &new.zone), ("theme", &new.theme)];
        let kept = pairs.into_iter().filter_map(|(name, value)| Some((name.to_string(), value.clone()?)));
        let changed = StoredAccount { preferences: kept.collect(), ..old.value.clone() };
        let mut batch = Batch::default();
        accounts::put(&mut batch, Some(&old), &changed)?;
        self.store.commit(batch).await?;
        Ok(preferences(&changed.preferences))
    }

    /// Another password for the caller; its other sessions end.
    ///
    /// # Errors
    /// A wrong one before, too many tries, one that is too short.
    pub async fn change_password(&self, new: &NewPassword) -> Result<Changed, AppError> {
        let old = self.mine().await?;
        passwords::check(&new.password)?;
        let who = self.accounts_of_all();
        if self.caller.only_here && old.value.password.is_none() {
            // A password would open every tenant of the account.
            return Err(AppError::refused("password_by_link"));
        }
        if let Some(hash) = &old.value.password {
            // As for a sign-in: whoever finds an open session does not find the password by trying.
            let name = format!("{} password", old.value.name);
            who.throttle
                .take(&name, &self.caller.address, self.now())
                .map_err(|seconds| AppError::too_many(seconds, "sign_in_often").arg("seconds", seconds.to_string()))?;
            if !who.hasher.is(new.old_password.as_deref().unwrap_or_default(), Some(hash)).await? {
                return Err(AppError::invalid("password_wrong").field("old_password"));
            }
            who.throttle.good(&name, &self.caller.address);
        }
        let hash = who.hasher.hash(&new.password).await?;
        let kept = match &self.caller.via {
            Via::Session(id) => Some(id.as_str()),
            _ => None,
        };
        for _ in 0..TRIES {
            let mark = accounts::mark(&*self.store).await?;
            let now = self.mine().await?;
            // Somebody else has set one: what was proved is worth nothing any more.
            if now.value.password != old.value.password || now.value.disabled {
                break;
            }
            let changed = StoredAccount { password: Some(hash.clone()), changed: self.now(), ..now.value.clone() };
            let mut batch = Batch::default();
            accounts::put(&mut batch, Some(&now), &changed)?;
            accounts::move_mark(&mut batch, mark.as_ref())?;
            let sessions = who.ends(&mut batch, &changed.id, kept).await?;
            match self.store.commit(batch).await {
                Err(StoreError::Conflict) => continue,
                done => done?,
            }
            self.caller.trail.about(&changed.id);
            return Ok(Changed { id: changed.id, done: "changed".into(), sessions });
        }
        Err(StoreError::Conflict.into())
    }

    /// Sessions of the caller, or of somebody whose account the caller may look at.
    ///
    /// # Errors
    /// An account that is not there, a wrong cursor.
    pub async fn sessions(&self, filter: &SessionFilter) -> Result<Page<Session>, AppError> {
        let whose: Vec<StoredAccount> = match &filter.account {
            Some(given) => {
                self.caller.needs(Permission::AccountView)?;
                vec![self.found(given).await?.stored.value]
            }
            // Who has no account has no sessions: the operator sees those of everybody here.
            None if self.caller.account.is_none() => {
                let grants = accounts::all_grants(&*self.store).await?;
                let here = self.caller.tenant.as_str().to_string();
                let all = accounts::all::<StoredAccount>(&*self.store).await?.into_iter();
                all.filter(|account| grants.contains_key(&(account.id.clone(), here.clone()))).collect()
            }
            None => vec![self.mine().await?.value],
        };
        let now = self.now();
        let mut found: Vec<StoredSession> = accounts::all::<StoredSession>(&*self.store).await?;
        found.retain(|session| sessions::end(session) > now);
        found.sort_by_key(|session| std::cmp::Reverse(session.seen));
        let shown = found.into_iter().filter_map(|session| {
            let account = whose.iter().find(|account| account.id == session.account)?;
            Some(Session {
                account: account.name.clone(),
                created: shown_time(session.created),
                seen: shown_time(session.seen),
                expires: shown_time(session.created.saturating_add(sessions::ABSOLUTE_MS)),
                current: self.caller.via == Via::Session(session.id.clone()),
                id: session.id,
                address: session.address,
                way: session.way,
                agent: session.agent,
            })
        });
        paging::cut(shown.collect(), filter.limit, filter.cursor.as_deref())
    }

    /// Ends a session: one's own, or one of an account that the caller manages.
    ///
    /// # Errors
    /// One that is not there, or that is somebody else's, which looks the same.
    pub async fn end_session(&self, id: &str) -> Result<Changed, AppError> {
        let unknown = || AppError::not_found("session_missing").arg("id", id);
        let session = accounts::get::<StoredSession>(&*self.store, id).await?.ok_or_else(unknown)?;
        let mine = self.caller.account.as_ref() == Some(&session.value.account);
        if !mine {
            let manages = self.caller.may(Permission::AccountManage);
            let found = self.found(&session.value.account).await.ok().filter(|_| manages);
            // Whoever may not change an account does not sign it out either.
            self.within_tenant(&found.ok_or_else(unknown)?)?;
        }
        let mut batch = Batch::default();
        accounts::forget(&mut batch, &session.value);
        self.store.commit(batch).await?;
        self.caller.trail.about(id);
        Ok(Changed { id: id.into(), done: "revoked".into(), sessions: 1 })
    }

    /// Ends the session that asks.
    ///
    /// # Errors
    /// A caller without a session.
    pub async fn sign_out(&self) -> Result<Changed, AppError> {
        let Via::Session(id) = &self.caller.via else { return Err(AppError::conflict("no_session")) };
        match self.end_session(id).await {
            // It ended meanwhile: what was wanted is so.
            Err(error) if &*error.problem.code == "session_missing" => {}
            other => drop(other?),
        }
        Ok(Changed { id: id.clone(), done: "signed_out".into(), sessions: 1 })
    }
}
