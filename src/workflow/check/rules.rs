//! The rules over whole steps and the whole file: what is missing, what comes too early, what may remove, what is unused.

use idflow_sdk::{Effect, FieldSpec, KeyRule, Kind, Removal};

use super::{Findings, Scene, mapping::Mappings, step::Action};
use crate::workflow::{
    compiled::{Foreach, MappingIndex},
    diagnostic::{Diagnostic, Span},
    edit,
    graph::Graph,
    helpers::Helper,
    names::of_schema,
    written::{self, Written},
};

/// The rules of one step.
pub fn step(
    step: &written::Step<'_>,
    action: Option<&Action>,
    foreach: Option<&Foreach>,
    mapping: Option<MappingIndex>,
    mappings: &Mappings<'_, '_>,
    source: &str,
    findings: &mut Findings,
) {
    named(step, findings);
    let Some(action) = action else { return };
    let effect = action.action.effect;
    let uses = step.uses.map_or(step.id, |word| word);
    let writes = effect.creates() || effect.updates();
    let added =
        |entry: &str| edit::key_of(source, uses.span.start, "uses").and_then(|at| edit::before(source, at, entry));
    if writes && step.map.is_none() {
        let mut finding = Diagnostic::new(
            "E0202",
            uses.span,
            format!("`{}` 需要 `map`", uses.text),
            format!("`{}` needs `map`", uses.text),
        )
        .help(
            "在 `mappings` 里写一个映射，并在这里写 `map: 名字`",
            "write a mapping under `mappings` and name it here: `map: name`",
        );
        let kind = action.action.kind.map_or("", Kind::as_str);
        if let Some(name) = mappings.only_to(&format!("{}/{kind}", action.connector.name))
            && let Some(fix) = added(&format!("map: {name}"))
        {
            finding = finding.help(format!("加上 `map: {name}`"), format!("add `map: {name}`")).fix(fix.span, fix.text);
        }
        findings.push(finding);
    }
    if (writes || matches!(effect, Effect::Remove(_))) && step.foreach.is_none() {
        findings.push(
            Diagnostic::new(
                "E0202",
                uses.span,
                format!("`{}` 需要 `foreach`", uses.text),
                format!("`{}` needs `foreach`", uses.text),
            )
            .help(
                "写出对象的列表，例如 `foreach: {in: steps.read_directory.outputs.users}`",
                "name the list of objects, for example `foreach: {in: steps.read_directory.outputs.users}`",
            ),
        );
    }
    if !writes && !matches!(effect, Effect::Remove(_)) && step.foreach.is_some() {
        let span = step.foreach.as_ref().map_or(step.span, |foreach| foreach.span);
        findings.push(
            Diagnostic::new(
                "E0507",
                span,
                format!("`{}` 不能循环", uses.text),
                format!("`{}` runs once, not for each object", uses.text),
            )
            .help("删除 `foreach`", "remove `foreach`"),
        );
    }
    if let Some(foreach) = foreach {
        looped(step, action, foreach, writes, uses, findings);
    }
    if let Some(index) = mapping {
        mapped(step, action, index, mappings, source, findings);
    }
    if matches!(effect, Effect::Remove(Removal::Delete))
        && !step.approval.as_ref().is_some_and(|approval| approval.always)
    {
        let approval = "approval: {when: always, by: [admin], expires_after: 72h}";
        let mut finding = Diagnostic::new("E0703", uses.span, "删除必须有审批", "a delete needs an approval")
            .label("删除后无法恢复", "cannot be undone")
            .help(format!("加上 `{approval}`"), format!("add `{approval}`"));
        match step.approval_span {
            Some(span) => {
                finding = finding
                    .related(span, "这个审批只在超过上限时才问", "this one asks only when a limit is exceeded")
                    .fix(span, "{when: always, by: [admin], expires_after: 72h}");
            }
            None => {
                if let Some(fix) = added(approval) {
                    finding = finding.fix(fix.span, fix.text);
                }
            }
        }
        findings.push(finding);
    }
}

/// Whether the step has a name in both languages.
pub fn named(step: &written::Step<'_>, findings: &mut Findings) {
    if step.name.as_ref().is_none_or(|(_, both)| !both) {
        let id = step.id.text;
        findings.push(
            Diagnostic::new(
                "W0807",
                step.id.span,
                format!("步骤 `{id}` 缺少中文或英文名称"),
                format!("step `{id}` has no name in zh or en"),
            )
            .help(
                "例如 `name: {zh: 读取组织架构, en: Read directory}`",
                "for example `name: {zh: 读取组织架构, en: Read directory}`",
            ),
        );
    }
}

fn looped(
    step: &written::Step<'_>,
    action: &Action,
    foreach: &Foreach,
    writes: bool,
    uses: written::Word<'_>,
    findings: &mut Findings,
) {
    let Some(written) = &step.foreach else { return };
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
    if writes && tree && !foreach.parents_first {
        let finding = Diagnostic::new(
            "E0513",
            written.order.unwrap_or(node.span),
            "部门要先写上级、再写下级",
            "departments are written parents first",
        )
        .help("加上 `order: parents_first`", "add `order: parents_first`");
        findings.push(if written.order.is_some() {
            finding.fix(written.order.unwrap_or_default(), "parents_first")
        } else if written.span == node.span {
            finding.fix(node.span, format!("{{in: {}, order: parents_first}}", node.text().unwrap_or_default()))
        } else {
            finding.fix(Span::new(node.span.end, node.span.end), ", order: parents_first")
        });
    }
}

fn mapped(
    step: &written::Step<'_>,
    action: &Action,
    index: MappingIndex,
    mappings: &Mappings<'_, '_>,
    source: &str,
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
            let example = example(field);
            let mut finding = Diagnostic::new(
                "E0508",
                written.fields_key,
                format!("{zh}必须有 `{name}`"),
                format!("{en} needs `{name}`"),
            )
            .label(format!("没有设置 `{name}`"), format!("never sets `{name}`"))
            .related(written.name.span, "这个映射用来创建对象", "this mapping creates objects")
            .help(format!("加上 `{name}: {example}`"), format!("add `{name}: {example}`"));
            let first = written.fields.first().map(|field| field.name.span.start);
            if known(&example, &mapping.source)
                && let Some(fix) = first.and_then(|at| edit::before(source, at, &format!("{name}: {example}")))
            {
                finding = finding.fix(fix.span, fix.text);
            }
            findings.push(finding);
        }
    }
    if action.action.effect.updates() && (!written.has_match || written.rules.is_empty()) {
        let span = step.map.map_or(step.id.span, |word| word.span);
        let mut finding = Diagnostic::new(
            "E0512",
            span,
            format!("更新需要知道对应哪个对象，映射 `{}` 没有 `match`", mapping.name),
            format!("an update must know which object is meant, and mapping `{}` has no `match`", mapping.name),
        )
        .related(written.name.span, "这个映射", "this mapping")
        .help("加上 `match: [linked]`，或再加一条比较规则", "add `match: [linked]`, or a comparison beside it");
        if !written.has_match
            && let Some(fix) = edit::before(source, written.fields_key.start, "match: [linked]")
        {
            finding = finding.fix(fix.span, fix.text);
        }
        findings.push(finding);
    }
}

/// Whether the source has the field that the example reads.
fn known(example: &str, source: &idflow_sdk::Schema) -> bool {
    let Some((_, rest)) = example.split_once("source.") else { return true };
    let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    source.field(&name).is_some()
}

fn example(field: &FieldSpec) -> String {
    use idflow_sdk::Type;
    match field.ty {
        Type::Refs { .. } | Type::Members => format!(
            "\"{{{{target_ids source.{}}}}}\"",
            if field.name == "department" { "departments" } else { &field.name }
        ),
        Type::Ref(_) => "\"{{target_id source.parent}}\"".into(),
        Type::Flags { .. } => "\"{{leader_flags source.departments}}\"".into(),
        _ if field.name == "userid" => "{value: \"{{source.username}}\", write: create}".into(),
        _ => format!("\"{{{{source.{}}}}}\"", field.name),
    }
}

/// The rules over all steps together.
#[allow(clippy::too_many_arguments, reason = "each is a finished part of the file")]
pub fn steps(
    list: &[written::Step<'_>],
    written: &Written<'_>,
    actions: &[Option<Action>],
    facts: &[Option<MappingIndex>],
    mappings: &Mappings<'_, '_>,
    graph: &Graph,
    source: &str,
    findings: &mut Findings,
) {
    people_after_departments(list, actions, facts, mappings, graph, findings);
    let limit = written.safety.remove;
    if limit.max.is_some() || limit.max_percent.is_some() || limit.max_per_day.is_some() {
        return;
    }
    let removing = list
        .iter()
        .zip(actions)
        .find(|(_, action)| action.as_ref().is_some_and(|action| matches!(action.action.effect, Effect::Remove(_))));
    let Some((step, _)) = removing else { return };
    let uses = step.uses.unwrap_or(step.id);
    let mut finding = Diagnostic::new(
        "E0701",
        uses.span,
        "这个工作流会移除对象，但没有 `safety.remove` 上限",
        "this workflow can remove objects but has no `safety.remove`",
    )
    .label("会移除对象", "removes objects")
    .help(
        "来源变空或被过滤时，没有上限会清空整个目录",
        "without a limit an empty or filtered-out source wipes the whole directory",
    );
    let limit = "remove: {max: 20, max_percent: 5%}";
    let fix = match written.safety_span {
        Some(safety) => {
            finding = finding.related(safety, "这里没有 `remove`", "no `remove` here");
            let lead = source.get(safety.range()).unwrap_or_default();
            let inner = safety.start + usize::from(lead.starts_with('{'));
            let empty = lead.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with('}'));
            match (empty, written.remove_span) {
                (_, Some(span)) => {
                    Some(crate::workflow::diagnostic::Fix { span, text: "{max: 20, max_percent: 5%}".into() })
                }
                (true, _) => Some(crate::workflow::diagnostic::Fix { span: safety, text: format!("{{{limit}}}") }),
                _ => edit::before(source, inner, limit),
            }
        }
        None => edit::before(source, written.steps_key.start, &format!("safety: {{{limit}}}")),
    };
    if let Some(fix) = fix {
        finding = finding.fix(fix.span, fix.text);
    }
    findings.push(finding.help(
        "加上 `safety: {remove: {max: 20, max_percent: 5%}}`",
        "add `safety: {remove: {max: 20, max_percent: 5%}}`",
    ));
}

/// People who refer to departments of the same connection come after the step that creates those.
fn people_after_departments(
    list: &[written::Step<'_>],
    actions: &[Option<Action>],
    facts: &[Option<MappingIndex>],
    mappings: &Mappings<'_, '_>,
    graph: &Graph,
    findings: &mut Findings,
) {
    let kind = |action: &Action, kind: Kind| action.action.kind == Some(kind) && action.action.effect.creates();
    for (place, action) in actions.iter().enumerate() {
        let (Some(action), Some(index)) = (action, facts[place]) else { continue };
        if action.action.kind != Some(Kind::User) {
            continue;
        }
        let mapping = mappings.get(index);
        let field = mapping
            .fields
            .iter()
            .find(|field| field.refers_to == Some(Kind::Department) && field.value.uses(Helper::refers));
        let Some(field) = field else { continue };
        for (other, creator) in actions.iter().enumerate() {
            let Some(creator) = creator else { continue };
            let same = creator.connection == action.connection && creator.connector.name == action.connector.name;
            if !same || !kind(creator, Kind::Department) || graph.is_before(other, place) {
                continue;
            }
            let (id, earlier) = (list[place].id, list[other].id);
            let expression = field.value.text().trim_start_matches('{').trim_end_matches('}').trim();
            findings.push(
                Diagnostic::new(
                    "E0514",
                    id.span,
                    "人员先于所需的部门写入",
                    "people are written before the departments they need",
                )
                .label(format!("用到 `{expression}`"), format!("uses `{expression}`"))
                .related(earlier.span, "部门由这个步骤创建", "the departments are created by this step")
                .help(
                    format!("把 `{}` 移到 `{}` 上面，或写 `needs: [{}]`", earlier.text, id.text, earlier.text),
                    format!("move `{}` above `{}`, or add `needs: [{}]` to it", earlier.text, id.text, earlier.text),
                ),
            );
            if let (Some((span, needs)), false) = (&list[place].needs, graph.is_before(place, other))
                && let Some(finding) = findings.last_mut()
            {
                let all: Vec<&str> = needs.iter().map(|word| word.text).chain([earlier.text]).collect();
                finding.fixes.push(crate::workflow::diagnostic::Fix {
                    span: *span,
                    text: format!("needs: [{}]", all.join(", ")),
                });
            }
        }
    }
}

/// Connections and variables that nobody uses.
pub fn unused(written: &Written<'_>, scene: &Scene<'_>, findings: &mut Findings) {
    let used = scene.used.borrow();
    for connection in &written.connections {
        let place = scene.connections.iter().position(|known| known.alias == connection.alias.text);
        let Some(place) = place else { continue };
        if used.connections.contains(&place) {
            continue;
        }
        let alias = connection.alias;
        findings.push(
            Diagnostic::new(
                "W0803",
                alias.span,
                format!("连接 `{}` 没有用到", alias.text),
                format!("connection `{}` is not used", alias.text),
            )
            .help("删除它", "remove it"),
        );
    }
    for (name, _) in &written.vars {
        if used.vars.iter().any(|used| used == name.text) {
            continue;
        }
        findings.push(
            Diagnostic::new(
                "W0803",
                name.span,
                format!("变量 `{}` 没有用到", name.text),
                format!("variable `{}` is not used", name.text),
            )
            .help("删除它", "remove it"),
        );
    }
}
