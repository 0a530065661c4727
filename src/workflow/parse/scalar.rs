//! Single values: words, flags, numbers, time spans, shares, choices, names in two languages.
//!
//! Each reader gives the value or a finding that says what belongs there, with the right spelling where it can be known.

use std::time::Duration;

use crate::{
    model::definition::{Amount, Localized},
    workflow::{
        diagnostic::{Diagnostic, Findings, Span},
        duration::{meant_duration, parse_duration},
        keys,
        suggest::{alias, is_spelling, nearest},
        syntax::Word,
        yaml::{Node, Plain},
    },
};

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
    if node.is_broken() {
        return None;
    }
    let mut finding =
        Diagnostic::new("E0207", node.span, "这里应当是一个不小于 0 的整数", "a whole number from 0 up belongs here")
            .help("例如 `20`，不加引号", "for example `20`, without quotes");
    if let Some(number) = node.text().and_then(meant_integer) {
        finding = finding.fix(node.span, number.to_string());
    }
    findings.push(finding);
    None
}

/// The number in quotes, with signs between its digits, or with a `k`.
fn meant_integer(text: &str) -> Option<u64> {
    let text = grouped(text.trim())?;
    let (digits, factor) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => (text.as_str(), 1),
    };
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u64>().ok()?.checked_mul(factor)).flatten()
}

/// The text without the signs between its thousands. `1,5` has none: there the comma may be that of a fraction.
fn grouped(text: &str) -> Option<String> {
    let signs = |c: char| matches!(c, '_' | ',' | '，' | ' ');
    let mut parts = text.split(signs);
    let first = parts.next().filter(|part| !part.is_empty())?;
    let mut whole = first.to_string();
    for part in parts {
        if part.trim_end_matches(['k', 'K']).len() != 3 {
            return None;
        }
        whole.push_str(part);
    }
    Some(whole)
}

/// A count that limits something: like [`integer`], but a number below 0 is a limit that cannot be.
pub fn count(node: &Node, findings: &mut Findings) -> Option<u64> {
    if let Some(Plain::Int(number)) = node.scalar()
        && number < 0
    {
        findings.push(
            impossible(node.span, "上限不能小于 0", "a limit cannot be below 0")
                .help("不想限制时，删除这一项", "leave it out where nothing is to be limited"),
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
    if let Some(meant) = meant_duration(text) {
        finding = finding.fix(node.span, meant);
    }
    findings.push(finding);
    None
}

/// A time limit: a span in which something can be done.
pub fn time_limit(node: &Node, findings: &mut Findings) -> Option<Duration> {
    let limit = duration(node, findings)?;
    if limit.is_zero() {
        findings.push(
            Diagnostic::new(
                "E0704",
                node.span,
                "时限是 0，什么都来不及做",
                "a time limit of 0 leaves no time for anything",
            )
            .help(
                "写一个够用的时长，例如 `30m`；不想限制时删除这一项",
                "write a span that is long enough, such as `30m`, or leave it out",
            ),
        );
        return None;
    }
    Some(limit)
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
    if node.is_broken() {
        return None;
    }
    if let Some(meant) = meant_share(text) {
        // A number alone may be a share (`0.1` is a tenth), percent or a count.
        let certain = text.contains(|c: char| matches!(c, '%' | '％') || c.is_alphabetic());
        finding = finding.fix_if(certain, node.span, meant);
    }
    findings.push(finding);
    None
}

/// `10`, `0.1`, `10 percent`, `10％`.
fn meant_share(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let digits = text.trim_end_matches(|c: char| matches!(c, '％' | '%' | ' ') || c.is_alphabetic());
    let number = digits.parse::<f64>().ok().filter(|number| (0.0..=100.0).contains(number))?;
    let share = digits.len() == text.len() && digits.contains('.') && number < 1.0;
    Some(format!("{}%", if share { (number * 10_000.0).round() / 100.0 } else { number }))
}

/// A number or a share.
pub fn amount(node: &Node, findings: &mut Findings) -> Option<Amount> {
    if node.text().is_some_and(|text| text.trim_end().ends_with(['%', '％']) || text.contains('.')) {
        share(node, findings).map(Amount::Percent)
    } else {
        count(node, findings).map(Amount::Count)
    }
}

/// One of some words. A slip counts as the word that was surely meant, so that nothing else is said about it.
pub fn choice<T: Copy>(node: &Node, choices: &[(&str, T)], findings: &mut Findings) -> Option<T> {
    let text = node.text().unwrap_or_default();
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
        return Some(*value);
    }
    if node.is_broken() || choices.is_empty() {
        return None;
    }
    let named = choices.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>();
    let mut finding = Diagnostic::new(
        "E0203",
        node.span,
        format!("这里只能是 {}", named.join("、")),
        format!("only {} can stand here", named.join(", ")),
    );
    let words = || choices.iter().map(|(word, _)| *word);
    if let Some(meant) = alias(text, words()).or_else(|| nearest(text, words())) {
        finding = finding.help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?")).fix_if(
            is_spelling(text, meant, words()),
            node.span,
            meant,
        );
        findings.push(finding);
        return choices.iter().find(|(word, _)| *word == meant).map(|(_, value)| *value);
    }
    findings.push(finding);
    None
}

/// A text, or `{zh, en}`. The flag says whether both languages were given.
pub fn localized(node: &Node, findings: &mut Findings) -> Option<(Localized, bool)> {
    if node.map().is_none() {
        let text = word(node, findings)?.text;
        return Some((Localized::same(text), true));
    }
    keys::entries(node, &keys::NAME, findings)?;
    let zh = keys::get(node, &keys::NAME, "zh").and_then(|node| word(node, findings)).map(|word| word.text);
    let en = keys::get(node, &keys::NAME, "en").and_then(|node| word(node, findings)).map(|word| word.text);
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
    fn other_spellings_of_numbers_and_shares() {
        for (text, meant) in [
            ("1,000", Some(1_000)),
            ("1,5", None),
            ("10 000", Some(10_000)),
            ("2k", Some(2_000)),
            ("5.0", Some(5)),
            ("many", None),
            ("-1", None),
        ] {
            assert_eq!(meant_integer(text), meant, "{text}");
        }
        for (text, meant) in [("10", Some("10%")), ("0.1", Some("10%")), ("5 percent", Some("5%")), ("5％", Some("5%"))]
        {
            assert_eq!(meant_share(text).as_deref(), meant, "{text}");
        }
        assert_eq!(meant_share("110%"), None);
    }
}
