//! The two things a connector provides: a static [`ConnectorSpec`], from which workflows are checked, and for each
//! account a [`Connection`], through which the engine reads and writes.
//!
//! One call is one attempt: a connection never waits or repeats on its own, except that it may fetch a fresh token once.
//! Absence is never deletion unless the read says it is complete.

mod call;
mod reading;
mod report;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;

use crate::{
    action::ActionSpec,
    bulk::{Bulk, Estimate},
    directory::DirectoryStore,
    error::{Error, ErrorKind},
    evidence::Evidence,
    examine::{Examination, Surroundings, ToCopy},
    inbound::{Incoming, Received, Receiver, Told},
    lease::Lease,
    message::{Message, Problem, Text},
    messenger::Messenger,
    provider::{Granted, ProviderSpec},
    schema::{Kind, Schema},
    secret::Secret,
    setting::{Identity, SettingSpec},
    sign_in::SignIn,
    slots::Slots,
    value::{FieldId, Record},
};

pub use call::{Applied, Call, ObjectCall, Params, Part, Predicate, RootIs};
pub use reading::{Blank, Ending, Gather, Page, Range, ReadRequest, Reader, Seen, Snapshot, SourceObject, Summary};
pub use report::{CheckReport, Finding, Preview, PreviewPart};

/// Derives the schema of a file's rows from the parameters of the step that reads it.
pub type RowSchema = fn(&serde_json::Value) -> Result<Schema, Problem>;

/// Opens an account. Nothing is sent: whether the system is there is found out by [`Connection::check`].
pub type Open = fn(OpenRequest) -> Result<Arc<dyn Connection>, Error>;

/// The vendor's page about a code of the connector's message table, where there is one.
pub type DocOf = fn(&str) -> Option<String>;

/// A connector: one kind of system, compiled in.
#[derive(Debug, Clone, Copy)]
pub struct ConnectorSpec {
    /// Its name: the prefix of its actions and the `type` of its connections.
    pub name: &'static str,
    /// Its name for people.
    pub title: Text,
    /// The settings of a connection.
    pub settings: &'static [SettingSpec],
    /// The kinds of object it knows.
    pub schemas: &'static [&'static Schema],
    /// What it can do.
    pub actions: &'static [&'static ActionSpec],
    /// The words of its problems.
    pub messages: &'static [Message],
    /// For connectors whose rows have no fixed fields: the schema of the rows that a read step with these parameters
    /// (its `with`, as JSON) gives. The problem names the parameter that is wrong.
    pub row_schema: Option<RowSchema>,
    /// The events that its connections can send (`on.event.types`).
    pub events: &'static [EventSpec],
    /// Opens an account.
    pub open: Open,
    /// Whether its objects are the tenant's own, kept in idflow's store: there is one account without settings, nothing
    /// of it can be unreachable, and what was written needs no second look.
    pub local: bool,
    /// The addresses at which its connections are called by their system: `/callbacks/{connection}`, and
    /// `/callbacks/{connection}/{name}` for the further ones. Empty: it takes no callbacks.
    pub inbound: &'static [Receiver],
    /// The vendor's page about a code.
    pub doc_of: Option<DocOf>,
    /// What the system calls its objects, where that is another word than the usual one (WeCom's people are members).
    pub called: &'static [(Kind, Called)],
    /// Whether a file of this name is one that the system looks for at the top of our domain, to see whose it is.
    pub site_file: Option<fn(&str) -> bool>,
    /// What a first setup begins with, where people can come from it.
    pub setup: Option<SetupSpec>,
    /// The way by which a service provider makes connections, where there is one.
    pub provider: Option<&'static ProviderSpec>,
}

/// What objects of a kind are called.
#[derive(Debug, Clone, Copy)]
pub struct Called {
    /// One of them.
    pub one: Text,
    /// Several.
    pub many: Text,
}

/// One sort of event: what a system tells by itself.
#[derive(Debug, Clone, Copy)]
pub struct EventSpec {
    /// Its name in `types`.
    pub name: &'static str,
    /// What happened.
    pub doc: Text,
}

impl ConnectorSpec {
    /// A connector that can do nothing yet: the rest is said with `..ConnectorSpec::new(…)`.
    #[must_use]
    pub const fn new(name: &'static str, title: Text, open: Open) -> Self {
        Self {
            name,
            title,
            settings: &[],
            schemas: &[],
            actions: &[],
            messages: &[],
            row_schema: None,
            events: &[],
            open,
            local: false,
            inbound: &[],
            doc_of: None,
            called: &[],
            site_file: None,
            setup: None,
            provider: None,
        }
    }

    /// What the system calls objects of a kind, where it has a word of its own.
    #[must_use]
    pub fn called(&self, kind: Kind) -> Option<Called> {
        self.called.iter().find(|(known, _)| *known == kind).map(|(_, called)| *called)
    }

    /// Which system these settings are about, by the settings that tell systems apart ([`Identity::System`]): the links of
    /// a connection are worth something in this system only. `None` where the connector has no such settings, or they are
    /// not given.
    #[must_use]
    pub fn system(&self, settings: &BTreeMap<String, String>) -> Option<String> {
        self.identified(settings, |identity| identity == Identity::System)
    }

    /// Which account of which system these settings are about: two connections with the same one do the same work twice.
    #[must_use]
    pub fn account(&self, settings: &BTreeMap<String, String>) -> Option<String> {
        self.system(settings)?;
        self.identified(settings, |identity| identity != Identity::None)
    }

    /// The settings that tell systems, or accounts, apart.
    pub fn identities(&self, identity: Identity) -> impl Iterator<Item = &'static SettingSpec> {
        self.settings.iter().filter(move |setting| setting.identity == identity)
    }

    fn identified(&self, settings: &BTreeMap<String, String>, counts: fn(Identity) -> bool) -> Option<String> {
        let telling = self.settings.iter().filter(|setting| counts(setting.identity));
        let values: Vec<&str> = telling.map(|setting| settings.get(setting.name).map_or("", String::as_str)).collect();
        values.iter().any(|value| !value.is_empty()).then(|| values.join(" "))
    }

    /// The schema of a kind.
    #[must_use]
    pub fn schema(&self, kind: Kind) -> Option<&'static Schema> {
        self.schemas.iter().copied().find(|schema| schema.kind == kind)
    }

    /// The action of that name (without the connector).
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&'static ActionSpec> {
        self.actions.iter().copied().find(|action| action.name == name)
    }
}

/// What a connection is opened with. Values were trimmed and checked before.
#[derive(Clone)]
pub struct OpenRequest {
    /// The connection's name.
    pub name: String,
    /// Settings, with defaults filled in.
    pub settings: BTreeMap<String, String>,
    /// Secrets.
    pub secrets: BTreeMap<String, Secret>,
    /// The tenant's directory, for the connector that serves it.
    pub directory: Arc<dyn DirectoryStore>,
    /// What the company granted, for a connection that comes by a provider.
    pub granted: Option<Arc<dyn Granted>>,
}

/// Counts HTTP exchanges (or their like) of one run: tokens, reads, writes, uploads, retries.
#[derive(Debug, Default)]
pub struct Meter {
    calls: AtomicU64,
    writes: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
}

impl Meter {
    /// One exchange took place, with so many bytes of body in both directions.
    pub fn call(&self, bytes: u64) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The last exchange was a write.
    pub fn write(&self) {
        self.writes.fetch_add(1, Ordering::Relaxed);
    }

    /// The next exchange repeats an earlier one.
    pub fn retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// Exchanges, writes among them, retries among them, bytes.
    #[must_use]
    pub fn read(&self) -> [u64; 4] {
        [&self.calls, &self.writes, &self.retries, &self.bytes].map(|counter| counter.load(Ordering::Relaxed))
    }
}

/// What every call is given.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where exchanges are counted.
    pub meter: Arc<Meter>,
    /// The time, in milliseconds since 1970, from the engine's clock.
    pub now_ms: i64,
    /// Where exchanges that did not go well are noted.
    pub evidence: Arc<Evidence>,
    /// The right under which calls are made: none is begun without asking it. `None`: nobody else works here.
    pub lease: Option<Lease>,
    /// The run on whose behalf calls are made.
    pub run: Option<Arc<str>>,
}

impl Context {
    /// A context of nobody's run.
    #[must_use]
    pub fn at(now_ms: i64) -> Self {
        Self { meter: Arc::default(), now_ms, evidence: Arc::default(), lease: None, run: None }
    }

    /// Whether a call may be begun now.
    ///
    /// # Errors
    /// Another node may have taken over: nothing is sent.
    pub fn may_call(&self) -> Result<(), Error> {
        match &self.lease {
            Some(lease) if !lease.is_good() => Err(Error::new(ErrorKind::Unavailable, Problem::new("lease_lost"))),
            _ => Ok(()),
        }
    }
}

/// What a first setup of a connection begins with.
#[derive(Debug, Clone, Copy)]
pub struct SetupSpec {
    /// The template whose workflow brings people into the directory.
    pub template: &'static str,
    /// The name of a first connection, where nobody gives one: what the template calls it.
    pub connection: &'static str,
}

/// A part of a system that does not want to be asked for a while.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rest {
    /// Which part, as the connector calls it.
    pub what: String,
    /// Until when, in milliseconds since 1970.
    pub until: i64,
    /// What the system said.
    pub cause: Problem,
}

/// One account of one system.
#[async_trait]
pub trait Connection: Send + Sync {
    /// The connector.
    fn spec(&self) -> &'static ConnectorSpec;

    /// Tries settings, secrets and rights with harmless calls.
    async fn check(&self, context: &Context) -> CheckReport;

    /// Looks closer: what each secret may do and how that is known, what stands around the connection, and what else has to be
    /// entered in the system. Each cause is one finding; nothing is changed.
    async fn examine(&self, context: &Context, _surroundings: &Surroundings) -> Examination {
        self.check(context).await.into()
    }

    /// What has to be entered in the system for this connection, as far as that is known without asking it.
    fn to_copy(&self, _surroundings: &Surroundings) -> Vec<ToCopy> {
        Vec::new()
    }

    /// How many objects a read with these parameters would give, part by part.
    ///
    /// # Errors
    /// What the read would say; the connector has no such reads.
    async fn preview(&self, _context: &Context, _params: &Params) -> Result<Preview, Error> {
        Err(Error::new(ErrorKind::Unsupported, Problem::new("preview_unsupported")))
    }

    /// Starts reading as a source.
    async fn read(&self, context: &Context, request: ReadRequest) -> Result<Box<dyn Reader>, Error>;

    /// The same, where everything was read before and these events are all that was heard since: a reader of what they are
    /// about, which says so by [`Summary::part`]; of everything, where they say too little or that costs no more. `None`: the
    /// connector does not know how.
    ///
    /// # Errors
    /// Those of [`Connection::read`].
    async fn read_changes(
        &self,
        _context: &Context,
        _request: &ReadRequest,
        _told: &[Told],
    ) -> Result<Option<Box<dyn Reader>>, Error> {
        Ok(None)
    }

    /// Reads all objects of a kind as a target: keys and what comes cheaply with them. An answer is complete or an error.
    async fn snapshot(&self, context: &Context, kind: Kind) -> Result<Snapshot, Error>;

    /// The same, with the objects given one by one and not in the answer: who keeps a large list packed never has it in memory
    /// as it was read. A connection that reads page by page gives them as they come.
    async fn snapshot_into(&self, context: &Context, kind: Kind, into: &mut dyn Gather) -> Result<Snapshot, Error> {
        let mut snapshot = self.snapshot(context, kind).await?;
        into.begin();
        std::mem::take(&mut snapshot.objects).into_iter().for_each(|seen| into.take(seen));
        Ok(snapshot)
    }

    /// Reads these objects in full, as far as a credential allows. Objects that are not there are left out.
    async fn details(&self, context: &Context, kind: Kind, keys: &[&str]) -> Result<Vec<Seen>, Error>;

    /// Whether others use this system beside us: its objects may have been made by hand, so the first run that would link
    /// some or make others beside them is shown to a person.
    fn in_use(&self) -> bool {
        false
    }

    /// The fields of a kind that the system can be asked for by value, see [`Connection::holders`].
    fn asked_by(&self, _kind: Kind) -> &'static [&'static str] {
        &[]
    }

    /// Who holds these values of a field, in order; `None` where nobody does as far as can be seen. A system that does not
    /// want to be asked any more is no failure: the rest is `None`. No more is asked after so many `misses`.
    ///
    /// # Errors
    /// The system cannot be asked at all.
    async fn holders(
        &self,
        _context: &Context,
        _kind: Kind,
        _field: &str,
        values: &[&str],
        _misses: usize,
    ) -> Result<Vec<Option<Box<str>>>, Error> {
        Ok(vec![None; values.len()])
    }

    /// Checks a record against the rules of the system and repairs what can be repaired; repairs that lose something
    /// are added to `warnings`. `complete` is false for an update that names some fields only.
    ///
    /// # Errors
    /// The rule that is broken; the item becomes `invalid`.
    fn conform(
        &self,
        kind: Kind,
        record: &mut Record,
        complete: bool,
        warnings: &mut Vec<Problem>,
    ) -> Result<(), Problem>;

    /// Does one call. One answer for each object, in order; a call without objects (an action that sends) has one answer.
    async fn apply(&self, context: &Context, call: Call<'_>) -> Vec<Result<Applied, Error>>;

    /// Whether the object is there, and what of it can be read: used when an answer was lost.
    async fn lookup(&self, context: &Context, kind: Kind, key: &str) -> Result<Option<Record>, Error>;

    /// The same for many objects, in order. Systems that can list keys answer this with fewer calls.
    async fn lookup_many(&self, context: &Context, kind: Kind, keys: &[&str]) -> Result<Vec<Option<Record>>, Error> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(self.lookup(context, kind, key).await?);
        }
        Ok(found)
    }

    /// The parameters of its reads that say where the source lies, not which part of it is wanted: a file by another name
    /// is no other scope.
    fn places(&self) -> &'static [&'static str] {
        &[]
    }

    /// The places for writes to this system, shared by everybody in the process who writes to it; `None` when it does not mind
    /// how many there are beyond what each action declares ([`ActionSpec::max_parallel`]).
    fn slots(&self) -> Option<&Arc<Slots>> {
        None
    }

    /// The field without which the system remembers when an object was written, so that each has to wait for the one before:
    /// siblings without a sort value, for example, are shown in the order in which they were made. `None`: it does not mind.
    fn keeps_order(&self, _action: &ActionSpec) -> Option<FieldId> {
        None
    }

    /// What writing so many objects one by one costs: calls, and the time that latency and quotas ask for.
    fn estimate(&self, action: &ActionSpec, objects: usize) -> Estimate {
        let calls = objects.div_ceil(action.batch.max(1)) as u64;
        Estimate { calls, time: Duration::from_millis(20).saturating_mul(u32::try_from(calls).unwrap_or(u32::MAX)) }
    }

    /// Takes a call that the system made to an address of [`ConnectorSpec::inbound`]: verifies it, reads it, and says what to
    /// answer and what happened. Nothing is sent and nothing is waited for: whoever calls wants the answer at once.
    ///
    /// # Errors
    /// The call is not from the system, or cannot be read.
    fn receive(&self, incoming: &Incoming<'_>) -> Result<Received, Problem> {
        Err(Problem::new("callback_not_taken").arg("receiver", incoming.receiver))
    }

    /// What rests because the system refused to be asked any more. It is kept, so that the next process does not begin by
    /// asking for more.
    fn rests(&self) -> Vec<Rest> {
        Vec::new()
    }

    /// What rested when somebody else asked: it is left alone until then.
    fn let_rest(&self, _rests: &[Rest]) {}

    /// Sending messages outside of runs, where the account can.
    fn messenger(&self) -> Option<&dyn Messenger> {
        None
    }

    /// Signing in by an account of the system, where that is set up.
    fn sign_in(&self) -> Option<&dyn SignIn> {
        None
    }

    /// The import jobs, where the system has them and the connection's settings allow them.
    fn bulk(&self) -> Option<&dyn Bulk> {
        None
    }
}
