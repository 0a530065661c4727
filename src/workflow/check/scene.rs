//! What is known while a workflow is checked.

use std::cell::{Cell, RefCell};

use idflow_sdk::ConnectorSpec;

use crate::workflow::{
    compiled::{ConnectionAlias, Input},
    diagnostic::{Diagnostic, Findings, Source, Span},
    names::{Local, Names, StepNames},
    other_workflows::Library,
    syntax,
};

/// What all checks share.
pub(crate) struct Scene<'a> {
    pub source: &'a Source<'a>,
    pub connectors: &'a [&'static ConnectorSpec],
    pub library: Option<&'a Library>,
    pub inputs: Vec<Input>,
    pub vars: serde_json::Value,
    pub connections: Vec<ConnectionAlias>,
    /// The ids under `steps`.
    pub steps: Vec<&'a str>,
    /// The ids under `finally`.
    pub finally: Vec<&'a str>,
    /// The names of loops.
    pub locals: Vec<Local<'a>>,
    pub used: RefCell<Used>,
    /// How often the nearest name was looked for.
    pub looked: Cell<usize>,
    /// Whether the triggers are to go live.
    pub live: bool,
}

impl Scene<'_> {
    /// The names that can be read with these steps in sight.
    pub fn names<'n>(&'n self, steps: &'n [StepNames<'n>]) -> Names<'n> {
        Names {
            inputs: &self.inputs,
            vars: Some(&self.vars),
            connections: &self.connections,
            steps,
            finally: &self.finally,
            locals: &self.locals,
            looked: Some(&self.looked),
            ..Names::default()
        }
    }

    /// Values of steps that may be skipped, read without saying what stands for them then. `written` is the text of a
    /// condition, in which `has(…)` says so.
    pub fn skipped(&self, list: &[syntax::Step<'_>], names: &Names<'_>, written: &str, findings: &mut Findings) {
        for (place, span, path) in names.skippable.take() {
            // Names are looked up once more when the form for the run is made; that was told already.
            if span == Span::default() {
                continue;
            }
            let (Some(step), false) = (list.get(place), written.contains(&format!("has({path})"))) else { continue };
            let mut finding = Diagnostic::new(
                "E0305",
                span,
                format!("`{}` 可能被跳过，这时 `{path}` 没有值", step.id.text),
                format!("`{}` may be skipped, and then `{path}` has no value", step.id.text),
            )
            .label("没有说明这时用什么", "nothing says what stands for it then");
            if let Some(condition) = step.condition {
                finding = finding.related(condition.span, "它只在这个条件下运行", "it runs only if this holds");
            }
            findings.push(if written.is_empty() {
                let text = self.source.text;
                let (before, after) = (text[..span.start].trim_end(), text[span.end..].trim_start());
                let filled =
                    if path.ends_with("_count") { format!("default {path} 0") } else { format!("default {path} ''") };
                let filled =
                    if before.ends_with("{{") && after.starts_with("}}") { filled } else { format!("({filled})") };
                finding.help(format!("写 `{filled}`"), format!("write `{filled}`")).suggest(span, filled)
            } else {
                finding.help(
                    format!("在前面加上 `has({path}) && `，或给这个步骤同样的 `if`"),
                    format!("put `has({path}) && ` before it, or give this step the same `if`"),
                )
            });
        }
    }

    /// A step whose action is broken cannot be looked into: whatever it names counts as used, or one slip would be told
    /// three times.
    pub fn assume_used(&self, step: &syntax::Step<'_>) {
        let mut used = self.used.borrow_mut();
        let prefix = step.uses.and_then(|uses| uses.text.split_once('/')).map(|(prefix, _)| prefix);
        let known = self.connectors.iter().any(|connector| Some(connector.name) == prefix);
        for (place, connection) in self.connections.iter().enumerate() {
            let named = step.connection.map(|word| word.text == connection.alias);
            if named.unwrap_or(!known || Some(connection.connector.name) == prefix) {
                used.connections.push(place);
            }
        }
        let text = self.source.slice(step.span);
        for part in text.split("vars.").skip(1) {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
            used.vars.push(part[..end].to_string());
        }
    }

    /// Takes over what was read under these names; gives back the steps that were read.
    pub fn note(&self, names: &Names<'_>) -> Vec<(usize, Span)> {
        let mut used = self.used.borrow_mut();
        used.connections.extend(names.used_connections.take());
        used.vars.extend(names.used_vars.take());
        let mut reads = names.reads.take();
        reads.retain(|(_, span)| *span != Span::default());
        reads.sort_unstable();
        reads.dedup();
        reads
    }
}

/// What was used by somebody.
#[derive(Debug, Default)]
pub(crate) struct Used {
    pub connections: Vec<usize>,
    pub vars: Vec<String>,
}
