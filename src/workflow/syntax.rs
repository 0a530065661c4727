//! A workflow as its author wrote it: every part with its place in the file, nothing resolved.
//!
//! [`parse`](super::parse) fills it; the checks read it. Values whose meaning depends on an action (`with`, `fields`) stay
//! nodes of the YAML tree.

use std::time::Duration;

use super::{
    diagnostic::Span,
    yaml::{Entry, Node},
};
use crate::model::definition::{Amount, Approval, Catchup, Localized, OnConflict, Retry, Safety};

/// A word and its place.
#[derive(Debug, Clone, Copy)]
pub struct Word<'t> {
    /// The text.
    pub text: &'t str,
    /// Its bytes, quotes included.
    pub span: Span,
}

/// The whole file.
#[derive(Debug, Default)]
pub struct Written<'t> {
    /// `id`.
    pub id: Option<Word<'t>>,
    /// `name`.
    pub name: Option<Localized>,
    /// `labels`.
    pub labels: Vec<(String, String)>,
    /// `requires`.
    pub requires: super::compiled::Requires,
    /// Whether `on.manual` is there.
    pub manual: bool,
    /// `on.manual.inputs`.
    pub inputs: Vec<Input<'t>>,
    /// `on.schedule`.
    pub schedules: Vec<Schedule<'t>>,
    /// `on.webhook`.
    pub webhooks: Vec<Webhook<'t>>,
    /// `on.event`.
    pub events: Vec<Event<'t>>,
    /// `on.after`.
    pub after: Vec<After<'t>>,
    /// The map under `connections`.
    pub connections_node: Option<&'t Node>,
    /// `connections`.
    pub connections: Vec<Connection<'t>>,
    /// `vars`.
    pub vars: Vec<(Word<'t>, &'t Node)>,
    /// `concurrency.group`.
    pub group: Option<&'t Node>,
    /// `concurrency.on_conflict`.
    pub on_conflict: OnConflict,
    /// `timeout`.
    pub timeout: Option<Duration>,
    /// `safety`.
    pub safety: Safety,
    /// What is under `safety`, if it is there.
    pub safety_node: Option<&'t Node>,
    /// `defaults.retry`.
    pub retry: Retry,
    /// `defaults.timeout`.
    pub step_timeout: Option<Duration>,
    /// `defaults.connection`.
    pub connection: Option<Word<'t>>,
    /// `mappings`.
    pub mappings: Vec<Mapping<'t>>,
    /// `steps`.
    pub steps: Vec<Step<'t>>,
    /// `finally`.
    pub finally: Vec<Step<'t>>,
    /// The key `steps`, or the beginning of the file.
    pub steps_key: Span,
}

/// One input.
#[derive(Debug)]
pub struct Input<'t> {
    /// Its name.
    pub name: Word<'t>,
    /// Its type.
    pub ty: super::compiled::InputType,
    /// `default`.
    pub default: Option<serde_json::Value>,
    /// `required`.
    pub required: bool,
    /// `label`.
    pub label: Option<Localized>,
}

/// One schedule.
#[derive(Debug)]
pub struct Schedule<'t> {
    /// All of it.
    pub node: &'t Node,
    /// `cron`.
    pub cron: Option<(Word<'t>, &'t Node)>,
    /// `timezone`.
    pub timezone: Option<Word<'t>>,
    /// `catchup`.
    pub catchup: Catchup,
    /// `inputs`.
    pub inputs: &'t [Entry],
}

/// One webhook.
#[derive(Debug)]
pub struct Webhook<'t> {
    /// `path`.
    pub path: Option<Word<'t>>,
    /// `verify`.
    pub verify: Option<super::compiled::Verify>,
    /// `window`.
    pub window: Option<std::time::Duration>,
    /// `methods`; none where nothing is said.
    pub methods: Vec<&'static str>,
    /// `header`.
    pub header: Option<Word<'t>>,
    /// `wait`.
    pub wait: Option<std::time::Duration>,
    /// `status`.
    pub status: Option<u16>,
    /// `reply`.
    pub reply: Option<Word<'t>>,
}

/// One entry of `on.event`.
#[derive(Debug)]
pub struct Event<'t> {
    /// `connection`.
    pub connection: Option<Word<'t>>,
    /// `types`.
    pub types: Vec<Word<'t>>,
    /// `collect`.
    pub collect: Option<std::time::Duration>,
    /// `max`.
    pub most: Option<u64>,
}

/// One entry of `on.after`.
#[derive(Debug)]
pub struct After<'t> {
    /// `workflow`: one or several.
    pub workflows: Vec<Word<'t>>,
    /// `status`; where none is given, every good end.
    pub statuses: Vec<crate::model::run::Status>,
    /// `inputs`.
    pub inputs: &'t [Entry],
}

/// One entry of `connections`.
#[derive(Debug)]
pub struct Connection<'t> {
    /// The alias.
    pub alias: Word<'t>,
    /// `type`.
    pub ty: Option<Word<'t>>,
    /// `ref`.
    pub reference: Option<Word<'t>>,
}

/// One mapping.
#[derive(Debug)]
pub struct Mapping<'t> {
    /// Its name.
    pub name: Word<'t>,
    /// All of it.
    pub node: &'t Node,
    /// `from`.
    pub from: Option<Word<'t>>,
    /// `to`.
    pub to: Option<Word<'t>>,
    /// `match`.
    pub rules: Vec<&'t Node>,
    /// Whether `match` is there.
    pub has_match: bool,
    /// The key `fields`.
    pub fields_key: Span,
    /// The map under `fields`.
    pub fields_node: Option<&'t Node>,
    /// `fields`.
    pub fields: Vec<Field<'t>>,
    /// `propose`, `accept` and `unmatched`.
    pub proposals: Option<super::compiled::Proposals>,
    /// The bytes of `new` under `review`, if it is there.
    pub review: Option<Span>,
}

/// One entry of `fields`.
#[derive(Debug)]
pub struct Field<'t> {
    /// The target's field.
    pub name: Word<'t>,
    /// Its value.
    pub value: &'t Node,
    /// All of it, to be replaced when a policy is added.
    pub whole: Span,
    /// All of it.
    pub node: &'t Node,
    /// Whether it is written as a bare value.
    pub bare: bool,
    /// `write: create`.
    pub create_only: bool,
    /// `write: fill`.
    pub fill_only: bool,
    /// The bytes of the value of `write`, if it is there.
    pub write_span: Option<Span>,
    /// `when_empty`.
    pub when_empty: Option<super::compiled::WhenEmpty>,
    /// `when_unresolved`.
    pub when_unresolved: Option<super::compiled::WhenUnresolved>,
}

/// One step.
#[derive(Debug)]
pub struct Step<'t> {
    /// `id`.
    pub id: Word<'t>,
    /// All of it.
    pub span: Span,
    /// All of it.
    pub node: &'t Node,
    /// `name`, and whether both languages were given.
    pub name: Option<(Localized, bool)>,
    /// `uses`.
    pub uses: Option<Word<'t>>,
    /// `connection`.
    pub connection: Option<Word<'t>>,
    /// `map`.
    pub map: Option<Word<'t>>,
    /// `with`.
    pub with: Option<&'t Node>,
    /// The key `with`.
    pub with_key: Option<Span>,
    /// `if`.
    pub condition: Option<&'t Node>,
    /// `foreach`.
    pub foreach: Option<Foreach<'t>>,
    /// `needs`: its bytes (key included) and the ids.
    pub needs: Option<(Span, Vec<Word<'t>>)>,
    /// `retry`, on top of the defaults.
    pub retry: Option<Retry>,
    /// `timeout`.
    pub timeout: Option<Duration>,
    /// `retry` as it stands in this step or its loop.
    pub own_retry: Option<Span>,
    /// `on_error: continue`.
    pub continue_on_error: bool,
    /// `on_unknown`: its bytes, and whether it is `resend`.
    pub on_unknown: Option<(Span, bool)>,
    /// `approval`.
    pub approval: Option<Approval>,
    /// What is under `approval`.
    pub approval_node: Option<&'t Node>,
}

impl<'t> Step<'t> {
    /// Whether it is a run of another workflow.
    #[must_use]
    pub fn calls(&self) -> bool {
        self.uses.is_some_and(|uses| uses.text.starts_with("workflow/"))
    }

    /// The bytes of one of its keys.
    #[must_use]
    pub fn key(&self, key: &str) -> Option<Span> {
        self.node.map()?.iter().find(|entry| entry.key == key).map(|entry| entry.key_span)
    }
}

/// `foreach`.
#[derive(Debug)]
pub struct Foreach<'t> {
    /// All of it.
    pub span: Span,
    /// All of it.
    pub node: &'t Node,
    /// `in`.
    pub list: Option<&'t Node>,
    /// `as`.
    pub variable: Option<Word<'t>>,
    /// `key`.
    pub key: Option<&'t Node>,
    /// `distinct`: its bytes, and whether it holds.
    pub distinct: Option<(Span, bool)>,
    /// `order: parents_first`.
    pub parents_first: bool,
    /// Where `order` could be added: the end of the last entry.
    pub order: Option<Span>,
    /// `on_item_error: stop`.
    pub stop_on_item_error: bool,
    /// `max_failures`.
    pub max_failures: Option<Amount>,
    /// `max_parallel`, with its bytes.
    pub max_parallel: Option<(u32, Span)>,
    /// `timeout`.
    pub timeout: Option<Duration>,
}
