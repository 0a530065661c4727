//! Runs: headers, journal and plan rows.
//!
//! The journal of a run is a list of entries, each holding the events of one commit, keyed by the number of its first
//! event. Every append expects that nothing stands under its number yet, so two writers can never both extend one run.
//! The header repeats what the journal says, for lists. Plan rows are stored in groups of [`GROUP`].

mod journal;
mod plan;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use idflow_sdk::Kind;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Batch, Kv, StoreError,
    codec::{self, Loaded},
    keys::{self, Key},
    notices,
    pages::Pages,
    run_index, scan_prefix,
    table::Table,
    wakes,
};
use crate::model::{
    change::{Row, RowIndex},
    event::{Event, Outcome},
    id::{RunId, Tenant},
    run::{Asked, Run, Status},
};

pub(super) use super::run_headers::{RUNS, id_at_end};
pub use super::{
    keys::GROUP,
    run_headers::{get, get_many, loaded},
};
pub use journal::{append, commits, each_entry, journal, read_journal};
pub use plan::{get_group, get_groups, get_plan, plan_along, plan_of, put_plan};

/// What a workflow remembers of its last good run: in-scope objects by kind, for `source_shrink`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Objects by kind and read step.
    pub source: BTreeMap<Kind, u64>,
    /// What the scope and the match rules were; removals are held when this differs.
    pub scope: String,
    /// The fields of each read step that had values, by step.
    #[serde(default)]
    pub filled: BTreeMap<String, BTreeSet<String>>,
    /// What each read step's connection could see, by step: keys of its parts, with their names.
    #[serde(default)]
    pub ranges: BTreeMap<String, BTreeMap<String, String>>,
    /// The read steps whose file ended with the end of a line: one that does not any more was cut off.
    #[serde(default)]
    pub line_ends: BTreeSet<String>,
    /// When that run had read everything, in milliseconds since 1970; 0 where it was not written down.
    #[serde(default)]
    pub read_at: i64,
    /// SHA-256 of the definition that it followed.
    #[serde(default)]
    pub content: String,
}

pub(super) static JOURNAL: Table<(i64, Vec<Event>)> = Table::packed(keys::JOURNAL, "journal");
pub(super) static PLANS: Table<Vec<Row>> = Table::packed(keys::PLAN, "plans");
pub(super) static BASELINES: Table<Baseline> = Table::json(keys::BASELINE, "workflows");
pub(super) static ASKED: Table<Asked> = Table::json(keys::ASKED, "runs");

pub(super) fn run_key(tenant: &Tenant, run: RunId) -> Vec<u8> {
    Key::new(keys::RUN, tenant).run(run).bytes()
}

pub(super) fn open_key(tenant: &Tenant, run: RunId) -> Vec<u8> {
    Key::new(keys::OPEN_RUN, tenant).run(run).bytes()
}

/// Groups are texts of people, of any length and with any character.
fn work_prefix(tenant: &Tenant, group: &str) -> Vec<u8> {
    let mut prefix = Key::new(keys::RUN_AT_WORK, tenant).bytes();
    prefix.extend_from_slice(&Sha256::digest(group.as_bytes())[..16]);
    prefix
}

pub(super) fn work_key(tenant: &Tenant, group: &str, run: RunId) -> Vec<u8> {
    let mut key = work_prefix(tenant, group);
    key.extend_from_slice(&run.to_bytes());
    key
}

pub(super) fn of_workflow_key(tenant: &Tenant, workflow: &str, run: RunId) -> Vec<u8> {
    Key::new(keys::RUN_OF_WORKFLOW, tenant).name(workflow).run(run).bytes()
}

/// The newest runs first, of one workflow or of all.
pub async fn list(
    store: &dyn Kv,
    tenant: &Tenant,
    workflow: Option<&str>,
    limit: usize,
) -> Result<Vec<Run>, StoreError> {
    before(store, tenant, workflow, None, limit).await
}

/// The runs that were accepted before this one, the newest first, of one workflow or of all; the newest of all without it.
pub async fn before(
    store: &dyn Kv,
    tenant: &Tenant,
    workflow: Option<&str>,
    before: Option<RunId>,
    limit: usize,
) -> Result<Vec<Run>, StoreError> {
    let prefix = match workflow {
        None => Key::new(keys::RUN, tenant),
        Some(workflow) => Key::new(keys::RUN_OF_WORKFLOW, tenant).name(workflow),
    };
    let end = before.map_or_else(|| keys::end_of(&prefix.clone().bytes()), |run| prefix.clone().run(run).bytes());
    let page = store.scan(prefix.bytes(), end, limit, true).await?;
    if workflow.is_none() {
        return page.iter().map(|(_, value)| codec::unpack(value)).collect();
    }
    let ids: Vec<RunId> = page.iter().filter_map(|(key, _)| id_at_end(key)).collect();
    Ok(get_many(store, tenant, ids).await?.into_iter().map(Arc::unwrap_or_clone).collect())
}

/// The ids of a workflow's newest runs.
pub async fn ids_of(store: &dyn Kv, tenant: &Tenant, workflow: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
    let prefix = Key::new(keys::RUN_OF_WORKFLOW, tenant).name(workflow).bytes();
    let page = store.scan(prefix.clone(), keys::end_of(&prefix), limit, true).await?;
    Ok(page.iter().filter_map(|(key, _)| id_at_end(key)).collect())
}

/// The first runs that were accepted after this one.
pub async fn after(store: &dyn Kv, tenant: &Tenant, run: RunId, limit: usize) -> Result<Vec<Run>, StoreError> {
    let mut from = run_key(tenant, run);
    from.push(0);
    let end = keys::end_of(&Key::new(keys::RUN, tenant).bytes());
    store.scan(from, end, limit, false).await?.iter().map(|(_, value)| codec::unpack(value)).collect()
}

/// The ids of the runs that are not at an end, the oldest first.
pub async fn open_ids(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<RunId>, StoreError> {
    let entries = scan_prefix(store, &Key::new(keys::OPEN_RUN, tenant).bytes()).await?;
    Ok(entries.iter().filter_map(|(key, _)| id_at_end(key)).collect())
}

/// Runs that are not at an end, oldest first: all of them, held ones too. Those that cannot be read are left out. Whoever
/// looks often asks for [`working`].
pub async fn open(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<Run>, StoreError> {
    let entries = scan_prefix(store, &Key::new(keys::OPEN_RUN, tenant).bytes()).await?;
    let keys = entries.iter().filter_map(|(key, _)| id_at_end(key)).map(|run| run_key(tenant, run)).collect();
    let values = store.get_many(keys).await?;
    Ok(values.iter().flatten().filter_map(|value| codec::unpack(value).ok()).collect())
}

/// An entry of the index of runs with something to do now. What it says may be old: the header decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtWork {
    /// The run.
    pub run: RunId,
    key: Vec<u8>,
}

/// The runs with something to do now: those of one group in the order in which they were accepted, or all.
pub async fn at_work(store: &dyn Kv, tenant: &Tenant, group: Option<&str>) -> Result<Vec<AtWork>, StoreError> {
    let prefix = match group {
        Some(group) => work_prefix(tenant, group),
        None => Key::new(keys::RUN_AT_WORK, tenant).bytes(),
    };
    let entries = scan_prefix(store, &prefix).await?;
    Ok(entries.into_iter().filter_map(|(key, _)| Some(AtWork { run: id_at_end(&key)?, key })).collect())
}

/// The runs with something to do now as they are, of one group in the order in which they were accepted, or all; those that
/// cannot be read are left out.
pub async fn working(store: &dyn Kv, tenant: &Tenant, group: Option<&str>) -> Result<Vec<Run>, StoreError> {
    let found = at_work(store, tenant, group).await?;
    let headers = headers(store, tenant, &found).await?.into_iter().filter_map(|header| header.ok().flatten());
    Ok(headers.map(|header| header.value).filter(|run| !run.is_at_rest()).collect())
}

/// The headers of these runs, each for itself: one that cannot be read does not hide the others.
pub async fn headers(
    store: &dyn Kv,
    tenant: &Tenant,
    runs: &[AtWork],
) -> Result<Vec<Result<Option<Loaded<Run>>, StoreError>>, StoreError> {
    RUNS.each(store, runs.iter().map(|entry| RUNS.key(tenant).run(entry.run)).collect()).await
}

/// Takes an entry away that is not true any more, as long as the header is as it was read.
pub fn drop_work(batch: &mut Batch, tenant: &Tenant, entry: AtWork, header: Option<&Loaded<Run>>) {
    batch.expect.push((run_key(tenant, entry.run), header.map(Loaded::raw)));
    batch.deletes.push(entry.key);
}

/// Writes the index of runs with something to do, and when held ones are looked at, for a store in which an older version
/// of idflow kept runs. Gives what could not be read.
pub async fn index_open(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<(RunId, StoreError)>, StoreError> {
    let done = Key::new(keys::META, tenant).name("runs at work are indexed").bytes();
    if store.get(&done).await?.is_some() {
        return Ok(Vec::new());
    }
    let mut broken = Vec::new();
    let mut pages = Pages::of_prefix(Key::new(keys::OPEN_RUN, tenant).bytes(), 100);
    while let Some(page) = pages.next(store).await? {
        let ids: Vec<RunId> = page.iter().filter_map(|(key, _)| id_at_end(key)).collect();
        let values = store.get_many(ids.iter().map(|run| run_key(tenant, *run)).collect()).await?;
        let mut batch = Batch::default();
        for (id, value) in ids.into_iter().zip(values) {
            match value.as_deref().map(codec::unpack::<Run>).transpose() {
                Ok(Some(run)) => note_state(&mut batch, tenant, &run),
                Ok(None) => {}
                Err(error) => broken.push((id, error)),
            }
        }
        store.commit(batch).await?;
    }
    let mut batch = Batch::default();
    batch.put(done, Vec::new());
    store.commit(batch).await?;
    Ok(broken)
}

/// Keeps the index of runs with something to do as the header is.
fn note_state(batch: &mut Batch, tenant: &Tenant, run: &Run) {
    let key = work_key(tenant, run.group_name(), run.run);
    if run.is_at_rest() {
        batch.deletes.push(key);
    } else {
        batch.put(key, Vec::new());
    }
    if run.status == Status::Held
        && let Some(expires) = run.expires
    {
        wakes::put(batch, tenant, wakes::What::HeldRun, expires, &run.run.to_bytes());
    }
}

/// Writes a new run.
pub fn create(batch: &mut Batch, tenant: &Tenant, run: &mut Run, at: i64) -> Result<(), StoreError> {
    let mut events = vec![Event::Accepted];
    // One that could not start is over as it comes; whoever works on it only tells of it.
    if run.status.is_end() {
        events.push(Event::Ended { status: run.status.as_str().into() });
        notices::turn(batch, tenant, run, at)?;
    }
    batch.expect.push((run_key(tenant, run.run), None));
    run_index::begin(batch, tenant, run);
    batch.put(open_key(tenant, run.run), Vec::new());
    batch.put(of_workflow_key(tenant, &run.workflow, run.run), Vec::new());
    let number = number_key(tenant, &run.workflow, run.no);
    batch.expect.push((number.clone(), None));
    batch.put(number, run.run.to_bytes().to_vec());
    batch.notify = true;
    write(batch, tenant, run, at, events)
}

/// The number of the newest run of a workflow; 0 when there is none.
pub async fn last_number(store: &dyn Kv, tenant: &Tenant, workflow: &str) -> Result<u64, StoreError> {
    let prefix = Key::new(keys::NUMBER, tenant).name(workflow).bytes();
    let last = store.scan(prefix.clone(), keys::end_of(&prefix), 1, true).await?;
    Ok(last.first().map_or(0, |(key, _)| keys::last_number(key)))
}

/// The run of a workflow with this number.
pub async fn by_number(
    store: &dyn Kv,
    tenant: &Tenant,
    workflow: &str,
    number: u64,
) -> Result<Option<RunId>, StoreError> {
    let found = store.get(&number_key(tenant, workflow, number)).await?;
    Ok(found.and_then(|bytes| Some(RunId::from_bytes(bytes.try_into().ok()?))))
}

pub(super) fn number_key(tenant: &Tenant, workflow: &str, number: u64) -> Vec<u8> {
    Key::new(keys::NUMBER, tenant).name(workflow).number(number).bytes()
}

pub(super) fn asked_key(tenant: &Tenant, run: RunId) -> Vec<u8> {
    Key::new(keys::ASKED, tenant).run(run).bytes()
}

/// Asks something of a run, wherever it is worked on.
pub fn ask(batch: &mut Batch, tenant: &Tenant, run: RunId, asked: &Asked) -> Result<(), StoreError> {
    batch.notify = true;
    ASKED.put(batch, ASKED.key(tenant).run(run), asked)
}

/// Forgets that a run was asked to pause; a commit in which something else was asked meanwhile is refused.
pub fn forget_pause(batch: &mut Batch, tenant: &Tenant, run: RunId, asked: &Asked) -> Result<(), StoreError> {
    ASKED.expect(batch, ASKED.key(tenant).run(run), asked)?;
    forget_asked(batch, tenant, run);
    Ok(())
}

/// Forgets what was asked of a run.
pub fn forget_asked(batch: &mut Batch, tenant: &Tenant, run: RunId) {
    batch.deletes.push(asked_key(tenant, run));
}

/// All that is asked at present.
pub async fn asked(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<(RunId, Asked)>, StoreError> {
    let asked = ASKED.entries(store, ASKED.key(tenant)).await?;
    Ok(asked.into_iter().filter_map(|(run, asked)| Some((id_at_end(run.bytes())?, asked))).collect())
}

/// What is asked of one run.
pub async fn asked_of(store: &dyn Kv, tenant: &Tenant, run: RunId) -> Result<Option<Asked>, StoreError> {
    ASKED.get(store, ASKED.key(tenant).run(run)).await
}

/// An item that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadItem {
    /// The run.
    pub run: RunId,
    /// The row of its plan.
    pub row: RowIndex,
    /// What became of the row; `None` when the plan says it all.
    pub outcome: Option<Outcome>,
}

fn bad_key(tenant: &Tenant, run: RunId, row: RowIndex) -> Vec<u8> {
    Key::new(keys::BAD_ITEM, tenant).run(run).number(u64::from(row)).bytes()
}

/// Notes an item that went wrong, with what became of it, so that showing it does not need the journal.
pub fn bad_item(batch: &mut Batch, tenant: &Tenant, run: RunId, row: RowIndex, outcome: Option<&Outcome>) {
    // Without its outcome the item is still found; the journal has it.
    batch.put(bad_key(tenant, run, row), codec::pack(&outcome).unwrap_or_default());
}

/// The items that went wrong, of the newest runs first; of one run, or of all; those that stand before this one.
pub async fn bad_items(
    store: &dyn Kv,
    tenant: &Tenant,
    run: Option<RunId>,
    before: Option<(RunId, RowIndex)>,
    limit: usize,
) -> Result<Vec<BadItem>, StoreError> {
    let prefix = Key::new(keys::BAD_ITEM, tenant);
    let prefix = run.map_or(prefix.clone(), |run| prefix.run(run)).bytes();
    let end = before.map_or_else(|| keys::end_of(&prefix), |(run, row)| bad_key(tenant, run, row));
    let page = store.scan(prefix.clone(), end, limit, true).await?;
    let mut items = Vec::with_capacity(page.len());
    for (key, value) in page {
        let Some((rest, row)) = key.len().checked_sub(8).and_then(|at| key.split_at_checked(at)) else { continue };
        let (Some(run), Ok(row)) = (id_at_end(rest), RowIndex::try_from(keys::last_number(row))) else { continue };
        let outcome = if value.is_empty() { None } else { codec::unpack(&value)? };
        items.push(BadItem { run, row, outcome });
    }
    Ok(items)
}

/// The commit takes place only if nobody wrote the header since it was read.
pub fn expect(batch: &mut Batch, tenant: &Tenant, old: &Loaded<Run>) {
    batch.expect.push((run_key(tenant, old.value.run), Some(old.raw())));
}

/// Writes a header without a word in the journal, expecting that nobody wrote it since it was read; for runs whose journal
/// may be what is wrong.
pub fn replace(batch: &mut Batch, tenant: &Tenant, old: &Loaded<Run>, run: &Run) -> Result<(), StoreError> {
    expect(batch, tenant, old);
    if run.status.is_end() {
        batch.deletes.push(open_key(tenant, run.run));
    }
    note_state(batch, tenant, run);
    if old.value.status != run.status {
        notices::turn(batch, tenant, run, run.ended.unwrap_or(run.trigger.fired))?;
    }
    let mut run = Run { indexed: old.value.indexed, ..run.clone() };
    run_index::change(batch, tenant, &mut run);
    batch.put(run_key(tenant, run.run), codec::json(&run)?);
    Ok(())
}

fn write(batch: &mut Batch, tenant: &Tenant, run: &mut Run, at: i64, events: Vec<Event>) -> Result<(), StoreError> {
    let first = run.seq + 1;
    if events.is_empty() {
        // A header alone: nobody else may have gone on from the state that it was made from.
        batch.expect.push((Key::new(keys::JOURNAL, tenant).run(run.run).number(first).bytes(), None));
    } else {
        run.seq += events.len() as u64;
        journal(batch, tenant, run.run, first, at, events)?;
    }
    note_state(batch, tenant, run);
    if run.indexed.is_some_and(|before| before != run.status) {
        notices::turn(batch, tenant, run, at)?;
    }
    run_index::change(batch, tenant, run);
    batch.put(run_key(tenant, run.run), codec::json(run)?);
    Ok(())
}

/// What the workflow remembers of its last good run.
pub async fn baseline(store: &dyn Kv, tenant: &Tenant, workflow: &str) -> Result<Option<Baseline>, StoreError> {
    BASELINES.get(store, BASELINES.key(tenant).name(workflow)).await
}

/// Remembers a good run.
pub fn put_baseline(batch: &mut Batch, tenant: &Tenant, workflow: &str, baseline: &Baseline) -> Result<(), StoreError> {
    BASELINES.put(batch, BASELINES.key(tenant).name(workflow), baseline)
}
