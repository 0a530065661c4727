//! What became of each row of a run, small enough for 300,000 of them: what went well takes 16 bytes, the rest is kept in
//! full.

use std::collections::HashMap;

use idflow_sdk::{FieldId, Problem};

use crate::{
    model::{
        event::{Event, Outcome},
        id::{RunId, Tenant},
    },
    store::{Kv, StoreError, pages::JournalPages},
};

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
    pub left_out: Vec<FieldId>,
    /// What the target told beside success.
    pub warnings: Vec<Problem>,
    /// When.
    pub at: i64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Brief {
    at: i64,
    ms: u32,
    attempt: u16,
    word: Word,
}

#[derive(Debug, Clone, Copy, Default)]
enum Word {
    #[default]
    Open,
    Created,
    Updated,
    Removed,
    Unchanged,
    InFull,
}

/// What became of the rows.
#[derive(Debug, Default)]
pub struct Outcomes {
    brief: Vec<Brief>,
    full: HashMap<usize, Done>,
}

impl Outcomes {
    /// Reads the journal once; events about rows from `rows` on are none of this run.
    pub async fn read(store: &dyn Kv, tenant: &Tenant, run: RunId, rows: usize) -> Result<Self, StoreError> {
        let mut outcomes = Self::default();
        let mut pages = JournalPages::new(tenant, run);
        while let Some(entries) = pages.next(store).await? {
            entries.into_iter().for_each(|entry| outcomes.take(entry.at, entry.event, rows));
        }
        Ok(outcomes)
    }

    /// Takes an event of the journal, in its order; events about rows from `rows` on are none of the run.
    pub fn take(&mut self, at: i64, event: Event, rows: usize) {
        match event {
            Event::Done { row, attempt, outcome, ms, left_out, warnings } if (row as usize) < rows => {
                self.set(row as usize, Done { outcome, attempt, ms, left_out, warnings, at });
            }
            Event::Doubted { row, problem } => {
                if let Some(mut done) = self.get(row as usize) {
                    done.outcome = Outcome::Failed(problem);
                    self.set(row as usize, done);
                }
            }
            _ => {}
        }
    }

    fn set(&mut self, row: usize, done: Done) {
        if self.brief.len() <= row {
            self.brief.resize(row + 1, Brief::default());
        }
        let plain = done.left_out.is_empty() && done.warnings.is_empty();
        let word = match done.outcome {
            Outcome::Created if plain => Word::Created,
            Outcome::Updated if plain => Word::Updated,
            Outcome::Removed if plain => Word::Removed,
            Outcome::Unchanged if plain => Word::Unchanged,
            _ => Word::InFull,
        };
        if let Some(brief) = self.brief.get_mut(row) {
            *brief = Brief { at: done.at, ms: done.ms, attempt: done.attempt, word };
        }
        match word {
            Word::InFull => self.full.insert(row, done),
            _ => self.full.remove(&row),
        };
    }

    /// What became of a row; `None`: nothing yet.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<Done> {
        let brief = self.brief.get(row)?;
        let outcome = match brief.word {
            Word::Open => return None,
            Word::InFull => return self.full.get(&row).cloned(),
            Word::Created => Outcome::Created,
            Word::Updated => Outcome::Updated,
            Word::Removed => Outcome::Removed,
            Word::Unchanged => Outcome::Unchanged,
        };
        let (left_out, warnings) = (Vec::new(), Vec::new());
        Some(Done { outcome, attempt: brief.attempt, ms: brief.ms, left_out, warnings, at: brief.at })
    }
}
