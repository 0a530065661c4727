//! Tables by hand, and a comparison with another implementation over random expressions and zones.

use proptest::prelude::*;

use super::*;

fn utc(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn after(cron: &str, zone: &str, after: &str) -> Vec<String> {
    let mut time = utc(after);
    let mut found = Vec::new();
    while found.len() < 3 {
        match next_after(cron, zone, time).unwrap() {
            Some(next) => {
                assert!(next > time);
                found.push(next.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
                time = next;
            }
            None => break,
        }
    }
    found
}

#[test]
fn crontab_as_people_know_it() {
    for (cron, zone, start, expected) in [
        (
            "0 2 * * *",
            "Asia/Shanghai",
            "2026-11-20T18:00:00Z",
            ["2026-11-21T18:00:00Z", "2026-11-22T18:00:00Z", "2026-11-23T18:00:00Z"],
        ),
        (
            "30 6 * * MON-FRI",
            "Asia/Shanghai",
            "2026-11-20T00:00:00Z",
            ["2026-11-22T22:30:00Z", "2026-11-23T22:30:00Z", "2026-11-24T22:30:00Z"],
        ),
        // 0 and 7 are both Sunday: 22 November 2026 is one.
        (
            "0 0 * * 0",
            "UTC",
            "2026-11-20T00:00:00Z",
            ["2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z"],
        ),
        (
            "0 0 * * 7",
            "UTC",
            "2026-11-20T00:00:00Z",
            ["2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z"],
        ),
        (
            "0 0 * * 5-7",
            "UTC",
            "2026-11-20T00:00:00Z",
            ["2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-27T00:00:00Z"],
        ),
        (
            "@weekly",
            "UTC",
            "2026-11-20T00:00:00Z",
            ["2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z"],
        ),
        // Both day fields restricted: either is enough.
        (
            "0 0 1 * 1",
            "UTC",
            "2026-11-28T00:00:00Z",
            ["2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z", "2026-12-07T00:00:00Z"],
        ),
        (
            "0 2 L * *",
            "UTC",
            "2026-01-31T03:00:00Z",
            ["2026-02-28T02:00:00Z", "2026-03-31T02:00:00Z", "2026-04-30T02:00:00Z"],
        ),
        (
            "0 0 1,L 2 *",
            "UTC",
            "2026-01-31T03:00:00Z",
            ["2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z", "2027-02-01T00:00:00Z"],
        ),
        (
            "0 0 29 2 *",
            "UTC",
            "2026-01-01T00:00:00Z",
            ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z", "2036-02-29T00:00:00Z"],
        ),
        // Berlin: 02:30 is skipped on 29 March 2026 and comes twice on 25 October 2026.
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-28T02:00:00Z",
            ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"],
        ),
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00:00Z",
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"],
        ),
        (
            "30 * * * *",
            "Europe/Berlin",
            "2026-10-24T23:45:00Z",
            ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"],
        ),
        (
            "5 * * * *",
            "Europe/Berlin",
            "2026-03-29T00:00:00Z",
            ["2026-03-29T00:05:00Z", "2026-03-29T01:05:00Z", "2026-03-29T02:05:00Z"],
        ),
        // A zone that skipped a whole day.
        (
            "0 9 30 12 *",
            "Pacific/Apia",
            "2011-12-28T00:00:00Z",
            ["2011-12-30T10:00:00Z", "2012-12-29T19:00:00Z", "2013-12-29T19:00:00Z"],
        ),
    ] {
        assert_eq!(after(cron, zone, start), expected, "{cron} {zone}");
    }
}

#[test]
fn some_never_fire() {
    for cron in ["0 2 30 2 *", "0 0 31 4,6,9,11 *"] {
        assert_eq!(next_after(cron, "UTC", utc("2026-01-01T00:00:00Z")), Ok(None), "{cron}");
    }
}

#[test]
fn mistakes_are_placed() {
    for (cron, wrong) in [
        ("0 2 * *", "0 2 * *"),
        ("0 0 2 * * *", "0 0 2 * * *"),
        ("60 2 * * *", "60"),
        ("0 24 * * *", "24"),
        ("0 2 0 * *", "0"),
        ("0 2 * 13 *", "13"),
        ("0 2 * * 8", "8"),
        ("0 2 * * MOND", "MOND"),
        ("0 5-2 * * *", "5-2"),
        ("*/0 * * * *", "*/0"),
        ("0 2 * * FRI-MON", "FRI-MON"),
        ("0 1,,2 * * *", "1,,2"),
        ("0 2 ? * *", "?"),
        ("0 2 * * 1#2", "1#2"),
        ("@reboot", "@reboot"),
    ] {
        let error = cron.parse::<Cron>().unwrap_err();
        assert_eq!(&cron[error.range.clone()], wrong, "{cron}: {error}");
    }
    assert!(next_after("0 2 * * *", "Asia/Beijing", utc("2026-01-01T00:00:00Z")).unwrap_err().zone);
}

/// Zones with changes of an hour, of half an hour, south of the equator, without any, and far from UTC.
const ZONES: &[&str] = &[
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Chatham",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
];

fn field(min: u32, max: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_string()),
        2 => (2..=max / 2).prop_map(|step| format!("*/{step}")),
        3 => (min..=max).prop_map(|value| value.to_string()),
        2 => (min..=max, min..=max).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        2 => proptest::collection::vec(min..=max, 2..4).prop_map(|list| joined(list.iter().map(ToString::to_string))),
    ]
}

/// Minute and hour for which both implementations mean the same by "fixed" and "interval": single values, or a `*` hour.
fn clock() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        (0..60_u32, 0..24_u32).prop_map(|(minute, hour)| (minute.to_string(), hour.to_string())),
        (field(0, 59), prop_oneof![Just("*".to_string()), (2..12_u32).prop_map(|step| format!("*/{step}"))]),
    ]
}

/// A time that a gap swallows comes at its very end, not some fraction of a second later.
#[test]
fn the_end_of_a_gap_is_a_whole_second() {
    let zone: Tz = "America/New_York".parse().unwrap();
    for minute in 0..60 {
        let cron = format!("{minute} 2 * 3 0").parse::<Cron>().unwrap();
        let after = Utc.with_ymd_and_hms(2021, 3, 14, 0, 0, 0).unwrap();
        assert_eq!(cron.next_after(zone, after), Some(Utc.with_ymd_and_hms(2021, 3, 14, 7, 0, 0).unwrap()), "{minute}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn another_implementation_agrees(
        (minute, hour) in clock(),
        day in prop_oneof![4 => Just("*".to_string()), 3 => (1..=31_u32).prop_map(|day| day.to_string()), 1 => Just("L".to_string())],
        month in field(1, 12),
        weekday in prop_oneof![4 => Just("*".to_string()), 3 => (0..=6_u32).prop_map(|day| day.to_string()), 2 => Just("1-5".to_string())],
        zone in proptest::sample::select(ZONES),
        start in 1_600_000_000_i64..1_900_000_000,
    ) {
        let text = format!("{minute} {hour} {day} {month} {weekday}");
        let zone: Tz = zone.parse().unwrap();
        let after = Utc.timestamp_opt(start, 0).unwrap();
        let ours = text.parse::<Cron>().unwrap();
        let theirs: croner::Cron = text.parse().unwrap();
        let mut time = after;
        for _ in 0..3 {
            let next = ours.next_after(zone, time);
            // Their search ends in the year 5000 or with an error where ours ends in 2100.
            let other = theirs.find_next_occurrence(&time.with_timezone(&zone), false).ok().map(|time| time.with_timezone(&Utc));
            let other = other.filter(|time| time.year() < 2100);
            // On the day of a gap their search may stop at its end though the hour comes later; then ours is at the hour
            // that is written and theirs is not.
            let as_written = |found: Option<DateTime<Utc>>| {
                found.is_some_and(|found| found.with_timezone(&zone).format("%-M %-H").to_string() == format!("{minute} {hour}"))
            };
            // In the hour that comes twice a rule for every hour fires twice with us, and theirs may leave one out.
            let twice = |found: Option<DateTime<Utc>>| {
                found.is_some_and(|found| {
                    let local = found.with_timezone(&zone).naive_local();
                    matches!(zone.from_local_datetime(&local), chrono::LocalResult::Ambiguous(..))
                })
            };
            if (!as_written(next) || as_written(other)) && !twice(next) {
                prop_assert_eq!(next, other, "{} in {} after {}", text, zone, time);
            }
            let Some(next) = next else { break };
            time = next;
        }
    }

    /// Whatever the clocks do: strictly later, at the wall time it says or just after a gap, and nothing in between.
    #[test]
    fn fixed_times_fire_once_a_day(
        minute in 0..60_u32, hour in 0..24_u32, zone in proptest::sample::select(ZONES), start in 1_600_000_000_i64..1_900_000_000,
    ) {
        let zone: Tz = zone.parse().unwrap();
        let cron: Cron = format!("{minute} {hour} * * *").parse().unwrap();
        let first = cron.next_after(zone, Utc.timestamp_opt(start, 0).unwrap()).unwrap();
        let second = cron.next_after(zone, first).unwrap();
        let days = second.with_timezone(&zone).date_naive() - first.with_timezone(&zone).date_naive();
        prop_assert_eq!(days.num_days(), 1);
    }
}

/// The times are the same, so it can be mended.
#[test]
fn other_spellings_are_understood() {
    for (text, right) in [
        ("0 0 2 ? * 2-6", "0 2 * * 1-5"),
        ("0 0 2 ? * 6", "0 2 * * 5"),
        ("0 0 2 ? * 1,7", "0 2 * * 0,6"),
        ("0 0 2 ? * MON-FRI", "0 2 * * MON-FRI"),
        ("0 0 2 1 * ?", "0 2 1 * *"),
        ("0 0 2 ? * 2-6 *", "0 2 * * 1-5"),
        ("0 0 2 * * ? *", "0 2 * * *"),
        ("0 0 2 * * ?", "0 2 * * *"),
        ("0 0 2 * * MON-FRI", "0 2 * * MON-FRI"),
        // With a year at the end, as schedulers of clouds have it.
        ("0 10 * * ? *", "0 10 * * *"),
        ("0 10 ? * 2-6 *", "0 10 * * 1-5"),
        ("0 10 ? * MON-FRI *", "0 10 * * MON-FRI"),
        ("0 2 ? * MON-FIR", "0 2 * * MON-FRI"),
        ("0 2 * * ?", "0 2 * * *"),
        ("0 2 * * Monday", "0 2 * * MON"),
        ("0 2 * MARZ *", "0 2 * MAR *"),
        ("0 24 * * *", "0 0 * * *"),
        ("@dayly", "@daily"),
        ("daily", "@daily"),
    ] {
        let meant = meant(text);
        assert_eq!(meant, Some(Meant { readings: vec![right.to_string()], certain: true }), "{text}");
    }
}

/// Somebody may have meant other times: nothing is mended, and every reading is shown.
#[test]
fn what_may_mean_several_things_is_not_mended() {
    for (text, right) in [
        ("0 0 2 * * *", &["0 2 * * *", "0 0 2 * *"][..]),
        ("0 9 * * 1-5 *", &["9 * * 1-5 *", "0 9 * * 1-5", "0 9 * * 0-4"]),
        ("0 0 2 * * 2-6", &["0 2 * * 2-6", "0 2 * * 1-5"]),
        ("0 2 ? * 2-6", &["0 2 * * 2-6", "0 2 * * 1-5"]),
        ("0 2 * *", &["0 2 * * *"]),
        ("02:30", &["30 2 * * *"]),
        ("0 24 * * MON", &[]),
        ("0 9 * JN *", &[]),
        ("0 9 * MA *", &[]),
        ("0 9 * * TU", &[]),
        // Monday, Thursday and July of other languages.
        ("0 2 * * LUN", &[]),
        ("0 2 * * JUE", &[]),
        ("0 2 * LUG *", &[]),
        ("30 0 2 ? * 2-6", &[]),
        ("0 0 2 ? * 0-6", &[]),
        ("0 0 2 ? * 2-6 2027", &[]),
        ("0 10 * * ? 2027", &[]),
        ("0 ? 2 * * 1", &[]),
        ("? 2 * * *", &[]),
        ("99 2 * * *", &[]),
        ("soon", &[]),
    ] {
        let found = meant(text);
        let readings: Vec<&str> = found.iter().flat_map(|meant| meant.readings.iter().map(String::as_str)).collect();
        assert_eq!(readings, right, "{text}");
        assert!(found.is_none_or(|meant| !meant.certain), "{text}");
    }
}
