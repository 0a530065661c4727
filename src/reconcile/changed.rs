//! Keys that changed. When a key is gone from a complete list and a new one brings the same account, or the same name with
//! the same number or address, then it is most likely the same person under a corrected number, or somebody who came back; a file whose
//! numbers lost their zeros is nothing else. Neither is carried out: the old one loses nothing, the new one is not made,
//! and a person decides.
//!
//! The same holds for whoever stands in a row of somebody else: a key that was typed as that of the next one, a row that
//! cannot be used. Whatever becomes of the row, who is in it has not left.

use std::collections::HashMap;

use idflow_sdk::{Field, FieldId, KeyRule, Problem, Record, Schema, Seen, Type, Value, schema::canonical, text};

use super::{
    Known, LinkEntry, Task,
    compare::Written,
    decisions::CANDIDATES,
    matching::Match,
    steps,
    task::{AsideState, Found},
};
use crate::{
    model::{cells::Cells, change::Planned},
    workflow::compiled::{Mapping, MatchRule},
};

/// What two objects have in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Same {
    pub(super) account: bool,
    pub(super) name: bool,
    pub(super) mobile: bool,
    pub(super) email: bool,
    /// The name of one of them is not known.
    pub(super) nameless: bool,
}

impl Same {
    /// The same account, or two of name, number and address. Where all that is the same is number and address, and the
    /// names differ, a telephone and a mailbox of the house went to somebody else.
    fn is_enough(self) -> bool {
        let contact = self.mobile || self.email;
        self.account || (self.name && contact) || (self.nameless && self.mobile && self.email)
    }

    fn words(self, zh: bool) -> String {
        let all = [
            (self.account, "账号", "account"),
            (self.name, "姓名", "name"),
            (self.mobile, "手机号", "mobile number"),
            (self.email, "邮箱", "e-mail address"),
        ];
        let words =
            all.iter().filter(|(same, ..)| *same).map(|(_, chinese, english)| if zh { *chinese } else { *english });
        words.collect::<Vec<_>>().join(if zh { "、" } else { ", " })
    }
}

/// The fields by which people are told apart.
struct Telling {
    name: Option<FieldId>,
    mobiles: Vec<FieldId>,
    emails: Vec<FieldId>,
    /// The fields of match rules by value.
    accounts: Vec<FieldId>,
}

impl Telling {
    fn of(mapping: &Mapping) -> Self {
        let schema = mapping.target;
        let unique = |wanted: Type| -> Vec<FieldId> {
            let ids = (0..schema.fields.len()).filter_map(|id| FieldId::try_from(id).ok());
            ids.filter(|id| schema.spec(*id).ty == wanted && schema.spec(*id).unique.is_some()).collect()
        };
        let accounts = mapping.rules.iter().filter_map(|rule| match rule {
            MatchRule::Equal { target, .. } if schema.spec(*target).ty != Type::Path => Some(*target),
            _ => None,
        });
        Self {
            name: schema.field(schema.label),
            mobiles: unique(Type::Phone),
            emails: unique(Type::Email),
            accounts: accounts.collect(),
        }
    }

    fn contacts(&self) -> impl Iterator<Item = (FieldId, bool)> {
        let mobiles = self.mobiles.iter().map(|id| (*id, true));
        mobiles.chain(self.emails.iter().map(|id| (*id, false)))
    }
}

/// A name as it is compared: blanks and case do not make another person.
fn plain(name: &str) -> String {
    text::trim(name).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// A value that more than so many have tells nobody from another: the telephone of a house, or what somebody filled in where
/// nothing was known. Then only those of the same name are looked at, and so many of them.
const CROWD: usize = 50;

/// The counterparts of what is gone, by what tells them apart.
#[derive(Default)]
struct Vanished {
    /// Places of links, by field and value.
    by_value: HashMap<(FieldId, Value), Vec<usize>>,
    /// The same of values that a crowd has, by name as well.
    in_crowds: HashMap<(FieldId, Value, String), Vec<usize>>,
    names: HashMap<usize, Vec<String>>,
}

impl Vanished {
    fn take(&mut self, schema: &Schema, telling: &Telling, place: usize, key: &str, record: &Record) {
        let mut put = |id: FieldId, field: &Field| {
            if let Some(value) = canonical(schema.spec(id).ty, field) {
                let places = self.by_value.entry((id, value)).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        };
        for id in telling.accounts.iter().copied() {
            match schema.key {
                KeyRule::Natural(name) if schema.field(name) == Some(id) => put(id, &Field::Value(Value::text(key))),
                _ => record.get(id).into_iter().for_each(|field| put(id, field)),
            }
        }
        for (id, _) in telling.contacts() {
            record.get(id).into_iter().for_each(|field| put(id, field));
        }
        if let Some(name) = telling.name.and_then(|id| record.text(id)) {
            self.names.entry(place).or_default().push(plain(name));
        }
    }

    /// Sorts crowds by name.
    fn sort_crowds(&mut self) {
        for ((id, value), places) in self.by_value.iter_mut().filter(|(_, places)| places.len() > CROWD) {
            for place in places.iter() {
                for name in self.names.get(place).into_iter().flatten() {
                    self.in_crowds.entry((*id, value.clone(), name.clone())).or_default().push(*place);
                }
            }
        }
    }

    fn with(&self, schema: &Schema, id: FieldId, field: &Field, name: Option<&str>) -> &[usize] {
        let Some(value) = canonical(schema.spec(id).ty, field) else { return &[] };
        let key = (id, value);
        let mut places = self.by_value.get(&key).map(Vec::as_slice).unwrap_or_default();
        if places.len() > CROWD {
            let Some(name) = name else { return &[] };
            let named = self.in_crowds.get(&(id, key.1, name.to_string()));
            places = named.map(Vec::as_slice).unwrap_or_default();
        }
        let places = &places[..places.len().min(CROWD)];
        steps::took(places.len());
        places
    }

    /// Those of them who have enough in common with somebody of this name, by place.
    fn enough(&self, mut common: HashMap<usize, Same>, name: Option<&str>) -> Vec<(usize, Same)> {
        for (place, same) in &mut common {
            match (name, self.names.get(place)) {
                (Some(name), Some(names)) if !name.is_empty() => same.name = names.iter().any(|one| one == name),
                _ => same.nameless = true,
            }
        }
        let mut enough: Vec<(usize, Same)> = common.into_iter().filter(|(_, same)| same.is_enough()).collect();
        enough.sort_unstable_by_key(|(place, _)| *place);
        enough
    }
}

impl Task {
    /// Finds new keys that bring somebody whose key is gone, and leaves both undecided.
    pub(super) fn find_changed_keys(&mut self, known: &Known, gone: &Written, found: &mut [(usize, Match)]) {
        let Some(links) = known.links(self.kind).filter(|_| !self.aside.is_empty()) else { return };
        if !self.complete && self.gone.is_empty() {
            return;
        }
        let schema = self.mapping.target;
        let telling = Telling::of(&self.mapping);
        let mut vanished = Vanished::default();
        // Whom a person gave a new key is not looked for any more.
        self.given = found
            .iter()
            .filter_map(|(_, answer)| match answer {
                Match::To { instead_of, .. } => *instead_of,
                _ => None,
            })
            .collect();
        for (place, entry) in links.entries().iter().enumerate() {
            if entry.gone || self.given.contains(&place) {
                continue;
            }
            if !links.was_seen(place) && !self.is_gone(&entry.source) {
                continue;
            }
            // Nearly all of them: who is in the list, and in a target that keeps nobody who left.
            if links.was_seen(place) && schema.gone_when.is_none() && !self.leaving.contains(&place) {
                continue;
            }
            if let Some(seen) = self.target.get(&entry.target) {
                // A row may say that somebody has left, and another one that he is back.
                if links.was_seen(place) && !self.leaves(place, &seen) {
                    continue;
                }
                vanished.take(schema, &telling, place, &entry.target, &seen.record);
                if let Some(written) = gone.get(&entry.source) {
                    vanished.take(schema, &telling, place, &entry.target, written);
                }
            }
        }
        if vanished.by_value.is_empty() {
            return;
        }
        vanished.sort_crowds();
        for (place, answer) in found.iter_mut() {
            if matches!(answer, Match::To { instead_of: Some(_), .. } | Match::Refused(Planned::Skipped(_))) {
                continue;
            }
            let object = &self.aside[*place].object;
            let record = object.cells.record();
            if self.heeded.contains(&object.key) || self.is_left(&record) {
                continue;
            }
            let candidates = self.may_be(known, &object.key, self.in_common(&telling, &vanished, &record));
            if candidates.is_empty() {
                let traces = self.in_traces(*place, &telling, &vanished);
                let traces = self.may_be(known, &object.key, traces);
                self.stand_in_row(known, *place, traces);
                continue;
            }
            let problem = self.key_changed(known, *place, &candidates);
            for (link, _) in candidates {
                let entry = links.entry(link);
                let left = entry.removed_at().is_some()
                    || self.target.get(&entry.target).is_some_and(|seen| self.target.is_gone(&seen));
                if self.suspects.insert(link, problem.clone()).is_none() && !left {
                    self.changed_keys += 1;
                }
            }
            // A row with a mistake keeps its own reason.
            if !matches!(self.aside[*place].state, AsideState::Refused(_)) {
                *answer = Match::Refused(Planned::Ambiguous(problem.into()));
            }
        }
        self.find_in_rows_of_others(known, &telling, &vanished);
    }

    /// Whoever is gone and stands in a row whose key is somebody else's stays as he is.
    fn find_in_rows_of_others(&mut self, known: &Known, telling: &Telling, vanished: &Vanished) {
        for place in 0..self.aside.len() {
            let aside = &self.aside[place];
            let Found::Linked(own) = aside.found else { continue };
            let mut common = match &aside.state {
                AsideState::Wanted { record, create_only, .. } => {
                    let (mut wanted, only) = (record.record(), create_only.record());
                    wanted.merge(&only);
                    // A row that has the account of its own person is his, also where he has two.
                    if self.has_its_account(telling, known, own, &wanted) {
                        continue;
                    }
                    // Who takes over the account of a leaver goes by another name.
                    let mut common = self.in_common_with_wanted(telling, vanished, &wanted);
                    common.retain(|(_, same)| same.name || same.nameless);
                    common
                }
                _ => {
                    let record = aside.object.cells.record();
                    let mut common = self.in_common(telling, vanished, &record);
                    common.retain(|_| !self.is_left(&record));
                    common.extend(self.in_traces(place, telling, vanished));
                    common
                }
            };
            common.retain(|(link, _)| *link != own);
            let common = self.may_be(known, &self.aside[place].object.key, common);
            self.stand_in_row(known, place, common);
        }
    }

    /// Whether a row has the account of the person to whom it is linked.
    fn has_its_account(&self, telling: &Telling, known: &Known, own: usize, wanted: &Record) -> bool {
        let seen = known.links(self.kind).and_then(|links| self.target.get(&links.entry(own).target));
        let schema = self.mapping.target;
        let same = |id: &FieldId| {
            let both = seen.as_ref().and_then(|seen| Some((wanted.get(*id)?, seen.record.get(*id)?)));
            both.is_some_and(|(wanted, there)| schema.same(*id, wanted, there))
        };
        telling.accounts.iter().any(same)
    }

    /// A department that is gone, and of whose name there is a row that cannot be used: the row may be its own, under another key.
    pub(super) fn find_departments_in_rows(&mut self, known: &Known) {
        let schema = self.mapping.target;
        let (Some(links), Some(label)) = (known.links(self.kind), schema.field(schema.label)) else { return };
        let name = |record: &Record| {
            let field = self.mapping.field_alone(label, record, &self.scope)?;
            field.value().and_then(Value::as_text).map(plain)
        };
        let mut rows: HashMap<String, usize> = HashMap::new();
        for (place, aside) in self.aside.iter().enumerate() {
            if matches!(&aside.state, AsideState::Refused(planned) if !matches!(planned, Planned::Skipped(_))) {
                // One that is linked under its own key and is called as in its row is itself, and nobody else.
                let own = match aside.found {
                    Found::Linked(own) => self.target.get(&links.entry(own).target),
                    _ => None,
                };
                let own = own.and_then(|seen| seen.record.text(label).map(plain));
                if own.is_some() && own == name(&aside.object.cells.record()) {
                    continue;
                }
                let said = self.traces_of(place).chain([aside.object.cells.record()]);
                rows.extend(said.filter_map(|record| Some((name(&record)?, place))));
            }
        }
        if rows.is_empty() {
            return;
        }
        let gone = links
            .entries()
            .iter()
            .enumerate()
            .filter(|(place, entry)| !entry.gone && !links.was_seen(*place) && self.is_gone(&entry.source));
        let in_row = |(place, entry): (usize, &LinkEntry)| {
            let name = plain(self.target.get(&entry.target)?.record.text(label)?);
            Some((*rows.get(&name)?, place))
        };
        for (row, place) in gone.filter_map(in_row).collect::<Vec<_>>() {
            self.stand_in_row(known, row, vec![(place, Same { name: true, ..Same::default() })]);
        }
    }

    /// Without those of whom a person said that they are others.
    fn may_be(&self, known: &Known, key: &str, mut candidates: Vec<(usize, Same)>) -> Vec<(usize, Same)> {
        let Some(links) = known.links(self.kind) else { return Vec::new() };
        candidates.retain(|(place, _)| {
            let entry = links.entry(*place);
            self.decisions.allows(key, &entry.target) && self.decisions.may_follow(key, &entry.source)
        });
        candidates
    }

    /// Leaves those undecided who are gone and stand in this row.
    fn stand_in_row(&mut self, known: &Known, place: usize, candidates: Vec<(usize, Same)>) {
        let Some(links) = known.links(self.kind) else { return };
        for (link, same) in candidates {
            let object = &self.aside[place].object;
            let entry = links.entry(link);
            // A key that idflow made tells nobody anything.
            let made = matches!(self.mapping.source.key, KeyRule::Ulid);
            let candidate = self.called_there(known, &entry.target);
            let row = object.at.as_deref().map_or_else(|| self.called(place), ToString::to_string);
            let problem = Problem::new("stands_in_other_row")
                .arg("old", if made { candidate.clone() } else { entry.source.to_string() })
                .arg("row", row)
                .arg("candidate", candidate)
                .arg("same_zh", if self.is_tree() { "名称".into() } else { same.words(true) })
                .arg("same_en", same.words(false));
            self.suspects.entry(link).or_insert(problem);
        }
    }

    /// What the row at this place may say. A file can be misshapen from its first row to its last, so all of it stays packed.
    fn traces_of(&self, place: usize) -> impl Iterator<Item = Record> {
        self.traces.get(&place).into_iter().flat_map(|traces| traces.iter()).map(Cells::record)
    }

    /// The same of what the row at this place may say, where its cells are not where they should be.
    fn in_traces(&self, place: usize, telling: &Telling, vanished: &Vanished) -> Vec<(usize, Same)> {
        let traces = self.traces_of(place);
        let mut common: Vec<(usize, Same)> =
            traces.flat_map(|record| self.in_common(telling, vanished, &record)).collect();
        common.sort_by_key(|(place, _)| *place);
        common.dedup_by_key(|(place, _)| *place);
        common
    }

    /// The same of what an object of the target is to become.
    fn in_common_with_wanted(&self, telling: &Telling, vanished: &Vanished, wanted: &Record) -> Vec<(usize, Same)> {
        let schema = self.mapping.target;
        if schema.is_gone(wanted) {
            return Vec::new();
        }
        let mut common: HashMap<usize, Same> = HashMap::new();
        let name = telling.name.and_then(|id| wanted.text(id)).map(plain);
        let accounts = telling.accounts.iter().map(|id| (*id, None));
        for (id, mobile) in accounts.chain(telling.contacts().map(|(id, mobile)| (id, Some(mobile)))) {
            let Some(field) = wanted.get(id) else { continue };
            for place in vanished.with(schema, id, field, name.as_deref()) {
                let same = common.entry(*place).or_default();
                same.account |= mobile.is_none();
                same.mobile |= mobile == Some(true);
                same.email |= mobile == Some(false);
            }
        }
        vanished.enough(common, name.as_deref())
    }

    /// The places of links whose counterparts have enough in common with this object of the source.
    fn in_common(&self, telling: &Telling, vanished: &Vanished, source: &Record) -> Vec<(usize, Same)> {
        let schema = self.mapping.target;
        let mut common: HashMap<usize, Same> = HashMap::new();
        let name = telling.name.and_then(|id| self.mapping.field_alone(id, source, &self.scope));
        let name = name.as_ref().and_then(Field::value).and_then(Value::as_text).map(plain);
        for rule in &self.mapping.rules {
            let MatchRule::Equal { source: template, target, .. } = rule else { continue };
            if let (true, Ok(Some(field))) =
                (telling.accounts.contains(target), template.evaluate(Some(source), &self.scope))
            {
                for place in vanished.with(schema, *target, &field, name.as_deref()) {
                    common.entry(*place).or_default().account = true;
                }
            }
        }
        for (id, mobile) in telling.contacts() {
            let Some(field) = self.mapping.field_alone(id, source, &self.scope) else { continue };
            for place in vanished.with(schema, id, &field, name.as_deref()) {
                let same = common.entry(*place).or_default();
                same.mobile |= mobile;
                same.email |= !mobile;
            }
        }
        vanished.enough(common, name.as_deref())
    }

    /// What is said of the new key and of the old one.
    pub(super) fn key_changed(&self, known: &Known, place: usize, candidates: &[(usize, Same)]) -> Problem {
        let object = &self.aside[place].object;
        let entry = |place: usize| known.links(self.kind).map(|links| links.entry(place));
        let counterpart = |place: usize| Some(self.called_there(known, &entry(place)?.target));
        // A key that idflow made tells nobody anything: then people are named by their accounts.
        let made = matches!(self.mapping.source.key, KeyRule::Ulid);
        let first = candidates.first().map_or(0, |(place, _)| *place);
        let old = match entry(first) {
            Some(entry) if !made => entry.source.to_string(),
            _ => counterpart(first).unwrap_or_default(),
        };
        let new = if made { self.called(place) } else { object.key.to_string() };
        let source = &self.mapping.source;
        let name = source.field(source.label).and_then(|id| object.cells.text(id)).unwrap_or_default();
        let same = candidates.first().map(|(_, same)| *same).unwrap_or_default();
        let others: Vec<&str> =
            candidates.iter().filter_map(|(place, _)| entry(*place).map(|entry| &*entry.target)).collect();
        // Decisions are about the other system's objects, seen from the directory.
        let decided = if self.decide_by_target { others.first().copied().unwrap_or_default() } else { &*object.key };
        Problem::new("key_changed")
            .arg("name", name)
            .arg("old", old)
            .arg("new", new)
            .arg("candidate", counterpart(first).unwrap_or_default())
            .arg("same_zh", same.words(true))
            .arg("same_en", same.words(false))
            .arg("connection", self.remote.clone())
            .arg("key", decided)
            .arg(CANDIDATES, self.candidates(known, others.iter().copied()))
    }

    /// Notes whose rows say that they leave, or have left.
    pub(super) fn note_leaving(&mut self) {
        let schema = self.mapping.target;
        self.leaving = self
            .aside
            .iter()
            .filter_map(|aside| match (&aside.found, &aside.state) {
                (Found::Linked(place), AsideState::Wanted { record, .. }) if schema.is_gone(&record.record()) => {
                    Some(*place)
                }
                _ => None,
            })
            .collect();
    }

    /// Whose row says that he leaves while another row under his key says that he does not: one of the two is wrong, and nobody
    /// knows which. He stays as he is.
    pub(super) fn find_two_rows_of_leavers(&mut self) {
        for aside in &self.aside {
            let (Found::Linked(link), AsideState::Refused(_)) = (&aside.found, &aside.state) else { continue };
            if self.leaving.contains(link) && !self.is_left(&aside.object.cells.record()) {
                let key = &aside.object.key;
                let row = aside.object.at.as_deref().unwrap_or(key);
                let problem = Problem::new("leaves_and_stays").arg("key", &**key).arg("row", row);
                self.suspects.entry(*link).or_insert(problem);
            }
        }
    }

    /// Whether the object whose link stands at this place is in the source as somebody who leaves, or left before.
    pub(super) fn leaves(&self, place: usize, seen: &Seen) -> bool {
        self.leaving.contains(&place) || self.target.is_gone(seen)
    }

    /// Whether the object whose link stands at this place seems to be in the source under another key.
    pub(super) fn suspected(&self, link: Option<usize>) -> Option<Planned> {
        Some(Planned::Ambiguous(self.suspects.get(&link?)?.clone().into()))
    }
}
