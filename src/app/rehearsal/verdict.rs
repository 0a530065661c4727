//! A plan against what a case expects, in sentences that name both, in both languages. Pure.
//!
//! An object counts once and at its first row: somebody who is made and gets a manager later is one `create`.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::{Field, KeyRule, Problem, Schema};
use serde_json::Value;

use super::test_file::{Change, Expect, StepCounts};
use crate::{
    app::problem_words,
    contract::problem::Text,
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

/// A sentence in both languages, written as for `format!`.
macro_rules! both {
    ($zh:literal, $en:literal) => {
        Text { zh: format!($zh), en: format!($en) }
    };
}

/// What the plan says otherwise than the case.
#[must_use]
pub fn differences(expect: &Expect, workflow: &Workflow, run: &Run, rows: &[Row]) -> Vec<Text> {
    let asked = removals(workflow, rows);
    let waiting: Vec<&Problem> = run.why.iter().filter(|why| why.code != "plan_only").chain(&asked).collect();
    if run.plan.is_none() {
        let Text { zh, en } = reasons(&waiting);
        return vec![both!("没有预演：{zh}", "there is no plan: {en}")];
    }
    let mut said = Vec::new();
    counts(expect, workflow, rows, &mut said);
    let judge = Judge { workflow, rows, picked: picked(workflow, rows) };
    for change in &expect.changes {
        let line = change.defined.line();
        let place = |Text { zh, en }| both!("{zh}（第 {line} 行）", "{en} (line {line})");
        said.extend(judge.change(&change.value).into_iter().map(place));
    }
    match (expect.held, waiting.is_empty()) {
        (Some(true), true) => said.push(both!("预演应当待审批，实际不是", "expected the plan to be held, it is not")),
        (Some(false), false) => {
            let Text { zh, en } = reasons(&waiting);
            said.push(both!("预演不应待审批，实际是：{zh}", "expected the plan not to be held, it is: {en}"));
        }
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

fn reasons(problems: &[&Problem]) -> Text {
    joined(problems.iter().map(|problem| problem_words::show(problem).reason), ("；", "; "))
}

fn joined(texts: impl Iterator<Item = Text>, between: (&str, &str)) -> Text {
    let (zh, en): (Vec<String>, Vec<String>) = texts.map(|text| (text.zh, text.en)).unzip();
    Text { zh: zh.join(between.0), en: en.join(between.1) }
}

/// What is counted, as people say it.
fn called(word: &str) -> &'static str {
    match word {
        "create" => "新建",
        "update" => "更新",
        "remove" => "移除",
        "unchanged" => "无变化",
        "skipped" => "略过",
        "invalid" => "无效",
        "blocked" => "受阻",
        "ambiguous" => "待确认",
        _ => "其他",
    }
}

fn counts(expect: &Expect, workflow: &Workflow, rows: &[Row], said: &mut Vec<Text>) {
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
                let (step, zh_word, Text { zh, en }) = (&step.id, called(word), names(rows));
                said.push(both!(
                    "{step}：{zh_word}应为 {wanted} 项，预演是 {zh}",
                    "{step}: expected {wanted} {word}, the plan has {en}"
                ));
            }
        }
    }
    for (id, counts) in expect.counts.iter().filter(|(id, _)| workflow.steps.iter().all(|step| step.id != **id)) {
        let line = counts.defined.line();
        said.push(both!("没有步骤“{id}”（第 {line} 行）", "there is no step `{id}` (line {line})"));
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
fn names(rows: &[&Row]) -> Text {
    if rows.is_empty() {
        return both!("0 项", "none");
    }
    let mut names: Vec<Text> = rows
        .iter()
        .take(MOST_NAMES)
        .map(|row| {
            let name = if row.name.is_empty() { row.at.as_deref().unwrap_or(&row.target) } else { &row.name };
            let (source, Text { zh, en }) = (&row.source, because(row));
            both!("{source}（{name}{zh}）", "{source} ({name}{en})")
        })
        .collect();
    if rows.len() > MOST_NAMES {
        let more = rows.len() - MOST_NAMES;
        names.push(both!("另外 {more} 项", "and {more} more"));
    }
    let (number, Text { zh, en }) = (rows.len(), joined(names.into_iter(), ("、", ", ")));
    both!("{number} 项：{zh}", "{number}: {en}")
}

/// Why nothing is done with a row, as the end of what is said of it.
fn because(row: &Row) -> Text {
    why(row).map(|Text { zh, en }| both!("，{zh}", ", {en}")).unwrap_or_default()
}

fn why(row: &Row) -> Option<Text> {
    match &row.planned {
        Planned::Do => None,
        Planned::Skipped(problem) | Planned::Ambiguous(problem) | Planned::Invalid(problem) => {
            Some(problem_words::show(problem).reason)
        }
        Planned::Blocked { by } => {
            let name = crate::model::change::cause(by).name;
            Some(both!("因为 {name}", "because of {name}"))
        }
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
    fn change(&self, change: &Change) -> Vec<Text> {
        let at = format!("{} {}", change.step, change.key);
        let Some((place, step)) = self.workflow.steps.iter().enumerate().find(|(_, step)| step.id == change.step)
        else {
            let step = &change.step;
            return vec![both!("没有步骤“{step}”", "there is no step `{step}`")];
        };
        let of_key: Vec<&Row> = self.rows.iter().filter(|row| *row.source == *change.key).collect();
        let rows: Vec<&Row> =
            of_key.iter().copied().filter(|row| usize::from(row.step) == place && is_wanted(row)).collect();
        let Some(schema) = rows.first().and_then(|row| step.schema(row.kind)) else {
            let Text { zh, en } = self.instead(&of_key);
            return vec![both!("{at}：应有改动，预演是{zh}", "{at}: expected a change, the plan has {en}")];
        };
        match (&change.field, &change.before, &change.after) {
            (Some(field), before, after) => self
                .field(&rows, schema, field, before.as_ref(), after.as_ref())
                .map(|Text { zh, en }| both!("{at}：{zh}", "{at}: {en}"))
                .into_iter()
                .collect(),
            (None, None, None) => Vec::new(),
            (None, None, Some(Value::Object(fields))) => fields
                .iter()
                .filter_map(|(field, after)| self.field(&rows, schema, field, None, Some(after)))
                .map(|Text { zh, en }| both!("{at}：{zh}", "{at}: {en}"))
                .collect(),
            _ => vec![both!(
                "{at}：改动要么写 `field`，要么在 `after` 里写几个字段",
                "{at}: a change names a `field`, or has an `after` with several fields"
            )],
        }
    }

    /// What the plan has in place of a change.
    fn instead(&self, rows: &[&Row]) -> Text {
        let step =
            |row: &Row| self.workflow.steps.get(usize::from(row.step)).map_or("", |step: &Step| step.id.as_str());
        if rows.is_empty() {
            return both!("没有", "none");
        }
        let said = rows.iter().map(|row| {
            let (word, step, Text { zh, en }) = (word(row), step(row), because(row));
            let called = called(word);
            both!("步骤“{step}”的“{called}”{zh}", "{word} in {step}{en}")
        });
        joined(said, ("、", ", "))
    }

    fn field(
        &self,
        rows: &[&Row],
        schema: &Schema,
        name: &str,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> Option<Text> {
        let Some(id) = schema.field(name) else {
            let (connector, kind) = (schema.connector, schema.kind.as_str());
            return Some(both!("{connector} 的 {kind} 没有字段“{name}”", "a {connector} {kind} has no field `{name}`"));
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
                _ => {
                    let Text { zh, en } = arrow(before, after);
                    Some(both!("{name}：应为 {zh}，预演没有写它", "{name}: expected {en}, the plan does not set it"))
                }
            };
        };
        let was = last.0.as_ref().map_or_else(|| both!("（未知）", "(unknown)"), shown);
        let is = shown(&last.1);
        let is = match before.is_some() {
            true => Text { zh: format!("{} → {}", was.zh, is.zh), en: format!("{} → {}", was.en, is.en) },
            false => is,
        };
        let wanted = arrow(before, after);
        Some(Text {
            zh: format!("{name}：应为 {}，预演是 {}", wanted.zh, is.zh),
            en: format!("{name}: expected {}, the plan has {}", wanted.en, is.en),
        })
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

fn arrow(before: Option<&Value>, after: Option<&Value>) -> Text {
    let after = match (before, after) {
        (_, Some(after)) => shown(after),
        (Some(_), None) => both!("（任何值）", "(anything)"),
        (None, None) => both!("有改动", "a change"),
    };
    match before.map(shown) {
        Some(before) => joined([before, after].into_iter(), (" → ", " → ")),
        None => after,
    }
}

fn shown(value: &Value) -> Text {
    if value.is_null() { both!("空", "nothing") } else { both!("{value}", "{value}") }
}
