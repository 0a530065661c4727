//! What is known of addresses in memory, and how many calls are taken?

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use idflow_sdk::{Connection, ConnectorSpec, Incoming, Keys, Problem, Received, Receiver};
use tokio::{sync::Semaphore, time::Instant};

use crate::{app::AppError, model::id::Tenant, store::receivers::Addressee, trigger::webhook::limits::Limits};

/// Calls that are looked at in one moment, so that their bodies have a bound in memory.
const AT_ONCE: usize = 64;

/// What is known of addresses in memory, and how many calls are taken.
pub(in crate::app) struct Callbacks {
    known: Mutex<HashMap<String, Arc<Address>>>,
    pub(in crate::app) limits: Limits,
    pub(in crate::app) at_once: Semaphore,
    /// The connections (by tenant) of which an event could not be taken, and until when those that come say so.
    lost: Mutex<HashMap<(Tenant, String), i64>>,
}

impl Default for Callbacks {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            limits: Limits::default(),
            at_once: Semaphore::new(AT_ONCE),
            lost: Mutex::default(),
        }
    }
}

/// An address, ready for calls.
pub(super) struct Address {
    pub(super) whose: Addressee,
    pub(super) spec: &'static ConnectorSpec,
    pub(super) connection: Arc<dyn Connection>,
    /// The keys of each receiver, the newest first, with the time until when they are good.
    pub(super) keys: BTreeMap<String, Vec<(i64, Keys)>>,
    pub(super) seen: Instant,
}

impl Address {
    pub(super) fn receiver(&self, name: &str) -> Option<&'static Receiver> {
        self.spec.inbound.iter().find(|receiver| receiver.name == name)
    }

    pub(super) fn receive(&self, call: &Call<'_>, now: i64) -> Result<Received, Problem> {
        let keys: Vec<Keys> = self
            .keys
            .get(call.receiver)
            .into_iter()
            .flatten()
            .filter(|(until, _)| now < *until)
            .map(|(_, keys)| keys.clone())
            .collect();
        self.connection.receive(&Incoming {
            receiver: call.receiver,
            keys: &keys,
            query: call.query,
            body: call.body,
            now_ms: now,
        })
    }
}

/// A call as it came in.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The id of the connection or of the provider, from the address.
    pub id: &'a str,
    /// The receiver, from the address; for a provider what it is about.
    pub receiver: &'a str,
    /// The query, decoded.
    pub query: &'a [(String, String)],
    /// The body of a POST.
    pub body: Option<&'a [u8]>,
}

impl Callbacks {
    pub(super) fn known(&self) -> MutexGuard<'_, HashMap<String, Arc<Address>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks into the store at the next call.
    pub(in crate::app) fn forget(&self, id: &str) {
        self.known().remove(id);
    }

    pub(super) fn lost(&self) -> MutexGuard<'_, HashMap<(Tenant, String), i64>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same answer for whatever is unknown here.
    pub(in crate::app) fn unknown(&self, now: i64) -> AppError {
        match self.limits.wrong(now) {
            Ok(()) => AppError::not_found("callback_unknown"),
            Err(after_secs) => AppError::too_many(after_secs, "callbacks_many"),
        }
    }
}
