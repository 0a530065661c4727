//! What was asked of the simulator: a bounded list of requests, and counts that are never dropped.
//!
//! Tokens and secrets never get here: the query is stored without them, and no call in scope has a
//! secret in its body. Bodies are copied out of the connection's buffer, which would otherwise stay
//! alive as long as the log.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

use crate::corp::Holder;

/// The entry of the counts that unknown paths share.
const UNKNOWN: &str = "(unknown path)";

/// Whose token a request carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerKind {
    /// An app's.
    App,
    /// The contact-sync secret's.
    Contacts,
    /// None, or one that was not accepted.
    None,
}

/// One request as tests and administrators see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RequestRecord {
    /// The number of the request, from 1, never used twice.
    pub seq: u64,
    /// When it came, in milliseconds since 1970 on the simulator's clock.
    pub at_ms: u64,
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query without tokens and secrets.
    pub query: String,
    /// Whose token it carried.
    pub caller: CallerKind,
    /// The corp, when known.
    pub corpid: Option<String>,
    /// The app, when one called.
    pub agentid: Option<i64>,
    /// The member it was about.
    pub userid: Option<String>,
    /// The department it was about.
    pub department: Option<u32>,
    /// The body: JSON, a text when it is not JSON, `null` when there is none.
    pub body: Value,
    /// The outcome; nothing when a fault answered in another form or not at all.
    pub errcode: Option<i64>,
    /// The HTTP status sent; nothing when no answer was sent.
    pub http_status: Option<u16>,
    /// The number of the fault rule that acted.
    pub fault: Option<usize>,
}

/// How often what was called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Calls by path, refused ones included.
    pub calls: BTreeMap<String, u64>,
    /// Calls of paths that change the directory, refused ones included.
    pub write_calls: u64,
    /// Calls that changed the directory.
    pub writes: u64,
}

/// One request in its stored form.
#[derive(Debug)]
pub(crate) struct Entry {
    pub at_ms: u64,
    pub method: Cow<'static, str>,
    pub path: Cow<'static, str>,
    pub query: Box<str>,
    pub holder: Option<Holder>,
    pub corpid: Option<Box<str>>,
    pub userid: Option<Box<str>>,
    pub department: Option<u32>,
    pub body: Box<[u8]>,
    pub errcode: Option<i64>,
    pub http_status: Option<u16>,
    pub fault: Option<usize>,
}

impl Entry {
    fn record(&self, seq: u64) -> RequestRecord {
        let body = match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(_) if self.body.is_empty() => Value::Null,
            Err(_) => Value::String(String::from_utf8_lossy(&self.body).into_owned()),
        };
        let (caller, agentid) = match self.holder {
            None => (CallerKind::None, None),
            Some(Holder::Contacts) => (CallerKind::Contacts, None),
            Some(Holder::App(agentid)) => (CallerKind::App, Some(agentid)),
        };
        RequestRecord {
            seq,
            at_ms: self.at_ms,
            method: self.method.clone().into_owned(),
            path: self.path.clone().into_owned(),
            query: self.query.clone().into(),
            caller,
            corpid: self.corpid.clone().map(Into::into),
            agentid,
            userid: self.userid.clone().map(Into::into),
            department: self.department,
            body,
            errcode: self.errcode,
            http_status: self.http_status,
            fault: self.fault,
        }
    }
}

/// The log and the counts.
#[derive(Debug)]
pub(crate) struct RequestLog {
    capacity: usize,
    entries: VecDeque<Entry>,
    /// The number of the next request.
    next_seq: u64,
    calls: HashMap<&'static str, u64>,
    write_calls: u64,
    writes: u64,
}

impl RequestLog {
    pub fn new(capacity: usize) -> Self {
        Self { capacity, entries: VecDeque::new(), next_seq: 1, calls: HashMap::new(), write_calls: 0, writes: 0 }
    }

    /// How many requests there were.
    pub fn total(&self) -> u64 {
        self.next_seq - 1
    }

    /// Counts a call; an unknown path shares one entry with the others.
    pub fn count(&mut self, known_path: Option<&'static str>, is_write: bool, succeeded: bool) {
        *self.calls.entry(known_path.unwrap_or(UNKNOWN)).or_default() += 1;
        self.write_calls += u64::from(is_write);
        self.writes += u64::from(is_write && succeeded);
    }

    pub fn push(&mut self, entry: Entry) {
        self.next_seq += 1;
        if self.capacity == 0 {
            return;
        }
        if self.entries.len() >= self.capacity {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Requests with a number above `after`, oldest first, at most `limit`.
    pub fn after(&self, after: u64, limit: usize) -> Vec<RequestRecord> {
        let first = self.next_seq - self.entries.len() as u64;
        let skip = usize::try_from((after + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        let kept = self.entries.iter().enumerate().skip(skip).take(limit);
        kept.map(|(index, entry)| entry.record(first + index as u64)).collect()
    }

    /// Forgets requests and counts; numbers go on.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.calls.clear();
        self.write_calls = 0;
        self.writes = 0;
    }

    pub fn counts(&self) -> Counts {
        Counts {
            calls: self.calls.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect(),
            write_calls: self.write_calls,
            writes: self.writes,
        }
    }
}
