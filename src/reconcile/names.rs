//! What objects are called in texts for people: by name and account, or by path; never by a key that idflow made.

use std::sync::PoisonError;

use idflow_sdk::Problem;
use serde_json::Value;

use super::{Ends, Known, Task, called::called, compare::Written, decisions::CANDIDATES};
use crate::model::change::{Planned, Row};

impl Task {
    /// What people call an object of the target, with all that is known of it. Where the target shows nothing but its key,
    /// the name is filled in by [`Task::give_names`].
    pub(super) fn called_there(&self, known: &Known, key: &str) -> String {
        let schema = self.mapping.target;
        let record = self.target.get(key).map(|seen| seen.record).unwrap_or_default();
        if schema.field(schema.label).and_then(|id| record.text(id)).is_none() {
            if let Some(name) = self.left_names.get(key) {
                return format!("{name} ({key})");
            }
            let links = known.links(self.kind);
            if let Some(entry) = links.and_then(|links| Some(links.entry(links.of_target(key)?))) {
                let ends = (entry.source.clone(), entry.target.clone());
                self.unnamed.lock().unwrap_or_else(PoisonError::into_inner).insert(key.into(), ends);
            }
        }
        called(schema, &record, key)
    }

    /// Remembers the names of those who are gone from the source, from what was written to their counterparts.
    pub(super) fn name_the_gone(&mut self, known: &Known, gone: &Written) {
        let Some(label) = self.mapping.target.field(self.mapping.target.label) else { return };
        let Some(links) = known.links(self.kind) else { return };
        for (source, record) in gone {
            let entry = links.of_source(source).map(|place| links.entry(place));
            if let (Some(entry), Some(name)) = (entry, record.text(label)) {
                self.left_names.insert(entry.target.clone(), name.into());
            }
        }
    }

    /// The links of objects that texts name by their key alone.
    pub fn unnamed(&mut self) -> Vec<Ends> {
        self.unnamed.get_mut().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Puts names into the texts of rows, from what was written to these objects.
    pub fn give_names(&mut self, rows: &mut [Row], written: &Written) {
        let schema = self.mapping.target;
        let unnamed = std::mem::take(self.unnamed.get_mut().unwrap_or_else(PoisonError::into_inner));
        let full = |key: &str| {
            let (source, _) = unnamed.get(key)?;
            let name = schema.field(schema.label).and_then(|id| written.get(source)?.text(id))?;
            Some(format!("{name} ({key})"))
        };
        if unnamed.is_empty() {
            return;
        }
        for row in rows.iter_mut().filter(|row| row.kind == self.kind) {
            if let Planned::Ambiguous(problem) | Planned::Invalid(problem) | Planned::Skipped(problem) =
                &mut row.planned
            {
                name_in(problem, &full);
            }
            row.warnings.iter_mut().for_each(|problem| name_in(problem, &full));
        }
    }
}

fn name_in(problem: &mut Problem, full: &dyn Fn(&str) -> Option<String>) {
    for (name, value) in &mut problem.args {
        match &**name {
            "holder" | "candidate" | "candidates" => {
                let named: Vec<String> =
                    value.split(", ").map(|key| full(key).unwrap_or_else(|| key.to_string())).collect();
                *value = named.join(", ");
            }
            CANDIDATES => {
                let Ok(Value::Array(mut list)) = serde_json::from_str::<Value>(value) else { continue };
                for one in &mut list {
                    if let Some(named) = one["label"].as_str().and_then(full) {
                        one["label"] = named.into();
                    }
                }
                *value = Value::Array(list).to_string();
            }
            _ => {}
        }
    }
}
