//! When does a schedule fire next? Crontab as people know it, over the `cron` crate.
//!
//! The crate is no crontab: it wants seconds, counts Sunday as 1, and joins the two day fields with "and". So every field is
//! read here into the plain list of its values (which also gives exact positions for what is wrong), and the crate is asked
//! for wall-clock times in lists and names only. Wall-clock times are then mapped to instants of the zone: a time that a
//! change of clocks skips fires at the first instant after; a time that occurs twice fires once for fixed times and twice for
//! interval ones (a `*` in minute or hour).

mod meant;

use std::{fmt::Write, str::FromStr};

use chrono::{DateTime, Datelike, Duration, LocalResult, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use cron::Schedule;

pub use meant::{Meant, meant};

#[cfg(test)]
mod tests;

/// What is wrong with a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronError {
    /// The bytes of the expression that are wrong; all of it when they are no part of it.
    pub range: std::ops::Range<usize>,
    /// Why, in Chinese.
    pub zh: String,
    /// Why, in English.
    pub en: String,
    /// Whether the zone is what is wrong.
    pub zone: bool,
}

impl std::fmt::Display for CronError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}

impl std::error::Error for CronError {}

/// One of the five fields.
struct Range {
    zh: &'static str,
    en: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [Range; 5] = [
    Range { zh: "分钟", en: "minute", min: 0, max: 59, names: &[] },
    Range { zh: "小时", en: "hour", min: 0, max: 23, names: &[] },
    Range { zh: "日", en: "day of month", min: 1, max: 31, names: &[] },
    Range { zh: "月", en: "month", min: 1, max: 12, names: MONTHS },
    Range { zh: "星期", en: "day of week", min: 0, max: 7, names: DAYS },
];
/// The longest that a clock was ever set back in the zones of today.
const OVERLAP_HOURS: i64 = 4;
const MAX_STEPS: usize = 20_000;

/// A schedule that was read.
#[derive(Debug, Clone)]
pub struct Cron {
    parts: Vec<Part>,
    repeats: Repeats,
}

/// What a change of the clocks does to a schedule.
#[derive(Debug, Clone, Copy)]
struct Repeats {
    /// A `*` in minute or hour: a wall time that occurs twice fires twice.
    twice: bool,
    /// A `*` in the hour: a wall time that is skipped needs no making up, the next one is near.
    skips: bool,
}

/// One of up to three schedules whose earliest time counts.
#[derive(Debug, Clone)]
struct Part {
    schedule: Schedule,
    last_day: bool,
}

/// The first instant after `after` at which the schedule fires; `None` if it never does again.
///
/// # Errors
/// The expression or the zone is wrong.
pub fn next_after(cron: &str, tz: &str, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, CronError> {
    let zone = zone(tz)?;
    Ok(cron.parse::<Cron>()?.next_after(zone, after))
}

/// A schedule with its zone, parsed.
#[derive(Debug, Clone)]
pub struct Rule {
    cron: Cron,
    zone: Tz,
}

impl Rule {
    /// Reads an expression and the name of a zone.
    ///
    /// # Errors
    /// The expression or the zone is wrong.
    pub fn new(cron: &str, tz: &str) -> Result<Self, CronError> {
        Ok(Self { zone: zone(tz)?, cron: cron.parse()? })
    }

    /// The first time after this one at which it fires, in milliseconds since 1970; `None` if it never does again.
    #[must_use]
    pub fn next_after(&self, ms: i64) -> Option<i64> {
        let after = DateTime::<Utc>::from_timestamp_millis(ms)?;
        self.cron.next_after(self.zone, after).map(|next| next.timestamp_millis())
    }
}

/// The zone of an IANA name.
///
/// # Errors
/// There is none of that name.
pub fn zone(tz: &str) -> Result<Tz, CronError> {
    tz.parse::<Tz>().map_err(|_| CronError {
        range: 0..0,
        zh: format!("没有时区 `{tz}`"),
        en: format!("there is no time zone `{tz}`"),
        zone: true,
    })
}

/// What one field allows.
struct Values {
    list: Vec<u32>,
    any: bool,
    star: bool,
    last: bool,
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        let error = |range, zh: String, en: String| CronError { range, zh, en, zone: false };
        let all = 0..text.len();
        if text.len() > 256 {
            return Err(error(all, "表达式太长".into(), "the expression is too long".into()));
        }
        if let Some(name) = text.trim().strip_prefix('@') {
            let fields = match name {
                "hourly" => "0 * * * *",
                "daily" | "midnight" => "0 0 * * *",
                "weekly" => "0 0 * * 0",
                "monthly" => "0 0 1 * *",
                "yearly" | "annually" => "0 0 1 1 *",
                _ => {
                    return Err(error(
                        all,
                        format!("没有 `@{name}`；可用 @hourly、@daily、@weekly、@monthly、@yearly"),
                        format!("there is no `@{name}`; there are @hourly, @daily, @weekly, @monthly, @yearly"),
                    ));
                }
            };
            return fields.parse();
        }
        let words = words(text);
        if words.len() != FIELDS.len() {
            let count = words.len();
            let zh = format!("需要 5 个字段（分 时 日 月 星期），这里有 {count} 个");
            let en = format!("five fields are needed (minute hour day month weekday), and there are {count}");
            return Err(error(all, zh, en));
        }
        let mut values = Vec::with_capacity(FIELDS.len());
        for (field, range) in FIELDS.iter().zip(words) {
            values.push(read(text, range, field)?);
        }
        Ok(Self::of(&values))
    }
}

impl Cron {
    fn of(values: &[Values]) -> Self {
        let (days, weekdays) = (&values[2], &values[4]);
        let list = |place: usize| {
            if values[place].any { "*".to_string() } else { joined(values[place].list.iter().map(ToString::to_string)) }
        };
        let named = joined(weekdays.list.iter().map(|day| DAYS[(*day % 7) as usize].to_string()));
        let (minutes, hours, months) = (list(0), list(1), list(3));
        let schedule = |day: &str, weekday: &str| {
            Schedule::from_str(&format!("0 {minutes} {hours} {day} {months} {weekday} *")).ok()
        };
        let mut parts = Vec::new();
        let mut push = |schedule: Option<Schedule>, last_day| {
            parts.extend(schedule.map(|schedule| Part { schedule, last_day }));
        };
        if days.any && weekdays.any {
            push(schedule("*", "*"), false);
        } else {
            if !days.any && !days.list.is_empty() {
                push(schedule(&list(2), "*"), false);
            }
            if days.last {
                push(schedule("28,29,30,31", "*"), true);
            }
            if !weekdays.any {
                push(schedule("*", &named), false);
            }
        }
        Self { parts, repeats: Repeats { twice: values[0].star || values[1].star, skips: values[1].star } }
    }

    /// The first instant after `after` in this zone.
    #[must_use]
    pub fn next_after(&self, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.parts.iter().filter_map(|part| part.next_after(zone, after, self.repeats)).min()
    }
}

impl Part {
    fn next_after(&self, zone: Tz, after: DateTime<Utc>, repeats: Repeats) -> Option<DateTime<Utc>> {
        let wall = after.with_timezone(&zone).naive_local();
        let window = Duration::hours(OVERLAP_HOURS);
        let offset =
            |time: Option<DateTime<Utc>>| time.map(|time| zone.offset_from_utc_datetime(&time.naive_utc()).fix());
        let here = offset(Some(after));
        // A clock that was set back, or will be soon, repeats wall times from before `wall`, so the search begins earlier then.
        let steady = |time: DateTime<Utc>| {
            offset(time.checked_sub_signed(window)) == here && offset(time.checked_add_signed(window)) == here
        };
        let no_change = steady(after);
        let start = if no_change { wall } else { wall.checked_sub_signed(window)? };
        let mut best: Option<(DateTime<Utc>, NaiveDateTime)> = None;
        for time in self.schedule.after(&start.and_utc()).take(MAX_STEPS) {
            let wall = time.naive_utc();
            if best.is_some_and(|(_, found)| wall > found + Duration::hours(OVERLAP_HOURS)) {
                break;
            }
            if self.last_day && !is_last_day(wall) {
                continue;
            }
            for instant in instants(zone, wall, repeats).into_iter().flatten() {
                if instant > after && best.is_none_or(|(found, _)| instant < found) {
                    best = Some((instant, wall));
                }
            }
            // No change of the clocks is near: whatever is later on the wall is later.
            if let Some((found, _)) = best
                && no_change
                && steady(found)
            {
                break;
            }
        }
        best.map(|(instant, _)| instant)
    }
}

/// The instants of a wall-clock time.
fn instants(zone: Tz, wall: NaiveDateTime, repeats: Repeats) -> [Option<DateTime<Utc>>; 2] {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(time) => [Some(time.with_timezone(&Utc)), None],
        LocalResult::Ambiguous(first, second) => {
            [Some(first.with_timezone(&Utc)), repeats.twice.then(|| second.with_timezone(&Utc))]
        }
        LocalResult::None if repeats.skips => [None, None],
        LocalResult::None => [after_gap(zone, wall), None],
    }
}

/// The first instant after a gap in which `wall` lies.
fn after_gap(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    let valid = |time: NaiveDateTime| zone.from_local_datetime(&time).earliest();
    // Gaps are at most a day; find a valid time behind it, then halve the way back to its edge, in whole seconds.
    let mut low = wall;
    let mut high =
        (1..=50).map(|half_hours| wall + Duration::minutes(30 * half_hours)).find(|time| valid(*time).is_some())?;
    while high - low > Duration::seconds(1) {
        let middle = low + Duration::seconds((high - low).num_seconds() / 2);
        if valid(middle).is_some() { high = middle } else { low = middle }
    }
    valid(high).map(|time| time.with_timezone(&Utc))
}

fn is_last_day(time: NaiveDateTime) -> bool {
    time.checked_add_signed(Duration::days(1)).is_none_or(|next| next.month() != time.month())
}

fn words(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (place, c) in text.char_indices() {
        match (c.is_whitespace(), start) {
            (false, None) => start = Some(place),
            (true, Some(begin)) => {
                words.push(begin..place);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|begin| begin..text.len()));
    words
}

fn joined(values: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for value in values {
        let _ = write!(text, "{}{value}", if text.is_empty() { "" } else { "," });
    }
    text
}

/// Reads one field into its values.
fn read(text: &str, range: std::ops::Range<usize>, field: &Range) -> Result<Values, CronError> {
    let word = &text[range.clone()];
    let mut values = Values { list: Vec::new(), any: word == "*", star: word.starts_with('*'), last: false };
    let mut start = range.start;
    for part in word.split(',') {
        let place = start..start + part.len();
        start = place.end + 1;
        let refuse = || CronError {
            range: if place.is_empty() { range.clone() } else { place.clone() },
            zh: format!("`{part}` 不是{}：应在 {} 到 {} 之间，可写 `a-b`、`*/n`、逗号", field.zh, field.min, field.max),
            en: format!(
                "`{part}` is no {}: it lies between {} and {}, with `a-b`, `*/n` and commas",
                field.en, field.min, field.max
            ),
            zone: false,
        };
        if part.eq_ignore_ascii_case("l") && field.max == 31 {
            values.last = true;
            continue;
        }
        let (span, step) = match part.split_once('/') {
            Some((span, step)) => (span, step.parse::<u32>().ok().filter(|step| *step > 0).ok_or_else(refuse)?),
            None => (part, 1),
        };
        let (first, last) = if span == "*" {
            (field.min, if field.max == 7 { 6 } else { field.max })
        } else if let Some((first, last)) = span.split_once('-') {
            let (first, mut last) = (number(first, field).ok_or_else(refuse)?, number(last, field).ok_or_else(refuse)?);
            // `FRI-SUN`: Sunday is also 7.
            if field.max == 7 && last == 0 && first > 0 {
                last = 7;
            }
            (first, last)
        } else {
            let first = number(span, field).ok_or_else(refuse)?;
            (first, if part.contains('/') { field.max.min(if field.max == 7 { 6 } else { 60 }) } else { first })
        };
        if first > last {
            return Err(refuse());
        }
        values
            .list
            .extend((first..=last).step_by(step as usize).map(|value| if field.max == 7 { value % 7 } else { value }));
    }
    values.list.sort_unstable();
    values.list.dedup();
    Ok(values)
}

fn number(word: &str, field: &Range) -> Option<u32> {
    if let Some(place) = field.names.iter().position(|name| name.eq_ignore_ascii_case(word)) {
        return u32::try_from(place).ok().map(|place| place + field.min);
    }
    let plain = !word.is_empty() && word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|number| plain && (field.min..=field.max).contains(number))
}
