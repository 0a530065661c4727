//! Single values: words, flags, numbers, time spans, shares, choices, names in two languages.
//!
//! Each reader gives the value or a finding that says what belongs there, with the right spelling where it can be known.

use std::time::Duration;

use crate::{
    model::definition::{Amount, Localized},
    workflow::{
        diagnostic::{Diagnostic, Span},
        keys,
        suggest::nearest,
        written::Word,
        yaml::{Node, Plain},
    },
};

type Findings = Vec<Diagnostic>;

pub(crate) fn wrong(node: &Node, zh: &str, en: &str) -> Diagnostic {
    Diagnostic::new("E0203", node.span, format!("这里应当是{zh}"), format!("{en} belongs here"))
}

/// A word. Numbers and flags count as the text they are written as.
pub fn word<'t>(node: &'t Node, findings: &mut Findings) -> Option<Word<'t>> {
    if let Some(text) = node.text() {
        return Some(Word { text, span: node.span });
    }
    if !node.is_broken() {
        findings.push(wrong(node, "一个词或一段文字", "a word or a text"));
    }
    None
}

/// True or false.
pub fn flag(node: &Node, findings: &mut Findings) -> Option<bool> {
    match node.scalar() {
        Some(Plain::Bool(flag)) => return Some(flag),
        Some(Plain::Text(text)) => {
            let meant = match text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "true" | "1" => Some("true"),
                "no" | "off" | "false" | "0" => Some("false"),
                _ => None,
            };
            let mut finding = wrong(node, " `true` 或 `false`", "`true` or `false`");
            if let Some(meant) = meant {
                finding = finding
                    .help(format!("改为 `{meant}`（不加引号）"), format!("write `{meant}`, without quotes"))
                    .fix(node.span, meant);
            }
            findings.push(finding);
        }
        _ => findings.push(wrong(node, " `true` 或 `false`", "`true` or `false`")),
    }
    None
}

/// A whole number from 0 up.
pub fn integer(node: &Node, findings: &mut Findings) -> Option<u64> {
    if let Some(Plain::Int(number)) = node.scalar()
        && let Ok(number) = u64::try_from(number)
    {
        return Some(number);
    }
    findings.push(
        Diagnostic::new("E0207", node.span, "这里应当是一个不小于 0 的整数", "a whole number from 0 up belongs here")
            .help("例如 `20`，不加引号", "for example `20`, without quotes"),
    );
    None
}

/// A count that limits something: like [`integer`], but a number below 0 is a limit that cannot be.
pub fn count(node: &Node, findings: &mut Findings) -> Option<u64> {
    if let Some(Plain::Int(number)) = node.scalar()
        && number < 0
    {
        findings.push(
            impossible(node.span, "上限不能小于 0", "a limit cannot be below 0")
                .fix(node.span, number.unsigned_abs().to_string()),
        );
        return None;
    }
    integer(node, findings)
}

/// A limit that cannot be, or that says nothing.
pub fn impossible(span: Span, zh: &str, en: &str) -> Diagnostic {
    Diagnostic::new("E0704", span, zh, en).help(
        "写一个能起作用的上限，例如 `max: 20`、`max_percent: 5%`",
        "write a limit that can do something, for example `max: 20`, `max_percent: 5%`",
    )
}

/// `30s`, `5m`, `2h`, `3d`, or several together: `1h30m`.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut seconds = 0_u64;
    let mut digits = String::new();
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(digits.parse::<u64>().ok()?.checked_mul(unit)?)?;
        digits.clear();
    }
    // A hundred years: beyond that it is a slip, and the arithmetic of dates stays safe.
    (digits.is_empty() && seconds <= 36_500 * 86_400).then(|| Duration::from_secs(seconds))
}

/// A time span, see [`parse_duration`].
pub fn duration(node: &Node, findings: &mut Findings) -> Option<Duration> {
    let text = node.text().unwrap_or_default();
    if let Some(duration) = parse_duration(text) {
        return Some(duration);
    }
    if node.is_broken() {
        return None;
    }
    let mut finding = Diagnostic::new("E0207", node.span, "这不是时长", "this is not a time span")
        .help("时长写作 `30s`、`5m`、`2h`、`3d`", "time spans are written `30s`, `5m`, `2h`, `3d`");
    let iso = text.strip_prefix("PT").or_else(|| text.strip_prefix('P')).map(str::to_ascii_lowercase);
    if let Some(meant) = iso.filter(|meant| parse_duration(meant).is_some()) {
        finding = finding.fix(node.span, meant);
    }
    findings.push(finding);
    None
}

/// `5%`.
pub fn share(node: &Node, findings: &mut Findings) -> Option<f64> {
    let text = node.text().unwrap_or_default();
    let share = text.strip_suffix('%').and_then(|digits| digits.trim_end().parse::<f64>().ok());
    if let Some(good) = share.filter(|share| (0.0..=100.0).contains(share)) {
        return Some(good);
    }
    if share.is_some() {
        findings.push(impossible(node.span, "百分比应在 0% 到 100% 之间", "a share lies between 0% and 100%"));
        return None;
    }
    let mut finding = Diagnostic::new("E0207", node.span, "这不是百分比", "this is not a share")
        .help("写作 `5%`，范围 0% 到 100%", "shares are written `5%`, from 0% to 100%");
    if matches!(node.scalar(), Some(Plain::Int(0..=100))) {
        finding = finding.fix(node.span, format!("{text}%"));
    }
    findings.push(finding);
    None
}

/// A number or a share.
pub fn amount(node: &Node, findings: &mut Findings) -> Option<Amount> {
    if node.text().is_some_and(|text| text.ends_with('%')) {
        share(node, findings).map(Amount::Percent)
    } else {
        count(node, findings).map(Amount::Count)
    }
}

/// One of some words.
pub fn choice<T: Copy>(node: &Node, choices: &[(&str, T)], findings: &mut Findings) -> Option<T> {
    let text = node.text().unwrap_or_default();
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
        return Some(*value);
    }
    if node.is_broken() {
        return None;
    }
    let words = choices.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>();
    let mut finding = Diagnostic::new(
        "E0203",
        node.span,
        format!("这里只能是 {}", words.join("、")),
        format!("only {} can stand here", words.join(", ")),
    );
    if let Some(meant) = nearest(text, choices.iter().map(|(word, _)| *word)) {
        finding =
            finding.help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?")).fix(node.span, meant);
    }
    findings.push(finding);
    None
}

/// A text, or `{zh, en}`. The flag says whether both languages were given.
pub fn localized(node: &Node, findings: &mut Findings) -> Option<(Localized, bool)> {
    if node.map().is_none() {
        let text = word(node, findings)?.text;
        return Some((Localized { zh: text.into(), en: text.into() }, true));
    }
    keys::entries(node, &keys::NAME, findings)?;
    let zh = node.get("zh").and_then(|node| word(node, findings)).map(|word| word.text);
    let en = node.get("en").and_then(|node| word(node, findings)).map(|word| word.text);
    let any = zh.or(en)?;
    let name = Localized { zh: zh.unwrap_or(any).into(), en: en.unwrap_or(any).into() };
    Some((name, zh.is_some() && en.is_some()))
}

/// A list of words; a single word counts as a list of one.
pub fn words<'t>(node: &'t Node, findings: &mut Findings) -> Vec<Word<'t>> {
    match node.list() {
        Some(items) => items.iter().filter_map(|item| word(item, findings)).collect(),
        None => word(node, findings).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans() {
        for (text, seconds) in [
            ("30s", Some(30)),
            ("5m", Some(300)),
            ("1h30m", Some(5_400)),
            ("3d", Some(259_200)),
            ("0s", Some(0)),
            ("30", None),
            ("m", None),
            ("", None),
            ("PT30M", None),
            ("99999999999999999999d", None),
            ("9999999d", None),
        ] {
            assert_eq!(parse_duration(text).map(|duration| duration.as_secs()), seconds, "{text}");
        }
    }
}
