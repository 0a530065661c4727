//! Which object of the target each source object is: its link, else the first match rule with exactly one candidate, else
//! a new one. Everything is settled here except what is written.

mod find;
mod going;
mod named;
mod tree;

use std::{collections::HashMap, sync::Arc};

use idflow_sdk::{Field, FieldId, KeyRule, Problem, Record, Type, Value};

use super::{
    Known, Needs, Task,
    called::called,
    compare::Written,
    decisions::{CANDIDATES, DECISION},
    refused,
    task::{Aside, AsideState, Conform, Found},
};
use crate::{
    model::change::{Planned, item_key},
    workflow::{
        compiled::Mapped,
        template::{not_made, unknown_code},
    },
};

/// Of more candidates than this only the first ones without a link are looked at: one is not found among them anyway.
const CROWD: usize = 20;
/// The highest number that an object can have: systems keep them in 32 bits.
const HIGHEST_NUMBER: i64 = u32::MAX as i64;
/// What was written to the objects of so many links of other workflows is looked at, a hundred bytes or a few each.
const MOST_STRANGERS: usize = 10_000;

/// What the match rules, or a person, say about an object without a link.
pub(super) enum Match {
    To { key: Box<str>, rule: String, instead_of: Option<usize> },
    None,
    Refused(Planned),
}

impl Task {
    /// The linked objects that the list does not have, once it has ended: what was written to them is asked for in
    /// [`Task::decide`].
    #[must_use]
    pub fn vanished(&self, known: &Known) -> Vec<(Box<str>, Box<str>)> {
        let Some(links) = known.links(self.kind) else { return Vec::new() };
        let entries = links.entries().iter().enumerate();
        entries
            .filter(|(index, entry)| !entry.gone && self.is_mine(entry) && !links.was_seen(*index))
            .map(|(_, entry)| (entry.source.clone(), entry.target.clone()))
            .collect()
    }

    /// Of those, by their key in the source, the ones who have something to lose: before anybody says that they are gone, they are
    /// looked for once more. Whoever left before has left.
    #[must_use]
    pub fn to_be_looked_for(&self, known: &Known) -> Vec<Box<str>> {
        let Some(links) = known.links(self.kind) else { return Vec::new() };
        let left = |target: &str| self.target.get(target).is_some_and(|seen| self.target.is_gone(&seen));
        let entries = links.entries().iter().enumerate();
        entries
            .filter(|(index, entry)| !entry.gone && self.is_mine(entry) && !links.was_seen(*index))
            .filter(|(_, entry)| !left(&entry.target) || self.is_to_be_deleted(entry))
            .map(|(_, entry)| entry.source.clone())
            .collect()
    }

    /// The same of links that belong to other workflows, where the list has somebody without a link, who may be one of them under
    /// another key. Of very many only what the target shows is compared.
    #[must_use]
    pub fn gone_from_others(&self, known: &Known) -> Vec<(Box<str>, Box<str>)> {
        let Some(links) = known.links(self.kind) else { return Vec::new() };
        if !self.aside.iter().any(|aside| matches!(aside.found, Found::Nothing)) {
            return Vec::new();
        }
        let theirs = links.entries().iter().enumerate().filter(|(index, entry)| {
            !entry.gone && !self.is_mine(entry) && !links.was_seen(*index) && self.is_gone(&entry.source)
        });
        let theirs: Vec<_> =
            theirs.take(MOST_STRANGERS + 1).map(|(_, entry)| (entry.source.clone(), entry.target.clone())).collect();
        if theirs.len() > MOST_STRANGERS { Vec::new() } else { theirs }
    }

    /// Settles every object that was put aside. `new_key` makes keys for targets that use ULIDs.
    /// `gone`: what was written to the counterparts of [`Task::vanished`].
    pub fn decide(
        &mut self,
        known: &mut Known,
        gone: &Written,
        conform: Conform<'_>,
        new_key: &mut dyn FnMut() -> String,
    ) -> Needs {
        known.list_ended(self.kind, self.listed(), self.complete);
        if let Some(links) = known.links(self.kind) {
            let highest = links.entries().iter().filter_map(|entry| entry.target.parse().ok()).max();
            self.next_key = self.next_key.max(highest.unwrap_or(0));
        }
        self.name_the_gone(known, gone);
        if self.is_tree() {
            self.settle_tree(known, conform, new_key);
        } else {
            self.settle_flat(known, gone, conform, new_key);
        }
        known.close(self.kind);
        let mut needs = Needs::default();
        for aside in &self.aside {
            match &aside.found {
                Found::Linked(index) => {
                    if let Some(entry) = known.links(self.kind).map(|links| links.entry(*index)) {
                        needs.written.push((entry.source.clone(), entry.target.clone()));
                        // A link that came from the other direction: nothing was ever written here.
                        let AsideState::Wanted { fingerprint, .. } = &aside.state else { continue };
                        // Of one that both directions write, the other one may have brought what is wanted from here.
                        let old = entry.both_ways && entry.fingerprint != *fingerprint;
                        if (entry.fingerprint == 0 || old) && !self.is_root(&entry.target) {
                            needs.details.push(entry.target.clone());
                        }
                    }
                }
                Found::Matched { key, instead_of, .. } => {
                    if let Some(entry) = instead_of.and_then(|index| Some(known.links(self.kind)?.entry(index))) {
                        needs.written.push((entry.source.clone(), entry.target.clone()));
                    } else if matches!(aside.state, AsideState::Wanted { .. })
                        && !self.is_root(key)
                        && !self.read_in_full.contains(key)
                    {
                        needs.details.push(key.clone());
                    }
                }
                Found::New(_) | Found::Nothing => {}
            }
        }
        needs.details.extend(self.to_be_deleted(known));
        needs
    }

    /// People: all keys first, because they refer to each other, then all fields. Of the keys: first what each could be,
    /// then what is taken, so that no two get the same and nobody is mistaken for a stranger under a new key.
    fn settle_flat(
        &mut self,
        known: &mut Known,
        gone: &Written,
        conform: Conform<'_>,
        new_key: &mut dyn FnMut() -> String,
    ) {
        self.note_leaving();
        let mut found: Vec<(usize, Match)> = Vec::with_capacity(self.aside.len());
        known.expect(self.kind, self.aside.len());
        for index in 0..self.aside.len() {
            if self.halt.is_set() {
                return;
            }
            self.settled.push(index);
            if matches!(self.aside[index].found, Found::Nothing) {
                let answer = match &self.aside[index].state {
                    AsideState::Refused(planned) => Match::Refused(planned.clone()),
                    _ => self.find_decided(known, index),
                };
                found.push((index, answer));
            }
        }
        self.contest(known, &mut found, &mut HashMap::new());
        self.find_changed_keys(known, gone, &mut found);
        self.find_two_rows_of_leavers();
        self.keep_the_renamed(known);
        self.propose(known, &mut found);
        for (index, found) in found {
            let found = self.by_likeness(known, index, found);
            self.take_match(known, index, found, new_key);
        }
        known.close(self.kind);
        let going = self.note_going(known);
        for index in 0..self.aside.len() {
            if self.halt.is_set() {
                return;
            }
            if !matches!(self.aside[index].state, AsideState::Open) {
                self.leave_out_going(index, &going);
                self.conform_wanted(index, conform);
                continue;
            }
            let object = &self.aside[index].object;
            let source = object.cells.record();
            let mapped = self.mapping.evaluate(&source, &self.scope, &known.references());
            let _ = known.waiting(self.kind);
            known.missed(|| called(&self.mapping.source, &source, &object.key));
            match mapped {
                Mapped::Record { record, warnings, alone, .. } => {
                    let wanted = self.wanted_of(index, record, warnings);
                    self.conform_to_target(index, wanted, alone, conform);
                }
                other => self.take_mapped(index, other),
            }
            self.keep_label(index);
            // Others may refer to somebody who turns out not to be writable: they wait for him, and are blocked or do
            // without him when their row finds none for him.
            if matches!(self.aside[index].state, AsideState::Refused(_))
                && !matches!(self.aside[index].found, Found::Linked(_))
            {
                known.refuse(self.kind, &self.aside[index].object.key.clone());
            }
        }
        self.reresolve();
    }

    /// People who refer to somebody refused after they were settled are evaluated with that knowledge.
    fn reresolve(&mut self) {
        let schema = self.mapping.target;
        let item = |aside: &Aside| item_key(self.kind, &aside.object.key);
        let refused: HashMap<Value, String> = self
            .aside
            .iter()
            .filter_map(|aside| match (&aside.state, &aside.found) {
                (AsideState::Refused(_), Found::New(key)) => Some((schema.key_value(key), item(aside))),
                _ => None,
            })
            .collect();
        if refused.is_empty() {
            return;
        }
        let fields: Vec<FieldId> = self
            .mapping
            .fields
            .iter()
            .map(|field| field.target)
            .filter(|id| matches!(schema.spec(*id).ty, Type::Ref(kind) | Type::Refs { kind, .. } if kind == self.kind))
            .collect();
        for aside in &mut self.aside {
            let AsideState::Wanted { record: wanted, fingerprint, .. } = &mut aside.state else { continue };
            let mut record = wanted.record();
            let mut changed = false;
            for id in &fields {
                let Some(value) = record.value(*id) else { continue };
                let all = value.as_list().unwrap_or(std::slice::from_ref(value));
                let (lost, kept): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|one| refused.contains_key(one));
                if !lost.is_empty() {
                    changed = true;
                    record.take(*id);
                    if !kept.is_empty() {
                        record.set(*id, Field::Value(Value::List(kept.into())));
                    }
                    let field = &schema.spec(*id).name;
                    let told = lost.iter().filter_map(|one| refused.get(one)).map(|item| Problem {
                        field: Some(field.clone()),
                        ..not_made(unknown_code(self.kind, field), item, item)
                    });
                    aside.object.warnings.extend(told);
                }
            }
            if changed {
                *fingerprint = schema.fingerprint(&record);
                *wanted = record.into();
            }
        }
    }

    /// Of the source's record only what people recognise it by is still needed.
    fn keep_label(&mut self, index: usize) {
        let schema = &self.mapping.source;
        let object = &mut self.aside[index].object;
        if let Some(path) = schema.field("path").and_then(|id| object.cells.text(id)) {
            object.at.get_or_insert_with(|| path.as_str().into());
        }
        object.cells = schema.field(schema.label).map(|id| object.cells.only(id)).unwrap_or_default();
    }

    fn take_mapped(&mut self, index: usize, mapped: Mapped) {
        let state = match mapped {
            Mapped::Record { record, warnings, alone, .. } => {
                let (record, create_only, fingerprint) = self.wanted_of(index, record, warnings);
                AsideState::Wanted {
                    record: record.into(),
                    create_only: create_only.into(),
                    fingerprint,
                    alone: alone.into(),
                }
            }
            Mapped::Later => {
                AsideState::Refused(Planned::Invalid(Problem::new("reference_unknown").arg("key", "").into()))
            }
            Mapped::Skip(field) => {
                AsideState::Refused(Planned::Skipped(Problem::new("skipped_when_empty").arg("field", field).into()))
            }
            Mapped::Blocked { item, .. } => AsideState::Refused(Planned::Blocked { by: item }),
            Mapped::Invalid(mut problem) => {
                if self.is_tree() && problem.code == "department_unknown" {
                    problem.code = "dept_parent_unknown".into();
                }
                AsideState::Refused(Planned::Invalid(problem.into()))
            }
        };
        self.aside[index].state = state;
    }

    /// What is wanted of an object: fields for every write, fields for its creation only, and the fingerprint of both.
    fn wanted_of(&mut self, index: usize, mut record: Record, warnings: Vec<Problem>) -> (Record, Record, u64) {
        if matches!(self.aside[index].found, Found::Linked(_)) {
            self.freeze(&mut record);
        }
        let create_only = self.split(&mut record);
        self.aside[index].object.warnings.extend(warnings);
        let fingerprint = self.print(&record, &create_only);
        (record, create_only, fingerprint)
    }

    fn conform_wanted(&mut self, index: usize, conform: Conform<'_>) {
        let AsideState::Wanted { record, create_only, fingerprint, alone } = &mut self.aside[index].state else {
            return;
        };
        let wanted = (record.record(), create_only.record(), *fingerprint);
        let alone = std::mem::take(alone).into();
        self.conform_to_target(index, wanted, alone, conform);
    }

    /// What is wanted becomes what the target takes, and is packed.
    fn conform_to_target(
        &mut self,
        index: usize,
        (mut whole, mut only, fingerprint): (Record, Record, u64),
        alone: Vec<FieldId>,
        conform: Conform<'_>,
    ) {
        let kind = self.kind;
        let mapping = Arc::clone(&self.mapping);
        let Aside { object, found, state, .. } = &mut *self.aside[index];
        let complete = !matches!(found, Found::Linked(_));
        whole.merge(&only);
        match conform(kind, &mut whole, complete, &mut object.warnings) {
            Ok(()) => {
                for id in &self.create_only {
                    if let Some(field) = whole.take(*id) {
                        only.set(*id, field);
                    }
                }
                for id in refused::remember(&mapping, &mut whole, &object.warnings) {
                    *self.refused.entry(id).or_default() += 1;
                }
                self.by_name += u64::from(object.warnings.iter().any(|one| &*one.code == "manager_by_name"));
                // Nobody is made only to be gone.
                if matches!(found, Found::New(_)) && self.mapping.target.is_gone(&whole) {
                    *state = AsideState::Refused(Planned::Skipped(Problem::new("left_unknown").into()));
                    self.total = self.total.saturating_sub(1);
                } else {
                    *state = AsideState::Wanted {
                        record: whole.into(),
                        create_only: only.into(),
                        fingerprint,
                        alone: alone.into(),
                    };
                }
            }
            Err(problem) => {
                if problem.field.is_none() {
                    object.warnings.extend(refused::recall(&mapping.source, &object.cells.record()));
                }
                *state = AsideState::Refused(Planned::Invalid(problem.into()));
            }
        }
    }

    fn take_match(&mut self, known: &mut Known, index: usize, found: Match, new_key: &mut dyn FnMut() -> String) {
        let schema = self.mapping.target;
        let source = self.aside[index].object.key.clone();
        match found {
            Match::To { key, rule, instead_of } => {
                known.decide(schema, self.kind, &source, &key);
                self.aside[index].found = Found::Matched { key, rule: rule.into(), instead_of };
            }
            Match::None if self.hides_label(index) => {
                if self.is_tree() {
                    // What is below it hangs from the top, like everything whose parent cannot be seen.
                    known.put_on_top(self.kind, &source);
                } else {
                    known.refuse(self.kind, &source);
                }
                self.aside[index].state = AsideState::Refused(Planned::Skipped(Problem::new("name_hidden").into()));
            }
            Match::None => match self.key_for(index, new_key) {
                Ok(key) => {
                    known.decide(schema, self.kind, &source, &key);
                    self.aside[index].found = Found::New(key);
                }
                Err(planned) => {
                    known.refuse(self.kind, &source);
                    self.aside[index].state = AsideState::Refused(planned);
                }
            },
            Match::Refused(planned) => {
                known.refuse(self.kind, &source);
                self.aside[index].state = AsideState::Refused(planned);
            }
        }
    }

    /// Whether the source does not let anybody see what the object is called: such an object is not made.
    fn hides_label(&self, index: usize) -> bool {
        let schema = self.mapping.target;
        let cells = &self.aside[index].object.cells;
        // Where everything is seen nothing is hidden.
        if self.label_reads.iter().all(|id| cells.has(*id)) {
            return false;
        }
        let source = || cells.pick(&self.label_reads);
        schema.field(schema.label).is_some_and(|id| self.mapping.hides(id, &source(), &self.scope))
    }

    /// The next number: after the highest one that was seen, and where no larger one is possible, the lowest that is free.
    fn next_number(&mut self) -> Box<str> {
        loop {
            self.next_key = if self.next_key < HIGHEST_NUMBER { self.next_key + 1 } else { 1 };
            let key: Box<str> = self.next_key.to_string().into();
            if !self.target.has(&key) && self.picked.insert(key.clone()) {
                return key;
            }
        }
    }

    /// The key of a new object.
    fn key_for(&mut self, index: usize, new_key: &mut dyn FnMut() -> String) -> Result<Box<str>, Planned> {
        match self.mapping.target.key {
            KeyRule::Ulid => Ok(new_key().into()),
            KeyRule::Sequence(_) => Ok(self.next_number()),
            KeyRule::Natural(field) => {
                match self.mapping.natural_key(&self.aside[index].object.cells.record(), &self.scope) {
                    Ok(Some(value)) => Ok(value.to_key().unwrap_or_default()),
                    Ok(None) => Err(Planned::Invalid(Problem::new("userid_missing").arg("field", field).into())),
                    Err(Mapped::Invalid(problem)) => Err(Planned::Invalid(problem.into())),
                    Err(_) => Err(Planned::Invalid(Problem::new("userid_missing").arg("field", field).into())),
                }
            }
            KeyRule::Given => Err(Planned::Invalid(Problem::new("cannot_be_created").into())),
        }
    }

    /// What is wanted of an object that is to be made: also what is written then only, because it may be found by that.
    pub(super) fn whole(&self, index: usize) -> Option<Record> {
        let AsideState::Wanted { record, create_only, .. } = &self.aside[index].state else { return None };
        let mut whole = record.record();
        whole.merge(&create_only.record());
        Some(whole)
    }

    /// Whether the source says that somebody has left.
    pub(super) fn is_left(&self, source: &Record) -> bool {
        let schema = self.mapping.target;
        let field = schema.gone_when.and_then(|(name, _)| schema.field(name));
        let value = field.and_then(|id| Some((id, self.mapping.field_alone(id, source, &self.scope)?)));
        value.is_some_and(|one| schema.is_gone(&[one].into_iter().collect()))
    }

    /// No two objects of the source get one object of the target, whatever rule found it: all who want the same are left
    /// undecided and name each other. What a person decided goes before. `taken` are the keys of earlier generations.
    fn contest(&mut self, known: &Known, found: &mut [(usize, Match)], taken: &mut HashMap<Box<str>, usize>) {
        let mut wanted: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        for (at, (_, answer)) in found.iter().enumerate() {
            if let Match::To { key, .. } = answer {
                wanted.entry(key.clone()).or_default().push(at);
            }
        }
        for (key, by) in wanted {
            let decided = |at: &usize| matches!(&found[*at].1, Match::To { rule, .. } if rule == DECISION);
            let winner = by.iter().copied().find(decided).filter(|_| by.iter().filter(|at| decided(at)).count() == 1);
            let before = taken.get(&key).copied();
            if by.len() == 1 && before.is_none() {
                taken.insert(key, found[by[0]].0);
                continue;
            }
            let indexes: Vec<usize> = by.iter().map(|at| found[*at].0).chain(before).collect();
            let candidate = self.called_there(known, &key);
            for at in by.iter().copied().filter(|at| Some(*at) != winner || before.is_some()) {
                let (index, answer) = &mut found[at];
                let rule = match answer {
                    Match::To { rule, .. } => std::mem::take(rule),
                    _ => String::new(),
                };
                let rivals: Vec<String> =
                    indexes.iter().filter(|other| **other != *index).take(5).map(|other| self.called(*other)).collect();
                let problem = Problem::new("match_contested")
                    .arg("candidate", candidate.clone())
                    .arg("rivals", rivals.join(", "))
                    .arg("rule", rule)
                    .arg(CANDIDATES, self.candidates(known, [&*key]));
                *answer = Match::Refused(Planned::Ambiguous(problem.into()));
            }
            if let (Some(winner), None) = (winner, before) {
                taken.insert(key, found[winner].0);
            }
        }
    }

    /// What people call an object of the source.
    pub(super) fn called(&self, index: usize) -> String {
        let object = &self.aside[index].object;
        called(&self.mapping.source, &object.cells.record(), &object.key)
    }
}
