//! Which account is bound to whom: by administrators, looked at and taken away.
//!
//! A bound account is one that somebody else can enter. So whoever binds one has to be able to give what it may do, and the
//! account may have nothing in another tenant, as for a password.

use super::{accounts, id_of, visit::Came};
use crate::{
    app::{AppError, Desk, paging, time},
    contract::{
        account::Changed,
        page::Page,
        sign_in::{BoundIdentity, EndedWhy, IdentityFilter, NewIdentity, WayKind},
    },
    store::{
        Batch, StoreError,
        accounts::{EndedBy, StoredAccount, StoredIdentity},
    },
};
use serde_json::json;

/// The longest subject.
const MOST_SUBJECT: usize = 255;

fn view(one: &StoredIdentity, account: &str) -> BoundIdentity {
    BoundIdentity {
        id: one.id.clone(),
        account: account.into(),
        way: if one.way == super::oidc::WAY { WayKind::Oidc } else { WayKind::Wecom },
        connection: one.connection.clone(),
        subject: one.subject.clone(),
        by: one.by.clone(),
        bound: time(one.bound),
        used: one.used.map(time),
        person: one.person.as_deref().map(Into::into),
        ended: one.ended.map(|ended| time(ended.at)),
        why: one.ended.map(|ended| match ended.why {
            EndedBy::PersonLeft => EndedWhy::PersonLeft,
            EndedBy::KeyGivenUp => EndedWhy::KeyGivenUp,
        }),
    }
}

impl Desk<'_> {
    /// Who may sign in by another system as an account of this tenant.
    ///
    /// # Errors
    /// An account that is not there, a wrong cursor.
    pub async fn identities(&self, filter: &IdentityFilter) -> Result<Page<BoundIdentity>, AppError> {
        let here = self.tenant.as_str();
        let only = match &filter.account {
            Some(given) => Some(self.found(given).await?.stored.value.id),
            None => None,
        };
        let grants = accounts::all_grants(&*self.store).await?;
        let mut shown = Vec::new();
        for one in accounts::all::<StoredIdentity>(&*self.store).await? {
            let mine = grants.contains_key(&(one.account.clone(), here.into()))
                && one.tenant.as_deref().is_none_or(|tenant| tenant == here)
                && only.as_ref().is_none_or(|only| *only == one.account);
            if !mine {
                continue;
            }
            let account = accounts::get::<StoredAccount>(&*self.store, &one.account).await?;
            shown.push(view(&one, account.as_ref().map_or("", |account| &account.value.name)));
        }
        shown.sort_by(|a, b| (&a.account, &a.subject).cmp(&(&b.account, &b.subject)));
        paging::cut(shown, filter.limit, filter.cursor.as_deref())
    }

    /// Binds an account.
    ///
    /// # Errors
    /// An account that is not the caller's to change, a connection that signs nobody in, somebody who is bound already.
    pub async fn bind_identity(&self, new: &NewIdentity) -> Result<BoundIdentity, AppError> {
        let found = self.found(&new.account).await?;
        self.within_tenant(&found)?;
        // WeCom does not mind the case of a userid; a provider of OpenID Connect does.
        let given = new.subject.trim();
        let lower = given.to_lowercase();
        let subject = if new.connection.is_some() { lower.as_str() } else { given };
        if subject.is_empty() || subject.len() > MOST_SUBJECT || subject.chars().any(char::is_control) {
            return Err(AppError::invalid("identity_subject_wrong").field("subject"));
        }
        let (issuer, way) = match &new.connection {
            Some(connection) => self.issuer_of(connection).await?,
            None => {
                let settings = self.oidc_stored().await?.ok_or_else(|| AppError::conflict("oidc_not_set_up"))?;
                (settings.value.issuer, super::oidc::WAY)
            }
        };
        let of = new.connection.as_deref().map(|connection| (self.own_tenant(), connection));
        let came = Came { way, issuer: &issuer, subject, key: given, name: None, of, email: None };
        let mut batch = Batch::default();
        self.bind(&mut batch, &came, &found.stored.value, &self.caller.actor).await?;
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => {
                return Err(AppError::conflict("identity_taken").arg("who", subject).field("subject"));
            }
            done => done?,
        }
        let id = id_of(&issuer, subject);
        self.caller.trail.about(&found.stored.value.id);
        self.caller.trail.change(json!(null), json!({"way": way, "connection": new.connection, "subject": subject}));
        let bound = accounts::get::<StoredIdentity>(&*self.store, &id).await?;
        let bound = bound.ok_or_else(|| AppError::not_found("identity_missing").arg("id", &id))?;
        Ok(view(&bound.value, &found.stored.value.name))
    }

    /// Takes a binding away; sessions that somebody began by it end.
    ///
    /// # Errors
    /// One that is not there, or not the caller's to change.
    pub async fn unbind_identity(&self, id: &str) -> Result<Changed, AppError> {
        let missing = || AppError::not_found("identity_missing").arg("id", id);
        let bound = accounts::get::<StoredIdentity>(&*self.store, id).await?.ok_or_else(missing)?;
        let here = bound.value.tenant.as_deref().is_none_or(|tenant| tenant == self.tenant.as_str());
        let found = self.found(&bound.value.account).await.map_err(|_| missing())?;
        if !here {
            return Err(missing());
        }
        self.within_tenant(&found)?;
        let mut batch = Batch::default();
        accounts::drop_one(&mut batch, &bound);
        self.store.commit(batch).await?;
        let one = &bound.value;
        let sessions = self.accounts_of_all().end_by(&one.account, &one.way, one.tenant.as_deref()).await?;
        self.caller.trail.about(&one.account);
        self.caller
            .trail
            .change(json!({"way": one.way, "connection": one.connection, "subject": one.subject}), json!(null));
        Ok(Changed { id: id.into(), done: "revoked".into(), sessions })
    }
}
