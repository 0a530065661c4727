//! One value as it stands in the file to the value that was meant: what people and spreadsheets leave around it is
//! taken away, what cannot be repaired is recognised. Pure; whether a repair is told, and as what, is decided in `row`.

use std::borrow::Cow;

use idflow_sdk::text;

/// A value without what does not belong to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cleaned<'a> {
    /// The value.
    pub(crate) text: Cow<'a, str>,
    /// Characters were taken out of its middle.
    pub(crate) control: bool,
}

/// Takes away blanks around the value, the `="…"` and the `'` by which spreadsheets keep digits text, and invisible
/// characters inside: line breaks and tabs become one space, the others nothing. `keep_apostrophe` spares names such
/// as `'t Hooft`, which begin with one, unless a digit or a formula follows.
pub(crate) fn clean(raw: &str, keep_apostrophe: bool) -> Cleaned<'_> {
    let value = text::trim(unwrapped(text::trim(raw), keep_apostrophe));
    if text::is_simple(value) {
        return Cleaned { text: Cow::Borrowed(value), control: false };
    }
    if !value.chars().any(unwanted) {
        return Cleaned { text: text::composed(value), control: false };
    }
    let mut repaired = String::with_capacity(value.len());
    for c in value.chars() {
        if breaks(c) {
            if !repaired.ends_with(' ') {
                repaired.push(' ');
            }
        } else if !unwanted(c) {
            repaired.push(c);
        }
    }
    let trimmed = text::trim(&repaired);
    Cleaned { text: Cow::Owned(text::composed(trimmed).into_owned()), control: true }
}

/// Whether a line ends inside the value.
pub(crate) fn has_line_break(raw: &str) -> bool {
    text::trim(raw).contains(|c| breaks(c) && c != '\t')
}

/// What a spreadsheet shows instead of a value that it could not work out, or that did not fit into the column.
pub(crate) fn is_error_value(value: &str) -> bool {
    const ERRORS: [&str; 15] = [
        "#N/A",
        "#REF!",
        "#VALUE!",
        "#NAME?",
        "#DIV/0!",
        "#NUM!",
        "#NULL!",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#BUSY!",
        "#CONNECT!",
        "#UNKNOWN!",
        "#GETTING_DATA",
    ];
    value.starts_with('#')
        && (ERRORS.iter().any(|error| error.eq_ignore_ascii_case(value))
            || value.len() >= 4 && value.bytes().all(|byte| byte == b'#'))
}

/// A number as a spreadsheet or a data frame writes it where digits were meant: `1.55E+10`, `1.54e10`, `4001.0`,
/// `15,400,000,001`, `3月1日`. `phone`: where nothing but a number can be meant, also `2E10`. Whether digits were lost cannot
/// be told from it, least of all zeros at the beginning, so it is never repaired.
pub(crate) fn is_damaged_number(value: &str, phone: bool) -> bool {
    // Nothing but a digit becomes one when it is made plain, and letters and Chinese characters are none.
    if value.starts_with(is_letter) {
        return false;
    }
    // As ids and numbers of phones should be.
    if digits(value) {
        return false;
    }
    let value = &*text::plain(value);
    if !value.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    is_exponent(value, phone) || is_decimal(value, phone) || is_grouped(value) || is_date(value)
}

/// A letter of ASCII or a Chinese character, which are plain as they are.
const fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{4e00}'..='\u{9fff}')
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `1.55E+10`. Without a point and a sign (`1E5`) it may be somebody's id.
fn is_exponent(value: &str, phone: bool) -> bool {
    let Some((number, exponent)) = value.split_once(['E', 'e']) else { return false };
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, fraction)| (whole, Some(fraction)));
    let signed = exponent.strip_prefix('+');
    let shaped = whole.len() == 1 && digits(whole) && fraction.is_none_or(digits) && digits(signed.unwrap_or(exponent));
    shaped && (phone || fraction.is_some() || signed.is_some())
}

/// `4001.0`. Short ones (`1.0`, `10.0`) may be numbers of chapters.
fn is_decimal(value: &str, phone: bool) -> bool {
    value.split_once('.').is_some_and(|(whole, zeros)| {
        digits(whole) && (phone || whole.len() >= 3) && !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0')
    })
}

/// `15,400,000,001`.
fn is_grouped(value: &str) -> bool {
    let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let mut more = groups.peekable();
    more.peek().is_some()
        && (1..=3).contains(&first.len())
        && digits(first)
        && more.all(|group| group.len() == 3 && digits(group))
}

/// `3月1日`, `1-Mar`: what `3-1` becomes.
fn is_date(value: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let short = |text: &str| text.len() <= 2 && digits(text);
    let chinese = value.strip_suffix('日').and_then(|rest| rest.split_once('月'));
    let english = value.split_once('-').filter(|(_, month)| MONTHS.contains(&&*month.to_ascii_lowercase()));
    chinese.is_some_and(|(month, day)| short(month) && short(day)) || english.is_some_and(|(day, _)| short(day))
}

/// Whether the value is a word by which people say that there is none. `loose` adds those that are also names, accounts
/// and codes of somebody (`NA`, `null`).
pub(crate) fn says_none(value: &str, loose: bool) -> bool {
    const WORDS: [&str; 11] = ["无", "暂无", "空", "没有", "未提供", "未填", "未填写", "n/a", "(空)", "(无)", "<空>"];
    const LOOSE: [&str; 6] = ["na", "null", "nil", "none", "nan", "<null>"];
    if value.is_empty() || value.len() > 16 {
        return false;
    }
    if value.chars().all(|c| matches!(c, '-' | '—' | '–' | '―' | '－' | '_' | '/' | '／' | '\\')) {
        return true;
    }
    let is_one = |words: &[&str], word: &str| words.iter().any(|one| one.eq_ignore_ascii_case(word));
    if value.is_ascii() {
        return is_one(&WORDS, value) || loose && is_one(&LOOSE, value);
    }
    // Where a Chinese character stands first, the text is as plain as its beginning.
    if value.starts_with(is_letter) && !value.starts_with(['无', '暂', '空', '没', '未', 'n', 'N']) {
        return false;
    }
    let word = text::plain(value).to_lowercase();
    WORDS.contains(&&*word) || loose && LOOSE.contains(&&*word)
}

fn unwrapped(value: &str, keep_apostrophe: bool) -> &str {
    if let Some(inner) = value.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'))
        && !inner.contains('"')
    {
        return inner;
    }
    match value.strip_prefix(['\'', '\u{2018}', '\u{2019}', '`', '＇']) {
        Some(rest) if !keep_apostrophe || rest.starts_with(|c: char| c.is_ascii_digit() || "=+-@".contains(c)) => rest,
        _ => value,
    }
}

const fn breaks(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn unwanted(c: char) -> bool {
    text::is_invisible(c) || breaks(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cleaned() {
        for (raw, expected, control) in [
            ("", "", false),
            ("  ", "", false),
            ("\u{3000}孙丽\u{3000}", "孙丽", false),
            ("\u{feff}\u{200b}a\u{200d} ", "a", false),
            ("\n孙丽\r\n", "孙丽", false),
            ("周\n杰", "周 杰", true),
            ("周\r\n杰", "周 杰", true),
            ("周 \r\n\t 杰", "周  杰", true),
            ("a\u{200b}b\u{202e}c\0d", "abcd", true),
            ("\0\0", "", true),
            ("a\u{2028}b", "a b", true),
            ("a\0 ", "a", true),
            ("0012", "0012", false),
            ("'0012", "0012", false),
            ("=\"0012\"", "0012", false),
            (" =\" 0012 \" ", "0012", false),
            ("=\"a\"&\"b\"", "=\"a\"&\"b\"", false),
            ("陈\"大\"文", "陈\"大\"文", false),
            ("'", "", false),
            ("郑爽朗🙂", "郑爽朗🙂", false),
        ] {
            let cleaned = clean(raw, false);
            assert_eq!((&*cleaned.text, cleaned.control), (expected, control), "{raw:?}");
        }
        assert_eq!(clean("'t Hooft", true).text, "'t Hooft");
        assert_eq!(clean("'007", true).text, "007");
    }

    #[test]
    fn decomposed_text_is_composed() {
        assert_eq!(clean("Zu\u{308}rich", false).text, "Zürich");
        assert_eq!(clean("カ\u{3099}\u{200b}ス", false), Cleaned { text: "ガス".into(), control: true });
    }

    #[test]
    fn spreadsheet_damage() {
        for value in [
            "1.55E+10",
            "1E+5",
            "1.5e+10",
            "1.54E10",
            "1.5400000004e10",
            "4001.0",
            "15400000001.00",
            "1001.0",
            "15,400,000,001",
            "1,001",
            "3月1日",
            "1-Mar",
            "１．５４Ｅ１０",
        ] {
            assert!(is_damaged_number(value, false) && is_damaged_number(value, true), "{value}");
        }
        for value in ["2E10", "1.0", "7.00"] {
            assert!(is_damaged_number(value, true) && !is_damaged_number(value, false), "{value}");
        }
        for value in [
            "15498000001",
            "1.E+10",
            "E+10",
            "12.5E+10",
            "1.55E+",
            "",
            "1.5.5E+1",
            "ABE+1",
            "1.5",
            "4001.05",
            "1001.",
            ".0",
            "1,0",
            "1,0001",
            "A1.0",
            "3月",
            "1-1",
            "0012",
            "1-Manager",
        ] {
            assert!(!is_damaged_number(value, false) && !is_damaged_number(value, true), "{value}");
        }
        for value in ["#N/A", "#n/a", "#REF!", "#NAME?", "######"] {
            assert!(is_error_value(value), "{value}");
        }
        for value in ["#1", "N/A", "", "#", "#部门"] {
            assert!(!is_error_value(value), "{value}");
        }
        for raw in ["'0012", "\u{2019}0012", "\u{2018}0012", "`0012"] {
            assert_eq!(clean(raw, true).text, "0012", "{raw}");
        }
    }

    #[test]
    fn words_for_none() {
        for value in ["无", "暂无", "空", "-", "--", "—", "——", "/", "\\", "N/A", "n/a", "Ｎ／Ａ", "（无）", "未提供"]
        {
            assert!(says_none(value, false) && says_none(value, true), "{value}");
        }
        for value in ["NA", "null", "NIL", "None", "nan"] {
            assert!(!says_none(value, false) && says_none(value, true), "{value}");
        }
        for value in ["", "0", "空军", "无锡", "-1", "a/b", "未知", "x"] {
            assert!(!says_none(value, true), "{value}");
        }
    }
}
