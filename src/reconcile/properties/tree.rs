//! Random reorganisations of a tree, carried out by a target that judges every call as WeCom does: names occur once among
//! siblings, a parent is there, and nobody hangs below itself.

use std::collections::BTreeMap;

use idflow_sdk::{Field, FieldId, Kind, Record, Seen};
use proptest::{collection::vec, prelude::*};

use super::{NAME, PARENT, TREE, is_in_circles, plain, row, task};
use crate::{
    model::change::{Action, Planned, Row, RowIndex},
    reconcile::{Known, LinkEntry, LinkTable, Owner, Steps, Task},
};

/// What is above an object, and what it is called.
type Place = (Option<usize>, usize);

/// Where everything is and where it is to be; what is new is nowhere before.
#[derive(Debug, Clone)]
struct Reorganisation {
    before: BTreeMap<usize, Place>,
    after: BTreeMap<usize, Place>,
    /// Parents before children, as rows come.
    order: Vec<usize>,
}

fn place(places: &mut BTreeMap<usize, Place>, object: usize, above: Option<usize>, name: usize) {
    // Among its siblings the first name that nobody has.
    let is_taken = |name: &usize| places.values().any(|place| *place == (above, *name));
    let name = (name..).find(|name| !is_taken(name)).unwrap_or(name);
    places.insert(object, (above, name));
}

fn reorganisation() -> impl Strategy<Value = Reorganisation> {
    let object = (prop::bool::weighted(0.25), any::<u8>(), 0..3usize, any::<u8>(), 0..3usize, 0..4usize);
    let objects = vec(object, 2..9);
    let shuffled = objects.prop_flat_map(|objects| {
        let order: Vec<usize> = (0..objects.len()).collect();
        (Just(objects), Just(order).prop_shuffle())
    });
    shuffled.prop_map(|(objects, order)| {
        let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
        let above = |choice: u8, others: &[usize]| match usize::from(choice) % (others.len() + 1) {
            0 => None,
            other => Some(others[other - 1]),
        };
        let old: Vec<usize> = (0..objects.len()).filter(|at| !objects[*at].0).collect();
        for (number, at) in old.iter().copied().enumerate() {
            place(&mut before, at, above(objects[at].1, &old[..number]), objects[at].2);
        }
        for (number, at) in order.iter().copied().enumerate() {
            let (_, _, _, choice, name, stays) = objects[at];
            let was: Option<Place> = before.get(&at).copied();
            let stood = was.filter(|(above, _)| above.is_none_or(|above| order[..number].contains(&above)));
            let parent = match stood {
                Some((above, _)) if stays & 1 == 0 => above,
                _ => above(choice, &order[..number]),
            };
            let name = was.map_or(name, |(_, old)| if stays < 2 { old } else { name });
            place(&mut after, at, parent, name);
        }
        Reorganisation { before, after, order }
    })
}

fn key(object: usize) -> String {
    format!("k{object}")
}

fn record((above, name): Place) -> Record {
    let above = above.map_or(Field::Empty, |above| Field::from_text(&key(above)));
    Record::from_iter([(NAME, Field::from_text(&format!("x{name}"))), (PARENT, above)])
}

impl Reorganisation {
    fn build(&self) -> (Task, Known, Vec<Row>) {
        let seen = self.before.iter().map(|(at, place)| Seen { key: key(*at).into(), record: record(*place) });
        let steps = Steps { create: Some(0), update: Some(1), position: vec![0, 1], ..Steps::default() };
        let mut task = task(&TREE, seen.collect(), steps);
        let entries = self.before.keys().map(|at| LinkEntry {
            source: format!("s{at}").into(),
            target: key(*at).into(),
            fingerprint: 3,
            owner: Owner::Own,
            both_ways: false,
            gone: false,
            waits: false,
            notes: None,
        });
        let mut known = Known::default();
        known.add(&TREE, LinkTable::new(entries.collect()), true);
        let mut rows: Vec<Row> = Vec::new();
        for at in self.order.iter().copied() {
            let wanted = record(self.after[&at]);
            let Some(had) = self.before.get(&at).copied().map(record) else {
                let index = RowIndex::try_from(rows.len()).unwrap_or(RowIndex::MAX);
                known.creates(Kind::User, &key(at), index);
                rows.push(Row { set: wanted.into(), ..row(at, Action::Create) });
                continue;
            };
            let changed = |id: &FieldId| wanted.get(*id) != had.get(*id);
            let ids: Vec<FieldId> = [NAME, PARENT].into_iter().filter(changed).collect();
            let pick = |of: &Record| ids.iter().filter_map(|id| Some((*id, of.get(*id)?.clone()))).collect();
            if !ids.is_empty() {
                rows.push(Row { set: pick(&wanted), before: pick(&had), ..row(at, Action::Update) });
            }
            task.before.insert(format!("s{at}").into(), had);
        }
        (task, known, rows)
    }
}

/// A target that has these objects.
struct Target(BTreeMap<String, Record>);

impl Target {
    fn above(&self, key: &str) -> Option<String> {
        self.0.get(key)?.value(PARENT)?.to_key().map(String::from)
    }

    /// One call.
    fn write(&mut self, row: &Row) -> Result<(), String> {
        let object = self.0.entry(row.target.to_string()).or_default();
        if (row.action == Action::Create) != object.iter().next().is_none() {
            return Err(format!("{} is there, or is not", row.target));
        }
        object.merge(&row.set.record());
        let object = object.clone();
        let alike = |other: &Record| [NAME, PARENT].iter().all(|id| other.get(*id) == object.get(*id));
        if self.0.values().filter(|other| alike(other)).count() > 1 {
            return Err(format!("{} has the name of a sibling: {:?}", row.target, row.set));
        }
        let mut at = self.above(&row.target);
        while let Some(above) = at {
            if above == *row.target || !self.0.contains_key(&above) {
                return Err(format!("{} hangs below {above}", row.target));
            }
            at = self.above(&above);
        }
        Ok(())
    }
}

/// Carries rows out step by step, in an order by luck of all that the plan allows.
fn carry_out(reorganisation: &Reorganisation, rows: &[Row], luck: &[usize]) -> Result<Target, String> {
    let there = reorganisation.before.iter().map(|(at, place)| (key(*at), record(*place)));
    let mut target = Target(there.collect());
    let mut done = vec![false; rows.len()];
    let mut luck = luck.iter().cycle();
    for step in 0..2 {
        loop {
            let is_ready = |at: &usize| {
                let needs = &rows[*at].needs;
                rows[*at].step == step && !done[*at] && needs.iter().all(|need| done[need.row as usize])
            };
            let ready: Vec<usize> = (0..rows.len()).filter(is_ready).collect();
            if ready.is_empty() {
                break;
            }
            let at = ready[luck.next().copied().unwrap_or(0) % ready.len()];
            target.write(&rows[at])?;
            done[at] = true;
        }
    }
    match done.iter().position(|done| !done) {
        Some(left) => Err(format!("{left} waits for what does not come")),
        None => Ok(target),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_is_reorganised_in_one_run(
        reorganisation in reorganisation(),
        luck in vec(0..12usize, 1..12),
    ) {
        let (mut quick, known, mut rows) = reorganisation.build();
        let (mut naive, _, mut wanted) = reorganisation.build();
        let written = rows.len();
        quick.hand_over(&known, &mut rows);
        quick.wait_for_references(&known, &mut rows);
        quick.break_reference_circles(&mut rows);
        naive.naive_hand_over(&known, &mut wanted);
        naive.wait_for_references(&known, &mut wanted);
        naive.naive_break_reference_circles(&mut wanted);
        prop_assert_eq!(plain(&rows, written), plain(&wanted, written));
        prop_assert!(rows.iter().all(|row| row.planned == Planned::Do) && !is_in_circles(&rows), "{:#?}", rows);

        let target = carry_out(&reorganisation, &rows, &luck);
        let target = target.map_err(|why| TestCaseError::fail(format!("{why}: {rows:#?}")))?;
        let after: BTreeMap<String, Record> =
            reorganisation.after.iter().map(|(at, place)| (key(*at), record(*place))).collect();
        prop_assert_eq!(target.0, after);
        // Who gives a name up, or takes one, has one write more as a rule, and nobody else; where names go round among objects that
        // change places with each other, too, it may be a second one.
        let given: Vec<Place> = reorganisation
            .before
            .iter()
            .filter(|(at, old)| reorganisation.after[*at] != **old && reorganisation.after.values().any(|new| new == *old))
            .map(|(_, old)| *old)
            .collect();
        prop_assert!(rows.len() - written <= 2 * given.len(), "{} for {:?}: {:#?}", rows.len() - written, given, rows);
    }
}
