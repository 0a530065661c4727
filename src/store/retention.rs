//! How long runs are kept.
//!
//! A run goes through stages after its end. First everything is there. Then the exchanges that did not go well are
//! forgotten. Then its plan and journal are written anew with only the items that went wrong. Then those go, too, and the
//! header with counts and approvals is left. At last the header goes. Every stage of a run is one commit that expects the
//! header as it was read, so whoever works on the run at the same time wins.
//!
//! Runs are passed in the order of their ids, which is that of time; a cursor for each stage remembers how far the last
//! pass came. What cannot go yet when the cursor passes it (a pinned run, one that ended late, one that is being repeated) is
//! noted and looked at again in every pass.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Batch, Kv, StoreError, codec,
    codec::Loaded,
    item_index, keys,
    keys::Key,
    notices,
    pages::{JournalPages, Pages, PlanPages, delete_prefix},
    run_index,
    runs::{self, GROUP},
};
use crate::model::{
    change::{Dependency, Planned, Row, RowIndex},
    event::Event,
    id::{RunId, Tenant},
    retention::Retention,
    run::{Kept, Run},
};

/// Events in one stored value of a journal that is written anew.
const EVENTS: usize = 512;

/// How long each class is kept, in milliseconds after the end of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// Exchanges that did not go well.
    pub calls: i64,
    /// Changes that were carried out, with before and after.
    pub changes: i64,
    /// Items that went wrong.
    pub failures: i64,
    /// Headers, counts, approvals.
    pub headers: i64,
}

impl Ages {
    /// Those that a tenant has.
    #[must_use]
    pub const fn of(settings: &Retention) -> Self {
        Self {
            calls: Retention::ms(settings.calls),
            changes: Retention::ms(settings.changes),
            failures: Retention::ms(settings.failures),
            headers: Retention::ms(settings.runs),
        }
    }
}

impl Default for Ages {
    fn default() -> Self {
        Self::of(&Retention::default())
    }
}

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Runs without their evidence.
    pub calls: u64,
    /// Runs of which only the failed items were left.
    pub changes: u64,
    /// Runs of which only the header was left.
    pub failures: u64,
    /// Runs that were forgotten.
    pub headers: u64,
}

/// The stages in their order.
const STAGES: [Stage; 4] = [Stage::Calls, Stage::Changes, Stage::Failures, Stage::Headers];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Changes,
    Failures,
    Headers,
    Calls,
}

/// What is remembered between passes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct PruneState {
    /// When the last pass began.
    last: i64,
    /// Where each stage goes on, by its number.
    from: Vec<Option<RunId>>,
}

fn state_key(tenant: &Tenant) -> Vec<u8> {
    Key::new(keys::META, tenant).name("retention").bytes()
}

fn pin_key(tenant: &Tenant, run: RunId) -> Vec<u8> {
    Key::new(keys::KEEP, tenant).name("pin").run(run).bytes()
}

fn later_prefix(tenant: &Tenant, stage: Stage) -> Key {
    Key::new(keys::KEEP, tenant).name("later").number(stage as u64)
}

/// Keeps a run whole until it is unpinned.
pub fn pin(batch: &mut Batch, tenant: &Tenant, run: RunId, pinned: bool) {
    if pinned {
        batch.put(pin_key(tenant, run), Vec::new());
    } else {
        batch.deletes.push(pin_key(tenant, run));
    }
}

/// Whether a run is pinned.
pub async fn is_pinned(store: &dyn Kv, tenant: &Tenant, run: RunId) -> Result<bool, StoreError> {
    Ok(store.get(&pin_key(tenant, run)).await?.is_some())
}

/// When the last pass began; 0 when there was none.
pub async fn last_pass(store: &dyn Kv, tenant: &Tenant) -> Result<i64, StoreError> {
    Ok(read_state(store, tenant).await?.last)
}

async fn read_state(store: &dyn Kv, tenant: &Tenant) -> Result<PruneState, StoreError> {
    Ok(store.get(&state_key(tenant)).await?.as_deref().map(codec::unpack).transpose()?.unwrap_or_default())
}

/// One pass over all runs that are old enough for something, under this lease.
///
/// # Errors
/// Those of the store. What was done before an error stays done.
pub async fn prune(
    store: &dyn Kv,
    tenant: &Tenant,
    now: i64,
    ages: Ages,
    fence: Option<(String, u64)>,
) -> Result<Pruned, StoreError> {
    let mut pass = Pass { store, tenant, now, ages, fence, pruned: Pruned::default(), repeated: BTreeSet::new() };
    let mut state = read_state(store, tenant).await?;
    if state.last > now {
        // That pass was made by a clock that was ahead: what it passed over may not have been old.
        state.from.clear();
    }
    state.last = now;
    state.from.resize(STAGES.len(), None);
    // The cursor never goes beyond the newest run: those that are still to come must not be behind it.
    let newest = runs::list(store, tenant, None, 1).await?.first().map(|run| run.accepted);
    for stage in STAGES {
        let place = stage as usize;
        let old = RunId::first_of(now.saturating_sub(pass.age(stage)));
        let until = newest.map_or(old, |newest| old.min(RunId::first_of(newest.saturating_add(1))));
        pass.repeated = runs::open(store, tenant).await?.iter().filter_map(|run| run.retry_of).collect();
        pass.look_again(stage).await?;
        pass.range(stage, state.from[place], until).await?;
        // Shorter ages than before only move the cursor forward; longer ones leave it where it is.
        state.from[place] = Some(state.from[place].map_or(until, |from| from.max(until)));
        let mut batch = pass.batch();
        batch.put(state_key(tenant), codec::json(&state)?);
        store.commit(batch).await?;
    }
    Ok(pass.pruned)
}

struct Pass<'a> {
    store: &'a dyn Kv,
    tenant: &'a Tenant,
    now: i64,
    ages: Ages,
    fence: Option<(String, u64)>,
    pruned: Pruned,
    /// What runs repeat that are not over: they look at what went wrong there, by its rows, when they plan, and once more
    /// after they were approved.
    repeated: BTreeSet<RunId>,
}

impl Pass<'_> {
    fn age(&self, stage: Stage) -> i64 {
        match stage {
            Stage::Calls => self.ages.calls,
            Stage::Changes => self.ages.changes,
            Stage::Failures => self.ages.failures,
            Stage::Headers => self.ages.headers,
        }
    }

    fn batch(&self) -> Batch {
        Batch { fence: self.fence.clone(), ..Batch::default() }
    }

    /// Runs that an earlier pass had to leave.
    async fn look_again(&mut self, stage: Stage) -> Result<(), StoreError> {
        let mut pages = Pages::of_prefix(later_prefix(self.tenant, stage).bytes(), 500);
        while let Some(page) = pages.next(self.store).await? {
            for (key, _) in page {
                let Some(run) = runs::id_at_end(&key) else { continue };
                if self.run(stage, run).await? {
                    let mut batch = self.batch();
                    batch.deletes.push(key);
                    self.store.commit(batch).await?;
                }
            }
        }
        Ok(())
    }

    async fn range(&mut self, stage: Stage, from: Option<RunId>, until: RunId) -> Result<(), StoreError> {
        let from = from.unwrap_or_else(|| RunId::first_of(0));
        let mut pages = Pages::of_range(runs::run_key(self.tenant, from), runs::run_key(self.tenant, until), 200);
        while let Some(page) = pages.next(self.store).await? {
            for (key, _) in page {
                let Some(run) = runs::id_at_end(&key) else { continue };
                if !self.run(stage, run).await? {
                    let mut batch = self.batch();
                    batch.put(later_prefix(self.tenant, stage).run(run).bytes(), Vec::new());
                    self.store.commit(batch).await?;
                }
            }
        }
        Ok(())
    }

    /// Takes a run to this stage. False: not yet.
    async fn run(&mut self, stage: Stage, run: RunId) -> Result<bool, StoreError> {
        let Some(header) = runs::loaded(self.store, self.tenant, run).await? else { return Ok(true) };
        let Some(ended) = header.value.ended.filter(|_| header.value.status.is_end()) else { return Ok(false) };
        if self.now.saturating_sub(ended) < self.age(stage) || is_pinned(self.store, self.tenant, run).await? {
            return Ok(false);
        }
        if stage != Stage::Calls && self.repeated.contains(&run) {
            return Ok(false);
        }
        let mut batch = self.batch();
        batch.expect.push((runs::run_key(self.tenant, run), Some(header.raw())));
        match stage {
            Stage::Calls => {
                let before = batch.deletes.len();
                delete_prefix(self.store, &mut batch, self.prefix(keys::EVIDENCE, run)).await?;
                if batch.deletes.len() == before {
                    return Ok(true);
                }
                self.pruned.calls += 1;
            }
            Stage::Changes if header.value.kept == Kept::All => {
                self.keep_failures(&mut batch, header).await?;
                self.pruned.changes += 1;
            }
            Stage::Failures if header.value.kept < Kept::Header => {
                self.keep_header(&mut batch, header).await?;
                self.pruned.failures += 1;
            }
            Stage::Headers => {
                self.forget(&mut batch, &header.value).await?;
                self.pruned.headers += 1;
            }
            _ => return Ok(true),
        }
        match self.store.commit(batch).await {
            Ok(()) => Ok(true),
            // Somebody works on it: next time.
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn prefix(&self, kind: u8, run: RunId) -> Vec<u8> {
        Key::new(kind, self.tenant).run(run).bytes()
    }

    /// Rows and journal anew, with what went wrong and nothing else.
    async fn keep_failures(&self, batch: &mut Batch, header: Loaded<Run>) -> Result<(), StoreError> {
        let run = header.value.run;
        let (place_of, rows) = self.failures(run).await?;
        // Evidence names rows by their old places.
        for kind in [keys::PLAN, keys::JOURNAL, keys::EVIDENCE] {
            delete_prefix(self.store, batch, self.prefix(kind, run)).await?;
        }
        item_index::forget(self.store, batch, self.tenant, run).await?;
        for (place, group) in rows.chunks(GROUP as usize).enumerate() {
            batch.put(Key::new(keys::PLAN, self.tenant).run(run).number(place as u64).bytes(), codec::pack(&group)?);
        }
        let mut seq = 0;
        if !rows.is_empty() {
            let mut kept: Vec<(i64, Vec<Event>)> = Vec::new();
            let mut pages = JournalPages::new(self.tenant, run);
            while let Some(entries) = pages.next(self.store).await? {
                for entry in entries {
                    let Some(event) = renumbered(entry.event, &place_of) else { continue };
                    match kept.last_mut() {
                        Some((at, events)) if *at == entry.at && events.len() < EVENTS => events.push(event),
                        _ => kept.push((entry.at, vec![event])),
                    }
                }
            }
            for (at, events) in kept {
                let first: u64 = seq + 1;
                seq += events.len() as u64;
                let key = Key::new(keys::JOURNAL, self.tenant).run(run).number(first).bytes();
                batch.put(key, codec::pack(&(at, events))?);
            }
        }
        let old = runs::bad_items(self.store, self.tenant, Some(run), None, usize::MAX).await?;
        delete_prefix(self.store, batch, self.prefix(keys::BAD_ITEM, run)).await?;
        for item in old {
            if let Some(row) = place_of.get(&item.row) {
                runs::bad_item(batch, self.tenant, run, *row, item.outcome.as_ref());
            }
        }
        let mut new = header.value;
        new.kept = Kept::Failures;
        new.seq = seq;
        batch.put(runs::run_key(self.tenant, run), codec::json(&new)?);
        Ok(())
    }

    /// The rows that went wrong, with their new places by the old ones.
    async fn failures(&self, run: RunId) -> Result<(BTreeMap<RowIndex, RowIndex>, Vec<Row>), StoreError> {
        let mut wrong: BTreeSet<RowIndex> = BTreeSet::new();
        let mut journal = JournalPages::new(self.tenant, run);
        while let Some(entries) = journal.next(self.store).await? {
            for entry in entries {
                match entry.event {
                    Event::Done { row, outcome, .. } if outcome.is_good() => {
                        wrong.remove(&row);
                    }
                    Event::Done { row, .. } | Event::Doubted { row, .. } => {
                        wrong.insert(row);
                    }
                    _ => {}
                }
            }
        }
        let mut keep = wrong.clone();
        let mut plan = PlanPages::new(self.tenant, run);
        while let Some((first, rows)) = plan.next(self.store).await? {
            for (place, row) in rows.iter().enumerate() {
                let at = RowIndex::try_from(first + place).unwrap_or(RowIndex::MAX);
                let planned = !matches!(row.planned, Planned::Do | Planned::Skipped(_));
                if planned || wrong.contains(&at) {
                    keep.insert(at);
                    // The first row of an object says what the later one is about.
                    keep.extend(row.object);
                }
            }
        }
        let place_of: BTreeMap<RowIndex, RowIndex> = keep.iter().copied().zip(0..).collect();
        let mut kept = Vec::with_capacity(place_of.len());
        let mut plan = PlanPages::new(self.tenant, run);
        while let Some((first, rows)) = plan.next(self.store).await? {
            for (place, mut row) in rows.into_iter().enumerate() {
                let at = RowIndex::try_from(first + place).unwrap_or(RowIndex::MAX);
                if !keep.contains(&at) {
                    continue;
                }
                row.object = row.object.and_then(|object| place_of.get(&object).copied());
                let needs = row
                    .needs
                    .iter()
                    .filter_map(|need| Some(Dependency { row: *place_of.get(&need.row)?, leave_out: need.leave_out }));
                row.needs = needs.collect();
                kept.push(row);
            }
        }
        Ok((place_of, kept))
    }

    async fn keep_header(&self, batch: &mut Batch, header: Loaded<Run>) -> Result<(), StoreError> {
        let run = header.value.run;
        for kind in [keys::PLAN, keys::JOURNAL, keys::BAD_ITEM, keys::EVIDENCE] {
            delete_prefix(self.store, batch, self.prefix(kind, run)).await?;
        }
        item_index::forget(self.store, batch, self.tenant, run).await?;
        let mut new = header.value;
        new.kept = Kept::Header;
        new.seq = 0;
        batch.put(runs::run_key(self.tenant, run), codec::json(&new)?);
        Ok(())
    }

    async fn forget(&self, batch: &mut Batch, run: &Run) -> Result<(), StoreError> {
        for kind in [keys::PLAN, keys::JOURNAL, keys::BAD_ITEM, keys::EVIDENCE] {
            delete_prefix(self.store, batch, self.prefix(kind, run.run)).await?;
        }
        item_index::forget(self.store, batch, self.tenant, run.run).await?;
        batch.deletes.push(runs::run_key(self.tenant, run.run));
        run_index::forget(batch, self.tenant, run);
        notices::forget_run(batch, self.tenant, run.run);
        batch.deletes.push(runs::of_workflow_key(self.tenant, &run.workflow, run.run));
        batch.deletes.push(runs::asked_key(self.tenant, run.run));
        for stage in STAGES {
            batch.deletes.push(later_prefix(self.tenant, stage).run(run.run).bytes());
        }
        // The newest number stays, so that no number is given out twice.
        if runs::last_number(self.store, self.tenant, &run.workflow).await? != run.no {
            batch.deletes.push(runs::number_key(self.tenant, &run.workflow, run.no));
        }
        Ok(())
    }
}

/// The event about the rows that are kept, with their new places; `None` when it is about others only.
fn renumbered(event: Event, place_of: &BTreeMap<RowIndex, RowIndex>) -> Option<Event> {
    let place = |row: RowIndex| place_of.get(&row).copied();
    Some(match event {
        Event::Intent { row, attempt } => Event::Intent { row: place(row)?, attempt },
        Event::Done { row, attempt, outcome, ms, left_out, warnings } => {
            Event::Done { row: place(row)?, attempt, outcome, ms, left_out, warnings }
        }
        Event::Doubted { row, problem } => Event::Doubted { row: place(row)?, problem },
        Event::Job { job, rows } => {
            let rows: Vec<RowIndex> = rows.into_iter().filter_map(place).collect();
            if rows.is_empty() {
                return None;
            }
            Event::Job { job, rows }
        }
        Event::Withdrawn { rows } => {
            let rows: Vec<RowIndex> = rows.into_iter().filter_map(place).collect();
            if rows.is_empty() {
                return None;
            }
            Event::Withdrawn { rows }
        }
        other => other,
    })
}
