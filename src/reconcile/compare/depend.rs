//! What waits for what: rows follow the rows that make what they refer to.

use std::collections::HashMap;

use idflow_sdk::FieldId;

use crate::{
    model::change::{Action, Dependency, Row, RowIndex},
    reconcile::{Known, Task, references::keys_of},
    workflow::compiled::WhenUnresolved,
};

impl Task {
    /// Rows wait for the rows that make what they refer to.
    pub(super) fn depend(&mut self, known: &Known, rows: &mut Vec<Row>) {
        let schema = self.mapping.target;
        let first = self.first_row as usize;
        let moves = self.moves(rows);
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
                    if kind == self.kind
                        && Some(id) == schema.parent.and_then(|name| schema.field(name))
                        && let Some(row) = moves.get(&key).filter(|row| **row as usize != place)
                    {
                        needs.push(Dependency { row: *row, leave_out: None });
                    }
                }
            }
            row.needs.reserve_exact(needs.len());
            for need in needs {
                if !row.needs.contains(&need) {
                    row.needs.push(need);
                }
            }
        }
        self.break_reference_circles(rows);
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

    /// Whether an unresolved reference in this field is left out.
    fn omits(&self, id: FieldId) -> bool {
        self.mapping.fields.iter().any(|field| field.target == id && field.when_unresolved == WhenUnresolved::Omit)
    }
}
