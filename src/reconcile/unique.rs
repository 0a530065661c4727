//! Values that may occur once and change hands. Who wants a value waits for who gives it up; who keeps it makes the other
//! one invalid and is named; two who exchange values need one extra write, which clears one side or gives it a passing
//! value. Where the order of steps forbids waiting, the value is left out first and added by the update step.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Field, FieldId, Problem, Record, Unique, Value};

use super::{
    Known, Task,
    claims::Hands,
    compare::Written,
    target::overlay,
    task::{AsideState, Found, Keeper},
};
use crate::model::change::{Action, Dependency, Planned, Row, RowIndex, Way, with_way};

impl Task {
    /// Orders what changes hands among the rows of this task.
    pub(super) fn hand_over(&mut self, known: &Known, rows: &mut Vec<Row>) {
        if self.unique.is_empty() {
            return;
        }
        let given = self.give_up(known, rows);
        let hands = self.refuse_takers(known, rows);
        self.name_first_causes(rows);
        self.wait_for_givers(rows, &hands);
        self.wait_for_unknown(rows, |hash| hands.giver(hash));
        self.take_back(rows, &given);
        self.break_swaps(rows);
    }

    pub(super) fn at_end(&self, id: FieldId) -> bool {
        matches!(self.mapping.target.spec(id).unique, Some(Unique::AtEnd | Unique::AmongSiblingsAtEnd { .. }))
    }

    /// What the object has before the row, as far as its unique fields are concerned.
    pub(super) fn had(&self, row: &Row) -> Record {
        match self.before.get(&row.source) {
            Some(before) => before.clone(),
            None => self.target.get(&row.target).map(|seen| seen.record).unwrap_or_default(),
        }
    }

    /// The values a row wants that it does not have.
    pub(super) fn wants(&self, row: &Row) -> Vec<(FieldId, u64)> {
        if !row.writes() || matches!(row.action, Action::Delete | Action::Disable) || row.object.is_some() {
            return Vec::new();
        }
        let had = if row.action == Action::Create { Record::new() } else { self.had(row) };
        let new = row.set.pick(&self.claims);
        let after = if had.is_empty() {
            new
        } else {
            let mut after = had.clone();
            after.merge(&new);
            after
        };
        if self.mapping.target.is_gone(&after) {
            return Vec::new();
        }
        // Whoever comes back takes everything again.
        let had = if self.mapping.target.is_gone(&had) { Record::new() } else { had };
        self.unique
            .iter()
            .filter_map(|id| {
                let new = self.unique_hash(*id, &after, &Record::new())?;
                (Some(new) != self.unique_hash(*id, &had, &Record::new())).then_some((*id, new))
            })
            .collect()
    }

    /// The unique values that somebody is to get who does not have them, and the unchanged objects that may hold one of
    /// them although the source does not say so any more: their links are read next.
    pub fn holders(&mut self, known: &Known, written: &Written) -> Vec<(Box<str>, Box<str>)> {
        // Where nobody is unchanged, nobody holds anything in silence.
        if self.silent.is_empty() {
            return Vec::new();
        }
        let schema = self.mapping.target;
        let natural = self.natural_key();
        let mut sought = HashSet::new();
        for aside in &self.aside {
            let AsideState::Wanted { record, create_only, .. } = &aside.state else { continue };
            let (record, create_only) = (record.pick(&self.claims), create_only.pick(&self.claims));
            let old = match &aside.found {
                Found::Linked(_) => written.get(&aside.object.key),
                Found::Matched { .. } | Found::New(_) => None,
                Found::Nothing => continue,
            };
            let key = match &aside.found {
                Found::Linked(place) => known.links(self.kind).map(|links| &links.entry(*place).target),
                Found::Matched { key, .. } => Some(key),
                _ => None,
            };
            let read = key.and_then(|key| self.target.get(key)).map(|seen| seen.record);
            let none = Record::new();
            let had = overlay(schema, old.unwrap_or(&none), read.as_ref().unwrap_or(&none));
            for id in self.unique.iter().copied().filter(|id| Some(*id) != natural) {
                if let Some(hash) = self.unique_hash(id, &record, &create_only)
                    && self.unique_hash(id, &had, &none) != Some(hash)
                {
                    sought.insert(hash);
                }
            }
        }
        self.sought = sought;
        if self.sought.is_empty() {
            return Vec::new();
        }
        let Some(links) = known.links(self.kind) else { return Vec::new() };
        let mut places: Vec<u32> = self.silent.iter().map(|(place, _)| *place).collect();
        places.sort_unstable();
        places.dedup();
        let ends = places.into_iter().map(|place| links.entry(place as usize));
        ends.map(|entry| (entry.source.clone(), entry.target.clone())).collect()
    }

    /// Takes what was written to objects of [`Task::holders`].
    pub fn take_holders(&mut self, known: &Known, written: &Written) {
        let Some(links) = known.links(self.kind) else { return };
        for (place, id) in std::mem::take(&mut self.silent) {
            let entry = links.entry(place as usize);
            let Some(old) = written.get(&entry.source) else {
                self.silent.push((place, id));
                continue;
            };
            let none = Record::new();
            let read = self.target.get(&entry.target).map(|seen| seen.record).unwrap_or_default();
            let had = overlay(self.mapping.target, old, &read);
            if let Some(hash) = self.unique_hash(id, &had, &none).filter(|hash| self.sought.contains(hash)) {
                self.keepers.insert(hash, Keeper::of(place as usize));
                self.released.insert(hash, (place as usize, id, had));
            }
        }
    }

    /// Values that their holders gave up in the source are cleared in the target when somebody else takes them, also where
    /// the mapping leaves empty ones alone. Gives what was cleared for whom: the holder's row, the field, the taker's row.
    pub(super) fn give_up(&mut self, known: &Known, rows: &mut Vec<Row>) -> Vec<(usize, FieldId, usize)> {
        let Some(update) = self.steps.update else { return Vec::new() };
        if self.alone.is_empty() && self.released.is_empty() {
            return Vec::new();
        }
        let first = self.first_row as usize;
        let mut takers: HashMap<u64, usize> = HashMap::new();
        for (place, row) in rows.iter().enumerate().skip(first) {
            for (_, hash) in self.wants(row) {
                takers.entry(hash).or_insert(place);
            }
        }
        let mut given = Vec::new();
        for holder in first..rows.len() {
            let Some(alone) = self.alone.get(&rows[holder].source).cloned() else { continue };
            let free = rows[holder].planned == Planned::Do && rows[holder].object.is_none();
            if !free || !matches!(rows[holder].action, Action::Update | Action::Link) || rows[holder].removes {
                continue;
            }
            let had = self.had(&rows[holder]);
            for id in alone {
                let hash = self.unique_hash(id, &had, &Record::new());
                let Some(taker) = hash.and_then(|hash| takers.get(&hash).copied()).filter(|taker| *taker != holder)
                else {
                    continue;
                };
                if self.clear(rows, holder, id, &had, taker) {
                    rows[holder].action = Action::Update;
                    rows[holder].step = update;
                    given.push((holder, id, taker));
                }
            }
        }
        let mut silent: Vec<(u64, (usize, FieldId, Record))> = std::mem::take(&mut self.released).into_iter().collect();
        silent.sort_unstable_by_key(|(_, (place, id, _))| (*place, *id));
        let mut made: HashMap<usize, usize> = HashMap::new();
        for (hash, (link, id, had)) in silent {
            let (Some(taker), Some(links)) = (takers.get(&hash).copied(), known.links(self.kind)) else { continue };
            let entry = links.entry(link);
            let holder = match made.get(&link) {
                Some(holder) => *holder,
                None => {
                    let label = self.mapping.target.field(self.mapping.target.label).unwrap_or(0);
                    rows.push(Row {
                        name: had.text(label).unwrap_or("").into(),
                        action: Action::Update,
                        fingerprint: entry.fingerprint,
                        rule: "linked".into(),
                        ..Row::new(update, self.kind, entry.source.clone(), entry.target.clone())
                    });
                    self.before.insert(entry.source.clone(), had.clone());
                    self.counts.less(self.kind, "unchanged");
                    rows.len() - 1
                }
            };
            made.insert(link, holder);
            if self.clear(rows, holder, id, &had, taker) {
                given.push((holder, id, taker));
            }
        }
        for holder in made.into_values().filter(|holder| rows[*holder].set.is_empty()).collect::<Vec<_>>() {
            rows[holder].action = Action::Link;
        }
        given
    }

    /// Clears a value of a row's object because another row takes it; not where nothing else would reach the person.
    fn clear(&self, rows: &mut [Row], holder: usize, id: FieldId, had: &Record, taker: usize) -> bool {
        let schema = self.mapping.target;
        let mut after = had.clone();
        after.merge(&rows[holder].set.record());
        if schema.spec(id).required || self.is_last_of_several(&after, id) || rows[holder].set.has(id) {
            return false;
        }
        let told = Problem::new("value_given_up")
            .arg("field", schema.spec(id).name.to_string())
            .arg("taker", self.row_called(&rows[taker]));
        let row = &mut rows[holder];
        row.set.set(id, Field::Empty);
        had.get(id).into_iter().for_each(|before| row.before.set(id, before.clone()));
        row.warnings.push(told);
        true
    }

    /// Nothing is cleared for somebody who does not get it after all.
    fn take_back(&self, rows: &mut [Row], given: &[(usize, FieldId, usize)]) {
        if given.is_empty() {
            return;
        }
        let done = rows.iter().enumerate().filter(|(_, row)| row.planned == Planned::Do);
        let gets: HashSet<(usize, FieldId)> = done
            .flat_map(|(place, row)| {
                let first = row.object.map_or(place, |first| first as usize);
                row.set.ids().map(move |id| (first, id))
            })
            .collect();
        for (holder, id, taker) in given {
            if gets.contains(&(*taker, *id)) {
                continue;
            }
            let row = &mut rows[*holder];
            row.set.take(*id);
            row.before.take(*id);
            row.warnings.retain(|warning| &*warning.code != "value_given_up");
            if row.set.is_empty() {
                row.action = Action::Link;
            }
        }
    }

    /// Takers wait for givers; where the giver's step comes later, the value comes later too.
    fn wait_for_givers(&mut self, rows: &mut Vec<Row>, hands: &Hands) {
        if hands.gives_nothing() {
            return;
        }
        let position = self.steps.position.clone();
        let at = |step: u16| position.get(usize::from(step)).copied().unwrap_or(step);
        let mut later: Vec<(usize, FieldId, usize)> = Vec::new();
        for place in self.first_row as usize..rows.len() {
            for (id, hash) in self.wants(&rows[place]) {
                let Some(giver) = hands.giver(hash).filter(|giver| *giver != place) else { continue };
                let giver = self.gives_name_up_first(rows, giver, id).unwrap_or(giver);
                // A removal may wait for a person, and whoever takes what it frees waits with it, whoever judges the value.
                let leaves = rows[giver].removes;
                if self.at_end(id) && !leaves {
                    continue;
                }
                if self.at_end(id) || at(rows[giver].step) <= at(rows[place].step) {
                    let row = RowIndex::try_from(giver).unwrap_or(RowIndex::MAX);
                    let need = Dependency { row, leave_out: leaves.then_some(id) };
                    if !rows[place].needs.contains(&need) {
                        rows[place].needs.push(need);
                    }
                } else {
                    later.push((place, id, giver));
                }
            }
        }
        for (place, id, giver) in later {
            self.add_later(rows, place, id, Some(giver));
        }
    }

    /// A department is deleted last, when nobody is in it any more, which is too late for whoever takes its name: it has a passing
    /// one until then. Gives the row of that.
    pub(super) fn gives_name_up_first(&self, rows: &mut Vec<Row>, giver: usize, id: FieldId) -> Option<usize> {
        let at = |step: u16| self.steps.position.get(usize::from(step)).copied().unwrap_or(step);
        let update = self.steps.update.filter(|update| at(rows[giver].step) > at(*update))?;
        if rows[giver].action != Action::Delete || !self.is_name_among_siblings(id) {
            return None;
        }
        let name = self.had(&rows[giver]).get(id)?.clone();
        // Told apart from the passing name of one that is made and takes this one's, which has the key alone.
        let passing = passing_name(name.value()?.as_text()?, &format!("{}~", rows[giver].target));
        let first = Row {
            step: update,
            action: Action::Update,
            set: [(id, passing)].into_iter().collect(),
            before: [(id, name)].into_iter().collect(),
            needs: Vec::new(),
            removes: false,
            warnings: Vec::new(),
            object: Some(RowIndex::try_from(giver).ok()?),
            ..rows[giver].clone()
        };
        rows.push(first);
        Some(rows.len() - 1)
    }

    /// Leaves a field out of a row and adds it by a second row of the update step, after `giver`. Who is made and cannot be
    /// without a name has a passing one until then, which holds the number of the giver: nobody else is called so.
    pub(super) fn add_later(&mut self, rows: &mut Vec<Row>, place: usize, id: FieldId, giver: Option<usize>) {
        let schema = self.mapping.target;
        let position = self.steps.position.clone();
        let at = |step: u16| position.get(usize::from(step)).copied().unwrap_or(step);
        let reachable =
            self.steps.update.filter(|update| giver.is_none_or(|giver| at(rows[giver].step) <= at(*update)));
        // Who is there is reached by what the row does not name as well.
        let mut rest = if rows[place].action == Action::Update { self.had(&rows[place]) } else { Record::new() };
        rest.merge(&rows[place].set.record());
        let alone = schema.spec(id).required || self.is_last_of_several(&rest, id);
        let makes = rows[place].action == Action::Create && alone && self.is_name_among_siblings(id);
        let passing = giver.filter(|_| makes).and_then(|giver| {
            let name = rows[place].set.text(id)?;
            Some(passing_name(&name, &rows[giver].target))
        });
        let Some(update) = reachable.filter(|_| !alone || passing.is_some()) else {
            let by = giver.map(|giver| with_way(&rows[giver].key(), Way::Value)).unwrap_or_default();
            rows[place].planned = Planned::Blocked { by };
            return;
        };
        let Some(field) = rows[place].set.take(id) else { return };
        let before = rows[place].before.take(id).or_else(|| passing.clone());
        passing.into_iter().for_each(|passing| rows[place].set.set(id, passing));
        let first = RowIndex::try_from(place).unwrap_or(RowIndex::MAX);
        let row = |index: usize| RowIndex::try_from(index).unwrap_or(RowIndex::MAX);
        let mut needs = vec![Dependency { row: first, leave_out: None }];
        needs.extend(giver.map(|giver| Dependency { row: row(giver), leave_out: None }));
        let mut second = rows[place].clone();
        second.step = update;
        second.action = Action::Update;
        second.set = [(id, field)].into_iter().collect();
        second.before = before.map(|before| (id, before)).into_iter().collect();
        second.base = None;
        second.needs = needs;
        second.removes = false;
        second.warnings = Vec::new();
        second.object = Some(first);
        // The first row is not yet all that was wanted.
        rows[place].fingerprint = 0;
        rows.push(second);
    }

    /// Whether the field tells siblings apart at every call, so that it may be a passing one for a moment.
    pub(super) fn is_name_among_siblings(&self, id: FieldId) -> bool {
        matches!(self.mapping.target.spec(id).unique, Some(Unique::AmongSiblings { .. }))
    }

    /// Whether the record has nothing but this field of those of which the system wants one ([`Schema::at_least_one`]).
    ///
    /// [`Schema::at_least_one`]: idflow_sdk::Schema::at_least_one
    pub(super) fn is_last_of_several(&self, set: &Record, id: FieldId) -> bool {
        self.mapping.target.is_one_of_several(id) && self.other_of_several(set, id).is_none()
    }

    /// Another one of those fields that the record has.
    pub(super) fn other_of_several(&self, set: &Record, id: FieldId) -> Option<(FieldId, Field)> {
        let schema = self.mapping.target;
        set.iter()
            .find(|(other, field)| *other != id && schema.is_one_of_several(*other) && field.value().is_some())
            .map(|(other, field)| (other, field.clone()))
    }
}

/// A name for a moment, told apart from all others by a key.
pub(super) fn passing_name(name: &str, key: &str) -> Field {
    let short: String = name.chars().take(40).collect();
    Field::Value(Value::text(format!("{short}~{key}")))
}
