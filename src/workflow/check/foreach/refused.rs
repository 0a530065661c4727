//! What is said of a loop whose list is none.

use idflow_sdk::{Effect, OutputSpec};

use super::{
    super::{Scene, action::Action},
    list::{EXAMPLE, parse},
};
use crate::workflow::{
    diagnostic::{Diagnostic, Span},
    expression::ListName,
    names::{only_finally, still_to_write},
    suggest::{is_spelling, nearest},
    syntax,
    yaml::Node,
    yaml_edit,
};

/// Not the form of a list: the name of a step with something else behind it is looked at more closely.
pub(super) fn no_list(
    node: &Node,
    text: &str,
    list: &[syntax::Step<'_>],
    actions: &[Option<Action>],
    scene: &Scene<'_>,
) -> Diagnostic {
    let inner = text.trim().trim_matches(['[', ']']).trim();
    let mut parts = inner.split('.');
    if let (Some("steps"), Some(id)) = (parts.next(), parts.next()) {
        if scene.finally.contains(&id) {
            return only_finally(id, node.span);
        }
        let index = list.iter().position(|step| step.id.text == id);
        let action = index.and_then(|index| actions[index].as_ref());
        if action.is_some_and(|action| action.action.effect != Effect::Read) {
            return still_to_write(id, node.span);
        }
        if let (Some(name), None) = (parts.next(), parts.next())
            && let Some(action) = action
            && action.action.outputs.iter().any(|output| output.name == name && output.list_of.is_some())
        {
            let right = format!("steps.{id}.outputs.{name}");
            return Diagnostic::new("E0407", node.span, "这里少了 `outputs`", "`outputs` is missing here")
                .help(format!("写 `{right}`"), format!("write `{right}`"))
                .fix(node.span, right);
        }
    }
    let finding = Diagnostic::new(
        "E0407",
        node.span,
        "`in` 后面应当是前面步骤的一个列表",
        "`in` names a list of an earlier step",
    )
    .help(EXAMPLE.0, EXAMPLE.1);
    let (base, filter) = text.split_once(".filter(").unwrap_or((text, ""));
    let meant = meant_list(base, list, actions)
        .map(|meant| if filter.is_empty() { meant } else { format!("{meant}.filter({filter}") })
        .filter(|meant| parse(meant).is_some());
    match meant {
        Some(meant) => finding
            .help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?"))
            .suggest(node.span, yaml_edit::quoted(scene.source.text, node.span, &meant)),
        None => finding,
    }
}

/// The list that was surely meant: a root misspelt, a part left out, parts too many.
pub(super) fn meant_list(text: &str, list: &[syntax::Step<'_>], actions: &[Option<Action>]) -> Option<String> {
    let parts: Vec<&str> =
        text.split(['.', '[', ']', '"', '\'']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let id = |word: &str| nearest(word, list.iter().map(|step| step.id.text));
    let lists = |id: &str| {
        let index = list.iter().position(|step| step.id.text == id)?;
        let action = actions.get(index)?.as_ref()?;
        Some(action.action.outputs.iter().filter(|output| output.list_of.is_some()).map(|output| output.name))
    };
    let found = |step: &str, output: &str| {
        let step = id(step)?;
        let output = nearest(output, lists(step)?)?;
        Some(format!("steps.{step}.outputs.{output}"))
    };
    match parts.as_slice() {
        [root, step, outputs, output] => {
            nearest(root, ["steps"]).or(nearest(outputs, ["outputs"]))?;
            found(step, output)
        }
        [step, outputs, output] if nearest(outputs, ["outputs"]).is_some() => found(step, output),
        [_, step, output] | [step, output] => found(step, output),
        [output] => {
            // One list of that name in the whole file.
            let mut all = list
                .iter()
                .filter(|step| lists(step.id.text).is_some_and(|mut names| names.any(|name| name == *output)));
            let step = all.next()?;
            all.next().is_none().then(|| format!("steps.{}.outputs.{output}", step.id.text))
        }
        _ => None,
    }
}

pub(super) fn no_step(name: ListName<'_>, span: Span, list: &[syntax::Step<'_>]) -> Diagnostic {
    let finding = Diagnostic::new(
        "E0304",
        span,
        format!("没有步骤 `{}`", name.step),
        format!("there is no step `{}`", name.step),
    );
    match nearest(name.step, list.iter().map(|step| step.id.text)) {
        Some(word) => {
            let right = format!("steps.{word}.outputs.{}", name.output);
            let certain = is_spelling(name.step, word, list.iter().map(|step| step.id.text));
            finding
                .help(format!("是否想写 `{right}`？"), format!("did you mean `{right}`?"))
                .fix_if(certain, span, right)
        }
        None => finding.help(EXAMPLE.0, EXAMPLE.1),
    }
}

pub(super) fn no_output(name: ListName<'_>, span: Span, outputs: &[OutputSpec]) -> Diagnostic {
    let known = outputs.iter().map(|output| output.name);
    let finding = Diagnostic::new(
        "E0304",
        span,
        format!("步骤 `{}` 没有输出 `{}`", name.step, name.output),
        format!("step `{}` has no output `{}`", name.step, name.output),
    );
    match nearest(name.output, known.clone()) {
        Some(word) => {
            let right = format!("steps.{}.outputs.{word}", name.step);
            let certain = is_spelling(name.output, word, known);
            finding
                .help(format!("是否想写 `{right}`？"), format!("did you mean `{right}`?"))
                .fix_if(certain, span, right)
        }
        None => {
            let known: Vec<&str> = known.collect();
            finding.help(format!("输出：{}", known.join("、")), format!("its outputs are: {}", known.join(", ")))
        }
    }
}

/// A number, a list in brackets, or one object without them.
pub(super) fn wrong_form(
    output: &OutputSpec,
    name: ListName<'_>,
    span: Span,
    node: &Node,
    bracketed: bool,
) -> Diagnostic {
    let finding = |zh: String, en: String| Diagnostic::new("E0407", span, zh, en);
    let path = format!("steps.{}.outputs.{}", name.step, name.output);
    if output.list_of.is_none() {
        return finding(format!("`{}` 不是列表", name.output), format!("`{}` is not a list", name.output))
            .help(EXAMPLE.0, EXAMPLE.1);
    }
    if bracketed {
        let finding = finding(
            format!("`{}` 已经是列表，不用方括号", name.output),
            format!("`{}` is a list already, without brackets", name.output),
        )
        .help(format!("写 `{path}`"), format!("write `{path}`"));
        return if node.text().is_some_and(|text| text.trim().starts_with('[')) {
            finding.fix(node.span, path)
        } else {
            finding
        };
    }
    let right = format!("\"[{path}]\"");
    finding(
        format!("`{}` 是一个对象，循环需要列表", name.output),
        format!("`{}` is one object, and a loop takes a list", name.output),
    )
    .help(format!("写 `{right}`"), format!("write `{right}`"))
    .fix(node.span, right)
}
