//! What a run came to: counts by outcome, and what became of each row. States follow from counts.

use std::collections::HashMap;

use idflow_sdk::{Kind, Problem};

use super::{
    Core,
    apply::{At, outcome_word},
};
use crate::{
    model::{
        change::{Action, Planned, Row},
        event::{Event, Outcome},
        id::RunId,
        run::Counts,
    },
    store::{StoreError, runs},
};

/// Words of run counts, shown even when zero.
const WORDS: &[&str] = &["created", "updated", "removed", "unchanged", "failed"];
/// Words that a good run cannot have, the worst first.
pub(super) const BAD: &[&str] = &["failed", "blocked", "ambiguous", "invalid", "not_attempted"];
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

/// What became of each row, from the journal.
///
/// # Errors
/// Those of the store.
pub async fn outcomes(core: &Core, run: RunId, rows: usize) -> Result<Vec<Option<Done>>, StoreError> {
    let mut done: Vec<Option<Done>> = (0..rows).map(|_| None).collect();
    for entry in runs::read_journal(&*core.store, &core.tenant, run).await? {
        if let Event::Done { row, attempt, outcome, ms, left_out, warnings } = entry.event
            && let Some(slot) = done.get_mut(row as usize)
        {
            *slot = Some(Done { outcome, attempt, ms, left_out, warnings, at: entry.at });
        }
    }
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
