//! Events out of the platform (回调): what is still to be sent, what was sent, and what came of it.
//!
//! An event is sealed when it happens and waits in a queue; a task of the server takes it from there and calls the address,
//! three times at most, each time until an answer of status 200 came or five seconds are over. Nothing is promised about
//! order, as on the platform.

pub(crate) mod deliver;
pub(crate) mod events;
pub(crate) mod tell;
pub(crate) mod verify;
pub(crate) mod xml;

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::chance;
use crate::crypto::{Key, sign};
use crate::state::ReceiverState;
use xml::Xml;

/// How many events are remembered; the oldest go first.
const KEPT: usize = 100_000;

/// How events are sent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallbackSettings {
    /// How long an answer may take, in milliseconds.
    pub timeout_ms: u64,
    /// How often an event is sent until somebody answers 200.
    pub attempts: u32,
    /// How long it waits before it is sent again, in milliseconds.
    pub pause_ms: u64,
    /// The share of events that are sent a second time although they were answered, 0 to 1.
    pub duplicates: f64,
    /// Whether events wait until they are let go.
    pub hold: bool,
}

impl Default for CallbackSettings {
    fn default() -> Self {
        Self { timeout_ms: 5000, attempts: 3, pause_ms: 0, duplicates: 0.0, hold: false }
    }
}

/// In which order events that waited go out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseOrder {
    /// As they happened.
    #[default]
    AsHappened,
    /// The newest first.
    Reversed,
    /// In an order that the seed decides.
    Shuffled,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackOutcome {
    /// It is not yet answered.
    Waiting,
    /// It was answered with status 200.
    Delivered,
    /// Nobody answered 200.
    GivenUp,
}

/// One call of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallbackAttempt {
    /// The status that was answered.
    pub status: Option<u16>,
    /// Why there is no status.
    pub error: Option<String>,
}

/// One event that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallbackRecord {
    /// The number of the event, from 1, never used twice.
    pub seq: u64,
    /// When it happened, in milliseconds since 1970 on the simulator's clock.
    pub at_ms: u64,
    /// The corp, or the suite id of a provider's receiver.
    pub to: String,
    /// Who gets it: `contacts`, `app 1000002`, `suite ww...` or `job J...`.
    pub receiver: String,
    /// The address.
    pub url: String,
    /// What happened, as `update_user` or `suite_ticket`.
    pub event: String,
    /// The text before encryption.
    pub message: String,
    /// The calls so far.
    pub attempts: Vec<CallbackAttempt>,
    /// What became of it.
    pub outcome: CallbackOutcome,
}

/// An event that is to be sealed.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    /// The corp id or suite id that it is encrypted for.
    pub to: &'a str,
    pub agentid: Option<i64>,
    pub receiver: String,
    pub name: &'a str,
    pub message: String,
}

/// A sealed event on its way.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub seq: u64,
    pub url: String,
    pub body: String,
    /// Whether it is sent once more after it was answered.
    pub twice: bool,
}

/// What is to be sent and what was.
#[derive(Debug)]
pub(crate) struct Outbox {
    seed: u64,
    count: u64,
    echoes: u64,
    queue: VecDeque<Sealed>,
    records: VecDeque<CallbackRecord>,
    pub settings: CallbackSettings,
    /// Wakes the task that sends.
    pub bell: Arc<Notify>,
}

impl Outbox {
    pub fn new(seed: u64, settings: CallbackSettings) -> Self {
        // The seed is set apart from those of tokens and jitter.
        let seed = chance::mix(seed, 0x00ca_11ba_c000);
        Self {
            seed,
            count: 0,
            echoes: 0,
            queue: VecDeque::new(),
            records: VecDeque::new(),
            settings,
            bell: Arc::default(),
        }
    }

    /// Seals an event and puts it into the queue.
    pub fn push(&mut self, receiver: &ReceiverState, event: Event<'_>, now_ms: u64) {
        self.count += 1;
        let seq = self.count;
        let mut record = CallbackRecord {
            seq,
            at_ms: now_ms,
            to: event.to.to_owned(),
            receiver: event.receiver,
            url: receiver.url.clone(),
            event: event.name.to_owned(),
            message: event.message,
            attempts: Vec::new(),
            outcome: CallbackOutcome::Waiting,
        };
        match Key::parse(&receiver.encoding_aes_key) {
            Some(key) => {
                let sealed = key.seal(self.random(seq), record.message.as_bytes(), event.to);
                let url = signed_url(receiver, &sealed, now_ms, self.nonce(seq), None);
                let agentid = event.agentid.map(|id| id.to_string()).unwrap_or_default();
                let body = Xml::default().text("ToUserName", event.to).text("AgentID", &agentid);
                let body = body.text("Encrypt", &sealed).into_message();
                let twice = chance::unit(self.seed ^ 2, seq) < self.settings.duplicates;
                self.queue.push_back(Sealed { seq, url, body, twice });
            }
            None => {
                record.outcome = CallbackOutcome::GivenUp;
                record.attempts.push(CallbackAttempt { status: None, error: Some("the key is not one".to_owned()) });
            }
        }
        if self.records.len() == KEPT {
            self.records.pop_front();
        }
        self.records.push_back(record);
        self.bell.notify_one();
    }

    /// The first random bytes of a sealed text.
    fn random(&self, number: u64) -> [u8; 16] {
        let parts = [chance::mix(self.seed, 2 * number), chance::mix(self.seed, 2 * number + 1)];
        u128::to_le_bytes((u128::from(parts[0]) << 64) | u128::from(parts[1]))
    }

    /// A nonce, as digits.
    fn nonce(&self, number: u64) -> u64 {
        chance::mix(self.seed ^ 1, number) % 10_000_000_000
    }

    /// A random text to be sent back as proof, sealed, and the address to be called with it.
    pub fn echo(&mut self, receiver: &ReceiverState, to: &str, now_ms: u64) -> Option<(String, String)> {
        self.echoes += 1;
        // Numbers of events begin at 1 and never come near.
        let number = u64::MAX / 4 - self.echoes;
        let text = chance::mix(self.seed ^ 4, number).to_string();
        let sealed = Key::parse(&receiver.encoding_aes_key)?.seal(self.random(number), text.as_bytes(), to);
        Some((text, signed_url(receiver, &sealed, now_ms, self.nonce(number), Some(&sealed))))
    }

    /// The next events that may go out.
    pub fn take(&mut self, most: usize) -> Vec<Sealed> {
        if self.settings.hold {
            return Vec::new();
        }
        self.queue.drain(..most.min(self.queue.len())).collect()
    }

    /// Lets the waiting events go, and those that come from now on.
    pub fn release(&mut self, order: ReleaseOrder) {
        let waiting = self.queue.make_contiguous();
        match order {
            ReleaseOrder::AsHappened => {}
            ReleaseOrder::Reversed => waiting.reverse(),
            ReleaseOrder::Shuffled => waiting.sort_by_key(|sealed| chance::mix(self.seed ^ 3, sealed.seq)),
        }
        self.settings.hold = false;
        self.bell.notify_one();
    }

    /// Writes down one call of an address, and the outcome when it is settled.
    pub fn note(&mut self, seq: u64, attempt: CallbackAttempt, outcome: CallbackOutcome) {
        let first = self.records.front().map_or(0, |record| record.seq);
        let index = seq.checked_sub(first).and_then(|index| usize::try_from(index).ok());
        if let Some(record) = index.and_then(|index| self.records.get_mut(index)) {
            record.attempts.push(attempt);
            record.outcome = outcome;
        }
    }

    /// The events with a number above `after`, oldest first.
    pub fn records(&self, after: u64) -> impl Iterator<Item = &CallbackRecord> {
        self.records.iter().filter(move |record| record.seq > after)
    }

    pub fn total(&self) -> u64 {
        self.count
    }

    /// Forgets all events; what is on its way still arrives.
    pub fn clear(&mut self) {
        self.queue.clear();
        self.records.clear();
    }
}

/// An address with the signature of what is sent to it.
fn signed_url(receiver: &ReceiverState, sealed: &str, now_ms: u64, nonce: u64, echo: Option<&str>) -> String {
    let (timestamp, nonce) = ((now_ms / 1000).to_string(), nonce.to_string());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("msg_signature", &sign(&receiver.token, &timestamp, &nonce, sealed));
    query.append_pair("timestamp", &timestamp);
    query.append_pair("nonce", &nonce);
    if let Some(echo) = echo {
        query.append_pair("echostr", echo);
    }
    let joint = match receiver.url.split_once("://") {
        Some((_, rest)) if rest.contains('?') => "&",
        // An address without a path means the root.
        Some((_, rest)) if !rest.contains('/') => "/?",
        _ => "?",
    };
    format!("{}{joint}{}", receiver.url, query.finish())
}
