//! Schedules: each due time of an active workflow starts one run, whatever the process count, kills and restarts do.
//!
//! A mark says up to which time a schedule is settled. It moves in the same commit that accepts the run, and a commit
//! expects the mark it was computed from, so a due time is neither lost nor taken twice.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use idflow_sdk::Problem;

use crate::{
    engine::{Engine, Refused, Request},
    model::{
        definition::{Catchup, Schedule},
        run::{Mode, Trigger},
    },
    store::{
        Batch, StoreError, catalogue,
        catalogue::{StoredWorkflow, WorkflowState},
        codec::Loaded,
        schedules,
        schedules::{Mark, Missed},
    },
    workflow::cron,
};

/// A due time older than this was missed: nothing ran when it came.
const LATE_MS: i64 = 60_000;
/// A mark that is further ahead than this was set by a clock that was wrong.
const AHEAD_MS: i64 = 48 * 3600 * 1000;
/// Missed times of one schedule that are run at most, with `catchup: all`.
const MOST_CAUGHT_UP: usize = 1000;
/// How often due times are looked for.
const LOOK: Duration = Duration::from_millis(250);

/// Watches the schedules of all active workflows.
pub struct Scheduler {
    engine: Engine,
    /// Schedules by workflow and version, so that a definition is compiled once.
    compiled: HashMap<(String, u64), Vec<Schedule>>,
}

impl Scheduler {
    /// A scheduler.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine, compiled: HashMap::new() }
    }

    /// Looks for due times until the task is dropped.
    pub async fn watch(mut self) {
        let mut failed = String::new();
        loop {
            let looked = self.engine.core().clock.now_ms();
            // What stands in the way is told when it changes, not four times a second.
            let now_failed = self.tick().await.err().map(|error| error.to_string()).unwrap_or_default();
            if now_failed != failed {
                if now_failed.is_empty() {
                    tracing::info!("schedules are looked at again");
                } else {
                    tracing::warn!(error = now_failed, "schedules could not be looked at; trying again");
                }
                failed = now_failed;
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
    ///
    /// # Errors
    /// Those of the store: the first, after everybody had a turn.
    pub async fn tick(&mut self) -> Result<(), StoreError> {
        let core = self.engine.core();
        let now = core.clock.now_ms();
        let trusted = self.engine.trusts_clock().await?;
        let mut first = Ok(());
        for (id, head) in catalogue::workflows_each(&*core.store, &core.tenant).await? {
            let looked = match head {
                Ok(head) => self.look(&head, now, trusted).await,
                Err(error) => Err(error),
            };
            match looked {
                Ok(()) => {}
                Err(error @ StoreError::Corrupt(_)) => {
                    if self.engine.core().said(&format!("schedules of {id}: {error}")) {
                        tracing::warn!(workflow = id, %error, "the schedules of a workflow cannot be looked at; the others go on");
                    }
                }
                Err(error) => first = first.and(Err(error)),
            }
        }
        first
    }

    /// Starts what is due of one workflow.
    async fn look(&mut self, head: &StoredWorkflow, now: i64, trusted: bool) -> Result<(), StoreError> {
        let core = self.engine.core();
        let (WorkflowState::Active, Some(version)) = (head.state, head.active) else { return Ok(()) };
        let key = (head.id.clone(), version);
        if !self.compiled.contains_key(&key) {
            let stored = catalogue::version(&*core.store, &core.tenant, &head.id, version).await?;
            let text = stored.map(|stored| stored.text).unwrap_or_default();
            let schedules = match core.connect.compile(&text) {
                Ok(workflow) => workflow.schedules.clone(),
                Err(error) => {
                    tracing::error!(
                        workflow = head.id,
                        version,
                        error,
                        "an active workflow does not compile with this version of idflow: none of its triggers starts anything; see `idflow workflow list`"
                    );
                    Vec::new()
                }
            };
            self.compiled.retain(|(id, _), _| *id != head.id);
            self.compiled.insert(key.clone(), schedules);
        }
        let since = head.activated.as_ref().map_or(head.created, |(at, _)| *at);
        let mut first = Ok(());
        for (place, schedule) in self.compiled.get(&key).into_iter().flatten().enumerate() {
            first = first.and(self.fire(&head.id, place, schedule, since, now, trusted).await);
        }
        first
    }

    /// Starts what is due of one schedule. Whatever comes of a due time is settled in the commit that tells of it: a run, a
    /// failed run with the reason, or a note at the mark.
    async fn fire(
        &self,
        workflow: &str,
        place: usize,
        schedule: &Schedule,
        since: i64,
        now: i64,
        trusted: bool,
    ) -> Result<(), StoreError> {
        let core = self.engine.core();
        let rule = format!("{} {}", schedule.cron, schedule.timezone);
        let mut mark = schedules::get(&*core.store, &core.tenant, workflow, place).await?;
        // Times before the activation are nobody's business; so are those of an older expression.
        let settled = mark.as_ref().filter(|mark| mark.value.rule == rule).map(|mark| mark.value.settled);
        if settled.unwrap_or(since) > now.saturating_add(AHEAD_MS) {
            // The clock is right again: from now on.
            let mut along = Batch::default();
            let missed = mark.as_ref().map(|mark| mark.value.missed.clone()).unwrap_or_default();
            let new = Mark { rule, settled: now, missed };
            schedules::put(&mut along, &core.tenant, workflow, place, mark.as_ref(), &new)?;
            return match core.store.commit(along).await {
                Err(StoreError::Conflict) => Ok(()),
                done => done,
            };
        }
        let from = match settled {
            Some(settled) if since > now => settled,
            Some(settled) => settled.max(since),
            None => since,
        };
        if !trusted && schedule.catchup == Catchup::All && now.saturating_sub(from) > AHEAD_MS {
            // Whether so much time has passed is not sure yet: nothing is settled until it is.
            return Ok(());
        }
        let due = due_times(schedule, from, now);
        for step in settle(schedule, &due, now) {
            let missed = mark.as_ref().map(|mark| mark.value.missed.clone()).unwrap_or_default();
            let mut new = Mark { rule: rule.clone(), settled: step.due, missed };
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
                Err(Refused::Store(StoreError::Conflict)) => return Ok(()),
                Err(Refused::Store(error)) => return Err(error),
                // The time stays due until there is room.
                Err(refused) if refused.passes() => {
                    return self.wait(workflow, place, mark.as_ref(), &rule, (from, step.due, now), &refused).await;
                }
                Err(refused) => match self.engine.settle_refused(request, refused.problem()).await {
                    Ok(_) => tracing::warn!(workflow, due = step.due, %refused, "a schedule could not start a run"),
                    Err(StoreError::Conflict) => return Ok(()),
                    Err(error) => return Err(error),
                },
            }
            mark = schedules::get(&*core.store, &core.tenant, workflow, place).await?;
        }
        Ok(())
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
        let missed = mark.map(|mark| mark.value.missed.clone()).unwrap_or_default();
        let mut new = Mark { rule: rule.into(), settled, missed };
        let why = Problem::new("due_waits").arg("why", refused.to_string());
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
    Request {
        workflow: workflow.into(),
        mode: Mode::Apply,
        inputs: schedule.inputs.clone(),
        trigger: Trigger {
            kind: "schedule".into(),
            due: Some(due),
            fired: now,
            actor: "schedule".into(),
            parent: None,
            chain: Vec::new(),
            body: serde_json::Value::Null,
        },
        approve: false,
        along,
        retry_of: None,
        version: None,
    }
}

/// Due times since the last look.
#[derive(Debug, Default, PartialEq, Eq)]
struct DueTimes {
    /// The newest, at most [`MOST_CAUGHT_UP`].
    newest: Vec<i64>,
    /// How many there were before them, and the last of those.
    older: Option<(u64, i64)>,
}

/// What becomes of a due time.
#[derive(Debug, PartialEq, Eq)]
struct Settled {
    /// Up to where it is settled.
    due: i64,
    /// Whether it starts a run.
    runs: bool,
    /// How many due times start nothing, the last of them, and why.
    left_out: Option<(u64, i64, Problem)>,
}

/// The due times after `from` and up to `now`, in milliseconds since 1970.
fn due_times(schedule: &Schedule, from: i64, now: i64) -> DueTimes {
    let mut due = DueTimes::default();
    let mut at = from;
    while let Some(time) = DateTime::<Utc>::from_timestamp_millis(at) {
        let Ok(Some(next)) = cron::next_after(&schedule.cron, &schedule.timezone, time) else { break };
        at = next.timestamp_millis();
        if at > now {
            break;
        }
        due.newest.push(at);
        // A process that slept for years needs the newest times only.
        if due.newest.len() > 2 * MOST_CAUGHT_UP {
            due.drop_older();
        }
    }
    due.drop_older();
    due
}

impl DueTimes {
    fn drop_older(&mut self) {
        let extra = self.newest.len().saturating_sub(MOST_CAUGHT_UP);
        if let Some(last) = extra.checked_sub(1).and_then(|last| self.newest.get(last)).copied() {
            let before = self.older.map_or(0, |(count, _)| count);
            self.older = Some((before + extra as u64, last));
            self.newest.drain(..extra);
        }
    }
}

/// Which due times run, by `catchup`; the others are only settled.
fn settle(schedule: &Schedule, due: &DueTimes, now: i64) -> Vec<Settled> {
    let late = |at: i64| now - at > LATE_MS;
    let Some(last) = due.newest.last().copied() else { return Vec::new() };
    match schedule.catchup {
        Catchup::All => {
            let older = due.older.map(|(count, last)| {
                let why = Problem::new("due_too_many").arg("most", MOST_CAUGHT_UP.to_string());
                Settled { due: last, runs: false, left_out: Some((count, last, why)) }
            });
            let run = |due: &i64| Settled { due: *due, runs: true, left_out: None };
            older.into_iter().chain(due.newest.iter().map(run)).collect()
        }
        Catchup::Latest => vec![Settled { due: last, runs: true, left_out: None }],
        Catchup::Skip => {
            let mut missed = due.newest.iter().filter(|at| late(**at) || **at != last);
            let count = missed.clone().count() as u64 + due.older.map_or(0, |(count, _)| count);
            let left_out = missed.next_back().map(|at| (count, *at, Problem::new("due_missed")));
            vec![Settled { due: last, runs: !late(last), left_out }]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_minute(catchup: Catchup) -> Schedule {
        Schedule { cron: "* * * * *".into(), timezone: "Asia/Shanghai".into(), catchup, inputs: serde_json::Map::new() }
    }

    fn run(due: i64) -> Settled {
        Settled { due, runs: true, left_out: None }
    }

    #[test]
    fn missed_times_follow_catchup() {
        let minute = 60_000;
        let now = 10 * minute + 5_000;
        let due = due_times(&every_minute(Catchup::All), 6 * minute, now);
        assert_eq!(due.newest, [7 * minute, 8 * minute, 9 * minute, 10 * minute]);
        assert_eq!(settle(&every_minute(Catchup::All), &due, now).len(), 4);
        assert_eq!(settle(&every_minute(Catchup::Latest), &due, now), [run(10 * minute)]);
        let missed = |count, due| Some((count, due, Problem::new("due_missed")));
        let settled = settle(&every_minute(Catchup::Skip), &due, now);
        assert_eq!(settled, [Settled { left_out: missed(3, 9 * minute), ..run(10 * minute) }]);
        let early = due_times(&every_minute(Catchup::Skip), 6 * minute, 8 * minute);
        let settled = settle(&every_minute(Catchup::Skip), &early, now);
        assert_eq!(settled, [Settled { due: 8 * minute, runs: false, left_out: missed(2, 8 * minute) }]);
        let one = due_times(&every_minute(Catchup::Skip), 9 * minute, now);
        assert_eq!(settle(&every_minute(Catchup::Skip), &one, now), [run(10 * minute)]);
    }

    #[test]
    fn what_is_older_than_the_newest_thousand_is_told() {
        let minute = 60_000;
        let now = 1_250 * minute;
        let due = due_times(&every_minute(Catchup::All), 0, now);
        assert_eq!(due.newest.len(), MOST_CAUGHT_UP);
        assert_eq!(due.older, Some((250, 250 * minute)));
        let settled = settle(&every_minute(Catchup::All), &due, now);
        assert_eq!(settled.len(), MOST_CAUGHT_UP + 1);
        let told = settled[0].left_out.as_ref().map(|(count, due, why)| (*count, *due, why.code.to_string()));
        assert_eq!((settled[0].runs, told), (false, Some((250, 250 * minute, "due_too_many".to_string()))));
    }
}
