//! Calls from the systems behind connections: whose address it is, what its keys are, and what was heard there.
//!
//! The connector verifies and reads a call. Here an event is put into the store before it is acknowledged: no room to store it
//! is no acknowledgement, and the system sends it again. An echo is answered from memory, because systems give it a second.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use idflow_sdk::{Keys, Received, Receiver, ReceiverState, Secret};
use tokio::time::Instant;

use super::{App, AppError, connect::Connections, error::RefusalKind, problem_words, proof, time};
use crate::{
    connectors,
    contract::{
        callback as shown,
        page::{Page, Paging},
        trigger::RefusedCall,
    },
    engine::Connect,
    model::{
        id::new_ulid,
        trigger::{ConnectionEvent, EventObject},
    },
    store::{
        Batch, StoreError,
        catalogue::{self, StoredConnection},
        departures,
        freed_keys::{self, FreedKey},
        receivers::{self, Addressee, Heard, Receivers, Sound, StoredKeys},
        renamed_keys,
    },
    trigger::event,
};

mod known;

pub use known::Call;

pub(super) use known::Callbacks;

use known::Address;

/// The longest body.
pub const MOST_BYTES: usize = 1 << 20;
/// How long keys that were replaced stay good.
const KEPT_MS: i64 = 24 * 3600 * 1000;
/// For so long after an event that could not be taken, those that come say that others may have been lost.
const LOST_MS: i64 = 3600 * 1000;
/// How long an address is known without a look into the store: so long another node's changes may go unnoticed.
const KNOWN: Duration = Duration::from_secs(5);
/// After a call that was refused, the store is looked at again when so much has passed.
const DOUBTED: Duration = Duration::from_millis(200);
/// How often something is tried again that somebody else writes at the same time.
const TRIES: usize = 16;

/// The names of the receivers of a connection.
pub(super) fn receivers_of(stored: &StoredConnection) -> Vec<&'static str> {
    let inbound = connectors::find(&stored.connector).map(|spec| spec.inbound).unwrap_or_default();
    inbound.iter().map(|receiver| receiver.name).collect()
}

impl App {
    /// A call from outside; gives the body of the answer. When this returns, what it told stands in the store.
    ///
    /// # Errors
    /// [`RefusalKind::NotFound`], the same for all that is unknown; [`RefusalKind::Refused`] when the call cannot be verified;
    /// [`RefusalKind::Unavailable`] when it cannot be stored; [`RefusalKind::TooMany`].
    pub async fn callback(&self, call: Call<'_>) -> Result<String, AppError> {
        let callbacks = &self.all.callbacks;
        let now = self.now();
        let Ok(_place) = callbacks.at_once.try_acquire() else {
            // It is sent again a few times, and then no more.
            let known = callbacks.known().get(call.id).map(|address| address.whose.clone());
            if let Some(whose) = known.filter(|_| call.body.is_some()) {
                callbacks.lost().insert((whose.tenant, whose.connection), now.saturating_add(LOST_MS));
            }
            return Err(AppError::too_many(1, "callbacks_many"));
        };
        let mut address = self.address(call.id, call.body.map(|_| KNOWN)).await?;
        let known = address.as_ref().is_some_and(|address| address.receiver(call.receiver).is_some());
        if !known {
            return Err(callbacks.unknown(now));
        }
        let mut taken = address.as_ref().map(|address| address.receive(&call, now));
        if taken.as_ref().is_some_and(Result::is_err) {
            // Keys that another node has made are not known here yet.
            address = self.address(call.id, Some(DOUBTED)).await?;
            taken = address.as_ref().map(|address| address.receive(&call, now));
        }
        let (Some(address), Some(taken)) = (address, taken) else { return Err(callbacks.unknown(now)) };
        let app = self.of(&address.whose.tenant);
        match taken {
            Ok(received) if call.body.is_none() => {
                app.note_later(&address, call.receiver, Sound::Echo, Heard { at: now, why: None });
                Ok(received.answer)
            }
            Ok(received) => {
                let place = (address.whose.tenant.clone(), address.whose.connection.clone());
                let lost = callbacks.lost().get(&place).is_some_and(|until| now < *until);
                match app.journal(&address, call.receiver, &received, now, lost).await {
                    Ok(()) => Ok(received.answer),
                    Err(error) => {
                        if callbacks.lost().insert(place, now.saturating_add(LOST_MS)).is_none_or(|until| until < now) {
                            let connection = &address.whose.connection;
                            tracing::warn!(%error, connection, "an event cannot be stored and may be lost; once events can be stored again everything is read");
                        }
                        Err(error.into())
                    }
                }
            }
            Err(why) => {
                let place = format!("{}/{}", address.whose.connection, call.receiver);
                if let Some(times) = callbacks.limits.tells((&address.whose.tenant, &place), now) {
                    let (connection, code) = (&address.whose.connection, &why.code);
                    tracing::warn!(connection, receiver = call.receiver, %code, times, "a callback was refused");
                }
                match callbacks.limits.wrong(now) {
                    Ok(()) => {
                        // The last one counts: the one before may have had another cause.
                        let heard = Heard { at: now, why: Some(why.clone()) };
                        app.note_later(&address, call.receiver, Sound::Refused, heard);
                        Err(AppError::new(RefusalKind::Refused, why))
                    }
                    Err(after_secs) => Err(AppError::too_many(after_secs, "callbacks_many")),
                }
            }
        }
    }

    /// Puts what was told into the store. `lost`: what was told before could not be.
    async fn journal(
        &self,
        address: &Address,
        receiver: &str,
        received: &Received,
        now: i64,
        lost: bool,
    ) -> Result<(), StoreError> {
        let heard = Heard { at: now, why: None };
        for told in &received.events {
            let event = ConnectionEvent {
                id: new_ulid(now),
                connection: self.connections.link_name(&address.whose.connection, address.spec.name),
                kind: told.name.into(),
                object: told.object.as_ref().map(|(kind, id)| EventObject { kind: (*kind).into(), id: id.clone() }),
                at: told.at_ms,
                missed: lost,
                details: told.details.iter().map(|(name, value)| ((*name).into(), value.clone())).collect(),
            };
            let mut along = Batch::default();
            if let Some(("user", key)) = told.object.as_ref().map(|(kind, key)| (*kind, key)).filter(|_| told.frees_key)
            {
                self.key_given_up(&event.connection, key, told.at_ms).await?;
                // Until a run has looked who has it; of an event that comes twice that is known.
                let freed = FreedKey { key: key.into(), event: event.id.clone(), heard: now, with: String::new() };
                freed_keys::note(&*self.store, &mut along, &self.tenant, &event.connection, &freed).await?;
            }
            renamed_keys::note(&mut along, &self.tenant, &event, now)?;
            receivers::note(&mut along, &address.whose, receiver, Sound::Event, &heard)?;
            event::accept(&self.engine, &told.id, &event, along).await?;
        }
        if received.events.is_empty() {
            let mut batch = Batch::default();
            receivers::note(&mut batch, &address.whose, receiver, Sound::Event, &heard)?;
            self.store.commit(batch).await?;
        }
        Ok(())
    }

    /// Ends sign-ins by a key that the system has given up, before anybody else can have it.
    async fn key_given_up(&self, connection: &str, key: &str, at: i64) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let mut batch = Batch::default();
            let times = (at, self.now());
            departures::end_key(&*self.store, &mut batch, &self.tenant, (connection, key), times).await?;
            if batch.puts.is_empty() && batch.deletes.is_empty() {
                return Ok(());
            }
            match self.store.commit(batch).await {
                // Somebody signs in by it in this moment.
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
        Err(StoreError::Conflict)
    }

    /// Notes what was heard, while the answer is on its way already.
    fn note_later(&self, address: &Address, receiver: &str, sound: Sound, heard: Heard) {
        let (store, whose, receiver) = (self.store.clone(), address.whose.clone(), receiver.to_string());
        tokio::spawn(async move {
            let mut batch = Batch::default();
            let noted = receivers::note(&mut batch, &whose, &receiver, sound, &heard);
            let done = match noted {
                Ok(()) => store.commit(batch).await,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                tracing::warn!(%error, connection = whose.connection, "what a receiver heard is not noted");
            }
        });
    }

    /// The address of this id, as it was known at most so long ago; however long ago, where nothing is said.
    async fn address(&self, id: &str, newer: Option<Duration>) -> Result<Option<Arc<Address>>, AppError> {
        let callbacks = &self.all.callbacks;
        let known = callbacks.known().get(id).cloned();
        if let Some(known) = known
            && newer.is_none_or(|most| known.seen.elapsed() < most)
        {
            return Ok(Some(known));
        }
        let found = self.read_address(id).await?.map(Arc::new);
        match &found {
            Some(address) => drop(callbacks.known().insert(id.into(), address.clone())),
            None => callbacks.forget(id),
        }
        Ok(found)
    }

    async fn read_address(&self, id: &str) -> Result<Option<Address>, AppError> {
        let seen = Instant::now();
        // Ids are letters and digits; a zero byte would be part of another key.
        if id.is_empty() || id.len() > 64 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        let Some(whose) = receivers::addressee(&*self.store, id).await? else { return Ok(None) };
        let tenant = self.known_tenant(whose.tenant.as_str()).await?;
        if tenant.is_none_or(|tenant| tenant.archived.is_some()) {
            return Ok(None);
        }
        let app = self.of(&whose.tenant);
        let stored = catalogue::connection(&*app.store, &app.tenant, &whose.connection).await?;
        let Some(stored) = stored.map(|stored| stored.value).filter(|stored| stored.id == id) else { return Ok(None) };
        let Some(spec) = connectors::find(&stored.connector) else { return Ok(None) };
        let Ok(connection) = app.connections.open_stored(&stored) else { return Ok(None) };
        let kept = receivers::of(&*app.store, &app.tenant, &whose.connection).await?;
        let kept = kept.map(|kept| kept.value).unwrap_or_default();
        let keys = kept.iter().map(|(receiver, keys)| (receiver.clone(), app.unsealed(&stored, receiver, keys)));
        Ok(Some(Address { whose, spec, connection, keys: keys.collect(), seen }))
    }

    /// The keys of a receiver, the newest first; those that cannot be opened are left out.
    fn unsealed(&self, stored: &StoredConnection, receiver: &str, keys: &StoredKeys) -> Vec<(i64, Keys)> {
        let open = |sealed: &BTreeMap<String, String>| -> Option<Keys> {
            sealed
                .iter()
                .map(|(name, sealed)| {
                    Some((name.clone(), self.sealer.unseal(&seal_context(stored, receiver, name), sealed)?))
                })
                .collect()
        };
        let newest = open(&keys.sealed).map(|keys| (i64::MAX, keys));
        let former = keys.former().filter_map(|before| Some((before.until, open(&before.sealed)?)));
        newest.into_iter().chain(former).collect()
    }

    /// Makes keys for the receivers of a new connection, in the commit that makes it; gives the addresses with them.
    ///
    /// # Errors
    /// Those of the sealer and the codec.
    pub(super) fn make_receivers(
        &self,
        batch: &mut Batch,
        stored: &StoredConnection,
    ) -> Result<Vec<shown::Callback>, AppError> {
        let Some(spec) = connectors::find(&stored.connector).filter(|spec| !spec.inbound.is_empty()) else {
            return Ok(Vec::new());
        };
        let mut receivers = Receivers::new();
        let mut views = Vec::new();
        for receiver in spec.inbound {
            let (keys, plain) = self.new_keys(stored, receiver)?;
            let nothing = [None, None, None];
            views.push(shown::Callback { keys: Some(plain), ..self.view(stored, receiver, Some(&keys), nothing) });
            receivers.insert(receiver.name.into(), keys);
        }
        receivers::put(batch, &stored.id, &self.addressee_of(stored), None, &receivers)?;
        Ok(views)
    }

    /// Takes the addresses of a connection away, in the commit that removes it.
    pub(super) fn drop_receivers(&self, batch: &mut Batch, stored: &StoredConnection) {
        let spec = connectors::find(&stored.connector);
        let names: Vec<&str> = spec.into_iter().flat_map(|spec| spec.inbound).map(|receiver| receiver.name).collect();
        receivers::drop(batch, &stored.id, &self.addressee_of(stored), &names);
        self.all.callbacks.forget(&stored.id);
    }

    /// Another version of a connection is stored: what is known of its address is looked at again.
    pub(super) fn receivers_changed(&self, stored: &StoredConnection) {
        self.all.callbacks.forget(&stored.id);
    }

    fn addressee_of(&self, stored: &StoredConnection) -> Addressee {
        Addressee { tenant: self.tenant.clone(), connection: stored.name.clone() }
    }

    fn new_keys(
        &self,
        stored: &StoredConnection,
        receiver: &Receiver,
    ) -> Result<(StoredKeys, BTreeMap<String, String>), AppError> {
        let plain: BTreeMap<String, String> =
            receiver.keys.iter().map(|key| (key.name.to_string(), proof::random_letters(key.length))).collect();
        let mut sealed = BTreeMap::new();
        for (name, text) in &plain {
            let secret = Secret::new(text.clone());
            sealed.insert(name.clone(), self.sealer.seal(&seal_context(stored, receiver.name, name), &secret)?);
        }
        Ok((StoredKeys { sealed, made: self.now(), before: None, older: Vec::new() }, plain))
    }

    /// The addresses of a connection, and what was heard there.
    ///
    /// # Errors
    /// An unknown connection; the store.
    pub async fn callbacks(&self, name: &str) -> Result<Vec<shown::Callback>, AppError> {
        let stored = self.stored_connection(name).await?.value;
        let kept = receivers::of(&*self.store, &self.tenant, name).await?.map(|kept| kept.value).unwrap_or_default();
        let mut views = Vec::new();
        for receiver in connectors::find(&stored.connector).into_iter().flat_map(|spec| spec.inbound) {
            let heard = receivers::heard(&*self.store, &self.tenant, name, receiver.name).await?;
            let missed = receivers::missed(&*self.store, &self.tenant, name, receiver.name).await?;
            let missed = missed.and_then(|missed| Some((time(missed.at), missed.why?)));
            let last_missed = missed.map(|(at, why)| shown::MissedEvents { at, why: problem_words::show(&why) });
            views.push(shown::Callback { last_missed, ..self.view(&stored, receiver, kept.get(receiver.name), heard) });
        }
        Ok(views)
    }

    /// How the receivers of a connection are.
    pub(super) async fn receiver_states(&self, stored: &StoredConnection) -> Result<Vec<ReceiverState>, StoreError> {
        let mut states = Vec::new();
        for receiver in connectors::find(&stored.connector).into_iter().flat_map(|spec| spec.inbound) {
            let [echo, event, refused] =
                receivers::heard(&*self.store, &self.tenant, &stored.name, receiver.name).await?;
            let good = echo.map(|heard| heard.at).max(event.map(|heard| heard.at));
            states.push(ReceiverState {
                name: receiver.name.into(),
                path: address_of(stored, receiver),
                reached: good.is_some(),
                trouble: refused.filter(|heard| Some(heard.at) > good).and_then(|heard| heard.why),
            });
        }
        Ok(states)
    }

    /// A page of them.
    ///
    /// # Errors
    /// As [`App::callbacks`]; a wrong cursor.
    pub async fn callbacks_page(&self, name: &str, wanted: &Paging) -> Result<Page<shown::Callback>, AppError> {
        super::paging::cut(self.callbacks(name).await?, wanted.limit, wanted.cursor.as_deref())
    }

    /// Makes new keys for an address; they are shown this once, and those before them stay good for a day.
    ///
    /// # Errors
    /// An unknown connection or receiver; the store.
    pub async fn new_callback_keys(
        &self,
        name: &str,
        asked: &shown::CallbackKeys,
    ) -> Result<shown::Callback, AppError> {
        let stored = self.stored_connection(name).await?.value;
        let inbound = connectors::find(&stored.connector).map(|spec| spec.inbound).unwrap_or_default();
        let receiver = inbound.iter().find(|receiver| receiver.name == asked.receiver).ok_or_else(|| {
            let error = AppError::not_found("callback_receiver_unknown").arg("name", name);
            error.arg("receiver", &asked.receiver).field("receiver")
        })?;
        let old = receivers::of(&*self.store, &self.tenant, name).await?;
        let mut all = old.as_ref().map(|old| old.value.clone()).unwrap_or_default();
        let (keys, plain) = self.new_keys(&stored, receiver)?;
        let until = self.now().saturating_add(KEPT_MS);
        let keys = keys.in_place_of(all.remove(receiver.name), self.now(), until);
        all.insert(receiver.name.into(), keys.clone());
        let mut batch = Batch::default();
        receivers::put(&mut batch, &stored.id, &self.addressee_of(&stored), old.as_ref(), &all)?;
        self.store.commit(batch).await?;
        self.all.callbacks.forget(&stored.id);
        let heard = receivers::heard(&*self.store, &self.tenant, name, receiver.name).await?;
        Ok(shown::Callback { keys: Some(plain), ..self.view(&stored, receiver, Some(&keys), heard) })
    }

    fn view(
        &self,
        stored: &StoredConnection,
        receiver: &Receiver,
        keys: Option<&StoredKeys>,
        [echo, event, refused]: [Option<Heard>; 3],
    ) -> shown::Callback {
        let before = keys.and_then(|keys| keys.before.as_ref()).filter(|before| before.until > self.now());
        let at = |heard: &Option<Heard>| heard.as_ref().map(|heard| heard.at);
        let good = at(&echo).max(at(&event));
        let why = refused.as_ref().and_then(|heard| heard.why.as_ref().map(problem_words::show));
        // A refused call is no trouble any more once a good one has come after it.
        let trouble = why.clone().filter(|_| at(&refused) > good);
        shown::Callback {
            receiver: receiver.name.into(),
            url: address_of(stored, receiver),
            doc: problem_words::both(receiver.doc),
            has_keys: keys.is_some(),
            keys_made: keys.map(|keys| time(keys.made)),
            old_keys_until: before.map(|before| time(before.until)),
            reached: good.is_some(),
            last_echo: at(&echo).map(time),
            last_event: at(&event).map(time),
            last_refused: at(&refused).zip(why).map(|(at, why)| RefusedCall { at: time(at), why }),
            last_missed: None,
            trouble,
            keys: None,
        }
    }
}

/// The address of a receiver, from the server's own on.
fn address_of(stored: &StoredConnection, receiver: &Receiver) -> String {
    let path = [stored.id.as_str(), receiver.name];
    format!("/callbacks/{}", path.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/"))
}

/// Where a key of a receiver is sealed for.
fn seal_context(stored: &StoredConnection, receiver: &str, key: &str) -> String {
    place_of(&stored.id, receiver, key)
}

/// The same by the id of the connection.
pub(super) fn place_of(id: &str, receiver: &str, key: &str) -> String {
    Connections::place_of(id, &format!("callback/{receiver}/{key}"))
}
