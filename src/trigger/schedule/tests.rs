use idflow_sdk::Problem;

use super::{
    due::{MOST_CAUGHT_UP, Settled},
    *,
};
use crate::workflow::cron::Rule;

fn every_minute(catchup: Catchup) -> Schedule {
    Schedule { cron: "* * * * *".into(), timezone: "Asia/Shanghai".into(), catchup, inputs: serde_json::Map::new() }
}

fn minutes() -> Rule {
    Rule::new("* * * * *", "Asia/Shanghai").expect("a rule")
}

fn run(due: i64) -> Settled {
    Settled { due, runs: true, left_out: None }
}

#[test]
fn missed_times_follow_catchup() {
    let minute = 60_000;
    let now = 10 * minute + 5_000;
    let (due, next) = due_times(&minutes(), 6 * minute, now);
    assert_eq!(next, Some(11 * minute));
    assert_eq!(due.newest, [7 * minute, 8 * minute, 9 * minute, 10 * minute]);
    assert_eq!(settle(&every_minute(Catchup::All), &due, now).len(), 4);
    let settled = settle(&every_minute(Catchup::Latest), &due, now);
    let older = Some((3, 9 * minute, Problem::new("due_older")));
    assert_eq!(settled, [Settled { left_out: older, ..run(10 * minute) }], "those before it are told");
    let missed = |count, due| Some((count, due, Problem::new("due_missed")));
    let settled = settle(&every_minute(Catchup::Skip), &due, now);
    assert_eq!(settled, [Settled { left_out: missed(3, 9 * minute), ..run(10 * minute) }]);
    let (early, _) = due_times(&minutes(), 6 * minute, 8 * minute);
    let settled = settle(&every_minute(Catchup::Skip), &early, now);
    assert_eq!(settled, [Settled { due: 8 * minute, runs: false, left_out: missed(2, 8 * minute) }]);
    let (one, _) = due_times(&minutes(), 9 * minute, now);
    for catchup in [Catchup::Skip, Catchup::Latest] {
        assert_eq!(settle(&every_minute(catchup), &one, now), [run(10 * minute)]);
    }
}

#[test]
fn what_is_older_than_the_newest_thousand_is_told() {
    let minute = 60_000;
    let now = 1_250 * minute;
    let (due, _) = due_times(&minutes(), 0, now);
    assert_eq!(due.newest.len(), MOST_CAUGHT_UP);
    assert_eq!(due.older, Some((250, 250 * minute)));
    let settled = settle(&every_minute(Catchup::All), &due, now);
    assert_eq!(settled.len(), MOST_CAUGHT_UP + 1);
    let told = settled[0].left_out.as_ref().map(|(count, due, why)| (*count, *due, why.code.to_string()));
    assert_eq!((settled[0].runs, told), (false, Some((250, 250 * minute, "due_too_many".to_string()))));
}
