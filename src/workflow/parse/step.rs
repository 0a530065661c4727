//! The steps of `steps` and `finally`, and their `foreach` and `approval`.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use super::{
    id::id,
    scalar::{self, amount, choice, flag, integer, localized, word, words},
    top,
};
use crate::{
    model::definition::{Approval, FourEyes, ROLES, Retry},
    workflow::{
        diagnostic::{Diagnostic, Findings, Span},
        keys::{self, exclusive},
        suggest::{is_spelling, nearest},
        syntax::{Foreach, Step, Word},
        yaml::Node,
    },
};

/// Names that mean something else where a step's id could stand.
const RESERVED: &[&str] = &[
    "steps",
    "inputs",
    "vars",
    "connections",
    "run",
    "trigger",
    "source",
    "target",
    "item",
    "this",
    "outputs",
    "if",
    "else",
    "true",
    "false",
    "null",
    "in",
];
const DAY: u64 = 86_400;

/// That two steps have one id; `first` is where the other one has it.
pub fn twin(id: Word<'_>, first: Span) -> Diagnostic {
    Diagnostic::new(
        "E0205",
        id.span,
        format!("步骤 id `{}` 已经用过", id.text),
        format!("another step has the id `{}` already", id.text),
    )
    .related(first, "第一个", "the other one")
    .help("给其中一个改名", "rename one of them")
}

fn unknown_role(word: Word<'_>) -> Diagnostic {
    let finding = Diagnostic::new(
        "E0705",
        word.span,
        format!("没有 `{}` 这个角色", word.text),
        format!("there is no role `{}`", word.text),
    )
    .label("没有人能审批", "nobody could approve");
    match nearest(word.text, ROLES.iter().copied()) {
        Some(role) => finding.help(format!("是否想写 `{role}`？"), format!("did you mean `{role}`?")).fix_if(
            is_spelling(word.text, role, ROLES.iter().copied()),
            word.span,
            role,
        ),
        None => finding.help(
            format!("角色：{}；审批写角色，不写人名", ROLES.join("、")),
            format!("the roles are: {}; an approval names roles, not people", ROLES.join(", ")),
        ),
    }
}

fn entry_key(node: &Node, keys: &keys::Keys, key: &str) -> Span {
    let entries = node.map().unwrap_or_default();
    let entry = entries.iter().find(|entry| keys::meant(entry, entries, keys) == key);
    entry.map_or(node.span, |entry| entry.key_span)
}

/// The name of the object at hand: an id that means nothing else.
fn variable<'t>(node: &'t Node, findings: &mut Findings) -> Option<Word<'t>> {
    let word = id(node, findings)?;
    if RESERVED.contains(&word.text) && word.text != "item" {
        findings.push(
            Diagnostic::new(
                "E0206",
                word.span,
                format!("`{}` 有特殊含义，不能作循环变量", word.text),
                format!("`{}` has a meaning of its own and cannot name the object of a loop", word.text),
            )
            .help("例如 `as: row`", "for example `as: row`")
            .suggest(word.span, "item"),
        );
        return Some(Word { text: "item", span: word.span });
    }
    Some(word)
}

pub fn steps<'t>(node: &'t Node, defaults: &Retry, findings: &mut Findings) -> Vec<Step<'t>> {
    let Some(items) = node.list() else {
        if !node.is_broken() {
            findings.push(
                scalar::wrong(node, "步骤的列表", "a list of steps")
                    .help("每个步骤以 `- id: …` 开头", "each step begins with `- id: …`"),
            );
        }
        return Vec::new();
    };
    if items.is_empty() {
        findings.push(
            Diagnostic::new("E0202", node.span, "没有任何步骤", "there is no step")
                .help("至少写一个步骤", "write at least one step"),
        );
    }
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let taken: HashSet<&str> =
        items.iter().filter_map(|item| keys::get(item, &keys::STEP, "id").and_then(Node::text)).collect();
    let mut steps = Vec::new();
    for item in items {
        let Some(step) = step(item, defaults, findings) else { continue };
        if let Some(first) = seen.insert(step.id.text, step.id.span) {
            findings.push(twin(step.id, first).suggest(step.id.span, free(step.id.text, &taken)));
            continue;
        }
        if RESERVED.contains(&step.id.text) {
            findings.push(
                Diagnostic::new(
                    "E0206",
                    step.id.span,
                    format!("`{}` 是保留的名字", step.id.text),
                    format!("`{}` is a reserved name", step.id.text),
                )
                .help("换一个 id，例如 `read_users`", "choose another id, for example `read_users`")
                .suggest(step.id.span, free(&format!("{}_step", step.id.text), &taken)),
            );
        }
        steps.push(step);
    }
    steps
}

/// The id, with a number behind it where it is taken.
fn free(id: &str, taken: &HashSet<&str>) -> String {
    let mut all = std::iter::once(id.to_string()).chain((2..).map(|number| format!("{id}_{number}")));
    all.find(|id| !taken.contains(id.as_str())).unwrap_or_default()
}

/// A step of which only the id is known.
fn empty<'t>(node: &'t Node, id: Word<'t>) -> Step<'t> {
    Step {
        id,
        span: node.span,
        node,
        name: None,
        uses: None,
        connection: None,
        map: None,
        with: None,
        with_key: None,
        condition: None,
        foreach: None,
        needs: None,
        retry: None,
        timeout: None,
        own_retry: None,
        continue_on_error: false,
        on_unknown: None,
        approval: None,
        approval_node: None,
    }
}

fn step<'t>(node: &'t Node, defaults: &Retry, findings: &mut Findings) -> Option<Step<'t>> {
    let entries = keys::entries(node, &keys::STEP, findings)?;
    let Some(id_node) = keys::get(node, &keys::STEP, "id") else {
        let start = Span::new(node.span.start, node.span.start + node.span.end.saturating_sub(node.span.start).min(1));
        findings.push(
            Diagnostic::new("E0202", start, "这个步骤没有 `id`", "this step has no `id`")
                .help("加上 `id: read_users` 之类的名字", "give it a name such as `id: read_users`"),
        );
        return None;
    };
    let mut step = empty(node, id(id_node, findings)?);
    for entry in entries {
        let value = &entry.value;
        match keys::meant(entry, entries, &keys::STEP) {
            "name" => step.name = localized(value, findings),
            "uses" => step.uses = word(value, findings),
            "connection" => step.connection = word(value, findings),
            "map" => step.map = word(value, findings),
            "with" => {
                step.with = (!value.is_null()).then_some(value);
                step.with_key = Some(entry.key_span);
            }
            "if" => step.condition = Some(value),
            "foreach" => {
                step.foreach = foreach(value, findings);
                if let Some(node) = keys::get(value, &keys::FOREACH, "retry") {
                    let span = entry_key(value, &keys::FOREACH, "retry");
                    if let Some(own) = step.own_retry {
                        findings.push(exclusive(span, "retry", own, "retry"));
                    }
                    step.own_retry = Some(span);
                    step.retry = Some(top::retry(node, defaults, findings));
                }
            }
            "needs" => {
                let span = Span::new(entry.key_span.start, value.span.end);
                step.needs = Some((span, words(value, findings)));
            }
            "retry" => {
                if let Some(own) = step.own_retry {
                    findings.push(exclusive(entry.key_span, "retry", own, "retry"));
                }
                step.own_retry = Some(entry.key_span);
                step.retry = Some(top::retry(value, defaults, findings));
            }
            "timeout" => step.timeout = scalar::time_limit(value, findings),
            "on_error" => {
                let choices = [("stop", false), ("continue", true)];
                step.continue_on_error = choice(value, &choices, findings).unwrap_or(false);
            }
            "on_unknown" => {
                let choices = [("report", false), ("resend", true)];
                step.on_unknown = choice(value, &choices, findings).map(|resend| (entry.key_span, resend));
            }
            "approval" => {
                step.approval = approval(value, findings);
                step.approval_node = Some(value);
            }
            _ => {}
        }
    }
    if step.uses.is_none() && !entries.iter().any(|entry| keys::meant(entry, entries, &keys::STEP) == "uses") {
        findings.push(
            Diagnostic::new(
                "E0202",
                step.id.span,
                format!("步骤 `{}` 缺少 `uses`", step.id.text),
                format!("step `{}` has no `uses`", step.id.text),
            )
            .help("写出动作，例如 `uses: wecom/create_user`", "name the action, for example `uses: wecom/create_user`"),
        );
    }
    Some(step)
}

fn foreach<'t>(node: &'t Node, findings: &mut Findings) -> Option<Foreach<'t>> {
    let mut foreach = Foreach {
        span: node.span,
        node,
        list: None,
        variable: None,
        key: None,
        distinct: None,
        timeout: None,
        parents_first: false,
        order: None,
        stop_on_item_error: false,
        max_failures: None,
        max_parallel: None,
    };
    if node.map().is_none() {
        foreach.list = Some(node);
        return (!node.is_broken()).then_some(foreach);
    }
    let entries = keys::entries(node, &keys::FOREACH, findings)?;
    for entry in entries {
        let value = &entry.value;
        match keys::meant(entry, entries, &keys::FOREACH) {
            "in" => foreach.list = Some(value),
            "as" => foreach.variable = variable(value, findings),
            "key" => foreach.key = (!value.is_broken()).then_some(value),
            "distinct" => foreach.distinct = flag(value, findings).map(|flag| (value.span, flag)),
            "timeout" => foreach.timeout = scalar::time_limit(value, findings),
            "order" => {
                foreach.order = Some(value.span);
                let choices = [("parents_first", true), ("as_read", false)];
                foreach.parents_first = choice(value, &choices, findings).unwrap_or(true);
            }
            "on_item_error" => {
                let choices = [("continue", false), ("stop", true)];
                foreach.stop_on_item_error = choice(value, &choices, findings).unwrap_or(false);
            }
            "max_failures" => foreach.max_failures = amount(value, findings),
            "max_parallel" => match integer(value, findings) {
                Some(number @ 1..=1_000) => {
                    foreach.max_parallel = u32::try_from(number).ok().map(|number| (number, value.span));
                }
                Some(_) => findings.push(
                    Diagnostic::new(
                        "E0207",
                        value.span,
                        "`max_parallel` 应在 1 到 1000 之间",
                        "`max_parallel` lies between 1 and 1000",
                    )
                    .help("1 表示一个接一个", "1 means one after the other"),
                ),
                None => {}
            },
            _ => {}
        }
    }
    if foreach.list.is_none() {
        findings.push(Diagnostic::new("E0202", node.span, "`foreach` 缺少 `in`", "this `foreach` has no `in`").help(
            "写出列表，例如 `in: steps.read_directory.outputs.users`",
            "name the list, for example `in: steps.read_directory.outputs.users`",
        ));
    }
    Some(foreach)
}

fn approval(node: &Node, findings: &mut Findings) -> Option<Approval> {
    keys::entries(node, &keys::APPROVAL, findings)?;
    let choices = [("always", true), ("over_limit", false)];
    let get = |key: &str| keys::get(node, &keys::APPROVAL, key);
    let always = get("when").and_then(|node| choice(node, &choices, findings)).unwrap_or(true);
    let by = get("by").map(|node| words(node, findings)).unwrap_or_default();
    for word in &by {
        if !ROLES.contains(&word.text) {
            findings.push(unknown_role(*word));
        }
    }
    let by: Vec<String> = by.into_iter().map(|word| word.text.to_string()).collect();
    let people = [("starter", FourEyes::Starter), ("editor", FourEyes::Editor)];
    let named = get("not").map_or(&[][..], |node| node.list().unwrap_or(std::slice::from_ref(node)));
    let mut not: Vec<FourEyes> = named.iter().filter_map(|node| choice(node, &people, findings)).collect();
    not.sort_unstable();
    not.dedup();
    let expires_after = get("expires_after")
        .and_then(|node| scalar::time_limit(node, findings))
        .unwrap_or(Duration::from_secs(3 * DAY));
    let by = if by.is_empty() { vec!["admin".into()] } else { by };
    Some(Approval { always, by, not, expires_after })
}
