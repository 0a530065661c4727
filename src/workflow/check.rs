//! The workflow as written, against the connectors' tables: names, types, rules. All findings of a file at once.
//!
//! The order of the passes matters: connections, then each step's action, then parameters (which give the fields of a file's
//! rows), then loops and mappings (which need those fields), then conditions, the graph, and the rules over all of it. A part
//! that is broken is left out of what follows; it does not hide other findings.

use std::cell::{Cell, RefCell};

use action::Action;
use listed::Given;
use mapping::Mappings;

use super::{
    Environment, Outcome,
    compiled::{self, Input, Workflow},
    diagnostic::{Diagnostic, Findings, Severity, Source, Span},
    expression::Condition,
    graph::Graph,
    names::{self, Names, Phase, StepNames},
    parse, secret,
    syntax::{self, Written},
    template, trigger,
    yaml::{self, Node},
};
use crate::model::definition::Localized;

mod action;
mod call;
mod connection;
mod field;
mod foreach;
pub(crate) mod given;
mod listed;
mod mapping;
mod rules;
mod scene;
mod step;
mod triggers;
mod with;

pub(crate) use scene::Scene;

/// The most findings that are reported for one file.
pub const MAX_FINDINGS: usize = 500;

/// Compiles the text of a file; `file` is the name that findings give.
#[must_use]
pub fn compile(file: &str, text: &str, environment: &Environment<'_>) -> Outcome {
    compiled(file, text, environment, false)
}

/// Compiles a workflow file whose triggers are to go live: an input that nobody would be there to give is an error then (E0606).
#[must_use]
pub fn compile_live(file: &str, text: &str, environment: &Environment<'_>) -> Outcome {
    compiled(file, text, environment, true)
}

fn compiled(file: &str, text: &str, environment: &Environment<'_>, live: bool) -> Outcome {
    let source = Source::new(file, text);
    let mut findings = Vec::new();
    let workflow = read(&source, environment, live, &mut findings);
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

fn read(source: &Source<'_>, environment: &Environment<'_>, live: bool, findings: &mut Findings) -> Option<Workflow> {
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
    let mut guessable = Vec::new();
    secret::guessable_in(&root, source.text, &mut guessable);
    let written = parse::parse(&root, source.text, findings)?;
    let said: Vec<Span> =
        findings.iter().filter(|finding| finding.code == "E0702").map(|finding| finding.span).collect();
    secrets.retain(|span| !said.contains(span));
    findings.extend(secrets.into_iter().map(|span| secret::finding(span, "my_connection")));
    findings.extend(guessable.into_iter().map(secret::guessable_finding));
    let scene = Scene { live, ..scene(source, environment, &written, findings) };
    let group = written.group.and_then(|node| {
        let names = scene.names(&[]);
        let template = template::compile(node, source.text, &names, template::Options::default(), findings);
        scene.note(&names);
        template
    });
    if let (Some(node), Some(template)) = (written.group, &group) {
        findings.extend(rules::own_group(node.span, template));
    }
    let schedules = trigger::schedules(&written.schedules, (&scene.inputs, scene.live), source.text, findings);
    let var_templates = variables(&written, &scene, findings);
    let webhooks = triggers::webhooks(&written, &scene, findings);
    let events = triggers::events(&written, &scene, findings);
    let after = triggers::after(&written, &scene, findings);
    let mut mappings = Mappings::new(&written, &scene, findings);
    let (steps, graph) = steps(&written.steps, &written, &scene, &mut mappings, findings);
    let finally = finally(&written, &scene, findings);
    mappings.check_unused(&scene, findings);
    rules::unused(&written, &scene, findings);
    let id = written.id?.text.to_string();
    let mappings = mappings.done();
    let mut workflow = Workflow {
        name: written.name.clone().unwrap_or_else(|| Localized::same(&id)),
        id,
        labels: written.labels.clone(),
        requires: written.requires.clone(),
        content: super::content_of(source.text),
        meaning: String::new(),
        manual: written.manual,
        inputs: scene.inputs,
        schedules,
        webhooks,
        events,
        after,
        connections: scene.connections,
        vars: scene.vars,
        var_templates,
        group,
        on_conflict: written.on_conflict,
        timeout: written.timeout,
        safety: written.safety.clone(),
        mappings,
        steps: steps.into_iter().collect::<Option<Vec<_>>>()?,
        finally: finally.into_iter().collect::<Option<Vec<_>>>()?,
        graph,
    };
    workflow.meaning = super::meaning::of(&workflow);
    findings.extend(both_ways(&workflow, &written));
    Some(workflow)
}

/// That fields are mapped in both directions.
fn both_ways(workflow: &Workflow, written: &Written<'_>) -> Option<Diagnostic> {
    let flows = super::opposite::flows(workflow);
    let names = super::opposite::both_ways(&flows, &flows);
    if names.is_empty() {
        return None;
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let span = written.mappings.first().map(|mapping| mapping.name.span).unwrap_or_default();
    Some(
        Diagnostic::new(
            "W0812",
            span,
            format!("这些字段双向映射：{}", names.join("、")),
            format!("mapped in both directions: {}", names.join(", ")),
        )
        .help(
            "在其中一个方向写 `write: create` 或 `write: fill`，或去掉这些字段",
            "write `write: create` or `write: fill` in one direction, or drop these fields there",
        ),
    )
}

fn scene<'a>(
    source: &'a Source<'a>,
    environment: &Environment<'a>,
    written: &'a Written<'_>,
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
            label: input.label.clone().unwrap_or_else(|| Localized::same(input.name.text)),
        })
        .collect();
    let vars = written.vars.iter().map(|(name, node)| (name.text.to_string(), node.to_json()));
    Scene {
        source,
        connectors: environment.connectors,
        library: environment.library,
        steps: written.steps.iter().map(|step| step.id.text).collect(),
        finally: written.finally.iter().map(|step| step.id.text).collect(),
        locals: foreach::locals(&written.steps),
        inputs,
        vars: serde_json::Value::Object(vars.collect()),
        connections: connection::resolve(&written.connections, environment.connectors, findings),
        used: RefCell::default(),
        looked: Cell::new(0),
        live: false,
    }
}

/// The templates among the variables. They read inputs, connections, the run and the variables above them.
fn variables(
    written: &Written<'_>,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Vec<(Vec<String>, template::Template)> {
    let mut found = Vec::new();
    let mut above = serde_json::Map::new();
    for (name, node) in &written.vars {
        let known = serde_json::Value::Object(above.clone());
        let names = Names { vars: Some(&known), steps: &[], ..scene.names(&[]) };
        below(node, &mut vec![name.text.to_string()], &names, scene, &mut found, findings);
        scene.note(&names);
        above.insert(name.text.to_string(), node.to_json());
    }
    found
}

fn below(
    node: &Node,
    path: &mut Vec<String>,
    names: &Names<'_>,
    scene: &Scene<'_>,
    found: &mut Vec<(Vec<String>, template::Template)>,
    findings: &mut Findings,
) {
    if let Some(items) = node.list() {
        for (index, item) in items.iter().enumerate() {
            path.push(index.to_string());
            below(item, path, names, scene, found, findings);
            path.pop();
        }
    }
    for entry in node.map().unwrap_or_default() {
        path.push(entry.key.clone());
        below(&entry.value, path, names, scene, found, findings);
        path.pop();
    }
    if node.text().is_some_and(|text| text.contains("{{"))
        && let Some(template) =
            template::compile(node, scene.source.text, names, template::Options::default(), findings)
    {
        found.push((path.clone(), template));
    }
}

fn steps<'t>(
    list: &[syntax::Step<'t>],
    written: &Written<'t>,
    scene: &Scene<'_>,
    mappings: &mut Mappings<'_, 't>,
    findings: &mut Findings,
) -> (Vec<Option<compiled::Step>>, Graph) {
    let actions: Vec<Option<Action>> = list.iter().map(|step| step::action(step, written, scene, findings)).collect();
    for (step, action) in list.iter().zip(&actions) {
        if action.is_none() {
            scene.assume_used(step);
        }
        if action.is_none() || step.calls() {
            mappings.assume_used(step);
        }
    }
    let names: Vec<StepNames<'_>> =
        list.iter().zip(&actions).map(|(step, action)| names_of(step, action.as_ref())).collect();
    let mut given = vec![Given::default(); list.len()];
    let mut reads: Vec<Vec<(usize, Span)>> = vec![Vec::new(); list.len()];
    let mut withs = Vec::with_capacity(list.len());
    for (index, step) in list.iter().enumerate() {
        let visible = Names {
            phase: phase(actions[index].as_ref()),
            condition: step.condition.and_then(Node::text),
            ..scene.names(&names)
        };
        let with = actions[index].as_ref().and_then(|action| match call::callee(step) {
            Some(callee) => call::with(step, callee, scene, &visible, findings),
            None => with::compile(step, action, scene, &visible, &mut given[index], findings),
        });
        scene.skipped(list, &visible, "", findings);
        rules::personal(step, actions[index].as_ref(), &visible, findings);
        reads[index].extend(scene.note(&visible));
        withs.push(with);
    }
    let around = rules::Around { list, actions: &actions, written, scene };
    let mut compiled = Vec::with_capacity(list.len());
    let mut facts = Vec::with_capacity(list.len());
    for ((index, step), with) in list.iter().enumerate().zip(withs) {
        // What does not belong to a call was told; nothing more is said about it.
        let own = !step.calls();
        let mut foreach = if own { foreach::foreach(index, list, &actions, scene, findings) } else { None };
        let mut schema = None;
        if let (Some(foreach), Some(action)) = (&mut foreach, &actions[index]) {
            let (reader, rows) = (actions[foreach.step].as_ref(), &given[foreach.step]);
            let reads = &mut reads[index];
            schema = foreach::refine(step, action, foreach, reader, rows, &names, scene, reads, findings);
        }
        if let Some(foreach) = &foreach {
            let span = step.foreach.as_ref().and_then(|foreach| foreach.list).map_or(step.span, |node| node.span);
            reads[index].push((foreach.step, span));
        }
        let action = actions[index].as_ref();
        let looped = foreach.as_ref().map(|foreach| (foreach, &given[foreach.step], actions[foreach.step].as_ref()));
        let mapped = action.filter(|action| own && foreach::path_entry(step, action).is_none());
        let mut mapping = mapped.and_then(|action| mappings.of_step(step, action, looped, scene, findings));
        if let (Some(_), Some(source), Some(action)) =
            (foreach.as_ref().and_then(|foreach| foreach.paths.as_ref()), &schema, action)
            && let Some(target) = action.action.kind.and_then(|kind| action.connector.schema(kind))
        {
            mapping = foreach::path_mapping(source, target).map(|made| mappings.add(made));
        }
        let condition = condition(step, index, list, &actions, &names, scene, &mut reads[index], findings);
        rules::step(step, action, foreach.as_ref(), mapping, mappings, &around, findings);
        facts.push(mapping);
        compiled.push(action.zip(with).zip(condition).and_then(|((action, with), condition)| {
            step::assemble(step, action, with, mapping, condition, foreach, written, scene.source)
        }));
    }
    let graph = graph(list, &reads, scene, findings);
    rules::steps(&around, &facts, mappings, &graph, findings);
    (compiled, graph)
}

/// What comes before what.
fn graph(list: &[syntax::Step<'_>], reads: &[Vec<(usize, Span)>], scene: &Scene<'_>, findings: &mut Findings) -> Graph {
    let before = findings.len();
    let graph = Graph::build(list, reads, findings);
    for finding in &mut findings[before..] {
        let word = scene.source.slice(finding.span);
        if finding.code == "E0301" && scene.finally.contains(&word) {
            *finding = names::only_finally(word, finding.span);
        }
    }
    graph
}

/// `Some(None)` without an `if`; `None` when it is broken.
#[allow(clippy::option_option, reason = "a condition may be absent, right or broken")]
#[allow(clippy::too_many_arguments, reason = "a condition may read all that is around the step")]
fn condition(
    step: &syntax::Step<'_>,
    index: usize,
    list: &[syntax::Step<'_>],
    actions: &[Option<Action>],
    names: &[StepNames<'_>],
    scene: &Scene<'_>,
    reads: &mut Vec<(usize, Span)>,
    findings: &mut Findings,
) -> Option<Option<Condition>> {
    let Some(node) = step.condition else { return Some(None) };
    let phase = if index < list.len() { phase(actions[index].as_ref()) } else { Phase::After };
    let visible = Names { phase, condition: node.text(), ..scene.names(names) };
    let compiled = Condition::compile(node, scene.source.text, &visible);
    if compiled.is_ok() {
        scene.skipped(list, &visible, node.text().unwrap_or_default(), findings);
    }
    reads.extend(scene.note(&visible));
    match compiled {
        Ok(condition) => {
            match condition.constant() {
                Some(false) => findings.push(rules::never(step, node.span, list)),
                // `if: true` is said on purpose.
                Some(true) if condition.text().trim() != "true" => {
                    findings.extend(condition.same_for_all(node.span));
                }
                _ => {}
            }
            Some(Some(condition))
        }
        Err(mut found) => {
            findings.append(&mut found);
            None
        }
    }
}

/// Steps of `finally` read all others and loop over nothing.
fn finally(written: &Written<'_>, scene: &Scene<'_>, findings: &mut Findings) -> Vec<Option<compiled::Step>> {
    if written.finally.is_empty() {
        return Vec::new();
    }
    // What is wrong with the actions of `steps` was said there.
    let actions: Vec<Option<Action>> =
        written.steps.iter().map(|step| step::action(step, written, scene, &mut Vec::new())).collect();
    let names: Vec<StepNames<'_>> =
        written.steps.iter().zip(&actions).map(|(step, action)| names_of(step, action.as_ref())).collect();
    let mut compiled = Vec::new();
    for step in &written.finally {
        if let Some(twin) = written.steps.iter().find(|other| other.id.text == step.id.text) {
            findings.push(super::parse::twin(step.id, twin.id.span));
        }
        let Some(action) = step::action(step, written, scene, findings) else {
            scene.assume_used(step);
            compiled.push(None);
            continue;
        };
        let span = step.uses.map_or(step.span, |word| word.span);
        if !matches!(action.action.effect, idflow_sdk::Effect::Send | idflow_sdk::Effect::Read) {
            findings.push(
                Diagnostic::new(
                    "E0507",
                    span,
                    "`finally` 里只能发送消息、读取和启动别的工作流，不能写入",
                    "steps of `finally` send messages, read, and start other workflows; they do not write",
                )
                .help("把这个步骤移到 `steps` 里", "move this step to `steps`"),
            );
        }
        let visible =
            Names { phase: Phase::After, condition: step.condition.and_then(Node::text), ..scene.names(&names) };
        let with = match call::callee(step) {
            Some(callee) => call::with(step, callee, scene, &visible, findings),
            None => with::compile(step, &action, scene, &visible, &mut Given::default(), findings),
        };
        scene.skipped(&written.steps, &visible, "", findings);
        rules::personal(step, Some(&action), &visible, findings);
        scene.note(&visible);
        let index = written.steps.len();
        let condition = condition(step, index, &written.steps, &[], &names, scene, &mut Vec::new(), findings);
        rules::sends(step, &action, findings);
        rules::named(step, findings);
        compiled.push(with.zip(condition).and_then(|(with, condition)| {
            step::assemble(step, &action, with, None, condition, None, written, scene.source)
        }));
    }
    compiled
}

fn names_of<'a>(step: &'a syntax::Step<'_>, action: Option<&Action>) -> StepNames<'a> {
    StepNames {
        id: step.id.text,
        action: action.map(|action| action.action),
        connector: action.map(|action| action.connector),
        condition: step.condition.and_then(Node::text),
    }
}

/// When a step's own values are read: messages and calls wait for their turn, everything else is planned.
fn phase(action: Option<&Action>) -> Phase {
    match action {
        Some(action) if action.action.effect != idflow_sdk::Effect::Send => Phase::Plan,
        // Of a broken step nobody knows when it would run.
        _ => Phase::Turn,
    }
}
