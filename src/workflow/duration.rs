//! Time spans as text: `30s`, `1h30m`, and what is meant by other spellings.

use std::time::Duration;

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

/// The time span that is surely meant by another spelling: `PT1H30M`, `5 min`, `2 hours`, `1w`, `10分钟`.
#[must_use]
pub fn meant_duration(text: &str) -> Option<String> {
    let written = text.trim();
    let text = written.to_lowercase();
    let iso = match text.strip_prefix('p') {
        // Before the `T` of ISO 8601 an `M` stands for months, which have no length.
        Some(rest) if rest.split('t').next().is_some_and(|date| date.contains('m')) => return None,
        Some(rest) => Some(rest.replace('t', "")),
        // `5M`: minutes, or months? In ISO 8601 it depends on the `T`.
        None if written.ends_with('M') || written.contains(['M', 'Y']) => return None,
        None => None,
    };
    let text = iso.as_deref().unwrap_or(&text);
    let (mut meant, mut rest) = (String::new(), text.trim());
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|length| *length > 0)?;
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let unit = after.find(|c: char| c.is_ascii_digit() || c == ' ').unwrap_or(after.len());
        let (number, unit, next) = (number.parse::<u64>().ok()?, after.get(..unit)?, after.get(unit..)?);
        let (number, unit) = match unit {
            "s" | "sec" | "secs" | "second" | "seconds" | "秒" | "秒钟" => (number, 's'),
            "m" | "min" | "mins" | "minute" | "minutes" | "分" | "分钟" => (number, 'm'),
            "h" | "hr" | "hrs" | "hour" | "hours" | "小时" | "时" => (number, 'h'),
            "d" | "day" | "days" | "天" | "日" => (number, 'd'),
            "w" | "week" | "weeks" | "周" => (number.checked_mul(7)?, 'd'),
            "ms" | "millis" | "milliseconds" | "毫秒" if number >= 1_000 && number % 1_000 == 0 => {
                (number / 1_000, 's')
            }
            _ => return None,
        };
        meant.push_str(&format!("{number}{unit}"));
        rest = next.trim_start();
    }
    parse_duration(&meant).map(|_| meant)
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
        for (text, meant) in [
            ("PT1H30M", Some("1h30m")),
            ("P2D", Some("2d")),
            ("5 min", Some("5m")),
            ("1 hour 30 minutes", Some("1h30m")),
            ("2H", Some("2h")),
            ("1w", Some("7d")),
            ("10分钟", Some("10m")),
            ("3000ms", Some("3s")),
            ("PT5M", Some("5m")),
            ("P1DT2M", Some("1d2m")),
            ("P1M", None),
            ("P1MT5M", None),
            ("5M", None),
            ("30", None),
            ("soon", None),
            ("P", None),
        ] {
            assert_eq!(meant_duration(text).as_deref(), meant, "{text}");
        }
    }
}
