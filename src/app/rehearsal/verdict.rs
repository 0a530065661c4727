//! A plan against what a case expects, in sentences that name both. Pure.
//!
//! An object counts once and at its first row: somebody who is made and gets a manager later is one `create`.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::{Field, KeyRule, Problem, Schema};
use serde_json::Value;

use super::written::{Change, Expect, StepCounts};
use crate::{
    app::words,
    model::{
        change::{Action, Planned, Row},
        run::Run,
    },
    workflow::compiled::{Step, Workflow},
};

/// How a value is written that the plan picks itself, such as the id of a new department.
const PICKED: &str = "~known after apply";
/// How many objects are named.
const MOST_NAMES: usize = 10;

/// What the plan says otherwise than the case.
#[must_use]
pub fn differences(expect: &Expect, workflow: &Workflow, run: &Run, rows: &[Row]) -> Vec<String> {
    let asked = removals(workflow, rows);
    let waiting: Vec<&Problem> = run.why.iter().filter(|why| why.code != "plan_only").chain(&asked).collect();
    if run.plan.is_none() {
        return vec![format!("there is no plan: {}", reasons(&waiting))];
    }
    let mut said = Vec::new();
    counts(expect, workflow, rows, &mut said);
    let judge = Judge { workflow, rows, picked: picked(workflow, rows) };
    for change in &expect.changes {
        let line = change.defined.line();
        said.extend(judge.change(&change.value).into_iter().map(|text| format!("{text} (line {line})")));
    }
    match (expect.held, waiting.is_empty()) {
        (Some(true), true) => said.push("expected the plan to be held, it is not".into()),
        (Some(false), false) => said.push(format!("expected the plan not to be held, it is: {}", reasons(&waiting))),
        _ => {}
    }
    said
}

/// The removals that wait by themselves, step by step.
fn removals(workflow: &Workflow, rows: &[Row]) -> Vec<Problem> {
    let mut waiting: BTreeMap<u16, u64> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.writes() && is_wanted(row)) {
        *waiting.entry(row.step).or_default() += 1;
    }
    let problem = |(place, number): (u16, u64)| {
        let step = workflow.steps.get(usize::from(place)).map_or("", |step| &step.id).to_string();
        Problem::new("approval_needed").arg("step", step).arg("number", number.to_string())
    };
    waiting.into_iter().map(problem).collect()
}

fn reasons(problems: &[&Problem]) -> String {
    problems.iter().map(|problem| words::show(problem).reason.en).collect::<Vec<_>>().join("; ")
}

fn counts(expect: &Expect, workflow: &Workflow, rows: &[Row], said: &mut Vec<String>) {
    let mut found: BTreeMap<(usize, &str), Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.object.is_none()) {
        found.entry((usize::from(row.step), word(row))).or_default().push(row);
    }
    let none = StepCounts::default();
    for (place, step) in workflow.steps.iter().enumerate() {
        let wanted = expect.counts.get(&step.id).map_or(&none, |counts| &counts.value);
        for (word, wanted) in by_word(wanted) {
            let rows = found.get(&(place, word)).map(Vec::as_slice).unwrap_or_default();
            if let Some(wanted) = wanted
                && wanted != rows.len() as u64
            {
                said.push(format!("{}: expected {wanted} {word}, the plan has {}", step.id, names(rows)));
            }
        }
    }
    for (id, counts) in expect.counts.iter().filter(|(id, _)| workflow.steps.iter().all(|step| step.id != **id)) {
        said.push(format!("there is no step `{id}` (line {})", counts.defined.line()));
    }
}

fn by_word(counts: &StepCounts) -> [(&'static str, Option<u64>); 8] {
    [
        ("create", Some(counts.create)),
        ("update", Some(counts.update)),
        ("remove", Some(counts.remove)),
        ("unchanged", counts.unchanged),
        ("skipped", Some(counts.skipped)),
        ("invalid", Some(counts.invalid)),
        ("blocked", Some(counts.blocked)),
        ("ambiguous", Some(counts.ambiguous)),
    ]
}

/// Whether the workflow wants to write the row. Who decides about a removal that waits is another matter.
fn is_wanted(row: &Row) -> bool {
    row.writes() || matches!(&row.planned, Planned::Skipped(problem) if problem.code == "removal_waiting")
}

fn word(row: &Row) -> &'static str {
    match (&row.planned, row.action) {
        (Planned::Do, Action::Create) => "create",
        (Planned::Do, Action::Update) => "update",
        (Planned::Do, Action::Disable | Action::Delete) => "remove",
        (Planned::Do, Action::Link | Action::None) => "unchanged",
        (Planned::Skipped(_), Action::Disable | Action::Delete) if is_wanted(row) => "remove",
        (Planned::Skipped(_), Action::Update) if is_wanted(row) => "update",
        (Planned::Skipped(_), _) => "skipped",
        (Planned::Blocked { .. }, _) => "blocked",
        (Planned::Ambiguous(_), _) => "ambiguous",
        (Planned::Invalid(_), _) => "invalid",
    }
}

/// How many, and which ones: their keys, their names, and why nothing is done with them.
fn names(rows: &[&Row]) -> String {
    if rows.is_empty() {
        return "none".into();
    }
    let mut names: Vec<String> = rows
        .iter()
        .take(MOST_NAMES)
        .map(|row| {
            let name = if row.name.is_empty() { row.at.as_deref().unwrap_or(&row.target) } else { &row.name };
            let why = why(row).map(|why| format!(", {why}")).unwrap_or_default();
            format!("{} ({name}{why})", row.source)
        })
        .collect();
    if rows.len() > MOST_NAMES {
        names.push(format!("and {} more", rows.len() - MOST_NAMES));
    }
    format!("{}: {}", rows.len(), names.join(", "))
}

fn why(row: &Row) -> Option<String> {
    match &row.planned {
        Planned::Do => None,
        Planned::Skipped(problem) | Planned::Ambiguous(problem) | Planned::Invalid(problem) => {
            Some(words::show(problem).reason.en)
        }
        Planned::Blocked { by } => Some(format!("because of {}", crate::model::change::cause(by).name)),
    }
}

/// The keys of new objects that nobody but the plan knows.
fn picked(workflow: &Workflow, rows: &[Row]) -> BTreeSet<Box<str>> {
    let picks = |row: &&Row| {
        let schema = workflow.steps.get(usize::from(row.step)).and_then(|step| step.schema(row.kind));
        row.action == Action::Create && schema.is_some_and(|schema| !matches!(schema.key, KeyRule::Natural(_)))
    };
    rows.iter().filter(picks).map(|row| row.target.clone()).collect()
}

/// What single changes are judged by.
struct Judge<'a> {
    workflow: &'a Workflow,
    rows: &'a [Row],
    picked: BTreeSet<Box<str>>,
}

impl Judge<'_> {
    fn change(&self, change: &Change) -> Vec<String> {
        let at = format!("{} {}", change.step, change.key);
        let Some((place, step)) = self.workflow.steps.iter().enumerate().find(|(_, step)| step.id == change.step)
        else {
            return vec![format!("there is no step `{}`", change.step)];
        };
        let of_key: Vec<&Row> = self.rows.iter().filter(|row| *row.source == *change.key).collect();
        let rows: Vec<&Row> =
            of_key.iter().copied().filter(|row| usize::from(row.step) == place && is_wanted(row)).collect();
        let Some(schema) = rows.first().and_then(|row| step.schema(row.kind)) else {
            return vec![format!("{at}: expected a change, the plan has {}", self.instead(&of_key))];
        };
        match (&change.field, &change.before, &change.after) {
            (Some(field), before, after) => self
                .field(&rows, schema, field, before.as_ref(), after.as_ref())
                .map(|text| format!("{at}: {text}"))
                .into_iter()
                .collect(),
            (None, None, None) => Vec::new(),
            (None, None, Some(Value::Object(fields))) => fields
                .iter()
                .filter_map(|(field, after)| self.field(&rows, schema, field, None, Some(after)))
                .map(|text| format!("{at}: {text}"))
                .collect(),
            _ => vec![format!("{at}: a change names a `field`, or has an `after` with several fields")],
        }
    }

    /// What the plan has in place of a change.
    fn instead(&self, rows: &[&Row]) -> String {
        let step =
            |row: &Row| self.workflow.steps.get(usize::from(row.step)).map_or("", |step: &Step| step.id.as_str());
        let said: Vec<String> = rows
            .iter()
            .map(|row| {
                let why = why(row).map(|why| format!(", {why}")).unwrap_or_default();
                format!("{} in {}{why}", word(row), step(row))
            })
            .collect();
        if said.is_empty() { "none".into() } else { said.join(", ") }
    }

    fn field(
        &self,
        rows: &[&Row],
        schema: &Schema,
        name: &str,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> Option<String> {
        let Some(id) = schema.field(name) else {
            return Some(format!("a {} {} has no field `{name}`", schema.connector, schema.kind.as_str()));
        };
        let changes: Vec<(Option<Value>, Value)> = rows
            .iter()
            .filter_map(|row| Some((row, row.set.get(id)?)))
            .map(|(row, after)| {
                let nothing = (row.action == Action::Create).then_some(Value::Null);
                (row.before.get(id).as_ref().map(Field::to_json).or(nothing), after.to_json())
            })
            .collect();
        let fits = |change: &&(Option<Value>, Value)| {
            before.is_none_or(|before| change.0.as_ref().is_some_and(|is| self.same(before, is)))
                && after.is_none_or(|after| self.same(after, &change.1))
        };
        if changes.iter().any(|change| fits(&change)) {
            return None;
        }
        let Some(last) = changes.last() else {
            // A new object has nothing in the fields that are not set.
            let fresh = rows.iter().all(|row| row.action == Action::Create);
            return match (before, after) {
                (None | Some(Value::Null), Some(Value::Null)) if fresh => None,
                _ => Some(format!("{name}: expected {}, the plan does not set it", arrow(before, after))),
            };
        };
        let is = (last.0.as_ref().map_or_else(|| "(unknown)".into(), shown), shown(&last.1));
        let is = if before.is_some() { format!("{} → {}", is.0, is.1) } else { is.1 };
        Some(format!("{name}: expected {}, the plan has {is}", arrow(before, after)))
    }

    /// The same value; what the plan picks may be written as such.
    fn same(&self, wanted: &Value, is: &Value) -> bool {
        match (wanted, is) {
            (Value::String(text), Value::String(key)) if text == PICKED => self.picked.contains(key.as_str()),
            (Value::String(text), Value::Number(key)) if text == PICKED => {
                self.picked.contains(key.to_string().as_str())
            }
            (Value::Array(wanted), Value::Array(is)) => {
                wanted.len() == is.len() && wanted.iter().zip(is).all(|(wanted, is)| self.same(wanted, is))
            }
            (Value::Object(wanted), Value::Object(is)) => {
                wanted.len() == is.len()
                    && wanted.iter().all(|(name, wanted)| is.get(name).is_some_and(|is| self.same(wanted, is)))
            }
            _ => wanted == is,
        }
    }
}

fn arrow(before: Option<&Value>, after: Option<&Value>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("{} → {}", shown(before), shown(after)),
        (Some(before), None) => format!("{} → (anything)", shown(before)),
        (None, Some(after)) => shown(after),
        (None, None) => "a change".into(),
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() { "nothing".into() } else { value.to_string() }
}
