//! Which names are those of one person, and which people have them?

use std::collections::{BTreeSet, HashMap};

use idflow_sdk::text;

use crate::{
    model::pinyin,
    workflow::compiled::{Evidence, Proposals},
};

/// So many of one name are looked at; nobody is found among more by his name anyway.
pub(super) const CROWD: usize = 50;

/// What can be compared of somebody.
#[derive(Debug, Default)]
pub(super) struct Person {
    pub name: Option<String>,
    pub alias: Option<String>,
    pub position: Option<String>,
    pub homes: BTreeSet<Box<str>>,
    pub managers: BTreeSet<Box<str>>,
}

/// Somebody of the target.
pub(super) struct There {
    pub key: Box<str>,
    pub free: bool,
    pub person: Person,
}

/// A candidate with what speaks for it.
pub(super) struct Scored {
    pub at: usize,
    pub score: u32,
    pub why: Vec<Evidence>,
}

/// A name as it is compared: in plain characters, without blanks, dots and case.
pub(in crate::reconcile) fn folded(name: &str) -> String {
    let plain = text::plain(name);
    let kept = plain.chars().filter(|c| !c.is_whitespace() && !matches!(c, '·' | '•' | '‧' | '∙' | '⋅' | '・'));
    kept.flat_map(char::to_lowercase).collect()
}

/// The name without what people put behind it in brackets.
fn bare(name: &str) -> &str {
    name.split(['(', '[', '【', '（']).next().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(name)
}

/// The name in letters; nothing for one that has none.
fn sound(name: &str) -> Option<String> {
    pinyin::letters(bare(name)).ok().map(|letters| letters.to_lowercase()).filter(|letters| !letters.is_empty())
}

/// Whether two names may be one person's: equal but for brackets, or one is the other in letters.
pub(in crate::reconcile) fn are_variants(one: &str, other: &str) -> bool {
    let in_letters =
        |text: &str, name: &str| text.is_ascii() && !name.is_ascii() && sound(name).as_deref() == Some(text);
    let (one, other) = (bare(one), bare(other));
    one == other || in_letters(one, other) || in_letters(other, one)
}

/// What speaks for a pair, if anything does beside department, position and manager: those are shared by many.
pub(super) fn score(at: usize, rules: &Proposals, one: &Person, other: &Person) -> Option<Scored> {
    let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
    let named = same(&one.name, &other.name);
    let sounds = |a: &Option<String>| a.as_deref().and_then(sound);
    let holds = |evidence: Evidence| match evidence {
        Evidence::Name => named,
        Evidence::Pinyin => !named && sounds(&one.name).is_some() && sounds(&one.name) == sounds(&other.name),
        Evidence::Alias => {
            same(&one.alias, &other.alias) || same(&one.name, &other.alias) || same(&one.alias, &other.name)
        }
        Evidence::Department => !one.homes.is_disjoint(&other.homes),
        Evidence::Position => same(&one.position, &other.position),
        Evidence::Manager => !one.managers.is_disjoint(&other.managers),
    };
    let why: Vec<(Evidence, u32)> = rules.evidence.iter().copied().filter(|(evidence, _)| holds(*evidence)).collect();
    let telling = |evidence: &Evidence| matches!(evidence, Evidence::Name | Evidence::Pinyin | Evidence::Alias);
    why.iter().any(|(evidence, _)| telling(evidence)).then(|| Scored {
        at,
        score: why.iter().map(|(_, score)| score).sum(),
        why: why.into_iter().map(|(evidence, _)| evidence).collect(),
    })
}

/// Who has which name, on both sides.
pub(super) struct Names<'a> {
    /// How many of those present in the source have a name.
    pub namesakes: HashMap<&'a str, usize>,
    pub by_name: HashMap<&'a str, Vec<usize>>,
    pub by_sound: HashMap<String, Vec<usize>>,
}

impl<'a> Names<'a> {
    pub(super) fn of(present: impl Iterator<Item = &'a Person>, there: &'a [There]) -> Self {
        let mut namesakes: HashMap<&str, usize> = HashMap::new();
        for name in present.filter_map(|person| person.name.as_deref()) {
            *namesakes.entry(name).or_default() += 1;
        }
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_sound: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, one) in there.iter().enumerate() {
            for name in one.person.name.iter().chain(&one.person.alias) {
                by_name.entry(name).or_default().push(at);
            }
            if let Some(sound) = one.person.name.as_deref().and_then(sound) {
                by_sound.entry(sound).or_default().push(at);
            }
        }
        Self { namesakes, by_name, by_sound }
    }

    /// Those of the target that have a name of this person, or one that sounds like it.
    pub(super) fn near(&self, person: &Person) -> BTreeSet<usize> {
        let names = person.name.iter().chain(&person.alias);
        let named = names.flat_map(|name| self.by_name.get(name.as_str()).into_iter().flatten().copied());
        let sounding = person.name.as_deref().and_then(sound).and_then(|sound| self.by_sound.get(&sound));
        named.chain(sounding.into_iter().flatten().copied()).take(CROWD * 2).collect()
    }

    /// Whether this is the only one of that name, on both sides, and no department says otherwise.
    pub(super) fn is_sole(&self, one: &Scored, person: &Person, there: &[There]) -> bool {
        let Some(name) = person.name.as_deref() else { return false };
        let is_named = |at: &&usize| there[**at].person.name.as_deref() == Some(name);
        let other = &there[one.at].person;
        let contradict = !person.homes.is_empty() && !other.homes.is_empty() && person.homes.is_disjoint(&other.homes);
        other.name.as_deref() == Some(name)
            && one.why.contains(&Evidence::Name)
            && self.namesakes.get(name) == Some(&1)
            && self.by_name.get(name).is_some_and(|all| all.iter().filter(is_named).count() == 1)
            && !contradict
    }
}
