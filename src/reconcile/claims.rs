//! Values that change hands: who gets one, and who is refused because somebody keeps it?
//!
//! Whoever is refused keeps what he has, which may refuse the next one, and so on along a whole slipped column. So it goes
//! in rounds: after the first one only those are asked again who are concerned by what the round before has changed.

use std::collections::{BTreeSet, HashMap, HashSet};

use idflow_sdk::{Field, FieldId, KeyRule, Kind, Problem, Record};

use super::{
    Known, Owner, Task,
    links::{LinkTable, compare_keys},
    refused, steps,
    task::Keeper,
};
use crate::model::change::{Action, Planned, Row};

/// Who has which of the values that may occur once, by hash of field and value, among the rows that are planned.
#[derive(Debug, Default)]
pub(super) struct Hands {
    gives: BTreeSet<(u64, usize)>,
    keeps: BTreeSet<(u64, usize)>,
}

impl Hands {
    /// Who gives a value up.
    pub(super) fn giver(&self, hash: u64) -> Option<usize> {
        self.gives.range((hash, 0)..=(hash, usize::MAX)).next_back().map(|(_, place)| *place)
    }

    /// Whether nobody gives anything up.
    pub(super) fn gives_nothing(&self) -> bool {
        self.gives.is_empty()
    }

    /// Who keeps a value.
    fn keeper(&self, hash: u64) -> Option<usize> {
        let giver = self.giver(hash);
        let mut keeps = self.keeps.range((hash, 0)..=(hash, usize::MAX)).map(|(_, place)| *place);
        keeps.rfind(|place| Some(*place) != giver)
    }

    /// Notes what a row does with a value; true when it did something else before.
    fn note(&mut self, hash: u64, place: usize, hand: Hand) -> bool {
        let put = |set: &mut BTreeSet<(u64, usize)>, is: bool| {
            if is { set.insert((hash, place)) } else { set.remove(&(hash, place)) }
        };
        let (gives, keeps) = (put(&mut self.gives, hand.gives), put(&mut self.keeps, hand.keeps));
        gives || keeps
    }
}

/// What a row does with a value that its object has. One that gives it up may be one that would keep it: where two have a
/// value that may occur once, one of them still does.
#[derive(Debug, Clone, Copy)]
struct Hand {
    gives: bool,
    keeps: bool,
}

/// A row that was refused something in this round, with what it wanted before.
type Refused = (usize, Vec<(FieldId, u64)>);

impl Task {
    /// What a row does with each unique value that its object has.
    fn hands_of(&self, row: &Row) -> Vec<(u64, Hand)> {
        if row.action == Action::Create && row.writes() {
            // Nothing is given, and what is wanted is asked for.
            return Vec::new();
        }
        let (had, none) = (self.had(row), Record::new());
        let may_give = row.writes() && row.action != Action::Create && !self.mapping.target.is_gone(&had);
        let keeps =
            row.action == Action::Update || (matches!(row.planned, Planned::Invalid(_)) && !row.target.is_empty());
        let mut after = None;
        let hands = self.unique.iter().filter_map(|id| {
            let old = self.unique_hash(*id, &had, &none)?;
            let gives = may_give
                && match row.action {
                    Action::Delete => true,
                    Action::Disable => self.mapping.target.is_gone(&row.set.record()),
                    _ => {
                        let after = after.get_or_insert_with(|| {
                            let mut after = had.clone();
                            after.merge(&row.set.record());
                            after
                        });
                        self.mapping.target.is_gone(after) || self.unique_hash(*id, after, &none) != Some(old)
                    }
                };
            Some((old, Hand { gives, keeps }))
        });
        hands.collect()
    }

    /// Refuses what rows want and somebody keeps. Gives who has what after that.
    pub(super) fn refuse_takers(&mut self, known: &Known, rows: &mut Vec<Row>) -> Hands {
        let outside = self.outsiders(known, rows);
        if rows.len() > self.first_row as usize {
            self.keepers.sort();
        }
        let mut hands = Hands::default();
        for (place, row) in rows.iter().enumerate().skip(self.first_row as usize) {
            // The others neither keep nor give anything.
            let may = row.writes() || row.action == Action::Update || matches!(row.planned, Planned::Invalid(_));
            if may && row.object.is_none() {
                for (hash, hand) in self.hands_of(row) {
                    hands.note(hash, place, hand);
                }
            }
        }
        // Who gets a value in the end, as far as it is known. Of a first run that is every value: growing would hold half of them
        // twice.
        let mut taken: HashMap<u64, usize> =
            HashMap::with_capacity((rows.len() - self.first_row as usize) * self.unique.len());
        let mut open: BTreeSet<usize> = (self.first_row as usize..rows.len()).collect();
        while !open.is_empty() && !self.halt.is_set() {
            let mut refused: Vec<Refused> = Vec::new();
            while let Some(place) = open.pop_first().filter(|_| !self.halt.is_set()) {
                steps::took(1);
                let wants = self.wants(&rows[place]);
                // Whoever is asked again does not have it yet.
                for (_, hash) in &wants {
                    if taken.get(hash) == Some(&place) {
                        taken.remove(hash);
                    }
                }
                let mut held: Vec<(FieldId, Problem)> = Vec::new();
                for (id, hash) in wants.iter().copied() {
                    let other = taken.get(&hash).copied().filter(|other| *other < place);
                    let problem = match other {
                        Some(other) => Some(self.wanted_by_both(rows, other, place, id)),
                        None => self.refusal(known, rows, &hands, &outside, place, (id, hash)),
                    };
                    match problem {
                        Some(problem) => held.push((id, problem)),
                        // Whoever had taken it comes later in the plan, and is asked again in this round.
                        None => open.extend(taken.insert(hash, place).filter(|other| *other > place)),
                    }
                }
                if !held.is_empty() {
                    self.leave_out(rows, place, held);
                    refused.push((place, wants));
                }
            }
            for (place, wanted) in refused {
                let wants = self.wants(&rows[place]);
                for hash in wanted.iter().filter(|want| !wants.contains(want)).map(|(_, hash)| hash) {
                    if taken.get(hash) == Some(&place) {
                        taken.remove(hash);
                    }
                }
                open.extend((!wants.is_empty()).then_some(place));
                for (hash, hand) in self.hands_of(&rows[place]) {
                    if hands.note(hash, place, hand) {
                        open.extend(taken.get(&hash));
                    }
                }
            }
        }
        hands
    }

    /// Why a row does not get a value that no other row of the plan gets; `None` when it does.
    fn refusal(
        &self,
        known: &Known,
        rows: &[Row],
        hands: &Hands,
        outside: &HashMap<u64, Box<str>>,
        place: usize,
        (id, hash): (FieldId, u64),
    ) -> Option<Problem> {
        let own = &rows[place];
        if hands.giver(hash).is_some() {
            return None;
        }
        if Some(id) == self.natural_key() {
            let links = known.links(self.kind);
            return match links.and_then(|links| links.of_target(&own.target)) {
                Some(link) => self.held(known, &Keeper::of(link), own, id),
                None if own.action != Action::Create => None,
                None => self.held(known, &Keeper::Target(own.target.clone()), own, id),
            };
        }
        if let Some(keeper) = self.keepers.get(hash) {
            return self.held(known, keeper, own, id);
        }
        if let Some(other) = hands.keeper(hash).filter(|other| *other != place) {
            let same = self.has_same(&rows[other].target, own, id);
            return Some(self.duplicate(own, (id, same), self.row_called(&rows[other])));
        }
        let keeper = outside.get(&hash).filter(|key| ***key != *own.target);
        keeper.and_then(|key| self.held(known, &Keeper::Target(key.clone()), own, id))
    }

    /// Unique values of target objects that nobody here writes.
    pub(super) fn outsiders(&self, known: &Known, rows: &[Row]) -> HashMap<u64, Box<str>> {
        // Before a first run there is nobody, and what everybody asks for need not be worked out once more.
        if rows.len() == self.first_row as usize || self.target.keys().len() == 0 {
            return HashMap::new();
        }
        let links = known.links(self.kind);
        let ours: HashSet<&str> = rows[self.first_row as usize..].iter().map(|row| &*row.target).collect();
        // Whoever comes back and does not get a new value wants the one that he had.
        let mut sought = HashSet::new();
        for row in rows[self.first_row as usize..].iter().filter(|row| row.writes()) {
            let had = self.had(row);
            sought.extend(self.unique.iter().filter_map(|id| self.unique_hash(*id, &had, &Record::new())));
            sought.extend(self.wants(row).into_iter().map(|(_, hash)| hash));
        }
        let mut outside = HashMap::new();
        if sought.is_empty() {
            return outside;
        }
        // Whoever is linked and in the list is no outsider: most are, and need not be looked at. Of a list that is a part, the others
        // are. Both stand in the order of these keys.
        let mut linked = links.into_iter().flat_map(|links| links.by_target()).peekable();
        let mut seen = |key: &str| {
            while linked.next_if(|(target, _)| compare_keys(target, key).is_lt()).is_some() {}
            let link = linked.peek().filter(|(target, _)| compare_keys(target, key).is_eq());
            link.is_some_and(|(_, link)| links.is_some_and(|links| links.was_seen(*link)))
        };
        let others = (0u32..).zip(self.target.keys()).filter(|(_, key)| !seen(key) && !ours.contains(*key));
        let places: Vec<u32> = others.map(|(at, _)| at).collect();
        for seen in places.into_iter().map(|place| self.target.at(place)) {
            if self.mapping.target.is_gone(&seen.record) {
                continue;
            }
            for id in &self.unique {
                let hash = self.unique_hash(*id, &seen.record, &Record::new());
                if let Some(hash) = hash.filter(|hash| sought.contains(hash)) {
                    outside.insert(hash, seen.key.clone());
                }
            }
        }
        outside
    }

    /// What is said to whoever wants a value that this one keeps; `None` when it is his own. Somebody who is in the source
    /// as well can be corrected there; somebody who is only in the target cannot.
    pub(super) fn held(&self, known: &Known, keeper: &Keeper, row: &Row, id: FieldId) -> Option<Problem> {
        let schema = self.mapping.target;
        let links = known.links(self.kind);
        let (target, in_source) = match keeper {
            Keeper::Link(place) => {
                let links = links?;
                let entry = links.entry(*place);
                if *entry.source == *row.source {
                    return None;
                }
                (entry.target.clone(), links.was_seen(*place) || !self.is_gone(&entry.source))
            }
            Keeper::Target(key) => {
                let matched = self.before.contains_key(&row.source) && *key == row.target;
                if matched {
                    return None;
                }
                let is_listed = |links: &LinkTable, at| links.was_seen(at) || !self.is_gone(&links.entry(at).source);
                let listed = links.is_some_and(|links| links.of_target(key).is_some_and(|at| is_listed(links, at)));
                (key.clone(), listed)
            }
        };
        self.target.place(&target)?;
        let holder = self.called_there(known, &target);
        if in_source || Some(id) == self.natural_key() {
            return Some(self.duplicate(row, (id, self.has_same(&target, row, id)), holder));
        }
        let name = schema.spec(id).name.to_string();
        let owner = links.and_then(|links| {
            let at = links.of_target(&target)?;
            matches!(links.entry(at).owner, Owner::Other(_)).then(|| links.owner(at)).flatten()
        });
        // Who stays because another workflow reads him has not left either.
        let reader = self.elsewhere.get(&target).and_then(|problem| problem.get("workflow"));
        if let Some(workflow) = reader.or(owner) {
            let problem = Problem { field: Some(name.clone().into()), ..Problem::new("value_of_other_workflow") };
            return Some(problem.arg("holder", holder).arg("field", name).arg("workflow", workflow));
        }
        // Nobody has left who would be deleted after a time of grace.
        let code = if self.kind == Kind::Department { "dept_name_held" } else { "value_held" };
        let problem = Problem { field: Some(name.clone().into()), ..Problem::new(code) };
        Some(problem.arg("holder", holder).arg("field", name))
    }

    /// What is said when a row wants what an earlier row of the plan gets.
    pub(super) fn wanted_by_both(&self, rows: &[Row], other: usize, place: usize, id: FieldId) -> Problem {
        let same = rows[other].set.get(id) == rows[place].set.get(id);
        self.duplicate(&rows[place], (id, same), self.row_called(&rows[other]))
    }

    /// Whether the object with this key has what a row wants, to the letter.
    pub(super) fn has_same(&self, key: &str, row: &Row, id: FieldId) -> bool {
        let Some(place) = self.target.place(key) else { return false };
        if Some(id) == self.natural_key() {
            return *self.target.key_at(place) == *row.target;
        }
        row.set.get(id).as_ref() == self.target.at(place).record.get(id)
    }

    /// The problem of a value that somebody else in the source has; `same`: to the letter. That somebody else has an account may
    /// be what a person has decided: that can be taken back.
    pub(super) fn duplicate(&self, row: &Row, (id, same): (FieldId, bool), holder: String) -> Problem {
        let schema = self.mapping.target;
        let name = schema.spec(id).name.to_string();
        let of = schema.spec(id).duplicate;
        let code = of.map_or("value_duplicate", |codes| if same { codes.same } else { codes.alike });
        let problem = Problem { code: code.into(), field: Some(name.clone().into()), args: Vec::new() };
        let problem = problem.arg("holder", holder).arg("field", name);
        if Some(id) != self.natural_key() || !self.decisions.are_two(&row.source, &row.target) {
            return problem;
        }
        self.about(Problem { code: "account_kept_apart".into(), ..problem }, &row.source, &row.target)
    }

    /// A problem that names what a person decides about: the other system's object, seen from the directory.
    pub(super) fn about(&self, problem: Problem, source: &str, target: &str) -> Problem {
        let key = if self.decide_by_target { target } else { source };
        problem.arg("connection", self.remote.clone()).arg("key", key)
    }

    /// What people call the object of a row.
    pub(super) fn row_called(&self, row: &Row) -> String {
        let own = match (self.mapping.source.key, self.mapping.target.key) {
            (KeyRule::Ulid, KeyRule::Ulid) => None,
            (KeyRule::Ulid, _) => Some(&*row.target),
            _ => Some(&*row.source),
        };
        match (row.name.is_empty(), own.filter(|own| !own.is_empty())) {
            (false, Some(own)) => format!("{} ({own})", row.name),
            (false, None) => row.name.to_string(),
            (true, own) => own.unwrap_or("?").to_string(),
        }
    }

    /// Leaves values that cannot be had out of a row, and keeps the reasons as rows of their own: the other fields go on,
    /// unless there are none, or the person could not be reached at all without them.
    pub(super) fn leave_out(&self, rows: &mut Vec<Row>, place: usize, held: Vec<(FieldId, Problem)>) {
        let schema = self.mapping.target;
        let mut rest = rows[place].set.record();
        held.iter().for_each(|(id, _)| drop(rest.take(*id)));
        let note = self.note_of_refused(&rows[place], &held);
        if let Some((id, field, had)) = &note {
            rest.take(*id);
            if !*had {
                rest.set(*id, field.clone());
            }
        }
        let makes = rows[place].action == Action::Create;
        let needed = |id: FieldId| schema.spec(id).required || (makes && self.is_last_of_several(&rest, id));
        // Whoever comes back asks for all that was his, and not only for what is written.
        let whole = |id: FieldId| needed(id) || !rows[place].set.has(id);
        if rest.is_empty() || held.iter().any(|(id, _)| whole(*id)) {
            if let Some((_, problem)) = held.into_iter().next() {
                rows[place].planned = Planned::Invalid(problem.into());
            }
            // A note that stands there stays: nobody is to read that it would go.
            if let Some((id, _, true)) = note {
                rows[place].set.take(id);
                rows[place].before.take(id);
            }
            return;
        }
        for (id, problem) in held {
            let Some(mut second) = rows[place].split_off(id, place) else { continue };
            second.planned = Planned::Invalid(problem.into());
            rows.push(second);
        }
        let Some((id, field, had)) = note else { return };
        let row = &mut rows[place];
        if let Some(base) = row.base.as_mut().filter(|base| !base.is_empty()) {
            base.set(id, field.clone());
        }
        if had {
            row.set.take(id);
            row.before.take(id);
        } else {
            row.set.set(id, field);
        }
    }

    /// The note of values that an object which has none of its own does not get, and whether it stands there already: the next
    /// system, which misses them, names the first cause.
    fn note_of_refused(&self, row: &Row, held: &[(FieldId, Problem)]) -> Option<(FieldId, Field, bool)> {
        let schema = self.mapping.target;
        let had = if row.action == Action::Create { Record::new() } else { self.had(row) };
        let mut after = had.clone();
        after.merge(&row.set.record());
        let mut note = None;
        for (id, problem) in held.iter().filter(|(id, _)| had.value(*id).is_none()) {
            let (place, field) = refused::noted(schema, &after, &schema.spec(*id).name, &problem.code)?;
            after.set(place, field.clone());
            note = Some((place, field));
        }
        let (id, field) = note?;
        let there = had.get(id).is_some_and(|old| schema.same(id, old, &field));
        Some((id, field, there))
    }
}
