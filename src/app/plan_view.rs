//! Rows of plans as they are shown: field names, before and after, reasons. The row itself only has numbers.

use std::{collections::HashMap, sync::Arc};

use idflow_sdk::{FieldId, Kind, Problem, Schema};
use serde_json::Value;

use super::{
    App, AppError, mask,
    names::{self, Names},
    problem_words,
};
use crate::{
    contract::{
        item::{self, FieldChange, InWords, Item, Object},
        problem::{Issue, Text},
    },
    engine::{outcomes::Done, verdict::blocked},
    model::{
        change::{Action, Planned, Row, cause},
        event::Outcome,
        outcomes,
    },
    workflow::compiled::Workflow,
};

/// What rows are read against.
pub struct Lens {
    workflow: Arc<Workflow>,
    reveal: bool,
    brief: bool,
    lines: HashMap<(usize, FieldId), (String, usize)>,
    names: Names,
    /// The systems that the steps write, as links name them; empty until somebody asked for names.
    systems: Vec<String>,
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
        Self { workflow, reveal, brief: false, lines, names: Names::default(), systems: Vec::new() }
    }

    /// The same without the fields that change, if `brief`.
    #[must_use]
    pub fn in_brief(self, brief: bool) -> Self {
        Self { brief, ..self }
    }

    /// Remembers what the plan says of an object that it makes.
    pub(super) fn notice(&mut self, app: &App, row: &Row) {
        self.names.notice(app, &self.workflow, row);
    }

    /// Finds out what the keys in these rows are called.
    pub(super) async fn learn(&mut self, app: &App, rows: &[&Row]) -> Result<(), AppError> {
        let system = |step| names::link_name(app, &self.workflow, step);
        self.systems = self.workflow.steps.iter().map(system).collect();
        // Names stand in the fields.
        if self.brief {
            return Ok(());
        }
        self.names.learn(app, &self.workflow, rows).await
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

    /// The names of the fields that a row changes.
    pub(super) fn fields<'a>(&self, row: &'a Row) -> impl Iterator<Item = &'static str> + use<'a> {
        let schema = self.schema(row);
        row.set.iter().filter_map(move |(id, _)| Some(&*schema?.spec(id).name))
    }

    /// The row with this number as an item; `done` is what became of it, `None` in a plan.
    #[must_use]
    pub fn item(&self, number: usize, row: &Row, done: Option<Option<&Done>>) -> Item {
        let mut item = Item {
            row: u32::try_from(number).unwrap_or(u32::MAX),
            step: self.step(row).into(),
            key: row.key(),
            object: self.object(row),
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
        item.outcome = Some(outcomes::word(row, done.map(|done| &done.outcome)).into());
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

    fn object(&self, row: &Row) -> Object {
        let step = self.workflow.steps.get(usize::from(row.step));
        let person = || {
            let person = self.names.person(&row.source).filter(|_| row.kind == Kind::User && row.target.is_empty())?;
            Some(if self.reveal { person.to_string() } else { mask::text(person) })
        };
        Object {
            kind: row.kind.as_str().into(),
            system: step.and_then(|step| step.uses()).map_or("", |uses| uses.connector.name).into(),
            source: row.source.to_string(),
            at: row.at.as_deref().map(ToString::to_string).or_else(person),
            name: row.name.to_string(),
            target: row.target.to_string(),
        }
    }

    fn field(&self, schema: &Schema, id: FieldId, field: &idflow_sdk::Field) -> (Value, bool) {
        if self.reveal { (field.to_json(), false) } else { mask::field(schema.spec(id), field) }
    }

    /// A problem of a row in words; values of private fields are masked in them, too.
    fn problem(&self, row: &Row, problem: &Problem) -> Issue {
        let mut shown = problem_words::with_link(self.words_of(row, problem), problem, &row.source);
        if let Some(next) = shown.next.as_mut().filter(|next| next.person.is_some()) {
            let system = self.systems.get(usize::from(row.step)).filter(|system| !system.is_empty());
            next.connection = next.connection.take().or_else(|| system.cloned());
        }
        shown
    }

    fn words_of(&self, row: &Row, problem: &Problem) -> Issue {
        if self.reveal {
            return problem_words::show(problem);
        }
        let private = self
            .schema(row)
            .map(|schema| mask::private(schema, [row.set.record(), row.before.record()]))
            .unwrap_or_default();
        // A key that a next step names has to be readable, also where accounts are telephone numbers.
        let key = problem.get("key").unwrap_or_default();
        problem_words::show(&mask::problem(problem, &private, &[&row.source, &row.target, key]))
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
        let Some(schema) = self.schema(row).filter(|_| !self.brief) else { return Vec::new() };
        let change = |(id, after): (FieldId, idflow_sdk::Field)| {
            let name = &schema.spec(id).name;
            let known = row.before.get(id);
            let before_unknown = known.is_none() && row.action == Action::Update;
            let (before, hid_before) =
                known.as_ref().map_or((Value::Null, false), |field| self.field(schema, id, field));
            let (stored_before, stored_after) = (known, after);
            let (after, hid_after) = self.field(schema, id, &stored_after);
            let read = |shown: &Value, field: Option<&idflow_sdk::Field>, old: bool| {
                let of = |id| match old {
                    true => row.before.get(id).or_else(|| row.set.get(id)),
                    false => row.set.get(id).or_else(|| row.before.get(id)),
                };
                let system = self.systems.get(usize::from(row.step)).map_or("", String::as_str);
                // Of departments that the plan renames or moves, each side is told as it is then.
                let name = |kind, key: &str| match old && kind == Kind::Department {
                    true => self.names.before(system, key),
                    false => self.names.get(system, kind, key).map(ToString::to_string),
                };
                names::in_words(schema, id, shown, field, &of, &name)
            };
            let in_words = InWords {
                before: match before_unknown {
                    true => Text { zh: "未知".into(), en: "unknown".into() },
                    false => read(&before, stored_before.as_ref(), true),
                },
                after: read(&after, Some(&stored_after), false),
            };
            // What a new object does not have, nobody has to look at; what an old one loses everybody.
            let nothing =
                known_nothing(schema, id, stored_before.as_ref()) && names::says_nothing(schema, id, &stored_after);
            // Where a department stands is said by its path, and that somebody new can sign in goes without saying.
            let placed = row.action == Action::Create
                && (row
                    .at
                    .as_deref()
                    .is_some_and(|at| at.starts_with('/') && schema.parent == Some(&*schema.spec(id).name))
                    || stored_after == idflow_sdk::Field::Value(idflow_sdk::Value::Bool(true)));
            let from = self.lines.get(&(usize::from(row.step), id));
            FieldChange {
                field: name.to_string(),
                title: problem_words::both(schema.spec(id).title()),
                before,
                after,
                in_words: Some(in_words),
                minor: schema.spec(id).minor || nothing || placed,
                masked: hid_before || hid_after,
                before_unknown,
                from: from.map(|(mapping, line)| format!("mappings.{mapping}.{name}:L{line}")),
                applied: done.map(|done| done.outcome.is_good() && !done.left_out.contains(&id)),
            }
        };
        row.set.iter().map(change).collect()
    }
}

/// Whether there was nothing before.
fn known_nothing(schema: &Schema, id: FieldId, before: Option<&idflow_sdk::Field>) -> bool {
    before.is_none_or(|before| names::says_nothing(schema, id, before))
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
    problem_words::show(&blocked(kind, by))
}
