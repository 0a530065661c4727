//! Limits and what a plan comes to, in words and with their units.

use super::{Lang, lang::say, output, words};
use crate::contract::run::SafetyCheck;

/// Limits that are exceeded, each in a line, and how many others there are. Twelve lines of what is well would stand before
/// the two changes that somebody wants to see.
pub fn told(lang: Lang, checks: &[SafetyCheck]) {
    let exceeded: Vec<&SafetyCheck> = checks.iter().filter(|check| !check.ok).collect();
    for check in &exceeded {
        output::data(&format!("  ! {}", line(lang, check)));
    }
    let kept = checks.len() - exceeded.len();
    if kept > 0 {
        let all = if exceeded.is_empty() { "" } else { lang.pick("其余 ", "the other ") };
        output::data(&match lang {
            Lang::Zh => format!("  {all}{kept} 项上限未超出"),
            Lang::En if kept == 1 => "  within its limit".into(),
            Lang::En => format!("  within {all}{kept} limits"),
        });
    }
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
        ("mass_clear", _) => say!(lang, "{kind}中失去某个字段的占 {actual}", "{kind} that lose a field: {actual}"),
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
    rule.ends_with("percent") || ["source_shrink", "target_missing", "identity_shift", "mass_clear"].contains(&rule)
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
        let least = check("source_min", 0.0, 1.0);
        assert_eq!(line(Lang::En, &least), "people in the source: 0 (at least 1)");
    }
}
