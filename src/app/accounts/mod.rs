//! Accounts: who may sign in, how that is proved, and what somebody may do where.
//!
//! Accounts belong to the installation, what they may do to tenants. [`Accounts`] knows who somebody is and is asked before
//! there is a caller; what callers do with accounts stands in `people`, `own` and `tokens`, at a desk like all deeds.

mod links;
mod names;
mod own;
mod passwords;
mod people;
mod sessions;
mod signing;
mod still;
mod throttle;
mod tokens;
pub mod ways;

use std::{collections::BTreeSet, sync::Arc};

pub use links::{Link, PATH as WELCOME};
pub use passwords::LEAST_PASSWORD;
pub use sessions::{ABSOLUTE_MS, csrf_of};
pub use signing::SignedIn;

use super::{
    AppError,
    audit::{Begun, Deed, Recorder, Told},
    caller::{Caller, Permission, Role, Via},
    error::RefusalKind,
    proof,
};
use crate::{
    contract::audit::AuditKind,
    engine::clock::Clock,
    model::hex::hex,
    model::id::Tenant,
    store::{
        Store,
        accounts::{self, Grant, StoredAccount},
    },
};
use idflow_sdk::Problem;
use sha2::{Digest, Sha256};

/// Random bytes of what the program draws: sessions, tokens, links.
const SECRET_BYTES: usize = 32;
/// How exactly it is known when something was used: each such note is a write.
const SEEN_MS: i64 = 5 * 60_000;
/// How often a change is tried again when another one came first.
const TRIES: usize = 16;

/// Who there is, and how they prove it.
pub struct Accounts {
    store: Store,
    clock: Arc<dyn Clock>,
    recorder: Arc<Recorder>,
    throttle: throttle::Throttle,
    hasher: passwords::Hasher,
}

/// Where a call comes from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The address.
    pub address: String,
    /// The program, as it says about itself.
    pub agent: String,
}

/// Who somebody turned out to be, before it is clear which tenant a call is about.
pub struct Known {
    /// The account; a token of the machine's operator has none.
    pub account: Option<StoredAccount>,
    /// The name that logs show.
    pub actor: String,
    /// How it was proved.
    pub via: Via,
    /// What a token may do, and in which tenant.
    bounds: Option<(Tenant, BTreeSet<Permission>)>,
    /// The only tenant that a session is good for.
    only: Option<Tenant>,
}

/// How somebody signed in.
#[derive(Debug, Clone, Copy)]
pub(super) struct By<'a> {
    /// The word for it, in the audit and in the list of sessions.
    way: &'a str,
    /// The only tenant in which that counts.
    tenant: Option<&'a Tenant>,
    /// What is bound, where another system vouched for it.
    identity: Option<&'a str>,
}

impl By<'static> {
    const PASSWORD: Self = Self { way: "password", tenant: None, identity: None };
    const LINK: Self = Self { way: "link", tenant: None, identity: None };
}

impl Accounts {
    /// Over this store, by this clock.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, recorder: Arc<Recorder>) -> Self {
        Self { store, clock, recorder, throttle: Default::default(), hasher: Default::default() }
    }

    /// What is recorded of calls.
    #[must_use]
    pub fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }

    fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Whether there is an account at all.
    pub async fn is_empty(&self) -> Result<bool, AppError> {
        Ok(accounts::all::<StoredAccount>(&*self.store).await?.is_empty())
    }

    /// The caller in a tenant; nothing where the tenant is none of theirs, so that nobody learns which ones there are.
    pub async fn caller(&self, known: &Known, tenant: &Tenant) -> Result<Option<Caller>, AppError> {
        let mut caller = Caller::new(tenant.clone(), known.actor.clone(), []);
        caller.via = known.via.clone();
        caller.only_here = known.only.is_some();
        if known.only.as_ref().is_some_and(|only| only != tenant) {
            return Ok(None);
        }
        if let Some(account) = &known.account {
            let Some(grant) = accounts::grant(&*self.store, &account.id, tenant).await? else { return Ok(None) };
            caller.account = Some(account.id.clone());
            caller.roles = roles_of(&grant);
            caller.permissions = permissions_of(&grant);
        }
        if caller.only_here {
            // Whoever looks after a connection of a tenant does not run the installation.
            caller.permissions.retain(|permission| !Permission::OF_INSTALLATION.contains(permission));
        }
        if let Some((of, bounds)) = &known.bounds {
            if of != tenant {
                return Ok(None);
            }
            caller.permissions = match known.account {
                Some(_) => caller.permissions.intersection(bounds).copied().collect(),
                None => bounds.clone(),
            };
            caller.permissions.insert(Permission::SessionView);
        }
        Ok(Some(caller))
    }

    /// The tenants in which an account may do something, with what.
    pub async fn tenants_of(&self, account: &str) -> Result<Vec<(String, Grant)>, AppError> {
        Ok(accounts::grants(&*self.store, account).await?.into_iter().collect())
    }

    /// The tenant that somebody means who names none: that of a token, the one from the start, else the first of theirs.
    pub async fn usual_tenant(&self, known: &Known) -> Result<Tenant, AppError> {
        if let Some((of, _)) = &known.bounds {
            return Ok(of.clone());
        }
        if let Some(only) = &known.only {
            return Ok(only.clone());
        }
        let first = Tenant::default_tenant();
        let Some(account) = &known.account else { return Ok(first) };
        let grants = accounts::grants(&*self.store, &account.id).await?;
        if grants.contains_key(first.as_str()) {
            return Ok(first);
        }
        Ok(grants.keys().find_map(|tenant| tenant.parse().ok()).unwrap_or(first))
    }

    /// Records a sign-in in each tenant of the account; one of nobody in the tenant that exists from the start.
    async fn tell(
        &self,
        account: Option<&StoredAccount>,
        deed: &str,
        outcome: &str,
        way: &str,
        from: &Origin,
    ) -> Result<(), AppError> {
        let mut tenants = Vec::new();
        if let Some(account) = account {
            let grants = accounts::grants(&*self.store, &account.id).await?;
            tenants.extend(grants.keys().filter_map(|tenant| tenant.parse::<Tenant>().ok()));
        }
        if tenants.is_empty() {
            tenants.push(Tenant::default_tenant());
        }
        for tenant in tenants {
            self.recorder.record(&tenant, sign_in_of(account, deed, outcome, way, from)).await?;
        }
        Ok(())
    }

    /// Notes in the tenant that exists from the start that somebody is about to use a link.
    async fn begin_telling(&self, account: &StoredAccount, deed: &str, from: &Origin) -> Result<Begun, AppError> {
        self.recorder
            .begin(&Tenant::default_tenant(), sign_in_of(Some(account), deed, "begun", By::LINK.way, from))
            .await
    }
}

/// What the audit is told of a sign-in.
fn sign_in_of(account: Option<&StoredAccount>, deed: &str, outcome: &str, way: &str, from: &Origin) -> Deed {
    Deed {
        // What somebody typed as a name may be a password: nobody's name is not kept.
        actor: account.map_or_else(|| "?".into(), |account| account.name.clone()),
        via: way.into(),
        address: from.address.clone(),
        kind: AuditKind::SignIn,
        deed: deed.into(),
        outcome: outcome.into(),
        told: Told { about: account.map(|account| account.id.clone()), ..Told::default() },
    }
}

/// The roles of a grant. A word of a newer version is no right in this one.
fn roles_of(grant: &Grant) -> BTreeSet<Role> {
    grant.roles.iter().filter_map(|name| Role::of(name)).collect()
}

/// What a grant allows.
fn permissions_of(grant: &Grant) -> BTreeSet<Permission> {
    let single = grant.permissions.iter().filter_map(|name| Permission::of(name));
    let own = [Permission::AccountSelf, Permission::SessionView];
    roles_of(grant).iter().flat_map(|role| role.permissions()).chain(single).chain(own).collect()
}

/// The hash of what the program drew at random; there is nothing to guess, so it need not be slow.
fn hashed(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Something drawn at random, as it is given away: the id under which its hash is found, and the secret.
fn drawn(prefix: &str, id: &str) -> (String, String) {
    let secret = proof::random(SECRET_BYTES);
    (format!("{prefix}{id}.{secret}"), hashed(&secret))
}

/// Id and secret of what somebody shows.
fn parted<'a>(prefix: &str, shown: &'a str) -> Option<(&'a str, &'a str)> {
    let (id, secret) = shown.strip_prefix(prefix)?.split_once('.')?;
    let sound = id.len() == 26 && secret.len() == 2 * SECRET_BYTES;
    (sound && shown.is_ascii()).then_some((id, secret))
}

/// A time as it is shown.
fn shown_time(ms: i64) -> String {
    super::time(ms)
}

/// Names of deeds before which nobody is a caller, as the table of operations has them.
struct Audited;

impl Audited {
    const SIGN_IN: &str = "sign_in";
    const REDEEM: &str = "redeem_link";
    const BACK: &str = "sign_in_elsewhere";
    const BIND: &str = "bind_identity";
}

/// The refusal of every sign-in that did not succeed, whatever was wrong.
fn not_signed_in() -> AppError {
    AppError::new(RefusalKind::Unknown, Problem::new("sign_in_wrong"))
}
