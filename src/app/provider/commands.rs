//! Commands of a provider's system (`/callbacks/provider/{id}/{grant}`): verified, kept, and answered at once. What follows from
//! one is worked off afterwards, see `work`; a command that came before does nothing.

use std::collections::BTreeMap;

use idflow_sdk::{
    Grant, Incoming, Keys,
    provider::{Command, CommandWord},
};

use super::{open, seal, way_of};
use crate::{
    app::{
        App, AppError,
        callbacks::{Call, MOST_BYTES},
        error::RefusalKind,
    },
    model::id::{Tenant, new_ulid},
    store::{
        Batch, StoreError, provider as store,
        provider::{StoredCommand, StoredProvider, Wanted},
        receivers::Heard,
    },
};

/// The longest body.
pub const MOST_BODY: usize = MOST_BYTES;
/// How long a command is remembered, so that a second delivery does nothing: longer than one may be old.
const REMEMBERED_MS: i64 = 25 * 60 * 1000;
/// Commands that are remembered at most.
const MOST_REMEMBERED: usize = 5_000;
/// How often a commit is tried again when another command came at the same time.
const TRIES: usize = 16;

/// The address for commands, from the server's own on.
pub(super) fn address(id: &str, grant: Grant) -> String {
    format!("/callbacks/provider/{id}/{}", grant.word())
}

impl App {
    /// A command; gives the body of the answer. When this returns, what it told stands in the store.
    ///
    /// # Errors
    /// [`RefusalKind::NotFound`], the same for all that is unknown; [`RefusalKind::Refused`] when it cannot be verified;
    /// [`RefusalKind::Unavailable`] when it cannot be stored; [`RefusalKind::TooMany`].
    pub async fn provider_call(&self, call: Call<'_>) -> Result<String, AppError> {
        let callbacks = &self.all.callbacks;
        let Ok(_place) = callbacks.at_once.try_acquire() else {
            return Err(AppError::too_many(1, "callbacks_many"));
        };
        let now = self.now();
        let stored = store::providers(&*self.store).await?.into_iter().find(|stored| stored.id == call.id);
        let (Some(stored), Some(grant)) = (stored, Grant::of(call.receiver)) else {
            return Err(callbacks.unknown(now));
        };
        let (_, way) = way_of(&stored.connector)?;
        let provider =
            open(&self.sealer, &stored, way).map_err(|problem| AppError::new(RefusalKind::Unavailable, problem))?;
        let keys = self.command_keys(&stored, grant, now);
        let incoming =
            Incoming { receiver: grant.word(), keys: &keys, query: call.query, body: call.body, now_ms: now };
        match provider.receive(&incoming) {
            Ok(command) => {
                self.take_command(&stored, &command, now).await?;
                Ok(command.answer)
            }
            Err(why) => {
                let place = format!("provider/{}/{}", stored.connector, grant.word());
                if let Some(times) = callbacks.limits.tells((&Tenant::default_tenant(), &place), now) {
                    tracing::warn!(connector = stored.connector, grant = grant.word(), code = %why.code, times,
                        "a command to the provider was refused");
                }
                match callbacks.limits.wrong(now) {
                    Ok(()) => {
                        let mut batch = Batch::default();
                        let heard = Heard { at: now, why: Some(why.clone()) };
                        store::put_refused(&mut batch, &stored.connector, grant, &heard)?;
                        self.store.commit(batch).await?;
                        Err(AppError::new(RefusalKind::Refused, why))
                    }
                    Err(after_secs) => Err(AppError::too_many(after_secs, "callbacks_many")),
                }
            }
        }
    }

    /// The keys of an address that are good now, the newest first.
    fn command_keys(&self, stored: &StoredProvider, grant: Grant, now: i64) -> Vec<Keys> {
        let open = |sealed: &BTreeMap<String, String>| -> Option<Keys> {
            let unseal = |(name, sealed): (&String, &String)| {
                let place = store::key_context(&stored.connector, grant.word(), name);
                Some((name.clone(), self.sealer.unseal(&place, sealed)?))
            };
            sealed.iter().map(unseal).collect()
        };
        let Some(keys) = stored.keys.get(grant.word()) else { return Vec::new() };
        let former = keys.former().filter(|before| now < before.until);
        open(&keys.sealed).into_iter().chain(former.filter_map(|before| open(&before.sealed))).collect()
    }

    /// Puts what was told into the store, once.
    async fn take_command(&self, stored: &StoredProvider, command: &Command, now: i64) -> Result<(), AppError> {
        if matches!(command.word, CommandWord::Echo) {
            return Ok(());
        }
        let connector = stored.connector.as_str();
        for _ in 0..TRIES {
            let old = store::suite(&*self.store, connector, command.grant).await?;
            let mut new = old.as_ref().map(|old| old.value.clone()).unwrap_or_default();
            new.seen.retain(|(_, at)| now.saturating_sub(*at) < REMEMBERED_MS);
            if new.seen.iter().any(|(id, _)| *id == command.id) {
                return Ok(());
            }
            let over = (new.seen.len() + 1).saturating_sub(MOST_REMEMBERED);
            new.seen.drain(..over);
            new.seen.push((command.id.clone(), now));
            new.heard = Some(now);
            let sealed = |secret| seal(&self.sealer, &store::command_context(connector), secret);
            let wanted = match &command.word {
                CommandWord::Ticket(ticket) => {
                    if new.ticket.as_ref().is_none_or(|(sent, _)| *sent <= command.at_ms) {
                        let sealed = seal(&self.sealer, &store::ticket_context(connector, command.grant), ticket)?;
                        new.ticket = Some((command.at_ms, sealed));
                    }
                    None
                }
                CommandWord::Authorised { code, state } => {
                    Some(Wanted::Authorised { code: sealed(code)?, state: state.clone() })
                }
                CommandWord::Changed(company) => Some(Wanted::Changed(company.clone())),
                CommandWord::Withdrawn(company) => Some(Wanted::Withdrawn(company.clone())),
                CommandWord::Replaced(code) => Some(Wanted::Replaced(sealed(code)?)),
                CommandWord::Echo | CommandWord::Other => None,
            };
            let mut batch = Batch::default();
            store::put_suite(&mut batch, (connector, command.grant), old.as_ref(), &new)?;
            let works = wanted.is_some();
            if let Some(wanted) = wanted {
                let kept = StoredCommand {
                    id: new_ulid(now),
                    connector: connector.into(),
                    grant: command.grant,
                    wanted,
                    sent: command.at_ms,
                    taken: now,
                    tries: 0,
                    next: now,
                    redeemed: None,
                };
                store::put_command(&mut batch, None, &kept)?;
            }
            match self.store.commit(batch).await {
                Err(StoreError::Conflict) => continue,
                done => done?,
            }
            if works {
                let app = self.clone();
                tokio::spawn(async move { app.work_commands().await });
            }
            return Ok(());
        }
        Err(StoreError::Conflict.into())
    }
}
