//! Whom is the target asked for, and what does an answer say?

use std::collections::{HashMap, HashSet};

use idflow_sdk::FieldId;

use super::faces::Face;
use crate::reconcile::{Ends, Known, Task, likeness::Likeness};

/// The most questions for who has a value, in one run.
const MOST_QUESTIONS: usize = 200;
/// Questions that find nobody are counted by some systems: no more than one for so many objects that are there.
const OBJECTS_PER_MISS: usize = 10;
/// So many may find nobody in the smallest company.
const FEW_MISSES: usize = 3;

/// One question to the target: who has this value?
#[derive(Debug, Clone)]
pub struct Question {
    /// Who is meant, by its key in the source.
    pub source: Box<str>,
    /// The value.
    pub value: String,
}

impl Task {
    /// For whom the target may be asked by this field, those first who look like somebody: an answer settles it.
    pub(super) fn questions(&self, faces: &[Face], field: FieldId) -> Vec<Question> {
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
        questions.sort_by_key(|(stranger, _)| *stranger);
        questions.into_iter().map(|(_, question)| question).take(MOST_QUESTIONS).collect()
    }

    /// How many questions may find nobody.
    pub fn misses(&self) -> usize {
        (self.target.keys().len() / OBJECTS_PER_MISS).max(FEW_MISSES)
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

    /// The objects of the target of which it is known whose they are, in lower case.
    fn settled(&self) -> HashSet<String> {
        let same = |likeness: &Likeness| match likeness {
            Likeness::Same { key, .. } => Some(key.to_lowercase()),
            Likeness::Like(_) | Likeness::Doubted(_) => None,
        };
        self.likeness.values().filter_map(same).collect()
    }
}
