//! Notifications: what has happened that somebody may want to be told of, who wants to be told, and what became of messages.
//!
//! That a run has come into another state is noted in the commit that brings it there. Whoever gathers takes the note away in
//! the commit that puts what is to be told into the queues of rules, and takes it out of a queue in the commit that makes a
//! message of it; so each thing is told once, whatever crashes and however many nodes look.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use idflow_sdk::Problem;

use super::{Batch, Kv, StoreError, codec::Loaded, keys, keys::Key, table::Table};
use crate::model::{
    id::{RunId, Tenant},
    run::{Mode, Run, Status},
};

/// A run that came into another state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The run.
    pub run: RunId,
    /// The state.
    pub status: Status,
    /// When.
    pub at: i64,
}

/// What somebody wants to be told of; the words are what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are those of the contract")]
pub enum What {
    RunFailed,
    RunHeld,
    RunPartial,
    RunRecovered,
    ApprovalExpiring,
    RemovalsWaiting,
    ConnectionUnhealthy,
    CallbackUnhealthy,
    GrantExpiring,
}

/// The way of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Channel {
    /// An app of a connection.
    Message {
        /// The connection.
        connection: String,
        /// Accounts there.
        to_users: Vec<String>,
        /// Departments there.
        to_departments: Vec<String>,
        /// Tags there.
        to_tags: Vec<String>,
    },
    /// The mail server.
    Mail {
        /// The addresses.
        to: Vec<String>,
    },
    /// A signed call.
    Webhook {
        /// The address.
        url: String,
        /// The secret, sealed.
        sealed: String,
    },
}

/// Hours in which nothing is sent, in minutes of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// From this minute on.
    pub from: u16,
    /// Up to this one.
    pub to: u16,
    /// The zone.
    pub timezone: String,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether it is in use.
    pub enabled: bool,
    /// What it tells of.
    pub events: Vec<What>,
    /// The workflows; all where none is named.
    pub workflows: Vec<String>,
    /// The way.
    pub channel: Channel,
    /// Whether its messages are in Chinese.
    pub chinese: bool,
    /// When nothing is sent.
    pub quiet: Option<Quiet>,
    /// How long is gathered.
    pub collect_ms: i64,
    /// How long before its time is over an approval is told of.
    pub expiring_ms: i64,
    /// When it was changed last.
    pub changed: i64,
    /// By whom.
    pub by: String,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// One thing that is to be told, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What.
    pub event: What,
    /// When it happened.
    pub at: i64,
    /// What happened.
    pub what: Both,
    /// What to do next.
    pub next: Both,
    /// The workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
}

/// One thing in the queue of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// Its place: ids sort by time.
    pub id: String,
    /// Since when.
    pub since: i64,
    /// What.
    pub item: Item,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// On its way, since [`Delivery::moved`].
    Sending,
    /// To be sent again at [`Delivery::next`].
    Waiting,
    /// Taken.
    Delivered,
    /// Not taken.
    Failed,
    /// Nobody knows.
    Unknown,
}

impl NoticeState {
    /// Whether nothing more becomes of it.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed | Self::Unknown)
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id; ids sort by time.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// The way.
    pub channel: String,
    /// What became of it.
    pub state: NoticeState,
    /// Whether somebody tried the rule.
    pub test: bool,
    /// When it was made.
    pub created: i64,
    /// When its state changed last.
    pub moved: i64,
    /// How often it was sent.
    pub tries: u32,
    /// When it is sent again.
    pub next: Option<i64>,
    /// What went wrong last.
    pub problem: Option<Problem>,
    /// What it tells.
    pub items: Vec<Item>,
    /// Of a mail: with whom it is settled already.
    #[serde(default, skip_serializing_if = "Recipients::is_nobody")]
    pub recipients: Recipients,
}

/// With whom a mail is settled; everybody else still waits for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipients {
    /// Addresses for which the mail server took it.
    #[serde(default)]
    pub reached: Vec<String>,
    /// Addresses that the mail server does not take.
    #[serde(default)]
    pub refused: Vec<Undelivered>,
}

/// An address that the mail server does not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undelivered {
    /// The address.
    pub address: String,
    /// What the mail server said.
    pub problem: Problem,
}

impl Recipients {
    fn is_nobody(&self) -> bool {
        self.reached.is_empty() && self.refused.is_empty()
    }

    /// Whether an address has the mail, or will never get it.
    #[must_use]
    pub fn is_settled(&self, address: &str) -> bool {
        self.reached.iter().any(|one| one == address) || self.refused.iter().any(|one| one.address == address)
    }
}

/// The mail server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// `tls`, `starttls` or `none`.
    pub security: String,
    /// The account; empty: none.
    pub username: String,
    /// The password, sealed.
    pub sealed: Option<String>,
    /// Who mails come from.
    pub from: String,
    /// Further certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// When it was changed last.
    pub changed: i64,
}

pub(super) static TURNS: Table<Turn> = Table::json(keys::NOTICE, "other").part("turn");
pub(super) static RULES: Table<Rule> = Table::json(keys::NOTICE, "other").part("rule");
pub(super) static QUEUE: Table<Queued> = Table::json(keys::NOTICE, "other").part("queue");
pub(super) static TOLD: Table<i64> = Table::json(keys::NOTICE, "other").part("told");
pub(super) static DELIVERIES: Table<Delivery> = Table::json(keys::NOTICE, "other").part("delivery");
/// The message of a rule that is not over.
pub(super) static OPEN: Table<String> = Table::json(keys::NOTICE, "other").part("open");
pub(super) static MAIL: Table<Mail> = Table::json(keys::NOTICE, "other").part("mail");

/// The states that somebody may want to be told of; the good ones because they may follow bad ones.
const TOLD_OF: [Status; 5] =
    [Status::Held, Status::Partial, Status::Failed, Status::Succeeded, Status::SucceededNoChange];

fn turn_key(tenant: &Tenant, run: RunId, status: Status) -> Key {
    TURNS.key(tenant).name(&run.to_string()).name(status.as_str())
}

/// Notes that a run has come into another state. Plans are for whoever looks at them.
pub(super) fn turn(batch: &mut Batch, tenant: &Tenant, run: &Run, at: i64) -> Result<(), StoreError> {
    if run.mode == Mode::Plan || !TOLD_OF.contains(&run.status) {
        return Ok(());
    }
    batch.notify = true;
    TURNS.put(batch, turn_key(tenant, run.run, run.status), &Turn { run: run.run, status: run.status, at })
}

/// Forgets that there is something to tell of a run.
pub(super) fn forget_run(batch: &mut Batch, tenant: &Tenant, run: RunId) {
    for status in TOLD_OF {
        TURNS.drop(batch, turn_key(tenant, run, status));
    }
}

/// The first states of runs that nobody has looked at yet, the oldest first.
pub async fn turns(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<Loaded<Turn>>, StoreError> {
    let mut pages = TURNS.pages(TURNS.key(tenant));
    let page = pages.next(store).await?.unwrap_or_default();
    page.into_iter().map(|(_, turn)| turn).collect()
}

/// Takes a note away; the commit fails when somebody else was faster.
pub fn take_turn(batch: &mut Batch, tenant: &Tenant, turn: &Loaded<Turn>) {
    TURNS.take(batch, turn_key(tenant, turn.value.run, turn.value.status), turn);
}

/// All rules by id.
pub async fn rules(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<Rule>, StoreError> {
    RULES.all(store, RULES.key(tenant)).await
}

/// One rule.
pub async fn rule(store: &dyn Kv, tenant: &Tenant, id: &str) -> Result<Option<Loaded<Rule>>, StoreError> {
    RULES.loaded(store, RULES.key(tenant).name(id)).await
}

/// Writes a rule over what was read.
pub fn put_rule(batch: &mut Batch, tenant: &Tenant, old: Option<&Loaded<Rule>>, rule: &Rule) -> Result<(), StoreError> {
    RULES.replace(batch, RULES.key(tenant).name(&rule.id), old, rule)
}

/// Forgets a rule with what waits for it; its messages stay to be looked at.
pub async fn drop_rule(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    rule: &Loaded<Rule>,
) -> Result<(), StoreError> {
    let id = &rule.value.id;
    RULES.take(batch, RULES.key(tenant).name(id), rule);
    for queued in queue(store, tenant, id).await? {
        QUEUE.drop(batch, queue_key(tenant, id, &queued));
    }
    OPEN.drop(batch, OPEN.key(tenant).name(id));
    Ok(())
}

fn queue_key(tenant: &Tenant, rule: &str, queued: &Queued) -> Key {
    QUEUE.key(tenant).name(rule).name(&queued.id)
}

/// Puts something into the queue of a rule.
pub fn put_queued(batch: &mut Batch, tenant: &Tenant, rule: &str, queued: &Queued) -> Result<(), StoreError> {
    QUEUE.put(batch, queue_key(tenant, rule, queued), queued)
}

/// What waits for a rule, the oldest first.
pub async fn queue(store: &dyn Kv, tenant: &Tenant, rule: &str) -> Result<Vec<Queued>, StoreError> {
    QUEUE.all(store, QUEUE.key(tenant).name(rule)).await
}

/// Takes something out of a queue; the commit fails when somebody else was faster.
pub fn take_queued(batch: &mut Batch, tenant: &Tenant, rule: &str, queued: &Queued) -> Result<(), StoreError> {
    QUEUE.expect(batch, queue_key(tenant, rule, queued), queued)?;
    QUEUE.drop(batch, queue_key(tenant, rule, queued));
    Ok(())
}

fn told_key(tenant: &Tenant, name: &str) -> Key {
    let digest: String = Sha256::digest(name.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    TOLD.key(tenant).name(&digest)
}

/// Whether something that lasts was told already.
pub async fn was_told(store: &dyn Kv, tenant: &Tenant, name: &str) -> Result<bool, StoreError> {
    Ok(TOLD.get(store, told_key(tenant, name)).await?.is_some())
}

/// Notes that it is told now, until this time; the commit fails when somebody else was faster.
pub fn tell(batch: &mut Batch, tenant: &Tenant, name: &str, until: i64) -> Result<(), StoreError> {
    TOLD.add(batch, told_key(tenant, name), &until)
}

fn delivery_key(tenant: &Tenant, id: &str) -> Key {
    DELIVERIES.key(tenant).name(id)
}

/// Writes a message over what was read, and keeps the index of those that are not over.
pub fn put_delivery(
    batch: &mut Batch,
    tenant: &Tenant,
    old: Option<&Loaded<Delivery>>,
    delivery: &Delivery,
) -> Result<(), StoreError> {
    DELIVERIES.replace(batch, delivery_key(tenant, &delivery.id), old, delivery)?;
    if delivery.test {
        return Ok(());
    }
    let open = OPEN.key(tenant).name(&delivery.rule);
    match delivery.state.is_end() {
        true => OPEN.drop(batch, open),
        false if old.is_none() => OPEN.add(batch, open, &delivery.id)?,
        false => {}
    }
    Ok(())
}

/// A message.
pub async fn delivery(store: &dyn Kv, tenant: &Tenant, id: &str) -> Result<Option<Loaded<Delivery>>, StoreError> {
    DELIVERIES.loaded(store, delivery_key(tenant, id)).await
}

/// The message of a rule that is not over.
pub async fn open(store: &dyn Kv, tenant: &Tenant, rule: &str) -> Result<Option<Loaded<Delivery>>, StoreError> {
    match OPEN.get(store, OPEN.key(tenant).name(rule)).await? {
        Some(id) => delivery(store, tenant, &id).await,
        None => Ok(None),
    }
}

/// Messages before this one, the newest first.
pub async fn deliveries(
    store: &dyn Kv,
    tenant: &Tenant,
    before: Option<&str>,
    limit: usize,
) -> Result<Vec<Delivery>, StoreError> {
    let prefix = DELIVERIES.key(tenant).bytes();
    let end = before.map_or_else(|| keys::end_of(&prefix), |id| delivery_key(tenant, id).bytes());
    let page = store.scan(prefix, end, limit, true).await?;
    page.into_iter().map(|(_, value)| Ok(Loaded::<Delivery>::of(value)?.value)).collect()
}

/// The mail server.
pub async fn mail(store: &dyn Kv, tenant: &Tenant) -> Result<Option<Loaded<Mail>>, StoreError> {
    MAIL.loaded(store, MAIL.key(tenant)).await
}

/// Writes the mail server over what was read.
pub fn put_mail(batch: &mut Batch, tenant: &Tenant, old: Option<&Loaded<Mail>>, mail: &Mail) -> Result<(), StoreError> {
    MAIL.replace(batch, MAIL.key(tenant), old, mail)
}

/// Forgets what was told until before `now`, and messages that were over before `old`.
pub async fn forget(store: &dyn Kv, tenant: &Tenant, now: i64, old: i64) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    let mut pages = TOLD.pages(TOLD.key(tenant));
    while let Some(page) = pages.next(store).await? {
        for (rest, until) in page {
            if until.as_ref().is_ok_and(|until| until.value <= now) {
                TOLD.drop(&mut batch, TOLD.key(tenant).name(&rest.name(0)));
            }
        }
    }
    let mut pages = DELIVERIES.pages(DELIVERIES.key(tenant));
    'all: while let Some(page) = pages.next(store).await? {
        for (_, delivery) in page {
            match delivery {
                Ok(delivery) if delivery.value.created >= old => break 'all,
                Ok(delivery) if delivery.value.state.is_end() => {
                    DELIVERIES.take(&mut batch, delivery_key(tenant, &delivery.value.id), &delivery);
                }
                _ => {}
            }
        }
    }
    match batch.is_empty() {
        true => Ok(()),
        false => store.commit(batch).await,
    }
}
