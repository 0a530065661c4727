//! What a run came to: counts by outcome, and what became of each row. States follow from counts.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Kind, Problem};

use super::{
    ledger::{Ledger, RowState},
    writer::Writer,
    written_so_far::maybe,
};
use crate::{
    model::{
        change::{self, Action, Planned, Row, Way},
        event::Outcome,
        id::Tenant,
        outcomes::{NOT_WELL, WRITTEN},
        run::{Counts, ErrorGroup},
    },
    store::{Batch, StoreError, runs},
};

/// Words of run counts, shown even when zero.
const WORDS: &[&str] = &["created", "updated", "removed", "unchanged", "failed"];
/// Items that are noted at once.
const MOST_AT_ONCE: usize = 2048;
/// Objects by outcome, each once: what was never put aside, plus each object's rows. The worst row counts, and an object
/// that was made and then completed was made.
pub(super) fn counts(planned: &Counts, ledger: &Ledger) -> Counts {
    let rows = ledger.rows();
    let mut counts = Counts::default();
    let mut listed: HashMap<Kind, u64> = HashMap::new();
    let word_of = words(ledger);
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

/// The word of each row; that of an object's first row is that of its worst one.
fn words(ledger: &Ledger) -> Vec<&'static str> {
    let rows = ledger.rows();
    let mut words: Vec<&'static str> = ledger.iter().map(|(row, state)| state.word(row)).collect();
    for place in 0..rows.len() {
        if let Some(first) = rows[place].object {
            let worse = |word: &str| NOT_WELL.iter().position(|bad| *bad == word).unwrap_or(NOT_WELL.len());
            if worse(words[place]) < worse(words[first as usize]) {
                words[first as usize] = words[place];
            }
        }
    }
    words
}

/// Objects that [`counts`] does not have among those that were written, and that were, or may have been: something else of them
/// did not go well, or nobody answered.
pub(super) fn unsure(ledger: &Ledger) -> Counts {
    let mut counts = Counts::default();
    for ((row, state), word) in ledger.iter().zip(words(ledger)) {
        if row.object.is_some() || WRITTEN.contains(&word) {
            continue;
        }
        let own = Some(state.word(row)).filter(|word| WRITTEN.contains(word));
        if let Some(word) = own.or_else(|| maybe(row, state)) {
            counts.add(row.kind, word, 1);
        }
    }
    counts
}

/// What was written so far, of a run that goes on later.
pub(super) fn written(planned: &Counts, ledger: &Ledger) -> Counts {
    let mut counts = counts(planned, ledger);
    for words in counts.0.values_mut() {
        words.retain(|word, _| WRITTEN.contains(&&**word));
    }
    counts
}

/// How many of the objects that needed something did not get it, and what became of the others; and how many wait for a
/// person, who have not failed. `lacking`: those that were written without what they refer to, which are not done.
pub(super) fn not_well(counts: &Counts, in_part: u64, lacking: u64) -> Vec<Problem> {
    let total = |words: &[&str]| words.iter().map(|word| counts.total(word)).sum::<u64>();
    let undecided = counts.total("ambiguous");
    let (failed, done) = (total(&NOT_WELL) - undecided, total(WRITTEN));
    let number = |number: u64| number.to_string();
    let items_failed = || {
        let code = match (lacking, in_part) {
            (0, 0) => "items_failed",
            (0, _) => "items_failed_in_part",
            _ => "items_failed_and_lacking",
        };
        let problem = Problem::new(code).arg("number", number(failed)).arg("part", number(in_part));
        let problem = problem.arg("lacking", number(lacking)).arg("all", number(failed + done));
        problem.arg("done", number(done.saturating_sub(lacking)))
    };
    let items_undecided = || Problem::new("items_undecided").arg("number", number(undecided));
    [(failed > 0).then(items_failed), (undecided > 0).then(items_undecided)].into_iter().flatten().collect()
}

/// How many objects were written and are not as wanted all the same, because a later row of theirs did not go well.
pub(super) fn in_part(ledger: &Ledger) -> u64 {
    let words: Vec<&'static str> = ledger.iter().map(|(row, state)| state.word(row)).collect();
    let firsts = ledger.rows().iter().zip(&words).filter(|(_, word)| NOT_WELL.contains(word));
    let firsts = firsts.filter_map(|(row, _)| row.object).filter(|first| WRITTEN.contains(&words[*first as usize]));
    firsts.collect::<HashSet<_>>().len() as u64
}

/// The argument that names who holds a value.
const HOLDER: &str = "holder";
/// So many of them are named in what is said of several items.
const NAMED: usize = 3;

/// Who holds the values that several items want: none of them is named for all.
#[derive(Default)]
struct Holders {
    first: Vec<String>,
    more: bool,
}

impl Holders {
    fn note(&mut self, holder: &str) {
        if self.first.iter().any(|known| known == holder) {
            return;
        }
        match self.first.len() < NAMED {
            true => self.first.push(holder.into()),
            false => self.more = true,
        }
    }

    /// The first of them, where they are several.
    fn several(&self) -> Option<String> {
        let more = if self.more { " …" } else { "" };
        (self.first.len() > 1).then(|| format!("{}{more}", self.first.join(", ")))
    }
}

/// What went wrong, by sort: the same code and, for the rest of the words, the same arguments but names and keys.
pub(super) fn groups(ledger: &Ledger, most: usize) -> Vec<ErrorGroup> {
    let mut groups: HashMap<String, ErrorGroup> = HashMap::new();
    let mut holders: HashMap<String, Holders> = HashMap::new();
    for (row, state) in ledger.iter() {
        let Some(problem) = trouble(row, state) else { continue };
        let group = groups.entry(problem.code.to_string()).or_insert_with(|| ErrorGroup {
            count: 0,
            problem: problem.clone(),
            first: row.key(),
            first_name: row.called(),
        });
        group.count += 1;
        if let Some(holder) = problem.get(HOLDER) {
            holders.entry(problem.code.to_string()).or_default().note(holder);
        }
    }
    for (code, holders) in holders {
        let argument =
            groups.get_mut(&code).and_then(|group| group.problem.args.iter_mut().find(|(name, _)| *name == *HOLDER));
        if let (Some((_, named)), Some(several)) = (argument, holders.several()) {
            *named = several;
        }
    }
    let mut groups: Vec<ErrorGroup> = groups.into_values().collect();
    groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.problem.code.cmp(&b.problem.code)));
    groups.truncate(most);
    groups
}

/// Why a row is not as wanted; `None` when it is, or when a rule leaves it out.
fn trouble(row: &Row, state: &RowState) -> Option<Problem> {
    match (&row.planned, state) {
        (Planned::Skipped(_), _) => None,
        (Planned::Blocked { by }, _) | (Planned::Do, RowState::Over(Outcome::Blocked { by })) => {
            Some(blocked(row.kind, by))
        }
        (Planned::Ambiguous(problem) | Planned::Invalid(problem), _) => Some((**problem).clone()),
        (Planned::Do, RowState::Over(Outcome::Failed(problem) | Outcome::NotAttempted(problem))) => {
            Some(problem.clone())
        }
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
    if let Some(keeper) = cause.keeper {
        return Problem::new("value_waits").arg("by", cause.name).arg("holder", keeper);
    }
    let code = match (kind, cause.key.starts_with("d:"), cause.way) {
        (_, _, Way::Key) => "former_holder_first",
        (Kind::Department, true, Way::Reference) => "dept_parent_rejected",
        (Kind::Department, true, Way::Value) => "dept_name_not_free",
        (Kind::Department, true, Way::Own) => "blocked",
        (_, true, _) => "department_rejected",
        _ => "blocked",
    };
    Problem::new(code).arg("by", cause.name)
}

/// Notes the items that went wrong, so that the newest of all runs are found without looking at every run. Where there are
/// many they are written a part at a time; noting one again changes nothing.
pub(super) async fn index(log: &mut Writer, tenant: &Tenant, ledger: &Ledger) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    for (place, (row, state)) in ledger.iter().enumerate() {
        if trouble(row, state).is_none() {
            continue;
        }
        let outcome = match (&row.planned, state) {
            (Planned::Do, RowState::Over(outcome)) => Some(outcome),
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
