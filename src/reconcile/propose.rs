//! Who could an object be that no rule decides? Names, their sound, departments and the like make proposals with a score.
//!
//! A proposal is taken without a person only where the name stands once on both sides, counted over everybody who is there and
//! not over those without a link, and where the departments do not contradict. Everything else waits for a person, who sees
//! the candidates, the best first. An account that is the same is no proof either: where both names can be read and are two
//! names, the pair waits as well, because crossed numbers and homophone accounts are how strangers get tied together.

mod alike;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use idflow_sdk::{Field, FieldId, Problem, Type, Value};
use serde_json::{Value as Json, json};

use super::{
    Known, Task,
    decisions::{CANDIDATES, DECISION},
    matching::Match,
    steps,
};
use crate::{
    model::change::Planned,
    workflow::compiled::{Accept, Proposals, Unmatched},
};
use alike::{CROWD, Names, Person, Scored, There, score};

pub(super) use alike::{are_variants, folded};

/// So many candidates are shown.
const SHOWN: usize = 5;

/// Where the parts of somebody stand in the target's schema.
struct Parts {
    label: Option<FieldId>,
    alias: Option<FieldId>,
    position: Option<FieldId>,
    homes: Vec<FieldId>,
    managers: Vec<FieldId>,
}

impl Parts {
    fn person(&self, value: &mut dyn FnMut(FieldId) -> Option<Field>) -> Person {
        let mut text = |id: Option<FieldId>| {
            let field = value(id?)?;
            field.value().and_then(Value::to_key).map(|text| folded(&text)).filter(|text| !text.is_empty())
        };
        let (name, alias, position) = (text(self.label), text(self.alias), text(self.position));
        let mut keys = |ids: &[FieldId]| -> BTreeSet<Box<str>> {
            ids.iter().filter_map(|id| value(*id)).flat_map(|field| super::references::keys_of(&field)).collect()
        };
        Person { name, alias, position, homes: keys(&self.homes), managers: keys(&self.managers) }
    }
}

impl Task {
    /// The field of the target that holds another name.
    pub(super) fn alias_field(&self) -> Option<FieldId> {
        let schema = self.mapping.target;
        schema.field("alias").or_else(|| schema.field("nickname"))
    }

    fn parts(&self) -> Parts {
        let schema = self.mapping.target;
        let all = || (0..schema.fields.len()).filter_map(|index| FieldId::try_from(index).ok());
        let is_person = |ty: Type| matches!(ty, Type::Ref(kind) | Type::Refs { kind, .. } if kind == self.kind);
        Parts {
            label: schema.field(schema.label),
            alias: self.alias_field(),
            position: schema.field("position").or_else(|| schema.field("title")),
            homes: self.home_fields(),
            managers: all().filter(|id| is_person(schema.spec(*id).ty)).collect(),
        }
    }

    /// What the source says of the objects at these places.
    fn people_of_source(
        &self,
        known: &mut Known,
        parts: &Parts,
        indexes: impl Iterator<Item = usize>,
    ) -> HashMap<usize, Person> {
        let references = known.references();
        let people = indexes
            .map(|index| {
                let record = self.aside[index].object.cells.record();
                let mut value = |id| self.mapping.value_of(id, &record, &self.scope, &references);
                (index, parts.person(&mut value))
            })
            .collect();
        known.only_tried();
        people
    }

    /// Turns what no rule decided into pairs, proposals, or what the workflow says is to become of it; and doubts pairs of
    /// one account and two names.
    pub(super) fn propose(&mut self, known: &mut Known, found: &mut [(usize, Match)]) {
        let mapping = Arc::clone(&self.mapping);
        let Some(rules) = &mapping.proposals else { return };
        let parts = self.parts();
        let source = self.people_of_source(known, &parts, 0..self.aside.len());
        let links = known.links(self.kind);
        let (mut there, mut left) = (Vec::new(), Vec::new());
        for seen in self.target.objects() {
            let link = links.and_then(|links| Some(links.was_seen(links.of_target(&seen.key)?)));
            let is_left = self.target.is_gone(&seen);
            let one = There {
                // The account of somebody who left may be gone with him.
                free: if is_left { link != Some(true) } else { link.is_none() },
                person: parts.person(&mut |id| seen.record.get(id).cloned()),
                key: seen.key,
            };
            if is_left { left.push(one) } else { there.push(one) }
        }
        self.doubt_other_names(known, found, &source, &there);
        self.propose_the_rest(known, found, rules, &source, &there);
        if !matches!(rules.unmatched, Unmatched::Skip) {
            self.propose_who_left(known, found, rules, &source, &left);
        }
    }

    /// Whoever would be made beside a namesake who has left may be that person, who is back: a person decides.
    fn propose_who_left(
        &self,
        known: &Known,
        found: &mut [(usize, Match)],
        rules: &Proposals,
        source: &HashMap<usize, Person>,
        left: &[There],
    ) {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, one) in left.iter().enumerate().filter(|(_, one)| one.free) {
            if let Some(name) = &one.person.name {
                by_name.entry(name).or_default().push(at);
            }
        }
        for (index, answer) in found {
            let open = match &*answer {
                Match::None => true,
                Match::Refused(Planned::Ambiguous(problem)) => {
                    matches!(&*problem.code, "match_hidden" | "nobody_proposed")
                }
                _ => false,
            };
            let object = &self.aside[*index].object;
            if !open || self.decisions.of(&object.key).is_some() || self.is_left(&object.cells.record()) {
                continue;
            }
            let Some(person) = source.get(index) else { continue };
            let named = person.name.as_deref().and_then(|name| by_name.get(name)).into_iter().flatten();
            let mut scored: Vec<Scored> = named
                .filter(|at| self.decisions.allows(&object.key, &left[**at].key))
                .inspect(|_| steps::took(1))
                .take(CROWD)
                .filter_map(|at| score(*at, rules, person, &left[*at].person))
                .collect();
            scored.sort_by_key(|one| (std::cmp::Reverse(one.score), one.at));
            if !scored.is_empty() {
                let problem = Problem { code: "namesake_left".into(), ..self.proposed(known, &scored, left) };
                *answer = Match::Refused(Planned::Ambiguous(problem.into()));
            }
        }
    }

    /// One account and two names: whether that is one person is for a person to say.
    fn doubt_other_names(
        &self,
        known: &Known,
        found: &mut [(usize, Match)],
        source: &HashMap<usize, Person>,
        there: &[There],
    ) {
        let named: HashMap<&str, &str> =
            there.iter().filter_map(|one| Some((&*one.key, one.person.name.as_deref()?))).collect();
        for (index, answer) in found {
            let Match::To { key, rule, instead_of: None } = answer else { continue };
            let name = source.get(index).and_then(|person| person.name.as_deref());
            let (Some(name), Some(other)) = (name, named.get(&**key)) else { continue };
            if rule == DECISION || are_variants(name, other) {
                continue;
            }
            let problem = Problem::new("account_of_other_name")
                .arg("name", self.called(*index))
                .arg("other", self.called_there(known, key))
                .arg("rule", rule.clone())
                .arg(CANDIDATES, self.candidates(known, [&**key]));
            *answer = Match::Refused(Planned::Ambiguous(problem.into()));
        }
    }

    fn propose_the_rest(
        &self,
        known: &Known,
        found: &mut [(usize, Match)],
        rules: &Proposals,
        source: &HashMap<usize, Person>,
        there: &[There],
    ) {
        let claimed: HashSet<String> = found
            .iter()
            .filter_map(|(_, answer)| match answer {
                Match::To { key, .. } => Some(key.to_lowercase()),
                _ => None,
            })
            .collect();
        // Whoever has left is nobody's namesake.
        let present = |index: usize| !self.is_left(&self.aside[index].object.cells.record());
        let present_people = source.iter().filter(|(index, _)| present(**index)).map(|(_, person)| person);
        let names = Names::of(present_people, there);
        for (index, answer) in found {
            let open = match &*answer {
                Match::None => true,
                Match::Refused(Planned::Ambiguous(problem)) => problem.code == "match_hidden",
                _ => false,
            };
            let key = &self.aside[*index].object.key;
            if !open || self.decisions.of(key).is_some() || !present(*index) {
                continue;
            }
            let Some(person) = source.get(index) else { continue };
            let near = names.near(person);
            let free = |at: &usize| {
                let one = &there[*at];
                one.free && !claimed.contains(&one.key.to_lowercase()) && self.decisions.allows(key, &one.key)
            };
            let mut scored: Vec<Scored> = near
                .into_iter()
                .filter(free)
                .inspect(|_| steps::took(1))
                .filter_map(|at| score(at, rules, person, &there[at].person))
                .collect();
            scored.sort_by_key(|one| (std::cmp::Reverse(one.score), one.at));
            let sole = scored.iter().find(|one| names.is_sole(one, person, there));
            *answer = match (sole, rules.accept) {
                (Some(one), Accept::UniqueName) => {
                    Match::To { key: there[one.at].key.clone(), rule: format!("name {}", one.score), instead_of: None }
                }
                _ if !scored.is_empty() => {
                    Match::Refused(Planned::Ambiguous(self.proposed(known, &scored, there).into()))
                }
                _ => match (rules.unmatched, &*answer) {
                    (Unmatched::Create, _) => continue,
                    (Unmatched::Ask, _) => {
                        let problem = Problem::new("nobody_proposed").arg(CANDIDATES, "[]");
                        Match::Refused(Planned::Ambiguous(problem.into()))
                    }
                    (Unmatched::Skip, _) => Match::Refused(Planned::Skipped(Problem::new("unmatched_skipped").into())),
                },
            };
        }
    }

    /// The problem that names the candidates, the best first.
    fn proposed(&self, known: &Known, scored: &[Scored], there: &[There]) -> Problem {
        let shown = &scored[..scored.len().min(SHOWN)];
        let mut listed: Vec<Json> = Vec::new();
        for one in shown {
            let text = self.candidates(known, [&*there[one.at].key]);
            let Ok(Json::Array(found)) = serde_json::from_str(&text) else { continue };
            for mut candidate in found {
                candidate["score"] = json!(one.score);
                candidate["why"] = one.why.iter().map(|evidence| evidence.word()).collect();
                listed.push(candidate);
            }
        }
        let names: Vec<String> =
            shown.iter().map(|one| format!("{} {}", self.called_there(known, &there[one.at].key), one.score)).collect();
        Problem::new("proposed").arg("names", names.join(", ")).arg(CANDIDATES, Json::Array(listed).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_person() {
        for (one, other, same) in [
            ("张伟", "张伟", true),
            ("张伟(研发)", "张伟", true),
            ("zhangwei", "张伟", true),
            ("张伟", "章伟", false),
            ("李娜", "张伟", false),
            ("zhangwei", "zhangweii", false),
        ] {
            assert_eq!(are_variants(&folded(one), &folded(other)), same, "{one} {other}");
        }
        assert_eq!(folded(" 阿卜杜拉·买买提 Ａ "), folded("阿卜杜拉买买提a"));
    }
}
