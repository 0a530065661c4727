//! Limits and what a plan comes to, in words and with their units.

use serde_json::Value;

use super::{Lang, Session, output};

/// Limits that are exceeded, each in a line, and how many others there are. Twelve lines of what is well would stand before
/// the two changes that somebody wants to see.
pub fn told(session: &Session<'_>, checks: &Value) {
    let checks = checks.as_array().map(Vec::as_slice).unwrap_or_default();
    let exceeded: Vec<&Value> = checks.iter().filter(|check| check["ok"] != true).collect();
    for check in &exceeded {
        output::data(&format!("  ! {}", line(session.lang, check)));
    }
    let kept = checks.len() - exceeded.len();
    if kept > 0 {
        let all = if exceeded.is_empty() { "" } else { session.text("其余 ", "the other ") };
        output::data(&match session.lang {
            Lang::Zh => format!("  {all}{kept} 项上限未超出"),
            Lang::En if kept == 1 => "  within its limit".into(),
            Lang::En => format!("  within {all}{kept} limits"),
        });
    }
}

/// One limit: what it is about, what the plan comes to, and where it ends.
fn line(lang: Lang, check: &Value) -> String {
    let rule = output::cell(&check["rule"]);
    let (kind, unit) = (kind(lang, &check["kind"]), if is_share(&rule) { " %" } else { "" });
    let (actual, limit) = (round(&check["actual"]), round(&check["limit"]));
    let (what, limit) = match (rule.as_str(), lang) {
        ("source_min", Lang::Zh) => (format!("来源中的{kind}：{actual}"), format!("至少应有 {limit}")),
        ("source_min", Lang::En) => (format!("{kind} in the source: {actual}"), format!("at least {limit}")),
        ("source_shrink", Lang::Zh) => (format!("来源中的{kind}比上次少 {actual} %"), format!("上限 {limit} %")),
        ("source_shrink", Lang::En) => {
            (format!("{kind} in the source: {actual} % fewer than last time"), format!("limit {limit} %"))
        }
        ("target_missing", Lang::Zh) => {
            (format!("目标的名单里缺少 {actual} % 已绑定的{kind}"), format!("上限 {limit} %"))
        }
        ("target_missing", Lang::En) => {
            (format!("linked {kind} missing in the target: {actual} %"), format!("limit {limit} %"))
        }
        (_, Lang::Zh) => (format!("{rule}（{kind}）：{actual}{unit}"), format!("上限 {limit}{unit}")),
        (_, Lang::En) => (format!("{rule}, {kind}: {actual}{unit}"), format!("limit {limit}{unit}")),
    };
    match lang {
        Lang::Zh => format!("{what}（{limit}）"),
        Lang::En => format!("{what} ({limit})"),
    }
}

/// Whether a limit is a share of a hundred and no number of objects.
fn is_share(rule: &str) -> bool {
    rule.ends_with("percent") || ["source_shrink", "target_missing", "identity_shift", "mass_clear"].contains(&rule)
}

fn kind(lang: Lang, kind: &Value) -> String {
    let kind = output::cell(kind);
    match (kind.as_str(), lang) {
        ("department", Lang::Zh) => "部门".into(),
        ("department", Lang::En) => "departments".into(),
        ("user", Lang::Zh) => "人员".into(),
        ("user", Lang::En) => "people".into(),
        _ => kind,
    }
}

/// Counts without a point, shares with what they have behind it.
fn round(number: &Value) -> String {
    number.as_f64().map(|number| format!("{}", (number * 100.0).round() / 100.0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_limit_says_its_unit() {
        let shrink = json!({"rule": "source_shrink", "kind": "user", "actual": 33.333, "limit": 10.0, "ok": false});
        assert_eq!(line(Lang::En, &shrink), "people in the source: 33.33 % fewer than last time (limit 10 %)");
        assert_eq!(line(Lang::Zh, &shrink), "来源中的人员比上次少 33.33 %（上限 10 %）");
        let create = json!({"rule": "create.max", "kind": "user", "actual": 1000.0, "limit": 500.0, "ok": false});
        assert_eq!(line(Lang::En, &create), "create.max, people: 1000 (limit 500)");
        let share = json!({"rule": "remove.max_percent", "kind": "user", "actual": 7.5, "limit": 5.0, "ok": false});
        assert_eq!(line(Lang::En, &share), "remove.max_percent, people: 7.5 % (limit 5 %)");
        let least = json!({"rule": "source_min", "kind": "user", "actual": 0.0, "limit": 1.0, "ok": false});
        assert_eq!(line(Lang::En, &least), "people in the source: 0 (at least 1)");
    }
}
