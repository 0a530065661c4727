//! Rows of plans as they are shown: field names, before and after, reasons. The row itself only has numbers.

use std::{collections::HashMap, sync::Arc};

use idflow_sdk::{FieldId, Kind, Problem, Schema};
use serde_json::Value;

use super::{mask, words};
use crate::{
    contract::{
        item::{self, FieldChange, Item, Object},
        problem::Issue,
    },
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
            if let Some(mapping) = step.writing().and_then(|writing| workflow.mappings.get(writing.mapping?)) {
                for field in &mapping.fields {
                    lines.insert((place, field.target), (mapping.name.clone(), field.line));
                }
            }
        }
        Self { workflow, reveal, lines }
    }

    fn schema(&self, row: &Row) -> Option<&'static Schema> {
        self.workflow.steps.get(usize::from(row.step))?.schema(row.kind)
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

    /// The row with this number as an item; `done` is what became of it, `None` in a plan.
    #[must_use]
    pub fn item(&self, number: usize, row: &Row, done: Option<Option<&Done>>) -> Item {
        let mut item = Item {
            row: u32::try_from(number).unwrap_or(u32::MAX),
            step: self.step(row).into(),
            key: row.key(),
            object: object(row),
            action: action(row.action),
            diff: self.diff(row, done.flatten()),
            removes: row.removes,
            rule: row.rule.to_string(),
            outcome: None,
            planned: None,
            attempts: None,
            ms: None,
            at: None,
            error: self.planned_error(row),
            warnings: row.warnings.iter().map(|problem| self.problem(row, problem)).collect(),
            blocked_by: match &row.planned {
                Planned::Blocked { by } => Some(cause(by).key.to_string()),
                _ => None,
            },
        };
        let Some(done) = done else {
            item.planned = Some(planned(&row.planned));
            return item;
        };
        let at = done.map_or(At::Open, |done| At::Over(done.outcome.clone()));
        item.outcome = Some(outcome_word(row, &at).into());
        let Some(done) = done else { return item };
        item.warnings.extend(done.warnings.iter().map(|problem| self.problem(row, problem)));
        item.attempts = Some(done.attempt);
        item.ms = Some(done.ms);
        item.at = Some(super::time(done.at));
        match &done.outcome {
            Outcome::Failed(problem) | Outcome::NotAttempted(problem) => {
                item.error = Some(self.problem(row, problem));
            }
            Outcome::Blocked { by } => {
                item.error = Some(blocked_error(row.kind, by));
                item.blocked_by = Some(cause(by).key.to_string());
            }
            _ => {}
        }
        item
    }

    fn field(&self, schema: &Schema, id: FieldId, field: &idflow_sdk::Field) -> (Value, bool) {
        if self.reveal { (field.to_json(), false) } else { mask::field(schema.spec(id), field) }
    }

    /// A problem of a row in words; values of private fields are masked in them, too.
    fn problem(&self, row: &Row, problem: &Problem) -> Issue {
        if self.reveal {
            return words::show(problem);
        }
        let private = self
            .schema(row)
            .map(|schema| mask::private(schema, [row.set.record(), row.before.record()]))
            .unwrap_or_default();
        // A key that a next step names has to be readable, also where accounts are telephone numbers.
        let key = problem.get("key").unwrap_or_default();
        words::show(&mask::problem(problem, &private, &[&row.source, &row.target, key]))
    }

    fn planned_error(&self, row: &Row) -> Option<Issue> {
        match &row.planned {
            Planned::Do => None,
            Planned::Skipped(problem) | Planned::Ambiguous(problem) | Planned::Invalid(problem) => {
                Some(self.problem(row, problem))
            }
            Planned::Blocked { by } => Some(blocked_error(row.kind, by)),
        }
    }

    /// Field by field what changes from what to what.
    fn diff(&self, row: &Row, done: Option<&Done>) -> Vec<FieldChange> {
        let Some(schema) = self.schema(row) else { return Vec::new() };
        let change = |(id, after): (FieldId, idflow_sdk::Field)| {
            let name = &schema.spec(id).name;
            let known = row.before.get(id);
            let before_unknown = known.is_none() && row.action == Action::Update;
            let (before, hid_before) = known.map_or((Value::Null, false), |field| self.field(schema, id, &field));
            let (after, hid_after) = self.field(schema, id, &after);
            let from = self.lines.get(&(usize::from(row.step), id));
            FieldChange {
                field: name.to_string(),
                before,
                after,
                masked: hid_before || hid_after,
                before_unknown,
                from: from.map(|(mapping, line)| format!("mappings.{mapping}.{name}:L{line}")),
                applied: done.map(|done| done.outcome.is_good() && !done.left_out.contains(&id)),
            }
        };
        row.set.iter().map(change).collect()
    }
}

fn object(row: &Row) -> Object {
    Object {
        kind: row.kind.as_str().into(),
        source: row.source.to_string(),
        at: row.at.as_deref().map(ToString::to_string),
        name: row.name.to_string(),
        target: row.target.to_string(),
    }
}

/// What a row does.
#[must_use]
pub const fn action(action: Action) -> item::Action {
    match action {
        Action::Create => item::Action::Create,
        Action::Update => item::Action::Update,
        Action::Disable => item::Action::Disable,
        Action::Delete => item::Action::Delete,
        Action::Link => item::Action::Link,
        Action::None => item::Action::None,
    }
}

/// What a plan says of a row.
#[must_use]
pub const fn planned(planned: &Planned) -> item::Planned {
    match planned {
        Planned::Do => item::Planned::Do,
        Planned::Skipped(_) => item::Planned::Skipped,
        Planned::Blocked { .. } => item::Planned::Blocked,
        Planned::Ambiguous(_) => item::Planned::Ambiguous,
        Planned::Invalid(_) => item::Planned::Invalid,
    }
}

fn blocked_error(kind: Kind, by: &str) -> Issue {
    words::show(&blocked(kind, by))
}
