//! Which moment does this text mean? What could mean two things means none.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeZone, Utc};
use idflow_sdk::text;

/// Milliseconds since 1970 below this could as well be seconds or days: 1973 is the earliest that is taken for them.
const LEAST_MS: i64 = 100_000_000_000;

/// A time in a format and zone. Read are RFC 3339, milliseconds since 1970, eight digits that are a date from 1900 to 2100,
/// and `YYYY-MM-DD` or `YYYY/MM/DD`, which may be followed by a time of the day in that zone.
pub(crate) fn date(written: &str, format: &str, zone: &str) -> Option<String> {
    let written = text::plain(text::trim(written));
    let zone: Option<chrono_tz::Tz> = if zone.is_empty() { None } else { Some(zone.parse().ok()?) };
    let show = |time: DateTime<Utc>| match zone {
        Some(zone) => formatted(&time.with_timezone(&zone), format),
        None => formatted(&time, format),
    };
    if let Ok(time) = DateTime::parse_from_rfc3339(&written) {
        return show(time.with_timezone(&Utc));
    }
    if let Some(day) = day(&written) {
        return formatted(&day.and_hms_opt(0, 0, 0)?.and_utc(), format);
    }
    if let Ok(ms) = written.parse::<i64>() {
        return if ms >= LEAST_MS { show(Utc.timestamp_millis_opt(ms).single()?) } else { None };
    }
    let local = local(&written)?;
    match zone {
        // A time that the clocks skipped or showed twice: the earlier one, and none that never was.
        Some(zone) => formatted(&zone.from_local_datetime(&local).earliest()?, format),
        None => formatted(&local.and_utc(), format),
    }
}

/// Whether this is a number that [`date`] refuses because it may mean several things.
pub(super) fn is_bare_number(written: &str) -> bool {
    text::plain(text::trim(written)).parse::<f64>().is_ok()
}

fn day(written: &str) -> Option<NaiveDate> {
    if written.len() == 8 && written.bytes().all(|byte| byte.is_ascii_digit()) {
        let day = NaiveDate::parse_from_str(written, "%Y%m%d").ok()?;
        return (1900..=2100).contains(&day.year()).then_some(day);
    }
    separated(written)
}

/// A date whose parts are apart; the year has four digits.
fn separated(written: &str) -> Option<NaiveDate> {
    let format = match written.as_bytes().get(4)? {
        b'-' => "%Y-%m-%d",
        b'/' => "%Y/%m/%d",
        _ => return None,
    };
    NaiveDate::parse_from_str(written, format).ok().filter(|day| day.year() >= 1000)
}

/// A date and a time of the day, without a zone.
fn local(written: &str) -> Option<NaiveDateTime> {
    let (day, time) = written.split_once([' ', 'T'])?;
    let time = text::trim(time);
    let time = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"]
        .iter()
        .find_map(|form| chrono::NaiveTime::parse_from_str(time, form).ok())?;
    Some(separated(day)?.and_time(time))
}

/// A format of the wrong kind fails while it is written, so it is written into a string of ours.
fn formatted<Z: TimeZone>(time: &DateTime<Z>, format: &str) -> Option<String>
where
    Z::Offset: std::fmt::Display,
{
    let mut text = String::new();
    write!(text, "{}", time.format(format)).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_know_their_zone() {
        let due = "2026-11-20T22:30:00Z";
        assert_eq!(date(due, "%Y%m%d", "Asia/Shanghai").as_deref(), Some("20261121"));
        assert_eq!(date(due, "%Y%m%d", "").as_deref(), Some("20261120"));
        assert_eq!(date("2026-02-03", "%d.%m.", "").as_deref(), Some("03.02."));
        assert_eq!(date("1700000000000", "%Y", "UTC").as_deref(), Some("2023"));
        for (text, format, zone) in [("x", "%Y", ""), (due, "%Q!", ""), (due, "%Y", "Asia/Beijing")] {
            assert_eq!(date(text, format, zone), None, "{text} {format} {zone}");
        }
    }

    #[test]
    fn days_are_read_as_files_write_them() {
        for (text, shown) in [
            ("2026-03-01", "2026-03-01 00:00"),
            ("2026-3-1", "2026-03-01 00:00"),
            ("2026/03/01", "2026-03-01 00:00"),
            ("２０２６/3/1", "2026-03-01 00:00"),
            ("20260301", "2026-03-01 00:00"),
            ("19000101", "1900-01-01 00:00"),
            ("2026-03-01 23:30", "2026-03-01 23:30"),
            ("2026-03-01 23:30:00", "2026-03-01 23:30"),
            ("2026/3/1 3:05:59", "2026-03-01 03:05"),
            ("2026-03-01T23:30:00", "2026-03-01 23:30"),
            ("2026-03-01T23:30:00Z", "2026-03-02 07:30"),
            ("9999-12-31", "9999-12-31 00:00"),
        ] {
            assert_eq!(date(text, "%Y-%m-%d %H:%M", "Asia/Shanghai").as_deref(), Some(shown), "{text}");
        }
        assert_eq!(date("2026-03-01 23:30", "%H:%M%:z", "Europe/Berlin").as_deref(), Some("23:30+01:00"));
    }

    #[test]
    fn what_may_mean_several_things_means_none() {
        for text in [
            "1700000000",
            "45352",
            "45352.5",
            "0",
            "-1",
            "20261301",
            "20260230",
            "18991231",
            "21010101",
            "202603",
            "26-03-01",
            "01/03/2026",
            "2026-02-30",
            "2026-03-01 25:00",
            "2026-03-01 later",
            "2026.03.01",
        ] {
            assert_eq!(date(text, "%Y-%m-%d", "Asia/Shanghai"), None, "{text}");
        }
        // Clocks went from 2 to 3 that night.
        assert_eq!(date("2026-03-29 02:30", "%H:%M", "Europe/Berlin"), None);
        for (text, bare) in [("1700000000", true), ("45352.5", true), ("x", false), ("2026-02-30", false)] {
            assert_eq!(is_bare_number(text), bare, "{text}");
        }
    }
}
