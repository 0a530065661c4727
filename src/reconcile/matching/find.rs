//! Which object of the target do rules and decisions find for one of the source?

use idflow_sdk::{Field, FieldId, KeyRule, Kind, Problem, Record, Seen, Type, Value};

use super::{
    super::{
        Known, TargetTable, Task,
        called::called,
        decisions::{CANDIDATES, DECISION, Said},
        likeness::{ByRule, Likeness},
        steps,
        task::AsideState,
    },
    CROWD, Match,
};
use crate::{
    model::change::Planned,
    workflow::compiled::{MatchRule, Unmatched},
};

impl Task {
    /// What the match rules say of this object of the source.
    pub(in crate::reconcile) fn by_rule(&mut self, known: &Known, place: usize) -> ByRule {
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
            Match::To { key, rule, .. } if self.doubt(known, place, &key, &rule).is_some() => ByRule::Refused,
            Match::To { key, .. } => ByRule::This(key),
            Match::Refused(_) => ByRule::Refused,
        }
    }

    /// No rule goes by the place in the tree: in a first run the name there does.
    pub(super) fn by_place_in_tree(&mut self, known: &Known, place: usize, found: Match) -> Match {
        let undecided = self.first && self.in_use && matches!(found, Match::None);
        if !undecided || self.decisions.of(&self.aside[place].object.key).is_some() {
            return found;
        }
        let Some(wanted) = self.whole(place) else { return found };
        self.find_child(known, Some(&wanted), "name").unwrap_or(Match::None)
    }

    /// What no rule found may look like somebody.
    pub(super) fn by_likeness(&self, known: &Known, place: usize, found: Match) -> Match {
        let undecided = match &found {
            Match::None => true,
            Match::Refused(Planned::Ambiguous(problem)) => problem.code == "match_hidden",
            _ => false,
        };
        match self.likeness_of(&self.aside[place].object.key).filter(|_| undecided) {
            None => found,
            Some(Likeness::Same { key, by }) => Match::To { key: key.clone(), rule: by.clone(), instead_of: None },
            Some(Likeness::Doubted(problem)) => Match::Refused(Planned::Ambiguous(problem.clone().into())),
            Some(Likeness::Like(keys)) => {
                let seen: Vec<Seen> = keys.iter().take(5).filter_map(|key| self.target.get(key)).collect();
                let names: Vec<String> =
                    seen.iter().map(|seen| called(self.mapping.target, &seen.record, &seen.key)).collect();
                let names = if names.is_empty() { keys.join(", ") } else { names.join(", ") };
                let problem = Problem::new("looks_like")
                    .arg("names", names)
                    .arg(CANDIDATES, self.candidates(known, seen.iter().map(|seen| &*seen.key)));
                Match::Refused(Planned::Ambiguous(problem.into()))
            }
        }
    }

    /// What a person decided about an object without a link, else what the match rules say.
    pub(super) fn find_decided(&mut self, known: &Known, place: usize) -> Match {
        let object = &self.aside[place].object;
        match self.decisions.of(&object.key) {
            Some(Said::Ignore) => {
                self.heeded.insert(object.key.clone());
                return Match::Refused(Planned::Skipped(Problem::new("decision_ignored").into()));
            }
            Some(Said::Create) => {
                self.heeded.insert(object.key.clone());
                return Match::None;
            }
            Some(Said::Link(key)) => {
                let key = key.clone();
                return self.take_decided(known, place, &key);
            }
            None => {}
        }
        if let Some(found) = self.by_new_key(known, place) {
            return found;
        }
        if let AsideState::Refused(planned) = &self.aside[place].state {
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
            Match::To { key, rule, instead_of } => match self.doubt(known, place, &key, &rule) {
                Some(problem) => Match::Refused(Planned::Ambiguous(problem.into())),
                None => Match::To { key, rule, instead_of },
            },
            found => found,
        }
    }

    /// What becomes of a department without a counterpart, by `unmatched`; those below one that is left out are left out too.
    pub(super) fn by_unmatched(&self, found: Match) -> Match {
        let Some(proposals) = &self.mapping.proposals else { return found };
        match (proposals.unmatched, found) {
            (Unmatched::Skip, Match::None | Match::Refused(Planned::Blocked { .. })) => {
                Match::Refused(Planned::Skipped(Problem::new("unmatched_skipped").into()))
            }
            (Unmatched::Ask, Match::None) => {
                Match::Refused(Planned::Ambiguous(Problem::new("nobody_proposed").arg(CANDIDATES, "[]").into()))
            }
            (_, found) => found,
        }
    }

    /// A pair that a person named. It holds as long as the object is there and nobody in the source has it; when it does not hold
    /// any more, nobody is made before somebody could see that.
    fn take_decided(&mut self, known: &Known, place: usize, key: &str) -> Match {
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
            let problem = Problem::new(code).arg("who", who);
            self.void.push((source, problem.clone()));
            return Match::Refused(Planned::Ambiguous(problem.arg(CANDIDATES, "[]").into()));
        };
        self.heeded.insert(source);
        Match::To { key: there, rule: DECISION.into(), instead_of: held }
    }

    /// Applies the match rules.
    pub(super) fn find(&mut self, known: &Known, key: &str, source: &Record, wanted: Option<&Record>) -> Match {
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
    pub(super) fn find_child(&mut self, known: &Known, wanted: Option<&Record>, rule: &str) -> Option<Match> {
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
            Match::Refused(Planned::Ambiguous(problem.into()))
        })
    }

    /// How many of the objects of which a field is hidden have no link; counted once for each list of them, which its
    /// sort (below one parent or everywhere), field and first object name.
    pub(super) fn unlinked(
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
    pub(super) fn of_crowd(&mut self, known: &Known, crowd: (FieldId, u32), value: &Field) -> Vec<u32> {
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

    pub(super) fn several(&self, known: &Known, places: impl Iterator<Item = u32>, rule: &str) -> Match {
        let seen: Vec<Seen> = places.take(5).map(|place| self.target.at(place)).collect();
        let names: Vec<String> = seen.iter().map(|seen| self.called_there(known, &seen.key)).collect();
        let problem = Problem::new("several_candidates")
            .arg("candidates", names.join(", "))
            .arg("rule", rule)
            .arg(CANDIDATES, self.candidates(known, seen.iter().map(|seen| &*seen.key)));
        Match::Refused(Planned::Ambiguous(problem.into()))
    }

    pub(super) fn find_by_value(
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
            // One of two who are both in the source has another account: that is not for somebody to decide here.
            let gone = links
                .of_target(&taken.key)
                .is_some_and(|link| !links.was_seen(link) && self.is_gone(&links.entry(link).source));
            let decided = gone && schema.kind == Kind::User;
            let problem = if decided { self.about(problem, own, &taken.key) } else { problem };
            return Some(Match::Refused(Planned::Ambiguous(problem.into())));
        }
        let undecided = hidden.map_or(0, |(first, all)| {
            self.unlinked(known, (false, target, first), all, |table| table.having(target, &Field::Empty).1.to_vec())
        });
        if undecided > 0 {
            let problem = Problem::new("match_hidden")
                .arg("field", schema.spec(target).name.to_string())
                .arg("number", undecided.to_string());
            return Some(Match::Refused(Planned::Ambiguous(problem.into())));
        }
        None
    }
}
