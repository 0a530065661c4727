//! Rows of plans as they are shown: field names, before and after, reasons. The row itself only has numbers.

use std::{collections::HashMap, sync::Arc};

use idflow_sdk::{FieldId, Kind, Problem, Schema};
use serde_json::{Map, Value, json};

use super::{mask, words};
use crate::{
    engine::{
        apply::{At, outcome_word},
        verdict::{Done, blocked},
    },
    model::{
        change::{Action, Planned, Row, cause},
        event::Outcome,
    },
    workflow::compiled::Workflow,
};

/// What rows are read against.
pub struct Lens {
    workflow: Arc<Workflow>,
    reveal: bool,
    lines: HashMap<(usize, FieldId), (String, usize)>,
}

impl Lens {
    /// Rows of a run of this workflow. `reveal`: private values are shown as they are.
    #[must_use]
    pub fn new(workflow: Arc<Workflow>, reveal: bool) -> Self {
        let mut lines = HashMap::new();
        for (place, step) in workflow.steps.iter().enumerate() {
            if let Some(mapping) = step.mapping.and_then(|mapping| workflow.mappings.get(mapping)) {
                for field in &mapping.fields {
                    lines.insert((place, field.target), (mapping.name.clone(), field.line));
                }
            }
        }
        Self { workflow, reveal, lines }
    }

    fn schema(&self, row: &Row) -> Option<&'static Schema> {
        self.workflow.steps.get(usize::from(row.step))?.connector.schema(row.kind)
    }

    /// The id of the row's step.
    #[must_use]
    pub fn step(&self, row: &Row) -> &str {
        self.step_name(row.step)
    }

    /// The id of the step at this place.
    #[must_use]
    pub fn step_name(&self, place: u16) -> &str {
        self.workflow.steps.get(usize::from(place)).map_or("", |step| &step.id)
    }

    /// The row as an item; `done` is what became of it, `None` in a plan.
    #[must_use]
    pub fn item(&self, row: &Row, done: Option<Option<&Done>>) -> Value {
        let mut item = json!({
            "step": self.step(row),
            "key": row.key(),
            "object": object(row),
            "action": row.action.as_str(),
            "diff": self.diff(row, done.flatten()),
            "removes": row.removes,
            "rule": &*row.rule,
        });
        let mut warnings: Vec<Value> = row.warnings.iter().map(|problem| self.problem(row, problem)).collect();
        let mut error = self.planned_error(row);
        let mut blocked_by = match &row.planned {
            Planned::Blocked { by } => Some(cause(by).key.to_string()),
            _ => None,
        };
        if let Some(done) = done {
            let at = done.map_or(At::Open, |done| At::Over(done.outcome.clone()));
            item["outcome"] = outcome_word(row, &at).into();
            if let Some(done) = done {
                warnings.extend(done.warnings.iter().map(|problem| self.problem(row, problem)));
                item["attempts"] = done.attempt.into();
                item["ms"] = done.ms.into();
                item["at"] = super::time(done.at).into();
                match &done.outcome {
                    Outcome::Failed(problem) | Outcome::NotAttempted(problem) => {
                        error = Some(self.problem(row, problem));
                    }
                    Outcome::Blocked { by } => {
                        error = Some(blocked_error(row.kind, by));
                        blocked_by = Some(cause(by).key.to_string());
                    }
                    _ => {}
                }
            }
        } else {
            item["planned"] = planned_word(&row.planned).into();
        }
        item["error"] = error.unwrap_or(Value::Null);
        item["warnings"] = warnings.into();
        item["blocked_by"] = blocked_by.map_or(Value::Null, Value::from);
        item
    }

    fn field(&self, schema: &Schema, id: FieldId, field: &idflow_sdk::Field) -> (Value, bool) {
        if self.reveal { (field.to_json(), false) } else { mask::field(schema.spec(id), field) }
    }

    /// A problem of a row in words; values of private fields are masked in them, too.
    fn problem(&self, row: &Row, problem: &Problem) -> Value {
        if self.reveal {
            return json!(words::show(problem));
        }
        let private = self
            .schema(row)
            .map(|schema| mask::private(schema, [row.set.record(), row.before.record()]))
            .unwrap_or_default();
        // A key that a next step names has to be readable, also where accounts are telephone numbers.
        let key = problem.get("key").unwrap_or_default();
        json!(words::show(&mask::problem(problem, &private, &[&row.source, &row.target, key])))
    }

    fn planned_error(&self, row: &Row) -> Option<Value> {
        match &row.planned {
            Planned::Do => None,
            Planned::Skipped(problem) | Planned::Ambiguous(problem) | Planned::Invalid(problem) => {
                Some(self.problem(row, problem))
            }
            Planned::Blocked { by } => Some(blocked_error(row.kind, by)),
        }
    }

    /// Field by field what changes from what to what.
    fn diff(&self, row: &Row, done: Option<&Done>) -> Value {
        let Some(schema) = self.schema(row) else { return Value::Array(Vec::new()) };
        row.set
            .iter()
            .map(|(id, after)| {
                let mut line = Map::new();
                line.insert("field".into(), schema.spec(id).name.to_string().into());
                let (before, hid_before) =
                    row.before.get(id).map_or((Value::Null, false), |field| self.field(schema, id, &field));
                let (after, hid_after) = self.field(schema, id, &after);
                line.insert("before".into(), before);
                line.insert("after".into(), after);
                if hid_before || hid_after {
                    line.insert("masked".into(), true.into());
                }
                if !row.before.has(id) && row.action == Action::Update {
                    line.insert("before_unknown".into(), true.into());
                }
                if let Some((mapping, number)) = self.lines.get(&(usize::from(row.step), id)) {
                    let name = &schema.spec(id).name;
                    line.insert("from".into(), format!("mappings.{mapping}.{name}:L{number}").into());
                }
                if let Some(done) = done {
                    let applied = done.outcome.is_good() && !done.left_out.contains(&id);
                    line.insert("applied".into(), applied.into());
                }
                Value::Object(line)
            })
            .collect()
    }
}

fn object(row: &Row) -> Value {
    json!({
        "type": row.kind.as_str(),
        "source": &*row.source,
        "at": row.at.as_deref(),
        "name": &*row.name,
        "target": &*row.target,
    })
}

/// The word for what a plan says of a row.
#[must_use]
pub fn planned_word(planned: &Planned) -> &'static str {
    match planned {
        Planned::Do => "do",
        Planned::Skipped(_) => "skipped",
        Planned::Blocked { .. } => "blocked",
        Planned::Ambiguous(_) => "ambiguous",
        Planned::Invalid(_) => "invalid",
    }
}

fn blocked_error(kind: Kind, by: &str) -> Value {
    json!(words::show(&blocked(kind, by)))
}
