//! What an object has is not always known: the system shows a number to nobody, and idflow never wrote it. Whoever takes over what
//! another one gives up may have the very value that this one is to get, so they are planned as an exchange.

use std::collections::HashSet;

use idflow_sdk::{FieldId, Unique};

use super::{Task, circles::Exchanged};
use crate::model::change::{Action, Dependency, Row, RowIndex};

impl Task {
    /// Whoever is at the end of a chain of takers, and wants what nobody is known to have, waits for the one at its beginning, of whom
    /// nothing is known. That makes a circle, which is broken like any other; where nobody in it could give anything up first, the
    /// target has the last word as before. `giver`: who gives a value up, by its hash.
    pub(super) fn wait_for_unknown(&self, rows: &mut [Row], giver: impl Fn(u64) -> Option<usize>) {
        let position = |step: u16| self.steps.position.get(usize::from(step)).copied().unwrap_or(step);
        let mut values = None;
        for place in self.first_row as usize..rows.len() {
            let unknown = self.unknown_values(&rows[place]);
            if unknown.is_empty() {
                continue;
            }
            for (id, hash) in self.wants(&rows[place]).into_iter().filter(|(id, _)| unknown.contains(id)) {
                let mut chain: Vec<usize> = Vec::new();
                let mut met = HashSet::from([place]);
                let mut next = giver(hash).filter(|next| *next != place);
                while let Some(one) = next.filter(|one| met.insert(*one)) {
                    chain.push(one);
                    let wanted = self.wants(&rows[one]).into_iter().find(|(wanted, _)| *wanted == id);
                    next = wanted.and_then(|(_, hash)| giver(hash));
                    if wanted.is_none() {
                        chain.clear();
                    }
                }
                let Some(last) = chain.last().copied().filter(|_| next.is_none()) else { continue };
                let values = values.get_or_insert_with(|| Exchanged::of(self, rows));
                let in_order = position(rows[place].step) <= position(rows[last].step);
                if in_order && chain.iter().any(|one| self.passing(rows, *one, values).is_some()) {
                    let row = RowIndex::try_from(place).unwrap_or(RowIndex::MAX);
                    rows[last].needs.push(Dependency { row, leave_out: None });
                }
            }
        }
    }

    /// The fields that an update writes, of which no two objects may have one value at any time, and of which nobody knows what its
    /// object has.
    fn unknown_values(&self, row: &Row) -> Vec<FieldId> {
        if row.action != Action::Update || row.object.is_some() || !row.writes() {
            return Vec::new();
        }
        let natural = self.natural_key();
        let alone = |id: FieldId| matches!(self.mapping.target.spec(id).unique, Some(Unique::EachCall));
        let counts = |id: &FieldId| Some(*id) != natural && alone(*id) && row.set.has(*id);
        let mut unknown: Vec<FieldId> = self.unique.iter().copied().filter(counts).collect();
        if !unknown.is_empty() {
            let had = self.had(row);
            unknown.retain(|id| had.get(*id).is_none());
        }
        unknown
    }
}
