//! Which object of the target each source object is: its link, else the first match rule with exactly one candidate, else
//! a new one. Everything is settled here except what is written.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use idflow_sdk::{Field, FieldId, KeyRule, Problem, Record, Seen, Type, Value};

use super::{
    Known, Needs, TargetTable, Task,
    adopt::{ByRule, Likeness},
    compare::Written,
    decisions::{CANDIDATES, DECISION, Said},
    names::called,
    refused, steps,
    task::{Aside, Conform, Found, State},
};
use crate::{
    model::change::Planned,
    workflow::compiled::{Mapped, MatchRule, Unmatched},
};

/// Of more candidates than this only the first ones without a link are looked at: one is not found among them anyway.
const CROWD: usize = 20;

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
            .filter(|(place, entry)| !entry.gone && entry.ours && !links.was_seen(*place))
            .map(|(_, entry)| (entry.source.clone(), entry.target.clone()))
            .collect()
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
                Found::Linked(place) => {
                    if let Some(entry) = known.links(self.kind).map(|links| links.entry(*place)) {
                        needs.written.push((entry.source.clone(), entry.target.clone()));
                        // A link that came from the other direction: nothing was ever written here.
                        let wanted = matches!(aside.state, State::Wanted { .. });
                        if entry.fingerprint == 0 && wanted && !self.is_root(&entry.target) {
                            needs.details.push(entry.target.clone());
                        }
                    }
                }
                Found::Matched { key, instead_of, .. } => {
                    if let Some(entry) = instead_of.and_then(|place| Some(known.links(self.kind)?.entry(place))) {
                        needs.written.push((entry.source.clone(), entry.target.clone()));
                    } else if matches!(aside.state, State::Wanted { .. })
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
        for place in 0..self.aside.len() {
            if self.halt.is_set() {
                return;
            }
            self.settled.push(place);
            if matches!(self.aside[place].found, Found::Nothing) {
                let answer = match &self.aside[place].state {
                    State::Refused(planned) => Match::Refused(planned.clone()),
                    _ => self.find_decided(known, place),
                };
                found.push((place, answer));
            }
        }
        self.contest(known, &mut found, &mut HashMap::new());
        self.find_changed_keys(known, gone, &mut found);
        self.propose(known, &mut found);
        for (place, found) in found {
            let found = self.by_likeness(known, place, found);
            self.take_match(known, place, found, new_key);
        }
        known.close(self.kind);
        for place in 0..self.aside.len() {
            if self.halt.is_set() {
                return;
            }
            if !matches!(self.aside[place].state, State::Open) {
                self.conform_wanted(place, conform);
                continue;
            }
            let object = &self.aside[place].object;
            let source = object.cells.record();
            let mapped = self.mapping.evaluate(&source, &self.scope, &known.references());
            let _ = known.waiting(self.kind);
            known.missed(|| called(&self.mapping.source, &source, &object.key));
            match mapped {
                Mapped::Record { record, warnings, alone, .. } => {
                    let wanted = self.wanted_of(place, record, warnings);
                    self.conform_to_target(place, wanted, alone, conform);
                }
                other => self.take_mapped(place, other),
            }
            self.keep_label(place);
            // Others may refer to somebody who turns out not to be writable: they wait for him, and are blocked or do
            // without him when their row finds none for him.
            if matches!(self.aside[place].state, State::Refused(_))
                && !matches!(self.aside[place].found, Found::Linked(_))
            {
                known.refuse(self.kind, &self.aside[place].object.key.clone());
            }
        }
        self.reresolve();
    }

    /// People who refer to somebody refused after they were settled are evaluated with that knowledge.
    fn reresolve(&mut self) {
        let schema = self.mapping.target;
        let refused: HashSet<Value> = self
            .aside
            .iter()
            .filter_map(|aside| match (&aside.state, &aside.found) {
                (State::Refused(_), Found::New(key)) => Some(schema.key_value(key)),
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
            let State::Wanted { record: wanted, fingerprint, .. } = &mut aside.state else { continue };
            let mut record = wanted.record();
            let mut changed = false;
            for id in &fields {
                let Some(value) = record.value(*id) else { continue };
                let kept: Vec<Value> = match value {
                    Value::List(items) => items.iter().filter(|item| !refused.contains(item)).cloned().collect(),
                    single if refused.contains(single) => Vec::new(),
                    single => vec![single.clone()],
                };
                let before = value.as_list().map_or(1, <[Value]>::len);
                if kept.len() < before {
                    changed = true;
                    record.take(*id);
                    if !kept.is_empty() {
                        record.set(*id, Field::Value(Value::List(kept.into())));
                    }
                    aside.object.warnings.push(
                        Problem::new("manager_unknown").arg("key", "").arg("field", schema.spec(*id).name.to_string()),
                    );
                }
            }
            if changed {
                *fingerprint = schema.fingerprint(&record);
                *wanted = record.into();
            }
        }
    }

    /// Departments: parents before children, generation by generation; what remains waits for itself.
    fn settle_tree(&mut self, known: &mut Known, conform: Conform<'_>, new_key: &mut dyn FnMut() -> String) {
        self.find_root(known);
        self.find_source_root(known);
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
                if matches!(self.aside[place].state, State::Open) {
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
                if matches!(self.aside[*place].found, Found::Nothing) {
                    let answer = self.find_decided(known, *place);
                    let decided = self.decisions.of(&self.aside[*place].object.key).is_some();
                    let answer = self.by_place_in_tree(known, *place, answer);
                    found.push((*place, if decided { answer } else { self.by_unmatched(answer) }));
                }
            }
            self.contest(known, &mut found, &mut taken);
            for (place, found) in found {
                self.take_match(known, place, found, new_key);
            }
            open = freed;
            for place in ready {
                self.settled.push(place);
                self.note_level(known, place);
                self.keep_label(place);
                open.extend(waiting.remove(&self.aside[place].object.key).unwrap_or_default());
            }
        }
    }

    /// Refuses who waits in a circle; returns who is below one, who will be told that the parent was refused.
    fn refuse_circles(&mut self, known: &mut Known, waiting: &mut HashMap<Box<str>, Vec<usize>>) -> Vec<usize> {
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
    fn circle(&self, waiting: &HashMap<Box<str>, Vec<usize>>) -> Vec<usize> {
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

    fn refuse_parent(&mut self, known: &mut Known, place: usize, code: &'static str) {
        self.aside[place].state = State::Refused(Planned::Invalid(Problem::new(code).field("parent")));
        known.refuse(self.kind, &self.aside[place].object.key.clone());
        self.settled.push(place);
    }

    /// Of the source's record only what people recognise it by is still needed.
    fn keep_label(&mut self, place: usize) {
        let schema = &self.mapping.source;
        let object = &mut self.aside[place].object;
        if let Some(path) = schema.field("path").and_then(|id| object.cells.text(id)) {
            object.at.get_or_insert_with(|| path.as_str().into());
        }
        let label = schema.field(schema.label).and_then(|id| Some((id, object.cells.get(id)?)));
        object.cells = label.into_iter().collect();
    }

    fn take_mapped(&mut self, place: usize, mapped: Mapped) {
        let state = match mapped {
            Mapped::Record { record, warnings, alone, .. } => {
                let (record, create_only, fingerprint) = self.wanted_of(place, record, warnings);
                State::Wanted {
                    record: record.into(),
                    create_only: create_only.into(),
                    fingerprint,
                    alone: alone.into(),
                }
            }
            Mapped::Later => State::Refused(Planned::Invalid(Problem::new("reference_unknown").arg("key", ""))),
            Mapped::Skip(field) => {
                State::Refused(Planned::Skipped(Problem::new("skipped_when_empty").arg("field", field)))
            }
            Mapped::Blocked { item, .. } => State::Refused(Planned::Blocked { by: item }),
            Mapped::Invalid(mut problem) => {
                if self.is_tree() && problem.code == "department_unknown" {
                    problem.code = "dept_parent_unknown".into();
                }
                State::Refused(Planned::Invalid(problem))
            }
        };
        self.aside[place].state = state;
    }

    /// What is wanted of an object: fields for every write, fields for its creation only, and the fingerprint of both.
    fn wanted_of(&mut self, place: usize, mut record: Record, warnings: Vec<Problem>) -> (Record, Record, u64) {
        if matches!(self.aside[place].found, Found::Linked(_)) {
            self.freeze(&mut record);
        }
        let create_only = self.split(&mut record);
        self.aside[place].object.warnings.extend(warnings);
        let fingerprint = self.print(&record, &create_only);
        (record, create_only, fingerprint)
    }

    fn conform_wanted(&mut self, place: usize, conform: Conform<'_>) {
        let State::Wanted { record, create_only, fingerprint, alone } = &mut self.aside[place].state else { return };
        let wanted = (record.record(), create_only.record(), *fingerprint);
        let alone = std::mem::take(alone).into();
        self.conform_to_target(place, wanted, alone, conform);
    }

    /// What is wanted becomes what the target takes, and is packed.
    fn conform_to_target(
        &mut self,
        place: usize,
        (mut whole, mut only, fingerprint): (Record, Record, u64),
        alone: Vec<FieldId>,
        conform: Conform<'_>,
    ) {
        let kind = self.kind;
        let mapping = Arc::clone(&self.mapping);
        let Aside { object, found, state, .. } = &mut *self.aside[place];
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
                // Nobody is made only to be gone.
                if matches!(found, Found::New(_)) && self.mapping.target.is_gone(&whole) {
                    *state = State::Refused(Planned::Skipped(Problem::new("left_unknown")));
                    self.total = self.total.saturating_sub(1);
                } else {
                    *state = State::Wanted {
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
                *state = State::Refused(Planned::Invalid(problem));
            }
        }
    }

    /// The wanted parent of an object of a tree; `None` is the top.
    fn parent_of(&self, record: &Record) -> Option<Value> {
        let field = self.mapping.target.field(self.mapping.target.parent?)?;
        record.value(field).cloned()
    }

    fn level_of(&self, parent: Option<&Value>) -> usize {
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

    fn check_depth(&mut self, place: usize) {
        let Some(most) = self.mapping.target.max_depth else { return };
        let Some(whole) = self.whole(place) else { return };
        let level = self.level_of(self.parent_of(&whole).as_ref()) + 1;
        if level > most {
            let problem = Problem::new("dept_too_deep")
                .field("parent")
                .arg("level", level.to_string())
                .arg("limit", most.to_string());
            self.aside[place].state = State::Refused(Planned::Invalid(problem));
        }
    }

    fn note_level(&mut self, known: &Known, place: usize) {
        let Some(whole) = self.whole(place) else { return };
        let level = self.level_of(self.parent_of(&whole).as_ref()) + 1;
        let key = match &self.aside[place].found {
            Found::New(key) | Found::Matched { key, .. } => key.clone(),
            Found::Linked(link) => match known.links(self.kind) {
                Some(links) => links.entry(*link).target.clone(),
                None => return,
            },
            Found::Nothing => return,
        };
        self.levels.insert(key, level);
    }

    fn take_match(&mut self, known: &mut Known, place: usize, found: Match, new_key: &mut dyn FnMut() -> String) {
        let schema = self.mapping.target;
        let source = self.aside[place].object.key.clone();
        match found {
            Match::To { key, rule, instead_of } => {
                known.decide(schema, self.kind, &source, &key);
                self.aside[place].found = Found::Matched { key, rule, instead_of };
            }
            Match::None if self.hides_label(place) => {
                if self.is_tree() {
                    // What is below it hangs from the top, like everything whose parent cannot be seen.
                    known.put_on_top(self.kind, &source);
                } else {
                    known.refuse(self.kind, &source);
                }
                self.aside[place].state = State::Refused(Planned::Skipped(Problem::new("name_hidden")));
            }
            Match::None => match self.key_for(place, new_key) {
                Ok(key) => {
                    known.decide(schema, self.kind, &source, &key);
                    self.aside[place].found = Found::New(key);
                }
                Err(planned) => {
                    known.refuse(self.kind, &source);
                    self.aside[place].state = State::Refused(planned);
                }
            },
            Match::Refused(planned) => {
                known.refuse(self.kind, &source);
                self.aside[place].state = State::Refused(planned);
            }
        }
    }

    /// Whether the source does not let anybody see what the object is called: such an object is not made.
    fn hides_label(&self, place: usize) -> bool {
        let schema = self.mapping.target;
        let source = || self.aside[place].object.cells.pick(&self.label_reads);
        schema.field(schema.label).is_some_and(|id| self.mapping.hides(id, &source(), &self.scope))
    }

    /// What the match rules say of this object of the source.
    pub(super) fn by_rule(&mut self, known: &Known, place: usize) -> ByRule {
        let object = &self.aside[place].object;
        let (key, record) = (object.key.clone(), object.cells.record());
        match self.decisions.of(&key) {
            Some(Said::Link(target)) => return ByRule::This(target.clone()),
            Some(_) => return ByRule::Refused,
            None => {}
        }
        match self.find(known, &key, &record, None) {
            Match::None => ByRule::Nobody,
            Match::Refused(Planned::Ambiguous(problem)) if problem.code == "match_hidden" => ByRule::Nobody,
            Match::To { key, .. } => ByRule::This(key),
            Match::Refused(_) => ByRule::Refused,
        }
    }

    /// No rule goes by the place in the tree: in a first run the name there does.
    fn by_place_in_tree(&mut self, known: &Known, place: usize, found: Match) -> Match {
        let undecided = self.first && self.in_use && matches!(found, Match::None);
        if !undecided || self.decisions.of(&self.aside[place].object.key).is_some() {
            return found;
        }
        let Some(wanted) = self.whole(place) else { return found };
        self.find_child(known, Some(&wanted), "name").unwrap_or(Match::None)
    }

    /// What no rule found may look like somebody.
    fn by_likeness(&self, known: &Known, place: usize, found: Match) -> Match {
        let undecided = match &found {
            Match::None => true,
            Match::Refused(Planned::Ambiguous(problem)) => problem.code == "match_hidden",
            _ => false,
        };
        match self.likeness_of(&self.aside[place].object.key).filter(|_| undecided) {
            None => found,
            Some(Likeness::Same { key, by }) => Match::To { key: key.clone(), rule: by.clone(), instead_of: None },
            Some(Likeness::Like(keys)) => {
                let seen: Vec<Seen> = keys.iter().take(5).filter_map(|key| self.target.get(key)).collect();
                let names: Vec<String> =
                    seen.iter().map(|seen| called(self.mapping.target, &seen.record, &seen.key)).collect();
                let names = if names.is_empty() { keys.join(", ") } else { names.join(", ") };
                let problem = Problem::new("looks_like")
                    .arg("names", names)
                    .arg(CANDIDATES, self.candidates(known, seen.iter().map(|seen| &*seen.key)));
                Match::Refused(Planned::Ambiguous(problem))
            }
        }
    }

    /// The key of a new object.
    fn key_for(&mut self, place: usize, new_key: &mut dyn FnMut() -> String) -> Result<Box<str>, Planned> {
        match self.mapping.target.key {
            KeyRule::Ulid => Ok(new_key().into()),
            KeyRule::Sequence(_) => {
                self.next_key += 1;
                Ok(self.next_key.to_string().into())
            }
            KeyRule::Natural(field) => {
                match self.mapping.natural_key(&self.aside[place].object.cells.record(), &self.scope) {
                    Ok(Some(value)) => Ok(value.to_key().unwrap_or_default()),
                    Ok(None) => Err(Planned::Invalid(Problem::new("userid_missing").arg("field", field))),
                    Err(Mapped::Invalid(problem)) => Err(Planned::Invalid(problem)),
                    Err(_) => Err(Planned::Invalid(Problem::new("userid_missing").arg("field", field))),
                }
            }
            KeyRule::Given => Err(Planned::Invalid(Problem::new("cannot_be_created"))),
        }
    }

    /// What a person decided about an object without a link, else what the match rules say.
    fn find_decided(&mut self, known: &Known, place: usize) -> Match {
        let object = &self.aside[place].object;
        match self.decisions.of(&object.key) {
            Some(Said::Ignore) => {
                self.heeded.insert(object.key.clone());
                return Match::Refused(Planned::Skipped(Problem::new("decision_ignored")));
            }
            Some(Said::Create) => {
                self.heeded.insert(object.key.clone());
                return Match::None;
            }
            Some(Said::Link(key)) => {
                let key = key.clone();
                if let Some(found) = self.take_decided(known, place, &key) {
                    return found;
                }
            }
            None => {}
        }
        if let State::Refused(planned) = &self.aside[place].state {
            return Match::Refused(planned.clone());
        }
        let wanted = self.whole(place);
        let source = self.aside[place].object.cells.pick(&self.rule_reads);
        let key = self.aside[place].object.key.clone();
        match self.find(known, &key, &source, wanted.as_ref()) {
            // Who has left asks for nobody's account: his own went to another key, or he was never known here.
            Match::Refused(Planned::Ambiguous(problem))
                if problem.code == "account_taken" && self.is_left(&self.aside[place].object.cells.record()) =>
            {
                Match::None
            }
            found => found,
        }
    }

    /// What is wanted of an object that is to be made: also what is written then only, because it may be found by that.
    pub(super) fn whole(&self, place: usize) -> Option<Record> {
        let State::Wanted { record, create_only, .. } = &self.aside[place].state else { return None };
        let mut whole = record.record();
        whole.merge(&create_only.record());
        Some(whole)
    }

    /// What becomes of a department without a counterpart, by `unmatched`; those below one that is left out are left out too.
    fn by_unmatched(&self, found: Match) -> Match {
        let Some(proposals) = &self.mapping.proposals else { return found };
        match (proposals.unmatched, found) {
            (Unmatched::Skip, Match::None | Match::Refused(Planned::Blocked { .. })) => {
                Match::Refused(Planned::Skipped(Problem::new("unmatched_skipped")))
            }
            (Unmatched::Ask, Match::None) => {
                Match::Refused(Planned::Ambiguous(Problem::new("nobody_proposed").arg(CANDIDATES, "[]")))
            }
            (_, found) => found,
        }
    }

    /// Whether the source says that somebody has left.
    pub(super) fn is_left(&self, source: &Record) -> bool {
        let schema = self.mapping.target;
        let field = schema.gone_when.and_then(|(name, _)| schema.field(name));
        let value = field.and_then(|id| Some((id, self.mapping.field_alone(id, source, &self.scope)?)));
        value.is_some_and(|one| schema.is_gone(&[one].into_iter().collect()))
    }

    /// A pair that a person named. It holds as long as the object is there and nobody in the source has it.
    fn take_decided(&mut self, known: &Known, place: usize, key: &str) -> Option<Match> {
        let source = self.aside[place].object.key.clone();
        let links = known.links(self.kind);
        let held = links.and_then(|links| links.of_target(key));
        let there = self.target.get(key);
        let stays = |place: usize| {
            let seen = links.is_some_and(|links| links.was_seen(place));
            seen && !there.as_ref().is_some_and(|there| self.leaves(place, there))
        };
        let (Some(there), false) = (there.as_ref().map(|seen| seen.key.clone()), held.is_some_and(stays)) else {
            let code = if !self.target.has(key) { "decision_end_gone" } else { "decision_linked_elsewhere" };
            let who = called(&self.mapping.source, &self.aside[place].object.cells.record(), &source);
            self.void.push((source, Problem::new(code).arg("who", who)));
            return None;
        };
        self.heeded.insert(source);
        Some(Match::To { key: there, rule: DECISION.into(), instead_of: held })
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
            let places: Vec<usize> = by.iter().map(|at| found[*at].0).chain(before).collect();
            let candidate = self.called_there(known, &key);
            for at in by.iter().copied().filter(|at| Some(*at) != winner || before.is_some()) {
                let (place, answer) = &mut found[at];
                let rule = match answer {
                    Match::To { rule, .. } => std::mem::take(rule),
                    _ => String::new(),
                };
                let rivals: Vec<String> =
                    places.iter().filter(|other| **other != *place).take(5).map(|other| self.called(*other)).collect();
                let problem = Problem::new("match_contested")
                    .arg("candidate", candidate.clone())
                    .arg("rivals", rivals.join(", "))
                    .arg("rule", rule)
                    .arg(CANDIDATES, self.candidates(known, [&*key]));
                *answer = Match::Refused(Planned::Ambiguous(problem));
            }
            if let (Some(winner), None) = (winner, before) {
                taken.insert(key, found[winner].0);
            }
        }
    }

    /// What people call an object of the source.
    pub(super) fn called(&self, place: usize) -> String {
        let object = &self.aside[place].object;
        called(&self.mapping.source, &object.cells.record(), &object.key)
    }

    /// Applies the match rules.
    fn find(&mut self, known: &Known, key: &str, source: &Record, wanted: Option<&Record>) -> Match {
        let mapping = self.mapping.clone();
        for rule in &mapping.rules {
            let MatchRule::Equal { text, source: template, target } = rule else { continue };
            let answer = if mapping.target.spec(*target).ty == Type::Path {
                self.find_child(known, wanted, text)
            } else {
                self.find_by_value(known, key, source, template, *target, text)
            };
            if let Some(answer) = answer {
                return answer;
            }
        }
        Match::None
    }

    /// A department is found by its path: the child of its (known) parent that has its name. Names that we may not see
    /// leave it undecided, and nothing is created beside them.
    fn find_child(&mut self, known: &Known, wanted: Option<&Record>, rule: &str) -> Option<Match> {
        let wanted = wanted?;
        let schema = self.mapping.target;
        let name = schema.field(schema.label)?;
        let parent = self.parent_of(wanted);
        let links = known.links(self.kind);
        let (named, hidden) = self.target.children(parent.as_ref(), name, wanted.get(name)?);
        let (named, first, number) = (named.to_vec(), hidden.first().copied(), hidden.len());
        let linked = |place: u32| links.and_then(|links| links.of_target(self.target.key_at(place)));
        // Linked to an object that is gone from a complete read: the new one takes its place.
        let left = |link: usize| self.complete && links.is_some_and(|links| !links.was_seen(link));
        let free: Vec<(u32, Option<usize>)> =
            named.iter().map(|place| (*place, linked(*place))).filter(|(_, link)| link.is_none_or(left)).collect();
        match free.as_slice() {
            [(place, link)] => {
                let key = self.target.key_at(*place).into();
                return Some(Match::To { key, rule: rule.into(), instead_of: *link });
            }
            [] => {}
            several => return Some(self.several(known, several.iter().map(|(place, _)| *place), rule)),
        }
        let number = first.map_or(0, |first| {
            self.unlinked(known, (true, name, first), number, |table| {
                table.children(parent.as_ref(), name, &Field::Empty).1.to_vec()
            })
        });
        (number > 0).then(|| {
            let problem = Problem::new("names_hidden").field("name").arg("number", number.to_string());
            Match::Refused(Planned::Ambiguous(problem))
        })
    }

    /// How many of the objects of which a field is hidden have no link; counted once for each list of them, which its
    /// sort (below one parent or everywhere), field and first object name.
    fn unlinked(
        &mut self,
        known: &Known,
        list: (bool, FieldId, u32),
        all: usize,
        places: impl FnOnce(&mut TargetTable) -> Vec<u32>,
    ) -> usize {
        if all == 0 {
            return 0;
        }
        if let Some(number) = self.unlinked.get(&list) {
            return *number;
        }
        let places = places(&mut self.target);
        let free = |place: &u32| {
            let key = self.target.key_at(*place);
            known.links(self.kind).is_none_or(|links| links.of_target(key).is_none())
        };
        let number = places.iter().filter(|place| free(place)).count();
        self.unlinked.insert(list, number);
        number
    }

    /// Of many objects with one value those that it takes to say what is to be said: the first ones without a link, or else
    /// the first ones. They are looked for once for each crowd, which its field and first object name.
    fn of_crowd(&mut self, known: &Known, crowd: (FieldId, u32), value: &Field) -> Vec<u32> {
        if let Some(few) = self.crowds.get(&crowd) {
            return few.clone();
        }
        let (all, _) = self.target.having(crowd.0, value);
        let all = all.to_vec();
        steps::took(all.len());
        let free = |place: &u32| {
            let key = self.target.key_at(*place);
            known.links(self.kind).is_none_or(|links| links.of_target(key).is_none())
        };
        let mut few: Vec<u32> = all.iter().copied().filter(free).take(CROWD).collect();
        if few.is_empty() {
            few = all.into_iter().take(CROWD).collect();
        }
        self.crowds.insert(crowd, few.clone());
        few
    }

    fn several(&self, known: &Known, places: impl Iterator<Item = u32>, rule: &str) -> Match {
        let seen: Vec<Seen> = places.take(5).map(|place| self.target.at(place)).collect();
        let names: Vec<String> = seen.iter().map(|seen| self.called_there(known, &seen.key)).collect();
        let problem = Problem::new("several_candidates")
            .arg("candidates", names.join(", "))
            .arg("rule", rule)
            .arg(CANDIDATES, self.candidates(known, seen.iter().map(|seen| &*seen.key)));
        Match::Refused(Planned::Ambiguous(problem))
    }

    fn find_by_value(
        &mut self,
        known: &Known,
        own: &str,
        source: &Record,
        template: &crate::workflow::template::Template,
        target: FieldId,
        rule: &str,
    ) -> Option<Match> {
        let schema = self.mapping.target;
        let value = template.evaluate(Some(source), &self.scope).ok().flatten()?;
        value.value()?;
        let natural = matches!(schema.key, KeyRule::Natural(field) if schema.field(field) == Some(target));
        let links = known.links(self.kind)?;
        let shown = value.value().and_then(Value::to_key).unwrap_or_default();
        let (candidates, hidden): (Vec<u32>, Option<(u32, usize)>) = if natural {
            let key = value.value().and_then(Value::to_key)?;
            let place = self.target.place(&key).filter(|place| !schema.is_gone(&self.target.at(*place).record));
            (place.into_iter().collect(), None)
        } else {
            let (found, hidden) = self.target.having(target, &value);
            let hidden = hidden.first().map(|first| (*first, hidden.len()));
            let crowd = found.first().copied().filter(|_| found.len() > CROWD);
            let few = if crowd.is_some() { Vec::new() } else { found.to_vec() };
            (crowd.map_or(few, |first| self.of_crowd(known, (target, first), &value)), hidden)
        };
        steps::took(candidates.len());
        let candidates: Vec<u32> =
            candidates.into_iter().filter(|place| self.decisions.allows(own, self.target.key_at(*place))).collect();
        let free: Vec<u32> =
            candidates.iter().copied().filter(|place| links.of_target(self.target.key_at(*place)).is_none()).collect();
        match free.as_slice() {
            [one] => {
                let key = self.target.key_at(*one).into();
                return Some(Match::To { key, rule: rule.into(), instead_of: None });
            }
            [] => {}
            several => return Some(self.several(known, several.iter().copied(), rule)),
        }
        if let Some(taken) = candidates.first().map(|place| self.target.at(*place)) {
            let holder = self.called_there(known, &taken.key);
            let problem = Problem::new("account_taken")
                .arg("value", &*shown)
                .arg("holder", holder)
                .arg(CANDIDATES, self.candidates(known, [&*taken.key]));
            return Some(Match::Refused(Planned::Ambiguous(problem)));
        }
        let undecided = hidden.map_or(0, |(first, all)| {
            self.unlinked(known, (false, target, first), all, |table| table.having(target, &Field::Empty).1.to_vec())
        });
        if undecided > 0 {
            let problem = Problem::new("match_hidden")
                .arg("field", schema.spec(target).name.to_string())
                .arg("number", undecided.to_string());
            return Some(Match::Refused(Planned::Ambiguous(problem)));
        }
        None
    }
}
