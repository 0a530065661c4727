//! The first run against a system that is in use: which of its objects, made by hand, look like those of the source?
//!
//! A match rule finds those it names. People who set a company up by hand rarely chose the accounts that the source would
//! choose, so beyond the rules an object without a link is compared with an object of the target without a link: by the
//! values of unique fields that can be read, by its name within a department, by what the system answers when it is asked
//! who has a number, and last by its name alone. Only pairs that are unique on both sides are proposed. They become links
//! of a plan that is held until a person approves it.
//!
//! Later runs link nothing by likeness. What looks like somebody who is there is not made beside him either: it is
//! ambiguous, and says whom it looks like. Where very many come at once to a system with many that nobody is linked to, because
//! a workflow reads more than before, that is a first run again.

mod adoption;
mod asked;
mod faces;

use std::collections::{BTreeSet, HashMap, HashSet};

use idflow_sdk::{Field, FieldId, Seen, Value, schema::canonical};

use super::{
    Known, Task,
    likeness::{ByRule, Likeness},
    steps,
    task::{AsideState, Found},
};
use asked::Question;
use faces::Face;

/// Among so many objects without a link a person finds whoever somebody new is like.
const FEW: usize = 200;
/// So many are no hires of a day: the workflow reads more than before, and to most of them it is the first run.
const MOST_HIRED: usize = 20;
/// Of more objects of one name only so many are looked at: nobody is found among them by his name anyway.
const CROWD: usize = 50;

impl Task {
    /// The objects of the target that nobody is linked to and that no rule gives to anybody.
    pub(super) fn strangers(&self, known: &Known) -> Vec<Box<str>> {
        let links = known.links(self.kind);
        let free = |seen: &Seen| {
            links.is_none_or(|links| links.of_target(&seen.key).is_none())
                && !self.claimed.contains(&seen.key.to_lowercase())
                && !self.target.is_gone(seen)
        };
        self.target.objects().filter(free).map(|seen| seen.key).collect()
    }

    /// The places of objects that no link and no rule knows, and whom the rules find, which is remembered.
    pub(super) fn unknown(&mut self, known: &Known) -> (Vec<usize>, Vec<Box<str>>) {
        let (mut places, mut found) = (Vec::new(), Vec::new());
        self.claimed.clear();
        for place in 0..self.aside.len() {
            let aside = &self.aside[place];
            if !matches!((&aside.found, &aside.state), (Found::Nothing, AsideState::Open)) {
                continue;
            }
            let lost = aside.lost().is_some();
            match self.by_rule(known, place) {
                ByRule::Nobody if !lost => places.push(place),
                ByRule::This(key) => {
                    if self.claimed.insert(key.to_lowercase()) {
                        found.push(key);
                    }
                }
                ByRule::Nobody | ByRule::Refused => {}
            }
        }
        (places, found)
    }

    /// Which objects of the target have to be read before anything is decided: those that a rule finds, because whether they
    /// may be linked depends on their names, see `doubt`; and those without a link, where an object of the source
    /// would be made otherwise. Whether the latter are to be compared ([`Task::compare_faces`]) is the second answer. Nobody
    /// for a tree, whose objects are found by their names under their parent.
    pub fn faces_needed(&mut self, known: &Known) -> (Vec<Box<str>>, bool) {
        if !self.in_use || self.is_tree() {
            return (Vec::new(), false);
        }
        let (unknown, mut keys) = self.unknown(known);
        let may_make = self.steps.create.is_some() && !unknown.is_empty();
        let strangers = if may_make { self.strangers(known) } else { Vec::new() };
        let compare = !strangers.is_empty();
        self.first |= self.complete && strangers.len() > FEW && unknown.len() > MOST_HIRED;
        if compare {
            keys.extend(strangers);
        }
        (keys, compare)
    }

    /// Takes over what was read of them.
    pub fn faces_read(&mut self, seen: Vec<Seen>) {
        self.read_in_full.extend(seen.iter().map(|seen| seen.key.clone()));
        // How many are hidden was counted before.
        self.unlinked.clear();
        self.crowds.clear();
        for seen in seen {
            self.target.refine(seen);
        }
    }

    /// Compares all that is readable, and says whom the target may be asked for, by the value of this field.
    pub fn compare_faces(&mut self, known: &mut Known, asked_by: Option<&str>) -> Vec<Question> {
        let faces = self.faces(known);
        let strangers: Vec<Box<str>> = self.strangers(known);
        let mut by_label: HashMap<Value, Vec<usize>> = HashMap::new();
        let mut by_value: HashMap<(FieldId, Value), Vec<usize>> = HashMap::new();
        let schema = self.mapping.target;
        let label = schema.field(schema.label);
        let homes: Vec<BTreeSet<Box<str>>> = strangers.iter().map(|key| self.homes_of(key)).collect();
        let unique = self.unique_fields();
        for (at, key) in strangers.iter().enumerate() {
            let Some(seen) = self.target.get(key) else { continue };
            let value = |id: FieldId| seen.record.get(id).and_then(|field| canonical(schema.spec(id).ty, field));
            if let Some(name) = label.and_then(value) {
                by_label.entry(name).or_default().push(at);
            }
            for id in &unique {
                let own = if Some(*id) == self.natural_key() {
                    canonical(schema.spec(*id).ty, &Field::Value(Value::text(&**key)))
                } else {
                    value(*id)
                };
                if let Some(own) = own {
                    by_value.entry((*id, own)).or_default().push(at);
                }
            }
        }
        let mut at_home: HashMap<(Value, Box<str>), Vec<usize>> = HashMap::new();
        for (name, crowd) in by_label.iter().filter(|(_, crowd)| crowd.len() > CROWD) {
            for at in crowd {
                for home in &homes[*at] {
                    at_home.entry((name.clone(), home.clone())).or_default().push(*at);
                }
            }
        }
        let decisions = std::mem::take(&mut self.decisions);
        let few = |face: &Face, all: &mut dyn Iterator<Item = usize>| -> BTreeSet<usize> {
            let allowed = all.filter(|at| decisions.allows(&face.source, &strangers[*at]));
            allowed.take(CROWD + 1).inspect(|_| steps::took(1)).collect()
        };
        let mut taken: HashSet<usize> = HashSet::new();
        self.settle_faces(known, &faces, &strangers, &mut taken, "value", &|face| {
            let found = face.unique.iter().flat_map(|value| by_value.get(value).into_iter().flatten().copied());
            found.take(CROWD + 1).collect()
        });
        // Whose they are is known.
        by_label.values_mut().chain(at_home.values_mut()).for_each(|all| all.retain(|at| !taken.contains(at)));
        self.settle_faces(known, &faces, &strangers, &mut taken, "name and department", &|face| {
            let named = face.label.as_ref().and_then(|name| Some((name, by_label.get(name)?)));
            let Some((name, named)) = named else { return BTreeSet::new() };
            if named.len() <= CROWD {
                return few(face, &mut named.iter().copied().filter(|at| !homes[*at].is_disjoint(&face.homes)));
            }
            let at_home = face.homes.iter().filter_map(|home| at_home.get(&(name.clone(), home.clone())));
            few(face, &mut at_home.flatten().copied())
        });
        by_label.values_mut().for_each(|all| all.retain(|at| !taken.contains(at)));
        self.by_name_alone.clear();
        for face in faces.iter().filter(|face| !self.likeness.contains_key(&face.source)) {
            let named = face.label.as_ref().and_then(|name| by_label.get(name)).into_iter().flatten().copied();
            let like: Vec<Box<str>> = few(face, &mut { named }).into_iter().map(|at| strangers[at].clone()).collect();
            if !like.is_empty() {
                self.by_name_alone.insert(face.source.clone(), like);
            }
        }
        self.decisions = decisions;
        match asked_by.and_then(|name| schema.field(name)).filter(|_| self.first) {
            Some(field) => self.questions(&faces, field),
            None => Vec::new(),
        }
    }

    /// Settles the faces for which one sort of likeness names exactly one, if that one is named by nobody else. Several are
    /// remembered as such.
    fn settle_faces(
        &mut self,
        known: &Known,
        faces: &[Face],
        strangers: &[Box<str>],
        taken: &mut HashSet<usize>,
        by: &str,
        like: &dyn Fn(&Face) -> BTreeSet<usize>,
    ) {
        let mut open: Vec<(&Face, BTreeSet<usize>)> = Vec::new();
        let mut wanted: HashMap<usize, usize> = HashMap::new();
        for face in faces.iter().filter(|face| !self.likeness.contains_key(&face.source)) {
            let candidates: BTreeSet<usize> = like(face).into_iter().filter(|at| !taken.contains(at)).collect();
            for at in &candidates {
                *wanted.entry(*at).or_default() += 1;
            }
            if !candidates.is_empty() {
                open.push((face, candidates));
            }
        }
        for (face, candidates) in open {
            let only = candidates.first().copied().filter(|at| candidates.len() == 1 && wanted.get(at) == Some(&1));
            let doubt = only.and_then(|at| self.doubt(known, face.place, &strangers[at], by));
            let likeness = match (only, doubt) {
                (_, Some(problem)) => Likeness::Doubted(problem),
                (Some(at), None) if self.first => {
                    taken.insert(at);
                    Likeness::Same { key: strangers[at].clone(), by: by.into() }
                }
                _ => Likeness::Like(candidates.into_iter().map(|at| strangers[at].clone()).collect()),
            };
            self.likeness.insert(face.source.clone(), likeness);
        }
    }

    /// Who an object is by its likeness, where no rule found it.
    pub(super) fn likeness_of(&self, source: &str) -> Option<&Likeness> {
        self.likeness.get(source)
    }
}
