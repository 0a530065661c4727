//! Filters of the list of runs: words of people to terms of the index.

use super::{AppError, Desk};
use crate::{
    contract::run::RunFilter,
    model::{run::Mode, trigger::TriggerKind},
    store::run_index::{About, Wanted, mode as term_of, plain, words},
};

/// The states of runs.
const STATES: &[&str] = &[
    "queued",
    "planning",
    "held",
    "applying",
    "paused",
    "succeeded",
    "succeeded_no_change",
    "partial",
    "failed",
    "cancelled",
];
/// Whether they write.
const MODES: [(&str, Mode); 3] = [("apply", Mode::Apply), ("plan", Mode::Plan), ("retry", Mode::Retry)];

impl Desk<'_> {
    /// What a filter asks of the index.
    pub(super) fn wanted(&self, filter: &RunFilter) -> Result<Wanted, AppError> {
        let mut wanted = Wanted { workflow: filter.workflow.clone(), ..Wanted::default() };
        let mut named = |about, text: &Option<String>| {
            wanted.terms.extend(text.as_deref().map(|text| (about, plain(text))));
        };
        named(About::Status, &known(&filter.state, STATES, "run_state_unknown", "state")?);
        let triggers: Vec<&str> = TriggerKind::ALL.iter().map(|kind| kind.as_str()).collect();
        named(About::Trigger, &known(&filter.trigger, &triggers, "trigger_unknown", "trigger")?);
        named(About::Actor, &filter.actor);
        let mode = known(&filter.mode, &MODES.map(|(word, _)| word), "run_mode_unknown", "mode")?;
        wanted
            .terms
            .extend(MODES.into_iter().find(|(word, _)| mode.as_deref() == Some(word)).map(|(_, it)| term_of(it)));
        let texts = words(filter.text.as_deref().unwrap_or_default());
        wanted.terms.extend(texts.into_iter().map(|word| (About::Word, word)));
        wanted.since = self.time_of(filter.since.as_deref(), "since")?;
        wanted.until = self.time_of(filter.until.as_deref(), "until")?;
        Ok(wanted)
    }

    /// A time as people write it.
    pub(super) fn time_of(&self, text: Option<&str>, field: &'static str) -> Result<Option<i64>, AppError> {
        let Some(text) = text else { return Ok(None) };
        let time = time(text, self.now());
        time.map(Some).ok_or_else(|| AppError::invalid("time_invalid").arg("word", text).field(field))
    }
}

fn known(
    word: &Option<String>,
    words: &[&str],
    code: &'static str,
    field: &'static str,
) -> Result<Option<String>, AppError> {
    match word {
        Some(word) if !words.contains(&word.as_str()) => {
            Err(AppError::invalid(code).arg("word", word).arg("words", words.join(", ")).field(field))
        }
        word => Ok(word.clone()),
    }
}

/// RFC 3339, a day in UTC, or a time ago: `90m`, `24h`, `7d`.
fn time(text: &str, now: i64) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_millis());
    }
    if let Ok(day) = text.parse::<chrono::NaiveDate>() {
        return Some(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis());
    }
    let unit = text.chars().last()?;
    let ms: i64 = match unit {
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return None,
    };
    let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
    now.checked_sub(i64::from(number).checked_mul(ms)?)
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_are_read_as_people_write_them() {
        let now = 1_800_000_000_000;
        assert_eq!(time("2027-01-15T08:00:00Z", now), Some(1_800_000_000_000));
        assert_eq!(time("2027-01-15T16:00:00+08:00", now), Some(1_800_000_000_000));
        assert_eq!(time("2027-01-15", now), Some(1_799_971_200_000));
        assert_eq!(time("90m", now), Some(now - 5_400_000));
        assert_eq!(time("7d", now), Some(now - 7 * 86_400_000));
        for wrong in ["", "d", "-1d", "7w", "yesterday", "2027-13-01", "9999999999d", "天"] {
            assert_eq!(time(wrong, now), None, "{wrong}");
        }
    }
}
