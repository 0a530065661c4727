//! `foreach`: which list, under which name, told apart by what.
//!
//! A loop goes over a list of an earlier read step (`steps.ID.outputs.NAME`), over a part of it
//! (`….filter(x, condition)`), or over one object in brackets (`"[steps.ID.outputs.NAME]"`).

mod list;
mod refused;

use std::sync::Arc;

use idflow_sdk::{Effect, FieldId, Schema};

use list::{EXAMPLE, List, parse};
use refused::{no_list, no_output, no_step, wrong_form};

use super::{
    Scene,
    action::Action,
    listed::{Given, listed},
};
use crate::workflow::{
    compiled::{Foreach, Paths},
    diagnostic::{Diagnostic, Findings, Span},
    expression::{Condition, list_name},
    names::{Names, Object, StepNames, Target, only_finally, still_to_write},
    syntax,
    template::{self, Options, Template},
    yaml::{Data, Node, Style},
    yaml_edit,
};

pub use list::locals;

/// The name of the object where `as` gives none.
pub const ITEM: &str = "item";

/// The list that a step goes over, as far as it can be told without the fields of its objects.
pub fn foreach(
    place: usize,
    list: &[syntax::Step<'_>],
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
            .label("去掉引号和花括号", "remove the quotes and braces");
    match inner.filter(|inner| list_name(inner).is_some()) {
        Some(inner) => finding.help(format!("写作 `{inner}`"), format!("write `{inner}`")).fix(node.span, inner),
        None => finding.help(EXAMPLE.0, EXAMPLE.1),
    }
}

/// What needs the fields of the objects: `key`, the filter, the path.
#[allow(clippy::too_many_arguments, reason = "each is a part of the step or of what is around it")]
pub fn refine(
    step: &syntax::Step<'_>,
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
            Ok(condition) => {
                findings.extend(condition.same_for_all(part.span));
                foreach.filter = Some(Arc::new(condition));
            }
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
fn only_links(written: &syntax::Foreach<'_>, foreach: &mut Foreach, scene: &Scene<'_>, findings: &mut Findings) {
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
    step: &syntax::Step<'_>,
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
    step: &syntax::Step<'_>,
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
        findings.push(needs_key((written, list), entry_span, object, &fields, scene));
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

/// That the departments of a list of people need a key.
fn needs_key(
    (written, list): (&syntax::Foreach<'_>, &Node),
    entry_span: Span,
    object: Object<'_>,
    fields: &[FieldId],
    scene: &Scene<'_>,
) -> Diagnostic {
    let mut finding = Diagnostic::new(
        "E0515",
        list.span,
        "这个列表里的同一个部门会出现多次，需要 `key`",
        "one department occurs many times in this list: its items need a `key`",
    )
    .related(entry_span, "部门由这里的路径决定", "departments are made from this path");
    let field = match fields {
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
                    match yaml_edit::add_entry(scene.source.text, written.node, entry) {
                        Some(fix) => finding.suggest(fix.span, fix.text),
                        None => finding,
                    }
                })
            }
        }
        None => finding.help("加上 `key` 和 `distinct: true`", "add `key` and `distinct: true`"),
    };
    finding
}

/// The parameter of the step that makes departments from paths.
pub fn path_entry<'t>(step: &syntax::Step<'t>, action: &Action) -> Option<(Span, &'t Node)> {
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
        review_new: false,
    })
}
