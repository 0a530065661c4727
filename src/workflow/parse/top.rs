//! The upper part of a file: labels, triggers and their inputs, safety, defaults, retry.

mod webhook;

use std::time::Duration;

use webhook::{missing, webhook};

use super::{
    id::named,
    scalar::{self, choice, count, duration, flag, integer, localized, share, word, words},
};
use crate::{
    model::{
        definition::{Backoff, Catchup, ChangeLimit, OnExceed, Retry, RetryOn},
        run::Status,
    },
    workflow::{
        compiled::{self, InputType},
        diagnostic::{Diagnostic, Findings},
        keys,
        suggest::is_same_but_case,
        syntax::{After, Event, Input, Schedule, Written},
        vocabulary,
        yaml::{Entry, Node, Plain},
    },
};

pub fn labels(node: &Node, findings: &mut Findings) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    for (name, node) in named(node, findings) {
        if let Some(value) = word(node, findings) {
            labels.push((name.text.to_string(), value.text.to_string()));
        }
    }
    labels
}

pub fn requires(node: &Node, findings: &mut Findings) -> compiled::Requires {
    let mut requires = compiled::Requires::default();
    if keys::entries(node, &keys::REQUIRES, findings).is_none() {
        return requires;
    }
    if let Some(node) = keys::get(node, &keys::REQUIRES, "directory") {
        let kinds: Vec<(&str, &str)> = vocabulary::DIRECTORIES.iter().map(|kind| (*kind, *kind)).collect();
        requires.directory = choice(node, &kinds, findings).map(ToString::to_string);
    }
    if let Some(node) = keys::get(node, &keys::REQUIRES, "engine")
        && let Some(word) = word(node, findings)
    {
        requires.engine = compiled::Requires::version(word.text);
        if requires.engine.is_none() {
            let finding =
                Diagnostic::new("E0203", word.span, "这不是版本要求", "this is not a version that can be asked for");
            findings.push(finding.help("写成 `\">=0.1\"`", "write `\">=0.1\"`"));
        }
    }
    if let Some(node) = keys::get(node, &keys::REQUIRES, "rights") {
        let one = std::slice::from_ref(node);
        for node in node.list().unwrap_or(one) {
            if let Some(word) = word(node, findings) {
                requires.rights.push(word.text.into());
            }
        }
    }
    requires
}

pub fn triggers<'t>(node: &'t Node, source: &str, written: &mut Written<'t>, findings: &mut Findings) {
    if keys::entries(node, &keys::ON, findings).is_none() {
        return;
    }
    if let Some(node) = keys::get(node, &keys::ON, "manual") {
        written.manual = true;
        if !node.is_null()
            && keys::entries(node, &keys::MANUAL, findings).is_some()
            && let Some(node) = keys::get(node, &keys::MANUAL, "inputs")
        {
            written.inputs = inputs(node, findings);
        }
    }
    if let Some(node) = keys::get(node, &keys::ON, "schedule") {
        let items = node.list().unwrap_or(std::slice::from_ref(node));
        written.schedules = items.iter().filter_map(|item| schedule(item, findings)).collect();
    }
    let items = |key: &str| {
        keys::get(node, &keys::ON, key).map_or(&[][..], |node| match node.list() {
            Some(items) => items,
            None => std::slice::from_ref(node),
        })
    };
    written.webhooks = items("webhook").iter().filter_map(|item| webhook(item, source, findings)).collect();
    written.events = items("event").iter().filter_map(|item| event(item, source, findings)).collect();
    written.after = items("after").iter().filter_map(|item| after(item, source, findings)).collect();
}

/// The shortest and the longest `collect` of an event trigger.
const MIN_COLLECT: Duration = Duration::from_secs(1);
const MAX_COLLECT: Duration = Duration::from_secs(3600);
/// The most events that a run is told of: what a run keeps of them must stay small.
const MOST_EVENTS: u64 = 2000;

fn event<'t>(node: &'t Node, source: &str, findings: &mut Findings) -> Option<Event<'t>> {
    keys::entries(node, &keys::EVENT, findings)?;
    let get = |key: &str| keys::get(node, &keys::EVENT, key);
    for (key, zh, en) in [
        (
            "connection",
            "写出 `connections` 里的别名，例如 `connection: wecom`",
            "name an alias of `connections`, for example `connection: wecom`",
        ),
        ("types", "例如 `types: [create_user, update_user]`", "for example `types: [create_user, update_user]`"),
    ] {
        if get(key).is_none() {
            findings.push(missing(node, key, source, None, zh, en));
        }
    }
    let collect = get("collect").and_then(|node| {
        let collect = duration(node, findings)?;
        if !(MIN_COLLECT..=MAX_COLLECT).contains(&collect) {
            findings.push(
                Diagnostic::new(
                    "E0203",
                    node.span,
                    "`collect` 要在 1 秒到 1 小时之间",
                    "`collect` is between 1 second and an hour",
                )
                .help(
                    "默认 `3s`：三秒内的事件合为一次运行",
                    "the default is `3s`: events of three seconds are one run",
                ),
            );
        }
        Some(collect)
    });
    let most = get("max").and_then(|node| {
        let most = integer(node, findings)?;
        if !(1..=MOST_EVENTS).contains(&most) {
            findings.push(
                Diagnostic::new("E0203", node.span, "`max` 要在 1 到 2000 之间", "`max` is between 1 and 2000").help(
                    "默认 `500`；多出的事件由下一次运行处理",
                    "the default is `500`; the others are told to the next run",
                ),
            );
        }
        Some(most)
    });
    Some(Event {
        connection: get("connection").and_then(|node| word(node, findings)),
        types: get("types").map(|node| words(node, findings)).unwrap_or_default(),
        collect,
        most,
    })
}

fn after<'t>(node: &'t Node, source: &str, findings: &mut Findings) -> Option<After<'t>> {
    keys::entries(node, &keys::AFTER, findings)?;
    let get = |key: &str| keys::get(node, &keys::AFTER, key);
    if get("workflow").is_none() {
        findings.push(missing(
            node,
            "workflow",
            source,
            None,
            "写出另一个工作流的 id，例如 `workflow: hr_csv_to_wecom`",
            "name another workflow, for example `workflow: hr_csv_to_wecom`",
        ));
    }
    let ends = [Status::Succeeded, Status::SucceededNoChange, Status::Partial, Status::Failed, Status::Cancelled];
    let choices = ends.map(|status| (status.as_str(), status));
    let statuses = match get("status") {
        Some(node) => {
            let items = node.list().unwrap_or(std::slice::from_ref(node));
            items.iter().filter_map(|item| choice(item, &choices, findings)).collect()
        }
        None => vec![Status::Succeeded, Status::SucceededNoChange],
    };
    let workflows = get("workflow").map(|node| words(node, findings)).unwrap_or_default();
    Some(After { workflows, statuses, inputs: given(get("inputs"), findings) })
}

/// `inputs` of a trigger, by the names of the workflow's inputs.
fn given<'t>(node: Option<&'t Node>, findings: &mut Findings) -> &'t [Entry] {
    let Some(node) = node.filter(|node| !node.is_null() && !node.is_broken()) else { return &[] };
    node.map().unwrap_or_else(|| {
        findings.push(
            scalar::wrong(node, "输入名到值的映射", "a map of inputs and their values")
                .help("例如 `inputs: {folder: hr}`", "for example `inputs: {folder: hr}`"),
        );
        &[]
    })
}

fn schedule<'t>(node: &'t Node, findings: &mut Findings) -> Option<Schedule<'t>> {
    keys::entries(node, &keys::SCHEDULE, findings)?;
    let inputs = given(keys::get(node, &keys::SCHEDULE, "inputs"), findings);
    let mut schedule = Schedule { node, cron: None, timezone: None, catchup: Catchup::default(), inputs };
    match keys::get(node, &keys::SCHEDULE, "cron") {
        Some(node) => schedule.cron = word(node, findings).map(|word| (word, node)),
        None => findings.push(
            Diagnostic::new("E0202", node.span, "定时任务缺少 `cron`", "this schedule has no `cron`")
                .help("例如 `cron: \"0 2 * * *\"`", "for example `cron: \"0 2 * * *\"`"),
        ),
    }
    schedule.timezone = keys::get(node, &keys::SCHEDULE, "timezone").and_then(|node| word(node, findings));
    if let Some(node) = keys::get(node, &keys::SCHEDULE, "catchup") {
        let choices = [("skip", Catchup::Skip), ("latest", Catchup::Latest), ("all", Catchup::All)];
        schedule.catchup = choice(node, &choices, findings).unwrap_or_default();
    }
    Some(schedule)
}

fn inputs<'t>(node: &'t Node, findings: &mut Findings) -> Vec<Input<'t>> {
    let mut inputs = Vec::new();
    for (name, node) in named(node, findings) {
        if keys::entries(node, &keys::INPUT, findings).is_none() {
            continue;
        }
        let ty = match keys::get(node, &keys::INPUT, "type") {
            Some(node) => {
                let words = ["boolean", "string", "integer", "duration", "enum"].map(|word| (word, word));
                choice(node, &words, findings)
            }
            None => {
                findings.push(keys::missing(name.span, ("输入", "input"), name.text, "type").help(
                    "可用的类型：boolean、string、integer、duration、enum",
                    "types are: boolean, string, integer, duration, enum",
                ));
                None
            }
        };
        let ty = match ty {
            Some("boolean") => InputType::Boolean,
            Some("integer") => InputType::Integer,
            Some("duration") => InputType::Duration,
            Some("enum") => InputType::Enum(enum_values(name.span, node, findings)),
            _ => InputType::String,
        };
        let get = |key: &str| keys::get(node, &keys::INPUT, key);
        if let (Some(given), Some(values), false) = (get("type"), get("values"), matches!(ty, InputType::Enum(_))) {
            let finding = keys::exclusive(values.span, "values", given.span, "type");
            findings.push(finding.suggest(given.span, "enum"));
        }
        let default = get("default").and_then(|node| default(node, &ty, findings));
        let required = get("required").and_then(|node| flag(node, findings)).unwrap_or(false);
        let label = get("label").and_then(|node| localized(node, findings)).map(|(label, _)| label);
        inputs.push(Input { name, ty, default, required, label });
    }
    inputs
}

fn enum_values(span: crate::workflow::diagnostic::Span, node: &Node, findings: &mut Findings) -> Vec<String> {
    match keys::get(node, &keys::INPUT, "values") {
        Some(node) if node.list().is_some_and(<[Node]>::is_empty) => {
            findings.push(
                Diagnostic::new("E0203", node.span, "`values` 里没有任何词", "`values` has no words")
                    .label("什么都不能填", "nothing could be given")
                    .help("例如 `values: [daily, weekly]`", "for example `values: [daily, weekly]`"),
            );
            Vec::new()
        }
        Some(node) => words(node, findings).into_iter().map(|word| word.text.to_string()).collect(),
        None => {
            findings.push(
                Diagnostic::new("E0202", span, "`enum` 输入缺少 `values`", "an `enum` input has no `values`")
                    .help("例如 `values: [daily, weekly]`", "for example `values: [daily, weekly]`"),
            );
            Vec::new()
        }
    }
}

fn default(node: &Node, ty: &InputType, findings: &mut Findings) -> Option<serde_json::Value> {
    match ty {
        InputType::Boolean => flag(node, findings).map(Into::into),
        InputType::String => word(node, findings).map(|word| word.text.into()),
        InputType::Integer => match node.scalar() {
            Some(Plain::Int(number)) => Some(number.into()),
            _ => {
                let mut finding = scalar::wrong(node, "一个整数", "a whole number");
                if let Some(number) = node.text().and_then(|text| text.trim().parse::<i64>().ok()) {
                    finding = finding.fix(node.span, number.to_string());
                }
                findings.push(finding.help("例如 `20`，不加引号", "for example `20`, without quotes"));
                None
            }
        },
        InputType::Duration => duration(node, findings).and(node.text()).map(Into::into),
        InputType::Enum(values) => {
            let choices: Vec<(&str, &str)> = values.iter().map(|value| (value.as_str(), value.as_str())).collect();
            let before = findings.len();
            let value = choice(node, &choices, findings).map(Into::into);
            // The author's own words: only their case is put right.
            for finding in &mut findings[before..] {
                finding.certain &=
                    finding.fixes.iter().all(|fix| is_same_but_case(node.text().unwrap_or_default(), &fix.text));
            }
            value
        }
    }
}

pub fn safety(node: &Node, written: &mut Written<'_>, findings: &mut Findings) {
    if keys::entries(node, &keys::SAFETY, findings).is_none() {
        return;
    }
    let safety = &mut written.safety;
    let get = |key: &str| keys::get(node, &keys::SAFETY, key);
    safety.source_min = get("source_min").and_then(|node| count(node, findings));
    if safety.source_min == Some(0) {
        let span = get("source_min").map_or(node.span, |node| node.span);
        findings.push(scalar::impossible(span, "`source_min: 0` 什么都挡不住", "`source_min: 0` stops nothing"));
    }
    safety.source_shrink = get("source_shrink").and_then(|node| share(node, findings));
    safety.identity_shift =
        get("identity_shift").and_then(|node| share(node, findings)).unwrap_or(safety.identity_shift);
    safety.mass_clear = get("mass_clear").and_then(|node| share(node, findings)).unwrap_or(safety.mass_clear);
    safety.create = get("create").map(|node| limit(node, findings)).unwrap_or_default();
    safety.update = get("update").map(|node| limit(node, findings)).unwrap_or_default();
    safety.remove = get("remove").map(|node| limit(node, findings)).unwrap_or_default();
    if let Some(node) = get("on_exceed") {
        let choices = [("hold", OnExceed::Hold), ("hold_removals", OnExceed::HoldRemovals), ("fail", OnExceed::Fail)];
        safety.on_exceed = choice(node, &choices, findings).unwrap_or_default();
    }
}

fn limit(node: &Node, findings: &mut Findings) -> ChangeLimit {
    if keys::entries(node, &keys::LIMIT, findings).is_none() {
        return ChangeLimit::default();
    }
    ChangeLimit {
        max: keys::get(node, &keys::LIMIT, "max").and_then(|node| count(node, findings)),
        max_percent: keys::get(node, &keys::LIMIT, "max_percent").and_then(|node| share(node, findings)),
        max_per_day: keys::get(node, &keys::LIMIT, "max_per_day").and_then(|node| count(node, findings)),
    }
}

pub fn defaults<'t>(node: &'t Node, written: &mut Written<'t>, findings: &mut Findings) {
    if keys::entries(node, &keys::DEFAULTS, findings).is_none() {
        return;
    }
    if let Some(node) = keys::get(node, &keys::DEFAULTS, "retry") {
        written.retry = retry(node, &Retry::default(), findings);
    }
    written.step_timeout =
        keys::get(node, &keys::DEFAULTS, "timeout").and_then(|node| scalar::time_limit(node, findings));
    written.connection = keys::get(node, &keys::DEFAULTS, "connection").and_then(|node| word(node, findings));
}

/// `retry` on top of what stands without it.
pub fn retry(node: &Node, defaults: &Retry, findings: &mut Findings) -> Retry {
    let mut retry = defaults.clone();
    let Some(entries) = keys::entries(node, &keys::RETRY, findings) else { return retry };
    for entry in entries {
        let node = &entry.value;
        match keys::meant(entry, entries, &keys::RETRY) {
            "max_attempts" => match integer(node, findings) {
                Some(number @ 1..=100) => retry.max_attempts = u32::try_from(number).unwrap_or(100),
                Some(_) => findings.push(
                    Diagnostic::new(
                        "E0207",
                        node.span,
                        "`max_attempts` 应在 1 到 100 之间",
                        "`max_attempts` lies between 1 and 100",
                    )
                    .help("它包含第一次尝试：1 表示不重试", "it includes the first attempt: 1 means no retry"),
                ),
                None => {}
            },
            "backoff" => {
                let choices = [("constant", Backoff::Constant), ("exponential", Backoff::Exponential)];
                retry.backoff = choice(node, &choices, findings).unwrap_or(retry.backoff);
            }
            "delay" => retry.delay = duration(node, findings).unwrap_or(retry.delay),
            "max_delay" => retry.max_delay = duration(node, findings).unwrap_or(retry.max_delay),
            "jitter" => retry.jitter = flag(node, findings).unwrap_or(retry.jitter),
            "on" => {
                let choices = [
                    ("timeout", RetryOn::Timeout),
                    ("rate_limited", RetryOn::RateLimited),
                    ("server_error", RetryOn::ServerError),
                    ("not_found", RetryOn::NotFound),
                ];
                let items = node.list().unwrap_or(std::slice::from_ref(node));
                retry.on = items.iter().filter_map(|item| choice(item, &choices, findings)).collect();
            }
            _ => {}
        }
    }
    retry.max_delay = retry.max_delay.max(retry.delay).min(Duration::from_secs(86_400));
    retry
}
