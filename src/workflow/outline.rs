//! What stands in a file, also in one with errors: its steps and what comes before what, for pictures and forms of unsaved
//! text. Nothing is checked here; the compiler does that.

use idflow_sdk::Effect;

use super::{
    Environment,
    diagnostic::{Severity, Span},
    graph::Graph,
    parse,
    syntax::{Step, Word, Written},
    yaml,
};
use crate::model::definition::Localized;

/// A file as it is written.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// `id`.
    pub id: Option<String>,
    /// `name`.
    pub name: Option<Localized>,
    /// `labels`.
    pub labels: Vec<(String, String)>,
    /// `connections`: alias, type, ref.
    pub connections: Vec<(String, String, String)>,
    /// What starts it, each a kind and a few words: `schedule`, `0 2 * * *`.
    pub triggers: Vec<(&'static str, String)>,
    /// `steps`, then those of `finally`.
    pub steps: Vec<Outlined>,
    /// From and to, by their places in `steps`; nothing for the trigger.
    pub edges: Vec<(Option<usize>, usize)>,
    /// The whole file as JSON, templates and expressions as texts.
    pub content: serde_json::Value,
}

/// A step as it is written.
#[derive(Debug, Clone)]
pub struct Outlined {
    /// Its id.
    pub id: String,
    /// Its name; that of its action where it has none.
    pub name: Localized,
    /// `uses`.
    pub uses: String,
    /// What its action does, where that is known.
    pub effect: Option<Effect>,
    /// The alias of its connection, where that is clear.
    pub connection: Option<String>,
    /// The mapping.
    pub map: Option<String>,
    /// All of it.
    pub span: Span,
    /// Whether it stands under `finally`.
    pub last: bool,
}

/// Reads a file as far as it can be read; `None` where it is no YAML or no workflow at all.
#[must_use]
pub fn outline(text: &str, environment: &Environment<'_>) -> Option<Outline> {
    let mut findings = Vec::new();
    let root = yaml::read(text, &mut findings)?;
    let written = parse::parse(&root, text, &mut findings)?;
    let graph = Graph::build(&written.steps, &[], &mut findings);
    let steps = written.steps.iter().map(|step| outlined(step, &written, environment, false));
    let finally = written.finally.iter().map(|step| outlined(step, &written, environment, true));
    let mut edges = Vec::new();
    for step in 0..written.steps.len() {
        let before = graph.predecessors(step);
        if before.is_empty() {
            edges.push((None, step));
        }
        edges.extend(before.into_iter().map(|other| (Some(other), step)));
    }
    let word = |word: &Option<Word<'_>>| word.map(|word| word.text.to_string()).unwrap_or_default();
    let connections = written.connections.iter();
    Some(Outline {
        id: written.id.map(|id| id.text.to_string()),
        name: written.name.clone(),
        labels: written.labels.clone(),
        connections: connections.map(|one| (one.alias.text.to_string(), word(&one.ty), word(&one.reference))).collect(),
        triggers: triggers(&written),
        steps: steps.chain(finally).collect(),
        edges,
        content: root.to_json(),
    })
}

fn triggers(written: &Written<'_>) -> Vec<(&'static str, String)> {
    let text = |word: &Option<Word<'_>>| word.map_or("", |word| word.text).to_string();
    let mut found = Vec::new();
    if written.manual {
        found.push(("manual", String::new()));
    }
    for schedule in &written.schedules {
        let cron = schedule.cron.map_or("", |(word, _)| word.text);
        found.push(("schedule", format!("{cron} {}", text(&schedule.timezone)).trim().to_string()));
    }
    found.extend(written.webhooks.iter().map(|webhook| ("webhook", text(&webhook.path))));
    for event in &written.events {
        let types: Vec<&str> = event.types.iter().map(|word| word.text).collect();
        found.push(("event", format!("{} {}", text(&event.connection), types.join(" ")).trim().to_string()));
    }
    for after in &written.after {
        let workflows: Vec<&str> = after.workflows.iter().map(|word| word.text).collect();
        found.push(("after", workflows.join(" ")));
    }
    found
}

fn outlined(step: &Step<'_>, written: &Written<'_>, environment: &Environment<'_>, last: bool) -> Outlined {
    let uses = step.uses.map_or("", |word| word.text);
    let (connector, verb) = uses.split_once('/').unwrap_or((uses, ""));
    let action = environment.connectors.iter().find(|spec| spec.name == connector).and_then(|spec| spec.action(verb));
    let name = match (&step.name, action) {
        (Some((name, _)), _) => name.clone(),
        (None, Some(action)) => Localized { zh: action.title.zh.into(), en: action.title.en.into() },
        (None, None) => Localized::same(step.id.text),
    };
    // As the compiler chooses: the one that is named, the one called like the connector, the only one of that type.
    let of_type = || written.connections.iter().filter(|one| one.ty.is_some_and(|ty| ty.text == connector));
    let named = step.connection.or(written.connection.filter(|word| of_type().any(|one| one.alias.text == word.text)));
    let alike = of_type().find(|one| one.alias.text == connector);
    let only = of_type().next().filter(|_| of_type().count() == 1);
    let connection = named.map(|word| word.text).or_else(|| alike.or(only).map(|one| one.alias.text));
    Outlined {
        id: step.id.text.into(),
        name,
        uses: uses.into(),
        effect: action.map(|action| action.effect),
        connection: connection.filter(|_| connector != "workflow").map(ToString::to_string),
        map: step.map.map(|word| word.text.to_string()),
        span: step.span,
        last,
    }
}

impl Outlined {
    /// How many of these findings are about the step: errors and warnings.
    #[must_use]
    pub fn troubles(&self, findings: &[super::diagnostic::Diagnostic]) -> (usize, usize) {
        let own = findings.iter().filter(|one| one.span.start >= self.span.start && one.span.start < self.span.end);
        let errors = own.clone().filter(|one| one.severity == Severity::Error).count();
        (errors, own.count() - errors)
    }
}
