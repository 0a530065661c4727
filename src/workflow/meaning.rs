//! What a compiled workflow means for a run that is under way, as a digest that a run keeps.
//!
//! The text of a version never changes, but what a compiler makes of it may: another default, another order of steps, a name
//! that leads elsewhere. A run that was planned by one meaning must not be carried out by another. The digest covers what the
//! compiler adds to the text: every default, every resolved name, the order of the steps, and the words of templates and
//! conditions. How these words are evaluated is not in it; whoever changes that raises `RULES`.
//!
//! It is made of plain words, not of the names of our types, so that tidying the compiler ends no run. Left out is what a run
//! has behind it once it is accepted: triggers, inputs, the concurrency group, labels and names for people.

use std::{fmt::Write, time::Duration};

use idflow_sdk::{Effect, Removal};
use sha2::{Digest, Sha256};

use super::compiled::{
    Foreach, MappedField, Mapping, MatchRule, Step, Uses, WhenEmpty, WhenUnresolved, With, WithValue, Work, Workflow,
};
use super::template::Template;
use crate::model::definition::{Amount, Approval, Backoff, ChangeLimit, OnExceed, Retry, RetryOn, Safety};

/// How templates, conditions, matching and plans are carried out. Raise it when the same compiled workflow would write
/// something else for the same source and target: runs under way then end and say so.
const RULES: u32 = 1;

/// The digest: the number of the rules, and 64 bits of SHA-256 in hex.
#[must_use]
pub fn of(workflow: &Workflow) -> String {
    let digest = Sha256::digest(in_words(workflow).as_bytes());
    let short = digest.iter().take(8).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    format!("{RULES}/{short}")
}

/// One fact in each line; texts are quoted, so that none can look like two.
#[derive(Default)]
struct Words(String);

impl Words {
    fn say(&mut self, what: &str, value: &str) {
        let _ = writeln!(self.0, "{what} {value:?}");
    }

    fn say_if(&mut self, what: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.say(what, value.as_ref());
        }
    }

    fn number(&mut self, what: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{what} {value}");
    }

    fn time(&mut self, what: &str, value: Option<Duration>) {
        if let Some(value) = value {
            self.number(what, value.as_millis());
        }
    }

    fn flag(&mut self, what: &str, on: bool) {
        if on {
            let _ = writeln!(self.0, "{what}");
        }
    }
}

fn in_words(workflow: &Workflow) -> String {
    let mut words = Words::default();
    for alias in &workflow.connections {
        words.say("connection", &alias.alias);
        words.say(" connector", alias.connector.name);
        words.say(" ref", &alias.reference);
    }
    words.say("vars", &workflow.vars.to_string());
    for (path, template) in &workflow.var_templates {
        words.say("var", &path.join("."));
        filled(&mut words, " value", template);
    }
    words.time("timeout", workflow.timeout);
    safety(&mut words, &workflow.safety);
    for place in workflow.graph.order() {
        if let Some(known) = workflow.steps.get(*place) {
            step(&mut words, workflow, known);
        }
    }
    words.0.push_str("finally\n");
    workflow.finally.iter().for_each(|known| step(&mut words, workflow, known));
    words.0
}

fn safety(words: &mut Words, safety: &Safety) {
    // Every part is taken out by name: a new one has to be thought of here.
    let Safety { source_min, source_shrink, identity_shift, mass_clear, create, update, remove, on_exceed } = safety;
    words.say_if("source_min", source_min.map(|most| most.to_string()));
    words.say_if("source_shrink", source_shrink.map(|most| most.to_string()));
    words.number("identity_shift", identity_shift);
    words.number("mass_clear", mass_clear);
    for (what, limit) in [("create", create), ("update", update), ("remove", remove)] {
        let ChangeLimit { max, max_percent, max_per_day } = limit;
        words.say_if(&format!("{what} max"), max.map(|most| most.to_string()));
        words.say_if(&format!("{what} max_percent"), max_percent.map(|most| most.to_string()));
        words.say_if(&format!("{what} max_per_day"), max_per_day.map(|most| most.to_string()));
    }
    words.number(
        "on_exceed",
        match on_exceed {
            OnExceed::Hold => "hold",
            OnExceed::HoldRemovals => "hold_removals",
            OnExceed::Fail => "fail",
        },
    );
}

fn step(words: &mut Words, workflow: &Workflow, step: &Step) {
    let Step { id, name: _, work, with, condition, timeout, continue_on_error, line: _ } = step;
    words.say("step", id);
    words.say_if(" if", condition.as_ref().map(|condition| condition.text()));
    words.time(" timeout", *timeout);
    words.flag(" on_error continue", *continue_on_error);
    match work {
        Work::Read(uses) => action(words, "read", uses),
        Work::Send(sending) => {
            action(words, "send", &sending.uses);
            words.flag(" on_unknown resend", sending.resend);
        }
        Work::Call(callee) => words.say(" call", callee),
        Work::Write(writing) => {
            action(words, "write", &writing.uses);
            foreach(words, workflow, &writing.foreach);
            if let Some(mapping) = writing.mapping.and_then(|place| workflow.mappings.get(place)) {
                mapped(words, mapping);
            }
            if let Some(Approval { always, by, not, expires_after }) = &writing.approval {
                words.say(" approval", &by.join(","));
                for other in not {
                    words.number(" not", other.as_str());
                }
                words.flag(" always", *always);
                words.time(" expires_after", Some(*expires_after));
            }
        }
    }
    parameters(words, with);
}

fn action(words: &mut Words, sort: &str, uses: &Uses) {
    let Uses { connector, action, connection, retry } = uses;
    words.number(" sort", sort);
    words.say(" uses", &format!("{}/{}", connector.name, action.name));
    words.number(" connection", connection);
    words.say_if(" kind", action.kind.map(|kind| kind.as_str()));
    match action.effect {
        Effect::Read | Effect::Send => {}
        Effect::Create => words.number(" effect", "create"),
        Effect::Update => words.number(" effect", "update"),
        Effect::Upsert => words.number(" effect", "upsert"),
        Effect::Remove(Removal::Delete) => words.number(" effect", "delete"),
        Effect::Remove(Removal::Set { field, value }) => {
            words.say(" effect", &format!("set {field} {}", value.value().to_json()));
        }
    }
    let Retry { max_attempts, backoff, delay, max_delay, jitter, on } = retry;
    words.number(" attempts", max_attempts);
    words.number(
        " backoff",
        match backoff {
            Backoff::Constant => "constant",
            Backoff::Exponential => "exponential",
        },
    );
    words.time(" delay", Some(*delay));
    words.time(" max_delay", Some(*max_delay));
    words.flag(" jitter", *jitter);
    for sort in on {
        words.number(
            " retry",
            match sort {
                RetryOn::Timeout => "timeout",
                RetryOn::RateLimited => "rate_limited",
                RetryOn::ServerError => "server_error",
                RetryOn::NotFound => "not_found",
            },
        );
    }
}

fn foreach(words: &mut Words, workflow: &Workflow, foreach: &Foreach) {
    let Foreach {
        step,
        output,
        variable,
        key,
        distinct,
        filter,
        fields: _,
        paths,
        parents_first,
        stop_on_item_error,
        max_failures,
        max_parallel,
        timeout,
    } = foreach;
    words.say_if(" list of", workflow.steps.get(*step).map(|step| step.id.as_str()));
    words.say(" list", output.name);
    words.say(" as", variable);
    if let Some(key) = key {
        filled(words, " key", key);
    }
    words.flag(" distinct", *distinct);
    words.say_if(" filter", filter.as_ref().map(|filter| filter.text()));
    if let Some(paths) = paths {
        filled(words, " paths", &paths.value);
        words.say(" separator", &paths.separator);
    }
    words.flag(" parents_first", *parents_first);
    words.flag(" stop_on_item_error", *stop_on_item_error);
    match max_failures {
        None => {}
        Some(Amount::Count(count)) => words.number(" max_failures", count),
        Some(Amount::Percent(share)) => words.say(" max_failures", &format!("{share}%")),
    }
    words.say_if(" max_parallel", max_parallel.map(|most| most.to_string()));
    words.time(" item timeout", *timeout);
}

fn mapped(words: &mut Words, mapping: &Mapping) {
    let Mapping { name, source, target, rules, fields, proposals, review_new } = mapping;
    words.say(" map", name);
    words.say("  from", source.kind.as_str());
    words.say("  to", target.kind.as_str());
    for rule in rules {
        match rule {
            MatchRule::Linked => words.number("  match", "linked"),
            MatchRule::Equal { text, .. } => words.say("  match", text),
        }
    }
    if let Some(proposals) = proposals {
        for (evidence, score) in &proposals.evidence {
            words.number("  propose", format!("{} {score}", evidence.word()));
        }
        words.number("  accept", proposals.accept.word());
        words.number("  unmatched", proposals.unmatched.word());
    }
    words.flag("  review new", *review_new);
    for field in fields {
        let MappedField { target: id, value, create_only, fill_only, when_empty, when_unresolved, refers_to, line: _ } =
            field;
        words.say("  field", &target.spec(*id).name);
        filled(words, "   value", value);
        words.flag("   create only", *create_only);
        words.flag("   fill only", *fill_only);
        words.number(
            "   when_empty",
            match when_empty {
                WhenEmpty::Clear => "clear",
                WhenEmpty::Omit => "omit",
                WhenEmpty::SkipItem => "skip_item",
                WhenEmpty::Never => "never",
            },
        );
        words.number(
            "   when_unresolved",
            match when_unresolved {
                WhenUnresolved::Omit => "omit",
                WhenUnresolved::Wait => "wait",
                WhenUnresolved::Fail => "fail",
            },
        );
        words.say_if("   refers to", refers_to.map(|kind| kind.as_str()));
    }
}

fn parameters(words: &mut Words, with: &With) {
    for entry in &with.entries {
        words.say(" with", &entry.name);
        match &entry.value {
            WithValue::Template(template, _) | WithValue::Duration(template) => filled(words, "  value", template),
            WithValue::List(list) => list.iter().for_each(|template| filled(words, "  entry", template)),
            WithValue::Json(json) => words.say("  json", &json.to_string()),
            WithValue::Predicate(condition, schema) => {
                words.say("  where", condition.text());
                words.say("  of", schema.kind.as_str());
            }
        }
    }
}

/// A template as it is written; one that the compiler made itself says what it is.
fn filled(words: &mut Words, what: &str, template: &Template) {
    words.say(what, template.text());
    words.say_if(what, template.constant().map(|field| field.to_json().to_string()));
}
