//! What is next? Of the rows of a step: which are ready, which can never be done because of others, and whether so many failed
//! that the step ends. Pure: rows and outcomes in, rows out; nothing is called, written or waited for.

use std::{cmp::Reverse, collections::BinaryHeap};

use idflow_sdk::{Error, ErrorKind, Problem};

use super::ledger::{Ledger, RowState};
use crate::{
    model::{
        change::{Action, Row, RowIndex},
        definition::Amount,
        event::Outcome,
    },
    workflow::compiled::Foreach,
};

/// What is next.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Next {
    /// Rows to announce, each once and none before what it waits for is over.
    pub ready: Vec<usize>,
    /// Rows that are over without a call, each with the item that stands in the way.
    pub blocked: Vec<(usize, String)>,
}

/// The rows of a step that are still to be announced, in an order in which none comes before what it waits for.
pub(super) struct Queue {
    /// The first of the plan go first: rows that lie together in the plan lie together in the store, too. Before all others go
    /// those that others can do without and wait for all the same, as people do for their managers: with those written all
    /// others follow in one sweep, instead of here and there as their managers come.
    ready: BinaryHeap<Reverse<(bool, usize)>>,
    /// Whether nobody waits for a row that he could do without, by its place.
    last: Vec<bool>,
    /// For how many others each row waits, by its place.
    waiting: Vec<u32>,
    /// Who is waited for, and who waits, in this order.
    waits: Vec<(RowIndex, RowIndex)>,
    /// Rows that are over.
    over: Vec<bool>,
}

impl Queue {
    /// Of these rows those that write; the others need nothing but remembering.
    pub fn new(rows: &[Row], todo: &[usize]) -> Self {
        let mut inside = vec![false; rows.len()];
        todo.iter().filter(|at| rows[**at].writes()).for_each(|at| inside[*at] = true);
        let mut last = vec![true; rows.len()];
        for need in todo.iter().filter(|at| inside[**at]).flat_map(|at| &rows[*at].needs) {
            if let Some(last) = last.get_mut(need.row as usize).filter(|_| need.leave_out.is_some()) {
                *last = false;
            }
        }
        let (mut ready, mut waiting, mut waits) = (Vec::new(), vec![0; rows.len()], Vec::new());
        for at in todo.iter().copied().filter(|at| inside[*at]) {
            let first = waits.len();
            let needs = rows[at].needs.iter().map(|need| need.row);
            let at_row = RowIndex::try_from(at).unwrap_or(RowIndex::MAX);
            waits.extend(needs.filter(|other| inside.get(*other as usize) == Some(&true)).map(|other| (other, at_row)));
            // One that is needed twice is waited for once.
            waits[first..].sort_unstable();
            let mut before = None;
            let mut kept = first;
            for index in first..waits.len() {
                if before != Some(waits[index]) {
                    before = Some(waits[index]);
                    waits[kept] = waits[index];
                    kept += 1;
                }
            }
            waits.truncate(kept);
            waiting[at] = u32::try_from(kept - first).unwrap_or(u32::MAX);
            if kept == first {
                ready.push(Reverse((last[at], at)));
            }
        }
        waits.sort_unstable();
        Self { ready: ready.into(), last, waiting, waits, over: vec![false; rows.len()] }
    }

    /// A row is over, and its place in the ledger says so: what waited for it may be ready.
    pub fn over(&mut self, at: usize) {
        if std::mem::replace(&mut self.over[at], true) {
            return;
        }
        let first = self.waits.partition_point(|(other, _)| (*other as usize) < at);
        for (_, dependent) in self.waits[first..].iter().take_while(|(other, _)| *other as usize == at) {
            let dependent = *dependent as usize;
            self.waiting[dependent] = self.waiting[dependent].saturating_sub(1);
            if self.waiting[dependent] == 0 {
                self.ready.push(Reverse((self.last[dependent], dependent)));
            }
        }
    }

    /// Up to so many rows that wait for nothing. Those that what they wait for leaves nothing to do are closed in the ledger.
    pub fn next(&mut self, ledger: &mut Ledger, most: usize) -> Next {
        let mut next = Next::default();
        while next.ready.len() < most {
            let Some(Reverse((_, row))) = self.ready.pop() else { break };
            let Some(by) = in_the_way(ledger, row) else {
                next.ready.push(row);
                continue;
            };
            ledger.close(row, Outcome::Blocked { by: by.clone() });
            next.blocked.push((row, by));
            self.over(row);
        }
        next
    }
}

/// The item that stands in the way of a row whose dependencies are over: one that did not go well and that the row cannot do
/// without, or one because of which nothing is left to write of an update.
fn in_the_way(ledger: &Ledger, row: usize) -> Option<String> {
    let this = ledger.row(row);
    let bad = |other: &usize| !ledger.went_well(*other);
    let needed = this.needs.iter().find(|need| ledger.is_stopped_by(need)).map(|need| need.row as usize);
    let nothing_left = || {
        let update = this.action == Action::Update && !this.set.is_empty();
        let empty = update && ledger.record(row).0.iter().next().is_none();
        if empty { this.needs.iter().map(|need| need.row as usize).find(bad) } else { None }
    };
    needed.or_else(nothing_left).map(|other| ledger.row(other).cause_of(this))
}

/// An argument of what is told of a row that is left for a later run, because the system takes no such call for hours or days. It
/// is kept with the row, so that a start later nobody takes it for a step that went wrong.
const FOR_LATER: &str = "for_later";

/// What becomes of a row whose call came to this.
pub(super) fn not_done(error: Error) -> Outcome {
    match error.kind {
        ErrorKind::UsedUp(_) => Outcome::NotAttempted(error.problem.arg(FOR_LATER, "1")),
        _ => Outcome::Failed(*error.problem),
    }
}

/// Whether a row was left for a later run by itself.
pub(super) fn is_for_later(problem: &Problem) -> bool {
    problem.get(FOR_LATER).is_some()
}

/// Whether one of these rows was.
pub(super) fn some_for_later(ledger: &Ledger, rows: &[usize]) -> bool {
    let left =
        |row: &usize| matches!(ledger.state(*row), RowState::Over(Outcome::NotAttempted(why)) if is_for_later(why));
    rows.iter().any(left)
}

/// How many of these rows were tried and failed.
pub(super) fn failures(ledger: &Ledger, rows: &[usize]) -> usize {
    rows.iter().filter(|row| ledger.row(**row).writes() && ledger.failure(**row).is_some()).count()
}

/// Whether a step ends because so many of its objects failed. A share is one of all objects that the loop goes over, also of
/// those that needed no write.
pub(super) fn is_too_many(foreach: &Foreach, objects: usize, failures: usize) -> bool {
    let stops = failures > 0 && foreach.stop_on_item_error;
    stops || failures > allowed_failures(foreach.max_failures, objects)
}

fn allowed_failures(most: Option<Amount>, objects: usize) -> usize {
    match most {
        None => usize::MAX,
        Some(Amount::Count(count)) => usize::try_from(count).unwrap_or(usize::MAX),
        // Of a handful, one may always fail: 5 % of 8 is not zero.
        Some(Amount::Percent(share)) => ((objects as f64 * share / 100.0).floor() as usize).max(1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use idflow_sdk::{Kind, Problem};
    use proptest::prelude::*;

    use super::*;
    use crate::model::change::Dependency;

    fn row(number: usize, needs: &[(usize, bool)]) -> Row {
        let key: Box<str> = format!("{number:03}").into();
        let needs = needs.iter().map(|(other, can_do_without)| Dependency {
            row: u32::try_from(*other).unwrap_or(u32::MAX),
            leave_out: can_do_without.then_some(0),
        });
        Row { action: Action::Create, needs: needs.collect(), ..Row::new(0, Kind::User, key.clone(), key) }
    }

    /// Rows that need others, of which they can do without some; `backwards`: only those before them, so that there is no circle.
    fn graph(backwards: bool) -> impl Strategy<Value = Vec<Vec<(usize, bool)>>> {
        (1usize..24).prop_flat_map(move |rows| {
            let needs = prop::collection::vec((0..rows, any::<bool>()), 0..4);
            prop::collection::vec(needs, rows).prop_map(move |mut all| {
                for (row, needs) in all.iter_mut().enumerate() {
                    needs.retain(|(other, _)| *other != row && (!backwards || *other < row));
                }
                all
            })
        })
    }

    /// Carries a step out: so many rows at a time, those in `fail` fail, and the answers come in the order of `luck`.
    fn carry_out(needs: &[Vec<(usize, bool)>], fail: &[bool], luck: &[usize], width: usize) -> (Ledger, Vec<usize>) {
        let rows: Vec<Row> = needs.iter().enumerate().map(|(number, needs)| row(number, needs)).collect();
        let all: Vec<usize> = (0..rows.len()).collect();
        let mut queue = Queue::new(&rows, &all);
        let mut ledger = Ledger::new(rows, Vec::new());
        let (mut announced, mut at_work) = (Vec::new(), Vec::new());
        let mut luck = luck.iter().cycle();
        loop {
            let next = queue.next(&mut ledger, width - at_work.len());
            for row in next.ready {
                for (other, _) in &needs[row] {
                    assert!(ledger.is_over(*other), "{row} came before {other}");
                }
                announced.push(row);
                at_work.push(row);
            }
            if at_work.is_empty() {
                return (ledger, announced);
            }
            let row = at_work.swap_remove(luck.next().copied().unwrap_or(0) % at_work.len());
            let failed = fail.get(row).copied().unwrap_or(false);
            ledger.close(row, if failed { Outcome::Failed(Problem::new("x")) } else { Outcome::Created });
            queue.over(row);
        }
    }

    proptest! {
        #[test]
        fn every_row_is_over_once_and_after_what_it_needs(
            needs in graph(true),
            fail in prop::collection::vec(prop::bool::weighted(0.2), 24),
            luck in prop::collection::vec(0usize..24, 1..24),
            width in 1usize..6,
        ) {
            let (ledger, announced) = carry_out(&needs, &fail, &luck, width);
            let once: BTreeSet<usize> = announced.iter().copied().collect();
            prop_assert_eq!(once.len(), announced.len(), "a row was announced twice");
            for (row, needs) in needs.iter().enumerate() {
                prop_assert!(ledger.is_over(row), "{} was never reached", row);
                // Called exactly where nothing that it cannot do without went wrong, and blocked everywhere else.
                let free = needs.iter().all(|(other, can_do_without)| *can_do_without || ledger.went_well(*other));
                prop_assert_eq!(once.contains(&row), free);
                prop_assert_eq!(ledger.word(row) == "blocked", !free);
            }
        }

        #[test]
        fn a_circle_ends_too_and_only_what_waits_in_it_is_left(
            needs in graph(false),
            fail in prop::collection::vec(prop::bool::weighted(0.2), 24),
            luck in prop::collection::vec(0usize..24, 1..24),
        ) {
            let (ledger, announced) = carry_out(&needs, &fail, &luck, 4);
            let once: BTreeSet<usize> = announced.iter().copied().collect();
            prop_assert_eq!(once.len(), announced.len());
            for (row, needs) in needs.iter().enumerate() {
                let waits = needs.iter().any(|(other, _)| !ledger.is_over(*other));
                prop_assert_eq!(ledger.is_over(row), !waits);
            }
        }

        #[test]
        fn who_is_waited_for_without_need_comes_before_all_that_are_ready(needs in graph(true)) {
            let rows: Vec<Row> = needs.iter().enumerate().map(|(number, needs)| row(number, needs)).collect();
            let all: Vec<usize> = (0..rows.len()).collect();
            let mut queue = Queue::new(&rows, &all);
            let mut ledger = Ledger::new(rows, Vec::new());
            let missed = |at: usize| needs.iter().flatten().any(|need| *need == (at, true));
            let waits = |at: usize, ledger: &Ledger| needs[at].iter().any(|(other, _)| !ledger.is_over(*other));
            while let Some(at) = queue.next(&mut ledger, 1).ready.pop() {
                let others = all.iter().copied().filter(|other| !ledger.is_over(*other) && !waits(*other, &ledger));
                prop_assert_eq!(others.min_by_key(|other| (!missed(*other), *other)), Some(at));
                ledger.close(at, Outcome::Created);
                queue.over(at);
            }
            prop_assert!(all.iter().all(|at| ledger.is_over(*at)));
        }

        #[test]
        fn a_larger_list_never_allows_fewer_failures(share in 0.0f64..100.0, objects in 1usize..1000) {
            let share = Some(Amount::Percent(share));
            let allowed = allowed_failures(share, objects);
            prop_assert!((1..=objects).contains(&allowed));
            prop_assert!(allowed_failures(share, objects + 1) >= allowed);
        }
    }

    #[test]
    fn a_handful_may_always_lose_one() {
        assert_eq!(allowed_failures(None, 8), usize::MAX);
        assert_eq!(allowed_failures(Some(Amount::Percent(5.0)), 8), 1);
        assert_eq!(allowed_failures(Some(Amount::Percent(5.0)), 100), 5);
        assert_eq!(allowed_failures(Some(Amount::Count(0)), 100), 0);
    }
}
