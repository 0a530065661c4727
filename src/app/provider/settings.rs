//! What a service provider is set up with, once for the installation: its credentials, and the addresses at which its system
//! calls. Keys of addresses are made here and shown once.

use std::collections::BTreeMap;

use idflow_sdk::{Grant, NextKind, ProviderSpec, Secret, text};

use super::{open, seal, shown, unsupported, way_of};
use crate::{
    app::{
        App, AppError, Desk, connections,
        connections::address,
        expected::{Expected, tag},
        problem_words, proof, time,
    },
    contract::{
        connection::SecretSet,
        problem::Next,
        provider::{ProviderChange, ProviderKeys, ProviderReceiver, ProviderState, ProviderStray},
        trigger::RefusedCall,
    },
    model::id::new_ulid,
    store::{Batch, StoreError, provider as store, provider::StoredProvider, receivers::StoredKeys},
};

/// How long keys that were replaced stay good.
const KEPT_MS: i64 = 24 * 3600 * 1000;

type Plain = BTreeMap<String, BTreeMap<String, String>>;

/// The tag of what people set: new keys of an address make no other one.
fn tag_of(stored: &StoredProvider) -> String {
    tag(&(&stored.id, &stored.settings, &stored.sealed))
}

/// Where to look again.
fn look() -> Next {
    Next::new(NextKind::ListConnections)
}

impl Desk<'_> {
    /// The provider of a connector.
    ///
    /// # Errors
    /// A connector without this way; the store.
    pub async fn provider(&self, connector: &str) -> Result<ProviderState, AppError> {
        let (_, way) = way_of(connector)?;
        let stored = store::provider(&*self.store, connector).await?.map(|stored| stored.value);
        self.provider_state(connector, way, stored.as_ref(), &Plain::new()).await
    }

    /// Sets it up, or changes it: what is not given stays. Its first keys are shown with the answer.
    ///
    /// # Errors
    /// Each setting that is wrong, with its field; it is in another state. Nothing is stored then.
    pub async fn set_provider(
        &self,
        connector: &str,
        change: &ProviderChange,
        expected: &Expected,
    ) -> Result<ProviderState, AppError> {
        let (_, way) = way_of(connector)?;
        let old = store::provider(&*self.store, connector).await?;
        expected.check(old.as_ref().map(|old| tag_of(&old.value)).as_deref(), look)?;
        let now = self.now();
        let mut stored = old.as_ref().map_or_else(
            || StoredProvider {
                connector: connector.into(),
                id: new_ulid(now),
                settings: BTreeMap::new(),
                sealed: BTreeMap::new(),
                sealed_at: BTreeMap::new(),
                keys: BTreeMap::new(),
                by: String::new(),
                changed: now,
            },
            |old| old.value.clone(),
        );
        self.take_change(connector, way, change, &mut stored)?;
        if let Err(problem) = open(&self.sealer, &stored, way) {
            let place = problem.field.as_deref().and_then(|name| {
                let setting = way.settings.iter().find(|setting| setting.name == name)?;
                Some(format!("{}.{name}", if setting.secret { "secrets" } else { "settings" }))
            });
            let error = AppError::invalid("provider_wrong").because(problem_words::show(&problem));
            return Err(match place {
                Some(place) => error.field(place),
                None => error,
            });
        }
        let mut plain = Plain::new();
        for receiver in
            way.receivers.iter().filter(|receiver| !stored.keys.contains_key(receiver.name)).collect::<Vec<_>>()
        {
            let (keys, text) = self.provider_keys(connector, receiver)?;
            stored.keys.insert(receiver.name.into(), keys);
            plain.insert(receiver.name.into(), text);
        }
        stored.by.clone_from(&self.caller.actor);
        stored.changed = now.max(stored.changed + 1);
        let mut batch = Batch::default();
        store::put_provider(&mut batch, old.as_ref(), &stored)?;
        if old.as_ref().is_some_and(|old| old.value.settings != stored.settings) {
            // Another app has other tickets.
            Grant::ALL.iter().for_each(|grant| store::drop_suite(&mut batch, connector, *grant));
        }
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => return Err(AppError::stale("changed_since").next(look())),
            done => done?,
        }
        self.provider_state(connector, way, Some(&stored), &plain).await
    }

    /// Takes it away. Connections that come by it keep what their companies granted, and nobody can be invited any more.
    ///
    /// # Errors
    /// There is none.
    pub async fn drop_provider(&self, connector: &str) -> Result<ProviderState, AppError> {
        let (_, way) = way_of(connector)?;
        let old = store::provider(&*self.store, connector).await?;
        let old = old.ok_or_else(|| AppError::not_found("provider_missing"))?;
        let mut batch = Batch::default();
        store::drop_provider(&mut batch, &old);
        self.store.commit(batch).await?;
        self.provider_state(connector, way, None, &Plain::new()).await
    }

    /// Makes new keys for an address; they are shown this once, and those before them stay good for a day.
    ///
    /// # Errors
    /// No provider.
    pub async fn new_provider_keys(&self, connector: &str, asked: &ProviderKeys) -> Result<ProviderReceiver, AppError> {
        let (_, way) = way_of(connector)?;
        let old = store::provider(&*self.store, connector).await?;
        let old = old.ok_or_else(|| AppError::not_found("provider_missing"))?;
        let grant = super::meant(asked.grant);
        let receiver = way.receivers.iter().find(|receiver| receiver.name == grant.word());
        let receiver = receiver.ok_or_else(|| AppError::not_found("provider_missing"))?;
        let (keys, plain) = self.provider_keys(connector, receiver)?;
        let mut stored = old.value.clone();
        let until = self.now().saturating_add(KEPT_MS);
        let keys = keys.in_place_of(stored.keys.remove(receiver.name), self.now(), until);
        stored.keys.insert(receiver.name.into(), keys);
        let mut batch = Batch::default();
        store::put_provider(&mut batch, Some(&old), &stored)?;
        self.store.commit(batch).await?;
        self.provider_receiver(&stored, way, grant, Some(&plain)).await
    }
}

impl App {
    /// Takes what was given into what is stored.
    fn take_change(
        &self,
        connector: &str,
        way: &ProviderSpec,
        change: &ProviderChange,
        stored: &mut StoredProvider,
    ) -> Result<(), AppError> {
        let mut wrong = Vec::new();
        let before = stored.settings.clone();
        let settings = change.settings.iter().map(|entry| (entry, false));
        for ((key, value), secret) in settings.chain(change.secrets.iter().map(|entry| (entry, true))) {
            let field = format!("{}.{key}", if secret { "secrets" } else { "settings" });
            let Some(setting) = way.settings.iter().find(|known| known.name == key && known.secret == secret) else {
                let names: Vec<&str> =
                    way.settings.iter().filter(|known| known.secret == secret).map(|known| known.name).collect();
                let error = AppError::invalid("setting_unknown").arg("connector", connector).arg("key", key);
                wrong.push(error.arg("names", names.join(", ")).field(field));
                continue;
            };
            let Some(value) = value else {
                stored.settings.remove(key);
                stored.sealed.remove(key);
                stored.sealed_at.remove(key);
                continue;
            };
            let trimmed = text::trim(value);
            if let Some(check) = setting.check
                && let Err(problem) = check(trimmed)
            {
                let error = AppError::invalid("setting_wrong").arg("key", key).because(problem_words::show(&problem));
                wrong.push(error.field(field));
                continue;
            }
            if secret {
                let sealed = seal(&self.sealer, &store::seal_context(connector, key), &Secret::new(trimmed.into()))?;
                stored.sealed.insert(key.clone(), sealed);
                stored.sealed_at.insert(key.clone(), self.now());
            } else {
                stored.settings.insert(key.clone(), trimmed.into());
            }
        }
        for setting in way.settings.iter().filter(|setting| setting.required) {
            if !stored.settings.contains_key(setting.name) && !stored.sealed.contains_key(setting.name) {
                let field = format!("{}.{}", if setting.secret { "secrets" } else { "settings" }, setting.name);
                let error = AppError::invalid("setting_needed").arg("key", setting.name);
                wrong.push(error.words("doc", problem_words::both(setting.doc)).field(field));
            }
        }
        wrong.extend(address::kept(way.settings, (&before, &stored.settings), &stored.sealed, &change.secrets));
        AppError::all(wrong).map_or(Ok(()), Err)
    }

    fn provider_keys(
        &self,
        connector: &str,
        receiver: &idflow_sdk::Receiver,
    ) -> Result<(StoredKeys, BTreeMap<String, String>), AppError> {
        let plain: BTreeMap<String, String> =
            receiver.keys.iter().map(|key| (key.name.to_string(), proof::random_letters(key.length))).collect();
        let mut sealed = BTreeMap::new();
        for (name, text) in &plain {
            let place = store::key_context(connector, receiver.name, name);
            sealed.insert(name.clone(), seal(&self.sealer, &place, &Secret::new(text.clone()))?);
        }
        Ok((StoredKeys { sealed, made: self.now(), before: None, older: Vec::new() }, plain))
    }

    async fn provider_state(
        &self,
        connector: &str,
        way: &ProviderSpec,
        stored: Option<&StoredProvider>,
        plain: &Plain,
    ) -> Result<ProviderState, AppError> {
        let mut receivers = Vec::new();
        let mut strays = Vec::new();
        if let Some(stored) = stored {
            for grant in Grant::ALL {
                receivers.push(self.provider_receiver(stored, way, grant, plain.get(grant.word())).await?);
            }
            let kept = store::strays(&*self.store, connector).await?.map(|kept| kept.value).unwrap_or_default();
            strays = kept.into_iter().rev().collect();
        }
        Ok(ProviderState {
            connector: connector.into(),
            ready: stored.is_some(),
            asked: way.settings.iter().map(connections::form::setting).collect(),
            settings: stored.map(|stored| stored.settings.clone()).unwrap_or_default(),
            secrets: stored
                .into_iter()
                .flat_map(|stored| stored.sealed.keys().map(|name| (name, stored.sealed_at.get(name))))
                .map(|(name, set)| SecretSet { name: name.clone(), set: set.map(|at| time(*at)) })
                .collect(),
            by: stored.map(|stored| stored.by.clone()),
            changed: stored.map(|stored| time(stored.changed)),
            receivers,
            strays: strays
                .into_iter()
                .map(|stray| ProviderStray {
                    at: time(stray.at),
                    company: stray.company,
                    error: problem_words::show(&stray.why),
                })
                .collect(),
            unsupported: unsupported(way.unsupported),
            etag: stored.map(tag_of).unwrap_or_default(),
        })
    }

    async fn provider_receiver(
        &self,
        stored: &StoredProvider,
        way: &ProviderSpec,
        grant: Grant,
        plain: Option<&BTreeMap<String, String>>,
    ) -> Result<ProviderReceiver, AppError> {
        let keys = stored.keys.get(grant.word());
        let before = keys.and_then(|keys| keys.before.as_ref()).filter(|before| before.until > self.now());
        let suite = store::suite(&*self.store, &stored.connector, grant).await?.map(|suite| suite.value);
        let refused = store::refused(&*self.store, &stored.connector, grant).await?;
        let spec = way.receivers.iter().find(|receiver| receiver.name == grant.word());
        Ok(ProviderReceiver {
            grant: shown(grant),
            url: super::commands::address(&stored.id, grant),
            doc: problem_words::both(spec.map_or(idflow_sdk::Text::new("", ""), |spec| spec.doc)),
            keys_made: keys.map(|keys| time(keys.made)),
            old_keys_until: before.map(|before| time(before.until)),
            last_ticket: suite.as_ref().and_then(|suite| suite.ticket.as_ref()).map(|(at, _)| time(*at)),
            last_command: suite.as_ref().and_then(|suite| suite.heard).map(time),
            last_refused: refused.and_then(|heard| {
                Some(RefusedCall { at: time(heard.at), why: problem_words::show(heard.why.as_ref()?) })
            }),
            keys: plain.cloned(),
        })
    }
}
