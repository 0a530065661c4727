//! Schedules: each due time of an active workflow starts one run, whatever the process count, kills and restarts do.
//!
//! A mark says up to which time a schedule is settled. It moves in the same commit that accepts the run, and a commit
//! expects the mark it was computed from, so a due time is neither lost nor taken twice.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};

use crate::{
    engine::{Engine, Refused, Request},
    model::{
        definition::{Catchup, Schedule},
        run::{Mode, Trigger},
    },
    store::{Batch, StoreError, catalogue, catalogue::WorkflowState, schedules, schedules::Mark},
    workflow::cron,
};

/// A due time older than this was missed: nothing ran when it came.
const LATE_MS: i64 = 60_000;
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
        loop {
            let looked = self.engine.core().clock.now_ms();
            if let Err(error) = self.tick().await {
                tracing::warn!(%error, "schedules could not be looked at; trying again");
            }
            // From the beginning of the look, so that a minute that begins during it is not waited for.
            let clock = &self.engine.core().clock;
            let passed = u64::try_from(clock.now_ms().saturating_sub(looked)).unwrap_or(0);
            clock.sleep(LOOK.saturating_sub(Duration::from_millis(passed))).await;
            // A clock that jumps must not keep others from working.
            tokio::task::yield_now().await;
        }
    }

    /// Starts what is due now.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn tick(&mut self) -> Result<(), StoreError> {
        let core = self.engine.core();
        let now = core.clock.now_ms();
        for head in catalogue::workflows(&*core.store, &core.tenant).await? {
            let (WorkflowState::Active, Some(version)) = (head.state, head.active) else { continue };
            let key = (head.id.clone(), version);
            if !self.compiled.contains_key(&key) {
                let stored = catalogue::version(&*core.store, &core.tenant, &head.id, version).await?;
                let text = stored.map(|stored| stored.text).unwrap_or_default();
                let schedules =
                    core.connect.compile(&text).map(|workflow| workflow.schedules.clone()).unwrap_or_default();
                self.compiled.retain(|(id, _), _| *id != head.id);
                self.compiled.insert(key.clone(), schedules);
            }
            let since = head.activated.as_ref().map_or(head.created, |(at, _)| *at);
            for (place, schedule) in self.compiled.get(&key).into_iter().flatten().enumerate() {
                self.fire(&head.id, place, schedule, since, now).await?;
            }
        }
        Ok(())
    }

    /// Starts what is due of one schedule.
    async fn fire(
        &self,
        workflow: &str,
        place: usize,
        schedule: &Schedule,
        since: i64,
        now: i64,
    ) -> Result<(), StoreError> {
        let core = self.engine.core();
        let rule = format!("{} {}", schedule.cron, schedule.timezone);
        let mut mark = schedules::get(&*core.store, &core.tenant, workflow, place).await?;
        // Times before the activation are nobody's business; so are those of an older expression.
        let from =
            mark.as_ref().filter(|mark| mark.value.rule == rule).map_or(since, |mark| mark.value.settled.max(since));
        for (due, run) in settle(schedule, &due_times(schedule, from, now), now) {
            let mut along = Batch::default();
            let new = Mark { rule: rule.clone(), settled: due };
            schedules::put(&mut along, &core.tenant, workflow, place, mark.as_ref(), &new)?;
            if run {
                let request = Request {
                    workflow: workflow.into(),
                    mode: Mode::Apply,
                    inputs: serde_json::Map::new(),
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
                };
                match self.engine.submit(request).await {
                    Ok(run) => tracing::info!(%run, workflow, due, "a schedule started a run"),
                    // Another node was faster.
                    Err(Refused::Store(StoreError::Conflict)) => return Ok(()),
                    Err(Refused::Store(error)) => return Err(error),
                    Err(refused) => {
                        tracing::warn!(workflow, %refused, "a schedule could not start a run");
                        return Ok(());
                    }
                }
            } else {
                match core.store.commit(along).await {
                    Ok(()) | Err(StoreError::Conflict) => {}
                    Err(error) => return Err(error),
                }
            }
            mark = schedules::get(&*core.store, &core.tenant, workflow, place).await?;
        }
        Ok(())
    }
}

/// The due times after `from` and up to `now`, in milliseconds since 1970.
fn due_times(schedule: &Schedule, from: i64, now: i64) -> Vec<i64> {
    let mut due = Vec::new();
    let mut at = from;
    while let Some(time) = DateTime::<Utc>::from_timestamp_millis(at) {
        let Ok(Some(next)) = cron::next_after(&schedule.cron, &schedule.timezone, time) else { break };
        at = next.timestamp_millis();
        if at > now {
            break;
        }
        due.push(at);
        // A process that slept for years needs the newest times only.
        if due.len() > 2 * MOST_CAUGHT_UP {
            due.drain(..MOST_CAUGHT_UP);
        }
    }
    due
}

/// Which due times run, by `catchup`; the others are only settled.
fn settle(schedule: &Schedule, due: &[i64], now: i64) -> Vec<(i64, bool)> {
    let late = |at: i64| now - at > LATE_MS;
    match schedule.catchup {
        Catchup::All => due[due.len().saturating_sub(MOST_CAUGHT_UP)..].iter().map(|at| (*at, true)).collect(),
        Catchup::Latest => due.last().map(|at| (*at, true)).into_iter().collect(),
        Catchup::Skip => due.last().map(|at| (*at, !late(*at))).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_minute(catchup: Catchup) -> Schedule {
        Schedule { cron: "* * * * *".into(), timezone: "Asia/Shanghai".into(), catchup }
    }

    #[test]
    fn missed_times_follow_catchup() {
        let minute = 60_000;
        let now = 10 * minute + 5_000;
        let due = due_times(&every_minute(Catchup::All), 6 * minute, now);
        assert_eq!(due, [7 * minute, 8 * minute, 9 * minute, 10 * minute]);
        assert_eq!(settle(&every_minute(Catchup::All), &due, now).len(), 4);
        assert_eq!(settle(&every_minute(Catchup::Latest), &due, now), [(10 * minute, true)]);
        assert_eq!(settle(&every_minute(Catchup::Skip), &due[..2], now), [(8 * minute, false)]);
        assert_eq!(settle(&every_minute(Catchup::Skip), &due, now), [(10 * minute, true)]);
    }
}
