//! Sessions: a secret of 256 bits in a cookie, of which only the hash is stored. A session ends when nothing was done in it
//! for a time, in any case after a longer one, when its account is disabled, and when somebody ends it.

use super::{
    Accounts, AppError, By, Known, Origin, SECRET_BYTES, SEEN_MS, TRIES, Via, accounts, drawn, hashed, not_signed_in,
    parted, proof::same,
};
use crate::{
    model::id::{Tenant, new_ulid},
    store::{
        Batch, StoreError,
        accounts::{StoredAccount, StoredIdentity, StoredSession},
        codec::Loaded,
        departures::{self, Standing},
    },
};

/// How long a session lives in which nothing is done.
pub const IDLE_MS: i64 = 12 * 3_600_000;
/// How long a session lives at most.
pub const ABSOLUTE_MS: i64 = 7 * 86_400_000;
/// Sessions of one account; a new one ends the oldest.
const MOST: usize = 50;

const _: () = assert!(SECRET_BYTES * 8 == 256);

/// What writes of a session have to show, made from its secret: a page of another site can send the cookie along, but cannot
/// read it.
#[must_use]
pub fn csrf_of(cookie: &str) -> String {
    super::proof::sign(cookie.as_bytes(), &[b"idflow csrf 1"])
}

/// When a session is over, if nothing is done in it.
pub(super) fn end(session: &StoredSession) -> i64 {
    (session.seen.saturating_add(IDLE_MS)).min(session.created.saturating_add(ABSOLUTE_MS))
}

impl Accounts {
    /// Begins a session and gives its cookie; sessions that are over go. Whatever was proved, it was proved of the account as it
    /// was then: where it has another password by now, or is disabled, nobody comes in.
    pub(super) async fn begin(&self, account: &StoredAccount, by: &By<'_>, from: &Origin) -> Result<String, AppError> {
        for _ in 0..TRIES {
            let found = accounts::get::<StoredAccount>(&*self.store, &account.id).await?;
            let same =
                |found: &Loaded<StoredAccount>| !found.value.disabled && found.value.password == account.password;
            let found = found.filter(same).ok_or_else(not_signed_in)?;
            match self.begin_of(&found, by, from).await {
                Err(StoreError::Conflict) => {}
                done => return Ok(done?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn begin_of(
        &self,
        account: &Loaded<StoredAccount>,
        by: &By<'_>,
        from: &Origin,
    ) -> Result<String, StoreError> {
        let now = self.now();
        let id = new_ulid(now);
        let (cookie, hash) = drawn("", &id);
        let agent: String = from.agent.chars().filter(|char| !char.is_control()).take(200).collect();
        let address = from.address.clone();
        let new = StoredSession {
            id,
            account: account.value.id.clone(),
            hash,
            created: now,
            seen: now,
            address,
            agent,
            way: by.way.into(),
            tenant: by.tenant.map(|tenant| tenant.as_str().to_string()),
            identity: by.identity.map(ToString::to_string),
        };
        let mut batch = Batch::default();
        let mut mine = Vec::new();
        for old in accounts::all::<StoredSession>(&*self.store).await? {
            if end(&old) <= now {
                accounts::forget(&mut batch, &old);
            } else if old.account == account.value.id {
                mine.push(old);
            }
        }
        mine.sort_by_key(|session| session.seen);
        let many = (mine.len() + 1).saturating_sub(MOST);
        mine.iter().take(many).for_each(|old| accounts::forget(&mut batch, old));
        accounts::put(&mut batch, None, &new)?;
        // Each sign-in is another one, so that whoever ends all sessions in the same moment finds the account changed.
        let signed_in = now.max(account.value.signed_in.map_or(now, |before| before.saturating_add(1)));
        let noted = StoredAccount { signed_in: Some(signed_in), ..account.value.clone() };
        accounts::put(&mut batch, Some(account), &noted)?;
        self.store.commit(batch).await?;
        Ok(cookie)
    }

    /// Who has this cookie; nothing for one that is not good, or not any more.
    pub async fn by_cookie(&self, cookie: &str) -> Result<Option<Known>, AppError> {
        let Some((id, secret)) = parted("", cookie) else { return Ok(None) };
        let Some(found) = accounts::get::<StoredSession>(&*self.store, id).await? else { return Ok(None) };
        let (session, now) = (&found.value, self.now());
        if !same(&hashed(secret), &session.hash) || end(session) <= now {
            return Ok(None);
        }
        let account = accounts::get::<StoredAccount>(&*self.store, &session.account).await?;
        let Some(account) = account.filter(|account| !account.value.disabled) else { return Ok(None) };
        if !self.stands(session).await? {
            return Ok(None);
        }
        if now - session.seen >= SEEN_MS {
            let mut batch = Batch::default();
            accounts::put(&mut batch, Some(&found), &StoredSession { seen: now, ..session.clone() })?;
            match self.store.commit(batch).await {
                // Another call of the same session has noted it, or it was just ended: the next call sees that.
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let actor = account.value.name.clone();
        let only = match session.tenant.as_deref().map(str::parse::<Tenant>) {
            Some(Ok(tenant)) => Some(tenant),
            Some(Err(_)) => return Ok(None),
            None => None,
        };
        Ok(Some(Known { account: Some(account.value), actor, via: Via::Session(id.into()), bounds: None, only }))
    }

    /// Whether the sign-in by which a session began still stands: whoever came by another system is somebody here as long as
    /// the binding, who vouches for it, the person for whom it stands and their link are as they were.
    pub(super) async fn stands(&self, session: &StoredSession) -> Result<bool, AppError> {
        let Some(id) = &session.identity else {
            // A session of an earlier version does not tell; its person signs in again.
            return Ok(session.tenant.is_none());
        };
        let Some(one) = accounts::get::<StoredIdentity>(&*self.store, id).await? else { return Ok(false) };
        let same = one.value.account == session.account && self.vouches(&one.value).await?;
        Ok(same && departures::standing(&*self.store, &one.value).await? == Standing::Good)
    }

    /// Ends the sessions of an account that somebody began in one way, in one tenant or in all; gives how many.
    pub(super) async fn end_by(&self, account: &str, way: &str, tenant: Option<&str>) -> Result<u64, AppError> {
        let mut batch = Batch::default();
        for session in accounts::all::<StoredSession>(&*self.store).await? {
            if session.account == account && session.way == way && session.tenant.as_deref() == tenant {
                accounts::forget(&mut batch, &session);
            }
        }
        let ended = batch.deletes.len() as u64;
        if ended > 0 {
            self.store.commit(batch).await?;
        }
        Ok(ended)
    }

    /// Ends, in the commit that changes an account, its sessions but this one, and the links that sign in as it; gives how many
    /// sessions. That commit expects the account as it was read before this: a session that began meanwhile is seen by that.
    pub(super) async fn ends(&self, batch: &mut Batch, account: &str, but: Option<&str>) -> Result<u64, StoreError> {
        let mut ended = 0;
        for session in accounts::all::<StoredSession>(&*self.store).await? {
            if session.account == account && but != Some(session.id.as_str()) {
                accounts::forget(batch, &session);
                ended += 1;
            }
        }
        self.drop_links(batch, account).await?;
        Ok(ended)
    }
}
