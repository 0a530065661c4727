//! Signing in by accounts of other systems: the company's own people come with an account of WeCom, or of a provider of OpenID
//! Connect.
//!
//! * A sign-in belongs to the browser that began it. What it needs (state, nonce, the proof of RFC 7636) stands sealed in a
//!   cookie of that browser; whoever comes back with another state, with somebody else's, or a second time, is nobody.
//! * Who comes back is somebody here only if an account is bound to them: by an administrator, by an invitation that its person
//!   used, or, where the operator of the installation wants that, by a verified address for mail.
//! * A connection belongs to a tenant, so what it vouches for counts in that tenant and nowhere else: whoever can edit the
//!   connection could make it say anything. What identifies a connection (company, app, address) is part of what is bound.

mod consent;
mod identities;
pub(in crate::app) mod oidc;
pub(in crate::app) mod oidc_provider;
mod token;
mod visit;
mod vouching;
mod wecom;

use idflow_sdk::{Kind, Secret};
use sha2::{Digest, Sha256};

use super::{
    Accounts, AppError, By, Origin, accounts, hashed, links, parted,
    proof::{random_letters, same},
};
use crate::{
    app::{App, directory},
    contract::sign_in::{SignInWay, SignInWays, WayKind},
    model::hex::hex,
    model::id::Tenant,
    store::{
        Batch, StoreError,
        accounts::{OneTime, StoredAccount, StoredIdentity},
        departures::{self, Standing},
    },
};

/// How long somebody may take on the other system's page.
const LASTS_MS: i64 = 10 * 60_000;
/// Letters and digits of a state; WeCom takes 128 at most.
const STATE: usize = 43;
/// The longest place that a browser is sent to afterwards.
const MOST_TO: usize = 512;
/// For what the cookie is sealed.
const PLACE: &str = "sign-in elsewhere";

pub use consent::Gave;
pub use visit::{Back, Begin, Entered, Sent};

use visit::{Attempt, Came};

/// What became of somebody who came back.
pub enum Returned {
    /// They are signed in.
    In(Box<Entered>),
    /// They gave something.
    Gave(Gave),
}

/// The id of an identity.
fn id_of(issuer: &str, subject: &str) -> String {
    let mut hash = Sha256::new();
    for part in [issuer, subject] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// A place on this server: a path, and nothing that a browser could take for another host.
fn place(to: Option<&str>) -> String {
    let is_ours = |to: &&str| {
        to.starts_with('/')
            && !to.starts_with("//")
            && to.len() <= MOST_TO
            && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    to.filter(is_ours).unwrap_or("/").into()
}

impl App {
    /// The ways to sign in that somebody is offered who is to be in this tenant.
    pub async fn sign_in_ways(&self, tenant: Option<&str>) -> Result<SignInWays, AppError> {
        let mut ways = vec![SignInWay { kind: WayKind::Password, title: None, start: String::new() }];
        let tenant = match tenant.filter(|tenant| !tenant.is_empty()) {
            Some(tenant) => tenant.parse().ok(),
            None => Some(Tenant::default_tenant()),
        };
        if let Some(tenant) = tenant {
            ways.extend(self.of(&tenant).wecom_ways().await?);
        }
        if let Some(settings) = self.oidc_stored().await? {
            let title = Some(settings.value.title).filter(|title| !title.is_empty());
            ways.push(SignInWay { kind: WayKind::Oidc, title, start: oidc::START.into() });
        }
        Ok(SignInWays { ways })
    }

    /// A new sign-in, and what its browser keeps of it.
    fn attempt(&self, way: &str, begin: &Begin) -> Result<(Attempt, String), AppError> {
        let attempt = Attempt {
            way: way.into(),
            state: random_letters(STATE),
            nonce: random_letters(STATE),
            verifier: random_letters(64),
            expires: self.now() + LASTS_MS,
            to: place(begin.to.as_deref()),
            invitation: begin.invitation.clone().filter(|code| !code.is_empty() && code.len() <= 200),
            gives: begin.gives(),
        };
        let text = serde_json::to_string(&attempt).unwrap_or_default();
        let kept = self.sealer.seal(PLACE, &Secret::new(text))?;
        Ok((attempt, kept))
    }

    /// The sign-in with which a browser comes back; each comes back once.
    async fn returned(&self, way: &str, back: &Back, kept: Option<&str>) -> Result<Attempt, AppError> {
        let other = || AppError::refused("sign_in_other_browser");
        let text = kept.and_then(|kept| self.sealer.unseal(PLACE, kept)).ok_or_else(other)?;
        let attempt: Attempt = serde_json::from_str(text.expose()).map_err(|_| other())?;
        let state = back.state.as_deref().unwrap_or_default();
        let now = self.now();
        if attempt.way != way || !same(&attempt.state, state) || attempt.expires <= now {
            return Err(other());
        }
        let mut batch = Batch::default();
        accounts::spend(&*self.store, &mut batch, &hashed(&attempt.state), attempt.expires, now).await?;
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => Err(AppError::refused("sign_in_used")),
            done => done.map(|()| attempt).map_err(Into::into),
        }
    }

    /// What was found out about who comes back; that nobody could be found out stands in the audit, with the reason.
    async fn or_told<T>(&self, way: &str, from: &Origin, found: Result<T, AppError>) -> Result<T, AppError> {
        if let Err(refused) = &found {
            self.who().tell(None, super::Audited::BACK, &refused.problem.code, way, from).await?;
        }
        found
    }

    /// Lets somebody in whom another system vouches for, if an account is bound to them.
    async fn enter(&self, came: &Came<'_>, attempt: &Attempt, from: &Origin) -> Result<Entered, AppError> {
        let who = self.who();
        let bound = accounts::get::<StoredIdentity>(&*self.store, &id_of(came.issuer, came.subject)).await?;
        let invites = attempt.invitation.is_some();
        let account = match bound {
            // An invitation binds anew what is over.
            Some(bound) if bound.value.ended.is_none() || !invites => {
                let account = accounts::get::<StoredAccount>(&*self.store, &bound.value.account).await?;
                let used = match self.recognised(came, &bound.value).await {
                    Ok(used) => used,
                    Err(refused) => {
                        let account = account.as_ref().map(|account| &account.value);
                        who.tell(account, super::Audited::BACK, &refused.problem.code, came.way, from).await?;
                        return Err(refused);
                    }
                };
                let mut batch = Batch::default();
                accounts::put(&mut batch, Some(&bound), &used)?;
                match self.store.commit(batch).await {
                    Ok(()) | Err(StoreError::Conflict) => {}
                    Err(error) => return Err(error.into()),
                }
                account.map(|account| account.value)
            }
            _ => match self.invited(came, attempt, from).await? {
                Some(account) => Some(account),
                None => self.known_by_email(came, from).await?,
            },
        };
        let account = account.filter(|account| !account.disabled);
        // Where a connection vouches, its tenant has to have given the account something.
        let tenant = came.of.map(|(tenant, _)| tenant);
        let account = match (account, tenant) {
            (Some(account), Some(tenant)) => accounts::grant(&*self.store, &account.id, tenant).await?.map(|_| account),
            (account, _) => account,
        };
        let Some(account) = account else {
            who.tell(None, super::Audited::BACK, "sign_in_not_bound", came.way, from).await?;
            return Err(AppError::refused("sign_in_not_bound").arg("who", came.subject));
        };
        who.good_return(from);
        let identity = id_of(came.issuer, came.subject);
        let by = By { way: came.way, tenant, identity: Some(&identity) };
        let signed = who.enter(account, super::Audited::BACK, &by, from).await?;
        Ok(Entered { signed, to: attempt.to.clone() })
    }

    /// What is bound, as somebody is to sign in by it now; a refusal where a key may have gone to somebody else.
    async fn recognised(&self, came: &Came<'_>, bound: &StoredIdentity) -> Result<StoredIdentity, AppError> {
        let refused = |code: &'static str| AppError::refused(code).arg("who", came.subject);
        let mut used = StoredIdentity { used: Some(self.now()), ..bound.clone() };
        let Some((tenant, connection)) = came.of else {
            return if bound.ended.is_none() { Ok(used) } else { Err(refused("sign_in_ended")) };
        };
        let linked = departures::person_of(&*self.store, tenant, connection, came.key).await?;
        if used.person.is_none() {
            used.person = linked.map(Into::into);
        }
        match departures::standing(&*self.store, &used).await? {
            Standing::Good => {}
            Standing::Ended(_) => return Err(refused("sign_in_ended")),
            Standing::PersonAway => return Err(refused("sign_in_person_away")),
            Standing::LinkMoved => return Err(refused("sign_in_link_moved")),
        }
        if let Some(person) = &used.person
            && self.is_held_back(connection, came.key, person).await?
        {
            return Err(refused("sign_in_in_doubt"));
        }
        if let Some(name) = came.name {
            let record = match &used.person {
                Some(person) => departures::person(&*self.store, tenant, person).await?,
                None => None,
            };
            let field = directory::schema(Kind::User).field("name");
            let here = record.as_ref().zip(field).and_then(|(record, field)| record.text(field));
            // Who has another name than last time, and than here, may be somebody else.
            if used.called.as_deref().is_some_and(|called| called != name) && here != Some(name) {
                return Err(refused("sign_in_other_name").arg("name", name));
            }
            used.called = Some(name.into());
        }
        Ok(used)
    }

    /// The account of the invitation with which somebody began; it is bound to them now.
    async fn invited(
        &self,
        came: &Came<'_>,
        attempt: &Attempt,
        from: &Origin,
    ) -> Result<Option<StoredAccount>, AppError> {
        let Some(code) = &attempt.invitation else { return Ok(None) };
        let Some((id, secret)) = parted(links::PREFIX, code) else { return Err(links::not_good()) };
        let link = accounts::get::<OneTime>(&*self.store, id).await?;
        let link = link.filter(|link| same(&hashed(secret), &link.value.hash) && link.value.expires > self.now());
        let link = link.ok_or_else(links::not_good)?;
        let account = match &link.value.account {
            Some(account) => accounts::get::<StoredAccount>(&*self.store, account).await?,
            None => None,
        };
        let account = account.filter(|account| !account.value.disabled).ok_or_else(links::not_good)?;
        let mut batch = Batch::default();
        accounts::drop_one(&mut batch, &link);
        match self.bind_and_tell(batch, came, (&account.value, "invitation"), from).await {
            // The same link, or the same person, at the same moment.
            Err(error) if error.problem.code == "store_conflict" => Err(links::not_good()),
            done => done.map(|()| Some(account.value)),
        }
    }

    /// The account that has the address which the other system has verified: one that nobody can enter in another way, so
    /// that nobody loses it to somebody else. It is bound to them now.
    async fn known_by_email(&self, came: &Came<'_>, from: &Origin) -> Result<Option<StoredAccount>, AppError> {
        let Some(email) = came.email else { return Ok(None) };
        let all = accounts::all::<StoredAccount>(&*self.store).await?.into_iter();
        let mut same =
            all.filter(|account| account.email.as_deref().is_some_and(|one| one.eq_ignore_ascii_case(email)));
        let (Some(account), None) = (same.next(), same.next()) else { return Ok(None) };
        let bound = accounts::all::<StoredIdentity>(&*self.store).await?;
        if account.password.is_some() || bound.iter().any(|one| one.account == account.id) {
            return Err(AppError::refused("sign_in_account_taken"));
        }
        self.bind_and_tell(Batch::default(), came, (&account, "email"), from).await?;
        Ok(Some(account))
    }

    /// Binds an account with what else is in this commit, and tells the audit of it: no request of an administrator does.
    async fn bind_and_tell(
        &self,
        mut batch: Batch,
        came: &Came<'_>,
        (account, by): (&StoredAccount, &str),
        from: &Origin,
    ) -> Result<(), AppError> {
        self.bind(&mut batch, came, account, by).await?;
        let first = Tenant::default_tenant();
        let tenant = came.of.map_or(&first, |(tenant, _)| tenant);
        let deed = super::sign_in_of(Some(account), super::Audited::BIND, "done", by, from);
        self.who().recorder.around(tenant, deed, self.store.commit(batch)).await
    }

    /// Binds an account; one identity is one account. One that is over gives its place up.
    async fn bind(
        &self,
        batch: &mut Batch,
        came: &Came<'_>,
        account: &StoredAccount,
        by: &str,
    ) -> Result<(), StoreError> {
        let old = accounts::get::<StoredIdentity>(&*self.store, &id_of(came.issuer, came.subject)).await?;
        let old = old.filter(|old| old.value.ended.is_some());
        let mut person = None;
        if let Some((tenant, connection)) = came.of {
            for key in [came.key, came.subject] {
                if person.is_none() {
                    person = departures::person_of(&*self.store, tenant, connection, key).await?;
                }
            }
        }
        let new = StoredIdentity {
            id: id_of(came.issuer, came.subject),
            account: account.id.clone(),
            way: came.way.into(),
            issuer: came.issuer.into(),
            subject: came.subject.into(),
            tenant: came.of.map(|(tenant, _)| tenant.as_str().to_string()),
            connection: came.of.map(|(_, connection)| connection.into()),
            by: by.into(),
            bound: self.now(),
            used: None,
            person: person.map(Into::into),
            called: came.name.map(Into::into),
            ended: None,
        };
        accounts::put(batch, old.as_ref(), &new)
    }
}

impl Accounts {
    /// Counts a return from another system: codes cannot be guessed, but asking about them costs.
    pub(in crate::app) fn count_return(&self, from: &Origin) -> Result<(), AppError> {
        let taken = self.throttle.take_unguessable(&from.address, self.now());
        taken.map_err(|seconds| AppError::too_many(seconds, "sign_in_often").arg("seconds", seconds.to_string()))
    }

    /// It was a good one.
    fn good_return(&self, from: &Origin) {
        self.throttle.good_from(&from.address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_to_this_server_only() {
        for (given, expected) in [
            (None, "/"),
            (Some("/w/default/runs?x=1"), "/w/default/runs?x=1"),
            (Some("//evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("https://evil.example"), "/"),
            (Some("/a b"), "/"),
            (Some("/a\r\nset-cookie: x"), "/"),
            (Some(""), "/"),
        ] {
            assert_eq!(place(given), expected, "{given:?}");
        }
        assert_eq!(place(Some(&format!("/{}", "a".repeat(600)))), "/");
    }

    #[test]
    fn ids_keep_their_parts_apart() {
        assert_ne!(id_of("ab", "c"), id_of("a", "bc"));
        assert_eq!(id_of("a", "b").len(), 64);
    }
}
