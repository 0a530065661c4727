//! `foreach`: which list, under which name, told apart by what.
//!
//! A loop goes over a list of an earlier read step (`steps.ID.outputs.NAME`), over a part of it
//! (`….filter(x, condition)`), or over one object in brackets (`"[steps.ID.outputs.NAME]"`).

use std::{ops::Range, sync::Arc};

use idflow_sdk::{Effect, OutputSpec, Schema};

use super::{Findings, Given, Scene, listed, step::Action};
use crate::workflow::{
    compiled::{Foreach, Paths},
    diagnostic::{Diagnostic, Span},
    edit,
    expression::{Condition, ListName, list_name},
    names::{Local, Names, Object, StepNames, Target, only_finally, still_to_write},
    suggest::{is_spelling, nearest},
    template::{self, Options, Template},
    written,
    yaml::{Data, Node, Style},
};

/// The name of the object where `as` gives none.
pub const ITEM: &str = "item";

const EXAMPLE: (&str, &str) =
    ("写作 `steps.read_directory.outputs.users`", "write `steps.read_directory.outputs.users`");

/// The names of all loops of a file.
pub fn locals<'a>(list: &'a [written::Step<'_>]) -> Vec<Local<'a>> {
    list.iter()
        .filter_map(|step| {
            let foreach = step.foreach.as_ref()?;
            let word = foreach.variable?;
            Some(Local { name: word.text, step: step.id.text, span: word.span })
        })
        .collect()
}

/// What `in` says.
struct List<'t> {
    name: ListName<'t>,
    at: Range<usize>,
    /// Whether it stands in brackets.
    bracketed: bool,
    /// `filter`: the variable, and the condition.
    filter: Option<(&'t str, Range<usize>)>,
}

fn parse(text: &str) -> Option<List<'_>> {
    let start = text.len() - text.trim_start().len();
    let whole = text.trim();
    if let Some(inner) = whole.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let at = start + 1 + (inner.len() - inner.trim_start().len());
        let name = list_name(inner)?;
        return Some(List { name, at: at..at + inner.trim().len(), bracketed: true, filter: None });
    }
    if let Some((base, rest)) = whole.split_once(".filter(") {
        let rest = rest.strip_suffix(')')?;
        let (variable, condition) = rest.split_once(',')?;
        let name = list_name(base)?;
        let from = start + base.len() + ".filter(".len() + variable.len() + 1;
        let from = from + (condition.len() - condition.trim_start().len());
        let variable = variable.trim();
        let good = variable.starts_with(|c: char| c.is_ascii_lowercase())
            && variable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        return good.then(|| List {
            name,
            at: start..start + base.len(),
            bracketed: false,
            filter: Some((variable, from..from + condition.trim().len())),
        });
    }
    let name = list_name(whole)?;
    Some(List { name, at: start..start + whole.len(), bracketed: false, filter: None })
}

/// The list that a step goes over, as far as it can be told without the fields of its objects.
pub fn foreach(
    place: usize,
    list: &[written::Step<'_>],
    actions: &[Option<Action>],
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Option<Foreach> {
    let foreach = list[place].foreach.as_ref()?;
    let node = foreach.list?;
    // `in: [steps.x.outputs.user]` without quotes is a list of YAML.
    let inner = node.list().filter(|items| items.len() == 1).map(|items| &items[0]);
    let (node, bracketed) = (inner.unwrap_or(node), inner.is_some());
    let text = node.text().unwrap_or_default();
    if let Some(open) = text.find("{{") {
        findings.push(braces(node, text, open));
        return None;
    }
    let Some(named) = parse(text) else {
        if !node.is_broken() {
            findings.push(no_list(node, text, list, actions, scene));
        }
        return None;
    };
    let name = named.name;
    let span = node.place(scene.source.text, named.at.clone());
    let Some(step) = list.iter().position(|step| step.id.text == name.step) else {
        findings.push(if scene.finally.contains(&name.step) {
            only_finally(name.step, span)
        } else {
            no_step(name, span, list)
        });
        return None;
    };
    let action = actions[step].as_ref()?.action;
    let Some(output) = action.outputs.iter().find(|output| output.name == name.output) else {
        findings.push(if action.effect == Effect::Read {
            no_output(name, span, action.outputs)
        } else {
            still_to_write(name.step, span)
        });
        return None;
    };
    let bracketed = named.bracketed || bracketed;
    if output.list_of.is_none() || (output.one != bracketed) {
        findings.push(wrong_form(output, name, span, node, bracketed));
        return None;
    }
    Some(Foreach {
        step,
        output,
        variable: foreach.variable.map_or(ITEM, |word| word.text).to_string(),
        key: None,
        distinct: foreach.distinct.is_some_and(|(_, flag)| flag),
        filter: None,
        fields: None,
        paths: None,
        parents_first: foreach.parents_first,
        stop_on_item_error: foreach.stop_on_item_error,
        max_failures: foreach.max_failures,
        max_parallel: foreach.max_parallel.map(|(number, _)| number),
        timeout: foreach.timeout,
    })
}

fn braces(node: &Node, text: &str, open: usize) -> Diagnostic {
    let inner = text[open + 2..].find("}}").map(|end| text[open + 2..open + 2 + end].trim().to_string());
    let finding =
        Diagnostic::new("E0403", node.span, "`in` 是表达式，不是模板", "`in` takes an expression, not a template")
            .label("去掉引号和花括号", "remove the quotes and braces")
            .help(EXAMPLE.0, EXAMPLE.1);
    match inner.filter(|inner| list_name(inner).is_some()) {
        Some(inner) => finding.fix(node.span, inner),
        None => finding,
    }
}

/// Not the form of a list: the name of a step with something else behind it is looked at more closely.
fn no_list(
    node: &Node,
    text: &str,
    list: &[written::Step<'_>],
    actions: &[Option<Action>],
    scene: &Scene<'_>,
) -> Diagnostic {
    let inner = text.trim().trim_matches(['[', ']']).trim();
    let mut parts = inner.split('.');
    if let (Some("steps"), Some(id)) = (parts.next(), parts.next()) {
        if scene.finally.contains(&id) {
            return only_finally(id, node.span);
        }
        let place = list.iter().position(|step| step.id.text == id);
        let action = place.and_then(|place| actions[place].as_ref());
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
            .suggest(node.span, edit::quoted(scene.source.text, node.span, &meant)),
        None => finding,
    }
}

/// The list that was surely meant: a root misspelt, a part left out, parts too many.
fn meant_list(text: &str, list: &[written::Step<'_>], actions: &[Option<Action>]) -> Option<String> {
    let parts: Vec<&str> =
        text.split(['.', '[', ']', '"', '\'']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let id = |word: &str| nearest(word, list.iter().map(|step| step.id.text));
    let lists = |id: &str| {
        let place = list.iter().position(|step| step.id.text == id)?;
        let action = actions.get(place)?.as_ref()?;
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

fn no_step(name: ListName<'_>, span: Span, list: &[written::Step<'_>]) -> Diagnostic {
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

fn no_output(name: ListName<'_>, span: Span, outputs: &[OutputSpec]) -> Diagnostic {
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
fn wrong_form(output: &OutputSpec, name: ListName<'_>, span: Span, node: &Node, bracketed: bool) -> Diagnostic {
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

/// What needs the fields of the objects: `key`, the filter, the path.
#[allow(clippy::too_many_arguments, reason = "each is a part of the step or of what is around it")]
pub fn refine(
    step: &written::Step<'_>,
    action: &Action,
    foreach: &mut Foreach,
    reader: Option<&Action>,
    given: &Given,
    names: &[StepNames<'_>],
    scene: &Scene<'_>,
    reads: &mut Vec<(usize, Span)>,
    findings: &mut Findings,
) -> Option<Arc<Schema>> {
    let written = step.foreach.as_ref()?;
    let schema = reader.and_then(|reader| listed(reader, foreach.output.list_of?, given))?;
    if let Some(node) = written.list
        && let Some(List { filter: Some((variable, range)), .. }) = parse(node.text().unwrap_or_default())
    {
        let part = Node {
            span: node.place(scene.source.text, range.clone()),
            data: Data::Scalar(node.text().unwrap_or_default()[range].to_string(), Style::Plain),
        };
        let visible = Names { object: Some(Object { variable, schema: &schema, because: None }), ..scene.names(names) };
        match Condition::compile(&part, scene.source.text, &visible) {
            Ok(condition) => foreach.filter = Some(Arc::new(condition)),
            Err(mut found) => findings.append(&mut found),
        }
        reads.extend(scene.note(&visible));
    }
    foreach.fields = Some(Arc::clone(&schema));
    if foreach.output.removed {
        only_links(written, foreach, scene, findings);
        return Some(schema);
    }
    let object = Object { variable: &foreach.variable.clone(), schema: &schema, because: None };
    foreach.key = written.key.and_then(|node| key(node, object, step, scene, findings));
    paths(step, action, foreach, object, names, scene, reads, findings);
    if let (Some((span, true)), None, true) = (written.distinct, written.key, foreach.paths.is_none()) {
        findings.push(
            Diagnostic::new(
                "E0515",
                span,
                "`distinct` 需要 `key`：按什么算相同？",
                "`distinct` needs a `key`: the same by what?",
            )
            .help(format!("加上 `key: {}.字段`", foreach.variable), format!("add `key: {}.field`", foreach.variable)),
        );
    }
    Some(schema)
}

/// What is gone is known by its link: there is no field left to look at.
fn only_links(written: &written::Foreach<'_>, foreach: &mut Foreach, scene: &Scene<'_>, findings: &mut Findings) {
    let filter = foreach.filter.take().and(written.list.map(|node| node.span));
    let places = [filter, written.key.map(|node| node.span), written.distinct.map(|(span, _)| span)];
    for span in places.into_iter().flatten() {
        findings.push(
            Diagnostic::new(
                "E0407",
                span,
                "已消失的对象只剩绑定关系，不能筛选，也不能另取键",
                "what is gone is known by its link only: it cannot be filtered or told apart by a field",
            )
            .help(format!("写 `in: {}`", plain(foreach, scene)), format!("write `in: {}`", plain(foreach, scene))),
        );
    }
    foreach.distinct = false;
}

fn plain(foreach: &Foreach, scene: &Scene<'_>) -> String {
    let step = scene.steps.get(foreach.step).copied().unwrap_or_default();
    format!("steps.{step}.outputs.{}", foreach.output.name)
}

/// `key: item.field`: a field that every object has, or the item would have no name in the next run.
fn key(
    node: &Node,
    object: Object<'_>,
    step: &written::Step<'_>,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Option<Template> {
    let variable = object.variable;
    let text = node.text().unwrap_or_default().trim();
    let example = (format!("写作 `{variable}.字段`"), format!("write `{variable}.field`"));
    if let Some(inner) = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
        findings.push(
            Diagnostic::new(
                "E0403",
                node.span,
                "`key` 是表达式，不是模板",
                "`key` takes an expression, not a template",
            )
            .label("去掉引号和花括号", "remove the quotes and braces")
            .help(example.0, example.1)
            .fix(node.span, inner.trim()),
        );
        return None;
    }
    let path: Vec<&str> = text.split('.').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if path.len() < 2 || !path.iter().all(word) {
        findings.push(
            Diagnostic::new("E0407", node.span, "`key` 是当前对象的一个字段", "`key` is a field of the object at hand")
                .help(example.0, example.1),
        );
        return None;
    }
    let names = Names { object: Some(object), ..scene.names(&[]) };
    let resolved = names.resolve(&path, node.span);
    scene.note(&names);
    let finding = match resolved {
        Err(finding) => *finding,
        Ok((ty, Target::Field(id))) => {
            let spec = object.schema.spec(id);
            if !(ty.is_text() || ty.is_int()) {
                Diagnostic::new("E0402", node.span, "`key` 应当是文本或整数", "`key` is text or a whole number")
                    .help(example.0, example.1)
            } else if spec.required || spec.name == "id" {
                return Some(Template::of_field(id, ty, &format!("{{{{{text}}}}}")));
            } else {
                Diagnostic::new(
                    "E0515",
                    node.span,
                    format!("`{text}` 可能为空，不能用来认出对象"),
                    format!("`{text}` may be empty, so it cannot tell one object from another"),
                )
                .label("下次运行会认不出它", "the next run would not recognise it")
                .related(step.id.span, "在这个步骤里", "in this step")
                .help(
                    "换一个必填的字段；读取 CSV 时把这一列写进 `required`",
                    "use a field that is always there; for a CSV file name the column under `required`",
                )
            }
        }
        Ok(_) => Diagnostic::new(
            "E0515",
            node.span,
            "`key` 必须取自当前对象，否则每一项都相同",
            "`key` must come from the object at hand, or all items are the same",
        )
        .help(example.0, example.1),
    };
    findings.push(finding);
    None
}

/// `with: {path: …}` in place of a mapping.
#[allow(clippy::too_many_arguments, reason = "each is a part of the step or of what is around it")]
fn paths(
    step: &written::Step<'_>,
    action: &Action,
    foreach: &mut Foreach,
    object: Object<'_>,
    names: &[StepNames<'_>],
    scene: &Scene<'_>,
    reads: &mut Vec<(usize, Span)>,
    findings: &mut Findings,
) {
    let Some((entry_span, node)) = path_entry(step, action) else { return };
    let visible = Names { object: Some(object), ..scene.names(names) };
    let template = template::compile(node, scene.source.text, &visible, Options::default(), findings);
    reads.extend(scene.note(&visible));
    let Some(template) = template else { return };
    let mut fields = Vec::new();
    template.reads(&mut fields);
    if fields.is_empty() {
        findings.push(
            Diagnostic::new(
                "E0515",
                node.span,
                "`path` 没有用到当前对象，每一项都相同",
                "`path` does not use the object at hand: it would be the same for every item",
            )
            .help(
                format!("例如 `\"{{{{{}.dept_path}}}}\"`", object.variable),
                format!("for example `\"{{{{{}.dept_path}}}}\"`", object.variable),
            ),
        );
        return;
    }
    if !(template.ty().is_text() || template.ty().is_list()) {
        let (zh, en) = template.ty().title();
        findings.push(
            Diagnostic::new(
                "E0402",
                node.span,
                format!("路径应当是文本，这里是{zh}"),
                format!("a path is text, and this is {en}"),
            )
            .help("用 `/` 连接的名称，例如 `研发/平台`", "names joined by `/`, for example `R&D/Platform`"),
        );
        return;
    }
    if let Some(written) = &step.foreach
        && written.key.is_none()
        && let Some(list) = written.list
    {
        let mut finding = Diagnostic::new(
            "E0515",
            list.span,
            "这个列表里的同一个部门会出现多次，需要 `key`",
            "one department occurs many times in this list: its items need a `key`",
        )
        .related(entry_span, "部门由这里的路径决定", "departments are made from this path");
        let field = match fields.as_slice() {
            [id] => Some(format!("{}.{}", object.variable, object.schema.spec(*id).name)),
            _ => None,
        };
        finding = match field {
            Some(field) => {
                let text = format!("key: {field}, distinct: true");
                let finding = finding.help(format!("加上 `{text}`"), format!("add `{text}`"));
                if written.span == list.span {
                    let expression = list.text().unwrap_or_default();
                    finding.suggest(list.span, format!("{{in: {expression}, {text}}}"))
                } else {
                    [format!("key: {field}"), "distinct: true".to_string()].iter().fold(finding, |finding, entry| {
                        match edit::add_entry(scene.source.text, written.node, entry) {
                            Some(fix) => finding.suggest(fix.span, fix.text),
                            None => finding,
                        }
                    })
                }
            }
            None => finding.help("加上 `key` 和 `distinct: true`", "add `key` and `distinct: true`"),
        };
        findings.push(finding);
    }
    let separator = step.with.and_then(|with| with.get("separator")).and_then(Node::text).unwrap_or("/");
    if separator.is_empty() || separator.contains("{{") {
        let span = step.with.and_then(|with| with.get("separator")).map_or(node.span, |node| node.span);
        findings.push(
            Diagnostic::new("E0402", span, "`separator` 应当是固定的文本", "`separator` is a fixed text")
                .help("例如 `separator: \"/\"`", "for example `separator: \"/\"`"),
        );
        return;
    }
    foreach.paths = Some(Paths { value: template, separator: separator.to_string() });
}

/// The parameter of the step that makes departments from paths.
pub fn path_entry<'t>(step: &written::Step<'t>, action: &Action) -> Option<(Span, &'t Node)> {
    let params = action.action.params.iter().filter(|param| param.ty == idflow_sdk::ParamType::Path);
    let entries = step.with?.map()?;
    params
        .filter_map(|param| entries.iter().find(|entry| entry.key == param.name))
        .map(|entry| (entry.key_span, &entry.value))
        .next()
}

/// The mapping that stands for a path: departments with a name and a parent, recognised by their path.
pub fn path_mapping(source: &Schema, target: &'static Schema) -> Option<crate::workflow::compiled::Mapping> {
    use crate::workflow::{
        compiled::{MappedField, Mapping, MatchRule, WhenEmpty, WhenUnresolved},
        names::Ty,
    };
    use idflow_sdk::{Access, FieldSpec, KeyRule, Kind, Text, Type};
    let text = Text::new("路径的一级", "one level of a path");
    let fields = vec![
        FieldSpec::new("name", Type::Text, text).required().access(Access::ReadOnly),
        FieldSpec::new("parent", Type::Ref(Kind::Department), text).access(Access::ReadOnly),
        FieldSpec::new("path", Type::Path, text).required().access(Access::ReadOnly),
    ];
    let schema = Schema {
        connector: source.connector,
        kind: Kind::Department,
        fields: fields.into(),
        key: KeyRule::Given,
        numeric_keys: false,
        label: "name",
        parent: Some("parent"),
        max_depth: None,
        gone_when: None,
        at_least_one: &[],
    };
    let field = |target, value, refers_to| MappedField {
        target,
        value,
        create_only: false,
        fill_only: false,
        when_empty: WhenEmpty::Never,
        when_unresolved: WhenUnresolved::Wait,
        refers_to,
        line: 0,
    };
    let (name, parent, path) = (schema.field("name")?, schema.field("parent")?, schema.field("path")?);
    let up = target.field(target.parent?)?;
    Some(Mapping {
        name: "path".into(),
        rules: vec![
            MatchRule::Linked,
            MatchRule::Equal {
                text: "source.path == target.path".into(),
                source: Template::of_field(path, Ty::Field(Type::Path), "{{source.path}}"),
                target: target.field("path")?,
            },
        ],
        fields: vec![
            field(
                target.field(target.label)?,
                Template::of_field(name, Ty::Field(Type::Text), "{{source.name}}"),
                None,
            ),
            field(up, Template::target_id(parent), Some(Kind::Department)),
        ],
        source: Arc::new(schema),
        target,
        proposals: None,
    })
}
