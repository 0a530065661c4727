//! What follows from a command: a code is exchanged, the connection of the invitation gets what was granted, stages move. A
//! command stands in the store until it is worked off, so that a process that ends leaves nothing undone; one that cannot be
//! worked off is told where people look.

use std::{collections::BTreeMap, time::Duration};

use idflow_sdk::{
    ConnectorSpec, Context, Grant, Problem, Provider, ProviderSpec, Secret,
    provider::{Held, Redeemed},
};
use serde_json::json;

use super::{failed, open, seal, stages, ticket, way_of};
use crate::{
    app::{
        App, AppError,
        audit::{Deed, Told},
        error::RefusalKind,
        expected::Expected,
    },
    contract::{audit::AuditKind, connection::ConnectionChange},
    store::{
        Batch, StoreError, catalogue,
        codec::Loaded,
        provider as store,
        provider::{How, Stage, StoredCommand, StoredGrant, StoredRedeemed, StoredStray, StoredWay, Wanted, Whose},
    },
};

/// How long whoever took a command has for it, before another one may.
const CLAIMED_MS: i64 = 60_000;
/// How long a command is tried again: so long its code is good.
const TRIED_MS: i64 = 10 * 60 * 1000;
/// The first pause; each further one doubles it.
const PAUSE_MS: i64 = 5_000;
/// How often it is looked for what others left.
const LOOK: Duration = Duration::from_secs(20);
/// Authorisations without a connection that are kept.
const MOST_STRAYS: usize = 50;

/// Everything that a command is worked off with.
struct Work<'a> {
    spec: &'static ConnectorSpec,
    way: &'static ProviderSpec,
    provider: &'a dyn Provider,
    ticket: Option<Secret>,
    context: Context,
}

impl App {
    /// Works off what is left, without end.
    pub async fn provider_always(&self) {
        loop {
            self.work_commands().await;
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Works off the commands that are due.
    pub(super) async fn work_commands(&self) {
        let due = match store::commands(&*self.store).await {
            Ok(commands) => commands,
            Err(error) => return tracing::warn!(%error, "commands to the provider cannot be read"),
        };
        for command in due.into_iter().filter(|command| command.next <= self.now()) {
            let done = match self.claim_command(&command.id).await {
                Ok(Some(mut claimed)) => match self.work(&mut claimed).await {
                    Ok(()) => Ok(()),
                    Err(error) => self.not_worked(&claimed, error).await,
                },
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                tracing::warn!(%error, "a command to the provider is not worked off");
            }
        }
    }

    /// Takes a command, so that nobody else works at it now.
    async fn claim_command(&self, id: &str) -> Result<Option<StoredCommand>, AppError> {
        let now = self.now();
        let Some(old) = store::command(&*self.store, id).await?.filter(|old| old.value.next <= now) else {
            return Ok(None);
        };
        let mut new = old.value.clone();
        new.tries += 1;
        new.next = now.saturating_add(CLAIMED_MS);
        let mut batch = Batch::default();
        store::put_command(&mut batch, Some(&old), &new)?;
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => Ok(None),
            done => Ok(done.map(|()| Some(new))?),
        }
    }

    async fn work(&self, command: &mut StoredCommand) -> Result<(), AppError> {
        let (spec, way) = way_of(&command.connector)?;
        let stored = store::provider(&*self.store, &command.connector).await?;
        let stored = stored.ok_or_else(|| AppError::not_found("provider_missing"))?.value;
        let provider =
            open(&self.sealer, &stored, way).map_err(|problem| AppError::new(RefusalKind::Conflict, problem))?;
        let ticket = ticket(&*self.store, &self.sealer, &command.connector, command.grant).await?;
        let work = Work { spec, way, provider: &*provider, ticket, context: Context::at(self.now()) };
        match command.wanted.clone() {
            Wanted::Authorised { code, state } => {
                let redeemed = self.exchanged(&work, command, &code).await?;
                self.authorised(&work, command, &redeemed, state.as_deref()).await
            }
            Wanted::Replaced(code) => {
                let redeemed = self.exchanged(&work, command, &code).await?;
                self.replaced(command, &redeemed).await
            }
            Wanted::Changed(company) => self.changed(&work, command, &company).await,
            Wanted::Withdrawn(company) => self.withdrawn(&work, command, &company).await,
        }
    }

    /// What the code of a command was exchanged for; kept before anything is done with it, because a code is good once.
    async fn exchanged(
        &self,
        work: &Work<'_>,
        command: &mut StoredCommand,
        code: &str,
    ) -> Result<StoredRedeemed, AppError> {
        if let Some(known) = &command.redeemed {
            return Ok(known.clone());
        }
        let here = store::command_context(&command.connector);
        let unreadable = || AppError::conflict("secret_unreadable").arg("name", &command.connector);
        let code = self.sealer.unseal(&here, code).ok_or_else(unreadable)?;
        let got = work.provider.redeem(&work.context, command.grant, work.ticket.as_ref(), &code).await;
        let got = got.map_err(failed)?;
        let redeemed = self.sealed(&here, got)?;
        command.redeemed = Some(redeemed.clone());
        let mut batch = Batch::default();
        store::keep_command(&mut batch, command)?;
        self.store.commit(batch).await?;
        Ok(redeemed)
    }

    /// What a code was good for, sealed for its place.
    fn sealed(&self, here: &str, got: Redeemed) -> Result<StoredRedeemed, AppError> {
        let mut secrets = BTreeMap::new();
        for (name, secret) in &got.secrets {
            secrets.insert((*name).to_string(), seal(&self.sealer, here, secret)?);
        }
        Ok(StoredRedeemed {
            company: got.company,
            title: got.title,
            who: got.who,
            code: seal(&self.sealer, here, &got.code)?,
            settings: got.settings.into_iter().map(|(name, value)| (name.to_string(), value)).collect(),
            secrets,
        })
    }

    /// A company authorised.
    async fn authorised(
        &self,
        work: &Work<'_>,
        command: &StoredCommand,
        redeemed: &StoredRedeemed,
        state: Option<&str>,
    ) -> Result<(), AppError> {
        let whose = match state {
            Some(state) => store::invited(&*self.store, state).await?,
            None => None,
        };
        let Some((whose, state)) = whose.zip(state) else { return Err(AppError::conflict("provider_stray")) };
        let app = self.of(&whose.tenant);
        let old = store::way(&*self.store, &whose.tenant, &whose.connection).await?;
        let mut way = old.as_ref().map(|old| old.value.clone()).unwrap_or_default();
        let word = command.grant.word();
        let link = way.links.get(word).filter(|link| link.state == state && command.sent < link.until);
        if link.is_none() {
            return Err(AppError::conflict("provider_link_old"));
        }
        let by = redeemed.who.clone().unwrap_or_else(|| redeemed.title.clone());
        app.bind_company(
            work,
            (command.grant, command.sent),
            redeemed,
            (&whose, old.as_ref(), &mut way),
            (How::Callback, &by),
            Some(&command.id),
        )
        .await
    }

    /// Gives the connection what its company granted, and moves its stage.
    async fn bind_company(
        &self,
        work: &Work<'_>,
        (grant, sent): (Grant, i64),
        redeemed: &StoredRedeemed,
        (whose, old, way): (&Whose, Option<&Loaded<StoredWay>>, &mut StoredWay),
        (how, by): (How, &str),
        command: Option<&str>,
    ) -> Result<(), AppError> {
        let connector = work.spec.name;
        let now = self.now();
        let holder = store::company(&*self.store, connector, &redeemed.company).await?;
        let here = store::command_context(connector);
        let unreadable = || AppError::conflict("secret_unreadable").arg("name", connector);
        let code = self.sealer.unseal(&here, &redeemed.code).ok_or_else(unreadable)?;
        let from = sent.min(now);
        stages::settle(way, from);
        let mut kept = StoredGrant {
            company: redeemed.company.clone(),
            title: redeemed.title.clone(),
            code: seal(&self.sealer, &store::code_context(&whose.tenant, &whose.connection, grant), &code)?,
            sent,
            from,
            until: None,
            confirmed: None,
        };
        let stage = match grant {
            Grant::App => {
                if way.app.is_some() {
                    return Err(bound(work.way, &whose.connection));
                }
                if holder.as_ref().is_some_and(|holder| holder.value != *whose) {
                    let error = AppError::conflict("provider_company_bound").arg("company", &redeemed.title);
                    return Err(error.words("release", crate::app::problem_words::both(work.way.release)));
                }
                let mut secrets = BTreeMap::new();
                for (name, sealed) in &redeemed.secrets {
                    let secret = self.sealer.unseal(&here, sealed).ok_or_else(unreadable)?;
                    secrets.insert(name.clone(), Some(secret.expose().to_string()));
                }
                let settings = redeemed.settings.iter().map(|(name, value)| (name.clone(), Some(value.clone())));
                let change = ConnectionChange { settings: settings.collect(), secrets };
                self.change_connection(&whose.connection, change, &Expected::Anything).await?;
                way.app = Some(kept);
                Stage::AppBuilt
            }
            Grant::Contacts => {
                if way.app.as_ref().is_none_or(|app| app.company != redeemed.company) {
                    let wanted = way.app.as_ref().map(|app| app.title.clone()).unwrap_or_default();
                    let error = AppError::conflict("provider_other_company").arg("company", &redeemed.title);
                    return Err(error.arg("wanted", wanted));
                }
                let lasts = i64::try_from(work.way.contacts_last.as_millis()).unwrap_or(i64::MAX);
                kept.until = Some(from.saturating_add(lasts));
                way.contacts = Some(kept);
                Stage::ContactsGranted
            }
        };
        stages::push(way, stage, from, how, by);
        let mut batch = Batch::default();
        if let Some(link) = way.links.remove(grant.word()) {
            store::drop_invited(&mut batch, &link.state);
        }
        store::put_company(&mut batch, (connector, &redeemed.company), holder.as_ref(), whose)?;
        store::put_way(&mut batch, (&whose.tenant, &whose.connection), old, way)?;
        if let Some(command) = command {
            store::drop_command(&mut batch, command);
        }
        self.moved(work.spec, &whose.connection, stage, how, by, batch).await?;
        self.look_again(&whose.connection, grant, How::Callback, by).await
    }

    /// The same by the word of a person who has the code of an authorisation.
    pub(super) async fn bind_by_code(
        &self,
        connection: &str,
        grant: Grant,
        code: &Secret,
        by: &str,
    ) -> Result<(), AppError> {
        let stored = self.stored_connection(connection).await?.value;
        let (spec, way_spec) = way_of(&stored.connector)?;
        let provider = self.opened_provider(&stored.connector).await?;
        let ticket = ticket(&*self.store, &self.sealer, &stored.connector, grant).await?;
        let now = self.now();
        let work = Work { spec, way: way_spec, provider: &*provider, ticket, context: Context::at(now) };
        let got = work.provider.redeem(&work.context, grant, work.ticket.as_ref(), code).await.map_err(failed)?;
        let here = store::command_context(&stored.connector);
        let redeemed = self.sealed(&here, got)?;
        let whose = Whose { tenant: self.tenant.clone(), connection: connection.into() };
        let old = store::way(&*self.store, &self.tenant, connection).await?;
        let mut way = old.as_ref().map(|old| old.value.clone()).unwrap_or_default();
        self.bind_company(&work, (grant, now), &redeemed, (&whose, old.as_ref(), &mut way), (How::Operator, by), None)
            .await
    }

    /// Asks the system how a grant stands, and keeps what it says. That it cannot be asked now changes nothing.
    pub(super) async fn look_again(&self, connection: &str, grant: Grant, how: How, by: &str) -> Result<(), AppError> {
        let stored = self.stored_connection(connection).await?.value;
        let Some(old) = store::way(&*self.store, &self.tenant, connection).await? else { return Ok(()) };
        let mut way = old.value.clone();
        let Some(held) = (match grant {
            Grant::App => &mut way.app,
            Grant::Contacts => &mut way.contacts,
        }) else {
            return Ok(());
        };
        let code = self.sealer.unseal(&store::code_context(&self.tenant, connection, grant), &held.code);
        let Some(code) = code else { return Ok(()) };
        let provider = self.opened_provider(&stored.connector).await?;
        let ticket = ticket(&*self.store, &self.sealer, &stored.connector, grant).await?;
        let asked = Held { grant, ticket: ticket.as_ref(), company: &held.company, code: &code };
        let said = provider.stands(&Context::at(self.now()), &asked).await;
        let now = self.now();
        let mut reached = false;
        match (said, grant) {
            (Ok(standing), Grant::App) => {
                held.confirmed = standing.published;
                reached = standing.published == Some(true)
                    && way.steps.last().is_some_and(|step| step.stage == Stage::AppBuilt);
            }
            (Ok(_), Grant::Contacts) => held.confirmed = Some(true),
            (Err(error), _) if error.retryable() => return Ok(()),
            (Err(error), _) => {
                held.confirmed = Some(false);
                way.error = Some((now, *error.problem));
            }
        }
        if reached {
            stages::push(&mut way, Stage::Online, now, how, by);
        }
        let mut batch = Batch::default();
        store::put_way(&mut batch, (&self.tenant, connection), Some(&old), &way)?;
        let done = if reached {
            let (spec, _) = way_of(&stored.connector)?;
            self.moved(spec, connection, Stage::Online, how, by, batch).await
        } else {
            self.store.commit(batch).await.map_err(Into::into)
        };
        match done {
            // Somebody else has just moved it on.
            Err(error) if error.problem.code == "store_conflict" => Ok(()),
            done => done,
        }
    }

    /// What calls the system of a connector as its provider.
    pub(super) async fn opened_provider(&self, connector: &str) -> Result<std::sync::Arc<dyn Provider>, AppError> {
        let (_, way) = way_of(connector)?;
        let stored = store::provider(&*self.store, connector).await?;
        let stored = stored.ok_or_else(|| AppError::conflict("provider_missing"))?.value;
        open(&self.sealer, &stored, way).map_err(|problem| AppError::new(RefusalKind::Conflict, problem))
    }

    /// A secret was replaced: the old one has stopped.
    async fn replaced(&self, command: &StoredCommand, redeemed: &StoredRedeemed) -> Result<(), AppError> {
        let Some(whose) = self.holder(command, &redeemed.company).await? else { return self.forget(command).await };
        let app = self.of(&whose.tenant);
        let here = store::command_context(&command.connector);
        let unreadable = || AppError::conflict("secret_unreadable").arg("name", &command.connector);
        if command.grant == Grant::App {
            let mut secrets = BTreeMap::new();
            for (name, sealed) in &redeemed.secrets {
                let secret = self.sealer.unseal(&here, sealed).ok_or_else(unreadable)?;
                secrets.insert(name.clone(), Some(secret.expose().to_string()));
            }
            let change = ConnectionChange { settings: BTreeMap::new(), secrets };
            app.change_connection(&whose.connection, change, &Expected::Anything).await?;
        }
        let Some(old) = store::way(&*self.store, &whose.tenant, &whose.connection).await? else {
            return self.forget(command).await;
        };
        let mut way = old.value.clone();
        let code = self.sealer.unseal(&here, &redeemed.code).ok_or_else(unreadable)?;
        let sealed = seal(&self.sealer, &store::code_context(&whose.tenant, &whose.connection, command.grant), &code)?;
        let held = match command.grant {
            Grant::App => &mut way.app,
            Grant::Contacts => &mut way.contacts,
        };
        if let Some(held) = held {
            held.code = sealed;
        }
        let mut batch = Batch::default();
        store::put_way(&mut batch, (&whose.tenant, &whose.connection), Some(&old), &way)?;
        store::drop_command(&mut batch, &command.id);
        self.store.commit(batch).await?;
        Ok(())
    }

    /// A company changed what it granted.
    async fn changed(&self, work: &Work<'_>, command: &StoredCommand, company: &str) -> Result<(), AppError> {
        if let Some(whose) = self.holder(command, company).await? {
            let app = self.of(&whose.tenant);
            app.look_again(&whose.connection, command.grant, How::Callback, work.spec.name).await?;
        }
        self.forget(command).await
    }

    /// A company took its authorisation back.
    async fn withdrawn(&self, work: &Work<'_>, command: &StoredCommand, company: &str) -> Result<(), AppError> {
        let Some(whose) = self.holder(command, company).await? else { return self.forget(command).await };
        self.of(&whose.tenant)
            .let_go((work.spec, work.way), &whose.connection, command.grant, Some(command), (How::Callback, company))
            .await
    }

    /// Lets go of what was granted: secrets go at once. `command`: it came from the system, and one from before the present
    /// authorisation means an earlier one.
    pub(super) async fn let_go(
        &self,
        (spec, way_spec): (&'static ConnectorSpec, &'static ProviderSpec),
        connection: &str,
        grant: Grant,
        command: Option<&StoredCommand>,
        (how, by): (How, &str),
    ) -> Result<(), AppError> {
        let now = self.now();
        let old = store::way(&*self.store, &self.tenant, connection).await?;
        let mut way = old.as_ref().map(|old| old.value.clone()).unwrap_or_default();
        let held = match grant {
            Grant::App => way.app.clone(),
            Grant::Contacts => way.contacts.clone(),
        };
        let mut batch = Batch::default();
        if let Some(command) = command {
            store::drop_command(&mut batch, &command.id);
        }
        let meant = held.as_ref().filter(|held| command.is_none_or(|command| held.sent <= command.sent));
        let Some(held) = meant else {
            self.store.commit(batch).await?;
            return Ok(());
        };
        stages::settle(&mut way, now);
        let stage = match grant {
            Grant::App => {
                let gone = way_spec.secrets.iter().map(|name| ((*name).to_string(), None)).collect();
                let named = way_spec.settings_of_app.iter().map(|name| ((*name).to_string(), None)).collect();
                let change = ConnectionChange { settings: named, secrets: gone };
                self.change_connection(connection, change, &Expected::Anything).await?;
                store::drop_company(&mut batch, spec.name, &held.company);
                for link in std::mem::take(&mut way.links).into_values() {
                    store::drop_invited(&mut batch, &link.state);
                }
                way.contacts = None;
                way.app = None;
                Stage::Cancelled
            }
            Grant::Contacts => {
                way.contacts = None;
                Stage::Expired
            }
        };
        stages::push(&mut way, stage, now, how, by);
        store::put_way(&mut batch, (&self.tenant, connection), old.as_ref(), &way)?;
        self.moved(spec, connection, stage, how, by, batch).await
    }

    async fn holder(&self, command: &StoredCommand, company: &str) -> Result<Option<Whose>, AppError> {
        Ok(store::company(&*self.store, &command.connector, company).await?.map(|found| found.value))
    }

    async fn forget(&self, command: &StoredCommand) -> Result<(), AppError> {
        let mut batch = Batch::default();
        store::drop_command(&mut batch, &command.id);
        Ok(self.store.commit(batch).await?)
    }

    /// Moves on to a stage that was reached by this commit, and tells the audit of it; what a person asked for is recorded with
    /// the request.
    async fn moved(
        &self,
        spec: &ConnectorSpec,
        connection: &str,
        stage: Stage,
        how: How,
        by: &str,
        batch: Batch,
    ) -> Result<(), AppError> {
        if how == How::Operator {
            self.store.commit(batch).await?;
            tracing::info!(connection, ?stage, ?how, "the authorisation of a company has moved");
            return Ok(());
        }
        let told = Told { about: Some(connection.into()), after: Some(json!({"stage": stage})), ..Told::default() };
        let deed = Deed {
            actor: format!("callback {by}"),
            via: spec.name.into(),
            address: String::new(),
            kind: AuditKind::Write,
            deed: "provider_moved".into(),
            outcome: "done".into(),
            told,
        };
        self.who().recorder().around(&self.tenant, deed, self.store.commit(batch)).await?;
        tracing::info!(connection, ?stage, ?how, "the authorisation of a company has moved");
        Ok(())
    }

    /// A command could not be worked off: again after a while, or told where people look.
    async fn not_worked(&self, command: &StoredCommand, error: AppError) -> Result<(), AppError> {
        let now = self.now();
        let passing = matches!(error.kind, RefusalKind::Unavailable | RefusalKind::TooMany { .. } | RefusalKind::InUse)
            || error.problem.code == "store_conflict";
        if passing && now.saturating_sub(command.taken) < TRIED_MS {
            let pause = PAUSE_MS.saturating_mul(1 << command.tries.min(6));
            let mut batch = Batch::default();
            store::keep_command(&mut batch, &StoredCommand { next: now.saturating_add(pause), ..command.clone() })?;
            return Ok(self.store.commit(batch).await?);
        }
        tracing::warn!(%error, connector = command.connector, "a command to the provider leads to nothing");
        let whose = match &command.wanted {
            Wanted::Authorised { state: Some(state), .. } => store::invited(&*self.store, state).await?,
            Wanted::Changed(company) | Wanted::Withdrawn(company) => self.holder(command, company).await?,
            _ => None,
        };
        let mut batch = Batch::default();
        store::drop_command(&mut batch, &command.id);
        let known = match &whose {
            Some(whose) => catalogue::connection(&*self.store, &whose.tenant, &whose.connection).await?.is_some(),
            None => false,
        };
        match whose.filter(|_| known) {
            Some(whose) => {
                let old = store::way(&*self.store, &whose.tenant, &whose.connection).await?;
                let mut way = old.as_ref().map(|old| old.value.clone()).unwrap_or_default();
                way.error = Some((now, problem_of(&error)));
                store::put_way(&mut batch, (&whose.tenant, &whose.connection), old.as_ref(), &way)?;
            }
            None => {
                let old = store::strays(&*self.store, &command.connector).await?;
                let mut all = old.as_ref().map(|old| old.value.clone()).unwrap_or_default();
                let company = command.redeemed.as_ref().map(|redeemed| redeemed.title.clone());
                all.push(StoredStray { at: now, company, why: problem_of(&error) });
                let more = all.len().saturating_sub(MOST_STRAYS);
                all.drain(..more);
                store::put_strays(&mut batch, &command.connector, old.as_ref(), &all)?;
            }
        }
        Ok(self.store.commit(batch).await?)
    }
}

fn problem_of(error: &AppError) -> Problem {
    (*error.problem).clone()
}

/// A company has authorised already.
pub(super) fn bound(way: &ProviderSpec, connection: &str) -> AppError {
    let error = AppError::conflict("provider_bound").arg("name", connection);
    error.words("release", crate::app::problem_words::both(way.release))
}
