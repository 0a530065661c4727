//! Why a body or a parameter could not be read, in Chinese, and which field it is. The parser speaks English, in a few forms that
//! are known here; of the others Chinese readers are told that the format is wrong, and at which place.

/// The Chinese of what the parser says, and the field that it names.
#[must_use]
pub fn words(what: &str) -> (String, Option<String>) {
    let place = what.find(" at line ").map(|at| &what[at..]).unwrap_or_default();
    let place = place.strip_prefix(" at line ").and_then(|place| place.split_once(" column "));
    let place = place.map(|(line, column)| format!("（第 {line} 行第 {column} 列）")).unwrap_or_default();
    let quoted = |after: &str| -> Option<String> {
        let rest = &what[what.find(after)? + after.len()..];
        Some(rest.split_once('`')?.0.to_string())
    };
    // A path may stand before it: `receivers[0].kind: invalid type …`.
    if let Some(name) = quoted("unknown field `") {
        let known: Vec<&str> = listed(what, "expected ").collect();
        let known = if known.is_empty() { String::new() } else { format!("，可用的有 {}", known.join("、")) };
        return (format!("没有字段 `{name}`{known}{place}"), Some(name));
    }
    if let Some(name) = quoted("missing field `") {
        return (format!("缺少 `{name}`{place}"), Some(name));
    }
    if let Some(name) = quoted("duplicate field `") {
        return (format!("`{name}` 出现了两次{place}"), Some(name));
    }
    if what.contains("` stands twice")
        && let Some(name) = quoted("the name `")
    {
        return (format!("名称 `{name}` 出现了两次{place}"), None);
    }
    if let Some(name) = quoted("unknown variant `") {
        let known: Vec<&str> = listed(what, "expected ").collect();
        return (format!("没有 `{name}` 这个取值，可用的有 {}{place}", known.join("、")), None);
    }
    for (form, zh) in [("invalid type: ", "类型不对"), ("invalid value: ", "取值不对"), ("invalid length ", "长度不对")]
    {
        if what.contains(form) {
            return (format!("{zh}{place}"), None);
        }
    }
    if what.contains("no JSON object") {
        return ("不是一个 JSON 对象".into(), None);
    }
    if what.contains("EOF while parsing") {
        return (format!("内容不完整{place}"), None);
    }
    (format!("格式不对{place}"), None)
}

/// The names in backticks behind a word.
fn listed<'a>(what: &'a str, after: &str) -> impl Iterator<Item = &'a str> {
    let rest = what.find(after).map(|at| &what[at + after.len()..]).unwrap_or_default();
    rest.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parser_says_is_told_in_chinese() {
        for (what, zh, field) in [
            (
                "unknown field `display`, expected one of `code`, `name`, `password` at line 1 column 22",
                "没有字段 `display`，可用的有 code、name、password（第 1 行第 22 列）",
                Some("display"),
            ),
            ("Failed to deserialize query string: missing field `topics`", "缺少 `topics`", Some("topics")),
            ("unknown variant `x`, expected `a` or `b`", "没有 `x` 这个取值，可用的有 a、b", None),
            ("invalid type: integer `3`, expected a string at line 2 column 5", "类型不对（第 2 行第 5 列）", None),
            ("EOF while parsing a string at line 1 column 9", "内容不完整（第 1 行第 9 列）", None),
            ("the name `a` stands twice at line 1 column 9", "名称 `a` 出现了两次（第 1 行第 9 列）", None),
            ("expected value at line 1 column 1", "格式不对（第 1 行第 1 列）", None),
        ] {
            assert_eq!(words(what), (zh.to_string(), field.map(ToString::to_string)), "{what}");
        }
    }
}
