//! Limits and what a plan comes to, in words and with their units.

use super::{Lang, lang::say, output, words};
use crate::contract::run::SafetyCheck;

/// A limit of which more than this share is used up is close.
const CLOSE: f64 = 0.8;

/// Limits that are exceeded, each in a line; then what was checked beside them, with what the plan comes to: an approver who is
/// only told that some limits hold does not know what they would have stopped. `system`: the connector of the written side.
pub fn told(lang: Lang, checks: &[SafetyCheck], system: &str) {
    let exceeded: Vec<&SafetyCheck> = checks.iter().filter(|check| !check.ok).collect();
    for check in &exceeded {
        output::data(&format!("  ! {}", line(lang, check)));
    }
    // Who is who is a question, and no limit: it stands among the reasons, with names.
    let kept: Vec<&SafetyCheck> = checks.iter().filter(|check| check.ok && check.rule != "adopt").collect();
    if kept.is_empty() {
        if checks.is_empty() {
            output::data(lang.pick("  上限：这个工作流没有设置", "  limits: the workflow sets none"));
        }
        return;
    }
    let (number, close) = (kept.len(), kept.iter().filter(|check| is_close(check)).count());
    let close = match close {
        0 => String::new(),
        close => say!(lang, "，其中 {close} 项接近上限", ", {close} of them close to it"),
    };
    let shares = match kept.iter().any(|check| check.rule.ends_with("max_percent")) {
        true => lang.pick("；比例以此前已绑定的对象为基数", "; shares are of the objects linked before"),
        false => "",
    };
    let rest = if exceeded.is_empty() { "" } else { lang.pick("其余", "other ") };
    output::data(&say!(
        lang,
        "  {rest}上限与来源检查：{number} 项未超出{close}{shares}",
        "  {rest}limits and source checks: {number} within{close}{shares}"
    ));
    let mut kinds: Vec<&str> = Vec::new();
    for check in &kept {
        if !kinds.contains(&check.kind.as_str()) {
            kinds.push(&check.kind);
        }
    }
    for kind in kinds {
        let parts = kept.iter().filter(|check| check.kind == kind).map(|check| brief(lang, check));
        let called = words::kinds(lang, kind, system);
        output::filled(lang, &format!("    {called}{}", lang.pick("：", ": ")), parts);
    }
}

/// Whether the plan comes near a limit.
fn is_close(check: &SafetyCheck) -> bool {
    match check.rule.as_str() {
        // The least that a source has to have is usually one.
        "source_min" => check.limit > 1.0 && check.actual * CLOSE < check.limit,
        _ => check.actual > 0.0 && check.actual >= check.limit * CLOSE,
    }
}

/// One limit that holds, in a few words.
fn brief(lang: Lang, check: &SafetyCheck) -> String {
    let rule = check.rule.as_str();
    let unit = if is_share(rule) { " %" } else { "" };
    let (actual, limit) = (format!("{}{unit}", round(check.actual)), format!("{}{unit}", round(check.limit)));
    let close = if is_close(check) { lang.pick("，接近", ", close") } else { "" };
    let (verb, measure) = rule.split_once('.').unwrap_or((rule, ""));
    let what = match (verb, measure) {
        ("source_min", _) => {
            return say!(
                lang,
                "来源中有 {actual}（至少应有 {limit}{close}）",
                "in the source {actual} (at least {limit}{close})"
            );
        }
        ("source_shrink", _) => say!(lang, "来源比上次少 {actual}", "fewer in the source than last time {actual}"),
        ("target_missing", _) => {
            say!(lang, "目标里缺少已绑定的 {actual}", "linked ones missing in the target {actual}")
        }
        ("identity_shift", _) => say!(lang, "像是换成别人的 {actual}", "that look like somebody else now {actual}"),
        ("mass_clear", field) => say!(lang, "失去字段 {field} 的 {actual}", "that lose {field} {actual}"),
        ("filter_blank", field) => {
            say!(lang, "筛选条件要看的列 {field} 为空的 {actual}", "rows in which {field} is blank {actual}")
        }
        ("keys_changed", _) => say!(lang, "编号改变的 {actual}", "with another key {actual}"),
        (verb, measure) => {
            let verb = match verb {
                "create" => lang.pick("新建", "create"),
                "update" => lang.pick("更新", "update"),
                "remove" => lang.pick("禁用或删除", "disable or delete"),
                other => other,
            };
            match measure {
                "max_per_day" => say!(lang, "一天内{verb} {actual}", "{verb} within a day {actual}"),
                _ => format!("{verb} {actual}"),
            }
        }
    };
    say!(lang, "{what}（上限 {limit}{close}）", "{what} (limit {limit}{close})")
}

/// One limit: what it is about, what the plan comes to, and where it ends.
fn line(lang: Lang, check: &SafetyCheck) -> String {
    let rule = check.rule.as_str();
    let (kind, unit) = (words::kinds(lang, &check.kind, ""), if is_share(rule) { " %" } else { "" });
    let (actual, limit) = (format!("{}{unit}", round(check.actual)), format!("{}{unit}", round(check.limit)));
    let least = rule == "source_min";
    let (verb, measure) = rule.split_once('.').unwrap_or((rule, ""));
    let verb = match verb {
        "create" => lang.pick("新建", "create"),
        "update" => lang.pick("更新", "update"),
        "remove" => lang.pick("移除", "remove"),
        other => other,
    };
    let what = match (rule, measure) {
        ("source_min", _) => say!(lang, "来源中的{kind}：{actual}", "{kind} in the source: {actual}"),
        ("source_shrink", _) => {
            say!(lang, "来源中的{kind}比上次少 {actual}", "{kind} in the source: {actual} fewer than last time")
        }
        ("target_missing", _) => say!(
            lang,
            "对方返回的{kind}比已绑定的少 {actual}，可能没有完整读取",
            "linked {kind} missing in the target: {actual}"
        ),
        ("identity_shift", _) => say!(
            lang,
            "{kind}中姓名、账号等一起改变的占 {actual}",
            "{kind} whose name, account and the like change together: {actual}"
        ),
        (rule, _) if rule.starts_with("mass_clear") => {
            say!(lang, "{kind}中失去某个字段的占 {actual}", "{kind} that lose a field: {actual}")
        }
        (rule, field) if rule.starts_with("filter_blank.") => {
            say!(lang, "筛选条件要看的列 {field} 为空的行：{actual}", "rows in which {field} is blank: {actual}")
        }
        ("keys_changed", _) => say!(lang, "{kind}中编号改变的：{actual}", "{kind} whose key changed: {actual}"),
        (_, "max") => say!(lang, "{verb}{kind}：{actual}", "{verb} {kind}: {actual}"),
        (_, "max_percent") => say!(lang, "{verb}{kind}的比例：{actual}", "{verb} {kind}: {actual} of the linked ones"),
        (_, "max_per_day") => say!(lang, "一天内{verb}{kind}：{actual}", "{verb} {kind} within a day: {actual}"),
        _ => say!(lang, "{rule}（{kind}）：{actual}", "{rule}, {kind}: {actual}"),
    };
    match least {
        true => say!(lang, "{what}（至少应有 {limit}）", "{what} (at least {limit})"),
        false => say!(lang, "{what}（上限 {limit}）", "{what} (limit {limit})"),
    }
}

/// Whether a limit is a share of a hundred and no number of objects.
fn is_share(rule: &str) -> bool {
    rule.ends_with("percent")
        || rule.starts_with("mass_clear")
        || rule.starts_with("filter_blank")
        || ["source_shrink", "target_missing", "identity_shift"].contains(&rule)
}

/// Counts without a point, shares with what they have behind it.
fn round(number: f64) -> String {
    format!("{}", (number * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: &str, actual: f64, limit: f64) -> SafetyCheck {
        SafetyCheck { rule: rule.into(), kind: "user".into(), limit, actual, ok: false, source: false }
    }

    #[test]
    fn a_limit_says_its_unit() {
        let shrink = check("source_shrink", 33.333, 10.0);
        assert_eq!(line(Lang::En, &shrink), "people in the source: 33.33 % fewer than last time (limit 10 %)");
        assert_eq!(line(Lang::Zh, &shrink), "来源中的人员比上次少 33.33 %（上限 10 %）");
        let create = check("create.max", 1000.0, 500.0);
        assert_eq!(line(Lang::En, &create), "create people: 1000 (limit 500)");
        assert_eq!(line(Lang::Zh, &create), "新建人员：1000（上限 500）");
        let share = check("remove.max_percent", 7.5, 5.0);
        assert_eq!(line(Lang::En, &share), "remove people: 7.5 % of the linked ones (limit 5 %)");
        let close = SafetyCheck { ok: true, ..check("remove.max_percent", 4.29, 5.0) };
        assert_eq!(brief(Lang::Zh, &close), "禁用或删除 4.29 %（上限 5 %，接近）");
        assert_eq!(brief(Lang::En, &close), "disable or delete 4.29 % (limit 5 %, close)");
        let far = SafetyCheck { ok: true, ..check("remove.max", 3.0, 20.0) };
        assert_eq!(brief(Lang::En, &far), "disable or delete 3 (limit 20)");
        let least = check("source_min", 0.0, 1.0);
        assert_eq!(line(Lang::En, &least), "people in the source: 0 (at least 1)");
    }
}
