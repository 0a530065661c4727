//! Is whoever has a linked key still the same person? Systems give keys again: the account or number of a leaver goes to the next
//! one, who must not get the leaver's record with all that hangs on it, nor be moved or locked out in the leaver's place.
//!
//! A marriage changes the name alone, a new telephone the number alone, and both at once leave account and address. What is hidden
//! is no difference.

use std::collections::HashSet;

use idflow_sdk::{Field, FieldId, KeyRule, Kind, Problem, Record, Type, Value};

use super::{
    Known, Task,
    compare::Written,
    decisions::{CANDIDATES, Said},
    links::{LinkEntry, compare_keys, folded as folded_key},
    propose::{are_variants, folded},
    task::{AsideState, Former, Found},
};
use crate::model::change::Planned;

/// The code of a row that waits because a linked key may have gone to somebody else.
pub const OTHER_PERSON: &str = "key_given_again";

/// What two records of one key say about who it is.
#[derive(Debug, Default)]
struct Told {
    /// Both names are known and are no two forms of one.
    two_names: bool,
    /// A number, an address or another value that one person alone has is the same.
    same: bool,
    /// So many such values are other ones.
    others: usize,
    /// The account that stays the same: whoever gives accounts may give it again, though not as lightly as a number on a list.
    account: Option<String>,
    /// So are the departments.
    moved: bool,
}

impl Task {
    /// Whether the target's keys are accounts that somebody can give again.
    fn has_given_keys(&self) -> bool {
        self.kind == Kind::User && !self.is_tree() && matches!(self.mapping.target.key, KeyRule::Natural(_))
    }

    fn tells(&self, one: &Record, two: &Record) -> Told {
        let schema = self.mapping.target;
        let mut told = Told { two_names: self.have_two_names(one, two), ..Told::default() };
        for id in (0..schema.fields.len()).filter_map(|id| FieldId::try_from(id).ok()) {
            let (Some(a), Some(b)) = (one.get(id), two.get(id)) else { continue };
            let (Some(_), Some(_)) = (a.value(), b.value()) else { continue };
            let spec = schema.spec(id);
            let same = schema.same(id, a, b);
            match spec.ty {
                Type::Refs { kind: Kind::Department, .. } | Type::Members { kind: Kind::Department } => {
                    told.moved |= !same;
                }
                _ if spec.unique.is_none() || Some(id) == self.natural_key() => {}
                Type::Caseless if same => told.account = a.value().and_then(Value::to_key).map(Into::into),
                _ => {
                    told.same |= same;
                    told.others += usize::from(!same);
                }
            }
        }
        told
    }

    /// Whether both have a name that can be read.
    fn are_named(&self, one: &Record, two: &Record) -> bool {
        let label = self.mapping.target.field(self.mapping.target.label);
        label.is_some_and(|id| one.value(id).is_some() && two.value(id).is_some())
    }

    fn have_two_names(&self, one: &Record, two: &Record) -> bool {
        let (label, alias) = (self.mapping.target.field(self.mapping.target.label), self.alias_field());
        let names = |record: &Record| -> HashSet<String> {
            let fields = [label, alias].into_iter().flatten();
            let names = fields.filter_map(|id| record.value(id)).filter_map(Value::to_key).map(|name| folded(&name));
            names.filter(|name| !name.is_empty()).collect()
        };
        let (ones, twos) = (names(one), names(two));
        let variants = || ones.iter().any(|one| twos.iter().any(|two| are_variants(one, two)));
        self.are_named(one, two) && !variants()
    }

    /// Whether keys of the source may be given again.
    fn may_give_again(&self) -> bool {
        // Keys that idflow made are never given again.
        self.kind == Kind::User && !self.is_tree() && !matches!(self.mapping.source.key, KeyRule::Ulid)
    }

    /// Whether the source has another name for somebody than the one by which he is recognised: where his name is not kept up to
    /// date, nothing that is written tells.
    pub(super) fn is_called_otherwise(
        &self,
        known: &Known,
        place: usize,
        record: &Record,
        create_only: &Record,
    ) -> bool {
        let Some(label) = self.mapping.target.field(self.mapping.target.label) else { return false };
        if !self.may_give_again() || self.mapping.keeps_names() {
            return false;
        }
        let name = record.text(label).or_else(|| create_only.text(label));
        let called = known.links(self.kind).and_then(|links| links.entry(place).called());
        name.is_some_and(|name| !name.is_empty() && called != Some(name))
    }

    /// What there is to recognise somebody by whose name is not kept up to date: what is known of him under the name that the
    /// source had for him, and all that the source says now.
    pub(super) fn by_name(
        &self,
        link: &LinkEntry,
        before: &Record,
        (record, create_only): (&Record, &Record),
    ) -> Option<(Record, Record)> {
        let label = self.mapping.target.field(self.mapping.target.label)?;
        let called = link.called().filter(|_| self.may_give_again() && !self.mapping.keeps_names())?;
        let mut before = before.clone();
        before.set(label, Field::Value(Value::text(called)));
        if let Some(alias) = self.alias_field() {
            before.take(alias);
        }
        let mut wanted = record.clone();
        wanted.merge(create_only);
        Some((before, wanted))
    }

    /// Whether somebody was seen to be gone under this key, or its system said that it was given up, and nobody has settled it.
    fn was_given_up(&self, source: &str, target: &str) -> bool {
        let caseless = self.mapping.source.has_caseless_keys();
        let key = folded_key(caseless, source);
        let leaver = || self.leavers.iter().any(|(gone, of)| **of == *target && folded_key(caseless, gone) == key);
        self.is_given_up(0, source) || leaver()
    }

    /// Whether the system of this end said that it gave up this key, and no run has recognised who has it.
    pub(super) fn is_given_up(&self, end: usize, key: &str) -> bool {
        !self.freed[end].is_empty() && self.freed[end].contains(&*key.to_lowercase())
    }

    /// Whether a person said that the two are the same; the decision then belongs to the plan.
    fn is_said_to_be(&mut self, source: &str, target: &str) -> bool {
        let said = matches!(self.decisions.of(source), Some(Said::Link(key)) if compare_keys(key, target).is_eq());
        if said {
            self.fulfilled.retain(|key| **key != *source);
            self.heeded.insert(source.into());
        }
        said
    }

    /// Whether the key of a linked object of the source has gone to somebody else there: name and number (or whatever else only
    /// one person has) are others, or somebody who had left, or was gone, is back under another name. `before` is what is known of the target's
    /// object, `wanted` what it is to become.
    pub(super) fn came_to_another(
        &mut self,
        known: &Known,
        (source, target): (&str, &str),
        before: &Record,
        wanted: &Record,
    ) -> Option<Problem> {
        if !self.may_give_again() {
            return None;
        }
        let schema = self.mapping.target;
        let told = self.tells(before, wanted);
        let back = schema.is_gone(before)
            && gone_field(schema).is_some_and(|id| wanted.get(id).is_some())
            && !schema.is_gone(wanted);
        let account = told.account.as_deref().filter(|account| compare_keys(account, source).is_ne());
        let others = match account {
            // Whoever marries and has a new telephone keeps account and address. Where number and address are others as well,
            // the account alone is left to say that it is the same person.
            Some(_) => told.others > 1,
            // Where nothing else can be read, another name in other departments is all that there is to tell by. An account that
            // is the key says no more than the key.
            // Nor is there more where names are not kept up to date, or somebody was gone in between.
            None => {
                told.others > 0
                    || told.moved
                    || back
                    || !self.mapping.keeps_names()
                    || self.was_given_up(source, target)
            }
        };
        let freed = self.is_given_up(0, source);
        // Of a key that was given up, a name that nobody can read says nothing.
        let nameless = freed && !self.are_named(before, wanted) && account.is_none();
        let differs = (told.two_names && others || nameless) && !told.same;
        // Or his system told that the key is somebody's who is linked under another one.
        let doubtful = (differs || self.has_new_holder(known, source)) && !schema.is_gone(wanted);
        if doubtful && !self.is_said_to_be(source, target) {
            return Some(self.given_again(known, source, target, wanted, before));
        }
        if freed && !schema.is_gone(wanted) {
            self.recognised[0].insert(source.to_lowercase().into());
        }
        None
    }

    /// Whether the account of a linked object was given to somebody else in the target: its name is not what was written, and its
    /// number or its departments are not either. Who is to lose access is asked about for the name alone, where that is always
    /// written. `written` is what was last written, `read` what was read now.
    pub(super) fn went_to_another(
        &mut self,
        known: &Known,
        (source, target): (&str, &str),
        (written, read): (&Record, &Record),
        wanted: Option<&Record>,
    ) -> Option<Problem> {
        let label = self.mapping.target.field(self.mapping.target.label)?;
        let freed = self.is_given_up(1, target);
        if !self.has_given_keys() || !self.mapping.writes_always(label) && !freed {
            return None;
        }
        let told = self.tells(written, read);
        let renamed_on_both =
            wanted.is_some_and(|wanted| wanted.get(label).is_some() && !self.have_two_names(wanted, read));
        let more = told.others > 0 || told.moved || wanted.is_none() || freed;
        let differs = told.two_names && !renamed_on_both && more;
        // Of a key that was given up, a name that nobody can read says nothing.
        let nameless = freed && !self.are_named(written, read);
        let doubtful = (differs || nameless) && !told.same && told.account.is_none();
        if doubtful && !self.is_said_to_be(source, target) {
            return Some(self.given_again(known, source, target, written, read));
        }
        if freed {
            self.recognised[1].insert(target.to_lowercase().into());
        }
        None
    }

    /// What becomes of the person who had a key of the source before and has this record of the target.
    pub(super) fn former_holder(&self, known: &Known, source: &str, target: &str) -> Former {
        let links = known.links(self.kind);
        let entry = links.and_then(|links| Some(links.entry(links.of_source(source)?)));
        let Some(entry) = entry.filter(|entry| !entry.gone && *entry.target == *target) else { return Former::Nobody };
        let there = self.target.get(target).is_some_and(|seen| !self.target.is_gone(&seen));
        if self.kind != Kind::User || self.has_given_keys() || self.replaced.contains(target) || !there {
            return Former::Nobody;
        }
        match self.is_mine(entry) && !self.steps.removals.is_empty() {
            true if self.complete => Former::Leaves,
            true if !self.part => Former::Unread,
            _ => Former::Stays,
        }
    }

    /// What becomes of a row whose object may be somebody else's.
    pub(super) fn in_doubt(&self, (source, target): (&str, &str), problem: Problem) -> Planned {
        match self.decisions.leaves_alone(source, target) {
            true => Planned::Skipped(Problem::new("decision_ignored").into()),
            false => Planned::Ambiguous(problem.into()),
        }
    }

    fn given_again(&self, known: &Known, source: &str, target: &str, one: &Record, two: &Record) -> Problem {
        let schema = self.mapping.target;
        let text = |record: &Record, id: Option<FieldId>| id.and_then(|id| record.text(id)).unwrap_or("?").to_string();
        let label = schema.field(schema.label);
        // Decisions are about the other system's objects, seen from the directory.
        let key = if self.decide_by_target { target } else { source };
        Problem::new(OTHER_PERSON)
            .arg("connection", self.remote.clone())
            .arg("key", key)
            .arg("name", text(one, label))
            .arg("other", text(two, label))
            .arg(CANDIDATES, self.candidates(known, [target]))
    }

    /// The objects of the target that somebody changed by hand, whose keys were given up, or that are to lose access, and whose names
    /// the list did not tell: they are looked at before anything is written to them.
    #[must_use]
    pub fn to_be_recognised(&self, known: &Known, written: &Written) -> Vec<Box<str>> {
        let schema = self.mapping.target;
        let (Some(links), Some(label)) = (known.links(self.kind), schema.field(schema.label)) else {
            return Vec::new();
        };
        let always = self.mapping.writes_always(label);
        if !self.has_given_keys() || !always && self.freed[1].is_empty() {
            return Vec::new();
        }
        let nameless = |entry: &LinkEntry| {
            let read = self.target.get(&entry.target).map(|seen| seen.record)?;
            let old = written.get(&entry.source)?;
            (read.get(label).is_none() && old.value(label).is_some()).then(|| (read, old.clone()))
        };
        let mut keys = Vec::new();
        for aside in &self.aside {
            let (Found::Linked(place), AsideState::Wanted { .. }) = (&aside.found, &aside.state) else { continue };
            let entry = links.entry(*place);
            let freed = self.is_given_up(1, &entry.target);
            if nameless(entry).is_some_and(|(read, old)| freed || always && self.tells(&old, &read).moved) {
                keys.push(entry.target.clone());
            }
        }
        for (place, entry) in links.entries().iter().enumerate().filter(|_| always) {
            let gone = !entry.gone && self.is_mine(entry) && !links.was_seen(place) && self.is_gone(&entry.source);
            if gone && nameless(entry).is_some_and(|(_, old)| self.takes_away(entry, &old)) {
                keys.push(entry.target.clone());
            }
        }
        keys
    }
}

/// The field that says whether an object is no longer there.
fn gone_field(schema: &idflow_sdk::Schema) -> Option<FieldId> {
    schema.gone_when.and_then(|(name, _)| schema.field(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_forms_of_a_name_are_one_person() {
        for (one, two, variants) in [
            ("任四", "任四", true),
            ("任四", "任四（研发）", true),
            ("任四", "rensi", true),
            ("任四", "又不同", false),
            ("任四", "任五", false),
        ] {
            assert_eq!(are_variants(&folded(one), &folded(two)), variants, "{one} {two}");
        }
    }
}
