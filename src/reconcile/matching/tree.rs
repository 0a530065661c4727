//! Matching where objects stand below others of their kind: parents first, circles refused.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use idflow_sdk::{Problem, Record, Value};

use super::{
    super::{
        Known, Task,
        called::called,
        task::{AsideState, Conform, Found},
    },
    Match,
};
use crate::{
    model::change::{Planned, item_key},
    workflow::compiled::Mapped,
};

impl Task {
    /// Departments: parents before children, generation by generation; what remains waits for itself.
    pub(super) fn settle_tree(&mut self, known: &mut Known, conform: Conform<'_>, new_key: &mut dyn FnMut() -> String) {
        let doubted = self.find_root(known);
        self.find_source_root(known);
        self.begin_paths(known);
        let mut waiting: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        let mut taken: HashMap<Box<str>, usize> = HashMap::new();
        let mut open: Vec<usize> = (0..self.aside.len()).collect();
        while !open.is_empty() || !waiting.is_empty() {
            if self.halt.is_set() {
                return;
            }
            if open.is_empty() {
                open = self.refuse_circles(known, &mut waiting);
            }
            let mut ready = Vec::with_capacity(open.len());
            let mut freed = Vec::new();
            for place in open {
                if self.halt.is_set() {
                    return;
                }
                if !self.use_named(known, place) && matches!(self.aside[place].state, AsideState::Open) {
                    let object = &self.aside[place].object;
                    let source = object.cells.record();
                    let mapped = self.mapping.evaluate(&source, &self.scope, &known.references());
                    let asked = known.waiting(self.kind);
                    known.missed(|| called(&self.mapping.source, &source, &object.key));
                    if let (Mapped::Later, Some(first)) = (&mapped, asked.into_iter().next()) {
                        if first == object.key {
                            self.refuse_parent(known, place, "dept_parent_self");
                            freed.extend(waiting.remove(&first).unwrap_or_default());
                            continue;
                        }
                        waiting.entry(first).or_default().push(place);
                        continue;
                    }
                    self.take_mapped(place, mapped);
                    self.keep_named(known, place);
                    let nameless = matches!(self.aside[place].found, Found::Nothing) && self.hides_label(place);
                    if !nameless && !self.stands_for_root(known, place) {
                        self.conform_wanted(place, conform);
                        self.check_depth(place);
                    }
                }
                ready.push(place);
            }
            // Brothers are all in one generation: who has the same name as another is seen before either is settled.
            let mut found: Vec<(usize, Match)> = Vec::new();
            for place in &ready {
                let used = matches!(self.aside[*place].state, AsideState::Used);
                if !used && matches!(self.aside[*place].found, Found::Nothing) {
                    let answer = self.find_decided(known, *place);
                    let decided = self.decisions.of(&self.aside[*place].object.key).is_some();
                    let answer = self.by_place_in_tree(known, *place, answer);
                    let answer = if decided { answer } else { self.by_unmatched(answer) };
                    let in_doubt = doubted == Some(*place) && !decided;
                    found.push((*place, if in_doubt { self.doubt_root(*place, answer) } else { answer }));
                }
            }
            self.contest(known, &mut found, &mut taken);
            for (place, found) in found {
                self.take_match(known, place, found, new_key);
                self.note_made(known, place);
            }
            open = freed;
            for place in ready {
                self.settled.push(place);
                self.note_level(known, place);
                self.keep_label(place);
                open.extend(waiting.remove(&self.aside[place].object.key).unwrap_or_default());
            }
        }
        self.refuse_rings(known);
        self.find_departments_in_rows(known);
    }

    /// Refuses whoever would hang below itself. Whoever is linked need not wait for a parent that is linked, too, so circles of
    /// such are found here: by where everything will hang. What is refused stays where it is.
    fn refuse_rings(&mut self, known: &mut Known) {
        let Some(field) = self.mapping.target.parent.and_then(|parent| self.mapping.target.field(parent)) else {
            return;
        };
        let root = self.root_key();
        let above = |value: Option<&Value>| value.and_then(Value::to_key).filter(|key| Some(key) != root.as_ref());
        let now = |key: &str| self.target.get(key).and_then(|seen| above(seen.record.value(field)));
        let mut will: HashMap<Box<str>, (usize, Option<Box<str>>)> = HashMap::new();
        for place in 0..self.aside.len() {
            let Some((key, whole)) = self.key_there(known, place).zip(self.whole(place)) else { continue };
            if whole.get(field).is_some() {
                will.insert(key, (place, above(whole.value(field))));
            }
        }
        let up = |key: &str| match will.get(key) {
            Some((_, parent)) => parent.clone(),
            None => now(key),
        };
        // Each walk goes up until it meets a step of its own, which is in a circle, or of an earlier walk.
        let mut walked: HashMap<Box<str>, usize> = HashMap::new();
        let mut refused: HashMap<usize, Planned> = HashMap::new();
        for (walk, start) in will.keys().enumerate() {
            let mut at = Some(start.clone());
            while let Some(key) = at.take_if(|key| !walked.contains_key(key)) {
                at = up(&key);
                walked.insert(key, walk);
            }
            let Some(first) = at.filter(|key| walked.get(key) == Some(&walk)) else { continue };
            let mut key = first.clone();
            while let Some(parent) = up(&key) {
                // What hangs there already is not to blame.
                if let Some((place, _)) = will.get(&key).filter(|(_, wanted)| *wanted != now(&key)) {
                    let code = if parent == key { "dept_parent_self" } else { "dept_parent_cycle" };
                    refused.insert(*place, Planned::Invalid(Problem::new(code).field("parent").into()));
                }
                if parent == first {
                    break;
                }
                key = parent;
            }
        }
        // Nothing hangs below what is not made.
        let is_new = |place: usize| matches!(self.aside[place].found, Found::New(_));
        let mut open: Vec<usize> = refused.keys().copied().filter(|place| is_new(*place)).collect();
        while let Some(above) = open.pop() {
            let Found::New(missing) = &self.aside[above].found else { continue };
            let by = item_key(self.kind, &self.aside[above].object.key);
            for (place, _) in will.values().filter(|(_, parent)| parent.as_ref() == Some(missing)) {
                if let Entry::Vacant(entry) = refused.entry(*place) {
                    entry.insert(Planned::Blocked { by: by.clone() });
                    open.extend(Some(*place).filter(|place| is_new(*place)));
                }
            }
        }
        for (place, planned) in refused {
            if matches!(self.aside[place].found, Found::New(_)) {
                known.refuse(self.kind, &self.aside[place].object.key.clone());
            }
            self.aside[place].state = AsideState::Refused(planned);
        }
    }

    /// The key that an object has in the target, or will have.
    fn key_there(&self, known: &Known, place: usize) -> Option<Box<str>> {
        match &self.aside[place].found {
            Found::New(key) | Found::Matched { key, .. } => Some(key.clone()),
            Found::Linked(link) => Some(known.links(self.kind)?.entry(*link).target.clone()),
            Found::Nothing => None,
        }
    }

    /// Refuses who waits in a circle; returns who is below one, who will be told that the parent was refused.
    pub(super) fn refuse_circles(
        &mut self,
        known: &mut Known,
        waiting: &mut HashMap<Box<str>, Vec<usize>>,
    ) -> Vec<usize> {
        let mut circle = self.circle(waiting);
        let mut below = Vec::new();
        if circle.is_empty() {
            // Who waits for nobody who waits: told of the circle that there must be.
            circle = waiting.drain().flat_map(|(_, places)| places).collect();
            circle.sort_unstable();
        }
        let inside: HashSet<usize> = circle.iter().copied().collect();
        for place in circle {
            self.refuse_parent(known, place, "dept_parent_cycle");
            let children = waiting.remove(&self.aside[place].object.key).unwrap_or_default();
            below.extend(children.into_iter().filter(|place| !inside.contains(place)));
        }
        below
    }

    /// The objects that wait for each other, of those that wait.
    pub(super) fn circle(&self, waiting: &HashMap<Box<str>, Vec<usize>>) -> Vec<usize> {
        let parents: HashMap<&str, (&str, usize)> = waiting
            .iter()
            .flat_map(|(parent, places)| {
                places.iter().map(|place| (&*self.aside[*place].object.key, (&**parent, *place)))
            })
            .collect();
        // Each walk goes up until it meets a step of its own, which is in a circle, or of an earlier walk.
        let mut walked: HashMap<&str, usize> = HashMap::new();
        let mut circle = Vec::new();
        for (walk, start) in parents.keys().enumerate() {
            let mut at = *start;
            while let Some((parent, _)) = parents.get(at).filter(|_| !walked.contains_key(at)) {
                walked.insert(at, walk);
                at = parent;
            }
            if walked.get(at) == Some(&walk) {
                let first = at;
                while let Some((parent, place)) = parents.get(at) {
                    circle.push(*place);
                    at = parent;
                    if at == first {
                        break;
                    }
                }
            }
        }
        circle.sort_unstable();
        circle
    }

    pub(super) fn refuse_parent(&mut self, known: &mut Known, place: usize, code: &'static str) {
        self.aside[place].state = AsideState::Refused(Planned::Invalid(Problem::new(code).field("parent").into()));
        known.refuse(self.kind, &self.aside[place].object.key.clone());
        self.settled.push(place);
    }

    /// The wanted parent of an object of a tree; `None` is the top.
    pub(super) fn parent_of(&self, record: &Record) -> Option<Value> {
        let field = self.mapping.target.field(self.mapping.target.parent?)?;
        record.value(field).cloned()
    }

    pub(super) fn level_of(&self, parent: Option<&Value>) -> usize {
        let Some(key) = parent.and_then(Value::to_key) else { return 0 };
        if parent == self.target.root.as_ref() {
            return 0;
        }
        if let Some(level) = self.levels.get(&key) {
            return *level;
        }
        let mut level = 0;
        let mut at = Some(key);
        while let Some(seen) = at.and_then(|key| self.target.get(&key)) {
            level += 1;
            let up = self.parent_of(&seen.record);
            if up == self.target.root || level > 64 {
                break;
            }
            at = up.and_then(|up| up.to_key());
        }
        level
    }

    pub(super) fn check_depth(&mut self, place: usize) {
        let Some(most) = self.mapping.target.max_depth else { return };
        let Some(whole) = self.whole(place) else { return };
        let level = self.level_of(self.parent_of(&whole).as_ref()) + 1;
        if level > most {
            let problem = Problem::new("dept_too_deep")
                .field("parent")
                .arg("level", level.to_string())
                .arg("limit", most.to_string());
            self.aside[place].state = AsideState::Refused(Planned::Invalid(problem.into()));
        }
    }

    pub(super) fn note_level(&mut self, known: &Known, place: usize) {
        let Some(whole) = self.whole(place) else { return };
        let level = self.level_of(self.parent_of(&whole).as_ref()) + 1;
        if let Some(key) = self.key_there(known, place) {
            self.levels.insert(key, level);
        }
    }
}
