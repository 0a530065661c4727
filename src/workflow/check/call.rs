//! `uses: workflow/ID`: a run of another workflow, with `with` as its inputs.
//!
//! What that workflow takes is checked where it is known; a file on its own knows no other, and then only the shape of the
//! values is looked at.

use super::{Scene, with};
use crate::workflow::{
    compiled::{Input, InputType, With, WithEntry, WithValue},
    diagnostic::{Diagnostic, Findings, no_errors},
    duration::parse_duration,
    keys::exclusive,
    names::{Names, Ty},
    other_workflows::Known,
    suggest::{is_same_but_case, is_spelling, nearest},
    syntax::{self, Word, Written},
    template::{self, Options, Template},
    yaml::{Entry, Node},
    yaml_edit,
};
use std::sync::Arc;

use idflow_sdk::{
    ActionSpec, Connection, ConnectorSpec, Effect, Error, ErrorKind, OpenRequest, ParamType, Problem, Text,
};
use serde_json::Value as Json;

/// What stands for a connector in a step that calls a workflow, for the rules that look at connectors and effects. It does not
/// leave the checker: the compiled step is a call.
static WORKFLOWS: ConnectorSpec = ConnectorSpec {
    actions: &[&CALL],
    ..ConnectorSpec::new("workflow", Text::new("工作流", "Workflow"), not_opened)
};

/// Nobody opens it: a call of a workflow is a run of its own.
fn not_opened(request: OpenRequest) -> Result<Arc<dyn Connection>, Error> {
    Err(Error::new(ErrorKind::Unsupported, Problem::new("connection_unknown").arg("name", request.name)))
}

/// What stands for an action in a step that calls a workflow. Whatever looks at effects sees one that neither reads nor
/// writes objects and is carried out when its turn comes.
static CALL: ActionSpec = ActionSpec {
    name: "run",
    title: Text::new("运行另一个工作流", "Run another workflow"),
    kind: None,
    effect: Effect::Send,
    capability: None,
    params: &[],
    outputs: &[],
    max_parallel: 1,
    batch: 1,
};

/// Whether a step's `uses` names a workflow: its id, with its place.
pub fn callee<'t>(step: &syntax::Step<'t>) -> Option<Word<'t>> {
    let uses = step.uses?;
    let id = uses.text.strip_prefix("workflow/")?;
    Some(Word { text: id, span: uses.span })
}

/// What stands for the action of such a step. `None` when the other workflow cannot be called.
pub fn action(
    step: &syntax::Step<'_>,
    callee: Word<'_>,
    written: &Written<'_>,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Option<super::action::Action> {
    for key in ["map", "foreach", "connection", "on_unknown", "approval"] {
        if let (Some(span), Some(uses)) = (step.key(key), step.key("uses")) {
            findings.push(
                exclusive(span, key, uses, "uses: workflow/…")
                    .help("另一个工作流自己决定这些", "the other workflow decides this by itself"),
            );
        }
    }
    if callee.text.is_empty() || callee.text.contains('/') {
        findings.push(
            Diagnostic::new(
                "E0501",
                callee.span,
                "这里应当是另一个工作流的 id",
                "the id of another workflow belongs here",
            )
            .help("例如 `uses: workflow/wecom_downstream_full`", "for example `uses: workflow/wecom_downstream_full`"),
        );
        return None;
    }
    let usable = known(callee, written, scene, findings) && !circular(callee, written, scene, findings, false);
    usable.then_some(super::action::Action { connector: &WORKFLOWS, action: &CALL, connection: None })
}

/// Whether the workflow is there, as far as that is known.
pub fn known(id: Word<'_>, written: &Written<'_>, scene: &Scene<'_>, findings: &mut Findings) -> bool {
    let Some(library) = scene.library else { return true };
    if library.get(id.text).is_some() || written.id.is_some_and(|own| own.text == id.text) {
        return true;
    }
    // A folder need not hold all workflows of a tenant: only a slip of the hand is told.
    let own = written.id.map_or("", |own| own.text);
    if let Some(word) = nearest(id.text, library.ids().filter(|other| *other != own)) {
        let right =
            if id.span.end - id.span.start > id.text.len() + 8 { format!("workflow/{word}") } else { word.into() };
        findings.push(
            Diagnostic::new(
                "E0501",
                id.span,
                format!("没有工作流 `{}`", id.text),
                format!("there is no workflow `{}`", id.text),
            )
            .help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?"))
            .suggest(id.span, right),
        );
        return false;
    }
    true
}

/// Whether the workflow leads back to this one: by a call, or by starting after it.
pub fn circular(id: Word<'_>, written: &Written<'_>, scene: &Scene<'_>, findings: &mut Findings, after: bool) -> bool {
    let Some(own) = written.id else { return false };
    fn calls(known: &Known) -> &[String] {
        &known.calls
    }
    fn starts(known: &Known) -> &[String] {
        &known.after
    }
    let edges = if after { starts } else { calls };
    let way = if own.text == id.text {
        Some(vec![id.text.to_string()])
    } else {
        scene.library.and_then(|library| library.way(id.text, own.text, edges))
    };
    let Some(way) = way else { return false };
    let shown = std::iter::once(own.text).chain(way.iter().map(String::as_str)).collect::<Vec<_>>().join(" → ");
    let finding = if after {
        Diagnostic::new(
            "E0308",
            id.span,
            "工作流在自己结束之后又启动自己",
            "this workflow starts itself again when it ends",
        )
    } else {
        Diagnostic::new("E0308", id.span, "工作流调用了自己", "this workflow calls itself")
    };
    findings.push(
        finding
            .label(shown.clone(), shown.replace('→', "->"))
            .related(own.span, "这个工作流", "this workflow")
            .help("去掉其中一环，否则永远不会结束", "remove one link of the chain, or it never ends"),
    );
    true
}

/// Compiles `with` as the inputs of the other workflow.
pub fn with(
    step: &syntax::Step<'_>,
    callee: Word<'_>,
    scene: &Scene<'_>,
    names: &Names<'_>,
    findings: &mut Findings,
) -> Option<With> {
    let before = findings.len();
    let inputs = scene.library.and_then(|library| library.get(callee.text)).map(|known| known.inputs.as_slice());
    let entries = with::entries(step, ("输入", "inputs"), "{remove_leavers: true}", findings)?;
    let mut compiled = Vec::new();
    let mut meant: Vec<&str> = Vec::new();
    for entry in entries {
        let input = match inputs {
            None => None,
            Some(inputs) => match inputs.iter().find(|input| input.name == entry.key) {
                Some(input) => Some(input),
                None => {
                    let (finding, word) = unknown(callee, entry, inputs);
                    findings.push(finding);
                    meant.extend(word);
                    continue;
                }
            },
        };
        if let Some(value) = value(entry, input, scene, names, findings) {
            compiled.push(WithEntry { name: entry.key.clone(), value });
        }
    }
    for input in inputs.unwrap_or_default() {
        let given = entries.iter().any(|entry| entry.key == input.name) || meant.contains(&input.name.as_str());
        if given || !input.required || input.default.is_some() {
            continue;
        }
        let mut finding = Diagnostic::new(
            "E0503",
            callee.span,
            format!("工作流 `{}` 需要输入 `{}`", callee.text, input.name),
            format!("workflow `{}` needs the input `{}`", callee.text, input.name),
        )
        .help(format!("在 `with` 里加上 `{}`", input.name), format!("add `{}` under `with`", input.name));
        let same = scene.inputs.iter().any(|own| own.name == input.name && own.ty == input.ty);
        if same {
            let text = format!("{}: \"{{{{inputs.{}}}}}\"", input.name, input.name);
            let fix = match step.with {
                Some(node) => yaml_edit::add_entry(scene.source.text, node, &text),
                None => yaml_edit::add_entry(scene.source.text, step.node, &format!("with: {{{text}}}")),
            };
            finding = fix.into_iter().fold(finding, |finding, fix| finding.suggest(fix.span, fix.text));
        }
        findings.push(finding);
    }
    let literal = step.with.map_or_else(|| serde_json::json!({}), Node::to_json);
    no_errors(&findings[before..]).then_some(With { entries: compiled, literal })
}

fn unknown<'i>(callee: Word<'_>, entry: &Entry, inputs: &'i [Input]) -> (Diagnostic, Option<&'i str>) {
    let finding = Diagnostic::new(
        "E0502",
        entry.key_span,
        format!("工作流 `{}` 没有输入 `{}`", callee.text, entry.key),
        format!("workflow `{}` has no input `{}`", callee.text, entry.key),
    );
    let known: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    match nearest(&entry.key, known.iter().copied()) {
        Some(word) => (
            finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix_if(
                is_spelling(&entry.key, word, known.iter().copied()),
                entry.key_span,
                word,
            ),
            Some(word),
        ),
        None if known.is_empty() => {
            (finding.help("它没有输入：删除这一行", "it has no inputs: remove this line"), None)
        }
        None => {
            (finding.help(format!("输入：{}", known.join("、")), format!("its inputs are: {}", known.join(", "))), None)
        }
    }
}

fn value(
    entry: &Entry,
    input: Option<&Input>,
    scene: &Scene<'_>,
    names: &Names<'_>,
    findings: &mut Findings,
) -> Option<WithValue> {
    let node = &entry.value;
    if node.is_broken() {
        return None;
    }
    let wrong = |zh: &str, en: &str| {
        Diagnostic::new(
            "E0402",
            node.span,
            format!("输入 `{}` 应当是{zh}", entry.key),
            format!("input `{}` takes {en}", entry.key),
        )
        .help("看那个工作流的 `on.manual.inputs`", "see `on.manual.inputs` of that workflow")
    };
    if node.scalar().is_none() || node.is_null() {
        findings.push(wrong("一个值", "one value"));
        return None;
    }
    let template = template::compile(node, scene.source.text, names, Options::default(), findings)?;
    let Some(input) = input else {
        let ty = if template.ty().is_bool() {
            ParamType::Bool
        } else if template.ty().is_int() {
            ParamType::Int
        } else {
            ParamType::Text
        };
        return Some(WithValue::Template(template, ty));
    };
    if let (Some(span), true, None) = (template.may_be_empty(), input.required, &input.default) {
        findings.push(
            Diagnostic::new(
                "E0503",
                span,
                format!("输入 `{}` 必填，而这个值可能为空", entry.key),
                format!("the input `{}` is needed, and this value may be empty", entry.key),
            )
            .help(
                "给它默认值（输入的 `default`，或 `{{default 值 '…'}}`），或要求必填（`required: true`）",
                "give it a default (`default` of the input, or `{{default VALUE '…'}}`), or make it `required: true`",
            ),
        );
        return None;
    }
    let fixed = fixed(&template, node, names);
    let (fits, ty, zh, en) = fit(&input.ty, &template, fixed.as_ref());
    if !fits {
        let mut finding = wrong(&zh, &en);
        if let (InputType::Enum(words), Some(text)) = (&input.ty, node.text().filter(|text| !text.contains("{{")))
            && let Some(word) = nearest(text, words.iter().map(String::as_str))
        {
            finding = finding.fix_if(is_same_but_case(text, word), node.span, word);
        }
        if let Some(value) = fixed.filter(|_| template.constant().is_none()) {
            finding = finding.label(format!("这里是 `{value}`"), format!("this is `{value}`"));
        }
        findings.push(finding);
        return None;
    }
    Some(WithValue::Template(template, ty))
}

/// The value, where it stands in the file: written here, or a variable that nothing fills.
fn fixed(template: &Template, node: &Node, names: &Names<'_>) -> Option<Json> {
    if template.constant().is_some() {
        return Some(node.to_json());
    }
    let [root, below @ ..] = template.scope_path()? else { return None };
    let value = below.iter().try_fold(names.vars.filter(|_| root == "vars")?, |json, name| json.get(name))?;
    value.as_str().is_none_or(|text| !text.contains("{{")).then(|| value.clone())
}

/// Whether a value can be an input of this type, whatever it will be; with what is wanted, in zh and en.
fn fit(wanted: &InputType, template: &Template, fixed: Option<&Json>) -> (bool, ParamType, String, String) {
    let ty = template.ty();
    let any = *ty == Ty::Any && fixed.is_none();
    let text = fixed.and_then(Json::as_str);
    // `{{default inputs.x 'a'}}`: what it falls back to is known, and the rest is text as it was given.
    let fallbacks = template.fallbacks();
    let falls = |fits: &dyn Fn(&str) -> bool| {
        !fallbacks.is_empty() && fallbacks.iter().all(|value| value.as_text().is_some_and(fits))
    };
    match wanted {
        InputType::Boolean => (
            text.map_or(any || ty.is_bool(), |text| matches!(text, "true" | "false")),
            ParamType::Bool,
            "true 或 false".into(),
            "true or false".into(),
        ),
        InputType::Integer => (
            text.map_or(any || ty.is_int(), |text| text.parse::<i64>().is_ok()),
            ParamType::Int,
            "整数".into(),
            "a whole number".into(),
        ),
        InputType::Duration => {
            let is_span = |text: &str| parse_duration(text).is_some();
            let fits = match fixed {
                Some(_) => text.is_some_and(is_span),
                None => any || *ty == Ty::Duration || falls(&is_span),
            };
            (fits, ParamType::Text, "时长，例如 30d".into(), "a time span such as 30d".into())
        }
        InputType::Enum(words) => {
            let known = |text: &str| words.iter().any(|word| word == text);
            let fits = match (fixed, ty) {
                (Some(_), _) => text.is_some_and(known),
                (None, Ty::Words(given)) => given.iter().all(|word| known(word)),
                (None, _) => any || falls(&known),
            };
            (
                fits,
                ParamType::Text,
                format!("这些词之一：{}", words.join("、")),
                format!("one of: {}", words.join(", ")),
            )
        }
        InputType::String => (is_one_value(template), ParamType::Text, "文本".into(), "text".into()),
    }
}

fn is_one_value(template: &Template) -> bool {
    !template.ty().is_list() && *template.ty() != Ty::Map
}
