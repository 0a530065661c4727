//! The upper part of a file: labels, triggers and their inputs, safety, defaults, retry.

use std::time::Duration;

use super::{
    Findings, named,
    scalar::{self, choice, duration, flag, integer, localized, share, word, words},
};
use crate::{
    model::definition::{Backoff, Catchup, ChangeLimit, OnExceed, Retry, RetryOn},
    workflow::{
        compiled::InputType,
        diagnostic::Diagnostic,
        keys,
        written::{Input, Schedule, Written},
        yaml::{Node, Plain},
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

pub fn triggers<'t>(node: &'t Node, written: &mut Written<'t>, findings: &mut Findings) {
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
}

fn schedule<'t>(node: &'t Node, findings: &mut Findings) -> Option<Schedule<'t>> {
    keys::entries(node, &keys::SCHEDULE, findings)?;
    let mut schedule = Schedule { span: node.span, cron: None, timezone: None, catchup: Catchup::default() };
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
                findings.push(
                    Diagnostic::new(
                        "E0202",
                        name.span,
                        format!("输入 `{}` 缺少 `type`", name.text),
                        format!("input `{}` has no `type`", name.text),
                    )
                    .help(
                        "可用的类型：boolean、string、integer、duration、enum",
                        "types are: boolean, string, integer, duration, enum",
                    ),
                );
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
        let default = keys::get(node, &keys::INPUT, "default").and_then(|node| default(node, &ty, findings));
        let required = keys::get(node, &keys::INPUT, "required").and_then(|node| flag(node, findings)).unwrap_or(false);
        let label =
            keys::get(node, &keys::INPUT, "label").and_then(|node| localized(node, findings)).map(|(label, _)| label);
        inputs.push(Input { name, ty, default, required, label });
    }
    inputs
}

fn enum_values(span: crate::workflow::diagnostic::Span, node: &Node, findings: &mut Findings) -> Vec<String> {
    match keys::get(node, &keys::INPUT, "values") {
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
            choice(node, &choices, findings).map(Into::into)
        }
    }
}

pub fn safety(node: &Node, written: &mut Written<'_>, findings: &mut Findings) {
    if keys::entries(node, &keys::SAFETY, findings).is_none() {
        return;
    }
    written.remove_span = keys::get(node, &keys::SAFETY, "remove").map(|node| node.span);
    let safety = &mut written.safety;
    safety.source_min = keys::get(node, &keys::SAFETY, "source_min").and_then(|node| integer(node, findings));
    safety.source_shrink = keys::get(node, &keys::SAFETY, "source_shrink").and_then(|node| share(node, findings));
    safety.create = keys::get(node, &keys::SAFETY, "create").map(|node| limit(node, findings)).unwrap_or_default();
    safety.update = keys::get(node, &keys::SAFETY, "update").map(|node| limit(node, findings)).unwrap_or_default();
    safety.remove = keys::get(node, &keys::SAFETY, "remove").map(|node| limit(node, findings)).unwrap_or_default();
    if let Some(node) = keys::get(node, &keys::SAFETY, "on_exceed") {
        let choices = [("hold", OnExceed::Hold), ("hold_removals", OnExceed::HoldRemovals), ("fail", OnExceed::Fail)];
        safety.on_exceed = choice(node, &choices, findings).unwrap_or_default();
    }
}

fn limit(node: &Node, findings: &mut Findings) -> ChangeLimit {
    if keys::entries(node, &keys::LIMIT, findings).is_none() {
        return ChangeLimit::default();
    }
    ChangeLimit {
        max: keys::get(node, &keys::LIMIT, "max").and_then(|node| integer(node, findings)),
        max_percent: keys::get(node, &keys::LIMIT, "max_percent").and_then(|node| share(node, findings)),
        max_per_day: keys::get(node, &keys::LIMIT, "max_per_day").and_then(|node| integer(node, findings)),
    }
}

pub fn defaults<'t>(node: &'t Node, written: &mut Written<'t>, findings: &mut Findings) {
    if keys::entries(node, &keys::DEFAULTS, findings).is_none() {
        return;
    }
    if let Some(node) = keys::get(node, &keys::DEFAULTS, "retry") {
        written.retry = retry(node, &Retry::default(), findings);
    }
    written.step_timeout = keys::get(node, &keys::DEFAULTS, "timeout").and_then(|node| duration(node, findings));
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
