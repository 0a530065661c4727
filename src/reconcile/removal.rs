//! What is gone from the source. Only objects that this workflow linked, only after a complete read (or one by one, where the
//! system said that they are gone and a look has shown it), only through a step that removes.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Field, FieldId, Kind, Problem, Record, Removal};

use super::{
    Known, Task,
    compare::Written,
    decisions::Said,
    links::{Ends, LinkEntry, Owner, TAKEN_OVER},
    target::overlay,
    task::{Former, Keeper},
};
use crate::model::{
    cells::Cells,
    change::{Action, Dependency, Planned, Row, RowIndex},
};

impl Task {
    /// Rows for what is gone.
    pub(super) fn removals(&mut self, known: &mut Known, written: &Written, rows: &mut Vec<Row>) {
        if known.links(self.kind).is_none() {
            return;
        }
        if !self.complete || !self.sees_to_gone() {
            self.keep_unseen(known, written);
            if self.gone.is_empty() || !self.sees_to_gone() {
                return;
            }
        }
        // A link that was given up for a new source object (a replaced department) is not a removal.
        let taken = std::mem::take(&mut self.replaced);
        let (gone, theirs) = self.unseen_links(known, &taken);
        // Whoever belongs to another workflow keeps what he has.
        for (place, entry) in theirs {
            let read = self.target.get(&entry.target).map(|seen| seen.record).unwrap_or_default();
            let none = Record::new();
            let old = written.get(&entry.source).unwrap_or(&none);
            self.keep(&overlay(self.mapping.target, old, &read), &none, Keeper::of(place));
        }
        for entry in gone {
            let old = written.get(&entry.source).cloned().unwrap_or_default();
            rows.extend(self.row_of_gone(known, &entry, &old));
        }
        for entry in self.former_holders(known) {
            // What was written to him is not read: his key is another's. He is there.
            let read = || self.target.get(&entry.target).map(|seen| seen.record).unwrap_or_default();
            let old = written.get(&entry.source).cloned().unwrap_or_else(read);
            rows.extend(self.row_of_gone(known, &entry, &old));
        }
        self.children_first(rows);
    }

    /// Of a part of a list, or where another task sees to it: nobody is removed, and whoever is not in it keeps what he has.
    fn keep_unseen(&mut self, known: &Known, written: &Written) {
        let Some(links) = known.links(self.kind) else { return };
        for (place, entry) in links.entries().iter().enumerate() {
            let leaves = self.is_gone(&entry.source) && self.sees_to_gone();
            if !entry.gone
                && !links.was_seen(place)
                && !leaves
                && let Some(old) = written.get(&entry.source)
            {
                self.keep(old, &Record::new(), Keeper::of(place));
            }
        }
    }

    /// The links whose objects are gone from the source: those of this workflow, and those of others with their places.
    fn unseen_links(&self, known: &Known, taken: &HashSet<Box<str>>) -> (Vec<LinkEntry>, Vec<(usize, LinkEntry)>) {
        let (mut gone, mut theirs) = (Vec::new(), Vec::new());
        let Some(links) = known.links(self.kind) else { return (gone, theirs) };
        for (place, entry) in links.entries().iter().enumerate() {
            let counts = !entry.gone && !links.was_seen(place) && self.is_gone(&entry.source);
            if !counts || taken.contains(&entry.target) {
                continue;
            }
            if !self.is_mine(entry) {
                theirs.push((place, entry.clone()));
            } else if !self.is_root(&entry.target) {
                gone.push(entry.clone());
            }
        }
        (gone, theirs)
    }

    /// The links of those whose keys are another's by now.
    fn former_holders(&self, known: &Known) -> Vec<LinkEntry> {
        let links = known.links(self.kind);
        let entry = |key: &str| links.and_then(|links| Some(links.entry(links.of_source(key)?).clone()));
        let mut all: Vec<LinkEntry> = self.former.iter().filter_map(|key| entry(key)).collect();
        all.sort_by(|one, two| one.source.cmp(&two.source));
        all
    }

    /// Whoever gets the key of somebody who leaves comes after that: without the link that is given up for him nobody would know
    /// of a removal any more that waits or does not go well. Where the order of the steps is against it, or the removal is in
    /// doubt, he is left to a later run.
    pub(super) fn wait_for_former_holders(&mut self, rows: &mut [Row]) {
        let first = self.first_row as usize;
        for row in rows[first..].iter_mut().filter(|row| row.planned == Planned::Do && row.replaces.is_some()) {
            if self.given_up.get(&row.source) == Some(&Former::Unread) {
                row.planned = Planned::Skipped(Problem::new("read_incomplete").into());
            }
        }
        let leaves = rows.iter().enumerate().skip(first).filter(|(_, row)| row.removes);
        let leaves = leaves.filter(|(_, row)| self.former.contains(&row.source));
        let leaves: HashMap<Ends, usize> =
            leaves.map(|(place, row)| ((row.source.clone(), row.target.clone()), place)).collect();
        // A link that follows from another key takes the place of that one, and of the former holder's all the same.
        let here: HashMap<Box<str>, usize> = leaves.iter().map(|((key, _), place)| (key.clone(), *place)).collect();
        for place in self.first_of_all()..rows.len() {
            let removal = rows[place].replaces.as_deref().and_then(|ends| {
                let follows = || here.get(&rows[place].source).filter(|_| place >= first);
                leaves.get(ends).or_else(follows).copied()
            });
            let free = rows[place].planned == Planned::Do && rows[place].object.is_none();
            let Some(removal) = removal.filter(|_| free) else { continue };
            let position = |at: usize| self.steps.position.get(usize::from(rows[at].step)).copied();
            let goes_first = rows[removal].planned == Planned::Do && position(removal) <= position(place);
            if goes_first && rows[place].writes() {
                let row = RowIndex::try_from(removal).unwrap_or(RowIndex::MAX);
                rows[place].needs.push(Dependency { row, leave_out: None });
                continue;
            }
            let counted = match rows[place].action {
                Action::Create => "create",
                Action::Update if !rows[place].removes => "update",
                Action::Update | Action::Disable | Action::Delete => "remove",
                Action::Link | Action::None => "unchanged",
            };
            // Those of this task are not counted yet.
            self.left_to_later.extend((place < first).then_some(counted));
            let by = rows[removal].cause_of(&rows[place]);
            rows[place].planned = Planned::Blocked { by };
        }
    }

    /// Rows for those whose keys are another's by now and whom this plan does not remove: with the link that is given up nobody
    /// sees to them any more.
    pub(super) fn tell_former_holders(&self, known: &Known, rows: &mut Vec<Row>) {
        let Some(links) = known.links(self.kind) else { return };
        let gives_up = |row: &&Row| {
            let stays = self.given_up.get(&row.source) == Some(&Former::Stays);
            stays && row.planned == Planned::Do && row.object.is_none() && row.replaces.is_some()
        };
        let mut told = Vec::new();
        for row in rows[self.first_row as usize..].iter().filter(gives_up) {
            // By the key that is another's: the row may give up a second link, from which it follows there.
            let Some(entry) = links.of_source(&row.source).map(|place| links.entry(place)) else { continue };
            let read = self.target.get(&entry.target).map(|seen| seen.record).unwrap_or_default();
            let why = Problem::new("former_holder_stays").arg("key", &*row.source).arg("other", row.called());
            told.push(self.not_removed(entry, &read, why));
        }
        rows.extend(told);
    }

    /// The row of an object that is gone from the source; `None` where there is nothing to say of it.
    fn row_of_gone(&mut self, known: &mut Known, entry: &LinkEntry, old: &Record) -> Option<Row> {
        let place = known.links(self.kind).and_then(|links| links.of_source(&entry.source));
        let keeper = || place.map_or_else(|| Keeper::Target(entry.target.clone()), Keeper::of);
        // Only what is forgotten for that says something of the list: nobody is hurt by a list that lacks others who left.
        self.missing += u64::from(!self.target.has(&entry.target) && self.is_to_be_deleted(entry));
        if let Some(problem) = self.lacked.get(&entry.target).cloned() {
            self.keep(old, &Record::new(), keeper());
            return Some(self.not_removed(entry, old, problem));
        }
        let read = self.target.get(&entry.target).map(|seen| seen.record).unwrap_or_default();
        let Some(mut row) = self.removal(entry, old) else {
            if matches!(self.decisions.of(&entry.source), Some(Said::Link(key)) if *key == entry.target) {
                // What was decided about is done.
                self.fulfilled.push(entry.source.clone());
            }
            let row = if self.suspected(place).is_none() { self.left_behind(entry, old) } else { None };
            let other = row.is_some().then(|| self.elsewhere.get(&entry.target)).flatten();
            let row = other.map(|other| self.not_removed(entry, old, other.clone())).or(row);
            // What somebody has taken from it by hand is free.
            self.keep(&overlay(self.mapping.target, old, &read), &Record::new(), keeper());
            return row;
        };
        row.warnings.extend(self.unsure.get(&entry.source).cloned());
        if let Some(planned) = self.suspected(place) {
            row.planned = planned;
            self.keep(old, &Record::new(), keeper());
            return Some(row);
        }
        let ends = (&*entry.source, &*entry.target);
        if self.decisions.are_two(ends.0, ends.1) && !self.former.contains(&entry.source) {
            // It is another's by now, as somebody said: only the link learns of it.
            row.action = Action::Link;
            row.set = Cells::new();
            row.before = Cells::new();
            return Some(row);
        }
        let spared = || self.spared.get(&entry.target).filter(|_| row.action == Action::Delete);
        if row.action != Action::Link
            && let Some(other) = self.elsewhere.get(&entry.target).or_else(spared).cloned()
        {
            let row = Row { step: row.step, warnings: row.warnings, ..self.not_removed(entry, old, other) };
            self.keep(&overlay(self.mapping.target, old, &read), &Record::new(), keeper());
            return Some(row);
        }
        if row.action != Action::Link
            && let Some(problem) = self.went_to_another(known, ends, (old, &read), None)
        {
            row.planned = self.in_doubt(ends, problem);
            self.keep(&overlay(self.mapping.target, old, &read), &Record::new(), keeper());
            return Some(row);
        }
        self.before.insert(entry.source.clone(), overlay(self.mapping.target, old, &read));
        match row.action {
            Action::Delete => known.removes(self.kind, &entry.target),
            // A disabled member still holds the number; a person who left the directory does not.
            Action::Disable if !self.frees(&row) => self.keep(old, &Record::new(), keeper()),
            _ => {}
        }
        Some(row)
    }

    /// An object that is gone from the source, is there in the target as before, and that no step of the workflow removes: the row
    /// that says so.
    fn left_behind(&self, entry: &LinkEntry, old: &Record) -> Option<Row> {
        let there = self.target.get(&entry.target).filter(|_| self.steps.removals.is_empty())?;
        let schema = self.mapping.target;
        let known = |id| there.record.get(id).or_else(|| old.get(id));
        let away = |(field, value): &(FieldId, idflow_sdk::Value)| {
            known(*field).is_some_and(|known| schema.same(*field, known, &Field::Value(value.clone())))
        };
        if self.target.is_gone(&there) || self.steps.disabling.iter().any(away) {
            return None;
        }
        let code = if schema.kind == Kind::User { "leaver_keeps_access" } else { "left_behind" };
        Some(self.not_removed(entry, old, Problem::new(code)))
    }

    /// The row of what is gone from the source and stays as it is.
    fn not_removed(&self, entry: &LinkEntry, old: &Record, why: Problem) -> Row {
        let mut row = self.gone_row(entry, old);
        row.step = self.left_step;
        row.action = Action::None;
        row.removes = false;
        row.planned = Planned::Skipped(why.into());
        row
    }

    /// Whether the removal leaves an object that counts as no longer there.
    fn frees(&self, row: &Row) -> bool {
        self.mapping.target.is_gone(&row.set.record())
    }

    fn gone_row(&self, entry: &LinkEntry, old: &Record) -> Row {
        let schema = self.mapping.target;
        let label = schema.field(schema.label).and_then(|id| old.text(id)).unwrap_or_default();
        Row {
            name: label.into(),
            action: Action::Delete,
            removes: true,
            rule: if matches!(entry.owner, Owner::Free(_)) { TAKEN_OVER } else { "linked" }.into(),
            ..Row::new(0, self.kind, entry.source.clone(), entry.target.clone())
        }
    }

    fn removal(&self, entry: &LinkEntry, old: &Record) -> Option<Row> {
        let schema = self.mapping.target;
        let mut row = self.gone_row(entry, old);
        let there = self.target.get(&entry.target);
        let again = self.works_again(entry);
        // Who is not to be deleted can still lose his access.
        let kept = again && self.spared.contains_key(&entry.target);
        if let Some(step) = self.deletes(entry, again).filter(|_| !kept) {
            row.step = step;
            if there.is_none() {
                // Somebody else deleted it: only the link learns of it.
                row.action = Action::Link;
            }
            return Some(row);
        }
        let there = there?;
        for step in &self.steps.removals {
            let Removal::Set { field, value } = step.removal else { continue };
            let id = schema.field(field)?;
            let wanted = Field::Value(value.value());
            let known = there.record.get(id).or_else(|| old.get(id));
            if known.is_some_and(|known| schema.same(id, known, &wanted)) {
                continue;
            }
            row.step = step.step;
            row.action = Action::Disable;
            row.before = known.map(|known| (id, known.clone())).into_iter().collect();
            row.set = [(id, wanted)].into_iter().collect();
            return Some(row);
        }
        None
    }

    /// The step that deletes what is gone from the source: at once, or when it has been without access for as long as the step
    /// says. `again`: it has access at present.
    fn deletes(&self, entry: &LinkEntry, again: bool) -> Option<u16> {
        let away_for = entry.removed_at().map(|since| self.now.saturating_sub(since));
        let due = |after: Option<std::time::Duration>| {
            let long = after.map_or(0, |after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
            long == 0 || (!again && away_for.is_some_and(|away| away >= long))
        };
        let mut steps = self.steps.removals.iter().filter(|step| step.removal == Removal::Delete);
        steps.find(|step| due(step.after)).map(|step| step.step)
    }

    /// Whether some step deletes the object of this link, if it is gone.
    pub(super) fn is_to_be_deleted(&self, entry: &LinkEntry) -> bool {
        self.deletes(entry, self.works_again(entry)).is_some()
    }

    /// The keys of what the target's list lacks, and what would be made a second time or forgotten for that: a list can lack what
    /// is there, so it is asked for alone.
    #[must_use]
    pub fn lost(&self, known: &Known) -> Vec<Box<str>> {
        // Nobody is made twice under one account.
        if !self.is_tree() {
            return Vec::new();
        }
        let again = self.aside.iter().filter_map(|aside| aside.lost().map(Box::<str>::from));
        again.chain(self.forgotten(known)).collect()
    }

    /// The keys of what the target's list lacks, and whose links would be forgotten for that: nobody would ever delete what is
    /// there all the same.
    #[must_use]
    pub fn forgotten(&self, known: &Known) -> Vec<Box<str>> {
        let forgotten = self.gone_links(known).filter(|entry| {
            !self.target.has(&entry.target) && !self.is_root(&entry.target) && self.is_to_be_deleted(entry)
        });
        forgotten.map(|entry| entry.target.clone()).collect()
    }

    /// What there is to say of an object that the target's list lacks, and that is there when it is asked for alone. What was
    /// moved to where the list does not go is not there for this workflow.
    #[must_use]
    pub fn lacking(&self, key: &str, found: &Record) -> Option<Problem> {
        let schema = self.mapping.target;
        let parent = schema.parent.and_then(|name| schema.field(name)).and_then(|id| found.value(id)?.to_key());
        let inside = parent.is_none_or(|parent| self.target.has(&parent) || self.is_root(&parent));
        let name = schema.field(schema.label).and_then(|id| found.text(id)).unwrap_or(key);
        (inside && !schema.is_gone(found)).then(|| Problem::new("target_list_lacks").arg("key", key).arg("name", name))
    }

    /// Whether some step takes something from the object of this link that is gone.
    pub(super) fn takes_away(&self, entry: &LinkEntry, old: &Record) -> bool {
        self.removal(entry, old).is_some_and(|row| row.action != Action::Link)
    }

    /// Whether somebody gave the access back by hand that a step of this workflow took away: the time of grace begins anew.
    fn works_again(&self, entry: &LinkEntry) -> bool {
        let schema = self.mapping.target;
        let Some(there) = self.target.get(&entry.target) else { return false };
        self.steps.removals.iter().any(|step| {
            let Removal::Set { field, value } = step.removal else { return false };
            let known = schema.field(field).and_then(|id| Some((id, there.record.get(id)?)));
            known.is_some_and(|(id, known)| !schema.same(id, known, &Field::Value(value.value())))
        })
    }

    /// The links of this workflow whose objects are gone from its list.
    fn gone_links<'k>(&'k self, known: &'k Known) -> impl Iterator<Item = &'k LinkEntry> {
        known.links(self.kind).filter(|_| self.sees_to_gone()).into_iter().flat_map(move |links| {
            let gone = links.entries().iter().enumerate().filter(move |(place, entry)| {
                !entry.gone && !links.was_seen(*place) && self.is_mine(entry) && self.is_gone(&entry.source)
            });
            gone.map(|(_, entry)| entry)
        })
    }

    /// Whether the object of a link is there and has access.
    fn is_at_work(&self, entry: &LinkEntry) -> bool {
        self.target.get(&entry.target).is_some_and(|seen| !self.target.is_gone(&seen))
    }

    /// The objects of the target whose links are this workflow's and that are gone from its list, as long as they are there.
    #[must_use]
    pub fn gone_and_there(&self, known: &Known) -> Vec<Box<str>> {
        let gone = self.gone_links(known).filter(|entry| self.is_at_work(entry)).map(|entry| entry.target.clone());
        // Whoever had a key that is another's by now is gone as well.
        let people = self.aside.iter().filter(|_| self.kind == Kind::User);
        let former = people.filter_map(|aside| aside.apart().map(Into::into));
        gone.chain(former).collect()
    }

    /// What a removal would take access from, or delete: of each object its keys in the source and in the target.
    #[must_use]
    pub fn would_go(&self, known: &Known) -> Vec<(Box<str>, Box<str>)> {
        let goes = |entry: &&LinkEntry| {
            let deleted = || self.target.has(&entry.target) && self.is_to_be_deleted(entry);
            !self.is_root(&entry.target) && (self.is_at_work(entry) || deleted())
        };
        self.gone_links(known).filter(goes).map(|entry| (entry.source.clone(), entry.target.clone())).collect()
    }

    /// Objects that are to be deleted: before that is decided, they are looked at as closely as the target can.
    pub(super) fn to_be_deleted(&self, known: &Known) -> Vec<Box<str>> {
        let takes_away = self.steps.removals.iter().any(|step| matches!(step.removal, Removal::Set { .. }));
        let deleted =
            |entry: &&LinkEntry| takes_away && entry.removed_at().is_some() && self.deletes(entry, false).is_some();
        self.gone_links(known).filter(deleted).map(|entry| entry.target.clone()).collect()
    }

    /// Of a tree, leaves go first.
    fn children_first(&self, rows: &mut [Row]) {
        let schema = self.mapping.target;
        let Some(parent) = schema.parent.and_then(|name| schema.field(name)) else { return };
        let removed: HashMap<Box<str>, RowIndex> = rows
            .iter()
            .enumerate()
            .skip(self.first_row as usize)
            .filter(|(_, row)| row.removes && row.writes())
            .filter_map(|(place, row)| Some((row.target.clone(), RowIndex::try_from(place).ok()?)))
            .collect();
        for (child, place) in &removed {
            let Some(seen) = self.target.get(child) else { continue };
            let above = seen.record.value(parent).and_then(idflow_sdk::Value::to_key);
            if let Some(above) = above.and_then(|key| removed.get(&key)) {
                rows[*above as usize].needs.push(Dependency { row: *place, leave_out: None });
            }
        }
        for row in &mut rows[self.first_row as usize..] {
            row.needs.sort_by_key(|need| need.row);
        }
    }
}
