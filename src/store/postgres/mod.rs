//! The store for several nodes: PostgreSQL.
//!
//! * One table of keys and values; bytea sorts as the contract wants.
//! * A commit is one call of one function in the database (`0001_store.sql`): one round trip, one short transaction.
//!   Expectations lock what they look at; what must be absent is inserted, so of two who race one waits and then loses.
//! * Every commit leaves a random id in its own transaction. When the connection is lost while a commit is on its way, the
//!   id tells whether it took place; if not, we take the id ourselves, so that a late arrival cannot do it any more.
//! * A database that is away is waited for, up to the `wait` of the address. Reads are simply repeated.
//! * Leases are rows, judged by the database's clock. A commit with a fence locks the row.

mod address;
mod error;
mod patience;
mod pool;
mod schema;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use sqlx::{
    Arguments, ConnectOptions, Encode, Postgres, Row, Type,
    postgres::{PgArguments, PgListener, PgPoolOptions, PgRow},
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

pub use address::Address;
use error::Trouble;
use patience::{PAUSES, Patience, random};
use pool::Lanes;
use schema::Failed;

use super::{Batch, Entry, Kv, StoreError};

/// How long we wait for the answer to one statement; a little longer than the server works on it.
const ANSWER: Duration = Duration::from_secs(35);
/// How long the ids of commits are kept: longer than anybody waits for the outcome of one.
const KEEP_COMMITS: Duration = Duration::from_secs(2 * 3600);
/// How often old ids of commits are deleted.
const SWEEP: Duration = Duration::from_secs(600);

/// A PostgreSQL schema.
pub struct PostgresStore {
    inner: Arc<Inner>,
    changes: watch::Sender<u64>,
    /// Listens for hints; begun when somebody wants them.
    listener: Mutex<Option<JoinHandle<()>>>,
    swept: Mutex<Instant>,
}

struct Inner {
    address: Address,
    lanes: Lanes,
    /// Whether the last call found the database away; so that coming and going are told once.
    away: AtomicBool,
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            listener.abort();
        }
    }
}

/// How one try ended.
enum Tried {
    Good(Vec<PgRow>),
    /// Not even begun: there was no connection.
    NotSent(Trouble),
    /// The server may have done it.
    Sent(Trouble),
}

/// A statement with its arguments. Each gives rows, if only to be counted.
#[derive(Clone)]
struct Statement {
    text: &'static str,
    arguments: PgArguments,
    /// It must not wait for the others.
    urgent: bool,
}

impl Statement {
    fn new(text: &'static str) -> Self {
        Self { text, arguments: PgArguments::default(), urgent: false }
    }

    /// The same, before all others.
    fn urgent(mut self) -> Self {
        self.urgent = true;
        self
    }

    fn bind<'t>(mut self, value: impl Encode<'t, Postgres> + Type<Postgres>) -> Result<Self, StoreError> {
        let added = self.arguments.add(value);
        added.map_err(|error| StoreError::Unavailable(format!("a value cannot be sent to the database: {error}")))?;
        Ok(self)
    }
}

impl PostgresStore {
    /// Connects and brings the tables to this version. A database that is away is waited for, as by every call.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] naming the address (without the password) and what is wrong with it,
    /// [`StoreError::Newer`] when a newer idflow has been there.
    pub async fn open(address: Address) -> Result<Self, StoreError> {
        let options = address.options().map_err(StoreError::Unavailable)?;
        let lanes = Lanes::new(options, address.connections);
        let inner = Arc::new(Inner { address, lanes, away: AtomicBool::new(false) });
        let mut patience = Patience::new(Instant::now(), inner.address.wait);
        loop {
            // A connection of its own, closed afterwards: it may hold the lock under which tables are changed.
            let trouble = match inner.prepare().await {
                Ok(()) => break,
                Err(Failed::Store(StoreError::Newer(why))) => {
                    return Err(StoreError::Newer(format!("{}: {why}", inner.address)));
                }
                Err(Failed::Store(error)) => return Err(error),
                Err(Failed::Database(error)) => Trouble::of(&error, &inner.address),
            };
            let why = inner.note(trouble)?;
            if !patience.more().await {
                return Err(inner.given_up(&why));
            }
        }
        inner.back();
        Ok(Self {
            inner,
            changes: watch::Sender::new(0),
            listener: Mutex::default(),
            swept: Mutex::new(Instant::now()),
        })
    }

    /// Deletes ids of commits that nobody asks for any more, now and then and beside the work.
    fn sweep(&self) {
        {
            let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
            if swept.elapsed() < SWEEP {
                return;
            }
            *swept = Instant::now();
        }
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let old = "delete from commits where id in (select id from commits \
                       where at < clock_timestamp() - $1 * interval '1 second' order by at limit 5000) returning 1";
            let Ok(delete) = Statement::new(old).bind(KEEP_COMMITS.as_secs_f64()) else { return };
            for _ in 0..1000 {
                match inner.try_once(delete.clone(), &mut Instant::now()).await {
                    Tried::Good(rows) if rows.len() == 5000 => {}
                    _ => break,
                }
            }
        });
    }

    /// Listens until the store is dropped. Every new connection counts as a hint, because some may have been lost before.
    async fn listen(inner: Arc<Inner>, changes: watch::Sender<u64>) {
        let Ok(options) = inner.address.options() else { return };
        let mut pause = PAUSES.0;
        loop {
            let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
            let heard = async {
                let mut listener = PgListener::connect_with(&pool).await?;
                listener.listen(&format!("idflow.{}", inner.address.schema)).await?;
                changes.send_modify(|changes| *changes += 1);
                pause = PAUSES.0;
                while listener.try_recv().await?.is_some() {
                    changes.send_modify(|changes| *changes += 1);
                }
                Ok::<_, sqlx::Error>(())
            };
            if let Err(error) = heard.await {
                tracing::debug!(error = inner.address.clean(&error.to_string()), "not listening to the database");
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }
}

impl Inner {
    async fn prepare(&self) -> Result<(), Failed> {
        let options = self.address.options().map_err(|why| Failed::Store(StoreError::Unavailable(why)))?;
        let work = async {
            let connected = timeout(self.address.silence(), options.connect()).await;
            let mut connection = connected.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
            schema::ready(&mut connection, &self.address.schema).await
        };
        timeout(ANSWER, work).await.unwrap_or(Err(Failed::Database(sqlx::Error::PoolTimedOut)))
    }

    /// Takes in a trouble: what to say if it lasts, or the error when no repeat helps.
    fn note(&self, trouble: Trouble) -> Result<String, StoreError> {
        match trouble {
            Trouble::Final(error) => Err(error),
            Trouble::Again(why) => Ok(why),
            Trouble::Away(why) => {
                if !self.away.swap(true, Ordering::Relaxed) {
                    tracing::warn!(database = %self.address, why, "the database is away; waiting for it");
                }
                Ok(why)
            }
        }
    }

    fn back(&self) {
        if self.away.swap(false, Ordering::Relaxed) {
            tracing::warn!(database = %self.address, "the database is back");
        }
    }

    fn given_up(&self, why: &str) -> StoreError {
        StoreError::Unavailable(format!("{} did not answer for {} s: {why}", self.address, self.address.wait.as_secs()))
    }

    /// One try. `heard` becomes the moment at which the database was heard of last.
    async fn try_once(&self, statement: Statement, heard: &mut Instant) -> Tried {
        let mut lane = match self.lanes.take(statement.urgent).await {
            Ok(lane) => lane,
            Err(error) => {
                if matches!(error, sqlx::Error::Database(_)) {
                    // It refuses, so it is there.
                    *heard = Instant::now();
                }
                return Tried::NotSent(Trouble::of(&error, &self.address));
            }
        };
        let answer = {
            let mut query = pin!(sqlx::query_with(statement.text, statement.arguments).fetch_all(lane.connection()));
            let (begun, silence) = (Instant::now(), self.address.silence());
            loop {
                if let Ok(answer) = timeout(silence, &mut query).await {
                    break Ok(answer);
                }
                if begun.elapsed() >= ANSWER {
                    break Err(begun.elapsed());
                }
                // It works on the statement, or it is away without a word.
                tokio::select! {
                    answer = &mut query => break Ok(answer),
                    there = self.lanes.answers(silence) => match there {
                        true => *heard = Instant::now(),
                        false => break Err(begun.elapsed()),
                    }
                }
            }
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(span) => return Tried::Sent(Trouble::Away(format!("no answer within {} s", span.as_secs()))),
        };
        *heard = Instant::now();
        match answer {
            Ok(rows) => {
                lane.back();
                self.back();
                Tried::Good(rows)
            }
            Err(error) => {
                let trouble = Trouble::of(&error, &self.address);
                // The server refused; the connection is as good as before.
                if matches!(trouble, Trouble::Final(_) | Trouble::Again(_)) && matches!(error, sqlx::Error::Database(_))
                {
                    lane.back();
                }
                Tried::Sent(trouble)
            }
        }
    }

    /// A statement that may be done twice without harm.
    async fn repeat(&self, statement: Statement) -> Result<Vec<PgRow>, StoreError> {
        let mut patience = None;
        loop {
            let mut heard = Instant::now();
            let why = match self.try_once(statement.clone(), &mut heard).await {
                Tried::Good(rows) => return Ok(rows),
                Tried::NotSent(trouble) | Tried::Sent(trouble) => self.note(trouble)?,
            };
            if !patience.get_or_insert_with(|| Patience::new(heard, self.address.wait)).more().await {
                return Err(self.given_up(&why));
            }
        }
    }
}

/// A batch in the form that the function in the database wants: each key once, in order, and no key in two lists.
#[derive(Default)]
struct Sorted {
    fence: Option<String>,
    epoch: Option<i64>,
    expected: (Vec<Vec<u8>>, Vec<Vec<u8>>),
    new: (Vec<Vec<u8>>, Vec<Vec<u8>>),
    absent: Vec<Vec<u8>>,
    puts: (Vec<Vec<u8>>, Vec<Vec<u8>>),
    deletes: Vec<Vec<u8>>,
    notify: bool,
}

impl Sorted {
    fn new(batch: Batch) -> Result<Self, StoreError> {
        let mut expect: BTreeMap<Vec<u8>, Option<Vec<u8>>> = BTreeMap::new();
        for (key, value) in batch.expect {
            match expect.get(&key) {
                // Two expectations of one key that differ cannot both hold.
                Some(before) if *before != value => return Err(StoreError::Conflict),
                _ => {
                    expect.insert(key, value);
                }
            }
        }
        // The last put of a key counts, and a put counts more than a delete.
        let puts: BTreeMap<Vec<u8>, Vec<u8>> = batch.puts.into_iter().collect();
        let deletes: BTreeSet<Vec<u8>> = batch.deletes.into_iter().collect();
        let mut sorted = Self { notify: batch.notify, ..Self::default() };
        if let Some((name, epoch)) = batch.fence {
            sorted.fence = Some(name);
            sorted.epoch = Some(i64::try_from(epoch).unwrap_or(i64::MAX));
        }
        sorted.deletes = deletes.into_iter().filter(|key| !puts.contains_key(key)).collect();
        sorted.absent = expect
            .iter()
            .filter(|(key, value)| value.is_none() && !puts.contains_key(*key))
            .map(|(key, _)| key.clone())
            .collect();
        for (key, value) in puts {
            let (keys, values) = if expect.get(&key) == Some(&None) { &mut sorted.new } else { &mut sorted.puts };
            keys.push(key);
            values.push(value);
        }
        for (key, value) in expect {
            if let Some(value) = value {
                sorted.expected.0.push(key);
                sorted.expected.1.push(value);
            }
        }
        Ok(sorted)
    }

    /// The commit, under this id.
    fn statement(&self, id: [u8; 16]) -> Result<Statement, StoreError> {
        Statement::new("select commit_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
            .bind(&id[..])?
            .bind(&self.fence)?
            .bind(self.epoch)?
            .bind(&self.expected.0)?
            .bind(&self.expected.1)?
            .bind(&self.new.0)?
            .bind(&self.new.1)?
            .bind(&self.absent)?
            .bind(&self.puts.0)?
            .bind(&self.puts.1)?
            .bind(&self.deletes)?
            .bind(self.notify)
    }
}

/// The first columns of a row.
fn entry(row: &PgRow) -> Result<Entry, StoreError> {
    Ok((column(row, 0)?, column(row, 1)?))
}

fn column<'r, T: sqlx::Decode<'r, Postgres> + Type<Postgres>>(row: &'r PgRow, place: usize) -> Result<T, StoreError> {
    row.try_get(place).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn milliseconds(ttl: Duration) -> f64 {
    ttl.as_secs_f64() * 1000.0
}

#[async_trait]
impl Kv for PostgresStore {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = self.inner.repeat(Statement::new("select value from entries where key = $1").bind(key)?).await?;
        rows.first().map(|row| column(row, 0)).transpose()
    }

    async fn get_many(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let statement = Statement::new("select key, value from entries where key = any($1)").bind(&keys)?;
        let rows = self.inner.repeat(statement).await?;
        let found: HashMap<Vec<u8>, Vec<u8>> = rows.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn scan(&self, from: Vec<u8>, to: Vec<u8>, limit: usize, backwards: bool) -> Result<Vec<Entry>, StoreError> {
        if from >= to || limit == 0 {
            return Ok(Vec::new());
        }
        let text = if backwards {
            "select key, value from entries where key >= $1 and key < $2 order by key desc limit $3"
        } else {
            "select key, value from entries where key >= $1 and key < $2 order by key limit $3"
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.inner.repeat(Statement::new(text).bind(from)?.bind(to)?.bind(limit)?).await?;
        rows.iter().map(entry).collect()
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        batch.check()?;
        self.sweep();
        let inner = &self.inner;
        let batch = Sorted::new(batch)?;
        let mut patience = None;
        loop {
            let (id, mut heard) = (random::<16>(), Instant::now());
            let tried = inner.try_once(batch.statement(id)?, &mut heard).await;
            let unknown = matches!(tried, Tried::Sent(Trouble::Away(_)));
            let why = match tried {
                Tried::Good(_) => return Ok(()),
                Tried::NotSent(trouble) | Tried::Sent(trouble) => inner.note(trouble)?,
            };
            if unknown {
                // Either the id is there, or we take it and the lost commit can never use it any more. Who took it is asked for
                // by itself: the answer to the taking may be lost, too, and the repeat would meet our own.
                let mark = [&id[..], b"t"].concat();
                let take = "with taken as (insert into commits (id) values ($1) on conflict do nothing returning 1) \
                            insert into commits (id) select $2 from taken on conflict do nothing";
                let taken = inner.repeat(Statement::new(take).bind(&id[..])?.bind(&mark[..])?).await;
                let ours = match taken {
                    Ok(_) => inner.repeat(Statement::new("select 1 from commits where id = $1").bind(&mark[..])?).await,
                    Err(error) => Err(error),
                };
                match ours {
                    Ok(ours) if ours.is_empty() => return Ok(()),
                    // It is there again.
                    Ok(_) => heard = Instant::now(),
                    Err(error) => {
                        return Err(StoreError::Unavailable(format!(
                            "the connection was lost during a commit, and whether it took place is not known: {error}"
                        )));
                    }
                }
            }
            if !patience.get_or_insert_with(|| Patience::new(heard, inner.address.wait)).more().await {
                return Err(inner.given_up(&why));
            }
        }
    }

    async fn size(&self) -> Result<u64, StoreError> {
        let text = "select pg_total_relation_size('entries') + pg_total_relation_size('leases') \
                    + pg_total_relation_size('commits')";
        let rows = self.inner.repeat(Statement::new(text)).await?;
        let bytes: i64 = rows.first().map_or(Ok(0), |row| column(row, 0))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    async fn claim(&self, name: &str, node: &str, ttl: Duration) -> Result<Option<u64>, StoreError> {
        // The token makes a repeat after a lost answer find its own grant.
        let token = random::<16>();
        let text = "insert into leases as held (name, node, epoch, token, until) values \
                    ($1, $2, nextval('lease_epochs'), $3, clock_timestamp() + $4 * interval '1 millisecond') \
                    on conflict (name) do update set node = excluded.node, token = excluded.token, \
                    epoch = nextval('lease_epochs'), until = clock_timestamp() + $4 * interval '1 millisecond' \
                    where held.until <= clock_timestamp() or held.token = excluded.token \
                    or (strpos(held.node, '/') > 0 and held.node <> excluded.node \
                        and split_part(held.node, '/', 1) = split_part(excluded.node, '/', 1)) returning epoch";
        let statement = Statement::new(text).bind(name)?.bind(node)?.bind(&token[..])?.bind(milliseconds(ttl))?;
        let rows = self.inner.repeat(statement).await?;
        let epoch: Option<i64> = rows.first().map(|row| column(row, 0)).transpose()?;
        Ok(epoch.and_then(|epoch| u64::try_from(epoch).ok()))
    }

    async fn renew(&self, name: &str, epoch: u64, ttl: Duration) -> Result<bool, StoreError> {
        let Ok(epoch) = i64::try_from(epoch) else { return Ok(false) };
        let text = "update leases set until = clock_timestamp() + $3 * interval '1 millisecond' \
                    where name = $1 and epoch = $2 returning 1";
        let statement = Statement::new(text).urgent().bind(name)?.bind(epoch)?.bind(milliseconds(ttl))?;
        Ok(!self.inner.repeat(statement).await?.is_empty())
    }

    async fn release(&self, name: &str, epoch: u64) -> Result<(), StoreError> {
        let Ok(epoch) = i64::try_from(epoch) else { return Ok(()) };
        let text = "delete from leases where name = $1 and epoch = $2 returning 1";
        self.inner.repeat(Statement::new(text).urgent().bind(name)?.bind(epoch)?).await.map(|_| ())
    }

    fn changes(&self) -> watch::Receiver<u64> {
        let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        if listener.is_none()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            *listener = Some(runtime.spawn(Self::listen(self.inner.clone(), self.changes.clone())));
        }
        self.changes.subscribe()
    }
}
