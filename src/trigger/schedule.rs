//! Schedules: each due time of an active workflow starts one run, whatever the process count, kills and restarts do.
//!
//! A mark says up to which time a schedule is settled. It moves in the same commit that accepts the run, and a commit
//! expects the mark it was computed from, so a due time is neither lost nor taken twice.
//!
//! Which workflow is to be looked at when stands in the store ([`wakes`]), so a look costs one question however many
//! schedules there are, and every node sees what another one changed. Activating a workflow puts an entry for now; a look
//! puts the one for its next due time. Tenants take turns, a page of entries each, so that ten thousand schedules of one keep
//! nobody else from the minute; one that is put away has none. All workflows are gone through at the start, and now and then, for those that have
//! no entry: a clock that was put back, or another version of idflow, may have left them without.

mod due;
mod rules;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use futures::StreamExt;

use due::{AHEAD_MS, Since, due_times, missed, settle};
use rules::Rules;

use crate::{
    engine::{Engine, Refused, Request},
    model::{
        definition::{Catchup, Schedule},
        id::Tenant,
        trigger::{Trigger, TriggerKind},
    },
    store::{
        Batch, StoreError,
        catalogue::{self, WorkflowState},
        codec::Loaded,
        keys,
        schedules::{self, Mark, Missed},
        tenants::{self, StoredTenant},
        wakes::{self, Wake, What},
    },
};

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How often the store is asked at least, in case a hint was lost.
const ASK: Duration = Duration::from_secs(1);
/// How often workflows without an entry are searched for.
const REVIEW_MS: i64 = 3600 * 1000;
/// What cannot be looked at, or must not be settled yet, is looked at again after this.
const AGAIN_MS: i64 = 60_000;
/// Entries that are taken at once, and how many of them side by side, so that their commits share a sync.
const PAGE: usize = 256;
const SIDE_BY_SIDE: usize = 32;

/// Watches the schedules of all active workflows.
pub struct Scheduler {
    engine: Engine,
    rules: Rules,
    /// When all workflows were gone through, and the clock at the last look.
    reviewed: Option<i64>,
    last: i64,
}

/// What a look at one workflow came to.
enum Looked {
    /// It is looked at again at this time, or when it is changed.
    Next(Option<i64>),
    /// It is due and waits: the entry stays.
    Waits,
    /// There is no room for a run of anybody.
    Full,
}

impl Scheduler {
    /// A scheduler.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        let rules = Rules::new();
        Self { engine, rules, reviewed: None, last: i64::MIN }
    }

    /// Looks for due times until the task is dropped.
    pub async fn watch(mut self) {
        let mut failed = String::new();
        let mut changes = self.engine.core().store.changes();
        let mut next = None;
        let mut asked: Option<tokio::time::Instant> = None;
        loop {
            let looked = self.engine.core().clock.now_ms();
            let hint = changes.has_changed().unwrap_or(false);
            let due = next.is_some_and(|next| looked >= next) || looked < self.last;
            if hint || due || asked.is_none_or(|asked| asked.elapsed() >= ASK) {
                changes.mark_unchanged();
                asked = Some(tokio::time::Instant::now());
                // What stands in the way is told when it changes, not four times a second.
                let (now_failed, found) = match self.tick().await {
                    Ok(next) => (String::new(), next),
                    Err(error) => (error.to_string(), None),
                };
                next = found;
                if now_failed != failed {
                    if now_failed.is_empty() {
                        tracing::info!("schedules are looked at again");
                    } else {
                        tracing::warn!(error = now_failed, "schedules could not be looked at; trying again");
                    }
                    failed = now_failed;
                }
            }
            // From the beginning of the look, so that a minute that begins during it is not waited for.
            let clock = &self.engine.core().clock;
            let passed = u64::try_from(clock.now_ms().saturating_sub(looked)).unwrap_or(0);
            clock.sleep(LOOK.saturating_sub(Duration::from_millis(passed))).await;
            // A clock that jumps must not keep others from working.
            tokio::task::yield_now().await;
        }
    }

    /// Starts what is due now. What is wrong with one workflow or one stored value is told and keeps no other from its time.
    /// Gives the time of the next look, if anything waits for one.
    ///
    /// # Errors
    /// Those of the store: the first, after everybody had a turn.
    pub async fn tick(&mut self) -> Result<Option<i64>, StoreError> {
        let now = self.engine.core().clock.now_ms();
        let trusted = self.engine.trusts_clock().await?;
        self.review(now).await?;
        let store = &*self.engine.core().store;
        let mut next: Option<i64> = None;
        let mut turns: VecDeque<(OfTenant<'_>, Option<Wake>)> = VecDeque::new();
        for tenant in tenants::with(store, keys::WAKE).await? {
            match wakes::first(store, &tenant, What::Schedules).await? {
                None => {}
                Some(first) if first > now => next = next.into_iter().chain([first]).min(),
                Some(_) => turns.extend(self.open(&tenant).await?.map(|of| (of, None))),
            }
        }
        let mut first = Ok(());
        let mut waits = false;
        while let Some((of, seen)) = turns.pop_front() {
            let page = of.look_at_page(seen.as_ref(), now, trusted).await?;
            first = first.and(page.failed);
            waits |= page.waits || page.full;
            // Where there is no room, the others need not ask either.
            if page.full {
                break;
            }
            match page.last {
                Some(last) => turns.push_back((of, Some(last))),
                None => {
                    let theirs = wakes::next(store, &of.engine.core().tenant, What::Schedules, now).await?;
                    next = next.into_iter().chain(theirs).min();
                }
            }
        }
        first?;
        Ok(if waits { Some(now) } else { next })
    }

    /// The schedules of a tenant, unless it is put away.
    async fn open(&self, tenant: &Tenant) -> Result<Option<OfTenant<'_>>, StoreError> {
        let row = tenants::get(&*self.engine.core().store, tenant).await?.filter(|row| row.archived.is_none());
        let of = |row: StoredTenant| {
            let restored = row.restored.unwrap_or(i64::MIN);
            OfTenant { scheduler: self, engine: self.engine.of(tenant), restored }
        };
        Ok(row.map(of))
    }

    /// Writes what is looked at next: together, or each for itself when somebody changed one of them meanwhile.
    async fn commit_moves(&self, moves: Vec<Batch>) -> Result<(), StoreError> {
        let store = &self.engine.core().store;
        let mut all = Batch::default();
        moves.iter().cloned().for_each(|batch| all.append(batch));
        if all.is_empty() {
            return Ok(());
        }
        match store.commit(all).await {
            Err(StoreError::Conflict) => {}
            done => return done,
        }
        for batch in moves.into_iter().filter(|batch| !batch.is_empty()) {
            match store.commit(batch).await {
                // It is looked at again.
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Goes through all workflows, at the start, every hour, and after the clock was put back: whoever is active and has no
    /// entry gets one. At the start and after a jump back those with a far one, too: it may be from a wrong clock.
    async fn review(&mut self, now: i64) -> Result<(), StoreError> {
        let back = now < self.last.saturating_sub(REVIEW_MS);
        self.last = now;
        let anew = back || self.reviewed.is_none();
        if !anew && self.reviewed.is_some_and(|at| (0..REVIEW_MS).contains(&now.saturating_sub(at))) {
            return Ok(());
        }
        for tenant in tenants::with(&*self.engine.core().store, keys::WORKFLOW).await? {
            if let Some(of) = self.open(&tenant).await? {
                of.review(now, anew).await?;
            }
        }
        self.reviewed = Some(now);
        Ok(())
    }
}

/// The schedules of one tenant.
struct OfTenant<'a> {
    scheduler: &'a Scheduler,
    engine: Engine,
    /// When the tenant was taken up again after it was put away: what was due before is nobody's business.
    restored: i64,
}

/// What a look at one page of a tenant's entries came to.
struct Page {
    /// The last entry, if there may be more.
    last: Option<Wake>,
    /// Whether somebody is due and waits.
    waits: bool,
    /// Whether there is no room for a run of anybody.
    full: bool,
    /// What the store refused first.
    failed: Result<(), StoreError>,
}

impl OfTenant<'_> {
    /// Starts what is due of the workflows of one page of entries, and writes when they are looked at next.
    async fn look_at_page(&self, seen: Option<&Wake>, now: i64, trusted: bool) -> Result<Page, StoreError> {
        let (store, tenant) = (&*self.engine.core().store, &self.engine.core().tenant);
        let page = wakes::due(store, tenant, What::Schedules, now, seen, PAGE).await?;
        let last = page.last().filter(|_| page.len() == PAGE).cloned();
        let mut page_looked = Page { last, waits: false, full: false, failed: Ok(()) };
        // Several entries of one workflow are one look.
        let mut ids: BTreeMap<String, Vec<Wake>> = BTreeMap::new();
        for wake in page {
            ids.entry(wake.name()).or_default().push(wake);
        }
        let looks = ids.into_iter().map(|(id, entries)| async move {
            let looked = self.look(&id, now, trusted).await;
            (id, entries, looked)
        });
        let looked: Vec<_> = futures::stream::iter(looks).buffer_unordered(SIDE_BY_SIDE).collect().await;
        let mut moves = Vec::new();
        for (id, entries, looked) in looked {
            let next = match looked {
                Ok(Looked::Next(next)) => next,
                Ok(Looked::Waits) => {
                    page_looked.waits = true;
                    continue;
                }
                Ok(Looked::Full) => {
                    page_looked.full = true;
                    continue;
                }
                Err(error @ StoreError::Corrupt(_)) => {
                    self.unreadable(&id, &error);
                    Some(now + AGAIN_MS)
                }
                Err(error) => {
                    page_looked.failed = page_looked.failed.and(Err(error));
                    continue;
                }
            };
            let mut batch = Batch::default();
            if let Some(next) = next {
                wakes::put(&mut batch, tenant, What::Schedules, next, id.as_bytes());
            }
            entries.iter().filter(|entry| Some(entry.at) != next).for_each(|entry| entry.done(&mut batch));
            moves.push(batch);
        }
        self.scheduler.commit_moves(moves).await?;
        Ok(page_looked)
    }

    /// Puts an entry for each active workflow that has none; `anew`: also for those whose entry is far ahead.
    async fn review(&self, now: i64, anew: bool) -> Result<(), StoreError> {
        let (store, tenant) = (&*self.engine.core().store, &self.engine.core().tenant);
        let mut earliest: HashMap<String, i64> = HashMap::new();
        let mut entries = wakes::all(tenant, What::Schedules);
        while let Some(page) = entries.next(store).await? {
            for wake in page {
                let at = earliest.entry(wake.name()).or_insert(wake.at);
                *at = wake.at.min(*at);
            }
        }
        let mut heads = catalogue::workflow_pages(tenant);
        while let Some(page) = heads.next(store).await? {
            let mut batch = Batch::default();
            for (id, head) in page {
                match head {
                    Ok(head) if head.state == WorkflowState::Active => {
                        let far = |at: i64| anew && at > now.saturating_add(AHEAD_MS);
                        if earliest.get(&id).is_none_or(|at| far(*at)) {
                            wakes::put(&mut batch, tenant, What::Schedules, now, id.as_bytes());
                        }
                    }
                    Ok(_) => {}
                    Err(error) => self.unreadable(&id, &error),
                }
            }
            if !batch.is_empty() {
                store.commit(batch).await?;
            }
        }
        Ok(())
    }

    fn unreadable(&self, id: &str, error: &StoreError) {
        if self.engine.core().said(&format!("schedules of {id}: {error}")) {
            tracing::warn!(workflow = id, %error, "the schedules of a workflow cannot be looked at; the others go on");
        }
    }

    /// Starts what is due of one workflow.
    async fn look(&self, id: &str, now: i64, trusted: bool) -> Result<Looked, StoreError> {
        let core = self.engine.core();
        let head = catalogue::workflow(&*core.store, &core.tenant, id).await?;
        let Some(head) = head.map(|head| head.value) else { return Ok(Looked::Next(None)) };
        let (WorkflowState::Active, Some(version)) = (head.state, head.active) else { return Ok(Looked::Next(None)) };
        let signature = core.connect.signatures(&[(id, version)]).await?.pop().flatten();
        let Some(summary) = signature.as_ref().and_then(|signature| signature.summary()) else {
            if core.said(&format!("version {version} of {id} does not compile")) {
                let error = signature.as_ref().and_then(|signature| signature.error()).unwrap_or_default();
                tracing::error!(
                    workflow = id,
                    version,
                    error,
                    "an active workflow does not compile with this version of idflow: none of its triggers starts anything"
                );
            }
            return Ok(Looked::Next(None));
        };
        let since = Since::of(&head, self.restored);
        let marks = schedules::get_many(&*core.store, &core.tenant, id, summary.schedules.len()).await?;
        let mut first = Ok(());
        let mut all = Looked::Next(None);
        for (place, (schedule, mark)) in summary.schedules.iter().zip(marks).enumerate() {
            let fired = match mark {
                Ok(mark) => self.fire(id, place, schedule, mark, since, (now, trusted)).await,
                Err(error) => Err(error),
            };
            match fired {
                Ok(looked) => {
                    all = match (all, looked) {
                        (Looked::Full, _) | (_, Looked::Full) => Looked::Full,
                        (Looked::Waits, _) | (_, Looked::Waits) => Looked::Waits,
                        (Looked::Next(one), Looked::Next(other)) => Looked::Next(one.into_iter().chain(other).min()),
                    }
                }
                Err(error) => first = first.and(Err(error)),
            }
        }
        first.map(|()| all)
    }

    /// Starts what is due of one schedule. Whatever comes of a due time is settled in the commit that tells of it: a run, a
    /// failed run with the reason, or a note at the mark.
    async fn fire(
        &self,
        workflow: &str,
        place: usize,
        schedule: &Schedule,
        mut mark: Option<Loaded<Mark>>,
        since: Since,
        (now, trusted): (i64, bool),
    ) -> Result<Looked, StoreError> {
        let core = self.engine.core();
        // The compiler let it pass: whoever cannot read it has other zones.
        let Some(parsed) = self.scheduler.rules.of(schedule) else { return Ok(Looked::Next(None)) };
        let rule = schedules::rule(schedule);
        let settled = mark.as_ref().filter(|mark| mark.value.rule == rule).map(|mark| mark.value.settled);
        if settled.unwrap_or(since.activated) > now.saturating_add(AHEAD_MS) {
            // The clock is right again: from now on.
            let new = Mark { rule, settled: now, missed: missed(mark.as_ref()) };
            return self.settle_at(workflow, place, mark.as_ref(), &new, parsed.next_after(now)).await;
        }
        let from = match settled {
            Some(settled) if since.live > now => settled,
            Some(settled) => settled.max(since.live),
            None => since.activated,
        };
        if !trusted && schedule.catchup == Catchup::All && now.saturating_sub(from) > AHEAD_MS {
            // Whether so much time has passed is not sure yet: nothing is settled until it is.
            return Ok(Looked::Next(Some(now + AGAIN_MS)));
        }
        let (due, next) = due_times(&parsed, from, now);
        for step in settle(schedule, &due, now) {
            let mut new = Mark { rule: rule.clone(), settled: step.due, missed: missed(mark.as_ref()) };
            if let Some((count, last, why)) = step.left_out {
                tracing::warn!(workflow, due = last, count, code = %why.code, "due times of a schedule start nothing");
                new.note(Missed { at: now, due: last, count, why });
            }
            let mut along = Batch::default();
            schedules::put(&mut along, &core.tenant, workflow, place, mark.as_ref(), &new)?;
            if !step.runs {
                match core.store.commit(along).await {
                    Ok(()) | Err(StoreError::Conflict) => {}
                    Err(error) => return Err(error),
                }
                mark = schedules::get(&*core.store, &core.tenant, workflow, place).await?;
                continue;
            }
            let request = request(workflow, step.due, now, schedule, along);
            match self.engine.submit(request.clone()).await {
                Ok(run) => tracing::info!(%run, workflow, due = step.due, "a schedule started a run"),
                // Another node was faster.
                Err(Refused::Store(StoreError::Conflict)) => return Ok(Looked::Waits),
                Err(Refused::Store(error)) => return Err(error),
                // The time stays due until there is room.
                Err(refused) if refused.passes() => {
                    self.wait(workflow, place, mark.as_ref(), &rule, (from, step.due, now), &refused).await?;
                    return Ok(Looked::Full);
                }
                Err(refused) => match self.engine.settle_refused(request, refused.problem()).await {
                    Ok(_) => tracing::warn!(workflow, due = step.due, %refused, "a schedule could not start a run"),
                    Err(StoreError::Conflict) => return Ok(Looked::Waits),
                    Err(error) => return Err(error),
                },
            }
            mark = schedules::get(&*core.store, &core.tenant, workflow, place).await?;
        }
        if settled.is_none() && due.is_empty() {
            // Another version that has the same expression goes on from here.
            let new = Mark { rule, settled: from, missed: missed(mark.as_ref()) };
            return self.settle_at(workflow, place, mark.as_ref(), &new, next).await;
        }
        Ok(Looked::Next(next))
    }

    /// Writes a mark alone.
    async fn settle_at(
        &self,
        workflow: &str,
        place: usize,
        old: Option<&Loaded<Mark>>,
        new: &Mark,
        next: Option<i64>,
    ) -> Result<Looked, StoreError> {
        let core = self.engine.core();
        let mut batch = Batch::default();
        schedules::put(&mut batch, &core.tenant, workflow, place, old, new)?;
        match core.store.commit(batch).await {
            Err(StoreError::Conflict) => Ok(Looked::Waits),
            Err(error) => Err(error),
            Ok(()) => Ok(Looked::Next(next)),
        }
    }

    /// Notes, once for each due time, that it cannot start yet.
    async fn wait(
        &self,
        workflow: &str,
        place: usize,
        mark: Option<&Loaded<Mark>>,
        rule: &str,
        (settled, due, now): (i64, i64, i64),
        refused: &Refused,
    ) -> Result<(), StoreError> {
        let core = self.engine.core();
        if !core.said(&format!("{workflow} {place} {due} waits")) {
            return Ok(());
        }
        tracing::warn!(workflow, due, %refused, "a schedule cannot start a run yet");
        let missed = missed(mark);
        let mut new = Mark { rule: rule.into(), settled, missed };
        let why = refused.within("due_waits");
        new.note(Missed { at: now, due, count: 1, why });
        let mut batch = Batch::default();
        schedules::put(&mut batch, &core.tenant, workflow, place, mark, &new)?;
        match core.store.commit(batch).await {
            // A disk that is full may refuse the note, too; the log has it.
            Ok(()) | Err(StoreError::Conflict | StoreError::Full(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn request(workflow: &str, due: i64, now: i64, schedule: &Schedule, along: Batch) -> Request {
    let trigger = Trigger { due: Some(due), ..Trigger::new(TriggerKind::Schedule, "schedule", now) };
    Request { inputs: schedule.inputs.clone(), along, ..Request::new(workflow, trigger) }
}

#[cfg(test)]
mod tests;
