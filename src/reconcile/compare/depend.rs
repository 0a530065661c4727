//! What waits for what: rows follow the rows that make what they refer to.

use std::{collections::HashMap, iter::successors};

use idflow_sdk::FieldId;

use crate::{
    model::change::{Action, Dependency, Row, RowIndex},
    reconcile::{Known, Task, references::keys_of},
    workflow::compiled::WhenUnresolved,
};

/// No tree is deeper than that; one that is a circle is left.
const DEEPEST: usize = 64;

impl Task {
    /// Rows wait for the rows that make what they refer to.
    pub(super) fn depend(&mut self, known: &Known, rows: &mut Vec<Row>) {
        self.wait_for_references(known, rows);
        self.break_reference_circles(rows);
    }

    pub(in crate::reconcile) fn wait_for_references(&self, known: &Known, rows: &mut [Row]) {
        let schema = self.mapping.target;
        let first = self.first_row as usize;
        let parent = schema.parent.and_then(|name| schema.field(name));
        let moves = self.moves(rows);
        let turned = parent.map(|parent| self.turned(known, rows, parent, &moves)).unwrap_or_default();
        let all = 0..FieldId::try_from(schema.fields.len()).unwrap_or(FieldId::MAX);
        let refers: Vec<FieldId> = all.filter(|id| schema.spec(*id).ty.refers_to().is_some()).collect();
        for (place, row) in rows.iter_mut().enumerate().skip(first) {
            if !row.writes() {
                continue;
            }
            let mut needs: Vec<Dependency> = Vec::new();
            for (id, field) in row.set.pick(&refers).iter() {
                let Some(kind) = schema.spec(id).ty.refers_to() else { continue };
                let soft = self.omits(id).then_some(id);
                for key in keys_of(field) {
                    if let Some(row) = known.creating(kind, &key).filter(|row| *row as usize != place) {
                        needs.push(Dependency { row, leave_out: soft });
                    }
                    // Who is new is made below its parent wherever that one stands by then.
                    if kind == self.kind
                        && Some(id) == parent
                        && row.action != Action::Create
                        && let Some(row) = moves.get(&key).filter(|row| **row as usize != place)
                    {
                        needs.push(Dependency { row: *row, leave_out: None });
                    }
                }
            }
            let above = turned.get(&place).into_iter().flatten();
            needs.extend(above.map(|row| Dependency { row: *row, leave_out: None }));
            row.needs.reserve_exact(needs.len());
            for need in needs {
                if !row.needs.contains(&need) {
                    row.needs.push(need);
                }
            }
        }
    }

    /// Objects of a tree whose parent changes: a child moves below them after they moved themselves.
    fn moves(&self, rows: &[Row]) -> HashMap<Box<str>, RowIndex> {
        let schema = self.mapping.target;
        let Some(parent) = schema.parent.and_then(|name| schema.field(name)) else { return HashMap::new() };
        rows.iter()
            .enumerate()
            .skip(self.first_row as usize)
            .filter(|(_, row)| row.action == Action::Update && row.writes() && row.set.has(parent))
            .filter_map(|(place, row)| Some((row.target.clone(), RowIndex::try_from(place).ok()?)))
            .collect()
    }

    /// Objects that move below what is below them by now: they wait for everything above their new place that moves as well.
    fn turned(
        &self,
        known: &Known,
        rows: &[Row],
        parent: FieldId,
        moves: &HashMap<Box<str>, RowIndex>,
    ) -> HashMap<usize, Vec<RowIndex>> {
        let row_above = |row: RowIndex| rows.get(row as usize)?.set.value(parent)?.to_key();
        // What is new is made before anything moves.
        let above = |key: &str| match self.target.get(key) {
            Some(seen) => seen.record.value(parent)?.to_key(),
            None => row_above(known.creating(self.kind, key)?),
        };
        let mut turned = HashMap::new();
        for (own, place) in moves {
            let Some(first) = row_above(*place) else { continue };
            if !successors(Some(first.clone()), |key| above(key)).take(DEEPEST).any(|key| key == *own) {
                continue;
            }
            let path = successors(Some(first), |key| {
                match moves.get(key).copied().or_else(|| known.creating(self.kind, key)) {
                    Some(row) => row_above(row),
                    None => above(key),
                }
            });
            let moving = path.take(DEEPEST).filter_map(|key| moves.get(&key).copied());
            turned.insert(*place as usize, moving.collect());
        }
        turned
    }

    /// Whether an unresolved reference in this field is left out.
    fn omits(&self, id: FieldId) -> bool {
        self.mapping.fields.iter().any(|field| field.target == id && field.when_unresolved == WhenUnresolved::Omit)
    }
}
