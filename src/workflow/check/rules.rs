//! The rules over whole steps and the whole file: what is missing, what comes too early, what may remove, what is unused.

mod agreement;
mod around;
mod loops;

use std::time::Duration;

use idflow_sdk::{Effect, Kind, Removal};

use loops::{looped, mapped};

use super::{action::Action, mapping::Mappings};
use crate::{
    model::definition::{Backoff, Retry},
    workflow::{
        compiled::{Foreach, MappingIndex},
        diagnostic::{Diagnostic, Findings, Span},
        keys::{self, exclusive},
        names::Names,
        syntax,
    },
};

pub use agreement::{own_group, steps, unused};
pub use around::Around;

/// The rules of one step.
pub fn step(
    step: &syntax::Step<'_>,
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
    let path = super::foreach::path_entry(step, action);
    if let (Some(map), Some((path, _))) = (step.key("map"), path) {
        findings.push(exclusive(path, "path", map, "map"));
    }
    if writes && step.map.is_none() && path.is_none() {
        findings.push(needs_map(step, action, uses, around));
    }
    if (writes || matches!(effect, Effect::Remove(_))) && step.foreach.is_none() {
        findings.push(needs_list(step, action, uses, around));
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
        findings.push(needs_approval(step, uses, around));
    }
}

/// That a step that writes has no mapping.
fn needs_map(step: &syntax::Step<'_>, action: &Action, uses: syntax::Word<'_>, around: &Around<'_, '_>) -> Diagnostic {
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
    let mut fitting = around.written.mappings.iter().filter(|mapping| mapping.to.is_some_and(|to| to.text == wanted));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => {
            let entry = format!("map: {}", only.name.text);
            let finding = finding.help(format!("加上 `{entry}`"), format!("add `{entry}`"));
            around.adding(finding, step.node, &entry)
        }
        _ => finding,
    }
}

/// That a step that writes has no list.
fn needs_list(step: &syntax::Step<'_>, action: &Action, uses: syntax::Word<'_>, around: &Around<'_, '_>) -> Diagnostic {
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
    match likely_list(step, action, around) {
        Some(entry) => around.adding(finding, step.node, &entry),
        None => finding,
    }
}

/// That a step that deletes asks nobody.
fn needs_approval(step: &syntax::Step<'_>, uses: syntax::Word<'_>, around: &Around<'_, '_>) -> Diagnostic {
    let whole = "{when: always, by: [admin], expires_after: 72h}";
    let entry = format!("approval: {whole}");
    let finding = Diagnostic::new("E0703", uses.span, "删除必须有审批", "a delete needs an approval")
        .label("删除后无法恢复", "cannot be undone")
        .help(format!("加上 `{entry}`"), format!("add `{entry}`"));
    match step.approval_node {
        None => around.adding(finding, step.node, &entry),
        Some(node) => {
            let finding =
                finding.related(node.span, "这个审批只在超过上限时才问", "this one asks only when a limit is exceeded");
            match keys::get(node, &keys::APPROVAL, "when") {
                Some(when) => finding.suggest(when.span, "always"),
                None if node.map().is_some() => around.adding(finding, node, "when: always"),
                None => finding.suggest(node.span, whole),
            }
        }
    }
}

/// The list that a step without `foreach` is surely meant to go over: the only one of its kind before it.
fn likely_list(step: &syntax::Step<'_>, action: &Action, around: &Around<'_, '_>) -> Option<String> {
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
pub fn sends(step: &syntax::Step<'_>, action: &Action, findings: &mut Findings) {
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
fn waits(step: &syntax::Step<'_>, around: &Around<'_, '_>, findings: &mut Findings) {
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
pub fn never(step: &syntax::Step<'_>, condition: Span, list: &[syntax::Step<'_>]) -> Diagnostic {
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
pub fn personal(step: &syntax::Step<'_>, action: Option<&Action>, names: &Names<'_>, findings: &mut Findings) {
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
pub fn named(step: &syntax::Step<'_>, findings: &mut Findings) {
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

/// A read without any scope feeds a step that removes: one mistake in the source reaches everybody.
fn everyone(step: &syntax::Step<'_>, around: &Around<'_, '_>, findings: &mut Findings) {
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
