//! How is a time written for people and machines?

/// A time, in milliseconds since 1970, as people and machines read it: UTC with milliseconds.
#[must_use]
pub fn time(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
        .unwrap_or_default()
}
