//! The rules over whole steps and the whole file: what is missing, what comes too early, what may remove, what is unused.

use std::{collections::HashMap, time::Duration};

use idflow_sdk::{Effect, FieldSpec, KeyRule, Kind, Removal};

use super::{Findings, Scene, mapping::Mappings, step::Action};
use crate::{
    model::definition::{Backoff, Retry},
    workflow::{
        compiled::{Foreach, InputType, MappingIndex},
        diagnostic::{Diagnostic, Fix, Span},
        edit,
        graph::Graph,
        helpers::Helper,
        keys,
        names::{Names, of_schema},
        parse::{exclusive, scalar},
        written::{self, Written},
    },
};

/// What stands around a step.
pub struct Around<'a, 't> {
    pub list: &'a [written::Step<'t>],
    pub actions: &'a [Option<Action>],
    pub written: &'a Written<'t>,
    pub scene: &'a Scene<'a>,
}

impl Around<'_, '_> {
    /// The finding with an entry that could be added to a map: what is missing is not known for certain.
    fn adding(&self, finding: Diagnostic, node: &crate::workflow::yaml::Node, entry: &str) -> Diagnostic {
        with_fix(finding, edit::add_entry(self.scene.source.text, node, entry))
    }
}

fn with_fix(finding: Diagnostic, fix: Option<Fix>) -> Diagnostic {
    match fix {
        Some(fix) => finding.suggest(fix.span, fix.text),
        None => finding,
    }
}

/// The rules of one step.
pub fn step(
    step: &written::Step<'_>,
    action: Option<&Action>,
    foreach: Option<&Foreach>,
    mapping: Option<MappingIndex>,
    mappings: &Mappings<'_, '_>,
    around: &Around<'_, '_>,
    findings: &mut Findings,
) {
    named(step, findings);
    let Some(action) = action else { return };
    let effect = action.action.effect;
    let uses = step.uses.map_or(step.id, |word| word);
    let writes = effect.creates() || effect.updates();
    if step.calls() {
        waits(step, around, findings);
        return;
    }
    sends(step, action, findings);
    waits(step, around, findings);
    let path = super::looped::path_entry(step, action);
    if let (Some(map), Some((path, _))) = (step.key("map"), path) {
        findings.push(exclusive(path, "path", map, "map"));
    }
    if writes && step.map.is_none() && path.is_none() {
        let finding = Diagnostic::new(
            "E0202",
            uses.span,
            format!("`{}` 需要 `map`", uses.text),
            format!("`{}` needs `map`", uses.text),
        )
        .help(
            "在 `mappings` 里写一个映射，并在这里写 `map: 名字`",
            "write a mapping under `mappings` and name it here: `map: name`",
        );
        let wanted = format!("{}/{}", action.connector.name, action.action.kind.map_or("", Kind::as_str));
        let mut fitting =
            around.written.mappings.iter().filter(|mapping| mapping.to.is_some_and(|to| to.text == wanted));
        findings.push(match (fitting.next(), fitting.next()) {
            (Some(only), None) => {
                let entry = format!("map: {}", only.name.text);
                let finding = finding.help(format!("加上 `{entry}`"), format!("add `{entry}`"));
                around.adding(finding, step.node, &entry)
            }
            _ => finding,
        });
    }
    if (writes || matches!(effect, Effect::Remove(_))) && step.foreach.is_none() {
        let finding = Diagnostic::new(
            "E0202",
            uses.span,
            format!("`{}` 需要 `foreach`", uses.text),
            format!("`{}` needs `foreach`", uses.text),
        )
        .help(
            "写出对象的列表，例如 `foreach: {in: steps.read_directory.outputs.users}`",
            "name the list of objects, for example `foreach: {in: steps.read_directory.outputs.users}`",
        );
        findings.push(match likely_list(step, action, around) {
            Some(entry) => around.adding(finding, step.node, &entry),
            None => finding,
        });
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
        looped(step, action, foreach, writes, uses, around, findings);
    }
    if let Some(index) = mapping {
        mapped(step, action, index, mappings, around, findings);
    }
    if matches!(effect, Effect::Remove(Removal::Delete))
        && !step.approval.as_ref().is_some_and(|approval| approval.always)
    {
        let whole = "{when: always, by: [admin], expires_after: 72h}";
        let entry = format!("approval: {whole}");
        let finding = Diagnostic::new("E0703", uses.span, "删除必须有审批", "a delete needs an approval")
            .label("删除后无法恢复", "cannot be undone")
            .help(format!("加上 `{entry}`"), format!("add `{entry}`"));
        findings.push(match step.approval_node {
            None => around.adding(finding, step.node, &entry),
            Some(node) => {
                let finding = finding.related(
                    node.span,
                    "这个审批只在超过上限时才问",
                    "this one asks only when a limit is exceeded",
                );
                match keys::get(node, &keys::APPROVAL, "when") {
                    Some(when) => finding.suggest(when.span, "always"),
                    None if node.map().is_some() => around.adding(finding, node, "when: always"),
                    None => finding.suggest(node.span, whole),
                }
            }
        });
    }
}

/// The list that a step without `foreach` is surely meant to go over: the only one of its kind before it.
fn likely_list(step: &written::Step<'_>, action: &Action, around: &Around<'_, '_>) -> Option<String> {
    let kind = action.action.kind?;
    let removed = matches!(action.action.effect, Effect::Remove(_));
    let mapping = step.map.and_then(|map| around.written.mappings.iter().find(|known| known.name.text == map.text));
    let from = mapping.and_then(|mapping| mapping.from).map(|from| from.text.to_string());
    let mut lists = around.list.iter().zip(around.actions).filter(|(other, _)| other.span < step.span).flat_map(
        |(other, reader)| {
            let outputs = reader.as_ref().map_or(&[][..], |reader| reader.action.outputs);
            let name = reader.as_ref().map_or("", |reader| reader.connector.name);
            outputs.iter().map(move |output| (other.id.text, name, output))
        },
    );
    let mut fits = lists.by_ref().filter(|(_, connector, output)| {
        output.removed == removed
            && !output.one
            && match (&from, output.list_of) {
                (Some(from), Some(of)) => *from == format!("{connector}/{}", of.as_str()),
                (None, Some(of)) => of == kind || of == Kind::Row,
                (_, None) => false,
            }
    });
    let (id, _, output) = fits.next()?;
    if fits.next().is_some() {
        return None;
    }
    let order = if kind == Kind::Department && !removed { ", order: parents_first" } else { "" };
    Some(format!("foreach: {{in: steps.{id}.outputs.{}{order}}}", output.name))
}

/// What belongs to messages only, and what does not belong to them.
pub fn sends(step: &written::Step<'_>, action: &Action, findings: &mut Findings) {
    let uses = step.uses.unwrap_or(step.id);
    let sends = action.action.effect == Effect::Send;
    if let (Some((span, _)), false) = (step.on_unknown, sends) {
        findings.push(
            Diagnostic::new(
                "E0209",
                span,
                format!("`on_unknown` 只用于发送消息，`{}` 不是", uses.text),
                format!("`on_unknown` is for messages, and `{}` sends none", uses.text),
            )
            .related(uses.span, "这个动作", "this action")
            .help(
                "删除它：读取和写入在答复丢失后会先查看再决定",
                "remove it: after a lost answer reads and writes look before they repeat",
            ),
        );
    }
    let again = step.retry.as_ref().is_some_and(|retry| retry.max_attempts > 1);
    if let (Some(span), true, true) = (step.own_retry, sends, again) {
        findings.push(
            Diagnostic::new(
                "W0805",
                span,
                "重试可能让同一条消息发送多次",
                "a retry may send the same message more than once",
            )
            .related(uses.span, "这个步骤发送消息", "this step sends a message")
            .help(
                "去掉 `retry`；答复丢失时要重发，写 `on_unknown: resend`",
                "leave `retry` out; to send again after a lost answer write `on_unknown: resend`",
            ),
        );
    }
}

/// Whether the waits of a retry fit into the time that the step has.
fn waits(step: &written::Step<'_>, around: &Around<'_, '_>, findings: &mut Findings) {
    let (Some(retry), Some(span)) = (&step.retry, step.own_retry) else { return };
    let item = step.foreach.as_ref().and_then(|foreach| foreach.timeout);
    let Some(limit) = item.or(step.timeout).or(around.written.step_timeout).or(around.written.timeout) else { return };
    let waits = total_wait(retry);
    if waits <= limit {
        return;
    }
    let (waits, limit) = (shown(waits), shown(limit));
    findings.push(
        Diagnostic::new(
            "W0806",
            span,
            format!("重试的等待共 {waits}，超过时限 {limit}"),
            format!("the waits between attempts add up to {waits}, and the time limit is {limit}"),
        )
        .label("最后几次尝试不会发生", "the last attempts never happen")
        .help(
            "减少 `max_attempts` 或 `delay`，或放宽 `timeout`",
            "lower `max_attempts` or `delay`, or raise `timeout`",
        ),
    );
}

fn total_wait(retry: &Retry) -> Duration {
    let mut wait = retry.delay;
    let mut total = Duration::ZERO;
    for _ in 1..retry.max_attempts {
        total = total.saturating_add(wait.min(retry.max_delay));
        if retry.backoff == Backoff::Exponential {
            wait = wait.saturating_mul(2);
        }
    }
    total
}

fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..=119 => format!("{seconds}s"),
        120..=7_199 => format!("{}m", seconds.div_ceil(60)),
        _ => format!("{}h", seconds.div_ceil(3_600)),
    }
}

/// A step whose condition is false whatever happens.
pub fn never(step: &written::Step<'_>, condition: Span, list: &[written::Step<'_>]) -> Diagnostic {
    let id = step.id.text;
    let mut finding =
        Diagnostic::new("E0306", condition, format!("步骤 `{id}` 永远不会运行"), format!("step `{id}` can never run"))
            .label("这个条件永远不成立", "this condition never holds")
            .help(
                "删除这个步骤或改正条件；看运行结果的步骤放在 `finally`",
                "remove the step or correct the condition; a step that looks at how the run ended belongs in `finally`",
            );
    let reads = format!("steps.{id}.");
    for other in list {
        let waits = other.needs.as_ref().and_then(|(_, words)| words.iter().find(|word| word.text == id));
        if let Some(word) = waits {
            finding = finding.related(
                word.span,
                format!("`{}` 等待它", other.id.text),
                format!("`{}` waits for it", other.id.text),
            );
        }
        let loops = other.foreach.as_ref().and_then(|foreach| foreach.list);
        if let Some(list) = loops.filter(|list| list.text().is_some_and(|text| text.contains(&reads))) {
            finding = finding.related(
                list.span,
                format!("所以 `{}` 也没有对象", other.id.text),
                format!("so `{}` has no objects either", other.id.text),
            );
        }
    }
    finding
}

/// Personal data in a message: whoever gets the message may not be allowed to see it.
pub fn personal(step: &written::Step<'_>, action: Option<&Action>, names: &Names<'_>, findings: &mut Findings) {
    let found = names.personal.take();
    if action.is_none_or(|action| action.action.effect != Effect::Send) || step.calls() {
        return;
    }
    for (span, field) in found {
        findings.push(
            Diagnostic::new(
                "W0801",
                span,
                format!("消息里有个人信息 `{field}`"),
                format!("this message shows personal data: `{field}`"),
            )
            .label("所有收到消息的人都能看到", "everybody who gets the message sees it")
            .help(
                "改用姓名或工号；确实需要时可以保留",
                "use a name or an employee number instead; keep it where it is really needed",
            ),
        );
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
            match edit::add_entry(around.scene.source.text, written.node, "order: parents_first") {
                Some(fix) => finding.fix(fix.span, fix.text),
                None => finding,
            }
        });
    }
}

fn mapped(
    step: &written::Step<'_>,
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
fn known(example: &str, source: &idflow_sdk::Schema) -> bool {
    let Some((_, rest)) = example.split_once("source.") else { return true };
    let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    source.field(&name).is_some()
}

/// What is surely meant by a missing field, from what the source has.
fn example(field: &FieldSpec, source: &idflow_sdk::Schema) -> String {
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

/// The rules over all steps together.
pub fn steps(
    around: &Around<'_, '_>,
    facts: &[Option<MappingIndex>],
    mappings: &Mappings<'_, '_>,
    graph: &Graph,
    findings: &mut Findings,
) {
    let Around { list, actions, written, scene } = *around;
    people_after_departments(around, facts, mappings, graph, findings);
    hidden_matches(written, scene, findings);
    agreement(list, facts, findings);
    let removes = |action: &&Option<Action>| {
        action.as_ref().is_some_and(|action| matches!(action.action.effect, Effect::Remove(_)))
    };
    let mut removing = list.iter().zip(actions).filter(|(_, action)| removes(action));
    let Some((step, _)) = removing.clone().next() else { return };
    if let Some((always, _)) = removing.find(|(step, _)| is_on(step, scene)) {
        everyone(always, around, findings);
    }
    let limit = written.safety.remove;
    if let Some(node) = written.safety_node.and_then(|node| keys::get(node, &keys::SAFETY, "remove"))
        && limit.max == Some(0)
    {
        let span = keys::get(node, &keys::LIMIT, "max").map_or(node.span, |node| node.span);
        let uses = step.uses.unwrap_or(step.id);
        findings.push(
            scalar::impossible(
                span,
                "`remove: {max: 0}` 不允许任何移除，而这里有移除步骤",
                "`remove: {max: 0}` allows no removal, and there is a step that removes",
            )
            .related(uses.span, "这个步骤会移除对象", "this step removes objects"),
        );
    }
    if limit.max.is_some() || limit.max_percent.is_some() || limit.max_per_day.is_some() {
        return;
    }
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
    let limits = "remove: {max: 20, max_percent: 5%}";
    let source = scene.source.text;
    // A limit that is there and broken was reported; another would be a key twice.
    let fix = match written.safety_node {
        Some(safety) => {
            finding = finding.related(safety.span, "这里没有 `remove`", "no `remove` here");
            match keys::get(safety, &keys::SAFETY, "remove") {
                Some(node) if node.map().is_some_and(|entries| !entries.is_empty()) => return,
                Some(node) => Some(Fix { span: node.span, text: "{max: 20, max_percent: 5%}".into() }),
                None => edit::add_entry(source, safety, limits),
            }
        }
        None => edit::before_key(source, written.steps_key, &format!("safety: {{{limits}}}")),
    };
    finding = finding.help(
        "加上 `safety: {remove: {max: 20, max_percent: 5%}}`",
        "add `safety: {remove: {max: 20, max_percent: 5%}}`",
    );
    findings.push(with_fix(finding, fix));
}

/// A group that is named after the run itself: no two runs ever share it.
pub fn own_group(span: Span, template: &crate::workflow::template::Template) -> Option<Diagnostic> {
    const OWN: &[&str] = &["run.id", "run.number", "run.url", "run.started", "run.due"];
    let text = template.text();
    let word = OWN.iter().find(|word| {
        text.match_indices(*word).any(|(at, word)| {
            let after = text[at + word.len()..].chars().next();
            !after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    })?;
    Some(
        Diagnostic::new(
            "W0811",
            span,
            "每次运行都自成一组，运行会同时进行",
            "every run is a group of its own, so runs do overlap",
        )
        .label(format!("`{word}` 每次都不同"), format!("`{word}` is another one each time"))
        .help(
            "用不变的名字，例如 `group: hr`；不写 `group` 时，同一个工作流的运行排队",
            "name it by something that stays, such as `group: hr`; without `group` the runs of a workflow wait for each other",
        ),
    )
}

/// Steps that share a list and a mapping decide about the same objects: they must tell them apart alike.
fn agreement(list: &[written::Step<'_>], facts: &[Option<MappingIndex>], findings: &mut Findings) {
    fn text(node: Option<&crate::workflow::yaml::Node>) -> &str {
        node.and_then(|node| node.text()).unwrap_or_default().trim()
    }
    let mut seen: HashMap<(MappingIndex, &str), usize> = HashMap::new();
    for (place, step) in list.iter().enumerate() {
        let (Some(foreach), Some(mapping)) = (&step.foreach, facts[place]) else { continue };
        let own = text(foreach.list);
        let base = own.split(".filter(").next().unwrap_or_default();
        let first = *seen.entry((mapping, base)).or_insert(place);
        if first == place {
            continue;
        }
        let (first, Some(other)) = (&list[first], &list[first].foreach) else { continue };
        let distinct = |foreach: &written::Foreach<'_>| foreach.distinct.is_some_and(|(_, flag)| flag);
        let alike =
            own == text(other.list) && text(foreach.key) == text(other.key) && distinct(foreach) == distinct(other);
        if alike {
            continue;
        }
        findings.push(
            Diagnostic::new(
                "E0209",
                foreach.span,
                format!("`{}` 和 `{}` 用同一个映射处理同一个列表，筛选和 `key` 要一致", step.id.text, first.id.text),
                format!(
                    "`{}` and `{}` go over one list with one mapping: filter, `key` and `distinct` must agree",
                    step.id.text, first.id.text
                ),
            )
            .related(other.span, "另一个循环", "the other loop")
            .help("两处写得一样，或各用一个映射", "write both alike, or give each a mapping of its own"),
        );
    }
}

/// Whether a step runs unless somebody says otherwise: without `if`, or with an input that is true by default.
fn is_on(step: &written::Step<'_>, scene: &Scene<'_>) -> bool {
    let Some(text) = step.condition.and_then(crate::workflow::yaml::Node::text) else {
        return step.condition.is_none();
    };
    let input = text.trim().strip_prefix("inputs.");
    scene.inputs.iter().any(|known| {
        Some(known.name.as_str()) == input && known.ty == InputType::Boolean && known.default == Some(true.into())
    })
}

/// A read without any scope feeds a step that removes: one mistake in the source reaches everybody.
fn everyone(step: &written::Step<'_>, around: &Around<'_, '_>, findings: &mut Findings) {
    let Some(list) = step.foreach.as_ref().and_then(|foreach| foreach.list).and_then(crate::workflow::yaml::Node::text)
    else {
        return;
    };
    let reader = around.list.iter().zip(around.actions).find(|(other, action)| {
        list.trim().strip_prefix("steps.").is_some_and(|rest| rest.split('.').next() == Some(other.id.text))
            && action
                .as_ref()
                .is_some_and(|action| action.action.params.iter().any(|param| param.ty == idflow_sdk::ParamType::Scope))
    });
    let Some((reader, _)) = reader else { return };
    let with = reader.with;
    let departments = with.and_then(|with| with.get("departments"));
    let all = departments.is_none_or(|node| {
        let include = node.get("include");
        let items = include.map_or(&[][..], |node| node.list().unwrap_or(std::slice::from_ref(node)));
        node.get("exclude").is_none() && (include.is_none() || items.iter().any(|item| item.text() == Some("/**")))
    });
    let filtered = with.and_then(|with| with.get("users")).is_some();
    if !all || filtered {
        return;
    }
    let span = departments.map_or_else(|| reader.uses.map_or(reader.id.span, |word| word.span), |node| node.span);
    let uses = step.uses.unwrap_or(step.id);
    findings.push(
        Diagnostic::new(
            "W0808",
            span,
            "范围包括所有人，并且会移除对象",
            "the scope covers everyone, and objects are removed",
        )
        .label("没有限制", "nothing is left out")
        .related(uses.span, "这个步骤会移除对象", "this step removes objects")
        .help(
            "限定 `departments` 或 `users.where`，或给移除步骤一个默认关闭的 `if`",
            "narrow `departments` or `users.where`, or give the removing step an `if` that is off by default",
        ),
    );
}

/// Rules that match by what the target does not show.
fn hidden_matches(written: &Written<'_>, scene: &Scene<'_>, findings: &mut Findings) {
    for mapping in &written.mappings {
        let Some(schema) = mapping.to.and_then(|to| super::mapping::schema(to.text, scene)) else { continue };
        for node in &mapping.rules {
            let Some(pair) = node.text().and_then(crate::workflow::expression::pair) else { continue };
            let Some(id) = schema.field(pair.target.0) else { continue };
            if !schema.spec(id).hidden {
                continue;
            }
            let (_, en) = of_schema(schema);
            findings.push(
                Diagnostic::new(
                    "W0809",
                    node.place(scene.source.text, pair.target.1),
                    format!("{} 通常不返回 `{}`，这条规则找不到对象", schema.connector, pair.target.0),
                    format!("`{}` of {en} is usually hidden, so this rule finds nobody", pair.target.0),
                )
                .label("多数凭证看不到", "most credentials do not see it")
                .help(
                    "用账号匹配，例如 `source.username == target.userid`",
                    "match by the account, for example `source.username == target.userid`",
                ),
            );
        }
    }
}

/// People who refer to departments of the same connection come after the step that creates those.
fn people_after_departments(
    around: &Around<'_, '_>,
    facts: &[Option<MappingIndex>],
    mappings: &Mappings<'_, '_>,
    graph: &Graph,
    findings: &mut Findings,
) {
    let Around { list, actions, .. } = *around;
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
            let finding = Diagnostic::new(
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
            );
            findings.push(waiting(finding, place, other, around, graph));
        }
    }
}

/// The finding with the edits that let one step wait for another.
fn waiting(finding: Diagnostic, place: usize, other: usize, around: &Around<'_, '_>, graph: &Graph) -> Diagnostic {
    let list = around.list;
    let (step, creator) = (&list[place], &list[other]);
    let id = creator.id.text;
    if !graph.is_before(place, other) {
        return match &step.needs {
            Some((span, words)) => {
                let all: Vec<&str> = words.iter().map(|word| word.text).chain([id]).collect();
                finding.suggest(*span, format!("needs: [{}]", all.join(", ")))
            }
            None => match place.checked_sub(1).map(|above| list[above].id.text).filter(|above| *above != id) {
                Some(above) => around.adding(finding, step.node, &format!("needs: [{above}, {id}]")),
                None => around.adding(finding, step.node, &format!("needs: [{id}]")),
            },
        };
    }
    // The creator waits for the people now: it takes their place in the row, if the file says nothing else.
    if step.needs.is_some() || creator.needs.is_some() || place + 1 != other {
        return finding;
    }
    let above = place.checked_sub(1).map_or("", |above| list[above].id.text);
    let finding = around.adding(finding, creator.node, &format!("needs: [{above}]"));
    around.adding(finding, step.node, &format!("needs: [{id}]"))
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
