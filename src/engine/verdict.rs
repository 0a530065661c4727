//! What a run came to: counts by outcome, and what became of each row. States follow from counts.

use std::collections::HashMap;

use idflow_sdk::{Kind, Problem};

use super::{
    Core,
    apply::{At, outcome_word},
    writer::Writer,
};
use crate::{
    model::{
        change::{self, Action, Planned, Row},
        event::{Entry, Event, Outcome},
        id::{RunId, Tenant},
        run::{Counts, ErrorGroup},
    },
    store::{Batch, StoreError, runs},
};

/// Words of run counts, shown even when zero.
const WORDS: &[&str] = &["created", "updated", "removed", "unchanged", "failed"];
/// Words that a good run cannot have, the worst first.
pub const BAD: &[&str] = &["failed", "blocked", "ambiguous", "invalid", "not_attempted"];
/// Items that are noted at once.
const MOST_AT_ONCE: usize = 2048;
/// Words of objects that were written.
pub(super) const WRITTEN: &[&str] = &["created", "updated", "removed"];

/// Objects by outcome, each once: what was never put aside, plus each object's rows. The worst row counts, and an object
/// that was made and then completed was made.
pub(super) fn counts(planned: &Counts, rows: &[Row], at: &[At]) -> Counts {
    let mut counts = Counts::default();
    let mut listed: HashMap<Kind, u64> = HashMap::new();
    let mut word_of: Vec<&'static str> = rows.iter().zip(at).map(|(row, at)| outcome_word(row, at)).collect();
    for place in 0..rows.len() {
        if let Some(first) = rows[place].object {
            let worse = |word: &str| BAD.iter().position(|bad| *bad == word).unwrap_or(BAD.len());
            if worse(word_of[place]) < worse(word_of[first as usize]) {
                word_of[first as usize] = word_of[place];
            }
        }
    }
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| row.object.is_none()) {
        // Links that are only remembered were counted as unchanged by the plan.
        if row.planned == Planned::Do && matches!(row.action, Action::Link | Action::None) {
            continue;
        }
        counts.add(row.kind, word_of[place], 1);
        *listed.entry(row.kind).or_default() += 1;
    }
    for kind in planned.0.keys() {
        counts.add(*kind, "unchanged", planned.get(*kind, "unchanged"));
    }
    counts.with_words(WORDS)
}

/// How many of the objects that needed something did not get it, and what became of the others.
pub(super) fn items_failed(counts: &Counts) -> Problem {
    let total = |words: &[&str]| words.iter().map(|word| counts.total(word)).sum::<u64>();
    let (bad, done) = (total(BAD), total(WRITTEN));
    let number = |number: u64| number.to_string();
    Problem::new("items_failed").arg("number", number(bad)).arg("all", number(bad + done)).arg("done", number(done))
}

/// What became of each row, from the journal.
///
/// # Errors
/// Those of the store.
pub async fn outcomes(core: &Core, run: RunId, rows: usize) -> Result<Vec<Option<Done>>, StoreError> {
    let mut done: Vec<Option<Done>> = (0..rows).map(|_| None).collect();
    let each = |entry: Entry| match entry.event {
        Event::Done { row, attempt, outcome, ms, left_out, warnings } => {
            if let Some(slot) = done.get_mut(row as usize) {
                *slot = Some(Done { outcome, attempt, ms, left_out, warnings, at: entry.at });
            }
        }
        Event::Doubted { row, problem } => {
            if let Some(Some(done)) = done.get_mut(row as usize) {
                done.outcome = Outcome::Failed(problem);
            }
        }
        _ => {}
    };
    runs::each_entry(&*core.store, &core.tenant, run, each).await?;
    Ok(done)
}

/// What became of a row.
#[derive(Debug, Clone)]
pub struct Done {
    /// The outcome.
    pub outcome: Outcome,
    /// The attempt it came from.
    pub attempt: u16,
    /// How long the call took.
    pub ms: u32,
    /// Fields that were left out.
    pub left_out: Vec<idflow_sdk::FieldId>,
    /// What the target told beside success.
    pub warnings: Vec<Problem>,
    /// When.
    pub at: i64,
}

/// What went wrong, by sort: the same code and, for the rest of the words, the same arguments but names and keys.
pub(super) fn groups(rows: &[Row], at: &[At], most: usize) -> Vec<ErrorGroup> {
    let mut groups: HashMap<String, ErrorGroup> = HashMap::new();
    for (row, at) in rows.iter().zip(at) {
        let Some(problem) = trouble(row, at) else { continue };
        let group = groups.entry(problem.code.to_string()).or_insert_with(|| ErrorGroup {
            count: 0,
            problem: problem.clone(),
            first: row.key(),
            first_name: row.called(),
        });
        group.count += 1;
    }
    let mut groups: Vec<ErrorGroup> = groups.into_values().collect();
    groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.problem.code.cmp(&b.problem.code)));
    groups.truncate(most);
    groups
}

/// Why a row is not as wanted; `None` when it is, or when a rule leaves it out.
fn trouble(row: &Row, at: &At) -> Option<Problem> {
    match (&row.planned, at) {
        (Planned::Skipped(_), _) => None,
        (Planned::Blocked { by }, _) | (Planned::Do, At::Over(Outcome::Blocked { by })) => Some(blocked(row.kind, by)),
        (Planned::Ambiguous(problem) | Planned::Invalid(problem), _) => Some(problem.clone()),
        (Planned::Do, At::Over(Outcome::Failed(problem) | Outcome::NotAttempted(problem))) => Some(problem.clone()),
        (Planned::Do, _) => None,
    }
}

/// Why an object of this kind is blocked, in words.
#[must_use]
pub fn blocked(kind: Kind, by: &str) -> Problem {
    let cause = change::cause(by);
    if let Some(removal) = cause.removal {
        return Problem::new("needs_removal").arg("by", cause.name).arg("id", removal);
    }
    let code = match (kind, cause.key.starts_with("d:")) {
        (Kind::Department, true) => "dept_parent_rejected",
        (_, true) => "department_rejected",
        _ => "blocked",
    };
    Problem::new(code).arg("by", cause.name)
}

/// Notes the items that went wrong, so that the newest of all runs are found without looking at every run. Where there are
/// many they are written a part at a time; noting one again changes nothing.
pub(super) async fn index(log: &mut Writer, tenant: &Tenant, rows: &[Row], at: &[At]) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    for (place, (row, at)) in rows.iter().zip(at).enumerate() {
        if trouble(row, at).is_none() {
            continue;
        }
        let outcome = match (&row.planned, at) {
            (Planned::Do, At::Over(outcome)) => Some(outcome),
            _ => None,
        };
        runs::bad_item(&mut batch, tenant, log.run.run, u32::try_from(place).unwrap_or(u32::MAX), outcome);
        if batch.puts.len() >= MOST_AT_ONCE {
            log.along(std::mem::take(&mut batch));
            log.commit().await?;
        }
    }
    log.along(batch);
    Ok(())
}
