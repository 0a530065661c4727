//! Tenants: made, named, put away and taken up again by whoever runs the installation; and which of them a request is about.

use idflow_sdk::NextKind;

use super::{
    App, AppError,
    caller::Role,
    expected::{Expected, tag},
    time,
};
use crate::{
    contract::{
        page::{Page, Paging},
        problem::Next,
        tenant::{self as shown, NewTenant, RenameTenant, SetRetention, TenantState, TenantVerb},
    },
    model::{
        id::Tenant,
        retention::{Retention, Wrong},
    },
    store::{
        Batch, StoreError, accounts, accounts::Grant, catalogue, identities::Holder, keys, tenants,
        tenants::StoredTenant,
    },
};

/// The longest name, in characters.
const MOST_NAME: usize = 200;
/// How often a change is tried again when somebody else wrote at the same time.
const TRIES: usize = 16;

impl App {
    /// The tenant that a request is about: the one that it names, else the one that is there from the start. Whether the
    /// caller may see it is for whoever knows the caller; it is refused in the same words as one that is not there.
    ///
    /// # Errors
    /// There is no such tenant; the store.
    pub async fn tenant_of_request(&self, named: Option<&str>) -> Result<Tenant, AppError> {
        let Some(named) = named else { return Ok(Tenant::default_tenant()) };
        match self.known_tenant(named).await? {
            Some(row) => Ok(row.id),
            None => Err(unknown(named)),
        }
    }

    /// The row of a tenant, if there is one of this id.
    pub(super) async fn known_tenant(&self, id: &str) -> Result<Option<StoredTenant>, AppError> {
        let Ok(tenant) = id.parse::<Tenant>() else { return Ok(None) };
        Ok(tenants::get(&*self.store, &tenant).await?)
    }

    /// Refuses what would begin something in a tenant that is put away.
    ///
    /// # Errors
    /// It is; the store.
    pub async fn refuse_archived(&self, tenant: &Tenant) -> Result<(), AppError> {
        let row = self.known_tenant(tenant.as_str()).await?;
        match row.is_some_and(|row| row.archived.is_some()) {
            true => Err(AppError::conflict("tenant_archived").arg("tenant", tenant.as_str())),
            false => Ok(()),
        }
    }

    /// All tenants by id.
    ///
    /// # Errors
    /// A wrong cursor, the store.
    pub async fn tenants(&self, wanted: &Paging) -> Result<Page<shown::Tenant>, AppError> {
        let all = tenants::all(&*self.store).await?;
        super::paging::cut(all.iter().map(view).collect(), wanted.limit, wanted.cursor.as_deref())
    }

    /// One tenant.
    ///
    /// # Errors
    /// There is none of this id; the store.
    pub async fn show_tenant(&self, id: &str) -> Result<shown::Tenant, AppError> {
        self.known_tenant(id).await?.as_ref().map(view).ok_or_else(|| unknown(id))
    }

    /// Makes a tenant. An account that does so owns it, so that somebody can let others in.
    ///
    /// # Errors
    /// An id that is taken or cannot be one, a name that is none, the store.
    pub async fn create_tenant(&self, new: &NewTenant, account: Option<&str>) -> Result<shown::Tenant, AppError> {
        let id: Tenant =
            new.id.parse().map_err(|_| AppError::invalid("tenant_id_invalid").arg("id", &new.id).field("id"))?;
        let name = name(new.name.as_deref().unwrap_or(&new.id))?;
        let taken = || AppError::conflict("tenant_taken").arg("id", &new.id).field("id");
        if tenants::get(&*self.store, &id).await?.is_some() {
            return Err(taken());
        }
        // As long as there was one tenant only, nobody had to note whose an account is.
        self.note_identities().await?;
        let (created, archived, restored) = (self.now(), None, None);
        let row = StoredTenant { id, name, created, archived, restored, house_number: None, retention: None };
        let mut batch = Batch::default();
        tenants::put(&mut batch, None, &row)?;
        if let Some(account) = account {
            let owner = Grant { roles: vec![Role::Owner.as_str().into()], permissions: Vec::new() };
            accounts::put_grant(&mut batch, account, &row.id, Some(&owner))?;
            accounts::move_mark(&mut batch, accounts::mark(&*self.store).await?.as_ref())?;
        }
        match self.store.commit(batch).await {
            // Somebody else made it at the same time, or changed who may do what.
            Err(StoreError::Conflict) if tenants::get(&*self.store, &row.id).await?.is_some() => Err(taken()),
            done => Ok(done.map(|()| view(&row))?),
        }
    }

    /// Gives a tenant another name.
    ///
    /// # Errors
    /// There is none of this id, a name that is none, the store.
    pub async fn rename_tenant(&self, id: &str, rename: &RenameTenant) -> Result<shown::Tenant, AppError> {
        self.rename_tenant_if(id, rename, &Expected::Anything).await
    }

    /// The same, as long as the tenant is as it was expected.
    ///
    /// # Errors
    /// As [`App::rename_tenant`]; [`super::error::RefusalKind::Stale`].
    pub async fn rename_tenant_if(
        &self,
        id: &str,
        rename: &RenameTenant,
        expected: &Expected,
    ) -> Result<shown::Tenant, AppError> {
        let name = name(&rename.name)?;
        self.change_tenant(id, |row| row.name.clone_from(&name), expected).await
    }

    /// Says how long things of a tenant are kept.
    ///
    /// # Errors
    /// There is none of this id; days out of their bounds, more of an old run than of a newer one; the store.
    pub async fn set_retention(&self, id: &str, wanted: &SetRetention) -> Result<shown::Tenant, AppError> {
        let of = |row: &StoredTenant| {
            let usual = if wanted.usual { None } else { row.retention };
            let now = usual.unwrap_or_default();
            Retention {
                calls: wanted.calls_days.unwrap_or(now.calls),
                changes: wanted.changes_days.unwrap_or(now.changes),
                failures: wanted.failures_days.unwrap_or(now.failures),
                runs: wanted.runs_days.unwrap_or(now.runs),
                audit: wanted.audit_days.unwrap_or(now.audit),
                uploads: wanted.uploads_days.unwrap_or(now.uploads),
            }
        };
        let row = self.known_tenant(id).await?.ok_or_else(|| unknown(id))?;
        of(&row).check().map_err(|wrong| match wrong {
            Wrong::Bounds(field, least, most) => {
                let refused = AppError::invalid("retention_bounds").arg("field", field);
                refused.arg("least", least.to_string()).arg("most", most.to_string()).field(field_of(field))
            }
            Wrong::Order(field) => AppError::invalid("retention_order").field(field_of(field)),
        })?;
        // What another one has written meanwhile is looked at again, too.
        let change = |row: &mut StoredTenant| {
            let new = of(row);
            if new.check().is_ok() {
                row.retention = Some(new).filter(|new| *new != Retention::default());
            }
        };
        self.change_tenant(id, change, &Expected::Anything).await
    }

    /// How long things of this tenant are kept.
    pub(super) async fn retention(&self) -> Result<Retention, AppError> {
        let row = tenants::get(&*self.store, &self.tenant).await?;
        Ok(row.and_then(|row| row.retention).unwrap_or_default())
    }

    /// Puts a tenant away: nothing is started in it any more. What was accepted before is carried out, and its data stay.
    ///
    /// # Errors
    /// There is none of this id, or it is the one from the start; the store.
    pub async fn archive_tenant(&self, id: &str) -> Result<shown::Tenant, AppError> {
        if id == Tenant::default_tenant().as_str() {
            return Err(AppError::conflict("tenant_from_the_start").arg("id", id));
        }
        let now = self.now();
        self.change_tenant(id, |row| row.archived = row.archived.or(Some(now)), &Expected::Anything).await
    }

    /// Takes a tenant up again. What was due meanwhile is not made up for.
    ///
    /// # Errors
    /// There is none of this id; the store.
    pub async fn restore_tenant(&self, id: &str) -> Result<shown::Tenant, AppError> {
        let now = self.now();
        let restore = |row: &mut StoredTenant| {
            if row.archived.take().is_some() {
                row.restored = Some(now);
            }
        };
        self.change_tenant(id, restore, &Expected::Anything).await
    }

    pub(super) async fn change_tenant(
        &self,
        id: &str,
        change: impl Fn(&mut StoredTenant),
        expected: &Expected,
    ) -> Result<shown::Tenant, AppError> {
        for _ in 0..TRIES {
            let row = self.known_tenant(id).await?.ok_or_else(|| unknown(id))?;
            let old = tenants::loaded(&*self.store, &row.id).await?;
            let mut new = old.as_ref().map_or(row, |old| old.value.clone());
            expected.check(Some(&tag(&new)), || Next::new(NextKind::ListTenants))?;
            change(&mut new);
            let mut batch = Batch::default();
            tenants::put(&mut batch, old.as_ref(), &new)?;
            match self.store.commit(batch).await {
                Err(StoreError::Conflict) => {}
                done => return Ok(done.map(|()| view(&new))?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Notes for every connection whose account it has, where nobody has noted that yet.
    async fn note_identities(&self) -> Result<(), AppError> {
        let store = &*self.store;
        for tenant in tenants::with(store, keys::CONNECTION).await? {
            for stored in catalogue::connections(store, &tenant).await? {
                let Some(account) = super::connections::account(&stored) else { continue };
                if account.holder(store).await?.is_some() {
                    continue;
                }
                let mut batch = Batch::default();
                let holder = Holder { tenant: tenant.clone(), connection: stored.name };
                account.take(&mut batch, None, &holder)?;
                match store.commit(batch).await {
                    // Somebody else was faster, for this connection or another one of that account.
                    Ok(()) | Err(StoreError::Conflict) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }
}

pub(super) fn unknown(id: &str) -> AppError {
    AppError::not_found("tenant_unknown").arg("id", id)
}

fn name(text: &str) -> Result<String, AppError> {
    let name = idflow_sdk::text::trim(text);
    if name.is_empty() || name.chars().count() > MOST_NAME || name.chars().any(char::is_control) {
        return Err(AppError::invalid("tenant_name_invalid").arg("most", MOST_NAME.to_string()).field("name"));
    }
    Ok(name.into())
}

/// The field of a body.
const fn field_of(name: &str) -> &'static str {
    match name.as_bytes() {
        b"calls" => "calls_days",
        b"changes" => "changes_days",
        b"failures" => "failures_days",
        b"runs" => "runs_days",
        b"audit" => "audit_days",
        _ => "uploads_days",
    }
}

fn kept(settings: Retention) -> shown::TenantRetention {
    let Retention { calls, changes, failures, runs, audit, uploads } = settings;
    shown::TenantRetention {
        calls_days: calls,
        changes_days: changes,
        failures_days: failures,
        runs_days: runs,
        audit_days: audit,
        uploads_days: uploads,
    }
}

fn view(row: &StoredTenant) -> shown::Tenant {
    let first = row.id == Tenant::default_tenant();
    let put_away = row.archived.is_some();
    let allowed =
        [(TenantVerb::Rename, true), (TenantVerb::Archive, !put_away && !first), (TenantVerb::Restore, put_away)];
    shown::Tenant {
        id: row.id.as_str().into(),
        name: row.name.clone(),
        state: if put_away { TenantState::Archived } else { TenantState::Active },
        created: (!first).then(|| time(row.created)),
        archived: row.archived.map(time),
        house_number: row.house_number.clone(),
        retention: kept(row.retention.unwrap_or_default()),
        allowed: allowed.into_iter().filter_map(|(verb, fits)| fits.then_some(verb)).collect(),
        etag: tag(row),
    }
}
