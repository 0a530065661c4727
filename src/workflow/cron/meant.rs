//! What somebody meant who wrote a cron expression of another kind.

use std::fmt::Write;

use super::{
    super::suggest::{is_slip, is_spelling, nearest},
    Cron, FIELDS,
};

/// What an expression that cannot be read may have meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// The readings, the likelier first.
    pub readings: Vec<String>,
    /// Whether the only reading is the one that was meant: the times are the same.
    pub certain: bool,
}

/// What was meant by a crontab of another program: with seconds or a year, `?`, weekdays from `1` for Sunday; by a name
/// that is misspelt, or a time of day. A reading that makes it run at other times than its author may have thought of is
/// never certain.
#[must_use]
pub fn meant(text: &str) -> Option<Meant> {
    let text = text.trim();
    if text.len() > 100 {
        return None;
    }
    let one = |text: String, certain| good(&text).then(|| Meant { readings: vec![text], certain });
    let names = ["hourly", "daily", "midnight", "weekly", "monthly", "yearly", "annually"];
    let typed = text.trim_start_matches('@');
    if let Some(name) = nearest(typed, names) {
        return one(format!("@{name}"), is_spelling(typed, name, names));
    }
    // `02:30`: every day, as is likely.
    if let Some((hour, minute)) = text.split_once(':')
        && let (Ok(hour), Ok(minute)) = (hour.parse::<u32>(), minute.parse::<u32>())
    {
        return one(format!("{minute} {hour} * * *"), false);
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let marks: Vec<usize> = (0..fields.len()).filter(|index| fields[*index] == "?").collect();
    let (first, last) = (fields.first().copied()?, fields.last().copied()?);
    let no_seconds = matches!(first, "0" | "00");
    let any_year = matches!(last, "*" | "?");
    // The days of a reading: where they stand tells which program the `?` is from.
    let only = |indexes: [usize; 2]| !marks.is_empty() && marks.iter().all(|index| indexes.contains(index));
    let mut readings = Vec::new();
    let mut certain = false;
    match fields.len() {
        7 if no_seconds && any_year => {
            let inner = &fields[1..6];
            certain = only([3, 5]) || marks == [6];
            readings.extend(numbered(inner, certain && marks != [6]));
            certain &= readings.len() == 1;
        }
        // Seconds first, as Quartz has it.
        6 if only([3, 5]) && no_seconds => {
            readings.extend(numbered(&fields[1..], true));
            certain = readings.len() == 1;
        }
        // A year last, as schedulers of clouds have it; they count Sunday as 1, too.
        6 if only([2, 4]) && last == "*" => {
            readings.extend(numbered(&fields[..5], true));
            certain = readings.len() == 1;
        }
        6 if marks.is_empty() => {
            if no_seconds {
                readings.extend(numbered(&fields[1..], false));
            }
            let year = any_year || (last.len() == 4 && last.bytes().all(|byte| byte.is_ascii_digit()));
            certain = !year && last.contains(|c: char| c.is_ascii_alphabetic()) && readings.len() == 1;
            if last == "*" {
                readings.extend(numbered(&fields[..5], false));
            }
        }
        5 if marks.is_empty() => {
            readings.extend(plain(&fields));
            certain = readings.len() == 1;
        }
        5 if only([2, 4]) => {
            readings.extend(numbered(&fields, false));
            certain = readings.len() == 1;
        }
        4 => readings.extend(plain(&[first, fields[1], fields[2], last, "*"])),
        _ => {}
    }
    let mut seen: Vec<String> = Vec::new();
    readings.retain(|reading| {
        !seen.contains(reading) && {
            seen.push(reading.clone());
            true
        }
    });
    (!readings.is_empty()).then_some(Meant { certain: certain && readings.len() == 1, readings })
}

pub(super) fn good(text: &str) -> bool {
    text.parse::<Cron>().is_ok()
}

/// Five fields of another program as ours: one reading when its weekdays are words, any day, or surely count Sunday as 1;
/// else both, as ours first.
pub(super) fn numbered(fields: &[&str], sunday_is_1: bool) -> Vec<String> {
    let days = fields.get(4).copied().unwrap_or_default();
    let counts = days.split(['/']).next().is_some_and(|days| days.contains(|c: char| c.is_ascii_digit()));
    let ours = plain(fields);
    if !counts {
        return ours.into_iter().collect();
    }
    let theirs = from_1(days).and_then(|days| {
        let mut fields = fields.to_vec();
        if let Some(field) = fields.get_mut(4) {
            *field = days.as_str();
        }
        plain(&fields)
    });
    if sunday_is_1 { theirs.into_iter().collect() } else { ours.into_iter().chain(theirs).collect() }
}

/// Weekdays that count Sunday as 1, counted from 0.
pub(super) fn from_1(days: &str) -> Option<String> {
    let mut out = String::new();
    for part in days.split(',') {
        let (span, step) = part.split_once('/').map_or((part, None), |(span, step)| (span, Some(step)));
        let ends = span.split('-').map(|end| match end.parse::<u32>() {
            Ok(number) => (1..=7).contains(&number).then(|| (number - 1).to_string()),
            Err(_) => Some(end.to_string()),
        });
        let span = ends.collect::<Option<Vec<_>>>()?.join("-");
        let _ = write!(out, "{}{span}", if out.is_empty() { "" } else { "," });
        if let Some(step) = step {
            let _ = write!(out, "/{step}");
        }
    }
    Some(out)
}

/// Five fields in our spelling, when they can be read then.
pub(super) fn plain(fields: &[&str]) -> Option<String> {
    let mut fields: Vec<String> =
        fields.iter().map(|field| if *field == "?" { "*" } else { field }.to_string()).collect();
    for (field, range) in fields.iter_mut().zip(&FIELDS) {
        if !range.names.is_empty() {
            *field = named(field, range.names)?;
        }
    }
    // The end of every day is the beginning of the next. The end of Monday is no Monday.
    if let [_, hour, rest @ ..] = fields.as_mut_slice()
        && hour == "24"
        && rest.iter().all(|field| field == "*")
    {
        *hour = "0".into();
    }
    let text = fields.join(" ");
    good(&text).then_some(text)
}

/// The field with its names spelled right; `None` when two names are as near.
pub(super) fn named(field: &str, names: &'static [&'static str]) -> Option<String> {
    let mut out = String::new();
    let mut rest = field;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        let end = rest[start..].find(|c: char| !c.is_ascii_alphabetic()).map_or(rest.len(), |length| start + length);
        let word = &rest[start..end];
        out.push_str(&rest[..start]);
        let known = names.iter().any(|name| name.eq_ignore_ascii_case(word)) || word == "L";
        if known {
            out.push_str(word);
        } else {
            let lower = word.to_ascii_lowercase();
            let mut near = names.iter().filter(|name| is_near(&lower, name));
            match (near.next(), near.next()) {
                (Some(name), None) => out.push_str(&name.to_uppercase()),
                _ => return None,
            }
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    Some(out)
}

/// One slip away, or the whole name. A word of another language is no slip: `LUN` is no `SUN`.
pub(super) fn is_near(word: &str, name: &str) -> bool {
    word.len() > 1 && word.get(..1) == name.get(..1) && (word.starts_with(name) || is_slip(word, name))
}
