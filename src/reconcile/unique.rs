//! Values that may occur once and change hands. Who wants a value waits for who gives it up; who keeps it makes the other
//! one invalid and is named; two who exchange values need one extra write, which clears one side or gives it a passing
//! value. Where the order of steps forbids waiting, the value is left out first and added by the update step.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Field, FieldId, KeyRule, Problem, Record, Type, Unique, Value};
use petgraph::{algo::tarjan_scc, graph::DiGraph};

use super::{
    Known, Task,
    compare::Written,
    target::overlay,
    task::{Found, Keeper, State},
};
use crate::model::{
    cells::Cells,
    change::{Action, Dependency, Planned, Row, RowIndex},
};

/// Who gives a value up.
type Givers = HashMap<u64, usize>;

impl Task {
    /// Orders what changes hands among the rows of this task.
    pub(super) fn hand_over(&mut self, known: &Known, rows: &mut Vec<Row>) {
        if self.unique.is_empty() {
            return;
        }
        let given = self.give_up(known, rows);
        // Whoever is refused keeps what he has, which may refuse the next one: repeated until nothing changes.
        while !self.halt.is_set() {
            let givers = self.givers(rows);
            if !self.refuse_takers(known, rows, &givers) {
                self.wait_for_givers(rows, &givers);
                break;
            }
        }
        self.take_back(rows, &given);
        self.break_swaps(rows);
    }

    fn at_end(&self, id: FieldId) -> bool {
        matches!(self.mapping.target.spec(id).unique, Some(Unique::AtEnd | Unique::AmongSiblingsAtEnd { .. }))
    }

    /// What the object has before the row, as far as its unique fields are concerned.
    fn had(&self, row: &Row) -> Record {
        match self.before.get(&row.source) {
            Some(before) => before.clone(),
            None => self.target.get(&row.target).map(|seen| seen.record.clone()).unwrap_or_default(),
        }
    }

    /// The unique values that rows give up.
    fn givers(&self, rows: &[Row]) -> Givers {
        let mut givers = HashMap::new();
        for (place, row) in rows.iter().enumerate().skip(self.first_row as usize) {
            if !row.writes() || row.action == Action::Create || row.object.is_some() {
                continue;
            }
            let had = self.had(row);
            if self.mapping.target.is_gone(&had) {
                continue;
            }
            for id in &self.unique {
                let Some(old) = self.unique_hash(*id, &had, &Record::new()) else { continue };
                let gives = match row.action {
                    Action::Delete => true,
                    Action::Disable => self.mapping.target.is_gone(&row.set.record()),
                    _ => {
                        let mut after = had.clone();
                        after.merge(&row.set.record());
                        self.mapping.target.is_gone(&after)
                            || self.unique_hash(*id, &after, &Record::new()) != Some(old)
                    }
                };
                if gives {
                    givers.insert(old, place);
                }
            }
        }
        givers
    }

    /// The values a row wants that it does not have.
    fn wants(&self, row: &Row) -> Vec<(FieldId, u64)> {
        if !row.writes() || matches!(row.action, Action::Delete | Action::Disable) || row.object.is_some() {
            return Vec::new();
        }
        let had = if row.action == Action::Create { Record::new() } else { self.had(row) };
        let mut after = had.clone();
        after.merge(&row.set.record());
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

    /// Refuses what rows want and somebody keeps; true when any was refused.
    fn refuse_takers(&mut self, known: &Known, rows: &mut Vec<Row>, givers: &Givers) -> bool {
        let mut refused = false;
        let mut taken: HashMap<u64, usize> = HashMap::new();
        // Changed rows keep what they do not give up.
        let mut kept: HashMap<u64, usize> = HashMap::new();
        for (place, row) in rows.iter().enumerate().skip(self.first_row as usize) {
            let stays =
                row.action == Action::Update || (matches!(row.planned, Planned::Invalid(_)) && !row.target.is_empty());
            if stays && row.object.is_none() {
                let had = self.had(row);
                for id in &self.unique {
                    if let Some(hash) = self.unique_hash(*id, &had, &Record::new())
                        && givers.get(&hash) != Some(&place)
                    {
                        kept.insert(hash, place);
                    }
                }
            }
        }
        let outside = self.outsiders(known, rows);
        for place in self.first_row as usize..rows.len() {
            let mut held: Vec<(FieldId, Problem)> = Vec::new();
            for (id, hash) in self.wants(&rows[place]) {
                let own = &rows[place];
                let holder = if let Some(other) = taken.get(&hash) {
                    Some(self.wanted_by_both(rows, *other, place, id))
                } else if givers.contains_key(&hash) {
                    None
                } else if Some(id) == self.natural_key() {
                    let links = known.links(self.kind);
                    match links.and_then(|links| links.of_target(&own.target)) {
                        Some(link) => self.held(known, &Keeper::of(link), own, id),
                        None if own.action != Action::Create => None,
                        None => self.held(known, &Keeper::Target(own.target.clone()), own, id),
                    }
                } else if let Some(keeper) = self.keepers.get(&hash) {
                    self.held(known, keeper, own, id)
                } else if let Some(other) = kept.get(&hash).filter(|other| **other != place) {
                    Some(self.duplicate(id, self.row_called(&rows[*other])))
                } else {
                    let keeper = outside.get(&hash).filter(|key| ***key != *own.target);
                    keeper.and_then(|key| self.held(known, &Keeper::Target(key.clone()), own, id))
                };
                match holder {
                    Some(problem) => held.push((id, problem)),
                    None => {
                        taken.insert(hash, place);
                    }
                }
            }
            refused |= !held.is_empty();
            self.leave_out(rows, place, held);
        }
        refused
    }

    /// What is said to whoever wants a value that this one keeps; `None` when it is his own. Somebody who is in the source
    /// as well can be corrected there; somebody who is only in the target cannot.
    fn held(&self, known: &Known, keeper: &Keeper, row: &Row, id: FieldId) -> Option<Problem> {
        let schema = self.mapping.target;
        let links = known.links(self.kind);
        let (target, in_source) = match keeper {
            Keeper::Link(place) => {
                let links = links?;
                let entry = links.entry(*place);
                if *entry.source == *row.source {
                    return None;
                }
                (entry.target.clone(), links.was_seen(*place) || !self.complete)
            }
            Keeper::Target(key) => {
                let matched = self.before.contains_key(&row.source) && *key == row.target;
                if matched {
                    return None;
                }
                (key.clone(), links.is_some_and(|links| links.of_target(key).is_some_and(|at| links.was_seen(at))))
            }
        };
        self.target.get(&target)?;
        let holder = self.called_there(known, &target);
        if in_source || Some(id) == self.natural_key() {
            return Some(self.duplicate(id, holder));
        }
        let name = schema.spec(id).name.to_string();
        let problem = Problem { field: Some(name.clone().into()), ..Problem::new("value_held") };
        Some(problem.arg("holder", holder).arg("field", name))
    }

    /// What is said when a row wants what an earlier row of the plan gets.
    fn wanted_by_both(&self, rows: &[Row], other: usize, place: usize, id: FieldId) -> Problem {
        let mut problem = self.duplicate(id, self.row_called(&rows[other]));
        if rows[other].set.get(id) == rows[place].set.get(id) && &*problem.code == "userid_duplicate_case" {
            problem.code = "userid_duplicate".into();
        }
        problem
    }

    /// The problem of a value that somebody else in the source has.
    fn duplicate(&self, id: FieldId, holder: String) -> Problem {
        let schema = self.mapping.target;
        let name = schema.spec(id).name.to_string();
        let code = match (schema.kind, name.as_str()) {
            (idflow_sdk::Kind::Department, _) => "dept_name_duplicate_sibling",
            (_, "mobile") => "mobile_duplicate",
            (_, "email") => "email_duplicate",
            (_, "username" | "userid") => "userid_duplicate_case",
            _ => "value_duplicate",
        };
        let problem = Problem { code: code.into(), field: Some(name.clone().into()), args: Vec::new() };
        problem.arg("holder", holder).arg("field", name)
    }

    /// What people call the object of a row.
    fn row_called(&self, row: &Row) -> String {
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
    fn leave_out(&self, rows: &mut Vec<Row>, place: usize, held: Vec<(FieldId, Problem)>) {
        let schema = self.mapping.target;
        let mut rest = rows[place].set.record();
        held.iter().for_each(|(id, _)| drop(rest.take(*id)));
        let makes = rows[place].action == Action::Create;
        let needed = |id: FieldId| schema.spec(id).required || (makes && self.is_last_contact(&rest, id));
        // Whoever comes back asks for all that was his, and not only for what is written.
        let whole = |id: FieldId| needed(id) || !rows[place].set.has(id);
        if rest.is_empty() || held.iter().any(|(id, _)| whole(*id)) {
            if let Some((_, problem)) = held.into_iter().next() {
                rows[place].planned = Planned::Invalid(problem);
            }
            return;
        }
        for (id, problem) in held {
            self.leave_one_out(rows, place, id, problem);
        }
    }

    fn leave_one_out(&self, rows: &mut Vec<Row>, place: usize, id: FieldId, problem: Problem) {
        let Some(field) = rows[place].set.get(id) else { return };
        let first = RowIndex::try_from(place).unwrap_or(RowIndex::MAX);
        let row = &mut rows[place];
        row.set.take(id);
        let before = row.before.take(id);
        // The next run looks at it again.
        row.fingerprint = 0;
        if let Some(base) = &mut row.base {
            base.take(id);
            before.iter().for_each(|before| base.set(id, before.clone()));
        }
        let mut second = row.clone();
        second.planned = Planned::Invalid(problem);
        second.set = [(id, field)].into_iter().collect();
        second.before = before.map(|before| (id, before)).into_iter().collect();
        second.base = None;
        second.needs = Vec::new();
        second.removes = false;
        second.warnings = Vec::new();
        second.object = Some(first);
        rows.push(second);
    }

    /// The unique values that somebody is to get who does not have them, and the unchanged objects that may hold one of
    /// them although the source does not say so any more: their links are read next.
    pub fn holders(&mut self, known: &Known, written: &Written) -> Vec<(Box<str>, Box<str>)> {
        let schema = self.mapping.target;
        let natural = self.natural_key();
        let mut sought = HashSet::new();
        for aside in &self.aside {
            let State::Wanted { record, create_only, .. } = &aside.state else { continue };
            let (record, create_only) = (record.record(), create_only.record());
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
            let read = key.and_then(|key| self.target.get(key)).map(|seen| &seen.record);
            let none = Record::new();
            let had = overlay(schema, old.unwrap_or(&none), read.unwrap_or(&none));
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
            let read = self.target.get(&entry.target).map_or(&none, |seen| &seen.record);
            let had = overlay(self.mapping.target, old, read);
            if let Some(hash) = self.unique_hash(id, &had, &none).filter(|hash| self.sought.contains(hash)) {
                self.keepers.insert(hash, Keeper::of(place as usize));
                self.released.insert(hash, (place as usize, id, had));
            }
        }
    }

    /// Values that their holders gave up in the source are cleared in the target when somebody else takes them, also where
    /// the mapping leaves empty ones alone. Gives what was cleared for whom: the holder's row, the field, the taker's row.
    fn give_up(&mut self, known: &Known, rows: &mut Vec<Row>) -> Vec<(usize, FieldId, usize)> {
        let Some(update) = self.steps.update else { return Vec::new() };
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
                    rows.push(Row {
                        step: update,
                        kind: self.kind,
                        source: entry.source.clone(),
                        target: entry.target.clone(),
                        name: had
                            .text(self.mapping.target.field(self.mapping.target.label).unwrap_or(0))
                            .unwrap_or("")
                            .into(),
                        at: None,
                        action: Action::Update,
                        planned: Planned::Do,
                        set: Cells::new(),
                        before: Cells::new(),
                        base: None,
                        replaces: None,
                        fingerprint: entry.fingerprint,
                        needs: Vec::new(),
                        removes: false,
                        warnings: Vec::new(),
                        rule: "linked".into(),
                        object: None,
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
        if schema.spec(id).required || self.is_last_contact(&after, id) || rows[holder].set.has(id) {
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
        for (holder, id, taker) in given {
            let gets = |row: &Row| row.set.has(*id) && row.planned == Planned::Do;
            let later = rows.iter().any(|row| row.object.is_some_and(|first| first as usize == *taker) && gets(row));
            if gets(&rows[*taker]) || later {
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

    /// Unique values of target objects that nobody here writes.
    fn outsiders(&self, known: &Known, rows: &[Row]) -> HashMap<u64, Box<str>> {
        let links = known.links(self.kind);
        let ours: HashSet<&str> = rows[self.first_row as usize..].iter().map(|row| &*row.target).collect();
        let mut outside = HashMap::new();
        for seen in self.target.objects() {
            if ours.contains(&*seen.key)
                || self.mapping.target.is_gone(&seen.record)
                || links.is_some_and(|links| links.of_target(&seen.key).is_some())
            {
                continue;
            }
            for id in &self.unique {
                if let Some(hash) = self.unique_hash(*id, &seen.record, &Record::new()) {
                    outside.insert(hash, seen.key.clone());
                }
            }
        }
        outside
    }

    /// Takers wait for givers; where the giver's step comes later, the value comes later too.
    fn wait_for_givers(&mut self, rows: &mut Vec<Row>, givers: &Givers) {
        let position = self.steps.position.clone();
        let at = |step: u16| position.get(usize::from(step)).copied().unwrap_or(step);
        let mut later: Vec<(usize, FieldId, usize)> = Vec::new();
        for place in self.first_row as usize..rows.len() {
            for (id, hash) in self.wants(&rows[place]) {
                if self.at_end(id) {
                    continue;
                }
                let Some(giver) = givers.get(&hash).copied().filter(|giver| *giver != place) else { continue };
                if at(rows[giver].step) <= at(rows[place].step) {
                    let need = Dependency { row: RowIndex::try_from(giver).unwrap_or(RowIndex::MAX), leave_out: None };
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

    /// Leaves a field out of a row and adds it by a second row of the update step, after `giver`.
    fn add_later(&mut self, rows: &mut Vec<Row>, place: usize, id: FieldId, giver: Option<usize>) {
        let schema = self.mapping.target;
        let position = self.steps.position.clone();
        let at = |step: u16| position.get(usize::from(step)).copied().unwrap_or(step);
        let reachable =
            self.steps.update.filter(|update| giver.is_none_or(|giver| at(rows[giver].step) <= at(*update)));
        let alone = schema.spec(id).required || self.is_last_contact(&rows[place].set.record(), id);
        let (Some(update), false) = (reachable, alone) else {
            let by = giver.map(|giver| rows[giver].key()).unwrap_or_default();
            rows[place].planned = Planned::Blocked { by };
            return;
        };
        let Some(field) = rows[place].set.take(id) else { return };
        let before = rows[place].before.take(id);
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

    /// Whether nothing but this field reaches the person: WeCom wants a mobile or an e-mail.
    fn is_last_contact(&self, set: &Record, id: FieldId) -> bool {
        let schema = self.mapping.target;
        let contact = |ty: Type| matches!(ty, Type::Phone | Type::Email);
        contact(schema.spec(id).ty)
            && !set.iter().any(|(other, field)| {
                other != id
                    && contact(schema.spec(other).ty)
                    && schema.spec(other).unique.is_some()
                    && field.value().is_some()
            })
    }

    /// Another way to reach the person that the row sets and that nobody else is waiting to give up.
    fn other_contact(&self, set: &Record, id: FieldId) -> Option<(FieldId, Field)> {
        let schema = self.mapping.target;
        let contact = |ty: Type| matches!(ty, Type::Phone | Type::Email);
        set.iter()
            .find(|(other, field)| {
                *other != id
                    && contact(schema.spec(*other).ty)
                    && schema.spec(*other).unique.is_some()
                    && field.value().is_some()
            })
            .map(|(other, field)| (other, field.clone()))
    }

    /// Rows that wait for each other in a circle, one of them through a reference that may be left out: it is left out
    /// and added later.
    pub(super) fn break_reference_circles(&mut self, rows: &mut Vec<Row>) {
        while !self.halt.is_set() {
            let Some(circle) = circle(rows, self.first_row as usize) else { return };
            let inside: HashSet<usize> = circle.iter().copied().collect();
            let soft = circle.iter().find_map(|place| {
                rows[*place]
                    .needs
                    .iter()
                    .find(|need| inside.contains(&(need.row as usize)) && need.leave_out.is_some())
                    .map(|need| (*place, *need))
            });
            let Some((place, need)) = soft else {
                // Cannot be ordered: the first one goes without waiting, and the target has the last word.
                let place = circle[0];
                rows[place].needs.retain(|need| !inside.contains(&(need.row as usize)));
                continue;
            };
            if let Some(id) = need.leave_out {
                rows[place].needs.retain(|other| other.leave_out != Some(id));
                self.add_later(rows, place, id, Some(need.row as usize));
            }
        }
    }

    /// Breaks exchanges: one side of each circle gives its value up first.
    fn break_swaps(&mut self, rows: &mut Vec<Row>) {
        while let Some(circle) = circle(rows, self.first_row as usize).filter(|_| !self.halt.is_set()) {
            let inside: HashSet<usize> = circle.iter().copied().collect();
            let chosen = circle.iter().copied().find_map(|place| {
                let passing = self.passing(rows, place)?;
                Some((place, passing))
            });
            let Some((place, (passing, kept))) = chosen else {
                for place in circle {
                    let other = rows[place].needs.iter().find(|need| inside.contains(&(need.row as usize)));
                    let holder = other.map(|need| self.row_called(&rows[need.row as usize])).unwrap_or_default();
                    rows[place].planned = Planned::Invalid(Problem::new("swap_impossible").arg("holder", holder));
                    rows[place].needs.clear();
                }
                continue;
            };
            let index = RowIndex::try_from(rows.len()).unwrap_or(RowIndex::MAX);
            let own = RowIndex::try_from(place).unwrap_or(RowIndex::MAX);
            let mut first = rows[place].clone();
            first.before = passing.iter().filter_map(|(id, _)| Some((id, rows[place].before.get(id)?))).collect();
            first.set = passing.into();
            first.needs = Vec::new();
            first.object = Some(own);
            first.fingerprint = 0;
            first.removes = false;
            first.warnings = Vec::new();
            for other in circle {
                for need in &mut rows[other].needs {
                    if need.row == own {
                        need.row = index;
                    }
                }
            }
            rows[place].needs.push(Dependency { row: index, leave_out: None });
            rows.push(first);
            if let Some(id) = kept {
                self.take_in_turns(rows, place, id, &inside);
            }
        }
    }

    /// Two who exchange both their number and their address: one side gives up one of the two and keeps the other for now.
    /// Whoever is to get that one gives up his own meanwhile, and takes it once it is free.
    fn take_in_turns(&mut self, rows: &mut Vec<Row>, giver: usize, id: FieldId, circle: &HashSet<usize>) {
        let Some(hash) = self.unique_hash(id, &self.had(&rows[giver]), &Record::new()) else { return };
        let taker =
            circle.iter().copied().find(|place| *place != giver && self.wants(&rows[*place]).contains(&(id, hash)));
        let Some(taker) = taker else { return };
        let before = rows[taker].before.get(id);
        self.add_later(rows, taker, id, Some(giver));
        if let (Some(before), Action::Update) = (before, rows[taker].action) {
            rows[taker].set.set(id, Field::Empty);
            rows[taker].before.set(id, before);
        }
    }

    /// What an update can take on for a moment so that others get its unique values, and the value of them that it keeps
    /// because somebody must be reached by one of them.
    fn passing(&self, rows: &[Row], place: usize) -> Option<(Record, Option<FieldId>)> {
        let schema = self.mapping.target;
        let row = &rows[place];
        if row.action != Action::Update {
            return None;
        }
        let mut passing = Record::new();
        for (id, _) in self.wants(row) {
            if self.at_end(id) || row.before.value(id).is_none() {
                continue;
            }
            let spec = schema.spec(id);
            let had = self.had(row);
            if spec.required || matches!(spec.unique, Some(Unique::AmongSiblings { .. })) {
                let name = row.before.text(id)?;
                let short: String = name.chars().take(40).collect();
                passing.set(id, Field::Value(Value::text(format!("{short}~{}", row.target))));
            } else if !self.is_last_contact(&had, id) {
                passing.set(id, Field::Empty);
            } else if let Some((other, field)) = self.other_contact(&row.set.record(), id) {
                // A new address comes first, so that there is one while the number is gone.
                passing.set(other, field);
                passing.set(id, Field::Empty);
            } else {
                return None;
            }
        }
        if passing.is_empty() {
            return None;
        }
        let mut after = self.had(row);
        after.merge(&passing);
        let emptied = passing.iter().filter(|(_, field)| **field == Field::Empty).map(|(id, _)| id).last();
        let kept = emptied.filter(|id| self.is_last_contact(&after, *id));
        if let Some(id) = kept {
            passing.take(id);
        }
        (!passing.is_empty()).then_some((passing, kept))
    }
}

/// One circle among the rows from `first` on.
fn circle(rows: &[Row], first: usize) -> Option<Vec<usize>> {
    let waiting = |row: &Row| row.writes() && !row.needs.is_empty();
    if !rows[first..].iter().any(waiting) {
        return None;
    }
    let mut graph = DiGraph::<usize, ()>::with_capacity(rows.len() - first, 0);
    let nodes: Vec<_> = (first..rows.len()).map(|place| graph.add_node(place)).collect();
    for (place, row) in rows.iter().enumerate().skip(first) {
        if !row.writes() {
            continue;
        }
        for need in &row.needs {
            let other = need.row as usize;
            if other >= first && other < rows.len() && rows[other].writes() {
                graph.add_edge(nodes[place - first], nodes[other - first], ());
            }
        }
    }
    let component = tarjan_scc(&graph).into_iter().find(|component| component.len() > 1)?;
    let mut places: Vec<usize> = component.into_iter().map(|node| graph[node]).collect();
    places.sort_unstable();
    Some(places)
}
