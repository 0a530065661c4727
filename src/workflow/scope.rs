//! What templates and conditions can read beside the object at hand: the names, with their types, and what stands under them
//! in a run. Both are here, so that whatever the compiler lets pass is there when it is read.
//!
//! A scope is built from typed parts and read as JSON, because that is what the two languages walk through.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::types::Ty;
use crate::model::{
    outcomes::COUNTED,
    run::Status,
    trigger::{Trigger, TriggerKind},
};

/// Where every name begins.
pub(crate) const ROOTS: &[&str] = &["inputs", "vars", "connections", "run", "trigger", "steps"];
/// What can be read of the run: the fields of [`RunFacts`].
pub(crate) const RUN: &[(&str, Ty)] = &[
    ("id", Ty::Text),
    ("number", Ty::Int),
    ("workflow", Ty::Text),
    ("workflow_name", Ty::Text),
    ("status", Ty::Text),
    ("status_text", Ty::Text),
    ("due", Ty::Text),
    ("started", Ty::Text),
    ("trigger", Ty::Text),
    ("url", Ty::Text),
    ("waiting_removals", Ty::Int),
    ("top_errors", Ty::List),
];
/// What is the same in every run of a workflow.
pub(super) const STEADY: &[&str] = &["workflow", "workflow_name"];
/// What a step can be asked: the fields of [`StepFacts`].
pub(super) const OF_STEP: &[&str] = &["outputs", "items", "counts", "status"];
/// The fields of the entries of a list.
pub type EntryFields = &'static [(&'static str, Ty)];
/// The lists in the scope whose entries have known fields: those of [`TopError`].
const ITEMS: &[(&[&str], EntryFields)] =
    &[(&["run", "top_errors"], &[("count", Ty::Int), ("code", Ty::Text), ("reason", Ty::Text), ("hint", Ty::Text)])];

/// The fields of the entries of a list of the scope, where they are known.
#[must_use]
pub fn entries_of(path: &[&str]) -> Option<EntryFields> {
    ITEMS.iter().find(|(list, _)| *list == path).map(|(_, fields)| *fields)
}

/// What a run is known by, and how it stands.
#[derive(Debug, Clone, Serialize)]
pub struct RunFacts {
    /// Its id.
    pub id: String,
    /// Its number among the runs of the workflow.
    pub number: u64,
    /// The id of the workflow.
    pub workflow: String,
    /// The name of the workflow.
    pub workflow_name: String,
    /// Its state.
    pub status: &'static str,
    /// Its state in words; only a message about an end, or a hold, has some.
    pub status_text: String,
    /// When it was due; for other triggers when it was started. RFC 3339.
    pub due: String,
    /// When it began. RFC 3339.
    pub started: String,
    /// What started it.
    pub trigger: &'static str,
    /// The address of its log, from the root of the server.
    pub url: String,
    /// How many removals wait for an approval.
    pub waiting_removals: u64,
    /// The most frequent errors; only a message about an end, or a hold, has some.
    pub top_errors: Vec<TopError>,
}

/// A sort of errors, in words.
#[derive(Debug, Clone, Serialize)]
pub struct TopError {
    /// How many objects.
    pub count: u64,
    /// Its code.
    pub code: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

/// What is known of a step.
#[derive(Debug, Clone, Serialize)]
pub struct StepFacts {
    /// Its state.
    status: &'static str,
    /// How many objects came to which end, every word with a number; or how many a read has read, by list.
    counts: BTreeMap<String, u64>,
    /// How many objects it acted on.
    items: u64,
    /// What it gives.
    outputs: Map<String, Json>,
}

impl StepFacts {
    /// A step in this state, with its objects by outcome.
    #[must_use]
    pub fn new(status: Status, counts: &BTreeMap<String, u64>) -> Self {
        let mut all: BTreeMap<String, u64> = COUNTED.iter().map(|word| ((*word).to_string(), 0)).collect();
        all.extend(counts.iter().map(|(word, number)| (word.clone(), *number)));
        Self { status: status.as_str(), counts: all, items: counts.values().sum(), outputs: Map::new() }
    }
}

/// What a scope is built from.
#[derive(Debug)]
pub struct Given<'a> {
    /// `inputs`.
    pub inputs: &'a Json,
    /// `vars`, templates as they are written; see [`Workflow::fill_vars`](super::compiled::Workflow::fill_vars).
    pub vars: &'a Json,
    /// `connections`: the settings of each without secrets, by alias.
    pub connections: Map<String, Json>,
    /// `run`.
    pub run: RunFacts,
    /// `trigger`.
    pub trigger: &'a Trigger,
    /// The ids of the steps; nothing is known of them yet.
    pub steps: Vec<&'a str>,
}

/// What templates and conditions can read beside the object at hand.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The names of [`ROOTS`].
    pub(super) root: Json,
    /// Ends conditions that nobody waits for any more.
    pub stop: Stop,
}

impl Scope {
    /// The scope of a run.
    #[must_use]
    pub fn new(given: Given<'_>) -> Self {
        let waits = json_of(&StepFacts::new(Status::Queued, &BTreeMap::new()));
        let steps: Map<String, Json> = given.steps.into_iter().map(|id| (id.to_string(), waits.clone())).collect();
        let trigger = given.trigger;
        let mut told = Map::new();
        // The events of `on.event` are the trigger itself; what a webhook was sent is somebody else's, and stays in `body`.
        if let (TriggerKind::Event, Some(burst)) = (trigger.origin(), trigger.body.as_object()) {
            told.extend(burst.clone());
        }
        if let Some(call) = &trigger.call {
            told.insert("method".into(), call.method.clone().into());
            told.insert("query".into(), json_of(&call.query));
            told.insert("headers".into(), json_of(&call.headers));
        }
        told.insert("kind".into(), trigger.kind.as_str().into());
        told.insert("actor".into(), trigger.actor.clone().into());
        told.insert("body".into(), trigger.body.clone());
        Self::of(json!({
            "inputs": given.inputs,
            "vars": given.vars,
            "connections": given.connections,
            "run": json_of(&given.run),
            "trigger": told,
            "steps": steps,
        }))
    }

    /// These names, and nothing that stops it.
    #[must_use]
    pub fn of(root: Json) -> Self {
        Self { root, stop: Stop::default() }
    }

    /// How a step stands from now on.
    pub fn tell_step(&mut self, id: &str, facts: &StepFacts) {
        self.step(id);
        self.root["steps"][id] = json_of(facts);
    }

    /// How many objects a read step has read of a list.
    pub fn tell_count(&mut self, id: &str, list: &str, number: u64) {
        self.step(id);
        self.root["steps"][id]["counts"][list] = number.into();
    }

    /// What a read step gives.
    pub fn tell_output(&mut self, id: &str, output: &str, value: Json) {
        self.step(id);
        self.root["steps"][id]["outputs"][output] = value;
    }

    /// A read step has ended well.
    pub fn tell_read(&mut self, id: &str) {
        if self.root["steps"].get(id).is_some() {
            self.root["steps"][id]["status"] = Status::Succeeded.as_str().into();
        }
    }

    /// Makes room for what is told of a step.
    fn step(&mut self, id: &str) {
        if !self.root.is_object() {
            self.root = json!({});
        }
        let steps = &mut self.root["steps"];
        if !steps.is_object() {
            *steps = json!({});
        }
        if !steps[id].is_object() {
            steps[id] = json!({});
        }
    }

    /// What the reads came to, as it is kept with a run.
    #[must_use]
    pub fn reads(&self) -> Json {
        self.root.get("steps").cloned().unwrap_or_default()
    }

    /// Takes back what [`Self::reads`] gave.
    pub fn take_reads(&mut self, reads: &Json) {
        for (id, read) in reads.as_object().into_iter().flatten() {
            self.step(id);
            for (name, value) in read.as_object().into_iter().flatten() {
                self.root["steps"][id][name] = value.clone();
            }
        }
    }

    /// What messages read of a run that ends, or is put on hold.
    pub fn tell_end(&mut self, status: Status, text: String, waiting_removals: u64, top_errors: &[TopError]) {
        let run = &mut self.root["run"];
        run["status"] = status.as_str().into();
        run["status_text"] = text.into();
        run["waiting_removals"] = waiting_removals.into();
        run["top_errors"] = json_of(&top_errors);
    }

    /// What stands under one of `ROOTS`.
    #[must_use]
    pub fn part(&self, root: &str) -> Option<&Json> {
        self.root.get(root)
    }
}

/// Facts as JSON; there is nothing in them that JSON cannot hold.
fn json_of(facts: &impl Serialize) -> Json {
    serde_json::to_value(facts).unwrap_or_default()
}

/// A flag that ends what is still being decided. Whoever gave the scope away keeps a clone and sets it.
#[derive(Debug, Clone, Default)]
pub struct Stop(std::sync::Arc<std::sync::atomic::AtomicBool>);

impl Stop {
    /// From now on every condition is refused.
    pub fn set(&self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    /// Whether it was set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::RunId;

    fn scope() -> Scope {
        scope_of(&Trigger::new(TriggerKind::Manual, "li", 0))
    }

    fn scope_of(trigger: &Trigger) -> Scope {
        let run = RunFacts {
            id: "r".into(),
            number: 1,
            workflow: "w".into(),
            workflow_name: "W".into(),
            status: Status::Queued.as_str(),
            status_text: String::new(),
            due: "2026-01-01T00:00:00Z".into(),
            started: "2026-01-01T00:00:00Z".into(),
            trigger: TriggerKind::Manual.as_str(),
            url: "/runs/r".into(),
            waiting_removals: 0,
            top_errors: Vec::new(),
        };
        Scope::new(Given {
            inputs: &json!({}),
            vars: &json!({}),
            connections: Map::new(),
            run,
            trigger,
            steps: vec!["read"],
        })
    }

    fn keys(json: &Json) -> Vec<&str> {
        let mut keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    }

    fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_may_be_read_is_what_is_there() {
        let mut scope = scope();
        let error = TopError { count: 1, code: "c".into(), reason: "r".into(), hint: "h".into() };
        scope.tell_end(Status::Failed, "失败".into(), 3, &[error]);
        assert_eq!(keys(&scope.root), sorted(ROOTS.iter().copied()));
        assert_eq!(keys(&scope.root["run"]), sorted(RUN.iter().map(|(name, _)| *name)));
        assert_eq!(keys(&scope.root["steps"]["read"]), sorted(OF_STEP.iter().copied()));
        let fields = entries_of(&["run", "top_errors"]).unwrap();
        assert_eq!(keys(&scope.root["run"]["top_errors"][0]), sorted(fields.iter().map(|(name, _)| *name)));
        let of = |ty: &Ty, json: &Json| match ty {
            Ty::Text => json.is_string(),
            Ty::Int => json.is_u64(),
            Ty::List => json.is_array(),
            _ => false,
        };
        for (name, ty) in RUN {
            assert!(of(ty, &scope.root["run"][name]), "run.{name} is {}", scope.root["run"][name]);
        }
        for (name, ty) in fields {
            assert!(of(ty, &scope.root["run"]["top_errors"][0][name]), "top_errors.{name}");
        }
    }

    #[test]
    fn a_repetition_is_told_what_the_first_run_was_told() {
        let event = Trigger { body: json!({"type": "user_left"}), ..Trigger::new(TriggerKind::Event, "main", 0) };
        let again = |of: &Trigger| Trigger::again(TriggerKind::Retry, "li", 1, (RunId::new(0), of));
        for trigger in [&event, &again(&event), &again(&again(&event))] {
            assert_eq!(scope_of(trigger).root["trigger"]["type"], "user_left", "{trigger:?}");
        }
        // What a webhook was sent is in the body alone.
        let hook = again(&Trigger { kind: TriggerKind::Webhook, ..event });
        let told = scope_of(&hook).root["trigger"].take();
        assert_eq!((&told["type"], &told["body"]["type"]), (&Json::Null, &"user_left".into()));
    }

    #[test]
    fn reads_come_back_as_they_were_kept() {
        let mut first = scope();
        first.tell_count("read", "users", 7);
        first.tell_output("read", "user", json!({"name": "李"}));
        first.tell_read("read");
        let mut second = scope();
        second.take_reads(&first.reads());
        assert_eq!(second.root, first.root);
        // One that has nothing yet takes it, too.
        let mut empty = Scope::default();
        empty.tell_count("read", "users", 7);
        assert_eq!(empty.root["steps"]["read"]["counts"]["users"], 7);
    }
}
