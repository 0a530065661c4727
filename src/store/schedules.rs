//! When each schedule of a workflow fired last. The mark is written in the same commit as the run it started, so a due
//! time is neither lost nor repeated by a crash.

use idflow_sdk::Problem;
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec::Loaded, keys, keys::Key, table::Table};
use crate::model::{definition::Schedule, id::Tenant};

/// The mark of one schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The expression and zone it belongs to; when they change the mark begins anew.
    pub rule: String,
    /// Due times up to this one are settled; milliseconds since 1970.
    pub settled: i64,
    /// What did not start, and why; the newest last. Where there is a run of it, the run tells it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<Missed>,
}

/// Due times that started nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// When that was settled.
    pub at: i64,
    /// The last of the due times.
    pub due: i64,
    /// How many.
    pub count: u64,
    /// Why.
    pub why: Problem,
}

/// So many are kept for each schedule.
pub const MOST_MISSED: usize = 10;
/// At least so many places are looked at for marks that are left over.
const PLACES: usize = 32;

impl Mark {
    /// Notes due times that started nothing. What repeats the newest for the same reason is counted there.
    pub fn note(&mut self, missed: Missed) {
        match self.missed.last_mut() {
            Some(last) if last.why.code == missed.why.code => {
                let count =
                    if last.due == missed.due { last.count.max(missed.count) } else { last.count + missed.count };
                *last = Missed { count, ..missed };
            }
            _ => self.missed.push(missed),
        }
        let extra = self.missed.len().saturating_sub(MOST_MISSED);
        self.missed.drain(..extra);
    }
}

pub(super) static MARKS: Table<Mark> = Table::json(keys::SCHEDULE, "workflows");

fn key(tenant: &Tenant, workflow: &str, index: usize) -> Key {
    MARKS.key(tenant).name(workflow).number(index as u64)
}

/// The mark of the schedule at this place of the workflow.
pub async fn get(
    store: &dyn Kv,
    tenant: &Tenant,
    workflow: &str,
    index: usize,
) -> Result<Option<Loaded<Mark>>, StoreError> {
    MARKS.loaded(store, key(tenant, workflow, index)).await
}

/// The marks of the first schedules of a workflow, each for itself.
pub async fn get_many(
    store: &dyn Kv,
    tenant: &Tenant,
    workflow: &str,
    count: usize,
) -> Result<Vec<Result<Option<Loaded<Mark>>, StoreError>>, StoreError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    MARKS.each(store, (0..count).map(|index| key(tenant, workflow, index)).collect()).await
}

/// Which rule a mark belongs to.
#[must_use]
pub fn rule(schedule: &Schedule) -> String {
    format!("{} {}", schedule.cron, schedule.timezone)
}

/// Another version goes live: what stands at a place of it is what stood where its rule was in the version before. A rule that
/// was not in that one begins anew, however long ago it was in an earlier one; what did not start stays told.
pub async fn move_marks(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    workflow: &str,
    (before, now): (&[String], &[String]),
) -> Result<(), StoreError> {
    let places = before.len().max(now.len()).max(PLACES);
    let marks = get_many(store, tenant, workflow, places).await?;
    // One that cannot be read is told of by whoever looks after schedules.
    let readable: Vec<bool> = marks.iter().map(Result::is_ok).collect();
    let marks: Vec<Option<Loaded<Mark>>> = marks.into_iter().map(|mark| mark.ok().flatten()).collect();
    // The same rule may stand twice: the first one stays the first.
    let nth = |rules: &[String], place: usize| rules[..place].iter().filter(|rule| **rule == rules[place]).count();
    for (place, stands) in marks.iter().enumerate().filter(|(place, _)| readable[*place]) {
        let came_from = now.get(place).and_then(|rule| {
            let mut same = before.iter().enumerate().filter(|(_, old)| *old == rule).map(|(old, _)| old);
            same.nth(nth(now, place))
        });
        let came = came_from.and_then(|old| marks[old].as_ref()).map(|mark| &mark.value);
        let came = came.filter(|mark| now.get(place) == Some(&mark.rule));
        match (stands, came) {
            (_, Some(mark)) if came_from == Some(place) || stands.as_ref().is_some_and(|old| old.value == *mark) => {}
            (_, Some(mark)) => put(batch, tenant, workflow, place, stands.as_ref(), mark)?,
            (Some(old), None) if place >= now.len() || old.value.missed.is_empty() => {
                MARKS.take(batch, key(tenant, workflow, place), old);
            }
            (Some(old), None) if !old.value.rule.is_empty() => {
                let mark = Mark { rule: String::new(), ..old.value.clone() };
                put(batch, tenant, workflow, place, Some(old), &mark)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes a mark, expecting that nobody moved it meanwhile.
pub fn put(
    batch: &mut Batch,
    tenant: &Tenant,
    workflow: &str,
    index: usize,
    old: Option<&Loaded<Mark>>,
    mark: &Mark,
) -> Result<(), StoreError> {
    MARKS.replace(batch, key(tenant, workflow, index), old, mark)
}
