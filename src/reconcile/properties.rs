//! Random people who exchange what may occur once: what is planned is what the simplest way of planning it plans, see
//! [`naive`]. And large ones, of which the work is counted.

mod going;
mod naive;
mod tree;

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use idflow_sdk::{
    Field, FieldId, FieldSpec, KeyRule, Kind, Problem, Record, Schema, Seen, Snapshot, SourceObject, Text, Type, Unique,
};
use proptest::{collection::vec, prelude::*};

use super::{
    Known, LinkEntry, LinkTable, Owner, Steps, TargetTable, Task,
    compare::Written,
    likeness::Likeness,
    steps,
    task::{AsideState, Found, Keeper, RemovalStep},
};
use crate::{
    model::change::{Action, Dependency, Planned, Row},
    workflow::{
        compiled::{MappedField, Mapping, MatchRule, WhenEmpty, WhenUnresolved},
        names::Ty,
        scope::Scope,
        template::Template,
    },
};

const NAME: FieldId = 0;
const MOBILE: FieldId = 1;
const EMAIL: FieldId = 2;
const USERNAME: FieldId = 3;
const STATUS: FieldId = 4;
const PARENT: FieldId = 5;
const PATH: FieldId = 6;

const fn text(name: &'static str, ty: Type) -> FieldSpec {
    FieldSpec::new(name, ty, Text::new("", ""))
}

static FIELDS: [FieldSpec; 6] = [
    text("name", Type::Text),
    text("mobile", Type::Phone).unique(Unique::EachCall),
    text("email", Type::Email).unique(Unique::EachCall),
    text("username", Type::Caseless).required().unique(Unique::EachCall),
    text("status", Type::Text),
    text("parent", Type::Ref(Kind::User)),
];

static TREE_FIELDS: [FieldSpec; 7] = [
    text("name", Type::Text).required().unique(Unique::AmongSiblings { parent: "parent" }),
    text("mobile", Type::Phone),
    text("email", Type::Email).unique(Unique::AtEnd),
    text("username", Type::Caseless),
    text("status", Type::Text),
    text("parent", Type::Ref(Kind::User)),
    text("path", Type::Path),
];

const fn schema_of(fields: &'static [FieldSpec], key: KeyRule, parent: Option<&'static str>) -> Schema {
    Schema {
        connector: "test",
        kind: Kind::User,
        fields: Cow::Borrowed(fields),
        key,
        numeric_keys: false,
        label: "name",
        parent,
        max_depth: None,
        gone_when: Some(("status", &["left"])),
        at_least_one: &["mobile", "email"],
    }
}

static PEOPLE: Schema = schema_of(&FIELDS, KeyRule::Ulid, None);
static ACCOUNTS: Schema = schema_of(&FIELDS, KeyRule::Natural("username"), None);
static TREE: Schema = schema_of(&TREE_FIELDS, KeyRule::Ulid, Some("parent"));

/// A field that is mapped as it is.
fn mapped(id: FieldId) -> MappedField {
    MappedField {
        target: id,
        value: Template::of_field(id, Ty::Text, "{{source.x}}"),
        create_only: false,
        fill_only: false,
        when_empty: WhenEmpty::Omit,
        when_unresolved: WhenUnresolved::Omit,
        refers_to: None,
        line: 1,
    }
}

fn task(schema: &'static Schema, seen: Vec<Seen>, steps: Steps) -> Task {
    let mapping = Mapping {
        name: "people".into(),
        source: Arc::new(schema_of(&FIELDS, KeyRule::Given, None)),
        target: schema,
        rules: Vec::new(),
        fields: (0..6).filter(|id| schema.spec(*id).unique.is_some()).map(mapped).collect(),
        proposals: None,
        review_new: false,
    };
    let table = TargetTable::new(schema, Snapshot { objects: seen, ..Snapshot::default() });
    Task::new(Arc::new(mapping), steps, table, Scope::default(), 0)
}

fn row(number: usize, action: Action) -> Row {
    let step = match action {
        Action::Create => 0,
        Action::Disable => 2,
        Action::Delete => 3,
        _ => 1,
    };
    Row {
        name: format!("n{number}").into(),
        action,
        fingerprint: 7,
        removes: matches!(action, Action::Delete | Action::Disable),
        rule: "linked".into(),
        ..Row::new(step, Kind::User, format!("s{number}").into(), format!("k{number}").into())
    }
}

fn mobile(number: usize) -> Field {
    Field::from_text(&format!("1{:010}", number + 3_000_000_000))
}

fn email(number: usize) -> Field {
    Field::from_text(&format!("p{number}@example.com"))
}

/// What becomes of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Updated,
    Made,
    Disabled,
    Deleted,
    /// A rule is broken: he keeps what he has.
    Refused,
    /// As before, without a row.
    Unchanged,
    /// Known to the target alone.
    Stranger,
}

#[derive(Debug, Clone)]
struct Person {
    fate: Fate,
    /// What is there: mobile, e-mail, username and parent, by number; 0 is nothing.
    has: [usize; 4],
    /// What is to be; `None` is not written.
    wants: [Option<usize>; 4],
    was_gone: bool,
    goes: Option<bool>,
    /// What the source leaves empty and the mapping leaves alone.
    alone: bool,
    /// The list still has him.
    seen: bool,
    /// What was there is known from the row, not from the target.
    known: bool,
}

fn person(values: usize) -> impl Strategy<Value = Person> {
    use Fate::{Deleted, Disabled, Made, Refused, Stranger, Unchanged, Updated};
    let fate = prop_oneof![
        12 => Just(Updated), 3 => Just(Made), 1 => Just(Disabled), 1 => Just(Deleted), 1 => Just(Refused),
        2 => Just(Unchanged), 2 => Just(Stranger)
    ];
    let wants = || prop_oneof![2 => Just(None), 5 => (0..=values).prop_map(Some)];
    let has = [0..=values, 0..=values, 0..=values, 0..=2];
    let rare = || prop::bool::weighted(0.1);
    let goes = prop_oneof![12 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))];
    (fate, has, [wants(), wants(), wants(), wants()], (rare(), goes, rare(), prop::bool::ANY, prop::bool::ANY))
        .prop_map(|(fate, has, wants, (was_gone, goes, alone, seen, known))| Person {
            fate,
            has,
            wants,
            was_gone,
            goes,
            alone,
            seen,
            known,
        })
}

#[derive(Debug, Clone)]
struct Company {
    schema: usize,
    people: Vec<Person>,
    /// When steps run, and whether there is one that updates.
    position: Vec<u16>,
    updates: bool,
    complete: bool,
}

fn company() -> impl Strategy<Value = Company> {
    let position = Just(vec![0u16, 1, 2, 3]).prop_shuffle();
    let people = (1..8usize).prop_flat_map(|values| vec(person(values), 1..14));
    (0..3usize, people, prop_oneof![Just(vec![0, 1, 2, 3]), position], prop::bool::weighted(0.9), prop::bool::ANY)
        .prop_map(|(schema, people, position, updates, complete)| Company {
            schema,
            people,
            position,
            updates,
            complete,
        })
}

fn field(id: FieldId, number: usize) -> Field {
    match (id, number) {
        (_, 0) => Field::Empty,
        (MOBILE, number) => mobile(number),
        (EMAIL, number) => email(number),
        (_, number) => Field::from_text(&format!("x{number}")),
    }
}

impl Company {
    fn schema(&self) -> &'static Schema {
        [&PEOPLE, &ACCOUNTS, &TREE][self.schema]
    }

    /// The field that each of the four numbers is about.
    fn fields(&self) -> [FieldId; 4] {
        [MOBILE, EMAIL, if self.schema == 2 { NAME } else { USERNAME }, PARENT]
    }

    fn build(&self) -> (Task, Known, Vec<Row>) {
        let record = |values: &[Option<usize>; 4], gone: Option<bool>| -> Record {
            let fields = self.fields().into_iter().zip(values);
            let mut record: Record = fields.filter_map(|(id, value)| Some((id, field(id, (*value)?)))).collect();
            if let Some(gone) = gone {
                record.set(STATUS, Field::from_text(if gone { "left" } else { "active" }));
            }
            record
        };
        let has: Vec<Record> =
            self.people.iter().map(|person| record(&person.has.map(Some), Some(person.was_gone))).collect();
        let there = self.people.iter().enumerate().filter(|(_, person)| person.fate != Fate::Made);
        let seen = there.map(|(number, _)| Seen { key: format!("k{number}").into(), record: has[number].clone() });
        let steps = Steps {
            create: Some(0),
            update: self.updates.then_some(1),
            removals: Vec::<RemovalStep>::new(),
            position: self.position.clone(),
            disabling: Vec::new(),
        };
        let mut task = task(self.schema(), seen.collect(), steps);
        task.complete = self.complete;
        let linked = |person: &Person| !matches!(person.fate, Fate::Made | Fate::Stranger);
        let entries =
            self.people.iter().enumerate().filter(|(_, person)| linked(person)).map(|(number, _)| LinkEntry {
                source: format!("s{number}").into(),
                target: format!("k{number}").into(),
                fingerprint: 3,
                owner: Owner::Own,
                both_ways: false,
                gone: false,
                waits: false,
                notes: None,
            });
        let mut known = Known::default();
        known.add(self.schema(), LinkTable::new(entries.collect()), true);
        let mut rows = Vec::new();
        for (number, person) in self.people.iter().enumerate() {
            let link = known.links(Kind::User).and_then(|links| links.of_source(&format!("s{number}")));
            if let Some(link) = link.filter(|_| person.seen) {
                known.mark_seen(Kind::User, link);
            }
            let action = match person.fate {
                Fate::Updated | Fate::Refused => Action::Update,
                Fate::Made => Action::Create,
                Fate::Disabled => Action::Disable,
                Fate::Deleted => Action::Delete,
                Fate::Stranger => continue,
                Fate::Unchanged => {
                    let keeper = link.map_or_else(|| Keeper::Target(format!("k{number}").into()), Keeper::of);
                    task.keep(&has[number], &Record::new(), keeper);
                    continue;
                }
            };
            let mut row = row(number, action);
            match person.fate {
                Fate::Disabled => row.set.set(STATUS, Field::from_text(if person.seen { "left" } else { "away" })),
                Fate::Deleted => {}
                _ => row.set = record(&person.wants, person.goes).into(),
            }
            row.before = row.set.iter().filter_map(|(id, _)| Some((id, has[number].get(id)?.clone()))).collect();
            if person.fate == Fate::Refused {
                row.planned = Planned::Invalid(Problem::new("broken").into());
            }
            if person.fate != Fate::Made && person.known {
                task.before.insert(row.source.clone(), has[number].clone());
            }
            if person.alone {
                task.alone.insert(row.source.clone(), [MOBILE, EMAIL].into());
            }
            rows.push(row);
        }
        (task, known, rows)
    }
}

/// The rows without the numbers of those that were added: in which order these stand means nothing.
fn plain(rows: &[Row], written: usize) -> BTreeSet<String> {
    let label = |index: usize| match rows.get(index) {
        Some(row) if index >= written => format!("+{:?} {:?} {:?} {:?}", row.object, row.set, row.before, row.planned),
        _ => index.to_string(),
    };
    let line = |(index, row): (usize, &Row)| {
        let mut needs: Vec<String> =
            row.needs.iter().map(|need| format!("{:?}:{}", need.leave_out, label(need.row as usize))).collect();
        needs.sort_unstable();
        format!("{} {needs:?} {:?}", label(index), Row { needs: Vec::new(), ..row.clone() })
    };
    rows.iter().enumerate().map(line).collect()
}

/// Whether rows wait for each other in a circle. A row that is not carried out waits for nobody.
fn is_in_circles(rows: &[Row]) -> bool {
    let mut open: Vec<usize> = rows.iter().map(|row| if row.writes() { row.needs.len() } else { 0 }).collect();
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); rows.len()];
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.writes()) {
        row.needs.iter().for_each(|need| waiting[need.row as usize].push(index));
    }
    let mut ready: Vec<usize> = (0..rows.len()).filter(|index| open[*index] == 0).collect();
    let mut done = 0;
    while let Some(index) = ready.pop() {
        done += 1;
        for other in waiting[index].iter().copied() {
            open[other] -= 1;
            ready.extend((open[other] == 0).then_some(other));
        }
    }
    done < rows.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_change_hands_as_in_the_simplest_way(company in company()) {
        let (mut quick, known, mut rows) = company.build();
        let (mut naive, _, mut wanted) = company.build();
        let written = rows.len();
        quick.hand_over(&known, &mut rows);
        naive.naive_hand_over(&known, &mut wanted);
        prop_assert_eq!(plain(&rows, written), plain(&wanted, written));
        prop_assert!(!is_in_circles(&rows));
    }

    #[test]
    fn references_are_left_out_as_in_the_simplest_way(
        needs in vec(vec((0..12usize, 0..4usize), 0..4), 1..12),
        updates in prop::bool::weighted(0.8),
    ) {
        let steps = || Steps { create: Some(0), update: updates.then_some(1), ..Steps::default() };
        // One reference cannot be left out, one cannot be added later.
        let fields = [NAME, STATUS, PARENT, MOBILE];
        let number = needs.len();
        let mut wanted: Vec<Row> = (0..number).map(|index| row(index, Action::Create)).collect();
        for (index, needs) in needs.into_iter().enumerate() {
            let needs: BTreeSet<(usize, usize)> = needs.into_iter().map(|(other, field)| (field, other)).collect();
            for (field, other) in needs.into_iter().filter(|(_, other)| *other != index && *other < number) {
                let id = fields[field];
                wanted[index].set.set(id, Field::from_text("x"));
                wanted[index].needs.push(Dependency { row: other as u32, leave_out: (field > 0).then_some(id) });
            }
        }
        let mut rows = wanted.clone();
        task(&PEOPLE, Vec::new(), steps()).break_reference_circles(&mut rows);
        task(&PEOPLE, Vec::new(), steps()).naive_break_reference_circles(&mut wanted);
        prop_assert_eq!(plain(&rows, number), plain(&wanted, number));
    }
}

/// Somebody who cannot take a value later is blocked, and is part of no other circle then: nothing is written for him first.
#[test]
fn nobody_gives_a_value_up_before_a_row_that_is_blocked() {
    let person = |has: [usize; 4], wants: [Option<usize>; 4]| Person {
        fate: Fate::Updated,
        has,
        wants,
        was_gone: false,
        goes: None,
        alone: false,
        seen: false,
        known: false,
    };
    let people = vec![
        person([1, 1, 0, 0], [Some(2), Some(0), None, None]),
        person([0, 0, 1, 0], [None, Some(1), Some(2), None]),
        person([0, 2, 2, 0], [None, Some(0), Some(1), None]),
        person([2, 0, 0, 0], [Some(1), Some(2), None, None]),
    ];
    let company = Company { schema: 0, people, position: vec![0, 1, 2, 3], updates: false, complete: true };
    let (mut task, known, mut rows) = company.build();
    task.hand_over(&known, &mut rows);
    let blocked = |row: &&Row| matches!(row.planned, Planned::Blocked { .. });
    assert_eq!(rows.iter().filter(blocked).map(|row| &*row.source).collect::<Vec<_>>(), ["s1"], "{rows:#?}");
    assert!(!rows.iter().any(|row| row.object == Some(1)), "{rows:#?}");
}

/// Who exchanges the number with one colleague and the address with another gives one up first, and gets both.
#[test]
fn number_and_address_go_to_two_colleagues() {
    let person = |number: usize, wants: [Option<usize>; 2]| Person {
        fate: Fate::Updated,
        has: [number, number, number, 0],
        wants: [wants[0], wants[1], None, None],
        was_gone: false,
        goes: None,
        alone: false,
        seen: true,
        known: false,
    };
    let all = [person(1, [Some(2), Some(3)]), person(2, [Some(1), None]), person(3, [None, Some(1)])];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let people = order.map(|index| all[index].clone()).to_vec();
        let company = Company { schema: 0, people, position: vec![0, 1, 2, 3], updates: true, complete: true };
        let (mut task, known, mut rows) = company.build();
        task.hand_over(&known, &mut rows);
        assert!(rows.iter().all(|row| row.planned == Planned::Do) && !is_in_circles(&rows), "{order:?}: {rows:#?}");
        assert!((1..=3).contains(&added(&rows)), "{order:?}: {rows:#?}");
    }
}

/// So many people, each of whom has a number and an address, and what is to become of both.
fn crowd(number: usize, wants: impl Fn(usize) -> (Field, Field)) -> (Task, Known, Vec<Row>) {
    let record = |(phone, address): (Field, Field)| Record::from_iter([(MOBILE, phone), (EMAIL, address)]);
    let has = |at: usize| record((mobile(at), email(at)));
    let seen = (0..number).map(|at| Seen { key: format!("k{at}").into(), record: has(at) });
    let steps = Steps { create: Some(0), update: Some(1), position: vec![0, 1], ..Steps::default() };
    let task = task(&PEOPLE, seen.collect(), steps);
    let entries = (0..number).map(|at| LinkEntry {
        source: format!("s{at}").into(),
        target: format!("k{at}").into(),
        fingerprint: 0,
        owner: Owner::Own,
        both_ways: false,
        gone: false,
        waits: false,
        notes: None,
    });
    let mut known = Known::default();
    known.add(&PEOPLE, LinkTable::new(entries.collect()), true);
    let mut rows = Vec::new();
    for at in 0..number {
        let (had, wanted) = (has(at), record(wants(at)));
        let mut row = row(at, Action::Update);
        for id in PEOPLE.differing(&wanted, &had) {
            row.set.set(id, wanted.get(id).cloned().unwrap_or(Field::Empty));
            row.before.set(id, had.get(id).cloned().unwrap_or(Field::Empty));
        }
        rows.push(row);
    }
    (task, known, rows)
}

/// A number of the next one, round about, in an order that looks like none.
fn shuffled(at: usize, step: usize, number: usize) -> usize {
    (at * step + 1) % number
}

const MANY: usize = 12_000;
/// Rows and waits that are looked at for each person: a few times each, and once for each halving of the people.
const FEW: usize = 60;

fn plan_crowd(number: usize, wants: impl Fn(usize) -> (Field, Field)) -> Vec<Row> {
    let (mut task, known, mut rows) = crowd(number, wants);
    steps::since_last();
    task.hand_over(&known, &mut rows);
    let took = steps::since_last();
    assert!((1..FEW * number).contains(&took), "{took} steps for {number} people");
    assert!(!is_in_circles(&rows));
    rows
}

fn added(rows: &[Row]) -> usize {
    rows.iter().filter(|row| row.object.is_some()).count()
}

fn refused(rows: &[Row]) -> usize {
    rows.iter().filter(|row| matches!(row.planned, Planned::Invalid(_) | Planned::Blocked { .. })).count()
}

#[test]
fn a_column_that_slipped_by_one_line_is_a_chain() {
    // A new number in the last cell, and none.
    for last in [mobile(MANY), Field::Empty] {
        let rows = plan_crowd(MANY, |at| (if at + 1 == MANY { last.clone() } else { mobile(at + 1) }, email(at)));
        assert_eq!((added(&rows), refused(&rows)), (0, 0));
    }
    // The other way round.
    let rows = plan_crowd(MANY, |at| (if at == 0 { mobile(MANY) } else { mobile(at - 1) }, email(at)));
    assert_eq!((added(&rows), refused(&rows)), (0, 0));
}

#[test]
fn who_keeps_a_value_refuses_a_whole_chain() {
    let (mut task, known, mut rows) = crowd(MANY, |at| (mobile(at + 1), email(at)));
    // Somebody else keeps the number that the last one wants.
    task.keep(&[(MOBILE, mobile(MANY))].into_iter().collect(), &Record::new(), Keeper::Target("k0".into()));
    steps::since_last();
    task.hand_over(&known, &mut rows);
    let took = steps::since_last();
    assert_eq!(refused(&rows), MANY);
    assert!((1..FEW * MANY).contains(&took), "{took} steps");
    // The last one alone is told that somebody has it; all others wait for him.
    let last = format!("u:s{}", MANY - 1);
    let waits = |row: &&Row| matches!(&row.planned, Planned::Blocked { by } if *by == last);
    assert_eq!(rows.iter().filter(waits).count(), MANY - 1);
}

#[test]
fn one_circle_of_all_is_broken_once_and_each_swap_once() {
    let rows = plan_crowd(MANY, |at| (mobile((at + 1) % MANY), email(at)));
    assert_eq!((added(&rows), refused(&rows)), (1, 0));
    let rows = plan_crowd(MANY, |at| (mobile(at ^ 1), email(at)));
    assert_eq!((added(&rows), refused(&rows)), (MANY / 2, 0));
}

#[test]
fn two_columns_that_were_sorted_apart_are_one_knot() {
    // Everybody has another one's number and somebody else's address: no circle is apart from the others.
    let rows = plan_crowd(MANY, |at| (mobile(shuffled(at, 12_347, MANY)), email(shuffled(at, 27_197, MANY))));
    assert_eq!(refused(&rows), 0);
    assert!(added(&rows) > 100, "{}", added(&rows));
}

#[test]
fn references_among_all_are_ordered_in_one_go() {
    let leads = |leader: &dyn Fn(usize) -> usize| {
        let steps = Steps { create: Some(0), update: Some(1), position: vec![0, 1], ..Steps::default() };
        let mut task = task(&PEOPLE, Vec::new(), steps);
        let mut rows: Vec<Row> = (0..MANY).map(|at| row(at, Action::Create)).collect();
        for (at, row) in rows.iter_mut().enumerate().filter(|(at, _)| leader(*at) < MANY) {
            row.set.set(PARENT, Field::from_text("x"));
            row.needs.push(Dependency { row: leader(at) as u32, leave_out: Some(PARENT) });
        }
        steps::since_last();
        task.break_reference_circles(&mut rows);
        let took = steps::since_last();
        assert!((1..FEW * MANY).contains(&took), "{took} steps");
        assert!(!is_in_circles(&rows));
        added(&rows)
    };
    assert_eq!(leads(&|at| at + 1), 0);
    assert_eq!(leads(&|at| (at + 1) % MANY), 1);
    assert_eq!(leads(&|at| at ^ 1), MANY / 2);
}

/// Objects of a source that nobody is linked to, matched by this field with what the target shows.
fn decided(schema: &'static Schema, rule: FieldId, seen: Vec<Seen>, sources: Vec<Record>) -> (Task, usize) {
    steps::since_last();
    let (mut task, mut known) = pushed(schema, rule, seen, sources);
    let mut made = 0;
    let mut new_key = || {
        made += 1;
        format!("new{made}")
    };
    task.decide(&mut known, &Written::new(), &|_, _, _, _| Ok(()), &mut new_key);
    (task, steps::since_last())
}

/// The same before anything is decided.
fn pushed(schema: &'static Schema, rule: FieldId, seen: Vec<Seen>, sources: Vec<Record>) -> (Task, Known) {
    let source = Template::of_field(rule, Ty::Text, "{{source.x}}");
    let mapping = Mapping {
        name: "people".into(),
        source: Arc::new(schema_of(&FIELDS, KeyRule::Given, None)),
        target: schema,
        rules: vec![MatchRule::Equal { text: "by value".into(), source, target: rule }],
        fields: vec![mapped(NAME), mapped(MOBILE)],
        proposals: None,
        review_new: false,
    };
    let table = TargetTable::new(schema, Snapshot { objects: seen, ..Snapshot::default() });
    let mut task = Task::new(Arc::new(mapping), Steps::default(), table, Scope::default(), 0);
    let mut known = Known::default();
    known.add(schema, LinkTable::new(Vec::new()), true);
    task.complete = true;
    for (number, record) in sources.into_iter().enumerate() {
        let key = format!("s{number}").into();
        task.push(&mut known, SourceObject::new(key, record));
    }
    (task, known)
}

fn refused_as(task: &Task, code: &str) -> usize {
    let is =
        |state: &AsideState| matches!(state, AsideState::Refused(Planned::Ambiguous(problem)) if problem.code == code);
    task.aside.iter().filter(|aside| is(&aside.state)).count()
}

fn named(number: usize, phone: Option<Field>) -> Record {
    let mut record = Record::from_iter([(NAME, Field::from_text(&format!("n{number}")))]);
    phone.into_iter().for_each(|phone| record.set(MOBILE, phone));
    record
}

fn all(record: impl Fn(usize) -> Record) -> (Vec<Seen>, Vec<Record>) {
    let seen = (0..MANY).map(|at| Seen { key: format!("k{at}").into(), record: record(at) });
    (seen.collect(), (0..MANY).map(record).collect())
}

#[test]
fn a_field_that_is_hidden_is_counted_once_and_not_for_everybody() {
    let (seen, _) = all(|at| named(at, None));
    let sources = (0..MANY).map(|at| named(at, Some(mobile(at)))).collect();
    let (task, took) = decided(&PEOPLE, MOBILE, seen, sources);
    assert_eq!(refused_as(&task, "match_hidden"), MANY);
    assert!((1..FEW * MANY).contains(&took), "{took} steps");
}

#[test]
fn a_value_that_all_have_is_not_compared_with_all() {
    let (seen, sources) = all(|at| named(at, Some(mobile(0))));
    let (task, took) = decided(&PEOPLE, MOBILE, seen, sources);
    assert_eq!(refused_as(&task, "several_candidates"), MANY);
    assert!((1..10 * FEW * MANY).contains(&took), "{took} steps");
}

#[test]
fn siblings_are_found_by_their_names_and_not_one_after_the_other() {
    let (seen, sources) = all(|at| named(at, None));
    let (task, took) = decided(&TREE, PATH, seen, sources);
    let found = task.aside.iter().filter(|aside| matches!(aside.found, Found::Matched { .. })).count();
    assert_eq!(found, MANY);
    assert!((1..FEW * MANY).contains(&took), "{took} steps");
    // The same where the names cannot be seen.
    let (seen, _) = all(|_| Record::new());
    let (_, sources) = all(|at| named(at, None));
    let (task, took) = decided(&TREE, PATH, seen, sources);
    assert_eq!(refused_as(&task, "names_hidden"), MANY);
    assert!((1..FEW * MANY).contains(&took), "{took} steps");
}

#[test]
fn a_name_that_all_have_is_not_compared_with_all() {
    let (seen, sources) = all(|_| named(0, None));
    let (mut task, mut known) = pushed(&PEOPLE, MOBILE, seen, sources);
    (task.in_use, task.first, task.steps.create) = (true, true, Some(0));
    steps::since_last();
    assert_eq!(task.faces_needed(&known).0.len(), MANY);
    let asked = task.compare_faces(&mut known, Some("mobile"));
    task.faces_asked(&known, &asked, vec![None; asked.len()], "mobile");
    let took = steps::since_last();
    // Nobody is taken for anybody by a name that all have.
    assert!((0..MANY).all(|at| !matches!(task.likeness_of(&format!("s{at}")), Some(Likeness::Same { .. }))));
    assert!((1..10 * FEW * MANY).contains(&took), "{took} steps");
}
