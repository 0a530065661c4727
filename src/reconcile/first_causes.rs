//! Values that go from hand to hand: where the last one in a chain does not get his, everybody behind him keeps what he has. Only the
//! last one has something to correct; the others wait for him, and say so.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{FieldId, Problem, Record};

use super::{Task, steps};
use crate::model::change::{Action, Planned, Row};

/// A row that is not carried out.
struct Refused {
    place: usize,
    /// The value that it is refused, where it is about one, by its hash.
    wants: Option<u64>,
    /// What its object would have given up, and keeps.
    keeps: Vec<u64>,
    /// Whether it is told that somebody has the value: who takes what another one gets is told by himself.
    told_who_keeps: bool,
}

impl Task {
    /// Turns refusals that follow from another one into rows that wait for the first of them.
    pub(super) fn name_first_causes(&self, rows: &mut [Row]) {
        // Names among siblings go by places in a tree, which has an order of its own.
        if self.is_tree() {
            return;
        }
        let refused: Vec<Refused> = (self.first_row as usize..rows.len())
            .filter_map(|place| match &rows[place].planned {
                Planned::Invalid(problem) => Some(self.refused_value(rows, place, problem)),
                _ => None,
            })
            .collect();
        let keepers: HashMap<u64, usize> =
            refused.iter().enumerate().flat_map(|(at, one)| one.keeps.iter().map(move |hash| (*hash, at))).collect();
        let before = |at: usize| refused[at].wants.and_then(|hash| keepers.get(&hash).copied());
        // Where each chain ends, so that none is walked twice. One that goes round has no first cause.
        let mut ends: HashMap<usize, Option<usize>> = HashMap::new();
        for at in 0..refused.len() {
            let (mut end, mut way) = (Some(at), HashSet::from([at]));
            while let Some(next) = end.and_then(before) {
                steps::took(1);
                end = match ends.get(&next) {
                    Some(known) => *known,
                    None if way.insert(next) => {
                        end = Some(next);
                        continue;
                    }
                    None => None,
                };
                break;
            }
            ends.extend(way.into_iter().map(|one| (one, end)));
        }
        for (at, one) in refused.iter().enumerate().filter(|(_, one)| one.told_who_keeps) {
            if let Some(end) = ends.get(&at).copied().flatten().filter(|end| *end != at) {
                rows[one.place].planned = Planned::Blocked { by: rows[refused[end].place].key() };
            }
        }
    }

    /// What a row is refused, and what its object has instead.
    fn refused_value(&self, rows: &[Row], place: usize, problem: &Problem) -> Refused {
        let schema = self.mapping.target;
        let row = &rows[place];
        let counts = |id: FieldId| self.unique.contains(&id) && Some(id) != self.natural_key() && row.set.has(id);
        let none = Record::new();
        let first = row.object.map_or(row, |first| &rows[first as usize]);
        let had = if first.action == Action::Create { Record::new() } else { self.had(first) };
        let about = problem.field.as_deref().and_then(|name| schema.field(name)).filter(|id| counts(*id));
        let told = |id: FieldId| {
            let codes = schema.spec(id).duplicate.map_or(["value_duplicate"; 2], |codes| [codes.same, codes.alike]);
            codes.contains(&&*problem.code)
        };
        Refused {
            place,
            wants: about.and_then(|id| self.unique_hash(id, &row.set.record(), &none)),
            keeps: self
                .unique
                .iter()
                .filter(|id| counts(**id))
                .filter_map(|id| self.unique_hash(*id, &had, &none))
                .collect(),
            told_who_keeps: about.is_some_and(told),
        }
    }
}
