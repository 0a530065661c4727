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
    if !value.chars().any(unwanted) {
        return Cleaned { text: Cow::Borrowed(value), control: false };
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
    let text = if trimmed.len() == repaired.len() { repaired } else { trimmed.to_string() };
    Cleaned { text: Cow::Owned(text), control: true }
}

/// Whether a line ends inside the value.
pub(crate) fn has_line_break(raw: &str) -> bool {
    text::trim(raw).contains(|c| breaks(c) && c != '\t')
}

/// What a spreadsheet shows instead of a value that it could not work out, or that did not fit into the column.
pub(crate) fn is_error_value(value: &str) -> bool {
    const ERRORS: [&str; 10] =
        ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!"];
    value.starts_with('#')
        && (ERRORS.iter().any(|error| error.eq_ignore_ascii_case(value))
            || value.len() >= 4 && value.bytes().all(|byte| byte == b'#'))
}

/// A long number that a spreadsheet rounded: `1.55E+10`. Its last digits are lost.
pub(crate) fn is_rounded_number(value: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((number, exponent)) = value.split_once(['E', 'e']) else { return false };
    let whole = match number.split_once('.') {
        None => number,
        Some((whole, fraction)) if digits(fraction) => whole,
        Some(_) => return false,
    };
    whole.len() == 1 && digits(whole) && exponent.strip_prefix('+').is_some_and(digits)
}

fn unwrapped(value: &str, keep_apostrophe: bool) -> &str {
    if let Some(inner) = value.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'))
        && !inner.contains('"')
    {
        return inner;
    }
    match value.strip_prefix('\'') {
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
    fn spreadsheet_damage() {
        for value in ["1.55E+10", "1E+5", "1.5e+10"] {
            assert!(is_rounded_number(value), "{value}");
        }
        for value in ["15498000001", "1.55E10", "1.E+10", "E+10", "12.5E+10", "1.55E+", "1E5", "", "1.5.5E+1", "ABE+1"]
        {
            assert!(!is_rounded_number(value), "{value}");
        }
        for value in ["#N/A", "#n/a", "#REF!", "#NAME?", "######"] {
            assert!(is_error_value(value), "{value}");
        }
        for value in ["#1", "N/A", "", "#", "#部门"] {
            assert!(!is_error_value(value), "{value}");
        }
    }
}
