//! Rules about loops and mapped fields of steps.

use idflow_sdk::{Effect, FieldSpec, KeyRule, Kind};

use super::{
    super::{action::Action, mapping::Mappings},
    around::Around,
};
use crate::workflow::{
    compiled::{Foreach, MappingIndex},
    diagnostic::{Diagnostic, Findings},
    keys,
    names::of_schema,
    syntax, yaml_edit,
};

pub(super) fn looped(
    step: &syntax::Step<'_>,
    action: &Action,
    foreach: &Foreach,
    writes: bool,
    uses: syntax::Word<'_>,
    around: &Around<'_, '_>,
    findings: &mut Findings,
) {
    let Some(written) = &step.foreach else { return };
    if let Some((number, span)) = written.max_parallel.filter(|(number, _)| *number > action.action.max_parallel) {
        let most = action.action.max_parallel;
        findings.push(
            Diagnostic::new(
                "W0804",
                span,
                format!("`max_parallel: {number}` 超过连接器的上限 {most}"),
                format!("`max_parallel: {number}` is above the connector's limit of {most}"),
            )
            .label("不会因此更快", "it makes nothing faster")
            .help(
                format!("`{}` 最多同时 {most} 个；`max_parallel` 只能调低", uses.text),
                format!("`{}` takes at most {most} at a time; `max_parallel` can only lower that", uses.text),
            )
            .fix(span, most.to_string()),
        );
    }
    let Some(node) = written.list else { return };
    let removes = matches!(action.action.effect, Effect::Remove(_));
    if removes != foreach.output.removed {
        let (zh, en) = if removes {
            (
                format!("`{}` 只能用在已消失对象的列表上", uses.text),
                format!("`{}` works on lists of what is gone", uses.text),
            )
        } else {
            (
                "这是已消失对象的列表，不能创建或更新".into(),
                "this lists what is gone; it cannot be created or updated".into(),
            )
        };
        findings.push(Diagnostic::new("E0507", node.span, zh, en).help(
            "移除用 `removed_users`、`removed_departments`、`removed_rows`；创建和更新用其他列表",
            "remove steps take `removed_users`, `removed_departments`, `removed_rows`; create and update take the others",
        ));
    }
    let tree = action.action.kind == Some(Kind::Department)
        && action.connector.schema(Kind::Department).is_some_and(|schema| schema.parent.is_some());
    // What `with: {path}` makes begins with its first department anyway, also where the path is still to be mended.
    if writes && tree && !foreach.parents_first && step.with.is_none() {
        let finding = Diagnostic::new(
            "E0513",
            written.order.unwrap_or(node.span),
            "部门要先写上级、再写下级",
            "departments are written parents first",
        )
        .help("加上 `order: parents_first`", "add `order: parents_first`");
        findings.push(if let Some(order) = written.order {
            finding.suggest(order, "parents_first")
        } else if written.span == node.span {
            finding.fix(node.span, format!("{{in: {}, order: parents_first}}", node.text().unwrap_or_default()))
        } else {
            // Departments have no other order in which they can be written.
            match yaml_edit::add_entry(around.scene.source.text, written.node, "order: parents_first") {
                Some(fix) => finding.fix(fix.span, fix.text),
                None => finding,
            }
        });
    }
}

pub(super) fn mapped(
    step: &syntax::Step<'_>,
    action: &Action,
    index: MappingIndex,
    mappings: &Mappings<'_, '_>,
    around: &Around<'_, '_>,
    findings: &mut Findings,
) {
    let mapping = mappings.get(index);
    let Some((_, written)) = mappings.find(&mapping.name) else { return };
    let target = mapping.target;
    let (zh, en) = of_schema(target);
    // Without `fields` that is what is missing.
    if action.action.effect.creates() && written.fields_key != written.name.span {
        let carried = |field: &FieldSpec| matches!(target.key, KeyRule::Sequence(key) if field.name == key);
        let missing: Vec<&FieldSpec> = target
            .fields
            .iter()
            .filter(|field| field.required && field.access != idflow_sdk::Access::ReadOnly && !carried(field))
            .filter(|field| !written.fields.iter().any(|set| set.name.text == field.name))
            .collect();
        for field in missing {
            let name = &field.name;
            let example = example(field, &mapping.source);
            let finding = Diagnostic::new(
                "E0508",
                written.fields_key,
                format!("{zh}必须有 `{name}`"),
                format!("{en} needs `{name}`"),
            )
            .label(format!("没有设置 `{name}`"), format!("never sets `{name}`"))
            .related(written.name.span, "这个映射用来创建对象", "this mapping creates objects")
            .help(format!("加上 `{name}: {example}`"), format!("add `{name}: {example}`"));
            findings.push(match written.fields_node {
                Some(node) if known(&example, &mapping.source) => {
                    around.adding(finding, node, &format!("{name}: {example}"))
                }
                _ => finding,
            });
        }
    }
    if action.action.effect.updates() && (!written.has_match || written.rules.is_empty()) {
        let span = step.map.map_or(step.id.span, |word| word.span);
        let finding = Diagnostic::new(
            "E0512",
            span,
            format!("更新需要知道对应哪个对象，映射 `{}` 没有 `match`", mapping.name),
            format!("an update must know which object is meant, and mapping `{}` has no `match`", mapping.name),
        )
        .related(written.name.span, "这个映射", "this mapping")
        .help("加上 `match: [linked]`，或再加一条比较规则", "add `match: [linked]`, or a comparison beside it");
        findings.push(match keys::get(written.node, &keys::MAPPING, "match") {
            Some(node) => finding.suggest(node.span, "[linked]"),
            None => around.adding(finding, written.node, "match: [linked]"),
        });
    }
}

/// Whether the source has the field that the example reads.
pub(super) fn known(example: &str, source: &idflow_sdk::Schema) -> bool {
    let Some((_, rest)) = example.split_once("source.") else { return true };
    let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    source.field(&name).is_some()
}

/// What is surely meant by a missing field, from what the source has.
pub(super) fn example(field: &FieldSpec, source: &idflow_sdk::Schema) -> String {
    use idflow_sdk::Type;
    let has = |name: &str| source.field(name).is_some();
    let first = |names: &[&'static str]| names.iter().copied().find(|name| has(name));
    let name = &*field.name;
    match field.ty {
        Type::Refs { kind: Kind::Department, .. } | Type::Members { kind: Kind::Department } => {
            let from = first(&["departments", "department"]);
            match from.or(has(name).then_some(name)) {
                Some(from) => format!("\"{{{{target_ids source.{from}}}}}\""),
                None => match first(&["dept_path", "department_path", "path"]) {
                    Some(from) => format!("\"{{{{department_paths source.{from}}}}}\""),
                    None => "\"{{target_ids source.departments}}\"".into(),
                },
            }
        }
        Type::Refs { .. } => format!("\"{{{{target_ids source.{name}}}}}\""),
        Type::Ref(_) => "\"{{target_id source.parent}}\"".into(),
        Type::Flags { .. } => "\"{{leader_flags source.departments}}\"".into(),
        _ => {
            let account = ["username", "userid", "account", "employee_no"];
            let from = match name {
                "userid" | "username" => first(&account).unwrap_or(if name == "userid" { "username" } else { name }),
                _ => name,
            };
            if field.access == idflow_sdk::Access::CreateOnly {
                format!("{{value: \"{{{{source.{from}}}}}\", write: create}}")
            } else {
                format!("\"{{{{source.{from}}}}}\"")
            }
        }
    }
}
