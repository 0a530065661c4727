//! Time spans in conditions, in seconds: `3d` and `1h30m` as everywhere in a workflow, and `P3DT1H` as other systems write
//! them. Months and years are no spans: how long they are depends on when they begin.

use crate::workflow::duration::parse_duration;

/// The longest: a hundred years, as elsewhere.
const LONGEST: i64 = 36_500 * 86_400;

/// Reads a time span.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    match parse_duration(text) {
        Some(span) => i64::try_from(span.as_secs()).ok(),
        None => iso(text),
    }
}

/// `P3D`, `P1W`, `PT1H30M`, `P1DT12H`.
fn iso(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P').filter(|rest| !rest.is_empty() && text.len() <= 32)?;
    let (days, hours) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((days, hours)) => (days, hours),
        None => (rest, ""),
    };
    let seconds = part(days, &[('W', 604_800), ('D', 86_400)])?
        .checked_add(part(hours, &[('H', 3_600), ('M', 60), ('S', 1)])?)?;
    (seconds <= LONGEST).then_some(seconds)
}

/// Numbers with these units, each at most once and in this order.
fn part(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut seconds = 0_i64;
    for (unit, worth) in units {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 && text[digits..].starts_with(*unit) {
            seconds = seconds.checked_add(text[..digits].parse::<i64>().ok()?.checked_mul(*worth)?)?;
            text = &text[digits + 1..];
        }
    }
    text.is_empty().then_some(seconds)
}

/// A span as people write it.
pub fn written(seconds: i64) -> String {
    let mut text = String::from(if seconds < 0 { "-" } else { "" });
    let mut rest = seconds.unsigned_abs();
    for (unit, worth) in [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)] {
        if rest >= worth {
            text.push_str(&format!("{}{unit}", rest / worth));
            rest %= worth;
        }
    }
    if seconds == 0 {
        text.push_str("0s");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        for (text, seconds) in [
            ("3d", Some(259_200)),
            ("1h30m", Some(5_400)),
            ("0d", Some(0)),
            ("PT1H30M", Some(5_400)),
            ("P3D", Some(259_200)),
            ("P1W", Some(604_800)),
            ("P1DT12H", Some(129_600)),
            ("PT90S", Some(90)),
            ("P1M", None),
            ("P1Y", None),
            ("PT", None),
            ("P", None),
            ("P1", None),
            ("PT1M1H", None),
            ("1 hour", None),
            ("3", None),
            ("", None),
            ("P99999999999999999999D", None),
            ("P1DT", None),
        ] {
            assert_eq!(parse(text), seconds, "{text}");
        }
        for text in ["3d", "1h30m", "0s", "1d1s"] {
            assert_eq!(written(parse(text).unwrap()), text);
        }
    }
}
