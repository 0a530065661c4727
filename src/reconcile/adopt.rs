//! The first run against a system that is in use: which of its objects, made by hand, look like those of the source?
//!
//! A match rule finds those it names. People who set a company up by hand rarely chose the accounts that the source would
//! choose, so beyond the rules an object without a link is compared with an object of the target without a link: by the
//! values of unique fields that can be read, by its name within a department, by what the system answers when it is asked
//! who has a number, and last by its name alone. Only pairs that are unique on both sides are proposed. They become links
//! of a plan that is held until a person approves it.
//!
//! Later runs link nothing by likeness. What looks like somebody who is there is not made beside him either: it is
//! ambiguous, and says whom it looks like.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use idflow_sdk::{Field, FieldId, Kind, Problem, Seen, Type, Unique, Value, schema::canonical};

use super::{
    Ends, Known, Task,
    likeness::Likeness,
    steps,
    task::{Found, State},
};
use crate::model::{
    change::{Planned, Row},
    run::SafetyCheck,
};

/// In a later run so many objects without a link are read to be compared, and no more.
const FEW: usize = 200;
/// The most questions for who has a value, in one run.
const MOST_QUESTIONS: usize = 200;
/// Questions that find nobody are counted by some systems: no more than one for so many objects that are there.
const OBJECTS_PER_MISS: usize = 10;
/// So many may find nobody in the smallest company.
const FEW_MISSES: usize = 3;
/// Of more objects of one name only so many are looked at: nobody is found among them by his name anyway.
const CROWD: usize = 50;
/// How many are named in a notice.
const NAMED: usize = 10;

/// What the match rules alone say of an object.
pub(super) enum ByRule {
    /// It is this one.
    This(Box<str>),
    /// Nobody is found, or what the rule asks for cannot be seen.
    Nobody,
    /// It cannot be decided, for another reason.
    Refused,
}

/// One question to the target: who has this value?
#[derive(Debug, Clone)]
pub struct Question {
    /// Who is meant, by its key in the source.
    pub source: Box<str>,
    /// The value.
    pub value: String,
}

/// What the source knows of an object that could be somebody.
struct Face {
    source: Box<str>,
    /// Where it stands among those of the source.
    place: usize,
    label: Option<Value>,
    homes: BTreeSet<Box<str>>,
    unique: Vec<(FieldId, Value)>,
}

impl Task {
    /// The objects of the target that nobody is linked to and that no rule gives to anybody.
    fn strangers(&self, known: &Known) -> Vec<Box<str>> {
        let links = known.links(self.kind);
        let free = |seen: &Seen| {
            links.is_none_or(|links| links.of_target(&seen.key).is_none())
                && !self.claimed.contains(&seen.key.to_lowercase())
                && !self.target.is_gone(seen)
        };
        self.target.objects().filter(free).map(|seen| seen.key).collect()
    }

    /// The places of objects that no link and no rule knows, and whom the rules find, which is remembered.
    fn unknown(&mut self, known: &Known) -> (Vec<usize>, Vec<Box<str>>) {
        let (mut places, mut found) = (Vec::new(), Vec::new());
        self.claimed.clear();
        for place in 0..self.aside.len() {
            let aside = &self.aside[place];
            if !matches!((&aside.found, &aside.state), (Found::Nothing, State::Open)) {
                continue;
            }
            let lost = aside.lost.is_some();
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
        let compare = !strangers.is_empty() && (self.first || strangers.len() <= FEW);
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
        let Some(field) = asked_by.and_then(|name| schema.field(name)).filter(|_| self.first) else {
            return Vec::new();
        };
        let mut questions: Vec<(bool, Question)> = faces
            .iter()
            .filter(|face| {
                // Who is one of several is asked for, too: a number tells namesakes apart.
                !matches!(self.likeness.get(&face.source), Some(Likeness::Same { .. } | Likeness::Doubted(_)))
            })
            .filter_map(|face| {
                let (_, value) = face.unique.iter().find(|(id, _)| *id == field)?;
                let question = Question { source: face.source.clone(), value: value.to_key()?.into() };
                let like = self.by_name_alone.contains_key(&face.source) || self.likeness.contains_key(&face.source);
                Some((!like, question))
            })
            .collect();
        // Those who look like somebody first: an answer settles it.
        questions.sort_by_key(|(stranger, _)| *stranger);
        questions.into_iter().map(|(_, question)| question).take(MOST_QUESTIONS).collect()
    }

    /// How many questions may find nobody.
    pub fn misses(&self) -> usize {
        (self.target.keys().len() / OBJECTS_PER_MISS).max(FEW_MISSES)
    }

    /// The objects of the target of which it is known whose they are, in lower case.
    fn settled(&self) -> HashSet<String> {
        let same = |likeness: &Likeness| match likeness {
            Likeness::Same { key, .. } => Some(key.to_lowercase()),
            Likeness::Like(_) | Likeness::Doubted(_) => None,
        };
        self.likeness.values().filter_map(same).collect()
    }

    /// Takes over who has the values that were asked for; then names alone decide, in a first run.
    pub fn faces_asked(&mut self, known: &Known, questions: &[Question], holders: Vec<Option<Box<str>>>, field: &str) {
        let free: HashSet<String> = self.strangers(known).iter().map(|key| key.to_lowercase()).collect();
        let taken = self.settled();
        let mut holds: HashMap<String, Vec<Ends>> = HashMap::new();
        let mut answered: HashSet<Box<str>> = HashSet::new();
        for (question, holder) in questions.iter().zip(holders) {
            if let Some(key) = holder {
                answered.insert(question.source.clone());
                holds.entry(key.to_lowercase()).or_default().push((question.source.clone(), key));
            }
        }
        let asked: HashSet<&str> = questions.iter().map(|question| &*question.source).collect();
        let places: HashMap<Box<str>, usize> = (self.aside.iter().enumerate())
            .filter(|(_, aside)| asked.contains(&*aside.object.key))
            .map(|(place, aside)| (aside.object.key.clone(), place))
            .collect();
        for (holder, sources) in holds {
            let sole = sources.len() == 1 && free.contains(&holder) && !taken.contains(&holder);
            for (source, key) in sources {
                self.by_name_alone.remove(&source);
                let place = places.get(&source).filter(|_| sole);
                let likeness = match place.and_then(|place| self.doubt(known, *place, &key, field)) {
                    Some(problem) => Likeness::Doubted(problem),
                    None if sole => Likeness::Same { key, by: field.to_owned() },
                    None => Likeness::Like(vec![key]),
                };
                self.likeness.insert(source, likeness);
            }
        }
        if !self.first {
            return;
        }
        let taken = self.settled();
        // Whose it is was answered: the namesakes are not that one.
        self.likeness.retain(|source, likeness| match likeness {
            Likeness::Like(keys) if !answered.contains(source) => {
                keys.retain(|key| !taken.contains(&key.to_lowercase()));
                !keys.is_empty()
            }
            _ => true,
        });
        let mut wanted: HashMap<String, usize> = HashMap::new();
        for like in self.by_name_alone.values_mut() {
            like.retain(|key| !taken.contains(&key.to_lowercase()));
            for key in like.iter() {
                *wanted.entry(key.to_lowercase()).or_default() += 1;
            }
        }
        let alone: Vec<(Box<str>, Box<str>)> = self
            .by_name_alone
            .iter()
            .filter_map(|(source, like)| match like.as_slice() {
                [one] if wanted.get(&one.to_lowercase()) == Some(&1) => Some((source.clone(), one.clone())),
                _ => None,
            })
            .collect();
        for (source, key) in alone {
            self.by_name_alone.remove(&source);
            self.likeness.insert(source, Likeness::Same { key, by: "name".into() });
        }
        self.by_name_alone.retain(|_, like| !like.is_empty());
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

    /// What the source says of everybody whom no rule knows.
    fn faces(&mut self, known: &mut Known) -> Vec<Face> {
        let (places, _) = self.unknown(known);
        let schema = self.mapping.target;
        let label = schema.field(schema.label);
        let homes: Vec<FieldId> = self.home_fields();
        let unique = self.unique_fields();
        let references = known.references();
        let faces = places
            .into_iter()
            .map(|place| {
                let object = &self.aside[place].object;
                let record = object.cells.record();
                let value = |id: FieldId| {
                    let field = self.mapping.value_of(id, &record, &self.scope, &references)?;
                    canonical(schema.spec(id).ty, &field)
                };
                let keys = |id: &FieldId| {
                    let field = self.mapping.value_of(*id, &record, &self.scope, &references);
                    field.map(|field| super::keys::keys_of(&field)).unwrap_or_default()
                };
                Face {
                    source: object.key.clone(),
                    place,
                    label: label.and_then(value),
                    homes: homes.iter().flat_map(keys).collect(),
                    unique: unique.iter().filter_map(|id| Some((*id, value(*id)?))).collect(),
                }
            })
            .collect();
        known.only_tried();
        faces
    }

    /// The departments that an object of the target is in.
    fn homes_of(&self, key: &str) -> BTreeSet<Box<str>> {
        let Some(seen) = self.target.get(key) else { return BTreeSet::new() };
        let fields = self.home_fields();
        fields.iter().filter_map(|id| seen.record.get(*id)).flat_map(super::keys::keys_of).collect()
    }

    pub(super) fn home_fields(&self) -> Vec<FieldId> {
        let schema = self.mapping.target;
        let is_home = |ty: Type| {
            matches!(ty, Type::Refs { kind: Kind::Department, .. } | Type::Members { kind: Kind::Department })
        };
        (0..schema.fields.len())
            .filter_map(|place| FieldId::try_from(place).ok())
            .filter(|id| is_home(schema.spec(*id).ty))
            .collect()
    }

    fn unique_fields(&self) -> Vec<FieldId> {
        let schema = self.mapping.target;
        (0..schema.fields.len())
            .filter_map(|place| FieldId::try_from(place).ok())
            .filter(|id| matches!(schema.spec(*id).unique, Some(Unique::EachCall | Unique::AtEnd)))
            .collect()
    }

    /// Who an object is by its likeness, where no rule found it.
    pub(super) fn likeness_of(&self, source: &str) -> Option<&Likeness> {
        self.likeness.get(source)
    }

    /// What a person has to know before the first run links and makes anything: `None` when nothing that is there looks
    /// like what the source has.
    pub fn adoption(&self, known: &Known, rows: &[Row]) -> Option<(SafetyCheck, Vec<Problem>)> {
        if !self.first || !self.in_use {
            return None;
        }
        let mine: Vec<&Row> = rows[self.first_row as usize..].iter().filter(|row| row.object.is_none()).collect();
        let linked: Vec<&&Row> = mine.iter().filter(|row| self.links_first(row)).collect();
        let taken: HashSet<String> = linked.iter().map(|row| row.target.to_lowercase()).collect();
        let apart: Vec<Box<str>> =
            self.strangers(known).into_iter().filter(|key| !taken.contains(&key.to_lowercase())).collect();
        let names: HashSet<Value> = self.names_of(&apart);
        let looks = |row: &&&Row| match row.planned {
            Planned::Do => row.action == crate::model::change::Action::Create && self.is_named(row, &names),
            Planned::Ambiguous(ref problem) => matches!(&*problem.code, "looks_like" | "several_candidates"),
            _ => false,
        };
        let beside: Vec<&&Row> = mine.iter().filter(looks).collect();
        let doubted: Vec<&&Row> = mine.iter().filter(|row| Self::is_doubted(row)).collect();
        if linked.is_empty() && beside.is_empty() && doubted.is_empty() {
            return None;
        }
        let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &linked {
            *rules.entry(&*row.rule).or_default() += 1;
        }
        let rules: Vec<String> = rules.into_iter().map(|(rule, number)| format!("{rule} × {number}")).collect();
        let shown = |names: Vec<String>| {
            let more = if names.len() > NAMED { " …" } else { "" };
            format!("{}{more}", names.into_iter().take(NAMED).collect::<Vec<_>>().join(", "))
        };
        let mut notices = Vec::new();
        let mut note = |code: &'static str, number: usize, names: String| {
            if number > 0 {
                notices.push(
                    Problem::new(code)
                        .arg("kind", self.kind.as_str())
                        .arg("number", number.to_string())
                        .arg("names", names),
                );
            }
        };
        note("adopt_linked", linked.len(), rules.join(", "));
        let titles = apart.iter().map(|key| self.title_of(key)).collect();
        note("adopt_apart", apart.len(), shown(titles));
        let renamed = self.renamed_by_linking(&linked.iter().map(|row| **row).collect::<Vec<_>>());
        let titles = renamed.iter().map(|row| format!("{} → {}", self.title_of(&row.target), row.name)).collect();
        note("adopt_renamed", renamed.len(), shown(titles));
        let titles = doubted.iter().map(|row| row.name.to_string()).collect();
        note("adopt_doubted", doubted.len(), shown(titles));
        let titles = beside.iter().map(|row| row.name.to_string()).collect();
        note("adopt_beside", beside.len(), shown(titles));
        let check = SafetyCheck {
            rule: "adopt".into(),
            kind: self.kind,
            limit: 0.0,
            actual: (linked.len() + beside.len() + doubted.len()) as f64,
            ok: false,
            source: true,
        };
        Some((check, notices))
    }

    /// Whether the row links an object for the first time that was there before.
    fn links_first(&self, row: &Row) -> bool {
        use crate::model::change::Action;
        let first = row.base.is_some() && matches!(row.action, Action::Link | Action::Update);
        first && !self.is_root(&row.target)
    }

    fn names_of(&self, keys: &[Box<str>]) -> HashSet<Value> {
        let schema = self.mapping.target;
        let Some(label) = schema.field(schema.label) else { return HashSet::new() };
        let name = |key: &str| canonical(schema.spec(label).ty, self.target.get(key)?.record.get(label)?);
        keys.iter().filter_map(|key| name(key)).collect()
    }

    fn is_named(&self, row: &Row, names: &HashSet<Value>) -> bool {
        let schema = self.mapping.target;
        let name = schema.field(schema.label).and_then(|id| canonical(schema.spec(id).ty, &row.set.get(id)?));
        name.is_some_and(|name| names.contains(&name))
    }

    /// What people call an object of the target, with its key where that is an account.
    fn title_of(&self, key: &str) -> String {
        let schema = self.mapping.target;
        let name = schema.field(schema.label).and_then(|id| self.target.get(key)?.record.text(id).map(String::from));
        match name {
            Some(name) if schema.numeric_keys => name,
            Some(name) => format!("{name} ({key})"),
            None => key.to_owned(),
        }
    }
}
