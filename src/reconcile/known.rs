//! What the target knows each source object by: the answer to `target_id`. Shared by the tasks of one pair of
//! connections, so that people find the departments that are still to be created.

mod paths;

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

use idflow_sdk::{Kind, Problem, Schema, Value};

use super::{department_tree::DepartmentTree, links::LinkTable};
use crate::{
    model::change::{Planned, RowIndex, item_key},
    workflow::{
        compiled::{References, Resolved},
        department_path,
    },
};

/// What was decided about an object without a live link.
#[derive(Debug, Clone)]
enum Decision {
    Key(Value),
    Refused,
    /// It stands for the whole source, and what is below it is at the top of the target.
    Top,
}

/// One kind.
#[derive(Debug)]
struct KindKnown {
    /// What the target's objects of this kind look like.
    schema: &'static Schema,
    links: LinkTable,
    decisions: HashMap<Box<str>, Decision>,
    /// The target's departments among the decisions.
    decided: HashSet<Box<str>>,
    /// Objects whose counterpart was deleted by somebody: their links say nothing.
    lost: HashSet<Box<str>>,
    /// Objects that references do not find, because they are removed or not there, by the places of their links.
    going: HashSet<usize>,
    /// Nothing more will be decided.
    complete: bool,
    /// All keys of the source, once its list has ended; what is not among them is unknown, not late. A hash of each, in order:
    /// hundreds of thousands of them stand here where a plan holds most.
    listed: Option<Vec<u64>>,
    /// The list has ended and was complete: a linked object that is not in it is no longer there.
    whole: bool,
}

impl KindKnown {
    /// Whether the list of the source has ended without this key.
    fn lacks(&self, key: &str) -> bool {
        self.listed.as_ref().is_some_and(|listed| listed.binary_search(&hash_of(key)).is_err())
    }
}

/// The hash of a key of the source.
fn hash_of(key: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(key)
}

/// The kinds by their places: for every object they are asked for a dozen times.
#[derive(Debug, Default)]
struct Kinds([Option<KindKnown>; Kind::ALL.len()]);

impl Kinds {
    fn get(&self, kind: Kind) -> Option<&KindKnown> {
        self.0[kind as usize].as_ref()
    }

    fn get_mut(&mut self, kind: Kind) -> Option<&mut KindKnown> {
        self.0[kind as usize].as_mut()
    }
}

/// Who refers to something: how many, and one of them by name.
#[derive(Debug, Default)]
struct Users {
    number: u64,
    first: String,
    /// How many of them were not read this time, so that nobody knows whether they still do.
    unread: u64,
    /// Those who were named: whoever is looked at twice counts once.
    named: HashSet<String>,
}

impl Users {
    fn add(&mut self, who: &str) {
        if self.number == 0 {
            self.first = who.to_string();
        }
        self.number += u64::from(self.named.insert(who.to_string()));
    }
}

/// All kinds of one pair.
#[derive(Debug, Default)]
pub struct Known {
    kinds: Kinds,
    /// The rows that create objects, by kind and target key.
    creating: HashMap<Kind, HashMap<Box<str>, RowIndex>>,
    root: Option<Value>,
    /// Keys that were answered with "later" since the last [`Known::waiting`].
    later: RefCell<Vec<(Kind, Box<str>)>>,
    /// Departments that are gone from a complete list and were asked for since the last [`Known::missed`].
    missed: RefCell<Vec<(Kind, Box<str>)>>,
    /// Who refers to an object that is gone, by its key in the source; and who will still refer to an object of the
    /// target when the plan is carried out, by its key there.
    used: [HashMap<(Kind, Box<str>), Users>; 2],
    /// What the departments of the target are called, from the top, by key there: by them namesakes are told apart.
    departments: HashMap<Box<str>, Box<str>>,
    /// By which paths of departments are understood, where the source has such.
    tree: Option<DepartmentTree>,
    /// Departments that are going to be deleted, by target key; a reference to one is a mistake of the source.
    removed: HashSet<(Kind, Box<str>)>,
}

impl Known {
    /// Whether nothing is linked between the two connections.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.kinds.0.iter().flatten().all(|known| known.links.entries().is_empty())
    }

    /// Takes what the departments of the target are called.
    pub fn name_departments(&mut self, names: impl IntoIterator<Item = (Box<str>, Box<str>)>) {
        self.departments.extend(names);
    }

    /// What a department of the target is called, as far as it was read.
    pub(super) fn department(&self, key: &str) -> Option<&str> {
        self.departments.get(key).map(|name| &**name)
    }

    /// Takes the links of a kind. `open`: a task will decide about objects of this kind.
    pub fn add(&mut self, schema: &'static Schema, links: LinkTable, open: bool) {
        self.kinds.0[schema.kind as usize] = Some(KindKnown {
            schema,
            links,
            decisions: HashMap::new(),
            decided: HashSet::new(),
            lost: HashSet::new(),
            going: HashSet::new(),
            complete: !open,
            listed: None,
            whole: false,
        });
    }

    /// The links of a kind.
    #[must_use]
    pub fn links(&self, kind: Kind) -> Option<&LinkTable> {
        self.kinds.get(kind).map(|known| &known.links)
    }

    /// The source has the object whose link stands at this place.
    pub fn mark_seen(&mut self, kind: Kind, place: usize) {
        if let Some(known) = self.kinds.get_mut(kind) {
            known.links.mark_seen(place);
        }
    }

    /// The counterpart of this object was deleted by somebody.
    pub fn mark_lost(&mut self, kind: Kind, source: &str) {
        if let Some(known) = self.kinds.get_mut(kind) {
            known.lost.insert(known.links.folded(source).into());
        }
    }

    /// It is there after all.
    pub fn mark_found(&mut self, kind: Kind, source: &str) {
        if let Some(known) = self.kinds.get_mut(kind) {
            known.lost.remove(&*known.links.folded(source));
        }
    }

    /// References do not find these objects any more, by the places of their links.
    pub fn go(&mut self, kind: Kind, places: Vec<usize>) {
        if let Some(known) = self.kinds.get_mut(kind) {
            known.going.extend(places);
        }
    }

    /// What an empty department means.
    pub fn set_root(&mut self, root: Option<Value>) {
        if root.is_some() {
            self.root = root;
        }
    }

    /// So many objects will be decided about.
    pub fn expect(&mut self, kind: Kind, number: usize) {
        if let Some(known) = self.kinds.get_mut(kind) {
            known.decisions.reserve(number);
        }
    }

    /// This source object is or will be this target object.
    pub fn decide(&mut self, schema: &Schema, kind: Kind, source: &str, target: &str) {
        if let Some(known) = self.kinds.get_mut(kind) {
            let source = known.links.folded(source).into();
            known.decisions.insert(source, Decision::Key(schema.key_value(target)));
            if kind == Kind::Department {
                known.decided.insert(target.into());
            }
        }
    }

    /// This source object is no object of the target: what is below it is at the top there.
    pub fn put_on_top(&mut self, kind: Kind, source: &str) {
        if let Some(known) = self.kinds.get_mut(kind) {
            known.decisions.insert(known.links.folded(source).into(), Decision::Top);
        }
    }

    /// Whether the list that was read has the counterpart of this object of the target.
    #[must_use]
    pub fn is_seen(&self, kind: Kind, target: &str) -> bool {
        self.kinds.get(kind).is_some_and(|known| {
            let linked = known.links.of_target(target).is_some_and(|place| known.links.was_seen(place));
            linked || known.decided.contains(target)
        })
    }

    /// This source object will not be there.
    pub fn refuse(&mut self, kind: Kind, source: &str) {
        if let Some(known) = self.kinds.get_mut(kind) {
            known.decisions.insert(known.links.folded(source).into(), Decision::Refused);
        }
    }

    /// The list of this kind has ended; these are the keys without a live link that it holds.
    pub fn list_ended<'k>(&mut self, kind: Kind, keys: impl Iterator<Item = &'k str>, whole: bool) {
        if let Some(known) = self.kinds.get_mut(kind) {
            let mut listed: Vec<u64> = keys.map(|key| hash_of(&known.links.folded(key))).collect();
            listed.sort_unstable();
            known.listed = Some(listed);
            known.whole = whole;
            // Another list of the kind may have been closed before.
            known.complete = false;
        }
    }

    /// Everything about this kind is decided: what is unknown now stays unknown.
    pub fn close(&mut self, kind: Kind) {
        if let Some(known) = self.kinds.get_mut(kind) {
            known.complete = true;
            // Only what is open is looked for there.
            known.listed = None;
        }
    }

    /// Nobody asks any more what the target knows an object of this kind by.
    pub fn forget_decided(&mut self, kind: Kind) {
        if let Some(known) = self.kinds.get_mut(kind) {
            known.decisions = HashMap::new();
        }
    }

    /// The keys of this kind that were asked for and not decided, since the last call.
    pub fn waiting(&self, kind: Kind) -> Vec<Box<str>> {
        self.later.borrow_mut().drain(..).filter(|(of, _)| *of == kind).map(|(_, key)| key).collect()
    }

    /// `who` asked for objects that are gone, as far as that was noticed since the last call.
    pub fn missed(&mut self, who: impl FnOnce() -> String) {
        let missed = std::mem::take(self.missed.get_mut());
        if missed.is_empty() {
            return;
        }
        let who = who();
        for name in missed {
            self.used[0].entry(name).or_default().add(&who);
        }
    }

    /// What was asked for was only a try: nothing of it was missed.
    pub fn only_tried(&mut self) {
        self.missed.get_mut().clear();
        self.later.get_mut().clear();
    }

    /// `who` will still refer to this object of the target. `unread`: as far as is known from before.
    pub fn uses(&mut self, kind: Kind, target: Box<str>, unread: bool, who: impl FnOnce() -> String) {
        let users = self.used[1].entry((kind, target)).or_default();
        users.unread += u64::from(unread);
        if users.number == 0 {
            users.first = who();
        }
        users.number += 1;
    }

    /// Whether an object of this kind may turn out to be gone.
    #[must_use]
    pub fn may_lose(&self, kind: Kind) -> bool {
        self.kinds.get(kind).is_some_and(|known| {
            let links = &known.links;
            links.entries().iter().enumerate().any(|(place, entry)| !entry.gone && !links.was_seen(place))
        })
    }

    /// Why this object is not removed: somebody still refers to it, or may do so and was not read this time.
    #[must_use]
    pub fn still_used(&self, kind: Kind, source: &str, target: &str) -> Option<Planned> {
        let by = |side: usize, key: &str| self.used[side].get(&(kind, key.into()));
        let users = [by(0, source), by(1, target)].into_iter().flatten();
        let users = users.max_by_key(|users| (users.number > users.unread, users.number))?;
        let problem = |code| Problem::new(code).arg("who", users.first.clone()).arg("number", users.number.to_string());
        Some(match users.number > users.unread {
            true => Planned::Invalid(problem("department_in_use").into()),
            false => Planned::Skipped(problem("department_not_judged").into()),
        })
    }

    /// This row creates this object.
    pub fn creates(&mut self, kind: Kind, target: &str, row: RowIndex) {
        self.creating.entry(kind).or_default().insert(target.into(), row);
    }

    /// This source object is not made after all.
    pub fn is_not_made(&mut self, kind: Kind, source: &str, target: &str) {
        self.refuse(kind, source);
        if let Some(creating) = self.creating.get_mut(&kind) {
            creating.remove(target);
        }
    }

    /// The row that creates this object.
    #[must_use]
    pub fn creating(&self, kind: Kind, target: &str) -> Option<RowIndex> {
        self.creating.get(&kind)?.get(target).copied()
    }

    /// This target object is going to be deleted.
    pub fn removes(&mut self, kind: Kind, target: &str) {
        self.removed.insert((kind, target.into()));
    }

    /// Whether this target object is going to be deleted.
    #[must_use]
    pub fn is_removed(&self, kind: Kind, target: &str) -> bool {
        self.removed.contains(&(kind, target.into()))
    }

    /// The references as a mapping sees them.
    #[must_use]
    pub fn references(&self) -> View<'_> {
        View { known: self }
    }
}

/// [`Known`] as a mapping sees it.
pub struct View<'a> {
    known: &'a Known,
}

impl References for View<'_> {
    fn resolve(&self, kind: Kind, key: &str) -> Resolved {
        let Some(known) = self.known.kinds.get(kind) else { return Resolved::Unknown };
        let folded = known.links.folded(key);
        match known.decisions.get(&*folded) {
            Some(Decision::Key(value)) => return Resolved::Key(value.clone()),
            Some(Decision::Refused) => return Resolved::Refused { item: item_key(kind, key) },
            Some(Decision::Top) => return Resolved::Top,
            None => {}
        }
        if let Some(place) = known.links.of_source(key).filter(|_| !known.lost.contains(&*folded)) {
            let entry = known.links.entry(place);
            // A department that somebody is in stays; a person is not there for those who refer to him.
            if kind == Kind::Department && known.whole && !known.links.was_seen(place) {
                self.known.missed.borrow_mut().push((kind, entry.source.clone()));
                return Resolved::Unknown;
            }
            if known.going.contains(&place) {
                return Resolved::Unknown;
            }
            if !entry.gone {
                return Resolved::Key(known.schema.key_value(&entry.target));
            }
        }
        if known.complete || known.lacks(&folded) {
            Resolved::Unknown
        } else {
            self.known.later.borrow_mut().push((kind, key.into()));
            Resolved::Later
        }
    }

    fn resolve_path(&self, kind: Kind, names: &[String]) -> Resolved {
        let meant = self.path(names).filter(|_| kind == Kind::Department);
        meant.unwrap_or_else(|| self.resolve(kind, &department_path::key(names)))
    }

    fn root(&self) -> Option<Value> {
        self.known.root.clone()
    }
}
