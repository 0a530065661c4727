//! Which object of the target each source object is: its link, else the first match rule with exactly one candidate, else
//! a new one. Everything is settled here except what is written.

use std::collections::{HashMap, VecDeque};

use idflow_sdk::{FieldId, KeyRule, Problem, Record, Type, Value};

use super::{
    Known, Needs, Task,
    task::{Aside, Conform, Found, State, called},
};
use crate::{
    model::change::Planned,
    workflow::compiled::{Mapped, MatchRule},
};

/// What the match rules say about an object without a link.
enum Match {
    To { key: Box<str>, rule: String, instead_of: Option<usize> },
    None,
    Refused(Planned),
}

impl Task {
    /// Settles every object that was put aside. `new_key` makes keys for targets that use ULIDs.
    pub fn decide(&mut self, known: &mut Known, conform: Conform<'_>, new_key: &mut dyn FnMut() -> String) -> Needs {
        known.list_ended(self.kind, self.listed(), self.complete);
        if let Some(links) = known.links(self.kind) {
            let highest = links.entries().iter().filter_map(|entry| entry.target.parse().ok()).max();
            self.next_key = self.next_key.max(highest.unwrap_or(0));
        }
        if self.is_tree() {
            self.settle_tree(known, conform, new_key);
        } else {
            self.settle_flat(known, conform, new_key);
        }
        known.close(self.kind);
        let mut needs = Needs::default();
        for aside in &self.aside {
            match &aside.found {
                Found::Linked(place) => {
                    if let Some(entry) = known.links(self.kind).map(|links| links.entry(*place)) {
                        needs.written.push((entry.source.clone(), entry.target.clone()));
                    }
                }
                Found::Matched { key, instead_of, .. } => {
                    if let Some(entry) = instead_of.and_then(|place| Some(known.links(self.kind)?.entry(place))) {
                        needs.written.push((entry.source.clone(), entry.target.clone()));
                    } else if matches!(aside.state, State::Wanted { .. }) {
                        needs.details.push(key.clone());
                    }
                }
                Found::New(_) | Found::Nothing => {}
            }
        }
        if let Some(links) = known.links(self.kind).filter(|_| self.complete) {
            for (place, entry) in links.entries().iter().enumerate() {
                if !entry.gone && !links.was_seen(place) && entry.ours {
                    needs.written.push((entry.source.clone(), entry.target.clone()));
                }
            }
        }
        needs
    }

    /// People: all keys first, because they refer to each other, then all fields.
    fn settle_flat(&mut self, known: &mut Known, conform: Conform<'_>, new_key: &mut dyn FnMut() -> String) {
        for place in 0..self.aside.len() {
            self.settled.push(place);
            if !matches!(self.aside[place].found, Found::Nothing) {
                continue;
            }
            let key = self.aside[place].object.key.clone();
            if let State::Refused(_) = self.aside[place].state {
                known.refuse(self.kind, &key);
                continue;
            }
            let found = self.find(known, &self.aside[place].object.record.clone(), None);
            self.take_match(known, place, found, new_key);
        }
        known.close(self.kind);
        for place in 0..self.aside.len() {
            if !matches!(self.aside[place].state, State::Open) {
                self.conform_wanted(place, conform);
                continue;
            }
            let object = &self.aside[place].object;
            let mapped = self.mapping.evaluate(&object.record, &self.scope, &known.references());
            let _ = known.waiting(self.kind);
            known.missed(|| called(&self.mapping.source, &object.record, &object.key));
            self.take_mapped(place, mapped);
            self.conform_wanted(place, conform);
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
        let refused: std::collections::HashSet<Value> = self
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
            let State::Wanted { record, fingerprint, .. } = &mut aside.state else { continue };
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
                        record.set(*id, idflow_sdk::Field::Value(Value::List(kept.into())));
                    }
                    aside.object.warnings.push(
                        Problem::new("manager_unknown").arg("key", "").arg("field", schema.spec(*id).name.to_string()),
                    );
                }
            }
            if changed {
                *fingerprint = schema.fingerprint(record);
            }
        }
    }

    /// Departments: parents before children, in one pass; what remains waits for itself.
    fn settle_tree(&mut self, known: &mut Known, conform: Conform<'_>, new_key: &mut dyn FnMut() -> String) {
        let mut waiting: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        let mut queue: VecDeque<usize> = (0..self.aside.len()).collect();
        let mut left: usize = queue.len();
        while let Some(place) = queue.pop_front() {
            let key = self.aside[place].object.key.clone();
            if matches!(self.aside[place].state, State::Open) {
                let record = self.aside[place].object.record.clone();
                let mapped = self.mapping.evaluate(&record, &self.scope, &known.references());
                let asked = known.waiting(self.kind);
                known.missed(|| called(&self.mapping.source, &record, &key));
                if let (Mapped::Later, Some(first)) = (&mapped, asked.into_iter().next()) {
                    waiting.entry(first).or_default().push(place);
                    continue;
                }
                self.take_mapped(place, mapped);
                self.conform_wanted(place, conform);
                self.check_depth(place);
            }
            left -= 1;
            self.settled.push(place);
            if matches!(self.aside[place].found, Found::Nothing) {
                let found = match &self.aside[place].state {
                    State::Wanted { record, .. } => {
                        let wanted = record.clone();
                        let source = self.aside[place].object.record.clone();
                        self.find(known, &source, Some(&wanted))
                    }
                    State::Refused(planned) => Match::Refused(planned.clone()),
                    State::Open => Match::None,
                };
                self.take_match(known, place, found, new_key);
            }
            self.note_level(known, place);
            self.keep_label(place);
            queue.extend(waiting.remove(&key).unwrap_or_default());
        }
        if left > 0 {
            let mut circle: Vec<usize> = waiting.into_values().flatten().collect();
            circle.sort_unstable();
            for place in circle {
                let problem = Problem::new("dept_parent_cycle").field("parent");
                self.aside[place].state = State::Refused(Planned::Invalid(problem));
                known.refuse(self.kind, &self.aside[place].object.key.clone());
                self.settled.push(place);
            }
        }
    }

    /// Of the source's record only what people recognise it by is still needed.
    fn keep_label(&mut self, place: usize) {
        let schema = &self.mapping.source;
        let object = &mut self.aside[place].object;
        if let Some(path) = schema.field("path").and_then(|id| object.record.text(id)) {
            object.at.get_or_insert_with(|| path.into());
        }
        let label = schema.field(schema.label).and_then(|id| Some((id, object.record.take(id)?)));
        object.record = label.into_iter().collect();
    }

    fn take_mapped(&mut self, place: usize, mapped: Mapped) {
        let state = match mapped {
            Mapped::Record { mut record, warnings, .. } => {
                let create_only = self.split(&mut record);
                self.aside[place].object.warnings.extend(warnings);
                let fingerprint = self.mapping.target.fingerprint(&record);
                State::Wanted { record, create_only, fingerprint }
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

    fn conform_wanted(&mut self, place: usize, conform: Conform<'_>) {
        let kind = self.kind;
        let Aside { object, found, state, .. } = &mut self.aside[place];
        let State::Wanted { record, create_only, .. } = state else { return };
        let complete = !matches!(found, Found::Linked(_));
        let mut whole = record.clone();
        whole.merge(create_only);
        match conform(kind, &mut whole, complete, &mut object.warnings) {
            Ok(()) => {
                for id in &self.create_only {
                    if let Some(field) = whole.take(*id) {
                        create_only.set(*id, field);
                    }
                }
                *record = whole;
                // Nobody is made only to be gone.
                if matches!(found, Found::New(_)) && self.mapping.target.is_gone(record) {
                    *state = State::Refused(Planned::Skipped(Problem::new("left_unknown")));
                    self.total = self.total.saturating_sub(1);
                }
            }
            Err(problem) => *state = State::Refused(Planned::Invalid(problem)),
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
        let State::Wanted { record, .. } = &self.aside[place].state else { return };
        let level = self.level_of(self.parent_of(record).as_ref()) + 1;
        if level > most {
            let problem = Problem::new("dept_too_deep")
                .field("parent")
                .arg("level", level.to_string())
                .arg("limit", most.to_string());
            self.aside[place].state = State::Refused(Planned::Invalid(problem));
        }
    }

    fn note_level(&mut self, known: &Known, place: usize) {
        let State::Wanted { record, .. } = &self.aside[place].state else { return };
        let level = self.level_of(self.parent_of(record).as_ref()) + 1;
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

    /// The key of a new object.
    fn key_for(&mut self, place: usize, new_key: &mut dyn FnMut() -> String) -> Result<Box<str>, Planned> {
        match self.mapping.target.key {
            KeyRule::Ulid => Ok(new_key().into()),
            KeyRule::Sequence(_) => {
                self.next_key += 1;
                Ok(self.next_key.to_string().into())
            }
            KeyRule::Natural(field) => match self.mapping.natural_key(&self.aside[place].object.record, &self.scope) {
                Ok(Some(value)) => Ok(value.to_key().unwrap_or_default()),
                Ok(None) => Err(Planned::Invalid(Problem::new("userid_missing").arg("field", field))),
                Err(Mapped::Invalid(problem)) => Err(Planned::Invalid(problem)),
                Err(_) => Err(Planned::Invalid(Problem::new("userid_missing").arg("field", field))),
            },
            KeyRule::Given => Err(Planned::Invalid(Problem::new("cannot_be_created"))),
        }
    }

    /// Applies the match rules.
    fn find(&mut self, known: &Known, source: &Record, wanted: Option<&Record>) -> Match {
        let mapping = self.mapping.clone();
        for rule in &mapping.rules {
            let MatchRule::Equal { text, source: template, target } = rule else { continue };
            let answer = if mapping.target.spec(*target).ty == Type::Path {
                self.find_child(known, wanted, text)
            } else {
                self.find_by_value(known, source, template, *target, text)
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
        let complete = self.complete;
        let wanted_name = wanted.get(name)?.clone();
        let mut hidden = 0usize;
        let mut found = None;
        for child in self.target.children(parent.as_ref()) {
            if schema.is_gone(&child.record) {
                continue;
            }
            let link = links.and_then(|links| links.of_target(&child.key));
            match child.record.get(name) {
                None => hidden += usize::from(link.is_none()),
                Some(read) if schema.same(name, read, &wanted_name) => {
                    // Linked to an object that is gone from a complete read: the new one takes its place.
                    let free = link.is_none_or(|place| complete && links.is_some_and(|links| !links.was_seen(place)));
                    if free {
                        found = Some(Match::To { key: child.key.clone(), rule: rule.into(), instead_of: link });
                    }
                }
                Some(_) => {}
            }
        }
        if found.is_none() && hidden > 0 {
            let problem = Problem::new("names_hidden").field("name").arg("number", hidden.to_string());
            return Some(Match::Refused(Planned::Ambiguous(problem)));
        }
        found
    }

    fn find_by_value(
        &mut self,
        known: &Known,
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
        let (candidates, hidden) = if natural {
            let key = value.value().and_then(Value::to_key)?;
            (self.target.get(&key).into_iter().collect(), Vec::new())
        } else {
            self.target.having(target, &value)
        };
        let candidates: Vec<_> = candidates.into_iter().filter(|seen| !schema.is_gone(&seen.record)).collect();
        let free: Vec<_> = candidates.iter().filter(|seen| links.of_target(&seen.key).is_none()).collect();
        match free.as_slice() {
            [one] => {
                return Some(Match::To { key: one.key.clone(), rule: rule.into(), instead_of: None });
            }
            [] => {}
            several => {
                let keys = several.iter().take(5).map(|seen| &*seen.key).collect::<Vec<_>>().join(", ");
                let problem = Problem::new("several_candidates").arg("candidates", keys).arg("rule", rule);
                return Some(Match::Refused(Planned::Ambiguous(problem)));
            }
        }
        if let Some(taken) = candidates.first() {
            let problem = Problem::new("account_taken").arg("key", &*taken.key).arg("value", &*shown);
            return Some(Match::Refused(Planned::Ambiguous(problem)));
        }
        let undecided = hidden.iter().filter(|seen| links.of_target(&seen.key).is_none()).count();
        if undecided > 0 {
            let problem = Problem::new("match_hidden")
                .arg("field", schema.spec(target).name.to_string())
                .arg("number", undecided.to_string());
            return Some(Match::Refused(Planned::Ambiguous(problem)));
        }
        None
    }
}
