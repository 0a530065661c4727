//! The workflow as written, against the connectors' tables: names, types, rules. All findings of a file at once.
//!
//! The order of the passes matters: connections, then each step's action, then parameters (which give the fields of a file's
//! rows), then loops and mappings (which need those fields), then conditions, the graph, and the rules over all of it. A part
//! that is broken is left out of what follows; it does not hide other findings.

use std::{cell::RefCell, sync::Arc};

use idflow_sdk::{ConnectorSpec, Kind, Schema};
use sha2::{Digest, Sha256};

use super::{
    Environment, Outcome,
    compiled::{self, ConnectionAlias, Input, Workflow},
    diagnostic::{Diagnostic, Severity, Source, Span},
    expression::Condition,
    graph::Graph,
    names::{Names, StepNames},
    parse, secret, template, trigger,
    written::{self, Written},
    yaml,
};
use crate::model::definition::Localized;

mod connection;
mod field;
mod mapping;
mod rules;
mod step;
mod with;

use mapping::Mappings;
use step::Action;

type Findings = Vec<Diagnostic>;

/// So many findings are told of one file; whoever has more mends these first.
pub const MAX_FINDINGS: usize = 500;

/// What all checks share.
pub(crate) struct Scene<'a> {
    pub source: &'a Source<'a>,
    pub connectors: &'a [&'static ConnectorSpec],
    pub inputs: Vec<Input>,
    pub vars: serde_json::Value,
    pub connections: Vec<ConnectionAlias>,
    pub used: RefCell<Used>,
}

/// What was used by somebody.
#[derive(Debug, Default)]
pub(crate) struct Used {
    pub connections: Vec<usize>,
    pub vars: Vec<String>,
}

impl Scene<'_> {
    /// The names that can be read with these steps in sight.
    pub fn names<'n>(&'n self, steps: &'n [StepNames<'n>]) -> Names<'n> {
        Names {
            inputs: &self.inputs,
            vars: Some(&self.vars),
            connections: &self.connections,
            steps,
            ..Names::default()
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

/// Compiles a file.
pub fn compile(file: &str, text: &str, environment: &Environment<'_>) -> Outcome {
    let source = Source::new(file, text);
    let mut findings = Vec::new();
    let workflow = read(&source, environment, &mut findings);
    findings.sort_by_key(|finding| (finding.span, finding.code));
    let mut unique: Vec<Diagnostic> = Vec::with_capacity(findings.len().min(MAX_FINDINGS));
    let mut failed = false;
    for finding in findings {
        // Equal ones are neighbours now.
        let near = unique.iter().rev().take_while(|known| (known.span, known.code) == (finding.span, finding.code));
        let error = finding.severity == Severity::Error;
        if near.take(8).all(|known| *known != finding) && (unique.len() < MAX_FINDINGS || (error && !failed)) {
            failed |= error;
            unique.push(finding);
        }
    }
    Outcome { workflow: workflow.filter(|_| !failed), diagnostics: unique }
}

fn read(source: &Source<'_>, environment: &Environment<'_>, findings: &mut Findings) -> Option<Workflow> {
    let root = yaml::read(source.text, findings)?;
    if root.is_null() {
        findings.push(
            Diagnostic::new("E0202", root.span, "文件是空的", "the file is empty")
                .help("从 `idflow template show` 的一个模板开始", "begin with a template: `idflow template show`"),
        );
        return None;
    }
    let mut secrets = Vec::new();
    secret::in_file(&root, source.text, &mut secrets);
    let written = parse::parse(&root, findings)?;
    let said: Vec<Span> =
        findings.iter().filter(|finding| finding.code == "E0702").map(|finding| finding.span).collect();
    secrets.retain(|span| !said.contains(span));
    findings.extend(secrets.into_iter().map(|span| secret::finding(span, "my_connection")));
    let scene = scene(source, environment, &written, findings);
    let group = written.group.and_then(|node| {
        let names = scene.names(&[]);
        let template = template::compile(node, source.text, &names, template::Options::default(), findings);
        scene.note(&names);
        template
    });
    let schedules = trigger::schedules(&written.schedules, source.text, findings);
    let mut mappings = Mappings::new(&written, &scene, findings);
    let (steps, graph) = steps(&written.steps, &written, &scene, &mut mappings, findings);
    let finally = finally(&written, &scene, findings);
    mappings.check_unused(&scene, findings);
    rules::unused(&written, &scene, findings);
    let id = written.id?.text.to_string();
    let mappings = mappings.done();
    Some(Workflow {
        name: written.name.clone().unwrap_or_else(|| same(&id)),
        id,
        labels: written.labels.clone(),
        content: hex(&Sha256::digest(source.text.as_bytes())),
        manual: written.manual,
        inputs: scene.inputs,
        schedules,
        connections: scene.connections,
        vars: scene.vars,
        group,
        on_conflict: written.on_conflict,
        timeout: written.timeout,
        safety: written.safety.clone(),
        mappings,
        steps: steps.into_iter().collect::<Option<Vec<_>>>()?,
        finally: finally.into_iter().collect::<Option<Vec<_>>>()?,
        graph,
    })
}

fn scene<'a>(
    source: &'a Source<'a>,
    environment: &Environment<'a>,
    written: &Written<'_>,
    findings: &mut Findings,
) -> Scene<'a> {
    let inputs = written
        .inputs
        .iter()
        .map(|input| Input {
            name: input.name.text.to_string(),
            ty: input.ty.clone(),
            default: input.default.clone(),
            required: input.required,
            label: input.label.clone().unwrap_or_else(|| same(input.name.text)),
        })
        .collect();
    let vars = written.vars.iter().map(|(name, node)| (name.text.to_string(), node.to_json()));
    Scene {
        source,
        connectors: environment.connectors,
        inputs,
        vars: serde_json::Value::Object(vars.collect()),
        connections: connection::resolve(&written.connections, environment.connectors, findings),
        used: RefCell::default(),
    }
}

/// What a step's output lists, for the steps that loop over it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// The fields of the rows, for files.
    pub rows: Option<Arc<Schema>>,
}

fn steps<'t>(
    list: &[written::Step<'t>],
    written: &Written<'t>,
    scene: &Scene<'_>,
    mappings: &mut Mappings<'_, 't>,
    findings: &mut Findings,
) -> (Vec<Option<compiled::Step>>, Graph) {
    let actions: Vec<Option<Action>> = list.iter().map(|step| step::action(step, written, scene, findings)).collect();
    let names: Vec<StepNames<'_>> = list
        .iter()
        .zip(&actions)
        .map(|(step, action)| StepNames { id: step.id.text, action: action.as_ref().map(|action| action.action) })
        .collect();
    let mut given = vec![Given::default(); list.len()];
    let mut reads: Vec<Vec<(usize, Span)>> = vec![Vec::new(); list.len()];
    let mut withs = Vec::with_capacity(list.len());
    for (place, step) in list.iter().enumerate() {
        let visible = scene.names(&names);
        let with = actions[place]
            .as_ref()
            .and_then(|action| with::compile(step, action, scene, &visible, &mut given[place], findings));
        reads[place].extend(scene.note(&visible));
        withs.push(with);
    }
    let mut compiled = Vec::with_capacity(list.len());
    let mut facts = Vec::with_capacity(list.len());
    for ((place, step), with) in list.iter().enumerate().zip(withs) {
        let foreach = step::foreach(place, list, &actions, findings);
        if let Some(foreach) = &foreach {
            let span = step.foreach.as_ref().and_then(|foreach| foreach.list).map_or(step.span, |node| node.span);
            reads[place].push((foreach.step, span));
        }
        let action = actions[place].as_ref();
        let looped = foreach.as_ref().map(|foreach| (foreach, &given[foreach.step], actions[foreach.step].as_ref()));
        let mapping = action.and_then(|action| mappings.of_step(step, action, looped, scene, findings));
        let condition = condition(step, &names, scene, &mut reads[place], findings);
        rules::step(step, action, foreach.as_ref(), mapping, mappings, scene.source.text, findings);
        facts.push(mapping);
        compiled.push(action.zip(with).zip(condition).map(|((action, with), condition)| {
            step::assemble(step, action, with, mapping, condition, foreach, written, scene.source)
        }));
    }
    let graph = Graph::build(list, &reads, findings);
    rules::steps(list, written, &actions, &facts, mappings, &graph, scene.source.text, findings);
    (compiled, graph)
}

/// `Some(None)` without an `if`; `None` when it is broken.
#[allow(clippy::option_option, reason = "a condition may be absent, right or broken")]
fn condition(
    step: &written::Step<'_>,
    names: &[StepNames<'_>],
    scene: &Scene<'_>,
    reads: &mut Vec<(usize, Span)>,
    findings: &mut Findings,
) -> Option<Option<Condition>> {
    let Some(node) = step.condition else { return Some(None) };
    let visible = scene.names(names);
    let compiled = Condition::compile(node, scene.source.text, &visible);
    reads.extend(scene.note(&visible));
    match compiled {
        Ok(condition) => Some(Some(condition)),
        Err(mut found) => {
            findings.append(&mut found);
            None
        }
    }
}

/// Steps of `finally` read all others and loop over nothing.
fn finally(written: &Written<'_>, scene: &Scene<'_>, findings: &mut Findings) -> Vec<Option<compiled::Step>> {
    let names: Vec<StepNames<'_>> =
        written.steps.iter().map(|step| StepNames { id: step.id.text, action: None }).collect();
    let mut compiled = Vec::new();
    for step in &written.finally {
        if let Some(twin) = written.steps.iter().find(|other| other.id.text == step.id.text) {
            findings.push(
                Diagnostic::new(
                    "E0205",
                    step.id.span,
                    format!("步骤 id `{}` 已经用过", step.id.text),
                    format!("another step has the id `{}` already", step.id.text),
                )
                .related(twin.id.span, "第一个", "the other one")
                .help("给其中一个改名", "rename one of them"),
            );
        }
        let Some(action) = step::action(step, written, scene, findings) else {
            compiled.push(None);
            continue;
        };
        if !matches!(action.action.effect, idflow_sdk::Effect::Send | idflow_sdk::Effect::Read) {
            let span = step.uses.map_or(step.span, |word| word.span);
            findings.push(
                Diagnostic::new(
                    "E0507",
                    span,
                    "`finally` 里只能发送消息，不能写入",
                    "steps of `finally` send messages; they do not write",
                )
                .help("把这个步骤移到 `steps` 里", "move this step to `steps`"),
            );
        }
        let visible = scene.names(&names);
        let with = with::compile(step, &action, scene, &visible, &mut Given::default(), findings);
        scene.note(&visible);
        let condition = condition(step, &names, scene, &mut Vec::new(), findings);
        rules::named(step, findings);
        compiled.push(with.zip(condition).map(|(with, condition)| {
            step::assemble(step, &action, with, None, condition, None, written, scene.source)
        }));
    }
    compiled
}

fn same(text: &str) -> Localized {
    Localized { zh: text.into(), en: text.into() }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The schema of what a step's output lists.
pub(crate) fn listed(action: &Action, kind: Kind, given: &Given) -> Option<Arc<Schema>> {
    if kind == Kind::Row
        && let Some(rows) = &given.rows
    {
        return Some(Arc::clone(rows));
    }
    action.connector.schema(kind).map(owned)
}

/// A schema of a table, shared.
pub(crate) fn owned(schema: &'static Schema) -> Arc<Schema> {
    Arc::new(Schema { fields: std::borrow::Cow::Borrowed(&schema.fields), ..*schema })
}
