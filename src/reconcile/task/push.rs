//! What becomes of an object of the source at once: is it as it was, or is it put aside?

use std::cell::RefCell;

use idflow_sdk::{Field, FieldId, Kind, Problem, Record, SourceObject, Value};

use super::{
    Task,
    aside::{Aside, AsideState, Found, Keeper, Object, OldLink},
};
use crate::{
    model::{cells::Cells, change::Planned},
    reconcile::{Known, called::called, decisions::Said, links::compare_keys},
    workflow::{
        compiled::{Mapped, References, Resolved},
        helpers::Helper,
    },
};

/// Notes the paths that are asked for, and answers none.
#[derive(Default)]
struct Paths(RefCell<Vec<Vec<String>>>);

impl References for Paths {
    fn resolve(&self, _: Kind, _: &str) -> Resolved {
        Resolved::Top
    }

    fn resolve_path(&self, _: Kind, names: &[String]) -> Resolved {
        self.0.borrow_mut().push(names.to_vec());
        Resolved::Top
    }

    fn root(&self) -> Option<Value> {
        None
    }
}

impl Task {
    /// The source has this object, and the workflow leaves it alone.
    pub fn present(&mut self, known: &mut Known, key: &str) {
        self.total += 1;
        let place = known.links(self.kind).and_then(|links| links.of_source(key));
        // It is left alone under a new key as it was under the old one.
        for place in place.into_iter().chain(self.former_link(known, key)) {
            known.mark_seen(self.kind, place);
        }
        self.decisions.saw(key);
    }

    /// A decision about an object that is linked already is carried out, or cannot be any more.
    fn note_decision(&mut self, object: &SourceObject, linked: Option<&str>) {
        match (linked, self.decisions.of(&object.key)) {
            (Some(key), Some(Said::Link(wanted))) if compare_keys(key, wanted).is_eq() => {
                self.fulfilled.push(object.key.clone());
            }
            (Some(_), Some(Said::Link(_))) => {
                let who = called(&self.mapping.source, &object.record, &object.key);
                self.void.push((object.key.clone(), Problem::new("decision_linked_elsewhere").arg("who", who)));
            }
            _ => {}
        }
        self.decisions.saw(&object.key);
    }

    /// Whether the target has an object that is linked. A path means no department that was removed.
    fn is_there(&self, key: &str) -> bool {
        match self.by_path {
            true => self.target.get(key).is_some_and(|seen| !self.target.is_gone(&seen)),
            false => self.target.has(key),
        }
    }

    /// Notes the departments that an object of the source names by paths.
    pub fn note_paths(&self, known: &mut Known, source: &Record) {
        let paths = Paths::default();
        for field in
            self.mapping.fields.iter().filter(|field| field.value.uses(|helper| helper == Helper::DepartmentPaths))
        {
            let _ = self.mapping.value_of(field.target, source, &self.scope, &paths);
        }
        paths.0.into_inner().iter().for_each(|names| known.note_path(names));
    }

    /// The fields of the target that have a default, because what they are made of is empty in the source.
    fn by_default(&self, source: &Record, defaulted: &[FieldId]) -> Box<[FieldId]> {
        let fields = self.mapping.fields.iter().filter(|field| {
            let default = field.value.uses(|helper| helper == Helper::Default);
            if !default && defaulted.is_empty() {
                return false;
            }
            let mut reads = Vec::new();
            field.value.reads(&mut reads);
            let empty = |id: &FieldId| default && matches!(source.get(*id), Some(Field::Empty));
            reads.iter().any(|id| defaulted.contains(id) || empty(id))
        });
        fields.map(|field| field.target).collect()
    }

    /// Its system may write a key in another case by now; to idflow it stays the one that it was.
    fn spell_as_linked(&self, known: &Known, place: usize, key: &mut Box<str>) {
        let entry = known.links(self.kind).map(|links| links.entry(place));
        if let Some(entry) = entry.filter(|entry| entry.source != *key) {
            key.clone_from(&entry.source);
        }
    }

    /// Whether one of the systems has said that it gave up the key of this link: who has it now is looked at, also where nothing
    /// differs.
    fn is_freed(&self, known: &Known, place: usize) -> bool {
        let Some(entry) = known.links(self.kind).map(|links| links.entry(place)) else { return false };
        self.is_given_up(0, &entry.source) || self.is_given_up(1, &entry.target)
    }

    /// Notes which fields of an object have a value by default alone.
    fn note_defaulted(&mut self, key: &str, source: &Record, defaulted: &[FieldId]) {
        let fields = self.by_default(source, defaulted);
        if !fields.is_empty() {
            self.defaulted.insert(key.into(), fields);
        }
    }

    /// Why an object stays as it is, whatever the mapping says: its row cannot be used, or a review did not let it in.
    fn refused_here(&mut self, key: &str, row: Option<Box<Problem>>, linked: bool) -> Option<Planned> {
        if let Some(problem) = row {
            return Some(Planned::Invalid(problem));
        }
        let kept_out = linked && self.decisions.keeps_out(key);
        kept_out.then(|| {
            self.heeded.insert(key.into());
            Planned::Skipped(Problem::new("decision_ignored").into())
        })
    }

    /// Takes one object of the source.
    pub fn push(&mut self, known: &mut Known, mut object: SourceObject) {
        self.total += 1;
        if self.halt.is_set() {
            return;
        }
        let place = known.links(self.kind).and_then(|links| links.of_source(&object.key));
        if let Some(place) = place {
            known.mark_seen(self.kind, place);
            self.spell_as_linked(known, place, &mut object.key);
        }
        let live = place.filter(|place| known.links(self.kind).is_some_and(|links| !links.entry(*place).gone));
        let linked = live.and_then(|place| Some(known.links(self.kind)?.entry(place).target.clone()));
        self.note_decision(&object, linked.as_deref());
        // A counterpart that somebody deleted is looked for like any other, and made again if need be.
        // The target's own root is in no list of what is below it.
        let apart = linked.clone().filter(|target| self.decisions.are_two(&object.key, target));
        let lost = linked.filter(|key| apart.is_none() && !self.is_there(key) && !self.is_root(key));
        let live = live.filter(|_| lost.is_none() && apart.is_none());
        if let Some(key) = &lost {
            self.missing += u64::from(!self.target.has(key));
        }
        if apart.is_some() || lost.is_some() {
            known.mark_lost(self.kind, &object.key);
        }
        self.compared += u64::from(live.is_some());
        let found = live.map_or(Found::Nothing, Found::Linked);
        let SourceObject { key, record: source, at, refused, warnings, traces, defaulted, .. } = object;
        let mut state = AsideState::Open;
        let mut object = Object { key, cells: Cells::new(), at, warnings };
        if let Some(planned) = self.refused_here(&object.key, refused, live.is_some()) {
            state = AsideState::Refused(planned);
        } else if let (Some(place), false) = (live, self.is_tree()) {
            let mapped = self.mapping.evaluate(&source, &self.scope, &known.references());
            let _ = known.waiting(self.kind);
            known.missed(|| called(&self.mapping.source, &source, &object.key));
            if let Mapped::Record { mut record, warnings, alone, .. } = mapped {
                self.freeze(&mut record);
                let create_only = self.split(&mut record);
                let fingerprint = self.print(&record, &create_only);
                // What there is to tell about an object is told each time.
                let quiet = object.warnings.is_empty() && warnings.is_empty();
                if quiet
                    && !self.takes_over(known, place)
                    && self.is_unchanged(known, place, &record, fingerprint)
                    && self.renamed(known, place, &create_only).is_none()
                    && !self.is_called_otherwise(known, place, &record, &create_only)
                    && !self.was_let_in(known, place)
                    && !self.is_freed(known, place)
                    && !self.is_renamed(&object.key)
                {
                    self.counts.add(self.kind, "unchanged", 1);
                    if self.mapping.target.is_gone(&record) {
                        self.total -= 1;
                    }
                    self.keep(&record, &create_only, Keeper::of(place));
                    let at = u32::try_from(place).unwrap_or(u32::MAX);
                    self.silent.extend(alone.into_iter().map(|id| (at, id)));
                    return;
                }
                object.warnings.extend(warnings);
                state = AsideState::Wanted {
                    record: record.into(),
                    create_only: create_only.into(),
                    fingerprint,
                    alone: alone.into(),
                };
            }
        }
        // Whoever the list lacks may be there, see [`Task::found_again`].
        if live.is_some() || lost.is_some() {
            self.note_defaulted(&object.key, &source, &defaulted);
        }
        if !matches!(state, AsideState::Wanted { .. }) || self.is_renamed(&object.key) {
            object.cells = source.into();
        }
        if !traces.is_empty() {
            self.traces.insert(self.aside.len(), traces.into_iter().map(Cells::from).collect());
        }
        self.aside.push(Box::new(Aside { object, found, state, old_link: OldLink::of(lost, apart) }));
    }
}
