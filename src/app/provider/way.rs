//! What people see of the authorisation behind a connection, and what they do about it: invite, say what no callback told, let
//! go.

use std::collections::BTreeMap;

use idflow_sdk::{Context, Grant, ProviderSpec, Secret, provider::Invite};

use super::{by_provider, failed, meant, seal, stages, ticket, unsupported, way_of, work::bound};
use crate::{
    app::{App, AppError, Desk, caller::Permission, expected::Expected, problem_words, proof, time},
    contract::{
        connection::ConnectionChange,
        provider::{
            NewProviderInvitation, ProviderLink, ProviderSaid, ProviderStage, ProviderVerb, ProviderWay, ProviderWord,
        },
    },
    store::{
        Batch,
        catalogue::StoredConnection,
        codec::Loaded,
        provider as store,
        provider::{How, Stage, StoredGrant, StoredLink, StoredWay, Whose},
    },
};

/// Letters and digits of what an invitation carries; the platform takes 32.
const STATE_LENGTH: usize = 32;

impl Desk<'_> {
    /// How far the authorisation behind a connection is.
    ///
    /// # Errors
    /// An unknown connection, or a connector without this way.
    pub async fn provider_way(&self, name: &str) -> Result<ProviderWay, AppError> {
        let stored = self.stored_connection(name).await?.value;
        let (_, spec) = way_of(&stored.connector)?;
        let mode = by_provider(&stored).is_some();
        let kept = store::way(&*self.store, &self.tenant, name).await?;
        let way = kept.filter(|_| mode).map(|kept| kept.value).unwrap_or_default();
        let ready = store::provider(&*self.store, &stored.connector).await?.is_some();
        let writes = match ready {
            true => {
                self.opened_provider(&stored.connector).await.is_ok_and(|provider| provider.offers(Grant::Contacts))
            }
            false => false,
        };
        Ok(self.shown_way(&stored, spec, &way, (mode, ready, writes)))
    }

    fn shown_way(
        &self,
        stored: &StoredConnection,
        spec: &ProviderSpec,
        way: &StoredWay,
        (mode, ready, writes): (bool, bool, bool),
    ) -> ProviderWay {
        let now = self.now();
        let stage = stages::stage(way, now);
        let may = self.caller.may(Permission::ConnectionEdit);
        let good = |grant: Grant| way.links.get(grant.word()).filter(|link| now < link.until);
        let link = |grant: Grant| {
            let link = good(grant)?;
            let url = self.sealer.unseal(&store::link_context(&self.tenant, &stored.name, grant), &link.url);
            Some(ProviderLink {
                grant: super::shown(grant),
                url: url.filter(|_| may).map(|url| url.expose().to_string()),
                until: time(link.until),
                by: link.by.clone(),
            })
        };
        let contacts = way.contacts.as_ref();
        let mut next = stages::next(stage, good(Grant::App).is_some(), writes);
        if mode && !ready {
            next = problem_words::show(&idflow_sdk::Problem::new("provider_missing")).hint;
        }
        ProviderWay {
            connection: stored.name.clone(),
            by_provider: mode,
            provider_ready: ready,
            stage,
            title: stages::title(stage),
            next,
            allowed: if mode && may { verbs(stage, ready, writes) } else { Vec::new() },
            company: way.app.as_ref().map(|app| app.title.clone()),
            company_id: way.app.as_ref().map(|app| app.company.clone()),
            published: way.app.as_ref().and_then(|app| app.confirmed),
            contacts_until: contacts.and_then(|contacts| contacts.until).map(time),
            contacts_confirmed: contacts.and_then(|contacts| contacts.confirmed),
            links: Grant::ALL.into_iter().filter_map(link).collect(),
            steps: stages::steps(way, now),
            error: stages::trouble(way),
            release: problem_words::both(spec.release),
            unsupported: unsupported(spec.unsupported),
        }
    }

    /// Makes an invitation for the company.
    ///
    /// # Errors
    /// A company has authorised already; the app is not online yet; the provider lacks what it takes.
    pub async fn invite_provider(&self, name: &str, new: &NewProviderInvitation) -> Result<ProviderWay, AppError> {
        let (stored, spec, old) = self.loaded_way(name).await?;
        let mut way = old.as_ref().map(|old| old.value.clone()).unwrap_or_default();
        let now = self.now();
        let grant = meant(new.grant);
        let provider = self.opened_provider(&stored.connector).await?;
        if !provider.offers(grant) {
            return Err(AppError::conflict("provider_no_contacts").field("grant"));
        }
        if grant == Grant::App && way.app.is_some() {
            return Err(bound(spec, name));
        }
        if grant == Grant::Contacts {
            stages::stands(name, &way, Grant::App, now).map_err(failed)?;
            if let Some(until) = way.contacts.as_ref().and_then(|contacts| contacts.until).filter(|until| now < *until)
            {
                return Err(AppError::conflict("provider_contacts_live").arg("until", time(until)));
            }
        }
        let state = proof::random_letters(STATE_LENGTH);
        let ticket = ticket(&*self.store, &self.sealer, &stored.connector, grant).await?;
        let back = self.public_url().map(|url| format!("{url}/"));
        let asked = Invite { grant, ticket: ticket.as_ref(), state: &state, back: back.as_deref() };
        let made = provider.invite(&Context::at(now), &asked).await.map_err(failed)?;
        let lasts = i64::try_from(made.lasts.as_millis()).unwrap_or(i64::MAX);
        let url = seal(&self.sealer, &store::link_context(&self.tenant, name, grant), &Secret::new(made.url))?;
        let by = self.caller.actor.clone();
        let link = StoredLink { state: state.clone(), url, until: now.saturating_add(lasts), by: by.clone() };
        let mut batch = Batch::default();
        if let Some(before) = way.links.insert(grant.word().into(), link) {
            store::drop_invited(&mut batch, &before.state);
        }
        if grant == Grant::App {
            stages::push(&mut way, Stage::Invited, now, How::Operator, &by);
        }
        way.error = None;
        let whose = Whose { tenant: self.tenant.clone(), connection: name.into() };
        store::put_invited(&mut batch, &state, &whose)?;
        store::put_way(&mut batch, (&self.tenant, name), old.as_ref(), &way)?;
        self.store.commit(batch).await?;
        self.provider_way(name).await
    }

    /// Takes a person's word for what no callback told.
    ///
    /// # Errors
    /// What is said does not follow from where it stands; something that has to be given with it is missing; the system says
    /// otherwise.
    pub async fn say_provider(&self, name: &str, word: &ProviderWord) -> Result<ProviderWay, AppError> {
        let (stored, spec, old) = self.loaded_way(name).await?;
        let way = old.as_ref().map(|old| old.value.clone()).unwrap_or_default();
        let (now, by) = (self.now(), self.caller.actor.clone());
        let code = word.auth_code.as_deref().map(str::trim).filter(|code| !code.is_empty());
        match word.stage {
            ProviderSaid::AppBuilt => {
                if way.app.is_some() {
                    return Err(bound(spec, name));
                }
                match code {
                    Some(code) => {
                        let code = Secret::new(code.into());
                        self.bind_by_code(name, Grant::App, &code, &by).await?;
                    }
                    None => self.app_by_hand((&stored, spec), old.as_ref(), way, word).await?,
                }
            }
            ProviderSaid::Online => {
                if stages::stage(&way, now) != ProviderStage::AppBuilt {
                    return Err(out_of_turn(&way, now));
                }
                self.push_step(name, old.as_ref(), way, Stage::Online).await?;
                self.look_again(name, Grant::App, How::Operator, &by).await?;
            }
            ProviderSaid::ContactsGranted => {
                stages::stands(name, &way, Grant::App, now).map_err(failed)?;
                let needed = || AppError::invalid("provider_code_needed").field("auth_code");
                let code = Secret::new(code.ok_or_else(needed)?.into());
                self.bind_by_code(name, Grant::Contacts, &code, &by).await?;
            }
            ProviderSaid::Expired => {
                if way.contacts.is_none() {
                    return Err(out_of_turn(&way, now));
                }
                let spec = way_of(&stored.connector)?;
                self.let_go(spec, name, Grant::Contacts, None, (How::Operator, &by)).await?;
            }
        }
        self.provider_way(name).await
    }

    /// Lets go of the authorisation: its secrets are forgotten here at once. The company cancels it on its side by itself.
    ///
    /// # Errors
    /// There is none.
    pub async fn release_provider(&self, name: &str) -> Result<ProviderWay, AppError> {
        let (stored, _, old) = self.loaded_way(name).await?;
        let way = old.as_ref().map(|old| old.value.clone()).unwrap_or_default();
        if way.app.is_none() {
            return Err(out_of_turn(&way, self.now()));
        }
        let by = self.caller.actor.clone();
        self.let_go(way_of(&stored.connector)?, name, Grant::App, None, (How::Operator, &by)).await?;
        self.provider_way(name).await
    }

    /// What a person has copied out of the provider's console.
    async fn app_by_hand(
        &self,
        (stored, spec): (&StoredConnection, &ProviderSpec),
        old: Option<&Loaded<StoredWay>>,
        mut way: StoredWay,
        word: &ProviderWord,
    ) -> Result<(), AppError> {
        let needed: Vec<&str> = spec.secrets.iter().copied().filter(|name| !word.secrets.contains_key(*name)).collect();
        if let Some(name) = needed.first() {
            return Err(AppError::invalid("provider_code_needed").field(format!("secrets.{name}")));
        }
        let (connector, _) = way_of(&stored.connector)?;
        let mut settings = stored.settings.clone();
        settings.extend(word.settings.clone());
        let company = connector.system(&settings).filter(|company| !company.trim().is_empty());
        let company = company.ok_or_else(|| AppError::invalid("provider_code_needed").field("settings"))?;
        let whose = Whose { tenant: self.tenant.clone(), connection: stored.name.clone() };
        let holder = store::company(&*self.store, connector.name, &company).await?;
        if holder.as_ref().is_some_and(|holder| holder.value != whose) {
            let error = AppError::conflict("provider_company_bound").arg("company", &company);
            return Err(error.words("release", problem_words::both(spec.release)));
        }
        let some = |values: &BTreeMap<String, String>| -> BTreeMap<String, Option<String>> {
            values.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect()
        };
        let change = ConnectionChange { settings: some(&word.settings), secrets: some(&word.secrets) };
        self.change_connection(&stored.name, change, &Expected::Anything).await?;
        let code = spec.secrets.first().and_then(|name| word.secrets.get(*name)).cloned().unwrap_or_default();
        let place = store::code_context(&self.tenant, &stored.name, Grant::App);
        let now = self.now();
        way.app = Some(StoredGrant {
            title: company.clone(),
            company: company.clone(),
            code: seal(&self.sealer, &place, &Secret::new(code.trim().into()))?,
            sent: now,
            from: now,
            until: None,
            confirmed: None,
        });
        let by = &self.caller.actor;
        stages::push(&mut way, Stage::AppBuilt, now, How::Operator, by);
        let mut batch = Batch::default();
        for link in std::mem::take(&mut way.links).into_values() {
            store::drop_invited(&mut batch, &link.state);
        }
        store::put_company(&mut batch, (connector.name, &company), holder.as_ref(), &whose)?;
        store::put_way(&mut batch, (&self.tenant, &stored.name), old, &way)?;
        self.store.commit(batch).await?;
        self.look_again(&stored.name, Grant::App, How::Operator, by).await
    }

    async fn push_step(
        &self,
        name: &str,
        old: Option<&Loaded<StoredWay>>,
        mut way: StoredWay,
        stage: Stage,
    ) -> Result<(), AppError> {
        stages::push(&mut way, stage, self.now(), How::Operator, &self.caller.actor);
        let mut batch = Batch::default();
        store::put_way(&mut batch, (&self.tenant, name), old, &way)?;
        Ok(self.store.commit(batch).await?)
    }

    /// A connection that comes by a provider, with how far that is.
    async fn loaded_way(
        &self,
        name: &str,
    ) -> Result<(StoredConnection, &'static ProviderSpec, Option<Loaded<StoredWay>>), AppError> {
        let stored = self.stored_connection(name).await?.value;
        let (_, spec) = way_of(&stored.connector)?;
        if by_provider(&stored).is_none() {
            let (setting, value) = spec.mode;
            let error = AppError::conflict("provider_not_this_way").arg("name", name);
            return Err(error.arg("setting", setting).arg("value", value));
        }
        let kept = store::way(&*self.store, &self.tenant, name).await?;
        Ok((stored, spec, kept))
    }
}

impl App {
    /// Forgets the authorisation of a connection that is removed.
    pub(in crate::app) async fn drop_provider_way(
        &self,
        batch: &mut Batch,
        stored: &StoredConnection,
    ) -> Result<(), AppError> {
        if let Some(kept) = store::way(&*self.store, &self.tenant, &stored.name).await? {
            store::drop_way(batch, &self.tenant, &stored.name, &stored.connector, &kept.value);
        }
        Ok(())
    }
}

/// What is said or asked for does not follow from where it stands.
fn out_of_turn(way: &StoredWay, now: i64) -> AppError {
    AppError::conflict("provider_out_of_turn").words("stage", stages::title(stages::stage(way, now)))
}

/// What can be done next.
fn verbs(stage: ProviderStage, ready: bool, writes: bool) -> Vec<ProviderVerb> {
    use ProviderVerb as V;
    let all: &[(V, bool)] = match stage {
        ProviderStage::NotInvited | ProviderStage::Invited | ProviderStage::Cancelled => {
            &[(V::InviteApp, ready), (V::SayAppBuilt, true)]
        }
        ProviderStage::AppBuilt => &[(V::SayOnline, true), (V::Release, true)],
        ProviderStage::Online | ProviderStage::Expired => {
            &[(V::InviteContacts, ready && writes), (V::SayContactsGranted, ready && writes), (V::Release, true)]
        }
        ProviderStage::ContactsGranted => &[(V::SayExpired, true), (V::Release, true)],
    };
    all.iter().filter(|(_, fits)| *fits).map(|(verb, _)| *verb).collect()
}
