//! What was asked of the simulator and what came of it: bounded lists of requests, of writes to
//! single objects (effects) and of messages, and counts that are never dropped.
//!
//! A request says what a caller sent; an effect says which object it wrote and whether that object
//! existed. One request may have several effects or none, and the rows of an import job have effects
//! long after the request that submitted the file.
//!
//! Tokens and secrets never get here: the query is stored without them, and so is the body of an
//! import, the only one that may hold any. Bodies are copied out of the connection's buffer, which would otherwise stay
//! alive as long as the log.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::corp::Holder;
use crate::flight::Others;

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
    /// That of a provider which may edit the directory.
    ContactEdit,
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
    /// What the work came to, also when a fault spoilt the answer afterwards; what a fault answered in its place;
    /// nothing when no work was done and no code was sent.
    pub errcode: Option<i64>,
    /// The HTTP status sent; nothing when no answer was sent.
    pub http_status: Option<u16>,
    /// The number of the fault rule that acted.
    pub fault: Option<usize>,
    /// Which node of the caller sent it, and by which right it writes, if it says so: the header `x-idflow-lease`.
    pub lease: Option<String>,
}

/// What kind of object an effect is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A member, by userid.
    User,
    /// A department, by id.
    Department,
    /// A tag, by id.
    Tag,
}

/// What an effect does to its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is to be made.
    Create,
    /// It is to be changed.
    Update,
    /// It is to be removed.
    Delete,
}

/// One write to one object, done or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectRecord {
    /// The number of the effect, from 1, never used twice.
    pub seq: u64,
    /// The number of the request; for a row of a job, of the request that submitted the file.
    pub request: u64,
    /// The job, when a row of a file did it.
    pub job: Option<String>,
    /// The row of the file, from 1 below the header; nothing for an object that the file lacks.
    pub row: Option<usize>,
    /// When, in milliseconds since 1970 on the simulator's clock.
    pub at_ms: u64,
    /// The corp.
    pub corpid: String,
    /// What kind of object.
    pub kind: ObjectKind,
    /// Its id, as the caller wrote it.
    pub id: String,
    /// What was to be done.
    pub action: Action,
    /// Whether the object existed before.
    pub existed: bool,
    /// 0 when it was done, else why not.
    pub errcode: i64,
    /// How many other writes of the corp were unanswered at that moment.
    pub parallel: u32,
    /// How many of those were to the same object.
    pub parallel_same_object: u32,
}

/// One write to one object, as the call that does it sees it.
#[derive(Debug)]
pub(crate) struct Touch {
    pub kind: ObjectKind,
    pub id: Box<str>,
    pub action: Action,
    pub existed: bool,
}

impl Touch {
    /// A write to a member.
    pub fn user(userid: &str, action: Action, existed: bool) -> Self {
        Self { kind: ObjectKind::User, id: userid.into(), action, existed }
    }

    /// A write to an object with a number.
    pub fn numbered(kind: ObjectKind, id: u32, action: Action, existed: bool) -> Self {
        Self { kind, id: id.to_string().into(), action, existed }
    }
}

/// One effect in its stored form.
#[derive(Debug)]
pub(crate) struct EffectEntry {
    pub request: u64,
    /// The job and the row.
    pub job: Option<(Arc<str>, Option<usize>)>,
    pub at_ms: u64,
    pub corpid: Arc<str>,
    pub touch: Touch,
    pub errcode: i64,
    pub others: Others,
}

impl EffectEntry {
    pub fn record(&self, seq: u64) -> EffectRecord {
        EffectRecord {
            seq,
            request: self.request,
            job: self.job.as_ref().map(|(id, _)| id.to_string()),
            row: self.job.as_ref().and_then(|(_, row)| row.map(|row| row + 1)),
            at_ms: self.at_ms,
            corpid: self.corpid.to_string(),
            kind: self.touch.kind,
            id: self.touch.id.to_string(),
            action: self.touch.action,
            existed: self.touch.existed,
            errcode: self.errcode,
            parallel: self.others.writes,
            parallel_same_object: self.others.same_object,
        }
    }
}

/// A message as it went out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MessageRecord {
    /// The number of the message, from 1, never used twice.
    pub seq: u64,
    /// The number of the request.
    pub request: u64,
    /// When, in milliseconds since 1970 on the simulator's clock.
    pub at_ms: u64,
    /// The corp.
    pub corpid: String,
    /// The app.
    pub agentid: i64,
    /// The id that was answered.
    pub msgid: String,
    /// The type, as `text`.
    pub msgtype: String,
    /// What was sent: the object named as the type, after cutting.
    pub content: Value,
    /// Who got it, by userid.
    pub delivered: Vec<String>,
    /// Who did not because of the frequency limit; the caller is not told.
    pub dropped: Vec<String>,
    /// Who did not because the same message came before; the caller is not told.
    pub duplicate: Vec<String>,
    /// Whether it was taken back.
    pub recalled: bool,
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
    /// Rows that import jobs worked off, refused ones included.
    pub job_rows: u64,
}

/// One request in its stored form.
#[derive(Debug)]
pub(crate) struct Entry {
    pub at_ms: u64,
    pub method: Cow<'static, str>,
    pub path: Cow<'static, str>,
    pub query: Box<str>,
    pub holder: Option<Holder>,
    pub corpid: Option<Arc<str>>,
    pub userid: Option<Box<str>>,
    pub department: Option<u32>,
    pub body: Box<[u8]>,
    pub errcode: Option<i64>,
    pub http_status: Option<u16>,
    pub fault: Option<usize>,
    pub lease: Option<Box<str>>,
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
            Some(Holder::ContactEdit) => (CallerKind::ContactEdit, None),
        };
        RequestRecord {
            seq,
            at_ms: self.at_ms,
            method: self.method.clone().into_owned(),
            path: self.path.clone().into_owned(),
            query: self.query.clone().into(),
            caller,
            corpid: self.corpid.as_deref().map(str::to_owned),
            agentid,
            userid: self.userid.clone().map(Into::into),
            department: self.department,
            body,
            errcode: self.errcode,
            http_status: self.http_status,
            fault: self.fault,
            lease: self.lease.clone().map(Into::into),
        }
    }
}

/// The log and the counts.
#[derive(Debug)]
pub(crate) struct RequestLog {
    requests: Numbered<Entry>,
    calls: HashMap<&'static str, u64>,
    write_calls: u64,
    writes: u64,
    job_rows: u64,
    pub effects: Numbered<EffectEntry>,
    pub messages: Numbered<MessageRecord>,
}

/// The newest entries of a list whose numbers are never used twice.
#[derive(Debug)]
pub(crate) struct Numbered<T> {
    capacity: usize,
    entries: VecDeque<T>,
    next_seq: u64,
}

impl<T> Numbered<T> {
    fn new(capacity: usize) -> Self {
        Self { capacity, entries: VecDeque::new(), next_seq: 1 }
    }

    pub fn push(&mut self, entry: T) {
        self.next_seq += 1;
        if self.capacity == 0 {
            return;
        }
        if self.entries.len() >= self.capacity {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// The number the next entry gets.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// How many entries there were.
    pub fn total(&self) -> u64 {
        self.next_seq - 1
    }

    /// Entries with a number above `after`, oldest first, with their numbers.
    pub fn after(&self, after: u64) -> impl Iterator<Item = (u64, &T)> {
        let first = self.next_seq - self.entries.len() as u64;
        let skip = usize::try_from(after.saturating_add(1).saturating_sub(first)).unwrap_or(usize::MAX);
        self.entries.iter().enumerate().skip(skip).map(move |(index, entry)| (first + index as u64, entry))
    }

    pub fn newest_first(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut().rev()
    }

    fn clear(&mut self) {
        self.entries.clear();
    }
}

impl Numbered<EffectEntry> {
    /// Effects with a number above `after`, oldest first, at most `limit`.
    pub fn records(&self, after: u64, limit: usize) -> Vec<EffectRecord> {
        self.after(after).take(limit).map(|(seq, entry)| entry.record(seq)).collect()
    }
}

impl RequestLog {
    pub fn new(capacity: usize) -> Self {
        Self {
            requests: Numbered::new(capacity),
            calls: HashMap::new(),
            write_calls: 0,
            writes: 0,
            job_rows: 0,
            effects: Numbered::new(capacity),
            messages: Numbered::new(capacity),
        }
    }

    /// How many requests there were.
    pub fn total(&self) -> u64 {
        self.requests.total()
    }

    /// Counts a call; an unknown path shares one entry with the others.
    pub fn count(&mut self, known_path: Option<&'static str>, is_write: bool, succeeded: bool) {
        *self.calls.entry(known_path.unwrap_or(UNKNOWN)).or_default() += 1;
        self.write_calls += u64::from(is_write);
        self.writes += u64::from(is_write && succeeded);
    }

    /// Counts rows of a job.
    pub fn count_rows(&mut self, rows: u64) {
        self.job_rows += rows;
    }

    pub fn push(&mut self, entry: Entry) {
        self.requests.push(entry);
    }

    /// Requests with a number above `after`, oldest first, at most `limit`.
    pub fn after(&self, after: u64, limit: usize) -> Vec<RequestRecord> {
        self.requests.after(after).take(limit).map(|(seq, entry)| entry.record(seq)).collect()
    }

    /// Forgets requests, effects, messages and counts; numbers go on.
    pub fn clear(&mut self) {
        self.requests.clear();
        self.effects.clear();
        self.messages.clear();
        self.calls.clear();
        self.write_calls = 0;
        self.writes = 0;
        self.job_rows = 0;
    }

    pub fn counts(&self) -> Counts {
        Counts {
            calls: self.calls.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect(),
            write_calls: self.write_calls,
            writes: self.writes,
            job_rows: self.job_rows,
        }
    }
}
