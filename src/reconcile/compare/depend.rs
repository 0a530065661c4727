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
        let above = parent.map(|parent| self.moving_above(known, rows, parent, &moves)).unwrap_or_default();
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
                }
            }
            // Who is new is made below its parent wherever that one stands by then.
            let above = above.get(&place).into_iter().flatten();
            needs.extend(above.map(|row| Dependency { row: *row, leave_out: None }));
            row.needs.reserve_exact(needs.len());
            for need in needs {
                if !row.needs.contains(&need) {
                    row.needs.push(need);
                }
            }
        }
    }

    /// Objects of a tree whose parent changes.
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

    /// What moves of all that is above the new places of what moves: it moves before. Then everything above a new place is where
    /// it is to be, and nobody ever hangs below himself on the way.
    fn moving_above(
        &self,
        known: &Known,
        rows: &[Row],
        parent: FieldId,
        moves: &HashMap<Box<str>, RowIndex>,
    ) -> HashMap<usize, Vec<RowIndex>> {
        let row_above = |row: RowIndex| rows.get(row as usize)?.set.value(parent)?.to_key();
        let above = |key: &str| match moves.get(key).copied().or_else(|| known.creating(self.kind, key)) {
            Some(row) => row_above(row),
            None => self.target.get(key)?.record.value(parent)?.to_key(),
        };
        let path = |place: RowIndex| successors(row_above(place), |key| above(key)).take(DEEPEST);
        let before = |place: RowIndex| {
            path(place).filter_map(|key| moves.get(&key).copied()).filter(|row| *row != place).collect()
        };
        moves.values().map(|place| (*place as usize, before(*place))).collect()
    }

    /// Whether an unresolved reference in this field is left out.
    fn omits(&self, id: FieldId) -> bool {
        self.mapping.fields.iter().any(|field| field.target == id && field.when_unresolved == WhenUnresolved::Omit)
    }
}
